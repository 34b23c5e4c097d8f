/* test_store_changes.c - sequences, the change feed and the tombstones in it. */
#include "fixture.h"

static change_list *changes_after(const fixture *f, uint64_t after, uint64_t *sequence)
{
    kith_error err = {0};
    change_list *list = calloc(1, sizeof *list);
    assert_non_null(list);
    assert_ok(read_changes(f->store, f->collection, after, keep_change, list, sequence, &err));
    return list;
}

static void delete_point(const fixture *f, const char *key)
{
    kith_error err = {0};
    uint64_t sequence = 0;
    uint32_t deleted = 0;
    view k = view_of(key);
    assert_ok(store_delete_points(f->store, f->collection, &k, 1, &sequence, &deleted, &err));
    assert_int_equal(deleted, 1);
}

static void upserts_and_deletions_come_in_order_of_sequence(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t sequence = 0;
    (void)add_point(f, "a", 1); /* 1, overtaken by 4 */
    (void)add_point(f, "b", 2); /* 2, deleted by 3 */
    uint64_t a = get_point(f, "a").row, b = get_point(f, "b").row;
    delete_point(f, "b"); /* 3 */
    float v[DIM] = {7};
    store_point p = point_of("a", "again", v);
    assert_ok(store_put_points(f->store, f->collection, STORE_UPSERT, &p, 1, &sequence, &err));
    (void)add_point(f, "c", 3); /* 5 */
    change_list *list = changes_after(f, 0, &sequence);
    assert_int_equal(sequence, 5);
    assert_int_equal(list->count, 3);
    assert_true(list->changes[0].deleted && list->changes[0].row == b);
    assert_int_equal(list->changes[0].sequence, 3);
    assert_true(!list->changes[1].deleted && list->changes[1].row == a);
    assert_int_equal(list->changes[1].sequence, 4);
    assert_true(list->vectors[1][0] == 7);
    assert_int_equal(list->changes[2].sequence, 5);
    free(list);
}

static void only_later_changes_are_visited(void **state)
{
    fixture *f = *state;
    uint64_t sequence = 0;
    for (int i = 0; i < 5; i++) {
        char key[8];
        (void)snprintf(key, sizeof key, "k%d", i);
        (void)add_point(f, key, (float)i);
    }
    delete_point(f, "k1");
    change_list *list = changes_after(f, 4, &sequence);
    assert_int_equal(list->count, 2);
    assert_int_equal(list->changes[0].sequence, 5);
    assert_true(list->changes[1].deleted);
    free(list);
    list = changes_after(f, sequence, &sequence);
    assert_int_equal(list->count, 0);
    assert_int_equal(sequence, 6);
    free(list);
}

static void changes_of_another_collection_are_not_visited(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t first = f->collection, sequence = 0;
    (void)add_point(f, "a", 1);
    assert_ok(store_collection_create(f->store, VIEW("o"), KITH_COSINE, DIM, VIEW(""), 0,
                                      &f->collection, &err));
    (void)add_point(f, "b", 1);
    (void)add_point(f, "c", 1);
    f->collection = first;
    change_list *list = changes_after(f, 0, &sequence);
    assert_int_equal(list->count, 1);
    assert_int_equal(sequence, 1);
    free(list);
}

static void a_visitor_can_end_the_walk_with_its_own_status(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t sequence = 99;
    (void)add_point(f, "a", 1);
    (void)add_point(f, "b", 1);
    change_list *list = calloc(1, sizeof *list);
    assert_non_null(list);
    list->stop_after = 1;
    assert_status(KITH_ERR_CANCELLED,
                  read_changes(f->store, f->collection, 0, keep_change, list, &sequence, &err));
    assert_int_equal(list->count, 1);
    assert_int_equal(sequence, 99);
    free(list);
}

typedef struct meddler {
    fixture *fixture;
    uint32_t seen;
} meddler;

static kith_status write_while_walking(void *context, const store_change *change)
{
    meddler *m = context;
    char key[16];
    (void)change;
    (void)snprintf(key, sizeof key, "new%u", m->seen++);
    (void)add_point(m->fixture, key, 1);
    assert_true(get_point(m->fixture, key).row > 0); /* and reads of its own go on */
    return KITH_OK;
}

static void a_walk_sees_one_snapshot_while_others_write(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t sequence = 0;
    meddler m = {f, 0};
    for (int i = 0; i < 3; i++) {
        char key[8];
        (void)snprintf(key, sizeof key, "k%d", i);
        (void)add_point(f, key, 1);
    }
    assert_ok(read_changes(f->store, f->collection, 0, write_while_walking, &m, &sequence, &err));
    assert_int_equal(m.seen, 3);
    assert_int_equal(sequence, 3);
    assert_int_equal(get_collection(f).points, 6);
}

static void tombstones_survive_reopening(void **state)
{
    fixture *f = *state;
    uint64_t sequence = 0;
    (void)add_point(f, "a", 1);
    delete_point(f, "a");
    fixture_close(f);
    fixture_open(f);
    change_list *list = changes_after(f, 1, &sequence);
    assert_int_equal(list->count, 1);
    assert_true(list->changes[0].deleted);
    free(list);
}

