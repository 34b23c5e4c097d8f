/* An index whose graph and codes are in memory and whose vectors are on a disk: any order of operations against brute
 * force, the same answers as with vectors in memory, limits, generations, damage, threads (TSan). */
#include "test.h"

#include "model_for_test.h"
#include "os/file.h"
#include "unnamed_file_for_test.h"
#include "vector/calibrate.h"
#include "vector/vector_estimate.h"
#include "vector/vector_index_private.h"
#include "vectors_for_test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

enum { DIM = 96 };

/* ---- a disk that can be bad ---- */

static atomic_bool is_disk_full, is_disk_bad;

static int64_t write_unless_full(int fd, const void *data, size_t bytes, uint64_t offset)
{
    if (!is_disk_full) return file_ops_posix.pwrite(fd, data, bytes, offset);
    errno = ENOSPC;
    return -1;
}

static int64_t read_unless_bad(int fd, void *data, size_t bytes, uint64_t offset)
{
    const int64_t got = file_ops_posix.pread(fd, data, bytes, offset);
    if (is_disk_bad && got > 0) ((char *)data)[got / 2] ^= 1;
    return got;
}

static file_ops test_ops;

static int setup_disk(void **state)
{
    (void)state;
    is_disk_full = is_disk_bad = false;
    test_ops = file_ops_posix;
    test_ops.pwrite = write_unless_full;
    test_ops.pread = read_unless_bad;
    return 0;
}

/* An eighth of the limit is the tail. */
static vector_index_options compact_options(uint64_t limit)
{
    return (vector_index_options){
        .metric = KITH_SQUARED_L2,
        .dim = DIM,
        .flat_below = 100,
        .coded_above = 200,
        .neighbors = 8,
        .ef_construction = 60,
        .budget = {.bytes = limit, .is_compact = true, .directory = ".", .ops = &test_ops}};
}

/* ---- any order of operations ---- */

/* Rows that are taken back, as at the end of a batch that failed. */
static void append_in_vain(model *m, uint32_t count)
{
    kith_error err;
    uint32_t row = 0;
    for (uint32_t i = 0; i < count; i++)
        assert_ok(vector_index_append(m->ix, vector_of_row(m, i), &row, &err));
    vector_index_truncate(m->ix, m->rows);
}

/* Each row that has a slot has its vector there. Of metrics that keep it as it is. */
static void assert_vectors(const model *m)
{
    _Alignas(64) float room[DIM];
    for (uint32_t row = 0; row < m->rows; row++) {
        const uint32_t slot = slot_of_row(&m->ix->slots, row);
        if (slot == SLOT_NONE) continue;
        const uint32_t side = coded_graph_enter(&m->ix->coded);
        assert_memory_equal(vector_rows_read(&m->ix->rows, slot, room), vector_of_row(m, row),
                            sizeof room);
        coded_graph_leave(&m->ix->coded, side);
    }
    assert_false(vector_index_is_damaged(m->ix));
}

/* ---- generations ---- */

typedef struct memory_part {
    buffer bytes;
} memory_part;

static kith_status read_memory(void *context, uint64_t first, uint32_t count, void *to,
                               kith_error *err)
{
    const memory_part *p = context;
    const size_t at = (size_t)first * LAZY_PAGE_BYTES, room = (size_t)count * LAZY_PAGE_BYTES;
    const size_t left = p->bytes.size - at;
    (void)err;
    memcpy(to, p->bytes.data + at, left < room ? left : room);
    return KITH_OK;
}

static lazy_source source_of(memory_part *p)
{
    return (lazy_source){read_memory, NULL, p, p->bytes.size};
}

typedef struct generation_parts {
    memory_part vectors, graph, codes;
    uint32_t slots, rows;
} generation_parts;

static generation_parts save(const vector_view *seen)
{
    generation_parts g = {.slots = vector_index_slots(seen), .rows = seen->rows};
    memory_part *parts[] = {&g.vectors, &g.graph, &g.codes};
    for (size_t i = 0; i < 3; i++)
        buffer_init(&parts[i]->bytes, SIZE_MAX / 2);
    vector_index_note_saving(seen->index);
    vector_index_write_rows(seen, &g.vectors.bytes);
    vector_index_write_graph(seen, &g.graph.bytes);
    if (vector_index_has_codes(seen->index)) vector_index_write_codes(seen->index, &g.codes.bytes);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(parts[i]->bytes.failed, KITH_OK);
    return g;
}

