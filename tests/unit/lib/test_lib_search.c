/* kith_search's options through the public API: reranking, what explains a hit, unknown fields. */
#include "test.h"

#include "scratch.h"

#include <kith/kith.h>
#include <kith/search.h>
#include <kith/sparse.h>
#include <math.h>

#define SPARSE(value)                                                                              \
    "{\"s\": {\"#type\": \"sparse_vector\", \"indices\": [3], \"values\": [" value "]}}"

static kith *open_with_points(void **state)
{
    kith_error err;
    kith *k = NULL;
    const float v[] = {1, 0};
    const kith_point points[] = {
        {.id = "long", .content = "red apples and more red apples", .vector = v, .dimension = 2},
        {.id = "short", .content = "red", .vector = v, .dimension = 2, .metadata = "{\"year\":1}"},
        {.id = "none", .content = "nothing of the kind", .vector = v, .dimension = 2},
    };
    assert_ok(kith_open(*state, &(kith_options){0}, &k, &err));
    assert_ok(kith_collection_create(k, "c", NULL, &err));
    assert_ok(kith_put(k, "c", KITH_ADD, points, 3, &err));
    return k;
}

static int shortest_first(void *context, const char *query, const char *const *texts, size_t count,
                          uint32_t remaining_ms, float *scores)
{
    (void)context, (void)remaining_ms;
    assert_string_equal(query, "red apples");
    for (size_t i = 0; i < count; i++)
        scores[i] = -(float)strlen(texts[i]);
    return 0;
}

static void a_callback_reranks_and_the_hits_say_so(void **state)
{
    kith_error err;
    kith_hits *hits = NULL;
    kith *k = open_with_points(state);
    kith_reranker r = {.score = shortest_first};
    kith_query q = {.text = "red apples", .ranking = KITH_RANK_WORDS, .explain = true};
    assert_ok(kith_search(k, "c", &q, &hits, &err));
    assert_int_equal(hits->count, 2);
    assert_string_equal(hits->hits[0].id, "long");
    assert_true(isnan(hits->hits[0].rerank));
    assert_int_equal(hits->hits[0].matched_count, 2);
    assert_string_equal(hits->hits[0].matched[1].word, "apples");
    assert_int_equal(hits->hits[1].matched_count, 1);
    kith_hits_free(hits);
    q.rerank = &r;
    assert_ok(kith_search(k, "c", &q, &hits, &err));
    assert_int_equal(hits->reranked, 2);
    assert_string_equal(hits->hits[0].id, "short");
    assert_true(hits->hits[0].rerank == -3);
    kith_hits_free(hits);
    r.score = NULL;
    assert_status(KITH_ERR_INVALID, kith_search(k, "c", &q, &hits, &err));
    r = (kith_reranker){.score = shortest_first, .depth = KITH_K_MAX + 1};
    assert_status(KITH_ERR_INVALID, kith_search(k, "c", &q, &hits, &err));
    r.depth = 0;
    q = (kith_query){.vector = (float[]){1, 0}, .dimension = 2, .rerank = &r};
    assert_status(KITH_ERR_INVALID, kith_search(k, "c", &q, &hits, &err));
    assert_ok(kith_close(k, &err));
}

static void assert_scores_fall(const kith_hits *hits)
{
    for (size_t i = 1; i < hits->count; i++)
        assert_true(hits->hits[i - 1].score > hits->hits[i].score);
}

