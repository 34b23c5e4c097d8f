/* Reading the questions of an evaluation: what a line may say, and that a wrong one is named. */
#include "test.h"

#include "base/buffer.h"
#include "eval/eval_questions.h"

static kith_status read_text(const char *text, arena *a, eval_questions *out, kith_error *err)
{
    return eval_questions_read(view_of(text), "q.jsonl", a, out, err);
}

/* Fails with the status, and the message begins with the line and holds `part`. */
static void check_refused(const char *text, kith_status expected, const char *line,
                          const char *part)
{
    arena a;
    kith_error err = {0};
    eval_questions q = {.count = 77};
    arena_init(&a, 0);
    assert_status(expected, read_text(text, &a, &q, &err));
    assert_int_equal(strncmp(err.message, line, strlen(line)), 0);
    if (!strstr(err.message, part)) fail_msg("'%s' lacks '%s'", err.message, part);
    assert_int_equal(q.count, 77);
    arena_done(&a);
}

static void a_line_says_what_is_expected(void **state)
{
    (void)state;
    arena a;
    kith_error err = {0};
    eval_questions q;
    arena_init(&a, 0);
    assert_ok(
        read_text("{\"question\": \"Who?\", \"document\": \"a.md\", \"text\": [\"x\", \"y\"], "
                  "\"id\": \"7\"}\r\n\n"
                  "{\"question\": \"Why?\", \"refuse\": true}\n"
                  "  \n"
                  "{\"question\": \"When?\", \"document\": [\"a\", \"b\"], \"refuse\": false}",
                  &a, &q, &err));
    assert_int_equal(q.count, 3);
    assert_string_equal(q.questions[0].question, "Who?");
    assert_int_equal(q.questions[0].document_count, 1);
    assert_string_equal(q.questions[0].documents[0], "a.md");
    assert_int_equal(q.questions[0].text_count, 2);
    assert_string_equal(q.questions[0].texts[1], "y");
    assert_string_equal(q.ids[0], "7");
    assert_null(q.ids[1]);
    assert_true(q.questions[1].refuse);
    assert_false(q.questions[2].refuse);
    assert_int_equal(q.questions[2].document_count, 2);
    assert_int_equal(q.lines[1], 3);
    assert_int_equal(q.lines[2], 5);
    arena_done(&a);
}

static void a_wrong_line_is_an_error_that_names_it(void **state)
{
    (void)state;
    const char *good = "{\"question\": \"Who?\"}\n";
    static const struct {
        const char *line;
        kith_status status;
        const char *part;
    } cases[] = {
        {"{\"question\": ", KITH_ERR_FORMAT, ""},
        {"[1]", KITH_ERR_FORMAT, "not a JSON object"},
        {"{}", KITH_ERR_INVALID, "\"question\" is missing"},
        {"{\"question\": \" \"}", KITH_ERR_INVALID, "the question is empty"},
        {"{\"question\": 1}", KITH_ERR_FORMAT, "\"question\" is not a string"},
        {"{\"question\": \"a\\u0000b\"}", KITH_ERR_INVALID, "NUL"},
        {"{\"question\": \"a\", \"documents\": \"b\"}", KITH_ERR_FORMAT,
         "unknown key \"documents\""},
        {"{\"question\": \"a\", \"document\": 1}", KITH_ERR_FORMAT, "neither a string nor a list"},
        {"{\"question\": \"a\", \"document\": []}", KITH_ERR_INVALID, "empty list"},
        {"{\"question\": \"a\", \"document\": [1]}", KITH_ERR_FORMAT, "not a string"},
        {"{\"question\": \"a\", \"text\": \"\"}", KITH_ERR_INVALID, "an expected text is empty"},
        {"{\"question\": \"a\", \"refuse\": 1}", KITH_ERR_FORMAT, "neither true nor false"},
        {"{\"question\": \"a\", \"refuse\": true, \"text\": \"b\"}", KITH_ERR_INVALID, "refusal"},
        {"{\"question\": \"a\", \"question\": \"b\"}", KITH_ERR_FORMAT, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        buffer text;
        buffer_init(&text, 4096);
        buffer_printf(&text, "%s\n%s%s\n", good, cases[i].line, "\n{\"question\": \"Last?\"}");
        check_refused(buffer_text(&text), cases[i].status, "q.jsonl:3: ", cases[i].part);
        buffer_done(&text);
    }
}

static void a_file_without_a_question_has_nothing_to_ask(void **state)
{
    (void)state;
    check_refused("", KITH_ERR_INVALID, "q.jsonl: ", "no question");
    check_refused("\n \n", KITH_ERR_INVALID, "q.jsonl: ", "no question");
}

static void too_much_is_a_limit(void **state)
{
    (void)state;
    buffer text;
    buffer_init(&text, 16 << 20);
    for (int i = 0; i <= KITH_EVAL_MAX_QUESTIONS; i++)
        buffer_append_text(&text, "{\"question\": \"Who?\"}\n");
    check_refused(buffer_text(&text), KITH_ERR_LIMIT, "q.jsonl: ", "20001 questions");
    buffer_reset(&text);
    buffer_append_text(&text, "{\"question\": \"");
    for (int i = 0; i < 70000; i++)
        buffer_append_byte(&text, 'x');
    buffer_append_text(&text, "\"}");
    check_refused(buffer_text(&text), KITH_ERR_LIMIT, "q.jsonl:1: ", "the limit is");
    buffer_reset(&text);
    buffer_append_text(&text, "{\"question\": \"a\", \"text\": [\"b\"");
    for (int i = 0; i < KITH_EVAL_MAX_EXPECTED; i++)
        buffer_append_text(&text, ", \"b\"");
    buffer_append_text(&text, "]}");
    check_refused(buffer_text(&text), KITH_ERR_LIMIT, "q.jsonl:1: ", "allowed are 100");
    buffer_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_says_what_is_expected),
        cmocka_unit_test(a_wrong_line_is_an_error_that_names_it),
        cmocka_unit_test(a_file_without_a_question_has_nothing_to_ask),
        cmocka_unit_test(too_much_is_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
