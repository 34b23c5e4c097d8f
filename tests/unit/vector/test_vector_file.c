/* The vector index as bytes: round trips in one piece and in parts, damage, malice. */
#include "test.h"

#include "base/hash.h"
#include "parts_for_test.h"
#include "vector/vector_index.h"

enum { K = 10, MAX_BYTES = 64 << 20 };

static buffer written(const vector_index *ix)
{
    kith_error err;
    buffer b;
    buffer_init(&b, MAX_BYTES);
    vector_index_write(ix, &b);
    assert_ok(buffer_status(&b, "index", &err));
    return b;
}

static void assert_same_answers(const vector_index *a, const vector_index *b,
                                const vector_set *queries)
{
    kith_error err;
    assert_int_equal(vector_index_rows(a), vector_index_rows(b));
    assert_int_equal(vector_index_linked(a), vector_index_linked(b));
    vector_view all_of_a = view_of_all(a, NULL), all_of_b = view_of_all(b, NULL);
    for (uint32_t i = 0; i < queries->count; i++) {
        for (uint32_t exact = 0; exact < 2; exact++) {
            vector_search search = {.k = K, .exact = exact != 0};
            hit from_a[K] = {0}, from_b[K] = {0};
            uint32_t count_a = 0, count_b = 0;
            assert_ok(vector_index_search(&all_of_a, vector_of(queries, i), &search, from_a,
                                          &count_a, NULL, &err));
            assert_ok(vector_index_search(&all_of_b, vector_of(queries, i), &search, from_b,
                                          &count_b, NULL, &err));
            assert_int_equal(count_a, count_b);
            assert_memory_equal(from_a, from_b, sizeof from_a);
        }
    }
}

/* Appends the rows of `v` that are not in the index yet, and links everything. */
static void grow(vector_index *ix, const vector_set *v)
{
    uint32_t rows = vector_index_rows(ix);
    append_all(ix, &(vector_set){v->count - rows, v->dim, v->rows + (size_t)rows * v->dim});
    link_all(ix);
}

/* None, some or all rows are linked. */
static const struct {
    uint32_t rows, linked;
} sizes[] = {{0, 0}, {1, 0}, {64, 0}, {1024, 0}, {1025, 1}, {2000, 1500}, {2100, 2100}};

static vector_index *partly_linked(const vector_set *v, size_t size, kith_metric metric)
{
    kith_error err;
    vector_index *ix = NULL;
    vector_index_options options = {.metric = metric,
                                    .dim = v->dim,
                                    .flat_below = 1024,
                                    .neighbors = 6,
                                    .ef_construction = 30,
                                    .seed = 5};
    assert_ok(vector_index_new(&options, &ix, &err));
    append_all(ix, &(vector_set){sizes[size].rows, v->dim, v->rows});
    assert_ok(vector_index_link(ix, sizes[size].rows, sizes[size].linked, NULL, NULL, &err));
    assert_int_equal(vector_index_linked(ix), sizes[size].linked);
    return ix;
}

static void what_is_written_reads_back_to_the_same_answers_and_grows_alike(void **state)
{
    (void)state;
    kith_error err;
    vector_set v = clustered_vectors(2150, 19, 1), queries = clustered_vectors(20, 19, 2);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (uint32_t metric = 0; metric < 3; metric++) {
            vector_index *ix = partly_linked(&v, i, (kith_metric)metric), *back = NULL;
            buffer bytes = written(ix), again;
            assert_ok(vector_index_read(buffer_view(&bytes), &back, &err));
            vector_index_check(back);
            assert_same_answers(ix, back, &queries);
            again = written(back);
            assert_true(view_equal(buffer_view(&bytes), buffer_view(&again)));
            grow(ix, &v);
            grow(back, &v);
            assert_same_answers(ix, back, &queries);
            buffer_done(&bytes);
            buffer_done(&again);
            vector_index_free(ix);
            vector_index_free(back);
        }
    }
    free(v.rows);
    free(queries.rows);
}

/* ---- the parts of a generation ---- */

