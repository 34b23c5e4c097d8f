/* The measures against values worked out by hand. */
#include "test.h"

#include "eval/eval_measures.h"

static void one_expected_passage_counts_by_its_place(void **state)
{
    (void)state;
    const uint32_t first[] = {1}, third[] = {3}, none[] = {0};
    assert_int_equal(measure_first_rank(third, 1), 3);
    assert_int_equal(measure_first_rank(none, 1), 0);
    assert_near(measure_reciprocal_rank(first, 1), 1.0, 1e-12);
    assert_near(measure_reciprocal_rank(third, 1), 1.0 / 3, 1e-12);
    assert_near(measure_reciprocal_rank(none, 1), 0.0, 0);
    assert_near(measure_ndcg(first, 1, 5), 1.0, 1e-12);
    assert_near(measure_ndcg(third, 1, 5), 0.5, 1e-12); // 1 / log2(4)
    assert_near(measure_ndcg(none, 1, 5), 0.0, 0);
}

static void several_expected_documents_share_the_gain(void **state)
{
    (void)state;
    const uint32_t ranks[] = {4, 0, 2};
    assert_int_equal(measure_first_rank(ranks, 3), 2);
    assert_near(measure_recall(ranks, 3), 2.0 / 3, 1e-12);
    // (0.4306765581 + 0.6309297536) / (1 + 0.6309297536 + 0.5)
    assert_near(measure_ndcg(ranks, 3, 5), 0.4981892575, 1e-9);
}

static void the_best_possible_gain_has_no_more_places_than_passages(void **state)
{
    (void)state;
    const uint32_t ranks[] = {1, 2, 0, 0};
    assert_near(measure_ndcg(ranks, 4, 2), 1.0, 1e-12);
}

static void two_names_of_one_document_do_not_gain_more_than_the_whole(void **state)
{
    (void)state;
    const uint32_t ranks[] = {1, 1};
    assert_near(measure_ndcg(ranks, 2, 5), 1.0, 1e-12);
}

static void a_percentile_is_a_value_that_was_there(void **state)
{
    (void)state;
    double values[] = {5, 1, 4, 2, 3};
    double one[] = {7};
    assert_near(measure_percentile(values, 5, 0.5), 3, 0);
    assert_near(measure_percentile(values, 5, 0.95), 5, 0);
    assert_near(measure_percentile(values, 5, 0.2), 1, 0);
    assert_near(measure_percentile(values, 5, 0.21), 2, 0);
    assert_near(measure_percentile(one, 1, 0.5), 7, 0);
    assert_near(measure_percentile(NULL, 0, 0.5), 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_expected_passage_counts_by_its_place),
        cmocka_unit_test(several_expected_documents_share_the_gain),
        cmocka_unit_test(the_best_possible_gain_has_no_more_places_than_passages),
        cmocka_unit_test(two_names_of_one_document_do_not_gain_more_than_the_whole),
        cmocka_unit_test(a_percentile_is_a_value_that_was_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
