/* test_store_points.c - putting, deleting and reading points. */
#include "fixture.h"

static const float one[DIM] = {1, 2, 3, 4}, two[DIM] = {5, 6, 7, 8};

static kith_status put(const fixture *f, store_mode mode, const store_point *p, uint32_t count,
                       kith_error *err)
{
    uint64_t sequence = 0;
    return store_put_points(f->store, f->collection, mode, p, count, &sequence, err);
}

static void a_point_reads_back_as_it_was_put(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    store_point p = point_of("k", "text", one);
    p.metadata = VIEW("{\"year\":1984}");
    assert_ok(put(f, STORE_ADD, &p, 1, &err));
    store_point got = get_point(f, "k");
    assert_true(got.row > 0);
    assert_view(got.key, "k");
    assert_view(got.content, "text");
    assert_view(got.metadata, "{\"year\":1984}");
    assert_int_equal(got.document.size, 0);
    assert_memory_equal(got.vector, one, sizeof one);
}

static void only_the_parts_asked_for_are_returned(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    view key = VIEW("k");
    (void)add_point(f, "k", 1);
    for (unsigned with = 0; with < 8; with++) {
        store_point p = {0};
        assert_ok(store_get_points(f->store, f->collection, &key, 1, with, &f->arena, &p, &err));
        assert_true((p.vector != NULL) == ((with & STORE_WITH_VECTOR) != 0));
        assert_true((p.content.data != NULL) == ((with & STORE_WITH_CONTENT) != 0));
        assert_true((p.metadata.data != NULL) == ((with & STORE_WITH_METADATA) != 0));
    }
}

static void none_and_empty_differ(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    store_point p[] = {point_of("none", NULL, one), point_of("empty", "", one)};
    p[1].metadata = VIEW("");
    assert_ok(put(f, STORE_ADD, p, 2, &err));
    assert_null(get_point(f, "none").content.data);
    assert_null(get_point(f, "none").metadata.data);
    assert_non_null(get_point(f, "empty").content.data);
    assert_int_equal(get_point(f, "empty").content.size, 0);
    assert_non_null(get_point(f, "empty").metadata.data);
}

static void a_nul_byte_is_kept_in_every_text(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    store_point p[] = {{.key = VIEW("a\0b"), .content = VIEW("x\0y"), .vector = one},
                       {.key = VIEW("a\0c"), .metadata = VIEW("\0"), .vector = two}};
    assert_ok(put(f, STORE_ADD, p, 2, &err));
    view keys[] = {p[0].key, p[1].key, VIEW("a")};
    store_point got[3];
    assert_ok(store_get_points(f->store, f->collection, keys, 3,
                               STORE_WITH_CONTENT | STORE_WITH_METADATA, &f->arena, got, &err));
    assert_true(view_equal(got[0].content, p[0].content));
    assert_true(view_equal(got[0].key, p[0].key));
    assert_true(view_equal(got[1].metadata, p[1].metadata));
    assert_int_equal(got[2].row, 0);
}

static void adding_a_taken_key_names_it_and_leaves_nothing_of_the_batch(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    (void)add_point(f, "b", 9);
    store_collection before = get_collection(f);
    store_point p[] = {point_of("a", NULL, one), point_of("b", NULL, one),
                       point_of("d", NULL, one)};
    assert_status(KITH_ERR_EXISTS, put(f, STORE_ADD, p, 3, &err));
    assert_non_null(strstr(err.message, "'b'"));
    assert_int_equal(get_point(f, "a").row, 0);
    assert_int_equal(get_point(f, "d").row, 0);
    assert_true(get_point(f, "b").vector[0] == 9);
    assert_int_equal(get_collection(f).sequence, before.sequence);
    assert_int_equal(get_collection(f).points, 1);
    assert_ok(store_check(f->store, &err));
}

static void a_key_twice_in_one_call_is_invalid_in_every_mode(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    (void)add_point(f, "old", 9);
    store_point fresh[] = {point_of("n", NULL, one), point_of("n", NULL, two)};
    store_point old[] = {point_of("old", NULL, one), point_of("old", NULL, two)};
    assert_status(KITH_ERR_INVALID, put(f, STORE_ADD, fresh, 2, &err));
    assert_status(KITH_ERR_INVALID, put(f, STORE_UPSERT, fresh, 2, &err));
    assert_status(KITH_ERR_INVALID, put(f, STORE_UPSERT, old, 2, &err));
    assert_status(KITH_ERR_INVALID, put(f, STORE_UPDATE, old, 2, &err));
    assert_non_null(strstr(err.message, "twice"));
    assert_int_equal(get_point(f, "n").row, 0);
    assert_true(get_point(f, "old").vector[0] == 9);
}

static void upserting_adds_and_replaces_and_keeps_the_row_number(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    (void)add_point(f, "a", 9);
    uint64_t row = get_point(f, "a").row;
    store_point p[] = {point_of("a", NULL, one), point_of("b", "new", two)};
    assert_ok(put(f, STORE_UPSERT, p, 2, &err));
    store_point a = get_point(f, "a");
    assert_int_equal(a.row, row);
    assert_null(a.content.data); /* replaced as a whole */
    assert_null(a.metadata.data);
    assert_memory_equal(a.vector, one, sizeof one);
    assert_view(get_point(f, "b").content, "new");
    assert_int_equal(get_collection(f).points, 2);
}

