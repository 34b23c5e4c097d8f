/* recall_curve.h - how much of what is nearest a search of one index finds, by how many candidates its
 * walk keeps: measured, so that a search can be asked for a recall instead of for candidates.
 *
 * The recall of a search for k is the share of the k nearest rows that it finds. What `ef` gives depends
 * on the vectors, on how many there are, and on k, so it is measured on the index itself: queries
 * are searched for exactly, and then by walks that keep more candidates each time, until they find
 * nearly all. That is done for a few k; others lie between (recall_curve_ef).
 *
 * A curve is a plain value. docs/decisions/075. */
#ifndef KITH_VECTOR_RECALL_CURVE_H
#define KITH_VECTOR_RECALL_CURVE_H

#include "base/buffer.h"
#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    RECALL_KS = 3,         /* numbers of hits for which there is a curve: 1, 10 and 100 */
    RECALL_STEPS = 20,     /* numbers of candidates that are tried, at most */
    RECALL_EF_MAX = 10000, /* candidates kept, at most */
};

/* How many hits, and the points of the curve: both ascend, the recall because more candidates are never
 * worse by more than chance. */
typedef struct recall_points {
    uint32_t k;
    uint32_t count;             /* of points, at least 1; 0: there is no curve for this k */
    uint32_t ef[RECALL_STEPS];  /* candidates, ascending */
    float recall[RECALL_STEPS]; /* 0..1, ascending */
} recall_points;

typedef struct recall_curve {
    uint32_t queries; /* that were searched for; 0: nothing was measured */
    uint32_t live;    /* rows of the index that were live then ... */
    uint32_t rows;    /* ... and all that there had been: their numbers */
    bool is_asked;    /* they are queries that were asked; else rows of the index, hidden from it */
    recall_points of[RECALL_KS];
} recall_curve;

/* How many candidates a walk is to keep so that a search for k finds `target` of its k nearest on average;
 * 0: no walk that was tried finds as much. target > 0 and below 1, k >= 1; c->queries > 0. */
uint32_t recall_curve_ef(const recall_curve *c, uint32_t k, double target);

/* Appends the curve; fails as the buffer does. Little-endian:
 *   u32 layout (1), u32 queries, u32 live, u32 rows, u32 is_asked (0 or 1), u32 curves (RECALL_KS; 0 without queries), and for each:
 *   u32 k, u32 count, then `count` times u32 ef, f32 recall */
void recall_curve_write(const recall_curve *c, buffer *out);
/* Reads what that wrote; any bytes are safe. Errors: KITH_ERR_CORRUPT: a size or a number is out of range,
 * or does not ascend; *out is untouched then. */
KITH_CHECKED kith_status recall_curve_read(view bytes, recall_curve *out, kith_error *err);

#endif
