/* answer.c - the steps of one question, and what a failure of each leaves.
 *   1. check     options and question. A failure ends the call; nothing was sent to the caller.
 *   2. cache     a kept answer of the same key is returned, and the steps below do not run. A cache
 *                that fails in any way counts as a miss.
 *   3. retrieve  a failure ends the call; nothing was sent to the caller.
 *   4. answer    by an LLM when the options name one and there is a passage, else by quoted
 *                sentences. A failure of the LLM goes into llm_status, and the text that came
 *                before it stays: it costs the answer, never the passages. When it could not be
 *                reached and wrote nothing, sentences are quoted. Any other failure ends the call.
 *   5. judge     only an LLM's complete stream: each claim against what it cites. A failure leaves
 *                the claims unchecked or out.
 *   6. keep      only an answer that nothing cut short: no failure of the LLM, and not its limit of
 *                tokens. A failure is ignored: the next question is answered again.
 * Events go out in this order: passages (after 3), pieces of text (during 4), then, after 6,
 * citations, claims, usage, and at last done or error. A caller that cancels ends the call where it
 * is; so an answer may be kept although one of the last events was refused.
 * Citation invariant: every [n] of the text that leaves this file names one of the passages
 * 1..passages_sent. citation.h's filter sees to it for the LLM's text, and quotes are made so. */
#include "answer/answer.h"

#include "answer/citation.h"
#include "answer/contrast.h"
#include "answer/entry.h"
#include "answer/extractive.h"
#include "answer/grounding.h"
#include "answer/prompt.h"
#include "answer/retrieve.h"
#include "base/hash.h"
#include "llm/endpoint.h"
#include "os/clock.h"

#include <math.h>
#include <stdlib.h>

enum {
    DEFAULT_PASSAGES = 5,
    DEFAULT_CONTEXT_CHARACTERS = 4000,
    DEFAULT_MAX_TOKENS = 500,
    QUESTION_MAX_BYTES = 64 << 10,
    ANSWER_MAX_BYTES = 16 << 20
};

// Used where the caller's is negative. Zero is a valid choice: the most predictable answer.
static const double default_temperature = 0.7;

/* The state of one question. */
typedef struct asking {
    const answering *with;
    view question;
    kith_ask_options options; /* defaults filled in */
    kith_llm llm;             /* what options.llm points to, defaults filled in */
    view key;                 /* in the cache; empty: the cache is not used */
    retrieval found;
    contrast two;   /* of a question about two things */
    bool truncated; /* the LLM stopped at max_tokens */
    bool is_cut;    /* the model reads the question's beginning alone */
    arena *memory;
} asking;

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
    return send_event(
        options, &(kith_ask_event){.kind = KITH_ASK_TEXT, .text = text, .passages = passages}, err);
}

static kith_status answer_extractive(const asking *q, kith_answer *out, kith_error *err)
{
    extractive_answer answer = {0};
    kith_status status = KITH_OK;
    bool done = false;
    if (q->two.applies)
        status = contrast_answer(
            &(contrast_search){.collection = q->with->collection, .embedder = q->with->embedder},
            &q->two, &q->found, q->memory, &answer, &done, err);
    if (status == KITH_OK && !done)
        status = answer_from_sentences(q->with->collection, q->with->embedder, q->question,
                                       &q->found, q->memory, &answer, err);
    if (status != KITH_OK) return status;
    out->engine = "extractive";
    out->text = answer.text;
    out->refused = answer.refused;
    out->support = answer.support;
    out->citations = answer.citations;
    out->citation_count = answer.citation_count;
    return send_text(&q->options, out->text, q->found.count, err);
}

/* The LLM's text on its way to the caller: pieces go through the filter into `text`, and what is
 * behind `sent` there goes out as an event. */
typedef struct answer_stream {
    const kith_ask_options *options;
    citation_filter filter;
    buffer text; /* filtered */
    size_t sent; /* bytes of `text` that were sent to the caller, sent <= text.size */
    kith_error *err;
    bool cancelled; /* by the caller; without it CANCELLED would look like a failure of the LLM */
} answer_stream;

static kith_status send_pending(answer_stream *s)
{
    const char *text = buffer_text(&s->text);
    DCHECK(s->sent <= s->text.size && citation_filter_check(&s->filter) == NULL);
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
    return send_pending(s);
}

/* What came were thoughts. Events that took them cannot be taken back; the answer begins anew. */
static void drop_pieces(void *context)
{
    answer_stream *s = context;
    citation_filter_init(&s->filter, s->filter.passages, &s->text);
    buffer_reset(&s->text);
    s->sent = 0;
}

