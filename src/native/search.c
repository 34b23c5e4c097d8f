/* search.c - see search.h. */
#include "native/search.h"

#include "native/entry.h"
#include "serve/error_object.h"
#include "serve/hit_json.h"
#include "serve/meaning.h"
#include "serve/request_check.h"

#include <kith/recall.h>
#include <kith/search.h>

/* The most hits that a request may have reranked: each costs a run of a network. */
enum { RERANK_MAX = 1000, EF_MAX = 10000 };

/* ---- shapes ---- */

const char *const ranking_names[] = {"default", "meaning", "words", "both", NULL};

static const shape_member request_members[] = {
    {"query", false, {SHAPE_TEXT, .min = 1, .max = 1 << 20}, "a text; this or a vector"},
    {"vector",
     false,
     {SHAPE_LIST, .min = 1, .max = KITH_DIMENSION_MAX, .element = &(const shape){SHAPE_NUMBER}},
     "in place of the embedded text"},
    {"k", false, {SHAPE_INTEGER, .min = 1, .max = KITH_K_MAX}, "hits wanted; else 10"},
    {"where", false, {SHAPE_OBJECT}, "a filter"},
    {"rank", false, {SHAPE_TEXT, .choices = ranking_names}, NULL},
    {"per_document", false, {SHAPE_INTEGER, .min = 0, .max = KITH_K_MAX}, "0: any number"},
    {"diversity", false, {SHAPE_NUMBER, .min = 0, .max = 1}, NULL},
    {"exact", false, {SHAPE_BOOL}, "compare with every vector"},
    {"ef",
     false,
     {SHAPE_INTEGER, .min = 1, .max = EF_MAX},
     "candidates that the walk through the graph keeps; else the index's default"},
    {"target_recall",
     false,
     {SHAPE_NUMBER, .min = 0, .max = 1},
     "in place of ef: the share of the nearest that is to be found on average, 0.5 to 0.999"},
    {"rerank",
     false,
     {SHAPE_INTEGER, .min = 0, .max = RERANK_MAX},
     "how many of the best hits the server's cross-encoder (kith serve --rerank) reads and orders, "
     "but never fewer than k, which is at most 1000 then; else 0"},
    {"explain", false, {SHAPE_BOOL}, "tell the matched words, and how the search was planned"},
    {0}};
static const shape request_shape = {SHAPE_RECORD, .members = request_members,
                                    .name = "SearchRequest"};

static const shape_member matched_members[] = {
    {"word", true, {SHAPE_TEXT}, NULL}, {"score", true, {SHAPE_NUMBER}, NULL}, {0}};
static const shape matched_shape = {SHAPE_RECORD, .members = matched_members};
static const shape_member rerank_members[] = {{"logit", true, {SHAPE_NUMBER}, "larger is better"},
                                              {"score", true, {SHAPE_NUMBER}, "its sigmoid"},
                                              {0}};
static const shape rerank_shape = {SHAPE_RECORD, .members = rerank_members};
static const shape_member hit_members[] = {
    {"id", true, {SHAPE_TEXT}, "of the chunk or point"},
    {"document", true, {SHAPE_TEXT, .nullable = true}, NULL},
    {"content", true, {SHAPE_TEXT, .nullable = true}, NULL},
    {"metadata", true, {SHAPE_OBJECT}, NULL},
    {"score",
     true,
     {SHAPE_NUMBER, .nullable = true},
     "larger is better, within one search; by both rankings 0 is the mean of its candidates"},
    {"distance", true, {SHAPE_NUMBER, .nullable = true}, "smaller is nearer; null: by words alone"},
    {"words", true, {SHAPE_NUMBER, .nullable = true}, "BM25"},
    {"meaning_rank", true, {SHAPE_INTEGER}, "0: not found that way"},
    {"words_rank", true, {SHAPE_INTEGER}, "0: not found that way"},
    {"matched", false, {SHAPE_LIST, .element = &matched_shape}, "with explain"},
    {"rerank", false, {SHAPE_AS, .element = &rerank_shape}, "of a hit that was reranked"},
    {0}};
static const shape hit_shape = {SHAPE_RECORD, .members = hit_members, .name = "Hit"};
static const shape_member strategy_members[] = {
    {"name", true, {SHAPE_TEXT}, NULL},
    {"expected_us",
     true,
     {SHAPE_NUMBER, .nullable = true},
     "by the planner's model; null: it could not answer, or is never chosen"},
    {0}};
