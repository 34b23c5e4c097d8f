/* test_store_files.c - notes of files that gave nothing, sources by content, and moves. */
#include "fixture.h"

static const float vector[DIM] = {1, 2, 3, 4};

static store_file note_of(const char *path, store_file_state state, const char *hash)
{
    return (store_file){.path = view_of(path),
                        .state = state,
                        .status = KITH_ERR_IO,
                        .reason = VIEW("why not"),
                        .original = VIEW("/original"),
                        .hash = view_of(hash),
                        .bytes = 9,
                        .modified_ns = -4};
}

static void put_source(const fixture *f, const char *path, const char *former, const char *hash,
                       const char *key)
{
    kith_error err = {0};
    uint64_t sequence = 0;
    char chunk_key[64];
    (void)snprintf(chunk_key, sizeof chunk_key, "%s_0", key);
    store_point chunk = point_of(chunk_key, "text", vector);
    store_document d = {.key = view_of(key),
                        .metadata = VIEW("{}"),
                        .text = VIEW("text"),
                        .points = &chunk,
                        .point_count = 1};
    store_source source = {
        .path = view_of(path), .hash = view_of(hash), .former = view_of(former ? former : "")};
    assert_ok(store_put_documents(f->store, f->collection, &source, &d, 1, &sequence, &err));
}

static uint32_t count_notes(fixture *f)
{
    kith_error err = {0};
    store_file *files = NULL;
    uint32_t count = 0;
    assert_ok(store_list_files(f->store, f->collection, NULL, &f->arena, &files, &count, &err));
    return count;
}

static void a_note_reads_back_replaces_the_one_before_and_is_no_change(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t before = get_collection(f).sequence;
    store_file notes[] = {note_of("/b", STORE_FILE_SKIPPED, ""),
                          note_of("/a\xFF\n", STORE_FILE_FAILED, "")};
    store_file got = {0}, *listed = NULL;
    uint32_t count = 0;
    assert_ok(store_note_files(f->store, f->collection, notes, 2, &err));
    notes[0].state = STORE_FILE_FAILED;
    assert_ok(store_note_files(f->store, f->collection, notes, 1, &err));
    assert_ok(store_list_files(f->store, f->collection, NULL, &f->arena, &listed, &count, &err));
    assert_int_equal(count, 2);
    assert_view(listed[0].path, "/a\xFF\n");
    assert_ok(store_get_file(f->store, f->collection, VIEW("/b"), &f->arena, &got, &err));
    assert_int_equal(got.state, STORE_FILE_FAILED);
    assert_int_equal(got.status, KITH_ERR_IO);
    assert_view(got.reason, "why not");
    assert_view(got.original, "/original");
    assert_int_equal(got.bytes, 9);
    assert_int_equal(got.modified_ns, -4);
    assert_int_equal(get_collection(f).sequence, before);
    assert_ok(store_check(f->store, &err));
}

static void a_note_that_is_not_there_is_not_found(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    store_file got = {0};
    assert_status(KITH_ERR_NOT_FOUND,
                  store_get_file(f->store, f->collection, VIEW("/x"), &f->arena, &got, &err));
    assert_status(KITH_ERR_NOT_FOUND, store_note_files(f->store, 99, NULL, 0, &err));
}

static void a_file_that_becomes_a_source_or_is_forgotten_is_noted_no_more(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    store_file notes[] = {note_of("/a", STORE_FILE_FAILED, ""),
                          note_of("/b", STORE_FILE_FAILED, "")};
    assert_ok(store_note_files(f->store, f->collection, notes, 2, &err));
    put_source(f, "/a", NULL, "h", "a");
    assert_int_equal(count_notes(f), 1);
    notes[1].state = STORE_FILE_FORGOTTEN;
    assert_ok(store_note_files(f->store, f->collection, &notes[1], 1, &err));
    assert_int_equal(count_notes(f), 0);
}

