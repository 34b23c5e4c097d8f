/* The cache of texts and its log: what was added, text and metadata, is found as it came, or not at all. */
#include "test.h"

#include "base/rng.h"
#include "collection_for_test.h"
#include "db/text_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROWS = 3 * TEXT_CACHE_ROWS + 7, TEXT_BYTES = 700 };

/* What the cache should have. */
typedef struct expectation {
    char text[ROWS][TEXT_BYTES];
    size_t size[ROWS]; /* SIZE_MAX: none was added; SIZE_MAX - 1: the point has no text */
    size_t metadata
        [ROWS]; /* that many of the first bytes of `text` again; SIZE_MAX - 1: it has none */
} expectation;

typedef struct fixture {
    char *directory;
    text_log *log;
    text_cache cache;
    expectation *expected;
    uint32_t found, wrong; /* of one reading */
    uint32_t rows[ROWS];
} fixture;

static const size_t ABSENT = SIZE_MAX, NO_TEXT = SIZE_MAX - 1;

static view view_or_none(const char *bytes, size_t size)
{
    return size == NO_TEXT ? (view){NULL, 0} : (view){bytes, size};
}

static void begin(fixture *f, const text_log_options *options)
{
    text_log_options chosen = *options;
    if (!chosen.room_bytes) chosen.room_bytes = 1; // whatever disk the test runs on
    f->log = text_log_new(&chosen);
    assert_non_null(f->log);
    text_cache_init(&f->cache);
    text_cache_use(&f->cache, f->log, ROWS);
    for (uint32_t row = 0; row < ROWS; row++)
        f->expected->size[row] = ABSENT;
}

static void end(fixture *f)
{
    text_cache_done(&f->cache);
    text_log_free(f->log);
}

static int setup(void **state)
{
    fixture *f = fixture_new(state, sizeof *f);
    if (!f) return -1;
    f->expected = calloc(1, sizeof *f->expected);
    return f->expected ? 0 : -1;
}

static int teardown(void **state)
{
    fixture *f = *state;
    int failed = scratch_teardown((void **)&f->directory);
    free(f->expected);
    free(f);
    return failed;
}

/* Random bytes, some of them none; one point in eleven is without a text, one in seven without metadata, and some have
 * neither. */
static void add_random(fixture *f, text_gathering *t, uint32_t row, rng *r)
{
    char *text = f->expected->text[row];
    const size_t size = rng_below(r, 4) ? rng_below(r, TEXT_BYTES) : 0;
    for (size_t i = 0; i < TEXT_BYTES; i++)
        text[i] = (char)rng_below(r, 256);
    f->expected->size[row] = rng_below(r, 11) == 0 ? NO_TEXT : size;
    f->expected->metadata[row] = rng_below(r, 7) == 0 ? NO_TEXT : rng_below(r, 3) * 20;
    if (rng_below(r, 11) == 0) f->expected->size[row] = f->expected->metadata[row] = NO_TEXT;
    text_gathering_add(t, row,
                       &(kept_text){view_or_none(text, f->expected->size[row]),
                                    view_or_none(text, f->expected->metadata[row])});
}

static bool is_same(view a, view b)
{
    return (a.data == NULL) == (b.data == NULL) && view_equal(a, b);
}

static bool compare(void *context, uint32_t i, const kept_text *what)
{
    fixture *f = context;
    const uint32_t row = f->rows[i];
    const char *text = f->expected->text[row];
    bool same = is_same(what->text, view_or_none(text, f->expected->size[row])) &&
                is_same(what->metadata, view_or_none(text, f->expected->metadata[row]));
    f->wrong += !same;
    f->found++;
    return true;
}

