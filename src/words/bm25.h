/* bm25.h - an inverted index over the words of rows, scored by BM25. Sources: Robertson & Zaragoza
 * 2009 (BM25; the idf with 1 added inside the logarithm, so that it is never negative); Ding & Suel
 * 2011 (block-max WAND).
 *
 * Rows are those of the vector index: appended in ascending order, never renumbered. A removed row
 * is one whose bit is clear in the caller's `live`. Its postings stay, and so does its part in the
 * statistics: the number of rows, their average length and how many rows hold a word count it until
 * the owner builds a new index. That shifts scores of all rows alike and a little; which rows come
 * back is exact, because removed ones are dropped by their bit.
 *
 * A query is words. "+word" must occur in a row, and so must every "phrase in quotes", its words
 * one after the other; words that are not required only add to the score. A quote without a partner
 * is a character like any other.
 *
 * Languages. A row's words are stemmed in the language that its text is detected to be in, and a
 * stem means something in its own language only. A query is a few words, too little to detect its
 * language: each of its words is looked up as the stem it has in every language that some row is
 * in. A row is in one language, so it holds a query's word under one of these stems at most and no
 * word is scored twice. The idf of a word counts the rows that hold it in any language: otherwise a
 * word would look rare, and weigh much, in the one row that was detected to be in another language
 * than its neighbors. See docs/decisions/010.
 *
 * Threads: calls marked "exclusive" run alone; all others may run in any number of threads at once,
 * none of them beside an exclusive one. */
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

enum { BM25_MAX_TERMS = 1024 /* different terms of a query, in all languages together */ };

typedef struct bm25 bm25;

/* An empty index; NULL: out of memory. */
bm25 *bm25_new(void);
/* Exclusive. b may be NULL. */
void bm25_free(bm25 *b);
/* Memory held, with an estimate for the dictionary. O(terms). */
size_t bm25_bytes(const bm25 *b);
uint32_t bm25_rows(const bm25 *b); /* removed rows included */

/* Adds row number bm25_rows(b) with the words of `text`: valid UTF-8, may be empty. The first
 * head_size bytes are title and headings, whose words count as near to all others of the row.
 * Exclusive. Errors: KITH_ERR_NO_MEMORY; KITH_ERR_LIMIT at 2^32 - 2 rows or when the postings of
 * one word exceed 4 GiB. After either the index may hold a part of the row and is good for
 * bm25_free only. */
KITH_CHECKED kith_status bm25_append(bm25 *b, view text, size_t head_size, kith_error *err);

/* Inverse document frequency: ln(1 + (rows - n + 0.5) / (n + 0.5)) where n rows hold `term`, a stem
 * as word_split gives it, looked up as the stem of every language. Greater than 0. */
float bm25_idf(const bm25 *b, view term);

/* A parsed query. It points into the index: no use of it after the next bm25_append. */
typedef struct bm25_query bm25_query;

/* Parses `text`, valid UTF-8; any text is a query, one without words matches nothing. *out lives in
 * `a` and borrows `text`. Stop words are left out unless there is nothing else, or a phrase or a +
 * names them. Errors: KITH_ERR_LIMIT above BM25_MAX_TERMS different terms; KITH_ERR_NO_MEMORY. *out
 * is untouched then. */
KITH_CHECKED kith_status bm25_parse(const bm25 *b, view text, arena *a, bm25_query **out,
                                    kith_error *err);

typedef struct bm25_counters {
    uint64_t scored;  /* rows reached by the walk, those not in live or filter included */
    uint64_t skipped; /* times that a group of blocks was passed over because of its bound */
} bm25_counters;

/* True when the query requires anything: a +word or a "phrase". */
bool bm25_has_demands(const bm25_query *q);
/* Sets exactly the bits of the rows that hold everything the query requires, removed rows included;
 * all bits when it requires nothing. out->count is bm25_rows(b); what was in it does not matter.
 * What a query requires restricts the ranking by vectors too, hence a bitmap like any filter's.
 * Errors: KITH_ERR_NO_MEMORY; the bits in `out` mean nothing then. */
KITH_CHECKED kith_status bm25_match_demands(const bm25 *b, const bm25_query *q, bitset *out,
                                            kith_error *err);

/* Finds the k best rows by BM25 among those whose bits are set in `live` and in `filter`. Exact, as
 * if every row had been scored. What the query requires is not looked at here: pass the bits of
 * bm25_match_demands in `filter`.
 * k             at least 1
 * live, filter  bits of bm25_rows(b) rows; filter may be NULL
 * out           [k] hits, best first, ties by row; hit.distance is the negated score, so that
 *               smaller is better; rows that hold none of the words are no hits
 * out_count     how many
 * counters      what the walk did, or NULL
 * Errors: KITH_ERR_NO_MEMORY; *out_count and *counters are untouched then. */
KITH_CHECKED kith_status bm25_search(const bm25 *b, const bm25_query *q, uint32_t k,
                                     const bitset *live, const bitset *filter, hit *out,
                                     uint32_t *out_count, bm25_counters *counters, kith_error *err);

typedef struct bm25_row_score {
    float words;     /* BM25, bit for bit that of bm25_search; 0 when the row holds no word */
    float closeness; /* how near to one another the query's words are, a sum of idf as well */
} bm25_row_score;
/* out[i] = scores of row rows[i]; rows [count] ascending, out [count].
 * Source of the closeness: after Rasolofo & Savoy 2003; see bm25_rescore.c.
 * Errors: KITH_ERR_NO_MEMORY; what is in `out` means nothing then. */
KITH_CHECKED kith_status bm25_rescore(const bm25 *b, const bm25_query *q, const uint32_t *rows,
                                      uint32_t count, bm25_row_score *out, kith_error *err);

typedef struct bm25_match {
    view word; /* as the query spells it; borrowed from the query's text */
    float score;
} bm25_match;
/* The words of the query that row `row` holds and what each adds to its score, in the order of the
 * query; *count of them, in arena `a`. NULL: out of memory, *count is 0. */
bm25_match *bm25_matches(const bm25 *b, const bm25_query *q, uint32_t row, arena *a,
                         uint32_t *count);

/* Appends the index to `out`; the layout is at the head of bm25.c. Fails as the buffer does:
 * out->failed is KITH_ERR_NO_MEMORY or KITH_ERR_LIMIT. */
void bm25_write(const bm25 *b, buffer *out);
/* Reads what bm25_write wrote; `bytes` may be freed afterwards. Any bytes are safe to read. Errors:
 * KITH_ERR_CORRUPT when the checksum, a size or a list does not hold, also when memory for a list
 * is short; KITH_ERR_NO_MEMORY otherwise. *out is untouched then. */
KITH_CHECKED kith_status bm25_read(view bytes, bm25 **out, kith_error *err);

/* Verifies dictionary, lists, lengths and statistics against one another; O(index). An index that
 * was read from bytes whose checksum was forged may fail in what reading believes: the counts by
 * language and the smallest lengths of blocks. KITH_ERR_CORRUPT names what is broken. */
KITH_CHECKED kith_status bm25_check(const bm25 *b, kith_error *err);

#endif
