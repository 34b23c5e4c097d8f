/* log.h - the log of a long-running command, a server or a watcher: one line for each event, with
 * time and level, as key=value or as JSON. It has paths, counts and reasons, never the text of a
 * document, a question or a key.
 *
 *   log_begin(l, LOG_INFO, "file_added");
 *   log_text(l, "path", path);
 *   log_end(l);
 *
 * Any thread may write an event: from log_begin to log_end, which must follow in the same thread,
 * it has the stream for itself. */
#ifndef KITH_SERVE_LOG_H
#define KITH_SERVE_LOG_H

#include "base/buffer.h"
#include "base/json.h"
#include "base/view.h"
#include "serve/log_writer.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG } log_level;

typedef struct log_stream {
    pthread_mutex_t lock; /* held from log_begin to log_end: all that follows but `level` */
    FILE *out;
    log_level level; /* events of this level and of graver ones are written */
    bool json;
    bool is_open;              /* between log_begin and log_end of an event that is written */
    bool is_kept;              /* log_keep was called for it */
    log_writer *writer_thread; /* NULL: whoever ends an event writes it, and waits for its reader */
    buffer line;
    json_writer writer;
} log_stream;

void log_init(log_stream *l, FILE *out, log_level level, bool json);
void log_done(log_stream *l);
/* From now on lines are written by a thread of their own: a reader that does not read keeps nobody
 * waiting, and costs lines (log_writer.h), whose number is told when he reads again. Before any other
 * thread has the stream. Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status log_write_apart(log_stream *l, kith_error *err);
/* Would events be dropped now? Whoever may not do anything without its line asks before. */
bool log_is_full(const log_stream *l);

/* Events and keys are lower case with underscores. */
void log_begin(log_stream *l, log_level level, const char *event);
void log_text(log_stream *l, const char *key, const char *value);
void log_number(log_stream *l, const char *key, uint64_t value);
void log_decimal(log_stream *l, const char *key, double value); /* three digits as text */
/* The event must not be dropped. */
void log_keep(log_stream *l);
void log_end(log_stream *l);

#endif
