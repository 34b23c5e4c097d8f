/* Searches from several threads at once, alone and beside appending and linking; run under TSan. */
#include "test.h"

#include "vector/vector_index.h"
#include "vectors_for_test.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { K = 10, SEARCHERS = 4 };

typedef struct searcher {
    const vector_index *ix;
    const vector_set *queries;
    hit hits[20][K];
} searcher;

static void *search_all(void *context)
{
    searcher *s = context;
    kith_error err;
    uint32_t count;
    vector_view seen = view_of_all(s->ix, NULL);
    vector_search search = {.k = K, .ef = 20};
    vector_search_plan plan;
    for (uint32_t i = 0; i < 20; i++)
        if (vector_index_search(&seen, vector_of(s->queries, i), &search, s->hits[i], &count, &plan,
                                &err) != KITH_OK ||
            strcmp(plan.kind, "graph") != 0)
            abort();
    return NULL;
}

static void searches_at_once_see_what_one_alone_sees(void **state)
{
    (void)state;
    vector_set v = clustered_vectors(1500, 16, 1), queries = clustered_vectors(20, 16, 2);
    vector_index *ix = index_of(&v, (vector_index_options){.flat_below = 100, .coded_above = 100});
    static searcher alone, together[SEARCHERS];
    alone = (searcher){.ix = ix, .queries = &queries};
    search_all(&alone);
    pthread_t threads[SEARCHERS];
    for (size_t i = 0; i < SEARCHERS; i++) {
        together[i] = (searcher){.ix = ix, .queries = &queries};
        assert_int_equal(pthread_create(&threads[i], NULL, search_all, &together[i]), 0);
    }
    for (size_t i = 0; i < SEARCHERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_memory_equal(together[i].hits, alone.hits, sizeof alone.hits);
    }
    vector_index_free(ix);
    free(v.rows);
    free(queries.rows);
}

/* ---- an appender, a linker and searchers beside one another ---- */

enum {
    ROWS = 4512, /* three ends of chunks: 1,024, 2,048, 4,096 */
    LINKERS = 3, /* the thread that links, and two that help */
    QUERIES = 16,
    BATCH = 96, /* whole batches of the linker: so the slices do not matter */
    BATCHES = ROWS / BATCH,
    SLICE = 32,
    FLAT_BELOW = 300
};

typedef struct scene {
    vector_set vectors, queries;
    double *distances; /* [QUERIES][ROWS], in double, which whole sixteenths make exact */
    vector_index *ix;
    vector_view views[BATCHES + 1];
    _Atomic(uint32_t) published; /* views that may be used: the newest is views[published] */
    atomic_bool all_is_linked;
    uint32_t killed;           /* rows in each batch */
    bool removes;              /* the linker removes dead rows */
    bool has_copies;           /* the appender waits for their slots */
    _Atomic(uint32_t) settled; /* rows that were linked when no slot was waited for */
    /* The view that each searcher uses: 0 while it is about to take one, UINT32_MAX while it has none. */
    _Atomic(uint32_t) used[SEARCHERS];
} scene;

typedef struct witness {
    scene *s;
    uint32_t number;
    uint32_t first_query;
    uint32_t searches, by_graph; /* how many, and how many of them by the graph */
    uint32_t wanted, found;      /* of these: hits looked for, and found */
    const char *broken;          /* NULL, or what must not be */
} witness;

static const vector_view *newest_view(scene *s)
{
    return &s->views[atomic_load_explicit(&s->published, memory_order_acquire)];
}

/* The k nearest rows that the view has, by brute force; returns how many. */
static uint32_t nearest_of_view(const scene *s, const vector_view *seen, uint32_t query,
                                hit nearest[K])
{
    topk best = {.heap = nearest, .k = K};
    const double *distances = s->distances + (size_t)query * ROWS;
    for (uint32_t row = 0; row < seen->rows; row++)
        if (bitset_has(seen->live, row)) (void)topk_offer(&best, (float)distances[row], row);
    topk_sort(&best);
    return best.count;
}

