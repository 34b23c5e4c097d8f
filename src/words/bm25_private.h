/* bm25_private.h - what the files of the word index share. */
#ifndef KITH_WORDS_BM25_PRIVATE_H
#define KITH_WORDS_BM25_PRIVATE_H

#include "base/map.h"
#include "text/fold.h"
#include "text/language.h"
#include "words/bm25.h"
#include "words/postings.h"

struct bm25 {
    map *terms;      /* key of a term -> number of its list */
    postings *lists; /* [list_count] */
    uint32_t list_count, list_capacity;
    uint32_t *lengths; /* [rows] words of each row, extra ones not counted */
    uint32_t rows, row_capacity;
    uint64_t total_length;
    uint32_t language_rows[LANGUAGE_COUNT]; /* how many were told to be in it */
};

typedef struct query_term {
    const postings *list; /* NULL: no row holds the word */
    view surface;         /* as the query has it; borrowed from its text */
    float idf;
    float bound;    /* no row scores more by this word */
    bool is_scored; /* false: only there for a phrase */
    bool is_extra;  /* only a second name of a word, which counts for closeness but once */
} query_term;

/* Words one after the other; a +word is a phrase of one. A row must hold, of each demand, one of its
 * phrases: they are the same words in the stems of different languages. */
typedef struct query_phrase {
    const uint32_t *terms; /* [count] numbers of query_term, in order */
    uint32_t count;
    uint32_t demand;
} query_phrase;

/* Neighbours in the query, stop words left out. */
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

/* Positions below this are the head's: the text begins at it, or later where a head has more words. */
enum { BM25_HEAD_POSITIONS = 32 };

enum { BM25_KEY_MAX_BYTES = FOLD_MAX_BYTES + 1 };
/* The name of a term among those of all languages: a stem means something in its own language only.
 * English ones are their own names. */
view bm25_key(language l, view term, char out[BM25_KEY_MAX_BYTES]);

/* What `count` occurrences in a row of `length` words add to its score. */
float bm25_term_score(const bm25 *b, float idf, uint32_t count, uint32_t length);

#endif
