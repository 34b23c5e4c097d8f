/* collection_for_test.h - a database in a scratch directory and its collection "c", as most tests of this room have them. */
#ifndef KITH_TESTS_DB_COLLECTION_FOR_TEST_H
#define KITH_TESTS_DB_COLLECTION_FOR_TEST_H

#include "test.h"

#include "db/database.h"
#include "scratch.h"

typedef struct kept_notices {
    char last[512];
    uint32_t count;
} kept_notices;

/* database_options.on_notice, whose context is kept_notices. */
static inline void keep_notice(void *context, const char *notice)
{
    kept_notices *kept = context;
    (void)snprintf(kept->last, sizeof kept->last, "%s", notice);
    kept->count++;
}

static inline void open_collection(const char *directory, const database_options *options,
                                   database **db, collection **c)
{
    kith_error err;
    assert_ok(database_open(directory, options, db, &err));
    assert_ok(database_ensure_collection(*db, VIEW("c"), c, &err));
}

static inline void close_collection(database **db, collection **c)
{
    kith_error err;
    database_release_collection(*c);
    *c = NULL;
    assert_ok(database_close(*db, &err));
    *db = NULL;
}

/* A fixture of zeros, for setup: its first member is a char *, which gets the path of a scratch directory. NULL: it failed. */
static inline void *fixture_new(void **state, size_t bytes)
{
    *state = calloc(1, bytes);
    return *state && scratch_setup(*state) == 0 ? *state : NULL;
}

/* For teardown: removes the directory and frees the fixture. */
static inline int fixture_free(void *fixture)
{
    int failed = scratch_teardown(fixture);
    free(fixture);
    return failed;
}

#endif
