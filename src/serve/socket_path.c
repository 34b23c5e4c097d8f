/* socket_path.c - see socket_path.h. */
#include "serve/socket_path.h"

#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

kith_status socket_path(const char *directory, const char *name, char out[SOCKET_PATH_BYTES],
                        int *fd, kith_error *err)
{
    int length = snprintf(out, SOCKET_PATH_BYTES, "%s/%s", directory, name);
    *fd = -1;
    if (length > 0 && length < SOCKET_PATH_BYTES) return KITH_OK;
    // allow open: the descriptor only names the directory, nothing is read or written through it
    int opened = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (opened < 0) {
        int error = errno;
        return fail(err, status_of_errno(error), "cannot open '%s': %s", directory,
                    strerror(error));
    }
    length = snprintf(out, SOCKET_PATH_BYTES, "/proc/self/fd/%d/%s", opened, name);
    CHECK(length > 0 && length < SOCKET_PATH_BYTES);
    *fd = opened;
    return KITH_OK;
}

static kith_status nobody_listens(const char *directory, kith_error *err)
{
    return fail(err, KITH_ERR_NOT_FOUND, "no server has '%s'", directory);
}

kith_status socket_connect(const char *directory, const char *name, int *out, kith_error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    _Static_assert(sizeof address.sun_path == SOCKET_PATH_BYTES, "a path fits");
    int directory_fd = -1;
    kith_status status = socket_path(directory, name, address.sun_path, &directory_fd, err);
    if (status == KITH_ERR_NOT_FOUND) return nobody_listens(directory, err);
    if (status != KITH_OK) return status;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int error = 0;
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0) error = errno;
    if (directory_fd >= 0) (void)close(directory_fd);
    if (error == 0) {
        *out = fd;
        return KITH_OK;
    }
    if (fd >= 0) (void)close(fd);
    if (error == ENOENT || error == ECONNREFUSED || error == ENOTDIR)
        return nobody_listens(directory, err);
    return fail(err, KITH_ERR_IO, "cannot reach the server of '%s': %s", directory,
                strerror(error));
}
