/* Excel of before 2007: records by hand, in the forms that writers choose seldom. */
#include "extracted.h"
#include "ole_writer.h"

#include <string.h>

static void put_record(buffer *out, uint32_t id, view bytes)
{
    ole_u16(out, id);
    ole_u16(out, (uint32_t)bytes.size);
    buffer_append(out, bytes);
}

static void put_globals(buffer *out, bool is_95, uint32_t sheet_at, view strings, view more)
{
    char name[14] = {0};
    memcpy(name, &sheet_at, 4);
    name[6] = 5;
    memcpy(name + (is_95 ? 7 : 8), "Stock", 5);
    put_record(out, 0x809, is_95 ? VIEW("\x00\x05\x05\x00") : VIEW("\x00\x06\x05\x00"));
    put_record(out, 0x42, is_95 ? VIEW("\xE3\x04") : VIEW("\xB0\x04")); // 1251, UTF-16
    put_record(out, 0x41E,
               is_95 ? VIEW("\xA4\x00\x05"
                            "0\" t\"")
                     : VIEW("\xA4\x00\x05\x00\x00"
                            "0\" t\""));
    put_record(out, 0xE0, VIEW("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"));
    put_record(out, 0xE0, VIEW("\1\0\xA4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"));
    put_record(out, 0x85, (view){name, is_95 ? 12 : 13});
    if (strings.size) put_record(out, 0xFC, strings);
    buffer_append(out, more);
    put_record(out, 0x0A, VIEW(""));
}

/* Opens the workbook whose sheet has these records. */
static void expect_text(bool is_95, view strings, view more, view records, const char *text)
{
    extracted e;
    ole_writer w;
    buffer stream, globals;
    buffer_init(&stream, 1 << 20);
    buffer_init(&globals, 1 << 20);
    put_globals(&globals, is_95, 0, strings, more);
    put_globals(&stream, is_95, (uint32_t)globals.size, strings, more);
    put_record(&stream, 0x809, is_95 ? VIEW("\x00\x05\x10\x00") : VIEW("\x00\x06\x10\x00"));
    buffer_append(&stream, records);
    put_record(&stream, 0x0A, VIEW(""));
    ole_init(&w);
    ole_stream(&w, 0, is_95 ? "Book" : "Workbook", buffer_view(&stream));
    extracted_expect(&e, "a.xls", ole_finish(&w), 1);
    assert_view(e.found.documents[0].text, text);
    assert_heading(&e.found.documents[0], 0, text, "Stock");
    extracted_done(&e);
    ole_done(&w);
    buffer_done(&globals);
    buffer_done(&stream);
}

static void texts_go_over_records_and_change_their_width(void **state)
{
    (void)state;
    buffer more, cells;
    buffer_init(&more, 1 << 20);
    buffer_init(&cells, 1 << 20);
    // Three texts: one cut in its characters and going on in UTF-16, one rich, one phonetic.
    view strings = VIEW("\3\0\0\0\3\0\0\0"
                        "\6\0\0"
                        "Gas");
    put_record(&more, 0x3C,
               VIEW("\1"
                    "k\0\xDF\0t\0"
                    "\4\0\x08\1\0"
                    "Lamp"
                    "\0\0\1\0"
                    "\2\0\5\2\0\0\0"
                    "\x71\x67\xAC\x4E"
                    "??"));
    put_record(&cells, 0xFD, VIEW("\1\0\0\0\0\0\1\0\0\0")); // the second row first
    put_record(&cells, 0xFD, VIEW("\0\0\0\0\0\0\0\0\0\0"));
    put_record(&cells, 0xFD, VIEW("\2\0\0\0\0\0\2\0\0\0"));
    expect_text(false, strings, buffer_view(&more), buffer_view(&cells),
                "Gask\xC3\x9Ft\n\nLamp\n\n\xE6\x9D\xB1\xE4\xBA\xAC");
    buffer_done(&more);
    buffer_done(&cells);
}

static void numbers_come_in_four_forms(void **state)
{
    (void)state;
    buffer cells;
    buffer_init(&cells, 1 << 20);
    put_record(&cells, 0x203, VIEW("\0\0\0\0\0\0\0\0\0\0\0\0\xF8\x3F"));          // 1.5
    put_record(&cells, 0x27E, VIEW("\0\0\1\0\0\0\x1E\0\0\0"));                    // 7
    put_record(&cells, 0x27E, VIEW("\0\0\2\0\0\0\xFB\xFF\xFF\xFF"));              // -2 / 100
    put_record(&cells, 0xBD, VIEW("\0\0\3\0\0\0\x0A\0\0\0\1\0\0\0\xF0\x3F\4\0")); // 2, "1 t"
    put_record(&cells, 0x205, VIEW("\0\0\5\0\0\0\1\0"));
    put_record(&cells, 0x205, VIEW("\0\0\6\0\0\0\x2A\1"));
    put_record(&cells, 0x06, VIEW("\0\0\7\0\0\0\0\0\0\0\0\0\xFF\xFF\0\0\0\0\0\0"));
    put_record(&cells, 0x4BC, VIEW("shared"));
    put_record(&cells, 0x207, VIEW("\2\0\0ab"));
    expect_text(false, VIEW(""), VIEW(""), buffer_view(&cells),
                "A1: 1.5 | B1: 7 | C1: -0.02 | D1: 2 | E1: 1 t | TRUE | #N/A | ab");
    buffer_done(&cells);
}

