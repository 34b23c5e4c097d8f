/* mixed_driver.c - searches while points are put, over the public API of whichever libkith it was
 * compiled with; mixed.py compiles it for each and reads what it prints.
 *
 * mixed_driver search DIRECTORY
 *     POINTS are put, then SETTLE_MS are left for whatever the library does beside. One thread
 *     searches alone, then while another puts BATCHES of BATCH points, one after the other, and
 *     looks by an exact search whether what it has just put is found.
 * mixed_driver put DIRECTORY
 *     PUTS points are put one by one.
 * Both print one JSON object. Vectors are random, with a fixed seed. The numbers are given when
 * this is compiled. */
#include "driver.h"

#include <kith/kith.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef POINTS
#define POINTS    5000
#define BATCHES   12
#define BATCH     1000
#define SETTLE_MS 6000
#define PUTS      2000
#endif

enum { DIM = 384, K = 10, IDLE = 2000, SEARCHES_MAX = 4 << 20, PROBES = 3 };

typedef struct shared {
    kith *database;
    const char *collection;
    uint32_t first; /* of the batches */
    atomic_bool is_putting;
    uint32_t missed; /* acknowledged points that were not found at once */
} shared;

/* Says what went wrong, if anything. */
static bool succeeded(kith_status status, const kith_error *err)
{
    if (status != KITH_OK) fprintf(stderr, "mixed_driver: %s\n", err->message);
    return status == KITH_OK;
}

static bool put_range(const shared *s, uint32_t first, uint32_t count)
{
    static const char text[] = "the red fox hunts mice at dusk beside the quiet harbour wall";
    kith_error err = {0};
    char(*ids)[16] = calloc(count, sizeof *ids);
    float(*vectors)[DIM] = calloc(count, sizeof *vectors);
    kith_point *points = calloc(count, sizeof *points);
    bool done = false;
    for (uint32_t i = 0; ids && vectors && points && i < count; i++) {
        snprintf(ids[i], sizeof ids[i], "p%u", first + i);
        make_vector(first + i, vectors[i], DIM);
        points[i] =
            (kith_point){.id = ids[i], .content = text, .vector = vectors[i], .dimension = DIM};
    }
    if (ids && vectors && points)
        done = succeeded(kith_put(s->database, s->collection, KITH_ADD, points, count, &err), &err);
    free(ids);
    free(vectors);
    free(points);
    return done;
}

static bool is_found(const shared *s, uint32_t point)
{
    kith_error err = {0};
    kith_hits *hits = NULL;
    char id[16];
    float vector[DIM];
    make_vector(point, vector, DIM);
    snprintf(id, sizeof id, "p%u", point);
    const kith_query q = {.vector = vector, .dimension = DIM, .k = 1, .exact = true};
    if (!succeeded(kith_search(s->database, s->collection, &q, &hits, &err), &err)) return false;
    bool found = hits->count == 1 && strcmp(hits->hits[0].id, id) == 0;
    kith_hits_free(hits);
    return found;
}

static void *put_batches(void *context)
{
    shared *s = context;
    for (uint32_t i = 0; i < BATCHES; i++) {
        uint32_t first = s->first + i * BATCH;
        if (!put_range(s, first, BATCH)) s->missed += BATCH;
        for (uint32_t n = 0; n < PROBES; n++)
            s->missed += !is_found(s, first + n * (BATCH - 1) / (PROBES - 1));
    }
    atomic_store(&s->is_putting, false);
    return NULL;
}

/* What searches took: by the clock, and of their thread's CPU, which other programs do not add to. */
typedef struct record {
    int64_t *wall_ns, *cpu_ns; /* [SEARCHES_MAX] */
    uint32_t count;
} record;