static void updating_changes_only_what_is_given(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    (void)add_point(f, "a", 9);
    store_point p = {.key = VIEW("a"), .metadata = VIEW("{\"b\":2}")};
    assert_ok(put(f, STORE_UPDATE, &p, 1, &err));
    store_point a = get_point(f, "a");
    assert_view(a.metadata, "{\"b\":2}");
    assert_view(a.content, "some content");
    assert_true(a.vector[0] == 9);
    p = point_of("a", NULL, two);
    assert_ok(put(f, STORE_UPDATE, &p, 1, &err));
    a = get_point(f, "a");
    assert_view(a.metadata, "{\"b\":2}");
    assert_memory_equal(a.vector, two, sizeof two);
}

static void updating_a_missing_key_names_it_and_changes_nothing(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    (void)add_point(f, "a", 9);
    store_point p[] = {point_of("a", "changed", one), point_of("b", NULL, one)};
    assert_status(KITH_ERR_NOT_FOUND, put(f, STORE_UPDATE, p, 2, &err));
    assert_non_null(strstr(err.message, "'b'"));
    assert_view(get_point(f, "a").content, "some content");
}

static void a_new_point_needs_a_vector(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    store_point p = point_of("a", "text", NULL);
    assert_status(KITH_ERR_INVALID, put(f, STORE_ADD, &p, 1, &err));
    assert_status(KITH_ERR_INVALID, put(f, STORE_UPSERT, &p, 1, &err));
}

static void a_point_may_not_name_a_document(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    store_point p = point_of("a", "text", one);
    p.document = VIEW("d");
    assert_status(KITH_ERR_INVALID, put(f, STORE_ADD, &p, 1, &err));
}

static void a_collection_without_dimension_takes_no_points(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t id = 0, sequence = 0;
    store_point p = point_of("a", "text", one);
    store_document d = {.key = VIEW("d"), .points = &p, .point_count = 1};
    assert_ok(store_collection_create(f->store, VIEW("p"), KITH_COSINE, 0, VIEW(""), 0, &id, &err));
    assert_status(KITH_ERR_INVALID,
                  store_put_points(f->store, id, STORE_ADD, &p, 1, &sequence, &err));
    assert_status(KITH_ERR_INVALID,
                  store_put_documents(f->store, id, NULL, &d, 1, &sequence, &err));
}

static void every_change_counts_the_sequence_up(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t sequence = 0;
    uint32_t deleted = 0;
    view keys[] = {VIEW("a"), VIEW("zzz")};
    assert_int_equal(add_point(f, "a", 1), 1);
    assert_int_equal(add_point(f, "b", 1), 2);
    store_point p = point_of("a", "x", one);
    assert_ok(store_put_points(f->store, f->collection, STORE_UPSERT, &p, 1, &sequence, &err));
    assert_int_equal(sequence, 3);
    assert_ok(store_delete_points(f->store, f->collection, keys, 2, &sequence, &deleted, &err));
    assert_int_equal(sequence, 4);
    assert_int_equal(deleted, 1);
    assert_ok(store_delete_points(f->store, f->collection, keys, 2, &sequence, &deleted, &err));
    assert_int_equal(sequence, 4); /* nothing changed */
    assert_int_equal(deleted, 0);
    assert_int_equal(get_collection(f).sequence, 4);
}

static void deleted_points_are_not_found_and_their_keys_are_free(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t sequence = 0;
    uint32_t deleted = 0;
    view keys[] = {VIEW("a"), VIEW("missing"), VIEW("a")};
    (void)add_point(f, "a", 1);
    uint64_t row = get_point(f, "a").row;
    assert_ok(store_delete_points(f->store, f->collection, keys, 3, &sequence, &deleted, &err));
    assert_int_equal(deleted, 1);
    assert_int_equal(get_point(f, "a").row, 0);
    (void)add_point(f, "a", 2);
    assert_true(get_point(f, "a").row > row);
}

static void points_come_in_the_order_asked(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    (void)add_point(f, "a", 1);
    (void)add_point(f, "b", 2);
    view keys[] = {VIEW("b"), VIEW("no"), VIEW("a"), VIEW("b")};
    store_point got[4];
    assert_ok(store_get_points(f->store, f->collection, keys, 4, STORE_WITH_VECTOR, &f->arena, got,
                               &err));
    assert_true(got[0].vector[0] == 2 && got[2].vector[0] == 1 && got[3].row == got[0].row);
    assert_int_equal(got[1].row, 0);
    uint64_t rows[] = {got[2].row, 999, got[0].row};
    assert_ok(
        store_get_rows(f->store, f->collection, rows, 3, STORE_WITH_VECTOR, &f->arena, got, &err));
    assert_true(got[0].vector[0] == 1 && got[2].vector[0] == 2);
    assert_int_equal(got[1].row, 0);
}

