/* Tests of the derived index: its parts agree after any changes and through its file, and
 * derived_check names each way in which they could not. */
#include "test.h"

#include "base/rng.h"
#include "db/derived_parts.h"
#include "scratch.h"

enum { DIM = 4, POINTS = 150, POINTS_MAX = 3000 };

typedef struct changes {
    derived d;
    rng r;
    uint64_t points[POINTS_MAX]; /* the store's rows; 0: deleted, or never put */
    uint64_t last_point;
    uint32_t live;
} changes;

static void apply(changes *c, const store_change *change)
{
    kith_error err;
    assert_ok(derived_apply(&c->d, KITH_COSINE, DIM, change, &err));
}

static void put_point(changes *c, uint32_t i)
{
    static const char *const records[] = {"", "{\"a\":1}", "{\"b\":\"text\",\"c\":true}",
                                          "{\"title\":\"T\",\"heading\":\"T > H\"}"};
    float vector[DIM];
    for (uint32_t n = 0; n < DIM; n++)
        vector[n] = (float)rng_unit(&c->r) - 0.5F;
    if (c->points[i] == 0) {
        c->points[i] = ++c->last_point; // the store numbers points anew after a deletion
        c->live++;
    }
    apply(c, &(store_change){.row = c->points[i],
                             .vector = vector,
                             .metadata = view_of(records[rng_below(&c->r, 4)]),
                             .content = VIEW("some words")});
}

static void delete_point(changes *c, uint32_t i)
{
    if (c->points[i] == 0) return;
    apply(c, &(store_change){.row = c->points[i], .deleted = true});
    c->points[i] = 0;
    c->live--;
}

static void change_at_random(changes *c)
{
    uint32_t i = rng_below(&c->r, POINTS);
    if (rng_below(&c->r, 3) == 0)
        delete_point(c, i);
    else
        put_point(c, i);
}

static void begin(changes *c)
{
    kith_error err;
    *c = (changes){.r = {11}};
    assert_ok(derived_init(&c->d, &err));
    assert_ok(derived_check(&c->d, &err));
}

/* Writes *d as generation `name` of the directory; its path is `out`. */
static void write_generation(const derived *d, const store_binding *binding, const char *directory,
                             const char *name, char out[512])
{
    kith_error err;
    part_source parts[DERIVED_PARTS_MAX];
    uint32_t count = derived_list_parts(d, parts);
    (void)snprintf(out, 512, "%s/%s", directory, name);
    assert_ok(generation_write(&file_ops_posix, out, binding, parts, count, &err));
}

static kith_status read_generation(const char *path, derived *out, store_binding *binding,
                                   kith_error *why)
{
    kith_error err;
    generation g = {0};
    uint32_t format = 0;
    assert_ok(generation_open(&file_ops_posix, path, &g, &format, &err));
    assert_int_equal(format, GENERATION_FORMAT);
    *binding = g.binding;
    kith_status status = derived_read(&g, out, why);
    generation_close(&g);
    return status;
}

static void the_parts_agree_after_any_changes_and_through_the_file(void **state)
{
    kith_error err;
    changes c;
    begin(&c);
    for (uint32_t step = 1; step <= 3000; step++) {
        change_at_random(&c);
        if (step % 100 == 0) assert_ok(derived_check(&c.d, &err));
        if (step % 1000 != 0) continue;
        char name[16], path[512];
        store_binding binding = {.token = {{1, 2}},
                                 .store = {{3, 4}},
                                 .collection = 5,
                                 .metric = KITH_COSINE,
                                 .dim = DIM,
                                 .model = 6,
                                 .sequence = step};
        store_binding found = {0};
        derived copy;
        (void)snprintf(name, sizeof name, "%u", step);
        write_generation(&c.d, &binding, *state, name, path);
        assert_ok(read_generation(path, &copy, &found, &err));
        assert_ok(derived_check(&copy, &err));
        assert_int_equal(copy.sequence, step);
        assert_memory_equal(&found, &binding, sizeof found);
        assert_int_equal(copy.rows.count, c.last_point);
        assert_int_equal(vector_index_live(copy.index), c.live);
        derived_done(&c.d); // what was read goes on like what was written
        c.d = copy;
    }
    derived_done(&c.d);
}

