/* thread_pool.h - numbered work spread over a fixed set of threads, and how many to have. */
#ifndef KITH_OS_THREAD_POOL_H
#define KITH_OS_THREAD_POOL_H

#include "base/status.h"

#include <stdint.h>

enum { THREADS_MAX = 256 };

/* The CPUs that this process may use: the smaller of its affinity mask and its cgroup's quota,
 * rounded up; 1..THREADS_MAX. Reads /sys; any thread. */
uint32_t thread_count_available(void);

typedef struct thread_pool thread_pool;

/* threads  1..THREADS_MAX, the caller of a run among them: a pool of 1 starts none
 * Errors: KITH_ERR_INVALID for another number; KITH_ERR_NO_MEMORY when memory is short or the
 * system starts no more threads; *out untouched. */
KITH_CHECKED kith_status thread_pool_new(uint32_t threads, thread_pool **out, kith_error *err);
/* Ends the workers and waits for them. No run may be in progress. Accepts NULL. */
void thread_pool_free(thread_pool *pool);
/* As given to thread_pool_new. */
uint32_t thread_pool_size(const thread_pool *pool);

/* Calls work(context, i, worker) once for each i in [0, count), the numbers handed out in ascending
 * order, on the caller's thread and on the workers'. 0 <= worker < thread_pool_size() and no two
 * calls that run at the same time have the same, so scratch memory may be kept by it. Returns when
 * all calls have returned; what they wrote is then visible to the caller.
 * `work` cannot fail and must not run anything on the same pool, which would wait for itself.
 * Any thread; of several callers one runs and the others wait, in no particular order. */
typedef void (*thread_work)(void *context, uint32_t i, uint32_t worker);
void thread_pool_run(thread_pool *pool, uint32_t count, thread_work work, void *context);

#endif
