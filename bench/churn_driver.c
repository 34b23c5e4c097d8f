/* churn_driver.c - a collection whose points are all replaced, again and again, over the public API
 * of whichever libkith it was compiled with; churn.py compiles it and reads what it prints.
 *
 * churn_driver VECTORS QUERIES DIRECTORY WAY
 *     POINTS of the vectors in the file are put, and then turned over TURNS times in random order,
 *     BATCH at a time: each point gets a vector that none has at that time. WAY is `replace` (puts of
 *     the same ids) or `delete` (a deletion, then a put of new ids). A thread searches beside.
 *     After each turn the index settles. In the end the last vectors are put into a fresh
 *     collection, and a fifth of the points is deleted, and put again, for what either costs.
 * One JSON object a line. CPU times are those of the whole process, less the searches beside. */
#include "driver.h"

#include <kith/kith.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef POINTS
#define POINTS 20000
#define TURNS  10
#define BATCH  256
#define DIM    128
#define METRIC KITH_SQUARED_L2
#define EF     64
#endif

enum { K = 10, QUERIES = 500, TIMES_MAX = 1 << 20, QUIET_MS = 300 };

typedef struct churn {
    kith *database;
    const char *collection;
    float *vectors, *queries; /* [vector_count][DIM], [query_count][DIM] */
    uint32_t vector_count, query_count;
    uint32_t *free_vectors; /* a ring of the vectors that no point has */
    uint32_t free_first, free_count;
    uint32_t current[POINTS]; /* the vector that point i has */
    uint32_t name[POINTS];    /* its id is "p" and this */
    uint32_t next_name;
    uint64_t random;
    /* Of the thread that searches beside. */
    atomic_bool is_searching;
    _Atomic(int64_t) search_cpu_ns;
    int64_t *times; /* [TIMES_MAX] by the clock */
    uint32_t time_count;
    uint64_t peak_bytes; /* of the index */
    bool failed;
} churn;

static bool succeeded(kith_status status, const kith_error *err)
{
    if (status != KITH_OK) fprintf(stderr, "churn_driver: %s\n", err->message);
    return status == KITH_OK;
}

static float *read_floats(const char *path, uint32_t *rows)
{
    // allow fopen: this is built against the public API of any tree
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    fseek(file, 0, SEEK_END);
    size_t bytes = (size_t)ftell(file);
    rewind(file);
    float *floats = malloc(bytes + 1);
    if (floats && fread(floats, 1, bytes, file) != bytes) bytes = 0;
    fclose(file);
    *rows = (uint32_t)(bytes / sizeof(float) / DIM);
    return floats;
}

/* ---- writing ---- */

static bool put(churn *c, kith_write_mode mode, const uint32_t *points, uint32_t count)
{
    kith_error err = {0};
    static char ids[KITH_BATCH_MAX_POINTS][16];
    static kith_point made[KITH_BATCH_MAX_POINTS];
    for (uint32_t i = 0; i < count; i++) {
        snprintf(ids[i], sizeof ids[i], "p%u", c->name[points[i]]);
        made[i] = (kith_point){.id = ids[i],
                               .content = "the red fox hunts mice at dusk",
                               .metadata = "{\"kind\": \"fox\"}",
                               .vector = c->vectors + (size_t)c->current[points[i]] * DIM,
                               .dimension = DIM};
    }
    return succeeded(kith_put(c->database, c->collection, mode, made, count, &err), &err);
}

static bool delete (churn *c, const uint32_t *points, uint32_t count)
{
    kith_error err = {0};
    static char ids[KITH_BATCH_MAX_POINTS][16];
    static const char *list[KITH_BATCH_MAX_POINTS];
    for (uint32_t i = 0; i < count; i++) {
        snprintf(ids[i], sizeof ids[i], "p%u", c->name[points[i]]);
        list[i] = ids[i];
    }
    const kith_selection selection = {.ids = list, .id_count = count};
    return succeeded(kith_delete(c->database, c->collection, &selection, NULL, &err), &err);
}

