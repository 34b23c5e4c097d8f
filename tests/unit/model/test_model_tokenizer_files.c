/* What a tokenizer's files may say, and what each fault in them gets. */
#include "tokenizer_directory.h"

/* Nothing opens, and the message names the file and holds `word`. */
static void assert_refused(directory_fixture *f, const char *file, const char *word)
{
    kith_error err = {0};
    tokenizer *t = NULL;
    assert_status(KITH_ERR_MODEL, tokenizer_open(f->path, &t, &err));
    assert_null(t);
    assert_non_null(strstr(err.message, path_in(f, file)));
    if (strstr(err.message, word) == NULL) fail_msg("'%s' does not say '%s'", err.message, word);
}

static void assert_parts_refused(directory_fixture *f, tokenizer_parts p, const char *word)
{
    write_tokenizer(f, p);
    assert_refused(f, "tokenizer.json", word);
}

static void a_directory_without_a_tokenizer_is_not_found(void **state)
{
    directory_fixture *f = *state;
    kith_error err;
    tokenizer *t = NULL;
    assert_status(KITH_ERR_NOT_FOUND, tokenizer_open(f->path, &t, &err));
    assert_status(KITH_ERR_NOT_FOUND, tokenizer_open("/nowhere/at/all", &t, &err));
    assert_null(t);
}

static void damaged_json_is_refused(void **state)
{
    directory_fixture *f = *state;
    const char *const texts[] = {
        "", "{", "[]", "null", "{\"model\":{\"vocab\":{\"a\":0,\"a\":1}}}", "{\"model\":\"\xFF\"}"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        write_text(f, "tokenizer.json", view_of(texts[i]));
        assert_refused(f, "tokenizer.json", "JSON");
    }
}

static void a_file_cut_anywhere_is_refused(void **state)
{
    directory_fixture *f = *state;
    kith_error err;
    buffer b;
    buffer_init(&b, 1 << 20);
    write_tokenizer(f, (tokenizer_parts){0});
    assert_ok(file_read(&file_ops_posix, path_in(f, "tokenizer.json"), 1 << 16, &b, &err));
    for (size_t cut = 0; cut < b.size; cut++) {
        tokenizer *t = NULL;
        write_text(f, "tokenizer.json", (view){b.data, cut});
        assert_status(KITH_ERR_MODEL, tokenizer_open(f->path, &t, &err));
    }
    buffer_done(&b);
}

static void another_kind_of_tokenizer_is_refused(void **state)
{
    directory_fixture *f = *state;
    assert_parts_refused(f, (tokenizer_parts){.model = "{\"type\":\"Unigram\",\"vocab\":[]}"},
                         "Unigram");
    assert_parts_refused(f, (tokenizer_parts){.model = "{\"vocab\":{},\"merges\":[]}"}, "unnamed");
    assert_parts_refused(f, (tokenizer_parts){.model = "7"}, "'model'");
    assert_parts_refused(f, (tokenizer_parts){.normalizer = "null"}, "'normalizer'");
    assert_parts_refused(f, (tokenizer_parts){.normalizer = "{\"type\":\"NFKC\"}"}, "NFKC");
    assert_parts_refused(f, (tokenizer_parts){.pre_tokenizer = "{\"type\":\"ByteLevel\"}"},
                         "ByteLevel");
    assert_parts_refused(f, (tokenizer_parts){.post_processor = "null"}, "none");
    assert_parts_refused(f, (tokenizer_parts){.post_processor = "{\"type\":\"ByteLevel\"}"},
                         "ByteLevel");
}

static void a_flag_that_is_no_flag_is_refused(void **state)
{
    directory_fixture *f = *state;
    const char *const names[] = {"clean_text", "handle_chinese_chars", "strip_accents",
                                 "lowercase"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *text =
            arena_printf(&f->memory, "{\"type\":\"BertNormalizer\",\"%s\":1}", names[i]);
        assert_parts_refused(f, (tokenizer_parts){.normalizer = text}, names[i]);
    }
}

static void a_damaged_vocabulary_is_refused(void **state)
{
    directory_fixture *f = *state;
    const struct {
        const char *vocabulary, *word;
    } cases[] = {
        {"{}", "empty"},
        {"[]", "empty"},
        {"{\"\":0}", "unk_token"},
        {"{\"[UNK]\":1,\"[CLS]\":2,\"[SEP]\":3,\"a\":-1}", "'a'"},
        {"{\"[UNK]\":1,\"[CLS]\":2,\"[SEP]\":3,\"a\":1048576}", "'a'"},
        {"{\"[UNK]\":1,\"[CLS]\":2,\"[SEP]\":3,\"a\":1.5}", "'a'"},
        {"{\"[UNK]\":1,\"[CLS]\":2,\"[SEP]\":3,\"a\":\"4\"}", "'a'"},
        {"{\"[UNK]\":1,\"[CLS]\":2,\"[SEP]\":3,\"a\":2}", "id 2"},
        {"{\"[CLS]\":2,\"[SEP]\":3}", "unk_token"},
        {"{\"[UNK]\":1,\"[SEP]\":3}", "id 2"}, // the post-processor's [CLS] is only an added token
    };
    for (size_t i = 0; i + 1 < sizeof cases / sizeof cases[0]; i++)
        assert_parts_refused(f, (tokenizer_parts){.vocabulary = cases[i].vocabulary},
                             cases[i].word);
}

