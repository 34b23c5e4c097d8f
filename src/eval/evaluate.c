/* evaluate.c - asks one question after the other, then sums up.
 * A question's passages live in an arena that is emptied after it, so memory grows with the results
 * only, not with the passages of all questions. A value that does not apply to a question is NaN,
 * and the means leave it out. */
#include "eval/evaluate.h"

#include "answer/answer.h"
#include "base/size.h"
#include "db/database.h"
#include "eval/bootstrap.h"
#include "eval/eval_measures.h"
#include "eval/expectation.h"
#include "os/clock.h"
#include "store/documents.h"
#include "store/store.h"

#include <math.h>
#include <stdlib.h>

enum { DEFAULT_PASSAGES = 5 };

/* The state of an evaluation. */
typedef struct evaluation {
    const evaluating *with;
    answering answering;
    kith_ask_options ask;
    arena question;            /* memory of the question at hand */
    store_document *documents; /* [document_count] of the collection, once they were needed */
    uint32_t document_count;
    bool documents_loaded;
    size_t questions_cut; /* so far */
    kith_eval_result *results;
    arena *memory; /* owns the result */
    kith_error *err;
} evaluation;

const char *evaluate_measure_name(kith_eval_measure measure)
{
    static const char *const names[KITH_EVAL_MEASURES] = {
        [KITH_EVAL_HIT_1] = "hit_1",
        [KITH_EVAL_HIT_K] = "hit_k",
        [KITH_EVAL_RECALL] = "recall_k",
        [KITH_EVAL_MRR] = "mrr_k",
        [KITH_EVAL_NDCG] = "ndcg_k",
        [KITH_EVAL_TEXT_FOUND] = "text_found",
        [KITH_EVAL_TEXT_ANSWER] = "text_answer",
        [KITH_EVAL_CITATIONS] = "citations_valid",
        [KITH_EVAL_REFUSED] = "refused",
        [KITH_EVAL_REFUSED_RIGHTLY] = "refused_rightly",
        [KITH_EVAL_MS] = "ms",
    };
    return measure < KITH_EVAL_MEASURES ? names[measure] : NULL;
}

/* ---- citations ---- */

/* The code points [start, end) of valid UTF-8 text; data NULL when the range is empty or ends
 * behind the text. */
static view slice_characters(view text, uint64_t start, uint64_t end)
{
    size_t at = 0, first = 0;
    uint64_t character = 0;
    for (; character < end; character++) {
        if (character == start) first = at;
        if (at >= text.size) return (view){NULL, 0};
        at++;
        while (at < text.size && ((unsigned char)text.data[at] & 0xC0) == 0x80)
            at++;
    }
    return start < end ? view_slice(text, first, at) : (view){NULL, 0};
}

/* Whether the quote is in the stored document where the citation says. In a document that was
 * deleted no citation holds. */
static kith_status citation_holds(evaluation *e, const kith_answer *answer,
                                  const kith_citation *citation, bool *out)
{
    store_document d = {0};
    view text = {NULL, 0};
    *out = false;
    if (citation->n == 0 || citation->n > answer->passage_count) return KITH_OK;
    if (citation->document && *citation->document) {
        collection *c = e->with->collection;
        kith_status status =
            store_get_document(database_store(collection_database(c)), collection_id(c),
                               view_of(citation->document), &e->question, &d, e->err);
        if (status == KITH_ERR_NOT_FOUND) return KITH_OK;
        if (status != KITH_OK) return status;
        text = d.text;
    } else {
        text = view_of(answer->passages[citation->n - 1].content);
    }
    view there = slice_characters(text, citation->start, citation->end);
    *out = there.data && view_equal(there, view_of(citation->quote));
    return KITH_OK;
}

static kith_status count_valid_citations(evaluation *e, const kith_answer *answer, uint32_t *out)
{
    kith_status status = KITH_OK;
    *out = 0;
    for (size_t i = 0; i < answer->citation_count && status == KITH_OK; i++) {
        bool holds = false;
        status = citation_holds(e, answer, &answer->citations[i], &holds);
        *out += holds;
    }
    return status;
}

/* ---- why ---- */

static kith_status load_documents(evaluation *e)
{
    if (e->documents_loaded) return KITH_OK;
    collection *c = e->with->collection;
    kith_status status =
        store_list_documents(database_store(collection_database(c)), collection_id(c), NULL,
                             e->memory, &e->documents, &e->document_count, e->err);
    e->documents_loaded = status == KITH_OK;
    return status;
}

