/* Tests of a watched folder: what changed is synced and nothing else, and what an outage of the
 * endpoint cost is taken up again. */
#include "test.h"

#include "ingest_fixture.h"

#include "ingest/folder_watch.h"
#include "os/clock.h"

#define FOX  "The red fox hunts mice at dusk along the hedges.\n"
#define TIDE "Spring tides come with the new moon, every month.\n"

enum { PATIENCE_MS = 20000 };

static bool never(void *context)
{
    (void)context;
    return false;
}

static bool always(void *context)
{
    (void)context;
    return true;
}

static folder_watch *open_watch(const ingest_fixture *f)
{
    kith_error err = {0};
    folder_watch *w = NULL;
    const char *const paths[] = {f->folder};
    assert_ok(folder_watch_open(paths, 1, &w, &err));
    return w;
}

/* One round; with `outage` the endpoint counts as down from the start. */
static void assert_round(ingest_fixture *f, folder_watch *w, bool outage, const char *log)
{
    kith_error err = {0};
    ingest_run in = {0};
    fixture_begin(f, &in);
    if (outage) (void)fail(&in.outage, KITH_ERR_NETWORK, "the endpoint is down");
    assert_ok(folder_watch_sync(w, &in, &err));
    fixture_end(f, &in);
    assert_string_equal(f->log, log);
}

static void wait_for_change(folder_watch *w)
{
    kith_error err = {0};
    int64_t until_ns = clock_monotonic_ns() + (int64_t)PATIENCE_MS * 1000000;
    assert_ok(folder_watch_wait(w, until_ns, never, NULL, &err));
    assert_true(clock_monotonic_ns() < until_ns);
}

static int setup(void **state)
{
    ingest_fixture *f = fixture_new();
    fixture_open_endpoint(f, 1);
    f->options.sync = true;
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture_free(*state, NULL);
    return 0;
}

static void the_first_round_takes_everything_and_later_ones_what_changed(void **state)
{
    ingest_fixture *f = *state;
    fixture_write(f, "a.txt", FOX);
    fixture_write(f, "b.txt", TIDE);
    folder_watch *w = open_watch(f);
    assert_round(f, w, false, "added a.txt\nadded b.txt\n");
    fixture_write(f, "b.txt", "Other words about the moon.\n");
    wait_for_change(w);
    assert_round(f, w, false, "updated b.txt\n"); // a.txt is not compared
    fixture_remove(f, "a.txt");
    fixture_write(f, "c.txt", FOX);
    wait_for_change(w);
    assert_round(f, w, false, "renamed c.txt of a.txt\n");
    folder_watch_close(w);
}

static void a_directory_that_appears_is_watched_too(void **state)
{
    ingest_fixture *f = *state;
    folder_watch *w = open_watch(f);
    assert_round(f, w, false, "");
    assert_int_equal(mkdir(fixture_path(f, "d"), 0700), 0);
    fixture_write(f, "d/a.txt", FOX);
    wait_for_change(w);
    assert_round(f, w, false, "added a.txt\n");
    fixture_write(f, "d/b.txt", TIDE);
    wait_for_change(w);
    assert_round(f, w, false, "added b.txt\n");
    folder_watch_close(w);
}

static void a_changed_ignore_file_concerns_its_whole_directory(void **state)
{
    ingest_fixture *f = *state;
    fixture_write(f, "a.txt", FOX);
    fixture_write(f, "b.txt", TIDE);
    folder_watch *w = open_watch(f);
    assert_round(f, w, false, "added a.txt\nadded b.txt\n");
    fixture_write(f, ".kithignore", "a.txt\n");
    wait_for_change(w);
    assert_round(f, w, false, "ignored a.txt\nunchanged b.txt\nremoved a.txt\n");
    folder_watch_close(w);
}

static void a_file_that_is_watched_is_seen_when_another_replaces_it(void **state)
{
    ingest_fixture *f = *state;
    kith_error err = {0};
    char target[1024];
    folder_watch *w = NULL;
    fixture_write(f, "a.txt", FOX);
    (void)snprintf(target, sizeof target, "%s", fixture_path(f, "a.txt"));
    const char *const paths[] = {target};
    assert_ok(folder_watch_open(paths, 1, &w, &err));
    assert_round(f, w, false, "added a.txt\n");
    fixture_write(f, "new.txt", TIDE);
    assert_int_equal(rename(fixture_path(f, "new.txt"), target), 0);
    wait_for_change(w);
    assert_round(f, w, false, "updated a.txt\n");
    folder_watch_close(w);
}

/* A file and a directory that are hidden, and named beside the directory that they lie in. */
static void what_is_named_outright_is_followed_below_another_path_that_is_watched(void **state)
{
    ingest_fixture *f = *state;
    kith_error err = {0};
    char file[1024], directory[1024];
    folder_watch *w = NULL;
    (void)snprintf(file, sizeof file, "%s", fixture_path(f, ".note.txt"));
    (void)snprintf(directory, sizeof directory, "%s", fixture_path(f, ".hidden"));
    assert_int_equal(mkdir(directory, 0700), 0);
    fixture_write(f, "a.txt", FOX);
    fixture_write(f, ".note.txt", TIDE);
    fixture_write(f, ".hidden/b.txt", "Green tea is brewed at eighty degrees.\n");
    const char *const paths[] = {f->folder, file, directory};
    assert_ok(folder_watch_open(paths, 3, &w, &err));
    assert_round(f, w, false, "added a.txt\nadded .note.txt\nadded b.txt\n");
    fixture_write(f, ".note.txt", "Other words about the moon.\n");
    wait_for_change(w);
    assert_round(f, w, false, "updated .note.txt\n");
    fixture_write(f, ".hidden/b.txt", "Black tea is brewed at a hundred.\n");
    wait_for_change(w);
    assert_round(f, w, false, "updated b.txt\n");
    fixture_write(f, ".gitignore", ".note.txt\n.hidden/\n"); // the folder counts as changed
    wait_for_change(w);
    assert_round(f, w, false, "unchanged a.txt\nunchanged .note.txt\nunchanged b.txt\n");
    folder_watch_close(w);
}

