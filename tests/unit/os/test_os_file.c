/* Tests of files: limits, replacement under faults, the walk. */
#include "test.h"

#include "os/directory.h"
#include "os/file.h"
#include "os/file_map.h"
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *path_in(const void *directory, const char *name)
{
    static char path[1024];
    (void)snprintf(path, sizeof path, "%s/%s", (const char *)directory, name);
    return path;
}

static void write_file(const char *path, const char *text)
{
    kith_error err;
    assert_ok(file_replace(&file_ops_posix, path, view_of(text), &err));
}

static void a_file_up_to_the_limit_is_read_whole_and_a_larger_one_refused(void **state)
{
    kith_error err;
    buffer content;
    buffer_init(&content, 100);
    write_file(path_in(*state, "f"), "0123456789");
    assert_ok(file_read(&file_ops_posix, path_in(*state, "f"), 10, &content, &err));
    assert_true(view_equal(buffer_view(&content), VIEW("0123456789")));
    assert_status(KITH_ERR_LIMIT,
                  file_read(&file_ops_posix, path_in(*state, "f"), 9, &content, &err));
    assert_status(KITH_ERR_NOT_FOUND,
                  file_read(&file_ops_posix, path_in(*state, "no"), 9, &content, &err));
    assert_status(KITH_ERR_IO, file_read(&file_ops_posix, *state, 9, &content, &err));
    buffer_done(&content);
}

/* Someone else appends to the file whenever it is opened, `appends_left` times. */
static const char *growing_path;
static int appends_left;

static int open_while_it_grows(const char *path, int flags, unsigned mode)
{
    if (appends_left > 0) {
        appends_left--;
        FILE *out = fopen(growing_path, "a");
        assert_non_null(out);
        assert_int_equal(fputc('+', out), '+');
        assert_int_equal(fclose(out), 0);
    }
    return file_ops_posix.open(path, flags, mode);
}

static void a_file_that_changes_while_it_is_read_is_read_again_and_at_last_given_up(void **state)
{
    kith_error err;
    buffer content;
    char path[1024];
    file_info info = {0};
    file_ops growing = file_ops_posix;
    growing.open = open_while_it_grows;
    buffer_init(&content, 1000);
    (void)snprintf(path, sizeof path, "%s", path_in(*state, "f"));
    growing_path = path;
    write_file(path, "0123456789");
    appends_left = 2;
    assert_ok(file_read_settled(&growing, path, 100, &content, &info, &err));
    assert_true(view_equal(buffer_view(&content), VIEW("0123456789++")));
    assert_int_equal(info.bytes, 12);
    appends_left = 1000;
    assert_status(KITH_ERR_IO, file_read_settled(&growing, path, 100, &content, &info, &err));
    assert_non_null(strstr(err.message, "changes while it is read"));
    appends_left = 0;
    assert_status(KITH_ERR_LIMIT, file_read_settled(&growing, path, 9, &content, &info, &err));
    assert_status(KITH_ERR_UNSUPPORTED,
                  file_read_settled(&growing, *state, 100, &content, &info, &err));
    buffer_done(&content);
}

/* Faults: the n-th of all operations fails with `fault_errno`. */
static int countdown, fault_errno;

static bool faulty(void)
{
    if (--countdown != 0) return false;
    errno = fault_errno;
    return true;
}

static int faulty_open(const char *path, int flags, unsigned mode)
{
    return faulty() ? -1 : file_ops_posix.open(path, flags, mode);
}

static int64_t short_write(int fd, const void *data, size_t bytes)
{
    return faulty() ? -1 : file_ops_posix.write(fd, data, bytes > 3 ? 3 : bytes);
}

static int faulty_fsync(int fd)
{
    return faulty() ? -1 : file_ops_posix.fsync(fd);
}

static int faulty_rename(const char *from, const char *to)
{
    return faulty() ? -1 : file_ops_posix.rename(from, to);
}