static void duplicates_are_found_by_hash_and_orphans_by_its_loss(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    store_file notes[] = {note_of("/c", STORE_FILE_DUPLICATE, "h"),
                          note_of("/d", STORE_FILE_SKIPPED, "")};
    store_file *found = NULL;
    uint32_t count = 0;
    uint64_t sequence = 0;
    put_source(f, "/a", NULL, "h", "a");
    notes[0].original = VIEW("/a");
    assert_ok(store_note_files(f->store, f->collection, notes, 2, &err));
    assert_ok(
        store_list_duplicates(f->store, f->collection, VIEW("h"), &f->arena, &found, &count, &err));
    assert_int_equal(count, 1);
    assert_view(found[0].path, "/c");
    assert_ok(store_list_orphans(f->store, f->collection, &f->arena, &found, &count, &err));
    assert_int_equal(count, 0);
    put_source(f, "/b", NULL, "h", "b"); // the content stays, but not where the note says
    assert_ok(store_delete_source(f->store, f->collection, VIEW("/a"), &sequence, &err));
    assert_ok(store_list_orphans(f->store, f->collection, &f->arena, &found, &count, &err));
    assert_int_equal(count, 1);
}

typedef struct visited {
    char paths[8][16];
    uint32_t count;
} visited;

static void keep_path(visited *v, view path)
{
    assert_true(v->count < 8 && path.size < sizeof v->paths[0]);
    memcpy(v->paths[v->count++], path.data, path.size);
}

static kith_status visit_source(void *context, const store_source *source)
{
    keep_path(context, source->path);
    return KITH_OK;
}

static kith_status visit_file(void *context, const store_file *file)
{
    keep_path(context, file->path);
    return KITH_OK;
}

static kith_status visit_no_more(void *context, const store_source *source)
{
    keep_path(context, source->path);
    return KITH_ERR_CANCELLED;
}

static void assert_paths(const visited *v, const char *const *expected, uint32_t count)
{
    assert_int_equal(v->count, count);
    for (uint32_t i = 0; i < count; i++)
        assert_string_equal(v->paths[i], expected[i]);
}

static void what_lies_below_a_path_is_visited_and_nothing_beside_it(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    static const char *const paths[] = {"/a", "/a!", "/a-b/c", "/a/b", "/a/b/c", "/a0", "/aa/b"};
    static const char *const below[] = {"/a", "/a/b", "/a/b/c"};
    for (int i = 0; i < 7; i++) {
        char key[8];
        (void)snprintf(key, sizeof key, "d%d", i);
        store_file n = note_of(paths[i], STORE_FILE_FAILED, "");
        put_source(f, paths[i], NULL, "h", key);
        assert_ok(store_note_files(f->store, f->collection, &n, 1, &err));
    }
    visited sources = {0}, files = {0}, all = {0}, one = {0};
    assert_ok(
        store_visit_sources(f->store, f->collection, VIEW("/a"), visit_source, &sources, &err));
    assert_paths(&sources, below, 3);
    assert_ok(store_visit_files(f->store, f->collection, VIEW("/a"), visit_file, &files, &err));
    assert_paths(&files, below, 3);
    assert_ok(store_visit_sources(f->store, f->collection, VIEW("/"), visit_source, &all, &err));
    assert_paths(&all, paths, 7);
    assert_status(KITH_ERR_CANCELLED, store_visit_sources(f->store, f->collection, VIEW("/"),
                                                          visit_no_more, &one, &err));
    assert_paths(&one, paths, 1);
    assert_status(KITH_ERR_NOT_FOUND,
                  store_visit_sources(f->store, 99, VIEW("/"), visit_source, &all, &err));
    assert_status(KITH_ERR_NOT_FOUND,
                  store_visit_files(f->store, 99, VIEW("/"), visit_file, &all, &err));
}

static bool is_not_a(void *context, view path)
{
    (void)context;
    return !view_equal(path, VIEW("/a"));
}

static void a_source_is_found_by_its_content(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    store_source found = {0};
    put_source(f, "/a", NULL, "h", "a");
    assert_status(KITH_ERR_NOT_FOUND, store_find_source(f->store, f->collection, VIEW("h"),
                                                        &f->arena, is_not_a, NULL, &found, &err));
    put_source(f, "/b", NULL, "h", "b");
    assert_ok(store_find_source(f->store, f->collection, VIEW("h"), &f->arena, is_not_a, NULL,
                                &found, &err));
    assert_view(found.path, "/b");
}

