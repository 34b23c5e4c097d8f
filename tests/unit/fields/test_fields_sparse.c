/* Sparse vectors: a search finds what comparing with every vector finds, over any division into
 * segments, after joining and after a round trip; damage. */
#include "test.h"

#include "base/rng.h"
#include "fields/columns_private.h"
#include "fields/sparse_search.h"

#include <math.h>

enum { ROWS = 300, DIMENSIONS = 50, MAX_PAIRS = 12, SEARCHES = 60, MAX_BYTES = 16 << 20 };

/* Rows with a vector in "v", but for those whose count is UINT32_MAX; every third has one in "w"
 * too. */
typedef struct table {
    arena memory;
    sparse_vector vectors[ROWS];
    bitset *live;
    columns *segments[ROWS];
    uint32_t count;
} table;

static sparse_vector random_vector(arena *a, rng *random)
{
    uint32_t *indices = arena_new_array(a, uint32_t, MAX_PAIRS);
    float *values = arena_new_array(a, float, MAX_PAIRS);
    uint32_t count = 0;
    const uint32_t wanted = (uint32_t)rng_below(random, MAX_PAIRS + 1);
    assert_true(indices && values);
    for (uint32_t d = 0; d < DIMENSIONS && count < wanted; d++) {
        if (rng_below(random, 4)) continue;
        // The largest index of all stands for the last dimension.
        indices[count] = d == DIMENSIONS - 1 ? UINT32_MAX : d * 1000;
        values[count++] = (float)((int)rng_below(random, 4001) - 1000) / 512;
    }
    return (sparse_vector){.indices = indices, .values = values, .count = count};
}

static void set_row(columns *c, uint32_t row, const sparse_vector *v, arena *a)
{
    kith_error err = {0};
    metadata m = {.memory = a};
    const metadata_value value = {METADATA_SPARSE_VECTOR, .sparse = *v};
    if (v->count != UINT32_MAX) assert_ok(metadata_set(&m, VIEW("v"), value, &err));
    if (v->count != UINT32_MAX && row % 3 == 0) assert_ok(metadata_set(&m, VIEW("w"), value, &err));
    assert_ok(metadata_set_integer(&m, "n", row, &err));
    assert_ok(columns_set(c, row, &m, &err));
}

/* Segments of 1 to `longest` rows. */
static table *table_new(uint64_t seed, uint32_t longest)
{
    rng random = {seed};
    table *t = calloc(1, sizeof *t);
    assert_non_null(t);
    arena_init(&t->memory, 0);
    t->live = bitset_new(ROWS);
    for (uint32_t row = 0; row < ROWS;) {
        columns *c = t->segments[t->count++] = columns_new(row);
        const uint32_t end = row + 1 + (uint32_t)rng_below(&random, longest);
        for (; row < end && row < ROWS; row++) {
            t->vectors[row] = random_vector(&t->memory, &random);
            if (rng_below(&random, 5) == 0) t->vectors[row].count = UINT32_MAX;
            if (rng_below(&random, 4)) bitset_set(t->live, row);
            set_row(c, row, &t->vectors[row], &t->memory);
        }
    }
    return t;
}

static void table_free(table *t)
{
    for (uint32_t i = 0; i < t->count; i++)
        columns_free(t->segments[i]);
    bitset_free(t->live);
    arena_done(&t->memory);
    free(t);
}

/* The value of the vector in a dimension; NAN: it has none. */
static float value_in(const sparse_vector *v, uint32_t dimension)
{
    for (uint32_t i = 0; v->count != UINT32_MAX && i < v->count; i++)
        if (v->indices[i] == dimension) return v->values[i];
    return NAN;
}

static float weight_of(const table *t, const sparse_query *q, uint32_t dimension)
{
    float rows = 0, holders = 0;
    if (!q->idf) return 1;
    for (uint32_t row = 0; row < ROWS; row++) {
        rows += bitset_has(t->live, row);
        holders += bitset_has(t->live, row) && !isnan(value_in(&t->vectors[row], dimension));
    }
    return logf(1 + (rows - holders + 0.5F) / (holders + 0.5F));
}

/* 1 - product; NAN: they share no dimension. */
static float distance_of(const table *t, const sparse_query *q, uint32_t row)
{
    float product = 0;
    bool shares = false;
    for (uint32_t i = 0; i < q->vector.count; i++) {
        const float value = value_in(&t->vectors[row], q->vector.indices[i]);
        if (isnan(value)) continue;
        shares = true;
        product += q->vector.values[i] * weight_of(t, q, q->vector.indices[i]) * value;
    }
    return shares ? 1 - product : NAN;
}

static void check_search(const table *t, const column_segments *list, const sparse_query *q,
                         const bitset *matching)
{
    kith_error err = {0};
    uint64_t products = 0;
    uint32_t expected = 0;
    hit found[ROWS];
    bool is_found[ROWS] = {0};
    topk best = {.heap = found, .k = ROWS};
    assert_ok(sparse_search(list, q, t->live, matching, &best, &products, &err));
    topk_sort(&best);
    for (uint32_t i = 0; i < best.count; i++) {
        assert_near((double)found[i].distance, (double)distance_of(t, q, found[i].id), 1e-4);
        if (i > 0) assert_true(hit_before(found[i - 1], found[i]));
        is_found[found[i].id] = true;
    }
    for (uint32_t row = 0; row < ROWS; row++) {
        const bool may = bitset_has(matching ? matching : t->live, row);
        assert_int_equal(is_found[row], may && !isnan(distance_of(t, q, row)));
        expected += is_found[row];
    }
    assert_int_equal(expected, best.count);
    assert_true(products >= best.count);
}

