/* day.h - a day that a question names, in a text that writes it in another way: "9 June 2025",
 * "June 9th", "9. Juni", "le 9 juin", "09.06.2025" and "2025-06-09", as a sheet's dates are told. Pure. */
#ifndef KITH_ANSWER_DAY_H
#define KITH_ANSWER_DAY_H

#include "base/view.h"

#include <stdbool.h>

/* Whether `name` is a part of a day that the question names, and the text has that day. Where both
 * tell the year, it is the same. Months by their names in English, German, French, Spanish, Italian,
 * Portuguese and Dutch; figures with full stops begin with the day.
 * name  a part of `question`
 * Linear. */
bool day_holds(view text, view question, view name);

#endif
