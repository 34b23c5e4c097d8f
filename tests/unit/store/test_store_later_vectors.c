/* test_store_later_vectors.c - points that wait for their vector, and vectors of known texts. */
#include "fixture.h"

#include "store/catalog.h"
#include "store/waiting.h"

#include <string.h>

static const view MODEL = {"print", 5};

/* Puts a document of `count` chunks "KEY#0", ... that wait. */
static void put_waiting(fixture *f, uint64_t collection, const char *key, uint32_t count)
{
    kith_error err = {0};
    store_point points[8] = {0};
    uint64_t sequence = 0;
    for (uint32_t i = 0; i < count; i++)
        points[i] = (store_point){.key = view_of(arena_printf(&f->arena, "%s#%u", key, i)),
                                  .content = view_of(arena_printf(&f->arena, "%s %u", key, i)),
                                  .is_waiting = true,
                                  .promise = i,
                                  .prefix = VIEW("Title\n")};
    const store_document d = {
        .key = view_of(key), .text = VIEW("text"), .points = points, .point_count = count};
    assert_ok(store_put_documents(f->store, collection, NULL, &d, 1, &sequence, &err));
}

static uint32_t list(fixture *f, store_point **out)
{
    kith_error err = {0};
    uint32_t count = 0;
    store_waiting_place place = {0};
    assert_ok(
        store_list_waiting(f->store, f->collection, &place, 100, &f->arena, out, &count, &err));
    return count;
}

static uint64_t count_waiting(fixture *f)
{
    kith_error err = {0};
    uint64_t count = 99;
    assert_ok(store_count_waiting(f->store, f->collection, &count, &err));
    return count;
}

static store_text_key key_of(const char *text)
{
    return store_text_key_of(STORE_DEFAULT_DATABASE, MODEL, view_of(text));
}

/* Gives points[count] vectors whose floats are 1, 2, ...; returns how many took one. */
static uint32_t put_vectors(fixture *f, const store_point *points, uint32_t count, const char *text)
{
    kith_error err = {0};
    float vectors[8 * DIM];
    store_text_key keys[8];
    for (uint32_t i = 0; i < count; i++)
        keys[i] = key_of(text);
    for (uint32_t i = 0; i < count * DIM; i++)
        vectors[i] = (float)(i + 1);
    store_vectors what = {
        .points = points, .keys = keys, .vectors = vectors, .count = count, .dim = DIM};
    assert_ok(store_put_vectors(f->store, f->collection, &what, &err));
    return what.put;
}

static store_point read_point(fixture *f, const char *key)
{
    kith_error err = {0};
    view k = view_of(key);
    store_point p = {0};
    assert_ok(store_get_points(f->store, f->collection, &k, 1,
                               STORE_WITH_VECTOR | STORE_WITH_CONTENT, &f->arena, &p, &err));
    return p;
}

static void chunks_wait_in_the_order_of_their_promise(void **state)
{
    fixture *f = *state;
    store_point *waiting = NULL;
    put_waiting(f, f->collection, "long", 3);
    put_waiting(f, f->collection, "short", 1);
    assert_int_equal(count_waiting(f), 4);
    assert_int_equal(list(f, &waiting), 4);
    static const char *const expected[] = {"long 0", "short 0", "long 1", "long 2"};
    for (uint32_t i = 0; i < 4; i++) {
        assert_view(waiting[i].content, expected[i]);
        assert_view(waiting[i].prefix, "Title\n");
    }
}

static void a_list_of_those_that_wait_goes_on_where_it_ended(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    store_waiting_place place = {0};
    put_waiting(f, f->collection, "a", 3);
    put_waiting(f, f->collection, "b", 2);
    uint32_t sum = 0, count = 1;
    while (count > 0) {
        store_point *page = NULL;
        assert_ok(
            store_list_waiting(f->store, f->collection, &place, 2, &f->arena, &page, &count, &err));
        sum += count;
    }
    assert_int_equal(sum, 5);
}

