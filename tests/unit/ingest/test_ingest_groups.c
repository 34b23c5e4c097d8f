/* Tests of the limits of a group: each is crossed twice from more than one source, by files and by
 * documents passed in, with the local model and with an endpoint. What ends a group frees its
 * memory while the file that ended it is still at hand, so these are tests for ASan as well. */
#include "test.h"

#include "ingest_fixture.h"
#include "store/unindexed_files.h"

#include <math.h>
#include <sqlite3.h>

enum { FILES = 5, CHUNKS_PER_FILE = 3, TEXT_BYTES = 62 };

static kith_embedder *model;

/* Text number i, from 0 to 25: three chunks, a line each. */
static const char *text_of(uint32_t i)
{
    static char text[TEXT_BYTES + 1];
    char c = (char)('a' + i);
    int length =
        snprintf(text, sizeof text,
                 "Text %c has one line.\nText %c has two all.\nText %c is done here.\n", c, c, c);
    assert_int_equal(length, TEXT_BYTES);
    return text;
}

static const kith_chunk_options short_chunks = {.chunk_size = 22, .overlap = -1};

/* With `vectors`, an endpoint that takes so many texts at once; else the model. */
static ingest_fixture *open_fixture(uint32_t vectors)
{
    ingest_fixture *f = fixture_new();
    f->options.chunk = &short_chunks;
    if (vectors)
        fixture_open_endpoint(f, vectors);
    else
        f->embedder = model;
    return f;
}

/* Every stored chunk has the vector of its own text, whatever group and slice it was embedded
 * in. */
static void assert_vectors_are_of_their_texts(ingest_fixture *f, view path)
{
    kith_error err = {0};
    arena a;
    store_point *points = NULL;
    uint32_t count = 0;
    arena_init(&a, 0);
    assert_ok(store_source_points(database_store(f->database), collection_id(f->collection), path,
                                  STORE_WITH_VECTOR | STORE_WITH_CONTENT, &a, &points, &count,
                                  &err));
    assert_int_equal(count, CHUNKS_PER_FILE);
    for (uint32_t i = 0; i < count; i++) {
        float *expected = NULL;
        uint32_t dim = 0;
        assert_ok(embedder_embed_one(f->embedder, points[i].content, NULL, &expected, &dim, &err));
        for (uint32_t d = 0; d < dim; d++)
            assert_near((double)points[i].vector[d], (double)expected[d], 1e-4);
        free(expected);
    }
    arena_done(&a);
}

/* Syncs the folder with f's limits, and compares the number of groups and what is stored. */
static void assert_files_in_groups(ingest_fixture *f, uint32_t groups)
{
    kith_error err = {0};
    char name[16];
    for (uint32_t i = 0; i < FILES; i++) {
        (void)snprintf(name, sizeof name, "f%u.txt", i);
        fixture_write(f, name, text_of(i));
    }
    fixture_assert_sync(f,
                        "added f0.txt\nadded f1.txt\nadded f2.txt\nadded f3.txt\nadded f4.txt\n");
    assert_int_equal(f->groups, groups);
    assert_int_equal(f->report.chunks, FILES * CHUNKS_PER_FILE);
    for (uint32_t i = 0; i < FILES && !f->endpoint; i++) {
        (void)snprintf(name, sizeof name, "f%u.txt", i);
        assert_vectors_are_of_their_texts(f, view_of(fixture_path(f, name)));
    }
    store_collection described = {0};
    arena a;
    arena_init(&a, 0);
    assert_ok(store_collection_get(database_store(f->database), VIEW("c"), &a, &described, &err));
    assert_int_equal(described.documents, FILES);
    assert_int_equal(described.points, FILES * CHUNKS_PER_FILE);
    arena_done(&a);
    fixture_assert_sync(f, "unchanged f0.txt\nunchanged f1.txt\nunchanged f2.txt\n"
                           "unchanged f3.txt\nunchanged f4.txt\n");
}

