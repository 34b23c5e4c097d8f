/* store.c - opening and closing the catalog.
 * Opening to write goes from the file to the connection that writes, to the schema, to the writer's
 * thread. Opening to read has no such connection, and creates nothing but SQLite's shared memory.
 * Closing goes the other way, readers first: the last connection to close removes the log, and that
 * must be the writer's, which knows whether everything in the log was moved into the database.
 *
 * On a full disk a deletion must be possible, since it is how a user makes room. It needs room
 * itself: for the shared memory when nobody has the catalog open, and for the pages that it changes,
 * in the log. So a directory that is written to has a file, `reserve`, of RESERVE_BYTES, which no
 * write may use but a deletion that has failed for want of room; and of which opening takes as much
 * as the shared memory needs. It is made anew at the next opening or closing that finds plenty of
 * room. What others write to the disk meanwhile may be faster; then all is as without it. */
#include "store/store.h"

#include "base/size.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/file_reserve.h"
#include "store/integrity.h"
#include "store/schema.h"
#include "store/sqlite_log_verify.h"
#include "store/store_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* A link would lead to a database that is not of this directory; a pipe is no database at all. */
static kith_status check_regular(const char *path, kith_error *err)
{
    file_info info;
    kith_status status = file_stat(path, &info, err);
    if (status != KITH_OK) return status;
    if (info.kind == FILE_SYMLINK)
        return fail(err, KITH_ERR_IO, "'%s' is a symbolic link, which is not followed", path);
    if (info.kind != FILE_REGULAR)
        return fail(err, KITH_ERR_IO, "'%s' is not a regular file", path);
    return KITH_OK;
}

/* Private to the user. SQLite would create the file with the umask's mode, which is readable for
 * all as a rule; the log and the shared memory get the mode of the database. */
static kith_status create_file(const char *path, kith_error *err)
{
    const file_ops *ops = &file_ops_posix;
    int fd = ops->open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST) return check_regular(path, err);
    if (fd < 0 || ops->close(fd) != 0)
        return fail(err, errno == ENOSPC ? KITH_ERR_FULL : KITH_ERR_IO, "cannot create '%s': %s",
                    path, strerror(errno));
    return KITH_OK;
}

/* Absolute, since readers are opened later, when the process may have another working directory;
 * and since a relative "file:x" could be taken for a URI. */
static kith_status database_path(const char *directory, char **out, kith_error *err)
{
    char *absolute = realpath(directory, NULL);
    char *path = NULL;
    kith_status status = KITH_OK;
    if (!absolute)
        status =
            fail(err, KITH_ERR_IO, "cannot open directory '%s': %s", directory, strerror(errno));
    else if (asprintf(&path, "%s/kith.db", absolute) < 0)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for a path");
    else
        *out = path;
    free(absolute);
    return status;
}

static bool file_has_bytes(const char *database, const char *suffix)
{
    char path[PATH_MAX];
    file_info info = {0};
    int length = snprintf(path, sizeof path, "%s%s", database, suffix);
    if (length < 0 || (size_t)length >= sizeof path) return false;
    return file_stat(path, &info, NULL) == KITH_OK && info.bytes > 0;
}

enum { SHARED_MEMORY_BYTES = 64 << 10 };

/* The first connection creates kith.db-shm, and SQLite writes to it through a mapping: where its
 * pages find no room the kernel ends the process (SIGBUS). */
static kith_status require_room(const store *s, kith_error *err)
{
    struct statvfs disk;
    if (file_has_bytes(s->path, "-shm") || statvfs(s->path, &disk) != 0) return KITH_OK;
    uint64_t blocks = geteuid() == 0 ? disk.f_bfree : disk.f_bavail;
    if (blocks * disk.f_frsize >= SHARED_MEMORY_BYTES) return KITH_OK;
    return fail(err, KITH_ERR_FULL, "no space left on the device for kith.db-shm");
}

/* ---- opening to read and write ---- */

