/* ingest.h - the write pipeline: prepared documents gather into a group; the group's chunks are
 * embedded together and its units stored in one transaction.
 *
 * A unit is what is stored together or not at all: the documents of one file, or one document that
 * a program passed in. A group exists because both embedding and a commit have a fixed cost (a
 * forward pass or a request, a sync of the disk) that small files should share, and it is bounded
 * so that memory, and the work that a kill can lose, do not grow with the folder. ingest.c argues
 * when a group ends, when its memory is freed, and what is reported when.
 *
 * An ingest_run belongs to one thread. */
#ifndef KITH_INGEST_INGEST_H
#define KITH_INGEST_INGEST_H

#include "base/arena.h"
#include "base/status.h"
#include "db/collection.h"
#include "embed/embedder.h"
#include "ingest/embed_later.h"
#include "ingest/forecast.h"
#include "ingest/known.h"
#include "ingest/prepare.h"
#include "os/call_limit.h"
#include "store/documents.h"

#include <kith/kith.h>

/* The strings and documents lie in ingest_run.memory or outlive the run. */
typedef struct ingest_unit {
    const store_source *source;  /* NULL: a document without a file */
    const char *label;           /* for events: the path or the document's id */
    const char *other;           /* of KITH_RENAMED: the former path; else NULL */
    kith_ingest_outcome outcome; /* KITH_ADDED, KITH_UPDATED or KITH_RENAMED */
    const char *note;            /* for the event's reason: "3 invalid bytes replaced"; or "" */
    kith_notices notices;        /* of the file's reader */
    prepared_document *documents;
    uint32_t document_count;
    uint64_t bytes;   /* of the file or the text */
    bool has_vectors; /* the points carry their vectors: nothing is to be embedded */
} ingest_unit;

/* What became of one file, document or record. */
typedef struct ingest_result {
    kith_ingest_outcome outcome;
    const char *label;
    const char *other;           /* of KITH_DUPLICATE and KITH_RENAMED; else NULL */
    const kith_error *problem;   /* the reason of a failure, or a note with KITH_OK; NULL: none */
    const kith_notices *notices; /* of a file that was stored; NULL: none */
    uint64_t bytes;              /* to be added to bytes_done */
    bool is_record;              /* one record of a file whose own result is yet to come */
} ingest_result;

enum { INGEST_STATUS_COUNT = KITH_ERR_INTERNAL + 1 };

/* Called before a unit that could not be stored is reported as KITH_FAILED. Any other status than
 * KITH_OK ends the run with it. */
typedef kith_status (*ingest_failed)(void *context, const ingest_unit *unit,
                                     const kith_error *problem, kith_error *err);

/* What ends a group, and the sizes of the two smaller batches of a run. ingest_init sets the
 * defaults; a test may lower them before anything is added, so that small files cross them. */
typedef struct ingest_limits {
    uint32_t chunks;      /* to be embedded; the unit that reaches it still belongs to the group */
    uint32_t units;       /* not above the default, which is the size of ingest_run.units */
    uint64_t text_bytes;  /* likewise reached by the last unit */
    size_t memory_bytes;  /* of ingest_run.memory, seen before the next file is read */
    uint32_t embed_slice; /* texts given to the embedder at a time: one KITH_PROGRESS each */
    uint32_t file_notes;  /* notes written together: file_notes.group */
} ingest_limits;

typedef struct ingest_run {
    collection *collection; /* NULL: a dry run into one that does not exist */
    embedder *embedder;
    const kith_ingest_options *options;
    const call_limit *limit; /* set after ingest_init; ends the run between two files, documents or
                                slices; NULL: none */
    bool words_first; /* chunks that need embedding are stored without, and wait (embed_later.h);
                         set after ingest_init, and only where the dimension is known */
    uint64_t chunks_waiting; /* so many of this run */
    uint64_t truncated; /* chunks that waited, and of which the model read the beginning alone */
    known known; /* which texts have vectors already; unused in a dry run into no collection */
    prepare_options prepare;
    ingest_limits limits;
    kith_ingest_report report;
    uint64_t failures[INGEST_STATUS_COUNT]; /* by status; their sum is report.errors */
    uint64_t done, total, bytes_done, bytes_total;
    forecast forecast;
    double embed_seconds; /* so far in the embedder */
    double work_waiting;  /* of the group: to be embedded yet, as forecast_work() has it */

    /* The group. */
    arena memory;                     /* all that its units refer to; emptied by every flush */
    ingest_unit *units;               /* [unit_count] heap */
    uint32_t unit_count, chunk_count; /* chunk_count: to be embedded */
    uint64_t text_bytes;              /* the sum of the units' bytes */
    uint64_t bytes_embedded;          /* of units that are embedded and not reported yet */
    uint32_t chunks_embedded;

    uint64_t bytes_reported; /* the highest bytes_done of any event so far */
    bool cancelled;          /* options->on_event asked to stop */
    ingest_failed on_failed; /* may be NULL */
    void *failed_context;
    bool survives_outage; /* when the endpoint fails, the units at hand fail, and not the run */
    kith_error outage;    /* not KITH_OK: the endpoint failed, and is not asked again in this run */
} ingest_run;

