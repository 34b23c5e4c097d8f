/* region.h - one large growable array, page-aligned, on huge pages where the system grants them.
 * Vectors and links are read at random; with 4 KB pages most of such a read is the page walk, and
 * 2 MB pages make it up to twice as fast. Growing maps more room without copying. */
#ifndef KITH_VECTOR_REGION_H
#define KITH_VECTOR_REGION_H

#include <stdbool.h>
#include <stddef.h>

/* Zero-initialise. Not thread safe. */
typedef struct region {
    void *base;
    size_t bytes; /* mapped; memory is taken only for what was touched */
} region;

/* Room for at least `bytes`; what is there stays (its address may not), the rest reads as zero.
 * false when memory cannot be had: the region is as it was. */
__attribute__((warn_unused_result)) bool region_reserve(region *r, size_t bytes);
void region_done(region *r);

#endif
