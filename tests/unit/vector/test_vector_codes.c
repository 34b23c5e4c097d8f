/* Searches that walk codes, against brute force: whatever is appended, linked, removed and filtered,
 * in whatever order; and what codes say about distances. */
#include "test.h"

#include "vector/coded_search.h"
#include "vector/vector_index_private.h"
#include "vectors_for_test.h"

enum { K = 10, DIM = 96, ROWS = 6000 };

static const kith_metric METRICS[] = {KITH_COSINE, KITH_SQUARED_L2, KITH_INNER_PRODUCT};

/* What codes have for 1 - inner product lacks 1, and the product with the centre. */
static double coded_distance(kith_metric metric, const coder *c, const float *query,
                             const float *row)
{
    double distance = naive_distance(metric, query, row, c->vector_dim);
    if (metric != KITH_INNER_PRODUCT) return distance;
    for (uint32_t i = 0; i < c->vector_dim; i++)
        distance += (double)query[i] * (double)c->centre[i];
    return distance - 1;
}

static void check_codes(kith_metric metric, uint32_t dim)
{
    vector_set v = clustered_vectors(40, dim, dim);
    vector_rows rows;
    kith_error err;
    vector_rows_init(&rows, metric, dim);
    assert_ok(vector_rows_reserve(&rows, v.count, &err));
    for (uint32_t i = 0; i < v.count; i++)
        vector_rows_append(&rows, vector_of(&v, i));
    coder *c = coder_new(&rows, NULL, v.count, 7);
    assert_non_null(c);
    assert_int_equal(c->dim % CODES_STEP, 0);
    void *room = aligned_alloc(64, code_query_bytes(c->dim));
    float *work = calloc(c->dim, sizeof *work);
    int8_t *code = calloc(c->dim, 1);
    code_query query;
    coder_prepare(c, vector_rows_at(&rows, 0), room, &query);
    for (uint32_t i = 0; i < v.count; i++) {
        code_size size = coder_encode(c, vector_rows_at(&rows, i), work, code);
        double wanted =
            coded_distance(metric, c, vector_rows_at(&rows, 0), vector_rows_at(&rows, i));
        double length = metric == KITH_INNER_PRODUCT ? sqrt((double)query.square)
                        : metric == KITH_COSINE      ? sqrt(2 * wanted)
                                                     : 2 * sqrt(wanted);
        // Six standard deviations of each coordinate's rounding, and its square.
        double error = 6 * 0.289 * (double)size.step * length +
                       (double)size.step * (double)size.step * c->dim / 6;
        assert_true(fabs((double)code_distance(c, &query, code, size) - wanted) <=
                    error + 1e-4 * ((double)query.square + (double)size.square));
    }
    free(room);
    free(work);
    free(code);
    coder_free(c);
    vector_rows_done(&rows);
    free(v.rows);
}

static void distances_of_codes_are_those_of_vectors_but_for_rounding(void **state)
{
    (void)state;
    static const uint32_t dims[] = {64,  65,  96,  100,  127,  128, 129,
                                    384, 500, 784, 1040, 1536, 4096};
    for (size_t m = 0; m < 3; m++)
        for (size_t i = 0; i < sizeof dims / sizeof dims[0]; i++)
            check_codes(METRICS[m], dims[i]);
}

/* The quotient of the largest code and the largest coordinate overflows a float there. */
static void vectors_of_next_to_nothing_have_codes_of_zeros(void **state)
{
    (void)state;
    static const float sizes[] = {0, 1e-45F, 1e-40F, 3e-37F, 1e-36F};
    vector_set v = clustered_vectors(20, 64, 3);
    vector_rows rows;
    kith_error err;
    vector_rows_init(&rows, KITH_INNER_PRODUCT, 64);
    assert_ok(vector_rows_reserve(&rows, v.count, &err));
    for (uint32_t i = 0; i < v.count; i++)
        vector_rows_append(&rows, vector_of(&v, i));
    coder *c = coder_new(&rows, NULL, v.count, 7);
    assert_non_null(c);
    float *work = calloc(c->dim, sizeof *work);
    int8_t *code = calloc(c->dim, 1);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        float row[64] = {0};
        for (size_t i = 0; i < c->dim; i++)
            c->turned[i] = c->centre[i] = 0; // so that nothing is added to the row
        row[5] = sizes[s];
        code_size size = coder_encode(c, row, work, code);
        assert_true(isfinite(size.step) && isfinite(size.square) && isfinite(size.along));
        for (size_t i = 0; i < c->dim; i++)
            assert_true(code[i] >= -127 && code[i] <= 127);
    }
    free(work);
    free(code);
    coder_free(c);
    vector_rows_done(&rows);
    free(v.rows);
}

