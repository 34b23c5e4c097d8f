/* open_driver.c - what it takes until a collection that lies on disk has answered its first search, over
 * the public API of whichever libkith it was compiled with; open.py compiles it for each and reads what
 * it prints.
 *
 * open_driver make DIRECTORY ROWS
 *     Makes a collection of ROWS points of DIM numbers, in clusters, and closes it, which links and saves
 *     what is left.
 * open_driver open DIRECTORY ROWS SEARCHES
 *     Opens it, of ROWS points, and searches so often for the K nearest of further vectors. Prints one JSON object: CPU of
 *     the process and wall time, in ms, of opening and the first search together, of the second search, of
 *     the median of those from the middle on (CPU of the thread, in us), and of closing. */
#include "driver.h"

#include <kith/kith.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIM = 128, BATCH = 1000, K = 10, CLUSTER_ROWS = 500, SEARCHES_MAX = 100000 };

static const char collection[] = "open";

static bool succeeded(kith_status status, const kith_error *err)
{
    if (status != KITH_OK) fprintf(stderr, "open_driver: %s\n", err->message);
    return status == KITH_OK;
}

/* Vector n: the centre of its cluster, which is drawn for it, and as much noise again. */
static void make_clustered(uint64_t n, uint32_t clusters, float *out)
{
    uint64_t state = n * UINT64_C(0x9e3779b97f4a7c15) + 1;
    uint64_t centre = random_next(&state) % clusters * UINT64_C(0xbf58476d1ce4e5b9) + 7;
    for (uint32_t i = 0; i < DIM; i++)
        out[i] = (float)(random_unit(&centre) - 0.5 + (random_unit(&state) - 0.5));
}

static bool put_all(kith *k, uint32_t rows)
{
    static char ids[BATCH][16];
    static float vectors[BATCH][DIM];
    static kith_point points[BATCH];
    kith_error err = {0};
    for (uint32_t first = 0; first < rows; first += BATCH) {
        const uint32_t count = rows - first < BATCH ? rows - first : BATCH;
        for (uint32_t i = 0; i < count; i++) {
            snprintf(ids[i], sizeof ids[i], "p%u", first + i);
            make_clustered(first + i, rows / CLUSTER_ROWS + 1, vectors[i]);
            points[i] = (kith_point){.id = ids[i], .vector = vectors[i], .dimension = DIM};
        }
        if (!succeeded(kith_put(k, collection, KITH_ADD, points, count, &err), &err)) return false;
    }
    return true;
}

static int make(const char *directory, uint32_t rows)
{
    kith_error err = {0};
    kith *k = NULL;
    bool done = succeeded(kith_open(directory, NULL, &k, &err), &err) &&
                succeeded(kith_collection_create(k, collection, NULL, &err), &err) &&
                put_all(k, rows);
    return succeeded(kith_close(k, &err), &err) && done ? 0 : 1;
}

/* Sums up what is found, so that two builds can be compared. */
static bool search(kith *k, uint64_t n, uint32_t clusters, uint64_t *found)
{
    float vector[DIM];
    kith_error err = {0};
    kith_hits *hits = NULL;
    make_clustered((UINT64_C(1) << 40) + n, clusters, vector);
    const kith_query query = {.vector = vector, .dimension = DIM, .k = K};
    if (!succeeded(kith_search(k, collection, &query, &hits, &err), &err)) return false;
    for (size_t i = 0; i < hits->count; i++)
        for (const char *c = hits->hits[i].id; *c; c++)
            *found = *found * 31 + (uint64_t)*c;
    kith_hits_free(hits);
    return true;
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static double cpu_ms(void)
{
    return (double)now_ns(CLOCK_PROCESS_CPUTIME_ID) / 1e6;
}

static double wall_ms(void)
{
    return (double)now_ns(CLOCK_MONOTONIC) / 1e6;
}

static int open_and_search(const char *directory, uint32_t rows, uint32_t searches)
{
    static int64_t ns[SEARCHES_MAX];
    kith_error err = {0};
    kith *k = NULL;
    uint64_t found = 0;
    const uint32_t clusters = rows / CLUSTER_ROWS + 1;
    const double cpu = cpu_ms(), wall = wall_ms();
    bool done =
        succeeded(kith_open(directory, NULL, &k, &err), &err) && search(k, 0, clusters, &found);
    const double first_cpu = cpu_ms(), first_wall = wall_ms();
    done = done && search(k, 1, clusters, &found);
    const double second_cpu = cpu_ms(), second_wall = wall_ms();
    for (uint32_t i = 2; done && i < searches; i++) {
        const int64_t start = now_ns(CLOCK_THREAD_CPUTIME_ID);
        done = search(k, i, clusters, &found);
        ns[i] = now_ns(CLOCK_THREAD_CPUTIME_ID) - start;
    }
    const double close_cpu = cpu_ms(), close_wall = wall_ms();
    done = succeeded(kith_close(k, &err), &err) && done;
    const uint32_t middle = searches / 2 > 2 ? searches / 2 : 2;
    const uint32_t count = searches > middle ? searches - middle : 0;
    if (count) qsort(ns + middle, count, sizeof *ns, compare);
    printf("{\"first_cpu_ms\": %.2f, \"first_ms\": %.2f, \"second_cpu_ms\": %.2f, \"second_ms\": "
           "%.2f, \"search_us\": %.2f, \"close_cpu_ms\": %.2f, \"close_ms\": %.2f, \"found\": "
           "\"%016llx\"}\n",
           first_cpu - cpu, first_wall - wall, second_cpu - first_cpu, second_wall - first_wall,
           count ? (double)ns[middle + count / 2] / 1e3 : 0, cpu_ms() - close_cpu,
           wall_ms() - close_wall, (unsigned long long)found);
    return done ? 0 : 1;
}

int main(int argc, char **argv)
{
    unsigned rows = 0, searches = 0;
    if (argc == 4 && strcmp(argv[1], "make") == 0 && sscanf(argv[3], "%u", &rows) == 1)
        return make(argv[2], rows);
    if (argc == 5 && strcmp(argv[1], "open") == 0 && sscanf(argv[3], "%u", &rows) == 1 &&
        sscanf(argv[4], "%u", &searches) == 1 && searches <= SEARCHES_MAX)
        return open_and_search(argv[2], rows, searches);
    return 2;
}
