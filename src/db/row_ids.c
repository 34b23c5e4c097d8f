/* row_ids.c - see row_ids.h. */
#include "db/row_ids.h"

#include "base/size.h"

#include <kith/types.h>
#include <stdlib.h>
#include <string.h>

enum { WORD_BYTES = 4, LENGTH_BYTES = 2, HEADER_BYTES = 8 };

/* An id that does not fit behind the last one in its chunk is the first of the next chunk. */
_Static_assert(KITH_KEY_MAX_BYTES + LENGTH_BYTES + WORD_BYTES <= REGION_FIRST * WORD_BYTES,
               "a chunk has room for any id");
_Static_assert(KITH_KEY_MAX_BYTES <= UINT16_MAX, "the length of an id fits");

void row_ids_init(row_ids *d)
{
    *d = (row_ids){0};
    region_init(&d->places, sizeof(uint32_t));
    region_init(&d->text, WORD_BYTES);
}

void row_ids_done(row_ids *d)
{
    row_ids *saved = atomic_load_explicit(&d->saved, memory_order_relaxed);
    if (saved) row_ids_done(saved);
    free(saved);
    region_done(&d->places);
    region_done(&d->text);
    row_ids_init(d);
}

size_t row_ids_bytes(const row_ids *d, uint32_t rows)
{
    const row_ids *saved = atomic_load_explicit(&d->saved, memory_order_acquire);
    return ((size_t)rows - d->saved_rows + d->text_words) * WORD_BYTES +
           (saved ? row_ids_bytes(saved, d->saved_rows) : 0);
}

static kith_status fail_memory(kith_error *err)
{
    return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the ids of an index");
}

/* Where so many words lie behind one another, behind those in use. False: no memory. */
static bool take_words(row_ids *d, uint32_t words, uint32_t *first)
{
    uint32_t at = d->text_words;
    if (at > REGION_MAX - 2 * words) return false;
    uint32_t run = region_run(at, at + words);
    if (run < words) at += run;
    if (!region_reserve(&d->text, at + words)) return false;
    d->text_words = at + words;
    *first = at;
    return true;
}

kith_status row_ids_put(row_ids *d, uint32_t row, view id, kith_error *err)
{
    uint32_t first = 0;
    if (id.size > KITH_KEY_MAX_BYTES)
        return fail(err, KITH_ERR_LIMIT, "an id has %zu bytes, the limit is %d", id.size,
                    KITH_KEY_MAX_BYTES);
    uint32_t words = (uint32_t)((id.size + LENGTH_BYTES + WORD_BYTES - 1) / WORD_BYTES);
    CHECK(row >= d->saved_rows);
    row -= d->saved_rows;
    if (!region_reserve(&d->places, row + 1) || !take_words(d, words, &first))
        return fail_memory(err);
    char *text = region_at(&d->text, first);
    const uint16_t length = (uint16_t)id.size;
    memcpy(text, &length, LENGTH_BYTES);
    if (id.size) memcpy(text + LENGTH_BYTES, id.data, id.size);
    *(uint32_t *)region_at(&d->places, row) = first;
    return KITH_OK;
}

void row_ids_expect(row_ids *d, uint32_t rows)
{
    d->saved_rows = rows;
}

void row_ids_supply(row_ids *d, row_ids *saved)
{
    // Release: who finds it finds all that is in it.
    atomic_store_explicit(&d->saved, saved, memory_order_release);
}

/* Where a row's id is said to be; NULL: it is not there yet. *d becomes those that have it. */
static const uint32_t *place_of(const row_ids **d, uint32_t row)
{
    if (row < (*d)->saved_rows) {
        *d = atomic_load_explicit(&(*d)->saved, memory_order_acquire);
        return *d ? region_at(&(*d)->places, row) : NULL;
    }
    return region_at(&(*d)->places, row - (*d)->saved_rows);
}

void row_ids_prefetch_place(const row_ids *d, uint32_t row)
{
    const uint32_t *place = place_of(&d, row);
    if (place) __builtin_prefetch(place);
}

void row_ids_prefetch(const row_ids *d, uint32_t row)
{
    const uint32_t *place = place_of(&d, row);
    if (place) __builtin_prefetch(region_at(&d->text, *place));
}

view row_ids_at(const row_ids *d, uint32_t row)
{
    const uint32_t *place = place_of(&d, row);
    if (!place) return (view){0};
    const char *text = region_at(&d->text, *place);
    uint16_t length;
    memcpy(&length, text, LENGTH_BYTES);
    return (view){text + LENGTH_BYTES, length};
}

void row_ids_write(const row_ids *d, uint32_t rows, buffer *out)
{
    CHECK(d->saved_rows == 0 || atomic_load_explicit(&d->saved, memory_order_relaxed));
    buffer_append_u64(out, rows);
    for (uint32_t row = 0; row < rows; row++) {
        view id = row_ids_at(d, row);
        const char length[LENGTH_BYTES] = {(char)(id.size & 255), (char)(id.size >> 8)};
        buffer_append(out, (view){length, LENGTH_BYTES});
        buffer_append(out, id);
    }
}

kith_status row_ids_read(view bytes, uint32_t rows, row_ids *d, kith_error *err)
{
    if (bytes.size < HEADER_BYTES || load_u64(bytes.data) != rows)
        return fail(err, KITH_ERR_CORRUPT, "ids of rows: not as many as rows");
    view rest = view_slice(bytes, HEADER_BYTES, bytes.size);
    for (uint32_t row = 0; row < rows; row++) {
        if (rest.size < LENGTH_BYTES) return fail(err, KITH_ERR_CORRUPT, "ids of rows: cut off");
        size_t length = (size_t)(uint8_t)rest.data[0] | (size_t)(uint8_t)rest.data[1] << 8;
        if (length > KITH_KEY_MAX_BYTES || length > rest.size - LENGTH_BYTES)
            return fail(err, KITH_ERR_CORRUPT, "ids of rows: the id of row %u is cut off", row);
        view id = view_slice(rest, LENGTH_BYTES, LENGTH_BYTES + length);
        kith_status status = row_ids_put(d, row, id, err);
        if (status != KITH_OK) return status;
        rest = view_slice(rest, LENGTH_BYTES + length, rest.size);
    }
    return rest.size == 0 ? KITH_OK
                          : fail(err, KITH_ERR_CORRUPT, "ids of rows: bytes past the end");
}
