/* upkeep_carry.c - what an index that is built anew keeps of the one before: the graph, and how much walks of it find
 * (docs/decisions/099). Both were made of one store, so a row of either is of the same point where the store's row numbers
 * are the same; whether its vector is, the vector index sees (vector_index_carry). */
#include "base/size.h"
#include "db/collection_private.h"

#include <stdlib.h>

/* of [anew->rows], written: the live row of the same point; UINT32_MAX: none. */
static kith_status find_former(const snapshot *former, const snapshot *anew, uint32_t *of)
{
    row_map rows = {0};
    kith_status status = row_map_reserve(&rows, former->live_count);
    for (uint32_t row = bitset_next(&former->live, 0); row < former->rows && status == KITH_OK;
         row = bitset_next(&former->live, row + 1))
        status = row_map_put(&rows, derived_point(former->derived, row), row);
    for (uint32_t row = 0; row < anew->rows && status == KITH_OK; row++) {
        of[row] = UINT32_MAX;
        if (bitset_has(&anew->live, row))
            (void)row_map_get(&rows, derived_point(anew->derived, row), &of[row]);
    }
    row_map_done(&rows);
    return status;
}

/* The curve says how many rows there had been: they have other numbers now. */
static void carry_curve(const snapshot *former, const snapshot *anew)
{
    const vector_view seen = snapshot_vectors(former);
    recall_curve curve = index_recall_curve(&former->derived->recall, false);
    if (curve.queries == 0 || index_recall_is_due(&curve, &seen)) return;
    const uint32_t come = former->rows - curve.rows;
    curve.rows = anew->rows > come ? anew->rows - come : 0;
    index_recall_set(&anew->derived->recall, &curve, false);
}

void upkeep_carry(const snapshot *former, const snapshot *anew)
{
    bool is_carried = false;
    if (!former->index || !anew->index) return;
    uint32_t *of = heap_new_array(anew->rows, sizeof *of);
    if (of && find_former(former, anew, of) == KITH_OK &&
        vector_index_carry(anew->index, former->index, of, &is_carried, NULL) == KITH_OK &&
        is_carried)
        carry_curve(former, anew);
    free(of);
}
