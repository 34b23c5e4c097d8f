/* test_store_writer.c - which thread runs a job of the writer, what a job that is alone leaves when
 * it fails, and the row numbers that jobs leave to each other. */
#include "fixture.h"

#include "os/clock.h"
#include "store/store_internal.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/wait.h>

typedef struct note {
    pthread_t thread; /* that ran the job */
    uint32_t runs;
} note;

static kith_status note_thread(writing *w, void *context, kith_error *err)
{
    (void)w;
    (void)err;
    note *n = context;
    n->thread = pthread_self();
    n->runs++;
    return KITH_OK;
}

static void a_caller_runs_the_job_when_nobody_writes(void **state)
{
    enum { TRIES = 10000 }; // the thread may be busy still with what opening the store gave it
    const fixture *f = *state;
    kith_error err = {0};
    note n = {0};
    uint32_t tries = 0;
    for (; tries < TRIES && (n.runs == 0 || !pthread_equal(n.thread, pthread_self())); tries++) {
        if (tries > 0) clock_sleep_ms(1);
        assert_ok(writer_run(f->store->writer, note_thread, &n, &err));
    }
    assert_true(tries < TRIES);
    assert_int_equal(n.runs, tries);
}

/* It may be left undone, so nobody is to wait for a caller of low priority who runs it. */
static void the_thread_runs_what_is_not_worth_waiting_for(void **state)
{
    const fixture *f = *state;
    kith_error err = {0};
    note n = {0};
    assert_ok(writer_try(f->store->writer, note_thread, &n, &err));
    assert_false(pthread_equal(n.thread, pthread_self()));
    assert_int_equal(n.runs, 1);
}

/* A job that lasts until another caller has had time to come and to queue. */
typedef struct meeting {
    const fixture *fixture;
    pthread_t other;
    note other_note;
    kith_status other_status;
    atomic_bool is_started;
} meeting;

static void *run_other(void *context)
{
    meeting *m = context;
    atomic_store(&m->is_started, true);
    m->other_status = writer_run(m->fixture->store->writer, note_thread, &m->other_note, NULL);
    return NULL;
}

static kith_status meet(writing *w, void *context, kith_error *err)
{
    (void)w;
    (void)err;
    meeting *m = context;
    assert_int_equal(pthread_create(&m->other, NULL, run_other, m), 0);
    while (!atomic_load(&m->is_started))
        clock_sleep_ms(1);
    clock_sleep_ms(20);
    assert_int_equal(m->other_note.runs, 0); // one job at a time
    return KITH_OK;
}

static void a_caller_who_comes_meanwhile_is_served(void **state)
{
    kith_error err = {0};
    meeting m = {.fixture = *state};
    for (int i = 1; i <= 3; i++) {
        m.other_note = (note){0};
        atomic_store(&m.is_started, false);
        assert_ok(writer_run(m.fixture->store->writer, meet, &m, &err));
        assert_int_equal(pthread_join(m.other, NULL), 0);
        assert_int_equal(m.other_status, KITH_OK);
        assert_int_equal(m.other_note.runs, 1);
    }
}

static kith_status put_two_then_fail(writing *w, void *context, kith_error *err)
{
    const fixture *f = context;
    store_collection c = {0};
    float vector[DIM] = {1};
    const store_point a = point_of("a", NULL, vector), b = point_of("b", NULL, vector);
    kith_status status = change_begin(w, f->collection, &c, err);
    if (status == KITH_OK) status = numbers_take_rows(w, 2, err);
    point_batch batch = {.w = w, .c = &c};
    if (status == KITH_OK) status = point_batch_add(&batch, &a, (view){NULL, 0}, err);
    if (status == KITH_OK) status = point_batch_add(&batch, &b, (view){NULL, 0}, err);
    if (status == KITH_OK) status = point_batch_end(&batch, err);
    if (status == KITH_OK) status = change_end(w, &c, err);
    return status == KITH_OK ? fail(err, KITH_ERR_CANCELLED, "changed its mind") : status;
}

static void a_job_that_fails_alone_leaves_nothing(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    (void)add_point(f, "before", 1);
    uint64_t sequence = get_collection(f).sequence;
    assert_status(KITH_ERR_CANCELLED, writer_run(f->store->writer, put_two_then_fail, f, &err));
    assert_string_equal(err.message, "changed its mind");
    assert_int_equal(get_point(f, "a").row, 0);
    assert_int_equal(get_collection(f).sequence, sequence);
    (void)add_point(f, "a", 1);
    assert_true(get_point(f, "a").row > get_point(f, "before").row);
    assert_ok(store_check(f->store, &err));
}

