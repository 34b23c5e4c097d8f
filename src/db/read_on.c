/* read_on.c - when an index of which only a part was read is read whole, beside the searches.
 *
 * A process that opens a collection for one answer should not pay for all of its index: so one search reads
 * what it needs, and nothing else is done. The second one is taken for a sign that more will come, and so is a
 * write: rows must be linked, and generations saved, and neither is done to an index that is partial. What others
 * have written, which an index catches up with when it is opened, is none while it is too little to be worth a thread:
 * it is scanned (upkeep.c). */
#include "base/size.h"
#include "db/collection_private.h"
#include "db/derived_parts.h"

enum {
    SEARCHES = 2,          /* of a partial index, and it is read whole */
    CHANGES = 64,          /* that it was caught up with since a generation was saved, and it is */
    SLICE_BYTES = 8 << 20, /* read between two looks at what else is due */
};

bool read_on_note_search(collection *c)
{
    return atomic_fetch_add_explicit(&c->partial_searches, 1, memory_order_relaxed) + 1 >= SEARCHES;
}

void read_on_note_write(collection *c)
{
    (void)atomic_fetch_add_explicit(&c->partial_searches, SEARCHES, memory_order_relaxed);
}

bool read_on_is_due(collection *c, const snapshot *s)
{
    (void)pthread_mutex_lock(&c->lock);
    const bool has_changed = c->unsaved >= CHANGES || c->must_save;
    (void)pthread_mutex_unlock(&c->lock);
    const uint32_t searches = atomic_load_explicit(&c->partial_searches, memory_order_relaxed);
    return (has_changed || searches >= SEARCHES) && !snapshot_is_damaged(s);
}

bool read_on_slice(collection *c, const snapshot *s)
{
    bool is_done = false;
    kith_status status = derived_read_ids(s->derived, NULL);
    if (status == KITH_OK)
        status = vector_index_read_on(s->index, SLICE_BYTES, &c->upkeep.stopping, &is_done, NULL);
    return status == KITH_OK;
}

bool read_on_finish(const snapshot *s)
{
    bool is_done = false;
    kith_status status = derived_read_ids(s->derived, NULL);
    while (status == KITH_OK && !is_done)
        status = vector_index_read_on(s->index, SIZE_MAX, NULL, &is_done, NULL);
    return status == KITH_OK;
}
