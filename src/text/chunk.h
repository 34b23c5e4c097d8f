/* chunk.h - a document's text cut into overlapping chunks that break where a reader would. */
#ifndef KITH_TEXT_CHUNK_H
#define KITH_TEXT_CHUNK_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    CHUNK_MAX_SIZE = 1000000,
    CHUNK_MAX_COUNT = 4000000, /* of one text */
    CHUNK_DEFAULT_CHARACTERS = 1000,
};

typedef enum chunk_unit { CHUNK_CHARACTERS, CHUNK_TOKENS } chunk_unit;

/* The number of the model's tokens in `text`, without special tokens. Pure; no more is asked of it:
 * a longer text may have fewer tokens, and two pieces more or fewer than the whole. */
typedef uint32_t (*chunk_token_count)(void *context, view text);

/* Zero is the default of each member but where it says otherwise. */
typedef struct chunk_options {
    chunk_unit unit;
    /* In units; at most CHUNK_MAX_SIZE. 0: CHUNK_DEFAULT_CHARACTERS, or max_tokens for tokens. More
     * tokens than max_tokens count as max_tokens, and the overlap shrinks in proportion. */
    uint32_t size;
    /* In units, less than `size`: the most that a chunk repeats of the one before. It begins at a
     * break, so mostly it repeats less. 0: nothing. */
    uint32_t overlap;
    /* Of the model, its special tokens and the prefix of each chunk already deducted; 0: unlimited.
     * No chunk has more: one that would is made shorter, and the overlap in proportion. */
    uint32_t max_tokens;
    bool find_leads; /* a chunk that begins within a table or a list has the lead (lead.h), whose
                      * tokens count against max_tokens, at most half of it */
    chunk_token_count count_tokens; /* required when unit is CHUNK_TOKENS or max_tokens > 0 */
    void *count_context;
} chunk_options;

typedef struct chunk {
    uint32_t start, end; /* bytes into the text, at grapheme boundaries, white space trimmed */
    uint32_t char_start, char_end; /* code points */
    uint32_t line_start, line_end; /* 1-based, inclusive */
    uint32_t tokens;               /* of [start, end); 0 when no counter was given */
    uint32_t lead_start, lead_end; /* bytes of its lead in the text; equal: it has none */
} chunk;

/* Splits a text into chunks, in time linear in its size.
 * text     valid UTF-8 of less than UINT32_MAX bytes
 * options  read during the call
 * out      [*out_count] in `a`; a blank text gives 0 chunks
 *
 * Chunks ascend in start and in end; none is empty or contained in its neighbour; together they
 * cover everything but white space. A chunk ends at the best break in the last third of what the
 * limits allow: a paragraph, a sentence, a line, a space, in this order, or else between two
 * graphemes. Two exceptions: a grapheme longer than `size` is a chunk of its own (one of more than
 * 128 code points counts as several), and a grapheme of more than max_tokens tokens is cut between
 * its code points.
 *
 * Any thread, if count_tokens is. Errors, with *out and *out_count untouched:
 * KITH_ERR_INVALID    size 0 without a default, size above CHUNK_MAX_SIZE, overlap >= size; the
 *                     message has the numbers
 * KITH_ERR_LIMIT      a text too long, more than CHUNK_MAX_COUNT chunks, or one code point with
 * more
 *                     than max_tokens tokens
 * KITH_ERR_NO_MEMORY */
KITH_CHECKED kith_status chunk_text(view text, const chunk_options *options, arena *a, chunk **out,
                                    uint32_t *out_count, kith_error *err);

#endif
