/* eval_groups.h - an evaluation by a field of the questions' own: `kith eval --by kind`. */
#ifndef KITH_CLI_EVAL_GROUPS_H
#define KITH_CLI_EVAL_GROUPS_H

#include "base/arena.h"
#include "base/view.h"

#include <kith/evaluate.h>
#include <stdbool.h>

/* What a field of its own says of each question. */
typedef struct eval_groups {
    const char *by;     /* the field */
    const char **names; /* [count] of the groups, in the order in which they come */
    uint32_t count;
    uint32_t *of; /* [questions] each one's group */
} eval_groups;

/* The means of one group. */
typedef struct eval_group {
    const char *name;
    double means[KITH_EVAL_MEASURES];    /* NaN: no question of the group has a value */
    uint32_t counts[KITH_EVAL_MEASURES]; /* how many have one */
    uint32_t questions;
} eval_group;

/* Reads the field of each question. Strings, numbers and truth values are groups by what they say;
 * questions without the field, or with a list or an object, are the group "(none)".
 * jsonl  the text that the questions were read from
 * Errors: KITH_ERR_INVALID (no question has the field), KITH_ERR_LIMIT (more than 100 groups),
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status eval_groups_read(view jsonl, const kith_eval_questions *questions,
                                          const char *by, arena *a, eval_groups *out,
                                          kith_error *err);
/* The means of group `i` in an evaluation of the same questions. */
void eval_groups_measure(const eval_groups *g, uint32_t i, const kith_evaluation *e,
                         eval_group *out);

#endif
