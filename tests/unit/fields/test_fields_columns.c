/* Columns: matching many rows at once, over any division into segments, equals matching each record; joining segments;
 * which fields there are. */
#include "test.h"

#include "columns_for_test.h"

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

static void the_empty_text_alone_is_a_text(void **state)
{
    (void)state;
    interned texts = {0};
    const uint32_t number = interned_add(&texts, VIEW(""));
    assert_int_equal(number, 1);
    assert_int_equal(interned_find(&texts, VIEW("")), number);
    const view text = interned_text(&texts, number);
    assert_non_null(text.data);
    assert_int_equal(text.size, 0);
    interned_done(&texts);
}

int main(void)
{
    if (UNDER_TSAN) return 0; // one thread
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_match_as_the_naive_evaluator_and_as_filter_matches),
        cmocka_unit_test(the_division_into_segments_changes_no_match),
        cmocka_unit_test(joined_segments_match_the_same_live_rows),
        cmocka_unit_test(joining_leaves_out_what_belongs_to_rows_that_are_not_live),
        cmocka_unit_test(rows_past_the_live_bits_are_not_live),
        cmocka_unit_test(a_field_is_known_while_a_live_row_has_it),
        cmocka_unit_test(a_walk_names_each_field_of_live_rows_once),
        cmocka_unit_test(a_field_of_few_rows_takes_little_memory),
        cmocka_unit_test(lists_of_the_greatest_length_are_found_again),
        cmocka_unit_test(the_empty_text_alone_is_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
