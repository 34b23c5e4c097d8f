/* Tests of what is done beside the calls: rows are linked, segments joined, dead rows left behind,
 * the index saved, and searches find the same before, meanwhile and after. */
#include "test.h"

#include "base/rng.h"
#include "collection_for_test.h"
#include "db/collection_private.h"
#include "db/database.h"
#include "generations.h"
#include "index_for_test.h"
#include "os/clock.h"
#include "vector/vector_index_private.h"

#include <pthread.h>
#include <stdatomic.h>

enum { DIM = 8, BATCH = 500, K = 10 };

typedef struct fixture {
    char *directory;
    database *db;
    collection *c;
} fixture;

static void open_with(fixture *f, const database_options *options)
{
    open_collection(f->directory, options, &f->db, &f->c);
}

static void close_all(fixture *f)
{
    close_collection(&f->db, &f->c);
}

static int setup(void **state)
{
    fixture *f = fixture_new(state, sizeof *f);
    if (!f) return -1;
    open_with(f, NULL);
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    close_all(f);
    return fixture_free(f);
}

/* Point i is the same in every round. */
static void make_vector(uint32_t i, float out[DIM])
{
    rng r = {i};
    for (uint32_t d = 0; d < DIM; d++)
        out[d] = (float)rng_unit(&r) - 0.5F;
}

/* Points first .. first + count. vector: which one a point has, to which `shift` is added. */
static void put_vectors(const fixture *f, uint32_t first, uint32_t count,
                        uint32_t (*vector)(uint32_t point), float shift)
{
    kith_error err;
    char(*keys)[16] = calloc(count, sizeof *keys);
    float(*vectors)[DIM] = calloc(count, sizeof *vectors);
    store_point *points = calloc(count, sizeof *points);
    assert_true(keys && vectors && points);
    for (uint32_t i = 0; i < count; i++) {
        (void)snprintf(keys[i], sizeof keys[i], "k%u", first + i);
        make_vector(vector(first + i), vectors[i]);
        vectors[i][0] += shift;
        points[i] = (store_point){.key = view_of(keys[i]),
                                  .content = VIEW("the red fox hunts mice at dusk"),
                                  .metadata = VIEW("{\"a\":1}"),
                                  .vector = vectors[i]};
    }
    assert_ok(collection_put_points(f->c, STORE_UPSERT, points, count, DIM, VIEW(""), &err));
    free(keys);
    free(vectors);
    free(points);
}

static uint32_t own_vector(uint32_t point)
{
    return point;
}

/* Each point's vector differs from what it had before by too little for a search, so that its row is dead and has a
 * vector of its own: one that came with the very same vector would take it over. */
static void put_range(const fixture *f, uint32_t first, uint32_t count)
{
    static uint32_t puts;
    put_vectors(f, first, count, own_vector, 1e-6F * (float)(++puts % 1000));
}

static void put_batches(const fixture *f, uint32_t first, uint32_t count)
{
    for (uint32_t i = 0; i < count; i += BATCH)
        put_range(f, first + i, count - i < BATCH ? count - i : BATCH);
}

/* Is point i the nearest to its own vector? By the graph it may be missed. */
static bool is_found(const fixture *f, uint32_t i, bool exact, vector_search_plan *plan)
{
    kith_error err;
    arena a;
    char key[16];
    float vector[DIM];
    collection_hits hits;
    arena_init(&a, 0);
    make_vector(i, vector);
    (void)snprintf(key, sizeof key, "k%u", i);
    const collection_query q = {.vector = vector, .dim = DIM, .k = K, .exact = exact};
    assert_ok(collection_search(f->c, &q, &a, &hits, &err));
    bool found = hits.count > 0 && view_equal(hits.points[0].key, view_of(key));
    if (plan) *plan = hits.plan;
    arena_done(&a);
    return found;
}

static const snapshot *current(const fixture *f)
{
    upkeep_wait(f->c);
    return f->c->current;
}

/* ---- linking ---- */

static void the_graph_comes_beside_and_everything_is_found_meanwhile(void **state)
{
    enum { POINTS = 5000 };
    fixture *f = *state;
    vector_search_plan plan = {0};
    put_batches(f, 0, 4000);
    assert_true(is_found(f, 17, false, &plan));
    assert_string_equal(plan.kind, "flat");
    put_batches(f, 4000, POINTS - 4000); // the graph is being built from here on
    for (uint32_t i = 0; i < POINTS; i += 97)
        assert_true(is_found(f, i, true, NULL));
    assert_int_equal(vector_index_linked(current(f)->index), POINTS);
    uint32_t missed = 0;
    for (uint32_t i = 0; i < POINTS; i += 97)
        missed += !is_found(f, i, false, &plan);
    assert_string_equal(plan.kind, "graph");
    assert_true(missed <= 1);
    assert_index_is_sound(f->c);
}

