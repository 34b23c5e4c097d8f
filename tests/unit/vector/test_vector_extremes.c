/* Vectors whose squares leave the range of a float, or of what codes hold, against brute force in double. */
#include "test.h"

#include "parts_for_test.h"
#include "vector/vector_index_private.h"

#include <float.h>

enum { K = 10, DIM = 64, ROWS = 1500, QUERIES = 20, NO_SIGNS = 1000000 };

/* Distances past FLT_MAX are all FLT_MAX: no two of them are told apart. */
static double saturated(double distance)
{
    return fmax(fmin(distance, (double)FLT_MAX), -(double)FLT_MAX);
}

/* Of a sum of floats: a share of what it is made of. */
static double error_of(kith_metric metric, const float *a, const float *b, uint32_t dim,
                       double distance)
{
    double aa = 0, bb = 0;
    for (uint32_t i = 0; i < dim; i++) {
        aa += (double)a[i] * (double)a[i];
        bb += (double)b[i] * (double)b[i];
    }
    const double made_of = metric == KITH_INNER_PRODUCT ? 1 + sqrt(aa) * sqrt(bb)
                           : metric == KITH_COSINE      ? 1
                                                        : fabs(distance);
    return 1e-5 * fmin(made_of, (double)FLT_MAX) + 1e-43;
}

/* Hits have the right distances; returns how many are among the K nearest. */
static uint32_t count_right(kith_metric metric, const vector_set *v, const vector_index *ix,
                            const float *query, double last, vector_strategy strategy)
{
    kith_error err;
    hit hits[K];
    uint32_t count = 0, right = 0;
    vector_search_plan plan;
    const vector_view all = view_of_all(ix, NULL);
    const vector_search search = {.k = K, .strategy = strategy, .errors_open = 3};
    assert_ok(vector_index_search(&all, query, &search, hits, &count, &plan, &err));
    assert_int_equal(count, K);
    for (uint32_t i = 0; i < count; i++) {
        const double is =
            saturated(naive_distance(metric, vector_of(v, hits[i].id), query, v->dim));
        assert_true(fabs((double)hits[i].distance - is) <=
                    error_of(metric, vector_of(v, hits[i].id), query, v->dim, is));
        right += is <= last + error_of(metric, vector_of(v, hits[i].id), query, v->dim, last);
    }
    return right;
}

/* The K-th smallest distance. */
static double last_distance(kith_metric metric, const vector_set *v, const float *query)
{
    naive_hit *naive = NULL;
    (void)naive_search(metric, v, query, NULL, &naive);
    const double last = saturated(naive[K - 1].distance);
    free(naive);
    return last;
}

/* Queries are rows, a little apart from them. */
static void check_recall(kith_metric metric, const vector_set *v, uint32_t coded_above,
                         const char *what)
{
    uint32_t right[VECTOR_STRATEGIES] = {0};
    vector_index *ix = index_of(
        v, (vector_index_options){
               .metric = metric, .flat_below = 100, .coded_above = coded_above, .seed = 5});
    for (uint32_t i = 0; i < QUERIES; i++) {
        float query[DIM];
        const float *near = vector_of(v, i * (v->count - 1) / (QUERIES - 1));
        for (uint32_t d = 0; d < DIM; d++)
            query[d] = near[d] * (d % 2 ? 1.001F : 0.999F);
        const double last = last_distance(metric, v, query);
        for (vector_strategy s = VECTOR_PLANNED; s < VECTOR_STRATEGIES; s++)
            right[s] += count_right(metric, v, ix, query, last, s);
    }
    for (vector_strategy s = VECTOR_PLANNED; s < VECTOR_STRATEGIES; s++) {
        // A graph by inner products leads to the longest vectors; planned searches may walk it.
        const bool is_exact = s == VECTOR_SCAN || s == VECTOR_SCAN_CODES;
        const uint32_t percent = is_exact ? 99 : metric == KITH_INNER_PRODUCT ? 60 : 90;
        if (right[s] * 100 < QUERIES * K * percent)
            print_error("%s, metric %d, coded above %u, strategy %d: %u of %d right\n", what,
                        (int)metric, coded_above, (int)s, right[s], QUERIES * K);
        assert_true(right[s] * 100 >= QUERIES * K * percent);
    }
    vector_index_check(ix);
    vector_index_free(ix);
}

