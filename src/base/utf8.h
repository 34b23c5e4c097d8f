/* utf8.h - strict UTF-8 (RFC 3629: no surrogates, no overlong forms, nothing above U+10FFFF). */
#ifndef KITH_BASE_UTF8_H
#define KITH_BASE_UTF8_H

#include "base/buffer.h"
#include "base/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decodes one code point at text[0]; returns its length 1..4, or 0 when the bytes there are not
 * valid. size > 0. */
size_t utf8_decode(const char *text, size_t size, uint32_t *code_point);
/* Writes 1..4 bytes and returns how many; code_point must be a scalar value. */
size_t utf8_encode(uint32_t code_point, char out[4]);
bool utf8_is_valid(view v);
/* Offset of the first invalid byte, or v.size. */
size_t utf8_find_invalid(view v);
/* Code points in valid UTF-8. */
size_t utf8_count(view v);
/* Appends `v` with each maximal invalid run of one ill-formed sequence replaced by U+FFFD; returns
 * how many. */
size_t utf8_append_repaired(buffer *out, view v);
/* The largest boundary <= offset. */
size_t utf8_floor(view v, size_t offset);

#endif
