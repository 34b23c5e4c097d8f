#include "test.h"

#include "cli/progress.h"

#include <math.h>

static const int64_t second_ns = 1000 * 1000 * 1000;

/* Feeds one sample a tenth of a second at a steady speed. */
static void run_steadily(progress *p, int tenths, uint64_t bytes_each, uint64_t chunks_each)
{
    for (int i = 0; i < tenths; i++) {
        progress_sample s = p->last;
        s.bytes += bytes_each;
        s.chunks += chunks_each;
        s.files++;
        progress_update(p, p->last_ns + second_ns / 10, &s);
    }
}

static progress started(uint64_t bytes_total)
{
    progress p;
    progress_start(&p, 5 * second_ns);
    p.last = (progress_sample){.files_total = 100, .bytes_total = bytes_total, .seconds_left = -1};
    return p;
}

static void a_steady_speed_is_known_from_the_first_step(void **state)
{
    (void)state;
    progress p = started(100000);
    run_steadily(&p, 1, 100, 3);
    assert_float_equal(progress_chunks_per_second(&p), 30, 0.5);
    run_steadily(&p, 99, 100, 3);
    assert_float_equal(progress_chunks_per_second(&p), 30, 0.5);
}

static void the_speed_follows_the_recent_past(void **state)
{
    (void)state;
    progress p = started(1u << 30);
    run_steadily(&p, 600, 1000000, 0); // a minute of unchanged files
    run_steadily(&p, 900, 1000, 10);   // 90 s of work
    assert_float_equal(progress_chunks_per_second(&p), 100, 1);
}

static void samples_at_one_instant_are_counted_once_time_passes(void **state)
{
    (void)state;
    progress p = started(1000);
    progress_sample s = p.last;
    for (int i = 0; i < 10; i++) {
        s.chunks += 10;
        progress_update(&p, p.last_ns, &s);
        assert_float_equal(progress_chunks_per_second(&p), 0, 0);
    }
    progress_update(&p, p.last_ns + second_ns, &s);
    assert_float_equal(progress_chunks_per_second(&p), 100, 10);
}

static void counts_that_fall_are_taken_as_no_progress(void **state)
{
    (void)state;
    progress p = started(300);
    run_steadily(&p, 3, 100, 1);
    progress_sample s = p.last;
    s.chunks = 0;
    progress_update(&p, p.last_ns + second_ns, &s);
    assert_true(progress_chunks_per_second(&p) < 10);
}

static const char *duration(buffer *b, double seconds)
{
    buffer_reset(b);
    progress_duration(seconds, b);
    return buffer_text(b);
}

static void durations_read_as_on_a_clock(void **state)
{
    (void)state;
    buffer b;
    buffer_init(&b, 100);
    assert_string_equal(duration(&b, 0), "0:00");
    assert_string_equal(duration(&b, 9.4), "0:09");
    assert_string_equal(duration(&b, 59.6), "1:00");
    assert_string_equal(duration(&b, 754), "12:34");
    assert_string_equal(duration(&b, 11107), "3:05:07");
    assert_string_equal(duration(&b, INFINITY), "2376:00:00");
    buffer_done(&b);
}

static void the_bar_shows_files_speed_and_time_left(void **state)
{
    (void)state;
    buffer b;
    buffer_init(&b, 1000);
    progress p = started(4000);
    run_steadily(&p, 20, 100, 5);
    p.last.seconds_left = 2;
    progress_bar(&p, 100, &b);
    assert_string_equal(buffer_text(&b),
                        "[==============>             ]  20/100 files  50.0 chunks/s  0:02 left");
    buffer_done(&b);
}

static void the_bar_keeps_to_the_width(void **state)
{
    (void)state;
    progress p = started(4000);
    run_steadily(&p, 20, 100, 5);
    p.last.seconds_left = 2;
    for (uint32_t width = 0; width < 120; width++) {
        buffer b;
        buffer_init(&b, 1000);
        progress_bar(&p, width, &b);
        assert_true(b.size <= width);
        if (width >= 12) assert_non_null(strstr(buffer_text(&b), "20/100 files"));
        buffer_done(&b);
    }
}

static void the_sentence_says_the_same(void **state)
{
    (void)state;
    buffer b;
    buffer_init(&b, 1000);
    progress p = started(4000);
    run_steadily(&p, 20, 100, 5);
    p.last.seconds_left = 2;
    progress_sentence(&p, &b);
    assert_string_equal(buffer_text(&b),
                        "20 of 100 files, 100 chunks, 50.0 chunks/s, about 0:02 left");
    buffer_done(&b);
}

static void no_time_is_shown_while_none_is_known(void **state)
{
    (void)state;
    buffer b;
    buffer_init(&b, 1000);
    progress p = started(4000);
    run_steadily(&p, 20, 100, 5);
    progress_bar(&p, 100, &b);
    progress_sentence(&p, &b);
    assert_null(strstr(buffer_text(&b), "left"));
    buffer_done(&b);
}

/* When all files are stored and their chunks wait, it is these that are counted, at their speed. */
static void the_second_phase_shows_chunks(void **state)
{
    (void)state;
    buffer b;
    buffer_init(&b, 1000);
    progress p = started(4000);
    progress_sample s = {.files = 100,
                         .files_total = 100,
                         .bytes = 4000,
                         .bytes_total = 4000,
                         .waiting = 200,
                         .seconds_left = -1};
    progress_update(&p, p.last_ns + second_ns, &s); // 200 chunks a second were stored
    for (int i = 0; i < 5; i++) {
        s.chunks += 10;
        s.waiting -= 10;
        progress_update(&p, p.last_ns + second_ns, &s);
    }
    progress_bar(&p, 100, &b);
    assert_non_null(strstr(buffer_text(&b), "50/200 chunks embedded"));
    assert_float_equal(progress_chunks_per_second(&p), 10, 2.5);
    buffer_reset(&b);
    progress_sentence(&p, &b);
    assert_non_null(strstr(buffer_text(&b), "found by their words; 50 of 200 chunks embedded"));
    buffer_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_second_phase_shows_chunks),
        cmocka_unit_test(a_steady_speed_is_known_from_the_first_step),
        cmocka_unit_test(the_speed_follows_the_recent_past),
        cmocka_unit_test(samples_at_one_instant_are_counted_once_time_passes),
        cmocka_unit_test(no_time_is_shown_while_none_is_known),
        cmocka_unit_test(counts_that_fall_are_taken_as_no_progress),
        cmocka_unit_test(durations_read_as_on_a_clock),
        cmocka_unit_test(the_bar_shows_files_speed_and_time_left),
        cmocka_unit_test(the_bar_keeps_to_the_width),
        cmocka_unit_test(the_sentence_says_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
