/* formula.h and raised.h: what stands above, below or upon one another, as one line. */
#include "test.h"

#include "extract/formula.h"
#include "extract/raised.h"

static const struct {
    char letter;
    formula_kind kind;
} KINDS[] = {{'f', FORMULA_FRACTION},    {'p', FORMULA_POWER},     {'i', FORMULA_INDEX},
             {'b', FORMULA_INDEX_POWER}, {'s', FORMULA_PRESCRIPT}, {'q', FORMULA_SQUARE_ROOT},
             {'r', FORMULA_ROOT},        {'o', FORMULA_ROOT_OF},   {'n', FORMULA_OPERATOR},
             {'u', FORMULA_FUNCTION},    {'d', FORMULA_FENCE},     {'m', FORMULA_MATRIX},
             {'w', FORMULA_ROW},         {'l', FORMULA_LINES},     {'g', FORMULA_GROUP}};

/* Writes a formula in a notation of this test: "%f" begins a structure by its letter, '<' and '>'
 * are an argument, '.' ends the structure, all else is text. An operator is a sum. */
static const char *write_formula(buffer *out, const char *notation)
{
    formula f;
    buffer_reset(out);
    formula_init(&f, out);
    for (const char *c = notation; *c; c++) {
        if (*c == '%') {
            c++;
            for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++)
                if (KINDS[i].letter == *c) formula_begin(&f, KINDS[i].kind);
            if (*c == 'n') formula_operator(&f, VIEW("∑"));
        } else if (*c == '<') {
            formula_argument(&f);
        } else if (*c == '>') {
            formula_argument_end(&f);
        } else if (*c == '.') {
            formula_end(&f);
        } else {
            size_t size = strcspn(c, "%<>.");
            formula_text(&f, (view){c, size});
            c += size - 1;
        }
    }
    return buffer_text(out);
}

static void formulas_are_written_on_one_line(void **state)
{
    (void)state;
    static const char *const CASES[][2] = {
        {"%f<1><2>.", "1/2"},
        {"is %f<1><2>.", "is 1/2"},
        {"2%f<1><2>.", "2 1/2"},
        {"%f<1><2>.x", "1/2 x"},
        {"%f<1><2>.%f<3><4>.", "1/2 3/4"},
        {"%f<a+b><2c>.", "(a+b)/(2c)"},
        {"%f<-b><2>.", "-b/2"},
        {"%f<%f<1><2>.><3>.", "(1/2)/3"},
        {"%f<1><%p<x><2>.>.", "1/(x^2)"},
        {"%p<10><6>.", "10^6"},
        {"%b<∑><i=1><n>.%i<x><i>.", "∑_(i=1)^n x_i"},
        {"%p<10><-6>.", "10^-6"},
        {"%p<-2><2>.", "(-2)^2"},
        {"%p<x+1><n>.", "(x+1)^n"},
        {"%p<(x+1)><n>.", "(x+1)^n"},
        {"%p<2x><2>.", "(2x)^2"},
        {"3%p<2><5>.", "3 2^5"},
        {"%i<x><1>.", "x_1"},
        {"%b<x><i><2>.", "x_i^2"},
        {"%s<6><14><C>.", "_6^14 C"},
        {"%q<x+1>.", "sqrt(x+1)"},
        {"2%q<3>.5", "2 sqrt(3)5"},
        {"%r<3><x>.", "root(3, x)"},
        {"%r<><x>.", "sqrt(x)"},
        {"%o<x+1><3>.", "root(3, x+1)"},
        {"%n<i=1><n><i>.", "∑_(i=1)^n i"},
        {"%n<><><x>.", "∑ x"},
        {"%u<sin><x>.", "sin x"},
        {"%u<sin><2x>.", "sin(2x)"},
        {"%u<%i<lim><x→0>.><x>.", "lim_(x→0) x"},
        {"%d<a><b>.", "(a|b)"},
        {"%m<%w<1><2>.><%w<3><4>.>.", "[1, 2; 3, 4]"},
        {"%l<x=1><y=2>.", "x=1; y=2"},
        {"%g<a><1>.", "a 1"},
        {"x=%f<-b±%q<%p<b><2>.-4ac>.><2a>.", "x=(-b±sqrt(b^2-4ac))/(2a)"},
    };
    buffer out;
    buffer_init(&out, 1 << 16);
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        assert_string_equal(write_formula(&out, CASES[i][0]), CASES[i][1]);
    buffer_done(&out);
}

static void any_nesting_keeps_digits_apart_and_stays_within_its_bounds(void **state)
{
    (void)state;
    buffer out, notation;
    buffer_init(&out, 1 << 16);
    buffer_init(&notation, 1 << 16);
    for (int i = 0; i < 3 * FORMULA_MAX_DEPTH; i++)
        buffer_append_text(&notation, "%f<1");
    for (int i = 0; i < 3 * FORMULA_MAX_DEPTH; i++)
        buffer_append_text(&notation, "><2>.");
    const char *text = write_formula(&out, buffer_text(&notation));
    assert_null(strstr(text, "11"));
    assert_null(strstr(text, "22"));
    assert_null(strstr(text, "12"));
    write_formula(&out, ">.><..>%f>.<<%o<<.>%m.%n>.%r<.%q."); // anything
    buffer_done(&out);
    buffer_init(&out, 20); // too small
    write_formula(&out, "%f<123456><%p<%o<123456><789>.><1>.>.%d<x><y>.");
    assert_int_equal(out.failed, KITH_ERR_LIMIT);
    buffer_done(&out);
    buffer_done(&notation);
}

