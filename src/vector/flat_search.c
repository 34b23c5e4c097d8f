/* flat_search.c - the scan: rows that pass the bit sets, gathered 64 at a time into batches.
 * Batches let the distance kernels prefetch row i + n while they work on row i, which matters as
 * soon as a filter leaves gaps. A batch is compared when another word of 64 bits might not fit.
 * Distances equal to the bound are offered too: such a row may win its tie by a smaller id. */
#include "vector/flat_search.h"

static void compare_batch(const vector_rows *v, const float *query, size_t count, topk *best,
                          search_scratch *s)
{
    vector_rows_distances(v, query, s->ids, count, s->distances);
    s->distance_count += count;
    for (size_t i = 0; i < count; i++)
        if (s->distances[i] <= topk_bound(best)) topk_offer(best, s->distances[i], s->ids[i]);
}

void flat_search(const vector_rows *v, const float *query, const bitset *live, const bitset *filter,
                 topk *best, search_scratch *s)
{
    size_t count = 0;
    for (size_t word = 0; word * 64 < v->count; word++) {
        size_t left = v->count - word * 64;
        uint64_t bits = left < 64 ? (UINT64_C(1) << left) - 1 : ~UINT64_C(0);
        if (live) bits &= live->words[word];
        if (filter) bits &= filter->words[word];
        for (; bits; bits &= bits - 1)
            s->ids[count++] = (uint32_t)(word * 64) + (uint32_t)__builtin_ctzll(bits);
        DCHECK(count <= SCRATCH_BATCH);
        if (count <= SCRATCH_BATCH - 64) continue;
        compare_batch(v, query, count, best, s);
        count = 0;
    }
    compare_batch(v, query, count, best, s);
}
