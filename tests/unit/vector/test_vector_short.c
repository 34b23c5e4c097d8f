/* Codes of 4 bits, which an index has that is compact from its first code on: their distances, their file, and what becomes
 * of them when the index changes its form. */
#include "test.h"

#include "parts_for_test.h"
#include "unnamed_file_for_test.h"
#include "vector/vector_index_private.h"

enum { K = 10 };

static const kith_metric METRICS[] = {KITH_COSINE, KITH_SQUARED_L2, KITH_INNER_PRODUCT};

static vector_index_options short_options(kith_metric metric)
{
    return (vector_index_options){.metric = metric,
                                  .flat_below = 100,
                                  .coded_above = UINT32_MAX,
                                  .seed = 7,
                                  .budget = {.is_compact = true, .directory = "."}};
}

/* What rounding adds to a squared distance on average, of the sizes of both. */
static double mean_addition(uint32_t dim, float a, float b)
{
    return dim * ((double)a * (double)a + (double)b * (double)b) / 12;
}

static void check_distances(kith_metric metric, uint32_t dim)
{
    enum { COUNT = 160, EQUAL = 30 };
    vector_set v = clustered_vectors(COUNT, dim, dim);
    memcpy(v.rows + (size_t)EQUAL * dim, v.rows, dim * sizeof *v.rows);
    vector_index *ix = index_of(&v, short_options(metric));
    const row_codes *c = &ix->codes;
    _Alignas(64) float query[1024], work[1024];
    _Alignas(64) int8_t code[1024];
    uint32_t ids[COUNT];
    float out[COUNT];
    assert_int_equal(row_codes_count(c), COUNT);
    assert_true(c->is_short);
    for (uint32_t i = 0; i < COUNT; i++)
        ids[i] = i;
    vector_rows_prepare(&ix->rows, vector_of(&v, 7), query);
    for (uint32_t from = 0; from <= COUNT; from++) {
        const bool is_query = from == COUNT;
        const row_probe probe =
            is_query ? row_codes_prepare(c, query, work, code) : row_codes_probe(c, from, code);
        const uint32_t row = is_query ? 7 : from;
        row_codes_distances(c, &probe, ids, COUNT, out);
        for (uint32_t i = 0; i < COUNT; i++) {
            const code_size size = row_codes_size(c, i);
            const double wanted = naive_distance(metric, vector_of(&v, row), vector_of(&v, i), dim);
            const double length = (double)probe.size.square + (double)size.square;
            const double error = 6 * (double)row_codes_error(c, &probe, i, out[i]);
            const double added = mean_addition(c->dim, is_query ? 0 : probe.size.step, size.step) *
                                 (metric == KITH_COSINE ? 0.5 : 1);
            assert_true(fabs((double)out[i] - wanted) <= error + added + 1e-5 * (1 + length));
            if (row == i && !is_query && metric != KITH_INNER_PRODUCT) assert_true(out[i] == 0);
        }
        if (row == 0 && metric != KITH_INNER_PRODUCT) assert_true(out[EQUAL] == 0);
    }
    vector_index_free(ix);
    free(v.rows);
}

static void distances_have_the_error_that_is_said(void **state)
{
    (void)state;
    static const uint32_t dims[] = {64, 65, 100, 128, 200, ROW_CODES_SHORT_DIM};
    for (size_t m = 0; m < sizeof METRICS / sizeof METRICS[0]; m++)
        for (size_t d = 0; d < sizeof dims / sizeof dims[0]; d++)
            check_distances(METRICS[m], dims[d]);
}

/* Half the bytes of codes of 8 bits; of longer vectors, or where it was not asked to be compact, an index has these. */
static void only_short_vectors_of_compact_indexes_have_short_codes(void **state)
{
    (void)state;
    kith_error err;
    static const struct {
        uint32_t dim;
        bool is_compact;
        size_t bytes;
    } cases[] = {{128, true, 72},
                 {128, false, 144},
                 {64, true, 40},
                 {ROW_CODES_SHORT_DIM, true, ROW_CODES_SHORT_DIM / 2 + 8},
                 {ROW_CODES_SHORT_DIM + 1, true, ROW_CODES_SHORT_DIM + 32}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        vector_index *ix = NULL;
        vector_index_options options = short_options(KITH_SQUARED_L2);
        options.dim = cases[i].dim;
        options.budget.is_compact = cases[i].is_compact;
        assert_ok(vector_index_new(&options, &ix, &err));
        assert_int_equal(ix->codes.codes.element_bytes, cases[i].bytes);
        vector_index_free(ix);
    }
}

