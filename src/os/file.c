/* file.c - files read, written and replaced.
 *
 * Replacing a file. A reader, and a crash at any moment, must find the old file or the new one,
 * never a part. The order of the steps gives that, and no step may be left out or moved:
 *
 *   1. Write `path`.tmp. Nobody reads it: a reader still opens the old file.
 *   2. Sync it. A file system may store a rename before the data of the file that was renamed;
 *      after a crash the name would then stand for an empty or half-written file.
 *   3. Close it, and look at the result: network file systems report a failed write only there.
 *   4. Rename it over `path`. Within one directory this is atomic for every reader.
 *   5. Sync the directory. Until then the rename itself may be lost in a crash. That would leave
 *      the old file, which is whole, but the caller was told that the new one is in place, and may
 *      act on it (delete what the old file referred to).
 *
 * A failure before step 4 has taken place removes path.tmp and leaves the old file. A failed sync
 * is not tried again: the kernel may have dropped the pages that it could not write, and a second
 * sync would then succeed without them. */
#include "os/file.h"

#include "base/size.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int posix_open(const char *path, int flags, unsigned mode)
{
    return open(path, flags, mode);
}

static int64_t posix_read(int fd, void *data, size_t bytes)
{
    return read(fd, data, bytes);
}

/* A write beyond the limit on the size of files (ulimit -f) raises a signal that by default ends the program. Here it is
 * blocked meanwhile, and taken back: the call fails with EFBIG. */
static void block_size_signal(sigset_t *before)
{
    sigset_t size;
    (void)sigemptyset(&size);
    (void)sigaddset(&size, SIGXFSZ);
    (void)pthread_sigmask(SIG_BLOCK, &size, before);
}

/* result: of the call, which `errno` is of. */
static int64_t unblock_size_signal(const sigset_t *before, int64_t result)
{
    const int error = errno;
    sigset_t size;
    if (sigismember(before, SIGXFSZ)) return result;
    (void)sigemptyset(&size);
    (void)sigaddset(&size, SIGXFSZ);
    if (result < 0 && error == EFBIG) (void)sigtimedwait(&size, NULL, &(struct timespec){0});
    (void)pthread_sigmask(SIG_SETMASK, before, NULL);
    errno = error;
    return result;
}

static int64_t posix_write(int fd, const void *data, size_t bytes)
{
    sigset_t before;
    block_size_signal(&before);
    return unblock_size_signal(&before, write(fd, data, bytes));
}

static int64_t posix_pread(int fd, void *data, size_t bytes, uint64_t offset)
{
    return pread(fd, data, bytes, (off_t)offset);
}

static int64_t posix_pwrite(int fd, const void *data, size_t bytes, uint64_t offset)
{
    sigset_t before;
    block_size_signal(&before);
    return unblock_size_signal(&before, pwrite(fd, data, bytes, (off_t)offset));
}

static int posix_ftruncate(int fd, uint64_t bytes)
{
    sigset_t before;
    block_size_signal(&before);
    return (int)unblock_size_signal(&before, ftruncate(fd, (off_t)bytes));
}

static int posix_mkdir(const char *path, unsigned mode)
{
    return mkdir(path, mode);
}

const file_ops file_ops_posix = {
    .open = posix_open,
    .read = posix_read,
    .write = posix_write,
    .fsync = fsync,
    .close = close,
    .rename = rename,
    .unlink = unlink,
    .pread = posix_pread,
    .mkdir = posix_mkdir,
    .rmdir = rmdir,
    .pwrite = posix_pwrite,
    .ftruncate = posix_ftruncate,
};

kith_status status_of_errno(int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR:
        return KITH_ERR_NOT_FOUND;
    case ENOSPC:
    case EDQUOT:
    case EFBIG: // a limit on the size of files (ulimit -f)
        return KITH_ERR_FULL;
    case ENOMEM:
        return KITH_ERR_NO_MEMORY;
    default:
        return KITH_ERR_IO;
    }
}

bool is_out_of_descriptors(int error)
{
    return error == EMFILE || error == ENFILE;
}

static kith_status fail_errno(kith_error *err, const char *verb, const char *path)
{
    int error = errno;
    return fail(err, status_of_errno(error), "cannot %s '%s': %s", verb, path, strerror(error));
}

kith_status file_stat(const char *path, file_info *out, kith_error *err)
{
    struct stat st;
    if (lstat(path, &st) != 0) return fail_errno(err, "read", path);
    *out = (file_info){
        .kind = S_ISREG(st.st_mode)   ? FILE_REGULAR
                : S_ISDIR(st.st_mode) ? FILE_DIRECTORY
                : S_ISLNK(st.st_mode) ? FILE_SYMLINK
                                      : FILE_OTHER,
        .bytes = (uint64_t)st.st_size,
        .modified_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec,
    };
    return KITH_OK;
}

