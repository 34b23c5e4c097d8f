/* Tests of the recall of searches: what a target does, and that sampled searches show what searches really find. What
 * they find is held against exact searches, which are asked for here and not by the sampler. */
#include "test.h"

#include "base/rng.h"
#include "collection_for_test.h"
#include "db/collection_private.h"
#include "db/database.h"
#include "os/clock.h"

#include <math.h>
#include <pthread.h>

enum { DIM = 24, POINTS = 6000, BATCH = 1000, K = 10, SEARCHES = 40 };

typedef struct fixture {
    char *directory;
    database *db;
    collection *c;
} fixture;

static void open_with(fixture *f, const database_options *options)
{
    open_collection(f->directory, options, &f->db, &f->c);
    f->c->sampler.share = 0; // no search is passed over to keep to a share of time
}

static void open_sampling(fixture *f, uint32_t every)
{
    open_with(f, &(database_options){.sample_every = every});
}

static void close_all(fixture *f)
{
    close_collection(&f->db, &f->c);
}

static int setup(void **state)
{
    fixture *f = fixture_new(state, sizeof *f);
    if (!f) return -1;
    open_sampling(f, 1);
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    close_all(f);
    return fixture_free(f);
}

/* Random vectors in many dimensions, of which a walk with few candidates misses many. */
static void make_vector(uint32_t i, float out[DIM])
{
    rng r = {i};
    for (uint32_t d = 0; d < DIM; d++)
        out[d] = (float)rng_unit(&r) - 0.5F;
}

/* Points [from, end). */
static void put_range(const fixture *f, uint32_t from, uint32_t end)
{
    kith_error err;
    for (uint32_t first = from; first < end; first += BATCH) {
        static char keys[BATCH][16];
        static float vectors[BATCH][DIM];
        static store_point points[BATCH];
        const uint32_t some = end - first < BATCH ? end - first : BATCH;
        for (uint32_t i = 0; i < some; i++) {
            (void)snprintf(keys[i], sizeof keys[i], "k%u", first + i);
            make_vector(first + i, vectors[i]);
            points[i] =
                (store_point){.key = view_of(keys[i]),
                              .metadata = i % 2 ? VIEW("{\"odd\":true}") : VIEW("{\"odd\":false}"),
                              .vector = vectors[i]};
        }
        assert_ok(collection_put_points(f->c, STORE_UPSERT, points, some, DIM, VIEW(""), &err));
    }
    upkeep_wait(f->c);
}

static void put_points(const fixture *f, uint32_t count)
{
    put_range(f, 0, count);
}

typedef struct answer {
    float distances[K];
    uint32_t count, ef;
    recall_source source;
    const char *plan;
} answer;

/* Query n, which is no point. */
static answer ask(const fixture *f, uint32_t n, const collection_query *how)
{
    kith_error err;
    arena a;
    float vector[DIM];
    collection_hits hits;
    answer result = {0};
    collection_query q = *how;
    arena_init(&a, 0);
    make_vector(1000000 + n, vector);
    q.vector = vector;
    q.dim = DIM;
    q.k = K;
    assert_ok(collection_search(f->c, &q, &a, &hits, &err));
    for (uint32_t i = 0; i < hits.count; i++)
        result.distances[result.count++] = hits.ranks[i].distance;
    result.ef = hits.ef;
    result.source = hits.recall;
    result.plan = hits.plan.kind;
    arena_done(&a);
    return result;
}

/* The share of the nearest that `how` finds on average, by exact searches. */
static double recall_of(const fixture *f, const collection_query *how)
{
    uint32_t found = 0;
    for (uint32_t n = 0; n < SEARCHES; n++) {
        collection_query exact = *how;
        exact.ef = 0;
        exact.target_recall = 0;
        exact.exact = true;
        const answer got = ask(f, n, how), all = ask(f, n, &exact);
        assert_int_equal(all.count, K);
        for (uint32_t i = 0; i < got.count; i++)
            found += got.distances[i] <= all.distances[K - 1];
    }
    return (double)found / (SEARCHES * K);
}

