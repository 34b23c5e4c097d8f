/* calibrate.h - measuring the recall of an index's own searches: recall_curve.h. */
#ifndef KITH_VECTOR_CALIBRATE_H
#define KITH_VECTOR_CALIBRATE_H

#include "vector/recall_curve.h"
#include "vector/vector_index.h"

typedef struct calibration {
    const float *queries; /* [count][dim] as they were asked; NULL: rows of the index are taken */
    uint32_t count;       /* at least 1 */
    uint64_t seed;        /* of which rows are taken */
    bool
        is_sketch; /* from the candidates that a search keeps by default to a recall of 0.98 only */
    const call_limit *limit; /* checked between pieces of a millisecond or so; NULL: none */
} calibration;

/* Measures the curve over what the view has. Rows that are taken as queries are hidden: the searches
 * behave as if the row were not in the index, or else each would find itself at once, and its neighbors
 * by the links that it chose. Only rows without links above level 0 are taken, so that no search begins at one.
 * Takes time as (4 * rows + what walks take) * count: about as long as linking a sixth of the rows for 256 queries.
 * It ends where a walk would keep more than a sixteenth of the rows: comparing all vectors costs less.
 * Any thread, beside all others; the view is kept until it returns.
 * Errors: KITH_ERR_INVALID: there is no graph, or fewer rows than would tell something;
 * KITH_ERR_NO_MEMORY; the limit's. *out is untouched then. */
KITH_CHECKED kith_status vector_calibrate(const vector_view *seen, const calibration *how,
                                          recall_curve *out, kith_error *err);

#endif
