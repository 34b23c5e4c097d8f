/* Units: what may be quoted of man pages, Markdown, settings, tables, FAQs and changelogs, and what
 * may not. */
#include "test.h"

#include "answer/unit.h"
#include "base/buffer.h"

#include <stdlib.h>

enum { UNITS_MAX = 16 };

typedef struct expected {
    const char *said;
    unit_kind kind;
} expected;

static void expect_units(const char *content, const char *headings, const expected *want)
{
    arena a;
    kith_error err;
    unit *units = NULL;
    uint32_t count = 0, n = 0;
    view text = view_of(content);
    passage_text passage = {text, 0, (uint32_t)text.size};
    arena_init(&a, 0);
    assert_ok(units_find(&passage, view_of(headings), view_of(""), &a, &units, &count, &err));
    for (; want[n].said; n++) {
        assert_true(n < count);
        char *said = strndup(units[n].said.data, units[n].said.size);
        assert_non_null(said);
        assert_string_equal(said, want[n].said);
        assert_int_equal(units[n].kind, want[n].kind);
        assert_true(units[n].start < units[n].end && units[n].end <= text.size);
        assert_true(units[n].led < units[n].said.size);
        free(said);
    }
    assert_int_equal(count, n);
    arena_done(&a);
}

static void sentences_of_a_paragraph_are_units_and_headings_are_not(void **state)
{
    (void)state;
    expect_units("# The tower\n\nIt is 330 metres high. It was built in 1889.\n\nVisitors\n\n"
                 "Who may go up?\n\nAnybody may.",
                 "",
                 (const expected[]){{"It is 330 metres high.", UNIT_SENTENCE},
                                    {"It was built in 1889.", UNIT_SENTENCE},
                                    {"Anybody may.", UNIT_SENTENCE},
                                    {0}});
}

static void below_usage_what_explains_is_said(void **state)
{
    (void)state;
    const expected said[] = {{"-k names the key, -v prints progress.", UNIT_SENTENCE},
                             {"-o FILE: Write to FILE.", UNIT_DEFINITION},
                             {0}};
    expect_units("## Usage\n\ntool -k KEY FILE\n\n-k names the key, -v prints progress.\n\n"
                 "-o FILE\n    Write to FILE.\n",
                 "", said);
    expect_units("Usage\n\ntool -k KEY FILE\n\n-k names the key, -v prints progress.\n\n"
                 "-o FILE\n    Write to FILE.\n",
                 "", said);
    expect_units("SYNOPSIS\n       tool -k KEY FILE.\n", "", (const expected[]){{0}});
}

static void a_question_in_bold_is_no_unit(void **state)
{
    (void)state;
    const expected answers[] = {
        {"Yes.", UNIT_SENTENCE}, {"About 120 MB a second.", UNIT_SENTENCE}, {0}};
    expect_units("**Is it free?** Yes.\n\n**How fast is it?** About 120 MB a second.\n", "",
                 answers);
    expect_units("__Is it free?__ Yes.\n\n*How fast is it?* About 120 MB a second.\n", "", answers);
    expect_units("**Is it free?**\nYes.\n\n**How fast is it?**\nAbout 120 MB a second.\n", "",
                 answers);
    expect_units("**Is it free?**\n\nYes.\n\n**How fast is it?**\n\nAbout 120 MB a second.\n", "",
                 answers);
    expect_units("Q: Is it free? Yes.\n\nQ: How fast is it? About 120 MB a second.\n", "", answers);
    expect_units("**Q: Is it free?** Yes.\n\n**Q: How fast is it?** About 120 MB a second.\n", "",
                 answers);
}

