/* socket_path.c - see socket_path.h. */
#include "serve/socket_path.h"

#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static const char name[] = "serve.sock";

kith_status socket_path(const char *directory, char out[SOCKET_PATH_BYTES], int *fd,
                        kith_error *err)
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
