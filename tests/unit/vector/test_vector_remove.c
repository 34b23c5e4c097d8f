/* Rows that are removed: their nodes leave the graph, their memory takes later rows, and searches find what
 * brute force finds all the time. */
#include "test.h"

#include "model_for_test.h"

#include <pthread.h>

static model new_small_model(uint32_t dim, uint32_t most, uint64_t seed)
{
    const vector_index_options options = {.metric = KITH_SQUARED_L2,
                                          .dim = dim,
                                          .flat_below = 100,
                                          .coded_above = 200,
                                          .neighbors = 8,
                                          .ef_construction = 60};
    return new_model(&options, most, seed);
}

static void random_operations_agree_with_brute_force(uint32_t dim, uint64_t seed)
{
    rng random = {seed};
    model m = new_small_model(dim, 40000, seed);
    append(&m, 400);
    for (uint32_t step = 0; step < 150; step++) {
        uint32_t what = (uint32_t)rng_below(&random, 8);
        if (what < 3) append(&m, (uint32_t)rng_below(&random, 150));
        if (what == 3 || what == 4)
            for (uint32_t i = (uint32_t)rng_below(&random, 250); i > 0 && m.live_count > 50; i--)
                kill_row(&m, (uint32_t)rng_below(&random, m.rows));
        if (what == 5) link_some(&m, 1 + (uint32_t)rng_below(&random, 200));
        if (what == 6) remove_dead_rows(&m);
        if (what == 7) reclaim(&m);
        if (step % 10 == 0) assert_true(judge(&m, 4, 100) >= 0.8);
    }
    link_all_rows(&m);
    double recall = judge(&m, 40, 64);
    print_message("%u dimensions: %u rows, %u live, %u vectors: recall %.4f\n", dim, m.rows,
                  m.live_count, vector_index_vectors(m.ix), recall);
    assert_true(recall >= 0.97);
    free_model(&m);
}

static void any_order_of_operations_is_right(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        random_operations_agree_with_brute_force(12, seed);
        random_operations_agree_with_brute_force(96, seed + 10);
    }
}

/* Different vectors of live rows. */
static uint32_t count_vectors(const model *m)
{
    uint32_t count = 0;
    bitset *seen = bitset_new(m->vectors.count);
    assert_non_null(seen);
    for (uint32_t row = 0; row < m->rows; row++) {
        const uint32_t vector = row % m->vectors.count;
        if (!bitset_has(m->live, row) || bitset_has(seen, vector)) continue;
        bitset_set(seen, vector);
        count++;
    }
    bitset_free(seen);
    return count;
}

/* Ten times all rows: as good as a fresh index, in the same memory. */
static void turn_all_over(uint32_t dim)
{
    enum { ROWS = 1500, BATCH = 50, TURNS = 10 };
    rng random = {5};
    model m = new_small_model(dim, ROWS * (TURNS + 1), 7);
    append(&m, ROWS);
    link_all_rows(&m);
    const uint32_t vectors = vector_index_vectors(m.ix);
    for (uint32_t turn = 0; turn < TURNS; turn++)
        for (uint32_t first = 0; first < ROWS; first += BATCH) {
            for (uint32_t i = 0; i < BATCH;) {
                uint32_t row = (uint32_t)rng_below(&random, m.rows);
                i += bitset_has(m.live, row);
                kill_row(&m, row);
            }
            append(&m, BATCH);
            link_some(&m, BATCH);
            remove_dead_rows(&m);
            reclaim(&m);
        }
    link_all_rows(&m);
    model fresh = new_small_model(dim, ROWS * (TURNS + 1), 7);
    fresh.rows = m.rows;
    bitset_free(fresh.live);
    fresh.live = m.live;
    fresh.live_count = m.live_count;
    uint32_t row;
    kith_error err;
    for (uint32_t i = 0; i < m.rows; i++)
        assert_ok(vector_index_append(fresh.ix, vector_of_row(&m, i), &row, &err));
    remove_dead_rows(&fresh); // before anything is linked: no node ever stood for them
    reclaim(&fresh);
    link_all_rows(&fresh);
    double turned = judge(&m, 200, 32), built = judge(&fresh, 200, 32);
    print_message("%u dimensions: recall %.4f, of a fresh index %.4f\n", dim, turned, built);
    assert_int_equal(graph_linked(&m.ix->graph), count_vectors(&m));
    assert_true(vector_index_vectors(m.ix) <= vectors + 2 * BATCH);
    assert_true(turned >= built - 0.01);
    fresh.live = NULL;
    free_model(&fresh);
    free_model(&m);
}

