/* test_lib_transfer.c - documents stored as they are, and the model of a collection. */
#include "test.h"

#include "scratch.h"

#include <kith/transfer.h>
#include <math.h>

static kith *open_with_collection(void **state)
{
    kith_error err = {0};
    kith *k = NULL;
    assert_ok(kith_open(*state, NULL, &k, &err));
    assert_ok(kith_collection_create(k, "c", NULL, &err));
    return k;
}

static void close_database(kith *k)
{
    kith_error err = {0};
    assert_ok(kith_close(k, &err));
}

static const float vectors[2][2] = {{1, -0.0F}, {1e-40F, 3}};
static const kith_point chunks[2] = {
    {.id = "d_0", .content = "one", .metadata = "{\"n\":1}", .vector = vectors[0], .dimension = 2},
    {.id = "d_1", .vector = vectors[1], .dimension = 2},
};
static const kith_whole_document sample = {.id = "d",
                                           .title = "Title",
                                           .source = "/a/file.txt",
                                           .metadata = "{\"x\":1.0}",
                                           .text = "one two",
                                           .chunks = chunks,
                                           .chunk_count = 2};

static void a_document_reads_back_as_it_was_stored(void **state)
{
    kith_error err = {0};
    kith_whole_document *got = NULL;
    kith *k = open_with_collection(state);
    assert_ok(kith_whole_documents_put(k, "c", &sample, 1, &err));
    assert_ok(kith_whole_document_get(k, "c", "d", &got, &err));
    assert_string_equal(got->title, "Title");
    assert_string_equal(got->source, "/a/file.txt");
    assert_string_equal(got->metadata, "{\"x\":1.0}");
    assert_string_equal(got->text, "one two");
    assert_int_equal(got->chunk_count, 2);
    assert_string_equal(got->chunks[0].content, "one");
    assert_string_equal(got->chunks[0].metadata, "{\"n\":1}");
    assert_null(got->chunks[1].content);
    for (int i = 0; i < 2; i++)
        assert_memory_equal(got->chunks[i].vector, vectors[i], sizeof vectors[i]);
    kith_whole_document_free(got);
    assert_status(KITH_ERR_NOT_FOUND, kith_whole_document_get(k, "c", "no", &got, &err));
    assert_status(KITH_ERR_NOT_FOUND, kith_whole_document_get(k, "no", "d", &got, &err));
    close_database(k);
}

/* What is wrong with one thing is told by its name, and nothing is stored. */
static void what_is_not_acceptable_is_refused_whole(void **state)
{
    kith_error err = {0};
    kith *k = open_with_collection(state);
    const float nan_vector[2] = {NAN, 1};
    kith_point bad[2] = {chunks[0], chunks[1]};
    kith_whole_document two[2] = {sample, sample};
    two[1].id = "e";
    two[1].chunks = bad;
    bad[0].id = "e_0";
    bad[1].id = "e_1";
    bad[1].vector = NULL;
    assert_status(KITH_ERR_INVALID, kith_whole_documents_put(k, "c", two, 2, &err));
    assert_non_null(strstr(err.message, "document 1 ('e'): chunk 1 ('e_1')"));
    bad[1].vector = nan_vector;
    assert_status(KITH_ERR_INVALID, kith_whole_documents_put(k, "c", two, 2, &err));
    bad[1].vector = vectors[1];
    bad[1].dimension = 1;
    assert_status(KITH_ERR_DIMENSION, kith_whole_documents_put(k, "c", two, 2, &err));
    bad[1].dimension = 2;
    bad[1].metadata = "{\"a\":{}}";
    assert_status(KITH_ERR_INVALID, kith_whole_documents_put(k, "c", two, 2, &err));
    bad[1].metadata = "{";
    assert_status(KITH_ERR_FORMAT, kith_whole_documents_put(k, "c", two, 2, &err));
    bad[1].metadata = NULL;
    bad[1].id = "e_0";
    assert_status(KITH_ERR_INVALID, kith_whole_documents_put(k, "c", two, 2, &err));
    bad[1].id = "d_0";
    assert_status(KITH_ERR_EXISTS, kith_whole_documents_put(k, "c", two, 2, &err));
    bad[1].id = NULL;
    assert_status(KITH_ERR_INVALID, kith_whole_documents_put(k, "c", two, 2, &err));
    const kith_whole_document same[2] = {sample, {.id = sample.id, .text = "another one"}};
    assert_status(KITH_ERR_INVALID, kith_whole_documents_put(k, "c", same, 2, &err));
    assert_non_null(strstr(err.message, "'d' comes twice"));
    assert_status(KITH_ERR_LIMIT, kith_whole_documents_put(k, "c", two, 0, &err));
    assert_status(KITH_ERR_NOT_FOUND, kith_whole_documents_put(k, "no", &sample, 1, &err));
    uint64_t count = 9;
    assert_ok(kith_count(k, "c", NULL, &count, &err));
    assert_int_equal(count, 0);
    close_database(k);
}

