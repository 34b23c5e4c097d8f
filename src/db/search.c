/* search.c - rows to points: what rank.c found, fetched from the store, then reranked and chosen.
 *
 * k hits come back whenever the collection has them, although three things happen behind a search's
 * back:
 *
 * 1. Points vanish. Rows are found in a snapshot and mapped to the store's numbers; the points are
 *    then fetched from the store, which has moved on. A point may have been deleted meanwhile, or
 *    before, by a write whose refresh has not run yet. Fetching it by number
 *    then finds nothing, never another point, since the store does not reuse numbers. The hits that
 *    are left would be fewer than k although the next best exist. So the index is brought up to the
 *    store and the whole search is run again. Each round reads a state that is newer by at least
 *    the deletion that was noticed; when deletions still outrun the search after FETCH_ATTEMPTS
 *    rounds, what is left of the last is returned. (A point that merely changed is fetched as it is
 *    now.)
 *
 *    A point that is missing although the collection has not changed since the state that was
 *    searched was not deleted: index and store disagree. The index is then read from the store
 *    anew, once; when points are missing after that too, the store has lost them, and the search
 *    fails rather than return less.
 *
 *    A point whose row is damaged is taken out of the index, with a notice, and the search run
 *    again: it costs itself, and no other hit.
 *
 * 2. Tombstones and filters take rows away. That is the planner's business: vector_index_search and
 *    bm25_search return fewer than they are asked for only when fewer live rows match (rank.c).
 *
 * 3. per_document lets only so many hits of one document through, and which document a row belongs
 *    to is known only once its point was fetched. So more candidates than k are fetched, and
 *    WIDENING times as many again while too few can be chosen and more candidates exist.
 *
 * Locks: none. The snapshot is held while rows are found, and released before points are fetched,
 * reranked and chosen. Nothing found is a pointer into it: row numbers, vectors and words are
 * copies in the caller's arena. */
#include "base/size.h"
#include "db/choose.h"
#include "db/collection_private.h"
#include "db/validate.h"
#include "os/clock.h"

#include <stdlib.h>

enum {
    FETCH_ATTEMPTS = 3,
    EF_MAX = 10000,
    CHOICE_CANDIDATES = 100, /* fetched at least, when hits are chosen among them */
    WIDENING = 4             /* times more are fetched, when too few of them can be chosen */
};

static kith_status validate_query(const collection_query *q, kith_error *err)
{
    if (q->k == 0 || q->k > KITH_K_MAX)
        return fail(err, KITH_ERR_INVALID, "k is %u, allowed are 1 to %d", q->k, KITH_K_MAX);
    if (q->ef > EF_MAX)
        return fail(err, KITH_ERR_INVALID, "ef is %u, allowed are 0 to %d", q->ef, EF_MAX);
    if (!q->vector && q->words.size == 0)
        return fail(err, KITH_ERR_INVALID, "a search needs a vector or words");
    if (!(q->diversity >= 0 && q->diversity <= 1))
        return fail(err, KITH_ERR_INVALID, "diversity %g is not between 0 and 1",
                    (double)q->diversity);
    return KITH_OK;
}

typedef enum fetch_outcome { ALL_FETCHED, SOME_DAMAGED, SOME_VANISHED } fetch_outcome;

/* Removes the hits whose point was not found in the store, or is damaged there. */
static fetch_outcome remove_vanished(collection_hits *hits)
{
    uint32_t kept = 0;
    fetch_outcome outcome = ALL_FETCHED;
    for (uint32_t i = 0; i < hits->count; i++) {
        if (hits->points[i].row == 0) {
            if (!hits->points[i].damage)
                outcome = SOME_VANISHED;
            else if (outcome == ALL_FETCHED)
                outcome = SOME_DAMAGED;
            continue;
        }
        hits->points[kept] = hits->points[i];
        hits->details[kept] = hits->details[i];
        hits->ranks[kept++] = hits->ranks[i];
    }
    hits->count = kept;
    return outcome;
}

/* The sequence that the collection has now. */
static kith_status read_sequence(collection *c, uint64_t *out, kith_error *err)
{
    arena memory;
    arena_init(&memory, 0);
    store_collection description;
    kith_status status = collection_describe(c, &memory, &description, err);
    if (status == KITH_OK) *out = description.sequence;
    arena_done(&memory);
    return status;
}

/* After round `attempt` missed points: makes the next one find more, or sets *is_last. */
static kith_status reconcile(collection *c, fetch_outcome outcome, uint64_t sequence,
                             unsigned attempt, bool *was_rebuilt, bool *is_last, kith_error *err)
{
    uint64_t newest = 0;
    if (outcome == SOME_DAMAGED && attempt < FETCH_ATTEMPTS) return KITH_OK; // hidden already
    kith_status status = read_sequence(c, &newest, err);
    if (status != KITH_OK) return status;
    bool is_outrun = newest != sequence;
    // No refresh after the last round, which no search follows.
    *is_last = is_outrun && attempt >= FETCH_ATTEMPTS;
    if (*is_last) return KITH_OK;
    if (is_outrun) return collection_refresh(c, newest, err);
    if (*was_rebuilt)
        return fail(err, KITH_ERR_CORRUPT,
                    "collection '%s': points of the index are not in kith.db", c->name);
    *was_rebuilt = true;
    return collection_rebuild(c, "the index has points that kith.db does not have", err);
}

