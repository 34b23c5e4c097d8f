/* region.c - anonymous mappings that double in size and are moved by page tables, not copied.
 * Invariant: a region of HUGE bytes or more starts on a multiple of HUGE and is a multiple of HUGE
 * long, so that the kernel can back all of it with huge pages and move those pages whole; a smaller
 * one is a multiple of SMALL long.
 *
 * Growing reserves the new, aligned range first and only then moves the old pages over it with
 * MREMAP_FIXED, which atomically replaces what is mapped there. Until that one call succeeds the
 * old mapping is untouched, which is why a failure leaves the region as it was. */
#include "vector/region.h"

#include "base/size.h"

#include <stdint.h>
#include <sys/mman.h>

static const size_t SMALL = (size_t)64 << 10, HUGE = (size_t)2 << 20;

/* `bytes` of address space that starts on a multiple of HUGE; NULL when there is none. */
static void *map_aligned(size_t bytes)
{
    size_t wide;
    if (!size_add(bytes, HUGE, &wide)) return NULL;
    char *found = mmap(NULL, wide, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (found == MAP_FAILED) return NULL;
    size_t before = (HUGE - (uintptr_t)found % HUGE) % HUGE;
    if (before) munmap(found, before);
    munmap(found + before + bytes, HUGE - before);
    return found + before;
}

/* The next size of a region that must hold `bytes`; 0 when that is beyond the address space. */
static size_t grown_size(const region *r, size_t bytes)
{
    size_t wanted = size_max(size_max(bytes, SMALL), r->bytes * 2);
    size_t unit = wanted < HUGE ? SMALL : HUGE;
    if (wanted > SIZE_MAX / 2) return 0;
    return (wanted + unit - 1) / unit * unit;
}

bool region_reserve(region *r, size_t bytes)
{
    if (bytes <= r->bytes) return true;
    size_t grown = grown_size(r, bytes);
    if (grown == 0) return false;
    void *base = map_aligned(grown);
    if (!base) return false;
    if (r->base &&
        mremap(r->base, r->bytes, grown, MREMAP_MAYMOVE | MREMAP_FIXED, base) == MAP_FAILED) {
        munmap(base, grown);
        return false;
    }
    *r = (region){base, grown};
    DCHECK(region_check(r, NULL) == KITH_OK);
    // Advice: without huge pages everything works, slower.
    if (grown >= HUGE) (void)madvise(base, grown, MADV_HUGEPAGE);
    return true;
}

void region_done(region *r)
{
    if (r->base) munmap(r->base, r->bytes);
    *r = (region){0};
}

kith_status region_check(const region *r, kith_error *err)
{
    size_t unit = r->bytes < HUGE ? SMALL : HUGE;
    if ((r->base == NULL) != (r->bytes == 0))
        return fail(err, KITH_ERR_CORRUPT, "region has an address without a size or the reverse");
    if (r->bytes % unit != 0)
        return fail(err, KITH_ERR_CORRUPT, "region of %zu bytes is no whole number of pages",
                    r->bytes);
    if (r->bytes >= HUGE && (uintptr_t)r->base % HUGE != 0)
        return fail(err, KITH_ERR_CORRUPT, "region of %zu bytes is not aligned to huge pages",
                    r->bytes);
    return KITH_OK;
}
