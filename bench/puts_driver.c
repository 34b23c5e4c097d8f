/* puts_driver.c - points put one by one, over the public API of whichever libkith it was compiled
 * with; puts.py compiles it for each and reads what it prints.
 *
 * puts_driver put DIRECTORY THREADS PUTS
 *     THREADS threads put PUTS points, each its own share, one after the other, into one collection.
 *     Prints points a second, the microseconds of CPU that a point costs the threads that put it,
 *     and those that it costs the whole process up to the end of the last put.
 * puts_driver sync DIRECTORY SYNCS
 *     A page is written and synced SYNCS times, each behind the one before in a file that has its
 *     whole length already. Prints syncs a second: as often as this disk can promise anything.
 * Each prints one JSON object. Vectors are random, with a fixed seed. */
#include <errno.h>
#include <fcntl.h>
#include <kith/kith.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { DIM = 384, PAGE_BYTES = 8192, THREADS_MAX = 64, PUTS_MAX = 1000000 };

static const char collection[] = "puts";

typedef struct putter {
    pthread_t thread;
    kith *database;
    const float (*vectors)[DIM]; /* of all points */
    uint32_t first, count;       /* the points that are its share */
    int64_t cpu_ns;
    bool is_well;
} putter;

static int64_t now_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* splitmix64: vector n is the same in every build. */
static void make_vector(uint64_t n, float out[DIM])
{
    uint64_t x = n * UINT64_C(0x9e3779b97f4a7c15);
    for (int i = 0; i < DIM; i++) {
        uint64_t z = (x += UINT64_C(0x9e3779b97f4a7c15));
        z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
        out[i] = (float)((double)((z ^ (z >> 31)) >> 11) / (double)(UINT64_C(1) << 53) - 0.5);
    }
}

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
    for (uint32_t i = p->first; p->is_well && i < p->first + p->count; i++)
        p->is_well = put_one(p->database, i, p->vectors[i]);
    p->cpu_ns = now_ns(CLOCK_THREAD_CPUTIME_ID) - start;
    return NULL;
}

static bool measure(kith *database, uint32_t threads, uint32_t puts, const float (*vectors)[DIM])
{
    putter putters[THREADS_MAX] = {0};
    bool is_well = put_one(database, puts, vectors[0]); // the first pins the collection
    int64_t cpu_ns = 0, start = now_ns(CLOCK_MONOTONIC), cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID);
    uint32_t started = 0;
    for (; is_well && started < threads; started++) {
        putter *p = &putters[started];
        *p = (putter){.database = database,
                      .vectors = vectors,
                      .first = puts / threads * started,
                      .count = puts / threads};
        if (pthread_create(&p->thread, NULL, put_share, p) != 0) break;
    }
    for (uint32_t i = 0; i < started; i++) {
        pthread_join(putters[i].thread, NULL);
        is_well = is_well && putters[i].is_well;
        cpu_ns += putters[i].cpu_ns;
    }
    int64_t took = now_ns(CLOCK_MONOTONIC) - start;
    cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    double count = (double)(puts / threads * threads);
    printf("{\"rate\": %.1f, \"thread_us\": %.2f, \"process_us\": %.2f}\n",
           count / ((double)took / 1e9), (double)cpu_ns / 1e3 / count, (double)cpu / 1e3 / count);
    return is_well && started == threads;
}

static bool measure_puts(const char *directory, uint32_t threads, uint32_t puts)
{
    kith_error err = {0};
    kith *database = NULL;
    float(*vectors)[DIM] = calloc(puts, sizeof *vectors);
    for (uint32_t i = 0; vectors && i < puts; i++)
        make_vector(i, vectors[i]);
    bool is_well = vectors && kith_open(directory, NULL, &database, &err) == KITH_OK &&
                   kith_collection_create(database, collection, NULL, &err) == KITH_OK;
    if (!is_well) fprintf(stderr, "puts_driver: %s\n", err.message);
    is_well = is_well && measure(database, threads, puts, (const float(*)[DIM])vectors);
    is_well = database && kith_close(database, &err) == KITH_OK && is_well;
    free(vectors);
    return is_well;
}

static bool measure_syncs(const char *path, uint32_t syncs)
{
    static char page[PAGE_BYTES];
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool is_well = fd >= 0;
    for (uint32_t i = 0; is_well && i < syncs; i++)
        is_well = pwrite(fd, page, sizeof page, (off_t)i * PAGE_BYTES) == PAGE_BYTES;
    is_well = is_well && fsync(fd) == 0;
    memset(page, 1, sizeof page);
    int64_t start = now_ns(CLOCK_MONOTONIC);
    for (uint32_t i = 0; is_well && i < syncs; i++)
        is_well = pwrite(fd, page, sizeof page, (off_t)i * PAGE_BYTES) == PAGE_BYTES &&
                  fdatasync(fd) == 0;
    int64_t took = now_ns(CLOCK_MONOTONIC) - start;
    if (is_well) printf("{\"rate\": %.1f}\n", syncs / ((double)took / 1e9));
    if (!is_well) fprintf(stderr, "puts_driver: '%s': %s\n", path, strerror(errno));
    if (fd >= 0) close(fd);
    return is_well;
}

int main(int argc, char **argv)
{
    unsigned long numbers[2] = {0};
    for (int i = 3; i < argc && i < 5; i++)
        numbers[i - 3] = strtoul(argv[i], NULL, 10);
    if (argc == 4 && strcmp(argv[1], "sync") == 0 && numbers[0] >= 1 && numbers[0] <= PUTS_MAX)
        return measure_syncs(argv[2], (uint32_t)numbers[0]) ? 0 : 1;
    if (argc == 5 && strcmp(argv[1], "put") == 0 && numbers[0] >= 1 && numbers[0] <= THREADS_MAX &&
        numbers[1] >= numbers[0] && numbers[1] <= PUTS_MAX)
        return measure_puts(argv[2], (uint32_t)numbers[0], (uint32_t)numbers[1]) ? 0 : 1;
    return 2;
}
