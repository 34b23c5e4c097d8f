/* rank.c - the planner: from a vector, words, or both to ranked rows, of those that match.c lets
 * through.
 *
 * The rows that may be hits at all (filter, required words, live) are computed first, as a bitmap,
 * and both sides search within it. Filtering the results afterwards could leave fewer than k of
 * them; within the bitmap `wanted` candidates come back whenever so many rows match. By what way
 * the vectors are searched (graph, scan of all, scan of the bitmap) is vector_index_search's
 * choice, by cost.
 *
 * By meaning and words: each side offers its best, at least SIDE_CANDIDATES. The two lists are
 * merged, and then every candidate gets both values exactly, also the one whose list it was not on:
 * a row that only the words found has a distance, and with a default in its place fusion would
 * compare a number with a guess. The merged list has `wanted` rows whenever so many match, since
 * the vectors alone offer that many: every row has a distance. */
#include "base/size.h"
#include "db/collection_private.h"
#include "db/validate.h"

#include <math.h>
#include <stdlib.h>

/* Each side offers at least this many to be fused, or to be reordered by closeness. More changes
 * little: a row that is far down on both sides does not reach the top. */
enum { SIDE_CANDIDATES = 100 };

typedef struct ranking {
    const snapshot *s;
    vector_view vectors;
    const collection_query *q;
    const bitset *matching; /* NULL: all rows */
    uint32_t wanted;        /* candidates, at most the live rows */
    arena *memory;
    collection_hits *hits;
    kith_error *err;
} ranking;

static kith_status nearest(const ranking *r, uint32_t k, hit **out, uint32_t *count)
{
    vector_search search = {.k = k, .ef = r->q->ef, .exact = r->q->exact, .filter = r->matching};
    *out = arena_new_array(r->memory, hit, k);
    if (!*out) return fail(r->err, KITH_ERR_NO_MEMORY, "out of memory for %u hits", k);
    return vector_index_search(&r->vectors, r->q->vector, &search, *out, count, &r->hits->plan,
                               r->err);
}

static kith_status best_by_words(const ranking *r, const bm25_query *query, uint32_t k, hit **out,
                                 uint32_t *count)
{
    bm25_counters counters = {0};
    *out = arena_new_array(r->memory, hit, k);
    if (!*out) return fail(r->err, KITH_ERR_NO_MEMORY, "out of memory for %u hits", k);
    kith_status status = bm25_search(
        query, &(bm25_search_options){.k = k, .live = &r->s->live, .filter = r->matching}, *out,
        count, &counters, r->err);
    r->hits->words_scored = counters.scored;
    return status;
}

static kith_status new_candidates(const ranking *r, uint32_t count)
{
    r->hits->ranks = arena_new_array(r->memory, fusion_candidate, count);
    if (!r->hits->ranks)
        return fail(r->err, KITH_ERR_NO_MEMORY, "out of memory for %u candidates", count);
    return KITH_OK;
}

static kith_status rank_by_meaning(const ranking *r)
{
    hit *found = NULL;
    uint32_t count = 0;
    kith_status status = nearest(r, r->wanted, &found, &count);
    if (status == KITH_OK) status = new_candidates(r, count);
    if (status != KITH_OK) return status;
    for (uint32_t i = 0; i < count; i++)
        r->hits->ranks[i] = (fusion_candidate){.row = found[i].id,
                                               .distance = found[i].distance,
                                               .meaning_rank = i + 1,
                                               .meaning_part = -found[i].distance,
                                               .score = -found[i].distance};
    r->hits->count = count;
    return KITH_OK;
}

