/* Words as pdftotext -raw -bbox lists them, and lines in the order in which they are read. The listings are written here. */
#include "extracted.h"

#include "extract/pdf_bbox.h"
#include "extract/pdf_order.h"
#include "extract/pdf_run.h"
#include "extract/pdf_slant.h"
#include "extract/pdf_turn.h"

typedef struct listing {
    buffer html, text, out;
    pdf_layout layout;
} listing;

static void begin(listing *l)
{
    buffer_init(&l->html, 64 << 20);
    buffer_init(&l->text, 64 << 20);
    buffer_init(&l->out, 64 << 20);
    pdf_layout_init(&l->layout);
    buffer_append_text(&l->html, "<title>&lt;word</title>\n<doc>\n");
}

static void end(listing *l)
{
    buffer_done(&l->html);
    buffer_done(&l->text);
    buffer_done(&l->out);
    pdf_layout_done(&l->layout);
}

static void add_page(listing *l)
{
    buffer_append_text(&l->html, "  <page width=\"600.000000\" height=\"800.000000\">\n");
}

/* A word 10 points high, 5 wide a letter. */
static void add_word(listing *l, double left, double top, const char *word)
{
    buffer_printf(&l->html, "    <word xMin=\"%f\" yMin=\"%f\" xMax=\"%f\" yMax=\"%f\">%s</word>\n",
                  left, top, left + 5 * (double)strlen(word), top + 10, word);
}

static void read_words(listing *l)
{
    kith_error err;
    assert_int_equal(buffer_status(&l->html, "a listing", &err), KITH_OK);
    assert_int_equal(pdf_bbox_read(&l->layout, buffer_view(&l->html), 1000, &l->text, &err),
                     KITH_OK);
}

/* The lines of all pages, in order. */
static view lines_of(listing *l)
{
    kith_error err;
    assert_int_equal(pdf_order_lines(&l->layout, &err), KITH_OK);
    for (uint32_t i = 0; i < l->layout.lines.size / sizeof(pdf_line); i++) {
        const pdf_line *line = &pdf_lines(&l->layout)[i];
        if (i) buffer_append_byte(&l->out, '\n');
        pdf_append_words(&l->layout, line->first, line->count, &l->out);
    }
    return buffer_view(&l->out);
}

static void entities_are_replaced_and_control_characters_too(void **state)
{
    (void)state;
    listing l;
    begin(&l);
    add_page(&l);
    add_word(&l, 10, 10, "R&amp;D");
    add_word(&l, 160, 10, "&lt;b&gt;&quot;&apos;");
    add_word(&l, 200, 40, "&amp;lt;");
    add_word(&l, 10, 70, "a\001b\xff");
    add_word(&l, 10, 100, " ");
    add_word(&l, 10, 130, "&nbsp;&");
    read_words(&l);
    assert_view(lines_of(&l), "R&D\n<b>\"'\n&lt;\na b\xef\xbf\xbd\n&nbsp;&");
    end(&l);
}

/* pdftotext says the code itself of a font of TeX that is made of pictures; others have ligatures as one sign. */
static void codes_of_ligatures_and_quotes_are_their_signs(void **state)
{
    (void)state;
    listing l;
    begin(&l);
    add_page(&l);
    add_word(&l, 10, 10, "e\036cient,");
    add_word(&l, 10, 40, "\020o\033ice\021");
    add_word(&l, 10, 70, "5\0257");
    add_word(&l, 10, 100, "na\020ve");
    add_word(&l, 10, 130, "Wohn\uFB02\u00E4che");
    add_word(&l, 10, 160, "\uFB05rong");
    read_words(&l);
    assert_view(lines_of(&l), "efficient,\n\u201Coffice\u201D\n5\u20137\nna ve\nWohnfl\u00E4che\n"
                              "strong");
    end(&l);
}

static void a_quote_that_begins_a_word_is_one_behind_another_word_too(void **state)
{
    (void)state;
    listing l;
    begin(&l);
    add_page(&l);
    add_word(&l, 10, 10, "said");
    add_word(&l, 32, 10, "\020Hello\021");
    read_words(&l);
    assert_view(lines_of(&l), "said \u201CHello\u201D");
    end(&l);
}

static void what_is_no_word_is_passed_over(void **state)
{
    (void)state;
    listing l;
    begin(&l);
    add_word(&l, 10, 10, "before");
    add_page(&l);
    buffer_append_text(&l.html,
                       "<word xMin=\"1\">one</word><word ><words><word xMin=\"1\" yMin=\"x\" "
                       "xMax=\"3\" yMax=\"4\"two</word><<word");
    add_word(&l, 10, 10, "right");
    buffer_append_text(&l.html,
                       "<word xMin=\"-1e9999999999999999999999999999\" yMin=\"\" xMax=\"3");
    read_words(&l);
    assert_view(lines_of(&l), "right");
    end(&l);
}

