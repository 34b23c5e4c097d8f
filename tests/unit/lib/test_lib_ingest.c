/* Ingesting a batch as a program calls it: what is processed, what fails and why, how it goes. */
#include "test.h"

#include "model_for_test.h"
#include "scratch.h"

#include <kith/kith.h>
#include <sys/stat.h>

/* What the events of a run reported. */
typedef struct observed {
    char failed[4][600]; /* "ID: REASON" */
    char note[600];      /* of the last document or file that was added */
    uint32_t failures, finished, progress;
    uint64_t done, total, chunks;
    uint32_t stop_after; /* finished documents; 0: never */
} observed;

static int note_event(void *context, const kith_ingest_event *event)
{
    observed *t = context;
    assert_true(event->done >= t->done && event->done <= event->total);
    assert_true(event->chunks >= t->chunks);
    t->done = event->done;
    t->total = event->total;
    t->chunks = event->chunks;
    if (event->outcome == KITH_PROGRESS) {
        t->progress++;
        return 0;
    }
    t->finished++;
    if (event->outcome == KITH_ADDED) (void)snprintf(t->note, sizeof t->note, "%s", event->reason);
    if (event->outcome == KITH_FAILED)
        (void)snprintf(t->failed[t->failures++], sizeof t->failed[0], "%s: %s", event->source,
                       event->reason);
    return t->stop_after && t->finished >= t->stop_after;
}

typedef struct bench {
    kith_embedder *embedder;
    kith *k;
} bench;

static bench open_bench(void **state)
{
    kith_error err = {0};
    bench b = {.embedder = open_model()};
    assert_ok(kith_open(*state, &(kith_options){.embedder = b.embedder}, &b.k, &err));
    return b;
}

static void close_bench(bench *b)
{
    kith_error err = {0};
    assert_ok(kith_close(b->k, &err));
    kith_embedder_free(b->embedder);
}

static const kith_document batch[] = {
    {.id = "first", .content = "The first document is long enough.\r\nIt has two lines."},
    {.id = "short", .content = "too short"},
    {.id = "none"},
    {.id = "damaged", .content = "not UTF-8 at its end \xff\xff"},
    {.id = "", .content = "A document without an id is refused."},
    {.id = "last", .content = "The last document is fine too.", .metadata = "{\"year\": 2020}"},
};

enum { BATCH_COUNT = sizeof batch / sizeof batch[0] };

static void a_batch_reports_what_was_processed_and_why_the_rest_was_not(void **state)
{
    kith_error err = {0};
    bench b = open_bench(state);
    observed t = {0};
    kith_ingest_report report = {0};
    kith_ingest_options options = {.on_event = note_event, .context = &t};
    assert_ok(kith_ingest(b.k, "c", batch, BATCH_COUNT, &options, &report, &err));
    assert_int_equal(report.processed, 2);
    assert_int_equal(report.errors, 4);
    assert_int_equal(report.chunks, 2);
    assert_int_equal(t.failures, 4);
    assert_string_equal(t.failed[0], "short: content has 9 characters, at least 10 are needed");
    assert_string_equal(t.failed[1], "none: content is missing");
    assert_string_equal(t.failed[2], "damaged: content is not valid UTF-8 at byte 21");
    assert_string_equal(t.failed[3], ": id is missing");
    assert_int_equal(t.done, BATCH_COUNT);
    assert_int_equal(t.total, BATCH_COUNT);
    assert_int_equal(t.chunks, 2);
    assert_true(t.progress >= 1);
    assert_true(report.seconds > 0);
    close_bench(&b);
}

static void a_document_gets_its_length_and_the_time_and_keeps_its_text(void **state)
{
    kith_error err = {0};
    bench b = open_bench(state);
    kith_stored_document *d = NULL;
    assert_ok(kith_ingest(b.k, "c", batch, BATCH_COUNT, NULL, NULL, &err));
    assert_ok(kith_document_get(b.k, "c", "last", &d, &err));
    assert_non_null(strstr(d->metadata, "\"year\":2020"));
    assert_non_null(strstr(d->metadata, "\"content_length\":30"));
    assert_non_null(strstr(d->metadata, "\"processed_at\":\"20"));
    kith_stored_document_free(d);
    assert_ok(kith_document_get(b.k, "c", "first", &d, &err));
    assert_string_equal(d->text, "The first document is long enough.\nIt has two lines.");
    kith_stored_document_free(d);
    close_bench(&b);
}

