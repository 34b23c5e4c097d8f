/* Tests of arena, buffer and checked sizes. */
#include "test.h"

#include "base/arena.h"
#include "base/buffer.h"
#include "base/hash.h"
#include "base/reserve.h"
#include "base/rng.h"
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

enum { MARKS_MAX = 20, PIECES_MAX = 400 };

typedef struct piece {
    unsigned char *bytes;
    size_t size;
    unsigned char filling;
} piece;

/* Random allocations, marks and rewinds, as of a stack: every piece that was allocated before the
 * mark keeps its bytes. */
static void arena_keeps_each_piece_until_a_rewind_or_reset_ends_it(void **state)
{
    (void)state;
    rng r = {.state = 5};
    arena a;
    arena_mark marks[MARKS_MAX];
    piece pieces[PIECES_MAX];
    uint32_t pieces_at[MARKS_MAX], mark_count = 0, count = 0;
    arena_init(&a, 4 << 20);
    for (uint32_t step = 0; step < 4000; step++) {
        uint32_t choice = rng_below(&r, 10);
        if (choice == 0 && mark_count < MARKS_MAX) {
            pieces_at[mark_count] = count;
            marks[mark_count++] = arena_set_mark(&a);
        } else if (choice == 1 && mark_count > 0) {
            mark_count = rng_below(&r, mark_count);
            count = pieces_at[mark_count];
            arena_rewind(&a, marks[mark_count]);
            assert_int_equal(a.used, marks[mark_count].used);
        } else if (rng_below(&r, 300) == 0) {
            arena_reset(&a);
            count = mark_count = 0;
        } else if (count < PIECES_MAX) {
            piece *p = &pieces[count];
            p->size = 1 + rng_below(&r, rng_below(&r, 20) ? 300 : 50000);
            p->filling = (unsigned char)(1 + rng_below(&r, 255));
            p->bytes = arena_new(&a, p->size);
            if (p->bytes) memset(p->bytes, p->filling, p->size);
            count += p->bytes != NULL;
        }
        assert_null(arena_check(&a));
        for (uint32_t i = 0; i < count && step % 16 == 0; i++)
            for (size_t k = 0; k < pieces[i].size; k++)
                assert_int_equal(pieces[i].bytes[k], pieces[i].filling);
    }
    arena_done(&a);
}

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>

static void arena_memory_is_forbidden_after_a_rewind_or_reset(void **state)
{
    (void)state;
    arena a;
    arena_init(&a, 0);
    char *first = arena_new(&a, 100);
    arena_mark mark = arena_set_mark(&a);
    char *second = arena_new(&a, 100);
    assert_false(__asan_address_is_poisoned(second));
    arena_rewind(&a, mark);
    assert_true(__asan_address_is_poisoned(second));
    assert_false(__asan_address_is_poisoned(first));
    arena_reset(&a);
    assert_true(__asan_address_is_poisoned(first));
    assert_ptr_equal(arena_new(&a, 100), first);
    assert_false(__asan_address_is_poisoned(first));
    arena_done(&a);
}
#endif

/* Both kinds of array, appended to one by one. */
static void note_end(void *what)
{
    static int ended = 0;
    if (what)
        *(int *)what = ++ended;
    else
        ended = 0;
}

static void arena_calls_what_was_asked_for_when_it_ends_the_newest_first(void **state)
{
    (void)state;
    int order[4] = {0};
    arena a;
    arena_init(&a, 0);
    note_end(NULL);
    assert_true(arena_on_end(&a, note_end, &order[0]));
    arena_mark mark = arena_set_mark(&a);
    assert_true(arena_on_end(&a, note_end, &order[1]));
    assert_non_null(arena_new(&a, 1 << 20)); // in another block
    assert_true(arena_on_end(&a, note_end, &order[2]));
    arena_rewind(&a, mark);
    assert_int_equal(order[2], 1);
    assert_int_equal(order[1], 2);
    assert_int_equal(order[0], 0);
    assert_true(arena_on_end(&a, note_end, &order[3]));
    arena_reset(&a);
    assert_int_equal(order[3], 3);
    assert_int_equal(order[0], 4);
    arena_done(&a); // nothing is called twice
    assert_int_equal(order[0], 4);
    arena_init(&a, 1); // no room
    assert_false(arena_on_end(&a, note_end, &order[1]));
    arena_done(&a);
    assert_int_equal(order[1], 2);
}

