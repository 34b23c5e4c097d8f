/* citation.h - the citations of a streamed answer, checked against the passages that were sent.
 * "[3]", "[1][2]" and "[1, 2]" come out as "[3]", "[1][2]" and "[1][2]", and so do the other forms
 * in which models write them: 【1】 and ［1］, 【1†source】, [^1], [1-3], [Source 1]. Numbers that name
 * no passage are removed and counted; a range of which an end names none is left as text, as is all
 * other text ("(1)" numbers a list more often than it cites). A bracket that may become a citation
 * is held back until it closes or turns out not to be one, so text that was appended to `out` is
 * final. The result does not depend on how the stream is cut into pieces.
 *
 * What is held is empty or the beginning of a citation, by this grammar:
 *
 *   citation  open [word] number {separator number} [separators] [note] close
 *   open      "[" | "【" | "［", and its close "]" | "】" | "］"
 *   word      source, passage or document, perhaps in the plural, then blanks, ":" or "#"
 *   number    ["^"] digits
 *   separator one or more of , ; 、 ， and blanks; or a dash, which makes a range
 *   note      "†" and what follows but a bracket or a line end
 *
 * A byte that cannot go on releases what is held: it is appended unchanged, and the byte may begin a
 * new citation. So does any byte but the close when `held` is full. */
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
    char held[96];     /* [held_size] the beginning of a citation */
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