/* Reads every `step`th row; gives how many were found, all of them as they were added. */
static uint32_t read_rows(fixture *f, uint32_t step)
{
    bool found[ROWS];
    uint32_t count = 0, told = 0;
    for (uint32_t row = 0; row < ROWS; row += step)
        f->rows[count++] = row;
    f->found = f->wrong = 0;
    text_cache_read(
        &f->cache,
        &(text_reading){
            .rows = f->rows, .count = count, .visit = compare, .context = f, .found = found});
    for (uint32_t i = 0; i < count; i++) {
        told += found[i];
        if (found[i]) assert_true(f->expected->size[f->rows[i]] != ABSENT);
    }
    assert_int_equal(f->wrong, 0);
    assert_int_equal(told, f->found);
    return f->found;
}

static void add_all(fixture *f, uint64_t seed)
{
    rng r = {seed};
    text_gathering t = {.cache = &f->cache};
    for (uint32_t row = 0; row < ROWS; row++)
        add_random(f, &t, row, &r);
    text_gathering_end(&t);
}

static void what_was_added_is_found(void **state)
{
    fixture *f = *state;
    for (int in_memory = 0; in_memory < 2; in_memory++) {
        begin(f, &(text_log_options){.directory = in_memory ? NULL : f->directory});
        assert_int_equal(read_rows(f, 1), 0);
        add_all(f, 7);
        assert_int_equal(read_rows(f, 1), ROWS);
        assert_int_equal(read_rows(f, 13), (ROWS + 12) / 13);
        end(f);
    }
}

static void texts_come_in_any_order_and_again(void **state)
{
    fixture *f = *state;
    rng r = {8};
    uint32_t there = 0;
    begin(f, &(text_log_options){.directory = f->directory});
    for (int round = 0; round < 40; round++) {
        text_gathering t = {.cache = &f->cache};
        for (int i = 0; i < 200; i++)
            add_random(f, &t, (uint32_t)rng_below(&r, ROWS), &r);
        text_gathering_end(&t);
        const uint32_t dead = (uint32_t)rng_below(&r, ROWS);
        text_cache_forget(&f->cache, dead);
        f->expected->size[dead] = ABSENT;
    }
    for (uint32_t row = 0; row < ROWS; row++)
        there += f->expected->size[row] != ABSENT;
    assert_int_equal(read_rows(f, 1), there);
    end(f);
}

static void nothing_has_a_name_on_the_disk(void **state)
{
    fixture *f = *state;
    begin(f, &(text_log_options){.directory = f->directory});
    add_all(f, 9);
    assert_int_equal(rmdir(f->directory), 0); // it is empty
    assert_int_equal(read_rows(f, 1), ROWS);
    assert_int_equal(mkdir(f->directory, 0700), 0);
    end(f);
}

/* Twice over the limit: first with all rows live, so that no more is taken, then with dead ones. */
static void a_full_log_takes_no_more_until_half_of_it_is_dead(void **state)
{
    fixture *f = *state;
    enum { MAX = 300 << 10 };
    begin(f, &(text_log_options){.directory = f->directory, .max_bytes = MAX});
    add_all(f, 10);
    const uint32_t first = read_rows(f, 1);
    assert_true(first > 0 && first < ROWS);
    for (int turn = 0; turn < 6; turn++) {
        for (uint32_t row = 0; row < ROWS; row++) {
            text_cache_forget(&f->cache, row);
            f->expected->size[row] = ABSENT;
        }
        assert_int_equal(read_rows(f, 1), 0);
        add_all(f, 11 + (uint64_t)turn);
        const uint32_t found = read_rows(f, 1);
        assert_true(found > 0 && found < ROWS);
    }
    end(f);
}

static void a_text_that_is_too_long_is_not_kept(void **state)
{
    fixture *f = *state;
    text_gathering t = {.cache = &f->cache};
    const size_t sizes[] = {TEXT_CACHE_TEXT_MAX_BYTES + 1, TEXT_CACHE_TEXT_MAX_BYTES};
    char *bytes = calloc(sizes[0], 1);
    bool found = false;
    assert_non_null(bytes);
    begin(f, &(text_log_options){.directory = f->directory});
    for (uint32_t i = 0; i < 2; i++) {
        text_gathering_add(&t, i,
                           &(kept_text){{bytes, sizes[i] / 2}, {bytes, sizes[i] - sizes[i] / 2}});
        text_gathering_end(&t);
        f->expected->size[i] = NO_TEXT; // what `compare` says of it does not matter
        f->found = 0;
        f->rows[0] = i;
        text_cache_read(&f->cache, &(text_reading){f->rows, 1, compare, f, &found});
        assert_int_equal(found, i == 1);
    }
    end(f);
    free(bytes);
}