/* Its text to embed goes with it; where there is no model it may not wait. */
static void a_chunk_that_waits_reads_back_as_waiting(void **state)
{
    kith_error err = {0};
    kith_whole_document *got = NULL;
    kith *k = open_with_collection(state);
    kith_point some[2] = {chunks[0], chunks[1]};
    some[1].vector = NULL;
    some[1].content = "two";
    const char *const prefixes[2] = {NULL, "Title\n"};
    kith_whole_document partly = sample;
    partly.chunks = some;
    partly.waiting = prefixes;
    const kith_collection_model model = {2, "print\nname"};
    assert_status(KITH_ERR_INVALID, kith_whole_documents_put(k, "c", &partly, 1, &err));
    assert_non_null(strstr(err.message, "no model"));
    assert_ok(kith_collection_model_set(k, "c", &model, &err));
    assert_ok(kith_whole_documents_put(k, "c", &partly, 1, &err));
    assert_ok(kith_whole_document_get(k, "c", "d", &got, &err));
    assert_int_equal(got->chunk_count, 2);
    assert_null(got->waiting[0]);
    assert_memory_equal(got->chunks[0].vector, vectors[0], sizeof vectors[0]);
    assert_string_equal(got->waiting[1], "Title\n");
    assert_string_equal(got->chunks[1].content, "two");
    assert_null(got->chunks[1].vector);
    kith_whole_document_free(got);
    kith_selection all = {.size = sizeof all, .with_vectors = true};
    kith_records *records = NULL;
    assert_status(KITH_ERR_BUSY, kith_get(k, "c", &all, &records, &err));
    all.pass_waiting = true;
    assert_ok(kith_get(k, "c", &all, &records, &err));
    assert_non_null(records->records[0].vector);
    assert_null(records->records[1].vector);
    kith_records_free(records);
    close_database(k);
}

/* Nor is it found by a filter that is asked for again and again, which is kept as a list of rows from the second time on. */
static void a_chunk_that_waits_is_not_found_by_a_kept_filter(void **state)
{
    enum { CHUNKS = 40, EVERY = 10 };
    kith_error err = {0};
    kith *k = open_with_collection(state);
    static char ids[CHUNKS][8];
    kith_point some[CHUNKS];
    const char *waiting[CHUNKS] = {NULL};
    for (size_t i = 0; i < CHUNKS; i++) {
        (void)snprintf(ids[i], sizeof ids[i], "d_%zu", i);
        some[i] = (kith_point){.id = ids[i],
                               .content = "one",
                               .metadata = i % EVERY == 0 ? "{\"n\":9}" : "{\"n\":1}",
                               .vector = vectors[0],
                               .dimension = 2};
        if (i % (2 * EVERY) == 0) {
            some[i].vector = NULL;
            waiting[i] = "Title\n";
        }
    }
    const kith_whole_document partly = {
        .id = "d", .text = "one", .chunks = some, .chunk_count = CHUNKS, .waiting = waiting};
    const kith_collection_model model = {2, "print\nname"};
    assert_ok(kith_collection_model_set(k, "c", &model, &err));
    assert_ok(kith_whole_documents_put(k, "c", &partly, 1, &err));
    const kith_query q = {
        .vector = vectors[0], .dimension = 2, .k = CHUNKS, .where = "{\"n\":{\"$gt\":5}}"};
    for (int time = 0; time < 3; time++) {
        kith_hits *hits = NULL;
        assert_ok(kith_search(k, "c", &q, &hits, &err));
        assert_int_equal(hits->count, 2);
        assert_string_equal(hits->hits[0].id, "d_10");
        assert_string_equal(hits->hits[1].id, "d_30");
        kith_hits_free(hits);
    }
    close_database(k);
}

