/* rank.c - the planner: from a vector, words, or both, or from a sparse vector, to ranked rows, of
 * those that match.c lets through.
 *
 * The rows that may be hits at all (filter, required words, live) are computed first, as a bitmap, or as a list where
 * that is at hand, and both sides search within it. Filtering the results afterwards could leave fewer than k of
 * them; within it `wanted` candidates come back whenever so many rows match. By what way
 * the vectors are searched (graph, scan of all, scan of the bitmap) is vector_index_search's
 * choice, by cost.
 *
 * By meaning and words: each side offers its best, at least SIDE_CANDIDATES. The two lists are
 * merged, and then every candidate gets both values exactly, also the one whose list it was not on:
 * a row that only the words found has a distance, and with a default in its place fusion would
 * compare a number with a guess. The merged list has `wanted` rows whenever so many match, since
 * the vectors alone offer that many: every row has a distance, but those that wait for their vector.
 * These are found by words alone, and their distance is NAN (fusion.h).
 *
 * Further rounds add candidates to those that there are (candidates.c says when, and takes out of
 * the bitmap what is not to come). All stand in one list, in order of score, and a score does not
 * change with what comes later: distance and BM25 with closeness depend on the row alone, and
 * fusion keeps the scale of the first round. */
#include "base/size.h"
#include "db/collection_private.h"
#include "db/validate.h"
#include "fields/sparse_search.h"
#include "os/clock.h"

#include <math.h>
#include <stdlib.h>

/* Each side offers at least this many to be fused, or to be reordered by closeness. More changes
 * little: a row that is far down on both sides does not reach the top. */
enum { SIDE_CANDIDATES = 100 };

enum { LISTED_MOST = 1 << 16 /* rows of a filter that are a list; of more they are a bitmap */ };

/* The time, for the stages of a search, which are told where the search is explained. Each look at a clock takes a hundredth of
 * a short search. */
static int64_t stage_clock(const collection_query *q)
{
    return q->explain ? clock_monotonic_ns() : 0;
}

/* Sets how many candidates are to be kept, and says why so many. */
static recall_source aim(const ranking *r, const rank_round *round, const vector_view *vectors,
                         vector_search *search)
{
    if (round->exact) return RECALL_EXACT;
    if (r->q->target_recall > 0)
        return recall_aim(&r->s->derived->recall, r->q->target_recall, vectors, search);
    recall_aim_default(&r->s->derived->recall, vectors, search);
    return r->q->ef ? RECALL_EF : RECALL_DEFAULT;
}

/* The nearest rows. *has_more: of those that match there are others. */
static kith_status nearest(const ranking *r, const rank_round *round, hit **out, uint32_t *count,
                           bool *has_more)
{
    const vector_view vectors = snapshot_vectors(r->s);
    vector_search search = {.k = round->wanted,
                            .ef = round->ef,
                            .exact = round->exact,
                            .filter = r->matching,
                            .listed = r->listed ? r->listed->rows : NULL,
                            .listed_count = r->listed ? r->listed->count : 0,
                            .codes = r->listed ? r->listed->codes : NULL,
                            .groups = round->groups,
                            .limit = r->q->limit};
    vector_search_plan plan;
    const int64_t start = stage_clock(r->q);
    const recall_source source = aim(r, round, &vectors, &search);
    *out = arena_new_array(r->memory, hit, search.k);
    if (!*out) return fail(r->err, KITH_ERR_NO_MEMORY, "out of memory for %u hits", search.k);
    kith_status status =
        vector_index_search(&vectors, r->q->vector, &search, *out, count, &plan, r->err);
    if (status != KITH_OK) return status;
    if (r->sampler && r->hits->rounds == 0)
        r->hits->is_sampled =
            recall_sampler_take(r->sampler, &(recall_answer){.seen = r->s,
                                                             .vector = r->q->vector,
                                                             .matching = r->matching,
                                                             .hits = *out,
                                                             .k = search.k,
                                                             .count = *count,
                                                             .is_exact = plan.is_exact});
    *has_more = *count == search.k || (round->groups && !plan.is_exact);
    r->hits->vectors_ns += stage_clock(r->q) - start;
    if (r->hits->rounds == 0) {
        r->hits->plan = plan;
        r->hits->recall = source;
        r->hits->ef = search.lists ? (uint32_t)size_min(search.lists, plan.lists_of) : search.ef;
    } else {
        r->hits->plan.distances += plan.distances;
        r->hits->plan.hops += plan.hops;
        r->hits->plan.estimates += plan.estimates;
        r->hits->plan.lists += plan.lists;
        r->hits->plan.reads += plan.reads;
        r->hits->plan.bytes_read += plan.bytes_read;
    }
    return KITH_OK;
}

