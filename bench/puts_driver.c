/* puts_driver.c - points put one by one, over the public API of whichever libkith it was compiled
 * with; puts.py compiles it for each and reads what it prints.
 *
 * puts_driver DIRECTORY
 *     THREADS threads put PUTS points, each its own share, one after the other, into one
 *     collection. Prints one JSON object: points a second, the microseconds of CPU that a point
 *     costs the threads that put it, and those that it costs the whole process up to the end of the
 *     last put.
 * Vectors are random, with a fixed seed. The numbers are given when this is compiled. */
#include "driver.h"

#include <kith/kith.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef PUTS
#define PUTS    4000
#define THREADS 1
#endif

enum { DIM = 384, SHARE = PUTS / THREADS };

static const char collection[] = "puts";

typedef struct putter {
    pthread_t thread;
    kith *database;
    const float (*vectors)[DIM]; /* of all points */
    uint32_t first;              /* of its SHARE */
    int64_t cpu_ns;
    bool is_well;
} putter;

static bool put_one(kith *database, uint32_t n, const float *vector)
{
    kith_error err = {0};
    char id[16];
    snprintf(id, sizeof id, "p%u", n);
    const kith_point point = {.id = id,
                              .content = "the red fox hunts mice at dusk beside the harbour wall",
                              .vector = vector,
                              .dimension = DIM};
    if (kith_put(database, collection, KITH_ADD, &point, 1, &err) == KITH_OK) return true;
    fprintf(stderr, "puts_driver: %s\n", err.message);
    return false;
}

static void *put_share(void *context)
{
    putter *p = context;
    int64_t start = now_ns(CLOCK_THREAD_CPUTIME_ID);
    p->is_well = true;
    for (uint32_t i = p->first; p->is_well && i < p->first + SHARE; i++)
        p->is_well = put_one(p->database, i, p->vectors[i]);
    p->cpu_ns = now_ns(CLOCK_THREAD_CPUTIME_ID) - start;
    return NULL;
}

static bool measure(kith *database, const float (*vectors)[DIM])
{
    putter putters[THREADS] = {0};
    bool is_well = put_one(database, PUTS, vectors[0]); // the first pins the collection
    int64_t cpu_ns = 0, start = now_ns(CLOCK_MONOTONIC), cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID);
    uint32_t started = 0;
    for (; is_well && started < THREADS; started++) {
        putter *p = &putters[started];
        *p = (putter){.database = database, .vectors = vectors, .first = SHARE * started};
        if (pthread_create(&p->thread, NULL, put_share, p) != 0) break;
    }
    for (uint32_t i = 0; i < started; i++) {
        pthread_join(putters[i].thread, NULL);
        is_well = is_well && putters[i].is_well;
        cpu_ns += putters[i].cpu_ns;
    }
    int64_t took = now_ns(CLOCK_MONOTONIC) - start;
    cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    const double count = (double)SHARE * THREADS;
    printf("{\"rate\": %.1f, \"thread_us\": %.2f, \"process_us\": %.2f}\n",
           count / ((double)took / 1e9), (double)cpu_ns / 1e3 / count, (double)cpu / 1e3 / count);
    return is_well && started == THREADS;
}

int main(int argc, char **argv)
{
    kith_error err = {0};
    kith *database = NULL;
    if (argc != 2) return 2;
    float(*vectors)[DIM] = calloc(PUTS, sizeof *vectors);
    for (uint32_t i = 0; vectors && i < PUTS; i++)
        make_vector(i, vectors[i], DIM);
    bool is_well = vectors && kith_open(argv[1], NULL, &database, &err) == KITH_OK &&
                   kith_collection_create(database, collection, NULL, &err) == KITH_OK;
    if (!is_well) fprintf(stderr, "puts_driver: %s\n", err.message);
    is_well = is_well && measure(database, (const float(*)[DIM])vectors);
    is_well = database && kith_close(database, &err) == KITH_OK && is_well;
    free(vectors);
    return is_well ? 0 : 1;
}
