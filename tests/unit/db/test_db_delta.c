/* Tests of deltas and snapshots: what is published is whole, what fails leaves no trace, what a
 * search holds stays as it is; and snapshot_check names each way in which the parts could
 * disagree. */
#include "changes_for_test.h"

static void the_parts_agree_after_deltas_of_any_changes(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        changes c;
        changes_begin(&c, seed);
        for (uint32_t n = 0; n < 60; n++) {
            for (uint32_t i = rng_below(&c.r, 40); i > 0; i--)
                change_at_random(&c); // a point may change twice in one delta
            publish(&c);
            assert_holds_the_points(&c);
        }
        changes_end(&c);
    }
}

static void a_delta_that_is_abandoned_leaves_no_trace(void **state)
{
    (void)state;
    changes c;
    changes_begin(&c, 5);
    for (uint32_t n = 0; n < 40; n++) {
        for (uint32_t i = 0; i < 20; i++)
            change_at_random(&c);
        publish(&c);
        changes before = c;
        for (uint32_t i = rng_below(&c.r, 30); i > 0; i--)
            change_at_random(&c);
        open_delta(&c);
        delta_abandon(&c.delta);
        rng r = c.r;
        c = before;
        c.r = r;
        assert_holds_the_points(&c);
        assert_int_equal(derived_rows(c.now->derived), c.now->rows);
    }
    changes_end(&c);
}

static void a_change_that_cannot_be_applied_is_told_and_abandoned(void **state)
{
    (void)state;
    kith_error err = {0};
    changes c;
    changes_begin(&c, 6);
    for (uint32_t i = 0; i < 5; i++)
        put_point(&c, i);
    publish(&c);
    put_point(&c, 7);
    put_point(&c, 2);
    const store_change broken = {
        .row = 90, .dim = DIM, .vector = (float[DIM]){1}, .metadata = VIEW("{\"a\":{}}")};
    assert_status(KITH_ERR_INVALID, delta_apply(&c.delta, &broken, &err));
    delta_abandon(&c.delta);
    c.is_open = false;
    c.points[7] = 0;
    c.live = 5;
    assert_holds_the_points(&c);
    changes_end(&c);
}

/* What a search of a snapshot gives: all live rows with their distances, and the words' rows. */
typedef struct answer {
    hit near[POINTS_MAX];
    uint32_t near_count;
    uint32_t worded[POINTS_MAX]; /* rows, in order of row; scores move with the statistics */
    uint32_t worded_count;
} answer;

