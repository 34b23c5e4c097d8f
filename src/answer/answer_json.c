/* answer_json.c - each shape is written, then read, member for member in the same order.
 * What a version writes, every later version must read: kept answers and recorded conversations
 * outlive it. A new member is therefore optional for the reader, as `claims`, `check_ms` and
 * `truncated` are. */
#include "answer/answer_json.h"

#include "base/utf8.h"

#include <math.h>

/* ---- writing ---- */

static void member_line(json_writer *w, const char *key, uint32_t line)
{
    json_key(w, key);
    if (line)
        json_integer(w, line);
    else
        json_null(w);
}

static void write_citation(json_writer *w, const kith_citation *citation)
{
    json_begin_object(w);
    json_member_unsigned(w, "n", citation->n);
    json_member_text(w, "document", citation->document);
    json_member_text(w, "source", citation->source);
    json_member_unsigned(w, "start", citation->start);
    json_member_unsigned(w, "end", citation->end);
    member_line(w, "line", citation->line);
    json_member_text(w, "place", citation->place);
    json_member_text(w, "quote", citation->quote);
    json_key(w, "emphasis");
    json_begin_array(w);
    for (size_t i = 0; i < citation->emphasis_count; i++) {
        json_begin_array(w);
        json_integer(w, citation->emphasis[i].start);
        json_integer(w, citation->emphasis[i].end);
        json_end_array(w);
    }
    json_end_array(w);
    json_end_object(w);
}

static void write_passage(json_writer *w, const kith_passage *passage)
{
    json_begin_object(w);
    json_member_text(w, "id", passage->id);
    json_member_text(w, "document", passage->document);
    json_member_text(w, "source", passage->source);
    json_member_text(w, "heading", passage->heading);
    json_member_text(w, "content", passage->content);
    json_key(w, "metadata");
    json_raw(w, passage->metadata ? view_of(passage->metadata) : VIEW("{}"));
    json_member_float(w, "distance", passage->distance);
    json_member_float(w, "relevance", passage->relevance);
    json_member_unsigned(w, "start", passage->start);
    json_member_unsigned(w, "end", passage->end);
    member_line(w, "line_start", passage->line_start);
    member_line(w, "line_end", passage->line_end);
    json_member_text(w, "place", passage->place);
    if (passage->lead_in && *passage->lead_in) json_member_text(w, "lead_in", passage->lead_in);
    json_end_object(w);
}

static void write_citations(json_writer *w, const kith_answer *answer)
{
    json_key(w, "citations");
    json_begin_array(w);
    for (size_t i = 0; i < answer->citation_count; i++)
        write_citation(w, &answer->citations[i]);
    json_end_array(w);
    json_member_unsigned(w, "citations_removed", answer->citations_removed);
}

/* In the order of kith_verdict. */
static const char *const verdicts[] = {"supported", "unsupported", "uncited", "unchecked"};
enum { VERDICTS = sizeof verdicts / sizeof verdicts[0] };

static void write_claim(json_writer *w, const kith_claim *claim)
{
    json_begin_object(w);
    json_member_text(w, "text", claim->text);
    json_member_unsigned(w, "start", claim->start);
    json_member_unsigned(w, "end", claim->end);
    json_member_bool(w, "cited", claim->cited);
    json_member_text(w, "verdict", verdicts[claim->verdict]);
    json_member_double(w, "support", claim->support);
    json_member_unsigned(w, "n", claim->n);
    json_member_unsigned(w, "evidence_start", claim->evidence_start);
    json_member_unsigned(w, "evidence_end", claim->evidence_end);
    json_member_text(w, "evidence", claim->evidence);
    json_end_object(w);
}

static void write_claims(json_writer *w, const kith_answer *answer)
{
    json_key(w, "claims");
    json_begin_array(w);
    for (size_t i = 0; i < answer->claim_count; i++)
        write_claim(w, &answer->claims[i]);
    json_end_array(w);
}

static void write_passages(json_writer *w, const kith_answer *answer)
{
    json_key(w, "passages");
    json_begin_array(w);
    for (size_t i = 0; i < answer->passage_count; i++)
        write_passage(w, &answer->passages[i]);
    json_end_array(w);
}

static void write_usage(json_writer *w, const kith_answer *answer)
{
    json_key(w, "usage");
    json_begin_object(w);
    json_member_unsigned(w, "prompt_tokens", answer->prompt_tokens);
    json_member_unsigned(w, "completion_tokens", answer->completion_tokens);
    json_end_object(w);
}

