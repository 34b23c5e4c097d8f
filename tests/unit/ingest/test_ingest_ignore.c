/* Tests of ignore rules: what the comparison with git (tests/accept/test_ignore.py) cannot show. */
#include "test.h"

#include "ingest/ignore.h"

#include <time.h>

static ignore_verdict ask(const char *text, const char *path, bool is_directory)
{
    kith_error err;
    arena memory;
    ignore_rules rules = {0};
    arena_init(&memory, 0);
    assert_ok(ignore_parse(view_of(text), &memory, &rules, &err));
    assert_null(ignore_check(&rules));
    ignore_verdict verdict = ignore_match(&rules, view_of(path), is_directory);
    arena_done(&memory);
    return verdict;
}

static void a_rule_excludes_includes_or_says_nothing(void **state)
{
    (void)state;
    assert_int_equal(ask("*.log\n!keep.log\n", "a/b.log", false), IGNORE_EXCLUDES);
    assert_int_equal(ask("*.log\n!keep.log\n", "a/keep.log", false), IGNORE_INCLUDES);
    assert_int_equal(ask("*.log\n!keep.log\n", "a/b.txt", false), IGNORE_SAYS_NOTHING);
    assert_int_equal(ask("build/\n", "build", false), IGNORE_SAYS_NOTHING);
    assert_int_equal(ask("build/\n", "build", true), IGNORE_EXCLUDES);
}

/* A backtracking matcher needs longer than the universe for this. */
static void a_hostile_pattern_costs_no_more_than_pattern_times_text(void **state)
{
    (void)state;
    char pattern[2001] = "", path[1001] = "";
    for (size_t i = 0; i + 10 <= 2000; i += 10)
        memcpy(pattern + i, "**/*a*?a*b", 10);
    memset(path, 'a', 1000);
    for (size_t i = 7; i < 1000; i += 8)
        path[i] = '/';
    struct timespec start, end;
    assert_int_equal(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start), 0);
    assert_int_equal(ask(pattern, path, false), IGNORE_SAYS_NOTHING);
    assert_int_equal(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end), 0);
    assert_true(end.tv_sec - start.tv_sec < 5);
}

static void a_pattern_over_the_limit_matches_nothing(void **state)
{
    (void)state;
    char *text = calloc(1, IGNORE_PATTERN_MAX_BYTES + 8);
    assert_non_null(text);
    memset(text, '*', IGNORE_PATTERN_MAX_BYTES);
    assert_int_equal(ask(text, "x", false), IGNORE_EXCLUDES);
    text[IGNORE_PATTERN_MAX_BYTES] = '*';
    assert_int_equal(ask(text, "x", false), IGNORE_SAYS_NOTHING);
    memcpy(text + IGNORE_PATTERN_MAX_BYTES + 1, "\nx", 3);
    assert_int_equal(ask(text, "x", false), IGNORE_EXCLUDES);
    free(text);
}

static void rules_that_do_not_fit_in_memory_are_an_error(void **state)
{
    (void)state;
    kith_error err;
    arena memory;
    ignore_rules rules = {0};
    char text[8000];
    for (size_t i = 0; i < sizeof text; i += 2)
        memcpy(text + i, "a\n", 2);
    arena_init(&memory, 4096);
    assert_status(KITH_ERR_NO_MEMORY,
                  ignore_parse((view){text, sizeof text}, &memory, &rules, &err));
    arena_done(&memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_excludes_includes_or_says_nothing),
        cmocka_unit_test(a_hostile_pattern_costs_no_more_than_pattern_times_text),
        cmocka_unit_test(a_pattern_over_the_limit_matches_nothing),
        cmocka_unit_test(rules_that_do_not_fit_in_memory_are_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
