/* ingestion.h - shows how an ingestion proceeds, to a person or a program: events, progress, the
 * report. */
#ifndef KITH_CLI_INGESTION_H
#define KITH_CLI_INGESTION_H

#include "cli/command.h"
#include "cli/progress.h"

#include <kith/kith.h>

typedef struct ingestion {
    console *console;
    progress progress;
    int64_t shown_ns;   /* when progress was last shown */
    bool only_progress; /* no lines and notices for single files */
    bool of_documents;  /* of kith_ingest: there are no files to count */
    buffer bar;
} ingestion;

void ingestion_start(ingestion *in, console *c);
void ingestion_done(ingestion *in);

/* For kith_ingest_options.on_event, with an ingestion as its context. Draws the bar; unless
 * only_progress is set, prints a notice for each file that was skipped or failed and, with --json,
 * a line {"outcome", "source", ...} for every file. Stops the ingestion after Ctrl-C and when
 * writing fails. */
int ingestion_event(void *context, const kith_ingest_event *event);

/* The line {"outcome", "source", ...} of one event. */
void ingestion_event_json(console *c, const kith_ingest_event *event);

/* The member "notices", a list of texts; nothing when there is none. */
void ingestion_json_notices(json_writer *w, const kith_notices *notices);

/* The summary as text, or as the JSON line {"summary": {...}}. */
void ingestion_report(ingestion *in, const kith_ingest_report *report);

#endif
