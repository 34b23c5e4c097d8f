/* Tests of the question's words and kind, and of the signals by which an answer is refused. */
#include "test.h"

#include "answer/question.h"
#include "answer/support.h"

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

static void signals_are_those_of_the_passages_and_the_question(void **state)
{
    (void)state;
    arena a;
    arena_init(&a, 0);
    question q = read_question("Does the Eiffel tower rust?", &a);
    kith_passage passages[] = {{.relevance = 0.5F}, {.relevance = 0.7F}};
    retrieval found = {.passages = passages, .count = 2, .searched = 8};
    evidence e = {.fit = 1.25F, .words = 0.5F, .by_tokens = true};
    support_signals s = support_measure(&found, &q, &e);
    assert_near(s.meaning, 0.7, 1e-6);
    assert_near(s.fit, 1.25, 1e-6);
    assert_near(s.words, 0.5, 1e-6);
    assert_near(s.length, log(3), 1e-6);
    assert_near(s.size, log(8), 1e-6);
    assert_true(s.by_tokens);
    question_done(&q);
    arena_done(&a);
}

static void nearer_passages_mean_more_support_and_more_points_less(void **state)
{
    (void)state;
    for (int by_tokens = 0; by_tokens < 2; by_tokens++) {
        const support_signals middle = {1, 0.5, 0.5, 1.5, 5, by_tokens};
        double before = support_probability(&middle);
        support_signals larger = middle;
        larger.size += 1;
        assert_true(support_probability(&larger) < before);
        for (size_t i = 0; i < offsetof(support_signals, size) / sizeof(double); i++) {
            support_signals more = middle;
            ((double *)&more)[i] += 0.1;
            assert_true(support_probability(&more) > before);
        }
        assert_true(before > 0 && before < 1);
    }
}

static void nothing_found_and_stop_words_alone_are_no_trap(void **state)
{
    (void)state;
    arena a;
    arena_init(&a, 0);
    question q = read_question("Who is it?", &a);
    retrieval found = {0};
    evidence e = {0};
    support_signals none = support_measure(&found, &q, &e);
    assert_near(none.length, 0, 0);
    assert_true(support_probability(&none) < 0.5);
    question_done(&q);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_kind_of_a_question_is_told_by_its_question_words),
        cmocka_unit_test(signals_are_those_of_the_passages_and_the_question),
        cmocka_unit_test(nearer_passages_mean_more_support_and_more_points_less),
        cmocka_unit_test(nothing_found_and_stop_words_alone_are_no_trap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