static void an_option_keeps_its_description(void **state)
{
    (void)state;
    expect_units(
        "TOOL(1)            General Commands            TOOL(1)\n\n"
        "SYNOPSIS\n       tool [-a] [-b] [--con] FILE\n\n"
        "OPTIONS\n       -q, --quiet\n              Say noth\xE2\x80\x90\n"
        "              ing.  The de\xE2\x80\x90\n              fault is to talk.\n\n"
        "       --port=PORT\n              Listen on PORT.\n",
        "",
        (const expected[]){{"-q, --quiet: Say nothing. The default is to talk.", UNIT_DEFINITION},
                           {"--port=PORT: Listen on PORT.", UNIT_DEFINITION},
                           {0}});
    expect_units("   Output Control\n       -c, --count\n              Count the lines.\n", "",
                 (const expected[]){{"-c, --count: Count the lines.", UNIT_DEFINITION}, {0}});
    // A part of a section as it is read from a manual page, without indents.
    expect_units("Output Control\n-c, --count\nCount the lines.\n\n-C NUM, --context=NUM\nPrint "
                 "NUM lines.\n",
                 "",
                 (const expected[]){{"-c, --count: Count the lines.", UNIT_DEFINITION},
                                    {"-C NUM, --context=NUM: Print NUM lines.", UNIT_DEFINITION},
                                    {0}});
    expect_units(
        "-0 ... -9\nSelect a level.  The default is -6.\n\n-e\nBe slower.\n", "",
        (const expected[]){{"-0 ... -9: Select a level. The default is -6.", UNIT_DEFINITION},
                           {"-e: Be slower.", UNIT_DEFINITION},
                           {0}});
    expect_units(
        "Lines are counted by\n-c or by\nits long form.\n", "",
        (const expected[]){{"Lines are counted by -c or by its long form.", UNIT_SENTENCE}, {0}});
    expect_units("-n\n--dry-run: Change nothing.\n\n--force\nChange it anyway.\n", "",
                 (const expected[]){{"-n --dry-run: Change nothing.", UNIT_DEFINITION},
                                    {"--force: Change it anyway.", UNIT_DEFINITION},
                                    {0}});
}

static void an_option_is_explained_below_a_blank_line(void **state)
{
    (void)state;
    const expected options[] = {
        {"Lines are moved.", UNIT_SENTENCE},
        {"-n, --quiet: print no lines by themselves", UNIT_DEFINITION},
        {"-l N, --length=N: where lines are broken. The default is 70.", UNIT_DEFINITION},
        {"The script is read first.", UNIT_SENTENCE},
        {0}};
    expect_units("OPTIONS\n       Lines are moved.\n\n       -n, --quiet\n\n"
                 "              print no lines by themselves\n\n       -l N, --length=N\n\n"
                 "              where lines are broken. The default\n              is 70.\n\n"
                 "       The script is read first.\n",
                 "", options);
    // As it is read from a manual page, without indents.
    expect_units("OPTIONS\nLines are moved.\n\n-n, --quiet\n\nprint no lines by themselves\n\n"
                 "-l N, --length=N\n\nwhere lines are broken. The default is 70.\n\n"
                 "The script is read first.\n",
                 "", options);
    // Indented explanations have more than one paragraph.
    expect_units("Commands.\n\n       q [code]\n\n              End the script.\n\n"
                 "              The code is 0.\n\n       Next.\n",
                 "",
                 (const expected[]){{"Commands.", UNIT_SENTENCE},
                                    {"q [code]: End the script.", UNIT_DEFINITION},
                                    {"q [code]: The code is 0.", UNIT_DEFINITION},
                                    {"Next.", UNIT_SENTENCE},
                                    {0}});
    // Options one below the other are explained by what follows the last.
    expect_units(
        "-a\n\n-b\n\nBoth print all.\n", "",
        (const expected[]){{"-a", UNIT_SENTENCE}, {"-b: Both print all.", UNIT_DEFINITION}, {0}});
}

static void a_definition_of_markdown_is_said_without_its_mark(void **state)
{
    (void)state;
    expect_units(
        "# Tool\n\n## Options\n\n--drain=SECONDS\n: Wait so long when stopping.\n\n"
        "-1 ... -9\n: The level. The default is -6.\n\nsnapshot, generation\n: What is kept.\n",
        "",
        (const expected[]){{"--drain=SECONDS: Wait so long when stopping.", UNIT_DEFINITION},
                           {"-1 ... -9: The level. The default is -6.", UNIT_DEFINITION},
                           {"snapshot, generation: What is kept.", UNIT_DEFINITION},
                           {0}});
}

