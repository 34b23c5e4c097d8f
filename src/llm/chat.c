/* chat.c - one completion over POST /chat/completions, streamed.
 *
 * States of an answer: open -> (finish_reason) finished -> ([DONE]) done. A connection that breaks
 * while the answer is open is an error, with the text so far; one that breaks, or falls silent,
 * when it is finished is none, since the answer is whole. The stream is ended from here at [DONE],
 * because some servers keep the connection open. A server that ignores `stream` and sends one JSON
 * completion is understood as well.
 *
 * Another attempt is made only while no text has come: text that on_text took cannot be taken back.
 *
 * Models differ in the settings that they refuse. Which is learnt from the endpoint's error, which
 * names the field: that one is dropped or replaced (dialect), and the request sent again at once.
 * This is no retry in the sense of call.c and does not wait. */
#include "base/json.h"
#include "base/utf8.h"
#include "llm/call.h"
#include "llm/remote_error.h"
#include "llm/thoughts.h"
#include "net/sse.h"

#include <stdio.h>

enum {
    MAX_TEXT_BYTES = 16 << 20,
    MAX_EVENT_BYTES = 1 << 20,
    MAX_REQUEST_BYTES = 64 << 20,
    MAX_WHOLE_BYTES = 32 << 20,
    MAX_TREE_BYTES = 256 << 20
};

/* The settings that this endpoint's model refuses, as its errors showed. */
typedef struct dialect {
    bool max_completion_tokens; /* rather than max_tokens */
    bool no_temperature, no_stream_options;
} dialect;

typedef enum answer_form { FORM_UNKNOWN, FORM_EVENTS, FORM_WHOLE } answer_form;

typedef struct stream {
    const endpoint *endpoint;
    const chat_options *options;
    const http_response *response;
    kith_error *err;
    answer_form form;
    sse_parser events;
    buffer whole;    /* of FORM_WHOLE: the JSON so far */
    buffer repaired; /* one event's data in valid UTF-8 */
    arena tree;      /* of one event */
    thought_filter thoughts;
    buffer shown;       /* what of a piece is no thought */
    buffer text;        /* the answer so far */
    kith_status failed; /* the failure for which the stream was ended from here, or KITH_OK */
    bool is_finished, is_done, is_truncated;
    char finish_reason[32];
    llm_usage usage;
} stream;

/* ---- asking ---- */

typedef struct chat_request {
    const chat_message *messages;
    uint32_t count;
    const chat_options *options;
} chat_request;

static kith_status check_request(const chat_request *request, kith_error *err)
{
    const chat_options *options = request->options;
    if (request->count == 0) return fail(err, KITH_ERR_INVALID, "a chat needs a message");
    if (!(options->temperature >= 0 && options->temperature <= 2))
        return fail(err, KITH_ERR_INVALID, "temperature %g is not within 0..2",
                    options->temperature);
    if (options->max_tokens == 0)
        return fail(err, KITH_ERR_INVALID, "the answer's limit of tokens is 0");
    for (uint32_t i = 0; i < request->count; i++) {
        view role = view_of(request->messages[i].role);
        if (!view_equal(role, VIEW("system")) && !view_equal(role, VIEW("user")) &&
            !view_equal(role, VIEW("assistant")))
            return fail(err, KITH_ERR_INVALID,
                        "message %u has the role '%.32s', not system, user or assistant", i,
                        request->messages[i].role);
    }
    return KITH_OK;
}

static void write_messages(json_writer *w, const chat_request *request)
{
    json_key(w, "messages");
    json_begin_array(w);
    for (uint32_t i = 0; i < request->count; i++) {
        json_begin_object(w);
        json_member_text(w, "role", request->messages[i].role);
        json_key(w, "content");
        json_string(w, request->messages[i].content);
        json_end_object(w);
    }
    json_end_array(w);
}

static void write_settings(json_writer *w, const chat_options *options, const dialect *d)
{
    if (!d->no_temperature) {
        json_member_double(w, "temperature", options->temperature);
    }
    json_member_unsigned(w, d->max_completion_tokens ? "max_completion_tokens" : "max_tokens",
                         options->max_tokens);
    json_member_bool(w, "stream", true);
    if (d->no_stream_options) return;
    json_key(w, "stream_options");
    json_begin_object(w);
    json_member_bool(w, "include_usage", true);
    json_end_object(w);
}

