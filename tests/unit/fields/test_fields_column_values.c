/* Lists of values: they match as a look at every row does, and are made where a field is often looked through. */
#include "test.h"

#include "columns_for_test.h"

#include <stdio.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(listed_values_match_as_a_look_at_every_row_does),
        cmocka_unit_test(rows_of_a_value_are_listed_as_they_match),
        cmocka_unit_test(joined_segments_list_the_values_that_were_listed),
        cmocka_unit_test(values_are_listed_once_a_field_was_looked_through_often),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
