/* Tests of filters over texts and ids: columns_narrow and filter_matches against an evaluator that
 * works out each row's answer beside the filter's JSON, and how many texts are read. */
#include "test.h"

#include "fields/columns.h"
#include "filters_for_test.h"

enum { ROWS = 200, FILTERS = 2000, MAX_BYTES = 4 << 20 };

/* Row i has the id "i", one of TEXT_COUNT texts or none, and metadata. */
static const char *const ROW_TEXTS[] = {"",        "a b c", "the cat",           "the dog\nthe cat",
                                        "100% \\", "_x_",   "\xC3\xA9t\xC3\xA9", NULL};
static const char *const PARTS[] = {"",   "cat",      "the", "%",  "_",
                                    "\\", "\xC3\xA9", "THE", "\n", "zz"};

typedef struct table {
    arena memory;
    metadata fields[ROWS];
    const json_value *trees[ROWS];
    const char *texts[ROWS];
    columns *columns[2]; /* of the first and the second half */
    uint32_t reads;      /* of texts, by the reader */
} table;

static table *new_table(uint64_t seed)
{
    kith_error err = {0};
    rng random = {seed};
    buffer text;
    table *t = calloc(1, sizeof *t);
    assert_non_null(t);
    arena_init(&t->memory, 0);
    buffer_init(&text, MAX_BYTES);
    for (uint32_t half = 0; half < 2; half++) {
        uint32_t first = half * ROWS / 2;
        t->columns[half] = columns_new(first);
        assert_non_null(t->columns[half]);
        for (uint32_t row = first; row < first + ROWS / 2; row++) {
            buffer_reset(&text);
            append_random_metadata(&text, &random);
            t->fields[row] = (metadata){.memory = &t->memory};
            assert_ok(metadata_parse(buffer_view(&text), &t->fields[row], &err));
            assert_ok(json_parse(buffer_view(&text), MAX_BYTES, &t->memory, &t->trees[row], &err));
            assert_ok(columns_set(t->columns[half], row, &t->fields[row], &err));
            t->texts[row] = PICK(&random, ROW_TEXTS);
        }
    }
    buffer_done(&text);
    return t;
}

static void free_table(table *t)
{
    columns_free(t->columns[0]);
    columns_free(t->columns[1]);
    arena_done(&t->memory);
    free(t);
}

/* ---- the reader ---- */

static kith_status find_ids(void *context, const metadata_value *ids, uint32_t count, bitset *out,
                            kith_error *err)
{
    (void)context;
    (void)err;
    for (uint32_t i = 0; i < count; i++) {
        char text[16];
        assert_true(i == 0 || view_compare(ids[i - 1].string, ids[i].string) <= 0);
        for (uint32_t row = 0; row < out->count; row++) {
            (void)snprintf(text, sizeof text, "%u", row);
            if (view_equal(ids[i].string, view_of(text))) bitset_set(out, row);
        }
    }
    return KITH_OK;
}

static view text_of(const table *t, uint32_t row)
{
    return t->texts[row] ? view_of(t->texts[row]) : (view){NULL, 0};
}

static kith_status test_texts(void *context, const filter *condition, bitset *rows, kith_error *err)
{
    table *t = context;
    (void)err;
    for (uint32_t row = 0; row < rows->count; row++) {
        if (!bitset_has(rows, row)) continue;
        t->reads++;
        if (!filter_matches(condition, &(filter_point){.text = text_of(t, row)}))
            bitset_clear(rows, row);
    }
    return KITH_OK;
}

/* ---- filters with the answer of each row ---- */

static void append_text_condition(buffer *out, rng *random, const table *t, bool *expected)
{
    const char *part = PICK(random, PARTS), *other = PICK(random, PARTS);
    bool negated = rng_below(random, 2), by_pattern = rng_below(random, 3) == 0;
    for (uint32_t row = 0; row < ROWS; row++) {
        bool found = t->texts[row] &&
                     (strstr(t->texts[row], part) || (by_pattern && strstr(t->texts[row], other)));
        expected[row] = found != negated;
    }
    json_writer w = {.out = out};
    if (by_pattern) {
        char pattern[64];
        const char *escape = "\\Q", *end = "\\E";
        (void)snprintf(pattern, sizeof pattern, "%s%s%s|%s%s%s", escape, part, end, escape, other,
                       end);
        buffer_printf(out, "{\"#document\":{\"%s\":", negated ? "$not_regex" : "$regex");
        json_text(&w, pattern);
    } else {
        buffer_printf(out, "{\"#document\":{\"%s\":", negated ? "$not_contains" : "$contains");
        json_text(&w, part);
    }
    buffer_append_text(out, "}}");
}

