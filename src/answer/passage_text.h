/* passage_text.h - a passage with what stands before and behind it in its document: a chunk ends
 * where its size says, and the option, entry or sentence that it begins or ends with may be cut. */
#ifndef KITH_ANSWER_PASSAGE_TEXT_H
#define KITH_ANSWER_PASSAGE_TEXT_H

#include "answer/retrieve.h"
#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"
#include "db/collection.h"

/* Chunks that do not overlap are joined by a blank line, whatever white space the document has
 * there: only the content is quoted byte for byte. */
typedef struct passage_text {
    view text;           /* the chunks before, the passage's content, the chunks behind */
    uint32_t start, end; /* bytes of the content in it */
} passage_text;

/* *out: [found->count], in `a`. A passage without neighbors in the collection stands alone.
 * reach  how many chunks before it and behind it are read, 1..PASSAGE_REACH_MAX
 * Any thread.
 * Errors: KITH_ERR_NOT_FOUND (the collection was deleted), BUSY, CORRUPT, IO, FULL, NO_MEMORY. */
KITH_CHECKED kith_status passage_texts_read(collection *c, const retrieval *found, uint32_t reach,
                                            arena *a, passage_text **out, kith_error *err);
enum {
    PASSAGE_REACH_MAX = 4,
    PASSAGE_NEIGHBOR_MAX_BYTES = 64 << 10, /* a neighbor that is larger is no chunk of a passage */
    PASSAGE_READ_MAX_BYTES = 256 << 10,    /* of a passage's content */
    PASSAGES_READ_MAX_BYTES = 4 << 20      /* of all passages' contents */
};
/* How many bytes of the content of each of `count` passages are looked through for an answer. Chunks
 * of kith's own are far smaller; a client may put a point of any size. Pure. */
uint32_t passage_read_bytes(uint32_t count);
/* The same from the passages' contents alone. Error: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status passage_texts_alone(const retrieval *found, arena *a, passage_text **out,
                                             kith_error *err);

#endif
