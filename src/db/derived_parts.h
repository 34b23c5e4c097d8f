/* derived_parts.h - a snapshot of a derived index as the parts of a generation, and back. */
#ifndef KITH_DB_DERIVED_PARTS_H
#define KITH_DB_DERIVED_PARTS_H

#include "db/generation.h"
#include "db/snapshot.h"
#include "vector/ivf_file.h"

/* The parts; little-endian:
 *   rows     u64 rows, u64 damaged, u64 metric, u64 dim (0 without rows), u64 points[rows],
 *            u64 live[rows / 64, rounded up], u64 damaged_rows[damaged]
 *   vectors  vector_index_write_rows(); absent while there is no row
 *   graph    vector_index_write_graph(), perhaps of fewer nodes than rows; absent with the vectors
 *   fields   columns_write(), a part for each segment: src/fields/columns_file.c
 *   words    bm25_write(), a part for each segment: src/words/bm25_file.c
 *   documents  row_documents_write()
 *   ids      row_ids_write()
 *   codes    vector_index_write_codes(); absent while there are none
 *   recall   index_recall_write(); may be absent
 *   lists, list-codes, list-vectors  ivf_file.h; in the place of vectors, graph and codes, where the index has lists
 *
 * Lists the parts of `s` in out [part_capacity(s)], and returns how many there are. lists: what vector_index_plan_lists
 * made of derived_rows_to_write(s) where the index has lists; NULL where it had none a moment ago. The parts read `s`
 * while they are written, beside searches and the applier; but whoever writes them is the one who
 * links rows into the graph (vector_index.h). */
uint32_t derived_list_parts(const snapshot *s, ivf_writing *lists, part_source *out);
/* All live rows, with the places of those that wait for their vectors. */
vector_view derived_rows_to_write(const snapshot *s);
static inline uint32_t part_capacity(const snapshot *s)
{
    enum { KINDS_OF_SEGMENTS = 2 /* fields and words; of the others there is one part at most */ };
    return PART_KINDS - KINDS_OF_SEGMENTS + KINDS_OF_SEGMENTS * s->segment_count;
}

/* Reads what derived_list_parts wrote; safe on any bytes. Whether the generation belongs to the
 * caller's store and collection is the caller's to say, by its binding, whose sequence and metric
 * the snapshot gets; that the vectors are of the binding's dimension and metric is verified. *out is held once.
 * read_at_once  vectors, graph and codes that take so many bytes together are read and verified now; where they
 *               take more the index is partial (vector_index.h)
 * budget        of its index, and of what grows out of it
 * Errors: KITH_ERR_CORRUPT names the part and what does not check; KITH_ERR_IO, KITH_ERR_NO_MEMORY,
 * KITH_ERR_LIMIT (the path is too long); *out is then untouched. */
KITH_CHECKED kith_status derived_read(const generation *g, uint64_t read_at_once,
                                      const vector_budget *budget, snapshot **out, kith_error *err);

/* Reads the ids of the rows that the index was loaded with, where that was left for later: that of a partial index. Until
 * then row_ids_at() gives none. Of whoever does the upkeep.
 * Errors: KITH_ERR_CORRUPT (the index is then damaged: vector_index_is_damaged), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status derived_read_ids(derived *d, kith_error *err);
/* Would the vectors of the generation, which has no lists, take more memory than the budget allows? */
bool derived_exceeds(const generation *g, const vector_budget *budget);
/* The vectors of the generation, and of how many slots they are, for vector_index_adopt_vectors. Errors: KITH_ERR_CORRUPT
 * (also: it has none), KITH_ERR_IO, KITH_ERR_NO_MEMORY, KITH_ERR_LIMIT. */
KITH_CHECKED kith_status derived_open_vectors(const generation *g, paged_file **out,
                                              uint32_t *slots, kith_error *err);
/* The lists of the generation, which is of the index's rows, for vector_index_adopt_lists.
 * Errors: KITH_ERR_CORRUPT (also: it has no lists), KITH_ERR_IO, KITH_ERR_NO_MEMORY, KITH_ERR_LIMIT. */
KITH_CHECKED kith_status derived_read_lists(const generation *g, const vector_index *index,
                                            ivf_run **out, kith_error *err);

#endif
