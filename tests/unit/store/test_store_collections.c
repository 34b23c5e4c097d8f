/* test_store_collections.c - creating, pinning, deleting and listing collections. */
#include "fixture.h"

#include <pthread.h>
#include <stdatomic.h>

static void a_collection_has_what_it_was_created_with(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t id = 0;
    assert_ok(store_collection_create(f->store, VIEW("notes"), KITH_COSINE, 384, VIEW("minilm"), 77,
                                      &id, &err));
    assert_true(id > f->collection);
    store_collection c = {0};
    assert_ok(store_collection_get(f->store, VIEW("notes"), &f->arena, &c, &err));
    assert_int_equal(c.id, id);
    assert_view(c.name, "notes");
    assert_view(c.model, "minilm");
    assert_int_equal(c.metric, KITH_COSINE);
    assert_int_equal(c.dim, 384);
    assert_int_equal(c.created_ms, 77);
    assert_int_equal(c.sequence + c.documents + c.points, 0);
}

static void a_name_can_be_used_once(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t id = 99;
    assert_status(KITH_ERR_EXISTS, store_collection_create(f->store, VIEW("c"), KITH_COSINE, 0,
                                                           VIEW(""), 0, &id, &err));
    assert_non_null(strstr(err.message, "'c'"));
    assert_int_equal(id, 99);
}

static void an_unknown_name_is_not_found(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    store_collection c = {.id = 99};
    assert_status(KITH_ERR_NOT_FOUND,
                  store_collection_get(f->store, VIEW("d"), &f->arena, &c, &err));
    assert_int_equal(c.id, 99);
}

static kith_status pin(fixture *f, uint64_t collection, uint32_t dim, view model, kith_error *err)
{
    return store_collection_pin(f->store, collection, &(store_pin){.dim = dim, .model = model},
                                err);
}

static void pinning_sets_what_is_unset_and_refuses_another(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t id = 0;
    assert_ok(store_collection_create(f->store, VIEW("p"), KITH_COSINE, 0, VIEW(""), 0, &id, &err));
    assert_ok(pin(f, id, 8, VIEW(""), &err));
    assert_ok(pin(f, id, 0, VIEW("m"), &err));
    assert_ok(pin(f, id, 8, VIEW("m"), &err));
    assert_status(KITH_ERR_DIMENSION, pin(f, id, 9, VIEW("m"), &err));
    assert_status(KITH_ERR_MODEL, pin(f, id, 8, VIEW("n"), &err));
    assert_status(KITH_ERR_NOT_FOUND, pin(f, 999, 8, VIEW("n"), &err));
    store_collection c = {0};
    assert_ok(store_collection_get(f->store, VIEW("p"), &f->arena, &c, &err));
    assert_int_equal(c.dim, 8);
    assert_view(c.model, "m");
}

static void a_pin_is_for_the_collection_that_is_named(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t id = 0;
    store_pin wanted = {.dim = 8, .model = VIEW("m"), .name = VIEW("q")};
    assert_ok(store_collection_create(f->store, VIEW("p"), KITH_COSINE, 0, VIEW(""), 0, &id, &err));
    assert_status(KITH_ERR_NOT_FOUND, store_collection_pin(f->store, id, &wanted, &err));
    assert_string_equal(err.message, "collection 'q' does not exist");
    store_collection c = {0};
    assert_ok(store_collection_get(f->store, VIEW("p"), &f->arena, &c, &err));
    assert_int_equal(c.dim, 0);
    assert_int_equal(c.model.size, 0);
    wanted.name = VIEW("p");
    assert_ok(store_collection_pin(f->store, id, &wanted, &err));
    assert_ok(store_collection_get(f->store, VIEW("p"), &f->arena, &c, &err));
    assert_int_equal(c.dim, 8);
}

static void a_pin_survives_reopening(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    assert_ok(pin(f, f->collection, 0, VIEW("m"), &err));
    fixture_close(f);
    fixture_open(f);
    assert_view(get_collection(f).model, "m");
}