/* Zeros, vectors far below the least step, one coordinate that is all there is, and one that is too long. */
static void extreme_vectors_have_codes_or_say_that_they_have_none(void **state)
{
    (void)state;
    enum { ROWS = 5, DIM = 128 };
    kith_error err;
    vector_rows rows;
    vector_rows_init(&rows, KITH_SQUARED_L2, DIM);
    assert_ok(vector_rows_reserve(&rows, ROWS, &err));
    float vector[DIM] = {0};
    vector_rows_append(&rows, vector);
    for (uint32_t i = 0; i < DIM; i++)
        vector[i] = (float)(i % 7) * 0x1p-120F;
    vector_rows_append(&rows, vector);
    memset(vector, 0, sizeof vector);
    vector[5] = 1000;
    vector_rows_append(&rows, vector);
    vector[5] = 0x1p40F;
    vector_rows_append(&rows, vector);
    vector[5] = 0x1p60F;
    vector_rows_append(&rows, vector);
    row_codes codes;
    const uint32_t slots[] = {0, 1, 2, 3, 4};
    row_codes_init(&codes, &rows, 1, 3, true);
    assert_true(codes.is_short);
    assert_ok(row_codes_begin(&codes, slots, 1, &err));
    assert_ok(row_codes_put(&codes, slots, 4, &err));
    assert_false(row_codes_are_exceeded(&codes));
    int8_t room[DIM];
    float out[4];
    for (uint32_t i = 0; i < 4; i++) {
        const row_probe probe = row_codes_probe(&codes, i, room);
        row_codes_distances(&codes, &probe, slots, 4, out);
        for (uint32_t j = 0; j < 4; j++) {
            const double wanted = naive_distance(KITH_SQUARED_L2, vector_rows_at(&rows, i),
                                                 vector_rows_at(&rows, j), DIM);
            const double step[] = {(double)probe.size.step, (double)row_codes_size(&codes, j).step};
            const double error = 6 * (double)row_codes_error(&codes, &probe, j, out[j]);
            assert_true(fabs((double)out[j] - wanted) <=
                        error + mean_addition(DIM, (float)step[0], (float)step[1]) + 1e-5 * wanted);
            if (i == j) assert_true(out[j] == 0);
        }
    }
    assert_ok(row_codes_put(&codes, slots + 4, 1, &err));
    assert_true(row_codes_are_exceeded(&codes));
    row_codes_done(&codes);
    vector_rows_done(&rows);
}

/* ---- of which length codes are ---- */

static float gaussian(rng *random)
{
    double sum = 0; // of twelve: as good as normal here
    for (int i = 0; i < 12; i++)
        sum += rng_unit(random);
    return (float)(sum - 6);
}

/* Normally distributed around as many centres, which are; each cluster `width` as wide as all of them. */
static vector_set normal_clusters(uint32_t count, uint32_t dim, uint32_t clusters, float width)
{
    rng random = {23};
    vector_set v = vector_set_new(count, dim), centres = vector_set_new(clusters, dim);
    for (size_t i = 0; i < (size_t)clusters * dim; i++)
        centres.rows[i] = gaussian(&random);
    for (uint32_t row = 0; row < count; row++) {
        const float *centre = vector_of(&centres, rng_below(&random, clusters));
        for (uint32_t i = 0; i < dim; i++)
            v.rows[(size_t)row * dim + i] = centre[i] + width * gaussian(&random);
    }
    free(centres.rows);
    return v;
}

/* ---- generations ---- */

