/* unnamed_file.c - see unnamed_file.h. O_TMPFILE never gives the file a name, so that nothing is left
 * to be cleared up after a crash. */
#include "os/unnamed_file.h"

#include "base/size.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statvfs.h>

kith_status unnamed_file_open(const file_ops *ops, const char *directory, int *fd, kith_error *err)
{
    const int opened = directory ? ops->open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)
                                 : memfd_create("kith", MFD_CLOEXEC);
    if (opened < 0) {
        const int error = errno;
        return fail(err, status_of_errno(error), "cannot make a file without a name in '%s': %s",
                    directory ? directory : "memory", strerror(error));
    }
    *fd = opened;
    return KITH_OK;
}

static bool write_zeros(const file_ops *ops, int fd, uint64_t from, uint64_t bytes)
{
    static const char zeros[16 << 10];
    while (bytes > 0) {
        const size_t part = size_min(bytes, sizeof zeros);
        const int64_t written = ops->pwrite(fd, zeros, part, from);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        from += (uint64_t)written;
        bytes -= (uint64_t)written;
    }
    return true;
}

bool unnamed_file_clear(const file_ops *ops, int fd, uint64_t from, uint64_t bytes)
{
    enum { PUNCH_FROM_BYTES = 64 << 10 }; // less is written as quickly
    if (bytes >= PUNCH_FROM_BYTES &&
        fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)from, (off_t)bytes) == 0)
        return true;
    return write_zeros(ops, fd, from, bytes);
}

uint64_t unnamed_file_room(int fd)
{
    struct statvfs disk;
    if (fstatvfs(fd, &disk) != 0) return 0;
    return (uint64_t)disk.f_bavail * disk.f_frsize;
}
