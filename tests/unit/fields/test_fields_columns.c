/* Columns: matching many rows at once equals matching each record; setting, clearing, storing,
 * damage. */
#include "test.h"

#include "base/hash.h"
#include "fields/columns.h"
#include "fields/columns_private.h"
#include "filters_for_test.h"

enum { ROWS = 1000, FILTERS = 3000, MAX_BYTES = 64 << 20 };

typedef struct table {
    arena memory;
    columns *columns;
    metadata records[ROWS];
    const json_value *trees[ROWS];
} table;

static void table_set(table *t, uint32_t row, view json)
{
    kith_error err = {0};
    view copy = arena_copy(&t->memory, json);
    t->records[row] = (metadata){.memory = &t->memory};
    assert_ok(metadata_parse(copy, &t->records[row], &err));
    assert_ok(json_parse(copy, MAX_BYTES, &t->memory, &t->trees[row], &err));
    assert_ok(columns_set(t->columns, row, &t->records[row], &err));
}

/* Rows in random order, some set several times, some cleared. */
static table *random_table(uint64_t seed)
{
    table *t = calloc(1, sizeof *t);
    assert_non_null(t);
    arena_init(&t->memory, 0);
    t->columns = columns_new();
    assert_non_null(t->columns);
    rng random = {seed};
    buffer text;
    buffer_init(&text, MAX_BYTES);
    for (uint32_t row = 0; row < ROWS; row++)
        table_set(t, row, VIEW("{}"));
    for (uint32_t i = 0; i < ROWS * 3 / 2; i++) {
        uint32_t row = rng_below(&random, ROWS - 100); // the last rows have nothing
        buffer_reset(&text);
        append_random_metadata(&text, &random);
        table_set(t, row, buffer_view(&text));
        if (rng_below(&random, 10) != 0) continue;
        table_set(t, row, VIEW("{}"));
        columns_clear(t->columns, row);
    }
    buffer_done(&text);
    kith_error err = {0};
    assert_ok(columns_check(t->columns, &err));
    return t;
}

static void table_free(table *t)
{
    columns_free(t->columns);
    arena_done(&t->memory);
    free(t);
}

static void assert_columns_agree(const table *t, const columns *c, uint64_t seed, uint32_t rows)
{
    kith_error err = {0};
    rng random = {seed};
    arena scratch;
    arena_init(&scratch, 0);
    buffer text;
    buffer_init(&text, MAX_BYTES);
    bitset *matching = bitset_new(rows);
    assert_non_null(matching);
    for (uint32_t round = 0; round < FILTERS; round++) {
        const filter *f = NULL;
        const json_value *tree = NULL;
        buffer_reset(&text);
        append_random_filter(&text, &random, 4);
        assert_ok(filter_parse(buffer_view(&text), &scratch, &f, &err));
        assert_ok(json_parse(buffer_view(&text), MAX_BYTES, &scratch, &tree, &err));
        bitset_fill(matching, round % 2 == 0); // what was there before does not matter
        assert_ok(columns_match(c, f, matching, &err));
        uint32_t expected_count = 0;
        for (uint32_t row = 0; row < rows; row++) {
            bool expected = row < ROWS ? naive_matches(tree, t->trees[row])
                                       : naive_matches(tree, t->trees[ROWS - 1]);
            expected_count += expected;
            if (bitset_has(matching, row) != expected ||
                (row < ROWS && filter_matches(f, &t->records[row]) != expected))
                fail_msg("row %u and filter %s disagree", row, buffer_text(&text));
        }
        assert_int_equal(bitset_popcount(matching), expected_count); // no bit past the end
        arena_reset(&scratch);
    }
    bitset_free(matching);
    buffer_done(&text);
    arena_done(&scratch);
}

static void columns_match_as_the_naive_evaluator_and_as_filter_matches(void **state)
{
    (void)state;
    table *t = random_table(1);
    assert_columns_agree(t, t->columns, 100, ROWS);
    assert_columns_agree(t, t->columns, 101, 130);        // fewer rows than the columns have
    assert_columns_agree(t, t->columns, 102, ROWS + 333); // more: they have no values
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
    table *t = random_table(2);
    buffer bytes = written(t->columns);
    columns *back = NULL;
    assert_ok(columns_read(buffer_view(&bytes), &back, &err));
    assert_ok(columns_check(back, &err));
    assert_columns_agree(t, back, 200, ROWS);
    // Still writable: rows replaced in the copy match like those in the original.
    columns_free(t->columns);
    t->columns = back;
    for (uint32_t row = 0; row < ROWS; row += 3)
        table_set(t, row, VIEW("{\"a\":\"new\",\"year\":2019,\"brand new\":true}"));
    assert_ok(columns_check(t->columns, &err));
    assert_columns_agree(t, t->columns, 201, ROWS);
    assert_true(columns_has_field(t->columns, VIEW("brand new")));
    buffer_done(&bytes);
    table_free(t);
}

static void empty_columns_survive_a_round_trip(void **state)
{
    (void)state;
    kith_error err = {0};
    columns *c = columns_new(), *back = NULL;
    assert_non_null(c);
    buffer bytes = written(c);
    assert_ok(columns_read(buffer_view(&bytes), &back, &err));
    assert_false(columns_has_field(back, VIEW("a")));
    buffer_done(&bytes);
    columns_free(c);
    columns_free(back);
    columns_free(NULL);
}

