/* Tests of the cache's key, and of answers written as JSON and read back. */
#include "test.h"

#include "answer/answer_cache.h"
#include "answer/answer_json.h"

#include <math.h>

static const kith_llm llm = {.model = "m", .temperature = 0.5, .max_tokens = 100};

static kith_ask_options base_options(void)
{
    return (kith_ask_options){.k = 5, .context_characters = 4000, .llm = &llm};
}

static view key_of(arena *a, const char *question, const kith_ask_options *options)
{
    kith_error err = {0};
    view key = {NULL, 0};
    assert_ok(answer_cache_key(view_of(question), options, VIEW("embedder"), a, &key, &err));
    return key;
}

static void white_space_is_folded_and_nothing_else(void **state)
{
    static const char *const same[] = {"  a b c", "a b c \n", "a\tb\r\nc",
                                       "a \xc2\xa0 b\xe3\x80\x80"
                                       "c"};
    static const char *const other[] = {"A b c", "a b c?", "ab c", "a b", "a b\xe2\x80\x8b c", ""};
    (void)state;
    arena a;
    arena_init(&a, 0);
    kith_ask_options options = base_options();
    view key = key_of(&a, "a b c", &options);
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        assert_true(view_equal(key_of(&a, same[i], &options), key));
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++)
        assert_false(view_equal(key_of(&a, other[i], &options), key));
    arena_done(&a);
}

static void every_setting_that_shapes_an_answer_is_in_the_key(void **state)
{
    (void)state;
    arena a;
    kith_error err = {0};
    arena_init(&a, 0);
    kith_llm models[] = {llm, llm, llm, llm};
    models[0].model = "n";
    models[1].temperature = 0;
    models[2].max_tokens = 101;
    models[3].base_url = "http://elsewhere";
    enum { OPTIONS = 11, KEYS = OPTIONS + 2 };
    kith_ask_options options[OPTIONS];
    for (size_t i = 0; i < OPTIONS; i++)
        options[i] = base_options();
    for (size_t i = 0; i < 4; i++)
        options[i].llm = &models[i];
    options[4].llm = NULL;
    options[5].k = 6;
    options[6].context_characters = 4001;
    options[7].where = "{\"a\":1}";
    options[8].ranking = KITH_RANK_WORDS;
    options[9].fusion = KITH_FUSE_RANKS;
    options[10].meaning_weight = 0.25F;
    view keys[KEYS];
    kith_ask_options base = base_options();
    for (size_t i = 0; i < OPTIONS; i++)
        keys[i] = key_of(&a, "q", &options[i]);
    keys[OPTIONS] = key_of(&a, "q", &base);
    assert_ok(answer_cache_key(VIEW("q"), &base, VIEW("other"), &a, &keys[OPTIONS + 1], &err));
    for (size_t i = 0; i < KEYS; i++)
        for (size_t j = 0; j < i; j++)
            assert_false(view_equal(keys[i], keys[j]));
    arena_done(&a);
}

/* Reader, weights and rules are part of the program. */
static void another_build_finds_no_answer_of_this_one(void **state)
{
    (void)state;
    arena a;
    arena_init(&a, 0);
    kith_ask_options options = base_options();
    view key = key_of(&a, "q", &options), sources = view_of(answer_cache_sources());
    assert_int_equal(sources.size, 32);
    assert_true(view_find(key, sources) < key.size);
    arena_done(&a);
}

static void what_does_not_shape_an_answer_is_not_in_the_key(void **state)
{
    (void)state;
    arena a;
    arena_init(&a, 0);
    kith_llm other = llm;
    other.api_key = "secret";
    other.timeout_ms = 7;
    kith_ask_options options = base_options(), same = base_options();
    same.llm = &other;
    same.context = &a;
    view key = key_of(&a, "q", &same);
    assert_true(view_equal(key, key_of(&a, "q", &options)));
    assert_int_equal(view_find(key, VIEW("secret")), key.size);
    arena_done(&a);
}

