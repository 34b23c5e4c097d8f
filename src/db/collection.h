/* collection.h - one collection: its write path, its search planner, and its derived index kept in
 * step with the store.
 *
 * A write goes to the store first and is on disk when the store says so; then the derived index
 * reads what changed since the sequence it is good for and applies it, before the call returns: a
 * caller sees its own writes. The derived index is loaded at the first search or write: from its
 * file when that is sound, else from the store.
 *
 * Handles come from database_acquire_collection (database.h). Any thread may call, several on
 * one handle too. Outputs are written only on success. */
#ifndef KITH_DB_COLLECTION_H
#define KITH_DB_COLLECTION_H

#include "base/arena.h"
#include "base/status.h"
#include "base/topk.h"
#include "base/view.h"
#include "db/fusion.h"
#include "db/recall.h"
#include "db/rerank.h"
#include "os/call_limit.h"
#include "store/documents.h"
#include "store/store.h"
#include "store/waiting.h"
#include "vector/vector_index.h"
#include "words/bm25_query.h"

typedef struct database database; /* see database.h */
typedef struct collection collection;

/* Whose collection this is; borrowed. */
database *collection_database(const collection *c);
/* The store's number, never used again after a deletion. */
uint64_t collection_id(const collection *c);
kith_metric collection_metric(const collection *c);

/* The collection's row in the store as of now; views live in `a`.
 * Errors: KITH_ERR_NOT_FOUND (it was deleted, even if a new collection has its name),
 * KITH_ERR_BUSY (another program holds kith.db locked), KITH_ERR_CORRUPT, KITH_ERR_IO,
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status collection_describe(collection *c, arena *a, store_collection *out,
                                             kith_error *err);

/* `status`, after a call that names the collection by its number. When that gave KITH_ERR_NOT_FOUND
 * because the collection was deleted meanwhile, *err is made to say so by its name. `c` may be
 * NULL. */
KITH_CHECKED kith_status collection_explain_missing(collection *c, kith_status status,
                                                    kith_error *err);

typedef struct collection_index_state {
    const char *kind; /* "empty", "flat", "graph", "compact", "lists"; "not loaded" */
    /* "building": it is built from the store just now, and calls that need it wait. Of one that is
     * in memory. "behind": the last refresh failed, and searches fail until one does not;
     * "incomplete": damaged rows are left out of it; "rebuilt": the file was missing, damaged, of
     * another format, or did not belong; else "current", also when there never was a file.
     * Of one that is not loaded: "behind" as above; "missing": a file was written once, but none
     * that could be used lies there, as far as its head tells; else "current". */
    const char *state;
    const char *reason; /* why it is behind or incomplete, or could not be saved; else "" */
    uint64_t bytes_memory, bytes_disk;
} collection_index_state;
/* Rows of the index that wait to be linked into its graph, dead ones among them; 0 when the index
 * is not in memory, or has no graph. */
uint32_t collection_unlinked(collection *c);
/* What the vectors of a collection take in memory. */
typedef struct collection_vector_memory {
    uint64_t limit, used; /* bytes; limit 0: there is none; used 0: the index is not loaded */
    uint32_t lists;       /* that they are in; 0: they are in none */
    bool is_compact;      /* graph and codes are in memory, they are not */
    kith_memory memory;   /* what is asked for */
} collection_vector_memory;
collection_vector_memory collection_measure_vectors(collection *c);
/* What the store has been told; NULL: as it is. The index is built anew, beside, when it is to have another form. */
void collection_limit_memory(collection *c, const uint64_t *bytes, const kith_memory *memory);
/* Loads the index when it is not in memory, and brings it up to the store.
 * Errors: KITH_ERR_NOT_FOUND (the collection was deleted), KITH_ERR_LIMIT (the derived file's path
 * is too long, or the index is full), KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_IO,
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status collection_load(collection *c, kith_error *err);
/* Describes the index as it is: nothing is loaded or brought up to date. `a` holds the reason.
 * Errors: KITH_ERR_NOT_FOUND (the collection was deleted), KITH_ERR_BUSY, KITH_ERR_CORRUPT,
 * KITH_ERR_IO (reading the store about one that is not loaded), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status collection_index(collection *c, arena *a, collection_index_state *out,
                                          kith_error *err);

/* ---- writing ----
 * Everything is validated before anything is stored, and a call is one transaction: all or nothing.
 * When the store has committed, the call succeeds, also when the index then cannot be brought up to
 * it: the collection is "behind" (collection_index), and the next call that needs the index tries
 * again.
 *
 * dim    floats in each vector; 0 when no point has one
 * model  the embedder's fingerprint, then perhaps a line feed and its name; empty when the caller
 *        brings vectors. The first vector pins the collection to dim and model. */

