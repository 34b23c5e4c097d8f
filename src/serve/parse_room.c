/* parse_room.c - see parse_room.h. Whoever has entered waits for nobody until he leaves, so the first
 * in the line gets in. */
#include "serve/parse_room.h"

void parse_room_init(parse_room *r, uint64_t total)
{
    *r = (parse_room){.total = total};
    CHECK(pthread_mutex_init(&r->lock, NULL) == 0 && pthread_cond_init(&r->changed, NULL) == 0);
}

void parse_room_done(parse_room *r)
{
    CHECK(r->used == 0);
    CHECK(pthread_cond_destroy(&r->changed) == 0 && pthread_mutex_destroy(&r->lock) == 0);
}

uint64_t parse_room_enter(parse_room *r, uint64_t bytes)
{
    const uint64_t wanted = bytes < r->total ? bytes : r->total;
    CHECK(pthread_mutex_lock(&r->lock) == 0);
    const uint64_t number = r->next++;
    while (number != r->admitted || r->used > r->total - wanted)
        (void)pthread_cond_wait(&r->changed, &r->lock);
    r->used += wanted;
    r->admitted++;
    (void)pthread_cond_broadcast(&r->changed); // there may be room for the next as well
    CHECK(pthread_mutex_unlock(&r->lock) == 0);
    return wanted;
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
