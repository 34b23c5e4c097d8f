/* A passage with its neighbors, of chunks and metadata that any client may have put; and the quotes
 * of what begins in the chunk before. */
#include "test.h"

#include "model_for_test.h"
#include "scratch.h"

#include "answer/extractive.h"
#include "answer/passage_text.h"
#include "base/utf8.h"
#include "db/database.h"

enum { DIM = 384 };

/* The document's text, and its chunks: code points [0, 36), [36, 78). */
#define BEFORE "The mill is old. The great bell weig"
#define BEHIND "\n  hs 4200 kilograms. Nobody rings it now."

typedef struct fixture {
    void *scratch;
    database *database;
    collection *collection;
    embedder *embedder;
    arena memory;
} fixture;

static void put_chunks(fixture *f)
{
    static float vectors[2][DIM];
    kith_error err = {0};
    vectors[0][0] = vectors[1][1] = 1;
    const store_point points[] = {
        {.key = VIEW("d_0"),
         .content = VIEW(BEFORE),
         .metadata = VIEW("{\"char_end\":36,\"char_start\":0,\"chunk_index\":0}"),
         .vector = vectors[0]},
        {.key = VIEW("d_1"),
         .content = VIEW(BEHIND),
         .metadata = VIEW("{\"char_end\":78,\"char_start\":36,\"chunk_index\":1}"),
         .vector = vectors[1]}};
    const store_document d = {.key = VIEW("d"),
                              .title = VIEW(""),
                              .metadata = VIEW("{}"),
                              .text = VIEW(BEFORE BEHIND),
                              .points = points,
                              .point_count = 2};
    assert_ok(collection_put_documents(f->collection, NULL, &d, 1, DIM, VIEW(""), &err));
}

static int fixture_setup(void **state)
{
    kith_error err = {0};
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    assert_int_equal(scratch_setup(&f->scratch), 0);
    assert_ok(database_open(f->scratch, false, &f->database, &err));
    assert_ok(database_ensure_collection(f->database, VIEW("c"), &f->collection, &err));
    f->embedder = open_model();
    arena_init(&f->memory, 0);
    put_chunks(f);
    *state = f;
    return 0;
}

static int fixture_teardown(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    arena_done(&f->memory);
    embedder_free(f->embedder);
    database_release_collection(f->collection);
    assert_ok(database_close(f->database, &err));
    int failed = scratch_teardown(&f->scratch);
    free(f);
    return failed;
}

static retrieval found_one(kith_passage *p)
{
    static const float score = 1;
    return (retrieval){.passages = p, .count = 1, .scores = &score, .searched = 2};
}

static kith_passage second_chunk(const char *metadata)
{
    return (kith_passage){.id = "d_1",
                          .document = "d",
                          .source = "",
                          .content = BEHIND,
                          .metadata = metadata,
                          .heading = "",
                          .place = "",
                          .lead_in = "",
                          .relevance = 0.8F,
                          .start = 36,
                          .end = 78};
}

static void a_passage_is_joined_with_the_chunk_before_it(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    passage_text *texts = NULL;
    kith_passage p = second_chunk("{\"char_end\":78,\"char_start\":36,\"chunk_index\":1}");
    retrieval found = found_one(&p);
    assert_ok(passage_texts_read(f->collection, &found, 1, &f->memory, &texts, &err));
    assert_true(view_equal(texts[0].text, VIEW(BEFORE BEHIND)));
    assert_int_equal(texts[0].start, 36);
    assert_int_equal(texts[0].end, texts[0].text.size);
}

static void numbers_that_no_chunk_has_are_no_places(void **state)
{
    static const char *const indexes[] = {"9223372036854775807",
                                          "9223372036854775806",
                                          "4294967296",
                                          "-1",
                                          "-9223372036854775808",
                                          "1.5",
                                          "\"1\""};
    fixture *f = *state;
    for (size_t i = 0; i < sizeof indexes / sizeof *indexes; i++)
        for (int which = 0; which < 3; which++) {
            kith_error err = {0};
            passage_text *texts = NULL;
            const char *const one[] = {which == 0 ? indexes[i] : "36",
                                       which == 1 ? indexes[i] : "78",
                                       which == 2 ? indexes[i] : "1"};
            kith_passage p = second_chunk(
                arena_printf(&f->memory, "{\"char_start\":%s,\"char_end\":%s,\"chunk_index\":%s}",
                             one[0], one[1], one[2]));
            retrieval found = found_one(&p);
            assert_ok(passage_texts_read(f->collection, &found, PASSAGE_REACH_MAX, &f->memory,
                                         &texts, &err));
            assert_true(view_equal(texts[0].text, VIEW(BEHIND)));
        }
}

static void a_quote_of_what_begins_in_the_chunk_before_stays_in_its_passage(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    extractive_answer answer = {0};
    kith_passage p = second_chunk("{\"char_end\":78,\"char_start\":36,\"chunk_index\":1}");
    retrieval found = found_one(&p);
    assert_ok(answer_from_sentences(f->collection, f->embedder,
                                    VIEW("How many kilograms has the great bell?"), &found,
                                    &f->memory, &answer, &err));
    assert_false(answer.refused);
    assert_int_equal(answer.citation_count, 1);
    const kith_citation *c = &answer.citations[0];
    assert_string_equal(c->quote, "hs 4200 kilograms.");
    assert_int_equal(c->start, 39); // behind the white space that the chunk begins with
    assert_int_equal(c->end, c->start + utf8_count(view_of(c->quote)));
}

static void a_neighbor_that_is_far_too_large_is_left_out(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    passage_text *texts = NULL;
    char *large = arena_new(&f->memory, PASSAGE_NEIGHBOR_MAX_BYTES + 2);
    static float vector[DIM] = {[2] = 1};
    memset(large, 'x', PASSAGE_NEIGHBOR_MAX_BYTES + 1);
    const char *metadata =
        arena_printf(&f->memory, "{\"char_end\":%d,\"char_start\":78,\"chunk_index\":2}",
                     78 + PASSAGE_NEIGHBOR_MAX_BYTES + 1);
    store_point points[3] = {
        {.key = VIEW("e_0"), .content = VIEW("a"), .vector = vector},
        {.key = VIEW("e_1"),
         .content = VIEW(BEHIND),
         .metadata = VIEW("{\"char_end\":78,\"char_start\":36,\"chunk_index\":1}"),
         .vector = vector},
        {.key = VIEW("e_2"),
         .content = view_of(large),
         .metadata = view_of(metadata),
         .vector = vector}};
    const store_document d = {.key = VIEW("e"),
                              .title = VIEW(""),
                              .metadata = VIEW("{}"),
                              .text = VIEW("a"),
                              .points = points,
                              .point_count = 3};
    assert_ok(collection_put_documents(f->collection, NULL, &d, 1, DIM, VIEW(""), &err));
    kith_passage p = second_chunk("{\"char_end\":78,\"char_start\":36,\"chunk_index\":1}");
    p.document = "e";
    retrieval found = found_one(&p);
    assert_ok(passage_texts_read(f->collection, &found, 1, &f->memory, &texts, &err));
    assert_true(view_equal(texts[0].text, VIEW(BEHIND)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_passage_is_joined_with_the_chunk_before_it, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(numbers_that_no_chunk_has_are_no_places, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(
            a_quote_of_what_begins_in_the_chunk_before_stays_in_its_passage, fixture_setup,
            fixture_teardown),
        cmocka_unit_test_setup_teardown(a_neighbor_that_is_far_too_large_is_left_out, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
