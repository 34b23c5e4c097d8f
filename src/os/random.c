/* random.c - see random.h. */
#include "os/random.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

kith_status random_bytes(void *out, size_t bytes, kith_error *err)
{
    ssize_t got = -1;
    CHECK(bytes <= 256); // up to here the kernel gives all or nothing
    do
        got = getrandom(out, bytes, 0);
    while (got < 0 && errno == EINTR);
    if (got == (ssize_t)bytes) return KITH_OK;
    return fail(err, KITH_ERR_IO, "the system gives no random bytes: %s", strerror(errno));
}
