/* The limits of a call, tried at every check that it makes, by counting them: how it ends, and what
 * it leaves. And the sizes of option structures. */
#include "test.h"

#include "fake_endpoint.h"
#include "lib/options.h"
#include "model_for_test.h"
#include "os/clock.h"
#include "os/directory_turn.h"
#include "patience.h"
#include "scratch.h"

#include <kith/evaluate.h>
#include <kith/kith.h>
#include <stddef.h>

enum { DOCUMENTS = 40, POINTS = 400 };

typedef struct bench {
    kith_embedder *embedder;
    kith *k;
    char *directory;
} bench;

static int setup(void **state)
{
    bench *b = calloc(1, sizeof *b);
    void *directory = NULL;
    kith_error err = {0};
    if (!b || scratch_setup(&directory) != 0) return -1;
    b->embedder = open_model();
    assert_ok(kith_open(directory, &(kith_options){.embedder = b->embedder}, &b->k, &err));
    b->directory = directory;
    *state = b;
    return 0;
}

static int teardown(void **state)
{
    bench *b = *state;
    kith_error err = {0};
    assert_ok(kith_close(b->k, &err));
    kith_embedder_free(b->embedder);
    free(b->directory);
    free(b);
    return 0;
}

static void put_points(kith *k)
{
    kith_error err = {0};
    static const float vector[] = {1, 0};
    kith_point points[POINTS];
    char ids[POINTS][16];
    for (int i = 0; i < POINTS; i++) {
        (void)snprintf(ids[i], sizeof ids[i], "p%d", i);
        points[i] = (kith_point){.id = ids[i],
                                 .content = "some words of content",
                                 .metadata = "{\"a\":1}",
                                 .vector = vector,
                                 .dimension = 2};
    }
    assert_ok(kith_put(k, "points", KITH_ADD, points, POINTS, &err));
}

static size_t count_points(kith *k)
{
    kith_error err = {0};
    kith_records *records = NULL;
    assert_ok(kith_get(k, "points", NULL, &records, &err));
    size_t count = records->count;
    kith_records_free(records);
    return count;
}

/* A call whose caller gives up at the check number `left`, or sleeps in each check. */
typedef struct patience {
    int left;
    uint32_t sleep_ms;
} patience;

static int ask_caller(void *context)
{
    patience *p = context;
    clock_sleep_ms(p->sleep_ms);
    return --p->left < 0;
}

typedef kith_status (*attempt)(bench *b, const kith_call *call, kith_error *err);

static kith_status get_all(bench *b, const kith_call *call, kith_error *err)
{
    kith_records *records = NULL;
    kith_status status = kith_get(b->k, "points", &(kith_selection){.call = call}, &records, err);
    assert_true((status == KITH_OK) == (records != NULL));
    kith_records_free(records);
    return status;
}

static kith_status get_where(bench *b, const kith_call *call, kith_error *err)
{
    kith_records *records = NULL;
    kith_status status = kith_get(
        b->k, "points", &(kith_selection){.where = "{\"a\":1}", .call = call}, &records, err);
    assert_true((status == KITH_OK) == (records != NULL));
    kith_records_free(records);
    return status;
}

static kith_status search(bench *b, const kith_call *call, kith_error *err)
{
    kith_hits *hits = NULL;
    const float vector[] = {1, 0};
    const kith_query q = {.vector = vector, .dimension = 2, .k = 300, .call = call};
    kith_status status = kith_search(b->k, "points", &q, &hits, err);
    assert_true((status == KITH_OK) == (hits != NULL));
    kith_hits_free(hits);
    return status;
}

static kith_status embed(bench *b, const kith_call *call, kith_error *err)
{
    const char *texts[200];
    for (int i = 0; i < 200; i++)
        texts[i] = "word";
    kith_embeddings *e = NULL;
    kith_status status =
        kith_embed(b->embedder, texts, 200, &(kith_embed_options){.call = call}, &e, err);
    assert_true((status == KITH_OK) == (e != NULL));
    kith_embeddings_free(e);
    return status;
}

static kith_status ask(bench *b, const kith_call *call, kith_error *err)
{
    kith_answer *answer = NULL;
    const kith_ask_options o = {.no_cache = true, .call = call};
    kith_status status =
        kith_ask(b->k, "documents", "How long are backups kept?", &o, &answer, err);
    assert_true((status == KITH_OK) == (answer != NULL));
    kith_answer_free(answer);
    return status;
}

static kith_status list_documents(bench *b, const kith_call *call, kith_error *err)
{
    kith_documents *documents = NULL;
    kith_status status =
        kith_documents_list(b->k, "documents", &(kith_page){.call = call}, &documents, err);
    kith_documents_free(documents);
    return status;
}