static void a_missing_special_token_is_refused(void **state)
{
    directory_fixture *f = *state;
    assert_parts_refused(
        f, (tokenizer_parts){.vocabulary = "{\"[UNK]\":1,\"[SEP]\":3}", .added_tokens = "[]"},
        "'[CLS]'");
    assert_parts_refused(
        f, (tokenizer_parts){.vocabulary = "{\"[UNK]\":1,\"[CLS]\":2}", .added_tokens = "null"},
        "'[SEP]'");
}

static void bad_parameters_of_the_model_are_refused(void **state)
{
    directory_fixture *f = *state;
    const struct {
        const char *fields, *word;
    } cases[] = {
        {"\"continuing_subword_prefix\":\"##\"", "unk_token"},
        {"\"unk_token\":\"[UNK]\"", "continuing_subword_prefix"},
        {"\"unk_token\":\"[UNK]\",\"continuing_subword_prefix\":3", "continuing_subword_prefix"},
        {"\"unk_token\":\"[UNK]\",\"continuing_subword_prefix\":\"\","
         "\"max_input_chars_per_word\":0",
         "1..512"},
        {"\"unk_token\":\"[UNK]\",\"continuing_subword_prefix\":\"\","
         "\"max_input_chars_per_word\":513",
         "1..512"},
        {"\"unk_token\":\"[UNK]\",\"continuing_subword_prefix\":\"\","
         "\"max_input_chars_per_word\":\"100\"",
         "1..512"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *model =
            arena_printf(&f->memory, "{\"type\":\"WordPiece\",%s,\"vocab\":" SMALL_VOCABULARY "}",
                         cases[i].fields);
        assert_parts_refused(f, (tokenizer_parts){.model = model}, cases[i].word);
    }
}

static void bad_added_tokens_are_refused(void **state)
{
    directory_fixture *f = *state;
    const struct {
        const char *added, *word;
    } cases[] = {
        {"{}", "not a list"},
        {"[7]", "no content"},
        {"[{\"id\":3,\"content\":\"\",\"special\":true}]", "no content"},
        {"[{\"content\":\"x\",\"special\":true}]", "id -1"},
        {"[{\"id\":1048576,\"content\":\"x\",\"special\":true}]", "1048576"},
        {"[{\"id\":20,\"content\":\"x\",\"special\":1}]", "'special'"},
        {"[{\"id\":20,\"content\":\"x\",\"special\":true,\"single_word\":true}]", "'single_word'"},
        {"[{\"id\":20,\"content\":\"x\",\"special\":true,\"normalized\":true}]", "'normalized'"},
        {"[{\"id\":20,\"content\":\"x\",\"special\":false}]", "'normalized'"},
        {"[{\"id\":4,\"content\":\"[SEP]\",\"special\":true}]", "'[SEP]' has the id 4"},
        {"[{\"id\":4,\"content\":\"x\",\"special\":true}]", "id 4"},
        {"[{\"id\":20,\"content\":\"x\",\"special\":true},"
         "{\"id\":21,\"content\":\"x\",\"special\":true}]",
         "'x' is there twice"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_parts_refused(f, (tokenizer_parts){.added_tokens = cases[i].added}, cases[i].word);
}

static void bad_post_processors_are_refused(void **state)
{
    directory_fixture *f = *state;
    const char *const cls = "{\"SpecialToken\":{\"id\":\"[CLS]\"}}";
    const char *const sep = "{\"SpecialToken\":{\"id\":\"[SEP]\"}}";
    const char *const both = "\"[CLS]\":{\"ids\":[2]},\"[SEP]\":{\"ids\":[3]}";
    const struct {
        const char *first, *second, *third, *ids, *word;
    } cases[] = {
        {cls, "{\"Sequence\":{\"id\":\"B\"}}", sep, both, "template"},
        {"{\"Sequence\":{\"id\":\"A\"}}", "{\"Sequence\":{\"id\":\"A\"}}", sep, both, "template"},
        {cls, "{\"Sequence\":{\"id\":\"A\"}}", "{\"SpecialToken\":{\"id\":\"x\"}}", both, "'x'"},
        {cls, "{\"Sequence\":{\"id\":\"A\"}}", sep, "\"[CLS]\":{\"ids\":[2]}", "'[SEP]'"},
        {cls, "{\"Sequence\":{\"id\":\"A\"}}", sep,
         "\"[CLS]\":{\"ids\":[2,2]},\"[SEP]\":{\"ids\":[3]}", "'[CLS]'"},
        {cls, "{\"Sequence\":{\"id\":\"A\"}}", sep,
         "\"[CLS]\":{\"ids\":[2]},\"[SEP]\":{\"ids\":[4]}", "vocabulary's 3"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *text =
            arena_printf(&f->memory,
                         "{\"type\":\"TemplateProcessing\",\"single\":[%s,%s,%s],"
                         "\"special_tokens\":{%s}}",
                         cases[i].first, cases[i].second, cases[i].third, cases[i].ids);
        assert_parts_refused(f, (tokenizer_parts){.post_processor = text}, cases[i].word);
    }
    assert_parts_refused(f,
                         (tokenizer_parts){.post_processor =
                                               "{\"type\":\"BertProcessing\",\"cls\":[\"[CLS]\"],"
                                               "\"sep\":[\"[SEP]\",3]}"},
                         "'cls'");
    assert_parts_refused(f,
                         (tokenizer_parts){.post_processor =
                                               "{\"type\":\"BertProcessing\",\"cls\":[\"[CLS]\",2],"
                                               "\"sep\":[\"[SEP]\",2]}"},
                         "vocabulary's 3");
    assert_parts_refused(
        f, (tokenizer_parts){.post_processor = "{\"type\":\"TemplateProcessing\"}"}, "template");
}

static void a_template_and_a_model_without_a_type_are_read(void **state)
{
    directory_fixture *f = *state;
    tokenizer *t = open_tokenizer(
        f,
        (tokenizer_parts){.model = "{\"unk_token\":\"[UNK]\",\"continuing_subword_prefix\":\"##\","
                                   "\"vocab\":" SMALL_VOCABULARY "}",
                          .post_processor = "{\"type\":\"TemplateProcessing\",\"single\":["
                                            "{\"SpecialToken\":{\"id\":\"[CLS]\",\"type_id\":0}},"
                                            "{\"Sequence\":{\"id\":\"A\",\"type_id\":0}},"
                                            "{\"SpecialToken\":{\"id\":\"[SEP]\",\"type_id\":0}}],"
                                            "\"special_tokens\":{\"[CLS]\":{\"ids\":[2]},"
                                            "\"[SEP]\":{\"ids\":[3]}}}"});
    assert_tokens(t, VIEW("unwanted"), IDS(4, 5, 6));
    tokenizer_free(t);
}

static void vocab_txt_serves_where_tokenizer_json_is_absent(void **state)
{
    directory_fixture *f = *state;
    kith_error err;
    tokenizer *t = NULL;
    write_text(f, "vocab.txt", VIEW("[PAD]\r\n[UNK]\n[CLS]\n[SEP]\n\nwant\n##ed\nWant"));
    assert_ok(tokenizer_open(f->path, &t, &err));
    assert_tokens(t, VIEW("Wanted [PAD][SEP]"), IDS(5, 6, 0, 3)); // the empty line 4 keeps its id
    assert_int_equal(8, tokenizer_vocabulary_size(t));
    tokenizer_free(t);

    write_text(f, "tokenizer_config.json",
               VIEW("{\"do_lower_case\":false,\"sep_token\":{\"content\":\"[PAD]\"},"
                    "\"tokenizer_class\":\"BertTokenizer\"}"));
    assert_ok(tokenizer_open(f->path, &t, &err));
    uint32_t ids[8];
    assert_int_equal(3, tokenizer_encode(t, VIEW("Want"), 8, ids, NULL));
    assert_int_equal(7, ids[1]);
    assert_int_equal(0, ids[2]);
    tokenizer_free(t);
}

static void the_added_tokens_of_a_configuration_are_read(void **state)
{
    directory_fixture *f = *state;
    kith_error err;
    tokenizer *t = NULL;
    write_text(f, "vocab.txt", VIEW("[PAD]\n[UNK]\n[CLS]\n[SEP]\nwant\n"));
    write_text(f, "tokenizer_config.json",
               VIEW("{\"added_tokens_decoder\":{\"3\":{\"content\":\"[SEP]\",\"special\":true},"
                    "\"5\":{\"content\":\"<q>\",\"special\":true}}}"));
    assert_ok(tokenizer_open(f->path, &t, &err));
    assert_tokens(t, VIEW("want<q>[SEP]"), IDS(4, 5, 3));
    tokenizer_free(t);
    const char *const bad_ids[] = {"", "x", "5x", "-5", "99999999999999999999"};
    for (size_t i = 0; i < sizeof bad_ids / sizeof bad_ids[0]; i++) {
        write_text(f, "tokenizer_config.json",
                   view_of(arena_printf(&f->memory,
                                        "{\"added_tokens_decoder\":{\"%s\":{\"content\":\"<q>\","
                                        "\"special\":true}}}",
                                        bad_ids[i])));
        assert_refused(f, "vocab.txt", "'<q>'");
    }
}

static void a_damaged_vocab_txt_is_refused(void **state)
{
    directory_fixture *f = *state;
    const struct {
        const char *text, *word;
    } cases[] = {
        {"", "empty"},
        {"\n\n", "empty"},
        {"[UNK]\n[CLS]\n[SEP]\na\nb\na\n", "'a'"},
        {"[UNK]\n[CLS]\n[SEP]\n\xC3\n", "line 4"},
        {"[CLS]\n[SEP]\n", "[UNK]"},
        {"[UNK]\n[SEP]\n", "[CLS]"},
        {"[UNK]\n[CLS]\n", "[SEP]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_text(f, "vocab.txt", view_of(cases[i].text));
        assert_refused(f, "vocab.txt", cases[i].word);
    }
}

static void a_configuration_that_is_not_berts_is_refused(void **state)
{
    directory_fixture *f = *state;
    write_text(f, "vocab.txt", VIEW("[UNK]\n[CLS]\n[SEP]\n"));
    const struct {
        const char *config, *file, *word;
    } cases[] = {
        {"{", "tokenizer_config.json", "JSON"},
        {"{\"tokenizer_class\":\"BertJapaneseTokenizer\"}", "vocab.txt", "Japanese"},
        {"{\"do_basic_tokenize\":false}", "vocab.txt", "do_basic_tokenize"},
        {"{\"do_lower_case\":\"yes\"}", "vocab.txt", "do_lower_case"},
        {"{\"strip_accents\":\"yes\"}", "vocab.txt", "strip_accents"},
        {"{\"tokenize_chinese_chars\":0}", "vocab.txt", "tokenize_chinese_chars"},
        {"{\"unk_token\":\"<unk>\"}", "vocab.txt", "<unk>"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_text(f, "tokenizer_config.json", view_of(cases[i].config));
        assert_refused(f, cases[i].file, cases[i].word);
    }
}

static void more_tokens_than_the_limit_are_refused(void **state)
{
    directory_fixture *f = *state;
    buffer b;
    buffer_init(&b, 16 << 20);
    for (uint32_t i = 0; i <= 1 << 20; i++)
        buffer_append_byte(&b, '\n');
    assert_int_equal(KITH_OK, b.failed);
    write_text(f, "vocab.txt", buffer_view(&b));
    assert_refused(f, "vocab.txt", "1048576");
    buffer_done(&b);
}

static void a_file_above_the_limit_is_refused(void **state)
{
    directory_fixture *f = *state;
    write_text(f, "tokenizer.json", VIEW("{}"));
    assert_int_equal(0, truncate(path_in(f, "tokenizer.json"), (64 << 20) + 1)); // sparse
    assert_refused(f, "tokenizer.json", "67108864");
}

#define WITH_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DIRECTORY(a_directory_without_a_tokenizer_is_not_found),
        WITH_DIRECTORY(damaged_json_is_refused),
        WITH_DIRECTORY(a_file_cut_anywhere_is_refused),
        WITH_DIRECTORY(another_kind_of_tokenizer_is_refused),
        WITH_DIRECTORY(a_flag_that_is_no_flag_is_refused),
        WITH_DIRECTORY(a_damaged_vocabulary_is_refused),
        WITH_DIRECTORY(a_missing_special_token_is_refused),
        WITH_DIRECTORY(bad_parameters_of_the_model_are_refused),
        WITH_DIRECTORY(bad_added_tokens_are_refused),
        WITH_DIRECTORY(bad_post_processors_are_refused),
        WITH_DIRECTORY(a_template_and_a_model_without_a_type_are_read),
        WITH_DIRECTORY(vocab_txt_serves_where_tokenizer_json_is_absent),
        WITH_DIRECTORY(the_added_tokens_of_a_configuration_are_read),
        WITH_DIRECTORY(a_damaged_vocab_txt_is_refused),
        WITH_DIRECTORY(a_configuration_that_is_not_berts_is_refused),
        WITH_DIRECTORY(more_tokens_than_the_limit_are_refused),
        WITH_DIRECTORY(a_file_above_the_limit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
