/* ask.c - see ask.h.
 * The events of a stream are kith_ask's, named and written as `kith ask --events` writes them:
 * rewritten, passages, text, citations, claims, usage, done; or error in place of what would
 * follow.
 * The stream begins with the first of them, so that what fails before has a status of its own. */
#include "native/ask.h"

#include "native/conversations.h"
#include "native/entry.h"
#include "native/search.h"
#include "serve/error_object.h"
#include "serve/meaning.h"
#include "serve/request_check.h"

/* ---- shapes ---- */

static const shape_member exchange_members[] = {
    {"question", true, {SHAPE_TEXT, .min = 1, .max = 65536}, NULL},
    {"answer", false, {SHAPE_TEXT}, NULL},
    {0}};
static const shape exchange_shape = {SHAPE_RECORD, .members = exchange_members};

static const shape_member request_members[] = {
    {"question", true, {SHAPE_TEXT, .min = 1, .max = 65536}, NULL},
    {"k", false, {SHAPE_INTEGER, .min = 1, .max = 1000}, "passages to answer from; else 5"},
    {"where", false, {SHAPE_OBJECT}, "a filter"},
    {"rank", false, {SHAPE_TEXT, .choices = ranking_names}, NULL},
    {"llm", false, {SHAPE_BOOL}, "false: quote, though the server has an LLM"},
    {"no_cache", false, {SHAPE_BOOL}, "answer anew"},
    {"before",
     false,
     {SHAPE_LIST, .min = 1, .max = 1000, .element = &exchange_shape},
     "what was said before, oldest first; not in a conversation, which knows it"},
    {0}};
static const shape request_shape = {SHAPE_RECORD, .members = request_members, .name = "Question"};

static const shape object = {SHAPE_OBJECT};
static const shape_member answer_members[] = {
    {"question", true, {SHAPE_TEXT}, NULL},
    {"searched", true, {SHAPE_TEXT, .nullable = true}, "the question as it was completed"},
    {"question_cut", true, {SHAPE_BOOL}, "only the beginning of the question was embedded"},
    {"answer", true, {SHAPE_TEXT}, "with [n] for each citation"},
    {"refused", true, {SHAPE_BOOL}, "no passage supports an answer"},
    {"support", true, {SHAPE_NUMBER, .nullable = true}, NULL},
    {"engine", true, {SHAPE_TEXT}, "extractive, or the LLM's model"},
    {"cached", true, {SHAPE_BOOL}, NULL},
    {"truncated", true, {SHAPE_BOOL}, "the LLM stopped at its limit of tokens"},
    {"citations", true, {SHAPE_LIST, .element = &object}, NULL},
    {"claims", true, {SHAPE_LIST, .element = &object}, NULL},
    {"passages", true, {SHAPE_LIST, .element = &object}, "best first"},
    {"meaning", true, {SHAPE_AS, .element = &meaning_shape}, NULL},
    {0}};
static const shape answer_shape = {SHAPE_RECORD, .is_open = true, .members = answer_members,
                                   .name = "Answer"};
const route_shapes ask_shapes = {
    .request = &request_shape, .response = &answer_shape, .other_response = "text/event-stream"};

/* ---- asking ---- */

typedef struct question {
    serve_call *call;
    const char *text;
    bool streams;
    bool has_begun; /* the stream */
    bool is_gone;   /* the client left */
    kith_ask_options options;
} question;

static const char *event_name(kith_ask_event_kind kind)
{
    static const char *const names[] = {
        [KITH_ASK_PASSAGES] = "passages",   [KITH_ASK_TEXT] = "text",
        [KITH_ASK_CITATIONS] = "citations", [KITH_ASK_USAGE] = "usage",
        [KITH_ASK_DONE] = "done",           [KITH_ASK_ERROR] = "error",
        [KITH_ASK_REWRITTEN] = "rewritten", [KITH_ASK_CLAIMS] = "claims"};
    return names[kind];
}

