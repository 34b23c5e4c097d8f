/* flat_search.c - the scan: rows that pass the bit sets, gathered into batches of SCRATCH_BATCH.
 * Where a filter leaves gaps, each row is three addresses that nobody foresees: its slot, its vector, and its
 * vector's other lines. So a batch is gathered first, its slots are asked for meanwhile, and the distance kernels ask
 * for row i + n while they work on row i.
 * Distances equal to the bound are offered too: such a row may win its tie by a smaller id. */
#include "vector/flat_search.h"

#include <string.h>

enum { EMPTY_WORDS = 8 /* looked at together */ };

/* Set bits; without the processor's instruction for it, which not every one has, but in steps that
 * compilers make several words at once of. */
static inline uint64_t count_bits(uint64_t x)
{
    x -= x >> 1 & UINT64_C(0x5555555555555555);
    x = (x & UINT64_C(0x3333333333333333)) + (x >> 2 & UINT64_C(0x3333333333333333));
    x = (x + (x >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    x += x >> 8;
    x += x >> 16;
    return (x + (x >> 32)) & 127;
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

/* Has one of EMPTY_WORDS words a bit? */
static inline bool has_any(const uint64_t *words)
{
    uint64_t any = 0;
    for (uint32_t i = 0; i < EMPTY_WORDS; i++)
        any |= words[i];
    return any != 0;
}

/* The first word from `at` on that is in a group of words with a bit: where few rows pass the filter, most groups
 * have none. */
static uint32_t skip_empty(const scan_range *range, uint32_t at)
{
    while (((uint64_t)at + EMPTY_WORDS) * 64 <= range->end && !has_any(range->filter->words + at))
        at += EMPTY_WORDS;
    return at;
}

uint32_t scan_range_listed_before(const scan_range *range, uint32_t row)
{
    // Without a branch that nobody could foresee: low of them are known to be.
    uint32_t low = 0;
    for (uint32_t length = range->listed_count, half; length > 0; length -= half) {
        half = (length + 1) / 2;
        low += range->listed[low + half - 1] < row ? half : 0;
    }
    return low;
}

uint32_t scan_range_begin(const scan_range *range)
{
    return range->listed ? scan_range_listed_before(range, range->first) : range->first / 64;
}

static uint32_t take_listed(const scan_range *range, uint32_t *at, uint32_t *rows)
{
    const uint32_t end = scan_range_listed_before(range, range->end);
    const uint32_t count = end - *at < SCRATCH_BATCH ? end - *at : SCRATCH_BATCH;
    memcpy(rows, range->listed + *at, count * sizeof *rows);
    *at += count;
    return count;
}

/* Writes first + i to rows[64] for each bit i of `bits`, in order, and gives how many there are. Several at a time, without
 * a branch between them that nobody could foresee; what is written past the last means nothing. */
static inline uint32_t list_bits(uint64_t bits, uint32_t first, uint32_t *rows)
{
    enum { TOGETHER = 8 };
    const uint32_t count = (uint32_t)count_bits(bits);
    for (; bits; rows += TOGETHER)
        for (uint32_t i = 0; i < TOGETHER; i++) {
            rows[i] = first + (uint32_t)__builtin_ctzll(bits | UINT64_C(1) << 63);
            bits &= bits - 1;
        }
    return count;
}

uint32_t scan_range_take(const scan_range *range, uint32_t *at, uint32_t *rows)
{
    uint32_t count = 0, word = *at;
    if (range->listed) return take_listed(range, at, rows);
    for (; word * 64 < range->end && count <= SCRATCH_BATCH - 64; word++) {
        if (range->filter && word % EMPTY_WORDS == 0) word = skip_empty(range, word);
        if (word * 64 >= range->end) break;
        count += list_bits(bits_of_word(range, word), word * 64, rows + count);
    }
    *at = word;
    return count;
}

static inline void count_group(const uint64_t *live, const uint64_t *filter, uint32_t words,
                               uint64_t *count, uint64_t *halves)
{
    for (uint32_t i = 0; i < words; i++) {
        uint64_t bits = live[i] & filter[i];
        *count += count_bits(bits);
        *halves += (uint64_t)((bits << 32) != 0) + (uint64_t)((bits >> 32) != 0);
    }
}

/* Words that the range has whole; live and filter may be the same. */
static uint32_t count_words(const uint64_t *live, const uint64_t *filter, uint32_t words,
                            uint32_t *blocks)
{
    uint64_t count = 0, halves = 0;
    uint32_t i = 0;
    for (; i + EMPTY_WORDS <= words; i += EMPTY_WORDS)
        if (has_any(filter + i)) count_group(live + i, filter + i, EMPTY_WORDS, &count, &halves);
    count_group(live + i, filter + i, words - i, &count, &halves);
    *blocks += (uint32_t)halves;
    return (uint32_t)count;
}

/* Whether two neighbors are in different blocks is looked at for LOOKED_AT of them, evenly spread. */
static uint32_t count_listed(const scan_range *range, uint32_t *blocks)
{
    enum { LOOKED_AT = 256 };
    const uint32_t begin = scan_range_begin(range);
    const uint32_t end = scan_range_listed_before(range, range->end), count = end - begin;
    if (count == 0) return 0;
    const uint32_t most = (range->end - range->first - 1) / 32 + 1;
    if (range->codes) { // which are read in the order of the list: blocks are hardly a choice
        *blocks = count < most ? count : most;
        return count;
    }
    const uint32_t step = (count - 1) / LOOKED_AT + 1;
    uint32_t looked = 0, apart = 0;
    for (uint32_t i = begin + 1; i < end; i += step, looked++)
        apart += range->listed[i] / 32 != range->listed[i - 1] / 32;
    *blocks = 1 + (looked ? (uint32_t)((uint64_t)apart * (count - 1) / looked) : 0);
    if (*blocks > most) *blocks = most;
    return count;
}

uint32_t scan_range_count_blocks(const scan_range *range, uint32_t *blocks)
{
    uint32_t count = 0, word = range->first / 64, end = range->end / 64;
    *blocks = 0;
    if (range->first >= range->end) return 0;
    if (range->listed) return count_listed(range, blocks);
    if (!range->live && !range->filter) {
        *blocks = (range->end + 31) / 32 - range->first / 32;
        return range->end - range->first;
    }
    // The first word and the last one may be the range's in part.
    for (uint32_t i = 0; i < 2; i++) {
        uint32_t at = i == 0 ? word : end;
        bool is_part = i == 0 ? range->first % 64 != 0 : range->end % 64 != 0;
        if (!is_part || (i == 1 && end == word && range->first % 64 != 0)) continue;
        uint64_t bits = bits_of_word(range, at);
        count += (uint32_t)__builtin_popcountll(bits);
        *blocks += (uint32_t)((bits << 32) != 0) + (uint32_t)((bits >> 32) != 0);
    }
    if (range->first % 64) word++;
    if (word >= end) return count;
    const uint64_t *a = range->live ? range->live->words : range->filter->words;
    const uint64_t *b = range->filter ? range->filter->words : a;
    return count + count_words(a + word, b + word, end - word, blocks);
}

uint32_t scan_range_count(const scan_range *range)
{
    uint32_t blocks;
    return scan_range_count_blocks(range, &blocks);
}

/* Compares the first `count` of the scratch's ids. */
static void compare_batch(const vector_rows *v, const vector_slots *slots, uint32_t count,
                          topk *best, search_scratch *s)
{
    for (uint32_t i = 0; i < count; i++)
        slot_prefetch(slots, s->ids[i]);
    for (uint32_t i = 0; i < count; i++)
        s->slots[i] = slot_of_row(slots, s->ids[i]);
    vector_rows_distances(v, s->query, s->slots, count, s->distances);
    s->distance_count += count;
    float bound = topk_bound(best);
    for (uint32_t i = 0; i < count; i++) {
        if (s->distances[i] > bound) continue;
        (void)topk_offer(best, s->distances[i], s->ids[i]);
        bound = topk_bound(best);
    }
}

kith_status flat_search(const vector_rows *v, const scan_range *range, topk *best,
                        search_scratch *s, const call_limit *limit, kith_error *err)
{
    kith_status status = KITH_OK;
    uint32_t at = scan_range_begin(range), batches = 0;
    for (uint32_t count = 0; status == KITH_OK && (count = scan_range_take(range, &at, s->ids));) {
        compare_batch(v, range->slots, count, best, s);
        if (++batches % SCAN_CHECK_BATCHES == 0) status = call_limit_check(limit, err);
    }
    return status;
}