static void a_head_that_was_forged_does_not_pass(void **state)
{
    kith_error err;
    changes c;
    const store_binding heads[] = {{.metric = KITH_COSINE, .dim = DIM * 2},
                                   {.metric = KITH_COSINE, .dim = DIM / 2},
                                   {.metric = KITH_SQUARED_L2, .dim = DIM}};
    begin(&c);
    put_point(&c, 0);
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        char name[16], path[512];
        derived copy;
        store_binding found = {0};
        (void)snprintf(name, sizeof name, "%zu", i + 1);
        write_generation(&c.d, &heads[i], *state, name, path);
        assert_status(KITH_ERR_CORRUPT, read_generation(path, &copy, &found, &err));
        assert_non_null(strstr(err.message, "dimension or metric"));
    }
    derived_done(&c.d);
}

/* Writes u64 numbers as a part. */
typedef struct numbers {
    uint64_t words[8];
    uint32_t count;
} numbers;

static void write_numbers(const void *context, buffer *out)
{
    const numbers *n = context;
    for (uint32_t i = 0; i < n->count; i++)
        buffer_append_u64(out, n->words[i]);
}

/* Two rows of vectors and words; rows.0 is rows, damaged, points[rows], damaged_rows[damaged]. */
static void rows_that_do_not_check_are_refused_and_named(void **state)
{
    static const struct {
        numbers content;
        const char *expected; /* NULL: sound */
    } cases[] = {
        {{{2, 0, 1, 2}, 4}, NULL},
        {{{2, 2, 1, 2, 3, 9}, 6}, NULL},
        {{{2}, 1}, "cut short"},
        {{{2, 0, 1}, 3}, "out of range"},
        {{{2, 0, 1, 2, 3}, 5}, "out of range"},
        {{{2, 1, 1, 2}, 4}, "out of range"},
        {{{UINT64_MAX, 3, 1, 2}, 4}, "out of range"},  /* their sum is 2 */
        {{{UINT64_C(1) << 61, 0}, 2}, "out of range"}, /* their bytes are 0 */
        {{{2, 0, 1, 0}, 4}, "names no point"},
        {{{2, 2, 1, 2, 9, 9}, 6}, "do not ascend"},
        {{{2, 1, 1, 2, 0}, 5}, "do not ascend"},
        {{{1, 0, 1}, 3}, "differ in their number of rows"},
        {{{3, 0, 1, 2, 3}, 5}, "differ in their number of rows"},
    };
    kith_error err;
    changes c;
    begin(&c);
    put_point(&c, 0);
    put_point(&c, 1);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char path[512];
        derived copy;
        generation g = {0};
        uint32_t format = 0;
        part_source parts[DERIVED_PARTS_MAX];
        const store_binding binding = {.metric = KITH_COSINE, .dim = DIM};
        uint32_t count = derived_list_parts(&c.d, parts);
        parts[0].write = write_numbers;
        parts[0].context = &cases[i].content;
        (void)snprintf(path, sizeof path, "%s/%zu", (const char *)*state, i + 1);
        assert_ok(generation_write(&file_ops_posix, path, &binding, parts, count, &err));
        assert_ok(generation_open(&file_ops_posix, path, &g, &format, &err));
        if (cases[i].expected) {
            assert_status(KITH_ERR_CORRUPT, derived_read(&g, &copy, &err));
            if (!strstr(err.message, cases[i].expected)) fail_msg("%zu: %s", i, err.message);
        } else {
            assert_ok(derived_read(&g, &copy, &err));
            derived_done(&copy);
        }
        generation_close(&g);
    }
    derived_done(&c.d);
}

static void a_damaged_row_counts_until_it_is_put_or_deleted(void **state)
{
    kith_error err;
    changes c;
    begin(&c);
    apply(&c, &(store_change){.row = 900, .damage = "damaged"}); // before there is a vector index
    put_point(&c, 0);
    put_point(&c, 1);
    apply(&c, &(store_change){.row = c.points[0], .damage = "damaged"});
    assert_int_equal(derived_points(&c.d), 3);
    assert_int_equal(vector_index_live(c.d.index), 1);
    assert_ok(derived_check(&c.d, &err));
    char path[512];
    derived copy;
    store_binding found = {.metric = KITH_COSINE, .dim = DIM};
    write_generation(&c.d, &found, *state, "1", path);
    assert_ok(read_generation(path, &copy, &found, &err));
    derived_done(&c.d);
    c.d = copy;
    assert_int_equal(derived_points(&c.d), 3);
    c.live--;
    put_point(&c, 0);
    apply(&c, &(store_change){.row = 900, .deleted = true});
    assert_int_equal(derived_points(&c.d), 2);
    assert_int_equal(c.d.damaged_count, 0);
    assert_ok(derived_check(&c.d, &err));
    derived_done(&c.d);
}