/* Is a search by the graph right as far as it must be? Hits are live rows of the view with their
 * distances, in order; and the rows that are not linked even now were scanned, so that those of
 * them that are among the nearest have been found. */
static const char *judge(const scene *s, const vector_view *seen, uint32_t query, const hit *hits,
                         const hit *nearest)
{
    uint32_t linked = vector_index_linked(s->ix);
    const double *distances = s->distances + (size_t)query * ROWS;
    for (uint32_t i = 0; i < K; i++) {
        if (hits[i].id >= seen->rows || !bitset_has(seen->live, hits[i].id))
            return "a hit that the view does not have";
        if ((double)hits[i].distance != distances[hits[i].id]) return "a wrong distance";
        if (i > 0 && !hit_before(hits[i - 1], hits[i])) return "hits out of order";
        bool is_there = nearest[i].id < linked;
        for (uint32_t j = 0; j < K; j++)
            is_there |= hits[j].id == nearest[i].id;
        if (!is_there) return "a row that is not linked was not found";
    }
    return NULL;
}

static void search_once(witness *w, uint32_t query, bool exact)
{
    kith_error err;
    atomic_store(&w->s->used[w->number], 0);
    uint32_t taken = atomic_load(&w->s->published);
    atomic_store(&w->s->used[w->number], taken);
    const vector_view *seen = &w->s->views[taken];
    vector_search search = {.k = K, .ef = exact ? 0 : 40, .exact = exact};
    vector_search_plan plan;
    hit hits[K], nearest[K];
    uint32_t count = 0, wanted = nearest_of_view(w->s, seen, query, nearest);
    if (vector_index_search(seen, vector_of(&w->s->queries, query), &search, hits, &count, &plan,
                            &err) != KITH_OK)
        w->broken = "a search failed";
    w->searches++;
    if (count != wanted) {
        w->broken = "fewer hits than there are rows";
    } else if (strcmp(plan.kind, "flat") == 0 || strcmp(plan.kind, "graph, then flat") == 0) {
        for (uint32_t i = 0; i < count; i++)
            if (hits[i].id != nearest[i].id) w->broken = "a scan that is not exact";
    } else {
        const char *broken = judge(w->s, seen, query, hits, nearest);
        if (broken) w->broken = broken;
        w->by_graph++;
        w->wanted += K;
        for (uint32_t i = 0; i < K; i++)
            w->found += hits[i].distance <= nearest[K - 1].distance;
    }
    atomic_store(&w->s->used[w->number], UINT32_MAX);
}

/* The rows that are dead in the oldest view that is used are dead in all. */
static void remove_dead_rows(scene *s)
{
    kith_error err;
    uint32_t oldest = atomic_load(&s->published);
    for (uint32_t i = 0; i < SEARCHERS; i++) {
        uint32_t used = atomic_load(&s->used[i]);
        if (used < oldest) oldest = used;
    }
    if (!vector_index_reclaim(s->ix) || oldest == 0) return;
    if (vector_index_remove(s->ix, &s->views[oldest], &err) != KITH_OK) abort();
}

static void *search_on(void *context)
{
    witness *w = context;
    uint32_t query = w->first_query;
    do {
        search_once(w, query, false);
        search_once(w, query, true);
        if (vector_index_bytes(w->s->ix) == 0) abort(); // may be asked for beside the linker
        query = (query + 1) % QUERIES;
    } while (!atomic_load(&w->s->all_is_linked) && !w->broken);
    for (uint32_t i = 0; i < QUERIES && !w->broken; i++)
        search_once(w, i, false);
    return NULL;
}

static void *link_on(void *context)
{
    scene *s = context;
    kith_error err;
    uint32_t linked = 0;
    thread_pool *helpers = NULL;
    if (thread_pool_new(LINKERS, &helpers, &err) != KITH_OK) abort();
    while (linked < ROWS) {
        if (s->removes) remove_dead_rows(s);
        if (vector_index_link(s->ix, newest_view(s)->rows, SLICE, helpers, &linked, &err) !=
            KITH_OK)
            abort();
        if (s->has_copies && vector_index_reclaim(s->ix)) atomic_store(&s->settled, linked);
    }
    thread_pool_free(helpers);
    atomic_store(&s->all_is_linked, true);
    return NULL;
}