static void a_move_takes_the_keys_along_in_one_change(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    store_source got = {0};
    store_point *points = NULL;
    uint32_t count = 0;
    put_source(f, "/a", NULL, "h", "doc");
    uint64_t before = get_collection(f).sequence;
    put_source(f, "/b", "/a", "h", "doc"); // the same key, which /a gives up
    assert_int_equal(get_collection(f).sequence, before + 1);
    assert_status(KITH_ERR_NOT_FOUND,
                  store_get_source(f->store, f->collection, VIEW("/a"), &f->arena, &got, &err));
    assert_ok(store_source_points(f->store, f->collection, VIEW("/b"),
                                  STORE_WITH_VECTOR | STORE_WITH_CONTENT, &f->arena, &points,
                                  &count, &err));
    assert_int_equal(count, 1);
    assert_view(points[0].key, "doc_0");
    assert_memory_equal(points[0].vector, vector, sizeof vector);
    assert_ok(store_check(f->store, &err));
}

static void several_sources_are_stored_together_or_not_at_all(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t sequence = 0, before = get_collection(f).sequence;
    store_point chunks[] = {point_of("x_0", "text", vector), point_of("y_0", "text", vector)};
    store_document documents[] = {
        {.key = VIEW("x"),
         .metadata = VIEW("{}"),
         .text = VIEW("t"),
         .points = &chunks[0],
         .point_count = 1},
        {.key = VIEW("y"),
         .metadata = VIEW("{}"),
         .text = VIEW("t"),
         .points = &chunks[1],
         .point_count = 1},
    };
    store_source sources[] = {{.path = VIEW("/x"), .hash = VIEW("1")},
                              {.path = VIEW("/y"), .hash = VIEW("2")}};
    store_deposit deposits[] = {{&sources[0], &documents[0], 1}, {&sources[1], &documents[1], 1}};
    assert_ok(store_put_sources(f->store, f->collection, &(store_deposits){deposits, 2, NULL},
                                &sequence, &err));
    assert_int_equal(sequence, before + 2);
    documents[1].key = VIEW("x"); // belongs to /x
    sources[0].hash = VIEW("3");
    assert_status(KITH_ERR_EXISTS,
                  store_put_sources(f->store, f->collection, &(store_deposits){deposits, 2, NULL},
                                    &sequence, &err));
    store_source got = {0};
    assert_ok(store_get_source(f->store, f->collection, VIEW("/x"), &f->arena, &got, &err));
    assert_view(got.hash, "1");
    assert_int_equal(get_collection(f).sequence, before + 2);
    assert_ok(store_check(f->store, &err));
}

static void a_damaged_note_is_found(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    store_file note = note_of("/a", STORE_FILE_FAILED, ""), got = {0};
    assert_ok(store_note_files(f->store, f->collection, &note, 1, &err));
    run_sql(f, "UPDATE files SET reason = 'other'");
    assert_status(KITH_ERR_CORRUPT,
                  store_get_file(f->store, f->collection, VIEW("/a"), &f->arena, &got, &err));
    assert_status(KITH_ERR_CORRUPT, store_check(f->store, &err));
}

static void notes_go_with_their_collection(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    store_file note = note_of("/a", STORE_FILE_FAILED, "");
    assert_ok(store_note_files(f->store, f->collection, &note, 1, &err));
    assert_ok(store_collection_drop(f->store, f->collection, &err));
    store_collection_purge(f->store, f->collection);
    assert_int_equal(ask_sql(f, "SELECT count(*) FROM files"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(a_note_reads_back_replaces_the_one_before_and_is_no_change),
        with_store(a_note_that_is_not_there_is_not_found),
        with_store(a_file_that_becomes_a_source_or_is_forgotten_is_noted_no_more),
        with_store(duplicates_are_found_by_hash_and_orphans_by_its_loss),
        with_store(what_lies_below_a_path_is_visited_and_nothing_beside_it),
        with_store(a_source_is_found_by_its_content),
        with_store(a_move_takes_the_keys_along_in_one_change),
        with_store(several_sources_are_stored_together_or_not_at_all),
        with_store(a_damaged_note_is_found),
        with_store(notes_go_with_their_collection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
