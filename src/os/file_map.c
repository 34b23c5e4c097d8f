/* file_map.c - see file_map.h. */
#include "os/file_map.h"

#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static kith_status fail_system(kith_error *err, const char *verb, const char *path)
{
    return fail(err, status_of_errno(errno), "cannot %s '%s': %s", verb, path, strerror(errno));
}

/* False where there is none to be had. The kernel tells of a writer by a signal, of which nobody here
 * wants to know: it goes to the owner of the descriptor (F_SETOWN), and that becomes nobody. As that can
 * be said only once the lease is there, the signal is one that does nothing by default, and not SIGIO,
 * which ends a process. */
static bool take_lease(int fd)
{
    if (fcntl(fd, F_SETSIG, SIGURG) != 0 || fcntl(fd, F_SETLEASE, F_RDLCK) != 0) return false;
    if (fcntl(fd, F_SETOWN, 0) == 0) return true;
    (void)fcntl(fd, F_SETLEASE, F_UNLCK);
    return false;
}

/* Memory of this process's own that holds the file's first `size` bytes. */
static kith_status read_copy(int fd, size_t size, void **out, kith_error *err)
{
    char *copy = mmap(NULL, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (copy == MAP_FAILED) return fail(err, KITH_ERR_NO_MEMORY, "no memory for %zu bytes", size);
    for (size_t done = 0; done < size;) {
        int64_t got = file_ops_posix.pread(fd, copy + done, size - done, done);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) {
            (void)munmap(copy, size);
            return fail(err, got < 0 ? KITH_ERR_IO : KITH_ERR_CORRUPT, "the file %s",
                        got < 0 ? "cannot be read" : "was shortened");
        }
        done += (size_t)got;
    }
    (void)mprotect(copy, size, PROT_READ);
    *out = copy;
    return KITH_OK;
}

/* Fills *out from a descriptor, which *out has then when it is shared. */
static kith_status map_open(int fd, const char *path, file_map *out, kith_error *err)
{
    struct stat st;
    void *bytes = NULL;
    bool leased = take_lease(fd); // before the size is asked for
    if (fstat(fd, &st) != 0) return fail_system(err, "read", path);
    if (!S_ISREG(st.st_mode)) return fail(err, KITH_ERR_IO, "'%s' is not a regular file", path);
    if (st.st_size == 0) return KITH_OK;
    size_t size = (size_t)st.st_size;
    if (leased) bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (!leased || bytes == MAP_FAILED) {
        kith_status status = read_copy(fd, size, &bytes, err);
        if (status == KITH_ERR_CORRUPT) status = fail_context(err, KITH_ERR_IO, "'%s'", path);
        if (status != KITH_OK) return status;
        leased = false;
    }
    out->bytes = (view){bytes, size};
    out->fd = fd;
    atomic_store(&out->is_shared, leased);
    return KITH_OK;
}

kith_status file_map_open(const char *path, file_map *out, kith_error *err)
{
    // O_NONBLOCK: opening a pipe must not hang; it means nothing for regular files.
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return fail_system(err, "open", path);
    file_map opened = {0};
    kith_status status = map_open(fd, path, &opened, err);
    // Closing ends the lease.
    if (status != KITH_OK || !opened.is_shared) (void)file_ops_posix.close(fd);
    if (status == KITH_OK) *out = opened;
    return status;
}

void file_map_close(file_map *m)
{
    if (m->bytes.data) (void)munmap((void *)(uintptr_t)m->bytes.data, m->bytes.size);
    if (m->is_shared) (void)file_ops_posix.close(m->fd);
    *m = (file_map){0};
}

bool file_map_is_whole(const file_map *m)
{
    return !atomic_load_explicit(&m->is_shared, memory_order_acquire) ||
           fcntl(m->fd, F_GETLEASE) == F_RDLCK;
}

kith_status file_map_detach(file_map *m, bool (*accepts)(const void *context, view file),
                            const void *context, kith_error *err)
{
    void *copy = NULL;
    size_t size = m->bytes.size;
    kith_status status = read_copy(m->fd, size, &copy, err);
    if (status != KITH_OK) return status;
    if (!accepts(context, (view){copy, size})) {
        (void)munmap(copy, size);
        return fail(err, KITH_ERR_CORRUPT, "the file was changed");
    }
    if (mremap(copy, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)(uintptr_t)m->bytes.data) ==
        MAP_FAILED) {
        (void)munmap(copy, size);
        return fail(err, KITH_ERR_NO_MEMORY, "no memory for %zu bytes", size);
    }
    atomic_store_explicit(&m->is_shared, false, memory_order_release);
    (void)file_ops_posix.close(m->fd);
    return KITH_OK;
}