static recall_figures figures_of(const fixture *f)
{
    kith_error err;
    arena a;
    store_counter *counters = NULL;
    uint32_t count = 0;
    recall_curve curve;
    arena_init(&a, 0);
    assert_ok(store_list_counters(database_store(f->db), &a, &counters, &count, &err));
    recall_figures figures =
        database_describe_recall(f->db, collection_id(f->c), counters, count, &curve);
    arena_done(&a);
    return figures;
}

/* One after the other, each compared before the next. */
static void ask_and_compare(const fixture *f, const collection_query *how)
{
    for (uint32_t n = 0; n < SEARCHES; n++) {
        (void)ask(f, n, how);
        upkeep_wait(f->c);
    }
}

/* ---- what is sampled ---- */

static void a_bad_index_shows_a_low_recall(void **state)
{
    if (UNDER_TSAN) skip(); // the threads are those of one_search_in_so_many_is_sampled
    fixture *f = *state;
    const collection_query bad = {.ef = 1};
    put_points(f, POINTS);
    f->c->sampler.every = 0;
    const double recall = recall_of(f, &bad);
    f->c->sampler.every = 1;
    assert_true(recall < 0.8); // or the test shows nothing
    ask_and_compare(f, &bad);
    const recall_figures figures = figures_of(f);
    assert_int_equal(figures.searches, SEARCHES);
    assert_float_equal(figures.recall, recall, 1e-4);
    assert_true(figures.low < figures.recall && figures.recall < figures.high);
    assert_true(figures.high < 0.9);
    assert_true(figures.since_ms > 0 && figures.since_ms <= clock_wall_ms());
}

static void a_filter_is_compared_within_the_filter(void **state)
{
    if (UNDER_TSAN) skip(); // the threads are those of one_search_in_so_many_is_sampled
    fixture *f = *state;
    const collection_query bad = {.ef = 1, .where = VIEW("{\"odd\":true}")};
    put_points(f, POINTS);
    f->c->sampler.every = 0;
    const double recall = recall_of(f, &bad);
    f->c->sampler.every = 1;
    ask_and_compare(f, &bad);
    assert_float_equal(figures_of(f).recall, recall, 1e-4);
}

static void exact_searches_have_found_everything(void **state)
{
    if (UNDER_TSAN) skip(); // the threads are those of one_search_in_so_many_is_sampled
    fixture *f = *state;
    put_points(f, 100); // no graph
    ask_and_compare(f, &(collection_query){0});
    const recall_figures figures = figures_of(f);
    assert_int_equal(figures.searches, SEARCHES);
    assert_float_equal(figures.recall, 1, 0);
    assert_float_equal(figures.high, 1, 1e-9);
    assert_true(figures.low > 0.9 && figures.low < 1); // 40 searches prove no more
}

static void without_a_sample_there_is_no_figure(void **state)
{
    fixture *f = *state;
    f->c->sampler.every = 0;
    put_points(f, 100);
    ask_and_compare(f, &(collection_query){0});
    assert_int_equal(figures_of(f).searches, 0);
}

static void one_search_in_so_many_is_sampled(void **state)
{
    fixture *f = *state;
    put_points(f, 100);
    f->c->sampler.every = 10;
    for (uint32_t n = 0; n < 2000; n++)
        (void)ask(f, n, &(collection_query){0});
    const uint64_t searches = figures_of(f).searches;
    assert_true(searches > 130 && searches < 280); // 200 and four standard deviations
}

static void no_more_is_compared_than_a_share_of_the_time(void **state)
{
    if (UNDER_TSAN) skip(); // the threads are those of one_search_in_so_many_is_sampled
    fixture *f = *state;
    put_points(f, POINTS);
    f->c->sampler.share = 1000000; // a moment of comparing forbids more for minutes
    ask_and_compare(f, &(collection_query){0});
    assert_int_equal(figures_of(f).searches, 1);
}