static void assert_documents_in_groups(ingest_fixture *f, uint32_t groups)
{
    kith_error err = {0};
    ingest_run in = {0};
    char ids[FILES][8], texts[FILES][TEXT_BYTES + 1];
    kith_document documents[FILES] = {0};
    for (uint32_t i = 0; i < FILES; i++) {
        (void)snprintf(ids[i], sizeof ids[i], "d%u", i);
        (void)snprintf(texts[i], sizeof texts[i], "%s", text_of(i));
        documents[i] = (kith_document){.id = ids[i], .content = texts[i]};
    }
    fixture_begin(f, &in);
    assert_ok(ingest_documents(&in, documents, FILES, &err));
    fixture_end(f, &in);
    assert_string_equal(f->log, "added d0\nadded d1\nadded d2\nadded d3\nadded d4\n");
    assert_int_equal(f->groups, groups);
    assert_int_equal(f->report.processed, FILES);
    assert_int_equal(f->report.chunks, FILES * CHUNKS_PER_FILE);
}

/* The four ways: files and documents, the model and an endpoint. `groups` are expected of each. */
static void cross(ingest_limits limits, uint32_t groups)
{
    for (uint32_t way = 0; way < 4; way++) {
        ingest_fixture *f = open_fixture(way % 2 ? CHUNKS_PER_FILE : 0);
        uint32_t slice = f->limits.embed_slice;
        f->limits = limits;
        if (slice) f->limits.embed_slice = slice;
        if (way < 2)
            assert_files_in_groups(f, groups);
        else
            assert_documents_in_groups(f, groups);
        fixture_free(f, model);
    }
}

/* ---- the limits ---- */

static void the_default_limits_hold_everything_in_one_group(void **state)
{
    (void)state;
    cross((ingest_limits){0}, 1);
}

static void a_group_ends_with_the_unit_that_reaches_its_chunks(void **state)
{
    (void)state;
    cross((ingest_limits){.chunks = 4}, 3);
}

static void a_unit_that_has_all_the_chunks_is_a_group_of_its_own(void **state)
{
    (void)state;
    cross((ingest_limits){.chunks = 2}, FILES);
}

static void a_group_ends_at_its_number_of_units(void **state)
{
    (void)state;
    cross((ingest_limits){.units = 2}, 3);
}

static void a_group_ends_with_the_unit_that_reaches_its_bytes_of_text(void **state)
{
    (void)state;
    cross((ingest_limits){.text_bytes = TEXT_BYTES + 1}, 3);
}

static void a_group_ends_before_the_next_file_when_its_memory_is_used_up(void **state)
{
    (void)state;
    cross((ingest_limits){.memory_bytes = 1}, FILES);
}

static void a_group_is_embedded_in_slices_that_may_cut_through_a_unit(void **state)
{
    (void)state;
    ingest_fixture *f = open_fixture(0);
    f->limits = (ingest_limits){.embed_slice = 2, .units = 2};
    assert_files_in_groups(f, 3);
    fixture_free(f, model);

    f = open_fixture(5); // 15 chunks: three requests of five
    assert_files_in_groups(f, 1);
    assert_int_equal(fake_endpoint_request_count(f->endpoint), 3);
    fixture_free(f, NULL);
}

/* ---- what comes to nothing ---- */

enum { JUNK_BYTES = 20000, JUNK_LIMIT = 3 * JUNK_BYTES };

static void files_that_come_to_nothing_end_a_group_too(void **state)
{
    (void)state;
    char *junk = calloc(1, JUNK_BYTES + 1);
    assert_non_null(junk);
    memset(junk, '[', JUNK_BYTES); // deeper than JSON may be
    for (uint32_t vectors = 0; vectors <= CHUNKS_PER_FILE; vectors += CHUNKS_PER_FILE) {
        ingest_fixture *f = open_fixture(vectors);
        f->limits.memory_bytes = JUNK_LIMIT;
        char name[16];
        for (uint32_t i = 0; i < 18; i++) {
            (void)snprintf(name, sizeof name, "%c.%s", 'a' + (int)i, i % 6 ? "json" : "txt");
            junk[JUNK_BYTES - 1] = (char)('a' + i); // no duplicates
            fixture_write(f, name, i % 6 ? junk : text_of(i));
        }
        kith_error err = {0};
        assert_ok(fixture_sync(f, &err));
        assert_int_equal(f->report.files_added, 3);
        assert_int_equal(f->report.files_failed, 15);
        assert_int_equal(f->groups, 3); // each long before the next file that gives a document
        assert_true(strstr(f->log, "added a.txt") < strstr(f->log, "failed f.json"));
        assert_true(strstr(f->log, "added g.txt") < strstr(f->log, "failed l.json"));
        assert_in_range(f->most_memory, JUNK_LIMIT / 2, 2 * JUNK_LIMIT);
        fixture_free(f, model);
    }
    free(junk);
}

