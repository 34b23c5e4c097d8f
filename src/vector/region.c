/* region.c - anonymous mappings that double, moved by the kernel's page tables instead of copied.
 * Invariant: a region of HUGE bytes or more starts on a multiple of HUGE, so that the kernel can
 * back it with huge pages and move them whole. */
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
    // Advice: without huge pages everything works, slower.
    if (grown >= HUGE) (void)madvise(base, grown, MADV_HUGEPAGE);
    return true;
}

void region_done(region *r)
{
    if (r->base) munmap(r->base, r->bytes);
    *r = (region){0};
}
