/* Tests of the ids of documents that come from files: short when free, longer when taken, and
 * kept. */
#include "test.h"

#include "scratch.h"

#include "ingest/document_name.h"

typedef struct fixture {
    void *scratch;
    store *store;
    arena memory;
    document_namer namer;
} fixture;

static int fixture_setup(void **state)
{
    kith_error err = {0};
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    assert_int_equal(scratch_setup(&f->scratch), 0);
    assert_ok(store_open(f->scratch, &f->store, &err));
    arena_init(&f->memory, 0);
    uint64_t c = 0;
    assert_ok(store_collection_create(f->store, VIEW("c"), KITH_COSINE, 0, VIEW(""), 0, &c, &err));
    f->namer = (document_namer){f->store, c, map_new()};
    assert_non_null(f->namer.assigned);
    *state = f;
    return 0;
}

static int fixture_teardown(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    map_free(f->namer.assigned);
    arena_done(&f->memory);
    assert_ok(store_close(f->store, &err));
    assert_int_equal(scratch_teardown(&f->scratch), 0);
    free(f);
    return 0;
}

/* A source with one document, as an earlier run left it. */
static void store_document_of(fixture *f, const char *path, const char *id)
{
    kith_error err = {0};
    uint64_t sequence = 0;
    const store_source source = {.path = view_of(path), .hash = VIEW("hash")};
    const store_document d = {.key = view_of(id), .metadata = VIEW("{}"), .text = VIEW("text")};
    assert_ok(store_put_documents(f->store, f->namer.collection, &source, &d, 1, &sequence, &err));
}

static const char *name(fixture *f, const named_file *file, const char *own, uint32_t record)
{
    kith_error err = {0};
    view id = {NULL, 0};
    const document d = {.id = view_of(own)};
    assert_ok(name_document(&f->namer, file, &d, record, &f->memory, &id, &err));
    assert_int_equal(strlen(id.data), id.size);
    return id.data;
}

static void a_file_is_called_by_its_stem(void **state)
{
    assert_string_equal(name(*state, &(named_file){.path = "/h/docs/notes.md"}, "", 0), "notes");
}

static void a_name_that_was_assigned_in_this_run_gets_longer_twice(void **state)
{
    assert_string_equal(name(*state, &(named_file){.path = "/h/a/notes.md"}, "", 0), "notes");
    assert_string_equal(name(*state, &(named_file){.path = "/h/b/notes.md"}, "", 0), "b/notes.md");
    assert_string_equal(name(*state, &(named_file){.path = "/i/b/notes.md"}, "", 0),
                        "/i/b/notes.md");
}

static void a_name_of_another_stored_source_is_taken(void **state)
{
    store_document_of(*state, "/h/a/notes.md", "notes");
    assert_string_equal(name(*state, &(named_file){.path = "/h/b/notes.md"}, "", 0), "b/notes.md");
}

static void a_changed_file_gets_the_name_that_it_had(void **state)
{
    store_document_of(*state, "/h/a/notes.md", "notes");
    assert_string_equal(name(*state, &(named_file){.path = "/h/a/notes.md"}, "", 0), "notes");
}

static void a_renamed_file_may_take_the_name_of_its_former_path(void **state)
{
    store_document_of(*state, "/h/a/notes.md", "notes");
    const named_file file = {.path = "/h/b/notes.md", .former = "/h/a/notes.md"};
    assert_string_equal(name(*state, &file, "", 0), "notes");
}

static void without_a_store_every_name_is_free(void **state)
{
    fixture *f = *state;
    store_document_of(f, "/h/a/notes.md", "notes");
    f->namer.store = NULL;
    assert_string_equal(name(f, &(named_file){.path = "/h/b/notes.md"}, "", 0), "notes");
}

static void records_are_called_by_their_own_id_or_by_their_number(void **state)
{
    const named_file file = {.path = "/h/a/list.jsonl", .has_records = true};
    assert_string_equal(name(*state, &file, "q7", 0), "q7");
    assert_string_equal(name(*state, &file, "", 1), "list-2");
}