static void free_parts(generation_parts *g)
{
    buffer_done(&g->vectors.bytes);
    buffer_done(&g->graph.bytes);
    buffer_done(&g->codes.bytes);
}

/* Opens it compact, with its vectors in a file. */
static vector_index *open_parts(generation_parts *g, const vector_index_options *options,
                                int *out_fd)
{
    kith_error err;
    vector_index *ix = NULL;
    bool is_done = false;
    vector_index_parts from = {.graph = source_of(&g->graph),
                               .slots = g->slots,
                               .cold = file_of(&g->vectors.bytes, out_fd)};
    if (g->codes.bytes.size) from.codes = source_of(&g->codes);
    assert_ok(vector_index_open(options, &from, &ix, &err));
    assert_int_equal(vector_index_form(ix), VECTOR_COMPACT);
    assert_ok(vector_index_read_on(ix, SIZE_MAX, NULL, &is_done, &err));
    assert_true(is_done);
    return ix;
}

static void save_and_adopt(model *m)
{
    bitset live;
    const vector_view seen = seen_by(m, &live);
    // What is dead now is dead when it is adopted, so a copy does.
    bitset *then = bitset_new(m->rows);
    assert_non_null(then);
    memcpy(then->words, m->live->words, (m->rows + 63) / 64 * sizeof(uint64_t));
    const vector_view saved = {m->ix, m->rows, then, m->live_count};
    (void)seen;
    generation_parts g = save(&saved);
    append(m, 40); // meanwhile
    paged_file *file = file_of(&g.vectors.bytes, NULL);
    if (!vector_index_adopt_vectors(m->ix, &saved, file, g.slots)) paged_file_release(file);
    free_parts(&g);
    bitset_free(then);
}

static void save_and_open(model *m)
{
    bitset live;
    const vector_view seen = seen_by(m, &live);
    const vector_index_options options = *vector_index_describe(m->ix);
    if (vector_index_form(m->ix) != VECTOR_COMPACT) return;
    generation_parts g = save(&seen);
    vector_index_free(m->ix);
    m->ix = open_parts(&g, &options, NULL);
    free_parts(&g);
}

static void random_operations_agree_with_brute_force(kith_metric metric, uint64_t seed)
{
    rng random = {seed};
    vector_index_options options = compact_options(2 << 20);
    options.metric = metric;
    model m = new_model(&options, 40000, seed);
    append(&m, 400);
    for (uint32_t step = 0; step < 200; step++) {
        uint32_t what = (uint32_t)rng_below(&random, 11);
        if (what < 3) append(&m, (uint32_t)rng_below(&random, 200));
        if (what == 3 || what == 4)
            for (uint32_t i = (uint32_t)rng_below(&random, 250); i > 0 && m.live_count > 150; i--)
                kill_row(&m, (uint32_t)rng_below(&random, m.rows));
        if (what == 5) link_some(&m, 1 + (uint32_t)rng_below(&random, 200));
        if (what == 6) remove_dead_rows(&m);
        if (what == 7) reclaim(&m);
        if (what == 8) append_in_vain(&m, (uint32_t)rng_below(&random, 300));
        if (what == 9) save_and_adopt(&m);
        if (what == 10 && step % 3 == 0) save_and_open(&m);
        if (step % 10 == 0) assert_true(judge(&m, 4, 100) >= 0.8);
        if (step % 10 == 0 && metric != KITH_COSINE) assert_vectors(&m);
    }
    assert_int_equal(vector_index_form(m.ix), VECTOR_COMPACT);
    link_all_rows(&m);
    double recall = judge(&m, 40, 64);
    print_message("metric %d: %u rows, %u live, %u vectors, %llu bytes spilled: recall %.4f\n",
                  (int)metric, m.rows, m.live_count, vector_index_vectors(m.ix),
                  (unsigned long long)cold_rows_spilled(vector_rows_cold(&m.ix->rows)), recall);
    assert_true(recall >= 0.97);
    free_model(&m);
}

static void any_order_of_operations_is_right(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++)
        random_operations_agree_with_brute_force((kith_metric)(seed % 3), seed);
}

/* Rows that were saved without a node, and die before they get one, are linked all the same: their vectors are still wanted when
 * the next generation takes the place of the one that they are in. */
