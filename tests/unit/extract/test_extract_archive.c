/* The ZIP reader: what it reads, and each way in which a hostile file is refused. */
#include "test.h"
#include "zip_writer.h"

#include "extract/archive.h"

typedef struct opened {
    zip_writer writer;
    arena memory;
    archive archive;
    kith_error err;
} opened;

static void begin(opened *o)
{
    *o = (opened){0};
    zip_init(&o->writer);
    arena_init(&o->memory, 0);
}

static kith_status finish(opened *o)
{
    return archive_open(zip_finish(&o->writer), &o->memory, &o->archive, &o->err);
}

static void done(opened *o)
{
    zip_done(&o->writer);
    arena_done(&o->memory);
}

static void expect_message(const opened *o, const char *words)
{
    if (!strstr(o->err.message, words)) fail_msg("'%s' lacks '%s'", o->err.message, words);
}

static void entries_are_found_by_name_and_inflated(void **state)
{
    (void)state;
    opened o;
    view content;
    begin(&o);
    zip_add_text(&o.writer, "b/second.xml", "<second/>");
    zip_add_text(&o.writer, "a.txt", "");
    zip_add_text(&o.writer, "c", "third third third third third third");
    assert_int_equal(finish(&o), KITH_OK);
    assert_true(archive_has(&o.archive, VIEW("a.txt")));
    assert_false(archive_has(&o.archive, VIEW("a")));
    assert_int_equal(archive_read(&o.archive, VIEW("c"), &content, &o.err), KITH_OK);
    assert_true(view_equal(content, VIEW("third third third third third third")));
    assert_int_equal(archive_read(&o.archive, VIEW("b/second.xml"), &content, &o.err), KITH_OK);
    assert_true(view_equal(content, VIEW("<second/>")));
    assert_int_equal(archive_read(&o.archive, VIEW("a.txt"), &content, &o.err), KITH_OK);
    assert_int_equal(content.size, 0);
    assert_int_equal(archive_read(&o.archive, VIEW("d"), &content, &o.err), KITH_ERR_NOT_FOUND);
    done(&o);
}

static void overlapping_entries_are_refused(void **state)
{
    (void)state;
    opened o;
    begin(&o);
    zip_add_text(&o.writer, "kernel", "0123456789");
    zip_list(&o.writer, "kernel", 0, 5, 10, 0); // the same bytes under a second record
    assert_int_equal(finish(&o), KITH_ERR_FORMAT);
    expect_message(&o, "overlap");
    done(&o);
}

static void an_entry_that_unpacks_too_far_is_refused_before_it_is_unpacked(void **state)
{
    (void)state;
    opened o;
    view content;
    size_t size = 8 << 20;
    char *zeros = calloc(1, size);
    begin(&o);
    zip_add(&o.writer, "bomb", (view){zeros, size});
    o.writer.claimed_bytes = ARCHIVE_MAX_ENTRY_BYTES + 1;
    zip_add_text(&o.writer, "large", "x");
    assert_int_equal(finish(&o), KITH_OK);
    assert_int_equal(archive_read(&o.archive, VIEW("bomb"), &content, &o.err), KITH_ERR_LIMIT);
    expect_message(&o, "200 times");
    assert_int_equal(archive_read(&o.archive, VIEW("large"), &content, &o.err), KITH_ERR_LIMIT);
    expect_message(&o, "the limit is 67108864");
    assert_true(o.memory.used < size);
    done(&o);
    free(zeros);
}

static void an_entry_that_lies_about_its_size_or_content_is_damaged(void **state)
{
    (void)state;
    opened o;
    view content;
    begin(&o);
    o.writer.claimed_bytes = 5;
    zip_add_text(&o.writer, "longer", "more than five bytes");
    o.writer.claimed_bytes = 50;
    zip_add_text(&o.writer, "shorter", "less than fifty bytes");
    o.writer.claimed_bytes = 0;
    zip_add_text(&o.writer, "changed", "the checksum tells");
    view file = zip_finish(&o.writer);
    // The checksum of the directory's last record.
    o.writer.file.data[file.size - 22 - strlen("changed") - 46 + 16] ^= 1;
    assert_int_equal(archive_open(file, &o.memory, &o.archive, &o.err), KITH_OK);
    assert_int_equal(archive_read(&o.archive, VIEW("longer"), &content, &o.err), KITH_ERR_FORMAT);
    assert_int_equal(archive_read(&o.archive, VIEW("shorter"), &content, &o.err), KITH_ERR_FORMAT);
    assert_int_equal(archive_read(&o.archive, VIEW("changed"), &content, &o.err), KITH_ERR_FORMAT);
    expect_message(&o, "damaged");
    done(&o);
}

