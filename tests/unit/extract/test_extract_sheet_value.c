/* sheet_value and number_format: values as Excel shows them. The expected texts are what Excel and
 * LibreOffice show for these codes, but for dates, which kith writes in ISO 8601, and for zeros at
 * the end of a percentage, which it leaves out. */
#include "test.h"

#include "extract/sheet_value.h"

static kith_error err; // which assert_ok prints

static void expect_shown(const sheet_format *format, const char *raw, double number,
                         const char *expected)
{
    buffer out;
    buffer_init(&out, 1 << 12);
    sheet_value_append(&out, view_of(raw), number, format, false);
    assert_ok(buffer_status(&out, "a value", &err));
    view shown = view_trim(buffer_view(&out));
    if (!view_equal(shown, view_of(expected)))
        fail_msg("%s under '%.*s': got '%.*s', expected '%s'", raw, VIEW_ARG(format->code),
                 VIEW_ARG(shown), expected);
    buffer_done(&out);
}

typedef struct shown {
    const char *code;
    double number;
    const char *text;
} shown;

static void expect_all(const shown *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char raw[64];
        snprintf(raw, sizeof raw, "%.17g", cases[i].number);
        sheet_format format = sheet_format_of(view_of(cases[i].code));
        expect_shown(&format, raw, cases[i].number, cases[i].text);
    }
}
#define EXPECT_ALL(cases) expect_all(cases, sizeof(cases) / sizeof *(cases))

static void currencies_separators_and_decimals_are_those_of_the_code(void **state)
{
    (void)state;
    static const shown CASES[] = {
        {"\"$\"#,##0.00", 1234.5, "$1,234.50"},
        {"[$\xE2\x82\xAC-407] #,##0.00", 99, "\xE2\x82\xAC 99.00"},
        {"#,##0.00\\ [$\xE2\x82\xAC-407]", -1234567.891, "-1,234,567.89 \xE2\x82\xAC"},
        {"[$-409]#,##0", 1234.5, "1,235"},
        {"[$USD] 0", 7, "USD 7"},
        {"$#,##0;[Red]($#,##0)", -1500, "($1,500)"},
        {"_($* #,##0.00_);_($* (#,##0.00);_($* \"-\"??_);_(@_)", 1234.5, "$1,234.50"},
        {"_($* #,##0.00_);_($* (#,##0.00);_($* \"-\"??_);_(@_)", -1234.5, "$(1,234.50)"},
        {"_($* #,##0.00_);_($* (#,##0.00);_($* \"-\"??_);_(@_)", 0, "$-"},
        {"_-* #,##0.00\\ \"\xE2\x82\xAC\"_-;\\-* #,##0.00\\ \"\xE2\x82\xAC\"_-", -3,
         "-3.00 \xE2\x82\xAC"},
        {"0", 2.5, "3"},
        {"0.00", 1.005, "1.01"},
        {"0.00", -0.001, "0.00"},
        {"#.##", 0.5, "0.5"},
        {"0.0##", 1.25, "1.25"},
        {"#,##0,", 1234567, "1,235"},
        {"0.0,,\" M\"", 12345678, "12.3 M"},
        {"00000", 123, "00123"},
        {"000-00-0000", 123456789, "123-45-6789"},
        {"(000) 000-0000", 5550100123, "(555) 010-0123"},
        {"0\" kg\"", 12, "12 kg"},
        {"0 \"Stk.\"", 3, "3 Stk."},
        {"\"n/a\"", 5, "n/a"},
        {"General\" pcs\"", 4.5, "4.5 pcs"},
    };
    EXPECT_ALL(CASES);
}

