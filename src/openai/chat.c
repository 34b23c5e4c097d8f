/* chat.c - see chat.h.
 * A stream is one chunk with the role, one for each piece of text, one with the citations and the
 * side field (clients gather lists of a delta, so they come in one chunk only), one with the end,
 * and one with the usage when it is asked for. It begins with the first event of kith_ask, so that
 * what fails before is an ordinary failure with a status; what fails later is an error chunk. */
#include "openai/chat.h"

#include "openai/asking.h"
#include "os/clock.h"
#include "serve/request_check.h"

enum { MESSAGES_MAX = 2048, PARTS_MAX = 1024, ID_BYTES = 64 };

/* ---- shapes ---- */

static const char *const roles[] = {"system", "developer", "user", "assistant",
                                    "tool",   "function",  NULL};
static const char *const part_types[] = {"text", "refusal", NULL};
static const shape_member part_members[] = {
    {"type", true, {SHAPE_TEXT, .choices = part_types}, NULL},
    {"text", false, {SHAPE_TEXT}, NULL},
    {"refusal", false, {SHAPE_TEXT}, NULL},
    {0}};
static const shape part_shape = {SHAPE_RECORD, .is_open = true, .members = part_members};
static const shape_member message_members[] = {
    {"role", true, {SHAPE_TEXT, .choices = roles}, NULL},
    {"content",
     false,
     {SHAPE_TEXT_OR_LIST, .max = PARTS_MAX, .element = &part_shape},
     "a text, or a list of parts of type text"},
    {0}};
static const shape message_shape = {SHAPE_RECORD, .is_open = true, .members = message_members};

static const char *const formats[] = {"text", NULL};
static const shape_member format_members[] = {
    {"type", true, {SHAPE_TEXT, .choices = formats}, NULL}, {0}};
static const shape_member stream_option_members[] = {{"include_usage", false, {SHAPE_BOOL}, NULL},
                                                     {0}};

static const shape_member request_members[] = {
    {"model", true, {SHAPE_TEXT, .min = 1, .max = 600}, "kith, or kith/COLLECTION"},
    {"messages",
     true,
     {SHAPE_LIST, .min = 1, .max = MESSAGES_MAX, .element = &message_shape},
     "the last one is the question; system messages are not read"},
    {"stream", false, {SHAPE_BOOL}, NULL},
    {"stream_options",
     false,
     {SHAPE_RECORD, .is_open = true, .members = stream_option_members},
     NULL},
    {"temperature", false, {SHAPE_NUMBER, .min = 0, .max = 2}, "of an LLM"},
    {"max_tokens", false, {SHAPE_INTEGER, .min = 1, .max = 1 << 20}, "of an LLM"},
    {"max_completion_tokens", false, {SHAPE_INTEGER, .min = 1, .max = 1 << 20}, "of an LLM"},
    {"n", false, {SHAPE_INTEGER, .min = 1, .max = 1}, "there is one answer"},
    {"response_format",
     false,
     {SHAPE_RECORD, .is_open = true, .members = format_members},
     "answers are text"},
    {"kith", false, {SHAPE_AS, .element = &asking_side_shape}, "what OpenAI does not have"},
    {0}};
static const shape request_shape = {SHAPE_RECORD, .is_open = true, .members = request_members,
                                    .name = "ChatRequest"};

static const shape_member answer_members[] = {
    {"role", true, {SHAPE_TEXT}, NULL},
    {"content", true, {SHAPE_TEXT}, NULL},
    {"refusal", true, {SHAPE_TEXT, .nullable = true}, NULL},
    {"citations", true, {SHAPE_AS, .element = &citations_shape}, NULL},
    {"kith", true, {SHAPE_AS, .element = &answer_side_shape}, NULL},
    {0}};
static const shape_member choice_members[] = {
    {"index", true, {SHAPE_INTEGER}, NULL},
    {"message", true, {SHAPE_RECORD, .members = answer_members}, NULL},
    {"finish_reason", true, {SHAPE_TEXT}, NULL},
    {"logprobs", true, {SHAPE_ANY}, NULL},
    {0}};