static void write_timings(json_writer *w, const kith_answer *answer)
{
    json_key(w, "timings");
    json_begin_object(w);
    json_member_double(w, "retrieve_ms", answer->retrieve_ms);
    json_member_double(w, "answer_ms", answer->answer_ms);
    json_member_double(w, "check_ms", answer->check_ms);
    json_end_object(w);
}

static void write_llm_error(json_writer *w, const kith_answer *answer)
{
    json_key(w, "llm_error");
    if (answer->llm_status == KITH_OK) {
        json_null(w);
        return;
    }
    json_begin_object(w);
    json_member_text(w, "status", kith_status_name(answer->llm_status));
    json_member_text(w, "message", answer->llm_error);
    json_end_object(w);
}

static void write_meaning(json_writer *w, const kith_answer *answer)
{
    json_key(w, "meaning");
    json_begin_object(w);
    json_member_unsigned(w, "chunks", answer->chunks);
    json_member_unsigned(w, "waiting", answer->waiting);
    json_end_object(w);
}

void answer_json_write(json_writer *w, const kith_answer *answer)
{
    json_member_text(w, "answer", answer->text);
    json_member_bool(w, "refused", answer->refused);
    json_member_double(w, "support", answer->support);
    json_member_text(w, "engine", answer->engine);
    json_member_bool(w, "cached", answer->cached);
    json_member_bool(w, "truncated", answer->truncated);
    json_member_bool(w, "question_cut", answer->question_cut);
    write_citations(w, answer);
    write_claims(w, answer);
    write_passages(w, answer);
    json_member_unsigned(w, "passages_sent", answer->passages_sent);
    write_llm_error(w, answer);
    write_usage(w, answer);
    write_timings(w, answer);
    write_meaning(w, answer);
}

kith_status answer_json_keep(const kith_answer *answer, buffer *out, kith_error *err)
{
    buffer_init(out, ANSWER_JSON_MAX_BYTES);
    json_writer w = {.out = out};
    json_begin_object(&w);
    answer_json_write(&w, answer);
    json_end_object(&w);
    return buffer_status(out, "answer", err);
}

void answer_json_write_event(json_writer *w, const kith_ask_event *event)
{
    static const char *const names[] = {"passages", "text",  "citations", "usage",
                                        "done",     "error", "rewritten", "claims"};
    const kith_answer *answer = event->answer;
    json_begin_object(w);
    json_member_text(w, "event", names[event->kind]);
    switch (event->kind) {
    case KITH_ASK_PASSAGES:
        json_member_unsigned(w, "count", event->passages);
        write_passages(w, answer);
        break;
    case KITH_ASK_TEXT:
    case KITH_ASK_REWRITTEN:
        json_member_text(w, "text", event->text);
        break;
    case KITH_ASK_CITATIONS:
        json_member_bool(w, "refused", answer->refused);
        json_member_double(w, "support", answer->support);
        write_citations(w, answer);
        break;
    case KITH_ASK_CLAIMS:
        write_claims(w, answer);
        break;
    case KITH_ASK_USAGE:
        write_usage(w, answer);
        break;
    case KITH_ASK_DONE:
        json_member_text(w, "engine", answer->engine);
        json_member_bool(w, "cached", answer->cached);
        json_member_bool(w, "truncated", answer->truncated);
        json_member_bool(w, "question_cut", answer->question_cut);
        write_timings(w, answer);
        write_meaning(w, answer);
        break;
    case KITH_ASK_ERROR:
        json_member_text(w, "status", kith_status_name(answer->llm_status));
        json_member_text(w, "message", answer->llm_error);
        break;
    }
    json_end_object(w);
}

/* ---- reading ---- */

/* Reading goes on behind a member that is missing or of the wrong kind, with a zero in its place;
 * the caller looks at `wrong` once, at the end. */
typedef struct reader {
    arena *memory;
    const char *wrong; /* the first such member's name; NULL: none so far */
} reader;

static const json_value *member(reader *r, const json_value *object, const char *key,
                                json_kind kind)
{
    const json_value *value = json_get(object, key);
    if (value && value->kind == kind) return value;
    if (!r->wrong) r->wrong = key;
    return NULL;
}

/* NULL, too, when the member is null. */
static const char *read_text(reader *r, const json_value *object, const char *key)
{
    const json_value *value = json_get(object, key);
    if (value && value->kind == JSON_NULL) return NULL;
    value = member(r, object, key, JSON_STRING);
    return value ? value->string.data : NULL;
}

/* 0 when the member is null. */
static uint64_t read_integer(reader *r, const json_value *object, const char *key)
{
    const json_value *value = json_get(object, key);
    if (value && value->kind == JSON_NULL) return 0;
    value = member(r, object, key, JSON_INTEGER);
    return value && value->integer > 0 ? (uint64_t)value->integer : 0;
}

