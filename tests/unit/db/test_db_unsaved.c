/* Faults of the place that an index is kept in, which cost no answer: what cannot be saved is told, and saved later; what
 * cannot be opened for want of file descriptors is no damage. */
#include "test.h"

#include "collection_for_test.h"
#include "db/collection_private.h"
#include "db/database.h"
#include "generations.h"
#include "index_for_test.h"

#include <fcntl.h>
#include <sys/resource.h>

enum { DIM = 4, POINTS = 20, PATH_BYTES = 1200, DESCRIPTORS = 4096 };

typedef struct fixture {
    char *directory;
    database *db;
    collection *c;
    kept_notices notices; /* since the last opening */
    uint32_t points;
} fixture;

static void open_all(fixture *f)
{
    const database_options options = {
        .no_threads = true, .on_notice = keep_notice, .context = &f->notices};
    f->notices.last[0] = '\0';
    f->notices.count = 0;
    open_collection(f->directory, &options, &f->db, &f->c);
}

static void close_all(fixture *f)
{
    close_collection(&f->db, &f->c);
}

/* A point more. */
static void put(fixture *f)
{
    kith_error err;
    char key[16];
    (void)snprintf(key, sizeof key, "k%u", f->points);
    const float vector[DIM] = {1, (float)f->points};
    const store_point p = {.key = view_of(key), .vector = vector};
    assert_ok(collection_put_points(f->c, STORE_ADD, &p, 1, DIM, VIEW(""), &err));
    f->points++;
}

/* A generation is to be saved with it. */
static void put_and_save(fixture *f)
{
    f->c->must_save = true;
    put(f);
}

static int setup(void **state)
{
    fixture *f = fixture_new(state, sizeof *f);
    if (!f) return -1;
    open_all(f);
    for (uint32_t i = 1; i < POINTS; i++)
        put(f);
    put_and_save(f);
    assert_false(f->c->must_save);
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    close_all(f);
    return fixture_free(f);
}

/* What stats say of the index. */
static void expect_index(const fixture *f, const char *kind, const char *reason)
{
    kith_error err;
    arena a;
    collection_index_state state = {0};
    arena_init(&a, 0);
    assert_ok(collection_index(f->c, &a, &state, &err));
    assert_string_equal(state.state, kind);
    if (reason[0])
        assert_non_null(strstr(state.reason, reason));
    else
        assert_string_equal(state.reason, "");
    arena_done(&a);
}

static void expect_all_found(const fixture *f)
{
    kith_error err;
    arena a;
    collection_hits hits;
    arena_init(&a, 0);
    const collection_query q = {
        .vector = (float[DIM]){1}, .dim = DIM, .k = 2 * POINTS, .exact = true};
    assert_ok(collection_search(f->c, &q, &a, &hits, &err));
    assert_int_equal(hits.count, f->points);
    arena_done(&a);
}

static void derived_of(const fixture *f, char out[PATH_BYTES])
{
    (void)snprintf(out, PATH_BYTES, "%s/derived", f->directory);
}

static void an_index_that_cannot_be_saved_says_so_and_is_saved_when_it_can_be(void **state)
{
    fixture *f = *state;
    char place[PATH_BYTES];
    derived_of(f, place);
    remove_tree(place);
    FILE *in_its_place = fopen(place, "wb");
    assert_non_null(in_its_place);
    assert_int_equal(fclose(in_its_place), 0);
    for (int i = 0; i < 3; i++) {
        put_and_save(f);
        assert_true(f->c->must_save);
        expect_index(f, "current", "not saved, which is tried again: ");
        expect_index(f, "current", place);
    }
    assert_int_equal(f->notices.count, 1); // once, not with each attempt
    assert_non_null(strstr(f->notices.last, "collection 'c': its index could not be saved"));
    assert_non_null(strstr(f->notices.last, place));
    expect_all_found(f);
    assert_int_equal(unlink(place), 0);
    put_and_save(f);
    assert_false(f->c->must_save);
    expect_index(f, "current", "");
    close_all(f);
    open_all(f);
    expect_all_found(f);
    assert_int_equal(f->notices.count, 0); // nothing was built anew
}

static void what_could_not_be_saved_at_close_is_told_by_the_close(void **state)
{
    fixture *f = *state;
    char place[PATH_BYTES];
    derived_of(f, place);
    remove_tree(place);
    assert_int_equal(symlink("/nonexistent/place", place), 0);
    f->c->must_save = true;
    close_all(f);
    assert_int_equal(f->notices.count, 1);
    assert_non_null(strstr(f->notices.last, "could not be saved"));
    assert_int_equal(unlink(place), 0);
    open_all(f);
    expect_all_found(f);
}

static void a_directory_of_indexes_that_was_removed_is_made_again(void **state)
{
    fixture *f = *state;
    char place[PATH_BYTES];
    derived_of(f, place);
    remove_tree(place);
    put_and_save(f);
    assert_false(f->c->must_save);
    assert_int_equal(count_generations(f->directory, collection_id(f->c)), 1);
    assert_int_equal(f->notices.count, 0);
}

/* Opens all that the process may; returns how many. */
static uint32_t use_up_descriptors(int fds[DESCRIPTORS])
{
    uint32_t count = 0;
    while (count < DESCRIPTORS && (fds[count] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
        count++;
    assert_true(count < DESCRIPTORS);
    return count;
}

static void close_descriptors(const int *fds, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(close(fds[i]), 0);
}

/* With none left, with one, and so on until it can be opened: it is never damaged. */
static void without_descriptors_an_index_is_not_opened_and_not_given_up(void **state)
{
    fixture *f = *state;
    static int fds[DESCRIPTORS];
    struct rlimit before, now;
    kith_error err = {0};
    char before_it[GENERATION_PATH_BYTES], after[GENERATION_PATH_BYTES];
    assert_true(find_generation(f->directory, collection_id(f->c), before_it));
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    now = before;
    now.rlim_cur = 200;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);
    uint32_t failures = 0;
    kith_status status = KITH_ERR_IO;
    for (uint32_t left = 0; status != KITH_OK && left < 100; left++) {
        close_all(f);
        open_all(f); // nothing of the index is in memory
        const uint32_t count = use_up_descriptors(fds);
        close_descriptors(fds, left);
        status = collection_load(f->c, &err);
        close_descriptors(fds + left, count - left);
        if (status != KITH_OK) {
            assert_int_equal(status, KITH_ERR_IO);
            failures++;
        }
        assert_int_equal(f->notices.count, 0);
        assert_false(f->c->must_save);
        assert_true(find_generation(f->directory, collection_id(f->c), after));
        assert_string_equal(after, before_it);
        assert_int_equal(count_generations(f->directory, collection_id(f->c)), 1);
    }
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(status, KITH_OK);
    assert_true(failures > 0);
    assert_non_null(strstr(err.message, "oo many open files"));
    assert_non_null(strstr(err.message, "ulimit -n"));
    expect_index(f, "current", "");
    expect_all_found(f);
}

#define unsaved_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        unsaved_test(an_index_that_cannot_be_saved_says_so_and_is_saved_when_it_can_be),
        unsaved_test(what_could_not_be_saved_at_close_is_told_by_the_close),
        unsaved_test(a_directory_of_indexes_that_was_removed_is_made_again),
        unsaved_test(without_descriptors_an_index_is_not_opened_and_not_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