/* Hits are live, match, ascend, and have their exact distances. Returns how many of the nearest are
 * among them. */
static uint32_t judge(kith_metric metric, const vector_set *v, const vector_view *seen,
                      const bitset *filter, const float *query, bool *is_by_graph)
{
    kith_error err;
    hit hits[K];
    uint32_t count = 0, found = 0;
    vector_search_plan plan;
    naive_hit *naive = NULL;
    bitset *allowed = all_live(v->count);
    for (uint32_t row = 0; row < v->count; row++)
        if (row >= seen->rows || !bitset_has(seen->live, row) ||
            (filter && !bitset_has(filter, row)))
            bitset_clear(allowed, row);
    uint32_t wanted = naive_search(metric, v, query, allowed, &naive);
    const vector_search search = {.k = K, .filter = filter, .strategy = VECTOR_WALK};
    assert_ok(vector_index_search(seen, query, &search, hits, &count, &plan, &err));
    assert_int_equal(count, wanted < K ? wanted : K);
    *is_by_graph = plan.hops > 0;
    for (uint32_t i = 0; i < count; i++) {
        double distance = naive_distance(metric, vector_of(v, hits[i].id), query, v->dim);
        assert_true(bitset_has(allowed, hits[i].id));
        assert_true(fabs((double)hits[i].distance - distance) <= 1e-4 * (1 + fabs(distance)));
        if (i > 0) assert_true(hit_before(hits[i - 1], hits[i]));
        found += distance <= naive[count - 1].distance + 1e-6;
    }
    assert_true(plan.is_exact ? found == count : true);
    free(naive);
    bitset_free(allowed);
    return found;
}

/* Random turns of appending, linking in slices, removing, and searching, with and without filter. */
static void run_operations(kith_metric metric, uint64_t seed)
{
    kith_error err;
    rng random = {seed};
    vector_set v = clustered_vectors(ROWS, DIM, seed + 1);
    vector_index *ix = NULL;
    const vector_index_options options = {
        .metric = metric, .dim = DIM, .flat_below = 300, .coded_above = 300};
    assert_ok(vector_index_new(&options, &ix, &err));
    bitset *dead = bitset_new(ROWS);
    uint32_t rows = 0, row, searches = 0, found = 0;
    while (rows < ROWS) {
        uint32_t more = 1 + rng_below(&random, 400);
        for (; more > 0 && rows < ROWS; more--, rows++)
            assert_ok(vector_index_append(ix, vector_of(&v, rows), &row, &err));
        for (uint32_t slices = rng_below(&random, 4); slices > 0; slices--)
            assert_ok(vector_index_link(ix, rows, 1 + rng_below(&random, 200), NULL, NULL, &err));
        if (rng_below(&random, 8) == 0) // what was left is linked, and all is coded
            assert_ok(vector_index_link(ix, rows, UINT32_MAX, NULL, NULL, &err));
        for (uint32_t i = 0; i < 20; i++)
            bitset_set(dead, rng_below(&random, rows));
        bitset *live = all_live(rows), *half = bitset_new(rows);
        for (uint32_t i = 0; i < rows; i++) {
            if (bitset_has(dead, i)) bitset_clear(live, i);
            if (rng_below(&random, 2)) bitset_set(half, i);
        }
        vector_view seen = {ix, rows, live, bitset_popcount(live)};
        for (uint32_t i = 0; i < 4; i++) {
            bool by_graph;
            const float *query = vector_of(&v, rng_below(&random, ROWS));
            uint32_t hits = judge(metric, &v, &seen, i % 2 ? half : NULL, query, &by_graph);
            searches += by_graph;
            found += by_graph ? hits : 0;
        }
        bitset_free(live);
        bitset_free(half);
    }
    link_all(ix);
    vector_index_check(ix);
    print_message("seed %llu: recall@10 of %u searches by codes %.4f\n", (unsigned long long)seed,
                  searches, searches ? (double)found / (K * searches) : 1);
    assert_true(searches > 10);
    assert_true(found >= 0.97 * K * searches);
    bitset_free(dead);
    vector_index_free(ix);
    free(v.rows);
}

