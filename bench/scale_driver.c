/* scale_driver.c - what a vector index takes and what a search in it costs as it grows: counters, bytes
 * and CPU at 10,000, 30,000, 100,000, ... rows, over made vectors in clusters.
 *
 * scale_driver DIM ROWS EF
 * One JSON object a size. Queries are further vectors of the same clusters; recall is against an exact
 * search. The index as the library has it, without a store. */
#include "driver.h"

#include "vector/vector_index.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { K = 10, QUERIES = 100, CLUSTER_ROWS = 500 };

/* Vector n: the centre of its cluster, which is drawn for it, and as much noise again. */
static void make_clustered(uint64_t n, uint32_t clusters, float *out, uint32_t dim)
{
    uint64_t state = n * UINT64_C(0x9e3779b97f4a7c15) + 1;
    uint64_t centre = random_next(&state) % clusters * UINT64_C(0xbf58476d1ce4e5b9) + 7;
    for (uint32_t i = 0; i < dim; i++)
        out[i] = (float)(random_unit(&centre) - 0.5 + (random_unit(&state) - 0.5));
}

static int64_t cpu(void)
{
    return now_ns(CLOCK_PROCESS_CPUTIME_ID);
}

static bool measure(vector_index *ix, uint32_t rows, uint32_t ef, double build_us)
{
    const uint32_t dim = vector_index_describe(ix)->dim;
    const vector_view all = {.index = ix, .rows = rows, .live_count = rows};
    uint64_t distances = 0, hops = 0, estimates = 0, found = 0;
    double search_us = 0;
    float *query = calloc(dim, sizeof *query);
    for (uint32_t i = 0; query && i < QUERIES; i++) {
        hit hits[K], exact[K];
        uint32_t count, exact_count;
        vector_search_plan plan;
        kith_error err = {0};
        make_clustered((UINT64_C(1) << 40) + i, rows / CLUSTER_ROWS + 1, query, dim);
        vector_search how = {.k = K, .exact = true};
        if (vector_index_search(&all, query, &how, exact, &exact_count, NULL, &err) != KITH_OK)
            return false;
        how = (vector_search){.k = K, .ef = ef};
        int64_t start = cpu();
        if (vector_index_search(&all, query, &how, hits, &count, &plan, &err) != KITH_OK)
            return false;
        search_us += (double)(cpu() - start) / 1e3 / QUERIES;
        distances += plan.distances;
        hops += plan.hops;
        estimates += plan.estimates;
        for (uint32_t j = 0; j < count; j++)
            found += hits[j].distance <= exact[K - 1].distance;
    }
    free(query);
    printf(
        "{\"rows\": %u, \"dim\": %u, \"ef\": %u, \"recall\": %.4f, \"distances\": %.1f, \"hops\": "
        "%.1f, "
        "\"estimates\": %.1f, \"search_us\": %.1f, \"bytes_per_row\": %.1f, \"build_us\": %.1f}\n",
        rows, dim, ef, (double)found / (K * QUERIES), (double)distances / QUERIES,
        (double)hops / QUERIES, (double)estimates / QUERIES, search_us,
        (double)vector_index_bytes(ix) / rows, build_us);
    fflush(stdout);
    return true;
}

/* Clusters keep their size as the index grows, so each size is an index of its own. */
static bool measure_size(uint32_t dim, uint32_t rows, uint32_t ef)
{
    kith_error err = {0};
    vector_index *ix = NULL;
    const vector_index_options options = {
        .metric = KITH_SQUARED_L2, .dim = dim, .coded_above = 4096};
    float *vector = calloc(dim, sizeof *vector);
    bool done = vector && vector_index_new(&options, &ix, &err) == KITH_OK;
    uint32_t row;
    for (uint32_t i = 0; done && i < rows; i++) {
        make_clustered(i, rows / CLUSTER_ROWS + 1, vector, dim);
        done = vector_index_append(ix, vector, &row, &err) == KITH_OK;
    }
    int64_t start = cpu();
    while (done && vector_index_unlinked(ix, rows) > 0)
        done = vector_index_link(ix, rows, 4096, NULL, NULL, &err) == KITH_OK;
    done = done && measure(ix, rows, ef, (double)(cpu() - start) / 1e3 / rows);
    vector_index_free(ix);
    free(vector);
    return done;
}

int main(int argc, char **argv)
{
    unsigned dim, most, ef;
    if (argc != 4 || sscanf(argv[1], "%u", &dim) != 1 || sscanf(argv[2], "%u", &most) != 1 ||
        sscanf(argv[3], "%u", &ef) != 1)
        return 2;
    static const uint32_t sizes[] = {10000, 30000, 100000, 300000, 1000000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0] && sizes[i] <= most; i++)
        if (!measure_size(dim, sizes[i], ef)) return 1;
    return 0;
}
