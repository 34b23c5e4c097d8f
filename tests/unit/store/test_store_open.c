/* test_store_open.c - opening, closing, and what is refused. */
#include "fixture.h"

#include "store/catalog.h"

#include <sys/stat.h>

static void what_was_written_is_there_after_reopening(void **state)
{
    fixture *f = *state;
    (void)add_point(f, "a", 1);
    fixture_close(f);
    fixture_open(f);
    store_point p = get_point(f, "a");
    assert_view(p.content, "some content");
    assert_view(p.metadata, "{\"a\":1}");
    assert_true(p.vector[0] == 1 && p.vector[3] == 1);
}

static void closing_leaves_one_file_that_only_the_owner_may_read(void **state)
{
    fixture *f = *state;
    char path[PATH_BYTES];
    struct stat info;
    (void)add_point(f, "a", 1);
    fixture_path(f, "-wal", path);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    fixture_close(f);
    assert_int_equal(stat(path, &info), -1);
    fixture_path(f, "-shm", path);
    assert_int_equal(stat(path, &info), -1);
    fixture_path(f, "", path);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
}

static void the_size_is_that_of_the_database_and_its_log(void **state)
{
    fixture *f = *state;
    char path[PATH_BYTES];
    struct stat database, log;
    (void)add_point(f, "a", 1);
    fixture_path(f, "", path);
    assert_int_equal(stat(path, &database), 0);
    fixture_path(f, "-wal", path);
    assert_int_equal(stat(path, &log), 0);
    assert_true(log.st_size > 0);
    assert_int_equal(store_bytes(f->store), (uint64_t)(database.st_size + log.st_size));
}

static void a_missing_directory_is_an_io_error(void **state)
{
    kith_error err = {0};
    store *s = NULL;
    (void)state;
    assert_status(KITH_ERR_IO, store_open("/tmp/kith-no-such-directory", &s, &err));
    assert_null(s);
}

static void closing_nothing_is_fine(void **state)
{
    kith_error err = {0};
    (void)state;
    assert_ok(store_close(NULL, &err));
}

