/* Tests of two databases on one directory, as two processes have them: each has its own writer, its
 * own connections and its own index in memory, and only the files are shared. */
#include "test.h"

#include "collection_for_test.h"
#include "db/collection_private.h"
#include "db/database.h"
#include "index_for_test.h"
#include "store/integrity.h"

enum { DIM = 2, ROUNDS = 20 };

typedef struct fixture {
    char *directory;
    database *here, *there;
} fixture;

static int setup(void **state)
{
    kith_error err;
    fixture *f = fixture_new(state, sizeof *f);
    if (!f) return -1;
    const database_options options = {.wait_ms = 60000};
    assert_ok(database_open(f->directory, &options, &f->here, &err));
    assert_ok(database_open(f->directory, &options, &f->there, &err));
    return 0;
}

static int teardown(void **state)
{
    kith_error err;
    fixture *f = *state;
    assert_ok(database_close(f->here, &err));
    assert_ok(database_close(f->there, &err));
    return fixture_free(f);
}

static kith_status put(database *d, const char *key)
{
    kith_error err;
    collection *c = NULL;
    const float vector[DIM] = {1, 2};
    store_point p = {.key = view_of(key), .content = VIEW("text"), .vector = vector};
    assert_ok(database_ensure_collection(d, VIEW("c"), &c, &err));
    kith_status status = collection_put_points(c, STORE_ADD, &p, 1, DIM, VIEW(""), &err);
    database_release_collection(c);
    return status;
}

static void delete_key(database *d, const char *key)
{
    kith_error err;
    collection *c = NULL;
    uint32_t deleted = 0;
    view name = view_of(key);
    assert_ok(database_acquire_collection(d, VIEW("c"), &c, &err));
    assert_ok(collection_delete_points(c, &name, 1, &deleted, &err));
    assert_int_equal(deleted, 1);
    database_release_collection(c);
}

static uint32_t hits_of(database *d)
{
    kith_error err;
    arena a;
    collection *c = NULL;
    collection_hits hits;
    arena_init(&a, 0);
    collection_query q = {.vector = (float[DIM]){1}, .dim = DIM, .k = 100, .exact = true};
    assert_ok(database_acquire_collection(d, VIEW("c"), &c, &err));
    assert_ok(collection_search(c, &q, &a, &hits, &err));
    assert_index_is_sound(c);
    database_release_collection(c);
    uint32_t count = hits.count;
    arena_done(&a);
    return count;
}

static void each_finds_what_the_other_has_put_and_deleted(void **state)
{
    fixture *f = *state;
    kith_error err;
    char key[16];
    for (uint32_t i = 0; i < ROUNDS; i++) {
        (void)snprintf(key, sizeof key, "k%u", i);
        assert_ok(put(i % 2 ? f->here : f->there, key));
        assert_int_equal(hits_of(f->here), i + 1);
        assert_int_equal(hits_of(f->there), i + 1);
    }
    assert_int_equal(put(f->there, "k0"), KITH_ERR_EXISTS);
    delete_key(f->here, "k1");
    assert_int_equal(hits_of(f->there), ROUNDS - 1);
    assert_ok(store_check(database_store(f->there), &err)); /* no row number was taken twice */
}

static void an_index_behind_dropped_tombstones_starts_over(void **state)
{
    fixture *f = *state;
    kith_error err;
    collection *c = NULL;
    assert_ok(put(f->here, "a"));
    assert_ok(put(f->here, "b"));
    assert_int_equal(hits_of(f->there), 2);
    delete_key(f->here, "a");
    assert_ok(database_acquire_collection(f->here, VIEW("c"), &c, &err));
    assert_ok(store_drop_tombstones(database_store(f->here), collection_id(c), c->current->sequence,
                                    &err));
    database_release_collection(c);
    assert_int_equal(hits_of(f->there), 1);
}