static void append_id_condition(buffer *out, rng *random, bool *expected)
{
    bool negated = rng_below(random, 2);
    uint32_t count = 1 + rng_below(random, 30);
    memset(expected, negated, ROWS);
    buffer_printf(out, "{\"#id\":{\"%s\":[", negated ? "$nin" : "$in");
    for (uint32_t i = 0; i < count; i++) {
        uint32_t id = rng_below(random, ROWS + 20); // some are of no row
        if (id < ROWS) expected[id] = !negated;
        buffer_printf(out, "%s\"%u\"", i ? "," : "", id);
    }
    buffer_append_text(out, "]}}");
}

static void append_metadata_condition(buffer *out, rng *random, const table *t, bool *expected)
{
    kith_error err = {0};
    arena scratch;
    buffer text;
    const json_value *tree = NULL;
    arena_init(&scratch, 0);
    buffer_init(&text, MAX_BYTES);
    append_random_filter(&text, random, 1);
    assert_ok(json_parse(buffer_view(&text), MAX_BYTES, &scratch, &tree, &err));
    for (uint32_t row = 0; row < ROWS; row++)
        expected[row] = naive_matches(tree, t->trees[row]);
    buffer_append(out, buffer_view(&text));
    buffer_done(&text);
    arena_done(&scratch);
}

static void append_filter(buffer *out, rng *random, uint32_t depth, const table *t, bool *expected)
{
    uint32_t kind = rng_below(random, depth > 0 ? 6 : 3);
    if (kind == 0) {
        append_text_condition(out, random, t, expected);
    } else if (kind == 1) {
        append_id_condition(out, random, expected);
    } else if (kind == 2) {
        append_metadata_condition(out, random, t, expected);
    } else {
        bool is_any = rng_below(random, 2), child[ROWS];
        uint32_t count = rng_below(random, 4);
        memset(expected, !is_any, ROWS);
        buffer_printf(out, "{\"%s\":[", is_any ? "$or" : "$and");
        for (uint32_t i = 0; i < count; i++) {
            if (i) buffer_append_byte(out, ',');
            append_filter(out, random, depth - 1, t, child);
            for (uint32_t row = 0; row < ROWS; row++)
                expected[row] = is_any ? expected[row] || child[row] : expected[row] && child[row];
        }
        buffer_append_text(out, "]}");
    }
}

static void random_filters_agree_with_what_each_row_should_say(void **state)
{
    (void)state;
    kith_error err = {0};
    rng random = {20261129};
    table *t = new_table(7);
    const columns_reader reader = {t, find_ids, test_texts};
    const column_segments list = {(const columns *const *)t->columns, 2};
    arena scratch;
    buffer text;
    arena_init(&scratch, 0);
    buffer_init(&text, MAX_BYTES);
    bitset *rows = bitset_new(ROWS);
    for (uint32_t round = 0; round < FILTERS; round++) {
        const filter *f = NULL;
        bool expected[ROWS];
        buffer_reset(&text);
        append_filter(&text, &random, 3, t, expected);
        assert_ok(filter_parse(buffer_view(&text), &scratch, &f, &err));
        for (uint32_t row = 0; row < ROWS; row++) {
            bitset_set(rows, row);
            if (row % 5 == round % 5) bitset_clear(rows, row); // it was no candidate
        }
        assert_ok(columns_narrow(&list, f, &reader, rows, &err));
        assert_null(bitset_check(rows));
        for (uint32_t row = 0; row < ROWS; row++) {
            char id[16];
            (void)snprintf(id, sizeof id, "%u", row);
            const filter_point p = {view_of(id), text_of(t, row), &t->fields[row]};
            if (filter_matches(f, &p) != expected[row] ||
                bitset_has(rows, row) != (expected[row] && row % 5 != round % 5))
                fail_msg("round %u: row %u and filter %s disagree", round, row, buffer_text(&text));
        }
        arena_reset(&scratch);
    }
    bitset_free(rows);
    buffer_done(&text);
    arena_done(&scratch);
    free_table(t);
}

