/* vector_index_compact.c - an index whose graph and codes are in memory, and whose vectors are on a disk (cold_rows.h).
 *
 * The appender moves the vectors, in the append that would make the index larger than it may be: it writes all of them to a
 * file without a name, and then publishes that. Searches that began before go on with those in memory. Whoever links
 * finds that they are cold, and gives the memory back when no search can be reading it (vector_index_settle), with that
 * of sign codes, which are most of it: walks and scans go by codes of 8 bits. */
#include "vector/vector_index_private.h"

#include "base/size.h"

#include <string.h>

bool vector_index_may_be_compact(const vector_index *ix)
{
    return ix->codes.dim > 0 && vector_index_row_bytes(ix) <= COLD_ROW_MAX;
}

size_t vector_index_cold_tail(const vector_index *ix)
{
    enum { WITHOUT_LIMIT = 128 << 10 };
    const vector_budget *budget = &ix->options.budget;
    return budget->bytes > 0 ? vector_budget_tail(budget) : WITHOUT_LIMIT;
}

static kith_status new_cold(const vector_index *ix, cold_rows **out, kith_error *err)
{
    const vector_budget *budget = &ix->options.budget;
    const cold_options options = {.row_bytes = vector_index_row_bytes(ix),
                                  .tail_bytes = vector_index_cold_tail(ix),
                                  .ops = budget->ops ? budget->ops : &file_ops_posix,
                                  .directory = budget->directory,
                                  .damage = ix->damage};
    *out = cold_rows_new(&options);
    return *out ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for vectors on the disk");
}

/* Slots that nobody is in are moved, too: a search may stand on one that a row has just left. */
static kith_status move_vectors(const vector_index *ix, cold_rows *to, kith_error *err)
{
    const uint32_t count = vector_rows_count(&ix->rows);
    kith_status status = KITH_OK;
    for (uint32_t slot = 0; slot < count && status == KITH_OK; slot++) {
        status = cold_rows_reserve(to, slot + 1, err);
        if (status == KITH_OK)
            memcpy(cold_rows_put(to, slot), vector_rows_at(&ix->rows, slot),
                   vector_index_row_bytes(ix));
    }
    return status == KITH_OK ? cold_rows_flush(to, err) : status;
}

kith_status vector_index_make_compact(vector_index *ix, kith_error *err)
{
    cold_rows *cold = NULL;
    kith_status status = new_cold(ix, &cold, err);
    if (status == KITH_OK) status = move_vectors(ix, cold, err);
    if (status != KITH_OK) {
        cold_rows_free(cold);
        return status;
    }
    cold_rows_share(cold, ix->coded.readers);
    // Whoever learns of a row that is appended from now on learns of this, too.
    atomic_store(&ix->rows.cold, cold);
    return KITH_OK;
}

kith_status vector_index_open_cold(vector_index *ix, paged_file *vectors, uint32_t slots,
                                   kith_error *err)
{
    cold_rows *cold = NULL;
    if (vectors->pages <
        (slots * (uint64_t)vector_index_row_bytes(ix) + PAGED_FILE_PAGE - 1) / PAGED_FILE_PAGE)
        return fail(err, KITH_ERR_CORRUPT, "there are fewer than %u vectors", slots);
    kith_status status = new_cold(ix, &cold, err);
    if (status == KITH_OK) status = cold_rows_begin(cold, vectors, slots, err);
    if (status != KITH_OK) {
        cold_rows_free(cold);
        return status;
    }
    paged_file_hold(vectors);
    cold_rows_share(cold, ix->coded.readers);
    atomic_store(&ix->rows.cold, cold);
    atomic_store_explicit(&ix->rows.count, slots, memory_order_relaxed);
    ix->dropped = VECTOR_COMPACT;
    return KITH_OK;
}

static void drop_memory(vector_index *ix)
{
    region_done(&ix->rows.memory);
    atomic_store_explicit(&ix->coded_rows, 0, memory_order_relaxed);
    coded_graph_drop(&ix->coded);
    flat_codes_drop(&ix->flat);
}

bool vector_index_settle(vector_index *ix)
{
    cold_rows *cold = vector_rows_cold(&ix->rows);
    if (!cold) return true;
    const bool is_settled = cold_rows_reclaim(cold);
    if (ix->dropped == VECTOR_COMPACT) return is_settled;
    // Nodes that are leaving have rows of codes, and a place to give back.
    if (ix->leaving_count > 0) return false;
    if (ix->dropping != VECTOR_COMPACT) {
        ix->was_zero[0] = ix->was_zero[1] = false;
        ix->dropping = VECTOR_COMPACT;
    }
    if (!readers_are_gone(ix->coded.readers, ix->was_zero)) return false;
    drop_memory(ix);
    ix->dropped = VECTOR_COMPACT;
    return is_settled;
}

vector_form vector_index_form(const vector_index *ix)
{
    if (vector_index_has_lists(ix)) return VECTOR_IN_LISTS;
    return vector_rows_cold(&ix->rows) ? VECTOR_COMPACT : VECTOR_IN_MEMORY;
}

/* ---- generations ---- */

void vector_index_note_saving(const vector_index *ix)
{
    cold_rows *cold = vector_rows_cold(&ix->rows);
    if (cold) cold_rows_note_saving(cold);
}

static cold_claim claim_slot(const void *context, uint32_t slot)
{
    const vector_view *seen = context;
    if (row_of_slot(&seen->index->slots, slot) == SLOT_NONE) return COLD_UNUSED;
    // A newer row that shares the slot has the same vector.
    const uint32_t row = row_of_slot_below(&seen->index->slots, slot, seen->rows);
    return row == SLOT_NONE ? COLD_ELSEWHERE : COLD_IN_BASE;
}

bool vector_index_adopt_vectors(vector_index *ix, const vector_view *seen, paged_file *vectors,
                                uint32_t slots)
{
    cold_rows *cold = vector_rows_cold(&ix->rows);
    if (!cold || ix->leaving_count > 0 || ix->merged.count > 0 || !cold_rows_reclaim(cold))
        return false;
    cold_rows_adopt(cold, vectors, slots, claim_slot, seen);
    return true;
}
