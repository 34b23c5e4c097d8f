/* test_serve_parse_room.c - that no more is parsed at a time than there is room for, and nobody is
 * passed over. */
#include "test.h"

#include "os/clock.h"
#include "serve/parse_room.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

enum { TOTAL = 100, THREADS = 8, ROUNDS = 300 };

typedef struct crowd {
    parse_room room;
    atomic_int used, wrong, alone;
} crowd;

static void *come_and_go(void *context)
{
    crowd *c = context;
    static const int sizes[] = {1, 30, 99, 100, 250, 51, 7};
    for (int i = 0; i < ROUNDS; i++) {
        const int bytes = sizes[i % 7], counted = bytes < TOTAL ? bytes : TOTAL;
        const uint64_t taken = parse_room_enter(&c->room, (uint64_t)bytes);
        if (taken != (uint64_t)counted) c->wrong++;
        if (atomic_fetch_add(&c->used, counted) + counted > TOTAL) c->wrong++;
        c->alone += counted == TOTAL;
        atomic_fetch_sub(&c->used, counted);
        parse_room_leave(&c->room, taken / 2); // what it did not need
        parse_room_leave(&c->room, taken - taken / 2);
    }
    return NULL;
}

static void no_more_is_let_in_than_there_is_room_for(void **state)
{
    (void)state;
    crowd c = {.used = 0};
    pthread_t threads[THREADS];
    parse_room_init(&c.room, TOTAL);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, come_and_go, &c), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(c.wrong, 0);
    assert_true(c.alone > 0); // larger than the room, and let in
    parse_room_done(&c.room);
}

static void *come_large(void *context)
{
    parse_room_leave(context, parse_room_enter(context, TOTAL));
    return NULL;
}

/* Small ones could come for ever before a large one, if there were no order. */
static void a_large_one_is_not_passed_by_small_ones(void **state)
{
    (void)state;
    parse_room room;
    pthread_t large, small;
    parse_room_init(&room, TOTAL);
    assert_int_equal(parse_room_enter(&room, 10), 10);
    assert_int_equal(pthread_create(&large, NULL, come_large, &room), 0);
    for (bool waits = false; !waits; clock_sleep_ms(1)) {
        assert_int_equal(pthread_mutex_lock(&room.lock), 0);
        waits = room.next == 2;
        assert_int_equal(pthread_mutex_unlock(&room.lock), 0);
    }
    assert_int_equal(pthread_create(&small, NULL, come_large, &room), 0);
    assert_int_equal(room.admitted, 1);
    parse_room_leave(&room, 10);
    assert_int_equal(pthread_join(large, NULL), 0);
    assert_int_equal(pthread_join(small, NULL), 0);
    assert_int_equal(room.admitted, 3);
    parse_room_done(&room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_more_is_let_in_than_there_is_room_for),
        cmocka_unit_test(a_large_one_is_not_passed_by_small_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