static void a_deletion_of_a_point_that_is_not_known_changes_nothing(void **state)
{
    (void)state;
    kith_error err;
    changes c;
    begin(&c);
    apply(&c, &(store_change){.row = 5, .deleted = true}); // before there is a vector index
    for (uint32_t i = 0; i < 10; i++)
        put_point(&c, i);
    apply(&c, &(store_change){.row = 0, .deleted = true}); // the mark of dropped tombstones
    apply(&c, &(store_change){.row = 99, .deleted = true});
    assert_int_equal(vector_index_rows(c.d.index), 10);
    assert_int_equal(vector_index_live(c.d.index), 10);
    assert_ok(derived_check(&c.d, &err));
    derived_done(&c.d);
}

/* Puts `live` points, then puts them again and again until a rebuild is needed. */
static uint32_t dead_rows_until_rebuild(uint32_t live)
{
    changes c;
    uint32_t rows = 0;
    begin(&c);
    assert_false(derived_needs_rebuild(&c.d));
    for (; !derived_needs_rebuild(&c.d); rows++)
        put_point(&c, rows % live);
    derived_done(&c.d);
    return rows - live;
}

static void a_rebuild_is_needed_above_1024_tombstones_and_a_third_of_the_rows(void **state)
{
    (void)state;
    assert_int_equal(dead_rows_until_rebuild(100), 1025);
    assert_int_equal(dead_rows_until_rebuild(3000), 1501); // of 4501, a third of which is 1500
}

/* ---- what derived_check finds ---- */

static void begin_filled(changes *c)
{
    begin(c);
    for (uint32_t step = 0; step < 400; step++)
        change_at_random(c);
}

static uint32_t find_row(const derived *d, bool live)
{
    uint32_t row = 0;
    while (vector_index_is_live(d->index, row) != live)
        row++;
    return row;
}

static void expect_broken(changes *c, const char *what)
{
    kith_error err = {0};
    assert_status(KITH_ERR_CORRUPT, derived_check(&c->d, &err));
    if (!strstr(err.message, what)) fail_msg("'%s' does not name '%s'", err.message, what);
    derived_done(&c->d);
}

static void a_check_names_the_part_that_disagrees(void **state)
{
    (void)state;
    kith_error err;
    changes c;

    begin_filled(&c);
    assert_ok(bm25_append(c.d.words, VIEW("one row too many"), 0, &err));
    expect_broken(&c, "rows of words");

    begin_filled(&c);
    c.d.points[find_row(&c.d, true)] = 0;
    expect_broken(&c, "names no point");

    begin_filled(&c);
    c.d.points[find_row(&c.d, true)] = c.last_point + 1;
    expect_broken(&c, "not in the row map");

    begin_filled(&c);
    uint32_t live = find_row(&c.d, true), dead = find_row(&c.d, false);
    assert_int_equal(row_map_put(&c.d.rows, c.d.points[live], dead), KITH_OK);
    expect_broken(&c, "a row of another point");

    begin_filled(&c);
    assert_int_equal(row_map_put(&c.d.rows, c.last_point + 1, live), KITH_OK);
    expect_broken(&c, "entries in the row map");

    begin_filled(&c);
    arena memory;
    arena_init(&memory, 0);
    metadata fields = {.memory = &memory};
    assert_ok(metadata_parse(VIEW("{\"a\":1}"), &fields, &err));
    assert_ok(columns_set(c.d.columns, dead, &fields, &err));
    expect_broken(&c, "a tombstone with metadata");

    begin_filled(&c);
    assert_ok(columns_set(c.d.columns, vector_index_rows(c.d.index), &fields, &err));
    expect_broken(&c, "rows of columns");
    arena_done(&memory);
}

static void a_check_finds_an_entry_that_leads_to_an_older_row(void **state)
{
    (void)state;
    changes c;
    begin(&c);
    put_point(&c, 0);
    put_point(&c, 0); // rows 0 and 1 are of one point
    assert_int_equal(row_map_put(&c.d.rows, c.points[0], 0), KITH_OK);
    expect_broken(&c, "leads to an older row");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_parts_agree_after_any_changes_and_through_the_file,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(a_head_that_was_forged_does_not_pass, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(rows_that_do_not_check_are_refused_and_named, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(a_damaged_row_counts_until_it_is_put_or_deleted,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test(a_deletion_of_a_point_that_is_not_known_changes_nothing),
        cmocka_unit_test(a_rebuild_is_needed_above_1024_tombstones_and_a_third_of_the_rows),
        cmocka_unit_test(a_check_names_the_part_that_disagrees),
        cmocka_unit_test(a_check_finds_an_entry_that_leads_to_an_older_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
