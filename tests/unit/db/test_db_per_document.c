/* per_document, diversity and reranking, against the loop that they had before rows knew their
 * document: more and more candidates with all their content, until k can be chosen. */
#include "test.h"

#include "base/rng.h"
#include "db/choose.h"
#include "db/collection.h"
#include "db/database.h"
#include "scratch.h"

#include <math.h>

enum { DIM = 8, DOCUMENTS = 14, MOST_CHUNKS = 90, VOCABULARY = 12, WORDS = 6 };

typedef struct fixture {
    char *directory;
    database *db;
    collection *c;
    arena memory;
    rng random;
    uint32_t points;
} fixture;

static int setup(void **state)
{
    kith_error err;
    fixture *f = calloc(1, sizeof *f);
    if (!f || scratch_setup((void **)&f->directory) != 0) return -1;
    arena_init(&f->memory, 0);
    f->random.state = 21;
    *state = f;
    if (database_open(f->directory, NULL, &f->db, &err) != KITH_OK) return -1;
    return database_ensure_collection(f->db, VIEW("c"), &f->c, &err) == KITH_OK ? 0 : -1;
}

static int teardown(void **state)
{
    kith_error err;
    fixture *f = *state;
    database_release_collection(f->c);
    kith_status status = database_close(f->db, &err);
    int failed = scratch_teardown((void **)&f->directory);
    arena_done(&f->memory);
    free(f);
    return status == KITH_OK ? failed : -1;
}

static void random_vector(rng *r, float *out)
{
    for (int d = 0; d < DIM; d++)
        out[d] = (float)rng_unit(r) - 0.5F;
}

static store_point random_point(fixture *f, const char *key)
{
    float *vector = arena_new_array(&f->memory, float, DIM);
    random_vector(&f->random, vector);
    buffer text;
    buffer_init(&text, 1024);
    for (int i = 0; i < WORDS; i++)
        buffer_printf(&text, "t%u ", rng_below(&f->random, VOCABULARY));
    store_point p = {.key = view_of(key),
                     .content = view_of(arena_copy_text(&f->memory, buffer_text(&text))),
                     .metadata = rng_below(&f->random, 2) ? VIEW("{\"even\":true}")
                                                          : VIEW("{\"even\":false}"),
                     .vector = vector};
    buffer_done(&text);
    f->points++;
    return p;
}

static void put_document(fixture *f, const char *key, uint32_t chunks)
{
    kith_error err = {0};
    store_point *points = arena_new_array(&f->memory, store_point, chunks);
    for (uint32_t i = 0; i < chunks; i++)
        points[i] = random_point(f, arena_printf(&f->memory, "%s_%u", key, i));
    const store_document d = {.key = view_of(key),
                              .title = VIEW(""),
                              .metadata = VIEW("{}"),
                              .text = VIEW("text"),
                              .points = points,
                              .point_count = chunks};
    assert_ok(collection_put_documents(f->c, NULL, &d, 1, DIM, VIEW(""), &err));
}

/* A large document, some smaller ones, and points of none. */
static void fill(fixture *f, uint32_t largest)
{
    kith_error err = {0};
    put_document(f, "large", largest);
    for (uint32_t i = 0; i < DOCUMENTS; i++)
        put_document(f, arena_printf(&f->memory, "d%u", i), 1 + rng_below(&f->random, MOST_CHUNKS));
    for (uint32_t i = 0; i < 5; i++) {
        store_point p = random_point(f, arena_printf(&f->memory, "p%u", i));
        assert_ok(collection_put_points(f->c, STORE_ADD, &p, 1, DIM, VIEW(""), &err));
    }
}

static collection_hits find(fixture *f, const collection_query *q)
{
    kith_error err = {0};
    collection_hits hits = {0};
    assert_ok(collection_search(f->c, q, &f->memory, &hits, &err));
    return hits;
}

static uint32_t number_of(const collection_hits *hits, uint32_t i)
{
    for (uint32_t n = 0; n <= i; n++)
        if (view_equal(hits->points[n].document, hits->points[i].document)) return n + 1;
    return 0;
}

static void relevance_by_score(const collection_hits *hits, choose_candidate *out)
{
    float best = hits->count ? hits->ranks[0].score : 0, worst = best;
    for (uint32_t i = 0; i < hits->count; i++)
        if (hits->ranks[i].score < worst) worst = hits->ranks[i].score;
    for (uint32_t i = 0; i < hits->count; i++)
        out[i].relevance = best > worst ? (hits->ranks[i].score - worst) / (best - worst) : 1.0F;
}

/* The loop of before. Vectors are those of the points, brought to length 1 by the cosine metric's
 * own search: diversity is tried with a query that copies them (hit_detail.vector). */
