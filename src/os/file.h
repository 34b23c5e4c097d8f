/* file.h - whole files, read and replaced through one table of operations.
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
/* Creates the directory and those of its parents that are missing, mode 0700; one that is there is
 * left as it is. Each that is new is made durable by a sync of its parent, so that what is later
 * synced inside cannot be lost with it.
 * Errors: KITH_ERR_INVALID when the path is empty or too long; KITH_ERR_IO when a file is in the
 * way, else as status_of_errno; parents made before the failure stay. */
KITH_CHECKED kith_status directory_create(const file_ops *ops, const char *path, kith_error *err);

/* A file mapped read-only, private. It shows the file as it is, so the file must not be changed in
 * place while it is mapped, and access beyond the end of a file that was shortened raises SIGBUS:
 * only for files that are replaced as a whole, or belong to nobody else. */
typedef struct file_map {
    view bytes;
} file_map;
/* An empty file gives an empty view. Follows links. *out is untouched on failure.
 * Errors: KITH_ERR_NOT_FOUND; KITH_ERR_IO, also when it is no regular file (at once for a pipe too);
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status file_map_open(const char *path, file_map *out, kith_error *err);
/* The same for a file that kith itself wrote: KITH_ERR_IO also where `path` is a symbolic link. */
KITH_CHECKED kith_status file_map_open_own(const char *path, file_map *out, kith_error *err);
/* Every view into it ends. Closing twice does nothing. */
void file_map_close(file_map *m);
/* Gives back the memory of the pages that were read; reading them again fetches them from the file.
 * A hint: nothing happens where the kernel does not take it. */
void file_map_forget(const file_map *m);

/* The status for an errno: ENOENT, ENOTDIR KITH_ERR_NOT_FOUND; ENOSPC, EDQUOT, EFBIG KITH_ERR_FULL;
 * ENOMEM KITH_ERR_NO_MEMORY; all others KITH_ERR_IO. */
kith_status status_of_errno(int error);

#endif
