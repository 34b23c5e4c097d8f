/* Tests of counting: percentiles against exact ones, threads, and what outlives the process. */
#include "test.h"

#include "scratch.h"

#include "base/rng.h"
#include "metrics/metrics.h"
#include "store/counters.h"
#include "store/integrity.h"

#include <math.h>
#include <pthread.h>

enum { SAMPLES = 20000, THREADS = 4, PER_THREAD = 20000 };

/* ---- the histogram ---- */

static void a_time_lies_between_the_bounds_of_its_bucket(void **state)
{
    (void)state;
    for (uint64_t ns = 1; ns < (uint64_t)1 << 41; ns += ns / 7 + 1) {
        uint32_t bucket = histogram_bucket(ns);
        assert_true(histogram_floor_ns(bucket) <= ns && ns < histogram_floor_ns(bucket + 1));
    }
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        if (i > 0) assert_int_equal(histogram_bucket(histogram_floor_ns(i)), i);
    assert_int_equal(histogram_bucket(0), 0);
    assert_int_equal(histogram_bucket(UINT64_MAX), HISTOGRAM_BUCKETS - 1);
}

static int compare_times(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* Fills times[] and checks percentiles against the sorted samples. */
static void check_percentiles(int64_t *times)
{
    static const double shares[] = {0.01, 0.5, 0.9, 0.95, 0.99, 0.999, 1};
    histogram *h = calloc(1, sizeof *h);
    uint64_t counts[HISTOGRAM_BUCKETS];
    assert_non_null(h);
    for (int i = 0; i < SAMPLES; i++)
        histogram_record(h, times[i]);
    assert_int_equal(histogram_read(h, counts), SAMPLES);
    const char *fault = histogram_check(h);
    if (fault) fail_msg("%s", fault);
    qsort(times, SAMPLES, sizeof *times, compare_times);
    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++) {
        double exact = (double)times[(size_t)ceil(shares[i] * SAMPLES) - 1];
        double found = histogram_percentile_ns(counts, shares[i]);
        if (fabs(found - exact) > exact / 32)
            fail_msg("share %g: %g instead of %g", shares[i], found, exact);
    }
    free(h);
}

static void percentiles_are_within_a_thirty_second_of_the_exact_ones(void **state)
{
    (void)state;
    enum { SEED = 7 };
    rng r = {SEED};
    int64_t *times = calloc(SAMPLES, sizeof *times);
    assert_non_null(times);
    for (int i = 0; i < SAMPLES; i++) /* log-uniform from 2 us to 40 s */
        times[i] = (int64_t)(2000.0 * pow(2.0, rng_unit(&r) * 24.0));
    check_percentiles(times);
    for (int i = 0; i < SAMPLES; i++) /* narrow: all within two milliseconds */
        times[i] = 50000000 + (int64_t)(rng_unit(&r) * 2e6);
    check_percentiles(times);
    for (int i = 0; i < SAMPLES; i++)
        times[i] = i % 100 == 0 ? 900000000 : 1000000;
    check_percentiles(times);
    free(times);
}

static void a_sum_that_the_buckets_cannot_have_is_found(void **state)
{
    (void)state;
    histogram *h = calloc(1, sizeof *h);
    assert_non_null(h);
    histogram_record(h, 5000);
    histogram_record(h, 70000);
    assert_null(histogram_check(h));
    histogram_add(h, histogram_bucket(90000), 1);
    assert_string_equal("the sum is less than the durations in the buckets have",
                        histogram_check(h));
    atomic_fetch_add(&h->sum_ns, 900000);
    assert_string_equal("the sum is more than the durations in the buckets have",
                        histogram_check(h));
    free(h);
}

static void nothing_recorded_has_no_percentile(void **state)
{
    (void)state;
    static const uint64_t counts[HISTOGRAM_BUCKETS];
    assert_true(histogram_percentile_ns(counts, 0.5) == 0);
}

/* ---- the metrics ---- */

typedef struct fixture {
    store *store;
    metrics *metrics;
    arena arena;
} fixture;

static void begin(fixture *f, const char *directory)
{
    kith_error err = {0};
    assert_ok(store_open(directory, &f->store, &err));
    assert_ok(metrics_new(f->store, &f->metrics, &err));
    arena_init(&f->arena, 0);
}

static void end(fixture *f)
{
    kith_error err = {0};
    assert_ok(metrics_save(f->metrics, &err));
    metrics_free(f->metrics);
    assert_ok(store_close(f->store, &err));
    arena_done(&f->arena);
}

