/* responses.c - see responses.h.
 * The events of a stream have one order, which clients rely on (a helper that gets a delta before
 * the part that it belongs to raises an error):
 *
 *   response.created, response.in_progress
 *   response.output_item.added        the message, empty
 *   response.content_part.added       its text, empty
 *   response.output_text.delta ...
 *   response.output_text.done, response.content_part.done, response.output_item.done
 *   response.completed                the whole response; response.incomplete where the answer is
 *                                     cut by the limit of tokens
 *
 * or, when it goes wrong after it began, response.failed instead of what would follow. Each has the
 * next sequence_number. Responses are not kept: previous_response_id is refused, and what was said
 * before comes in `input`. */
#include "openai/responses.h"

#include "openai/asking.h"
#include "os/clock.h"
#include "serve/error_object.h"
#include "serve/request_check.h"

enum { INPUT_MAX = 2048, ID_BYTES = 64 };

/* ---- shapes ---- */

static const shape input_shape = {SHAPE_OBJECT};
static const shape_member request_members[] = {
    {"model", true, {SHAPE_TEXT, .min = 1, .max = 600}, "kith, or kith/COLLECTION"},
    {"input",
     true,
     {SHAPE_TEXT_OR_LIST, .min = 1, .max = INPUT_MAX, .element = &input_shape},
     "the question, or a list of messages of which it is the last"},
    {"stream", false, {SHAPE_BOOL}, NULL},
    {"temperature", false, {SHAPE_NUMBER, .min = 0, .max = 2}, "of an LLM"},
    {"max_output_tokens", false, {SHAPE_INTEGER, .min = 1, .max = 1 << 20}, "of an LLM"},
    {"kith", false, {SHAPE_AS, .element = &asking_side_shape}, "what OpenAI does not have"},
    {0}};
static const shape request_shape = {SHAPE_RECORD, .is_open = true, .members = request_members,
                                    .name = "ResponseRequest"};

static const shape_member response_members[] = {
    {"id", true, {SHAPE_TEXT}, NULL},
    {"object", true, {SHAPE_TEXT}, NULL},
    {"created_at", true, {SHAPE_INTEGER}, NULL},
    {"status", true, {SHAPE_TEXT}, NULL},
    {"model", true, {SHAPE_TEXT}, NULL},
    {"output", true, {SHAPE_LIST, .element = &(const shape){SHAPE_OBJECT}}, NULL},
    {"citations", true, {SHAPE_AS, .element = &citations_shape}, NULL},
    {"kith", true, {SHAPE_AS, .element = &answer_side_shape}, NULL},
    {0}};
static const shape response_shape = {SHAPE_RECORD, .is_open = true, .members = response_members,
                                     .name = "Response"};
const route_shapes responses_shapes = {
    .request = &request_shape, .response = &response_shape, .other_response = "text/event-stream"};

/* ---- writing ---- */

typedef struct responding {
    serve_call *call;
    asking asked;
    char id[ID_BYTES], message_id[ID_BYTES];
    int64_t created; /* seconds */
    uint64_t sequence;
    bool has_begun; /* the stream */
    bool is_gone;   /* the client left */
    buffer event;
} responding;

static void write_annotation(json_writer *w, const kith_citation *c, size_t index)
{
    json_begin_object(w);
    json_member_text(w, "type", "file_citation");
    json_member_text(w, "file_id", c->document);
    json_member_text(w, "filename", c->source[0] ? c->source : c->document);
    json_member_unsigned(w, "index", index);
    json_member_unsigned(w, "n", c->n);
    json_member_text(w, "quote", c->quote);
    json_end_object(w);
}

/* answer  NULL: nothing was said yet */
static void write_part(json_writer *w, const kith_answer *answer)
{
    json_begin_object(w);
    json_member_text(w, "type", "output_text");
    json_member_text(w, "text", answer ? answer->text : "");
    json_key(w, "annotations");
    json_begin_array(w);
    for (size_t i = 0; answer && i < answer->citation_count; i++)
        write_annotation(w, &answer->citations[i], i);
    json_end_array(w);
    json_key(w, "logprobs");
    json_begin_array(w);
    json_end_array(w);
    json_end_object(w);
}