static void a_collection_that_the_other_created_anew_is_the_new_one(void **state)
{
    fixture *f = *state;
    kith_error err;
    collection *held = NULL;
    assert_ok(put(f->here, "a"));
    assert_int_equal(hits_of(f->there), 1);
    assert_ok(database_acquire_collection(f->there, VIEW("c"), &held, &err));
    assert_ok(database_delete_collection(f->here, VIEW("c"), &err));
    collection *none = NULL;
    assert_status(KITH_ERR_NOT_FOUND,
                  database_acquire_collection(f->there, VIEW("c"), &none, &err));
    assert_ok(put(f->here, "a"));
    assert_ok(put(f->here, "b"));
    assert_int_equal(hits_of(f->there), 2);
    assert_status(KITH_ERR_NOT_FOUND, collection_refresh(held, NEWEST_SEQUENCE, &err));
    database_release_collection(held);
    assert_int_equal(hits_of(f->there), 2);
}

static void what_is_opened_for_reading_only_finds_everything_and_writes_nothing(void **state)
{
    fixture *f = *state;
    kith_error err;
    database *reading = NULL;
    collection *c = NULL;
    const float vector[DIM] = {1, 2};
    store_point p = {.key = VIEW("b"), .content = VIEW("text"), .vector = vector};
    assert_ok(put(f->here, "a"));
    assert_ok(database_open(f->directory, &(database_options){.read_only = true}, &reading, &err));
    assert_int_equal(hits_of(reading), 1);
    assert_ok(put(f->here, "c"));
    assert_int_equal(hits_of(reading), 2);
    assert_ok(database_acquire_collection(reading, VIEW("c"), &c, &err));
    assert_status(KITH_ERR_INVALID,
                  collection_put_points(c, STORE_ADD, &p, 1, DIM, VIEW(""), &err));
    assert_string_equal(err.message, "the data directory was opened for reading only");
    assert_status(KITH_ERR_BUSY,
                  store_drop_tombstones(database_store(reading), collection_id(c), 1, &err));
    database_release_collection(c);
    assert_ok(database_close(reading, &err));
}

static void count_notice(void *context, const char *notice)
{
    (void)notice;
    ++*(int *)context;
}

static void save(database *d)
{
    kith_error err;
    collection *c = NULL;
    assert_ok(database_acquire_collection(d, VIEW("c"), &c, &err));
    c->must_save = true;
    assert_ok(collection_refresh(c, NEWEST_SEQUENCE, &err));
    upkeep_wait(c);
    assert_false(c->must_save);
    database_release_collection(c);
}

/* Each saves in turn, over the file of the other, which it has never read. */
static void a_file_that_another_has_saved_belongs(void **state)
{
    fixture *f = *state;
    kith_error err;
    char key[16];
    int notices = 0;
    for (uint32_t i = 0; i < 6; i++) {
        database *saving = i % 2 ? f->here : f->there, *fresh = NULL;
        collection *c = NULL;
        (void)snprintf(key, sizeof key, "k%u", i);
        assert_ok(put(saving, key));
        save(saving);
        const database_options options = {
            .read_only = true, .on_notice = count_notice, .context = &notices};
        assert_ok(database_open(f->directory, &options, &fresh, &err));
        assert_int_equal(hits_of(fresh), i + 1);
        assert_int_equal(hits_of(f->here), i + 1);
        assert_int_equal(hits_of(f->there), i + 1);
        assert_ok(database_acquire_collection(fresh, VIEW("c"), &c, &err));
        assert_false(c->rebuilt);
        assert_int_equal(c->unsaved, 0); /* all of it came from the file */
        database_release_collection(c);
        assert_ok(database_close(fresh, &err));
    }
    assert_int_equal(notices, 0);
}

/* The number of the collection that has the name, 0 when none has. */
static uint64_t id_of(database *d, const char *name)
{
    kith_error err;
    collection *c = NULL;
    kith_status status = database_acquire_collection(d, view_of(name), &c, &err);
    if (status == KITH_ERR_NOT_FOUND) return 0;
    assert_ok(status);
    uint64_t id = collection_id(c);
    database_release_collection(c);
    return id;
}

