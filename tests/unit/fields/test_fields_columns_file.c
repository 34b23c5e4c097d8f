/* Columns as bytes: what is written reads back, damage is refused or harmless, and the check names what is broken. */
#include "test.h"

#include "columns_for_test.h"

#include <math.h>

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
        cmocka_unit_test(what_is_written_reads_back_to_the_same_matches),
        cmocka_unit_test(a_segment_without_values_survives_a_round_trip),
        cmocka_unit_test(every_truncation_is_noticed),
        cmocka_unit_test(a_list_that_cannot_be_is_not_read),
        cmocka_unit_test(damage_is_refused_or_harmless),
        cmocka_unit_test(the_check_names_what_is_broken),
        cmocka_unit_test(a_buffer_that_is_too_small_fails_and_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
