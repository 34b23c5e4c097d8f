/* test_store_commit.c - several writes as one change, on condition: what counts as changed, what is
 * told apart, and that all is done or nothing. */
#include "fixture.h"

static const float vector[DIM] = {1, 2, 3, 4};

static uint64_t put(fixture *f, unsigned how, const char *key)
{
    kith_error err = {0};
    const store_point p = point_of(key, "text", vector);
    uint64_t sequence = 0;
    assert_ok(store_put_points(f->store, f->collection, how, &p, 1, &sequence, &err));
    return sequence;
}

static uint64_t remove_point(fixture *f, const char *key)
{
    kith_error err = {0};
    const view keys[] = {view_of(key)};
    uint64_t sequence = 0;
    uint32_t deleted = 0;
    assert_ok(store_delete_points(f->store, f->collection, keys, 1, &sequence, &deleted, &err));
    assert_int_equal(deleted, 1);
    return sequence;
}

/* Commits one added point that rests on one key. */
static store_commit_outcome commit_on(fixture *f, uint64_t since, const char *read, const char *add)
{
    kith_error err = {0};
    const view keys[] = {view_of(read)};
    const store_point p = point_of(add, "committed", vector);
    store_operation op = {.how = STORE_ADD, .points = &p, .count = 1};
    store_commit commit = {
        .since = since, .read = keys, .read_count = 1, .operations = &op, .count = 1};
    assert_ok(store_commit_operations(f->store, f->collection, &commit, &err));
    return commit.outcome;
}

static bool exists(fixture *f, const char *key)
{
    kith_error err = {0};
    const view keys[] = {view_of(key)};
    store_point found = {0};
    assert_ok(store_get_points(f->store, f->collection, keys, 1, 0, &f->arena, &found, &err));
    return found.row != 0;
}

static void what_was_read_must_be_as_it_was(void **state)
{
    fixture *f = *state;
    (void)put(f, STORE_ADD, "a");
    const uint64_t since = put(f, STORE_ADD, "b");
    assert_int_equal(commit_on(f, since, "a", "1"), STORE_COMMITTED);
    assert_int_equal(commit_on(f, since, "missing", "2"), STORE_COMMITTED);
    (void)put(f, STORE_UPSERT, "a");
    assert_int_equal(commit_on(f, since, "a", "3"), STORE_CONFLICT);
    assert_int_equal(commit_on(f, since, "b", "4"), STORE_COMMITTED);
    assert_int_equal(commit_on(f, since, "1", "5"), STORE_CONFLICT); // it was added since
    assert_true(exists(f, "1") && exists(f, "2") && exists(f, "4"));
    assert_false(exists(f, "3") || exists(f, "5"));
}

static void a_deletion_counts_for_what_is_missing(void **state)
{
    fixture *f = *state;
    (void)put(f, STORE_ADD, "a");
    const uint64_t since = put(f, STORE_ADD, "b");
    const uint64_t deletion = remove_point(f, "b");
    assert_int_equal(commit_on(f, since, "b", "1"), STORE_CONFLICT);
    assert_int_equal(commit_on(f, since, "never", "2"),
                     STORE_CONFLICT); // nobody can tell them apart
    assert_int_equal(commit_on(f, since, "a", "3"), STORE_COMMITTED);
    assert_int_equal(commit_on(f, deletion, "b", "4"), STORE_COMMITTED);
}

static void a_commit_on_dropped_tombstones_is_stale(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    (void)put(f, STORE_ADD, "a");
    const uint64_t since = put(f, STORE_ADD, "b");
    const uint64_t deletion = remove_point(f, "b");
    assert_ok(store_drop_tombstones(f->store, f->collection, deletion, &err));
    assert_int_equal(commit_on(f, since, "b", "1"), STORE_STALE);
    assert_int_equal(commit_on(f, since, "a", "2"), STORE_COMMITTED);
    assert_int_equal(commit_on(f, deletion, "b", "3"), STORE_COMMITTED);
    assert_false(exists(f, "1"));
}

static void operations_are_one_change_in_their_order(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    const uint64_t before = put(f, STORE_ADD, "a");
    const view gone[] = {VIEW("new"), VIEW("a"), VIEW("missing")};
    const store_point new = point_of("new", "first", vector),
                      again = point_of("new", "second", vector);
    store_operation operations[] = {
        {.how = STORE_ADD, .points = &new, .count = 1},
        {.deletes = true, .keys = gone, .count = 3},
        {.how = STORE_ADD, .points = &again, .count = 1},
        {.how = STORE_UPDATE | STORE_ALLOW_REPEATED, .points = &again, .count = 1},
    };
    store_commit commit = {.since = before, .operations = operations, .count = 4};
    assert_ok(store_commit_operations(f->store, f->collection, &commit, &err));
    assert_int_equal(commit.outcome, STORE_COMMITTED);
    assert_int_equal(commit.sequence, before + 1);
    assert_true(exists(f, "new") && !exists(f, "a"));
    const store_collection c = get_collection(f);
    assert_int_equal(c.points, 1);
    assert_int_equal(c.sequence, before + 1);
    // One that does nothing is no change.
    commit = (store_commit){.since = before + 1, .operations = &operations[1], .count = 0};
    assert_ok(store_commit_operations(f->store, f->collection, &commit, &err));
    assert_int_equal(commit.sequence, before + 1);
}

