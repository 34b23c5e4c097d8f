/* call_for_test.h - a call without a server: what handlers of the dialect read and write. */
#ifndef KITH_TEST_CHROMA_CALL_H
#define KITH_TEST_CHROMA_CALL_H

#include "chroma/dialect.h"
#include "serve/state.h"

enum { CALL_REPLY_BYTES = 1 << 20 };

typedef struct call_for_test {
    serve_request request;
    serve_limits limits;
    char reply[CALL_REPLY_BYTES];
} call_for_test;

/* `body` is JSON text, or NULL. Returns the call; a reply can be read by call_reply. */
static inline serve_call *call_begin(call_for_test *t, const char *body)
{
    kith_error err = {0};
    memset(t, 0, sizeof *t);
    t->limits = (serve_limits){.body_bytes = 1 << 20,
                               .json_depth = 64,
                               .batch = 100,
                               .dimension = 8,
                               .metadata_bytes = 1000,
                               .filter_nodes = 20,
                               .k = 50,
                               .time_ms = 1000};
    t->request.captured = t->reply;
    t->request.capture_capacity = CALL_REPLY_BYTES - 1;
    serve_call *call = &t->request.call;
    call->limits = &t->limits;
    call->dialect = &chroma_dialect;
    call->route = &chroma_dialect.routes[0];
    call->request = &t->request;
    arena_init(&call->arena, 0);
    buffer_init(&call->reply, CALL_REPLY_BYTES);
    if (body) assert_ok(json_parse(view_of(body), 1 << 20, &call->arena, &call->body, &err));
    return call;
}

/* The body of the reply; "" before there is one. */
static inline const char *call_reply(call_for_test *t)
{
    t->reply[t->request.captured_bytes] = 0;
    return t->reply;
}

/* Fails unless the call was refused with these words. */
static inline void assert_refused(call_for_test *t, bool fine, const char *words)
{
    if (fine) fail_msg("'%s' was not refused", words);
    if (!strstr(call_reply(t), words)) fail_msg("'%s' is not in: %s", words, call_reply(t));
}

static inline void call_end(call_for_test *t)
{
    arena_done(&t->request.call.arena);
    buffer_done(&t->request.call.reply);
}

#endif