static void documents_that_come_to_nothing_end_a_group_too(void **state)
{
    (void)state;
    char *blank = calloc(1, JUNK_BYTES + 1);
    assert_non_null(blank);
    memset(blank, '\r', JUNK_BYTES); // copied for its line ends, and then of no content
    for (uint32_t vectors = 0; vectors <= CHUNKS_PER_FILE; vectors += CHUNKS_PER_FILE) {
        kith_error err = {0};
        ingest_run in = {0};
        ingest_fixture *f = open_fixture(vectors);
        f->limits.memory_bytes = JUNK_LIMIT;
        char ids[18][4], texts[3][TEXT_BYTES + 1];
        kith_document documents[18];
        for (uint32_t i = 0; i < 18; i++) {
            (void)snprintf(ids[i], sizeof ids[i], "%c", 'a' + (int)i);
            (void)snprintf(texts[i / 6], sizeof texts[0], "%s", text_of(i / 6));
            documents[i] = (kith_document){.id = ids[i], .content = i % 6 ? blank : texts[i / 6]};
        }
        fixture_begin(f, &in);
        assert_ok(ingest_documents(&in, documents, 18, &err));
        fixture_end(f, &in);
        assert_int_equal(f->report.processed, 3);
        assert_int_equal(f->report.errors, 15);
        assert_int_equal(f->groups, 3);
        assert_true(strstr(f->log, "added a\n") < strstr(f->log, "failed f\n"));
        assert_true(strstr(f->log, "added g\n") < strstr(f->log, "failed l\n"));
        assert_in_range(f->most_memory, JUNK_LIMIT / 2, 2 * JUNK_LIMIT);
        fixture_free(f, model);
    }
    free(blank);
}

static void notes_are_written_in_groups_and_all_are_there_at_the_end(void **state)
{
    (void)state;
    ingest_fixture *f = open_fixture(1);
    kith_error err = {0};
    arena a;
    store_file *files = NULL;
    uint32_t count = 0;
    char name[16];
    f->limits.file_notes = 2;
    fixture_write(f, "a.txt", "The one text that all of them have.");
    for (uint32_t i = 1; i < 6; i++) {
        (void)snprintf(name, sizeof name, "%c.txt", 'a' + (int)i);
        fixture_write(f, name, "The one text that all of them have.");
    }
    fixture_assert_sync(f, "added a.txt\nduplicate b.txt of a.txt\nduplicate c.txt of a.txt\n"
                           "duplicate d.txt of a.txt\nduplicate e.txt of a.txt\n"
                           "duplicate f.txt of a.txt\n");
    arena_init(&a, 0);
    assert_ok(store_list_files(database_store(f->database), collection_id(f->collection), NULL, &a,
                               &files, &count, &err));
    assert_int_equal(count, 5);
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(files[i].state, STORE_FILE_DUPLICATE);
    arena_done(&a);
    fixture_free(f, NULL);
}

/* ---- failures of one unit ---- */

static void add_three_of_which_one_is_refused(bool words_first)
{
    ingest_fixture *f = open_fixture(1);
    kith_error err = {0};
    ingest_run in = {0};
    // The chunk of document "x" would be called "x_0", which is another point's key.
    static const float vector[FIXTURE_DIM] = {1, 1, 2};
    const store_point point = {.key = VIEW("x_0"), .vector = vector};
    const kith_document documents[] = {{.id = "a", .content = "The first is stored."},
                                       {.id = "x", .content = "This one is refused."},
                                       {.id = "z", .content = "The last is stored."}};
    assert_ok(collection_put_points(f->collection, STORE_ADD, &point, 1, FIXTURE_DIM,
                                    view_of(embedder_model(f->embedder)), &err));
    f->words_first = words_first;
    fixture_begin(f, &in);
    assert_ok(ingest_documents(&in, documents, 3, &err));
    assert_int_equal(in.chunks_waiting, words_first ? 2 : 0);
    fixture_end(f, &in);
    assert_string_equal(f->log, "added a\nfailed x\nadded z\n");
    assert_int_equal(f->groups, words_first ? 0 : 1); // that were embedded
    assert_int_equal(f->report.processed, 2);
    fixture_free(f, NULL);
}

