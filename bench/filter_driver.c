/* filter_driver.c - lets a script measure filtered searches by vector in kith's index, by each strategy.
 *
 * filter_driver METRIC DIM BASE QUERIES K [KERNELS]
 *     METRIC is a number of kith_metric; BASE and QUERIES are files of little-endian floats
 *     [count][DIM]; KERNELS is a name of kith_select_kernels. Builds an index over BASE, with one thread,
 *     and prints one JSON object when it is there. Then each line of the standard input is answered by
 *     one JSON object:
 *
 *     labels FILE          u32 [rows] then u32 [queries]: from now on query q may find the rows whose
 *                          label is its own. Answers the share of rows that pass, on average
 *     search STRATEGY EF   every query once, STRATEGY being a number of vector_strategy. Answers the
 *                          microseconds of the thread's CPU that a query took on average, counters, how
 *                          many queries each plan answered, and the rows found, K for each query, -1
 *                          where there are fewer. Bitmaps are made before, and not measured. */
#include "driver.h"
#include "vector/vector_index.h"
#include "vector_set.h"

#include <kith/kith.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 4096, K_MAX = 1000, PLANS_MAX = 8 };

typedef struct bench {
    kith_metric metric;
    uint32_t dim, k;
    vectors base, queries;
    vector_index *index;
    uint32_t *row_labels, *query_labels;
    bitset **filters; /* [queries.count]; NULL: everything passes */
    int64_t *found;   /* [queries.count][k] */
} bench;

/* The bitmap of a query's label: that of an earlier query with the same one, where there is one. */
static bitset *filter_of(const bench *b, uint32_t query)
{
    for (uint32_t i = 0; i < query; i++)
        if (b->query_labels[i] == b->query_labels[query]) return b->filters[i];
    bitset *made = bitset_new(b->base.count);
    if (!made) stop("filter", NULL);
    for (uint32_t row = 0; row < b->base.count; row++)
        if (b->row_labels[row] == b->query_labels[query]) bitset_set(made, row);
    return made;
}

static void free_filters(bench *b)
{
    for (uint32_t i = 0; b->filters[0] && i < b->queries.count; i++) {
        bool is_first = true;
        for (uint32_t j = 0; j < i && is_first; j++)
            is_first = b->filters[j] != b->filters[i];
        if (is_first) bitset_free(b->filters[i]);
    }
}

static void take_labels(bench *b, const char *path)
{
    FILE *file = open_file(path);
    bitset **made = calloc(b->queries.count, sizeof *made);
    double passing = 0;
    read_into(file, b->row_labels, b->base.count * sizeof *b->row_labels, path);
    read_into(file, b->query_labels, b->queries.count * sizeof *b->query_labels, path);
    fclose(file);
    if (!made) stop("filters", NULL);
    free_filters(b);
    free(b->filters);
    b->filters = made;
    for (uint32_t i = 0; i < b->queries.count; i++) {
        made[i] = filter_of(b, i);
        passing += bitset_popcount(made[i]);
    }
    printf("{\"share\": %.8f}\n", passing / b->queries.count / b->base.count);
}

/* What all queries of one measurement did. */
typedef struct tally {
    uint64_t distances, hops, estimates;
    const char *plans[PLANS_MAX];
    uint32_t counts[PLANS_MAX];
} tally;

static void note_plan(tally *t, const vector_search_plan *plan)
{
    t->distances += plan->distances;
    t->hops += plan->hops;
    t->estimates += plan->estimates;
    for (uint32_t i = 0; i < PLANS_MAX; i++) {
        if (t->plans[i] && strcmp(t->plans[i], plan->kind) != 0) continue;
        t->plans[i] = plan->kind;
        t->counts[i]++;
        return;
    }
}

static void search_one(bench *b, uint32_t query, const vector_search *search, tally *t)
{
    kith_error err = {0};
    hit hits[K_MAX];
    uint32_t count = 0;
    vector_search_plan plan = {0};
    const vector_view seen = {b->index, b->base.count, NULL, b->base.count};
    if (vector_index_search(&seen, b->queries.rows + (size_t)query * b->dim, search, hits, &count,
                            &plan, &err) != KITH_OK)
        stop("search", &err);
    for (uint32_t i = 0; i < b->k; i++)
        b->found[(size_t)query * b->k + i] = i < count ? (int64_t)hits[i].id : -1;
    note_plan(t, &plan);
}

static void measure(bench *b, unsigned strategy, uint32_t ef)
{
    tally t = {0};
    const double count = b->queries.count;
    int64_t start = now_ns(CLOCK_THREAD_CPUTIME_ID);
    for (uint32_t i = 0; i < b->queries.count; i++) {
        const vector_search search = {
            .k = b->k, .ef = ef, .strategy = (vector_strategy)strategy, .filter = b->filters[i]};
        search_one(b, i, &search, &t);
    }
    double us = (double)(now_ns(CLOCK_THREAD_CPUTIME_ID) - start) / 1e3 / count;
    printf("{\"us\": %.3f, \"distances\": %.1f, \"hops\": %.1f, \"estimates\": %.1f, \"plans\": {",
           us, (double)t.distances / count, (double)t.hops / count, (double)t.estimates / count);
    for (uint32_t i = 0; i < PLANS_MAX && t.plans[i]; i++)
        printf("%s\"%s\": %u", i ? ", " : "", t.plans[i], t.counts[i]);
    printf("}, \"rows\": [");
    for (size_t i = 0; i < (size_t)b->queries.count * b->k; i++)
        printf("%s%lld", i ? ", " : "", (long long)b->found[i]);
    printf("]}\n");
}

int main(int argc, char **argv)
{
    unsigned metric;
    bench b = {0};
    kith_error err = {0};
    if (argc < 6 || argc > 7 || sscanf(argv[1], "%u", &metric) != 1 ||
        sscanf(argv[2], "%u", &b.dim) != 1 || sscanf(argv[5], "%u", &b.k) != 1 || b.k > K_MAX)
        return 2;
    if (argc == 7 && kith_select_kernels(argv[6], &err) != KITH_OK) stop(argv[6], &err);
    b.metric = (kith_metric)metric;
    b.base = read_vectors(argv[3], b.dim);
    b.queries = read_vectors(argv[4], b.dim);
    b.found = calloc((size_t)b.queries.count * b.k, sizeof *b.found);
    b.filters = calloc(b.queries.count, sizeof *b.filters);
    b.row_labels = calloc(b.base.count, sizeof *b.row_labels);
    b.query_labels = calloc(b.queries.count, sizeof *b.query_labels);
    if (!b.found || !b.filters || !b.row_labels || !b.query_labels) stop("memory", NULL);
    int64_t start = now_ns(CLOCK_THREAD_CPUTIME_ID);
    b.index = build_index(&b.base, b.metric, b.dim);
    printf("{\"seconds\": %.2f, \"bytes\": %zu}\n",
           (double)(now_ns(CLOCK_THREAD_CPUTIME_ID) - start) / 1e9, vector_index_bytes(b.index));
    fflush(stdout);
    char line[LINE], path[LINE];
    unsigned strategy, ef;
    while (fgets(line, sizeof line, stdin)) {
        if (sscanf(line, "labels %4095s", path) == 1)
            take_labels(&b, path);
        else if (sscanf(line, "search %u %u", &strategy, &ef) == 2)
            measure(&b, strategy, ef);
        fflush(stdout);
    }
    free_filters(&b);
    vector_index_free(b.index);
    free(b.base.rows);
    free(b.queries.rows);
    free(b.found);
    free(b.filters);
    free(b.row_labels);
    free(b.query_labels);
    return 0;
}