static void too_many_changes_to_list_are_found_by_looking_at_everything(void **state)
{
    ingest_fixture *f = *state;
    enum { MANY = 4096 + 1 }; // CHANGED_PATHS_MAX of folder_watch.c, and one more
    char name[32];
    fixture_write(f, ".kithignore", "x*\n");
    fixture_write(f, "b.txt", TIDE);
    folder_watch *w = open_watch(f);
    assert_round(f, w, false, "added b.txt\n");
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(name, sizeof name, "x%d", i);
        fixture_write(f, name, "");
    }
    fixture_write(f, "a.txt", FOX);
    wait_for_change(w);
    kith_error err = {0};
    ingest_run in = {0};
    fixture_begin(f, &in);
    assert_ok(folder_watch_sync(w, &in, &err));
    fixture_end(f, &in);
    assert_int_equal(f->report.files_added, 1);
    assert_int_equal(f->report.files_ignored, MANY);
    assert_int_equal(f->report.files_unchanged, 1); // b.txt, which did not change
    folder_watch_close(w);
}

static void files_that_fail_by_an_outage_are_postponed_and_taken_up_again(void **state)
{
    ingest_fixture *f = *state;
    kith_error err = {0};
    fixture_write(f, "a.txt", FOX);
    folder_watch *w = open_watch(f);
    assert_round(f, w, true, "failed a.txt\n");
    assert_int_equal(folder_watch_waiting(w), 1);
    assert_int_equal(fake_endpoint_request_count(f->endpoint), 0);
    fixture_write(f, "b.txt", TIDE);
    wait_for_change(w);
    assert_round(f, w, true, "failed b.txt\n");
    assert_int_equal(folder_watch_waiting(w), 2);
    assert_ok(folder_watch_resume(w, &err));
    assert_int_equal(folder_watch_waiting(w), 0);
    assert_round(f, w, false, "added a.txt\nadded b.txt\n");
    folder_watch_close(w);
}

static void a_rename_during_an_outage_needs_no_endpoint(void **state)
{
    ingest_fixture *f = *state;
    fixture_write(f, "a.txt", FOX);
    folder_watch *w = open_watch(f);
    assert_round(f, w, false, "added a.txt\n");
    fixture_remove(f, "a.txt");
    fixture_write(f, "b.txt", FOX);
    wait_for_change(w);
    assert_round(f, w, true, "renamed b.txt of a.txt\n");
    assert_int_equal(folder_watch_waiting(w), 0);
    folder_watch_close(w);
}

static void a_watched_directory_that_is_missing_ends_the_round_and_removes_nothing(void **state)
{
    ingest_fixture *f = *state;
    kith_error err = {0};
    ingest_run in = {0};
    char elsewhere[1024];
    fixture_write(f, "a.txt", FOX);
    folder_watch *w = open_watch(f);
    assert_round(f, w, false, "added a.txt\n");
    (void)snprintf(elsewhere, sizeof elsewhere, "%s-elsewhere", f->folder);
    assert_int_equal(rename(f->folder, elsewhere), 0);
    fixture_begin(f, &in);
    assert_status(KITH_ERR_NOT_FOUND, folder_watch_sync(w, &in, &err));
    fixture_end(f, &in);
    assert_string_equal(f->log, "");
    folder_watch_close(w);
}

static void a_wait_ends_when_it_is_told_to_or_at_its_time(void **state)
{
    ingest_fixture *f = *state;
    kith_error err = {0};
    folder_watch *w = open_watch(f);
    assert_round(f, w, false, "");
    assert_status(KITH_ERR_CANCELLED, folder_watch_wait(w, 0, always, NULL, &err));
    assert_ok(folder_watch_wait(w, clock_monotonic_ns() + 1, never, NULL, &err));
    folder_watch_close(w);
}

int main(void)
{
#define WATCH_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        WATCH_TEST(the_first_round_takes_everything_and_later_ones_what_changed),
        WATCH_TEST(a_directory_that_appears_is_watched_too),
        WATCH_TEST(a_changed_ignore_file_concerns_its_whole_directory),
        WATCH_TEST(a_file_that_is_watched_is_seen_when_another_replaces_it),
        WATCH_TEST(what_is_named_outright_is_followed_below_another_path_that_is_watched),
        WATCH_TEST(too_many_changes_to_list_are_found_by_looking_at_everything),
        WATCH_TEST(files_that_fail_by_an_outage_are_postponed_and_taken_up_again),
        WATCH_TEST(a_rename_during_an_outage_needs_no_endpoint),
        WATCH_TEST(a_watched_directory_that_is_missing_ends_the_round_and_removes_nothing),
        WATCH_TEST(a_wait_ends_when_it_is_told_to_or_at_its_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