/* The first expected document that the collection does not have; NULL: it has all. */
static const char *missing_document(const evaluation *e, const kith_eval_question *q)
{
    for (size_t i = 0; i < q->document_count; i++) {
        bool is_there = false;
        for (uint32_t d = 0; d < e->document_count && !is_there; d++)
            is_there = expectation_names(view_of(q->documents[i]), e->documents[d].key,
                                         e->documents[d].source);
        if (!is_there) return q->documents[i];
    }
    return NULL;
}

static const char *why_not_found(evaluation *e, const kith_eval_question *q,
                                 const kith_answer *answer)
{
    const char *missing = missing_document(e, q);
    const char *also = answer->refused ? "; refused" : "";
    if (missing)
        return arena_printf(e->memory, "the collection has no document '%s'%s", missing, also);
    if (answer->passage_count == 0) return arena_copy_text(e->memory, "no passage was found");
    if (!q->document_count)
        return arena_printf(e->memory, "none of the %zu passages holds the expected text%s",
                            answer->passage_count, also);
    const kith_passage *first = &answer->passages[0];
    return arena_printf(e->memory,
                        "'%s' is not among the %zu passages, of which the first is of '%s'%s",
                        q->documents[0], answer->passage_count,
                        first->document && *first->document ? first->document : first->id, also);
}

static const char *explain(evaluation *e, const expectation *x, const kith_answer *answer,
                           const kith_eval_result *r, uint32_t valid)
{
    arena *a = e->memory;
    switch (r->problem) {
    case KITH_EVAL_FINE:
        return "";
    case KITH_EVAL_FAILED:
        return arena_copy_text(a, answer->llm_error);
    case KITH_EVAL_ANSWERED:
        return arena_printf(a, "answered although it should refuse (support %.2f)", r->support);
    case KITH_EVAL_NOT_FOUND:
        return why_not_found(e, x->question, answer);
    case KITH_EVAL_REFUSES:
        return arena_printf(a, "refused (support %.2f) although passage %u is expected", r->support,
                            r->rank);
    case KITH_EVAL_TEXT_MISSING:
        return x->text_rank
                   ? arena_printf(a, "passage %u holds the expected text, the answer does not",
                                  x->text_rank)
                   : arena_copy_text(a, "neither a passage nor the answer holds the expected text");
    case KITH_EVAL_CITATION:
        return arena_printf(a, "%zu of %zu citations do not stand where they say",
                            answer->citation_count - valid, answer->citation_count);
    case KITH_EVAL_RANKED_LOW:
        return arena_printf(a, "the first expected passage is at place %u", r->rank);
    case KITH_EVAL_NOT_ASKED: // has its reason already
        break;
    }
    return "";
}

/* ---- one question ---- */

static kith_eval_problem problem_of(const expectation *x, const kith_answer *answer,
                                    const kith_eval_result *r)
{
    const kith_eval_question *q = x->question;
    if (answer->llm_status != KITH_OK) return KITH_EVAL_FAILED;
    if (q->refuse) return answer->refused ? KITH_EVAL_FINE : KITH_EVAL_ANSWERED;
    if (x->count && !r->rank) return KITH_EVAL_NOT_FOUND;
    if (x->count && answer->refused) return KITH_EVAL_REFUSES;
    if (r->values[KITH_EVAL_TEXT_ANSWER] < 1) return KITH_EVAL_TEXT_MISSING;
    if (r->values[KITH_EVAL_CITATIONS] < 1) return KITH_EVAL_CITATION;
    return r->rank > 1 ? KITH_EVAL_RANKED_LOW : KITH_EVAL_FINE;
}

static void measure_passages(const expectation *x, uint32_t k, kith_eval_result *r)
{
    if (x->count == 0) return;
    r->rank = measure_first_rank(x->ranks, x->count);
    r->values[KITH_EVAL_HIT_1] = r->rank == 1;
    r->values[KITH_EVAL_HIT_K] = r->rank > 0;
    r->values[KITH_EVAL_RECALL] = measure_recall(x->ranks, x->count);
    r->values[KITH_EVAL_MRR] = measure_reciprocal_rank(x->ranks, x->count);
    r->values[KITH_EVAL_NDCG] = measure_ndcg(x->ranks, x->count, k);
    if (x->question->text_count) r->values[KITH_EVAL_TEXT_FOUND] = x->text_rank > 0;
}

static kith_status measure_answer(evaluation *e, const expectation *x, const kith_answer *answer,
                                  kith_eval_result *r, uint32_t *valid)
{
    const kith_eval_question *q = x->question;
    bool answered = false;
    kith_status status = count_valid_citations(e, answer, valid);
    if (status == KITH_OK && q->text_count)
        status = expectation_is_answered(x, view_of(answer->text), &e->question, &answered, e->err);
    if (status != KITH_OK) return status;
    r->refused = answer->refused;
    r->support = answer->support;
    if (q->text_count) r->values[KITH_EVAL_TEXT_ANSWER] = answered;
    if (answer->citation_count)
        r->values[KITH_EVAL_CITATIONS] = (double)*valid / (double)answer->citation_count;
    if (x->count) r->values[KITH_EVAL_REFUSED] = answer->refused;
    if (q->refuse) r->values[KITH_EVAL_REFUSED_RIGHTLY] = answer->refused;
    return KITH_OK;
}

