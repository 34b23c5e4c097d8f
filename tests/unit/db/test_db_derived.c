/* Tests of the derived index as a generation on disk: what was written is read, and goes on. */
#include "changes_for_test.h"

#include "db/derived_parts.h"
#include "scratch.h"

/* Writes the newest snapshot as generation `name` of the directory, with `forged` in the place of
 * its part; NULL: as it is. */
static void write_forged(const changes *c, const store_binding *binding, const char *directory,
                         uint32_t name, const part_source *forged, char path[512])
{
    kith_error err;
    part_source *parts = calloc(part_capacity(c->now), sizeof *parts);
    assert_non_null(parts);
    uint32_t count = derived_list_parts(c->now, NULL, parts), replaced = 0;
    for (uint32_t i = 0; forged && i < count; i++)
        if (parts[i].kind == forged->kind && parts[i].index == forged->index) {
            parts[i] = *forged;
            replaced++;
        }
    assert_int_equal(replaced, forged ? 1 : 0);
    (void)snprintf(path, 512, "%s/%u", directory, name);
    assert_ok(generation_write(&file_ops_posix, path, binding, parts, count, &err));
    free(parts);
}

static void write_generation(const changes *c, const store_binding *binding, const char *directory,
                             uint32_t name, char path[512])
{
    write_forged(c, binding, directory, name, NULL, path);
}

static kith_status read_generation(const char *path, snapshot **out, store_binding *binding,
                                   kith_error *why)
{
    kith_error err;
    generation g = {0};
    uint32_t format = 0;
    assert_ok(generation_open(&file_ops_posix, path, &g, &format, &err));
    assert_int_equal(format, GENERATION_FORMAT);
    *binding = g.binding;
    kith_status status = derived_read(&g, UINT64_MAX, &(vector_budget){0}, out, why);
    generation_close(&g);
    return status;
}

static void the_parts_agree_through_a_generation(void **state)
{
    kith_error err;
    changes c;
    changes_begin(&c, 11);
    for (uint32_t step = 1; step <= 3000; step++) {
        change_at_random(&c);
        if (step % 50 == 0) publish(&c); // ten segments come together until it is written
        if (step % 500 != 0) continue;
        char path[512];
        snapshot *copy = NULL;
        store_binding found = {0};
        const store_binding binding = {.token = {{1, 2}},
                                       .store = {{3, 4}},
                                       .collection = 5,
                                       .metric = KITH_COSINE,
                                       .dim = DIM,
                                       .model = 6,
                                       .sequence = c.now->sequence};
        write_generation(&c, &binding, *state, step, path);
        assert_ok(read_generation(path, &copy, &found, &err));
        assert_memory_equal(&found, &binding, sizeof found);
        assert_int_equal(copy->sequence, c.now->sequence);
        snapshot_release(c.now); // what was read goes on like what was written
        c.now = copy;
        assert_holds_the_points(&c);
    }
    changes_end(&c);
}

static void a_graph_that_is_not_finished_is_read_and_goes_on(void **state)
{
    enum { ROWS = 2500, LINKED = 700 };
    kith_error err;
    changes c;
    char path[512];
    snapshot *copy = NULL;
    uint32_t linked = 0;
    store_binding found = {0};
    const store_binding binding = {.metric = KITH_COSINE, .dim = DIM};
    changes_begin(&c, 3);
    open_delta(&c);
    const vector_index_options few = {.metric = KITH_COSINE, .dim = DIM, .flat_below = 100};
    assert_ok(vector_index_new(&few, &c.now->derived->index, &err));
    for (uint32_t i = 0; i < ROWS; i++)
        put_point(&c, i);
    publish(&c);
    assert_ok(vector_index_link(c.now->index, ROWS, LINKED, NULL, &linked, &err));
    assert_int_equal(linked, LINKED);
    write_generation(&c, &binding, *state, 1, path);
    assert_ok(read_generation(path, &copy, &found, &err));
    assert_int_equal(vector_index_linked(copy->index), LINKED);
    assert_ok(snapshot_check(copy, &err));
    snapshot_release(copy);
    changes_end(&c);
}

