/* Tests of refresh: what a failed catch-up leaves behind, what a damaged row costs, and when
 * tombstones may go. Changes are
 * put into the store behind the index's back, and rows of kith.db are damaged with SQLite. */
#include "test.h"

#include "base/rng.h"
#include "collection_for_test.h"
#include "db/collection_private.h"
#include "db/database.h"
#include "generations.h"
#include "index_for_test.h"

#include <sqlite3.h>

enum { DIM = 4, MANY = 300, PATH_BYTES = 1024 };

typedef struct fixture {
    char *directory;
    database *db;
    collection *c;
    rng r;
    kept_notices notices;
} fixture;

static void open_all(fixture *f)
{
    const database_options options = {.on_notice = keep_notice, .context = &f->notices};
    open_collection(f->directory, &options, &f->db, &f->c);
}

static void close_all(fixture *f)
{
    close_collection(&f->db, &f->c);
}

static int setup(void **state)
{
    fixture *f = fixture_new(state, sizeof *f);
    if (!f) return -1;
    f->r = (rng){3};
    open_all(f);
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    close_all(f);
    return fixture_free(f);
}

typedef struct batch {
    char keys[MANY][16];
    float vectors[MANY][DIM];
    store_point points[MANY];
    uint32_t count;
} batch;

/* Points k<first>, k<first + 1>, ... */
static batch *new_batch(fixture *f, uint32_t first, uint32_t count)
{
    batch *b = calloc(1, sizeof *b);
    assert_non_null(b);
    b->count = count;
    for (uint32_t i = 0; i < count; i++) {
        (void)snprintf(b->keys[i], sizeof b->keys[i], "k%u", first + i);
        for (uint32_t d = 0; d < DIM; d++)
            b->vectors[i][d] = (float)rng_unit(&f->r) - 0.5F;
        b->points[i] = (store_point){
            .key = view_of(b->keys[i]), .content = VIEW("text"), .vector = b->vectors[i]};
    }
    return b;
}

static kith_status put(fixture *f, uint32_t first, uint32_t count, kith_error *err)
{
    batch *b = new_batch(f, first, count);
    kith_status status =
        collection_put_points(f->c, STORE_UPSERT, b->points, count, DIM, VIEW(""), err);
    free(b);
    return status;
}

/* The state between the store's commit of a write and its refresh. */
static void put_into_store(fixture *f, uint32_t first, uint32_t count)
{
    kith_error err;
    uint64_t sequence = 0;
    batch *b = new_batch(f, first, count);
    assert_ok(store_put_points(database_store(f->db), collection_id(f->c), STORE_ADD, b->points,
                               count, &sequence, &err));
    free(b);
}

static void delete_points(fixture *f, uint32_t first, uint32_t count)
{
    kith_error err;
    view keys[MANY];
    uint32_t deleted = 0;
    batch *b = new_batch(f, first, count);
    for (uint32_t i = 0; i < count; i++)
        keys[i] = b->points[i].key;
    assert_ok(collection_delete_points(f->c, keys, count, &deleted, &err));
    assert_int_equal(deleted, count);
    free(b);
}

