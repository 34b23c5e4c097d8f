/* An index whose vectors, links and codes are read page by page when they are wanted, held against the one that
 * was saved: the same answers before and after all is read, few pages for one search, any page bad, many
 * threads. Run under ASan and TSan. */
#include "test.h"

#include "parts_for_test.h"
#include "vector/vector_index_private.h"

#include <pthread.h>

enum { K = 10, QUERIES = 20 };

static kith_status ask(const vector_index *ix, const bitset *live, const float *query, bool exact,
                       hit hits[K], vector_search_plan *plan, kith_error *err)
{
    uint32_t count = 0;
    const vector_view seen = view_of_all(ix, live);
    const vector_search search = {.k = K, .ef = 30, .exact = exact};
    memset(hits, 0, K * sizeof *hits);
    kith_status status = vector_index_search(&seen, query, &search, hits, &count, plan, err);
    if (status == KITH_OK) assert_int_equal(count, K);
    return status;
}

static void assert_same(const vector_index *a, const vector_index *b, const vector_set *queries)
{
    kith_error err = {0};
    for (uint32_t i = 0; i < queries->count; i++)
        for (int exact = 0; exact < 2; exact++) {
            hit of_a[K], of_b[K];
            assert_ok(ask(a, NULL, vector_of(queries, i), exact, of_a, NULL, &err));
            assert_ok(ask(b, NULL, vector_of(queries, i), exact, of_b, NULL, &err));
            assert_memory_equal(of_a, of_b, sizeof of_a);
        }
}

/* Vectors of a part of a page, of many pages, and that begin anywhere on one; with codes and without. */
static const uint32_t dims[] = {19, 100, 1100};

static void an_index_that_is_not_read_yet_answers_as_the_one_that_was_saved(void **state)
{
    (void)state;
    kith_error err = {0};
    for (size_t i = 0; i < sizeof dims / sizeof dims[0]; i++)
        for (kith_metric metric = KITH_COSINE; metric <= KITH_INNER_PRODUCT; metric++) {
            vector_set v = clustered_vectors(2600, dims[i], 1);
            vector_set queries = clustered_vectors(QUERIES, dims[i], 1);
            vector_set first = {2500, v.dim, v.rows};
            const vector_index_options options = {
                .metric = metric, .flat_below = 300, .coded_above = 100000, .neighbors = 6};
            vector_index *ix = index_of(&first, options);
            saved_parts parts = saved(ix);
            vector_index *back = opened(&parts);
            assert_true(vector_index_is_partial(back));
            assert_int_equal(parts.vectors.pages, 0);
            assert_same(ix, back, &queries);
            assert_true(vector_index_is_partial(back));
            assert_ok(read_all(back, &err));
            assert_false(vector_index_is_partial(back));
            vector_index_check(back);
            assert_same(ix, back, &queries);
            assert_int_equal(parts.vectors.closed, 1);
            assert_int_equal(parts.graph.closed, 1);
            // And it grows as the other one.
            const vector_set rest = {100, v.dim, v.rows + (size_t)2500 * v.dim};
            append_all(ix, &rest);
            append_all(back, &rest);
            link_all(ix);
            link_all(back);
            assert_same(ix, back, &queries);
            vector_index_free(back);
            vector_index_free(ix);
            assert_int_equal(parts.vectors.closed, 1);
            parts_done(&parts);
            free(v.rows);
            free(queries.rows);
        }
}

static void one_search_reads_the_pages_that_it_needs(void **state)
{
    (void)state;
    enum { ROWS = 20000, DIM = 128, VECTORS_COMPARED = 60 };
    kith_error err = {0};
    vector_set v = clustered_vectors(ROWS, DIM, 7);
    vector_index *ix = index_of(&v, (vector_index_options){.coded_above = ROWS});
    saved_parts parts = saved(ix);
    vector_index *back = opened(&parts);
    const uint32_t of_opening = parts.graph.pages;
    hit hits[K];
    vector_search_plan plan;
    assert_ok(ask(back, NULL, vector_of(&v, 5), false, hits, &plan, &err));
    assert_string_equal(plan.kind, "graph");
    assert_int_equal(hits[0].id, 5);
    print_message("pages read: vectors %u of %u, links %u of %u, codes %u of %u\n",
                  parts.vectors.pages, pages_of(&parts.vectors), parts.graph.pages - of_opening,
                  pages_of(&parts.graph), parts.codes.pages, pages_of(&parts.codes));
    assert_true(plan.distances <= VECTORS_COMPARED);
    assert_true(parts.vectors.pages <= plan.distances);
    assert_true(parts.codes.pages <= plan.estimates * 2 + 8);
    // Levels and rows of slots: 5 bytes a row.
    assert_true(of_opening <= ROWS * 5 / LAZY_PAGE_BYTES + 16);
    // The same search again reads nothing.
    const uint32_t before = parts.vectors.pages + parts.graph.pages + parts.codes.pages;
    assert_ok(ask(back, NULL, vector_of(&v, 5), false, hits, &plan, &err));
    assert_int_equal(parts.vectors.pages + parts.graph.pages + parts.codes.pages, before);
    // What is read on beside is each page once.
    assert_ok(read_all(back, &err));
    assert_true(parts.vectors.pages == pages_of(&parts.vectors));
    vector_index_free(back);
    vector_index_free(ix);
    parts_done(&parts);
    free(v.rows);
}

