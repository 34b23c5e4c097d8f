/* driver.h - what the drivers of benchmarks share: clocks and random numbers. Each driver is compiled
 * by itself (kithbench/drivers.py), against whichever libkith it is to measure. */
#ifndef KITH_BENCH_DRIVER_H
#define KITH_BENCH_DRIVER_H

#include <stdint.h>
#include <time.h>

static inline int64_t now_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static inline void wait_ms(long ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000L}, NULL);
}

/* splitmix64 */
static inline uint64_t random_next(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* From 0 to less than 1. */
static inline double random_unit(uint64_t *state)
{
    return (double)(random_next(state) >> 11) / (double)(UINT64_C(1) << 53);
}

static inline void random_vector(uint64_t *state, float *out, int dim)
{
    for (int i = 0; i < dim; i++)
        out[i] = (float)(random_unit(state) - 0.5);
}

/* Vector n, the same in every build. */
static inline void make_vector(uint64_t n, float *out, int dim)
{
    uint64_t state = n * UINT64_C(0x9e3779b97f4a7c15);
    random_vector(&state, out, dim);
}

#endif
