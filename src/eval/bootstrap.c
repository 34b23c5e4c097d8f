/* bootstrap.c - the samples of the paired bootstrap that bootstrap.h describes. */
#include "eval/bootstrap.h"

#include "base/rng.h"
#include "base/size.h"

#include <math.h>
#include <stdlib.h>

static const double level = 0.05; /* of significance: half of it is cut off at each end */

static double mean_of(const double *values, uint32_t count)
{
    double sum = 0;
    for (uint32_t i = 0; i < count; i++)
        sum += values[i];
    return sum / count;
}

static double draw_mean(const double *values, uint32_t count, rng *r)
{
    double sum = 0;
    for (uint32_t i = 0; i < count; i++)
        sum += values[rng_below(r, count)];
    return sum / count;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

kith_status bootstrap_paired(const double *differences, uint32_t count, uint64_t seed,
                             bootstrap_interval *out, kith_error *err)
{
    CHECK(count > 0);
    double mean = mean_of(differences, count);
    if (count < BOOTSTRAP_MIN_PAIRS) {
        *out = (bootstrap_interval){mean, -INFINITY, INFINITY, 1.0};
        return KITH_OK;
    }
    double *means = heap_new_array(BOOTSTRAP_SAMPLES, sizeof *means);
    if (!means) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a bootstrap");
    rng r = {seed};
    // The same differences summed in another order differ in their last bits. The tolerance lets a
    // sample whose mean is exactly as far away count as that.
    double distance = fabs(mean) * (1 - 1e-12);
    uint32_t as_far = 0;
    for (uint32_t s = 0; s < BOOTSTRAP_SAMPLES; s++) {
        means[s] = draw_mean(differences, count, &r);
        as_far += fabs(means[s] - mean) >= distance;
    }
    qsort(means, BOOTSTRAP_SAMPLES, sizeof *means, compare_doubles);
    uint32_t tail = (uint32_t)(BOOTSTRAP_SAMPLES * level / 2);
    *out = (bootstrap_interval){
        .difference = mean,
        .low = means[tail],
        .high = means[BOOTSTRAP_SAMPLES - 1 - tail],
        .p = (as_far + 1.0) / (BOOTSTRAP_SAMPLES + 1.0),
    };
    if (out->p > 1.0) out->p = 1.0;
    free(means);
    return KITH_OK;
}

bool bootstrap_is_clear(const bootstrap_interval *i)
{
    return (i->low > 0 || i->high < 0) && i->p < level;
}