static void parts_open_to_the_same_index_and_grow_alike(void **state)
{
    (void)state;
    kith_error err = {0};
    vector_set v = clustered_vectors(2150, 19, 1), queries = clustered_vectors(20, 19, 2);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        vector_index *ix = partly_linked(&v, i, KITH_COSINE), *back = NULL;
        saved_parts parts = saved(ix);
        assert_ok(open_and_read(&parts, &back, &err));
        assert_int_equal(parts.vectors.pages, pages_of(&parts.vectors));
        vector_index_check(back);
        assert_same_answers(ix, back, &queries);
        grow(ix, &v);
        grow(back, &v);
        vector_index_check(back);
        assert_same_answers(ix, back, &queries);
        saved_parts of_one = saved(ix), of_other = saved(back);
        assert_true(
            view_equal(buffer_view(&of_one.graph.bytes), buffer_view(&of_other.graph.bytes)));
        parts_done(&of_one);
        parts_done(&of_other);
        vector_index_free(ix);
        vector_index_free(back);
        assert_int_equal(parts.vectors.closed + parts.graph.closed, 2);
        parts_done(&parts);
    }
    free(v.rows);
    free(queries.rows);
}

static void assert_refused(saved_parts *p, kith_status expected)
{
    kith_error err = {0};
    vector_index *back = NULL;
    forget_counts(p);
    assert_status(expected, try_open(p, &back, &err));
    assert_null(back);
    assert_int_equal(p->vectors.closed + p->graph.closed, 2);
}

static void parts_that_do_not_fit_are_refused_and_closed(void **state)
{
    (void)state;
    vector_set v = clustered_vectors(2150, 19, 1);
    vector_index *ix = partly_linked(&v, 6, KITH_COSINE);
    saved_parts sound = saved(ix), p = sound;
    p.slots = 2101; // more than there are
    assert_refused(&p, KITH_ERR_CORRUPT);
    p.slots = UINT32_C(1) << 31;
    assert_refused(&p, KITH_ERR_LIMIT);
    p.slots = 2099; // fewer than the graph has
    assert_refused(&p, KITH_ERR_CORRUPT);
    p = sound;
    p.options.neighbors = 1;
    assert_refused(&p, KITH_ERR_INVALID);
    p.options.neighbors = 7; // not the graph's
    assert_refused(&p, KITH_ERR_CORRUPT);
    p = sound;
    for (size_t size = 0; size < sound.graph.bytes.size; size += size < 40 ? 1 : 997) {
        p.graph.bytes.size = size;
        assert_refused(&p, KITH_ERR_CORRUPT);
    }
    buffer_append_byte(&sound.graph.bytes, 0);
    assert_refused(&sound, KITH_ERR_CORRUPT);
    parts_done(&sound);
    vector_index_free(ix);
    free(v.rows);
}

/* Whatever bits the rows hold: a distance is finite and has an order. */
static void rows_that_are_no_vectors_give_finite_distances(void **state)
{
    (void)state;
    kith_error err = {0};
    vector_set v = clustered_vectors(2150, 19, 1);
    vector_index *ix = partly_linked(&v, 6, KITH_SQUARED_L2), *back = NULL;
    saved_parts parts = saved(ix);
    rng random = {77};
    for (uint32_t i = 0; i < 3000; i++) {
        const uint32_t odd[] = {0x7fc00000, 0xff800000, 0x7f800000, 0xffffffff};
        memcpy(parts.vectors.bytes.data + (size_t)rng_below(&random, 2100 * 32) * 4, &odd[i % 4],
               4);
    }
    assert_ok(open_and_read(&parts, &back, &err));
    vector_view seen = view_of_all(back, NULL);
    for (uint32_t i = 0; i < 50; i++) {
        vector_search search = {.k = K, .ef = i % 2 ? 12 : 0};
        hit hits[K];
        uint32_t count = 0;
        assert_ok(vector_index_search(&seen, vector_of(&v, i), &search, hits, &count, NULL, &err));
        assert_int_equal(count, K);
        for (uint32_t j = 0; j < K; j++)
            assert_true(isfinite(hits[j].distance));
    }
    grow(back, &v);
    parts_done(&parts);
    vector_index_free(ix);
    vector_index_free(back);
    free(v.rows);
}

/* ---- damage to the one piece ---- */

static vector_index *small_graph(vector_set *v)
{
    *v = clustered_vectors(150, 5, 3);
    return index_of(
        v, (vector_index_options){.flat_below = 10, .neighbors = 4, .ef_construction = 20});
}

