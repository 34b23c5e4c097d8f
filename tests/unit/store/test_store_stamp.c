/* test_store_stamp.c - a stamp stays while nothing is committed, and every commit of whatever store changes it. */
#include "fixture.h"

#include "store/catalog.h"

enum { ASKED_UNTIL_THERE = 16 };

static store_stamp stamp_of(store *s)
{
    store_stamp stamp = {0};
    bool is_there = false;
    for (int i = 0; i < ASKED_UNTIL_THERE && !is_there; i++)
        is_there = store_read_stamp(s, &stamp);
    assert_true(is_there);
    return stamp;
}

static bool has_changed(store *s, store_stamp *stamp)
{
    const store_stamp before = *stamp;
    *stamp = stamp_of(s);
    return !store_stamp_equal(&before, stamp);
}

static void put(store *s, uint64_t collection, const char *key)
{
    kith_error err = {0};
    const float vector[DIM] = {1, 2, 3, 4};
    uint64_t sequence = 0;
    const store_point p = {.key = view_of(key), .vector = vector};
    assert_ok(store_put_points(s, collection, STORE_ADD, &p, 1, &sequence, &err));
}

static void a_commit_changes_the_stamp_and_a_question_does_not(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    store_collection c = {0};
    store_stamp stamp = stamp_of(f->store);
    for (int i = 0; i < 10; i++) {
        char key[16];
        assert_ok(store_collection_get(f->store, VIEW("c"), &f->arena, &c, &err));
        assert_false(has_changed(f->store, &stamp));
        snprintf(key, sizeof key, "p%d", i);
        put(f->store, f->collection, key);
        assert_true(has_changed(f->store, &stamp));
        assert_false(has_changed(f->store, &stamp));
    }
}

static void commits_of_another_store_change_it_too(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    store *other = NULL;
    assert_ok(store_open(f->directory, &other, &err));
    store_stamp stamp = stamp_of(f->store), others = stamp_of(other);
    assert_true(store_stamp_equal(&stamp, &others));
    put(other, f->collection, "a");
    assert_true(has_changed(f->store, &stamp));
    assert_true(has_changed(other, &others));
    assert_true(store_stamp_equal(&stamp, &others));
    const store_modification renamed = {.name = VIEW("d")};
    assert_ok(store_collection_modify(other, f->collection, &renamed, &err));
    assert_true(has_changed(f->store, &stamp));
    assert_ok(store_close(other, &err));
    put(f->store, f->collection, "b");
    assert_true(has_changed(f->store, &stamp));
}

/* What SQLite does when a process was killed while it wrote the head: the next one that reads begins the index of the log
 * anew, from the log. */
static void break_head(const fixture *f)
{
    char path[PATH_BYTES];
    fixture_path(f, "-shm", path);
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    assert_int_equal(fseek(file, 48, SEEK_SET), 0); // the second copy of the head
    int byte = fgetc(file);
    assert_int_equal(fseek(file, 48, SEEK_SET), 0);
    assert_int_equal(fputc(byte ^ 1, file), byte ^ 1);
    assert_int_equal(fclose(file), 0);
}

static void empty_log(const fixture *f)
{
    run_sql(f, "PRAGMA wal_checkpoint(TRUNCATE)");
}

/* The index of an empty log says nothing of what was committed and moved into the database before. */
static void a_log_that_was_found_empty_has_no_stamp(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    store_collection c = {0};
    store_stamp stamps[2] = {0};
    bool is_there[2];
    (void)stamp_of(f->store);
    for (int i = 0; i < 2; i++) {
        put(f->store, f->collection, i ? "b" : "a");
        empty_log(f);
        break_head(f);
        assert_ok(store_collection_get(f->store, VIEW("c"), &f->arena, &c, &err));
        is_there[i] = store_read_stamp(f->store, &stamps[i]);
    }
    assert_false(is_there[0] && is_there[1] && store_stamp_equal(&stamps[0], &stamps[1]));
    put(f->store, f->collection, "c");
    stamps[0] = stamp_of(f->store);
    assert_false(has_changed(f->store, &stamps[0]));
}

static void each_beginning_of_the_log_changes_the_stamp(void **state)
{
    fixture *f = *state;
    put(f->store, f->collection, "a");
    store_stamp stamp = stamp_of(f->store), first = stamp;
    for (int i = 0; i < 4; i++) {
        char key[16];
        empty_log(f);
        (void)has_changed(f->store, &stamp); // as it may, without a commit
        snprintf(key, sizeof key, "b%d", i);
        put(f->store, f->collection, key);
        assert_true(has_changed(f->store, &stamp));
        assert_false(store_stamp_equal(&stamp, &first));
    }
}

static void the_first_questions_have_no_stamp(void **state)
{
    fixture *f = *state;
    store_stamp stamp;
    assert_false(store_read_stamp(f->store, &stamp));
}

static void a_store_that_only_reads_has_none(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    store *reader = NULL;
    store_stamp stamp;
    assert_ok(store_open_with(f->directory, &(store_options){.read_only = true}, &reader, &err));
    for (int i = 0; i < ASKED_UNTIL_THERE; i++)
        assert_false(store_read_stamp(reader, &stamp));
    assert_ok(store_close(reader, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_commit_changes_the_stamp_and_a_question_does_not, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(commits_of_another_store_change_it_too, setup, teardown),
        cmocka_unit_test_setup_teardown(a_log_that_was_found_empty_has_no_stamp, setup, teardown),
        cmocka_unit_test_setup_teardown(each_beginning_of_the_log_changes_the_stamp, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_first_questions_have_no_stamp, setup, teardown),
        cmocka_unit_test_setup_teardown(a_store_that_only_reads_has_none, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
