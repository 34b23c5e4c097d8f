/* decimal_read: the values are written as C's own literals; the locale is one with a decimal comma where
 * the machine has it. */
#include "test.h"

#include "base/decimal.h"

#include <locale.h>

static void numbers_of_json_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double value;
    } CASES[] = {{"0", 0.0},
                 {"-0", 0.0},
                 {"7", 7.0},
                 {"-12.5", -12.5},
                 {"0.1", 0.1},
                 {"45306.0", 45306.0},
                 {"1E3", 1000.0},
                 {"2.5e-3", 0.0025},
                 {"6.02E+23", 6.02e23},
                 {"9007199254740993", 9007199254740992.0},
                 {"1.7976931348623157e308", 1.7976931348623157e308},
                 {"4.9e-324", 4.9e-324},
                 {"1e-400", 0.0}};
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        double value = -1;
        assert_true(decimal_read(view_of(CASES[i].text), &value));
        assert_true(value == CASES[i].value);
    }
}

static void anything_else_is_no_number(void **state)
{
    (void)state;
    static const char *const NONE[] = {"",    "-",   "+1",    ".5",  "5.",    "01",
                                       "1e",  "1e+", " 1",    "1 ",  "1,5",   "0x1",
                                       "inf", "nan", "1e400", "--1", "1.2.3", "1_0"};
    double value = 42;
    for (size_t i = 0; i < sizeof NONE / sizeof NONE[0]; i++)
        assert_false(decimal_read(view_of(NONE[i]), &value));
    char digits[DECIMAL_MAX_BYTES + 1];
    memset(digits, '1', sizeof digits);
    assert_false(decimal_read((view){digits, sizeof digits}, &value));
    assert_true(value == 42);
    assert_true(decimal_read((view){digits, sizeof digits - 1}, &value));
}

static void the_decimal_comma_of_the_process_does_not_count(void **state)
{
    (void)state;
    double value = 0;
    (void)setlocale(LC_ALL, "de_DE.UTF-8");
    assert_true(decimal_read(VIEW("1.5"), &value));
    assert_true(value == 1.5);
    (void)setlocale(LC_ALL, "C");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_of_json_are_read),
        cmocka_unit_test(anything_else_is_no_number),
        cmocka_unit_test(the_decimal_comma_of_the_process_does_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