static void rows_that_died_before_they_were_linked_have_their_vectors(void **state)
{
    enum { LINKED = 2000, TAIL = 300 };
    (void)state;
    const vector_index_options options = compact_options(0);
    model m = new_model(&options, 4000, 11);
    append(&m, LINKED);
    link_all_rows(&m);
    append(&m, TAIL);
    save_and_open(&m);
    reclaim(&m);
    for (uint32_t row = LINKED; row < LINKED + TAIL; row++)
        kill_row(&m, row);
    save_and_adopt(&m);
    assert_vectors(&m);
    link_all_rows(&m);
    assert_vectors(&m);
    assert_true(judge(&m, 20, 64) > 0.95);
    free_model(&m);
}

/* A generation that was saved before all codes of its nodes were made has none. Nodes may leave before they are made again. */
static void rows_are_removed_before_their_codes_are_made_again(void **state)
{
    enum { ROWS = 3000, DEAD = 500 };
    (void)state;
    const vector_index_options options = compact_options(0);
    bitset live;
    model m = new_model(&options, ROWS, 12);
    append(&m, ROWS);
    link_all_rows(&m);
    const vector_view seen = seen_by(&m, &live);
    generation_parts g = save(&seen);
    buffer_done(&g.codes.bytes);
    g.codes.bytes = (buffer){0};
    vector_index_free(m.ix);
    m.ix = open_parts(&g, &options, NULL);
    free_parts(&g);
    assert_int_equal(row_codes_count(&m.ix->codes), 0);
    for (uint32_t row = 0; row < DEAD; row++)
        kill_row(&m, row * (ROWS / DEAD));
    remove_dead_rows(&m);
    reclaim(&m);
    assert_true(judge(&m, 20, 64) > 0.95);
    link_all_rows(&m);
    assert_vectors(&m);
    assert_true(judge(&m, 20, 64) > 0.95);
    free_model(&m);
}

/* ---- as with vectors in memory ---- */

static float distance_in(const vector_index *ix, const float *query, uint32_t row)
{
    _Alignas(64) float prepared[2048];
    vector_rows_prepare(&ix->rows, query, prepared);
    return vector_rows_distance(&ix->rows, prepared, slot_of_row(&ix->slots, row));
}

/* Of the K nearest. */
static float last_exact(const vector_index *ix, const vector_set *queries, uint32_t q)
{
    kith_error err;
    hit hits[K];
    uint32_t count = 0;
    const vector_view seen = view_of_all(ix, NULL);
    const vector_search search = {.k = K, .exact = true};
    assert_ok(vector_index_search(&seen, vector_of(queries, q), &search, hits, &count, NULL, &err));
    return hits[K - 1].distance;
}

/* The same hits where vectors are too long for codes of 4 bits; elsewhere about as many of the nearest, at the distances
 * that they have. */
static void answers_are_those_of_vectors_in_memory(void **state)
{
    enum { ROWS = 6000, QUERIES = 100 };
    (void)state;
    const uint32_t dims[] = {64, 100, 300, 1100};
    for (size_t d = 0; d < sizeof dims / sizeof dims[0]; d++)
        for (kith_metric metric = KITH_COSINE; metric <= KITH_INNER_PRODUCT; metric++) {
            const uint32_t rows = dims[d] > 500 ? ROWS / 3 : ROWS;
            vector_set v = clustered_vectors(rows, dims[d], 1),
                       queries = clustered_vectors(QUERIES, dims[d], 1);
            // Without rows of sign codes, so that both walk by codes of 8 bits, or one by codes of 4.
            vector_index_options options = {
                .metric = metric, .dim = dims[d], .flat_below = 300, .coded_above = 100000};
            vector_index *full = index_of(&v, options);
            options.budget = (vector_budget){.is_compact = true, .directory = "."};
            vector_index *compact = index_of(&v, options);
            assert_true(vector_index_reclaim(compact));
            assert_int_equal(vector_index_form(full), VECTOR_IN_MEMORY);
            assert_int_equal(vector_index_form(compact), VECTOR_COMPACT);
            uint32_t found_full = 0, found_compact = 0;
            for (uint32_t q = 0; q < QUERIES; q++)
                for (int exact = 0; exact < 2; exact++) {
                    kith_error err;
                    hit of_full[K], of_compact[K];
                    uint32_t count = 0;
                    const vector_view seen[] = {view_of_all(full, NULL),
                                                view_of_all(compact, NULL)};
                    const vector_search search = {.k = K, .ef = 30, .exact = exact};
                    memset(of_full, 0, sizeof of_full);
                    memset(of_compact, 0, sizeof of_compact);
                    assert_ok(vector_index_search(&seen[0], vector_of(&queries, q), &search,
                                                  of_full, &count, NULL, &err));
                    assert_ok(vector_index_search(&seen[1], vector_of(&queries, q), &search,
                                                  of_compact, &count, NULL, &err));
                    for (uint32_t h = 0; h < count; h++) {
                        const float distance =
                            distance_in(full, vector_of(&queries, q), of_compact[h].id);
                        assert_true(of_compact[h].distance == distance);
                    }
                    if (exact || dims[d] > ROW_CODES_SHORT_DIM)
                        assert_memory_equal(of_full, of_compact, sizeof of_full);
                    if (exact) continue;
                    const float last = last_exact(full, &queries, q);
                    for (uint32_t h = 0; h < K; h++) {
                        found_full += of_full[h].distance <= last;
                        found_compact += of_compact[h].distance <= last;
                    }
                }
            print_message("%u dimensions, metric %d: %u of the nearest found in memory, %u "
                          "compact, of %d\n",
                          dims[d], (int)metric, found_full, found_compact, QUERIES * K);
            assert_true(found_compact >= found_full - QUERIES * K / 50);
            vector_index_free(full);
            vector_index_free(compact);
            free(v.rows);
            free(queries.rows);
        }
}

