/* The cache of texts: what was gathered is found, once and as it first came, up to the limit. */
#include "test.h"

#include "db/text_cache.h"

enum { ROWS = TEXT_CACHE_ROWS };

/* Adds the texts of rows first, first + step, ... of a block: "text N", none where N is a multiple
 * of 7. */
static void add(text_cache *c, uint32_t number, uint32_t first, uint32_t step, const char *word)
{
    text_gathering *t = calloc(1, sizeof *t);
    assert_non_null(t);
    for (uint32_t row = first; row < ROWS; row += step) {
        char text[40];
        (void)snprintf(text, sizeof text, "%s %u", word, row);
        text_gathering_add(t, row, row % 7 ? (view){text, strlen(text)} : (view){NULL, 0});
    }
    text_gathering_end(t, c, number);
    text_gathering_done(t);
    free(t);
}

static void assert_kept(const text_block *b, uint32_t row, const char *word)
{
    view text = {0};
    char expected[40];
    (void)snprintf(expected, sizeof expected, "%s %u", word, row);
    assert_true(text_block_find(b, row, &text));
    if (row % 7 == 0) {
        assert_null(text.data);
        return;
    }
    assert_int_equal(text.size, strlen(expected));
    assert_memory_equal(text.data, expected, text.size);
}

static void what_was_gathered_is_found(void **state)
{
    (void)state;
    text_cache c;
    view text = {0};
    text_cache_init(&c);
    assert_null(text_cache_hold(&c, 3));
    add(&c, 3, 5, 10, "first");
    text_block *b = text_cache_hold(&c, 3);
    for (uint32_t row = 0; row < ROWS; row++) {
        if (row % 10 == 5)
            assert_kept(b, row, "first");
        else
            assert_false(text_block_find(b, row, &text));
    }
    assert_null(text_cache_hold(&c, 2));
    text_block_release(b);
    text_cache_done(&c);
}

static void what_is_kept_stays_when_more_comes(void **state)
{
    (void)state;
    text_cache c;
    view text = {0};
    text_cache_init(&c);
    add(&c, 0, 0, 3, "first");
    text_block *old = text_cache_hold(&c, 0);
    add(&c, 0, 0, 2, "second");
    text_block *b = text_cache_hold(&c, 0);
    for (uint32_t row = 0; row < ROWS; row++) {
        if (row % 3 == 0)
            assert_kept(b, row, "first");
        else if (row % 2 == 0)
            assert_kept(b, row, "second");
        else
            assert_false(text_block_find(b, row, &text));
        assert_int_equal(text_block_find(old, row, &text), row % 3 == 0); // as it was held
    }
    text_block_release(old);
    text_block_release(b);
    text_cache_done(&c);
}

static void no_more_is_kept_than_the_limit(void **state)
{
    (void)state;
    text_cache c;
    uint32_t kept = 0;
    text_cache_init(&c);
    c.max_bytes = 100 << 10;
    for (uint32_t number = 0; number < 20; number++)
        add(&c, number, 0, 1, "text");
    for (uint32_t number = 0; number < 20; number++) {
        text_block *b = text_cache_hold(&c, number);
        if (b) assert_kept(b, 9, "text");
        kept += b != NULL;
        text_block_release(b);
    }
    assert_true(kept > 1 && kept < 20);
    assert_true(text_cache_bytes(&c) <= (100 << 10) + 64 * sizeof(void *));
    text_cache_done(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_gathered_is_found),
        cmocka_unit_test(what_is_kept_stays_when_more_comes),
        cmocka_unit_test(no_more_is_kept_than_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
