/* The bootstrap against distributions that can be worked out exactly, against scipy, and for what
 * it must not claim. */
#include "test.h"

#include "base/rng.h"
#include "eval/bootstrap.h"

#include <math.h>

/* P(X = x) for X ~ Binomial(n, p). */
static double binomial(int n, int x, double p)
{
    return exp(lgamma(n + 1) - lgamma(x + 1) - lgamma(n - x + 1) + x * log(p) +
               (n - x) * log(1 - p));
}

/* The smallest x that at least `share` of the distribution does not exceed. */
static int binomial_quantile(int n, double p, double share)
{
    double sum = 0;
    for (int x = 0; x < n; x++) {
        sum += binomial(n, x, p);
        if (sum >= share) return x;
    }
    return n;
}

/* Of n differences, `wins` are +1 and the others -1: the sum drawn is 2 X - n. */
static void check_against_binomial(int n, int wins)
{
    kith_error err = {0};
    bootstrap_interval i;
    double differences[200];
    double p = (double)wins / n, mean = 2 * p - 1, as_far = 0;
    for (int d = 0; d < n; d++)
        differences[d] = d < wins ? 1 : -1;
    for (int x = 0; x <= n; x++)
        if (fabs((2.0 * x - n) / n - mean) >= fabs(mean) - 1e-9) as_far += binomial(n, x, p);
    double low = (2.0 * binomial_quantile(n, p, 0.025) - n) / n;
    double high = (2.0 * binomial_quantile(n, p, 0.975) - n) / n;
    double step = 2.0 / n + 1e-9; // a quantile that falls between two sums may come out as either
    assert_ok(bootstrap_paired(differences, (uint32_t)n, 1, &i, &err));
    assert_near(i.difference, mean, 1e-12);
    assert_near(i.low, low, step);
    assert_near(i.high, high, step);
    assert_near(i.p, as_far, 0.015);
}

static void wins_and_losses_have_the_interval_and_p_of_the_binomial_distribution(void **state)
{
    (void)state;
    check_against_binomial(12, 9);
    check_against_binomial(50, 30);
    check_against_binomial(100, 52);
    check_against_binomial(200, 130);
}

/* scipy.stats.bootstrap(method="percentile", n_resamples=200000), and numpy for the p-value. */
static void real_differences_have_the_interval_that_scipy_gives(void **state)
{
    (void)state;
    const double differences[] = {0.5, -0.25, 0.1, 0, 0.3, 0.3, -0.1, 0.2, 0.6, 0.05, -0.3, 0.15};
    kith_error err = {0};
    bootstrap_interval i;
    assert_ok(bootstrap_paired(differences, 12, 1, &i, &err));
    assert_near(i.difference, 0.1291667, 1e-6);
    assert_near(i.low, -0.0166667, 0.01);
    assert_near(i.high, 0.2791667, 0.01);
    assert_near(i.p, 0.0936, 0.01);
}

static void no_difference_at_all_is_no_difference(void **state)
{
    (void)state;
    double differences[40] = {0};
    kith_error err = {0};
    bootstrap_interval i;
    assert_ok(bootstrap_paired(differences, 40, 1, &i, &err));
    assert_near(i.low, 0, 0);
    assert_near(i.high, 0, 0);
    assert_near(i.p, 1, 1e-9);
    assert_false(bootstrap_is_clear(&i));
}

static void a_large_difference_is_clear_in_both_directions(void **state)
{
    (void)state;
    double differences[40];
    kith_error err = {0};
    bootstrap_interval i;
    for (int sign = -1; sign <= 1; sign += 2) {
        for (int d = 0; d < 40; d++)
            differences[d] = sign * (d % 4 ? 1 : 0);
        assert_ok(bootstrap_paired(differences, 40, 1, &i, &err));
        assert_true(bootstrap_is_clear(&i));
        assert_true(i.low <= i.difference && i.difference <= i.high);
    }
}

static void few_questions_tell_nothing_however_they_come_out(void **state)
{
    (void)state;
    const double differences[BOOTSTRAP_MIN_PAIRS] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    kith_error err = {0};
    bootstrap_interval i;
    assert_ok(bootstrap_paired(differences, BOOTSTRAP_MIN_PAIRS - 1, 1, &i, &err));
    assert_near(i.difference, 1, 1e-12);
    assert_false(bootstrap_is_clear(&i));
    assert_ok(bootstrap_paired(differences, BOOTSTRAP_MIN_PAIRS, 1, &i, &err));
    assert_true(bootstrap_is_clear(&i));
}

static void the_same_seed_gives_the_same_and_another_nearly(void **state)
{
    (void)state;
    double differences[60];
    kith_error err = {0};
    bootstrap_interval a, b, c;
    rng r = {11};
    for (int d = 0; d < 60; d++)
        differences[d] = rng_unit(&r) - 0.4;
    assert_ok(bootstrap_paired(differences, 60, 1, &a, &err));
    assert_ok(bootstrap_paired(differences, 60, 1, &b, &err));
    assert_ok(bootstrap_paired(differences, 60, 2, &c, &err));
    assert_memory_equal(&a, &b, sizeof a);
    assert_true(a.low != c.low || a.high != c.high);
    assert_near(a.low, c.low, 0.01);
    assert_near(a.p, c.p, 0.02);
}

/* Of 200 comparisons of nothing about one in twenty may look clear. */
static void nothing_looks_clear_about_as_often_as_it_says(void **state)
{
    (void)state;
    kith_error err = {0};
    rng r = {5};
    int clear = 0;
    for (int round = 0; round < 200; round++) {
        double differences[50];
        bootstrap_interval i;
        for (int d = 0; d < 50; d++)
            differences[d] = (double)rng_below(&r, 3) - 1;
        assert_ok(bootstrap_paired(differences, 50, (uint64_t)round, &i, &err));
        clear += bootstrap_is_clear(&i);
    }
    print_message("clear by chance: %d of 200\n", clear);
    assert_in_range(clear, 2, 22);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wins_and_losses_have_the_interval_and_p_of_the_binomial_distribution),
        cmocka_unit_test(real_differences_have_the_interval_that_scipy_gives),
        cmocka_unit_test(no_difference_at_all_is_no_difference),
        cmocka_unit_test(a_large_difference_is_clear_in_both_directions),
        cmocka_unit_test(few_questions_tell_nothing_however_they_come_out),
        cmocka_unit_test(the_same_seed_gives_the_same_and_another_nearly),
        cmocka_unit_test(nothing_looks_clear_about_as_often_as_it_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