static void check_searches(const table *t, columns *const *segments, uint32_t count)
{
    rng random = {99};
    arena a;
    arena_init(&a, 0);
    const column_segments list = {(const columns *const *)segments, count};
    for (int i = 0; i < SEARCHES; i++) {
        bitset *matching = bitset_new(ROWS);
        for (uint32_t row = 0; row < ROWS; row++)
            if (bitset_has(t->live, row) && rng_below(&random, 3)) bitset_set(matching, row);
        const sparse_query q = {
            .field = VIEW("v"), .vector = random_vector(&a, &random), .idf = i % 2 == 0};
        check_search(t, &list, &q, i % 3 ? matching : NULL);
        bitset_free(matching);
    }
    arena_done(&a);
}

static columns *join_all(const table *t)
{
    kith_error err = {0};
    columns *joined = NULL;
    const column_segments list = {(const columns *const *)t->segments, t->count};
    assert_ok(columns_concat(&list, t->live, &joined, &err));
    assert_ok(columns_check(joined, &err));
    return joined;
}

static void a_search_finds_what_comparing_with_every_vector_finds(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {ROWS, 40, 1};
    for (int i = 0; i < 3; i++) {
        table *t = table_new((uint64_t)i + 1, lengths[i]);
        check_searches(t, t->segments, t->count);
        columns *joined = join_all(t);
        check_searches(t, &joined, 1);
        columns_free(joined);
        table_free(t);
    }
}

static void only_the_fields_own_vectors_are_searched(void **state)
{
    (void)state;
    kith_error err = {0};
    table *t = table_new(5, 60);
    const column_segments list = {(const columns *const *)t->segments, t->count};
    const uint32_t indices[] = {0, 1000, 2000, 3000};
    const float values[] = {1, 1, 1, 1};
    hit found[ROWS];
    uint64_t products = 0;
    sparse_query q = {.field = VIEW("w"),
                      .vector = {.indices = indices, .values = values, .count = 4}};
    topk best = {.heap = found, .k = ROWS};
    assert_ok(sparse_search(&list, &q, t->live, NULL, &best, &products, &err));
    assert_true(best.count > 10);
    for (uint32_t i = 0; i < best.count; i++)
        assert_int_equal(found[i].id % 3, 0);
    q.field = VIEW("n"); // numbers
    best.count = 0;
    assert_ok(sparse_search(&list, &q, t->live, NULL, &best, &products, &err));
    assert_int_equal(best.count, 0);
    table_free(t);
}

static void what_is_written_reads_back(void **state)
{
    (void)state;
    kith_error err = {0};
    table *t = table_new(6, 50);
    columns *joined = join_all(t), *read = NULL;
    buffer b;
    buffer_init(&b, MAX_BYTES);
    columns_write(joined, &b);
    assert_ok(columns_read(buffer_view(&b), &read, &err));
    assert_ok(columns_check(read, &err));
    check_searches(t, &read, 1);
    columns_free(read);
    for (size_t size = 0; size < b.size; size += 7) // not one that is cut short is read
        assert_status(KITH_ERR_CORRUPT, columns_read((view){b.data, size}, &read, &err));
    rng random = {8};
    for (int i = 0; i < 3000; i++) {
        const size_t at = rng_below(&random, (uint32_t)b.size);
        b.data[at] = (char)(b.data[at] ^ (1 << rng_below(&random, 8)));
        if (columns_read(buffer_view(&b), &read, &err) == KITH_OK) {
            assert_ok(columns_check(read, &err));
            columns_free(read);
        }
        if (i % 2) continue; // sometimes two bits together
        b.data[at] = (char)(b.data[at] ^ 1);
    }
    buffer_done(&b);
    columns_free(joined);
    table_free(t);
}

static void a_vector_of_no_pairs_is_a_value(void **state)
{
    (void)state;
    table *t = table_new(7, ROWS);
    bool has_empty = false;
    const column_segments list = {(const columns *const *)t->segments, t->count};
    const sparse_vector none = {0};
    bitset_fill(t->live, false);
    for (uint32_t row = 0; row < ROWS; row++)
        if (t->vectors[row].count == none.count && !has_empty) {
            bitset_set(t->live, row);
            has_empty = true;
        }
    assert_true(has_empty && columns_has_field(&list, t->live, VIEW("v")));
    bitset_fill(t->live, false);
    assert_false(columns_has_field(&list, t->live, VIEW("v")));
    table_free(t);
}

static void the_check_names_what_is_broken(void **state)
{
    (void)state;
    kith_error err = {0};
    table *t = table_new(8, ROWS);
    column *col = columns_add_field(t->segments[0], VIEW("v"));
    sparse_lists *s = &col->sparse;
    sparse_list *list = &s->lists[0];
    assert_true(list->count > 2);
    list->postings[0].value = NAN;
    assert_status(KITH_ERR_CORRUPT, columns_check(t->segments[0], &err));
    list->postings[0].value = 1;
    assert_ok(columns_check(t->segments[0], &err));
    const uint32_t row = list->postings[1].row;
    list->postings[1].row = list->postings[0].row;
    assert_status(KITH_ERR_CORRUPT, columns_check(t->segments[0], &err));
    list->postings[1].row = row;
    s->lists[1].dimension ^= 1;
    assert_status(KITH_ERR_CORRUPT, columns_check(t->segments[0], &err));
    s->lists[1].dimension ^= 1;
    s->rows[s->row_count - 1] = ROWS;
    assert_status(KITH_ERR_CORRUPT, columns_check(t->segments[0], &err));
    table_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_search_finds_what_comparing_with_every_vector_finds),
        cmocka_unit_test(only_the_fields_own_vectors_are_searched),
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(a_vector_of_no_pairs_is_a_value),
        cmocka_unit_test(the_check_names_what_is_broken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