/* By then names are not asked for while nothing is committed (store_read_stamp). */
static void what_others_commit_is_seen_by_whoever_has_asked_often(void **state)
{
    kith_error err;
    fixture *f = *state;
    assert_ok(put(f->there, "a"));
    for (int round = 0; round < ROUNDS; round++) {
        const uint64_t id = id_of(f->here, "c");
        for (int i = 0; i < 10; i++)
            assert_int_equal(id_of(f->here, "c"), id);
        assert_int_equal(hits_of(f->here), 1);
        assert_ok(put(f->there, "b"));
        assert_int_equal(hits_of(f->here), 2);
        const store_modification renamed = {.name = VIEW("former")};
        assert_ok(database_modify_collection(f->there, VIEW("c"), &renamed, &err));
        assert_int_equal(id_of(f->here, "c"), 0);
        assert_int_equal(id_of(f->here, "former"), id);
        assert_ok(put(f->there, "a"));
        assert_true(id_of(f->here, "c") != id && id_of(f->here, "c") != 0);
        assert_ok(database_delete_collection(f->there, VIEW("former"), &err));
        assert_int_equal(id_of(f->here, "former"), 0);
    }
}

/* "uuid:" and the collection's, for which name[] has room. */
static void name_by_uuid(database *d, view name, char out[5 + UUID_TEXT_BYTES + 1])
{
    kith_error err;
    arena a;
    store_collection found;
    const store_address address = {.database = database_scope(d), .name = name};
    arena_init(&a, 0);
    assert_ok(store_collection_find(database_store(d), &address, &a, &found, &err));
    memcpy(out, "uuid:", 5);
    uuid_format(&found.uuid, out + 5);
    arena_done(&a);
}

/* By its uuid a collection is found without a look at the store while nothing was committed; else what it is then. */
static void a_uuid_that_was_asked_for_often_leads_where_the_store_says(void **state)
{
    kith_error err;
    fixture *f = *state;
    char by_uuid[5 + UUID_TEXT_BYTES + 1], other[5 + UUID_TEXT_BYTES + 1];
    for (int round = 0; round < ROUNDS; round++) {
        database *view_of_other = NULL;
        assert_ok(put(f->there, "a"));
        name_by_uuid(f->there, VIEW("c"), by_uuid);
        const uint64_t id = id_of(f->here, "c");
        for (int i = 0; i < 10; i++)
            assert_int_equal(id_of(f->here, by_uuid), id);
        const store_modification renamed = {.name = VIEW("former")};
        assert_ok(database_modify_collection(f->there, VIEW("c"), &renamed, &err));
        assert_int_equal(id_of(f->here, by_uuid), id);
        assert_int_equal(id_of(f->here, "c"), 0);
        assert_ok(put(f->there, "a"));
        name_by_uuid(f->there, VIEW("c"), other);
        assert_true(id_of(f->here, other) != id && id_of(f->here, by_uuid) == id);
        /* It is of its database alone. */
        if (round == 0)
            assert_ok(store_database_create(database_store(f->there), VIEW(STORE_DEFAULT_TENANT),
                                            VIEW("other"), &err));
        assert_ok(database_view(f->here, VIEW(STORE_DEFAULT_TENANT), VIEW("other"), &view_of_other,
                                &err));
        assert_int_equal(id_of(view_of_other, by_uuid), 0);
        assert_ok(database_close(view_of_other, &err));
        assert_ok(database_delete_collection(f->there, VIEW("former"), &err));
        assert_int_equal(id_of(f->here, by_uuid), 0);
        assert_ok(database_delete_collection(f->there, VIEW("c"), &err));
    }
}

#define processes_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        processes_test(each_finds_what_the_other_has_put_and_deleted),
        processes_test(an_index_behind_dropped_tombstones_starts_over),
        processes_test(a_collection_that_the_other_created_anew_is_the_new_one),
        processes_test(what_is_opened_for_reading_only_finds_everything_and_writes_nothing),
        processes_test(a_file_that_another_has_saved_belongs),
        processes_test(what_others_commit_is_seen_by_whoever_has_asked_often),
        processes_test(a_uuid_that_was_asked_for_often_leads_where_the_store_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
