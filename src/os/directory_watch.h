/* directory_watch.h - reports what changes in directories (inotify).
 *
 * A watch covers the names in one directory, not what is below. Whoever watches a tree adds each
 * directory first and reads it afterwards: what changes in between is then reported, and what
 * changed before is read. The other order loses what happens between reading and adding.
 *
 * What is promised: a change to a watched directory after watch_add returned is visited by a later
 * watch_wait, under the directory's path of the latest watch_add; or a visit with NULL says that
 * anything may have changed. What is not: one visit for each change (equal ones in a row are
 * merged), that the name is still there at the visit, or changes that this kernel does not make
 * (another machine's on a network file system). A change of the metadata alone is reported too.
 *
 * A directory that moves out of a watched one is forgotten with all watched ones below it, since
 * its path is no longer theirs; where it moves into a watched directory, the visit of its new name
 * is the caller's sign to add it again. A directory whose parent is not watched is not seen to
 * move: it stays known by its old path, and is visited by it once.
 *
 * One thread at a time. */
#ifndef KITH_OS_DIRECTORY_WATCH_H
#define KITH_OS_DIRECTORY_WATCH_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct watch watch;

/* Errors: KITH_ERR_LIMIT when the system allows no more watchers (fs.inotify.max_user_instances);
 * KITH_ERR_NO_MEMORY; KITH_ERR_IO. *out is untouched. */
KITH_CHECKED kith_status watch_open(watch **out, kith_error *err);
/* Accepts NULL. */
void watch_close(watch *w);

/* Watches a directory; a link to one is no directory. Adding one again is no error, and gives it
 * the path of this call. May be called from a visit. Errors: KITH_ERR_NOT_FOUND when there is no
 * directory; KITH_ERR_LIMIT when the system allows no more (fs.inotify.max_user_watches);
 * KITH_ERR_NO_MEMORY; KITH_ERR_IO. The directory is then not watched, or under its old path. */
KITH_CHECKED kith_status watch_add(watch *w, const char *directory, kith_error *err);

/* One name in a watched directory was created, changed, moved or deleted, or the directory itself
 * was deleted or moved. `path` lives until the call returns, or until it adds that directory again.
 * NULL: the kernel's queue overflowed, so anything may have changed. Any status but KITH_OK ends
 * the wait with it. */
typedef kith_status (*watch_visit)(void *context, const char *path);

/* Waits until something happens, at most timeout_ms, and visits everything that is queued. A signal
 * ends the wait early. *happened: there was something, if only of a forgotten directory.
 * Errors: KITH_ERR_IO; what a visit returned. What was read but not yet visited is then lost. */
KITH_CHECKED kith_status watch_wait(watch *w, uint32_t timeout_ms, watch_visit visit, void *context,
                                    bool *happened, kith_error *err);

#endif
