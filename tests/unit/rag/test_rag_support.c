/* Tests of the question's words and kind, and of the signals by which an answer is refused. */
#include "test.h"

#include "rag/question.h"
#include "rag/support.h"

#include <math.h>

static question read_question(const char *text, arena *a)
{
    question q;
    kith_error err;
    assert_ok(question_parse(view_of(text), a, &q, NULL, &err));
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

static support_signals measure(const question *q, kith_passage *passages, uint32_t count, arena *a)
{
    support_signals s;
    kith_error err;
    retrieval found = {.passages = passages, .count = count};
    assert_ok(support_measure(&found, q, a, &s, &err));
    return s;
}

static void signals_are_those_that_were_counted_by_hand(void **state)
{
    (void)state;
    arena a;
    arena_init(&a, 0);
    question q = read_question("Does the Eiffel tower rust?", &a);
    assert_int_equal(q.count, 3);
    kith_passage passages[] = {
        {.content = "A tower stands here. Iron may rust.", .relevance = 0.5F},
        {.content = "The Eiffel tower is tall. It is old.", .relevance = 0.7F}};
    support_signals s = measure(&q, passages, 2, &a);
    assert_true(fabs(s.meaning - 0.7) < 1e-6);
    assert_true(fabs(s.words - 1) < 1e-6); // rust in one, the Eiffel tower in the other
    s = measure(&q, passages, 1, &a);
    assert_true(fabs(s.meaning - 0.5) < 1e-6);
    assert_true(fabs(s.words - 2.0 / 3) < 1e-6);
    question_done(&q);
    arena_done(&a);
}

static void more_of_any_signal_never_means_less_support(void **state)
{
    (void)state;
    const support_signals middle = {0.5, 0.5};
    double before = support_probability(&middle);
    for (size_t i = 0; i < sizeof middle / sizeof(double); i++) {
        support_signals more = middle;
        ((double *)&more)[i] += 0.1;
        assert_true(support_probability(&more) > before);
    }
    assert_true(before > 0 && before < 1);
}

static void nothing_found_and_stop_words_alone_are_no_trap(void **state)
{
    (void)state;
    arena a;
    arena_init(&a, 0);
    question q = read_question("Who is it?", &a);
    kith_passage passage = {.content = "", .relevance = 0.9F};
    support_signals none = measure(&q, NULL, 0, &a);
    support_signals near = measure(&q, &passage, 1, &a);
    assert_true(support_probability(&none) < 0.5);
    assert_true(isfinite(support_probability(&near)));
    assert_true(support_probability(&near) > support_probability(&none));
    question_done(&q);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_kind_of_a_question_is_told_by_its_question_words),
        cmocka_unit_test(signals_are_those_that_were_counted_by_hand),
        cmocka_unit_test(more_of_any_signal_never_means_less_support),
        cmocka_unit_test(nothing_found_and_stop_words_alone_are_no_trap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