#define LISTS                                                                                      \
    "\"tags\": [\"a\", \"\\u00e9\"], \"nothing\": null, \"none\": [ ], \"years\": [2020, "         \
    "2021.0], \"ok\": [true]"
#define STORED "\"tags\":[\"a\",\"\xC3\xA9\"],\"years\":[2020,2021.0],\"ok\":[true]"

/* Does a chunk of the collection have these fields, and none called "nothing" or "none"; and do
 * filters find it by what its lists contain? */
static void check_lists(kith *k, const char *collection)
{
    kith_error err = {0};
    kith_records *records = NULL;
    const char *where =
        "{\"tags\": {\"$contains\": \"\xC3\xA9\"}, \"years\": {\"$contains\": 2021},"
        "\"ok\": {\"$contains\": true}}";
    assert_ok(kith_get(k, collection, &(kith_selection){.where = where}, &records, &err));
    assert_int_equal(records->count, 1);
    const char *metadata = records->records[0].metadata;
    if (!strstr(metadata, STORED) || strstr(metadata, "noth") || strstr(metadata, "none"))
        fail_msg("'%s' holds %s", collection, metadata);
    kith_records_free(records);
}

static const char *write_file(const char *directory, const char *name, const char *text)
{
    static char path[700];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    return path;
}

static void every_door_takes_the_same_lists_and_stores_them_alike(void **state)
{
    kith_error err = {0};
    bench b = open_bench(state);
    const char *text = "A text that is long enough to be stored.";
    kith_point point = {.id = "p", .content = text, .metadata = "{" LISTS "}"};
    assert_ok(kith_collection_create(b.k, "put", NULL, &err));
    assert_ok(kith_put(b.k, "put", KITH_ADD, &point, 1, &err));
    check_lists(b.k, "put");
    kith_document document = {.id = "d", .content = text, .metadata = "{" LISTS "}"};
    assert_ok(kith_ingest(b.k, "ingest", &document, 1, NULL, NULL, &err));
    check_lists(b.k, "ingest");
    const char *const records[] = {
        "{\"content\": \"A text that is long enough to be stored.\", " LISTS "}",
        "{\"content\": \"A text that is long enough to be stored.\", \"metadata\": {" LISTS "}}"};
    const char *const names[] = {"one.json", "lines.jsonl"};
    for (int i = 0; i < 2; i++) {
        const char *path = write_file(*state, names[i], records[i]);
        assert_ok(kith_ingest_paths(b.k, names[i], &path, 1, NULL, NULL, &err));
        check_lists(b.k, names[i]);
    }
    close_bench(&b);
}

static void what_metadata_cannot_hold_fails_a_batch_and_is_noted_of_a_file(void **state)
{
    kith_error err = {0};
    bench b = open_bench(state);
    observed t = {0};
    kith_ingest_options options = {.on_event = note_event, .context = &t};
    kith_document document = {
        .id = "d", .content = "A text that is long enough.", .metadata = "{\"tags\": [1, \"x\"]}"};
    assert_ok(kith_ingest(b.k, "c", &document, 1, &options, NULL, &err));
    assert_int_equal(t.failures, 1);
    assert_string_equal(t.failed[0], "d: metadata list 'tags' holds values of different types");
    t = (observed){0};
    const char *path =
        write_file(*state, "a.json",
                   "{\"content\": \"A text that is long enough.\", \"tags\": [1, \"x\"],"
                   " \"author\": {\"name\": \"Ann\"}, \"year\": 2020}");
    assert_ok(kith_ingest_paths(b.k, "c", &path, 1, &options, NULL, &err));
    assert_int_equal(t.failures, 0);
    assert_non_null(strstr(t.note, "2 values left out of the metadata (objects, or lists"));
    close_bench(&b);
}

static void without_validation_short_content_is_taken(void **state)
{
    kith_error err = {0};
    bench b = open_bench(state);
    kith_ingest_report report = {0};
    kith_ingest_options options = {.skip_validation = true};
    assert_ok(kith_ingest(b.k, "c", batch, 2, &options, &report, &err));
    assert_int_equal(report.processed, 2);
    assert_int_equal(report.errors, 0);
    kith_document empty = {.id = "empty", .content = ""};
    assert_ok(kith_ingest(b.k, "c", &empty, 1, &options, &report, &err));
    assert_int_equal(report.processed, 1);
    assert_int_equal(report.chunks, 0);
    close_bench(&b);
}

