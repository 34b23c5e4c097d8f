/* Tests of what a sync makes of each file, by the log of its events and the number of texts that
 * the endpoint was asked to embed: one request a text. */
#include "test.h"

#include "ingest_fixture.h"

#include "ingest/sync_run.h"

#include "db/database.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOX   "The red fox hunts mice at dusk along the hedges.\n"
#define TIDE  "Spring tides come with the new moon, every month.\n"
#define BREAD "Sourdough rests for twelve hours before it is baked.\n"

static int setup(void **state)
{
    ingest_fixture *f = fixture_new();
    fixture_open_endpoint(f, 1);
    f->options.sync = true;
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture_free(*state, NULL);
    return 0;
}

static uint32_t texts_embedded(ingest_fixture *f)
{
    return fake_endpoint_request_count(f->endpoint);
}

/* The documents' ids in order, each with a space behind it; in `a`. */
static const char *documents(ingest_fixture *f, arena *a)
{
    kith_error err = {0};
    store_document *list = NULL;
    uint32_t count = 0;
    const char *ids = "";
    assert_ok(store_list_documents(database_store(f->database), collection_id(f->collection), NULL,
                                   a, &list, &count, &err));
    for (uint32_t i = 0; i < count; i++)
        ids = arena_printf(a, "%s%.*s ", ids, VIEW_ARG(list[i].key));
    return ids;
}

static void assert_documents(ingest_fixture *f, const char *expected)
{
    arena a;
    arena_init(&a, 0);
    assert_string_equal(documents(f, &a), expected);
    arena_done(&a);
}

static store_file stored_note(ingest_fixture *f, const char *name, arena *a)
{
    kith_error err = {0};
    store_file note = {0};
    assert_ok(store_get_file(database_store(f->database), collection_id(f->collection),
                             view_of(fixture_path(f, name)), a, &note, &err));
    return note;
}

static void assert_no_notes(ingest_fixture *f)
{
    kith_error err = {0};
    arena a;
    store_file *notes = NULL;
    uint32_t count = 0;
    arena_init(&a, 0);
    assert_ok(store_list_files(database_store(f->database), collection_id(f->collection), NULL, &a,
                               &notes, &count, &err));
    assert_int_equal(count, 0);
    arena_done(&a);
}

/* ---- one file ---- */

static void a_file_is_added_then_unchanged_then_updated_then_removed(void **state)
{
    ingest_fixture *f = *state;
    fixture_write(f, "a.txt", FOX);
    fixture_assert_sync(f, "added a.txt\n");
    fixture_assert_sync(f, "unchanged a.txt\n");
    assert_int_equal(texts_embedded(f), 1);
    fixture_write(f, "a.txt", TIDE);
    fixture_assert_sync(f, "updated a.txt\n");
    assert_int_equal(texts_embedded(f), 2);
    assert_documents(f, "a ");
    fixture_remove(f, "a.txt");
    fixture_assert_sync(f, "removed a.txt\n");
    assert_documents(f, "");
}

static void without_sync_a_vanished_file_stays(void **state)
{
    ingest_fixture *f = *state;
    f->options.sync = false;
    fixture_write(f, "a.txt", FOX);
    fixture_assert_sync(f, "added a.txt\n");
    fixture_remove(f, "a.txt");
    fixture_assert_sync(f, "");
    assert_documents(f, "a ");
}

static void other_chunk_settings_make_a_file_a_changed_one(void **state)
{
    ingest_fixture *f = *state;
    fixture_write(f, "a.txt", FOX);
    fixture_assert_sync(f, "added a.txt\n");
    f->options.chunk = &(kith_chunk_options){.chunk_size = 500};
    fixture_assert_sync(f, "updated a.txt\n");
}

