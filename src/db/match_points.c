/* match_points.c - conditions on a point's text and id, for a filter that is matched over all rows.
 *
 * The index has metadata in columns, and neither texts nor ids. match_resolve reads what a filter
 * asks of them, once, and gives a filter that says the same by a bitmap of rows; from there on a
 * search or a selection goes on as with any other filter. Only rows that the rest of the filter
 * leaves undecided are read (columns_narrow): their texts where they are kept (text_cache.h), else
 * from the store.
 *
 * The store may be ahead of the snapshot. A text is tested as it is when it is read. A point that
 * was deleted meanwhile is not read, and does not match: no call would find it any longer. One
 * whose text was kept before may match; as after any match by metadata, whoever fetches it passes
 * it over. An id leads to the store's row, which the snapshot knows or not: a row number is never
 * used twice, so it leads to no other point. */
#include "base/size.h"
#include "db/collection_private.h"

#include <stdlib.h>

enum { ROWS_PER_CHECK = 64 /* of the call's limit, where texts are in memory */ };

typedef struct resolving {
    const match_source *from;
    const snapshot *s;
} resolving;

/* ---- ids ---- */

/* The row of a point by bisection, which is right where rows ascend with the store's: they do but for
 * points that were changed, whose new rows lie behind. False: not found that way. */
static bool bisect_row(const snapshot *s, uint64_t point, uint32_t *out)
{
    uint32_t low = 0, high = s->rows;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (derived_point(s->derived, middle) < point)
            low = middle + 1;
        else
            high = middle;
    }
    *out = low;
    return low < s->rows && derived_point(s->derived, low) == point && bitset_has(&s->live, low);
}

/* Sets the bits of live rows whose point is one of the map's, by a walk over all rows. */
static void set_rows_of(const snapshot *s, const row_map *wanted, uint64_t least, uint64_t largest,
                        bitset *out)
{
    uint32_t missing = wanted->count;
    for (uint32_t row = 0; missing > 0 && row < s->rows; row++) {
        uint64_t point = derived_point(s->derived, row);
        uint32_t found = 0;
        if (point < least || point > largest || !bitset_has(&s->live, row)) continue;
        if (!row_map_get(wanted, point, &found)) continue;
        bitset_set(out, row);
        missing--;
    }
}

static kith_status set_points(const snapshot *s, const uint64_t *points, uint32_t count,
                              bitset *out, kith_error *err)
{
    row_map wanted = {0};
    uint64_t least = UINT64_MAX, largest = 0;
    kith_status status = KITH_OK;
    for (uint32_t i = 0; status == KITH_OK && i < count; i++) {
        uint32_t row = 0;
        if (points[i] == 0) continue;
        if (bisect_row(s, points[i], &row)) {
            bitset_set(out, row);
            continue;
        }
        least = points[i] < least ? points[i] : least;
        largest = points[i] > largest ? points[i] : largest;
        status = row_map_put(&wanted, points[i], i);
    }
    if (status != KITH_OK)
        status = fail(err, status, "out of memory for a filter of %u ids", count);
    else if (wanted.count > 0)
        set_rows_of(s, &wanted, least, largest, out);
    row_map_done(&wanted);
    return status;
}

static kith_status find_ids(void *context, const metadata_value *ids, uint32_t count, bitset *out,
                            kith_error *err)
{
    const resolving *r = context;
    view *keys = heap_new_array(count, sizeof *keys);
    uint64_t *points = heap_new_array(count, sizeof *points);
    kith_status status = keys && points ? KITH_OK
                                        : fail(err, KITH_ERR_NO_MEMORY,
                                               "out of memory for a filter of %u ids", count);
    for (uint32_t i = 0; status == KITH_OK && i < count; i++)
        keys[i] = ids[i].string;
    const store_key_list list = {.keys = keys, .count = count, .limit = r->from->limit};
    if (status == KITH_OK)
        status = store_find_rows(r->from->store, r->from->collection, &list, points, err);
    if (status == KITH_OK) status = set_points(r->s, points, count, out, err);
    free(keys);
    free(points);
    return status;
}

/* ---- texts ---- */

/* A condition on some of the rows. */
typedef struct testing {
    const filter *condition;
    const call_limit *limit;
    kith_error *err;
    kith_status status;             /* of the limit, while texts that are kept are tested */
    uint32_t rows[TEXT_CACHE_ROWS]; /* [count] ascending */
    uint64_t
        points[TEXT_CACHE_ROWS];   /* [count] theirs in the store, of those that are read there */
    bool found[TEXT_CACHE_ROWS];   /* [count] the text is kept */
    bool matches[TEXT_CACHE_ROWS]; /* [count] */
    uint32_t count, tested;
    text_gathering gathering; /* of texts that were read from the store */
} testing;

