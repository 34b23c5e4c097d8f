/* service_notice.c - see service_notice.h. */
#include "cli/service_notice.h"

#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void service_notice(const environment *e, const char *state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = e->notify_socket ? strlen(e->notify_socket) : 0;
    if (length == 0 || length >= sizeof address.sun_path) return;
    memcpy(address.sun_path, e->notify_socket, length);
    // A name that begins with '@' is one of the abstract namespace, written with a NUL there.
    if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return;
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    (void)sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&address, size);
    (void)close(fd);
}