static void a_setting_behind_a_mark_and_a_blank_has_its_comment(void **state)
{
    (void)state;
    expect_units("# Locking of users.\n#\n# Deny access after n failures.\n# The default is 3.\n# "
                 "deny = 3\n#\n"
                 "# Do not tell.\n# silent\n#\n# The interval in seconds.\n# fail_interval = 900\n",
                 "",
                 (const expected[]){
                     {"Locking of users.", UNIT_SENTENCE},
                     {"Deny access after n failures. The default is 3. deny = 3", UNIT_SETTING},
                     {"Do not tell.", UNIT_SENTENCE},
                     {"silent", UNIT_SENTENCE},
                     {"The interval in seconds. fail_interval = 900", UNIT_SETTING},
                     {0}});
}

static void the_first_line_of_a_chunk_explains_no_more_than_its_paragraph(void **state)
{
    (void)state;
    expect_units("See\n        * win32/FAQ.txt of it\n\n    Make sure that it is closed.\n", "",
                 (const expected[]){{"See: win32/FAQ.txt of it", UNIT_ENTRY},
                                    {"Make sure that it is closed.", UNIT_SENTENCE},
                                    {0}});
}

static void each_code_of_a_list_is_said_by_itself(void **state)
{
    (void)state;
    expect_units("E01: No water.\nE02: The sensor is broken.\nE03 to E07: The board has failed.\n",
                 "",
                 (const expected[]){{"E01: No water.", UNIT_DEFINITION},
                                    {"E02: The sensor is broken.", UNIT_DEFINITION},
                                    {"E03 to E07: The board has failed.", UNIT_DEFINITION},
                                    {0}});
    expect_units("Name: Pump\nQ1: 5\nQ2: 6\n", "",
                 (const expected[]){{"Name: Pump | Q1: 5 | Q2: 6", UNIT_ROW}, {0}});
}

static void a_paragraph_that_ends_with_a_question_is_no_heading(void **state)
{
    (void)state;
    expect_units(
        "Hi Ines,\n\nI have not ordered it, since it is not approved. Could you ask her?\n\n"
        "The number is 217.\n",
        "",
        (const expected[]){{"Hi Ines,", UNIT_SENTENCE},
                           {"I have not ordered it, since it is not approved.", UNIT_SENTENCE},
                           {"The number is 217.", UNIT_SENTENCE},
                           {0}});
}

static void a_title_of_markdown_is_no_sentence(void **state)
{
    (void)state;
    expect_units("# Manual of the new boiler T20\n\n## Use\n\nOpen the tap.\n", "",
                 (const expected[]){{"Open the tap.", UNIT_SENTENCE}, {0}});
}

static void a_long_description_is_several_units_each_with_its_term(void **state)
{
    (void)state;
    static const char text[] =
        "--timeout=SECONDS\n    This option sets how long the program waits for the other side "
        "before it gives up, which matters on lines that are slow or that lose what is sent over "
        "them at night. The default is 0, which means that it waits for ever and ever and ever, "
        "until somebody comes along and ends it by hand or by a signal, which they seldom do.\n";
    arena a;
    kith_error err;
    unit *units = NULL;
    uint32_t count = 0;
    passage_text passage = {VIEW(text), 0, sizeof text - 1};
    arena_init(&a, 0);
    assert_ok(units_find(&passage, VIEW(""), VIEW(""), &a, &units, &count, &err));
    assert_int_equal(count, 2);
    assert_true(view_starts_with(units[1].said, VIEW("--timeout=SECONDS: The default is 0,")));
    assert_int_equal(units[0].start, 0); // the quote begins at the term
    assert_true(view_starts_with(view_slice(VIEW(text), units[1].start, units[1].end),
                                 VIEW("The default is 0")));
    arena_done(&a);
}

