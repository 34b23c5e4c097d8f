/* Text that is listed as it is seen, put into the order in which it is read. The pairs are what
 * GNU FriBidi 1.0.8 shows for the text on the left (of Arabic without presentation forms). */
#include "test.h"

#include "base/rng.h"
#include "extract/visual_order.h"

enum { WORDS = 16 };

/* `seen`: words from left to right, parted by spaces. */
static void expect(const char *read, const char *seen)
{
    view words[WORDS] = {0};
    uint8_t kinds[WORDS];
    uint32_t order[WORDS], count = 0;
    bool turned[WORDS];
    buffer out;
    buffer_init(&out, 1 << 16);
    for (const char *at = seen; *at && count < WORDS; count++) {
        size_t size = strcspn(at, " ");
        words[count] = (view){at, size};
        kinds[count] = (uint8_t)visual_kind_of(words[count]);
        at += size + (at[size] == ' ');
    }
    visual_order(kinds, count, visual_is_right_to_left(kinds, count), order, turned);
    for (uint32_t i = 0; i < count; i++) {
        view word = words[order[i]];
        if (i) buffer_append_byte(&out, ' ');
        if (turned[i])
            visual_append_word(word, &out);
        else
            buffer_append(&out, word);
    }
    assert_string_equal(buffer_text(&out), read);
    buffer_done(&out);
}

static void a_line_from_left_to_right_stays(void **state)
{
    (void)state;
    expect("", "");
    expect("plain words, 12 of them", "plain words, 12 of them");
    expect("1987 - 1990", "1987 - 1990");
}

static void a_line_from_right_to_left_is_turned(void **state)
{
    (void)state;
    expect("הטחנה נבנתה על הגבעה", "העבגה לע התנבנ הנחטה");
    expect("الطاحونة القديمة فوق التل", "لتلا قوف ةميدقلا ةنوحاطلا");
    expect("נבנתה בשנת 1987 על הגבעה", "העבגה לע 1987 תנשב התנבנ");
    expect("יש 12 או 15 טחנות", "תונחט 15 וא 12 שי");
}

static void what_stands_within_keeps_its_direction(void **state)
{
    (void)state;
    expect("התקנת Windows 11 Pro על המחשב", "בשחמה לע Windows 11 Pro תנקתה");
    expect("The mill הטחנה הישנה stands here", "The mill הנשיה הנחטה stands here");
    expect("built as הטחנה 1987 there", "built as 1987 הנחטה there");
}

static void letters_turn_with_their_marks_and_numbers_do_not(void **state)
{
    (void)state;
    expect("ב-10:30 בבוקר היום", "םויה רקובב 10:30-ב");
    expect("שָׁלוֹם לך חבר", "רבח ךל םוֹלשָׁ");
    expect("ה-USB3 של המחשב", "בשחמה לש USB3-ה");
}

static void stops_and_brackets_stand_behind_numbers(void **state)
{
    (void)state;
    expect("המחיר הוא 120. המבצע נגמר", "רמגנ עצבמה .120 אוה ריחמה");
    expect("בשנת 1987, ב-50% הנחה (12).", ".(12) החנה 50%-ב ,1987 תנשב");
    expect("בשעה 10:30!", "!10:30 העשב");
    expect("מינוס -5 מעלות", "תולעמ -5 סונימ");
    expect("גרסה Windows 11, חדשה", "השדח Windows 11, הסרג");
}

static void any_words_are_all_there_once(void **state)
{
    (void)state;
    rng random = {7};
    for (int round = 0; round < 20000; round++) {
        uint8_t kinds[WORDS];
        uint32_t order[WORDS], count = (uint32_t)rng_below(&random, WORDS + 1), seen = 0;
        bool turned[WORDS];
        for (uint32_t i = 0; i < count; i++)
            kinds[i] = (uint8_t)rng_below(&random, VISUAL_RIGHT + 1);
        visual_order(kinds, count, rng_below(&random, 2) > 0, order, turned);
        for (uint32_t i = 0; i < count; i++) {
            assert_true(order[i] < count);
            seen |= 1U << order[i];
        }
        assert_int_equal(seen, (1U << count) - 1);
    }
}

/* What poppler lists of a font's ligature is in the order in which it is read; the words are what was
 * written into PDFs by weasyprint 70.0, and by Ghostscript 10.0.0 from those. */
static void a_ligature_of_lam_and_alef_is_read_as_it_is_listed(void **state)
{
    (void)state;
    expect("الأقصى الإدارة الاتحاد", "داحتلاا ةرادلإا ىصقلأا");
    expect("لا يفتح", "حتفي لا");
    expect("الأقصى", "ىصقل䐣ا");
    expect("السالمة", "ةملاسلا"); // both are words, so that it stays as it is listed
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_from_left_to_right_stays),
        cmocka_unit_test(a_line_from_right_to_left_is_turned),
        cmocka_unit_test(what_stands_within_keeps_its_direction),
        cmocka_unit_test(letters_turn_with_their_marks_and_numbers_do_not),
        cmocka_unit_test(stops_and_brackets_stand_behind_numbers),
        cmocka_unit_test(a_ligature_of_lam_and_alef_is_read_as_it_is_listed),
        cmocka_unit_test(any_words_are_all_there_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