static const shape strategy_shape = {SHAPE_RECORD, .members = strategy_members};
static const shape_member plan_members[] = {
    {"points", true, {SHAPE_INTEGER}, "of the collection"},
    {"hops", true, {SHAPE_INTEGER}, "nodes of the graph whose codes were read"},
    {"admitted", true, {SHAPE_INTEGER}, "of these, how many pass the filter"},
    {"estimates", true, {SHAPE_INTEGER}, "distances that were estimated by codes"},
    {"distances", true, {SHAPE_INTEGER}, "distances of vectors that were computed"},
    {"candidates", true, {SHAPE_INTEGER}, "that a walk keeps"},
    {"rounds", true, {SHAPE_INTEGER}, "times that the index was searched"},
    {"lists", true, {SHAPE_INTEGER}, "on the disk that were read"},
    {"lists_of", true, {SHAPE_INTEGER}, "how many there are; 0: vectors are in memory"},
    {"reads", true, {SHAPE_INTEGER}, "of the lists' files"},
    {"bytes_read", true, {SHAPE_INTEGER}, "that were asked for in them"},
    {"ef", true, {SHAPE_INTEGER}, "as it was asked for or chosen; 0: the index's default"},
    {"ef_source",
     true,
     {SHAPE_TEXT},
     "default, ef, exact, measured, searches, not measured yet or beyond the graph"},
    {"target_recall", true, {SHAPE_NUMBER, .nullable = true}, "as it was asked for"},
    {"filter_us", true, {SHAPE_NUMBER}, "within search_ms: matching the filter"},
    {"vectors_us", true, {SHAPE_NUMBER}, "comparing vectors"},
    {"words_us", true, {SHAPE_NUMBER}, "scoring words"},
    {"strategies", true, {SHAPE_LIST, .element = &strategy_shape}, "the cheapest was chosen"},
    {0}};
static const shape_member response_members[] = {
    {"hits", true, {SHAPE_LIST, .element = &hit_shape}, "best first"},
    {"plan", true, {SHAPE_TEXT}, "how vectors were compared"},
    {"matching", true, {SHAPE_INTEGER}, "points that pass the filter"},
    {"text_cut", true, {SHAPE_BOOL}, "only the beginning of the text was embedded"},
    {"meaning", true, {SHAPE_AS, .element = &meaning_shape}, NULL},
    {"embed_ms", true, {SHAPE_NUMBER}, NULL},
    {"search_ms", true, {SHAPE_NUMBER}, NULL},
    {"reranked", false, {SHAPE_INTEGER}, "with rerank: hits that were scored in time"},
    {"rerank_ms", false, {SHAPE_NUMBER}, "with rerank"},
    {"explain",
     false,
     {SHAPE_RECORD, .members = plan_members, .name = "SearchPlan"},
     "with explain"},
    {0}};
static const shape response_shape = {SHAPE_RECORD, .members = response_members, .name = "Hits"};
const route_shapes search_shapes = {.request = &request_shape, .response = &response_shape};

kith_ranking ranking_of(const json_value *body)
{
    const char *name = shape_text(body, "rank", ranking_names[0]);
    kith_ranking ranking = KITH_RANK_DEFAULT;
    while (ranking_names[ranking + 1] && strcmp(ranking_names[ranking], name) != 0)
        ranking++;
    return ranking;
}

/* ---- the search ---- */

/* The request's vector, in call->arena; NULL: it has none. Errors: LIMIT, NO_MEMORY. */
static kith_status read_vector(serve_call *call, const float **out, uint32_t *dimension,
                               kith_error *err)
{
    const json_value *list = json_get(call->body, "vector");
    *out = NULL;
    if (!list || list->kind == JSON_NULL) return KITH_OK;
    if (list->count > call->limits->dimension)
        return fail(err, KITH_ERR_LIMIT, "%u dimensions; this server takes %u (--max-dimension)",
                    list->count, call->limits->dimension);
    float *vector = arena_new_array(&call->arena, float, list->count);
    if (!vector) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a vector");
    for (uint32_t i = 0; i < list->count; i++) {
        const json_value *v = list->elements[i];
        vector[i] = v->kind == JSON_INTEGER ? (float)v->integer : (float)v->number;
    }
    *out = vector;
    *dimension = list->count;
    return KITH_OK;
}

static void write_hit(json_writer *w, const kith_hit *hit, bool explain)
{
    json_begin_object(w);
    json_member_text(w, "id", hit->id);
    json_member_text(w, "document", hit->document);
    json_member_text(w, "content", hit->content);
    json_key(w, "metadata");
    json_raw(w, view_of(hit->metadata));
    json_member_float(w, "score", hit->score);
    json_member_float(w, "distance", hit->distance);
    json_member_float(w, "words", hit->words);
    json_member_unsigned(w, "meaning_rank", hit->meaning_rank);
    json_member_unsigned(w, "words_rank", hit->words_rank);
    if (explain) hit_json_matched(w, hit);
    hit_json_rerank(w, hit);
    json_end_object(w);
}

static void write_plan(json_writer *w, const kith_search_plan *plan)
{
    json_key(w, "explain");
    json_begin_object(w);
    json_member_unsigned(w, "points", plan->points);
    json_member_unsigned(w, "distances", plan->distances);
    hit_json_plan(w, plan);
    json_key(w, "strategies");
    json_begin_array(w);
    for (size_t i = 0; i < plan->strategy_count; i++) {
        json_begin_object(w);
        json_member_text(w, "name", plan->strategies[i].name);
        json_member_double(w, "expected_us", plan->strategies[i].expected_us);
        json_end_object(w);
    }
    json_end_array(w);
    json_end_object(w);
}