static int on_event(void *context, const kith_ask_event *event)
{
    question *q = context;
    char *json = NULL;
    if (kith_ask_event_to_json(event, &json, NULL) != KITH_OK) return 1;
    if (!q->has_begun) serve_events_begin(q->call);
    q->has_begun = true;
    if (!q->is_gone) q->is_gone = !serve_event(q->call, event_name(event->kind), view_of(json));
    kith_text_free(json);
    return q->is_gone;
}

static kith_status read_before(serve_call *call, kith_ask_options *o, kith_error *err)
{
    const json_value *list = json_get(call->body, "before");
    if (!list || list->kind == JSON_NULL) return KITH_OK;
    kith_exchange *before = arena_new_array(&call->arena, kith_exchange, list->count);
    if (!before) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for what was said before");
    for (uint32_t i = 0; i < list->count; i++)
        before[i] = (kith_exchange){shape_text(list->elements[i], "question", ""),
                                    shape_text(list->elements[i], "answer", NULL)};
    o->before = before;
    o->before_count = list->count;
    return KITH_OK;
}

static kith_status read_question(serve_call *call, question *out, kith_error *err)
{
    const json_value *body = call->body;
    kith_ask_options *o = &out->options;
    out->call = call;
    out->text = shape_text(body, "question", "");
    out->streams = request_wants_events(call);
    *o = (kith_ask_options){.size = sizeof *o,
                            .k = (uint32_t)shape_integer(body, "k", 0),
                            .llm = shape_bool(body, "llm", true) ? call->llm : NULL,
                            .no_cache = shape_bool(body, "no_cache", false),
                            .ranking = ranking_of(body),
                            .allow_unknown_fields = true,
                            .call = &call->call};
    if (out->streams) {
        o->on_event = on_event;
        o->context = out;
    }
    kith_status status = request_filter(call, body, "where", &o->where, err);
    return status == KITH_OK ? read_before(call, o, err) : status;
}

static void reply(serve_call *call, const kith_answer *answer, const char *text)
{
    kith_error err = {0};
    char *json = NULL;
    if (kith_answer_to_json(answer, text, &json, &err) != KITH_OK) {
        error_object_refuse(call, &err, NULL);
        return;
    }
    serve_reply_bytes(call, 200, "application/json", view_of(json));
    kith_text_free(json);
}

/* The stream's end: its last event said how it went, unless the call itself failed. */
static void end_stream(question *q, kith_status status, const kith_error *err)
{
    if (status != KITH_OK && !q->is_gone) {
        buffer text;
        buffer_init(&text, 1 << 16);
        json_writer w = {.out = &text};
        json_begin_object(&w);
        json_member_text(&w, "event", "error");
        json_member_text(&w, "status", kith_status_name(status));
        json_member_text(&w, "message", err->message);
        json_end_object(&w);
        q->is_gone = !serve_event(q->call, "error", buffer_view(&text));
        buffer_done(&text);
    }
    serve_events_end(q->call);
}

static void finish(question *q, kith_status status, const kith_answer *answer,
                   const kith_error *err)
{
    if (q->has_begun)
        end_stream(q, status, err);
    else if (status != KITH_OK)
        error_object_refuse(q->call, err, NULL);
    else
        reply(q->call, answer, q->text);
}

void ask_collection(serve_call *call)
{
    kith_error err = {0};
    kith_answer *answer = NULL;
    question q = {.call = call};
    if (!native_begin(call)) return;
    kith_status status = read_question(call, &q, &err);
    if (status == KITH_OK)
        status = kith_ask(call->k, native_collection(call), q.text, &q.options, &answer, &err);
    finish(&q, status, answer, &err);
    kith_answer_free(answer);
}

void ask_conversation(serve_call *call)
{
    kith_error err = {0};
    kith_answer *answer = NULL;
    question q = {.call = call};
    uint64_t id = 0;
    if (!native_begin(call)) return;
    kith_status status = conversation_find(call, &id, &err);
    if (status == KITH_OK) status = read_question(call, &q, &err);
    if (status == KITH_OK)
        status = kith_conversation_ask(call->k, id, q.text, &q.options, &answer, &err);
    finish(&q, status, answer, &err);
    kith_answer_free(answer);
}
