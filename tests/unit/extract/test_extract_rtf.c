/* RTF as LibreOffice, Word and TextEdit write it. */
#include "extracted.h"

#include "extract/table.h"

static void expect_text(const char *rtf, const char *expected)
{
    extracted e;
    extracted_expect(&e, "a.rtf", view_of(rtf), 1);
    assert_view(e.found.documents[0].text, expected);
    extracted_done(&e);
}

static void characters_come_from_code_pages_and_unicode(void **state)
{
    (void)state;
    expect_text(
        "{\\rtf1\\ansi\\ansicpg1252 caf\\'e9 \\u8364 ?\\'80 \\{x\\} a\\~b \\emdash  c\\par}",
        "café €€ {x} a\xC2\xA0"
        "b — c");
    expect_text("{\\rtf1\\ansi\\ansicpg1252{\\fonttbl{\\f0\\fcharset204 Arial;}{\\f1\\fcharset128 "
                "M;}}{\\f0 \\'cf\\'f0}{\\f1 \\'93\\'fa}\\uc2\\u233 xx!\\par}",
                "Пр日é!");
    expect_text("{\\rtf1\\ansi\\ansicpg1250 \\u-10179?\\u-8704? \\'b3\\par}", "😀 ł");
}

static void other_destinations_and_hidden_text_are_left_out(void **state)
{
    (void)state;
    expect_text("{\\rtf1\\ansi{\\*\\generator W;}{\\colortbl;\\red0;}{\\pict 89504e47}Seen{\\v "
                "secret}{\\deleted gone} {\\field{\\*\\fldinst HYPERLINK x}{\\fldrslt link}}."
                "{\\*\\unknown words}\\bin3 abc\\par}",
                "Seen link.");
}

static void headings_labels_and_properties(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "a.rtf",
                     VIEW("{\\rtf1\\ansi{\\stylesheet{\\s0 Normal;}{\\s3\\b Heading 1;}}{\\info"
                          "{\\title My doc}{\\author Ann}}\\pard\\s3 One\\par\\pard{\\listtext 1."
                          "\\tab}First\\par{\\listtext\\'b7\\tab}Dot\\par\\pard\\outlinelevel1 "
                          "Two\\par x{\\super 2}\\par}"),
                     1);
    const document *d = &e.found.documents[0];
    assert_view(d->text, "One\n\n1. First\n- Dot\n\nTwo\n\nx^2");
    assert_view(d->title, "My doc");
    assert_field(d, "author", "Ann");
    assert_heading(d, 1, "Two", "One > Two");
    extracted_done(&e);
}

static void a_text_box_follows_the_paragraph_that_it_stands_in(void **state)
{
    (void)state;
    static const char BOX[] =
        "{\\shp{\\*\\shpinst\\shpleft3118{\\sp{\\sn shapeType}{\\sv 202}}{\\shptxt"
        "\\pard Warning:\\par\\pard hot surface\\par}}{\\shprslt x}}";
    char rtf[1000];
    snprintf(rtf, sizeof rtf,
             "{\\rtf1\\ansi Open the lid %sand take out the pot.\\par Close it.\\par}", BOX);
    expect_text(rtf, "Open the lid and take out the pot.\n\nWarning:\nhot surface\n\nClose it.");
    snprintf(rtf, sizeof rtf, "{\\rtf1\\ansi Close it.\\par %s\\par}", BOX);
    expect_text(rtf, "Close it.\n\nWarning:\nhot surface");
    snprintf(rtf, sizeof rtf, "{\\rtf1\\ansi Seen{\\footnote a %s b}.\\par}", BOX);
    expect_text(rtf, "Seen.\n\nFootnote 1: a Warning:\nhot surface\n b");
}

static void labels_that_are_text_are_labels(void **state)
{
    (void)state;
    expect_text("{\\rtf1\\ansi {\\pard 1.\\tx360\\tab Check.\\par}{\\pard 2.\\tab "
                "Close:\\par}{\\pard a)\\tab "
                "top\\par}{\\pard \\bullet \\tab Dot\\par}{\\pard Total\\tab 5\\par}}",
                "1. Check.\n2. Close:\na) top\n- Dot\n\nTotal\t5");
}

#define ROW(a, b) "\\trowd\\cellx100\\cellx200\\pard\\intbl " a "\\cell " b "\\cell\\row"

static void tables_notes_and_headers(void **state)
{
    (void)state;
    expect_text("{\\rtf1\\ansi{\\header\\pard Confidential\\par}Seen{\\super 1{\\footnote\\pard "
                "A note.}} here{\\*\\atnauthor Ben}{\\*\\annotation\\pard Check}.\\par" ROW(
                    "Bolt", "Torque") ROW("M5", "12 Nm") ROW("M8", "25 Nm") "\\pard End.\\par}",
                "Seen ¹ here.\n\nFootnote 1: A note.\n\nComment (Ben): Check\n\nBolt | Torque\n"
                "Bolt: M5 | Torque: 12 Nm\nBolt: M8 | Torque: 25 Nm\n\nEnd.\n\n"
                "Header and footer: Confidential");
}

static void a_line_end_behind_a_backslash_ends_a_paragraph(void **state)
{
    (void)state;
    expect_text("{\\rtf1\\ansi\\cocoartf2\n\\f0 One\\\nTwo\n\\\n}", "One\n\nTwo");
}

