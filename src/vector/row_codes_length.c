/* row_codes_length.c - whether codes of 4 bits tell the rows of an index apart; see row_codes.h. */
#include "base/size.h"
#include "base/topk.h"
#include "vector/row_codes.h"

#include <stdlib.h>
#include <string.h>

/* Rows that ask for the nearest of the others, and how many: as many as a search is asked for. */
enum { ASKING = 64, NEAREST = 10 };

/* Codes are of 8 bits when more than one of so many rows needs them. A walk by codes that are blind is done again by vectors from
 * the disk and takes several times as long: where it is one of four, that is about as much work as all the others. */
enum { ONE_OF = 4 };

typedef struct length_trial {
    row_codes codes;           /* without memory: of the length that is tried */
    uint32_t asking;           /* rows that ask, evenly spread; up to ASKING */
    uint32_t slots[ASKING];    /* theirs */
    const float *rows[ASKING]; /* [stride] each */
    topk nearest[ASKING];      /* of the others */
    hit hits[ASKING][NEAREST]; /* the heaps */
    float *room, *work;        /* [stride]; [2 * dim] */
    float *vectors;            /* [ASKING][stride] */
} length_trial;

/* Would codes of that length tell the first of the nearest rows from the last? */
static bool is_told_apart(length_trial *t, uint32_t i, bool is_short)
{
    row_codes *c = &t->codes;
    const hit *hits = t->hits[i];
    if (t->nearest[i].count < NEAREST) return true; // most rows are equal, and share a slot
    const hit last = hits[NEAREST - 1];
    int8_t *code =
        (int8_t *)(t->work + c->dim); // of one and then of the other: the sizes are wanted
    row_codes_choose(c, is_short);
    const row_probe probe = row_codes_prepare(c, t->rows[i], t->work, code);
    const float *row = vector_rows_read(c->rows, last.id, t->room);
    const code_size size = is_short ? coder_encode_short(c->coder, row, t->work, code)
                                    : coder_encode(c->coder, row, t->work, code);
    const float error = row_codes_error_of(c, &probe, size, last.distance);
    return row_codes_are_apart(hits[0].distance, last.distance, error);
}

static void find_nearest(length_trial *t, const uint32_t *list, uint32_t count)
{
    float distances[ASKING];
    const vector_rows *rows = t->codes.rows;
    for (uint32_t i = 0; i < t->asking; i++) {
        t->slots[i] = list[(uint64_t)i * count / t->asking];
        float *to = t->vectors + (size_t)i * rows->stride;
        memcpy(to, vector_rows_read(rows, t->slots[i], t->room), rows->stride * sizeof *to);
        t->rows[i] = to;
        t->nearest[i] = (topk){.heap = t->hits[i], .k = NEAREST};
    }
    for (uint32_t at = 0; at < count; at++) {
        const float *row = vector_rows_read(rows, list[at], t->room);
        vector_rows_compare(rows, row, t->rows, t->asking, distances);
        for (uint32_t i = 0; i < t->asking; i++)
            if (list[at] != t->slots[i]) topk_offer(&t->nearest[i], distances[i], list[at]);
    }
    for (uint32_t i = 0; i < t->asking; i++)
        topk_sort(&t->nearest[i]);
}

/* How many of them need codes of 8 bits. */
static uint32_t count_in_need(length_trial *t)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < t->asking; i++)
        if (!is_told_apart(t, i, true) && is_told_apart(t, i, false)) count++;
    return count;
}

kith_status row_codes_choose_length(row_codes *c, const uint32_t *list, uint32_t count,
                                    kith_error *err)
{
    if (!c->is_short || count <= NEAREST) return KITH_OK;
    const size_t stride = c->rows->stride;
    length_trial *t = heap_new_array(1, sizeof *t);
    float *floats = heap_new_array((ASKING + 1) * stride + (size_t)2 * c->dim, sizeof *floats);
    const bool has_room = t && floats;
    if (has_room) {
        row_codes_init(&t->codes, c->rows, c->sample, c->seed, true);
        t->codes.coder = c->coder;
        t->asking = (uint32_t)size_min(count, ASKING);
        t->vectors = floats;
        t->room = floats + ASKING * stride;
        t->work = t->room + stride;
        find_nearest(t, list, count);
        if (count_in_need(t) * ONE_OF > t->asking) row_codes_choose(c, false);
    }
    free(floats);
    free(t);
    return has_room ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for codes");
}