static void run_sql(const fixture *f, const char *sql)
{
    sqlite3 *db = NULL;
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/kith.db", f->directory);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_busy_timeout(db, 5000), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) fail_msg("%s", sqlite3_errmsg(db));
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void set_content(const fixture *f, uint32_t key, const char *content)
{
    char sql[128];
    (void)snprintf(sql, sizeof sql, "UPDATE points SET content = '%s' WHERE key = 'k%u'", content,
                   key);
    run_sql(f, sql);
}

/* Finds every point; found[i] says whether k<i> is among them. */
static kith_status search_all(fixture *f, bool found[MANY], uint32_t *count, kith_error *err)
{
    arena a;
    collection_hits hits;
    arena_init(&a, 0);
    collection_query q = {.vector = (float[DIM]){1},
                          .dim = DIM,
                          .k = MANY,
                          .exact = true,
                          .with = STORE_WITH_VECTOR}; // else nothing is read from the store
    kith_status status = collection_search(f->c, &q, &a, &hits, err);
    memset(found, 0, MANY * sizeof *found);
    *count = status == KITH_OK ? hits.count : 0;
    for (uint32_t i = 0; i < *count; i++)
        found[strtoul(hits.points[i].key.data + 1, NULL, 10)] = true;
    arena_done(&a);
    return status;
}

/* The sequence in the newest generation's manifest; 0: there is none. */
static uint64_t file_sequence(const fixture *f)
{
    char path[GENERATION_PATH_BYTES], manifest[PATH_BYTES + 16];
    enum { SEQUENCE_AT = 9, HEAD };
    uint64_t head[HEAD] = {0};
    if (!find_generation(f->directory, collection_id(f->c), path)) return 0;
    (void)snprintf(manifest, sizeof manifest, "%s/manifest", path);
    FILE *file = fopen(manifest, "rb");
    assert_non_null(file);
    assert_int_equal(fread(head, sizeof *head, HEAD, file), HEAD);
    assert_int_equal(fclose(file), 0);
    return head[SEQUENCE_AT];
}

static void check_index(fixture *f, const char *state, const char *reason)
{
    kith_error err;
    arena a;
    collection_index_state index = {0};
    arena_init(&a, 0);
    assert_ok(collection_index(f->c, &a, &index, &err));
    assert_string_equal(index.state, state);
    if (!strstr(index.reason, reason)) fail_msg("'%s' does not say '%s'", index.reason, reason);
    arena_done(&a);
}

/* k0 .. k99 are indexed, then k0 .. k9 deleted. k100 .. k249 come in two commits that the index has
 * not seen, and k200, of the second, has vanished from its table: whoever catches up applies some
 * and fails. */
static void a_catch_up_that_fails_leaves_the_index_behind_and_whole(void **state)
{
    fixture *f = *state;
    kith_error err;
    bool found[MANY];
    uint32_t count = 0;
    assert_ok(put(f, 0, 100, &err));
    close_all(f);
    open_all(f);
    assert_true(file_sequence(f) > 0);
    delete_points(f, 0, 10); // newer than the file: its tombstones are needed once more
    put_into_store(f, 100, 50);
    put_into_store(f, 150, 100);
    run_sql(f, "CREATE TABLE kept AS SELECT * FROM points WHERE key = 'k200';"
               "DELETE FROM points WHERE key = 'k200'");

    // A write of somebody else's sound point is on disk, which is what was asked for. That it cannot
    // be brought into the index is the collection's state.
    assert_ok(put(f, 250, 1, &err));
    check_index(f, "behind", "should have 241 rows, 240 were found");
    assert_int_equal(f->c->current->live_count, 90);
    assert_index_is_sound(f->c);
    // Nobody finds half of it, however often they ask.
    assert_status(KITH_ERR_CORRUPT, search_all(f, found, &count, &err));
    assert_status(KITH_ERR_CORRUPT, search_all(f, found, &count, &err));
    delete_points(f, 249, 1);
    check_index(f, "behind", "should have 240 rows, 239 were found");

    run_sql(f, "INSERT INTO points SELECT * FROM kept; DROP TABLE kept");
    assert_ok(search_all(f, found, &count, &err));
    assert_int_equal(count, 240);
    for (uint32_t i = 0; i < MANY; i++)
        assert_int_equal(found[i], i >= 10 && i <= 250 && i != 249);
    assert_index_is_sound(f->c);
    check_index(f, "current", "");
}

static kith_status count_tombstone(void *context, const store_change *change)
{
    uint32_t *count = context;
    *count += change->deleted;
    return KITH_OK;
}

static uint32_t count_tombstones(const fixture *f)
{
    kith_error err;
    uint32_t count = 0;
    store_state state = {0};
    store_feed feed = {
        .collection = collection_id(f->c), .visit = count_tombstone, .context = &count};
    assert_ok(store_changes(database_store(f->db), &feed, &state, &err));
    return count;
}

static void put_and_wait(fixture *f, uint32_t first, uint32_t count)
{
    kith_error err;
    assert_ok(put(f, first, count, &err));
    upkeep_wait(f->c);
}

/* Twice, since the second file replaces one, and the second mark comes after the first. */
static void tombstones_are_dropped_when_a_refresh_writes_the_file(void **state)
{
    enum { BATCH = 256, DELETED = 10, ROUNDS_MAX = 20 };
    fixture *f = *state;
    kith_error err;
    uint64_t before = 0;
    for (int time = 0; time < 2; time++) {
        assert_ok(put(f, 0, BATCH, &err));
        delete_points(f, 0, DELETED);
        assert_int_equal(count_tombstones(f), DELETED);
        int round = 0;
        for (; file_sequence(f) == before && round < ROUNDS_MAX; round++)
            put_and_wait(f, DELETED, BATCH - DELETED);
        assert_true(round > 1 && round < ROUNDS_MAX);
        before = file_sequence(f);
        assert_int_equal(count_tombstones(f), 0);
    }
    // From the file on, nothing is missing and nothing comes back.
    bool found[MANY];
    uint32_t count = 0;
    close_all(f);
    open_all(f);
    assert_ok(search_all(f, found, &count, &err));
    assert_int_equal(count, BATCH - DELETED);
    assert_index_is_sound(f->c);
}

/* ---- one damaged row ---- */

static void check_notice(const fixture *f, uint32_t count, const char *text)
{
    assert_int_equal(f->notices.count, count);
    if (!strstr(f->notices.last, text)) fail_msg("'%s' does not say '%s'", f->notices.last, text);
}

static void check_found_but(fixture *f, uint32_t damaged)
{
    kith_error err;
    bool found[MANY];
    uint32_t count = 0;
    assert_ok(search_all(f, found, &count, &err));
    for (uint32_t i = 0; i < 100; i++)
        assert_int_equal(found[i], i != damaged);
    assert_int_equal(count, damaged < 100 ? 99 : 100);
    assert_index_is_sound(f->c);
}

static void a_damaged_row_costs_a_rebuild_that_row_and_is_named_once(void **state)
{
    fixture *f = *state;
    kith_error err;
    char path[GENERATION_PATH_BYTES];
    assert_ok(put(f, 0, 100, &err));
    close_all(f);
    set_content(f, 8, "damaged");
    assert_true(find_generation(f->directory, 1, path));
    remove_tree(path);
    open_all(f);
    check_found_but(f, 8);
    check_notice(f, 1, "left out of the index: kith.db: points: row 9 ('k8') fails its checksum");
    assert_ok(put(f, 100, 1, &err)); // others can be written, and the damaged one put again
    delete_points(f, 100, 1);
    close_all(f);
    open_all(f); // from the file, which knows of it
    check_found_but(f, 8);
    check_notice(f, 1, "k8");
    assert_ok(put(f, 8, 1, &err));
    check_found_but(f, MANY);
    check_index(f, "current", "");
}

static void a_row_damaged_after_it_was_indexed_costs_a_search_that_row(void **state)
{
    fixture *f = *state;
    kith_error err;
    assert_ok(put(f, 0, 100, &err));
    set_content(f, 8, "damaged");
    check_found_but(f, 8);
    check_notice(f, 1, "k8");
    check_found_but(f, 8);
    check_notice(f, 1, "k8");
    delete_points(f, 8, 1);
    check_found_but(f, 8);
}

static void a_damaged_row_that_a_catch_up_meets_is_left_out(void **state)
{
    fixture *f = *state;
    kith_error err;
    assert_ok(put(f, 0, 50, &err));
    put_into_store(f, 50, 50);
    set_content(f, 60, "damaged");
    assert_ok(put(f, 0, 1, &err));
    check_found_but(f, 60);
    check_notice(f, 1, "k60");
}

static void a_lost_tombstone_is_noticed_by_the_count(void **state)
{
    fixture *f = *state;
    kith_error err;
    uint64_t sequence = 0;
    uint32_t deleted = 0, count = 0;
    bool found[MANY];
    view key = VIEW("k3");
    assert_ok(put(f, 0, 20, &err));
    assert_ok(store_delete_points(database_store(f->db), collection_id(f->c), &key, 1, &sequence,
                                  &deleted, &err));
    run_sql(f, "DELETE FROM tombstones");
    assert_ok(put(f, 20, 1, &err));
    check_notice(f, 1, "did not match kith.db, rebuilt");
    assert_ok(search_all(f, found, &count, &err));
    assert_int_equal(count, 20);
    assert_false(found[3]);
}

static void a_rebuild_over_a_damaged_row_is_told_as_both(void **state)
{
    fixture *f = *state;
    kith_error err;
    uint64_t sequence = 0;
    uint32_t deleted = 0;
    view key = VIEW("k3");
    assert_ok(put(f, 0, 20, &err));
    assert_ok(store_delete_points(database_store(f->db), collection_id(f->c), &key, 1, &sequence,
                                  &deleted, &err));
    run_sql(f, "DELETE FROM tombstones");
    set_content(f, 8, "damaged");
    assert_ok(put(f, 20, 1, &err));
    check_notice(f, 1,
                 "collection 'c': index did not match kith.db, rebuilt; left out of the "
                 "index: kith.db: points: row 9 ('k8') fails its checksum");
}

/* Neither is seen by a refresh, for which nothing has changed. */
static void a_search_that_misses_points_of_its_own_state_rebuilds_once_then_fails(void **state)
{
    fixture *f = *state;
    kith_error err;
    uint32_t count = 0;
    bool found[MANY];
    assert_ok(put(f, 0, 20, &err));
    *(uint64_t *)region_at(&f->c->current->derived->points, 4) = 1000; // an index that is wrong
    assert_ok(search_all(f, found, &count, &err));
    assert_int_equal(count, 20);
    check_notice(f, 1, "points that kith.db does not have, rebuilt");
    run_sql(f, "DELETE FROM points WHERE key = 'k7'"); // a store that is
    assert_status(KITH_ERR_CORRUPT, search_all(f, found, &count, &err));
    assert_status(KITH_ERR_CORRUPT, search_all(f, found, &count, &err));
}

/* Points as they are put, for whoever follows the put. */
static store_put commit(fixture *f, const batch *b)
{
    kith_error err;
    store_put put = {.how = STORE_ADD, .points = b->points, .count = b->count};
    assert_ok(store_put_points_with(database_store(f->db), collection_id(f->c), &put, &err));
    assert_true(put.first_row > 0);
    return put;
}

static bool is_found_at(fixture *f, const float *vector, const char *key)
{
    kith_error err;
    arena a;
    collection_hits hits = {0};
    const collection_query q = {.vector = vector, .dim = DIM, .k = 1, .exact = true};
    arena_init(&a, 0);
    assert_ok(collection_search(f->c, &q, &a, &hits, &err));
    bool found = hits.count == 1 && view_equal(hits.points[0].key, view_of(key)) &&
                 hits.ranks[0].distance < 0.0001F;
    arena_done(&a);
    return found;
}

/* The vector that the index is given is another than the store has, which only shows that the index
 * did not ask. */
static void a_put_that_is_next_is_applied_without_asking_the_store(void **state)
{
    fixture *f = *state;
    kith_error err;
    assert_ok(put(f, 0, 5, &err));
    batch *stored = new_batch(f, 5, 2), *told = new_batch(f, 5, 2);
    store_put next = commit(f, stored);
    next.points = told->points;
    assert_ok(collection_follow(f->c, &(committed_put){&next, DIM, NULL}, &err));
    assert_true(is_found_at(f, told->vectors[1], "k6"));
    assert_false(is_found_at(f, stored->vectors[1], "k6"));
    assert_int_equal(f->notices.count, 0);
    assert_index_is_sound(f->c);
    free(stored);
    free(told);
}

static void a_put_that_is_not_next_is_read_from_the_store_with_what_lies_between(void **state)
{
    fixture *f = *state;
    kith_error err;
    assert_ok(put(f, 0, 5, &err));
    put_into_store(f, 5, 3);
    batch *stored = new_batch(f, 8, 2), *told = new_batch(f, 8, 2);
    store_put late = commit(f, stored);
    late.points = told->points;
    assert_ok(collection_follow(f->c, &(committed_put){&late, DIM, NULL}, &err));
    assert_true(is_found_at(f, stored->vectors[1], "k9"));
    bool found[MANY];
    uint32_t count = 0;
    assert_ok(search_all(f, found, &count, &err));
    assert_int_equal(count, 10);
    assert_int_equal(f->notices.count, 0);
    free(stored);
    free(told);
}

static void a_put_after_which_the_count_is_wrong_has_the_index_read_anew(void **state)
{
    fixture *f = *state;
    kith_error err;
    assert_ok(put(f, 0, 5, &err));
    batch *stored = new_batch(f, 5, 2);
    store_put next = commit(f, stored);
    next.total++;
    assert_ok(collection_follow(f->c, &(committed_put){&next, DIM, NULL}, &err));
    check_notice(f, 1, "did not match kith.db, rebuilt");
    assert_true(is_found_at(f, stored->vectors[0], "k5"));
    assert_index_is_sound(f->c);
    free(stored);
}

static void put_random(fixture *f, uint32_t op)
{
    static const char *const texts[] = {"red fox", "quiet red harbour", "fox fox hunts", "",
                                        "wall"};
    static const char *const records[] = {"{\"n\":1}", "{\"n\":2,\"t\":\"x\"}", "", "{\"n\":3}"};
    kith_error err;
    uint32_t count = rng_below(&f->r, 4) == 0 ? 3 : 1;
    batch *b =
        new_batch(f, rng_below(&f->r, 3) == 0 ? (uint32_t)rng_below(&f->r, MANY) : op, count);
    for (uint32_t i = 0; i < count; i++) {
        b->points[i].content = view_of(texts[rng_below(&f->r, 5)]);
        b->points[i].metadata = view_of(records[rng_below(&f->r, 4)]);
        if (b->points[i].metadata.size == 0) b->points[i].metadata = (view){NULL, 0};
    }
    assert_ok(collection_put_points(f->c, STORE_UPSERT, b->points, count, DIM, VIEW(""), &err));
    view key = b->points[0].key;
    uint32_t deleted = 0;
    if (rng_below(&f->r, 5) == 0)
        assert_ok(collection_delete_points(f->c, &key, 1, &deleted, &err));
    free(b);
}

typedef struct answer {
    char key[16];
    float score;
} answer;

/* Fills out[QUERIES][K] with what searches by vector, by words and by filter find. */
enum { QUERIES = 30, K = 20 };
static void ask_all(fixture *f, answer out[QUERIES][K])
{
    static const char *const words[] = {"", "fox", "red harbour"};
    static const char *const filters[] = {"", "{\"n\":{\"$gt\":1}}"};
    kith_error err;
    memset(out, 0, sizeof(answer[QUERIES][K]));
    for (uint32_t i = 0; i < QUERIES; i++) {
        arena a;
        collection_hits hits = {0};
        const float vector[DIM] = {(float)(i % 3), 1, (float)(i % 7) - 3, (float)(i % 5)};
        const collection_query q = {.vector = vector,
                                    .dim = DIM,
                                    .words = view_of(words[i % 3]),
                                    .where = view_of(filters[i % 2]),
                                    .k = K,
                                    .exact = true};
        arena_init(&a, 0);
        assert_ok(collection_search(f->c, &q, &a, &hits, &err));
        for (uint32_t n = 0; n < hits.count; n++) {
            (void)snprintf(out[i][n].key, sizeof out[i][n].key, "%.*s",
                           VIEW_ARG(hits.points[n].key));
            out[i][n].score = hits.ranks[n].score;
        }
        arena_done(&a);
    }
}

static void an_index_of_followed_puts_is_the_one_that_the_store_would_give(void **state)
{
    enum { OPERATIONS = 250 };
    static answer followed[QUERIES][K], read[QUERIES][K];
    fixture *f = *state;
    kith_error err;
    for (uint32_t i = 0; i < OPERATIONS; i++)
        put_random(f, i);
    assert_index_is_sound(f->c);
    ask_all(f, followed);
    assert_ok(collection_rebuild(f->c, "the test wants it", &err));
    ask_all(f, read);
    for (uint32_t i = 0; i < QUERIES; i++)
        for (uint32_t n = 0; n < K; n++) {
            assert_string_equal(followed[i][n].key, read[i][n].key);
            assert_float_equal(followed[i][n].score, read[i][n].score, 1e-5F);
        }
}

#define refresh_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        refresh_test(a_catch_up_that_fails_leaves_the_index_behind_and_whole),
        refresh_test(a_damaged_row_costs_a_rebuild_that_row_and_is_named_once),
        refresh_test(a_row_damaged_after_it_was_indexed_costs_a_search_that_row),
        refresh_test(a_damaged_row_that_a_catch_up_meets_is_left_out),
        refresh_test(a_lost_tombstone_is_noticed_by_the_count),
        refresh_test(a_rebuild_over_a_damaged_row_is_told_as_both),
        refresh_test(a_search_that_misses_points_of_its_own_state_rebuilds_once_then_fails),
        refresh_test(tombstones_are_dropped_when_a_refresh_writes_the_file),
        refresh_test(a_put_that_is_next_is_applied_without_asking_the_store),
        refresh_test(a_put_that_is_not_next_is_read_from_the_store_with_what_lies_between),
        refresh_test(a_put_after_which_the_count_is_wrong_has_the_index_read_anew),
        refresh_test(an_index_of_followed_puts_is_the_one_that_the_store_would_give),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
