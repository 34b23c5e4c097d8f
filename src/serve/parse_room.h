/* parse_room.h - the memory that large bodies of JSON take, of all requests together.
 *
 * While a text is parsed its parser takes up to 12 times its size, and what is made of it up to 8
 * times (JSON_MEMORY_FACTOR); afterwards only the latter remains, of what clients really send 1 to 3
 * times, until the request ends. Whoever has a large text waits until those that came before leave
 * it room for the worst; then it gives back what it did not need. */
#ifndef KITH_SERVE_PARSE_ROOM_H
#define KITH_SERVE_PARSE_ROOM_H

#include "base/status.h"
#include "os/call_limit.h"

#include <pthread.h>
#include <stdint.h>

typedef struct parse_waiter parse_waiter;

typedef struct parse_room {
    uint64_t total;       /* bytes */
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    uint64_t used;
    parse_waiter *first; /* of those that wait, in order: nobody is passed over */
} parse_room;

void parse_room_init(parse_room *r, uint64_t total);
void parse_room_done(parse_room *r);
/* Waits for the room, as long as `limit` lets it (NULL: without end); who wants more than there is at all
 * gets all. *taken is what was taken. Any thread, which holds no lock and nothing of the room.
 * Errors: KITH_ERR_TIMEOUT, KITH_ERR_CANCELLED; *taken is untouched then, and nothing is held. */
KITH_CHECKED kith_status parse_room_enter(parse_room *r, uint64_t bytes, const call_limit *limit,
                                          uint64_t *taken, kith_error *err);
/* Gives back so many of them. */
void parse_room_leave(parse_room *r, uint64_t bytes);

#endif
