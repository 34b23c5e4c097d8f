/* delta.c - applying changes beside searches, whole or not at all.
 *
 * What can fail comes first, and touches nothing that a snapshot refers to. The vectors, the
 * store's row numbers and the documents of new rows lie behind the last published row of arrays
 * that do not move; truncating takes the vectors back, and the others are written anew by whoever
 * appends next (a document's key that was new stays, without a row). Segment, live bits and the map
 * of the new rows are the delta's own. Rows that die are only listed.
 *
 * delta_end then takes memory for the snapshot and room in the index's row map, and after that
 * nothing can fail any more: the listed rows are removed from the statistics of their segments, and
 * the new rows are entered into the map. Between that and the publication a search may count a row
 * in no statistic that it still finds: its scores are those of the next state, a moment early. */
#include "db/delta.h"

#include "base/arena.h"
#include "base/rng.h"
#include "base/size.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_LISTED = 64, FIRST_DAMAGED = 8 };

static const uint32_t NO_ROW = UINT32_MAX;

static size_t word_count(uint32_t rows)
{
    return ((size_t)rows + 63) / 64;
}

static void free_parts(delta *d)
{
    segment_release(d->added);
    text_gathering_done(&d->texts);
    row_map_done(&d->rows);
    free(d->live);
    free(d->removed.rows);
    free(d->orphans.rows);
    free(d->damaged);
    snapshot_release(d->base);
    *d = (delta){0};
}

kith_status delta_begin(delta *d, snapshot *base, kith_error *err)
{
    size_t words = size_max(word_count(base->rows), 1);
    *d = (delta){.base = snapshot_hold(base),
                 .texts = {.cache = &base->derived->texts},
                 .row_count = base->rows,
                 .change_rows = base->rows,
                 .live_count = base->live_count,
                 .live_capacity = (uint32_t)words,
                 .damaged_count = base->damaged_count,
                 .damaged_capacity = base->damaged_count};
    CHECK(derived_rows(base->derived) == base->rows);
    d->live = heap_new_array(words, sizeof *d->live);
    if (d->damaged_count) d->damaged = heap_new_array(d->damaged_count, sizeof *d->damaged);
    if (!d->live || (d->damaged_count && !d->damaged)) {
        free_parts(d);
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an index");
    }
    memcpy(d->live, base->live.words, word_count(base->rows) * sizeof *d->live);
    if (d->damaged_count) memcpy(d->damaged, base->damaged, d->damaged_count * sizeof *d->damaged);
    return KITH_OK;
}

void delta_abandon(delta *d)
{
    derived *rows = d->base->derived;
    if (rows->index) vector_index_truncate(rows->index, d->base->rows);
    free_parts(d);
}

uint64_t delta_points(const delta *d)
{
    return (uint64_t)d->live_count + d->damaged_count;
}

/* ---- damaged rows ---- */