/* Creates the file, or brings an older catalog up to date, in this process's turn. */
static kith_status prepare_in_turn(store *s, connection **c, kith_error *err)
{
    kith_status status = directory_turn_enter(s->turn, TURN_WAIT, err);
    if (status != KITH_OK) return status;
    status = create_file(s->path, err);
    if (status == KITH_OK) status = require_room(s, err);
    if (status == KITH_OK && !*c) status = connection_open(s->path, CONNECTION_WRITER, c, err);
    if (status == KITH_OK) status = schema_prepare(*c, err);
    directory_turn_leave(s->turn);
    return status;
}

static kith_status open_writer(const store *s, connection **out, bool *is_current, kith_error *err)
{
    connection *c = NULL;
    kith_status status = require_room(s, err);
    if (status == KITH_OK) status = connection_open(s->path, CONNECTION_WRITER, &c, err);
    if (status == KITH_OK) status = schema_is_current(c, is_current, err);
    if (status == KITH_OK)
        *out = c;
    else
        connection_close(c, false);
    return status;
}

/* A catalog that is as it should be is opened without a turn, so that nobody waits for it. */
static kith_status open_to_write(store *s, const char *directory, const store_options *options,
                                 kith_error *err)
{
    connection *c = NULL;
    bool is_current = false;
    const writer_options how = {options->on_wait, options->context};
    kith_status status = directory_turn_new(directory, options->wait_ms, &s->turn, err);
    if (status == KITH_OK && file_has_bytes(s->path, "")) {
        status = open_writer(s, &c, &is_current, err);
        // What a file system says is free is not always had, so only the attempt decides.
        if (status == KITH_ERR_FULL && file_reserve_give_back(s->reserve, SHARED_MEMORY_BYTES))
            status = open_writer(s, &c, &is_current, err);
    }
    if (status == KITH_OK && !is_current) status = prepare_in_turn(s, &c, err);
    if (status == KITH_OK) status = readers_new(s->path, CONNECTION_READER, &s->readers, err);
    if (status == KITH_OK) status = writer_start(c, s->turn, &how, &s->writer, err);
    if (status != KITH_OK) {
        connection_close(c, false);
        return status;
    }
    file_reserve_keep(s->reserve, RESERVE_BYTES);
    dropped_finish(s, directory);
    return KITH_OK;
}

/* ---- opening to read only ---- */

static kith_status open_readers(store *s, connection_role role, kith_error *err)
{
    connection *c = NULL;
    kith_status status = readers_new(s->path, role, &s->readers, err);
    if (status != KITH_OK) return status;
    status = readers_acquire(s->readers, &c, err);
    if (status == KITH_OK) {
        status = schema_check_readable(c, err);
        readers_release(s->readers, c);
    }
    if (status == KITH_OK) return status;
    readers_free(s->readers);
    s->readers = NULL;
    return status;
}

/* Whether SQLite has, or may create, the memory that it shares with a process that writes. */
static bool can_share(const store *s, const char *directory)
{
    if (file_has_bytes(s->path, "-shm")) return true;
    return access(directory, W_OK) == 0 && require_room(s, NULL) == KITH_OK;
}

/* The log is verified while nobody may write. A process that has its turn has verified it. */
static kith_status open_shared(store *s, const char *directory, kith_error *err)
{
    int frozen_fd = -1;
    kith_status status = directory_freeze(directory, &frozen_fd, NULL);
    if (status == KITH_OK) {
        status = log_verify(s->path, CONNECTION_READER, err);
        if (frozen_fd >= 0) (void)close(frozen_fd);
        if (status != KITH_OK) return status;
    }
    return open_readers(s, CONNECTION_READER, err);
}

/* On read-only media and on a full disk there may be no place for the shared memory. Without it the
 * files can be read as long as nobody writes; so writers are kept out meanwhile (directory_freeze).
 * When one has its turn already, it has created the memory, or will have in a moment. */
