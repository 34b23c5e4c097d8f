/* file.h - files through one table of operations.
 * The table is the seam where tests inject faults (a full disk, a failed sync, a short write);
 * everything that kith writes itself goes through it. SQLite's own files do not. */
#ifndef KITH_OS_FILE_H
#define KITH_OS_FILE_H

#include "base/buffer.h"
#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

/* Each works like the system call of its name: -1 and errno on failure. */
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

/* Follows no symbolic link. KITH_ERR_NOT_FOUND, KITH_ERR_IO. */
KITH_CHECKED kith_status file_stat(const char *path, file_info *out, kith_error *err);
/* Reads the whole file. KITH_ERR_LIMIT above max_bytes (checked while reading: files grow),
 * NOT_FOUND, IO, NO_MEMORY. `out` is reset first and must have been initialised with a maximum of
 * more than max_bytes. */
KITH_CHECKED kith_status file_read(const file_ops *ops, const char *path, size_t max_bytes,
                                   buffer *out, kith_error *err);
/* The same for a regular file that others may be writing: all of it as it was at one moment. When it
 * changes while it is read it is read again, a few times; then KITH_ERR_IO. *info is what it was at
 * that moment. KITH_ERR_UNSUPPORTED when it is no regular file. */
KITH_CHECKED kith_status file_read_settled(const file_ops *ops, const char *path, size_t max_bytes,
                                           buffer *out, file_info *info, kith_error *err);
/* Writes path.tmp, syncs it, renames it over `path`, syncs the directory: after a crash `path` is
 * the old or the new file, whole. What is called path.tmp already (a crash left it, or somebody
 * planted a link) is removed and not written to, so one process at a time may replace `path`.
 * KITH_ERR_FULL, KITH_ERR_IO; the temporary file is removed on failure. */
KITH_CHECKED kith_status file_replace(const file_ops *ops, const char *path, view content,
                                      kith_error *err);
/* Creates the directory and its parents, mode 0700. Each that is new is made durable by a sync of
 * its parent, so that what is later synced inside cannot be lost with it. KITH_ERR_INVALID for an
 * empty or overlong path; KITH_ERR_NOT_FOUND, KITH_ERR_FULL, KITH_ERR_IO: what was created stays. */
KITH_CHECKED kith_status directory_create(const file_ops *ops, const char *path, kith_error *err);

/* A read-only mapping of a regular file. */
typedef struct file_map {
    view bytes;
} file_map;
/* KITH_ERR_IO for anything but a regular file, at once also for a pipe; KITH_ERR_NOT_FOUND,
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status file_map_open(const char *path, file_map *out, kith_error *err);
/* The same for a file that kith itself wrote: KITH_ERR_IO also where `path` is a symbolic link. */
KITH_CHECKED kith_status file_map_open_own(const char *path, file_map *out, kith_error *err);
void file_map_close(file_map *m);
/* The pages read so far need not stay in memory; reading them again fetches them again. */
void file_map_forget(const file_map *m);

/* Status for an errno: ENOENT -> NOT_FOUND, ENOSPC, EDQUOT and EFBIG -> FULL, ENOMEM -> NO_MEMORY,
 * else IO. */
kith_status status_of_errno(int error);

#endif
