/* The syntax of --compare. */
#include "test.h"

#include "base/buffer.h"
#include "cli/eval_settings.h"

static const kith_ask_options base = {.k = 7, .where = "{}"};

/* What became of a text. */
typedef struct parsed {
    arena memory;
    char message[sizeof((kith_error *)0)->message];
    eval_setting *settings; /* [count] */
    uint32_t count;
} parsed;

static void parse(const char *text, kith_status expected, parsed *out)
{
    kith_error err = {0};
    *out = (parsed){.count = 0};
    arena_init(&out->memory, 0);
    assert_status(expected, eval_settings_parse(text, &base, &out->memory, &out->settings,
                                                &out->count, &err));
    memcpy(out->message, err.message, sizeof out->message);
}

static void parsed_done(parsed *p)
{
    arena_done(&p->memory);
}

static void settings_are_parted_by_semicolons_and_keys_by_spaces_or_commas(void **state)
{
    (void)state;
    parsed p;
    parse("rank=words; fusion=ranks,meaning=40 k=3;;chunk=500/100 ; ", KITH_OK, &p);
    assert_int_equal(p.count, 3);
    assert_string_equal(p.settings[0].label, "rank=words");
    assert_int_equal(p.settings[0].ask.ranking, KITH_RANK_WORDS);
    assert_int_equal(p.settings[0].ask.k, 7);
    assert_string_equal(p.settings[0].ask.where, "{}");
    assert_string_equal(p.settings[1].label, "fusion=ranks,meaning=40 k=3");
    assert_int_equal(p.settings[1].ask.fusion, KITH_FUSE_RANKS);
    assert_near(p.settings[1].ask.meaning_weight, 0.4, 1e-6);
    assert_int_equal(p.settings[1].ask.k, 3);
    assert_false(p.settings[1].has_chunk);
    assert_string_equal(p.settings[2].label, "chunk=500/100");
    assert_true(p.settings[2].has_chunk);
    parsed_done(&p);
}

static void check_chunk(const char *text, kith_chunk_unit unit, uint32_t size, int32_t overlap)
{
    parsed p;
    parse(text, KITH_OK, &p);
    assert_int_equal(p.settings[0].chunk.unit, unit);
    assert_int_equal(p.settings[0].chunk.chunk_size, size);
    assert_int_equal(p.settings[0].chunk.overlap, overlap);
    parsed_done(&p);
}

static void a_chunk_has_a_size_a_unit_and_an_overlap(void **state)
{
    (void)state;
    check_chunk("chunk=500/100", KITH_CHARACTERS, 500, 100);
    check_chunk("chunk=500", KITH_CHARACTERS, 500, 0);    // the library's default
    check_chunk("chunk=500/0", KITH_CHARACTERS, 500, -1); // none
    check_chunk("chunk=200t/40", KITH_TOKENS, 200, 40);
    check_chunk("chunk=200t", KITH_TOKENS, 200, 0);
}

static void settings_that_cut_alike_share_their_chunks(void **state)
{
    (void)state;
    parsed p;
    parse("chunk=500/100 rank=words; chunk=500/100; chunk=500; k=5", KITH_OK, &p);
    assert_true(eval_settings_same_chunk(&p.settings[0], &p.settings[1]));
    assert_false(eval_settings_same_chunk(&p.settings[1], &p.settings[2]));
    assert_false(eval_settings_same_chunk(&p.settings[0], &p.settings[3]));
    parsed_done(&p);
}

static void a_wrong_setting_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        kith_status status;
        const char *part;
    } cases[] = {
        {"", KITH_ERR_INVALID, "no setting"},
        {" ; ,", KITH_ERR_INVALID, "no setting"},
        {"rank", KITH_ERR_INVALID, "'rank' is not KEY=VALUE"},
        {"rank=best", KITH_ERR_INVALID, "none of both, meaning, words"},
        {"fusion=best", KITH_ERR_INVALID, "none of scores, ranks"},
        {"meaning=0", KITH_ERR_INVALID, "from 1 to 100"},
        {"meaning=101", KITH_ERR_INVALID, "from 1 to 100"},
        {"meaning=0.4", KITH_ERR_INVALID, "from 1 to 100"},
        {"k=0", KITH_ERR_INVALID, "from 1 to 1000"},
        {"k=99999999999999999999", KITH_ERR_INVALID, "from 1 to 1000"},
        {"k=", KITH_ERR_INVALID, "from 1 to 1000"},
        {"chunk=0", KITH_ERR_INVALID, "SIZE/OVERLAP"},
        {"chunk=100/100", KITH_ERR_INVALID, "SIZE/OVERLAP"},
        {"chunk=100/", KITH_ERR_INVALID, "SIZE/OVERLAP"},
        {"chunk=100/20t", KITH_ERR_INVALID, "SIZE/OVERLAP"},
        {"k=5 k=6", KITH_ERR_INVALID, "comes twice"},
        {"chunks=5", KITH_ERR_INVALID, "did you mean 'chunk'"},
        {"zebra=5", KITH_ERR_INVALID, "known are"},
        {"rerank=on", KITH_ERR_INVALID, "rerank"},
        {"rerank=1001", KITH_ERR_INVALID, "1000"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        parsed p;
        parse(cases[i].text, cases[i].status, &p);
        if (!strstr(p.message, cases[i].part))
            fail_msg("'%s' lacks '%s'", p.message, cases[i].part);
        parsed_done(&p);
    }
}

static void too_many_settings_are_a_limit(void **state)
{
    (void)state;
    parsed p;
    buffer text;
    buffer_init(&text, 4096);
    for (int i = 0; i <= EVAL_SETTINGS_MAX; i++)
        buffer_append_text(&text, "k=5;");
    parse(buffer_text(&text), KITH_ERR_LIMIT, &p);
    buffer_done(&text);
    parsed_done(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_are_parted_by_semicolons_and_keys_by_spaces_or_commas),
        cmocka_unit_test(a_chunk_has_a_size_a_unit_and_an_overlap),
        cmocka_unit_test(settings_that_cut_alike_share_their_chunks),
        cmocka_unit_test(a_wrong_setting_is_named),
        cmocka_unit_test(too_many_settings_are_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