static void an_entry_is_said_with_what_leads_into_it(void **state)
{
    (void)state;
    expect_units("There is more. It has disadvantages:\n\n1. It is slow.\n2. It is\n   dear.\n\n"
                 "Nobody minds.",
                 "",
                 (const expected[]){{"There is more.", UNIT_SENTENCE},
                                    {"It has disadvantages: It is slow.", UNIT_ENTRY},
                                    {"It has disadvantages: It is dear.", UNIT_ENTRY},
                                    {"Nobody minds.", UNIT_SENTENCE},
                                    {0}});
    expect_units("To start it, type:\n\n```\ntool start\n```\n\nThat is all.", "",
                 (const expected[]){{"To start it, type: tool start", UNIT_CODE},
                                    {"That is all.", UNIT_SENTENCE},
                                    {0}});
}

static void a_row_has_the_names_of_its_columns(void **state)
{
    (void)state;
    expect_units("| Bolt | Torque |\n|---|---|\n| M55 | 65 |\n", "",
                 (const expected[]){{"Bolt: M55 | Torque: 65", UNIT_ROW}, {0}});
    expect_units("====== ==== ====\n        Min  Max\n====== ==== ====\nTin:   1.5  2.5\n"
                 "Zinc:  0.5  9.5\n====== ==== ====\n",
                 "",
                 (const expected[]){{"Tin | Min: 1.5 | Max: 2.5", UNIT_ROW},
                                    {"Zinc | Min: 0.5 | Max: 9.5", UNIT_ROW},
                                    {0}});
    expect_units("+------+--------+\n| Bolt | Torque |\n+======+========+\n| M55  | 65     |\n"
                 "+------+--------+\n| M60  | 70     |\n+------+--------+\n",
                 "",
                 (const expected[]){{"Bolt: M55 | Torque: 65", UNIT_ROW},
                                    {"Bolt: M60 | Torque: 70", UNIT_ROW},
                                    {0}});
    expect_units(
        "       Signal      Default   Number\n       ----------------------------\n"
        "       SIGBIG      Stop      1\n       SIGSMALL    Go on     \xE2\x80\x94\n",
        "",
        (const expected[]){{"Signal: SIGBIG | Default: Stop | Number: 1", UNIT_ROW},
                           {"Signal: SIGSMALL | Default: Go on | Number: \xE2\x80\x94", UNIT_ROW},
                           {0}});
    expect_units("Name   Size   Price\nsmall  12     3\nlarge  24     5\n", "",
                 (const expected[]){{"Name: small | Size: 12 | Price: 3", UNIT_ROW},
                                    {"Name: large | Size: 24 | Price: 5", UNIT_ROW},
                                    {0}});
    expect_units("\xE2\x94\x8C\xE2\x94\x80\xE2\x94\x80\xE2\x94\x80\xE2\x94\xAC\xE2\x94\x80"
                 "\xE2\x94\x80\xE2\x94\x90\n\xE2\x94\x82"
                 "Call\xE2\x94\x82Is \xE2\x94\x82\n"
                 "\xE2\x94\x9C\xE2\x94\x80\xE2\x94\x80\xE2\x94\x80\xE2\x94\xBC\xE2\x94\x80"
                 "\xE2\x94\x80\xE2\x94\xA4\n\xE2\x94\x82"
                 "f() \xE2\x94\x82safe\xE2\x94\x82\n"
                 "\xE2\x94\x82"
                 "g() \xE2\x94\x82safe\xE2\x94\x82\n",
                 "",
                 (const expected[]){
                     {"Call: f() | Is: safe", UNIT_ROW}, {"Call: g() | Is: safe", UNIT_ROW}, {0}});
}

