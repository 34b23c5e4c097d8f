/* thread.h - how many threads, and work spread over them. */
#ifndef KITH_OS_THREAD_H
#define KITH_OS_THREAD_H

#include "base/status.h"

#include <stdint.h>

enum { THREADS_MAX = 256 };

/* CPUs that this process may use: the smaller of its affinity mask and its cgroup's quota, at
 * least 1. */
uint32_t thread_count_available(void);

typedef struct thread_pool thread_pool;

/* `threads` >= 1 counts the caller: a pool of 1 starts none. */
KITH_CHECKED kith_status thread_pool_new(uint32_t threads, thread_pool **out, kith_error *err);
/* Joins. Accepts NULL. No work may be running. */
void thread_pool_free(thread_pool *pool);
uint32_t thread_pool_size(const thread_pool *pool);

/* Runs work(context, i, worker) once for each i in [0, count), handed out in order; 0 <= worker <
 * size names the worker, so that it can own scratch memory. Returns when all are done. Calls from
 * several threads take turns. */
typedef void (*thread_work)(void *context, uint32_t i, uint32_t worker);
void thread_pool_run(thread_pool *pool, uint32_t count, thread_work work, void *context);

#endif
