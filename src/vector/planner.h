/* planner.h - which strategy answers a search, by what each is expected to cost.
 *
 * Four strategies exist:
 *
 *   scan            the vectors of all rows that match
 *   scan of codes   the sign codes of the blocks in which a row matches, and the vectors of the rows
 *                   whose estimates leave open whether they are hits (flat_codes.h); or, where few
 *                   rows match, their signs row by row, and codes of 8 bits (row_scan.h)
 *   walk            the graph, through nodes that match and others; what does not match is dropped
 *   two hops        the same from nodes that match to those, and through a few others to their
 *                   neighbors (coded_search.h)
 *
 * How many rows match is known before: the filter is a bitmap, and its bits are counted. So is in
 * how many blocks. What is estimated is how many vectors a scan of codes compares, and how many nodes
 * a walk goes to.
 *
 *   compared   in proportion to sqrt(k matching rows), as much as in the index's own past scans
 *   hops       of a walk that keeps `ef` candidates over all rows: what it took in the past for each
 *              candidate. A walk that is to find k of the rows that match, one of every rows /
 *              matching, must keep more of them by WALK_MORE * k (WALK_MORE_OF_CODES * k over codes)
 *              for each that does not match
 *   given up   the share of walks over codes that end without enough hits, so that a scan follows: the
 *              more, the fewer rows match (GIVES_UP, measured with rows that match at random)
 *
 * Costs are nanoseconds of one processor (Zen 4), which matters only in proportion: the constants at
 * the head of planner.c are of `./dev bench filter --counters`. A filter that goes with the query makes a walk
 * shorter than expected, and one that goes against it longer; neither is known before. So a walk
 * that meets too few matching nodes gives up (walk_plan), and the cheaper scan follows. */
#ifndef KITH_VECTOR_PLANNER_H
#define KITH_VECTOR_PLANNER_H

#include "vector/vector_index.h"

#include <stdatomic.h>
#include <stdint.h>

/* What the searches of one index did, from which later ones are planned. Counts of all searches;
 * halved from time to time, so that new ones weigh more. Relaxed: estimates. */
typedef struct planner_history {
    /* Of scans of codes: the sum of sqrt(k matching rows), and vectors compared. */
    _Atomic(uint32_t) scanned, compared;
    _Atomic(uint32_t) candidates, hops; /* of walks over codes: kept, and nodes gone to */
} planner_history;

/* What is known before a search. */
typedef struct planner_facts {
    const planner_history *history;
    uint32_t k,
        ef; /* ef: candidates that a walk keeps where everything matches, as it was asked for */
    uint32_t stride;       /* floats of a row */
    uint32_t signs_stride; /* floats' worth of its signs by themselves */
    uint32_t
        listed_stride; /* floats' worth of what listed_codes.h has of each row that matches; 0: nothing */
    bool listed_is_bytes; /* that is codes of 8 bits */
    uint32_t rows;
    uint32_t matching;
    uint32_t nodes, matching_nodes; /* that a walk may go to; 0: there is no graph */
    uint32_t coded, blocks,
        matching_coded; /* rows of the codes, blocks and rows with matches; 0: none */
    bool walks_codes;
    uint32_t walk_stride; /* floats' worth of a row that another walk compares */
    bool in_groups;       /* hits by document: a walk gives what it met */
    bool
        is_cold; /* vectors are read from a disk, and there are no sign codes: the others are scanned */
} planner_facts;

/* Of each strategy, by its number; INFINITY: it cannot answer. */
typedef struct planner_costs {
    float ns[VECTOR_STRATEGIES];
    bool by_rows;     /* a scan of codes goes row by row (row_scan.h), not by blocks */
    uint32_t walk_ef; /* candidates that a walk is to keep */
    uint32_t hops;    /* that it is expected to take; 0: not known */
} planner_costs;

/* The cheapest strategy, never VECTOR_PLANNED. */
vector_strategy planner_choose(const planner_facts *facts, planner_costs *costs);

void planner_note_scan(planner_history *h, uint32_t k, uint32_t matching, uint64_t compared);
void planner_note_walk(planner_history *h, uint32_t ef, uint64_t hops);

#endif
