/* test_ingest_forecast.c - the estimate of the time left, against simulated ingestions whose true
 * cost is known: folders of several formats, in the order of a walk and shuffled. */
#include "test.h"

#include "base/rng.h"
#include "ingest/forecast.h"

#include <math.h>

typedef struct file {
    char name[24];
    uint64_t bytes;
    uint32_t chunks;
    double work;    /* tokens */
    double seconds; /* beside embedding */
} file;

typedef struct kind {
    const char *extension;
    double bytes, chunks_per_byte, tokens_per_chunk, seconds_per_byte;
} kind;

static const kind kinds[] = {
    {"txt", 8e3, 1.0 / 800, 220, 1e-8},
    {"html", 60e3, 1.0 / 3000, 210, 2e-7},
    {"pdf", 900e3, 1.0 / 15000, 200, 5e-7},
    {"csv", 3e3, 1.0 / 100, 40, 1e-8},
};
enum { KINDS = sizeof kinds / sizeof kinds[0], FILES = 600, GROUP = 256 };
static const double seconds_per_token = 6e-5;

static void make_files(rng *r, file files[FILES])
{
    for (uint32_t i = 0; i < FILES; i++) {
        const kind *k = &kinds[rng_next(r) % KINDS];
        double bytes = k->bytes * (0.2 + 1.6 * rng_unit(r));
        double chunks = bytes * k->chunks_per_byte * (0.6 + 0.8 * rng_unit(r));
        files[i] = (file){.bytes = (uint64_t)bytes,
                          .chunks = (uint32_t)(chunks + 1),
                          .work = floor(chunks + 1) * k->tokens_per_chunk,
                          .seconds = bytes * k->seconds_per_byte};
        (void)snprintf(files[i].name, sizeof files[i].name, "d/f%u.%s", i, k->extension);
    }
}

static double cost(const file *files, uint32_t count)
{
    double seconds = 0;
    for (uint32_t i = 0; i < count; i++)
        seconds += files[i].seconds + files[i].work * seconds_per_token;
    return seconds;
}

/* Goes through the files in groups, and holds each estimate after the first tenth against what is
 * really left; returns the worst ratio of the two, as long as a tenth is left. */
static double worst_ratio(const file *files)
{
    forecast f = {0};
    double all = cost(files, FILES), done = 0, worst = 1;
    uint32_t waiting = 0;
    double work = 0;
    for (uint32_t i = 0; i < FILES; i++)
        forecast_expect(&f, files[i].name, files[i].bytes);
    for (uint32_t i = 0; i < FILES; i++) {
        forecast_meet(&f, files[i].name, files[i].bytes, files[i].work, files[i].seconds);
        waiting += files[i].chunks;
        work += files[i].work;
        if (waiting < GROUP) continue;
        forecast_embedded(&f, work, work * seconds_per_token);
        waiting = 0;
        work = 0;
        done = cost(files, i + 1);
        double left = forecast_seconds_left(&f, 0);
        if (done < all / 10 || all - done < all / 10) continue;
        worst = fmax(worst, fmax(left / (all - done), (all - done) / left));
    }
    return worst;
}

static void after_a_tenth_the_estimate_is_within_thirty_per_cent(void **state)
{
    (void)state;
    static file files[FILES];
    for (uint64_t seed = 1; seed <= 40; seed++) {
        rng r = {seed};
        make_files(&r, files);
        double ratio = worst_ratio(files);
        if (ratio > 1.3) fail_msg("seed %d: off by a factor of %g", (int)seed, ratio);
    }
}

static void unchanged_files_promise_that_the_rest_is_unchanged_too(void **state)
{
    (void)state;
    forecast f = {0};
    for (uint32_t i = 0; i < 10; i++)
        forecast_expect(&f, "a.txt", 1000);
    assert_true(forecast_seconds_left(&f, 0) < 0);
    for (uint32_t i = 0; i < 5; i++)
        forecast_meet(&f, "a.txt", 1000, 0, 0.01);
    // Held back while little was met.
    double left = forecast_seconds_left(&f, 0);
    assert_true(left > 0 && left < 0.05);
    for (uint32_t i = 0; i < 1000; i++)
        forecast_expect(&f, "a.txt", 1000);
    for (uint32_t i = 0; i < 1000; i++)
        forecast_meet(&f, "a.txt", 1000, 0, 0.01);
    left = forecast_seconds_left(&f, 0);
    assert_true(left > 0.045 && left < 0.05);
    // One has changed: how long embedding takes is not known yet.
    forecast_meet(&f, "a.txt", 1000, 1, 0.01);
    assert_true(forecast_seconds_left(&f, 1) < 0);
}