static void a_disk_with_little_room_is_left_alone(void **state)
{
    fixture *f = *state;
    begin(f, &(text_log_options){.directory = f->directory, .room_bytes = UINT64_MAX});
    add_all(f, 12);
    assert_true(read_rows(f, 1) < ROWS / 5); // points without a text take no room
    end(f);
}

/* ---- several threads ---- */

typedef struct shared_cache {
    text_cache cache;
    atomic_uint published; /* rows */
    atomic_uint wrong, found;
} shared_cache;

static view text_of_row(uint32_t row, char out[64])
{
    int size = snprintf(out, 64, "the text of row %u", row);
    return row % 9 ? (view){out, (size_t)size} : (view){NULL, 0};
}

typedef struct reader {
    shared_cache *shared;
    uint32_t rows[256];
} reader;

static bool check_text(void *context, uint32_t i, const kept_text *what)
{
    reader *r = context;
    char bytes[64];
    const view wanted = text_of_row(r->rows[i], bytes);
    bool same = is_same(what->text, wanted) && is_same(what->metadata, wanted);
    r->shared->wrong += !same;
    r->shared->found++;
    return true;
}

/* Reads what is published, and adds again what it did not find, as a filter does. */
static void *read_and_add(void *context)
{
    reader r = {.shared = context};
    bool found[256];
    rng random = {(uintptr_t)&r};
    for (uint32_t published = 0; published < ROWS;) {
        published = atomic_load(&r.shared->published);
        uint32_t count = 0, row = (uint32_t)rng_below(&random, 50);
        for (; count < 256 && row < published; row += 1 + (uint32_t)rng_below(&random, 30))
            r.rows[count++] = row;
        text_cache_read(&r.shared->cache, &(text_reading){r.rows, count, check_text, &r, found});
        text_gathering t = {.cache = &r.shared->cache};
        for (uint32_t i = 0; i < count; i++) {
            char bytes[64];
            const view text = text_of_row(r.rows[i], bytes);
            if (!found[i]) text_gathering_add(&t, r.rows[i], &(kept_text){text, text});
        }
        text_gathering_end(&t);
    }
    return NULL;
}

static void one_adds_while_others_read(void **state)
{
    fixture *f = *state;
    enum { READERS = 3, BATCH_ROWS = 20 };
    shared_cache shared = {.published = 0};
    pthread_t threads[READERS];
    text_log *log = text_log_new(
        &(text_log_options){.directory = f->directory, .max_bytes = 40 << 10, .room_bytes = 1});
    assert_non_null(log);
    text_cache_init(&shared.cache);
    text_cache_use(&shared.cache, log, 0);
    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_and_add, &shared), 0);
    for (uint32_t row = 0; row < ROWS;) {
        text_gathering t = {.cache = &shared.cache};
        const uint32_t end = row + BATCH_ROWS < ROWS ? row + BATCH_ROWS : ROWS;
        assert_true(text_cache_reserve(&shared.cache, end));
        for (; row < end; row++) {
            char bytes[64];
            const view text = text_of_row(row, bytes);
            text_gathering_add(&t, row, &(kept_text){text, text});
        }
        text_gathering_end(&t);
        atomic_store(&shared.published, end);
        if (row > 200) text_cache_forget(&shared.cache, row - 200); // it died
    }
    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(shared.wrong, 0);
    assert_true(shared.found > 0);
    text_cache_done(&shared.cache);
    text_log_free(log);
}

/* ---- faults ---- */

static int fd_seen = -1;
static int64_t writes_left; /* bytes; then the disk is full */
static bool open_fails;

