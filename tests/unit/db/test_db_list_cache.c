/* Tests of the kept lists: one is kept when its filter comes for the second time, with codes where the index has them; all
 * of them stay within their memory, and those that are asked for stay longest. */
#include "test.h"

#include "../vector/vectors_for_test.h"
#include "db/list_cache.h"
#include "vector/vector_index_private.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROWS = 4096, DIM = 64 };

static view text_of(uint32_t n, char out[24])
{
    (void)snprintf(out, 24, "{\"n\":%u}", n);
    return view_of(out);
}

/* Every `step`th row from `first` on. */
static row_list *list_of(uint32_t first, uint32_t step)
{
    uint32_t *rows = calloc(ROWS, sizeof *rows), count = 0;
    assert_non_null(rows);
    for (uint32_t row = first; row < ROWS; row += step)
        rows[count++] = row;
    row_list *list = row_list_new(rows, count);
    assert_non_null(list);
    return list;
}

/* What a search does. True: the list was kept. */
static bool ask(list_cache *cache, view text, uint32_t first, uint32_t step,
                const vector_view *vectors)
{
    row_list *list = list_cache_find(cache, text, vectors);
    const bool was_kept = list != NULL;
    if (!list) {
        list = list_of(first, step);
        list_cache_keep(cache, text, list, vectors);
    }
    assert_int_equal(list->rows[0], first);
    assert_int_equal(list->count, (ROWS - first + step - 1) / step);
    row_list_release(list);
    return was_kept;
}

static void a_list_is_kept_from_the_second_time_on(void **state)
{
    (void)state;
    const vector_view vectors = {.rows = ROWS, .live_count = ROWS};
    list_cache cache;
    list_cache_init(&cache);
    assert_false(ask(&cache, VIEW("a"), 3, 100, &vectors));
    assert_false(ask(&cache, VIEW("a"), 3, 100, &vectors));
    assert_true(ask(&cache, VIEW("a"), 3, 100, &vectors));
    assert_false(ask(&cache, VIEW("b"), 4, 100, &vectors));
    // A text that is longer than any that is kept.
    char *text = malloc(LIST_CACHE_TEXT_MAX + 1);
    assert_non_null(text);
    memset(text, 'x', LIST_CACHE_TEXT_MAX + 1);
    for (int i = 0; i < 3; i++)
        assert_false(ask(&cache, (view){text, LIST_CACHE_TEXT_MAX + 1}, 5, 100, &vectors));
    for (int i = 0; i < 3; i++)
        assert_int_equal(ask(&cache, (view){text, LIST_CACHE_TEXT_MAX}, 5, 100, &vectors), i == 2);
    free(text);
    list_cache_done(&cache);
}

/* Also one that a search holds while it makes room. Where there is none, one newcomer in so many is kept. */
static void lists_stay_within_their_memory(void **state)
{
    (void)state;
    enum { FILTERS = 2 * LIST_CACHE_LISTS, LONG = 64 };
    const vector_view vectors = {.rows = ROWS, .live_count = ROWS};
    const size_t most = LIST_CACHE_BYTES + LIST_CACHE_LISTS * sizeof(cached_list) +
                        LIST_CACHE_SEEN * sizeof(uint32_t) + sizeof(list_cache);
    static const uint32_t steps[] = {ROWS, LONG};
    for (uint32_t kind = 0; kind < 2; kind++) {
        char text[24];
        list_cache cache;
        list_cache_init(&cache);
        uint32_t kept = 0, missed = 0;
        assert_false(ask(&cache, VIEW("often"), 1, 8, &vectors));
        assert_false(ask(&cache, VIEW("often"), 1, 8, &vectors));
        row_list *held = list_cache_find(&cache, VIEW("often"), &vectors);
        assert_non_null(held);
        for (uint32_t i = 0; i < FILTERS; i++) {
            (void)ask(&cache, text_of(i, text), 2, steps[kind], &vectors);
            (void)ask(&cache, text_of(i, text), 2, steps[kind], &vectors);
            kept += ask(&cache, text_of(i, text), 2, steps[kind], &vectors);
            missed += !ask(&cache, VIEW("often"), 1, 8, &vectors);
            assert_true(list_cache_bytes(&cache) <= most);
            assert_true(cache.count <= LIST_CACHE_LISTS);
        }
        print_message("kept %u of %d\n", kept, FILTERS);
        assert_true(kept > FILTERS / 32 && kept < FILTERS);
        // When all were asked for since it looked at them, eviction takes the first.
        print_message("missed %u times of %d\n", missed, FILTERS);
        assert_true(missed <= FILTERS / 100);
        assert_int_equal(held->rows[held->count - 1], 1 + (held->count - 1) * 8);
        row_list_release(held);
        list_cache_done(&cache);
    }
}

/* A list that came before the rows had codes is made anew when they have; then its codes are those of its rows. */
static void lists_have_codes_when_all_rows_do(void **state)
{
    (void)state;
    kith_error err;
    vector_set v = clustered_vectors(ROWS, DIM, 1601);
    vector_index *ix = NULL;
    const vector_index_options options = {
        .metric = KITH_SQUARED_L2, .dim = DIM, .flat_below = 300, .coded_above = 300};
    assert_ok(vector_index_new(&options, &ix, &err));
    append_all(ix, &v);
    const vector_view vectors = view_of_all(ix, NULL);
    list_cache cache;
    list_cache_init(&cache);
    const view texts[] = {VIEW("few"), VIEW("many")};
    const uint32_t steps[] = {40, 3}; // 103 rows, by codes of 8 bits; 1,366, by signs
    for (uint32_t i = 0; i < 2; i++) {
        assert_false(ask(&cache, texts[i], 1, steps[i], &vectors));
        assert_false(ask(&cache, texts[i], 1, steps[i], &vectors));
        row_list *list = list_cache_find(&cache, texts[i], &vectors);
        assert_non_null(list);
        assert_null(list->codes);
        row_list_release(list);
    }
    assert_ok(vector_index_link(ix, ROWS, ROWS, NULL, NULL, &err));
    for (uint32_t i = 0; i < 2; i++) {
        assert_false(ask(&cache, texts[i], 1, steps[i], &vectors));
        row_list *list = list_cache_find(&cache, texts[i], &vectors);
        assert_non_null(list);
        assert_non_null(list->codes);
        assert_int_equal(list->codes->count, list->count);
        assert_int_equal(list->codes->is_bytes, i == 0);
        for (uint32_t at = 0; at < list->count; at++) {
            const void *code = i == 0 ? (const void *)row_codes_at(
                                            &ix->codes, slot_of_row(&ix->slots, list->rows[at]))
                                      : region_at(&ix->flat.rows, list->rows[at]);
            assert_memory_equal(listed_codes_at(list->codes, at), code, list->codes->row_bytes);
        }
        row_list_release(list);
    }
    list_cache_done(&cache);
    vector_index_free(ix);
    free(v.rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_is_kept_from_the_second_time_on),
        cmocka_unit_test(lists_stay_within_their_memory),
        cmocka_unit_test(lists_have_codes_when_all_rows_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
