/* unnamed_file.c - see unnamed_file.h. O_TMPFILE never gives the file a name, so that nothing is left
 * to be cleared up after a crash. */
#include "os/unnamed_file.h"

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

uint64_t unnamed_file_room(int fd)
{
    struct statvfs disk;
    if (fstatvfs(fd, &disk) != 0) return 0;
    return (uint64_t)disk.f_bavail * disk.f_frsize;
}