static kith_status best_by_words(const ranking *r, const rank_round *round, hit **out,
                                 uint32_t *count)
{
    bm25_counters counters = {0};
    const bm25_search_options options = {.k = round->wanted,
                                         .live = &r->s->live,
                                         .filter = r->matching,
                                         .groups = round->groups,
                                         .limit = r->q->limit};
    *out = arena_new_array(r->memory, hit, options.k);
    if (!*out) return fail(r->err, KITH_ERR_NO_MEMORY, "out of memory for %u hits", options.k);
    const int64_t start = stage_clock(r->q);
    kith_status status = bm25_search(r->words, &options, *out, count, &counters, r->err);
    r->hits->words_ns += stage_clock(r->q) - start;
    r->hits->words_scored += counters.scored;
    return status;
}

/* Room for `count` more candidates behind those that there are; they are counted by the caller. */
static kith_status add_candidates(const ranking *r, uint32_t count, fusion_candidate **added)
{
    uint32_t before = r->hits->count;
    fusion_candidate *all = arena_new_array(r->memory, fusion_candidate, (size_t)before + count);
    if (!all)
        return fail(r->err, KITH_ERR_NO_MEMORY, "out of memory for %u candidates", before + count);
    if (before) memcpy(all, r->hits->ranks, before * sizeof *all);
    r->hits->ranks = all;
    *added = all + before;
    return KITH_OK;
}