/* 1 - product is nothing special at 0: there is always something nearer. */
static void a_product_of_one_is_no_perfect_hit(void **state)
{
    kith_error err;
    kith *k = NULL;
    kith_hits *hits = NULL;
    const kith_collection_options options = {.metric = KITH_INNER_PRODUCT};
    const float far[] = {0.25F, 0}, one[] = {1, 0}, near[] = {1.5F, 0};
    const kith_point points[] = {
        {.id = "far", .vector = far, .dimension = 2, .metadata = SPARSE("0.25")},
        {.id = "one", .vector = one, .dimension = 2, .metadata = SPARSE("1")},
        {.id = "near", .vector = near, .dimension = 2, .metadata = SPARSE("1.5")},
    };
    assert_ok(kith_open(*state, &(kith_options){0}, &k, &err));
    assert_ok(kith_collection_create(k, "c", &options, &err));
    assert_ok(kith_put(k, "c", KITH_ADD, points, 3, &err));
    const kith_query q = {.vector = one, .dimension = 2};
    assert_ok(kith_search(k, "c", &q, &hits, &err));
    assert_string_equal(hits->hits[0].id, "near");
    assert_true(hits->hits[1].distance == 0);
    assert_scores_fall(hits);
    kith_hits_free(hits);
    const kith_sparse_query sparse = {
        .field = "s", .indices = (uint32_t[]){3}, .values = (float[]){1}, .count = 1};
    assert_ok(kith_search_sparse(k, "c", &sparse, &hits, &err));
    assert_int_equal(hits->count, 3);
    assert_string_equal(hits->hits[0].id, "near");
    assert_scores_fall(hits);
    kith_hits_free(hits);
    assert_ok(kith_close(k, &err));
}

/* A distance of 0 is the best there is, and so is one that only rounding keeps from it. */
static void a_perfect_hit_has_a_score_of_one(void **state)
{
    kith_error err;
    kith_hits *hits = NULL;
    kith *k = open_with_points(state);
    const kith_query q = {.vector = (float[]){3, 0}, .dimension = 2};
    assert_ok(kith_search(k, "c", &q, &hits, &err));
    assert_int_equal(hits->count, 3);
    for (size_t i = 0; i < hits->count; i++)
        assert_float_equal(hits->hits[i].score, 1, 1e-5);
    kith_hits_free(hits);
    assert_ok(kith_close(k, &err));
}

static void an_unknown_field_is_an_error_unless_it_is_allowed(void **state)
{
    kith_error err;
    kith_hits *hits = NULL;
    kith_records *records = NULL;
    size_t deleted = 1;
    kith *k = open_with_points(state);
    kith_query q = {.text = "red", .ranking = KITH_RANK_WORDS, .where = "{\"yaer\":{\"$ne\":2}}"};
    kith_selection s = {.where = q.where};
    assert_status(KITH_ERR_INVALID, kith_search(k, "c", &q, &hits, &err));
    assert_non_null(strstr(err.message, "'year'"));
    assert_status(KITH_ERR_INVALID, kith_get(k, "c", &s, &records, &err));
    assert_status(KITH_ERR_INVALID, kith_delete(k, "c", &s, &deleted, &err));
    q.allow_unknown_fields = s.allow_unknown_fields = true;
    assert_ok(kith_search(k, "c", &q, &hits, &err));
    assert_int_equal(hits->count, 2);
    kith_hits_free(hits);
    assert_ok(kith_get(k, "c", &s, &records, &err));
    assert_int_equal(records->count, 3);
    kith_records_free(records);
    s.where = "{\"yaer\":1}";
    assert_ok(kith_delete(k, "c", &s, &deleted, &err));
    assert_int_equal(deleted, 0);
    assert_ok(kith_close(k, &err));
}