static int seen_open(const char *path, int flags, unsigned mode)
{
    if (open_fails) {
        errno = EOPNOTSUPP;
        return -1;
    }
    return fd_seen = file_ops_posix.open(path, flags, mode);
}

static int64_t scarce_pwrite(int fd, const void *data, size_t bytes, uint64_t offset)
{
    if (writes_left <= 0) {
        errno = ENOSPC;
        return -1;
    }
    if ((int64_t)bytes > writes_left) bytes = (size_t)writes_left;
    writes_left -= (int64_t)bytes;
    return file_ops_posix.pwrite(fd, data, bytes, offset);
}

static file_ops faulty(int64_t bytes)
{
    file_ops ops = file_ops_posix;
    ops.open = seen_open;
    ops.pwrite = scarce_pwrite;
    writes_left = bytes;
    open_fails = false;
    return ops;
}

static void a_full_disk_gets_back_what_the_log_has_taken(void **state)
{
    fixture *f = *state;
    const file_ops ops = faulty(500 << 10);
    struct stat file;
    begin(f, &(text_log_options){.ops = &ops, .directory = f->directory});
    add_all(f, 20);
    assert_int_equal(fstat(fd_seen, &file), 0);
    assert_int_equal(file.st_blocks, 0);
    writes_left = INT64_MAX;
    add_all(f, 21); // it has given up for good
    for (uint32_t row = 0; row < ROWS; row++)
        if (f->expected->size[row] != NO_TEXT) f->expected->size[row] = ABSENT;
    assert_true(read_rows(f, 1) < ROWS / 5);
    end(f);
}

/* Does the file of the log have `text` anywhere? */
static bool is_in_file(const char *text)
{
    struct stat file;
    assert_int_equal(fstat(fd_seen, &file), 0);
    char *bytes = malloc((size_t)file.st_size + 1);
    assert_non_null(bytes);
    assert_int_equal(pread(fd_seen, bytes, (size_t)file.st_size, 0), file.st_size);
    const bool result = memmem(bytes, (size_t)file.st_size, text, strlen(text)) != NULL;
    free(bytes);
    return result;
}

static void what_is_forgotten_is_not_in_the_file_any_more(void **state)
{
    fixture *f = *state;
    const file_ops ops = faulty(INT64_MAX);
    begin(f, &(text_log_options){.ops = &ops, .directory = f->directory});
    text_gathering t = {.cache = &f->cache};
    text_gathering_add(&t, 0, &(kept_text){VIEW("a text that stays"), VIEW("{}")});
    text_gathering_add(&t, 1, &(kept_text){VIEW("a text that is deleted"), VIEW("{}")});
    text_gathering_add(&t, 2, &(kept_text){VIEW("a text that is replaced"), VIEW("{}")});
    text_gathering_end(&t);
    assert_true(is_in_file("is deleted") && is_in_file("is replaced"));
    text_cache_forget(&f->cache, 1);
    text_gathering_add(&t, 2, &(kept_text){VIEW("another"), VIEW("{}")});
    text_gathering_end(&t);
    assert_false(is_in_file("is deleted") || is_in_file("is replaced"));
    assert_true(is_in_file("a text that stays") && is_in_file("another"));
    text_cache_done(&f->cache); // its collection was deleted
    assert_false(is_in_file("a text that stays") || is_in_file("another"));
    text_cache_init(&f->cache);
    end(f);
}

static void many_that_are_forgotten_together_give_back_their_blocks(void **state)
{
    fixture *f = *state;
    const file_ops ops = faulty(INT64_MAX);
    struct stat before, after;
    begin(f, &(text_log_options){.ops = &ops, .directory = f->directory});
    add_all(f, 25);
    assert_int_equal(fstat(fd_seen, &before), 0);
    text_cache_done(&f->cache);
    assert_int_equal(fstat(fd_seen, &after), 0);
    assert_int_equal(after.st_size, before.st_size);
    char *bytes = malloc((size_t)after.st_size);
    assert_int_equal(pread(fd_seen, bytes, (size_t)after.st_size, 0), after.st_size);
    for (off_t i = 0; i < after.st_size; i++)
        assert_int_equal(bytes[i], 0);
    free(bytes);
    text_cache_init(&f->cache);
    end(f);
}

