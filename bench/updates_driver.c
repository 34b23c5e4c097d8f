/* updates_driver.c - metadata of points of a collection changes, and their vectors do not, over the public API of
 * whichever libkith it was compiled with; updates.py compiles it and reads what it prints.
 *
 * updates_driver VECTORS DIRECTORY
 *     POINTS vectors of DIM floats in the file are put. UPDATES of the points, chosen at random, then get other metadata, BATCH at
 *     a time; and then the same with upserts of the same vectors. One JSON object a line. CPU times are those of the whole
 *     process, until nothing is done any more. */
#include "driver.h"

#include <kith/kith.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#ifndef POINTS
#define POINTS  100000
#define UPDATES 10000
#define BATCH   100
#define DIM     128
#endif

enum { QUIET_MS = 300, PUT_BATCH = 1000 };

static float *vectors; /* [POINTS][DIM] */

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

static bool put(kith *k, kith_write_mode mode, const uint32_t *numbers, uint32_t count,
                uint32_t turn)
{
    static char ids[PUT_BATCH][16], records[PUT_BATCH][48];
    static kith_point points[PUT_BATCH];
    kith_error err = {0};
    for (uint32_t i = 0; i < count; i++) {
        snprintf(ids[i], sizeof ids[i], "p%u", numbers[i]);
        snprintf(records[i], sizeof records[i], "{\"turn\":%u,\"n\":%u}", turn, numbers[i]);
        points[i] = (kith_point){.id = ids[i], .metadata = records[i]};
        if (mode == KITH_UPDATE) continue;
        points[i].vector = vectors + (size_t)numbers[i] * DIM;
        points[i].dimension = DIM;
    }
    if (kith_put(k, "c", mode, points, count, &err) == KITH_OK) return true;
    fprintf(stderr, "updates_driver: %s\n", err.message);
    return false;
}

static bool measure(kith *k, kith_write_mode mode, uint32_t turn)
{
    uint64_t random = turn;
    uint32_t numbers[BATCH];
    const int64_t cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID), own = now_ns(CLOCK_THREAD_CPUTIME_ID);
    for (uint32_t done = 0; done < UPDATES; done += BATCH) {
        // Different points in one batch: a stride of its own for each.
        const uint32_t first = (uint32_t)(random_next(&random) % POINTS);
        for (uint32_t i = 0; i < BATCH; i++)
            numbers[i] = (first + i * (POINTS / BATCH)) % POINTS;
        if (!put(k, mode, numbers, BATCH, turn)) return false;
    }
    const int64_t written = now_ns(CLOCK_THREAD_CPUTIME_ID);
    settle();
    printf("{\"mode\": \"%s\", \"cpu_us\": %.2f, \"calls_us\": %.2f}\n",
           mode == KITH_UPDATE ? "update" : "upsert",
           (double)(now_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu) / 1e3 / UPDATES,
           (double)(written - own) / 1e3 / UPDATES);
    fflush(stdout);
    return true;
}

static bool fill(kith *k)
{
    uint32_t numbers[PUT_BATCH];
    for (uint32_t first = 0; first < POINTS; first += PUT_BATCH) {
        uint32_t count = 0;
        for (; count < PUT_BATCH && first + count < POINTS; count++)
            numbers[count] = first + count;
        if (!put(k, KITH_ADD, numbers, count, 0)) return false;
    }
    settle();
    return true;
}

int main(int argc, char **argv)
{
    kith *k = NULL;
    kith_error err = {0};
    bool done = false;
    const kith_collection_options options = {.size = sizeof options, .metric = KITH_SQUARED_L2};
    // allow fopen: this is built against the public API of any tree
    FILE *file = argc == 3 ? fopen(argv[1], "rb") : NULL;
    vectors = calloc(POINTS, DIM * sizeof *vectors);
    if (!file || !vectors || fread(vectors, DIM * sizeof *vectors, POINTS, file) != POINTS) {
        fprintf(stderr, "usage: updates_driver VECTORS DIRECTORY\n");
    } else if (kith_open(argv[2], NULL, &k, &err) != KITH_OK ||
               kith_collection_create(k, "c", &options, &err) != KITH_OK) {
        fprintf(stderr, "updates_driver: %s\n", err.message);
    } else {
        done = fill(k) && measure(k, KITH_UPDATE, 1) && measure(k, KITH_UPSERT, 2);
    }
    if (file) fclose(file);
    free(vectors);
    return kith_close(k, &err) == KITH_OK && done ? 0 : 1;
}
