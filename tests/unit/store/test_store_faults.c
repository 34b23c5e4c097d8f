/* test_store_faults.c - a disk that is full, that fails, and that fails to sync. */
#include "fixture.h"

#include "faulty_vfs.h"
#include "os/clock.h"

#include <pthread.h>

enum { BATCH = 5, EVERY_WRITE = FAULT_WRITE | FAULT_SYNC | FAULT_TRUNCATE };

static kith_status put_batch(const fixture *f, const char *name, uint32_t count, size_t text_bytes,
                             kith_error *err)
{
    uint64_t sequence = 0;
    float vector[DIM] = {1};
    char *text = calloc(1, text_bytes + 1);
    store_point *points = calloc(count, sizeof *points);
    char(*keys)[32] = calloc(count, sizeof *keys);
    assert_true(text && points && keys);
    memset(text, 'x', text_bytes);
    for (uint32_t i = 0; i < count; i++) {
        (void)snprintf(keys[i], sizeof keys[i], "%s-%u", name, i);
        points[i] = point_of(keys[i], text, vector);
    }
    kith_status status =
        store_put_points(f->store, f->collection, STORE_ADD, points, count, &sequence, err);
    free(keys);
    free(points);
    free(text);
    return status;
}

static uint32_t count_batch(fixture *f, const char *name)
{
    uint32_t present = 0;
    for (uint32_t i = 0; i < BATCH; i++) {
        char key[32];
        (void)snprintf(key, sizeof key, "%s-%u", name, i);
        present += get_point(f, key).row != 0;
    }
    return present;
}

static void a_full_disk_refuses_the_write_and_keeps_everything_else(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    (void)add_point(f, "before", 1);
    fault_arm(FAULT_WRITE, 0, true, SQLITE_FULL);
    assert_status(KITH_ERR_FULL, put_batch(f, "full", BATCH, 100, &err));
    assert_status(KITH_ERR_FULL, put_batch(f, "full", BATCH, 100, &err));
    assert_true(get_point(f, "before").row > 0); /* reads go on */
    assert_int_equal(count_batch(f, "full"), 0);
    assert_true(fault_disarm() > 0);
    assert_ok(put_batch(f, "full", BATCH, 100, &err)); /* space is back: so is the store */
    assert_int_equal(count_batch(f, "full"), BATCH);
    assert_ok(store_check(f->store, &err));
}

static void every_acknowledged_write_was_synced_before(void **state)
{
    enum { MANY = 1000000 };
    kith_error err = {0};
    fixture *f = *state;
    for (int i = 0; i < 5; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "b%d", i);
        fault_arm(FAULT_SYNC, MANY, false, 0); /* only to count */
        assert_ok(put_batch(f, name, BATCH, 100, &err));
        assert_true(atomic_load(&fault.after) < MANY);
        (void)fault_disarm();
    }
}

typedef struct fault_thread {
    const fixture *fixture;
    const char *name;
    uint32_t count;
    size_t text_bytes;
    kith_status status;
    kith_error err;
} fault_thread;

static void *put_in_thread(void *context)
{
    fault_thread *t = context;
    t->status = put_batch(t->fixture, t->name, t->count, t->text_bytes, &t->err);
    return NULL;
}

/* While another program holds the file, the first call waits in a group of its own and the others
 * behind it, in the next. */
static void put_in_groups(const fixture *f, fault_thread starts[3], int kinds, int after,
                          int result)
{
    char path[PATH_BYTES];
    sqlite3 *db = NULL;
    pthread_t threads[3];
    fixture_path(f, "", path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, put_in_thread, &starts[i]), 0);
        clock_sleep_ms(100);
    }
    fault_arm(kinds, after, false, result);
    assert_int_equal(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(fault_disarm(), 1);
}

static void assert_ended(const fault_thread *t, kith_status expected)
{
    kith_error err = t->err;
    assert_status(expected, t->status);
}

/* 40 MB are more than the writer keeps back: pages are written, and fail, while the job runs. */
static void a_job_that_rolls_the_transaction_back_fails_alone(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    fault_thread starts[] = {
        {.fixture = f, .name = "first", .count = BATCH, .text_bytes = 100},
        {.fixture = f, .name = "small", .count = BATCH, .text_bytes = 100},
        {.fixture = f, .name = "large", .count = 10000, .text_bytes = 4000},
    };
    put_in_groups(f, starts, FAULT_WRITE, 100, SQLITE_FULL);
    assert_ended(&starts[0], KITH_OK);
    assert_ended(&starts[1], KITH_OK);
    assert_ended(&starts[2], KITH_ERR_FULL);
    assert_int_equal(count_batch(f, "first"), BATCH);
    assert_int_equal(count_batch(f, "small"), BATCH);
    assert_int_equal(count_batch(f, "large"), 0);
    assert_int_equal(get_collection(f).points, 2 * BATCH);
    assert_ok(store_check(f->store, &err));
}

