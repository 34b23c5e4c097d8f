/* forward.c - building and walking the lists of each row.
 * Where it is computed from the postings, these are walked twice: to learn how many bytes each row
 * needs, and to write them. */
#include "words/forward.h"

#include "base/size.h"
#include "words/varint.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct forward {
    uint8_t *bytes; /* [size] */
    size_t size, capacity;
    size_t *ends; /* [rows] where each row's numbers end in `bytes` */
    uint32_t rows, row_capacity;
};

void forward_free(forward *f)
{
    if (!f) return;
    free(f->bytes);
    free(f->ends);
    free(f);
}

size_t forward_bytes(const forward *f)
{
    return sizeof *f + f->capacity + f->row_capacity * sizeof *f->ends;
}

uint32_t forward_rows(const forward *f)
{
    return f->rows;
}

static size_t row_start(const forward *f, uint32_t row)
{
    return row ? f->ends[row - 1] : 0;
}

/* ---- building ---- */

static bool reserve_row(forward *f)
{
    enum { FIRST_ROWS = 16 };
    if (f->rows < f->row_capacity) return true;
    uint32_t capacity = f->row_capacity ? f->row_capacity * 2 : FIRST_ROWS;
    size_t *grown = heap_grow_array(f->ends, capacity, sizeof *grown);
    if (!grown) return false;
    f->ends = grown;
    f->row_capacity = capacity;
    return true;
}

static bool reserve_bytes(forward *f, size_t more)
{
    size_t needed = f->size + more;
    if (needed <= f->capacity) return true;
    size_t capacity = size_max(needed, f->capacity + f->capacity / 2);
    uint8_t *grown = heap_grow_array(f->bytes, capacity, 1);
    if (!grown) return false;
    f->bytes = grown;
    f->capacity = capacity;
    return true;
}

kith_status forward_append(forward *f, const uint32_t *lists, uint32_t count)
{
    uint32_t before = 0;
    // Room for one number at least, so that `bytes` is memory even when no row has a word.
    if (!reserve_row(f) || !reserve_bytes(f, size_max(count, 1) * VARINT_MAX_BYTES))
        return KITH_ERR_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++) {
        DCHECK(i == 0 || lists[i] > before);
        f->size += varint_put(f->bytes + f->size, lists[i] - before);
        before = lists[i];
    }
    f->ends[f->rows++] = f->size;
    return KITH_OK;
}

static bool is_skipped(const _Atomic uint64_t *skipped, uint32_t row)
{
    return atomic_load_explicit(&skipped[row / 64], memory_order_relaxed) >> (row % 64) & 1;
}

/* Either walk over the lists: without `bytes` it adds to ends[row] the bytes that the row needs,
 * with them it writes the row's numbers from ends[row] on, which moves past them. last[row], zeroed
 * before, has the number that the row got last. */
static void walk_lists(const postings *lists, uint32_t list_count, const _Atomic uint64_t *skipped,
                       uint32_t *last, forward *f)
{
    for (uint32_t i = 0; i < list_count; i++)
        for (postings_cursor c = postings_begin(&lists[i]); c.row != CURSOR_END;
             postings_next(&c)) {
            if (is_skipped(skipped, c.row)) continue;
            size_t *end = &f->ends[c.row];
            uint32_t difference = i - last[c.row];
            *end += f->bytes ? varint_put(f->bytes + *end, difference) : varint_size(difference);
            last[c.row] = i;
        }
}

forward *forward_build(const postings *lists, uint32_t list_count, uint32_t rows,
                       const _Atomic uint64_t *skipped)
{
    forward *f = calloc(1, sizeof *f);
    uint32_t *last = heap_new_array(rows, sizeof *last);
    if (f) f->ends = heap_new_array(rows, sizeof *f->ends);
    if (!f || !last || !f->ends) goto failed;
    walk_lists(lists, list_count, skipped, last, f);
    for (uint32_t row = 0; row < rows; row++) {
        size_t bytes = f->ends[row];
        f->ends[row] = f->size; // where the row begins, until its numbers are written
        f->size += bytes;
        last[row] = 0;
    }
    f->bytes = heap_new_array(f->size, 1);
    if (!f->bytes) goto failed;
    f->capacity = f->size;
    f->rows = f->row_capacity = rows;
    walk_lists(lists, list_count, skipped, last, f);
    free(last);
    return f;
failed:
    free(last);
    forward_free(f);
    return NULL;
}

/* ---- reading ---- */

forward_cursor forward_begin(const forward *f, uint32_t row)
{
    DCHECK(row < f->rows);
    return (forward_cursor){.at = f->bytes + row_start(f, row), .end = f->bytes + f->ends[row]};
}

bool forward_next(forward_cursor *c)
{
    uint32_t difference;
    if (c->at == c->end) return false;
    c->at = varint_get(c->at, &difference);
    c->list += difference;
    return true;
}

bool forward_row_equal(const forward *a, const forward *b, uint32_t row)
{
    size_t start = row_start(a, row), other_start = row_start(b, row);
    size_t size = a->ends[row] - start;
    return size == b->ends[row] - other_start &&
           (size == 0 || memcmp(a->bytes + start, b->bytes + other_start, size) == 0);
}