static void a_head_that_was_forged_does_not_pass(void **state)
{
    kith_error err;
    changes c;
    const store_binding heads[] = {{.metric = KITH_COSINE, .dim = DIM * 2},
                                   {.metric = KITH_COSINE, .dim = DIM / 2},
                                   {.metric = KITH_SQUARED_L2, .dim = DIM}};
    changes_begin(&c, 1);
    put_point(&c, 0);
    publish(&c);
    for (uint32_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        char path[512];
        snapshot *copy = NULL;
        store_binding found = {0};
        write_generation(&c, &heads[i], *state, i + 1, path);
        assert_status(KITH_ERR_CORRUPT, read_generation(path, &copy, &found, &err));
        assert_non_null(strstr(err.message, "dimension or metric"));
    }
    changes_end(&c);
}

/* Writes u64 numbers as a part. */
typedef struct numbers {
    uint64_t words[12];
    uint32_t count;
} numbers;

static void write_numbers(const void *context, buffer *out)
{
    const numbers *n = context;
    for (uint32_t i = 0; i < n->count; i++)
        buffer_append_u64(out, n->words[i]);
}

/* Two rows of vectors and words; rows.0 is rows, damaged, metric, dim, points[rows], live, and
 * damaged_rows[damaged]. */
static void rows_that_do_not_check_are_refused_and_named(void **state)
{
    static const struct {
        numbers content;
        const char *expected; /* NULL: sound */
    } cases[] = {
        {{{2, 0, 0, DIM, 1, 2, 3}, 7}, NULL},
        {{{2, 2, 0, DIM, 1, 2, 3, 3, 9}, 9}, NULL},
        {{{2, 0, 0}, 3}, "cut short"},
        {{{2, 0, 0, DIM, 1, 2}, 6}, "out of range"},
        {{{2, 0, 0, DIM, 1, 2, 3, 4}, 8}, "out of range"},
        {{{2, 1, 0, DIM, 1, 2, 3}, 7}, "out of range"},
        {{{UINT64_MAX, 4, 0, DIM, 1, 2, 3}, 7}, "out of range"}, /* their sum is 3 */
        {{{UINT64_C(1) << 61, 0, 0, DIM}, 4}, "out of range"},   /* their bytes are 0 */
        {{{2, 0, 1, DIM, 1, 2, 3}, 7}, "dimension or metric"},
        {{{2, 0, 0, DIM + 1, 1, 2, 3}, 7}, "dimension or metric"},
        {{{2, 0, 0, DIM, 1, 0, 3}, 7}, "names no point"},
        {{{2, 0, 0, DIM, 1, 2, 7}, 7}, "more live rows than rows"},
        {{{2, 2, 0, DIM, 1, 2, 3, 9, 9}, 9}, "do not ascend"},
        {{{2, 1, 0, DIM, 1, 2, 3, 0}, 8}, "do not ascend"},
        {{{1, 0, 0, DIM, 1, 1}, 6}, "it is of other rows"},
        {{{3, 0, 0, DIM, 1, 2, 3, 7}, 8}, "it is of other rows"},
    };
    kith_error err;
    changes c;
    changes_begin(&c, 4);
    put_point(&c, 0);
    put_point(&c, 1);
    publish(&c);
    assert_int_equal(part_capacity(c.now), 12);
    for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char path[512];
        snapshot *copy = NULL;
        store_binding binding = {.metric = KITH_COSINE, .dim = DIM};
        const part_source forged = {
            .kind = PART_ROWS, .write = write_numbers, .context = &cases[i].content};
        write_forged(&c, &binding, *state, i + 1, &forged, path);
        kith_status status = read_generation(path, &copy, &binding, &err);
        if (cases[i].expected) {
            assert_status(KITH_ERR_CORRUPT, status);
            if (!strstr(err.message, cases[i].expected)) fail_msg("%u: %s", i, err.message);
        } else {
            assert_ok(status);
            snapshot_release(copy);
        }
    }
    changes_end(&c);
}