static void filters_match_what_they_let_pass(void **state)
{
    enum { ROWS = 8000 };
    (void)state;
    kith_error err;
    vector_set v = clustered_vectors(ROWS, DIM, 9), queries = clustered_vectors(40, DIM, 9);
    const vector_index_options options = compact_options(0);
    vector_index *ix = index_of(&v, options);
    const uint32_t every[] = {2, 20, 500};
    for (size_t i = 0; i < 3; i++) {
        bitset *filter = bitset_new(ROWS);
        uint32_t found = 0, wanted = 0;
        for (uint32_t row = 0; row < ROWS; row += every[i])
            bitset_set(filter, row);
        const vector_view seen = view_of_all(ix, NULL);
        for (uint32_t q = 0; q < queries.count; q++) {
            naive_hit *naive = NULL;
            hit hits[K];
            uint32_t count = 0;
            const float *query = vector_of(&queries, q);
            (void)naive_search(KITH_SQUARED_L2, &v, query, filter, &naive);
            const vector_search search = {.k = K, .filter = filter};
            assert_ok(vector_index_search(&seen, query, &search, hits, &count, NULL, &err));
            assert_int_equal(count, K);
            for (uint32_t h = 0; h < count; h++) {
                assert_true(bitset_has(filter, hits[h].id));
                found += (double)hits[h].distance <= naive[K - 1].distance * (1 + 1e-6);
                wanted++;
            }
            free(naive);
        }
        assert_true(found >= wanted * 0.97);
        bitset_free(filter);
    }
    vector_index_free(ix);
    free(v.rows);
    free(queries.rows);
}

/* ---- limits ---- */

static void each_form_comes_when_the_one_before_does_not_fit(void **state)
{
    enum { ROWS = 12000, LIMIT = 4 << 20 };
    (void)state;
    kith_error err;
    vector_set v = clustered_vectors(ROWS, DIM, 3);
    vector_index_options options = {.metric = KITH_SQUARED_L2,
                                    .dim = DIM,
                                    .flat_below = 1000,
                                    .budget = {.bytes = LIMIT, .directory = "."}};
    vector_index *ix = NULL;
    vector_form form = VECTOR_IN_MEMORY;
    size_t most = 0;
    assert_ok(vector_index_new(&options, &ix, &err));
    const uint32_t compact_from = vector_index_rows_until(&options, VECTOR_COMPACT),
                   lists_from = vector_index_rows_until(&options, VECTOR_IN_LISTS);
    assert_true(compact_from > 1000 && lists_from > 1.5 * compact_from && lists_from < ROWS);
    for (uint32_t row = 0, made; row < ROWS; row++) {
        assert_ok(vector_index_append(ix, vector_of(&v, row), &made, &err));
        const vector_form now = vector_index_form(ix);
        if (now == VECTOR_COMPACT && form == VECTOR_IN_MEMORY) assert_int_equal(row, compact_from);
        if (now == VECTOR_IN_LISTS && form == VECTOR_COMPACT) assert_int_equal(row, lists_from);
        assert_true(now >= form && now <= form + 1);
        form = now;
        if (row % 64 == 0) assert_ok(vector_index_link(ix, row + 1, 256, NULL, NULL, &err));
        (void)vector_index_reclaim(ix);
        if (vector_index_bytes(ix) > most) most = vector_index_bytes(ix);
    }
    assert_int_equal(form, VECTOR_IN_LISTS);
    print_message("%u rows in memory, %u compact, at most %zu bytes of %u\n", compact_from,
                  lists_from, most, LIMIT);
    assert_true(most <= LIMIT / 4 * 3 + 65536);
    vector_index_free(ix);
    free(v.rows);
}

