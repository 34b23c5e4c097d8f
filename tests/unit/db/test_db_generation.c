/* Tests of one generation as bytes: whatever is written comes back, and whatever is changed on disk
 * is found and named. Without a store; what parts mean is not known here. */
#include "test.h"

#include "base/hash.h"
#include "base/rng.h"
#include "db/generation.h"
#include "generations.h"

#include <errno.h>
#include <fcntl.h>

enum { PAGE = GENERATION_PAGE_BYTES, PATH_BYTES = 512 };

/* Byte i of the part with this seed. */
static char pattern(uint64_t seed, uint64_t i)
{
    return (char)((seed * 31 + i * 7 + i / PAGE) >> 1);
}

typedef struct pattern_part {
    uint64_t seed, bytes;
} pattern_part;

/* In pieces of many sizes, larger than the drain's among them. */
static void write_pattern(const void *context, buffer *out)
{
    static const size_t sizes[] = {1, 8, 100, PAGE, PAGE + 1, BUFFER_DRAIN_BYTES + 5};
    const pattern_part *p = context;
    char *piece = malloc(BUFFER_DRAIN_BYTES * 2);
    assert_non_null(piece);
    for (uint64_t at = 0, n = 0; at < p->bytes; n++) {
        size_t size = sizes[n % 6];
        if (size > p->bytes - at) size = (size_t)(p->bytes - at);
        for (size_t i = 0; i < size; i++)
            piece[i] = pattern(p->seed, at + i);
        buffer_append(out, (view){piece, size});
        at += size;
    }
    free(piece);
}

static int no_sync(int fd)
{
    (void)fd;
    return 0;
}

/* Nothing is cut off in these tests, so nothing need be on disk. */
static file_ops fast_ops(void)
{
    file_ops ops = file_ops_posix;
    ops.fsync = no_sync;
    return ops;
}

static const store_binding some_binding = {.token = {{1, 2}},
                                           .store = {{3, 4}},
                                           .collection = 5,
                                           .metric = 1,
                                           .dim = 6,
                                           .model = 7,
                                           .sequence = 8};

static void path_of(const void *directory, const char *name, char out[PATH_BYTES])
{
    (void)snprintf(out, PATH_BYTES, "%s/%s", (const char *)directory, name);
}

/* Two kinds, one of them with two parts, of several pages. */
static const pattern_part few_patterns[] = {{1, 3 * PAGE + 5}, {2, PAGE}, {3, 2 * PAGE - 1}};
enum { FEW = 3 };
static const char *const few_names[] = {"rows.0", "words.0", "words.1", "manifest"};

static void write_few(const char *path, uint64_t seed)
{
    kith_error err;
    const file_ops ops = fast_ops();
    pattern_part patterns[FEW];
    for (int i = 0; i < FEW; i++)
        patterns[i] = (pattern_part){few_patterns[i].seed + seed, few_patterns[i].bytes};
    const part_source parts[] = {{PART_ROWS, 0, write_pattern, &patterns[0]},
                                 {PART_WORDS, 0, write_pattern, &patterns[1]},
                                 {PART_WORDS, 1, write_pattern, &patterns[2]}};
    assert_ok(generation_write(&ops, path, &some_binding, parts, FEW, &err));
}

/* Reads everything, in steps of one size. */
static kith_status read_all(const char *path, size_t step, uint64_t seed, kith_error *err)
{
    generation g = {0};
    uint32_t format = 0;
    kith_status status = generation_open(&file_ops_posix, path, &g, &format, err);
    if (status != KITH_OK) return status;
    char *bytes = malloc(step);
    assert_non_null(bytes);
    for (uint32_t i = 0; i < g.part_count && status == KITH_OK; i++) {
        part_reader r = {0};
        status = part_open(&g, &g.parts[i], &r, err);
        for (uint64_t at = 0; at < g.parts[i].bytes && status == KITH_OK; at += step) {
            size_t size = at + step > g.parts[i].bytes ? (size_t)(g.parts[i].bytes - at) : step;
            status = part_read(&r, bytes, size, err);
            for (size_t n = 0; n < size && status == KITH_OK; n++)
                assert_int_equal(bytes[n], pattern(few_patterns[i % FEW].seed + seed, at + n));
        }
        if (status == KITH_OK)
            assert_int_equal(part_read(&r, bytes, 1, NULL), KITH_ERR_CORRUPT); // past its end
        part_close(&r);
    }
    free(bytes);
    generation_close(&g);
    return status;
}

