/* Fusion against its definitions, computed another way: ranks by counting who is better, z-scores
 * in two passes, and no sorting. */
#include "test.h"

#include "base/rng.h"
#include "db/fusion.h"

#include <math.h>
#include <stdbool.h>

enum { MOST = 60 };

static uint32_t better_by_words(const fusion_candidate *c, uint32_t count,
                                const fusion_candidate *x)
{
    uint32_t better = 0;
    for (uint32_t i = 0; i < count; i++)
        better += c[i].words > x->words || (c[i].words == x->words && c[i].row < x->row);
    return better;
}

static uint32_t nearer(const fusion_candidate *c, uint32_t count, const fusion_candidate *x)
{
    uint32_t better = 0;
    for (uint32_t i = 0; i < count; i++)
        better +=
            c[i].distance < x->distance || (c[i].distance == x->distance && c[i].row < x->row);
    return better;
}

static double z_of(double value, const double *all, uint32_t count)
{
    double mean = 0, variance = 0;
    for (uint32_t i = 0; i < count; i++)
        mean += all[i] / count;
    for (uint32_t i = 0; i < count; i++)
        variance += (all[i] - mean) * (all[i] - mean) / count;
    return (value - mean) / (variance > 1e-12 ? sqrt(variance) : 1);
}

static double expected_score(const fusion_candidate *c, uint32_t count, const fusion_candidate *x,
                             const fusion_options *o)
{
    double weight = (double)o->meaning_weight, near[MOST], words[MOST];
    if (o->method == FUSION_RANKS) {
        double score = weight / (60.0 + 1 + nearer(c, count, x));
        return x->words > 0 ? score + (1 - weight) / (60.0 + 1 + better_by_words(c, count, x))
                            : score;
    }
    for (uint32_t i = 0; i < count; i++) {
        near[i] = -(double)c[i].distance;
        words[i] = (double)c[i].words;
    }
    return weight * z_of(-(double)x->distance, near, count) +
           (1 - weight) * z_of((double)x->words, words, count);
}

static void every_score_and_rank_is_that_of_the_definition(void **state)
{
    (void)state;
    rng r = {11};
    for (int round = 0; round < 400; round++) {
        fusion_candidate raw[MOST], fused[MOST];
        uint32_t count = 1 + rng_below(&r, MOST);
        fusion_options o = {round % 2 ? FUSION_RANKS : FUSION_SCORES,
                            (float)rng_below(&r, 101) / 100.0F};
        for (uint32_t i = 0; i < count; i++) // few values, so that there are ties
            raw[i] = (fusion_candidate){.row = i,
                                        .distance = (float)rng_below(&r, 20) / 10.0F,
                                        .words = (float)rng_below(&r, 8)};
        memcpy(fused, raw, sizeof raw);
        fusion_order(fused, count, &o, &(fusion_scale){0});
        bool seen[MOST] = {0};
        for (uint32_t i = 0; i < count; i++) {
            const fusion_candidate *x = &fused[i], *origin = &raw[x->row];
            assert_false(seen[x->row]);
            seen[x->row] = true;
            assert_true(x->distance == origin->distance && x->words == origin->words);
            assert_int_equal(x->meaning_rank, 1 + nearer(raw, count, origin));
            assert_int_equal(x->words_rank,
                             origin->words > 0 ? 1 + better_by_words(raw, count, origin) : 0);
            assert_true(fabs((double)x->score - expected_score(raw, count, origin, &o)) < 1e-5);
            if (i == 0) continue;
            assert_true(fused[i - 1].score > x->score ||
                        (fused[i - 1].score == x->score && fused[i - 1].row < x->row));
        }
    }
}

static void equal_values_on_a_side_leave_the_order_to_the_other(void **state)
{
    (void)state;
    fusion_candidate c[] = {{.row = 0, .distance = 0.5F, .words = 1},
                            {.row = 1, .distance = 0.5F, .words = 3},
                            {.row = 2, .distance = 0.5F, .words = 2}};
    fusion_order(c, 3, &(fusion_options){FUSION_SCORES, 0.6F}, &(fusion_scale){0});
    assert_int_equal(c[0].row, 1);
    assert_int_equal(c[1].row, 2);
    for (int i = 0; i < 3; i++)
        assert_true(isfinite(c[i].score));
    fusion_order(c, 0, &(fusion_options){FUSION_SCORES, 0.6F}, &(fusion_scale){0});
}

