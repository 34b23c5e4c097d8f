/* Columns: matching many rows at once, over any division into segments, equals matching each
 * record; joining segments, storing, damage. */
#include "test.h"

#include "fields/columns.h"
#include "fields/columns_private.h"
#include "filters_for_test.h"

#include <math.h>
#include <stdio.h>

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

static column_segments all_of(const table *t)
{
    return (column_segments){(const columns *const *)t->segments, t->count};
}

static void begin_table(table *t)
{
    *t = (table){0};
    arena_init(&t->memory, 0);
    t->live = bitset_new(ROWS);
    assert_non_null(t->live);
    bitset_fill(t->live, true);
}

static void read_record(table *t, uint32_t row, view json)
{
    kith_error err = {0};
    view copy = arena_copy(&t->memory, json);
    t->records[row] = (metadata){.memory = &t->memory};
    assert_ok(metadata_parse(copy, &t->records[row], &err));
    assert_ok(json_parse(copy, MAX_BYTES, &t->memory, &t->trees[row], &err));
}

static void fill_records(table *t, rng *random)
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
static void add_segment(table *t, uint32_t first, uint32_t end)
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
static table *random_table(uint64_t seed, uint32_t longest)
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

static void table_free(table *t)
{
    for (uint32_t i = 0; i < t->count; i++)
        columns_free(t->segments[i]);
    bitset_free(t->live);
    arena_done(&t->memory);
    free(t);
}

/* Takes each live row's bit away with the given chance in percent. */
static void remove_rows(table *t, rng *random, uint32_t percent)
{
    for (uint32_t row = 0; row < ROWS; row++)
        if (rng_below(random, 100) < percent) bitset_clear(t->live, row);
}

/* Joins segments at..at + count - 1 into one in their place. */
static void join(table *t, uint32_t at, uint32_t count)
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
static void assert_agrees(const table *t, uint64_t seed, uint32_t rows, uint32_t filters)
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

static void columns_match_as_the_naive_evaluator_and_as_filter_matches(void **state)
{
    (void)state;
    table *t = random_table(1, ROWS);
    assert_agrees(t, 100, ROWS, FILTERS);
    assert_agrees(t, 101, 130, FILTERS);        // fewer rows than the columns have
    assert_agrees(t, 102, ROWS + 333, FILTERS); // more: they have no values
    table_free(t);
}

static void the_division_into_segments_changes_no_match(void **state)
{
    (void)state;
    const uint32_t longest[] = {24, 64, 130, 500};
    for (uint32_t i = 0; i < sizeof longest / sizeof longest[0]; i++) {
        table *t = random_table(10 + i, longest[i]);
        assert_in_range(t->count, 2, MAX_SEGMENTS);
        assert_agrees(t, 110 + i, ROWS - i, FEW_FILTERS);
        table_free(t);
    }
}

static void list_values(table *t)
{
    kith_error err = {0};
    for (uint32_t i = 0; i < t->count; i++) {
        for (uint32_t field = 0; field < t->segments[i]->fields.count; field++)
            assert_true(column_values_make(&t->segments[i]->columns[field]));
        assert_ok(columns_check(t->segments[i], &err));
    }
}

static void listed_values_match_as_a_look_at_every_row_does(void **state)
{
    (void)state;
    const uint32_t longest[] = {ROWS, 500, 64};
    for (uint32_t i = 0; i < sizeof longest / sizeof longest[0]; i++) {
        table *t = random_table(40 + i, longest[i]);
        list_values(t);
        assert_agrees(t, 140 + i, ROWS, FILTERS);
        assert_agrees(t, 150 + i, 130, FEW_FILTERS);
        assert_agrees(t, 160 + i, ROWS + 333, FEW_FILTERS);
        table_free(t);
    }
}

/* An equality with one value: of `rows` rows the live ones that match, as columns_match finds them, or nothing where a
 * value has more than one list. Adds to *listed how often there was one. */