static void a_code_stands_before_its_meaning_by_white_space(void **state)
{
    (void)state;
    expect_units("EXIT STATUS\n       0      All is well.\n\n       11     Another run holds the\n"
                 "              lock.\n\nENVIRONMENT\n       HOME   Where files are.\n",
                 "",
                 (const expected[]){{"0: All is well.", UNIT_DEFINITION},
                                    {"11: Another run holds the lock.", UNIT_DEFINITION},
                                    {"HOME: Where files are.", UNIT_DEFINITION},
                                    {0}});
    expect_units("  10    Lost\n  11    Another run holds\n        the lock\n  12    Damaged\n", "",
                 (const expected[]){{"10  Lost", UNIT_ROW},
                                    {"11  Another run holds the lock", UNIT_ROW},
                                    {"12  Damaged", UNIT_ROW},
                                    {0}});
    // Two blanks behind a full stop, and a bracket in a sentence, make neither.
    expect_units("It is so.  It stays so.\nAnd more.  Ever more (as it is said: always).\n", "",
                 (const expected[]){{"It is so.", UNIT_SENTENCE},
                                    {"It stays so.", UNIT_SENTENCE},
                                    {"And more.", UNIT_SENTENCE},
                                    {"Ever more (as it is said: always).", UNIT_SENTENCE},
                                    {0}});
}

static void a_record_is_a_row_and_of_a_long_one_each_field_is(void **state)
{
    (void)state;
    expect_units("metal: tin\nprice: 5\nhardness: 3\n\nmetal: zinc\nprice: 7\nhardness: 2\n", "",
                 (const expected[]){{"metal: tin | price: 5 | hardness: 3", UNIT_ROW},
                                    {"metal: zinc | price: 7 | hardness: 2", UNIT_ROW},
                                    {0}});
    arena a;
    kith_error err;
    buffer text;
    unit *units = NULL;
    uint32_t count = 0;
    arena_init(&a, 0);
    buffer_init(&text, 1 << 16);
    for (uint32_t row = 0; row < 2; row++) {
        buffer_printf(&text, "%smetal: m%u\n", row ? "\n" : "", row);
        for (uint32_t n = 0; n < 40; n++)
            buffer_printf(&text, "measure %u: the value %u\n", n, 100 * row + n);
    }
    passage_text passage = {buffer_view(&text), 0, (uint32_t)text.size};
    assert_ok(units_find(&passage, VIEW(""), VIEW(""), &a, &units, &count, &err));
    assert_int_equal(count, 82);
    assert_true(view_equal(units[81].said, VIEW("metal: m1 | measure 39: the value 139")));
    // Of more lines than a unit has bytes for bars between them.
    buffer_reset(&text);
    for (uint32_t n = 0; n < 400; n++)
        buffer_printf(&text, "measure %u: the value %u\n", n, n);
    passage = (passage_text){buffer_view(&text), 0, (uint32_t)text.size};
    assert_ok(units_find(&passage, VIEW(""), VIEW(""), &a, &units, &count, &err));
    assert_int_equal(count, 400);
    assert_true(view_equal(units[399].said, VIEW("measure 399: the value 399")));
    buffer_done(&text);
    arena_done(&a);
}

static void a_sentence_that_is_too_long_is_several_units(void **state)
{
    (void)state;
    arena a;
    kith_error err;
    buffer text;
    unit *units = NULL;
    uint32_t count = 0;
    arena_init(&a, 0);
    buffer_init(&text, 1 << 16);
    for (uint32_t n = 0; n < 60; n++)
        buffer_printf(&text, "the company paid %u dollars in all. ", n);
    for (uint32_t n = 0; n < 60; n++)
        buffer_printf(&text, "word%u and more, ", n);
    for (uint32_t n = 0; n < 1000; n++)
        buffer_append_text(&text, "\xC3\xA4");
    passage_text passage = {buffer_view(&text), 0, (uint32_t)text.size};
    assert_ok(units_find(&passage, VIEW(""), VIEW(""), &a, &units, &count, &err));
    assert_true(count >= 62);
    assert_true(view_equal(units[7].said, VIEW("the company paid 7 dollars in all.")));
    uint32_t covered = 0;
    for (uint32_t i = 0; i < count; i++) {
        assert_true(units[i].said.size <= UNIT_MAX_BYTES);
        covered += units[i].end - units[i].start;
    }
    assert_true(covered + 2 * count >= text.size);
    buffer_done(&text);
    arena_done(&a);
}

