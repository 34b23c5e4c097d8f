/* Tests of turns at writing. */
#include "test.h"

#include "os/clock.h"
#include "os/directory_turn.h"
#include "scratch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static directory_turn *turn_of(const char *directory, int64_t wait_ms)
{
    kith_error err;
    directory_turn *t = NULL;
    assert_ok(directory_turn_new(directory, wait_ms, &t, &err));
    return t;
}

static void threads_of_one_process_share_a_turn_and_others_are_refused(void **state)
{
    kith_error err;
    directory_turn *ours = turn_of(*state, 0), *theirs = turn_of(*state, 20);
    assert_ok(directory_turn_enter(ours, TURN_AT_ONCE, &err));
    assert_ok(directory_turn_enter(ours, TURN_AT_ONCE, &err));
    assert_status(KITH_ERR_BUSY, directory_turn_enter(theirs, TURN_AT_ONCE, &err));
    assert_non_null(strstr(err.message, "in use by this very process"));
    directory_turn_leave(ours);
    assert_status(KITH_ERR_BUSY, directory_turn_enter(theirs, TURN_WAIT, &err));
    directory_turn_leave(ours);
    assert_ok(directory_turn_enter(theirs, TURN_AT_ONCE, &err));
    directory_turn_leave(theirs);
    directory_turn_free(ours);
    directory_turn_free(theirs);
}

/* Takes one turn after another without a pause, for ever. */
static void run_greedy(const char *directory, int ready_fd)
{
    directory_turn *t = NULL;
    if (directory_turn_new(directory, 60000, &t, NULL) != KITH_OK) _exit(2);
    for (;;) {
        if (directory_turn_enter(t, TURN_WAIT, NULL) != KITH_OK) _exit(3);
        if (ready_fd >= 0) (void)!write(ready_fd, "x", 1);
        ready_fd = -1;
        clock_sleep_ms(5);
        directory_turn_leave(t);
    }
}

static void a_waiter_gets_turns_beside_a_process_that_never_pauses(void **state)
{
    enum { TURNS = 10 };
    kith_error err;
    int fds[2];
    char byte = 0;
    assert_int_equal(pipe(fds), 0);
    pid_t child = fork();
    if (child == 0) run_greedy(*state, fds[1]);
    assert_int_equal(read(fds[0], &byte, 1), 1);
    directory_turn *t = turn_of(*state, 20000);
    for (int i = 0; i < TURNS; i++) {
        assert_ok(directory_turn_enter(t, TURN_WAIT, &err));
        directory_turn_leave(t);
    }
    assert_int_equal(kill(child, SIGKILL), 0);
    int how = 0;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFSIGNALED(how)); /* it was not refused either */
    assert_ok(directory_turn_enter(t, TURN_AT_ONCE, &err));
    directory_turn_leave(t);
    directory_turn_free(t);
    assert_int_equal(close(fds[0]), 0);
    assert_int_equal(close(fds[1]), 0);
}

static void a_frozen_directory_gives_no_turn(void **state)
{
    kith_error err;
    int first = -2, second = -2;
    directory_turn *t = turn_of(*state, 0);
    assert_ok(directory_freeze(*state, &first, &err));
    assert_int_equal(first, -1); /* nobody has written here: there is no LOCK */
    assert_ok(directory_turn_enter(t, TURN_AT_ONCE, &err));
    assert_status(KITH_ERR_BUSY, directory_freeze(*state, &first, &err));
    directory_turn_leave(t);
    assert_ok(directory_freeze(*state, &first, &err));
    assert_ok(directory_freeze(*state, &second, &err));
    assert_int_equal(close(first), 0);
    assert_status(KITH_ERR_BUSY, directory_turn_enter(t, TURN_AT_ONCE, &err));
    assert_int_equal(close(second), 0);
    assert_ok(directory_turn_enter(t, TURN_AT_ONCE, &err));
    directory_turn_leave(t);
    directory_turn_free(t);
}

static void read_lock(const char *directory, char out[128])
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/LOCK", directory);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    ssize_t got = read(fd, out, 127);
    assert_true(got >= 0);
    out[got] = '\0';
    assert_int_equal(close(fd), 0);
}

/* The file stays open between turns, and is no lock any more once it has lost its name. */
static void a_lock_that_was_deleted_between_two_turns_is_made_anew(void **state)
{
    kith_error err;
    char path[1024];
    directory_turn *ours = turn_of(*state, 0), *theirs = turn_of(*state, 0);
    (void)snprintf(path, sizeof path, "%s/LOCK", (const char *)*state);
    for (int i = 0; i < 3; i++) {
        assert_ok(directory_turn_enter(ours, TURN_AT_ONCE, &err));
        assert_status(KITH_ERR_BUSY, directory_turn_enter(theirs, TURN_AT_ONCE, &err));
        directory_turn_leave(ours);
        assert_ok(directory_turn_enter(theirs, TURN_AT_ONCE, &err));
        assert_status(KITH_ERR_BUSY, directory_turn_enter(ours, TURN_AT_ONCE, &err));
        directory_turn_leave(theirs);
        assert_int_equal(unlink(path), 0);
    }
    directory_turn_free(ours);
    directory_turn_free(theirs);
}

static void a_lock_names_whose_turn_it_is_after_others_had_theirs(void **state)
{
    kith_error err;
    int how = 0;
    char ours[64], text[128];
    directory_turn *t = turn_of(*state, 0);
    assert_ok(directory_turn_enter(t, TURN_AT_ONCE, &err));
    directory_turn_leave(t);
    pid_t child = fork();
    if (child == 0) {
        directory_turn *theirs = NULL;
        if (directory_turn_new(*state, 0, &theirs, NULL) != KITH_OK) _exit(2);
        if (directory_turn_enter(theirs, TURN_AT_ONCE, NULL) != KITH_OK) _exit(3);
        directory_turn_leave(theirs);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFEXITED(how) && WEXITSTATUS(how) == 0);
    (void)snprintf(ours, sizeof ours, "process %ld on ", (long)child);
    read_lock(*state, text);
    assert_memory_equal(text, ours, strlen(ours));
    assert_ok(directory_turn_enter(t, TURN_AT_ONCE, &err));
    (void)snprintf(ours, sizeof ours, "process %ld on ", (long)getpid());
    read_lock(*state, text);
    assert_memory_equal(text, ours, strlen(ours));
    directory_turn_leave(t);
    directory_turn_free(t);
}

static void a_missing_directory_gives_no_turn(void **state)
{
    (void)state;
    kith_error err;
    directory_turn *t = turn_of("/nonexistent/kith", 0);
    assert_status(KITH_ERR_IO, directory_turn_enter(t, TURN_WAIT, &err));
    directory_turn_free(t);
}

#define turn_test(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        turn_test(threads_of_one_process_share_a_turn_and_others_are_refused),
        turn_test(a_waiter_gets_turns_beside_a_process_that_never_pauses),
        turn_test(a_frozen_directory_gives_no_turn),
        turn_test(a_lock_that_was_deleted_between_two_turns_is_made_anew),
        turn_test(a_lock_names_whose_turn_it_is_after_others_had_theirs),
        cmocka_unit_test(a_missing_directory_gives_no_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
