/* columns.c - building a segment, and verifying it. Rows ascend, so a value always belongs into the
 * last block of its column, or into a new one behind it. When memory runs out the segment is thrown
 * away by its owner; what was added by then needs only to be good enough to be freed. */
#include "fields/columns_private.h"

#include "base/size.h"

#include <stdlib.h>

enum { FIRST_CAPACITY = 4 };

columns *columns_new(uint32_t first_row)
{
    columns *c = heap_new_array(1, sizeof *c);
    if (c) c->first = c->end = first_row;
    return c;
}

static void column_done(column *col)
{
    for (uint32_t i = 0; i < col->count; i++) {
        free(col->blocks[i].texts);
        free(col->blocks[i].numbers);
    }
    free(col->blocks);
    free(col->lists);
    free(col->elements);
    sparse_lists_done(&col->sparse);
    column_lookup_free(col->lookup);
}

void columns_free(columns *c)
{
    if (!c) return;
    for (uint32_t i = 0; i < c->fields.count; i++)
        column_done(&c->columns[i]);
    free(c->columns);
    interned_done(&c->fields);
    interned_done(&c->texts);
    free(c);
}

static size_t column_bytes(const column *col)
{
    size_t bytes = col->capacity * sizeof *col->blocks + col->list_capacity * sizeof *col->lists +
                   col->element_capacity * sizeof *col->elements +
                   sparse_lists_bytes(&col->sparse) + column_lookup_bytes(col->lookup);
    for (uint32_t i = 0; i < col->count; i++) {
        if (col->blocks[i].texts) bytes += BLOCK_ROWS * sizeof *col->blocks[i].texts;
        if (col->blocks[i].numbers) bytes += BLOCK_ROWS * sizeof *col->blocks[i].numbers;
    }
    return bytes;
}

size_t columns_bytes(const columns *c)
{
    size_t bytes = sizeof *c + interned_bytes(&c->fields) + interned_bytes(&c->texts) +
                   c->capacity * sizeof *c->columns;
    for (uint32_t i = 0; i < c->fields.count; i++)
        bytes += column_bytes(&c->columns[i]);
    return bytes;
}

/* The bits below `row` of the word, all of them when it ends before `row`. */
static uint64_t bits_below(uint32_t word, uint32_t row)
{
    if (row / BLOCK_ROWS != word) return row / BLOCK_ROWS > word ? ~UINT64_C(0) : 0;
    return (UINT64_C(1) << row % BLOCK_ROWS) - 1;
}

uint64_t columns_rows_of_word(const columns *c, uint32_t word)
{
    return bits_below(word, c->end) & ~bits_below(word, c->first);
}

const column *columns_find_field(const columns *c, view field)
{
    uint32_t number = interned_find(&c->fields, field);
    return number == INTERNED_NONE ? NULL : &c->columns[number - 1];
}

column *columns_add_field(columns *c, view field)
{
    uint32_t number = interned_find(&c->fields, field);
    if (number != INTERNED_NONE) return &c->columns[number - 1];
    if (c->fields.count == c->capacity) {
        uint32_t capacity = c->capacity ? c->capacity * 2 : FIRST_CAPACITY;
        column *grown = heap_grow_array(c->columns, capacity, sizeof *grown);
        if (!grown) return NULL;
        c->columns = grown;
        c->capacity = capacity;
    }
    column_lookup *lookup = column_lookup_new();
    if (!lookup) return NULL;
    number = interned_add(&c->fields, field);
    if (number == INTERNED_NONE) {
        column_lookup_free(lookup);
        return NULL;
    }
    c->columns[number - 1] = (column){.lookup = lookup};
    return &c->columns[number - 1];
}

column_block *column_add_block(column *col, uint32_t word)
{
    DCHECK(col->count == 0 || col->blocks[col->count - 1].word <= word);
    if (col->count && col->blocks[col->count - 1].word == word) return &col->blocks[col->count - 1];
    if (col->count == col->capacity) {
        uint32_t capacity = col->capacity ? col->capacity + col->capacity / 2 + 1 : 1;
        column_block *grown = heap_grow_array(col->blocks, capacity, sizeof *grown);
        if (!grown) return NULL;
        col->blocks = grown;
        col->capacity = capacity;
    }
    col->blocks[col->count] = (column_block){.word = word};
    return &col->blocks[col->count++];
}

bool column_block_add_texts(column_block *b)
{
    if (!b->texts) b->texts = heap_new_array(BLOCK_ROWS, sizeof *b->texts);
    return b->texts != NULL;
}

bool column_block_add_numbers(column_block *b)
{
    if (!b->numbers) b->numbers = heap_new_array(BLOCK_ROWS, sizeof *b->numbers);
    return b->numbers != NULL;
}

/* Stores the value of row `slot` of the block, which has none. False: out of memory, no value set.
 */
static bool block_set(columns *c, column_block *b, uint32_t slot, const metadata_value *value)
{
    uint64_t bit = UINT64_C(1) << slot;
    uint32_t text;
    DCHECK(!(block_present(b) & bit)); // rows ascend, and metadata has a field once
    switch (value->kind) {
    case METADATA_BOOL:
        b->bools |= bit;
        if (value->boolean) b->truths |= bit;
        return true;
    case METADATA_STRING:
        text = interned_add(&c->texts, value->string);
        if (text == INTERNED_NONE || !column_block_add_texts(b)) return false;
        b->texts[slot] = text;
        b->strings |= bit;
        return true;
    case METADATA_INTEGER:
        if (!column_block_add_numbers(b)) return false;
        b->numbers[slot].integer = value->integer;
        b->integers |= bit;
        return true;
    case METADATA_DOUBLE:
        if (!column_block_add_numbers(b)) return false;
        b->numbers[slot].number = value->number;
        b->doubles |= bit;
        return true;
    case METADATA_LIST:
    case METADATA_SPARSE_VECTOR:
        break; // not in a block
    }
    return false;
}

