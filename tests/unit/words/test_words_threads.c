/* Rows are removed, segments joined and written while searches go on; run under TSan. */
#include "test.h"

#include "base/rng.h"
#include "words/bm25_query.h"

#include <pthread.h>
#include <stdatomic.h>

enum { SEGMENTS = 6, SEGMENT_ROWS = 150, ROWS = SEGMENTS * SEGMENT_ROWS, SEARCHERS = 3, K = 10 };

typedef struct shared {
    bm25_segment *segments[SEGMENTS];
    bm25_corpus all;
    bitset *live; /* as it was before any row was removed: all */
    atomic_bool done;
} shared;

static bm25_segment *draw_segment(rng *r, uint32_t first_row)
{
    kith_error err;
    bm25_segment *s = bm25_segment_new(first_row);
    for (uint32_t i = 0; i < SEGMENT_ROWS; i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "house x%u y%u z%u", rng_below(r, 5), rng_below(r, 50),
                       rng_below(r, 500));
        if (bm25_append(s, view_of(text), 6, &err) != KITH_OK) abort();
    }
    return s;
}

/* A snapshot's `live` does not change when rows are removed: every search finds K rows. */
static void *search(void *context)
{
    shared *s = context;
    rng r = {7};
    kith_error err;
    while (!atomic_load(&s->done)) {
        arena a;
        char text[64];
        hit hits[K];
        uint32_t count = 0, rows[K];
        bm25_row_score scores[K];
        bm25_query *q = NULL;
        arena_init(&a, 0);
        (void)snprintf(text, sizeof text, "house x%u +y%u", rng_below(&r, 5), rng_below(&r, 50));
        if (bm25_parse(&s->all, view_of(text), &a, &q, &err) != KITH_OK ||
            bm25_search(q, &(bm25_search_options){.k = K, .live = s->live}, hits, &count, NULL,
                        &err) != KITH_OK ||
            count != K)
            abort();
        for (uint32_t i = 0; i < K; i++) {
            rows[0] = hits[i].id;
            if (bm25_rescore(q, rows, 1, scores, &err) != KITH_OK) abort();
            // One parse, one set of statistics: to the last bit.
            if (-scores[0].words != hits[i].distance || hits[i].distance >= 0) abort();
        }
        arena_done(&a);
    }
    return NULL;
}

static void searches_see_one_set_of_statistics_while_rows_are_removed(void **state)
{
    (void)state;
    kith_error err;
    rng r = {20};
    shared s = {.live = bitset_new(ROWS)};
    bitset *newest = bitset_new(ROWS);
    pthread_t threads[SEARCHERS];
    bitset_fill(s.live, true);
    bitset_fill(newest, true);
    for (uint32_t i = 0; i < SEGMENTS; i++)
        s.segments[i] = draw_segment(&r, i * SEGMENT_ROWS);
    s.all = (bm25_corpus){(const bm25_segment *const *)s.segments, SEGMENTS};
    for (size_t i = 0; i < SEARCHERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, search, &s), 0);
    for (uint32_t i = 0; i < ROWS * 2; i++) {
        uint32_t row = rng_below(&r, ROWS);
        bm25_remove(s.segments[row / SEGMENT_ROWS], row);
        bitset_clear(newest, row);
    }
    atomic_store(&s.done, true);
    for (size_t i = 0; i < SEARCHERS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (uint32_t row = 0; row < ROWS; row++)
        assert_int_equal(bm25_is_removed(s.segments[row / SEGMENT_ROWS], row),
                         !bitset_has(newest, row));
    for (uint32_t i = 0; i < SEGMENTS; i++) {
        assert_ok(bm25_check(s.segments[i], &err));
        bm25_segment_free(s.segments[i]);
    }
    bitset_free(newest);
    bitset_free(s.live);
}

typedef struct joining {
    shared *s;
    bm25_segment *joined;
    buffer bytes;
} joining;

static void *join_and_write(void *context)
{
    joining *j = context;
    kith_error err;
    if (bm25_concat(j->s->all.segments, SEGMENTS, j->s->live, &j->joined, &err) != KITH_OK) abort();
    for (uint32_t i = 0; i < SEGMENTS; i++)
        bm25_write(j->s->segments[i], &j->bytes);
    return NULL;
}

static void what_is_removed_during_a_concatenation_is_removed_after_it(void **state)
{
    (void)state;
    kith_error err;
    rng r = {21};
    for (int round = 0; round < 5; round++) {
        shared s = {.live = bitset_new(ROWS)};
        joining j = {.s = &s};
        pthread_t thread;
        buffer_init(&j.bytes, SIZE_MAX);
        bitset_fill(s.live, true);
        for (uint32_t i = 0; i < SEGMENTS; i++)
            s.segments[i] = draw_segment(&r, i * SEGMENT_ROWS);
        s.all = (bm25_corpus){(const bm25_segment *const *)s.segments, SEGMENTS};
        for (uint32_t row = 0; row < ROWS; row += 7) {
            bitset_clear(s.live, row);
            bm25_remove(s.segments[row / SEGMENT_ROWS], row);
        }
        assert_int_equal(pthread_create(&thread, NULL, join_and_write, &j), 0);
        for (uint32_t row = 0; row < ROWS; row += 5)
            bm25_remove(s.segments[row / SEGMENT_ROWS], row);
        assert_int_equal(pthread_join(thread, NULL), 0);
        for (uint32_t i = 0; i < SEGMENTS; i++)
            bm25_repeat_removals(j.joined, s.segments[i]);
        for (uint32_t row = 0; row < ROWS; row++)
            assert_int_equal(bm25_is_removed(j.joined, row), row % 7 == 0 || row % 5 == 0);
        assert_ok(bm25_check(j.joined, &err));
        assert_int_equal(j.bytes.failed, KITH_OK);
        for (uint32_t i = 0; i < SEGMENTS; i++)
            bm25_segment_free(s.segments[i]);
        bm25_segment_free(j.joined);
        buffer_done(&j.bytes);
        bitset_free(s.live);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(searches_see_one_set_of_statistics_while_rows_are_removed),
        cmocka_unit_test(what_is_removed_during_a_concatenation_is_removed_after_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
