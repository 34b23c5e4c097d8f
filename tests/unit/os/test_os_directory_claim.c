/* Tests of claims and sweeps, among descriptors of one process and of two. */
#include "test.h"

#include "os/directory_claim.h"
#include "os/directory_lock.h"
#include "scratch.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

static void claims_go_together_and_keep_a_sweep_out(void **state)
{
    kith_error err = {0};
    int one = -1, two = -1, sweep = -1;
    assert_ok(directory_claim(*state, &one, &err));
    assert_ok(directory_claim(*state, &two, &err));
    assert_status(KITH_ERR_BUSY, directory_sweep(*state, &sweep, &err));
    assert_int_equal(sweep, -1);
    assert_int_equal(close(one), 0);
    assert_status(KITH_ERR_BUSY, directory_sweep(*state, &sweep, &err));
    assert_int_equal(close(two), 0);
    assert_ok(directory_sweep(*state, &sweep, &err));
    assert_status(KITH_ERR_BUSY, directory_claim(*state, &one, &err));
    assert_status(KITH_ERR_BUSY, directory_sweep(*state, &two, &err));
    assert_int_equal(close(sweep), 0);
    assert_ok(directory_claim(*state, &one, &err));
    assert_int_equal(close(one), 0);
}

static void work_on_a_collection_is_claimed_once_and_is_in_nobodys_way(void **state)
{
    kith_error err = {0};
    int one = -1, other = -1, again = -1, claim = -1, sweep = -1;
    assert_ok(directory_claim_work(*state, 1, &one, &err));
    assert_status(KITH_ERR_BUSY, directory_claim_work(*state, 1, &again, &err));
    assert_ok(directory_claim_work(*state, 2, &other, &err));
    assert_ok(directory_claim(*state, &claim, &err));
    assert_int_equal(close(claim), 0);
    assert_ok(directory_sweep(*state, &sweep, &err));
    assert_int_equal(close(sweep), 0);
    assert_int_equal(close(one), 0);
    assert_ok(directory_claim_work(*state, 1, &again, &err));
    assert_int_equal(close(again), 0);
    assert_int_equal(close(other), 0);
}

static void a_turn_to_write_has_nothing_to_do_with_it(void **state)
{
    kith_error err = {0};
    int fd = -1;
    directory_lock turn = {-1};
    assert_ok(directory_claim(*state, &fd, &err));
    assert_ok(directory_lock_acquire(*state, &turn, &err));
    directory_lock_release(&turn);
    assert_int_equal(close(fd), 0);
    assert_ok(directory_lock_acquire(*state, &turn, &err));
    assert_ok(directory_sweep(*state, &fd, &err));
    assert_int_equal(close(fd), 0);
    assert_ok(directory_sweep(*state, &fd, &err)); // closing it has not released the turn's lock
    directory_lock other = {-1};
    assert_status(KITH_ERR_BUSY, directory_lock_acquire(*state, &other, &err));
    directory_lock_release(&turn);
    assert_int_equal(close(fd), 0);
}

static void a_claim_ends_with_its_process(void **state)
{
    kith_error err = {0};
    int fds[2], sweep = -1;
    char c = 0;
    assert_int_equal(pipe(fds), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        int fd = -1;
        if (directory_claim(*state, &fd, &err) != KITH_OK || write(fds[1], "x", 1) != 1) _exit(1);
        for (;;)
            (void)pause();
    }
    assert_int_equal(read(fds[0], &c, 1), 1);
    assert_status(KITH_ERR_BUSY, directory_sweep(*state, &sweep, &err));
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_ok(directory_sweep(*state, &sweep, &err));
    assert_int_equal(close(sweep), 0);
    assert_int_equal(close(fds[0]), 0);
    assert_int_equal(close(fds[1]), 0);
}

static void what_is_no_file_is_neither_followed_nor_locked(void **state)
{
    kith_error err = {0};
    char path[600], target[600];
    int fd = -1;
    struct stat st;
    (void)snprintf(path, sizeof path, "%s/LOCK", (const char *)*state);
    (void)snprintf(target, sizeof target, "%s/target", (const char *)*state);
    assert_int_equal(symlink(target, path), 0);
    assert_status(KITH_ERR_IO, directory_claim(*state, &fd, &err));
    assert_int_not_equal(stat(target, &st), 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_status(KITH_ERR_IO, directory_sweep(*state, &fd, &err));
    assert_int_equal(rmdir(path), 0);
    assert_status(KITH_ERR_IO, directory_claim("/nowhere/at/all", &fd, &err));
    assert_int_equal(fd, -1);
}

#define with_directory(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_directory(claims_go_together_and_keep_a_sweep_out),
        with_directory(work_on_a_collection_is_claimed_once_and_is_in_nobodys_way),
        with_directory(a_turn_to_write_has_nothing_to_do_with_it),
        with_directory(a_claim_ends_with_its_process),
        with_directory(what_is_no_file_is_neither_followed_nor_locked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
