/* sync_content.h - what a file holds becomes new documents of the group, or a report of why it does not. */
#ifndef KITH_INGEST_SYNC_CONTENT_H
#define KITH_INGEST_SYNC_CONTENT_H

#include "ingest/sync_run.h"

/* The file at hand; on the stack of read_and_compare, its views in the group's arena. After ingest_add
 * only `is_in_group` and `is_forecast` may be read. */
typedef struct sync_candidate {
    const found_file *file;
    store_source source;     /* as it is now */
    store_source known;      /* as the store has it; path.data == NULL: not at all */
    missing_source *former;  /* the missing source whose documents it takes over; NULL: none */
    missing_source vanished; /* what `former` points to when it is not one of run->missing */
    view bytes;              /* the content, once it is to become documents */
    bool is_forecast;        /* s->in->forecast counts it as met */
    bool is_in_group; /* the group may refer to what was allocated for it, or be stored and empty */
} sync_candidate;

static inline bool sync_is_known(const sync_candidate *c)
{
    return c->known.path.data != NULL;
}

/* Reports the file as failed, or as skipped when `problem` is KITH_ERR_UNSUPPORTED, and notes the reason; what the store
 * has of it stays. Errors: those of file_notes_add and ingest_report. */
KITH_CHECKED kith_status sync_report_unusable(sync_run *s, const found_file *file,
                                              const kith_error *problem);
/* Extracts the content, prepares it and adds it to the group, as the new documents of its file; content that gives none
 * is reported. c->bytes are in the group's arena. The group may be stored before it returns (ingest_add): then only
 * is_in_group and is_forecast of *c may be read.
 * Errors: KITH_ERR_NO_MEMORY, those of the store, of ingest_add and ingest_report. */
KITH_CHECKED kith_status sync_ingest_content(sync_run *s, sync_candidate *c);

#endif
