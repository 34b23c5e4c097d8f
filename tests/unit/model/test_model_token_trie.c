#include "test.h"

#include "base/buffer.h"
#include "base/rng.h"
#include "model/token_trie.h"

static trie_entry entry(const char *key, uint32_t value)
{
    return (trie_entry){view_of(key), value};
}

static size_t match(const token_trie *trie, const char *text, uint32_t *value)
{
    return token_trie_match(trie, TRIE_ROOT, view_of(text), value);
}

static void the_longest_key_that_begins_the_text_is_found(void **state)
{
    (void)state;
    kith_error err;
    trie_entry entries[] = {entry("abc", 3), entry("a", 1), entry("abcde", 5), entry("b", 7)};
    token_trie *trie = NULL;
    assert_ok(token_trie_new(entries, 4, &trie, &err));
    assert_true(token_trie_check(trie));
    uint32_t value = 99;
    assert_int_equal(3, match(trie, "abcdx", &value));
    assert_int_equal(3, value);
    assert_int_equal(5, match(trie, "abcdef", &value));
    assert_int_equal(5, value);
    assert_int_equal(1, match(trie, "ab", &value));
    assert_int_equal(1, value);
    assert_int_equal(0, match(trie, "xyz", &value));
    assert_int_equal(0, match(trie, "", &value));
    assert_int_equal(1, value);
    token_trie_free(trie);
}

static void a_match_can_begin_after_a_prefix(void **state)
{
    (void)state;
    kith_error err;
    trie_entry entries[] = {entry("##", 1), entry("##ing", 2), entry("in", 3)};
    token_trie *trie = NULL;
    assert_ok(token_trie_new(entries, 3, &trie, &err));
    trie_node node = TRIE_ROOT;
    assert_true(token_trie_descend(trie, &node, VIEW("##")));
    uint32_t value = 0;
    assert_int_equal(3, token_trie_match(trie, node, VIEW("ings"), &value));
    assert_int_equal(2, value);
    assert_int_equal(0, token_trie_match(trie, node, VIEW("in"), &value)); // "##" is no match of ""
    trie_node before = node;
    assert_false(token_trie_descend(trie, &node, VIEW("x")));
    assert_int_equal(before, node);
    token_trie_free(trie);
}

static void exactly_the_keys_are_found(void **state)
{
    (void)state;
    kith_error err;
    trie_entry entries[] = {entry("one", 1), entry("once", 2)};
    token_trie *trie = NULL;
    assert_ok(token_trie_new(entries, 2, &trie, &err));
    uint32_t value = 0;
    assert_true(token_trie_find(trie, VIEW("once"), &value));
    assert_int_equal(2, value);
    assert_false(token_trie_find(trie, VIEW("on"), &value));
    assert_false(token_trie_find(trie, VIEW("ones"), &value));
    assert_false(token_trie_find(trie, VIEW(""), &value));
    assert_int_equal(2, value);
    token_trie_free(trie);
}

static void a_trie_without_keys_matches_nothing(void **state)
{
    (void)state;
    kith_error err;
    token_trie *trie = NULL;
    assert_ok(token_trie_new(NULL, 0, &trie, &err));
    assert_true(token_trie_check(trie));
    uint32_t value = 0;
    char every_byte[256];
    for (int i = 0; i < 256; i++)
        every_byte[i] = (char)i;
    for (int i = 0; i < 256; i++)
        assert_int_equal(0, token_trie_match(trie, TRIE_ROOT, (view){every_byte + i, 1}, &value));
    token_trie_free(trie);
}

static void a_key_there_twice_is_refused(void **state)
{
    (void)state;
    kith_error err;
    trie_entry entries[] = {entry("a", 1), entry("b", 2), entry("a", 3)};
    token_trie *trie = NULL;
    assert_status(KITH_ERR_EXISTS, token_trie_new(entries, 3, &trie, &err));
    assert_non_null(strstr(err.message, "'a'"));
    assert_null(trie);
}