static void what_is_no_file_or_no_document_is_noted_with_its_reason(void **state)
{
    ingest_fixture *f = *state;
    arena a;
    arena_init(&a, 0);
    fixture_write(f, "bad.json", "{");
    fixture_write(f, "short.txt", "too short");
    assert_int_equal(symlink("bad.json", fixture_path(f, "link")), 0);
    assert_int_equal(mkfifo(fixture_path(f, "pipe"), 0600), 0);
    fixture_assert_sync(f, "skipped link\nskipped pipe\nfailed bad.json\nskipped short.txt\n");
    assert_string_equal(stored_note(f, "link", &a).reason.data, "symbolic link, not followed");
    assert_string_equal(stored_note(f, "pipe", &a).reason.data, "not a regular file");
    assert_int_equal(stored_note(f, "bad.json", &a).state, STORE_FILE_FAILED);
    assert_string_equal(stored_note(f, "short.txt", &a).reason.data,
                        "has 9 characters of text, at least 10 are needed");
    for (int i = 0; i < 2; i++)
        fixture_remove(f, i ? "pipe" : "link");
    fixture_write(f, "bad.json", "{\"content\": \"Now it is a document.\"}");
    fixture_remove(f, "short.txt");
    fixture_assert_sync(f, "added bad.json\n");
    assert_no_notes(f);
    arena_done(&a);
}

static void what_a_file_held_goes_with_sync_when_its_new_content_is_unusable(void **state)
{
    ingest_fixture *f = *state;
    arena a;
    arena_init(&a, 0);
    fixture_write(f, "a.txt", FOX);
    fixture_assert_sync(f, "added a.txt\n");
    fixture_write(f, "a.txt", "short");
    f->options.sync = false;
    fixture_assert_sync(f, "skipped a.txt\n");
    assert_documents(f, "a ");
    assert_string_equal(stored_note(f, "a.txt", &a).reason.data,
                        "has 5 characters of text, at least 10 are needed; what it held before is "
                        "still there");
    f->options.sync = true;
    fixture_assert_sync(f, "skipped a.txt\n");
    assert_documents(f, "");
    arena_done(&a);
}

/* ---- equal contents ---- */

/* The parser's program is there, and cannot begin. */
static void what_a_file_held_stays_when_its_parser_cannot_be_run(void **state)
{
    ingest_fixture *f = *state;
    char worker[] = "/tmp/kith-worker-XXXXXX";
    int fd = mkstemp(worker);
    const char script[] = "#!/bin/sh\nexit 3\n";
    assert_int_equal(write(fd, script, sizeof script - 1), sizeof script - 1);
    assert_int_equal(fchmod(fd, 0700), 0);
    assert_int_equal(close(fd), 0);
    fixture_write(f, "a.txt", FOX);
    fixture_assert_sync(f, "added a.txt\n");
    f->options.extract_worker = worker;
    fixture_write(f, "a.txt", "%PDF-1.4\n");
    fixture_assert_sync(f, "failed a.txt\n");
    arena a;
    arena_init(&a, 0);
    assert_string_equal(stored_note(f, "a.txt", &a).reason.data,
                        "the parser could not do its work (exit status 3)");
    arena_done(&a);
    assert_documents(f, "a ");
    fixture_write(f, "a.txt", TIDE);
    fixture_assert_sync(f, "updated a.txt\n");
    assert_int_equal(unlink(worker), 0);
}

static void equal_content_is_embedded_once_and_the_second_path_is_a_duplicate(void **state)
{
    ingest_fixture *f = *state;
    arena a;
    arena_init(&a, 0);
    fixture_write(f, "a.txt", FOX);
    fixture_write(f, "b.txt", FOX);
    fixture_write(f, "c.md", FOX);
    fixture_assert_sync(f, "added a.txt\nadded c.md\nduplicate b.txt of a.txt\n");
    assert_int_equal(texts_embedded(f), 2); // another extension is another document
    fixture_assert_sync(f, "unchanged a.txt\nduplicate b.txt of a.txt\nunchanged c.md\n");
    store_file note = stored_note(f, "b.txt", &a);
    assert_int_equal(note.state, STORE_FILE_DUPLICATE);
    assert_true(view_equal(note.original, view_of(fixture_path(f, "a.txt"))));
    arena_done(&a);
}

