#include "test.h"

#include "cli/options.h"

static arena memory;

static int set_up(void **state)
{
    (void)state;
    arena_init(&memory, 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_done(&memory);
    return 0;
}

#define PARSE(out, err, ...)                                                                       \
    options_parse((int)(sizeof((char *[]){"kith", __VA_ARGS__}) / sizeof(char *)),                 \
                  (char *[]){"kith", __VA_ARGS__, NULL}, &memory, (out), (err))

static void options_and_arguments_may_mix(void **state)
{
    (void)state;
    kith_error err = {0};
    settings s;
    assert_ok(PARSE(&s, &err, "search", "-k", "3", "two", "--json", "words", "--dir=here",
                    "--where", "{}"));
    assert_int_equal(s.argument_count, 3);
    assert_string_equal(s.arguments[0], "search");
    assert_string_equal(s.arguments[1], "two");
    assert_string_equal(s.arguments[2], "words");
    assert_int_equal(s.k, 3);
    assert_true(s.json);
    assert_string_equal(s.dir, "here");
    assert_string_equal(s.where, "{}");
    assert_true(option_given(&s, OPTION_K));
    assert_false(option_given(&s, OPTION_SYNC));
}

static void a_value_may_be_joined(void **state)
{
    (void)state;
    kith_error err = {0};
    settings s;
    assert_ok(PARSE(&s, &err, "-k25", "--collection=a=b"));
    assert_int_equal(s.k, 25);
    assert_string_equal(s.collection, "a=b");
    assert_ok(PARSE(&s, &err, "--k=26"));
    assert_int_equal(s.k, 26);
}

static void the_last_of_a_repeated_option_counts(void **state)
{
    (void)state;
    kith_error err = {0};
    settings s;
    assert_ok(PARSE(&s, &err, "-k", "3", "-k", "4"));
    assert_int_equal(s.k, 4);
}

static void every_value_of_a_list_is_kept_in_order_up_to_its_maximum(void **state)
{
    (void)state;
    kith_error err = {0};
    settings s;
    assert_ok(PARSE(&s, &err, "--cors", "https://a", "--allow-host=b", "--cors=https://c"));
    assert_int_equal(s.cors.count, 2);
    assert_string_equal(s.cors.values[0], "https://a");
    assert_string_equal(s.cors.values[1], "https://c");
    assert_null(s.cors.values[2]);
    assert_string_equal(s.allow_host.values[0], "b");
    assert_status(KITH_ERR_INVALID, PARSE(&s, &err, "--cors", ""));
    char *words[2 + OPTION_VALUES_MAX + 2] = {"kith"};
    for (int count = OPTION_VALUES_MAX; count <= OPTION_VALUES_MAX + 1; count++) {
        for (int i = 0; i < count; i++)
            words[1 + i] = "--cors=x";
        kith_status status = options_parse(1 + count, words, &memory, &s, &err);
        assert_int_equal(status, count == OPTION_VALUES_MAX ? KITH_OK : KITH_ERR_INVALID);
    }
    assert_non_null(strstr(err.message, "--cors is given more than 64 times"));
}

static void after_two_dashes_everything_is_an_argument(void **state)
{
    (void)state;
    kith_error err = {0};
    settings s;
    assert_ok(PARSE(&s, &err, "get", "-", "--", "--json", "--"));
    assert_int_equal(s.argument_count, 4);
    assert_string_equal(s.arguments[1], "-");
    assert_string_equal(s.arguments[2], "--json");
    assert_string_equal(s.arguments[3], "--");
    assert_false(s.json);
}

static void h_asks_for_help(void **state)
{
    (void)state;
    kith_error err = {0};
    settings s;
    assert_ok(PARSE(&s, &err, "-h"));
    assert_true(s.help);
}

static void choices_count_in_their_order(void **state)
{
    (void)state;
    kith_error err = {0};
    settings s;
    assert_ok(PARSE(&s, &err, "--chunk-unit", "tokens", "--metric", "ip", "--format", "f32"));
    assert_int_equal(s.chunk_unit, 1);
    assert_int_equal(s.metric, 2);
    assert_int_equal(s.format, FORMAT_F32);
}

static void a_bad_choice_lists_the_good_ones(void **state)
{
    (void)state;
    kith_error err = {0};
    settings s;
    assert_status(KITH_ERR_INVALID, PARSE(&s, &err, "--metric", "hamming"));
    assert_string_equal(err.message, "--metric: 'hamming' is none of cosine, l2, ip");
}

static void a_number_is_nothing_but_digits_in_its_range(void **state)
{
    (void)state;
    static char *const bad[] = {"0",   "257",  "-1",  "+3", " 3",         "3 ",
                                "3.0", "0x10", "1e2", "",   "4294967297", "99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        kith_error err = {0};
        settings s;
        char expected[128];
        assert_status(KITH_ERR_INVALID, PARSE(&s, &err, "--threads", bad[i]));
        (void)snprintf(expected, sizeof expected, "--threads: '%s' is not a number from 1 to 256",
                       bad[i]);
        assert_string_equal(err.message, expected);
    }
    kith_error err = {0};
    settings s;
    assert_ok(PARSE(&s, &err, "--threads", "256"));
    assert_int_equal(s.threads, 256);
}

static void an_unknown_option_suggests_the_nearest(void **state)
{
    (void)state;
    kith_error err = {0};
    settings s;
    assert_status(KITH_ERR_INVALID, PARSE(&s, &err, "--chunksize", "3"));
    assert_string_equal(err.message, "unknown option '--chunksize'; did you mean --chunk-size?");
    assert_status(KITH_ERR_INVALID, PARSE(&s, &err, "--frobnicate"));
    assert_string_equal(err.message, "unknown option '--frobnicate'");
    assert_status(KITH_ERR_INVALID, PARSE(&s, &err, "-x"));
    assert_string_equal(err.message, "unknown option '-x'");
}

static void a_missing_or_empty_value_is_named(void **state)
{
    (void)state;
    kith_error err = {0};
    settings s;
    assert_status(KITH_ERR_INVALID, PARSE(&s, &err, "search", "-k"));
    assert_string_equal(err.message, "-k needs a value (N)");
    assert_status(KITH_ERR_INVALID, PARSE(&s, &err, "--dir="));
    assert_string_equal(err.message, "--dir: the value is empty");
}

static void a_flag_takes_no_value(void **state)
{
    (void)state;
    kith_error err = {0};
    settings s;
    assert_status(KITH_ERR_INVALID, PARSE(&s, &err, "--json=yes"));
    assert_string_equal(err.message, "--json takes no value");
}

static void a_command_refuses_options_that_it_does_not_take(void **state)
{
    (void)state;
    kith_error err = {0};
    settings s;
    assert_ok(PARSE(&s, &err, "search", "x", "--sync"));
    assert_status(KITH_ERR_INVALID, options_check(&s, OPTION_BIT(OPTION_K), "search", &err));
    assert_string_equal(err.message, "kith search does not take --sync");
    assert_ok(options_check(&s, OPTION_BIT(OPTION_SYNC), "search", &err));
}

static void options_that_contradict_each_other_are_refused(void **state)
{
    (void)state;
    kith_error err = {0};
    settings s;
    assert_ok(PARSE(&s, &err, "--json", "--text"));
    assert_status(KITH_ERR_INVALID, options_check(&s, ~(option_set)0, "search", &err));
    assert_string_equal(err.message, "--json and --text exclude each other");
    assert_ok(PARSE(&s, &err, "--llm", "m", "--no-llm"));
    assert_status(KITH_ERR_INVALID, options_check(&s, ~(option_set)0, "ask", &err));
}

static void running_out_of_memory_is_reported(void **state)
{
    (void)state;
    kith_error err = {0};
    settings s;
    arena small;
    arena_init(&small, 1);
    char *argv[] = {"kith", "add", NULL};
    assert_status(KITH_ERR_NO_MEMORY, options_parse(2, argv, &small, &s, &err));
    arena_done(&small);
}

static void every_row_of_the_table_is_complete(void **state)
{
    (void)state;
    for (option_id i = 0; i < OPTION_COUNT; i++) {
        const option_row *row = &option_table[i];
        assert_non_null(row->name);
        assert_non_null(row->help);
        assert_true((row->kind == OPTION_IS_FLAG) == (row->argument == NULL));
        assert_true(row->offset < sizeof(settings));
        if (row->kind == OPTION_TAKES_NUMBER) assert_true(row->minimum < row->maximum);
        if (row->kind == OPTION_TAKES_CHOICE) assert_non_null(row->choices[1]);
        for (option_id j = 0; j < i; j++) {
            assert_string_not_equal(option_table[j].name, row->name);
            assert_true(option_table[j].offset != row->offset);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_and_arguments_may_mix),
        cmocka_unit_test(a_value_may_be_joined),
        cmocka_unit_test(the_last_of_a_repeated_option_counts),
        cmocka_unit_test(every_value_of_a_list_is_kept_in_order_up_to_its_maximum),
        cmocka_unit_test(after_two_dashes_everything_is_an_argument),
        cmocka_unit_test(h_asks_for_help),
        cmocka_unit_test(choices_count_in_their_order),
        cmocka_unit_test(a_bad_choice_lists_the_good_ones),
        cmocka_unit_test(a_number_is_nothing_but_digits_in_its_range),
        cmocka_unit_test(an_unknown_option_suggests_the_nearest),
        cmocka_unit_test(a_missing_or_empty_value_is_named),
        cmocka_unit_test(a_flag_takes_no_value),
        cmocka_unit_test(a_command_refuses_options_that_it_does_not_take),
        cmocka_unit_test(options_that_contradict_each_other_are_refused),
        cmocka_unit_test(running_out_of_memory_is_reported),
        cmocka_unit_test(every_row_of_the_table_is_complete),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
