/* chat.h - POST /v1/chat/completions, whole and as a stream. */
#ifndef KITH_OPENAI_CHAT_H
#define KITH_OPENAI_CHAT_H

#include "serve/call.h"

void chat_complete(serve_call *call);
extern const route_shapes chat_shapes;

#endif
