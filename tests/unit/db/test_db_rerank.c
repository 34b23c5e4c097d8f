/* Reranking: what was scored in time comes first by its score, the rest keeps its order. */
#include "test.h"

#include "db/rerank.h"

#include <math.h>
#include <stdbool.h>
#include <time.h>

enum { TEXTS = 20 };

/* The score of a text is the number that it is. */
typedef struct second_opinion {
    uint32_t asked;     /* texts so far */
    uint32_t fail_from; /* calls from this text on fail; 0: none */
    uint32_t nan_from;  /* likewise with a score that is no number */
    uint32_t sleep_ms;  /* a call */
    uint32_t least_remaining_ms;
    char query[16];
} second_opinion;

static int score(void *context, const char *query, const char *const *texts, size_t count,
                 uint32_t remaining_ms, float *scores)
{
    second_opinion *s = context;
    (void)snprintf(s->query, sizeof s->query, "%s", query);
    if (remaining_ms < s->least_remaining_ms) s->least_remaining_ms = remaining_ms;
    if (s->fail_from && s->asked >= s->fail_from) return 1;
    (void)nanosleep(&(struct timespec){.tv_nsec = (long)s->sleep_ms * 1000000}, NULL);
    for (size_t i = 0; i < count; i++)
        scores[i] = s->nan_from && s->asked >= s->nan_from ? NAN : strtof(texts[i], NULL);
    s->asked += (uint32_t)count;
    return 0;
}

static const char *const texts[TEXTS] = {"3", "1", "4",  "1",  "5",  "9",  "2",  "6",  "5",  "3",
                                         "5", "8", "97", "93", "23", "84", "62", "64", "33", "83"};

static uint32_t run(second_opinion *s, uint32_t depth, uint32_t budget_ms, uint32_t *order,
                    float *scores)
{
    s->least_remaining_ms = UINT32_MAX;
    reranker r = {
        .query = "question", .score = score, .context = s, .depth = depth, .budget_ms = budget_ms};
    return rerank_order(&r, texts, TEXTS, order, scores);
}

static void expect(const uint32_t *order, const float *scores, uint32_t scored)
{
    bool seen[TEXTS] = {0};
    for (uint32_t i = 0; i < TEXTS; i++) {
        assert_false(seen[order[i]]);
        seen[order[i]] = true;
        assert_int_equal(isnan(scores[i]) != 0, i >= scored);
        if (i >= scored) assert_int_equal(order[i], i);
        if (i < scored) assert_true(scores[i] == strtof(texts[i], NULL));
        if (i == 0 || i >= scored) continue;
        float before = scores[order[i - 1]], here = scores[order[i]];
        assert_true(before > here || (before == here && order[i - 1] < order[i]));
    }
}

static void all_within_the_depth_are_ordered_by_score(void **state)
{
    (void)state;
    uint32_t order[TEXTS];
    float scores[TEXTS];
    for (uint32_t depth = 0; depth <= TEXTS + 5; depth++) {
        second_opinion s = {0};
        uint32_t expected = depth < TEXTS ? depth : TEXTS;
        assert_int_equal(run(&s, depth, 60000, order, scores), expected);
        assert_int_equal(s.asked, expected);
        if (depth) assert_string_equal(s.query, "question");
        expect(order, scores, expected);
    }
}

/* Complaint 28: a reranker takes two minutes for 20 chunks, without a budget. */
static void a_budget_that_runs_out_leaves_the_rest_as_it_was(void **state)
{
    (void)state;
    uint32_t order[TEXTS];
    float scores[TEXTS];
    second_opinion s = {.sleep_ms = 30};
    uint32_t scored = run(&s, TEXTS, 20, order, scores);
    assert_true(scored > 0 && scored < TEXTS);
    assert_true(s.least_remaining_ms <= 20);
    expect(order, scores, scored);
    s = (second_opinion){0};
    assert_int_equal(run(&s, TEXTS, 0, order, scores), 0);
    assert_int_equal(s.asked, 0);
    expect(order, scores, 0);
}

static void a_failure_or_a_score_that_is_no_number_ends_the_asking(void **state)
{
    (void)state;
    uint32_t order[TEXTS];
    float scores[TEXTS];
    second_opinion failing = {.fail_from = 8}, nan = {.nan_from = 8};
    assert_int_equal(run(&failing, TEXTS, 60000, order, scores), 8);
    expect(order, scores, 8);
    assert_int_equal(run(&nan, TEXTS, 60000, order, scores), 8);
    assert_int_equal(nan.asked, 16);
    expect(order, scores, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_within_the_depth_are_ordered_by_score),
        cmocka_unit_test(a_budget_that_runs_out_leaves_the_rest_as_it_was),
        cmocka_unit_test(a_failure_or_a_score_that_is_no_number_ends_the_asking),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
