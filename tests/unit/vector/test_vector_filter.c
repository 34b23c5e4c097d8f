/* Filtered searches, by every strategy, held against brute force: filters at random and filters that
 * go with the query or against it, from one row that matches to all, beside removed rows, whose
 * slots others have taken, rows that are not linked yet and views of before. Whatever the strategy: k hits whenever so many match, all
 * of them pass, distances are those of the vectors. And nearly all of the nearest are found. */
#include "test.h"

#include "vector/listed_codes.h"
#include "vector/row_scan.h"
#include "vector/vector_index_private.h"
#include "vectors_for_test.h"

enum { DIM = 96, K = 10, ROWS = 3000 };

static const vector_strategy STRATEGIES_TRIED[] = {VECTOR_PLANNED, VECTOR_SCAN, VECTOR_SCAN_CODES,
                                                   VECTOR_WALK, VECTOR_WALK_TWO_HOPS};
enum { TRIED = sizeof STRATEGIES_TRIED / sizeof *STRATEGIES_TRIED };

typedef struct found {
    uint32_t hits, wanted;
} found;

/* What brute force finds. */
typedef struct expected {
    kith_metric metric;
    const vector_set *v;
    const float *query;
    bitset *allowed; /* rows that may be found, of which there are `matching` */
    naive_hit *nearest;
    uint32_t matching;
} expected;

static void search_as_asked_and_judge(const expected *w, const vector_view *seen,
                                      const vector_search *search, found *sum)
{
    kith_error err;
    hit hits[K];
    uint32_t count = 0;
    vector_search_plan plan;
    assert_ok(vector_index_search(seen, w->query, search, hits, &count, &plan, &err));
    assert_int_equal(count, w->matching < search->k ? w->matching : search->k);
    assert_int_equal(plan.matching, w->matching);
    for (uint32_t i = 0; i < count; i++) {
        double distance =
            naive_distance(w->metric, vector_of(w->v, hits[i].id), w->query, w->v->dim);
        assert_true(bitset_has(w->allowed, hits[i].id));
        assert_true(fabs((double)hits[i].distance - distance) <= 1e-4 * (1 + fabs(distance)));
        if (i > 0) assert_true(hit_before(hits[i - 1], hits[i]));
        sum->hits += distance <= w->nearest[count - 1].distance + 1e-5 * (1 + fabs(distance));
        sum->wanted++;
    }
    if (plan.is_exact && count)
        assert_true(fabs((double)hits[count - 1].distance - w->nearest[count - 1].distance) <=
                    1e-4 * (1 + fabs(w->nearest[count - 1].distance)));
}

static double recall_found(const found *sum)
{
    return (double)sum->hits / sum->wanted;
}

/* Once with the filter, and twice with the rows that pass it in a list, the second time with their codes beside it. */
static void search_and_judge(kith_metric metric, const vector_set *v, const vector_view *seen,
                             const bitset *filter, const float *query, vector_strategy strategy,
                             found *sum)
{
    expected w = {metric, v, query, bitset_new(v->count), NULL, 0};
    uint32_t *listed = calloc(seen->rows, sizeof *listed), count = 0;
    for (uint32_t row = 0; row < seen->rows; row++)
        if ((!filter || bitset_has(filter, row)) && (!seen->live || bitset_has(seen->live, row))) {
            bitset_set(w.allowed, row);
            listed[count++] = row;
        }
    w.matching = naive_search(metric, v, query, w.allowed, &w.nearest);
    search_as_asked_and_judge(
        &w, seen, &(vector_search){.k = K, .filter = filter, .strategy = strategy}, sum);
    search_as_asked_and_judge(
        &w, seen,
        &(vector_search){.k = K, .listed = listed, .listed_count = count, .strategy = strategy},
        sum);
    listed_codes *codes = listed_codes_new(seen, listed, count);
    search_as_asked_and_judge(
        &w, seen,
        &(vector_search){
            .k = K, .listed = listed, .listed_count = count, .codes = codes, .strategy = strategy},
        sum);
    free(codes);
    free(listed);
    free(w.nearest);
    bitset_free(w.allowed);
}

typedef enum filter_kind { AT_RANDOM, NEAR, FAR, FILTER_KINDS } filter_kind;

