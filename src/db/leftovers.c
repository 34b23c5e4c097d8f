/* leftovers.c - is a directory without a catalog really new?
 * SQLite takes a kith.db of 0 bytes, or 1, for a database that is yet to be made, and drops a log
 * beside it. But a kith.db that was cut to nothing, with what it held still beside it, is a loss
 * that somebody has to hear of, and the log may be all that is left of the last commits. A creation
 * that was cut short leaves an empty kith.db too, but never a derived index, and a log only beside a
 * kith.db of a page or more (store/schema.c). A kith.db that is missing altogether, without its log,
 * is how a user starts over: indexes from before do not belong, and are replaced. */
#include "base/path.h"
#include "db/collection_private.h"
#include "os/directory.h"
#include "os/file.h"

#include <limits.h>
#include <stdio.h>

enum { SQLITE_HEADER_BYTES = 100 };

static kith_status find_index(void *context, const char *path, const file_info *info,
                              const kith_error *problem)
{
    const char *name = path_base(path);
    bool is_index = strcmp(name, "manifest") == 0 || strcmp(path_extension(name), ".index") == 0;
    if (problem || info->kind != FILE_REGULAR || !is_index) return KITH_OK;
    (void)snprintf(context, PATH_MAX, "%s", path);
    return KITH_ERR_CANCELLED;
}

kith_status leftovers_check(const char *directory, kith_error *err)
{
    char catalog[PATH_MAX], log[PATH_MAX], indexes[PATH_MAX], left[PATH_MAX] = "";
    file_info info = {0};
    int length = snprintf(catalog, sizeof catalog, "%s/kith.db", directory);
    (void)snprintf(log, sizeof log, "%s/kith.db-wal", directory);
    (void)snprintf(indexes, sizeof indexes, "%s/derived", directory);
    if (length < 0 || (size_t)length + sizeof "-wal" > sizeof log) return KITH_OK;
    bool is_present = file_stat(catalog, &info, NULL) == KITH_OK;
    const uint64_t bytes = is_present ? info.bytes : 0;
    if (is_present && bytes >= SQLITE_HEADER_BYTES) return KITH_OK;
    if (file_stat(log, &info, NULL) == KITH_OK && info.bytes > 0) {
        (void)snprintf(left, sizeof left, "%s", log);
    } else if (is_present) {
        const directory_visitor visitor = {.visit = find_index, .context = left};
        kith_status status = directory_walk(indexes, &visitor, NULL);
        (void)status; // what cannot be listed is no proof
    }
    if (!left[0]) return KITH_OK;
    // Another process may be creating the directory: its kith.db has a page before the rest is there.
    if (file_stat(catalog, &info, NULL) == KITH_OK && info.bytes >= SQLITE_HEADER_BYTES)
        return KITH_OK;
    if (!is_present)
        return fail(err, KITH_ERR_CORRUPT,
                    "kith.db is missing, but '%s' is there: put kith.db back, or remove that file "
                    "to start over",
                    left);
    return fail(err, KITH_ERR_CORRUPT,
                "kith.db has only %llu bytes, but '%s' is there: put kith.db back, or remove "
                "kith.db to start over",
                (unsigned long long)bytes, left);
}