static void assert_lists_agree(const table *t, const char *field, const char *value, uint32_t rows,
                               uint32_t *listed)
{
    enum { LEFT_ALONE = 7 };
    kith_error err = {0};
    char text[128];
    arena scratch;
    arena_init(&scratch, 0);
    const filter *f = NULL;
    const column_segments list = all_of(t);
    bitset *matching = bitset_new(rows);
    uint32_t *found = NULL, count = LEFT_ALONE;
    (void)snprintf(text, sizeof text, "{\"%s\": %s}", field, value);
    assert_ok(filter_parse(view_of(text), &scratch, &f, &err));
    assert_ok(columns_match(&list, f, matching, &err));
    for (uint32_t row = 0; row < rows; row++)
        if (!bitset_has(t->live, row)) bitset_clear(matching, row);
    if (columns_find_listed(&list, f, t->live, rows, rows, &found, &count)) {
        ++*listed;
        assert_int_equal(count, bitset_popcount(matching));
        for (uint32_t i = 0; i < count; i++) {
            assert_true(bitset_has(matching, found[i]));
            assert_true(i == 0 || found[i - 1] < found[i]);
        }
        free(found);
        // Of more rows than are wanted there is no list.
        if (count > 0)
            assert_false(columns_find_listed(&list, f, NULL, rows, count - 1, &found, &count));
    } else
        assert_int_equal(count, LEFT_ALONE);
    bitset_free(matching);
    arena_done(&scratch);
}

static void rows_of_a_value_are_listed_as_they_match(void **state)
{
    (void)state;
    const uint32_t longest[] = {ROWS, 500, 64};
    for (uint32_t i = 0; i < sizeof longest / sizeof longest[0]; i++) {
        table *t = random_table(60 + i, longest[i]);
        rng random = {170 + i};
        uint32_t before = 0, listed = 0;
        remove_rows(t, &random, 20);
        assert_lists_agree(t, "a", "2019", ROWS, &before);
        assert_int_equal(before, 0); // nobody has asked often enough
        list_values(t);
        for (uint32_t field = 0; field < sizeof ASKED_FIELDS / sizeof *ASKED_FIELDS; field++) {
            for (uint32_t n = 0; n < sizeof NUMBERS / sizeof *NUMBERS; n++) {
                assert_lists_agree(t, ASKED_FIELDS[field], NUMBERS[n], ROWS, &listed);
                assert_lists_agree(t, ASKED_FIELDS[field], NUMBERS[n], 130, &listed);
            }
            for (uint32_t n = 0; n < sizeof TEXTS / sizeof *TEXTS; n++) {
                char quoted[64];
                (void)snprintf(quoted, sizeof quoted, "\"%s\"", TEXTS[n]);
                assert_lists_agree(t, ASKED_FIELDS[field], quoted, ROWS, &listed);
            }
            assert_lists_agree(t, ASKED_FIELDS[field], "{\"$ne\": 1}", ROWS, &listed);
            assert_lists_agree(t, ASKED_FIELDS[field], "{\"$in\": [1, 2]}", ROWS, &listed);
            assert_lists_agree(t, ASKED_FIELDS[field], "true", ROWS, &listed);
        }
        assert_true(listed > 0);
        print_message("%u equalities were lists\n", listed);
        table_free(t);
    }
}

static void joined_segments_list_the_values_that_were_listed(void **state)
{
    (void)state;
    rng random = {170};
    table *t = random_table(171, 200);
    kith_error err = {0};
    assert_true(t->count > 3);
    assert_true(column_values_make(&t->segments[0]->columns[0]));
    view listed = interned_text(&t->segments[0]->fields, 1);
    char name[64];
    assert_true(listed.size < sizeof name);
    memcpy(name, listed.data, listed.size);
    remove_rows(t, &random, 20);
    const uint32_t size = (uint32_t)listed.size;
    join(t, 0, t->count);
    for (uint32_t field = 0; field < t->segments[0]->fields.count; field++) {
        view other = interned_text(&t->segments[0]->fields, field + 1);
        assert_int_equal(column_has_values(&t->segments[0]->columns[field]),
                         view_equal(other, (view){name, size}));
    }
    assert_ok(columns_check(t->segments[0], &err));
    assert_agrees(t, 172, ROWS, FILTERS);
    table_free(t);
}

