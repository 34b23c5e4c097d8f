/* columns_file.c - the columns as bytes. Little-endian.
 *
 *   offset  bytes         what
 *        0  8             "COLUMNS1"
 *        8  4             u32 texts, the distinct strings
 *       12  any           each text: u32 size, then the bytes; numbered from 1 in this order
 *        -  4             u32 fields
 *        -  any           each field:
 *                           name     u32 size, at least 1, then the bytes
 *                           blocks   u32 count, then the blocks, ascending by word
 *        -  8             u64 XXH3-64 of all bytes before
 *
 * A block is the values of rows 64 * word to 64 * word + 63, at least one:
 *
 *   offset  bytes         what
 *        0  4             u32 word
 *        4  8             u64 strings    bit i: row 64 * word + i has a string
 *       12  8             u64 integers
 *       20  8             u64 doubles
 *       28  8             u64 bools
 *       36  8             u64 truths     those of the bools that are true
 *       44  4 * strings   u32 number of the text, for each bit of strings, lowest first
 *        -  8 * numbers   i64 or f64, for each bit of integers | doubles, lowest first
 *
 * Texts and fields that no row has any more are not written: writing and reading is what drops
 * them, and it numbers the rest anew. Nothing that is read is believed, since a checksum finds
 * damage and not malice: masks must not overlap, words and texts must be in order and in range,
 * doubles must not be NaN, and memory is taken step by step as bytes are read, never for a count
 * that they only claim. */
#include "base/hash.h"
#include "base/size.h"
#include "fields/columns_private.h"

#include <math.h>
#include <stdlib.h>

static const uint64_t MAGIC = UINT64_C(0x31534e4d554c4f43); // "COLUMNS1"

enum { BLOCK_HEADER_BYTES = 44, CHECKSUM_BYTES = 8 };

static void write_text(buffer *out, view text)
{
    buffer_append_u32(out, (uint32_t)text.size);
    buffer_append(out, text);
}

/* numbers[text] = the number of the text in the file, or 0 when no row has it; numbers
 * [c->texts.count + 1], all 0. Returns how many texts rows have. */
static uint32_t number_used_texts(const columns *c, uint32_t *numbers)
{
    for (uint32_t i = 0; i < c->fields.count; i++) {
        const column *col = &c->columns[i];
        for (uint32_t j = 0; j < col->count; j++)
            for (uint64_t bits = col->blocks[j].strings; bits; bits &= bits - 1)
                numbers[col->blocks[j].texts[__builtin_ctzll(bits)]] = 1;
    }
    uint32_t used = 0;
    for (uint32_t text = 1; text <= c->texts.count; text++)
        if (numbers[text]) numbers[text] = ++used;
    return used;
}

static void write_block(const column_block *b, const uint32_t *numbers, buffer *out)
{
    buffer_append_u32(out, b->word);
    buffer_append_u64(out, b->strings);
    buffer_append_u64(out, b->integers);
    buffer_append_u64(out, b->doubles);
    buffer_append_u64(out, b->bools);
    buffer_append_u64(out, b->truths);
    for (uint64_t bits = b->strings; bits; bits &= bits - 1)
        buffer_append_u32(out, numbers[b->texts[__builtin_ctzll(bits)]]);
    for (uint64_t bits = b->integers | b->doubles; bits; bits &= bits - 1)
        buffer_append_u64(out, (uint64_t)b->numbers[__builtin_ctzll(bits)].integer);
}

static void write_column(const columns *c, uint32_t field, const uint32_t *numbers, buffer *out)
{
    const column *col = &c->columns[field];
    uint32_t filled = 0;
    for (uint32_t i = 0; i < col->count; i++)
        filled += block_present(&col->blocks[i]) != 0;
    write_text(out, interned_text(&c->fields, field + 1));
    buffer_append_u32(out, filled);
    for (uint32_t i = 0; i < col->count; i++)
        if (block_present(&col->blocks[i])) write_block(&col->blocks[i], numbers, out);
}

void columns_write(const columns *c, buffer *out)
{
    uint32_t *numbers = heap_new_array((size_t)c->texts.count + 1, sizeof *numbers);
    if (!numbers) {
        out->failed = KITH_ERR_NO_MEMORY;
        return;
    }
    buffer_begin_checksum(out);
    buffer_append_u64(out, MAGIC);
    buffer_append_u32(out, number_used_texts(c, numbers));
    for (uint32_t text = 1; text <= c->texts.count; text++)
        if (numbers[text]) write_text(out, interned_text(&c->texts, text));
    uint32_t used = 0;
    for (uint32_t i = 0; i < c->fields.count; i++)
        used += c->columns[i].values > 0;
    buffer_append_u32(out, used);
    for (uint32_t i = 0; i < c->fields.count; i++)
        if (c->columns[i].values > 0) write_column(c, i, numbers, out);
    free(numbers);
    buffer_end_checksum(out);
}

/* Bytes still to be read. Reading past the end yields zeros and sets short_of, which callers look
 * at once for several reads. */
typedef struct reader {
    view left;
    bool short_of; /* more was asked for than was there */
} reader;

static view read_bytes(reader *r, size_t size)
{
    if (size > r->left.size) {
        r->short_of = true;
        return (view){0};
    }
    view bytes = view_slice(r->left, 0, size);
    r->left = view_slice(r->left, size, r->left.size);
    return bytes;
}

