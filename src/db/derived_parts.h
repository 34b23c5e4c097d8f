/* derived_parts.h - a derived index as the parts of a generation, and back. */
#ifndef KITH_DB_DERIVED_PARTS_H
#define KITH_DB_DERIVED_PARTS_H

#include "db/derived.h"
#include "db/generation.h"

/* The parts, all of index 0:
 *   rows     u64 rows, u64 damaged, u64 points[rows], u64 damaged_rows[damaged]; little-endian
 *   vectors  absent while there is no vector: src/vector/vector_index_file.c
 *   fields   src/fields/columns_file.c
 *   words    src/words/bm25.c */
enum { DERIVED_PARTS_MAX = 4 };

/* The parts that `d` has; returns how many. They read `d` while they are written. */
uint32_t derived_list_parts(const derived *d, part_source out[DERIVED_PARTS_MAX]);

/* Reads what derived_list_parts wrote; safe on any bytes. Whether the generation belongs to the
 * caller's store and collection is the caller's to say, by its binding; that the vectors are of the
 * binding's dimension and metric is verified here. The caller ends *out with derived_done().
 * Errors: KITH_ERR_CORRUPT names the part and what does not check; KITH_ERR_IO, KITH_ERR_NO_MEMORY,
 * KITH_ERR_LIMIT (the path is too long); *out is then untouched. */
KITH_CHECKED kith_status derived_read(const generation *g, derived *out, kith_error *err);

#endif