/* About `share` of the rows: at random, the nearest to the query, or the farthest. */
static bitset *make_filter(filter_kind kind, const vector_set *v, uint32_t rows, const float *query,
                           double share, rng *random)
{
    bitset *filter = bitset_new(rows);
    naive_hit *order = NULL;
    uint32_t wanted = (uint32_t)(share * rows);
    assert_non_null(filter);
    if (kind == AT_RANDOM) {
        for (uint32_t row = 0; row < rows; row++)
            if (rng_unit(random) < share) bitset_set(filter, row);
        return filter;
    }
    const vector_set shown = {rows, v->dim, v->rows};
    (void)naive_search(KITH_SQUARED_L2, &shown, query, NULL, &order);
    for (uint32_t i = 0; i < wanted; i++)
        bitset_set(filter, order[kind == NEAR ? i : rows - 1 - i].row);
    free(order);
    return filter;
}

static void run_metric(kith_metric metric, uint64_t seed)
{
    static const double shares[] = {1, 0.5, 0.1, 0.01, 0.002, 0};
    rng random = {seed};
    kith_error err;
    vector_set v = clustered_vectors(ROWS, DIM, seed);
    vector_index *ix = NULL;
    const vector_index_options options = {
        .metric = metric, .dim = DIM, .flat_below = 300, .coded_above = 300};
    found sums[TRIED] = {{0}};
    assert_ok(vector_index_new(&options, &ix, &err));
    append_all(ix, &v);
    // 2,700 rows are linked and coded, the others wait.
    assert_ok(vector_index_link(ix, ROWS, 2700, NULL, NULL, &err));
    assert_true(vector_index_linked(ix) < ROWS);
    bitset *live = all_live(ROWS);
    for (uint32_t row = 0; row < ROWS; row += 7)
        bitset_clear(live, row);
    const vector_view views[] = {view_of_all(ix, NULL), view_of_all(ix, live)};
    for (uint32_t i = 0; i < 6; i++)
        for (filter_kind kind = 0; kind < FILTER_KINDS; kind++)
            for (uint32_t q = 0; q < 6; q++) {
                const float *query = vector_of(&v, rng_below(&random, ROWS));
                bitset *filter = make_filter(kind, &v, ROWS, query, shares[i], &random);
                for (uint32_t t = 0; t < TRIED; t++)
                    search_and_judge(metric, &v, &views[q % 2], filter, query, STRATEGIES_TRIED[t],
                                     &sums[t]);
                bitset_free(filter);
            }
    for (uint32_t t = 0; t < TRIED; t++) {
        print_message("metric %d, strategy %d: recall@10 %.4f\n", (int)metric,
                      (int)STRATEGIES_TRIED[t], (double)sums[t].hits / sums[t].wanted);
        assert_true(sums[t].hits >= 0.95 * sums[t].wanted);
    }
    bitset_free(live);
    vector_index_free(ix);
    free(v.rows);
}

static void every_strategy_finds_what_brute_force_finds(void **state)
{
    (void)state;
    run_metric(KITH_COSINE, 1201);
    run_metric(KITH_SQUARED_L2, 1202);
    run_metric(KITH_INNER_PRODUCT, 1203);
}

/* The share of the K nearest that searches for some of the vectors find. */
static double recall_of(const vector_view *seen, const vector_set *v, vector_strategy strategy)
{
    enum { QUERIES = 40 };
    kith_error err;
    uint32_t near = 0;
    for (uint32_t q = 0; q < QUERIES; q++) {
        const float *query = vector_of(v, q * 71);
        hit exact[K], hits[K];
        uint32_t count = 0;
        vector_search search = {.k = K, .exact = true};
        assert_ok(vector_index_search(seen, query, &search, exact, &count, NULL, &err));
        search = (vector_search){.k = K, .strategy = strategy};
        assert_ok(vector_index_search(seen, query, &search, hits, &count, NULL, &err));
        assert_int_equal(count, K);
        for (uint32_t i = 0; i < K; i++)
            near += hits[i].distance <= exact[K - 1].distance;
    }
    return (double)near / (QUERIES * K);
}

/* What codes are stored in goes with the length of the vectors. Inner products of short ones say nothing:
 * they are distances of 1. */
