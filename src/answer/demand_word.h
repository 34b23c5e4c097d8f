/* demand_word.h - which words of a question demand something, and what kind of thing. All of it is pure. */
#ifndef KITH_ANSWER_DEMAND_WORD_H
#define KITH_ANSWER_DEMAND_WORD_H

#include "answer/demand.h"
#include "text/language.h"
#include "text/word.h"

/* A question's words, in its own language. A word is given by its index below. */
typedef struct demand_question {
    view text;
    word *words; /* [count] */
    uint32_t count;
    language language;
    uint32_t attribute; /* the word by which an attribute is asked for; UINT32_MAX: none is */
} demand_question;

/* As it stands in the text. */
static inline view demand_surface(view text, const word *w)
{
    return view_slice(text, w->start, w->end);
}

/* "2015": what a text is about may have happened in a year that it does not repeat. */
bool demand_is_year(view surface);
/* Words that every question may have, and that say nothing about what it asks for. */
bool demand_is_of_asking(view surface);
/* A hyphen, a minus sign or a dash stands before the word: manual pages print an option's with any
 * of them. */
bool demand_is_behind_dash(view text, const word *w);
/* "--mda", "-x": an option, which a text that has "mda" alone does not name. */
bool demand_is_option(const demand_question *q, uint32_t i);
/* "3" of "--fast=3": a manual has "--fast=N". */
bool demand_is_value(const demand_question *q, uint32_t i);
/* Whether a name tells where or with what: "Madrid" of "the branch in Madrid", "York" of "in New York".
 * Who says or does something may be unnamed in a text of their own, as in a speech. */
bool demand_is_circumstance(const demand_question *q, uint32_t i);
/* The index behind the words that are joined to the one at i, which is not extra. */
uint32_t demand_end_of_joined(const demand_question *q, uint32_t i);
/* What the words [i, end), which are joined, demand; *is_code: they are a code, or a year, together. Else the kind is
 * that of the first alone. */
demand_kind demand_kind_of(const demand_question *q, uint32_t i, uint32_t end, bool *is_code);

#endif
