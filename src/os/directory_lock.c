/* directory_lock.c - flock on DIR/LOCK, and who holds it. */
#include "os/directory_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static kith_status fail_owned(int fd, const char *directory, kith_error *err)
{
    char owner[128] = "";
    ssize_t got = pread(fd, owner, sizeof owner - 1, 0);
    if (got > 0) owner[strcspn(owner, "\n")] = '\0';
    if (got <= 0 || owner[0] == '\0') (void)snprintf(owner, sizeof owner, "another process");
    long id = 0;
    if (sscanf(owner, "process %ld on", &id) == 1 && id == (long)getpid())
        return fail(
            err, KITH_ERR_BUSY,
            "data directory '%s' is in use by this very process: another handle has it open",
            directory);
    return fail(err, KITH_ERR_BUSY, "data directory '%s' is in use by %s", directory, owner);
}

/* O_NONBLOCK: a pipe of that name must not hang. Opened for writing, but nothing is written before
 * the lock is held and the file is known to be DIR/LOCK. */
static kith_status open_lock_file(int directory_fd, const char *directory, int *out,
                                  kith_error *err)
{
    struct stat st;
    int fd =
        openat(directory_fd, "LOCK", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (fd < 0 && errno == ELOOP)
        return fail(err, KITH_ERR_IO, "'%s/LOCK' is a symbolic link: remove it", directory);
    if (fd < 0 && (errno == EROFS || errno == EACCES || errno == EPERM))
        return fail(err, KITH_ERR_IO, "data directory '%s' cannot be written to (LOCK: %s); %s",
                    directory, strerror(errno), DIRECTORY_READING_WORKS);
    if (fd < 0)
        return fail(err, errno == ENOSPC ? KITH_ERR_FULL : KITH_ERR_IO, "cannot open '%s/LOCK': %s",
                    directory, strerror(errno));
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        (void)close(fd);
        return fail(err, KITH_ERR_IO, "'%s/LOCK' is not a regular file: remove it", directory);
    }
    *out = fd;
    return KITH_OK;
}

/* Whether DIR/LOCK is the file behind `fd`. */
static bool is_lock_file(int directory_fd, int fd)
{
    struct stat locked, named;
    return fstat(fd, &locked) == 0 &&
           fstatat(directory_fd, "LOCK", &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           locked.st_dev == named.st_dev && locked.st_ino == named.st_ino;
}

/* The content only serves the message of fail_owned(): a failure to write it does no harm. A second
 * name of the file (a hard link) may be somebody else's file, whose content stays. A process that
 * takes one turn after the other finds its own name there: writing it again would give the next
 * sync of the disk a second file to sync. */
static void write_owner(int fd, const char *owner)
{
    char found[DIRECTORY_LOCK_OWNER_BYTES];
    struct stat st;
    size_t length = strlen(owner);
    ssize_t got = pread(fd, found, sizeof found, 0);
    if (got == (ssize_t)length && memcmp(found, owner, length) == 0) return;
    if (fstat(fd, &st) != 0 || st.st_nlink > 1) return;
    if (ftruncate(fd, 0) == 0) (void)!pwrite(fd, owner, length, 0);
}

static void name_owner(char owner[DIRECTORY_LOCK_OWNER_BYTES])
{
    char host[65] = "";
    (void)gethostname(host, sizeof host - 1);
    (void)snprintf(owner, DIRECTORY_LOCK_OWNER_BYTES, "process %ld on %s\n", (long)getpid(), host);
}

static kith_status try_lock(int fd, const char *directory, kith_error *err)
{
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) return KITH_OK;
    if (errno == EWOULDBLOCK) return fail_owned(fd, directory, err);
    return fail(err, KITH_ERR_IO, "cannot lock '%s/LOCK': %s", directory, strerror(errno));
}

static kith_status lock_file(int directory_fd, const char *directory, int *out, kith_error *err)
{
    // Each round loses to somebody who deletes LOCK between two calls: that is no accident.
    enum { ATTEMPTS = 100 };
    for (int i = 0; i < ATTEMPTS; i++) {
        int fd = -1;
        kith_status status = open_lock_file(directory_fd, directory, &fd, err);
        if (status != KITH_OK) return status;
        status = try_lock(fd, directory, err);
        if (status == KITH_OK && is_lock_file(directory_fd, fd)) {
            *out = fd;
            return KITH_OK;
        }
        (void)close(fd);
        if (status != KITH_OK) return status;
    }
    return fail(err, KITH_ERR_IO, "'%s/LOCK' is deleted again and again", directory);
}

kith_status directory_lock_acquire(const char *directory, directory_lock *out, kith_error *err)
{
    int fd = -1, directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory_fd < 0)
        return fail(err, KITH_ERR_IO, "cannot open '%s': %s", directory, strerror(errno));
    kith_status status = lock_file(directory_fd, directory, &fd, err);
    (void)close(directory_fd);
    if (status != KITH_OK) return status;
    out->fd = fd;
    name_owner(out->owner);
    write_owner(fd, out->owner);
    return KITH_OK;
}

void directory_lock_pause(directory_lock *lock)
{
    (void)flock(lock->fd, LOCK_UN);
}

kith_status directory_lock_resume(directory_lock *lock, int directory_fd, const char *directory,
                                  kith_error *err)
{
    kith_status status = try_lock(lock->fd, directory, err);
    if (status != KITH_OK) return status;
    if (!is_lock_file(directory_fd, lock->fd)) {
        directory_lock_pause(lock);
        return fail(err, KITH_ERR_NOT_FOUND, "'%s/LOCK' is another file now", directory);
    }
    write_owner(lock->fd, lock->owner);
    return KITH_OK;
}

void directory_lock_release(directory_lock *lock)
{
    if (lock->fd < 0) return;
    (void)close(lock->fd);
    lock->fd = -1;
}
