/* sqlite_backup.c - copies of a whole catalog: out of an open store, and back into a directory.
 *
 * Consistent while others write. The copy is made by SQLite's backup interface from a reading
 * connection that is inside a transaction. In WAL mode that transaction is one snapshot, which
 * neither waits for the writer nor holds it up; SQLite would start the copy over at each commit if
 * it were not in one. The price is that the log cannot start over while the copy runs.
 *
 * The copy is a kith.db without a log. It is written beside the place where it will lie, without
 * syncs and without a journal, since nobody sees it before it is whole, verified and synced; the
 * caller does the latter and gives it its name (db/directory_copy.c).
 *
 * A restored store is another store. It gets a new id, so that no derived file of the directory
 * that it comes into, made by a store that shared its history once, is taken for its own: such a
 * file may be of changes that the backup does not have, under the same sequences (see
 * derived_files.c, whose tokens say the same; the id says it in the notice). And it gets a new mark
 * of the log (sqlite_log_verify.c), so that a log which was left in the directory is of another time. */
#include "store/integrity.h"
#include "store/schema.h"
#include "store/sqlite_connection.h"
#include "store/store_internal.h"

#include "os/clock.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { STEP_PAGES = 256, BUSY_PAUSE_MS = 5 };

/* Private to the user, and new: what somebody planted under the name is not written to. */
static kith_status create_file(const char *path, kith_error *err)
{
    const file_ops *ops = &file_ops_posix;
    int fd = ops->open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd >= 0 && ops->close(fd) == 0) return KITH_OK;
    return fail(err, status_of_errno(errno), "cannot create '%s': %s", path, strerror(errno));
}

static kith_status fail_copy(sqlite3 *db, int rc, const char *path, kith_error *err)
{
    kith_status status = connection_fail(&(connection){.db = db}, rc, err);
    return fail_context(err, status, "writing '%s'", path);
}

static kith_status run_steps(sqlite3_backup *b, sqlite3 *to, const char *path,
                             const store_check_visitor *v, kith_error *err)
{
    for (;;) {
        int rc = sqlite3_backup_step(b, STEP_PAGES);
        uint64_t total = (uint64_t)sqlite3_backup_pagecount(b);
        uint64_t left = (uint64_t)sqlite3_backup_remaining(b);
        if (rc == SQLITE_DONE) return KITH_OK;
        if (rc != SQLITE_OK && rc != SQLITE_BUSY && rc != SQLITE_LOCKED)
            return fail_copy(to, rc, path, err);
        if (v->on_progress && !v->on_progress(v->context, "copying", total - left, total))
            return fail(err, KITH_ERR_CANCELLED, "the copy was cancelled");
        if (rc != SQLITE_OK) clock_sleep_ms(BUSY_PAUSE_MS);
    }
}

/* Copies what `from`, inside a read transaction, sees. */
static kith_status copy_pages(connection *from, const char *path, const store_check_visitor *v,
                              kith_error *err)
{
    sqlite3 *to = NULL;
    uint64_t ignored = 0;
    kith_status status = connection_number(from, CATALOG_VERSION, &ignored, err); /* the snapshot */
    if (status != KITH_OK) return status;
    int rc = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(to, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF", NULL, NULL,
                          NULL);
    sqlite3_backup *b = NULL;
    if (rc == SQLITE_OK) {
        (void)sqlite3_extended_result_codes(to, 1);
        b = sqlite3_backup_init(to, "main", from->db, "main");
        if (!b) rc = sqlite3_errcode(to);
    }
    if (rc != SQLITE_OK)
        status = fail_copy(to, rc, path, err);
    else
        status = run_steps(b, to, path, v, err);
    rc = sqlite3_backup_finish(b);
    if (status == KITH_OK && rc != SQLITE_OK) status = fail_copy(to, rc, path, err);
    (void)sqlite3_close(to); /* without a journal there is nothing left to do */
    return status;
}

static kith_status copy_new(connection *from, const char *path, const store_check_visitor *v,
                            kith_error *err)
{
    kith_status status = create_file(path, err);
    if (status != KITH_OK) return status;
    status = copy_pages(from, path, v, err);
    if (status != KITH_OK) (void)file_ops_posix.unlink(path);
    return status;
}

kith_status store_copy(store *s, const char *path, const store_check_visitor *visitor,
                       kith_error *err)
{
    connection *from = NULL;
    kith_status status = readers_acquire(s->readers, &from, err);
    if (status != KITH_OK) return status;
    status = copy_new(from, path, visitor, err);
    readers_release(s->readers, from);
    return status;
}

/* ---- back ---- */

/* The log is empty and removed in the end: all that the copy is lies in the one file. */
static kith_status make_another_store(const char *path, kith_error *err)
{
    static const char identity[] = "PRAGMA synchronous = OFF;"
                                   "UPDATE catalog SET id = randomblob(16), log = randomblob(16),"
                                   " former_log = randomblob(16);"
                                   "DELETE FROM derived_files;"
                                   "PRAGMA wal_checkpoint(TRUNCATE);";
    connection *c = NULL;
    kith_status status = connection_open(path, CONNECTION_WRITER, &c, err);
    if (status == KITH_OK) status = schema_prepare(c, err);
    if (status == KITH_OK) status = connection_script(c, identity, err);
    connection_close(c, status == KITH_OK);
    return status;
}

static void remove_copy(const char *path)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        char name[PATH_MAX];
        int length = snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        if (length > 0 && (size_t)length < sizeof name) (void)file_ops_posix.unlink(name);
    }
}

kith_status store_copy_backup(const char *backup, const char *path,
                              const store_check_visitor *visitor, kith_error *err)
{
    connection *from = NULL;
    uint64_t objects = 0;
    kith_status status = connection_open(backup, CONNECTION_BASE_READER, &from, err);
    if (status == KITH_OK) status = connection_execute(from, BEGIN_READING, err);
    if (status == KITH_OK) status = connection_number(from, CATALOG_TABLE_COUNT, &objects, err);
    if (status == KITH_OK && !objects)
        status = fail(err, KITH_ERR_INVALID, "it is no backup: a database, but not kith's");
    if (status == KITH_OK) {
        remove_copy(path);
        status = copy_new(from, path, visitor, err);
        if (status == KITH_OK) {
            status = make_another_store(path, err);
            if (status != KITH_OK) remove_copy(path);
        }
    }
    connection_close(from, false);
    return status;
}
