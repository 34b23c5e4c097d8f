/* encoding.h - bytes in an unknown encoding to valid UTF-8. */
#ifndef KITH_EXTRACT_ENCODING_H
#define KITH_EXTRACT_ENCODING_H

#include "base/buffer.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct text_decoding {
    const char *encoding; /* "utf-8", "windows-1251" ...; static storage */
    size_t replaced;      /* sequences without a meaning, and NUL, that became U+FFFD */
    bool is_guess;        /* nothing says which it is, and a person should be told which one was
                             taken */
    bool belies;          /* what is declared is not so: the bytes do not fit it, or it is not
                             known here */
} text_decoding;

/* True when text_decode(), called without a declared encoding, may use what encoding_preload()
 * loads: of text that is neither UTF-8 nor, as it declares, windows-1252. */
bool encoding_needs_converter(view bytes);
/* True for text that text_decode() takes as UTF-8 and leaves as it is. */
bool encoding_is_plain(view bytes);
/* Finds the encoding and appends the text as valid UTF-8 without a byte order mark and NUL. In this
 * order: a byte order mark decides; then NUL and control bytes, in the pattern of UTF-16 or UTF-32,
 * or for a binary file when they are more than a fiftieth; then UTF-8, when all of it is well
 * formed (whatever is declared: chance makes no such text); then what is declared, by the caller or
 * in the text (charset_declared.h); then UTF-8, when at least four sequences are well formed for
 * each that is not; then a guess (charset_guess.h).
 * declared  a label from outside, such as a mail's header; empty: none
 * Any thread.
 * Errors: KITH_ERR_UNSUPPORTED (binary), KITH_ERR_LIMIT (larger than the buffer's maximum),
 * KITH_ERR_NO_MEMORY; *how is set when it returns KITH_OK. */
KITH_CHECKED kith_status text_decode(view bytes, view declared, buffer *out, text_decoding *how,
                                     kith_error *err);
/* Loads what text_decode may need, for a process that is about to be confined: 3 ms. */
void encoding_preload(void);

#endif
