/* conversations.h - /v1/collections/{collection}/conversations.
 * A conversation is found below its collection only, so that a key for one collection reaches the
 * conversations with that one. */
#ifndef KITH_NATIVE_CONVERSATIONS_H
#define KITH_NATIVE_CONVERSATIONS_H

#include "serve/call.h"

void conversations_list(serve_call *call);
void conversations_create(serve_call *call);
void conversations_get(serve_call *call);
void conversations_delete(serve_call *call);
extern const route_shapes conversations_list_shapes, conversations_create_shapes,
    conversations_get_shapes, conversations_delete_shapes;

/* The conversation that the path names second. Errors: NOT_FOUND: there is none of this number with
 * this collection; and those of kith_conversation_get. */
KITH_CHECKED kith_status conversation_find(serve_call *call, uint64_t *id, kith_error *err);

#endif