static void vectors_of_any_length_are_found_as_well(void **state)
{
    (void)state;
    static const struct {
        kith_metric metric;
        float scale;
    } cases[] = {{KITH_SQUARED_L2, 1e-12F},  {KITH_SQUARED_L2, 1e-6F}, {KITH_SQUARED_L2, 1e-4F},
                 {KITH_SQUARED_L2, 1e6F},    {KITH_SQUARED_L2, 1e12F}, {KITH_INNER_PRODUCT, 1e-3F},
                 {KITH_INNER_PRODUCT, 1e12F}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        vector_set v = clustered_vectors(ROWS, DIM, 1210);
        for (size_t at = 0; at < (size_t)ROWS * DIM; at++)
            v.rows[at] *= cases[i].scale;
        vector_index *ix =
            index_of(&v, (vector_index_options){
                             .metric = cases[i].metric, .flat_below = 300, .coded_above = 300});
        const vector_view seen = view_of_all(ix, NULL);
        for (uint32_t t = 0; t < TRIED; t++) {
            double recall = recall_of(&seen, &v, STRATEGIES_TRIED[t]);
            print_message("metric %d, lengths times %g, strategy %d: recall@10 %.4f\n",
                          (int)cases[i].metric, (double)cases[i].scale, (int)STRATEGIES_TRIED[t],
                          recall);
            assert_true(recall >= 0.95);
        }
        vector_index_free(ix);
        free(v.rows);
    }
}

/* Views of fewer rows than have codes, at every number of rows about the limits of blocks and
 * words. */
static void an_older_view_is_scanned_by_codes_as_far_as_it_goes(void **state)
{
    (void)state;
    vector_set v = clustered_vectors(1000, DIM, 1204);
    vector_index *ix = index_of(
        &v,
        (vector_index_options){.metric = KITH_SQUARED_L2, .flat_below = 300, .coded_above = 300});
    rng random = {7};
    for (uint32_t rows = 330; rows < 460; rows++) {
        found sum = {0};
        bitset *filter = bitset_new(rows), *live = all_live(rows);
        for (uint32_t row = 0; row < rows; row++)
            if (rng_below(&random, 3) == 0) bitset_set(filter, row);
        bitset_clear(live, rows - 1);
        const vector_view seen = {ix, rows, live, rows - 1};
        const vector_set shown = {rows, DIM, v.rows};
        for (uint32_t t = 0; t < TRIED; t++)
            search_and_judge(KITH_SQUARED_L2, &shown, &seen, rows % 2 ? filter : NULL,
                             vector_of(&v, rows), STRATEGIES_TRIED[t], &sum);
        bitset_free(filter);
        bitset_free(live);
    }
    vector_index_free(ix);
    free(v.rows);
}

/* Of equal vectors, and of such as are all 0, no sign says anything: their codes leave all open. */
static void equal_vectors_are_all_found(void **state)
{
    (void)state;
    for (uint32_t zero = 0; zero < 2; zero++) {
        vector_set v = vector_set_new(1000, DIM);
        for (size_t i = 0; i < 1000u * DIM && !zero; i++)
            v.rows[i] = (float)(i % DIM) - 40;
        vector_index *ix =
            index_of(&v, (vector_index_options){
                             .metric = KITH_SQUARED_L2, .flat_below = 300, .coded_above = 300});
        const vector_view seen = view_of_all(ix, NULL);
        found sum = {0};
        for (uint32_t t = 0; t < TRIED; t++)
            search_and_judge(KITH_SQUARED_L2, &v, &seen, NULL, vector_of(&v, 3),
                             STRATEGIES_TRIED[t], &sum);
        assert_int_equal(sum.hits, sum.wanted);
        vector_index_free(ix);
        free(v.rows);
    }
}

/* An index whose rows came and went, a batch at a time, so that nearly all slots were used again. */
typedef struct turned_index {
    vector_set vectors; /* row n is vector n; all that the index ever had */
    vector_index *ix;
    bitset *live;
    uint32_t rows, live_count;
} turned_index;

static vector_view turned_view(turned_index *t, bitset *live)
{
    *live = (bitset){t->live->words, t->rows};
    return (vector_view){t->ix, t->rows, live, t->live_count};
}