/* Vectors, and what of signs was made before: blocks, rows, and those of neighbors. */
static void what_moves_to_a_disk_leaves_no_memory_behind(void **state)
{
    (void)state;
    kith_error err;
    vector_index_options options = compact_options(2 << 20);
    options.budget.is_compact = false;
    const uint32_t moves_at = vector_index_rows_until(&options, VECTOR_COMPACT);
    model m = new_model(&options, moves_at + 1, 41);
    append(&m, moves_at);
    link_all_rows(&m);
    assert_int_equal(vector_index_form(m.ix), VECTOR_IN_MEMORY);
    assert_true(flat_codes_count(&m.ix->flat) > 0);
    append(&m, 1);
    assert_int_equal(vector_index_form(m.ix), VECTOR_COMPACT);
    link_all_rows(&m);
    reclaim(&m);
    const region *left[] = {&m.ix->rows.memory, &m.ix->flat.blocks, &m.ix->flat.rows,
                            &m.ix->coded.rows};
    for (size_t i = 0; i < sizeof left / sizeof left[0]; i++)
        assert_int_equal(region_capacity(left[i]), 0);
    assert_ok(region_check(&m.ix->flat.rows, &err));
    assert_true(judge(&m, 20, 64) > 0.95);
    free_model(&m);
}

static void an_estimate_is_what_a_compact_index_takes(void **state)
{
    enum { ROWS = 7000 };
    (void)state;
    kith_error err;
    vector_set v = clustered_vectors(ROWS, DIM, 37);
    vector_index_options options = compact_options(8 << 20);
    vector_index *ix = index_of(&v, options);
    vector_estimate e;
    assert_true(vector_index_reclaim(ix));
    assert_ok(vector_index_estimate(&options, ROWS, &e, &err));
    assert_int_equal(e.form, VECTOR_COMPACT);
    assert_int_equal(e.neighbor_codes + e.sign_codes, 0);
    const double used = (double)vector_index_bytes(ix), told = (double)vector_estimate_memory(&e);
    // The tail is anything from empty to full.
    assert_true(used < told * 1.05 && used > told * 0.95 - (double)(1 << 20));
    vector_index_free(ix);
    free(v.rows);
}

static void vectors_stay_in_memory_while_the_disk_is_full(void **state)
{
    enum { LIMIT = 2 << 20 };
    (void)state;
    const vector_index_options options = compact_options(LIMIT);
    model m = new_model(&options, 8000, 5);
    is_disk_full = true;
    append(&m, 1500);
    assert_int_equal(vector_index_form(m.ix), VECTOR_IN_MEMORY);
    link_all_rows(&m);
    assert_true(judge(&m, 20, 64) > 0.95);
    is_disk_full = false;
    append(&m, 500);
    assert_int_equal(vector_index_form(m.ix), VECTOR_COMPACT);
    is_disk_full = true;
    append(&m, 1500); // the tail grows
    link_all_rows(&m);
    assert_true(judge(&m, 20, 64) > 0.95);
    is_disk_full = false;
    append(&m, 1000);
    reclaim(&m);
    link_all_rows(&m);
    assert_true(judge(&m, 20, 64) > 0.95);
    assert_true(vector_index_bytes(m.ix) < LIMIT / 4 * 3);
    free_model(&m);
}

/* ---- damage ---- */

static kith_status ask(const model *m, bool exact, kith_error *err)
{
    bitset live;
    hit hits[K];
    uint32_t count = 0;
    const vector_view seen = seen_by(m, &live);
    const vector_search search = {.k = K, .ef = 30, .exact = exact};
    return vector_index_search(&seen, vector_of(&m->vectors, 3), &search, hits, &count, NULL, err);
}