static void a_changed_file_may_become_a_duplicate(void **state)
{
    ingest_fixture *f = *state;
    fixture_write(f, "a.txt", FOX);
    fixture_write(f, "b.txt", TIDE);
    fixture_assert_sync(f, "added a.txt\nadded b.txt\n");
    fixture_write(f, "b.txt", FOX);
    fixture_assert_sync(f, "unchanged a.txt\nduplicate b.txt of a.txt\n");
    assert_documents(f, "a ");
    assert_int_equal(texts_embedded(f), 2);
}

static void a_duplicate_of_a_file_that_has_changed_in_this_run_is_a_document(void **state)
{
    ingest_fixture *f = *state;
    fixture_write(f, "a.txt", FOX);
    fixture_assert_sync(f, "added a.txt\n");
    fixture_write(f, "a.txt", TIDE);
    fixture_write(f, "b.txt", FOX);
    // One group: the store still has the fox under a.txt when b.txt is compared.
    fixture_assert_sync(f, "updated a.txt\nadded b.txt\n");
    assert_int_equal(texts_embedded(f), 3);
}

static void a_duplicate_of_a_file_that_changes_later_in_the_run_is_a_document(void **state)
{
    ingest_fixture *f = *state;
    fixture_write(f, "b.txt", FOX);
    fixture_assert_sync(f, "added b.txt\n");
    fixture_write(f, "a.txt", FOX);
    fixture_write(f, "b.txt", TIDE);
    fixture_assert_sync(f, "updated b.txt\nadded a.txt\n");
    assert_int_equal(texts_embedded(f), 3);
}

static void two_files_that_swap_their_contents_are_both_documents_afterwards(void **state)
{
    ingest_fixture *f = *state;
    fixture_write(f, "a.txt", FOX);
    fixture_write(f, "b.txt", TIDE);
    fixture_assert_sync(f, "added a.txt\nadded b.txt\n");
    fixture_write(f, "a.txt", TIDE);
    fixture_write(f, "b.txt", FOX);
    fixture_assert_sync(f, "updated b.txt\nupdated a.txt\n"); // and no duplicate meanwhile
    assert_documents(f, "a b ");
    assert_no_notes(f);
    fixture_assert_sync(f, "unchanged a.txt\nunchanged b.txt\n");
}

static void a_duplicate_is_promoted_when_its_original_changes(void **state)
{
    ingest_fixture *f = *state;
    fixture_write(f, "a.txt", FOX);
    fixture_write(f, "b.txt", FOX);
    fixture_assert_sync(f, "added a.txt\nduplicate b.txt of a.txt\n");
    fixture_write(f, "a.txt", TIDE);
    fixture_assert_sync(f, "updated a.txt\nadded b.txt\n");
    assert_documents(f, "a b ");
    assert_no_notes(f);
}

/* ---- renames ---- */

static void a_renamed_file_keeps_its_vectors(void **state)
{
    ingest_fixture *f = *state;
    fixture_write(f, "b.txt", FOX);
    fixture_assert_sync(f, "added b.txt\n");
    fixture_remove(f, "b.txt");
    fixture_write(f, "a.txt", FOX);
    fixture_assert_sync(f, "renamed a.txt of b.txt\n");
    assert_int_equal(texts_embedded(f), 1);
    assert_documents(f, "a ");
}

static void a_duplicate_takes_the_place_of_its_missing_original(void **state)
{
    ingest_fixture *f = *state;
    fixture_write(f, "a.txt", FOX);
    fixture_write(f, "b.txt", FOX);
    fixture_write(f, "c.txt", FOX);
    fixture_assert_sync(f, "added a.txt\nduplicate b.txt of a.txt\nduplicate c.txt of a.txt\n");
    fixture_remove(f, "a.txt");
    fixture_assert_sync(f, "renamed b.txt of a.txt\nduplicate c.txt of b.txt\n");
    assert_int_equal(texts_embedded(f), 1);
    assert_documents(f, "b ");
}