/* At every check, from the first on, until the call makes no more: at least `least`. */
static void check_cancelled_everywhere(bench *b, attempt run, int least)
{
    kith_error err = {0};
    int checks = 0;
    for (kith_status status = KITH_ERR_CANCELLED; status != KITH_OK; checks++) {
        patience p = {.left = checks};
        status = run(b, &(kith_call){.is_cancelled = ask_caller, .context = &p}, &err);
        assert_true(status == KITH_OK || status == KITH_ERR_CANCELLED);
        assert_true(checks < 1000);
    }
    if (checks <= least) fail_msg("only %d checks", checks - 1);
}

static void check_limits(bench *b, attempt run, int least)
{
    kith_error err = {0};
    check_cancelled_everywhere(b, run, least);
    patience slow = {.left = 1000, .sleep_ms = 5};
    assert_status(
        KITH_ERR_TIMEOUT,
        run(b, &(kith_call){.timeout_ms = 1, .is_cancelled = ask_caller, .context = &slow}, &err));
    assert_non_null(strstr(err.message, "timeout_ms, 1 ms"));
    assert_status(KITH_ERR_LIMIT, run(b, &(kith_call){.max_bytes = 64}, &err));
    assert_non_null(strstr(err.message, "max_bytes, 64"));
    assert_ok(run(b, &(kith_call){.timeout_ms = 3600 * 1000, .max_bytes = 64 << 20}, &err));
}

static void reading_calls_end_at_every_check_and_within_their_budget(void **state)
{
    bench *b = *state;
    kith_error err = {0};
    const kith_document document = {.id = "a", .content = "Backups are kept for thirty days."};
    assert_ok(kith_collection_create(b->k, "points", NULL, &err));
    put_points(b->k);
    assert_ok(kith_ingest(b->k, "documents", &document, 1, NULL, NULL, &err));
    check_limits(b, get_all, 5);
    check_limits(b, get_where, 3);
    check_limits(b, search, 3);
    check_limits(b, embed, 4);
    check_limits(b, ask, 4);
    check_limits(b, list_documents, 1);
}

static void a_deletion_that_is_stopped_deletes_nothing(void **state)
{
    bench *b = *state;
    kith_error err = {0};
    assert_ok(kith_collection_create(b->k, "points", NULL, &err));
    put_points(b->k);
    int checks = 0;
    for (kith_status status = KITH_ERR_CANCELLED; status != KITH_OK; checks++) {
        patience p = {.left = checks};
        const kith_call call = {.is_cancelled = ask_caller, .context = &p};
        size_t deleted = 77;
        assert_int_equal(count_points(b->k), POINTS);
        status = kith_delete(b->k, "points", &(kith_selection){.where = "{\"a\":1}", .call = &call},
                             &deleted, &err);
        assert_true(status == KITH_OK || status == KITH_ERR_CANCELLED);
        assert_int_equal(deleted, status == KITH_OK ? POINTS : 77);
    }
    assert_true(checks > 8);
    assert_int_equal(count_points(b->k), 0);
}

static void a_put_that_is_stopped_writes_nothing(void **state)
{
    bench *b = *state;
    kith_error err = {0};
    kith_point points[100];
    char ids[100][16];
    assert_ok(kith_collection_create(b->k, "points", NULL, &err));
    for (int i = 0; i < 100; i++) {
        (void)snprintf(ids[i], sizeof ids[i], "p%d", i);
        points[i] = (kith_point){.id = ids[i], .content = "word"};
    }
    int checks = 0;
    for (kith_status status = KITH_ERR_CANCELLED; status != KITH_OK; checks++) {
        patience p = {.left = checks};
        const kith_call call = {.is_cancelled = ask_caller, .context = &p};
        assert_int_equal(count_points(b->k), 0);
        status =
            kith_put_with(b->k, "points", &(kith_put_options){.call = &call}, points, 100, &err);
        assert_true(status == KITH_OK || status == KITH_ERR_CANCELLED);
    }
    assert_true(checks >= 4); // at the beginning, before each of two slices, before writing
    assert_int_equal(count_points(b->k), 100);
    assert_status(KITH_ERR_INVALID,
                  kith_put_with(b->k, "points", &(kith_put_options){.size = 1}, points, 100, &err));
}

static int count_stored(void *context, const kith_ingest_event *event)
{
    size_t *stored = context;
    *stored += event->outcome == KITH_ADDED;
    return 0;
}

