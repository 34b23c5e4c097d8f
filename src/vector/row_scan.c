/* row_scan.c - see row_scan.h. */
#include "vector/row_scan.h"

#include <math.h>

static const float ERRORS_LEFT_OPEN =
    3; /* standard deviations, as walks over these codes have it */

/* Asks for the codes in slots[count], whole. */
static void prefetch_codes(const row_codes *codes, const uint32_t *slots, uint32_t count)
{
    enum { LINE = 64 };
    for (uint32_t i = 0; i < count; i++) {
        const char *code = region_at(&codes->codes, slots[i]);
        for (size_t at = 0; at < codes->codes.element_bytes; at += LINE)
            __builtin_prefetch(code + at);
        __builtin_prefetch(code + codes->codes.element_bytes - 1);
    }
}

/* Keeps the nearest of a batch by their codes. Those of a part of it are asked for while the part before is
 * compared: more at a time than the kernels ask for, since none of them is near another. */
static void compare_codes(const row_codes *codes, const vector_slots *of, const row_probe *probe,
                          uint32_t count, search_scratch *s)
{
    enum { PART = 16 };
    uint32_t slots[SCRATCH_BATCH + PART] = {0};
    for (uint32_t i = 0; i < count; i++)
        slots[i] = slot_of_row(of, s->ids[i]);
    prefetch_codes(codes, slots, count < PART ? count : PART);
    for (uint32_t first = 0; first < count; first += PART) {
        const uint32_t left = count - first, part = left < PART ? left : PART;
        const uint32_t next = left - part < PART ? left - part : PART;
        prefetch_codes(codes, slots + first + part, next);
        row_codes_distances(codes, probe, slots + first, part, s->distances + first);
    }
    s->estimate_count += count;
    for (uint32_t i = 0; i < count; i++)
        if (candidates_want(&s->best, s->distances[i]))
            candidates_insert(&s->best, s->distances[i], s->ids[i]);
}

/* How many of those that were kept, from the nearest on, may be among the k nearest. */
static uint32_t count_open(const row_codes *codes, const vector_slots *of, const row_probe *probe,
                           uint32_t k, const candidates *kept)
{
    float limit = -INFINITY; // what the farthest of the k nearest may have
    uint32_t open = 0;
    for (; open < kept->count; open++) {
        const candidate c = kept->entries[open];
        const uint32_t slot = slot_of_row(of, candidate_id(c));
        const float error = ERRORS_LEFT_OPEN * row_codes_error(codes, probe, slot, c.distance);
        if (open < k)
            limit = fmaxf(limit, c.distance + error);
        else if (!(c.distance - error < limit))
            break;
    }
    return open;
}

static void compare_vectors(const row_codes *codes, const vector_slots *of, uint32_t count,
                            topk *best, search_scratch *s)
{
    for (uint32_t first = 0; first < count; first += SCRATCH_BATCH) {
        const uint32_t batch = count - first < SCRATCH_BATCH ? count - first : SCRATCH_BATCH;
        for (uint32_t i = 0; i < batch; i++) {
            s->ids[i] = candidate_id(s->best.entries[first + i]);
            s->slots[i] = slot_of_row(of, s->ids[i]);
        }
        vector_rows_distances(codes->rows, s->query, s->slots, batch, s->distances);
        for (uint32_t i = 0; i < batch; i++)
            (void)topk_offer(best, s->distances[i], s->ids[i]);
    }
    s->distance_count += count;
}

kith_status row_scan(const row_codes *codes, const scan_range *range, topk *best, search_scratch *s,
                     const call_limit *limit, kith_error *err)
{
    kith_status status = KITH_OK;
    float *work = s->code_room;
    const row_probe probe = row_codes_prepare(codes, s->query, work, (int8_t *)(work + codes->dim));
    uint32_t word = range->first / 64, batches = 0;
    DCHECK(best->k <= ROW_SCAN_K_MAX && s->best.capacity > best->k);
    s->best.count = s->best.next = 0;
    for (uint32_t count = 0;
         status == KITH_OK && (count = scan_range_take(range, &word, s->ids));) {
        compare_codes(codes, range->slots, &probe, count, s);
        if (++batches % SCAN_CHECK_BATCHES == 0) status = call_limit_check(limit, err);
    }
    if (status != KITH_OK) return status;
    const uint32_t open = count_open(codes, range->slots, &probe, best->k, &s->best);
    if (open == s->best.capacity) return flat_search(codes->rows, range, best, s, limit, err);
    compare_vectors(codes, range->slots, open, best, s);
    return KITH_OK;
}
