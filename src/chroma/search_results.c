/* search_results.c - runs a rank expression against a collection. */
#include "chroma/search_results.h"

#include "base/map.h"
#include "chroma/reply.h"

#include <kith/model.h>
#include <kith/reembed.h>
#include <kith/sparse.h>

/* The ids that the searches of one expression have found, numbered. */
typedef struct found {
    map *numbers;
    const char **ids; /* [room] */
    uint32_t count;
} found;

static bool refuse_memory(serve_call *call)
{
    return refuse(call, 500, "out of memory for the search");
}

static bool number_of(serve_call *call, found *f, const char *id, uint32_t *out)
{
    uint64_t number = f->count;
    if (!map_get(f->numbers, view_of(id), &number)) {
        f->ids[f->count] = arena_copy_text(&call->arena, id);
        if (!f->ids[f->count] || map_put(f->numbers, view_of(id), f->count) != KITH_OK)
            return refuse_memory(call);
        f->count++;
    }
    *out = (uint32_t)number;
    return true;
}

/* Keeps the hits of one search. */
static bool take_hits(serve_call *call, found *f, rank_knn *knn, const kith_hits *hits)
{
    knn->points = arena_new_array(&call->arena, uint32_t, hits->count);
    knn->distances = arena_new_array(&call->arena, float, hits->count);
    if (!knn->points || !knn->distances) return refuse_memory(call);
    for (size_t i = 0; i < hits->count; i++) {
        if (!number_of(call, f, hits->hits[i].id, &knn->points[i])) return false;
        knn->distances[i] = hits->hits[i].distance;
    }
    knn->count = (uint32_t)hits->count;
    return true;
}

/* Chroma's clients embed a text themselves; one that does not has it embedded here. */
static bool embed_text(serve_call *call, const scope *s, rank_knn *knn)
{
    kith_error err = {0};
    kith_embeddings *vectors = NULL;
    if (knn->vector || knn->key) return true;
    kith_embedder *e = NULL;
    kith_status status = kith_collection_embedder(s->k, s->name, &e, &err);
    if (status == KITH_ERR_MODEL && !call->embedder)
        return refuse(call, 400,
                      "rank.$knn.query is a text, and this server has no model to embed it");
    if (status != KITH_OK) return scope_refuse(call, s, &err);
    const kith_embed_options options = {.size = sizeof options, .call = &call->call};
    if (kith_embed_as(e, KITH_AS_QUESTION, &knn->text, 1, &options, &vectors, &err) != KITH_OK)
        return refuse_error(call, &err);
    knn->is_cut = vectors->truncated[0];
    float *vector = arena_new_array(&call->arena, float, vectors->dimension);
    if (vector) memcpy(vector, vectors->vectors, vectors->dimension * sizeof *vector);
    knn->vector = vector;
    knn->dimension = vectors->dimension;
    kith_embeddings_free(vectors);
    return vector || refuse_memory(call);
}

static bool search_sparse(serve_call *call, const scope *s, const char *filter, const rank_knn *knn,
                          kith_hits **out)
{
    kith_error err = {0};
    const kith_sparse_query query = {.size = sizeof query,
                                     .field = knn->key,
                                     .indices = knn->sparse.indices,
                                     .values = knn->sparse.values,
                                     .count = knn->sparse.count,
                                     .idf = knn->idf,
                                     .k = knn->limit,
                                     .where = filter,
                                     .allow_unknown_fields = true,
                                     .call = &call->call,
                                     .without_content = true,
                                     .without_metadata = true};
    return kith_search_sparse(s->k, s->name, &query, out, &err) == KITH_OK ||
           scope_refuse(call, s, &err);
}

static bool search_dense(serve_call *call, const scope *s, const char *filter, const rank_knn *knn,
                         kith_hits **out)
{
    kith_error err = {0};
    const kith_query query = {.size = sizeof query,
                              .vector = knn->vector,
                              .dimension = knn->dimension,
                              .k = knn->limit,
                              .where = filter,
                              .ranking = KITH_RANK_MEANING,
                              .allow_unknown_fields = true,
                              .call = &call->call,
                              .without_content = true,
                              .without_metadata = true};
    return kith_search(s->k, s->name, &query, out, &err) == KITH_OK ||
           scope_refuse_search(call, s, knn->dimension, &err);
}

static bool run_knn(serve_call *call, const scope *s, const char *filter, rank_knn *knn, found *f)
{
    kith_hits *hits = NULL;
    if (!embed_text(call, s, knn)) return false;
    if (!(knn->key ? search_sparse(call, s, filter, knn, &hits)
                   : search_dense(call, s, filter, knn, &hits)))
        return false;
    const bool fine = take_hits(call, f, knn, hits);
    kith_hits_free(hits);
    return fine;
}

static bool score(serve_call *call, const rank_expression *rank, const found *f, ranked **out,
                  uint32_t *count)
{
    rank_value value;
    *out = arena_new_array(&call->arena, ranked, f->count);
    *count = 0;
    if (!*out || !rank_evaluate(rank, f->count, &call->arena, &value)) return refuse_memory(call);
    for (uint32_t i = 0; i < f->count; i++)
        if (value.scored[i]) (*out)[(*count)++] = (ranked){f->ids[i], value.scores[i], i};
    ranked_sort(*out, *count);
    return true;
}

bool search_results_find(serve_call *call, const scope *s, const search_request *request,
                         ranked **out, uint32_t *count)
{
    size_t room = 0;
    for (const rank_knn *knn = request->rank.knns; knn; knn = knn->next)
        room += knn->limit;
    found f = {.numbers = map_new(), .ids = arena_new_array(&call->arena, const char *, room)};
    bool fine = f.numbers && f.ids;
    if (!fine) (void)refuse_memory(call);
    for (rank_knn *knn = request->rank.knns; fine && knn; knn = knn->next)
        fine = run_knn(call, s, request->filter, knn, &f);
    fine = fine && score(call, &request->rank, &f, out, count);
    if (fine && request->groups.key_count > 0)
        fine = search_groups_keep(call, s, &request->groups, *out, count);
    map_free(f.numbers);
    return fine;
}
