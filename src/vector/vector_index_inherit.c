/* vector_index_inherit.c - rows that take over the vectors of those that they replace (docs/decisions/094).
 *
 * A point whose metadata or text changes gets a new row, with the same vector. What was made of the vector, its node with
 * all links that lead to it and its codes, depends on nothing else, so the new row has it from the former one: it
 * shares that one's slot (vector_slots.h), or has its vector from its place in the lists (row_heirs.h).
 *
 * Either is known from the start, when one point changes (vector_index_append_after). Or it turns out when a change
 * is complete, as when the chunks of a file are replaced by others of which most have the vectors of former ones
 * (vector_index_inherit): then rows and dead rows are brought together by hashes of their vectors. Vectors are compared
 * byte by byte in both cases: it does not matter what a hash says, nor whose the vectors were. */
#include "base/hash.h"
#include "base/size.h"
#include "vector/vector_index_private.h"

#include <stdlib.h>
#include <string.h>

/* Reads stored vectors, of an index with lists from a state that is held, of others as one of their readers. */
typedef struct vector_reading {
    const vector_index *ix;
    ivf_state *state; /* NULL: there are no lists */
    ivf_cursor cursor;
    float *room;   /* [stride] for a vector that is on the disk */
    uint32_t side; /* as coded_graph_enter gave it */
} vector_reading;

/* NULL of `room`: out of memory, and nothing was begun. */
static vector_reading reading_begin(const vector_index *ix)
{
    const ivf *lists = vector_index_lists(ix);
    vector_reading r = {.ix = ix, .room = aligned_alloc(64, vector_index_row_bytes(ix))};
    if (!r.room) return r;
    if (lists)
        r.state = ivf_hold_state(lists);
    else
        r.side = coded_graph_enter(&ix->coded);
    return r;
}

static void reading_end(vector_reading *r)
{
    if (!r->room) return;
    ivf_cursor_done(&r->cursor);
    if (r->state)
        ivf_state_release(r->state);
    else
        coded_graph_leave(&r->ix->coded, r->side);
    free(r->room);
}

/* [stride], good until the next call; NULL: it cannot be read. A row that has a vector. */
static const float *read_vector(vector_reading *r, uint32_t row)
{
    const float *vector = NULL;
    if (!r->state)
        return vector_rows_read(&r->ix->rows, vector_slots_find(&r->ix->slots, row), r->room);
    return ivf_read_row(r->state, &r->cursor, row, &vector, NULL) == KITH_OK ? vector : NULL;
}

/* Is `vector` [dim] what the row has? No also when that cannot be read. */
static kith_status compare_vector(const vector_index *ix, uint32_t row, const float *vector,
                                  bool *is_same, kith_error *err)
{
    const size_t bytes = vector_index_row_bytes(ix);
    float *prepared = aligned_alloc(64, bytes); // a multiple of 64
    vector_reading reading = reading_begin(ix);
    const bool has_room = prepared && reading.room;
    if (has_room) {
        vector_rows_prepare(&ix->rows, vector, prepared);
        const float *stored = read_vector(&reading, row);
        *is_same = stored && memcmp(stored, prepared, bytes) == 0;
    }
    reading_end(&reading);
    free(prepared);
    return has_room ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for a vector");
}

kith_status vector_index_append_after(vector_index *ix, uint32_t former, const float *vector,
                                      uint32_t *row, bool *is_same, kith_error *err)
{
    ivf *lists = vector_index_lists(ix);
    const uint32_t added = vector_index_rows(ix);
    kith_status status = KITH_OK;
    *is_same = false;
    if (added < VECTOR_ROWS_MAX && (!lists || ivf_may_have_heir(lists, former)))
        status = compare_vector(ix, former, vector, is_same, err);
    if (status != KITH_OK) return status;
    if (!*is_same) return vector_index_append(ix, vector, row, err);
    status = lists ? ivf_append_heir(lists, former, err)
                   : vector_slots_append_heir(&ix->slots, former, err);
    if (status == KITH_OK) *row = added;
    return status;
}

/* ---- many at once ---- */

/* Rows by the hashes of their vectors: open addressing. */
typedef struct vector_table {
    uint64_t *hashes; /* [slots] */
    uint32_t *rows;   /* [slots] row and 1; 0: unused; ROW_NONE: it was taken out */
    uint32_t slots;   /* a power of two, twice as many as rows at least */
} vector_table;