static const char *raise_behind(buffer *out, const char *before, const char *text, const char *more)
{
    raised r = {0};
    buffer_reset(out);
    buffer_append_text(out, before);
    raised_append(&r, out, 0, view_of(text));
    if (*more) raised_append(&r, out, 0, view_of(more));
    return buffer_text(out);
}

/* Of a long word only the end is looked at, and what follows from that is the same. */
static void a_raised_text_behind_a_long_word_or_number(void **state)
{
    (void)state;
    buffer out, word, expected;
    buffer_init(&out, 1 << 10);
    buffer_init(&word, 1 << 10);
    buffer_init(&expected, 1 << 10);
    static const char *const CASES[][3] = {
        {"é", "3", " ³"}, {"ab", "n", " ^n"}, {"12", "6", "^6"}, {"12", "k", "^k"}};
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        buffer_reset(&word);
        buffer_append_text(&word, i % 2 ? "(" : "(a");
        for (int n = 0; n < 100; n++)
            buffer_append_text(&word, CASES[i][0]);
        buffer_reset(&expected);
        buffer_append(&expected, buffer_view(&word));
        buffer_append_text(&expected, CASES[i][2]);
        const char *raised_text = raise_behind(&out, buffer_text(&word), CASES[i][1], "");
        assert_string_equal(raised_text, buffer_text(&expected));
    }
    buffer_done(&out);
    buffer_done(&word);
    buffer_done(&expected);
}

static void a_raised_text_is_an_exponent_a_sign_or_a_part_of_its_word(void **state)
{
    (void)state;
    static const char *const CASES[][4] = {
        {"10", "6", "", "10^6"},
        {"10", "-", "3", "10^-3"},
        {"10", "−3", "", "10^−3"},
        {"10", "–3", "", "10^–3"},
        {"Ann Lee", "1", "", "Ann Lee ¹"},
        {"Pa", "2", "", "Pa^2"},
        {"min", "2", "", "min^2"},
        {"10", "1", "2", "10^12"},
        {"m", "2", "", "m^2"},
        {"µm", "3", "", "µm^3"},
        {"(x + 1)", "2", "", "(x + 1)^2"},
        {"x", "n", "", "x^n"},
        {"10", "k", "", "10^k"},
        {"2", "n+1", "", "2^(n+1)"},
        {"a", "n−1", "", "a^(n−1)"},
        {"e", "-kt", "", "e^(-kt)"},
        {"x", "2n", "", "x^(2n)"},
        {"x", "n", "+1", "x^(n+1)"},
        {"2", "n", "d", "2nd"},
        {"x", "n", "+1+2+3+4+5+6+7+8+9+a+b+c", "x^n+1+2+3+4+5+6+7+8+9+a+b+c"},
        {"x", "1/2", "", "x^(1/2)"},
        {"5", "1/2", "", "5^1/2"},
        {"rates", "a-c", "", "ratesa-c"},
        {"e", "x", "", "e^x"},
        {"revenue", "3", "", "revenue ³"},
        {"revenue", "1, 2", "", "revenue ¹, ²"},
        {"revenue", "1", "2", "revenue ¹²"},
        {"it rose.", "3", "", "it rose ³."},
        {"in 2023", "3", "", "in 2023 ³"},
        {"1", "st", "", "1st"},
        {"2", "e", "", "2e"},
        {"M", "me", "", "Mme"},
        {"N", "o", "", "No"},
        {"Acme", "TM", "", "AcmeTM"},
        {"Ca", "2+", "", "Ca^2+"},
        {"word", "*", "", "word*"},
        {"revenue", "a", "", "revenue ^a"},
        {"", "1", "", "¹"},
    };
    buffer out;
    buffer_init(&out, 1 << 10);
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        assert_string_equal(raise_behind(&out, CASES[i][0], CASES[i][1], CASES[i][2]), CASES[i][3]);
    // Three pieces, as an editor leaves them; then another text stands where they stood.
    raised r = {0};
    buffer_reset(&out);
    buffer_append_text(&out, "10");
    static const char *const PIECES[] = {"-", "2", "7"};
    for (size_t i = 0; i < sizeof PIECES / sizeof *PIECES; i++)
        raised_append(&r, &out, 0, view_of(PIECES[i]));
    assert_string_equal(buffer_text(&out), "10^-27");
    out.size = 2;
    buffer_append_text(&out, "lost");
    raised_append(&r, &out, 0, VIEW("8"));
    assert_string_equal(buffer_text(&out), "10lost8");
    buffer_done(&out);
}

static void a_lowered_text_stays_as_it_is_unless_numbers_would_touch(void **state)
{
    (void)state;
    buffer out;
    buffer_init(&out, 1 << 10);
    buffer_append_text(&out, "H");
    lowered_append(&out, 0, VIEW("2"));
    buffer_append_text(&out, "O 10");
    lowered_append(&out, 0, VIEW("2"));
    assert_string_equal(buffer_text(&out), "H2O 10_2");
    buffer_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formulas_are_written_on_one_line),
        cmocka_unit_test(any_nesting_keeps_digits_apart_and_stays_within_its_bounds),
        cmocka_unit_test(a_raised_text_behind_a_long_word_or_number),
        cmocka_unit_test(a_raised_text_is_an_exponent_a_sign_or_a_part_of_its_word),
        cmocka_unit_test(a_lowered_text_stays_as_it_is_unless_numbers_would_touch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
