/* connection.c - the seam (sql.h) over SQLite: every call that takes a statement, with its result
 * code looked at. */
#include "store/sqlite_connection.h"

#include "base/buffer.h"
#include "os/directory_lock.h"
#include "os/file.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* trusted_schema, cell_size_check: the file may be damaged, or made by an attacker.
 * temp_store: the pages that a savepoint sets aside stay in memory.
 * synchronous FULL: in WAL mode, a sync of the log at each commit.
 * wal_autocheckpoint 0: the writer checkpoints when it sees fit (committer.c).
 * journal_size_limit: what is left of a log that had grown beyond 64 MiB.
 * secure_delete FAST: deleted text is overwritten where its page is written anyway.
 * cache_size: in pages of 8 KiB. In KiB it would be counted in pages of 4 KiB, SQLite's default, since
 * the file has not been read yet, and so be twice as much. */
static const char common_settings[] = "PRAGMA trusted_schema = OFF;"
                                      "PRAGMA cell_size_check = ON;"
                                      "PRAGMA temp_store = MEMORY;";
static const char writer_settings[] = "PRAGMA synchronous = FULL;"
                                      "PRAGMA wal_autocheckpoint = 0;"
                                      "PRAGMA journal_size_limit = 67108864;"
                                      "PRAGMA secure_delete = FAST;"
                                      "PRAGMA cache_size = 512;";
static const char reader_settings[] = "PRAGMA query_only = ON;"
                                      "PRAGMA cache_size = 128;";

static const int file_pointers[] = {SQLITE_FCNTL_JOURNAL_POINTER, SQLITE_FCNTL_FILE_POINTER};

/* The errno of the newest call to fail on the log or the database; 0: none has. */
static int last_error(sqlite3 *db, int pointer)
{
    sqlite3_file *file = NULL;
    int error = 0;
    (void)sqlite3_file_control(db, "main", pointer, &file);
    if (file && file->pMethods)
        (void)file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &error);
    return error;
}

/* Why a write to the database or its log failed. SQLITE_FULL comes of ENOSPC alone; a quota or a
 * limit on the size of files is a plain SQLITE_IOERR_WRITE, and by the time it is reported the
 * cleaning up after it has often overwritten errno. What the files remember is still true then. */
static int write_error(sqlite3 *db)
{
    for (size_t i = 0; i < sizeof file_pointers / sizeof file_pointers[0]; i++) {
        int error = last_error(db, file_pointers[i]);
        if (status_of_errno(error) == KITH_ERR_FULL) return error;
    }
    return sqlite3_system_errno(db);
}

/* The error of a disk that could not be read, when SQLite tells it as damage, else 0. Of EIO, ENXIO and
 * ERANGE SQLite makes SQLITE_IOERR_CORRUPTFS, and a statement that meets this ends with SQLITE_CORRUPT:
 * what was to be read may be well. A file remembers its last failure, so damage that is met after one is
 * told as one more of them. */
static int read_error(sqlite3 *db, int rc)
{
    if (rc != SQLITE_CORRUPT) return 0;
    for (size_t i = 0; i < sizeof file_pointers / sizeof file_pointers[0]; i++) {
        int error = last_error(db, file_pointers[i]);
        if (error == EIO || error == ENXIO || error == ERANGE) return error;
    }
    return 0;
}

static kith_status status_of(sqlite3 *db, int rc)
{
    int error = 0;
    if (read_error(db, rc)) return KITH_ERR_IO;
    switch (rc & 0xff) {
    case SQLITE_FULL:
        return KITH_ERR_FULL;
    case SQLITE_NOMEM:
        return KITH_ERR_NO_MEMORY;
    case SQLITE_TOOBIG:
        return KITH_ERR_LIMIT;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return KITH_ERR_BUSY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return KITH_ERR_CORRUPT;
    case SQLITE_IOERR:
        if (rc == SQLITE_IOERR_NOMEM) return KITH_ERR_NO_MEMORY;
        if (rc == SQLITE_IOERR_SHMSIZE) return KITH_ERR_FULL; // kith.db-shm could not be extended
        error = rc == SQLITE_IOERR_WRITE ? write_error(db) : sqlite3_system_errno(db);
        return status_of_errno(error) == KITH_ERR_FULL ? KITH_ERR_FULL : KITH_ERR_IO;
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
        return KITH_ERR_IO;
    default:
        return KITH_ERR_INTERNAL;
    }
}

