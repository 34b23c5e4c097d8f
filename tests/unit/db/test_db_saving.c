/* Tests of saving and loading generations beside a store: whatever is damaged, missing or foreign,
 * wherever a save is killed or fails, a search finds exactly the points that were put. */
#include "test.h"

#include "base/rng.h"
#include "base/size.h"
#include "collection_for_test.h"
#include "db/collection_private.h"
#include "db/database.h"
#include "db/derived_file.h"
#include "db/derived_parts.h"
#include "generations.h"
#include "index_for_test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>

enum { DIM = 4, SAVED = 100, MORE = 20, MANY = 400, PATH_BYTES = 1200, TURN_ATTEMPTS = 3000 };

/* ---- allocations that fail: these definitions keep base/size.c out of the link ---- */

static int allocations_left = -1; /* that still succeed; negative: all do */

static bool refuse(void)
{
    return allocations_left >= 0 && allocations_left-- == 0;
}

void *heap_new_array(size_t count, size_t element_bytes)
{
    return refuse() ? NULL : calloc(size_max(count, 1), size_max(element_bytes, 1));
}

void *heap_grow_array(void *old, size_t count, size_t element_bytes)
{
    return refuse() ? NULL : reallocarray(old, size_max(count, 1), size_max(element_bytes, 1));
}

/* ---- the fixture: collections c and d ---- */

typedef struct fixture {
    char *directory;
    database *db;
    collection *c;
    kept_notices notices; /* since the last opening */
} fixture;

static void open_all(fixture *f)
{
    const database_options options = {
        .no_threads = true, .on_notice = keep_notice, .context = &f->notices};
    f->notices.last[0] = '\0';
    f->notices.count = 0;
    open_collection(f->directory, &options, &f->db, &f->c);
}

static void close_all(fixture *f)
{
    close_collection(&f->db, &f->c);
}

static void put(collection *c, uint32_t first, uint32_t count)
{
    kith_error err;
    char keys[MANY][16];
    float vectors[MANY][DIM];
    store_point points[MANY];
    rng r = {first + 1};
    for (uint32_t i = 0; i < count; i++) {
        (void)snprintf(keys[i], sizeof keys[i], "k%u", first + i);
        for (uint32_t d = 0; d < DIM; d++)
            vectors[i][d] = (float)rng_unit(&r) - 0.5F;
        points[i] = (store_point){.key = view_of(keys[i]),
                                  .content = VIEW("some words"),
                                  .metadata = VIEW("{\"a\":1}"),
                                  .vector = vectors[i]};
    }
    assert_ok(collection_put_points(c, STORE_UPSERT, points, count, DIM, VIEW(""), &err));
}

/* Saves whatever the index holds. Another database on the same directory may have its turn at the
 * first attempt. */
static void save(collection *c)
{
    kith_error err;
    c->must_save = true;
    for (int i = 0; c->must_save; i++) {
        assert_true(i < TURN_ATTEMPTS);
        assert_ok(collection_refresh(c, NEWEST_SEQUENCE, &err));
        if (c->must_save) (void)usleep(10000);
    }
}

static int setup(void **state)
{
    kith_error err;
    fixture *f = fixture_new(state, sizeof *f);
    if (!f) return -1;
    open_all(f);
    put(f->c, 0, SAVED);
    save(f->c);
    collection *d = NULL;
    assert_ok(database_ensure_collection(f->db, VIEW("d"), &d, &err));
    put(d, 0, SAVED / 2);
    save(d);
    database_release_collection(d);
    close_all(f);
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    return fixture_free(f);
}

/* Each of k0 .. k<count - 1> is found once, and nothing else. */
static void check_found(fixture *f, uint32_t count)
{
    kith_error err;
    arena a;
    collection_hits hits;
    bool found[MANY] = {0};
    arena_init(&a, 0);
    collection_query q = {.vector = (float[DIM]){1}, .dim = DIM, .k = MANY, .exact = true};
    assert_ok(collection_search(f->c, &q, &a, &hits, &err));
    assert_int_equal(hits.count, count);
    for (uint32_t i = 0; i < hits.count; i++) {
        uint32_t key = (uint32_t)strtoul(hits.points[i].key.data + 1, NULL, 10);
        assert_true(key < count && !found[key]);
        found[key] = true;
    }
    assert_index_is_sound(f->c);
    arena_done(&a);
}