static void scale(vector_set *v, uint32_t first, uint32_t end, float by, float add)
{
    for (size_t i = (size_t)first * v->dim; i < (size_t)end * v->dim; i++)
        v->rows[i] = v->rows[i] * by + add;
}

static void check_both(kith_metric metric, const vector_set *v, const char *what)
{
    check_recall(metric, v, 200, what);
    check_recall(metric, v, NO_SIGNS, what);
}

static void squares_past_the_largest_float_hide_nothing(void **state)
{
    (void)state;
    static const float sizes[] = {1e17F, 3e18F, 1e19F, 1e20F};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        vector_set v = clustered_vectors(ROWS, DIM, 17 + i);
        scale(&v, 0, ROWS / 2, 1, 0);
        scale(&v, ROWS / 2, ROWS, sizes[i] / 100, sizes[i]);
        check_both(KITH_SQUARED_L2, &v, "half of them huge");
        check_both(KITH_INNER_PRODUCT, &v, "half of them huge");
        check_both(KITH_COSINE, &v, "half of them huge");
        free(v.rows);
    }
}

static void a_few_huge_vectors_at_the_end_hide_nothing(void **state)
{
    (void)state;
    vector_set v = clustered_vectors(ROWS, DIM, 23);
    scale(&v, ROWS - 20, ROWS, 1e18F, 1e20F);
    check_both(KITH_SQUARED_L2, &v, "the last huge");
    check_both(KITH_INNER_PRODUCT, &v, "the last huge");
    free(v.rows);
}

static void a_huge_query_is_compared_with_vectors(void **state)
{
    (void)state;
    vector_set v = clustered_vectors(ROWS, DIM, 29);
    scale(&v, 0, ROWS, 1e6F, 0);
    for (int m = 0; m < 2; m++) {
        const kith_metric metric = m ? KITH_INNER_PRODUCT : KITH_SQUARED_L2;
        vector_index *ix = index_of(&v, (vector_index_options){.metric = metric,
                                                               .flat_below = 100,
                                                               .coded_above = m ? 200 : NO_SIGNS,
                                                               .seed = 5});
        for (vector_strategy s = VECTOR_PLANNED; s < VECTOR_STRATEGIES; s++) {
            float query[DIM];
            for (uint32_t d = 0; d < DIM; d++)
                query[d] = vector_of(&v, 7)[d] * 3e10F;
            const double last = last_distance(metric, &v, query);
            assert_true(count_right(metric, &v, ix, query, last, s) >= (s < VECTOR_WALK ? K : 1));
        }
        vector_index_free(ix);
    }
    free(v.rows);
}