static uint32_t old_loop(fixture *f, const collection_query *q, view *keys)
{
    kith_error err = {0};
    collection_query plain = *q;
    plain.per_document = 0;
    plain.diversity = 0;
    for (uint32_t wanted = q->k < 100 ? 100 : q->k;; wanted *= 4) {
        // All at once lies above KITH_K_MAX for a query from outside: no test has so many points.
        plain.k = wanted < KITH_K_MAX ? wanted : KITH_K_MAX;
        collection_hits hits = find(f, &plain);
        choose_candidate *candidates = arena_new_array(&f->memory, choose_candidate, hits.count);
        uint32_t *order = arena_new_array(&f->memory, uint32_t, hits.count), count = 0;
        for (uint32_t i = 0; i < hits.count; i++)
            candidates[i].document = hits.points[i].document.size ? number_of(&hits, i) : 0;
        relevance_by_score(&hits, candidates);
        const choose_options o = {.k = q->k, .per_document = q->per_document};
        assert_ok(choose_hits(candidates, hits.count, DIM, &o, order, &count, &err));
        if (count < q->k && hits.count == plain.k && plain.k < KITH_K_MAX) continue;
        for (uint32_t i = 0; i < count; i++)
            keys[i] = hits.points[order[i]].key;
        return count;
    }
}

static collection_query random_query(fixture *f, float *vector)
{
    rng *r = &f->random;
    random_vector(r, vector);
    uint32_t kind = rng_below(r, 3);
    return (collection_query){
        .vector = kind == 1 ? NULL : vector,
        .dim = DIM,
        .words = kind == 0 ? VIEW("")
                           : view_of(arena_printf(&f->memory, "t%u t%u", rng_below(r, VOCABULARY),
                                                  rng_below(r, VOCABULARY))),
        .fusion = {.method = rng_below(r, 2) ? FUSION_RANKS : FUSION_SCORES,
                   .meaning_weight = 0.5F},
        .k = 1 + rng_below(r, 30),
        .exact = true,
        .where = rng_below(r, 3) ? VIEW("") : VIEW("{\"even\":true}"),
        .with = STORE_WITH_CONTENT,
        .per_document = 1 + rng_below(r, 3),
    };
}

static void hits_are_those_of_the_widening_loop(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    fill(f, 700);
    for (int round = 0; round < 150; round++) {
        float vector[DIM];
        view keys[64];
        const collection_query q = random_query(f, vector);
        uint32_t count = old_loop(f, &q, keys);
        collection_hits hits = find(f, &q);
        assert_int_equal(hits.count, count);
        for (uint32_t i = 0; i < count; i++)
            assert_true(view_equal(hits.points[i].key, keys[i]));
        // Nothing is read but what is returned.
        assert_int_equal(hits.fetched, count);
        if (round == 75) // the numbers of documents come from a file from here on
        {
            database_release_collection(f->c);
            assert_ok(database_close(f->db, &err));
            assert_ok(database_open(f->directory, NULL, &f->db, &err));
            assert_ok(database_acquire_collection(f->db, VIEW("c"), &f->c, &err));
        }
    }
}

static void one_large_document_costs_a_second_round_and_nothing_unchosen_is_read(void **state)
{
    fixture *f = *state;
    float vector[DIM];
    put_document(f, "large", 5000);
    put_document(f, "a", 3);
    put_document(f, "b", 3);
    put_document(f, "c", 3);
    random_vector(&f->random, vector);
    collection_query q = {
        .vector = vector, .dim = DIM, .k = 10, .per_document = 1, .with = STORE_WITH_CONTENT};
    collection_hits hits = find(f, &q);
    assert_int_equal(hits.count, 4);
    assert_int_equal(hits.fetched, 4);
    assert_int_equal(hits.rounds, 2);
    q.per_document = 0;
    hits = find(f, &q);
    assert_int_equal(hits.fetched, 10);
    assert_int_equal(hits.rounds, 1);
    // By words too: no more rounds than the one that shows that nothing less than all would do.
    q.words = VIEW("t1 t2");
    q.per_document = 1;
    hits = find(f, &q);
    assert_int_equal(hits.count, 4);
    assert_int_equal(hits.fetched, 4);
    assert_int_equal(hits.rounds, 2);
}

/* A document whose chunks all lie in one direction, `angle` away from the first axis. */
static void put_direction(fixture *f, const char *key, uint32_t chunks, double angle)
{
    kith_error err = {0};
    store_point *points = arena_new_array(&f->memory, store_point, chunks);
    for (uint32_t i = 0; i < chunks; i++) {
        points[i] = random_point(f, arena_printf(&f->memory, "%s_%u", key, i));
        float *vector = arena_new_array(&f->memory, float, DIM);
        double turned = angle + 0.001 * rng_unit(&f->random);
        vector[0] = (float)cos(turned);
        vector[1] = (float)sin(turned);
        points[i].vector = vector;
    }
    const store_document d = {.key = view_of(key),
                              .title = VIEW(""),
                              .metadata = VIEW("{}"),
                              .text = VIEW("text"),
                              .points = points,
                              .point_count = chunks};
    assert_ok(collection_put_documents(f->c, NULL, &d, 1, DIM, VIEW(""), &err));
}

