/* search_scratch.h - the memory that one search or one insertion works in, kept for the next one.
 *
 * A search needs a tag for every row (was it visited?), a candidate list and room for batches of
 * distances. Allocating and clearing that per search would cost more than a short walk, so used
 * scratches are kept in a pool of SCRATCH_SLOTS; with more searches at once than that, the surplus
 * ones are allocated and freed.
 *
 * The visited set is one byte a row. A row counts as visited when its byte equals the scratch's
 * current epoch; starting a walk increments the epoch, which clears the set in O(1). After 255
 * walks the epoch would repeat, and tags of old walks would be taken for new ones: at that moment
 * all bytes are cleared once. Invariant: no byte equals an epoch that is still to come before the
 * next clearing, and the epoch of a walk is never 0, the value of bytes that were never set. */
#ifndef KITH_VECTOR_SEARCH_SCRATCH_H
#define KITH_VECTOR_SEARCH_SCRATCH_H

#include "base/status.h"
#include "vector/candidates.h"
#include "vector/frontier.h"

#include <stdatomic.h>
#include <stdint.h>

enum {
    SCRATCH_BATCH = 512, /* rows compared per call of the kernels; at least the largest degree */
    SCRATCH_SLOTS = 64   /* scratches kept for later searches */
};

typedef struct search_scratch {
    void *code_room; /* [code_bytes], aligned to 64 bytes: of a code_query */
    size_t code_bytes;
    float query_length; /* as coded_search found it */
    candidates best;    /* hits of coded_search, in order of the distances of their codes */
    uint32_t best_room; /* allocated entries of best.entries */
    float *query;       /* [stride], aligned to 64 bytes, as vector_rows_prepare wrote it */
    float *room;        /* [stride] behind it: for another vector */
    uint32_t stride;    /* allocated floats of each */
    uint8_t *visited;   /* [visited_rows]; a row is visited when its tag equals `epoch` */
    uint32_t visited_rows;
    uint8_t epoch;
    frontier frontier;              /* where a search may go next */
    candidates found;               /* what any walk but coded_search's found */
    uint32_t candidate_room;        /* allocated entries of found.entries */
    uint32_t ids[SCRATCH_BATCH];    /* a batch of rows to compare ... */
    float distances[SCRATCH_BATCH]; /* ... and their distances */
    uint32_t slots[SCRATCH_BATCH];  /* a scan's: where the rows of `ids` are */
    /* For choosing a node's links anew: its links and one more, the links kept, and those that
     * failed the diversity test but may fill free slots. */
    candidate neighbors[SCRATCH_BATCH + 1], chosen[SCRATCH_BATCH], spare[SCRATCH_BATCH];
    /* Since search_scratch_acquire: distances of vectors, nodes that coded_search went to, and
     * distances by codes. */
    uint64_t distance_count, hop_count, estimate_count;
    uint32_t admitted_count; /* of the last walk over codes: nodes gone to that may be hits */
    uint32_t hidden;      /* a slot that counts as visited from the beginning; UINT32_MAX: none */
    uint32_t copies_most; /* equal vectors that graph_walk_level keeps, at most; 0: any number */
} search_scratch;

typedef struct search_scratch_size {
    uint32_t rows;       /* rows that may be visited */
    uint32_t stride;     /* floats of a query */
    uint32_t candidates; /* capacity of `found`; 0 when there is no walk */
    uint32_t frontier;   /* that there is room for in `frontier`; 0 unless a walk goes by codes */
    uint32_t best;       /* capacity of `best`; 0 unless codes are walked */
    size_t code_bytes;   /* of code_room */
} search_scratch_size;

/* The scratches that no search uses; zero-initialise. Any thread. A slot is emptied by an atomic
 * exchange and filled by a compare-and-swap, so exactly one thread gets each scratch and owns it
 * until it gives it back. Releasing stores with release order and acquiring loads with acquire
 * order, so the new owner sees all that the old one wrote (visited tags, epoch, sizes). */
typedef struct search_scratch_pool {
    _Atomic(search_scratch *) slots[SCRATCH_SLOTS];
    _Atomic(size_t) bytes; /* of all scratches, those in use among them. Relaxed: a number */
} search_scratch_pool;

/* Memory that scratches take. Any thread. */
static inline size_t search_scratch_pool_bytes(const search_scratch_pool *pool)
{
    return atomic_load_explicit(&pool->bytes, memory_order_relaxed);
}

/* Frees the scratches in the pool. Runs alone; every acquired scratch must have been released. */
void search_scratch_pool_done(search_scratch_pool *pool);
/* Takes a scratch from the pool, or a new one, with at least the room of `size`; `found` is empty
 * with capacity size.candidates, distance_count is 0, nothing is hidden, and copies are kept. The caller owns it until
 * search_scratch_release. NULL: out of memory. */
search_scratch *search_scratch_acquire(search_scratch_pool *pool, search_scratch_size size);
/* Puts `s` back for later searches, or frees it when the pool is full. s may be NULL. */
void search_scratch_release(search_scratch_pool *pool, search_scratch *s);

/* Begins a walk: no row is visited, but the hidden one. O(1), but for one clearing of all tags every 255 walks. */
void search_scratch_begin_visit(search_scratch *s);

/* Was it marked? `row` as below. */
static inline bool search_scratch_is_visited(const search_scratch *s, uint32_t row)
{
    DCHECK(row < s->visited_rows && s->epoch != 0);
    return s->visited[row] == s->epoch;
}

/* Marks `row` (below size.rows) as visited; true when it was not since search_scratch_begin_visit.
 */
static inline bool search_scratch_visit(search_scratch *s, uint32_t row)
{
    DCHECK(row < s->visited_rows && s->epoch != 0);
    if (s->visited[row] == s->epoch) return false;
    s->visited[row] = s->epoch;
    return true;
}

/* Appends `row` (below size.rows) to s->ids[count], unless it was marked since
 * search_scratch_begin_visit, and marks it; returns the new count, which is at most SCRATCH_BATCH. Without a branch: whether a neighbor
 * was met before is as good as random. */
static inline size_t search_scratch_gather(search_scratch *s, size_t count, uint32_t row)
{
    DCHECK(row < s->visited_rows && s->epoch != 0 && count < SCRATCH_BATCH);
    s->ids[count] = row;
    count += s->visited[row] != s->epoch;
    s->visited[row] = s->epoch;
    return count;
}

#endif
