/* test_os_file_place.c - a file gets its name durably, over nothing unless it is asked to; and room
 * that is held on the disk is given back. */
#include "test.h"

#include "scratch.h"

#include "os/file_place.h"
#include "os/file_reserve.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 1024 };

static void path_of(const char *directory, const char *name, char out[PATH_BYTES])
{
    (void)snprintf(out, PATH_BYTES, "%.900s/%.100s", directory, name);
}

static void write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(close(fd), 0);
}

static void assert_text(const char *path, const char *text)
{
    char read_text[64] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(read(fd, read_text, sizeof read_text - 1), strlen(text));
    assert_string_equal(read_text, text);
    assert_int_equal(close(fd), 0);
}

static int syncs, fail_at; /* the sync that fails, from 1; 0: none */

static int failing_fsync(int fd)
{
    if (++syncs != fail_at) return fsync(fd);
    errno = EIO;
    return -1;
}

static void a_name_that_is_taken_is_kept_unless_it_may_be_replaced(void **state)
{
    kith_error err = {0};
    char from[PATH_BYTES], to[PATH_BYTES];
    path_of(*state, "from", from);
    path_of(*state, "to", to);
    write_text(from, "new");
    write_text(to, "old");
    assert_status(KITH_ERR_EXISTS, file_place(&file_ops_posix, from, to, false, &err));
    assert_text(to, "old");
    assert_text(from, "new");
    assert_ok(file_place(&file_ops_posix, from, to, true, &err));
    assert_text(to, "new");
    assert_int_equal(access(from, F_OK), -1);
    write_text(from, "newer");
    assert_int_equal(unlink(to), 0);
    assert_ok(file_place(&file_ops_posix, from, to, false, &err));
    assert_text(to, "newer");
    assert_int_equal(access(from, F_OK), -1);
    assert_status(KITH_ERR_NOT_FOUND, file_place(&file_ops_posix, from, to, true, &err));
}

static void it_is_synced_before_it_has_the_name_and_the_directory_after(void **state)
{
    kith_error err = {0};
    char from[PATH_BYTES], to[PATH_BYTES];
    file_ops ops = file_ops_posix;
    ops.fsync = failing_fsync;
    path_of(*state, "from", from);
    path_of(*state, "to", to);
    write_text(from, "new");
    syncs = 0;
    fail_at = 1;
    assert_status(KITH_ERR_IO, file_place(&ops, from, to, false, &err));
    assert_int_equal(access(to, F_OK), -1);
    syncs = 0;
    fail_at = 2;
    assert_status(KITH_ERR_IO, file_place(&ops, from, to, false, &err));
    assert_text(to, "new");
}

static int64_t blocks_of(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? (int64_t)st.st_blocks * 512 : -1;
}

static void room_is_held_and_given_back(void **state)
{
    enum { ROOM = 1 << 20 };
    char path[PATH_BYTES], victim[PATH_BYTES];
    path_of(*state, "reserve", path);
    path_of(*state, "victim", victim);
    assert_false(file_reserve_give_back(path, ROOM));
    file_reserve_keep(path, ROOM);
    assert_true(blocks_of(path) >= ROOM);
    assert_true(file_reserve_give_back(path, ROOM / 4));
    assert_true(blocks_of(path) < ROOM);
    file_reserve_keep(path, ROOM);
    assert_true(blocks_of(path) >= ROOM);
    assert_true(file_reserve_give_back(path, UINT64_MAX));
    assert_int_equal(blocks_of(path), 0);
    assert_false(file_reserve_give_back(path, 1));
    assert_int_equal(unlink(path), 0);
    write_text(victim, "text");
    assert_int_equal(symlink(victim, path), 0); /* planted */
    file_reserve_keep(path, ROOM);
    assert_false(file_reserve_give_back(path, ROOM));
    assert_text(victim, "text");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    file_reserve_keep(path, ROOM);
    assert_false(file_reserve_give_back(path, ROOM));
}

static void more_than_the_disk_has_is_not_held(void **state)
{
    char path[PATH_BYTES];
    path_of(*state, "reserve", path);
    file_reserve_keep(path, UINT64_C(1) << 50);
    assert_true(blocks_of(path) <= 0);
}

#define with_directory(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_directory(a_name_that_is_taken_is_kept_unless_it_may_be_replaced),
        with_directory(it_is_synced_before_it_has_the_name_and_the_directory_after),
        with_directory(room_is_held_and_given_back),
        with_directory(more_than_the_disk_has_is_not_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
