/* test_store_changes.c - sequences, the change feed and the tombstones in it. */
#include "fixture.h"

#include "base/rng.h"

static change_list *changes_after(const fixture *f, uint64_t after, uint64_t *sequence)
{
    kith_error err = {0};
    change_list *list = calloc(1, sizeof *list);
    assert_non_null(list);
    assert_ok(read_changes(f->store, f->collection, after, keep_change, list, sequence, &err));
    return list;
}

/* What a walk from there needs was dropped: it is refused before it visits anything. */
static void assert_forgotten(const fixture *f, uint64_t after)
{
    kith_error err = {0};
    uint64_t sequence = 0;
    change_list seen = {0};
    assert_status(KITH_ERR_NOT_FOUND, read_changes(f->store, f->collection, after, keep_change,
                                                   &seen, &sequence, &err));
    assert_int_equal(seen.count, 0);
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
    assert_forgotten(f, 3);
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
    assert_forgotten(f, 4);
    assert_status(KITH_ERR_NOT_FOUND, store_drop_tombstones(f->store, 99, 6, &err));
}

static void a_drop_of_nothing_forgets_nothing(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t sequence = 0;
    (void)add_point(f, "a", 1); /* 1 */
    (void)add_point(f, "b", 2); /* 2 */
    (void)add_point(f, "c", 3); /* 3 */
    assert_ok(store_drop_tombstones(f->store, f->collection, 3, &err));
    change_list *list = changes_after(f, 1, &sequence);
    assert_int_equal(list->count, 2); /* b, c */
    free(list);
}

static void what_is_forgotten_is_no_more_than_what_was_deleted(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t sequence = 0;
    (void)add_point(f, "a", 1);                  /* 1 */
    (void)add_point(f, "b", 2);                  /* 2 */
    delete_point(f, "a");                        /* 3 */
    (void)add_point(f, "c", 3);                  /* 4 */
    (void)add_point(f, "d", 4);                  /* 5 */
    for (uint64_t upto = 4; upto <= 5; upto++) { /* the second finds the mark alone */
        assert_ok(store_drop_tombstones(f->store, f->collection, upto, &err));
        change_list *list = changes_after(f, 3, &sequence);
        assert_int_equal(list->count, 2); /* c, d */
        free(list);
        assert_forgotten(f, 2);
    }
    delete_point(f, "b"); /* 6 */
    assert_ok(store_drop_tombstones(f->store, f->collection, 5, &err));
    change_list *list = changes_after(f, 3, &sequence);
    assert_int_equal(list->count, 3); /* c, d, the deletion of b */
    free(list);
    assert_ok(store_drop_tombstones(f->store, f->collection, 6, &err));
    assert_forgotten(f, 5);
    list = changes_after(f, 6, &sequence);
    assert_int_equal(list->count, 0);
    free(list);
    assert_ok(store_check(f->store, &err));
}

static void a_drop_of_a_damaged_tombstone_forgets_all_that_it_may_have_been(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    (void)add_point(f, "a", 1); /* 1 */
    delete_point(f, "a");       /* 2 */
    (void)add_point(f, "b", 2); /* 3 */
    (void)add_point(f, "c", 3); /* 4 */
    run_sql(f, "UPDATE tombstones SET checksum = checksum + 1");
    assert_ok(store_drop_tombstones(f->store, f->collection, 4, &err));
    assert_forgotten(f, 3);
    assert_ok(store_check(f->store, &err));
}

/* Its sequence is what is damaged: it looks older than another one, and would be left out of the mark. */
static void a_damaged_tombstone_that_looks_older_is_forgotten_as_the_newest(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    (void)add_point(f, "a", 1); /* 1 */
    (void)add_point(f, "b", 2); /* 2 */
    (void)add_point(f, "c", 3); /* 3 */
    delete_point(f, "a");       /* 4 */
    delete_point(f, "b");       /* 5 */
    run_sql(f, "UPDATE tombstones SET sequence = 3 WHERE sequence = 5");
    assert_ok(store_drop_tombstones(f->store, f->collection, 5, &err));
    assert_forgotten(f, 3);
    assert_forgotten(f, 4);
    assert_ok(store_check(f->store, &err));
}

