/* boundary.h - whether a sentence ends at a place: the rule for sentences and chunks. Pure. */
#ifndef KITH_TEXT_BOUNDARY_H
#define KITH_TEXT_BOUNDARY_H

#include "base/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True when a sentence of the valid UTF-8 `text` ends at `offset`, a code point boundary > 0:
 * behind its terminator and the closing quotes and brackets that follow that. Looks one word back,
 * and ahead over white space to the next word. */
bool boundary_ends_sentence(view text, size_t offset);
/* True when `code_point` can be the last of a sentence that no white space follows: a terminator of
 * Chinese and Japanese, or a closing quote. Spares the question above at most places. */
bool boundary_may_end_unspaced(uint32_t code_point);

#endif
