/* test_store_threads.c - group commit, and many threads on one store. */
#include "fixture.h"

#include "os/clock.h"
#include "os/file.h"

#include <pthread.h>

enum { WRITERS = 8, WRITES = 25 };

typedef struct thread_start {
    fixture *fixture;
    uint32_t number;
    kith_status status;
    kith_error err;
} thread_start;

static void add_numbered(thread_start *t, uint32_t i)
{
    char key[32];
    uint64_t sequence = 0;
    float vector[DIM] = {(float)i};
    (void)snprintf(key, sizeof key, "t%u-%u", t->number, i);
    store_point p = point_of(key, "content", vector);
    if (t->status == KITH_OK)
        t->status = store_put_points(t->fixture->store, t->fixture->collection, STORE_ADD, &p, 1,
                                     &sequence, &t->err);
}

static void *write_many(void *context)
{
    thread_start *t = context;
    for (uint32_t i = 0; i < WRITES; i++)
        add_numbered(t, i);
    return NULL;
}

static void start(pthread_t *thread, void *(*run)(void *), thread_start *t)
{
    assert_int_equal(pthread_create(thread, NULL, run, t), 0);
}

static void join_all(pthread_t *threads, const thread_start *starts, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (uint32_t i = 0; i < count; i++)
        if (starts[i].status != KITH_OK)
            fail_msg("thread %u: %s: %s", i, kith_status_name(starts[i].status),
                     starts[i].err.message);
}

/* Commits in the log, counted from outside: a frame with a database size ends a transaction.
 * Source: sqlite.org/fileformat2.html, 4.1; header 32 bytes, frame header 24. */
static uint32_t count_commits(const fixture *f)
{
    enum { HEADER = 32, FRAME = 24, PAGE = 8192 };
    kith_error err = {0};
    char path[PATH_BYTES];
    buffer log;
    uint32_t commits = 0;
    buffer_init(&log, (64 << 20) + 1);
    fixture_path(f, "-wal", path);
    assert_ok(file_read(&file_ops_posix, path, 64 << 20, &log, &err));
    for (size_t at = HEADER; at + FRAME + PAGE <= log.size; at += FRAME + PAGE) {
        const unsigned char *frame = (const unsigned char *)log.data + at;
        if (memcmp(frame + 8, log.data + 16, 8) != 0) break; /* salt of an earlier log */
        commits += (frame[4] | frame[5] | frame[6] | frame[7]) != 0;
    }
    buffer_done(&log);
    return commits;
}

static void calls_that_wait_together_are_committed_together(void **state)
{
    fixture *f = *state;
    pthread_t threads[WRITERS];
    thread_start starts[WRITERS];
    uint32_t before = count_commits(f);
    for (uint32_t i = 0; i < WRITERS; i++) {
        starts[i] = (thread_start){.fixture = f, .number = i};
        start(&threads[i], write_many, &starts[i]);
    }
    join_all(threads, starts, WRITERS);
    uint32_t commits = count_commits(f) - before;
    print_message("%d writes, %u commits\n", WRITERS * WRITES, commits);
    assert_true(commits > 0);
    assert_true(commits < WRITERS * WRITES);
    assert_int_equal(get_collection(f).points, WRITERS * WRITES);
    assert_int_equal(get_collection(f).sequence, WRITERS * WRITES);
}

static void *write_one(void *context)
{
    add_numbered(context, 0);
    return NULL;
}

static void *write_taken_key(void *context)
{
    thread_start *t = context;
    uint64_t sequence = 0;
    float vector[DIM] = {1};
    store_point p[] = {point_of("fresh", NULL, vector), point_of("taken", NULL, vector)};
    t->status = store_put_points(t->fixture->store, t->fixture->collection, STORE_ADD, p, 2,
                                 &sequence, &t->err);
    return NULL;
}

