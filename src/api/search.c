/* search.c - queries by text or vector. */
#include "api/handle.h"
#include "db/collection.h"
#include "os/clock.h"

#include <stdlib.h>

enum { DEFAULT_K = 10 };

/* The query's vector: given, or embedded; *owned is to be freed. */
static kith_status query_vector(kith *k, collection *c, const kith_query *q, const float **vector,
                                uint32_t *dim, float **owned, kith_error *err)
{
    if (q->vector) {
        *vector = q->vector;
        *dim = q->dimension;
        return KITH_OK;
    }
    if (!q->text || view_trim(view_of(q->text)).size == 0)
        return fail(err, KITH_ERR_INVALID, "the query is empty");
    kith_status status = require_embedder(k, err);
    if (status == KITH_OK)
        status =
            collection_check_model(c, view_of(embedder_describe(k->embedder).fingerprint), 0, err);
    if (status == KITH_OK)
        status = embedder_embed_one(k->embedder, view_of(q->text), owned, dim, err);
    *vector = *owned;
    return status;
}

static kith_status make_hits(const collection_hits *found, arena *a, kith_hits *out,
                             kith_error *err)
{
    kith_hit *hits = arena_new_array(a, kith_hit, found->count);
    if (!hits) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u hits", found->count);
    for (uint32_t i = 0; i < found->count; i++) {
        const store_point *p = &found->points[i];
        hits[i] = (kith_hit){
            .id = arena_copy(a, p->key).data,
            .document = p->document.size ? arena_copy(a, p->document).data : NULL,
            .content = p->content.data ? arena_copy(a, p->content).data : NULL,
            .metadata = arena_copy(a, p->metadata.size ? p->metadata : VIEW("{}")).data,
            .distance = found->ranks[i].distance,
        };
    }
    out->count = found->count;
    out->hits = hits;
    out->plan = found->plan.kind;
    out->distances = found->plan.distances;
    out->matching = found->plan.matching;
    out->search_ms = (double)found->search_ns / 1e6;
    out->fetch_ms = (double)found->fetch_ns / 1e6;
    return a->exhausted ? fail(err, KITH_ERR_NO_MEMORY, "out of memory for hits") : KITH_OK;
}

static kith_status search_in(kith *k, collection *c, const kith_query *q, arena *a, kith_hits *out,
                             kith_error *err)
{
    collection_query query = {
        .k = q->k ? q->k : DEFAULT_K,
        .ef = q->ef,
        .exact = q->exact,
        .where = optional_view(q->where),
        .with = STORE_WITH_CONTENT | STORE_WITH_METADATA,
    };
    float *owned = NULL;
    collection_hits found = {0};
    int64_t start = clock_monotonic_ns();
    kith_status status = query_vector(k, c, q, &query.vector, &query.dim, &owned, err);
    int64_t embed_ns = clock_monotonic_ns() - start;
    out->embed_ms = (double)embed_ns / 1e6;
    if (status == KITH_OK) status = collection_search(c, &query, a, &found, err);
    if (status == KITH_OK) status = make_hits(&found, a, out, err);
    if (status == KITH_OK && owned) metrics_time(k->metrics, METRICS_EMBED, embed_ns);
    if (status == KITH_OK)
        metrics_time(k->metrics, METRICS_SEARCH, found.search_ns + found.fetch_ns);
    free(owned);
    return status;
}

kith_status kith_search(kith *k, const char *name, const kith_query *query, kith_hits **out,
                        kith_error *err)
{
    arena *memory = NULL;
    kith_hits *result = result_new(sizeof *result, &memory, err);
    if (!result) return KITH_ERR_NO_MEMORY;
    collection *c = NULL;
    kith_status status = database_acquire_collection(k->database, view_of(name), &c, err);
    metrics_count(k->metrics, METRICS_SEARCHES, 1);
    if (status == KITH_OK) status = search_in(k, c, query, memory, result, err);
    collection_release(c);
    if (status == KITH_OK)
        *out = result;
    else
        result_free(result);
    return count_call(k, status);
}

void kith_hits_free(kith_hits *hits)
{
    result_free(hits);
}
