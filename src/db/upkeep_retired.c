/* upkeep_retired.c - memory that is no longer needed.
 *
 * A search must not be the one that frees a large segment, or a whole index, because it happened to
 * hold it last. So what is replaced is put on a list, with a hold of its own, and released by the
 * upkeep once that hold is the last. */
#include "base/size.h"
#include "db/collection_private.h"

typedef struct retired {
    segment *segment;
    derived *derived;
} retired;

void upkeep_retire_applying(collection *c, segment *s, derived *d)
{
    upkeep *u = &c->upkeep;
    (void)pthread_mutex_lock(&c->lock);
    bool has_room = u->retired_count < u->retired_capacity;
    if (!has_room) {
        uint32_t capacity = u->retired_capacity ? u->retired_capacity * 2 : 16;
        retired *grown = heap_grow_array(u->retired, capacity, sizeof *grown);
        has_room = grown != NULL;
        if (grown) {
            u->retired = grown;
            u->retired_capacity = capacity;
        }
    }
    if (has_room) u->retired[u->retired_count++] = (retired){s, d};
    (void)pthread_mutex_unlock(&c->lock);
    if (has_room) return;
    segment_release(s); // without the list a search may be the one that frees it
    derived_release(d);
}

/* Acquire: what former holders did with it comes before it is freed. */
static bool is_held_last(const retired *r)
{
    return (!r->segment || atomic_load_explicit(&r->segment->holders, memory_order_acquire) == 1) &&
           (!r->derived || atomic_load_explicit(&r->derived->holders, memory_order_acquire) == 1);
}

uint32_t upkeep_release_retired(collection *c, bool all)
{
    for (;;) {
        retired found = {0};
        (void)pthread_mutex_lock(&c->lock);
        upkeep *u = &c->upkeep;
        uint32_t left = u->retired_count;
        for (uint32_t i = 0; i < left && !found.segment && !found.derived; i++) {
            if (!all && !is_held_last(&u->retired[i])) continue;
            found = u->retired[i];
            u->retired[i] = u->retired[--u->retired_count];
        }
        (void)pthread_mutex_unlock(&c->lock);
        if (!found.segment && !found.derived) return left;
        segment_release(found.segment);
        derived_release(found.derived);
    }
}