static void a_deleted_collection_takes_everything_along(void **state)
{
    static const char *const tables[] = {"points", "documents", "sources", "tombstones"};
    kith_error err = {0};
    fixture *f = *state;
    uint64_t sequence = 0;
    uint32_t deleted = 0;
    float vector[DIM] = {1, 2, 3, 4};
    store_point chunk = point_of("d_0", "chunk", vector);
    store_document d = {
        .key = VIEW("d"), .text = VIEW("chunk"), .points = &chunk, .point_count = 1};
    store_source source = {.path = VIEW("d.txt"), .hash = VIEW("1")};
    view key = VIEW("a");
    (void)add_point(f, "a", 1);
    assert_ok(store_delete_points(f->store, f->collection, &key, 1, &sequence, &deleted, &err));
    assert_ok(store_put_documents(f->store, f->collection, &source, &d, 1, &sequence, &err));
    assert_ok(store_collection_drop(f->store, f->collection, &err));
    assert_status(KITH_ERR_NOT_FOUND, store_collection_drop(f->store, f->collection, &err));
    assert_ok(store_check(f->store, &err)); // rows that are left are no damage
    store_collection_purge(f->store, f->collection);
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        char sql[64];
        (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", tables[i]);
        assert_int_equal(ask_sql(f, sql), 0);
    }
    assert_ok(store_check(f->store, &err));
}

static void what_a_crash_left_of_a_dropped_collection_is_deleted_at_the_next_opening(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t dropped = f->collection;
    for (int i = 0; i < 1500; i++) {
        char key[16];
        (void)snprintf(key, sizeof key, "k%d", i);
        (void)add_point(f, key, 1);
    }
    assert_ok(store_collection_drop(f->store, dropped, &err));
    assert_ok(store_collection_create(f->store, VIEW("c"), KITH_COSINE, DIM, VIEW(""), 0,
                                      &f->collection, &err));
    (void)add_point(f, "a", 1);
    assert_int_equal(ask_sql(f, "SELECT count(*) FROM points"), 1501);
    assert_int_equal(get_collection(f).points, 1);
    fixture_close(f);
    fixture_open(f);
    assert_int_equal(ask_sql(f, "SELECT count(*) FROM points"), 1);
    assert_int_equal(ask_sql(f, "SELECT count(*) FROM dropped"), 0);
    assert_true(get_point(f, "a").row > 0);
    assert_ok(store_check(f->store, &err));
}

typedef struct purge_call {
    fixture *f;
    atomic_bool done;
} purge_call;

static void *run_purge(void *context)
{
    purge_call *call = context;
    store_collection_purge(call->f->store, 1);
    atomic_store(&call->done, true);
    return NULL;
}

/* In one transaction it would be one put, at the end. */
static void others_are_written_to_while_a_large_collection_is_deleted(void **state)
{
    enum { ROUNDS = 20, BATCH = 1000, BATCHES_AT_LEAST = 8 };
    kith_error err = {0};
    fixture *f = *state;
    purge_call call = {.f = f};
    pthread_t thread;
    store_point *points = calloc(BATCH, sizeof *points);
    char(*keys)[16] = calloc(BATCH, sizeof *keys);
    float vector[DIM] = {1};
    uint64_t sequence = 0;
    assert_non_null(points);
    assert_non_null(keys);
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < BATCH; i++) {
            (void)snprintf(keys[i], sizeof keys[i], "k%d_%d", round, i);
            points[i] = point_of(keys[i], "content", vector);
        }
        assert_ok(
            store_put_points(f->store, f->collection, STORE_ADD, points, BATCH, &sequence, &err));
    }
    assert_ok(store_collection_drop(f->store, f->collection, &err));
    assert_ok(store_collection_create(f->store, VIEW("c"), KITH_COSINE, DIM, VIEW(""), 0,
                                      &f->collection, &err));
    assert_int_equal(pthread_create(&thread, NULL, run_purge, &call), 0);
    int puts = 0;
    for (; !atomic_load(&call.done); puts++) {
        (void)snprintf(keys[0], sizeof keys[0], "p%d", puts);
        (void)add_point(f, keys[0], 1);
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(puts >= BATCHES_AT_LEAST);
    assert_int_equal(ask_sql(f, "SELECT count(*) FROM points"), puts);
    free(points);
    free(keys);
}

