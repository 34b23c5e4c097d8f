/* test_chroma_rank.c - rank expressions: supports, defaults and arithmetic, by hand. */
#include "test.h"

#include "call_for_test.h"
#include "chroma/rank.h"

#include <math.h>

static call_for_test t;

/* Two searches: one finds points 0, 1, 2 at distances 1, 2, 3; the other points 2, 3 at 5, 7. Which
 * of the two a $knn is, its limit says. */
static const uint32_t points_of[2][3] = {{0, 1, 2}, {2, 3, 0}};
static const float distances_of[2][3] = {{1, 2, 3}, {5, 7, 0}};
enum { POINTS = 5 };

#define FIRST  "{\"$knn\":{\"query\":[1],\"limit\":3}}"
#define SECOND "{\"$knn\":{\"query\":[1],\"limit\":2}}"

static bool parse(const char *json, rank_expression *out)
{
    serve_call *call = call_begin(&t, json);
    static schema s;
    schema_init(&s, &(vector_settings){0});
    return rank_parse(call, call->body, &s, out);
}

/* The scores of the points as text: "0=1 2=8". */
static const char *scores_of(const char *json)
{
    static char text[200];
    rank_expression e;
    rank_value value;
    assert_true(parse(json, &e));
    for (rank_knn *knn = e.knns; knn; knn = knn->next) {
        const int which = knn->limit == 3 ? 0 : 1;
        knn->count = knn->limit;
        knn->points = arena_new_array(&t.request.call.arena, uint32_t, 3);
        knn->distances = arena_new_array(&t.request.call.arena, float, 3);
        memcpy(knn->points, points_of[which], sizeof points_of[which]);
        memcpy(knn->distances, distances_of[which], sizeof distances_of[which]);
    }
    assert_true(rank_evaluate(&e, POINTS, &t.request.call.arena, &value));
    int size = 0;
    text[0] = 0;
    for (int i = 0; i < POINTS; i++)
        if (value.scored[i])
            size += snprintf(text + size, sizeof text - (size_t)size, "%s%d=%g", size ? " " : "", i,
                             (double)value.scores[i]);
    call_end(&t);
    return text;
}

static void a_search_scores_what_it_finds(void **state)
{
    (void)state;
    assert_string_equal(scores_of(FIRST), "0=1 1=2 2=3");
    assert_string_equal(scores_of("{\"$knn\":{\"query\":[1],\"limit\":2,\"return_rank\":true}}"),
                        "2=0 3=1");
    assert_string_equal(scores_of("{\"$val\":3}"), "");
}

static void without_defaults_both_must_have_found_a_point(void **state)
{
    (void)state;
    assert_string_equal(scores_of("{\"$sum\":[" FIRST "," SECOND "]}"), "2=8");
    assert_string_equal(scores_of("{\"$sub\":{\"left\":" FIRST ",\"right\":" SECOND "}}"), "2=-2");
    assert_string_equal(scores_of("{\"$div\":{\"left\":" FIRST ",\"right\":" SECOND "}}"), "2=0.6");
}

static void one_default_takes_the_points_of_the_other(void **state)
{
    (void)state;
    assert_string_equal(scores_of("{\"$mul\":[{\"$val\":-1}," FIRST "]}"), "0=-1 1=-2 2=-3");
    assert_string_equal(
        scores_of("{\"$sum\":[{\"$knn\":{\"query\":[1],\"limit\":3,\"default\":10}}," SECOND "]}"),
        "2=8 3=17");
}

static void two_defaults_give_the_union(void **state)
{
    (void)state;
    static const char both[] = "{\"%s\":[{\"$knn\":{\"query\":[1],\"limit\":3,\"default\":10}},"
                               "{\"$knn\":{\"query\":[1],\"limit\":2,\"default\":20}}]}";
    char json[300];
    (void)snprintf(json, sizeof json, both, "$sum");
    assert_string_equal(scores_of(json), "0=21 1=22 2=8 3=17");
    (void)snprintf(json, sizeof json, both, "$max");
    assert_string_equal(scores_of(json), "0=20 1=20 2=5 3=10");
    (void)snprintf(json, sizeof json, both, "$min");
    assert_string_equal(scores_of(json), "0=1 1=2 2=3 3=7");
}

static void functions_of_one_term_apply_to_defaults_too(void **state)
{
    (void)state;
    assert_string_equal(scores_of("{\"$sum\":[{\"$abs\":{\"$val\":-2}}," FIRST "]}"),
                        "0=3 1=4 2=5");
    assert_string_equal(scores_of("{\"$log\":{\"$exp\":" SECOND "}}"), "2=5 3=7");
    assert_string_equal(scores_of("{\"$sum\":[" SECOND "]}"), "2=5 3=7");
}

static void bad_expressions_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *json, *words;
    } bad[] = {
        {"1", "one operator"},
        {"{}", "one operator"},
        {"{\"$val\":1,\"$abs\":1}", "one operator"},
        {"{\"$what\":1}", "unknown variant `$what`"},
        {"{\"$val\":null}", "expected f32"},
        {"{\"$sum\":[]}", "a list of terms"},
        {"{\"$sum\":{\"$val\":1}}", "a list of terms"},
        {"{\"$div\":{\"left\":{\"$val\":1}}}", "`left` and `right`"},
        {"{\"$knn\":1}", "expected a map"},
        {"{\"$knn\":{}}", "missing field `query`"},
        {"{\"$knn\":{\"query\":{\"#type\":\"sparse_vector\"}}}", "sparse"},
        {"{\"$knn\":{\"query\":[\"x\"]}}", "expected f32"},
        {"{\"$knn\":{\"query\":1}}", "expected a sequence"},
        {"{\"$knn\":{\"query\":[1],\"key\":\"x\"}}", "'x' with type 'SparseVector'"},
        {"{\"$knn\":{\"query\":[1],\"limit\":0}}", "1..50"},
        {"{\"$knn\":{\"query\":[1],\"limit\":51}}", "1..50"},
        {"{\"$knn\":{\"query\":[1],\"default\":\"x\"}}", "expected f32"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        rank_expression e;
        assert_refused(&t, parse(bad[i].json, &e), bad[i].words);
        call_end(&t);
    }
}

static void terms_are_counted(void **state)
{
    (void)state;
    for (int terms = 20; terms <= 21; terms++) {
        char json[1000];
        rank_expression e;
        int size = snprintf(json, sizeof json, "{\"$sum\":[");
        for (int i = 1; i < terms; i++)
            size += snprintf(json + size, sizeof json - (size_t)size, "%s{\"$val\":1}",
                             i > 1 ? "," : "");
        (void)snprintf(json + size, sizeof json - (size_t)size, "]}");
        const bool fine = parse(json, &e);
        if (terms == 20)
            assert_true(fine);
        else
            assert_refused(&t, fine, "more than 20 terms");
        call_end(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_search_scores_what_it_finds),
        cmocka_unit_test(without_defaults_both_must_have_found_a_point),
        cmocka_unit_test(one_default_takes_the_points_of_the_other),
        cmocka_unit_test(two_defaults_give_the_union),
        cmocka_unit_test(functions_of_one_term_apply_to_defaults_too),
        cmocka_unit_test(bad_expressions_are_refused),
        cmocka_unit_test(terms_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