/* The first entry of `damaged` that is not below `row`. */
static uint32_t find_damaged(const delta *d, uint64_t row)
{
    uint32_t low = 0, high = d->damaged_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (d->damaged[middle] < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void forget_damaged(delta *d, uint64_t row)
{
    uint32_t at = find_damaged(d, row);
    if (at == d->damaged_count || d->damaged[at] != row) return;
    d->damaged_count--;
    memmove(&d->damaged[at], &d->damaged[at + 1], (d->damaged_count - at) * sizeof *d->damaged);
}

static kith_status add_damaged(delta *d, uint64_t row, kith_error *err)
{
    if (d->damaged_count == d->damaged_capacity) {
        uint32_t capacity = d->damaged_capacity ? d->damaged_capacity * 2 : FIRST_DAMAGED;
        uint64_t *grown = heap_grow_array(d->damaged, capacity, sizeof *grown);
        if (!grown) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an index");
        d->damaged = grown;
        d->damaged_capacity = capacity;
    }
    uint32_t at = find_damaged(d, row);
    memmove(&d->damaged[at + 1], &d->damaged[at], (d->damaged_count - at) * sizeof *d->damaged);
    d->damaged[at] = row;
    d->damaged_count++;
    return KITH_OK;
}

/* ---- rows ---- */

static kith_status list_row(delta_rows *list, uint32_t row, kith_error *err)
{
    if (list->count == list->capacity) {
        uint32_t capacity = list->capacity ? list->capacity * 2 : FIRST_LISTED;
        uint32_t *grown = heap_grow_array(list->rows, capacity, sizeof *grown);
        if (!grown) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an index");
        list->rows = grown;
        list->capacity = capacity;
    }
    list->rows[list->count++] = row;
    return KITH_OK;
}

/* Does nothing for a point that the index does not know. That is no error: a point may have come
 * and been deleted between two refreshes, so that only its tombstone is seen.
 * *removed  the row that died; NO_ROW: none */
static kith_status remove_point(delta *d, uint64_t point, uint32_t *removed, kith_error *err)
{
    uint32_t row = 0;
    *removed = NO_ROW;
    bool is_known = row_map_get(&d->rows, point, &row);
    if (!is_known) {
        kith_status status = derived_find(d->base->derived, d->base->rows, point, &row, &is_known);
        if (status != KITH_OK) return fail(err, status, "out of memory for an index");
    }
    if (!is_known || !((d->live[row / 64] >> (row % 64)) & 1)) return KITH_OK;
    kith_status status = list_row(&d->removed, row, err);
    if (status != KITH_OK) return status;
    d->live[row / 64] &= ~(UINT64_C(1) << (row % 64));
    d->live_count--;
    *removed = row;
    return KITH_OK;
}

/* Room for one more row in everything but the vectors and the segment. */
static kith_status reserve_row(delta *d)
{
    if (d->row_count / 64 >= d->live_capacity) {
        uint64_t *grown = heap_grow_array(d->live, (size_t)d->live_capacity * 2, sizeof *grown);
        if (!grown) return KITH_ERR_NO_MEMORY;
        memset(grown + d->live_capacity, 0, d->live_capacity * sizeof *grown);
        d->live = grown;
        d->live_capacity *= 2;
    }
    if (!d->added) d->added = segment_new(d->base->rows);
    if (!d->added || !region_reserve(&d->base->derived->points, d->row_count + 1) ||
        !text_cache_reserve(d->texts.cache, d->row_count + 1))
        return KITH_ERR_NO_MEMORY;
    return row_map_reserve(&d->rows, 1);
}

/* Appends the vector of a row, or has the row take over that of *removed, which the point had so far: then
 * *removed is NO_ROW. */
static kith_status append_vector(delta *d, const float *vector, uint32_t *removed, uint32_t *row,
                                 kith_error *err)
{
    vector_index *index = d->base->derived->index;
    bool is_same = false;
    if (*removed == NO_ROW) return vector_index_append(index, vector, row, err);
    kith_status status = vector_index_append_after(index, *removed, vector, row, &is_same, err);
    if (status == KITH_OK && is_same) *removed = NO_ROW;
    return status;
}

/* A vector for a row that waits for its own. Nobody looks at it, but the graph may link it once the
 * row is dead: equal or zero vectors would be nodes that lead to one another alone, so it is a
 * direction of its own, drawn from the store's row. */
static kith_status append_placeholder(delta *d, const store_change *change, uint32_t *removed,
                                      uint32_t *row, kith_error *err)
{
    rng r = {change->row};
    double squares = 0;
    float *vector = heap_new_array(change->dim, sizeof *vector);
    if (!vector) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an index");
    for (uint32_t i = 0; i < change->dim; i++) {
        double x = rng_unit(&r) + rng_unit(&r) + rng_unit(&r) - 1.5; // near enough to a Gaussian
        squares += x * x;
        vector[i] = (float)x;
    }
    if (squares < 1e-12) vector[0] = 1;
    const float scale = squares < 1e-12 ? 1 : (float)(1 / sqrt(squares));
    for (uint32_t i = 0; i < change->dim; i++)
        vector[i] *= scale;
    kith_status status = append_vector(d, vector, removed, row, err);
    free(vector);
    return status;
}

static kith_status append_row(delta *d, const store_change *change, const metadata *fields,
                              uint32_t *removed, kith_error *err)
{
    derived *rows = d->base->derived;
    uint32_t row = d->row_count;
    kith_status status = reserve_row(d);
    if (status != KITH_OK) return fail(err, status, "out of memory for an index");
    status = row_documents_put(&rows->documents, row, change->document, err);
    if (status == KITH_OK) status = row_ids_put(&rows->ids, row, change->key, err);
    if (status == KITH_OK)
        status = d->words_apart ? segment_append_fields(d->added, fields, err)
                                : segment_append(d->added, fields, change->content, err);
    if (status == KITH_OK && change->vector)
        status = append_vector(d, change->vector, removed, &row, err);
    else if (status == KITH_OK)
        status = append_placeholder(d, change, removed, &row, err);
    if (status != KITH_OK) return status;
    CHECK(row == d->row_count);
    text_gathering_add(&d->texts, row, &(kept_text){change->content, change->metadata});
    *(uint64_t *)region_at(&rows->points, row) = change->row | (change->vector ? 0 : DERIVED_WAITS);
    if (change->row > rows->highest_point) rows->highest_point = change->row;
    if (!change->vector) d->has_waiting = true;
    status = row_map_put(&d->rows, change->row, row);
    CHECK(status == KITH_OK);
    d->live[row / 64] |= UINT64_C(1) << (row % 64);
    d->live_count++;
    d->row_count++;
    return KITH_OK;
}

static kith_status insert_point(delta *d, const store_change *change, uint32_t *removed,
                                kith_error *err)
{
    arena memory;
    arena_init(&memory, 0);
    metadata fields = {.memory = &memory};
    derived *rows = d->base->derived;
    const vector_index_options options = {
        .metric = rows->metric, .dim = change->dim, .budget = rows->budget};
    kith_status status = KITH_OK;
    if (!rows->index) status = vector_index_new(&options, &rows->index, err);
    if (status == KITH_OK && change->metadata.size)
        status = metadata_parse(change->metadata, &fields, err);
    if (status == KITH_OK) status = append_row(d, change, &fields, removed, err);
    arena_done(&memory);
    return status;
}

/* All of a change of the store was applied, or as much of it as there is. */
static kith_status end_change(delta *d, kith_error *err)
{
    kith_status status = KITH_OK;
    const bitset live = {d->live, d->row_count};
    if (d->orphans.count > 0)
        status = vector_index_inherit(d->base->derived->index, &live, d->change_rows,
                                      d->orphans.rows, d->orphans.count, err);
    d->orphans.count = 0;
    d->change_rows = d->row_count;
    return status;
}

kith_status delta_apply(delta *d, const store_change *change, kith_error *err)
{
    uint32_t removed = NO_ROW;
    kith_status status = change->sequence != d->change ? end_change(d, err) : KITH_OK;
    if (status != KITH_OK) return status;
    d->change = change->sequence;
    forget_damaged(d, change->row);
    status = remove_point(d, change->row, &removed, err);
    if (status == KITH_OK && change->damage)
        status = add_damaged(d, change->row, err);
    else if (status == KITH_OK && !change->deleted)
        status = insert_point(d, change, &removed, err);
    if (status == KITH_OK && removed < d->change_rows) status = list_row(&d->orphans, removed, err);
    return status;
}

/* ---- the end ---- */

static void remove_from_statistics(const snapshot *s, uint32_t row)
{
    uint32_t low = 0, high = s->segment_count - 1;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (s->segments[middle]->end_row <= row)
            low = middle + 1;
        else
            high = middle;
    }
    bm25_remove(s->segments[low]->words, row);
}

/* Bits of the live rows that have their vector; *out NULL: all have, or memory ran out, which the
 * status tells. */
static kith_status make_vector_words(const delta *d, uint64_t **out)
{
    const snapshot *base = d->base;
    *out = NULL;
    if (base->waiting_count == 0 && !d->has_waiting) return KITH_OK;
    uint64_t *words = heap_new_array(size_max(word_count(d->row_count), 1), sizeof *words);
    if (!words) return KITH_ERR_NO_MEMORY;
    const uint64_t *of_base = base->waiting_count ? base->with_vector.words : base->live.words;
    memcpy(words, of_base, word_count(base->rows) * sizeof *words);
    bitset with_vector = {words, d->row_count};
    const bitset live = {d->live, d->row_count};
    for (uint32_t i = 0; i < d->removed.count; i++)
        bitset_clear(&with_vector, d->removed.rows[i]);
    for (uint32_t row = base->rows; row < d->row_count; row++)
        if (bitset_has(&live, row) && !derived_waits(base->derived, row))
            bitset_set(&with_vector, row);
    if (bitset_popcount(&with_vector) == d->live_count)
        free(words);
    else
        *out = words;
    return KITH_OK;
}

static kith_status make_snapshot(delta *d, uint64_t sequence, snapshot **out)
{
    uint64_t *vector_words = NULL;
    if (make_vector_words(d, &vector_words) != KITH_OK) return KITH_ERR_NO_MEMORY;
    const snapshot *base = d->base;
    uint32_t count = base->segment_count + (d->added != NULL);
    segment **segments = heap_new_array(count, sizeof(segment *));
    if (!segments) {
        free(vector_words);
        return KITH_ERR_NO_MEMORY;
    }
    for (uint32_t i = 0; i < base->segment_count; i++)
        segments[i] = base->segments[i];
    if (d->added) segments[count - 1] = d->added;
    snapshot_parts parts = {.derived = base->derived,
                            .rows = d->row_count,
                            .live_words = d->live,
                            .vector_words = vector_words,
                            .damaged = d->damaged,
                            .damaged_count = d->damaged_count,
                            .segments = segments,
                            .segment_count = count,
                            .sequence = sequence};
    *out = snapshot_new(&parts);
    free(segments);
    if (!*out) free(vector_words);
    return *out ? KITH_OK : KITH_ERR_NO_MEMORY;
}

kith_status delta_end(delta *d, uint64_t sequence, snapshot **out, kith_error *err)
{
    derived *rows = d->base->derived;
    snapshot *made = NULL;
    kith_status status = end_change(d, err);
    // A map that is not made yet is made of all rows later, these among them.
    if (status == KITH_OK && rows->is_mapped) status = row_map_reserve(&rows->rows, d->rows.count);
    if (status == KITH_OK) status = make_snapshot(d, sequence, &made);
    if (status != KITH_OK) {
        delta_abandon(d);
        return fail(err, status, "out of memory for an index");
    }
    d->live = d->damaged = NULL; // the snapshot owns them now
    text_gathering_end(&d->texts);
    for (uint32_t i = 0; i < d->removed.count; i++) {
        remove_from_statistics(made, d->removed.rows[i]);
        text_cache_forget(d->texts.cache, d->removed.rows[i]);
    }
    if (rows->index) vector_index_enter(rows->index, d->base->rows);
    if (rows->is_mapped) row_map_merge(&rows->rows, &d->rows);
    free_parts(d);
    *out = made;
    return KITH_OK;
}
