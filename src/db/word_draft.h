/* word_draft.h - the words of a put, looked for while the store writes its points.
 *
 * To split a text into words takes as long as to store it. Neither needs the other, so a second
 * thread does the one while the caller does the other. What it makes are the words of a segment
 * (segment_take_words); which rows they are of is said when they are taken. */
#ifndef KITH_DB_WORD_DRAFT_H
#define KITH_DB_WORD_DRAFT_H

#include "store/store.h"
#include "words/bm25_segment.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { WORD_DRAFT_AT_LEAST = 64 }; /* points that are worth a thread */

/* Where the known words of a database's drafts lie between them; NULL: they are in use, or there
 * are none yet. Drafts that run at the same time find it empty, and make their own. */
typedef _Atomic(known_words *) known_words_place;

typedef struct word_draft {
    const store_point *points; /* [count], borrowed */
    uint32_t count;
    bool has_thread;
    pthread_t thread;
    bm25_segment *words;      /* the thread's until it was joined; NULL: there are none */
    known_words *known;       /* of the drafts before it; NULL: none, or no memory for them */
    known_words_place *place; /* where they are kept from draft to draft; NULL: nowhere */
} word_draft;

/* Starts the thread; without one, word_draft_take does the work. The points must stay as they are
 * until word_draft_end has returned.
 * place  known words are taken from there, and put back by word_draft_end; NULL: none are */
void word_draft_begin(word_draft *d, const store_point *points, uint32_t count,
                      known_words_place *place);
/* Waits for the words of all points, in their order, from row 0 on; the caller owns them. Where the
 * thread had none to give, makes them.
 * Errors: segment_append's, and those of metadata that is no flat JSON object. */
KITH_CHECKED kith_status word_draft_take(word_draft *d, bm25_segment **out, kith_error *err);
/* Waits for the thread, and frees what was not taken. Accepts one that is zero. */
void word_draft_end(word_draft *d);

#endif