static void assert_same_hits(const vector_index *a, const vector_index *b,
                             const vector_set *queries)
{
    const vector_view seen[] = {view_of_all(a, NULL), view_of_all(b, NULL)};
    for (uint32_t q = 0; q < queries->count; q++) {
        kith_error err;
        hit hits[2][K];
        uint32_t counts[2] = {0, 0};
        memset(hits, 0, sizeof hits);
        const vector_search search = {.k = K, .ef = 40, .strategy = VECTOR_WALK};
        for (int i = 0; i < 2; i++)
            assert_ok(vector_index_search(&seen[i], vector_of(queries, q), &search, hits[i],
                                          &counts[i], NULL, &err));
        assert_int_equal(counts[0], K);
        assert_memory_equal(hits[0], hits[1], sizeof hits[0]);
    }
}

static vector_index *open_compact(saved_parts *p)
{
    kith_error err;
    vector_index *ix = NULL;
    vector_index_parts from = sources_of(p);
    p->options.budget = (vector_budget){.is_compact = true, .directory = "."};
    from.vectors = (lazy_source){0};
    from.cold = file_of(&p->vectors.bytes, NULL);
    assert_ok(vector_index_open(&p->options, &from, &ix, &err));
    assert_ok(read_all(ix, &err));
    assert_int_equal(vector_index_form(ix), VECTOR_COMPACT);
    return ix;
}

/* Vectors that a search compares on average. */
static double compared(const vector_index *ix, const vector_set *queries)
{
    kith_error err;
    const vector_view seen = view_of_all(ix, NULL);
    const vector_search search = {.k = K, .ef = K, .strategy = VECTOR_WALK};
    uint64_t sum = 0;
    for (uint32_t q = 0; q < queries->count; q++) {
        hit hits[K];
        uint32_t count;
        vector_search_plan plan;
        assert_ok(
            vector_index_search(&seen, vector_of(queries, q), &search, hits, &count, &plan, &err));
        sum += plan.distances;
    }
    return (double)sum / queries->count;
}

/* Only where vectors lie closer together than codes of 4 bits can tell has a compact index those of 8: then, too, a
 * search reads not many more vectors than it is asked for. */
static void codes_are_as_long_as_the_first_rows_need_them(void **state)
{
    (void)state;
    enum { ROWS = 4000, QUERIES = 200, DIM = 128, FIRST = 2000 };
    static const struct {
        uint32_t clusters;
        float width;
        bool is_short;
    } sets[] = {{1, 1, true}, {80, 0.5F, true}, {80, 0.1F, false}};
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++)
        for (size_t m = 0; m < sizeof METRICS / sizeof METRICS[0]; m++) {
            vector_set v = normal_clusters(ROWS + QUERIES, DIM, sets[i].clusters, sets[i].width);
            const vector_set queries = {QUERIES, DIM, v.rows + (size_t)ROWS * DIM};
            v.count = ROWS;
            vector_index_options options = short_options(METRICS[m]);
            options.flat_below = FIRST - 1;
            vector_index *ix = index_of(&v, options);
            assert_int_equal(ix->codes.is_short, sets[i].is_short);
            assert_int_equal(ix->codes.dim, DIM);
            assert_int_equal(row_codes_code_bytes(&ix->codes), sets[i].is_short ? DIM / 2 : DIM);
            assert_true(compared(ix, &queries) < 40);
            saved_parts p = saved(ix);
            vector_index *back = open_compact(&p);
            assert_int_equal(back->codes.is_short, sets[i].is_short);
            assert_same_hits(ix, back, &queries);
            vector_index_free(ix);
            vector_index_free(back);
            parts_done(&p);
            free(v.rows);
        }
}

/* They share a slot, and no row has ten others. */
/* By codes of 4 bits the k-th is a hit as often as not: more than k are kept. */
static void the_last_of_many_hits_are_found(void **state)
{
    (void)state;
    enum { ROWS = 4000, QUERIES = 50, DIM = 128, MANY = 100, FOUND_PER_MILLE = 975 };
    vector_set v = normal_clusters(ROWS + QUERIES, DIM, 80, 0.5F);
    v.count = ROWS;
    vector_index *ix = index_of(&v, short_options(KITH_SQUARED_L2));
    const vector_view seen = view_of_all(ix, NULL);
    uint32_t found = 0;
    assert_true(ix->codes.is_short);
    for (uint32_t q = 0; q < QUERIES; q++) {
        const float *query = v.rows + (size_t)(ROWS + q) * DIM;
        hit walked[MANY], exact[MANY];
        uint32_t count;
        kith_error err = {0};
        const vector_search walk = {.k = MANY, .ef = MANY, .strategy = VECTOR_WALK};
        const vector_search all = {.k = MANY, .exact = true};
        assert_ok(vector_index_search(&seen, query, &walk, walked, &count, NULL, &err));
        assert_ok(vector_index_search(&seen, query, &all, exact, &count, NULL, &err));
        for (uint32_t i = 0; i < MANY; i++)
            found += walked[i].distance <= exact[MANY - 1].distance;
    }
    assert_true(found * 1000 >= FOUND_PER_MILLE * QUERIES * MANY);
    vector_index_free(ix);
    free(v.rows);
}

