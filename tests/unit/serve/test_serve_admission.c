/* test_serve_admission.c - how many requests of a key are let in. Time is a number here. */
#include "test.h"

#include "serve/admission.h"

static const int64_t second_ns = 1000000000;

static admission *of(uint32_t rate, uint32_t concurrent)
{
    admission *a = NULL;
    kith_error err = {0};
    assert_ok(admission_new(rate, concurrent, &a, &err));
    return a;
}

static void without_limits_everything_is_let_in(void **state)
{
    (void)state;
    admission *a = of(0, 0);
    for (int i = 0; i < 10000; i++)
        assert_int_equal(admission_enter(a, "k", 0), ADMITTED);
    admission_free(a);
}

static void a_second_has_its_number_of_requests_and_no_more(void **state)
{
    (void)state;
    admission *a = of(3, 0);
    for (int round = 0; round < 2; round++) {
        // After a second the bucket is full again, and not fuller.
        int64_t now = round * 5 * second_ns;
        for (int i = 0; i < 3; i++)
            assert_int_equal(admission_enter(a, "k", now), ADMITTED);
        assert_int_equal(admission_enter(a, "k", now), REFUSED_RATE);
    }
    // A third of a second brings one token.
    int64_t later = 5 * second_ns + second_ns / 3 + 1;
    assert_int_equal(admission_enter(a, "k", later), ADMITTED);
    assert_int_equal(admission_enter(a, "k", later), REFUSED_RATE);
    admission_free(a);
}

static void keys_do_not_take_each_others_share(void **state)
{
    (void)state;
    admission *a = of(1, 0);
    for (int i = 0; i < 100; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "key-%d", i);
        assert_int_equal(admission_enter(a, name, 0), ADMITTED);
        assert_int_equal(admission_enter(a, name, 0), REFUSED_RATE);
    }
    assert_int_equal(admission_enter(a, "", 0), ADMITTED);
    admission_free(a);
}

static void so_many_run_at_a_time_and_one_that_ends_makes_room(void **state)
{
    (void)state;
    admission *a = of(0, 2);
    assert_int_equal(admission_enter(a, "k", 0), ADMITTED);
    assert_int_equal(admission_enter(a, "k", 0), ADMITTED);
    assert_int_equal(admission_enter(a, "k", 0), REFUSED_CONCURRENT);
    assert_int_equal(admission_enter(a, "other", 0), ADMITTED);
    admission_leave(a, "k");
    assert_int_equal(admission_enter(a, "k", 0), ADMITTED);
    assert_int_equal(admission_enter(a, "k", 0), REFUSED_CONCURRENT);
    admission_free(a);
}

static void one_that_is_refused_for_its_number_costs_no_token(void **state)
{
    (void)state;
    admission *a = of(2, 1);
    assert_int_equal(admission_enter(a, "k", 0), ADMITTED);
    for (int i = 0; i < 10; i++)
        assert_int_equal(admission_enter(a, "k", 0), REFUSED_CONCURRENT);
    admission_leave(a, "k");
    assert_int_equal(admission_enter(a, "k", 0), ADMITTED);
    admission_leave(a, "k");
    assert_int_equal(admission_enter(a, "k", 0), REFUSED_RATE);
    admission_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_limits_everything_is_let_in),
        cmocka_unit_test(a_second_has_its_number_of_requests_and_no_more),
        cmocka_unit_test(keys_do_not_take_each_others_share),
        cmocka_unit_test(so_many_run_at_a_time_and_one_that_ends_makes_room),
        cmocka_unit_test(one_that_is_refused_for_its_number_costs_no_token),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