static void keys_that_need_too_many_cells_are_refused(void **state)
{
    (void)state;
    kith_error err;
    enum { KEYS = 3, KEY_BYTES = 3 << 20 }; // 9 million nodes, 8.4 million cells at most
    char *bytes = malloc((size_t)KEYS * KEY_BYTES);
    assert_non_null(bytes);
    trie_entry entries[KEYS];
    for (uint32_t i = 0; i < KEYS; i++) {
        char *key = bytes + (size_t)i * KEY_BYTES;
        memset(key, 'a' + (int)i, KEY_BYTES);
        entries[i] = (trie_entry){{key, KEY_BYTES}, i};
    }
    token_trie *trie = NULL;
    assert_status(KITH_ERR_LIMIT, token_trie_new(entries, KEYS, &trie, &err));
    assert_null(trie);
    free(bytes);
}

/* Brute force over the sorted keys. */
static size_t longest_by_search(const trie_entry *entries, uint32_t count, view text,
                                uint32_t *value)
{
    size_t longest = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (entries[i].key.size <= longest || !view_starts_with(text, entries[i].key)) continue;
        longest = entries[i].key.size;
        *value = entries[i].value;
    }
    return longest;
}

enum { RANDOM_KEYS = 2000, RANDOM_KEY_BYTES = 8 };

/* Distinct keys over an alphabet of `letters` bytes: every key ends in its number, in base
 * `letters`. */
static void fill_random_keys(rng *r, uint32_t letters, trie_entry *entries, char *bytes)
{
    for (uint32_t i = 0; i < RANDOM_KEYS; i++) {
        char *key = bytes + (size_t)i * 2 * RANDOM_KEY_BYTES;
        uint32_t size = rng_below(r, RANDOM_KEY_BYTES - 4);
        for (uint32_t j = 0; j < size; j++)
            key[j] = (char)(1 + rng_below(r, letters));
        key[size++] = 0; // no other byte is 0, so that keys differ when their numbers do
        for (uint32_t rest = i; rest > 0; rest /= letters)
            key[size++] = (char)(1 + rest % letters);
        entries[i] = (trie_entry){{key, size}, i};
    }
}

static void random_keys_are_matched_as_by_brute_force(void **state)
{
    (void)state;
    kith_error err;
    const uint32_t alphabets[] = {4, 26, 255};
    static trie_entry entries[RANDOM_KEYS];
    static char bytes[RANDOM_KEYS * 2 * RANDOM_KEY_BYTES];
    for (size_t a = 0; a < sizeof alphabets / sizeof alphabets[0]; a++) {
        rng r = {.state = 7 + a};
        fill_random_keys(&r, alphabets[a], entries, bytes);
        token_trie *trie = NULL;
        assert_ok(token_trie_new(entries, RANDOM_KEYS, &trie, &err));
        assert_true(token_trie_check(trie));
        for (uint32_t i = 0; i < RANDOM_KEYS; i++) {
            char text[2 * RANDOM_KEY_BYTES + 1];
            view key = entries[i].key;
            memcpy(text, key.data, key.size);
            text[rng_below(&r, (uint32_t)key.size)] = (char)rng_below(&r, 256);
            text[key.size] = (char)rng_below(&r, 256);
            view probe = {text, key.size + 1};
            uint32_t value = TRIE_NO_VALUE, expected = TRIE_NO_VALUE;
            size_t longest = longest_by_search(entries, RANDOM_KEYS, probe, &expected);
            assert_int_equal(longest, token_trie_match(trie, TRIE_ROOT, probe, &value));
            assert_int_equal(expected, value);
            assert_true(token_trie_find(trie, key, &value));
            assert_int_equal(entries[i].value, value);
        }
        token_trie_free(trie);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_key_that_begins_the_text_is_found),
        cmocka_unit_test(a_match_can_begin_after_a_prefix),
        cmocka_unit_test(exactly_the_keys_are_found),
        cmocka_unit_test(a_trie_without_keys_matches_nothing),
        cmocka_unit_test(a_key_there_twice_is_refused),
        cmocka_unit_test(keys_that_need_too_many_cells_are_refused),
        cmocka_unit_test(random_keys_are_matched_as_by_brute_force),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
