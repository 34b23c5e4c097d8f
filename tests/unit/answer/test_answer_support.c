/* Tests of the question's words and kind, and of the signals by which an answer is refused. */
#include "test.h"

#include "answer/question.h"
#include "answer/support.h"

#include <math.h>

static question read_question(const char *text, arena *a)
{
    question q;
    kith_error err;
    assert_ok(question_parse(view_of(text), LANGUAGE_ENGLISH, a, &q, NULL, &err));
    for (uint32_t i = 0; i < q.count; i++)
        q.weights[i] = 2;
    q.total = 2 * (float)q.count;
    return q;
}

static void the_kind_of_a_question_is_told_by_its_question_words(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        question_kind kind;
    } cases[] = {
        {"When did it end?", QUESTION_WHEN},       {"In what year was it built?", QUESTION_WHEN},
        {"How many were there?", QUESTION_COUNT},  {"WHAT percentage voted?", QUESTION_COUNT},
        {"Who signs the release?", QUESTION_NAME}, {"Which city is it in?", QUESTION_NAME},
        {"How does it work?", QUESTION_OTHER},     {"", QUESTION_OTHER},
    };
    arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        question q = read_question(cases[i].text, &a);
        assert_int_equal(q.kind, cases[i].kind);
        question_done(&q);
    }
    arena_done(&a);
}

static void signals_are_those_of_the_passages_and_the_question(void **state)
{
    (void)state;
    arena a;
    arena_init(&a, 0);
    question q = read_question("Does the Eiffel tower rust?", &a);
    kith_passage passages[] = {{.relevance = 0.5F}, {.relevance = 0.7F}};
    retrieval found = {.passages = passages, .count = 2, .searched = 8, .together = 0.25F};
    evidence_sentence units[] = {{.score = 2, .signals.at[READER_TOKENS] = 0.75F}, {.score = 2}};
    evidence e = {.fit = 1.25F, .words = 0.5F, .by_tokens = true, .sentences = units, .count = 2};
    demand list[] = {{.kind = DEMAND_NAME},
                     {.kind = DEMAND_NAME},
                     {.kind = DEMAND_NAME},
                     {.kind = DEMAND_CODE, .is_met = true},
                     {.kind = DEMAND_WORD}};
    const demands d = {.list = list, .count = sizeof list / sizeof *list};
    support_signals s = support_measure(&found, &q, &e, &d);
    assert_near(s.at[SUPPORT_MEANING], 0.7, 1e-6);
    assert_near(s.at[SUPPORT_FIT], 1.25, 1e-6);
    assert_near(s.at[SUPPORT_WORDS], 0.5, 1e-6);
    assert_near(s.at[SUPPORT_LENGTH], log(3), 1e-6);
    assert_near(s.at[SUPPORT_SIZE], log(8), 1e-6);
    assert_near(s.at[SUPPORT_STRICT], 0, 0);
    assert_near(s.at[SUPPORT_NAMES], SUPPORT_MOST, 0);
    assert_near(s.at[SUPPORT_CERTAINTY], 0.5, 1e-6);
    assert_near(s.at[SUPPORT_UNIT], 0.75, 1e-6);
    assert_near(s.at[SUPPORT_TOGETHER], 0.25, 1e-6);
    assert_true(s.by_tokens);
    list[3].is_met = false;
    assert_near(support_measure(&found, &q, &e, &d).at[SUPPORT_STRICT], 1, 0);
    question_done(&q);
    arena_done(&a);
}

static void nearer_passages_raise_the_odds_and_what_is_missing_lowers_them(void **state)
{
    (void)state;
    for (int by_tokens = 0; by_tokens < 2; by_tokens++) {
        const support_signals middle = {{1, 0.5, 0.5, 1.5, 5, 0, 0}, by_tokens};
        double before = support_odds(&middle);
        for (uint32_t i = 0; i < SUPPORT_SIGNALS; i++) {
            support_signals more = middle;
            more.at[i] += 0.1;
            // Without token states there are no weights for what stands out.
            bool raises = i < SUPPORT_SIZE || (by_tokens && i >= SUPPORT_CERTAINTY);
            assert_true((support_odds(&more) > before) == raises);
        }
    }
}

static void a_strict_demand_that_is_not_met_outweighs_a_good_fit(void **state)
{
    (void)state;
    support_signals s = {{1.2, 1, 0.7, 1.4, 7.8, 0, 0, 0, 0, 0, 0.8, 0.7, 0.5}, true};
    assert_true(support_odds(&s) > 2);
    s.at[SUPPORT_STRICT] = 1;
    assert_true(support_odds(&s) < 0);
}

static double support(double odds, double form, double certainty)
{
    return support_of_answer(&(answer_signals){odds, form, certainty});
}

static void an_answer_of_which_the_reader_is_sure_is_more_likely_right(void **state)
{
    (void)state;
    assert_true(support(3, 0, 1) > support(3, 0, 0.5));
    assert_true(support(3, 0, 0.5) > support(0, 0, 0.5));
    assert_true(support(3, 0, 0.5) > support(3, 1, 0.5)); // a manual has more that is alike
    assert_near(support(9, 0, 0.5), support(6, 0, 0.5), 0);
    assert_near(support(3, 0.4, 0.5), support(3, 0.9, 0.5), 0);
    assert_true(support(0, 1, 0) > 0 && support(99, 0, 1) < 1);
}

static void nothing_found_and_stop_words_alone_are_no_trap(void **state)
{
    (void)state;
    arena a;
    arena_init(&a, 0);
    question q = read_question("Who is it?", &a);
    retrieval found = {0};
    evidence e = {0};
    demands d = {0};
    support_signals none = support_measure(&found, &q, &e, &d);
    assert_near(none.at[SUPPORT_LENGTH], 0, 0);
    assert_true(support_odds(&none) < 0);
    question_done(&q);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_kind_of_a_question_is_told_by_its_question_words),
        cmocka_unit_test(signals_are_those_of_the_passages_and_the_question),
        cmocka_unit_test(nearer_passages_raise_the_odds_and_what_is_missing_lowers_them),
        cmocka_unit_test(a_strict_demand_that_is_not_met_outweighs_a_good_fit),
        cmocka_unit_test(an_answer_of_which_the_reader_is_sure_is_more_likely_right),
        cmocka_unit_test(nothing_found_and_stop_words_alone_are_no_trap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