static void append_rows(turned_index *t, uint32_t count)
{
    kith_error err;
    uint32_t row;
    for (uint32_t i = 0; i < count; i++) {
        assert_ok(vector_index_append(t->ix, vector_of(&t->vectors, t->rows), &row, &err));
        bitset_set(t->live, t->rows++);
        t->live_count++;
    }
}

/* Removes `count` live rows. */
static void remove_rows(turned_index *t, uint32_t count, rng *random)
{
    kith_error err;
    bitset live;
    while (count > 0) {
        uint32_t row = (uint32_t)rng_below(random, t->rows);
        if (!bitset_has(t->live, row)) continue;
        bitset_clear(t->live, row);
        t->live_count--;
        count--;
    }
    const vector_view seen = turned_view(t, &live);
    assert_ok(vector_index_remove(t->ix, &seen, &err));
    for (int i = 0; i < 3 && !vector_index_reclaim(t->ix); i++)
        ;
    assert_int_equal(vector_index_dead(&seen), 0);
}

static turned_index turn_over(kith_metric metric, uint32_t coded_above, uint64_t seed)
{
    enum { LIVE = 1500, BATCH = 100, TURNS = 3 };
    kith_error err;
    rng random = {seed};
    turned_index t = {.vectors = clustered_vectors(LIVE * (TURNS + 2), DIM, seed),
                      .live = bitset_new(LIVE * (TURNS + 2))};
    const vector_index_options options = {
        .metric = metric, .dim = DIM, .flat_below = 300, .coded_above = coded_above};
    assert_ok(vector_index_new(&options, &t.ix, &err));
    append_rows(&t, LIVE);
    for (uint32_t batch = 0; batch < TURNS * LIVE / BATCH; batch++) {
        // Every other time rows are linked before some go, so that there are some that never had a node.
        if (batch % 2 == 0)
            while (vector_index_unlinked(t.ix, t.rows) > 0)
                assert_ok(vector_index_link(t.ix, t.rows, 256, NULL, NULL, &err));
        remove_rows(&t, BATCH, &random);
        append_rows(&t, BATCH);
    }
    assert_ok(vector_index_link(t.ix, t.rows, 40, NULL, NULL, &err)); // and some wait
    remove_rows(&t, 150, &random);
    assert_true(vector_index_linked(t.ix) < t.rows);
    assert_true(vector_index_vectors(t.ix) < LIVE + 2 * BATCH);
    vector_index_check(t.ix);
    return t;
}

static void search_turned(kith_metric metric, uint32_t coded_above, uint64_t seed)
{
    static const double shares[] = {1, 0.5, 0.1, 0.01, 0.002, 0};
    turned_index t = turn_over(metric, coded_above, seed);
    rng random = {seed};
    bitset live;
    found sums[TRIED] = {{0}};
    const vector_view seen = turned_view(&t, &live);
    const vector_set shown = {t.rows, DIM, t.vectors.rows};
    for (uint32_t i = 0; i < 6; i++)
        for (filter_kind kind = 0; kind < FILTER_KINDS; kind++)
            for (uint32_t q = 0; q < 4; q++) {
                const float *query = vector_of(&t.vectors, rng_below(&random, t.vectors.count));
                bitset *filter = make_filter(kind, &shown, t.rows, query, shares[i], &random);
                for (uint32_t s = 0; s < TRIED; s++)
                    search_and_judge(metric, &shown, &seen, q == 3 ? NULL : filter, query,
                                     STRATEGIES_TRIED[s], &sums[s]);
                bitset_free(filter);
            }
    for (uint32_t s = 0; s < TRIED; s++) {
        print_message("metric %d, %u rows, %u live, strategy %d: recall@10 %.4f\n", (int)metric,
                      t.rows, t.live_count, (int)STRATEGIES_TRIED[s],
                      (double)sums[s].hits / sums[s].wanted);
        assert_true(sums[s].hits >= 0.95 * sums[s].wanted);
    }
    vector_index_free(t.ix);
    bitset_free(t.live);
    free(t.vectors.rows);
}