static const char *status_of(const kith_answer *answer)
{
    return answer->truncated ? "incomplete" : "completed";
}

static void write_message(json_writer *w, const responding *r, const kith_answer *answer)
{
    json_begin_object(w);
    json_member_text(w, "type", "message");
    json_member_text(w, "id", r->message_id);
    json_member_text(w, "status", answer ? status_of(answer) : "in_progress");
    json_member_text(w, "role", "assistant");
    json_key(w, "content");
    json_begin_array(w);
    if (answer) write_part(w, answer);
    json_end_array(w);
    json_end_object(w);
}

static void write_usage(json_writer *w, const kith_answer *answer)
{
    json_key(w, "usage");
    json_begin_object(w);
    json_member_unsigned(w, "input_tokens", answer->prompt_tokens);
    json_key(w, "input_tokens_details");
    json_raw(w, VIEW("{\"cached_tokens\":0}"));
    json_member_unsigned(w, "output_tokens", answer->completion_tokens);
    json_key(w, "output_tokens_details");
    json_raw(w, VIEW("{\"reasoning_tokens\":0}"));
    json_member_unsigned(w, "total_tokens", answer->prompt_tokens + answer->completion_tokens);
    json_end_object(w);
}

static void write_error(json_writer *w, const kith_error *err)
{
    json_key(w, "error");
    if (!err) {
        json_null(w);
        return;
    }
    json_begin_object(w);
    json_member_text(w, "code", "server_error");
    json_member_text(w, "message", err->message);
    json_end_object(w);
}

/* The response as it stands: with an answer it is completed, with an error it has failed. */
static void write_response(json_writer *w, const responding *r, const kith_answer *answer,
                           const kith_error *err)
{
    json_begin_object(w);
    json_member_text(w, "id", r->id);
    json_member_text(w, "object", "response");
    json_key(w, "created_at");
    json_integer(w, r->created);
    json_member_text(w, "status", answer ? status_of(answer) : err ? "failed" : "in_progress");
    write_error(w, err);
    json_key(w, "incomplete_details");
    json_raw(w, answer && answer->truncated ? VIEW("{\"reason\":\"max_output_tokens\"}")
                                            : VIEW("null"));
    json_member_text(w, "model", r->asked.model);
    json_key(w, "output");
    json_begin_array(w);
    if (answer) write_message(w, r, answer);
    json_end_array(w);
    json_member_bool(w, "parallel_tool_calls", false);
    json_member_text(w, "tool_choice", "none");
    json_key(w, "tools");
    json_begin_array(w);
    json_end_array(w);
    json_member_bool(w, "store", false);
    if (answer) {
        write_usage(w, answer);
        answer_write_citations(w, answer);
        answer_write_side(w, answer);
    }
    json_end_object(w);
}

static void reply_whole(responding *r, const kith_answer *answer)
{
    json_writer w = serve_json(r->call);
    write_response(&w, r, answer, NULL);
    serve_reply(r->call, 200);
}

/* ---- streaming ---- */

static json_writer begin_event(responding *r, const char *type)
{
    buffer_reset(&r->event);
    json_writer w = {.out = &r->event};
    json_begin_object(&w);
    json_member_text(&w, "type", type);
    json_member_unsigned(&w, "sequence_number", r->sequence++);
    return w;
}

static void end_event(responding *r, json_writer *w, const char *type)
{
    json_end_object(w);
    bool is_whole = r->event.failed == KITH_OK;
    if (!r->is_gone) r->is_gone = !is_whole || !serve_event(r->call, type, buffer_view(&r->event));
}

/* An event with the response. */
static void send_response(responding *r, const char *type, const kith_answer *answer,
                          const kith_error *err)
{
    json_writer w = begin_event(r, type);
    json_key(&w, "response");
    write_response(&w, r, answer, err);
    end_event(r, &w, type);
}

/* An event with the message; answer NULL: an empty one. */
static void send_item(responding *r, const char *type, const kith_answer *answer)
{
    json_writer w = begin_event(r, type);
    json_member_unsigned(&w, "output_index", 0);
    json_key(&w, "item");
    write_message(&w, r, answer);
    end_event(r, &w, type);
}

