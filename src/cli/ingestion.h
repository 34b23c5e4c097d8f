/* ingestion.h - telling a person, and a program, how an ingestion goes: events, progress, the
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
    bool only_progress; /* nothing is said of single files */
    bool of_documents;  /* handed in by a call: there are no files to count */
    buffer bar;
} ingestion;

void ingestion_start(ingestion *in, console *c);
void ingestion_done(ingestion *in);

/* kith_ingest_options.on_event with an ingestion as its context. Unless only progress is wanted, a file that was skipped or failed
 * gets a notice; with JSON every file gets a line {"outcome", "source", ...}. Asks to stop after
 * Ctrl-C and when nobody reads the output. */
int ingestion_event(void *context, const kith_ingest_event *event);

/* The line {"outcome", "source", ...} of one event. */
void ingestion_event_json(console *c, const kith_ingest_event *event);

/* The summary as text, or as the JSON line {"summary": {...}}. */
void ingestion_report(ingestion *in, const kith_ingest_report *report);

#endif
