/* test_store_log.c - a log that is damaged, cut, torn, removed, or of another time.
 * Each log is a real one: a child process writes commits and is killed, so that nothing is moved
 * into the database, and the test then changes bytes where SQLite's file format says they are. */
#include "fixture.h"

#include "store/sqlite_log_verify.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { TURN_MS = 60000 /* a write that has returned may have its turn a moment longer */ };

enum { COMMITS = 8, PAGE = CATALOG_PAGE_BYTES, HEADER = 32, FRAME = 24 + PAGE };

/* Puts points `from`..`to` in a process of its own, one commit each, which then vanishes. */
static void write_and_vanish(fixture *f, int from, int to)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        fixture_open(f);
        for (int i = from; i <= to; i++) {
            char key[32];
            (void)snprintf(key, sizeof key, "p%d", i);
            (void)add_point(f, key, (float)i);
        }
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void prepare(fixture *f)
{
    fixture_close(f);
    write_and_vanish(f, 1, COMMITS);
}

static uint32_t big(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

typedef struct bytes {
    unsigned char *data;
    size_t size;
} bytes;

static bytes read_file(const fixture *f, const char *suffix)
{
    char path[PATH_BYTES];
    struct stat info;
    fixture_path(f, suffix, path);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0 && fstat(fd, &info) == 0);
    bytes b = {malloc((size_t)info.st_size + 1), (size_t)info.st_size};
    assert_int_equal(read(fd, b.data, b.size), b.size);
    assert_int_equal(close(fd), 0);
    return b;
}

static void write_file(const fixture *f, const char *suffix, const bytes *b)
{
    char path[PATH_BYTES];
    fixture_path(f, suffix, path);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, b->data, b->size), b->size);
    assert_int_equal(close(fd), 0);
}

static uint32_t frames_of(const bytes *log)
{
    return (uint32_t)((log->size - HEADER) / FRAME);
}

static unsigned char *frame_at(const bytes *log, uint32_t number)
{
    return log->data + HEADER + (size_t)(number - 1) * FRAME;
}

/* The number of the frame that ends the n-th transaction, from 1. */
static uint32_t commit_frame(const bytes *log, uint32_t n)
{
    for (uint32_t i = 1; i <= frames_of(log); i++)
        if (big(frame_at(log, i) + 4) != 0 && --n == 0) return i;
    fail_msg("no such commit");
    return 0;
}

static kith_status open_both_ways(fixture *f, kith_error *err)
{
    kith_error again = {0};
    const store_options options = {.read_only = true};
    kith_status status = store_open_with(f->directory, &options, &f->store, err);
    if (status == KITH_OK) fixture_close(f);
    kith_status writing = store_open(f->directory, &f->store, &again);
    if (writing == KITH_OK) fixture_close(f);
    if (writing != status) fail_msg("read only: %s, else: %s", err->message, again.message);
    return status;
}

static uint64_t points_there(fixture *f)
{
    fixture_open(f);
    uint64_t points = get_collection(f).points;
    return points;
}

static void a_whole_log_is_read(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    char path[PATH_BYTES];
    store_log log = {0};
    prepare(f);
    fixture_path(f, "", path);
    bytes b = read_file(f, "-wal");
    assert_ok(log_read(path, CONNECTION_READER, &log, &err));
    assert_int_equal(log.frames, frames_of(&b));
    assert_int_equal(log.commits, COMMITS);
    assert_false(log.is_damaged || log.is_torn || log.is_header_damaged);
    assert_int_equal(points_there(f), COMMITS);
    free(b.data);
}

/* Any byte of a frame before the last transaction, but for the header of the frame that the last
 * transaction follows, which says that it ends one; and nothing is written over the damage. */
static void a_damaged_frame_with_commits_behind_it_is_told(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    prepare(f);
    bytes whole = read_file(f, "-wal"), base = read_file(f, "");
    uint32_t last = commit_frame(&whole, COMMITS - 1);
    for (uint32_t i = 1; i <= last; i++)
        for (size_t at = i < last ? 0 : 24; at < FRAME; at += at < 24 ? 1 : 1021) {
            frame_at(&whole, i)[at] ^= 4;
            write_file(f, "-wal", &whole);
            assert_status(KITH_ERR_CORRUPT, open_both_ways(f, &err));
            if (!strstr(err.message, "kith.db-wal: frame")) fail_msg("%s", err.message);
            frame_at(&whole, i)[at] ^= 4;
        }
    bytes after = read_file(f, "");
    assert_int_equal(after.size, base.size);
    assert_memory_equal(after.data, base.data, base.size);
    write_file(f, "-wal", &whole);
    assert_int_equal(points_there(f), COMMITS);
    free(whole.data);
    free(base.data);
    free(after.data);
}

