/* file_place.c - see file_place.h. A name is given without replacing anything by a second link to
 * the file, which fails where the name is taken; rename() would replace. File systems without links
 * (FAT) get a look and a rename instead, between which somebody may slip. */
#include "os/file_place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

static kith_status fail_errno(kith_error *err, const char *verb, const char *path)
{
    return fail(err, status_of_errno(errno), "cannot %s '%s': %s", verb, path, strerror(errno));
}

static kith_status sync_path(const file_ops *ops, const char *path, int flags, kith_error *err)
{
    int fd = ops->open(path, flags | O_CLOEXEC, 0);
    if (fd < 0) return fail_errno(err, "open", path);
    kith_status status = ops->fsync(fd) == 0 ? KITH_OK : fail_errno(err, "sync", path);
    (void)ops->close(fd);
    return status;
}

static kith_status sync_directory_of(const file_ops *ops, const char *path, kith_error *err)
{
    char directory[PATH_MAX] = ".";
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) + 1 : 0;
    if (length >= sizeof directory)
        return fail(err, KITH_ERR_IO, "path is too long: '%.64s...'", path);
    if (length) {
        memcpy(directory, path, length);
        directory[length] = '\0';
    }
    return sync_path(ops, directory, O_RDONLY | O_DIRECTORY, err);
}

static kith_status place_new(const file_ops *ops, const char *from, const char *path,
                             kith_error *err)
{
    file_info info;
    if (link(from, path) == 0) {
        (void)ops->unlink(from); /* a second name does no harm */
        return KITH_OK;
    }
    bool has_no_links = errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS;
    if (has_no_links && file_stat(path, &info, NULL) == KITH_ERR_NOT_FOUND)
        return ops->rename(from, path) == 0 ? KITH_OK : fail_errno(err, "rename", from);
    if (has_no_links || errno == EEXIST) return fail(err, KITH_ERR_EXISTS, "'%s' exists", path);
    return fail_errno(err, "create", path);
}

kith_status file_place(const file_ops *ops, const char *from, const char *path, bool replace,
                       kith_error *err)
{
    kith_status status = sync_path(ops, from, O_RDONLY, err);
    if (status == KITH_OK && !replace) status = place_new(ops, from, path, err);
    if (status == KITH_OK && replace && ops->rename(from, path) != 0)
        status = fail_errno(err, "rename", from);
    return status == KITH_OK ? sync_directory_of(ops, path, err) : status;
}
