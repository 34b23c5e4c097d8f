/* The oracles are tokens made by the reference (shared data) and ids worked out by hand from a
 * vocabulary of 19. */
#include "tokenizer_directory.h"

#include "base/json.h"
#include "base/size.h"

#include <math.h>

/* The published model: KITH_MODEL, else where set-up leaves it. */
static const char *model_path(arena *a)
{
    const char *given = getenv("KITH_MODEL");
    const char *cache = getenv("XDG_CACHE_HOME");
    if (given) return given;
    if (cache) return arena_printf(a, "%s/kith/models/all-MiniLM-L6-v2", cache);
    return arena_printf(a, "%s/.cache/kith/models/all-MiniLM-L6-v2", part(getenv("HOME"), ""));
}

static tokenizer *open_model(directory_fixture *f)
{
    kith_error err;
    tokenizer *t = NULL;
    assert_ok(
        tokenizer_open(model_path(&f->memory), &t, &err)); // set KITH_MODEL, or run ./dev setup
    return t;
}

/* The lines of a shared file, each a JSON object; skips the test when the file is absent. */
static view read_shared(directory_fixture *f, const char *name)
{
    kith_error err;
    buffer b;
    buffer_init(&b, 16 << 20);
    const char *path =
        arena_printf(&f->memory, "%s/%s", part(getenv("KITH_SHARED"), "../shared"), name);
    kith_status status = file_read(&file_ops_posix, path, 16 << 20, &b, &err);
    view text = arena_copy(&f->memory, buffer_view(&b));
    buffer_done(&b);
    if (status == KITH_ERR_NOT_FOUND) skip();
    assert_int_equal(KITH_OK, status);
    return text;
}

static const json_value *next_line(view *rest, arena *a)
{
    kith_error err;
    if (rest->size == 0) return NULL;
    view line = view_slice(*rest, 0, view_find(*rest, VIEW("\n")));
    *rest = view_slice(*rest, size_min(line.size + 1, rest->size), rest->size);
    const json_value *value = NULL;
    assert_ok(json_parse(line, 1 << 20, a, &value, &err));
    return value;
}

static void the_published_vocabulary_has_30522_tokens(void **state)
{
    tokenizer *t = open_model(*state);
    assert_int_equal(30522, tokenizer_vocabulary_size(t));
    tokenizer_free(t);
}

static void all_reference_texts_have_the_references_ids(void **state)
{
    directory_fixture *f = *state;
    view rest = read_shared(f, "reference/wordpiece-vectors.jsonl");
    tokenizer *t = open_model(f);
    const json_value *line = NULL;
    uint32_t lines = 0, got[2048];
    while ((line = next_line(&rest, &f->memory)) != NULL) {
        view text = {0};
        assert_true(json_get_string(line, "text", &text));
        const json_value *ids = json_get(line, "ids");
        uint32_t count = tokenizer_encode(t, text, 2048, got, NULL);
        assert_int_equal(ids->count, count);
        for (uint32_t i = 0; i < count; i++)
            assert_int_equal(ids->elements[i]->integer, got[i]);
        lines++;
    }
    assert_int_equal(269, lines);
    tokenizer_free(t);
}

static void long_texts_are_cut_and_counted_as_by_the_reference(void **state)
{
    directory_fixture *f = *state;
    view rest = read_shared(f, "data/minilm-vectors/texts.jsonl");
    tokenizer *t = open_model(f);
    const json_value *line = NULL;
    uint32_t lines = 0, ids[256], untruncated = 0;
    while ((line = next_line(&rest, &f->memory)) != NULL) {
        view text = {0};
        int64_t tokens = 0, whole = 0;
        assert_true(json_get_string(line, "text", &text));
        assert_true(json_get_integer(line, "tokens", &tokens));
        assert_true(json_get_integer(line, "untruncated_tokens", &whole));
        assert_int_equal(tokens, tokenizer_encode(t, text, 256, ids, &untruncated));
        assert_int_equal(whole, untruncated);
        assert_int_equal(tokens, tokenizer_encode(t, text, 256, ids, NULL));
        assert_int_equal(whole, tokenizer_count(t, text) + 2);
        lines++;
    }
    assert_int_equal(1139, lines);
    tokenizer_free(t);
}

