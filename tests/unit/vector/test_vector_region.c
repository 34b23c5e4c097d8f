/* The array that never moves: its chunks, its limits, and its elements as bytes. */
#include "test.h"

#include "vector/region.h"

#include <sys/mman.h>
#include <unistd.h>

/* The chunk of an element by the definition: chunk 0 has 1,024 elements, and each other one as many
 * as all before it. */
static uint32_t chunk_by_counting(uint64_t i)
{
    uint32_t chunk = 0;
    for (uint64_t end = 1024; i >= end; end *= 2)
        chunk++;
    return chunk;
}

static void each_element_is_in_the_chunk_of_the_definition(void **state)
{
    (void)state;
    for (uint64_t end = 1024; end < UINT64_C(1) << 31; end *= 2)
        for (uint64_t i = end - 2; i < end + 2; i++)
            assert_int_equal(region_chunk((uint32_t)i), chunk_by_counting(i));
    assert_int_equal(region_chunk(0), 0);
    assert_int_equal(region_chunk(REGION_MAX - 1), REGION_CHUNKS - 1);
    assert_int_equal(region_chunk_start(REGION_CHUNKS), REGION_MAX);
    for (uint32_t c = 0; c < REGION_CHUNKS; c++)
        assert_int_equal(region_chunk(region_chunk_start(c)), c);
    assert_int_equal(region_run(0, 500), 500);
    assert_int_equal(region_run(1000, 5000), 24);
    assert_int_equal(region_run(1024, 2048), 1024);
    assert_int_equal(region_run(1024, 2049), 1024);
}

static uint32_t value_at(const region *r, uint32_t i)
{
    uint32_t value;
    memcpy(&value, region_at(r, i), sizeof value);
    return value;
}

static void fill(region *r, uint32_t first, uint32_t end)
{
    for (uint32_t i = first; i < end; i++) {
        assert_int_equal(value_at(r, i), 0);
        memcpy(region_at(r, i), &i, sizeof i);
    }
}

/* Two regions that grow in turn, past several chunks' ends: small elements stay below the size of
 * huge pages, large ones pass it. */
static void growing_moves_nothing_and_keeps_everything(void **state)
{
    (void)state;
    kith_error err;
    region a, b;
    region_init(&a, 4);
    region_init(&b, 1536);
    void *first_of_a = NULL, *first_of_b = NULL;
    for (uint32_t count = 1, before = 0; count < 9000; before = count, count += 1 + count / 3) {
        assert_true(region_reserve(&a, count));
        assert_true(region_reserve(&b, count));
        if (before == 0) first_of_a = region_at(&a, 0), first_of_b = region_at(&b, 0);
        assert_in_range(region_capacity(&a), count, count < 1024 ? 1024 : 2 * count);
        fill(&a, before, count);
        fill(&b, before, count);
        assert_ptr_equal(region_at(&a, 0), first_of_a);
        assert_ptr_equal(region_at(&b, 0), first_of_b);
        for (uint32_t i = 0; i < count; i++) {
            assert_int_equal(value_at(&a, i), i);
            assert_int_equal(value_at(&b, i), i);
        }
        assert_ok(region_check(&a, &err));
        assert_ok(region_check(&b, &err));
    }
    assert_true(b.chunks >= 4);
    region_done(&a);
    region_done(&b);
    region_done(&b); // nothing left to do
    assert_int_equal(region_capacity(&a), 0);
    assert_true(region_reserve(&a, 10));
    assert_int_equal(value_at(&a, 9), 0);
    region_done(&a);
}

static void what_cannot_be_had_leaves_the_region_as_it_was(void **state)
{
    (void)state;
    region r;
    region_init(&r, 1 << 20);
    assert_true(region_reserve(&r, 1));
    *(char *)region_at(&r, 0) = 'x';
    region before = r;
    assert_false(region_reserve(&r, REGION_MAX + 1));
    assert_false(region_reserve(&r, REGION_MAX)); // 2 PB: more address space than there is
    assert_memory_equal(&r, &before, offsetof(region, origin));
    assert_int_equal(*(char *)region_at(&r, 0), 'x');
    region_done(&r);
    region_init(&r, SIZE_MAX / 2048);
    assert_false(region_reserve(&r, 1));
    region_done(&r);
}