/* In a process of its own, which the signal would end. */
static int write_beyond_the_limit(const fixture *f)
{
    kith_error err = {0};
    store *s = NULL;
    uint64_t sequence = 0;
    float vector[DIM] = {1};
    sigset_t pending, mask;
    static char text[200000];
    memset(text, 'x', sizeof text - 1);
    store_point p = point_of("large", text, vector);
    if (signal(SIGXFSZ, SIG_DFL) == SIG_ERR || store_open(f->directory, &s, &err) != KITH_OK)
        return 2;
    const struct rlimit limit = {100000, RLIM_INFINITY};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 3;
    kith_status status = store_put_points(s, f->collection, STORE_ADD, &p, 1, &sequence, &err);
    if (status != KITH_ERR_FULL && status != KITH_ERR_IO) return 4;
    if (sigpending(&pending) != 0 || sigismember(&pending, SIGXFSZ)) return 5;
    if (pthread_sigmask(SIG_BLOCK, NULL, &mask) != 0 || sigismember(&mask, SIGXFSZ)) return 6;
    return 0;
}

static void a_write_beyond_the_limit_on_file_sizes_ends_no_program(void **state)
{
    fixture *f = *state;
    int how = 0;
    fixture_close(f);
    pid_t child = fork();
    if (child == 0) _exit(write_beyond_the_limit(f));
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFEXITED(how));
    assert_int_equal(WEXITSTATUS(how), 0);
    fixture_open(f);
    assert_int_equal(get_point(f, "large").row, 0);
    (void)add_point(f, "small", 1);
}

/* A second store on the directory stands for another process. */
static void row_numbers_ascend_in_the_order_of_commits_of_all_processes(void **state)
{
    enum { TURNS = 200 };
    fixture *f = *state, there = *f;
    kith_error err = {0};
    uint64_t last = 0;
    char key[32];
    fixture_open(&there);
    for (int i = 0; i < TURNS; i++) {
        (void)snprintf(key, sizeof key, "p%d", i);
        (void)add_point(i % 3 == 0 ? &there : f, key, 1);
        uint64_t row = get_point(f, key).row;
        assert_true(row > last);
        last = row;
    }
    assert_ok(store_check(f->store, &err));
    fixture_close(&there);
}

/* Single points cross the limit of what is taken at once, and failures drop what is left of it. */
static void row_numbers_that_were_left_are_used_once(void **state)
{
    enum { POINTS = 300 };
    fixture *f = *state;
    kith_error err = {0};
    uint64_t last = 0, sequence = 0;
    char key[32];
    float vector[DIM] = {1};
    const store_point taken = point_of("p0", NULL, vector);
    for (int i = 0; i < POINTS; i++) {
        (void)snprintf(key, sizeof key, "p%d", i);
        (void)add_point(f, key, 1);
        uint64_t row = get_point(f, key).row;
        assert_true(row > last);
        last = row;
        if (i % 7 == 0)
            assert_status(KITH_ERR_EXISTS, store_put_points(f->store, f->collection, STORE_ADD,
                                                            &taken, 1, &sequence, &err));
    }
    assert_ok(store_check(f->store, &err));
}

static void what_a_put_tells_is_what_is_stored(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    float vector[DIM] = {1};
    const store_point points[] = {point_of("a", NULL, vector), point_of("b", NULL, vector),
                                  point_of("c", NULL, vector)};
    store_put put = {.mode = STORE_UPSERT, .points = points, .count = 2};
    assert_ok(store_put_points_with(f->store, f->collection, &put, &err));
    assert_int_equal(put.first_row, get_point(f, "a").row);
    assert_int_equal(put.first_row + 1, get_point(f, "b").row);
    assert_int_equal(put.sequence, get_collection(f).sequence);
    assert_int_equal(put.total, 2);
    put.count = 3; /* two of them are there */
    assert_ok(store_put_points_with(f->store, f->collection, &put, &err));
    assert_int_equal(put.first_row, 0);
    assert_int_equal(put.total, 3);
    put.mode = STORE_UPDATE;
    assert_ok(store_put_points_with(f->store, f->collection, &put, &err));
    assert_int_equal(put.first_row, 0);
    assert_int_equal(put.sequence, get_collection(f).sequence);
    put.name = VIEW("d");
    assert_status(KITH_ERR_NOT_FOUND, store_put_points_with(f->store, f->collection, &put, &err));
    assert_non_null(strstr(err.message, "'d'"));
    put.name = VIEW("c");
    assert_ok(store_put_points_with(f->store, f->collection, &put, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(a_caller_runs_the_job_when_nobody_writes),
        with_store(the_thread_runs_what_is_not_worth_waiting_for),
        with_store(a_caller_who_comes_meanwhile_is_served),
        with_store(a_job_that_fails_alone_leaves_nothing),
        with_store(a_write_beyond_the_limit_on_file_sizes_ends_no_program),
        with_store(row_numbers_ascend_in_the_order_of_commits_of_all_processes),
        with_store(row_numbers_that_were_left_are_used_once),
        with_store(what_a_put_tells_is_what_is_stored),
    };
    return cmocka_run_group_tests(tests, use_memory_disk, NULL);
}
