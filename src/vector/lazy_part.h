/* lazy_part.h - a part of a saved index of which a page is read when something on it is first wanted.
 *
 * A part has arrays, whose elements go to regions (region.h). Nothing is read beforehand and nothing is
 * mapped (docs/decisions/019, 084): the regions are reserved and untouched. Whoever wants an element asks
 * for it by lazy_need(); when a page that it lies on was not read yet, that page is read into a buffer,
 * verified by the source, copied to its place, and its state is stored with release order. Whoever finds
 * that state, by a load with acquire order, sees the bytes. Two threads may read the same page: the first
 * one copies, under the lock, and nothing is ever copied to a place that somebody was told is read. So
 * elements may be written, too, by whoever has asked for them before.
 *
 * When all pages are read the arrays forget their part. From then on lazy_need() is one load and a branch
 * that is never taken.
 *
 * Damage. lazy_need() cannot fail. What cannot be read, or does not check, is noted in a lazy_damage before
 * the page's state is stored; its elements stay as they are in an untouched region, zero. So whoever used
 * them finds the damage noted when it looks afterwards, and gives up what it made of them. Zeros are
 * harmless in all arrays: a vector at the origin, a code of step 0, links to row 0.
 *
 * Threads: any, but where it says otherwise. */
#ifndef KITH_VECTOR_LAZY_PART_H
#define KITH_VECTOR_LAZY_PART_H

#include "base/status.h"
#include "vector/region.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    LAZY_PAGE_BYTES = 4096,
    LAZY_RUN = 64,  /* pages that lazy_part_read_on() reads at a time */
    LAZY_ARRAYS = 2 /* of a part, at most */
};

/* Where a part is read from. */
typedef struct lazy_source {
    /* Reads the pages first .. first + count, which the part has, to `to` [count][LAZY_PAGE_BYTES], and
     * verifies them; the last page of a part is filled up with anything. Several threads at once.
     * Errors: any; what `to` holds is then undefined. */
    kith_status (*read)(void *context, uint64_t first, uint32_t count, void *to, kith_error *err);
    void (*close)(
        void *context); /* once, when nothing more will be read; NULL: nothing is to be done */
    void *context;
    uint64_t bytes; /* of the part, without what fills up its last page */
} lazy_source;

/* Copies `bytes` bytes from `offset` on.
 * Errors: KITH_ERR_CORRUPT when the part is shorter; any that `read` has. */
KITH_CHECKED kith_status lazy_source_copy(const lazy_source *from, uint64_t offset, void *to,
                                          size_t bytes, kith_error *err);
/* Copies elements 0..count, which lie one after the other from `offset` on, into the region, which is
 * empty. Errors: as lazy_source_copy; KITH_ERR_NO_MEMORY. The region is then good for region_done only. */
KITH_CHECKED kith_status lazy_source_load(const lazy_source *from, uint64_t offset, region *to,
                                          uint32_t count, kith_error *err);

/* What was found first, of all parts of an index. */
typedef struct lazy_damage {
    _Atomic(bool)
        is_found;         /* stored with release order, before the state of what was not read is */
    pthread_mutex_t lock; /* guards `first` */
    kith_error first;
} lazy_damage;

void lazy_damage_init(lazy_damage *d);
void lazy_damage_done(lazy_damage *d);
/* Notes it, unless there is some already. */
void lazy_damage_note(lazy_damage *d, const kith_error *what);
/* Acquire: whoever has used elements that could not be read finds out here. */
static inline bool lazy_damage_is_found(const lazy_damage *d)
{
    return atomic_load_explicit(&d->is_found, memory_order_acquire);
}
/* Fails with it. There is some. Returns KITH_ERR_CORRUPT, whatever it was: it is the index that is of no
 * use. */
kith_status lazy_damage_fail(lazy_damage *d, kith_error *err);

typedef struct lazy_part lazy_part;

/* The elements 0..count of a region that a part has. Zero: none. */
typedef struct lazy_array {
    _Atomic(lazy_part *) part; /* NULL: there are none, or all are read */
    region *to;                /* has room for them */
    uint64_t offset;           /* in the part, of element 0; they follow one another */
    uint32_t count;
} lazy_array;

/* Takes over `from`, also when it fails. Without arrays. damage: outlives the part. NULL: out of memory. */
lazy_part *lazy_part_new(const lazy_source *from, lazy_damage *damage);
/* Runs alone. p may be NULL; its arrays have none from then on. */
void lazy_part_free(lazy_part *p);
const lazy_source *lazy_part_source(const lazy_part *p);
/* Adds arrays[array_count], LAZY_ARRAYS at most, in the order of their offsets, all of whose elements the
 * part has; they stay where they are as long as it. Once, before anything is asked for. False: out of
 * memory. */
__attribute__((warn_unused_result)) bool lazy_part_begin(lazy_part *p, lazy_array *const *arrays,
                                                         uint32_t array_count);
/* Reads on, `runs` runs of LAZY_RUN pages at most, from where the last such call of any thread has ended, and
 * gives them huge pages where region.h does. True: all that there is is read, or damage was found. */
bool lazy_part_read_on(lazy_part *p, uint32_t runs);

/* Reads what is missing of an element; a->part is `p`. */
void lazy_fetch(const lazy_array *a, lazy_part *p, uint32_t i);

/* The part that elements may still have to be read from; NULL: all are read. */
static inline lazy_part *lazy_unread(const lazy_array *a)
{
    return atomic_load_explicit(&a->part, memory_order_acquire);
}

/* To be called before element i is read or written. */
static inline void lazy_need(const lazy_array *a, uint32_t i)
{
    lazy_part *p = lazy_unread(a);
    if (__builtin_expect(p != NULL, 0)) lazy_fetch(a, p, i);
}

/* The same for ids[count]. */
static inline void lazy_need_all(const lazy_array *a, const uint32_t *ids, size_t count)
{
    lazy_part *p = lazy_unread(a);
    for (size_t i = 0; __builtin_expect(p != NULL, 0) && i < count; i++)
        lazy_fetch(a, p, ids[i]);
}

#endif
