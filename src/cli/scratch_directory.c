/* scratch_directory.c - see scratch_directory.h. */
#include "cli/scratch_directory.h"

#include "os/file.h"

#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <unistd.h>

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
    (void)info;
    (void)kind;
    (void)walk;
    return remove(path);
}

kith_status scratch_directory_make(invocation *run, const char *purpose, const char **out,
                                   kith_error *err)
{
    const char *base = run->environment->temporary;
    char *path = arena_printf(run->memory, "%s/kith-%s-XXXXXX", base, purpose);
    if (!path) return fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    if (!mkdtemp(path))
        return fail(err, status_of_errno(errno), "cannot make a directory in '%s': %s", base,
                    strerror(errno));
    *out = path;
    return KITH_OK;
}

void scratch_directory_remove(invocation *run, const char *path)
{
    enum { OPEN_DIRECTORIES = 8 };
    if (path && nftw(path, remove_entry, OPEN_DIRECTORIES, FTW_DEPTH | FTW_PHYS) != 0 &&
        errno != ENOENT)
        console_notice(run->console, "could not remove '%s': %s", path, strerror(errno));
}
