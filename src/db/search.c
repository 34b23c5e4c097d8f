/* search.c - rows to points: what rank.c found, fetched from the store.
 * The index's lock is held while rows are found and named, not while points are fetched. A point
 * that a writer removes in between would shorten the result, so the search is run again on the
 * fresh index, a few times at most. */
#include "db/collection_private.h"
#include "db/validate.h"
#include "os/clock.h"

#include <stdlib.h>

enum { FETCH_ATTEMPTS = 3, EF_MAX = 10000 };

static kith_status validate_query(const collection_query *q, kith_error *err)
{
    if (q->k == 0 || q->k > KITH_K_MAX)
        return fail(err, KITH_ERR_INVALID, "k is %u, allowed are 1 to %d", q->k, KITH_K_MAX);
    if (q->ef > EF_MAX)
        return fail(err, KITH_ERR_INVALID, "ef is %u, allowed are 0 to %d", q->ef, EF_MAX);
    if (!q->vector && q->words.size == 0)
        return fail(err, KITH_ERR_INVALID, "a search needs a vector or words");
    return KITH_OK;
}

/* Takes the lock for reading with the index loaded. */
static kith_status lock_loaded(collection *c, kith_error *err)
{
    for (unsigned attempt = 0; attempt < FETCH_ATTEMPTS; attempt++) {
        (void)pthread_rwlock_rdlock(&c->lock);
        if (c->loaded) return KITH_OK;
        (void)pthread_rwlock_unlock(&c->lock);
        kith_status status = collection_refresh(c, err);
        if (status != KITH_OK) return status;
    }
    return fail(err, KITH_ERR_IO, "the index of '%s' cannot be kept loaded", c->name);
}

/* Drops points that are gone; true when there were none. */
static bool keep_present(collection_hits *hits)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < hits->count; i++) {
        if (hits->points[i].row == 0) continue;
        hits->points[kept] = hits->points[i];
        hits->ranks[kept++] = hits->ranks[i];
    }
    bool whole = kept == hits->count;
    hits->count = kept;
    return whole;
}

kith_status collection_search(collection *c, const collection_query *q, arena *a,
                              collection_hits *out, kith_error *err)
{
    const filter *where = NULL;
    kith_status status = validate_query(q, err);
    if (status == KITH_OK && q->where.size) status = filter_parse(q->where, a, &where, err);
    if (status != KITH_OK) return status;

    collection_hits hits = {.points = arena_new_array(a, store_point, q->k)};
    uint64_t *rows = arena_new_array(a, uint64_t, q->k);
    if (!hits.points || !rows)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u hits", q->k);

    for (unsigned attempt = 0; attempt < FETCH_ATTEMPTS; attempt++) {
        int64_t start = clock_monotonic_ns();
        if (attempt > 0) status = collection_refresh(c, err);
        if (status == KITH_OK) status = lock_loaded(c, err);
        if (status != KITH_OK) return status;
        status = rank_points_locked(c, q, where, a, &hits, err);
        for (uint32_t i = 0; i < hits.count; i++)
            rows[i] = c->derived.points[hits.ranks[i].row];
        hits.sequence = c->derived.sequence;
        (void)pthread_rwlock_unlock(&c->lock);
        int64_t middle = clock_monotonic_ns();
        if (status == KITH_OK)
            status = store_get_rows(database_store(c->owner), c->id, rows, hits.count, q->with, a,
                                    hits.points, err);
        if (status != KITH_OK) return status;
        hits.search_ns = middle - start;
        hits.fetch_ns = clock_monotonic_ns() - middle;
        if (keep_present(&hits)) break;
    }
    *out = hits;
    return KITH_OK;
}

static int compare_rows(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Live rows that match, as store rows, in `a`. */
static kith_status matching_points_locked(const collection *c, const filter *where, arena *a,
                                          uint64_t **rows, uint32_t *count, kith_error *err)
{
    const vector_index *ix = c->derived.index;
    bitset *matching = NULL;
    *count = 0;
    *rows = NULL;
    if (!ix) return KITH_OK;
    kith_status status = match_filter_locked(c, where, &matching, err);
    if (status != KITH_OK) return status;
    *rows = arena_new_array(a, uint64_t, bitset_popcount(matching));
    if (!*rows) status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for the matching points");
    for (uint32_t row = 0;
         status == KITH_OK && (row = bitset_next(matching, row)) < matching->count; row++)
        if (vector_index_is_live(ix, row)) (*rows)[(*count)++] = c->derived.points[row];
    bitset_free(matching);
    return status;
}

kith_status collection_check_fields(collection *c, view where_json, kith_error *err)
{
    arena memory;
    arena_init(&memory, 0);
    const filter *where = NULL;
    kith_status status = filter_parse(where_json, &memory, &where, err);
    if (status == KITH_OK) status = lock_loaded(c, err);
    if (status == KITH_OK) {
        status = check_fields_locked(c, where, err);
        (void)pthread_rwlock_unlock(&c->lock);
    }
    arena_done(&memory);
    return status;
}

kith_status collection_match(collection *c, view where_json, arena *a, uint64_t **rows,
                             uint32_t *count, kith_error *err)
{
    const filter *where = NULL;
    kith_status status = filter_parse(where_json, a, &where, err);
    if (status == KITH_OK) status = lock_loaded(c, err);
    if (status != KITH_OK) return status;
    status = matching_points_locked(c, where, a, rows, count, err);
    (void)pthread_rwlock_unlock(&c->lock);
    if (status == KITH_OK && *count) qsort(*rows, *count, sizeof **rows, compare_rows);
    return status;
}

kith_status collection_idf(collection *c, const view *terms, uint32_t count, float *out,
                           kith_error *err)
{
    kith_status status = lock_loaded(c, err);
    if (status != KITH_OK) return status;
    for (uint32_t i = 0; i < count; i++)
        out[i] = bm25_idf(c->derived.words, terms[i]);
    (void)pthread_rwlock_unlock(&c->lock);
    return KITH_OK;
}