static void a_stop_reports_all_that_is_stored(void **state)
{
    kith_error err = {0};
    bench b = open_bench(state);
    observed t = {.stop_after = 1};
    kith_documents *stored = NULL;
    kith_ingest_report report = {0};
    kith_ingest_options options = {.on_event = note_event, .context = &t};
    kith_document two[] = {batch[0], batch[5]};
    assert_status(KITH_ERR_CANCELLED, kith_ingest(b.k, "c", two, 2, &options, &report, &err));
    assert_ok(kith_documents_list(b.k, "c", NULL, &stored, &err));
    assert_int_equal(report.processed, stored->count);
    kith_documents_free(stored);
    close_bench(&b);
}

static void a_dry_run_validates_and_stores_nothing(void **state)
{
    kith_error err = {0};
    bench b = open_bench(state);
    kith_documents *stored = NULL;
    kith_ingest_report report = {0};
    kith_ingest_options options = {.dry_run = true};
    assert_ok(kith_ingest(b.k, "c", batch, BATCH_COUNT, &options, &report, &err));
    assert_int_equal(report.processed, 2);
    assert_int_equal(report.errors, 4);
    assert_status(KITH_ERR_NOT_FOUND, kith_documents_list(b.k, "c", NULL, &stored, &err));
    close_bench(&b);
}

/* The sources of all files and documents of the collection "c", in order, each with a ';'. */
static void list_sources(kith *k, char *files_out, char *documents_out, size_t capacity)
{
    kith_error err = {0};
    kith_files *files = NULL;
    kith_documents *documents = NULL;
    size_t used = 0;
    files_out[0] = documents_out[0] = '\0';
    assert_ok(kith_files_list(k, "c", NULL, &files, &err));
    for (size_t i = 0; i < files->count; i++)
        used += (size_t)snprintf(files_out + used, capacity - used, "%s;", files->files[i].path);
    used = 0;
    assert_ok(kith_documents_list(k, "c", NULL, &documents, &err));
    for (size_t i = 0; i < documents->count; i++)
        used += (size_t)snprintf(documents_out + used, capacity - used, "%s=%s;",
                                 documents->documents[i].id, documents->documents[i].source);
    kith_files_free(files);
    kith_documents_free(documents);
}

static void uploads_are_known_by_their_names_and_compared_with_nothing(void **state)
{
    kith_error err = {0};
    bench b = open_bench(state);
    char one[600], two[600], elsewhere[600], files[2000], documents[2000], expected[2000];
    (void)snprintf(one, sizeof one, "%s/one", (char *)*state);
    (void)snprintf(two, sizeof two, "%s/two", (char *)*state);
    assert_int_equal(mkdir(one, 0700), 0);
    assert_int_equal(mkdir(two, 0700), 0);
    const char *text = "The kettle boils at a hundred degrees.";
    const char *paths[] = {strdup(write_file(one, "a.txt", text)),
                           strdup(write_file(one, "b.txt", text))};
    kith_ingest_report report = {0};
    kith_ingest_options options = {.size = sizeof options, .named_below = one};

    // Equal contents are two documents, since neither can be looked up later.
    assert_ok(kith_ingest_paths(b.k, "c", paths, 2, &options, &report, &err));
    assert_int_equal(report.files_added, 2);
    list_sources(b.k, files, documents, sizeof files);
    assert_string_equal(files, "a.txt;b.txt;");
    assert_string_equal(documents, "a=a.txt;b=b.txt;");

    // The same name from another directory replaces it, or is unchanged.
    const char *again[] = {strdup(write_file(two, "a.txt", "The kettle was sold in spring.")),
                           strdup(write_file(two, "b.txt", text))};
    options.named_below = two;
    assert_ok(kith_ingest_paths(b.k, "c", again, 2, &options, &report, &err));
    assert_int_equal(report.files_updated, 1);
    assert_int_equal(report.files_unchanged, 1);

    // A file on disk with the content of an upload is its own, and a sync leaves uploads alone.
    (void)snprintf(elsewhere, sizeof elsewhere, "%s", write_file(one, "c.txt", text));
    const char *folder[] = {one};
    assert_int_equal(remove(paths[0]), 0);
    assert_int_equal(remove(paths[1]), 0);
    kith_ingest_options sync = {.sync = true};
    assert_ok(kith_ingest_paths(b.k, "c", folder, 1, &sync, &report, &err));
    assert_int_equal(report.files_added, 1);
    list_sources(b.k, files, documents, sizeof files);
    (void)snprintf(expected, sizeof expected, "a=a.txt;b=b.txt;c=%s;", elsewhere);
    assert_string_equal(documents, expected);

    options.sync = true;
    assert_status(KITH_ERR_INVALID, kith_ingest_paths(b.k, "c", again, 2, &options, &report, &err));
    options.sync = false;
    options.named_below = one;
    assert_status(KITH_ERR_INVALID, kith_ingest_paths(b.k, "c", again, 2, &options, &report, &err));
    assert_non_null(strstr(err.message, "is not below"));
    for (size_t i = 0; i < 2; i++) {
        free((char *)(uintptr_t)paths[i]);
        free((char *)(uintptr_t)again[i]);
    }
    close_bench(&b);
}

