/* vector_index.c - the rows, their two kinds of search, and which of them answers a query.
 *
 * The planner. Three plans exist:
 *
 *   flat                   compare with every live row; always exact
 *   flat over the filter   the same over the rows that pass the filter, whose bits are at hand
 *   graph                  walk the graph with ef candidates, then drop those that do not match
 *
 * The graph pays only when its walk costs less than the scan would. A filter, like removed rows,
 * makes the scan cheaper and the walk dearer: the walk cannot see the filter, so of the ef rows it
 * keeps only the share matching / rows matches, and to keep ef that match it must keep
 * ef * rows / matching. The costs are compared in rows of a scan:
 *
 *   scan  matching
 *   walk  SCAN_ROWS_PER_CANDIDATE * ef * rows / matching
 *
 * so that the walk's share of the scan falls with the square of the matching share: with the
 * default ef of 64 over 100,000 rows the graph answers while at least one row in seven matches, and
 * below that the scan over the bitmap, which is exact, is also the faster one. One more case: rows
 * that match may all be far from the query, so that the walk meets fewer than k of them. When the
 * walk returns fewer than k although more match, the scan is done after all ("graph, then flat"):
 * k hits come back whenever k rows match. What the estimate gets wrong costs time, never hits.
 *
 * Growth. Up to flat_below rows there is no graph. By the formula above a walk with the default ef
 * costs 64 * 32 = 2,048 rows of a scan; up to the default of 4,096 rows a scan therefore costs at
 * most twice as much, is exact, and saves the time and the memory of the graph. The insertion of
 * row flat_below + 1 builds the graph over all rows, in their order; from then on each insertion
 * adds its own node. The result is the graph that adding a node with each row would have given,
 * since a node is linked to earlier ones only and levels are drawn in the order of rows. */
#include "vector/vector_index.h"

#include "base/size.h"
#include "vector/flat_search.h"
#include "vector/vector_index_private.h"

#include <stdlib.h>

enum {
    DEFAULT_FLAT_BELOW = 4096,     /* rows; see "Growth" above */
    DEFAULT_NEIGHBORS = 16,        /* 2 * 16 links at level 0 are two cache lines */
    DEFAULT_EF_CONSTRUCTION = 200, /* as M, the defaults of hnswlib */
    MAX_EF_CONSTRUCTION = 4096,
    DEFAULT_EF = 64 /* recall@10 of 0.97 and more on images and descriptors: test_vector_recall.c */
};

static kith_status check_options(const vector_index_options *o, kith_error *err)
{
    if (o->dim < 1 || o->dim > KITH_DIMENSION_MAX)
        return fail(err, KITH_ERR_INVALID, "a vector index has 1 to %d dimensions, not %u",
                    KITH_DIMENSION_MAX, o->dim);
    if (o->neighbors < GRAPH_MIN_NEIGHBORS || o->neighbors > GRAPH_MAX_NEIGHBORS)
        return fail(err, KITH_ERR_INVALID, "a graph has %d to %d neighbors a node, not %u",
                    GRAPH_MIN_NEIGHBORS, GRAPH_MAX_NEIGHBORS, o->neighbors);
    if (o->ef_construction > MAX_EF_CONSTRUCTION)
        return fail(err, KITH_ERR_INVALID, "ef_construction is at most %d, not %u",
                    MAX_EF_CONSTRUCTION, o->ef_construction);
    if (o->metric != KITH_COSINE && o->metric != KITH_SQUARED_L2 && o->metric != KITH_INNER_PRODUCT)
        return fail(err, KITH_ERR_INVALID, "unknown metric %d", (int)o->metric);
    return KITH_OK;
}

kith_status vector_index_new(const vector_index_options *options, vector_index **out,
                             kith_error *err)
{
    vector_index_options o = *options;
    if (o.flat_below == 0) o.flat_below = DEFAULT_FLAT_BELOW;
    if (o.neighbors == 0) o.neighbors = DEFAULT_NEIGHBORS;
    if (o.ef_construction == 0) o.ef_construction = DEFAULT_EF_CONSTRUCTION;
    kith_status status = check_options(&o, err);
    if (status != KITH_OK) return status;
    vector_index *ix = heap_new_array(1, sizeof *ix);
    search_scratch_pool *scratches = heap_new_array(1, sizeof *scratches);
    if (!ix || !scratches) {
        free(ix);
        free(scratches);
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a vector index");
    }
    ix->options = o;
    ix->scratches = scratches;
    vector_rows_init(&ix->rows, o.metric, o.dim);
    graph_init(&ix->graph, o.neighbors, o.ef_construction, o.seed);
    *out = ix;
    return KITH_OK;
}

