/* cold_rows.h - vectors that are on a disk, for an index whose graph and codes alone are in memory.
 *
 * A walk by codes asks for some ten vectors in the end (row_codes.h). So these may lie in files, and are read by pread(), in
 * pages with checksums that are in memory (paged_file.h). Where the vector of a slot is says its place, of four bytes:
 *
 *   COLD_BASE           in the part of the generation that was read or saved last, which has them by slots
 *   COLD_SPILL_A, _B    in a file without a name, as the n-th that was written there
 *   COLD_TAIL_A, _B     in memory, among those that came last, as the n-th
 *
 * How it grows. A new vector comes into the tail. When that takes `tail_bytes` it is written to the spill, and a new one
 * begins. What the next generation has in it is read from there, and not from the spill (cold_rows_adopt), which is cleared
 * away when nothing in it is wanted: there are two, so that one can be left while the other is written to.
 *
 * Damage. Who asks cannot fail (lazy_part.h): a vector that cannot be read, or does not check, is of zeros, and is noted
 * in the lazy_damage; whoever used it finds that when it looks afterwards, and gives up what it made of it.
 *
 * Threads: one appends; one, the linker, adopts and reclaims; any number read what was published to them, between
 * readers_enter and readers_leave of the readers that it is shared with, and so do the appender and the linker. What
 * was read, a pointer into a tail, is good until then. */
#ifndef KITH_VECTOR_COLD_ROWS_H
#define KITH_VECTOR_COLD_ROWS_H

#include "base/status.h"
#include "vector/lazy_part.h"
#include "vector/paged_file.h"
#include "vector/readers.h"
#include "vector/region.h"

enum {
    COLD_ROOM_PAGES = 8, /* that a read wants of its caller, who may have it on the stack */
    COLD_ROOM_BYTES = COLD_ROOM_PAGES * PAGED_FILE_PAGE,
    COLD_ROW_MAX = (COLD_ROOM_PAGES - 2) * PAGED_FILE_PAGE /* bytes of a vector */
};

typedef struct cold_rows cold_rows;

typedef struct cold_options {
    size_t row_bytes;  /* a multiple of 64, up to COLD_ROW_MAX */
    size_t tail_bytes; /* of vectors, that are written to the spill together */
    const file_ops *ops;
    const char *directory; /* where files without a name are made; borrowed */
    lazy_damage *damage;   /* borrowed */
} cold_options;

/* Without vectors. NULL: out of memory. */
cold_rows *cold_rows_new(const cold_options *options);
/* Runs alone. Accepts NULL. */
void cold_rows_free(cold_rows *c);
/* From now on others may read, counted by `with`, which is borrowed; before that the appender is alone. */
void cold_rows_share(cold_rows *c, readers *with);
/* Memory of a slot, beside checksums of pages. */
size_t cold_rows_slot_bytes(size_t row_bytes);
/* Memory: places, checksums, tails. Any thread; beside the appender a number that was true a moment ago. */
size_t cold_rows_bytes(const cold_rows *c);
/* Bytes of the files without a name. Any thread. */
uint64_t cold_rows_spilled(const cold_rows *c);

/* Of one without vectors: those of slots 0..count are in `base`, from its beginning on, whose hold is taken over on success.
 * Runs alone. Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status cold_rows_begin(cold_rows *c, paged_file *base, uint32_t count,
                                         kith_error *err);

/* Room for slots up to `count`. The appender's. Errors: KITH_ERR_NO_MEMORY, KITH_ERR_LIMIT; nothing has changed then. */
KITH_CHECKED kith_status cold_rows_reserve(cold_rows *c, uint32_t count, kith_error *err);
/* Where the vector of the slot, for which there is room, is to be written, before it is published. The appender's. */
float *cold_rows_put(cold_rows *c, uint32_t slot);
/* Writes the tail to the spill. The appender's; for who moves many. Errors: those of paged_writer_put; the vectors stay in
 * memory then. */
KITH_CHECKED kith_status cold_rows_flush(cold_rows *c, kith_error *err);

/* Asks for what cold_rows_read reads of the slot beside the vector. */
void cold_rows_prefetch(const cold_rows *c, uint32_t slot);
/* Reads the vectors of the first so many of slots[count] as fit in the room: rows[i], in the room or in a tail.
 * room  [COLD_ROOM_BYTES], aligned to 64 bytes
 * Returns how many, at least 1 of a count of at least 1. */
size_t cold_rows_read(const cold_rows *c, const uint32_t *slots, size_t count, void *room,
                      const float **rows);

/* A generation is about to be written: what is spilled from now on goes to the other file, if that is free. The linker's. */
void cold_rows_note_saving(cold_rows *c);
/* Of a slot, for what follows: nobody wants a vector of it; it is in the generation; or it is not. */
typedef enum cold_claim { COLD_UNUSED, COLD_IN_BASE, COLD_ELSEWHERE } cold_claim;
/* `base` has vectors of slots 0..count, by slots, and they are read there as far as `claim` says so; whatever is wanted of the
 * former base is in it. Takes over the caller's hold. The linker's, once cold_rows_reclaim has said that what was left
 * before is closed. */
void cold_rows_adopt(cold_rows *c, paged_file *base, uint32_t count,
                     cold_claim (*claim)(const void *context, uint32_t slot), const void *context);
/* Closes files that nothing is read from any more, when nobody can be reading them. False: somebody can. The linker's. */
bool cold_rows_reclaim(cold_rows *c);

#endif
