/* test_os_file_leftovers.c - half-written files of processes that were killed. */
#include "test.h"

#include "os/file_leftovers.h"
#include "scratch.h"

#include <stdbool.h>
#include <stdio.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static void leave(const char *directory, const char *name, time_t age_s)
{
    char path[700];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fclose(f), 0);
    const time_t then = time(NULL) - age_s;
    assert_int_equal(utimes(path, (const struct timeval[]){{.tv_sec = then}, {.tv_sec = then}}), 0);
}

static bool is_there(const char *directory, const char *name)
{
    char path[700];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    return access(path, F_OK) == 0;
}

/* Another writer may be at work; a file that is called otherwise is not ours. */
static void what_a_killed_writer_left_is_removed_once_it_is_old(void **state)
{
    const char *directory = *state;
    char path[700];
    (void)snprintf(path, sizeof path, "%s/.kith-packed-avx2", directory);
    leave(directory, ".kith-packed-avx2.4711", 3600);
    leave(directory, ".kith-packed-avx2.4712", 5);
    leave(directory, ".kith-packed-avx2.old", 3600);
    leave(directory, ".kith-packed-avx2", 3600);
    leave(directory, ".kith-packed-avx512.4711", 3600);
    file_leftovers_remove(path, 600 * 1000);
    assert_false(is_there(directory, ".kith-packed-avx2.4711"));
    assert_true(is_there(directory, ".kith-packed-avx2.4712"));
    assert_true(is_there(directory, ".kith-packed-avx2.old"));
    assert_true(is_there(directory, ".kith-packed-avx2"));
    assert_true(is_there(directory, ".kith-packed-avx512.4711"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_a_killed_writer_left_is_removed_once_it_is_old,
                                        scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
