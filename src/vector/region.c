/* region.c - anonymous mappings, on huge pages once a region is large.
 *
 * The first chunks are small: they lie one behind the other in one mapping, the lead. It holds
 * chunk 0 and all others of less than half a huge page, which together fill one at most. Each later
 * chunk has a mapping of its own.
 *
 * Huge pages are for chunks of HUGE_FROM bytes and more, as far as they fill whole ones. What is smaller
 * is kept on ordinary pages, whatever the kernel's default is: the last huge page of a region is half
 * empty on average, as is that of a chunk which does not end with one. Of 20,000 rows of 384 dimensions
 * that took 5 MiB in the regions of vectors, codes and links. Otherwise only what was touched takes
 * memory: the unused end of the last chunk costs address space, which a limit of it (RLIMIT_DATA) counts.
 *
 * Invariant: a mapping of HUGE_FROM bytes and more starts on a multiple of HUGE and is a multiple of
 * HUGE long, so that the kernel can back all of it with huge pages. A smaller one has its bytes' pages. */
#include "vector/region.h"

#include "base/size.h"

#include <sys/mman.h>

static const size_t HUGE = (size_t)2 << 20;
static const size_t HUGE_FROM = (size_t)4 << 20;

void region_init(region *r, size_t element_bytes)
{
    DCHECK(element_bytes > 0);
    *r = (region){.element_bytes = element_bytes};
}

/* `bytes` of zeros; NULL when they are not to be had. */
static void *map_pages(size_t bytes)
{
    void *found = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return found == MAP_FAILED ? NULL : found;
}

/* The same from a multiple of HUGE on. */
static void *map_aligned(size_t bytes)
{
    size_t wide;
    char *found = size_add(bytes, HUGE, &wide) ? map_pages(wide) : NULL;
    if (!found) return NULL;
    size_t before = (HUGE - (uintptr_t)found % HUGE) % HUGE;
    if (before) munmap(found, before);
    munmap(found + before + bytes, HUGE - before);
    return found + before;
}

/* Of a mapping of which `bytes` are used, those that are to be on huge pages. */
static size_t huge_bytes(size_t bytes)
{
    return bytes < HUGE_FROM ? 0 : bytes / HUGE * HUGE;
}

/* Advice: without huge pages everything works, slower. `bytes` are used of the mapping. */
static void advise(char *mapping, size_t bytes, size_t mapped)
{
    const size_t huge = huge_bytes(bytes);
    if (huge > 0) (void)madvise(mapping, huge, MADV_HUGEPAGE);
    if (huge < mapped) (void)madvise(mapping + huge, mapped - huge, MADV_NOHUGEPAGE);
}

/* Bytes of chunks first..end; 0 when that is beyond the address space. */
static size_t chunk_bytes(const region *r, uint32_t first, uint32_t end)
{
    size_t bytes, elements = region_chunk_start(end) - region_chunk_start(first);
    return size_mul(elements, r->element_bytes, &bytes) && bytes <= SIZE_MAX / 4 ? bytes : 0;
}

static size_t mapping_bytes(size_t bytes)
{
    return bytes < HUGE_FROM ? bytes : (bytes + HUGE - 1) / HUGE * HUGE;
}

/* A mapping of which `bytes` are used, 0 for more than there can be; NULL when it is not to be had. */
static void *map_used(size_t bytes)
{
    if (bytes == 0) return NULL;
    const size_t mapped = mapping_bytes(bytes);
    void *found = bytes < HUGE_FROM ? map_pages(mapped) : map_aligned(mapped);
    if (found) advise(found, bytes, mapped);
    return found;
}

/* Chunks in the lead. */
static uint32_t lead_chunks(const region *r)
{
    uint32_t c = 1;
    while (c < REGION_CHUNKS && chunk_bytes(r, c, c + 1) < HUGE / 2)
        c++;
    return c;
}

static void *chunk_address(const region *r, uint32_t c)
{
    return region_at(r, region_chunk_start(c));
}