static void documents_that_fill_a_round_each_end_in_one_list(void **state)
{
    enum { EXCLUDING_ROUNDS = 8 };
    fixture *f = *state;
    view keys[64];
    const float vector[DIM] = {1};
    for (uint32_t i = 0; i < 20; i++)
        put_direction(f, arena_printf(&f->memory, "d%u", i), 120, 0.05 * i);
    collection_query q = {.vector = vector,
                          .dim = DIM,
                          .k = 5,
                          .per_document = 1,
                          .exact = true,
                          .with = STORE_WITH_CONTENT};
    // A round finds one document: five need five. More than EXCLUDING_ROUNDS need one list more.
    const uint32_t wanted[] = {5, 8, 9, 15, 20, 25};
    for (size_t n = 0; n < sizeof wanted / sizeof wanted[0]; n++) {
        q.k = wanted[n];
        uint32_t count = old_loop(f, &q, keys);
        collection_hits hits = find(f, &q);
        assert_int_equal(hits.count, count);
        assert_int_equal(hits.rounds, q.k <= EXCLUDING_ROUNDS ? q.k : EXCLUDING_ROUNDS + 1);
        for (uint32_t i = 0; i < count; i++)
            assert_true(view_equal(hits.points[i].key, keys[i]));
    }
}

typedef struct scorer {
    uint32_t texts;
} scorer;

/* By the text's own bytes, so that the order is another. */
static int score(void *context, const char *query, const char *const *texts, size_t count,
                 uint32_t remaining_ms, float *scores)
{
    scorer *s = context;
    (void)query;
    (void)remaining_ms;
    for (size_t i = 0; i < count; i++) {
        assert_true(texts[i][0] != '\0');
        scores[i] = (float)texts[i][1];
    }
    s->texts += (uint32_t)count;
    return 0;
}

static void a_reranker_gets_the_texts_that_it_scores_and_no_more_are_read(void **state)
{
    fixture *f = *state;
    float vector[DIM];
    fill(f, 700);
    random_vector(&f->random, vector);
    scorer s = {0};
    const reranker second = {
        .query = "q", .score = score, .context = &s, .depth = 30, .budget_ms = 60000};
    const collection_query q = {.vector = vector,
                                .dim = DIM,
                                .k = 10,
                                .per_document = 1,
                                .rerank = &second,
                                .with = STORE_WITH_CONTENT};
    collection_hits hits = find(f, &q);
    assert_int_equal(hits.count, 10);
    assert_int_equal(s.texts, 30);
    assert_true(hits.fetched <= 40);
    for (uint32_t i = 0; i < hits.count; i++)
        for (uint32_t n = 0; n < i; n++)
            assert_false(hits.points[n].document.size > 0 &&
                         view_equal(hits.points[n].document, hits.points[i].document));
}

static int count_down(void *context)
{
    int *left = context;
    return --*left < 0;
}

static void a_search_ends_at_whichever_check_its_caller_stops_it(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    float vector[DIM];
    fill(f, 700);
    random_vector(&f->random, vector);
    bool finished = false;
    int checks = 0;
    for (; !finished; checks++) {
        int left = checks;
        const call_limit limit = {.is_cancelled = count_down, .context = &left};
        const collection_query q = {.vector = vector,
                                    .dim = DIM,
                                    .k = 30,
                                    .per_document = 2,
                                    .limit = &limit,
                                    .with = STORE_WITH_CONTENT};
        collection_hits hits = {.count = 77};
        kith_status status = collection_search(f->c, &q, &f->memory, &hits, &err);
        finished = status == KITH_OK;
        if (!finished) assert_int_equal(status, KITH_ERR_CANCELLED);
        if (!finished) assert_int_equal(hits.count, 77);
    }
    assert_true(checks > 2 && checks < 20);
    const call_limit narrow = {.max_bytes = 100};
    const collection_query q = {
        .vector = vector, .dim = DIM, .k = 30, .limit = &narrow, .with = STORE_WITH_CONTENT};
    collection_hits hits;
    assert_status(KITH_ERR_LIMIT, collection_search(f->c, &q, &f->memory, &hits, &err));
}

#define with_fixture(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_fixture(hits_are_those_of_the_widening_loop),
        with_fixture(one_large_document_costs_a_second_round_and_nothing_unchosen_is_read),
        with_fixture(documents_that_fill_a_round_each_end_in_one_list),
        with_fixture(a_reranker_gets_the_texts_that_it_scores_and_no_more_are_read),
        with_fixture(a_search_ends_at_whichever_check_its_caller_stops_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