/* The appender: batches of rows, each published with the live rows as of then. Every third batch is
 * first appended in part and taken back. */
static void append_on(scene *s)
{
    kith_error err;
    rng random = {4};
    for (uint32_t batch = 1; batch <= BATCHES; batch++) {
        uint32_t first = (batch - 1) * BATCH, row;
        while (s->has_copies && first > 2 * FLAT_BELOW && atomic_load(&s->settled) + BATCH < first)
            (void)sched_yield();
        for (uint32_t i = 0; i < BATCH && batch % 3 == 0; i += 2)
            assert_ok(vector_index_append(s->ix, vector_of(&s->vectors, i), &row, &err));
        vector_index_truncate(s->ix, first);
        for (uint32_t i = 0; i < BATCH; i++)
            assert_ok(vector_index_append(s->ix, vector_of(&s->vectors, first + i), &row, &err));
        bitset *live = all_live(first + BATCH);
        const bitset *before = s->views[batch - 1].live;
        for (uint32_t i = 0; i < first; i++)
            if (!bitset_has(before, i)) bitset_clear(live, i);
        for (uint32_t i = 0; i < s->killed; i++)
            bitset_clear(live, rng_below(&random, first + BATCH));
        s->views[batch] = (vector_view){s->ix, first + BATCH, live, bitset_popcount(live)};
        atomic_store_explicit(&s->published, batch, memory_order_release);
    }
}

/* With 12 dimensions searches walk vectors, with 96 codes.
 * has_copies: every other row has the vector of one of the first COPIED */
static scene *new_scene(uint32_t dim, bool has_copies)
{
    enum { COPIED = 40 };
    kith_error err;
    scene *s = calloc(1, sizeof *s);
    assert_non_null(s);
    s->has_copies = has_copies;
    // From one set, so that the queries lie in the clusters.
    vector_set all = clustered_vectors(ROWS + QUERIES, dim, 31);
    for (size_t i = 0; i < (size_t)all.count * all.dim; i++)
        all.rows[i] = roundf(all.rows[i] * 16) / 16;
    for (uint32_t i = COPIED; i < ROWS && has_copies; i += 2)
        memcpy(all.rows + (size_t)i * dim, vector_of(&all, i % COPIED), dim * sizeof(float));
    s->vectors = (vector_set){ROWS, all.dim, all.rows};
    s->queries = (vector_set){QUERIES, all.dim, all.rows + (size_t)ROWS * all.dim};
    s->distances = calloc((size_t)QUERIES * ROWS, sizeof *s->distances);
    assert_non_null(s->distances);
    for (uint32_t i = 0; i < QUERIES; i++)
        for (uint32_t row = 0; row < ROWS; row++)
            s->distances[(size_t)i * ROWS + row] = naive_distance(
                KITH_SQUARED_L2, vector_of(&s->vectors, row), vector_of(&s->queries, i), all.dim);
    vector_index_options options = {.metric = KITH_SQUARED_L2,
                                    .dim = all.dim,
                                    .flat_below = FLAT_BELOW,
                                    .coded_above = FLAT_BELOW,
                                    .neighbors = 8,
                                    .ef_construction = 60};
    assert_ok(vector_index_new(&options, &s->ix, &err));
    s->views[0] = (vector_view){s->ix, 0, all_live(0), 0};
    s->killed = 5;
    for (uint32_t i = 0; i < SEARCHERS; i++)
        s->used[i] = UINT32_MAX;
    return s;
}

static void free_scene(scene *s)
{
    for (size_t i = 0; i <= BATCHES; i++)
        bitset_free((bitset *)s->views[i].live);
    vector_index_free(s->ix);
    free(s->vectors.rows);
    free(s->distances);
    free(s);
}

