/* candidates.c - how many ranked rows a choice of hits needs, found without reading a point.
 *
 * k hits are wanted, of which per_document allows only so many of one document. The best rows may
 * all be of one: then the hits lie further down. Which document a row is of is known by number
 * (row_documents.h), so a round of candidates can be judged before any of it is fetched.
 *
 * By meaning alone, the next round excludes the rows that came already, and all of documents that
 * have their hits among them. The distance of a row does not depend on what else is ranked, so the
 * candidates of all rounds together, in order, are those of one long list without rows that cannot
 * be chosen any more. Each round finds at least one hit: its first candidate is of a document that
 * is not full. After EXCLUDING_ROUNDS the rest is ranked as one list.
 *
 * With words, diversity or a reranker it does. Scores are normalised over the candidates, closeness
 * orders the best of them, and diversity compares them with each other; a round that excluded rows
 * would give other hits. So the next round ranks WIDENING times as many, from the best on, or all
 * of them at once when so few can be chosen that no number less would do.
 *
 * All rounds see one snapshot of the index: numbers of documents are good for one derived index
 * only, and what was excluded in one round would be found again in a newer state. */
#include "base/size.h"
#include "db/choose.h"
#include "db/collection_private.h"

#include <stdlib.h>

enum {
    CHOICE_CANDIDATES = 100, /* ranked at least, when hits are chosen among them */
    WIDENING = 4,            /* times more are ranked, when too few of them can be chosen */
    EXCLUDING_ROUNDS = 8     /* before the rest is ranked as one list */
};

/* How many candidates the first round ranks. */
static uint32_t first_wanted(const collection_query *q)
{
    size_t wanted = q->k;
    if (q->diversity > 0 || q->per_document) wanted = size_max(wanted, CHOICE_CANDIDATES);
    if (q->rerank) wanted = size_max(wanted, q->rerank->depth);
    return (uint32_t)wanted;
}

/* Scores brought to 0..1. After reranking some hits are ordered by the reranker's score and the
 * others by fusion's; the two cannot be compared, so relevance then follows from the place in the
 * order. */
static void set_relevance(const collection_hits *hits, choose_candidate *out)
{
    float best = hits->count ? hits->ranks[0].score : 0, worst = best;
    for (uint32_t i = 0; i < hits->count; i++)
        if (hits->ranks[i].score < worst) worst = hits->ranks[i].score;
    for (uint32_t i = 0; i < hits->count; i++) {
        float share = best > worst ? (hits->ranks[i].score - worst) / (best - worst) : 1.0F;
        float place = 1.0F - (float)i / (float)hits->count;
        out[i].relevance = hits->reranked ? place : share;
    }
}

kith_status choose_candidates(const collection_query *q, float diversity, arena *a,
                              const collection_hits *hits, uint32_t **order, uint32_t *count,
                              kith_error *err)
{
    choose_options o = {.k = q->k, .per_document = q->per_document, .diversity = diversity};
    choose_candidate *candidates = arena_new_array(a, choose_candidate, hits->count);
    *order = arena_new_array(a, uint32_t, hits->count);
    if (!candidates || !*order)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u hits", hits->count);
    for (uint32_t i = 0; i < hits->count; i++)
        candidates[i] = (choose_candidate){.document = hits->details[i].document,
                                           .vector = hits->details[i].vector};
    set_relevance(hits, candidates);
    return choose_hits(candidates, hits->count, hits->dim, &o, *order, count, err);
}

typedef struct candidates {
    const ranking_request *request;
    const collection_query *q; /* the request's */
    const snapshot *snapshot;  /* the request's */
    arena *memory;
    collection_hits *hits; /* of all rounds so far, or of the last */
    kith_error *err;
} candidates;

/* One round, with the point and the document of each candidate. */
static kith_status rank_round(const candidates *r, uint32_t wanted, const bitset *excluded,
                              collection_hits *round)
{
    ranking_request request = *r->request;
    request.wanted = wanted;
    request.excluded = excluded;
    kith_status status = call_limit_check(r->q->limit, r->err);
    if (status == KITH_OK) status = rank_points(&request, r->memory, round, r->err);
    r->hits->rounds++;
    for (uint32_t i = 0; status == KITH_OK && i < round->count; i++) {
        uint32_t row = round->ranks[i].row;
        round->details[i].point = derived_point(r->snapshot->derived, row);
        round->details[i].document = snapshot_document(r->snapshot, row);
    }
    return status;
}

/* How many hits can be chosen does not depend on diversity, which only says which ones; so this
 * leaves it out, and compares no vectors. */
static kith_status count_choosable(const candidates *r, uint32_t *count)
{
    uint32_t *order = NULL;
    return choose_candidates(r->q, 0, r->memory, r->hits, &order, count, r->err);
}

/* ---- by widening ---- */

static void replace_round(const candidates *r, const collection_hits *round)
{
    uint32_t rounds = r->hits->rounds;
    uint64_t distances = r->hits->plan.distances;
    *r->hits = *round;
    r->hits->rounds = rounds;
    r->hits->plan.distances += distances;
}

