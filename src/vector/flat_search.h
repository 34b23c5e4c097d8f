/* flat_search.h - exact search: the query is compared with every row that may be returned. */
#ifndef KITH_VECTOR_FLAT_SEARCH_H
#define KITH_VECTOR_FLAT_SEARCH_H

#include "base/bitset.h"
#include "base/topk.h"
#include "os/call_limit.h"
#include "vector/search_scratch.h"
#include "vector/vector_rows.h"
#include "vector/vector_slots.h"

/* Which rows a scan looks at: first..end, of those the ones in both sets; or, where they are listed, the ones in the list.
 * Of few rows a list is shorter than the bits of all. */
typedef struct scan_range {
    uint32_t first, end;
    const bitset *live, *filter; /* bits of at least `end` rows, or NULL for all */
    const vector_slots *slots;   /* where they are */
    const uint32_t *listed;      /* [listed_count] rows, ascending; NULL: the sets say */
    uint32_t listed_count;
    const struct listed_codes *codes; /* of the first rows of the list; NULL: they lie apart */
} scan_range;

/* How many rows of the list are before `row`. O(log listed_count). */
uint32_t scan_range_listed_before(const scan_range *range, uint32_t row);

/* Is it one of them? Any thread. */
static inline bool scan_range_has(const scan_range *range, uint32_t row)
{
    if (row < range->first || row >= range->end) return false;
    if (range->listed) {
        const uint32_t at = scan_range_listed_before(range, row);
        return at < range->listed_count && range->listed[at] == row;
    }
    return (!range->live || bitset_has(range->live, row)) &&
           (!range->filter || bitset_has(range->filter, row));
}

/* The next older of these rows in the slot of the row `at`, or that one itself; SLOT_NONE: there is none. */
static inline uint32_t scan_range_next_in_slot(const scan_range *range, uint32_t at)
{
    while (at != SLOT_NONE && !scan_range_has(range, at))
        at = slot_former(range->slots, at);
    return at;
}

/* The newest of these rows in the slot; SLOT_NONE: there is none. Any thread that was led to the slot (vector_slots.h). Of a slot with
 * many rows O(rows). */
static inline uint32_t scan_range_first_in_slot(const scan_range *range, uint32_t slot)
{
    return scan_range_next_in_slot(range, row_of_slot(range->slots, slot));
}

static inline bool scan_range_has_slot(const scan_range *range, uint32_t slot)
{
    return scan_range_first_in_slot(range, slot) != SLOT_NONE;
}

/* May the slot have one of them? Where it has many rows, of which the newest are none, it may, and nobody looks further. */
static inline bool scan_range_may_have_slot(const scan_range *range, uint32_t slot)
{
    enum { LOOKED_AT = 32 };
    uint32_t row = row_of_slot(range->slots, slot);
    for (uint32_t i = 0; i < LOOKED_AT && row != SLOT_NONE; i++) {
        if (scan_range_has(range, row)) return true;
        row = slot_former(range->slots, row);
    }
    return row != SLOT_NONE;
}

/* How many rows that is. Any thread. */
uint32_t scan_range_count(const scan_range *range);
/* The same, and in how many blocks of 32 rows there is one, row 0 being the first of a block; of a list of more than 256
 * rows about so many, and of one that has its codes beside it no fewer. */
uint32_t scan_range_count_blocks(const scan_range *range, uint32_t *blocks);

/* Where scan_range_take begins. */
uint32_t scan_range_begin(const scan_range *range);
/* Takes the next of these rows, in their order: as many as a batch has room for, from the place *at on, which it moves
 * behind the last.
 * rows  [SCRATCH_BATCH]
 * 0: there are no more. */
uint32_t scan_range_take(const scan_range *range, uint32_t *at, uint32_t *rows);

enum { SCAN_CHECK_BATCHES = 8 /* that are compared between two checks of the limit */ };

/* Offers each of these rows, with its distance, to `best`.
 * range   published rows
 * best    receives the k nearest; ties in distance go to the smaller row
 * s       the caller's own scratch: query, as vector_rows_prepare wrote it, is compared with; ids,
 *         rows, distances and distance_count are used
 * limit   checked after each SCAN_CHECK_BATCHES batches of SCRATCH_BATCH rows at most; NULL: none
 * Any thread. Errors: KITH_ERR_CANCELLED, KITH_ERR_TIMEOUT; `best` has some of the rows then. */
KITH_CHECKED kith_status flat_search(const vector_rows *v, const scan_range *range, topk *best,
                                     search_scratch *s, const call_limit *limit, kith_error *err);

#endif
