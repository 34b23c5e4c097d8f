/* citation.h - the [n] of a streamed answer, checked against the passages that were sent.
 * Text passes through with "[3]", "[1, 2]" and "[1][2]" written as "[3]" and "[1][2]"; numbers that
 * name no passage are dropped and counted. A bracket is held back until it closes, so what has been
 * handed on is never taken back. */
#ifndef KITH_ANSWER_CITATION_H
#define KITH_ANSWER_CITATION_H

#include "base/buffer.h"
#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

enum { CITATION_MAX_PASSAGES = 1000 };

typedef struct citation_filter {
    uint32_t passages; /* valid numbers are 1..passages */
    buffer *out;       /* checked text is appended here */
    char held[32];     /* an open bracket and what followed */
    uint32_t held_size;
    uint32_t removed;
    uint32_t cited_count;
    uint32_t cited[CITATION_MAX_PASSAGES]; /* in order of first use, each once */
} citation_filter;

/* passages <= CITATION_MAX_PASSAGES */
void citation_filter_init(citation_filter *f, uint32_t passages, buffer *out);
void citation_filter_feed(citation_filter *f, view piece);
/* Hands on what is still held. */
void citation_filter_finish(citation_filter *f);

#endif
