/* columns_for_test.h - random records in segments of columns, and what two segments, or a segment and the naive
 * evaluator, must have in common. */
#ifndef KITH_COLUMNS_FOR_TEST_H
#define KITH_COLUMNS_FOR_TEST_H

#include "fields/columns.h"
#include "fields/columns_private.h"
#include "filters_for_test.h"
#include "test.h"

#include <stdlib.h>

enum {
    ROWS = 1000,
    FIRST_EMPTY = 900,
    FILTERS = 3000,
    FEW_FILTERS = 300,
    MAX_SEGMENTS = 100,
    MAX_BYTES = 64 << 20
};

/* Records of rows, and the same in segments. Rows from FIRST_EMPTY on have no metadata. */
typedef struct table {
    arena memory;
    metadata records[ROWS];
    const json_value *trees[ROWS];
    bitset *live; /* [ROWS] */
    columns *segments[MAX_SEGMENTS];
    uint32_t count;
} table;

static inline column_segments all_of(const table *t)
{
    return (column_segments){(const columns *const *)t->segments, t->count};
}

static inline void begin_table(table *t)
{
    *t = (table){0};
    arena_init(&t->memory, 0);
    t->live = bitset_new(ROWS);
    assert_non_null(t->live);
    bitset_fill(t->live, true);
}

static inline void read_record(table *t, uint32_t row, view json)
{
    kith_error err = {0};
    view copy = arena_copy(&t->memory, json);
    t->records[row] = (metadata){.memory = &t->memory};
    assert_ok(metadata_parse(copy, &t->records[row], &err));
    assert_ok(json_parse(copy, MAX_BYTES, &t->memory, &t->trees[row], &err));
}

static inline void fill_records(table *t, rng *random)
{
    buffer text;
    buffer_init(&text, MAX_BYTES);
    for (uint32_t row = 0; row < ROWS; row++) {
        buffer_reset(&text);
        if (row >= FIRST_EMPTY || rng_below(random, 20) == 0)
            buffer_append_text(&text, "{}");
        else
            append_random_metadata(&text, random);
        read_record(t, row, buffer_view(&text));
    }
    buffer_done(&text);
}

/* Appends a segment of rows first..end - 1. Some rows without metadata are not set at all. */
static inline void add_segment(table *t, uint32_t first, uint32_t end)
{
    kith_error err = {0};
    columns *c = columns_new(first);
    assert_non_null(c);
    for (uint32_t row = first; row < end; row++)
        if (t->records[row].count || row % 2 || row == end - 1)
            assert_ok(columns_set(c, row, &t->records[row], &err));
    assert_ok(columns_check(c, &err));
    assert_int_equal(columns_first_row(c), first);
    assert_int_equal(columns_end_row(c), end);
    assert_true(t->count < MAX_SEGMENTS);
    t->segments[t->count++] = c;
}

/* Segments of 1 to `longest` rows that together hold all rows. */
static inline table *random_table(uint64_t seed, uint32_t longest)
{
    rng random = {seed};
    table *t = malloc(sizeof *t);
    assert_non_null(t);
    begin_table(t);
    fill_records(t, &random);
    for (uint32_t first = 0, end; first < ROWS; first = end) {
        end = first + 1 + rng_below(&random, longest);
        if (end > ROWS || t->count == MAX_SEGMENTS - 1) end = ROWS;
        add_segment(t, first, end);
    }
    return t;
}

static inline void table_free(table *t)
{
    for (uint32_t i = 0; i < t->count; i++)
        columns_free(t->segments[i]);
    bitset_free(t->live);
    arena_done(&t->memory);
    free(t);
}

/* Takes each live row's bit away with the given chance in percent. */
static inline void remove_rows(table *t, rng *random, uint32_t percent)
{
    for (uint32_t row = 0; row < ROWS; row++)
        if (rng_below(random, 100) < percent) bitset_clear(t->live, row);
}

/* Joins segments at..at + count - 1 into one in their place. */
static inline void join(table *t, uint32_t at, uint32_t count)
{
    kith_error err = {0};
    columns *joined = NULL;
    const column_segments some = {(const columns *const *)&t->segments[at], count};
    uint32_t first = columns_first_row(t->segments[at]);
    uint32_t end = columns_end_row(t->segments[at + count - 1]);
    assert_ok(columns_concat(&some, t->live, &joined, &err));
    assert_ok(columns_check(joined, &err));
    assert_int_equal(columns_first_row(joined), first);
    assert_int_equal(columns_end_row(joined), end);
    for (uint32_t i = at; i < at + count; i++)
        columns_free(t->segments[i]);
    t->segments[at] = joined;
    memmove(&t->segments[at + 1], &t->segments[at + count],
            (t->count - at - count) * sizeof *t->segments);
    t->count -= count - 1;
}

/* Every live row matches as the naive evaluator says of its record, rows past the last as an empty
 * record. */
