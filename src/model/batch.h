/* batch.h - the tokens of several texts, and the packs of whole texts that the network runs at
 * once. */
#ifndef KITH_MODEL_BATCH_H
#define KITH_MODEL_BATCH_H

#include "base/status.h"
#include "model/bert.h"

#include <stddef.h>
#include <stdint.h>

/* The tokens of a pack, except that a longer text is a pack of its own. The kernels are at their peak from
 * 64 rows on, but all weights pass through the caches for each pack, which costs more than the activations'
 * leaving the second cache: on a busy machine 256 rows are 1.13 x as fast as 128 with tiles, and 1.09 x with
 * int8 in vectors, both with a second cache of 2 MiB; with one of 1 MiB (Zen 4) 0.97 to 1.01 x. */
enum { BATCH_PACK_TOKENS = 256 };

typedef struct batch_text {
    uint32_t *ids;   /* [length], in batch.ids */
    uint32_t length; /* 1 <= length <= max_tokens */
    uint32_t number; /* the text's place in the caller's order, which the sorting changes */
} batch_text;

/* Texts [first, first + count) of batch.texts, count >= 1. */
typedef struct batch_pack {
    uint32_t first, count;
} batch_pack;

/* Used again for each wave of texts. It has two states: after batch_init, and again after each
 * batch_put, `texts` is in the caller's order; after batch_cut it is sorted, and `packs` is
 * valid. */
typedef struct batch {
    uint32_t capacity;               /* texts that there is room for */
    uint32_t max_tokens;             /* of one text */
    uint32_t *ids;                   /* [capacity][max_tokens] */
    batch_text *texts;               /* [capacity] */
    const uint32_t **run_ids;        /* [capacity], texts[i].ids: as bert_batch takes them */
    uint32_t *run_lengths;           /* [capacity], texts[i].length */
    batch_pack *packs;               /* [capacity] */
    uint32_t text_count, pack_count; /* of the last batch_cut */
    uint64_t budget;                 /* tokens of a pack of several texts, in the last batch_cut */
} batch;

/* Makes room for `capacity` texts of up to `max_tokens` tokens, both >= 1.
 * Error: KITH_ERR_NO_MEMORY; batch_done may be called, and need not. */
KITH_CHECKED kith_status batch_init(batch *b, uint32_t capacity, uint32_t max_tokens,
                                    kith_error *err);
/* Frees the room; a zeroed batch is allowed. */
void batch_done(batch *b);

/* The room for the ids of text `number` < capacity: [max_tokens]. Any thread. */
uint32_t *batch_ids(const batch *b, uint32_t number);
/* Says that text `number` has `length` tokens, now in batch_ids(b, number). Threads may put texts
 * of different numbers at the same time. */
void batch_put(batch *b, uint32_t number, uint32_t length);

/* Sorts texts [0, count), the longest first, and cuts them into packs for `workers` threads; count
 * and workers >= 1, and each of those texts was put since the last cut. Returns the number of
 * packs. No other thread may use the batch meanwhile. */
uint32_t batch_cut(batch *b, uint32_t count, uint32_t workers);

/* Pack i of the last batch_cut as the network takes it; borrowed from the batch. Any thread. */
bert_batch batch_pack_run(const batch *b, uint32_t i);

/* NULL when the last batch_cut put each text in exactly one pack, the longest texts first, and kept
 * every pack of several texts within the budget; else what is wrong. For tests; O(texts). */
const char *batch_check(const batch *b);

#endif