static void deleting_one_collection_leaves_the_others(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t id = 0;
    (void)add_point(f, "a", 1);
    assert_ok(store_collection_create(f->store, VIEW("z"), KITH_COSINE, 4, VIEW(""), 0, &id, &err));
    assert_ok(store_collection_drop(f->store, id, &err));
    assert_true(get_point(f, "a").row > 0);
}

static void numbers_of_collections_and_points_are_never_reused(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t first = f->collection;
    (void)add_point(f, "a", 1);
    uint64_t row = get_point(f, "a").row;
    assert_ok(store_collection_drop(f->store, f->collection, &err));
    fixture_close(f);
    fixture_open(f);
    assert_ok(store_collection_create(f->store, VIEW("c"), KITH_COSINE, DIM, VIEW(""), 0,
                                      &f->collection, &err));
    (void)add_point(f, "a", 1);
    assert_true(f->collection > first);
    assert_true(get_point(f, "a").row > row);
}

static void every_call_on_an_unknown_collection_is_not_found(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    store *s = f->store;
    uint64_t no = 999, sequence = 0, row = 1;
    uint32_t n = 0;
    view key = VIEW("a");
    float vector[DIM] = {0};
    store_point p = point_of("a", NULL, vector), *points = NULL;
    store_document d = {.key = VIEW("d")}, *documents = NULL;
    store_source source = {0}, *sources = NULL;
    change_list *list = calloc(1, sizeof *list);
    assert_non_null(list);
    assert_status(KITH_ERR_NOT_FOUND, store_put_points(s, no, STORE_ADD, &p, 1, &sequence, &err));
    assert_status(KITH_ERR_NOT_FOUND, store_delete_points(s, no, &key, 1, &sequence, &n, &err));
    assert_status(KITH_ERR_NOT_FOUND, store_get_points(s, no, &key, 1, 0, &f->arena, &p, &err));
    assert_status(KITH_ERR_NOT_FOUND, store_get_rows(s, no, &row, 1, 0, &f->arena, &p, &err));
    assert_status(KITH_ERR_NOT_FOUND, store_scan_points(s, no, &(store_scan){.limit = 9}, &f->arena,
                                                        &points, &n, &err));
    assert_status(KITH_ERR_NOT_FOUND, read_changes(s, no, 0, keep_change, list, &sequence, &err));
    assert_status(KITH_ERR_NOT_FOUND, store_put_documents(s, no, NULL, &d, 1, &sequence, &err));
    assert_status(KITH_ERR_NOT_FOUND, store_delete_document(s, no, key, &sequence, &err));
    assert_status(KITH_ERR_NOT_FOUND, store_delete_source(s, no, key, &sequence, &err));
    assert_status(KITH_ERR_NOT_FOUND, store_get_document(s, no, key, &f->arena, &d, &err));
    assert_status(KITH_ERR_NOT_FOUND, store_get_source(s, no, key, &f->arena, &source, &err));
    assert_status(KITH_ERR_NOT_FOUND,
                  store_list_sources(s, no, NULL, &f->arena, &sources, &n, &err));
    assert_status(KITH_ERR_NOT_FOUND,
                  store_list_documents(s, no, NULL, &f->arena, &documents, &n, &err));
    free(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(a_collection_has_what_it_was_created_with),
        with_store(a_name_can_be_used_once),
        with_store(an_unknown_name_is_not_found),
        with_store(pinning_sets_what_is_unset_and_refuses_another),
        with_store(a_pin_is_for_the_collection_that_is_named),
        with_store(a_pin_survives_reopening),
        with_store(a_deleted_collection_takes_everything_along),
        with_store(others_are_written_to_while_a_large_collection_is_deleted),
        with_store(what_a_crash_left_of_a_dropped_collection_is_deleted_at_the_next_opening),
        with_store(deleting_one_collection_leaves_the_others),
        with_store(numbers_of_collections_and_points_are_never_reused),
        with_store(every_call_on_an_unknown_collection_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
