/* collections.h - /v1/collections. */
#ifndef KITH_NATIVE_COLLECTIONS_H
#define KITH_NATIVE_COLLECTIONS_H

#include "serve/call.h"

void collections_list(serve_call *call);
void collections_create(serve_call *call);
void collections_get(serve_call *call);
void collections_modify(serve_call *call);
void collections_delete(serve_call *call);
extern const route_shapes collections_list_shapes, collections_create_shapes,
    collections_get_shapes, collections_modify_shapes, collections_delete_shapes;

#endif
