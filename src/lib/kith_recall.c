/* kith_recall.c - kith_collection_recall. */
#include "db/database.h"
#include "lib/handle.h"

#include <kith/recall.h>

kith_status kith_collection_recall(kith *k, const char *name, kith_recall *out, kith_error *err)
{
    arena memory;
    collection *c = NULL;
    recall_figures figures = {0};
    recall_curve curve = {0};
    store_counter *counters = NULL;
    uint32_t count = 0;
    arena_init(&memory, 0);
    kith_status status = database_acquire_collection(k->database, view_of(name), &c, err);
    if (status == KITH_OK)
        status = store_list_counters(database_store(k->database), &memory, &counters, &count, err);
    if (status == KITH_OK)
        figures = database_describe_recall(k->database, collection_id(c), counters, count, &curve);
    arena_done(&memory);
    database_release_collection(c);
    if (status == KITH_OK)
        *out = (kith_recall){.searches = figures.searches,
                             .recall = figures.recall,
                             .low = figures.low,
                             .high = figures.high,
                             .since_ms = figures.since_ms,
                             .measured_by = curve.queries,
                             .measured_by_searches = curve.is_asked};
    return count_call(k, status);
}