/* Also where the kernel gives huge pages to whoever has room for one. */
static void a_small_region_takes_little_memory(void **state)
{
    (void)state;
    region r;
    region_init(&r, 128);
    assert_true(region_reserve(&r, 2000));
    *(char *)region_at(&r, 0) = 'x';
    unsigned char is_resident[2] = {0, 0};
    assert_int_equal(mincore(region_at(&r, 0), 1, &is_resident[0]), 0);
    assert_int_equal(mincore(region_at(&r, 1024), 1, &is_resident[1]), 0);
    assert_int_equal(is_resident[0] & 1, 1);
    assert_int_equal(is_resident[1] & 1, 0);
    region_done(&r);
}

/* Bytes of address space that this process has for data. */
static size_t data_bytes(void)
{
    size_t pages[6];
    FILE *f = fopen("/proc/self/statm", "r");
    assert_non_null(f);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(fscanf(f, "%zu", &pages[i]), 1);
    fclose(f);
    return pages[5] * (size_t)sysconf(_SC_PAGESIZE);
}

/* A limit of address space counts what nobody touched. */
static void small_regions_map_little(void **state)
{
    (void)state;
    enum { REGIONS = 50 };
    region r[REGIONS];
    const size_t before = data_bytes();
    for (size_t i = 0; i < REGIONS; i++) {
        region_init(&r[i], 16);
        assert_true(region_reserve(&r[i], 1));
    }
    assert_in_range(data_bytes() - before, REGIONS * 1024 * 16, REGIONS * (size_t)1200000);
    for (size_t i = 0; i < REGIONS; i++)
        region_done(&r[i]);
}

static void elements_go_through_bytes_and_back(void **state)
{
    (void)state;
    kith_error err = {0};
    const uint32_t counts[] = {0, 1, 1023, 1024, 1025, 2048, 5000};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        region r, back;
        region_init(&r, 20);
        region_init(&back, 20);
        assert_true(region_reserve(&r, counts[i]));
        fill(&r, 0, counts[i]);
        buffer bytes;
        buffer_init(&bytes, 1 << 20);
        region_write(&r, counts[i], &bytes);
        assert_int_equal(bytes.size, counts[i] * 20);
        buffer_append_byte(&bytes, 'x');
        view rest = buffer_view(&bytes);
        assert_ok(region_read(&back, counts[i], &rest, &err));
        assert_int_equal(rest.size, 1);
        assert_int_equal(rest.data[0], 'x');
        for (uint32_t j = 0; j < counts[i]; j++)
            assert_memory_equal(region_at(&r, j), region_at(&back, j), 20);
        region_done(&back);
        rest = (view){bytes.data, counts[i] * 20};
        assert_status(KITH_ERR_CORRUPT, region_read(&back, counts[i] + 1, &rest, &err));
        region_done(&back);
        buffer_done(&bytes);
        region_done(&r);
    }
}

/* Small pages at first, huge ones where all of them is written: nothing of it shows but in the kernel's counts. */
static void an_array_on_small_pages_is_made_huge_in_any_order_and_grows(void **state)
{
    (void)state;
    kith_error err = {0};
    enum { FIRST = 60000, AFTER = 140000, BYTES = 256, STEP = 7000 };
    region r;
    region_init(&r, BYTES);
    assert_true(region_reserve_small(&r, FIRST));
    assert_ok(region_check(&r, &err));
    *(volatile uint32_t *)region_at(&r, 45000) =
        0; // takes a small page in the middle of a huge one
    for (uint32_t step = 0; step * STEP < FIRST; step++) {
        const uint32_t first = (step * 5 % 9) * STEP;
        const uint32_t end = first + STEP < FIRST ? first + STEP : FIRST;
        region_allow_huge(&r, first, end);
        fill(&r, first, end);
        region_make_huge(&r, first, end);
    }
    assert_true(region_reserve(&r, AFTER));
    fill(&r, FIRST, AFTER);
    for (uint32_t i = 0; i < AFTER; i++)
        assert_int_equal(value_at(&r, i), i);
    assert_ok(region_check(&r, &err));
    region_done(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_element_is_in_the_chunk_of_the_definition),
        cmocka_unit_test(growing_moves_nothing_and_keeps_everything),
        cmocka_unit_test(what_cannot_be_had_leaves_the_region_as_it_was),
        cmocka_unit_test(a_small_region_takes_little_memory),
        cmocka_unit_test(small_regions_map_little),
        cmocka_unit_test(elements_go_through_bytes_and_back),
        cmocka_unit_test(an_array_on_small_pages_is_made_huge_in_any_order_and_grows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