typedef struct collection_put {
    unsigned how;              /* a store_mode, and what stands beside it */
    const store_point *points; /* [count] */
    uint32_t count, dim;
    view model;
    view name;               /* that the collection must have; data == NULL: any */
    const call_limit *limit; /* ends the wait for others, until the points are put; NULL: none */
} collection_put;

/* 1..KITH_BATCH_MAX_POINTS points, put as a store_mode and what stands beside it say.
 * Errors, which name the point by position and id:
 *   KITH_ERR_INVALID    a key, a text, metadata or a vector is not acceptable; a key comes twice
 *   KITH_ERR_FORMAT     metadata is not JSON
 *   KITH_ERR_LIMIT      a batch without points or with too many; a text or metadata, as given or
 *                       merged, too long
 *   KITH_ERR_DIMENSION  not the collection's dimension
 *   KITH_ERR_MODEL      the collection is pinned to another model, or to the caller's vectors
 *   KITH_ERR_EXISTS     STORE_ADD: the key is taken
 *   KITH_ERR_NOT_FOUND  STORE_UPDATE: the key is missing; or the collection was deleted, or has
 *                       another name
 *   KITH_ERR_CANCELLED, KITH_ERR_TIMEOUT  the limit ended the wait; nothing was put
 *   KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_NO_MEMORY */
KITH_CHECKED kith_status collection_put_points_with(collection *c, const collection_put *what,
                                                    kith_error *err);
/* Several writes as one change, on the condition that store_commit_operations checks. The first
 * vector pins the collection as a put does, also when the outcome is that nothing is written.
 * dim    of all vectors; 0: there is none
 * model  empty when the caller brings all vectors
 * Errors: those of collection_put_points_with, and KITH_ERR_INVALID when commit->since is not yet;
 * nothing is written. */
KITH_CHECKED kith_status collection_commit(collection *c, store_commit *commit, uint32_t dim,
                                           view model, kith_error *err);
typedef struct collection_condition {
    view where;                /* filter as JSON */
    bool allow_unknown_fields; /* it may name a field that no point has */
    bool has_keys;             /* the operation that it is for has keys */
    size_t limit;              /* 0: all that match */
    const call_limit *call;    /* checked while texts and ids are read; NULL: none */
} collection_condition;
/* The condition of a deletion, for a commit; it lives in `a`.
 * Errors: KITH_ERR_INVALID (filter, or a field that no point has), and those of collection_match. */
KITH_CHECKED kith_status collection_aim(collection *c, const collection_condition *given, arena *a,
                                        store_condition *out, kith_error *err);
/* The same, whatever the collection is called. */
KITH_CHECKED kith_status collection_put_points(collection *c, unsigned how,
                                               const store_point *points, uint32_t count,
                                               uint32_t dim, view model, kith_error *err);
