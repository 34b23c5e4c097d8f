/* Answers, events and the questions of an evaluation as text, through the public header alone: what
 * an outside program needs to print what `kith ask --json` and `kith ask --events` print. */
#include "test.h"

#include <kith/evaluate.h>
#include <math.h>

static kith_answer sample_answer(void)
{
    static const kith_span emphasis[] = {{0, 6}, {8, 9}};
    static const kith_citation citations[] = {{.n = 1,
                                               .document = "guide",
                                               .source = "/n/guide.md",
                                               .start = 10,
                                               .end = 22,
                                               .line = 3,
                                               .place = "",
                                               .quote = "Thirty \"days\"",
                                               .emphasis_count = 2,
                                               .emphasis = emphasis}};
    static const kith_passage passages[] = {{.id = "guide_0",
                                             .document = "guide",
                                             .source = "",
                                             .content = "Thirty days",
                                             .metadata = NULL,
                                             .heading = "",
                                             .place = "page 7",
                                             .distance = NAN,
                                             .relevance = 0.5F,
                                             .start = 0,
                                             .end = 11}};
    static const kith_claim claims[] = {{.text = "Thirty days [1].",
                                         .start = 0,
                                         .end = 16,
                                         .cited = true,
                                         .verdict = KITH_UNCHECKED,
                                         .support = NAN,
                                         .evidence = ""}};
    return (kith_answer){.text = "Thirty days [1].",
                         .support = 0.75,
                         .engine = "extractive",
                         .searched = "",
                         .citation_count = 1,
                         .citations = citations,
                         .passage_count = 1,
                         .passages = passages,
                         .passages_sent = 1,
                         .claim_count = 1,
                         .claims = claims,
                         .llm_error = "",
                         .prompt_tokens = 5,
                         .retrieve_ms = 1.5,
                         .answer_ms = 2,
                         .check_ms = 0,
                         .chunks = 8,
                         .waiting = 3};
}

#define CITATIONS                                                                                  \
    "\"citations\":[{\"n\":1,\"document\":\"guide\",\"source\":\"/n/guide.md\",\"start\":10,"      \
    "\"end\":22,\"line\":3,\"place\":\"\",\"quote\":\"Thirty \\\"days\\\"\","                      \
    "\"emphasis\":[[0,6],[8,9]]}],\"citations_removed\":0"
#define CLAIMS                                                                                     \
    "\"claims\":[{\"text\":\"Thirty days [1].\",\"start\":0,\"end\":16,\"cited\":true,"            \
    "\"verdict\":\"unchecked\",\"support\":null,\"n\":0,\"evidence_start\":0,\"evidence_end\":0,"  \
    "\"evidence\":\"\"}]"
#define PASSAGES                                                                                   \
    "\"passages\":[{\"id\":\"guide_0\",\"document\":\"guide\",\"source\":\"\",\"heading\":\"\","   \
    "\"content\":\"Thirty days\",\"metadata\":{},\"distance\":null,\"relevance\":0.5,\"start\":0," \
    "\"end\":11,\"line_start\":null,\"line_end\":null,\"place\":\"page 7\"}]"
#define USAGE   "\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":0}"
#define TIMINGS "\"timings\":{\"retrieve_ms\":1.5,\"answer_ms\":2,\"check_ms\":0}"
#define MEANING "\"meaning\":{\"chunks\":8,\"waiting\":3}"
#define MEMBERS                                                                                    \
    "\"answer\":\"Thirty days [1].\",\"refused\":false,\"support\":0.75,"                          \
    "\"engine\":\"extractive\",\"cached\":false,\"truncated\":false,\"question_cut\":"             \
    "false," CITATIONS "," CLAIMS "," PASSAGES ",\"passages_sent\":1,\"llm_error\":null," USAGE    \
    "," TIMINGS "," MEANING

static void check_answer(const kith_answer *answer, const char *question, const char *expected)
{
    kith_error err = {0};
    char *json = NULL;
    assert_ok(kith_answer_to_json(answer, question, &json, &err));
    assert_string_equal(json, expected);
    kith_text_free(json);
}

static void an_answer_is_the_object_that_kith_ask_prints(void **state)
{
    (void)state;
    kith_answer answer = sample_answer();
    check_answer(&answer, "How long?",
                 "{\"question\":\"How long?\",\"searched\":null," MEMBERS "}");
    answer.searched = NULL; // as in an event
    check_answer(&answer, "How long?",
                 "{\"question\":\"How long?\",\"searched\":null," MEMBERS "}");
    answer.searched = "How long are backups kept?";
    check_answer(&answer, "How long?",
                 "{\"question\":\"How long?\",\"searched\":\"How long are backups kept?\"," MEMBERS
                 "}");
}

static void without_a_question_there_are_the_members_of_the_answer_alone(void **state)
{
    (void)state;
    kith_answer answer = sample_answer();
    check_answer(&answer, NULL, "{" MEMBERS "}");
    kith_text_free(NULL);
}

