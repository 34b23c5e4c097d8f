/* log_writer.h - writes the lines of a log in a thread of its own, so that whoever has a line to log
 * waits for no reader of it.
 *
 * Lines are gathered for LOG_GATHER_MS and written together. They wait in memory while nobody reads
 * the other end: up to LOG_WAITING_BYTES. Whoever has a line beyond that waits for LOG_PATIENCE_MS,
 * so that a reader who is merely slow gets all; then it is dropped, and counted, and so are others,
 * without waiting, until something was read again. Lines that must be kept have as much room once
 * more, and whoever can cause them asks log_writer_is_full first. */
#ifndef KITH_SERVE_LOG_WRITER_H
#define KITH_SERVE_LOG_WRITER_H

#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    LOG_GATHER_MS = 10,
    LOG_PATIENCE_MS = 100,
    LOG_WAITING_BYTES = 2 << 20,
    LOG_LAST_BYTES = 4096, /* of the last line of all */
    LOG_STOP_MS = 2000     /* what is left at the end has so long to be written */
};

typedef struct log_writer log_writer;

/* fd  borrowed until log_writer_stop; to nothing that is not a regular file is more than PIPE_BUF
 *     bytes written at once, after it could take them
 * Errors: KITH_ERR_NO_MEMORY (or no thread could be started). */
KITH_CHECKED kith_status log_writer_start(int fd, log_writer **out, kith_error *err);
/* Writes what waits, and frees; accepts NULL. */
void log_writer_stop(log_writer *w);

/* Takes a line, its newline included. False: it was dropped. Any thread. */
bool log_writer_put(log_writer *w, view line, bool must_keep);
/* Lines that were dropped since the last call of this, once there is room again; else 0. Any
 * thread. */
uint64_t log_writer_take_dropped(log_writer *w);
/* The same at the end, after which no more lines come, however little room there is. */
uint64_t log_writer_take_last_dropped(log_writer *w);
/* Takes the last line of all, for which there is always room. */
void log_writer_put_last(log_writer *w, view line);
/* Would a line now be dropped that need not be kept? Any thread. */
bool log_writer_is_full(const log_writer *w);

#endif
