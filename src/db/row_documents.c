/* row_documents.c - see row_documents.h. */
#include "db/row_documents.h"

#include "base/hash.h"
#include "base/size.h"

#include <kith/types.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER_BYTES = 16, FIRST_SLOTS = 64, WORD_BYTES = 8 };

typedef struct document_key {
    uint32_t first_word, bytes;
} document_key;

/* A key that does not fit behind the last one in its chunk is the first of the next chunk. */
_Static_assert(KITH_KEY_MAX_BYTES <= REGION_FIRST * WORD_BYTES, "a chunk has room for any key");

void row_documents_init(row_documents *d)
{
    *d = (row_documents){0};
    region_init(&d->numbers, sizeof(uint32_t));
    region_init(&d->keys, sizeof(document_key));
    region_init(&d->text, WORD_BYTES);
}

void row_documents_done(row_documents *d)
{
    region_done(&d->numbers);
    region_done(&d->keys);
    region_done(&d->text);
    free(d->slots);
    row_documents_init(d);
}

size_t row_documents_bytes(const row_documents *d, uint32_t rows)
{
    return rows * sizeof(uint32_t) + d->count * sizeof(document_key) +
           (size_t)d->text_words * WORD_BYTES + d->slot_count * sizeof *d->slots;
}

/* ---- keys ---- */

view row_documents_key(const row_documents *d, uint32_t number)
{
    const document_key *k = region_at(&d->keys, number - 1);
    return (view){region_at(&d->text, k->first_word), k->bytes};
}

/* The slot of the key, or the empty one where it would be. */
static uint32_t *find_slot(const row_documents *d, view key)
{
    uint32_t mask = d->slot_count - 1;
    uint32_t at = (uint32_t)hash64(key, 0) & mask;
    while (d->slots[at] != ROW_DOCUMENT_NONE &&
           !view_equal(row_documents_key(d, d->slots[at]), key))
        at = (at + 1) & mask;
    return &d->slots[at];
}

static bool reserve_slot(row_documents *d)
{
    if ((uint64_t)d->count * 2 + 2 <= d->slot_count) return true;
    if (d->slot_count > UINT32_MAX / 2) return false;
    row_documents grown = *d;
    grown.slot_count = d->slot_count ? d->slot_count * 2 : FIRST_SLOTS;
    grown.slots = heap_new_array(grown.slot_count, sizeof *grown.slots);
    if (!grown.slots) return false;
    for (uint32_t number = 1; number <= d->count; number++)
        *find_slot(&grown, row_documents_key(d, number)) = number;
    free(d->slots);
    d->slots = grown.slots; // and nothing else: others read the regions meanwhile
    d->slot_count = grown.slot_count;
    return true;
}

/* Copies the key behind the others. False: no memory. */
static bool add_text(row_documents *d, view key, uint32_t *first_word)
{
    uint32_t words = (uint32_t)((key.size + WORD_BYTES - 1) / WORD_BYTES);
    uint32_t first = d->text_words;
    if (first > REGION_MAX - 2 * words) return false;
    uint32_t run = region_run(first, first + words);
    if (run < words) first += run;
    if (!region_reserve(&d->text, first + words)) return false;
    memcpy(region_at(&d->text, first), key.data, key.size);
    d->text_words = first + words;
    *first_word = first;
    return true;
}

/* ROW_DOCUMENT_NONE: no memory. */
static uint32_t intern(row_documents *d, view key)
{
    uint32_t first_word = 0;
    CHECK(key.size > 0 && key.size <= KITH_KEY_MAX_BYTES);
    if (!reserve_slot(d)) return ROW_DOCUMENT_NONE;
    uint32_t *slot = find_slot(d, key);
    if (*slot != ROW_DOCUMENT_NONE) return *slot;
    if (!region_reserve(&d->keys, d->count + 1) || !add_text(d, key, &first_word))
        return ROW_DOCUMENT_NONE;
    *(document_key *)region_at(&d->keys, d->count) = (document_key){first_word, (uint32_t)key.size};
    *slot = ++d->count;
    return *slot;
}