/* Sets `in` up. `c` may be NULL in a dry run; `options` may be NULL; both, and `e`, must outlive
 * the run. Release with ingest_done.
 * Errors, before anything is read; `in` is untouched:
 * KITH_ERR_INVALID    chunk sizes that contradict each other or the model
 * KITH_ERR_MODEL      the collection is pinned to another model
 * KITH_ERR_DIMENSION  the collection is pinned to another dimension
 * KITH_ERR_NOT_FOUND  the collection was deleted
 * KITH_ERR_IO, KITH_ERR_BUSY, KITH_ERR_CORRUPT   reading the collection's row
 * KITH_ERR_NO_MEMORY */
KITH_CHECKED kith_status ingest_init(ingest_run *in, collection *c, embedder *e,
                                     const kith_ingest_options *options, kith_error *err);
/* Frees the run's memory, with whatever was gathered and not flushed. */
void ingest_done(ingest_run *in);

/* Adds a unit to the group, and flushes when that fills it: after the call in->memory may be empty,
 * and nothing that was allocated there may be read. In a dry run the unit is reported at once and
 * not kept.
 * Errors: those of ingest_flush; KITH_ERR_CANCELLED also in a dry run. */
KITH_CHECKED kith_status ingest_add(ingest_run *in, const ingest_unit *unit, kith_error *err);
/* Embeds and stores the group, reports each unit, and empties in->memory, also on failure.
 * A unit that the store refuses, or that has a text which the endpoint refuses, is reported as
 * KITH_FAILED, and the call goes on. What would fail for every unit ends the run:
 * KITH_ERR_NETWORK, KITH_ERR_TIMEOUT, KITH_ERR_AUTH, KITH_ERR_NOT_FOUND, KITH_ERR_RATE_LIMITED,
 * KITH_ERR_REMOTE     the endpoint is down (with survives_outage the units fail instead)
 * KITH_ERR_NOT_FOUND  also: the collection was deleted
 * KITH_ERR_MODEL, KITH_ERR_DIMENSION  the collection is pinned to another model since ingest_init
 * KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY
 * KITH_ERR_CANCELLED  on_event or the limit asked to stop; what had been stored until then is
 *                     reported
 * KITH_ERR_TIMEOUT    the limit's deadline has passed; likewise
 * or a status of ingest_run.on_failed. */
KITH_CHECKED kith_status ingest_flush(ingest_run *in, kith_error *err);
/* To be called between two files. Checks the run's limit. Empties in->memory when the group has no
 * unit, and flushes when files that gave no unit have filled it to limits.memory_bytes. Errors:
 * those of ingest_flush. */
KITH_CHECKED kith_status ingest_bound_memory(ingest_run *in, kith_error *err);
/* True when the failure means the endpoint is down, rather than that one text is bad. */
bool ingest_is_outage(kith_status status);
/* What embedding the unit costs, as forecast_work() has it; 0 when it has its vectors. */
double ingest_work(const ingest_unit *unit);
/* Fills in how far the run has come, and sends the event. Errors: KITH_ERR_CANCELLED when on_event asks to stop. */
KITH_CHECKED kith_status ingest_send_event(ingest_run *in, kith_ingest_event *event,
                                           kith_error *err);
/* Sends a KITH_PROGRESS of a run whose files are done, while what waits is embedded.
 * so_far  how far that has come
 * reason  what is to be said of it; "": nothing
 * Errors: KITH_ERR_CANCELLED when on_event asks to stop. */
KITH_CHECKED kith_status ingest_report_waiting(ingest_run *in, const later_report *so_far,
                                               const char *reason, kith_error *err);
/* Counts the result and sends its event.
 * Errors: KITH_ERR_CANCELLED when on_event asks to stop; the result counts all the same. */
KITH_CHECKED kith_status ingest_report(ingest_run *in, const ingest_result *result,
                                       kith_error *err);

/* Ingests documents passed in by a program; each that is unusable is reported as KITH_FAILED and
 * does not stop the rest. Errors: those of ingest_flush; what was reported as added is stored. */
KITH_CHECKED kith_status ingest_documents(ingest_run *in, const kith_document *documents,
                                          size_t count, kith_error *err);

/* For tests and DCHECK, between two calls: NULL, or what is inconsistent within the run. */
const char *ingest_check(const ingest_run *in);

#endif