static void every_flipped_byte_is_noticed(void **state)
{
    (void)state;
    vector_set v;
    vector_index *ix = small_graph(&v), *back = NULL;
    buffer bytes = written(ix);
    for (size_t at = 0; at < bytes.size; at++) {
        kith_error err = {0};
        bytes.data[at] ^= (char)(1 + at % 255);
        assert_status(KITH_ERR_CORRUPT, vector_index_read(buffer_view(&bytes), &back, &err));
        assert_null(back);
        bytes.data[at] ^= (char)(1 + at % 255);
    }
    buffer_done(&bytes);
    vector_index_free(ix);
    free(v.rows);
}

static void every_truncation_is_noticed(void **state)
{
    (void)state;
    vector_set v;
    vector_index *ix = small_graph(&v), *back = NULL;
    buffer bytes = written(ix);
    for (size_t size = 0; size < bytes.size; size++) {
        kith_error err = {0};
        assert_status(KITH_ERR_CORRUPT, vector_index_read((view){bytes.data, size}, &back, &err));
    }
    buffer_done(&bytes);
    vector_index_free(ix);
    free(v.rows);
}

static void seal(buffer *bytes)
{
    uint64_t sum = hash64((view){bytes->data, bytes->size - 8}, 0);
    memcpy(bytes->data + bytes->size - 8, &sum, sizeof sum);
}

/* Reads sealed bytes; what is accepted must hold together: invariants, searches, an insertion. */
static bool read_and_use(const buffer *bytes)
{
    kith_error err = {0};
    vector_index *ix = NULL;
    kith_status status = vector_index_read(buffer_view(bytes), &ix, &err);
    assert_true(status == KITH_OK || status == KITH_ERR_CORRUPT);
    if (status != KITH_OK) return false;
    const uint32_t rows = vector_index_rows(ix);
    if (rows > 100000) { // most of them without vectors: right, but slow to walk
        vector_index_free(ix);
        return true;
    }
    vector_index_check(ix);
    uint32_t dim = vector_index_describe(ix)->dim, count, row;
    bitset *live = all_live(rows);
    for (uint32_t i = 0; i < rows; i++)
        if (!vector_index_has_row(ix, i)) bitset_clear(live, i);
    vector_view seen = view_of_all(ix, live);
    float *query = calloc(dim, sizeof *query);
    assert_non_null(query);
    query[0] = 1;
    hit hits[K];
    for (uint32_t exact = 0; exact < 2; exact++) {
        vector_search search = {.k = K, .exact = exact != 0};
        assert_ok(vector_index_search(&seen, query, &search, hits, &count, NULL, &err));
        assert_int_equal(count, seen.live_count < K ? seen.live_count : K);
    }
    bitset_free(live);
    assert_ok(vector_index_append(ix, query, &row, &err));
    link_all(ix);
    vector_index_check(ix);
    free(query);
    vector_index_free(ix);
    return true;
}

/* Offsets that vector_index_file.c describes, and graph.c for what follows 150 rows of 5 floats. */
enum {
    AT_DIM = 12,
    AT_NEIGHBORS = 20,
    AT_ROWS = 40,
    AT_FIRST_ROW = 44,
    AT_GRAPH_COUNT = AT_FIRST_ROW + 150 * 5 * 4 + 8,
    AT_GRAPH_ENTRY = AT_GRAPH_COUNT + 4,
    AT_GRAPH_RUNS = AT_GRAPH_COUNT + 8,
    AT_LEVELS = AT_GRAPH_COUNT + 12
};

static void damage_behind_a_right_checksum_is_refused_or_harmless(void **state)
{
    (void)state;
    vector_set v;
    vector_index *ix = small_graph(&v);
    buffer bytes = written(ix);
    char *original = malloc(bytes.size);
    assert_non_null(original);
    memcpy(original, bytes.data, bytes.size);
    // The small and dangerous parts as often as all the rest.
    const struct {
        uint32_t first, end;
    } aims[] = {
        {0, (uint32_t)bytes.size - 8}, {0, AT_FIRST_ROW}, {AT_GRAPH_COUNT, AT_LEVELS + 150}};
    rng random = {2024};
    uint32_t accepted = 0;
    for (uint32_t round = 0; round < 20000; round++) {
        uint32_t flips = 1 + rng_below(&random, 3);
        uint32_t first = aims[round % 3].first, reach = aims[round % 3].end - first;
        for (uint32_t i = 0; i < flips; i++)
            bytes.data[first + rng_below(&random, reach)] = (char)rng_below(&random, 256);
        seal(&bytes);
        accepted += read_and_use(&bytes);
        memcpy(bytes.data, original, bytes.size);
    }
    assert_true(accepted > 100); // some hit only a vector's digits
    assert_true(accepted < 20000);
    free(original);
    buffer_done(&bytes);
    vector_index_free(ix);
    free(v.rows);
}