static void a_file_that_is_named_as_something_else_is_known_by_that(void **state)
{
    kith_error err = {0};
    bench b = open_bench(state);
    char one[600], files[2000], documents[2000];
    (void)snprintf(one, sizeof one, "%s/one", (char *)*state);
    assert_int_equal(mkdir(one, 0700), 0);
    const char *paths[] = {strdup(write_file(one, "page.md", "# The kettle boils at a hundred.")),
                           strdup(write_file(one, "b.txt", "The kettle was sold in spring."))};
    kith_ingest_report report = {0};
    kith_ingest_options options = {.size = sizeof options, .named_below = one};
    options.named_as = "https://example.org/kettles?page=1";

    // The file's own name says what it is; a second time it is unchanged.
    assert_ok(kith_ingest_paths(b.k, "c", paths, 1, &options, &report, &err));
    assert_int_equal(report.files_added, 1);
    list_sources(b.k, files, documents, sizeof files);
    assert_string_equal(files, "https://example.org/kettles?page=1;");
    assert_string_equal(documents, "page=https://example.org/kettles?page=1;");
    assert_ok(kith_ingest_paths(b.k, "c", paths, 1, &options, &report, &err));
    assert_int_equal(report.files_unchanged, 1);

    assert_status(KITH_ERR_INVALID, kith_ingest_paths(b.k, "c", paths, 2, &options, &report, &err));
    options.named_below = NULL;
    assert_status(KITH_ERR_INVALID, kith_ingest_paths(b.k, "c", paths, 1, &options, &report, &err));
    assert_non_null(strstr(err.message, "named_as"));
    for (size_t i = 0; i < 2; i++)
        free((char *)(uintptr_t)paths[i]);
    close_bench(&b);
}

static void a_watch_needs_someone_who_can_end_it_and_something_to_watch(void **state)
{
    kith_error err = {0};
    bench b = open_bench(state);
    observed t = {0};
    const char *paths[] = {"/no/such/place"};
    kith_ingest_options options = {0};
    assert_status(KITH_ERR_INVALID, kith_watch(b.k, "c", paths, 1, &options, NULL, &err));
    options.on_event = note_event;
    options.context = &t;
    assert_status(KITH_ERR_NOT_FOUND, kith_watch(b.k, "c", paths, 1, &options, NULL, &err));
    kith_files *files = NULL;
    assert_status(KITH_ERR_NOT_FOUND, kith_files_list(b.k, "c", NULL, &files, &err));
    kith_files_free(NULL);
    close_bench(&b);
}

#define with_directory(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_directory(a_batch_reports_what_was_processed_and_why_the_rest_was_not),
        with_directory(a_document_gets_its_length_and_the_time_and_keeps_its_text),
        with_directory(every_door_takes_the_same_lists_and_stores_them_alike),
        with_directory(what_metadata_cannot_hold_fails_a_batch_and_is_noted_of_a_file),
        with_directory(without_validation_short_content_is_taken),
        with_directory(a_stop_reports_all_that_is_stored),
        with_directory(a_dry_run_validates_and_stores_nothing),
        with_directory(uploads_are_known_by_their_names_and_compared_with_nothing),
        with_directory(a_file_that_is_named_as_something_else_is_known_by_that),
        with_directory(a_watch_needs_someone_who_can_end_it_and_something_to_watch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