/* Rows and slots are different numbers then. With rows of sign codes, and without. */
static void after_removals_every_strategy_finds_what_brute_force_finds(void **state)
{
    (void)state;
    search_turned(KITH_COSINE, 300, 1301);
    search_turned(KITH_SQUARED_L2, 300, 1302);
    search_turned(KITH_INNER_PRODUCT, 300, 1303);
    search_turned(KITH_SQUARED_L2, UINT32_MAX, 1304);
}

/* The k nearest of the rows that have codes and are in the bit set, by their codes of 8 bits, against brute force. */
static void scan_bytes_and_judge(kith_metric metric, const vector_set *v, const vector_view *seen,
                                 const bitset *filter, const float *query, found *sum)
{
    kith_error err;
    const vector_index *ix = seen->index;
    hit hits[K];
    search_scratch *s = NULL;
    naive_hit *naive = NULL;
    topk best = {.heap = hits, .k = K};
    const uint32_t coded = flat_codes_count(&ix->flat);
    const scan_range range = {0, coded, seen->live, filter, &ix->slots};
    bitset *allowed = bitset_new(v->count);
    for (uint32_t row = 0; row < coded; row++)
        if (scan_range_has(&range, row)) bitset_set(allowed, row);
    const uint32_t matching = naive_search(metric, v, query, allowed, &naive);
    assert_ok(vector_index_scratch(ix, 0, 1, 2 * K + 16, &s, &err));
    vector_rows_prepare(&ix->rows, query, s->query);
    assert_ok(row_scan(&ix->codes, &ix->flat, &range, 3, &best, s, NULL, &err));
    assert_in_range(s->estimate_count, matching, 2 * matching);
    search_scratch_release(ix->scratches, s);
    assert_int_equal(best.count, matching < K ? matching : K);
    topk_sort(&best);
    for (uint32_t i = 0; i < best.count; i++) {
        double distance = naive_distance(metric, vector_of(v, hits[i].id), query, v->dim);
        assert_true(bitset_has(allowed, hits[i].id));
        assert_true(fabs((double)hits[i].distance - distance) <= 1e-4 * (1 + fabs(distance)));
        sum->hits += distance <= naive[best.count - 1].distance + 1e-5 * (1 + fabs(distance));
        sum->wanted++;
    }
    free(naive);
    bitset_free(allowed);
}

static void a_scan_of_codes_of_8_bits_finds_what_brute_force_finds(void **state)
{
    (void)state;
    static const kith_metric metrics[] = {KITH_COSINE, KITH_SQUARED_L2, KITH_INNER_PRODUCT};
    static const double shares[] = {1, 0.2, 0.02, 0.003, 0};
    for (uint32_t m = 0; m < 3; m++) {
        turned_index t = turn_over(metrics[m], 300, 1401 + m);
        rng random = {1501 + m};
        bitset live;
        found sum = {0};
        const vector_view seen = turned_view(&t, &live);
        const vector_set shown = {t.rows, DIM, t.vectors.rows};
        for (uint32_t i = 0; i < 5; i++)
            for (uint32_t q = 0; q < 12; q++) {
                const float *query = vector_of(&t.vectors, rng_below(&random, t.vectors.count));
                bitset *filter =
                    make_filter(q % FILTER_KINDS, &shown, t.rows, query, shares[i], &random);
                scan_bytes_and_judge(metrics[m], &shown, &seen, filter, query, &sum);
                bitset_free(filter);
            }
        print_message("metric %d: recall@10 %.4f\n", (int)metrics[m],
                      (double)sum.hits / sum.wanted);
        assert_true(sum.hits >= 0.99 * sum.wanted);
        vector_index_free(t.ix);
        bitset_free(t.live);
        free(t.vectors.rows);
    }
}

