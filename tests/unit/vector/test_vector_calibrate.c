/* Tests of the measured recall: that a curve keeps what it says for queries that it was not measured by, against the
 * naive search; how a number of candidates follows from it; and that its bytes are believed in nothing. */
#include "test.h"

#include "vector/calibrate.h"
#include "vector/vector_index_private.h"
#include "vectors_for_test.h"

enum { ROWS = 6000, DIM = 64, QUERIES = 200, MEASURED = 256, FLAT_BELOW = 1000 };

/* Vectors and queries of one distribution; no query is a row. */
typedef struct fixture {
    vector_set all, rows, queries;
    vector_index *ix;
    recall_curve curve;
} fixture;

static int setup(void **state)
{
    kith_error err;
    fixture *f = calloc(1, sizeof *f);
    f->all = clustered_vectors(ROWS + QUERIES, DIM, 5);
    f->rows = (vector_set){ROWS, DIM, f->all.rows};
    f->queries = (vector_set){QUERIES, DIM, f->all.rows + (size_t)ROWS * DIM};
    f->ix = index_of(&f->rows, (vector_index_options){.metric = KITH_SQUARED_L2,
                                                      .flat_below = FLAT_BELOW,
                                                      .neighbors = 4});
    const vector_view seen = view_of_all(f->ix, NULL);
    *state = f;
    return vector_calibrate(&seen, &(calibration){.count = MEASURED, .seed = 3}, &f->curve, &err) ==
                   KITH_OK
               ? 0
               : -1;
}

static int teardown(void **state)
{
    fixture *f = *state;
    vector_index_free(f->ix);
    free(f->all.rows);
    free(f);
    return 0;
}

/* Of walks for k of the held-out queries that keep `ef` candidates, by the naive search. */
static double recall_of(const fixture *f, uint32_t k, uint32_t ef)
{
    kith_error err;
    uint32_t found = 0;
    const vector_view seen = view_of_all(f->ix, NULL);
    for (uint32_t i = 0; i < QUERIES; i++) {
        hit hits[100];
        uint32_t count = 0;
        naive_hit *truth = NULL;
        const vector_search search = {.k = k, .ef = ef, .strategy = VECTOR_WALK};
        assert_ok(vector_index_search(&seen, vector_of(&f->queries, i), &search, hits, &count, NULL,
                                      &err));
        (void)naive_search(KITH_SQUARED_L2, &f->rows, vector_of(&f->queries, i), NULL, &truth);
        for (uint32_t n = 0; n < count; n++)
            for (uint32_t t = 0; t < k; t++)
                found += truth[t].row == hits[n].id;
        free(truth);
    }
    return (double)found / (QUERIES * k);
}

static void a_target_is_kept_for_queries_that_are_no_rows(void **state)
{
    const fixture *f = *state;
    static const double targets[] = {0.9, 0.95, 0.99};
    static const uint32_t ks[] = {1, 5, 10, 40};
    for (size_t t = 0; t < sizeof targets / sizeof targets[0]; t++)
        for (size_t i = 0; i < sizeof ks / sizeof ks[0]; i++) {
            uint32_t ef = recall_curve_ef(&f->curve, ks[i], targets[t]);
            double recall = ef ? recall_of(f, ks[i], ef) : 1;
            print_message("k %u, target %.3f: ef %u, recall %.4f\n", ks[i], targets[t], ef, recall);
            // 200 queries for one hit are known to 0.02 or so.
            assert_true(recall >= targets[t] - (ks[i] == 1 ? 0.025 : 0.01));
        }
}

static void more_is_kept_for_more_recall_and_for_more_hits(void **state)
{
    const fixture *f = *state;
    uint32_t before = 0;
    for (double target = 0.5; target < 0.995; target += 0.01) {
        uint32_t ef = recall_curve_ef(&f->curve, 10, target);
        assert_true(ef == 0 || ef >= before);
        if (ef == 0) break;
        before = ef;
        assert_true(ef >= 10 && ef <= RECALL_EF_MAX);
    }
    assert_true(before > 10);
    before = 0;
    for (uint32_t k = 1; k <= 300; k++) {
        uint32_t ef = recall_curve_ef(&f->curve, k, 0.9);
        assert_true(ef >= before);
        before = ef;
    }
}