enum { READ_STEP = 1 << 16 };

static kith_status read_all(const file_ops *ops, int fd, const char *path, size_t max_bytes,
                            buffer *out, kith_error *err)
{
    for (;;) {
        // When `out` holds all that is allowed, one byte more shows that the file is too large.
        char beyond;
        size_t step = size_min(max_bytes - out->size, READ_STEP);
        if (step > 0 && !buffer_reserve(out, step)) return buffer_status(out, path, err);
        int64_t got = step > 0 ? ops->read(fd, out->data + out->size, step)
                               : ops->read(fd, &beyond, sizeof beyond);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_errno(err, "read", path);
        if (got == 0) return KITH_OK;
        if (step == 0)
            return fail(err, KITH_ERR_LIMIT, "'%s' is larger than %zu bytes", path, max_bytes);
        out->size += (size_t)got;
    }
}

kith_status file_read(const file_ops *ops, const char *path, size_t max_bytes, buffer *out,
                      kith_error *err)
{
    buffer_reset(out);
    // O_NONBLOCK: opening a pipe without a writer would wait. It does nothing to regular files.
    int fd = ops->open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
    if (fd < 0) return fail_errno(err, "open", path);
    kith_status status = read_all(ops, fd, path, max_bytes, out, err);
    (void)ops->close(fd); // nothing was written that a failed close could lose
    return status;
}

kith_status file_read_settled(const file_ops *ops, const char *path, size_t max_bytes, buffer *out,
                              file_info *info, kith_error *err)
{
    enum { ATTEMPTS = 3 };
    for (int i = 0; i < ATTEMPTS; i++) {
        file_info before = {0}, after = {0};
        kith_status status = file_stat(path, &before, err);
        if (status == KITH_OK && before.kind != FILE_REGULAR)
            return fail(err, KITH_ERR_UNSUPPORTED, "not a regular file");
        if (status == KITH_OK && before.bytes > max_bytes)
            return fail(err, KITH_ERR_LIMIT, "'%s' has %llu bytes, the limit is %zu", path,
                        (unsigned long long)before.bytes, max_bytes);
        if (status == KITH_OK) status = file_read(ops, path, max_bytes, out, err);
        if (status == KITH_OK) status = file_stat(path, &after, err);
        if (status != KITH_OK) return status;
        if (before.modified_ns == after.modified_ns && before.bytes == after.bytes &&
            out->size == after.bytes) {
            *info = after;
            return KITH_OK;
        }
    }
    return fail(err, KITH_ERR_IO, "'%s' changes while it is read", path);
}

/* Only a file that this call created is written to: whatever has the name already, a link that
 * somebody planted or what a crash left, is removed unopened. -1 and errno when it comes back as
 * often as it is removed. */
static int create_new(const file_ops *ops, const char *path)
{
    enum { ATTEMPTS = 3 };
    int fd = -1;
    for (int i = 0; i < ATTEMPTS && fd < 0; i++) {
        fd = ops->open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0 && (errno != EEXIST || ops->unlink(path) != 0)) return -1;
    }
    return fd;
}

kith_status file_writer_open(const file_ops *ops, const char *path, file_writer *out,
                             kith_error *err)
{
    int fd = create_new(ops, path);
    if (fd < 0) return fail_errno(err, "create", path);
    *out = (file_writer){.ops = ops, .path = path, .fd = fd};
    return KITH_OK;
}

kith_status file_writer_write(file_writer *w, view bytes, kith_error *err)
{
    while (bytes.size) {
        int64_t written = w->ops->write(w->fd, bytes.data, bytes.size);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return fail_errno(err, "write", w->path);
        bytes = view_slice(bytes, (size_t)written, bytes.size);
    }
    return KITH_OK;
}

kith_status file_writer_finish(file_writer *w, kith_error *err)
{
    kith_status status = w->ops->fsync(w->fd) == 0 ? KITH_OK : fail_errno(err, "sync", w->path);
    if (w->ops->close(w->fd) != 0 && status == KITH_OK) status = fail_errno(err, "close", w->path);
    *w = (file_writer){0};
    return status;
}

void file_writer_abandon(file_writer *w)
{
    if (w->ops) (void)w->ops->close(w->fd); // what was written is not to be used
    *w = (file_writer){0};
}

