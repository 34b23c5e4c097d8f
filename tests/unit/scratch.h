/* scratch.h - a directory of one test's own: setup and teardown for cmocka; *state is its path. */
#ifndef KITH_SCRATCH_H
#define KITH_SCRATCH_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static inline int scratch_setup(void **state)
{
    const char *base = getenv("TMPDIR");
    char path[512];
    (void)snprintf(path, sizeof path, "%s/kith-test-XXXXXX", base ? base : "/tmp");
    if (!mkdtemp(path)) return -1;
    *state = strdup(path);
    return *state ? 0 : -1;
}

static inline int scratch_remove_entry(const char *path, const struct stat *st, int type,
                                       struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static inline int scratch_teardown(void **state)
{
    int failed = nftw(*state, scratch_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(*state);
    return failed;
}

#endif
