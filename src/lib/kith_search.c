/* kith_search.c - queries by text, vector or sparse vector. */
#include "answer/retrieve.h"
#include "base/size.h"
#include "db/collection.h"
#include "fields/sparse_search.h"
#include "lib/handle.h"
#include "lib/options.h"
#include "os/clock.h"

#include <kith/search.h>
#include <kith/sparse.h>
#include <math.h>
#include <stdlib.h>

_Static_assert((int)KITH_SPARSE_MAX == (int)SPARSE_VECTOR_MAX, "one limit under two names");

enum { DEFAULT_K = 10, DEFAULT_RERANK_DEPTH = 50, DEFAULT_RERANK_MS = 500 };

static kith_ranking ranking_of(const kith_query *q)
{
    if (q->ranking != KITH_RANK_DEFAULT) return q->ranking;
    return q->text ? KITH_RANK_BOTH : KITH_RANK_MEANING;
}

static kith_status validate_reranker(const kith_reranker *r, bool has_text, kith_error *err)
{
    if (!r->score) return fail(err, KITH_ERR_INVALID, "a reranker needs a function");
    if (!has_text) return fail(err, KITH_ERR_INVALID, "reranking needs a text");
    if (r->depth > KITH_K_MAX)
        return fail(err, KITH_ERR_INVALID, "rerank depth is %u, allowed are 0 to %d", r->depth,
                    KITH_K_MAX);
    return KITH_OK;
}

static kith_status validate_query(const kith_query *q, kith_error *err)
{
    bool has_text = q->text && view_trim(view_of(q->text)).size > 0;
    kith_status status = retrieve_check(q->ranking, q->fusion, q->meaning_weight, err);
    if (status != KITH_OK) return status;
    if (!has_text && (q->text || !q->vector))
        return fail(err, KITH_ERR_INVALID, "the query is empty");
    if (!has_text && ranking_of(q) != KITH_RANK_MEANING)
        return fail(err, KITH_ERR_INVALID, "ranking by words needs a text");
    return q->rerank ? validate_reranker(q->rerank, has_text, err) : KITH_OK;
}

/* Puts the query's vector into `out`: the caller's, or the embedded text, which is then in *owned
 * too and must be freed. *cut: the model did not read all of it. */
static kith_status query_vector(kith *k, collection *c, const kith_query *q, collection_query *out,
                                float **owned, bool *cut, kith_error *err)
{
    out->vector = q->vector;
    out->dim = q->dimension;
    if (q->vector) return KITH_OK;
    embedder *e = NULL;
    kith_status status = choose_embedder(k, c, &e, err);
    if (status == KITH_OK)
        status = collection_check_model(c, view_of(embedder_describe(e).fingerprint), 0, err);
    if (status == KITH_OK)
        status = embedder_embed_one(e, view_of(q->text), out->limit, owned, &out->dim, err);
    // Only now a remote model is known by more than its name.
    if (status == KITH_OK && !embedder_counts_tokens(e))
        status = collection_check_model(c, view_of(embedder_model(e)), out->dim, err);
    if (status == KITH_OK) *cut = embedder_cuts_question(e, view_of(q->text), out->limit);
    out->vector = *owned;
    return status;
}

static kith_matched_word *make_matched(const hit_detail *detail, arena *a)
{
    kith_matched_word *matched = arena_new_array(a, kith_matched_word, detail->word_count);
    for (uint32_t i = 0; matched && i < detail->word_count; i++)
        matched[i] = (kith_matched_word){.word = arena_copy(a, detail->words[i].word).data,
                                         .score = detail->words[i].score};
    return matched;
}

/* By meaning alone the order is that of the distances. A distance of 0, but for the rounding of a product of two vectors of
 * length 1, is the best there is, which as a score would read as nothing.
 * zero_is_best  no distance is below 0: they are no inner products */
static float score_of(const fusion_candidate *rank, bool zero_is_best)
{
    const float rounding = 1e-6F;
    const bool is_perfect = zero_is_best && rank->score == -rank->distance &&
                            fabsf(rank->distance) <= rounding &&
                            fabsf(rank->meaning_part) <= rounding;
    return is_perfect ? 1.0F - rank->distance : rank->score;
}