static void a_failed_replacement_leaves_the_old_file_whole(void **state)
{
    file_ops faults = file_ops_posix;
    faults.open = faulty_open;
    faults.write = short_write;
    faults.fsync = faulty_fsync;
    faults.rename = faulty_rename;
    bool succeeded = false;
    for (int n = 1; !succeeded; n++) {
        kith_error err;
        buffer content;
        buffer_init(&content, 100);
        write_file(path_in(*state, "f"), "old content");
        countdown = n;
        fault_errno = ENOSPC;
        kith_status status = file_replace(&faults, path_in(*state, "f"), VIEW("new content"), &err);
        succeeded = status == KITH_OK;
        if (!succeeded) assert_int_equal(status, KITH_ERR_FULL);
        assert_ok(file_read(&file_ops_posix, path_in(*state, "f"), 50, &content, &err));
        bool is_old = view_equal(buffer_view(&content), VIEW("old content"));
        bool is_new = view_equal(buffer_view(&content), VIEW("new content"));
        assert_true(succeeded ? is_new : is_old || is_new);
        file_info info;
        assert_status(KITH_ERR_NOT_FOUND, file_stat(path_in(*state, "f.tmp"), &info, &err));
        buffer_done(&content);
        assert_true(n < 100);
    }
}

/* What a replacement does, in its order: c create, w write, s sync of the file, x close, r rename,
 * o open of the directory, S sync of the directory. */
static char steps[64];
static const char *replaced_in; // the directory

static void note_step(char step)
{
    size_t used = strlen(steps);
    assert_true(used + 1 < sizeof steps);
    steps[used] = step;
    steps[used + 1] = '\0';
}

static int noted_open(const char *path, int flags, unsigned mode)
{
    note_step(flags & O_DIRECTORY ? 'o' : 'c');
    return file_ops_posix.open(path, flags, mode);
}

static int64_t noted_write(int fd, const void *bytes, size_t size)
{
    note_step('w');
    return file_ops_posix.write(fd, bytes, size);
}

static int noted_fsync(int fd)
{
    struct stat synced, directory;
    assert_int_equal(fstat(fd, &synced), 0);
    assert_int_equal(stat(replaced_in, &directory), 0);
    if (S_ISDIR(synced.st_mode)) {
        assert_true(synced.st_ino == directory.st_ino && synced.st_dev == directory.st_dev);
        note_step('S');
    } else {
        note_step('s');
    }
    return file_ops_posix.fsync(fd);
}

static int noted_close(int fd)
{
    note_step('x');
    return file_ops_posix.close(fd);
}

static int noted_rename(const char *from, const char *to)
{
    note_step('r');
    return file_ops_posix.rename(from, to);
}

static int64_t plain_read(int fd, void *bytes, size_t size)
{
    return file_ops_posix.read(fd, bytes, size);
}

static int64_t plain_pwrite(int fd, const void *bytes, size_t size, uint64_t offset)
{
    return file_ops_posix.pwrite(fd, bytes, size, offset);
}

static int plain_ftruncate(int fd, uint64_t size)
{
    return file_ops_posix.ftruncate(fd, size);
}

static const file_ops NOTED = {.open = noted_open,
                               .read = plain_read,
                               .write = noted_write,
                               .fsync = noted_fsync,
                               .close = noted_close,
                               .rename = noted_rename,
                               .unlink = unlink,
                               .rmdir = rmdir,
                               .pwrite = plain_pwrite,
                               .ftruncate = plain_ftruncate};

static void a_replacement_syncs_the_file_before_the_rename_and_its_directory_after(void **state)
{
    kith_error err;
    char directory[1024];
    (void)snprintf(directory, sizeof directory, "%s", path_in(*state, "d"));
    assert_ok(directory_create(&file_ops_posix, directory, &err));
    replaced_in = directory;
    steps[0] = '\0';
    assert_ok(file_replace(&NOTED, path_in(*state, "d/f"), VIEW("content"), &err));
    assert_string_equal(steps, "cwsxroSx");
}

