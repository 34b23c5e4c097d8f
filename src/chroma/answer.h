/* answer.h - the columns of an answer to /get and /query.
 *
 * A column that was not asked for is null. Of a query each column is a list with one list for each
 * query embedding. Every column is written straight into the reply. */
#ifndef KITH_CHROMA_ANSWER_H
#define KITH_CHROMA_ANSWER_H

#include "serve/call.h"

typedef enum included {
    INCLUDE_DISTANCES = 1,
    INCLUDE_DOCUMENTS = 2,
    INCLUDE_EMBEDDINGS = 4,
    INCLUDE_METADATAS = 8,
    INCLUDE_URIS = 16
} included;

/* Reads "include"; *out is untouched when it is absent. False: refused (422). */
bool answer_parse_include(serve_call *call, unsigned *out);

/* Some records or hits, whichever they are. */
typedef struct answer_rows {
    size_t count;
    const kith_record *records;  /* [count], or NULL */
    const kith_hit *hits;        /* [count], or NULL */
    const float *const *vectors; /* of the hits: [count] */
    uint32_t dimension;
} answer_rows;

answer_rows answer_rows_of_records(const kith_records *records);
answer_rows answer_rows_of_hits(const kith_hits *hits);

/* Replies 200 with the rows of a get.
 * read_token  told beside them; NULL: none */
void answer_get(serve_call *call, const answer_rows *rows, unsigned include,
                const uint64_t *read_token);
/* Replies 200 with the rows [count] of a query's embeddings. */
void answer_query(serve_call *call, const answer_rows *rows, uint32_t count, unsigned include);

#endif