static uint32_t read_u32(reader *r, const json_value *object, const char *key)
{
    uint64_t value = read_integer(r, object, key);
    if (value > UINT32_MAX && !r->wrong) r->wrong = key;
    return (uint32_t)value;
}

static double read_number(reader *r, const json_value *object, const char *key)
{
    double number = NAN;
    const json_value *value = json_get(object, key);
    bool is_number = value && (value->kind == JSON_NULL || json_get_number(object, key, &number));
    if (!is_number && !r->wrong) r->wrong = key;
    return number;
}

static bool read_bool(reader *r, const json_value *object, const char *key)
{
    const json_value *value = member(r, object, key, JSON_BOOL);
    return value && value->boolean;
}

/* A passage's metadata is a JSON object in the text and a string of JSON in kith_passage. */
static const char *read_json(reader *r, const json_value *object, const char *key)
{
    const json_value *value = member(r, object, key, JSON_OBJECT);
    if (!value) return NULL;
    buffer text;
    buffer_init(&text, ANSWER_JSON_MAX_BYTES);
    json_writer w = {.out = &text};
    json_tree(&w, value);
    const char *copy =
        text.failed == KITH_OK ? arena_copy(r->memory, buffer_view(&text)).data : NULL;
    r->memory->exhausted |= !copy;
    buffer_done(&text);
    return copy;
}

static void read_emphasis(reader *r, const json_value *from, kith_citation *out)
{
    const json_value *list = member(r, from, "emphasis", JSON_ARRAY);
    uint32_t count = list ? list->count : 0;
    int64_t length = out->quote ? (int64_t)utf8_count(view_of(out->quote)) : 0;
    kith_span *spans = arena_new_array(r->memory, kith_span, count);
    for (uint32_t i = 0; spans && i < count; i++) {
        const json_value *pair = list->elements[i];
        bool is_pair = pair->kind == JSON_ARRAY && pair->count == 2 &&
                       pair->elements[0]->kind == JSON_INTEGER &&
                       pair->elements[1]->kind == JSON_INTEGER;
        int64_t start = is_pair ? pair->elements[0]->integer : -1;
        int64_t end = is_pair ? pair->elements[1]->integer : -1;
        if (start >= 0 && start <= end && end <= length)
            spans[i] = (kith_span){(uint32_t)start, (uint32_t)end};
        else if (!r->wrong)
            r->wrong = "emphasis";
    }
    out->emphasis = spans;
    out->emphasis_count = spans ? count : 0;
}

static void read_citation(reader *r, const json_value *from, kith_citation *out)
{
    *out = (kith_citation){
        .n = read_u32(r, from, "n"),
        .document = read_text(r, from, "document"),
        .source = read_text(r, from, "source"),
        .start = read_integer(r, from, "start"),
        .end = read_integer(r, from, "end"),
        .line = read_u32(r, from, "line"),
        .place = read_text(r, from, "place"),
        .quote = read_text(r, from, "quote"),
    };
    read_emphasis(r, from, out);
}

static void read_passage(reader *r, const json_value *from, kith_passage *out)
{
    bool is_led = json_get(from, "lead_in") != NULL; // written only where there is one
    *out = (kith_passage){
        .lead_in = is_led ? read_text(r, from, "lead_in") : "",
        .id = read_text(r, from, "id"),
        .document = read_text(r, from, "document"),
        .source = read_text(r, from, "source"),
        .heading = read_text(r, from, "heading"),
        .content = read_text(r, from, "content"),
        .metadata = read_json(r, from, "metadata"),
        .distance = (float)read_number(r, from, "distance"),
        .relevance = (float)read_number(r, from, "relevance"),
        .start = read_integer(r, from, "start"),
        .end = read_integer(r, from, "end"),
        .line_start = read_u32(r, from, "line_start"),
        .line_end = read_u32(r, from, "line_end"),
        .place = read_text(r, from, "place"),
    };
}

static void read_citations(reader *r, const json_value *from, kith_answer *out)
{
    const json_value *list = member(r, from, "citations", JSON_ARRAY);
    uint32_t count = list ? list->count : 0;
    kith_citation *citations = arena_new_array(r->memory, kith_citation, count);
    for (uint32_t i = 0; citations && i < count; i++)
        read_citation(r, list->elements[i], &citations[i]);
    out->citations = citations;
    out->citation_count = citations ? count : 0;
    out->citations_removed = read_u32(r, from, "citations_removed");
}

static kith_verdict read_verdict(reader *r, const json_value *from)
{
    const char *name = read_text(r, from, "verdict");
    for (int i = 0; name && i < VERDICTS; i++)
        if (view_equal(view_of(name), view_of(verdicts[i]))) return (kith_verdict)i;
    if (!r->wrong) r->wrong = "verdict";
    return KITH_UNCHECKED;
}