/* ---- damage ---- */

/* Each page of each part in turn cannot be read: opening says so, or a search that needs it, or, whatever
 * searches need, reading on; and no search gives other hits than those of the sound index. */
static void whatever_page_is_bad_no_wrong_hit_is_given(void **state)
{
    (void)state;
    kith_error err = {0};
    vector_set v = clustered_vectors(1500, 70, 9);
    vector_index *ix = index_of(
        &v, (vector_index_options){.flat_below = 300, .coded_above = 100000, .neighbors = 4});
    saved_parts parts = saved(ix);
    page_file *files[] = {&parts.vectors, &parts.graph, &parts.codes};
    uint32_t met_at_opening = 0, met_by_searches = 0, met_at_last = 0;
    for (size_t file = 0; file < 3; file++)
        for (uint32_t page = 0; page < pages_of(files[file]); page++) {
            vector_index *back = NULL;
            bool was_met = false;
            forget_counts(&parts);
            files[file]->bad_page = page;
            if (try_open(&parts, &back, &err) != KITH_OK) {
                assert_int_equal(err.code, KITH_ERR_IO);
                met_at_opening++;
                continue;
            }
            for (uint32_t i = 0; i < QUERIES; i++)
                for (int exact = i == QUERIES - 1; exact < 1 + (i == QUERIES - 1); exact++) {
                    hit hits[K], expected[K];
                    assert_ok(ask(ix, NULL, vector_of(&v, i), exact, expected, NULL, &err));
                    kith_status status = ask(back, NULL, vector_of(&v, i), exact, hits, NULL, &err);
                    assert_int_equal(status == KITH_OK, !vector_index_is_damaged(back));
                    if (status == KITH_OK) {
                        assert_false(was_met);
                        assert_memory_equal(hits, expected, sizeof hits);
                    } else {
                        assert_int_equal(status, KITH_ERR_CORRUPT);
                        assert_non_null(strstr(err.message, "is bad"));
                        was_met = true;
                    }
                }
            met_by_searches += was_met;
            met_at_last += !was_met;
            assert_status(KITH_ERR_CORRUPT, read_all(back, &err));
            assert_true(vector_index_is_damaged(back) && vector_index_is_partial(back));
            assert_status(KITH_ERR_CORRUPT, read_all(back, &err));
            vector_index_free(back);
        }
    print_message("met at opening %u, by searches %u, at last %u\n", met_at_opening,
                  met_by_searches, met_at_last);
    assert_true(met_at_opening > 0 && met_by_searches > 0);
    vector_index_free(ix);
    parts_done(&parts);
    free(v.rows);
}

/* Bytes that nobody wrote, behind right checksums: a search meets links out of range, to itself, to vacant
 * slots, to nodes of lower levels, and gives rows that there are, with their distances. */
