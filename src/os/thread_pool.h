/* thread_pool.h - numbered work spread over a fixed set of threads, and how many to have. */
#ifndef KITH_OS_THREAD_POOL_H
#define KITH_OS_THREAD_POOL_H

#include "base/status.h"

#include <stdint.h>

enum { THREADS_MAX = 256 };

/* The CPUs that this process may use: the smaller of its affinity mask and the quota of its control
 * groups (cpu_quota.h); 1..THREADS_MAX. Reads /proc and /sys; any thread. */
uint32_t thread_count_available(void);

typedef struct thread_pool thread_pool;

/* threads  1..THREADS_MAX, the caller of a run among them: a pool of 1 starts none
 * Errors: KITH_ERR_INVALID for another number; KITH_ERR_NO_MEMORY when memory is short or the
 * system starts no more threads; *out untouched. */
KITH_CHECKED kith_status thread_pool_new(uint32_t threads, thread_pool **out, kith_error *err);
/* Ends the workers and waits for them. No run may be in progress. Accepts NULL. */
void thread_pool_free(thread_pool *pool);
uint32_t thread_pool_size(const thread_pool *pool);

/* Which runs the pool's own threads serve first: those of the interactive lane, whenever one of them
 * has numbers left, then those of the bulk lane; within a lane, the one that came first. */
typedef enum thread_lane { THREAD_LANE_INTERACTIVE, THREAD_LANE_BULK, THREAD_LANES } thread_lane;

/* Runs work(context, i, worker) once for each i in [0, count), handed out in order; 0 <= worker <
 * thread_pool_size() names the thread, so that it can own scratch memory of this run: no two
 * threads of one run have the same number, and the caller is 0. Returns when all calls have
 * returned; what they wrote is then visible to the caller. `work` cannot fail.
 * Any thread; several runs go on at once. The caller starts on its own run at once, whatever the
 * pool is busy with, and works on no other. The pool's own threads look for a more urgent run
 * after each number, so a run waits for at most one piece of another's work. */
typedef void (*thread_work)(void *context, uint32_t i, uint32_t worker);
void thread_pool_run(thread_pool *pool, thread_lane lane, uint32_t count, thread_work work,
                     void *context);

/* A pool and the lane that a caller's runs take in it. */
typedef struct thread_share {
    thread_pool *pool;
    thread_lane lane;
} thread_share;

/* thread_pool_run in the share; NULL: in the calling thread alone, as its worker 0. */
void thread_share_run(const thread_share *share, uint32_t count, thread_work work, void *context);

#endif
