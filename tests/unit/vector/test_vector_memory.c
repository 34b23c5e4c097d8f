/* Running out of memory at each allocation in turn. The two functions through which the index takes
 * memory are replaced by ones that refuse when told; this program's own definitions keep those of
 * base/size.c and vector/region.c out of the link. */
#include "test.h"

#include "base/size.h"
#include "vector/region.h"
#include "vector/vector_rows.h"
#include "vectors_for_test.h"

enum { K = 5, DIM = 6, MAX_BYTES = 16 << 20 };

static int left = -1; /* allocations that still succeed; negative: all do */

static bool refuse(void)
{
    if (left < 0) return false;
    return left-- == 0;
}

void *heap_new_array(size_t count, size_t element_bytes)
{
    return refuse() ? NULL : calloc(size_max(count, 1), size_max(element_bytes, 1));
}

void *heap_grow_array(void *old, size_t count, size_t element_bytes)
{
    return refuse() ? NULL : reallocarray(old, size_max(count, 1), size_max(element_bytes, 1));
}

/* No room to spare, and always elsewhere: a stale pointer or an index past the end is an error
 * under ASan. */
bool region_reserve(region *r, size_t bytes)
{
    if (bytes <= r->bytes) return true;
    if (refuse()) return false;
    size_t room = (bytes + 63) / 64 * 64;
    void *base = aligned_alloc(64, room);
    assert_non_null(base);
    memset(base, 0, room);
    if (r->bytes) memcpy(base, r->base, r->bytes);
    free(r->base);
    *r = (region){base, room};
    return true;
}

void region_done(region *r)
{
    free(r->base);
    *r = (region){0};
}

kith_status region_check(const region *r, kith_error *err)
{
    if (r->bytes % 64 != 0) return fail(err, KITH_ERR_CORRUPT, "region of %zu bytes", r->bytes);
    return KITH_OK;
}

static void answers(const vector_index *ix, const float *query, hit hits[K])
{
    kith_error err;
    uint32_t count = 0;
    memset(hits, 0, K * sizeof *hits);
    assert_ok(vector_index_search(ix, query, &(vector_search){.k = K}, hits, &count, NULL, &err));
}

/* Inserts a row, first with every allocation refused in turn; the index must not notice. */
static void insert_with_refusals(vector_index *ix, const float *vector)
{
    hit before[K], after[K];
    uint32_t rows = vector_index_rows(ix), row;
    answers(ix, vector, before);
    for (int allowed = 0;; allowed++) {
        kith_error err = {0};
        left = allowed;
        kith_status status = vector_index_insert(ix, vector, &row, &err);
        left = -1;
        vector_index_check(ix);
        if (status == KITH_OK) break;
        assert_int_equal(status, KITH_ERR_NO_MEMORY);
        assert_non_null(strstr(err.message, "out of memory"));
        assert_int_equal(vector_index_rows(ix), rows);
        assert_int_equal(vector_index_live(ix), rows);
        answers(ix, vector, after);
        assert_memory_equal(before, after, sizeof before);
    }
    assert_int_equal(row, rows);
}

static void an_insertion_that_runs_out_of_memory_changes_nothing(void **state)
{
    (void)state;
    kith_error err;
    vector_set v = clustered_vectors(300, DIM, 1);
    vector_index *ix = NULL, *plain = NULL;
    vector_index_options options = {.dim = DIM, .flat_below = 100, .neighbors = 4};
    assert_ok(vector_index_new(&options, &ix, &err));
    for (uint32_t row = 0; row < v.count; row++)
        insert_with_refusals(ix, vector_of(&v, row));
    plain = index_of(&v, options);
    for (uint32_t row = 0; row < v.count; row++) {
        hit a[K], b[K];
        answers(ix, vector_of(&v, row), a);
        answers(plain, vector_of(&v, row), b);
        assert_memory_equal(a, b, sizeof a);
    }
    vector_index_free(ix);
    vector_index_free(plain);
    free(v.rows);
}

static void a_new_index_a_search_and_a_read_say_when_memory_ends(void **state)
{
    (void)state;
    kith_error err;
    vector_set v = clustered_vectors(200, DIM, 1);
    vector_index_options options = {.dim = DIM, .flat_below = 100, .neighbors = 4};
    vector_index *ix = index_of(&v, options), *other = NULL;
    left = 1;
    assert_status(KITH_ERR_NO_MEMORY, vector_index_new(&options, &other, &err));
    assert_null(other);
    buffer bytes;
    buffer_init(&bytes, MAX_BYTES);
    vector_index_write(ix, &bytes);
    vector_index_free(ix);
    int refusals = 0;
    for (left = 0; vector_index_read(buffer_view(&bytes), &ix, &err) != KITH_OK; left = ++refusals)
        assert_int_equal(err.code, KITH_ERR_NO_MEMORY);
    left = -1;
    assert_true(refusals > 5);
    hit hits[K];
    uint32_t count = 77;
    for (int allowed = 0; allowed < 3; allowed++) {
        left = allowed;
        assert_status(KITH_ERR_NO_MEMORY,
                      vector_index_search(ix, vector_of(&v, 0), &(vector_search){.k = K, .ef = 6},
                                          hits, &count, NULL, &err));
    }
    left = -1;
    assert_int_equal(count, 77);
    buffer_done(&bytes);
    vector_index_free(ix);
    free(v.rows);
}

static void more_rows_than_an_index_can_number_are_refused(void **state)
{
    (void)state;
    kith_error err;
    vector_rows v;
    vector_rows_init(&v, KITH_SQUARED_L2, 1);
    assert_status(KITH_ERR_LIMIT, vector_rows_reserve(&v, UINT32_C(0x80000000), &err));
    assert_int_equal(v.count, 0);
    vector_rows_done(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_insertion_that_runs_out_of_memory_changes_nothing),
        cmocka_unit_test(a_new_index_a_search_and_a_read_say_when_memory_ends),
        cmocka_unit_test(more_rows_than_an_index_can_number_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
