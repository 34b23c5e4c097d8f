/* exact_name.h - the words of a question that name something exactly: with a digit or a capital
 * inside, behind a dash, joined by signs, in quotation marks, or a capital by itself. Pure. */
#ifndef KITH_ANSWER_EXACT_NAME_H
#define KITH_ANSWER_EXACT_NAME_H

#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

enum { EXACT_NAMES = 8 };

typedef struct exact_names {
    view question;
    view list[EXACT_NAMES]; /* [count] parts of the question, in order */
    uint32_t count;
} exact_names;

/* The names, parted by white space, without the marks around them; of "--fast=3" the option alone. */
exact_names exact_names_read(view question);
/* Whether question[start, end) is a capital that tells one thing from the next, "B" of "Model B", and
 * no initial, pronoun or article ("J. Smith", "I", "A Streetcar"). */
bool exact_name_is_letter(view question, size_t start, size_t end);
/* Whether the text has the name as it stands: "1.2" is not in "11.2" or "1.25", "-x" not in "-xz". */
bool exact_name_stands_in(view text, view name);
/* The same, or in a range (range.h), or as a part of a day that is written in another way (day.h). */
bool exact_name_is_in(const exact_names *names, view name, view text);
/* Whether the text is of another one of what a number of the question tells apart: it has "Part 1", and
 * not the 3 of "part 3". Not with a function word before the number ("in 1990").
 * about  headings above the text: one with "Part 3" says that the text is of it
 * Linear. */
bool exact_name_of_another(const exact_names *names, view name, view text, view about);

#endif
