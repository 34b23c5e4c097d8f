/* file.h - files read, written and replaced through one table of operations.
 * The table is the seam at which tests inject faults: a full disk, a failed sync, a short write, an
 * order of steps. Every file that kith writes itself goes through it; SQLite's files have a seam of
 * their own, its VFS. All functions: any thread. Messages name the path. */
#ifndef KITH_OS_FILE_H
#define KITH_OS_FILE_H

#include "base/buffer.h"
#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

/* Each works as the system call of its name does: -1 and errno on failure, short reads and writes
 * allowed. No member is NULL. */
typedef struct file_ops {
    int (*open)(const char *path, int flags, unsigned mode);
    int64_t (*read)(int fd, void *data, size_t bytes);
    int64_t (*write)(int fd, const void *data, size_t bytes);
    int (*fsync)(int fd);
    int (*close)(int fd);
    int (*rename)(const char *from, const char *to);
    int (*unlink)(const char *path);
    int64_t (*pread)(int fd, void *data, size_t bytes, uint64_t offset);
    int (*mkdir)(const char *path, unsigned mode);
    int (*rmdir)(const char *path);
    int64_t (*pwrite)(int fd, const void *data, size_t bytes, uint64_t offset);
    int (*ftruncate)(int fd, uint64_t bytes);
} file_ops;

extern const file_ops file_ops_posix;

typedef enum file_kind { FILE_REGULAR, FILE_DIRECTORY, FILE_SYMLINK, FILE_OTHER } file_kind;

typedef struct file_info {
    file_kind kind;
    uint64_t bytes;
    int64_t modified_ns; /* since 1970, wall clock */
} file_info;

/* Does not follow a symbolic link at the path's end.
 * Errors: KITH_ERR_NOT_FOUND when nothing is there, else as status_of_errno. */
KITH_CHECKED kith_status file_stat(const char *path, file_info *out, kith_error *err);
/* Reads the whole file into `out`, which is reset first and must have been given a maximum of at
 * least max_bytes. A link is followed; a pipe is read without waiting for a writer.
 * Errors: KITH_ERR_LIMIT when there are more than max_bytes, seen while reading, since files grow;
 * KITH_ERR_NOT_FOUND; KITH_ERR_NO_MEMORY; KITH_ERR_IO, of a directory too. `out` then holds part of
 * the file or nothing. */
KITH_CHECKED kith_status file_read(const file_ops *ops, const char *path, size_t max_bytes,
                                   buffer *out, kith_error *err);
/* The same for a regular file that others may be writing: all of it as it was at one moment, as far
 * as its size and modification time show, which are compared before and after. A file that changes
 * meanwhile is read again, up to three times in all. *info is what it was at that moment; untouched
 * on failure.
 * Errors: as file_read; KITH_ERR_UNSUPPORTED when it is no regular file (a link is none);
 * KITH_ERR_IO also when it changed each time. */
KITH_CHECKED kith_status file_read_settled(const file_ops *ops, const char *path, size_t max_bytes,
                                           buffer *out, file_info *info, kith_error *err);
/* Makes `content` the file's content, so that after a crash `path` is the old file or the new one,
 * whole (see file.c). Mode 0600. What is called `path`.tmp already (a crash left it, or somebody
 * planted a link) is removed and not written to, so two calls for one path must not run at the same
 * time.
 * Errors: KITH_ERR_LIMIT when the path is too long; KITH_ERR_FULL; KITH_ERR_NOT_FOUND when the
 * directory is missing; KITH_ERR_IO. The temporary file is removed. `path` is then the old file;
 * or, when syncing the directory is what failed, the new one, which a crash may still undo. */
KITH_CHECKED kith_status file_replace(const file_ops *ops, const char *path, view content,
                                      kith_error *err);
