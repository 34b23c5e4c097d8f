/* Tests of the owner lock. */
#include "test.h"

#include "os/directory_lock.h"
#include "scratch.h"

#include <sys/wait.h>
#include <unistd.h>

static void a_second_owner_is_refused_and_told_who_the_first_is(void **state)
{
    kith_error err;
    directory_lock first = {-1}, second = {-1};
    assert_ok(directory_lock_acquire(*state, &first, &err));
    assert_status(KITH_ERR_BUSY, directory_lock_acquire(*state, &second, &err));
    char pid[32];
    (void)snprintf(pid, sizeof pid, "process %ld", (long)getpid());
    assert_non_null(strstr(err.message, pid));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_second_owner_is_refused_and_told_who_the_first_is,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(the_lock_dies_with_its_process, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test(a_missing_directory_cannot_be_locked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
