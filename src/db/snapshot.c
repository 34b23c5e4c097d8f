/* snapshot.c - what makes up a snapshot, and whether its parts agree.
 *
 * Invariant (snapshot_check):
 *   1. The segments are adjacent and have exactly the rows 0..rows.
 *   2. derived_point(row) is the store's row of every row, dead ones too, and never 0.
 *   3. Of the rows of one point at most one is live: the newest. derived.rows names the newest row
 *      of each point that has ever had one; where that is not live, the point was deleted.
 *   4. `damaged` names rows of the store that have no live row here.
 *   5. A dead row is removed from the statistics of its segment (bm25_is_removed), and a live one
 *      is not.
 *   6. `with_vector` has the live rows but those that derived_waits() names; where there is none of
 *      these it has no words.
 *
 * The entry of a deleted point stays in derived.rows and leads to its dead row. The store never
 * uses a row number again, so it is never replaced; it goes when the index is built anew. */
#include "db/snapshot.h"

#include "base/holders.h"
#include "base/size.h"

#include <stdlib.h>

enum {
    REBUILD_ABOVE_DEAD = 1024,
    /* What is left of a row that is dead and has no vector any more, beside what the vector index keeps: its point,
     * its document, its id (of 16 bytes), its bits, its share of a segment of words, and, where the point was
     * deleted, its place in the row map. */
    DEAD_ROW_BYTES = 50,
    WASTE_SHARE = 12,     /* of the memory: dead rows and unused slots may take so much */
    CHANGES_QUIET = 2,    /* as many changes as half of the live rows must have come, ... */
    CHANGES_BUSY = 2,     /* ... or, while more come, as twice the live rows */
    UNUSED_SHARE = 3,     /* where no graph is carried over: of the slots may be unused, ... */
    DEAD_ROWS_SHARE = 10, /* ... or of the memory may be dead rows */
    REMOVE_AT_LEAST = 64,
    REMOVE_SHARE = 64 /* of the live rows: dead ones with vectors */
};

snapshot *snapshot_new(const snapshot_parts *parts)
{
    snapshot *s = heap_new_array(1, sizeof *s);
    if (!s) return NULL;
    atomic_init(&s->holders, 1);
    s->segments = heap_new_array(parts->segment_count, sizeof(segment *));
    s->words = heap_new_array(parts->segment_count, sizeof(bm25_segment *));
    s->fields = heap_new_array(parts->segment_count, sizeof(columns *));
    s->filters = heap_new_array(1, sizeof *s->filters);
    if (s->filters) filter_cache_init(s->filters);
    s->lists = heap_new_array(1, sizeof *s->lists);
    if (s->lists) list_cache_init(s->lists);
    if (!s->segments || !s->words || !s->fields || !s->filters || !s->lists) {
        snapshot_release(s);
        return NULL;
    }
    for (uint32_t i = 0; i < parts->segment_count; i++) {
        s->segments[i] = segment_hold(parts->segments[i]);
        s->words[i] = s->segments[i]->words;
        s->fields[i] = s->segments[i]->fields;
    }
    s->segment_count = parts->segment_count;
    s->derived = derived_hold(parts->derived);
    s->index = parts->derived->index;
    s->rows = parts->rows;
    s->live = (bitset){parts->live_words, parts->rows};
    s->live_count = bitset_popcount(&s->live);
    if (parts->vector_words) {
        s->with_vector = (bitset){parts->vector_words, parts->rows};
        s->waiting_count = s->live_count - bitset_popcount(&s->with_vector);
    }
    s->document_count = parts->derived->documents.count;
    s->damaged = parts->damaged;
    s->damaged_count = parts->damaged_count;
    s->sequence = parts->sequence;
    return s;
}

snapshot *snapshot_new_empty(derived *d)
{
    snapshot_parts parts = {.derived = d, .live_words = heap_new_array(0, sizeof(uint64_t))};
    CHECK(derived_rows(d) == 0);
    snapshot *s = parts.live_words ? snapshot_new(&parts) : NULL;
    if (!s) free(parts.live_words);
    return s;
}

snapshot *snapshot_hold(snapshot *s)
{
    holders_add(&s->holders);
    return s;
}