static int compare_scores(const void *a, const void *b)
{
    const fusion_candidate *x = a, *y = b;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static kith_status rank_by_meaning(const ranking *r, const rank_round *round, bool *has_more)
{
    hit *found = NULL;
    fusion_candidate *added = NULL;
    uint32_t count = 0;
    kith_status status = nearest(r, round, &found, &count, has_more);
    if (status == KITH_OK) status = add_candidates(r, count, &added);
    if (status != KITH_OK) return status;
    for (uint32_t i = 0; i < count; i++)
        added[i] = (fusion_candidate){.row = found[i].id,
                                      .distance = found[i].distance,
                                      .meaning_part = -found[i].distance,
                                      .score = -found[i].distance};
    bool is_sorted = r->hits->count == 0;
    r->hits->count += count;
    if (!is_sorted) qsort(r->hits->ranks, r->hits->count, sizeof *added, compare_scores);
    for (uint32_t i = 0; i < r->hits->count; i++)
        r->hits->ranks[i].meaning_rank = i + 1;
    return KITH_OK;
}

/* Every row that shares a dimension with the query is looked at, so a further round finds nothing
 * that this one could not have found. */
static kith_status rank_by_sparse(const ranking *r, const rank_round *round, bool *has_more)
{
    topk best = {.heap = arena_new_array(r->memory, hit, round->wanted), .k = round->wanted};
    fusion_candidate *added = NULL;
    const column_segments fields = snapshot_fields(r->s);
    if (!best.heap) return fail(r->err, KITH_ERR_NO_MEMORY, "out of memory for %u hits", best.k);
    r->hits->plan = (vector_search_plan){.kind = "sparse",
                                         .is_exact = true,
                                         .matching = r->matching ? bitset_popcount(r->matching)
                                                                 : r->s->live_count};
    kith_status status = sparse_search(&fields, r->q->sparse, &r->s->live, r->matching, &best,
                                       &r->hits->plan.distances, r->err);
    if (status == KITH_OK) status = add_candidates(r, best.count, &added);
    if (status != KITH_OK) return status;
    topk_sort(&best);
    for (uint32_t i = 0; i < best.count; i++)
        added[i] = (fusion_candidate){.row = best.heap[i].id,
                                      .distance = best.heap[i].distance,
                                      .meaning_part = -best.heap[i].distance,
                                      .score = -best.heap[i].distance,
                                      .meaning_rank = i + 1};
    r->hits->count += best.count;
    *has_more = false;
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

/* Rows must ascend. Makes out[i] of rows[i], with its words and closeness. */
static kith_status score_words(const ranking *r, const uint32_t *rows, uint32_t count,
                               fusion_candidate *out)
{
    bm25_row_score *scores = arena_new_array(r->memory, bm25_row_score, count);
    if (!scores) return fail(r->err, KITH_ERR_NO_MEMORY, "out of memory for candidates");
    kith_status status = bm25_rescore(r->words, rows, count, scores, r->err);
    for (uint32_t i = 0; i < count && status == KITH_OK; i++)
        out[i] = (fusion_candidate){.row = rows[i],
                                    .closeness = scores[i].closeness,
                                    .words = scores[i].words + scores[i].closeness};
    return status;
}

/* The best by BM25, then in order of BM25 and closeness together. Closeness needs the positions of
 * the words, too dear for every row that holds one, so it orders only the best by BM25; for a small
 * k too, at least SIDE_CANDIDATES of them, or it could not bring up a row from below the k-th. */
static kith_status rank_by_words(const ranking *r, const rank_round *round, bool *has_more)
{
    hit *found = NULL;
    fusion_candidate *added = NULL;
    uint32_t count = 0;
    if (r->hits->rounds == 0)
        r->hits->plan = (vector_search_plan){.kind = "none",
                                             .matching = r->matching ? bitset_popcount(r->matching)
                                                                     : r->s->live_count};
    kith_status status = best_by_words(r, round, &found, &count);
    uint32_t *rows = arena_new_array(r->memory, uint32_t, count);
    if (status == KITH_OK && !rows)
        status = fail(r->err, KITH_ERR_NO_MEMORY, "out of memory for candidates");
    if (status == KITH_OK) status = add_candidates(r, count, &added);
    if (status != KITH_OK) return status;
    status = score_words(r, rows, merge_rows(NULL, 0, found, count, rows), added);
    if (status != KITH_OK) return status;
    for (uint32_t i = 0; i < count; i++) {
        added[i].distance = NAN;
        added[i].words_part = added[i].score = added[i].words;
    }
    *has_more = count == round->wanted;
    r->hits->count += count;
    if (r->hits->count) qsort(r->hits->ranks, r->hits->count, sizeof *added, compare_scores);
    for (uint32_t i = 0; i < r->hits->count; i++)
        r->hits->ranks[i].words_rank = i + 1;
    return KITH_OK;
}

static kith_status rank_by_both(ranking *r, const rank_round *round, bool *has_more)
{
    hit *near = NULL, *words = NULL;
    fusion_candidate *added = NULL;
    uint32_t near_count = 0, words_count = 0;
    kith_status status = nearest(r, round, &near, &near_count, has_more);
    if (status == KITH_OK) status = best_by_words(r, round, &words, &words_count);
    uint32_t *rows = arena_new_array(r->memory, uint32_t, near_count + words_count);
    float *distances = arena_new_array(r->memory, float, near_count + words_count);
    if (status == KITH_OK && (!rows || !distances))
        status = fail(r->err, KITH_ERR_NO_MEMORY, "out of memory for candidates");
    if (status != KITH_OK) return status;
    uint32_t count = merge_rows(near, near_count, words, words_count, rows);
    status = add_candidates(r, count, &added);
    if (status == KITH_OK)
        status = vector_index_distances(r->s->index, r->q->vector, rows, count, distances, r->err);
    if (status == KITH_OK) status = score_words(r, rows, count, added);
    if (status != KITH_OK) return status;
    for (uint32_t i = 0; i < count; i++)
        added[i].distance = snapshot_waits(r->s, added[i].row) ? NAN : distances[i];
    if (r->s->waiting_count > 0 && words_count == round->wanted) *has_more = true;
    r->hits->count += count;
    fusion_order(r->hits->ranks, r->hits->count, &r->q->fusion, &r->scale);
    return KITH_OK;
}

kith_status rank_next(ranking *r, const rank_round *round, bool *has_more)
{
    kith_status status = call_limit_check(r->q->limit, r->err);
    if (status != KITH_OK) return status;
    rank_round wider = *round;
    if (r->words) wider.wanted = (uint32_t)size_max(round->wanted, SIDE_CANDIDATES);
    if (r->q->sparse)
        status = rank_by_sparse(r, round, has_more);
    else if (!r->words)
        status = rank_by_meaning(r, &wider, has_more);
    else if (r->q->vector)
        status = rank_by_both(r, &wider, has_more);
    else
        status = rank_by_words(r, &wider, has_more);
    r->hits->rounds++;
    return status;
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

/* Copies, since diversity is computed after the snapshot was released. Under cosine the index keeps
 * vectors of length 1, and under other metrics as they were put. */
static kith_status add_vectors(const ranking *r)
{
    const vector_index *ix = r->s->index;
    uint32_t dim = r->hits->dim = vector_index_describe(ix)->dim;
    bool is_unit = vector_index_describe(ix)->metric == KITH_COSINE;
    float *vectors = arena_new_array(r->memory, float, (size_t)r->hits->count *dim);
    if (!vectors) return fail_no_details(r);
    for (uint32_t i = 0; i < r->hits->count; i++) {
        float *vector = vectors + (size_t)i * dim;
        if (!snapshot_waits(r->s, r->hits->ranks[i].row)) { // else 0: like no other hit
            kith_status status = vector_index_copy_row(ix, r->hits->ranks[i].row, vector, r->err);
            if (status != KITH_OK) return status;
        }
        if (!is_unit) make_unit_length(vector, dim);
        r->hits->details[i].vector = vector;
    }
    return KITH_OK;
}

kith_status rank_details(const ranking *r)
{
    r->hits->details = arena_new_array(r->memory, hit_detail, r->hits->count);
    if (!r->hits->details) return fail_no_details(r);
    for (uint32_t i = 0; i < r->hits->count; i++)
        derived_prefetch(r->s->derived, r->hits->ranks[i].row);
    for (uint32_t i = 0; i < r->hits->count; i++) {
        uint32_t row = r->hits->ranks[i].row;
        hit_detail *detail = &r->hits->details[i];
        detail->rerank = NAN;
        detail->point = derived_point(r->s->derived, row);
        detail->document = snapshot_document(r->s, row);
        if (!r->words || !r->q->explain) continue;
        detail->words = bm25_matches(r->words, row, r->memory, &detail->word_count);
        if (!detail->words) return fail_no_details(r);
    }
    // A collection that never had a point has no index that could tell its dimension.
    return r->q->diversity > 0 && r->hits->count > 0 ? add_vectors(r) : KITH_OK;
}

/* Is one round over the vectors in memory all that asks for the rows that match? A list of them will do then. */
static bool may_be_listed(const ranking *r)
{
    if (r->words || r->q->sparse || r->q->per_document || r->sampler) return false;
    return !vector_index_has_lists(r->s->index);
}

/* The rows that match, where they are in lists of values, or are few of a bitmap that was kept; the caller's to free. False:
 * there is no list. */
static bool list_rows(const ranking_request *request, const vector_view *vectors, uint32_t **rows,
                      uint32_t *count)
{
    const snapshot *s = request->snapshot;
    const column_segments fields = snapshot_fields(s);
    if (columns_find_listed(&fields, request->where,
                            vectors->live_count < vectors->rows ? vectors->live : NULL,
                            vectors->rows, LISTED_MOST, rows, count))
        return true;
    // Rows that wait for their vectors match, too, and a list says nothing of vectors.
    if (s->waiting_count == 0)
        *rows = filter_cache_find_list(s->filters, request->query->where, count);
    return *rows != NULL;
}

/* Finds r->listed: a list that was kept, or one that is kept from now on. */
static void find_list(const ranking_request *request, ranking *r)
{
    list_cache *kept = request->snapshot->lists;
    const view where = request->query->where;
    const vector_view vectors = snapshot_vectors(r->s);
    uint32_t *rows = NULL, count = 0;
    r->listed = list_cache_find(kept, where, &vectors);
    if (r->listed || !list_rows(request, &vectors, &rows, &count)) return;
    r->listed = row_list_new(rows, count);
    if (r->listed) list_cache_keep(kept, where, r->listed, &vectors);
}

/* Finds what matches. What metadata alone decides is looked for among what earlier searches of the
 * snapshot have matched. */
static kith_status match_rows(const ranking_request *request, ranking *r)
{
    const snapshot *s = request->snapshot;
    const bool is_kept =
        request->where && request->is_metadata_alone && !(r->words && bm25_has_demands(r->words));
    if (is_kept && may_be_listed(r)) find_list(request, r);
    if (is_kept && !r->listed) r->matching = filter_cache_find(s->filters, request->query->where);
    if (r->listed || r->matching) return KITH_OK;
    kith_status status = match_query(s, request->where, r->words, &r->matching, r->err);
    if (status == KITH_OK && is_kept)
        filter_cache_keep(s->filters, request->query->where, r->matching);
    return status;
}

kith_status rank_begin(const ranking_request *request, arena *a, collection_hits *hits,
                       ranking *out, kith_error *err)
{
    const snapshot *s = request->snapshot;
    const collection_query *q = request->query;
    const bm25_corpus corpus = snapshot_words(s);
    *out = (ranking){
        .s = s, .q = q, .memory = a, .hits = hits, .sampler = request->sampler, .err = err};
    *hits = (collection_hits){.plan = {.kind = "empty"}};
    if (s->live_count == 0) return KITH_OK;
    kith_status status = check_vector(s, q, err);
    if (status == KITH_OK && request->where && !q->allow_unknown_fields)
        status = match_check_fields(s, request->name, request->where, err);
    if (status == KITH_OK && q->words.size)
        status = bm25_parse(&corpus, q->words, a, &out->words, err);
    if (status != KITH_OK || (!request->where && !out->words)) return status;
    const int64_t start = stage_clock(q);
    status = match_rows(request, out);
    hits->filter_ns = stage_clock(q) - start;
    return status;
}

void rank_end(ranking *r)
{
    bitset_free(r->matching);
    row_list_release(r->listed);
    r->matching = NULL;
    r->listed = NULL;
}