/* The best `wanted` candidates with their points; a point that has vanished or is damaged has row
 * 0, and the latter is no longer in the index. Adds to the times of earlier rounds. */
static kith_status find_candidates(collection *c, const collection_query *q, const filter *where,
                                   uint32_t wanted, arena *a, collection_hits *hits,
                                   kith_error *err)
{
    int64_t start = clock_monotonic_ns();
    snapshot *s = NULL;
    kith_status status = collection_pin(c, &s, err);
    if (status != KITH_OK) return status;
    status = rank_points(&(ranking_request){s, c->name, q, where, wanted}, a, hits, err);
    uint32_t count = status == KITH_OK ? hits->count : 0;
    uint64_t *rows = arena_new_array(a, uint64_t, count);
    for (uint32_t i = 0; rows && i < count; i++)
        rows[i] = derived_point(s->derived, hits->ranks[i].row);
    hits->sequence = s->sequence;
    snapshot_release(s);
    int64_t middle = clock_monotonic_ns();
    hits->points = arena_new_array(a, store_point, count);
    if (status == KITH_OK && (!rows || !hits->points))
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u hits", count);
    if (status == KITH_OK)
        status = store_get_rows(c->home.store, c->id, rows, count, q->with | STORE_PASS_DAMAGED, a,
                                hits->points, err);
    for (uint32_t i = 0; i < count && status == KITH_OK; i++)
        if (hits->points[i].damage) {
            status = collection_hide_damaged(c, hits, rows, err);
            break;
        }
    hits->search_ns += middle - start;
    hits->fetch_ns += clock_monotonic_ns() - middle;
    return status;
}

/* ---- reordering and choosing ---- */

static bool is_plain(const collection_query *q)
{
    return q->diversity <= 0 && q->per_document == 0 && !q->rerank;
}

/* Hit i becomes the one that was hit order[i]; count may be smaller than before. */
static kith_status reorder(collection_hits *hits, const uint32_t *order, uint32_t count, arena *a,
                           kith_error *err)
{
    store_point *points = arena_new_array(a, store_point, count);
    fusion_candidate *ranks = arena_new_array(a, fusion_candidate, count);
    hit_detail *details = arena_new_array(a, hit_detail, count);
    if (!points || !ranks || !details)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u hits", count);
    for (uint32_t i = 0; i < count; i++) {
        points[i] = hits->points[order[i]];
        ranks[i] = hits->ranks[order[i]];
        details[i] = hits->details[order[i]];
    }
    hits->points = points;
    hits->ranks = ranks;
    hits->details = details;
    hits->count = count;
    return KITH_OK;
}