static void a_move_is_made_durable_by_a_sync_of_the_directory(void **state)
{
    kith_error err;
    replaced_in = *state;
    write_file(path_in(*state, "f"), "content");
    char from[1024];
    (void)snprintf(from, sizeof from, "%s", path_in(*state, "f"));
    steps[0] = '\0';
    assert_ok(file_move(&NOTED, from, path_in(*state, "g"), &err));
    assert_string_equal(steps, "roSx");
    assert_status(KITH_ERR_NOT_FOUND, file_move(&NOTED, from, path_in(*state, "g"), &err));
}

static void a_replacement_by_a_bare_name_syncs_the_working_directory(void **state)
{
    kith_error err;
    char before[1024];
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(*state), 0);
    replaced_in = ".";
    steps[0] = '\0';
    assert_ok(file_replace(&NOTED, "f", VIEW("content"), &err));
    assert_int_equal(chdir(before), 0);
    assert_string_equal(steps, "cwsxroSx");
}

static void a_replacement_writes_to_no_file_that_it_did_not_create(void **state)
{
    kith_error err;
    buffer content;
    file_info info;
    buffer_init(&content, 100);
    write_file(path_in(*state, "victim"), "precious");
    for (int kind = 0; kind < 3; kind++) {
        const char *temporary = path_in(*state, "f.tmp");
        if (kind == 0) assert_int_equal(symlink("victim", temporary), 0);
        if (kind == 1) assert_int_equal(mkfifo(temporary, 0600), 0);
        if (kind == 2) write_file(temporary, "what a crash left behind");
        assert_ok(file_replace(&file_ops_posix, path_in(*state, "f"), VIEW("new"), &err));
        assert_ok(file_read(&file_ops_posix, path_in(*state, "f"), 50, &content, &err));
        assert_true(view_equal(buffer_view(&content), VIEW("new")));
        assert_ok(file_stat(path_in(*state, "f"), &info, &err));
        assert_int_equal(info.kind, FILE_REGULAR);
    }
    assert_ok(file_read(&file_ops_posix, path_in(*state, "victim"), 50, &content, &err));
    assert_true(view_equal(buffer_view(&content), VIEW("precious")));
    assert_int_equal(mkdir(path_in(*state, "f.tmp"), 0700),
                     0); // no file can be put in its place
    assert_status(KITH_ERR_IO,
                  file_replace(&file_ops_posix, path_in(*state, "f"), VIEW("newer"), &err));
    buffer_done(&content);
}

static int syncs;

static int counting_fsync(int fd)
{
    syncs++;
    return faulty_fsync(fd);
}

static void each_new_directory_is_synced_into_its_parent(void **state)
{
    kith_error err;
    file_ops counting = file_ops_posix;
    counting.fsync = counting_fsync;
    countdown = syncs = 0;
    assert_ok(directory_create(&counting, path_in(*state, "a/b/c"), &err));
    assert_int_equal(syncs, 3);
    assert_ok(directory_create(&counting, path_in(*state, "a/b/c"), &err));
    assert_int_equal(syncs, 3);
    countdown = 1;
    fault_errno = ENOSPC;
    assert_status(KITH_ERR_FULL, directory_create(&counting, path_in(*state, "d"), &err));
}

static void directories_are_created_with_their_parents(void **state)
{
    kith_error err;
    file_info info;
    assert_ok(directory_create(&file_ops_posix, path_in(*state, "a/b/c"), &err));
    assert_ok(directory_create(&file_ops_posix, path_in(*state, "a/b/c"), &err));
    assert_ok(file_stat(path_in(*state, "a/b/c"), &info, &err));
    assert_int_equal(info.kind, FILE_DIRECTORY);
    write_file(path_in(*state, "file"), "x");
    assert_status(KITH_ERR_IO, directory_create(&file_ops_posix, path_in(*state, "file"), &err));
}

typedef struct walked {
    char names[1024];
    uint32_t problems;
    uint32_t stop_after;
    uint32_t entered, left;
} walked;

