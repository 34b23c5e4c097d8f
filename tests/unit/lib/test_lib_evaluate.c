/* Evaluating and listing documents as a program calls them, without a model. */
#include "test.h"

#include "scratch.h"

#include <kith/evaluate.h>

static kith *open_scratch(void **state)
{
    kith_error err = {0};
    kith *k = NULL;
    assert_ok(kith_open(*state, NULL, &k, &err));
    return k;
}

static void documents_of_no_collection_are_not_found_and_of_an_empty_one_none(void **state)
{
    kith_error err = {0};
    kith *k = open_scratch(state);
    kith_documents *documents = NULL;
    assert_status(KITH_ERR_NOT_FOUND, kith_documents_list(k, "absent", NULL, &documents, &err));
    assert_null(documents);
    assert_ok(kith_collection_create(k, "empty", NULL, &err));
    assert_ok(kith_documents_list(k, "empty", NULL, &documents, &err));
    assert_int_equal(documents->count, 0);
    kith_documents_free(documents);
    kith_documents_free(NULL);
    assert_ok(kith_close(k, &err));
}

static void questions_need_an_embedder(void **state)
{
    kith_error err = {0};
    kith *k = open_scratch(state);
    kith_evaluation *evaluation = NULL;
    kith_eval_question question = {.question = "Who?"};
    assert_ok(kith_collection_create(k, "empty", NULL, &err));
    assert_status(KITH_ERR_MODEL, kith_evaluate(k, "empty", &question, 1, NULL, &evaluation, &err));
    assert_null(evaluation);
    kith_evaluation_free(NULL);
    assert_ok(kith_close(k, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            documents_of_no_collection_are_not_found_and_of_an_empty_one_none, scratch_setup,
            scratch_teardown),
        cmocka_unit_test_setup_teardown(questions_need_an_embedder, scratch_setup,
                                        scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