static void expect_notice(const fixture *f, const char *text)
{
    if (!strstr(f->notices.last, text)) fail_msg("'%s' does not say '%s'", f->notices.last, text);
}

static void newest_of(const fixture *f, unsigned long long id, char out[GENERATION_PATH_BYTES])
{
    assert_true(find_generation(f->directory, id, out));
}

static derived_home home_of(const fixture *f, const file_ops *ops)
{
    return (derived_home){.ops = ops,
                          .store = database_store(f->db),
                          .directory = f->directory,
                          .collection = collection_id(f->c)};
}

static kith_status save_with(fixture *f, const file_ops *ops, kith_error *err)
{
    enum { PARTS_MAX = 64 };
    part_source parts[PARTS_MAX];
    const derived_home home = home_of(f, ops);
    const snapshot *s = f->c->current;
    assert_true(part_capacity(s) <= PARTS_MAX);
    const derived_state state = {
        .sequence = s->sequence, .parts = parts, .part_count = derived_list_parts(s, NULL, parts)};
    for (int i = 0; !store_turn_begin(home.store); i++) {
        assert_true(i < TURN_ATTEMPTS);
        (void)usleep(10000);
    }
    kith_status status = derived_save(&home, &state, err);
    store_turn_end(home.store);
    return status;
}

/* ---- what lies there is changed ---- */

enum change { CUT, FLIPPED, REMOVED, LINK, PIPE, DIRECTORY, OF_D, DOUBLED, CHANGES };

static void change_file(const fixture *f, enum change how, const char *name)
{
    char newest[GENERATION_PATH_BYTES], other[GENERATION_PATH_BYTES];
    char path[PATH_BYTES], copy[PATH_BYTES + 16], from[PATH_BYTES];
    newest_of(f, 1, newest);
    newest_of(f, 2, other);
    (void)snprintf(path, sizeof path, "%s/%s", newest, name);
    (void)snprintf(copy, sizeof copy, "%s.copy", path);
    (void)snprintf(from, sizeof from, "%s/%s", other, name);
    if (how == CUT) assert_int_equal(truncate(path, 50), 0);
    if (how == FLIPPED) flip_byte(path, 40);
    if (how == REMOVED) assert_int_equal(unlink(path), 0);
    if (how == LINK || how == PIPE || how == DIRECTORY) assert_int_equal(rename(path, copy), 0);
    if (how == LINK) assert_int_equal(symlink(copy, path), 0);
    if (how == PIPE) assert_int_equal(mkfifo(path, 0600), 0);
    if (how == DIRECTORY) assert_int_equal(mkdir(path, 0700), 0);
    if (how == OF_D) copy_file_to(from, path);
    if (how == DOUBLED) copy_file_to(path, copy);
}

static void whatever_befalls_a_file_each_point_is_found_and_the_damage_told(void **state)
{
    static const char *const names[] = {"manifest", "rows.0",   "vectors.0",
                                        "graph.0",  "fields.0", "words.0"};
    fixture *f = *state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        for (enum change how = 0; how < CHANGES; how++) {
            change_file(f, how, names[i]);
            open_all(f);
            check_found(f, SAVED);
            bool is_same = how == DOUBLED;
            if (is_same)
                assert_int_equal(f->notices.count, 0);
            else if (how == OF_D && i == 0)
                expect_notice(f, "index file is of another collection, rebuilt");
            else
                expect_notice(f, ".damaged, rebuilt");
            if (!is_same && (how != OF_D || i > 0)) expect_notice(f, names[i]);
            close_all(f);
        }
    open_all(f);
    check_found(f, SAVED);
    assert_int_equal(f->notices.count, 0);
    assert_int_equal(f->c->unsaved, 0); // all of it came from the generation
    close_all(f);
    assert_int_equal(count_generations(f->directory, 1), 2); // it, and the last that was damaged
}