/* What is given to a search or a put, and what that must end with. */
static void bad_input_is_refused_and_leaves_no_trace(void **state)
{
    kith_error err;
    kith *k = open_with_points(state);
    const float nan[] = {1, NAN}, infinite[] = {INFINITY, 0}, zero[] = {0, 0}, three[] = {1, 2, 3},
                good[] = {0, 1};
    const struct {
        const float *vector;
        uint32_t dimension, k;
        const char *where;
        kith_status expected;
    } searches[] = {
        {nan, 2, 1, NULL, KITH_ERR_INVALID},
        {infinite, 2, 1, NULL, KITH_ERR_INVALID},
        {zero, 2, 1, NULL, KITH_ERR_INVALID}, // under cosine
        {three, 3, 1, NULL, KITH_ERR_DIMENSION},
        {good, 2, KITH_K_MAX + 1, NULL, KITH_ERR_INVALID},
        {good, 2, UINT32_MAX, NULL, KITH_ERR_INVALID},
        {good, 2, 1, "{\"nobody\": 1}", KITH_ERR_INVALID},
        {good, 2, 1, "{\"year\": {\"$near\": 1}}", KITH_ERR_INVALID},
        {good, 2, 1, "{", KITH_ERR_FORMAT},
    };
    for (size_t i = 0; i < sizeof searches / sizeof *searches; i++) {
        kith_hits *hits = NULL;
        const kith_query q = {.vector = searches[i].vector,
                              .dimension = searches[i].dimension,
                              .k = searches[i].k,
                              .where = searches[i].where};
        assert_status(searches[i].expected, kith_search(k, "c", &q, &hits, &err));
        assert_null(hits);
        assert_true(err.message[0] != '\0');
    }
    const kith_point puts[][2] = {
        {{.id = "a", .vector = good, .dimension = 2}, {.id = "b", .vector = nan, .dimension = 2}},
        {{.id = "a", .vector = good, .dimension = 2},
         {.id = "b", .vector = infinite, .dimension = 2}},
        {{.id = "a", .vector = good, .dimension = 2}, {.id = "b", .vector = zero, .dimension = 2}},
        {{.id = "a", .vector = good, .dimension = 2}, {.id = "b", .vector = three, .dimension = 3}},
        {{.id = "a", .vector = good, .dimension = 2}, {.id = "a", .vector = good, .dimension = 2}},
    };
    for (size_t i = 0; i < sizeof puts / sizeof *puts; i++) {
        assert_true(kith_put(k, "c", KITH_ADD, puts[i], 2, &err) != KITH_OK);
        kith_hits *hits = NULL;
        const kith_query all = {.vector = good, .dimension = 2, .k = KITH_K_MAX};
        assert_ok(kith_search(k, "c", &all, &hits, &err));
        assert_int_equal(hits->count, 3); // nothing of the batch is there
        kith_hits_free(hits);
    }
    assert_ok(kith_close(k, &err));
}

/* k above all there is, filters that let nothing through or everything, an empty collection. */
static void odd_input_is_answered(void **state)
{
    kith_error err;
    kith_hits *hits = NULL;
    kith *k = open_with_points(state);
    const float v[] = {1, 0};
    const struct {
        const char *where;
        size_t expected;
    } filters[] = {
        {"{\"year\": 1}", 1},
        {"{\"year\": 7}", 0},
        {"{\"year\": {\"$ne\": 7}}", 3},
        {"{\"year\": {\"$nin\": [1, 2]}}", 2},
        {"{\"$and\": [{\"year\": 1}, {\"year\": {\"$ne\": 1}}]}", 0},
        {"{\"$or\": [{\"year\": 1}, {\"year\": {\"$ne\": 1}}]}", 3},
    };
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        const kith_query q = {.vector = v,
                              .dimension = 2,
                              .k = KITH_K_MAX,
                              .where = filters[i].where,
                              .explain = true};
        assert_ok(kith_search(k, "c", &q, &hits, &err));
        assert_int_equal(hits->count, filters[i].expected);
        assert_int_equal(hits->matching, filters[i].expected);
        assert_non_null(hits->explained);
        assert_int_equal(hits->explained->matching, filters[i].expected);
        kith_hits_free(hits);
    }
    assert_ok(kith_collection_create(k, "empty", NULL, &err));
    const kith_query q = {
        .vector = v, .dimension = 2, .k = 5, .where = "{\"nobody\": 1}", .explain = true};
    assert_ok(kith_search(k, "empty", &q, &hits, &err));
    assert_int_equal(hits->count, 0);
    assert_null(hits->explained);
    kith_hits_free(hits);
    assert_ok(kith_close(k, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_callback_reranks_and_the_hits_say_so, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(a_product_of_one_is_no_perfect_hit, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(a_perfect_hit_has_a_score_of_one, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(bad_input_is_refused_and_leaves_no_trace, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(odd_input_is_answered, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(an_unknown_field_is_an_error_unless_it_is_allowed,
                                        scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
