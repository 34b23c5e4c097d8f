/* cached_answers.h - answers given before, kept for whoever asks the same again.
 *
 * What store.h says of promise, threads, memory and codes holds here too. */
#ifndef KITH_STORE_CACHED_ANSWERS_H
#define KITH_STORE_CACHED_ANSWERS_H

#include "store/store.h"

typedef struct store_answer {
    view key;          /* all that shaped the answer, but the collection and its state */
    view answer;       /* as the caller writes it */
    uint64_t sequence; /* the collection's, when the answer was composed */
} store_answer;

/* Limits of all answers of all collections together. */
typedef struct store_answer_limits {
    uint64_t bytes; /* above it the least recently used are deleted */
    int64_t age_ms; /* older ones are not found, and deleted when another is put */
} store_answer_limits;

/* Keeps an answer in place of the one of its key. It is not kept, which is no failure, when the
 * collection has changed since the answer was composed, or when it is larger than the limit by
 * itself. Every change of a collection deletes its answers in the same transaction, so that none
 * quotes what was deleted.
 * Errors: KITH_ERR_NOT_FOUND (no such collection), KITH_ERR_LIMIT, KITH_ERR_IO, KITH_ERR_FULL,
 * KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY; no answer is kept or deleted. */
KITH_CHECKED kith_status store_put_answer(store *s, uint64_t collection, const store_answer *answer,
                                          const store_answer_limits *limits, int64_t now_ms,
                                          kith_error *err);
/* Finds the answer of this key, and notes the use, to the minute: that note is a write.
 * Errors: KITH_ERR_NOT_FOUND (none of this key, too old, or no such collection), KITH_ERR_IO,
 * KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY; also when only the note of
 * the use failed. */
KITH_CHECKED kith_status store_get_answer(store *s, uint64_t collection, view key,
                                          const store_answer_limits *limits, int64_t now_ms,
                                          arena *a, view *answer, kith_error *err);
/* How many are kept, and the bytes that count against the limit.
 * Errors: KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status store_answer_totals(store *s, uint64_t *count, uint64_t *bytes,
                                             kith_error *err);

#endif