static void an_index_that_was_turned_over_is_as_good_as_a_fresh_one(void **state)
{
    (void)state;
    turn_all_over(12);
    turn_all_over(96);
}

/* A search that runs keeps the memory of what it may stand on. */
static void memory_waits_for_searches(void **state)
{
    (void)state;
    for (uint32_t dim = 12; dim <= 96; dim += 84) {
        model m = new_small_model(dim, 2000, 3);
        append(&m, 1000);
        link_all_rows(&m);
        uint32_t side = coded_graph_enter(&m.ix->coded);
        for (uint32_t row = 0; row < 100; row++)
            kill_row(&m, row * 7);
        remove_dead_rows(&m);
        for (int i = 0; i < 10; i++)
            assert_false(vector_index_reclaim(m.ix));
        append(&m, 50);
        assert_int_equal(vector_index_vectors(m.ix), 1050); // nothing was used again
        coded_graph_leave(&m.ix->coded, side);
        reclaim(&m);
        append(&m, 100);
        assert_int_equal(vector_index_vectors(m.ix), 1050);
        link_all_rows(&m);
        vector_index_check(m.ix);
        assert_true(judge(&m, 20, 64) >= 0.95);
        free_model(&m);
    }
}

static void all_rows_may_go_and_others_come(void **state)
{
    (void)state;
    model m = new_small_model(96, 4000, 4);
    append(&m, 1000);
    link_all_rows(&m);
    for (uint32_t row = 0; row < m.rows; row++)
        kill_row(&m, row);
    remove_dead_rows(&m);
    reclaim(&m);
    assert_int_equal(graph_linked(&m.ix->graph), 0);
    assert_true(judge(&m, 3, 64) == 1);
    append(&m, 1000);
    link_all_rows(&m);
    vector_index_check(m.ix);
    assert_int_equal(vector_index_vectors(m.ix), 1000);
    assert_true(judge(&m, 20, 64) >= 0.97);
    free_model(&m);
}

/* Sixty copies of one row, again and again, among others: all that is left is reachable (the check), and
 * what is not a copy is found. */
static void many_equal_rows_do_not_cut_the_graph(void **state)
{
    (void)state;
    enum { COPIES = 60, OTHERS = 1500 };
    for (uint32_t dim = 12; dim <= 96; dim += 84) {
        model m = new_small_model(dim, 8000, 9);
        append(&m, OTHERS);
        kith_error err;
        uint32_t row;
        for (uint32_t round = 0; round < 6; round++) {
            const uint32_t first = m.rows;
            for (uint32_t i = 0; i < COPIES; i++) {
                assert_ok(vector_index_append(m.ix, vector_of_row(&m, first), &row, &err));
                bitset_set(m.live, m.rows++);
                m.live_count++;
            }
            link_all_rows(&m);
            vector_index_check(m.ix);
            for (uint32_t i = 0; i < COPIES; i++)
                kill_row(&m, first + (i * 7 + round) % COPIES);
            remove_dead_rows(&m);
            reclaim(&m);
        }
        assert_true(judge(&m, 40, 64) >= 0.97);
        free_model(&m);
    }
}

enum { COPY_ROWS = 6000, COPY_FIRST = 100, COPY_GO = 200, COPY_COUNT = 300 };

/* Random rows, of which COPY_COUNT are copies of one. */
static model new_model_with_copies(uint64_t seed)
{
    kith_error err;
    rng random = {seed};
    model m = {.vectors = vector_set_new(COPY_ROWS, 64), .live = bitset_new(COPY_ROWS)};
    const vector_index_options options = {
        .metric = KITH_SQUARED_L2, .dim = 64, .flat_below = 100, .coded_above = 200};
    assert_non_null(m.live);
    assert_ok(vector_index_new(&options, &m.ix, &err));
    for (size_t i = 0; i < (size_t)COPY_ROWS * m.vectors.dim; i++)
        for (int n = 0; n < 4; n++)
            m.vectors.rows[i] += (float)rng_unit(&random) - 0.5F;
    for (uint32_t row = COPY_FIRST + 1; row < COPY_FIRST + COPY_COUNT; row++)
        memcpy(m.vectors.rows + (size_t)row * m.vectors.dim, vector_of(&m.vectors, COPY_FIRST),
               m.vectors.dim * sizeof(float));
    append(&m, COPY_ROWS);
    link_all_rows(&m);
    return m;
}