/* One citation for each passage that the answer names. */
static kith_status cite_passages(const citation_filter *f, const kith_passage *passages, arena *a,
                                 kith_answer *out, kith_error *err)
{
    kith_citation *citations = arena_new_array(a, kith_citation, f->cited_count);
    if (!citations) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for citations");
    for (uint32_t i = 0; i < f->cited_count; i++) {
        const kith_passage *p = &passages[f->cited[i] - 1];
        citations[i] = (kith_citation){
            .n = f->cited[i],
            .document = p->document,
            .source = p->source,
            .start = p->start,
            .end = p->end,
            .line = p->line_start,
            .place = p->place,
            .quote = p->content,
        };
    }
    out->citations = citations;
    out->citation_count = f->cited_count;
    out->citations_removed = f->removed;
    return KITH_OK;
}

static kith_status ask_llm(asking *q, const prompt *p, answer_stream *stream, llm_usage *usage,
                           kith_error *err)
{
    const kith_llm *llm = &q->llm;
    endpoint where = {.base_url = llm->base_url,
                      .api_key = llm->api_key,
                      .model = llm->model,
                      .timeout_ms = llm->timeout_ms,
                      .retries = UINT32_MAX,
                      .limit = q->with->limit};
    chat_options options = {
        .temperature = llm->temperature,
        .max_tokens = llm->max_tokens,
        .on_text = take_piece,
        .on_discard = drop_pieces,
        .context = stream,
    };
    view unfiltered;
    return llm_chat(&where, p->messages, 2, &options, q->memory, &unfiltered, &q->truncated, usage,
                    err);
}

/* An answer that broke off is not judged. The last sentence of one that the limit of tokens ended
 * may be half of one, which nobody can say to be supported. */
static void judge_claims(const asking *q, kith_answer *out)
{
    grounding_with with = {.collection = q->with->collection, .embedder = q->with->embedder};
    int64_t start = clock_monotonic_ns();
    if (out->llm_status != KITH_OK || !out->text) return;
    grounding_judge(&with, q->memory, out);
    if (q->truncated && out->claim_count) {
        kith_claim *claims = arena_new_array(q->memory, kith_claim, out->claim_count);
        if (!claims) return;
        memcpy(claims, out->claims, out->claim_count * sizeof *claims);
        claims[out->claim_count - 1].verdict = KITH_UNCHECKED;
        claims[out->claim_count - 1].support = NAN;
        out->claims = claims;
    }
    out->check_ms = (double)(clock_monotonic_ns() - start) / 1e6;
}

