/* answer.c - the pipeline of one question.
 * An LLM that fails costs the answer, never the passages: its failure goes into llm_status, and the
 * call succeeds. */
#include "rag/answer.h"

#include "base/hash.h"
#include "llm/endpoint.h"
#include "os/clock.h"
#include "rag/citation.h"
#include "rag/extractive.h"
#include "rag/prompt.h"
#include "rag/retrieve.h"

#include <stdlib.h>

enum {
    DEFAULT_PASSAGES = 5,
    DEFAULT_CONTEXT_CHARACTERS = 4000,
    DEFAULT_MAX_TOKENS = 500,
    QUESTION_MAX_BYTES = 64 << 10,
    ANSWER_MAX_BYTES = 16 << 20
};

static kith_status send_event(const kith_ask_options *options, const kith_ask_event *event,
                              kith_error *err)
{
    if (!options->on_event || options->on_event(options->context, event) == 0) return KITH_OK;
    return fail(err, KITH_ERR_CANCELLED, "stopped by the caller");
}

static kith_status send_text(const kith_ask_options *options, const char *text, size_t passages,
                             kith_error *err)
{
    if (!text || !text[0]) return KITH_OK;
    return send_event(options, &(kith_ask_event){KITH_ASK_TEXT, text, passages}, err);
}

static kith_status answer_extractive(collection *c, embedder *e, view question,
                                     const retrieval *found, const kith_ask_options *options,
                                     arena *a, kith_answer *out, kith_error *err)
{
    extractive_answer answer = {0};
    kith_status status = answer_from_sentences(c, e, question, found, a, &answer, err);
    if (status != KITH_OK) return status;
    out->engine = "extractive";
    out->text = answer.text;
    out->refused = answer.refused;
    out->support = answer.support;
    out->citations = answer.citations;
    out->citation_count = answer.citation_count;
    return send_text(options, out->text, found->count, err);
}

/* Text that has passed the filter goes to the caller piece by piece; `sent` counts what has gone.
 */
typedef struct answer_stream {
    const kith_ask_options *options;
    citation_filter filter;
    buffer text;
    size_t sent;
    kith_error *err;
    bool cancelled;
} answer_stream;

static kith_status hand_on(answer_stream *s)
{
    const char *text = buffer_text(&s->text);
    if (!text) return buffer_status(&s->text, "answer", s->err);
    kith_status status = send_text(s->options, text + s->sent, s->filter.passages, s->err);
    s->cancelled = status == KITH_ERR_CANCELLED;
    s->sent = s->text.size;
    return status;
}

static kith_status take_piece(void *context, view piece)
{
    answer_stream *s = context;
    citation_filter_feed(&s->filter, piece);
    return hand_on(s);
}

/* One citation for each passage that the answer names. */
static kith_status cite_passages(const citation_filter *f, const kith_passage *passages, arena *a,
                                 kith_answer *out, kith_error *err)
{
    kith_citation *citations = arena_new_array(a, kith_citation, f->cited_count);
    if (!citations) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for citations");
    for (uint32_t i = 0; i < f->cited_count; i++) {
        const kith_passage *p = &passages[f->cited[i] - 1];
        citations[i] = (kith_citation){f->cited[i], p->document,   p->source, p->start,
                                       p->end,      p->line_start, p->content};
    }
    out->citations = citations;
    out->citation_count = f->cited_count;
    out->citations_removed = f->removed;
    return KITH_OK;
}

static kith_status ask_llm(const kith_llm *llm, const prompt *p, answer_stream *stream, arena *a,
                           llm_usage *usage, kith_error *err)
{
    endpoint where = {.base_url = llm->base_url,
                      .api_key = llm->api_key,
                      .model = llm->model,
                      .timeout_ms = llm->timeout_ms,
                      .retries = UINT32_MAX};
    chat_options options = {
        // A zero temperature is a wish, so "not set" is negative; a structure of zeroes asks for
        // the most predictable answer.
        .temperature = llm->temperature < 0 ? 0.7 : llm->temperature,
        .max_tokens = llm->max_tokens ? llm->max_tokens : DEFAULT_MAX_TOKENS,
        .on_text = take_piece,
        .context = stream,
    };
    view whole;
    bool truncated = false;
    return llm_chat(&where, p->messages, 2, &options, a, &whole, &truncated, usage, err);
}

