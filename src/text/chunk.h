/* chunk.h - a document's text to overlapping chunks that break where a reader would. */
#ifndef KITH_TEXT_CHUNK_H
#define KITH_TEXT_CHUNK_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

enum { CHUNK_MAX_SIZE = 1000000 };

typedef enum chunk_unit { CHUNK_CHARACTERS, CHUNK_TOKENS } chunk_unit;

/* Counts the model's tokens in `text`, without its special tokens. Any thread. */
typedef uint32_t (*chunk_token_count)(void *context, view text);

typedef struct chunk_options {
    chunk_unit unit;
    uint32_t size;    /* 0: 1000 characters, or max_tokens */
    uint32_t overlap; /* KITH default 200 characters is set by the caller; 0 is none; < size */
    uint32_t max_tokens; /* of the model, special tokens and the prefix already deducted; 0: unlimited. A chunk never has more. */
    chunk_token_count count_tokens; /* required when unit is CHUNK_TOKENS or max_tokens > 0 */
    void *count_context;
} chunk_options;

typedef struct chunk {
    uint32_t start, end;           /* bytes into the text, at grapheme boundaries, white space trimmed */
    uint32_t char_start, char_end; /* code points */
    uint32_t line_start, line_end; /* 1-based, inclusive */
    uint32_t tokens;               /* 0 when no counter was given */
} chunk;

/* Splits valid UTF-8 text of at most UINT32_MAX bytes. Chunks ascend in start and in end, none is empty or contained in its neighbour, and
 * together they cover everything but white space. Blank text gives 0 chunks.
 * Errors: KITH_ERR_INVALID (size 0 or above CHUNK_MAX_SIZE, overlap >= size; the message has the numbers), KITH_ERR_LIMIT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status chunk_text(view text, const chunk_options *options, arena *a, chunk **out, uint32_t *out_count, kith_error *err);

#endif
