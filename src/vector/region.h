/* region.h - one large growable array whose elements never move: chunks of doubling size.
 *
 * Chunk 0 holds elements 0..1024, and chunk c > 0 the elements 1024 * 2^(c-1) .. 1024 * 2^c, so
 * that each new chunk is as long as all before it together. Growing adds chunks and touches no
 * other: an address is good until region_done, and 22 chunks are all that 2^31 elements need.
 *
 * The chunk of an element follows from the position of its highest bit, and for each chunk the
 * region keeps not its start but its origin, the address that element 0 would have if the chunk
 * reached down to it. So an address costs one bit scan, one load and one multiplication.
 *
 * Vectors and links are read at random addresses. With 4 KB pages most of the time of such a read
 * is the page walk; with 2 MB pages it is up to twice as fast. Large chunks are therefore on huge
 * pages where the system grants them.
 *
 * Threads: one thread at a time grows the region and writes elements. Any number may meanwhile read
 * elements that were published to them: the growing thread stored the element, and before it the
 * chunk's origin, and then made its number known by a release store, a mutex or the like. Growing
 * writes origins of new chunks only, at which nobody looks who has no number of theirs. */
#ifndef KITH_VECTOR_REGION_H
#define KITH_VECTOR_REGION_H

#include "base/buffer.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    REGION_FIRST = 1024, /* elements of chunk 0; a power of 2 */
    REGION_CHUNKS = 22
};
static const uint32_t REGION_MAX = (uint32_t)REGION_FIRST << (REGION_CHUNKS - 1); /* elements */

typedef struct region {
    size_t element_bytes;
    uint32_t chunks;                 /* mapped; the others' origins have no meaning */
    uintptr_t origin[REGION_CHUNKS]; /* element i of chunk c is at origin[c] + i * element_bytes */
} region;

/* No elements of `element_bytes` >= 1; takes no memory. */
void region_init(region *r, size_t element_bytes);
/* Unmaps the array; the region is then as after region_init. Runs alone. */
void region_done(region *r);

/* Makes room for elements 0..count. New ones are zero until they are written. False when count is
 * above REGION_MAX, or the address space or the memory is refused: the region is then as it was. */
__attribute__((warn_unused_result)) bool region_reserve(region *r, uint32_t count);
/* The same on small pages, whatever its chunks' size: of elements that are written here and there, a page
 * at a time. The region is empty. Chunks that are added later are on huge pages as ever. */
__attribute__((warn_unused_result)) bool region_reserve_small(region *r, uint32_t count);
/* Elements first .. end, of those that region_reserve_small made room for, are about to be written, all of
 * them: the huge pages that begin there are allowed again. Beside readers and writers. */
void region_allow_huge(const region *r, uint32_t first, uint32_t end);
/* They were written: where small pages are left of the huge ones that end there, the kernel is asked to join them
 * (Linux 6.1; an older one does so in time). Beside readers and writers. */
void region_make_huge(const region *r, uint32_t first, uint32_t end);
/* Elements that there is room for. For the thread that grows the region. */
uint32_t region_capacity(const region *r);
/* Verifies count and alignment of the chunks. KITH_ERR_CORRUPT names what is wrong. For the thread
 * that grows the region. */
KITH_CHECKED kith_status region_check(const region *r, kith_error *err);

/* The chunk that element i is in, i < REGION_MAX. */
static inline uint32_t region_chunk(uint32_t i)
{
    return 22 - (uint32_t)__builtin_clz(i | (REGION_FIRST - 1));
}
_Static_assert(REGION_FIRST == 1 << 10 && REGION_CHUNKS == 22, "22 is 32 bits less the 10 of 1024");

/* The first element of chunk c, and so the number of elements before it; also one past the last
 * chunk. */
static inline uint32_t region_chunk_start(uint32_t c)
{
    return c == 0 ? 0 : (uint32_t)REGION_FIRST << (c - 1);
}

/* The address of element i, for which there is room; good until region_done. */
static inline void *region_at(const region *r, uint32_t i)
{
    return (void *)(r->origin[region_chunk(i)] + (size_t)i * r->element_bytes);
}

/* The elements from `first` on that lie in one piece behind it, up to element `end` > first: their
 * number, at least 1. */
static inline uint32_t region_run(uint32_t first, uint32_t end)
{
    uint32_t next = region_chunk_start(region_chunk(first) + 1);
    return (end < next ? end : next) - first;
}

/* ---- region_file.c: elements as bytes ---- */

/* Appends elements 0..count, published ones, to `out` as one array, in pieces of at most 64 KB or
 * one element. Fails as the buffer does. */
void region_write(const region *r, uint32_t count, buffer *out);
/* Moves elements 0..count from the front of `bytes` into the region, which is empty.
 * Errors: KITH_ERR_CORRUPT when bytes are missing, KITH_ERR_NO_MEMORY; the region is then good for
 * region_done only. */
KITH_CHECKED kith_status region_read(region *r, uint32_t count, view *bytes, kith_error *err);

#endif
