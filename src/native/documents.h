/* documents.h - /v1/collections/{collection}/documents and /files. */
#ifndef KITH_NATIVE_DOCUMENTS_H
#define KITH_NATIVE_DOCUMENTS_H

#include "serve/call.h"

void documents_list(serve_call *call);
void documents_get(serve_call *call);
void documents_delete(serve_call *call);
void files_list(serve_call *call);
extern const route_shapes documents_list_shapes, documents_get_shapes, documents_delete_shapes,
    files_list_shapes;

#endif
