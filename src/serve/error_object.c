/* error_object.c - see error_object.h. */
#include "serve/error_object.h"

static const shape_member error_members[] = {
    {"message", true, {SHAPE_TEXT}, "for a person"},
    {"type", true, {SHAPE_TEXT}, NULL},
    {"param", true, {SHAPE_TEXT, .nullable = true}, "the member of the request that is wrong"},
    {"code", true, {SHAPE_TEXT, .nullable = true}, "for a program"},
    {0}};
static const shape_member object_members[] = {
    {"error", true, {SHAPE_RECORD, .members = error_members}, NULL}, {0}};
const shape error_object_shape = {SHAPE_RECORD, .members = object_members, .name = "Error"};

/* As OpenAI names them; clients go by the HTTP status. */
static const char *type_of(int http_status)
{
    switch (http_status) {
    case 401:
        return "authentication_error";
    case 403:
        return "permission_error";
    case 429:
        return "rate_limit_error";
    default:
        return http_status >= 500 ? "server_error" : "invalid_request_error";
    }
}

/* A status' name as one word: "not_found". */
static const char *code_of(serve_call *call, const serve_failure *failure)
{
    if (failure->http_status == 401) return "invalid_api_key";
    if (failure->http_status == 429) return "rate_limit_exceeded";
    if (failure->status == KITH_OK) return NULL;
    char *code = arena_copy_text(&call->arena, kith_status_name(failure->status));
    for (char *c = code; c && *c; c++)
        if (*c == ' ') *c = '_';
    return code;
}

void error_object_reply(serve_call *call, const serve_failure *failure, const char *param,
                        const char *code)
{
    json_writer w = serve_json(call);
    json_begin_object(&w);
    json_key(&w, "error");
    json_begin_object(&w);
    json_member_text(&w, "message", failure->message);
    json_member_text(&w, "type", type_of(failure->http_status));
    json_member_text(&w, "param", param);
    json_member_text(&w, "code", code ? code : code_of(call, failure));
    json_end_object(&w);
    json_end_object(&w);
    serve_reply(call, failure->http_status);
}

void error_object_fail(serve_call *call, const serve_failure *failure)
{
    error_object_reply(call, failure, NULL, NULL);
}

/* What the library says of a handle without an embedder is said to who opened it. Whoever asks a
 * server has not. */
static const char *message_of(const serve_call *call, const kith_error *err)
{
    if (err->code != KITH_ERR_MODEL || call->embedder) return err->message;
    return "this server has no model, so it embeds no texts: its log says where it looked for one, "
           "and so does /healthz";
}

void error_object_refuse(serve_call *call, const kith_error *err, const char *param)
{
    bool of_endpoint =
        err->code == KITH_ERR_AUTH || err->code == KITH_ERR_NETWORK || err->code == KITH_ERR_REMOTE;
    int http_status = of_endpoint                          ? 502
                      : err->code == KITH_ERR_RATE_LIMITED ? 429
                                                           : serve_status_of(err->code);
    const serve_failure failure = {http_status, err->code, message_of(call, err)};
    error_object_reply(call, &failure, param && *param ? param : NULL, NULL);
}