/* ---- what is read ---- */

/* Narrows all rows of a table in which {"half":1} holds for the first half, and counts the reads. */
static uint32_t count_reads(const char *json, uint32_t matching)
{
    kith_error err = {0};
    const filter *f = NULL;
    table t = {.reads = 0};
    const columns *segments[1];
    columns *c = columns_new(0);
    assert_non_null(c);
    arena_init(&t.memory, 0);
    for (uint32_t row = 0; row < ROWS; row++) {
        metadata m = {.memory = &t.memory};
        assert_ok(metadata_set_integer(&m, "half", row < ROWS / 2 ? 1 : 2, &err));
        assert_ok(columns_set(c, row, &m, &err));
        t.texts[row] = row % 10 == 0 ? "tenth" : "other";
    }
    segments[0] = c;
    const column_segments list = {segments, 1};
    const columns_reader reader = {&t, find_ids, test_texts};
    bitset *rows = bitset_new(ROWS);
    assert_non_null(rows);
    bitset_fill(rows, true);
    assert_ok(filter_parse(view_of(json), &t.memory, &f, &err));
    assert_ok(columns_narrow(&list, f, &reader, rows, &err));
    assert_int_equal(bitset_popcount(rows), matching);
    bitset_free(rows);
    columns_free(c);
    arena_done(&t.memory);
    return t.reads;
}

#define TENTH "{\"#document\":{\"$contains\":\"tenth\"}}"
#define OTHER "{\"#document\":{\"$regex\":\"oth\"}}"

static void only_texts_that_decide_are_read(void **state)
{
    (void)state;
    assert_int_equal(count_reads(TENTH, ROWS / 10), ROWS);
    // Whatever the order in which they are written, metadata and ids come first.
    assert_int_equal(count_reads("{\"$and\":[" TENTH ",{\"half\":1}]}", ROWS / 20), ROWS / 2);
    assert_int_equal(count_reads("{\"$or\":[" TENTH ",{\"half\":1}]}", ROWS / 2 + ROWS / 20),
                     ROWS / 2);
    assert_int_equal(count_reads("{\"$and\":[" TENTH ",{\"half\":3}]}", 0), 0);
    assert_int_equal(count_reads("{\"$or\":[" TENTH ",{\"half\":{\"$ne\":3}}]}", ROWS), 0);
    assert_int_equal(count_reads("{\"$and\":[" TENTH ",{\"#id\":{\"$in\":[\"10\",\"11\"]}}]}", 1),
                     2);
    // A regular expression comes after a plain text, and reads what that has left.
    assert_int_equal(count_reads("{\"$and\":[" OTHER "," TENTH "]}", 0), ROWS + ROWS / 10);
    assert_int_equal(count_reads("{\"$or\":[" OTHER "," TENTH "]}", ROWS), 2 * ROWS - ROWS / 10);
    // What is decided within a group is decided for the group.
    assert_int_equal(
        count_reads("{\"$and\":[{\"$or\":[" TENTH ",{\"half\":1}]},{\"half\":1}]}", ROWS / 2), 0);
}

static kith_status fail_to_read(void *context, const filter *condition, bitset *rows,
                                kith_error *err)
{
    (void)context;
    (void)condition;
    (void)rows;
    return fail(err, KITH_ERR_CORRUPT, "unreadable");
}

static void a_failure_to_read_ends_it(void **state)
{
    (void)state;
    kith_error err = {0};
    arena a;
    const filter *f = NULL;
    const column_segments none = {0};
    const columns_reader reader = {NULL, find_ids, fail_to_read};
    bitset *rows = bitset_new(10);
    arena_init(&a, 0);
    assert_ok(
        filter_parse(VIEW("{\"$or\":[" TENTH ",{\"$and\":[" OTHER "," TENTH "]}]}"), &a, &f, &err));
    bitset_fill(rows, true);
    assert_status(KITH_ERR_CORRUPT, columns_narrow(&none, f, &reader, rows, &err));
    bitset_free(rows);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_filters_agree_with_what_each_row_should_say),
        cmocka_unit_test(only_texts_that_decide_are_read),
        cmocka_unit_test(a_failure_to_read_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
