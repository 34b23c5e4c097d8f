/* sqlite_log_verify.h - is the write-ahead log, kith.db-wal, whole, and of the kith.db that lies beside it? */
#ifndef KITH_STORE_SQLITE_LOG_VERIFY_H
#define KITH_STORE_SQLITE_LOG_VERIFY_H

#include "store/integrity.h"
#include "store/sql.h"

/* Reads the log of the database `path`; none is as good as an empty one. No other process may write
 * meanwhile: the caller has its turn, or has frozen the directory. A connection of this process may
 * be using the log, since SQLite locks nothing in that file.
 * role  how the database can be read with its log: CONNECTION_READER or CONNECTION_FROZEN_READER
 * Errors: KITH_ERR_IO, KITH_ERR_NO_MEMORY, those of connection_open() but for KITH_ERR_CORRUPT;
 * *out is untouched. */
KITH_CHECKED kith_status log_read(const char *path, connection_role role, store_log *out,
                                  kith_error *err);

/* Fails with KITH_ERR_CORRUPT when the log is damaged, or not of this database; else as log_read(),
 * and under the same condition. */
KITH_CHECKED kith_status log_verify(const char *path, connection_role role, kith_error *err);

/* Marks that a log may begin with this transaction; does nothing when it cannot. To be called in
 * each transaction that writes, after BEGIN.
 * Errors: what connection_fail() makes of SQLite's code. */
KITH_CHECKED kith_status log_mark(connection *c, kith_error *err);

#endif
