/* encoding.h - bytes of unknown encoding to valid UTF-8. */
#ifndef KITH_TEXT_ENCODING_H
#define KITH_TEXT_ENCODING_H

#include "base/buffer.h"
#include "base/status.h"

#include <stddef.h>

typedef enum text_encoding { ENCODING_UTF8, ENCODING_UTF16LE, ENCODING_UTF16BE, ENCODING_LATIN1, ENCODING_BINARY } text_encoding;

/* "utf-8", "utf-16le", ... */
const char *text_encoding_name(text_encoding encoding);

/* A byte order mark decides; else NUL bytes in the pattern of UTF-16, else binary when control bytes abound; else UTF-8 when nearly all
 * of it is valid; else Latin-1 (read as Windows-1252). */
text_encoding text_encoding_detect(view bytes);
/* Appends UTF-8 without the mark. Invalid sequences become U+FFFD and are counted in *replaced. KITH_ERR_UNSUPPORTED for binary. */
KITH_CHECKED kith_status text_decode(view bytes, buffer *out, text_encoding *encoding, size_t *replaced, kith_error *err);

#endif
