/* ingest.h - the write pipeline: prepared documents gather into groups; a group's chunks are
 * embedded together and each unit (a file's documents, or one document) is stored all or nothing.
 * Memory is bounded by the group, whatever the folder. */
#ifndef KITH_INGEST_INGEST_H
#define KITH_INGEST_INGEST_H

#include "base/arena.h"
#include "base/status.h"
#include "db/collection.h"
#include "embed/embedder.h"
#include "ingest/prepare.h"

#include <kith/kith.h>

/* What is stored together: the documents of one file, or one document without a file. */
typedef struct ingest_unit {
    const store_source *source;  /* NULL: no file */
    const char *label;           /* for events */
    const char *other;           /* of KITH_RENAMED: what it was called; else NULL */
    kith_ingest_outcome outcome; /* KITH_ADDED, KITH_UPDATED or KITH_RENAMED */
    const char *note;            /* "" or what a person should know: "3 invalid bytes replaced" */
    prepared_document *documents;
    uint32_t document_count;
    uint64_t bytes;
    bool has_vectors; /* its points bring them along: nothing is to be embedded */
} ingest_unit;

/* An outcome that stores nothing, or that was stored. */
typedef struct ingest_news {
    kith_ingest_outcome outcome;
    const char *label;
    const char *other;         /* of KITH_DUPLICATE and KITH_RENAMED; else NULL */
    const kith_error *problem; /* why, or a note; NULL: none */
    uint64_t bytes;            /* count as dealt with */
    bool is_record;            /* of a file that goes on */
} ingest_news;

enum { INGEST_STATUS_COUNT = KITH_ERR_INTERNAL + 1 };

/* A unit could not be stored, and is about to be reported. */
typedef kith_status (*ingest_failed)(void *context, const ingest_unit *unit,
                                     const kith_error *problem, kith_error *err);

typedef struct ingest_run {
    collection *collection; /* NULL: a dry run into one that does not exist */
    embedder *embedder;
    const kith_ingest_options *options;
    prepare_options prepare;
    kith_ingest_report report;
    uint64_t failures[INGEST_STATUS_COUNT]; /* by status; their sum is report.errors */
    uint64_t done, total, bytes_done, bytes_total;
    uint64_t bytes_underway; /* of the group: embedded and not yet stored */
    uint32_t chunks_underway;
    arena memory; /* of the group */
    ingest_unit *units;
    uint32_t unit_count, chunk_count; /* chunk_count: to be embedded */
    uint64_t text_bytes;
    uint64_t bytes_shown; /* the most that an event has told */
    bool cancelled;
    ingest_failed on_failed; /* may be NULL */
    void *failed_context;
    bool outlives_endpoint; /* an endpoint that fails costs the units at hand, not the run */
    kith_error outage; /* not KITH_OK: the endpoint failed, and is not asked again in this run */
} ingest_run;

/* `options` may be NULL; `c` only in a dry run. KITH_ERR_INVALID, KITH_ERR_MODEL and KITH_ERR_DIMENSION come here, before
 * anything is read. */
KITH_CHECKED kith_status ingest_init(ingest_run *in, collection *c, embedder *e,
                                     const kith_ingest_options *options, kith_error *err);
void ingest_done(ingest_run *in);

/* Takes a unit whose memory is in->memory, and flushes when the group is full. After a flush
 * in->memory is empty. A dry run only reports the unit. */
KITH_CHECKED kith_status ingest_add(ingest_run *in, const ingest_unit *unit, kith_error *err);
/* Embeds and stores what is gathered. A unit that the store refuses, or whose text is too long for
 * the endpoint, is reported and passed over; what would fail for every unit (disk, model, memory,
 * and the endpoint unless outlives_endpoint) ends the ingestion. */
KITH_CHECKED kith_status ingest_flush(ingest_run *in, kith_error *err);
/* Between two files: empties in->memory when nothing refers to it, and flushes when files that
 * came to nothing have filled it. */
KITH_CHECKED kith_status ingest_bound_memory(ingest_run *in, kith_error *err);
/* Does this failure of the embedder say that its endpoint is of no use for now? */
bool ingest_is_outage(kith_status status);
KITH_CHECKED kith_status ingest_report(ingest_run *in, const ingest_news *news, kith_error *err);

/* Ingests documents handed in by a program. */
KITH_CHECKED kith_status ingest_documents(ingest_run *in, const kith_document *documents,
                                          size_t count, kith_error *err);

#endif