static void an_abbreviation_ends_no_part_of_a_long_sentence(void **state)
{
    (void)state;
    arena a;
    kith_error err;
    buffer text;
    unit *units = NULL;
    uint32_t count = 0;
    arena_init(&a, 0);
    buffer_init(&text, 1 << 16);
    for (uint32_t n = 0; n < 40; n++)
        buffer_printf(&text,
                      "the plan of year %u pays for some things (e.g. a bridge, cf. part two) i.e. "
                      "it costs. ",
                      n);
    passage_text passage = {buffer_view(&text), 0, (uint32_t)text.size};
    assert_ok(units_find(&passage, VIEW(""), VIEW(""), &a, &units, &count, &err));
    assert_int_equal(count, 40);
    for (uint32_t i = 0; i < count; i++)
        assert_true(view_starts_with(units[i].said, VIEW("the plan of year ")));
    buffer_done(&text);
    arena_done(&a);
}

static void a_setting_has_its_comment(void **state)
{
    (void)state;
    expect_units("# How many may log in.\n#MaxSessions 10\n\n#Port 22\n#Color no\n", "",
                 (const expected[]){{"How many may log in. MaxSessions 10", UNIT_SETTING},
                                    {"#Port 22", UNIT_SETTING},
                                    {"#Color no", UNIT_SETTING},
                                    {0}});
}

static void code_has_the_comment_above_it(void **state)
{
    (void)state;
    expect_units(
        "#include <stdint.h>\n\n/* Litres a minute. */\nconst int litres = 2400;\n", "",
        (const expected[]){{"#include <stdint.h>", UNIT_SENTENCE},
                           {"/* Litres a minute. */ const int litres = 2400;", UNIT_SETTING},
                           {0}});
}

static void what_stands_below_its_heading_is_said_without_a_full_stop(void **state)
{
    (void)state;
    expect_units("The bridge\n\nThe bridge over the Aller opens in October\n\nThe budget\n\nIt is "
                 "large.",
                 "Plans > The bridge",
                 (const expected[]){{"The bridge over the Aller opens in October", UNIT_SENTENCE},
                                    {"It is large.", UNIT_SENTENCE},
                                    {0}});
}

static void a_title_that_may_be_a_sentence_is_said_as_well(void **state)
{
    (void)state;
    expect_units("# The bridge\n\nThe bridge over the Aller opens in October\n\nNotes: It is "
                 "large.\n",
                 "",
                 (const expected[]){{"The bridge over the Aller opens in October", UNIT_SENTENCE},
                                    {"Notes: It is large.", UNIT_SENTENCE},
                                    {0}});
    // Below another title, and above nothing but the next one.
    expect_units("The bridge\n\nThe bridge over the Aller opens in October\n\nIt is large.\n", "",
                 (const expected[]){{"The bridge over the Aller opens in October", UNIT_SENTENCE},
                                    {"It is large.", UNIT_SENTENCE},
                                    {0}});
    expect_units("Sales are level since last spring\n\nThe bridge\n\nIt is large.\n", "",
                 (const expected[]){{"Sales are level since last spring", UNIT_SENTENCE},
                                    {"It is large.", UNIT_SENTENCE},
                                    {0}});
    // A title: with text below it, in the capitals of one, or short.
    expect_units("It is old.\n\nWhat the bridge over the Aller costs\n\nIt is large.\n\n"
                 "Part Two\n\nThe Making of the Great Bridge\n\nMore on it\n\nIt is long.\n",
                 "",
                 (const expected[]){{"It is old.", UNIT_SENTENCE},
                                    {"It is large.", UNIT_SENTENCE},
                                    {"It is long.", UNIT_SENTENCE},
                                    {0}});
}

static void a_number_in_a_row_or_field_announces_no_version(void **state)
{
    (void)state;
    expect_units("Item | Price\n\nItem: Lamp | Price: 20.5\n\nItem: Bulb | Price: 3\n", "",
                 (const expected[]){{"Item | Price", UNIT_ROW},
                                    {"Item: Lamp | Price: 20.5", UNIT_ROW},
                                    {"Item: Bulb | Price: 3", UNIT_ROW},
                                    {0}});
    expect_units("Price of a lamp: 20.5\n\nRelease: 2.5\n\nIt is faster.\n", "",
                 (const expected[]){{"Price of a lamp: 20.5", UNIT_SENTENCE},
                                    {"Release: 2.5: It is faster.", UNIT_SENTENCE},
                                    {0}});
}