static void notes_follow_their_row_and_merged_cells_stand_in_each(void **state)
{
    (void)state;
    buffer cells;
    buffer_init(&cells, 1 << 20);
    put_record(&cells, 0x204, VIEW("\0\0\0\0\0\0\4\0\0Both"));
    put_record(&cells, 0x27E, VIEW("\1\0\0\0\0\0\x1E\0\0\0"));
    put_record(&cells, 0xE5, VIEW("\1\0\0\0\0\0\0\0\1\0"));
    put_record(&cells, 0x5D, VIEW("\x15\0\x12\0\x19\0\7\0"));
    put_record(&cells, 0x1B6, VIEW("\0\0\0\0\0\0\0\0\0\0\5\0\0\0\0\0\0\0"));
    put_record(&cells, 0x3C, VIEW("\0check"));
    put_record(&cells, 0x1C, VIEW("\1\0\0\0\0\0\7\0\3\0\0Ann"));
    expect_text(false, VIEW(""), VIEW(""), buffer_view(&cells), "Both\n\n7\n\nNote on A2: check");
    buffer_done(&cells);
}

/* As LibreOffice writes them: an empty text is one NUL. */
static void headers_and_prompts_stand_behind_the_rows(void **state)
{
    (void)state;
    buffer cells;
    buffer_init(&cells, 1 << 20);
    put_record(&cells, 0x14, VIEW("\x10\0\0&LStock &R&B2024"));
    put_record(&cells, 0x15, VIEW("\x0A\0\0Page &P/&N"));
    put_record(&cells, 0x15, VIEW("\x0A\0\0&CR&\xC4 Part")); // no letter of a code
    put_record(&cells, 0x15, VIEW(""));
    put_record(&cells, 0x204, VIEW("\0\0\0\0\0\0\4\0\0Lamp"));
    put_record(&cells, 0x1BE,
               VIEW("\0\0\0\0\4\0\0Size\1\0\0\0\5\0\0in cm\1\0\0\0\2\0\0\0AB\0\0\0\0\2\0"
                    "\1\0\3\0\0\0\1\0\7\0\7\0\2\0\2\0"));
    put_record(&cells, 0x1BE, VIEW("\0\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0"));
    put_record(&cells, 0x1BE, VIEW("\0\0\0\0\1\0\0\0\1\0\0\0\2\0\0mm"));        // cut off
    put_record(&cells, 0x1BE, VIEW("\0\0\0\0\1\0\0\0\1\0\0\0\5\0\0\n km\xFC")); // blanks before it
    expect_text(false, VIEW(""), VIEW(""), buffer_view(&cells),
                "Lamp\n\nStock | 2024\n\nR&\xC3\x84 Part\n\nPrompt at A2:B4 C8: Size: in "
                "cm\n\nPrompt: mm\n\n"
                "Prompt: km\xC3\xBC");
    buffer_done(&cells);
}

static void excel_95_has_texts_in_its_code_page(void **state)
{
    (void)state;
    buffer cells;
    buffer_init(&cells, 1 << 20);
    put_record(&cells, 0x204, VIEW("\0\0\0\0\0\0\4\0\xCC\xEE\xF1\xF2"));
    put_record(&cells, 0x27E, VIEW("\1\0\0\0\1\0\x1E\0\0\0"));
    expect_text(true, VIEW(""), VIEW(""), buffer_view(&cells),
                "\xD0\x9C\xD0\xBE\xD1\x81\xD1\x82\n\n7 t");
    buffer_done(&cells);
}

static void what_is_encrypted_or_no_workbook_is_refused(void **state)
{
    (void)state;
    ole_writer w;
    buffer stream;
    buffer_init(&stream, 1 << 20);
    put_record(&stream, 0x809, VIEW("\x00\x06\x05\x00"));
    put_record(&stream, 0x2F, VIEW("\1\0"));
    ole_init(&w);
    ole_stream(&w, 0, "Workbook", buffer_view(&stream));
    extracted_expect_failure("a.xls", ole_finish(&w), KITH_ERR_AUTH, "encrypted");
    ole_done(&w);
    ole_init(&w);
    ole_stream(&w, 0, "EncryptedPackage", VIEW("x"));
    view file = ole_finish(&w);
    extracted_expect_failure("a.xls", file, KITH_ERR_AUTH, "encrypted");
    extracted_expect_failure("a.ppt", file, KITH_ERR_AUTH, "encrypted");
    ole_done(&w);
    ole_init(&w);
    ole_stream(&w, 0, "Workbook", VIEW("no records"));
    extracted_expect_failure("a.xls", ole_finish(&w), KITH_ERR_FORMAT, "no workbook");
    ole_done(&w);
    buffer_done(&stream);
}

static void what_only_bears_the_name_is_read_as_what_it_is(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "a.xls",
                     VIEW("<html><table><tr><th>Item</th></tr><tr><td>Lamp</td></tr></table>"), 1);
    assert_field(&e.found.documents[0], "type", "html");
    extracted_done(&e);
    extracted_expect(&e, "a.xls", VIEW("Item\tPrice\nLamp\t20\nGasket\t7\n"), 2);
    assert_view(e.found.documents[0].text, "Item: Lamp\nPrice: 20");
    extracted_done(&e);
    extracted_expect(&e, "a.doc", VIEW("Only text, in a file called doc."), 1);
    assert_field(&e.found.documents[0], "type", "text");
    extracted_done(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_go_over_records_and_change_their_width),
        cmocka_unit_test(numbers_come_in_four_forms),
        cmocka_unit_test(notes_follow_their_row_and_merged_cells_stand_in_each),
        cmocka_unit_test(headers_and_prompts_stand_behind_the_rows),
        cmocka_unit_test(excel_95_has_texts_in_its_code_page),
        cmocka_unit_test(what_is_encrypted_or_no_workbook_is_refused),
        cmocka_unit_test(what_only_bears_the_name_is_read_as_what_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