static void what_is_written_comes_back_whatever_the_steps(void **state)
{
    kith_error err;
    char path[PATH_BYTES];
    generation g = {0};
    uint32_t format = 0;
    path_of(*state, "1", path);
    write_few(path, 0);
    const size_t steps[] = {1, 7, 1000, PAGE, PAGE + 1, 3 * PAGE, 10 * PAGE};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        assert_ok(read_all(path, steps[i], 0, &err));
    assert_ok(generation_open(&file_ops_posix, path, &g, &format, &err));
    assert_int_equal(format, GENERATION_FORMAT);
    assert_memory_equal(&g.binding, &some_binding, sizeof g.binding);
    assert_int_equal(g.part_count, FEW);
    assert_ptr_equal(generation_find(&g, PART_WORDS, 1), &g.parts[2]);
    assert_null(generation_find(&g, PART_WORDS, 2));
    assert_null(generation_find(&g, PART_VECTORS, 0));
    generation_close(&g);
}

static void parts_of_any_size_come_back_whole(void **state)
{
    enum { HUGE_PAGES = 10001 };
    static const uint64_t sizes[] = {
        0, 1, PAGE - 1, PAGE, PAGE + 1, 5 * PAGE + 17, HUGE_PAGES * PAGE + 3};
    enum { COUNT = sizeof sizes / sizeof sizes[0] };
    kith_error err;
    char path[PATH_BYTES];
    const file_ops ops = fast_ops();
    pattern_part patterns[COUNT];
    part_source parts[COUNT];
    generation g = {0};
    uint32_t format = 0;
    path_of(*state, "1", path);
    for (uint32_t i = 0; i < COUNT; i++) {
        patterns[i] = (pattern_part){i, sizes[i]};
        parts[i] = (part_source){PART_WORDS, i, write_pattern, &patterns[i]};
    }
    assert_ok(generation_write(&ops, path, &some_binding, parts, COUNT, &err));
    assert_ok(generation_open(&ops, path, &g, &format, &err));
    assert_int_equal(g.part_count, COUNT);
    for (uint32_t i = 0; i < COUNT; i++) {
        char *bytes = NULL;
        uint64_t wrong = 0;
        assert_int_equal(g.parts[i].bytes, sizes[i]);
        assert_ok(generation_read_part(&g, &g.parts[i], &bytes, &err));
        for (uint64_t n = 0; n < sizes[i]; n++)
            wrong += bytes[n] != pattern(i, n);
        assert_int_equal(wrong, 0);
        free(bytes);
    }
    generation_close(&g);
}

static void as_many_parts_as_allowed_come_back_and_no_more(void **state)
{
    kith_error err;
    char path[PATH_BYTES], manifest[PATH_BYTES + 16];
    const file_ops ops = fast_ops();
    pattern_part p = {1, 10};
    part_source *parts = calloc(GENERATION_PARTS_MAX, sizeof *parts);
    assert_non_null(parts);
    generation g = {0};
    uint32_t format = 0;
    path_of(*state, "1", path);
    for (uint32_t i = 0; i < GENERATION_PARTS_MAX; i++)
        parts[i] = (part_source){i < 500 ? PART_FIELDS : PART_WORDS, i < 500 ? i : i - 500,
                                 write_pattern, &p};
    assert_ok(generation_write(&ops, path, &some_binding, parts, GENERATION_PARTS_MAX, &err));
    assert_ok(generation_open(&ops, path, &g, &format, &err));
    assert_int_equal(g.part_count, GENERATION_PARTS_MAX);
    assert_non_null(generation_find(&g, PART_WORDS, GENERATION_PARTS_MAX - 501));
    generation_close(&g);
    (void)snprintf(manifest, sizeof manifest, "%s/manifest", path);
    FILE *file = fopen(manifest, "ab"); // longer than any
    assert_non_null(file);
    for (int i = 0; i < 32; i++)
        assert_int_equal(fputc(0, file), 0);
    assert_int_equal(fclose(file), 0);
    assert_status(KITH_ERR_CORRUPT, generation_open(&ops, path, &g, &format, &err));
    free(parts);
}

