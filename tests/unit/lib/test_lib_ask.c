/* A question to an LLM that never answers: bounded time, a typed error, and the sources. */
#include "test.h"

#include "base/buffer.h"
#include "fake_endpoint.h"
#include "model_for_test.h"
#include "scratch.h"

#include <kith/kith.h>
#include <time.h>

enum { SILENCE_MS = 300, BOUND_S = 30 };

static int64_t now_s(void)
{
    struct timespec now;
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
    return now.tv_sec;
}

static void an_endpoint_that_never_answers_costs_the_answer_and_not_the_sources(void **state)
{
    kith_error err = {0};
    kith *k = NULL;
    kith_answer *answer = NULL;
    kith_embedder *e = open_model();
    kith_document document = {.id = "a", .content = "Backups are kept for thirty days."};
    assert_ok(kith_open(*state, &(kith_options){.embedder = e}, &k, &err));
    assert_ok(kith_ingest(k, "c", &document, 1, NULL, NULL, &err));

    fake_endpoint *silent = fake_endpoint_new("127.0.0.1");
    fake_endpoint_raw(silent, "", 0)->hangs = true;
    fake_endpoint_start(silent);
    kith_llm llm = {.base_url = fake_endpoint_url(silent),
                    .api_key = "key",
                    .model = "m",
                    .temperature = -1,
                    .timeout_ms = SILENCE_MS};
    int64_t start = now_s();
    assert_ok(kith_ask(k, "c", "How long are backups kept?", &(kith_ask_options){.llm = &llm},
                       &answer, &err));
    assert_true(now_s() - start < BOUND_S);
    assert_int_equal(answer->llm_status, KITH_ERR_TIMEOUT);
    assert_non_null(strstr(answer->llm_error, "silent"));
    assert_int_equal(answer->passage_count, 1);
    assert_string_equal(answer->passages[0].document, "a");
    kith_answer_free(answer);
    fake_endpoint_free(silent);
    assert_ok(kith_close(k, &err));
    kith_embedder_free(e);
}

/* The key of such an answer would be too large: it is not kept, and the question is no worse. */
static void a_question_with_a_filter_too_long_to_keep_is_answered_each_time(void **state)
{
    enum { FILTER_BYTES = 3 << 20 };
    kith_error err = {0};
    kith *k = NULL;
    kith_embedder *e = open_model();
    const kith_document document = {.id = "a", .content = "Backups are kept for thirty days."};
    buffer where;
    buffer_init(&where, FILTER_BYTES + 100);
    buffer_append_text(&where, "{\"#id\":{\"$nin\":[\"absent\"");
    while (where.size < FILTER_BYTES)
        buffer_append_text(&where, ",\"absent, and of a name as long as the names of files are\"");
    buffer_append_text(&where, "]}}");
    buffer_append_byte(&where, '\0');
    assert_int_equal(where.failed, KITH_OK);
    assert_ok(kith_open(*state, &(kith_options){.embedder = e}, &k, &err));
    assert_ok(kith_ingest(k, "c", &document, 1, NULL, NULL, &err));
    for (int i = 0; i < 2; i++) {
        kith_answer *answer = NULL;
        const kith_ask_options o = {.where = where.data};
        assert_ok(kith_ask(k, "c", "How long are backups kept?", &o, &answer, &err));
        assert_int_equal(answer->passage_count, 1);
        assert_false(answer->cached);
        kith_answer_free(answer);
    }
    buffer_done(&where);
    assert_ok(kith_close(k, &err));
    kith_embedder_free(e);
}

static int note_rewritten(void *context, const kith_ask_event *event)
{
    char *searched = context;
    if (event->kind == KITH_ASK_REWRITTEN) (void)snprintf(searched, 200, "%s", event->text);
    return 0;
}

/* Asks after the exchanges; what was searched for is `expected`, "" for the question as it is. */
static void check_searched(kith *k, const kith_exchange *before, size_t count, const char *question,
                           const char *expected)
{
    kith_error err = {0};
    char told[200] = "";
    kith_answer *answer = NULL;
    kith_ask_options options = {.size = sizeof options,
                                .before = before,
                                .before_count = count,
                                .on_event = note_rewritten,
                                .context = told};
    assert_ok(kith_ask(k, "c", question, &options, &answer, &err));
    assert_string_equal(answer->searched, expected);
    assert_string_equal(told, expected);
    kith_answer_free(answer);
}

static void a_question_is_completed_from_what_the_caller_says_was_said_before(void **state)
{
    kith_error err = {0};
    kith *k = NULL;
    kith_answer *answer = NULL;
    kith_embedder *e = open_model();
    const kith_document document = {
        .id = "a", .content = "Backups are kept for thirty days. They go to a second building."};
    assert_ok(kith_open(*state, &(kith_options){.embedder = e}, &k, &err));
    assert_ok(kith_ingest(k, "c", &document, 1, NULL, NULL, &err));
    kith_exchange before[40] = {{"How long are backups kept?", "Thirty days [1]."},
                                {"And where?", NULL}};
    check_searched(k, before, 1, "And where are they written?",
                   "And where are they written? backups kept");
    // The subject is carried through a question that has none of its own.
    check_searched(k, before, 2, "And why?", "And why? backups kept");
    check_searched(k, before, 1, "How much does a dairy cow drink in Holland?", "");
    // Beyond the turns that are looked at nothing is read.
    before[2] = (kith_exchange){NULL, NULL};
    for (size_t i = 3; i < 40; i++)
        before[i] = before[0];
    check_searched(k, before, 40, "And why?", "And why? backups kept");

    assert_status(KITH_ERR_INVALID,
                  kith_ask(k, "c", "And why?",
                           &(kith_ask_options){.before = before, .before_count = 3}, &answer,
                           &err));
    assert_non_null(strstr(err.message, "question 2"));
    uint64_t id = 0;
    assert_ok(kith_conversation_create(k, "c", &id, &err));
    assert_status(KITH_ERR_INVALID,
                  kith_conversation_ask(k, id, "And why?",
                                        &(kith_ask_options){.before = before, .before_count = 1},
                                        &answer, &err));
    assert_ok(kith_close(k, &err));
    kith_embedder_free(e);
}

static void an_llm_without_a_model_is_refused(void **state)
{
    kith_error err = {0};
    kith *k = NULL;
    kith_answer *answer = NULL;
    kith_llm llm = {.base_url = "http://127.0.0.1:1"};
    const kith_ask_options options = {.llm = &llm};
    assert_ok(kith_open(*state, NULL, &k, &err));
    assert_status(KITH_ERR_INVALID, kith_ask(k, "c", "Why?", &options, &answer, &err));
    assert_non_null(strstr(err.message, "model"));
    llm.model = "";
    assert_status(KITH_ERR_INVALID, kith_ask(k, "c", "Why?", &options, &answer, &err));
    assert_null(answer);
    assert_ok(kith_close(k, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_question_with_a_filter_too_long_to_keep_is_answered_each_time, scratch_setup,
            scratch_teardown),
        cmocka_unit_test_setup_teardown(
            an_endpoint_that_never_answers_costs_the_answer_and_not_the_sources, scratch_setup,
            scratch_teardown),
        cmocka_unit_test_setup_teardown(
            a_question_is_completed_from_what_the_caller_says_was_said_before, scratch_setup,
            scratch_teardown),
        cmocka_unit_test_setup_teardown(an_llm_without_a_model_is_refused, scratch_setup,
                                        scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