void snapshot_release(snapshot *s)
{
    if (!s || !holders_leave(&s->holders)) return;
    for (uint32_t i = 0; i < s->segment_count; i++)
        segment_release(s->segments[i]);
    free(s->segments);
    free(s->words);
    free(s->fields);
    free(s->live.words);
    free(s->with_vector.words);
    free(s->damaged);
    derived_release(s->derived);
    if (s->filters) filter_cache_done(s->filters);
    free(s->filters);
    if (s->lists) list_cache_done(s->lists);
    free(s->lists);
    free(s);
}

uint64_t snapshot_points(const snapshot *s)
{
    return (uint64_t)s->live_count + s->damaged_count;
}

size_t snapshot_bytes(const snapshot *s)
{
    size_t bytes = sizeof *s + s->rows / 8 * (s->waiting_count ? 2 : 1) +
                   s->damaged_count * sizeof *s->damaged + s->segment_count * 3 * sizeof(void *) +
                   (s->filters ? filter_cache_bytes(s->filters) : 0) +
                   (s->lists ? list_cache_bytes(s->lists) : 0) + derived_bytes(s->derived);
    for (uint32_t i = 0; i < s->segment_count; i++)
        bytes += segment_bytes(s->segments[i]);
    return bytes;
}

/* Where all rows are linked again. Without vectors dead rows are few bytes, so that all points can be replaced several times
 * before these are worth that. */
static bool needs_linking_anew(const snapshot *s, uint32_t dead, uint32_t slots, uint32_t spare)
{
    if (spare > REBUILD_ABOVE_DEAD && spare > slots / UNUSED_SHARE) return true;
    return dead / 2 > s->live_count &&
           dead * (DEAD_ROW_BYTES + vector_index_dead_row_bytes(s->index)) >
               vector_index_bytes(s->index) / DEAD_ROWS_SHARE;
}

/* Where the graph is carried over, an index anew costs the reading of its rows. That is paid by changes: a dead row
 * is one, and another one came for it unless its slot is unused. So a deletion bears the reading of two rows at most, or of one
 * half while writes come. */
static bool needs_carrying(const snapshot *s, uint32_t dead, uint32_t slots, uint32_t spare,
                           bool is_quiet)
{
    // Beside those of which no live row has one there are those that copies have left, which are in other slots now.
    const uint32_t unused = (uint32_t)size_max(spare, vector_index_unused_vectors(s->index));
    const uint64_t changes = (uint64_t)dead + (dead > spare ? dead - spare : 0);
    if (is_quiet ? changes * CHANGES_QUIET <= s->live_count
                 : changes <= (uint64_t)s->live_count * CHANGES_BUSY)
        return false;
    const size_t dead_row = vector_index_dead_row_bytes(s->index);
    const size_t bytes = vector_index_bytes(s->index), of_rows = (size_t)s->rows * dead_row;
    const size_t all = bytes + (size_t)s->rows * DEAD_ROW_BYTES;
    // Where there are no codes yet the rows take less.
    const size_t slot = size_max(bytes > of_rows && slots ? (bytes - of_rows) / slots : 0,
                                 vector_index_row_bytes(s->index));
    return dead * (dead_row + DEAD_ROW_BYTES) + unused * slot > all / WASTE_SHARE;
}

bool snapshot_needs_rebuild(const snapshot *s, bool is_quiet)
{
    uint32_t dead = s->rows - s->live_count;
    if (dead <= REBUILD_ABOVE_DEAD) return false;
    if (vector_index_has_lists(s->index)) return dead / 2 > s->live_count;
    uint32_t slots = vector_index_vectors(s->index);
    // Copies share a slot: there may be fewer of these than live rows.
    uint32_t spare = slots > s->live_count ? slots - s->live_count : 0;
    if (vector_index_form(s->index) != VECTOR_IN_MEMORY || vector_index_is_partial(s->index))
        return needs_linking_anew(s, dead, slots, spare);
    return needs_carrying(s, dead, slots, spare, is_quiet);
}

bool snapshot_needs_removal(const snapshot *s)
{
    if (!s->index) return false;
    const vector_view all = {s->index, s->rows, &s->live, s->live_count};
    // The second keep no memory, but searches pass over them.
    const size_t dead = vector_index_dead(&all) + (size_t)vector_index_replaced(s->index);
    return dead >= REMOVE_AT_LEAST && dead >= s->live_count / REMOVE_SHARE;
}

