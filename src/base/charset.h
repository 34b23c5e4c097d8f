/* charset.h - the encodings that files are in besides UTF-8, by the labels that people and programs
 * give them, and their conversion to UTF-8 by the C library's iconv. Any thread. */
#ifndef KITH_BASE_CHARSET_H
#define KITH_BASE_CHARSET_H

#include "base/buffer.h"
#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

typedef struct charset {
    const char *name;       /* as users see it: the Encoding Standard's, in lower case */
    const char *iconv_name; /* glibc's */
} charset;

/* The charset that a label stands for, by the table of the Encoding Standard, in which iso-8859-1
 * means windows-1252 and gb2312 means GB 18030, and some labels that it lacks (ibm850, utf-32).
 * label  any bytes; white space around it and letter case do not count
 * NULL: the label is not known. Static storage. Source: https://encoding.spec.whatwg.org/#labels */
const charset *charset_find(view label);
/* Appends `bytes` as UTF-8. A sequence that has no meaning in the charset, and NUL, become U+FFFD
 * and are counted in *replaced, which is added to.
 * Errors: KITH_ERR_UNSUPPORTED (this system has no converter, or a confined process did not load it
 * in time: charset_preload; nothing was appended). Failure to append is in the buffer's state. */
KITH_CHECKED kith_status charset_append_utf8(const charset *c, view bytes, buffer *out,
                                             size_t *replaced, kith_error *err);
/* The code points of the bytes 0x80 to 0xFF of a charset of single bytes, 0 where it has none; all
 * 0 when there is no converter. */
void charset_upper_half(const charset *c, uint32_t out[128]);
/* Appends UTF-8 with ill-formed sequences and NUL as U+FFFD; returns how many there were. */
size_t charset_append_repaired(buffer *out, view text);
/* What charset_append_utf8 does with windows-1252, for which it needs no converter; returns how many
 * bytes were without a meaning. */
size_t charset_append_windows_1252(view bytes, buffer *out);
/* How many bytes charset_append_windows_1252 would replace. */
size_t charset_count_not_windows_1252(view bytes);
/* Loads every converter for the rest of the process, for one that is about to be confined: iconv
 * keeps each in a module on disk and loads it at its first use. Takes 2 ms. */
void charset_preload(void);

#endif
