/* The distance is checked against a second, recursive definition on random words. */
#include "test.h"

#include "base/rng.h"
#include "base/suggestion.h"

/* The definition, word for word: exponential, so for short words only. */
static uint32_t distance_by_definition(view a, view b)
{
    if (a.size == 0) return (uint32_t)b.size;
    if (b.size == 0) return (uint32_t)a.size;
    view a1 = view_slice(a, 0, a.size - 1), b1 = view_slice(b, 0, b.size - 1);
    uint32_t same = a.data[a.size - 1] == b.data[b.size - 1] ? 0 : 1;
    uint32_t best = distance_by_definition(a1, b1) + same;
    uint32_t shorter = distance_by_definition(a1, b) + 1,
             longer = distance_by_definition(a, b1) + 1;
    if (shorter < best) best = shorter;
    if (longer < best) best = longer;
    if (a.size > 1 && b.size > 1 && a.data[a.size - 1] == b.data[b.size - 2] &&
        a.data[a.size - 2] == b.data[b.size - 1]) {
        uint32_t swapped =
            distance_by_definition(view_slice(a, 0, a.size - 2), view_slice(b, 0, b.size - 2)) + 1;
        if (swapped < best) best = swapped;
    }
    return best;
}

static void distance_is_that_of_the_definition(void **state)
{
    (void)state;
    rng r = {.state = 7};
    for (int round = 0; round < 500; round++) {
        char a[6], b[6];
        view va = {a, rng_below(&r, 7)}, vb = {b, rng_below(&r, 7)};
        for (size_t i = 0; i < va.size; i++)
            a[i] = (char)('a' + rng_below(&r, 3));
        for (size_t i = 0; i < vb.size; i++)
            b[i] = (char)('a' + rng_below(&r, 3));
        assert_int_equal(edit_distance(va, vb), distance_by_definition(va, vb));
    }
}

static void a_word_beyond_the_limit_is_not_compared(void **state)
{
    (void)state;
    char word[SUGGESTION_MAX_BYTES + 1];
    memset(word, 'x', sizeof word);
    view at_limit = {word, SUGGESTION_MAX_BYTES}, beyond = {word, SUGGESTION_MAX_BYTES + 1};
    assert_int_equal(edit_distance(at_limit, at_limit), 0);
    assert_int_equal(edit_distance(beyond, at_limit), UINT32_MAX);
}

static const char *best_of(const char *word, const char *const *candidates)
{
    suggestion n = {.word = view_of(word)};
    for (; *candidates; candidates++)
        suggestion_offer(&n, *candidates);
    return n.best;
}

static void the_nearest_candidate_wins(void **state)
{
    (void)state;
    const char *const names[] = {"search", "stats", "collections", "add", NULL};
    assert_string_equal(best_of("serach", names), "search");
    assert_string_equal(best_of("stat", names), "stats");
    assert_string_equal(best_of("colections", names), "collections");
}

static void a_beginning_suggests_the_whole(void **state)
{
    (void)state;
    const char *const names[] = {"search", "collections", NULL};
    assert_string_equal(best_of("coll", names), "collections");
}

static void nothing_near_suggests_nothing(void **state)
{
    (void)state;
    const char *const names[] = {"search", "k", NULL};
    assert_null(best_of("frobnicate", names));
    assert_null(best_of("q", names));
    assert_null(best_of("", names));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distance_is_that_of_the_definition),
        cmocka_unit_test(a_word_beyond_the_limit_is_not_compared),
        cmocka_unit_test(the_nearest_candidate_wins),
        cmocka_unit_test(a_beginning_suggests_the_whole),
        cmocka_unit_test(nothing_near_suggests_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
