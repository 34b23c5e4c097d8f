/* derived.c - keeping the parts of a derived index in step with the store's changes.
 *
 * Invariant, between two calls (derived_check):
 *   1. The index, the words and `points` have the same number of rows; the columns may have fewer,
 *      since rows at the end need not have metadata.
 *   2. points[row] is the store's row of every index row, tombstones too, and never 0.
 *   3. rows[p] is the newest index row of p, for exactly the store rows p that occur in `points`.
 *      That row is live unless the point was deleted; every older row of p is a tombstone.
 *   4. `damaged` names rows of the store that have no live row here.
 *   5. A tombstone has no metadata, so that a field which only deleted points had is unknown to
 *      filters. Its words stay in the word index, but in none of its statistics: searches pass it
 *      the live rows.
 *
 * The entry of a deleted point stays in `rows` and leads to its tombstone. The store never uses a
 * row number again, so it is never replaced; it goes with the tombstone at the next rebuild. */
#include "db/derived.h"

#include "base/size.h"

#include <stdlib.h>

enum { FIRST_POINTS = 256, FIRST_DAMAGED = 8, REBUILD_ABOVE_DEAD = 1024 };

kith_status derived_init(derived *d, kith_error *err)
{
    *d = (derived){.columns = columns_new(0), .words = bm25_new()};
    if (d->columns && d->words) return KITH_OK;
    derived_done(d);
    return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an index");
}

void derived_done(derived *d)
{
    vector_index_free(d->index);
    columns_free(d->columns);
    bm25_segment_free(d->words);
    free(d->points);
    free(d->live.words);
    free(d->damaged);
    row_map_done(&d->rows);
    *d = (derived){0};
}

size_t derived_bytes(const derived *d)
{
    size_t bytes = d->point_capacity * sizeof *d->points + d->point_capacity / 8 +
                   d->damaged_capacity * sizeof *d->damaged +
                   d->rows.slots * (sizeof(uint64_t) + sizeof(uint32_t));
    if (d->columns) bytes += columns_bytes(d->columns);
    if (d->words) bytes += bm25_segment_bytes(d->words);
    if (d->index) bytes += vector_index_bytes(d->index);
    return bytes;
}

static uint32_t row_count(const derived *d)
{
    return d->index ? vector_index_rows(d->index) : 0;
}

uint64_t derived_points(const derived *d)
{
    return d->live_count + (uint64_t)d->damaged_count;
}

bool derived_needs_rebuild(const derived *d)
{
    if (!d->index) return false;
    uint32_t rows = row_count(d), dead = rows - d->live_count;
    return dead > REBUILD_ABOVE_DEAD && dead > rows / 3;
}

/* Does nothing for a point that the index does not know. That is no error: a point may have come
 * and been deleted between two catch-ups, so that only its tombstone is seen, and the store's mark
 * for dropped tombstones reads as the deletion of row 0, which no point has. */
static void remove_point(derived *d, uint64_t point)
{
    uint32_t row = 0;
    if (!row_map_get(&d->rows, point, &row) || !vector_index_is_live(d->index, row)) return;
    vector_index_remove(d->index, row);
}

static kith_status reserve_point(derived *d, uint32_t row)
{
    if (row < d->point_capacity) return KITH_OK;
    uint32_t capacity = d->point_capacity ? d->point_capacity * 2 : FIRST_POINTS;
    uint64_t *grown = heap_grow_array(d->points, capacity, sizeof *grown);
    if (!grown) return KITH_ERR_NO_MEMORY;
    d->points = grown;
    uint64_t *words = heap_grow_array(d->live.words, capacity / 64, sizeof *words);
    if (!words) return KITH_ERR_NO_MEMORY;
    memset(words + d->point_capacity / 64, 0, (capacity - d->point_capacity) / 8);
    d->live.words = words;
    d->point_capacity = capacity;
    return KITH_OK;
}

vector_view derived_vectors(const derived *d)
{
    return (vector_view){d->index, row_count(d), &d->live, d->live_count};
}

/* Appends and links at once: the caller excludes searches. */
static kith_status insert_vector(derived *d, const float *vector, uint32_t *row, kith_error *err)
{
    kith_status status = vector_index_append(d->index, vector, row, err);
    if (status == KITH_OK) status = vector_index_link(d->index, *row + 1, UINT32_MAX, NULL, err);
    if (status != KITH_OK) return status;
    bitset_set(&d->live, *row);
    d->live.count = *row + 1;
    d->live_count++;
    return KITH_OK;
}

static view text_field(const metadata *fields, view name)
{
    const metadata_value *value = metadata_get(fields, name);
    return value && value->kind == METADATA_STRING ? value->string : VIEW("");
}

/* "Super_Bowl_50" of "/articles/Super_Bowl_50.txt". */
static view file_stem(view path)
{
    size_t start = path.size, end = path.size;
    while (start > 0 && path.data[start - 1] != '/')
        start--;
    for (size_t i = start; i < path.size; i++)
        if (path.data[i] == '.' && i > start) end = i;
    return view_slice(path, start, end);
}

/* Title and heading path are indexed before the text, as they are embedded before it; a path that
 * begins with the title has it already. A text with neither is given the name of its file, if it
 * came from one. The order is also what head_size needs: the words of the first bytes count as near
 * to all the others. */