/* Could k hits be chosen if every live row were a candidate? */
static kith_status could_choose_k(const candidates *r, bool *out)
{
    const snapshot *s = r->snapshot;
    uint32_t choosable = 0;
    uint32_t *hits = heap_new_array((size_t)s->document_count + 1, sizeof *hits);
    if (!hits) return fail(r->err, KITH_ERR_NO_MEMORY, "out of memory for a choice of hits");
    for (uint32_t row = 0; row < s->rows && choosable < r->q->k; row++) {
        uint32_t document = snapshot_document(s, row);
        if (!bitset_has(&s->live, row)) continue;
        choosable += document == ROW_DOCUMENT_NONE || hits[document]++ < r->q->per_document;
    }
    free(hits);
    *out = choosable >= r->q->k;
    return KITH_OK;
}

static kith_status widen(const candidates *r, uint32_t wanted)
{
    for (;;) {
        collection_hits round = {0};
        uint32_t choosable = 0;
        bool is_possible = true;
        kith_status status = rank_round(r, wanted, NULL, &round);
        if (status != KITH_OK) return status;
        replace_round(r, &round);
        if (round.count < wanted || r->q->per_document == 0) return KITH_OK; // all, or enough
        status = count_choosable(r, &choosable);
        if (status != KITH_OK || choosable >= r->q->k) return status;
        // There are no more candidates than live rows, so this ends.
        status = could_choose_k(r, &is_possible);
        if (status != KITH_OK) return status;
        wanted = is_possible && wanted <= UINT32_MAX / WIDENING ? wanted * WIDENING : UINT32_MAX;
    }
}

/* ---- by excluding ---- */

static kith_status append_round(const candidates *r, const collection_hits *round)
{
    collection_hits *all = r->hits;
    uint32_t before = all->count, count = before + round->count;
    if (before == 0) {
        replace_round(r, round);
        return KITH_OK;
    }
    fusion_candidate *ranks = arena_new_array(r->memory, fusion_candidate, count);
    hit_detail *details = arena_new_array(r->memory, hit_detail, count);
    if (!ranks || !details)
        return fail(r->err, KITH_ERR_NO_MEMORY, "out of memory for %u candidates", count);
    memcpy(ranks, all->ranks, before * sizeof *ranks);
    memcpy(details, all->details, before * sizeof *details);
    if (round->count) {
        memcpy(ranks + before, round->ranks, round->count * sizeof *ranks);
        memcpy(details + before, round->details, round->count * sizeof *details);
    }
    for (uint32_t i = before; i < count; i++)
        ranks[i].meaning_rank += before;
    all->ranks = ranks;
    all->details = details;
    all->count = count;
    all->plan.distances += round->plan.distances;
    return KITH_OK;
}

/* Marks the rows that are no further candidates: those that came already, and all of the documents
 * that have all their hits among them.
 * hits  [numbers of documents] */
static void exclude_seen(const candidates *r, uint32_t *hits, bitset *excluded)
{
    memset(hits, 0, ((size_t)r->snapshot->document_count + 1) * sizeof *hits);
    for (uint32_t i = 0; i < r->hits->count; i++) {
        hits[r->hits->details[i].document]++;
        bitset_set(excluded, r->hits->ranks[i].row);
    }
    for (uint32_t row = 0; row < excluded->count; row++) {
        uint32_t document = snapshot_document(r->snapshot, row);
        if (document != ROW_DOCUMENT_NONE && hits[document] >= r->q->per_document)
            bitset_set(excluded, row);
    }
}

static kith_status exclude(const candidates *r, uint32_t wanted)
{
    uint32_t choosable = 0;
    bool is_done = false;
    bitset *excluded = bitset_new(r->snapshot->rows);
    uint32_t *hits = heap_new_array((size_t)r->snapshot->document_count + 1, sizeof *hits);
    kith_status status =
        excluded && hits ? KITH_OK
                         : fail(r->err, KITH_ERR_NO_MEMORY, "out of memory for a choice of hits");
    for (uint32_t i = 0; i < EXCLUDING_ROUNDS && status == KITH_OK && !is_done; i++) {
        collection_hits round = {0};
        status = rank_round(r, wanted, i ? excluded : NULL, &round);
        if (status == KITH_OK) status = append_round(r, &round);
        if (status == KITH_OK) status = count_choosable(r, &choosable);
        is_done = round.count < wanted || choosable >= r->q->k;
        if (status == KITH_OK && !is_done) exclude_seen(r, hits, excluded);
    }
    bitset_free(excluded);
    free(hits);
    return status == KITH_OK && !is_done ? widen(r, UINT32_MAX) : status;
}

kith_status find_candidates(const ranking_request *request, arena *a, collection_hits *hits,
                            kith_error *err)
{
    const collection_query *q = request->query;
    candidates r = {request, q, request->snapshot, a, hits, err};
    bool by_meaning_alone = q->words.size == 0 && q->diversity <= 0 && !q->rerank;
    hits->count = 0;
    kith_status status = by_meaning_alone && q->per_document ? exclude(&r, first_wanted(q))
                                                             : widen(&r, first_wanted(q));
    hits->sequence = request->snapshot->sequence;
    return status;
}