static void expect_text(const kith_error *err, const char *text)
{
    if (!strstr(err->message, text)) fail_msg("'%s' does not say '%s'", err->message, text);
}

static void every_flipped_bit_is_found_and_named_by_part_and_page(void **state)
{
    enum { FORMAT_AT = 7 /* in the manifest */ };
    kith_error err;
    char path[PATH_BYTES], file[PATH_BYTES + 16], name[64];
    path_of(*state, "1", path);
    write_few(path, 0);
    for (int i = 0; i < FEW + 1; i++) {
        struct stat st;
        (void)snprintf(file, sizeof file, "%s/%s", path, few_names[i]);
        assert_int_equal(stat(file, &st), 0);
        for (long at = 0; at < st.st_size; at += i == FEW ? 1 : 61) {
            // A letter that names the format becomes one that names another.
            const bool is_format = i == FEW && at == FORMAT_AT;
            flip_byte(file, at);
            assert_status(is_format ? KITH_ERR_UNSUPPORTED : KITH_ERR_CORRUPT,
                          read_all(path, 1000, 0, &err));
            long pages = i < FEW ? (long)(few_patterns[i].bytes + PAGE - 1) / PAGE : 0;
            if (at < pages * PAGE)
                (void)snprintf(name, sizeof name, "part %s: page %ld fails", few_names[i],
                               at / PAGE);
            else
                (void)snprintf(name, sizeof name, "%s: ", few_names[i]);
            expect_text(&err, name);
            flip_byte(file, at);
        }
        assert_ok(read_all(path, 1000, 0, &err));
    }
}

static void a_file_of_another_length_is_found(void **state)
{
    kith_error err;
    char path[PATH_BYTES], file[PATH_BYTES + 16];
    path_of(*state, "1", path);
    for (int i = 0; i < FEW + 1; i++) {
        struct stat st;
        remove_tree(path);
        write_few(path, 0);
        (void)snprintf(file, sizeof file, "%s/%s", path, few_names[i]);
        assert_int_equal(stat(file, &st), 0);
        assert_int_equal(truncate(file, st.st_size + 1), 0);
        assert_status(KITH_ERR_CORRUPT, read_all(path, 1000, 0, &err));
        expect_text(&err, few_names[i]);
        for (long size = st.st_size - 1; size >= 0; size -= size > 100 ? 97 : 1) {
            assert_int_equal(truncate(file, size), 0);
            assert_status(KITH_ERR_CORRUPT, read_all(path, 1000, 0, &err));
            expect_text(&err, few_names[i]);
        }
    }
}

static void a_file_that_is_missing_or_none_is_found_and_not_followed(void **state)
{
    kith_error err;
    char path[PATH_BYTES], file[PATH_BYTES + 16], elsewhere[PATH_BYTES];
    path_of(*state, "1", path);
    path_of(*state, "elsewhere", elsewhere);
    for (int i = 0; i < FEW + 1; i++)
        for (int kind = 0; kind < 4; kind++) {
            remove_tree(path);
            write_few(path, 0);
            (void)snprintf(file, sizeof file, "%s/%s", path, few_names[i]);
            (void)remove(elsewhere);
            assert_int_equal(rename(file, elsewhere), 0);
            if (kind == 1) assert_int_equal(symlink(elsewhere, file), 0); // the very file
            if (kind == 2) assert_int_equal(mkfifo(file, 0600), 0);
            if (kind == 3) assert_int_equal(mkdir(file, 0700), 0);
            assert_status(KITH_ERR_CORRUPT, read_all(path, 1000, 0, &err));
            expect_text(&err, few_names[i]);
            expect_text(&err, kind == 0 ? "is missing" : "is no regular file");
        }
}