static void any_order_of_operations_finds_what_brute_force_finds(void **state)
{
    (void)state;
    for (uint32_t m = 0; m < 3; m++)
        run_operations(METRICS[m], 100 + m);
}

/* As boilerplate has it: one text in many documents. */
static void equal_vectors_do_not_hide_each_other_nor_others(void **state)
{
    (void)state;
    enum { COPIES = 60 };
    kith_error err;
    vector_set v = clustered_vectors(ROWS, DIM, 9);
    for (uint32_t i = 1; i < COPIES; i++)
        memcpy(v.rows + (size_t)i * (ROWS / COPIES) * DIM, v.rows, DIM * sizeof(float));
    vector_index *ix = index_of(
        &v, (vector_index_options){.metric = KITH_COSINE, .flat_below = 300, .coded_above = 300});
    vector_view seen = view_of_all(ix, NULL);
    hit hits[COPIES];
    uint32_t count = 0, found = 0;
    const vector_search all = {.k = COPIES, .ef = 400};
    assert_ok(vector_index_search(&seen, vector_of(&v, 0), &all, hits, &count, NULL, &err));
    assert_int_equal(count, COPIES);
    for (uint32_t i = 0; i < COPIES; i++)
        assert_true(hits[i].distance < 1e-5F);
    for (uint32_t row = 1; row < 200; row++) { // each finds itself, or one like it
        const vector_search one = {.k = 1};
        assert_ok(vector_index_search(&seen, vector_of(&v, row), &one, hits, &count, NULL, &err));
        found += hits[0].distance < 1e-5F;
    }
    assert_true(found >= 197);
    vector_index_check(ix);
    vector_index_free(ix);
    free(v.rows);
}

/* Sums of their squares are infinite; a zero vector has no step; one row is far from all others. */
static void vectors_of_any_size_give_k_hits(void **state)
{
    (void)state;
    static const float scales[] = {0, 1e-30F, 1e15F, 3e38F};
    kith_error err;
    for (size_t s = 0; s < sizeof scales / sizeof scales[0]; s++) {
        vector_set v = clustered_vectors(600, DIM, 3);
        for (size_t i = 0; i < (size_t)v.count * DIM; i++)
            if (s == 3 || i / DIM % 7 == 0) v.rows[i] *= scales[s] / 2;
        vector_index *ix =
            index_of(&v, (vector_index_options){
                             .metric = KITH_SQUARED_L2, .flat_below = 300, .coded_above = 300});
        vector_view seen = view_of_all(ix, NULL);
        for (uint32_t i = 0; i < 30; i++) {
            hit hits[K];
            uint32_t count = 0;
            const vector_search search = {.k = K, .ef = K};
            assert_ok(
                vector_index_search(&seen, vector_of(&v, i), &search, hits, &count, NULL, &err));
            assert_int_equal(count, K);
            for (uint32_t j = 0; j < K; j++)
                assert_true(isfinite(hits[j].distance));
        }
        vector_index_check(ix);
        vector_index_free(ix);
        free(v.rows);
    }
}

/* Rows are written anew whenever links change; without a search their places are used again. */
static void places_of_replaced_rows_are_used_again(void **state)
{
    (void)state;
    kith_error err;
    vector_set v = clustered_vectors(2000, DIM, 5);
    vector_index *ix = NULL;
    const vector_index_options options = {.dim = DIM, .flat_below = 300, .coded_above = 300};
    assert_ok(vector_index_new(&options, &ix, &err));
    for (uint32_t i = 0, row; i < v.count; i++) {
        assert_ok(vector_index_append(ix, vector_of(&v, i), &row, &err));
        if (i % 10 == 0) assert_ok(vector_index_link(ix, i + 1, UINT32_MAX, NULL, NULL, &err));
    }
    link_all(ix);
    assert_in_range(ix->coded.places, 2000, 2000 + 1000);
    // A search that never ends keeps what it may be reading, and no more than that is wrong with it.
    uint32_t side = coded_graph_enter(&ix->coded), places = ix->coded.places;
    for (uint32_t i = 0; i < 50; i++) {
        uint32_t row;
        v.rows[(size_t)i * DIM] += 0.01F; // a copy would get no row of codes
        assert_ok(vector_index_append(ix, vector_of(&v, i), &row, &err));
        link_all(ix);
    }
    assert_true(ix->coded.places > places);
    coded_graph_leave(&ix->coded, side);
    vector_index_check(ix);
    vector_index_free(ix);
    free(v.rows);
}