kith_status row_documents_put(row_documents *d, uint32_t row, view key, kith_error *err)
{
    if (key.size > KITH_KEY_MAX_BYTES)
        return fail(err, KITH_ERR_LIMIT, "a document's id has %zu bytes, the limit is %d", key.size,
                    KITH_KEY_MAX_BYTES);
    uint32_t number = key.size ? intern(d, key) : ROW_DOCUMENT_NONE;
    if (!region_reserve(&d->numbers, row + 1) || (key.size && number == ROW_DOCUMENT_NONE))
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an index");
    *(uint32_t *)region_at(&d->numbers, row) = number;
    return KITH_OK;
}

/* ---- as bytes ---- */

void row_documents_write(const row_documents *d, uint32_t count, uint32_t rows, buffer *out)
{
    buffer_append_u64(out, count);
    buffer_append_u64(out, rows);
    for (uint32_t number = 1; number <= count; number++) {
        view key = row_documents_key(d, number);
        buffer_append_u32(out, (uint32_t)key.size);
        buffer_append(out, key);
    }
    for (uint32_t row = 0; row < rows; row++)
        buffer_append_u32(out, row_documents_number(d, row));
}

static kith_status fail_damaged(kith_error *err, const char *what)
{
    return fail(err, KITH_ERR_CORRUPT, "documents of rows: %s", what);
}

static kith_status read_keys(view *rest, uint64_t count, row_documents *d, kith_error *err)
{
    for (uint64_t i = 1; i <= count; i++) {
        uint32_t size = rest->size >= 4 ? load_u32(rest->data) : 0;
        if (size == 0 || size > rest->size - 4 || size > KITH_KEY_MAX_BYTES)
            return fail_damaged(err, "keys are cut off");
        uint32_t number = intern(d, view_slice(*rest, 4, 4 + (size_t)size));
        if (number == ROW_DOCUMENT_NONE) return fail(err, KITH_ERR_NO_MEMORY, "out of memory");
        if (number != i) return fail_damaged(err, "a key comes twice");
        *rest = view_slice(*rest, 4 + (size_t)size, rest->size);
    }
    return KITH_OK;
}

kith_status row_documents_read(view bytes, uint32_t rows, row_documents *d, kith_error *err)
{
    if (bytes.size < HEADER_BYTES) return fail_damaged(err, "cut off");
    uint64_t count = load_u64(bytes.data);
    if (load_u64(bytes.data + 8) != rows) return fail_damaged(err, "not as many as rows");
    view rest = view_slice(bytes, HEADER_BYTES, bytes.size);
    kith_status status = read_keys(&rest, count, d, err);
    if (status != KITH_OK) return status;
    if (rest.size != (size_t)rows * 4) return fail_damaged(err, "rows do not add up");
    if (!region_reserve(&d->numbers, rows)) return fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    bool are_all_there = true;
    for (uint32_t first = 0, run; first < rows; first += run) {
        uint32_t *to = region_at(&d->numbers, first);
        run = region_run(first, rows);
        for (uint32_t i = 0; i < run; i++) {
            const uint32_t number = load_u32(rest.data + (size_t)(first + i) * 4);
            are_all_there = are_all_there && number <= count;
            if (number) to[i] = number; // 0 is there already: pages of zeros take no memory
        }
    }
    return are_all_there ? KITH_OK : fail_damaged(err, "a row is of no document that there is");
}

/* ---- checking ---- */

kith_status row_documents_check(const row_documents *d, uint32_t rows, kith_error *err)
{
    for (uint32_t number = 1; number <= d->count; number++)
        if (*find_slot(d, row_documents_key(d, number)) != number)
            return fail(err, KITH_ERR_CORRUPT, "documents of rows: key %u is not found", number);
    if (region_capacity(&d->numbers) < rows)
        return fail(err, KITH_ERR_CORRUPT, "documents of rows: fewer than %u rows", rows);
    for (uint32_t row = 0; row < rows; row++)
        if (row_documents_number(d, row) > d->count)
            return fail(err, KITH_ERR_CORRUPT, "documents of rows: row %u is of document %u of %u",
                        row, row_documents_number(d, row), d->count);
    return KITH_OK;
}
