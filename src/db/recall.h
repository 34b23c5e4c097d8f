/* recall.h - a recall in place of a number of candidates: what is known of an index's own recall, and
 * what a search that asks for one does.
 *
 * The curve (vector/recall_curve.h) is measured by the upkeep once rows are linked and nothing else is due, again when
 * half as many rows as there are have come or gone since, and, once enough searches were sampled
 * (recall_sampler.h), with their vectors in place of rows: questions lie farther from what they ask for than texts lie
 * from each other. It is a part of the generation. docs/decisions/075. */
#ifndef KITH_DB_RECALL_H
#define KITH_DB_RECALL_H

#include "base/buffer.h"
#include "base/status.h"
#include "os/call_limit.h"
#include "vector/recall_curve.h"
#include "vector/vector_index.h"

#include <pthread.h>
#include <stdint.h>

/* The recall that may be asked for: at least and at most. */
#define RECALL_TARGET_LEAST 0.5
#define RECALL_TARGET_MOST  0.999

/* Of the rows of one derived index. */
typedef struct index_recall {
    pthread_mutex_t lock; /* held for moments, and within it none is taken */
    recall_curve curve;   /* guarded by `lock`; queries == 0: there is none */
    bool is_of_lists;     /* guarded by `lock`: of searches of lists; else of walks */
    recall_curve sketch;  /* guarded by `lock`, of walks, by a few queries; not saved */
    int64_t since_ms;     /* when the index was begun: since 1970. Set before it is published */
} index_recall;

void index_recall_init(index_recall *r, int64_t since_ms);
void index_recall_done(index_recall *r);
/* Any thread. has_lists: has the index lists now? A curve of walks is none for them. */
recall_curve index_recall_curve(index_recall *r, bool has_lists);
void index_recall_set(index_recall *r, const recall_curve *curve, bool has_lists);

/* The part of a generation, of the form that has_lists says: i64 since_ms, then the curve (recall_curve_write). */
void index_recall_write(index_recall *r, bool has_lists, buffer *out);
/* Any bytes are safe. Errors: KITH_ERR_CORRUPT; *r is as it was. */
KITH_CHECKED kith_status index_recall_read(view bytes, bool has_lists, index_recall *r,
                                           kith_error *err);

/* Is the curve to be measured, or anew? For whoever does the upkeep. */
bool index_recall_is_due(const recall_curve *curve, const vector_view *seen);

/* A sketch (calibration.is_sketch) by which searches go that ask for nothing, until there is a curve of as many rows. Any
 * thread. */
void index_recall_set_sketch(index_recall *r, const recall_curve *sketch);
/* Is it to be made, or anew? When twice as many rows are linked as those of the curve or the sketch, and when
 * the last is and half as many have come. linked: rows that are. For whoever does the upkeep. */
bool index_recall_is_sketch_due(index_recall *r, const vector_index *ix, uint32_t linked,
                                bool is_all_linked);

/* By what a search went. */
typedef enum recall_source {
    RECALL_DEFAULT = 0, /* neither ef nor a target was given */
    RECALL_EF,          /* ef was */
    RECALL_EXACT,       /* an exact search was asked for */
    RECALL_ROWS,        /* a target; the curve of hidden rows said how many candidates */
    RECALL_ASKED,       /* a target; the curve of sampled searches did */
    RECALL_UNMEASURED,  /* a target, and no curve yet: all is compared */
    RECALL_BEYOND,      /* a target that no walk reaches: all is compared */
    RECALL_SOURCES
} recall_source;

/* Sets what `search` needs to reach `target`: ef, lists, or exact. search->k, filter and ef (of a wider round) are set. With a
 * filter the k nearest that match are among as many more as there are rows for each that matches, and lists are read for
 * these. */
recall_source recall_aim(index_recall *r, double target, const vector_view *seen,
                         vector_search *search);
/* Of a search for which nothing is asked: as many candidates, or lists, as were measured to be enough as a rule; no fewer
 * candidates than the index keeps by itself. Nothing is set while there is neither curve nor sketch. */
void recall_aim_default(index_recall *r, const vector_view *seen, vector_search *search);

#endif
