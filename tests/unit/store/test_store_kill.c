/* test_store_kill.c - SIGKILL at random times: what was acknowledged is there, and no batch is
 * there by half. A child writes batches from two threads and reports each through a pipe once it
 * was acknowledged. This shows atomicity and recovery. That the data is on the disk only a power
 * cut could show. */
#include "fixture.h"

#include "base/rng.h"
#include "os/clock.h"
#include "os/file.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

enum { ROUNDS = 25, THREADS = 2, BATCH = 7 };

typedef struct child_thread {
    store *store;
    uint64_t collection;
    int pipe;
    uint32_t thread, first_batch;
} child_thread;

typedef struct acknowledgement {
    uint32_t thread, batch;
} acknowledgement;

static void batch_key(char out[32], uint32_t thread, uint32_t batch, uint32_t i)
{
    (void)snprintf(out, 32, "t%u-b%u-%u", thread, batch, i);
}

/* Adds batch after batch, until the kill. */
static void *write_batches(void *context)
{
    const child_thread *t = context;
    kith_error err = {0};
    for (uint32_t batch = t->first_batch;; batch++) {
        char keys[BATCH][32];
        float vectors[BATCH][DIM];
        store_point points[BATCH];
        uint64_t sequence = 0;
        for (uint32_t i = 0; i < BATCH; i++) {
            batch_key(keys[i], t->thread, batch, i);
            memset(vectors[i], 0, sizeof vectors[i]);
            vectors[i][0] = (float)batch;
            points[i] = point_of(keys[i], "content that is long enough to matter", vectors[i]);
        }
        if (store_put_points(t->store, t->collection, STORE_ADD, points, BATCH, &sequence, &err))
            _exit(3);
        acknowledgement ack = {t->thread, batch};
        if (write(t->pipe, &ack, sizeof ack) != sizeof ack) _exit(4);
    }
    return NULL;
}

static _Noreturn void run_child(const fixture *f, int pipe_fd, const uint32_t first_batch[THREADS])
{
    kith_error err = {0};
    store *s = NULL;
    pthread_t threads[THREADS];
    child_thread starts[THREADS];
    if (store_open(f->directory, &s, &err) != KITH_OK) _exit(2);
    for (uint32_t i = 0; i < THREADS; i++) {
        starts[i] = (child_thread){s, f->collection, pipe_fd, i, first_batch[i]};
        if (pthread_create(&threads[i], NULL, write_batches, &starts[i]) != 0) _exit(5);
    }
    for (;;)
        (void)pause();
}

/* Starts a child, kills it after a while; acked[i] is the number of batches that thread i saw
 * acknowledged. */
static void run_and_kill(const fixture *f, uint32_t life_ms, uint32_t acked[THREADS])
{
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)close(fds[0]);
        run_child(f, fds[1], acked);
    }
    assert_int_equal(close(fds[1]), 0);
    clock_sleep_ms(life_ms);
    assert_int_equal(kill(pid, SIGKILL), 0);
    int how = 0;
    assert_int_equal(waitpid(pid, &how, 0), pid);
    assert_true(WIFSIGNALED(how));
    acknowledgement ack;
    while (read(fds[0], &ack, sizeof ack) == sizeof ack)
        acked[ack.thread] = ack.batch + 1;
    assert_int_equal(close(fds[0]), 0);
}

static uint32_t count_present(fixture *f, uint32_t thread, uint32_t batch)
{
    kith_error err = {0};
    char keys[BATCH][32];
    view views[BATCH];
    store_point points[BATCH];
    uint32_t present = 0;
    for (uint32_t i = 0; i < BATCH; i++) {
        batch_key(keys[i], thread, batch, i);
        views[i] = view_of(keys[i]);
    }
    assert_ok(store_get_points(f->store, f->collection, views, BATCH, STORE_WITH_VECTOR, &f->arena,
                               points, &err));
    for (uint32_t i = 0; i < BATCH; i++) {
        if (points[i].row == 0) continue;
        assert_true(points[i].vector[0] == (float)batch);
        present++;
    }
    return present;
}

/* Nothing may be appended to a log whose tail the last process may have failed to sync. */
static void assert_log_is_empty(const fixture *f)
{
    kith_error err = {0};
    char path[PATH_BYTES];
    file_info info = {0};
    fixture_path(f, "-wal", path);
    assert_ok(file_stat(path, &info, &err));
    assert_int_equal(info.bytes, 0);
}

static void acknowledged_batches_survive_kills_and_none_is_half(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    uint32_t acked[THREADS] = {0};
    uint64_t seed = (uint64_t)clock_monotonic_ns();
    rng random = {seed};
    print_message("seed %llu\n", (unsigned long long)seed);
    fixture_close(f);
    for (int round = 0; round < ROUNDS; round++) {
        run_and_kill(f, 1 + rng_below(&random, 100), acked);
        fixture_open(f);
        assert_log_is_empty(f);
        for (uint32_t t = 0; t < THREADS; t++) {
            for (uint32_t batch = 0; batch < acked[t]; batch++)
                assert_int_equal(count_present(f, t, batch), BATCH);
            /* The one under way may have been committed without its acknowledgement, whole. */
            uint32_t last = count_present(f, t, acked[t]);
            assert_true(last == 0 || last == BATCH);
            if (last == BATCH) acked[t]++;
            assert_int_equal(count_present(f, t, acked[t]), 0);
        }
        assert_ok(store_check(f->store, &err));
        assert_int_equal(get_collection(f).points, (acked[0] + acked[1]) * BATCH);
        fixture_close(f);
        arena_reset(&f->arena);
    }
    print_message("%d kills, %u batches acknowledged\n", ROUNDS, acked[0] + acked[1]);
    assert_true(acked[0] + acked[1] > 0);
    fixture_open(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(acknowledged_batches_survive_kills_and_none_is_half),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