/* How the vectors were compared, for `explain`. NULL: they were not, or out of memory. */
static const kith_search_plan *make_plan(const collection_hits *found, double target, arena *a)
{
    static const char *const sources[RECALL_SOURCES] = {
        [RECALL_DEFAULT] = "default",
        [RECALL_EF] = "ef",
        [RECALL_EXACT] = "exact",
        [RECALL_ROWS] = "measured",
        [RECALL_ASKED] = "searches",
        [RECALL_UNMEASURED] = "not measured yet",
        [RECALL_BEYOND] = "beyond the graph",
    };
    static const char *const names[VECTOR_STRATEGIES] = {
        [VECTOR_SCAN] = "scan",   [VECTOR_SCAN_CODES] = "scan of codes",
        [VECTOR_WALK] = "walk",   [VECTOR_WALK_TWO_HOPS] = "two hops",
        [VECTOR_LISTS] = "lists",
    };
    const vector_search_plan *plan = &found->plan;
    if (plan->expected_ns[VECTOR_SCAN] == 0) return NULL; // by words, by sparse vectors, or empty
    kith_search_plan *made = arena_new_array(a, kith_search_plan, 1);
    kith_search_strategy *list = arena_new_array(a, kith_search_strategy, VECTOR_STRATEGIES - 1);
    if (!made || !list) return NULL;
    for (int i = VECTOR_SCAN; i < VECTOR_STRATEGIES; i++) {
        float ns = plan->expected_ns[i];
        list[i - 1] = (kith_search_strategy){names[i], isinf(ns) ? (double)NAN : (double)ns / 1e3};
    }
    *made = (kith_search_plan){.kind = plan->kind,
                               .matching = plan->matching,
                               .points = found->points_live,
                               .hops = plan->hops,
                               .admitted = plan->admitted,
                               .estimates = plan->estimates,
                               .distances = plan->distances,
                               .candidates = plan->candidates,
                               .rounds = found->rounds,
                               .strategy_count = VECTOR_STRATEGIES - 1,
                               .strategies = list,
                               .ef = found->ef,
                               .ef_source = sources[found->recall],
                               .target_recall = target,
                               .filter_us = (double)found->filter_ns / 1e3,
                               .vectors_us = (double)found->vectors_ns / 1e3,
                               .words_us = (double)found->words_ns / 1e3,
                               .lists = plan->lists,
                               .lists_of = plan->lists_of,
                               .reads = plan->reads,
                               .bytes_read = plan->bytes_read};
    return made;
}

/* The points were read into the arena of the result, each text with a NUL behind it. */
static kith_status make_hits(const kith_query *q, const collection_hits *found, bool zero_is_best,
                             arena *a, kith_hits *out, kith_error *err)
{
    kith_hit *hits = arena_new_array(a, kith_hit, found->count);
    kith_status status =
        q->with_vectors ? store_require_vectors(found->points, found->count, err) : KITH_OK;
    if (status != KITH_OK) return status;
    const float **vectors =
        q->with_vectors ? arena_new_array(a, const float *, found->count) : NULL;
    if (a->exhausted)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u hits", found->count);
    for (uint32_t i = 0; i < found->count; i++) {
        const store_point *p = &found->points[i];
        const fusion_candidate *rank = &found->ranks[i];
        if (vectors) vectors[i] = p->vector;
        hits[i] = (kith_hit){
            .id = p->key.data,
            .document = p->document.size ? p->document.data : NULL,
            .content = q->without_content ? NULL : p->content.data,
            .metadata = q->without_metadata ? NULL
                        : p->metadata.size  ? p->metadata.data
                                            : "{}",
            .distance = rank->distance,
            .words = rank->words,
            .score = score_of(rank, zero_is_best),
            .meaning_rank = isnan(rank->distance) ? 0 : rank->meaning_rank,
            .words_rank = rank->words_rank,
            .meaning_part = rank->meaning_part,
            .words_part = rank->words_part,
            .rerank = found->details[i].rerank,
            .matched_count = found->details[i].word_count,
            .matched = make_matched(&found->details[i], a),
        };
    }
    out->count = found->count;
    out->hits = hits;
    out->vectors = vectors;
    out->plan = found->plan.kind;
    out->distances = found->plan.distances;
    out->matching = found->plan.matching;
    out->words_scored = found->words_scored;
    out->chunks = found->points_live;
    out->waiting = found->waiting;
    out->reranked = found->reranked;
    out->explained = q->explain ? make_plan(found, q->target_recall, a) : NULL;
    out->rerank_ms = (double)found->rerank_ns / 1e6;
    out->search_ms = (double)found->search_ns / 1e6;
    out->fetch_ms = (double)found->fetch_ns / 1e6;
    return a->exhausted ? fail(err, KITH_ERR_NO_MEMORY, "out of memory for hits") : KITH_OK;
}