static void a_part_of_another_generation_or_twice_does_not_pass_for_its_own(void **state)
{
    kith_error err;
    char path[PATH_BYTES], other[PATH_BYTES], from[PATH_BYTES + 16], to[PATH_BYTES + 16];
    path_of(*state, "1", path);
    path_of(*state, "2", other);
    write_few(other, 10);
    for (int i = 0; i < FEW; i++) {
        remove_tree(path);
        write_few(path, 0);
        (void)snprintf(from, sizeof from, "%s/%s", other, few_names[i]);
        (void)snprintf(to, sizeof to, "%s/%s", path, few_names[i]);
        copy_file_to(from, to);
        assert_status(KITH_ERR_CORRUPT, read_all(path, 1000, 0, &err));
        expect_text(&err, few_names[i]);
        expect_text(&err, "its checksums are not those of the manifest");
    }
    // One that the manifest does not name is none of the generation's.
    remove_tree(path);
    write_few(path, 0);
    (void)snprintf(from, sizeof from, "%s/words.1", path);
    (void)snprintf(to, sizeof to, "%s/words.2", path);
    copy_file_to(from, to);
    assert_ok(read_all(path, 1000, 0, &err));
}

/* Writes a value into the manifest and the checksum that goes with it. */
static void forge(const char *path, size_t at, uint64_t value)
{
    char file[PATH_BYTES + 16], bytes[1024];
    (void)snprintf(file, sizeof file, "%s/manifest", path);
    FILE *f = fopen(file, "r+b");
    assert_non_null(f);
    size_t size = fread(bytes, 1, sizeof bytes, f);
    memcpy(bytes + at, &value, sizeof value);
    uint64_t sum = hash64((view){bytes, size - sizeof sum}, 0);
    memcpy(bytes + size - sizeof sum, &sum, sizeof sum);
    rewind(f);
    assert_int_equal(fwrite(bytes, 1, size, f), size);
    assert_int_equal(fclose(f), 0);
}

static void a_manifest_with_a_recomputed_checksum_is_not_believed(void **state)
{
    enum { COUNT_AT = 80, FIRST = 88, ENTRY = 32 };
    static const struct {
        size_t at;
        uint64_t value;
    } forged[] = {
        {COUNT_AT, 0},
        {COUNT_AT, 2},
        {COUNT_AT, 4},
        {COUNT_AT, UINT64_MAX / ENTRY},
        {COUNT_AT, GENERATION_PARTS_MAX + 1},
        {FIRST, PART_KINDS}, /* no such kind */
        {FIRST, UINT64_MAX},
        {FIRST, PART_WORDS},        /* words.0 twice */
        {FIRST + 8, 1},             /* rows begin at 1 */
        {FIRST + 2 * ENTRY + 8, 0}, /* words.0 twice */
        {FIRST + 2 * ENTRY + 8, 2}, /* a gap */
        {FIRST + 16, UINT64_MAX},   /* bytes */
        {FIRST + 16, UINT64_C(1) << 55},
        {FIRST + 16, 4 * PAGE + 1},
        {FIRST + 24, 12345}, /* checksum of the table */
    };
    kith_error err;
    char path[PATH_BYTES];
    path_of(*state, "1", path);
    for (size_t i = 0; i < sizeof forged / sizeof forged[0]; i++) {
        remove_tree(path);
        write_few(path, 0);
        forge(path, forged[i].at, forged[i].value);
        assert_status(KITH_ERR_CORRUPT, read_all(path, 1000, 0, &err));
    }
}

/* Each operation of writing fails in turn. */
static int countdown;

static bool is_faulty(int error)
{
    if (--countdown != 0) return false;
    errno = error;
    return true;
}

static int faulty_open(const char *path, int flags, unsigned mode)
{
    return is_faulty(ENOSPC) ? -1 : file_ops_posix.open(path, flags, mode);
}

static int64_t faulty_write(int fd, const void *data, size_t bytes)
{
    return is_faulty(ENOSPC) ? -1 : file_ops_posix.write(fd, data, bytes > 3000 ? 3000 : bytes);
}

static int faulty_fsync(int fd)
{
    (void)fd;
    return is_faulty(ENOSPC) ? -1 : 0;
}

static int faulty_close(int fd)
{
    int closed = file_ops_posix.close(fd);
    return is_faulty(ENOSPC) ? -1 : closed;
}

static int faulty_mkdir(const char *path, unsigned mode)
{
    return is_faulty(ENOSPC) ? -1 : file_ops_posix.mkdir(path, mode);
}