static void an_llm_that_failed_is_named(void **state)
{
    (void)state;
    kith_error err = {0};
    char *json = NULL;
    kith_answer answer = sample_answer();
    answer.llm_status = KITH_ERR_TIMEOUT;
    answer.llm_error = "no byte for 60 s";
    assert_ok(kith_answer_to_json(&answer, NULL, &json, &err));
    assert_non_null(
        strstr(json, "\"llm_error\":{\"status\":\"timeout\",\"message\":\"no byte for 60 s\"}"));
    kith_text_free(json);
}

static void every_event_is_an_object_of_its_own(void **state)
{
    (void)state;
    kith_error err = {0};
    kith_answer answer = sample_answer(), failed = answer;
    failed.llm_status = KITH_ERR_AUTH;
    failed.llm_error = "no key";
    const struct {
        kith_ask_event event;
        const char *expected;
    } cases[] = {
        {{.kind = KITH_ASK_PASSAGES, .passages = 1, .answer = &answer},
         "{\"event\":\"passages\",\"count\":1," PASSAGES "}"},
        {{.kind = KITH_ASK_TEXT, .text = "Thirty"}, "{\"event\":\"text\",\"text\":\"Thirty\"}"},
        {{.kind = KITH_ASK_CITATIONS, .answer = &answer},
         "{\"event\":\"citations\",\"refused\":false,\"support\":0.75," CITATIONS "}"},
        {{.kind = KITH_ASK_USAGE, .answer = &answer}, "{\"event\":\"usage\"," USAGE "}"},
        {{.kind = KITH_ASK_DONE, .answer = &answer},
         "{\"event\":\"done\",\"engine\":\"extractive\",\"cached\":false,\"truncated\":"
         "false,\"question_cut\":false," TIMINGS "," MEANING "}"},
        {{.kind = KITH_ASK_ERROR, .answer = &failed},
         "{\"event\":\"error\",\"status\":\"not authorised\",\"message\":\"no key\"}"},
        {{.kind = KITH_ASK_REWRITTEN, .text = "Whole?"},
         "{\"event\":\"rewritten\",\"text\":\"Whole?\"}"},
        {{.kind = KITH_ASK_CLAIMS, .answer = &answer}, "{\"event\":\"claims\"," CLAIMS "}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *json = NULL;
        assert_ok(kith_ask_event_to_json(&cases[i].event, &json, &err));
        assert_string_equal(json, cases[i].expected);
        kith_text_free(json);
    }
}

static void questions_are_read_with_their_ids_and_lines(void **state)
{
    (void)state;
    kith_error err = {0};
    kith_eval_questions *q = NULL;
    char text[] = "{\"question\": \"Who?\", \"document\": \"a.md\", \"id\": \"7\"}\n\n"
                  "{\"question\": \"Why?\", \"refuse\": true}\nnot read: it lies beyond the size";
    size_t bytes = (size_t)(strstr(text, "not read") - text);
    assert_ok(kith_eval_questions_parse(text, bytes, "q.jsonl", &q, &err));
    memset(text, 'x', bytes); // the result does not lean on the caller's text
    assert_int_equal(q->count, 2);
    assert_string_equal(q->questions[0].question, "Who?");
    assert_int_equal(q->questions[0].document_count, 1);
    assert_string_equal(q->questions[0].documents[0], "a.md");
    assert_string_equal(q->ids[0], "7");
    assert_null(q->ids[1]);
    assert_true(q->questions[1].refuse);
    assert_int_equal(q->lines[0], 1);
    assert_int_equal(q->lines[1], 3);
    kith_eval_questions_free(q);
    kith_eval_questions_free(NULL);
}

static void wrong_questions_are_named_by_file_and_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        kith_status status;
        const char *message;
    } cases[] = {
        {"", KITH_ERR_INVALID, "q.jsonl: no question"},
        {"{\"question\": \"a\"}\n{", KITH_ERR_FORMAT, "q.jsonl:2: "},
        {"{\"question\": \"a\", \"texts\": \"b\"}", KITH_ERR_FORMAT, "q.jsonl:1: unknown key"},
        {"\n{\"document\": \"a\"}", KITH_ERR_INVALID, "q.jsonl:2: \"question\" is missing"},
        {"{\"question\": \"a\", \"refuse\": true, \"text\": \"b\"}", KITH_ERR_INVALID,
         "q.jsonl:1: "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        kith_error err = {0};
        kith_eval_questions *q = NULL;
        const char *text = cases[i].text;
        assert_status(cases[i].status,
                      kith_eval_questions_parse(text, strlen(text), "q.jsonl", &q, &err));
        assert_null(q);
        if (strncmp(err.message, cases[i].message, strlen(cases[i].message)) != 0)
            fail_msg("'%s' does not begin with '%s'", err.message, cases[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_the_object_that_kith_ask_prints),
        cmocka_unit_test(without_a_question_there_are_the_members_of_the_answer_alone),
        cmocka_unit_test(an_llm_that_failed_is_named),
        cmocka_unit_test(every_event_is_an_object_of_its_own),
        cmocka_unit_test(questions_are_read_with_their_ids_and_lines),
        cmocka_unit_test(wrong_questions_are_named_by_file_and_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
