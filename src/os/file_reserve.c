/* file_reserve.c - see file_reserve.h. The room is real: posix_fallocate() has the file system put
 * blocks aside, or writes them where that is not known. */
#include "os/file_reserve.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { FREE_TIMES = 4 };

static bool has_plenty(int fd, uint64_t bytes)
{
    struct statvfs disk;
    if (fstatvfs(fd, &disk) != 0) return false;
    return (uint64_t)disk.f_bavail * disk.f_frsize >= FREE_TIMES * bytes;
}

void file_reserve_keep(const char *path, uint64_t bytes)
{
    struct stat st;
    if (lstat(path, &st) == 0 && (!S_ISREG(st.st_mode) || (uint64_t)st.st_size >= bytes)) return;
    int fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    if (fd < 0) return;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && has_plenty(fd, bytes) &&
        posix_fallocate(fd, 0, (off_t)bytes) != 0)
        (void)!ftruncate(fd, st.st_size);
    (void)close(fd);
}

bool file_reserve_give_back(const char *path, uint64_t bytes)
{
    struct stat st;
    int fd = open(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return false;
    // ext4 gives blocks that were freed to nobody before its journal is committed: the sync.
    bool given = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 &&
                 ftruncate(fd, (uint64_t)st.st_size > bytes ? st.st_size - (off_t)bytes : 0) == 0 &&
                 fsync(fd) == 0;
    (void)close(fd);
    return given;
}
