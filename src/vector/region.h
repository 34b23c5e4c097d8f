/* region.h - one large growable array: page-aligned, on huge pages where the system grants them.
 *
 * Vectors and links are read at random addresses. With 4 KB pages most of the time of such a read
 * is the page walk; with 2 MB pages it is up to twice as fast. Growing remaps the pages that are
 * there instead of copying them, so growth costs address space and page tables, not bandwidth.
 *
 * Who may hold a pointer: the array MOVES when it grows (mremap with MREMAP_MAYMOVE). A pointer or
 * an index-derived address into a region is therefore good only until the next region_reserve() on
 * it. Growing is part of an insertion, which its caller runs alone (vector_index_insert is
 * exclusive); searches hold row pointers only while they run, so the two never meet. Code that must
 * keep a place across an insertion keeps the row number, never the address. */
#ifndef KITH_VECTOR_REGION_H
#define KITH_VECTOR_REGION_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

/* Zero-initialise. Reading is safe from any number of threads; growing excludes all others. */
typedef struct region {
    void *base;   /* NULL while bytes is 0 */
    size_t bytes; /* mapped; physical memory is taken only for pages that were touched */
} region;

/* Makes room for at least `bytes` bytes in all. What is stored keeps its contents, though not its
 * address; the rest reads as zero unless it was written before. Returns false when the address
 * space or the memory for it is refused: the region, its address included, is then as it was. */
__attribute__((warn_unused_result)) bool region_reserve(region *r, size_t bytes);

/* Unmaps the array and leaves an empty region, which may be used again. */
void region_done(region *r);

/* Verifies the size and the alignment of the mapping. KITH_ERR_CORRUPT names what is wrong. */
KITH_CHECKED kith_status region_check(const region *r, kith_error *err);

#endif