static void a_unit_that_the_store_refuses_does_not_cost_the_others_of_its_group(void **state)
{
    (void)state;
    add_three_of_which_one_is_refused(false);
}

static void what_the_store_refuses_does_not_wait_for_its_vectors(void **state)
{
    (void)state;
    add_three_of_which_one_is_refused(true);
}

/* An endpoint that takes one text at a time and plays `statuses`, the last one over and over; 400
 * means that the text is too long. Three files of one chunk wait to be synced. */
static ingest_fixture *open_scripted(const int *statuses, size_t count)
{
    ingest_fixture *f = fixture_new();
    f->endpoint = fake_endpoint_new("127.0.0.1");
    for (size_t i = 0; i < count; i++) {
        if (statuses[i] == 200)
            fixture_reply_vectors(f, 1);
        else
            fake_endpoint_reply(f->endpoint, statuses[i], "",
                                "{\"error\":{\"code\":\"context_length_exceeded\"}}");
    }
    f->limits.embed_slice = 1;
    fixture_start_endpoint(f);
    fixture_write(f, "a.txt", "The first of them is short.");
    fixture_write(f, "b.txt", "The second is refused, for its length.");
    fixture_write(f, "c.txt", "The third is short too.");
    return f;
}

static void a_text_that_the_endpoint_refuses_costs_its_own_file_alone(void **state)
{
    (void)state;
    // The group fails at its second text; then a.txt, b.txt and c.txt alone.
    static const int statuses[] = {200, 400, 200, 400, 200};
    ingest_fixture *f = open_scripted(statuses, 5);
    fixture_assert_sync(f, "added a.txt\nfailed b.txt\nadded c.txt\n");
    assert_int_equal(fake_endpoint_request_count(f->endpoint), 5);
    assert_int_equal(f->report.processed, 2);
    assert_int_equal(f->report.chunks, 2);
    fixture_assert_sync(f, "unchanged a.txt\nunchanged c.txt\nadded b.txt\n");
    fixture_free(f, NULL);
}

static void an_endpoint_that_refuses_the_key_ends_the_run_and_nothing_is_stored(void **state)
{
    (void)state;
    static const int statuses[] = {200, 401};
    ingest_fixture *f = open_scripted(statuses, 2);
    kith_error err = {0};
    assert_status(KITH_ERR_AUTH, fixture_sync(f, &err));
    assert_string_equal(f->log, "");
    assert_int_equal(f->report.processed, 0);
    fixture_free(f, NULL);
}

/* ---- a long document ---- */

/* Twelve chunks, of which a group takes four and a request three. */
enum { LONG_CHUNKS = 12, LONG_SLICE = 3 };

static void write_long_file(const ingest_fixture *f, const char *name, char letter)
{
    char text[LONG_CHUNKS * 24];
    size_t used = 0;
    for (uint32_t i = 0; i < LONG_CHUNKS; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "Line %02u is of long %c.\n",
                                 i + 10, letter);
    fixture_write(f, name, text);
}

static int stop_after_second_slice(void *context, const kith_ingest_event *event)
{
    ingest_fixture *f = context;
    (void)fixture_note_event(context, event);
    return f->progress == 2;
}