static void equal_vectors_have_short_codes(void **state)
{
    (void)state;
    enum { ROWS = 300, DIM = 128 };
    for (uint32_t others = 0; others <= 20; others += 4) {
        vector_set v = normal_clusters(ROWS, DIM, 1, 1);
        for (uint32_t row = others; row < ROWS; row++)
            memcpy(v.rows + (size_t)row * DIM, v.rows, DIM * sizeof *v.rows);
        vector_index *ix = index_of(&v, short_options(KITH_SQUARED_L2));
        assert_true(ix->codes.is_short);
        vector_index_free(ix);
        free(v.rows);
    }
}

static void saved_short_codes_are_searched_and_grow(void **state)
{
    (void)state;
    enum { ROWS = 3000, MORE = 500, DIM = 128 };
    for (size_t m = 0; m < sizeof METRICS / sizeof METRICS[0]; m++) {
        vector_set v = clustered_vectors(ROWS, DIM, 11), queries = clustered_vectors(40, DIM, 11),
                   more = clustered_vectors(MORE, DIM, 12);
        vector_index *ix = index_of(&v, short_options(METRICS[m]));
        saved_parts p = saved(ix);
        vector_index *back = open_compact(&p);
        assert_true(back->codes.is_short);
        assert_int_equal(vector_index_unlinked(back, ROWS), 0);
        assert_same_hits(ix, back, &queries);
        vector_index *const both[] = {ix, back};
        for (int i = 0; i < 2; i++) {
            append_all(both[i], &more);
            link_all(both[i]);
        }
        assert_same_hits(ix, back, &more);
        vector_index_free(ix);
        vector_index_free(back);
        parts_done(&p);
        free(v.rows);
        free(queries.rows);
        free(more.rows);
    }
}

/* In memory codes of 8 bits are made again, from which those of neighbors and of scans are. */
static void what_was_saved_compact_has_long_codes_in_memory(void **state)
{
    (void)state;
    enum { ROWS = 3000, DIM = 128 };
    vector_set v = clustered_vectors(ROWS, DIM, 13), queries = clustered_vectors(40, DIM, 13);
    vector_index *ix = index_of(&v, short_options(KITH_SQUARED_L2));
    saved_parts p = saved(ix);
    p.options.budget = (vector_budget){0};
    p.options.coded_above = 1000;
    vector_index *back = opened(&p);
    kith_error err;
    const vector_view seen = view_of_all(back, NULL);
    hit hits[K];
    uint32_t count = 0;
    for (int is_coded = 0; is_coded < 2; is_coded++) {
        uint32_t found = 0;
        for (uint32_t q = 0; q < queries.count; q++) {
            naive_hit *naive = NULL;
            (void)naive_search(KITH_SQUARED_L2, &v, vector_of(&queries, q), NULL, &naive);
            const vector_search search = {.k = K, .ef = 80, .strategy = VECTOR_WALK};
            assert_ok(vector_index_search(&seen, vector_of(&queries, q), &search, hits, &count,
                                          NULL, &err));
            assert_int_equal(count, K);
            for (uint32_t h = 0; h < K; h++)
                found += (double)hits[h].distance <= naive[K - 1].distance * (1 + 1e-6);
            free(naive);
        }
        assert_true(found >= queries.count * K * 0.98);
        if (is_coded) break;
        assert_int_equal(row_codes_count(&back->codes), 0);
        assert_ok(read_all(back, &err));
        link_all(back);
        assert_false(back->codes.is_short);
        assert_int_equal(row_codes_count(&back->codes), ROWS);
        assert_int_equal(vector_index_coded_rows(back), ROWS);
    }
    vector_index_free(ix);
    vector_index_free(back);
    parts_done(&p);
    free(v.rows);
    free(queries.rows);
}