static const shape choice_shape = {SHAPE_RECORD, .members = choice_members};
static const shape_member usage_members[] = {
    {"prompt_tokens", true, {SHAPE_INTEGER}, "0 without an LLM"},
    {"completion_tokens", true, {SHAPE_INTEGER}, NULL},
    {"total_tokens", true, {SHAPE_INTEGER}, NULL},
    {0}};
static const shape_member response_members[] = {
    {"id", true, {SHAPE_TEXT}, NULL},
    {"object", true, {SHAPE_TEXT}, NULL},
    {"created", true, {SHAPE_INTEGER}, NULL},
    {"model", true, {SHAPE_TEXT}, NULL},
    {"choices", true, {SHAPE_LIST, .element = &choice_shape}, NULL},
    {"usage", true, {SHAPE_RECORD, .members = usage_members}, NULL},
    {0}};
static const shape response_shape = {SHAPE_RECORD, .members = response_members,
                                     .name = "ChatCompletion"};
const route_shapes chat_shapes = {
    .request = &request_shape, .response = &response_shape, .other_response = "text/event-stream"};

/* ---- writing ---- */

typedef struct chat {
    serve_call *call;
    asking asked;
    char id[ID_BYTES];
    int64_t created; /* seconds */
    bool has_begun;  /* the stream */
    bool is_gone;    /* the client left */
    buffer chunk;
} chat;

static void write_usage(json_writer *w, const kith_answer *answer)
{
    json_key(w, "usage");
    json_begin_object(w);
    json_member_unsigned(w, "prompt_tokens", answer->prompt_tokens);
    json_member_unsigned(w, "completion_tokens", answer->completion_tokens);
    json_member_unsigned(w, "total_tokens", answer->prompt_tokens + answer->completion_tokens);
    json_end_object(w);
}

static void write_head(json_writer *w, const chat *c, const char *object)
{
    json_member_text(w, "id", c->id);
    json_member_text(w, "object", object);
    json_key(w, "created");
    json_integer(w, c->created);
    json_member_text(w, "model", c->asked.model);
}

static void reply_whole(chat *c, const kith_answer *answer)
{
    json_writer w = serve_json(c->call);
    json_begin_object(&w);
    write_head(&w, c, "chat.completion");
    json_key(&w, "choices");
    json_begin_array(&w);
    json_begin_object(&w);
    json_member_unsigned(&w, "index", 0);
    json_key(&w, "message");
    json_begin_object(&w);
    json_member_text(&w, "role", "assistant");
    json_member_text(&w, "content", answer->text);
    json_member_text(&w, "refusal", NULL);
    answer_write_citations(&w, answer);
    answer_write_side(&w, answer);
    json_end_object(&w);
    json_member_text(&w, "finish_reason", answer->truncated ? "length" : "stop");
    json_member_text(&w, "logprobs", NULL);
    json_end_object(&w);
    json_end_array(&w);
    write_usage(&w, answer);
    json_end_object(&w);
    serve_reply(c->call, 200);
}

/* ---- streaming ---- */

/* A chunk up to its delta; end_chunk sends it. */
static json_writer begin_chunk(chat *c)
{
    buffer_reset(&c->chunk);
    json_writer w = {.out = &c->chunk};
    json_begin_object(&w);
    write_head(&w, c, "chat.completion.chunk");
    json_key(&w, "choices");
    json_begin_array(&w);
    json_begin_object(&w);
    json_member_unsigned(&w, "index", 0);
    json_key(&w, "delta");
    json_begin_object(&w);
    return w;
}

static void send_chunk(chat *c)
{
    bool is_whole = c->chunk.failed == KITH_OK;
    if (!c->is_gone) c->is_gone = !is_whole || !serve_event(c->call, NULL, buffer_view(&c->chunk));
}

static void end_chunk(chat *c, json_writer *w, const char *finish_reason)
{
    json_end_object(w);
    json_member_text(w, "finish_reason", finish_reason);
    json_end_object(w);
    json_end_array(w);
    json_end_object(w);
    send_chunk(c);
}

static void begin_stream(chat *c)
{
    if (c->has_begun) return;
    c->has_begun = true;
    serve_events_begin(c->call);
    json_writer w = begin_chunk(c);
    json_member_text(&w, "role", "assistant");
    json_member_text(&w, "content", "");
    end_chunk(c, &w, NULL);
}

