/* sql.h - the seam between the store and the database engine: connections, queries, statements.
 *
 * Above it the files of the store know tables, by the texts in statements.c, and nothing of SQLite;
 * below it the driver: connection.c, shared_memory.c, schema_functions.c and sqlite_*.c, the only
 * files that call SQLite (tools/check_layers.py). The texts are in one dialect that PostgreSQL's
 * parser takes as well (statements.h). What stands above the seam and yet is SQLite's way of doing
 * things: schema.c, whose tables a second engine would have in its own words; writer.c, one writer
 * with savepoints and a log of its own; store.c, which opens a file.
 *
 * A connection is used by one thread at a time. A query is begun, bound in the order of its
 * parameters, stepped and ended. The first failure is kept: later calls on the query do nothing,
 * query_next() yields false as at the end, and query_end() returns the failure. So only the end
 * needs to be looked at, unless the caller must tell a failure from a missing row (query_failed). A
 * statement is prepared once a connection and serves one query at a time.
 *
 * How SQLite's codes become statuses; "what the engine fails with" in this room:
 *   SQLITE_FULL, SQLITE_IOERR with ENOSPC or EDQUOT, _IOERR_SHMSIZE    KITH_ERR_FULL
 *   SQLITE_IOERR, _CANTOPEN, _PERM, _READONLY, and
 *   SQLITE_CORRUPT where the disk could not be read    KITH_ERR_IO
 *   SQLITE_NOMEM, _IOERR_NOMEM                         KITH_ERR_NO_MEMORY
 *   SQLITE_TOOBIG (a row above 1 GB)                   KITH_ERR_LIMIT
 *   SQLITE_BUSY, _LOCKED (another program's lock)      KITH_ERR_BUSY
 *   SQLITE_CORRUPT, _NOTADB                            KITH_ERR_CORRUPT
 *   anything else                                      KITH_ERR_INTERNAL */
#ifndef KITH_STORE_SQL_H
#define KITH_STORE_SQL_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"
#include "store/statements.h"

#include <stdbool.h>
#include <stdint.h>

/* ---- connections ---- */

typedef struct connection connection;

/* Of every kith.db. */
enum { CATALOG_PAGE_BYTES = 8192 };

/* How long a call waits for another program's lock. */
enum { CONNECTION_WAIT_MS = 5000 };

typedef enum connection_role {
    CONNECTION_WRITER,
    CONNECTION_READER,
    /* Reads the file and its log as they are, without shared memory and locks, and creates nothing.
     * Only while nobody may write (directory_freeze). */
    CONNECTION_FROZEN_READER,
    /* Reads the file without its log, likewise. */
    CONNECTION_BASE_READER
} connection_role;

/* Opens an existing file; writes nothing to it. A reader refuses statements that write.
 * Errors: KITH_ERR_IO, KITH_ERR_CORRUPT (no database), KITH_ERR_BUSY, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status connection_open(const char *path, connection_role role, connection **out,
                                         kith_error *err);
/* Fails with KITH_ERR_BUSY when any connection of any process has the database open: then its files
 * must not be replaced. A file that is no database is in nobody's use. Changes nothing.
 * Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status connection_require_unused(const char *path, kith_error *err);
/* Never checkpoints. The last connection to close removes the log when `remove_log` is set, else
 * the log stays for the next opening. No query may be open. Accepts NULL. */
void connection_close(connection *c, bool remove_log);
/* Runs SQL that is not worth preparing: schema and settings. Rows are dropped.
 * Errors: what the engine fails with. */
KITH_CHECKED kith_status connection_script(connection *c, const char *sql, kith_error *err);
/* Prepares the statement now, for a moment when there may be no memory for it.
 * Errors: what the engine fails with. */
KITH_CHECKED kith_status connection_prepare(connection *c, statement_id id, kith_error *err);
/* Runs a statement that has neither parameters nor rows.
 * Errors: what the engine fails with. */
KITH_CHECKED kith_status connection_execute(connection *c, statement_id id, kith_error *err);
/* The one number that a statement without parameters yields; 0 when it yields no row.
 * Errors: what the engine fails with. */
KITH_CHECKED kith_status connection_number(connection *c, statement_id id, uint64_t *out,
                                           kith_error *err);
/* Frees the pages that are kept for later and that nothing waits to write; they are read again when
 * they are wanted. */
void connection_give_back(connection *c);
/* A failed statement may have rolled the transaction back. */
bool connection_in_transaction(const connection *c);

/* ---- queries ---- */

typedef struct query {
    connection *connection;
    void *statement; /* the driver's; NULL when it could not be prepared */
    int parameters;  /* bound so far */
    int code;        /* the driver's: what the last step gave, or the first failure */
} query;

/* Always to be ended by query_end() or one of the runs, before the statement is begun again. */
query query_begin(connection *c, statement_id id);
/* Each binds the next parameter. A view is borrowed until the end; data == NULL binds NULL. */
void query_bind_u64(query *q, uint64_t value);
void query_bind_i64(query *q, int64_t value);
void query_bind_text(query *q, view value);
void query_bind_blob(query *q, view value);
/* Steps to the next row; false at the end and after a failure. */
bool query_next(query *q);
bool query_failed(const query *q);
/* The statement was refused because a unique key that it writes exists already. It has written
 * nothing then, none of its rows. */
bool query_is_taken(const query *q);
/* A value of the current row; columns count from 0. A view lives until the query's next step or
 * end, whatever other queries do; its data is NULL for an SQL NULL only. */
uint64_t query_u64(const query *q, int column);
int64_t query_i64(const query *q, int column);
view query_view(const query *q, int column);
/* Resets the statement for its next use. Returns `so_far` when that is a failure, else the query's
 * own: what the engine fails with. */
KITH_CHECKED kith_status query_end(query *q, kith_status so_far, kith_error *err);
/* Steps a statement that yields no rows, and ends it.
 * Errors: what the engine fails with. */
KITH_CHECKED kith_status query_run(query *q, kith_error *err);
/* query_run(); *changed is how many rows the statement inserted, updated or deleted.
 * Errors: what the engine fails with. */
KITH_CHECKED kith_status query_run_counted(query *q, uint64_t *changed, kith_error *err);
/* query_run() for a statement that changes exactly as many rows as a query has found before.
 * Errors: KITH_ERR_CORRUPT when it changed another number, which a damaged index can cause; what
 * the engine fails with. */
KITH_CHECKED kith_status query_run_on_rows(query *q, uint64_t rows, kith_error *err);
/* query_run_on_rows() for one row. */
KITH_CHECKED kith_status query_run_on_row(query *q, kith_error *err);

#endif
