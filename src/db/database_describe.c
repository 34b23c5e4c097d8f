/* database_describe.c - what is known of the indexes of a data directory: nothing is loaded for it. */
#include "db/database_private.h"

database_memory database_measure(database *d)
{
    database *root = d->root;
    (void)pthread_mutex_lock(&root->mutex);
    database_memory m = {.bytes = root->bytes, .unloaded = root->unloaded};
    for (const entry *e = root->newest; e; e = e->after)
        m.loaded += e->bytes > 0;
    (void)pthread_mutex_unlock(&root->mutex);
    return m;
}

/* The collection's handle, held, if any call has made one; NULL: there is none. */
static collection *database_hold_open(database *root, uint64_t id)
{
    collection *held = NULL;
    (void)pthread_mutex_lock(&root->mutex);
    entry *e = entries_find_by_id_locked(root, id);
    if (e && !e->unloading) {
        e->holders++;
        held = e->collection;
    }
    (void)pthread_mutex_unlock(&root->mutex);
    return held;
}

uint32_t database_unlinked(database *d, uint64_t id)
{
    collection *held = database_hold_open(d->root, id);
    uint32_t unlinked = held ? collection_unlinked(held) : 0;
    database_release_collection(held);
    return unlinked;
}

index_size database_index_size(database *d, uint64_t id)
{
    bool is_behind = false;
    index_size size = {0};
    collection *held = database_hold_open(d->root, id);
    snapshot *s = held ? collection_hold_current(held, &is_behind) : NULL;
    if (s) {
        size = (index_size){.rows = s->rows, .live = s->live_count};
        (void)collection_measure(held, &size.bytes);
    }
    snapshot_release(s);
    database_release_collection(held);
    return size;
}

kith_status database_describe_index(database *d, const store_collection *stored, arena *a,
                                    collection_index_state *out, kith_error *err)
{
    database *root = d->root;
    collection *held = database_hold_open(root, stored->id), *unloaded = NULL;
    const collection_home home = database_home_of(root);
    kith_status status = held ? KITH_OK : collection_new(&home, stored, &unloaded, err);
    if (status == KITH_OK) status = collection_index(held ? held : unloaded, a, out, err);
    if (unloaded) collection_free(unloaded);
    database_release_collection(held);
    return status;
}

recall_figures database_describe_recall(database *d, uint64_t id, const store_counter *counters,
                                        uint32_t count, recall_curve *curve)
{
    bool is_behind = false;
    collection *held = database_hold_open(d->root, id);
    snapshot *s = held ? collection_hold_current(held, &is_behind) : NULL;
    const bool has_lists = s && s->index && vector_index_has_lists(s->index);
    *curve = s ? index_recall_curve(&s->derived->recall, has_lists) : (recall_curve){0};
    snapshot_release(s);
    const recall_figures figures =
        recall_figures_of(held ? &held->sampler : NULL, counters, count, id);
    database_release_collection(held);
    return figures;
}

void database_save_recall(database *d)
{
    database *root = d->root;
    if (root->options.read_only) return;
    (void)pthread_mutex_lock(&root->mutex);
    for (entry *e = root->newest; e; e = e->after)
        recall_sampler_save(&e->collection->sampler, root->store, e->id);
    (void)pthread_mutex_unlock(&root->mutex);
}