/* A segment of so many rows in which each has its number. */
static columns *numbered_segment(uint32_t rows)
{
    kith_error err = {0};
    arena memory;
    columns *c = columns_new(0);
    assert_non_null(c);
    arena_init(&memory, 0);
    for (uint32_t row = 0; row < rows; row++) {
        char json[64];
        metadata m = {.memory = &memory};
        snprintf(json, sizeof json, "{\"n\": %u}", row);
        assert_ok(metadata_parse(view_of(json), &m, &err));
        assert_ok(columns_set(c, row, &m, &err));
        arena_reset(&memory);
    }
    arena_done(&memory);
    return c;
}

static uint32_t count_matches(const columns *c, const char *json)
{
    kith_error err = {0};
    arena memory;
    const filter *f = NULL;
    const columns *const list[] = {c};
    const column_segments segments = {list, 1};
    bitset *out = bitset_new(columns_end_row(c));
    arena_init(&memory, 0);
    assert_ok(filter_parse(view_of(json), &memory, &f, &err));
    assert_ok(columns_match(&segments, f, out, &err));
    uint32_t count = bitset_popcount(out);
    bitset_free(out);
    arena_done(&memory);
    return count;
}

static void values_are_listed_once_a_field_was_looked_through_often(void **state)
{
    (void)state;
    enum { FEW = VALUES_FROM_BLOCKS * BLOCK_ROWS };
    columns *few = numbered_segment(FEW - BLOCK_ROWS), *enough = numbered_segment(FEW);
    for (uint32_t scan = 0; scan <= VALUES_AFTER_SCANS; scan++) {
        assert_false(column_has_values(&enough->columns[0]));
        size_t before = columns_bytes(enough);
        assert_int_equal(count_matches(enough, "{\"n\": {\"$gte\": 1000}}"), FEW - 1000);
        assert_int_equal(columns_bytes(enough) > before, scan == VALUES_AFTER_SCANS);
        assert_int_equal(count_matches(few, "{\"n\": {\"$lt\": 5}}"), 5);
    }
    assert_true(column_has_values(&enough->columns[0]));
    assert_false(column_has_values(&few->columns[0]));
    assert_int_equal(count_matches(enough, "{\"n\": {\"$gte\": 1000}}"), FEW - 1000);
    assert_int_equal(count_matches(enough, "{\"n\": {\"$gt\": 9223372036854775807}}"), 0);
    assert_int_equal(count_matches(enough, "{\"n\": {\"$lte\": 9223372036854775807}}"), FEW);
    columns_free(few);
    columns_free(enough);
}

static void joined_segments_match_the_same_live_rows(void **state)
{
    (void)state;
    for (uint64_t seed = 20; seed < 26; seed++) {
        table *t = random_table(seed, 60);
        rng random = {seed};
        while (t->count > 1) {
            remove_rows(t, &random, 10);
            uint32_t most = t->count < 6 ? t->count : 6, count = 1 + rng_below(&random, most);
            join(t, rng_below(&random, t->count - count + 1), count);
            if (t->count % 8 == 1) assert_agrees(t, 100 + seed, ROWS, FEW_FILTERS);
        }
        table_free(t);
    }
}