static void figures_are_kept_and_those_of_another_index_are_not(void **state)
{
    if (UNDER_TSAN) skip(); // the threads are those of one_search_in_so_many_is_sampled
    fixture *f = *state;
    kith_error err;
    put_points(f, POINTS);
    ask_and_compare(f, &(collection_query){.ef = 1});
    const recall_figures before = figures_of(f);
    database_save_recall(f->db);
    close_all(f);
    open_sampling(f, 1);
    recall_figures after = figures_of(f);
    assert_int_equal(after.searches, before.searches);
    assert_int_equal(after.since_ms, before.since_ms);
    assert_float_equal(after.recall, before.recall, 1e-6);
    (void)ask(f, 0, &(collection_query){.ef = 1});
    upkeep_wait(f->c);
    assert_int_equal(figures_of(f).searches, before.searches + 1); // they go on
    assert_ok(collection_rebuild(f->c, "a test", &err));
    upkeep_wait(f->c);
    (void)ask(f, 0, &(collection_query){.exact = true});
    upkeep_wait(f->c);
    after = figures_of(f);
    assert_int_equal(after.searches, 1);
    assert_true(after.since_ms > before.since_ms);
}

/* The counters of recall in the store, of whatever collection and index. */
static uint32_t count_counters(const fixture *f)
{
    kith_error err;
    arena a;
    store_counter *counters = NULL;
    uint32_t count = 0, found = 0;
    arena_init(&a, 0);
    assert_ok(store_list_counters(database_store(f->db), &a, &counters, &count, &err));
    for (uint32_t i = 0; i < count; i++)
        found += view_starts_with(counters[i].name, VIEW("recall."));
    arena_done(&a);
    return found;
}

/* What is saved is written when its turn comes, at the latest by the close. */
static void save_and_reopen(fixture *f)
{
    database_save_recall(f->db);
    close_all(f);
    open_sampling(f, 1);
}

static void counters_of_a_former_index_end_with_the_first_of_the_next(void **state)
{
    if (UNDER_TSAN) skip(); // the threads are those of one_search_in_so_many_is_sampled
    enum { OF_ONE_INDEX = 3 };
    fixture *f = *state;
    kith_error err;
    put_points(f, 100);
    for (int i = 0; i < 3; i++) {
        (void)ask(f, 0, &(collection_query){.exact = true});
        save_and_reopen(f);
        assert_int_equal(count_counters(f), OF_ONE_INDEX);
        assert_int_equal(figures_of(f).searches, 1);
        assert_ok(collection_rebuild(f->c, "a test", &err));
        upkeep_wait(f->c);
    }
}

static void counters_of_a_deleted_collection_end_with_it(void **state)
{
    if (UNDER_TSAN) skip(); // the threads are those of one_search_in_so_many_is_sampled
    fixture *f = *state;
    kith_error err;
    put_points(f, 100);
    (void)ask(f, 0, &(collection_query){.exact = true});
    save_and_reopen(f);
    (void)ask(f, 0,
              &(collection_query){.exact = true}); // counted, and saved when it is deleted already
    assert_true(count_counters(f) > 0);
    assert_ok(database_delete_collection(f->db, VIEW("c"), &err));
    recall_sampler_save(&f->c->sampler, database_store(f->db), collection_id(f->c));
    save_and_reopen(f); // it is made anew
    assert_int_equal(count_counters(f), 0);
}

/* ---- what is asked for ---- */

static void a_target_is_reached_and_a_larger_one_keeps_more(void **state)
{
    if (UNDER_TSAN) skip(); // the threads are those of one_search_in_so_many_is_sampled
    fixture *f = *state;
    uint32_t before = 0;
    static const double targets[] = {0.7, 0.9, 0.97};
    f->c->sampler.every = 0;
    put_points(f, POINTS);
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        const collection_query q = {.target_recall = targets[i]};
        const answer got = ask(f, 0, &q);
        const double recall = recall_of(f, &q);
        print_message("target %.2f: ef %u, recall %.4f\n", targets[i], got.ef, recall);
        assert_int_equal(got.source, RECALL_ROWS);
        assert_string_equal(got.plan, "graph");
        assert_true(got.ef > before);
        before = got.ef;
        assert_true(recall >= targets[i] - 0.03); // 400 hits are known to 0.02 or so
    }
}

