/* directory_watch.c - inotify, and the paths that it does not know.
 *
 * The kernel names a watched directory by a number, and the number stays with the directory (its
 * inode) when that moves. Events carry the number and a name, so this file keeps the path of each
 * number, and must keep it right:
 *
 * - Adding a directory again gives the same number; its path is replaced.
 * - IN_MOVED_FROM of a directory means that the paths of its number and of all below are wrong from
 *   this event on. They are forgotten: the kernel's watches are removed, and events of theirs that
 *   are queued already find no path. Their changes would otherwise be reported under a path where
 *   another directory may stand by then. IN_MOVED_TO may follow, elsewhere or never (it moved out
 *   of what is watched), so the two are not paired: the caller adds what it finds at the new name.
 * - IN_IGNORED says that the kernel dropped a number by itself, as the directory was deleted or its
 *   file system unmounted.
 *
 * What inotify loses, it says: its queue holds fs.inotify.max_queued_events, and what comes after
 * is replaced by one IN_Q_OVERFLOW, which is the visit with NULL. */
#include "os/directory_watch.h"

#include "base/map.h"
#include "base/reserve.h"
#include "base/view.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

typedef struct watched_directory {
    char *path; /* as it was added last; NULL: forgotten */
    int number; /* the kernel's, of inotify_add_watch */
} watched_directory;

struct watch {
    int fd;
    map *numbers; /* of each directory that is not forgotten, to its index in `directories` */
    watched_directory *directories; /* [count] */
    uint32_t count, capacity;
};

enum {
    CHANGES = IN_CLOSE_WRITE | IN_MODIFY | IN_ATTRIB | IN_CREATE | IN_DELETE | IN_MOVED_FROM |
              IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_DONT_FOLLOW |
              IN_EXCL_UNLINK,
    EVENT_BYTES = 1 << 16
};

kith_status watch_open(watch **out, kith_error *err)
{
    watch *w = calloc(1, sizeof *w);
    if (!w) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a watch");
    w->numbers = map_new();
    w->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (w->numbers && w->fd >= 0) {
        *out = w;
        return KITH_OK;
    }
    kith_status status = !w->numbers ? fail(err, KITH_ERR_NO_MEMORY, "out of memory for a watch")
                         : errno == EMFILE
                             ? fail(err, KITH_ERR_LIMIT,
                                    "the system allows no more watchers (fs.inotify."
                                    "max_user_instances)")
                             : fail(err, KITH_ERR_IO, "cannot watch: %s", strerror(errno));
    watch_close(w);
    return status;
}

void watch_close(watch *w)
{
    if (!w) return;
    if (w->fd >= 0) (void)close(w->fd);
    for (uint32_t i = 0; i < w->count; i++)
        free(w->directories[i].path);
    free(w->directories);
    map_free(w->numbers);
    free(w);
}

static view key_of(const int *number)
{
    return (view){(const char *)number, sizeof *number};
}

static bool make_room(watch *w)
{
    watched_directory *grown =
        heap_reserve(w->directories, &w->capacity, w->count + 1, sizeof *grown);
    if (!grown) return false;
    w->directories = grown;
    return true;
}

kith_status watch_add(watch *w, const char *directory, kith_error *err)
{
    int number = inotify_add_watch(w->fd, directory, CHANGES);
    if (number < 0 && errno == ENOSPC)
        return fail(err, KITH_ERR_LIMIT,
                    "cannot watch '%s': the system allows no more directories (fs.inotify."
                    "max_user_watches)",
                    directory);
    if (number < 0)
        return fail(err, errno == ENOENT || errno == ENOTDIR ? KITH_ERR_NOT_FOUND : KITH_ERR_IO,
                    "cannot watch '%s': %s", directory, strerror(errno));
    uint64_t i = 0;
    char *path = strdup(directory);
    bool known = map_get(w->numbers, key_of(&number), &i);
    if (!path || (!known && !make_room(w))) goto no_memory;
    if (!known) {
        i = w->count;
        if (map_put(w->numbers, key_of(&number), i) != KITH_OK) goto no_memory;
        w->directories[w->count++] = (watched_directory){NULL, number};
    }
    free(w->directories[i].path);
    w->directories[i].path = path;
    return KITH_OK;
no_memory:
    free(path);
    return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the watch on '%s'", directory);
}

/* Events of this directory that are still queued find no path and are passed over. The kernel does
 * not give its number to another directory while this inotify instance is open. */
static void forget(watch *w, uint64_t i)
{
    free(w->directories[i].path);
    w->directories[i].path = NULL;
    (void)map_remove(w->numbers, key_of(&w->directories[i].number));
}

/* `top` and all watched directories below it. */
static void forget_below(watch *w, const char *top)
{
    size_t length = strlen(top);
    for (uint32_t i = 0; i < w->count; i++) {
        const char *path = w->directories[i].path;
        if (!path || strncmp(path, top, length) != 0 || (path[length] && path[length] != '/'))
            continue;
        (void)inotify_rm_watch(w->fd, w->directories[i].number);
        forget(w, i);
    }
}

static kith_status visit_event(watch *w, const struct inotify_event *event, watch_visit visit,
                               void *context)
{
    uint64_t i = 0;
    char path[PATH_MAX + NAME_MAX];
    if (event->mask & IN_Q_OVERFLOW) return visit(context, NULL);
    if (!map_get(w->numbers, key_of(&event->wd), &i)) return KITH_OK;
    const char *directory = w->directories[i].path;
    CHECK(directory);
    if (event->mask & IN_IGNORED) {
        forget(w, i);
        return KITH_OK;
    }
    if (event->len == 0) return visit(context, directory);
    const char *separator = strcmp(directory, "/") == 0 ? "" : "/";
    int length = snprintf(path, sizeof path, "%s%s%s", directory, separator, event->name);
    // A path of PATH_MAX bytes or more cannot be opened anyway.
    if (length < 0 || (size_t)length >= sizeof path) return KITH_OK;
    if ((event->mask & IN_MOVED_FROM) && (event->mask & IN_ISDIR)) forget_below(w, path);
    return visit(context, path);
}

kith_status watch_wait(watch *w, uint32_t timeout_ms, watch_visit visit, void *context,
                       bool *happened, kith_error *err)
{
    _Alignas(struct inotify_event) char bytes[EVENT_BYTES];
    struct pollfd wanted = {.fd = w->fd, .events = POLLIN};
    *happened = false;
    int ready = poll(&wanted, 1, (int)timeout_ms);
    if (ready == 0 || (ready < 0 && errno == EINTR)) return KITH_OK;
    if (ready < 0) return fail(err, KITH_ERR_IO, "cannot watch: %s", strerror(errno));
    for (;;) {
        ssize_t got = read(w->fd, bytes, sizeof bytes);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && errno == EAGAIN) return KITH_OK;
        if (got <= 0) return fail(err, KITH_ERR_IO, "cannot watch: %s", strerror(errno));
        for (char *at = bytes; at < bytes + got;) {
            const struct inotify_event *event = (const void *)at;
            kith_status status = visit_event(w, event, visit, context);
            if (status != KITH_OK) return status;
            at += sizeof *event + event->len;
            *happened = true;
        }
    }
}
