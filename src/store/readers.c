/* readers.c - idle reading connections, kept up to a number, and the snapshots of the others.
 *
 * In WAL mode a read transaction sees the database as of the last commit before its first read.
 * BEGIN alone takes no snapshot: the first query does, and from then on commits append to the log
 * behind the reader's back without disturbing it. So two queries that must agree, a collection's
 * sequence and its rows say, are run between one acquire and its release, never in two.
 *
 * A snapshot is not free: as long as one is held, the log cannot start over from its beginning, and
 * grows with every commit. Hence the invariant: an idle connection is in no transaction. The
 * release ends it, and closes a connection that cannot be ended. What reads for long (the change
 * feed from 0, store_check) makes the log grow for as long. */
#include "store/readers.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { READERS_KEPT = 8 }; /* idle ones; acquired ones have no limit */

struct readers {
    char *path;
    connection_role role;
    pthread_mutex_t lock; /* guards what follows */
    connection *idle[READERS_KEPT];
    uint32_t idle_count, acquired_count;
};

kith_status readers_new(const char *path, connection_role role, readers **out, kith_error *err)
{
    readers *r = calloc(1, sizeof *r);
    char *copy = strdup(path);
    if (!r || !copy) {
        free(r);
        free(copy);
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the readers");
    }
    r->path = copy;
    r->role = role;
    (void)pthread_mutex_init(&r->lock, NULL);
    *out = r;
    return KITH_OK;
}

void readers_free(readers *r)
{
    if (!r) return;
    CHECK(r->acquired_count == 0);
    for (uint32_t i = 0; i < r->idle_count; i++)
        connection_close(r->idle[i], false);
    (void)pthread_mutex_destroy(&r->lock);
    free(r->path);
    free(r);
}

/* NULL when none is idle. Counts as acquired either way. */
static connection *take_idle(readers *r)
{
    (void)pthread_mutex_lock(&r->lock);
    connection *c = r->idle_count ? r->idle[--r->idle_count] : NULL;
    r->acquired_count++;
    (void)pthread_mutex_unlock(&r->lock);
    CHECK(!c || !connection_in_transaction(c));
    return c;
}

kith_status readers_acquire(readers *r, connection **out, kith_error *err)
{
    kith_status status = KITH_OK;
    connection *c = take_idle(r);
    if (!c) status = connection_open(r->path, r->role, &c, err);
    if (status == KITH_OK) status = connection_execute(c, BEGIN_READING, err);
    if (status == KITH_OK)
        *out = c;
    else
        readers_release(r, c);
    return status;
}

void readers_release(readers *r, connection *c)
{
    if (c && connection_in_transaction(c)) {
        kith_status ended = connection_execute(c, COMMIT, NULL);
        if (ended != KITH_OK) {
            connection_close(c, false);
            c = NULL;
        }
    }
    (void)pthread_mutex_lock(&r->lock);
    CHECK(r->acquired_count > 0);
    r->acquired_count--;
    if (c && r->idle_count < READERS_KEPT) {
        r->idle[r->idle_count++] = c;
        c = NULL;
    }
    (void)pthread_mutex_unlock(&r->lock);
    connection_close(c, false);
}