static void shuffle(churn *c, uint32_t *list, uint32_t count)
{
    for (uint32_t i = count; i > 1; i--) {
        uint32_t other = (uint32_t)(random_next(&c->random) % i), kept = list[i - 1];
        list[i - 1] = list[other];
        list[other] = kept;
    }
}

/* The point gets the vector that was free longest, and gives its own back. */
static void give_another_vector(churn *c, uint32_t point)
{
    uint32_t taken = c->free_vectors[c->free_first];
    c->free_vectors[c->free_first] = c->current[point];
    c->free_first = (c->free_first + 1) % c->free_count;
    c->current[point] = taken;
}

static bool turn_over(churn *c, bool replaces)
{
    static uint32_t order[POINTS];
    for (uint32_t i = 0; i < POINTS; i++)
        order[i] = i;
    shuffle(c, order, POINTS);
    for (uint32_t first = 0; first < POINTS; first += BATCH) {
        uint32_t count = POINTS - first < BATCH ? POINTS - first : BATCH;
        if (!replaces && !delete (c, order + first, count)) return false;
        for (uint32_t i = 0; i < count; i++) {
            give_another_vector(c, order[first + i]);
            if (!replaces) c->name[order[first + i]] = c->next_name++;
        }
        if (!put(c, replaces ? KITH_UPSERT : KITH_ADD, order + first, count)) return false;
    }
    return true;
}

static bool put_all(churn *c)
{
    static uint32_t order[POINTS];
    for (uint32_t i = 0; i < POINTS; i++)
        order[i] = i;
    for (uint32_t first = 0; first < POINTS; first += BATCH)
        if (!put(c, KITH_ADD, order + first, POINTS - first < BATCH ? POINTS - first : BATCH))
            return false;
    return true;
}

/* ---- searching ---- */

static kith_hits *search(const churn *c, uint32_t query, bool exact)
{
    kith_error err = {0};
    kith_hits *hits = NULL;
    const kith_query q = {.vector = c->queries + (size_t)query * DIM,
                          .dimension = DIM,
                          .k = K,
                          .ef = EF,
                          .exact = exact,
                          .without_content = true};
    (void)succeeded(kith_search(c->database, c->collection, &q, &hits, &err), &err);
    return hits;
}

static void note_bytes(churn *c)
{
    kith_error err = {0};
    kith_collection_list *list = NULL;
    if (kith_collections(c->database, c->collection, &list, &err) != KITH_OK) return;
    uint64_t bytes = list->collections[0].bytes_memory;
    if (bytes > c->peak_bytes) c->peak_bytes = bytes;
    kith_collection_list_free(list);
}

static void *search_beside(void *context)
{
    churn *c = context;
    for (uint32_t i = 0; atomic_load(&c->is_searching); i = (i + 1) % c->query_count) {
        int64_t start = now_ns(CLOCK_MONOTONIC);
        kith_hits *hits = search(c, i, false);
        if (!hits) c->failed = true;
        kith_hits_free(hits);
        if (c->time_count < TIMES_MAX) c->times[c->time_count++] = now_ns(CLOCK_MONOTONIC) - start;
        if (c->time_count % 32 == 0) note_bytes(c);
        atomic_store(&c->search_cpu_ns, now_ns(CLOCK_THREAD_CPUTIME_ID));
        wait_ms(2);
    }
    return NULL;
}