static kith_status answer_generated(asking *q, kith_answer *out, kith_error *err)
{
    arena *a = q->memory;
    prompt p;
    llm_usage usage = {0};
    kith_error problem = {0};
    // Not secret, but no document can contain it: it depends on the time of the question.
    uint64_t key = hash64(q->question, (uint64_t)clock_monotonic_ns() ^ (uint64_t)clock_wall_ms());
    answer_hints hints = {0};
    kith_error ignored;
    // Hints help; without them the LLM has the passages.
    if (answer_hints_find(q->with->collection, q->with->embedder, q->question, &q->found, a, &hints,
                          &ignored) != KITH_OK)
        hints = (answer_hints){0};
    const prompt_input in = {.passages = q->found.passages,
                             .count = q->found.count,
                             .question = q->question.data,
                             .context_characters = q->options.context_characters,
                             .key = key,
                             .units = hints.units,
                             .unit_count = hints.unit_count,
                             .missing = hints.missing,
                             .missing_count = hints.missing_count};
    kith_status status = prompt_write(&in, a, &p, err);
    answer_stream *stream = arena_new(a, sizeof *stream);
    if (status == KITH_OK && !stream)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for an answer");
    if (status != KITH_OK) return status;
    *stream = (answer_stream){.options = &q->options, .err = &problem};
    buffer_init(&stream->text, ANSWER_MAX_BYTES);
    citation_filter_init(&stream->filter, p.passages_sent, &stream->text);

    kith_status llm_status = ask_llm(q, &p, stream, &usage, &problem);
    citation_filter_finish(&stream->filter);
    if (llm_status == KITH_OK) llm_status = send_pending(stream);
    if (stream->cancelled) status = fail(err, KITH_ERR_CANCELLED, "stopped by the caller");
    // A limit that ended the LLM's call ends this one; it is no failure of the LLM.
    if (status == KITH_OK && llm_status != KITH_OK) status = call_limit_check(q->with->limit, err);
    out->engine = arena_copy_text(a, q->llm.model);
    out->text = arena_copy(a, buffer_view(&stream->text)).data;
    out->passages_sent = p.passages_sent;
    out->llm_status = llm_status;
    out->llm_error = llm_status == KITH_OK ? "" : arena_copy_text(a, problem.message);
    out->prompt_tokens = usage.prompt_tokens;
    out->completion_tokens = usage.completion_tokens;
    out->truncated = q->truncated;
    if (status == KITH_OK) status = cite_passages(&stream->filter, q->found.passages, a, out, err);
    if (status == KITH_OK) judge_claims(q, out);
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

/* ---- the cache ---- */

/* Sets q->key, and *out when an answer is kept under it. Every failure counts as a miss. */
static bool find_kept(asking *q, kith_answer *out)
{
    const answering *with = q->with;
    view fingerprint = view_of(embedder_describe(with->embedder).fingerprint);
    kith_error ignored;
    if (q->options.no_cache) return false;
    // What is kept was found by the beginning of such a question.
    if (embedder_truncation(with->limit, 0) != KITH_TRUNCATE &&
        !embedder_reads_whole(with->embedder, MODEL_AS_QUESTION, q->question))
        return false;
    if (with->rerank && with->rerank->order.score) {
        const char *both = arena_printf(q->memory, "%.*s, %s %u", VIEW_ARG(fingerprint),
                                        with->rerank->fingerprint, with->rerank->order.depth);
        if (!both) return false;
        fingerprint = view_of(both);
    }
    kith_status status =
        answer_cache_key(q->question, &q->options, fingerprint, q->memory, &q->key, &ignored);
    if (status == KITH_OK)
        status = answer_cache_get(with->cache, collection_id(with->collection), q->key, q->memory,
                                  out, &ignored);
    metrics_count(with->metrics, status == KITH_OK ? METRICS_CACHE_HITS : METRICS_CACHE_MISSES, 1);
    return status == KITH_OK;
}

static void keep(const asking *q, const kith_answer *answer)
{
    bool is_complete = answer->llm_status == KITH_OK && !q->truncated;
    if (q->key.size == 0 || !is_complete) return;
    kith_status status = answer_cache_put(q->with->cache, collection_id(q->with->collection),
                                          q->key, q->found.sequence, answer, NULL);
    (void)status; // the answer is good, kept or not
}

/* ---- one question ---- */

static kith_status asking_init(asking *q, const answering *with, const char *question,
                               const kith_ask_options *options, arena *a, kith_error *err)
{
    static const kith_ask_options defaults;
    *q = (asking){.with = with,
                  .question = view_of(question),
                  .options = options ? *options : defaults,
                  .memory = a};
    kith_ask_options *o = &q->options;
    kith_status status = validate_question(q->question, err);
    if (status != KITH_OK) return status;
    if (o->k > CITATION_MAX_PASSAGES)
        return fail(err, KITH_ERR_INVALID, "k is %u, allowed are 1 to %d", o->k,
                    CITATION_MAX_PASSAGES);
    status = retrieve_check(o->ranking, o->fusion, o->meaning_weight, err);
    if (status != KITH_OK) return status;
    if (o->k == 0) o->k = DEFAULT_PASSAGES;
    if (o->context_characters == 0) o->context_characters = DEFAULT_CONTEXT_CHARACTERS;
    if (!o->llm) return KITH_OK;
    q->llm = *o->llm;
    o->llm = &q->llm;
    if (q->llm.temperature < 0) q->llm.temperature = default_temperature;
    if (q->llm.max_tokens == 0) q->llm.max_tokens = DEFAULT_MAX_TOKENS;
    return KITH_OK;
}

static kith_status send_answer(const asking *q, kith_ask_event_kind kind, const kith_answer *answer,
                               kith_error *err)
{
    const kith_ask_event event = {
        .kind = kind, .text = "", .passages = answer->passage_count, .answer = answer};
    return send_event(&q->options, &event, err);
}

/* The events behind the text. */
static kith_status send_end(const asking *q, const kith_answer *answer, kith_error *err)
{
    kith_ask_event_kind last = answer->llm_status == KITH_OK ? KITH_ASK_DONE : KITH_ASK_ERROR;
    kith_status status = send_answer(q, KITH_ASK_CITATIONS, answer, err);
    if (status == KITH_OK && answer->claim_count)
        status = send_answer(q, KITH_ASK_CLAIMS, answer, err);
    if (status == KITH_OK && q->options.llm) status = send_answer(q, KITH_ASK_USAGE, answer, err);
    if (status == KITH_OK) status = send_answer(q, last, answer, err);
    return status;
}

/* Sends the kept answer *out as if it were new; its tokens and times are those of this call.
 * start  clock_monotonic_ns when the question came */
static kith_status answer_from_cache(const asking *q, int64_t start, kith_answer *out,
                                     kith_error *err)
{
    out->cached = true;
    out->question_cut = q->is_cut;
    out->prompt_tokens = 0;
    out->completion_tokens = 0;
    out->retrieve_ms = (double)(clock_monotonic_ns() - start) / 1e6;
    out->answer_ms = 0;
    out->check_ms = 0;
    kith_status status = send_answer(q, KITH_ASK_PASSAGES, out, err);
    if (status == KITH_OK) status = send_text(&q->options, out->text, out->passage_count, err);
    if (status == KITH_OK) status = send_end(q, out, err);
    return status;
}

static void count_answer(const asking *q, const kith_answer *answer, int64_t answer_ns)
{
    metrics *m = q->with->metrics;
    metrics_time(m, METRICS_EMBED, q->found.embed_ns);
    metrics_time(m, METRICS_SEARCH, q->found.search_ns);
    metrics_time(m, METRICS_ANSWER, answer_ns);
    metrics_count(m, METRICS_PROMPT_TOKENS, answer->prompt_tokens);
    metrics_count(m, METRICS_COMPLETION_TOKENS, answer->completion_tokens);
    metrics_error(m, answer->llm_status, 1);
}

static kith_status answer_by_retrieval(asking *q, int64_t start, kith_answer *out, kith_error *err)
{
    const kith_ask_options *o = &q->options;
    retrieve_options options = {
        .k = o->k,
        .where = view_of(o->where),
        .allow_unknown_fields = o->allow_unknown_fields,
        .fusion = retrieve_fusion(o),
        .rerank = q->with->rerank ? &q->with->rerank->order : NULL,
        .limit = q->with->limit,
    };
    kith_status status = retrieve(q->with->collection, q->with->embedder, q->question, &options,
                                  q->memory, &q->found, err);
    const contrast_search search = {.collection = q->with->collection,
                                    .embedder = q->with->embedder,
                                    .question = q->question,
                                    .options = &options};
    if (status == KITH_OK) status = contrast_find(&search, q->memory, &q->found, &q->two, err);
    if (status == KITH_OK && !q->two.applies)
        status = entry_find(&search, q->memory, &q->found, err);
    if (status != KITH_OK) return status;
    int64_t middle = clock_monotonic_ns();
    *out = (kith_answer){.text = "",
                         .engine = "",
                         .llm_error = "",
                         .passages = q->found.passages,
                         .passage_count = q->found.count,
                         .passages_sent = q->found.count,
                         .question_cut = q->is_cut,
                         .chunks = q->found.chunks,
                         .waiting = q->found.waiting};
    status = send_answer(q, KITH_ASK_PASSAGES, out, err);
    if (status != KITH_OK) return status;
    // Without a passage there is nothing that an LLM may answer from.
    status =
        o->llm && q->found.count ? answer_generated(q, out, err) : answer_extractive(q, out, err);
    // An endpoint that could not be reached costs the LLM's words, not the answer.
    if (status == KITH_OK && out->llm_status == KITH_ERR_NETWORK && !out->text[0]) {
        out->passages_sent = q->found.count; // quotes are of all of them
        status = answer_extractive(q, out, err);
    }
    int64_t answer_ns = clock_monotonic_ns() - middle;
    out->retrieve_ms = (double)(middle - start) / 1e6;
    out->answer_ms = (double)answer_ns / 1e6;
    count_answer(q, out, answer_ns);
    if (status == KITH_OK && q->memory->exhausted)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for an answer");
    if (status == KITH_OK) status = call_limit_check(q->with->limit, err);
    if (status == KITH_OK) keep(q, out);
    return status == KITH_OK ? send_end(q, out, err) : status;
}

kith_status answer_question(const answering *with, const char *question,
                            const kith_ask_options *options, arena *a, kith_answer *out,
                            kith_error *err)
{
    asking q;
    kith_answer answer = {0};
    int64_t start = clock_monotonic_ns();
    kith_status status = asking_init(&q, with, question, options, a, err);
    if (status == KITH_OK) status = call_limit_check(with->limit, err);
    if (status != KITH_OK) return status;
    q.is_cut = embedder_cuts_question(with->embedder, q.question, with->limit);
    status = find_kept(&q, &answer) ? answer_from_cache(&q, start, &answer, err)
                                    : answer_by_retrieval(&q, start, &answer, err);
    answer.searched = "";
    metrics_time(with->metrics, METRICS_TOTAL, clock_monotonic_ns() - start);
    if (status == KITH_OK) status = call_limit_check_bytes(with->limit, a->used, err);
    if (status == KITH_OK) *out = answer;
    return status;
}
