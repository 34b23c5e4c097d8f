/* subject_told.h - whether a document says an attribute of the thing that is asked for, or of other things
 * alone (subject.h). */
#ifndef KITH_ANSWER_SUBJECT_TOLD_H
#define KITH_ANSWER_SUBJECT_TOLD_H

#include "answer/evidence.h"
#include "answer/question.h"
#include "answer/subject.h"

typedef struct subject_told {
    bool of_another;     /* the attribute is said, and of other things alone */
    bool has_life_dates; /* there are dates behind the name, "(1844 - 1904)" */
} subject_told;

typedef struct subject_told_input {
    const question *question;
    const evidence *evidence; /* with passages */
    const bool *is_of_it;     /* [passage_count] whether the passage is of the document */
    uint32_t passage_count;
} subject_told_input;

/* s  with a count above 0
 * Any thread. Errors: KITH_ERR_LIMIT (4 GiB), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status subject_told_by(const subject *s, const subject_told_input *in,
                                         subject_told *out, kith_error *err);

#endif