static kith_metrics read_all(fixture *f)
{
    kith_error err = {0};
    kith_metrics m = {0};
    assert_ok(metrics_read(f->metrics, &f->arena, &m, &err));
    return m;
}

static void count_some(metrics *m)
{
    for (int i = 0; i < METRICS_COUNTER_COUNT; i++)
        metrics_count(m, (metrics_counter)i, (uint64_t)i + 1);
    metrics_error(m, KITH_ERR_TIMEOUT, 2);
    metrics_error(m, KITH_ERR_INTERNAL, 1);
    metrics_error(m, KITH_OK, 5);
    for (int i = 0; i < METRICS_STAGE_COUNT; i++)
        metrics_time(m, (metrics_stage)i, (i + 1) * 1000000);
}

static void check_times(const kith_metrics *m, uint64_t times)
{
    assert_int_equal(m->questions, times);
    assert_int_equal(m->searches, 2 * times);
    assert_int_equal(m->cache_hits, 3 * times);
    assert_int_equal(m->cache_misses, 4 * times);
    assert_true(fabs(m->cache_ratio - 3.0 / 7.0) < 1e-9);
    assert_int_equal(m->documents, 5 * times);
    assert_int_equal(m->chunks, 6 * times);
    assert_int_equal(m->prompt_tokens, 7 * times);
    assert_int_equal(m->completion_tokens, 8 * times);
    assert_int_equal(m->error_count, 2);
    assert_int_equal(m->errors[0].status, KITH_ERR_TIMEOUT);
    assert_int_equal(m->errors[0].count, 2 * times);
    assert_int_equal(m->errors[1].status, KITH_ERR_INTERNAL);
    assert_int_equal(m->stage_count, METRICS_STAGE_COUNT);
    for (size_t i = 0; i < m->stage_count; i++) {
        double ms = (double)i + 1;
        assert_int_equal(m->stages[i].count, times);
        assert_true(fabs(m->stages[i].average_ms - ms) < 1e-9);
        assert_true(fabs(m->stages[i].p99_ms - ms) <= ms / 32);
    }
}

static void what_was_counted_goes_on_after_reopening(void **state)
{
    fixture f;
    begin(&f, *state);
    int64_t since = read_all(&f).since_ms;
    for (uint64_t times = 1; times <= 3; times++) {
        count_some(f.metrics);
        kith_metrics m = read_all(&f);
        check_times(&m, times);
        end(&f);
        begin(&f, *state);
        m = read_all(&f);
        check_times(&m, times);
        assert_int_equal(m.since_ms, since);
    }
    end(&f);
}

static void nothing_new_is_not_written(void **state)
{
    kith_error err = {0};
    fixture f;
    store_counter *counters = NULL;
    uint32_t count = 9;
    begin(&f, *state);
    metrics_count(f.metrics, METRICS_QUESTIONS, 0);
    assert_ok(metrics_save(f.metrics, &err));
    assert_ok(store_list_counters(f.store, &f.arena, &counters, &count, &err));
    assert_int_equal(count, 0);
    count_some(f.metrics);
    metrics_save_when_due(f.metrics); /* not within the first minute */
    assert_ok(store_list_counters(f.store, &f.arena, &counters, &count, &err));
    assert_int_equal(count, 0);
    assert_ok(metrics_save(f.metrics, &err));
    assert_ok(store_list_counters(f.store, &f.arena, &counters, &count, &err));
    assert_true(count > 0);
    assert_ok(store_check(f.store, &err));
    end(&f);
}

/* Each has the counts of before it was opened, and its own. */
static void what_several_count_in_one_directory_is_added_up(void **state)
{
    kith_error err = {0};
    fixture f;
    metrics *other = NULL;
    begin(&f, *state);
    count_some(f.metrics);
    assert_ok(metrics_save(f.metrics, &err));
    assert_ok(metrics_new(f.store, &other, &err));
    count_some(other);
    count_some(f.metrics);
    assert_ok(metrics_save(f.metrics, &err));
    assert_ok(metrics_save(other, &err));
    assert_ok(metrics_save(other, &err)); /* nothing is added twice */
    kith_metrics m = read_all(&f);
    check_times(&m, 2);
    metrics_free(other);
    end(&f);
    begin(&f, *state);
    m = read_all(&f);
    check_times(&m, 3);
    end(&f);
}