static kith_status answer_generated(view question, const retrieval *found,
                                    const kith_ask_options *options, arena *a, kith_answer *out,
                                    kith_error *err)
{
    prompt p;
    llm_usage usage = {0};
    kith_error problem = {0};
    uint32_t budget =
        options->context_characters ? options->context_characters : DEFAULT_CONTEXT_CHARACTERS;
    // Not a secret, but nothing that a document could foresee.
    uint64_t key = hash64(question, (uint64_t)clock_monotonic_ns() ^ (uint64_t)clock_wall_ms());
    kith_status status =
        prompt_write(found->passages, found->count, question.data, budget, key, a, &p, err);
    answer_stream *stream = arena_new(a, sizeof *stream);
    if (status == KITH_OK && !stream)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for an answer");
    if (status != KITH_OK) return status;
    *stream = (answer_stream){.options = options, .err = &problem};
    buffer_init(&stream->text, ANSWER_MAX_BYTES);
    citation_filter_init(&stream->filter, p.passages_sent, &stream->text);

    kith_status llm_status = ask_llm(options->llm, &p, stream, a, &usage, &problem);
    citation_filter_finish(&stream->filter);
    if (llm_status == KITH_OK) llm_status = hand_on(stream);
    if (stream->cancelled) status = fail(err, KITH_ERR_CANCELLED, "stopped by the caller");
    out->engine = options->llm->model;
    out->text = arena_copy(a, buffer_view(&stream->text)).data;
    out->passages_sent = p.passages_sent;
    out->llm_status = llm_status;
    out->llm_error = llm_status == KITH_OK ? "" : arena_copy_text(a, problem.message);
    out->prompt_tokens = usage.prompt_tokens;
    out->completion_tokens = usage.completion_tokens;
    if (status == KITH_OK) status = cite_passages(&stream->filter, found->passages, a, out, err);
    buffer_done(&stream->text);
    return status;
}

static kith_status validate_question(view question, kith_error *err)
{
    if (view_trim(question).size == 0) return fail(err, KITH_ERR_INVALID, "the question is empty");
    if (question.size > QUESTION_MAX_BYTES)
        return fail(err, KITH_ERR_LIMIT, "the question has %zu bytes, the limit is %d",
                    question.size, QUESTION_MAX_BYTES);
    return KITH_OK;
}

kith_status answer_question(collection *c, embedder *e, const char *question,
                            const kith_ask_options *options, arena *a, kith_answer *out,
                            kith_error *err)
{
    static const kith_ask_options defaults;
    const kith_ask_options *o = options ? options : &defaults;
    uint32_t k = o->k ? o->k : DEFAULT_PASSAGES;
    retrieval found = {0};
    kith_answer answer = {.text = "", .engine = "", .llm_error = ""};
    int64_t start = clock_monotonic_ns();
    kith_status status = validate_question(view_of(question), err);
    if (status == KITH_OK && k > CITATION_MAX_PASSAGES)
        status =
            fail(err, KITH_ERR_INVALID, "k is %u, allowed are 1 to %d", k, CITATION_MAX_PASSAGES);
    if (status == KITH_OK)
        status = retrieve(c, e, view_of(question), k, view_of(o->where), a, &found, err);
    if (status == KITH_OK)
        status = send_event(o, &(kith_ask_event){KITH_ASK_PASSAGES, "", found.count}, err);
    if (status != KITH_OK) return status;
    int64_t middle = clock_monotonic_ns();
    answer.passages = found.passages;
    answer.passage_count = found.count;
    answer.passages_sent = found.count;
    // Without a passage there is nothing that an LLM may answer from.
    status = o->llm && found.count
                 ? answer_generated(view_of(question), &found, o, a, &answer, err)
                 : answer_extractive(c, e, view_of(question), &found, o, a, &answer, err);
    answer.retrieve_ms = (double)(middle - start) / 1e6;
    answer.answer_ms = (double)(clock_monotonic_ns() - middle) / 1e6;
    if (status == KITH_OK && a->exhausted)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for an answer");
    if (status == KITH_OK) *out = answer;
    return status;
}