static void a_circle_of_renames_loses_no_content(void **state)
{
    ingest_fixture *f = *state;
    const char *const names[] = {"a.txt", "b.txt", "c.txt"}, *const texts[] = {FOX, TIDE, BREAD};
    kith_error err = {0};
    for (int turn = 0; turn < 3; turn++) {
        for (int i = 0; i < 3; i++)
            fixture_write(f, names[i], texts[(i + turn) % 3]);
        assert_ok(fixture_sync(f, &err));
        assert_documents(f, "a b c ");
        assert_no_notes(f);
    }
    fixture_assert_sync(f, "unchanged a.txt\nunchanged b.txt\nunchanged c.txt\n");
}

/* ---- parts of a folder, and originals that lie elsewhere ---- */

/* Syncs `names` alone, all below the folder; partially, as kith watch does, or as paths given. */
static kith_status sync_names(ingest_fixture *f, bool is_partial, const char *const *names,
                              size_t count, kith_error *err)
{
    char paths[4][1024];
    const char *starts[4], *roots[] = {f->folder};
    ingest_run in = {0};
    assert_true(count <= 4);
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(paths[i], sizeof paths[i], "%s", fixture_path(f, names[i]));
        starts[i] = paths[i];
    }
    const sync_scope scope = {.roots = is_partial ? roots : starts,
                              .root_count = is_partial ? 1 : count,
                              .starts = starts,
                              .start_count = count,
                              .may_be_missing = is_partial,
                              .is_partial = is_partial};
    fixture_begin(f, &in);
    kith_status status = sync_scope_run(&in, &scope, err);
    fixture_end(f, &in);
    return status;
}

/* What kith watch does after events of the two paths. */
static void assert_watched(ingest_fixture *f, const char *one, const char *other, const char *log)
{
    kith_error err = {0};
    const char *const names[] = {one, other};
    assert_ok(sync_names(f, true, names, 2, &err));
    assert_string_equal(f->log, log);
}

/* kith add NAME. */
static void assert_added(ingest_fixture *f, const char *name, const char *log)
{
    kith_error err = {0};
    assert_ok(sync_names(f, false, &name, 1, &err));
    assert_string_equal(f->log, log);
}

static void move(ingest_fixture *f, const char *from, const char *to)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s", fixture_path(f, from));
    assert_int_equal(rename(path, fixture_path(f, to)), 0);
}

static void a_file_moved_over_an_indexed_one_is_its_rename(void **state)
{
    ingest_fixture *f = *state;
    fixture_write(f, "c.txt", FOX);
    fixture_write(f, "d.txt", TIDE);
    fixture_assert_sync(f, "added c.txt\nadded d.txt\n");
    move(f, "c.txt", "d.txt");
    assert_watched(f, "c.txt", "d.txt", "renamed d.txt of c.txt\n");
    assert_int_equal(texts_embedded(f), 2);
    assert_documents(f, "d ");
    fixture_write(f, "e.txt", TIDE);
    assert_added(f, "e.txt", "added e.txt\n");
    move(f, "e.txt", "d.txt"); // and in a whole run
    fixture_assert_sync(f, "renamed d.txt of e.txt\n");
    assert_documents(f, "d ");
    assert_no_notes(f);
}

static void
a_file_moved_over_the_original_of_a_duplicate_leaves_the_duplicate_a_document(void **state)
{
    ingest_fixture *f = *state;
    fixture_write(f, "c.txt", FOX);
    fixture_write(f, "d.txt", TIDE);
    fixture_write(f, "e.txt", TIDE);
    fixture_assert_sync(f, "added c.txt\nadded d.txt\nduplicate e.txt of d.txt\n");
    move(f, "c.txt", "d.txt");
    assert_watched(f, "c.txt", "d.txt", "renamed d.txt of c.txt\nadded e.txt\n");
    assert_documents(f, "d e ");
    assert_no_notes(f);
}

static void duplicates_of_a_file_that_is_renamed_name_its_new_path(void **state)
{
    ingest_fixture *f = *state;
    arena a;
    arena_init(&a, 0);
    fixture_write(f, "c.txt", FOX);
    fixture_write(f, "e.txt", FOX);
    fixture_assert_sync(f, "added c.txt\nduplicate e.txt of c.txt\n");
    move(f, "c.txt", "d.txt");
    assert_watched(f, "c.txt", "d.txt", "renamed d.txt of c.txt\nduplicate e.txt of d.txt\n");
    store_file note = stored_note(f, "e.txt", &a);
    assert_true(view_equal(note.original, view_of(fixture_path(f, "d.txt"))));
    arena_done(&a);
}

