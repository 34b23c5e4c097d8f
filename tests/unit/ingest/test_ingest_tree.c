/* Tests of the walk: what is visited, ignored, entered and reported. The rules' own meaning is
 * compared with git's in tests/accept/test_ignore.py. */
#include "test.h"

#include "scratch.h"

#include "base/path.h"
#include "ingest/ignore.h"
#include "ingest/tree.h"

#include <limits.h>
#include <sys/stat.h>

typedef struct fixture {
    void *scratch;
    char root[PATH_MAX];
    char log[8192]; /* "visit a.txt\n": each call, with the path below the root */
    kith_status stop;
} fixture;

static int fixture_setup(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    assert_int_equal(scratch_setup(&f->scratch), 0);
    assert_non_null(realpath(f->scratch, f->root));
    *state = f;
    return 0;
}

static int fixture_teardown(void **state)
{
    fixture *f = *state;
    assert_int_equal(scratch_teardown(&f->scratch), 0);
    free(f);
    return 0;
}

static const char *path_of(const fixture *f, const char *name)
{
    static char path[2 * PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/%s", f->root, name);
    return path;
}

static void make_directory(const fixture *f, const char *name)
{
    assert_int_equal(mkdir(path_of(f, name), 0700), 0);
}

static void make_file(const fixture *f, const char *name, const char *text)
{
    FILE *out = fopen(path_of(f, name), "w");
    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
}

static void note(fixture *f, const char *verb, const char *path, const char *rest)
{
    size_t used = strlen(f->log), root = strlen(f->root);
    assert_memory_equal(path, f->root, root);
    (void)snprintf(f->log + used, sizeof f->log - used, "%s %s%s\n", verb,
                   path[root] ? path + root + 1 : ".", rest);
}

static kith_status visit(void *context, const char *path, const file_info *info,
                         const kith_error *problem)
{
    fixture *f = context;
    note(f, problem ? "problem" : "visit", path,
         problem                      ? ""
         : info->kind == FILE_REGULAR ? ""
         : info->kind == FILE_SYMLINK ? " (link)"
                                      : " (other)");
    return f->stop;
}

static kith_status ignored(void *context, const char *path)
{
    note(context, "ignore", path, "");
    return KITH_OK;
}

static kith_status entered(void *context, const char *path)
{
    note(context, "enter", path, "");
    return KITH_OK;
}

static void assert_walk(fixture *f, const char *start, const char *except, const char *log)
{
    kith_error err = {0};
    char from[2 * PATH_MAX], without[2 * PATH_MAX];
    (void)snprintf(from, sizeof from, "%s%s%s", f->root, *start ? "/" : "", start);
    (void)snprintf(without, sizeof without, "%s", path_of(f, except ? except : ""));
    const tree_visitor visitor = {visit, ignored, entered, except ? without : NULL, f};
    f->log[0] = '\0';
    assert_ok(tree_walk(f->root, from, &visitor, &err));
    assert_string_equal(f->log, log);
}

static void files_come_in_order_of_names_and_directories_before_what_they_hold(void **state)
{
    fixture *f = *state;
    make_directory(f, "b");
    make_file(f, "b/x.txt", "");
    make_file(f, "a.txt", "");
    make_file(f, "c.txt", "");
    make_file(f, ".hidden", "");
    assert_walk(f, "", NULL, "enter .\nvisit a.txt\nenter b\nvisit b/x.txt\nvisit c.txt\n");
}

static void links_and_fifos_are_visited_as_what_they_are_and_not_opened(void **state)
{
    fixture *f = *state;
    make_directory(f, "d");
    make_file(f, "d/x.txt", "");
    assert_int_equal(symlink("d", path_of(f, "link-to-directory")), 0);
    assert_int_equal(symlink("nowhere", path_of(f, "link-to-nothing")), 0);
    assert_int_equal(symlink(".", path_of(f, "loop")), 0);
    assert_int_equal(mkfifo(path_of(f, "pipe"), 0600), 0);
    assert_walk(f, "", NULL,
                "enter .\nenter d\nvisit d/x.txt\nvisit link-to-directory (link)\n"
                "visit link-to-nothing (link)\nvisit loop (link)\nvisit pipe (other)\n");
}

static void a_fifo_among_the_ignore_files_is_no_file_of_rules(void **state)
{
    fixture *f = *state;
    assert_int_equal(mkfifo(path_of(f, ".gitignore"), 0600), 0);
    make_file(f, "a.txt", "");
    assert_walk(f, "", NULL, "enter .\nvisit a.txt\n");
}

static void a_place_that_cannot_be_read_is_a_problem_and_the_walk_goes_on(void **state)
{
    fixture *f = *state;
    make_directory(f, "b");
    make_file(f, "c.txt", "");
    assert_int_equal(chmod(path_of(f, "b"), 0), 0);
    // Nothing is closed to root.
    assert_walk(f, "", NULL,
                geteuid() == 0 ? "enter .\nenter b\nvisit c.txt\n"
                               : "enter .\nenter b\nproblem b\nvisit c.txt\n");
    assert_int_equal(chmod(path_of(f, "b"), 0700), 0);
}

static void
a_directory_whose_rules_cannot_be_read_is_a_problem_and_nothing_below_is_visited(void **state)
{
    fixture *f = *state;
    char rules[IGNORE_FILE_MAX_BYTES + 2];
    memset(rules, '#', sizeof rules - 1);
    rules[sizeof rules - 1] = '\0';
    make_directory(f, "b");
    make_file(f, "b/.gitignore", rules); // one byte too long
    make_file(f, "b/secret.txt", "");
    make_file(f, "c.txt", "");
    assert_walk(f, "", NULL, "enter .\nenter b\nproblem b\nvisit c.txt\n");
    assert_walk(f, "b/secret.txt", NULL, "problem b/secret.txt\n");
}

static void directories_that_are_nested_too_deep_are_a_problem_and_the_walk_goes_on(void **state)
{
    fixture *f = *state;
    enum { DEEPER = 70 };
    char name[2 * DEEPER + 2] = "d";
    for (size_t i = 1; i <= DEEPER; i++) {
        make_directory(f, name);
        memcpy(name + 2 * i - 1, "/d", 3);
    }
    make_file(f, "z.txt", "");
    kith_error err = {0};
    const tree_visitor visitor = {visit, ignored, NULL, NULL, f};
    assert_ok(tree_walk(f->root, f->root, &visitor, &err));
    assert_non_null(strstr(f->log, "problem d/d/d/"));
    assert_non_null(strstr(f->log, "visit z.txt\n"));
}

static void more_levels_of_rules_than_there_are_end_the_walk_with_a_message(void **state)
{
    fixture *f = *state;
    enum { ABOVE = 70, BELOW = 62 }; // the working tree's top is above the root of the walk
    char directory[2 * (ABOVE + BELOW)] = "d";
    kith_error err = {0};
    const tree_visitor visitor = {.visit = visit, .context = f};
    make_directory(f, ".git");
    for (size_t i = 1; i < ABOVE + BELOW; i++) {
        make_directory(f, directory);
        memcpy(directory + 2 * i - 1, "/d", 3);
    }
    directory[2 * ABOVE - 1] = '\0';
    const char *root = path_of(f, directory);
    assert_status(KITH_ERR_LIMIT, tree_walk(root, root, &visitor, &err));
    assert_non_null(strstr(err.message, "is deeper than 128 directories"));
}

static void inner_rules_override_outer_ones_but_not_an_excluded_directory(void **state)
{
    fixture *f = *state;
    make_file(f, ".gitignore", "*.log\nbuild/\n");
    make_directory(f, "build");
    make_file(f, "build/.gitignore", "!*.txt\n");
    make_file(f, "build/x.txt", "");
    make_directory(f, "d");
    make_file(f, "d/.kithignore", "!keep.log\n");
    make_file(f, "d/keep.log", "");
    make_file(f, "d/other.log", "");
    assert_walk(f, "", NULL,
                "enter .\nignore build\nenter d\nvisit d/keep.log\nignore d/other.log\n");
}

static void a_walk_that_starts_below_the_root_obeys_the_rules_above(void **state)
{
    fixture *f = *state;
    make_file(f, ".gitignore", "*.log\nout/\n");
    make_directory(f, "d");
    make_directory(f, "d/out");
    make_directory(f, "d/.git");
    make_file(f, "d/x.log", "");
    make_file(f, "d/x.txt", "");
    make_file(f, "d/out/y.txt", "");
    assert_walk(f, "d", NULL, "enter d\nignore d/out\nignore d/x.log\nvisit d/x.txt\n");
    assert_walk(f, "d/x.log", NULL, "ignore d/x.log\n");
    assert_walk(f, "d/out/y.txt", NULL, "");
    assert_walk(f, "d/.git", NULL, "");
}

static void rules_between_the_top_of_the_working_tree_and_the_root_count(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    char inner[2 * PATH_MAX];
    make_directory(f, ".git");
    make_directory(f, "d");
    make_directory(f, "d/e");
    make_file(f, ".gitignore", "*.log\n");
    make_file(f, "d/.gitignore", "*.tmp\n");
    make_file(f, "d/e/a.log", "");
    make_file(f, "d/e/a.tmp", "");
    make_file(f, "d/e/a.txt", "");
    (void)snprintf(inner, sizeof inner, "%s", path_of(f, "d/e"));
    const tree_visitor visitor = {visit, ignored, NULL, NULL, f};
    assert_ok(tree_walk(inner, inner, &visitor, &err));
    assert_string_equal(f->log, "ignore d/e/a.log\nignore d/e/a.tmp\nvisit d/e/a.txt\n");
}

static void what_is_asked_for_by_name_is_taken_whatever_the_rules_say(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    char file[2 * PATH_MAX];
    make_directory(f, ".git");
    make_file(f, ".gitignore", "*.log\n");
    make_file(f, "a.log", "");
    (void)snprintf(file, sizeof file, "%s", path_of(f, "a.log"));
    const tree_visitor visitor = {visit, ignored, NULL, NULL, f};
    assert_ok(tree_walk(file, file, &visitor, &err));
    assert_string_equal(f->log, "visit a.log\n");
}

static void an_excepted_directory_is_passed_over_and_not_reported(void **state)
{
    fixture *f = *state;
    make_directory(f, "data");
    make_file(f, "data/kith.db", "");
    make_file(f, "z.txt", "");
    assert_walk(f, "", "data", "enter .\nvisit z.txt\n");
    assert_walk(f, "data/kith.db", "data", "");
}

static void a_start_that_is_not_there_is_an_error_and_a_visit_may_end_the_walk(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    const tree_visitor visitor = {visit, ignored, NULL, NULL, f};
    assert_status(KITH_ERR_NOT_FOUND, tree_walk(f->root, path_of(f, "none"), &visitor, &err));
    make_file(f, "a.txt", "");
    make_file(f, "b.txt", "");
    f->stop = KITH_ERR_CANCELLED;
    assert_status(KITH_ERR_CANCELLED, tree_walk(f->root, f->root, &visitor, &err));
    assert_string_equal(f->log, "visit a.txt\n");
}

int main(void)
{
#define TREE_TEST(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TREE_TEST(files_come_in_order_of_names_and_directories_before_what_they_hold),
        TREE_TEST(links_and_fifos_are_visited_as_what_they_are_and_not_opened),
        TREE_TEST(a_fifo_among_the_ignore_files_is_no_file_of_rules),
        TREE_TEST(a_place_that_cannot_be_read_is_a_problem_and_the_walk_goes_on),
        TREE_TEST(a_directory_whose_rules_cannot_be_read_is_a_problem_and_nothing_below_is_visited),
        TREE_TEST(directories_that_are_nested_too_deep_are_a_problem_and_the_walk_goes_on),
        TREE_TEST(more_levels_of_rules_than_there_are_end_the_walk_with_a_message),
        TREE_TEST(inner_rules_override_outer_ones_but_not_an_excluded_directory),
        TREE_TEST(a_walk_that_starts_below_the_root_obeys_the_rules_above),
        TREE_TEST(rules_between_the_top_of_the_working_tree_and_the_root_count),
        TREE_TEST(what_is_asked_for_by_name_is_taken_whatever_the_rules_say),
        TREE_TEST(an_excepted_directory_is_passed_over_and_not_reported),
        TREE_TEST(a_start_that_is_not_there_is_an_error_and_a_visit_may_end_the_walk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