static void reply(serve_call *call, const kith_hits *hits, bool explain, bool is_reranked)
{
    json_writer w = serve_json(call);
    json_begin_object(&w);
    json_key(&w, "hits");
    json_begin_array(&w);
    for (size_t i = 0; i < hits->count; i++)
        write_hit(&w, &hits->hits[i], explain);
    json_end_array(&w);
    json_member_text(&w, "plan", hits->plan);
    json_member_unsigned(&w, "matching", hits->matching);
    json_member_bool(&w, "text_cut", hits->text_cut);
    meaning_write(&w, hits->chunks, hits->waiting);
    json_member_double(&w, "embed_ms", hits->embed_ms);
    json_member_double(&w, "search_ms", hits->search_ms);
    if (is_reranked) {
        json_member_unsigned(&w, "reranked", hits->reranked);
        json_member_double(&w, "rerank_ms", hits->rerank_ms);
    }
    if (hits->explained) write_plan(&w, hits->explained);
    json_end_object(&w);
    serve_reply(call, 200);
}

/* Makes `second` the reranker of `q` when the request wants one. It has the time that the request has.
 * Errors: UNSUPPORTED: the server has none; INVALID: no text; LIMIT: k is above RERANK_MAX. */
static kith_status read_reranker(serve_call *call, kith_reranker *second, kith_query *q,
                                 kith_error *err)
{
    uint32_t depth = (uint32_t)shape_integer(call->body, "rerank", 0);
    if (depth == 0) return KITH_OK;
    if (!call->reranker)
        return fail(err, KITH_ERR_UNSUPPORTED,
                    "rerank: this server has no cross-encoder (kith serve --rerank DIR)");
    if (!q->text) return fail(err, KITH_ERR_INVALID, "rerank needs a query, a text");
    // Never fewer than k are reranked.
    if (q->k > RERANK_MAX)
        return fail(err, KITH_ERR_LIMIT, "k is %u; of a search with rerank it is at most %d", q->k,
                    RERANK_MAX);
    uint32_t time_ms = call->call.timeout_ms ? call->call.timeout_ms : UINT32_MAX;
    *second = kith_cross_encoder_reranker(call->reranker, depth > q->k ? depth : q->k, time_ms);
    q->rerank = second;
    return KITH_OK;
}

/* What a shape cannot say of target_recall; *param is the member that is to blame. */
static kith_status check_target(const serve_call *call, const char **param, kith_error *err)
{
    const double target = shape_number(call->body, "target_recall", 0);
    kith_status status = KITH_OK;
    if (target != 0 && !(target >= KITH_RECALL_LEAST && target <= KITH_RECALL_MOST))
        status = fail(err, KITH_ERR_INVALID, "target_recall is %g, allowed are %g to %g", target,
                      KITH_RECALL_LEAST, KITH_RECALL_MOST);
    else if (target != 0 && shape_integer(call->body, "ef", 0) > 0)
        status = fail(err, KITH_ERR_INVALID, "ef and target_recall exclude each other");
    if (status != KITH_OK) *param = "target_recall";
    return status;
}

/* Errors: LIMIT: k is above the server's; NO_MEMORY. */
static kith_status read_query(serve_call *call, kith_query *out, kith_reranker *second,
                              kith_error *err)
{
    const json_value *body = call->body;
    kith_query q = {
        .size = sizeof q,
        .text = shape_text(body, "query", NULL),
        .k = (uint32_t)shape_integer(body, "k", 10),
        .exact = shape_bool(body, "exact", false),
        .ef = (uint32_t)shape_integer(body, "ef", 0),
        .target_recall = shape_number(body, "target_recall", 0),
        .ranking = ranking_of(body),
        .allow_unknown_fields = true,
        .diversity = (float)shape_number(body, "diversity", 0),
        .per_document = (uint32_t)shape_integer(body, "per_document", 0),
        .explain = shape_bool(body, "explain", false),
        .call = &call->call,
    };
    if (q.k > call->limits->k)
        return fail(err, KITH_ERR_LIMIT, "k is %u; this server gives %u (--max-k)", q.k,
                    call->limits->k);
    kith_status status = read_vector(call, &q.vector, &q.dimension, err);
    if (status == KITH_OK) status = request_filter(call, body, "where", &q.where, err);
    if (status == KITH_OK) status = read_reranker(call, second, &q, err);
    if (status == KITH_OK) *out = q;
    return status;
}

void search_run(serve_call *call)
{
    kith_error err = {0};
    kith_hits *hits = NULL;
    kith_query query;
    kith_reranker second;
    if (!native_begin(call)) return;
    const char *param = NULL;
    kith_status status = check_target(call, &param, &err);
    if (status == KITH_OK) status = read_query(call, &query, &second, &err);
    if (status == KITH_OK)
        status = kith_search(call->k, native_collection(call), &query, &hits, &err);
    if (status == KITH_OK)
        reply(call, hits, query.explain, query.rerank != NULL);
    else
        error_object_refuse(call, &err, param);
    kith_hits_free(hits);
}