static void a_field_is_there_while_some_row_has_it(void **state)
{
    (void)state;
    kith_error err = {0};
    arena a;
    arena_init(&a, 0);
    columns *c = columns_new();
    assert_non_null(c);
    metadata m = {.memory = &a};
    assert_ok(metadata_parse(VIEW("{\"a\":1,\"b\":\"x\"}"), &m, &err));
    assert_false(columns_has_field(c, VIEW("a")));
    assert_ok(columns_set(c, 1000, &m, &err));
    assert_ok(columns_set(c, 3, &m, &err));
    assert_true(columns_has_field(c, VIEW("a")));
    assert_false(columns_has_field(c, VIEW("c")));
    columns_clear(c, 1000);
    columns_clear(c, 1000);
    columns_clear(c, 5000);
    assert_true(columns_has_field(c, VIEW("b")));
    columns_clear(c, 3);
    assert_false(columns_has_field(c, VIEW("a")));
    assert_false(columns_has_field(c, VIEW("b")));
    buffer bytes = written(c);
    assert_int_equal(bytes.size, 24); // neither names nor texts that no row has
    buffer_done(&bytes);
    columns_free(c);
    arena_done(&a);
}

static void a_field_of_few_rows_takes_little_memory(void **state)
{
    (void)state;
    kith_error err = {0};
    arena a;
    arena_init(&a, 0);
    columns *c = columns_new();
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

static void every_flipped_byte_and_truncation_is_noticed(void **state)
{
    (void)state;
    table *t = random_table(3);
    buffer bytes = written(t->columns);
    columns *back = NULL;
    for (size_t at = 0; at < bytes.size; at++) {
        kith_error err = {0};
        bytes.data[at] ^= 0x40;
        assert_status(KITH_ERR_CORRUPT, columns_read(buffer_view(&bytes), &back, &err));
        bytes.data[at] ^= 0x40;
        if (at % 16 == 0)
            assert_status(KITH_ERR_CORRUPT, columns_read((view){bytes.data, at}, &back, &err));
    }
    assert_null(back);
    buffer_done(&bytes);
    table_free(t);
}

static void damage_behind_a_right_checksum_is_refused_or_harmless(void **state)
{
    (void)state;
    kith_error err = {0};
    table *t = random_table(4);
    buffer bytes = written(t->columns);
    char *original = malloc(bytes.size);
    assert_non_null(original);
    memcpy(original, bytes.data, bytes.size);
    arena a;
    arena_init(&a, 0);
    const filter *f = NULL;
    assert_ok(filter_parse(
        VIEW(
            "{\"$or\":[{\"a\":\"x\"},{\"b\":{\"$gt\":1}},{\"year\":{\"$nin\":[1,2,3,4,5,6,7,8,9,10,"
            "11,12,13,14,15,16,\"x\"]}}]}"),
        &a, &f, &err));
    bitset *matching = bitset_new(ROWS);
    assert_non_null(matching);
    rng random = {77};
    uint32_t accepted = 0;
    for (uint32_t round = 0; round < 5000; round++) {
        uint32_t reach = round % 2 ? (uint32_t)bytes.size - 8 : 200;
        for (uint32_t i = rng_below(&random, 3); i < 3; i++)
            bytes.data[rng_below(&random, reach)] = (char)rng_below(&random, 256);
        uint64_t sum = hash64((view){bytes.data, bytes.size - 8}, 0);
        memcpy(bytes.data + bytes.size - 8, &sum, sizeof sum);
        columns *back = NULL;
        kith_status status = columns_read(buffer_view(&bytes), &back, &err);
        assert_true(status == KITH_OK || status == KITH_ERR_CORRUPT);
        if (status == KITH_OK) {
            assert_ok(columns_check(back, &err));
            assert_ok(columns_match(back, f, matching, &err));
            assert_ok(columns_set(back, 5, &t->records[6], &err));
            buffer again = written(back);
            buffer_done(&again);
            accepted++;
        }
        columns_free(back);
        memcpy(bytes.data, original, bytes.size);
    }
    assert_in_range(accepted, 100, 4999);
    free(original);
    bitset_free(matching);
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

static void the_check_names_what_is_broken(void **state)
{
    (void)state;
    table *t = random_table(5);
    columns *c = t->columns;
    column *year = columns_add_field(c, VIEW("year"));
    assert_non_null(year);
    column_block *b = &year->blocks[1];
    uint64_t truths = b->truths, strings = b->strings;
    year->values++;
    assert_broken(c, "'year': the values do not add up");
    year->values--;
    b->truths |= ~b->bools;
    assert_broken(c, "true and no boolean");
    b->truths = truths;
    b->strings |= b->integers;
    assert_broken(c, "values of two types");
    b->strings = strings;
    b->word = 0;
    assert_broken(c, "do not ascend");
    b->word = 1;
    c->rows = 3;
    assert_broken(c, "past the last");
    c->rows = ROWS;
    uint32_t *text = &b->texts[__builtin_ctzll(strings)], number = *text;
    *text = c->texts.count + 1;
    assert_broken(c, "no text");
    *text = number;
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
    table *t = random_table(3);
    buffer b;
    buffer_init(&b, 100);
    columns_write(t->columns, &b);
    assert_status(KITH_ERR_LIMIT, buffer_status(&b, "columns", &err));
    buffer_done(&b);
    table_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_match_as_the_naive_evaluator_and_as_filter_matches),
        cmocka_unit_test(what_is_written_reads_back_to_the_same_matches),
        cmocka_unit_test(empty_columns_survive_a_round_trip),
        cmocka_unit_test(a_field_is_there_while_some_row_has_it),
        cmocka_unit_test(a_field_of_few_rows_takes_little_memory),
        cmocka_unit_test(every_flipped_byte_and_truncation_is_noticed),
        cmocka_unit_test(damage_behind_a_right_checksum_is_refused_or_harmless),
        cmocka_unit_test(the_check_names_what_is_broken),
        cmocka_unit_test(a_buffer_that_is_too_small_fails_and_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