static void a_failed_commit_fails_what_was_in_it_and_nothing_else(void **state)
{
    fixture *f = *state;
    fault_thread starts[] = {
        {.fixture = f, .name = "first", .count = BATCH, .text_bytes = 100},
        {.fixture = f, .name = "first", .count = BATCH, .text_bytes = 100},
        {.fixture = f, .name = "other", .count = BATCH, .text_bytes = 100},
    };
    put_in_groups(f, starts, FAULT_SYNC, 1, 0); /* one sync a commit: the second fails */
    assert_ended(&starts[0], KITH_OK);
    assert_ended(&starts[1], KITH_ERR_EXISTS); /* it had failed before */
    assert_ended(&starts[2], KITH_ERR_IO);
    assert_int_equal(count_batch(f, "other"), 0);
}

static void after_a_failed_sync_nothing_is_written_until_reopened(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    (void)add_point(f, "before", 1);
    fault_arm(FAULT_SYNC, 0, false, 0);
    assert_status(KITH_ERR_IO, put_batch(f, "lost", BATCH, 100, &err));
    assert_int_equal(fault_disarm(), 1);
    assert_status(KITH_ERR_IO,
                  put_batch(f, "refused", BATCH, 100, &err)); /* though it would work */
    assert_non_null(strstr(err.message, "sync"));
    assert_true(get_point(f, "before").row > 0);
    assert_status(KITH_ERR_IO, store_close(f->store, &err));
    f->store = NULL;
    fixture_open(f);
    assert_true(get_point(f, "before").row > 0);
    assert_int_equal(count_batch(f, "refused"), 0);
    assert_true(count_batch(f, "lost") % BATCH == 0);
    assert_ok(put_batch(f, "after", BATCH, 100, &err));
    assert_ok(store_check(f->store, &err));
}

/* One opening, one write, one closing; true when the fault did not come. */
static bool write_under_fault(fixture *f, int after, const char *name, bool *acked)
{
    kith_error err = {0};
    fault_arm(EVERY_WRITE, after, false, 0);
    kith_status status = store_open(f->directory, &f->store, &err);
    kith_status written = KITH_ERR_IO, closed = KITH_OK;
    if (status == KITH_OK) {
        written = put_batch(f, name, BATCH, 3000, &err);
        closed = store_close(f->store, &err);
    }
    f->store = NULL;
    int injected = fault_disarm();
    if (injected)
        assert_true(status == KITH_ERR_IO || written == KITH_ERR_IO || closed == KITH_ERR_IO);
    else
        assert_true(status == KITH_OK && written == KITH_OK && closed == KITH_OK);
    *acked = written == KITH_OK;
    return injected == 0;
}

static void an_error_at_any_write_loses_nothing_acknowledged_and_leaves_no_half_batch(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    char name[32];
    bool acked = false, is_last = false;
    int after = 0;
    fixture_close(f);
    for (; !is_last; after++) {
        (void)snprintf(name, sizeof name, "batch%d", after);
        is_last = write_under_fault(f, after, name, &acked);
        fixture_open(f);
        uint32_t present = count_batch(f, name);
        assert_true(present == BATCH || (!acked && present == 0));
        assert_ok(store_check(f->store, &err));
        fixture_close(f);
    }
    print_message("%d writes, syncs and truncations failed in turn\n", after - 1);
    assert_true(after > 10);
    fixture_open(f);
}

static void an_error_at_any_write_while_creating_leaves_a_store_that_opens(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    int injected = 1, after = 0;
    fixture_close(f);
    for (; injected > 0; after++) {
        char path[PATH_BYTES];
        fixture_path(f, "", path);
        assert_int_equal(unlink(path), 0);
        fault_arm(EVERY_WRITE, after, false, 0);
        kith_status status = store_open(f->directory, &f->store, &err);
        if (status == KITH_OK) status = store_close(f->store, &err);
        f->store = NULL;
        injected = fault_disarm();
        assert_int_equal(status, injected ? KITH_ERR_IO : KITH_OK);
        fixture_open(f);
        assert_ok(store_collection_create(f->store, VIEW("c"), KITH_COSINE, DIM, VIEW(""), 0,
                                          &f->collection, &err));
        (void)add_point(f, "a", 1);
        assert_ok(store_check(f->store, &err));
        fixture_close(f);
    }
    assert_true(after > 10);
    fixture_open(f);
}

