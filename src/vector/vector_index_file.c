/* vector_index_file.c - the index as bytes: in one piece, and in the parts of a generation, which
 * vector_index_open.c reads. Little-endian.
 *
 * In one piece, vectors without their padding:
 *
 *   offset  bytes               what
 *        0  8                   "VXINDEX5"
 *        8  4                   u32 metric            kith_metric
 *       12  4                   u32 dim
 *       16  4                   u32 flat_below        never 0; nor are the next two
 *       20  4                   u32 neighbors
 *       24  4                   u32 ef_construction
 *       28  4                   u32 coded_above       never 0
 *       32  8                   u64 seed
 *       40  4                   u32 slots
 *       44  4 * dim * slots     f32 vectors[slots][dim]
 *        -  any                 the graph, of at most `slots` nodes: layout in graph.c
 *        -  4, 4, 4             u32 rows, u32 linked ones of them, u32 older ones in slots
 *        -  4 * slots           u32 the newest row of each slot; 2^32 - 1: it is unused
 *        -  8 * older           u32 slot, u32 row: of slots with several rows the others, by slots, descending
 *        -  8                   u64 XXH3-64 of all bytes before
 *
 * In parts: the vectors as they lie in memory, f32[slots][stride], the graph with the rows of the slots, and
 * the codes. Options and number of slots are the caller's to keep, and so are checksums. The one piece has no
 * codes: the linker makes them again.
 *
 * Nothing that is read is believed. A checksum finds damage, not malice: anyone can compute it. So
 * every size is held against the bytes that are there before memory is taken for it, and the graph
 * is verified link by link before it is used. The vectors of the one piece must be finite; that
 * they have length 1 under cosine is not verified: a wrong length gives wrong distances and harms
 * nothing else. The rows of the two parts are not looked at, for the same reason: distances come
 * out finite whatever is in them (vector_rows_distances). */
#include "base/hash.h"
#include "base/size.h"
#include "vector/vector_index_private.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "arrays are stored as they lie in memory: gigabytes are not converted word by word");

static const uint64_t MAGIC = UINT64_C(0x355845444e495856); // "VXINDEX5"

enum { HEADER_BYTES = 44, CHECKSUM_BYTES = 8 }; // of the table above

static void write_header(const vector_index *ix, uint32_t slots, buffer *out)
{
    const vector_index_options *o = &ix->options;
    buffer_append_u64(out, MAGIC);
    buffer_append_u32(out, (uint32_t)o->metric);
    buffer_append_u32(out, o->dim);
    buffer_append_u32(out, o->flat_below);
    buffer_append_u32(out, o->neighbors);
    buffer_append_u32(out, o->ef_construction);
    buffer_append_u32(out, o->coded_above);
    buffer_append_u64(out, o->seed);
    buffer_append_u32(out, slots);
}

/* The newest row of the view in the slot, whose vector is written; SLOT_NONE: the slot is unused. Rows behind the view may
 * be taking slots at this moment. */
static uint32_t row_in(const vector_view *seen, uint32_t slot)
{
    return row_of_slot_below(&seen->index->slots, slot, seen->rows);
}

/* `row` or the next older one in its slot that is live; SLOT_NONE: there is none. */
static uint32_t next_live(const vector_view *seen, uint32_t row)
{
    while (row != SLOT_NONE && seen->live && !bitset_has(seen->live, row))
        row = slot_former(&seen->index->slots, row);
    return row;
}

/* The newest row that the file has in the slot: it needs none that is dead but where a node is of no other. This index may link
 * a dead one yet, and goes on to read its vector in the file (cold_rows_adopt). */
static uint32_t written_row(const vector_view *seen, uint32_t slot)
{
    const uint32_t newest = row_in(seen, slot), live = next_live(seen, newest);
    return live == SLOT_NONE && vector_index_has_node(seen->index, slot) ? newest : live;
}

/* Rows of the slot behind that one: live ones. Appends them to `out`, unless that is NULL. */
static uint32_t write_older(const vector_view *seen, uint32_t slot, buffer *out)
{
    const vector_slots *slots = &seen->index->slots;
    uint32_t count = 0, row = written_row(seen, slot);
    while (row != SLOT_NONE && (row = next_live(seen, slot_former(slots, row))) != SLOT_NONE) {
        if (out) buffer_append_u32(out, slot);
        if (out) buffer_append_u32(out, row);
        count++;
    }
    return count;
}

