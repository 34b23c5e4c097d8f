/* Running out of memory at each allocation in turn. The two functions through which columns take
 * memory are replaced by ones that refuse when told; this program's own definitions keep those of
 * base/size.c out of the link. */
#include "test.h"

#include "base/size.h"
#include "fields/columns.h"

enum { MAX_BYTES = 16 << 20, ROWS = 200 };

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

static metadata record(arena *a, uint32_t row)
{
    kith_error err;
    metadata m = {.memory = a};
    view json = view_of(arena_printf(a,
                                     "{\"n\":%u,\"t\":true,\"s\":\"s%u\",\"field "
                                     "%u\":%u.5,\"l\":[\"%u\",\"s0\"],\"v\":{\"#type\":"
                                     "\"sparse_vector\",\"indices\":[%u,7000],\"values\":[1,2]}}",
                                     row, row % 3, row, row, row, row));
    assert_ok(metadata_parse(json, &m, &err));
    return m;
}

/* A segment of rows first, first + 7, ... below end; NULL when memory runs out, KITH_ERR_NO_MEMORY
 * having been said. */
static columns *build(arena *a, uint32_t first, uint32_t end)
{
    kith_error err;
    columns *c = columns_new(first);
    for (uint32_t row = first; c && row < end; row += 7) {
        metadata m = record(a, row);
        kith_status status = columns_set(c, row, &m, &err);
        if (status == KITH_OK) continue;
        assert_int_equal(status, KITH_ERR_NO_MEMORY);
        columns_free(c); // whatever its last row has, it can be freed
        return NULL;
    }
    return c;
}

static void a_segment_that_finds_no_memory_is_freed_and_built_anew(void **state)
{
    (void)state;
    kith_error err;
    arena a;
    arena_init(&a, 0);
    columns *c = NULL;
    int refusals = 0;
    for (left = 0; !c; left = ++refusals)
        c = build(&a, 0, 60);
    left = -1;
    assert_true(refusals > 20);
    assert_ok(columns_check(c, &err));
    columns_free(c);
    arena_done(&a);
}

static void matching_and_joining_that_find_no_memory_change_nothing(void **state)
{
    (void)state;
    kith_error err;
    arena a;
    arena_init(&a, 0);
    columns *segments[] = {build(&a, 0, 100), build(&a, 100, ROWS)}, *joined = NULL;
    const column_segments list = {(const columns *const *)segments, 2};
    const filter *any = NULL;
    bitset *live = bitset_new(ROWS), *matching = bitset_new(ROWS);
    assert_true(live && matching);
    bitset_fill(live, true);
    assert_ok(filter_parse(VIEW("{\"$or\":[{\"n\":{\"$gte\":0}},{\"t\":true}]}"), &a, &any, &err));
    left = 0;
    assert_status(KITH_ERR_NO_MEMORY, columns_match(&list, any, matching, &err));
    int refusals = 0;
    for (left = 0; columns_concat(&list, live, &joined, &err) != KITH_OK; left = ++refusals) {
        assert_int_equal(err.code, KITH_ERR_NO_MEMORY);
        assert_null(joined);
    }
    left = -1;
    assert_true(refusals > 20);
    assert_ok(columns_match(&list, any, matching, &err));
    assert_int_equal(bitset_popcount(matching), 30);
    columns_free(joined);
    for (uint32_t i = 0; i < 2; i++)
        columns_free(segments[i]);
    bitset_free(live);
    bitset_free(matching);
    arena_done(&a);
}

static void columns_that_find_no_memory_are_not_read(void **state)
{
    (void)state;
    kith_error err;
    arena a;
    arena_init(&a, 0);
    columns *c = build(&a, 3, 4), *back = NULL;
    assert_non_null(c);
    buffer bytes;
    buffer_init(&bytes, MAX_BYTES);
    columns_write(c, &bytes);
    assert_int_equal(bytes.failed, KITH_OK);
    int refusals = 0;
    for (left = 0; columns_read(buffer_view(&bytes), &back, &err) != KITH_OK; left = ++refusals)
        assert_int_equal(err.code, KITH_ERR_NO_MEMORY);
    left = 0;
    assert_true(refusals > 5);
    assert_null(columns_new(0));
    left = -1;
    buffer_done(&bytes);
    columns_free(c);
    columns_free(back);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_segment_that_finds_no_memory_is_freed_and_built_anew),
        cmocka_unit_test(matching_and_joining_that_find_no_memory_change_nothing),
        cmocka_unit_test(columns_that_find_no_memory_are_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
