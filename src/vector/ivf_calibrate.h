/* ivf_calibrate.h - how much of what is nearest the nearest lists have: recall_curve.h, with lists that are read in the
 * place of candidates. */
#ifndef KITH_VECTOR_IVF_CALIBRATE_H
#define KITH_VECTOR_IVF_CALIBRATE_H

#include "vector/calibrate.h"
#include "vector/ivf.h"

/* As vector_calibrate, for an index whose rows are in lists. A list either has a row that is near or has not, so one pass
 * over all vectors tells for each number of lists what reading them would find: the nearest rows of each query are found
 * exactly, and then looked up in the order in which the query would read the lists. What codes lose is little beside it
 * and left out.
 * Errors: those, and paged_file_read's. */
KITH_CHECKED kith_status ivf_calibrate(const ivf *x, const vector_view *seen,
                                       const calibration *how, recall_curve *out, kith_error *err);

#endif