/* A graph that was read has no codes: the linker makes them, slice by slice, and searches answer
 * meanwhile. */
static void a_graph_that_was_read_gets_its_codes_again(void **state)
{
    (void)state;
    kith_error err;
    vector_set v = clustered_vectors(2000, DIM, 6);
    vector_index *ix = index_of(&v, (vector_index_options){.flat_below = 300, .coded_above = 300}),
                 *read = NULL;
    buffer out;
    buffer_init(&out, 64 << 20);
    vector_index_write(ix, &out);
    assert_ok(vector_index_read(buffer_view(&out), &read, &err));
    vector_view seen = view_of_all(read, NULL), before = view_of_all(ix, NULL);
    hit hits[K], same[K];
    uint32_t count, slices = 0;
    vector_search_plan plan;
    const vector_search search = {.k = K, .ef = 20, .strategy = VECTOR_WALK};
    do {
        assert_ok(vector_index_search(&seen, vector_of(&v, 3), &search, hits, &count, &plan, &err));
        assert_string_equal(plan.kind, "graph");
        assert_int_equal(plan.hops, 0);
        assert_ok(vector_index_link(read, v.count, 10, NULL, NULL, &err));
        slices++;
    } while (vector_index_unlinked(read, v.count) > 0);
    assert_true(slices > 5);
    assert_ok(vector_index_search(&seen, vector_of(&v, 3), &search, hits, &count, &plan, &err));
    assert_true(plan.hops > 0);
    assert_ok(vector_index_search(&before, vector_of(&v, 3), &search, same, &count, NULL, &err));
    for (uint32_t i = 0; i < K; i++)
        assert_int_equal(hits[i].id, same[i].id);
    vector_index_check(read);
    buffer_done(&out);
    vector_index_free(read);
    vector_index_free(ix);
    free(v.rows);
}

/* Codes come with the first node above coded_above, then for all nodes, and take their memory then.
 * By default that is where the rows take 32 MiB. */
static void there_are_codes_above_so_many_nodes_only(void **state)
{
    (void)state;
    kith_error err;
    vector_set v = clustered_vectors(1001, DIM, 7);
    vector_index *ix = index_of(&(vector_set){1000, DIM, v.rows},
                                (vector_index_options){.flat_below = 300, .coded_above = 1000});
    hit hits[K];
    uint32_t count, row;
    vector_search_plan plan;
    const vector_search search = {.k = K, .ef = 10, .strategy = VECTOR_WALK};
    vector_view seen = view_of_all(ix, NULL);
    assert_ok(vector_index_search(&seen, vector_of(&v, 3), &search, hits, &count, &plan, &err));
    assert_string_equal(plan.kind, "graph");
    assert_int_equal(plan.hops, 0);
    assert_int_equal(ix->coded.places, 0);
    assert_ok(vector_index_append(ix, vector_of(&v, 1000), &row, &err));
    link_all(ix);
    assert_true(ix->coded.places > 1001);
    seen = view_of_all(ix, NULL);
    assert_ok(vector_index_search(&seen, vector_of(&v, 3), &search, hits, &count, &plan, &err));
    assert_true(plan.hops > 0);
    vector_index_check(ix);
    vector_index_free(ix);
    ix = index_of(&v, (vector_index_options){.flat_below = 300});
    assert_int_equal(vector_index_describe(ix)->coded_above,
                     (32 << 20) / vector_index_row_bytes(ix));
    vector_index_free(ix);
    free(v.rows);
}

static uint32_t group_of_row(const void *context, uint32_t row)
{
    (void)context;
    return row + 1;
}

