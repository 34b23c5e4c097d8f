/* batch.c - how texts are shared out among threads.
 *
 * A pack is a group of whole texts that one thread runs through the network at once. Two
 * aims decide its size. Products are slow below some 64 rows, so short texts should run together.
 * And the call ends with its last pack, so no thread should still have a large one when the others
 * are idle. Hence:
 *
 *   - texts are sorted with the longest first, and packs are cut in this order: the long packs
 *     start first, and the short ones at the end fill the gaps between the threads;
 *   - a pack takes texts as long as they fit its budget, BATCH_PACK_TOKENS tokens, or a thread's
 *     even share of all tokens when that is less;
 *   - a text above the budget is a pack of its own. No text is ever divided: attention needs all of
 *     it.
 *
 * Invariant: after a cut each text is in exactly one pack. The packs are consecutive, disjoint and
 * together cover [0, text_count), and each number 0..text_count-1 occurs once (batch_check).
 *
 * Where the cuts fall cannot be seen in a vector: bert_run gives a text the same bits in any
 * batch. */
#include "model/batch.h"

#include "base/bitset.h"
#include "base/size.h"

#include <stdlib.h>

kith_status batch_init(batch *b, uint32_t capacity, uint32_t max_tokens, kith_error *err)
{
    size_t texts = capacity, ids = 0;
    *b = (batch){.capacity = capacity, .max_tokens = max_tokens};
    if (!size_mul(texts, max_tokens, &ids))
        return fail(err, KITH_ERR_NO_MEMORY, "embedding %zu texts overflows", texts);
    b->ids = heap_new_array(ids, sizeof *b->ids);
    b->texts = heap_new_array(texts, sizeof *b->texts);
    b->run_ids = heap_new_array(texts, sizeof *b->run_ids);
    b->run_lengths = heap_new_array(texts, sizeof *b->run_lengths);
    b->packs = heap_new_array(texts, sizeof *b->packs);
    if (b->ids && b->texts && b->run_ids && b->run_lengths && b->packs) return KITH_OK;
    batch_done(b);
    return fail(err, KITH_ERR_NO_MEMORY, "no memory to embed %zu texts", texts);
}

void batch_done(batch *b)
{
    free(b->ids);
    free(b->texts);
    free(b->run_ids);
    free(b->run_lengths);
    free(b->packs);
    *b = (batch){0};
}

uint32_t *batch_ids(const batch *b, uint32_t number)
{
    return b->ids + (size_t)number * b->max_tokens;
}

void batch_put(batch *b, uint32_t number, uint32_t length)
{
    CHECK(number < b->capacity && length >= 1 && length <= b->max_tokens);
    b->texts[number] = (batch_text){batch_ids(b, number), length, number};
}

/* A total order, by the number last: qsort is not stable, and the cut should not depend on it. */
static int longest_first(const void *a, const void *b)
{
    const batch_text *x = a, *y = b;
    if (x->length != y->length) return x->length > y->length ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

/* A thread's even share of the tokens, BATCH_PACK_TOKENS at most. */
static uint64_t pack_budget(const batch *b, uint32_t workers)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < b->text_count; i++)
        total += b->texts[i].length;
    uint64_t share = (total + workers - 1) / workers;
    return share < BATCH_PACK_TOKENS ? share : BATCH_PACK_TOKENS;
}

uint32_t batch_cut(batch *b, uint32_t count, uint32_t workers)
{
    CHECK(count >= 1 && count <= b->capacity && workers >= 1);
    qsort(b->texts, count, sizeof *b->texts, longest_first);
    b->text_count = count;
    b->pack_count = 0;
    b->budget = pack_budget(b, workers);
    uint64_t filled = 0;
    for (uint32_t i = 0; i < count; i++) {
        const batch_text *t = &b->texts[i];
        b->run_ids[i] = t->ids;
        b->run_lengths[i] = t->length;
        if (b->pack_count == 0 || filled + t->length > b->budget) {
            b->packs[b->pack_count++] = (batch_pack){.first = i};
            filled = 0;
        }
        b->packs[b->pack_count - 1].count++;
        filled += t->length;
    }
    DCHECK(batch_check(b) == NULL);
    return b->pack_count;
}

bert_batch batch_pack_run(const batch *b, uint32_t i)
{
    CHECK(i < b->pack_count);
    const batch_pack *p = &b->packs[i];
    return (bert_batch){b->run_ids + p->first, b->run_lengths + p->first, p->count};
}

static const char *check_texts(const batch *b)
{
    bitset *seen = bitset_new(b->capacity);
    if (!seen) return "no memory to check the texts";
    const char *fault = NULL;
    for (uint32_t i = 0; !fault && i < b->text_count; i++) {
        const batch_text *t = &b->texts[i];
        if (t->number >= b->text_count || bitset_has(seen, t->number))
            fault = "a text is there twice";
        else if (t->ids != batch_ids(b, t->number) || t->length < 1 || t->length > b->max_tokens)
            fault = "a text does not have its own ids";
        else if (b->run_ids[i] != t->ids || b->run_lengths[i] != t->length)
            fault = "the network's ids and lengths are not the texts'";
        else if (i > 0 && b->texts[i - 1].length < t->length)
            fault = "a longer text follows a shorter one";
        else
            bitset_set(seen, t->number);
    }
    bitset_free(seen);
    return fault;
}

const char *batch_check(const batch *b)
{
    const char *fault = check_texts(b);
    uint32_t next = 0;
    for (uint32_t i = 0; !fault && i < b->pack_count; i++) {
        const batch_pack *p = &b->packs[i];
        if (p->first != next || p->count < 1 || p->count > b->text_count - next)
            return "the packs do not follow one another";
        uint64_t tokens = 0;
        for (uint32_t t = p->first; t < p->first + p->count; t++)
            tokens += b->texts[t].length;
        if (p->count > 1 && tokens > b->budget)
            return "a pack of several texts is above its budget";
        next += p->count;
    }
    if (!fault && next != b->text_count) fault = "a text is in no pack";
    return fault;
}
