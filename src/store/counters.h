/* counters.h - numbers that are added up, by name.
 *
 * What store.h says of promise, threads, memory and codes holds here too. */
#ifndef KITH_STORE_COUNTERS_H
#define KITH_STORE_COUNTERS_H

#include "store/store.h"

typedef struct store_counter {
    view name;
    uint64_t value;
    bool is_fixed; /* to be added: its value is kept when there is one; of those read: false */
} store_counter;

/* Adds `value` to each of these counters, those of other processes among them; one that is not
 * there, or is damaged, begins at 0.
 * counters  [count]; no name twice
 * Errors: KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY; the
 * counters stay what they were. */
KITH_CHECKED kith_status store_add_counters(store *s, const store_counter *counters, uint32_t count,
                                            kith_error *err);
/* The same, without waiting for it: the counters, which are copied, are added with the next group
 * of writes, or a moment later, or, when anything fails or another process writes, not at all.
 * on_end  called once with how it ended, in any thread, at the latest before store_close returns;
 *         it does not call the store. NULL: nobody is told */
void store_post_counters(store *s, const store_counter *counters, uint32_t count,
                         void (*on_end)(void *context, kith_status status), void *context);
/* Counters of a collection have names that begin with this prefix, "recall.N.", and are deleted with it. */
enum { STORE_COUNTER_PREFIX_BYTES = 32 };
void store_counter_prefix(uint64_t collection, char out[STORE_COUNTER_PREFIX_BYTES]);
/* As store_post_counters, for counters of a collection's newest index.
 * index  what the names begin with, the prefix and more, in order of when indexes were begun: those of the
 *        collection whose names are before it are deleted
 * When the collection does not exist any more, nothing is added. */
void store_post_collection_counters(store *s, uint64_t collection, view index,
                                    const store_counter *counters, uint32_t count);
/* In order of name. Damaged ones are left out; store_check tells of them.
 * Errors: KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status store_list_counters(store *s, arena *a, store_counter **out,
                                             uint32_t *out_count, kith_error *err);

#endif
