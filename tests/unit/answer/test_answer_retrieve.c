/* How the options of a question become an order of passages. */
#include "test.h"

#include "answer/retrieve.h"

#include <math.h>

static void without_a_wish_both_sides_count_by_scores(void **state)
{
    (void)state;
    fusion_options f = retrieve_fusion(&(kith_ask_options){0});
    assert_int_equal(f.method, FUSION_SCORES);
    assert_near(f.meaning_weight, FUSION_MEANING_WEIGHT, 1e-6);
}

static void one_side_alone_is_the_whole_weight(void **state)
{
    (void)state;
    kith_ask_options meaning = {.ranking = KITH_RANK_MEANING, .fusion = KITH_FUSE_RANKS};
    kith_ask_options words = {.ranking = KITH_RANK_WORDS, .meaning_weight = 0.5F};
    assert_near(retrieve_fusion(&meaning).meaning_weight, 1, 0);
    assert_int_equal(retrieve_fusion(&meaning).method, FUSION_SCORES);
    assert_near(retrieve_fusion(&words).meaning_weight, 0, 0);
}

static void a_wish_is_followed(void **state)
{
    (void)state;
    kith_ask_options o = {
        .ranking = KITH_RANK_BOTH, .fusion = KITH_FUSE_RANKS, .meaning_weight = 0.25F};
    assert_int_equal(retrieve_fusion(&o).method, FUSION_RANKS);
    assert_near(retrieve_fusion(&o).meaning_weight, 0.25, 1e-6);
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    kith_error err = {0};
    kith_ask_options wrong[] = {
        {.ranking = (kith_ranking)9}, {.fusion = (kith_fusion)9}, {.meaning_weight = 1.5F},
        {.meaning_weight = -0.5F},    {.meaning_weight = NAN},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_status(KITH_ERR_INVALID, retrieve_check(wrong[i].ranking, wrong[i].fusion,
                                                       wrong[i].meaning_weight, &err));
    assert_ok(retrieve_check(KITH_RANK_DEFAULT, KITH_FUSE_SCORES, 1, &err));
}

static void the_check_finds_what_is_broken(void **state)
{
    (void)state;
    const kith_passage good = {.id = "1",
                               .document = "",
                               .source = "",
                               .content = "",
                               .metadata = "{}",
                               .heading = "",
                               .place = "",
                               .lead_in = "",
                               .relevance = 1};
    kith_passage passages[] = {good, good};
    float scores[] = {2, 2};
    const retrieval r = {.passages = passages, .count = 2, .scores = scores};
    assert_null(retrieval_check(&r));
    scores[1] = 3;
    assert_non_null(retrieval_check(&r));
    scores[1] = 1;
    passages[1].relevance = 1.5F;
    assert_non_null(retrieval_check(&r));
    passages[1] = good;
    passages[1].place = NULL;
    assert_non_null(retrieval_check(&r));
}

static void passages_of_one_document_are_together_as_far_as_chance_would_not_have_it(void **state)
{
    (void)state;
    arena a;
    arena_init(&a, 0);
    kith_passage p[] = {{.document = "a", .metadata = "{\"total_chunks\":11}"},
                        {.document = "a", .metadata = "{}"},
                        {.document = "b", .metadata = "{}"},
                        {.document = "a", .metadata = "{}"},
                        {.document = "c", .metadata = "{}"}};
    assert_near(retrieve_together(p, 5, 101, &a), 0.5 - 0.1, 1e-6);
    assert_near(retrieve_together(p, 2, 11, &a), 0, 0); // all points are of it
    assert_near(retrieve_together(p, 2, 6, &a), 0, 0);  // a filter left a part of it
    assert_near(retrieve_together(p, 1, 101, &a), TOGETHER_UNKNOWN, 0);
    assert_near(retrieve_together(p, 0, 0, &a), TOGETHER_UNKNOWN, 0);
    p[0].metadata = "{\"total_chunks\":3}"; // two others at most, which are here
    assert_near(retrieve_together(p, 5, 101, &a), 1 - 0.02, 1e-6);
    p[0].metadata = "{\"total_chunks\":1}";
    assert_near(retrieve_together(p, 5, 101, &a), TOGETHER_UNKNOWN, 0);
    p[0].metadata = "{\"total_chunks\":11}";
    p[0].document = "d";
    assert_near(retrieve_together(p, 5, 101, &a), -0.1, 1e-6);
    p[0].document = "";
    assert_near(retrieve_together(p, 5, 101, &a), TOGETHER_UNKNOWN, 0); // points of no document
    p[0] = (kith_passage){.document = "a", .metadata = "{\"total_chunks\":\"many\"}"};
    assert_near(retrieve_together(p, 5, 101, &a), TOGETHER_UNKNOWN, 0);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_wish_both_sides_count_by_scores),
        cmocka_unit_test(one_side_alone_is_the_whole_weight),
        cmocka_unit_test(a_wish_is_followed),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(the_check_finds_what_is_broken),
        cmocka_unit_test(passages_of_one_document_are_together_as_far_as_chance_would_not_have_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
