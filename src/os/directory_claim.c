/* directory_claim.c - see directory_claim.h. */
#include "os/directory_claim.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Bytes that a file need not have. */
static const off_t WORK_FROM = (off_t)1 << 62;

/* Locks bytes of LOCK; `busy` says who else has them.
 * O_NONBLOCK: a pipe of that name must not hang; it cannot be locked either. */
static kith_status lock(const char *directory, const struct flock *bytes, const char *busy,
                        int *out, kith_error *err)
{
    char path[PATH_MAX];
    struct flock wanted = *bytes;
    int length = snprintf(path, sizeof path, "%s/LOCK", directory);
    if (length < 0 || (size_t)length >= sizeof path)
        return fail(err, KITH_ERR_LIMIT, "the path of the data directory is too long");
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (fd < 0)
        return fail(err, errno == ENOSPC ? KITH_ERR_FULL : KITH_ERR_IO, "cannot open '%s': %s",
                    path, strerror(errno));
    if (fcntl(fd, F_OFD_SETLK, &wanted) == 0) {
        *out = fd;
        return KITH_OK;
    }
    bool is_held = errno == EAGAIN || errno == EACCES;
    kith_status status =
        is_held ? fail(err, KITH_ERR_BUSY, "%s '%s'", busy, directory)
                : fail(err, KITH_ERR_IO, "cannot lock '%s': %s", path, strerror(errno));
    (void)close(fd);
    return status;
}

kith_status directory_claim(const char *directory, int *fd, kith_error *err)
{
    const struct flock shared = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_len = WORK_FROM};
    return lock(directory, &shared, "another process tidies", fd, err);
}

kith_status directory_sweep(const char *directory, int *fd, kith_error *err)
{
    const struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = WORK_FROM};
    return lock(directory, &all, "another process tidies", fd, err);
}

kith_status directory_claim_work(const char *directory, uint64_t collection, int *fd,
                                 kith_error *err)
{
    const struct flock one = {.l_type = F_WRLCK,
                              .l_whence = SEEK_SET,
                              .l_start = WORK_FROM + (off_t)(collection % (uint64_t)WORK_FROM),
                              .l_len = 1};
    return lock(directory, &one, "somebody else embeds what waits in", fd, err);
}