static kith_status open_to_read(store *s, const char *directory, kith_error *err)
{
    enum { PAUSE_MS = 10 };
    for (int waited_ms = 0;; waited_ms += PAUSE_MS) {
        kith_status status = KITH_ERR_FULL;
        if (can_share(s, directory)) status = open_shared(s, directory, err);
        if (status != KITH_ERR_FULL && status != KITH_ERR_IO) return status;
        status = directory_freeze(directory, &s->frozen_fd, err);
        if (status == KITH_OK) status = log_verify(s->path, CONNECTION_FROZEN_READER, err);
        if (status == KITH_OK) return open_readers(s, CONNECTION_FROZEN_READER, err);
        if (status != KITH_ERR_BUSY || waited_ms >= CONNECTION_WAIT_MS) return status;
        clock_sleep_ms(PAUSE_MS);
    }
}

/* ---- the log by itself ---- */

kith_status store_read_log(const char *directory, store_log *out, kith_error *err)
{
    char *path = NULL;
    int frozen_fd = -1;
    kith_status status = database_path(directory, &path, err);
    if (status == KITH_OK) status = directory_freeze(directory, &frozen_fd, err);
    if (status == KITH_OK) status = log_read(path, CONNECTION_FROZEN_READER, out, err);
    if (frozen_fd >= 0) (void)close(frozen_fd);
    free(path);
    return status;
}

kith_status store_require_unused(const char *directory, kith_error *err)
{
    char *path = NULL;
    kith_status status = database_path(directory, &path, err);
    if (status == KITH_OK && file_has_bytes(path, ""))
        status = connection_require_unused(path, err);
    free(path);
    return status;
}

/* Copies the file to `to`, which is replaced as a whole. */
static kith_status copy_file(const char *from, const char *to, kith_error *err)
{
    enum { PIECE_BYTES = 64 << 10 };
    char part[PATH_MAX];
    file_reader in = {0};
    file_writer out = {0};
    char *piece = malloc(PIECE_BYTES);
    int length = snprintf(part, sizeof part, "%s.tmp", to);
    kith_status status = piece ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    if (status == KITH_OK && (length < 0 || (size_t)length >= sizeof part))
        status = fail(err, KITH_ERR_IO, "the path of '%s' is too long", to);
    if (status == KITH_OK) status = file_reader_open(&file_ops_posix, from, &in, err);
    if (status == KITH_OK) status = file_writer_open(&file_ops_posix, part, &out, err);
    for (uint64_t at = 0; status == KITH_OK && at < in.bytes; at += PIECE_BYTES) {
        size_t size = size_min(PIECE_BYTES, in.bytes - at);
        status = file_reader_read(&in, at, piece, size, err);
        if (status == KITH_OK) status = file_writer_write(&out, (view){piece, size}, err);
    }
    if (status == KITH_OK) status = file_writer_finish(&out, err);
    if (status == KITH_OK) status = file_move(&file_ops_posix, part, to, err);
    file_writer_abandon(&out);
    file_reader_close(&in);
    free(piece);
    return status;
}

/* In this process's turn. */
static kith_status set_aside(const char *path, kith_error *err)
{
    char aside[PATH_MAX], log_path[PATH_MAX];
    store_log state = {0};
    connection *c = NULL;
    (void)snprintf(log_path, sizeof log_path, "%s-wal", path);
    int length = snprintf(aside, sizeof aside, "%s.damaged", log_path);
    if (length < 0 || (size_t)length >= sizeof aside)
        return fail(err, KITH_ERR_IO, "the path of '%s' is too long", path);
    kith_status status = log_verify(path, CONNECTION_READER, err);
    if (status != KITH_ERR_CORRUPT) return status;
    status = connection_require_unused(path, err);
    if (status == KITH_OK) status = log_read(path, CONNECTION_READER, &state, err);
    if (status == KITH_OK) status = copy_file(log_path, aside, err);
    if (status != KITH_OK) return status;
    // Nobody has it open, so SQLite reads the log that it then finds anew.
    if (!state.is_damaged && file_ops_posix.unlink(log_path) != 0)
        return fail(err, KITH_ERR_IO, "cannot remove '%s': %s", log_path, strerror(errno));
    status = connection_open(path, CONNECTION_WRITER, &c, err);
    if (status == KITH_OK) status = connection_script(c, "PRAGMA wal_checkpoint(TRUNCATE)", err);
    connection_close(c, status == KITH_OK);
    return status;
}