/* Generation n of c in another form than a directory, and c's directory itself. */
static void what_is_no_directory_is_set_aside_and_not_entered(void **state)
{
    fixture *f = *state;
    char path[GENERATION_PATH_BYTES], elsewhere[GENERATION_PATH_BYTES - 16];
    (void)snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere", f->directory);
    for (int home = 0; home < 2; home++)
        for (int kind = 0; kind < 3; kind++) {
            newest_of(f, 1, path);
            if (home) *strrchr(path, '/') = '\0';
            remove_tree(elsewhere);
            assert_int_equal(rename(path, elsewhere), 0);
            if (kind == 0) assert_int_equal(symlink(elsewhere, path), 0);
            if (kind == 1) assert_int_equal(mkfifo(path, 0600), 0);
            if (kind == 2) copy_file_to("/proc/self/exe", path);
            open_all(f);
            check_found(f, SAVED);
            expect_notice(f, "what is no directory set aside as derived/1");
            close_all(f);
            open_all(f);
            check_found(f, SAVED);
            assert_int_equal(f->notices.count, 0);
            close_all(f);
            if (kind == 0 && !home) { // what the link led to is whole
                (void)snprintf(path, sizeof path, "%s/words.0", elsewhere);
                assert_int_equal(access(path, F_OK), 0);
            }
        }
}

static void a_generation_that_was_removed_is_missed_and_written_anew(void **state)
{
    fixture *f = *state;
    char path[GENERATION_PATH_BYTES];
    for (int home = 0; home < 2; home++) {
        newest_of(f, 1, path);
        if (home) *strrchr(path, '/') = '\0';
        remove_tree(path);
        open_all(f);
        check_found(f, SAVED);
        expect_notice(f, "index file is missing, rebuilt");
        close_all(f);
    }
}

static void who_only_reads_changes_nothing_and_finds_everything(void **state)
{
    kith_error err;
    fixture *f = *state;
    char path[GENERATION_PATH_BYTES];
    change_file(f, FLIPPED, "rows.0");
    const database_options options = {
        .read_only = true, .no_threads = true, .on_notice = keep_notice, .context = &f->notices};
    assert_ok(database_open(f->directory, &options, &f->db, &err));
    assert_ok(database_acquire_collection(f->db, VIEW("c"), &f->c, &err));
    check_found(f, SAVED);
    expect_notice(f, "derived/1/1 is damaged (part rows.0: page 0 fails its checksum), rebuilt");
    close_all(f);
    newest_of(f, 1, path);
    assert_string_equal(strrchr(path, '/'), "/1");
    assert_int_equal(count_generations(f->directory, 1), 1);
}

/* As after a crash between the rename of the new one and the removal of the old. */
static void when_the_newest_is_damaged_the_one_before_it_is_used(void **state)
{
    kith_error err;
    fixture *f = *state;
    char before[GENERATION_PATH_BYTES], newest[GENERATION_PATH_BYTES], aside[PATH_BYTES];
    newest_of(f, 1, before);
    (void)snprintf(aside, sizeof aside, "%s/aside", f->directory);
    copy_generation(before, aside);
    open_all(f);
    put(f->c, SAVED, MORE);
    assert_ok(save_with(f, &file_ops_posix, &err));
    close_all(f);
    copy_generation(aside, before);
    newest_of(f, 1, newest);
    assert_string_not_equal(before, newest);
    change_file(f, FLIPPED, "words.0");
    open_all(f);
    check_found(f, SAVED + MORE);
    expect_notice(f, "part words.0: page 0 fails its checksum");
    expect_notice(f, ".damaged, the one before it is used");
    assert_false(f->c->rebuilt);
    assert_false(f->c->must_save); // it was saved at once
    close_all(f);
    open_all(f);
    check_found(f, SAVED + MORE);
    assert_int_equal(f->notices.count, 0);
    close_all(f);
    assert_int_equal(count_generations(f->directory, 1), 2);
}

/* The tombstones that it would need are gone: it can only be there as a copy. */
static void damage_is_told_also_when_the_one_before_it_is_too_old(void **state)
{
    kith_error err;
    fixture *f = *state;
    uint32_t deleted = 0;
    const view gone = VIEW("k100");
    char before[GENERATION_PATH_BYTES], aside[PATH_BYTES];
    newest_of(f, 1, before);
    (void)snprintf(aside, sizeof aside, "%s/aside", f->directory);
    copy_generation(before, aside);
    open_all(f);
    put(f->c, SAVED, 1);
    assert_ok(collection_delete_points(f->c, &gone, 1, &deleted, &err));
    assert_int_equal(deleted, 1);
    save(f->c);
    close_all(f);
    copy_generation(aside, before);
    change_file(f, FLIPPED, "words.0");
    open_all(f);
    check_found(f, SAVED);
    expect_notice(f, "part words.0: page 0 fails its checksum");
    expect_notice(f, "the one before it is used; index file was too old to catch up, rebuilt");
    close_all(f);
}