static void a_point_that_waits_is_read_without_a_vector_until_it_has_one(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    store_point *waiting = NULL;
    put_waiting(f, f->collection, "d", 2);
    assert_true(read_point(f, "d#1").is_waiting);
    assert_null(read_point(f, "d#1").vector);
    uint32_t count = list(f, &waiting);
    assert_int_equal(put_vectors(f, waiting, count, "x"), 2);
    store_point p = read_point(f, "d#1");
    assert_false(p.is_waiting);
    assert_true(p.vector[0] == 5 && p.vector[3] == 8);
    assert_view(p.prefix, "Title\n"); // for whoever embeds it once more
    assert_view(p.content, "d 1");
    assert_int_equal(count_waiting(f), 0);
    assert_ok(store_check(f->store, &err));
}

static kith_status note_change(void *context, const store_change *change)
{
    uint32_t *counts = context;
    if (!change->deleted) counts[change->vector ? 1 : 0]++;
    return KITH_OK;
}

static void the_feed_has_a_waiting_point_and_then_its_vector(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    uint32_t counts[2] = {0};
    store_state at = {0};
    store_point *waiting = NULL;
    put_waiting(f, f->collection, "d", 3);
    store_feed feed = {.collection = f->collection, .visit = note_change, .context = counts};
    assert_ok(store_changes(f->store, &feed, &at, &err));
    assert_int_equal(counts[0], 3);
    (void)list(f, &waiting);
    assert_int_equal(put_vectors(f, waiting, 2, "x"), 2);
    assert_ok(store_changes(f->store, &feed, &at, &err));
    assert_int_equal(counts[0], 3);
    assert_int_equal(counts[1], 2);
}

/* What was embedded is not what the point has now. */
static void a_point_that_changed_meanwhile_waits_on(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    store_point *waiting = NULL;
    uint64_t sequence = 0;
    put_waiting(f, f->collection, "d", 2);
    uint32_t count = list(f, &waiting);
    const store_point changed = {.key = VIEW("d#0"), .content = VIEW("other")};
    assert_ok(
        store_put_points(f->store, f->collection, STORE_UPDATE, &changed, 1, &sequence, &err));
    assert_int_equal(put_vectors(f, waiting, count, "x"), 1);
    assert_int_equal(list(f, &waiting), 1);
    assert_view(waiting[0].content, "other");
    assert_view(waiting[0].prefix, "Title\n");
    assert_ok(store_check(f->store, &err));
}

static void a_point_that_was_deleted_or_has_a_vector_is_passed_over_without_a_change(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    store_point *waiting = NULL;
    uint64_t before = 0;
    put_waiting(f, f->collection, "d", 1);
    uint32_t count = list(f, &waiting);
    assert_ok(store_delete_document(f->store, f->collection, VIEW("d"), &before, &err));
    assert_int_equal(put_vectors(f, waiting, count, "x"), 0);
    store_collection c = {0};
    assert_ok(store_collection_get(f->store, VIEW("c"), &f->arena, &c, &err));
    assert_int_equal(c.sequence, before);
    assert_int_equal(count_waiting(f), 0);
}

static void a_vector_that_is_put_ends_the_waiting(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    const float own[DIM] = {9, 9, 9, 9};
    uint64_t sequence = 0;
    put_waiting(f, f->collection, "d", 1);
    const store_point p = {.key = VIEW("d#0"), .vector = own};
    assert_ok(store_put_points(f->store, f->collection, STORE_UPDATE, &p, 1, &sequence, &err));
    assert_int_equal(count_waiting(f), 0);
    assert_true(read_point(f, "d#0").vector[0] == 9);
    assert_ok(store_check(f->store, &err));
}

static bool finds(fixture *f, const char *text, float *out)
{
    kith_error err = {0};
    store_text_key key = key_of(text);
    bool found = false;
    assert_ok(store_find_vectors(f->store, &key, 1, DIM, out, &found, &err));
    return found;
}

static void a_vector_is_found_by_its_text_until_its_point_has_another(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    store_point *waiting = NULL;
    float vector[DIM] = {0};
    const float own[DIM] = {9, 9, 9, 9};
    uint64_t sequence = 0;
    put_waiting(f, f->collection, "d", 1);
    assert_false(finds(f, "x", vector));
    uint32_t count = list(f, &waiting);
    (void)put_vectors(f, waiting, count, "x");
    assert_true(finds(f, "x", vector));
    assert_true(vector[0] == 1 && vector[3] == 4);
    assert_false(finds(f, "y", vector));
    const store_point p = {.key = VIEW("d#0"), .vector = own};
    assert_ok(store_put_points(f->store, f->collection, STORE_UPDATE, &p, 1, &sequence, &err));
    assert_false(finds(f, "x", vector));
}