/* Missing keys are passed over; *deleted counts the others.
 * Errors: KITH_ERR_NOT_FOUND (the collection was deleted), KITH_ERR_BUSY, KITH_ERR_CORRUPT,
 * KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status collection_delete_points(collection *c, const view *keys, uint32_t count,
                                                  uint32_t *deleted, kith_error *err);
typedef struct collection_deletion {
    const view *keys; /* [count] missing ones are passed over */
    uint32_t count;
    view where;              /* filter as JSON; data == NULL: none */
    const call_limit *limit; /* checked until the deletion is committed; NULL: none */
} collection_deletion;
/* Deletes those that match the filter at the moment of the deletion.
 * Errors: KITH_ERR_INVALID (filter), KITH_ERR_FORMAT (not JSON), KITH_ERR_CANCELLED,
 * KITH_ERR_TIMEOUT (limit), KITH_ERR_NOT_FOUND (the collection was deleted), KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT, KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status collection_delete_matching(collection *c, const collection_deletion *what,
                                                    uint32_t *deleted, kith_error *err);
enum { COLLECTION_ASKED_MAX = 64 };
/* Takes the list of points that wait for their vector and that searches of this process, by meaning
 * and words, have found by their words since the last call: their rows in the store. Returns how
 * many. Any thread. */
uint32_t collection_take_asked(collection *c, uint64_t points[COLLECTION_ASKED_MAX]);
/* Gives points that wait their vectors (store_put_vectors), and has searches see them.
 * Errors: KITH_ERR_INVALID (a vector is not acceptable), KITH_ERR_DIMENSION, KITH_ERR_NOT_FOUND (the
 * collection was deleted), KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_IO, KITH_ERR_FULL,
 * KITH_ERR_NO_MEMORY; no vector is put, and what is out means nothing. */
KITH_CHECKED kith_status collection_put_vectors(collection *c, store_vectors *what,
                                                kith_error *err);
/* Puts documents with their chunks, whose vectors the model made, or which wait for theirs. With `source`, what the source
 * had before and is not in the call is deleted; with NULL a document replaces the one of its key.
 * Errors:
 *   KITH_ERR_INVALID    a key, a text, metadata or a vector is not acceptable
 *   KITH_ERR_FORMAT     metadata is not JSON
 *   KITH_ERR_LIMIT      a text or metadata too long
 *   KITH_ERR_DIMENSION  not the collection's dimension
 *   KITH_ERR_MODEL      the collection is pinned to another model, or to the caller's vectors
 *   KITH_ERR_EXISTS     a document or chunk key belongs to another source, or to none
 *   KITH_ERR_NOT_FOUND  the collection was deleted
 *   KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_NO_MEMORY */
KITH_CHECKED kith_status collection_put_documents(collection *c, const store_source *source,
                                                  const store_document *documents, uint32_t count,
                                                  uint32_t dim, view model, kith_error *err);
typedef struct collection_deposits {
    const store_deposit *deposits; /* [count], at least one */
    uint32_t count, dim;
    view model;
    const call_limit *limit; /* ends the wait for others, until the sources are put; NULL: none */
} collection_deposits;
/* Several sources in one transaction, which costs one sync of the disk. Errors, each for any of the
 * sources, and then none of them is stored:
 *   KITH_ERR_INVALID    a key, a text, metadata or a vector is not acceptable
 *   KITH_ERR_FORMAT     metadata is not JSON
 *   KITH_ERR_LIMIT      a text or metadata too long
 *   KITH_ERR_DIMENSION  not the collection's dimension
 *   KITH_ERR_MODEL      the collection is pinned to another model, or to the caller's vectors
 *   KITH_ERR_EXISTS     a document or chunk key belongs to another source, or to none
 *   KITH_ERR_NOT_FOUND  the collection was deleted
 *   KITH_ERR_CANCELLED, KITH_ERR_TIMEOUT  the limit ended the wait
 *   KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_NO_MEMORY */
KITH_CHECKED kith_status collection_put_sources(collection *c, const collection_deposits *what,
                                                kith_error *err);
