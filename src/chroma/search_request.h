/* search_request.h - the body of /search: a list of searches, each with a filter, a rank
 * expression, groups, a page and what to give of each result. */
#ifndef KITH_CHROMA_SEARCH_REQUEST_H
#define KITH_CHROMA_SEARCH_REQUEST_H

#include "chroma/filter.h"
#include "chroma/rank.h"

typedef enum selected_part {
    SELECT_DOCUMENT = 1,
    SELECT_EMBEDDING = 2,
    SELECT_METADATA = 4, /* all of it */
    SELECT_SCORE = 8,
    SELECT_FIELDS = 16 /* some of the metadata */
} selected_part;

/* Of the results that have the same values of `keys` only k are kept. */
typedef struct grouping {
    const char *const *keys; /* [key_count] metadata fields; 0: no groups */
    uint32_t key_count;
    const char *const *by; /* [by_count] fields or "#score": in their order, the first k */
    uint32_t by_count;
    bool largest; /* the last k */
    uint32_t k;
} grouping;

typedef struct search_request {
    const char *filter; /* of kith; NULL: none */
    bool has_rank;
    rank_expression rank;
    grouping groups;
    uint32_t offset, limit;    /* limit UINT32_MAX: all */
    unsigned parts;            /* selected_part */
    const char *const *fields; /* [field_count] all keys that were selected, sorted, each once */
    uint32_t field_count;
} search_request;

/* Reads one search. s refuses conditions on what is not indexed. False: refused. */
bool search_request_parse(serve_call *call, const json_value *json, const schema *s,
                          search_request *out);

#endif
