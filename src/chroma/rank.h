/* rank.h - the expressions by which Chroma's Search API ranks: nearest-neighbour searches, combined
 * by arithmetic.
 *
 * The value of an expression gives some points a score (a float32, smaller is better), and may have
 * a default for all others. A constant gives none and has a default. An operation on two values
 * computes with both scores of a point; where one value has no score for it, with that value's
 * default. A point that needs a default that is not there gets no score: so two values without
 * defaults give their intersection, one with a default takes the points of the other one, and two
 * with defaults their union. Only points with a score are results.
 *
 * Points are numbers here: who runs the searches numbers the ids that they find. */
#ifndef KITH_CHROMA_RANK_H
#define KITH_CHROMA_RANK_H

#include "base/sparse_vector.h"
#include "chroma/schema.h"

/* One search of the expression. */
typedef struct rank_knn {
    struct rank_knn *next; /* in no order */
    const float *vector;   /* [dimension]; NULL: `text` is to be embedded */
    uint32_t dimension;
    const char *text;
    const char *key; /* the metadata field whose sparse vectors are searched; NULL: #embedding */
    sparse_vector sparse; /* of a key */
    bool idf;             /* of a key: the schema says so */
    uint32_t limit;       /* results */
    bool return_rank;     /* the score is the place among the results, from 0, not the distance */
    bool has_default;
    float by_default;
    bool is_cut; /* `text` was embedded without its end */
    /* Filled by who searches: [count] in order of distance. */
    uint32_t count;
    uint32_t *points;
    float *distances;
} rank_knn;

typedef struct rank_node rank_node;

typedef struct rank_expression {
    rank_node *root;
    rank_knn *knns;       /* a list: all searches of the expression */
    uint32_t nodes;       /* of the expression */
    const schema *schema; /* while it is read */
} rank_expression;

/* Reads an expression into the call's arena. s refuses to search a key that has no index of sparse
 * vectors. False: refused. */
bool rank_parse(serve_call *call, const json_value *json, const schema *s, rank_expression *out);

typedef struct rank_value {
    float *scores; /* [points] */
    bool *scored;  /* [points] the point has a score */
    bool has_default;
    float by_default;
} rank_value;

/* The value of an expression whose searches are done, for points 0 .. points - 1. False: out of
 * memory. */
bool rank_evaluate(const rank_expression *expression, uint32_t points, arena *a, rank_value *out);

#endif