/* How many of the k hits of a walk for the copied row are copies of it. filter: NULL, or bits of all rows. */
static uint32_t count_copies(const model *m, uint32_t k, const bitset *filter)
{
    kith_error err;
    bitset live;
    hit hits[COPY_COUNT];
    const vector_view seen = seen_by(m, &live);
    const vector_search search = {.k = k, .ef = k + 10, .strategy = VECTOR_WALK, .filter = filter};
    uint32_t count = 0, copies = 0;
    assert_ok(vector_index_search(&seen, vector_of(&m->vectors, COPY_FIRST), &search, hits, &count,
                                  NULL, &err));
    assert_int_equal(count, k);
    for (uint32_t i = 0; i < count; i++)
        copies += hits[i].distance == 0;
    return copies;
}

/* Of 300 copies of one row 200 go at once, with most of what they are linked to, and a quarter of the other
 * rows: a walk for that row finds those that are left, while the dead ones are there, which are as near,
 * and when they have been removed. */
static void the_copies_that_are_left_are_found(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        model m = new_model_with_copies(seed);
        bitset *filter = bitset_new(COPY_ROWS); // nine of ten rows
        assert_non_null(filter);
        for (uint32_t row = 0; row < COPY_ROWS; row++)
            if (row % 10 != 3) bitset_set(filter, row);
        for (uint32_t row = 0; row < COPY_ROWS; row++)
            if (row % 4 == 0 || (row >= COPY_FIRST && row < COPY_FIRST + COPY_GO))
                kill_row(&m, row);
        for (uint32_t k = 1; k <= 61; k += 20) {
            assert_int_equal(count_copies(&m, k, NULL), k);
            assert_int_equal(count_copies(&m, k, filter), k);
        }
        remove_dead_rows(&m);
        reclaim(&m);
        for (uint32_t k = 1; k <= 61; k += 20) {
            assert_int_equal(count_copies(&m, k, NULL), k);
            assert_int_equal(count_copies(&m, k, filter), k);
        }
        bitset_free(filter);
        free_model(&m);
    }
}

/* Links at level 0 of the first nodes, which are all that there are. */
static void copy_links(const model *m, uint32_t nodes, uint32_t *out)
{
    const uint32_t degree = m->ix->graph.base_degree;
    for (uint32_t node = 0; node < nodes; node++)
        for (uint32_t i = 0; i < degree; i++)
            out[node * degree + i] = link_load(&graph_links(&m->ix->graph, node, 0)[i]);
}

static void assert_same_links(const model *m, uint32_t nodes, const uint32_t *links)
{
    const size_t count = (size_t)nodes * m->ix->graph.base_degree;
    uint32_t *now = calloc(count, sizeof *now);
    assert_non_null(now);
    assert_int_equal(graph_linked(&m->ix->graph), nodes);
    copy_links(m, nodes, now);
    assert_memory_equal(now, links, count * sizeof *now);
    free(now);
}

/* Of a vector that 20,000 rows have there is one node: rows of these that go leave its links as they are until the last one
 * does, and more of them change nothing either. */
static void copies_come_and_go_without_the_graph(void **state)
{
    (void)state;
    enum { OTHERS = 1000, COPIES = 20000, ROWS = OTHERS + COPIES };
    kith_error err;
    const vector_index_options options = {
        .metric = KITH_SQUARED_L2, .dim = 12, .flat_below = 100, .coded_above = 200};
    model m = {.vectors = clustered_vectors(2 * ROWS, 12, 8), .live = bitset_new(2 * ROWS)};
    for (uint32_t row = OTHERS; row < 2 * ROWS; row++)
        memcpy(m.vectors.rows + (size_t)row * 12, vector_of(&m.vectors, OTHERS),
               12 * sizeof(float));
    assert_non_null(m.live);
    assert_ok(vector_index_new(&options, &m.ix, &err));
    append(&m, OTHERS + 1);
    link_all_rows(&m);
    uint32_t *links = calloc((size_t)ROWS * m.ix->graph.base_degree, sizeof *links);
    assert_non_null(links);
    copy_links(&m, OTHERS + 1, links);
    append(&m, COPIES - 1);
    link_all_rows(&m);
    assert_same_links(&m, OTHERS + 1, links);
    reclaim(&m);
    append(&m, 1000); // into slots of those that came before
    assert_int_equal(vector_index_vectors(m.ix), ROWS);
    link_all_rows(&m);
    reclaim(&m);
    for (uint32_t step = 1; step <= 100; step *= 10) {
        for (uint32_t row = OTHERS; row < m.rows; row += 1000 / step)
            kill_row(&m, row);
        remove_dead_rows(&m);
        assert_int_equal(m.ix->leaving_count, 0);
        assert_same_links(&m, OTHERS + 1, links);
        assert_true(judge(&m, 10, 64) >= 0.97);
    }
    for (uint32_t row = OTHERS; row < m.rows; row++)
        kill_row(&m, row);
    remove_dead_rows(&m);
    assert_int_equal(m.ix->leaving_count, 1);
    reclaim(&m);
    assert_int_equal(graph_linked(&m.ix->graph), OTHERS);
    assert_true(judge(&m, 10, 64) >= 0.97);
    free(links);
    free_model(&m);
}

