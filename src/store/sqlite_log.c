/* sqlite_log.c - see sqlite_log.h. */
#include "store/sqlite_log.h"

#include "store/sqlite_connection.h"

#include <string.h>

/* Runs `sql`, which yields the mode that the file then has, and looks whether that is the
 * write-ahead log. SQLite commits a switch only when the statement is stepped past that one row. */
static kith_status journal_mode(connection *c, const char *sql, bool *is_wal, kith_error *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(c->db, sql, -1, &statement, NULL);
    if (rc == SQLITE_OK) rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW) {
        const char *mode = (const char *)sqlite3_column_text(statement, 0);
        *is_wal = mode && strcmp(mode, "wal") == 0;
        rc = sqlite3_step(statement);
    }
    kith_status status = rc == SQLITE_DONE ? KITH_OK : connection_fail(c, rc, err);
    (void)sqlite3_finalize(statement); /* repeats the failure of the step */
    return status;
}

kith_status connection_has_log(connection *c, bool *out, kith_error *err)
{
    return journal_mode(c, "PRAGMA journal_mode", out, err);
}

kith_status connection_use_log(connection *c, kith_error *err)
{
    bool is_wal = false;
    kith_status status = journal_mode(c, "PRAGMA journal_mode = WAL", &is_wal, err);
    if (status != KITH_OK || is_wal) return status;
    return fail(err, KITH_ERR_IO, "kith.db: this file system does not allow a write-ahead log");
}

int connection_log_pages(const connection *c)
{
    return c->log_pages;
}

kith_status connection_checkpoint(connection *c, checkpoint_mode mode, int wait_ms, kith_error *err)
{
    static const int modes[] = {[CHECKPOINT_PASSIVE] = SQLITE_CHECKPOINT_PASSIVE,
                                [CHECKPOINT_RESTART] = SQLITE_CHECKPOINT_RESTART,
                                [CHECKPOINT_TRUNCATE] = SQLITE_CHECKPOINT_TRUNCATE};
    (void)sqlite3_busy_timeout(c->db, wait_ms);
    int rc = sqlite3_wal_checkpoint_v2(c->db, NULL, modes[mode], NULL, NULL);
    (void)sqlite3_busy_timeout(c->db, CONNECTION_WAIT_MS);
    return rc == SQLITE_OK ? KITH_OK : connection_fail(c, rc, err);
}

int64_t connection_rows_changed(const connection *c)
{
    return sqlite3_total_changes64(c->db);
}

uint32_t connection_data_version(const connection *c)
{
    uint32_t version = 0;
    (void)sqlite3_file_control(c->db, "main", SQLITE_FCNTL_DATA_VERSION, &version);
    return version;
}

const volatile uint32_t *connection_log_head(const connection *c)
{
    return c->shared_memory.head;
}

const char *connection_path(const connection *c)
{
    return sqlite3_db_filename(c->db, "main");
}

bool connection_failed_in_sync(const connection *c)
{
    int rc = sqlite3_extended_errcode(c->db);
    return rc == SQLITE_IOERR_FSYNC || rc == SQLITE_IOERR_DIR_FSYNC;
}

bool connection_in_place(const connection *c)
{
    int has_moved = 0;
    (void)sqlite3_file_control(c->db, "main", SQLITE_FCNTL_HAS_MOVED, &has_moved);
    return !has_moved;
}
