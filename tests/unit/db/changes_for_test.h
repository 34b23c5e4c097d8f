/* changes_for_test.h - random changes of a store that is not there, applied to an index by deltas,
 * beside a plain list of what the index must then hold. */
#ifndef KITH_TEST_DB_CHANGES_FOR_TEST_H
#define KITH_TEST_DB_CHANGES_FOR_TEST_H

#include "test.h"

#include "base/rng.h"
#include "db/delta.h"

enum { DIM = 4, POINTS = 150, POINTS_MAX = 3000, DOCUMENTS = 7 };

typedef struct changes {
    snapshot *now;
    delta delta; /* is_open: begun, and to be ended */
    bool is_open;
    rng r;
    uint64_t points[POINTS_MAX]; /* the store's rows; 0: deleted, or never put */
    uint64_t last_point;
    uint32_t live;
} changes;

static inline void changes_begin(changes *c, uint64_t seed)
{
    *c = (changes){.r = {seed}};
    derived *rows = derived_new(KITH_COSINE);
    assert_non_null(rows);
    c->now = snapshot_new_empty(rows);
    assert_non_null(c->now);
    derived_release(rows);
}

static inline void changes_end(changes *c)
{
    if (c->is_open) delta_abandon(&c->delta);
    snapshot_release(c->now);
}

static inline void open_delta(changes *c)
{
    kith_error err;
    if (!c->is_open) assert_ok(delta_begin(&c->delta, c->now, &err));
    c->is_open = true;
}

/* What was applied since open_delta becomes the newest snapshot. */
static inline void publish(changes *c)
{
    kith_error err;
    snapshot *next = NULL;
    open_delta(c);
    assert_ok(delta_end(&c->delta, c->now->sequence + 1, &next, &err));
    c->is_open = false;
    snapshot_release(c->now);
    c->now = next;
}

static inline void apply(changes *c, const store_change *change)
{
    kith_error err;
    store_change whole = *change;
    whole.dim = DIM;
    open_delta(c);
    assert_ok(delta_apply(&c->delta, &whole, &err));
}

/* The document of point i; empty: of none. */
static inline view document_of(uint32_t i)
{
    static const char *const documents[DOCUMENTS] = {"", "a", "b", "c", "d", "e", "f"};
    return view_of(documents[i % DOCUMENTS]);
}

static inline void put_point(changes *c, uint32_t i)
{
    static const char *const records[] = {"", "{\"a\":1}", "{\"b\":\"text\",\"c\":true}",
                                          "{\"title\":\"T\",\"heading\":\"T > H\"}"};
    static const char *const texts[] = {"some words", "other words here", "a word", ""};
    float vector[DIM];
    for (uint32_t n = 0; n < DIM; n++)
        vector[n] = (float)rng_unit(&c->r) - 0.5F;
    if (c->points[i] == 0) {
        c->points[i] = ++c->last_point; // the store numbers points anew after a deletion
        c->live++;
    }
    apply(c, &(store_change){.row = c->points[i],
                             .vector = vector,
                             .metadata = view_of(records[rng_below(&c->r, 4)]),
                             .content = view_of(texts[rng_below(&c->r, 4)]),
                             .document = document_of(i)});
}

static inline void delete_point(changes *c, uint32_t i)
{
    if (c->points[i] == 0) return;
    apply(c, &(store_change){.row = c->points[i], .deleted = true});
    c->points[i] = 0;
    c->live--;
}

static inline void change_at_random(changes *c)
{
    uint32_t i = rng_below(&c->r, POINTS);
    if (rng_below(&c->r, 3) == 0)
        delete_point(c, i);
    else
        put_point(c, i);
}

/* The snapshot holds exactly the points of the list, and two of them have one document's number
 * when they are of one document. */
static inline void assert_holds_the_points(const changes *c)
{
    kith_error err;
    uint32_t numbers[DOCUMENTS] = {0};
    assert_ok(snapshot_check(c->now, &err));
    assert_int_equal(c->now->live_count, c->live);
    for (uint32_t i = 0; i < POINTS_MAX; i++) {
        uint32_t row = 0;
        if (c->points[i] == 0) continue;
        assert_true(row_map_get(&c->now->derived->rows, c->points[i], &row));
        assert_true(bitset_has(&c->now->live, row));
        uint32_t number = snapshot_document(c->now, row);
        assert_int_equal(number == ROW_DOCUMENT_NONE, document_of(i).size == 0);
        assert_true(number <= c->now->document_count);
        if (numbers[i % DOCUMENTS] == 0) numbers[i % DOCUMENTS] = number;
        assert_int_equal(numbers[i % DOCUMENTS], number);
    }
    for (uint32_t i = 1; i < DOCUMENTS; i++)
        for (uint32_t j = 1; j < i; j++)
            assert_true(numbers[i] == 0 || numbers[i] != numbers[j]);
}

#endif
