/* transfer.h - what moves a collection from one data directory to another as it is: documents with
 * the chunks and vectors that they have, and the model that those vectors are of.
 * Points without a document need none of this: kith_get reads them with their vectors, kith_put
 * writes them. What kith.h says of memory, errors, threads and structures holds here too. */
#ifndef KITH_TRANSFER_H
#define KITH_TRANSFER_H

#include <kith/kith.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A document as it is stored: nothing of it is cut or embedded any more. */
typedef struct kith_whole_document {
    const char *id;
    const char *title;    /* NULL: "" */
    const char *source;   /* path of its file; NULL or "": it came from none */
    const char *metadata; /* JSON object; NULL: without fields */
    const char *text;     /* its whole text, which the places of the chunks count in; NULL: "" */
    const kith_point *chunks; /* [chunk_count] each with its vector, or waiting for it */
    size_t chunk_count;
    /* [chunk_count] for a chunk that waits for its vector (meaning.h), and has `vector` NULL: what
     * stands before its content in the text to embed; NULL for others. NULL: none waits. */
    const char *const *waiting;
} kith_whole_document;

/* Reads a document with its chunks in the order in which they were stored: all of one state. Free
 * with kith_whole_document_free.
 * Errors:
 *   NOT_FOUND, INVALID  no such collection or document; the collection's name is not allowed
 *   IO, CORRUPT, BUSY, NO_MEMORY (also when it would take more than 4 GiB) */
KITH_API kith_status kith_whole_document_get(kith *k, const char *collection, const char *id,
                                             kith_whole_document **out, kith_error *err);
KITH_API_VOID void kith_whole_document_free(kith_whole_document *document);

/* Stores documents as they are, all or none of them. One without a source takes the place of the
 * one of its id that has none either. One with a source joins the documents that this file has: the
 * file then counts as changed, so that the next kith_ingest_paths that meets it reads it again. The
 * first vector fixes the collection's dimension.
 * documents  [count]
 * Errors, which name the document or the chunk:
 *   NOT_FOUND  no such collection
 *   EXISTS     an id is taken by another file's document, or by a point of none
 *   INVALID    an id, a text, metadata or a vector is not allowed; a chunk has no vector and does
 *              not wait for one; one waits in a collection without a model; an id comes twice
 *   FORMAT     metadata is not JSON
 *   LIMIT      no document, or more than KITH_BATCH_MAX_POINTS; a text or metadata is too large
 *   DIMENSION  a vector does not have the collection's dimension
 *   IO, FULL, CORRUPT, BUSY, NO_MEMORY  see DURABILITY */
KITH_API kith_status kith_whole_documents_put(kith *k, const char *collection,
                                              const kith_whole_document *documents, size_t count,
                                              kith_error *err);

/* The model that a collection's vectors are of, and its dimension. */
typedef struct kith_collection_model {
    uint32_t dimension; /* 0: there was no vector yet */
    /* What identifies the model, for kith_collection_model_set alone to read: at most
     * KITH_MODEL_MAX_BYTES. "": vectors come from the caller. */
    const char *model;
} kith_collection_model;

enum { KITH_MODEL_MAX_BYTES = 4096 };

/* Reads it. Free with kith_collection_model_free.
 * Errors: NOT_FOUND, INVALID, IO, CORRUPT, BUSY, NO_MEMORY. */
KITH_API kith_status kith_collection_model_get(kith *k, const char *collection,
                                               kith_collection_model **out, kith_error *err);
KITH_API_VOID void kith_collection_model_free(kith_collection_model *model);
/* Gives the collection the dimension and the model of another, whose points it is about to get, so
 * that texts can be searched in it and added to it with that model. What it has already stays, and
 * must be the same.
 * Errors:
 *   NOT_FOUND  no such collection
 *   INVALID    the collection's name; the model is no text that kith_collection_model_get gave
 *   MODEL      it has another model, or vectors that came from the caller
 *   DIMENSION  it has another dimension, or that is more than KITH_DIMENSION_MAX
 *   IO, FULL, CORRUPT, BUSY, NO_MEMORY */
KITH_API kith_status kith_collection_model_set(kith *k, const char *collection,
                                               const kith_collection_model *model, kith_error *err);

#ifdef __cplusplus
}
#endif
#endif