static void filters_are_compared_as_values(void **state)
{
    (void)state;
    arena a;
    kith_error err = {0};
    view key = {NULL, 0};
    arena_init(&a, 0);
    kith_ask_options one = base_options(), two = base_options(), none = base_options();
    one.where = "{\"a\":1}";
    two.where = " { \"a\" : 1 } ";
    none.where = "";
    kith_ask_options plain = base_options();
    assert_true(view_equal(key_of(&a, "q", &one), key_of(&a, "q", &two)));
    assert_true(view_equal(key_of(&a, "q", &none), key_of(&a, "q", &plain)));
    one.where = "{";
    assert_status(KITH_ERR_FORMAT, answer_cache_key(VIEW("q"), &one, VIEW("e"), &a, &key, &err));
    arena_done(&a);
}

static void the_limits_have_their_documented_defaults(void **state)
{
    (void)state;
    answer_cache c = answer_cache_of(NULL, 0, 0);
    assert_int_equal(c.limits.bytes, 64 << 20);
    assert_int_equal(c.limits.age_ms, (int64_t)30 * 24 * 3600 * 1000);
    c = answer_cache_of(NULL, 5, 1);
    assert_int_equal(c.limits.bytes, 5);
    assert_int_equal(c.limits.age_ms, 24 * 3600 * 1000);
}

/* ---- JSON ---- */

static const kith_passage passages[] = {
    {"d_0", "d", "/a/b.md", "line one\n\"two\"", "{\"n\":1,\"t\":\"x\"}", "H > I", "pages 7-8",
     0.123456789F, 0.876543F, 3, 17, 2, 4},
    {"p", NULL, "", "", "{}", "", "", NAN, 0, 0, 0, 0, 0},
};
static const kith_citation citations[] = {{2, "d", "/a/b.md", 5, 9, 0, "page 7", "two"},
                                          {1, "d", "", 1, 2, 7, "", "\xc3\xa9"}};

static const kith_claim claims[] = {
    {"It is so [2][1].", 0, 16, true, KITH_UNSUPPORTED, 0.25, 2, 4, 9, "two"},
    {"\xc3\xa9", 17, 18, false, KITH_UNCHECKED, NAN, 0, 0, 0, ""},
};

static kith_answer example(void)
{
    return (kith_answer){
        .text = "It is so [2][1].",
        .engine = "m",
        .citation_count = 2,
        .citations = citations,
        .passage_count = 2,
        .passages = passages,
        .passages_sent = 1,
        .citations_removed = 3,
        .claim_count = 2,
        .claims = claims,
        .llm_status = KITH_ERR_RATE_LIMITED,
        .llm_error = "429",
        .prompt_tokens = 1234567890123,
        .completion_tokens = 7,
        .retrieve_ms = 1.25,
        .answer_ms = 0.1,
        .check_ms = 0.05,
    };
}

static view written(arena *a, const kith_answer *answer)
{
    buffer text;
    buffer_init(&text, 1 << 20);
    json_writer w = {.out = &text};
    json_begin_object(&w);
    answer_json_write(&w, answer);
    json_end_object(&w);
    view copy = arena_copy(a, buffer_view(&text));
    buffer_done(&text);
    return copy;
}

static void an_answer_is_read_back_as_it_was(void **state)
{
    (void)state;
    arena a;
    kith_error err = {0};
    kith_answer before = example(), after = {0};
    arena_init(&a, 0);
    view text = written(&a, &before);
    assert_ok(answer_json_read(text, &a, &after, &err));
    assert_true(view_equal(written(&a, &after), text));
    assert_string_equal(after.text, before.text);
    assert_int_equal(after.llm_status, KITH_ERR_RATE_LIMITED);
    assert_int_equal(after.prompt_tokens, before.prompt_tokens);
    assert_int_equal(after.citations[1].line, 7);
    assert_string_equal(after.citations[1].quote, "\xc3\xa9");
    assert_int_equal(after.claim_count, 2);
    assert_int_equal(after.claims[0].verdict, KITH_UNSUPPORTED);
    assert_true(isnan(after.claims[1].support));
    assert_true(after.check_ms > 0);
    assert_string_equal(after.passages[0].metadata, passages[0].metadata);
    assert_true(after.passages[0].distance == passages[0].distance);
    assert_true(isnan(after.passages[1].distance));
    assert_null(after.passages[1].document);
    assert_int_equal(after.passages[1].line_start, 0);
    arena_done(&a);
}