static void a_failure_at_any_step_of_writing_is_typed_and_leaves_nothing(void **state)
{
    kith_error err;
    char path[PATH_BYTES];
    file_ops ops = file_ops_posix;
    ops.open = faulty_open;
    ops.write = faulty_write;
    ops.fsync = faulty_fsync;
    ops.close = faulty_close;
    ops.mkdir = faulty_mkdir;
    path_of(*state, "1", path);
    const part_source parts[] = {{PART_ROWS, 0, write_pattern, &few_patterns[0]},
                                 {PART_WORDS, 0, write_pattern, &few_patterns[1]},
                                 {PART_WORDS, 1, write_pattern, &few_patterns[2]}};
    kith_status status = KITH_ERR_FULL;
    int n = 0;
    while (status != KITH_OK) {
        countdown = ++n;
        status = generation_write(&ops, path, &some_binding, parts, FEW, &err);
        bool is_there = access(path, F_OK) == 0;
        assert_int_equal(is_there, status == KITH_OK);
        // A directory whose close fails was only read.
        if (status != KITH_OK) assert_int_equal(status, KITH_ERR_FULL);
        if (status == KITH_OK && countdown <= 0) {
            remove_tree(path);
            status = KITH_ERR_FULL;
        }
        assert_true(n < 200);
    }
    assert_true(n > 30);
    assert_ok(read_all(path, 1000, 0, &err));
    countdown = 0;
    assert_status(KITH_ERR_EXISTS, generation_write(&ops, path, &some_binding, parts, FEW, &err));
    assert_ok(read_all(path, 1000, 0, &err)); // what was there is untouched
}

/* What writing does, in its order: m make the directory, c create, w write, s sync of a file, S of a
 * directory, x close, o open of a directory. */
static char steps[256];

static void note_step(char step)
{
    size_t used = strlen(steps);
    assert_true(used + 1 < sizeof steps);
    if (step == 'w' && used && steps[used - 1] == 'w') return; // any number of writes
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
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    note_step(S_ISDIR(st.st_mode) ? 'S' : 's');
    return 0;
}

static int noted_close(int fd)
{
    note_step('x');
    return file_ops_posix.close(fd);
}

static int noted_mkdir(const char *path, unsigned mode)
{
    note_step('m');
    return file_ops_posix.mkdir(path, mode);
}

static void each_part_is_synced_before_the_manifest_and_the_directory_after_all(void **state)
{
    kith_error err;
    char path[PATH_BYTES];
    file_ops ops = file_ops_posix;
    ops.open = noted_open;
    ops.write = noted_write;
    ops.fsync = noted_fsync;
    ops.close = noted_close;
    ops.mkdir = noted_mkdir;
    path_of(*state, "1", path);
    const part_source parts[] = {{PART_ROWS, 0, write_pattern, &few_patterns[0]},
                                 {PART_WORDS, 0, write_pattern, &few_patterns[1]}};
    steps[0] = '\0';
    assert_ok(generation_write(&ops, path, &some_binding, parts, 2, &err));
    assert_string_equal(steps, "moSx"
                               "cwsx"
                               "cwsx"
                               "cwsx" // the manifest
                               "oSx");
}

static void a_generation_in_a_directory_that_is_missing_is_not_found(void **state)
{
    kith_error err;
    char path[PATH_BYTES];
    path_of(*state, "none/1", path);
    const part_source part = {PART_ROWS, 0, write_pattern, &few_patterns[0]};
    assert_status(KITH_ERR_NOT_FOUND,
                  generation_write(&file_ops_posix, path, &some_binding, &part, 1, &err));
}

#define scratch_test(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        scratch_test(what_is_written_comes_back_whatever_the_steps),
        scratch_test(parts_of_any_size_come_back_whole),
        scratch_test(as_many_parts_as_allowed_come_back_and_no_more),
        scratch_test(every_flipped_bit_is_found_and_named_by_part_and_page),
        scratch_test(a_file_of_another_length_is_found),
        scratch_test(a_file_that_is_missing_or_none_is_found_and_not_followed),
        scratch_test(a_part_of_another_generation_or_twice_does_not_pass_for_its_own),
        scratch_test(a_manifest_with_a_recomputed_checksum_is_not_believed),
        scratch_test(a_failure_at_any_step_of_writing_is_typed_and_leaves_nothing),
        scratch_test(each_part_is_synced_before_the_manifest_and_the_directory_after_all),
        scratch_test(a_generation_in_a_directory_that_is_missing_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