static void a_file_that_is_cut_off_or_nested_too_deep_says_so(void **state)
{
    (void)state;
    extracted e;
    buffer deep;
    extracted_expect(&e, "a.rtf", VIEW("{\\rtf1 Half a {\\b file"), 1);
    assert_view(e.found.documents[0].text, "Half a file");
    assert_int_equal(e.found.notices.count, 1);
    extracted_done(&e);
    buffer_init(&deep, 1 << 16);
    buffer_append_text(&deep, "{\\rtf1");
    for (int i = 0; i < 300; i++)
        buffer_append_byte(&deep, '{');
    extracted_expect_failure("a.rtf", buffer_view(&deep), KITH_ERR_LIMIT, "nested");
    buffer_done(&deep);
    extracted_expect_failure("a.rtf", VIEW("no such thing"), KITH_ERR_FORMAT, "no RTF");
}

/* Rows as LibreOffice and Word write them: a wide cell ends where a later one of another row does, and
 * \clvmrg goes on with the cell above. */
static void cells_span_the_columns_that_they_reach_over(void **state)
{
    (void)state;
    expect_text(
        "{\\rtf1\\ansi \\trowd\\clvmgf\\cellx1620\\cellx5076\\cellx8532\\pard\\intbl Region\\cell "
        "2023\\cell 2024\\cell\\row \\trowd\\clvmrg\\cellx1621\\cellx3348\\cellx5075\\cellx6804"
        "\\cellx8532\\pard\\intbl \\cell Plan\\cell Actual\\cell Plan\\cell Actual\\cell\\row "
        "\\trowd\\cellx1620\\cellx3348\\cellx5076\\cellx6804\\cellx8532\\pard\\intbl North\\cell "
        "1\\cell 2\\cell 3\\cell 4\\cell\\row \\pard End.\\par}",
        "Region | 2023 | 2024\nRegion | Plan | Actual | Plan | Actual\n"
        "Region: North | 2023 Plan: 1 | 2023 Actual: 2 | 2024 Plan: 3 | 2024 Actual: 4"
        "\n\nEnd.");
    expect_text(
        "{\\rtf1\\ansi \\trowd\\cellx100\\cellx200\\cellx300\\pard\\intbl Dept\\cell Name\\cell "
        "Room\\cell\\row \\trowd\\clvmgf\\cellx100\\cellx200\\cellx300 Sales\\cell Ann\\cell "
        "1\\cell\\row \\trowd\\clvmrg\\cellx100\\cellx200\\cellx300 \\cell Bob\\cell 2\\cell\\row}",
        "Dept | Name | Room\nDept: Sales | Name: Ann | Room: 1\n"
        "Dept: Sales | Name: Bob | Room: 2");
    // Ends that no row has all of say nothing: a column each.
    expect_text(
        "{\\rtf1\\ansi \\trowd\\cellx100\\cellx900\\pard\\intbl Item\\cell Price\\cell\\row "
        "\\trowd\\cellx500\\cellx900 Lamp\\cell 20\\cell\\row \\trowd\\cellx300\\cellx900 "
        "Desk\\cell 150\\cell\\row}",
        "Item | Price\nItem: Lamp | Price: 20\nItem: Desk | Price: 150");
}

static void rows_without_an_end_in_common_are_of_two_tables(void **state)
{
    (void)state;
    expect_text(
        "{\\rtf1 \\trowd\\cellx2700\\cellx5600\\cellx8500\\intbl Depot\\cell Trucks\\cell "
        "Drivers\\cell\\row\n\\intbl Hexham\\cell 4\\cell 6\\cell\\row\n"
        "\\trowd\\cellx4200\\cellx8500\\intbl Mill Lane\\cell Ref: 17\\cell\\row\\pard End\\par}",
        "Depot | Trucks | Drivers\nDepot: Hexham | Trucks: 4 | Drivers: 6\n\n"
        "Mill Lane | Ref: 17\n\nEnd");
}

/* A row has a limit: what is held does not grow with the file. */
static void a_row_of_more_cells_than_a_table_has_goes_on_below(void **state)
{
    (void)state;
    extracted e;
    buffer rtf;
    buffer_init(&rtf, 1 << 20);
    buffer_append_text(&rtf, "{\\rtf1\\trowd\\cellx100 \\intbl ");
    for (uint32_t i = 0; i < 2 * TABLE_MAX_COLUMNS; i++)
        buffer_append_text(&rtf, "a\\cell ");
    buffer_append_text(&rtf, "b\\cell\\row}");
    extracted_expect(&e, "a.rtf", buffer_view(&rtf), 1);
    view text = e.found.documents[0].text;
    uint32_t cells = 0, lines = 0;
    for (size_t i = 0; i < text.size; i++) {
        cells += text.data[i] == 'a' || text.data[i] == 'b';
        lines += text.data[i] == '\n';
    }
    assert_int_equal(cells, 2 * TABLE_MAX_COLUMNS + 1);
    assert_int_equal(lines, 2);
    extracted_done(&e);
    buffer_done(&rtf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_of_more_cells_than_a_table_has_goes_on_below),
        cmocka_unit_test(characters_come_from_code_pages_and_unicode),
        cmocka_unit_test(other_destinations_and_hidden_text_are_left_out),
        cmocka_unit_test(headings_labels_and_properties),
        cmocka_unit_test(a_text_box_follows_the_paragraph_that_it_stands_in),
        cmocka_unit_test(labels_that_are_text_are_labels),
        cmocka_unit_test(tables_notes_and_headers),
        cmocka_unit_test(a_line_end_behind_a_backslash_ends_a_paragraph),
        cmocka_unit_test(a_file_that_is_cut_off_or_nested_too_deep_says_so),
        cmocka_unit_test(cells_span_the_columns_that_they_reach_over),
        cmocka_unit_test(rows_without_an_end_in_common_are_of_two_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
