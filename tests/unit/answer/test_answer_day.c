/* Days of questions in texts that write them in another way. */
#include "test.h"

#include "answer/day.h"

/* Whether the text has the day of which `name` is a part in the question. */
static bool holds(const char *text, const char *question, const char *name)
{
    view q = view_of(question), n = view_of(name);
    size_t at = view_find(q, n);
    assert_true(at < q.size);
    return day_holds(view_of(text), q, view_slice(q, at, at + n.size));
}

static const char row[] = "Date: 2025-06-09 | Shop: Ulrich | Price: 129.99";

static void a_day_in_words_is_one_in_figures(void **state)
{
    (void)state;
    const struct {
        const char *question, *name;
    } same[] = {
        {"What was bought on 9 June 2025?", "9"},
        {"What was bought on 9 June 2025?", "June"},
        {"What was bought on 9 June 2025?", "2025"},
        {"What was bought on June 9th?", "9th"},
        {"What was bought on June 9, 2025?", "9"},
        {"What was bought on the 9th of June?", "9th"},
        {"What was bought on Jun. 9?", "9"},
        {"Was wurde am 9. Juni gekauft?", "9"},
        {"Was wurde am 9.6. gekauft?", "9.6"},
        {"Was wurde am 09.06.2025 gekauft?", "09.06.2025"},
        {"Qu'est-ce qui a été acheté le 9 juin 2025 ?", "9"},
        {"¿Qué se compró el 9 de junio de 2025?", "2025"},
        {"What was bought on 2025-06-09?", "2025-06-09"},
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        assert_true(holds(row, same[i].question, same[i].name));
    assert_true(holds("Le marché du 1er août 2024", "What was on 2024-08-01?", "2024-08-01"));
    assert_true(holds("On 9 June it rained.", "What happened on 2025-06-09?", "2025-06-09"));
}

static void another_day_is_not_the_same(void **state)
{
    (void)state;
    assert_false(holds(row, "What was bought on 10 June 2025?", "10"));
    assert_false(holds(row, "What was bought on 9 May 2025?", "9"));
    assert_false(holds(row, "What was bought on 9 June 2024?", "9"));
    assert_false(holds(row, "Was wurde am 06.09.2025 gekauft?", "06.09.2025"));
    // Only what is a part of the day is met by it.
    assert_false(holds(row, "Which of 9 shops was open on 9 June?", "9 shops"));
    assert_false(holds(row, "Was June 2025 warm?", "June"));
    assert_false(holds("Part 12025-06-091", "What was on 2025-06-09?", "2025-06-09"));
    assert_false(holds("Version 1.9.6.2", "Was war am 9.6.?", "9.6"));
    assert_false(holds("", "What was on 9 June?", "9"));
    assert_false(holds("2025-06-", "What was on 9 June?", "9"));
    assert_false(holds("2025-13-09 2025-00-09 2025-06-00", "What was on 9 June?", "9"));
    assert_false(holds("99999999999999999999-06-09", "What was on 9 June?", "9"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_day_in_words_is_one_in_figures),
        cmocka_unit_test(another_day_is_not_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