/* A row that searched for itself with its node in the graph would find itself, and so its neighbors, at once. */
static void a_hidden_row_is_not_met(void **state)
{
    const fixture *f = *state;
    kith_error err;
    const vector_view seen = view_of_all(f->ix, NULL);
    for (uint32_t row = 0; row < ROWS; row += 97) {
        hit hits[10];
        uint32_t count = 0;
        const vector_search search = {
            .k = 10, .ef = 64, .strategy = VECTOR_WALK, .hidden = row + 1};
        // A walk may begin at those above level 0; slots are rows, since none was removed.
        if (graph_level(&f->ix->graph, row) > 0) continue;
        assert_ok(vector_index_search(&seen, vector_of(&f->rows, row), &search, hits, &count, NULL,
                                      &err));
        for (uint32_t i = 0; i < count; i++)
            assert_int_not_equal(hits[i].id, row);
    }
    assert_false(f->curve.is_asked);
    assert_int_equal(f->curve.queries, MEASURED);
    assert_int_equal(f->curve.live, ROWS);
}

static void what_no_walk_reaches_has_no_candidates(void **state)
{
    (void)state;
    recall_curve c = {.queries = 1};
    for (uint32_t i = 0, k = 1; i < RECALL_KS; i++, k *= 10)
        c.of[i] = (recall_points){.k = k, .count = 2, .ef = {k, 4 * k}, .recall = {0.5F, 0.9F}};
    assert_int_equal(recall_curve_ef(&c, 10, 0.95), 0);
    assert_int_equal(recall_curve_ef(&c, 10, 0.4), 10);
    assert_int_equal(recall_curve_ef(&c, 10, 0.9), 40);
    // Half of the logarithm of what is missing: 0.5 to 0.1 by way of sqrt(0.05).
    assert_in_range(recall_curve_ef(&c, 10, 1 - sqrt(0.05)), 20, 21);
    assert_int_equal(recall_curve_ef(&c, 1000, 0.9), 4000); // in proportion to the largest k
    assert_int_equal(recall_curve_ef(&c, 5000, 0.9), 0);    // above what may be kept
}

static void queries_that_were_asked_may_measure_it(void **state)
{
    const fixture *f = *state;
    kith_error err;
    recall_curve curve;
    const vector_view seen = view_of_all(f->ix, NULL);
    assert_ok(vector_calibrate(&seen, &(calibration){.queries = f->queries.rows, .count = QUERIES},
                               &curve, &err));
    assert_true(curve.is_asked);
    assert_true(curve.of[1].count > 1);
    // All of them measure the curve for one hit, so it says just what these queries find.
    assert_float_equal(curve.of[0].recall[2], recall_of(f, 1, curve.of[0].ef[2]), 1e-6);
}

static int stop_at_once(void *context)
{
    (void)context;
    return 1;
}

/* Vectors of no structure, of which a walk with the candidates of the default misses many. */
static void set_up_hard(fixture *f)
{
    rng random = {11};
    f->all = vector_set_new(ROWS + QUERIES, DIM);
    for (size_t i = 0; i < (size_t)(ROWS + QUERIES) * DIM; i++)
        f->all.rows[i] = (float)rng_unit(&random) - 0.5F;
    f->rows = (vector_set){ROWS, DIM, f->all.rows};
    f->queries = (vector_set){QUERIES, DIM, f->all.rows + (size_t)ROWS * DIM};
    f->ix = index_of(&f->rows, (vector_index_options){.metric = KITH_SQUARED_L2,
                                                      .flat_below = FLAT_BELOW,
                                                      .neighbors = 6});
}

static void a_sketch_of_few_queries_knows_what_hard_vectors_need(void **state)
{
    enum { FEW = 48 };
    (void)state;
    kith_error err;
    fixture f;
    recall_curve sketch;
    set_up_hard(&f);
    const vector_view seen = view_of_all(f.ix, NULL);
    const calibration how = {.count = FEW, .seed = 3, .is_sketch = true};
    assert_ok(vector_calibrate(&seen, &how, &sketch, &err));
    assert_int_equal(sketch.queries, FEW);
    assert_int_equal(sketch.of[1].ef[0],
                     vector_search_candidates(10)); // nothing below is asked for
    const uint32_t ef = recall_curve_ef(&sketch, 10, 0.97);
    const double before = recall_of(&f, 10, vector_search_candidates(10));
    const double now = ef ? recall_of(&f, 10, ef) : 1;
    print_message("by default %.3f, with %u candidates %.3f\n", before, ef, now);
    assert_true(before < 0.9); // or the test shows nothing
    assert_true(now >= 0.95);
    vector_index_free(f.ix);
    free(f.all.rows);
}