kith_status store_set_log_aside(const char *directory, int64_t wait_ms, kith_error *err)
{
    char *path = NULL;
    directory_turn *turn = NULL;
    kith_status status = database_path(directory, &path, err);
    if (status == KITH_OK) status = directory_turn_new(directory, wait_ms, &turn, err);
    if (status == KITH_OK) status = directory_turn_enter(turn, TURN_WAIT, err);
    if (status == KITH_OK) {
        status = set_aside(path, err);
        directory_turn_leave(turn);
    }
    directory_turn_free(turn);
    free(path);
    return status;
}

/* ---- opening and closing ---- */

static void free_store(store *s)
{
    directory_turn_free(s->turn);
    if (s->frozen_fd >= 0) (void)close(s->frozen_fd);
    page_marks_free(s->marks);
    free(s->path);
    free(s->reserve);
    free(s);
}

kith_status store_open_with(const char *directory, const store_options *options, store **out,
                            kith_error *err)
{
    store *s = calloc(1, sizeof *s);
    if (!s) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the store");
    s->frozen_fd = -1;
    s->marks = page_marks_new();
    kith_status status =
        s->marks ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for the store");
    if (status == KITH_OK) status = database_path(directory, &s->path, err);
    if (status == KITH_OK && asprintf(&s->reserve, "%.*s/reserve",
                                      (int)(strlen(s->path) - strlen("/kith.db")), s->path) < 0) {
        s->reserve = NULL;
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for a path");
    }
    if (status == KITH_OK)
        status = options->read_only ? open_to_read(s, directory, err)
                                    : open_to_write(s, directory, options, err);
    if (status == KITH_OK) {
        *out = s;
        return KITH_OK;
    }
    readers_free(s->readers);
    free_store(s);
    return status;
}

kith_status store_open(const char *directory, store **out, kith_error *err)
{
    return store_open_with(directory, &(store_options){.wait_ms = CONNECTION_WAIT_MS}, out, err);
}

kith_status store_close(store *s, kith_error *err)
{
    if (!s) return KITH_OK;
    stamp_done(s);
    readers_free(s->readers);
    bool is_written = s->writer != NULL;
    kith_status status = writer_stop(s->writer, err);
    if (is_written) file_reserve_keep(s->reserve, RESERVE_BYTES);
    free_store(s);
    return status;
}

bool store_is_read_only(const store *s)
{
    return !s->writer;
}

bool store_turn_begin(store *s)
{
    return s->turn && directory_turn_enter(s->turn, TURN_AT_ONCE, NULL) == KITH_OK;
}

void store_turn_end(store *s)
{
    directory_turn_leave(s->turn);
}

static kith_status give_back(writing *w, void *context, kith_error *err)
{
    (void)context;
    (void)err;
    connection_give_back(w->connection);
    return KITH_OK;
}

static void given_back(void *context, kith_status status)
{
    (void)context;
    (void)status;
}

void store_give_back_memory(store *s)
{
    writer_post(s->writer, give_back, NULL, given_back);
}

uint64_t store_bytes(const store *s)
{
    static const char *const suffixes[] = {"", "-wal"};
    uint64_t bytes = 0;
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        char path[PATH_MAX];
        file_info info = {0};
        int length = snprintf(path, sizeof path, "%s%s", s->path, suffixes[i]);
        if (length < 0 || (size_t)length >= sizeof path) continue;
        if (file_stat(path, &info, NULL) == KITH_OK) bytes += info.bytes;
    }
    return bytes;
}