uint32_t vector_index_slots(const vector_view *seen)
{
    const vector_index *ix = seen->index;
    uint32_t slots = graph_count(&ix->graph);
    for (uint32_t row = vector_index_linked(ix); row < seen->rows; row++) {
        uint32_t slot = slot_of_row(&ix->slots, row);
        if (slot != SLOT_NONE && slot >= slots) slots = slot + 1;
    }
    return slots;
}

enum { COLD_BATCH = 64 /* slots that are read together */ };

/* The first `bytes` bytes of each of slots first..first + count, which are at most COLD_BATCH. A file may be about to go:
 * between coded_graph_enter and coded_graph_leave. */
static void write_cold_batch(const vector_view *seen, uint32_t first, uint32_t count, size_t bytes,
                             buffer *out)
{
    static const char zeros[COLD_ROW_MAX];
    __attribute__((uninitialized)) _Alignas(64) char room[COLD_ROOM_BYTES];
    const cold_rows *cold = vector_rows_cold(&seen->index->rows);
    uint32_t used[COLD_BATCH], used_count = 0, next = 0;
    size_t read = 0, at = 0;
    const float *rows[COLD_BATCH];
    for (uint32_t slot = first; slot < first + count; slot++)
        if (row_in(seen, slot) != SLOT_NONE) used[used_count++] = slot;
    for (uint32_t slot = first; slot < first + count; slot++) {
        const bool is_used = next < used_count && used[next] == slot;
        if (is_used && at == read) {
            read = cold_rows_read(cold, used + next, used_count - next, room, rows);
            at = 0;
        }
        buffer_append(out, (view){is_used ? (const char *)rows[at] : zeros, bytes});
        next += is_used;
        at += is_used;
    }
}

static void write_cold(const vector_view *seen, uint32_t slots, size_t bytes, buffer *out)
{
    const vector_index *ix = seen->index;
    for (uint32_t first = 0; first < slots && out->failed == KITH_OK; first += COLD_BATCH) {
        const uint32_t side = coded_graph_enter(&ix->coded);
        write_cold_batch(seen, first, (uint32_t)size_min(slots - first, COLD_BATCH), bytes, out);
        coded_graph_leave(&ix->coded, side);
        // Zeros stand for what cannot be read.
        if (vector_index_is_damaged(ix)) out->failed = KITH_ERR_CORRUPT;
    }
}

/* The first `bytes` bytes of each vector. */
static void write_vectors(const vector_view *seen, uint32_t slots, size_t bytes, buffer *out)
{
    static const char zeros[KITH_DIMENSION_MAX * sizeof(float) + 64];
    if (vector_rows_cold(&seen->index->rows)) {
        write_cold(seen, slots, bytes, out);
        return;
    }
    for (uint32_t slot = 0; slot < slots && out->failed == KITH_OK; slot++) {
        bool is_used = row_in(seen, slot) != SLOT_NONE;
        const char *from = zeros;
        if (is_used) from = (const char *)vector_rows_at(&seen->index->rows, slot);
        buffer_append(out, (view){from, bytes});
    }
}

static void write_graph(const vector_view *seen, uint32_t slots, buffer *out)
{
    const vector_index *ix = seen->index;
    uint32_t older = 0;
    graph_write(&ix->graph, out);
    for (uint32_t slot = 0; slot < slots; slot++)
        older += write_older(seen, slot, NULL);
    buffer_append_u32(out, seen->rows);
    buffer_append_u32(out, vector_index_linked(ix));
    buffer_append_u32(out, older);
    for (uint32_t slot = 0; slot < slots && out->failed == KITH_OK; slot++)
        buffer_append_u32(out, written_row(seen, slot));
    for (uint32_t slot = 0; slot < slots && out->failed == KITH_OK; slot++)
        (void)write_older(seen, slot, out);
}

void vector_index_write(const vector_index *ix, buffer *out)
{
    const vector_view all = {.index = ix, .rows = vector_index_rows(ix)};
    const uint32_t slots = vector_index_slots(&all);
    CHECK(!vector_index_is_partial(ix));
    buffer_begin_checksum(out);
    write_header(ix, slots, out);
    write_vectors(&all, slots, ix->rows.dim * sizeof(float), out);
    write_graph(&all, slots, out);
    buffer_end_checksum(out);
}

