/* Tests of arena, buffer and checked sizes. */
#include "test.h"

#include "base/arena.h"
#include "base/buffer.h"
#include "base/size.h"

static void arena_memory_is_zeroed_and_aligned(void **state)
{
    (void)state;
    arena a;
    arena_init(&a, 0);
    for (size_t bytes = 1; bytes < 100000; bytes = bytes * 3 + 1) {
        unsigned char *memory = arena_new(&a, bytes);
        assert_non_null(memory);
        assert_int_equal((uintptr_t)memory % 16, 0);
        for (size_t i = 0; i < bytes; i++)
            assert_int_equal(memory[i], 0);
        memset(memory, 0xff, bytes);
    }
    arena_done(&a);
}

static void arena_refuses_more_than_its_maximum_and_remembers(void **state)
{
    (void)state;
    arena a;
    arena_init(&a, 1000);
    assert_non_null(arena_new(&a, 900));
    assert_null(arena_new(&a, 200));
    assert_true(a.exhausted);
    assert_non_null(arena_new(&a, 50));
    arena_reset(&a);
    assert_false(a.exhausted);
    assert_non_null(arena_new(&a, 900));
    arena_done(&a);
}

static void arena_forgets_what_came_after_a_mark_and_keeps_what_came_before(void **state)
{
    (void)state;
    arena a;
    arena_init(&a, 0);
    arena_mark start = arena_set_mark(&a);
    char *kept = arena_copy_text(&a, "kept");
    arena_mark mark = arena_set_mark(&a);
    for (int round = 0; round < 3; round++) {
        for (size_t bytes = 1; bytes < 100000; bytes = bytes * 3 + 1) {
            unsigned char *memory = arena_new(&a, bytes);
            assert_non_null(memory);
            for (size_t i = 0; i < bytes; i++)
                assert_int_equal(memory[i], 0);
            memset(memory, 0xff, bytes);
        }
        arena_rewind(&a, mark);
        assert_int_equal(a.used, mark.used);
        assert_string_equal(kept, "kept");
    }
    arena_rewind(&a, start);
    assert_int_equal(a.used, 0);
    assert_non_null(arena_new(&a, 10));
    arena_done(&a);
    arena_rewind(&a, arena_set_mark(&a));
    assert_int_equal(a.used, 0);
}

static void arena_refuses_an_array_whose_size_overflows(void **state)
{
    (void)state;
    arena a;
    arena_init(&a, 0);
    assert_null(arena_new_bytes_array(&a, SIZE_MAX / 2, 3));
    assert_true(a.exhausted);
    assert_null(arena_new(&a, SIZE_MAX));
    arena_done(&a);
}

static void arena_copies_are_terminated(void **state)
{
    (void)state;
    arena a;
    arena_init(&a, 0);
    view copy = arena_copy(&a, (view){"abcdef", 3});
    assert_int_equal(copy.size, 3);
    assert_string_equal(copy.data, "abc");
    assert_string_equal(arena_printf(&a, "%d-%s", 7, "x"), "7-x");
    arena_done(&a);
}

static void buffer_grows_to_its_maximum_and_no_further(void **state)
{
    (void)state;
    buffer b;
    kith_error err;
    buffer_init(&b, 1000);
    for (int i = 0; i < 100; i++)
        buffer_append(&b, VIEW("0123456789"));
    assert_ok(buffer_status(&b, "thing", &err));
    assert_int_equal(b.size, 1000);
    buffer_append_byte(&b, 'x');
    assert_status(KITH_ERR_LIMIT, buffer_status(&b, "thing", &err));
    assert_non_null(strstr(err.message, "thing"));
    assert_non_null(strstr(err.message, "1000"));
    assert_int_equal(b.size, 1000);
    buffer_reset(&b);
    buffer_append_text(&b, "again");
    assert_ok(buffer_status(&b, "thing", &err));
    buffer_done(&b);
}

static void buffer_integers_round_trip_in_little_endian(void **state)
{
    (void)state;
    buffer b;
    buffer_init(&b, 100);
    buffer_append_u32(&b, 0x01020304);
    buffer_append_u64(&b, UINT64_C(0x1122334455667788));
    assert_int_equal(b.data[0], 4);
    assert_int_equal(load_u32(b.data), 0x01020304);
    assert_true(load_u64(b.data + 4) == UINT64_C(0x1122334455667788));
    buffer_done(&b);
}

static void sizes_say_when_they_overflow(void **state)
{
    (void)state;
    size_t out = 0;
    assert_true(size_mul(3, 4, &out));
    assert_int_equal(out, 12);
    assert_false(size_mul(SIZE_MAX, 2, &out));
    assert_false(size_add(SIZE_MAX, 1, &out));
    assert_null(heap_new_array(SIZE_MAX, 8));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_memory_is_zeroed_and_aligned),
        cmocka_unit_test(arena_refuses_more_than_its_maximum_and_remembers),
        cmocka_unit_test(arena_forgets_what_came_after_a_mark_and_keeps_what_came_before),
        cmocka_unit_test(arena_refuses_an_array_whose_size_overflows),
        cmocka_unit_test(arena_copies_are_terminated),
        cmocka_unit_test(buffer_grows_to_its_maximum_and_no_further),
        cmocka_unit_test(buffer_integers_round_trip_in_little_endian),
        cmocka_unit_test(sizes_say_when_they_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