static void assert_refused_with(const buffer *original, size_t at, uint32_t value)
{
    kith_error err = {0};
    buffer bytes;
    vector_index *back = NULL;
    buffer_init(&bytes, MAX_BYTES);
    buffer_append(&bytes, buffer_view(original));
    memcpy(bytes.data + at, &value, sizeof value);
    seal(&bytes);
    assert_status(KITH_ERR_CORRUPT, vector_index_read(buffer_view(&bytes), &back, &err));
    buffer_done(&bytes);
}

static void counts_that_the_bytes_cannot_hold_are_refused_before_memory_is_taken(void **state)
{
    (void)state;
    vector_set v;
    vector_index *ix = small_graph(&v);
    buffer bytes = written(ix);
    assert_refused_with(&bytes, AT_ROWS, UINT32_MAX);
    assert_refused_with(&bytes, AT_ROWS, 0x7fffffff);
    assert_refused_with(&bytes, AT_ROWS, 151);
    assert_refused_with(&bytes, AT_ROWS, 0);
    assert_refused_with(&bytes, AT_DIM, 65536);
    assert_refused_with(&bytes, AT_DIM, UINT32_MAX);
    assert_refused_with(&bytes, AT_DIM, 0);
    assert_refused_with(&bytes, AT_NEIGHBORS, 0);
    assert_refused_with(&bytes, AT_NEIGHBORS, 1);
    assert_refused_with(&bytes, AT_NEIGHBORS, 5);
    assert_refused_with(&bytes, AT_GRAPH_COUNT, 151);
    assert_refused_with(&bytes, AT_GRAPH_COUNT, 149);
    assert_refused_with(&bytes, AT_GRAPH_COUNT, 0);
    assert_refused_with(&bytes, AT_GRAPH_COUNT, UINT32_MAX);
    assert_refused_with(&bytes, AT_GRAPH_ENTRY, 150);
    assert_refused_with(&bytes, AT_GRAPH_RUNS, UINT32_MAX);
    assert_refused_with(&bytes, AT_FIRST_ROW, 0x7fc00000); // NaN
    assert_refused_with(&bytes, AT_FIRST_ROW, 0xff800000); // -infinity
    buffer_done(&bytes);
    vector_index_free(ix);
    free(v.rows);
}

static void bytes_after_the_end_are_refused(void **state)
{
    (void)state;
    kith_error err = {0};
    vector_set v;
    vector_index *ix = small_graph(&v), *back = NULL;
    buffer bytes = written(ix);
    buffer_append_u64(&bytes, 0);
    seal(&bytes);
    assert_status(KITH_ERR_CORRUPT, vector_index_read(buffer_view(&bytes), &back, &err));
    buffer_done(&bytes);
    vector_index_free(ix);
    free(v.rows);
}

static void a_buffer_that_is_too_small_fails_and_says_so(void **state)
{
    (void)state;
    kith_error err = {0};
    vector_set v;
    vector_index *ix = small_graph(&v);
    buffer b;
    buffer_init(&b, 1000);
    vector_index_write(ix, &b);
    assert_status(KITH_ERR_LIMIT, buffer_status(&b, "index", &err));
    buffer_done(&b);
    vector_index_free(ix);
    free(v.rows);
}

/* Opens the index with `codes` in the place of its own, and reads all. */
static kith_status read_these_codes(const vector_index *ix, view codes, uint32_t bad_page,
                                    vector_index **out, kith_error *err)
{
    saved_parts parts = saved(ix);
    buffer_reset(&parts.codes.bytes);
    buffer_append(&parts.codes.bytes, codes);
    parts.codes.bad_page = bad_page;
    vector_index_parts from = sources_of(&parts);
    from.codes = source_of(&parts.codes);
    vector_index *made = NULL;
    kith_status status = vector_index_open(&parts.options, &from, &made, err);
    if (status == KITH_OK) status = read_all(made, err);
    if (status == KITH_OK)
        *out = made;
    else
        vector_index_free(made);
    parts_done(&parts);
    return status;
}

/* The index with its graph as it is after it was opened. */
static vector_index *without_codes(const vector_index *ix)
{
    kith_error err;
    vector_index *back = NULL;
    buffer bytes = written(ix);
    assert_ok(vector_index_read(buffer_view(&bytes), &back, &err));
    buffer_done(&bytes);
    return back;
}