static void a_copy_whose_original_is_removed_later_takes_its_place(void **state)
{
    ingest_fixture *f = *state;
    fixture_write(f, "c.txt", FOX);
    fixture_write(f, "d.txt", TIDE);
    fixture_assert_sync(f, "added c.txt\nadded d.txt\n");
    fixture_write(f, "d.txt", FOX);
    assert_watched(f, "d.txt", "d.txt", "duplicate d.txt of c.txt\n");
    fixture_remove(f, "c.txt");
    assert_watched(f, "c.txt", "c.txt", "renamed d.txt of c.txt\n");
    assert_documents(f, "d ");
    assert_int_equal(texts_embedded(f), 2);
}

static void a_file_moved_from_outside_the_paths_given_is_renamed(void **state)
{
    ingest_fixture *f = *state;
    for (int sync = 0; sync < 2; sync++) {
        f->options.sync = sync;
        fixture_write(f, "a.txt", FOX);
        assert_added(f, "a.txt", sync ? "renamed a.txt of b.txt\n" : "added a.txt\n");
        move(f, "a.txt", "b.txt");
        assert_added(f, "b.txt", "renamed b.txt of a.txt\n");
        assert_documents(f, "b ");
        fixture_remove(f, "b.txt");
    }
    assert_int_equal(texts_embedded(f), 1);
}

static void a_root_that_is_renamed_takes_its_documents_and_notes_along(void **state)
{
    ingest_fixture *f = *state;
    assert_int_equal(mkdir(fixture_path(f, "one"), 0700), 0);
    fixture_write(f, "one/a.txt", FOX);
    fixture_write(f, "one/b.txt", FOX);
    fixture_write(f, "one/c.txt", TIDE);
    assert_added(f, "one", "added a.txt\nadded c.txt\nduplicate b.txt of a.txt\n");
    move(f, "one", "two");
    assert_added(f, "two",
                 "renamed a.txt of a.txt\nrenamed c.txt of c.txt\nduplicate b.txt of a.txt\n");
    fixture_remove(f, "two/b.txt");
    assert_added(f, "two", "unchanged a.txt\nunchanged c.txt\n");
    assert_no_notes(f); // also the one on one/b.txt is no longer there
    assert_int_equal(texts_embedded(f), 2);
}

static void an_original_that_cannot_be_looked_at_keeps_its_content(void **state)
{
    ingest_fixture *f = *state;
    char path[1024];
    assert_int_equal(mkdir(fixture_path(f, "disk"), 0700), 0);
    fixture_write(f, "disk/a.txt", FOX);
    assert_added(f, "disk", "added a.txt\n");
    // A loop of links: unlike a missing permission it stops root too. It stands for every error but
    // "no such file".
    move(f, "disk", "elsewhere");
    (void)snprintf(path, sizeof path, "%s", fixture_path(f, "disk"));
    assert_int_equal(symlink(path, path), 0);
    fixture_write(f, "b.txt", FOX);
    assert_added(f, "b.txt", "duplicate b.txt of a.txt\n");
    assert_documents(f, "a ");
    fixture_remove(f, "disk"); // the same disk, not mounted: nothing is lost by moving its document
    assert_added(f, "b.txt", "renamed b.txt of a.txt\n");
    move(f, "elsewhere", "disk");
    assert_added(f, "disk", "duplicate a.txt of b.txt\n");
    assert_documents(f, "b ");
}

/* ---- what is reported is on disk ---- */

/* on_event: a duplicate that is reported has its note, and its original is a source. */
static int assert_stored(void *context, const kith_ingest_event *event)
{
    ingest_fixture *f = context;
    store *s = database_store(f->database);
    arena a;
    kith_error err = {0};
    store_file note = {0};
    store_source original = {0};
    arena_init(&a, 0);
    if (event->outcome == KITH_DUPLICATE) {
        assert_ok(store_get_file(s, collection_id(f->collection), view_of(event->source), &a, &note,
                                 &err));
        assert_ok(store_get_source(s, collection_id(f->collection), view_of(event->other), &a,
                                   &original, &err));
        assert_true(view_equal(note.hash, original.hash));
    }
    arena_done(&a);
    return fixture_note_event(f, event);
}

