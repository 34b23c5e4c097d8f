/* utf_wide.h - UTF-16 and UTF-32: what looks like them, and their conversion to UTF-8. Pure. */
#ifndef KITH_EXTRACT_UTF_WIDE_H
#define KITH_EXTRACT_UTF_WIDE_H

#include "base/buffer.h"
#include "base/view.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum utf_wide { UTF_16LE, UTF_16BE, UTF_32LE, UTF_32BE } utf_wide;

enum { UTF_WIDE_COUNT = UTF_32BE + 1 };

/* "utf-16le" and so on; static storage. */
const char *utf_wide_name(utf_wide form);
/* Bytes of the byte order mark of `form` at the start: 0 (none), 2 or 4. UTF-16LE's is not one
 * where UTF-32LE's stands, which begins with it. */
size_t utf_wide_mark(view bytes, utf_wide form);
/* Broken units, unassigned code points and control characters are at most a fiftieth. */
bool utf_wide_is_text(view bytes, utf_wide form);
/* The same for bytes without a mark, where most units must stand in few of Unicode's blocks, as
 * those of one script do. Worth asking only of bytes with NUL or control bytes among them: GBK in
 * pairs reads as Hangul. */
bool utf_wide_is_likely(view bytes, utf_wide form);
/* Appends it as UTF-8, without a mark; what is broken, and NUL, becomes U+FFFD. Returns how many
 * those were. */
size_t utf_wide_append(buffer *out, view bytes, utf_wide form);

#endif
