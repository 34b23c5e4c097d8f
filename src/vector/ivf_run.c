/* ivf_run.c - see ivf_run.h. */
#include "vector/ivf_run.h"

#include "base/holders.h"
#include "base/size.h"
#include "simd/codes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "entries are stored as they lie in memory");
_Static_assert(sizeof(ivf_code) == IVF_ENTRY_HEAD - sizeof(uint32_t), "as it lies in an entry");

uint32_t ivf_code_dim(uint32_t dim)
{
    return (dim + CODES_STEP - 1) / CODES_STEP * CODES_STEP;
}

ivf_run *ivf_run_new(const vector_rows *shape, ivf_partition *partition, uint32_t first,
                     uint32_t end)
{
    ivf_run *r = heap_new_array(1, sizeof *r);
    if (!r) return NULL;
    *r = (ivf_run){.partition = ivf_partition_hold(partition),
                   .first = first,
                   .end = end,
                   .starts = heap_new_array((size_t)partition->lists + 1, sizeof *r->starts),
                   .entries = heap_new_array(end - first, sizeof *r->entries),
                   .code_dim = ivf_code_dim(shape->dim),
                   .vector_bytes = shape->stride * sizeof(float)};
    r->entry_bytes = IVF_ENTRY_HEAD + r->code_dim;
    atomic_init(&r->holders, 1);
    if (r->starts && r->entries) return r;
    ivf_run_release(r);
    return NULL;
}

ivf_run *ivf_run_hold(ivf_run *r)
{
    holders_add(&r->holders);
    return r;
}

void ivf_run_release(ivf_run *r)
{
    if (!r || !holders_leave(&r->holders)) return;
    ivf_partition_release(r->partition);
    paged_file_release(r->codes);
    paged_file_release(r->vectors);
    free(r->starts);
    free(r->entries);
    free(r);
}

size_t ivf_run_bytes(const ivf_run *r)
{
    return sizeof *r + ((size_t)r->partition->lists + 1 + r->end - r->first) * sizeof(uint32_t);
}

uint32_t ivf_run_list(const ivf_run *r, uint32_t entry)
{
    uint32_t low = 0, high = r->partition->lists - 1;
    DCHECK(entry < ivf_run_count(r));
    while (low < high) { // the last list that begins at the entry or before
        const uint32_t middle = low + (high - low + 1) / 2;
        if (r->starts[middle] <= entry)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

kith_status ivf_run_read_codes(const ivf_run *r, uint32_t entry, uint32_t count, char *pages,
                               const char **out, kith_error *err)
{
    return paged_file_read(r->codes, r->codes_at + (uint64_t)entry * r->entry_bytes,
                           count * r->entry_bytes, pages, out, err);
}

kith_status ivf_run_read_vectors(const ivf_run *r, uint32_t entry, uint32_t count, char *pages,
                                 const float **out, kith_error *err)
{
    const char *bytes = NULL;
    kith_status status =
        paged_file_read(r->vectors, r->vectors_at + (uint64_t)entry * r->vector_bytes,
                        count * r->vector_bytes, pages, &bytes, err);
    if (status == KITH_OK) *out = (const float *)(const void *)bytes;
    return status;
}

ivf_code ivf_encode(const float *a, const float *b, uint32_t dim, uint32_t code_dim, int8_t *out)
{
    enum { STEPS = 127 };
    static const float LARGEST = 1e15F;   // larger ones, whose squares overflow, are cut to it
    static const float SMALLEST = 1e-30F; // the inverse of smaller ones is none
    float most = 0;
    int64_t squares = 0;
    for (uint32_t i = 0; i < dim; i++)
        most = fmaxf(most, fabsf(b ? a[i] - b[i] : a[i]));
    memset(out, 0, code_dim);
    most = fminf(most, LARGEST);
    if (!(most > SMALLEST)) return (ivf_code){0, 0};
    const float scale = STEPS / most;
    for (uint32_t i = 0; i < dim; i++) {
        const float steps = (b ? a[i] - b[i] : a[i]) * scale;
        out[i] = (int8_t)lrintf(fminf(fmaxf(steps, -STEPS), STEPS));
        squares += (int64_t)out[i] * out[i];
    }
    const float step = most / STEPS;
    return (ivf_code){step, step * step * (float)squares};
}

void ivf_write_entry(uint32_t row, const float *vector, const float *centroid,
                     const vector_rows *shape, char *out)
{
    const ivf_code code = ivf_encode(vector, centroid, shape->dim, ivf_code_dim(shape->dim),
                                     (int8_t *)out + IVF_ENTRY_HEAD);
    memcpy(out, &row, sizeof row);
    memcpy(out + sizeof row, &code, sizeof code);
}