/* Of documents: u64 documents, u64 rows, keys, u32 of each row. */
static void write_two_documents(const void *context, buffer *out)
{
    const uint32_t *of_rows = context;
    buffer_append_u64(out, 2);
    buffer_append_u64(out, 2);
    for (uint32_t i = 0; i < 2; i++) {
        buffer_append_u32(out, 1);
        buffer_append(out, i ? VIEW("b") : VIEW("a"));
    }
    for (uint32_t i = 0; i < 2; i++)
        buffer_append_u32(out, of_rows[i]);
}

static void documents_that_do_not_check_are_refused_and_named(void **state)
{
    static const struct {
        uint32_t of_rows[2];
        const char *expected; /* NULL: sound */
    } cases[] = {{{1, 2}, NULL},
                 {{0, 1}, NULL},
                 {{1, 3},
                  "part documents.0: documents of rows: "
                  "a row is of no document that there is"}};
    kith_error err;
    changes c;
    changes_begin(&c, 4);
    put_point(&c, 0);
    put_point(&c, 1);
    publish(&c);
    for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char path[512];
        snapshot *copy = NULL;
        store_binding binding = {.metric = KITH_COSINE, .dim = DIM};
        const part_source forged = {
            .kind = PART_DOCUMENTS, .write = write_two_documents, .context = cases[i].of_rows};
        write_forged(&c, &binding, *state, i + 1, &forged, path);
        kith_status status = read_generation(path, &copy, &binding, &err);
        if (cases[i].expected) {
            assert_status(KITH_ERR_CORRUPT, status);
            assert_string_equal(err.message, cases[i].expected);
        } else {
            assert_ok(status);
            assert_int_equal(copy->document_count, 2);
            assert_int_equal(snapshot_document(copy, 1), cases[i].of_rows[1]);
            snapshot_release(copy);
        }
    }
    changes_end(&c);
}

static void damaged_rows_are_read_again(void **state)
{
    kith_error err;
    changes c;
    char path[512];
    snapshot *copy = NULL;
    store_binding found = {.metric = KITH_COSINE, .dim = DIM};
    changes_begin(&c, 2);
    apply(&c, &(store_change){.row = 900, .damage = "damaged"});
    put_point(&c, 0);
    put_point(&c, 1);
    apply(&c, &(store_change){.row = c.points[0], .damage = "damaged"});
    publish(&c);
    write_generation(&c, &found, *state, 1, path);
    assert_ok(read_generation(path, &copy, &found, &err));
    assert_int_equal(snapshot_points(copy), 3);
    assert_int_equal(copy->live_count, 1);
    assert_ok(snapshot_check(copy, &err));
    snapshot_release(copy);
    changes_end(&c);
}

static void an_index_without_rows_is_read_again(void **state)
{
    kith_error err;
    changes c;
    char path[512];
    snapshot *copy = NULL;
    store_binding found = {.metric = KITH_COSINE};
    changes_begin(&c, 2);
    publish(&c);
    write_generation(&c, &found, *state, 1, path);
    assert_ok(read_generation(path, &copy, &found, &err));
    assert_int_equal(copy->rows, 0);
    snapshot_release(copy);
    changes_end(&c);
}

#define with_directory(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_directory(the_parts_agree_through_a_generation),
        with_directory(a_graph_that_is_not_finished_is_read_and_goes_on),
        with_directory(a_head_that_was_forged_does_not_pass),
        with_directory(damaged_rows_are_read_again),
        with_directory(an_index_without_rows_is_read_again),
        with_directory(documents_that_do_not_check_are_refused_and_named),
        with_directory(rows_that_do_not_check_are_refused_and_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
