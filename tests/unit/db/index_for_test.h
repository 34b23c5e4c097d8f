/* index_for_test.h - looking into the index of a collection that is in use. */
#ifndef KITH_TEST_DB_INDEX_FOR_TEST_H
#define KITH_TEST_DB_INDEX_FOR_TEST_H

#include "test.h"

#include "db/collection_private.h"

/* Do the parts of the index agree, once what runs beside is done? No writer may be at work. */
static inline void assert_index_is_sound(collection *c)
{
    kith_error err;
    bool is_behind = false;
    upkeep_wait(c);
    snapshot *s = collection_hold_current(c, &is_behind);
    assert_non_null(s);
    assert_ok(snapshot_check(s, &err));
    snapshot_release(s);
}

#endif
