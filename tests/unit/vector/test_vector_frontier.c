/* The candidates of a walk over rows of codes, against a list of all that was ever offered, kept in order: what comes
 * out, in which order, and where it ends. */
#include "test.h"

#include "base/rng.h"
#include "vector/frontier.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

enum { OFFERED_MAX = 20000 };

/* All that was offered, in order. */
typedef struct model {
    float distances[OFFERED_MAX];
    bool is_gone[OFFERED_MAX];
    uint32_t count;
} model;

static void model_add(model *m, float distance)
{
    uint32_t at = m->count++;
    assert_true(m->count <= OFFERED_MAX);
    for (; at > 0 && m->distances[at - 1] > distance; at--) {
        m->distances[at] = m->distances[at - 1];
        m->is_gone[at] = m->is_gone[at - 1];
    }
    m->distances[at] = distance;
    m->is_gone[at] = false;
}

/* The nearest that is not gone; false: it is not among the `capacity` nearest. */
static bool model_take(model *m, uint32_t capacity, float *distance)
{
    for (uint32_t i = 0; i < m->count && i < capacity; i++) {
        if (m->is_gone[i]) continue;
        m->is_gone[i] = true;
        *distance = m->distances[i];
        return true;
    }
    return false;
}

/* The id is the distance's number, so that what comes out says how far it was. */
static float offered[OFFERED_MAX];

static void offer(frontier *f, model *m, uint32_t capacity, uint32_t number, float distance)
{
    offered[number] = distance;
    model_add(m, distance);
    if (distance < f->bound)
        frontier_add(f, distance, number);
    else // it was right not to want it
        assert_true(m->count > capacity && m->distances[capacity - 1] <= distance);
}

/* One of so many distances from -size / 4 to 3 * size / 4, as far as there are floats. */
static float draw(uint32_t values, double size, rng *random)
{
    const double value = (double)rng_below(random, values) / (double)values - 0.25;
    return (float)fmax(fmin(value * size, (double)FLT_MAX), -(double)FLT_MAX);
}

/* A walk that meets up to `step` nodes at each step, each as far as `draw` says. */
static void walk(uint32_t capacity, uint32_t step, uint32_t values, double size, rng *random)
{
    static model m;
    frontier f = {0};
    uint32_t number = 0;
    m.count = 0;
    assert_true(frontier_reserve(&f, capacity));
    frontier_begin(&f, capacity);
    offer(&f, &m, capacity, number++, 1);
    for (uint32_t hops = 0;; hops++) {
        uint32_t id = 0;
        float wanted = 0, distance = 0;
        const bool is_left = model_take(&m, capacity, &wanted);
        assert_int_equal(frontier_take(&f, &id, &distance), is_left);
        if (!is_left) break;
        assert_true(offered[id] == wanted && distance == wanted);
        frontier_make_room(&f);
        const uint32_t more = rng_below(random, step + 1);
        for (uint32_t i = 0; i < more && number < OFFERED_MAX; i++)
            offer(&f, &m, capacity, number++, draw(values, size, random));
        assert_true(f.count <= f.room && f.gone_count < f.room);
    }
    for (uint32_t rank = 1; rank <= capacity && rank <= m.count; rank++) {
        const float distance = frontier_distance_of(&f, rank);
        assert_true(distance >= m.distances[rank - 1]);
        if (rank < m.count && m.distances[rank] > m.distances[rank - 1] && rank < capacity)
            assert_true(distance < m.distances[rank]);
    }
    assert_true(frontier_distance_of(&f, f.count + f.gone_count + 1) == INFINITY);
    frontier_done(&f);
}

static void what_comes_out_is_the_nearest_until_the_nearest_were_taken(void **state)
{
    (void)state;
    static const uint32_t capacities[] = {1, 2, 7, 20, 64, 333};
    rng random = {5};
    for (uint32_t c = 0; c < sizeof capacities / sizeof *capacities; c++)
        for (uint32_t step = 1; step <= FRONTIER_MORE; step += 5)
            for (uint32_t round = 0; round < 8; round++)
                walk(capacities[c], step, 1 << 24, 1, &random);
}

/* Copies: their distances are equal, more of them than are kept. */
static void equal_distances_end_a_walk_as_others_do(void **state)
{
    (void)state;
    rng random = {6};
    for (uint32_t values = 1; values <= 5; values += 2)
        for (uint32_t capacity = 1; capacity <= 150; capacity += 29)
            walk(capacity, FRONTIER_MORE, values, 1, &random);
}

/* Distances past the range of a float are its ends, and equal. */
static void the_ends_of_the_range_are_distances_as_others_are(void **state)
{
    (void)state;
    rng random = {8};
    for (double size = 1e38; size <= 1e40; size *= 10)
        for (uint32_t values = 3; values <= 3000; values *= 10)
            for (uint32_t capacity = 1; capacity <= 150; capacity += 29)
                walk(capacity, FRONTIER_MORE, values, size, &random);
}

/* Each one nearer than all before: far more are gone to than there is room for. */
static void a_walk_that_comes_nearer_all_the_time_goes_on(void **state)
{
    (void)state;
    enum { CAPACITY = 10, STEPS = 5000 };
    frontier f = {0};
    uint32_t id = 0;
    float distance = 0;
    assert_true(frontier_reserve(&f, CAPACITY));
    frontier_begin(&f, CAPACITY);
    for (uint32_t i = 0; i < STEPS; i++) {
        frontier_make_room(&f);
        assert_true((float)(STEPS - i) < f.bound);
        frontier_add(&f, (float)(STEPS - i), i);
        assert_true(frontier_take(&f, &id, &distance));
        assert_int_equal(id, i);
        assert_true(distance == (float)(STEPS - i));
    }
    assert_false(frontier_take(&f, &id, &distance));
    assert_true(frontier_bytes(&f) > 0);
    frontier_done(&f);
    assert_int_equal(frontier_bytes(&f), 0);
}

/* Scratches are kept for later walks: what a walk takes must not depend on the largest that there was before. */
static void a_walk_keeps_no_more_where_a_wider_one_was_before(void **state)
{
    (void)state;
    enum { CAPACITY = 16, WIDER = 4000, OFFERED = 2000 };
    uint32_t counts[2];
    for (uint32_t turn = 0; turn < 2; turn++) {
        frontier f = {0};
        rng random = {7};
        assert_true(frontier_reserve(&f, turn ? WIDER : CAPACITY));
        const size_t bytes = frontier_bytes(&f);
        assert_true(frontier_reserve(&f, CAPACITY));
        frontier_begin(&f, CAPACITY);
        for (uint32_t i = 0; i < OFFERED; i++) {
            frontier_make_room(&f);
            frontier_add(&f, (float)rng_below(&random, 1 << 24), i);
        }
        counts[turn] = f.count;
        assert_true(f.bound < INFINITY);
        assert_int_equal(frontier_bytes(&f), bytes);
        frontier_begin(&f, CAPACITY);
        assert_int_equal(f.count, 0);
        frontier_done(&f);
    }
    assert_int_equal(counts[0], counts[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_out_is_the_nearest_until_the_nearest_were_taken),
        cmocka_unit_test(equal_distances_end_a_walk_as_others_do),
        cmocka_unit_test(the_ends_of_the_range_are_distances_as_others_are),
        cmocka_unit_test(a_walk_that_comes_nearer_all_the_time_goes_on),
        cmocka_unit_test(a_walk_keeps_no_more_where_a_wider_one_was_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
