/* citation.h - the [n] of a streamed answer, checked against the passages that were sent.
 * "[3]", "[1][2]" and "[1, 2]" come out as "[3]", "[1][2]" and "[1][2]"; numbers that name no
 * passage are removed and counted; all other text passes unchanged. A bracket that may become a
 * citation is held back until it closes or turns out not to be one, so text that was appended to
 * `out` is final. The result does not depend on how the stream is cut into pieces.
 *
 * States, by `held`:
 *
 *   state      held       on a digit     on , ; blank  on [         on ]         on another byte
 *   text       ""         append it      append it     -> bracket   append it    append it
 *   bracket    "["        -> citation    release       bracket      release      release
 *   citation   "[1, 2"    hold it        hold it       bracket      cite         release
 *
 *   release  append `held` unchanged, then the byte; -> text. On "[" the byte starts a new bracket.
 *   cite     write or remove each number of `held`; -> text
 * When `held` is full the next byte other than "]" releases it, too. */
#ifndef KITH_ANSWER_CITATION_H
#define KITH_ANSWER_CITATION_H

#include "base/buffer.h"
#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

enum { CITATION_MAX_PASSAGES = 1000 };

typedef struct citation_filter {
    uint32_t passages; /* valid numbers are 1..passages */
    buffer *out;       /* checked text is appended here; borrowed */
    char held[32];     /* [held_size] "[", then digits, commas, semicolons and blanks */
    uint32_t held_size;
    uint32_t removed;                      /* numbers that named no passage */
    uint32_t cited_count;                  /* at most `passages` */
    uint32_t cited[CITATION_MAX_PASSAGES]; /* [cited_count] in order of first use, each once */
} citation_filter;

/* passages <= CITATION_MAX_PASSAGES. `out` is initialised, and outlives the filter. */
void citation_filter_init(citation_filter *f, uint32_t passages, buffer *out);
/* The piece may end anywhere, also within a character. One thread at a time. No error of its own:
 * see buffer_status of `out`. */
void citation_filter_feed(citation_filter *f, view piece);
/* Appends what is still held, at the end of the stream. */
void citation_filter_finish(citation_filter *f);

/* What is broken, or NULL: `held` is empty or the beginning of a citation, and `cited` has valid
 * numbers, each once. For tests. */
const char *citation_filter_check(const citation_filter *f);

#endif
