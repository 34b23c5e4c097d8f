/* region.c - anonymous mappings, one a chunk.
 * Invariant: a chunk of HUGE bytes or more starts on a multiple of HUGE and its mapping is a
 * multiple of HUGE long, so that the kernel can back all of it with huge pages; the mapping of a
 * smaller one is a multiple of SMALL long, which every page size divides.
 *
 * Only what was touched takes memory, so the unused end of the last chunk costs address space. */
#include "vector/region.h"

#include "base/size.h"

#include <sys/mman.h>

static const size_t SMALL = (size_t)64 << 10, HUGE = (size_t)2 << 20;

void region_init(region *r, size_t element_bytes)
{
    DCHECK(element_bytes > 0);
    *r = (region){.element_bytes = element_bytes};
}

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
    // Advice: without huge pages everything works, slower.
    (void)madvise(found + before, bytes, MADV_HUGEPAGE);
    return found + before;
}

static void *map_small(size_t bytes)
{
    void *found = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return found == MAP_FAILED ? NULL : found;
}

/* Bytes of the mapping of chunk c; 0 when that is beyond the address space. */
static size_t mapping_bytes(const region *r, uint32_t c)
{
    size_t bytes, elements = region_chunk_start(c + 1) - region_chunk_start(c);
    if (!size_mul(elements, r->element_bytes, &bytes) || bytes > SIZE_MAX / 4) return 0;
    size_t unit = bytes < HUGE ? SMALL : HUGE;
    return (bytes + unit - 1) / unit * unit;
}

static void *chunk_address(const region *r, uint32_t c)
{
    return region_at(r, region_chunk_start(c));
}

static bool add_chunk(region *r)
{
    uint32_t c = r->chunks;
    size_t bytes = mapping_bytes(r, c);
    if (bytes == 0) return false;
    void *found = bytes < HUGE ? map_small(bytes) : map_aligned(bytes);
    if (!found) return false;
    // May wrap below 0: region_at adds at least as much again.
    r->origin[c] = (uintptr_t)found - (size_t)region_chunk_start(c) * r->element_bytes;
    r->chunks = c + 1;
    return true;
}

static void drop_chunks(region *r, uint32_t left)
{
    for (; r->chunks > left; r->chunks--)
        munmap(chunk_address(r, r->chunks - 1), mapping_bytes(r, r->chunks - 1));
}

uint32_t region_capacity(const region *r)
{
    return r->chunks == 0 ? 0 : region_chunk_start(r->chunks);
}

bool region_reserve(region *r, uint32_t count)
{
    uint32_t before = r->chunks;
    if (count > REGION_MAX) return false;
    while (region_capacity(r) < count) {
        if (add_chunk(r)) continue;
        drop_chunks(r, before);
        return false;
    }
    DCHECK(region_check(r, NULL) == KITH_OK);
    return true;
}

void region_done(region *r)
{
    drop_chunks(r, 0);
}

kith_status region_check(const region *r, kith_error *err)
{
    if (r->element_bytes == 0 || r->chunks > REGION_CHUNKS)
        return fail(err, KITH_ERR_CORRUPT, "region of %u chunks of elements of %zu bytes",
                    r->chunks, r->element_bytes);
    for (uint32_t c = 0; c < r->chunks; c++) {
        size_t bytes = mapping_bytes(r, c), unit = bytes < HUGE ? 4096 : HUGE;
        if (bytes == 0 || (uintptr_t)chunk_address(r, c) % unit != 0)
            return fail(err, KITH_ERR_CORRUPT, "chunk %u of a region is not aligned to its pages",
                        c);
    }
    return KITH_OK;
}