static void percentages_fractions_and_exponents_are_written(void **state)
{
    (void)state;
    static const shown CASES[] = {
        {"0.0%", 0.075, "7.5%"},
        {"0.00%", 0.125, "12.5%"},
        {"0%", 1.0 / 3, "33%"},
        {"0 %", 0.5, "50 %"},
        {"# ?/?", 2.5, "2 1/2"},
        {"# ?\?/??", 0.3125, "5/16"},
        {"# ?/?", -1.25, "-1 1/4"},
        {"# ?/8", 1.5, "1 4/8"},
        {"?/?", 1.5, "3/2"},
        {"# ?/?", 3, "3"},
        {"0.00E+00", 12345, "1.23E+04"},
        {"0.00E+00", 0.00012, "1.20E-04"},
        {"##0.0E+0", 12345, "12.3E+3"},
        {"0E+0", 9.99e5, "1E+6"},
    };
    EXPECT_ALL(CASES);
}

static void sections_are_chosen_by_sign_and_condition(void **state)
{
    (void)state;
    static const shown CASES[] = {
        {"0;-0;;@", 0, ""},
        {";;;", 42, ""},
        {"\"up\";\"down\";\"same\"", -1, "down"},
        {"\"Yes\";\"Yes\";\"No\"", 0, "No"},
        {"[<1000]0;[<1000000]0.0,\"k\";0.0,,\"M\"", 999, "999"},
        {"[<1000]0;[<1000000]0.0,\"k\";0.0,,\"M\"", 1500, "1.5k"},
        {"[<1000]0;[<1000000]0.0,\"k\";0.0,,\"M\"", 2500000, "2.5M"},
        {"[>=100][Red]0\" high\";0\" low\"", 100, "100 high"},
        {"[>=100][Red]0\" high\";0\" low\"", -5, "-5 low"},
        {"[=1]\"one\";[=2]\"two\";0", 2, "two"},
        {"0.00;0.00", -1.5, "1.50"},
    };
    EXPECT_ALL(CASES);
}

static void durations_go_beyond_a_day(void **state)
{
    (void)state;
    static const shown CASES[] = {
        {"[h]:mm", 1.520833333333333, "36:30"},
        {"[h]:mm", 0.2916666666666667, "07:00"},
        {"[hh]:mm:ss", 2.00001157407, "48:00:01"},
        {"[mm]:ss", 1.0 / 24, "01:00:00"},
        {"[h]:mm", -0.0625, "-01:30"},
        {"[h]\"h\" mm\"m\"", 1.5, "36:00"},
        {"mm:ss.0", 0.000723379629, "00:01:02.5"},
        {"h:mm", 0.5, "12:00"},
        {"h:mm", 1.5, "12:00"},
        {"h:mm AM/PM", 0.75, "18:00"},
    };
    EXPECT_ALL(CASES);
    sheet_format format = sheet_format_builtin(46);
    expect_shown(&format, "1.5208333333333333", 1.5208333333333333, "36:30:00");
}

static void dates_are_iso_in_every_language(void **state)
{
    (void)state;
    static const shown CASES[] = {
        {"yyyy\\-mm\\-dd", 45383, "2024-04-01"},
        {"[$-411]ggge\"\xE5\xB9\xB4\"m\"\xE6\x9C\x88\"d\"\xE6\x97\xA5\"", 45383, "2024-04-01"},
        {"yyyy\"\xE5\xB9\xB4\"m\"\xE6\x9C\x88\"d\"\xE6\x97\xA5\";@", 45383, "2024-04-01"},
        {"d. mmmm yyyy", 45383.5, "2024-04-01 12:00"},
        {"dd.mm.yy hh:mm", 45383, "2024-04-01"},
        {"yyyy", 45383, "2024"},
        {"mmm", 45383, "2024-04-01"},
        {"h:mm", 45383.25, "2024-04-01 06:00"},
        {"yyyy-mm-dd", 59, "1900-02-28"},
    };
    EXPECT_ALL(CASES);
    for (uint32_t id = 27; id <= 58; id == 36 ? id = 50 : id++) {
        sheet_format format = sheet_format_builtin(id);
        expect_shown(&format, "45383", 45383, "2024-04-01");
    }
    sheet_format none = sheet_format_builtin(0);
    expect_shown(&none, "45306.0", 45306, "45306");
    expect_shown(&none, "19.900000000000002", 19.900000000000002, "19.9");
}