static bool test_kept(void *context, uint32_t i, const kept_text *what)
{
    testing *t = context;
    const filter_point p = {.text = what->text};
    if (t->tested++ % ROWS_PER_CHECK == 0) t->status = call_limit_check(t->limit, t->err);
    t->matches[i] = filter_matches(t->condition, &p);
    return t->status == KITH_OK;
}

static void test_stored(void *context, uint32_t i, const store_point *point)
{
    testing *t = context;
    const filter_point p = {.id = point->key, .text = point->content};
    t->matches[i] = filter_matches(t->condition, &p);
    text_gathering_add(&t->gathering, t->rows[i], &(kept_text){point->content, point->metadata});
}

static void take_rows(testing *t, const bitset *rows, uint32_t *next)
{
    for (t->count = 0; t->count < TEXT_CACHE_ROWS && *next < rows->count; t->count++) {
        t->rows[t->count] = *next;
        *next = bitset_next(rows, *next + 1);
    }
}

static void clear_unmatched(testing *t, bitset *rows)
{
    for (uint32_t i = 0; i < t->count; i++)
        if (!t->matches[i]) bitset_clear(rows, t->rows[i]);
}

/* Tests the rows whose text is kept. Those whose is not become the rows of `t`. */
static kith_status test_by_cache(const resolving *r, testing *t, bitset *rows)
{
    uint32_t left = 0;
    memset(t->matches, true, sizeof t->matches);
    text_cache_read(&r->s->derived->texts, &(text_reading){.rows = t->rows,
                                                           .count = t->count,
                                                           .visit = test_kept,
                                                           .context = t,
                                                           .found = t->found});
    if (t->status != KITH_OK) return t->status;
    clear_unmatched(t, rows);
    for (uint32_t i = 0; i < t->count; i++) {
        if (t->found[i]) continue;
        t->rows[left] = t->rows[i];
        t->points[left++] = derived_point(r->s->derived, t->rows[i]);
    }
    t->count = left;
    return KITH_OK;
}

static kith_status test_by_store(const resolving *r, testing *t, bitset *rows, kith_error *err)
{
    const store_row_list list = {
        .rows = t->points,
        .count = t->count,
        .pass_damaged = r->from->pass_damaged,
        .limit = r->from->limit,
        .visit = test_stored,
        .context = t,
    };
    if (t->count == 0) return KITH_OK;
    memset(t->matches, false, sizeof t->matches);
    kith_status status = store_visit_rows(r->from->store, r->from->collection, &list, err);
    clear_unmatched(t, rows);
    return status;
}

static kith_status test_texts(void *context, const filter *condition, bitset *rows, kith_error *err)
{
    const resolving *r = context;
    kith_status status = KITH_OK;
    testing *t = heap_new_array(1, sizeof *t);
    uint32_t next = bitset_next(rows, 0);
    if (!t) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a filter of texts");
    *t = (testing){.condition = condition,
                   .limit = r->from->limit,
                   .err = err,
                   .gathering = {.cache = &r->s->derived->texts}};
    while (status == KITH_OK && next < rows->count) {
        take_rows(t, rows, &next);
        status = test_by_cache(r, t, rows);
        if (status == KITH_OK) status = test_by_store(r, t, rows, err);
    }
    text_gathering_end(&t->gathering);
    free(t);
    return status;
}

/* ---- the whole filter ---- */

static bitset *copy_bits(const bitset *from, arena *a)
{
    size_t words = ((size_t)from->count + 63) / 64;
    bitset *copy = arena_new_array(a, bitset, 1);
    uint64_t *room = arena_new_array(a, uint64_t, words);
    if (!copy || !room) return NULL;
    if (words) memcpy(room, from->words, words * sizeof *room);
    *copy = (bitset){room, from->count};
    return copy;
}

kith_status match_resolve(const snapshot *s, const match_source *from, const filter *where,
                          arena *a, const filter **out, kith_error *err)
{
    if (!where || filter_reads(where) == 0) {
        *out = where;
        return KITH_OK;
    }
    resolving r = {.from = from, .s = s};
    const columns_reader reader = {&r, find_ids, test_texts};
    const column_segments fields = snapshot_fields(s);
    bitset *rows = copy_bits(&s->live, a);
    const filter *resolved = rows ? filter_of_rows(rows, a) : NULL;
    if (!resolved) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a filter");
    kith_status status = columns_narrow(&fields, where, &reader, rows, err);
    if (status == KITH_OK) *out = resolved;
    return status;
}