static bool map_lead(region *r)
{
    void *found = map_used(chunk_bytes(r, 0, lead_chunks(r)));
    if (!found) return false;
    r->origin[0] = (uintptr_t)found;
    return true;
}

/* Maps chunk c, the first past the lead or a later one. */
static bool map_chunk(region *r, uint32_t c)
{
    void *found = map_used(chunk_bytes(r, c, c + 1));
    if (!found) return false;
    // May wrap below 0: region_at adds at least as much again.
    r->origin[c] = (uintptr_t)found - (size_t)region_chunk_start(c) * r->element_bytes;
    return true;
}

static bool add_chunk(region *r)
{
    uint32_t c = r->chunks;
    if (c == 0 && !map_lead(r)) return false;
    if (c > 0 && c < lead_chunks(r)) r->origin[c] = r->origin[0];
    if (c >= lead_chunks(r) && !map_chunk(r, c)) return false;
    r->chunks = c + 1;
    return true;
}

static void drop_chunks(region *r, uint32_t kept)
{
    uint32_t lead = lead_chunks(r);
    for (; r->chunks > kept; r->chunks--) {
        uint32_t c = r->chunks - 1;
        if (c >= lead) munmap(chunk_address(r, c), mapping_bytes(chunk_bytes(r, c, c + 1)));
        if (c == 0) munmap(chunk_address(r, 0), mapping_bytes(chunk_bytes(r, 0, lead)));
    }
}

bool region_reserve_small(region *r, uint32_t count)
{
    DCHECK(r->chunks == 0);
    if (!region_reserve(r, count)) return false;
    for (uint32_t c = lead_chunks(r); c < r->chunks; c++) {
        const size_t huge = huge_bytes(chunk_bytes(r, c, c + 1));
        if (huge > 0) (void)madvise(chunk_address(r, c), huge, MADV_NOHUGEPAGE);
    }
    return true;
}

/* Gives the advice for the huge pages of chunk c that begin, or end, in bytes from .. to of it. */
static void advise_within(const region *r, uint32_t c, size_t from, size_t to, int advice)
{
    const size_t huge = huge_bytes(chunk_bytes(r, c, c + 1));
    from = (from + HUGE - 1) / HUGE * HUGE;
    to = (to + HUGE - 1) / HUGE * HUGE;
    if (to > huge) to = huge;
    if (c < lead_chunks(r) || from >= to) return;
    (void)madvise((char *)chunk_address(r, c) + from, to - from, advice);
}

void region_allow_huge(const region *r, uint32_t first, uint32_t end)
{
    for (uint32_t i = first; i < end;) {
        const uint32_t c = region_chunk(i), run = region_run(i, end);
        const size_t at = (size_t)(i - region_chunk_start(c)) * r->element_bytes;
        advise_within(r, c, at, at + run * r->element_bytes, MADV_HUGEPAGE);
        i += run;
    }
}

void region_make_huge(const region *r, uint32_t first, uint32_t end)
{
    enum { COLLAPSE = 25 /* MADV_COLLAPSE, which not every header has */ };
    const size_t page = HUGE;
    for (uint32_t i = first; i < end;) {
        const uint32_t c = region_chunk(i), run = region_run(i, end);
        const size_t at = (size_t)(i - region_chunk_start(c)) * r->element_bytes;
        const size_t to = at + run * r->element_bytes;
        // Those that end in it begin a huge page before.
        advise_within(r, c, at < page ? 0 : at - page + 1, to < page ? 0 : to - page + 1, COLLAPSE);
        i += run;
    }
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
    uint32_t lead = lead_chunks(r);
    for (uint32_t c = 0; c < r->chunks; c++) {
        const size_t bytes = chunk_bytes(r, c, c == 0 ? lead : c + 1);
        const size_t unit = bytes < HUGE_FROM ? 4096 : HUGE;
        bool is_placed = c > 0 && c < lead ? r->origin[c] == r->origin[0]
                                           : (uintptr_t)chunk_address(r, c) % unit == 0;
        if (!is_placed)
            return fail(err, KITH_ERR_CORRUPT, "chunk %u of a region is not where it belongs", c);
    }
    return KITH_OK;
}