/* Of few nodes none may be on a level above 0, from which searches take where they begin. */
static void a_graph_of_one_level_is_walked_too(void **state)
{
    (void)state;
    enum { ROWS_HERE = 300, NEIGHBORS = 200, SEEDS = 12 };
    kith_error err;
    vector_set v = clustered_vectors(ROWS_HERE, DIM, 8);
    uint32_t of_one_level = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        vector_index *ix = index_of(&v, (vector_index_options){.metric = KITH_SQUARED_L2,
                                                               .neighbors = NEIGHBORS,
                                                               .flat_below = 1,
                                                               .coded_above = 1,
                                                               .seed = seed});
        vector_view seen = view_of_all(ix, NULL);
        hit hits[1];
        uint32_t count = 0;
        const group_limit groups = {.group_of = group_of_row, .groups = ROWS_HERE, .most = 1};
        vector_search_plan plan;
        for (int grouped = 0; grouped < 2; grouped++) {
            const vector_search search = {
                .k = 1, .ef = 1, .groups = grouped ? &groups : NULL, .strategy = VECTOR_WALK};
            assert_ok(
                vector_index_search(&seen, vector_of(&v, 5), &search, hits, &count, &plan, &err));
            assert_int_equal(count, 1);
            assert_string_equal(plan.kind, "graph");
            assert_true(plan.hops > 0);
        }
        of_one_level += graph_level(&ix->graph, ix->graph.entry) == 0;
        vector_index_check(ix);
        vector_index_free(ix);
    }
    assert_in_range(of_one_level, 1, SEEDS - 1);
    free(v.rows);
}

/* A search that counted the nodes before the entries were written anew, all of them of later nodes. */
static void entries_that_came_after_the_count_are_passed_over(void **state)
{
    (void)state;
    vector_set v = clustered_vectors(2000, DIM, 4);
    vector_index *ix = index_of(&v, (vector_index_options){.flat_below = 300, .coded_above = 300});
    search_scratch_pool pool = {0};
    const search_scratch_size size = {.rows = 2000,
                                      .stride = ix->rows.stride,
                                      .frontier = 40,
                                      .best = 40,
                                      .code_bytes = code_query_bytes(ix->coded.dim)};
    for (uint32_t count = 1; count < 2000; count = count * 2 + 1) {
        search_scratch *s = search_scratch_acquire(&pool, size);
        assert_non_null(s);
        const scan_range all = {0, count, NULL, NULL, &ix->slots};
        uint32_t side = coded_graph_enter(&ix->coded);
        const walk_plan plan = {.mode = WALK_ALL, .candidates = 40};
        assert_true(
            coded_search(&ix->coded, count, vector_rows_at(&ix->rows, 1999), &all, &plan, s));
        coded_graph_leave(&ix->coded, side);
        assert_in_range(s->best.count, 1, count);
        for (uint32_t i = 0; i < s->best.count; i++)
            assert_true(candidate_id(s->best.entries[i]) < count);
        search_scratch_release(&pool, s);
    }
    search_scratch_pool_done(&pool);
    vector_index_free(ix);
    free(v.rows);
}

/* Distances by codes of 8 bits, of rows with rows and with queries, are those of vectors within six standard
 * deviations of what is said of their error; of equal rows they are 0. */