static void codes_that_were_saved_are_searched_at_once(void **state)
{
    (void)state;
    enum { DIM = 100, LINKED = 1500, ROWS = 1700 };
    for (kith_metric metric = KITH_COSINE; metric <= KITH_INNER_PRODUCT; metric++) {
        kith_error err;
        vector_set v = clustered_vectors(ROWS, DIM, 40);
        const vector_index_options options = {
            .metric = metric, .dim = DIM, .flat_below = 300, .coded_above = 800};
        vector_index *ix = NULL, *back;
        assert_ok(vector_index_new(&options, &ix, &err));
        append_all(ix, &v);
        assert_false(vector_index_has_codes(ix));
        assert_ok(vector_index_link(ix, LINKED, UINT32_MAX, NULL, NULL, &err));
        assert_true(vector_index_has_codes(ix));
        buffer codes;
        buffer_init(&codes, MAX_BYTES);
        vector_index_write_codes(ix, &codes);
        back = without_codes(ix);
        assert_false(vector_index_has_codes(back));
        assert_int_equal(vector_index_unlinked(back, LINKED), LINKED);
        vector_index_free(back);
        assert_ok(read_these_codes(ix, buffer_view(&codes), NO_PAGE, &back, &err));
        vector_view seen = view_of_all(back, NULL);
        hit hits[K], exact[K];
        uint32_t count, found = 0;
        vector_search_plan plan;
        for (uint32_t row = 0; row < 100; row++) {
            const vector_search search = {.k = K, .ef = 20}, scan = {.k = K, .exact = true};
            assert_ok(
                vector_index_search(&seen, vector_of(&v, row), &search, hits, &count, &plan, &err));
            assert_string_equal(plan.kind, "graph");
            assert_true(plan.estimates > 0 && plan.hops == 0);
            assert_ok(
                vector_index_search(&seen, vector_of(&v, row), &scan, exact, &count, NULL, &err));
            for (uint32_t i = 0; i < K; i++)
                found += hits[i].distance <= exact[K - 1].distance;
        }
        assert_true(found >= 950);
        // It goes on as the one that was never saved: with the same codes, to the bit.
        link_all(back);
        link_all(ix);
        vector_index_check(back);
        assert_same_answers(ix, back, &v);
        buffer again, more;
        buffer_init(&again, MAX_BYTES);
        buffer_init(&more, MAX_BYTES);
        vector_index_write_codes(back, &again);
        vector_index_write_codes(ix, &more);
        assert_int_equal(again.size, more.size);
        assert_memory_equal(again.data, more.data, more.size);
        vector_index *made = without_codes(ix); // so too when they are made again
        link_all(made);
        buffer_reset(&again);
        vector_index_write_codes(made, &again);
        assert_memory_equal(again.data, more.data, more.size);
        buffer_done(&again);
        buffer_done(&more);
        buffer_done(&codes);
        vector_index_free(made);
        vector_index_free(back);
        vector_index_free(ix);
        free(v.rows);
    }
}

