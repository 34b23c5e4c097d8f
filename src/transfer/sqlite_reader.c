/* sqlite_reader.c - see sqlite_reader.h.
 *
 * SQLite is opened read-only and begins a transaction at once: its lock keeps the other program
 * from committing, and with it from purging its queue or persisting its index, which would change
 * files beside the database. A file in WAL mode is another matter, since even a reader writes to
 * its shared memory: Chroma never makes one, and it is read as it lies when it has no log, else
 * refused. */
#include "transfer/sqlite_reader.h"

#include "base/buffer.h"
#include "os/file.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE_MAX_BYTES = 256 << 20, BUSY_MS = 5000, HEAD_BYTES = 100, WAL_VERSION = 2 };

struct sqlite_reader {
    sqlite3 *handle;
};

struct sqlite_rows {
    sqlite_reader *reader;
    sqlite3_stmt *statement;
};

/* The error of a disk that could not be read, else 0: SQLite tells EIO, ENXIO and ERANGE as damage
 * (store/connection.c), but its file remembers them. */
static int read_error(sqlite3 *db)
{
    sqlite3_file *file = NULL;
    int error = 0;
    if (db) (void)sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    if (file && file->pMethods)
        (void)file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &error);
    return error == EIO || error == ENXIO || error == ERANGE ? error : 0;
}

static kith_status fail_sqlite(sqlite_reader *r, int code, kith_error *err)
{
    const char *why = r->handle ? sqlite3_errmsg(r->handle) : sqlite3_errstr(code);
    int unread = (code & 0xFF) == SQLITE_CORRUPT ? read_error(r->handle) : 0;
    if (unread) return fail(err, KITH_ERR_IO, "%s", strerror(unread));
    switch (code & 0xFF) {
    case SQLITE_NOMEM:
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return fail(err, KITH_ERR_BUSY, "it is being written: %s", why);
    case SQLITE_TOOBIG:
        return fail(err, KITH_ERR_LIMIT, "a value of more than %d bytes", VALUE_MAX_BYTES);
    case SQLITE_NOTADB:
    case SQLITE_ERROR:
        return fail(err, KITH_ERR_FORMAT, "%s", why);
    case SQLITE_CORRUPT:
        return fail(err, KITH_ERR_CORRUPT, "%s", why);
    default:
        return fail(err, KITH_ERR_IO, "%s", why);
    }
}

/* Refuses a database with a log; *is_still: it is in WAL mode, and has none. */
static kith_status look(const char *path, bool *is_still, kith_error *err)
{
    unsigned char head[HEAD_BYTES] = {0};
    file_reader file = {0};
    file_info log = {0};
    char *log_path = sqlite3_mprintf("%s-wal", path);
    if (!log_path) return fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    kith_status status = file_reader_open(&file_ops_posix, path, &file, err);
    if (status == KITH_OK && file.bytes < sizeof head)
        status = fail(err, KITH_ERR_FORMAT, "'%s' is no SQLite file", path);
    if (status == KITH_OK) status = file_reader_read(&file, 0, head, sizeof head, err);
    file_reader_close(&file);
    if (status == KITH_OK) *is_still = head[18] == WAL_VERSION || head[19] == WAL_VERSION;
    if (status == KITH_OK && *is_still && file_stat(log_path, &log, NULL) == KITH_OK &&
        log.bytes > 0)
        status = fail(err, KITH_ERR_UNSUPPORTED, "'%s' has a log beside it", path);
    sqlite3_free(log_path);
    return status;
}

/* "file:PATH?mode=ro", with what a URI would read otherwise written as %XX. */
static kith_status uri_of(const char *path, bool is_still, buffer *out, kith_error *err)
{
    buffer_append_text(out, "file:");
    for (const char *p = path; *p; p++) {
        if (strchr("%?#", *p))
            buffer_printf(out, "%%%02X", (unsigned char)*p);
        else
            buffer_append_byte(out, *p);
    }
    buffer_append_text(out, is_still ? "?mode=ro&immutable=1" : "?mode=ro");
    return buffer_status(out, "the path", err);
}

static kith_status open_handle(sqlite_reader *r, const char *uri, kith_error *err)
{
    int code = sqlite3_open_v2(uri, &r->handle,
                               SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL);
    if (code == SQLITE_OK) code = sqlite3_busy_timeout(r->handle, BUSY_MS);
    if (code == SQLITE_OK)
        code = sqlite3_db_config(r->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)NULL);
    if (code == SQLITE_OK)
        code = sqlite3_db_config(r->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
    if (code == SQLITE_OK) {
        (void)sqlite3_limit(r->handle, SQLITE_LIMIT_LENGTH, VALUE_MAX_BYTES); // gives the old one
        // The read of a table is what takes the lock; BEGIN alone takes none.
        code =
            sqlite3_exec(r->handle, "BEGIN; SELECT count(*) FROM sqlite_schema", NULL, NULL, NULL);
    }
    return code == SQLITE_OK ? KITH_OK : fail_sqlite(r, code, err);
}

