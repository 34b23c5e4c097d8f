/* collection.c - a collection's handle: birth, death, and what the store says of it. */
#include "db/collection.h"

#include "db/collection_private.h"
#include "store/catalog.h"

#include <stdatomic.h>
#include <stdlib.h>

/* One of the names that a collection had. */
typedef struct collection_name {
    struct collection_name *former;
    char text[];
} collection_name;

void collection_rename(collection *c, view name)
{
    if (c->name && view_equal(view_of(c->name), name)) return;
    collection_name *new = malloc(sizeof *new + name.size + 1);
    if (!new) return;
    new->former = c->names;
    if (name.size) memcpy(new->text, name.data, name.size);
    new->text[name.size] = '\0';
    c->names = new;
    c->name = new->text;
}

kith_status collection_new(const collection_home *home, const store_collection *description,
                           collection **out, kith_error *err)
{
    collection *c = calloc(1, sizeof *c);
    if (!c) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a collection");
    c->home = *home;
    c->id = description->id;
    c->metric = description->metric;
    c->name = NULL;
    collection_rename(c, description->name);
    if (!c->name) {
        free(c);
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a collection");
    }
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
    while (c->names) {
        collection_name *former = c->names->former;
        free(c->names);
        c->names = former;
    }
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

kith_metric collection_metric(const collection *c)
{
    return c->metric;
}

kith_status collection_describe(collection *c, arena *a, store_collection *out, kith_error *err)
{
    kith_status status = store_collection_read(c->home.store, c->id, a, out, err);
    if (status == KITH_ERR_NOT_FOUND)
        return fail(err, status, "collection '%s' was deleted", c->name);
    return status;
}
