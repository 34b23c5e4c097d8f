/* http_workers.h - the threads that answer requests, and the bounded queue before them. */
#ifndef KITH_NET_HTTP_WORKERS_H
#define KITH_NET_HTTP_WORKERS_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct http_workers http_workers;

/* What waits: the first member of the struct that it is part of. */
typedef struct http_job {
    struct http_job *next;
} http_job;

/* threads      1..THREADS_MAX
 * max_waiting  jobs that wait while all threads are busy
 * run          called by a worker, once for each job
 * Errors: KITH_ERR_NO_MEMORY, also when the system starts no more threads. */
KITH_CHECKED kith_status http_workers_start(uint32_t threads, uint32_t max_waiting,
                                            void (*run)(void *context, http_job *job),
                                            void *context, http_workers **out, kith_error *err);
/* False: max_waiting jobs wait already, or it stops. Never waits. Any thread. */
bool http_workers_push(http_workers *w, http_job *job);
/* Takes back the jobs that no worker has begun, as a list, and refuses later ones. */
http_job *http_workers_take_waiting(http_workers *w);
/* Refuses later jobs, waits until all that it took have run, and frees. Accepts NULL. */
void http_workers_stop(http_workers *w);

#endif
