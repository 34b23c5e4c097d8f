/* test_store_catalog.c - tenants, databases, and what a collection is called and described by. */
#include "fixture.h"

#include "store/catalog.h"
#include "store/conversations.h"

static const store_page whole = {0, 0};

static uint64_t make_database(const fixture *f, const char *tenant, const char *name)
{
    kith_error err = {0};
    arena a;
    store_database d = {0};
    arena_init(&a, 0);
    kith_status status = store_tenant_create(f->store, view_of(tenant), &err);
    assert_true(status == KITH_OK || status == KITH_ERR_EXISTS);
    assert_ok(store_database_create(f->store, view_of(tenant), view_of(name), &err));
    assert_ok(store_database_get(f->store, view_of(tenant), view_of(name), &a, &d, &err));
    arena_done(&a);
    return d.id;
}

static store_collection make_collection(fixture *f, uint64_t database, const char *name)
{
    kith_error err = {0};
    bool created = false;
    store_collection c = {0};
    const store_collection_spec spec = {.database = database,
                                        .name = view_of(name),
                                        .metric = KITH_COSINE,
                                        .dim = DIM,
                                        .now_ms = 5};
    assert_ok(store_collection_ensure(f->store, &spec, &f->arena, &c, &created, &err));
    assert_true(created);
    return c;
}

static kith_status find_by_name(fixture *f, uint64_t database, const char *name,
                                store_collection *out)
{
    kith_error err = {0};
    const store_address address = {.database = database, .name = view_of(name)};
    return store_collection_find(f->store, &address, &f->arena, out, &err);
}

static kith_status find_by_uuid(fixture *f, uint64_t database, const uuid *id,
                                store_collection *out)
{
    kith_error err = {0};
    const store_address address = {.database = database, .uuid = id};
    return store_collection_find(f->store, &address, &f->arena, out, &err);
}

static kith_status modify(const fixture *f, uint64_t id, store_modification to, kith_error *err)
{
    return store_collection_modify(f->store, id, &to, err);
}

/* ---- tenants and databases ---- */

static void a_new_store_has_chromas_default_tenant_and_database(void **state)
{
    static const uuid zeros = {{0}};
    kith_error err = {0};
    fixture *f = *state;
    store_database d = {0};
    assert_ok(store_tenant_find(f->store, VIEW("default_tenant"), &err));
    assert_ok(store_database_get(f->store, VIEW("default_tenant"), VIEW("default_database"),
                                 &f->arena, &d, &err));
    assert_int_equal(d.id, STORE_DEFAULT_DATABASE);
    assert_memory_equal(&d.uuid, &zeros, sizeof zeros);
    assert_view(d.tenant, "default_tenant");
    assert_view(d.name, "default_database");
    assert_int_equal(get_collection(f).database, STORE_DEFAULT_DATABASE);
}

static void a_name_is_taken_among_siblings_only(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t first = make_database(f, "t", "d"), second = make_database(f, "u", "d");
    assert_true(first != second);
    assert_status(KITH_ERR_EXISTS, store_tenant_create(f->store, VIEW("t"), &err));
    assert_non_null(strstr(err.message, "'t'"));
    assert_status(KITH_ERR_EXISTS, store_database_create(f->store, VIEW("t"), VIEW("d"), &err));
    assert_non_null(strstr(err.message, "'d'"));
    store_collection a = make_collection(f, first, "notes"),
                     b = make_collection(f, second, "notes");
    assert_true(a.id != b.id);
    assert_memory_not_equal(&a.uuid, &b.uuid, sizeof a.uuid);
}