static void a_duplicate_is_reported_when_its_original_and_its_note_are_stored(void **state)
{
    ingest_fixture *f = *state;
    f->event_hook = assert_stored;
    f->limits.file_notes = 2; // crossed twice by each content
    char name[16];
    for (int i = 0; i < 12; i++) {
        (void)snprintf(name, sizeof name, "%c%d.txt", 'a' + i % 2, i);
        fixture_write(f, name, i % 2 ? FOX : TIDE);
    }
    kith_error err = {0};
    assert_ok(fixture_sync(f, &err));
    assert_int_equal(f->report.files_added, 2);
    assert_int_equal(f->report.files_duplicate, 10);
    assert_int_equal(texts_embedded(f), 2);
    for (int i = 0; i < 12; i++) {
        (void)snprintf(name, sizeof name, "%c%d.txt", 'a' + i % 2, i);
        fixture_write(f, name, i % 2 ? BREAD : TIDE); // the copies of one are copies of another
    }
    assert_ok(fixture_sync(f, &err));
    assert_int_equal(f->report.files_updated + f->report.files_unchanged, 2);
    assert_int_equal(f->report.files_duplicate, 10);
}

static void a_copy_of_a_file_that_failed_is_no_duplicate(void **state)
{
    ingest_fixture *f = *state;
    kith_error err = {0};
    ingest_run in = {0};
    fake_endpoint_free(f->endpoint);
    embedder_free(f->embedder);
    f->endpoint = fake_endpoint_new("127.0.0.1");
    for (int i = 0; i < 2; i++) // the text of a.txt is refused, with its group and alone
        fake_endpoint_reply(f->endpoint, 400, "Content-Type: application/json\r\n",
                            "{\"error\":{\"message\":\"maximum context length\"}}");
    fixture_reply_vectors(f, 1);
    fixture_start_endpoint(f);
    f->event_hook = assert_stored;
    fixture_write(f, "a.txt", FOX);
    fixture_write(f, "b.txt", FOX);
    fixture_write(f, "c.txt", FOX);
    const char *const paths[] = {f->folder};
    fixture_begin(f, &in);
    in.survives_outage = true;
    assert_ok(sync_paths(&in, paths, 1, &err));
    fixture_end(f, &in);
    assert_string_equal(f->log, "failed a.txt\nfailed b.txt\nadded c.txt\n");
}

/* ---- several paths ---- */

static void
what_is_named_outright_is_taken_before_or_behind_the_folder_that_it_lies_in(void **state)
{
    ingest_fixture *f = *state;
    char folder[1024], hidden[1024], ignored[1024];
    (void)snprintf(folder, sizeof folder, "%s", f->folder);
    (void)snprintf(hidden, sizeof hidden, "%s", fixture_path(f, ".b.txt"));
    (void)snprintf(ignored, sizeof ignored, "%s", fixture_path(f, "c.txt"));
    fixture_write(f, ".gitignore", "c.txt\nd.txt\n");
    fixture_write(f, "a.txt", FOX);
    fixture_write(f, ".b.txt", TIDE);
    fixture_write(f, "c.txt", "Green tea is brewed at eighty degrees.\n");
    fixture_write(f, "d.txt", "Black tea is brewed at a hundred.\n");
    const char *const orders[][3] = {{folder, hidden, ignored}, {ignored, hidden, folder}};
    const char *const logs[] = {
        "ignored d.txt\nadded a.txt\nadded .b.txt\nadded c.txt\n",
        "ignored d.txt\nunchanged c.txt\nunchanged .b.txt\nunchanged a.txt\n",
    };
    f->options.sync = true;
    for (size_t i = 0; i < 2; i++) {
        kith_error err = {0};
        ingest_run in = {0};
        fixture_begin(f, &in);
        assert_ok(sync_paths(&in, orders[i], 3, &err));
        fixture_end(f, &in);
        assert_string_equal(f->log, logs[i]);
    }
}