static void pages_without_words_have_no_lines(void **state)
{
    (void)state;
    listing l;
    begin(&l);
    add_page(&l);
    add_page(&l);
    read_words(&l);
    pdf_turn_pages(&l.layout);
    assert_view(lines_of(&l), "");
    assert_int_equal(pdf_page_count(&l.layout), 2);
    assert_int_equal(pdf_pages(&l.layout)[1].count, 0);
    end(&l);
}

static void more_pages_than_allowed_are_refused(void **state)
{
    (void)state;
    listing l;
    kith_error err;
    begin(&l);
    for (int i = 0; i < 3; i++)
        add_page(&l);
    assert_int_equal(pdf_bbox_read(&l.layout, buffer_view(&l.html), 2, &l.text, &err),
                     KITH_ERR_LIMIT);
    assert_non_null(strstr(err.message, "more than 2 pages"));
    end(&l);
}

static void more_text_than_the_buffer_takes_is_refused(void **state)
{
    (void)state;
    listing l;
    kith_error err;
    buffer small;
    begin(&l);
    add_page(&l);
    add_word(&l, 10, 10, "Mooring");
    add_word(&l, 60, 10, "mast");
    buffer_init(&small, 8);
    assert_int_equal(pdf_bbox_read(&l.layout, buffer_view(&l.html), 2, &small, &err),
                     KITH_ERR_LIMIT);
    buffer_done(&small);
    end(&l);
}

/* `count` words below each other, from the last to the first. */
static void add_upwards(listing *l, uint32_t count)
{
    char word[16];
    add_page(l);
    for (uint32_t i = count; i-- > 0;) {
        (void)snprintf(word, sizeof word, "w%u", i);
        add_word(l, 10, 12.0 * i, word);
    }
}

static void a_page_of_more_runs_than_the_limit_stays_as_it_is(void **state)
{
    (void)state;
    for (uint32_t more = 0; more < 2; more++) {
        listing l;
        begin(&l);
        add_upwards(&l, PDF_MAX_RUNS + more);
        read_words(&l);
        bool is_sorted = view_starts_with(lines_of(&l), VIEW("w0\nw1\n"));
        assert_int_equal(is_sorted, more == 0);
        assert_int_equal(pdf_pages(&l.layout)[0].count, PDF_MAX_RUNS + more);
        end(&l);
    }
}

/* Words up to the right, which is slow to order, and one above the first of them that is written last. */
static void add_stairs(listing *l, uint32_t count)
{
    add_page(l);
    for (uint32_t i = 1; i < count; i++)
        add_word(l, 30.0 * i, 12.0 * (count - i), "step");
    add_word(l, 30, 0, "first");
}

static void pages_behind_the_limit_of_looks_keep_their_words(void **state)
{
    (void)state;
    enum { PAGES = 20 };
    listing l;
    begin(&l);
    for (uint32_t i = 0; i < PAGES; i++)
        add_stairs(&l, PDF_MAX_RUNS);
    read_words(&l);
    (void)lines_of(&l);
    uint32_t sorted = 0;
    for (uint32_t i = 0; i < PAGES; i++) {
        const pdf_page *page = &pdf_pages(&l.layout)[i];
        assert_int_equal(page->count, PDF_MAX_RUNS);
        assert_int_equal(page->word_count, PDF_MAX_RUNS);
        sorted += pdf_lines(&l.layout)[page->first].box.top < 1;
    }
    assert_in_range(sorted, 1, PAGES - 1);
    end(&l);
}

/* Letters that go up from (left, bottom) at 45 degrees. */
static void add_slanted(listing *l, double left, double bottom, const char *letters)
{
    for (size_t i = 0; letters[i]; i++) {
        double by = 7 * (double)i;
        if (letters[i] == ' ') continue;
        buffer_printf(&l->html,
                      "    <word xMin=\"%f\" yMin=\"%f\" xMax=\"%f\" yMax=\"%f\">%c</word>\n",
                      left + by, bottom - by - 7, left + by + 10, bottom - by, letters[i]);
    }
}

static void letters_on_the_slant_are_words_below_the_page(void **state)
{
    (void)state;
    kith_error err;
    listing l;
    begin(&l);
    for (int page = 0; page < 2; page++) {
        add_page(&l);
        add_word(&l, 10, 10, "above");
        add_slanted(&l, 100, 400, "DRAFT ONLY");
        add_word(&l, 10, 500, "below");
        add_slanted(&l, 300, 400, "abc"); // too few
    }
    read_words(&l);
    assert_int_equal(pdf_join_slanted(&l.layout, &err), KITH_OK);
    assert_int_equal(pdf_pages(&l.layout)[1].first_word, 7);
    assert_int_equal(pdf_pages(&l.layout)[1].word_count, 7);
    view lines = lines_of(&l);
    assert_true(view_find(lines, VIEW("DRAFT ONLY")) < lines.size);
    assert_true(view_ends_with_nocase(lines, VIEW("DRAFT ONLY")));
    assert_true(view_find(lines, VIEW("abc")) == lines.size);
    end(&l);
}