static void what_is_missing_is_not_found(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    store_database d = {0};
    store_database *list = NULL;
    uint32_t count = 0;
    bool created = false;
    store_collection c = {0};
    const store_collection_spec spec = {.database = 77, .name = VIEW("n")};
    assert_status(KITH_ERR_NOT_FOUND, store_tenant_find(f->store, VIEW("no"), &err));
    assert_status(KITH_ERR_NOT_FOUND, store_database_create(f->store, VIEW("no"), VIEW("d"), &err));
    assert_status(KITH_ERR_NOT_FOUND,
                  store_database_get(f->store, VIEW("no"), VIEW("d"), &f->arena, &d, &err));
    assert_status(KITH_ERR_NOT_FOUND, store_database_get(f->store, VIEW("default_tenant"),
                                                         VIEW("d"), &f->arena, &d, &err));
    assert_status(KITH_ERR_NOT_FOUND, store_database_list(f->store, VIEW("no"), &whole, &f->arena,
                                                          &list, &count, &err));
    assert_status(KITH_ERR_NOT_FOUND,
                  store_collection_ensure(f->store, &spec, &f->arena, &c, &created, &err));
    assert_status(KITH_ERR_NOT_FOUND, modify(f, 77, (store_modification){VIEW("x")}, &err));
}

static void lists_are_in_order_of_name_and_come_in_pages(void **state)
{
    static const char *const names[] = {"e", "b", "d", "a", "c"};
    kith_error err = {0};
    fixture *f = *state;
    (void)make_database(f, "t", "first");
    for (size_t i = 0; i < 5; i++)
        (void)make_database(f, "u", names[i]);
    for (uint64_t offset = 0; offset < 7; offset++) {
        store_database *list = NULL;
        uint32_t count = 0;
        const store_page page = {offset, 2};
        assert_ok(store_database_list(f->store, VIEW("u"), &page, &f->arena, &list, &count, &err));
        assert_int_equal(count, offset < 4 ? 2 : offset == 4 ? 1 : 0);
        for (uint32_t i = 0; i < count; i++)
            assert_int_equal(list[i].name.data[0], 'a' + (int)offset + (int)i);
    }
    view *tenants = NULL;
    uint32_t count = 0;
    assert_ok(store_tenant_list(f->store, &whole, &f->arena, &tenants, &count, &err));
    assert_int_equal(count, 3);
    assert_view(tenants[0], "default_tenant");
    assert_view(tenants[2], "u");
    const store_page far = {UINT64_MAX, UINT64_MAX};
    assert_ok(store_tenant_list(f->store, &far, &f->arena, &tenants, &count, &err));
    assert_int_equal(count, 0);
}

static void a_database_is_deleted_with_all_that_is_in_it(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t d = make_database(f, "t", "d"), other = make_database(f, "t", "other");
    uint64_t talk = 0, kept = 0, sequence = 0, *ids = NULL;
    uint32_t count = 0;
    store_collection a = make_collection(f, d, "a"), b = make_collection(f, d, "b"), c = {0};
    (void)make_collection(f, other, "a");
    float vector[DIM] = {1, 0, 0, 1};
    store_point p = point_of("p", "text", vector);
    store_conversation found = {0};
    assert_ok(store_put_points(f->store, a.id, STORE_ADD, &p, 1, &sequence, &err));
    assert_ok(store_conversation_create(f->store, d, VIEW("a"), 1, &talk, &err));
    assert_ok(store_conversation_create(f->store, other, VIEW("a"), 1, &kept, &err));
    assert_ok(store_database_drop(f->store, d, &f->arena, &ids, &count, &err));
    assert_int_equal(count, 2);
    assert_int_equal(ids[0], a.id);
    assert_int_equal(ids[1], b.id);
    assert_int_equal(find_by_name(f, d, "a", &c), KITH_ERR_NOT_FOUND);
    assert_status(KITH_ERR_NOT_FOUND, store_collection_read(f->store, b.id, &f->arena, &c, &err));
    assert_status(KITH_ERR_NOT_FOUND,
                  store_conversation_get(f->store, talk, &f->arena, &found, &err));
    assert_ok(store_conversation_get(f->store, kept, &f->arena, &found, &err));
    assert_status(KITH_ERR_NOT_FOUND,
                  store_database_drop(f->store, d, &f->arena, &ids, &count, &err));
    assert_int_equal(find_by_name(f, other, "a", &c), KITH_OK);
    assert_ok(store_check(f->store, &err));
    for (uint32_t i = 0; i < count; i++)
        store_collection_purge(f->store, ids[i]);
    assert_int_equal(ask_sql(f, "SELECT count(*) FROM points"), 0);
    assert_int_equal(ask_sql(f, "SELECT count(*) FROM dropped"), 0);
    assert_int_equal(ask_sql(f, "SELECT count(*) FROM settings"), 2);
    assert_true(make_database(f, "t", "d") > other); /* no number comes twice */
}

