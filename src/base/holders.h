/* holders.h - how many hold an object that threads share: the last one frees it. Any thread. */
#ifndef KITH_BASE_HOLDERS_H
#define KITH_BASE_HOLDERS_H

#include <stdatomic.h>
#include <stdbool.h>

/* One more. Relaxed: whoever calls holds the object already, or the lock around it, which keeps it from being freed. */
static inline void holders_add(atomic_uint *holders)
{
    (void)atomic_fetch_add_explicit(holders, 1, memory_order_relaxed);
}

/* One less. True for the last one, who is to free the object. That must come after all that the other holders did:
 * release theirs, acquire here. */
static inline bool holders_leave(atomic_uint *holders)
{
    return atomic_fetch_sub_explicit(holders, 1, memory_order_acq_rel) == 1;
}

#endif
