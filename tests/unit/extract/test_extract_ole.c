/* OLE2 files: streams large and small, and files that a person did not write. */
#include "extracted.h"
#include "ole_writer.h"

#include "extract/ole_file.h"

static void expect_stream(ole_file *f, uint32_t storage, const char *name, view expected)
{
    kith_error err = {0};
    view bytes;
    assert_int_equal(ole_read(f, ole_find(f, storage, name), &bytes, &err), KITH_OK);
    assert_true(view_equal(bytes, expected));
}

static void streams_of_every_size_are_read(void **state)
{
    (void)state;
    static const size_t SIZES[] = {1, 63, 64, 65, 4095, 4096, 4097, 100000};
    static const char *const NAMES[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
    static char bytes[100000];
    ole_writer w;
    arena a;
    ole_file f;
    kith_error err = {0};
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 7 + i / 251);
    ole_init(&w);
    uint32_t folder = ole_storage(&w, 0, "folder");
    for (size_t i = 0; i < 8; i++)
        ole_stream(&w, i % 2 ? folder : 0, NAMES[i],
                   (view){bytes + i, SIZES[i] - i * (SIZES[i] > i)});
    arena_init(&a, 0);
    assert_int_equal(ole_open(ole_finish(&w), &a, &f, &err), KITH_OK);
    for (size_t i = 0; i < 8; i++)
        expect_stream(&f, i % 2 ? ole_find(&f, OLE_ROOT, "FOLDER") : OLE_ROOT, NAMES[i],
                      (view){bytes + i, SIZES[i] - i * (SIZES[i] > i)});
    assert_int_equal(ole_find(&f, OLE_ROOT, "b"), OLE_NONE); // it is in the folder
    expect_stream(&f, OLE_ROOT, "nothing", VIEW(""));
    arena_done(&a);
    ole_done(&w);
}

static void expect_refused(view bytes, uint32_t stream, kith_status expected)
{
    arena a;
    ole_file f;
    kith_error err = {0};
    view read;
    arena_init(&a, 0);
    kith_status status = ole_open(bytes, &a, &f, &err);
    if (status == KITH_OK) status = ole_read(&f, stream, &read, &err);
    assert_int_equal(status, expected);
    arena_done(&a);
}

static void chains_that_turn_back_or_break_off_are_damage(void **state)
{
    (void)state;
    static char bytes[5000];
    ole_writer w;
    ole_init(&w);
    ole_stream(&w, 0, "large", (view){bytes, sizeof bytes});
    ole_stream(&w, 0, "small", (view){bytes, 200});
    view file = ole_finish(&w);
    size_t fat = file.size - 512, directory = 512 + 512 * 11;
    char *own = w.file.data;
    own[fat + 4] = 0; // the second sector of the large one points to the first: still its size
    expect_refused(file, 1, KITH_OK);
    memset(own + fat + 4, 0xFE, 1); // ends in the middle
    expect_refused(file, 1, KITH_ERR_FORMAT);
    own[fat + 4] = 2;
    own[directory + 128 + 123] = 0x7F; // larger than the file
    expect_refused(file, 1, KITH_ERR_FORMAT);
    own[fat + 11 * 4] = 11; // the directory's chain is a circle
    own[fat + 11 * 4 + 1] = own[fat + 11 * 4 + 2] = own[fat + 11 * 4 + 3] = 0;
    expect_refused(file, 1, KITH_ERR_FORMAT);
    expect_refused(view_slice(file, 0, 300), 1, KITH_ERR_FORMAT);
    expect_refused(VIEW("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), 1, KITH_ERR_FORMAT);
    ole_done(&w);
}

static void a_tree_that_turns_back_is_walked_once(void **state)
{
    (void)state;
    ole_writer w;
    ole_init(&w);
    ole_stream(&w, 0, "a", VIEW("one"));
    ole_stream(&w, 0, "b", VIEW("two"));
    w.entries[1].sibling = 2; // a's neighbour is b, whose neighbour is a
    expect_refused(ole_finish(&w), 1, KITH_OK);
    ole_done(&w);
}

/* Any byte of a file may be any other: nothing but a status comes of it. */
static void flipped_bytes_are_errors_or_texts(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"a.xls", "a.ppt", "a.msg"};
    ole_writer w;
    ole_init(&w);
    ole_stream(&w, 0, "Workbook",
               VIEW("\x09\x08\x08\x00\x00\x06\x05\x00\x00\x00\x00\x00\x0A\x00\x00\x00"));
    ole_stream(&w, 0, "PowerPoint Document", VIEW("\x0F\x00\xE8\x03\x00\x00\x00\x00"));
    ole_stream(&w, 0, "__properties_version1.0", VIEW(""));
    ole_stream(&w, 0, "__substg1.0_1000001F", VIEW("t\0e\0x\0t\0"));
    view file = ole_finish(&w);
    uint64_t random = 17;
    for (int i = 0; i < 3000; i++) {
        random = random * 6364136223846793005U + 1442695040888963407U;
        size_t at = (size_t)(random >> 33) % file.size;
        char before = w.file.data[at];
        w.file.data[at] = (char)(random >> 20);
        extracted e;
        kith_status status = extracted_open(&e, NAMES[i % 3], file);
        assert_true(status == KITH_OK || e.err.message[0]);
        assert_null(extraction_check(&e.found));
        extracted_done(&e);
        if (i % 8) w.file.data[at] = before; // some damage stays
    }
    ole_done(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_of_every_size_are_read),
        cmocka_unit_test(chains_that_turn_back_or_break_off_are_damage),
        cmocka_unit_test(a_tree_that_turns_back_is_walked_once),
        cmocka_unit_test(flipped_bytes_are_errors_or_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
