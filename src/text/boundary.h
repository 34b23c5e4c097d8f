/* boundary.h - does a sentence end here? The one rule that sentences and chunks share. */
#ifndef KITH_TEXT_BOUNDARY_H
#define KITH_TEXT_BOUNDARY_H

#include "base/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Does a sentence of the valid UTF-8 `text` end at the boundary `offset` > 0, after a terminator
 * and the closing quotes and brackets behind it? Looks a few words back and ahead, and over white
 * space ahead. Any thread. */
bool boundary_ends_sentence(view text, size_t offset);
/* Can `code_point` be the last of a sentence that no white space follows: a CJK terminator, or what
 * closes a quotation? */
bool boundary_may_end_unspaced(uint32_t code_point);

#endif