kith_status connection_fail(const connection *c, int rc, kith_error *err)
{
    /* SQLite's message is that of the newest call. When another query of the connection has
     * succeeded since, only the code's own text is left. */
    bool is_newest = sqlite3_extended_errcode(c->db) == rc;
    const char *message = is_newest ? sqlite3_errmsg(c->db) : sqlite3_errstr(rc);
    kith_status status = status_of(c->db, rc);
    if ((rc & 0xff) == SQLITE_READONLY)
        return fail(err, status,
                    "data directory cannot be written to (kith.db: %s, SQLite code %d); %s",
                    message, rc, DIRECTORY_READING_WORKS);
    if (status == KITH_ERR_FULL && rc == SQLITE_IOERR_WRITE) message = strerror(write_error(c->db));
    int unread = read_error(c->db, rc);
    if (unread) message = strerror(unread);
    return fail(err, status, "kith.db: %s (SQLite code %d)", message, rc);
}

/* SQLite calls this after each commit. */
static int count_log_pages(void *context, sqlite3 *db, const char *name, int pages)
{
    (void)db;
    (void)name;
    ((connection *)context)->log_pages = pages;
    return SQLITE_OK;
}

static kith_status configure(connection *c, connection_role role, kith_error *err)
{
    int rc = sqlite3_extended_result_codes(c->db, 1);
    if (rc == SQLITE_OK) rc = sqlite3_busy_timeout(c->db, CONNECTION_WAIT_MS);
    if (rc == SQLITE_OK) rc = sqlite3_db_config(c->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    if (rc == SQLITE_OK) rc = sqlite3_db_config(c->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    if (rc != SQLITE_OK) return connection_fail(c, rc, err);
    kith_status status = KITH_OK;
    if (role == CONNECTION_FROZEN_READER) /* before the first reading */
        status = connection_script(c, "PRAGMA locking_mode = EXCLUSIVE", err);
    if (status == KITH_OK) status = connection_script(c, common_settings, err);
    if (status != KITH_OK) return status;
    if (role != CONNECTION_WRITER) return connection_script(c, reader_settings, err);
    status = connection_script(c, writer_settings, err);
    (void)sqlite3_wal_hook(c->db, count_log_pages, c); /* wal_autocheckpoint had removed it */
    return status;
}

/* Without a log, as an immutable file. With one, by SQLite's own set of file operations that lock
 * nothing; when it then has the file "exclusively", it keeps the index of the log in its own memory.
 * What has a meaning in a URI is written as %XX. */
static kith_status open_frozen(const char *path, bool with_log, sqlite3 **db, kith_error *err)
{
    static const char digits[] = "0123456789ABCDEF";
    char log[PATH_MAX];
    int length = snprintf(log, sizeof log, "%s-wal", path);
    bool has_log = with_log && length > 0 && (size_t)length < sizeof log && access(log, F_OK) == 0;
    buffer uri;
    buffer_init(&uri, (size_t)3 * PATH_MAX);
    buffer_append(&uri, VIEW("file:"));
    for (const char *p = path; *p; p++) {
        if (!strchr("%?#", *p)) {
            buffer_append_byte(&uri, *p);
            continue;
        }
        buffer_append_byte(&uri, '%');
        buffer_append_byte(&uri, digits[(unsigned char)*p >> 4]);
        buffer_append_byte(&uri, digits[(unsigned char)*p & 15]);
    }
    buffer_append(&uri, has_log ? VIEW("?vfs=unix-none") : VIEW("?immutable=1"));
    buffer_append_byte(&uri, '\0');
    kith_status status = buffer_status(&uri, "path of kith.db", err);
    int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI;
    int rc =
        status == KITH_OK ? sqlite3_open_v2(buffer_view(&uri).data, db, flags, NULL) : SQLITE_OK;
    buffer_done(&uri);
    if (rc == SQLITE_OK) return status;
    if (!*db) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a connection");
    return connection_fail(&(connection){.db = *db}, rc, err);
}

static kith_status open_shared(const char *path, sqlite3 **db, kith_error *err)
{
    int rc = sqlite3_open_v2(path, db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_OK) return KITH_OK;
    if (!*db) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a connection");
    return connection_fail(&(connection){.db = *db}, rc, err);
}

/* SQLite says so of files without rights, and of media that are read only that it cannot open the log. */
static bool is_on_read_only_media(const char *path)
{
    struct statvfs system;
    return statvfs(path, &system) == 0 && (system.f_flag & ST_RDONLY) != 0;
}

kith_status connection_open(const char *path, connection_role role, connection **out,
                            kith_error *err)
{
    kith_status status = KITH_OK;
    connection *c = calloc(1, sizeof *c);
    if (!c) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a connection");
    bool is_frozen = role == CONNECTION_FROZEN_READER || role == CONNECTION_BASE_READER;
    status = is_frozen ? open_frozen(path, role == CONNECTION_FROZEN_READER, &c->db, err)
                       : open_shared(path, &c->db, err);
    if (status != KITH_OK) goto done;
    if (!is_frozen) {
        int rc = shared_memory_guard(c->db, &c->shared_memory);
        if (rc != SQLITE_OK) {
            status = connection_fail(c, rc, err);
            goto done;
        }
    }
    status = configure(c, role, err);
    if (status != KITH_OK) goto done;
    *out = c;
    c = NULL;
done:
    connection_close(c, false);
    if (status == KITH_ERR_IO && role == CONNECTION_WRITER && is_on_read_only_media(path))
        return fail(err, status, "data directory cannot be written to (kith.db: %s); %s",
                    strerror(EROFS), DIRECTORY_READING_WORKS);
    return status;
}

/* In WAL mode each connection holds a shared lock on the file for as long as it has it open, and one
 * that may not share its memory needs an exclusive lock before it reads anything. */
kith_status connection_require_unused(const char *path, kith_error *err)
{
    sqlite3 *db = NULL;
    int rc = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_OK) rc = sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, "PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; ROLLBACK", NULL,
                          NULL, NULL);
    (void)sqlite3_close(db); /* no statement is alive */
    if (rc == SQLITE_NOMEM) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a connection");
    if (rc != SQLITE_BUSY && rc != SQLITE_LOCKED) return KITH_OK;
    return fail(err, KITH_ERR_BUSY, "another process has '%s' open", path);
}