static void a_collection_gets_the_model_of_another(void **state)
{
    kith_error err = {0};
    kith_collection_model *got = NULL;
    kith *k = open_with_collection(state);
    const kith_collection_model model = {2, "print\nname"}, other = {2, "another"},
                                wider = {3, "print"}, too_wide = {KITH_DIMENSION_MAX + 1, ""};
    assert_ok(kith_collection_model_get(k, "c", &got, &err));
    assert_int_equal(got->dimension, 0);
    assert_string_equal(got->model, "");
    kith_collection_model_free(got);
    assert_ok(kith_collection_model_set(k, "c", &model, &err));
    assert_ok(kith_collection_model_set(k, "c", &model, &err));
    assert_ok(kith_collection_model_get(k, "c", &got, &err));
    assert_int_equal(got->dimension, 2);
    assert_string_equal(got->model, "print\nname");
    kith_collection_model_free(got);
    assert_status(KITH_ERR_MODEL, kith_collection_model_set(k, "c", &other, &err));
    assert_status(KITH_ERR_DIMENSION, kith_collection_model_set(k, "c", &wider, &err));
    assert_status(KITH_ERR_DIMENSION, kith_collection_model_set(k, "c", &too_wide, &err));
    assert_status(KITH_ERR_NOT_FOUND, kith_collection_model_set(k, "no", &model, &err));
    close_database(k);
}

static void a_model_is_a_text_of_three_lines_at_most(void **state)
{
    kith_error err = {0};
    kith *k = open_with_collection(state);
    char long_text[KITH_MODEL_MAX_BYTES + 2];
    memset(long_text, 'm', sizeof long_text);
    long_text[sizeof long_text - 1] = 0;
    const char *const bad[] = {"a\nb\nc\nd", "\na", "a\tb", "\xff", long_text};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const kith_collection_model model = {2, bad[i]};
        assert_status(KITH_ERR_INVALID, kith_collection_model_set(k, "c", &model, &err));
    }
    long_text[KITH_MODEL_MAX_BYTES] = 0;
    assert_ok(kith_collection_model_set(k, "c", &(kith_collection_model){2, long_text}, &err));
    close_database(k);
}

static void a_collection_of_the_callers_own_vectors_takes_no_model(void **state)
{
    kith_error err = {0};
    kith *k = open_with_collection(state);
    assert_ok(kith_put(k, "c", KITH_ADD, chunks, 2, &err));
    assert_status(KITH_ERR_MODEL,
                  kith_collection_model_set(k, "c", &(kith_collection_model){2, "m"}, &err));
    assert_ok(kith_collection_model_set(k, "c", &(kith_collection_model){2, ""}, &err));
    close_database(k);
}

#define with_directory(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_directory(a_document_reads_back_as_it_was_stored),
        with_directory(a_chunk_that_waits_reads_back_as_waiting),
        with_directory(a_chunk_that_waits_is_not_found_by_a_kept_filter),
        with_directory(what_is_not_acceptable_is_refused_whole),
        with_directory(a_collection_gets_the_model_of_another),
        with_directory(a_model_is_a_text_of_three_lines_at_most),
        with_directory(a_collection_of_the_callers_own_vectors_takes_no_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
