/* recall_curve.c - from a recall to a number of candidates, and the curve as bytes. */
#include "vector/recall_curve.h"

#include <math.h>
#include <string.h>

enum { LAYOUT = 1, WORD_BYTES = 4, HEAD_WORDS = 6, CURVE_WORDS = 2, POINT_WORDS = 2 };

/* Candidates for `target` by one curve, 0: more than were tried. Between two points the logarithm of
 * what is not found falls in proportion to that of the candidates. */
static double ef_of(const recall_points *p, double target)
{
    const double least = 1e-6; // a recall of 1 has no logarithm
    uint32_t i = 0, first = 0;
    while (i < p->count && p->recall[i] < (float)target)
        i++;
    if (i == p->count) return 0;
    // The first points are of equal walks where a walk keeps at least so many candidates for each hit.
    while (first + 1 < p->count && p->recall[first + 1] <= p->recall[0])
        first++;
    if (i == 0) return p->ef[first];
    const double before = log(fmax(1 - (double)p->recall[i - 1], least));
    const double after = log(fmax(1 - (double)p->recall[i], least));
    const double wanted = log(fmax(1 - target, least));
    const double share = before > after ? (before - wanted) / (before - after) : 1;
    return p->ef[i - 1] * pow((double)p->ef[i] / p->ef[i - 1], fmin(fmax(share, 0), 1));
}

uint32_t recall_curve_ef(const recall_curve *c, uint32_t k, double target)
{
    uint32_t after = 0;
    while (after < RECALL_KS - 1 && c->of[after].k < k)
        after++;
    const recall_points *above = &c->of[after], *below = above;
    if (after > 0 && above->k > k) below = &c->of[after - 1];
    const double high = ef_of(above, target), low = below == above ? high : ef_of(below, target);
    if (low <= 0 || high <= 0) return 0;
    double ef = high;
    if (below != above) {
        const double share = log((double)k / below->k) / log((double)above->k / below->k);
        ef = low * pow(high / low, share);
    } else if (above->k < k) {
        ef *= (double)k / above->k; // above the largest k there is only proportion
    }
    ef = ceil(ef - 1e-6); // what is whole but for the last bits is that number
    return ef > RECALL_EF_MAX ? 0 : (uint32_t)ef;
}

static uint32_t bits_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static float float_of(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

void recall_curve_write(const recall_curve *c, buffer *out)
{
    const uint32_t curves = c->queries ? RECALL_KS : 0;
    const uint32_t head[HEAD_WORDS] = {LAYOUT, c->queries, c->live, c->rows, c->is_asked, curves};
    for (uint32_t i = 0; i < HEAD_WORDS; i++)
        buffer_append_u32(out, head[i]);
    for (uint32_t i = 0; i < curves; i++) {
        const recall_points *p = &c->of[i];
        buffer_append_u32(out, p->k);
        buffer_append_u32(out, p->count);
        for (uint32_t n = 0; n < p->count; n++) {
            buffer_append_u32(out, p->ef[n]);
            buffer_append_u32(out, bits_of(p->recall[n]));
        }
    }
}

static kith_status fail_curve(kith_error *err)
{
    return fail(err, KITH_ERR_CORRUPT, "a curve of recall is out of range");
}

/* Do both ascend, within their ranges? */
static bool is_sound(const recall_points *p)
{
    for (uint32_t i = 0; i < p->count; i++) {
        if (p->ef[i] < 1 || p->ef[i] > RECALL_EF_MAX) return false;
        if (!(p->recall[i] >= 0 && p->recall[i] <= 1)) return false;
        if (i > 0 && (p->ef[i] <= p->ef[i - 1] || p->recall[i] < p->recall[i - 1])) return false;
    }
    return true;
}

/* One k's points; *at moves past them. */
static kith_status read_points(view bytes, size_t *at, recall_points *out, kith_error *err)
{
    if (bytes.size - *at < (size_t)CURVE_WORDS * WORD_BYTES) return fail_curve(err);
    out->k = load_u32(bytes.data + *at);
    out->count = load_u32(bytes.data + *at + WORD_BYTES);
    *at += (size_t)CURVE_WORDS * WORD_BYTES;
    if (out->k < 1 || out->count > RECALL_STEPS) return fail_curve(err);
    if (bytes.size - *at < (size_t)out->count * POINT_WORDS * WORD_BYTES) return fail_curve(err);
    for (uint32_t i = 0; i < out->count; i++, *at += (size_t)POINT_WORDS * WORD_BYTES) {
        out->ef[i] = load_u32(bytes.data + *at);
        out->recall[i] = float_of(load_u32(bytes.data + *at + WORD_BYTES));
    }
    return is_sound(out) ? KITH_OK : fail_curve(err);
}

kith_status recall_curve_read(view bytes, recall_curve *out, kith_error *err)
{
    size_t at = (size_t)HEAD_WORDS * WORD_BYTES;
    uint32_t head[HEAD_WORDS];
    if (bytes.size < at) return fail_curve(err);
    for (uint32_t i = 0; i < HEAD_WORDS; i++)
        head[i] = load_u32(bytes.data + (size_t)i * WORD_BYTES);
    recall_curve made = {.queries = head[1], .live = head[2], .rows = head[3], .is_asked = head[4]};
    if (head[0] != LAYOUT || head[2] > head[3] || head[4] > 1 ||
        head[5] != (made.queries ? RECALL_KS : 0))
        return fail_curve(err);
    for (uint32_t i = 0; i < head[5]; i++) {
        kith_status status = read_points(bytes, &at, &made.of[i], err);
        if (status != KITH_OK) return status;
        if (i > 0 && made.of[i].k <= made.of[i - 1].k) return fail_curve(err);
    }
    if (at != bytes.size) return fail_curve(err);
    *out = made;
    return KITH_OK;
}
