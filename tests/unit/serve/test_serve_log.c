/* test_serve_log.c - lines by a thread of their own: all of them in order while somebody reads, and
 * what becomes of them while nobody does. */
#include "test.h"

#include "os/clock.h"
#include "patience.h"
#include "serve/log.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

typedef struct read_end {
    int fd;
    buffer got;
    pthread_t thread;
} read_end;

static void *read_all(void *context)
{
    read_end *r = context;
    char part[4096];
    ssize_t n = 0;
    while ((n = read(r->fd, part, sizeof part)) > 0)
        buffer_append(&r->got, (view){part, (size_t)n});
    return NULL;
}

static void read_begin(read_end *r, int fd)
{
    r->fd = fd;
    buffer_init(&r->got, (size_t)64 << 20);
    assert_int_equal(pthread_create(&r->thread, NULL, read_all, r), 0);
}

static uint64_t count_lines(view text, const char *holding)
{
    uint64_t count = 0;
    for (size_t at = 0; at < text.size;) {
        const view rest = view_slice(text, at, text.size);
        const size_t end = view_find(rest, VIEW("\n"));
        assert_true(end < rest.size); // the last line is whole too
        const view line = view_slice(rest, 0, end);
        if (view_find(line, view_of(holding)) < line.size) count++;
        at += end + 1;
    }
    return count;
}

typedef struct stream {
    int ends[2];
    FILE *out;
    log_stream log;
} stream;

static void stream_open(stream *s)
{
    kith_error err = {0};
    assert_int_equal(pipe(s->ends), 0);
    s->out = fdopen(s->ends[1], "w");
    assert_non_null(s->out);
    log_init(&s->log, s->out, LOG_INFO, false);
    assert_ok(log_write_apart(&s->log, &err));
}

static void add_line(log_stream *l, const char *event, int number, bool keep)
{
    char text[256];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    log_begin(l, LOG_INFO, event);
    log_number(l, "number", (uint64_t)number);
    log_text(l, "text", text);
    if (keep) log_keep(l);
    log_end(l);
}

static void *add_many(void *context)
{
    for (int i = 0; i < 2000; i++)
        add_line(context, "many", i, false);
    return NULL;
}

static void lines_of_many_threads_are_whole(void **state)
{
    (void)state;
    enum { THREADS = 4 };
    stream s;
    read_end reader;
    pthread_t threads[THREADS];
    stream_open(&s);
    read_begin(&reader, s.ends[0]);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, add_many, &s.log), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    log_done(&s.log);
    assert_int_equal(fclose(s.out), 0);
    assert_int_equal(pthread_join(reader.thread, NULL), 0);
    assert_int_equal(count_lines(buffer_view(&reader.got), "event=many"), THREADS * 2000);
    buffer_done(&reader.got);
    assert_int_equal(close(reader.fd), 0);
}

/* Twice full and read again: the room is used anew. */
static void what_nobody_reads_is_dropped_but_what_must_be_kept_and_the_number_is_told(void **state)
{
    (void)state;
    stream s;
    read_end reader;
    int lines = 0;
    stream_open(&s);
    const int64_t end_ns = clock_monotonic_ns() + (int64_t)patience_ms(60000) * 1000000;
    do { // until the thread, too, waits for the reader
        while (!log_is_full(&s.log) && clock_monotonic_ns() < end_ns)
            add_line(&s.log, "request", lines++, false);
        clock_sleep_ms(3 * LOG_PATIENCE_MS);
    } while (!log_is_full(&s.log) && clock_monotonic_ns() < end_ns);
    assert_true(log_is_full(&s.log));
    assert_true(lines > LOG_WAITING_BYTES / 400);
    for (int i = 0; i < 100; i++)
        add_line(&s.log, "audit", i, true);
    for (int i = 0; i < 50; i++)
        add_line(&s.log, "request", lines++, false);
    assert_true(log_is_full(&s.log));
    read_begin(&reader, s.ends[0]);
    while (log_is_full(&s.log) && clock_monotonic_ns() < end_ns)
        clock_sleep_ms(1);
    assert_false(log_is_full(&s.log));
    add_line(&s.log, "after", 0, false);
    log_done(&s.log);
    assert_int_equal(fclose(s.out), 0);
    assert_int_equal(pthread_join(reader.thread, NULL), 0);
    const view got = buffer_view(&reader.got);
    assert_int_equal(count_lines(got, "event=audit"), 100);
    assert_int_equal(count_lines(got, "event=after"), 1);
    assert_int_equal(count_lines(got, "event=lines_dropped"), 1);
    char told[48];
    (void)snprintf(told, sizeof told, "event=lines_dropped count=%d ",
                   lines - (int)count_lines(got, "event=request"));
    assert_int_equal(count_lines(got, told), 1);
    buffer_done(&reader.got);
    assert_int_equal(close(reader.fd), 0);
}

