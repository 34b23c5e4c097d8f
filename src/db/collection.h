/* collection.h - one collection: its write path, its search planner, and its derived index kept in
 * step with the store.
 *
 * A write goes to the store first and is on disk when the store says so; then the derived index
 * reads what changed since the sequence it is good for and applies it, before the call returns: a
 * caller sees its own writes. The derived index is loaded at the first search or write: from its
 * file when that is sound, else from the store. */
#ifndef KITH_DB_COLLECTION_H
#define KITH_DB_COLLECTION_H

#include "base/arena.h"
#include "base/status.h"
#include "base/topk.h"
#include "base/view.h"
#include "db/database.h"
#include "db/fusion.h"
#include "db/rerank.h"
#include "store/store.h"
#include "vector/vector_index.h"
#include "words/bm25.h"

void collection_release(collection *c);

/* What the store says now; views live in `a`. */
KITH_CHECKED kith_status collection_describe(collection *c, arena *a, store_collection *out,
                                             kith_error *err);

typedef struct collection_index_state {
    const char *kind;  /* "empty", "flat", "graph" */
    const char *state; /* "current", or "rebuilt" when the file was damaged or missing at open */
    uint64_t bytes_memory, bytes_disk;
} collection_index_state;
/* Loads the index when it is not loaded yet. */
KITH_CHECKED kith_status collection_index(collection *c, collection_index_state *out,
                                          kith_error *err);

/* ---- writing: everything is validated before anything is stored ---- */

/* `model` is the embedder's fingerprint and perhaps its name (store.h), empty when the caller brings
 * vectors; it and the dimension are pinned by the first vector. Messages name the point by position and id. KITH_ERR_INVALID,
 * LIMIT, DIMENSION, MODEL, EXISTS, NOT_FOUND, and the store's. */
KITH_CHECKED kith_status collection_put_points(collection *c, store_mode mode,
                                               const store_point *points, uint32_t count,
                                               uint32_t dim, view model, kith_error *err);
KITH_CHECKED kith_status collection_delete_points(collection *c, const view *keys, uint32_t count,
                                                  uint32_t *deleted, kith_error *err);
/* As store_put_documents, with the model's vectors in the documents' points. */
KITH_CHECKED kith_status collection_put_documents(collection *c, const store_source *source,
                                                  const store_document *documents, uint32_t count,
                                                  uint32_t dim, view model, kith_error *err);
/* The same for several sources, in one transaction. */
KITH_CHECKED kith_status collection_put_sources(collection *c, const store_deposit *deposits,
                                                uint32_t count, uint32_t dim, view model,
                                                kith_error *err);
KITH_CHECKED kith_status collection_delete_document(collection *c, view key, kith_error *err);
KITH_CHECKED kith_status collection_delete_source(collection *c, view path, kith_error *err);
/* KITH_ERR_MODEL when the collection is pinned to another model than `model`; KITH_ERR_DIMENSION
 * likewise. */
KITH_CHECKED kith_status collection_check_model(collection *c, view model, uint32_t dim,
                                                kith_error *err);

/* ---- reading ---- */

/* By meaning (a vector), by words (a text), or by both, fused. At least one is required. */
typedef struct collection_query {
    const float *vector; /* [dim] or NULL */
    uint32_t dim;
    view words; /* bm25.h has the syntax; empty: by meaning alone */
    fusion_options fusion;
    uint32_t k, ef;
    bool exact;
    view where;                /* filter as JSON; empty: none */
    bool allow_unknown_fields; /* a filter may name a field that no point has */
    unsigned with;             /* STORE_WITH_... */
    float diversity;           /* choose.h; 0: none */
    uint32_t per_document;     /* at most so many hits of one document; 0: any number */
    const reranker *rerank;    /* NULL: none */
    bool explain;              /* tell the words that matched */
} collection_query;

/* What is known of a hit beside its rank. */
typedef struct hit_detail {
    float rerank;            /* the reranker's score; NaN: it gave none */
    const float *vector;     /* [dim] of length 1; NULL without diversity */
    const bm25_match *words; /* [word_count] with `explain` */
    uint32_t word_count;
} hit_detail;

typedef struct collection_hits {
    store_point *points;     /* best first */
    fusion_candidate *ranks; /* of each: distance (NaN without a vector), words, places, score */
    hit_detail *details;
    uint32_t count;
    vector_search_plan plan;
    uint32_t dim;          /* of details[].vector */
    uint64_t words_scored; /* rows whose words were scored */
    uint64_t sequence;     /* of the collection's state that was searched */
    uint32_t reranked;     /* candidates that the reranker scored in time */
    int64_t search_ns, fetch_ns, rerank_ns;
} collection_hits;

/* k hits come back whenever k points match the filter, hold the words that must be there (by words
 * alone: one of the words), and are not too many of one document. In order of score; what was
 * reranked comes first; with diversity in order of choice. Results live in `a`. KITH_ERR_INVALID (k, ef,
 * filter, a field that no point has, vector), DIMENSION, and the store's. */
KITH_CHECKED kith_status collection_search(collection *c, const collection_query *query, arena *a,
                                           collection_hits *out, kith_error *err);
/* idf of each term (as word_split gives it) among the collection's points. */
KITH_CHECKED kith_status collection_idf(collection *c, const view *terms, uint32_t count,
                                        float *out, kith_error *err);
/* KITH_ERR_INVALID names the first field of the filter that no point has, and the nearest that some
 * have; in an empty collection there is nothing to mistype. */
KITH_CHECKED kith_status collection_check_fields(collection *c, view where, kith_error *err);
/* Store rows, ascending, of the points that match the filter; a field that no point has is none. */
KITH_CHECKED kith_status collection_match(collection *c, view where, arena *a, uint64_t **rows,
                                          uint32_t *count, kith_error *err);

database *collection_database(const collection *c);
uint64_t collection_id(const collection *c);
kith_metric collection_metric(const collection *c);

#endif
