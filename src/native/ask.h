/* ask.h - questions: POST .../ask, and .../conversations/{conversation}/ask. */
#ifndef KITH_NATIVE_ASK_H
#define KITH_NATIVE_ASK_H

#include "serve/call.h"

void ask_collection(serve_call *call);
void ask_conversation(serve_call *call);
extern const route_shapes ask_shapes; /* of both */

#endif
