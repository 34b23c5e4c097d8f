#include "test.h"

#include "base/buffer.h"
#include "cli/environment.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static arena memory;
static char folder[] = "/tmp/kith-test-XXXXXX";
static char path[64];

static int set_up(void **state)
{
    (void)state;
    arena_init(&memory, 0);
    if (!mkdtemp(folder)) return -1;
    (void)snprintf(path, sizeof path, "%s/.env", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_done(&memory);
    (void)unlink(path);
    return rmdir(folder);
}

static void write_file(const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
    assert_int_equal(fclose(f), 0);
}

static void append_pair(void *context, view name, const char *value)
{
    buffer_printf(context, "%.*s<%s>", VIEW_ARG(name), value);
}

/* "NAME<value>NAME<value>", or the message. */
static const char *parsed(const char *text)
{
    static buffer out;
    kith_error err = {0};
    buffer_init(&out, 10000);
    kith_status status = dotenv_parse(view_of(text), &memory, append_pair, &out, &err);
    const char *result =
        arena_copy_text(&memory, status == KITH_OK ? buffer_text(&out) : err.message);
    buffer_done(&out);
    return result;
}

static void assignments_are_read(void **state)
{
    (void)state;
    assert_string_equal(parsed("A=1\nB_2=two words \n\nexport C=x"), "A<1>B_2<two words>C<x>");
    assert_string_equal(parsed("A=1\r\nB=2\r\n"), "A<1>B<2>");
    assert_string_equal(parsed("\xef\xbb\xbf"
                               "A=1"),
                        "A<1>");
    assert_string_equal(parsed(" A= 1 "), "A<1>");
    assert_string_equal(parsed("A=http://x/v1?a=b"), "A<http://x/v1?a=b>");
    assert_string_equal(parsed(""), "");
}

static void comments_are_left_out(void **state)
{
    (void)state;
    assert_string_equal(parsed("# note\n  # note\nA=1 # note\nB=a#b\nC= # note\nD=#x"),
                        "A<1>B<a#b>C<>D<#x>");
}

static void quotes_keep_what_they_hold(void **state)
{
    (void)state;
    assert_string_equal(parsed("A='a # \"b\" \\n' # note\nB=\" x\\n\\\"\\$\\\\\"\nC=''"),
                        "A<a # \"b\" \\n>B< x\n\"$\\>C<>");
}

static void nothing_is_expanded(void **state)
{
    (void)state;
    assert_string_equal(parsed("A=$HOME`id`\nB=\"$(id)\""), "A<$HOME`id`>B<$(id)>");
}

static void a_malformed_line_is_named_by_number_and_not_shown(void **state)
{
    (void)state;
    assert_string_equal(parsed("A=1\nsecret"), "line 2: not NAME=VALUE");
    assert_string_equal(parsed("A B=1"), "line 1: not NAME=VALUE");
    assert_string_equal(parsed("1A=1"), "line 1: not NAME=VALUE");
    assert_string_equal(parsed("=secret"), "line 1: not NAME=VALUE");
    assert_string_equal(parsed("A ='secret"), "line 1: not NAME=VALUE");
    assert_string_equal(parsed("A='secret"),
                        "line 1: a quote that does not close, or an unknown escape");
    assert_string_equal(parsed("A=\"secret\\"),
                        "line 1: a quote that does not close, or an unknown escape");
    assert_string_equal(parsed("A=\"\\x41\""),
                        "line 1: a quote that does not close, or an unknown escape");
    assert_string_equal(parsed("A='secret' more"), "line 1: text after the closing quote");
}

static void a_nul_byte_is_refused(void **state)
{
    (void)state;
    kith_error err = {0};
    assert_status(KITH_ERR_FORMAT,
                  dotenv_parse((view){"A=1\0", 4}, &memory, append_pair, NULL, &err));
}

static void the_environment_wins_over_a_file_that_is_found(void **state)
{
    (void)state;
    kith_error err = {0};
    const char *ignored = NULL;
    environment e = {.base_url = "http://mine", .api_key = "k"};
    write_file("OPENAI_BASE_URL=http://other\nOPENAI_API_KEY=other\nKITH_LLM_MODEL=m\n");
    assert_ok(environment_load_found(&e, path, &memory, &ignored, &err));
    assert_string_equal(e.base_url, "http://mine");
    assert_string_equal(e.api_key, "k");
    assert_string_equal(e.llm, "m");
    assert_null(ignored);
}

static void a_file_that_is_found_gives_its_key_to_what_the_environment_names(void **state)
{
    (void)state;
    kith_error err = {0};
    const char *ignored = NULL;
    environment e = {.base_url = "http://mine"};
    write_file("OPENAI_BASE_URL=http://other\nOPENAI_API_KEY='k'\nPATH=ignored\n");
    assert_ok(environment_load_found(&e, path, &memory, &ignored, &err));
    assert_string_equal(e.base_url, "http://mine");
    assert_string_equal(e.api_key, "k");
    assert_null(ignored);
    e = (environment){0};
    write_file("OPENAI_API_KEY='k'\n");
    assert_ok(environment_load_found(&e, path, &memory, &ignored, &err));
    assert_string_equal(e.api_key, "k");
    assert_null(ignored);
}

static void an_address_in_a_file_that_is_found_is_ignored_with_the_key_beside_it(void **state)
{
    (void)state;
    kith_error err = {0};
    const char *ignored = NULL;
    environment e = {0};
    write_file("OPENAI_BASE_URL=http://other\nOPENAI_API_KEY=other\nKITH_LLM_MODEL=m\n");
    assert_ok(environment_load_found(&e, path, &memory, &ignored, &err));
    assert_null(e.base_url);
    assert_null(e.api_key);
    assert_string_equal(e.llm, "m");
    assert_string_equal(ignored, "OPENAI_BASE_URL and OPENAI_API_KEY");
    e = (environment){.api_key = "mine"};
    assert_ok(environment_load_found(&e, path, &memory, &ignored, &err));
    assert_null(e.base_url);
    assert_string_equal(e.api_key, "mine");
    assert_string_equal(ignored, "OPENAI_BASE_URL");
}

static void a_file_that_is_named_wins_over_the_environment(void **state)
{
    (void)state;
    kith_error err = {0};
    environment e = {.base_url = "http://mine", .api_key = "mine", .llm = "mine"};
    write_file("OPENAI_BASE_URL=http://x\nOPENAI_API_KEY='k'\n");
    assert_ok(environment_load_named(&e, path, &memory, &err));
    assert_string_equal(e.base_url, "http://x");
    assert_string_equal(e.api_key, "k");
    assert_string_equal(e.llm, "mine");
}

static void a_key_of_the_environment_is_not_sent_to_an_address_of_the_file(void **state)
{
    (void)state;
    kith_error err = {0};
    environment e = {.api_key = "sk-secret"};
    write_file("OPENAI_BASE_URL=http://elsewhere\n");
    assert_status(KITH_ERR_INVALID, environment_load_named(&e, path, &memory, &err));
    assert_null(strstr(err.message, "sk-secret"));
    assert_null(e.base_url);
}

static void only_a_file_that_is_named_must_exist(void **state)
{
    (void)state;
    kith_error err = {0};
    const char *ignored = NULL;
    environment e = {0};
    (void)unlink(path);
    assert_ok(environment_load_found(&e, path, &memory, &ignored, &err));
    assert_null(e.api_key);
    assert_status(KITH_ERR_NOT_FOUND, environment_load_named(&e, path, &memory, &err));
    assert_non_null(strstr(err.message, path));
}

static void a_directory_called_env_is_no_error(void **state)
{
    (void)state;
    kith_error err = {0};
    const char *ignored = NULL;
    environment e = {0};
    (void)unlink(path);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_ok(environment_load_found(&e, path, &memory, &ignored, &err));
    assert_int_equal(rmdir(path), 0);
}

static void a_malformed_file_is_named(void **state)
{
    (void)state;
    kith_error err = {0};
    const char *ignored = NULL;
    environment e = {0};
    write_file("OPENAI_API_KEY=k\noops\n");
    assert_status(KITH_ERR_FORMAT, environment_load_found(&e, path, &memory, &ignored, &err));
    assert_non_null(strstr(err.message, path));
    assert_non_null(strstr(err.message, "line 2"));
    assert_null(e.api_key);
}

static void a_file_that_is_too_large_is_refused(void **state)
{
    (void)state;
    kith_error err = {0};
    const char *ignored = NULL;
    environment e = {0};
    char *text = malloc(70000);
    memset(text, '#', 69999);
    text[69999] = 0;
    write_file(text);
    free(text);
    assert_status(KITH_ERR_LIMIT, environment_load_found(&e, path, &memory, &ignored, &err));
}

static void a_file_that_cannot_be_read_is_an_error(void **state)
{
    (void)state;
    kith_error err = {0};
    const char *ignored = NULL;
    environment e = {0};
    (void)unlink(path);
    assert_int_equal(symlink(".env", path), 0); // to itself: nobody can open it, not even root
    assert_status(KITH_ERR_IO, environment_load_found(&e, path, &memory, &ignored, &err));
    assert_non_null(strstr(err.message, path));
}

static void running_out_of_memory_is_reported(void **state)
{
    (void)state;
    kith_error err = {0};
    arena small;
    const char *found = NULL;
    environment e = {.home = "/h"};
    arena_init(&small, 1);
    assert_status(KITH_ERR_NO_MEMORY,
                  dotenv_parse(VIEW("A=12345"), &small, append_pair, NULL, &err));
    assert_status(KITH_ERR_NO_MEMORY, environment_data_directory(&e, NULL, &small, &found, &err));
    assert_status(KITH_ERR_NO_MEMORY, environment_model_directory(&e, NULL, &small, &found, &err));
    assert_null(found);
    arena_done(&small);
}

static void directories_follow_option_variable_and_xdg(void **state)
{
    (void)state;
    kith_error err = {0};
    const char *found = NULL;
    environment e = {
        .home = "/h", .data_home = "/d", .cache_home = "/c", .dir = "kd", .model = "km"};
    assert_ok(environment_data_directory(&e, "opt", &memory, &found, &err));
    assert_string_equal(found, "opt");
    assert_ok(environment_data_directory(&e, NULL, &memory, &found, &err));
    assert_string_equal(found, "kd");
    assert_ok(environment_model_directory(&e, NULL, &memory, &found, &err));
    assert_string_equal(found, "km");
    e.dir = e.model = NULL;
    assert_ok(environment_data_directory(&e, NULL, &memory, &found, &err));
    assert_string_equal(found, "/d/kith");
    assert_ok(environment_model_directory(&e, NULL, &memory, &found, &err));
    assert_string_equal(found, "/c/kith/models/all-MiniLM-L6-v2");
    e.data_home = e.cache_home = NULL;
    assert_ok(environment_data_directory(&e, NULL, &memory, &found, &err));
    assert_string_equal(found, "/h/.local/share/kith");
    assert_ok(environment_model_directory(&e, NULL, &memory, &found, &err));
    assert_string_equal(found, "/h/.cache/kith/models/all-MiniLM-L6-v2");
    e.home = NULL;
    assert_status(KITH_ERR_INVALID, environment_data_directory(&e, NULL, &memory, &found, &err));
    assert_status(KITH_ERR_INVALID, environment_model_directory(&e, NULL, &memory, &found, &err));
}

static void relative_xdg_paths_and_empty_variables_are_ignored(void **state)
{
    (void)state;
    environment e;
    assert_int_equal(setenv("XDG_DATA_HOME", "relative", 1), 0);
    assert_int_equal(setenv("OPENAI_API_KEY", "", 1), 0);
    assert_int_equal(setenv("NO_COLOR", "1", 1), 0);
    environment_read(&e);
    assert_null(e.data_home);
    assert_null(e.api_key);
    assert_true(e.no_color);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(assignments_are_read),
        cmocka_unit_test(comments_are_left_out),
        cmocka_unit_test(quotes_keep_what_they_hold),
        cmocka_unit_test(nothing_is_expanded),
        cmocka_unit_test(a_malformed_line_is_named_by_number_and_not_shown),
        cmocka_unit_test(a_nul_byte_is_refused),
        cmocka_unit_test(the_environment_wins_over_a_file_that_is_found),
        cmocka_unit_test(a_file_that_is_found_gives_its_key_to_what_the_environment_names),
        cmocka_unit_test(an_address_in_a_file_that_is_found_is_ignored_with_the_key_beside_it),
        cmocka_unit_test(a_file_that_is_named_wins_over_the_environment),
        cmocka_unit_test(a_key_of_the_environment_is_not_sent_to_an_address_of_the_file),
        cmocka_unit_test(only_a_file_that_is_named_must_exist),
        cmocka_unit_test(a_directory_called_env_is_no_error),
        cmocka_unit_test(a_malformed_file_is_named),
        cmocka_unit_test(a_file_that_is_too_large_is_refused),
        cmocka_unit_test(a_file_that_cannot_be_read_is_an_error),
        cmocka_unit_test(running_out_of_memory_is_reported),
        cmocka_unit_test(directories_follow_option_variable_and_xdg),
        cmocka_unit_test(relative_xdg_paths_and_empty_variables_are_ignored),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
