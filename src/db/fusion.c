/* fusion.c - ranks, z-scores, and their weighted sum.
 * Each candidate must have both values: a z-score says how far a value is from the mean of *these*
 * candidates, so a missing one has no neutral stand-in (rank.c computes it). */
#include "db/fusion.h"

#include <math.h>
#include <stdlib.h>

static const float rank_constant = 60.0F; // Cormack, Clarke, Buettcher 2009

static int by_distance(const void *a, const void *b)
{
    const fusion_candidate *x = a, *y = b;
    if (x->distance != y->distance) return x->distance < y->distance ? -1 : 1;
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

static void rank_candidates(fusion_candidate *c, uint32_t count)
{
    qsort(c, count, sizeof *c, by_words);
    for (uint32_t i = 0; i < count; i++)
        c[i].words_rank = c[i].words > 0 ? i + 1 : 0;
    qsort(c, count, sizeof *c, by_distance);
    for (uint32_t i = 0; i < count; i++)
        c[i].meaning_rank = i + 1;
}

typedef struct spread {
    double mean, deviation; /* deviation 1 when all values are equal: each z-score is then 0 */
} spread;

static spread spread_of(double sum, double squares, uint32_t count)
{
    double mean = sum / count, variance = squares / count - mean * mean;
    return (spread){mean, variance > 1e-12 ? sqrt(variance) : 1.0};
}

static void add_scores(fusion_candidate *c, uint32_t count, float meaning_weight)
{
    double near_sum = 0, near_squares = 0, word_sum = 0, word_squares = 0;
    for (uint32_t i = 0; i < count; i++) {
        double nearness = -(double)c[i].distance, words = (double)c[i].words;
        near_sum += nearness;
        near_squares += nearness * nearness;
        word_sum += words;
        word_squares += words * words;
    }
    spread near = spread_of(near_sum, near_squares, count),
           words = spread_of(word_sum, word_squares, count);
    for (uint32_t i = 0; i < count; i++) {
        double meaning = (-(double)c[i].distance - near.mean) / near.deviation;
        double lexical = ((double)c[i].words - words.mean) / words.deviation;
        c[i].meaning_part = (float)((double)meaning_weight * meaning);
        c[i].words_part = (float)((1.0 - (double)meaning_weight) * lexical);
        c[i].score = c[i].meaning_part + c[i].words_part;
    }
}

static void add_reciprocal_ranks(fusion_candidate *c, uint32_t count, float meaning_weight)
{
    for (uint32_t i = 0; i < count; i++) {
        float words_weight = 1.0F - meaning_weight;
        c[i].meaning_part = meaning_weight / (rank_constant + (float)c[i].meaning_rank);
        c[i].words_part =
            c[i].words_rank ? words_weight / (rank_constant + (float)c[i].words_rank) : 0;
        c[i].score = c[i].meaning_part + c[i].words_part;
    }
}

void fusion_order(fusion_candidate *candidates, uint32_t count, const fusion_options *options)
{
    if (count == 0) return;
    rank_candidates(candidates, count);
    if (options->method == FUSION_RANKS)
        add_reciprocal_ranks(candidates, count, options->meaning_weight);
    else
        add_scores(candidates, count, options->meaning_weight);
    qsort(candidates, count, sizeof *candidates, by_score);
}
