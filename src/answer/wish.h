/* wish.h - what a question wishes to be told beside a kind of thing (question.h): advantages or
 * disadvantages, how something is done, a whole list. By words of English, German, French and
 * Spanish. Pure. */
#ifndef KITH_ANSWER_WISH_H
#define KITH_ANSWER_WISH_H

#include "base/view.h"

#include <stdbool.h>

typedef enum question_side { SIDE_NONE, SIDE_FOR, SIDE_AGAINST } question_side;

/* The side that a text names: "drawbacks", "Vorteile"; SIDE_NONE when it names none or both. */
question_side side_of(view text);
/* "How do I ...", "Wie kann ich ...", "Comment ...", "how to". */
bool asks_how(view question);
/* The answer is a number, a version or a size: "which release", "how often", "default of". What
 * question.h calls QUESTION_COUNT is only a part of that. */
bool asks_for_number(view question);
/* It asks about two things: "the difference between", "soft or hard", "... vs ...". */
bool asks_about_two(view question);
/* Of these, how they differ: "difference", "vs", "unlike"; not "when and where". */
bool asks_for_difference(view question);
/* The words by which the two things that it asks about differ, within `question`: "soft", "hard" of
 * "soft or hard links". False: they are not told. */
bool names_two(view question, view *first, view *second);
/* A text tells two things apart: "whereas", "unlike", "instead of". */
bool contrasts(view text);
/* It asks for an option or a command: "which flag", "quelle option". */
bool asks_for_option(view question);
/* It asks what a code, an option or an error means: "What does -x do?", "exit code 24", "xz -0". */
bool asks_for_meaning(view question);
/* "This limit", "They are", "Er": what it says it of stands before it. */
bool refers_back(view said);
/* It asks for more than one thing: "What are the disadvantages", "which options", "list the". */
bool asks_for_list(view question);

#endif