/* The curve of vectors of which a walk finds half as much as it did. */
static void halve_recall(const fixture *f, float most)
{
    recall_curve low = index_recall_curve(&f->c->current->derived->recall, false);
    assert_true(low.queries > 0);
    for (uint32_t i = 0; i < RECALL_KS; i++)
        for (uint32_t n = 0; n < low.of[i].count; n++)
            low.of[i].recall[n] = low.of[i].ef[n] < 700 ? low.of[i].recall[n] / 2 : most;
    index_recall_set(&f->c->current->derived->recall, &low, false);
}

static void by_default_a_walk_keeps_what_is_enough_for_nearly_all(void **state)
{
    if (UNDER_TSAN) skip(); // the threads are those of one_search_in_so_many_is_sampled
    fixture *f = *state;
    const collection_query plain = {0};
    f->c->sampler.every = 0;
    put_points(f, POINTS);
    answer got = ask(f, 0, &plain);
    assert_int_equal(got.source, RECALL_DEFAULT);
    assert_int_equal(got.ef, vector_search_candidates(K)); // they are enough here
    halve_recall(f, 0.99F);
    got = ask(f, 0, &plain);
    assert_int_equal(got.source, RECALL_DEFAULT);
    assert_true(got.ef > 500);
    assert_int_equal(ask(f, 0, &(collection_query){.ef = 40}).ef, 40); // who asks for less gets it
    halve_recall(f, 0.9F);
    assert_int_equal(ask(f, 0, &plain).ef, RECALL_EF_MAX); // no walk finds enough
    assert_float_equal(recall_of(f, &plain), 1, 0);
}

/* Of a curve or a sketch of them: a walk finds enough only with 700 candidates and more. */
static recall_curve hard_sketch(uint32_t rows)
{
    recall_curve c = {.queries = 48, .live = rows, .rows = rows};
    for (uint32_t i = 0, k = 1; i < RECALL_KS; i++, k *= 10)
        c.of[i] = (recall_points){.k = k, .count = 2, .ef = {300, 700}, .recall = {0.5F, 0.98F}};
    return c;
}

static void before_the_index_is_measured_the_default_goes_by_a_sketch(void **state)
{
    if (UNDER_TSAN) skip(); // the threads are those of one_search_in_so_many_is_sampled
    fixture *f = *state;
    const collection_query plain = {0};
    f->c->sampler.every = 0;
    put_points(f, POINTS);
    index_recall *r = &f->c->current->derived->recall;
    assert_in_range(r->sketch.rows, POINTS / 2, POINTS); // it was made while they were linked
    assert_true(r->sketch.queries > 0 && r->sketch.queries < r->curve.queries / 4);
    const recall_curve measured = index_recall_curve(r, false), hard = hard_sketch(POINTS);
    index_recall_set_sketch(r, &hard);
    assert_int_equal(ask(f, 0, &plain).ef, vector_search_candidates(K)); // the curve counts
    index_recall_set(r, &(recall_curve){0}, false);
    assert_in_range(ask(f, 0, &plain).ef, 300, 700);
    assert_int_equal(ask(f, 0, &(collection_query){.target_recall = 0.9}).source,
                     RECALL_UNMEASURED); // who asks for a recall gets it
    upkeep_wait(f->c);
    assert_int_equal(index_recall_curve(r, false).queries, measured.queries);
    const recall_curve twice = hard_sketch(2 * POINTS);
    index_recall_set_sketch(r, &twice); // many more came since the curve
    assert_in_range(ask(f, 0, &plain).ef, 300, 700);
}

static void before_the_index_is_measured_all_is_compared(void **state)
{
    if (UNDER_TSAN) skip(); // the threads are those of one_search_in_so_many_is_sampled
    fixture *f = *state;
    put_points(f, POINTS);
    index_recall_set(&f->c->current->derived->recall, &(recall_curve){0}, false);
    answer got = ask(f, 0, &(collection_query){.target_recall = 0.9});
    assert_int_equal(got.source, RECALL_UNMEASURED);
    assert_string_equal(got.plan, "flat");
    upkeep_wait(f->c); // the search has had it measured
    got = ask(f, 0, &(collection_query){.target_recall = 0.9});
    assert_int_equal(got.source, RECALL_ROWS);
}

