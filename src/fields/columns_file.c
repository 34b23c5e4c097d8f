/* columns_file.c - a segment as bytes. Little-endian.
 *
 *   offset  bytes         what
 *        0  8             "COLUMNS3"
 *        8  4             u32 first row
 *       12  4             u32 one past the last row
 *       16  4             u32 texts, the distinct strings
 *       20  any           each text: u32 size, then the bytes; numbered from 1 in this order
 *        -  4             u32 fields
 *        -  any           each field:
 *                           name     u32 size, at least 1, then the bytes
 *                           blocks   u32 count, then the blocks, ascending by word
 *                           lists    u32 count, then the lists, ascending by row
 *                           sparse   u32 count of rows with a sparse vector, then each row, u32,
 *                                    ascending; u32 count of dimensions, then each of them:
 *                                    u32 dimension, u32 count, at least 1, then for each row that
 *                                    has a value in it, ascending, u32 row and f32 value
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
 * A list is the value of a row that is in no block of the field:
 *
 *   offset  bytes         what
 *        0  4             u32 row
 *        4  4             u32 type: 0 strings, 1 numbers, 2 booleans
 *        8  4             u32 elements, 1 to METADATA_MAX_ELEMENTS
 *       12  4             u32 how many of them, the last, are doubles; 0 unless numbers
 *       16  8 * elements  u64 number of a text, i64 or f64, u64 0 or 1. A number that is whole and
 *                         fits an i64 is one
 *
 * There is no checksum: whoever keeps the bytes has one over all that it keeps. Nothing that is
 * read is believed, since a checksum finds damage and not malice: masks must not overlap, words and
 * texts must be in order, rows and texts in range, doubles must not be NaN, and memory is taken
 * step by step as bytes are read, never for a count that they only claim. */
#include "fields/columns_private.h"

#include <math.h>
#include <stdlib.h>

static const uint64_t MAGIC = UINT64_C(0x33534e4d554c4f43); // "COLUMNS3"

enum { BLOCK_HEADER_BYTES = 44, LIST_HEADER_BYTES = 16 };

static void write_text(buffer *out, view text)
{
    buffer_append_u32(out, (uint32_t)text.size);
    buffer_append(out, text);
}

static void write_block(const column_block *b, buffer *out)
{
    buffer_append_u32(out, b->word);
    buffer_append_u64(out, b->strings);
    buffer_append_u64(out, b->integers);
    buffer_append_u64(out, b->doubles);
    buffer_append_u64(out, b->bools);
    buffer_append_u64(out, b->truths);
    for (uint64_t bits = b->strings; bits; bits &= bits - 1)
        buffer_append_u32(out, b->texts[__builtin_ctzll(bits)]);
    for (uint64_t bits = b->integers | b->doubles; bits; bits &= bits - 1)
        buffer_append_u64(out, (uint64_t)b->numbers[__builtin_ctzll(bits)].integer);
}

static void write_list(const column *col, uint32_t i, buffer *out)
{
    const column_list *list = &col->lists[i];
    uint64_t start = column_list_start(col, i);
    buffer_append_u32(out, list->row);
    buffer_append_u32(out, list->type);
    buffer_append_u32(out, (uint32_t)(list->end - start));
    buffer_append_u32(out, list->doubles);
    for (uint64_t at = start; at < list->end; at++)
        buffer_append_u64(out, col->elements[at]);
}

static void write_sparse(const sparse_lists *s, buffer *out)
{
    buffer_append_u32(out, s->row_count);
    for (uint32_t i = 0; i < s->row_count; i++)
        buffer_append_u32(out, s->rows[i]);
    buffer_append_u32(out, s->count);
    for (uint32_t i = 0; i < s->count; i++) {
        buffer_append_u32(out, s->lists[i].dimension);
        buffer_append_u32(out, s->lists[i].count);
        for (uint32_t p = 0; p < s->lists[i].count; p++) {
            uint32_t bits;
            memcpy(&bits, &s->lists[i].postings[p].value, sizeof bits);
            buffer_append_u32(out, s->lists[i].postings[p].row);
            buffer_append_u32(out, bits);
        }
    }
}

static void write_column(const columns *c, uint32_t field, buffer *out)
{
    const column *col = &c->columns[field];
    write_text(out, interned_text(&c->fields, field + 1));
    buffer_append_u32(out, col->count);
    for (uint32_t i = 0; i < col->count; i++)
        write_block(&col->blocks[i], out);
    buffer_append_u32(out, col->list_count);
    for (uint32_t i = 0; i < col->list_count; i++)
        write_list(col, i, out);
    write_sparse(&col->sparse, out);
}