static void an_error_while_reading_is_reported_and_later_reads_work(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    view key = VIEW("a");
    store_point p = {0};
    (void)add_point(f, "a", 1);
    fixture_close(f); /* empties the caches */
    fixture_open(f);
    fault_arm(FAULT_READ, 0, true, 0);
    kith_status status = store_get_points(f->store, f->collection, &key, 1, 0, &f->arena, &p, &err);
    assert_true(fault_disarm() > 0);
    assert_int_equal(status, KITH_ERR_IO);
    assert_int_equal(p.row, 0);
    assert_true(get_point(f, "a").row > 0);
}

/* SQLite calls it SQLITE_CORRUPT by the time that it is reported. */
static void a_disk_that_gives_eio_is_not_called_damage(void **state)
{
    static const char *const places[] = {"the log", "the database"};
    kith_error err = {0};
    fixture *f = *state;
    view key = VIEW("a");
    store_point p = {0};
    for (size_t i = 0; i < 2; i++) {
        print_message("in %s\n", places[i]);
        if (i == 0) (void)add_point(f, "a", 1);
        if (i == 1) fixture_close(f); /* moves the log into the database, and empties the caches */
        if (i == 1) fixture_open(f);
        fault_arm(FAULT_READ, 0, true, SQLITE_IOERR_CORRUPTFS);
        kith_status status =
            store_get_points(f->store, f->collection, &key, 1, 0, &f->arena, &p, &err);
        assert_true(fault_disarm() > 0);
        assert_status(KITH_ERR_IO, status);
        assert_non_null(strstr(err.message, "Input/output error"));
    }
    assert_true(get_point(f, "a").row > 0);
}

static void shared_memory_without_room_is_a_full_disk_and_no_signal(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    fixture_path(f, "-shm", fault_shared_path);
    (void)add_point(f, "a", 1);
    fixture_close(f);
    fault_arm(FAULT_SHARED, 0, true, 0);
    assert_status(KITH_ERR_FULL, store_open(f->directory, &f->store, &err));
    assert_true(fault_disarm() > 0);
    fixture_open(f);
    assert_true(get_point(f, "a").row > 0);
}

/* The first region indexes 4,062 pages of the log, fewer than are written before a checkpoint. */
static void shared_memory_that_cannot_grow_fails_the_write_and_nothing_else(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    char name[32];
    kith_status status = KITH_OK;
    fixture_path(f, "-shm", fault_shared_path);
    (void)add_point(f, "before", 1);
    fault_arm(FAULT_SHARED, 0, true, 0);
    int batch = 0;
    for (; status == KITH_OK && batch < 1000; batch++) {
        (void)snprintf(name, sizeof name, "batch%d", batch);
        status = put_batch(f, name, BATCH, 3000, &err);
    }
    assert_status(KITH_ERR_FULL, status);
    assert_true(fault_disarm() > 0);
    assert_int_equal(count_batch(f, name), 0);
    assert_true(get_point(f, "before").row > 0);
    assert_int_equal(truncate(fault_shared_path, 2 * 32768), 0); /* there is room again */
    assert_ok(put_batch(f, name, BATCH, 3000, &err));
    assert_ok(store_check(f->store, &err));
}

static int register_faults(void **state)
{
    return faulty_vfs_register() == SQLITE_OK ? use_memory_disk(state) : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(a_full_disk_refuses_the_write_and_keeps_everything_else),
        with_store(every_acknowledged_write_was_synced_before),
        with_store(a_job_that_rolls_the_transaction_back_fails_alone),
        with_store(a_failed_commit_fails_what_was_in_it_and_nothing_else),
        with_store(after_a_failed_sync_nothing_is_written_until_reopened),
        with_store(an_error_at_any_write_loses_nothing_acknowledged_and_leaves_no_half_batch),
        with_store(an_error_at_any_write_while_creating_leaves_a_store_that_opens),
        with_store(an_error_while_reading_is_reported_and_later_reads_work),
        with_store(a_disk_that_gives_eio_is_not_called_damage),
        with_store(shared_memory_without_room_is_a_full_disk_and_no_signal),
        with_store(shared_memory_that_cannot_grow_fails_the_write_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, register_faults, NULL);
}