/* ---- joining ---- */

static void single_puts_leave_few_segments(void **state)
{
    fixture *f = *state;
    for (uint32_t i = 0; i < 400; i++)
        put_range(f, i, 1);
    // What is left is too little for a thread, or grows like the logarithm.
    assert_true(current(f)->segment_count <= 20);
    assert_index_is_sound(f->c);
    for (uint32_t i = 0; i < 400; i += 7)
        assert_true(is_found(f, i, true, NULL));
}

static uint32_t scores_of_words(const fixture *f, float out[K])
{
    kith_error err;
    arena a;
    collection_hits hits;
    arena_init(&a, 0);
    const collection_query q = {.words = VIEW("fox mice"), .k = K};
    assert_ok(collection_search(f->c, &q, &a, &hits, &err));
    for (uint32_t i = 0; i < hits.count; i++)
        out[i] = hits.ranks[i].score;
    uint32_t count = hits.count;
    arena_done(&a);
    return count;
}

static void scores_do_not_depend_on_how_the_points_came(void **state)
{
    fixture *f = *state;
    float history[K], anew[K];
    kith_error err;
    for (uint32_t round = 0; round < 3; round++)
        for (uint32_t i = 0; i < 60; i++)
            put_range(f, i, 1);
    assert_int_equal(scores_of_words(f, history), K);
    assert_ok(collection_rebuild(f->c, "it is asked for", &err));
    assert_int_equal(scores_of_words(f, anew), K);
    assert_memory_equal(history, anew, sizeof anew);
}

static void without_threads_the_calls_do_it(void **state)
{
    fixture *f = *state;
    close_all(f);
    open_with(f, &(database_options){.no_threads = true});
    put_batches(f, 0, 5000);
    assert_int_equal(vector_index_linked(f->c->current->index), 5000);
    assert_false(f->c->upkeep.has_thread);
    for (uint32_t i = 0; i < 200; i++)
        put_range(f, 5000 + i, 1);
    assert_true(f->c->current->segment_count <= 20);
    assert_index_is_sound(f->c);
}

/* ---- leaving dead rows behind ---- */

typedef struct searching {
    const fixture *f;
    uint32_t points;
    atomic_bool ended;
    uint32_t count; /* of searches */
} searching;

static void *search_all_the_time(void *context)
{
    searching *s = context;
    while (!atomic_load(&s->ended)) {
        assert_true(is_found(s->f, s->count++ * 31 % s->points, true, NULL));
        clock_sleep_ms(1); // the upkeep gives way to what never rests
    }
    return NULL;
}