static void what_no_walk_reaches_is_compared_as_well(void **state)
{
    if (UNDER_TSAN) skip(); // the threads are those of one_search_in_so_many_is_sampled
    fixture *f = *state;
    put_points(f, POINTS);
    recall_curve low = index_recall_curve(&f->c->current->derived->recall, false);
    assert_true(low.queries > 0);
    for (uint32_t i = 0; i < RECALL_KS; i++)
        for (uint32_t n = 0; n < low.of[i].count; n++)
            low.of[i].recall[n] = fminf(low.of[i].recall[n], 0.9F);
    assert_int_equal(index_recall_curve(&f->c->current->derived->recall, true).queries,
                     0); // of lists there is none
    index_recall_set(&f->c->current->derived->recall, &low, false);
    answer got = ask(f, 0, &(collection_query){.target_recall = 0.95});
    assert_int_equal(got.source, RECALL_BEYOND);
    assert_string_equal(got.plan, "flat");
}

static void a_curve_is_kept_with_the_generation(void **state)
{
    if (UNDER_TSAN) skip(); // the threads are those of one_search_in_so_many_is_sampled
    fixture *f = *state;
    put_points(f, POINTS);
    const answer before = ask(f, 0, &(collection_query){.target_recall = 0.9});
    close_all(f);
    open_sampling(f, 1);
    const answer after = ask(f, 0, &(collection_query){.target_recall = 0.9});
    assert_int_equal(after.source, RECALL_ROWS);
    assert_int_equal(after.ef, before.ef);
}

/* Closes it with an index that is to be measured and saved, and opens it again: what does a search go by then? */
static recall_source close_unmeasured(fixture *f, uint32_t closing_ms)
{
    enum { MORE = 400 }; // so many are worth saving
    close_all(f);
    open_with(f, &(database_options){.closing_ms = closing_ms});
    put_range(f, POINTS, POINTS + MORE);
    index_recall_set(&f->c->current->derived->recall, &(recall_curve){0}, false);
    close_all(f);
    open_sampling(f, 0);
    return ask(f, 0, &(collection_query){.target_recall = 0.9}).source;
}

static void a_close_measures_no_longer_than_it_may(void **state)
{
    fixture *f = *state;
    put_points(f, POINTS);
    assert_int_equal(close_unmeasured(f, 1), RECALL_UNMEASURED); // no machine does it in 1 ms
    upkeep_wait(f->c);
    assert_int_equal(close_unmeasured(f, 600000), RECALL_ROWS);
}

typedef struct searcher {
    const fixture *f;
    atomic_bool is_done;
    collection_query how;
} searcher;

static void *search_on(void *context)
{
    searcher *s = context;
    for (uint32_t n = 0; !atomic_load(&s->is_done); n++)
        (void)ask(s->f, n % SEARCHES, &s->how);
    return NULL;
}

static bool is_measured(const fixture *f)
{
    return index_recall_curve(&f->c->current->derived->recall, false).queries > 0;
}

