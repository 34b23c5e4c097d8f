/* answer_cache.h - answers given before, for whoever asks the same of the same.
 * Two questions are the same when their words are: white space is folded, since no model and no
 * index sees it; case and all else stay, since "us" is not "US" and a likeness in meaning tells
 * nothing (a question and its opposite lie closer together than two ways to put one). The same
 * besides: the filter, the passages and characters asked for, the embedder, the LLM with its
 * settings, and the version of kith. The collection's state is the store's to compare. */
#ifndef KITH_ANSWER_ANSWER_CACHE_H
#define KITH_ANSWER_ANSWER_CACHE_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"
#include "store/store.h"

#include <kith/kith.h>

typedef struct answer_cache {
    store *store;
    store_answer_limits limits;
} answer_cache;

/* 0: 64 MiB, 30 days. */
answer_cache answer_cache_of(store *s, uint64_t max_bytes, uint32_t max_days);

/* What an answer is kept under; in `a`. Every option that shapes an answer has to go in here.
 * options  defaults filled in
 * KITH_ERR_FORMAT when the filter is no JSON, which the search will explain better. */
KITH_CHECKED kith_status answer_cache_key(view question, const kith_ask_options *options,
                                          view embedder_fingerprint, arena *a, view *out,
                                          kith_error *err);

/* KITH_ERR_NOT_FOUND; KITH_ERR_CORRUPT and KITH_ERR_FORMAT when it cannot be read. In `a`. */
KITH_CHECKED kith_status answer_cache_get(const answer_cache *c, uint64_t number, view key,
                                          arena *a, kith_answer *out, kith_error *err);
/* `sequence` is that of the state the answer was given from. */
KITH_CHECKED kith_status answer_cache_put(const answer_cache *c, uint64_t number, view key,
                                          uint64_t sequence, const kith_answer *answer,
                                          kith_error *err);

#endif