static void search_beside_appending_and_linking(uint32_t dim, bool removes, bool has_copies)
{
    scene *s = new_scene(dim, has_copies);
    s->removes = removes;
    if (removes) s->killed = BATCH / 2;
    static witness witnesses[SEARCHERS];
    pthread_t searchers[SEARCHERS], linker;
    for (uint32_t i = 0; i < SEARCHERS; i++) {
        witnesses[i] = (witness){.s = s, .number = i, .first_query = i * 3 % QUERIES};
        assert_int_equal(pthread_create(&searchers[i], NULL, search_on, &witnesses[i]), 0);
    }
    assert_int_equal(pthread_create(&linker, NULL, link_on, s), 0);
    append_on(s);
    assert_int_equal(pthread_join(linker, NULL), 0);
    uint64_t wanted = 0, found = 0;
    for (uint32_t i = 0; i < SEARCHERS; i++) {
        assert_int_equal(pthread_join(searchers[i], NULL), 0);
        if (witnesses[i].broken) fail_msg("searcher %u: %s", i, witnesses[i].broken);
        assert_true(witnesses[i].by_graph >= QUERIES); // the last round, at least
        wanted += witnesses[i].wanted;
        found += witnesses[i].found;
        print_message("searcher %u: %u searches, %u by the graph\n", i, witnesses[i].searches,
                      witnesses[i].by_graph);
    }
    print_message("recall@%d by the graph %.4f\n", K, (double)found / (double)wanted);
    assert_true((double)found >= 0.97 * (double)wanted);
    vector_index_check(s->ix);
    print_message("%u vectors in memory for %u rows\n", vector_index_vectors(s->ix), ROWS);
    if (has_copies) assert_true(vector_index_vectors(s->ix) < ROWS * 3 / 4);
    free_scene(s);
}

static void searches_beside_appending_and_linking_miss_nothing(void **state)
{
    (void)state;
    search_beside_appending_and_linking(12, false, false);
    search_beside_appending_and_linking(96, false, false);
}

static void searches_beside_removing_miss_nothing(void **state)
{
    (void)state;
    search_beside_appending_and_linking(12, true, false);
    search_beside_appending_and_linking(96, true, false);
}

/* Their slots are merged as they are linked, and given to later rows. */
static void searches_beside_linking_copies_miss_nothing(void **state)
{
    (void)state;
    search_beside_appending_and_linking(12, false, true);
    search_beside_appending_and_linking(96, true, true);
}

/* However the linker was held up: the graph is the same. */
static void linking_beside_searches_gives_the_graph_of_linking_alone(void **state)
{
    (void)state;
    kith_error err;
    scene *s = new_scene(12, false);
    vector_index *alone = NULL;
    assert_ok(vector_index_new(vector_index_describe(s->ix), &alone, &err));
    append_all(alone, &s->vectors);
    link_all(alone);
    static witness w;
    w = (witness){.s = s};
    pthread_t searcher_thread, linker;
    assert_int_equal(pthread_create(&searcher_thread, NULL, search_on, &w), 0);
    assert_int_equal(pthread_create(&linker, NULL, link_on, s), 0);
    append_on(s);
    assert_int_equal(pthread_join(linker, NULL), 0);
    assert_int_equal(pthread_join(searcher_thread, NULL), 0);
    buffer a, b;
    buffer_init(&a, 64 << 20);
    buffer_init(&b, 64 << 20);
    write_graph_of(alone, &a);
    write_graph_of(s->ix, &b);
    assert_true(view_equal(buffer_view(&a), buffer_view(&b)));
    buffer_done(&a);
    buffer_done(&b);
    vector_index_free(alone);
    free_scene(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(searches_at_once_see_what_one_alone_sees),
        cmocka_unit_test(searches_beside_appending_and_linking_miss_nothing),
        cmocka_unit_test(searches_beside_removing_miss_nothing),
        cmocka_unit_test(searches_beside_linking_copies_miss_nothing),
        cmocka_unit_test(linking_beside_searches_gives_the_graph_of_linking_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