/* Are rows of that size, of which the last is `last`, too long for codes? */
static bool are_exceeded(kith_metric metric, float size, float last)
{
    kith_error err;
    vector_set v = clustered_vectors(40, DIM, 31);
    vector_rows rows;
    row_codes codes, back;
    page_file file = {.bad_page = NO_PAGE};
    lazy_damage damage;
    uint32_t slots[40];
    scale(&v, 0, 39, size, size);
    scale(&v, 39, 40, last, last);
    vector_rows_init(&rows, metric, DIM);
    assert_ok(vector_rows_reserve(&rows, v.count, &err));
    for (uint32_t i = 0; i < v.count; i++) {
        vector_rows_append(&rows, vector_of(&v, i));
        slots[i] = i;
    }
    row_codes_init(&codes, &rows, 20, 3, false);
    row_codes_init(&back, &rows, 20, 3, false);
    buffer_init(&file.bytes, 1 << 20);
    lazy_damage_init(&damage);
    assert_ok(row_codes_begin(&codes, slots, 20, &err));
    assert_ok(row_codes_put(&codes, slots, v.count, &err));
    row_codes_write(&codes, &file.bytes);
    const lazy_source from = source_of(&file);
    lazy_part *part = lazy_part_new(&from, &damage);
    assert_non_null(part);
    assert_ok(row_codes_open(&back, part, v.count, &err));
    const bool result = row_codes_are_exceeded(&codes);
    assert_int_equal(row_codes_are_exceeded(&back), result);
    assert_int_equal(row_codes_fit(&back, vector_rows_at(&rows, 39)), !result);
    lazy_part_free(part);
    lazy_damage_done(&damage);
    row_codes_done(&codes);
    row_codes_done(&back);
    buffer_done(&file.bytes);
    vector_rows_done(&rows);
    free(v.rows);
    return result;
}

static void codes_know_when_they_say_nothing_also_when_they_were_read(void **state)
{
    (void)state;
    assert_false(are_exceeded(KITH_SQUARED_L2, 1, 1e10F));
    assert_false(are_exceeded(KITH_SQUARED_L2, 1e13F, 1e13F));
    assert_true(are_exceeded(KITH_SQUARED_L2, 1, 1e19F));
    assert_true(are_exceeded(KITH_SQUARED_L2, 3e37F, -3e37F));
    assert_false(are_exceeded(KITH_INNER_PRODUCT, 1, 1));
    assert_true(are_exceeded(KITH_INNER_PRODUCT, 1e19F, 1e19F));
    assert_false(are_exceeded(KITH_COSINE, 3e37F, -3e37F));
}

static void squares_next_to_zero_hide_nothing(void **state)
{
    (void)state;
    static const float sizes[] = {1e-8F, 1e-12F, 1e-15F, 1e-17F};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        vector_set v = clustered_vectors(ROWS, DIM, 37 + i);
        scale(&v, 0, ROWS, sizes[i], 0);
        char name[40];
        snprintf(name, sizeof name, "of size %g", (double)sizes[i]);
        check_both(KITH_SQUARED_L2, &v, name);
        free(v.rows);
    }
}

static void one_far_vector_among_the_first_blinds_no_walk(void **state)
{
    (void)state;
    static const float sizes[] = {1e3F, 1e5F, 1e10F, 1e16F};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        vector_set v = clustered_vectors(ROWS, DIM, 41 + i);
        scale(&v, 50, 51, sizes[i], sizes[i]);
        check_both(KITH_SQUARED_L2, &v, "one far one");
        free(v.rows);
    }
}

static void vectors_that_come_from_far_later_are_found(void **state)
{
    (void)state;
    static const float offsets[] = {10, 100, 1000, 10000};
    for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++) {
        vector_set v = clustered_vectors(3 * ROWS, DIM, 43 + i);
        scale(&v, 2 * ROWS, 3 * ROWS, 1, offsets[i]);
        check_both(KITH_SQUARED_L2, &v, "a far cluster");
        free(v.rows);
        v = clustered_vectors(3 * ROWS, DIM, 47 + i);
        scale(&v, 2 * ROWS, 3 * ROWS, offsets[i], 0);
        check_both(KITH_SQUARED_L2, &v, "longer ones");
        free(v.rows);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(squares_past_the_largest_float_hide_nothing),
        cmocka_unit_test(a_few_huge_vectors_at_the_end_hide_nothing),
        cmocka_unit_test(a_huge_query_is_compared_with_vectors),
        cmocka_unit_test(codes_know_when_they_say_nothing_also_when_they_were_read),
        cmocka_unit_test(squares_next_to_zero_hide_nothing),
        cmocka_unit_test(one_far_vector_among_the_first_blinds_no_walk),
        cmocka_unit_test(vectors_that_come_from_far_later_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