kith_status sqlite_reader_open(const char *path, sqlite_reader **out, kith_error *err)
{
    enum { PATH_BYTES = 3 * 4096 + 64 };
    bool is_still = false;
    kith_status status = look(path, &is_still, err);
    if (status != KITH_OK) return status;
    buffer uri;
    buffer_init(&uri, PATH_BYTES);
    sqlite_reader *r = calloc(1, sizeof *r);
    status = r ? uri_of(path, is_still, &uri, err) : fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    if (status == KITH_OK) status = open_handle(r, buffer_text(&uri), err);
    if (status != KITH_OK) status = fail_context(err, status, "'%s'", path);
    buffer_done(&uri);
    if (status == KITH_OK) {
        *out = r;
        r = NULL;
    }
    sqlite_reader_close(r);
    return status;
}

void sqlite_reader_close(sqlite_reader *r)
{
    if (!r) return;
    (void)sqlite3_close(r->handle); // nothing was written
    free(r);
}

kith_status sqlite_reader_has(sqlite_reader *r, const char *table, const char *column, bool *out,
                              kith_error *err)
{
    sqlite_rows *rows = NULL;
    kith_status status = sqlite_rows_open(
        r, "SELECT 1 FROM pragma_table_info(?1) WHERE ?2 IS NULL OR name = ?2", &rows, err);
    if (status != KITH_OK) return status;
    sqlite_rows_bind_text(rows, 1, table);
    if (column) sqlite_rows_bind_text(rows, 2, column);
    status = sqlite_rows_next(rows, out, err);
    sqlite_rows_close(rows);
    return status;
}

kith_status sqlite_rows_open(sqlite_reader *r, const char *sql, sqlite_rows **out, kith_error *err)
{
    sqlite_rows *rows = calloc(1, sizeof *rows);
    if (!rows) return fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    rows->reader = r;
    int code = sqlite3_prepare_v2(r->handle, sql, -1, &rows->statement, NULL);
    if (code != SQLITE_OK) {
        kith_status status = fail_sqlite(r, code, err);
        free(rows);
        return status;
    }
    *out = rows;
    return KITH_OK;
}

void sqlite_rows_close(sqlite_rows *rows)
{
    if (!rows) return;
    (void)sqlite3_finalize(rows->statement); // repeats the error of the last step
    free(rows);
}

void sqlite_rows_reset(sqlite_rows *rows)
{
    (void)sqlite3_reset(rows->statement); // repeats the error of the last step
}

void sqlite_rows_bind_number(sqlite_rows *rows, int parameter, int64_t value)
{
    CHECK(sqlite3_bind_int64(rows->statement, parameter, value) == SQLITE_OK);
}

void sqlite_rows_bind_text(sqlite_rows *rows, int parameter, const char *value)
{
    // A static text is not copied, so that only a bug in the call can fail.
    CHECK(sqlite3_bind_text(rows->statement, parameter, value, -1, SQLITE_STATIC) == SQLITE_OK);
}

void sqlite_rows_bind_bytes(sqlite_rows *rows, int parameter, view value)
{
    CHECK(value.size <= INT32_MAX &&
          sqlite3_bind_text(rows->statement, parameter, value.data, (int)value.size,
                            SQLITE_STATIC) == SQLITE_OK);
}

kith_status sqlite_rows_next(sqlite_rows *rows, bool *found, kith_error *err)
{
    int code = sqlite3_step(rows->statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE) return fail_sqlite(rows->reader, code, err);
    *found = code == SQLITE_ROW;
    return KITH_OK;
}

bool sqlite_rows_is_null(sqlite_rows *rows, int column)
{
    return sqlite3_column_type(rows->statement, column) == SQLITE_NULL;
}

int64_t sqlite_rows_number(sqlite_rows *rows, int column)
{
    return sqlite3_column_int64(rows->statement, column);
}

double sqlite_rows_real(sqlite_rows *rows, int column)
{
    return sqlite3_column_double(rows->statement, column);
}

view sqlite_rows_bytes(sqlite_rows *rows, int column)
{
    if (sqlite_rows_is_null(rows, column)) return (view){NULL, 0};
    const void *bytes = sqlite3_column_blob(rows->statement, column);
    size_t size = (size_t)sqlite3_column_bytes(rows->statement, column);
    return bytes ? (view){bytes, size} : VIEW("");
}

bool sqlite_rows_sequence(sqlite_rows *rows, int column, uint64_t *out)
{
    enum { BYTES = 8 };
    int type = sqlite3_column_type(rows->statement, column);
    if (type == SQLITE_INTEGER) {
        int64_t number = sqlite_rows_number(rows, column);
        if (number < 0) return false;
        *out = (uint64_t)number;
        return true;
    }
    view bytes = sqlite_rows_bytes(rows, column);
    if (type != SQLITE_BLOB || bytes.size != BYTES) return false;
    uint64_t number = 0;
    for (size_t i = 0; i < BYTES; i++)
        number = number << 8 | (unsigned char)bytes.data[i];
    *out = number;
    return number <= INT64_MAX;
}
