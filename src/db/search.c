/* search.c - rows to points: what candidates.c found, reranked, chosen, and fetched from the store.
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
 *    Where a hit's name is enough, and where its text and metadata are kept beside the index (text_cache.h), nothing
 *    is fetched (name_points, fill_points). The answer is then that of the state that was pinned: all that was known to
 *    be written when the search began, and nothing later. What had to be fetched is kept, for the next one.
 *
 *    A point whose row is damaged is taken out of the index, with a notice, and the search run
 *    again: it costs itself, and no other hit.
 *
 * 2. Tombstones and filters take rows away. That is the planner's business: vector_index_search and
 *    bm25_search return fewer than they are asked for only when fewer live rows match (rank.c).
 *
 * 3. per_document lets only so many hits of one document through. candidates.c finds as many rows
 *    as that needs, and only those that are chosen are fetched.
 *
 * Locks: none. The snapshot is held while rows are found, and released before points are fetched,
 * reranked and chosen. Nothing found is a pointer into it: row numbers, vectors and words are
 * copies in the caller's arena. The rows' derived is held until the end, where texts are to be kept in it. */
#include "base/size.h"
#include "db/collection_private.h"
#include "db/validate.h"
#include "fields/sparse_search.h"
#include "os/clock.h"

#include <stdio.h>
#include <stdlib.h>

enum { FETCH_ATTEMPTS = 3, EF_MAX = 10000 };

static kith_status validate_query(const collection_query *q, kith_error *err)
{
    if (q->k == 0 || q->k > KITH_K_MAX)
        return fail(err, KITH_ERR_INVALID, "k is %u, allowed are 1 to %d", q->k, KITH_K_MAX);
    if (q->ef > EF_MAX)
        return fail(err, KITH_ERR_INVALID, "ef is %u, allowed are 0 to %d", q->ef, EF_MAX);
    if (q->target_recall != 0 &&
        !(q->target_recall >= RECALL_TARGET_LEAST && q->target_recall <= RECALL_TARGET_MOST))
        return fail(err, KITH_ERR_INVALID, "target_recall is %g, allowed are %g to %g",
                    q->target_recall, RECALL_TARGET_LEAST, RECALL_TARGET_MOST);
    if (q->target_recall != 0 && q->ef)
        return fail(err, KITH_ERR_INVALID, "ef and target_recall exclude each other");
    if (!q->vector && q->words.size == 0 && !q->sparse)
        return fail(err, KITH_ERR_INVALID, "a search needs a vector or words");
    if (q->sparse) return sparse_vector_check(&q->sparse->vector, err);
    if (!(q->diversity >= 0 && q->diversity <= 1))
        return fail(err, KITH_ERR_INVALID, "diversity %g is not between 0 and 1",
                    (double)q->diversity);
    return KITH_OK;
}

typedef enum fetch_outcome { ALL_FETCHED, SOME_DAMAGED, SOME_VANISHED } fetch_outcome;

/* Removes those of the first `fetched` hits whose point was not found in the store, or is damaged
 * there. */
