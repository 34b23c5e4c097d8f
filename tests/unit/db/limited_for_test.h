/* limited_for_test.h - a collection whose vectors need not be in memory: its points are put, replaced, deleted and searched, and
 * hits are held against a comparison with every vector, computed here. Whoever includes this has said how many dimensions they
 * have, DIM, and how many points there may be, POINTS. */
#ifndef KITH_TESTS_DB_LIMITED_FOR_TEST_H
#define KITH_TESTS_DB_LIMITED_FOR_TEST_H

#include "test.h"

#include "base/rng.h"
#include "collection_for_test.h"
#include "db/collection_private.h"
#include "db/database.h"
#include "generations.h"
#include "index_for_test.h"
#include "os/clock.h"

#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

enum { BATCH = 500, K = 10 };

typedef struct fixture {
    char *directory;
    database *db;
    collection *c;
    uint64_t id;           /* of the collection */
    uint32_t turn[POINTS]; /* how often each was replaced; UINT32_MAX: deleted, or not put yet */
    atomic_uint notices;
    char notice[512]; /* the newest */
} fixture;

static void take_notice(void *context, const char *notice)
{
    fixture *f = context;
    (void)snprintf(f->notice, sizeof f->notice, "%s", notice);
    atomic_fetch_add(&f->notices, 1);
}

static void open_all(fixture *f)
{
    const database_options options = {.on_notice = take_notice, .context = f};
    open_collection(f->directory, &options, &f->db, &f->c);
    f->id = collection_id(f->c);
}

static void close_all(fixture *f)
{
    close_collection(&f->db, &f->c);
}

static void limit_memory(const fixture *f, uint64_t bytes)
{
    kith_error err;
    const store_modification to = {.index_memory = &bytes};
    assert_ok(database_modify_collection(f->db, VIEW("c"), &to, &err));
}

static int setup(void **state)
{
    fixture *f = fixture_new(state, sizeof *f);
    if (!f) return -1;
    memset(f->turn, 0xff, sizeof f->turn);
    open_all(f);
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    close_all(f);
    return fixture_free(f);
}

static void make_vector(uint32_t i, uint32_t turn, float out[DIM])
{
    rng r = {((uint64_t)turn << 32) + i};
    for (uint32_t d = 0; d < DIM; d++)
        out[d] = (float)rng_unit(&r) - 0.5F;
}

/* Puts points first..first + count, each once more than before. */
static void put_points(fixture *f, uint32_t first, uint32_t count)
{
    kith_error err;
    char keys[BATCH][16];
    float vectors[BATCH][DIM];
    store_point points[BATCH];
    for (uint32_t at = first; at < first + count;) {
        uint32_t n = 0;
        for (; n < BATCH && at < first + count; n++, at++) {
            f->turn[at]++;
            (void)snprintf(keys[n], sizeof keys[n], "k%u", at);
            make_vector(at, f->turn[at], vectors[n]);
            points[n] = (store_point){.key = view_of(keys[n]),
                                      .metadata = at % 40 ? VIEW("{\"a\":1}") : VIEW("{\"a\":2}"),
                                      .vector = vectors[n]};
        }
        assert_ok(collection_put_points(f->c, STORE_UPSERT, points, n, DIM, VIEW(""), &err));
    }
}

static void delete_point(fixture *f, uint32_t i)
{
    kith_error err;
    char key[16];
    uint32_t deleted = 0;
    (void)snprintf(key, sizeof key, "k%u", i);
    assert_ok(collection_delete_points(f->c, &(view){key, strlen(key)}, 1, &deleted, &err));
    assert_int_equal(deleted, 1);
    f->turn[i] = UINT32_MAX;
}

static double cosine_distance(const float *a, const float *b)
{
    double dot = 0, aa = 0, bb = 0;
    for (uint32_t d = 0; d < DIM; d++) {
        dot += (double)a[d] * (double)b[d];
        aa += (double)a[d] * (double)a[d];
        bb += (double)b[d] * (double)b[d];
    }
    return 1 - dot / sqrt(aa * bb);
}

/* The K smallest, ascending. */
static void keep_nearest(double nearest[K], double distance)
{
    uint32_t at = K;
    while (at > 0 && distance < nearest[at - 1])
        at--;
    if (at == K) return;
    memmove(nearest + at + 1, nearest + at, (K - 1 - at) * sizeof *nearest);
    nearest[at] = distance;
}

enum { QUERIES = UNDER_TSAN ? 10 : 100 };

/* Of each query the K smallest distances, of all points or of those whose metadata is {"a":2}. */
typedef struct expectation {
    bool is_known;
    uint32_t count; /* points that were compared */
    double nearest[QUERIES][K];
} expectation;

static void make_query(uint32_t query, float out[DIM])
{
    make_vector(1000000 + query, 0, out);
}

/* Every vector as it is now, and what is to be found: made once for as long as no point changes, since that takes longer than
 * to search. */
