/* kith_recall.c - kith_collection_recall and kith_collections_recall. */
#include "db/database.h"
#include "lib/handle.h"
#include "lib/options.h"
#include "store/counters.h"

#include <kith/recall.h>
#include <stdlib.h>

static const options_shape shape = OPTIONS_SHAPE(kith_recall);

/* What is stored of all collections. */
typedef struct stored_counters {
    store_counter *all; /* [count] in order of name */
    uint32_t count;
} stored_counters;

static kith_recall recall_of(kith *k, uint64_t id, const stored_counters *stored)
{
    recall_curve curve = {0};
    const recall_figures figures =
        database_describe_recall(k->database, id, stored->all, stored->count, &curve);
    return (kith_recall){.searches = figures.searches,
                         .recall = figures.recall,
                         .low = figures.low,
                         .high = figures.high,
                         .since_ms = figures.since_ms,
                         .measured_by = curve.queries,
                         .measured_by_searches = curve.is_asked};
}

kith_status kith_collection_recall(kith *k, const char *name, kith_recall *out, kith_error *err)
{
    arena memory;
    collection *c = NULL;
    stored_counters stored = {0};
    size_t size = 0;
    arena_init(&memory, 0);
    kith_status status = options_room(&shape, out, &size, err);
    if (status == KITH_OK)
        status = database_acquire_collection(k->database, view_of(name), &c, err);
    if (status == KITH_OK)
        status = store_list_counters(database_store(k->database), &memory, &stored.all,
                                     &stored.count, err);
    if (status == KITH_OK) {
        const kith_recall made = recall_of(k, collection_id(c), &stored);
        options_give(&shape, &made, size, out);
    }
    arena_done(&memory);
    database_release_collection(c);
    return count_call(k, status);
}

static int compare_name(const void *name, const void *stored)
{
    return view_compare(*(const view *)name, ((const store_collection *)stored)->name);
}

kith_status kith_collections_recall(kith *k, const kith_collection_list *list, kith_recall *out,
                                    kith_error *err)
{
    static const store_page whole = {0, 0};
    arena memory;
    store_collections found = {0};
    stored_counters stored = {0};
    size_t size = 0;
    if (list->count == 0) return count_call(k, KITH_OK);
    arena_init(&memory, 0);
    kith_status status = options_room(&shape, out, &size, err);
    if (status == KITH_OK)
        status = store_collection_list(database_store(k->database), database_scope(k->database),
                                       &whole, &memory, &found, err);
    if (status == KITH_OK)
        status = store_list_counters(database_store(k->database), &memory, &stored.all,
                                     &stored.count, err);
    for (size_t i = 0; i < list->count && status == KITH_OK; i++) {
        const view name = view_of(list->collections[i].name);
        const store_collection *c =
            found.count ? bsearch(&name, found.collections, found.count, sizeof *c, compare_name)
                        : NULL;
        const kith_recall made = c ? recall_of(k, c->id, &stored) : (kith_recall){0};
        options_give(&shape, &made, size, (unsigned char *)out + i * size);
    }
    arena_done(&memory);
    return count_call(k, status);
}