static void an_ingestion_that_is_stopped_has_stored_what_it_reported(void **state)
{
    bench *b = *state;
    kith_error err = {0};
    kith_document documents[DOCUMENTS];
    char ids[DOCUMENTS][16];
    for (int i = 0; i < DOCUMENTS; i++) {
        (void)snprintf(ids[i], sizeof ids[i], "d%d", i);
        documents[i] =
            (kith_document){.id = ids[i], .content = "Backups are kept for thirty days."};
    }
    bool finished = false;
    for (int checks = 0; !finished; checks += 7) {
        patience p = {.left = checks};
        const kith_call call = {.is_cancelled = ask_caller, .context = &p};
        size_t stored = 0;
        char name[16];
        (void)snprintf(name, sizeof name, "c%d", checks);
        const kith_ingest_options o = {.on_event = count_stored, .context = &stored, .call = &call};
        kith_status status = kith_ingest(b->k, name, documents, DOCUMENTS, &o, NULL, &err);
        finished = status == KITH_OK;
        assert_true(finished || status == KITH_ERR_CANCELLED);
        kith_documents *list = NULL;
        status = kith_documents_list(b->k, name, NULL, &list, &err);
        // Stopped before anything began, there is not even the collection.
        assert_true(status == KITH_OK || (status == KITH_ERR_NOT_FOUND && stored == 0));
        if (list) assert_int_equal(list->count, stored);
        kith_documents_free(list);
    }
    patience slow = {.left = 1000, .sleep_ms = 5};
    const kith_call call = {.timeout_ms = 1, .is_cancelled = ask_caller, .context = &slow};
    assert_status(KITH_ERR_TIMEOUT, kith_ingest(b->k, "late", documents, DOCUMENTS,
                                                &(kith_ingest_options){.call = &call}, NULL, &err));
}

/* The limit is checked each WRITER_CHECK_MS of the wait, and far less often before it. */
static void an_ingestion_gives_up_waiting_for_another_process(void **state)
{
    enum { CHECKS = 100 };
    bench *b = *state;
    kith_error err = {0};
    directory_turn *theirs = NULL;
    kith_ingest_report report = {0};
    const kith_document document = {.id = "a", .content = "Backups are kept for thirty days."};
    assert_ok(kith_ingest(b->k, "c", &document, 1, NULL, NULL, &err));
    assert_ok(directory_turn_new(b->directory, patience_ms(10000), &theirs, &err));
    assert_ok(directory_turn_enter(theirs, TURN_WAIT, &err));
    patience p = {.left = CHECKS};
    const kith_call call = {.is_cancelled = ask_caller, .context = &p};
    const kith_ingest_options o = {.call = &call};
    assert_status(KITH_ERR_CANCELLED, kith_ingest(b->k, "c", &document, 1, &o, &report, &err));
    assert_int_equal(report.processed, 0);
    assert_int_equal(report.errors, 0);
    directory_turn_leave(theirs);
    directory_turn_free(theirs);
    assert_ok(kith_ingest(b->k, "c", &document, 1, NULL, &report, &err));
    assert_int_equal(report.processed, 1);
}

static void a_caller_can_leave_an_llm_that_never_answers(void **state)
{
    bench *b = *state;
    kith_error err = {0};
    kith_answer *answer = NULL;
    const kith_document document = {.id = "a", .content = "Backups are kept for thirty days."};
    assert_ok(kith_ingest(b->k, "documents", &document, 1, NULL, NULL, &err));
    fake_endpoint *silent = fake_endpoint_new("127.0.0.1");
    fake_endpoint_raw(silent, "", 0)->hangs = true;
    fake_endpoint_start(silent);
    const kith_llm llm = {.base_url = fake_endpoint_url(silent),
                          .api_key = "key",
                          .model = "m",
                          .temperature = -1,
                          .timeout_ms = 3600 * 1000};
    patience p = {.left = 20};
    kith_call call = {.is_cancelled = ask_caller, .context = &p};
    const kith_ask_options o = {.llm = &llm, .no_cache = true, .call = &call};
    assert_status(KITH_ERR_CANCELLED,
                  kith_ask(b->k, "documents", "How long are backups kept?", &o, &answer, &err));
    call = (kith_call){.timeout_ms = 300};
    assert_status(KITH_ERR_TIMEOUT,
                  kith_ask(b->k, "documents", "How long are backups kept?", &o, &answer, &err));
    assert_non_null(strstr(err.message, "timeout_ms"));
    assert_null(answer);
    fake_endpoint_free(silent);
}

/* ---- sizes ---- */