static void a_rare_exact_word_wins_over_vague_likeness(void **state)
{
    (void)state;
    fusion_candidate c[40];
    for (uint32_t i = 0; i < 40; i++) // all about as near; one alone holds the word
        c[i] = (fusion_candidate){.row = i, .distance = 0.6F + (float)i / 1000.0F};
    c[39].words = 9.0F;
    fusion_order(c, 40, &(fusion_options){FUSION_SCORES, FUSION_MEANING_WEIGHT},
                 &(fusion_scale){0});
    assert_int_equal(c[0].row, 39);
}

static void what_comes_later_is_measured_by_the_first_and_changes_no_score(void **state)
{
    (void)state;
    rng r = {12};
    for (int round = 0; round < 400; round++) {
        fusion_candidate raw[MOST], fused[MOST], first[MOST];
        uint32_t count = 2 + rng_below(&r, MOST - 1), early = 1 + rng_below(&r, count - 1);
        fusion_scale scale = {0};
        const fusion_options o = {round % 2 ? FUSION_RANKS : FUSION_SCORES,
                                  (float)rng_below(&r, 101) / 100.0F};
        for (uint32_t i = 0; i < count; i++)
            raw[i] = (fusion_candidate){.row = i,
                                        .distance = (float)rng_below(&r, 20) / 10.0F,
                                        .words = (float)rng_below(&r, 8)};
        memcpy(fused, raw, sizeof raw);
        fusion_order(fused, early, &o, &scale);
        for (uint32_t i = 0; i < early; i++)
            first[fused[i].row] = fused[i];
        fusion_order(fused, count, &o, &scale);
        for (uint32_t i = 0; i < count; i++) {
            const fusion_candidate *x = &fused[i], *origin = &raw[x->row];
            if (i > 0)
                assert_true(fused[i - 1].score > x->score ||
                            (fused[i - 1].score == x->score && fused[i - 1].row < x->row));
            if (x->row < early) {
                assert_memory_equal(x, &first[x->row], sizeof *x);
                continue;
            }
            assert_int_equal(x->meaning_rank, 1 + nearer(raw, count, origin));
            // By scores: as if it had been the only one to come after the first.
            fusion_candidate all[MOST];
            memcpy(all, raw, early * sizeof *all);
            double expected = o.method == FUSION_RANKS ? expected_score(raw, count, origin, &o)
                                                       : expected_score(all, early, origin, &o);
            assert_true(fabs((double)x->score - expected) < 1e-5);
        }
    }
}

/* What has no vector yet is between those that are near and those that are far; others score as if
 * it were not there on that side. */
static void a_candidate_without_a_distance_counts_as_the_mean_of_meaning(void **state)
{
    (void)state;
    const fusion_options scores = {FUSION_SCORES, 0.5F}, ranks = {FUSION_RANKS, 0.5F};
    const fusion_candidate raw[] = {{.row = 0, .distance = 0.1F, .words = 1},
                                    {.row = 1, .distance = NAN, .words = 1},
                                    {.row = 2, .distance = 0.9F, .words = 1}};
    fusion_candidate c[3];
    fusion_scale scale = {0};
    memcpy(c, raw, sizeof c);
    fusion_order(c, 3, &scores, &scale);
    assert_int_equal(c[0].row, 0);
    assert_int_equal(c[1].row, 1);
    assert_int_equal(c[2].row, 2);
    assert_true(c[1].meaning_part == 0);
    assert_true(fabs((double)c[0].meaning_part - 0.5) < 1e-6); // one deviation from the mean
    assert_true(fabs((double)c[2].meaning_part + 0.5) < 1e-6);
    scale = (fusion_scale){0};
    memcpy(c, raw, sizeof c);
    fusion_order(c, 3, &ranks, &scale);
    assert_int_equal(c[2].row, 1);
    assert_true(c[2].meaning_part == 0 && c[2].words_part > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_candidate_without_a_distance_counts_as_the_mean_of_meaning),
        cmocka_unit_test(every_score_and_rank_is_that_of_the_definition),
        cmocka_unit_test(what_comes_later_is_measured_by_the_first_and_changes_no_score),
        cmocka_unit_test(equal_values_on_a_side_leave_the_order_to_the_other),
        cmocka_unit_test(a_rare_exact_word_wins_over_vague_likeness),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