static void touch(const fixture *f, const char *name)
{
    char path[PATH_BYTES * 2];
    (void)snprintf(path, sizeof path, "%s/derived/%s", f->directory, name);
    copy_file_to("/dev/null", path);
}

static void a_save_removes_what_is_left_of_others_and_nothing_else(void **state)
{
    fixture *f = *state;
    char path[GENERATION_PATH_BYTES], other[PATH_BYTES];
    newest_of(f, 1, path);
    for (int i = 2; i < 5; i++) { // the same once more, one that was begun, and one to be damaged
        (void)snprintf(other, sizeof other, "%s/derived/1/%d%s", f->directory, i,
                       i == 3 ? ".tmp" : "");
        copy_generation(path, other);
    }
    touch(f, "1/4/manifest");
    touch(f, "1/7.tmp");
    touch(f, "1.index");
    touch(f, "1.index.tmp");
    touch(f, "1/notes");
    touch(f, "1/05"); // no number as kith writes them
    open_all(f);
    check_found(f, SAVED);
    save(f->c);
    close_all(f);
    newest_of(f, 1, path);
    assert_string_equal(strrchr(path, '/'), "/9"); // the second save, above all that were there
    // With the one that was set aside, and the two names that are not kith's.
    assert_int_equal(count_generations(f->directory, 1), 4);
    (void)snprintf(other, sizeof other, "%s/derived/1.index", f->directory);
    assert_int_equal(access(other, F_OK), -1);
    open_all(f);
    check_found(f, SAVED);
    assert_int_equal(f->notices.count, 0);
    close_all(f);
}

/* Three more than the list of names has room for, all known. Of those that are there
 * only the newest are listed, and of these only four are looked at. */
static void more_generations_than_are_listed_and_looked_at_are_cleared_away(void **state)
{
    enum { LISTED = 64, LOOKED_AT = 4 };
    fixture *f = *state;
    char path[GENERATION_PATH_BYTES], other[PATH_BYTES + 16];
    newest_of(f, 1, path);
    for (int i = 2; i <= LISTED + 3; i++) {
        (void)snprintf(other, sizeof other, "%s/derived/1/%d", f->directory, i);
        copy_generation(path, other);
    }
    for (int damaged = LOOKED_AT - 1; damaged <= LOOKED_AT; damaged++) {
        for (int i = 0; i < damaged; i++) {
            (void)snprintf(other, sizeof other, "%s/derived/1/%d/rows.0", f->directory,
                           LISTED + 3 - i);
            if (damaged < LOOKED_AT || i == damaged - 1) flip_byte(other, 40);
        }
        const database_options options = {.read_only = true,
                                          .no_threads = true,
                                          .on_notice = keep_notice,
                                          .context = &f->notices};
        kith_error err;
        assert_ok(database_open(f->directory, &options, &f->db, &err));
        assert_ok(database_acquire_collection(f->db, VIEW("c"), &f->c, &err));
        check_found(f, SAVED);
        expect_notice(f, damaged < LOOKED_AT ? "the one before it is used" : "rebuilt");
        close_all(f);
    }
    open_all(f);
    check_found(f, SAVED); // sets the newest aside, and saves
    // The new one, the one set aside, and those that the list had no room for.
    assert_int_equal(count_generations(f->directory, 1), 2 + 3);
    save(f->c);
    assert_int_equal(count_generations(f->directory, 1), 2);
    close_all(f);
    open_all(f);
    check_found(f, SAVED);
    assert_int_equal(f->notices.count, 0);
    close_all(f);
}

/* ---- saving is killed, or fails, at each step ---- */

static int countdown;
static bool kills; /* else it fails, with a full disk */

static bool is_faulty(void)
{
    if (--countdown != 0) return false;
    if (kills) _exit(9);
    errno = ENOSPC;
    return true;
}

static int faulty_open(const char *path, int flags, unsigned mode)
{
    return is_faulty() ? -1 : file_ops_posix.open(path, flags, mode);
}

static int64_t faulty_write(int fd, const void *data, size_t bytes)
{
    return is_faulty() ? -1 : file_ops_posix.write(fd, data, bytes);
}

static int faulty_fsync(int fd)
{
    return is_faulty() ? -1 : file_ops_posix.fsync(fd);
}