kith_status file_reader_open(const file_ops *ops, const char *path, file_reader *out,
                             kith_error *err)
{
    struct stat st;
    // O_NONBLOCK: opening a pipe must not hang; it means nothing for regular files.
    int fd = ops->open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0);
    // A link, or a socket.
    if (fd < 0 && (errno == ELOOP || errno == ENXIO))
        return fail(err, KITH_ERR_UNSUPPORTED, "'%s' is no regular file", path);
    if (fd < 0) return fail_errno(err, "open", path);
    kith_status status = fstat(fd, &st) == 0 ? KITH_OK : fail_errno(err, "read", path);
    if (status == KITH_OK && !S_ISREG(st.st_mode))
        status = fail(err, KITH_ERR_UNSUPPORTED, "'%s' is no regular file", path);
    if (status == KITH_OK) {
        *out = (file_reader){.ops = ops, .path = path, .fd = fd, .bytes = (uint64_t)st.st_size};
        fd = -1; // *out owns it now
    }
    if (fd >= 0) (void)ops->close(fd);
    return status;
}

kith_status file_reader_read(const file_reader *r, uint64_t offset, void *to, size_t bytes,
                             kith_error *err)
{
    char *next = to;
    while (bytes > 0) {
        int64_t got = r->ops->pread(r->fd, next, bytes, offset);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_errno(err, "read", r->path);
        if (got == 0)
            return fail(err, KITH_ERR_IO, "'%s' ends at byte %llu", r->path,
                        (unsigned long long)offset);
        next += got;
        bytes -= (size_t)got;
        offset += (uint64_t)got;
    }
    return KITH_OK;
}

void file_reader_close(file_reader *r)
{
    if (r->ops) (void)r->ops->close(r->fd); // nothing was written that a failed close could lose
    *r = (file_reader){0};
}

kith_status directory_sync(const file_ops *ops, const char *path, kith_error *err)
{
    int fd = ops->open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (fd < 0) return fail_errno(err, "open", path);
    kith_status status = ops->fsync(fd) == 0 ? KITH_OK : fail_errno(err, "sync", path);
    (void)ops->close(fd);
    return status;
}

/* Makes the entry `path` of its directory durable. */
static kith_status sync_directory_of(const file_ops *ops, const char *path, kith_error *err)
{
    char directory[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) + 1 : 0;
    if (length >= sizeof directory)
        return fail(err, KITH_ERR_LIMIT, "path is too long: '%.64s...'", path);
    memcpy(directory, slash ? path : "", length);
    (void)snprintf(directory + length, sizeof directory - length, "%s", length ? "" : ".");
    return directory_sync(ops, directory, err);
}

kith_status file_move(const file_ops *ops, const char *from, const char *to, kith_error *err)
{
    if (ops->rename(from, to) != 0) return fail_errno(err, "rename", from);
    return sync_directory_of(ops, to, err);
}

kith_status file_replace(const file_ops *ops, const char *path, view content, kith_error *err)
{
    char temporary[PATH_MAX];
    file_writer w = {0};
    int length = snprintf(temporary, sizeof temporary, "%s.tmp", path);
    if (length < 0 || (size_t)length >= sizeof temporary)
        return fail(err, KITH_ERR_LIMIT, "path is too long: '%.64s...'", path);
    kith_status status = file_writer_open(ops, temporary, &w, err);
    if (status != KITH_OK) return status;
    status = file_writer_write(&w, content, err);
    if (status == KITH_OK) status = file_writer_finish(&w, err);
    file_writer_abandon(&w);
    if (status == KITH_OK && ops->rename(temporary, path) != 0)
        status = fail_errno(err, "rename", temporary);
    if (status != KITH_OK) {
        (void)ops->unlink(temporary);
        return status;
    }
    return sync_directory_of(ops, path, err);
}

kith_status directory_make(const file_ops *ops, const char *path, kith_error *err)
{
    if (ops->mkdir(path, 0700) != 0) {
        if (errno == EEXIST) return fail(err, KITH_ERR_EXISTS, "'%s' is there already", path);
        return fail_errno(err, "create", path);
    }
    kith_status status = sync_directory_of(ops, path, err);
    if (status != KITH_OK) (void)ops->rmdir(path);
    return status;
}

kith_status directory_create(const file_ops *ops, const char *path, kith_error *err)
{
    char partial[PATH_MAX];
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof partial)
        return fail(err, KITH_ERR_INVALID, "not a usable path: '%.64s'", path);
    memcpy(partial, path, length + 1);
    for (size_t i = 1; i <= length; i++) {
        if (partial[i] != '/' && partial[i] != '\0') continue;
        char kept = partial[i];
        partial[i] = '\0';
        kith_status status = directory_make(ops, partial, err);
        if (status != KITH_OK && status != KITH_ERR_EXISTS) return status;
        partial[i] = kept;
    }
    struct stat st;
    if (stat(path, &st) != 0) return fail_errno(err, "read", path);
    if (!S_ISDIR(st.st_mode)) return fail(err, KITH_ERR_IO, "'%s' is not a directory", path);
    return KITH_OK;
}