/* Of estimates that say nothing: more rows wait than there is room for, several times. */
static void rows_that_signs_leave_open_are_compared_in_rounds(void **state)
{
    (void)state;
    enum { ROUNDS = 3 };
    kith_error err;
    const uint32_t count = ROUNDS * ROW_SCAN_WAITING + 64;
    const vector_set v = clustered_vectors(count, DIM, 1701);
    vector_index *ix = index_of(
        &v, (vector_index_options){
                .metric = KITH_SQUARED_L2, .dim = DIM, .flat_below = 300, .coded_above = 300});
    const scan_range range = {.end = flat_codes_count(&ix->flat), .slots = &ix->slots};
    const vector_set coded = {range.end, DIM, v.rows};
    assert_true(range.end > ROUNDS * ROW_SCAN_WAITING);
    for (uint32_t q = 0; q < 4; q++) {
        hit hits[K];
        search_scratch *s = NULL;
        naive_hit *naive = NULL;
        topk best = {.heap = hits, .k = K};
        const float *query = vector_of(&v, q * 500);
        assert_in_range(naive_search(KITH_SQUARED_L2, &coded, query, NULL, &naive), K, count);
        assert_ok(vector_index_scratch(ix, 0, 1, 2 * K + 16, &s, &err));
        vector_rows_prepare(&ix->rows, query, s->query);
        assert_ok(row_scan(&ix->codes, &ix->flat, &range, 1e6F, &best, s, NULL, &err));
        assert_int_equal(s->estimate_count, 2 * range.end);
        search_scratch_release(ix->scratches, s);
        assert_int_equal(best.count, K);
        topk_sort(&best);
        for (uint32_t i = 0; i < K; i++)
            assert_int_equal(hits[i].id, naive[i].row);
        free(naive);
    }
    vector_index_free(ix);
    free(v.rows);
}

/* What signs say of the k-th best, the least of many estimates, is often less than all distances. */
static void a_scan_finds_k_rows_whatever_signs_say(void **state)
{
    (void)state;
    enum { QUERIES = 400, MOST = 3 };
    kith_error err;
    const vector_set v = whole_vectors(ROWS, DIM, 1801),
                     queries = whole_vectors(QUERIES, DIM, 1802);
    for (kith_metric metric = KITH_COSINE; metric <= KITH_INNER_PRODUCT; metric++) {
        vector_index *ix =
            index_of(&v, (vector_index_options){
                             .metric = metric, .dim = DIM, .flat_below = 300, .coded_above = 300});
        const scan_range range = {.end = flat_codes_count(&ix->flat), .slots = &ix->slots};
        for (uint32_t q = 0; q < QUERIES * MOST; q++) {
            hit hits[MOST];
            search_scratch *s = NULL;
            topk best = {.heap = hits, .k = 1 + q % MOST};
            assert_ok(vector_index_scratch(ix, 0, 1, 2 * K + 16, &s, &err));
            vector_rows_prepare(&ix->rows, vector_of(&queries, q / MOST), s->query);
            assert_ok(row_scan(&ix->codes, &ix->flat, &range, 1, &best, s, NULL, &err));
            search_scratch_release(ix->scratches, s);
            assert_int_equal(best.count, 1 + q % MOST);
        }
        vector_index_free(ix);
    }
    free(v.rows);
    free(queries.rows);
}

/* Their codes do not tell them apart, so all of their vectors are compared, and the first rows win. */
static void equal_vectors_are_told_apart_by_their_rows_alone(void **state)
{
    (void)state;
    enum { COPIES = 200 };
    kith_error err;
    vector_set v = clustered_vectors(ROWS, DIM, 1601);
    bitset *copies = bitset_new(ROWS);
    for (uint32_t i = 0; i < COPIES; i++) {
        const uint32_t row = 7 + i * 12;
        memcpy(v.rows + (size_t)row * DIM, vector_of(&v, 7), DIM * sizeof *v.rows);
        bitset_set(copies, row);
    }
    vector_index *ix = index_of(
        &v, (vector_index_options){
                .metric = KITH_SQUARED_L2, .dim = DIM, .flat_below = 300, .coded_above = 300});
    hit hits[K];
    search_scratch *s = NULL;
    topk best = {.heap = hits, .k = K};
    const scan_range range = {0, flat_codes_count(&ix->flat), NULL, copies, &ix->slots};
    assert_ok(vector_index_scratch(ix, 0, 1, 2 * K + 16, &s, &err));
    vector_rows_prepare(&ix->rows, vector_of(&v, 0), s->query);
    assert_ok(row_scan(&ix->codes, &ix->flat, &range, 3, &best, s, NULL, &err));
    search_scratch_release(ix->scratches, s);
    assert_int_equal(best.count, K);
    topk_sort(&best);
    for (uint32_t i = 0; i < K; i++)
        assert_int_equal(hits[i].id, 7 + i * 12);
    vector_index_free(ix);
    bitset_free(copies);
    free(v.rows);
}