void vector_index_write_rows(const vector_view *seen, buffer *out)
{
    CHECK(!vector_index_is_partial(seen->index));
    write_vectors(seen, vector_index_slots(seen), vector_index_row_bytes(seen->index), out);
}

void vector_index_write_graph(const vector_view *seen, buffer *out)
{
    CHECK(!vector_index_is_partial(seen->index));
    write_graph(seen, vector_index_slots(seen), out);
}

/* Neither infinity nor NaN: no exponent has all bits set. Without a branch per float. */
static bool all_finite(const float *row, size_t dim)
{
    const uint32_t exponent = UINT32_C(0x7f800000);
    uint32_t bad = 0;
    for (size_t i = 0; i < dim; i++) {
        uint32_t bits;
        memcpy(&bits, &row[i], sizeof bits);
        bad |= (bits & exponent) == exponent;
    }
    return !bad;
}

static kith_status read_rows(vector_index *ix, uint32_t count, view *bytes, kith_error *err)
{
    size_t row_bytes = ix->rows.dim * sizeof(float), size;
    if (!size_mul(row_bytes, count, &size) || size > bytes->size)
        return fail(err, KITH_ERR_CORRUPT, "vector index is cut short");
    kith_status status = vector_rows_reserve(&ix->rows, count, err);
    if (status != KITH_OK) return status;
    for (uint32_t row = 0; row < count; row++) {
        float *to = vector_rows_at(&ix->rows, row);
        memcpy(to, bytes->data + row * row_bytes, row_bytes);
        if (!all_finite(to, ix->rows.dim))
            return fail(err, KITH_ERR_CORRUPT, "vector %u is not finite", row);
    }
    atomic_store_explicit(&ix->rows.count, count, memory_order_relaxed);
    *bytes = view_slice(*bytes, size, bytes->size);
    return KITH_OK;
}

/* Every node is of a row, and every row that is linked has a node. older [2 * older_count]: slots and rows, which were found
 * sound. */
static kith_status check_nodes(const vector_index *ix, const uint32_t *older, uint32_t older_count,
                               kith_error *err)
{
    uint32_t nodes = 0, linked = vector_index_linked(ix);
    const uint32_t slots = vector_rows_count(&ix->rows), in_graph = graph_count(&ix->graph);
    for (uint32_t first = 0, run; first < slots; first += run) {
        const _Atomic(uint32_t) *rows = region_at(&ix->slots.rows_of, first);
        const uint8_t *states = first < in_graph ? graph_state_at(&ix->graph, first) : NULL;
        run = region_run(first, slots);
        for (uint32_t i = 0; i < run; i++) {
            const uint32_t row = atomic_load_explicit(&rows[i], memory_order_relaxed);
            const bool has_node = first + i < in_graph && states[i] == GRAPH_LINKED;
            if (has_node ? row == SLOT_NONE : row < linked)
                return fail(err, KITH_ERR_CORRUPT, "graph node %u is of no row, or misses",
                            first + i);
            nodes += has_node;
        }
    }
    CHECK(nodes == graph_linked(&ix->graph));
    for (uint32_t i = 0; i < older_count; i++) {
        const uint32_t slot = older[2 * (size_t)i], row = older[2 * (size_t)i + 1];
        if (row < linked && !vector_index_has_node(ix, slot))
            return fail(err, KITH_ERR_CORRUPT, "row %u has no graph node", row);
    }
    return KITH_OK;
}

uint32_t vector_index_older_rows(const char *counts)
{
    return load_u32(counts + 2 * sizeof(uint32_t));
}

kith_status vector_index_take_rows(vector_index *ix, const char *counts, const uint32_t *older,
                                   kith_error *err)
{
    const uint32_t rows = load_u32(counts), linked = load_u32(counts + sizeof rows);
    if (rows > VECTOR_ROWS_MAX || linked > rows)
        return fail(err, KITH_ERR_CORRUPT, "vector index has a bad number of rows");
    kith_status status = vector_slots_restore(&ix->slots, rows, vector_rows_count(&ix->rows), err);
    if (status == KITH_OK)
        status =
            vector_slots_restore_older(&ix->slots, older, vector_index_older_rows(counts), err);
    if (status != KITH_OK) return status;
    atomic_store_explicit(&ix->linked, linked, memory_order_relaxed);
    return check_nodes(ix, older, vector_index_older_rows(counts), err);
}