static void a_reserved_array_keeps_its_elements_as_it_grows(void **state)
{
    (void)state;
    arena a;
    arena_init(&a, 0);
    uint32_t *on_heap = NULL, *in_arena = NULL, heap_capacity = 0, arena_capacity = 0;
    for (uint32_t i = 0; i < 1000; i++) {
        uint32_t before = heap_capacity;
        uint32_t *grown = heap_reserve(on_heap, &heap_capacity, i + 1, sizeof *grown);
        assert_non_null(grown);
        on_heap = grown;
        grown = arena_reserve(&a, in_arena, &arena_capacity, i + 1, sizeof *grown);
        assert_non_null(grown);
        in_arena = grown;
        on_heap[i] = in_arena[i] = i;
        assert_true(heap_capacity == before || heap_capacity >= 2 * before);
        assert_int_equal(arena_capacity, heap_capacity);
    }
    for (uint32_t i = 0; i < 1000; i++)
        assert_true(on_heap[i] == i && in_arena[i] == i);
    assert_int_equal(in_arena[1000], 0);
    free(on_heap);
    arena_done(&a);
}

static void an_array_that_cannot_grow_is_left_as_it_was(void **state)
{
    (void)state;
    arena a;
    arena_init(&a, 1000);
    uint32_t capacity = 0;
    uint64_t *array = arena_reserve(&a, NULL, &capacity, 50, sizeof *array);
    assert_non_null(array);
    assert_int_equal(capacity, 50);
    assert_null(arena_reserve(&a, array, &capacity, 51, sizeof *array)); // 100 with the 50 before
    assert_null(arena_reserve(&a, array, &capacity, 0, sizeof *array));  // UINT32_MAX + 1
    assert_null(heap_reserve(array, &capacity, 0, sizeof *array));
    assert_null(heap_reserve(NULL, &capacity, UINT32_MAX, SIZE_MAX / 2));
    assert_int_equal(capacity, 50);
    arena_done(&a);
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
    memset(arena_new(&a, 100), 0xff, 100); // what lies behind a copy is zero all the same
    const view parts[] = {VIEW("ab"), {NULL, 0}, VIEW(""), VIEW("cde")};
    view joined = arena_join(&a, parts, 4), none = arena_join(&a, parts, 0);
    assert_int_equal(joined.size, 5);
    assert_string_equal(joined.data, "abcde");
    assert_int_equal(none.size, 0);
    assert_string_equal(none.data, "");
    const view too_large[] = {VIEW("ab"), {"", SIZE_MAX}};
    assert_null(arena_join(&a, too_large, 2).data);
    assert_true(a.exhausted);
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
    assert_null(buffer_check(&b));
    buffer_reset(&b);
    assert_null(buffer_check(&b));
    buffer_append_text(&b, "again");
    assert_ok(buffer_status(&b, "thing", &err));
    buffer_done(&b);
}

/* Where a drain puts what it is given; it fails when that would be more than `room`. */
typedef struct drained {
    char bytes[3 << 20];
    size_t size, room, largest;
    uint32_t calls;
} drained;

static kith_status drain(void *context, view bytes)
{
    drained *d = context;
    assert_true(bytes.size > 0 && bytes.size <= sizeof d->bytes - d->size);
    d->calls++;
    if (bytes.size > d->room - d->size) return KITH_ERR_FULL;
    memcpy(d->bytes + d->size, bytes.data, bytes.size);
    d->size += bytes.size;
    if (bytes.size > d->largest) d->largest = bytes.size;
    return KITH_OK;
}

static void white_space_is_taken_off_both_ends_from_a_place_on(void **state)
{
    (void)state;
    buffer b;
    buffer_init(&b, 100);
    buffer_trim(&b, 0);
    buffer_append_text(&b, " a \n\tb c ");
    buffer_trim(&b, 3);
    assert_string_equal(buffer_text(&b), " a b c");
    buffer_append_text(&b, " \n");
    buffer_trim(&b, 6);
    assert_string_equal(buffer_text(&b), " a b c");
    assert_null(buffer_check(&b));
    buffer_done(&b);
}

static void a_text_is_appended_as_one_line_or_not_at_all(void **state)
{
    (void)state;
    buffer b;
    buffer_init(&b, 10);
    buffer_append_line(&b, VIEW("a\r\nb\tc\0d\xC3\xBC"));
    assert_int_equal(b.size, 10);
    assert_memory_equal(b.data, "a  b c d\xC3\xBC", 10);
    buffer_append_line(&b, (view){NULL, 0});
    assert_int_equal(b.failed, KITH_OK);
    buffer_append_line(&b, VIEW("e"));
    assert_int_equal(b.failed, KITH_ERR_LIMIT);
    assert_int_equal(b.size, 10);
    buffer_done(&b);
}