static void a_record_whose_id_is_taken_carries_its_file_and_then_its_path(void **state)
{
    store_document_of(*state, "/h/other.jsonl", "q7");
    const named_file file = {.path = "/h/a/list.jsonl", .has_records = true};
    assert_string_equal(name(*state, &file, "q7", 0), "a/list.jsonl#q7");
    assert_string_equal(name(*state, &file, "q7", 1), "/h/a/list.jsonl#2");
}

static void a_record_whose_every_id_is_taken_is_an_error(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    view id = {NULL, 0};
    const named_file file = {.path = "/h/a/list.jsonl", .has_records = true};
    const document d = {.id = VIEW("q7")};
    for (uint32_t i = 0; i < 4; i++)
        (void)name(f, &file, "q7", i ? 4 : 3); // the last two are "PATH#5" and "HEX#5"
    assert_status(KITH_ERR_EXISTS, name_document(&f->namer, &file, &d, 4, &f->memory, &id, &err));
    assert_null(id.data);
    assert_string_equal(err.message, "every id for '/h/a/list.jsonl' belongs to another document, "
                                     "'d729199be801ae5d5eba9965a02eeda4#5' too");
}

static void long_paths_with_one_end_get_different_names(void **state)
{
    fixture *f = *state;
    enum { PATHS = 5, DIRECTORIES = KITH_KEY_MAX_BYTES / 2 };
    char end[2 * DIRECTORIES + 1], path[sizeof end + 32];
    const char *ids[PATHS];
    for (size_t i = 0; i < DIRECTORIES; i++)
        memcpy(end + 2 * i, "/d", 3);
    for (int i = 0; i < PATHS; i++) {
        (void)snprintf(path, sizeof path, "/%d%s/notes.md", i, end);
        ids[i] = name(f, &(named_file){.path = path}, "", 0);
    }
    assert_string_equal(ids[0], "notes");
    assert_string_equal(ids[1], "d/notes.md");
    assert_string_equal(ids[2], name_clean(view_of(path), &f->memory).data);
    for (int i = 3; i < PATHS; i++)
        assert_int_equal(strlen(ids[i]), 32);
    assert_string_not_equal(ids[3], ids[4]);
}

static void a_name_is_valid_utf8_without_control_characters(void **state)
{
    fixture *f = *state;
    assert_string_equal(name_clean(VIEW("a\nb\x7F"
                                        "c"),
                                   &f->memory)
                            .data,
                        "a_b_c");
    assert_string_equal(name_clean(VIEW("a\xFFz"), &f->memory).data, "a\xEF\xBF\xBDz");
}

static void a_long_name_loses_its_beginning_at_a_code_point(void **state)
{
    fixture *f = *state;
    char raw[2 * KITH_KEY_MAX_BYTES];
    for (size_t i = 0; i < sizeof raw; i += 2)
        memcpy(raw + i, "\xC3\xA9", 2);
    view v = name_clean((view){raw, sizeof raw - 1}, &f->memory); // its last byte is not UTF-8
    assert_in_range(v.size, KITH_KEY_MAX_BYTES - 25, KITH_KEY_MAX_BYTES - 24);
    assert_memory_equal(v.data, "\xC3\xA9", 2);
    assert_memory_equal(v.data + v.size - 3, "\xEF\xBF\xBD", 3);
}

int main(void)
{
#define NAME_TEST(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        NAME_TEST(a_file_is_called_by_its_stem),
        NAME_TEST(a_name_that_was_assigned_in_this_run_gets_longer_twice),
        NAME_TEST(a_name_of_another_stored_source_is_taken),
        NAME_TEST(a_changed_file_gets_the_name_that_it_had),
        NAME_TEST(a_renamed_file_may_take_the_name_of_its_former_path),
        NAME_TEST(without_a_store_every_name_is_free),
        NAME_TEST(records_are_called_by_their_own_id_or_by_their_number),
        NAME_TEST(a_record_whose_id_is_taken_carries_its_file_and_then_its_path),
        NAME_TEST(a_record_whose_every_id_is_taken_is_an_error),
        NAME_TEST(long_paths_with_one_end_get_different_names),
        NAME_TEST(a_name_is_valid_utf8_without_control_characters),
        NAME_TEST(a_long_name_loses_its_beginning_at_a_code_point),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