static void the_default_database_cannot_be_deleted(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t *ids = NULL;
    uint32_t count = 0;
    assert_status(KITH_ERR_INVALID, store_database_drop(f->store, STORE_DEFAULT_DATABASE, &f->arena,
                                                        &ids, &count, &err));
    assert_int_equal(get_collection(f).id, f->collection);
}

/* ---- collections ---- */

static void a_collection_is_found_by_its_name_and_by_its_uuid_in_its_database_alone(void **state)
{
    fixture *f = *state;
    uint64_t d = make_database(f, "t", "d");
    store_collection c = make_collection(f, d, "notes"), found = {0};
    assert_int_equal(c.uuid.bytes[6] >> 4, 4);
    assert_int_equal(find_by_name(f, d, "notes", &found), KITH_OK);
    assert_int_equal(found.id, c.id);
    assert_int_equal(find_by_uuid(f, d, &c.uuid, &found), KITH_OK);
    assert_int_equal(found.id, c.id);
    assert_int_equal(find_by_name(f, STORE_DEFAULT_DATABASE, "notes", &found), KITH_ERR_NOT_FOUND);
    assert_int_equal(find_by_uuid(f, STORE_DEFAULT_DATABASE, &c.uuid, &found), KITH_ERR_NOT_FOUND);
    fixture_close(f);
    fixture_open(f);
    assert_int_equal(find_by_uuid(f, d, &c.uuid, &found), KITH_OK);
    assert_view(found.name, "notes");
}

static void a_collection_that_exists_is_given_back_as_it_is(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    store_collection c = {0};
    store_settings settings = {0};
    bool created = true;
    store_collection_spec spec = {.database = STORE_DEFAULT_DATABASE,
                                  .name = VIEW("c"),
                                  .metric = KITH_COSINE,
                                  .dim = 99,
                                  .settings = {VIEW("{\"a\":1}"), VIEW("{}")}};
    assert_ok(store_collection_ensure(f->store, &spec, &f->arena, &c, &created, &err));
    assert_false(created);
    assert_int_equal(c.id, f->collection);
    assert_int_equal(c.dim, DIM);
    assert_int_equal(c.metric, KITH_SQUARED_L2);
    assert_ok(store_collection_settings(f->store, c.id, &f->arena, &settings, &err));
    assert_null(settings.metadata.data);
}

static void settings_are_kept_and_changed_one_by_one(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    store_collection c = {0};
    store_settings s = {0};
    bool created = false;
    const store_collection_spec spec = {.database = STORE_DEFAULT_DATABASE,
                                        .name = VIEW("n"),
                                        .settings = {VIEW("{\"a\":1}"), VIEW("{ \"b\" : [ ] }")}};
    assert_ok(store_collection_ensure(f->store, &spec, &f->arena, &c, &created, &err));
    assert_ok(store_collection_settings(f->store, c.id, &f->arena, &s, &err));
    assert_view(s.metadata, "{\"a\":1}");
    assert_view(s.configuration, "{ \"b\" : [ ] }");
    assert_ok(modify(f, c.id, (store_modification){.metadata = VIEW("{\"x\":2}")}, &err));
    assert_ok(store_collection_settings(f->store, c.id, &f->arena, &s, &err));
    assert_view(s.metadata, "{\"x\":2}");
    assert_view(s.configuration, "{ \"b\" : [ ] }");
    assert_ok(modify(f, c.id, (store_modification){.metadata = VIEW("")}, &err));
    assert_ok(modify(f, c.id, (store_modification){.configuration = VIEW("{}")}, &err));
    assert_ok(store_collection_settings(f->store, c.id, &f->arena, &s, &err));
    assert_null(s.metadata.data);
    assert_view(s.configuration, "{}");
    assert_ok(store_check(f->store, &err));
}

