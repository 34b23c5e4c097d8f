/* test_serve_parse_room.c - that no more is parsed at a time than there is room for, and nobody is
 * passed over. */
#include "test.h"

#include "os/clock.h"
#include "serve/parse_room.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

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
        uint64_t taken = 0;
        c->wrong += parse_room_enter(&c->room, (uint64_t)bytes, NULL, &taken, NULL) != KITH_OK;
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
    uint64_t taken = 0;
    if (parse_room_enter(context, TOTAL, NULL, &taken, NULL) != KITH_OK) abort();
    parse_room_leave(context, taken);
    return NULL;
}

/* A thread that wants all the room. Returns once somebody waits. */
static pthread_t start_large(parse_room *room)
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, come_large, room), 0);
    for (bool waiting = false; !waiting; clock_sleep_ms(1)) {
        assert_int_equal(pthread_mutex_lock(&room->lock), 0);
        waiting = room->first != NULL;
        assert_int_equal(pthread_mutex_unlock(&room->lock), 0);
    }
    return thread;
}

/* Small ones could come for ever before a large one, if there were no order. */
static void a_large_one_is_not_passed_by_small_ones(void **state)
{
    (void)state;
    parse_room room;
    uint64_t taken = 0, small = 0;
    kith_error err = {0};
    const call_limit soon = {.deadline_ns = clock_monotonic_ns() + 1, .timeout_ms = 1};
    parse_room_init(&room, TOTAL);
    assert_ok(parse_room_enter(&room, 10, NULL, &taken, &err));
    const pthread_t large = start_large(&room);
    assert_status(KITH_ERR_TIMEOUT, parse_room_enter(&room, 1, &soon, &small, &err));
    parse_room_leave(&room, taken);
    assert_int_equal(pthread_join(large, NULL), 0);
    assert_ok(parse_room_enter(&room, 1, NULL, &small, &err));
    parse_room_leave(&room, small);
    parse_room_done(&room);
}

static int is_gone(void *context)
{
    return atomic_load((atomic_int *)context);
}

/* Whoever gives up leaves the line, wherever in it he stands, and those behind him move up. */
static void who_waits_too_long_gives_up(void **state)
{
    (void)state;
    parse_room room;
    uint64_t taken = 0, none = 7;
    kith_error err = {0};
    atomic_int gone = 0;
    parse_room_init(&room, TOTAL);
    assert_ok(parse_room_enter(&room, TOTAL, NULL, &taken, &err));
    for (int i = 0; i < 2; i++) {
        const int64_t begun_ns = clock_monotonic_ns();
        const call_limit limit = {.deadline_ns = begun_ns + 30000000, .timeout_ms = 30};
        assert_status(KITH_ERR_TIMEOUT, parse_room_enter(&room, 1, &limit, &none, &err));
        assert_true(clock_monotonic_ns() - begun_ns >= 30000000);
    }
    const pthread_t large = start_large(&room);
    gone = 1;
    const call_limit left = {.is_cancelled = is_gone, .context = &gone};
    assert_status(KITH_ERR_CANCELLED, parse_room_enter(&room, 1, &left, &none, &err));
    assert_int_equal(none, 7);
    parse_room_leave(&room, taken);
    assert_int_equal(pthread_join(large, NULL), 0);
    parse_room_done(&room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_more_is_let_in_than_there_is_room_for),
        cmocka_unit_test(a_large_one_is_not_passed_by_small_ones),
        cmocka_unit_test(who_waits_too_long_gives_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
