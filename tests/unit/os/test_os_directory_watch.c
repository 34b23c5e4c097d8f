/* Tests of watching directories; the oracle is what the test itself did to them. */
#include "test.h"

#include "base/path.h"
#include "os/directory_watch.h"
#include "patience.h"
#include "scratch.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TIMEOUT_MS = 2000 };

/* The visits of one wait. */
typedef struct visits {
    const char *wanted;
    const char *below; /* a directory's path; NULL: not asked */
    uint32_t paths, overflows;
    uint32_t paths_below; /* of `below` */
    bool was_found;
} visits;

static kith_status note_visit(void *context, const char *path)
{
    visits *v = context;
    if (!path) {
        v->overflows++;
        return KITH_OK;
    }
    v->paths++;
    v->was_found = v->was_found || (v->wanted && strcmp(path, v->wanted) == 0);
    v->paths_below += v->below && path_is_below(view_of(path), v->below);
    return KITH_OK;
}

static visits wait_for(watch *w, const char *wanted)
{
    kith_error err;
    visits v = {.wanted = wanted};
    bool happened = false;
    assert_ok(watch_wait(w, patience_ms(TIMEOUT_MS), note_visit, &v, &happened, &err));
    assert_true(happened);
    return v;
}

static void path_in(const char *directory, const char *name, char out[PATH_MAX])
{
    assert_true(snprintf(out, PATH_MAX, "%s/%s", directory, name) < PATH_MAX);
}

static void touch(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
}

static void a_new_file_is_told_by_its_path(void **state)
{
    kith_error err;
    watch *w = NULL;
    char path[PATH_MAX];
    path_in(*state, "new", path);
    assert_ok(watch_open(&w, &err));
    assert_ok(watch_add(w, *state, &err));
    touch(path);
    assert_true(wait_for(w, path).was_found);
    watch_close(w);
}

static void a_directory_that_moved_is_known_by_its_new_path_once_added_again(void **state)
{
    kith_error err;
    watch *w = NULL;
    char before[PATH_MAX], after[PATH_MAX], file[PATH_MAX];
    path_in(*state, "before", before);
    path_in(*state, "after", after);
    path_in(after, "new", file);
    assert_int_equal(mkdir(before, 0700), 0);
    assert_ok(watch_open(&w, &err));
    assert_ok(watch_add(w, *state, &err));
    assert_ok(watch_add(w, before, &err));
    assert_int_equal(rename(before, after), 0);
    (void)wait_for(w, NULL);
    assert_ok(watch_add(w, after, &err));
    touch(file);
    assert_true(wait_for(w, file).was_found);
    watch_close(w);
}

/* The kernel goes on watching a directory wherever it moves to. Nobody asked for that place, and
 * the path that the watch knows is no longer the directory's. */
static void a_directory_that_moved_away_is_silent_with_all_below_it(void **state)
{
    kith_error err;
    watch *w = NULL;
    char top[PATH_MAX], inside[PATH_MAX], deeper[PATH_MAX], away[PATH_MAX], file[PATH_MAX];
    path_in(*state, "top", top);
    path_in(top, "inside", inside);
    path_in(inside, "deeper", deeper);
    path_in(*state, "away", away);
    assert_int_equal(mkdir(top, 0700), 0);
    assert_int_equal(mkdir(inside, 0700), 0);
    assert_int_equal(mkdir(deeper, 0700), 0);
    assert_ok(watch_open(&w, &err));
    assert_ok(watch_add(w, top, &err));
    assert_ok(watch_add(w, inside, &err));
    assert_ok(watch_add(w, deeper, &err));
    assert_int_equal(rename(inside, away), 0);
    assert_true(wait_for(w, inside).was_found);
    path_in(away, "new", file);
    touch(file);
    path_in(away, "deeper/new", file);
    touch(file);
    path_in(top, "last", file);
    touch(file);
    visits v = {.wanted = file, .below = inside};
    while (!v.was_found) {
        bool happened = false;
        assert_ok(watch_wait(w, patience_ms(TIMEOUT_MS), note_visit, &v, &happened, &err));
        assert_true(happened);
    }
    assert_int_equal(v.paths_below, 0);
    watch_close(w);
}

static void what_is_no_directory_cannot_be_watched(void **state)
{
    kith_error err;
    watch *w = NULL;
    char path[PATH_MAX];
    path_in(*state, "file", path);
    touch(path);
    assert_ok(watch_open(&w, &err));
    assert_status(KITH_ERR_NOT_FOUND, watch_add(w, "/nonexistent/kith", &err));
    assert_status(KITH_ERR_NOT_FOUND, watch_add(w, path, &err));
    watch_close(w);
}

/* How many events the kernel holds for one watcher. */
static uint32_t queue_limit(void)
{
    unsigned limit = 0;
    FILE *file = fopen("/proc/sys/fs/inotify/max_queued_events", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%u", &limit), 1);
    (void)fclose(file);
    return limit;
}

/* The kernel merges an event only with the one before it: two files in turn fill the queue. */
static void more_than_the_kernel_holds_is_told_as_anything(void **state)
{
    kith_error err;
    watch *w = NULL;
    char names[2][PATH_MAX], lost[PATH_MAX];
    path_in(*state, "a", names[0]);
    path_in(*state, "b", names[1]);
    path_in(*state, "lost", lost);
    touch(names[0]);
    touch(names[1]);
    assert_ok(watch_open(&w, &err));
    assert_ok(watch_add(w, *state, &err));
    uint32_t limit = queue_limit();
    for (uint32_t i = 0; i <= limit; i++)
        assert_int_equal(utimensat(AT_FDCWD, names[i % 2], NULL, 0), 0);
    touch(lost);
    visits v = wait_for(w, lost);
    assert_int_equal(v.overflows, 1);
    assert_int_equal(v.paths, limit);
    assert_false(v.was_found);
    touch(lost);
    assert_true(wait_for(w, lost).was_found);
    watch_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_new_file_is_told_by_its_path, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(
            a_directory_that_moved_is_known_by_its_new_path_once_added_again, scratch_setup,
            scratch_teardown),
        cmocka_unit_test_setup_teardown(a_directory_that_moved_away_is_silent_with_all_below_it,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(what_is_no_directory_cannot_be_watched, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(more_than_the_kernel_holds_is_told_as_anything,
                                        scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
