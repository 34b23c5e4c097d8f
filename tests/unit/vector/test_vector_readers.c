/* What the linker takes out of reach is not found by a search that it does not see. Two threads meet again and again at
 * the one moment where a store and a load that follow it may be seen in the other order. */
#include "test.h"

#include "vector/graph.h"
#include "vector/readers.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

enum { ROUNDS = 100000, LINK = 7, SPINS = 10000 };

typedef struct meeting {
    readers readers;
    _Alignas(64) graph_slot link;
    _Alignas(64) atomic_uint searcher_round;
    _Alignas(64) atomic_uint linker_round;
    _Alignas(64) uint32_t found; /* by the search of the round */
    uint32_t side;
} meeting;

static void meet(atomic_uint *own, const atomic_uint *other, uint32_t round)
{
    atomic_store(own, round);
    for (uint32_t spins = 0; atomic_load(other) < round;)
        if (++spins % SPINS == 0) (void)sched_yield(); // the other may want this processor
}

/* A search begins in each round, and ends when the linker has looked. */
static void *search(void *context)
{
    meeting *m = context;
    for (uint32_t round = 1; round <= 2 * ROUNDS; round++) {
        meet(&m->searcher_round, &m->linker_round, round);
        if (round % 2) {
            m->side = readers_enter(&m->readers);
            m->found = link_load(&m->link);
        } else {
            readers_leave(&m->readers, m->side);
        }
    }
    return NULL;
}

static void a_search_that_is_not_seen_does_not_find_what_was_taken_away(void **state)
{
    (void)state;
    pthread_t searcher;
    uint32_t unseen = 0, wrong = 0;
    meeting *m = aligned_alloc(64, sizeof *m);
    assert_non_null(m);
    memset(m, 0, sizeof *m);
    link_store(&m->link, LINK);
    assert_int_equal(pthread_create(&searcher, NULL, search, m), 0);
    bool are_gone = false;
    for (uint32_t round = 1; round <= 2 * ROUNDS; round++) {
        if (round % 2 == 0) {
            bool was_zero[2] = {false, false};
            meet(&m->linker_round, &m->searcher_round, round); // the search has found something
            unseen += are_gone;
            wrong += are_gone && m->found == LINK;
            while (!readers_are_gone(&m->readers, was_zero))
                ;
            link_store(&m->link, LINK);
        } else {
            bool was_zero[2] = {false, false};
            meet(&m->linker_round, &m->searcher_round, round);
            link_store(&m->link, GRAPH_NONE);
            are_gone = readers_are_gone(&m->readers, was_zero);
        }
    }
    assert_int_equal(pthread_join(searcher, NULL), 0);
    print_message("%u of %d searches were not seen\n", unseen, ROUNDS);
    assert_int_equal(wrong, 0);
    free(m);
}

static void who_waits_sees_both_sides_empty_although_searches_never_cease(void **state)
{
    (void)state;
    readers r = {0};
    bool was_zero[2] = {false, false};
    uint32_t running = readers_enter(&r);
    assert_false(readers_are_gone(&r, was_zero));
    for (int i = 0; i < 4; i++) {
        const uint32_t next = readers_enter(&r); // on the other side than the one before
        readers_leave(&r, running);
        running = next;
        const bool are_gone = readers_are_gone(&r, was_zero);
        if (are_gone) break;
        assert_true(i < 3);
    }
    readers_leave(&r, running);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_search_that_is_not_seen_does_not_find_what_was_taken_away),
        cmocka_unit_test(who_waits_sees_both_sides_empty_although_searches_never_cease),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