static void dead_rows_are_left_behind_beside_searches(void **state)
{
    enum { POINTS = 1500, ROUNDS = 6 };
    fixture *f = *state;
    pthread_t thread;
    bool is_behind = false;
    searching s = {.f = f, .points = POINTS};
    put_batches(f, 0, POINTS);
    snapshot *old = collection_hold_current(f->c, &is_behind);
    assert_int_equal(pthread_create(&thread, NULL, search_all_the_time, &s), 0);
    for (uint32_t round = 0; round < ROUNDS; round++)
        put_batches(f, 0, POINTS);
    upkeep_wait(f->c);
    atomic_store(&s.ended, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(s.count > 0);
    assert_true(old->derived != f->c->current->derived);
    assert_int_equal(f->c->current->live_count, POINTS);
    assert_true(f->c->current->rows <= POINTS * 3 / 2 + 1024 + BATCH);
    assert_int_equal(old->live_count, POINTS); // and is still what it was
    const vector_view vectors = snapshot_vectors(old);
    hit hits[K];
    uint32_t count = 0;
    kith_error err;
    assert_ok(vector_index_search(&vectors, (float[DIM]){1}, &(vector_search){.k = K}, hits, &count,
                                  NULL, &err));
    assert_int_equal(count, K);
    snapshot_release(old);
    assert_index_is_sound(f->c);
}

enum { KEPT_POINTS = 7000, KEPT_OF = 5, KEPT = 3 /* of so many */ };

/* The level of each point's node, by the store's row; 0 where there is none. */
static void read_levels(const fixture *f, uint8_t levels[KEPT_POINTS + 1])
{
    const snapshot *s = current(f);
    const vector_index *ix = s->index;
    memset(levels, 0, KEPT_POINTS + 1);
    for (uint32_t row = 0; row < s->rows; row++) {
        const uint64_t point = derived_point(s->derived, row);
        const uint32_t slot = slot_of_row(&ix->slots, row);
        if (!bitset_has(&s->live, row)) continue;
        assert_in_range(point, 1, KEPT_POINTS);
        assert_true(vector_index_has_node(ix, slot));
        levels[point] = (uint8_t)graph_level(&ix->graph, slot);
    }
}

static void delete_others(const fixture *f)
{
    kith_error err;
    static char names[KEPT_POINTS][16];
    static view keys[KEPT_POINTS];
    uint32_t count = 0, deleted = 0;
    for (uint32_t i = 0; i < KEPT_POINTS; i++) {
        if (i % KEPT_OF < KEPT) continue;
        (void)snprintf(names[count], sizeof names[count], "k%u", i);
        keys[count] = view_of(names[count]);
        count++;
    }
    const collection_deletion what = {.keys = keys, .count = count};
    assert_ok(collection_delete_matching(f->c, &what, &deleted, &err));
    assert_int_equal(deleted, count);
}

/* Levels are drawn in the order of slots: linked once more, nearly every node that is above level 0 would be another's. */
static void an_index_that_is_built_anew_keeps_its_graph(void **state)
{
    fixture *f = *state;
    static uint8_t before[KEPT_POINTS + 1], after[KEPT_POINTS + 1];
    put_batches(f, 0, KEPT_POINTS);
    read_levels(f, before);
    const derived *first = f->c->current->derived;
    const recall_curve curve = index_recall_curve(&f->c->current->derived->recall, false);
    delete_others(f);
    read_levels(f, after);
    const snapshot *s = f->c->current;
    assert_true(s->derived != first);
    assert_int_equal(s->live_count, KEPT_POINTS / KEPT_OF * KEPT);
    assert_int_equal(s->rows, s->live_count);
    assert_int_equal(vector_index_vectors(s->index), s->live_count);
    uint32_t above = 0;
    for (uint32_t point = 1; point <= KEPT_POINTS; point++) {
        if ((point - 1) % KEPT_OF >= KEPT) continue;
        assert_int_equal(after[point], before[point]);
        above += after[point] > 0;
    }
    assert_true(above > 100);
    const recall_curve kept = index_recall_curve(&s->derived->recall, false);
    assert_true(curve.queries > 0);
    assert_int_equal(kept.live, curve.live); // it was not measured again
    assert_index_is_sound(f->c);
}

enum { COPIED_VECTORS = 7, COPIED_SHARE = 2 /* of so many points one is a copy */ };

static uint32_t copied_vector(uint32_t point)
{
    return point % COPIED_SHARE == 0 ? point % COPIED_VECTORS : point;
}

/* Each copy had memory of its own until it was linked. */
static void an_index_anew_has_no_memory_for_copies(void **state)
{
    fixture *f = *state;
    for (uint32_t i = 0; i < KEPT_POINTS; i += BATCH)
        put_vectors(f, i, KEPT_POINTS - i < BATCH ? KEPT_POINTS - i : BATCH, copied_vector, 0);
    upkeep_wait(f->c);
    bool is_there[KEPT_POINTS] = {false};
    uint32_t different = 0;
    for (uint32_t i = 0; i < KEPT_POINTS; i++) {
        if (i % KEPT_OF >= KEPT) continue;
        different += !is_there[copied_vector(i)];
        is_there[copied_vector(i)] = true;
    }
    const derived *first = f->c->current->derived;
    delete_others(f);
    const snapshot *s = current(f);
    assert_true(s->derived != first);
    assert_int_equal(s->live_count, KEPT_POINTS / KEPT_OF * KEPT);
    assert_int_equal(vector_index_vectors(s->index), different);
    assert_index_is_sound(f->c);
}

/* ---- saving and closing ---- */

static void a_large_change_is_saved_beside(void **state)
{
    fixture *f = *state;
    char path[GENERATION_PATH_BYTES];
    put_batches(f, 0, 1000);
    upkeep_wait(f->c);
    assert_false(find_generation(f->directory, collection_id(f->c), path));
    put_batches(f, 1000, 2000);
    upkeep_wait(f->c);
    assert_true(find_generation(f->directory, collection_id(f->c), path));
}

/* Whatever runs when it is closed, the next open finds all, again and again. */
static void closing_amid_the_work_loses_nothing(void **state)
{
    fixture *f = *state;
    uint32_t points = 0;
    for (uint32_t round = 0; round < 4; round++) {
        put_batches(f, points, 2000);
        points += 2000;
        if (round % 2) put_range(f, 0, 400); // some die
        close_all(f);
        open_with(f, NULL);
        assert_true(is_found(f, points - 1, true, NULL));
        assert_int_equal(f->c->current->live_count, points);
        assert_false(f->c->rebuilt);
        assert_index_is_sound(f->c);
    }
}

static void what_is_opened_to_read_only_saves_nothing(void **state)
{
    fixture *f = *state;
    char path[GENERATION_PATH_BYTES], after[GENERATION_PATH_BYTES];
    put_batches(f, 0, 5000);
    uint64_t id = collection_id(f->c);
    close_all(f);
    assert_true(find_generation(f->directory, id, path));
    database *reading = NULL;
    kith_error err;
    assert_ok(database_open(f->directory, &(database_options){.read_only = true}, &reading, &err));
    fixture r = {f->directory, reading, NULL};
    assert_ok(database_acquire_collection(reading, VIEW("c"), &r.c, &err));
    assert_true(is_found(&r, 12, true, NULL));
    r.c->must_save = true;
    assert_ok(collection_refresh(r.c, NEWEST_SEQUENCE, &err));
    upkeep_wait(r.c);
    assert_true(r.c->must_save);
    database_release_collection(r.c);
    assert_ok(database_close(reading, &err));
    assert_true(find_generation(f->directory, id, after));
    assert_string_equal(path, after);
    open_with(f, NULL);
}

/* As if another thread did the upkeep, and was at a piece. */
static void pretend_upkeep(collection *c, bool is_running, bool is_occupied)
{
    (void)pthread_mutex_lock(&c->lock);
    c->upkeep.is_running = is_running;
    atomic_store(&c->upkeep.is_occupied, is_occupied);
    (void)pthread_mutex_unlock(&c->lock);
}

static void a_write_waits_for_no_piece_that_removes_nothing(void **state)
{
    enum { POINTS = 1500 };
    fixture *f = *state;
    put_batches(f, 0, POINTS);
    upkeep_wait(f->c);
    const uint32_t before = atomic_load(&f->c->upkeep.waited_ms);
    pretend_upkeep(f->c, true, true);
    put_batches(f, 0, POINTS); // as many dead rows, which have memory, as live ones
    assert_int_equal(atomic_load(&f->c->upkeep.waited_ms), before);
    pretend_upkeep(f->c, true, false);
    put_range(f, 0, 1);
    assert_true(atomic_load(&f->c->upkeep.waited_ms) > before);
    pretend_upkeep(f->c, false, false);
    upkeep_start(f->c);
    assert_int_equal(current(f)->live_count, POINTS);
}

/* ---- whom a search waits for ---- */

/* What this process is just writing, in another thread, a search need not see; what it reports as
 * written is there. */
static void a_search_does_not_wait_for_a_write_that_is_not_reported_yet(void **state)
{
    fixture *f = *state;
    kith_error err;
    uint64_t sequence = 0;
    float vector[DIM];
    collection *again = NULL;
    put_range(f, 0, 1);
    make_vector(1, vector);
    store_point p = {.key = VIEW("k1"), .vector = vector};
    assert_ok(store_put_points(database_store(f->db), collection_id(f->c), STORE_ADD, &p, 1,
                               &sequence, &err));
    assert_ok(database_acquire_collection(f->db, VIEW("c"), &again, &err));
    assert_false(is_found(f, 1, true, NULL));
    assert_int_equal(f->c->current->sequence, sequence - 1);
    database_release_collection(again);
    assert_ok(collection_refresh(f->c, sequence, &err)); // the end of that write
    assert_true(is_found(f, 1, true, NULL));
}

#define upkeep_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        upkeep_test(the_graph_comes_beside_and_everything_is_found_meanwhile),
        upkeep_test(single_puts_leave_few_segments),
        upkeep_test(scores_do_not_depend_on_how_the_points_came),
        upkeep_test(without_threads_the_calls_do_it),
        upkeep_test(dead_rows_are_left_behind_beside_searches),
        upkeep_test(an_index_that_is_built_anew_keeps_its_graph),
        upkeep_test(an_index_anew_has_no_memory_for_copies),
        upkeep_test(a_write_waits_for_no_piece_that_removes_nothing),
        upkeep_test(a_large_change_is_saved_beside),
        upkeep_test(closing_amid_the_work_loses_nothing),
        upkeep_test(what_is_opened_to_read_only_saves_nothing),
        upkeep_test(a_search_does_not_wait_for_a_write_that_is_not_reported_yet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