static kith_status rerank(const collection_query *q, arena *a, collection_hits *hits,
                          kith_error *err)
{
    int64_t start = clock_monotonic_ns();
    const char **texts = arena_new_array(a, const char *, hits->count);
    uint32_t *order = arena_new_array(a, uint32_t, hits->count);
    float *scores = arena_new_array(a, float, hits->count);
    if (!texts || !order || !scores)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u hits", hits->count);
    for (uint32_t i = 0; i < hits->count; i++)
        texts[i] = hits->points[i].content.data ? hits->points[i].content.data : "";
    hits->reranked = rerank_order(q->rerank, texts, hits->count, order, scores);
    for (uint32_t i = 0; i < hits->count; i++)
        hits->details[i].rerank = scores[i];
    hits->rerank_ns = clock_monotonic_ns() - start;
    return reorder(hits, order, hits->count, a, err);
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

static kith_status choose(const collection_query *q, float diversity, arena *a,
                          const collection_hits *hits, uint32_t **order, uint32_t *count,
                          kith_error *err)
{
    choose_options o = {.k = q->k, .per_document = q->per_document, .diversity = diversity};
    choose_candidate *candidates = arena_new_array(a, choose_candidate, hits->count);
    *order = arena_new_array(a, uint32_t, hits->count);
    if (!candidates || !*order)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u hits", hits->count);
    for (uint32_t i = 0; i < hits->count; i++)
        candidates[i] = (choose_candidate){.document = hits->points[i].document,
                                           .vector = hits->details[i].vector};
    set_relevance(hits, candidates);
    return choose_hits(candidates, hits->count, hits->dim, &o, *order, count, err);
}

static kith_status order_hits(const collection_query *q, arena *a, collection_hits *hits,
                              kith_error *err)
{
    uint32_t *order = NULL, count = 0;
    kith_status status = q->rerank ? rerank(q, a, hits, err) : KITH_OK;
    if (status == KITH_OK) status = choose(q, q->diversity, a, hits, &order, &count, err);
    return status == KITH_OK ? reorder(hits, order, count, a, err) : status;
}

/* How many candidates the first round fetches. */
static uint32_t first_candidate_count(const collection_query *q)
{
    size_t wanted = q->k;
    if (q->diversity > 0 || q->per_document) wanted = size_max(wanted, CHOICE_CANDIDATES);
    if (q->rerank) wanted = size_max(wanted, q->rerank->depth);
    return (uint32_t)wanted;
}

kith_status collection_search(collection *c, const collection_query *q, arena *a,
                              collection_hits *out, kith_error *err)
{
    const filter *where = NULL;
    kith_status status = validate_query(q, err);
    if (status == KITH_OK && q->where.size) status = filter_parse(q->where, a, &where, err);
    collection_hits hits = {0};
    uint32_t wanted = first_candidate_count(q);
    bool was_rebuilt = false, is_last = false;
    for (unsigned attempt = 1; status == KITH_OK && !is_last;) {
        uint32_t *order = NULL, count = 0;
        status = find_candidates(c, q, where, wanted, a, &hits, err);
        if (status != KITH_OK) break;
        // Before vanished points are removed: they were candidates too.
        bool is_exhausted = hits.count < wanted;
        fetch_outcome outcome = remove_vanished(&hits);
        // How many can be chosen does not depend on diversity, which only says which ones. So this
        // trial leaves it out, and compares no vectors.
        if (!is_plain(q)) status = choose(q, 0, a, &hits, &order, &count, err);
        if (status == KITH_OK && !is_plain(q) && count < q->k && !is_exhausted) {
            // Too many of one document: further down there are others. This does not count as an
            // attempt, and ends all the same: there are no more candidates than live rows. A point
            // that has vanished is missed by the wider round too, which then leads to the refresh.
            wanted = wanted > UINT32_MAX / WIDENING ? UINT32_MAX : wanted * WIDENING;
            continue;
        }
        if (outcome == ALL_FETCHED) break;
        // Even when k can be chosen: the candidates that would have followed in place of the
        // missing ones were not looked at.
        if (status == KITH_OK)
            status = reconcile(c, outcome, hits.sequence, attempt++, &was_rebuilt, &is_last, err);
    }
    if (status == KITH_OK && !is_plain(q)) status = order_hits(q, a, &hits, err);
    if (status == KITH_OK) *out = hits;
    return status;
}

static int compare_rows(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* The store's rows of the live rows that match, in `a`. */
static kith_status find_matching_points(const snapshot *s, const filter *where, arena *a,
                                        uint64_t **rows, uint32_t *count, kith_error *err)
{
    bitset *matching = NULL;
    *count = 0;
    *rows = NULL;
    kith_status status = match_query(s, where, NULL, &matching, err);
    if (status != KITH_OK) return status;
    *rows = arena_new_array(a, uint64_t, bitset_popcount(matching));
    if (!*rows) status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for the matching points");
    for (uint32_t row = 0;
         status == KITH_OK && (row = bitset_next(matching, row)) < matching->count; row++)
        (*rows)[(*count)++] = derived_point(s->derived, row);
    bitset_free(matching);
    return status;
}

kith_status collection_check_fields(collection *c, view where_json, kith_error *err)
{
    arena memory;
    arena_init(&memory, 0);
    snapshot *s = NULL;
    const filter *where = NULL;
    kith_status status = filter_parse(where_json, &memory, &where, err);
    if (status == KITH_OK) status = collection_pin(c, &s, err);
    if (status == KITH_OK) status = match_check_fields(s, c->name, where, err);
    snapshot_release(s);
    arena_done(&memory);
    return status;
}

kith_status collection_match(collection *c, view where_json, arena *a, uint64_t **rows,
                             uint32_t *count, kith_error *err)
{
    snapshot *s = NULL;
    const filter *where = NULL;
    kith_status status = filter_parse(where_json, a, &where, err);
    if (status == KITH_OK) status = collection_pin(c, &s, err);
    if (status != KITH_OK) return status;
    status = find_matching_points(s, where, a, rows, count, err);
    snapshot_release(s);
    if (status == KITH_OK && *count) qsort(*rows, *count, sizeof **rows, compare_rows);
    return status;
}

kith_status collection_idf(collection *c, const view *terms, uint32_t count, float *out,
                           kith_error *err)
{
    snapshot *s = NULL;
    kith_status status = collection_pin(c, &s, err);
    if (status != KITH_OK) return status;
    const bm25_corpus words = snapshot_words(s);
    for (uint32_t i = 0; i < count; i++)
        out[i] = bm25_idf(&words, terms[i]);
    snapshot_release(s);
    return KITH_OK;
}
