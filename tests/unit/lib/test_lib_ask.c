/* A question to an LLM that never answers: bounded time, a typed error, and the sources. */
#include "test.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            an_endpoint_that_never_answers_costs_the_answer_and_not_the_sources, scratch_setup,
            scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
