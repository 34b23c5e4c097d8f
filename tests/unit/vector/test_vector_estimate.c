/* What an index of so many vectors takes is known before: against the counters of indexes that are
 * built, by component and in all. */
#include "test.h"

#include "vector/vector_estimate.h"
#include "vector/vector_index_private.h"
#include "vectors_for_test.h"

static void assert_close(uint64_t estimated, uint64_t found)
{
    double difference = fabs((double)estimated - (double)found);
    if (difference > 0.05 * (double)found)
        fail_msg("estimated %llu bytes, found %llu", (unsigned long long)estimated,
                 (unsigned long long)found);
}

static vector_index *build(const vector_index_options *options, const vector_set *v)
{
    kith_error err;
    vector_index *ix = NULL;
    uint32_t row;
    assert_ok(vector_index_new(options, &ix, &err));
    for (uint32_t i = 0; i < v->count; i++)
        assert_ok(vector_index_append(ix, vector_of(v, i), &row, &err));
    while (vector_index_unlinked(ix, v->count) > 0)
        assert_ok(vector_index_link(ix, v->count, 512, NULL, NULL, &err));
    return ix;
}

static void check(uint32_t rows, const vector_index_options *options)
{
    kith_error err;
    vector_estimate e;
    vector_set v = clustered_vectors(rows, options->dim, rows);
    vector_index *ix = build(options, &v);
    assert_ok(vector_index_estimate(options, rows, &e, &err));
    assert_close(e.vectors, (uint64_t)rows * vector_index_row_bytes(ix));
    assert_close(e.slots, vector_slots_bytes(&ix->slots));
    assert_close(e.graph, graph_bytes(&ix->graph));
    assert_close(e.codes, row_codes_bytes(&ix->codes));
    assert_close(e.neighbor_codes, coded_graph_bytes(&ix->coded));
    assert_close(e.sign_codes, flat_codes_bytes(&ix->flat));
    assert_close(e.vectors + e.slots + e.graph + e.codes + e.neighbor_codes + e.sign_codes,
                 vector_index_bytes(ix));
    vector_index_free(ix);
    free(v.rows);
}

static void what_an_index_takes_is_estimated_by_component(void **state)
{
    (void)state;
    static const vector_index_options indexes[] = {
        {.metric = KITH_COSINE, .dim = 3},
        {.metric = KITH_SQUARED_L2, .dim = 32, .flat_below = 500},
        {.metric = KITH_COSINE, .dim = 64, .flat_below = 500},
        {.metric = KITH_SQUARED_L2, .dim = 128, .flat_below = 500, .coded_above = 1000},
        {.metric = KITH_INNER_PRODUCT, .dim = 385, .flat_below = 500, .coded_above = 1000},
        {.metric = KITH_COSINE, .dim = 100, .flat_below = 500, .neighbors = 32, .coded_above = 1},
    };
    for (size_t i = 0; i < sizeof indexes / sizeof indexes[0]; i++) {
        check(3001, &indexes[i]);
        check(8192, &indexes[i]);
    }
}

/* Of 4 bits where nothing is limited; a limit is to be kept whatever the rows turn out to need. */
static void codes_of_a_compact_index_are_assumed_short_without_a_limit(void **state)
{
    (void)state;
    enum { ROWS = 10000 };
    kith_error err;
    vector_estimate e;
    vector_index_options options = {.metric = KITH_SQUARED_L2,
                                    .dim = 128,
                                    .flat_below = 500,
                                    .budget = {.is_compact = true, .directory = "."}};
    assert_ok(vector_index_estimate(&options, ROWS, &e, &err));
    assert_int_equal(e.form, VECTOR_COMPACT);
    assert_int_equal(e.codes, ROWS * 72);
    options.budget.bytes = 8 << 20;
    assert_ok(vector_index_estimate(&options, ROWS, &e, &err));
    assert_int_equal(e.form, VECTOR_COMPACT);
    assert_int_equal(e.codes, ROWS * 144);
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    kith_error err;
    vector_estimate e = {.vectors = 7};
    assert_int_equal(vector_index_estimate(&(vector_index_options){.dim = 0}, 1, &e, &err),
                     KITH_ERR_INVALID);
    assert_int_equal(
        vector_index_estimate(&(vector_index_options){.dim = 8}, UINT64_C(1) << 31, &e, &err),
        KITH_ERR_LIMIT);
    assert_int_equal(e.vectors, 7);
    assert_ok(vector_index_estimate(&(vector_index_options){.dim = 8}, 0, &e, &err));
    assert_int_equal(e.vectors + e.graph + e.slots, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_an_index_takes_is_estimated_by_component),
        cmocka_unit_test(codes_of_a_compact_index_are_assumed_short_without_a_limit),
        cmocka_unit_test(what_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
