/* ann_driver.c - lets a script measure searches by vector, in kith's index and through kith_search.
 *
 * ann_driver METRIC DIM BASE QUERIES K DIRECTORY
 *     METRIC is a number of kith_metric; BASE and QUERIES are files of little-endian floats
 *     [count][DIM]. Builds an index over BASE, with one thread, and puts the same vectors into a
 *     collection in DIRECTORY, unless it has them. Prints one JSON object: the CPU seconds of the
 *     build and the bytes that it takes. Then each line of the standard input is one measurement:
 *
 *     index EF    every query once, in the index
 *     compact EF  in an index of the same vectors that has these on a disk (in the directory of BASE)
 *     cold EF     the same after the system was asked to forget what it has of files
 *     search EF   every query once, through kith_search, without content and metadata
 *
 *     and is answered by one JSON object: the microseconds of the thread's CPU that a query took on
 *     average, how many distances of vectors it computed, of the index also how many rows of codes it
 *     read and how many distances it estimated, and the rows that were found, K for each query. */
#include "driver.h"
#include "vector/vector_index.h"
#include "vector_set.h"

#include <fcntl.h>
#include <kith/catalog.h>
#include <kith/kith.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PUT_BATCH = 5000, EF_LINE = 64, K_MAX = 1000 };

static const char collection[] = "ann";

typedef struct bench {
    kith_metric metric;
    uint32_t dim, k;
    vectors base, queries;
    vector_index *index, *compact;
    size_t resident; /* bytes that the compact one added to the process */
    kith *database;
    uint32_t *found; /* [queries.count][k] */
    uint64_t distances, hops, estimates;
} bench;

/* Points of the collection, which is created if need be, and those of them that its graph lacks. */
static void count_points(bench *b, uint64_t *points, uint64_t *unlinked)
{
    kith_error err = {0};
    kith_collection_info *info = NULL;
    const kith_collection_options options = {.metric = b->metric, .dimension = b->dim};
    if (kith_collection_ensure(b->database, collection, &options, NULL, &info, &err) != KITH_OK)
        stop("collection", &err);
    *points = info->chunks;
    *unlinked = info->unlinked;
    kith_collection_info_free(info);
}

static void put_points(bench *b)
{
    kith_error err = {0};
    static char ids[PUT_BATCH][16];
    static kith_point points[PUT_BATCH];
    for (uint32_t first = 0; first < b->base.count; first += PUT_BATCH) {
        uint32_t count = 0;
        for (; count < PUT_BATCH && first + count < b->base.count; count++) {
            snprintf(ids[count], sizeof ids[count], "%u", first + count);
            points[count] = (kith_point){.id = ids[count],
                                         .vector = b->base.rows + (size_t)(first + count) * b->dim,
                                         .dimension = b->dim};
        }
        if (kith_put(b->database, collection, KITH_ADD, points, count, &err) != KITH_OK)
            stop("put", &err);
    }
}

static void search_index(bench *b, const vector_index *index, const float *query, uint32_t ef,
                         uint32_t *rows)
{
    kith_error err = {0};
    hit hits[K_MAX];
    uint32_t count = 0;
    vector_search_plan plan = {0};
    const vector_view seen = {index, b->base.count, NULL, b->base.count};
    const vector_search search = {.k = b->k, .ef = ef};
    if (vector_index_search(&seen, query, &search, hits, &count, &plan, &err) != KITH_OK)
        stop("search", &err);
    for (uint32_t i = 0; i < count; i++)
        rows[i] = hits[i].id;
    b->distances += plan.distances;
    b->hops += plan.hops;
    b->estimates += plan.estimates;
}

/* The number that put_points made the id of. */
static uint32_t row_of(const char *id)
{
    uint32_t row = 0;
    for (; *id; id++)
        row = row * 10 + (uint32_t)(*id - '0');
    return row;
}

static void search_database(bench *b, const float *query, uint32_t ef, uint32_t *rows)
{
    kith_error err = {0};
    kith_hits *hits = NULL;
    const kith_query search = {.size = sizeof search,
                               .vector = query,
                               .dimension = b->dim,
                               .k = b->k,
                               .ef = ef,
                               .ranking = KITH_RANK_MEANING,
                               .without_content = true,
                               .without_metadata = true};
    if (kith_search(b->database, collection, &search, &hits, &err) != KITH_OK) stop("search", &err);
    for (size_t i = 0; i < hits->count; i++)
        rows[i] = row_of(hits->hits[i].id);
    b->distances += hits->distances;
    kith_hits_free(hits);
}

static void open_database(bench *b, const char *directory)
{
    kith_error err = {0};
    uint64_t points = 0, unlinked = 0;
    if (kith_open(directory, NULL, &b->database, &err) != KITH_OK) stop(directory, &err);
    count_points(b, &points, &unlinked);
    if (points == 0) put_points(b);
    search_database(b, b->queries.rows, 0, b->found); // loads the index
    for (count_points(b, &points, &unlinked); unlinked > 0; count_points(b, &points, &unlinked))
        wait_ms(100);
}