static void more_lines_on_the_slant_than_the_limit_stay_letters(void **state)
{
    (void)state;
    enum { MORE = 20, PAGES = 2 };
    kith_error err;
    listing l;
    begin(&l);
    for (int page = 0; page < PAGES; page++) {
        add_page(&l);
        for (int i = 0; i < PDF_MAX_SLANTED + MORE; i++)
            add_slanted(&l, 5 * (i % 100), 100 + 5 * (double)(i / 2), "mark");
    }
    read_words(&l);
    assert_int_equal(pdf_join_slanted(&l.layout, &err), KITH_OK);
    for (int page = 0; page < PAGES; page++)
        assert_int_equal(pdf_pages(&l.layout)[page].word_count, PDF_MAX_SLANTED + 4 * MORE);
    assert_int_equal(l.layout.words.size / sizeof(pdf_word), PAGES * (PDF_MAX_SLANTED + 4 * MORE));
    (void)lines_of(&l);
    end(&l);
}

static void blocks_end_where_lines_are_farther_apart(void **state)
{
    (void)state;
    static const double TOPS[] = {10, 22, 34, 50, 62, 74};
    listing l;
    begin(&l);
    add_page(&l);
    for (size_t i = 0; i < sizeof TOPS / sizeof *TOPS; i++)
        add_word(&l, 10, TOPS[i], "Mooring");
    read_words(&l);
    (void)lines_of(&l);
    const pdf_line *lines = pdf_lines(&l.layout);
    assert_int_equal(lines[0].block, lines[2].block);
    assert_int_not_equal(lines[2].block, lines[3].block);
    assert_int_equal(lines[3].block, lines[5].block);
    end(&l);
}

/* As LibreOffice writes Hebrew: parts of a line from the right, each between two changes of font or direction; the words
 * of a part from the left. Their numbers and stops, which also come from the right, turn no page. */
static void lines_that_are_written_from_the_right_are_whole_on_an_upright_page(void **state)
{
    (void)state;
    listing l;
    begin(&l);
    add_page(&l);
    add_word(&l, 477, 10, "אוה");
    add_word(&l, 510, 10, "ריחמה");
    add_word(&l, 459, 10, "120");
    add_word(&l, 348, 10, "עבקנ");
    add_word(&l, 391, 10, "ךיראתה");
    add_word(&l, 454, 10, ".");
    add_word(&l, 335, 10, "14");
    add_word(&l, 535, 22, "1,250");
    add_word(&l, 530, 22, ".");
    add_word(&l, 520, 34, "תנשב");
    add_word(&l, 502, 34, "2.5");
    add_word(&l, 497, 34, ",");
    add_word(&l, 474, 34, "2024");
    add_word(&l, 469, 34, "!");
    read_words(&l);
    pdf_turn_pages(&l.layout);
    assert_view(lines_of(&l), "המחיר הוא 120. התאריך נקבע 14\n1,250.\nבשנת 2.5, 2024!");
    end(&l);
}

/* Steps from the end of a line to the next one lead to the left, and the words of scripts above U+0590 tell nothing. */
static void a_page_of_chinese_with_some_latin_words_lies_upright(void **state)
{
    (void)state;
    listing l;
    begin(&l);
    add_page(&l);
    for (int i = 0; i < 4; i++) {
        add_word(&l, 50, 100 + 12 * i, "systemd");
        add_word(&l, 100, 100 + 12 * i, "管理");
        add_word(&l, 140, 100 + 12 * i, "62");
        add_word(&l, 160, 100 + 12 * i, "/");
        add_word(&l, 170, 100 + 12 * i, "223");
        add_word(&l, 200, 100 + 12 * i, "Debian");
    }
    read_words(&l);
    pdf_turn_pages(&l.layout);
    assert_view(
        lines_of(&l),
        "systemd 管理 62 / 223 Debian\nsystemd 管理 62 / 223 Debian\nsystemd 管理 62 / 223 Debian\n"
        "systemd 管理 62 / 223 Debian");
    end(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entities_are_replaced_and_control_characters_too),
        cmocka_unit_test(codes_of_ligatures_and_quotes_are_their_signs),
        cmocka_unit_test(a_quote_that_begins_a_word_is_one_behind_another_word_too),
        cmocka_unit_test(what_is_no_word_is_passed_over),
        cmocka_unit_test(pages_without_words_have_no_lines),
        cmocka_unit_test(more_pages_than_allowed_are_refused),
        cmocka_unit_test(more_text_than_the_buffer_takes_is_refused),
        cmocka_unit_test(a_page_of_more_runs_than_the_limit_stays_as_it_is),
        cmocka_unit_test(pages_behind_the_limit_of_looks_keep_their_words),
        cmocka_unit_test(letters_on_the_slant_are_words_below_the_page),
        cmocka_unit_test(more_lines_on_the_slant_than_the_limit_stay_letters),
        cmocka_unit_test(blocks_end_where_lines_are_farther_apart),
        cmocka_unit_test(lines_that_are_written_from_the_right_are_whole_on_an_upright_page),
        cmocka_unit_test(a_page_of_chinese_with_some_latin_words_lies_upright),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