/* Neighbors that are hardly nearer than all others, so that a walk passes rows that match and are far. */
static vector_set uniform_vectors(uint32_t count, uint32_t dim, uint64_t seed)
{
    rng random = {seed};
    vector_set v = vector_set_new(count, dim);
    for (size_t i = 0; i < (size_t)count * dim; i++)
        v.rows[i] = (float)(rng_unit(&random) - 0.5);
    return v;
}

/* All rows match but the nearest: a walk ends among these, and what it passed on its way is not what is nearest. */
static void rows_beyond_those_that_are_shut_out_are_found(void **state)
{
    (void)state;
    enum { QUERIES = 20, FEW = 64, COUNT = 6000 };
    static const uint32_t shut_out[] = {60, 130, 500, 2000}, ks[] = {1, K};
    static const uint32_t coded_above[] = {300, UINT32_MAX};
    static const vector_strategy walks[] = {VECTOR_PLANNED, VECTOR_WALK};
    const vector_set v = uniform_vectors(COUNT + QUERIES, FEW, 1901), shown = {COUNT, FEW, v.rows};
    for (uint32_t c = 0; c < 2; c++) {
        vector_index *ix = index_of(&shown, (vector_index_options){.metric = KITH_SQUARED_L2,
                                                                   .flat_below = 300,
                                                                   .coded_above = coded_above[c]});
        const vector_view seen = view_of_all(ix, NULL);
        for (uint32_t h = 0; h < 4; h++)
            for (uint32_t t = 0; t < 4; t++) {
                const vector_search search = {.k = ks[t % 2], .ef = 200, .strategy = walks[t / 2]};
                found sum = {0};
                for (uint32_t q = 0; q < QUERIES; q++) {
                    expected w = {KITH_SQUARED_L2,   &shown, vector_of(&v, COUNT + q),
                                  bitset_new(COUNT), NULL,   0};
                    (void)naive_search(w.metric, w.v, w.query, NULL, &w.nearest);
                    for (uint32_t i = shut_out[h]; i < COUNT; i++)
                        bitset_set(w.allowed, w.nearest[i].row);
                    free(w.nearest);
                    w.matching = naive_search(w.metric, w.v, w.query, w.allowed, &w.nearest);
                    vector_search within = search;
                    within.filter = w.allowed;
                    search_as_asked_and_judge(&w, &seen, &within, &sum);
                    free(w.nearest);
                    bitset_free(w.allowed);
                }
                print_message("%u shut out, k %u, strategy %d: recall %.4f\n", shut_out[h],
                              search.k, (int)search.strategy, recall_found(&sum));
                assert_true(recall_found(&sum) >= 0.9);
            }
        vector_index_free(ix);
    }
    free(v.rows);
}

/* The nearest is the last of one: nothing but the error of its own estimate decides whether it is looked at. */
static void a_scan_of_codes_for_few_hits_finds_them(void **state)
{
    (void)state;
    enum { QUERIES = 300, FEW = 64 };
    const vector_set v = uniform_vectors(ROWS + QUERIES, FEW, 1902), shown = {ROWS, FEW, v.rows};
    for (kith_metric metric = KITH_COSINE; metric <= KITH_INNER_PRODUCT; metric++) {
        vector_index *ix = index_of(
            &shown,
            (vector_index_options){.metric = metric, .flat_below = 300, .coded_above = 300});
        const vector_view seen = view_of_all(ix, NULL);
        found sum = {0};
        for (uint32_t q = 0; q < QUERIES; q++) {
            expected w = {metric, &shown, vector_of(&v, ROWS + q), all_live(ROWS), NULL, 0};
            w.matching = naive_search(metric, w.v, w.query, NULL, &w.nearest);
            search_as_asked_and_judge(
                &w, &seen, &(vector_search){.k = 1, .strategy = VECTOR_SCAN_CODES}, &sum);
            free(w.nearest);
            bitset_free(w.allowed);
        }
        print_message("metric %d: recall@1 %.4f\n", (int)metric, recall_found(&sum));
        assert_true(recall_found(&sum) >= 0.97);
        vector_index_free(ix);
    }
    free(v.rows);
}