/* Numbers in the order that column_list has: integers first. */
static void order_numbers(const metadata_value *value, list_value *list)
{
    uint32_t integers = 0, doubles = 0;
    for (uint32_t i = 0; i < value->list.count; i++) {
        uint64_t element;
        bool is_integer = number_to_element(&value->list.elements[i], &element);
        list->elements[is_integer ? integers++ : value->list.count - ++doubles] = element;
    }
    list->doubles = doubles;
}

/* False: out of memory. */
static bool set_list(columns *c, column *col, uint32_t row, const metadata_value *value)
{
    const metadata_value *elements = value->list.elements;
    list_value list = {.count = value->list.count};
    switch (elements[0].kind) {
    case METADATA_STRING:
        list.type = LIST_OF_STRINGS;
        for (uint32_t i = 0; i < list.count; i++) {
            list.elements[i] = interned_add(&c->texts, elements[i].string);
            if (list.elements[i] == INTERNED_NONE) return false;
        }
        break;
    case METADATA_INTEGER:
    case METADATA_DOUBLE:
        list.type = LIST_OF_NUMBERS;
        order_numbers(value, &list);
        break;
    case METADATA_BOOL:
        list.type = LIST_OF_BOOLS;
        for (uint32_t i = 0; i < list.count; i++)
            list.elements[i] = elements[i].boolean;
        break;
    case METADATA_LIST:
    case METADATA_SPARSE_VECTOR:
        return false; // metadata_set lets none through
    }
    return column_add_list(col, row, &list);
}

static bool set_value(columns *c, uint32_t row, const metadata_entry *entry)
{
    column *col = columns_add_field(c, entry->key);
    if (col && entry->value.kind == METADATA_LIST) return set_list(c, col, row, &entry->value);
    if (col && entry->value.kind == METADATA_SPARSE_VECTOR)
        return sparse_lists_add(&col->sparse, row, &entry->value.sparse);
    column_block *b = col ? column_add_block(col, row / BLOCK_ROWS) : NULL;
    return b && block_set(c, b, row % BLOCK_ROWS, &entry->value);
}

kith_status columns_set(columns *c, uint32_t row, const metadata *m, kith_error *err)
{
    CHECK(row >= c->end && row < UINT32_MAX);
    c->end = row + 1;
    for (uint32_t i = 0; i < m->count; i++)
        if (!set_value(c, row, &m->entries[i]))
            return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the metadata of row %u", row);
    return KITH_OK;
}

uint32_t columns_first_row(const columns *c)
{
    return c->first;
}

uint32_t columns_end_row(const columns *c)
{
    return c->end;
}

/* ---- verified ---- */

static const char *broken_values(const columns *c, const column_block *b)
{
    if (b->strings && !b->texts) return "a block has strings and no room for them";
    if ((b->integers | b->doubles) && !b->numbers)
        return "a block has numbers and no room for them";
    for (uint64_t bits = b->strings; bits; bits &= bits - 1) {
        uint32_t text = b->texts[__builtin_ctzll(bits)];
        if (text == INTERNED_NONE || text > c->texts.count) return "a string has no text";
    }
    for (uint64_t bits = b->doubles; bits; bits &= bits - 1) {
        double number = b->numbers[__builtin_ctzll(bits)].number;
        if (number != number) return "a number is NaN";
    }
    return NULL;
}

/* What is wrong with the block, or NULL. */
static const char *broken_block(const columns *c, const column_block *b)
{
    uint64_t present = block_present(b);
    int values = __builtin_popcountll(b->strings) + __builtin_popcountll(b->integers) +
                 __builtin_popcountll(b->doubles) + __builtin_popcountll(b->bools);
    if (values != __builtin_popcountll(present)) return "a row has values of two types";
    if (b->truths & ~b->bools) return "a row is true and no boolean";
    if (present & ~columns_rows_of_word(c, b->word)) return "a row outside the segment has a value";
    return broken_values(c, b);
}

/* What is wrong with the column, or NULL. */
static const char *broken_column(const columns *c, const column *col)
{
    if (col->count > col->capacity) return "there are more blocks than room";
    for (uint32_t i = 0; i < col->count; i++) {
        const column_block *b = &col->blocks[i];
        if (i > 0 && b[-1].word >= b->word) return "blocks do not ascend";
        const char *broken = broken_block(c, b);
        if (broken) return broken;
    }
    return NULL;
}

kith_status columns_check(const columns *c, kith_error *err)
{
    kith_status status = interned_check(&c->fields, err);
    if (status == KITH_OK) status = interned_check(&c->texts, err);
    if (status != KITH_OK) return status;
    if (c->fields.count > c->capacity)
        return fail(err, KITH_ERR_CORRUPT, "columns: there are more fields than columns");
    if (c->first > c->end)
        return fail(err, KITH_ERR_CORRUPT, "columns: they end before they start");
    for (uint32_t i = 0; i < c->fields.count; i++) {
        const char *broken = broken_column(c, &c->columns[i]);
        if (!broken) broken = column_broken_lists(c, &c->columns[i]);
        if (!broken) broken = column_broken_sparse(c, &c->columns[i]);
        if (!broken) broken = column_broken_values(c, &c->columns[i]);
        view name = interned_text(&c->fields, i + 1);
        if (broken)
            return fail(err, KITH_ERR_CORRUPT, "columns: field '%.*s': %s", VIEW_ARG(name), broken);
    }
    return KITH_OK;
}