/* True when `refused` names a setting that the request can do without and still has: the next one
 * is without it. So this is true at most once for each setting. */
static bool learn_dialect(dialect *d, const char *refused)
{
    bool *dropped = NULL;
    if (strcmp(refused, "max_tokens") == 0) dropped = &d->max_completion_tokens;
    if (strcmp(refused, "temperature") == 0) dropped = &d->no_temperature;
    if (strcmp(refused, "stream_options") == 0) dropped = &d->no_stream_options;
    if (!dropped || *dropped) return false;
    *dropped = true;
    return true;
}

/* ---- understanding the answer ---- */

/* A piece of the answer, without thoughts. */
static kith_status take_answer(stream *s, view piece)
{
    if (piece.size == 0) return KITH_OK;
    buffer_append(&s->text, piece);
    if (s->text.failed == KITH_ERR_LIMIT)
        return fail(s->err, KITH_ERR_REMOTE, "%s gives an answer of more than %d bytes",
                    endpoint_name(s->endpoint), MAX_TEXT_BYTES);
    kith_status status = buffer_status(&s->text, "the answer", s->err);
    if (status != KITH_OK || !s->options->on_text) return status;
    status = s->options->on_text(s->options->context, piece);
    if (status == KITH_OK) return KITH_OK;
    return fail(s->err, status, "the answer was stopped by its reader");
}

/* What is left of s->shown. Everything until here was a thought when the filter says so. */
static kith_status take_shown(stream *s)
{
    kith_status status = buffer_status(&s->shown, "the answer", s->err);
    if (s->thoughts.discarded) {
        s->thoughts.discarded = false;
        buffer_reset(&s->text);
        if (s->options->on_discard) s->options->on_discard(s->options->context);
    }
    return status == KITH_OK ? take_answer(s, buffer_view(&s->shown)) : status;
}

static kith_status take_text(stream *s, view piece)
{
    buffer_reset(&s->shown);
    thought_filter_feed(&s->thoughts, piece, &s->shown);
    return take_shown(s);
}

/* The end of the text: what was held back for a tag was none. */
static kith_status end_text(stream *s)
{
    buffer_reset(&s->shown);
    thought_filter_finish(&s->thoughts, &s->shown);
    return take_shown(s);
}

static void take_usage(stream *s, const json_value *usage)
{
    int64_t prompt = 0, completion = 0;
    if (json_get_integer(usage, "prompt_tokens", &prompt) && prompt > 0)
        s->usage.prompt_tokens = (uint64_t)prompt;
    if (json_get_integer(usage, "completion_tokens", &completion) && completion > 0)
        s->usage.completion_tokens = (uint64_t)completion;
}

static kith_status malformed(stream *s, const char *what)
{
    return fail(s->err, KITH_ERR_REMOTE, "%s gave a malformed answer: %s",
                endpoint_name(s->endpoint), what);
}

/* A streamed chunk has its text in "delta", a whole completion in "message". */
static kith_status take_choice(stream *s, const json_value *choice)
{
    view reason = {0};
    const json_value *part = json_get(choice, s->form == FORM_WHOLE ? "message" : "delta");
    const json_value *content = json_get(part, "content");
    if (choice->kind != JSON_OBJECT || (part && part->kind != JSON_OBJECT))
        return malformed(s, "a choice is no object");
    if (content && content->kind != JSON_STRING && content->kind != JSON_NULL)
        return malformed(s, "the content is no text");
    if (json_get_string(choice, "finish_reason", &reason) && reason.size > 0) {
        s->is_finished = true;
        s->is_truncated = view_equal(reason, VIEW("length"));
        (void)snprintf(s->finish_reason, sizeof s->finish_reason, "%.*s", VIEW_ARG(reason));
    }
    return content && content->kind == JSON_STRING ? take_text(s, content->string) : KITH_OK;
}