static kith_status index_words(derived *d, const store_change *change, const metadata *fields,
                               arena *a, kith_error *err)
{
    view title = text_field(fields, VIEW("title")), path = text_field(fields, VIEW("heading"));
    if (title.size == 0 && path.size == 0) title = file_stem(text_field(fields, VIEW("source")));
    if (view_starts_with(path, title)) title = VIEW("");
    const char *text = arena_printf(a, "%.*s\n%.*s\n%.*s", VIEW_ARG(title), VIEW_ARG(path),
                                    VIEW_ARG(change->content));
    if (!text) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the word index");
    size_t head_size = title.size + path.size + 2;
    return bm25_append(d->words, view_of(text), head_size, err);
}

/* Metadata is parsed before the vector is inserted, so the failure that depends on the point's data
 * comes while the parts still agree. The later ones are those of memory and of full indexes, and
 * leave a row that some parts have and others lack. */
static kith_status insert_point(derived *d, const store_change *change, kith_error *err)
{
    arena memory;
    arena_init(&memory, 0);
    metadata fields = {.memory = &memory};
    uint32_t row = vector_index_rows(d->index);
    kith_status status = reserve_point(d, row);
    if (status == KITH_OK && change->metadata.size)
        status = metadata_parse(change->metadata, &fields, err);
    if (status == KITH_OK) status = insert_vector(d, change->vector, &row, err);
    if (status == KITH_OK) {
        d->points[row] = change->row;
        status = row_map_put(&d->rows, change->row, row);
    }
    if (status == KITH_OK) status = columns_set(d->columns, row, &fields, err);
    if (status == KITH_OK) status = index_words(d, change, &fields, &memory, err);
    CHECK(status != KITH_OK || bm25_end_row(d->words) == vector_index_rows(d->index));
    arena_done(&memory);
    return status;
}

/* The first entry of `damaged` that is not below `row`. */
static uint32_t find_damaged(const derived *d, uint64_t row)
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

static void forget_damaged(derived *d, uint64_t row)
{
    uint32_t at = find_damaged(d, row);
    if (at == d->damaged_count || d->damaged[at] != row) return;
    d->damaged_count--;
    memmove(&d->damaged[at], &d->damaged[at + 1], (d->damaged_count - at) * sizeof *d->damaged);
}

static kith_status add_damaged(derived *d, uint64_t row, kith_error *err)
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

kith_status derived_apply(derived *d, kith_metric metric, uint32_t dim, const store_change *change,
                          kith_error *err)
{
    forget_damaged(d, change->row);
    if (change->damage) {
        if (d->index) remove_point(d, change->row);
        return add_damaged(d, change->row, err);
    }
    if (!d->index && !change->deleted) {
        kith_status status =
            vector_index_new(&(vector_index_options){.metric = metric, .dim = dim}, &d->index, err);
        if (status != KITH_OK) return status;
    }
    if (d->index) remove_point(d, change->row);
    return change->deleted ? KITH_OK : insert_point(d, change, err);
}

/* ---- checking ---- */

static kith_status fail_broken(kith_error *err, const char *what, uint32_t row)
{
    return fail(err, KITH_ERR_CORRUPT, "derived index: row %u: %s", row, what);
}

/* Counts in *newest the rows that `rows` leads to, which are one for each point. */
static kith_status check_row(const derived *d, uint32_t row, uint32_t *newest, kith_error *err)
{
    uint32_t last = 0;
    bool live = bitset_has(&d->live, row);
    if (d->points[row] == 0) return fail_broken(err, "names no point", row);
    if (!row_map_get(&d->rows, d->points[row], &last))
        return fail_broken(err, "its point is not in the row map", row);
    if (last >= row_count(d) || d->points[last] != d->points[row])
        return fail_broken(err, "the row map leads to a row of another point", row);
    if (last < row) return fail_broken(err, "the row map leads to an older row", row);
    if (last > row && live) return fail_broken(err, "is live, but its point has a newer row", row);
    *newest += last == row;
    return KITH_OK;
}

kith_status derived_check(const derived *d, kith_error *err)
{
    uint32_t rows = row_count(d), newest = 0;
    if (d->index) vector_index_check(d->index);
    if (bm25_end_row(d->words) != rows)
        return fail(err, KITH_ERR_CORRUPT, "derived index: %u rows of words, %u of vectors",
                    bm25_rows(d->words), rows);
    if (columns_end_row(d->columns) != rows)
        return fail(err, KITH_ERR_CORRUPT, "derived index: %u rows of columns, %u of vectors",
                    columns_end_row(d->columns), rows);
    if (d->point_capacity < rows)
        return fail(err, KITH_ERR_CORRUPT, "derived index: room for %u points, %u rows",
                    d->point_capacity, rows);
    for (uint32_t i = 0; i < d->damaged_count; i++) {
        uint32_t row = 0;
        bool ascends = i == 0 || d->damaged[i] > d->damaged[i - 1];
        if (!ascends || (row_map_get(&d->rows, d->damaged[i], &row) && bitset_has(&d->live, row)))
            return fail(err, KITH_ERR_CORRUPT,
                        "derived index: damaged row %u is out of order or "
                        "live",
                        i);
    }
    kith_status status = row_map_check(&d->rows, err);
    for (uint32_t row = 0; row < rows && status == KITH_OK; row++)
        status = check_row(d, row, &newest, err);
    if (status == KITH_OK && newest != d->rows.count)
        status = fail(err, KITH_ERR_CORRUPT, "derived index: %u points, %u entries in the row map",
                      newest, d->rows.count);
    return status;
}
