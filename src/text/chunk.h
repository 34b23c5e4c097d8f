/* chunk.h - a document's text to overlapping chunks that break where a reader would. */
#ifndef KITH_TEXT_CHUNK_H
#define KITH_TEXT_CHUNK_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

enum {
    CHUNK_MAX_SIZE = 1000000,
    CHUNK_MAX_COUNT = 4000000, /* of one text */
    CHUNK_DEFAULT_CHARACTERS = 1000,
};

typedef enum chunk_unit { CHUNK_CHARACTERS, CHUNK_TOKENS } chunk_unit;

/* Counts the model's tokens in `text`, without its special tokens. Any thread. */
typedef uint32_t (*chunk_token_count)(void *context, view text);

typedef struct chunk_options {
    chunk_unit unit;
    uint32_t size;    /* 0: CHUNK_DEFAULT_CHARACTERS, or max_tokens; tokens above max_tokens are
                         max_tokens, and the overlap shrinks in    proportion */
    uint32_t overlap; /* at most, the next chunk begins at a break; the default of 200 characters is
                         set by the caller; 0 is none; < size */
    uint32_t
        max_tokens; /* of the model, special tokens and the prefix already deducted; 0: unlimited. A
                       chunk never has more: it shrinks, and the overlap in proportion */
    chunk_token_count count_tokens; /* required when unit is CHUNK_TOKENS or max_tokens > 0 */
    void *count_context;
} chunk_options;

typedef struct chunk {
    uint32_t start, end; /* bytes into the text, at grapheme boundaries, white space trimmed */
    uint32_t char_start, char_end; /* code points */
    uint32_t line_start, line_end; /* 1-based, inclusive */
    uint32_t tokens;               /* 0 when no counter was given */
} chunk;

/* Splits valid UTF-8 text of less than UINT32_MAX bytes in linear time. Chunks ascend in start and
 * in end, none is empty or contained in its neighbour, and together they cover everything but white
 * space. Blank text gives 0 chunks. They end at a paragraph, a sentence or a line, else a space, in
 * the last third of what the limits allow, else between graphemes. A single grapheme longer than
 * the size is a chunk of its own (graphemes are cut at 128 code points); one with more than
 * max_tokens tokens is cut at code points. Errors: KITH_ERR_INVALID (size 0 without a default or
 * above CHUNK_MAX_SIZE, overlap >= size; the message has the numbers), KITH_ERR_LIMIT (too much
 * text, too many chunks, one character with more than max_tokens tokens), KITH_ERR_NO_MEMORY. Any
 * thread. */
KITH_CHECKED kith_status chunk_text(view text, const chunk_options *options, arena *a, chunk **out,
                                    uint32_t *out_count, kith_error *err);

#endif