static kith_status note_name(void *context, const char *path, const file_info *info,
                             const kith_error *problem)
{
    walked *w = context;
    size_t used = strlen(w->names);
    w->problems += problem != NULL;
    (void)snprintf(w->names + used, sizeof w->names - used, "%s%c ", strrchr(path, '/') + 1,
                   info->kind == FILE_SYMLINK ? '@' : ' ');
    return w->stop_after && --w->stop_after == 0 ? KITH_ERR_CANCELLED : KITH_OK;
}

static void the_walk_is_sorted_skips_hidden_names_and_follows_no_link(void **state)
{
    kith_error err;
    assert_ok(directory_create(&file_ops_posix, path_in(*state, "b"), &err));
    write_file(path_in(*state, "c"), "x");
    write_file(path_in(*state, "a"), "x");
    write_file(path_in(*state, "b/z"), "x");
    write_file(path_in(*state, ".hidden"), "x");
    assert_int_equal(symlink(*state, path_in(*state, "b/loop")), 0);
    walked w = {.names = ""};
    const directory_visitor visitor = {.visit = note_name, .context = &w};
    assert_ok(directory_walk(*state, &visitor, &err));
    assert_string_equal(w.names, "a  loop@ z  c  ");
    w = (walked){.stop_after = 2};
    assert_int_equal(directory_walk(*state, &visitor, &err), KITH_ERR_CANCELLED);
    assert_string_equal(w.names, "a  loop@ ");
    assert_status(KITH_ERR_NOT_FOUND, directory_walk(path_in(*state, "none"), &visitor, &err));
}

static kith_status enter_all_but_b(void *context, const char *path, bool *enter)
{
    walked *w = context;
    *enter = strcmp(strrchr(path, '/'), "/b") != 0;
    w->entered += *enter;
    return KITH_OK;
}

static void count_leave(void *context)
{
    ((walked *)context)->left++;
}

static void a_walk_passes_over_what_it_may_not_enter(void **state)
{
    kith_error err;
    assert_ok(directory_create(&file_ops_posix, path_in(*state, "b"), &err));
    assert_ok(directory_create(&file_ops_posix, path_in(*state, "c"), &err));
    write_file(path_in(*state, "b/inside"), "x");
    write_file(path_in(*state, "c/kept"), "x");
    walked w = {.names = ""};
    const directory_visitor visitor = {note_name, enter_all_but_b, count_leave, &w};
    assert_ok(directory_walk(*state, &visitor, &err));
    assert_string_equal(w.names, "kept  ");
    assert_int_equal(w.entered, 2); // the top and c
    assert_int_equal(w.left, 2);
}

static void a_mapping_shows_the_file(void **state)
{
    kith_error err;
    file_map map = {0};
    write_file(path_in(*state, "f"), "mapped");
    assert_ok(file_map_open(path_in(*state, "f"), &map, &err));
    assert_true(view_equal(map.bytes, VIEW("mapped")));
    file_map_close(&map);
    write_file(path_in(*state, "empty"), "");
    assert_ok(file_map_open(path_in(*state, "empty"), &map, &err));
    assert_int_equal(map.bytes.size, 0);
    file_map_close(&map);
    assert_status(KITH_ERR_NOT_FOUND, file_map_open(path_in(*state, "none"), &map, &err));
    assert_status(KITH_ERR_IO, file_map_open(*state, &map, &err));
}

static bool accepts_whole(const void *context, view file)
{
    return view_equal(file, view_of(context));
}

static void *cut_to_nothing(void *path)
{
    return truncate(path, 0) == 0 ? path : NULL;
}