/* An event about the message's text: up to its last member. */
static json_writer begin_text_event(responding *r, const char *type)
{
    json_writer w = begin_event(r, type);
    json_member_text(&w, "item_id", r->message_id);
    json_member_unsigned(&w, "output_index", 0);
    json_member_unsigned(&w, "content_index", 0);
    return w;
}

static void send_part(responding *r, const char *type, const kith_answer *answer)
{
    json_writer w = begin_text_event(r, type);
    json_key(&w, "part");
    write_part(&w, answer);
    end_event(r, &w, type);
}

static void send_text(responding *r, const char *type, const char *member, const char *text)
{
    json_writer w = begin_text_event(r, type);
    json_member_text(&w, member, text);
    json_key(&w, "logprobs");
    json_raw(&w, VIEW("[]"));
    end_event(r, &w, type);
}

static void begin_stream(responding *r)
{
    if (r->has_begun) return;
    r->has_begun = true;
    serve_events_begin(r->call);
    send_response(r, "response.created", NULL, NULL);
    send_response(r, "response.in_progress", NULL, NULL);
    send_item(r, "response.output_item.added", NULL);
    send_part(r, "response.content_part.added", NULL);
}

static int on_event(void *context, const kith_ask_event *event)
{
    responding *r = context;
    begin_stream(r);
    if (event->kind == KITH_ASK_TEXT)
        send_text(r, "response.output_text.delta", "delta", event->text);
    return r->is_gone;
}

static void stream(responding *r)
{
    kith_error err = {0};
    kith_answer *answer = NULL;
    r->asked.ask.on_event = on_event;
    r->asked.ask.context = r;
    kith_status status = asking_ask(r->call, &r->asked, &answer, &err);
    if (status != KITH_OK && !r->has_begun) {
        asking_refuse(r->call, r->asked.model, NULL, &err);
        kith_answer_free(answer);
        return;
    }
    begin_stream(r);
    if (status == KITH_OK) {
        send_text(r, "response.output_text.done", "text", answer->text);
        send_part(r, "response.content_part.done", answer);
        send_item(r, "response.output_item.done", answer);
        send_response(r, answer->truncated ? "response.incomplete" : "response.completed", answer,
                      NULL);
    } else {
        send_response(r, "response.failed", NULL, &err);
    }
    serve_events_end(r->call);
    kith_answer_free(answer);
}

static void answer_whole(responding *r)
{
    kith_error err = {0};
    kith_answer *answer = NULL;
    kith_status status = asking_ask(r->call, &r->asked, &answer, &err);
    if (status == KITH_OK)
        reply_whole(r, answer);
    else
        asking_refuse(r->call, r->asked.model, NULL, &err);
    kith_answer_free(answer);
}

/* Errors: as asking_read; INVALID also: the request does not have its shape. */
static kith_status read_request(responding *r, const char **member, kith_error *err)
{
    serve_call *call = r->call;
    kith_status status = request_check(call, member, err);
    if (status != KITH_OK) return status;
    const asking_source source = {json_get(call->body, "input"), "input", "max_output_tokens"};
    status = asking_read(call, &source, &r->asked, member, err);
    if (status == KITH_OK) status = answer_new_id("resp_", r->id, sizeof r->id, err);
    if (status == KITH_OK) status = answer_new_id("msg_", r->message_id, sizeof r->message_id, err);
    return status;
}

void responses_create(serve_call *call)
{
    kith_error err = {0};
    const char *member = NULL;
    responding r = {.call = call, .created = clock_wall_ms() / 1000};
    if (shape_text(call->body, "previous_response_id", NULL)) {
        const serve_failure failure = {
            400, KITH_ERR_UNSUPPORTED,
            "responses are not kept: send what was said before in input, without "
            "previous_response_id"};
        error_object_reply(call, &failure, "previous_response_id", "previous_response_not_found");
        return;
    }
    if (read_request(&r, &member, &err) != KITH_OK) {
        asking_refuse(call, shape_text(call->body, "model", ""), member, &err);
        return;
    }
    buffer_init(&r.event, KITH_DOCUMENT_MAX_BYTES);
    if (shape_bool(call->body, "stream", false))
        stream(&r);
    else
        answer_whole(&r);
    buffer_done(&r.event);
}
