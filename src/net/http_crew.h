/* http_crew.h - the threads of a server, each of which both moves bytes and answers requests.
 *
 * One thread at a time leads: it waits for the sockets and reads and sends what is ready, which
 * yields jobs, the requests that are complete. Then it gives up the lead and runs one of the jobs
 * by itself. So a request is answered by the thread that has read it, and the reply is sent by the
 * thread that has made it, without waking any other thread: what a switch of threads costs, twice
 * for each request, is more than everything else that the server does for it (docs/decisions/031).
 *
 * The price is that for the time of that job nobody may lead. Three rules bound it:
 *   1. a thread that is done with its job leads next, if nobody does;
 *   2. a thread that gives up the lead, and leaves jobs in the queue that will take longer than
 *      waking a thread does, wakes one, which leads; but it wakes no more threads than there are
 *      processors, since the jobs are thought to compute;
 *   3. a watching thread looks every CREW_WATCH_MS: when nobody leads, or jobs wait, and since it
 *      last looked no job was begun, it wakes one thread, whatever rule 2 says, since the jobs
 *      then are not short or wait for something.
 * So a job that takes long keeps the others waiting for two looks at most, and as long as one of
 * `workers + 1` threads is free somebody leads. The watching thread sleeps when no job was begun
 * for a while. */
#ifndef KITH_NET_HTTP_CREW_H
#define KITH_NET_HTTP_CREW_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

enum { CREW_WATCH_MS = 1 };

typedef struct http_crew http_crew;

/* What waits: the first member of the struct that it is part of. */
typedef struct http_job {
    struct http_job *next;
} http_job;

typedef struct http_crew_work {
    /* Moves bytes; pushes jobs. Returns after it did something, or `wait_ms` have passed (-1: waits
     * for ever), or wake() was called. One thread at a time, the lead. */
    void (*lead)(void *context, int wait_ms);
    /* Makes lead() return, also when it only is about to wait. Any thread. */
    void (*wake)(void *context);
    /* Once for each job; as many at a time as there are workers. */
    void (*run)(void *context, http_job *job);
    void *context;
} http_crew_work;

/* workers      1..THREADS_MAX - 1
 * max_waiting  jobs that wait while all workers are busy
 * *out is set before the first call of a function of `work`, and NULL again on failure.
 * Errors: KITH_ERR_NO_MEMORY, also when the system starts no more threads. */
KITH_CHECKED kith_status http_crew_start(uint32_t workers, uint32_t max_waiting,
                                         http_crew_work work, http_crew **out, kith_error *err);
/* By the lead. False: max_waiting jobs wait already, or it stops. */
bool http_crew_push(http_crew *crew, http_job *job);
/* For a job that will take long and needs the lead while it runs. */
void http_crew_need_lead(http_crew *crew);
/* Makes the caller, who is none of the crew, the lead until the crew stops. */
void http_crew_take_lead(http_crew *crew);
/* Takes back the jobs that no thread has begun, as a list, and refuses later ones. */
http_job *http_crew_take_waiting(http_crew *crew);
/* By whoever took the lead: refuses later jobs, waits until all that it took have run, and
 * frees. Accepts NULL. */
void http_crew_stop(http_crew *crew);

#endif