static int compare_ids(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

static answer *ask(const snapshot *s)
{
    kith_error err;
    arena memory;
    bm25_query *words = NULL;
    hit *found = calloc(POINTS_MAX, sizeof *found);
    answer *a = calloc(1, sizeof *a);
    assert_true(a && found);
    const vector_view vectors = snapshot_vectors(s);
    const bm25_corpus corpus = snapshot_words(s);
    const vector_search search = {.k = POINTS_MAX, .exact = true};
    arena_init(&memory, 0);
    if (s->rows > 0)
        assert_ok(vector_index_search(&vectors, (float[DIM]){1, 2, 3, 4}, &search, a->near,
                                      &a->near_count, NULL, &err));
    assert_ok(bm25_parse(&corpus, VIEW("other words"), &memory, &words, &err));
    const bm25_search_options worded = {.k = POINTS_MAX, .live = &s->live};
    assert_ok(bm25_search(words, &worded, found, &a->worded_count, NULL, &err));
    for (uint32_t i = 0; i < a->worded_count; i++)
        a->worded[i] = found[i].id;
    qsort(a->worded, a->worded_count, sizeof a->worded[0], compare_ids);
    arena_done(&memory);
    free(found);
    return a;
}

static void a_snapshot_that_is_held_stays_as_it_is(void **state)
{
    (void)state;
    enum { HELD = 30 };
    changes c;
    snapshot *held[HELD];
    answer *before[HELD];
    changes_begin(&c, 7);
    for (uint32_t n = 0; n < HELD; n++) {
        for (uint32_t i = 0; i < 40; i++)
            change_at_random(&c);
        publish(&c);
        held[n] = snapshot_hold(c.now);
        before[n] = ask(held[n]);
        assert_int_equal(before[n]->near_count, c.live);
    }
    for (uint32_t n = 0; n < HELD; n++) {
        answer *after = ask(held[n]);
        assert_memory_equal(after, before[n], sizeof *after);
        free(after);
        free(before[n]);
    }
    changes_end(&c); // the holder that is left frees
    for (uint32_t n = 0; n < HELD; n++)
        snapshot_release(held[n]);
}

static void segments_that_are_joined_find_the_same(void **state)
{
    (void)state;
    kith_error err;
    changes c;
    changes_begin(&c, 8);
    for (uint32_t n = 0; n < 12; n++) {
        for (uint32_t i = 0; i < 40; i++)
            change_at_random(&c);
        publish(&c);
    }
    snapshot *old = snapshot_hold(c.now);
    segment *joined = NULL;
    assert_ok(segment_concat(old->segments, old->segment_count, &old->live, &joined, &err));
    for (uint32_t i = 0; i < 40; i++) // meanwhile others die
        change_at_random(&c);
    publish(&c);
    segment_repeat_removals(joined, old->segments, old->segment_count);
    assert_ok(segment_check(joined, &err));
    for (uint32_t row = 0; row < old->rows; row++)
        assert_int_equal(bm25_is_removed(joined->words, row), !bitset_has(&c.now->live, row));
    segment_release(joined);
    snapshot_release(old);
    changes_end(&c);
}

static void a_damaged_row_counts_until_it_is_put_or_deleted(void **state)
{
    (void)state;
    changes c;
    changes_begin(&c, 9);
    apply(&c, &(store_change){.row = 900, .damage = "damaged"}); // before there is a vector index
    put_point(&c, 0);
    put_point(&c, 1);
    apply(&c, &(store_change){.row = c.points[0], .damage = "damaged"});
    assert_int_equal(delta_points(&c.delta), 3);
    publish(&c);
    assert_int_equal(snapshot_points(c.now), 3);
    assert_int_equal(c.now->live_count, 1);
    c.live--;
    put_point(&c, 0);
    apply(&c, &(store_change){.row = 900, .deleted = true});
    publish(&c);
    assert_int_equal(snapshot_points(c.now), 2);
    assert_int_equal(c.now->damaged_count, 0);
    c.live = 2;
    assert_holds_the_points(&c);
    changes_end(&c);
}

static void a_deletion_of_a_point_that_is_not_known_changes_nothing(void **state)
{
    (void)state;
    changes c;
    changes_begin(&c, 10);
    apply(&c, &(store_change){.row = 5, .deleted = true}); // before there is a vector index
    publish(&c);
    assert_int_equal(c.now->rows, 0);
    for (uint32_t i = 0; i < 10; i++)
        put_point(&c, i);
    publish(&c);
    apply(&c, &(store_change){.row = 99, .deleted = true});
    publish(&c);
    assert_int_equal(c.now->rows, 10);
    assert_holds_the_points(&c);
    changes_end(&c);
}

/* Puts `live` points, then puts them again and again until a rebuild is needed. */
static uint32_t dead_rows_until_rebuild(uint32_t live)
{
    changes c;
    uint32_t rows = 0;
    changes_begin(&c, 11);
    assert_false(snapshot_needs_rebuild(c.now, true));
    for (; !snapshot_needs_rebuild(c.now, true); rows++) {
        put_point(&c, rows % live);
        if (rows >= live + 1000) publish(&c);
    }
    changes_end(&c);
    return rows - live;
}

static void a_rebuild_is_needed_above_1024_dead_rows_and_a_third_of_all(void **state)
{
    (void)state;
    assert_int_equal(dead_rows_until_rebuild(100), 1025);
    assert_int_equal(dead_rows_until_rebuild(3000), 1501); // of 4501, a third of which is 1500
}

/* ---- what snapshot_check finds ---- */

static void begin_filled(changes *c)
{
    changes_begin(c, 12);
    for (uint32_t step = 0; step < 400; step++) {
        change_at_random(c);
        if (step % 100 == 99) publish(c);
    }
}

static uint32_t find_row(const snapshot *s, bool live)
{
    uint32_t row = 0;
    while (bitset_has(&s->live, row) != live)
        row++;
    return row;
}

static void set_point(changes *c, uint32_t row, uint64_t point)
{
    *(uint64_t *)region_at(&c->now->derived->points, row) = point;
}

static void expect_broken(changes *c, const char *what)
{
    kith_error err = {0};
    assert_status(KITH_ERR_CORRUPT, snapshot_check(c->now, &err));
    if (!strstr(err.message, what)) fail_msg("'%s' does not name '%s'", err.message, what);
    changes_end(c);
}

static void a_check_names_the_part_that_disagrees(void **state)
{
    (void)state;
    kith_error err;
    changes c;

    begin_filled(&c);
    assert_ok(bm25_append(c.now->segments[0]->words, VIEW("one row too many"), 0, &err));
    expect_broken(&c, "words are of");

    begin_filled(&c);
    c.now->segments[1]->first_row++;
    expect_broken(&c, "words are of");

    begin_filled(&c);
    set_point(&c, find_row(c.now, true), 0);
    expect_broken(&c, "names no point");

    begin_filled(&c);
    set_point(&c, find_row(c.now, true), c.last_point + 1);
    expect_broken(&c, "not in the row map");

    begin_filled(&c);
    uint32_t live = find_row(c.now, true), dead = find_row(c.now, false);
    row_map *rows = &c.now->derived->rows;
    assert_int_equal(row_map_put(rows, derived_point(c.now->derived, live), dead), KITH_OK);
    expect_broken(&c, "a row of another point");

    begin_filled(&c);
    assert_int_equal(row_map_put(&c.now->derived->rows, c.last_point + 1, live), KITH_OK);
    expect_broken(&c, "entries in the row map");

    begin_filled(&c);
    bm25_remove(c.now->segments[0]->words, live);
    expect_broken(&c, "word statistics and live rows disagree");

    begin_filled(&c);
    c.now->live_count++;
    expect_broken(&c, "the count is wrong");
}

static void a_check_finds_an_entry_that_leads_to_an_older_row(void **state)
{
    (void)state;
    changes c;
    changes_begin(&c, 13);
    put_point(&c, 0);
    put_point(&c, 0); // rows 0 and 1 are of one point
    publish(&c);
    assert_int_equal(row_map_put(&c.now->derived->rows, c.points[0], 0), KITH_OK);
    expect_broken(&c, "leads to an older row");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_parts_agree_after_deltas_of_any_changes),
        cmocka_unit_test(a_delta_that_is_abandoned_leaves_no_trace),
        cmocka_unit_test(a_change_that_cannot_be_applied_is_told_and_abandoned),
        cmocka_unit_test(a_snapshot_that_is_held_stays_as_it_is),
        cmocka_unit_test(segments_that_are_joined_find_the_same),
        cmocka_unit_test(a_damaged_row_counts_until_it_is_put_or_deleted),
        cmocka_unit_test(a_deletion_of_a_point_that_is_not_known_changes_nothing),
        cmocka_unit_test(a_rebuild_is_needed_above_1024_dead_rows_and_a_third_of_all),
        cmocka_unit_test(a_check_names_the_part_that_disagrees),
        cmocka_unit_test(a_check_finds_an_entry_that_leads_to_an_older_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