/* Takes a chunk, or the whole completion. */
static kith_status take_object(stream *s, const json_value *object)
{
    remote_error error;
    char words[REMOTE_WORDS_BYTES];
    const json_value *choices = json_get(object, "choices");
    const json_value *usage = json_get(object, "usage");
    if (remote_error_find(object, 200, &error))
        return remote_error_fail(s->endpoint, &error, s->err);
    take_usage(s, usage);
    if (!choices && usage) return KITH_OK;
    if (!choices || choices->kind != JSON_ARRAY)
        return malformed(s, remote_words(s->endpoint, buffer_view(&s->repaired), words));
    return choices->count > 0 ? take_choice(s, choices->elements[0]) : KITH_OK;
}

static kith_status take_json(stream *s, view bytes)
{
    const json_value *object = NULL;
    arena_reset(&s->tree);
    buffer_reset(&s->repaired);
    (void)utf8_append_repaired(&s->repaired, bytes);
    kith_status status = buffer_status(&s->repaired, "the answer", s->err);
    if (status == KITH_OK)
        status = json_parse(buffer_view(&s->repaired), MAX_WHOLE_BYTES, &s->tree, &object, s->err);
    if (status == KITH_OK) return take_object(s, object);
    if (status == KITH_ERR_NO_MEMORY) return status;
    return fail_context(s->err, KITH_ERR_REMOTE, "%s gave a malformed answer",
                        endpoint_name(s->endpoint));
}

/* KITH_ERR_CANCELLED ends the stream, for a failure when s->failed is one. */
static kith_status on_event(void *context, view event, view data)
{
    (void)event; // an error is recognised by its object; servers name its event differently
    stream *s = context;
    s->is_done = view_equal(view_trim(data), VIEW("[DONE]"));
    if (!s->is_done) s->failed = take_json(s, data);
    return s->is_done || s->failed != KITH_OK ? KITH_ERR_CANCELLED : KITH_OK;
}

static kith_status choose_form(stream *s)
{
    char words[REMOTE_WORDS_BYTES];
    view type = view_of(s->response->content_type);
    view name = view_trim(view_slice(type, 0, view_find(type, VIEW(";"))));
    if (view_equal_nocase(name, VIEW("text/event-stream")))
        s->form = FORM_EVENTS;
    else if (view_equal_nocase(name, VIEW("application/json")))
        s->form = FORM_WHOLE;
    else
        return fail(s->err, KITH_ERR_REMOTE, "%s gave no answer but '%s'",
                    endpoint_name(s->endpoint), remote_words(s->endpoint, type, words));
    return KITH_OK;
}

static kith_status on_body(void *context, view bytes)
{
    stream *s = context;
    if (s->form == FORM_UNKNOWN) s->failed = choose_form(s);
    if (s->failed == KITH_OK && s->form == FORM_WHOLE) {
        buffer_append(&s->whole, bytes);
        s->failed = buffer_status(&s->whole, "the answer", s->err);
        if (s->failed == KITH_ERR_LIMIT) s->failed = malformed(s, "it is too large");
    } else if (s->failed == KITH_OK) {
        kith_status status = sse_parser_feed(&s->events, bytes, s->err);
        if (status == KITH_ERR_CANCELLED) return status;
        s->failed = status == KITH_ERR_LIMIT ? malformed(s, "an event is too large") : status;
    }
    return s->failed == KITH_OK ? KITH_OK : KITH_ERR_CANCELLED;
}

/* ---- one attempt ---- */

static void stream_init(stream *s, const call *c, const chat_options *options, kith_error *err)
{
    *s =
        (stream){.endpoint = c->endpoint, .options = options, .response = &c->response, .err = err};
    sse_parser_init(&s->events, MAX_EVENT_BYTES, on_event, s);
    buffer_init(&s->whole, MAX_WHOLE_BYTES);
    buffer_init(&s->repaired, 3 * (size_t)MAX_WHOLE_BYTES); // a bad byte becomes three
    buffer_init(&s->shown, MAX_WHOLE_BYTES);
    buffer_init(&s->text, MAX_TEXT_BYTES);
    arena_init(&s->tree, MAX_TREE_BYTES);
}

