/* thoughts.h - what a reasoning model thinks before it answers, taken out of its text.
 * Endpoints that know the model send thoughts apart (reasoning_content); the others leave them in
 * the text, between tags that differ from model to model. What stands between such tags is no part
 * of the answer: it is neither shown nor judged nor kept.
 *
 * A thought begins where its opening tag begins the text or a line, so that an answer may speak of
 * "<think>" within a sentence; it ends with its closing tag, or with the text. White space before
 * the answer is dropped. A closing tag that nothing opened, as some chat templates leave it (they
 * put the opening one into the prompt), makes all before it a thought: `discarded` says so, and what
 * was given out until then is to be dropped.
 *
 * The result does not depend on how the text is cut into pieces. */
#ifndef KITH_LLM_THOUGHTS_H
#define KITH_LLM_THOUGHTS_H

#include "base/buffer.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

/* Zero-initialised is a filter at the start of a text. */
typedef struct thought_filter {
    char held[64]; /* [held_size] the beginning of a tag, perhaps */
    uint32_t held_size;
    uint32_t inside;  /* 1 + the number of the tag that is open; 0: none */
    bool has_text;    /* something was given out; white space before it is dropped */
    bool is_in_line;  /* something stands before this on its line */
    bool has_thought; /* a thought was taken out, or is open */
    bool discarded;   /* a closing tag came alone: see above. The caller clears it */
} thought_filter;

/* Appends to `out` what of the piece, and of what was held, is no thought. When it sets
 * `discarded`, `out` holds only what came behind the closing tag. No error of its own: see
 * buffer_status of `out`.
 * out  empty */
void thought_filter_feed(thought_filter *f, view piece, buffer *out);
/* Appends what is still held, at the end of the text: what looked like a tag's beginning. */
void thought_filter_finish(thought_filter *f, buffer *out);

#endif