/* Answers that were kept by a version that did not judge claims have no such member. */
static void read_claims(reader *r, const json_value *from, kith_answer *out)
{
    if (!json_get(from, "claims")) return;
    const json_value *list = member(r, from, "claims", JSON_ARRAY);
    uint32_t count = list ? list->count : 0;
    kith_claim *claims = arena_new_array(r->memory, kith_claim, count);
    for (uint32_t i = 0; claims && i < count; i++) {
        const json_value *claim = list->elements[i];
        claims[i] = (kith_claim){
            .text = read_text(r, claim, "text"),
            .start = read_u32(r, claim, "start"),
            .end = read_u32(r, claim, "end"),
            .cited = read_bool(r, claim, "cited"),
            .verdict = read_verdict(r, claim),
            .support = read_number(r, claim, "support"),
            .n = read_u32(r, claim, "n"),
            .evidence_start = read_integer(r, claim, "evidence_start"),
            .evidence_end = read_integer(r, claim, "evidence_end"),
            .evidence = read_text(r, claim, "evidence"),
        };
    }
    out->claims = claims;
    out->claim_count = claims ? count : 0;
}

static void read_passages(reader *r, const json_value *from, kith_answer *out)
{
    const json_value *list = member(r, from, "passages", JSON_ARRAY);
    uint32_t count = list ? list->count : 0;
    kith_passage *passages = arena_new_array(r->memory, kith_passage, count);
    for (uint32_t i = 0; passages && i < count; i++)
        read_passage(r, list->elements[i], &passages[i]);
    out->passages = passages;
    out->passage_count = passages ? count : 0;
    out->passages_sent = read_u32(r, from, "passages_sent");
}

static kith_status status_named(reader *r, const json_value *from)
{
    const char *name = read_text(r, from, "status");
    for (int i = KITH_ERR_INVALID; name && i <= KITH_ERR_INTERNAL; i++)
        if (view_equal(view_of(name), view_of(kith_status_name((kith_status)i))))
            return (kith_status)i;
    if (!r->wrong) r->wrong = "status";
    return KITH_ERR_INTERNAL;
}

static void read_llm(reader *r, const json_value *from, kith_answer *out)
{
    const json_value *problem = json_get(from, "llm_error");
    const json_value *usage = member(r, from, "usage", JSON_OBJECT);
    const json_value *timings = member(r, from, "timings", JSON_OBJECT);
    bool failed = problem && problem->kind == JSON_OBJECT;
    out->llm_status = failed ? status_named(r, problem) : KITH_OK;
    out->llm_error = failed ? read_text(r, problem, "message") : "";
    out->prompt_tokens = read_integer(r, usage, "prompt_tokens");
    out->completion_tokens = read_integer(r, usage, "completion_tokens");
    out->retrieve_ms = read_number(r, timings, "retrieve_ms");
    out->answer_ms = read_number(r, timings, "answer_ms");
    // Not in answers that were kept by a version that did not judge claims.
    if (json_get(timings, "check_ms")) out->check_ms = read_number(r, timings, "check_ms");
    // Nor in those of a version in which every chunk had its vector.
    const json_value *meaning = json_get(from, "meaning");
    if (meaning) {
        out->chunks = read_integer(r, meaning, "chunks");
        out->waiting = read_integer(r, meaning, "waiting");
    }
}

kith_status answer_json_read(view json, arena *a, kith_answer *out, kith_error *err)
{
    const json_value *from = NULL;
    reader r = {.memory = a};
    kith_status status = json_parse(json, ANSWER_JSON_MAX_BYTES, a, &from, err);
    if (status != KITH_OK) return status;
    kith_answer answer = {
        .text = read_text(&r, from, "answer"),
        .refused = read_bool(&r, from, "refused"),
        .support = read_number(&r, from, "support"),
        .engine = read_text(&r, from, "engine"),
        .cached = read_bool(&r, from, "cached"),
    };
    // Not in answers that were kept by a version that did not tell.
    if (json_get(from, "truncated")) answer.truncated = read_bool(&r, from, "truncated");
    if (json_get(from, "question_cut")) answer.question_cut = read_bool(&r, from, "question_cut");
    read_citations(&r, from, &answer);
    read_claims(&r, from, &answer);
    read_passages(&r, from, &answer);
    read_llm(&r, from, &answer);
    if (r.wrong)
        return fail(err, KITH_ERR_FORMAT, "answer: '%s' is missing or no such value", r.wrong);
    if (a->exhausted) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an answer");
    *out = answer;
    return KITH_OK;
}
