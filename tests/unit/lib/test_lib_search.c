/* kith_search's options through the public API: reranking, what explains a hit, unknown fields. */
#include "test.h"

#include "scratch.h"

#include <kith/kith.h>
#include <math.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_callback_reranks_and_the_hits_say_so, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(an_unknown_field_is_an_error_unless_it_is_allowed,
                                        scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
