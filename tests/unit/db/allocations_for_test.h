/* allocations_for_test.h - refusing memory at each allocation in turn. The functions through which
 * most of kith takes memory are replaced by ones that refuse when told; this program's own
 * definitions keep those of base/size.c out of the link. Include it in one file of a program. */
#ifndef KITH_TEST_DB_ALLOCATIONS_FOR_TEST_H
#define KITH_TEST_DB_ALLOCATIONS_FOR_TEST_H

#include "test.h"

#include "base/size.h"

#include <stdatomic.h>

/* Allocations that still succeed, in all threads together; negative: all do. The one that fails is
 * the only one, as when others give memory back. */
static atomic_int allocations_left = -1;

static bool refuse(void)
{
    int left = atomic_load(&allocations_left);
    while (left >= 0 && !atomic_compare_exchange_weak(&allocations_left, &left, left - 1))
        ;
    return left == 0;
}

void *heap_new_array(size_t count, size_t element_bytes)
{
    return refuse() ? NULL : calloc(size_max(count, 1), size_max(element_bytes, 1));
}

void *heap_grow_array(void *old, size_t count, size_t element_bytes)
{
    return refuse() ? NULL : reallocarray(old, size_max(count, 1), size_max(element_bytes, 1));
}

/* Was the allocation refused that allocations_left was set for? */
static bool was_refused(void)
{
    return atomic_exchange(&allocations_left, -1) < 0;
}

#endif
