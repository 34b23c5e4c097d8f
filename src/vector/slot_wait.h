/* slot_wait.h - slots that no row is in any more, and that searches may be reading still. The linker's, all of it. */
#ifndef KITH_VECTOR_SLOT_WAIT_H
#define KITH_VECTOR_SLOT_WAIT_H

#include "vector/readers.h"
#include "vector/vector_slots.h"

/* Zero: there are none. */
typedef struct slot_wait {
    uint32_t *slots; /* [count], with room for `room` */
    uint32_t count, room;
    uint32_t waiting; /* the first so many are waited for; those behind come next */
    bool was_zero[2]; /* of readers_are_gone */
} slot_wait;

void slot_wait_done(slot_wait *w);
/* Makes room for `more` slots. False: out of memory, and nothing has changed. */
bool slot_wait_reserve(slot_wait *w, uint32_t more);
/* There is room. No search that begins from now on is led to the slot. */
void slot_wait_add(slot_wait *w, uint32_t slot);
/* Gives those back that no search can be reading. False: there are others. */
bool slot_wait_give_back(slot_wait *w, readers *searches, vector_slots *to);

#endif