static int compare(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

static void print_times(churn *c)
{
    if (c->time_count == 0) return;
    qsort(c->times, c->time_count, sizeof *c->times, compare);
    printf(", \"peak_bytes\": %llu", (unsigned long long)c->peak_bytes);
    printf(", \"search_ms\": %.4f, \"search_p99_ms\": %.4f, \"search_longest_ms\": %.4f",
           (double)c->times[c->time_count / 2] / 1e6,
           (double)c->times[(size_t)c->time_count * 99 / 100] / 1e6,
           (double)c->times[c->time_count - 1] / 1e6);
}

/* ---- measuring ---- */

static int64_t cpu_ns(const churn *c)
{
    return now_ns(CLOCK_PROCESS_CPUTIME_ID) - atomic_load(&c->search_cpu_ns);
}

/* Until nothing has taken CPU for a while. */
static void settle(void)
{
    int64_t before, now = now_ns(CLOCK_PROCESS_CPUTIME_ID);
    do {
        before = now;
        wait_ms(QUIET_MS);
        now = now_ns(CLOCK_PROCESS_CPUTIME_ID);
    } while (now - before > 3000000);
}

static size_t resident_bytes(void)
{
    unsigned long pages = 0, resident = 0;
    // allow fopen: as above
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%lu %lu", &pages, &resident) != 2) resident = 0;
    if (file) fclose(file);
    return resident * 4096;
}

/* Recall, what a search computes, and memory; everything of a line but the CPU. */
static bool print_state(churn *c)
{
    kith_error err = {0};
    uint64_t distances = 0, found = 0, wanted = 0;
    int64_t cpu = 0;
    for (uint32_t i = 0; i < c->query_count; i++) {
        kith_hits *exact = search(c, i, true);
        int64_t start = now_ns(CLOCK_THREAD_CPUTIME_ID);
        kith_hits *hits = search(c, i, false);
        cpu += now_ns(CLOCK_THREAD_CPUTIME_ID) - start;
        if (!exact || !hits || exact->count != K || hits->count != K) return false;
        distances += hits->distances;
        wanted += K;
        for (uint32_t j = 0; j < K; j++)
            found += hits->hits[j].distance <= exact->hits[K - 1].distance;
        kith_hits_free(exact);
        kith_hits_free(hits);
    }
    kith_collection_list *list = NULL;
    if (!succeeded(kith_collections(c->database, c->collection, &list, &err), &err)) return false;
    printf(", \"recall\": %.5f, \"distances\": %.1f, \"search_us\": %.1f, \"bytes\": %llu, "
           "\"bytes_disk\": %llu, \"resident\": %zu, \"index\": \"%s\", \"state\": \"%s\"",
           (double)found / (double)wanted, (double)distances / c->query_count,
           (double)cpu / 1e3 / c->query_count,
           (unsigned long long)list->collections[0].bytes_memory,
           (unsigned long long)list->collections[0].bytes_disk, resident_bytes(),
           list->collections[0].index, list->collections[0].index_state);
    kith_collection_list_free(list);
    return true;
}

/* One turn, or with turn 0 the first filling, and its line. */
static bool measure_turn(churn *c, uint32_t turn, bool replaces)
{
    pthread_t searcher;
    c->time_count = 0;
    c->peak_bytes = 0;
    atomic_store(&c->search_cpu_ns, 0);
    int64_t start = now_ns(CLOCK_MONOTONIC), cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID);
    atomic_store(&c->is_searching, turn > 0);
    if (turn > 0 && pthread_create(&searcher, NULL, search_beside, c) != 0) return false;
    bool done = turn > 0 ? turn_over(c, replaces) : put_all(c);
    int64_t written = now_ns(CLOCK_MONOTONIC);
    atomic_store(&c->is_searching, false);
    if (turn > 0) pthread_join(searcher, NULL);
    settle();
    printf("{\"turn\": %u, \"write_seconds\": %.2f, \"seconds\": %.2f, \"cpu\": %.2f", turn,
           (double)(written - start) / 1e9, (double)(now_ns(CLOCK_MONOTONIC) - start) / 1e9,
           (double)(cpu_ns(c) - cpu) / 1e9);
    print_times(c);
    done = done && print_state(c) && !c->failed;
    printf("}\n");
    fflush(stdout);
    return done;
}