static void a_file_that_is_no_database_is_corrupt(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    char path[PATH_BYTES];
    fixture_close(f);
    fixture_path(f, "", path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < 1000; i++)
        assert_true(fputs("this is not a database\n", file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_status(KITH_ERR_CORRUPT, store_open(f->directory, &f->store, &err));
}

static void a_database_of_another_program_is_corrupt(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    fixture_close(f);
    run_sql(f, "DROP TABLE catalog");
    assert_status(KITH_ERR_CORRUPT, store_open(f->directory, &f->store, &err));
    assert_non_null(strstr(err.message, "not a catalog"));
}

static void a_truncated_database_is_corrupt(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    char path[PATH_BYTES];
    for (int i = 0; i < 200; i++) {
        char key[16];
        (void)snprintf(key, sizeof key, "k%d", i);
        (void)add_point(f, key, 1);
    }
    fixture_close(f);
    fixture_path(f, "", path);
    assert_int_equal(truncate(path, 3 * 8192), 0);
    kith_status status = store_open(f->directory, &f->store, &err);
    if (status == KITH_OK) status = store_check(f->store, &err);
    assert_int_equal(status, KITH_ERR_CORRUPT);
}

static size_t read_whole(const char *path, char *out, size_t capacity)
{
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    size_t size = fread(out, 1, capacity, file);
    assert_true(size < capacity);
    assert_int_equal(fclose(file), 0);
    return size;
}

static void a_newer_version_is_refused_and_left_as_it_was(void **state)
{
    enum { CAPACITY = 1 << 20 };
    kith_error err = {0};
    fixture *f = *state;
    char path[PATH_BYTES];
    char *before = calloc(2, CAPACITY);
    assert_non_null(before);
    char *after = before + CAPACITY;
    fixture_close(f);
    run_sql(f, "UPDATE catalog SET version = 1000");
    fixture_path(f, "", path);
    size_t size = read_whole(path, before, CAPACITY);
    assert_true(size > 0);
    assert_status(KITH_ERR_UNSUPPORTED, store_open(f->directory, &f->store, &err));
    assert_null(f->store);
    assert_int_equal(read_whole(path, after, CAPACITY), size);
    assert_memory_equal(before, after, size);
    fixture_path(f, "-wal", path);
    assert_int_equal(read_whole(path, after, CAPACITY), 0);
    free(before);
}

static void a_creation_that_was_cut_short_is_begun_again(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    char path[PATH_BYTES];
    fixture_close(f);
    fixture_path(f, "", path);
    assert_int_equal(truncate(path, 0), 0);
    fixture_open(f);
    assert_ok(store_check(f->store, &err));
    store_collection c = {0};
    assert_status(KITH_ERR_NOT_FOUND,
                  store_collection_get(f->store, VIEW("c"), &f->arena, &c, &err));
}

static void a_directory_whose_name_looks_like_a_uri_is_a_directory(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    char before[512];
    store *s = NULL;
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(f->directory), 0);
    assert_int_equal(mkdir("file:x", 0700), 0);
    assert_ok(store_open("file:x", &s, &err));
    assert_int_equal(access("file:x/kith.db", F_OK), 0);
    assert_int_equal(chdir(before), 0);
    uint64_t count = 7;
    assert_ok(store_collection_count(s, 1, &count, &err)); /* a reader opened later */
    assert_int_equal(count, 0);
    assert_ok(store_close(s, &err));
}

static void rename_in(const fixture *f, const char *from, const char *to)
{
    char old[PATH_BYTES], new[PATH_BYTES];
    fixture_path(f, from, old);
    fixture_path(f, to, new);
    assert_int_equal(rename(old, new), 0);
}

static void a_link_or_a_pipe_in_place_of_a_file_of_the_store_is_refused(void **state)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    fixture *f = *state;
    fixture_close(f);
    for (int i = 0; i < 6; i++) {
        kith_error err = {0};
        char path[PATH_BYTES], victim[PATH_BYTES];
        const char *suffix = suffixes[i / 2];
        fixture_path(f, "-wal", path);
        (void)unlink(path); /* what the refused opening before left */
        fixture_path(f, "-shm", path);
        (void)unlink(path);
        fixture_path(f, suffix, path);
        fixture_path(f, ".victim", victim);
        if (!*suffix) rename_in(f, "", ".kept");
        FILE *file = fopen(victim, "w");
        assert_non_null(file);
        assert_int_equal(fclose(file), 0);
        if (i % 2 == 0) assert_int_equal(symlink(victim, path), 0);
        if (i % 2 == 1) assert_int_equal(mkfifo(path, 0600), 0);
        assert_status(KITH_ERR_IO, store_open(f->directory, &f->store, &err));
        struct stat info;
        assert_int_equal(stat(victim, &info), 0);
        assert_int_equal(info.st_size, 0);
        (void)unlink(path); /* SQLite may have removed it */
        assert_int_equal(unlink(victim), 0);
        if (!*suffix) rename_in(f, ".kept", "");
    }
    fixture_open(f);
}

static void nothing_is_acknowledged_into_a_file_that_was_moved_or_replaced(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    char path[PATH_BYTES];
    (void)add_point(f, "a", 1);
    rename_in(f, "", ".moved");
    assert_status(KITH_ERR_IO, store_collection_drop(f->store, f->collection, &err));
    fixture_path(f, "", path);
    FILE *other = fopen(path, "w");
    assert_non_null(other);
    assert_int_equal(fclose(other), 0);
    assert_status(KITH_ERR_IO, store_collection_drop(f->store, f->collection, &err));
    rename_in(f, ".moved", "");
    (void)add_point(f, "b", 1);
}

static void the_file_has_the_settings_that_durability_needs(void **state)
{
    fixture *f = *state;
    assert_int_equal(ask_sql(f, "PRAGMA page_size"), 8192);
    assert_int_equal(ask_sql(f, "SELECT 'wal' = (SELECT journal_mode FROM pragma_journal_mode)"),
                     1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(what_was_written_is_there_after_reopening),
        with_store(closing_leaves_one_file_that_only_the_owner_may_read),
        with_store(the_size_is_that_of_the_database_and_its_log),
        cmocka_unit_test(a_missing_directory_is_an_io_error),
        cmocka_unit_test(closing_nothing_is_fine),
        with_store(a_file_that_is_no_database_is_corrupt),
        with_store(a_database_of_another_program_is_corrupt),
        with_store(a_truncated_database_is_corrupt),
        with_store(a_newer_version_is_refused_and_left_as_it_was),
        with_store(a_creation_that_was_cut_short_is_begun_again),
        with_store(a_directory_whose_name_looks_like_a_uri_is_a_directory),
        with_store(a_link_or_a_pipe_in_place_of_a_file_of_the_store_is_refused),
        with_store(nothing_is_acknowledged_into_a_file_that_was_moved_or_replaced),
        with_store(the_file_has_the_settings_that_durability_needs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
