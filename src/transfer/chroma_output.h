/* chroma_output.h - writes what is read of Chroma, whether of its files or of its server, as the
 * lines that import.h reads.
 *
 * They are those of an export, in the same order, and three things more: {"notice": {"text"}}
 * anywhere; in "collection_end" the counts "without_vector", "refused" and "unapplied" of what was
 * left out here; and, instead of "end", {"failed": {"status", "message"}}. Only programs of the
 * same version speak so, and no file has it. */
#ifndef KITH_TRANSFER_CHROMA_OUTPUT_H
#define KITH_TRANSFER_CHROMA_OUTPUT_H

#include "os/call_limit.h"
#include "transfer/line_writer.h"

typedef struct chroma_output {
    line_writer *lines;
    const call_limit *limit; /* of the reading: cancelled when nobody wants the lines any more */
    /* The open collection. */
    const char *tenant, *database, *name;
    uint32_t dimension;
    uint64_t points, vectors_missing, refused, unapplied;
    uint32_t notices; /* about records of it */
    uint64_t collections, all_points;
} chroma_output;

/* One record. Texts need no NUL behind them. */
typedef struct chroma_record {
    view id, document;   /* document.data NULL: it has none */
    view metadata;       /* a JSON object */
    const float *vector; /* [dimension of the collection]; NULL: none was found */
} chroma_record;

/* All fail with what the reader of the lines fails with, and KITH_ERR_NO_MEMORY. */

/* Begins a collection; the texts are borrowed until its end. */
KITH_CHECKED kith_status chroma_output_begin(chroma_output *o, const char *tenant,
                                             const char *database, const import_collection *c,
                                             kith_error *err);
/* Writes a record, or leaves it out, counted and named: one without a vector, and one whose id or
 * document is no text. */
KITH_CHECKED kith_status chroma_output_record(chroma_output *o, const chroma_record *r,
                                              kith_error *err);
/* Counts a record that cannot be taken; the first of each collection are named. */
KITH_CHECKED kith_status chroma_output_refuse(chroma_output *o, view id, const char *why,
                                              kith_error *err);
/* Tells something about the open collection. */
KITH_CHECKED kith_status chroma_output_notice(chroma_output *o, const char *what, const char *why,
                                              kith_error *err);
KITH_CHECKED kith_status chroma_output_end(chroma_output *o, kith_error *err);

#endif