static void a_word_is_cut_into_its_longest_pieces(void **state)
{
    tokenizer *t = open_tokenizer(*state, (tokenizer_parts){0});
    assert_tokens(t, VIEW("Unwanted, want"), IDS(4, 5, 6, 10, 7));
    assert_tokens(t, VIEW("aaaa"), IDS(16, 18, 17));
    assert_tokens(t, VIEW("unwantedX un"), IDS(1, 4)); // the whole word, not its rest
    assert_tokens(t, VIEW(""), NULL, 0);
    assert_tokens(t, VIEW(" \n\t\xE3\x80\x80 "), NULL, 0);
    tokenizer_free(t);
}

static void a_special_token_is_found_anywhere_in_the_raw_text(void **state)
{
    tokenizer *t = open_tokenizer(*state, (tokenizer_parts){0});
    assert_tokens(t, VIEW("want[SEP]want"), IDS(7, 3, 7));
    assert_tokens(t, VIEW("[sep] [SE"), IDS(13, 1, 1, 13, 1));
    assert_tokens(t, VIEW("[[CLS]"), IDS(13, 2));
    tokenizer_free(t);
}

static void the_longest_of_overlapping_added_tokens_wins(void **state)
{
    tokenizer *t = open_tokenizer(
        *state, (tokenizer_parts){.added_tokens =
                                      "[{\"id\":19,\"content\":\"ab\",\"special\":true},"
                                      "{\"id\":20,\"content\":\"abc\",\"special\":true},"
                                      "{\"id\":21,\"content\":\"\\u00e9t\",\"special\":true}]"});
    assert_int_equal(22, tokenizer_vocabulary_size(t));
    assert_tokens(t, VIEW("abcab"), IDS(20, 19));
    assert_tokens(t, VIEW("wantab"), IDS(7, 19));
    assert_tokens(t, VIEW("a\xC3\xA9t"), IDS(16, 21));
    assert_tokens(t, VIEW("AB"), IDS(1)); // case matters
    tokenizer_free(t);
}

static void the_flags_of_the_normalizer_are_obeyed(void **state)
{
    directory_fixture *f = *state;
    view text = VIEW("Want \xC3\xA9t\xC3\xA9 \xE4\xB8\xAD\xE6\x96\x87");
    tokenizer *uncased = open_tokenizer(f, (tokenizer_parts){0});
    tokenizer *cased = open_tokenizer(
        f, (tokenizer_parts){.normalizer = "{\"type\":\"BertNormalizer\",\"lowercase\":false,"
                                           "\"handle_chinese_chars\":false}"});
    tokenizer *accented = open_tokenizer(
        f, (tokenizer_parts){.normalizer = "{\"type\":\"BertNormalizer\",\"lowercase\":true,"
                                           "\"strip_accents\":false}"});
    assert_tokens(uncased, text, IDS(7, 9, 14, 1));
    assert_tokens(cased, text, IDS(11, 8, 15));
    assert_tokens(accented, text, IDS(7, 8, 14, 1));
    tokenizer_free(uncased);
    tokenizer_free(cased);
    tokenizer_free(accented);
}

static void control_characters_stay_unless_text_is_cleaned(void **state)
{
    directory_fixture *f = *state;
    tokenizer *cleaned = open_tokenizer(f, (tokenizer_parts){0});
    tokenizer *raw = open_tokenizer(
        f, (tokenizer_parts){.normalizer = "{\"type\":\"BertNormalizer\",\"clean_text\":false}"});
    assert_tokens(cleaned, VIEW("un\0want"), IDS(4, 5));
    assert_tokens(cleaned, VIEW("un\fwant"), IDS(4, 5));
    assert_tokens(raw, VIEW("un\0want"), IDS(1));
    assert_tokens(raw, VIEW("un\fwant"), IDS(4, 7)); // form feed is white space
    tokenizer_free(cleaned);
    tokenizer_free(raw);
}

static void invalid_utf8_is_dropped_like_the_replacement_character(void **state)
{
    tokenizer *t = open_tokenizer(*state, (tokenizer_parts){0});
    assert_tokens(t, VIEW("un\xFFwant"), IDS(4, 5));
    assert_tokens(t, VIEW("un\xEF\xBF\xBDwant"), IDS(4, 5));
    assert_tokens(t, VIEW("want\xE4\xB8"), IDS(7));              // cut short
    assert_tokens(t, VIEW("un\xED\xA0\x80want"), IDS(4, 5));     // a surrogate
    assert_tokens(t, VIEW("un\xF8\x88\x80\x80want"), IDS(4, 5)); // no lead byte
    tokenizer_free(t);
}

