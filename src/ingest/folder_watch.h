/* folder_watch.h - files and directories kept in step with a collection.
 *
 * Use: open; then in a loop folder_watch_sync, which syncs what changed since the last call (all of
 * it the first time), and folder_watch_wait, which returns when something has changed and nothing
 * more has happened for a moment. One thread at a time. */
#ifndef KITH_INGEST_FOLDER_WATCH_H
#define KITH_INGEST_FOLDER_WATCH_H

#include "base/status.h"
#include "ingest/ingest.h"

typedef struct folder_watch folder_watch;

/* Close with folder_watch_close.
 * Errors, *out untouched: KITH_ERR_NOT_FOUND, KITH_ERR_IO (a path cannot be read), KITH_ERR_LIMIT
 * (the system allows no more watches), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status folder_watch_open(const char *const *paths, size_t count,
                                           folder_watch **out, kith_error *err);
void folder_watch_close(folder_watch *w); /* accepts NULL */
/* Syncs what changed since the last call. `in` must have options->sync.
 * Errors: KITH_ERR_NOT_FOUND when a watched directory itself no longer exists; nothing is removed
 * then, since a disk that was unmounted is no reason to delete what was indexed from it.
 * KITH_ERR_LIMIT when the system allows no more watches; otherwise those of sync_scope_run, but an
 * endpoint that is down postpones its files instead of ending the call. After KITH_ERR_BUSY the next
 * call syncs everything, and after KITH_ERR_FULL the one behind a folder_watch_resume. After another
 * failure the set of changes is lost: close the watch. */
KITH_CHECKED kith_status folder_watch_sync(folder_watch *w, ingest_run *in, kith_error *err);
/* Waits until something has changed and come to rest.
 * until_ns  a time of the monotonic clock at which to return in any case; 0: never
 * stop      asked a few times a second; true ends the wait
 * Errors: KITH_ERR_CANCELLED (stop said so), KITH_ERR_IO, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status folder_watch_wait(folder_watch *w, int64_t until_ns,
                                           bool (*stop)(void *context), void *context,
                                           kith_error *err);

/* The number of files that failed because the endpoint is down and are to be synced again. When
 * there were too many to list, a lower bound. */
size_t folder_watch_waiting(const folder_watch *w);
/* The endpoint answers again, or the disk may have room: the postponed files count as changed, so that the next
 * folder_watch_sync takes them up. Errors: KITH_ERR_NO_MEMORY; they stay postponed then. */
KITH_CHECKED kith_status folder_watch_resume(folder_watch *w, kith_error *err);

#endif
