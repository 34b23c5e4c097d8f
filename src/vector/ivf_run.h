/* ivf_run.h - rows in lists, on a disk.
 *
 * A run has the rows of a range of numbers, in the order of their lists: entry n is the n-th row in that order. In
 * a file, from a page on:
 *
 *   codes    an entry each: u32 row, f32 step, f32 square, i8 code[code_dim]: the vector less the centroid of its
 *            list, in whole steps; `square` is the code's own squared length, in the vectors' unit
 *   vectors  an entry each: f32[stride], in the form of vector_rows
 *
 * In memory: where each list begins, and which entry each row is. What is read of a file is believed only as far as it
 * agrees with that. A run never changes; any thread. */
#ifndef KITH_VECTOR_IVF_RUN_H
#define KITH_VECTOR_IVF_RUN_H

#include "vector/ivf_partition.h"
#include "vector/paged_file.h"

static const uint32_t IVF_NO_ENTRY = UINT32_MAX; /* of a row that the run does not have */
enum { IVF_ENTRY_HEAD = 12 /* bytes of an entry before its code */ };

typedef struct ivf_run {
    atomic_uint holders;           /* freed with the last */
    ivf_partition *partition;      /* held */
    paged_file *codes, *vectors;   /* held; may be the same */
    uint64_t codes_at, vectors_at; /* offsets of entry 0 */
    uint32_t first, end;           /* the rows are of this range */
    uint32_t *starts;              /* [lists + 1] entries before each list, and of all */
    uint32_t *entries;             /* [end - first] of each row; IVF_NO_ENTRY */
    uint32_t code_dim;             /* dim, rounded up for the kernels */
    size_t entry_bytes, vector_bytes;
} ivf_run;

/* A run without files and lists; held once, and released when something is missing. NULL: out of memory.
 * partition  held by it */
ivf_run *ivf_run_new(const vector_rows *shape, ivf_partition *partition, uint32_t first,
                     uint32_t end);
ivf_run *ivf_run_hold(ivf_run *r);
/* Accepts NULL. */
void ivf_run_release(ivf_run *r);
/* Memory, but for the partition's and the files'. */
size_t ivf_run_bytes(const ivf_run *r);

static inline uint32_t ivf_run_count(const ivf_run *r)
{
    return r->starts[r->partition->lists];
}

/* The row, first <= row < end; IVF_NO_ENTRY: the run does not have it. */
static inline uint32_t ivf_run_entry(const ivf_run *r, uint32_t row)
{
    return r->entries[row - r->first];
}

/* The list of an entry. */
uint32_t ivf_run_list(const ivf_run *r, uint32_t entry);

/* Entries [entry, entry + count), count of at least 1; pages [paged_file_room(...)]; any thread.
 * Errors: paged_file_read's. */
KITH_CHECKED kith_status ivf_run_read_codes(const ivf_run *r, uint32_t entry, uint32_t count,
                                            char *pages, const char **out, kith_error *err);
KITH_CHECKED kith_status ivf_run_read_vectors(const ivf_run *r, uint32_t entry, uint32_t count,
                                              char *pages, const float **out, kith_error *err);

/* ---- an entry's code ---- */

uint32_t ivf_code_dim(uint32_t dim);

/* Of a vector less another: codes of whole steps. */
typedef struct ivf_code {
    float step;   /* 0: all is 0 */
    float square; /* step * step * the sum of the code's squares */
} ivf_code;
/* Codes a - b; b NULL: a. a, b [stride]; out [code_dim], zeros behind dim. */
ivf_code ivf_encode(const float *a, const float *b, uint32_t dim, uint32_t code_dim, int8_t *out);
/* Writes the entry of a row. out [entry_bytes] */
void ivf_write_entry(uint32_t row, const float *vector, const float *centroid,
                     const vector_rows *shape, char *out);

static inline uint32_t ivf_entry_row(const char *entry)
{
    return load_u32(entry);
}
static inline ivf_code ivf_entry_code(const char *entry)
{
    ivf_code code;
    memcpy(&code, entry + sizeof(uint32_t), sizeof code);
    return code;
}
static inline const int8_t *ivf_entry_values(const char *entry)
{
    return (const int8_t *)entry + IVF_ENTRY_HEAD;
}

#endif