static void a_word_of_101_characters_is_unknown(void **state)
{
    tokenizer *t = open_tokenizer(*state, (tokenizer_parts){0});
    char text[512];
    memset(text, 'a', sizeof text);
    assert_int_equal(51, tokenizer_count(t, (view){text, 100})); // a, 49 x ##aa, ##a
    assert_tokens(t, (view){text, 101}, IDS(1));
    for (size_t i = 0; i < 101; i++)
        memcpy(text + 2 * i, "\xC3\xA1", 2); // a with an accent: 100 characters in 200 bytes
    assert_int_equal(51, tokenizer_count(t, (view){text, 200}));
    assert_tokens(t, (view){text, 202}, IDS(1));
    memset(text, 'a', 100);
    assert_tokens(t, (view){text, 102}, IDS(1)); // 100 letters, then one with an accent
    tokenizer_free(t);
}

static void a_text_is_cut_to_the_room_it_gets(void **state)
{
    tokenizer *t = open_tokenizer(*state, (tokenizer_parts){0});
    view text = VIEW("want want unwanted");
    for (uint32_t room = 2; room < 10; room++) {
        uint32_t ids[11], untruncated = 0;
        ids[room] = 77;
        uint32_t count = tokenizer_encode(t, text, room, ids, &untruncated);
        assert_int_equal(room < 7 ? room : 7, count);
        assert_int_equal(7, untruncated);
        assert_int_equal(2, ids[0]);
        assert_int_equal(3, ids[count - 1]);
        assert_int_equal(77, ids[room]);
        uint32_t again[11];
        assert_int_equal(count, tokenizer_encode(t, text, room, again, NULL));
        assert_memory_equal(ids, again, count * sizeof *ids);
    }
    tokenizer_free(t);
}

static void without_a_continuation_a_word_is_one_token_or_unknown(void **state)
{
    tokenizer *t = open_tokenizer(
        *state,
        (tokenizer_parts){.vocabulary = "{\"[UNK]\":1,\"[CLS]\":2,\"[SEP]\":3,\"want\":7}"});
    assert_tokens(t, VIEW("want wants"), IDS(7, 1));
    assert_int_equal(8, tokenizer_vocabulary_size(t));
    tokenizer_free(t);
}

static float rarity_of(const tokenizer *t, view text)
{
    uint32_t ids[32];
    uint32_t count = tokenizer_encode(t, text, 32, ids, NULL);
    return tokenizer_rarity(t, ids + 1, count - 2);
}

static void a_word_is_rarer_the_later_its_tokens_stand_in_the_vocabulary(void **state)
{
    tokenizer *t = open_model(*state); // "the" is 1996, its first word; "hello" is 7592
    assert_near(rarity_of(t, VIEW("hello")), log(7592 - 1996 + 1), 1e-5);
    assert_near(rarity_of(t, VIEW("the")), log(2), 1e-6);
    assert_near(rarity_of(t, VIEW("")), log(2), 1e-6);
    assert_near(rarity_of(t, VIEW("x")), log(2), 1e-6); // before the words stand single characters
    assert_near(rarity_of(t, VIEW("hello hello")), log(7592 - 1996 + 1) + 1, 1e-5);
    assert_near(rarity_of(t, VIEW("\xF0\x9F\xA6\x84")), log(30522 - 1996 + 1), 1e-5); // [UNK]
    tokenizer_free(t);
}

#define WITH_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DIRECTORY(the_published_vocabulary_has_30522_tokens),
        WITH_DIRECTORY(all_reference_texts_have_the_references_ids),
        WITH_DIRECTORY(long_texts_are_cut_and_counted_as_by_the_reference),
        WITH_DIRECTORY(a_word_is_cut_into_its_longest_pieces),
        WITH_DIRECTORY(a_special_token_is_found_anywhere_in_the_raw_text),
        WITH_DIRECTORY(the_longest_of_overlapping_added_tokens_wins),
        WITH_DIRECTORY(the_flags_of_the_normalizer_are_obeyed),
        WITH_DIRECTORY(control_characters_stay_unless_text_is_cleaned),
        WITH_DIRECTORY(invalid_utf8_is_dropped_like_the_replacement_character),
        WITH_DIRECTORY(a_word_of_101_characters_is_unknown),
        WITH_DIRECTORY(a_text_is_cut_to_the_room_it_gets),
        WITH_DIRECTORY(without_a_continuation_a_word_is_one_token_or_unknown),
        WITH_DIRECTORY(a_word_is_rarer_the_later_its_tokens_stand_in_the_vocabulary),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