/* ---- runs that end early, or change nothing ---- */

static void a_dry_run_reports_the_same_and_stores_nothing(void **state)
{
    ingest_fixture *f = *state;
    f->options.dry_run = true;
    fixture_write(f, "a.txt", FOX);
    fixture_write(f, "b.txt", FOX);
    fixture_write(f, "c.txt", "short");
    fixture_assert_sync(f, "added a.txt\nduplicate b.txt of a.txt\nskipped c.txt\n");
    assert_int_equal(texts_embedded(f), 0);
    assert_documents(f, "");
    assert_no_notes(f);
}

/* As in the run itself, its chunks keep their vectors. */
static void a_dry_run_counts_no_chunks_for_a_renamed_file(void **state)
{
    ingest_fixture *f = *state;
    fixture_write(f, "a.txt", FOX);
    fixture_assert_sync(f, "added a.txt\n");
    assert_int_equal(f->report.chunks, 1);
    move(f, "a.txt", "b.txt");
    f->options.dry_run = true;
    fixture_assert_sync(f, "renamed b.txt of a.txt\n");
    assert_int_equal(f->report.chunks, 0);
    f->options.dry_run = false;
    fixture_assert_sync(f, "renamed b.txt of a.txt\n");
    assert_int_equal(f->report.chunks, 0);
}

static void a_run_that_is_stopped_keeps_what_it_reported_and_the_next_one_ends_it(void **state)
{
    ingest_fixture *f = *state;
    kith_error err = {0};
    f->limits.units = 1;
    f->stop_after = 2; // the progress of a.txt, and that it was added
    fixture_write(f, "a.txt", FOX);
    fixture_write(f, "b.txt", TIDE);
    assert_status(KITH_ERR_CANCELLED, fixture_sync(f, &err));
    assert_string_equal(f->log, "added a.txt\n");
    assert_documents(f, "a ");
    f->stop_after = 0;
    fixture_assert_sync(f, "unchanged a.txt\nadded b.txt\n");
}

static void below_a_place_that_cannot_be_read_nothing_counts_as_missing(void **state)
{
    ingest_fixture *f = *state;
    enum { DEEPER = 70 }; // than the walk descends
    char deep[2 * DEEPER] = "d";
    kith_error err = {0};
    uint64_t sequence = 0;
    for (size_t i = 1; i < DEEPER; i++) {
        assert_int_equal(mkdir(fixture_path(f, deep), 0700), 0);
        memcpy(deep + 2 * i - 1, "/d", 3);
    }
    // As if an earlier run had read a file below the place, and another one elsewhere.
    const char *const names[] = {deep, "gone.txt"};
    for (int i = 0; i < 2; i++) {
        const store_source source = {.path = view_of(fixture_path(f, names[i])),
                                     .hash = VIEW("hash")};
        const store_document d = {
            .key = i ? VIEW("gone") : VIEW("deep"), .metadata = VIEW("{}"), .text = VIEW("text")};
        assert_ok(store_put_documents(database_store(f->database), collection_id(f->collection),
                                      &source, &d, 1, &sequence, &err));
    }
    fixture_assert_sync(f, "failed d\nremoved gone.txt\n");
    assert_documents(f, "deep ");
}

static void a_path_that_is_not_there_ends_the_run_before_anything_is_stored(void **state)
{
    ingest_fixture *f = *state;
    kith_error err = {0};
    ingest_run in = {0};
    fixture_write(f, "a.txt", FOX);
    char none[1024];
    (void)snprintf(none, sizeof none, "%s", fixture_path(f, "none"));
    const char *const paths[] = {f->folder, none};
    fixture_begin(f, &in);
    assert_status(KITH_ERR_NOT_FOUND, sync_paths(&in, paths, 2, &err));
    fixture_end(f, &in);
    assert_documents(f, "");
}

/* ---- invariants ---- */