void vector_index_free(vector_index *ix)
{
    if (!ix) return;
    vector_rows_done(&ix->rows);
    graph_done(&ix->graph);
    search_scratch_pool_done(ix->scratches);
    free(ix->scratches);
    free(ix->live.words);
    free(ix);
}

uint32_t vector_index_rows(const vector_index *ix)
{
    return ix->rows.count;
}

bool vector_index_is_live(const vector_index *ix, uint32_t row)
{
    return bitset_has(&ix->live, row);
}

uint32_t vector_index_live(const vector_index *ix)
{
    return ix->live_count;
}

size_t vector_index_bytes(const vector_index *ix)
{
    return sizeof *ix + (size_t)ix->rows.count * ix->rows.stride * sizeof(float) +
           ix->live_words * sizeof(uint64_t) + graph_bytes(&ix->graph);
}

bool vector_index_has_graph(const vector_index *ix)
{
    return ix->has_graph;
}

const vector_index_options *vector_index_describe(const vector_index *ix)
{
    return &ix->options;
}

bool vector_index_reserve_live(vector_index *ix, uint32_t count)
{
    size_t words = ((size_t)count + 63) / 64;
    if (words <= ix->live_words) return true;
    words = size_max(words, ix->live_words * 2);
    uint64_t *grown = heap_grow_array(ix->live.words, words, sizeof *grown);
    if (!grown) return false;
    memset(grown + ix->live_words, 0, (words - ix->live_words) * sizeof *grown);
    ix->live.words = grown;
    ix->live_words = words;
    return true;
}

static kith_status acquire_scratch(const vector_index *ix, uint32_t found, search_scratch **out,
                                   kith_error *err)
{
    search_scratch_size size = {ix->rows.count, ix->rows.stride, found};
    *out = search_scratch_acquire(ix->scratches, size);
    return *out ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for the work of a search");
}

/* Adds nodes until every row has one, once there are more rows than flat_below. */
static kith_status grow_graph(vector_index *ix, kith_error *err)
{
    if (!ix->has_graph && ix->rows.count <= ix->options.flat_below) return KITH_OK;
    search_scratch *s = NULL;
    kith_status status = acquire_scratch(ix, ix->options.ef_construction, &s, err);
    if (status == KITH_OK) status = graph_insert_rows(&ix->graph, &ix->rows, s, err);
    if (status == KITH_OK) ix->has_graph = true;
    search_scratch_release(ix->scratches, s);
    return status;
}

kith_status vector_index_insert(vector_index *ix, const float *vector, uint32_t *row,
                                kith_error *err)
{
    uint32_t added = ix->rows.count;
    kith_status status = vector_rows_reserve(&ix->rows, added + 1, err);
    if (status != KITH_OK) return status;
    if (!vector_index_reserve_live(ix, added + 1))
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u vectors", added + 1);
    vector_rows_append(&ix->rows, vector);
    status = grow_graph(ix, err);
    if (status != KITH_OK) {
        ix->rows.count = added; // the graph is as it was, so the row is the only thing to take back
        return status;
    }
    bitset_set(&ix->live, added);
    ix->live.count = added + 1;
    ix->live_count++;
    *row = added;
    return KITH_OK;
}

void vector_index_remove(vector_index *ix, uint32_t row)
{
    CHECK(row < ix->rows.count && bitset_has(&ix->live, row));
    bitset_clear(&ix->live, row);
    ix->live_count--;
}

/* How many live rows pass the filter (NULL: all). */
static uint32_t count_matching(const vector_index *ix, const bitset *filter)
{
    if (!filter) return ix->live_count;
    uint32_t matching = 0;
    for (size_t i = 0; i * 64 < ix->rows.count; i++)
        matching += (uint32_t)__builtin_popcountll(filter->words[i] & ix->live.words[i]);
    return matching;
}

/* What a walk costs for each candidate that it keeps, in rows of a scan. Expanding a candidate
 * brings in about a dozen rows that were not visited before, and fetching a row from a scattered
 * address takes longer than fetching the next one of a scan. */
enum { SCAN_ROWS_PER_CANDIDATE = 32 };

/* The planner: how many candidates the walk must keep so that `ef` of them match; 0 means the scan,
 * because it was asked for, there is no graph, nothing matches, or it costs no more. */