static void a_commit_that_fails_leaves_nothing(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    const uint64_t before = put(f, STORE_ADD, "a");
    const store_point new = point_of("new", "text", vector), taken = point_of("a", "text", vector);
    store_operation operations[] = {
        {.how = STORE_ADD, .points = &new, .count = 1},
        {.how = STORE_ADD, .points = &taken, .count = 1},
    };
    store_commit commit = {.since = before, .operations = operations, .count = 2};
    assert_status(KITH_ERR_EXISTS, store_commit_operations(f->store, f->collection, &commit, &err));
    assert_false(exists(f, "new"));
    commit = (store_commit){.since = before + 1, .operations = operations, .count = 1};
    assert_status(KITH_ERR_INVALID,
                  store_commit_operations(f->store, f->collection, &commit, &err));
    store_point in_document = new;
    in_document.document = VIEW("d");
    store_operation bad = {.how = STORE_ADD, .points = &in_document, .count = 1};
    commit = (store_commit){.since = before, .operations = &bad, .count = 1};
    assert_status(KITH_ERR_INVALID,
                  store_commit_operations(f->store, f->collection, &commit, &err));
    assert_false(exists(f, "new"));
}

static kith_status match_text(void *context, const store_point *point, bool *matches,
                              kith_error *err)
{
    (void)err;
    *matches = view_equal(point->content, view_of(context));
    return KITH_OK;
}

static uint64_t row_of(fixture *f, const char *key)
{
    kith_error err = {0};
    const view keys[] = {view_of(key)};
    store_point found = {0};
    assert_ok(store_get_points(f->store, f->collection, keys, 1, 0, &f->arena, &found, &err));
    return found.row;
}

static void put_text(fixture *f, const char *key, const char *text)
{
    kith_error err = {0};
    const store_point p = point_of(key, text, vector);
    uint64_t sequence = 0;
    assert_ok(store_put_points(f->store, f->collection, STORE_UPSERT, &p, 1, &sequence, &err));
}

static void delete_where(fixture *f, const store_condition *where, const view *keys, uint32_t count,
                         uint32_t expected)
{
    kith_error err = {0};
    store_operation op = {.deletes = true, .keys = keys, .count = count, .where = where};
    store_commit commit = {.since = get_collection(f).sequence, .operations = &op, .count = 1};
    assert_ok(store_commit_operations(f->store, f->collection, &commit, &err));
    assert_int_equal(op.done, expected);
}

/* What matched before and does no longer stays; what has changed since is asked, beyond a statement's
 * and an arena's first room. */
static void a_condition_is_asked_again_of_all_that_may_match(void **state)
{
    enum { MANY = 300 };
    fixture *f = *state;
    kith_error err = {0};
    put_text(f, "was", "red");
    put_text(f, "is", "red");
    put_text(f, "never", "blue");
    const uint64_t rows[] = {row_of(f, "was"), row_of(f, "is"), row_of(f, "is") + 1000};
    const uint64_t seen = get_collection(f).sequence;
    put_text(f, "was", "blue");
    for (int i = 0; i < MANY; i++) {
        char key[16];
        (void)snprintf(key, sizeof key, "later%d", i);
        put_text(f, key, i % 3 ? "red" : "blue");
    }
    store_condition where = {
        .match = match_text, .context = "red", .rows = rows, .count = 3, .sequence = seen};
    const store_point own = point_of("own", "red", vector);
    store_operation operations[] = {{.how = STORE_ADD, .points = &own, .count = 1},
                                    {.deletes = true, .where = &where}};
    store_commit commit = {
        .since = get_collection(f).sequence, .operations = operations, .count = 2};
    assert_ok(store_commit_operations(f->store, f->collection, &commit, &err));
    assert_int_equal(operations[1].done, 1 + MANY * 2 / 3 + 1);
    assert_true(exists(f, "was") && exists(f, "never") && exists(f, "later0"));
    assert_false(exists(f, "is") || exists(f, "own") || exists(f, "later1"));
    assert_int_equal(get_collection(f).points, 2 + MANY / 3);
}

static void a_condition_on_keys_asks_only_them(void **state)
{
    fixture *f = *state;
    put_text(f, "a", "red");
    put_text(f, "b", "blue");
    put_text(f, "c", "red");
    put_text(f, "d", "red");
    const view keys[] = {VIEW("c"), VIEW("b"), VIEW("missing"), VIEW("a"), VIEW("c")};
    store_condition where = {.match = match_text, .context = "red", .limit = 1};
    delete_where(f, &where, keys, 5, 1); // the first in order of row, whatever the keys' order
    assert_false(exists(f, "a"));
    where.limit = 0;
    delete_where(f, &where, keys, 5, 1);
    assert_true(exists(f, "b") && !exists(f, "c") && exists(f, "d"));
    delete_where(f, &where, keys, 0, 0);
    const uint64_t before = get_collection(f).sequence;
    where.context = "green";
    delete_where(f, &where, keys, 5, 0);
    assert_int_equal(get_collection(f).sequence, before); // nothing was deleted: no change
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(what_was_read_must_be_as_it_was),
        with_store(a_deletion_counts_for_what_is_missing),
        with_store(a_commit_on_dropped_tombstones_is_stale),
        with_store(operations_are_one_change_in_their_order),
        with_store(a_commit_that_fails_leaves_nothing),
        with_store(a_condition_is_asked_again_of_all_that_may_match),
        with_store(a_condition_on_keys_asks_only_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