static void distances_of_rows_by_codes_have_the_error_that_is_said(void **state)
{
    (void)state;
    static const uint32_t dims[] = {64, 100, 384, 784, 4096};
    enum { COUNT = 60, EQUAL = 30 };
    for (size_t m = 0; m < 3; m++)
        for (size_t d = 0; d < sizeof dims / sizeof dims[0]; d++) {
            const uint32_t dim = dims[d];
            vector_set v = clustered_vectors(COUNT, dim, dim);
            memcpy(v.rows + (size_t)EQUAL * dim, v.rows, dim * sizeof *v.rows);
            vector_index *ix =
                index_of(&v, (vector_index_options){.metric = METRICS[m], .flat_below = 10});
            row_codes *c = &ix->codes;
            assert_int_equal(row_codes_count(c), COUNT);
            float *work = calloc(c->dim, sizeof *work),
                  *query = calloc(ix->rows.stride, sizeof *query);
            int8_t *code = calloc(c->dim, 1), *unpacked = calloc(c->dim, 1);
            uint32_t ids[COUNT];
            float out[COUNT];
            for (uint32_t i = 0; i < COUNT; i++)
                ids[i] = i;
            vector_rows_prepare(&ix->rows, vector_of(&v, 7), query);
            for (uint32_t from = 0; from <= COUNT; from++) {
                row_probe probe = from < COUNT ? row_codes_probe(c, from, unpacked)
                                               : row_codes_prepare(c, query, work, code);
                const uint32_t row = from < COUNT ? from : 7;
                row_codes_distances(c, &probe, ids, COUNT, out);
                for (uint32_t i = 0; i < COUNT; i++) {
                    double wanted =
                        naive_distance(METRICS[m], vector_of(&v, row), vector_of(&v, i), dim);
                    double length = (double)probe.size.square + (double)row_codes_size(c, i).square;
                    double error = 6 * (double)row_codes_error(c, &probe, i, out[i]);
                    assert_true(fabs((double)out[i] - wanted) <= error + 1e-5 * (1 + length));
                    if (row == i && METRICS[m] != KITH_INNER_PRODUCT) assert_true(out[i] == 0);
                }
                if (row == 0 && METRICS[m] != KITH_INNER_PRODUCT) assert_true(out[EQUAL] == 0);
            }
            free(work);
            free(query);
            free(code);
            free(unpacked);
            vector_index_free(ix);
            free(v.rows);
        }
}

/* Rows of a cluster lie within a step of each other, so that their codes say nothing of their distances. */
static void codes_that_tell_nothing_apart_are_passed_over(void **state)
{
    (void)state;
    enum { COUNT = 3000, QUERIES = 100 };
    for (size_t m = 0; m < 2; m++) {
        kith_error err;
        rng random = {17};
        vector_set tight = clustered_vectors(COUNT, DIM, 31), v = vector_set_new(COUNT, DIM);
        vector_set far = clustered_vectors(4, DIM, 32);
        for (uint32_t row = 0; row < COUNT; row++)
            for (uint32_t i = 0; i < DIM; i++)
                v.rows[(size_t)row * DIM + i] =
                    10 * vector_of(&far, row % 4)[i] + 0.01F * vector_of(&tight, row)[i];
        vector_index *ix =
            index_of(&v, (vector_index_options){.metric = METRICS[m], .flat_below = 300});
        vector_view seen = view_of_all(ix, NULL);
        uint32_t found = 0;
        for (uint32_t q = 0; q < QUERIES; q++) {
            const float *query = vector_of(&v, rng_below(&random, COUNT));
            hit hits[K], exact[K];
            uint32_t count;
            vector_search_plan plan;
            const vector_search search = {.k = K, .ef = 40}, scan = {.k = K, .exact = true};
            assert_ok(vector_index_search(&seen, query, &search, hits, &count, &plan, &err));
            assert_string_equal(plan.kind, "graph");
            assert_ok(vector_index_search(&seen, query, &scan, exact, &count, NULL, &err));
            for (uint32_t i = 0; i < K; i++)
                found += hits[i].distance <= exact[K - 1].distance;
        }
        print_message("recall@10 within clusters of the size of a step: %.3f\n",
                      (double)found / (K * QUERIES));
        assert_true(found >= 0.95 * K * QUERIES);
        vector_index_check(ix);
        vector_index_free(ix);
        free(v.rows);
        free(far.rows);
        free(tight.rows);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_of_rows_by_codes_have_the_error_that_is_said),
        cmocka_unit_test(codes_that_tell_nothing_apart_are_passed_over),
        cmocka_unit_test(a_graph_of_one_level_is_walked_too),
        cmocka_unit_test(entries_that_came_after_the_count_are_passed_over),
        cmocka_unit_test(distances_of_codes_are_those_of_vectors_but_for_rounding),
        cmocka_unit_test(vectors_of_next_to_nothing_have_codes_of_zeros),
        cmocka_unit_test(any_order_of_operations_finds_what_brute_force_finds),
        cmocka_unit_test(equal_vectors_do_not_hide_each_other_nor_others),
        cmocka_unit_test(vectors_of_any_size_give_k_hits),
        cmocka_unit_test(places_of_replaced_rows_are_used_again),
        cmocka_unit_test(a_graph_that_was_read_gets_its_codes_again),
        cmocka_unit_test(there_are_codes_above_so_many_nodes_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