static reranker make_reranker(const kith_query *q)
{
    const kith_reranker *r = q->rerank;
    return (reranker){.query = q->text,
                      .score = r->score,
                      .context = r->context,
                      .depth = r->depth ? r->depth : (uint32_t)size_max(DEFAULT_RERANK_DEPTH, q->k),
                      .budget_ms = r->budget_ms ? r->budget_ms : DEFAULT_RERANK_MS};
}

/* What is read of each hit. A reranker reads the text whoever wants it. */
static unsigned parts_of(const kith_query *q)
{
    unsigned with = q->with_vectors ? STORE_WITH_VECTOR : 0U;
    if (!q->without_content || q->rerank) with |= STORE_WITH_CONTENT;
    if (!q->without_metadata) with |= STORE_WITH_METADATA;
    return with;
}

/* Of the vectors that were read: the query's, or, by words alone, what the store says. */
static kith_status find_dimension(collection *c, const collection_query *q, kith_hits *out,
                                  kith_error *err)
{
    arena memory;
    store_collection description = {.dim = q->dim};
    arena_init(&memory, 0);
    kith_status status = q->dim == 0 ? collection_describe(c, &memory, &description, err) : KITH_OK;
    if (status == KITH_OK) out->dimension = description.dim;
    arena_done(&memory);
    return status;
}

/* Runs the query, whose options are those of `q` as far as they say what is wanted of a hit. */
static kith_status run_query(kith *k, collection *c, const kith_query *q,
                             const collection_query *query, arena *a, kith_hits *out,
                             kith_error *err)
{
    collection_hits found = {0};
    const bool zero_is_best = !query->sparse && collection_metric(c) != KITH_INNER_PRODUCT;
    kith_status status = collection_search(c, query, a, &found, err);
    if (status == KITH_OK) status = make_hits(q, &found, zero_is_best, a, out, err);
    if (status == KITH_OK && q->with_vectors) status = find_dimension(c, query, out, err);
    if (status == KITH_OK) status = call_limit_check_bytes(query->limit, a->used, err);
    if (status == KITH_OK)
        metrics_time(k->metrics, METRICS_SEARCH,
                     found.search_ns + found.fetch_ns + found.rerank_ns);
    return status;
}

static kith_status search_in(kith *k, collection *c, const kith_query *q, const call_limit *limit,
                             arena *a, kith_hits *out, kith_error *err)
{
    kith_ranking ranking = ranking_of(q);
    collection_query query = {
        .words = ranking == KITH_RANK_MEANING ? (view){NULL, 0} : view_of(q->text),
        .fusion = {.method = q->fusion == KITH_FUSE_RANKS ? FUSION_RANKS : FUSION_SCORES,
                   .meaning_weight =
                       q->meaning_weight > 0 ? q->meaning_weight : FUSION_MEANING_WEIGHT},
        .k = q->k ? q->k : DEFAULT_K,
        .ef = q->ef,
        .exact = q->exact,
        .target_recall = q->target_recall,
        .where = optional_view(q->where),
        .allow_unknown_fields = q->allow_unknown_fields,
        .with = parts_of(q),
        .diversity = q->diversity,
        .per_document = q->per_document,
        .explain = q->explain,
        .limit = limit,
    };
    reranker second = {0};
    if (q->rerank) {
        second = make_reranker(q);
        query.rerank = &second;
    }
    out->meaning_weight = ranking == KITH_RANK_BOTH      ? query.fusion.meaning_weight
                          : ranking == KITH_RANK_MEANING ? 1.0F
                                                         : 0.0F;
    float *owned = NULL;
    // Each look at a clock takes a hundredth of a short search.
    const bool is_embedded = ranking != KITH_RANK_WORDS && !q->vector;
    const int64_t start = is_embedded ? clock_monotonic_ns() : 0;
    kith_status status = ranking == KITH_RANK_WORDS
                             ? KITH_OK
                             : query_vector(k, c, q, &query, &owned, &out->text_cut, err);
    const int64_t embed_ns = is_embedded ? clock_monotonic_ns() - start : 0;
    out->embed_ms = (double)embed_ns / 1e6;
    if (status == KITH_OK) status = run_query(k, c, q, &query, a, out, err);
    if (status == KITH_OK && owned) metrics_time(k->metrics, METRICS_EMBED, embed_ns);
    free(owned);
    return status;
}

