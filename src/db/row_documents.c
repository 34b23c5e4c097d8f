/* row_documents.c - see row_documents.h. */
#include "db/row_documents.h"

#include "base/size.h"

#include <stdlib.h>

enum { FIRST_ROWS = 256, HEADER_BYTES = 16 };

void row_documents_done(row_documents *d)
{
    interned_done(&d->keys);
    free(d->numbers);
    *d = (row_documents){0};
}

size_t row_documents_bytes(const row_documents *d)
{
    return interned_bytes(&d->keys) + d->capacity * sizeof *d->numbers;
}

static kith_status append_number(row_documents *d, uint32_t number)
{
    if (d->rows == d->capacity) {
        uint32_t capacity = d->capacity ? d->capacity * 2 : FIRST_ROWS;
        uint32_t *grown = heap_grow_array(d->numbers, capacity, sizeof *grown);
        if (!grown) return KITH_ERR_NO_MEMORY;
        d->numbers = grown;
        d->capacity = capacity;
    }
    d->numbers[d->rows++] = number;
    return KITH_OK;
}

kith_status row_documents_append(row_documents *d, view key)
{
    uint32_t number = key.size ? interned_add(&d->keys, key) : ROW_DOCUMENT_NONE;
    if (key.size && number == INTERNED_NONE) return KITH_ERR_NO_MEMORY;
    return append_number(d, number);
}

void row_documents_write(const row_documents *d, buffer *out)
{
    buffer_append_u64(out, d->keys.count);
    buffer_append_u64(out, d->rows);
    for (uint32_t i = 1; i <= d->keys.count; i++) {
        view key = interned_text(&d->keys, i);
        buffer_append_u32(out, (uint32_t)key.size);
        buffer_append(out, key);
    }
    for (uint32_t i = 0; i < d->rows; i++)
        buffer_append_u32(out, d->numbers[i]);
}

static kith_status fail_damaged(kith_error *err, const char *what)
{
    return fail(err, KITH_ERR_CORRUPT, "documents of rows: %s", what);
}

kith_status row_documents_read(view bytes, row_documents *d, kith_error *err)
{
    if (bytes.size < HEADER_BYTES) return fail_damaged(err, "cut off");
    uint64_t keys = load_u64(bytes.data), rows = load_u64(bytes.data + 8);
    view rest = view_slice(bytes, HEADER_BYTES, bytes.size);
    for (uint64_t i = 1; i <= keys; i++) {
        uint32_t size = rest.size >= 4 ? load_u32(rest.data) : 0;
        if (size == 0 || size > rest.size - 4) return fail_damaged(err, "keys are cut off");
        uint32_t number = interned_add(&d->keys, view_slice(rest, 4, 4 + (size_t)size));
        if (number == INTERNED_NONE) return fail(err, KITH_ERR_NO_MEMORY, "out of memory");
        if (number != i) return fail_damaged(err, "a key comes twice");
        rest = view_slice(rest, 4 + (size_t)size, rest.size);
    }
    if (rows != rest.size / 4 || rest.size % 4 != 0 || rows > UINT32_MAX / 2)
        return fail_damaged(err, "rows do not add up");
    for (uint64_t i = 0; i < rows; i++) {
        uint32_t number = load_u32(rest.data + i * 4);
        if (number > keys) return fail_damaged(err, "a row is of no document that there is");
        if (append_number(d, number) != KITH_OK)
            return fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    }
    return KITH_OK;
}
