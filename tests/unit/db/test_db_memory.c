/* Running out of memory at each allocation in turn: what a refresh began leaves no trace, and what
 * the store has committed is found by the next call that has memory. */
#include "allocations_for_test.h"
#include "changes_for_test.h"

#include "db/database.h"
#include "index_for_test.h"
#include "scratch.h"

enum { STEPS_MAX = 20000 };

/* ---- deltas ---- */

static kith_status try_changes(changes *c, uint32_t count, snapshot **next)
{
    kith_error err;
    delta d;
    kith_status status = delta_begin(&d, c->now, &err);
    if (status != KITH_OK) return status;
    for (uint32_t i = 0; i < count && status == KITH_OK; i++) {
        bool is_deletion = i % 5 == 4;
        const store_change change = {.row = c->last_point + i + 1 - (is_deletion ? 2 : 0),
                                     .deleted = is_deletion,
                                     .dim = DIM,
                                     .vector = is_deletion ? NULL : (float[DIM]){(float)i, 1},
                                     .metadata =
                                         is_deletion ? VIEW("") : VIEW("{\"a\":1,\"b\":\"text\"}"),
                                     .content = VIEW("some words of a new text")};
        status = delta_apply(&d, &change, &err);
    }
    if (status == KITH_OK) return delta_end(&d, c->now->sequence + 1, next, &err);
    delta_abandon(&d);
    return status;
}

static void a_delta_without_memory_leaves_no_trace(void **state)
{
    (void)state;
    changes c;
    changes_begin(&c, 1);
    for (uint32_t round = 0; round < 4; round++) {
        snapshot *next = NULL;
        kith_status status = KITH_ERR_NO_MEMORY;
        for (int n = 0; status != KITH_OK; n++) {
            assert_true(n < STEPS_MAX);
            atomic_store(&allocations_left, n);
            status = try_changes(&c, 300, &next);
            bool refused = was_refused();
            assert_int_equal(status, refused ? KITH_ERR_NO_MEMORY : KITH_OK);
            if (refused && n % 16 == 0) assert_holds_the_points(&c);
        }
        snapshot_release(next); // its rows are the newest, so this index is at its end
        changes_end(&c);
        changes_begin(&c, round);
        for (uint32_t i = 0; i < 300 * round; i++)
            change_at_random(&c);
        publish(&c);
    }
    changes_end(&c);
}

static void joining_without_memory_leaves_the_segments(void **state)
{
    (void)state;
    kith_error err;
    changes c;
    segment *joined = NULL;
    kith_status status = KITH_ERR_NO_MEMORY;
    changes_begin(&c, 2);
    for (uint32_t i = 0; i < 6; i++) {
        for (uint32_t n = 0; n < 40; n++)
            change_at_random(&c);
        publish(&c);
    }
    for (int n = 0; status != KITH_OK; n++) {
        assert_true(n < STEPS_MAX);
        atomic_store(&allocations_left, n);
        status = segment_concat(c.now->segments, c.now->segment_count, &c.now->live, &joined, &err);
        bool refused = was_refused();
        assert_true(status == KITH_OK || (refused && status == KITH_ERR_NO_MEMORY));
    }
    assert_ok(segment_check(joined, &err));
    segment_release(joined);
    assert_holds_the_points(&c);
    changes_end(&c);
}

/* ---- a collection ---- */

typedef struct opened {
    database *db;
    collection *c;
} opened;

static opened open_all(const char *directory)
{
    kith_error err;
    opened o = {0};
    const database_options options = {.no_threads = true};
    assert_ok(database_open(directory, &options, &o.db, &err));
    assert_ok(database_ensure_collection(o.db, VIEW("c"), &o.c, &err));
    return o;
}

static void close_all(opened *o)
{
    kith_error err;
    database_release_collection(o->c);
    assert_ok(database_close(o->db, &err));
}

static kith_status put(const opened *o, uint32_t first, uint32_t count, kith_error *err)
{
    char keys[32][16];
    float vectors[32][DIM] = {{0}};
    store_point points[32];
    assert_true(count <= 32);
    for (uint32_t i = 0; i < count; i++) {
        (void)snprintf(keys[i], sizeof keys[i], "k%u", first + i);
        vectors[i][0] = 1;
        vectors[i][1] = (float)(first + i);
        points[i] = (store_point){.key = view_of(keys[i]),
                                  .content = VIEW("a text with words"),
                                  .metadata = VIEW("{\"a\":1}"),
                                  .vector = vectors[i]};
    }
    return collection_put_points(o->c, STORE_UPSERT, points, count, DIM, VIEW(""), err);
}

static uint32_t count_points(const opened *o)
{
    kith_error err;
    arena a;
    collection_matches found = {0};
    arena_init(&a, 0);
    assert_ok(collection_match(o->c, VIEW("{\"a\":1}"), NULL, &a, &found, &err));
    arena_done(&a);
    return found.count;
}

/* Whatever fails, the call says whether the points are stored; and stored points are found. */
static void a_put_without_memory_is_found_if_and_only_if_it_succeeded(void **state)
{
    kith_error err;
    uint32_t points = 0, behind = 0;
    opened o = open_all(*state);
    for (int n = 0, undisturbed = 0; undisturbed < 2; n++) {
        assert_true(n < STEPS_MAX);
        atomic_store(&allocations_left, n);
        kith_status status = put(&o, points, 3, &err);
        bool refused = was_refused();
        assert_true(status == KITH_OK || (refused && status == KITH_ERR_NO_MEMORY));
        undisturbed += !refused;
        if (status == KITH_OK) points += 3;
        behind += o.c->behind;
        assert_int_equal(count_points(&o), points);
        assert_false(o.c->behind);
    }
    assert_true(behind > 10); // the store had committed, and the index had no memory
    assert_index_is_sound(o.c);
    close_all(&o);
}

static void a_search_without_memory_succeeds_with_the_next(void **state)
{
    kith_error err;
    opened o = open_all(*state);
    for (uint32_t i = 0; i < 4; i++)
        assert_ok(put(&o, i * 32, 32, &err));
    close_all(&o); // the index is saved, and loaded again each time
    for (int n = 0, undisturbed = 0; undisturbed < 2; n += 1 + n / 8) {
        snapshot *s = NULL;
        o = open_all(*state);
        atomic_store(&allocations_left, n);
        kith_status status = collection_pin(o.c, &s, &err);
        bool refused = was_refused();
        assert_true(status == KITH_OK || refused);
        undisturbed += !refused;
        snapshot_release(s);
        assert_int_equal(count_points(&o), 4 * 32);
        assert_index_is_sound(o.c);
        close_all(&o);
    }
}

#define with_directory(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_delta_without_memory_leaves_no_trace),
        cmocka_unit_test(joining_without_memory_leaves_the_segments),
        with_directory(a_put_without_memory_is_found_if_and_only_if_it_succeeded),
        with_directory(a_search_without_memory_succeeds_with_the_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
