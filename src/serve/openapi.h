/* openapi.h - the description of a server's routes (OpenAPI 3.1), written from their tables. */
#ifndef KITH_SERVE_OPENAPI_H
#define KITH_SERVE_OPENAPI_H

#include "base/json.h"
#include "serve/route.h"

/* Writes the description of all routes that have shapes, as one JSON object.
 * dialects  NULL ends */
void openapi_write(json_writer *w, const dialect *const *dialects);

#endif