static void an_index_with_removed_rows_is_saved_and_read(void **state)
{
    (void)state;
    for (uint32_t dim = 12; dim <= 96; dim += 84) {
        kith_error err;
        buffer bytes;
        model m = new_small_model(dim, 3000, 6);
        append(&m, 1200);
        link_some(&m, 1000);
        for (uint32_t row = 0; row < 1200; row += 3)
            kill_row(&m, row);
        remove_dead_rows(&m); // those that leave are not reclaimed yet
        buffer_init(&bytes, 64 << 20);
        vector_index_write(m.ix, &bytes);
        vector_index *read = NULL;
        assert_ok(vector_index_read(buffer_view(&bytes), &read, &err));
        vector_index_check(read);
        assert_int_equal(vector_index_rows(read), 1200);
        assert_int_equal(vector_index_linked(read), vector_index_linked(m.ix));
        for (uint32_t row = 0; row < 1200; row++)
            assert_int_equal(vector_index_has_row(read, row), row % 3 != 0);
        vector_index_free(m.ix);
        m.ix = read;
        append(&m, 300); // into the slots that are unused
        assert_int_equal(vector_index_vectors(m.ix), 1200);
        link_all_rows(&m);
        vector_index_check(m.ix);
        assert_true(judge(&m, 40, 64) >= 0.97);
        buffer_done(&bytes);
        free_model(&m);
    }
}

/* The node that a slot takes later would begin with what the file has there. */
static void links_of_a_vacant_slot_are_not_read(void **state)
{
    (void)state;
    enum { ROWS = 300, SLOT = 7, HEAD = 20 };
    kith_error err;
    buffer out;
    model m = new_small_model(12, ROWS, 7);
    append(&m, ROWS);
    link_all_rows(&m);
    kill_row(&m, SLOT);
    remove_dead_rows(&m);
    reclaim(&m);
    buffer_init(&out, 1 << 20);
    graph_write(&m.ix->graph, &out);
    const size_t size = buffer_view(&out).size;
    char *bytes = malloc(size);
    assert_non_null(bytes);
    memcpy(bytes, buffer_view(&out).data, size);
    for (int is_bad = 0; is_bad < 2; is_bad++) {
        graph read;
        view rest = {bytes, size};
        const uint32_t link = 1;
        const size_t at = HEAD + ROWS + SLOT * m.ix->graph.base_degree * sizeof link;
        if (is_bad) memcpy(bytes + at, &link, sizeof link);
        graph_init(&read, m.ix->options.neighbors, m.ix->options.ef_construction, 0);
        kith_status status = graph_read(&read, ROWS, &rest, &err);
        assert_int_equal(status, is_bad ? KITH_ERR_CORRUPT : KITH_OK);
        graph_done(&read);
    }
    free(bytes);
    buffer_done(&out);
    free_model(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_order_of_operations_is_right),
        cmocka_unit_test(an_index_that_was_turned_over_is_as_good_as_a_fresh_one),
        cmocka_unit_test(memory_waits_for_searches),
        cmocka_unit_test(all_rows_may_go_and_others_come),
        cmocka_unit_test(many_equal_rows_do_not_cut_the_graph),
        cmocka_unit_test(the_copies_that_are_left_are_found),
        cmocka_unit_test(copies_come_and_go_without_the_graph),
        cmocka_unit_test(an_index_with_removed_rows_is_saved_and_read),
        cmocka_unit_test(links_of_a_vacant_slot_are_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
