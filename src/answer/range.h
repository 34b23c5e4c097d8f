/* range.h - ranges of numbers in a text, and whether a number of a question is in one: "407" in
 * "errors 404 to 410", "-5" in "-0 ... -9", "E05" in "E03-E07". Pure. */
#ifndef KITH_ANSWER_RANGE_H
#define KITH_ANSWER_RANGE_H

#include "base/view.h"

#include <stdbool.h>

/* Whether the text has a range that holds `name`: digits, which a dash or up to RANGE_PREFIX_BYTES
 * letters may stand before. The range must name a thing, as at the beginning of a line or of a
 * table's cell, or behind the word that stands before the name in the question; "takes 10 to 20
 * minutes" says nothing about exit code 12. "-#" holds every dash with a digit.
 * name  a part of `question`
 * Linear. */
bool range_holds(view text, view question, view name);

enum { RANGE_PREFIX_BYTES = 4 };

#endif
