/* Running out of memory at each allocation in turn. The functions through which the index takes
 * memory are replaced by ones that refuse when told; this program's own definitions keep those of
 * base/size.c and vector/region.c out of the link. */
#include "test.h"

#include "base/size.h"
#include "parts_for_test.h"
#include "vector/region.h"
#include "vector/vector_rows.h"

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

/* The real chunks, but on the heap, and what lies behind the elements asked for may not be touched:
 * an index past the end is an error under ASan. */
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
static void allow_elements(const region *r, uint32_t count)
{
    for (uint32_t c = 0; c < r->chunks; c++) {
        uint32_t start = region_chunk_start(c), size = region_chunk_start(c + 1) - start;
        uint32_t used = count > start ? (uint32_t)size_min(count - start, size) : 0;
        ASAN_POISON_MEMORY_REGION(region_at(r, start), size * r->element_bytes);
        ASAN_UNPOISON_MEMORY_REGION(region_at(r, start), used * r->element_bytes);
    }
}
#else
static void allow_elements(const region *r, uint32_t count)
{
    (void)r;
    (void)count;
}
#endif

void region_init(region *r, size_t element_bytes)
{
    *r = (region){.element_bytes = element_bytes};
}

uint32_t region_capacity(const region *r)
{
    return r->chunks == 0 ? 0 : region_chunk_start(r->chunks);
}

static void drop_chunks(region *r, uint32_t kept)
{
    allow_elements(r, region_capacity(r));
    for (; r->chunks > kept; r->chunks--)
        free(region_at(r, region_chunk_start(r->chunks - 1)));
}

bool region_reserve(region *r, uint32_t count)
{
    uint32_t before = r->chunks;
    while (region_capacity(r) < count) {
        uint32_t start = region_chunk_start(r->chunks);
        size_t bytes = (region_chunk_start(r->chunks + 1) - start) * r->element_bytes;
        if (refuse()) {
            drop_chunks(r, before);
            return false;
        }
        char *chunk = aligned_alloc(64, (bytes + 63) / 64 * 64);
        assert_non_null(chunk);
        memset(chunk, 0, bytes);
        r->origin[r->chunks++] = (uintptr_t)chunk - (size_t)start * r->element_bytes;
    }
    if (count > 0) allow_elements(r, count);
    return true;
}

bool region_reserve_small(region *r, uint32_t count)
{
    return region_reserve(r, count);
}

void region_allow_huge(const region *r, uint32_t first, uint32_t end)
{
    (void)r, (void)first, (void)end;
}

void region_make_huge(const region *r, uint32_t first, uint32_t end)
{
    (void)r, (void)first, (void)end;
}

void region_done(region *r)
{
    drop_chunks(r, 0);
}

kith_status region_check(const region *r, kith_error *err)
{
    return r->chunks <= REGION_CHUNKS ? KITH_OK : fail(err, KITH_ERR_CORRUPT, "%u", r->chunks);
}

static void answers(const vector_index *ix, uint32_t rows, const float *query, hit hits[K])
{
    kith_error err;
    uint32_t count = 0;
    vector_view seen = {.index = ix, .rows = rows, .live_count = rows};
    memset(hits, 0, K * sizeof *hits);
    assert_ok(
        vector_index_search(&seen, query, &(vector_search){.k = K}, hits, &count, NULL, &err));
}

/* Appends a row, first with every allocation refused in turn; the index must not notice. */
static uint32_t append_with_refusals(vector_index *ix, const float *vector)
{
    uint32_t rows = vector_index_rows(ix), row;
    for (int allowed = 0;; allowed++) {
        kith_error err = {0};
        left = allowed;
        kith_status status = vector_index_append(ix, vector, &row, &err);
        left = -1;
        vector_index_check(ix);
        if (status == KITH_OK) break;
        assert_int_equal(status, KITH_ERR_NO_MEMORY);
        assert_non_null(strstr(err.message, "out of memory"));
        assert_int_equal(vector_index_rows(ix), rows);
    }
    assert_int_equal(row, rows);
    return row;
}

/* Links up to 7 rows, likewise; searches must not notice either. Returns how often it was refused. */
static uint32_t link_with_refusals(vector_index *ix, const float *query)
{
    uint32_t rows = vector_index_rows(ix), before = vector_index_linked(ix), refusals = 0;
    hit as_before[K], after[K];
    answers(ix, rows, query, as_before);
    for (int allowed = 0;; allowed++) {
        kith_error err = {0};
        uint32_t linked = 77;
        left = allowed;
        kith_status status = vector_index_link(ix, rows, 7, NULL, &linked, &err);
        left = -1;
        vector_index_check(ix);
        if (status == KITH_OK) return refusals;
        refusals++;
        assert_int_equal(status, KITH_ERR_NO_MEMORY);
        assert_non_null(strstr(err.message, "out of memory"));
        assert_int_equal(linked, 77);
        assert_int_equal(vector_index_linked(ix), before);
        answers(ix, rows, query, after);
        assert_memory_equal(as_before, after, sizeof after);
    }
}

