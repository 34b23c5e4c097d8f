/* candidates.c - which rows a choice of hits is made from, found without reading a point.
 *
 * k hits are wanted, of which per_document allows only so many of one document. The best rows may
 * all be of one: then the hits lie further down. Which document a row is of is known by number
 * (row_documents.h), so what was ranked can be judged before any of it is fetched.
 *
 * The first round ranks what the search without per_document would rank. Mostly k hits can be
 * chosen from it. Where they cannot, the rows that came and all rows of documents that have their
 * hits among them are taken out, and a second round ranks the best of what is left, of each
 * document no more rows than it may still have hits (group_limit). After it k hits can be chosen,
 * or there are no others: it gives `wanted` >= k rows of which each can be chosen, unless fewer
 * are left. Only a graph gives no more than its walk met, and the walk begins where the rows that
 * came lie. So each walk is wider than the one before, and after WALKS of them what is left is
 * compared row by row, unless the planner of vector_index_search.c has found that cheaper before.
 *
 * The result is the plain ranking, continued. A row's score does not depend on what else is ranked
 * (rank.c), so a hit that the plain search shows has the same score here, and comes in the same
 * order. By meaning alone the hits are those of one list of all rows. With words a row is a
 * candidate when it is among the best of one side; in a further round, when it is among the best of
 * its document there.
 *
 * All rounds see one snapshot of the index: numbers of documents are good for one derived index
 * only, and what was taken out in one round would be found again in a newer state. */
#include "base/size.h"
#include "db/choose.h"
#include "db/collection_private.h"

#include <stdlib.h>

enum {
    CHOICE_CANDIDATES = 100, /* ranked at least, when hits are chosen among them */
    WALKS = 4,               /* rounds that may go by the graph, the first one among them */
    WIDENING = 4 /* times more candidates are kept by each walk than by the one before */
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

kith_status choose_candidates(const collection_query *q, arena *a, const collection_hits *hits,
                              uint32_t **order, uint32_t *count, kith_error *err)
{
    choose_options o = {.k = q->k, .per_document = q->per_document, .diversity = q->diversity};
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
    ranking *ranking;
    const snapshot *snapshot; /* the ranking's, as the rest */
    const collection_query *q;
    collection_hits *hits;
    kith_error *err;
    uint32_t *taken; /* [numbers of documents] candidates of each */
} candidates;

static uint32_t document_of(const void *context, uint32_t row)
{
    return snapshot_document(context, row);
}

/* Counts the candidates of each document, and gives how many hits can be chosen among them; which
 * ones diversity would choose does not matter. */
static uint32_t count_choosable(const candidates *c)
{
    uint32_t choosable = 0;
    for (uint32_t i = 0; i < c->hits->count; i++)
        c->taken[snapshot_document(c->snapshot, c->hits->ranks[i].row)] = 0;
    for (uint32_t i = 0; i < c->hits->count; i++) {
        uint32_t document = snapshot_document(c->snapshot, c->hits->ranks[i].row);
        choosable += c->taken[document]++ < c->q->per_document || document == ROW_DOCUMENT_NONE;
    }
    return choosable;
}

/* Takes out of the rows that may still come: those that came already, and all of documents that
 * have all their hits among these. */
static kith_status leave_out(const candidates *c)
{
    bitset *left = c->ranking->matching;
    if (!left) {
        left = c->ranking->matching = bitset_new(c->snapshot->rows);
        if (!left) return fail(c->err, KITH_ERR_NO_MEMORY, "out of memory for a choice of hits");
        bitset_or(left, &c->snapshot->live);
    }
    for (uint32_t i = 0; i < c->hits->count; i++)
        bitset_clear(left, c->hits->ranks[i].row);
    for (uint32_t row = 0; (row = bitset_next(left, row)) < left->count; row++) {
        uint32_t document = snapshot_document(c->snapshot, row);
        if (document != ROW_DOCUMENT_NONE && c->taken[document] >= c->q->per_document)
            bitset_clear(left, row);
    }
    return KITH_OK;
}

/* After the first round: more candidates, until k hits can be chosen or there are no more. */
static kith_status add_rounds(const candidates *c, const rank_round *first)
{
    const group_limit documents = {.group_of = document_of,
                                   .context = c->snapshot,
                                   .groups = c->snapshot->document_count,
                                   .most = c->q->per_document,
                                   .taken = c->taken};
    rank_round further = *first;
    bool has_more = true;
    kith_status status = KITH_OK;
    further.groups = &documents;
    if (further.ef < first->wanted) further.ef = first->wanted;
    for (uint32_t i = 1; status == KITH_OK && has_more && count_choosable(c) < c->q->k; i++) {
        further.ef *= WIDENING;
        further.exact = first->exact || i >= WALKS;
        status = leave_out(c);
        if (status == KITH_OK) status = rank_next(c->ranking, &further, &has_more);
    }
    return status;
}

static kith_status collect(ranking *r)
{
    candidates c = {r, r->s, r->q, r->hits, r->err, NULL};
    const rank_round first = {.wanted = (uint32_t)size_min(first_wanted(r->q), r->s->live_count),
                              .ef = r->q->ef,
                              .exact = r->q->exact};
    bool has_more = false;
    kith_status status = rank_next(r, &first, &has_more);
    if (status != KITH_OK) return status;
    if (r->q->per_document == 0) {
        r->hits->count = (uint32_t)size_min(r->hits->count, first.wanted);
        return KITH_OK;
    }
    if (!has_more) return KITH_OK;
    c.taken = heap_new_array((size_t)r->s->document_count + 1, sizeof *c.taken);
    status = c.taken ? add_rounds(&c, &first)
                     : fail(r->err, KITH_ERR_NO_MEMORY, "out of memory for a choice of hits");
    free(c.taken);
    return status;
}

kith_status find_candidates(const ranking_request *request, arena *a, collection_hits *hits,
                            kith_error *err)
{
    ranking r;
    kith_status status = rank_begin(request, a, hits, &r, err);
    if (status == KITH_OK && request->snapshot->live_count > 0) status = collect(&r);
    if (status == KITH_OK) status = rank_details(&r);
    rank_end(&r);
    hits->sequence = request->snapshot->sequence;
    return status;
}
