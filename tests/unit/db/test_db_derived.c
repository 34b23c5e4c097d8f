/* Tests of the derived index as bytes: what was written is read, and goes on. */
#include "changes_for_test.h"

#include "db/derived_parts.h"

static kith_status read_again(const changes *c, store_binding *binding, snapshot **out,
                              kith_error *err)
{
    buffer file;
    uint32_t format = 0;
    buffer_init(&file, SIZE_MAX);
    derived_write(c->now, binding, &file);
    kith_status status = derived_read(buffer_view(&file), out, binding, &format, err);
    buffer_done(&file);
    assert_int_equal(format, DERIVED_FORMAT);
    return status;
}

static void the_parts_agree_through_the_file(void **state)
{
    (void)state;
    kith_error err;
    changes c;
    changes_begin(&c, 11);
    for (uint32_t step = 1; step <= 3000; step++) {
        change_at_random(&c);
        if (step % 50 == 0) publish(&c);
        if (step % 500 != 0) continue;
        snapshot *copy = NULL;
        store_binding binding = {.token = {{1, 2}},
                                 .store = {{3, 4}},
                                 .collection = 5,
                                 .metric = KITH_COSINE,
                                 .dim = DIM,
                                 .model = 6};
        store_binding found = binding;
        assert_ok(read_again(&c, &found, &copy, &err));
        binding.sequence = c.now->sequence;
        assert_memory_equal(&found, &binding, sizeof found);
        snapshot_release(c.now); // what was read goes on like what was written
        c.now = copy;
        assert_holds_the_points(&c);
    }
    changes_end(&c);
}

static void a_head_that_was_forged_does_not_pass(void **state)
{
    (void)state;
    kith_error err;
    changes c;
    const store_binding heads[] = {{.metric = KITH_COSINE, .dim = DIM * 2},
                                   {.metric = KITH_COSINE, .dim = DIM / 2},
                                   {.metric = KITH_SQUARED_L2, .dim = DIM}};
    changes_begin(&c, 1);
    put_point(&c, 0);
    publish(&c);
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        store_binding head = heads[i];
        snapshot *copy = NULL;
        assert_status(KITH_ERR_CORRUPT, read_again(&c, &head, &copy, &err));
        assert_non_null(strstr(err.message, "dimension or metric"));
    }
    changes_end(&c);
}

static void damaged_rows_are_read_again(void **state)
{
    (void)state;
    kith_error err;
    changes c;
    snapshot *copy = NULL;
    store_binding binding = {.metric = KITH_COSINE, .dim = DIM};
    changes_begin(&c, 2);
    apply(&c, &(store_change){.row = 900, .damage = "damaged"});
    put_point(&c, 0);
    put_point(&c, 1);
    apply(&c, &(store_change){.row = c.points[0], .damage = "damaged"});
    publish(&c);
    assert_ok(read_again(&c, &binding, &copy, &err));
    assert_int_equal(snapshot_points(copy), 3);
    assert_int_equal(copy->live_count, 1);
    assert_ok(snapshot_check(copy, &err));
    snapshot_release(copy);
    changes_end(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_parts_agree_through_the_file),
        cmocka_unit_test(a_head_that_was_forged_does_not_pass),
        cmocka_unit_test(damaged_rows_are_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