static void a_walk_that_needs_dropped_tombstones_is_refused(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t sequence = 0;
    change_list seen = {0};
    (void)add_point(f, "a", 1); /* 1 */
    (void)add_point(f, "b", 2); /* 2 */
    (void)add_point(f, "c", 3); /* 3 */
    delete_point(f, "a");       /* 4 */
    delete_point(f, "b");       /* 5 */
    (void)add_point(f, "d", 4); /* 6 */
    assert_ok(store_drop_tombstones(f->store, f->collection, 4, &err));
    assert_int_equal(get_collection(f).sequence, 6);
    fixture_close(f);
    fixture_open(f);
    assert_status(KITH_ERR_NOT_FOUND,
                  read_changes(f->store, f->collection, 3, keep_change, &seen, &sequence, &err));
    assert_int_equal(seen.count, 0);
    change_list *list = changes_after(f, 4, &sequence);
    assert_int_equal(list->count, 2); /* b was deleted, d is new */
    assert_true(list->changes[0].deleted && !list->changes[1].deleted);
    free(list);
    list = changes_after(f, 0, &sequence);
    assert_int_equal(list->count, 3); /* c, deletion of b, d */
    assert_int_equal(list->changes[0].sequence, 3);
    free(list);
    assert_ok(store_check(f->store, &err));
    assert_ok(store_drop_tombstones(f->store, f->collection, 6, &err));
    assert_ok(store_drop_tombstones(f->store, f->collection, 6, &err));
    list = changes_after(f, 0, &sequence);
    assert_int_equal(list->count, 2);
    free(list);
    assert_status(KITH_ERR_NOT_FOUND,
                  read_changes(f->store, f->collection, 4, keep_change, &seen, &sequence, &err));
    assert_status(KITH_ERR_NOT_FOUND, store_drop_tombstones(f->store, 99, 6, &err));
}

static void drops_that_arrive_in_the_wrong_order_both_count(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t sequence = 0;
    change_list seen = {0};
    (void)add_point(f, "a", 1); /* 1 */
    (void)add_point(f, "b", 2); /* 2 */
    (void)add_point(f, "c", 3); /* 3 */
    delete_point(f, "a");       /* 4 */
    delete_point(f, "b");       /* 5 */
    (void)add_point(f, "d", 4); /* 6 */
    assert_ok(store_drop_tombstones(f->store, f->collection, 5, &err));
    assert_ok(store_drop_tombstones(f->store, f->collection, 4, &err));
    for (uint64_t after = 1; after < 5; after++)
        assert_status(KITH_ERR_NOT_FOUND, read_changes(f->store, f->collection, after, keep_change,
                                                       &seen, &sequence, &err));
    assert_int_equal(seen.count, 0);
    change_list *list = changes_after(f, 5, &sequence);
    assert_int_equal(list->count, 1);
    free(list);
    list = changes_after(f, 0, &sequence); /* c, the mark at 5, d */
    assert_int_equal(list->count, 3);
    assert_true(list->changes[1].deleted && list->changes[1].row == 0);
    free(list);
    assert_ok(store_check(f->store, &err));
}

static void the_number_of_a_change_that_failed_is_taken_by_the_next(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t sequence = 0;
    float v[DIM] = {1};
    store_point points[] = {point_of("new", NULL, v), point_of("taken", NULL, v)};
    assert_int_equal(add_point(f, "taken", 1), 1);
    assert_status(KITH_ERR_EXISTS,
                  store_put_points(f->store, f->collection, STORE_ADD, points, 2, &sequence, &err));
    assert_int_equal(get_collection(f).sequence, 1);
    assert_int_equal(add_point(f, "next", 1), 2);
}

static void each_source_of_one_call_is_a_change_of_its_own(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t sequence = 0;
    float v[DIM] = {1};
    store_point chunks[] = {point_of("x_0", "x", v), point_of("y_0", "y", v)};
    store_document documents[] = {
        {.key = VIEW("x"), .metadata = VIEW("{}"), .points = &chunks[0], .point_count = 1},
        {.key = VIEW("y"), .metadata = VIEW("{}"), .points = &chunks[1], .point_count = 1}};
    store_source sources[] = {{.path = VIEW("/x"), .hash = VIEW("1")},
                              {.path = VIEW("/y"), .hash = VIEW("2")}};
    store_deposit deposits[] = {{&sources[0], &documents[0], 1}, {&sources[1], &documents[1], 1}};
    assert_ok(store_put_sources(f->store, f->collection, deposits, 2, &sequence, &err));
    assert_int_equal(sequence, 2);
    change_list *list = changes_after(f, 0, &sequence);
    assert_int_equal(sequence, 2);
    assert_int_equal(list->count, 2);
    assert_int_equal(list->changes[0].sequence, 1);
    assert_int_equal(list->changes[1].sequence, 2);
    free(list);
}

static void a_deletion_of_nothing_is_no_change(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t sequence = 0;
    uint32_t deleted = 9;
    view missing = VIEW("missing");
    (void)add_point(f, "a", 1);
    assert_ok(store_delete_points(f->store, f->collection, &missing, 1, &sequence, &deleted, &err));
    assert_int_equal(deleted, 0);
    assert_int_equal(sequence, 1);
    assert_int_equal(get_collection(f).sequence, 1);
    assert_int_equal(add_point(f, "b", 1), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(upserts_and_deletions_come_in_order_of_sequence),
        with_store(only_later_changes_are_visited),
        with_store(changes_of_another_collection_are_not_visited),
        with_store(a_visitor_can_end_the_walk_with_its_own_status),
        with_store(a_walk_sees_one_snapshot_while_others_write),
        with_store(tombstones_survive_reopening),
        with_store(a_walk_that_needs_dropped_tombstones_is_refused),
        with_store(drops_that_arrive_in_the_wrong_order_both_count),
        with_store(the_number_of_a_change_that_failed_is_taken_by_the_next),
        with_store(each_source_of_one_call_is_a_change_of_its_own),
        with_store(a_deletion_of_nothing_is_no_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
