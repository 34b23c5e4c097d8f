/* asking.c - see asking.h. */
#include "openai/asking.h"

#include "base/hex.h"
#include "openai/models.h"
#include "os/random.h"
#include "serve/error_object.h"
#include "serve/meaning.h"
#include "serve/request_check.h"

#include <stdio.h>

/* ---- shapes ---- */

static const shape_member asking_side_members[] = {
    {"k", false, {SHAPE_INTEGER, .min = 1, .max = 1000}, "passages to answer from"},
    {"where", false, {SHAPE_OBJECT}, "a filter of the passages' metadata"},
    {0}};
const shape asking_side_shape = {SHAPE_RECORD, .members = asking_side_members};

static const shape_member answer_side_members[] = {
    {"refused", true, {SHAPE_BOOL}, "no passage supports an answer"},
    {"support",
     true,
     {SHAPE_NUMBER, .nullable = true},
     "0..1: how likely a quoted answer is right"},
    {"engine", true, {SHAPE_TEXT}, "extractive, or the LLM's model"},
    {"cached", true, {SHAPE_BOOL}, NULL},
    {"truncated", true, {SHAPE_BOOL}, NULL},
    {"searched", true, {SHAPE_TEXT, .nullable = true}, "the question as it was completed"},
    {"question_cut", true, {SHAPE_BOOL}, "only the beginning of the question was embedded"},
    {"citations_removed", true, {SHAPE_INTEGER}, NULL},
    {"meaning", true, {SHAPE_AS, .element = &meaning_shape}, NULL},
    {0}};
const shape answer_side_shape = {SHAPE_RECORD, .members = answer_side_members,
                                 .name = "AnswerSide"};

static const shape_member citation_members[] = {
    {"index", true, {SHAPE_INTEGER}, "its place in the list"},
    {"n", true, {SHAPE_INTEGER}, "the [n] of the answer"},
    {"document", true, {SHAPE_TEXT}, NULL},
    {"source", true, {SHAPE_TEXT}, NULL},
    {"start", true, {SHAPE_INTEGER}, "of the quote, in code points of the document's text"},
    {"end", true, {SHAPE_INTEGER}, NULL},
    {"line", true, {SHAPE_INTEGER, .nullable = true}, NULL},
    {"place", true, {SHAPE_TEXT}, "page, sheet, slide or chapter"},
    {"quote", true, {SHAPE_TEXT}, NULL},
    {0}};
static const shape citation_shape = {SHAPE_RECORD, .members = citation_members,
                                     .name = "AnswerCitation"};
const shape citations_shape = {SHAPE_LIST, .element = &citation_shape};

/* ---- messages ---- */

typedef struct messages {
    serve_call *call;
    const char *member;  /* their name in the request */
    kith_exchange *said; /* [count] the last one is the question, once all are read */
    size_t count;
    bool is_answered; /* the last message was the assistant's */
} messages;

/* The text of one part of a content: {"type": "text", "text": ...}. */
static kith_status part_text(const json_value *part, const char *member, view *out, kith_error *err)
{
    view type = VIEW("text");
    if (part->kind != JSON_OBJECT)
        return fail(err, KITH_ERR_INVALID, "a part of the content in %s is not an object", member);
    (void)json_get_string(part, "type", &type);
    bool is_text = view_equal(type, VIEW("text")) || view_equal(type, VIEW("input_text")) ||
                   view_equal(type, VIEW("output_text"));
    if (!is_text && !view_equal(type, VIEW("refusal")))
        return fail(err, KITH_ERR_UNSUPPORTED,
                    "%s holds a part of type '%.40s'; kith answers texts", member, type.data);
    if (json_get_string(part, is_text ? "text" : "refusal", out)) return KITH_OK;
    return fail(err, KITH_ERR_INVALID, "a part of the content in %s has no text", member);
}

/* A content: a text, a list of parts, or null. The parts' texts are joined, a line each. */
static kith_status content_text(messages *m, const json_value *content, const char **out,
                                kith_error *err)
{
    view text = {NULL, 0};
    arena *a = &m->call->arena;
    *out = "";
    if (!content || content->kind == JSON_NULL) return KITH_OK;
    if (content->kind == JSON_STRING) {
        *out = content->string.data;
    } else if (content->kind == JSON_ARRAY) {
        for (uint32_t i = 0; i < content->count; i++) {
            kith_status status = part_text(content->elements[i], m->member, &text, err);
            if (status != KITH_OK) return status;
            *out = **out ? arena_printf(a, "%s\n%s", *out, text.data) : text.data;
            if (!*out) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a message");
        }
    } else {
        return fail(err, KITH_ERR_INVALID, "the content in %s must be a text or a list of parts",
                    m->member);
    }
    return KITH_OK;
}

static kith_status read_message(messages *m, const json_value *message, kith_error *err)
{
    view role = VIEW(""), type = VIEW("message");
    const char *text = "";
    (void)json_get_string(message, "type", &type);
    if (!view_equal(type, VIEW("message"))) return KITH_OK; // a tool's call or output
    if (!json_get_string(message, "role", &role))
        return fail(err, KITH_ERR_INVALID, "a message in %s has no role", m->member);
    bool is_user = view_equal(role, VIEW("user")),
         is_assistant = view_equal(role, VIEW("assistant"));
    if (!is_user && !is_assistant) return KITH_OK;
    kith_status status = content_text(m, json_get(message, "content"), &text, err);
    if (status != KITH_OK) return status;
    if (is_user)
        m->said[m->count++] = (kith_exchange){text, NULL};
    else if (m->count > 0)
        m->said[m->count - 1].answer = text;
    m->is_answered = is_assistant;
    return KITH_OK;
}