static void stream_done(stream *s)
{
    sse_parser_done(&s->events);
    buffer_done(&s->whole);
    buffer_done(&s->repaired);
    buffer_done(&s->shown);
    buffer_done(&s->text);
    arena_done(&s->tree);
}

/* The attempt's result; `sent` is how its transfer ended. */
static kith_status stream_outcome(stream *s, kith_status sent)
{
    if (s->failed != KITH_OK) return s->failed;
    if (sent == KITH_ERR_CANCELLED && s->is_done) sent = KITH_OK;
    if (s->is_finished && (sent == KITH_ERR_NETWORK || sent == KITH_ERR_TIMEOUT)) sent = KITH_OK;
    if (sent != KITH_OK) return sent;
    if (s->form == FORM_WHOLE) {
        kith_status status = take_json(s, buffer_view(&s->whole));
        if (status != KITH_OK) return status;
    } else if (s->form == FORM_EVENTS && !s->is_finished && !s->is_done) {
        return fail(s->err, KITH_ERR_NETWORK, "the answer from %s was cut off after %zu bytes",
                    endpoint_name(s->endpoint), s->text.size);
    }
    kith_status status = end_text(s);
    if (status != KITH_OK || s->text.size > 0) return status;
    char words[REMOTE_WORDS_BYTES];
    return fail(s->err, KITH_ERR_REMOTE, "%s gave %s (finish_reason '%s')",
                endpoint_name(s->endpoint),
                s->thoughts.has_thought ? "its thoughts and no answer" : "an empty answer",
                remote_words(s->endpoint, view_of(s->finish_reason), words));
}

static kith_status stream_attempt(stream *s, call *c, view body)
{
    s->form = FORM_UNKNOWN;
    s->failed = KITH_OK;
    s->is_finished = s->is_done = s->is_truncated = false;
    s->finish_reason[0] = '\0';
    s->thoughts = (thought_filter){0};
    buffer_reset(&s->whole);
    sse_parser_done(&s->events);
    sse_parser_init(&s->events, MAX_EVENT_BYTES, on_event, s);
    return stream_outcome(s, call_send(c, body, on_body, s, s->err));
}

static kith_status write_request(buffer *body, const endpoint *e, const chat_request *request,
                                 const dialect *d, kith_error *err)
{
    json_writer w = {.out = body};
    buffer_reset(body);
    json_begin_object(&w);
    json_member_text(&w, "model", e->model);
    write_messages(&w, request);
    write_settings(&w, request->options, d);
    json_end_object(&w);
    return buffer_status(body, "the chat's messages", err);
}

static kith_status stream_run(stream *s, call *c, const chat_request *request)
{
    buffer body;
    dialect d = {0};
    kith_status status = KITH_OK;
    bool again = true;
    buffer_init(&body, MAX_REQUEST_BYTES);
    while (again) {
        status = write_request(&body, c->endpoint, request, &d, s->err);
        if (status == KITH_OK) status = stream_attempt(s, c, buffer_view(&body));
        again = status != KITH_OK && s->text.size == 0 &&
                (learn_dialect(&d, c->refused_param) || call_again(c, status, s->err));
    }
    buffer_done(&body);
    return status;
}

kith_status llm_chat(const endpoint *e, const chat_message *messages, uint32_t count,
                     const chat_options *options, arena *a, view *out, bool *truncated,
                     llm_usage *usage, kith_error *err)
{
    call c;
    stream s;
    const chat_request request = {messages, count, options};
    kith_status status = call_init(&c, e, "/chat/completions", err);
    stream_init(&s, &c, options, err);
    if (status == KITH_OK) status = check_request(&request, err);
    if (status == KITH_OK) status = stream_run(&s, &c, &request);
    *out = arena_copy(a, buffer_view(&s.text));
    if (status == KITH_OK && !out->data)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for the answer");
    if (status == KITH_OK) {
        *truncated = s.is_truncated;
        if (usage) *usage = s.usage;
    }
    stream_done(&s);
    call_done(&c);
    return status;
}