static void a_number_out_of_range_is_malformed(void **state)
{
    (void)state;
    arena a;
    kith_error err = {0};
    kith_answer before = example(), after = {.text = "untouched"};
    arena_init(&a, 0);
    view text = written(&a, &before);
    size_t at = view_find(text, VIEW("\"citations_removed\":"));
    view head = view_slice(text, 0, at), tail = view_slice(text, at, text.size);
    tail = view_slice(tail, view_find(tail, VIEW(",")), tail.size);
    view broken = view_of(arena_printf(&a, "%.*s\"citations_removed\":4294967296%.*s",
                                       VIEW_ARG(head), VIEW_ARG(tail)));
    assert_status(KITH_ERR_FORMAT, answer_json_read(broken, &a, &after, &err));
    assert_non_null(strstr(err.message, "citations_removed"));
    assert_string_equal(after.text, "untouched");
    arena_done(&a);
}

static void an_answer_without_a_member_is_malformed_and_says_which(void **state)
{
    static const char *const members[] = {
        "answer",   "refused",       "engine",        "cached",  "citations", "citations_removed",
        "passages", "passages_sent", "usage",         "timings", "quote",     "content",
        "metadata", "distance",      "prompt_tokens", "status",  "cited",     "verdict",
        "evidence"};
    (void)state;
    arena a;
    kith_answer before = example(), after = {.text = "untouched"};
    arena_init(&a, 0);
    view text = written(&a, &before);
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        kith_error err = {0};
        view quoted = view_of(arena_printf(&a, "\"%s\":", members[i]));
        view broken = arena_copy(&a, text);
        size_t at = view_find(text, quoted);
        assert_true(at < text.size);
        ((char *)(uintptr_t)broken.data)[at + 1] = '_';
        assert_status(KITH_ERR_FORMAT, answer_json_read(broken, &a, &after, &err));
        assert_non_null(strstr(err.message, members[i]));
        assert_string_equal(after.text, "untouched");
    }
    arena_done(&a);
}

static void an_answer_kept_before_claims_were_judged_is_read_without_them(void **state)
{
    (void)state;
    arena a;
    kith_error err = {0};
    kith_answer before = example(), after = {0};
    arena_init(&a, 0);
    view old = arena_copy(&a, written(&a, &before));
    static const char *const members[] = {"\"claims\":", "\"check_ms\":"};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        ((char *)(uintptr_t)old.data)[view_find(old, view_of(members[i])) + 1] = '_';
    assert_ok(answer_json_read(old, &a, &after, &err));
    assert_int_equal(after.claim_count, 0);
    assert_true(after.check_ms == 0);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(white_space_is_folded_and_nothing_else),
        cmocka_unit_test(every_setting_that_shapes_an_answer_is_in_the_key),
        cmocka_unit_test(another_build_finds_no_answer_of_this_one),
        cmocka_unit_test(what_does_not_shape_an_answer_is_not_in_the_key),
        cmocka_unit_test(filters_are_compared_as_values),
        cmocka_unit_test(the_limits_have_their_documented_defaults),
        cmocka_unit_test(an_answer_is_read_back_as_it_was),
        cmocka_unit_test(a_number_out_of_range_is_malformed),
        cmocka_unit_test(an_answer_without_a_member_is_malformed_and_says_which),
        cmocka_unit_test(an_answer_kept_before_claims_were_judged_is_read_without_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
