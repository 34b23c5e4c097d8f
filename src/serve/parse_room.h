/* parse_room.h - the memory that large bodies of JSON take, of all requests together.
 *
 * While a text is parsed its parser takes up to 12 times its size, and what is made of it up to 8
 * times (JSON_MEMORY_FACTOR); afterwards only the latter remains, of what clients really send 1 to 3
 * times, until the request ends. Whoever has a large text waits until those that came before leave
 * it room for the worst; then it gives back what it did not need. */
#ifndef KITH_SERVE_PARSE_ROOM_H
#define KITH_SERVE_PARSE_ROOM_H

#include "base/status.h"

#include <pthread.h>
#include <stdint.h>

typedef struct parse_room {
    uint64_t total;       /* bytes */
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    uint64_t used;
    uint64_t next, admitted; /* numbers of those that come, in order: nobody is passed over */
} parse_room;

void parse_room_init(parse_room *r, uint64_t total);
void parse_room_done(parse_room *r);
/* Waits for the room; who wants more than there is at all gets all. Returns what was taken. Any
 * thread, which holds no lock and nothing of the room. */
uint64_t parse_room_enter(parse_room *r, uint64_t bytes);
/* Gives back so many of them. */
void parse_room_leave(parse_room *r, uint64_t bytes);

#endif
