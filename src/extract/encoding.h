/* encoding.h - bytes in an unknown encoding to valid UTF-8. */
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

/* "utf-8", "utf-16le", "utf-16be", "windows-1252", "binary"; static storage. */
const char *text_encoding_name(text_encoding encoding);

/* In this order: a byte order mark of UTF-16 decides (of UTF-32: binary); then NUL bytes in the
 * pattern of UTF-16; then control bytes, binary when they are more than a fiftieth; then UTF-8,
 * when it has its mark or at least four sequences are well-formed for each that is not; else
 * Latin-1, decoded as Windows-1252. Any thread. */
text_encoding text_encoding_detect(view bytes);
/* Detects the encoding and appends the text as valid UTF-8 without a byte order mark. Invalid
 * sequences and NUL become U+FFFD and are counted in *replaced. Any thread.
 * Errors: KITH_ERR_UNSUPPORTED (binary), KITH_ERR_LIMIT (larger than the buffer's maximum),
 * KITH_ERR_NO_MEMORY; *encoding and *replaced are set when it returns KITH_OK. */
KITH_CHECKED kith_status text_decode(view bytes, buffer *out, text_encoding *encoding,
                                     size_t *replaced, kith_error *err);

#endif
