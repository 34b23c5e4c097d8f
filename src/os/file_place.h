/* file_place.h - giving a file that was written under another name its own, durably. */
#ifndef KITH_OS_FILE_PLACE_H
#define KITH_OS_FILE_PLACE_H

#include "os/file.h"

#include <stdbool.h>

/* Syncs the file `from`, renames it to `path`, in the same directory, and syncs the directory. So
 * after a crash `path` is what it was before, or the whole file.
 * replace  false: fails when there is something called `path`, also when it came there meanwhile
 * Errors: KITH_ERR_EXISTS; KITH_ERR_NOT_FOUND; KITH_ERR_FULL; KITH_ERR_IO. `from` is then where it
 * was; or, when syncing the directory is what failed, at `path`. */
KITH_CHECKED kith_status file_place(const file_ops *ops, const char *from, const char *path,
                                    bool replace, kith_error *err);

#endif