static kith_status read_messages(messages *m, const json_value *list, asking *out, kith_error *err)
{
    if (list->kind == JSON_STRING) {
        out->question = list->string.data;
        return KITH_OK;
    }
    m->said = arena_new_array(&m->call->arena, kith_exchange, list->count);
    if (!m->said) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the messages");
    for (uint32_t i = 0; i < list->count; i++) {
        kith_status status = read_message(m, list->elements[i], err);
        if (status != KITH_OK) return status;
    }
    if (m->count == 0 || m->is_answered)
        return fail(err, KITH_ERR_INVALID,
                    "the last of %s must be a user's message: it is the question", m->member);
    out->question = m->said[m->count - 1].question;
    out->ask.before = m->said;
    out->ask.before_count = m->count - 1;
    return KITH_OK;
}

/* ---- the request ---- */

static kith_status read_model(serve_call *call, asking *out, kith_error *err)
{
    out->model = shape_text(call->body, "model", "");
    out->collection = model_collection(call, out->model);
    if (!out->collection)
        return fail(err, KITH_ERR_NOT_FOUND, "the model '%.100s' does not exist", out->model);
    return serve_collection_allowed(call, out->collection, err);
}

kith_status asking_read(serve_call *call, const asking_source *source, asking *out,
                        const char **member, kith_error *err)
{
    const json_value *body = call->body, *side = json_get(body, "kith");
    asking a = {.ask = {.size = sizeof a.ask, .call = &call->call, .allow_unknown_fields = true}};
    messages m = {.call = call, .member = source->member};
    *member = "model";
    kith_status status = read_model(call, &a, err);
    if (status != KITH_OK) return status;
    *member = source->member;
    status = read_messages(&m, source->messages, &a, err);
    if (status != KITH_OK) return status;
    if (a.question[strspn(a.question, " \t\r\n")] == '\0')
        return fail(err, KITH_ERR_INVALID, "the last message in %s has no text", source->member);
    *member = "kith.where";
    status = request_filter(call, side, "where", &a.ask.where, err);
    if (status != KITH_OK) return status;
    a.ask.k = (uint32_t)shape_integer(side, "k", 0);
    if (call->llm) {
        a.llm = *call->llm;
        a.llm.temperature = shape_number(body, "temperature", a.llm.temperature);
        a.llm.max_tokens = (uint32_t)shape_integer(body, source->max_tokens, a.llm.max_tokens);
    }
    *out = a;
    return KITH_OK;
}

void asking_refuse(serve_call *call, const char *model, const char *member, const kith_error *err)
{
    if (err->code == KITH_ERR_NOT_FOUND)
        model_refuse(call, model);
    else if (err->code == KITH_ERR_AUTH && member && strcmp(member, "model") == 0)
        serve_fail(call, err);
    else
        error_object_refuse(call, err, member);
}

kith_status asking_ask(serve_call *call, const asking *a, kith_answer **out, kith_error *err)
{
    kith_ask_options options = a->ask;
    if (call->llm) options.llm = &a->llm;
    kith_status status = kith_ask(call->k, a->collection, a->question, &options, out, err);
    if (status != KITH_OK || (*out)->llm_status == KITH_OK) return status;
    return fail(err, (*out)->llm_status, "the LLM gave no whole answer: %s", (*out)->llm_error);
}

/* ---- the answer ---- */

static void write_citation(json_writer *w, const kith_citation *c, size_t index)
{
    json_begin_object(w);
    json_member_unsigned(w, "index", index);
    json_member_unsigned(w, "n", c->n);
    json_member_text(w, "document", c->document);
    json_member_text(w, "source", c->source);
    json_member_unsigned(w, "start", c->start);
    json_member_unsigned(w, "end", c->end);
    json_key(w, "line");
    if (c->line)
        json_integer(w, c->line);
    else
        json_null(w);
    json_member_text(w, "place", c->place);
    json_member_text(w, "quote", c->quote);
    json_end_object(w);
}

void answer_write_citations(json_writer *w, const kith_answer *answer)
{
    json_key(w, "citations");
    json_begin_array(w);
    for (size_t i = 0; i < answer->citation_count; i++)
        write_citation(w, &answer->citations[i], i);
    json_end_array(w);
}

void answer_write_side(json_writer *w, const kith_answer *answer)
{
    json_key(w, "kith");
    json_begin_object(w);
    json_member_bool(w, "refused", answer->refused);
    json_member_double(w, "support", answer->support);
    json_member_text(w, "engine", answer->engine);
    json_member_bool(w, "cached", answer->cached);
    json_member_bool(w, "truncated", answer->truncated);
    json_member_text(w, "searched", answer->searched[0] ? answer->searched : NULL);
    json_member_bool(w, "question_cut", answer->question_cut);
    json_member_unsigned(w, "citations_removed", answer->citations_removed);
    meaning_write(w, answer->chunks, answer->waiting);
    json_end_object(w);
}

kith_status answer_new_id(const char *prefix, char *out, size_t capacity, kith_error *err)
{
    unsigned char bytes[12];
    char digits[2 * sizeof bytes + 1];
    kith_status status = random_bytes(bytes, sizeof bytes, err);
    if (status != KITH_OK) return status;
    hex_write(bytes, sizeof bytes, digits);
    (void)snprintf(out, capacity, "%s%s", prefix, digits);
    return KITH_OK;
}