/* The CPU of deleting a fifth of the points, and of putting them again. */
static bool measure_deletions(churn *c)
{
    static uint32_t order[POINTS];
    const uint32_t fifth = POINTS / 5;
    bool done = true;
    for (uint32_t i = 0; i < POINTS; i++)
        order[i] = i;
    shuffle(c, order, POINTS);
    atomic_store(&c->search_cpu_ns, 0);
    int64_t cpu = cpu_ns(c);
    for (uint32_t first = 0; done && first < fifth; first += BATCH)
        done = delete (c, order + first, fifth - first < BATCH ? fifth - first : BATCH);
    settle();
    int64_t deleted = cpu_ns(c);
    for (uint32_t first = 0; done && first < fifth; first += BATCH)
        done = put(c, KITH_ADD, order + first, fifth - first < BATCH ? fifth - first : BATCH);
    settle();
    printf("{\"deletion_us\": %.2f, \"insertion_us\": %.2f}\n",
           (double)(deleted - cpu) / 1e3 / fifth, (double)(cpu_ns(c) - deleted) / 1e3 / fifth);
    return done;
}

/* Does the index that was saved hold? Reading it verifies the graph, that all is reachable too. */
static bool open_again(churn *c, const char *directory)
{
    kith_error err = {0};
    bool done = succeeded(kith_close(c->database, &err), &err);
    c->database = NULL;
    int64_t start = now_ns(CLOCK_MONOTONIC);
    if (!done || !succeeded(kith_open(directory, NULL, &c->database, &err), &err)) return false;
    kith_hits *hits = search(c, 0, false);
    if (!hits) return false;
    kith_hits_free(hits);
    printf("{\"open_ms\": %.2f", (double)(now_ns(CLOCK_MONOTONIC) - start) / 1e6);
    done = print_state(c);
    printf("}\n");
    return done;
}

static bool measure(churn *c, const char *directory, bool replaces)
{
    kith_error err = {0};
    const kith_collection_options options = {.size = sizeof options, .metric = METRIC};
    bool done = succeeded(kith_open(directory, NULL, &c->database, &err), &err) &&
                succeeded(kith_collection_create(c->database, "turned", &options, &err), &err) &&
                succeeded(kith_collection_create(c->database, "fresh", &options, &err), &err);
    c->collection = "turned";
    for (uint32_t turn = 0; done && turn <= TURNS; turn++)
        done = measure_turn(c, turn, replaces);
    done = done && open_again(c, directory);
    c->collection = "fresh";
    done = done && measure_turn(c, 0, replaces);
    c->collection = "turned";
    return done && measure_deletions(c);
}

int main(int argc, char **argv)
{
    kith_error err = {0};
    static churn c;
    if (argc != 5) return 2;
    c.vectors = read_floats(argv[1], &c.vector_count);
    c.queries = read_floats(argv[2], &c.query_count);
    c.times = calloc(TIMES_MAX, sizeof *c.times);
    if (!c.vectors || !c.queries || !c.times || c.vector_count < POINTS + BATCH) return 2;
    if (c.query_count > QUERIES) c.query_count = QUERIES;
    c.free_count = c.vector_count - POINTS;
    c.free_vectors = calloc(c.free_count, sizeof *c.free_vectors);
    if (!c.free_vectors) return 2;
    for (uint32_t i = 0; i < POINTS; i++)
        c.current[i] = c.name[i] = i;
    for (uint32_t i = 0; i < c.free_count; i++)
        c.free_vectors[i] = POINTS + i;
    c.next_name = POINTS;
    bool done = measure(&c, argv[3], strcmp(argv[4], "replace") == 0);
    done = (!c.database || succeeded(kith_close(c.database, &err), &err)) && done;
    free(c.vectors);
    free(c.queries);
    free(c.times);
    free(c.free_vectors);
    return done ? 0 : 1;
}
