/* Choosing against the definition: every step looks at all candidates and all choices anew. */
#include "test.h"

#include "base/rng.h"
#include "db/choose.h"

#include <math.h>
#include <stdbool.h>

enum { MOST = 40, DIM = 5 };

typedef struct sample {
    choose_candidate candidates[MOST];
    float vectors[MOST][DIM];
    uint32_t count;
} sample;

static void draw(sample *s, rng *r)
{
    s->count = 1 + rng_below(r, MOST);
    for (uint32_t i = 0; i < s->count; i++) {
        double squares = 0;
        for (int d = 0; d < DIM; d++) {
            s->vectors[i][d] = (float)rng_unit(r) - 0.5F;
            squares += (double)s->vectors[i][d] * (double)s->vectors[i][d];
        }
        for (int d = 0; d < DIM; d++)
            s->vectors[i][d] = (float)((double)s->vectors[i][d] / sqrt(squares));
        s->candidates[i] = (choose_candidate){.document = rng_below(r, 5),
                                              .relevance = 1.0F - (float)i / (float)s->count,
                                              .vector = s->vectors[i]};
    }
}

static double likeness(const sample *s, uint32_t a, uint32_t b)
{
    double dot = 0;
    for (int d = 0; d < DIM; d++)
        dot += (double)s->vectors[a][d] * (double)s->vectors[b][d];
    return dot;
}

static bool may_follow(const sample *s, uint32_t i, const uint32_t *chosen, uint32_t count,
                       uint32_t per_document)
{
    uint32_t same = 0;
    for (uint32_t n = 0; n < count; n++) {
        if (chosen[n] == i) return false;
        same += s->candidates[chosen[n]].document == s->candidates[i].document;
    }
    return per_document == 0 || s->candidates[i].document == 0 || same < per_document;
}

static double worth(const sample *s, uint32_t i, const uint32_t *chosen, uint32_t count, double d)
{
    double most = count ? -2 : 0;
    for (uint32_t n = 0; n < count; n++)
        most = fmax(most, likeness(s, i, chosen[n]));
    return (1 - d) * (double)s->candidates[i].relevance - d * most;
}

static void every_choice_is_the_best_that_is_allowed(void **state)
{
    (void)state;
    rng r = {5};
    for (int round = 0; round < 500; round++) {
        sample s;
        kith_error err;
        uint32_t chosen[MOST], count = 0;
        draw(&s, &r);
        choose_options o = {.k = 1 + rng_below(&r, MOST),
                            .per_document = rng_below(&r, 4),
                            .diversity = round % 3 ? (float)rng_below(&r, 11) / 10.0F : 0};
        assert_ok(choose_hits(s.candidates, s.count, DIM, &o, chosen, &count, &err));
        for (uint32_t n = 0; n < count; n++) {
            assert_true(may_follow(&s, chosen[n], chosen, n, o.per_document));
            double mine = worth(&s, chosen[n], chosen, n, (double)o.diversity);
            for (uint32_t i = 0; i < s.count; i++)
                if (may_follow(&s, i, chosen, n, o.per_document))
                    assert_true(worth(&s, i, chosen, n, (double)o.diversity) <= mine + 1e-5);
        }
        for (uint32_t i = 0; i < s.count && count < o.k; i++)
            assert_false(may_follow(&s, i, chosen, count, o.per_document));
        assert_true(count <= o.k);
    }
}

static void without_diversity_the_order_stays(void **state)
{
    (void)state;
    kith_error err;
    uint32_t chosen[5], count = 0;
    choose_candidate c[] = {
        {7, 1, NULL}, {7, 0.9F, NULL}, {0, 0.8F, NULL}, {7, 0.7F, NULL}, {2, 0.6F, NULL}};
    assert_ok(
        choose_hits(c, 5, 0, &(choose_options){.k = 5, .per_document = 1}, chosen, &count, &err));
    assert_int_equal(count, 3);
    assert_int_equal(chosen[0], 0);
    assert_int_equal(chosen[1], 2);
    assert_int_equal(chosen[2], 4);
    assert_ok(choose_hits(c, 0, 0, &(choose_options){.k = 5}, chosen, &count, &err));
    assert_int_equal(count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_choice_is_the_best_that_is_allowed),
        cmocka_unit_test(without_diversity_the_order_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