kith_status kith_search(kith *k, const char *name, const kith_query *given, kith_hits **out,
                        kith_error *err)
{
    kith_query query;
    kith_reranker second;
    call_limit room;
    const call_limit *limit = NULL;
    arena *memory = NULL;
    kith_hits *result = result_new(sizeof *result, &memory, err);
    if (!result) return KITH_ERR_NO_MEMORY;
    collection *c = NULL;
    kith_status status = options_adopt(&OPTIONS_SHAPE(kith_query), given, &query, err);
    if (status == KITH_OK && query.rerank) {
        status = options_adopt(&OPTIONS_SHAPE(kith_reranker), query.rerank, &second, err);
        query.rerank = &second;
    }
    if (status == KITH_OK) status = options_begin_call(query.call, &room, &limit, err);
    if (status == KITH_OK) status = validate_query(&query, err);
    if (status == KITH_OK)
        status = database_acquire_collection(k->database, view_of(name), &c, err);
    metrics_count(k->metrics, METRICS_SEARCHES, 1);
    if (status == KITH_OK) status = search_in(k, c, &query, limit, memory, result, err);
    status = collection_explain_missing(c, status, err);
    database_release_collection(c);
    return count_call(k, RESULT_END(status, result, out));
}

static kith_status search_sparse_in(kith *k, collection *c, const kith_sparse_query *given,
                                    const call_limit *limit, arena *a, kith_hits *out,
                                    kith_error *err)
{
    const kith_query q = {.with_vectors = given->with_vectors,
                          .without_content = given->without_content,
                          .without_metadata = given->without_metadata};
    const sparse_query sparse = {
        .field = view_of(given->field),
        .vector = {.indices = given->indices, .values = given->values, .count = given->count},
        .idf = given->idf};
    const collection_query query = {.sparse = &sparse,
                                    .k = given->k ? given->k : DEFAULT_K,
                                    .where = optional_view(given->where),
                                    .allow_unknown_fields = given->allow_unknown_fields,
                                    .with = parts_of(&q),
                                    .limit = limit};
    out->meaning_weight = 1.0F;
    return run_query(k, c, &q, &query, a, out, err);
}

kith_status kith_search_sparse(kith *k, const char *name, const kith_sparse_query *given,
                               kith_hits **out, kith_error *err)
{
    kith_sparse_query query;
    call_limit room;
    const call_limit *limit = NULL;
    arena *memory = NULL;
    kith_hits *result = result_new(sizeof *result, &memory, err);
    if (!result) return KITH_ERR_NO_MEMORY;
    collection *c = NULL;
    kith_status status = options_adopt(&OPTIONS_SHAPE(kith_sparse_query), given, &query, err);
    if (status == KITH_OK) status = options_begin_call(query.call, &room, &limit, err);
    if (status == KITH_OK && (!query.field || (query.count && (!query.indices || !query.values))))
        status = fail(err, KITH_ERR_INVALID, "a sparse query needs a field, indices and values");
    if (status == KITH_OK)
        status = database_acquire_collection(k->database, view_of(name), &c, err);
    metrics_count(k->metrics, METRICS_SEARCHES, 1);
    if (status == KITH_OK) status = search_sparse_in(k, c, &query, limit, memory, result, err);
    status = collection_explain_missing(c, status, err);
    database_release_collection(c);
    return count_call(k, RESULT_END(status, result, out));
}

void kith_hits_free(kith_hits *hits)
{
    result_free(hits);
}