static void a_change_has_its_version(void **state)
{
    (void)state;
    expect_units("2.1.0 (2026-05-11)\n------------------\n\n- It is faster.\n\n"
                 "2.0.3 (2026-01-02)\n------------------\n\n- A leak was fixed.\n",
                 "",
                 (const expected[]){{"2.1.0 (2026-05-11): It is faster.", UNIT_ENTRY},
                                    {"2.0.3 (2026-01-02): A leak was fixed.", UNIT_ENTRY},
                                    {0}});
    expect_units("version 1.31 - A. Person, 2019-01-02\n\n* Support for zoned disks\n\nIt needs a "
                 "kernel of this year.\n",
                 "",
                 (const expected[]){
                     {"version 1.31 - A. Person, 2019-01-02: Support for zoned disks", UNIT_ENTRY},
                     {"version 1.31 - A. Person, 2019-01-02: It needs a kernel of this year.",
                      UNIT_SENTENCE},
                     {0}});
    // A section's number is no version.
    expect_units("2.1. Modes\n\nThere is one mode.", "",
                 (const expected[]){{"There is one mode.", UNIT_SENTENCE}, {0}});
}

static void an_answer_of_a_faq_is_below_its_question(void **state)
{
    (void)state;
    static const char text[] = "#### How is it said?\n\n> Like the bird.\n";
    arena a;
    kith_error err;
    unit *units = NULL;
    uint32_t count = 0;
    passage_text passage = {VIEW(text), 0, sizeof text - 1};
    arena_init(&a, 0);
    assert_ok(units_find(&passage, VIEW(""), VIEW(""), &a, &units, &count, &err));
    assert_int_equal(count, 1);
    assert_true(view_equal(units[0].said, VIEW("Like the bird.")));
    assert_true(units[0].answers);
    assert_true(view_equal(units[0].heading, VIEW("How is it said?")));
    arena_done(&a);
}

static void only_what_the_passage_holds_is_inside(void **state)
{
    (void)state;
    static const char text[] = "One is before. Two is cut here. Three is behind.";
    arena a;
    kith_error err;
    unit *units = NULL;
    uint32_t count = 0;
    passage_text passage = {VIEW(text), 19, 26};
    arena_init(&a, 0);
    assert_ok(units_find(&passage, VIEW(""), VIEW(""), &a, &units, &count, &err));
    assert_int_equal(count, 3);
    assert_false(units[0].is_inside);
    assert_true(units[1].is_inside);
    assert_false(units[2].is_inside);
    arena_done(&a);
}

static void nothing_has_no_units(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",     "\n\n",           "# ", "-",  "|",     "---\n---\n", ":", "::\n", "#\n#\n",
        "- \n", "\xE2\x80\x90\n", "?",  "-x", "a:\n\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        arena a;
        kith_error err;
        unit *units = NULL;
        uint32_t count = 0;
        view text = view_of(texts[i]);
        passage_text passage = {text, 0, (uint32_t)text.size};
        arena_init(&a, 0);
        assert_ok(units_find(&passage, VIEW(""), VIEW(""), &a, &units, &count, &err));
        for (uint32_t n = 0; n < count; n++)
            assert_true(units[n].start < units[n].end && units[n].end <= text.size);
        arena_done(&a);
    }
}

/* A megabyte of words that end as `end` says. */
static view large_line(arena *a, const char *begin, const char *end)
{
    enum { WORDS = 1 << 17, WORD_BYTES = 8 };
    buffer b;
    buffer_init(&b, 4 << 20);
    buffer_append_text(&b, begin);
    for (uint32_t i = 0; i < WORDS; i++)
        buffer_printf(&b, "w%06u ", i);
    buffer_append_text(&b, end);
    view copy = arena_copy(a, buffer_view(&b));
    buffer_done(&b);
    assert_non_null(copy.data);
    return copy;
}

