/* row_codes_file.c - codes of 8 bits, or of 4, as bytes, so that searches walk them as soon as an index was read.
 * Little-endian:
 *
 *   offset  bytes                what
 *        0  4                    u32 layout: 1, of 8 bits; 2, of 4
 *        4  4                    u32 metric         kith_metric
 *        8  4                    u32 dim            of the vectors
 *       12  4                    u32 element_bytes  of a code with its sizes
 *       16  8                    u64 seed           of the rotation
 *       24  4                    u32 count          of codes, those of rows 0..count
 *       28  4                    u32 exceeded       1: a vector among them is too long for a code (coder.h)
 *       32  4 * dim              f32 centre[dim]
 *        -  element_bytes * count  the codes as they lie in memory: row_codes.h
 *
 * A checksum is the caller's. What is read is not believed: sizes are held against the bytes that there
 * are; and when all codes were read, what a code says of itself must be finite, and no value be -128, which the kernels do
 * not multiply exactly; of 4 bits all values may be. Until then such a code gives a wrong distance, a finite one. That the codes are those of
 * the rows is not verified: it would take making them again. */
#include "base/size.h"
#include "vector/row_codes.h"

#include <math.h>

enum { LAYOUT = 1, LAYOUT_SHORT = 2, HEADER_BYTES = 32 };

void row_codes_write(const row_codes *c, buffer *out)
{
    const uint32_t count = row_codes_count(c);
    buffer_append_u32(out, c->is_short ? LAYOUT_SHORT : LAYOUT);
    buffer_append_u32(out, (uint32_t)c->coder->metric);
    buffer_append_u32(out, c->coder->vector_dim);
    buffer_append_u32(out, (uint32_t)c->codes.element_bytes);
    buffer_append_u64(out, c->seed);
    buffer_append_u32(out, count);
    buffer_append_u32(out, row_codes_are_exceeded(c));
    buffer_append(out,
                  (view){(const char *)c->coder->centre, c->coder->vector_dim * sizeof(float)});
    region_write(&c->codes, count, out);
}

/* What the header says. */
typedef struct code_header {
    uint32_t count; /* of codes, which fit the bytes that there are */
    bool is_exceeded;
} code_header;

/* Chooses the form of the codes by the layout. */
static kith_status read_header(row_codes *c, const lazy_source *from, uint32_t rows,
                               code_header *out, kith_error *err)
{
    char head[HEADER_BYTES];
    const size_t centre_bytes = c->rows->dim * sizeof(float);
    size_t bytes;
    if (c->dim == 0 || from->bytes < HEADER_BYTES + centre_bytes)
        return fail(err, KITH_ERR_CORRUPT, "codes are cut short, or of vectors that have none");
    kith_status status = lazy_source_copy(from, 0, head, sizeof head, err);
    if (status != KITH_OK) return status;
    const uint32_t layout = load_u32(head);
    if (layout == LAYOUT || layout == LAYOUT_SHORT) row_codes_choose(c, layout == LAYOUT_SHORT);
    if ((layout != LAYOUT && layout != LAYOUT_SHORT) ||
        load_u32(head + 4) != (uint32_t)c->rows->metric || load_u32(head + 8) != c->rows->dim ||
        load_u32(head + 12) != c->codes.element_bytes || load_u64(head + 16) != c->seed)
        return fail(err, KITH_ERR_CORRUPT, "codes are of other vectors, or of another layout");
    const uint32_t found = load_u32(head + 24), exceeded = load_u32(head + 28);
    if (found == 0 || found > rows || !size_mul(found, c->codes.element_bytes, &bytes) ||
        bytes != from->bytes - HEADER_BYTES - centre_bytes || exceeded > 1)
        return fail(err, KITH_ERR_CORRUPT, "codes of %u rows cannot be right", found);
    *out = (code_header){found, exceeded == 1};
    return KITH_OK;
}

static bool code_is_sound(const row_codes *c, uint32_t row)
{
    const int8_t *code = row_codes_at(c, row);
    const code_size size = row_codes_size(c, row);
    // Eight values at a time: a byte that is -128 is one that the exclusive or makes 0, which borrows.
    const uint64_t lowest = UINT64_C(0x8080808080808080), ones = UINT64_C(0x0101010101010101);
    uint64_t found = 0;
    for (uint32_t i = 0; !c->is_short && i < c->dim; i += sizeof found) {
        uint64_t values;
        memcpy(&values, code + i, sizeof values);
        values ^= lowest;
        found |= (values - ones) & ~values & lowest;
    }
    return found == 0 && isfinite(size.step) && size.step >= 0 && !isnan(size.square) &&
           isfinite(size.along);
}

kith_status row_codes_verify(const row_codes *c, kith_error *err)
{
    for (uint32_t row = 0; row < row_codes_count(c); row++)
        if (!code_is_sound(c, row))
            return fail(err, KITH_ERR_CORRUPT, "the code of vector %u cannot be right", row);
    return KITH_OK;
}

/* The coder, and room for the codes. */
static kith_status open_codes(row_codes *c, lazy_part *part, const code_header *header,
                              kith_error *err)
{
    const size_t centre_bytes = c->rows->dim * sizeof(float);
    kith_status status =
        lazy_source_copy(lazy_part_source(part), HEADER_BYTES, c->coder->centre, centre_bytes, err);
    for (uint32_t i = 0; i < c->rows->dim && status == KITH_OK; i++)
        if (!isfinite(c->coder->centre[i]))
            status = fail(err, KITH_ERR_CORRUPT, "the centre of codes is not finite");
    if (status != KITH_OK) return status;
    coder_turn_centre(c->coder);
    c->lazy.offset = HEADER_BYTES + centre_bytes;
    c->lazy.count = header->count;
    if (region_reserve_small(&c->codes, header->count) &&
        lazy_part_begin(part, (lazy_array *const[]){&c->lazy}, 1)) {
        atomic_store_explicit(&c->is_exceeded,
                              header->is_exceeded || row_codes_is_centre_exceeded(c->coder),
                              memory_order_relaxed);
        return KITH_OK;
    }
    return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u codes", header->count);
}

kith_status row_codes_open(row_codes *c, lazy_part *part, uint32_t rows, kith_error *err)
{
    code_header header = {0, false};
    DCHECK(row_codes_count(c) == 0 && !c->coder);
    kith_status status = read_header(c, lazy_part_source(part), rows, &header, err);
    if (status != KITH_OK) return status;
    if (c->is_short && !vector_rows_cold(c->rows)) {
        row_codes_choose(c, false);
        return KITH_OK;
    }
    c->coder = coder_new(c->rows, NULL, 0, c->seed);
    if (!c->coder) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u codes", header.count);
    status = open_codes(c, part, &header, err);
    if (status == KITH_OK) {
        atomic_store_explicit(&c->count, header.count, memory_order_release);
        return KITH_OK;
    }
    coder_free(c->coder);
    c->coder = NULL;
    region_done(&c->codes);
    return status;
}