static const expectation *expect(const fixture *f, bool matching, const float (**vectors)[DIM])
{
    static expectation made[2];
    static float now[POINTS][DIM];
    static uint32_t turn[POINTS];
    expectation *e = &made[matching];
    *vectors = (const float(*)[DIM])now;
    if (memcmp(turn, f->turn, sizeof turn) != 0) made[0].is_known = made[1].is_known = false;
    if (e->is_known) return e;
    memcpy(turn, f->turn, sizeof turn);
    *e = (expectation){.is_known = true};
    for (uint32_t i = 0; i < POINTS; i++)
        if (turn[i] != UINT32_MAX) make_vector(i, turn[i], now[i]);
    for (uint32_t query = 0; query < QUERIES; query++) {
        float vector[DIM];
        e->count = 0;
        make_query(query, vector);
        for (uint32_t i = 0; i < K; i++)
            e->nearest[query][i] = INFINITY;
        for (uint32_t i = 0; i < POINTS; i++) {
            if (turn[i] == UINT32_MAX || (matching && i % 40)) continue;
            keep_nearest(e->nearest[query], cosine_distance(vector, now[i]));
            e->count++;
        }
    }
    return e;
}

/* The share of what is to be found that QUERIES searches find; every hit is a point as it is now. */
static double recall(const fixture *f, collection_query q, vector_search_plan *plan)
{
    const float(*vectors)[DIM];
    const expectation *e = expect(f, q.where.size != 0, &vectors);
    uint32_t found = 0, wanted = 0;
    for (uint32_t query = 0; query < QUERIES; query++) {
        kith_error err;
        arena a;
        collection_hits hits;
        float vector[DIM];
        make_query(query, vector);
        arena_init(&a, 0);
        q.vector = vector;
        q.dim = DIM;
        q.k = K;
        assert_ok(collection_search(f->c, &q, &a, &hits, &err));
        assert_int_equal(hits.count, e->count < K ? e->count : K);
        for (uint32_t i = 0; i < hits.count; i++) {
            const uint32_t point = (uint32_t)strtoul(hits.points[i].key.data + 1, NULL, 10);
            assert_true(point < POINTS && f->turn[point] != UINT32_MAX);
            const double distance = cosine_distance(vector, vectors[point]);
            assert_true(fabs(distance - (double)hits.ranks[i].distance) < 1e-5);
            found += distance <= e->nearest[query][hits.count - 1] + 1e-6;
        }
        wanted += hits.count;
        if (plan) *plan = hits.plan;
        arena_done(&a);
    }
    return (double)found / wanted;
}

static const snapshot *current(const fixture *f)
{
    kith_error err;
    assert_ok(collection_load(f->c, &err));
    upkeep_wait(f->c);
    return f->c->current;
}

/* Flips a bit of page `page` of a part of the saved generation. */
static void damage(const fixture *f, const char *part, long page)
{
    char path[GENERATION_PATH_BYTES], file[GENERATION_PATH_BYTES + 32], byte = 0;
    assert_true(find_generation(f->directory, f->id, path));
    (void)snprintf(file, sizeof file, "%s/%s", path, part);
    const int fd = open(file, O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, page * 4096 + 100), 1);
    byte = (char)(byte ^ 1);
    assert_int_equal(pwrite(fd, &byte, 1, page * 4096 + 100), 1);
    (void)close(fd);
}

typedef struct searcher {
    const fixture *f;
    atomic_bool *ended;
    uint32_t searches, wrong;
} searcher;

static void *search_on(void *context)
{
    searcher *s = context;
    while (!atomic_load(s->ended)) {
        kith_error err;
        arena a;
        collection_hits hits;
        float vector[DIM];
        arena_init(&a, 0);
        make_vector(2000000 + s->searches, 0, vector);
        const collection_query q = {
            .vector = vector, .dim = DIM, .k = K, .exact = s->searches % 8 == 0};
        if (collection_search(s->f->c, &q, &a, &hits, &err) != KITH_OK || hits.count != K)
            s->wrong++;
        for (uint32_t i = 1; i < hits.count; i++)
            s->wrong += hits.ranks[i].distance < hits.ranks[i - 1].distance;
        s->searches++;
        arena_done(&a);
        clock_sleep_ms(1); // or those who write would have to wait for a processor
    }
    return NULL;
}

/* A snapshot that is held finds a point that was deleted since, also when generations without it were saved: `saves` of
 * them. */
static inline void search_before_saves(fixture *f, uint32_t saves)
{
    kith_error err;
    snapshot *held = NULL;
    hit hits[K];
    uint32_t count = 0;
    float vector[DIM];
    put_points(f, 0, POINTS);
    (void)current(f);
    assert_ok(collection_pin(f->c, &held, &err));
    make_vector(77, 0, vector);
    delete_point(f, 77);
    for (uint32_t i = 0; i < saves; i++)
        put_points(f, 1000, 3000);
    (void)current(f);
    const vector_view before = snapshot_vectors(held);
    assert_ok(vector_index_search(&before, vector, &(vector_search){.k = K, .exact = true}, hits,
                                  &count, NULL, &err));
    assert_true(count == K && fabs((double)hits[0].distance) < 1e-6);
    snapshot_release(held);
    put_points(f, 4000, 1000);
}

/* Two threads search while nearly all points are put, replaced and deleted: each search finds K. */
static inline void search_beside_writes(fixture *f)
{
    pthread_t threads[2];
    atomic_bool ended = false;
    searcher searchers[2] = {{.f = f, .ended = &ended}, {.f = f, .ended = &ended}};
    put_points(f, 0, 1000);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, search_on, &searchers[i]), 0);
    put_points(f, 1000, POINTS - 1000); // moves, is saved and adopted meanwhile
    for (uint32_t round = 0; round < 3; round++)
        put_points(f, round * 1000, 3000);
    for (uint32_t i = 0; i < 200; i++)
        delete_point(f, i * 7);
    (void)current(f);
    atomic_store(&ended, true);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(searchers[i].wrong, 0);
        assert_true(searchers[i].searches > 0);
    }
}

#endif