static int on_event(void *context, const kith_ask_event *event)
{
    chat *c = context;
    begin_stream(c);
    if (event->kind == KITH_ASK_TEXT) {
        json_writer w = begin_chunk(c);
        json_member_text(&w, "content", event->text);
        end_chunk(c, &w, NULL);
    }
    return c->is_gone;
}

static void send_error(chat *c, const kith_error *err)
{
    buffer_reset(&c->chunk);
    json_writer w = {.out = &c->chunk};
    json_begin_object(&w);
    json_key(&w, "error");
    json_begin_object(&w);
    json_member_text(&w, "message", err->message);
    json_member_text(&w, "type", "server_error");
    json_member_text(&w, "param", NULL);
    json_member_text(&w, "code", kith_status_name(err->code));
    json_end_object(&w);
    json_end_object(&w);
    send_chunk(c);
}

/* What comes behind the text. */
static void send_rest(chat *c, const kith_answer *answer)
{
    bool with_usage = shape_bool(json_get(c->call->body, "stream_options"), "include_usage", false);
    json_writer w = begin_chunk(c);
    answer_write_citations(&w, answer);
    answer_write_side(&w, answer);
    end_chunk(c, &w, NULL);
    w = begin_chunk(c);
    end_chunk(c, &w, answer->truncated ? "length" : "stop");
    if (with_usage) {
        buffer_reset(&c->chunk);
        w = (json_writer){.out = &c->chunk};
        json_begin_object(&w);
        write_head(&w, c, "chat.completion.chunk");
        json_key(&w, "choices");
        json_begin_array(&w);
        json_end_array(&w);
        write_usage(&w, answer);
        json_end_object(&w);
        send_chunk(c);
    }
}

static void stream(chat *c)
{
    kith_error err = {0};
    kith_answer *answer = NULL;
    c->asked.ask.on_event = on_event;
    c->asked.ask.context = c;
    kith_status status = asking_ask(c->call, &c->asked, &answer, &err);
    if (status != KITH_OK && !c->has_begun) {
        asking_refuse(c->call, c->asked.model, NULL, &err);
        kith_answer_free(answer);
        return;
    }
    begin_stream(c);
    if (status == KITH_OK)
        send_rest(c, answer);
    else
        send_error(c, &err);
    if (!c->is_gone) c->is_gone = !serve_event(c->call, NULL, VIEW("[DONE]"));
    serve_events_end(c->call);
    kith_answer_free(answer);
}

static void answer_whole(chat *c)
{
    kith_error err = {0};
    kith_answer *answer = NULL;
    kith_status status = asking_ask(c->call, &c->asked, &answer, &err);
    if (status == KITH_OK)
        reply_whole(c, answer);
    else
        asking_refuse(c->call, c->asked.model, NULL, &err);
    kith_answer_free(answer);
}

/* Errors: as asking_read; INVALID also: the request does not have its shape. */
static kith_status read_request(chat *c, const char **member, kith_error *err)
{
    serve_call *call = c->call;
    kith_status status = request_check(call, member, err);
    if (status != KITH_OK) return status;
    bool is_new = shape_integer(call->body, "max_completion_tokens", 0) > 0;
    const asking_source source = {json_get(call->body, "messages"), "messages",
                                  is_new ? "max_completion_tokens" : "max_tokens"};
    status = asking_read(call, &source, &c->asked, member, err);
    if (status == KITH_OK) status = answer_new_id("chatcmpl-", c->id, sizeof c->id, err);
    return status;
}

void chat_complete(serve_call *call)
{
    kith_error err = {0};
    const char *member = NULL;
    chat c = {.call = call, .created = clock_wall_ms() / 1000};
    if (read_request(&c, &member, &err) != KITH_OK) {
        asking_refuse(call, shape_text(call->body, "model", ""), member, &err);
        return;
    }
    buffer_init(&c.chunk, KITH_DOCUMENT_MAX_BYTES);
    if (shape_bool(call->body, "stream", false))
        stream(&c);
    else
        answer_whole(&c);
    buffer_done(&c.chunk);
}