static void a_renamed_collection_keeps_its_number_uuid_sequence_and_answers(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    store_collection before = get_collection(f), after = {0};
    uint64_t sequence = add_point(f, "a", 1);
    const store_answer kept = {VIEW("q"), VIEW("because"), sequence};
    const store_answer_limits limits = {1 << 20, 1000000};
    view answer = {NULL, 0};
    assert_ok(store_put_answer(f->store, f->collection, &kept, &limits, 10, &err));
    assert_ok(modify(f, f->collection, (store_modification){VIEW("renamed")}, &err));
    assert_int_equal(find_by_name(f, 1, "c", &after), KITH_ERR_NOT_FOUND);
    assert_int_equal(find_by_name(f, 1, "renamed", &after), KITH_OK);
    assert_int_equal(after.id, before.id);
    assert_int_equal(after.sequence, sequence);
    assert_memory_equal(&after.uuid, &before.uuid, sizeof after.uuid);
    assert_ok(store_get_answer(f->store, f->collection, VIEW("q"), &limits, 20, &f->arena, &answer,
                               &err));
    assert_view(answer, "because");
    assert_int_equal(make_collection(f, 1, "c").id, before.id + 1); /* the name is free */
    assert_ok(store_check(f->store, &err));
}

static void conversations_follow_the_name_of_their_collection(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t d = make_database(f, "t", "d"), here = 0, there = 0;
    store_conversation found = {0};
    (void)make_collection(f, d, "c");
    assert_ok(
        store_conversation_create(f->store, STORE_DEFAULT_DATABASE, VIEW("c"), 1, &here, &err));
    assert_ok(store_conversation_create(f->store, d, VIEW("c"), 1, &there, &err));
    assert_ok(modify(f, f->collection, (store_modification){VIEW("renamed")}, &err));
    assert_ok(store_conversation_get(f->store, here, &f->arena, &found, &err));
    assert_view(found.collection, "renamed");
    assert_ok(store_conversation_get(f->store, there, &f->arena, &found, &err));
    assert_view(found.collection, "c");
}

static void a_name_that_is_taken_changes_nothing(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    store_collection other = make_collection(f, 1, "other"), found = {0};
    store_settings s = {0};
    const store_modification to = {.name = VIEW("c"), .metadata = VIEW("{\"a\":1}")};
    assert_status(KITH_ERR_EXISTS, modify(f, other.id, to, &err));
    assert_int_equal(find_by_name(f, 1, "other", &found), KITH_OK);
    assert_ok(store_collection_settings(f->store, other.id, &f->arena, &s, &err));
    assert_null(s.metadata.data);
    assert_ok(modify(f, f->collection, (store_modification){VIEW("c")}, &err)); /* its own */
}

static void collections_are_listed_with_their_settings_and_counted(void **state)
{
    static const char *const names[] = {"z", "a", "m"};
    kith_error err = {0};
    fixture *f = *state;
    uint64_t d = make_database(f, "t", "d"), count = 7;
    store_collections list = {0};
    for (size_t i = 0; i < 3; i++)
        (void)make_collection(f, d, names[i]);
    store_collection m = {0};
    assert_int_equal(find_by_name(f, d, "m", &m), KITH_OK);
    assert_ok(modify(f, m.id, (store_modification){.metadata = VIEW("{\"a\":1}")}, &err));
    assert_ok(store_collection_count(f->store, d, &count, &err));
    assert_int_equal(count, 3);
    assert_ok(store_collection_count(f->store, 77, &count, &err));
    assert_int_equal(count, 0);
    assert_ok(store_collection_list(f->store, d, &whole, &f->arena, &list, &err));
    assert_int_equal(list.count, 3);
    assert_view(list.collections[0].name, "a");
    assert_view(list.collections[1].name, "m");
    assert_view(list.collections[2].name, "z");
    assert_null(list.settings[0].metadata.data);
    assert_view(list.settings[1].metadata, "{\"a\":1}");
    assert_ok(store_collection_list(f->store, d, &(store_page){1, 1}, &f->arena, &list, &err));
    assert_int_equal(list.count, 1);
    assert_view(list.collections[0].name, "m");
}

