/* sqlite_log.h - the write-ahead log of kith.db: SQLite's, so no part of sql.h. The writer decides
 * when it is moved into the database (committer.c). */
#ifndef KITH_STORE_SQLITE_LOG_H
#define KITH_STORE_SQLITE_LOG_H

#include "store/sql.h"

/* Whether the file keeps a write-ahead log. Errors: what the engine fails with. */
KITH_CHECKED kith_status connection_has_log(connection *c, bool *out, kith_error *err);
/* Has the file keep one, which is a property of the file.
 * Errors: KITH_ERR_IO (the file system does not allow it), what the engine fails with. */
KITH_CHECKED kith_status connection_use_log(connection *c, kith_error *err);
/* Pages in the log after the newest commit of this connection; 0 before the first. */
int connection_log_pages(const connection *c);

typedef enum checkpoint_mode {
    CHECKPOINT_PASSIVE, /* what can be moved without waiting for readers */
    CHECKPOINT_RESTART, /* all of it, so that the next commit begins the log anew */
    CHECKPOINT_TRUNCATE /* all of it, and the log's file is emptied */
} checkpoint_mode;

/* Moves the log into the database, in the turn of this process and outside of a transaction.
 * wait_ms  how long it waits for readers that keep part of the log in use
 * Errors: KITH_ERR_BUSY (they kept it), what the engine fails with: nothing is lost, the log has
 * all still. */
KITH_CHECKED kith_status connection_checkpoint(connection *c, checkpoint_mode mode, int wait_ms,
                                               kith_error *err);
/* Rows that the connection has inserted, changed or deleted since it was opened. */
int64_t connection_rows_changed(const connection *c);
/* Changes with each commit to the database, of this connection or of another. Of others', by the
 * time that a transaction of this one has begun. */
uint32_t connection_data_version(const connection *c);
/* Where the index of the log begins, in memory that processes share (stamp.c); NULL while nothing was read, or without
 * such memory. Good as long as the connection. */
const volatile uint32_t *connection_log_head(const connection *c);
/* The database's path; lives as long as the connection. */
const char *connection_path(const connection *c);
/* Whether the call on the connection that has just failed did so in a sync to disk. */
bool connection_failed_in_sync(const connection *c);
/* Whether kith.db is where it was opened: what is written to a file that has lost its name is lost
 * with the last process that has it open. */
bool connection_in_place(const connection *c);

#endif