static void assert_same_block(const columns *x, const column_block *b, const columns *y,
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

static void assert_same_list(const columns *x, const column *a, const columns *y, const column *b,
                             uint32_t i)
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
static void assert_same_segment(const columns *x, const columns *y)
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

static void joining_leaves_out_what_belongs_to_rows_that_are_not_live(void **state)
{
    (void)state;
    kith_error err = {0};
    rng random = {31};
    table *t = random_table(30, 50);
    remove_rows(t, &random, 60);
    for (uint32_t row = 700; row < ROWS; row++)
        bitset_clear(t->live, row);
    join(t, 0, t->count);
    columns *expected = columns_new(0);
    assert_non_null(expected);
    for (uint32_t row = 0; row < ROWS; row++)
        assert_ok(columns_set(expected, row,
                              bitset_has(t->live, row) ? &t->records[row] : &(metadata){0}, &err));
    assert_same_segment(t->segments[0], expected);
    columns_free(expected);
    table_free(t);
}

static void rows_past_the_live_bits_are_not_live(void **state)
{
    (void)state;
    kith_error err = {0};
    table *t = random_table(32, 300);
    bitset *few = bitset_new(65);
    columns *joined = NULL, *expected = columns_new(0);
    const column_segments list = all_of(t);
    assert_true(few && expected);
    bitset_fill(few, true);
    assert_ok(columns_concat(&list, few, &joined, &err));
    for (uint32_t row = 0; row < 65; row++)
        assert_ok(columns_set(expected, row, &t->records[row], &err));
    assert_ok(columns_set(expected, ROWS - 1, &(metadata){0}, &err));
    assert_same_segment(joined, expected);
    columns_free(expected);
    bitset_free(few);
    columns_free(joined);
    table_free(t);
}

static buffer written(const columns *c)
{
    kith_error err = {0};
    buffer b;
    buffer_init(&b, MAX_BYTES);
    columns_write(c, &b);
    assert_ok(buffer_status(&b, "columns", &err));
    return b;
}

static void what_is_written_reads_back_to_the_same_matches(void **state)
{
    (void)state;
    kith_error err = {0};
    table *t = random_table(2, 400);
    assert_in_range(t->count, 2, MAX_SEGMENTS);
    for (uint32_t i = 0; i < t->count; i++) {
        columns *back = NULL;
        buffer bytes = written(t->segments[i]);
        assert_ok(columns_read(buffer_view(&bytes), &back, &err));
        buffer_done(&bytes);
        assert_ok(columns_check(back, &err));
        assert_same_segment(back, t->segments[i]);
        columns_free(t->segments[i]);
        t->segments[i] = back;
    }
    assert_agrees(t, 200, ROWS, FILTERS);
    join(t, 0, t->count);
    assert_agrees(t, 201, ROWS, FILTERS);
    table_free(t);
}

static void a_segment_without_values_survives_a_round_trip(void **state)
{
    (void)state;
    kith_error err = {0};
    columns *c = columns_new(77), *back = NULL;
    assert_non_null(c);
    for (uint32_t rows = 0; rows < 2; rows++) {
        buffer bytes = written(c);
        assert_int_equal(bytes.size, 24);
        assert_ok(columns_read(buffer_view(&bytes), &back, &err));
        assert_int_equal(columns_first_row(back), 77);
        assert_int_equal(columns_end_row(back), 77 + rows);
        buffer_done(&bytes);
        columns_free(back);
        if (rows == 0) assert_ok(columns_set(c, 77, &(metadata){0}, &err));
    }
    columns_free(c);
    columns_free(NULL);
}

static columns *segment_of(arena *a, uint32_t row, const char *json)
{
    kith_error err = {0};
    columns *c = columns_new(row);
    metadata m = {.memory = a};
    assert_non_null(c);
    assert_ok(metadata_parse(view_of(json), &m, &err));
    assert_ok(columns_set(c, row, &m, &err));
    return c;
}

static void assert_lacks(const column_segments *list, const bitset *live, const char *json,
                         const char *expected)
{
    kith_error err = {0};
    arena a;
    const filter *f = NULL;
    view field = {0};
    arena_init(&a, 0);
    assert_ok(filter_parse(view_of(json), &a, &f, &err));
    assert_int_equal(columns_lack_field(list, live, f, &field), expected != NULL);
    assert_true(view_equal(field, view_of(expected)));
    arena_done(&a);
}

static void a_field_is_known_while_a_live_row_has_it(void **state)
{
    (void)state;
    arena a;
    arena_init(&a, 0);
    columns *segments[] = {segment_of(&a, 3, "{\"a\":1,\"b\":\"x\"}"),
                           segment_of(&a, 1000, "{\"b\":true,\"c\":0.5}"),
                           segment_of(&a, 1001, "{\"c\":2,\"a\":\"\"}")};
    const column_segments none = {0}, list = {(const columns *const *)segments, 3};
    bitset *live = bitset_new(1002);
    assert_non_null(live);
    bitset_fill(live, true);
    assert_false(columns_has_field(&none, live, VIEW("a")));
    assert_true(columns_has_field(&list, live, VIEW("a")));
    assert_false(columns_has_field(&list, live, VIEW("d")));
    assert_lacks(&list, live, "{\"a\":1,\"$or\":[{\"b\":1},{\"c\":2}]}", NULL);
    assert_lacks(&list, live, "{\"a\":1,\"$or\":[{\"d\":1},{\"e\":2}]}", "d");
    bitset_clear(live, 3);
    assert_true(columns_has_field(&list, live, VIEW("a")));
    assert_true(columns_has_field(&list, live, VIEW("b")));
    bitset_clear(live, 1000);
    assert_false(columns_has_field(&list, live, VIEW("b")));
    assert_true(columns_has_field(&list, live, VIEW("c")));
    assert_lacks(&list, live, "{\"c\":1,\"b\":{\"$ne\":1}}", "b");
    bitset *short_live = bitset_new(1001); // row 1001 is past its end
    assert_non_null(short_live);
    bitset_fill(short_live, true);
    bitset_clear(short_live, 3);
    assert_false(columns_has_field(&list, short_live, VIEW("a")));
    bitset_free(short_live);
    bitset_free(live);
    for (uint32_t i = 0; i < 3; i++)
        columns_free(segments[i]);
    arena_done(&a);
}

/* The names in the order of the walk, with spaces between them. */
static const char *walked(const column_segments *list, const bitset *live, arena *a)
{
    const char *names = "";
    column_cursor cursor = {0};
    view field;
    while (columns_next_field(list, live, &cursor, &field))
        names = arena_printf(a, "%s%.*s ", names, VIEW_ARG(field));
    assert_false(columns_next_field(list, live, &cursor, &field)); // the end stays the end
    return names;
}

static void a_walk_names_each_field_of_live_rows_once(void **state)
{
    (void)state;
    arena a;
    arena_init(&a, 0);
    columns *segments[] = {segment_of(&a, 3, "{\"a\":1,\"b\":\"x\"}"), segment_of(&a, 4, "{}"),
                           segment_of(&a, 5, "{\"c\":1,\"b\":true,\"d\":0.5}"),
                           segment_of(&a, 6, "{\"d\":2,\"a\":\"\"}")};
    const column_segments none = {0}, list = {(const columns *const *)segments, 4};
    bitset *live = bitset_new(7);
    assert_non_null(live);
    bitset_fill(live, true);
    assert_string_equal(walked(&none, live, &a), "");
    assert_string_equal(walked(&list, live, &a), "a b c d ");
    bitset_clear(live, 3);
    assert_string_equal(walked(&list, live, &a), "c b d a ");
    bitset_clear(live, 5);
    assert_string_equal(walked(&list, live, &a), "d a ");
    bitset_fill(live, false);
    assert_string_equal(walked(&list, live, &a), "");
    bitset_free(live);
    for (uint32_t i = 0; i < 4; i++)
        columns_free(segments[i]);
    arena_done(&a);
}

static void a_field_of_few_rows_takes_little_memory(void **state)
{
    (void)state;
    kith_error err = {0};
    arena a;
    arena_init(&a, 0);
    columns *c = columns_new(0);
    assert_non_null(c);
    for (uint32_t row = 0; row < 20000; row++) {
        // Each row names a field of its own: dense columns would take 20,000 times 20,000 values.
        metadata m = {.memory = &a};
        assert_ok(metadata_set_integer(&m, arena_printf(&a, "field %u", row), row, &err));
        assert_ok(columns_set(c, row, &m, &err));
    }
    assert_in_range(columns_bytes(c), 20000 * 8, 20000 * 1000);
    columns_free(c);
    arena_done(&a);
}

/* Long lists of every type, so that their memory grows several times. */
static void lists_of_the_greatest_length_are_found_again(void **state)
{
    (void)state;
    kith_error err = {0};
    arena a;
    arena_init(&a, 0);
    columns *c = columns_new(0), *joined = NULL;
    bitset *matching = bitset_new(200);
    assert_true(c && matching);
    for (uint32_t row = 0; row < 200; row++) {
        metadata m = {.memory = &a};
        metadata_value *elements = arena_new_array(&a, metadata_value, METADATA_MAX_ELEMENTS);
        metadata_value list = {METADATA_LIST, .list = {elements, METADATA_MAX_ELEMENTS}};
        for (uint32_t i = 0; i < METADATA_MAX_ELEMENTS; i++)
            if (row % 2)
                elements[i] =
                    (metadata_value){METADATA_DOUBLE, .number = row * 1000 + i + i % 2 * 0.5};
            else
                elements[i] = (metadata_value){
                    METADATA_STRING, .string = view_of(arena_printf(&a, "%u/%u", row, i % 200))};
        assert_ok(metadata_set(&m, VIEW("list"), list, &err));
        assert_ok(columns_set(c, row, &m, &err));
    }
    assert_ok(columns_check(c, &err));
    const column_segments one = {(const columns *const *)&c, 1};
    bitset_fill(matching, true);
    assert_ok(columns_concat(&one, matching, &joined, &err));
    const columns *const both[] = {c, joined};
    const char *const filters[] = {"{\"list\":{\"$contains\":\"8/199\"}}",
                                   "{\"list\":{\"$contains\":7255.5}}",
                                   "{\"list\":{\"$contains\":7254}}"};
    const uint32_t rows[] = {8, 7, 7};
    for (uint32_t i = 0; i < 6; i++) {
        const filter *f = NULL;
        const column_segments list = {&both[i % 2], 1};
        assert_ok(filter_parse(view_of(filters[i / 2]), &a, &f, &err));
        assert_ok(columns_match(&list, f, matching, &err));
        assert_int_equal(bitset_popcount(matching), 1);
        assert_true(bitset_has(matching, rows[i / 2]));
    }
    assert_true(columns_bytes(c) > 200 * METADATA_MAX_ELEMENTS * 8);
    bitset_free(matching);
    columns_free(c);
    columns_free(joined);
    arena_done(&a);
}

static void every_truncation_is_noticed(void **state)
{
    (void)state;
    table *t = random_table(3, ROWS);
    buffer bytes = written(t->segments[0]);
    columns *back = NULL;
    for (size_t at = 0; at < bytes.size; at++) {
        kith_error err = {0};
        assert_status(KITH_ERR_CORRUPT, columns_read((view){bytes.data, at}, &back, &err));
    }
    assert_null(back);
    buffer_done(&bytes);
    table_free(t);
}

/* A segment of row 9 with {"f":[1,2.5]} ends with its list: u32 row, type, elements, doubles, then
 * the elements; behind it two u32 say that there are no sparse vectors. Each forged field of it
 * must be refused. */
static void a_list_that_cannot_be_is_not_read(void **state)
{
    (void)state;
    kith_error err = {0};
    arena a;
    arena_init(&a, 0);
    columns *c = segment_of(&a, 9, "{\"f\":[1,2.5]}"), *back = NULL;
    buffer bytes = written(c);
    char *list = bytes.data + bytes.size - 32 - 8;
    const uint32_t right[] = {9, LIST_OF_NUMBERS, 2, 1};
    assert_memory_equal(list, right, sizeof right);
    assert_ok(columns_read(buffer_view(&bytes), &back, &err));
    assert_same_segment(c, back);
    columns_free(back);
    back = NULL;
    static const struct {
        int field;
        uint32_t value;
    } forged[] = {
        {0, 8},
        {0, 10},
        {1, LIST_OF_STRINGS},
        {1, LIST_OF_BOOLS},
        {1, 3},
        {1, 65537},
        {2, 0},
        {2, 1},
        {2, 3},
        {2, 257},
        {3, 3},
    };
    for (size_t i = 0; i < sizeof forged / sizeof forged[0]; i++) {
        memcpy(list + 4 * forged[i].field, &forged[i].value, sizeof forged[i].value);
        assert_status(KITH_ERR_CORRUPT, columns_read(buffer_view(&bytes), &back, &err));
        memcpy(list, right, sizeof right);
    }
    assert_null(back);
    buffer_done(&bytes);
    columns_free(c);
    arena_done(&a);
}

/* Is what was read from `bytes` fit for every use that a sound segment has? */
static bool reads_and_serves(view bytes, const filter *f)
{
    kith_error err = {0};
    columns *back = NULL, *joined = NULL;
    kith_status status = columns_read(bytes, &back, &err);
    assert_true(status == KITH_OK || status == KITH_ERR_CORRUPT);
    if (status != KITH_OK) return false;
    const column_segments list = {(const columns *const *)&back, 1};
    bitset *matching = bitset_new(ROWS);
    assert_non_null(matching);
    assert_ok(columns_check(back, &err));
    assert_ok(columns_match(&list, f, matching, &err));
    assert_ok(columns_concat(&list, matching, &joined, &err));
    assert_ok(columns_check(joined, &err));
    (void)columns_has_field(&list, matching, VIEW("a"));
    buffer again = written(back);
    assert_int_equal(again.size, bytes.size);
    buffer_done(&again);
    columns_free(joined);
    columns_free(back);
    bitset_free(matching);
    return true;
}

static void damage_is_refused_or_harmless(void **state)
{
    (void)state;
    kith_error err = {0};
    table *t = random_table(4, ROWS);
    buffer bytes = written(t->segments[0]);
    char *original = malloc(bytes.size);
    assert_non_null(original);
    memcpy(original, bytes.data, bytes.size);
    arena a;
    arena_init(&a, 0);
    const filter *f = NULL;
    assert_ok(filter_parse(VIEW("{\"$or\":[{\"a\":\"x\"},{\"b\":{\"$contains\":\"y\"}},{\"b\":{\"$"
                                "gt\":1}},{\"year\":{\"$nin\":[1,2,3,4,5,6,7,8,9,10,"
                                "11,12,13,14,15,16,\"x\"]}}]}"),
                           &a, &f, &err));
    rng random = {77};
    uint32_t accepted = 0;
    for (uint32_t round = 0; round < 5000; round++) {
        uint32_t reach = round % 2 ? (uint32_t)bytes.size : 200;
        for (uint32_t i = rng_below(&random, 3); i < 3; i++)
            bytes.data[rng_below(&random, reach)] = (char)rng_below(&random, 256);
        accepted += reads_and_serves(buffer_view(&bytes), f);
        memcpy(bytes.data, original, bytes.size);
    }
    assert_in_range(accepted, 100, 4999);
    free(original);
    arena_done(&a);
    buffer_done(&bytes);
    table_free(t);
}

static void assert_broken(const columns *c, const char *named)
{
    kith_error err = {0};
    assert_status(KITH_ERR_CORRUPT, columns_check(c, &err));
    if (!strstr(err.message, named)) fail_msg("'%s' does not name '%s'", err.message, named);
}

/* The first list of the column of that type; of numbers one with a double. */
static uint32_t find_list(const column *col, list_type type)
{
    for (uint32_t i = 0; i < col->list_count; i++)
        if (col->lists[i].type == type && (type != LIST_OF_NUMBERS || col->lists[i].doubles))
            return i;
    fail_msg("no list of type %d", (int)type);
    return 0;
}

/* Sets the last element of the list, and back. */
static void break_element(const columns *c, column *col, uint32_t list, uint64_t wrong,
                          const char *named)
{
    uint64_t *element = &col->elements[col->lists[list].end - 1], right = *element;
    *element = wrong;
    assert_broken(c, named);
    *element = right;
}

static void break_lists(const columns *c, column *col)
{
    uint32_t strings = find_list(col, LIST_OF_STRINGS), numbers = find_list(col, LIST_OF_NUMBERS);
    const double one = 1, nan = NAN;
    uint64_t bits;
    break_element(c, col, strings, 0, "'year': a string in a list has no text");
    break_element(c, col, strings, c->texts.count + 1, "a string in a list has no text");
    break_element(c, col, find_list(col, LIST_OF_BOOLS), 2, "neither true nor false");
    memcpy(&bits, &one, sizeof bits);
    break_element(c, col, numbers, bits, "a whole number in a list is a double");
    memcpy(&bits, &nan, sizeof bits);
    break_element(c, col, numbers, bits, "a number in a list is NaN");
    column_list *list = &col->lists[1], right = *list;
    list->type = 3;
    assert_broken(c, "of no type");
    *list = right;
    list->doubles = METADATA_MAX_ELEMENTS;
    assert_broken(c, "doubles past its end");
    *list = right;
    list->end = list[-1].end;
    assert_broken(c, "a list is empty");
    *list = right;
    list->row = list[-1].row;
    assert_broken(c, "rows of lists do not ascend");
    *list = right;
    col->lists[col->list_count - 1].row += ROWS;
    assert_broken(c, "a row outside the segment has a list");
    col->lists[col->list_count - 1].row -= ROWS;
    col->list_count--;
    assert_broken(c, "elements of no list");
    col->list_count++;
    uint64_t *bools = &col->blocks[list->row / BLOCK_ROWS].bools;
    assert_int_equal(col->blocks[list->row / BLOCK_ROWS].word, list->row / BLOCK_ROWS);
    *bools |= UINT64_C(1) << list->row % BLOCK_ROWS;
    assert_broken(c, "a list and a scalar");
    *bools &= ~(UINT64_C(1) << list->row % BLOCK_ROWS);
    kith_error err = {0};
    assert_ok(columns_check(c, &err));
}

static void the_check_names_what_is_broken(void **state)
{
    (void)state;
    table *t = random_table(5, ROWS);
    columns *c = t->segments[0];
    column *year = columns_add_field(c, VIEW("year"));
    assert_non_null(year);
    column_block *b = &year->blocks[1];
    uint64_t truths = b->truths, strings = b->strings;
    b->truths |= ~b->bools;
    assert_broken(c, "'year': a row is true and no boolean");
    b->truths = truths;
    b->strings |= b->integers;
    assert_broken(c, "values of two types");
    b->strings = strings;
    b->word = 0;
    assert_broken(c, "do not ascend");
    b->word = 1;
    c->end = 3;
    assert_broken(c, "outside the segment");
    c->end = ROWS;
    c->first = 127;
    assert_broken(c, "a row outside the segment has a value");
    c->first = ROWS + 1;
    assert_broken(c, "end before they start");
    c->first = 0;
    uint32_t *text = &b->texts[__builtin_ctzll(strings)], number = *text;
    *text = c->texts.count + 1;
    assert_broken(c, "no text");
    *text = number;
    break_lists(c, year);
    assert_true(column_values_make(year));
    value_list *listed = &atomic_load(&year->lookup->values)->lists[VALUES_INTEGERS];
    listed->rows[0] = ROWS;
    assert_broken(c, "a listed row is outside the segment");
    listed->rows[0] = 0;
    listed->values[1] = listed->values[0];
    assert_broken(c, "listed values do not ascend");
    listed->count = 1;
    assert_broken(c, "not all that there are");
    listed->count = 0;
    column_lookup_free(year->lookup);
    year->lookup = column_lookup_new();
    c->texts.ends[1] += 1000000;
    assert_broken(c, "ends before it starts");
    c->texts.ends[1] -= 1000000;
    c->texts.slots[0] = c->texts.slots[0] == INTERNED_NONE;
    assert_broken(c, "interned");
    table_free(t);
}

static void a_buffer_that_is_too_small_fails_and_says_so(void **state)
{
    (void)state;
    kith_error err = {0};
    table *t = random_table(3, ROWS);
    buffer b;
    buffer_init(&b, 100);
    columns_write(t->segments[0], &b);
    assert_status(KITH_ERR_LIMIT, buffer_status(&b, "columns", &err));
    buffer_done(&b);
    table_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_match_as_the_naive_evaluator_and_as_filter_matches),
        cmocka_unit_test(the_division_into_segments_changes_no_match),
        cmocka_unit_test(listed_values_match_as_a_look_at_every_row_does),
        cmocka_unit_test(rows_of_a_value_are_listed_as_they_match),
        cmocka_unit_test(joined_segments_list_the_values_that_were_listed),
        cmocka_unit_test(values_are_listed_once_a_field_was_looked_through_often),
        cmocka_unit_test(joined_segments_match_the_same_live_rows),
        cmocka_unit_test(joining_leaves_out_what_belongs_to_rows_that_are_not_live),
        cmocka_unit_test(rows_past_the_live_bits_are_not_live),
        cmocka_unit_test(what_is_written_reads_back_to_the_same_matches),
        cmocka_unit_test(a_segment_without_values_survives_a_round_trip),
        cmocka_unit_test(a_field_is_known_while_a_live_row_has_it),
        cmocka_unit_test(a_walk_names_each_field_of_live_rows_once),
        cmocka_unit_test(a_field_of_few_rows_takes_little_memory),
        cmocka_unit_test(lists_of_the_greatest_length_are_found_again),
        cmocka_unit_test(every_truncation_is_noticed),
        cmocka_unit_test(a_list_that_cannot_be_is_not_read),
        cmocka_unit_test(damage_is_refused_or_harmless),
        cmocka_unit_test(the_check_names_what_is_broken),
        cmocka_unit_test(a_buffer_that_is_too_small_fails_and_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