static bool table_init(vector_table *t, uint32_t rows)
{
    t->slots = 16;
    while (t->slots / 2 < rows)
        t->slots *= 2;
    t->hashes = heap_new_array(t->slots, sizeof *t->hashes);
    t->rows = heap_new_array(t->slots, sizeof *t->rows);
    return t->hashes && t->rows;
}

static void table_done(vector_table *t)
{
    free(t->hashes);
    free(t->rows);
}

static void table_put(vector_table *t, uint64_t hash, uint32_t row)
{
    uint32_t at = (uint32_t)hash & (t->slots - 1);
    while (t->rows[at])
        at = (at + 1) & (t->slots - 1);
    t->hashes[at] = hash;
    t->rows[at] = row + 1;
}

static uint64_t hash_of(const vector_index *ix, const float *vector)
{
    return hash64((view){(const char *)vector, vector_index_row_bytes(ix)}, 0);
}

static bool has_own_vector(const vector_index *ix, uint32_t row)
{
    const ivf *lists = vector_index_lists(ix);
    return lists ? row_heirs_former(&lists->heirs, row) == ROW_NONE
                 : slot_former(&ix->slots, row) == SLOT_NONE;
}

/* The vectors of the rows are equal. False: it cannot be done. */
static bool take_over(vector_index *ix, uint32_t row, uint32_t former)
{
    ivf *lists = vector_index_lists(ix);
    if (lists) return ivf_may_have_heir(lists, former) && ivf_make_heir(lists, row, former);
    vector_slots_make_heir(&ix->slots, row, former);
    return true;
}

/* Takes a row of the table out whose vector is that of `dead`, if there is one. `stored` is what `dead` has. */
static void find_heir(vector_index *ix, vector_table *t, vector_reading *of_rows, uint32_t dead,
                      const float *stored)
{
    const uint64_t hash = hash_of(ix, stored);
    for (uint32_t at = (uint32_t)hash & (t->slots - 1); t->rows[at];
         at = (at + 1) & (t->slots - 1)) {
        if (t->hashes[at] != hash || t->rows[at] == ROW_NONE) continue;
        const float *own = read_vector(of_rows, t->rows[at] - 1);
        if (!own || memcmp(own, stored, vector_index_row_bytes(ix)) != 0) continue;
        if (take_over(ix, t->rows[at] - 1, dead)) t->rows[at] = ROW_NONE;
        return;
    }
}

/* Puts the live rows from `first` on that have a vector of their own in the table: on a dead one others may depend. */
static void fill_table(const vector_index *ix, vector_table *t, vector_reading *of_rows,
                       const bitset *live, uint32_t first)
{
    for (uint32_t row = first; row < vector_index_rows(ix); row++) {
        const bool is_free = bitset_has(live, row) && has_own_vector(ix, row);
        const float *own = is_free ? read_vector(of_rows, row) : NULL;
        if (own) table_put(t, hash_of(ix, own), row);
    }
}

kith_status vector_index_inherit(vector_index *ix, const bitset *live, uint32_t first,
                                 const uint32_t *dead, uint32_t count, kith_error *err)
{
    enum {
        DEAD_OF_ROW = 16,
        DEAD_MORE = 1024 /* that are looked at, in vain where all was deleted but a few */
    };
    vector_table table = {0};
    const uint32_t rows = vector_index_rows(ix) - first;
    if (rows == 0 || count == 0) return KITH_OK;
    vector_reading of_rows = reading_begin(ix), of_dead = reading_begin(ix);
    const bool has_room = of_rows.room && of_dead.room && table_init(&table, rows);
    if (has_room) {
        fill_table(ix, &table, &of_rows, live, first);
        const uint64_t most = (uint64_t)rows * DEAD_OF_ROW + DEAD_MORE;
        for (uint32_t i = 0; i < count && i < most; i++) {
            const float *stored = read_vector(&of_dead, dead[i]);
            if (stored) find_heir(ix, &table, &of_rows, dead[i], stored);
        }
    }
    table_done(&table);
    reading_end(&of_rows);
    reading_end(&of_dead);
    return has_room ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for an index");
}

void vector_index_enter(vector_index *ix, uint32_t first)
{
    ivf *lists = vector_index_lists(ix);
    if (lists)
        ivf_enter_heirs(lists, first);
    else
        vector_slots_settle(&ix->slots, first);
}
