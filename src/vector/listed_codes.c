/* listed_codes.c - see listed_codes.h. */
#include "vector/listed_codes.h"

#include "base/size.h"
#include "vector/vector_index_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 64 };

_Static_assert(sizeof(listed_codes) <= LINE, "what comes before the rows");

bool listed_codes_are_whole(const vector_view *seen)
{
    const uint32_t whole = seen->rows / CODES_BLOCK * CODES_BLOCK;
    return whole > 0 && seen->index && flat_codes_count(&seen->index->flat) >= whole;
}

size_t listed_codes_signs_bytes(const vector_index *ix)
{
    return ix && ix->codes.dim > 0 ? ix->flat.rows.element_bytes : 0;
}

static size_t row_bytes(const vector_index *ix, uint32_t count)
{
    return count <= LISTED_BYTES_MOST ? ix->codes.codes.element_bytes : ix->flat.rows.element_bytes;
}

size_t listed_codes_bytes(const vector_index *ix, uint32_t count)
{
    return LINE + (count * row_bytes(ix, count) + LINE - 1) / LINE * LINE;
}

static const void *code_of(const vector_index *ix, bool is_bytes, uint32_t row)
{
    return is_bytes ? (const void *)row_codes_at(&ix->codes, slot_of_row(&ix->slots, row))
                    : region_at(&ix->flat.rows, row);
}

static void note_size(const row_codes *codes, const void *code, code_size *largest)
{
    const code_size size = row_codes_size_behind(codes, code);
    largest->step = fmaxf(largest->step, size.step);
    largest->square = fmaxf(largest->square, size.square);
    largest->along = fmaxf(largest->along, size.along);
}

/* The first of the rows, as far as there are codes. */
static void copy_codes(const vector_index *ix, const uint32_t *rows, listed_codes *to)
{
    // What has signs has a code of 8 bits, too.
    const uint32_t coded = flat_codes_count(&ix->flat);
    for (; to->count > 0 && rows[to->count - 1] >= coded; to->count--)
        continue;
    to->largest = (code_size){.along = -INFINITY};
    for (uint32_t i = 0; i < to->count; i++) {
        const void *code = code_of(ix, to->is_bytes, rows[i]);
        memcpy(to->rows + (size_t)i * to->row_bytes, code, to->row_bytes);
        if (to->is_bytes) note_size(&ix->codes, code, &to->largest);
    }
}

listed_codes *listed_codes_new(const vector_view *seen, const uint32_t *rows, uint32_t count)
{
    const vector_index *ix = seen->index;
    if (!ix || ix->codes.dim == 0) return NULL;
    const size_t bytes = listed_codes_bytes(ix, count);
    listed_codes *made = aligned_alloc(LINE, bytes);
    if (!made) return NULL;
    *made = (listed_codes){.count = count,
                           .row_bytes = (uint32_t)row_bytes(ix, count),
                           .is_bytes = count <= LISTED_BYTES_MOST,
                           .bytes = bytes,
                           .rows = (unsigned char *)made + LINE};
    // As a search: what it reads does not go meanwhile.
    const uint32_t side = coded_graph_enter(&ix->coded);
    copy_codes(ix, rows, made);
    coded_graph_leave(&ix->coded, side);
    return made;
}
