/* Pooling and unit length, by hand. */
#include "test.h"

#include "model/pooling.h"

#include <math.h>

/* Three states of two columns, four apart. */
static const float states[] = {1, 2, 99, 99, 3, 5, 99, 99, 5, -1, 99, 99};

static void the_mean_is_over_all_tokens(void **state)
{
    (void)state;
    float out[2];
    pool_states(POOLING_MEAN, states, 4, 3, 2, out);
    assert_float_equal(3, out[0], 0);
    assert_float_equal(2, out[1], 0);
    pool_states(POOLING_MEAN, states, 4, 1, 2, out);
    assert_float_equal(1, out[0], 0);
}

static void cls_is_the_first_token(void **state)
{
    (void)state;
    float out[2];
    pool_states(POOLING_CLS, states, 4, 3, 2, out);
    assert_float_equal(1, out[0], 0);
    assert_float_equal(2, out[1], 0);
}

static void a_normalised_vector_has_length_one(void **state)
{
    (void)state;
    float v[] = {3, -4};
    normalise(v, 2);
    assert_float_equal(0.6, v[0], 1e-7);
    assert_float_equal(-0.8, v[1], 1e-7);
    float huge[] = {3e30f, 4e30f};
    normalise(huge, 2);
    assert_float_equal(0.6, huge[0], 1e-7);
}

static void a_zero_vector_stays_zero(void **state)
{
    (void)state;
    float v[] = {0, 0};
    normalise(v, 2);
    assert_float_equal(0, v[0], 0);
    assert_float_equal(0, v[1], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_mean_is_over_all_tokens),
        cmocka_unit_test(cls_is_the_first_token),
        cmocka_unit_test(a_normalised_vector_has_length_one),
        cmocka_unit_test(a_zero_vector_stays_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
