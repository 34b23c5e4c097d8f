/* file_leftovers.c - see file_leftovers.h. */
#include "os/file_leftovers.h"

#include "base/path.h"
#include "base/view.h"
#include "os/clock.h"
#include "os/file.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* "NAME.", and digits alone. */
static bool is_left_of(view whole, view name)
{
    if (name.size <= whole.size + 1 || !view_starts_with(name, whole)) return false;
    if (name.data[whole.size] != '.') return false;
    for (size_t i = whole.size + 1; i < name.size; i++)
        if (name.data[i] < '0' || name.data[i] > '9') return false;
    return true;
}

static void remove_if_old(const char *directory, const char *name, int64_t age_ms)
{
    char path[PATH_MAX];
    file_info info = {0};
    int length = snprintf(path, sizeof path, "%s/%s", directory, name);
    if (length < 0 || (size_t)length >= sizeof path) return;
    if (file_stat(path, &info, NULL) != KITH_OK || info.kind != FILE_REGULAR) return;
    if (clock_wall_ms() - info.modified_ns / 1000000 > age_ms) (void)file_ops_posix.unlink(path);
}

void file_leftovers_remove(const char *path, int64_t age_ms)
{
    char directory[PATH_MAX];
    const char *end = strrchr(path, '/');
    if (!end || (size_t)(end - path) >= sizeof directory) return;
    (void)snprintf(directory, sizeof directory, "%.*s", (int)(end - path), path);
    DIR *entries = opendir(directory);
    if (!entries) return;
    for (const struct dirent *e = readdir(entries); e; e = readdir(entries))
        if (is_left_of(view_of(path_base(path)), view_of(e->d_name)))
            remove_if_old(directory, e->d_name, age_ms);
    (void)closedir(entries);
}