static kith_eval_result unmeasured(void)
{
    kith_eval_result r = {0};
    for (int m = 0; m < KITH_EVAL_MEASURES; m++)
        r.values[m] = NAN;
    return r;
}

/* Whether the limit of the call refuses this question for its length. */
static bool is_refused(const evaluation *e, const kith_eval_question *q)
{
    return e->with->embedder && embedder_truncation(e->with->limit, 0) == KITH_TRUNCATION_ERROR &&
           !embedder_reads_whole(e->with->embedder, MODEL_AS_QUESTION, view_of(q->question));
}

/* The result of a question that was refused, for the reason that e->err says. */
static kith_status pass_over(evaluation *e, kith_eval_result *out)
{
    kith_eval_result r = unmeasured();
    r.problem = KITH_EVAL_NOT_ASKED;
    r.why = arena_printf(e->memory, "not asked: %s", e->err->message);
    r.answer = arena_copy_text(e->memory, "");
    *out = r;
    return r.why && r.answer ? KITH_OK
                             : fail(e->err, KITH_ERR_NO_MEMORY, "out of memory for an evaluation");
}

static kith_status ask_one(evaluation *e, const kith_eval_question *q, kith_eval_result *out)
{
    kith_answer answer = {0};
    expectation x = {0};
    kith_eval_result r = unmeasured();
    uint32_t valid = 0;
    int64_t start = clock_monotonic_ns();
    kith_status status =
        answer_question(&e->answering, q->question, &e->ask, &e->question, &answer, e->err);
    if (status == KITH_ERR_LIMIT && is_refused(e, q)) return pass_over(e, out);
    r.values[KITH_EVAL_MS] = (double)(clock_monotonic_ns() - start) / 1e6;
    if (answer.question_cut) e->questions_cut++;
    if (status == KITH_OK)
        status = expectation_meet(q, answer.passages, (uint32_t)answer.passage_count, &e->question,
                                  &x, e->err);
    if (status != KITH_OK) return status;
    measure_passages(&x, e->ask.k, &r);
    status = measure_answer(e, &x, &answer, &r, &valid);
    if (status != KITH_OK) return status;
    r.problem = problem_of(&x, &answer, &r);
    if (r.problem == KITH_EVAL_NOT_FOUND) status = load_documents(e);
    if (status != KITH_OK) return status;
    r.why = explain(e, &x, &answer, &r, valid);
    r.answer = arena_copy_text(e->memory, answer.text);
    *out = r;
    return r.why && r.answer ? KITH_OK
                             : fail(e->err, KITH_ERR_NO_MEMORY, "out of memory for an evaluation");
}

static kith_status ask_all(evaluation *e, const kith_eval_question *questions, size_t count)
{
    const evaluating *w = e->with;
    for (size_t i = 0; i < count; i++) {
        kith_status status = ask_one(e, &questions[i], &e->results[i]);
        arena_reset(&e->question);
        if (status != KITH_OK) return fail_context(e->err, status, "question %zu", i + 1);
        if (w->on_question && w->on_question(w->context, i + 1, count) != 0)
            return fail(e->err, KITH_ERR_CANCELLED, "stopped by the caller");
    }
    return KITH_OK;
}

/* ---- the sums ---- */

static void average(const kith_eval_result *results, size_t count, kith_evaluation *out)
{
    for (int m = 0; m < KITH_EVAL_MEASURES; m++) {
        double sum = 0;
        out->counts[m] = 0;
        for (size_t i = 0; i < count; i++) {
            if (isnan(results[i].values[m])) continue;
            sum += results[i].values[m];
            out->counts[m]++;
        }
        out->means[m] = out->counts[m] ? sum / out->counts[m] : (double)NAN;
    }
}

static int compare_badness(const void *a, const void *b, void *context)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    const kith_eval_result *results = context, *p = &results[x], *q = &results[y];
    if (p->problem != q->problem) return p->problem < q->problem ? -1 : 1;
    if (p->rank != q->rank) return p->rank > q->rank ? -1 : 1;
    // The higher the support of a wrong answer, or the lower that of a right one, the worse.
    bool should_refuse = p->problem == KITH_EVAL_ANSWERED;
    if (p->support != q->support) return (p->support > q->support) == should_refuse ? -1 : 1;
    return x < y ? -1 : x > y;
}