/* Walks that cost more than a scan are not measured on and on: what they find is of no use. */
static void a_measurement_ends_where_a_scan_is_cheaper(void **state)
{
    (void)state;
    kith_error err;
    fixture f;
    recall_curve curve;
    set_up_hard(&f);
    const vector_view seen = view_of_all(f.ix, NULL);
    assert_ok(vector_calibrate(&seen, &(calibration){.count = 64, .seed = 3}, &curve, &err));
    for (uint32_t i = 0; i < RECALL_KS; i++) {
        const recall_points *p = &curve.of[i];
        assert_true(p->count > 1);
        assert_true(p->ef[p->count - 1] <= ROWS / 16);
    }
    vector_index_free(f.ix);
    free(f.all.rows);
}

static void a_measurement_can_be_ended(void **state)
{
    const fixture *f = *state;
    kith_error err;
    recall_curve curve = {.queries = 77};
    const vector_view seen = view_of_all(f->ix, NULL);
    const call_limit limit = {.is_cancelled = stop_at_once};
    assert_status(
        KITH_ERR_CANCELLED,
        vector_calibrate(&seen, &(calibration){.count = 8, .limit = &limit}, &curve, &err));
    assert_int_equal(curve.queries, 77);
}

static void an_index_without_a_graph_is_not_measured(void **state)
{
    (void)state;
    kith_error err;
    recall_curve curve;
    vector_set few = clustered_vectors(100, DIM, 1);
    vector_index *ix = index_of(&few, (vector_index_options){.metric = KITH_COSINE});
    const vector_view seen = view_of_all(ix, NULL);
    assert_status(KITH_ERR_INVALID,
                  vector_calibrate(&seen, &(calibration){.count = 8}, &curve, &err));
    vector_index_free(ix);
    free(few.rows);
}

static void a_curve_is_written_and_read(void **state)
{
    const fixture *f = *state;
    kith_error err;
    recall_curve back;
    buffer bytes;
    buffer_init(&bytes, 1 << 16);
    recall_curve_write(&f->curve, &bytes);
    assert_ok(recall_curve_read(buffer_view(&bytes), &back, &err));
    for (uint32_t k = 1; k < 200; k += 7)
        assert_int_equal(recall_curve_ef(&back, k, 0.93), recall_curve_ef(&f->curve, k, 0.93));
    assert_int_equal(back.live, f->curve.live);
    buffer_done(&bytes);
    buffer_init(&bytes, 1 << 16);
    recall_curve_write(&(recall_curve){0}, &bytes); // of an index that was not measured
    assert_ok(recall_curve_read(buffer_view(&bytes), &back, &err));
    assert_int_equal(back.queries, 0);
    buffer_done(&bytes);
}

/* Each byte replaced by others, and each length: nothing but a curve whose numbers ascend within their ranges is read. */
static void bytes_that_are_no_curve_are_refused_or_sound(void **state)
{
    const fixture *f = *state;
    kith_error err;
    buffer bytes;
    buffer_init(&bytes, 1 << 16);
    recall_curve_write(&f->curve, &bytes);
    const view all = buffer_view(&bytes);
    char *copy = malloc(all.size);
    assert_non_null(copy);
    for (size_t size = 0; size < all.size; size++) {
        recall_curve back;
        assert_status(KITH_ERR_CORRUPT, recall_curve_read(view_slice(all, 0, size), &back, &err));
    }
    for (size_t at = 0; at < all.size; at++)
        for (int bit = 0; bit < 8; bit++) {
            recall_curve back;
            memcpy(copy, all.data, all.size);
            copy[at] = (char)(copy[at] ^ (1 << bit));
            if (recall_curve_read((view){copy, all.size}, &back, &err) != KITH_OK) continue;
            if (back.queries == 0) continue;
            for (uint32_t k = 1; k <= 100000; k *= 10)
                assert_true(recall_curve_ef(&back, k, 0.99) <= RECALL_EF_MAX);
        }
    free(copy);
    buffer_done(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_target_is_kept_for_queries_that_are_no_rows),
        cmocka_unit_test(more_is_kept_for_more_recall_and_for_more_hits),
        cmocka_unit_test(a_hidden_row_is_not_met),
        cmocka_unit_test(what_no_walk_reaches_has_no_candidates),
        cmocka_unit_test(queries_that_were_asked_may_measure_it),
        cmocka_unit_test(a_sketch_of_few_queries_knows_what_hard_vectors_need),
        cmocka_unit_test(a_measurement_ends_where_a_scan_is_cheaper),
        cmocka_unit_test(a_measurement_can_be_ended),
        cmocka_unit_test(an_index_without_a_graph_is_not_measured),
        cmocka_unit_test(a_curve_is_written_and_read),
        cmocka_unit_test(bytes_that_are_no_curve_are_refused_or_sound),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