static int compare_ids(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* Rows of both lists, each once, ascending, as bm25_rescore requires. out has room for all. */
static uint32_t merge_rows(const hit *near, uint32_t near_count, const hit *words,
                           uint32_t words_count, uint32_t *out)
{
    uint32_t count = 0, kept = 0;
    for (uint32_t i = 0; i < near_count; i++)
        out[count++] = near[i].id;
    for (uint32_t i = 0; i < words_count; i++)
        out[count++] = words[i].id;
    if (count) qsort(out, count, sizeof *out, compare_ids);
    for (uint32_t i = 0; i < count; i++)
        if (i == 0 || out[i] != out[i - 1]) out[kept++] = out[i];
    return kept;
}

/* Rows must ascend. Makes candidate i of rows[i], with its words and closeness. */
static kith_status score_words(const ranking *r, const bm25_query *query, const uint32_t *rows,
                               uint32_t count)
{
    bm25_row_score *scores = arena_new_array(r->memory, bm25_row_score, count);
    if (!scores) return fail(r->err, KITH_ERR_NO_MEMORY, "out of memory for candidates");
    kith_status status = bm25_rescore(query, rows, count, scores, r->err);
    for (uint32_t i = 0; i < count && status == KITH_OK; i++) {
        r->hits->ranks[i].row = rows[i];
        r->hits->ranks[i].closeness = scores[i].closeness;
        r->hits->ranks[i].words = scores[i].words + scores[i].closeness;
    }
    return status;
}

static int compare_words(const void *a, const void *b)
{
    const fusion_candidate *x = a, *y = b;
    if (x->words != y->words) return x->words > y->words ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

/* The best by BM25, then in order of BM25 and closeness together. Closeness needs the positions of
 * the words, too dear for every row that holds one, so it orders only the best by BM25; for a small
 * k too, at least SIDE_CANDIDATES of them, or it could not bring up a row from below the k-th. */
static kith_status rank_by_words(const ranking *r, const bm25_query *query)
{
    hit *found = NULL;
    uint32_t count = 0;
    uint32_t wanted = (uint32_t)size_max(r->wanted, SIDE_CANDIDATES);
    r->hits->plan = (vector_search_plan){
        .kind = "none", .matching = r->matching ? bitset_popcount(r->matching) : r->s->live_count};
    kith_status status = best_by_words(r, query, wanted, &found, &count);
    uint32_t *rows = arena_new_array(r->memory, uint32_t, count);
    if (status == KITH_OK && !rows)
        status = fail(r->err, KITH_ERR_NO_MEMORY, "out of memory for candidates");
    if (status == KITH_OK) status = new_candidates(r, count);
    if (status != KITH_OK) return status;
    status = score_words(r, query, rows, merge_rows(NULL, 0, found, count, rows));
    if (status != KITH_OK) return status;
    if (count) qsort(r->hits->ranks, count, sizeof *r->hits->ranks, compare_words);
    for (uint32_t i = 0; i < count; i++) {
        fusion_candidate *c = &r->hits->ranks[i];
        c->distance = NAN;
        c->words_rank = i + 1;
        c->words_part = c->score = c->words;
    }
    r->hits->count = (uint32_t)size_min(count, r->wanted);
    return KITH_OK;
}

static kith_status rank_by_both(const ranking *r, const bm25_query *query)
{
    hit *near = NULL, *words = NULL;
    uint32_t near_count = 0, words_count = 0;
    uint32_t wanted = (uint32_t)size_max(r->wanted, SIDE_CANDIDATES);
    kith_status status = nearest(r, wanted, &near, &near_count);
    if (status == KITH_OK) status = best_by_words(r, query, wanted, &words, &words_count);
    uint32_t *rows = arena_new_array(r->memory, uint32_t, near_count + words_count);
    float *distances = arena_new_array(r->memory, float, near_count + words_count);
    if (status == KITH_OK && (!rows || !distances))
        status = fail(r->err, KITH_ERR_NO_MEMORY, "out of memory for candidates");
    if (status != KITH_OK) return status;
    uint32_t count = merge_rows(near, near_count, words, words_count, rows);
    status = new_candidates(r, count);
    if (status == KITH_OK)
        status = vector_index_distances(r->s->index, r->q->vector, rows, count, distances, r->err);
    if (status != KITH_OK) return status;
    status = score_words(r, query, rows, count);
    if (status != KITH_OK) return status;
    for (uint32_t i = 0; i < count; i++)
        r->hits->ranks[i].distance = distances[i];
    fusion_order(r->hits->ranks, count, &r->q->fusion);
    r->hits->count = (uint32_t)size_min(count, r->wanted);
    return KITH_OK;
}

static kith_status rank(const ranking *r, const bm25_query *words)
{
    if (!words) return rank_by_meaning(r);
    return r->q->vector ? rank_by_both(r, words) : rank_by_words(r, words);
}

static kith_status check_vector(const snapshot *s, const collection_query *q, kith_error *err)
{
    const vector_index_options *o = vector_index_describe(s->index);
    return q->vector ? validate_vector(q->vector, q->dim, o->dim, o->metric, err) : KITH_OK;
}

static kith_status fail_no_details(const ranking *r)
{
    return fail(r->err, KITH_ERR_NO_MEMORY, "out of memory for %u candidates", r->hits->count);
}

static void make_unit_length(float *vector, uint32_t dim)
{
    double squares = 0;
    for (uint32_t i = 0; i < dim; i++)
        squares += (double)vector[i] * (double)vector[i];
    float scale = squares > 0 ? (float)(1 / sqrt(squares)) : 0;
    for (uint32_t i = 0; i < dim; i++)
        vector[i] *= scale;
}

/* Copies, since diversity is computed after the snapshot was released. Under other metrics than
 * cosine the index keeps vectors as they were put, hence the scaling. */
static kith_status add_vectors(const ranking *r)
{
    const vector_index *ix = r->s->index;
    uint32_t dim = r->hits->dim = vector_index_describe(ix)->dim;
    float *vectors = arena_new_array(r->memory, float, (size_t)r->hits->count *dim);
    if (!vectors) return fail_no_details(r);
    for (uint32_t i = 0; i < r->hits->count; i++) {
        float *vector = vectors + (size_t)i * dim;
        vector_index_copy_row(ix, r->hits->ranks[i].row, vector);
        make_unit_length(vector, dim);
        r->hits->details[i].vector = vector;
    }
    return KITH_OK;
}

static kith_status add_details(const ranking *r, const bm25_query *words)
{
    r->hits->details = arena_new_array(r->memory, hit_detail, r->hits->count);
    if (!r->hits->details) return fail_no_details(r);
    for (uint32_t i = 0; i < r->hits->count; i++) {
        hit_detail *detail = &r->hits->details[i];
        detail->rerank = NAN;
        if (!words || !r->q->explain) continue;
        detail->words = bm25_matches(words, r->hits->ranks[i].row, r->memory, &detail->word_count);
        if (!detail->words) return fail_no_details(r);
    }
    return r->q->diversity > 0 ? add_vectors(r) : KITH_OK;
}

/* Takes the excluded rows out of *matching, which is made of all live rows when it is NULL. */
static kith_status exclude_rows(const snapshot *s, const bitset *excluded, bitset **matching,
                                kith_error *err)
{
    const bitset *live = *matching ? NULL : &s->live;
    if (live) *matching = bitset_new(s->rows);
    if (!*matching) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a filter");
    for (uint32_t row = 0; row < (*matching)->count; row++)
        if (bitset_has(excluded, row))
            bitset_clear(*matching, row);
        else if (live && bitset_has(live, row))
            bitset_set(*matching, row);
    return KITH_OK;
}

kith_status rank_points(const ranking_request *request, arena *a, collection_hits *hits,
                        kith_error *err)
{
    bitset *matching = NULL;
    bm25_query *words = NULL;
    const snapshot *s = request->snapshot;
    const collection_query *q = request->query;
    const bm25_corpus corpus = snapshot_words(s);
    hits->count = 0;
    hits->plan = (vector_search_plan){.kind = "empty"};
    if (s->live_count == 0) return KITH_OK;
    kith_status status = check_vector(s, q, err);
    if (status == KITH_OK && request->where && !q->allow_unknown_fields)
        status = match_check_fields(s, request->name, request->where, err);
    if (status == KITH_OK && q->words.size) status = bm25_parse(&corpus, q->words, a, &words, err);
    if (status == KITH_OK) status = match_query(s, request->where, words, &matching, err);
    if (status == KITH_OK && request->excluded)
        status = exclude_rows(s, request->excluded, &matching, err);
    // Arrays are sized by it, and the caller may widen up to UINT32_MAX.
    uint32_t wanted = (uint32_t)size_min(request->wanted, s->live_count);
    ranking r = {s, snapshot_vectors(s), q, matching, wanted, a, hits, err};
    if (status == KITH_OK) status = rank(&r, words);
    if (status == KITH_OK) status = add_details(&r, words);
    bitset_free(matching);
    return status;
}
