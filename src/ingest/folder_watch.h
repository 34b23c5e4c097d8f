/* folder_watch.h - files and directories kept in step with a collection.
 * Use: open; then again and again sync, which deals with what changed (at first with everything),
 * and wait, which returns when something has changed and come to rest. */
#ifndef KITH_INGEST_FOLDER_WATCH_H
#define KITH_INGEST_FOLDER_WATCH_H

#include "base/status.h"
#include "ingest/ingest.h"

typedef struct folder_watch folder_watch;

/* KITH_ERR_NOT_FOUND or KITH_ERR_IO for a path that cannot be read, KITH_ERR_LIMIT for more
 * watches than the system allows. */
KITH_CHECKED kith_status folder_watch_open(const char *const *paths, size_t count,
                                           folder_watch **out, kith_error *err);
void folder_watch_close(folder_watch *w); /* accepts NULL */
/* `in` must ask for sync. KITH_ERR_NOT_FOUND when a watched directory itself is gone: nothing is
 * removed then, since a disk that was taken away is no reason to forget what was on it. */
KITH_CHECKED kith_status folder_watch_sync(folder_watch *w, ingest_run *in, kith_error *err);
/* Until something changed or, when until_ns is not 0, that time of the monotonic clock. Asks `stop` a
 * few times a second: KITH_ERR_CANCELLED when it says so. */
KITH_CHECKED kith_status folder_watch_wait(folder_watch *w, int64_t until_ns,
                                           bool (*stop)(void *context), void *context,
                                           kith_error *err);

/* Files that wait for the endpoint, since it failed when they were synced: how many, or the least
 * number when there are too many to be told apart. */
size_t folder_watch_waiting(const folder_watch *w);
/* They count as changed from now on. */
KITH_CHECKED kith_status folder_watch_resume(folder_watch *w, kith_error *err);

#endif
