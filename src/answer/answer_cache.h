/* answer_cache.h - answers kept for the same question in the same circumstances.
 *
 * The key holds everything that shapes an answer but the collection's state: the question, the
 * filter, k, the characters sent, the fusion, the embedder's fingerprint, the LLM with its
 * settings, kith's version and a digest of the sources that it was built of, so that no answer
 * outlives what gave it. In the question runs of white space are one space,
 * since no model and no index sees the difference. Case stays, since "us" is not "US". Questions of
 * similar meaning are different keys: a question and its negation have closer vectors than two
 * wordings of one question.
 *
 * A kept answer is never stale. The collection's sequence number, which every change raises, is its
 * generation: retrieval reports the sequence of the state that it searched, and the store keeps the
 * answer only if the collection still has it; and every change of a collection deletes its answers
 * in the same transaction. So a change between search and put loses the answer, and a change after
 * the put deletes it. Answers also end by age and by the limit on bytes, least recently used
 * first. */
#ifndef KITH_ANSWER_ANSWER_CACHE_H
#define KITH_ANSWER_ANSWER_CACHE_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"
#include "store/cached_answers.h"
#include "store/store.h"

#include <kith/kith.h>

typedef struct answer_cache {
    store *store;
    store_answer_limits limits;
} answer_cache;

/* The digest of the sources that decide an answer (tools/source_digest.py). */
const char *answer_cache_sources(void);

/* max_bytes and max_days are limits of all collections together; 0: 64 MiB, 30 days. `s` is
 * borrowed. */
answer_cache answer_cache_of(store *s, uint64_t max_bytes, uint32_t max_days);

/* Writes the key under which an answer is kept. An option that shapes answers must go in here.
 * question  any bytes
 * options   defaults filled in
 * out       in `a`; untouched on failure
 * Any thread.
 * Errors: KITH_ERR_FORMAT (the filter is not JSON), KITH_ERR_LIMIT (question, filter or key of more
 * than 1 MiB), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status answer_cache_key(view question, const kith_ask_options *options,
                                          view embedder_fingerprint, arena *a, view *out,
                                          kith_error *err);

/* Finds the answer of a key, and notes its use (a write).
 * number  the collection's
 * out     in `a`; untouched on failure
 * Any thread.
 * Errors: KITH_ERR_NOT_FOUND (none of this key, too old, or no such collection), KITH_ERR_FORMAT or
 * KITH_ERR_LIMIT (what was kept is no answer), KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status answer_cache_get(const answer_cache *c, uint64_t number, view key,
                                          arena *a, kith_answer *out, kith_error *err);
/* Keeps an answer, unless the collection has changed since `sequence`, which is no failure.
 * number    the collection's
 * sequence  of the collection's state that the answer was composed from
 * Any thread.
 * Errors, after which nothing is kept: KITH_ERR_NOT_FOUND (no such collection), KITH_ERR_LIMIT (the
 * answer has more than ANSWER_JSON_MAX_BYTES), KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status answer_cache_put(const answer_cache *c, uint64_t number, view key,
                                          uint64_t sequence, const kith_answer *answer,
                                          kith_error *err);

#endif