static void a_page_that_is_bad_is_no_answer(void **state)
{
    (void)state;
    for (int exact = 0; exact < 2; exact++) {
        kith_error err;
        bitset live;
        const vector_index_options options = compact_options(2 << 20);
        model m = new_model(&options, 8000, 5);
        append(&m, 3000);
        link_all_rows(&m);
        reclaim(&m);
        assert_ok(ask(&m, exact, &err));
        is_disk_bad = true;
        assert_int_equal(ask(&m, exact, &err), KITH_ERR_CORRUPT);
        assert_non_null(strstr(err.message, "checksum"));
        is_disk_bad = false;
        // It stays damaged: what was found may have been used.
        assert_true(vector_index_is_damaged(m.ix));
        assert_int_equal(ask(&m, exact, &err), KITH_ERR_CORRUPT);
        // Nothing is saved of it.
        buffer out;
        buffer_init(&out, SIZE_MAX / 2);
        const vector_view seen = seen_by(&m, &live);
        vector_index_write_rows(&seen, &out);
        assert_int_equal(out.failed, KITH_ERR_CORRUPT);
        buffer_done(&out);
        free_model(&m);
    }
}

static void a_page_of_a_generation_that_is_bad_is_no_answer(void **state)
{
    (void)state;
    kith_error err;
    const vector_index_options options = compact_options(2 << 20);
    model m = new_model(&options, 8000, 5);
    append(&m, 3000);
    link_all_rows(&m);
    bitset live;
    const vector_view seen = seen_by(&m, &live);
    generation_parts g = save(&seen);
    vector_index_free(m.ix);
    int fd = -1;
    m.ix = open_parts(&g, &options, &fd);
    assert_ok(ask(&m, true, &err));
    char byte;
    assert_int_equal(pread(fd, &byte, 1, 700000), 1);
    byte ^= 4;
    assert_int_equal(pwrite(fd, &byte, 1, 700000), 1);
    assert_int_equal(ask(&m, true, &err), KITH_ERR_CORRUPT);
    assert_non_null(strstr(err.message, "part vectors.0"));
    free_parts(&g);
    free_model(&m);
}

static void fewer_vectors_than_slots_are_refused(void **state)
{
    (void)state;
    kith_error err;
    const vector_index_options options = compact_options(2 << 20);
    model m = new_model(&options, 8000, 5);
    append(&m, 3000);
    link_all_rows(&m);
    bitset live;
    const vector_view seen = seen_by(&m, &live);
    generation_parts g = save(&seen);
    g.vectors.bytes.size /= 2;
    vector_index *ix = NULL;
    vector_index_parts from = {.graph = source_of(&g.graph),
                               .codes = source_of(&g.codes),
                               .slots = g.slots,
                               .cold = file_of(&g.vectors.bytes, NULL)};
    assert_int_equal(vector_index_open(&options, &from, &ix, &err), KITH_ERR_CORRUPT);
    assert_null(ix);
    free_parts(&g);
    free_model(&m);
}

/* ---- recall that is asked for ---- */

static void recall_is_measured(void **state)
{
    enum { ROWS = 5000 };
    (void)state;
    kith_error err;
    vector_set v = clustered_vectors(ROWS, ROW_CODES_SHORT_DIM + 4, 21);
    vector_index_options options = compact_options(0);
    options.dim = ROW_CODES_SHORT_DIM + 4; // codes of 8 bits in both
    vector_index *compact = index_of(&v, options);
    options.budget = (vector_budget){0};
    options.coded_above = 100000;
    vector_index *full = index_of(&v, options);
    recall_curve curves[2] = {0};
    const calibration how = {.count = 100, .seed = 3};
    const vector_view seen[] = {view_of_all(compact, NULL), view_of_all(full, NULL)};
    for (int i = 0; i < 2; i++)
        assert_ok(vector_calibrate(&seen[i], &how, &curves[i], &err));
    // The same graph, walked by the same codes.
    assert_memory_equal(&curves[0], &curves[1], sizeof curves[0]);
    vector_index_free(compact);
    vector_index_free(full);
    free(v.rows);
}

/* ---- threads ---- */

typedef struct crowd {
    model *m;
    pthread_mutex_t lock; /* guards what a view is made of */
    uint32_t rows;        /* that are published */
    atomic_bool is_over;
    atomic_uint searches;
} crowd;

