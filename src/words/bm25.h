/* bm25.h - an inverted index over the words of rows, scored by BM25.
 * Rows are those of the vector index: appended in ascending order, removed by a bit in the caller's
 * `live`. Removed rows stay in the postings, and in the counts that idf rests on, until the index
 * is rebuilt.
 *
 * A query is words; "+word" must be there, and so must every "phrase in quotes", its words one
 * after the other. A query's words are looked for as stems of every language that rows are in, so
 * that nobody has to tell, or to guess from a few words, which one the query is in. Words that are not required only add to the score. A quote without its fellow is
 * a character like any other. Source: Robertson & Zaragoza
 * 2009 (BM25, idf with +1 so that it is never negative); Ding & Suel 2011 (block-max WAND). */
#ifndef KITH_WORDS_BM25_H
#define KITH_WORDS_BM25_H

#include "base/arena.h"
#include "base/bitset.h"
#include "base/buffer.h"
#include "base/status.h"
#include "base/topk.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

enum { BM25_MAX_TERMS = 1024 /* of a query, in all languages */ };

typedef struct bm25 bm25;

bm25 *bm25_new(void); /* NULL: out of memory */
void bm25_free(bm25 *b);
size_t bm25_bytes(const bm25 *b);
uint32_t bm25_rows(const bm25 *b);

/* Adds row number bm25_rows(b) with the words of `text` (may be empty), in the stems of the language
 * that the text speaks most clearly. Its first `head_size` bytes are title and headings: their words
 * are near to all the others. Exclusive. On failure the index must be thrown away. */
KITH_CHECKED kith_status bm25_append(bm25 *b, view text, size_t head_size, kith_error *err);

/* How much a word tells, by how few rows hold it; `term` as word_split gives it, and taken for the
 * stem in other languages too. */
float bm25_idf(const bm25 *b, view term);

/* A parsed query; lives in an arena. */
typedef struct bm25_query bm25_query;
/* Any text is a query; it must outlive *out. KITH_ERR_LIMIT above
 * BM25_MAX_TERMS different terms. */
KITH_CHECKED kith_status bm25_parse(const bm25 *b, view text, arena *a, bm25_query **out,
                                    kith_error *err);

typedef struct bm25_counters {
    uint64_t scored;  /* rows whose score was computed */
    uint64_t skipped; /* times that blocks were passed over by their bound */
} bm25_counters;

/* Does the query name anything that must be there? */
bool bm25_has_demands(const bm25_query *q);
/* Sets exactly the bits of the rows (out->count is bm25_rows(b)) that hold all that must be there.
 * They bind whatever is ranked, by words or otherwise, so they are a filter like any other.
 * KITH_ERR_NO_MEMORY: `out` is spoilt. */
KITH_CHECKED kith_status bm25_match_demands(const bm25 *b, const bm25_query *q, bitset *out,
                                            kith_error *err);

/* The k best rows whose bits are set in live and in filter (NULL: all), best first. hit.distance is
 * the negated score, so that smaller is better; rows without any of the words are no hits. What
 * must be there is not asked for: see bm25_match_demands. Any number of threads, none with an
 * exclusive call. counters may be NULL. */
KITH_CHECKED kith_status bm25_search(const bm25 *b, const bm25_query *q, uint32_t k,
                                     const bitset *live, const bitset *filter, hit *out,
                                     uint32_t *out_count, bm25_counters *counters, kith_error *err);
typedef struct bm25_row_score {
    float words;     /* BM25; 0 when the row holds none of the words */
    float closeness; /* how close the query's words stand, in the same unit */
} bm25_row_score;
/* Scores of rows [count], ascending, into out[count]. KITH_ERR_NO_MEMORY. Source of the closeness:
 * Rasolofo & Savoy 2003, and see bm25_rescore.c. */
KITH_CHECKED kith_status bm25_rescore(const bm25 *b, const bm25_query *q, const uint32_t *rows,
                                      uint32_t count, bm25_row_score *out, kith_error *err);

typedef struct bm25_match {
    view word; /* as the query has it */
    float score;
} bm25_match;
/* The words of the query that the row holds and what each adds to its score; out [<= terms of the
 * query] is in the arena, NULL when it is exhausted. */
bm25_match *bm25_matches(const bm25 *b, const bm25_query *q, uint32_t row, arena *a,
                         uint32_t *count);

/* Serialised, closed by an XXH3-64. Reading is safe on untrusted bytes: KITH_ERR_CORRUPT. */
void bm25_write(const bm25 *b, buffer *out);
KITH_CHECKED kith_status bm25_read(view bytes, bm25 **out, kith_error *err);

#endif