static void a_damaged_header_is_told(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    prepare(f);
    bytes log = read_file(f, "-wal");
    for (size_t at = 0; at < HEADER; at++) {
        log.data[at] ^= 1;
        write_file(f, "-wal", &log);
        assert_status(KITH_ERR_CORRUPT, open_both_ways(f, &err));
        assert_non_null(strstr(err.message, "kith.db-wal: the header is damaged"));
        log.data[at] ^= 1;
    }
    write_file(f, "-wal", &log);
    assert_int_equal(points_there(f), COMMITS);
    free(log.data);
}

/* A power cut may lose any sectors of what was not synced: of the last transaction. */
static void a_torn_last_transaction_is_no_damage(void **state)
{
    fixture *f = *state;
    char path[PATH_BYTES];
    kith_error err = {0};
    store_log found = {0};
    prepare(f);
    fixture_path(f, "", path);
    bytes log = read_file(f, "-wal"), base = read_file(f, "");
    uint32_t first = commit_frame(&log, COMMITS - 1) + 1, last = commit_frame(&log, COMMITS);
    assert_true(last > first);
    for (uint32_t i = first; i <= last; i++) {
        unsigned char kept[FRAME];
        memcpy(kept, frame_at(&log, i), FRAME);
        memset(frame_at(&log, i), 0, FRAME / 2);
        write_file(f, "", &base);
        write_file(f, "-wal", &log);
        assert_ok(log_read(path, CONNECTION_READER, &found, &err));
        assert_false(found.is_damaged);
        assert_int_equal(found.commits, COMMITS - 1);
        assert_true(found.is_torn);
        assert_status(KITH_OK, open_both_ways(f, &err));
        memcpy(frame_at(&log, i), kept, FRAME);
    }
    assert_int_equal(points_there(f), COMMITS - 1);
    free(log.data);
    free(base.data);
}

/* The salts are outside of the checksum, so no power cut damages them alone. */
static void damaged_salts_of_the_last_frame_are_told(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    prepare(f);
    bytes log = read_file(f, "-wal");
    unsigned char *last = frame_at(&log, commit_frame(&log, COMMITS));
    for (size_t at = 8; at < 16; at++) {
        last[at] ^= 16;
        write_file(f, "-wal", &log);
        assert_status(KITH_ERR_CORRUPT, open_both_ways(f, &err));
        assert_non_null(strstr(err.message, "at least 1 commits"));
        last[at] ^= 16;
    }
    write_file(f, "-wal", &log);
    assert_int_equal(points_there(f), COMMITS);
    free(log.data);
}

/* In SQLite's eyes a log that ends early is whole. What can be told is that it ends amid a
 * transaction. */
static void a_log_cut_at_any_length_gives_an_earlier_state(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    char path[PATH_BYTES];
    store_log found = {0};
    uint32_t next = 1; /* transaction that is not whole yet */
    prepare(f);
    fixture_path(f, "", path);
    bytes log = read_file(f, "-wal"), base = read_file(f, "");
    for (uint32_t n = 0; n <= frames_of(&log); n++) {
        bool is_part = n % 2, ends = n > 0 && n == commit_frame(&log, next);
        bytes part = {log.data, HEADER + (size_t)n * FRAME - (is_part ? 100 : 0)};
        write_file(f, "", &base);
        write_file(f, "-wal", &part);
        assert_ok(log_read(path, CONNECTION_READER, &found, &err));
        assert_int_equal(found.is_torn, is_part || (n > 0 && !ends));
        assert_int_equal(found.commits, next - 1 + (ends && !is_part));
        assert_status(KITH_OK, open_both_ways(f, &err));
        if (ends && next < COMMITS) next++;
    }
    free(log.data);
    free(base.data);
}

