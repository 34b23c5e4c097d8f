/* Whether passages and answers meet what a question expects, and comparing two evaluations. */
#include "test.h"

#include "eval/evaluate.h"
#include "eval/expectation.h"

#include <math.h>

static kith_passage passage(const char *id, const char *document, const char *source,
                            const char *content)
{
    return (kith_passage){.id = id, .document = document, .source = source, .content = content};
}

static void a_document_is_named_by_id_path_or_the_end_of_its_path(void **state)
{
    (void)state;
    view id = VIEW("guide"), path = VIEW("/home/a/docs/guide.md");
    assert_true(expectation_names(VIEW("guide"), id, path));
    assert_true(expectation_names(VIEW("/home/a/docs/guide.md"), id, path));
    assert_true(expectation_names(VIEW("guide.md"), id, path));
    assert_true(expectation_names(VIEW("docs/guide.md"), id, path));
    assert_false(expectation_names(VIEW("uide.md"), id, path));
    assert_false(expectation_names(VIEW("other/guide.md"), id, path));
    assert_false(expectation_names(VIEW("guide.md"), id, VIEW("")));
    assert_false(expectation_names(VIEW(""), id, path));
}

static void each_expected_document_has_the_place_of_its_first_passage(void **state)
{
    (void)state;
    const kith_passage passages[] = {
        passage("x_0", "x", "", "one"),
        passage("b_3", "b", "/d/b.md", "two"),
        passage("b_1", "b", "/d/b.md", "three"),
        passage("point", "", "", "four"),
    };
    const char *const documents[] = {"point", "b.md", "absent"};
    kith_eval_question q = {.question = "?", .documents = documents, .document_count = 3};
    arena a;
    kith_error err = {0};
    expectation x;
    arena_init(&a, 0);
    assert_ok(expectation_meet(&q, passages, 4, &a, &x, &err));
    assert_int_equal(x.count, 3);
    assert_int_equal(x.ranks[0], 4);
    assert_int_equal(x.ranks[1], 2);
    assert_int_equal(x.ranks[2], 0);
    arena_done(&a);
}

static void a_text_is_found_whatever_its_case_and_white_space(void **state)
{
    (void)state;
    const kith_passage passages[] = {
        passage("a_0", "a", "", "Nothing here"),
        passage("a_1", "a", "", "It weighs 7,300\n  TONNES \u2460 in all"),
    };
    const char *const texts[] = {"absent", " 7,300 tonnes  1"};
    kith_eval_question q = {.question = "?", .texts = texts, .text_count = 2};
    arena a;
    kith_error err = {0};
    expectation x;
    bool answered = true;
    arena_init(&a, 0);
    assert_ok(expectation_meet(&q, passages, 2, &a, &x, &err));
    assert_int_equal(x.count, 1);
    assert_int_equal(x.ranks[0], 2);
    assert_int_equal(x.text_rank, 2);
    assert_ok(
        expectation_is_answered(&x, VIEW("It is 7,300 [2] tonnes[1] 1."), &a, &answered, &err));
    assert_true(answered);
    assert_ok(expectation_is_answered(&x, VIEW("It is 7,300 [x] tonnes 1."), &a, &answered, &err));
    assert_false(answered);
    assert_ok(expectation_is_answered(&x, VIEW(""), &a, &answered, &err));
    assert_false(answered);
    arena_done(&a);
}

static void a_question_that_expects_nothing_is_met_by_nothing(void **state)
{
    (void)state;
    const kith_passage passages[] = {passage("a_0", "a", "", "text")};
    kith_eval_question q = {.question = "?"};
    arena a;
    kith_error err = {0};
    expectation x;
    arena_init(&a, 0);
    assert_ok(expectation_meet(&q, passages, 1, &a, &x, &err));
    assert_int_equal(x.count, 0);
    assert_int_equal(x.text_rank, 0);
    arena_done(&a);
}

