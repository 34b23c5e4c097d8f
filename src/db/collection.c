/* collection.c - a collection's handle: birth, death, and what the store says of it. */
#include "db/collection.h"

#include "db/collection_private.h"

#include <stdatomic.h>
#include <stdlib.h>

kith_status collection_new(const collection_home *home, const store_collection *description,
                           collection **out, kith_error *err)
{
    collection *c = calloc(1, sizeof *c);
    if (!c) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a collection");
    CHECK(description->name.size < sizeof c->name);
    c->home = *home;
    c->id = description->id;
    c->metric = description->metric;
    memcpy(c->name, description->name.data, description->name.size);
    pthread_rwlockattr_t attributes;
    (void)pthread_rwlockattr_init(&attributes);
    // Without this a steady stream of searches would starve the writers.
    (void)pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    (void)pthread_rwlock_init(&c->lock, &attributes);
    (void)pthread_rwlockattr_destroy(&attributes);
    *out = c;
    return KITH_OK;
}

void collection_free(collection *c)
{
    derived_done(&c->derived);
    (void)pthread_rwlock_destroy(&c->lock);
    free(c);
}

database *collection_database(const collection *c)
{
    return c->home.database;
}

uint64_t collection_id(const collection *c)
{
    return c->id;
}

void collection_note_sequence(collection *c, uint64_t sequence)
{
    uint64_t noted = atomic_load_explicit(&c->noted_sequence, memory_order_relaxed);
    while (noted < sequence &&
           !atomic_compare_exchange_weak_explicit(&c->noted_sequence, &noted, sequence,
                                                  memory_order_relaxed, memory_order_relaxed))
        ;
}

bool collection_measure(collection *c, uint64_t *bytes)
{
    enum { GROWTH_SHARE = 16, GROWTH_LEAST = 64 }; // rows that are no reason to count anew
    uint64_t measured = atomic_load_explicit(&c->measured_bytes, memory_order_relaxed);
    uint32_t then = atomic_load_explicit(&c->measured_rows, memory_order_relaxed);
    *bytes = measured;
    if (pthread_rwlock_tryrdlock(&c->lock) != 0) return true;
    uint32_t rows = c->derived.index ? vector_index_rows(c->derived.index) : 0;
    bool is_worth_keeping = c->loaded || c->behind;
    if (!c->loaded)
        measured = rows = 0;
    else if (measured == 0 || rows < then || rows - then > then / GROWTH_SHARE + GROWTH_LEAST)
        measured = derived_bytes(&c->derived);
    else
        rows = then;
    (void)pthread_rwlock_unlock(&c->lock);
    atomic_store_explicit(&c->measured_bytes, measured, memory_order_relaxed);
    atomic_store_explicit(&c->measured_rows, rows, memory_order_relaxed);
    *bytes = measured;
    return is_worth_keeping;
}

kith_metric collection_metric(const collection *c)
{
    return c->metric;
}

kith_status collection_describe(collection *c, arena *a, store_collection *out, kith_error *err)
{
    kith_status status = store_collection_get(c->home.store, view_of(c->name), a, out, err);
    // The store looks up names, and a handle outlives its collection: after a deletion the name may
    // belong to a new collection, whose dimension, model and sequence mean nothing for this handle.
    // Numbers are never used twice.
    if (status == KITH_OK && out->id != c->id)
        return fail(err, KITH_ERR_NOT_FOUND, "collection '%s' was deleted", c->name);
    return status;
}