void connection_close(connection *c, bool remove_log)
{
    if (!c) return;
    for (int i = 0; i < STATEMENT_COUNT; i++)
        (void)sqlite3_finalize(c->prepared[i]); /* repeats an error that query_end() returned */
    if (remove_log) (void)sqlite3_db_config(c->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
    int rc = sqlite3_close(c->db);
    CHECK(rc == SQLITE_OK); /* fails only while a statement is alive */
    free(c);
}

kith_status connection_script(connection *c, const char *sql, kith_error *err)
{
    int rc = sqlite3_exec(c->db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? KITH_OK : connection_fail(c, rc, err);
}

kith_status connection_prepare(connection *c, statement_id id, kith_error *err)
{
    query q = query_begin(c, id);
    return query_end(&q, KITH_OK, err);
}

kith_status connection_execute(connection *c, statement_id id, kith_error *err)
{
    query q = query_begin(c, id);
    return query_run(&q, err);
}

kith_status connection_number(connection *c, statement_id id, uint64_t *out, kith_error *err)
{
    query q = query_begin(c, id);
    uint64_t number = query_next(&q) ? query_u64(&q, 0) : 0;
    kith_status status = query_end(&q, KITH_OK, err);
    if (status == KITH_OK) *out = number;
    return status;
}

void connection_give_back(connection *c)
{
    (void)sqlite3_db_release_memory(c->db);
}

bool connection_in_transaction(const connection *c)
{
    return sqlite3_get_autocommit(c->db) == 0;
}

static int prepare(connection *c, statement_id id)
{
    enum { STATEMENT_BYTES_MAX = 64 << 10 };
    buffer text;
    int rc = SQLITE_NOMEM;
    buffer_init(&text, STATEMENT_BYTES_MAX);
    statement_write(id, &text);
    view whole = buffer_view(&text);
    if (buffer_status(&text, "a statement", NULL) == KITH_OK)
        rc = sqlite3_prepare_v3(c->db, whole.data, (int)whole.size, SQLITE_PREPARE_PERSISTENT,
                                &c->prepared[id], NULL);
    buffer_done(&text);
    return rc;
}

query query_begin(connection *c, statement_id id)
{
    query q = {.connection = c, .code = SQLITE_OK};
    CHECK(id < STATEMENT_COUNT);
    if (!c->prepared[id]) q.code = prepare(c, id);
    q.statement = c->prepared[id];
    CHECK(!q.statement || !sqlite3_stmt_busy(q.statement)); /* one query at a time */
    return q;
}

void query_bind_i64(query *q, int64_t value)
{
    if (q->code != SQLITE_OK) return;
    q->code = sqlite3_bind_int64(q->statement, ++q->parameters, value);
}

void query_bind_u64(query *q, uint64_t value)
{
    query_bind_i64(q, (int64_t)value);
}

void query_bind_text(query *q, view value)
{
    if (q->code != SQLITE_OK) return;
    q->code = sqlite3_bind_text64(q->statement, ++q->parameters, value.data, value.size,
                                  SQLITE_STATIC, SQLITE_UTF8);
}

void query_bind_blob(query *q, view value)
{
    if (q->code != SQLITE_OK) return;
    q->code =
        sqlite3_bind_blob64(q->statement, ++q->parameters, value.data, value.size, SQLITE_STATIC);
}

bool query_next(query *q)
{
    if (q->code != SQLITE_OK && q->code != SQLITE_ROW) return false;
    DCHECK(q->parameters == sqlite3_bind_parameter_count(q->statement)); /* none is left NULL */
    q->code = sqlite3_step(q->statement);
    return q->code == SQLITE_ROW;
}

bool query_failed(const query *q)
{
    return q->code != SQLITE_OK && q->code != SQLITE_ROW && q->code != SQLITE_DONE;
}

bool query_is_taken(const query *q)
{
    return q->code == SQLITE_CONSTRAINT_UNIQUE || q->code == SQLITE_CONSTRAINT_PRIMARYKEY;
}

int64_t query_i64(const query *q, int column)
{
    DCHECK(column < sqlite3_data_count(q->statement)); /* 0 columns while on no row */
    return sqlite3_column_int64(q->statement, column);
}

uint64_t query_u64(const query *q, int column)
{
    return (uint64_t)query_i64(q, column);
}

/* Only damage puts a value of another type there, which SQLite would convert to text first. When
 * memory for that fails, the view is empty, and the row fails its checksum as the damaged value
 * would have made it. */
view query_view(const query *q, int column)
{
    DCHECK(column < sqlite3_data_count(q->statement));
    if (sqlite3_column_type(q->statement, column) == SQLITE_NULL) return (view){NULL, 0};
    const void *data = sqlite3_column_blob(q->statement, column);
    int size = sqlite3_column_bytes(q->statement, column);
    return data && size > 0 ? (view){data, (size_t)size} : VIEW("");
}

kith_status query_end(query *q, kith_status so_far, kith_error *err)
{
    kith_status status = so_far;
    if (status == KITH_OK && query_failed(q)) status = connection_fail(q->connection, q->code, err);
    if (q->statement) {
        (void)sqlite3_reset(q->statement);          /* repeats the failure of the last step */
        (void)sqlite3_clear_bindings(q->statement); /* cannot fail */
    }
    return status;
}

kith_status query_run(query *q, kith_error *err)
{
    (void)query_next(q);
    return query_end(q, KITH_OK, err);
}

kith_status query_run_counted(query *q, uint64_t *changed, kith_error *err)
{
    kith_status status = query_run(q, err);
    if (status == KITH_OK) *changed = (uint64_t)sqlite3_changes64(q->connection->db);
    return status;
}

kith_status query_run_on_rows(query *q, uint64_t rows, kith_error *err)
{
    uint64_t changed = 0;
    kith_status status = query_run_counted(q, &changed, err);
    if (status == KITH_OK && changed != rows)
        status = fail(err, KITH_ERR_CORRUPT, "kith.db: an index names a row that is not there");
    return status;
}

kith_status query_run_on_row(query *q, kith_error *err)
{
    return query_run_on_rows(q, 1, err);
}
