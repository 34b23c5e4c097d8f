/* The oracle is the reference tokenizer itself, asked about every code point when the digests were
 * made. */
#include "test.h"

#include "base/buffer.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "model/normalizer.h"
#include "normalizer_digests.h"

static const normalizer uncased = {true, true, true, true};

static void append_character(buffer *b, uint32_t code_point)
{
    char bytes[4];
    buffer_append(b, (view){bytes, utf8_encode(code_point, bytes)});
}

/* Each word of the normalised code points, followed by a line feed. */
static void append_words(const normalizer *n, const uint32_t *code_points, uint32_t count,
                         buffer *b)
{
    bool in_word = false;
    for (uint32_t i = 0; i < count; i++) {
        normalized now;
        normalizer_apply(n, code_points[i], &now);
        for (uint32_t j = 0; j < now.count; j++) {
            if (in_word && now.roles[j] != ROLE_WORD) buffer_append_byte(b, '\n');
            in_word = now.roles[j] == ROLE_WORD;
            if (now.roles[j] != ROLE_SPACE) append_character(b, now.code_points[j]);
            if (now.roles[j] == ROLE_ALONE) buffer_append_byte(b, '\n');
        }
    }
    if (in_word) buffer_append_byte(b, '\n');
}

static void words_of_every_code_point_are_the_references(void **state)
{
    (void)state;
    buffer b;
    buffer_init(&b, 16 << 20);
    for (uint32_t s = 0; s < DIGEST_SETTINGS; s++) {
        const int *flags = digest_settings[s];
        normalizer n = {flags[0], flags[1], flags[2], flags[3]};
        for (uint32_t range = 0; range < DIGEST_RANGES; range++) {
            buffer_reset(&b);
            for (uint32_t c = digest_starts[range]; c < digest_starts[range + 1]; c++) {
                if (c >= 0xD800 && c <= 0xDFFF) continue;
                append_words(&n, (uint32_t[]){'a', c, 'b'}, 3, &b);
                buffer_append_byte(&b, '\n');
            }
            assert_int_equal(KITH_OK, b.failed);
            if (hash64(buffer_view(&b), 0) != digests[s][range])
                fail_msg(
                    "setting %u differs in U+%04X..%04X: run tests/accept/tokenizer_conformity.py",
                    s, digest_starts[range], digest_starts[range + 1] - 1);
        }
    }
    buffer_done(&b);
}

static void assert_words(const normalizer *n, const uint32_t *code_points, uint32_t count,
                         const char *expected)
{
    buffer b;
    buffer_init(&b, 4096);
    append_words(n, code_points, count, &b);
    assert_string_equal(expected, buffer_text(&b));
    buffer_done(&b);
}

#define CODE_POINTS(...)                                                                           \
    (const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t)

static void a_capital_i_with_dot_is_the_only_one_to_grow_when_lowered(void **state)
{
    (void)state;
    normalizer keeps_accents = {true, true, false, true};
    assert_words(&keeps_accents, CODE_POINTS(0x130), "i\xCC\x87\n");
    assert_words(&uncased, CODE_POINTS(0x130), "i\n");
}

static void a_final_sigma_is_no_exception(void **state)
{
    (void)state;
    assert_words(&uncased, CODE_POINTS(0x39F, 0x3A3), "\xCE\xBF\xCF\x83\n");
}

static void a_decomposition_can_be_punctuation(void **state)
{
    (void)state;
    assert_words(&uncased, CODE_POINTS('a', 0x37E, 'b'), "a\n;\nb\n");
}

static void the_gap_in_the_list_of_ideographs_is_kept(void **state)
{
    (void)state;
    assert_words(&uncased, CODE_POINTS(0x2B81F, 'a'), "\xF0\xAB\xA0\x9F\na\n");
    assert_words(&uncased, CODE_POINTS(0x2B820, 'a'),
                 "\xF0\xAB\xA0\xA0"
                 "a\n");
}

static void dropped_characters_join_their_neighbours(void **state)
{
    (void)state;
    assert_words(&uncased, CODE_POINTS('f', 0x200B, 'o', 0, 'o', 0xFFFD, 0x85, 'x'), "foox\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_of_every_code_point_are_the_references),
        cmocka_unit_test(a_capital_i_with_dot_is_the_only_one_to_grow_when_lowered),
        cmocka_unit_test(a_final_sigma_is_no_exception),
        cmocka_unit_test(a_decomposition_can_be_punctuation),
        cmocka_unit_test(the_gap_in_the_list_of_ideographs_is_kept),
        cmocka_unit_test(dropped_characters_join_their_neighbours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
