/* reembed.h - another model for a collection, while it is used.
 *
 * A collection's vectors are of one model. kith_reembed() makes those of another one from the texts
 * that are stored, beside the collection, which is searched and written as before: by its former
 * vectors, until the new ones are whole. Then they take the place of the former in one transaction,
 * and the former ones are dropped. Until then all of the collection is on disk twice.
 *
 * Other handles and processes need not be told. Where the new model lies is noted in the data
 * directory, and each handle that meets a collection of another model than its own embeds for it with
 * that one. So one data directory may have collections of several models.
 *
 * What kith.h says of memory, errors and threads holds here too. */
#ifndef KITH_REEMBED_H
#define KITH_REEMBED_H

#include <kith/kith.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kith_reembed_options {
    size_t size; /* sizeof */
    /* The absolute path of the model's directory, to be noted; NULL: nothing is noted, as of a model
     * behind an endpoint, which each handle must be given. */
    const char *directory;
    /* Called with KITH_PROGRESS after each group of vectors; a result other than 0 ends the call with
     * CANCELLED. May be NULL. */
    int (*on_event)(void *context, const kith_ingest_event *event);
    void *context;
    const kith_call *call; /* max_bytes is not read. NULL: no limits */
} kith_reembed_options;

typedef struct kith_reembed_report {
    size_t size;        /* sizeof, set before the call; 0: the first release's */
    uint64_t chunks;    /* of the collection when the call began */
    uint64_t embedded;  /* that got their vector in this call */
    uint64_t truncated; /* of them: longer than the model reads, so that their beginnings count */
    bool was_done;      /* the collection was of this model already */
    double seconds;
} kith_reembed_report;

/* Gives the collection the vectors of `to`. What an earlier call, of whatever process, has embedded
 * with the same model is not embedded again; what it has with another one is dropped. Several may be
 * at it for one collection: one embeds, and the others wait.
 * A chunk is embedded as it was: its title or headings, what leads into it, and its content. Chunks of
 * a kith before 0.2 whose document had a title of its own get it without "Title:" before it.
 * options, report  may be NULL; the report is filled as far as the call came, unless options or its
 * size are refused
 * Errors: NOT_FOUND (no such collection), MODEL (its vectors come from the caller, or it has none),
 * INVALID (a point has no text, or a size is wrong), those of the embedder as kith_ingest has them
 * (also when it refuses one of the texts), CANCELLED, TIMEOUT, BUSY, CORRUPT, IO, FULL, LIMIT,
 * NO_MEMORY; the collection is then what it was, and what was embedded is kept for the next call. Only what fails while the chunks
 * are embedded that changed last leaves it with the new model: these wait (meaning.h), and the next
 * call tells `was_done`. */
KITH_API kith_status kith_reembed(kith *k, const char *collection, kith_embedder *to,
                                  const kith_reembed_options *options, kith_reembed_report *report,
                                  kith_error *err);

/* Drops the vectors that an unfinished kith_reembed() has made. OK also when there are none.
 * Errors: NOT_FOUND (no such collection), BUSY, CORRUPT, IO, FULL, NO_MEMORY. */
KITH_API kith_status kith_reembed_abandon(kith *k, const char *collection, kith_error *err);

typedef struct kith_reembedding {
    size_t size;     /* sizeof, set before the call; 0: the first release's */
    bool is_begun;   /* an unfinished kith_reembed() has left something; else the rest is 0 */
    char model[192]; /* the fingerprint of the model to come */
    uint64_t chunks,
        waiting; /* of the new vectors: how many there will be, and how many not yet are */
} kith_reembedding;

/* Errors: NOT_FOUND (no such collection), INVALID (the size of the structure), BUSY, CORRUPT, IO,
 * FULL, NO_MEMORY; *out untouched. */
KITH_API kith_status kith_reembed_state(kith *k, const char *collection, kith_reembedding *out,
                                        kith_error *err);

/* The embedder with which texts are compared with the collection: the handle's, or that of another
 * model which the collection has. Borrowed, until the handle is closed.
 * Errors: NOT_FOUND (no such collection), MODEL (there is none), BUSY, CORRUPT, IO, NO_MEMORY. */
KITH_API kith_status kith_collection_embedder(kith *k, const char *collection, kith_embedder **out,
                                              kith_error *err);

#ifdef __cplusplus
}
#endif

#endif