static void what_a_unit_is_said_with_is_cut_where_it_is_huge(void **state)
{
    enum { ROWS = 2000, MAX_MEMORY = 64 << 20 };
    static const struct {
        const char *begin, *end, *entry;
    } shapes[] = {
        {"", "are these:\n\n", "- one\n"},      {"# ", "\n\n", "Something is so.\n"},
        {"", "\n", "    It does that.\n"},      {"| a | ", " |\n|---|---|\n", "| 1 | 2 |\n"},
        {"--x, --", "\n--y\n    ", "Do it.\n"}, {"a\t", "\n", "b\tc\n"}};
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (int is_around = 0; is_around < 2; is_around++) {
            arena texts, a;
            kith_error err = {0};
            buffer text;
            unit *units = NULL;
            uint32_t count = 0;
            arena_init(&texts, 0);
            arena_init(&a, MAX_MEMORY);
            buffer_init(&text, 64 << 20);
            view large = large_line(&texts, shapes[i].begin, shapes[i].end), none = VIEW("");
            if (!is_around) buffer_append(&text, large);
            for (uint32_t n = 0; n < ROWS; n++)
                buffer_append_text(&text, shapes[i].entry);
            passage_text passage = {buffer_view(&text), 0, (uint32_t)text.size};
            assert_ok(units_find(&passage, is_around ? large : none, is_around ? large : none, &a,
                                 &units, &count, &err));
            for (uint32_t n = 0; n < count; n++) {
                assert_true(units[n].said.size <= 2 * UNIT_MAX_BYTES);
                assert_true(units[n].head.size <= UNIT_HEAD_MAX_BYTES);
                assert_true(units[n].heading.size <= UNIT_HEAD_MAX_BYTES);
            }
            buffer_done(&text);
            arena_done(&a);
            arena_done(&texts);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sentences_of_a_paragraph_are_units_and_headings_are_not),
        cmocka_unit_test(below_usage_what_explains_is_said),
        cmocka_unit_test(a_question_in_bold_is_no_unit),
        cmocka_unit_test(an_option_keeps_its_description),
        cmocka_unit_test(an_option_is_explained_below_a_blank_line),
        cmocka_unit_test(a_definition_of_markdown_is_said_without_its_mark),
        cmocka_unit_test(a_setting_behind_a_mark_and_a_blank_has_its_comment),
        cmocka_unit_test(the_first_line_of_a_chunk_explains_no_more_than_its_paragraph),
        cmocka_unit_test(each_code_of_a_list_is_said_by_itself),
        cmocka_unit_test(a_paragraph_that_ends_with_a_question_is_no_heading),
        cmocka_unit_test(a_title_of_markdown_is_no_sentence),
        cmocka_unit_test(a_long_description_is_several_units_each_with_its_term),
        cmocka_unit_test(an_entry_is_said_with_what_leads_into_it),
        cmocka_unit_test(a_row_has_the_names_of_its_columns),
        cmocka_unit_test(a_code_stands_before_its_meaning_by_white_space),
        cmocka_unit_test(a_record_is_a_row_and_of_a_long_one_each_field_is),
        cmocka_unit_test(a_sentence_that_is_too_long_is_several_units),
        cmocka_unit_test(an_abbreviation_ends_no_part_of_a_long_sentence),
        cmocka_unit_test(a_setting_has_its_comment),
        cmocka_unit_test(code_has_the_comment_above_it),
        cmocka_unit_test(what_stands_below_its_heading_is_said_without_a_full_stop),
        cmocka_unit_test(a_title_that_may_be_a_sentence_is_said_as_well),
        cmocka_unit_test(a_number_in_a_row_or_field_announces_no_version),
        cmocka_unit_test(a_change_has_its_version),
        cmocka_unit_test(an_answer_of_a_faq_is_below_its_question),
        cmocka_unit_test(only_what_the_passage_holds_is_inside),
        cmocka_unit_test(nothing_has_no_units),
        cmocka_unit_test(what_a_unit_is_said_with_is_cut_where_it_is_huge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