/* Has the index measured while others search it as `how` says, until that has rested; how often had it? */
static uint32_t rests_beside(fixture *f, const collection_query *how)
{
    pthread_t thread;
    searcher s = {.f = f, .how = *how};
    const uint_fast32_t before = atomic_load(&f->c->upkeep.rests);
    f->c->sampler.every = 0;
    index_recall_set(&f->c->current->derived->recall, &(recall_curve){0}, false);
    const uint64_t searches = atomic_load(&f->c->sampler.searches);
    assert_int_equal(pthread_create(&thread, NULL, search_on, &s), 0);
    while (atomic_load(&f->c->sampler.searches) < searches + 2) // the first has ended
        clock_sleep_ms(1);
    upkeep_start(f->c);
    while (!is_measured(f) && atomic_load(&f->c->upkeep.rests) == before)
        clock_sleep_ms(1);
    atomic_store(&s.is_done, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    upkeep_wait(f->c);
    assert_true(is_measured(f));
    return (uint32_t)(atomic_load(&f->c->upkeep.rests) - before);
}

static void measuring_gives_way_to_searches_but_for_those_that_want_it(void **state)
{
    fixture *f = *state;
    put_points(f, POINTS);
    assert_int_equal(f->c->upkeep.rests, 0); // nobody searched
    assert_true(rests_beside(f, &(collection_query){.ef = 10}) > 0);
    assert_int_equal(rests_beside(f, &(collection_query){.target_recall = 0.9}), 0);
}

static void a_collection_without_a_graph_reaches_any_target(void **state)
{
    fixture *f = *state;
    put_points(f, 100);
    const answer got = ask(f, 0, &(collection_query){.target_recall = 0.999});
    assert_int_equal(got.source, RECALL_EXACT);
    assert_string_equal(got.plan, "flat");
}

static void sampled_searches_measure_the_index_once_there_are_enough(void **state)
{
    fixture *f = *state;
    put_points(f, POINTS);
    for (uint32_t n = 0; n < SAMPLER_QUERIES; n++)
        (void)ask(f, n, &(collection_query){.exact = true});
    upkeep_start(f->c);
    upkeep_wait(f->c);
    const answer got = ask(f, 0, &(collection_query){.target_recall = 0.9});
    assert_int_equal(got.source, RECALL_ASKED);
}

static void a_target_out_of_range_is_refused(void **state)
{
    fixture *f = *state;
    kith_error err;
    arena a;
    collection_hits hits;
    float vector[DIM];
    static const double bad[] = {-1, 0.49, 0.9991, 1, 2, NAN, INFINITY};
    make_vector(1, vector);
    put_points(f, 100);
    arena_init(&a, 0);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const collection_query q = {.vector = vector, .dim = DIM, .k = K, .target_recall = bad[i]};
        assert_status(KITH_ERR_INVALID, collection_search(f->c, &q, &a, &hits, &err));
        assert_non_null(strstr(err.message, "target_recall"));
    }
    const collection_query both = {
        .vector = vector, .dim = DIM, .k = K, .target_recall = 0.9, .ef = 50};
    assert_status(KITH_ERR_INVALID, collection_search(f->c, &both, &a, &hits, &err));
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_bad_index_shows_a_low_recall, setup, teardown),
        cmocka_unit_test_setup_teardown(a_filter_is_compared_within_the_filter, setup, teardown),
        cmocka_unit_test_setup_teardown(exact_searches_have_found_everything, setup, teardown),
        cmocka_unit_test_setup_teardown(without_a_sample_there_is_no_figure, setup, teardown),
        cmocka_unit_test_setup_teardown(one_search_in_so_many_is_sampled, setup, teardown),
        cmocka_unit_test_setup_teardown(no_more_is_compared_than_a_share_of_the_time, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(figures_are_kept_and_those_of_another_index_are_not, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(counters_of_a_former_index_end_with_the_first_of_the_next,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(counters_of_a_deleted_collection_end_with_it, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_close_measures_no_longer_than_it_may, setup, teardown),
        cmocka_unit_test_setup_teardown(measuring_gives_way_to_searches_but_for_those_that_want_it,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_target_is_reached_and_a_larger_one_keeps_more, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(by_default_a_walk_keeps_what_is_enough_for_nearly_all,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(before_the_index_is_measured_the_default_goes_by_a_sketch,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(before_the_index_is_measured_all_is_compared, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_no_walk_reaches_is_compared_as_well, setup, teardown),
        cmocka_unit_test_setup_teardown(a_curve_is_kept_with_the_generation, setup, teardown),
        cmocka_unit_test_setup_teardown(a_collection_without_a_graph_reaches_any_target, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(sampled_searches_measure_the_index_once_there_are_enough,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_target_out_of_range_is_refused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
