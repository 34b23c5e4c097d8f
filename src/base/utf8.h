/* utf8.h - strict UTF-8 (RFC 3629: no surrogates, no overlong forms, nothing above U+10FFFF). */
#ifndef KITH_BASE_UTF8_H
#define KITH_BASE_UTF8_H

#include "base/buffer.h"
#include "base/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decodes the code point at text[0], of `size` > 0 bytes; returns its length 1..4, or 0, with
 * *code_point untouched, when no valid one begins there or `size` cuts it short. */
size_t utf8_decode(const char *text, size_t size, uint32_t *code_point);
/* Writes 1..4 bytes and returns how many. code_point must be a scalar value: at most 0x10FFFF and
 * no surrogate. */
size_t utf8_encode(uint32_t code_point, char out[4]);
bool utf8_is_valid(view v);
/* The offset at which the first ill-formed sequence begins, or v.size. */
size_t utf8_find_invalid(view v);
/* The number of code points; `v` is valid UTF-8. */
size_t utf8_count(view v);
/* Appends `v` with each ill-formed sequence replaced by one U+FFFD, and returns how many there
 * were. A sequence is the longest beginning of a code point that is there, or else one byte, as
 * Unicode (3.9, "maximal subparts") and the WHATWG's decoders have it. The text may grow threefold;
 * failure is in the buffer's state. */
size_t utf8_append_repaired(buffer *out, view v);
/* Offset of the first byte above ASCII at or after i; v.size: there is none. */
size_t utf8_skip_ascii(view v, size_t i);
/* The largest boundary between code points of valid UTF-8 that is <= offset; v.size when offset is
 * beyond. */
size_t utf8_floor(view v, size_t offset);

#endif
