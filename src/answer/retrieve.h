/* retrieve.h - a question to the passages that may answer it. */
#ifndef KITH_ANSWER_RETRIEVE_H
#define KITH_ANSWER_RETRIEVE_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"
#include "db/collection.h"
#include "embed/embedder.h"

#include <kith/kith.h>

typedef struct retrieval {
    kith_passage *passages; /* best first; strings in the arena */
    uint32_t count;
    const float *scores;   /* [count] by which they are ordered, larger is better */
    const float *question; /* [dim] the question's vector, in the arena */
    uint32_t dim;
    uint32_t searched; /* points that the filter let through */
    uint64_t sequence; /* of the collection's state that was searched */
    int64_t embed_ns, search_ns;
} retrieval;

typedef struct retrieve_options {
    uint32_t k;
    view where; /* empty: no filter */
    fusion_options fusion;
} retrieve_options;

/* How the passages of a question are ordered. All of them get their nearness to the question, by
 * which support is judged; words alone, or meaning alone, is a weight of nothing for the other. */
fusion_options retrieve_fusion(const kith_ask_options *options);
/* Of a search or a question. KITH_ERR_INVALID: an unknown ranking or fusion, a weight outside
 * 0..1. */
KITH_CHECKED kith_status retrieve_check(kith_ranking ranking, kith_fusion fusion,
                                        float meaning_weight, kith_error *err);

/* Embeds and searches. An empty collection gives no passages. KITH_ERR_MODEL when the collection is
 * pinned to another model, and collection_search's. */
KITH_CHECKED kith_status retrieve(collection *c, embedder *e, view question,
                                  const retrieve_options *options, arena *a, retrieval *out,
                                  kith_error *err);

#endif
