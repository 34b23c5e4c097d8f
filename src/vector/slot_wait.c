/* slot_wait.c - see slot_wait.h. Slots that are added while others are waited for begin to wait when these are given back: for
 * them the searches that ran meanwhile count. */
#include "vector/slot_wait.h"

#include "base/size.h"

#include <stdlib.h>
#include <string.h>

void slot_wait_done(slot_wait *w)
{
    free(w->slots);
    *w = (slot_wait){0};
}

bool slot_wait_reserve(slot_wait *w, uint32_t more)
{
    if (w->room - w->count >= more) return true;
    const size_t room = size_max((size_t)w->count + more, (size_t)w->room * 2);
    uint32_t *slots = heap_new_array(room, sizeof *slots);
    if (!slots) return false;
    if (w->count > 0) memcpy(slots, w->slots, w->count * sizeof *slots);
    free(w->slots);
    w->slots = slots;
    w->room = (uint32_t)size_min(room, UINT32_MAX);
    return true;
}

void slot_wait_add(slot_wait *w, uint32_t slot)
{
    CHECK(w->count < w->room);
    w->slots[w->count++] = slot;
}

static void begin(slot_wait *w)
{
    w->waiting = w->count;
    w->was_zero[0] = w->was_zero[1] = false;
}

bool slot_wait_give_back(slot_wait *w, readers *searches, vector_slots *to)
{
    if (w->count == 0) return true;
    if (w->waiting == 0) begin(w);
    if (!readers_are_gone(searches, w->was_zero)) return false;
    for (uint32_t i = 0; i < w->waiting; i++)
        vector_slots_give_back(to, w->slots[i]);
    w->count -= w->waiting;
    memmove(w->slots, w->slots + w->waiting, w->count * sizeof *w->slots);
    w->waiting = 0;
    if (w->count == 0) slot_wait_done(w);
    return w->count == 0;
}