/* A structure as it was first, and as it is once it has grown. */
typedef struct first_form {
    size_t size;
    uint32_t a, b;
} first_form;
typedef struct grown_form {
    size_t size;
    uint32_t a, b;
    uint64_t c;
} grown_form;

static const options_shape grown = {"grown", sizeof(first_form), sizeof(grown_form)};

static void a_smaller_structure_is_filled_up_with_zeros(void **state)
{
    (void)state;
    kith_error err = {0};
    grown_form got = {.c = 9};
    // What lies behind a structure of the first form is not read.
    const grown_form old = {.a = 1, .b = 2, .c = 3};
    assert_ok(options_adopt(&grown, &old, &got, &err)); // size 0
    assert_int_equal(got.a + got.b, 3);
    assert_int_equal(got.c, 0);
    const first_form sized = {.size = sizeof sized, .a = 4};
    assert_ok(options_adopt(&grown, &sized, &got, &err));
    assert_int_equal(got.a, 4);
    const grown_form newest = {.size = sizeof newest, .a = 5, .c = 6};
    assert_ok(options_adopt(&grown, &newest, &got, &err));
    assert_int_equal(got.c, 6);
    got.c = 7;
    assert_ok(options_adopt(&grown, NULL, &got, &err));
    assert_int_equal(got.a + got.c, 0);
}

static void a_size_that_cannot_be_and_members_of_a_newer_kith_are_refused(void **state)
{
    (void)state;
    kith_error err = {0};
    static const options_shape first = {"first", sizeof(first_form), sizeof(first_form)};
    first_form got = {.a = 9};
    grown_form newer = {.size = sizeof newer, .a = 1};
    assert_ok(options_adopt(&first, &newer, &got, &err));
    assert_int_equal(got.a, 1);
    newer.c = 1;
    assert_status(KITH_ERR_UNSUPPORTED, options_adopt(&first, &newer, &got, &err));
    assert_non_null(strstr(err.message, "first: byte 16"));
    newer.size = 8;
    assert_status(KITH_ERR_INVALID, options_adopt(&first, &newer, &got, &err));
    assert_int_equal(got.a, 1);
}

static void a_policy_of_truncation_that_there_is_not_is_refused(void **state)
{
    const bench *b = *state;
    kith_error err = {0};
    kith_embeddings *made = NULL;
    const char *text = "a text";
    kith_call call = {.size = sizeof call, .truncation = 3};
    const kith_embed_options options = {.size = sizeof options, .call = &call};
    assert_status(KITH_ERR_INVALID, kith_embed(b->embedder, &text, 1, &options, &made, &err));
    assert_non_null(strstr(err.message, "kith_truncation 3"));
    call.size = 0; // the first release's, which had no such member
    assert_ok(kith_embed(b->embedder, &text, 1, &options, &made, &err));
    kith_embeddings_free(made);
}

static void every_structure_with_a_size_is_checked(void **state)
{
    bench *b = *state;
    kith_error err = {0};
    kith *k = NULL;
    kith_records *records = NULL;
    kith_hits *hits = NULL;
    kith_answer *answer = NULL;
    kith_embeddings *embeddings = NULL;
    kith_documents *documents = NULL;
    kith_files *files = NULL;
    const char *text = "t";
    const kith_call call = {.size = 1};
    assert_status(KITH_ERR_INVALID, kith_open("x", &(kith_options){.size = 1}, &k, &err));
    assert_status(KITH_ERR_INVALID,
                  kith_get(b->k, "c", &(kith_selection){.size = 1}, &records, &err));
    assert_status(KITH_ERR_INVALID,
                  kith_get(b->k, "c", &(kith_selection){.call = &call}, &records, &err));
    assert_non_null(strstr(err.message, "kith_call"));
    assert_status(KITH_ERR_INVALID,
                  kith_delete(b->k, "c", &(kith_selection){.size = 1}, NULL, &err));
    assert_status(KITH_ERR_INVALID, kith_search(b->k, "c", &(kith_query){.size = 1}, &hits, &err));
    assert_status(KITH_ERR_INVALID,
                  kith_ask(b->k, "c", "q", &(kith_ask_options){.size = 1}, &answer, &err));
    assert_status(
        KITH_ERR_INVALID,
        kith_embed(b->embedder, &text, 1, &(kith_embed_options){.size = 1}, &embeddings, &err));
    assert_status(KITH_ERR_INVALID,
                  kith_ingest(b->k, "c", NULL, 0, &(kith_ingest_options){.size = 1}, NULL, &err));
    assert_status(KITH_ERR_INVALID,
                  kith_watch(b->k, "c", NULL, 0, &(kith_ingest_options){.size = 1}, NULL, &err));
    assert_status(KITH_ERR_INVALID,
                  kith_documents_list(b->k, "c", &(kith_page){.size = 1}, &documents, &err));
    assert_status(KITH_ERR_INVALID,
                  kith_files_list(b->k, "c", &(kith_page){.size = 1}, &files, &err));
    assert_non_null(strstr(err.message, "kith_page: size is 1"));
}

