/* fusion.c - ranks, z-scores, and their weighted sum.
 * Each candidate should have both values: a z-score says how far a value is from the mean of the
 * candidates, so 0 in place of a missing value would be anything but neutral (rank.c computes it).
 * Where there is no vector to compute a distance of, the z-score is 0. */
#include "db/fusion.h"

#include <math.h>
#include <stdlib.h>

static const float rank_constant = 60.0F; // Cormack, Clarke, Buettcher 2009

static int by_distance(const void *a, const void *b)
{
    const fusion_candidate *x = a, *y = b;
    if (isnan(x->distance) != isnan(y->distance)) return isnan(x->distance) ? 1 : -1;
    if (!isnan(x->distance) && x->distance != y->distance)
        return x->distance < y->distance ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static int by_words(const void *a, const void *b)
{
    const fusion_candidate *x = a, *y = b;
    if (x->words != y->words) return x->words > y->words ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static int by_score(const void *a, const void *b)
{
    const fusion_candidate *x = a, *y = b;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

/* A new candidate's rank is its place among all of them; one that is ranked keeps its own. */
static void rank_candidates(fusion_candidate *c, uint32_t count)
{
    qsort(c, count, sizeof *c, by_words);
    for (uint32_t i = 0; i < count; i++)
        if (c[i].meaning_rank == 0) c[i].words_rank = c[i].words > 0 ? i + 1 : 0;
    qsort(c, count, sizeof *c, by_distance);
    for (uint32_t i = 0; i < count; i++)
        if (c[i].meaning_rank == 0) c[i].meaning_rank = i + 1;
}

static fusion_spread spread_of(double sum, double squares, uint32_t count)
{
    if (count == 0) return (fusion_spread){0, 1};
    double mean = sum / count, variance = squares / count - mean * mean;
    return (fusion_spread){mean, variance > 1e-12 ? sqrt(variance) : 1.0};
}

static fusion_scale scale_of(const fusion_candidate *c, uint32_t count)
{
    double near_sum = 0, near_squares = 0, word_sum = 0, word_squares = 0;
    uint32_t near_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        double nearness = -(double)c[i].distance, words = (double)c[i].words;
        word_sum += words;
        word_squares += words * words;
        if (isnan(nearness)) continue;
        near_sum += nearness;
        near_squares += nearness * nearness;
        near_count++;
    }
    return (fusion_scale){true, spread_of(near_sum, near_squares, near_count),
                          spread_of(word_sum, word_squares, count)};
}

static double z_score(double value, fusion_spread spread)
{
    return (value - spread.mean) / spread.deviation;
}

static void add_scores(fusion_candidate *c, uint32_t count, float meaning_weight,
                       const fusion_scale *scale)
{
    for (uint32_t i = 0; i < count; i++) {
        double meaning =
            isnan(c[i].distance) ? 0 : z_score(-(double)c[i].distance, scale->nearness);
        double lexical = z_score((double)c[i].words, scale->words);
        c[i].meaning_part = (float)((double)meaning_weight * meaning);
        c[i].words_part = (float)((1.0 - (double)meaning_weight) * lexical);
        c[i].score = c[i].meaning_part + c[i].words_part;
    }
}

static void add_reciprocal_ranks(fusion_candidate *c, uint32_t count, float meaning_weight)
{
    for (uint32_t i = 0; i < count; i++) {
        float words_weight = 1.0F - meaning_weight;
        c[i].meaning_part =
            isnan(c[i].distance) ? 0 : meaning_weight / (rank_constant + (float)c[i].meaning_rank);
        c[i].words_part =
            c[i].words_rank ? words_weight / (rank_constant + (float)c[i].words_rank) : 0;
        c[i].score = c[i].meaning_part + c[i].words_part;
    }
}

void fusion_order(fusion_candidate *candidates, uint32_t count, const fusion_options *options,
                  fusion_scale *scale)
{
    if (count == 0) return;
    rank_candidates(candidates, count);
    // In the order of distance: a sum of doubles depends on its order.
    if (!scale->is_set) *scale = scale_of(candidates, count);
    if (options->method == FUSION_RANKS)
        add_reciprocal_ranks(candidates, count, options->meaning_weight);
    else
        add_scores(candidates, count, options->meaning_weight, scale);
    qsort(candidates, count, sizeof *candidates, by_score);
}
