/* bm25_private.h - the structures of the word index and of a parsed query, for bm25*.c. */
#ifndef KITH_WORDS_BM25_PRIVATE_H
#define KITH_WORDS_BM25_PRIVATE_H

#include "base/map.h"
#include "text/fold.h"
#include "text/language.h"
#include "words/bm25.h"
#include "words/postings.h"

/* Invariants, which bm25_check verifies: terms and lists correspond one to one, and the n-th term
 * that was added has list n; rows in lists are below `rows`; total_length is the sum of lengths,
 * and language_rows add up to rows. */
struct bm25 {
    map *terms;      /* key of a term (bm25_key) -> number of its list */
    postings *lists; /* [list_count] */
    uint32_t list_count, list_capacity;
    uint32_t *lengths; /* [rows] words of each row; second names of a word are not counted */
    uint32_t rows, row_capacity;
    uint64_t total_length;                  /* of all rows, in words */
    uint32_t language_rows[LANGUAGE_COUNT]; /* rows detected to be in each language */
};

/* A word of the query as a stem of one language. */
typedef struct query_term {
    const postings *list; /* borrowed from the index; NULL: no row holds the term */
    view surface;         /* as the query spells it; borrowed from its text */
    float idf;            /* of the word in all languages together */
    float bound;          /* no row gets a larger score from this term */
    bool is_scored;       /* false: a stop word that is only part of a phrase */
    bool is_extra;        /* a second name of a word ("user" of getUserName): left out of closeness,
                           * where the word would count twice */
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

enum { BM25_KEY_MAX_BYTES = FOLD_MAX_BYTES + 1 };
/* The key of a term in the dictionary, where stems of all languages are kept apart: a byte with the
 * language's number, then the stem. English stems are their own keys. The result points to `term`
 * or to `out`. */
view bm25_key(language l, view term, char out[BM25_KEY_MAX_BYTES]);

/* What `count` >= 1 occurrences of a term in a row of `length` words add to the row's score. Grows
 * with count and idf, falls with length: the bounds of blocks rest on that. */
float bm25_term_score(const bm25 *b, float idf, uint32_t count, uint32_t length);

#endif
