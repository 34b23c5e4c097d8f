/* Archives and packed files: which members are handed on, and what is told of the others. */
#include "extracted.h"
#include "zip_writer.h"

static void a_zip_hands_on_its_files_by_their_paths(void **state)
{
    (void)state;
    extracted e;
    zip_writer z;
    zip_init(&z);
    zip_add_text(&z, "docs/a.txt", "text");
    zip_add_text(&z, "docs/", "");
    zip_add_text(&z, ".git/config", "hidden");
    zip_add_text(&z, "__MACOSX/a.txt", "hidden");
    z.flags = 1;
    zip_add_text(&z, "secret.txt", "ciphered");
    extracted_expect(&e, "all.zip", zip_finish(&z), 0);
    assert_int_equal(e.found.attachment_count, 1);
    assert_view(e.found.attachments[0].owner, "all");
    assert_view(e.found.attachments[0].name, "docs/a.txt");
    assert_view(e.found.attachments[0].bytes, "text");
    assert_int_equal(e.found.notices.count, 1);
    extracted_done(&e);
    zip_done(&z);
    extracted_expect_failure("all.zip", VIEW("no archive"), KITH_ERR_FORMAT, "not a ZIP file");
}

static void an_archive_gives_at_most_a_thousand_files(void **state)
{
    (void)state;
    extracted e;
    zip_writer z;
    char name[16];
    zip_init(&z);
    for (int i = 0; i < 1001; i++) {
        (void)snprintf(name, sizeof name, "%d.txt", i);
        zip_add_text(&z, name, "text");
    }
    extracted_expect(&e, "all.zip", zip_finish(&z), 0);
    assert_int_equal(e.found.attachment_count, 1000);
    assert_int_equal(e.found.notices.count, 1);
    extracted_done(&e);
    zip_done(&z);
}

static void add_tar_file(buffer *out, const char *name, char type, const char *text)
{
    char block[512] = {0};
    unsigned sum = 0;
    size_t size = strlen(text);
    (void)snprintf(block, 100, "%s", name);
    (void)snprintf(block + 124, 12, "%011o", (unsigned)size);
    block[156] = type;
    memcpy(block + 257,
           "ustar\0"
           "00",
           8);
    memset(block + 148, ' ', 8);
    for (size_t i = 0; i < sizeof block; i++)
        sum += (unsigned char)block[i];
    (void)snprintf(block + 148, 8, "%06o", sum);
    buffer_append(out, (view){block, sizeof block});
    buffer_append_text(out, text);
    while (out->size % 512)
        buffer_append_byte(out, 0);
}

static void a_tar_hands_on_its_files_with_long_names(void **state)
{
    (void)state;
    extracted e;
    buffer tar;
    buffer_init(&tar, 1 << 20);
    add_tar_file(&tar, "./docs/", '5', "");
    add_tar_file(&tar, "./docs/a.txt", '0', "text");
    add_tar_file(&tar, "././@LongLink", 'L', "long/b.txt");
    add_tar_file(&tar, "cut", '0', "more");
    add_tar_file(&tar, "pax", 'x', "19 path=deep/c.txt\n");
    add_tar_file(&tar, "cut", '0', "last");
    add_tar_file(&tar, "link", '2', "");
    extracted_expect(&e, "all.tar", buffer_view(&tar), 0);
    assert_int_equal(e.found.attachment_count, 3);
    assert_view(e.found.attachments[0].name, "docs/a.txt");
    assert_view(e.found.attachments[1].name, "long/b.txt");
    assert_view(e.found.attachments[2].name, "deep/c.txt");
    assert_view(e.found.attachments[2].bytes, "last");
    extracted_done(&e);
    tar.data[3]++; // a name that its checksum does not know
    extracted_expect_failure("all.tar", buffer_view(&tar), KITH_ERR_FORMAT, "damaged tar file");
    buffer_done(&tar);
}

static view gzip_of(const char *bytes, size_t size, buffer *out)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)size};
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_true(buffer_reserve(out, size + 1024));
    z.next_out = (Bytef *)out->data + out->size;
    z.avail_out = (uInt)(size + 1024);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    out->size += size + 1024 - z.avail_out;
    assert_int_equal(deflateEnd(&z), Z_OK);
    return buffer_view(out);
}