static int faulty_close(int fd)
{
    int closed = file_ops_posix.close(fd);
    return is_faulty() ? -1 : closed;
}

static int faulty_rename(const char *from, const char *to)
{
    return is_faulty() ? -1 : file_ops_posix.rename(from, to);
}

static int faulty_unlink(const char *path)
{
    return is_faulty() ? -1 : file_ops_posix.unlink(path);
}

static int64_t faulty_pread(int fd, void *data, size_t bytes, uint64_t offset)
{
    return is_faulty() ? -1 : file_ops_posix.pread(fd, data, bytes, offset);
}

static int faulty_mkdir(const char *path, unsigned mode)
{
    return is_faulty() ? -1 : file_ops_posix.mkdir(path, mode);
}

static int faulty_rmdir(const char *path)
{
    return is_faulty() ? -1 : file_ops_posix.rmdir(path);
}

static int64_t faulty_pwrite(int fd, const void *data, size_t bytes, uint64_t offset)
{
    return is_faulty() ? -1 : file_ops_posix.pwrite(fd, data, bytes, offset);
}

static int faulty_ftruncate(int fd, uint64_t bytes)
{
    return is_faulty() ? -1 : file_ops_posix.ftruncate(fd, bytes);
}

static const file_ops faulty_ops = {.open = faulty_open,
                                    .write = faulty_write,
                                    .fsync = faulty_fsync,
                                    .close = faulty_close,
                                    .rename = faulty_rename,
                                    .unlink = faulty_unlink,
                                    .pread = faulty_pread,
                                    .mkdir = faulty_mkdir,
                                    .rmdir = faulty_rmdir,
                                    .pwrite = faulty_pwrite,
                                    .ftruncate = faulty_ftruncate};

/* The next point is in the store, and not in any generation. */
static void put_one_more(fixture *f, uint32_t *points)
{
    open_all(f);
    put(f->c, (*points)++, 1);
    close_all(f);
}

/* True when the save went on to its end. */
static bool save_in_a_process_killed_at(fixture *f, int step)
{
    int how = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        kith_error err;
        open_all(f);
        if (collection_refresh(f->c, NEWEST_SEQUENCE, &err) != KITH_OK) _exit(1);
        kills = true;
        countdown = step;
        _exit(save_with(f, &faulty_ops, &err) == KITH_OK ? 0 : 1);
    }
    assert_true(waitpid(child, &how, 0) == child && WIFEXITED(how));
    assert_true(WEXITSTATUS(how) == 0 || WEXITSTATUS(how) == 9);
    return WEXITSTATUS(how) == 0;
}

static void a_save_that_is_killed_at_any_step_loses_nothing_and_is_cleared_away(void **state)
{
    fixture *f = *state;
    uint32_t points = SAVED, first_new = 0;
    bool is_done = false;
    for (int step = 1; !is_done; step++) {
        assert_true(step < 200);
        put_one_more(f, &points);
        is_done = save_in_a_process_killed_at(f, step);
        open_all(f);
        check_found(f, points);
        assert_int_equal(f->notices.count, 0);
        assert_false(f->c->rebuilt);
        // One generation or the other was used.
        assert_true(f->c->unsaved <= 1);
        if (f->c->unsaved == 0 && !first_new) first_new = (uint32_t)step;
        save(f->c);
        assert_int_equal(count_generations(f->directory, 1), 1);
        close_all(f);
    }
    assert_true(first_new > 20); // many steps before the rename, and some after it
}

static void a_save_that_fails_at_any_step_leaves_the_one_before_in_use(void **state)
{
    kith_error err;
    fixture *f = *state;
    uint32_t points = SAVED;
    kith_status status = KITH_ERR_FULL;
    kills = false;
    for (int step = 1; status != KITH_OK || countdown <= 0; step++) {
        assert_true(step < 200);
        put_one_more(f, &points);
        open_all(f);
        assert_ok(collection_refresh(f->c, NEWEST_SEQUENCE, &err));
        countdown = step;
        status = save_with(f, &faulty_ops, &err);
        if (status != KITH_OK) assert_int_equal(status, KITH_ERR_FULL);
        close_all(f);
        open_all(f);
        check_found(f, points);
        assert_int_equal(f->notices.count, 0);
        assert_false(f->c->rebuilt);
        assert_true(f->c->unsaved <= 1);
        save(f->c);
        assert_int_equal(count_generations(f->directory, 1), 1);
        close_all(f);
    }
}

