/* exact_name.h - words of a question that name something exactly: one has a digit or a capital
 * inside, is joined by a mark, begins with a dash, or stands in quotation marks. */
#ifndef KITH_ANSWER_EXACT_NAME_H
#define KITH_ANSWER_EXACT_NAME_H

#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

/* The first names of the text, at most `room`, by its white space; the marks around each are not its
 * own. out: [room], of which the number returned is filled in. Pure. */
uint32_t exact_names_find(view text, uint32_t room, view *out);
/* Whether the text has the name as it stands: "1.2" is not in "11.2". Pure. */
bool exact_name_is_in(view text, view name);

#endif
