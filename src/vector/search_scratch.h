/* search_scratch.h - the memory that one search or insertion works in, kept for the next one. */
#ifndef KITH_VECTOR_SEARCH_SCRATCH_H
#define KITH_VECTOR_SEARCH_SCRATCH_H

#include "base/status.h"
#include "vector/candidates.h"

#include <stdatomic.h>
#include <stdint.h>

enum { SCRATCH_BATCH = 512, SCRATCH_SLOTS = 64 };

typedef struct scratch {
    float *query; /* [stride] as vectors_prepare wrote it */
    uint32_t stride;
    uint8_t *visited; /* [visited_rows]; a row is visited when its tag equals `epoch` */
    uint32_t visited_rows;
    uint8_t epoch;
    candidates found;
    uint32_t candidate_room;     /* allocated at found.entries */
    uint32_t ids[SCRATCH_BATCH]; /* a batch to compare, and what came out */
    float distances[SCRATCH_BATCH];
    /* Links of one node: all, those chosen, those that may fill up. */
    candidate neighbors[SCRATCH_BATCH + 1], chosen[SCRATCH_BATCH], spare[SCRATCH_BATCH];
    uint64_t distance_count; /* since scratch_acquire */
} scratch;

typedef struct scratch_size {
    uint32_t rows, stride, candidates;
} scratch_size;

/* Scratches at rest; any thread. A slot is emptied and filled by one atomic exchange, so whoever
 * gets a scratch owns it; acquire and release order its contents between threads. */
typedef struct scratch_pool {
    _Atomic(scratch *) slots[SCRATCH_SLOTS];
} scratch_pool;

/* Frees what is at rest; none may be in use. */
void scratch_pool_done(scratch_pool *pool);
/* NULL: out of memory. `found` is empty with the capacity asked for. */
scratch *scratch_acquire(scratch_pool *pool, scratch_size size);
void scratch_release(scratch_pool *pool, scratch *s);

/* Forgets the visited rows. */
void scratch_begin_visit(scratch *s);

/* True the first time since scratch_begin_visit. */
static inline bool scratch_visit(scratch *s, uint32_t row)
{
    if (s->visited[row] == s->epoch) return false;
    s->visited[row] = s->epoch;
    return true;
}

#endif