/* A file that is new and is written from its start to its end. Zero-initialise. */
typedef struct file_writer {
    const file_ops *ops; /* NULL: closed */
    const char *path;    /* borrowed until it is closed */
    int fd;
} file_writer;
/* Mode 0600. What has the name already, a link that somebody planted or what a crash left, is
 * removed unopened and not written to. *out is untouched on failure.
 * Errors: KITH_ERR_NOT_FOUND (no such directory), KITH_ERR_FULL, KITH_ERR_IO (also when a directory
 * is in the way), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status file_writer_open(const file_ops *ops, const char *path, file_writer *out,
                                          kith_error *err);
/* Errors: KITH_ERR_FULL, KITH_ERR_IO; part of it may have been written. */
KITH_CHECKED kith_status file_writer_write(file_writer *w, view bytes, kith_error *err);
/* Syncs and closes: on KITH_OK the file's bytes are on disk, though not yet its name, for which its
 * directory must be synced. Errors: KITH_ERR_FULL, KITH_ERR_IO; it is closed all the same. */
KITH_CHECKED kith_status file_writer_finish(file_writer *w, kith_error *err);
/* Closes without a sync. The file stays. Accepts one that is closed. */
void file_writer_abandon(file_writer *w);

/* A file that kith itself wrote, open for reading at any place. Zero-initialise. Any thread may
 * read; nobody while it is closed. */
typedef struct file_reader {
    const file_ops *ops; /* NULL: closed */
    const char *path;    /* borrowed until it is closed */
    int fd;
    uint64_t bytes; /* its size when it was opened */
} file_reader;
/* Never waits and never follows a link. *out is untouched on failure.
 * Errors: KITH_ERR_NOT_FOUND; KITH_ERR_UNSUPPORTED when it is no regular file (a link, a pipe, a
 * directory); KITH_ERR_IO; KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status file_reader_open(const file_ops *ops, const char *path, file_reader *out,
                                          kith_error *err);
/* Reads exactly `bytes` bytes from `offset` on. Errors: KITH_ERR_IO, also when the file ends before
 * that; what `to` holds is then undefined. */
KITH_CHECKED kith_status file_reader_read(const file_reader *r, uint64_t offset, void *to,
                                          size_t bytes, kith_error *err);
/* Accepts one that is closed. */
void file_reader_close(file_reader *r);

/* Renames and syncs the directory of `to`, so that a crash cannot undo it. Both lie in one
 * directory; a file or an empty directory at `to` is replaced by one of its kind.
 * Errors: KITH_ERR_NOT_FOUND, KITH_ERR_FULL, KITH_ERR_IO, KITH_ERR_LIMIT (the path is too long); it
 * was not renamed, or, when the sync is what failed, it was and a crash may undo it. */
KITH_CHECKED kith_status file_move(const file_ops *ops, const char *from, const char *to,
                                   kith_error *err);
/* Creates one directory, mode 0700, and syncs its parent; one that cannot be synced is removed again.
 * Errors: KITH_ERR_EXISTS when anything has the name, a link too; KITH_ERR_NOT_FOUND when the parent
 * is missing; KITH_ERR_FULL; KITH_ERR_IO; KITH_ERR_LIMIT (the path is too long). */
KITH_CHECKED kith_status directory_make(const file_ops *ops, const char *path, kith_error *err);
/* Makes the names in the directory durable. Errors: KITH_ERR_NOT_FOUND, KITH_ERR_FULL,
 * KITH_ERR_IO. */
KITH_CHECKED kith_status directory_sync(const file_ops *ops, const char *path, kith_error *err);
/* Creates the directory and those of its parents that are missing, mode 0700; one that is there is
 * left as it is. Each that is new is made durable by a sync of its parent, so that what is later
 * synced inside cannot be lost with it.
 * Errors: KITH_ERR_INVALID when the path is empty or too long; KITH_ERR_IO when a file is in the
 * way, else as status_of_errno; parents made before the failure stay. */
KITH_CHECKED kith_status directory_create(const file_ops *ops, const char *path, kith_error *err);

/* The status for an errno: ENOENT, ENOTDIR KITH_ERR_NOT_FOUND; ENOSPC, EDQUOT, EFBIG KITH_ERR_FULL;
 * ENOMEM KITH_ERR_NO_MEMORY; all others KITH_ERR_IO. */
kith_status status_of_errno(int error);
/* Has the process, or the machine, no file descriptor left? What it wanted to open is none the worse for it. */
bool is_out_of_descriptors(int error);

#endif