static void a_vector_of_a_damaged_row_is_not_found(void **state)
{
    fixture *f = *state;
    store_point *waiting = NULL;
    float vector[DIM] = {0};
    put_waiting(f, f->collection, "d", 1);
    uint32_t count = list(f, &waiting);
    (void)put_vectors(f, waiting, count, "x");
    run_sql(f, "UPDATE points SET vector = zeroblob(16)");
    assert_false(finds(f, "x", vector));
}

/* What one tenant has embedded is nothing that another may find, or learn of by the time it takes. */
static void a_key_tells_databases_apart(void **state)
{
    (void)state;
    store_text_key one = store_text_key_of(1, VIEW("print"), VIEW("text"));
    store_text_key two = store_text_key_of(2, VIEW("print"), VIEW("text"));
    assert_memory_not_equal(&one, &two, sizeof one);
}

static void a_key_tells_models_and_sketches_apart_and_not_names(void **state)
{
    (void)state;
    store_text_key key = store_text_key_of(1, VIEW("print"), VIEW("text"));
    store_text_key named = store_text_key_of(1, VIEW("print\nname"), VIEW("text"));
    store_text_key other = store_text_key_of(1, VIEW("point"), VIEW("text"));
    store_text_key sketched = store_text_key_of(1, VIEW("print\nname\n00ff"), VIEW("text"));
    store_text_key text = store_text_key_of(1, VIEW("print"), VIEW("texts"));
    assert_memory_equal(&key, &named, sizeof key);
    assert_memory_not_equal(&key, &other, sizeof key);
    assert_memory_not_equal(&key, &sketched, sizeof key);
    assert_memory_not_equal(&key, &text, sizeof key);
}

static void damage_of_what_a_waiting_point_has_is_found(void **state)
{
    static const char *const damages[] = {
        "UPDATE points SET promise = 7", "UPDATE points SET prefix = 'x'",
        "UPDATE points SET promise = NULL", "UPDATE points SET text = x'00'"};
    fixture *f = *state;
    put_waiting(f, f->collection, "d", 1);
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        kith_error err = {0};
        fixture_close(f);
        run_sql(f, "CREATE TABLE IF NOT EXISTS kept AS SELECT * FROM points");
        run_sql(f, damages[i]);
        fixture_open(f);
        assert_status(KITH_ERR_CORRUPT, store_check(f->store, &err));
        fixture_close(f);
        run_sql(f, "UPDATE points SET (promise, prefix, text) = "
                   "(SELECT promise, prefix, text FROM kept)");
        fixture_open(f);
    }
}

static void a_copy_of_a_collection_waits_as_its_original_does(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    uint64_t waiting = 0;
    store_collection copy = {0};
    put_waiting(f, f->collection, "d", 3);
    const store_copy_request request = {
        .from = f->collection, .database = STORE_DEFAULT_DATABASE, .name = VIEW("copy")};
    assert_ok(store_collection_copy(f->store, &request, &f->arena, &copy, &err));
    assert_ok(store_count_waiting(f->store, copy.id, &waiting, &err));
    assert_int_equal(waiting, 3);
    assert_ok(store_check(f->store, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(chunks_wait_in_the_order_of_their_promise),
        with_store(a_list_of_those_that_wait_goes_on_where_it_ended),
        with_store(a_point_that_waits_is_read_without_a_vector_until_it_has_one),
        with_store(the_feed_has_a_waiting_point_and_then_its_vector),
        with_store(a_point_that_changed_meanwhile_waits_on),
        with_store(a_point_that_was_deleted_or_has_a_vector_is_passed_over_without_a_change),
        with_store(a_vector_that_is_put_ends_the_waiting),
        with_store(a_vector_is_found_by_its_text_until_its_point_has_another),
        with_store(a_vector_of_a_damaged_row_is_not_found),
        with_store(a_key_tells_databases_apart),
        with_store(a_key_tells_models_and_sketches_apart_and_not_names),
        with_store(damage_of_what_a_waiting_point_has_is_found),
        with_store(a_copy_of_a_collection_waits_as_its_original_does),
    };
    return cmocka_run_group_tests(tests, use_memory_disk, NULL);
}