/* Appends pieces of many sizes, two checksums among them, until there are more than `bytes`. */
static void append_pieces(buffer *b, size_t bytes)
{
    static const size_t sizes[] = {1,
                                   3,
                                   4000,
                                   BUFFER_DRAIN_BYTES / 3,
                                   BUFFER_DRAIN_BYTES,
                                   BUFFER_DRAIN_BYTES + 1,
                                   2 * BUFFER_DRAIN_BYTES,
                                   7};
    static char text[2 * BUFFER_DRAIN_BYTES];
    size_t appended = 0;
    buffer_append_text(b, "before");
    buffer_begin_checksum(b);
    for (uint32_t i = 0; appended <= bytes; i++) {
        size_t size = sizes[i % 8];
        memset(text, 'a' + (int)(i % 26), size);
        buffer_append(b, (view){text, size});
        buffer_append_u64(b, i);
        buffer_printf(b, "%u", i);
        assert_null(buffer_check(b));
        appended += size;
    }
    buffer_end_checksum(b);
    buffer_append_text(b, "between");
    buffer_begin_checksum(b);
    buffer_append_text(b, "after");
    buffer_end_checksum(b);
}

static void a_buffer_with_a_drain_passes_on_what_one_without_would_hold(void **state)
{
    (void)state;
    drained *d = calloc(1, sizeof *d);
    assert_non_null(d);
    buffer whole, b;
    buffer_init(&whole, SIZE_MAX);
    append_pieces(&whole, 2 << 20);
    assert_int_equal(whole.failed, KITH_OK);
    d->room = sizeof d->bytes;
    buffer_init_draining(&b, drain, d);
    append_pieces(&b, 2 << 20);
    assert_true(b.capacity <= BUFFER_DRAIN_BYTES);
    assert_int_equal(buffer_drain_rest(&b), KITH_OK);
    assert_int_equal(buffer_drain_rest(&b), KITH_OK); // nothing is left, and nothing comes twice
    assert_int_equal(d->size, whole.size);
    assert_memory_equal(d->bytes, whole.data, whole.size);
    assert_int_equal(d->largest, 2 * BUFFER_DRAIN_BYTES);
    assert_true(d->calls > 8);
    buffer_done(&b);
    // The sums are those of the bytes, by the function that they name.
    size_t tail = 8 + strlen("after") + 8 + strlen("between");
    size_t start = strlen("before"), end = whole.size - tail;
    assert_true(load_u64(whole.data + end) == hash64((view){whole.data + start, end - start}, 0));
    assert_true(load_u64(whole.data + whole.size - 8) == hash64(VIEW("after"), 0));
    buffer_done(&whole);
    free(d);
}

static void a_drain_that_fails_is_not_called_again(void **state)
{
    (void)state;
    kith_error err;
    drained *d = calloc(1, sizeof *d);
    assert_non_null(d);
    buffer b;
    buffer_init_draining(&b, drain, d);
    for (size_t room = 0; room < 2 << 20; room += 300000) {
        d->size = d->calls = 0;
        d->room = room;
        append_pieces(&b, 2 << 20);
        assert_status(KITH_ERR_FULL, buffer_drain_rest(&b));
        uint32_t calls = d->calls;
        buffer_append_text(&b, "more");
        assert_false(buffer_reserve(&b, BUFFER_DRAIN_BYTES + 1));
        assert_status(KITH_ERR_FULL, buffer_drain_rest(&b));
        assert_int_equal(d->calls, calls);
        assert_status(KITH_ERR_FULL, buffer_status(&b, "the part", &err));
        assert_string_equal(err.message, "the part cannot be written");
        buffer_reset(&b);
        assert_null(buffer_check(&b));
    }
    buffer_done(&b);
    free(d);
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
        cmocka_unit_test(arena_keeps_each_piece_until_a_rewind_or_reset_ends_it),
#if defined(__SANITIZE_ADDRESS__)
        cmocka_unit_test(arena_memory_is_forbidden_after_a_rewind_or_reset),
#endif
        cmocka_unit_test(arena_calls_what_was_asked_for_when_it_ends_the_newest_first),
        cmocka_unit_test(a_reserved_array_keeps_its_elements_as_it_grows),
        cmocka_unit_test(an_array_that_cannot_grow_is_left_as_it_was),
        cmocka_unit_test(arena_refuses_an_array_whose_size_overflows),
        cmocka_unit_test(arena_copies_are_terminated),
        cmocka_unit_test(buffer_grows_to_its_maximum_and_no_further),
        cmocka_unit_test(white_space_is_taken_off_both_ends_from_a_place_on),
        cmocka_unit_test(a_text_is_appended_as_one_line_or_not_at_all),
        cmocka_unit_test(a_buffer_with_a_drain_passes_on_what_one_without_would_hold),
        cmocka_unit_test(a_drain_that_fails_is_not_called_again),
        cmocka_unit_test(buffer_integers_round_trip_in_little_endian),
        cmocka_unit_test(sizes_say_when_they_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
