/* connection.h - one SQLite connection with its prepared statements, and the walk through one
 * query. A connection is used by one thread at a time. A query is begun, bound in the order of its
 * parameters, stepped and ended; the first failure sticks, and query_end() tells it. */
#ifndef KITH_STORE_CONNECTION_H
#define KITH_STORE_CONNECTION_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"
#include "store/shared_memory.h"
#include "store/statements.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct connection {
    sqlite3 *db;
    sqlite3_stmt *prepared[STATEMENT_COUNT]; /* each at its first use */
    shared_memory shared_memory;
} connection;

/* How long a call waits for another program's lock. */
enum { CONNECTION_WAIT_MS = 5000 };

typedef enum connection_role { CONNECTION_WRITER, CONNECTION_READER } connection_role;

/* The file must exist. Writes nothing to it. KITH_ERR_IO, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status connection_open(const char *path, connection_role role, connection **out,
                                         kith_error *err);
/* Never checkpoints; the last connection leaves the log behind unless `remove_log`. Accepts NULL.
 */
void connection_close(connection *c, bool remove_log);
/* Runs SQL that is not worth preparing: schema and settings. Rows are dropped. */
KITH_CHECKED kith_status connection_script(connection *c, const char *sql, kith_error *err);
/* Prepares the statement now rather than at its first use. */
KITH_CHECKED kith_status connection_prepare(connection *c, statement_id id, kith_error *err);
/* Runs a statement that has neither parameters nor rows. */
KITH_CHECKED kith_status connection_execute(connection *c, statement_id id, kith_error *err);
/* The one number that a statement without parameters yields; 0 when it yields no row. */
KITH_CHECKED kith_status connection_number(connection *c, statement_id id, uint64_t *out,
                                           kith_error *err);
/* Fails with the status that belongs to `rc`, an extended result code that a call on `c` returned.
 */
kith_status connection_fail(const connection *c, int rc, kith_error *err);

typedef struct query {
    connection *connection;
    sqlite3_stmt *statement; /* NULL when it could not be prepared */
    int parameters;          /* bound so far */
    int rc;                  /* SQLITE_OK, SQLITE_ROW, SQLITE_DONE, or the first failure */
} query;

query query_begin(connection *c, statement_id id);
void query_bind_u64(query *q, uint64_t value);
void query_bind_i64(query *q, int64_t value);
/* Borrowed until query_end(). data == NULL binds NULL. */
void query_bind_text(query *q, view value);
void query_bind_blob(query *q, view value);
/* Steps to the next row; false at the end and after a failure. */
bool query_next(query *q);
bool query_failed(const query *q);
/* The statement was refused because a key that it writes is taken. */
bool query_is_taken(const query *q);
/* Values of the current row. A view lives until the next step and has data == NULL for NULL only.
 */
uint64_t query_u64(const query *q, int column);
int64_t query_i64(const query *q, int column);
view query_view(const query *q, int column);
/* Makes the statement ready for its next use. Returns `so_far` when it is a failure, else the
 * query's own. */
KITH_CHECKED kith_status query_end(query *q, kith_status so_far, kith_error *err);
/* Steps a statement that yields no rows, and ends it. */
KITH_CHECKED kith_status query_run(query *q, kith_error *err);
/* The same for a statement that changes a row which was found before: KITH_ERR_CORRUPT when it
 * changes none. */
KITH_CHECKED kith_status query_run_on_row(query *q, kith_error *err);

#endif