static void drops_that_arrive_in_the_wrong_order_both_count(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t sequence = 0;
    (void)add_point(f, "a", 1); /* 1 */
    (void)add_point(f, "b", 2); /* 2 */
    (void)add_point(f, "c", 3); /* 3 */
    delete_point(f, "a");       /* 4 */
    delete_point(f, "b");       /* 5 */
    (void)add_point(f, "d", 4); /* 6 */
    assert_ok(store_drop_tombstones(f->store, f->collection, 5, &err));
    assert_ok(store_drop_tombstones(f->store, f->collection, 4, &err));
    for (uint64_t after = 1; after < 5; after++)
        assert_forgotten(f, after);
    change_list *list = changes_after(f, 5, &sequence);
    assert_int_equal(list->count, 1);
    free(list);
    list = changes_after(f, 0, &sequence); /* c, d */
    assert_int_equal(list->count, 2);
    assert_true(!list->changes[0].deleted && !list->changes[1].deleted);
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
    assert_ok(store_put_sources(f->store, f->collection, &(store_deposits){deposits, 2, NULL},
                                &sequence, &err));
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

/* ---- walks in several calls ---- */

enum { KEYS = 40 };

/* What a derived index would hold: the newest vector of each live row. */
typedef struct replica {
    uint64_t rows[4096];
    float values[4096];
    uint32_t count;
} replica;

static kith_status apply_to_replica(void *context, const store_change *change)
{
    replica *r = context;
    uint32_t i = 0;
    while (i < r->count && r->rows[i] != change->row)
        i++;
    if (change->deleted) {
        if (i < r->count) {
            r->count--;
            r->rows[i] = r->rows[r->count];
            r->values[i] = r->values[r->count];
        }
        return KITH_OK;
    }
    assert_int_equal(change->dim, DIM);
    if (i == r->count) r->count++;
    r->rows[i] = change->row;
    r->values[i] = change->vector[0];
    return KITH_OK;
}

/* Puts `count` points at random keys in one change, or deletes some. */
static void change_at_random(const fixture *f, rng *r, uint32_t count)
{
    kith_error err = {0};
    char names[KEYS][8];
    float vectors[KEYS][DIM] = {{0}};
    store_point points[KEYS];
    view keys[KEYS];
    uint64_t sequence = 0;
    uint32_t first = rng_below(r, KEYS), deleted = 0;
    for (uint32_t i = 0; i < count; i++) {
        (void)snprintf(names[i], sizeof names[i], "k%u", (first + i) % KEYS);
        vectors[i][0] = (float)rng_below(r, 1000);
        points[i] = point_of(names[i], NULL, vectors[i]);
        keys[i] = points[i].key;
    }
    if (rng_below(r, 3) == 0)
        assert_ok(
            store_delete_points(f->store, f->collection, keys, count, &sequence, &deleted, &err));
    else
        assert_ok(store_put_points(f->store, f->collection, STORE_UPSERT, points, count, &sequence,
                                   &err));
}

static void assert_replica_is_current(fixture *f, const replica *r)
{
    assert_int_equal(r->count, get_collection(f).points);
    for (uint32_t i = 0; i < r->count; i++) {
        kith_error err = {0};
        store_point p = {0};
        assert_ok(store_get_rows(f->store, f->collection, &r->rows[i], 1, STORE_WITH_VECTOR,
                                 &f->arena, &p, &err));
        assert_true(p.row == r->rows[i] && p.vector[0] == r->values[i]);
    }
}

static void a_walk_in_several_calls_meets_what_changes_between_them(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    for (uint64_t seed = 0; seed < 30; seed++) {
        rng r = {seed};
        replica copy = {0};
        store_state s = {0};
        store_feed feed = {.collection = f->collection,
                           .limit = 1 + rng_below(&r, 9),
                           .visit = apply_to_replica,
                           .context = &copy};
        for (int i = 0; i < 5; i++)
            change_at_random(f, &r, 1 + rng_below(&r, KEYS));
        if (rng_below(&r, 2)) /* a mark of before the walk does no harm to it */
            assert_ok(store_drop_tombstones(f->store, f->collection, get_collection(f).sequence - 1,
                                            &err));
        for (int calls = 0; calls == 0 || s.is_more; calls++) {
            if (calls < 20) change_at_random(f, &r, 1 + rng_below(&r, 5));
            assert_ok(store_changes(f->store, &feed, &s, &err));
        }
        assert_int_equal(feed.sequence, get_collection(f).sequence);
        assert_int_equal(s.points, get_collection(f).points);
        assert_replica_is_current(f, &copy);
        change_at_random(f, &r, 3);
        assert_ok(store_changes(f->store, &feed, &s, &err)); /* and it follows from there */
        while (s.is_more)
            assert_ok(store_changes(f->store, &feed, &s, &err));
        assert_replica_is_current(f, &copy);
    }
}

static void a_call_visits_no_more_than_the_limit_of_one_change(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    rng r = {1};
    store_state s = {0};
    change_list list = {0};
    store_feed feed = {
        .collection = f->collection, .limit = 7, .visit = keep_change, .context = &list};
    while (get_collection(f).points < KEYS)
        change_at_random(f, &r, KEYS);
    for (uint32_t calls = 1; calls <= KEYS / 7; calls++) {
        assert_ok(store_changes(f->store, &feed, &s, &err));
        assert_true(s.is_more);
        assert_true(feed.row != 0);
    }
    assert_ok(store_changes(f->store, &feed, &s, &err));
    assert_false(s.is_more);
    assert_int_equal(feed.row, 0);
    assert_int_equal(feed.sequence, s.sequence);
    uint32_t points = 0;
    for (uint32_t i = 0; i < list.count; i++)
        points += !list.changes[i].deleted;
    assert_int_equal(points, KEYS);
}

static void a_walk_whose_tombstones_are_dropped_between_its_calls_is_refused(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    store_state s = {0};
    replica copy = {0};
    store_feed feed = {
        .collection = f->collection, .limit = 1, .visit = apply_to_replica, .context = &copy};
    (void)add_point(f, "a", 1); /* 1 */
    (void)add_point(f, "b", 2); /* 2 */
    assert_ok(store_changes(f->store, &feed, &s, &err));
    assert_int_equal(copy.count, 1);
    delete_point(f, "a"); /* 3 */
    assert_ok(store_drop_tombstones(f->store, f->collection, 3, &err));
    assert_status(KITH_ERR_NOT_FOUND, store_changes(f->store, &feed, &s, &err));
    assert_int_equal(feed.sequence, 1);
}

/* ---- whose changes ---- */

static void changes_of_another_store_are_told_from_own_ones(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    store *mine = f->store, *other = NULL;
    store_collection c = get_collection(f);
    assert_int_equal(store_foreign_sequence(mine, &c), 0);
    (void)add_point(f, "a", 1); /* 1 */
    (void)add_point(f, "b", 1); /* 2 */
    c = get_collection(f);
    assert_int_equal(store_foreign_sequence(mine, &c), 0);
    assert_ok(store_open(f->directory, &other, &err));
    assert_int_equal(store_foreign_sequence(other, &c), 2);
    f->store = other;
    (void)add_point(f, "c", 1); /* 3 */
    f->store = mine;
    c = get_collection(f);
    assert_int_equal(store_foreign_sequence(mine, &c), 3);
    assert_int_equal(store_foreign_sequence(other, &c), 2);
    (void)add_point(f, "d", 1); /* 4 */
    (void)add_point(f, "e", 1); /* 5 */
    c = get_collection(f);
    assert_int_equal(store_foreign_sequence(mine, &c), 3);
    assert_int_equal(store_foreign_sequence(other, &c), 5);
    assert_ok(store_check(mine, &err));
    assert_ok(store_close(other, &err));
    const store_options reading = {.read_only = true};
    assert_ok(store_open_with(f->directory, &reading, &other, &err));
    assert_int_equal(store_foreign_sequence(other, &c), 5);
    assert_ok(store_close(other, &err));
    fixture_close(f);
    fixture_open(f); /* the same process, but not the same store */
    c = get_collection(f);
    assert_int_equal(store_foreign_sequence(f->store, &c), 5);
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
        with_store(a_drop_of_nothing_forgets_nothing),
        with_store(what_is_forgotten_is_no_more_than_what_was_deleted),
        with_store(a_drop_of_a_damaged_tombstone_forgets_all_that_it_may_have_been),
        with_store(a_damaged_tombstone_that_looks_older_is_forgotten_as_the_newest),
        with_store(drops_that_arrive_in_the_wrong_order_both_count),
        with_store(the_number_of_a_change_that_failed_is_taken_by_the_next),
        with_store(each_source_of_one_call_is_a_change_of_its_own),
        with_store(a_deletion_of_nothing_is_no_change),
        with_store(a_walk_in_several_calls_meets_what_changes_between_them),
        with_store(a_call_visits_no_more_than_the_limit_of_one_change),
        with_store(a_walk_whose_tombstones_are_dropped_between_its_calls_is_refused),
        with_store(changes_of_another_store_are_told_from_own_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