static kith_status find_worst(const evaluation *e, size_t count, kith_evaluation *out)
{
    uint32_t *worst = arena_new_array(e->memory, uint32_t, count);
    if (!worst) return fail(e->err, KITH_ERR_NO_MEMORY, "out of memory for an evaluation");
    for (size_t i = 0; i < count; i++)
        if (e->results[i].problem != KITH_EVAL_FINE) worst[out->worst_count++] = (uint32_t)i;
    if (out->worst_count)
        qsort_r(worst, out->worst_count, sizeof *worst, compare_badness, e->results);
    out->worst = worst;
    return KITH_OK;
}

static kith_status sum_up(const evaluation *e, size_t count, kith_evaluation *out)
{
    *out = (kith_evaluation){
        .k = e->ask.k, .count = count, .results = e->results, .questions_cut = e->questions_cut};
    average(e->results, count, out);
    double *times = heap_new_array(count, sizeof *times);
    if (!times) return fail(e->err, KITH_ERR_NO_MEMORY, "out of memory for an evaluation");
    uint32_t asked = 0;
    for (size_t i = 0; i < count; i++)
        if (e->results[i].problem != KITH_EVAL_NOT_ASKED)
            times[asked++] = e->results[i].values[KITH_EVAL_MS];
    out->p50_ms = measure_percentile(times, asked, 0.5);
    out->p95_ms = measure_percentile(times, asked, 0.95);
    free(times);
    return find_worst(e, count, out);
}

static kith_status check_questions(const kith_eval_question *questions, size_t count,
                                   kith_error *err)
{
    if (count == 0) return fail(err, KITH_ERR_INVALID, "no question to ask");
    if (count > KITH_EVAL_MAX_QUESTIONS)
        return fail(err, KITH_ERR_LIMIT, "%zu questions, allowed are %d", count,
                    KITH_EVAL_MAX_QUESTIONS);
    for (size_t i = 0; i < count; i++) {
        kith_status status = expectation_check(&questions[i], err);
        if (status != KITH_OK) return fail_context(err, status, "question %zu", i + 1);
    }
    return KITH_OK;
}

kith_status evaluate_questions(const evaluating *with, const kith_eval_question *questions,
                               size_t count, arena *a, kith_evaluation *out, kith_error *err)
{
    evaluation e = {
        .with = with,
        .answering = {.collection = with->collection,
                      .embedder = with->embedder,
                      .rerank = with->rerank,
                      .limit = with->limit},
        .ask = with->ask,
        .memory = a,
        .err = err,
    };
    kith_error local;
    if (!err) e.err = &local;
    kith_status status = check_questions(questions, count, e.err);
    if (status != KITH_OK) return status;
    e.ask.no_cache = true;
    e.ask.on_event = NULL;
    if (e.ask.k == 0) e.ask.k = DEFAULT_PASSAGES;
    e.results = arena_new_array(a, kith_eval_result, count);
    if (!e.results) return fail(e.err, KITH_ERR_NO_MEMORY, "out of memory for %zu results", count);
    arena_init(&e.question, (size_t)4 << 30);
    kith_evaluation done = {0};
    status = ask_all(&e, questions, count);
    if (status == KITH_OK) status = sum_up(&e, count, &done);
    arena_done(&e.question);
    if (status == KITH_OK) *out = done;
    return status;
}

kith_status evaluate_difference(const kith_evaluation *without, const kith_evaluation *with,
                                kith_eval_measure measure, uint64_t seed, kith_eval_difference *out,
                                kith_error *err)
{
    if (measure >= KITH_EVAL_MEASURES)
        return fail(err, KITH_ERR_INVALID, "unknown measure %d", (int)measure);
    if (without->count != with->count)
        return fail(err, KITH_ERR_INVALID, "%zu and %zu questions are not the same questions",
                    without->count, with->count);
    double *differences = heap_new_array(with->count, sizeof *differences);
    if (!differences) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a comparison");
    uint32_t count = 0;
    for (size_t i = 0; i < with->count; i++) {
        double difference = with->results[i].values[measure] - without->results[i].values[measure];
        if (!isnan(difference)) differences[count++] = difference;
    }
    bootstrap_interval interval = {NAN, -INFINITY, INFINITY, 1.0};
    kith_status status =
        count ? bootstrap_paired(differences, count, seed, &interval, err) : KITH_OK;
    free(differences);
    if (status == KITH_OK)
        *out = (kith_eval_difference){
            .questions = count,
            .difference = interval.difference,
            .low = interval.low,
            .high = interval.high,
            .p = interval.p,
            // Times also differ by the machine's load during one of the two runs, which is no
            // property of the questions.
            .clear = measure != KITH_EVAL_MS && bootstrap_is_clear(&interval),
        };
    return status;
}