static void a_mapping_survives_a_file_that_is_cut_short(void **state)
{
    kith_error err;
    file_map map = {0};
    char *path = strdup(path_in(*state, "f"));
    write_file(path, "mapped");
    assert_ok(file_map_open(path, &map, &err));
    if (!map.is_shared) skip(); // no leases here, so it is a copy already
    assert_true(file_map_is_whole(&map));
    pthread_t writer;
    assert_int_equal(pthread_create(&writer, NULL, cut_to_nothing, path), 0);
    while (file_map_is_whole(&map))
        (void)usleep(1000);
    assert_true(view_equal(map.bytes, VIEW("mapped")));
    assert_status(KITH_ERR_CORRUPT, file_map_detach(&map, accepts_whole, "another", &err));
    assert_ok(file_map_detach(&map, accepts_whole, "mapped", &err));
    assert_int_equal(pthread_join(writer, NULL), 0);
    assert_true(file_map_is_whole(&map));
    assert_true(view_equal(map.bytes, VIEW("mapped")));
    file_map_close(&map);
    free(path);
}

static void a_file_that_is_open_for_writing_is_copied_instead_of_mapped(void **state)
{
    kith_error err;
    file_map map = {0};
    write_file(path_in(*state, "f"), "mapped");
    int fd = open(path_in(*state, "f"), O_RDWR);
    assert_true(fd >= 0);
    assert_ok(file_map_open(path_in(*state, "f"), &map, &err));
    assert_false(map.is_shared);
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_true(view_equal(map.bytes, VIEW("mapped")));
    file_map_close(&map);
    assert_int_equal(close(fd), 0);
}

static void only_a_regular_file_is_mapped_and_a_pipe_does_not_hang(void **state)
{
    kith_error err;
    file_map map = {0};
    assert_int_equal(mkfifo(path_in(*state, "pipe"), 0600), 0);
    assert_status(KITH_ERR_IO, file_map_open(path_in(*state, "pipe"), &map, &err));
}

static void a_link_is_mapped_and_not_read_as_an_own_file(void **state)
{
    kith_error err;
    file_map map = {0};
    file_reader r = {0};
    write_file(path_in(*state, "f"), "mapped");
    assert_int_equal(symlink("f", path_in(*state, "link")), 0);
    assert_ok(file_map_open(path_in(*state, "link"), &map, &err));
    file_map_close(&map);
    assert_status(KITH_ERR_UNSUPPORTED,
                  file_reader_open(&file_ops_posix, path_in(*state, "link"), &r, &err));
    assert_int_equal(mkfifo(path_in(*state, "pipe"), 0600), 0);
    assert_status(KITH_ERR_UNSUPPORTED,
                  file_reader_open(&file_ops_posix, path_in(*state, "pipe"), &r, &err));
    assert_status(KITH_ERR_UNSUPPORTED, file_reader_open(&file_ops_posix, *state, &r, &err));
    assert_status(KITH_ERR_NOT_FOUND,
                  file_reader_open(&file_ops_posix, path_in(*state, "none"), &r, &err));
    assert_null(r.ops);
}

static int64_t short_pread(int fd, void *data, size_t bytes, uint64_t offset)
{
    return file_ops_posix.pread(fd, data, bytes > 2 ? 2 : bytes, offset);
}

static void an_own_file_is_read_at_any_place_and_a_shortened_one_is_an_error(void **state)
{
    kith_error err;
    char path[1024], bytes[10] = "";
    file_ops ops = file_ops_posix;
    file_reader r = {0};
    ops.pread = short_pread;
    (void)snprintf(path, sizeof path, "%s", path_in(*state, "f"));
    write_file(path, "0123456789");
    assert_ok(file_reader_open(&ops, path, &r, &err));
    assert_int_equal(r.bytes, 10);
    assert_ok(file_reader_read(&r, 3, bytes, 7, &err));
    assert_memory_equal(bytes, "3456789", 7);
    assert_status(KITH_ERR_IO, file_reader_read(&r, 3, bytes, 8, &err));
    assert_int_equal(truncate(path, 5), 0); // a mapping would end the program here
    assert_status(KITH_ERR_IO, file_reader_read(&r, 3, bytes, 7, &err));
    assert_non_null(strstr(err.message, "ends at byte 5"));
    file_reader_close(&r);
    file_reader_close(&r);
}