static void links_that_nobody_verified_lead_nowhere(void **state)
{
    (void)state;
    enum { DIM = 19, ROWS = 1500, NEIGHBORS = 4 };
    kith_error err = {0};
    vector_set v = clustered_vectors(ROWS, DIM, 9);
    vector_index *ix =
        index_of(&v, (vector_index_options){
                         .metric = KITH_SQUARED_L2, .flat_below = 300, .neighbors = NEIGHBORS});
    saved_parts parts = saved(ix);
    char *links = parts.graph.bytes.data + 20 + ROWS;
    const size_t words = (parts.graph.bytes.size - 20 - ROWS - 12 - 4 * ROWS) / 4;
    char *original = malloc(words * 4);
    assert_non_null(original);
    memcpy(original, links, words * 4);
    rng random = {31};
    uint32_t refused = 0;
    for (uint32_t round = 0; round < 60; round++) {
        for (uint32_t i = 0; i < 400; i++) {
            // Half of them above level 0, of which there are few.
            const size_t base = (size_t)ROWS * 2 * NEIGHBORS;
            const size_t at = i % 2 ? rng_below(&random, (uint32_t)base)
                                    : base + rng_below(&random, (uint32_t)(words - base));
            const uint32_t values[] = {rng_below(&random, ROWS), UINT32_MAX - 1, ROWS,
                                       rng_below(&random, ROWS) | GRAPH_PINNED,
                                       (uint32_t)rng_below(&random, UINT32_MAX)};
            memcpy(links + at * 4, &values[rng_below(&random, 5)], 4);
        }
        forget_counts(&parts);
        vector_index *back = opened(&parts);
        for (uint32_t i = 0; i < QUERIES; i++) {
            hit hits[K];
            const float *query = vector_of(&v, rng_below(&random, ROWS));
            assert_ok(ask(back, NULL, query, false, hits, NULL, &err));
            for (uint32_t n = 0; n < K; n++) {
                assert_true(hits[n].id < ROWS);
                const double d =
                    naive_distance(KITH_SQUARED_L2, query, vector_of(&v, hits[n].id), DIM);
                assert_true(fabs((double)hits[n].distance - d) < 1e-3);
            }
        }
        refused += read_all(back, &err) == KITH_ERR_CORRUPT;
        assert_true(vector_index_is_damaged(back));
        vector_index_free(back);
        memcpy(links, original, words * 4);
    }
    assert_int_equal(refused, 60);
    free(original);
    vector_index_free(ix);
    parts_done(&parts);
    free(v.rows);
}

static void verifying_stops_when_it_is_told_to_and_goes_on_later(void **state)
{
    (void)state;
    kith_error err = {0};
    vector_set v = clustered_vectors(1500, 19, 9);
    vector_index *ix = index_of(&v, (vector_index_options){.flat_below = 300});
    saved_parts parts = saved(ix);
    vector_index *back = opened(&parts);
    atomic_bool stop = true;
    bool is_done = true;
    assert_status(KITH_ERR_CANCELLED, vector_index_read_on(back, SIZE_MAX, &stop, &is_done, &err));
    assert_true(vector_index_is_partial(back) && !is_done && !vector_index_is_damaged(back));
    stop = false;
    assert_ok(vector_index_read_on(back, SIZE_MAX, &stop, &is_done, &err));
    assert_true(is_done && !vector_index_is_partial(back));
    vector_index_free(back);
    vector_index_free(ix);
    parts_done(&parts);
    free(v.rows);
}

/* ---- appending before all is read ---- */

/* Slots are used again whose page holds vectors that nobody has read yet. */
static void rows_are_appended_to_vacant_slots_of_pages_that_are_not_read(void **state)
{
    (void)state;
    enum { ROWS = 2000, ADDED = 300, DIM = 24 };
    kith_error err = {0};
    vector_set v = clustered_vectors(ROWS + ADDED, DIM, 3);
    const vector_set first = {ROWS, DIM, v.rows};
    vector_index *ix =
        index_of(&first, (vector_index_options){.metric = KITH_SQUARED_L2, .flat_below = 300});
    bitset *live = all_live(ROWS);
    for (uint32_t row = 0; row < ROWS; row += 5)
        bitset_clear(live, row);
    vector_view seen = view_of_all(ix, live);
    assert_ok(vector_index_remove(ix, &seen, &err));
    for (int i = 0; i < 3; i++)
        (void)vector_index_reclaim(ix);
    saved_parts parts = saved_view(&seen);
    vector_index *back = opened(&parts);
    for (uint32_t i = 0, row; i < ADDED; i++) {
        assert_ok(vector_index_append(back, vector_of(&v, ROWS + i), &row, &err));
        assert_int_equal(row, ROWS + i);
    }
    assert_int_equal(vector_index_vectors(back), ROWS); // none took a new slot
    bitset *now = all_live(ROWS + ADDED);
    for (uint32_t row = 0; row < ROWS; row += 5)
        bitset_clear(now, row);
    for (int whole = 0; whole < 2; whole++) {
        for (uint32_t i = 0; i < ROWS + ADDED; i += 3) {
            naive_hit *expected = NULL;
            hit hits[K];
            (void)naive_search(KITH_SQUARED_L2, &v, vector_of(&v, i), now, &expected);
            assert_ok(ask(back, now, vector_of(&v, i), true, hits, NULL, &err));
            for (uint32_t n = 0; n < K; n++)
                assert_int_equal(hits[n].id, expected[n].row);
            free(expected);
        }
        if (!whole) assert_ok(read_all(back, &err));
    }
    link_all(back);
    vector_index_check(back);
    bitset_free(now);
    bitset_free(live);
    vector_index_free(back);
    vector_index_free(ix);
    parts_done(&parts);
    free(v.rows);
}

