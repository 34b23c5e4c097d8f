/* bm25_query.h - questions to the words of a corpus, scored by BM25. Sources: Robertson & Zaragoza
 * 2009 (BM25; the idf with 1 added inside the logarithm, so that it is never negative); Ding & Suel
 * 2011 (block-max WAND).
 *
 * A corpus is a list of segments (bm25_segment.h). Its statistics are the sums of theirs, so how
 * the rows are spread over segments changes no score: not even the last bit, because all sums over
 * rows are of whole numbers, and a row's score is summed over the terms in the order of the query.
 *
 * A query is words. "+word" must occur in a row, and so must every "phrase in quotes", its words
 * one after the other; words that are not required only add to the score. A quote without a partner
 * is a character like any other.
 *
 * Languages. A query is a few words, too little to detect its language: each of its words is looked
 * up as the stem it has in every language that some row is in. A row is in one language, so it
 * holds a query's word under one of these stems at most and no word is scored twice. The idf of a
 * word counts the rows that hold it in any language: otherwise a word would look rare, and weigh
 * much, in the one row that was detected to be in another language than its neighbors. See
 * docs/decisions/010.
 *
 * Threads: any number may call everything here at once, also while another one removes rows from
 * the segments. A query takes the statistics once, when it is parsed, and all its scores and bounds
 * come from these. */
#ifndef KITH_WORDS_BM25_QUERY_H
#define KITH_WORDS_BM25_QUERY_H

#include "base/arena.h"
#include "base/bitset.h"
#include "base/status.h"
#include "base/topk.h"
#include "base/view.h"
#include "os/call_limit.h"
#include "words/bm25_segment.h"

#include <stdbool.h>
#include <stdint.h>

enum { BM25_MAX_TERMS = 1024 /* different terms of a query, in all languages together */ };

/* Segments in ascending order, each beginning where the one before it ends. All are borrowed. */
typedef struct bm25_corpus {
    const bm25_segment *const *segments; /* [count]; may be NULL when count is 0 */
    uint32_t count;
} bm25_corpus;

/* The row after the last segment's last; 0 without segments. */
uint32_t bm25_corpus_end(const bm25_corpus *c);

/* Inverse document frequency: ln(1 + (rows - n + 0.5) / (n + 0.5)) where n rows hold `term`, a stem
 * as word_split gives it, looked up as the stem of every language. Greater than 0. */
float bm25_idf(const bm25_corpus *c, view term);

/* A parsed query. It points into the segments of its corpus, which must outlive it. */
typedef struct bm25_query bm25_query;

/* Parses `text`, valid UTF-8; any text is a query, one without words matches nothing. *out lives in
 * `a` and borrows `text` and the corpus's array of segments. Stop words are left out unless there
 * is nothing else, or a phrase or a + names them. Errors: KITH_ERR_LIMIT above BM25_MAX_TERMS
 * different terms; KITH_ERR_NO_MEMORY. *out is untouched then. */
KITH_CHECKED kith_status bm25_parse(const bm25_corpus *c, view text, arena *a, bm25_query **out,
                                    kith_error *err);

typedef struct bm25_counters {
    uint64_t scored;  /* rows reached by the walk, some of those not in live or filter included */
    uint64_t skipped; /* times that a group of blocks was passed over because of its bound */
} bm25_counters;

/* True when the query requires anything: a +word or a "phrase". */
bool bm25_has_demands(const bm25_query *q);
/* Sets exactly the bits of the rows that hold everything the query requires, removed rows that
 * still have postings included; all bits when it requires nothing. What was in `out` does not
 * matter. What a query requires restricts the ranking by vectors too, hence a bitmap like any
 * filter's.
 * out  at least bm25_corpus_end bits
 * Errors: KITH_ERR_NO_MEMORY; the bits in `out` mean nothing then. */
KITH_CHECKED kith_status bm25_match_demands(const bm25_query *q, bitset *out, kith_error *err);

typedef struct bm25_search_options {
    uint32_t k;                /* hits wanted, at least 1 */
    const bitset *live;        /* only rows whose bit is set; at least bm25_corpus_end bits */
    const bitset *filter;      /* and is set here too, as many bits; NULL: all */
    const group_limit *groups; /* of the hits at most so many of one group; NULL: any number */
    const call_limit *limit;   /* checked during the walk; NULL: none */
} bm25_search_options;

enum { BM25_CHECK_STEPS = 1024 /* of the walk between two checks of the limit */ };

/* Finds the k best rows by BM25 among those of `live` and `filter`, or the k best of which at most
 * so many are of one group. Exact, as if every row had been scored. What the query requires is not
 * looked at here: pass the bits of bm25_match_demands in `filter`.
 * out           [options->k] hits, best first, ties by row; hit.distance is the negated score, so
 *               that smaller is better; rows that hold none of the words are no hits
 * out_count     how many
 * counters      what the walk did, or NULL
 * Errors: KITH_ERR_NO_MEMORY, KITH_ERR_CANCELLED, KITH_ERR_TIMEOUT; *out_count and *counters are
 * untouched then. */
KITH_CHECKED kith_status bm25_search(const bm25_query *q, const bm25_search_options *options,
                                     hit *out, uint32_t *out_count, bm25_counters *counters,
                                     kith_error *err);

typedef struct bm25_row_score {
    float words;     /* BM25, bit for bit that of bm25_search; 0 when the row holds no word */
    float closeness; /* how near to one another the query's words are, a sum of idf as well */
} bm25_row_score;
/* out[i] = scores of row rows[i]; rows [count] ascending and below bm25_corpus_end, out [count].
 * Source of the closeness: after Rasolofo & Savoy 2003; see bm25_rescore.c.
 * Errors: KITH_ERR_NO_MEMORY; what is in `out` means nothing then. */
KITH_CHECKED kith_status bm25_rescore(const bm25_query *q, const uint32_t *rows, uint32_t count,
                                      bm25_row_score *out, kith_error *err);

typedef struct bm25_match {
    view word; /* as the query spells it; borrowed from the query's text */
    float score;
} bm25_match;
/* The words of the query that row `row` < bm25_corpus_end holds and what each adds to its score, in
 * the order of the query; *count of them, in arena `a`. NULL: out of memory, *count is 0. */
bm25_match *bm25_matches(const bm25_query *q, uint32_t row, arena *a, uint32_t *count);

#endif