static void one_directory_is_made_only_where_nothing_is(void **state)
{
    kith_error err;
    file_ops counting = file_ops_posix;
    counting.fsync = counting_fsync;
    countdown = syncs = 0;
    assert_ok(directory_make(&counting, path_in(*state, "d"), &err));
    assert_int_equal(syncs, 1);
    assert_status(KITH_ERR_EXISTS, directory_make(&counting, path_in(*state, "d"), &err));
    assert_int_equal(symlink("nowhere", path_in(*state, "link")), 0);
    assert_status(KITH_ERR_EXISTS, directory_make(&counting, path_in(*state, "link"), &err));
    assert_status(KITH_ERR_NOT_FOUND, directory_make(&counting, path_in(*state, "no/d"), &err));
    assert_int_equal(syncs, 1);
}

static void a_small_tree_is_removed_with_its_links_and_not_through_them(void **state)
{
    kith_error err;
    file_info info;
    write_file(path_in(*state, "victim"), "precious");
    assert_ok(directory_create(&file_ops_posix, path_in(*state, "top/a/b"), &err));
    write_file(path_in(*state, "top/a/b/file"), "x");
    write_file(path_in(*state, "top/.hidden"), "x");
    assert_int_equal(symlink("..", path_in(*state, "top/link")), 0);
    assert_int_equal(mkfifo(path_in(*state, "top/a/pipe"), 0600), 0);
    assert_ok(directory_remove(&file_ops_posix, path_in(*state, "top"), &err));
    assert_status(KITH_ERR_NOT_FOUND, file_stat(path_in(*state, "top"), &info, &err));
    assert_ok(directory_remove(&file_ops_posix, path_in(*state, "top"), &err)); // nothing is there
    assert_int_equal(symlink("victim", path_in(*state, "link")), 0);
    assert_ok(directory_remove(&file_ops_posix, path_in(*state, "link"), &err));
    assert_ok(file_stat(path_in(*state, "victim"), &info, &err));
    // What nobody of kith's has made so deep stays.
    assert_ok(directory_create(&file_ops_posix, path_in(*state, "top/a/b/c/d"), &err));
    assert_status(KITH_ERR_IO, directory_remove(&file_ops_posix, path_in(*state, "top"), &err));
    assert_ok(file_stat(path_in(*state, "top/a/b/c/d"), &info, &err));
}

#define scratch_test(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        scratch_test(a_file_up_to_the_limit_is_read_whole_and_a_larger_one_refused),
        scratch_test(a_file_that_changes_while_it_is_read_is_read_again_and_at_last_given_up),
        scratch_test(a_failed_replacement_leaves_the_old_file_whole),
        scratch_test(a_replacement_syncs_the_file_before_the_rename_and_its_directory_after),
        scratch_test(a_move_is_made_durable_by_a_sync_of_the_directory),
        scratch_test(a_replacement_by_a_bare_name_syncs_the_working_directory),
        scratch_test(a_replacement_writes_to_no_file_that_it_did_not_create),
        scratch_test(each_new_directory_is_synced_into_its_parent),
        scratch_test(directories_are_created_with_their_parents),
        scratch_test(the_walk_is_sorted_skips_hidden_names_and_follows_no_link),
        scratch_test(a_walk_passes_over_what_it_may_not_enter),
        scratch_test(a_mapping_shows_the_file),
        scratch_test(a_mapping_survives_a_file_that_is_cut_short),
        scratch_test(a_file_that_is_open_for_writing_is_copied_instead_of_mapped),
        scratch_test(only_a_regular_file_is_mapped_and_a_pipe_does_not_hang),
        scratch_test(a_link_is_mapped_and_not_read_as_an_own_file),
        scratch_test(an_own_file_is_read_at_any_place_and_a_shortened_one_is_an_error),
        scratch_test(one_directory_is_made_only_where_nothing_is),
        scratch_test(a_small_tree_is_removed_with_its_links_and_not_through_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
