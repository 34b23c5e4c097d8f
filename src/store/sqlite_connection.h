/* sqlite_connection.h - a connection as the files of the SQLite driver see it; sql.h names them. */
#ifndef KITH_STORE_SQLITE_CONNECTION_H
#define KITH_STORE_SQLITE_CONNECTION_H

#include "store/shared_memory.h"
#include "store/sql.h"

#include <sqlite3.h>

struct connection {
    sqlite3 *db;
    sqlite3_stmt *prepared[STATEMENT_COUNT]; /* NULL until its first use */
    shared_memory shared_memory;
    int log_pages; /* length of the log after the newest commit of this connection */
};

/* Fails with the status for `rc`, an extended result code that a call on `c` returned. */
kith_status connection_fail(const connection *c, int rc, kith_error *err);

#endif
