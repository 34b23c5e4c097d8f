/* ingestion.h - POST /v1/collections/{collection}/documents: documents as JSON, or files as a form.
 * Replies with one result for each, whole or as events while it goes on. */
#ifndef KITH_NATIVE_INGESTION_H
#define KITH_NATIVE_INGESTION_H

#include "serve/call.h"

void documents_add(serve_call *call);
extern const route_shapes documents_add_shapes;

#endif