/* ---- damage ---- */

static void each_damaged_row_is_found(void **state)
{
    static const char *const damages[][2] = {
        {"UPDATE tenants SET name = 'T' WHERE name = 't'", "UPDATE tenants SET name = 't'"
                                                           " WHERE name = 'T'"},
        {"UPDATE databases SET name = 'D' WHERE name = 'd'", "UPDATE databases SET name = 'd'"
                                                             " WHERE name = 'D'"},
        {"UPDATE collections SET uuid = x'00' WHERE id = 1", NULL},
    };
    fixture *f = *state;
    (void)make_database(f, "t", "d");
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        kith_error err = {0};
        run_sql(f, damages[i][0]);
        assert_status(KITH_ERR_CORRUPT, store_check(f->store, &err));
        if (!damages[i][1]) break;
        run_sql(f, damages[i][1]);
        assert_ok(store_check(f->store, &err));
    }
}

static void a_missing_or_damaged_row_of_settings_is_found(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    store_settings s = {0};
    run_sql(f, "UPDATE settings SET metadata = '{}'");
    assert_status(KITH_ERR_CORRUPT,
                  store_collection_settings(f->store, f->collection, &f->arena, &s, &err));
    assert_status(KITH_ERR_CORRUPT, store_check(f->store, &err));
    run_sql(f, "DELETE FROM settings");
    assert_status(KITH_ERR_CORRUPT,
                  store_collection_settings(f->store, f->collection, &f->arena, &s, &err));
    assert_status(KITH_ERR_CORRUPT, store_check(f->store, &err));
}

static void a_missing_number_or_database_is_found(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t id = 0, sequence = 0;
    float vector[DIM] = {1, 0, 0, 1};
    store_point p = point_of("p", "text", vector);
    run_sql(f, "UPDATE numbers SET last = 0 WHERE name = 'collections'");
    assert_status(KITH_ERR_CORRUPT, store_check(f->store, &err));
    run_sql(f, "DELETE FROM numbers WHERE name = 'points'");
    assert_status(KITH_ERR_CORRUPT,
                  store_put_points(f->store, f->collection, STORE_ADD, &p, 1, &sequence, &err));
    run_sql(f, "INSERT INTO numbers VALUES ('points', -5)");
    assert_status(KITH_ERR_CORRUPT,
                  store_put_points(f->store, f->collection, STORE_ADD, &p, 1, &sequence, &err));
    run_sql(f, "DELETE FROM databases");
    assert_status(KITH_ERR_NOT_FOUND, store_collection_create(f->store, VIEW("n"), KITH_COSINE, 0,
                                                              VIEW(""), 0, &id, &err));
    assert_status(KITH_ERR_CORRUPT, store_check(f->store, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(a_new_store_has_chromas_default_tenant_and_database),
        with_store(a_name_is_taken_among_siblings_only),
        with_store(what_is_missing_is_not_found),
        with_store(lists_are_in_order_of_name_and_come_in_pages),
        with_store(a_database_is_deleted_with_all_that_is_in_it),
        with_store(the_default_database_cannot_be_deleted),
        with_store(a_collection_is_found_by_its_name_and_by_its_uuid_in_its_database_alone),
        with_store(a_collection_that_exists_is_given_back_as_it_is),
        with_store(settings_are_kept_and_changed_one_by_one),
        with_store(a_renamed_collection_keeps_its_number_uuid_sequence_and_answers),
        with_store(conversations_follow_the_name_of_their_collection),
        with_store(a_name_that_is_taken_changes_nothing),
        with_store(collections_are_listed_with_their_settings_and_counted),
        with_store(each_damaged_row_is_found),
        with_store(a_missing_or_damaged_row_of_settings_is_found),
        with_store(a_missing_number_or_database_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