/* What a transaction left that was killed lies behind the end, with the salts of the log. */
static void what_a_killed_transaction_left_is_no_damage(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    char path[PATH_BYTES];
    store_log found = {0};
    prepare(f);
    fixture_path(f, "", path);
    bytes log = read_file(f, "-wal");
    uint32_t end = commit_frame(&log, 3), next = commit_frame(&log, 5);
    /* Frames without an end of a transaction, one of them damaged, behind three transactions. */
    for (uint32_t i = end + 1; i < next; i++)
        memset(frame_at(&log, i) + 4, 0, 4);
    bytes part = {log.data, HEADER + (size_t)(next - 1) * FRAME};
    write_file(f, "-wal", &part);
    assert_ok(log_read(path, CONNECTION_READER, &found, &err));
    assert_int_equal(found.commits, 3);
    assert_true(found.is_torn && !found.is_damaged);
    assert_int_equal(points_there(f), 3);
    free(log.data);
}

/* ---- of another time ---- */

static void a_database_put_back_under_a_newer_log_is_told(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    (void)add_point(f, "first", 1);
    fixture_close(f); /* all is in kith.db now: the copy */
    bytes copy = read_file(f, "");
    write_and_vanish(f, 1, 3);
    fixture_open(f); /* moves the log */
    fixture_close(f);
    write_and_vanish(f, 4, 6);
    bytes newer = read_file(f, "");
    write_file(f, "", &copy);
    assert_status(KITH_ERR_CORRUPT, open_both_ways(f, &err));
    assert_non_null(strstr(err.message, "different times"));
    write_file(f, "", &newer);
    assert_int_equal(points_there(f), 7);
    free(copy.data);
    free(newer.data);
}

static void a_log_put_back_beside_a_newer_database_is_told(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    fixture_close(f);
    write_and_vanish(f, 1, 3);
    bytes old = read_file(f, "-wal");
    for (int i = 0; i < 2; i++) {
        fixture_open(f);
        (void)add_point(f, i ? "y" : "x", 1);
        fixture_close(f);
    }
    write_file(f, "-wal", &old);
    assert_status(KITH_ERR_CORRUPT, open_both_ways(f, &err));
    assert_non_null(strstr(err.message, "different times"));
    free(old.data);
}

/* The log goes with any state of the database between the one that it began with and its own. */
static void a_log_that_was_moved_in_part_or_whole_belongs(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    prepare(f);
    bytes log = read_file(f, "-wal"), before = read_file(f, "");
    fixture_open(f);
    fixture_close(f);
    bytes after = read_file(f, "");
    assert_true(after.size >= before.size);
    for (size_t at = 0; at < after.size; at += PAGE) {
        bytes mixed = {malloc(after.size), after.size};
        memcpy(mixed.data, after.data, after.size);
        memcpy(mixed.data, before.data, before.size < at ? before.size : at);
        write_file(f, "", &mixed);
        write_file(f, "-wal", &log);
        assert_status(KITH_OK, open_both_ways(f, &err));
        free(mixed.data);
    }
    assert_int_equal(points_there(f), COMMITS);
    assert_ok(store_check(f->store, &err));
    free(log.data);
    free(before.data);
    free(after.data);
}

/* Two stores take turns, checkpoint and start the log over; a copy of each moment opens. */
static void logs_of_stores_that_take_turns_belong(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    store *other = NULL;
    for (int round = 0; round < 12; round++) {
        char key[32];
        if (round % 3 == 0) assert_ok(store_open(f->directory, &other, &err));
        (void)snprintf(key, sizeof key, "a%d", round);
        (void)add_point(f, key, 1);
        fixture there = {.store = other, .collection = f->collection};
        key[0] = 'b';
        (void)add_point(&there, key, 1);
        if (round % 3 == 2) assert_ok(store_close(other, &err));
        bytes base = read_file(f, ""), log = read_file(f, "-wal");
        fixture copy = {0};
        void *directory = NULL;
        assert_int_equal(scratch_setup(&directory), 0);
        copy.directory = directory;
        arena_init(&copy.arena, 0);
        write_file(&copy, "", &base);
        write_file(&copy, "-wal", &log);
        assert_int_equal(points_there(&copy), 2 * (uint64_t)(round + 1));
        fixture_close(&copy);
        arena_done(&copy.arena);
        assert_int_equal(scratch_teardown(&directory), 0);
        free(base.data);
        free(log.data);
    }
}