/* Of rows whose lengths, and so the errors of whose codes, differ a thousandfold: all of a list are compared by codes of 8 bits,
 * and those that these leave open by their vectors. */
static void rows_of_a_short_list_are_found_whatever_their_lengths(void **state)
{
    (void)state;
    enum { DIM_LEAST = ROW_CODES_MIN_DIM, LIST_ROWS = 900, LISTS = 200 };
    static const kith_metric metrics[] = {KITH_COSINE, KITH_SQUARED_L2, KITH_INNER_PRODUCT};
    for (uint32_t m = 0; m < 3; m++) {
        kith_error err;
        rng random = {1901 + m};
        found sum = {0};
        uint64_t compared = 0, rows = 0;
        vector_set v = clustered_vectors(LIST_ROWS, DIM_LEAST, 1801 + m);
        for (uint32_t row = 0; row < LIST_ROWS; row++) {
            const float length = powf(1000, (float)rng_unit(&random));
            for (uint32_t i = 0; i < DIM_LEAST; i++)
                v.rows[(size_t)row * DIM_LEAST + i] *= length;
        }
        vector_index *ix = index_of(
            &v,
            (vector_index_options){.metric = metrics[m], .flat_below = 300, .coded_above = 300});
        const vector_view seen = view_of_all(ix, NULL);
        const uint32_t coded = flat_codes_count(&ix->flat);
        for (uint32_t q = 0; q < LISTS; q++) {
            uint32_t listed[LISTED_BYTES_MOST], count = 0;
            const float *query = vector_of(&v, rng_below(&random, LIST_ROWS));
            expected w = {metrics[m], &v, query, bitset_new(LIST_ROWS), NULL, 0};
            for (uint32_t row = 0; row < coded && count < LISTED_BYTES_MOST; row++)
                if (rng_below(&random, q % 2 ? 8 : 20) == 0) {
                    bitset_set(w.allowed, row);
                    listed[count++] = row;
                }
            w.matching = naive_search(metrics[m], &v, query, w.allowed, &w.nearest);
            listed_codes *codes = listed_codes_new(&seen, listed, count);
            assert_non_null(codes);
            const vector_search search = {.k = K,
                                          .listed = listed,
                                          .listed_count = count,
                                          .codes = codes,
                                          .strategy = VECTOR_SCAN_CODES};
            search_as_asked_and_judge(&w, &seen, &search, &sum);
            hit hits[K];
            vector_search_plan plan;
            assert_ok(vector_index_search(&seen, query, &search, hits, &count, &plan, &err));
            assert_int_equal(plan.estimates, w.matching);
            compared += plan.distances;
            rows += w.matching;
            free(codes);
            free(w.nearest);
            bitset_free(w.allowed);
        }
        print_message("metric %d: recall@10 %.4f, by %llu vectors of %llu\n", (int)metrics[m],
                      recall_found(&sum), (unsigned long long)compared, (unsigned long long)rows);
        assert_true(sum.hits >= 0.999 * sum.wanted);
        assert_true(compared < rows / 2);
        vector_index_free(ix);
        free(v.rows);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_strategy_finds_what_brute_force_finds),
        cmocka_unit_test(vectors_of_any_length_are_found_as_well),
        cmocka_unit_test(an_older_view_is_scanned_by_codes_as_far_as_it_goes),
        cmocka_unit_test(equal_vectors_are_all_found),
        cmocka_unit_test(after_removals_every_strategy_finds_what_brute_force_finds),
        cmocka_unit_test(a_scan_of_codes_of_8_bits_finds_what_brute_force_finds),
        cmocka_unit_test(rows_that_signs_leave_open_are_compared_in_rounds),
        cmocka_unit_test(a_scan_finds_k_rows_whatever_signs_say),
        cmocka_unit_test(equal_vectors_are_told_apart_by_their_rows_alone),
        cmocka_unit_test(rows_beyond_those_that_are_shut_out_are_found),
        cmocka_unit_test(a_scan_of_codes_for_few_hits_finds_them),
        cmocka_unit_test(rows_of_a_short_list_are_found_whatever_their_lengths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