/* Errors: KITH_ERR_NOT_FOUND (the document, or the collection), KITH_ERR_BUSY, KITH_ERR_CORRUPT,
 * KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status collection_delete_document(collection *c, view key, kith_error *err);
/* Deletes the source of this path with its documents. Errors: KITH_ERR_NOT_FOUND (the source, or
 * the collection), KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_IO, KITH_ERR_FULL,
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status collection_delete_source(collection *c, view path, kith_error *err);
/* Could vectors of `dim` (0: not known yet) by `model` (empty: any) be put?
 * Errors: KITH_ERR_MODEL (pinned to another model, or to the caller's vectors), KITH_ERR_DIMENSION,
 * KITH_ERR_NOT_FOUND (the collection was deleted), KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_IO,
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status collection_check_model(collection *c, view model, uint32_t dim,
                                                kith_error *err);

/* Is it known, without asking the store, that vectors of *dim (0: any) by `model` (empty: none) may
 * be put, and that there is nothing left to pin? Then *dim becomes the collection's. */
bool collection_is_pinned(collection *c, view model, uint32_t *dim);

/* ---- reading ---- */

typedef struct sparse_query sparse_query; /* fields/sparse_search.h */

/* By meaning (a vector), by words (a text), or by both, fused; or by a sparse vector. At least one
 * is required. */
typedef struct collection_query {
    const float *vector; /* [dim] or NULL */
    uint32_t dim;
    view words;                 /* bm25_query.h has the syntax; empty: by meaning alone */
    const sparse_query *sparse; /* in place of vector and words; NULL: by them */
    fusion_options fusion;
    uint32_t k;                /* 1..KITH_K_MAX */
    uint32_t ef;               /* candidates kept by the graph, up to 10,000; 0: its default */
    bool exact;                /* compare with every vector */
    double target_recall;      /* RECALL_TARGET_LEAST..MOST (recall.h), in place of ef; 0: none */
    view where;                /* filter as JSON (filter.h); empty: none */
    bool allow_unknown_fields; /* a filter may name a field that no point has */
    unsigned with;             /* STORE_WITH_... */
    float diversity;           /* 0..1, see choose.h; 0: none */
    uint32_t per_document;     /* maximum of hits of one document; 0: any number */
    const reranker *rerank;    /* NULL: none */
    bool explain;              /* fill hit_detail.words and the times of the stages */
    const call_limit *limit;   /* checked between the steps of a search; NULL: none */
} collection_query;

/* What is known of a hit beside its rank. */
typedef struct hit_detail {
    uint64_t point;          /* its row in the store */
    uint32_t document;       /* number of its document in this search; 0: of none */
    float rerank;            /* the reranker's score; NaN: it was not scored */
    const float *vector;     /* [dim] of length 1; NULL without diversity */
    const bm25_match *words; /* [word_count], the words that matched, with `explain` */
    uint32_t word_count;
} hit_detail;

typedef struct collection_hits {
    store_point *points;     /* [count], best first */
    fusion_candidate *ranks; /* [count]: distance (NaN without a vector), words, places, score */
    hit_detail *details;     /* [count] */
    uint32_t count;
    vector_search_plan plan;
    uint32_t ef;           /* as it was asked for or chosen, in the first round; 0: the default */
    recall_source recall;  /* by what the number of candidates was chosen */
    bool is_sampled;       /* upkeep is to compare it with an exact search */
    bool is_to_be_read;    /* upkeep is to read what is left of the index (read_on.c) */
    uint32_t dim;          /* of details[].vector */
    uint64_t words_scored; /* rows whose words were scored */
    uint64_t sequence;     /* of the collection's state that was searched */
    uint32_t reranked;     /* candidates that the reranker scored in time */
    uint32_t rounds;       /* times that the index was searched */
    uint32_t fetched;      /* points that were read from the store */
    uint32_t points_live;  /* of the state that was searched */
    uint32_t waiting;      /* of them, without a vector */
    int64_t search_ns, fetch_ns, rerank_ns;
    int64_t filter_ns, vectors_ns, words_ns; /* stages of search_ns, with explain; else 0 */
    struct derived *kept_in;                 /* NULL; the search's own while it runs */
} collection_hits;

