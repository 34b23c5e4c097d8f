/* directory_lock.c - flock on DIR/LOCK, and who holds it. */
#include "os/directory_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static kith_status fail_owned(int fd, const char *directory, kith_error *err)
{
    char owner[128] = "";
    ssize_t got = pread(fd, owner, sizeof owner - 1, 0);
    if (got > 0) owner[strcspn(owner, "\n")] = '\0';
    if (got <= 0 || owner[0] == '\0') (void)snprintf(owner, sizeof owner, "another process");
    return fail(err, KITH_ERR_BUSY, "data directory '%s' is in use by %s", directory, owner);
}

kith_status directory_lock_acquire(const char *directory, directory_lock *out, kith_error *err)
{
    char path[PATH_MAX], host[65] = "";
    int length = snprintf(path, sizeof path, "%s/LOCK", directory);
    if (length < 0 || (size_t)length >= sizeof path)
        return fail(err, KITH_ERR_LIMIT, "path is too long: '%.64s...'", directory);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return fail(err, KITH_ERR_IO, "cannot open '%s': %s", path, strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        kith_status status = errno == EWOULDBLOCK ? fail_owned(fd, directory, err)
                                                  : fail(err, KITH_ERR_IO, "cannot lock '%s': %s",
                                                         path, strerror(errno));
        (void)close(fd);
        return status;
    }
    // The content only serves the message above: a failure to write it does no harm.
    (void)gethostname(host, sizeof host - 1);
    if (ftruncate(fd, 0) == 0) (void)dprintf(fd, "process %ld on %s\n", (long)getpid(), host);
    out->fd = fd;
    return KITH_OK;
}

void directory_lock_release(directory_lock *lock)
{
    if (lock->fd >= 0) (void)close(lock->fd);
    lock->fd = -1;
}