static void the_check_names_what_is_broken(void **state)
{
    ingest_fixture *f = *state;
    kith_error err = {0};
    ingest_run in = {0};
    sync_run *s = NULL;
    const sync_scope scope = {0};
    const file_info info = {.kind = FILE_REGULAR};
    fixture_begin(f, &in);
    assert_ok(sync_run_new(&in, &scope, &s, &err));
    assert_null(sync_run_check(s));
    assert_ok(file_list_add(&s->content_owners, "/a.txt", &info, &err));
    assert_string_equal(sync_run_check(s), "the owner of a content has no state");
    assert_ok(map_put(s->seen, VIEW("/a.txt"), SEEN_CHANGED));
    assert_null(sync_run_check(s));
    assert_ok(map_put(s->stored_by_content, VIEW("hash.md"), 0));
    assert_string_equal(sync_run_check(s), "a content's owner has another extension than its key");
    assert_true(map_remove(s->stored_by_content, VIEW("hash.md")));
    assert_ok(map_put(s->stored_by_content, VIEW("hash.txt"), 1));
    assert_string_equal(sync_run_check(s), "stored_by_content points past content_owners");
    sync_run_free(s);
    in.text_bytes = 1;
    assert_string_equal(ingest_check(&in), "text_bytes is not the sum of the units' bytes");
    in.text_bytes = 0;
    fixture_end(f, &in);
}

int main(void)
{
#define SYNC_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        SYNC_TEST(a_file_is_added_then_unchanged_then_updated_then_removed),
        SYNC_TEST(without_sync_a_vanished_file_stays),
        SYNC_TEST(other_chunk_settings_make_a_file_a_changed_one),
        SYNC_TEST(what_is_no_file_or_no_document_is_noted_with_its_reason),
        SYNC_TEST(what_a_file_held_goes_with_sync_when_its_new_content_is_unusable),
        SYNC_TEST(what_a_file_held_stays_when_its_parser_cannot_be_run),
        SYNC_TEST(equal_content_is_embedded_once_and_the_second_path_is_a_duplicate),
        SYNC_TEST(a_changed_file_may_become_a_duplicate),
        SYNC_TEST(a_duplicate_of_a_file_that_has_changed_in_this_run_is_a_document),
        SYNC_TEST(a_duplicate_of_a_file_that_changes_later_in_the_run_is_a_document),
        SYNC_TEST(two_files_that_swap_their_contents_are_both_documents_afterwards),
        SYNC_TEST(a_duplicate_is_promoted_when_its_original_changes),
        SYNC_TEST(a_renamed_file_keeps_its_vectors),
        SYNC_TEST(a_duplicate_takes_the_place_of_its_missing_original),
        SYNC_TEST(a_circle_of_renames_loses_no_content),
        SYNC_TEST(a_file_moved_over_an_indexed_one_is_its_rename),
        SYNC_TEST(a_file_moved_over_the_original_of_a_duplicate_leaves_the_duplicate_a_document),
        SYNC_TEST(duplicates_of_a_file_that_is_renamed_name_its_new_path),
        SYNC_TEST(a_copy_whose_original_is_removed_later_takes_its_place),
        SYNC_TEST(a_file_moved_from_outside_the_paths_given_is_renamed),
        SYNC_TEST(a_root_that_is_renamed_takes_its_documents_and_notes_along),
        SYNC_TEST(an_original_that_cannot_be_looked_at_keeps_its_content),
        SYNC_TEST(a_duplicate_is_reported_when_its_original_and_its_note_are_stored),
        SYNC_TEST(a_copy_of_a_file_that_failed_is_no_duplicate),
        SYNC_TEST(what_is_named_outright_is_taken_before_or_behind_the_folder_that_it_lies_in),
        SYNC_TEST(a_dry_run_reports_the_same_and_stores_nothing),
        SYNC_TEST(a_dry_run_counts_no_chunks_for_a_renamed_file),
        SYNC_TEST(a_run_that_is_stopped_keeps_what_it_reported_and_the_next_one_ends_it),
        SYNC_TEST(below_a_place_that_cannot_be_read_nothing_counts_as_missing),
        SYNC_TEST(a_path_that_is_not_there_ends_the_run_before_anything_is_stored),
        SYNC_TEST(the_check_names_what_is_broken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
