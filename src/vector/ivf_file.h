/* ivf_file.h - rows in lists as parts of a generation, and back.
 *
 * Three parts, little-endian:
 *   lists         u32 layout (1), u32 dim, u32 rows, u32 lists, u32 made_for, u32 entries, then f32 centroids[lists][stride],
 *                 u32 counts[lists] of the entries of each list, u32 entry[rows] of each row (2^32 - 1: it is in none)
 *   list codes    entries (ivf_run.h)
 *   list vectors  vectors in their order
 * They are one run, of the rows 0..rows. */
#ifndef KITH_VECTOR_IVF_FILE_H
#define KITH_VECTOR_IVF_FILE_H

#include "base/buffer.h"
#include "vector/ivf.h"
#include "vector/vector_index.h"

/* What is written of a view: which rows, in which order. */
typedef struct ivf_writing ivf_writing;

/* Puts the view's live rows in lists: in those that they are in, or, when there are REPARTITION times as many as the
 * partition was made for, in those of a new one, for which all vectors are read. Takes 12 bytes a row, and with a new
 * partition up to `sample_bytes` more. The linker's; it holds what it needs of the index. Free it with
 * ivf_writing_free.
 * Errors: KITH_ERR_CORRUPT, KITH_ERR_IO (what is to be read is damaged), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status ivf_writing_new(const ivf *x, const vector_view *seen, size_t sample_bytes,
                                         ivf_writing **out, kith_error *err);
/* Is the partition of the newest rows made for as many as `live`? */
bool ivf_keeps_partition(const ivf_state *s, uint32_t live);
/* Has it a new partition? */
bool ivf_writing_is_new(const ivf_writing *w);
/* Accepts NULL. */
void ivf_writing_free(ivf_writing *w);
/* Append the parts to `out`; vectors are read for the last two. Fail as the buffer does, and with out->failed
 * KITH_ERR_CORRUPT, KITH_ERR_IO or KITH_ERR_NO_MEMORY where vectors cannot be read. */
void ivf_write_lists(ivf_writing *w, buffer *out);
void ivf_write_codes(ivf_writing *w, buffer *out);
void ivf_write_vectors(ivf_writing *w, buffer *out);

/* Where the parts lie. */
typedef struct ivf_parts {
    view lists;                  /* the first part; may be freed after the call */
    paged_file *codes, *vectors; /* borrowed: the run takes holds of its own */
    uint64_t code_bytes, vector_bytes;
} ivf_parts;
/* The run that was written. What codes and vectors hold is verified when it is read. Held once.
 * shape  of the index that it is of
 * Errors: KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status ivf_read_run(const vector_rows *shape, const ivf_parts *parts,
                                      ivf_run **out, kith_error *err);

#endif
