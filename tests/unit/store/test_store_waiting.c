/* test_store_waiting.c - a call that waits for others ends when its limit says so, and then it has
 * done nothing; what has begun is not ended. */
#include "fixture.h"

#include "os/clock.h"
#include "patience.h"
#include "store/readers.h"
#include "store/store_internal.h"

#include <pthread.h>
#include <stdatomic.h>

/* Lets so many checks pass. */
typedef struct asker {
    atomic_int left;
} asker;

static int ask(void *context)
{
    asker *a = context;
    return atomic_fetch_sub(&a->left, 1) <= 0;
}

static call_limit limit_of(asker *a)
{
    return (call_limit){.is_cancelled = ask, .context = a};
}

static kith_status count_run(writing *w, void *context, kith_error *err)
{
    (void)w;
    (void)err;
    atomic_fetch_add((atomic_int *)context, 1);
    return KITH_OK;
}

/* Another process's turn, as far as the store can tell. */
static directory_turn *take_their_turn(const fixture *f)
{
    kith_error err = {0};
    directory_turn *theirs = NULL;
    // The writer may be about to leave its turn.
    assert_ok(directory_turn_new(f->directory, patience_ms(10000), &theirs, &err));
    assert_ok(directory_turn_enter(theirs, TURN_WAIT, &err));
    return theirs;
}

static void end_their_turn(directory_turn *theirs)
{
    directory_turn_leave(theirs);
    directory_turn_free(theirs);
}

static void a_put_gives_up_waiting_for_another_process(void **state)
{
    const fixture *f = *state;
    kith_error err = {0};
    float vector[DIM] = {1};
    const store_point p = point_of("p", NULL, vector);
    directory_turn *theirs = take_their_turn(f);
    for (int checks = 0; checks < 4; checks++) {
        asker a = {checks};
        const call_limit limit = limit_of(&a);
        store_put put = {.points = &p, .count = 1, .limit = &limit};
        assert_status(KITH_ERR_CANCELLED,
                      store_put_points_with(f->store, f->collection, &put, &err));
        assert_string_equal(err.message, "stopped by the caller");
    }
    const call_limit soon = {.deadline_ns = clock_monotonic_ns() + 30000000, .timeout_ms = 30};
    store_put put = {.points = &p, .count = 1, .limit = &soon};
    assert_status(KITH_ERR_TIMEOUT, store_put_points_with(f->store, f->collection, &put, &err));
    end_their_turn(theirs);
    // Not one of them was put, or is put now.
    put.limit = NULL;
    assert_ok(store_put_points_with(f->store, f->collection, &put, &err));
    assert_int_equal(put.total, 1);
    assert_int_equal(put.sequence, 1);
}

static void sources_and_pins_give_up_waiting_too(void **state)
{
    const fixture *f = *state;
    kith_error err = {0};
    uint64_t sequence = 0;
    float vector[DIM] = {1};
    const store_point chunk = point_of("d_0", "chunk", vector);
    const store_document d = {.key = VIEW("d"),
                              .title = VIEW("title"),
                              .text = VIEW("the text"),
                              .points = &chunk,
                              .point_count = 1};
    const store_source source = {.path = VIEW("s"), .hash = VIEW("h"), .bytes = 1};
    const store_deposit deposit = {&source, &d, 1};
    store_deposits what = {.deposits = &deposit, .count = 1};
    directory_turn *theirs = take_their_turn(f);
    for (int checks = 0; checks < 4; checks++) {
        asker a = {checks};
        const call_limit limit = limit_of(&a);
        const store_pin pin = {.dim = DIM, .model = VIEW("m"), .limit = &limit};
        what.limit = &limit;
        assert_status(KITH_ERR_CANCELLED,
                      store_put_sources(f->store, f->collection, &what, &sequence, &err));
        a.left = checks;
        assert_status(KITH_ERR_CANCELLED,
                      store_collection_pin(f->store, f->collection, &pin, &err));
    }
    end_their_turn(theirs);
    // Not one of them was put, or is put now.
    what.limit = NULL;
    assert_ok(store_put_sources(f->store, f->collection, &what, &sequence, &err));
    assert_int_equal(sequence, 1);
}

static void a_filtered_deletion_gives_up_waiting_too(void **state)
{
    const fixture *f = *state;
    kith_error err = {0};
    uint64_t sequence = 0;
    uint32_t deleted = 0;
    asker a = {3};
    const call_limit limit = limit_of(&a);
    const view key = VIEW("p");
    (void)add_point(*state, "p", 1);
    directory_turn *theirs = take_their_turn(f);
    store_key_list list = {.keys = &key, .count = 1, .limit = &limit};
    assert_status(KITH_ERR_CANCELLED,
                  store_delete_matching(f->store, f->collection, &list, &sequence, &deleted, &err));
    end_their_turn(theirs);
    list.limit = NULL;
    assert_ok(store_delete_matching(f->store, f->collection, &list, &sequence, &deleted, &err));
    assert_int_equal(deleted, 1);
}

typedef struct other_call {
    const fixture *fixture;
    atomic_int runs;
    kith_status status;
} other_call;

static void *run_other(void *context)
{
    other_call *o = context;
    o->status = writer_run(o->fixture->store->writer, count_run, &o->runs, NULL);
    return NULL;
}