/* A program that was compiled before the member was there has a smaller structure, and may leave its
 * size 0. What lies behind that is not its own. */
static void the_options_of_an_ingestion_may_be_those_before_languages(void **state)
{
    bench *b = *state;
    kith_error err = {0};
    kith_ingest_options o = {.dry_run = true, .ocr_languages = "no such language"};
    const kith_document document = {.id = "a", .content = "Backups are kept for thirty days."};
    assert_ok(kith_ingest(b->k, "c", &document, 1, &o, NULL, &err));
    o.size = offsetof(kith_ingest_options, ocr_languages);
    assert_ok(kith_ingest(b->k, "c", &document, 1, &o, NULL, &err));
    o.size = sizeof o;
    assert_status(KITH_ERR_INVALID, kith_ingest(b->k, "c", &document, 1, &o, NULL, &err));
}

static void every_structure_that_another_one_points_to_is_checked(void **state)
{
    bench *b = *state;
    kith_error err = {0};
    kith_embedder *e = NULL;
    kith_hits *hits = NULL;
    kith_answer *answer = NULL;
    kith_chunks *chunks = NULL;
    kith_evaluation *evaluation = NULL;
    const kith_eval_question question = {.question = "q"};
    const char *path = "f";
    const kith_chunk_options chunk = {.size = 1};
    const kith_ingest_options ingest = {.chunk = &chunk};
    const kith_reranker rerank = {.size = 1};
    const kith_llm llm = {.size = 1};
    const kith_ask_options ask = {.llm = &llm};
    assert_status(KITH_ERR_INVALID,
                  kith_embedder_open(&(kith_embedder_options){.size = 1}, &e, &err));
    assert_non_null(strstr(err.message, "kith_embedder_options: size is 1"));
    assert_status(KITH_ERR_INVALID, kith_chunk_file(NULL, path, &chunk, &chunks, &err));
    assert_non_null(strstr(err.message, "kith_chunk_options: size is 1"));
    assert_status(KITH_ERR_INVALID, kith_ingest(b->k, "c", NULL, 0, &ingest, NULL, &err));
    assert_status(KITH_ERR_INVALID, kith_ingest_paths(b->k, "c", &path, 1, &ingest, NULL, &err));
    assert_status(KITH_ERR_INVALID, kith_watch(b->k, "c", &path, 1, &ingest, NULL, &err));
    assert_non_null(strstr(err.message, "kith_chunk_options: size is 1"));
    assert_status(
        KITH_ERR_INVALID,
        kith_search(b->k, "c", &(kith_query){.text = "t", .rerank = &rerank}, &hits, &err));
    assert_non_null(strstr(err.message, "kith_reranker: size is 1"));
    assert_status(KITH_ERR_INVALID, kith_ask(b->k, "c", "q", &ask, &answer, &err));
    assert_status(KITH_ERR_INVALID, kith_conversation_ask(b->k, 1, "q", &ask, &answer, &err));
    assert_status(KITH_ERR_INVALID,
                  kith_evaluate(b->k, "c", &question, 1, &(kith_eval_options){.ask = &ask},
                                &evaluation, &err));
    assert_non_null(strstr(err.message, "kith_llm: size is 1"));
}

#define with_bench(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_bench(reading_calls_end_at_every_check_and_within_their_budget),
        with_bench(a_deletion_that_is_stopped_deletes_nothing),
        with_bench(a_put_that_is_stopped_writes_nothing),
        with_bench(an_ingestion_that_is_stopped_has_stored_what_it_reported),
        with_bench(an_ingestion_gives_up_waiting_for_another_process),
        with_bench(a_caller_can_leave_an_llm_that_never_answers),
        cmocka_unit_test(a_smaller_structure_is_filled_up_with_zeros),
        cmocka_unit_test(a_size_that_cannot_be_and_members_of_a_newer_kith_are_refused),
        with_bench(a_policy_of_truncation_that_there_is_not_is_refused),
        with_bench(every_structure_with_a_size_is_checked),
        with_bench(the_options_of_an_ingestion_may_be_those_before_languages),
        with_bench(every_structure_that_another_one_points_to_is_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
