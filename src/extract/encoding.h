/* encoding.h - bytes of unknown encoding to valid UTF-8. */
#ifndef KITH_EXTRACT_ENCODING_H
#define KITH_EXTRACT_ENCODING_H

#include "base/buffer.h"
#include "base/status.h"

#include <stddef.h>

typedef enum text_encoding {
    ENCODING_UTF8,
    ENCODING_UTF16LE,
    ENCODING_UTF16BE,
    ENCODING_LATIN1,
    ENCODING_BINARY
} text_encoding;

/* "utf-8", "utf-16le", "utf-16be", "windows-1252", "binary" */
const char *text_encoding_name(text_encoding encoding);

/* Binary when control bytes abound; else a byte order mark decides, then NUL bytes in the pattern
 * of UTF-16; else UTF-8 when nearly all of it is valid; else Latin-1 (read as Windows-1252). Any
 * thread. */
text_encoding text_encoding_detect(view bytes);
/* Appends valid UTF-8 without the mark. Invalid sequences and NUL become U+FFFD and are counted in
 * *replaced. Errors: KITH_ERR_UNSUPPORTED for binary, KITH_ERR_LIMIT and KITH_ERR_NO_MEMORY of the
 * buffer. Any thread. */
KITH_CHECKED kith_status text_decode(view bytes, buffer *out, text_encoding *encoding,
                                     size_t *replaced, kith_error *err);

#endif