static bool is_there(const fixture *f, const char *suffix)
{
    char path[PATH_BYTES];
    fixture_path(f, suffix, path);
    return access(path, F_OK) == 0;
}

static void a_damaged_log_can_be_set_aside(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    prepare(f);
    bytes log = read_file(f, "-wal");
    frame_at(&log, commit_frame(&log, 3) + 1)[100] ^= 1;
    write_file(f, "-wal", &log);
    assert_status(KITH_ERR_CORRUPT, open_both_ways(f, &err));
    assert_ok(store_set_log_aside(f->directory, TURN_MS, &err));
    assert_int_equal(points_there(f), 3);
    assert_ok(store_check(f->store, &err));
    bytes kept = read_file(f, "-wal.damaged");
    assert_int_equal(kept.size, log.size);
    assert_memory_equal(kept.data, log.data, log.size);
    free(log.data);
    free(kept.data);
}

static void a_log_with_a_damaged_header_can_be_set_aside(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    (void)add_point(f, "before", 1);
    prepare(f);
    bytes log = read_file(f, "-wal");
    log.data[20] ^= 1;
    write_file(f, "-wal", &log);
    assert_ok(store_set_log_aside(f->directory, TURN_MS, &err));
    assert_int_equal(points_there(f), 1);
    (void)add_point(f, "after", 1);
    fixture_close(f);
    assert_int_equal(points_there(f), 2);
    free(log.data);
}

static void a_log_of_another_time_can_be_set_aside(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    (void)add_point(f, "first", 1);
    fixture_close(f);
    bytes copy = read_file(f, "");
    write_and_vanish(f, 1, 3);
    fixture_open(f);
    fixture_close(f);
    write_and_vanish(f, 4, 6);
    write_file(f, "", &copy);
    assert_status(KITH_ERR_CORRUPT, open_both_ways(f, &err));
    assert_ok(store_set_log_aside(f->directory, TURN_MS, &err));
    assert_int_equal(points_there(f), 1);
    assert_ok(store_check(f->store, &err));
    assert_true(is_there(f, "-wal.damaged"));
    free(copy.data);
}

static void a_sound_log_is_not_set_aside(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    (void)add_point(f, "a", 1);
    assert_ok(store_set_log_aside(f->directory, TURN_MS, &err));
    fixture_close(f);
    write_and_vanish(f, 1, 3);
    assert_ok(store_set_log_aside(f->directory, TURN_MS, &err));
    assert_false(is_there(f, "-wal.damaged"));
    assert_int_equal(points_there(f), 4);
}

static void a_log_in_use_is_not_set_aside(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    (void)add_point(f, "a", 1);
    bytes log = read_file(f, "-wal");
    frame_at(&log, 1)[100] ^= 1;
    for (int i = 0; i < 3; i++)
        (void)add_point(f, i == 0 ? "b" : i == 1 ? "c" : "d", 1);
    bytes longer = read_file(f, "-wal");
    memcpy(longer.data, log.data, log.size);
    write_file(f, "-wal", &longer);
    assert_status(KITH_ERR_BUSY, store_set_log_aside(f->directory, 0, &err));
    free(log.data);
    free(longer.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(a_whole_log_is_read),
        with_store(a_damaged_frame_with_commits_behind_it_is_told),
        with_store(a_damaged_header_is_told),
        with_store(a_torn_last_transaction_is_no_damage),
        with_store(damaged_salts_of_the_last_frame_are_told),
        with_store(a_log_cut_at_any_length_gives_an_earlier_state),
        with_store(what_a_killed_transaction_left_is_no_damage),
        with_store(a_database_put_back_under_a_newer_log_is_told),
        with_store(a_log_put_back_beside_a_newer_database_is_told),
        with_store(a_log_that_was_moved_in_part_or_whole_belongs),
        with_store(logs_of_stores_that_take_turns_belong),
        with_store(a_damaged_log_can_be_set_aside),
        with_store(a_log_with_a_damaged_header_can_be_set_aside),
        with_store(a_log_of_another_time_can_be_set_aside),
        with_store(a_sound_log_is_not_set_aside),
        with_store(a_log_in_use_is_not_set_aside),
    };
    return cmocka_run_group_tests(tests, use_memory_disk, NULL);
}