/* Everything is checked before anything runs: there is no collection to ask. */
static void wrong_questions_are_named_before_any_is_asked(void **state)
{
    (void)state;
    kith_error err = {0};
    arena a;
    arena_init(&a, 0);
    kith_evaluation out = {0};
    evaluating with = {0};
    const char *const texts[] = {"x"}, *const empty[] = {""}, *const bad[] = {"\xff"};
    kith_eval_question refusal = {.question = "?", .texts = texts, .text_count = 1, .refuse = true};
    kith_eval_question blank[] = {{.question = "?"}, {.question = " "}};
    kith_eval_question hollow = {.question = "?", .documents = empty, .document_count = 1};
    kith_eval_question broken = {.question = "?", .texts = bad, .text_count = 1};
    assert_status(KITH_ERR_INVALID, evaluate_questions(&with, blank, 0, &a, &out, &err));
    assert_status(KITH_ERR_INVALID, evaluate_questions(&with, blank, 2, &a, &out, &err));
    assert_non_null(strstr(err.message, "question 2"));
    assert_status(KITH_ERR_INVALID, evaluate_questions(&with, &refusal, 1, &a, &out, &err));
    assert_status(KITH_ERR_INVALID, evaluate_questions(&with, &hollow, 1, &a, &out, &err));
    assert_status(KITH_ERR_INVALID, evaluate_questions(&with, &broken, 1, &a, &out, &err));
    assert_status(KITH_ERR_LIMIT,
                  evaluate_questions(&with, blank, KITH_EVAL_MAX_QUESTIONS + 1, &a, &out, &err));
    assert_int_equal(out.count, 0);
    arena_done(&a);
}

static kith_eval_result result_of(double hit_1, double ms)
{
    kith_eval_result r = {0};
    for (int m = 0; m < KITH_EVAL_MEASURES; m++)
        r.values[m] = NAN;
    r.values[KITH_EVAL_HIT_1] = hit_1;
    r.values[KITH_EVAL_MS] = ms;
    return r;
}

static void a_comparison_takes_the_questions_that_have_both_values(void **state)
{
    (void)state;
    enum { QUESTIONS = 30 };
    kith_error err = {0};
    kith_eval_result first[QUESTIONS], second[QUESTIONS];
    for (int i = 0; i < QUESTIONS; i++) {
        first[i] = result_of(i % 3 ? 0 : 1, 10);
        second[i] = result_of(i < 5 ? (double)NAN : 1, 20);
    }
    kith_evaluation without = {.count = QUESTIONS, .results = first};
    kith_evaluation with = {.count = QUESTIONS, .results = second};
    kith_eval_difference d;
    assert_ok(kith_eval_compare(&without, &with, KITH_EVAL_HIT_1, 1, &d, &err));
    assert_int_equal(d.questions, 25);
    assert_near(d.difference, 17.0 / 25, 1e-12); // of 5..29 eight were hits before
    assert_true(d.clear && d.low > 0 && d.p < 0.05);
    // Every question took longer, and that may have been the machine.
    assert_ok(kith_eval_compare(&without, &with, KITH_EVAL_MS, 1, &d, &err));
    assert_near(d.difference, 10, 1e-12);
    assert_false(d.clear);
    assert_ok(kith_eval_compare(&without, &with, KITH_EVAL_MRR, 1, &d, &err));
    assert_int_equal(d.questions, 0);
    assert_true(isnan(d.difference) && !d.clear);
}

static void evaluations_of_other_questions_are_not_compared(void **state)
{
    (void)state;
    kith_error err = {0};
    kith_eval_result results[2] = {result_of(1, 1), result_of(1, 1)};
    kith_evaluation one = {.count = 1, .results = results}, two = {.count = 2, .results = results};
    kith_eval_difference d;
    assert_status(KITH_ERR_INVALID, kith_eval_compare(&one, &two, KITH_EVAL_HIT_1, 1, &d, &err));
    assert_status(KITH_ERR_INVALID, kith_eval_compare(&one, &one, KITH_EVAL_MEASURES, 1, &d, &err));
}

static void every_measure_has_a_name(void **state)
{
    (void)state;
    for (kith_eval_measure m = 0; m < KITH_EVAL_MEASURES; m++)
        assert_non_null(kith_eval_measure_name(m));
    assert_string_equal(kith_eval_measure_name(KITH_EVAL_NDCG), "ndcg_k");
    assert_null(kith_eval_measure_name(KITH_EVAL_MEASURES));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_document_is_named_by_id_path_or_the_end_of_its_path),
        cmocka_unit_test(each_expected_document_has_the_place_of_its_first_passage),
        cmocka_unit_test(a_text_is_found_whatever_its_case_and_white_space),
        cmocka_unit_test(a_question_that_expects_nothing_is_met_by_nothing),
        cmocka_unit_test(wrong_questions_are_named_before_any_is_asked),
        cmocka_unit_test(a_comparison_takes_the_questions_that_have_both_values),
        cmocka_unit_test(evaluations_of_other_questions_are_not_compared),
        cmocka_unit_test(every_measure_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