void columns_write(const columns *c, buffer *out)
{
    buffer_append_u64(out, MAGIC);
    buffer_append_u32(out, c->first);
    buffer_append_u32(out, c->end);
    buffer_append_u32(out, c->texts.count);
    for (uint32_t text = 1; text <= c->texts.count; text++)
        write_text(out, interned_text(&c->texts, text));
    buffer_append_u32(out, c->fields.count);
    for (uint32_t i = 0; i < c->fields.count; i++)
        write_column(c, i, out);
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
    if (values == 0 || (truths & ~bools) || (present & ~columns_rows_of_word(c, word)) ||
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
    return read_block_values(c, b, r, err);
}

/* Checks what adding it needs; column_broken_lists then checks the rest of all lists together. */
static kith_status read_list(column *col, reader *r, kith_error *err)
{
    list_value list = {0};
    if (r->left.size < LIST_HEADER_BYTES) return cut_short(err);
    uint32_t row = read_u32(r), type = read_u32(r);
    list.count = read_u32(r);
    list.doubles = read_u32(r);
    list.type = (list_type)type;
    if (type > LIST_OF_BOOLS || list.count == 0 || list.count > METADATA_MAX_ELEMENTS ||
        list.doubles > list.count ||
        (col->list_count && col->lists[col->list_count - 1].row >= row))
        return fail(err, KITH_ERR_CORRUPT, "columns have a bad list");
    for (uint32_t i = 0; i < list.count; i++)
        list.elements[i] = read_u64(r);
    if (r->short_of) return cut_short(err);
    return column_add_list(col, row, &list) ? KITH_OK : no_memory(err);
}

/* One dimension; that its postings hold is checked for all of them together. */
static kith_status read_sparse_list(sparse_lists *s, reader *r, kith_error *err)
{
    const uint32_t dimension = read_u32(r), count = read_u32(r);
    if (r->short_of) return cut_short(err);
    if (count == 0 || sparse_lists_find(s, dimension))
        return fail(err, KITH_ERR_CORRUPT,
                    "columns have a sparse dimension twice, or an empty one");
    for (uint32_t i = 0; i < count; i++) {
        sparse_posting posting = {.row = read_u32(r)};
        const uint32_t bits = read_u32(r);
        memcpy(&posting.value, &bits, sizeof bits);
        if (r->short_of) return cut_short(err);
        if (!sparse_lists_add_posting(s, dimension, posting)) return no_memory(err);
    }
    return KITH_OK;
}

static kith_status read_sparse(const columns *c, column *col, reader *r, kith_error *err)
{
    kith_status status = KITH_OK;
    for (uint32_t rows = read_u32(r); rows > 0; rows--) {
        const uint32_t row = read_u32(r);
        if (r->short_of) return cut_short(err);
        if (!sparse_lists_add_row(&col->sparse, row)) return no_memory(err);
    }
    uint32_t dimensions = read_u32(r);
    for (; dimensions > 0 && status == KITH_OK; dimensions--)
        status = read_sparse_list(&col->sparse, r, err);
    const char *broken = status == KITH_OK ? column_broken_sparse(c, col) : NULL;
    return broken ? fail(err, KITH_ERR_CORRUPT, "columns: %s", broken) : status;
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
    uint32_t lists = read_u32(r);
    for (; lists > 0 && status == KITH_OK; lists--)
        status = read_list(col, r, err);
    const char *broken = status == KITH_OK ? column_broken_lists(c, col) : NULL;
    if (broken) return fail(err, KITH_ERR_CORRUPT, "columns: %s", broken);
    return status == KITH_OK ? read_sparse(c, col, r, err) : status;
}

kith_status columns_read(view bytes, columns **out, kith_error *err)
{
    if (bytes.size < sizeof MAGIC || load_u64(bytes.data) != MAGIC)
        return fail(err, KITH_ERR_CORRUPT, "these are not columns");
    reader r = {.left = view_slice(bytes, sizeof MAGIC, bytes.size)};
    columns *c = columns_new(read_u32(&r));
    if (!c) return no_memory(err);
    c->end = read_u32(&r);
    kith_status status = c->first <= c->end
                             ? read_texts(c, &r, err)
                             : fail(err, KITH_ERR_CORRUPT, "columns end before they start");
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