static void all_entries_together_stay_within_the_total(void **state)
{
    (void)state;
    opened o;
    view content;
    size_t size = 1 << 20;
    char *text = malloc(size);
    for (size_t i = 0; i < size; i++)
        text[i] = (char)(i * 2654435761U >> 13);
    begin(&o);
    zip_add(&o.writer, "part", (view){text, size});
    assert_int_equal(finish(&o), KITH_OK);
    o.archive.inflated = ARCHIVE_MAX_TOTAL_BYTES - size;
    assert_int_equal(archive_read(&o.archive, VIEW("part"), &content, &o.err), KITH_OK);
    assert_int_equal(archive_read(&o.archive, VIEW("part"), &content, &o.err), KITH_ERR_LIMIT);
    expect_message(&o, "the ZIP file unpacks to more than");
    done(&o);
    free(text);
}

static void too_many_entries_are_refused(void **state)
{
    (void)state;
    opened o;
    char name[16];
    begin(&o);
    for (int i = 0; i <= ARCHIVE_MAX_ENTRIES; i++) {
        (void)snprintf(name, sizeof name, "%d", i);
        zip_add_text(&o.writer, name, "x");
    }
    assert_int_equal(finish(&o), KITH_ERR_LIMIT);
    done(&o);
}

static void encrypted_entries_are_refused_as_such(void **state)
{
    (void)state;
    opened o;
    view content;
    begin(&o);
    o.writer.flags = 1;
    zip_add_text(&o.writer, "secret", "text");
    assert_int_equal(finish(&o), KITH_OK);
    assert_int_equal(archive_read(&o.archive, VIEW("secret"), &content, &o.err), KITH_ERR_AUTH);
    expect_message(&o, "encrypted");
    done(&o);
}

static void every_cut_of_a_file_is_refused_or_read_within_bounds(void **state)
{
    (void)state;
    opened o;
    view content;
    begin(&o);
    zip_add_text(&o.writer, "one", "some text of one");
    zip_add_text(&o.writer, "two", "some text of two");
    view whole = zip_finish(&o.writer);
    for (size_t size = 0; size < whole.size; size++) {
        char *cut = malloc(size + 1); // of its own, so that the sanitizer sees its end
        memcpy(cut, whole.data, size);
        assert_int_equal(archive_open((view){cut, size}, &o.memory, &o.archive, &o.err),
                         KITH_ERR_FORMAT);
        free(cut);
    }
    for (size_t i = 0; i < whole.size; i++) {
        char *changed = malloc(whole.size);
        memcpy(changed, whole.data, whole.size);
        changed[i] = (char)(changed[i] ^ 0xFF);
        if (archive_open((view){changed, whole.size}, &o.memory, &o.archive, &o.err) == KITH_OK)
            (void)!archive_read(&o.archive, VIEW("one"), &content, &o.err);
        free(changed);
    }
    done(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_are_found_by_name_and_inflated),
        cmocka_unit_test(overlapping_entries_are_refused),
        cmocka_unit_test(an_entry_that_unpacks_too_far_is_refused_before_it_is_unpacked),
        cmocka_unit_test(an_entry_that_lies_about_its_size_or_content_is_damaged),
        cmocka_unit_test(all_entries_together_stay_within_the_total),
        cmocka_unit_test(too_many_entries_are_refused),
        cmocka_unit_test(encrypted_entries_are_refused_as_such),
        cmocka_unit_test(every_cut_of_a_file_is_refused_or_read_within_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