static uint32_t read_u32(reader *r)
{
    view bytes = read_bytes(r, 4);
    return bytes.size ? load_u32(bytes.data) : 0;
}

static uint64_t read_u64(reader *r)
{
    view bytes = read_bytes(r, 8);
    return bytes.size ? load_u64(bytes.data) : 0;
}

static kith_status cut_short(kith_error *err)
{
    return fail(err, KITH_ERR_CORRUPT, "columns are cut short");
}

static kith_status no_memory(kith_error *err)
{
    return fail(err, KITH_ERR_NO_MEMORY, "out of memory for columns");
}

static kith_status read_texts(columns *c, reader *r, kith_error *err)
{
    uint32_t count = read_u32(r);
    for (uint32_t i = 1; i <= count; i++) {
        view text = read_bytes(r, read_u32(r));
        if (r->short_of) return cut_short(err);
        uint32_t number = interned_add(&c->texts, text);
        if (number == INTERNED_NONE) return no_memory(err);
        if (number != i) return fail(err, KITH_ERR_CORRUPT, "columns have a text twice");
    }
    return r->short_of ? cut_short(err) : KITH_OK;
}

static kith_status read_block_values(const columns *c, column_block *b, reader *r, kith_error *err)
{
    for (uint64_t bits = b->strings; bits; bits &= bits - 1) {
        uint32_t text = read_u32(r);
        if (text == INTERNED_NONE || text > c->texts.count)
            return fail(err, KITH_ERR_CORRUPT, "columns name a text that is not there");
        b->texts[__builtin_ctzll(bits)] = text;
    }
    for (uint64_t bits = b->integers | b->doubles; bits; bits &= bits - 1) {
        column_number *number = &b->numbers[__builtin_ctzll(bits)];
        number->integer = (int64_t)read_u64(r);
        if ((b->doubles & bits & -bits) && isnan(number->number))
            return fail(err, KITH_ERR_CORRUPT, "columns hold a number that is none");
    }
    return r->short_of ? cut_short(err) : KITH_OK;
}

static kith_status read_block(columns *c, column *col, reader *r, kith_error *err)
{
    if (r->left.size < BLOCK_HEADER_BYTES) return cut_short(err);
    uint32_t word = read_u32(r);
    uint64_t strings = read_u64(r), integers = read_u64(r), doubles = read_u64(r);
    uint64_t bools = read_u64(r), truths = read_u64(r),
             present = strings | integers | doubles | bools;
    int values = __builtin_popcountll(present);
    if (values == 0 || (truths & ~bools) || word > UINT32_MAX / BLOCK_ROWS ||
        values != __builtin_popcountll(strings) + __builtin_popcountll(integers) +
                      __builtin_popcountll(doubles) + __builtin_popcountll(bools) ||
        (col->count && col->blocks[col->count - 1].word >= word))
        return fail(err, KITH_ERR_CORRUPT, "columns have a bad block");
    column_block *b = column_add_block(col, word);
    if (!b || (strings && !column_block_add_texts(b)) ||
        ((integers | doubles) && !column_block_add_numbers(b)))
        return no_memory(err);
    b->strings = strings;
    b->integers = integers;
    b->doubles = doubles;
    b->bools = bools;
    b->truths = truths;
    col->values += (uint64_t)values;
    uint64_t rows = (uint64_t)word * BLOCK_ROWS + BLOCK_ROWS - (uint64_t)__builtin_clzll(present);
    if (rows > c->rows) c->rows = rows;
    return read_block_values(c, b, r, err);
}

static kith_status read_column(columns *c, reader *r, kith_error *err)
{
    view name = read_bytes(r, read_u32(r));
    if (r->short_of) return cut_short(err);
    if (name.size == 0 || interned_find(&c->fields, name) != INTERNED_NONE)
        return fail(err, KITH_ERR_CORRUPT, "columns have a field without a name or twice");
    column *col = columns_add_field(c, name);
    if (!col) return no_memory(err);
    kith_status status = KITH_OK;
    for (uint32_t blocks = read_u32(r); blocks > 0 && status == KITH_OK; blocks--)
        status = read_block(c, col, r, err);
    return status;
}

kith_status columns_read(view bytes, columns **out, kith_error *err)
{
    if (bytes.size < sizeof MAGIC + CHECKSUM_BYTES || load_u64(bytes.data) != MAGIC)
        return fail(err, KITH_ERR_CORRUPT, "these are not columns");
    size_t end = bytes.size - CHECKSUM_BYTES;
    if (hash64(view_slice(bytes, 0, end), 0) != load_u64(bytes.data + end))
        return fail(err, KITH_ERR_CORRUPT, "columns fail their checksum");
    columns *c = columns_new();
    if (!c) return no_memory(err);
    reader r = {.left = view_slice(bytes, sizeof MAGIC, end)};
    kith_status status = read_texts(c, &r, err);
    uint32_t fields = read_u32(&r);
    for (uint32_t i = 0; i < fields && status == KITH_OK; i++)
        status = read_column(c, &r, err);
    if (status == KITH_OK && (r.short_of || r.left.size != 0))
        status = fail(err, KITH_ERR_CORRUPT, "columns have bytes missing or past their end");
    if (status != KITH_OK) goto done;
    *out = c;
    c = NULL; // the caller owns it now
done:
    columns_free(c);
    return status;
}