static uint32_t count_pending(ingest_fixture *f)
{
    char path[700];
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    (void)snprintf(path, sizeof path, "%s/kith.db", database_directory(f->database));
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(db, "SELECT count(*) FROM pending_vectors", -1, &statement, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    uint32_t count = (uint32_t)sqlite3_column_int(statement, 0);
    assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return count;
}

static ingest_fixture *open_long_fixture(void)
{
    ingest_fixture *f = open_fixture(LONG_SLICE);
    f->limits.chunks = 4;
    fixture_write(f, "a.txt", "Line one is two.\nLine two is one.\nLine three now.\n");
    fixture_assert_sync(f, "added a.txt\n"); // the endpoint's dimension is known from here on
    assert_int_equal(fake_endpoint_request_count(f->endpoint), 1);
    return f;
}

static void what_was_embedded_of_a_long_document_is_not_embedded_again(void **state)
{
    (void)state;
    kith_error err = {0};
    ingest_fixture *f = open_long_fixture();
    write_long_file(f, "long.txt", 'x');
    f->event_hook = stop_after_second_slice;
    assert_status(KITH_ERR_CANCELLED, fixture_sync(f, &err));
    assert_int_equal(fake_endpoint_request_count(f->endpoint), 1 + 2);
    assert_int_equal(count_pending(f), 2 * LONG_SLICE);

    f->event_hook = NULL;
    fixture_assert_sync(f, "unchanged a.txt\nadded long.txt\n");
    assert_int_equal(f->report.chunks, LONG_CHUNKS);
    assert_int_equal(fake_endpoint_request_count(f->endpoint), 1 + LONG_CHUNKS / LONG_SLICE);
    assert_int_equal(count_pending(f), 0);
    fixture_free(f, NULL);
}

static void vectors_of_a_long_document_that_changed_leave_with_it(void **state)
{
    (void)state;
    kith_error err = {0};
    ingest_fixture *f = open_long_fixture();
    write_long_file(f, "long.txt", 'x');
    f->event_hook = stop_after_second_slice;
    assert_status(KITH_ERR_CANCELLED, fixture_sync(f, &err));
    f->event_hook = NULL;
    write_long_file(f, "long.txt", 'y');
    fixture_assert_sync(f, "unchanged a.txt\nadded long.txt\n");
    assert_int_equal(fake_endpoint_request_count(f->endpoint), 1 + 2 + LONG_CHUNKS / LONG_SLICE);
    assert_int_equal(count_pending(f), 0);
    fixture_free(f, NULL);
}

static void pending_vectors_of_the_model_are_those_that_are_stored(void **state)
{
    (void)state;
    kith_error err = {0};
    ingest_fixture *f = open_fixture(0);
    f->limits = (ingest_limits){.chunks = 2, .embed_slice = 1};
    fixture_write(f, "f.txt", text_of(3));
    f->event_hook = stop_after_second_slice;
    assert_status(KITH_ERR_CANCELLED, fixture_sync(f, &err));
    assert_int_equal(count_pending(f), 2);
    f->event_hook = NULL;
    fixture_assert_sync(f, "added f.txt\n");
    assert_int_equal(count_pending(f), 0);
    assert_vectors_are_of_their_texts(f, view_of(fixture_path(f, "f.txt")));
    fixture_free(f, model);
}

static int open_shared_model(void **state)
{
    (void)state;
    model = open_model();
    return 0;
}

static int close_shared_model(void **state)
{
    (void)state;
    kith_embedder_free(model);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_default_limits_hold_everything_in_one_group),
        cmocka_unit_test(a_group_ends_with_the_unit_that_reaches_its_chunks),
        cmocka_unit_test(a_unit_that_has_all_the_chunks_is_a_group_of_its_own),
        cmocka_unit_test(a_group_ends_at_its_number_of_units),
        cmocka_unit_test(a_group_ends_with_the_unit_that_reaches_its_bytes_of_text),
        cmocka_unit_test(a_group_ends_before_the_next_file_when_its_memory_is_used_up),
        cmocka_unit_test(a_group_is_embedded_in_slices_that_may_cut_through_a_unit),
        cmocka_unit_test(files_that_come_to_nothing_end_a_group_too),
        cmocka_unit_test(documents_that_come_to_nothing_end_a_group_too),
        cmocka_unit_test(notes_are_written_in_groups_and_all_are_there_at_the_end),
        cmocka_unit_test(a_unit_that_the_store_refuses_does_not_cost_the_others_of_its_group),
        cmocka_unit_test(what_the_store_refuses_does_not_wait_for_its_vectors),
        cmocka_unit_test(a_text_that_the_endpoint_refuses_costs_its_own_file_alone),
        cmocka_unit_test(an_endpoint_that_refuses_the_key_ends_the_run_and_nothing_is_stored),
        cmocka_unit_test(what_was_embedded_of_a_long_document_is_not_embedded_again),
        cmocka_unit_test(vectors_of_a_long_document_that_changed_leave_with_it),
        cmocka_unit_test(pending_vectors_of_the_model_are_those_that_are_stored),
    };
    return cmocka_run_group_tests(tests, open_shared_model, close_shared_model);
}
