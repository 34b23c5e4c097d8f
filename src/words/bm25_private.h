/* bm25_private.h - the structures of a segment and of a parsed query, for bm25*.c. */
#ifndef KITH_WORDS_BM25_PRIVATE_H
#define KITH_WORDS_BM25_PRIVATE_H

#include "base/map.h"
#include "text/fold.h"
#include "text/known_words.h"
#include "text/language.h"
#include "words/bm25_query.h"
#include "words/bm25_segment.h"
#include "words/forward.h"
#include "words/postings.h"

#include <stdatomic.h>

/* In here rows are counted from first_row.
 *
 * Invariants, which bm25_check verifies:
 *   1. Terms and lists correspond one to one, and the n-th term that was added has list n, which is
 *      not empty. Rows in lists are below `rows`, and each is in the language of the list's term.
 *   2. The statistics are those of the rows that are not removed: `live_rows` is their number,
 *      language_rows[l] that of those in language l, total_length the sum of their lengths, and
 *      holders[n] the number of those in list n.
 *   3. `forward`, when there is one, names for each row that is not removed exactly the lists that
 *      hold it.
 *
 * The statistics and `removed` are atomic because bm25_remove changes them beside readers. One
 * thread at a time changes them, so a load and a store do for an addition. Relaxed order suffices:
 * no other memory depends on them, and a query reads each once and keeps what it read. It may read
 * some before and some after a removal, so it must not rely on 2: bm25_query.c bounds what it
 * computes from them. */
struct bm25_segment {
    map *terms;                /* key of a term (bm25_key) -> number of its list */
    postings *lists;           /* [list_count] */
    _Atomic uint32_t *holders; /* [list_count] */
    uint32_t list_count, list_capacity;
    uint32_t first_row, rows, row_capacity;
    uint32_t *lengths;  /* [rows] words of each row; second names of a word are not counted */
    uint8_t *languages; /* [rows] the language that each row was detected to be in */
    _Atomic uint64_t *removed;  /* [ceil(row_capacity / 64)] bit r % 64 of word r / 64 is row r's */
    _Atomic(forward *) forward; /* NULL in a segment that was read, until rows are removed from it:
                                 * bm25_segment.c. What it points to does not change any more once
                                 * other threads can reach the segment */
    uint32_t searched_removals; /* that were made without `forward` */
    known_words *known; /* of the builder; a word's note there is the number of its term's list.
                         * NULL: none */
    _Atomic uint64_t total_length;
    _Atomic uint32_t live_rows, language_rows[LANGUAGE_COUNT];
};

/* ---- building a segment (bm25_segment.c), for the files that make one in another way ---- */

/* Room for rows up to `rows` in all. KITH_ERR_NO_MEMORY: nothing was added. */
KITH_CHECKED kith_status bm25_reserve_rows(bm25_segment *s, uint32_t rows);
/* Adds a row after the last one, without any word in a list, for which there is room; a row that is
 * not live is removed from the start. Does not add to `forward`. */
void bm25_add_row(bm25_segment *s, uint32_t length, language l, bool is_live);
/* The number of the list of the term with this key, an empty new one when there is none.
 * KITH_ERR_NO_MEMORY: no list was added. */
KITH_CHECKED kith_status bm25_list_of(bm25_segment *s, view key, uint32_t *out);

/* Gives a segment without `forward` one. KITH_ERR_NO_MEMORY: it has none. */
KITH_CHECKED kith_status bm25_build_forward(bm25_segment *s);
/* So many rows are removed from a segment that was read before its lists are turned round. */
enum { BM25_SEARCHED_REMOVALS = 16 };

enum { BM25_KEY_MAX_BYTES = FOLD_MAX_BYTES + 1 };
/* The key of a term in the dictionary, where stems of all languages are kept apart: a byte with the
 * language's number, then the stem. English stems are their own keys. The result points to `term`
 * or to `out`. */
view bm25_key(language l, view term, char out[BM25_KEY_MAX_BYTES]);
/* The language of a key, which is not empty. */
language bm25_key_language(view key);

static inline postings_rows bm25_rows_of(const bm25_segment *s)
{
    return (postings_rows){s->lengths, s->languages, s->removed, s->rows};
}

/* Row r of the segment, counted from first_row: is it removed? */
static inline bool is_row_removed(const bm25_segment *s, uint32_t r)
{
    return atomic_load_explicit(&s->removed[r / 64], memory_order_relaxed) >> (r % 64) & 1;
}

/* Only the one thread that may remove rows calls it: see above. */
static inline void add_relaxed(_Atomic uint32_t *number, uint32_t n)
{
    atomic_store_explicit(number, atomic_load_explicit(number, memory_order_relaxed) + n,
                          memory_order_relaxed);
}

/* ---- a query ---- */

/* A word of the query as a stem of one language. */
typedef struct query_term {
    const postings **lists; /* [segment count of the corpus] borrowed from the segments; NULL: no
                             * row of the segment holds the term */
    view surface;           /* as the query spells it; borrowed from its text */
    float idf;              /* of the word in all languages together */
    float weight;           /* in the sum of BM25: idf, or a spelling's part of it (bm25_query.c) */
    bool is_scored;         /* false: a stop word that is only part of a phrase */
    bool is_extra; /* a second name of a word ("user" of getUserName): left out of closeness, where
                    * the word would count twice */
} query_term;

/* Terms that must occur one after the other; a +word is a phrase of one. The phrases with one
 * demand number are the same words as stems of different languages: a row must hold one of them,
 * for every demand. */
typedef struct query_phrase {
    const uint32_t *terms; /* [count] numbers of query_term, in order */
    uint32_t count;
    uint32_t demand;
} query_phrase;

/* Two words that follow one another in the query, stop words left out. */
typedef struct query_pair {
    uint32_t first, second; /* numbers of query_term */
} query_pair;

struct bm25_query {
    bm25_corpus corpus;
    float average; /* length of the corpus's rows when the query was parsed; greater than 0 */
    query_term *terms;
    uint32_t term_count;
    query_phrase *phrases;
    uint32_t phrase_count, demand_count;
    query_pair *pairs;
    uint32_t pair_count;
};

/* Positions below this belong to the head (title and headings), and the text begins at it, so that
 * neither a phrase nor a pair reaches from the head into the text. Only in a row whose head has
 * more words than this does the text follow right after. */
enum { BM25_HEAD_POSITIONS = 32 };

/* BM25's parameters (Robertson & Zaragoza 2009): how fast further occurrences of a word cease to
 * add to the score, and how much of a row's length is held against it (b in the paper). They were
 * chosen together with the weights of closeness and fusion: docs/decisions/005. */
static const float bm25_k1 = 0.9F, bm25_length_share = 0.75F;

/* What `count` >= 1 occurrences of a term in a row of `length` words add to the row's score. Grows
 * with count and weight, falls with length: the bounds of blocks rest on that. */
static inline float bm25_term_score(const bm25_query *q, float weight, uint32_t count,
                                    uint32_t length)
{
    float norm =
        bm25_k1 * (1.0F - bm25_length_share + bm25_length_share * (float)length / q->average);
    return weight * (float)count * (bm25_k1 + 1.0F) / ((float)count + norm);
}

/* The number of the segment that holds `row`, which is at or after segment number `from`. */
static inline uint32_t bm25_segment_of(const bm25_corpus *c, uint32_t row, uint32_t from)
{
    while (row >= bm25_end_row(c->segments[from]))
        from++;
    return from;
}

#endif