static void *search_all_the_time(void *context)
{
    crowd *c = context;
    uint32_t q = 0;
    while (!c->is_over) {
        kith_error err;
        hit hits[K];
        uint32_t count = 0;
        (void)pthread_mutex_lock(&c->lock);
        const vector_view seen = {c->m->ix, c->rows, NULL, c->rows};
        (void)pthread_mutex_unlock(&c->lock);
        if (seen.rows < K) continue;
        const float *query = vector_of_row(c->m, q++ % seen.rows);
        const vector_search search = {.k = K, .ef = 40, .exact = q % 64 == 0};
        assert_ok(vector_index_search(&seen, query, &search, hits, &count, NULL, &err));
        assert_int_equal(count, K);
        for (uint32_t i = 0; i < K; i++)
            assert_float_equal(
                hits[i].distance,
                naive_distance(KITH_SQUARED_L2, vector_of_row(c->m, hits[i].id), query, DIM), 1e-4);
        c->searches++;
    }
    return NULL;
}

static void *link_all_the_time(void *context)
{
    crowd *c = context;
    uint32_t rounds = 0;
    while (!c->is_over) {
        kith_error err;
        (void)pthread_mutex_lock(&c->lock);
        const uint32_t rows = c->rows;
        (void)pthread_mutex_unlock(&c->lock);
        if (vector_index_unlinked(c->m->ix, rows) > 0)
            assert_ok(vector_index_link(c->m->ix, rows, 64, NULL, NULL, &err));
        (void)vector_index_reclaim(c->m->ix);
        if (++rounds % 8 || vector_index_form(c->m->ix) != VECTOR_COMPACT) continue;
        const vector_view seen = {c->m->ix, rows, NULL, rows};
        generation_parts g = save(&seen);
        paged_file *file = file_of(&g.vectors.bytes, NULL);
        if (!vector_index_adopt_vectors(c->m->ix, &seen, file, g.slots)) paged_file_release(file);
        free_parts(&g);
    }
    return NULL;
}

static void searches_run_beside_all_of_it(void **state)
{
    enum { SEARCHERS = 2, ROWS = 5000 };
    (void)state;
    kith_error err;
    vector_index_options options = compact_options(2 << 20);
    options.metric = KITH_SQUARED_L2;
    model m = new_model(&options, ROWS, 31);
    crowd c = {.m = &m, .lock = PTHREAD_MUTEX_INITIALIZER};
    pthread_t threads[SEARCHERS + 1];
    for (int i = 0; i < SEARCHERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, search_all_the_time, &c), 0);
    assert_int_equal(pthread_create(&threads[SEARCHERS], NULL, link_all_the_time, &c), 0);
    for (uint32_t i = 0, row; i < ROWS && vector_index_form(m.ix) < VECTOR_IN_LISTS; i++) {
        assert_ok(vector_index_append(m.ix, vector_of_row(&m, i), &row, &err));
        (void)pthread_mutex_lock(&c.lock);
        c.rows = i + 1;
        (void)pthread_mutex_unlock(&c.lock);
        while (c.searches < i / 10)
            (void)sched_yield();
    }
    c.is_over = true;
    for (int i = 0; i <= SEARCHERS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    free_model(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(any_order_of_operations_is_right, setup_disk),
        cmocka_unit_test_setup(rows_that_died_before_they_were_linked_have_their_vectors,
                               setup_disk),
        cmocka_unit_test_setup(rows_are_removed_before_their_codes_are_made_again, setup_disk),
        cmocka_unit_test_setup(answers_are_those_of_vectors_in_memory, setup_disk),
        cmocka_unit_test_setup(filters_match_what_they_let_pass, setup_disk),
        cmocka_unit_test_setup(each_form_comes_when_the_one_before_does_not_fit, setup_disk),
        cmocka_unit_test_setup(what_moves_to_a_disk_leaves_no_memory_behind, setup_disk),
        cmocka_unit_test_setup(an_estimate_is_what_a_compact_index_takes, setup_disk),
        cmocka_unit_test_setup(vectors_stay_in_memory_while_the_disk_is_full, setup_disk),
        cmocka_unit_test_setup(a_page_that_is_bad_is_no_answer, setup_disk),
        cmocka_unit_test_setup(a_page_of_a_generation_that_is_bad_is_no_answer, setup_disk),
        cmocka_unit_test_setup(fewer_vectors_than_slots_are_refused, setup_disk),
        cmocka_unit_test_setup(recall_is_measured, setup_disk),
        cmocka_unit_test_setup(searches_run_beside_all_of_it, setup_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