static void names_that_are_not_known_are_passed_over(void **state)
{
    static const store_counter strange[] = {{{"questions", 9}, 5, false},
                                            {{"errors.", 7}, 1, false},
                                            {{"errors.999", 10}, 1, false},
                                            {{"embed.16.999999", 15}, 1, false},
                                            {{"embed.8.3", 9}, 1, false},
                                            {{"embed.16.x", 10}, 1, false},
                                            {{"", 0}, 1, false},
                                            {{"nap.16.3", 8}, 1, false}};
    kith_error err = {0};
    fixture f;
    begin(&f, *state);
    assert_ok(store_add_counters(f.store, strange, 8, &err));
    metrics_free(f.metrics);
    assert_ok(metrics_new(f.store, &f.metrics, &err));
    kith_metrics m = read_all(&f);
    assert_int_equal(m.questions, 5);
    assert_int_equal(m.error_count, 0);
    assert_int_equal(m.stages[METRICS_EMBED].count, 0);
    end(&f);
}

static void *count_in_a_thread(void *context)
{
    metrics *m = context;
    for (int i = 0; i < PER_THREAD; i++) {
        metrics_count(m, METRICS_QUESTIONS, 1);
        metrics_time(m, METRICS_TOTAL, 1000 + i);
        metrics_error(m, KITH_ERR_INVALID, 1);
    }
    return NULL;
}

static void no_count_is_lost_between_threads_while_others_save_and_read(void **state)
{
    kith_error err = {0};
    fixture f;
    pthread_t threads[THREADS];
    begin(&f, *state);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_in_a_thread, f.metrics), 0);
    for (int i = 0; i < 20; i++) {
        assert_ok(metrics_save(f.metrics, &err));
        (void)read_all(&f);
    }
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    end(&f);
    begin(&f, *state);
    kith_metrics m = read_all(&f);
    assert_int_equal(m.questions, THREADS * PER_THREAD);
    assert_int_equal(m.stages[METRICS_TOTAL].count, THREADS * PER_THREAD);
    assert_int_equal(m.errors[0].count, THREADS * PER_THREAD);
    end(&f);
}

static void both_texts_hold_the_figures(void **state)
{
    static const char *const lines[] = {
        "# TYPE kith_questions_total counter\nkith_questions_total 1\n",
        "kith_errors_total{kind=\"timeout\"} 2\n",
        "kith_stage_seconds_bucket{stage=\"embed\",le=\"0.000524288\"} 0\n",
        "kith_stage_seconds_bucket{stage=\"embed\",le=\"0.001048576\"} 1\n",
        "kith_stage_seconds_bucket{stage=\"total\",le=\"+Inf\"} 1\n",
        "kith_stage_seconds_sum{stage=\"total\"} 0.004000000\n",
        "kith_stage_seconds_count{stage=\"total\"} 1\n",
    };
    kith_error err = {0};
    fixture f;
    const char *json = NULL, *prometheus = NULL;
    begin(&f, *state);
    count_some(f.metrics);
    kith_metrics m = read_all(&f);
    assert_ok(metrics_json(&m, &f.arena, &json, &err));
    assert_ok(metrics_prometheus(f.metrics, &m, &f.arena, &prometheus, &err));
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        if (!strstr(prometheus, lines[i])) fail_msg("not there: %s", lines[i]);
    assert_non_null(strstr(json, "\"questions\":1,\"searches\":2"));
    assert_non_null(strstr(json, "\"embed\":{\"count\":1,\"average_ms\":1"));
    end(&f);
}

static void counting_into_nothing_is_fine(void **state)
{
    (void)state;
    count_some(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_time_lies_between_the_bounds_of_its_bucket),
        cmocka_unit_test(percentiles_are_within_a_thirty_second_of_the_exact_ones),
        cmocka_unit_test(a_sum_that_the_buckets_cannot_have_is_found),
        cmocka_unit_test(nothing_recorded_has_no_percentile),
        cmocka_unit_test(counting_into_nothing_is_fine),
        cmocka_unit_test_setup_teardown(what_was_counted_goes_on_after_reopening, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(what_several_count_in_one_directory_is_added_up,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(nothing_new_is_not_written, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(names_that_are_not_known_are_passed_over, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(no_count_is_lost_between_threads_while_others_save_and_read,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(both_texts_hold_the_figures, scratch_setup,
                                        scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
