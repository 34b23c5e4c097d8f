/* Tests of the owner lock. */
#include "test.h"

#include "os/directory_lock.h"
#include "scratch.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *path_in(const void *directory, const char *name)
{
    static char path[2][1024];
    static int turn;
    turn = !turn;
    (void)snprintf(path[turn], sizeof path[turn], "%s/%s", (const char *)directory, name);
    return path[turn];
}

static void write_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void assert_text(const char *path, const char *text)
{
    char found[100] = "";
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    assert_non_null(fgets(found, sizeof found, f));
    assert_int_equal(fclose(f), 0);
    assert_string_equal(found, text);
}

static void a_second_owner_is_refused_and_told_who_the_first_is(void **state)
{
    kith_error err;
    directory_lock first = {-1}, second = {-1};
    assert_ok(directory_lock_acquire(*state, &first, &err));
    assert_status(KITH_ERR_BUSY, directory_lock_acquire(*state, &second, &err));
    assert_non_null(strstr(err.message, "this very process: another handle"));
    pid_t child = fork();
    if (child == 0) { // another process is told which one it is
        char pid[32];
        (void)snprintf(pid, sizeof pid, "process %ld", (long)getppid());
        kith_status status = directory_lock_acquire(*state, &second, &err);
        _exit(status == KITH_ERR_BUSY && strstr(err.message, pid) ? 0 : 1);
    }
    int ended = 0;
    assert_int_equal(waitpid(child, &ended, 0), child);
    assert_int_equal(ended, 0);
    directory_lock_release(&first);
    assert_ok(directory_lock_acquire(*state, &second, &err));
    directory_lock_release(&second);
}

static void the_lock_dies_with_its_process(void **state)
{
    kith_error err;
    directory_lock lock = {-1};
    pid_t child = fork();
    if (child == 0) {
        kith_status status = directory_lock_acquire(*state, &lock, &err);
        (void)status;
        (void)raise(SIGKILL);
    }
    int ignored = 0;
    assert_int_equal(waitpid(child, &ignored, 0), child);
    assert_ok(directory_lock_acquire(*state, &lock, &err));
    directory_lock_release(&lock);
}

static void a_missing_directory_cannot_be_locked(void **state)
{
    (void)state;
    kith_error err;
    directory_lock lock = {-1};
    assert_status(KITH_ERR_IO, directory_lock_acquire("/nonexistent/kith", &lock, &err));
}

static void a_planted_link_is_refused_and_what_it_names_stays(void **state)
{
    kith_error err;
    directory_lock lock = {-1};
    write_text(path_in(*state, "victim"), "precious");
    assert_int_equal(symlink("victim", path_in(*state, "LOCK")), 0);
    assert_status(KITH_ERR_IO, directory_lock_acquire(*state, &lock, &err));
    assert_non_null(strstr(err.message, "symbolic link"));
    assert_int_equal(lock.fd, -1);
    assert_text(path_in(*state, "victim"), "precious");
}

static void a_second_name_of_a_file_locks_but_is_not_written_to(void **state)
{
    kith_error err;
    directory_lock lock = {-1};
    write_text(path_in(*state, "victim"), "precious");
    assert_int_equal(link(path_in(*state, "victim"), path_in(*state, "LOCK")), 0);
    assert_ok(directory_lock_acquire(*state, &lock, &err));
    directory_lock_release(&lock);
    assert_text(path_in(*state, "victim"), "precious");
}

static void what_is_no_file_is_refused_at_once(void **state)
{
    kith_error err;
    directory_lock lock = {-1};
    assert_int_equal(mkfifo(path_in(*state, "LOCK"), 0600), 0);
    assert_status(KITH_ERR_IO, directory_lock_acquire(*state, &lock, &err));
    assert_non_null(strstr(err.message, "not a regular file"));
    assert_int_equal(unlink(path_in(*state, "LOCK")), 0);
    assert_int_equal(mkdir(path_in(*state, "LOCK"), 0700), 0);
    assert_status(KITH_ERR_IO, directory_lock_acquire(*state, &lock, &err));
}

static void who_comes_after_lock_was_deleted_owns_the_new_file(void **state)
{
    kith_error err;
    directory_lock lock = {-1}, other = {-1}, third = {-1};
    assert_ok(directory_lock_acquire(*state, &lock, &err));
    assert_int_equal(unlink(path_in(*state, "LOCK")), 0);
    assert_ok(directory_lock_acquire(*state, &other, &err));
    directory_lock_release(&lock);
    assert_status(KITH_ERR_BUSY, directory_lock_acquire(*state, &third, &err));
    directory_lock_release(&other);
}

#define scratch_test(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_second_owner_is_refused_and_told_who_the_first_is,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(the_lock_dies_with_its_process, scratch_setup,
                                        scratch_teardown),
        scratch_test(a_planted_link_is_refused_and_what_it_names_stays),
        scratch_test(a_second_name_of_a_file_locks_but_is_not_written_to),
        scratch_test(what_is_no_file_is_refused_at_once),
        scratch_test(who_comes_after_lock_was_deleted_owns_the_new_file),
        cmocka_unit_test(a_missing_directory_cannot_be_locked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
