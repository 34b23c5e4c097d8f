/* prepare.h - turning a document into what will be stored: validated, chunked, each chunk with its
 * id, metadata and the text to embed.
 *
 * The text to embed is the chunk's content behind a short prefix that gives its context: "Title:
 * ..." for records that have a title, else the path of headings above the chunk, else the
 * document's title; and, for a chunk that begins within a table or a list, the table's header or
 * what leads into the list (text/lead.h). Both count against the model's limit of tokens
 * (prepare_document makes the chunks smaller by the longest prefix of the document, chunk_text each
 * one by its lead), so that the model cuts nothing off. */
#ifndef KITH_INGEST_PREPARE_H
#define KITH_INGEST_PREPARE_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"
#include "embed/embedder.h"
#include "extract/extract_file.h"
#include "store/documents.h"
#include "store/store.h"
#include "text/chunk.h"

#include <kith/kith.h>

typedef struct prepare_options {
    kith_chunk_options chunk;
    uint32_t min_characters; /* 0: no validation of the length */
    int64_t now_ms;          /* processed_at and updated_ms, milliseconds since 1970 */
    embedder *embedder;      /* may be NULL: then chunks are not limited by tokens */
} prepare_options;

typedef struct prepared_document {
    store_document document; /* points without vectors yet */
    view *embedded;          /* [point_count] the texts to embed */
    const chunk *chunks;     /* [point_count] */
    view *headings;          /* [point_count] "A > B", the headings above the chunk; may be empty */
    view *leads;             /* [point_count] what leads into the chunk (lead.h); may be empty */
    view *places;            /* [point_count] "page 3", as chunk_place.h writes it; may be empty */
    const document *origin;  /* what it was made from */
} prepared_document;

/* *out: `options` with the defaults filled in. `e` may be NULL.
 * Errors, *out untouched: KITH_ERR_INVALID when the sizes contradict each other or the model's
 * limit, or when tokens are asked for without a model that counts them; the message has the
 * numbers. */
KITH_CHECKED kith_status prepare_chunk_options(const kith_chunk_options *options, embedder *e,
                                               chunk_options *out, kith_error *err);

/* Prepares one document under its final id. `from` and `id` must outlive *out, which refers to
 * them; all else lives in `a`.
 * Errors, *out untouched: KITH_ERR_INVALID (the content is missing or too short, the options are
 * contradictory, metadata has a bad key), KITH_ERR_LIMIT (too many chunks, or metadata that is too
 * large), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status prepare_document(const document *from, view id,
                                          const prepare_options *options, arena *a,
                                          prepared_document *out, kith_error *err);

/* Reads and extracts one file, and prepares its documents under plain ids (the file's stem,
 * numbered when there are several), without a collection: for looking at chunks.
 * how         the file is read
 * *extracted  in `a`; what could not be extracted is in its problems
 * *out        [extracted->document_count] in `a`
 * Errors: KITH_ERR_NOT_FOUND, KITH_ERR_IO, KITH_ERR_LIMIT (reading the file), KITH_ERR_UNSUPPORTED,
 * KITH_ERR_FORMAT, KITH_ERR_INVALID (extracting it), those of prepare_document. */
KITH_CHECKED kith_status prepare_file(const char *path, const extract_options *how,
                                      const prepare_options *options, arena *a,
                                      extraction *extracted, prepared_document **out,
                                      kith_error *err);

#endif