/* Across two ends of chunks of rows and of links, in slices. */
static void appending_and_linking_out_of_memory_change_nothing(void **state)
{
    (void)state;
    kith_error err;
    vector_set v = clustered_vectors(2100, DIM, 1);
    vector_index *ix = NULL, *plain = NULL;
    vector_index_options options = {.dim = DIM, .flat_below = 100, .neighbors = 4};
    assert_ok(vector_index_new(&options, &ix, &err));
    uint32_t refusals = 0;
    for (uint32_t row = 0; row < v.count; row++) {
        append_with_refusals(ix, vector_of(&v, row));
        if (row % 5 == 0) refusals += link_with_refusals(ix, vector_of(&v, row));
    }
    while (vector_index_unlinked(ix, v.count) > 0)
        refusals += link_with_refusals(ix, vector_of(&v, 0));
    assert_true(refusals > 8); // the parts of a scratch, and the chunks of four arrays
    plain = index_of(&v, options);
    buffer a, b;
    buffer_init(&a, MAX_BYTES);
    buffer_init(&b, MAX_BYTES);
    vector_index_write(ix, &a);
    vector_index_write(plain, &b);
    assert_true(view_equal(buffer_view(&a), buffer_view(&b)));
    buffer_done(&a);
    buffer_done(&b);
    vector_index_free(ix);
    vector_index_free(plain);
    free(v.rows);
}

/* What could not be finished is not waited for: whoever asks first whether the last removal has ended is
 * told to go on. */
static void a_removal_that_ran_out_of_memory_is_called_again(void **state)
{
    (void)state;
    enum { ROWS = 1000, WIDE = 64 };
    kith_error err;
    vector_set v = clustered_vectors(ROWS, WIDE, 1);
    vector_index *ix = index_of(&v, (vector_index_options){.flat_below = 100, .coded_above = 200});
    bitset *live = all_live(ROWS);
    for (uint32_t row = 0; row < ROWS; row += 5)
        bitset_clear(live, row);
    const vector_view seen = view_of_all(ix, live);
    int refusals = 0;
    for (kith_status status = KITH_ERR_NO_MEMORY; status != KITH_OK; refusals++) {
        assert_true(vector_index_reclaim(ix));
        left = refusals;
        status = vector_index_remove(ix, &seen, &err);
        left = -1;
        assert_true(status == KITH_OK || status == KITH_ERR_NO_MEMORY);
        vector_index_check(ix);
    }
    assert_true(refusals > 5);
    for (int i = 0; i < 3; i++)
        (void)vector_index_reclaim(ix);
    assert_int_equal(vector_index_dead(&seen), 0);
    bitset_free(live);
    vector_index_free(ix);
    free(v.rows);
}

static void a_new_index_a_search_a_read_and_an_opening_say_when_memory_ends(void **state)
{
    (void)state;
    kith_error err;
    vector_set v = clustered_vectors(2200, DIM, 1);
    vector_index_options options = {.dim = DIM, .flat_below = 100, .neighbors = 4};
    vector_index *ix = index_of(&v, options), *other = NULL;
    left = 1;
    assert_status(KITH_ERR_NO_MEMORY, vector_index_new(&options, &other, &err));
    assert_null(other);
    left = -1;
    buffer bytes;
    buffer_init(&bytes, MAX_BYTES);
    vector_index_write(ix, &bytes);
    saved_parts parts = saved(ix);
    vector_index_free(ix);
    int refusals = 0;
    for (left = 0; vector_index_read(buffer_view(&bytes), &ix, &err) != KITH_OK; left = ++refusals)
        assert_int_equal(err.code, KITH_ERR_NO_MEMORY);
    left = -1;
    assert_true(refusals > 5);
    vector_index_free(ix);
    refusals = 0;
    for (left = 0; try_open(&parts, &ix, &err) != KITH_OK; left = ++refusals) {
        assert_int_equal(err.code, KITH_ERR_NO_MEMORY);
        assert_int_equal(parts.vectors.closed + parts.graph.closed + parts.codes.closed, 2);
        forget_counts(&parts);
    }
    left = -1;
    assert_true(refusals > 5);
    bool is_done = false;
    for (refusals = 0; !is_done; refusals++) {
        left = refusals;
        kith_status status = vector_index_read_on(ix, 1 << 30, NULL, &is_done, &err);
        left = -1;
        assert_true(status == KITH_OK || status == KITH_ERR_NO_MEMORY);
        assert_false(vector_index_is_damaged(ix));
    }
    assert_true(refusals > 2);
    hit hits[K];
    uint32_t count = 77;
    vector_view seen = view_of_all(ix, NULL);
    kith_status found = KITH_ERR_NO_MEMORY;
    for (refusals = 0; found != KITH_OK; refusals++) {
        vector_search search = {.k = K, .ef = 6};
        left = refusals;
        found = vector_index_search(&seen, vector_of(&v, 0), &search, hits, &count, NULL, &err);
        left = -1;
        assert_true(found == KITH_OK || found == KITH_ERR_NO_MEMORY);
        assert_int_equal(count, found == KITH_OK ? K : 77);
    }
    assert_true(refusals > 3);
    buffer_done(&bytes);
    parts_done(&parts);
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
        cmocka_unit_test(appending_and_linking_out_of_memory_change_nothing),
        cmocka_unit_test(a_removal_that_ran_out_of_memory_is_called_again),
        cmocka_unit_test(a_new_index_a_search_a_read_and_an_opening_say_when_memory_ends),
        cmocka_unit_test(more_rows_than_an_index_can_number_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
