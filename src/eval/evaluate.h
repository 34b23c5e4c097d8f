/* evaluate.h - asking questions whose answers are known, and judging what comes back.
 * The questions go through the pipeline that everybody's go through (answer.h), without its cache,
 * so what is measured is what people get. */
#ifndef KITH_EVAL_EVALUATE_H
#define KITH_EVAL_EVALUATE_H

#include "base/arena.h"
#include "base/status.h"
#include "db/collection.h"
#include "embed/embedder.h"

#include <kith/evaluate.h>

typedef struct evaluating {
    collection *collection;
    embedder *embedder;
    const kith_eval_options *options; /* may be NULL */
} evaluating;

/* kith_evaluate's contract; the result lives in `a`. */
KITH_CHECKED kith_status evaluate_questions(const evaluating *with,
                                            const kith_eval_question *questions, size_t count,
                                            arena *a, kith_evaluation *out, kith_error *err);
/* kith_eval_compare's contract. */
KITH_CHECKED kith_status evaluate_difference(const kith_evaluation *without,
                                             const kith_evaluation *with, kith_eval_measure measure,
                                             uint64_t seed, kith_eval_difference *out,
                                             kith_error *err);
/* kith_eval_measure_name's. */
const char *evaluate_measure_name(kith_eval_measure measure);

#endif
