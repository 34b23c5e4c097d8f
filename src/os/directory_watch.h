/* directory_watch.h - being told what changes in directories (inotify behind it).
 * One directory at a time, not what is below: whoever watches a tree adds each directory before it
 * reads it, so that nothing falls between. Not thread safe. */
#ifndef KITH_OS_DIRECTORY_WATCH_H
#define KITH_OS_DIRECTORY_WATCH_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct watch watch;

KITH_CHECKED kith_status watch_open(watch **out, kith_error *err);
/* Accepts NULL. */
void watch_close(watch *w);
/* Again for the same directory is no error; what was moved here is known by its new path from now
 * on. KITH_ERR_LIMIT when the system allows no more watches, KITH_ERR_NOT_FOUND, KITH_ERR_IO. */
KITH_CHECKED kith_status watch_add(watch *w, const char *directory, kith_error *err);

/* One name in a watched directory was created, changed, moved or deleted; `path` lives until the
 * call returns. NULL: more happened than the system could hold, so that anything may have changed.
 * Not KITH_OK ends the wait with that status. */
typedef kith_status (*watch_visit)(void *context, const char *path);
/* Waits until something happens, at most timeout_ms, and visits all that is there. A signal ends the
 * wait early. *happened: was there anything? KITH_ERR_IO. */
KITH_CHECKED kith_status watch_wait(watch *w, uint32_t timeout_ms, watch_visit visit, void *context,
                                    bool *happened, kith_error *err);

#endif
