/* kith_budget.c - the memory that a collection's vectors may take. */
#include "db/database.h"
#include "lib/handle.h"
#include "lib/options.h"

#include <kith/budget.h>

kith_status kith_collection_limit_memory(kith *k, const char *name, uint64_t bytes, kith_error *err)
{
    const kith_collection_changes to = {.size = sizeof to, .index_memory = &bytes};
    return count_call(k, kith_collection_modify(k, name, &to, err));
}

kith_status kith_collection_memory(kith *k, const char *name, kith_index_memory *out,
                                   kith_error *err)
{
    collection *c = NULL;
    collection_vector_memory m = {0};
    static const options_shape shape = OPTIONS_SHAPE(kith_index_memory);
    size_t size = 0;
    kith_status status = options_room(&shape, out, &size, err);
    if (status == KITH_OK)
        status = database_acquire_collection(k->database, view_of(name), &c, err);
    if (status == KITH_OK) m = collection_measure_vectors(c);
    database_release_collection(c);
    if (status != KITH_OK) return count_call(k, status);
    const kith_index_memory made = {.limit = m.limit,
                                    .used = m.used,
                                    .lists = m.lists,
                                    .is_compact = m.is_compact,
                                    .memory = m.memory};
    options_give(&shape, &made, size, out);
    return count_call(k, status);
}
