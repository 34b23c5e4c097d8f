/* The parts that the readers of Office stand on: numerals, the order of boxes, fields of Word. */
#include "test.h"

#include "base/rng.h"
#include "extract/numeral.h"
#include "extract/slide_order.h"
#include "extract/word_fields.h"

static void numbers_are_written_in_each_way_of_counting(void **state)
{
    (void)state;
    static const struct {
        numeral_kind kind;
        uint32_t number;
        const char *text;
    } CASES[] = {
        {NUMERAL_DECIMAL, 0, "0"},
        {NUMERAL_DECIMAL, 4294967295U, "4294967295"},
        {NUMERAL_DECIMAL_ZERO, 7, "07"},
        {NUMERAL_DECIMAL_ZERO, 12, "12"},
        {NUMERAL_ORDINAL, 1, "1st"},
        {NUMERAL_ORDINAL, 12, "12th"},
        {NUMERAL_ORDINAL, 23, "23rd"},
        {NUMERAL_UPPER_ROMAN, 1994, "MCMXCIV"},
        {NUMERAL_LOWER_ROMAN, 4, "iv"},
        {NUMERAL_LOWER_ROMAN, 4000, "4000"},
        {NUMERAL_UPPER_LETTER, 26, "Z"},
        {NUMERAL_UPPER_LETTER, 27, "AA"},
        {NUMERAL_LOWER_LETTER, 28, "bb"},
        {NUMERAL_LOWER_LETTER, 0, "0"},
        {NUMERAL_LOWER_LETTER, 781, "781"},
        {NUMERAL_UPPER_RUSSIAN, 3, "В"},
        {NUMERAL_LOWER_RUSSIAN, 28, "я"},
        {NUMERAL_CHINESE, 3, "三"},
        {NUMERAL_CHINESE, 10, "十"},
        {NUMERAL_CHINESE, 21, "二十一"},
        {NUMERAL_CHINESE, 100, "100"},
        {NUMERAL_BULLET, 5, "-"},
        {NUMERAL_NONE, 5, ""},
    };
    buffer out;
    buffer_init(&out, 1000);
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        buffer_reset(&out);
        numeral_append(&out, CASES[i].kind, CASES[i].number);
        assert_string_equal(buffer_text(&out), CASES[i].text);
    }
    buffer_done(&out);
}

static void expect_order(slide_box *boxes, uint32_t count, const uint32_t *order)
{
    for (uint32_t i = 0; i < count; i++)
        boxes[i].index = i;
    slide_order(boxes, count);
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(boxes[i].index, order[i]);
}

static void boxes_are_ordered_along_the_widest_gap(void **state)
{
    (void)state;
    slide_box list[] = {{0, 50, 40, 10, 0}, {0, 0, 40, 10, 0}, {0, 25, 40, 10, 0}};
    expect_order(list, 3, (uint32_t[]){1, 2, 0});
    // Two columns, each a head that stands on its text.
    slide_box columns[] = {
        {60, 0, 40, 10, 0}, {0, 10, 40, 50, 0}, {60, 10, 40, 50, 0}, {0, 0, 40, 10, 0}};
    expect_order(columns, 4, (uint32_t[]){3, 1, 0, 2});
    slide_box grid[] = {
        {50, 50, 40, 40, 0}, {0, 0, 40, 40, 0}, {50, 0, 40, 40, 0}, {0, 50, 40, 40, 0}};
    expect_order(grid, 4, (uint32_t[]){1, 2, 3, 0});
    slide_box same[] = {{0, 0, 0, 0, 0}, {0, 0, 0, 0, 0}, {0, 0, 0, 0, 0}};
    expect_order(same, 3, (uint32_t[]){0, 1, 2});
}

/* Twice across SLIDE_MAX_CUTS: whatever the boxes, each is there once. */
static void no_box_is_lost(void **state)
{
    (void)state;
    enum { MOST = SLIDE_MAX_CUTS + 5 };
    static slide_box boxes[MOST];
    static const uint32_t COUNTS[] = {0, 1, 2, 17, SLIDE_MAX_CUTS, MOST};
    rng random = {42};
    for (size_t c = 0; c < sizeof COUNTS / sizeof COUNTS[0]; c++) {
        bool seen[MOST] = {false};
        for (uint32_t i = 0; i < COUNTS[c]; i++)
            boxes[i] = (slide_box){rng_below(&random, 1000), rng_below(&random, 1000),
                                   rng_below(&random, 200), rng_below(&random, 200), i};
        slide_order(boxes, COUNTS[c]);
        for (uint32_t i = 0; i < COUNTS[c]; i++) {
            assert_false(seen[boxes[i].index]);
            seen[boxes[i].index] = true;
        }
    }
}

static void instructions_and_page_numbers_are_no_text(void **state)
{
    (void)state;
    word_fields f = {0};
    word_fields_mark(&f, VIEW("begin"));
    word_fields_instruction(&f, VIEW(" IF "));
    assert_true(word_fields_hide(&f));
    word_fields_mark(&f, VIEW("begin"));
    word_fields_mark(&f, VIEW("separate"));
    assert_true(word_fields_hide(&f)); // a result within an instruction
    word_fields_mark(&f, VIEW("end"));
    word_fields_mark(&f, VIEW("separate"));
    assert_false(word_fields_hide(&f));
    word_fields_mark(&f, VIEW("end"));
    word_fields_mark(&f, VIEW("begin"));
    word_fields_instruction(&f, VIEW(" PA"));
    word_fields_instruction(&f, VIEW("GE \\* MERGEFORMAT"));
    word_fields_mark(&f, VIEW("separate"));
    assert_true(word_fields_hide(&f));
    assert_true(word_field_is_page_number(VIEW("NUMPAGES")));
    assert_false(word_field_is_page_number(VIEW("PAGEREF x")));
}

static void a_field_without_an_end_hides_one_paragraph_at_most(void **state)
{
    (void)state;
    word_fields f = {0};
    for (int i = 0; i < 3 * WORD_MAX_FIELDS; i++)
        word_fields_mark(&f, VIEW("begin"));
    assert_true(word_fields_hide(&f));
    word_fields_end_paragraph(&f);
    assert_false(word_fields_hide(&f));
    for (int i = 0; i < 5 * WORD_MAX_FIELDS; i++)
        word_fields_mark(&f, VIEW("end"));
    assert_false(word_fields_hide(&f));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_written_in_each_way_of_counting),
        cmocka_unit_test(boxes_are_ordered_along_the_widest_gap),
        cmocka_unit_test(no_box_is_lost),
        cmocka_unit_test(instructions_and_page_numbers_are_no_text),
        cmocka_unit_test(a_field_without_an_end_hides_one_paragraph_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