/* k hits come back whenever there are k points that match the filter and hold the required words
 * (by words alone: at least one of the words), as far as per_document allows; how: search.c. In
 * order of score; what was reranked comes first; with diversity in order of choice. Results live in
 * `a`.
 * Errors:
 *   KITH_ERR_INVALID    k, ef, diversity, filter, a field that no point has, vector; no vector and
 *                       no words
 *   KITH_ERR_FORMAT     the filter is not JSON
 *   KITH_ERR_DIMENSION  not the collection's dimension
 *   KITH_ERR_LIMIT      too many different words; or the derived file's path is too long
 *   KITH_ERR_NOT_FOUND  the collection was deleted; only noticed when the index must be loaded, or
 *                       a point has vanished
 *   KITH_ERR_CORRUPT    rows are missing in kith.db, so that k hits cannot be vouched for
 *   KITH_ERR_CANCELLED, KITH_ERR_TIMEOUT  the limit ended the search
 *   KITH_ERR_BUSY, KITH_ERR_IO, KITH_ERR_NO_MEMORY */
KITH_CHECKED kith_status collection_search(collection *c, const collection_query *query, arena *a,
                                           collection_hits *out, kith_error *err);
/* Reads points by key, in the order asked.
 * with  STORE_WITH_...
 * out   [count], in `a`; the row of a key that is missing, or empty, is 0
 * Any thread. Errors: KITH_ERR_NOT_FOUND (the collection was deleted), KITH_ERR_IO, KITH_ERR_FULL,
 * KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status collection_get_points(collection *c, const view *keys, uint32_t count,
                                               unsigned with, arena *a, store_point *out,
                                               kith_error *err);
/* out[count]: idf of each term (as word_split gives it) among the collection's points.
 * Errors, only when the index must be loaded: KITH_ERR_NOT_FOUND (the collection was deleted),
 * KITH_ERR_LIMIT (the derived file's path is too long), KITH_ERR_BUSY, KITH_ERR_CORRUPT,
 * KITH_ERR_IO, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status collection_idf(collection *c, const view *terms, uint32_t count,
                                        float *out, kith_error *err);
/* Errors: KITH_ERR_INVALID (the filter is not valid; or a field that no point has, named with the
 * nearest that some point has: never in an empty collection), KITH_ERR_FORMAT (not JSON); and when
 * the index must be loaded KITH_ERR_NOT_FOUND (the collection was deleted), KITH_ERR_LIMIT (the
 * derived file's path is too long), KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_IO,
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status collection_check_fields(collection *c, view where, kith_error *err);
/* Points that match a filter. */
typedef struct collection_matches {
    uint64_t *rows; /* [count] of the store, ascending */
    uint32_t count;
    uint64_t sequence; /* of the collection's state in which they do */
} collection_matches;
/* Finds the points that match the filter; for a field that no point has, each point counts as one
 * without it. The rows live in `a`.
 * limit  checked while texts and ids are read; NULL: none
 * Errors: KITH_ERR_INVALID (filter), KITH_ERR_FORMAT (not JSON), KITH_ERR_NO_MEMORY; when the index
 * must be loaded, or texts or ids are read, KITH_ERR_NOT_FOUND (the collection was deleted),
 * KITH_ERR_BUSY, KITH_ERR_CORRUPT (also: a text that is asked for is damaged), KITH_ERR_IO;
 * KITH_ERR_LIMIT (the derived file's path is too long), KITH_ERR_CANCELLED, KITH_ERR_TIMEOUT
 * (limit). */
KITH_CHECKED kith_status collection_match(collection *c, view where, const call_limit *limit,
                                          arena *a, collection_matches *out, kith_error *err);

#endif