static void texts_that_cannot_be_overwritten_are_all_given_up(void **state)
{
    fixture *f = *state;
    const file_ops ops = faulty(INT64_MAX);
    struct stat file;
    begin(f, &(text_log_options){.ops = &ops, .directory = f->directory});
    text_gathering t = {.cache = &f->cache};
    text_gathering_add(&t, 0, &(kept_text){VIEW("a text that stays"), VIEW("{}")});
    text_gathering_add(&t, 1, &(kept_text){VIEW("a text that is deleted"), VIEW("{}")});
    text_gathering_end(&t);
    writes_left = 0;
    text_cache_forget(&f->cache, 1);
    assert_int_equal(fstat(fd_seen, &file), 0);
    assert_int_equal(file.st_size, 0);
    end(f);
}

/* In a process of its own, which the signal would end. */
static int add_beyond_the_limit(fixture *f)
{
    const struct rlimit limit = {100000, RLIM_INFINITY};
    sigset_t pending;
    if (signal(SIGXFSZ, SIG_DFL) == SIG_ERR || setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
    begin(f, &(text_log_options){.directory = f->directory});
    add_all(f, 24);
    for (uint32_t row = 0; row < ROWS; row++)
        if (f->expected->size[row] != NO_TEXT) f->expected->size[row] = ABSENT;
    if (read_rows(f, 1) >= ROWS / 5) return 3;
    if (sigpending(&pending) != 0 || sigismember(&pending, SIGXFSZ)) return 4;
    end(f);
    return 0;
}

static void a_limit_on_the_size_of_files_ends_no_program(void **state)
{
    int how = 0;
    const pid_t child = fork();
    if (child == 0) _exit(add_beyond_the_limit(*state));
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFEXITED(how));
    assert_int_equal(WEXITSTATUS(how), 0);
}

static void damage_on_the_disk_is_not_taken_for_a_text(void **state)
{
    fixture *f = *state;
    const file_ops ops = faulty(INT64_MAX);
    rng r = {30};
    begin(f, &(text_log_options){.ops = &ops, .directory = f->directory});
    add_all(f, 22);
    for (int i = 0; i < 400; i++) {
        char byte = 0;
        const off_t at = (off_t)rng_below(&r, 500 << 10);
        assert_int_equal(pread(fd_seen, &byte, 1, at), 1);
        byte = (char)(byte ^ (1 << rng_below(&r, 8)));
        assert_int_equal(pwrite(fd_seen, &byte, 1, at), 1);
    }
    const uint32_t found = read_rows(f, 1);
    assert_true(found < ROWS && found > ROWS / 2);
    assert_int_equal(ftruncate(fd_seen, 1000), 0);
    assert_true(read_rows(f, 1) < ROWS / 5);
    end(f);
}

static void without_a_file_the_log_is_in_memory(void **state)
{
    fixture *f = *state;
    const file_ops ops = faulty(INT64_MAX);
    open_fails = true;
    begin(f, &(text_log_options){.ops = &ops, .directory = f->directory});
    add_all(f, 23);
    assert_int_equal(read_rows(f, 1), ROWS);
    end(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_added_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(texts_come_in_any_order_and_again, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_has_a_name_on_the_disk, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_log_takes_no_more_until_half_of_it_is_dead, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_text_that_is_too_long_is_not_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(a_disk_with_little_room_is_left_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(one_adds_while_others_read, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_disk_gets_back_what_the_log_has_taken, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_is_forgotten_is_not_in_the_file_any_more, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(many_that_are_forgotten_together_give_back_their_blocks,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(texts_that_cannot_be_overwritten_are_all_given_up, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_limit_on_the_size_of_files_ends_no_program, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(damage_on_the_disk_is_not_taken_for_a_text, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(without_a_file_the_log_is_in_memory, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