uint32_t snapshot_linkable_rows(const snapshot *s)
{
    enum { MANY_SHARE = 8 };
    if (s->waiting_count <= s->live_count / MANY_SHARE) return s->rows;
    uint32_t row = bitset_next(&s->live, 0);
    while (row < s->rows && bitset_has(&s->with_vector, row))
        row = bitset_next(&s->live, row + 1);
    return row < s->rows ? row : s->rows;
}

/* ---- checking ---- */

static kith_status fail_broken(kith_error *err, const char *what, uint32_t row)
{
    return fail(err, KITH_ERR_CORRUPT, "derived index: row %u: %s", row, what);
}

static const segment *segment_of(const snapshot *s, uint32_t row)
{
    uint32_t i = 0;
    while (s->segments[i]->end_row <= row)
        i++;
    return s->segments[i];
}

/* Counts in *newest the rows that derived.rows leads to, which are one for each point. */
static kith_status check_row(const snapshot *s, uint32_t row, uint32_t *newest, kith_error *err)
{
    uint32_t last = 0;
    uint64_t point = derived_point(s->derived, row);
    bool is_live = bitset_has(&s->live, row);
    if (point == 0) return fail_broken(err, "names no point", row);
    if (!row_map_get(&s->derived->rows, point, &last))
        return fail_broken(err, "its point is not in the row map", row);
    if (last >= s->rows || derived_point(s->derived, last) != point)
        return fail_broken(err, "the row map leads to a row of another point", row);
    if (last < row) return fail_broken(err, "the row map leads to an older row", row);
    if (last > row && is_live)
        return fail_broken(err, "is live, but its point has a newer row", row);
    if (is_live && snapshot_waits(s, row) != derived_waits(s->derived, row))
        return fail_broken(err, "its vector is a placeholder, or is passed over", row);
    if (bm25_is_removed(segment_of(s, row)->words, row) == is_live)
        return fail_broken(err, "word statistics and live rows disagree", row);
    *newest += last == row;
    return KITH_OK;
}

static kith_status check_segments(const snapshot *s, kith_error *err)
{
    uint32_t end = 0;
    for (uint32_t i = 0; i < s->segment_count; i++) {
        kith_status status = segment_check(s->segments[i], err);
        if (status != KITH_OK) return status;
        if (s->segments[i]->first_row != end)
            return fail(err, KITH_ERR_CORRUPT, "derived index: segment %u begins at row %u, not %u",
                        i, s->segments[i]->first_row, end);
        end = s->segments[i]->end_row;
    }
    if (end == s->rows) return KITH_OK;
    return fail(err, KITH_ERR_CORRUPT, "derived index: segments end at row %u of %u", end, s->rows);
}

static kith_status check_damaged(const snapshot *s, kith_error *err)
{
    for (uint32_t i = 0; i < s->damaged_count; i++) {
        uint32_t row = 0;
        bool ascends = i == 0 || s->damaged[i] > s->damaged[i - 1];
        if (!ascends ||
            (row_map_get(&s->derived->rows, s->damaged[i], &row) && bitset_has(&s->live, row)))
            return fail(err, KITH_ERR_CORRUPT,
                        "derived index: damaged row %u is out of order or live", i);
    }
    return KITH_OK;
}

kith_status snapshot_check(const snapshot *s, kith_error *err)
{
    uint32_t newest = 0;
    if (derived_make_map(s->derived, s->rows) != KITH_OK)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the map of an index");
    if (s->index) vector_index_check(s->index);
    if (derived_rows(s->derived) != s->rows)
        return fail(err, KITH_ERR_CORRUPT, "derived index: %u rows, %u of vectors", s->rows,
                    derived_rows(s->derived));
    const char *broken = bitset_check(&s->live);
    if (broken || bitset_popcount(&s->live) != s->live_count)
        return fail(err, KITH_ERR_CORRUPT, "derived index: live rows: %s",
                    broken ? broken : "the count is wrong");
    kith_status status = check_segments(s, err);
    if (status == KITH_OK) status = check_damaged(s, err);
    if (status == KITH_OK) status = row_map_check(&s->derived->rows, err);
    if (status == KITH_OK) status = row_documents_check(&s->derived->documents, s->rows, err);
    for (uint32_t row = 0; row < s->rows && status == KITH_OK; row++)
        status = check_row(s, row, &newest, err);
    if (status == KITH_OK && newest != s->derived->rows.count)
        status = fail(err, KITH_ERR_CORRUPT, "derived index: %u points, %u entries in the row map",
                      newest, s->derived->rows.count);
    return status;
}
