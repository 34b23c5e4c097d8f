/* demand_match.h - whether a text has what a question demands. All of it is pure. */
#ifndef KITH_ANSWER_DEMAND_MATCH_H
#define KITH_ANSWER_DEMAND_MATCH_H

#include "answer/attribute.h"
#include "answer/demand_word.h"

/* A demand among the question's words. */
typedef struct demand_term {
    uint32_t first, end; /* words */
    demand_kind kind;
    bool is_letter;             /* "B" of "Model B" */
    const attribute *attribute; /* that the word asks for; NULL: none */
} demand_term;

/* A text that is searched, and its words in the question's language. */
typedef struct demand_text {
    view text;
    word *words; /* [count] */
    uint32_t count;
} demand_text;

/* The text has it: a code or a number as it stands, a day or a decade in any of its forms, a word in another form or in
 * other words for the same attribute. */
bool demand_is_met_by(const demand_question *q, const demand_term *d, const demand_text *s);
/* Whether the text has the word itself: a title that has "start" in "restart" does not name it. */
bool demand_is_named_by(const demand_question *q, const demand_term *d, const demand_text *title);

#endif
