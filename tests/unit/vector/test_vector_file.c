/* The vector index as bytes: round trips, damage, malice. */
#include "test.h"

#include "base/hash.h"
#include "vector/vector_index.h"
#include "vectors_for_test.h"

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
    assert_int_equal(vector_index_live(a), vector_index_live(b));
    assert_int_equal(vector_index_has_graph(a), vector_index_has_graph(b));
    for (uint32_t i = 0; i < queries->count; i++) {
        for (uint32_t exact = 0; exact < 2; exact++) {
            vector_search search = {.k = K, .exact = exact != 0};
            hit from_a[K] = {0}, from_b[K] = {0};
            uint32_t count_a = 0, count_b = 0;
            assert_ok(vector_index_search(a, vector_of(queries, i), &search, from_a, &count_a, NULL,
                                          &err));
            assert_ok(vector_index_search(b, vector_of(queries, i), &search, from_b, &count_b, NULL,
                                          &err));
            assert_int_equal(count_a, count_b);
            assert_memory_equal(from_a, from_b, sizeof from_a);
        }
    }
}

static void what_is_written_reads_back_to_the_same_answers_and_grows_alike(void **state)
{
    (void)state;
    kith_error err;
    const uint32_t counts[] = {0, 1, 63, 64, 65, 2000};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        for (uint32_t metric = 0; metric < 3; metric++) {
            vector_set v = clustered_vectors(counts[i] + 50, 19, 1),
                       queries = clustered_vectors(20, 19, 2);
            vector_index *ix =
                index_of(&(vector_set){counts[i], 19, v.rows},
                         (vector_index_options){
                             .metric = (kith_metric)metric, .flat_below = 1000, .seed = 5});
            for (uint32_t row = 1; row < counts[i]; row += 7)
                vector_index_remove(ix, row);
            buffer bytes = written(ix), again;
            vector_index *back = NULL;
            assert_ok(vector_index_read(buffer_view(&bytes), &back, &err));
            vector_index_check(back);
            assert_same_answers(ix, back, &queries);
            again = written(back);
            assert_true(view_equal(buffer_view(&bytes), buffer_view(&again)));
            for (uint32_t row = counts[i]; row < v.count; row++) {
                uint32_t got;
                assert_ok(vector_index_insert(ix, vector_of(&v, row), &got, &err));
                assert_ok(vector_index_insert(back, vector_of(&v, row), &got, &err));
            }
            assert_same_answers(ix, back, &queries);
            buffer_done(&bytes);
            buffer_done(&again);
            vector_index_free(ix);
            vector_index_free(back);
            free(v.rows);
            free(queries.rows);
        }
    }
}

static vector_index *small_graph(vector_set *v)
{
    *v = clustered_vectors(150, 5, 3);
    vector_index *ix = index_of(
        v, (vector_index_options){.flat_below = 10, .neighbors = 4, .ef_construction = 20});
    vector_index_remove(ix, 3);
    return ix;
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
    vector_index_check(ix);
    uint32_t dim = vector_index_describe(ix)->dim, count, row;
    float *query = calloc(dim, sizeof *query);
    assert_non_null(query);
    query[0] = 1;
    hit hits[K];
    for (uint32_t exact = 0; exact < 2; exact++) {
        vector_search search = {.k = K, .exact = exact != 0};
        assert_ok(vector_index_search(ix, query, &search, hits, &count, NULL, &err));
        assert_true(count <= vector_index_live(ix));
    }
    assert_ok(vector_index_insert(ix, query, &row, &err));
    vector_index_check(ix);
    free(query);
    vector_index_free(ix);
    return true;
}

static void damage_behind_a_right_checksum_is_refused_or_harmless(void **state)
{
    (void)state;
    vector_set v;
    vector_index *ix = small_graph(&v);
    buffer bytes = written(ix);
    char *original = malloc(bytes.size);
    assert_non_null(original);
    memcpy(original, bytes.data, bytes.size);
    rng random = {2024};
    uint32_t accepted = 0;
    for (uint32_t round = 0; round < 20000; round++) {
        uint32_t flips = 1 + rng_below(&random, 3);
        // Every second round aims at header and levels, the small and dangerous part.
        uint32_t reach = round % 2 ? (uint32_t)bytes.size - 8 : 60;
        for (uint32_t i = 0; i < flips; i++)
            bytes.data[rng_below(&random, reach)] = (char)rng_below(&random, 256);
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

/* Offsets in the header that vector_index_file.c describes. */
enum { AT_DIM = 12, AT_NEIGHBORS = 20, AT_ROWS = 36, AT_HAS_GRAPH = 40, AT_FIRST_ROW = 44 };

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
    assert_refused_with(&bytes, AT_HAS_GRAPH, 0);
    assert_refused_with(&bytes, AT_HAS_GRAPH, 2);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_reads_back_to_the_same_answers_and_grows_alike),
        cmocka_unit_test(every_flipped_byte_is_noticed),
        cmocka_unit_test(every_truncation_is_noticed),
        cmocka_unit_test(damage_behind_a_right_checksum_is_refused_or_harmless),
        cmocka_unit_test(counts_that_the_bytes_cannot_hold_are_refused_before_memory_is_taken),
        cmocka_unit_test(bytes_after_the_end_are_refused),
        cmocka_unit_test(a_buffer_that_is_too_small_fails_and_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