static inline void assert_agrees(const table *t, uint64_t seed, uint32_t rows, uint32_t filters)
{
    kith_error err = {0};
    rng random = {seed};
    arena scratch;
    arena_init(&scratch, 0);
    buffer text;
    buffer_init(&text, MAX_BYTES);
    bitset *matching = bitset_new(rows);
    assert_non_null(matching);
    const column_segments list = all_of(t);
    for (uint32_t round = 0; round < filters; round++) {
        const filter *f = NULL;
        const json_value *tree = NULL;
        buffer_reset(&text);
        append_random_filter(&text, &random, 4);
        assert_ok(filter_parse(buffer_view(&text), &scratch, &f, &err));
        assert_ok(json_parse(buffer_view(&text), MAX_BYTES, &scratch, &tree, &err));
        bitset_fill(matching, round % 2 == 0); // what was there before does not matter
        assert_ok(columns_match(&list, f, matching, &err));
        assert_null(bitset_check(matching)); // no bit past the end
        for (uint32_t row = 0; row < rows; row++) {
            uint32_t record = row < ROWS ? row : ROWS - 1;
            bool expected = naive_matches(tree, t->trees[record]);
            if (filter_matches(f, &(filter_point){.fields = &t->records[record]}) != expected ||
                (bitset_has(matching, row) != expected && bitset_has(t->live, record)))
                fail_msg("seed %llu: row %u and filter %s disagree", (unsigned long long)seed, row,
                         buffer_text(&text));
        }
        arena_reset(&scratch);
    }
    bitset_free(matching);
    buffer_done(&text);
    arena_done(&scratch);
}

static inline void assert_same_block(const columns *x, const column_block *b, const columns *y,
                                     const column_block *d)
{
    assert_int_equal(b->word, d->word);
    assert_true(b->strings == d->strings && b->integers == d->integers && b->bools == d->bools);
    assert_true(b->doubles == d->doubles && b->truths == d->truths);
    for (uint64_t bits = b->strings; bits; bits &= bits - 1) {
        uint32_t slot = (uint32_t)__builtin_ctzll(bits);
        assert_true(view_equal(interned_text(&x->texts, b->texts[slot]),
                               interned_text(&y->texts, d->texts[slot])));
    }
    for (uint64_t bits = b->integers | b->doubles; bits; bits &= bits - 1) {
        uint32_t slot = (uint32_t)__builtin_ctzll(bits);
        assert_true(b->numbers[slot].integer == d->numbers[slot].integer);
    }
}

static inline void assert_same_list(const columns *x, const column *a, const columns *y,
                                    const column *b, uint32_t i)
{
    assert_int_equal(a->lists[i].row, b->lists[i].row);
    assert_int_equal(a->lists[i].type, b->lists[i].type);
    assert_int_equal(a->lists[i].doubles, b->lists[i].doubles);
    assert_true(a->lists[i].end == b->lists[i].end);
    for (uint64_t at = column_list_start(a, i); at < a->lists[i].end; at++)
        if (a->lists[i].type == LIST_OF_STRINGS)
            assert_true(view_equal(interned_text(&x->texts, (uint32_t)a->elements[at]),
                                   interned_text(&y->texts, (uint32_t)b->elements[at])));
        else
            assert_true(a->elements[at] == b->elements[at]);
}

/* The same rows, fields, blocks, lists, values and strings; the order of fields and strings may
 * differ. */
static inline void assert_same_segment(const columns *x, const columns *y)
{
    assert_true(x->first == y->first && x->end == y->end);
    assert_int_equal(x->fields.count, y->fields.count);
    assert_int_equal(x->texts.count, y->texts.count);
    for (uint32_t i = 0; i < x->fields.count; i++) {
        const column *col = columns_find_field(y, interned_text(&x->fields, i + 1));
        assert_non_null(col);
        assert_int_equal(x->columns[i].count, col->count);
        for (uint32_t j = 0; j < col->count; j++)
            assert_same_block(x, &x->columns[i].blocks[j], y, &col->blocks[j]);
        assert_int_equal(x->columns[i].list_count, col->list_count);
        for (uint32_t j = 0; j < col->list_count; j++)
            assert_same_list(x, &x->columns[i], y, col, j);
    }
}

static inline columns *segment_of(arena *a, uint32_t row, const char *json)
{
    kith_error err = {0};
    columns *c = columns_new(row);
    metadata m = {.memory = a};
    assert_non_null(c);
    assert_ok(metadata_parse(view_of(json), &m, &err));
    assert_ok(columns_set(c, row, &m, &err));
    return c;
}

static inline buffer written(const columns *c)
{
    kith_error err = {0};
    buffer b;
    buffer_init(&b, MAX_BYTES);
    columns_write(c, &b);
    assert_ok(buffer_status(&b, "columns", &err));
    return b;
}

#endif