static void a_save_without_memory_leaves_the_one_before_in_use(void **state)
{
    kith_error err;
    fixture *f = *state;
    uint32_t points = SAVED;
    kith_status status = KITH_ERR_NO_MEMORY;
    put_one_more(f, &points);
    open_all(f);
    assert_ok(collection_refresh(f->c, NEWEST_SEQUENCE, &err));
    for (int n = 0; status != KITH_OK; n++) {
        assert_true(n < 200);
        allocations_left = n;
        status = save_with(f, &file_ops_posix, &err);
        allocations_left = -1;
        if (status != KITH_OK) assert_int_equal(status, KITH_ERR_NO_MEMORY);
        assert_int_equal(count_generations(f->directory, 1), 1);
    }
    close_all(f);
    open_all(f);
    check_found(f, points);
    assert_int_equal(f->notices.count, 0);
    close_all(f);
}

static void a_load_without_memory_or_from_a_failing_disk_rejects_nothing(void **state)
{
    kith_error err;
    fixture *f = *state;
    char newest[GENERATION_PATH_BYTES];
    newest_of(f, 1, newest);
    open_all(f);
    for (int n = 0, is_done = false; !is_done; n++) {
        snapshot *loaded = NULL;
        derived_loading l = {0};
        derived_home home = home_of(f, &file_ops_posix);
        assert_true(n < 2000);
        allocations_left = n;
        kith_status status = derived_load(&home, &loaded, &l, &err);
        is_done = allocations_left >= 0;
        allocations_left = -1;
        if (status != KITH_OK) assert_int_equal(status, KITH_ERR_NO_MEMORY);
        assert_string_equal(l.reason, "");
        assert_int_equal(l.is_loaded, status == KITH_OK);
        snapshot_release(loaded);
    }
    for (int step = 1; step < 40; step++) { // of both looks at it
        snapshot *loaded = NULL;
        derived_loading l = {0};
        derived_home home = home_of(f, &faulty_ops);
        kills = false;
        countdown = step;
        assert_ok(derived_load(&home, &loaded, &l, &err));
        if (!l.is_loaded) assert_string_equal(l.reason, "index file cannot be read");
        snapshot_release(loaded);
    }
    assert_int_equal(access(newest, F_OK), 0);
    assert_int_equal(count_generations(f->directory, 1), 1);
    close_all(f);
}

static void a_newer_state_of_another_process_is_not_replaced(void **state)
{
    kith_error err;
    fixture *f = *state, other = {.directory = f->directory};
    char newest[GENERATION_PATH_BYTES], still[GENERATION_PATH_BYTES];
    open_all(f);
    check_found(f, SAVED);
    open_all(&other);
    put(other.c, SAVED, 1);
    save(other.c);
    newest_of(f, 1, newest);
    assert_status(KITH_ERR_EXISTS, save_with(f, &file_ops_posix, &err));
    newest_of(f, 1, still);
    assert_string_equal(still, newest);
    assert_ok(collection_refresh(f->c, NEWEST_SEQUENCE, &err));
    check_found(f, SAVED + 1);
    close_all(&other);
    close_all(f);
}

#define saving_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        saving_test(whatever_befalls_a_file_each_point_is_found_and_the_damage_told),
        saving_test(what_is_no_directory_is_set_aside_and_not_entered),
        saving_test(a_generation_that_was_removed_is_missed_and_written_anew),
        saving_test(who_only_reads_changes_nothing_and_finds_everything),
        saving_test(when_the_newest_is_damaged_the_one_before_it_is_used),
        saving_test(damage_is_told_also_when_the_one_before_it_is_too_old),
        saving_test(a_save_removes_what_is_left_of_others_and_nothing_else),
        saving_test(more_generations_than_are_listed_and_looked_at_are_cleared_away),
        saving_test(a_save_that_is_killed_at_any_step_loses_nothing_and_is_cleared_away),
        saving_test(a_save_that_fails_at_any_step_leaves_the_one_before_in_use),
        saving_test(a_save_without_memory_leaves_the_one_before_in_use),
        saving_test(a_load_without_memory_or_from_a_failing_disk_rejects_nothing),
        saving_test(a_newer_state_of_another_process_is_not_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