static void gzip_gives_its_file_under_its_own_name(void **state)
{
    (void)state;
    extracted e;
    buffer out;
    buffer_init(&out, 1 << 20);
    (void)gzip_of("one ", 4, &out);
    extracted_expect(&e, "a.txt.gz", gzip_of("two", 3, &out), 0);
    assert_int_equal(e.found.attachment_count, 1);
    assert_view(e.found.attachments[0].name, "a.txt");
    assert_view(e.found.attachments[0].owner, "");
    assert_view(e.found.attachments[0].bytes, "one two");
    extracted_done(&e);
    extracted_expect_failure("a.gz", view_slice(buffer_view(&out), 0, 15), KITH_ERR_FORMAT,
                             "damaged gzip file");
    buffer_done(&out);
}

static void gzip_that_unpacks_to_too_much_is_refused(void **state)
{
    (void)state;
    buffer out;
    size_t size = ((size_t)64 << 20) + 1;
    char *zeros = calloc(1, size);
    assert_non_null(zeros);
    buffer_init(&out, (size_t)1 << 28);
    extracted_expect_failure("a.gz", gzip_of(zeros, size, &out), KITH_ERR_LIMIT, "unpacked");
    buffer_done(&out);
    free(zeros);
}

/* A frame of zstd with one block; is_run: the byte `count` times. */
static view zstd_of(uint32_t count, bool is_run, const char *bytes, buffer *out)
{
    uint32_t block = count << 3 | (is_run ? 2 : 0) | 1;
    buffer_append(out, VIEW("\x28\xB5\x2F\xFD\xA0")); // a single segment, its size in four bytes
    buffer_append_u32(out, count);
    for (int i = 0; i < 3; i++)
        buffer_append_byte(out, (char)(block >> 8 * i & 0xFF));
    buffer_append(out, (view){bytes, is_run ? 1 : count});
    return buffer_view(out);
}

static void frames_of_zstd_are_one_file(void **state)
{
    (void)state;
    extracted e;
    buffer out;
    buffer_init(&out, 1 << 20);
    (void)zstd_of(4, false, "one ", &out);
    (void)zstd_of(3, false, "two", &out);
    buffer_append_text(&out, "behind it");
    extracted_expect(&e, "a.txt.zst", buffer_view(&out), 0);
    assert_view(e.found.attachments[0].name, "a.txt");
    assert_view(e.found.attachments[0].bytes, "one two");
    extracted_done(&e);
    extracted_expect_failure("a.zst", view_slice(buffer_view(&out), 0, 15), KITH_ERR_FORMAT,
                             "damaged zstd file");
    extracted_expect_failure("a.zst", VIEW("text"), KITH_ERR_FORMAT, "no packed file");
    buffer_done(&out);
}

static void many_small_frames_are_refused_when_they_make_too_much(void **state)
{
    (void)state;
    buffer out;
    buffer_init(&out, 1 << 20);
    for (uint32_t i = 0; i <= (64 << 20) / (128 << 10); i++)
        (void)zstd_of(128 << 10, true, "x", &out);
    assert_true(out.size < 10000);
    extracted_expect_failure("a.zst", buffer_view(&out), KITH_ERR_LIMIT, "unpacked");
    buffer_done(&out);
}

static void a_window_beyond_the_limit_is_refused(void **state)
{
    (void)state;
    // of 2^31 bytes
    static const char WIDE[] = "\x28\xB5\x2F\xFD\x00\xA8\x09\x00\x00x";
    extracted_expect_failure("a.zst", (view){WIDE, sizeof WIDE - 1}, KITH_ERR_FORMAT,
                             "damaged zstd file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_zip_hands_on_its_files_by_their_paths),
        cmocka_unit_test(an_archive_gives_at_most_a_thousand_files),
        cmocka_unit_test(a_tar_hands_on_its_files_with_long_names),
        cmocka_unit_test(gzip_gives_its_file_under_its_own_name),
        cmocka_unit_test(gzip_that_unpacks_to_too_much_is_refused),
        cmocka_unit_test(frames_of_zstd_are_one_file),
        cmocka_unit_test(many_small_frames_are_refused_when_they_make_too_much),
        cmocka_unit_test(a_window_beyond_the_limit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