/* Reads a graph over the slots of `ix`, and the rows of these, from `bytes`, which end with them. */
static kith_status read_graph(vector_index *ix, view bytes, kith_error *err)
{
    const uint32_t slots = vector_rows_count(&ix->rows);
    kith_status status = graph_read(&ix->graph, slots, &bytes, err);
    if (status != KITH_OK) return status;
    const size_t head = VECTOR_INDEX_COUNTS_BYTES;
    if (bytes.size < head ||
        bytes.size - head != vector_index_rows_bytes(slots, vector_index_older_rows(bytes.data)))
        return fail(err, KITH_ERR_CORRUPT, "vector index is cut short, or has bytes past its end");
    const char *counts = bytes.data;
    bytes = view_slice(bytes, head, bytes.size);
    status = region_read(&ix->slots.rows_of, slots, &bytes, err);
    if (status != KITH_OK) return status;
    uint32_t *older = heap_new_array(bytes.size / sizeof *older, sizeof *older);
    if (!older) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u vectors", slots);
    memcpy(older, bytes.data, bytes.size);
    status = vector_index_take_rows(ix, counts, older, err);
    free(older);
    return status;
}

static kith_status check_frame(view bytes, kith_error *err)
{
    if (bytes.size < HEADER_BYTES + CHECKSUM_BYTES || load_u64(bytes.data) != MAGIC)
        return fail(err, KITH_ERR_CORRUPT, "this is not a vector index");
    size_t end = bytes.size - CHECKSUM_BYTES;
    if (hash64(view_slice(bytes, 0, end), 0) != load_u64(bytes.data + end))
        return fail(err, KITH_ERR_CORRUPT, "vector index fails its checksum");
    return KITH_OK;
}

kith_status vector_index_read(view bytes, vector_index **out, kith_error *err)
{
    kith_status status = check_frame(bytes, err);
    if (status != KITH_OK) return status;
    const char *p = bytes.data + sizeof MAGIC; // offsets below are those of the table less 8
    vector_index_options options = {.metric = (kith_metric)load_u32(p),
                                    .dim = load_u32(p + 4),
                                    .flat_below = load_u32(p + 8),
                                    .neighbors = load_u32(p + 12),
                                    .ef_construction = load_u32(p + 16),
                                    .coded_above = load_u32(p + 20),
                                    .seed = load_u64(p + 24)};
    uint32_t rows = load_u32(p + 32);
    if (options.flat_below == 0 || options.neighbors == 0 || options.ef_construction == 0 ||
        options.coded_above == 0 || rows > VECTOR_ROWS_MAX)
        return fail(err, KITH_ERR_CORRUPT, "vector index has a bad header");
    vector_index *ix = NULL;
    status = vector_index_new(&options, &ix, err);
    if (status == KITH_ERR_INVALID)
        status = fail(err, KITH_ERR_CORRUPT, "vector index has options out of range");
    if (status != KITH_OK) goto done;
    view body = view_slice(bytes, HEADER_BYTES, bytes.size - CHECKSUM_BYTES);
    status = read_rows(ix, rows, &body, err);
    if (status == KITH_OK) status = read_graph(ix, body, err);
    if (status != KITH_OK) goto done;
    *out = ix;
    ix = NULL; // the caller owns it now
done:
    vector_index_free(ix);
    return status;
}

bool vector_index_has_row(const vector_index *ix, uint32_t row)
{
    const ivf *lists = vector_index_lists(ix);
    return lists ? ivf_has_row(lists, row) : slot_of_row(&ix->slots, row) != SLOT_NONE;
}

bool vector_index_has_all_rows(const vector_index *ix)
{
    return vector_slots_wanted(&ix->slots) == vector_slots_rows(&ix->slots);
}

bool vector_index_has_codes(const vector_index *ix)
{
    return row_codes_count(&ix->codes) > 0;
}

void vector_index_write_codes(const vector_index *ix, buffer *out)
{
    row_codes_write(&ix->codes, out);
}