/* Another program holds the file while the calls queue up behind the first. */
static void a_call_that_fails_in_a_group_fails_alone(void **state)
{
    fixture *f = *state;
    char path[PATH_BYTES];
    sqlite3 *db = NULL;
    pthread_t threads[WRITERS];
    thread_start starts[WRITERS];
    (void)add_point(f, "taken", 1);
    uint32_t before = count_commits(f);
    fixture_path(f, "", path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    for (uint32_t i = 0; i < WRITERS; i++) {
        starts[i] = (thread_start){.fixture = f, .number = i};
        start(&threads[i], i == 4 ? write_taken_key : write_one, &starts[i]);
    }
    clock_sleep_ms(200);
    assert_int_equal(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    for (uint32_t i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (uint32_t i = 0; i < WRITERS; i++)
        assert_int_equal(starts[i].status, i == 4 ? KITH_ERR_EXISTS : KITH_OK);
    assert_non_null(strstr(starts[4].err.message, "'taken'"));
    assert_int_equal(get_collection(f).points, WRITERS);
    assert_int_equal(get_point(f, "fresh").row, 0);
    assert_true(count_commits(f) - before <= 3);
}

static void a_file_that_another_program_keeps_locked_is_busy(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    char path[PATH_BYTES];
    sqlite3 *db = NULL;
    uint64_t sequence = 0;
    float vector[DIM] = {1};
    store_point p = point_of("a", NULL, vector);
    fixture_path(f, "", path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_status(KITH_ERR_BUSY,
                  store_put_points(f->store, f->collection, STORE_ADD, &p, 1, &sequence, &err));
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_status(KITH_OK,
                  store_put_points(f->store, f->collection, STORE_ADD, &p, 1, &sequence, &err));
}

/* ---- readers beside writers ---- */

enum { PAIRS = 60 };

/* Puts and deletes pairs of points, always both in one change. */
static void *write_pairs(void *context)
{
    thread_start *t = context;
    for (uint32_t i = 0; i < PAIRS && t->status == KITH_OK; i++) {
        char keys[2][32];
        float vector[DIM] = {(float)t->number, (float)i};
        uint64_t sequence = 0;
        uint32_t deleted = 0;
        (void)snprintf(keys[0], 32, "w%u-%u-left", t->number, i % 5);
        (void)snprintf(keys[1], 32, "w%u-%u-right", t->number, i % 5);
        view views[] = {view_of(keys[0]), view_of(keys[1])};
        store_point p[] = {point_of(keys[0], "left", vector), point_of(keys[1], "right", vector)};
        t->status = store_put_points(t->fixture->store, t->fixture->collection, STORE_UPSERT, p, 2,
                                     &sequence, &t->err);
        if (t->status == KITH_OK && i % 3 == 0)
            t->status = store_delete_points(t->fixture->store, t->fixture->collection, views, 2,
                                            &sequence, &deleted, &t->err);
    }
    return NULL;
}

/* Both of a pair, or none, and equal: anything else is a torn snapshot. Many keys between the two
 * give the writers time. */
static void *read_pairs(void *context)
{
    enum { BETWEEN = 2000 };
    thread_start *t = context;
    arena a;
    arena_init(&a, 0);
    view *keys = calloc(BETWEEN + 2, sizeof *keys);
    store_point *p = calloc(BETWEEN + 2, sizeof *p);
    assert_true(keys && p);
    for (int i = 1; i <= BETWEEN; i++)
        keys[i] = VIEW("missing");
    keys[0] = VIEW("w0-1-left");
    keys[BETWEEN + 1] = VIEW("w0-1-right");
    for (uint32_t i = 0; i < 4 * PAIRS && t->status == KITH_OK; i++) {
        t->status = store_get_points(t->fixture->store, t->fixture->collection, keys, BETWEEN + 2,
                                     STORE_WITH_VECTOR, &a, p, &t->err);
        if (t->status != KITH_OK) break;
        const store_point *left = &p[0], *right = &p[BETWEEN + 1];
        if ((left->row == 0) != (right->row == 0) ||
            (left->row && left->vector[1] != right->vector[1]))
            t->status = fail(&t->err, KITH_ERR_INTERNAL, "a pair was torn");
        arena_reset(&a);
    }
    arena_done(&a);
    free(p);
    free(keys);
    return NULL;
}

/* Follows the changes and keeps the set of live rows, as an index would; compares its size at every
 * snapshot. */
static void *follow_changes(void *context)
{
    thread_start *t = context;
    uint64_t after = 0;
    change_list *list = calloc(1, sizeof *list);
    bool *live = calloc(65536, 1);
    assert_true(list && live);
    for (int i = 0; i < PAIRS && t->status == KITH_OK; i++) {
        list->count = 0;
        t->status = read_changes(t->fixture->store, t->fixture->collection, after, keep_change,
                                 list, &after, &t->err);
        for (uint32_t j = 0; t->status == KITH_OK && j < list->count; j++) {
            if (list->changes[j].sequence > after) t->status = KITH_ERR_INTERNAL;
            live[list->changes[j].row] = !list->changes[j].deleted;
        }
        uint32_t count = 0;
        for (int row = 0; row < 65536; row++)
            count += live[row];
        if (count % 2 != 0) t->status = KITH_ERR_INTERNAL;
    }
    free(live);
    free(list);
    return NULL;
}

static void readers_see_whole_changes_while_others_write(void **state)
{
    kith_error err = {0};
    static void *(*const roles[])(void *) = {write_pairs, write_pairs,    write_pairs,   read_pairs,
                                             read_pairs,  follow_changes, follow_changes};
    enum { ROLES = sizeof roles / sizeof roles[0] };
    fixture *f = *state;
    pthread_t threads[ROLES];
    thread_start starts[ROLES];
    for (uint32_t i = 0; i < ROLES; i++) {
        starts[i] = (thread_start){.fixture = f, .number = i};
        start(&threads[i], roles[i], &starts[i]);
    }
    join_all(threads, starts, ROLES);
    assert_ok(store_check(f->store, &err));
}

/* Calls [first, end) of 2 MB each. */
static void put_large(fixture *f, uint32_t first, uint32_t end)
{
    enum { POINTS = 500, TEXT = 4000 };
    kith_error err = {0};
    char *text = malloc(TEXT);
    float vector[DIM] = {1};
    store_point *points = calloc(POINTS, sizeof *points);
    char(*keys)[32] = calloc(POINTS, sizeof *keys);
    assert_true(points && keys && text);
    memset(text, 'x', TEXT);
    for (uint32_t call = first; call < end; call++) {
        uint64_t sequence = 0;
        for (uint32_t i = 0; i < POINTS; i++) {
            (void)snprintf(keys[i], sizeof keys[i], "%u-%u", call, i);
            points[i] =
                (store_point){.key = view_of(keys[i]), .content = {text, TEXT}, .vector = vector};
        }
        assert_ok(
            store_put_points(f->store, f->collection, STORE_ADD, points, POINTS, &sequence, &err));
    }
    free(points);
    free(keys);
    free(text);
}

static uint64_t log_bytes(fixture *f)
{
    char path[PATH_BYTES];
    kith_error err = {0};
    file_info log = {0};
    fixture_path(f, "-wal", path);
    assert_ok(file_stat(path, &log, &err));
    return log.bytes;
}

static void the_log_is_moved_into_the_database_as_it_grows(void **state)
{
    put_large(*state, 0, 40);
    assert_true(log_bytes(*state) < 48 << 20);
}

static kith_status put_large_while_reading(void *context, const store_change *change)
{
    (void)change;
    put_large(context, 1, 21);
    return KITH_ERR_CANCELLED; // that was enough
}

/* A reader keeps the log from starting over when it is moved; without it the next attempt does, and
 * that comes soon. */
static void the_log_starts_over_soon_after_a_reader_has_left(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    store_state read = {0};
    store_feed feed = {
        .collection = f->collection, .limit = 1000, .visit = put_large_while_reading, .context = f};
    put_large(f, 0, 1);
    assert_status(KITH_ERR_CANCELLED, store_changes(f->store, &feed, &read, &err));
    uint64_t before = log_bytes(f);
    assert_true(before > 36 << 20);
    put_large(f, 21, 36);
    assert_true(log_bytes(f) < before + (6 << 20));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(calls_that_wait_together_are_committed_together),
        with_store(a_call_that_fails_in_a_group_fails_alone),
        with_store(a_file_that_another_program_keeps_locked_is_busy),
        with_store(readers_see_whole_changes_while_others_write),
        with_store(the_log_is_moved_into_the_database_as_it_grows),
        with_store(the_log_starts_over_soon_after_a_reader_has_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
