/* prepare.h - a document to what will be stored: validated, chunked, each chunk with its id,
 * metadata and the text to embed.
 *
 * What is embedded is the chunk's content behind a short prefix that says where it stands: "Title:
 * ..." for records that carry a title, else the path of headings or the document's title. The
 * prefix counts against the model's limit of tokens, so nothing is cut. */
#ifndef KITH_INGEST_PREPARE_H
#define KITH_INGEST_PREPARE_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"
#include "embed/embedder.h"
#include "extract/extract.h"
#include "store/store.h"
#include "text/chunk.h"

#include <kith/kith.h>

typedef struct prepare_options {
    kith_chunk_options chunk;
    uint32_t min_characters; /* 0: no validation of the length */
    int64_t now_ms;          /* processed_at */
    embedder *embedder;      /* may be NULL: tokens are not known then */
} prepare_options;

typedef struct prepared_document {
    store_document document; /* points without vectors yet */
    view *embedded;          /* [point_count] the texts to embed */
    const chunk *chunks;     /* [point_count] */
    view *headings;          /* [point_count] path in force, may be empty */
    view *places;            /* [point_count] as place.h words them, may be empty */
    const document *origin;
} prepared_document;

/* Defaults filled in. KITH_ERR_INVALID for sizes that cannot be; the message has the numbers. */
KITH_CHECKED kith_status prepare_chunk_options(const kith_chunk_options *options, embedder *e,
                                               chunk_options *out, kith_error *err);

/* `id` is the document's final id; everything else, results included, lives in `a` or with `from`.
 * KITH_ERR_INVALID when the content is missing or too short, KITH_ERR_LIMIT. */
KITH_CHECKED kith_status prepare_document(const document *from, view id,
                                          const prepare_options *options, arena *a,
                                          prepared_document *out, kith_error *err);

/* The documents of one file as they would be prepared: for looking at chunks. All in `a`. */
KITH_CHECKED kith_status prepare_file(const char *path, const prepare_options *options, arena *a,
                                      extraction *extracted, prepared_document **out,
                                      kith_error *err);

#endif