static void codes_that_do_not_check_are_refused(void **state)
{
    (void)state;
    enum { DIM = 70, ROWS = 900, CENTRE = 32, CODES = CENTRE + 4 * DIM, ELEMENT = 96 };
    kith_error err;
    vector_set v = clustered_vectors(ROWS, DIM, 41);
    vector_index *ix = index_of(&v, (vector_index_options){.flat_below = 300, .seed = 5}),
                 *back = NULL;
    buffer codes;
    buffer_init(&codes, MAX_BYTES);
    vector_index_write_codes(ix, &codes);
    assert_int_equal(codes.size, CODES + ROWS * ELEMENT);
    static const struct {
        size_t at;
        uint32_t value;
    } changes[] = {{0, 2},
                   {4, 1},
                   {4, 77},
                   {8, 71},
                   {12, 112},
                   {16, 6},
                   {24, 0},
                   {24, ROWS + 1},
                   {24, ROWS - 1},
                   {28, 2},
                   {CENTRE, 0x7fc00000},
                   {CENTRE + 4 * DIM - 4, 0x7f800000}, // not finite
                   {CODES + 3 * ELEMENT, 0x80808080},  // -128
                   {CODES + 80, 0x7f800000},
                   {CODES + 80, 0xbf800000}, // the step: infinite, below 0
                   {CODES + 5 * ELEMENT + 84, 0x7fc00000},
                   {CODES + 88, 0xff800000}};
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        char *bytes = malloc(codes.size);
        assert_non_null(bytes);
        memcpy(bytes, codes.data, codes.size);
        memcpy(bytes + changes[i].at, &changes[i].value, sizeof changes[i].value);
        assert_status(KITH_ERR_CORRUPT,
                      read_these_codes(ix, (view){bytes, codes.size}, NO_PAGE, &back, &err));
        free(bytes);
    }
    static const size_t sizes_cut[] = {
        0, 31, CENTRE, CODES - 1, CODES, CODES + ELEMENT, CODES + ROWS * ELEMENT - 1};
    for (size_t i = 0; i < sizeof sizes_cut / sizeof sizes_cut[0]; i++)
        assert_status(KITH_ERR_CORRUPT,
                      read_these_codes(ix, (view){codes.data, sizes_cut[i]}, NO_PAGE, &back, &err));
    assert_status(KITH_ERR_IO, read_these_codes(ix, buffer_view(&codes), 0, &back, &err));
    // What is met later is the index's damage, whatever it was.
    assert_status(KITH_ERR_CORRUPT, read_these_codes(ix, buffer_view(&codes), 5, &back, &err));
    assert_string_equal(err.message, "page 5 is bad");
    vector_set few = {400, 64, v.rows}; // of other vectors, or of more rows
    vector_index *other = index_of(&few, (vector_index_options){.flat_below = 4000});
    assert_status(KITH_ERR_CORRUPT,
                  read_these_codes(other, buffer_view(&codes), NO_PAGE, &back, &err));
    assert_null(back);
    vector_index_free(other);
    buffer_done(&codes);
    vector_index_free(ix);
    free(v.rows);
}

/* Any numbers in the place of codes make wrong hits, with right distances. */
static void codes_of_other_rows_give_hits_with_their_distances(void **state)
{
    (void)state;
    enum { DIM = 70, ROWS = 900, CODES = 32 + 4 * DIM, ELEMENT = 96 };
    kith_error err;
    vector_set v = clustered_vectors(ROWS, DIM, 41);
    vector_index *ix = index_of(&v, (vector_index_options){.flat_below = 300}), *back = NULL;
    buffer codes;
    buffer_init(&codes, MAX_BYTES);
    vector_index_write_codes(ix, &codes);
    rng random = {3};
    for (size_t i = CODES; i < codes.size; i++)
        if ((i - CODES) % ELEMENT < DIM) codes.data[i] = (char)((int)rng_below(&random, 255) - 127);
    assert_ok(read_these_codes(ix, buffer_view(&codes), NO_PAGE, &back, &err));
    vector_view seen = view_of_all(back, NULL);
    hit hits[K];
    uint32_t count;
    const vector_search search = {.k = K, .ef = 20};
    assert_ok(vector_index_search(&seen, vector_of(&v, 0), &search, hits, &count, NULL, &err));
    assert_int_equal(count, K);
    for (uint32_t i = 0; i < K; i++)
        assert_true(
            fabs((double)hits[i].distance - naive_distance(KITH_COSINE, vector_of(&v, 0),
                                                           vector_of(&v, hits[i].id), DIM)) < 1e-4);
    buffer_done(&codes);
    vector_index_free(back);
    vector_index_free(ix);
    free(v.rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_that_were_saved_are_searched_at_once),
        cmocka_unit_test(codes_that_do_not_check_are_refused),
        cmocka_unit_test(codes_of_other_rows_give_hits_with_their_distances),
        cmocka_unit_test(what_is_written_reads_back_to_the_same_answers_and_grows_alike),
        cmocka_unit_test(parts_open_to_the_same_index_and_grow_alike),
        cmocka_unit_test(parts_that_do_not_fit_are_refused_and_closed),
        cmocka_unit_test(rows_that_are_no_vectors_give_finite_distances),
        cmocka_unit_test(every_flipped_byte_is_noticed),
        cmocka_unit_test(every_truncation_is_noticed),
        cmocka_unit_test(damage_behind_a_right_checksum_is_refused_or_harmless),
        cmocka_unit_test(counts_that_the_bytes_cannot_hold_are_refused_before_memory_is_taken),
        cmocka_unit_test(bytes_after_the_end_are_refused),
        cmocka_unit_test(a_buffer_that_is_too_small_fails_and_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
