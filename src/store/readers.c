/* readers.c - at most READERS_MAX connections that read, shared by all threads, and the snapshots
 * that they hold.
 *
 * In WAL mode a read transaction sees the database as of the last commit before its first read.
 * BEGIN alone takes no snapshot: the first query does, and from then on commits append to the log
 * behind the reader's back without disturbing it. So two queries that must agree, a collection's
 * sequence and its rows say, are run between one acquire and its release, never in two.
 *
 * A snapshot is not free: as long as one is held, the log cannot start over from its beginning, and
 * grows with every commit. Hence the invariant: an idle connection is in no transaction. The
 * release ends it, and closes a connection that cannot be ended. What reads for long (the change
 * feed from 0, store_check) makes the log grow for as long.
 *
 * Waiting. A slot stands for one of the READERS_MAX connections; a thread that finds none free
 * waits until one is released. Why no thread waits for ever:
 *
 * 1. Whoever waits holds no reader. A thread that holds one and asks for another, as a visit of the
 *    change feed may, gets a connection beside the slots, which is opened for it and closed again.
 *    So a thread that holds a slot never waits here.
 * 2. Whoever holds a slot waits for nobody who waits here. A slot is held inside one function of
 *    the store, which takes no lock but those of SQLite and leaves with the slot released. Where it
 *    calls back (a visit, a match), the callback runs in the same thread, under the locks that its
 *    caller held before, and takes no lock of db (docs/locking.md). A copy of a collection holds a
 *    slot while it waits for the writer's thread, which takes none.
 * So each of the READERS_MAX holders comes to its release without the help of a waiting thread, and
 * each release wakes one. */
#include "store/readers.h"

#include "os/clock.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct slot {
    connection *connection; /* kept from one use to the next; NULL until the first */
    pthread_t holder;       /* while it is acquired */
    bool is_acquired;
} slot;

struct readers {
    char *path;
    connection_role role;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t freed; /* a slot is no longer acquired */
    slot slots[READERS_MAX];
    uint32_t extra; /* connections beside the slots */
    uint64_t opened;
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
    clock_condition_init(&r->freed);
    *out = r;
    return KITH_OK;
}

void readers_free(readers *r)
{
    if (!r) return;
    CHECK(r->extra == 0);
    for (uint32_t i = 0; i < READERS_MAX; i++) {
        CHECK(!r->slots[i].is_acquired);
        connection_close(r->slots[i].connection, false);
    }
    (void)pthread_cond_destroy(&r->freed);
    (void)pthread_mutex_destroy(&r->lock);
    free(r->path);
    free(r);
}

uint64_t readers_opened(readers *r)
{
    (void)pthread_mutex_lock(&r->lock);
    uint64_t opened = r->opened;
    (void)pthread_mutex_unlock(&r->lock);
    return opened;
}

static bool holds_one_locked(const readers *r)
{
    for (uint32_t i = 0; i < READERS_MAX; i++)
        if (r->slots[i].is_acquired && pthread_equal(r->slots[i].holder, pthread_self()) != 0)
            return true;
    return false;
}

/* A free slot, one with a connection before one without; NULL when all are acquired. */
static slot *find_free_locked(readers *r)
{
    slot *found = NULL;
    for (uint32_t i = 0; i < READERS_MAX; i++) {
        slot *s = &r->slots[i];
        if (!s->is_acquired && (!found || (s->connection && !found->connection))) found = s;
    }
    return found;
}

/* Waits with the lock held until a slot is freed, or for a while; the lock is not held during the
 * check. */
static kith_status wait_for_slot(readers *r, const call_limit *limit, kith_error *err)
{
    if (!limit) {
        (void)pthread_cond_wait(&r->freed, &r->lock);
        return KITH_OK;
    }
    const struct timespec until = clock_deadline(READERS_CHECK_MS);
    (void)pthread_mutex_unlock(&r->lock);
    kith_status status = call_limit_check(limit, err);
    (void)pthread_mutex_lock(&r->lock);
    if (status == KITH_OK && !find_free_locked(r))
        (void)pthread_cond_timedwait(&r->freed, &r->lock, &until);
    return status;
}

/* *out is a slot, now this thread's; NULL: a connection beside the slots, which counts as `extra`. */
static kith_status take(readers *r, const call_limit *limit, slot **out, kith_error *err)
{
    kith_status status = KITH_OK;
    (void)pthread_mutex_lock(&r->lock);
    slot *s = find_free_locked(r);
    while (!s && status == KITH_OK && !holds_one_locked(r)) {
        status = wait_for_slot(r, limit, err);
        s = find_free_locked(r);
    }
    if (status != KITH_OK) {
        // A slot that was freed for this thread is for the next one that waits.
        (void)pthread_cond_signal(&r->freed);
    } else if (s) {
        s->is_acquired = true;
        s->holder = pthread_self();
    } else {
        r->extra++;
    }
    (void)pthread_mutex_unlock(&r->lock);
    CHECK(status != KITH_OK || !s || !s->connection || !connection_in_transaction(s->connection));
    *out = s;
    return status;
}

static void give_back(readers *r, slot *s)
{
    (void)pthread_mutex_lock(&r->lock);
    if (s)
        s->is_acquired = false;
    else
        r->extra--;
    (void)pthread_cond_signal(&r->freed);
    (void)pthread_mutex_unlock(&r->lock);
}

/* Opens a connection for the slot, unless that is NULL. */
static kith_status open_one(readers *r, slot *s, connection **out, kith_error *err)
{
    kith_status status = connection_open(r->path, r->role, out, err);
    if (status != KITH_OK) return status;
    (void)pthread_mutex_lock(&r->lock);
    r->opened++;
    if (s) s->connection = *out; // so that the release knows whose it is
    (void)pthread_mutex_unlock(&r->lock);
    return KITH_OK;
}

kith_status readers_acquire_within(readers *r, const call_limit *limit, connection **out,
                                   kith_error *err)
{
    slot *s = NULL;
    kith_status status = take(r, limit, &s, err);
    if (status != KITH_OK) return status;
    connection *c = s ? s->connection : NULL;
    if (!c) status = open_one(r, s, &c, err);
    if (status != KITH_OK) {
        give_back(r, s);
        return status;
    }
    status = connection_execute(c, BEGIN_READING, err);
    if (status == KITH_OK)
        *out = c;
    else
        readers_release(r, c);
    return status;
}

kith_status readers_acquire(readers *r, connection **out, kith_error *err)
{
    return readers_acquire_within(r, NULL, out, err);
}

static slot *slot_of(readers *r, const connection *c)
{
    for (uint32_t i = 0; i < READERS_MAX; i++)
        if (r->slots[i].connection == c) return &r->slots[i];
    return NULL;
}

void readers_release(readers *r, connection *c)
{
    bool is_ended = !connection_in_transaction(c) || connection_execute(c, COMMIT, NULL) == KITH_OK;
    // Other slots may be written meanwhile, by whoever acquires them, but never to this connection.
    (void)pthread_mutex_lock(&r->lock);
    slot *s = slot_of(r, c);
    if (s && !is_ended) s->connection = NULL;
    (void)pthread_mutex_unlock(&r->lock);
    if (!s || !is_ended) connection_close(c, false);
    give_back(r, s);
}