/* It is read only when the log has begun to end. */
static void the_number_is_told_at_the_end_too(void **state)
{
    (void)state;
    stream s;
    read_end reader;
    int lines = 0;
    stream_open(&s);
    const int64_t end_ns = clock_monotonic_ns() + (int64_t)patience_ms(60000) * 1000000;
    do { // until the thread, too, waits for the reader
        while (!log_is_full(&s.log) && clock_monotonic_ns() < end_ns)
            add_line(&s.log, "request", lines++, false);
        clock_sleep_ms(3 * LOG_PATIENCE_MS);
    } while (!log_is_full(&s.log) && clock_monotonic_ns() < end_ns);
    for (int i = 0; i < 50; i++)
        add_line(&s.log, "request", lines++, false);
    read_begin(&reader, s.ends[0]);
    log_done(&s.log);
    assert_int_equal(fclose(s.out), 0);
    assert_int_equal(pthread_join(reader.thread, NULL), 0);
    char told[48];
    const view got = buffer_view(&reader.got);
    const int dropped = lines - (int)count_lines(got, "event=request");
    assert_true(dropped >= 50);
    (void)snprintf(told, sizeof told, "event=lines_dropped count=%d ", dropped);
    assert_int_equal(count_lines(got, told), 1);
    buffer_done(&reader.got);
    assert_int_equal(close(reader.fd), 0);
}

static void an_end_does_not_wait_for_a_reader_for_long(void **state)
{
    (void)state;
    stream s;
    stream_open(&s);
    for (int i = 0; i < 1000; i++)
        add_line(&s.log, "request", i, false);
    const int64_t begun_ns = clock_monotonic_ns();
    log_done(&s.log);
    assert_true(clock_monotonic_ns() - begun_ns >= (int64_t)LOG_STOP_MS * 1000000);
    assert_int_equal(fclose(s.out), 0);
    assert_int_equal(close(s.ends[0]), 0);
}

static void a_file_has_all_lines(void **state)
{
    (void)state;
    kith_error err = {0};
    log_stream l;
    FILE *file = tmpfile();
    assert_non_null(file);
    log_init(&l, file, LOG_INFO, true);
    assert_ok(log_write_apart(&l, &err));
    for (int i = 0; i < 20000; i++)
        add_line(&l, "request", i, false);
    log_done(&l);
    rewind(file);
    int lines = 0;
    for (int c = 0; (c = fgetc(file)) != EOF;)
        lines += c == '\n';
    assert_int_equal(lines, 20000);
    assert_int_equal(fclose(file), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_many_threads_are_whole),
        cmocka_unit_test(what_nobody_reads_is_dropped_but_what_must_be_kept_and_the_number_is_told),
        cmocka_unit_test(the_number_is_told_at_the_end_too),
        cmocka_unit_test(an_end_does_not_wait_for_a_reader_for_long),
        cmocka_unit_test(a_file_has_all_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