static fetch_outcome remove_vanished(collection_hits *hits, uint32_t fetched)
{
    uint32_t kept = 0;
    fetch_outcome outcome = ALL_FETCHED;
    for (uint32_t i = 0; i < hits->count; i++) {
        if (i < fetched && hits->points[i].row == 0) {
            if (!hits->points[i].damage)
                outcome = SOME_VANISHED;
            else if (outcome == ALL_FETCHED)
                outcome = SOME_DAMAGED;
            continue;
        }
        if (kept < i) {
            hits->points[kept] = hits->points[i];
            hits->details[kept] = hits->details[i];
            hits->ranks[kept] = hits->ranks[i];
        }
        kept++;
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

static bool is_plain(const collection_query *q)
{
    return q->diversity <= 0 && q->per_document == 0 && !q->rerank;
}

/* Is nothing asked for of a hit but what the index has: id, document, distance? */
static bool names_are_enough(const collection_query *q)
{
    return (q->with & (STORE_WITH_CONTENT | STORE_WITH_METADATA | STORE_WITH_VECTOR)) == 0;
}

/* May texts and metadata be what is kept beside the index? Not of candidates, most of which are not chosen. */
static bool may_fill(const collection_query *q)
{
    return is_plain(q) && (q->with & STORE_WITH_VECTOR) == 0;
}

/* Makes the points from what the index has of them, copied, since the snapshot is released before
 * they are used. A point whose id it has not stays one that is to be fetched. */
static kith_status name_points(const snapshot *s, arena *a, collection_hits *hits, kith_error *err)
{
    const derived *d = s->derived;
    for (uint32_t i = 0; i < hits->count; i++)
        row_ids_prefetch(&d->ids, hits->ranks[i].row);
    for (uint32_t i = 0; i < hits->count; i++) {
        const uint32_t row = hits->ranks[i].row, document = snapshot_document(s, row);
        view id = row_ids_at(&d->ids, row);
        if (id.size == 0) continue;
        store_point *p = &hits->points[i];
        *p = (store_point){.row = hits->details[i].point,
                           .is_waiting = derived_waits(d, row),
                           .key = arena_copy(a, id)};
        if (document != ROW_DOCUMENT_NONE)
            p->document = arena_copy(a, row_documents_key(&d->documents, document));
    }
    return a->exhausted ? fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u hits", hits->count)
                        : KITH_OK;
}

/* Hits in the order of their rows. */
typedef struct filling {
    const collection_query *query;
    collection_hits *hits;
    uint32_t *of; /* [count] the hit of each row */
    arena *memory;
    uint32_t filled;
    kith_status status; /* of the call's limits; when it is not KITH_OK the rest was left */
    kith_error *err;
} filling;

static bool fill_point(void *context, uint32_t i, const kept_text *what)
{
    enum { CHECKED_EVERY = 64 };
    filling *f = context;
    store_point *p = &f->hits->points[f->of[i]];
    if (f->query->with & STORE_WITH_CONTENT && what->text.data)
        p->content = arena_copy(f->memory, what->text);
    if (f->query->with & STORE_WITH_METADATA && what->metadata.data)
        p->metadata = arena_copy(f->memory, what->metadata);
    f->status = call_limit_check_bytes(f->query->limit, f->memory->used, f->err);
    if (f->status == KITH_OK && ++f->filled % CHECKED_EVERY == 0)
        f->status = call_limit_check(f->query->limit, f->err);
    return f->status == KITH_OK;
}

typedef struct row_of_hit {
    uint32_t row, hit;
} row_of_hit;

static int compare_rows_of_hits(const void *a, const void *b)
{
    const row_of_hit *x = a, *y = b;
    return (x->row > y->row) - (x->row < y->row);
}

/* Gives the points that were named their texts and metadata, copied, from where these are kept. One whose are not
 * becomes one that is to be fetched, for which *is_complete is false. */
static kith_status fill_points(const snapshot *s, const collection_query *q, arena *a,
                               collection_hits *hits, bool *is_complete, kith_error *err)
{
    filling f = {.query = q,
                 .hits = hits,
                 .of = arena_new_array(a, uint32_t, hits->count),
                 .memory = a,
                 .err = err};
    row_of_hit *order = arena_new_array(a, row_of_hit, hits->count);
    uint32_t *rows = arena_new_array(a, uint32_t, hits->count);
    bool *found = arena_new_array(a, bool, hits->count);
    if (!f.of || !order || !rows || !found)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u hits", hits->count);
    for (uint32_t i = 0; i < hits->count; i++)
        order[i] = (row_of_hit){hits->ranks[i].row, i};
    if (hits->count) qsort(order, hits->count, sizeof *order, compare_rows_of_hits);
    for (uint32_t i = 0; i < hits->count; i++) {
        rows[i] = order[i].row;
        f.of[i] = order[i].hit;
    }
    text_cache_read(&s->derived->texts, &(text_reading){rows, hits->count, fill_point, &f, found});
    if (f.status != KITH_OK) return f.status;
    *is_complete = true;
    for (uint32_t i = 0; i < hits->count; i++) {
        store_point *p = &hits->points[f.of[i]];
        if (!found[i]) *p = (store_point){0};
        *is_complete = *is_complete && p->row != 0;
    }
    return a->exhausted ? fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u hits", hits->count)
                        : KITH_OK;
}

/* Makes the points of the index alone, where that will do. hits->kept_in: the rows' derived, held, when texts that are
 * fetched are to be kept in it; else NULL. */
static kith_status make_points(const snapshot *s, const collection_query *q, arena *a,
                               collection_hits *hits, kith_error *err)
{
    bool is_complete = true;
    const bool is_filled = !names_are_enough(q) && may_fill(q);
    if (!names_are_enough(q) && !is_filled) return KITH_OK;
    kith_status status = name_points(s, a, hits, err);
    if (status == KITH_OK && is_filled) status = fill_points(s, q, a, hits, &is_complete, err);
    if (status == KITH_OK && !is_complete) hits->kept_in = derived_hold(s->derived);
    return status;
}

/* After a search of `s` that failed: has its index been built anew, because what it reads of a disk is damaged? */
static bool is_repaired(collection *c, const snapshot *s, kith_status status, const kith_error *why)
{
    if (status != KITH_ERR_CORRUPT && status != KITH_ERR_IO) return false;
    if (!s->index || !vector_index_has_lists(s->index)) return false;
    char because[KITH_ERROR_MESSAGE_BYTES];
    (void)snprintf(because, sizeof because, "damaged index (%.200s)", why->message);
    return collection_rebuild_damaged(c, s->derived, because, NULL) == KITH_OK;
}

/* Finds the candidates; their points are made of the index, or not fetched yet. Adds to the times of earlier
 * rounds. *is_damaged: the index that was searched is of no use; the next round has another one (collection_pin). That
 * is an error, too. */
static kith_status pin_and_rank(collection *c, const collection_query *q, const filter *where,
                                arena *a, collection_hits *hits, bool *is_damaged, kith_error *err)
{
    int64_t start = clock_monotonic_ns();
    collection_hits found = {0};
    kith_error why = {0};
    bool was_repaired = false;
    snapshot *s = NULL;
    *is_damaged = false;
    kith_status status = collection_pin(c, &s, err);
    if (status != KITH_OK) return status;
    ranking_request r = {.snapshot = s, .name = c->name, .query = q, .where = where};
    const bool is_partial = snapshot_is_partial(s);
    // To compare it would read all of the index, or every vector that is on a disk.
    const bool is_read =
        is_partial || (s->index && vector_index_form(s->index) != VECTOR_IN_MEMORY);
    if (q->vector && !is_read && recall_sampler_wants(&c->sampler)) r.sampler = &c->sampler;
    r.is_metadata_alone = where && !filter_reads(where);
    if (where && filter_reads(where)) {
        const match_source from = {c->home.store, c->id, true, q->limit};
        if (!q->allow_unknown_fields) status = match_check_fields(s, c->name, where, err);
        if (status == KITH_OK) status = match_resolve(s, &from, where, a, &r.where, err);
    }
    if (status == KITH_OK) {
        status = find_candidates(&r, a, &found, &why);
        was_repaired = is_repaired(c, s, status, &why);
        if (status != KITH_OK && err) *err = why;
    }
    found.points = arena_new_array(a, store_point, found.count);
    if (status == KITH_OK && !found.points)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u hits", found.count);
    if (status == KITH_OK) status = make_points(s, q, a, &found, err);
    found.points_live = s->live_count;
    found.waiting = s->waiting_count;
    *is_damaged = was_repaired || snapshot_is_damaged(s);
    if (*is_damaged && status == KITH_OK) status = vector_index_damage(s->index, err);
    snapshot_release(s);
    found.is_to_be_read = is_partial && q->vector && read_on_note_search(c);
    found.fetched = hits->fetched;
    found.fetch_ns = hits->fetch_ns;
    found.search_ns = hits->search_ns + clock_monotonic_ns() - start;
    if (status == KITH_OK)
        *hits = found;
    else
        derived_release(found.kept_in);
    return status;
}

/* Hides from the index what is damaged among the first `count` hits. */
static kith_status hide_damaged(collection *c, const collection_hits *hits, uint32_t count,
                                arena *a, kith_error *err)
{
    bool is_damaged = false;
    uint64_t *rows = arena_new_array(a, uint64_t, count);
    if (!rows) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u hits", count);
    collection_hits fetched = *hits;
    fetched.count = count;
    for (uint32_t i = 0; i < count; i++) {
        rows[i] = hits->details[i].point;
        is_damaged = is_damaged || hits->points[i].damage;
    }
    return is_damaged ? collection_hide_damaged(c, &fetched, rows, err) : KITH_OK;
}

/* Keeps what was fetched of hits `places`, all of it, for the next search that finds them. */
static void keep_texts(const collection_hits *hits, const uint32_t *places, uint32_t count)
{
    text_gathering t = {.cache = &hits->kept_in->texts};
    for (uint32_t i = 0; i < count; i++) {
        const store_point *p = &hits->points[places[i]];
        if (p->row)
            text_gathering_add(&t, hits->ranks[places[i]].row,
                               &(kept_text){p->content, p->metadata});
    }
    text_gathering_end(&t);
}

/* The same, of the first `count` hits, where some are not fetched yet. Not inlined: its arrays are tens of KiB of the stack, which
 * would be touched where nothing is to be fetched, too. */
static __attribute__((noinline)) kith_status fetch_missing(collection *c, const collection_query *q,
                                                           uint32_t count, arena *a,
                                                           collection_hits *hits, kith_error *err)
{
    const unsigned texts = STORE_WITH_CONTENT | STORE_WITH_METADATA;
    enum { BATCH = 256 /* between two checks of the limit */ };
    int64_t start = 0;
    kith_status status = KITH_OK;
    for (uint32_t i = 0; i < count && status == KITH_OK;) {
        uint64_t rows[BATCH];
        uint32_t places[BATCH], wanted = 0;
        for (; i < count && wanted < BATCH; i++) {
            if (hits->points[i].row != 0) continue;
            places[wanted] = i;
            rows[wanted++] = hits->details[i].point;
        }
        if (wanted == 0) break; // the index has named them all
        if (start == 0) start = clock_monotonic_ns();
        store_point found[BATCH];
        memset(found, 0, wanted * sizeof *found);
        status = call_limit_check(q->limit, err);
        if (status == KITH_OK)
            status = store_get_rows(c->home.store, c->id, rows, wanted,
                                    q->with | STORE_PASS_DAMAGED, a, found, err);
        for (uint32_t n = 0; n < wanted && status == KITH_OK; n++)
            hits->points[places[n]] = found[n];
        if (status == KITH_OK && hits->kept_in && (q->with & texts) == texts)
            keep_texts(hits, places, wanted);
        if (status == KITH_OK) status = call_limit_check_bytes(q->limit, a->used, err);
        hits->fetched += wanted;
    }
    if (status == KITH_OK) status = hide_damaged(c, hits, count, a, err);
    if (start != 0) hits->fetch_ns += clock_monotonic_ns() - start;
    return status;
}

/* Fetches those of the first `count` hits that are not fetched yet; one that has vanished or is
 * damaged keeps row 0, and the latter is no longer in the index. */
static kith_status fetch_points(collection *c, const collection_query *q, uint32_t count, arena *a,
                                collection_hits *hits, kith_error *err)
{
    for (uint32_t i = 0; i < count; i++)
        if (hits->points[i].row == 0) return fetch_missing(c, q, count, a, hits, err);
    return KITH_OK;
}

/* ---- reordering and choosing ---- */

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

static int compare_ties(const void *a, const void *b, void *context)
{
    const collection_hits *hits = context;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    float one = hits->ranks[x].distance, other = hits->ranks[y].distance;
    if (one != other) return one < other ? -1 : 1;
    return hits->details[x].point < hits->details[y].point ? -1 : 1;
}

/* Points of one distance in the order of their first writing. The index has them in that of its
 * rows, and a point that was changed has a row behind all others. */
static kith_status order_ties(arena *a, collection_hits *hits, kith_error *err)
{
    bool is_ordered = true;
    for (uint32_t i = 1; i < hits->count; i++)
        if (hits->ranks[i].distance == hits->ranks[i - 1].distance)
            is_ordered = is_ordered && hits->details[i].point > hits->details[i - 1].point;
    if (is_ordered) return KITH_OK;
    uint32_t *order = arena_new_array(a, uint32_t, hits->count);
    if (!order) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u hits", hits->count);
    for (uint32_t i = 0; i < hits->count; i++)
        order[i] = i;
    qsort_r(order, hits->count, sizeof *order, compare_ties, hits);
    kith_status status = reorder(hits, order, hits->count, a, err);
    for (uint32_t i = 0; status == KITH_OK && i < hits->count; i++)
        hits->ranks[i].meaning_rank = i + 1;
    return status;
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

static kith_status order_hits(const collection_query *q, arena *a, collection_hits *hits,
                              kith_error *err)
{
    uint32_t *order = NULL, count = 0;
    kith_status status = q->rerank ? rerank(q, a, hits, err) : KITH_OK;
    if (status == KITH_OK) status = choose_candidates(q, a, hits, &order, &count, err);
    return status == KITH_OK ? reorder(hits, order, count, a, err) : status;
}

/* Reranks and chooses among the candidates, and fetches the chosen ones. A reranker reads the texts
 * of its `depth` first, so those are fetched before. */
static kith_status choose_and_fetch(collection *c, const collection_query *q, bool is_last_attempt,
                                    arena *a, collection_hits *hits, fetch_outcome *outcome,
                                    kith_error *err)
{
    kith_status status = KITH_OK;
    *outcome = ALL_FETCHED;
    if (q->rerank) {
        uint32_t depth = (uint32_t)size_min(q->rerank->depth, hits->count);
        status = fetch_points(c, q, depth, a, hits, err);
        if (status == KITH_OK) *outcome = remove_vanished(hits, depth);
    }
    if (status != KITH_OK || (*outcome != ALL_FETCHED && !is_last_attempt)) return status;
    if (!is_plain(q))
        status = order_hits(q, a, hits, err);
    else if (q->words.size == 0)
        status = order_ties(a, hits, err);
    if (status == KITH_OK) status = fetch_points(c, q, hits->count, a, hits, err);
    if (status != KITH_OK) return status;
    fetch_outcome rest = remove_vanished(hits, hits->count);
    if (rest > *outcome) *outcome = rest;
    return KITH_OK;
}

/* What was asked about and has no vector yet is worth having one soon. */
static void note_waiting(collection *c, const collection_query *q, const collection_hits *hits)
{
    uint64_t points[COLLECTION_ASKED_MAX];
    uint32_t count = 0;
    if (!q->vector) return;
    for (uint32_t i = 0; i < hits->count && count < COLLECTION_ASKED_MAX; i++)
        if (hits->points[i].is_waiting) points[count++] = hits->details[i].point;
    if (count > 0) collection_note_asked(c, points, count);
}

kith_status collection_search(collection *c, const collection_query *q, arena *a,
                              collection_hits *out, kith_error *err)
{
    const filter *where = NULL;
    kith_status status = validate_query(q, err);
    if (status == KITH_OK && q->where.size) status = filter_parse(q->where, a, &where, err);
    collection_hits hits = {0};
    bool was_rebuilt = false, is_last = false, is_damaged = false;
    for (unsigned attempt = 1; status == KITH_OK && !is_last; attempt++) {
        fetch_outcome outcome = ALL_FETCHED;
        status = pin_and_rank(c, q, where, a, &hits, &is_damaged, err);
        if (is_damaged && attempt < FETCH_ATTEMPTS) {
            status = KITH_OK;
            continue;
        }
        if (status == KITH_OK)
            status = choose_and_fetch(c, q, attempt >= FETCH_ATTEMPTS, a, &hits, &outcome, err);
        derived_release(hits.kept_in);
        hits.kept_in = NULL;
        if (status != KITH_OK || outcome == ALL_FETCHED) break;
        // Even when k are left: the candidates that would have followed in place of the missing
        // ones were not looked at.
        status = reconcile(c, outcome, hits.sequence, attempt, &was_rebuilt, &is_last, err);
    }
    if (status == KITH_OK && hits.recall == RECALL_UNMEASURED)
        atomic_store_explicit(&c->upkeep.is_curve_wanted, true, memory_order_relaxed);
    if (status == KITH_OK &&
        (hits.is_sampled || hits.recall == RECALL_UNMEASURED || hits.is_to_be_read))
        upkeep_start(c);
    if (status == KITH_OK) note_waiting(c, q, &hits);
    if (status == KITH_OK) *out = hits;
    return status;
}

static int compare_rows(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* They mostly are: a point that was never changed lies where it was first written. */
static bool is_ascending(const uint64_t *rows, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++)
        if (rows[i] <= rows[i - 1]) return false;
    return true;
}

/* The store's rows of the live rows that match, in `a`. */
static kith_status find_matching_points(const snapshot *s, const filter *where, arena *a,
                                        collection_matches *out, kith_error *err)
{
    bitset *matching = NULL;
    *out = (collection_matches){.sequence = s->sequence};
    kith_status status = match_query(s, where, NULL, &matching, err);
    if (status != KITH_OK) return status;
    out->rows = arena_new_array(a, uint64_t, bitset_popcount(matching));
    if (!out->rows) status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for the matching points");
    for (uint32_t row = 0;
         status == KITH_OK && (row = bitset_next(matching, row)) < matching->count; row++)
        out->rows[out->count++] = derived_point(s->derived, row);
    bitset_free(matching);
    return status;
}

kith_status collection_load(collection *c, kith_error *err)
{
    snapshot *s = NULL;
    kith_status status = collection_pin(c, &s, err);
    if (status == KITH_OK) snapshot_release(s);
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

kith_status collection_match(collection *c, view where_json, const call_limit *limit, arena *a,
                             collection_matches *out, kith_error *err)
{
    snapshot *s = NULL;
    const filter *where = NULL;
    const match_source from = {.store = c->home.store, .collection = c->id, .limit = limit};
    kith_status status = filter_parse(where_json, a, &where, err);
    if (status == KITH_OK) status = collection_pin(c, &s, err);
    if (status != KITH_OK) return status;
    status = match_resolve(s, &from, where, a, &where, err);
    if (status == KITH_OK) status = find_matching_points(s, where, a, out, err);
    snapshot_release(s);
    if (status == KITH_OK && !is_ascending(out->rows, out->count))
        qsort(out->rows, out->count, sizeof *out->rows, compare_rows);
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
