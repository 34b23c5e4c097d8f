/* base64.h - standard base64 (RFC 4648, section 4): '+', '/', padding with '='. */
#ifndef KITH_BASE_BASE64_H
#define KITH_BASE_BASE64_H

#include "base/buffer.h"
#include "base/view.h"

#include <stdbool.h>
#include <stddef.h>

/* The bytes that a text of this length decodes to, at most: what base64_decode needs room for. */
static inline size_t base64_decoded_max(size_t text_bytes)
{
    return text_bytes / 4 * 3;
}

/* Decodes all of `text` to out [base64_decoded_max(text.size)], and sets *out_bytes. False, with
 * `out` in any state, when it is not base64: a length that is no multiple of four, another
 * character, padding elsewhere than at the end, or bits set behind the last byte, so that each run
 * of bytes has exactly one text. Any thread. */
bool base64_decode(view text, unsigned char *out, size_t *out_bytes);

/* Appends the text of `bytes`; failure is in the buffer's state. */
void base64_append(buffer *out, view bytes);

#endif