/* Both are in the group that waits, or one in the queue behind it. */
static void others_of_the_group_go_on_waiting(void **state)
{
    kith_error err = {0};
    for (int checks = 1; checks < 6; checks++) {
        pthread_t thread;
        other_call other = {.fixture = *state};
        atomic_int runs = 0;
        asker a = {checks};
        const call_limit limit = limit_of(&a);
        directory_turn *theirs = take_their_turn(*state);
        assert_int_equal(pthread_create(&thread, NULL, run_other, &other), 0);
        assert_status(KITH_ERR_CANCELLED, writer_run_within(other.fixture->store->writer, count_run,
                                                            &runs, &limit, &err));
        end_their_turn(theirs);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_int_equal(other.status, KITH_OK);
        assert_int_equal(other.runs, 1);
        assert_ok(writer_run(other.fixture->store->writer, count_run, &other.runs, &err));
        assert_int_equal(runs, 0);
    }
}

typedef struct long_job {
    const fixture *fixture;
    atomic_bool has_begun, may_end;
    kith_status status;
} long_job;

static kith_status last_long(writing *w, void *context, kith_error *err)
{
    (void)w;
    (void)err;
    long_job *j = context;
    atomic_store(&j->has_begun, true);
    while (!atomic_load(&j->may_end))
        clock_sleep_ms(1);
    return KITH_OK;
}

static void *run_long(void *context)
{
    long_job *j = context;
    j->status = writer_run(j->fixture->store->writer, last_long, j, NULL);
    return NULL;
}

static void start_long(long_job *j, pthread_t *thread)
{
    assert_int_equal(pthread_create(thread, NULL, run_long, j), 0);
    while (!atomic_load(&j->has_begun))
        clock_sleep_ms(1);
}

static void a_call_gives_up_waiting_for_a_long_job_of_another_thread(void **state)
{
    kith_error err = {0};
    pthread_t thread;
    long_job job = {.fixture = *state};
    atomic_int runs = 0;
    start_long(&job, &thread);
    for (int checks = 0; checks < 4; checks++) {
        asker a = {checks};
        const call_limit limit = limit_of(&a);
        assert_status(KITH_ERR_CANCELLED, writer_run_within(job.fixture->store->writer, count_run,
                                                            &runs, &limit, &err));
    }
    atomic_store(&job.may_end, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(job.status, KITH_OK);
    assert_ok(writer_run(job.fixture->store->writer, count_run, &runs, &err));
    assert_int_equal(runs, 1); // the last one alone
}

/* The limit of the call whose job this is: it says no once the job has begun, and the job ends only
 * when it was asked. */
static int refuse_once_begun(void *context)
{
    long_job *j = context;
    if (!atomic_load(&j->has_begun)) return 0;
    atomic_store(&j->may_end, true);
    return 1;
}

static void what_has_begun_is_not_ended(void **state)
{
    kith_error err = {0};
    pthread_t thread;
    long_job first = {.fixture = *state}, second = {.fixture = *state};
    const call_limit limit = {.is_cancelled = refuse_once_begun, .context = &second};
    start_long(&first, &thread); // so that the second is run by the writer's thread
    atomic_store(&first.may_end, true);
    assert_ok(writer_run_within(first.fixture->store->writer, last_long, &second, &limit, &err));
    assert_int_equal(pthread_join(thread, NULL), 0);
}

typedef struct reading_thread {
    readers *readers;
    pthread_barrier_t *all_read, *may_end;
} reading_thread;

static void *read_for_long(void *context)
{
    const reading_thread *r = context;
    connection *c = NULL;
    kith_status status = readers_acquire(r->readers, &c, NULL);
    (void)pthread_barrier_wait(r->all_read);
    (void)pthread_barrier_wait(r->may_end);
    if (status == KITH_OK) readers_release(r->readers, c);
    return NULL;
}

static void a_call_gives_up_waiting_for_a_connection(void **state)
{
    const fixture *f = *state;
    kith_error err = {0};
    pthread_t threads[READERS_MAX];
    pthread_barrier_t all_read, may_end;
    store_point *found = NULL;
    uint32_t count = 0;
    connection *c = NULL;
    assert_int_equal(pthread_barrier_init(&all_read, NULL, READERS_MAX + 1), 0);
    assert_int_equal(pthread_barrier_init(&may_end, NULL, READERS_MAX + 1), 0);
    reading_thread r = {f->store->readers, &all_read, &may_end};
    for (int i = 0; i < READERS_MAX; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_for_long, &r), 0);
    (void)pthread_barrier_wait(&all_read);
    for (int checks = 0; checks < 4; checks++) {
        asker a = {checks};
        const call_limit limit = limit_of(&a);
        const store_scan scan = {.limit = 10, .call = &limit};
        assert_status(KITH_ERR_CANCELLED, readers_acquire_within(r.readers, &limit, &c, &err));
        atomic_store(&a.left, checks);
        assert_status(KITH_ERR_CANCELLED,
                      store_scan_points(f->store, f->collection, &scan, &((fixture *)*state)->arena,
                                        &found, &count, &err));
    }
    (void)pthread_barrier_wait(&may_end);
    asker a = {1000000};
    const call_limit limit = limit_of(&a);
    assert_ok(readers_acquire_within(r.readers, &limit, &c, &err));
    readers_release(r.readers, c);
    for (int i = 0; i < READERS_MAX; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    (void)pthread_barrier_destroy(&all_read);
    (void)pthread_barrier_destroy(&may_end);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(a_put_gives_up_waiting_for_another_process),
        with_store(sources_and_pins_give_up_waiting_too),
        with_store(a_filtered_deletion_gives_up_waiting_too),
        with_store(others_of_the_group_go_on_waiting),
        with_store(a_call_gives_up_waiting_for_a_long_job_of_another_thread),
        with_store(what_has_begun_is_not_ended),
        with_store(a_call_gives_up_waiting_for_a_connection),
    };
    return cmocka_run_group_tests(tests, use_memory_disk, NULL);
}
