/* retrieve.c - one vector search and one word search, fused (db/search), as passages. */
#include "answer/retrieve.h"

#include "base/metadata.h"
#include "base/size.h"
#include "os/clock.h"
#include "simd/simd.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static float relevance_of(kith_metric metric, float distance)
{
    // The embedder's vectors have unit length, so the cosine follows from every metric's distance:
    // |a - b|^2 = 2 - 2 cos.
    float cosine = metric == KITH_SQUARED_L2 ? 1.0F - distance / 2.0F : 1.0F - distance;
    if (!(cosine > 0.0F)) return 0.0F; // also when there is no distance
    return cosine > 1.0F ? 1.0F : cosine;
}

/* Passages whose chunk waits for its vector have no distance. How near they are in meaning decides
 * whether there is an answer, so these few are embedded now, by their content alone; where that
 * fails they count as far. */
static void find_relevance(embedder *e, const float *question, uint32_t dim,
                           const call_limit *limit, kith_passage *passages, uint32_t count)
{
    float *vectors = NULL;
    uint32_t waiting = 0, width = 0;
    view *texts = heap_new_array(count, sizeof *texts);
    for (uint32_t i = 0; texts && i < count; i++)
        if (isnan(passages[i].distance)) texts[waiting++] = view_of(passages[i].content);
    const embed_options options = {.lane = EMBED_LANE_INTERACTIVE, .limit = limit};
    kith_status status = KITH_ERR_NO_MEMORY;
    if (waiting > 0) status = embedder_embed(e, texts, waiting, &vectors, &width, &options, NULL);
    for (uint32_t i = 0, n = 0; i < count && waiting > 0; i++) {
        if (!isnan(passages[i].distance)) continue;
        float cosine = status == KITH_OK && width == dim
                           ? simd()->distance->dot(vectors + (size_t)n * dim, question, dim)
                           : 0;
        passages[i].relevance = relevance_of(KITH_COSINE, 1.0F - cosine);
        n++;
    }
    free(vectors);
    free(texts);
}

static uint64_t number_of(const metadata *m, const char *key)
{
    const metadata_value *value = metadata_get(m, view_of(key));
    return value && value->kind == METADATA_INTEGER && value->integer > 0 ? (uint64_t)value->integer
                                                                          : 0;
}

static view text_of(const metadata *m, const char *key)
{
    const metadata_value *value = metadata_get(m, view_of(key));
    return value && value->kind == METADATA_STRING ? value->string : (view){"", 0};
}

static kith_status make_passage(const store_point *p, float distance, float relevance, arena *a,
                                kith_passage *out, kith_error *err)
{
    metadata fields = {.memory = a};
    if (p->metadata.size) {
        kith_status status = metadata_parse(p->metadata, &fields, err);
        if (status != KITH_OK) return status;
    }
    *out = (kith_passage){
        .id = arena_copy(a, p->key).data,
        .document = arena_copy(a, p->document).data,
        .source = arena_copy(a, text_of(&fields, "source")).data,
        .content = arena_copy(a, p->content).data,
        .metadata = arena_copy(a, p->metadata.size ? p->metadata : VIEW("{}")).data,
        .heading = arena_copy(a, text_of(&fields, "heading")).data,
        .lead_in = arena_copy(a, text_of(&fields, "lead_in")).data,
        .place = arena_copy(a, text_of(&fields, "place")).data,
        .distance = distance,
        .relevance = relevance,
        .start = number_of(&fields, "char_start"),
        .end = number_of(&fields, "char_end"),
        .line_start = (uint32_t)number_of(&fields, "line_start"),
        .line_end = (uint32_t)number_of(&fields, "line_end"),
    };
    return a->exhausted ? fail(err, KITH_ERR_NO_MEMORY, "out of memory for passages") : KITH_OK;
}

fusion_options retrieve_fusion(const kith_ask_options *o)
{
    if (o->ranking == KITH_RANK_MEANING) return (fusion_options){FUSION_SCORES, 1.0F};
    if (o->ranking == KITH_RANK_WORDS) return (fusion_options){FUSION_SCORES, 0.0F};
    return (fusion_options){.method = o->fusion == KITH_FUSE_RANKS ? FUSION_RANKS : FUSION_SCORES,
                            .meaning_weight =
                                o->meaning_weight > 0 ? o->meaning_weight : FUSION_MEANING_WEIGHT};
}

kith_status retrieve_check(kith_ranking ranking, kith_fusion fusion, float meaning_weight,
                           kith_error *err)
{
    if (ranking > KITH_RANK_BOTH)
        return fail(err, KITH_ERR_INVALID, "unknown ranking %d", (int)ranking);
    if (fusion > KITH_FUSE_RANKS)
        return fail(err, KITH_ERR_INVALID, "unknown fusion %d", (int)fusion);
    if (!(meaning_weight >= 0 && meaning_weight <= 1))
        return fail(err, KITH_ERR_INVALID, "meaning weight %g is not between 0 and 1",
                    (double)meaning_weight);
    return KITH_OK;
}

const char *retrieval_check(const retrieval *r)
{
    for (uint32_t i = 0; i < r->count; i++) {
        const kith_passage *p = &r->passages[i];
        if (i > 0 && r->scores[i] > r->scores[i - 1]) return "passages are not in order of score";
        if (!p->id || !p->document || !p->source || !p->content || !p->metadata || !p->heading ||
            !p->place || !p->lead_in)
            return "a passage lacks a string";
        if (p->relevance < 0 || p->relevance > 1) return "a relevance is outside 0..1";
    }
    return NULL;
}

/* By words alone the rest of the k places is filled with what no word matched, in no order that
 * means anything; a passage of these is none that was found. */