/* ---- threads ---- */

typedef struct asker {
    const vector_index *ix;
    const vector_set *queries;
    uint32_t first;
    kith_status status; /* of the first search that failed */
    hit hits[QUERIES][K];
} asker;

static void *ask_all(void *context)
{
    asker *a = context;
    kith_error err;
    // As many rows as were saved: another thread appends.
    const vector_view seen = {a->ix, 2000, NULL, 2000};
    for (uint32_t n = 0; n < QUERIES && a->status == KITH_OK; n++) {
        const uint32_t i = (a->first + n) % QUERIES;
        const vector_search search = {.k = K, .ef = 30, .exact = i == 0};
        uint32_t count;
        a->status = vector_index_search(&seen, vector_of(a->queries, i), &search, a->hits[i],
                                        &count, NULL, &err);
    }
    return NULL;
}

static void *read_beside(void *context)
{
    kith_error err = {0};
    kith_status status = read_all(context, &err);
    (void)status; // with a bad page it fails
    return NULL;
}

static void threads_share_the_reading_of(saved_parts *parts, const vector_set *queries,
                                         const vector_set *more, const asker *alone)
{
    enum { ASKERS = 4 };
    static asker askers[ASKERS];
    pthread_t threads[ASKERS], reader;
    kith_error err;
    vector_index *back = opened(parts);
    for (uint32_t i = 0; i < ASKERS; i++) {
        askers[i] = (asker){.ix = back, .queries = queries, .first = i < 2 ? 0 : i * 5};
        assert_int_equal(pthread_create(&threads[i], NULL, ask_all, &askers[i]), 0);
    }
    assert_int_equal(pthread_create(&reader, NULL, read_beside, back), 0);
    append_all(back, more);
    for (uint32_t i = 0; i < ASKERS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(pthread_join(reader, NULL), 0);
    for (uint32_t i = 0; i < ASKERS; i++) {
        if (vector_index_is_damaged(back)) {
            assert_true(askers[i].status == KITH_OK || askers[i].status == KITH_ERR_CORRUPT);
            continue;
        }
        assert_int_equal(askers[i].status, KITH_OK);
        assert_memory_equal(askers[i].hits, alone->hits, sizeof alone->hits);
    }
    if (!vector_index_is_damaged(back)) {
        assert_ok(read_all(back, &err));
        link_all(back);
        vector_index_check(back);
    }
    vector_index_free(back);
}

static void threads_that_search_append_and_read_on_see_the_same(void **state)
{
    (void)state;
    vector_set v = clustered_vectors(2100, 72, 1), queries = clustered_vectors(QUERIES, 72, 2);
    const vector_set first = {2000, 72, v.rows}, rest = {100, 72, v.rows + (size_t)2000 * 72};
    vector_index *ix = index_of(
        &first, (vector_index_options){.flat_below = 300, .coded_above = 100000, .neighbors = 6});
    saved_parts parts = saved(ix);
    static asker alone;
    alone = (asker){.ix = ix, .queries = &queries};
    ask_all(&alone);
    assert_int_equal(alone.status, KITH_OK);
    for (uint32_t round = 0; round < 12; round++) {
        forget_counts(&parts);
        if (round % 3 == 1) parts.vectors.bad_page = round * 7 % pages_of(&parts.vectors);
        if (round % 3 == 2) parts.codes.bad_page = 1 + round * 3 % (pages_of(&parts.codes) - 1);
        threads_share_the_reading_of(&parts, &queries, &rest, &alone);
    }
    vector_index_free(ix);
    parts_done(&parts);
    free(v.rows);
    free(queries.rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_index_that_is_not_read_yet_answers_as_the_one_that_was_saved),
        cmocka_unit_test(one_search_reads_the_pages_that_it_needs),
        cmocka_unit_test(whatever_page_is_bad_no_wrong_hit_is_given),
        cmocka_unit_test(links_that_nobody_verified_lead_nowhere),
        cmocka_unit_test(verifying_stops_when_it_is_told_to_and_goes_on_later),
        cmocka_unit_test(rows_are_appended_to_vacant_slots_of_pages_that_are_not_read),
        cmocka_unit_test(threads_that_search_append_and_read_on_see_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
