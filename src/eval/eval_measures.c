/* eval_measures.c - the measures that eval_measures.h defines. */
#include "eval/eval_measures.h"

#include <math.h>
#include <stdlib.h>

uint32_t measure_first_rank(const uint32_t *ranks, uint32_t count)
{
    uint32_t first = 0;
    for (uint32_t i = 0; i < count; i++)
        if (ranks[i] && (!first || ranks[i] < first)) first = ranks[i];
    return first;
}

double measure_reciprocal_rank(const uint32_t *ranks, uint32_t count)
{
    uint32_t first = measure_first_rank(ranks, count);
    return first ? 1.0 / first : 0.0;
}

double measure_recall(const uint32_t *ranks, uint32_t count)
{
    uint32_t met = 0;
    for (uint32_t i = 0; i < count; i++)
        met += ranks[i] > 0;
    return (double)met / count;
}

static double gain_at(uint32_t rank)
{
    return 1.0 / log2(1.0 + rank);
}

double measure_ndcg(const uint32_t *ranks, uint32_t count, uint32_t k)
{
    double gained = 0, best = 0;
    for (uint32_t i = 0; i < count; i++)
        gained += ranks[i] ? gain_at(ranks[i]) : 0;
    for (uint32_t place = 1; place <= count && place <= k; place++)
        best += gain_at(place);
    // Two expected documents can have the same rank (an id and a path of one): the sum may exceed
    // the best possible.
    return best > 0 ? fmin(gained / best, 1.0) : 0.0;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

double measure_percentile(double *values, uint32_t count, double share)
{
    if (count == 0) return 0;
    qsort(values, count, sizeof *values, compare_doubles);
    uint32_t place = (uint32_t)ceil(share * count);
    return values[place > 0 ? place - 1 : 0];
}