static void what_waits_to_be_embedded_counts(void **state)
{
    (void)state;
    forecast f = {0};
    forecast_expect(&f, "a.txt", 5000);
    forecast_meet(&f, "a.txt", 5000, 100, 0);
    forecast_embedded(&f, 10, 1);
    assert_float_equal(forecast_seconds_left(&f, 90), 9, 1e-9);
    assert_float_equal(forecast_seconds_left(&f, 0), 0, 1e-9);
}

static void the_speed_follows_the_last_minute(void **state)
{
    (void)state;
    forecast f = {0};
    for (int i = 0; i < 100; i++)
        forecast_embedded(&f, 100, 1);
    for (int i = 0; i < 10; i++)
        forecast_embedded(&f, 1000, 100); // ten times slower
    double left = forecast_seconds_left(&f, 100);
    assert_true(left > 9 && left <= 10);
}

/* More formats than are told apart, files that grew, and files that are met twice. */
static void nothing_makes_it_negative_or_endless(void **state)
{
    (void)state;
    forecast f = {0};
    char name[32];
    for (uint32_t round = 0; round < 2; round++)
        for (uint32_t i = 0; i < 3 * FORECAST_KINDS; i++) {
            (void)snprintf(name, sizeof name, "f.x%u", i);
            forecast_expect(&f, name, 1000);
            forecast_meet(&f, name, 3000, 1, -1);
        }
    forecast_embedded(&f, 1, 0);
    double left = forecast_seconds_left(&f, 0);
    assert_true(left >= 0 && isfinite(left));
    assert_int_equal(f.kind_count, FORECAST_KINDS);
}

/* The first files of a folder are neighbors, and small as often as not. */
static void a_few_small_files_do_not_decide_for_a_format(void **state)
{
    (void)state;
    forecast f = {0};
    for (int i = 0; i < 40; i++)
        forecast_expect(&f, "a.html", 30000);
    forecast_embedded(&f, 1000, 1);
    double before = forecast_seconds_left(&f, 0);
    // Three times the text that is usual, and a process that had to be started.
    forecast_meet(&f, "a.html", 6000, 3 * 0.17 * 6000, 0.2);
    double left = forecast_seconds_left(&f, 0);
    assert_true(before > 0 && left > before && left < 1.3 * before);
}

static void a_text_costs_by_its_tokens_and_where_none_are_counted_by_its_bytes(void **state)
{
    (void)state;
    assert_true(forecast_work(220, 800) > 3 * forecast_work(40, 120));
    double guessed = forecast_work(0, 800), counted = forecast_work(230, 800);
    assert_true(guessed > 0.9 * counted && guessed < 1.1 * counted);
}

static void without_expectations_nothing_is_left(void **state)
{
    (void)state;
    forecast f = {0};
    assert_true(forecast_seconds_left(&f, 0) < 0);
    forecast_embedded(&f, 1, 1);
    assert_float_equal(forecast_seconds_left(&f, 0), 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(after_a_tenth_the_estimate_is_within_thirty_per_cent),
        cmocka_unit_test(unchanged_files_promise_that_the_rest_is_unchanged_too),
        cmocka_unit_test(what_waits_to_be_embedded_counts),
        cmocka_unit_test(the_speed_follows_the_last_minute),
        cmocka_unit_test(nothing_makes_it_negative_or_endless),
        cmocka_unit_test(a_few_small_files_do_not_decide_for_a_format),
        cmocka_unit_test(a_text_costs_by_its_tokens_and_where_none_are_counted_by_its_bytes),
        cmocka_unit_test(without_expectations_nothing_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