static uint32_t choose_ef(const vector_index *ix, const vector_search *search, uint32_t matching)
{
    if (search->exact || !ix->has_graph || matching == 0) return 0;
    uint64_t ef = search->ef ? search->ef : size_max(DEFAULT_EF, (size_t)search->k * 2);
    ef = size_max(ef, search->k);
    ef = (ef * ix->rows.count + matching - 1) / matching;
    return ef * SCAN_ROWS_PER_CANDIDATE < matching ? (uint32_t)ef : 0;
}

/* Writes the first k candidates that are live and pass the filter to out[k]; returns how many. */
static uint32_t take_matching(const vector_index *ix, const vector_search *search,
                              const candidates *found, hit *out)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < found->count && count < search->k; i++) {
        uint32_t row = candidate_id(found->entries[i]);
        if (!bitset_has(&ix->live, row)) continue;
        if (search->filter && !bitset_has(search->filter, row)) continue;
        out[count++] = (hit){found->entries[i].distance, row};
    }
    return count;
}

/* Writes the k nearest of the rows that match to out[k], nearest first; returns how many. */
static uint32_t scan(const vector_index *ix, const vector_search *search, hit *out,
                     search_scratch *s)
{
    topk best = {out, search->k, 0};
    flat_search(&ix->rows, s->query, &ix->live, search->filter, &best, s);
    topk_sort(&best);
    return best.count;
}

kith_status vector_index_search(const vector_index *ix, const float *query,
                                const vector_search *search, hit *out, uint32_t *out_count,
                                vector_search_plan *plan, kith_error *err)
{
    CHECK(search->k >= 1);
    CHECK(!search->filter || search->filter->count == ix->rows.count);
    DCHECK(ix->graph.count == (ix->has_graph ? ix->rows.count : 0));
    uint32_t matching = count_matching(ix, search->filter), count = 0;
    uint32_t ef = choose_ef(ix, search, matching);
    const char *kind = search->filter ? "flat over the filter" : "flat";
    search_scratch *s = NULL;
    kith_status status = acquire_scratch(ix, ef, &s, err);
    if (status != KITH_OK) return status;
    vector_rows_prepare(&ix->rows, query, s->query);
    if (ef > 0) {
        kind = "graph";
        graph_search(&ix->graph, &ix->rows, s->query, s);
        count = take_matching(ix, search, &s->found, out);
    }
    if (count < search->k && count < matching) {
        if (ef > 0) kind = "graph, then flat";
        count = scan(ix, search, out, s);
    }
    DCHECK(count == size_min(search->k, matching));
    *out_count = count;
    if (plan) *plan = (vector_search_plan){kind, s->distance_count, matching};
    search_scratch_release(ix->scratches, s);
    return KITH_OK;
}

kith_status vector_index_distances(const vector_index *ix, const float *query, const uint32_t *rows,
                                   uint32_t count, float *out, kith_error *err)
{
    search_scratch *s = NULL;
    kith_status status = acquire_scratch(ix, 0, &s, err);
    if (status != KITH_OK) return status;
    vector_rows_prepare(&ix->rows, query, s->query);
    vector_rows_distances(&ix->rows, s->query, rows, count, out);
    search_scratch_release(ix->scratches, s);
    return KITH_OK;
}

void vector_index_copy_row(const vector_index *ix, uint32_t row, float *out)
{
    memcpy(out, vector_rows_at(&ix->rows, row), ix->rows.dim * sizeof *out);
}

const bitset *vector_index_live_rows(const vector_index *ix)
{
    return &ix->live;
}

void vector_index_check(const vector_index *ix)
{
    kith_error err = {0};
    CHECK(ix->live.count == ix->rows.count);
    CHECK(ix->live_words * 64 >= ix->rows.count);
    CHECK(ix->rows.count == 0 || bitset_popcount(&ix->live) == ix->live_count);
    for (size_t bit = ix->rows.count; bit < ix->live_words * 64; bit++)
        CHECK(!((ix->live.words[bit / 64] >> bit % 64) & 1));
    CHECK(ix->has_graph == (ix->rows.count > ix->options.flat_below));
    CHECK(ix->graph.count == (ix->has_graph ? ix->rows.count : 0));
    CHECK(vector_rows_check(&ix->rows, &err) == KITH_OK);
    CHECK(graph_verify(&ix->graph, &err) == KITH_OK);
}