static void text_sections_and_hidden_texts(void **state)
{
    (void)state;
    static const struct {
        const char *code, *text;
    } CASES[] = {{"0;-0;0;\"Mr \"@", "Mr Kim"},
                 {"@", "Kim"},
                 {";;;", ""},
                 {"0.00", "Kim"},
                 {"@\" Ltd\"", "Kim Ltd"}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        buffer out;
        buffer_init(&out, 1 << 10);
        sheet_format format = sheet_format_of(view_of(CASES[i].code));
        sheet_text_append(&out, VIEW("Kim"), &format);
        assert_string_equal(buffer_text(&out), CASES[i].text);
        buffer_done(&out);
    }
}

static void iso_dates_lose_midnight_and_zone(void **state)
{
    (void)state;
    static const char *const CASES[][2] = {
        {"2024-01-15T00:00:00.000Z", "2024-01-15"},
        {"2024-01-15", "2024-01-15"},
        {"2024-01-15T10:30:00", "2024-01-15 10:30"},
        {"2024-01-15T10:30:05.5Z", "2024-01-15 10:30:05"},
        {"10:30:00", "10:30:00"},
        {"2024-W3", "2024-W3"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        buffer out;
        buffer_init(&out, 1 << 10);
        sheet_iso_append(&out, view_of(CASES[i][0]));
        assert_string_equal(buffer_text(&out), CASES[i][1]);
        buffer_done(&out);
    }
}

static void codes_beyond_the_limits_show_the_number(void **state)
{
    (void)state;
    char code[FORMAT_MAX_BYTES + 2];
    memset(code, '0', sizeof code - 1);
    code[sizeof code - 1] = '\0';
    sheet_format format = sheet_format_of(view_of(code));
    expect_shown(&format, "12", 12, "12");
    code[FORMAT_MAX_PARTS + 1] = '\0'; // one part too many
    format = sheet_format_of(view_of(code));
    expect_shown(&format, "12", 12, "12");
}

/* Whatever the code, nothing breaks. */
static void any_code_is_taken(void **state)
{
    (void)state;
    static const char LETTERS[] = "0#?.,/%E+-;[]$\"\\_*@ymdhsGeneral <>=19 ";
    uint32_t seed = 7;
    for (int i = 0; i < 200000; i++) {
        char code[24];
        size_t size = 0;
        for (seed = seed * 1664525 + 1013904223; size < 1 + (seed >> 28) + 6; size++) {
            seed = seed * 1664525 + 1013904223;
            code[size] = LETTERS[(seed >> 8) % (sizeof LETTERS - 1)];
        }
        static const double NUMBERS[] = {0, 1, -1.5, 1234567.891, 1e-9, 1e18, -4e300, 45383.75};
        buffer out;
        buffer_init(&out, 1 << 14);
        sheet_format format = sheet_format_of((view){code, size});
        sheet_value_append(&out, VIEW("1.5"), NUMBERS[i % 8], &format, i % 2);
        sheet_text_append(&out, VIEW("text"), &format);
        assert_ok(buffer_status(&out, "a value", &err));
        buffer_done(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(currencies_separators_and_decimals_are_those_of_the_code),
        cmocka_unit_test(percentages_fractions_and_exponents_are_written),
        cmocka_unit_test(sections_are_chosen_by_sign_and_condition),
        cmocka_unit_test(durations_go_beyond_a_day),
        cmocka_unit_test(dates_are_iso_in_every_language),
        cmocka_unit_test(text_sections_and_hidden_texts),
        cmocka_unit_test(iso_dates_lose_midnight_and_zone),
        cmocka_unit_test(codes_beyond_the_limits_show_the_number),
        cmocka_unit_test(any_code_is_taken),
    };
    return cmocka_run_group_tests_name("sheet values", tests, NULL, NULL);
}