/* Bytes of the process that are in memory, without pages of files. */
static size_t resident_bytes(void)
{
    unsigned long pages = 0, resident = 0, shared = 0;
    FILE *file = open_file("/proc/self/statm");
    if (fscanf(file, "%lu %lu %lu", &pages, &resident, &shared) != 3) stop("statm", NULL);
    fclose(file);
    return (resident - shared) * (size_t)sysconf(_SC_PAGESIZE);
}

static void build_compact(bench *b, const char *base_path)
{
    char *directory = strdup(base_path);
    if (!directory) stop("directory", NULL);
    *strrchr(directory, '/') = 0;
    const size_t before = resident_bytes();
    b->compact = build_index_within(&b->base, b->metric, b->dim,
                                    &(vector_budget){.is_compact = true, .directory = directory});
    (void)malloc_trim(0);
    b->resident = resident_bytes() - before;
    // The index has borrowed the directory's name: it is left to the end of the process.
}

/* Asks the system to give up the pages that it has of all files that are open. */
static void forget_files(void)
{
    enum { FILES = 256 };
    for (int fd = 3; fd < FILES; fd++) {
        (void)fdatasync(fd); // allow fdatasync: what is not written is not given up
        (void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    }
}

static void measure(bench *b, const char *what, uint32_t ef)
{
    const bool is_cold = strcmp(what, "cold") == 0;
    const bool is_compact = is_cold || strcmp(what, "compact") == 0;
    const bool by_index = is_compact || strcmp(what, "index") == 0;
    b->distances = b->hops = b->estimates = 0;
    if (is_cold) forget_files();
    int64_t start = now_ns(CLOCK_THREAD_CPUTIME_ID), wall = now_ns(CLOCK_MONOTONIC);
    for (uint32_t i = 0; i < b->queries.count; i++) {
        const float *query = b->queries.rows + (size_t)i * b->dim;
        uint32_t *rows = b->found + (size_t)i * b->k;
        by_index ? search_index(b, is_compact ? b->compact : b->index, query, ef, rows)
                 : search_database(b, query, ef, rows);
    }
    double count = b->queries.count;
    double us = (double)(now_ns(CLOCK_THREAD_CPUTIME_ID) - start) / 1e3 / count;
    double wall_us = (double)(now_ns(CLOCK_MONOTONIC) - wall) / 1e3 / count;
    printf("{\"us\": %.3f, \"wall_us\": %.3f, \"distances\": %.1f, ", us, wall_us,
           (double)b->distances / count);
    if (by_index)
        printf("\"hops\": %.1f, \"estimates\": %.1f, ", (double)b->hops / count,
               (double)b->estimates / count);
    printf("\"rows\": [");
    for (size_t i = 0; i < (size_t)b->queries.count * b->k; i++)
        printf("%s%u", i ? ", " : "", b->found[i]);
    printf("]}\n");
    fflush(stdout);
}

int main(int argc, char **argv)
{
    unsigned metric;
    bench b = {0};
    if (argc != 7 || sscanf(argv[1], "%u", &metric) != 1 || sscanf(argv[2], "%u", &b.dim) != 1 ||
        sscanf(argv[5], "%u", &b.k) != 1 || b.k > K_MAX)
        return 2;
    b.metric = (kith_metric)metric;
    b.base = read_vectors(argv[3], b.dim);
    b.queries = read_vectors(argv[4], b.dim);
    b.found = calloc((size_t)b.queries.count * b.k, sizeof *b.found);
    build_compact(&b, argv[3]);
    int64_t start = now_ns(CLOCK_THREAD_CPUTIME_ID);
    b.index = build_index(&b.base, b.metric, b.dim);
    double seconds = (double)(now_ns(CLOCK_THREAD_CPUTIME_ID) - start) / 1e9;
    open_database(&b, argv[6]);
    printf("{\"seconds\": %.2f, \"bytes\": %zu, \"compact_bytes\": %zu, \"resident\": %zu}\n",
           seconds, vector_index_bytes(b.index), vector_index_bytes(b.compact), b.resident);
    fflush(stdout);
    char line[EF_LINE], what[EF_LINE];
    unsigned ef;
    while (fgets(line, sizeof line, stdin))
        if (sscanf(line, "%63s %u", what, &ef) == 2) measure(&b, what, ef);
    kith_error err = {0};
    vector_index_free(b.index);
    vector_index_free(b.compact);
    free(b.base.rows);
    free(b.queries.rows);
    free(b.found);
    return kith_close(b.database, &err) == KITH_OK ? 0 : 1;
}
