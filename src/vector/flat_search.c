/* flat_search.c - the scan: rows that pass the bit sets, gathered 64 at a time into batches.
 * Batches let the distance kernels prefetch row i + n while they work on row i, which matters as
 * soon as a filter leaves gaps. A batch is compared when another word of 64 bits might not fit.
 * Distances equal to the bound are offered too: such a row may win its tie by a smaller id. */
#include "vector/flat_search.h"

static void compare_batch(const vector_rows *v, size_t count, topk *best, search_scratch *s)
{
    vector_rows_compare(v, s->query, s->rows, count, s->distances);
    s->distance_count += count;
    float bound = topk_bound(best);
    for (size_t i = 0; i < count; i++) {
        if (s->distances[i] > bound) continue;
        (void)topk_offer(best, s->distances[i], s->ids[i]);
        bound = topk_bound(best);
    }
}

/* The bits of the rows of word `word`, which holds at least one row of the range. */
static uint64_t bits_of_word(const scan_range *range, uint32_t word)
{
    uint32_t start = word * 64;
    uint64_t bits = ~UINT64_C(0);
    if (range->first > start) bits <<= range->first - start;
    if (range->end - start < 64) bits &= (UINT64_C(1) << (range->end - start)) - 1;
    if (range->live) bits &= range->live->words[word];
    if (range->filter) bits &= range->filter->words[word];
    return bits;
}

uint32_t scan_range_count(const scan_range *range)
{
    uint32_t count = 0;
    if (!range->live && !range->filter)
        return range->first < range->end ? range->end - range->first : 0;
    for (uint32_t word = range->first / 64; word * 64 < range->end; word++)
        count += (uint32_t)__builtin_popcountll(bits_of_word(range, word));
    return count;
}

kith_status flat_search(const vector_rows *v, const scan_range *range, topk *best,
                        search_scratch *s, const call_limit *limit, kith_error *err)
{
    size_t count = 0;
    kith_status status = KITH_OK;
    for (uint32_t word = range->first / 64; word * 64 < range->end && status == KITH_OK; word++) {
        for (uint64_t bits = bits_of_word(range, word); bits; bits &= bits - 1, count++) {
            s->ids[count] = word * 64 + (uint32_t)__builtin_ctzll(bits);
            s->rows[count] = vector_rows_at(v, slot_of_row(range->slots, s->ids[count]));
        }
        DCHECK(count <= SCRATCH_BATCH);
        if (word % FLAT_CHECK_WORDS == FLAT_CHECK_WORDS - 1) status = call_limit_check(limit, err);
        if (count <= SCRATCH_BATCH - 64) continue;
        compare_batch(v, count, best, s);
        count = 0;
    }
    compare_batch(v, count, best, s);
    return status;
}
