/* boundary.h - whether a sentence ends at a place: the rule for sentences and chunks. Pure. */
#ifndef KITH_TEXT_BOUNDARY_H
#define KITH_TEXT_BOUNDARY_H

#include "base/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True when a sentence of the valid UTF-8 `text` ends at `offset`, a code point boundary > 0:
 * behind its terminator and the closing quotes and brackets that follow that. Looks a few words
 * back, and ahead over white space to the next word; where a line begins with a number, over at
 * most BOUNDARY_LIST_BYTES of the lines before and behind it. */
bool boundary_ends_sentence(view text, size_t offset);
/* True when `code_point` can be the last of a sentence that no white space follows: a terminator of
 * Chinese and Japanese, or a closing quote. Spares the question above at most places. */
bool boundary_may_end_unspaced(uint32_t code_point);

/* The digits that the line at `line` begins with, blanks passed over, when there are at most three
 * and "." or ")" and a blank follow: "12" of "12. Flour" and "12) Flour"; else empty. */
view boundary_number_of_line(view text, size_t line);
enum { BOUNDARY_LIST_BYTES = 2000 };
/* True when that number is a list's. A line of running text may begin with one too ("it was / 12.
 * Then"): it is a list's where a paragraph begins, after the end of a sentence or a colon, and
 * where another line near it has the number before or after it. */
bool boundary_is_list_number(view text, size_t line);

#endif