static bool search_once(const shared *s, record *r)
{
    kith_error err = {0};
    kith_hits *hits = NULL;
    float vector[DIM];
    make_vector(UINT64_C(1) << 40 | r->count, vector, DIM);
    const kith_query q = {.vector = vector, .dimension = DIM, .k = K};
    int64_t start = now_ns(CLOCK_MONOTONIC), cpu = now_ns(CLOCK_THREAD_CPUTIME_ID);
    if (!succeeded(kith_search(s->database, s->collection, &q, &hits, &err), &err)) return false;
    r->cpu_ns[r->count] = now_ns(CLOCK_THREAD_CPUTIME_ID) - cpu;
    r->wall_ns[r->count++] = now_ns(CLOCK_MONOTONIC) - start;
    kith_hits_free(hits);
    return true;
}

static int compare(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

static void print_times(const char *name, int64_t *times, uint32_t count)
{
    qsort(times, count, sizeof *times, compare);
    printf("\"%s\": {\"count\": %u, \"median\": %.4f, \"p99\": %.4f, \"longest\": %.4f}, ", name,
           count, (double)times[count / 2] / 1e6, (double)times[(size_t)count * 99 / 100] / 1e6,
           (double)times[count - 1] / 1e6);
}

static void print_record(const char *name, const char *cpu_name, const record *r)
{
    print_times(name, r->wall_ns, r->count);
    print_times(cpu_name, r->cpu_ns, r->count);
}

static bool measure_searches(shared *s, record *r)
{
    pthread_t putter;
    bool is_well = true;
    for (s->first = 0; s->first < POINTS; s->first += BATCH)
        if (!put_range(s, s->first, POINTS - s->first < BATCH ? POINTS - s->first : BATCH))
            return false;
    s->first = POINTS;
    wait_ms(SETTLE_MS);
    while (r->count < IDLE)
        if (!search_once(s, r)) return false;
    printf("{");
    print_record("idle", "idle_cpu", r);
    r->count = 0;
    atomic_store(&s->is_putting, true);
    int64_t start = now_ns(CLOCK_MONOTONIC);
    if (pthread_create(&putter, NULL, put_batches, s) != 0) return false;
    while (atomic_load(&s->is_putting) && r->count < SEARCHES_MAX && is_well)
        is_well = search_once(s, r);
    pthread_join(putter, NULL);
    double seconds = (double)(now_ns(CLOCK_MONOTONIC) - start) / 1e9;
    if (!is_well) return false;
    print_record("mixed", "mixed_cpu", r);
    printf("\"seconds\": %.3f, \"missed\": %u}\n", seconds, s->missed);
    return true;
}

static bool measure_puts(const shared *s)
{
    if (!put_range(s, PUTS, 1)) return false; // the first pins the collection
    int64_t start = now_ns(CLOCK_MONOTONIC);
    for (uint32_t i = 0; i < PUTS; i++)
        if (!put_range(s, i, 1)) return false;
    printf("{\"puts_per_second\": %.1f}\n",
           PUTS / ((double)(now_ns(CLOCK_MONOTONIC) - start) / 1e9));
    return true;
}

int main(int argc, char **argv)
{
    kith_error err = {0};
    shared s = {.collection = "mixed"};
    bool is_search = argc == 3 && strcmp(argv[1], "search") == 0;
    if (!is_search && !(argc == 3 && strcmp(argv[1], "put") == 0)) return 2;
    record r = {calloc(SEARCHES_MAX, sizeof(int64_t)), calloc(SEARCHES_MAX, sizeof(int64_t)), 0};
    bool done = r.wall_ns && r.cpu_ns &&
                succeeded(kith_open(argv[2], NULL, &s.database, &err), &err) &&
                succeeded(kith_collection_create(s.database, s.collection, NULL, &err), &err) &&
                (is_search ? measure_searches(&s, &r) : measure_puts(&s));
    done = s.database && kith_close(s.database, &err) == KITH_OK && done;
    free(r.wall_ns);
    free(r.cpu_ns);
    return done ? 0 : 1;
}