/* As a generation has them that was saved in memory, or before there were others. */
static void long_codes_stay_long_in_a_compact_index(void **state)
{
    (void)state;
    enum { ROWS = 3000, DIM = 128, MORE = 200 };
    vector_set v = clustered_vectors(ROWS, DIM, 17), queries = clustered_vectors(40, DIM, 17),
               more = clustered_vectors(MORE, DIM, 18);
    vector_index_options options = short_options(KITH_COSINE);
    options.budget = (vector_budget){0};
    vector_index *ix = index_of(&v, options);
    saved_parts p = saved(ix);
    vector_index *back = open_compact(&p);
    assert_false(back->codes.is_short);
    assert_same_hits(ix, back, &queries);
    append_all(back, &more);
    link_all(back);
    assert_int_equal(row_codes_count(&back->codes), ROWS + MORE);
    vector_index_free(ix);
    vector_index_free(back);
    parts_done(&p);
    free(v.rows);
    free(queries.rows);
    free(more.rows);
}

static kith_status read_changed(saved_parts *p, size_t at, uint32_t value, kith_error *err)
{
    vector_index *ix = NULL;
    vector_index_parts from = sources_of(p);
    uint32_t before;
    memcpy(&before, p->codes.bytes.data + at, sizeof before);
    memcpy(p->codes.bytes.data + at, &value, sizeof value);
    from.vectors = (lazy_source){0};
    from.cold = file_of(&p->vectors.bytes, NULL);
    kith_status status = vector_index_open(&p->options, &from, &ix, err);
    if (status == KITH_OK) status = read_all(ix, err);
    vector_index_free(ix);
    memcpy(p->codes.bytes.data + at, &before, sizeof before);
    return status;
}

static void short_codes_that_cannot_be_are_refused(void **state)
{
    (void)state;
    enum { ROWS = 900, DIM = 70, CENTRE = 32, CODES = CENTRE + 4 * DIM, ELEMENT = 48, SIZE = 40 };
    kith_error err;
    vector_set v = clustered_vectors(ROWS, DIM, 19);
    vector_index *ix = index_of(&v, short_options(KITH_SQUARED_L2));
    saved_parts p = saved(ix);
    assert_int_equal(p.codes.bytes.size, CODES + ROWS * ELEMENT);
    const struct {
        size_t at;
        uint32_t value;
    } changes[] = {{0, 1},
                   {0, 3},
                   {12, ELEMENT * 2},
                   {24, ROWS - 1},
                   {CENTRE, 0x7fc00000},
                   {CODES + SIZE, 0x7f800000},
                   {CODES + 7 * ELEMENT + SIZE, 0xbf800000},
                   {CODES + 7 * ELEMENT + SIZE + 4, 0x7fc00000}};
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++)
        assert_status(KITH_ERR_CORRUPT, read_changed(&p, changes[i].at, changes[i].value, &err));
    // All values may be.
    assert_ok(read_changed(&p, CODES + 3 * ELEMENT, 0x80ff0800, &err));
    vector_index_free(ix);
    parts_done(&p);
    free(v.rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_have_the_error_that_is_said),
        cmocka_unit_test(only_short_vectors_of_compact_indexes_have_short_codes),
        cmocka_unit_test(extreme_vectors_have_codes_or_say_that_they_have_none),
        cmocka_unit_test(codes_are_as_long_as_the_first_rows_need_them),
        cmocka_unit_test(the_last_of_many_hits_are_found),
        cmocka_unit_test(equal_vectors_have_short_codes),
        cmocka_unit_test(saved_short_codes_are_searched_and_grow),
        cmocka_unit_test(what_was_saved_compact_has_long_codes_in_memory),
        cmocka_unit_test(long_codes_stay_long_in_a_compact_index),
        cmocka_unit_test(short_codes_that_cannot_be_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