static void drop_unmatched(collection_hits *hits)
{
    uint32_t kept = 0;
    while (kept < hits->count && hits->ranks[kept].words_rank > 0)
        kept++;
    hits->count = kept;
}

/* Passages that were reranked keep the scores that were found, in the order of their places: what
 * reads scores later, reads how a place compares with the first one. */
static void order_scores(float *scores, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        float moving = scores[i];
        uint32_t j = i;
        for (; j > 0 && scores[j - 1] < moving; j--)
            scores[j] = scores[j - 1];
        scores[j] = moving;
    }
}

float retrieve_together(const kith_passage *passages, uint32_t count, uint32_t searched, arena *a)
{
    metadata fields = {.memory = a};
    uint32_t same = 0;
    if (count < 2 || searched < 2 || !*passages[0].document) return TOGETHER_UNKNOWN;
    if (metadata_parse(view_of(passages[0].metadata), &fields, NULL) != KITH_OK)
        return TOGETHER_UNKNOWN;
    const uint64_t chunks = number_of(&fields, "total_chunks");
    if (chunks < 2) return TOGETHER_UNKNOWN;
    for (uint32_t i = 1; i < count; i++)
        same += strcmp(passages[i].document, passages[0].document) == 0;
    const float others = (float)(chunks - 1), most = fminf(others, (float)(count - 1));
    const float chance = fminf(others / (float)(searched - 1), 1);
    return fminf((float)same / most, 1) - chance;
}

/* The question and its vector, on the heap. */
typedef struct asked {
    view text;
    float *vector; /* [dim] */
    uint32_t dim;
    int64_t embed_ns; /* that embedding took */
} asked;

/* Sets q->vector, when the collection's model is the embedder's. */
static kith_status embed_question(collection *c, embedder *e, const call_limit *limit, asked *q,
                                  kith_error *err)
{
    kith_status status =
        collection_check_model(c, view_of(embedder_describe(e).fingerprint), 0, err);
    int64_t start = clock_monotonic_ns();
    if (status == KITH_OK) status = embedder_embed_one(e, q->text, limit, &q->vector, &q->dim, err);
    // Only now a remote model is known by more than its name.
    if (status == KITH_OK && !embedder_counts_tokens(e))
        status = collection_check_model(c, view_of(embedder_model(e)), q->dim, err);
    q->embed_ns = clock_monotonic_ns() - start;
    return status;
}

static kith_status search(collection *c, const asked *q, const retrieve_options *options, arena *a,
                          collection_hits *hits, kith_error *err)
{
    collection_query query = {.vector = q->vector,
                              .dim = q->dim,
                              .k = options->k,
                              .words = q->text,
                              .fusion = options->fusion,
                              .where = options->where,
                              .allow_unknown_fields = options->allow_unknown_fields,
                              .with = STORE_WITH_CONTENT | STORE_WITH_METADATA,
                              .limit = options->limit};
    reranker second = {0};
    if (options->rerank && options->rerank->score) {
        second = *options->rerank;
        second.query = arena_printf(a, "%.*s", VIEW_ARG(q->text));
        if (!second.query) return fail(err, KITH_ERR_NO_MEMORY, "out of memory");
        second.depth = (uint32_t)size_max(second.depth, query.k);
        query.rerank = &second;
    }
    kith_status status = collection_search(c, &query, a, hits, err);
    if (status == KITH_OK && options->fusion.meaning_weight <= 0) drop_unmatched(hits);
    return status;
}

/* Sets the passages and scores of *out, which has their count. */
static kith_status make_passages(collection *c, const collection_hits *hits, arena *a,
                                 retrieval *out, kith_error *err)
{
    kith_passage *passages = arena_new_array(a, kith_passage, hits->count);
    float *scores = arena_new_array(a, float, hits->count);
    if (!passages || !scores) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for passages");
    kith_status status = KITH_OK;
    for (uint32_t i = 0; i < hits->count && status == KITH_OK; i++) {
        float distance = hits->ranks[i].distance;
        scores[i] = hits->ranks[i].score;
        status = make_passage(&hits->points[i], distance,
                              relevance_of(collection_metric(c), distance), a, &passages[i], err);
    }
    order_scores(scores, hits->reranked ? hits->count : 0);
    out->passages = passages;
    out->scores = scores;
    return status;
}

kith_status retrieve(collection *c, embedder *e, view question, const retrieve_options *options,
                     arena *a, retrieval *out, kith_error *err)
{
    asked q = {.text = question};
    collection_hits hits = {0};
    kith_status status = embed_question(c, e, options->limit, &q, err);
    if (status == KITH_OK) status = search(c, &q, options, a, &hits, err);
    float *vector = arena_new_array(a, float, q.dim);
    if (status == KITH_OK && !vector)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for passages");
    retrieval found = {.count = hits.count,
                       .question = vector,
                       .dim = q.dim,
                       .searched = hits.plan.matching,
                       .chunks = hits.points_live,
                       .waiting = hits.waiting,
                       .is_filtered = view_trim(options->where).size > 0,
                       .sequence = hits.sequence,
                       .embed_ns = q.embed_ns,
                       .search_ns = hits.search_ns + hits.fetch_ns};
    if (status == KITH_OK) status = make_passages(c, &hits, a, &found, err);
    if (status == KITH_OK) {
        find_relevance(e, q.vector, q.dim, options->limit, found.passages, found.count);
        memcpy(vector, q.vector, q.dim * sizeof *vector);
        found.together = retrieve_together(found.passages, found.count, found.searched, a);
        *out = found;
        DCHECK(retrieval_check(out) == NULL);
    }
    free(q.vector);
    return status;
}
