/* vector_index.c - the rows and their two kinds of search; which of them answers a query.
 * The graph is worth its walk only when it compares fewer rows than the scan would. A filter makes
 * the scan cheaper and the walk dearer: of the rows that the walk keeps, only a share matches, so
 * it must keep more. Below some share the scan over the matching rows wins. */
#include "vector/vector_index.h"

#include "base/size.h"
#include "vector/flat.h"
#include "vector/vector_index_parts.h"

#include <stdlib.h>

enum {
    DEFAULT_FLAT_BELOW = 4096,
    DEFAULT_NEIGHBORS = 16,
    DEFAULT_EF_CONSTRUCTION = 200,
    MAX_EF_CONSTRUCTION = 4096,
    DEFAULT_EF = 64
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
    scratch_pool *scratches = heap_new_array(1, sizeof *scratches);
    if (!ix || !scratches) {
        free(ix);
        free(scratches);
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a vector index");
    }
    ix->options = o;
    ix->scratches = scratches;
    vectors_init(&ix->rows, o.metric, o.dim);
    graph_init(&ix->graph, o.neighbors, o.ef_construction, o.seed);
    *out = ix;
    return KITH_OK;
}

void vector_index_free(vector_index *ix)
{
    if (!ix) return;
    vectors_done(&ix->rows);
    graph_done(&ix->graph);
    scratch_pool_done(ix->scratches);
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

static kith_status acquire_scratch(const vector_index *ix, uint32_t found, scratch **out,
                                   kith_error *err)
{
    scratch_size size = {ix->rows.count, ix->rows.stride, found};
    *out = scratch_acquire(ix->scratches, size);
    return *out ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for the work of a search");
}

/* Brings the graph up to all rows once there are enough of them. */
static kith_status grow_graph(vector_index *ix, kith_error *err)
{
    if (!ix->has_graph && ix->rows.count <= ix->options.flat_below) return KITH_OK;
    scratch *s = NULL;
    kith_status status = acquire_scratch(ix, ix->options.ef_construction, &s, err);
    if (status == KITH_OK) status = graph_insert_rows(&ix->graph, &ix->rows, s, err);
    if (status == KITH_OK) ix->has_graph = true;
    scratch_release(ix->scratches, s);
    return status;
}

kith_status vector_index_insert(vector_index *ix, const float *vector, uint32_t *row,
                                kith_error *err)
{
    uint32_t added = ix->rows.count;
    kith_status status = vectors_reserve(&ix->rows, added + 1, err);
    if (status != KITH_OK) return status;
    if (!vector_index_reserve_live(ix, added + 1))
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u vectors", added + 1);
    vectors_append(&ix->rows, vector);
    status = grow_graph(ix, err);
    if (status != KITH_OK) {
        ix->rows.count = added;
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

static uint32_t count_matching(const vector_index *ix, const bitset *filter)
{
    if (!filter) return ix->live_count;
    uint32_t matching = 0;
    for (size_t i = 0; i * 64 < ix->rows.count; i++)
        matching += (uint32_t)__builtin_popcountll(filter->words[i] & ix->live.words[i]);
    return matching;
}

/* What a walk that keeps one candidate costs, in rows of a scan: each expanded candidate brings in
 * about a dozen new rows, and scattered rows take longer than rows in order. */
enum { SCAN_ROWS_PER_CANDIDATE = 32 };

/* How many candidates the walk must keep so that `ef` of them match; 0: the scan is cheaper. */
static uint32_t choose_ef(const vector_index *ix, const vector_search *search, uint32_t matching)
{
    if (search->exact || !ix->has_graph || matching == 0) return 0;
    uint64_t ef = search->ef ? search->ef : size_max(DEFAULT_EF, (size_t)search->k * 2);
    ef = size_max(ef, search->k);
    ef = (ef * ix->rows.count + matching - 1) / matching;
    return ef * SCAN_ROWS_PER_CANDIDATE < matching ? (uint32_t)ef : 0;
}

/* The first k candidates that match, into `out`; how many there were. */
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

static uint32_t scan(const vector_index *ix, const vector_search *search, hit *out, scratch *s)
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
    uint32_t matching = count_matching(ix, search->filter), count = 0;
    uint32_t ef = choose_ef(ix, search, matching);
    const char *kind = search->filter ? "flat over the filter" : "flat";
    scratch *s = NULL;
    kith_status status = acquire_scratch(ix, ef, &s, err);
    if (status != KITH_OK) return status;
    vectors_prepare(&ix->rows, query, s->query);
    if (ef > 0) {
        kind = "graph";
        graph_search(&ix->graph, &ix->rows, s->query, s);
        count = take_matching(ix, search, &s->found, out);
    }
    if (count < search->k && count < matching) {
        if (ef > 0) kind = "graph, then flat";
        count = scan(ix, search, out, s);
    }
    *out_count = count;
    if (plan) *plan = (vector_search_plan){kind, s->distance_count, matching};
    scratch_release(ix->scratches, s);
    return KITH_OK;
}

kith_status vector_index_distances(const vector_index *ix, const float *query, const uint32_t *rows,
                                   uint32_t count, float *out, kith_error *err)
{
    scratch *s = NULL;
    kith_status status = acquire_scratch(ix, 0, &s, err);
    if (status != KITH_OK) return status;
    vectors_prepare(&ix->rows, query, s->query);
    vectors_distances(&ix->rows, s->query, rows, count, out);
    scratch_release(ix->scratches, s);
    return KITH_OK;
}

void vector_index_copy_row(const vector_index *ix, uint32_t row, float *out)
{
    memcpy(out, vectors_row(&ix->rows, row), ix->rows.dim * sizeof *out);
}

const bitset *vector_index_live_rows(const vector_index *ix)
{
    return &ix->live;
}

void vector_index_check(const vector_index *ix)
{
    kith_error err = {0};
    CHECK(ix->live.count == ix->rows.count);
    CHECK(ix->rows.count == 0 || bitset_popcount(&ix->live) == ix->live_count);
    CHECK(!ix->has_graph || ix->graph.count == ix->rows.count);
    CHECK(graph_verify(&ix->graph, &err) == KITH_OK);
}
