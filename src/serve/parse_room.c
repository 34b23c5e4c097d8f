/* parse_room.c - see parse_room.h. Whoever has entered waits for nobody until he leaves, so the first
 * in the line gets in, or gives up. */
#include "serve/parse_room.h"

#include "os/clock.h"

enum { LOOK_MS = 100 /* between two looks at the limit of who waits */ };

struct parse_waiter {
    parse_waiter *next;
};

void parse_room_init(parse_room *r, uint64_t total)
{
    *r = (parse_room){.total = total};
    CHECK(pthread_mutex_init(&r->lock, NULL) == 0);
    clock_condition_init(&r->changed);
}

void parse_room_done(parse_room *r)
{
    CHECK(r->used == 0 && !r->first);
    CHECK(pthread_cond_destroy(&r->changed) == 0 && pthread_mutex_destroy(&r->lock) == 0);
}

static void leave_line_locked(parse_room *r, const parse_waiter *w)
{
    parse_waiter **at = &r->first;
    while (*at != w)
        at = &(*at)->next;
    *at = w->next;
}

static void wait_locked(parse_room *r)
{
    const struct timespec end = clock_deadline(LOOK_MS);
    (void)pthread_cond_timedwait(&r->changed, &r->lock, &end);
}

/* Until it is the first in the line, and there is room. The limit is asked without the lock: that may
 * be a system call. */
static kith_status wait_in_line_locked(parse_room *r, const parse_waiter *w, uint64_t wanted,
                                       const call_limit *limit, kith_error *err)
{
    kith_status status = KITH_OK;
    while (status == KITH_OK && (r->first != w || r->used > r->total - wanted)) {
        wait_locked(r);
        CHECK(pthread_mutex_unlock(&r->lock) == 0);
        status = call_limit_check(limit, err);
        CHECK(pthread_mutex_lock(&r->lock) == 0);
    }
    return status;
}

kith_status parse_room_enter(parse_room *r, uint64_t bytes, const call_limit *limit,
                             uint64_t *taken, kith_error *err)
{
    const uint64_t wanted = bytes < r->total ? bytes : r->total;
    parse_waiter self = {.next = NULL}, **end = &r->first;
    CHECK(pthread_mutex_lock(&r->lock) == 0);
    while (*end)
        end = &(*end)->next;
    *end = &self;
    const kith_status status = wait_in_line_locked(r, &self, wanted, limit, err);
    leave_line_locked(r, &self);
    if (status == KITH_OK) {
        *taken = wanted;
        r->used += wanted;
    }
    (void)pthread_cond_broadcast(&r->changed); // there may be room for the next
    CHECK(pthread_mutex_unlock(&r->lock) == 0);
    return status;
}

void parse_room_leave(parse_room *r, uint64_t bytes)
{
    if (bytes == 0) return;
    CHECK(pthread_mutex_lock(&r->lock) == 0);
    CHECK(bytes <= r->used);
    r->used -= bytes;
    (void)pthread_cond_broadcast(&r->changed);
    CHECK(pthread_mutex_unlock(&r->lock) == 0);
}