static void a_row_of_another_collection_is_missing(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t id = 0;
    (void)add_point(f, "a", 1);
    uint64_t row = get_point(f, "a").row;
    assert_ok(store_collection_create(f->store, VIEW("o"), KITH_COSINE, 4, VIEW(""), 0, &id, &err));
    store_point p = {0};
    assert_ok(store_get_rows(f->store, id, &row, 1, 0, &f->arena, &p, &err));
    assert_int_equal(p.row, 0);
}

static void the_same_key_may_live_in_two_collections(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t first = f->collection;
    (void)add_point(f, "a", 1);
    assert_ok(store_collection_create(f->store, VIEW("o"), KITH_COSINE, DIM, VIEW(""), 0,
                                      &f->collection, &err));
    (void)add_point(f, "a", 2);
    assert_true(get_point(f, "a").vector[0] == 2);
    f->collection = first;
    assert_true(get_point(f, "a").vector[0] == 1);
}

static void a_scan_pages_through_all_points_in_order_of_row(void **state)
{
    enum { COUNT = 25 };
    kith_error err = {0};
    fixture *f = *state;
    for (int i = 0; i < COUNT; i++) {
        char key[16];
        (void)snprintf(key, sizeof key, "k%d", COUNT - i);
        (void)add_point(f, key, (float)i);
    }
    uint64_t after = 0;
    uint32_t seen = 0, count = 0;
    do {
        store_point *page = NULL;
        const store_scan scan = {.after_row = after, .limit = 7, .with = STORE_WITH_VECTOR};
        assert_ok(
            store_scan_points(f->store, f->collection, &scan, &f->arena, &page, &count, &err));
        for (uint32_t i = 0; i < count; i++) {
            assert_true(page[i].row > after);
            assert_true(page[i].vector[0] == (float)seen++);
            after = page[i].row;
        }
    } while (count == 7);
    assert_int_equal(count, COUNT % 7);
    assert_int_equal(seen, COUNT);
}

static void a_result_larger_than_its_arena_is_refused(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    arena small;
    arena_init(&small, 256);
    store_point *page = NULL;
    uint32_t count = 0;
    for (int i = 0; i < 10; i++) {
        char key[16];
        (void)snprintf(key, sizeof key, "k%d", i);
        (void)add_point(f, key, 1);
    }
    const store_scan scan = {.limit = 100};
    assert_status(KITH_ERR_NO_MEMORY,
                  store_scan_points(f->store, f->collection, &scan, &small, &page, &count, &err));
    assert_null(page);
    arena_done(&small);
}

static void wide_vectors_and_long_texts_span_pages(void **state)
{
    enum { WIDE = 4096, LONG = 300000 };
    kith_error err = {0};
    fixture *f = *state;
    float *vector = calloc(WIDE, sizeof *vector);
    char *text = malloc(LONG);
    assert_true(vector && text);
    for (int i = 0; i < WIDE; i++)
        vector[i] = (float)i / 3;
    memset(text, 'x', LONG);
    assert_ok(store_collection_create(f->store, VIEW("w"), KITH_COSINE, WIDE, VIEW(""), 0,
                                      &f->collection, &err));
    store_point p = {.key = VIEW("k"), .content = {text, LONG}, .vector = vector};
    assert_ok(put(f, STORE_ADD, &p, 1, &err));
    store_point got = get_point(f, "k");
    assert_true(view_equal(got.content, p.content));
    assert_memory_equal(got.vector, vector, WIDE * sizeof *vector);
    free(vector);
    free(text);
}

static void nothing_to_put_still_succeeds(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    assert_ok(put(f, STORE_ADD, NULL, 0, &err));
    assert_ok(store_get_points(f->store, f->collection, NULL, 0, 0, &f->arena, NULL, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(a_point_reads_back_as_it_was_put),
        with_store(only_the_parts_asked_for_are_returned),
        with_store(none_and_empty_differ),
        with_store(a_nul_byte_is_kept_in_every_text),
        with_store(adding_a_taken_key_names_it_and_leaves_nothing_of_the_batch),
        with_store(a_key_twice_in_one_call_is_invalid_in_every_mode),
        with_store(upserting_adds_and_replaces_and_keeps_the_row_number),
        with_store(updating_changes_only_what_is_given),
        with_store(updating_a_missing_key_names_it_and_changes_nothing),
        with_store(a_new_point_needs_a_vector),
        with_store(a_point_may_not_name_a_document),
        with_store(a_collection_without_dimension_takes_no_points),
        with_store(every_change_counts_the_sequence_up),
        with_store(deleted_points_are_not_found_and_their_keys_are_free),
        with_store(points_come_in_the_order_asked),
        with_store(a_row_of_another_collection_is_missing),
        with_store(the_same_key_may_live_in_two_collections),
        with_store(a_scan_pages_through_all_points_in_order_of_row),
        with_store(a_result_larger_than_its_arena_is_refused),
        with_store(wide_vectors_and_long_texts_span_pages),
        with_store(nothing_to_put_still_succeeds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
