/* Tests of collections: random writes and filtered exact searches against a model in plain arrays,
 * across reopening, damage and rebuilding. */
#include "test.h"

#include "base/rng.h"
#include "collection_for_test.h"
#include "db/collection_private.h"
#include "db/database.h"
#include "db/generation.h"
#include "generations.h"
#include "index_for_test.h"

#include <glob.h>
#include <limits.h>
#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DIM = 8, KEYS = 300, K = 10 };

typedef struct model_point {
    bool present;
    float vector[DIM];
    int group;
} model_point;

typedef struct fixture {
    char *directory;
    database *db;
    collection *c;
    model_point model[KEYS];
    rng r;
    kith_error err;
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
    f->r = (rng){42};
    open_all(f);
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    if (f->db) close_all(f);
    return fixture_free(f);
}

static void random_vector(rng *r, float *v)
{
    for (int i = 0; i < DIM; i++)
        v[i] = (float)rng_unit(r) - 0.5F;
}

static void put_random(fixture *f, uint32_t i)
{
    kith_error err;
    char key[16], meta[32];
    model_point *m = &f->model[i];
    random_vector(&f->r, m->vector);
    m->group = (int)rng_below(&f->r, 5);
    m->present = true;
    (void)snprintf(key, sizeof key, "k%u", i);
    (void)snprintf(meta, sizeof meta, "{\"group\":%d}", m->group);
    store_point p = {.key = view_of(key),
                     .content = VIEW("text"),
                     .metadata = view_of(meta),
                     .vector = m->vector};
    assert_ok(collection_put_points(f->c, STORE_UPSERT, &p, 1, DIM, (view){"", 0}, &err));
}

static void delete_one(fixture *f, uint32_t i)
{
    kith_error err;
    char key[16];
    uint32_t deleted = 0;
    (void)snprintf(key, sizeof key, "k%u", i);
    view v = view_of(key);
    assert_ok(collection_delete_points(f->c, &v, 1, &deleted, &err));
    assert_int_equal(deleted, f->model[i].present);
    f->model[i].present = false;
}

static double cosine_distance(const float *a, const float *b)
{
    double dot = 0, aa = 0, bb = 0;
    for (int i = 0; i < DIM; i++) {
        dot += (double)a[i] * (double)b[i];
        aa += (double)a[i] * (double)a[i];
        bb += (double)b[i] * (double)b[i];
    }
    return 1 - dot / sqrt(aa * bb);
}

/* Every hit is a present point of the group at its distance, and none that was left out is nearer.
 */
static void check_search(fixture *f, int group)
{
    kith_error err;
    arena a;
    arena_init(&a, 0);
    float query[DIM];
    random_vector(&f->r, query);
    const char *where = group < 0 ? "" : arena_printf(&a, "{\"group\":%d}", group);
    collection_query q = {.vector = query,
                          .dim = DIM,
                          .k = K,
                          .exact = true,
                          .where = view_of(where),
                          .with = STORE_WITH_CONTENT | STORE_WITH_METADATA};
    collection_hits hits;
    assert_ok(collection_search(f->c, &q, &a, &hits, &err));
    bool returned[KEYS] = {0};
    double farthest = 0;
    uint32_t eligible = 0;
    for (uint32_t i = 0; i < hits.count; i++) {
        uint32_t n = (uint32_t)strtoul(hits.points[i].key.data + 1, NULL, 10);
        const model_point *m = &f->model[n];
        assert_true(m->present && (group < 0 || m->group == group));
        double d = cosine_distance(query, m->vector);
        assert_true(fabs(d - (double)hits.ranks[i].distance) < 1e-5);
        assert_true(view_equal(hits.points[i].content, VIEW("text")));
        returned[n] = true;
        farthest = d;
    }
    for (uint32_t n = 0; n < KEYS; n++) {
        const model_point *m = &f->model[n];
        if (!m->present || (group >= 0 && m->group != group)) continue;
        eligible++;
        if (!returned[n] && hits.count == K)
            assert_true(cosine_distance(query, m->vector) > farthest - 1e-5);
    }
    assert_int_equal(hits.count, eligible < K ? eligible : K);
    arena_done(&a);
}

/* The search before has loaded the index. */
static void check_parts(fixture *f)
{
    assert_index_is_sound(f->c);
}

static void searches_agree_with_the_model_over_random_writes_and_reopening(void **state)
{
    fixture *f = *state;
    for (int step = 0; step < 600; step++) {
        uint32_t i = rng_below(&f->r, KEYS);
        if (rng_below(&f->r, 4) == 0)
            delete_one(f, i);
        else
            put_random(f, i);
        if (step % 20 == 0) check_search(f, (int)rng_below(&f->r, 6) - 1);
        if (step % 20 == 0) check_parts(f);
        if (step % 150 == 149) {
            close_all(f);
            open_all(f);
        }
    }
    for (int group = -1; group < 5; group++)
        check_search(f, group);
    check_parts(f);
}

/* A file of the newest generation; "": the generation itself. */
static char *saved_file(const fixture *f, const char *name)
{
    static char path[1100];
    char newest[GENERATION_PATH_BYTES];
    assert_true(find_generation(f->directory, 1, newest));
    (void)snprintf(path, sizeof path, "%s%s%s", newest, name[0] ? "/" : "", name);
    return path;
}

static void check_state(fixture *f, const char *expected)
{
    kith_error err;
    collection_index_state index;
    arena a;
    arena_init(&a, 0);
    assert_ok(collection_refresh(f->c, NEWEST_SEQUENCE, &err)); // which loads it, as a search would
    assert_ok(collection_index(f->c, &a, &index, &err));
    assert_string_equal(index.state, expected);
    assert_string_equal(index.reason, "");
    arena_done(&a);
}

/* Whoever builds the index holds `applier` all the time: to describe it must not wait for that. */
static void an_index_that_is_being_built_is_described_without_waiting(void **state)
{
    fixture *f = *state;
    kith_error err;
    collection_index_state index;
    arena a;
    put_random(f, 1);
    arena_init(&a, 0);
    assert_int_equal(pthread_mutex_lock(&f->c->applier), 0);
    f->c->is_building = true;
    assert_ok(collection_index(f->c, &a, &index, &err));
    assert_string_equal(index.state, "building");
    f->c->is_building = false;
    assert_int_equal(pthread_mutex_unlock(&f->c->applier), 0);
    check_state(f, "current");
    arena_done(&a);
}

static uint32_t count_set_aside(const fixture *f)
{
    char pattern[1100];
    glob_t found = {0};
    (void)snprintf(pattern, sizeof pattern, "%s/derived/1/*.damaged", f->directory);
    int missing = glob(pattern, 0, NULL, &found);
    uint32_t count = missing ? 0 : (uint32_t)found.gl_pathc;
    globfree(&found);
    return count;
}

static void a_damaged_derived_file_is_set_aside_and_rebuilt(void **state)
{
    fixture *f = *state;
    for (uint32_t i = 0; i < KEYS; i++)
        put_random(f, i);
    close_all(f);
    flip_byte(saved_file(f, "vectors.0"), 4100);
    open_all(f);
    check_state(f, "rebuilt");
    assert_non_null(strstr(f->notices.last, "part vectors.0: page 1 fails its checksum"));
    assert_non_null(strstr(f->notices.last, "set aside as derived/1/1.damaged, rebuilt"));
    assert_non_null(strstr(f->notices.last, "'c'"));
    for (int group = -1; group < 5; group++)
        check_search(f, group);
    assert_int_equal(count_set_aside(f), 1);
    close_all(f);
    open_all(f);
    check_state(f, "current");
    assert_int_equal(f->notices.count, 1);
    close_all(f);
    flip_byte(saved_file(f, "words.0"), 100); // of those set aside, the last is kept
    open_all(f);
    check_state(f, "rebuilt");
    assert_non_null(strstr(f->notices.last, "part words.0: page 0 fails its checksum"));
    assert_int_equal(count_set_aside(f), 1);
}

static void a_damaged_derived_file_that_cannot_be_set_aside_is_not_said_to_be(void **state)
{
    fixture *f = *state;
    char aside[1200];
    for (uint32_t i = 0; i < KEYS; i++)
        put_random(f, i);
    close_all(f);
    flip_byte(saved_file(f, "vectors.0"), 2000);
    // Not even removed: deeper than anything that kith makes.
    (void)snprintf(aside, sizeof aside, "%s.damaged/a/b/c/d", saved_file(f, ""));
    assert_int_equal(directory_create(&file_ops_posix, aside, NULL), KITH_OK);
    open_all(f);
    check_state(f, "rebuilt");
    assert_non_null(strstr(f->notices.last, "damaged and cannot be set aside"));
    check_search(f, -1);
}

static void write_byte(const char *path, long at, int byte)
{
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    assert_int_equal(fputc(byte, file), byte);
    assert_int_equal(fclose(file), 0);
}

/* Few points: nothing else would make a new file of so little. */
static void check_other_format(fixture *f, int format, const char *which)
{
    enum { FORMAT_AT = 7, FEW = 5 };
    for (uint32_t i = 0; i < KEYS; i++)
        put_random(f, i);
    close_all(f);
    open_all(f);
    for (uint32_t i = FEW; i < KEYS; i++)
        delete_one(f, i);
    close_all(f);
    write_byte(saved_file(f, "manifest"), FORMAT_AT,
               format < 10 ? '0' + format : 'A' + format - 10);
    open_all(f);
    check_state(f, "rebuilt");
    char notice[64];
    (void)snprintf(notice, sizeof notice, "format %d is %s than %d", format, which,
                   GENERATION_FORMAT);
    assert_non_null(strstr(f->notices.last, notice));
    assert_int_equal(f->notices.count, 1);
    for (int group = -1; group < 5; group++)
        check_search(f, group);
    assert_int_equal(count_set_aside(f), 0);
    close_all(f);
    open_all(f);
    check_state(f, "current");
    assert_int_equal(f->notices.count, 1);
    check_search(f, -1);
}

static void a_derived_file_of_an_older_format_is_rebuilt_and_replaced(void **state)
{
    check_other_format(*state, GENERATION_FORMAT - 1, "older");
}

static void a_derived_file_of_a_newer_format_is_rebuilt_and_replaced(void **state)
{
    check_other_format(*state, GENERATION_FORMAT + 1, "newer");
}

static void derived_files_may_be_thrown_away(void **state)
{
    fixture *f = *state;
    for (uint32_t i = 0; i < KEYS; i++)
        put_random(f, i);
    close_all(f);
    remove_tree(saved_file(f, ""));
    open_all(f);
    for (int group = -1; group < 5; group++)
        check_search(f, group);
}

static void replacing_many_points_rebuilds_the_index(void **state)
{
    fixture *f = *state;
    bool is_behind = false;
    for (int round = 0; round < 12; round++)
        for (uint32_t i = 0; i < KEYS; i++)
            put_random(f, i);
    upkeep_wait(f->c);
    snapshot *s = collection_hold_current(f->c, &is_behind);
    // 3,600 writes of 300 points: without a rebuild there would be as many rows.
    assert_true(s->rows < 2048);
    snapshot_release(s);
    check_search(f, -1);
    check_parts(f);
}

static kith_status count_deletion(void *context, const store_change *change)
{
    uint32_t *deletions = context;
    *deletions += change->deleted;
    return KITH_OK;
}

static uint32_t count_deletions(fixture *f)
{
    kith_error err;
    uint32_t deletions = 0;
    store_state state = {0};
    store_feed feed = {
        .collection = collection_id(f->c), .visit = count_deletion, .context = &deletions};
    assert_ok(store_changes(database_store(f->db), &feed, &state, &err));
    return deletions;
}

static void deletions_are_forgotten_once_the_derived_file_knows_them(void **state)
{
    fixture *f = *state;
    for (int round = 0; round < 3; round++) {
        for (uint32_t i = 0; i < KEYS; i++)
            put_random(f, i);
        for (uint32_t i = round == 1; i < KEYS; i += 2)
            delete_one(f, i);
        assert_true(count_deletions(f) >= KEYS / 2);
        close_all(f);
        open_all(f);
        assert_int_equal(count_deletions(f), 0);
        check_search(f, -1);
    }
}

/* As after a restore from a backup of another day. */
static void a_derived_file_from_before_what_was_forgotten_is_rebuilt(void **state)
{
    fixture *f = *state;
    char old[1100];
    (void)snprintf(old, sizeof old, "%s/old", f->directory);
    for (uint32_t i = 0; i < KEYS; i++)
        put_random(f, i);
    close_all(f);
    copy_generation(saved_file(f, ""), old);
    open_all(f);
    for (uint32_t i = 0; i < KEYS; i += 2)
        delete_one(f, i);
    close_all(f);
    copy_generation(old, saved_file(f, ""));
    open_all(f);
    check_state(f, "rebuilt");
    assert_non_null(strstr(f->notices.last, "too old"));
    for (int group = -1; group < 5; group++)
        check_search(f, group);
    close_all(f);
    open_all(f);
    check_state(f, "current");
    check_search(f, -1);
}

static void a_bad_point_leaves_its_whole_batch_unwritten(void **state)
{
    fixture *f = *state;
    kith_error err;
    float good[DIM] = {1}, bad[DIM] = {1, NAN};
    store_point points[] = {
        {.key = VIEW("a"), .vector = good},
        {.key = VIEW("b"), .vector = bad},
    };
    assert_status(KITH_ERR_INVALID,
                  collection_put_points(f->c, STORE_ADD, points, 2, DIM, (view){"", 0}, &err));
    assert_non_null(strstr(err.message, "point 1 ('b')"));
    points[1].vector = good;
    points[1].metadata = VIEW("{\"x\":[[1]]}");
    assert_status(KITH_ERR_INVALID,
                  collection_put_points(f->c, STORE_ADD, points, 2, DIM, (view){"", 0}, &err));
    points[1].metadata = (view){NULL, 0};
    assert_ok(collection_put_points(f->c, STORE_ADD, points, 2, DIM, (view){"", 0}, &err));
    assert_status(KITH_ERR_EXISTS,
                  collection_put_points(f->c, STORE_ADD, points, 2, DIM, (view){"", 0}, &err));
    assert_status(KITH_ERR_DIMENSION, collection_put_points(f->c, STORE_UPSERT, points, 2, DIM - 1,
                                                            (view){"", 0}, &err));
    assert_status(KITH_ERR_LIMIT,
                  collection_put_points(f->c, STORE_ADD, points, 0, DIM, (view){"", 0}, &err));
    assert_status(KITH_ERR_LIMIT,
                  collection_put_points(f->c, STORE_ADD, points, KITH_BATCH_MAX_POINTS + 1, DIM,
                                        (view){"", 0}, &err));
}

static void a_collection_pins_its_model_and_refuses_another(void **state)
{
    fixture *f = *state;
    kith_error err;
    float v[DIM] = {1};
    store_point p = {.key = VIEW("a"), .vector = v};
    assert_ok(collection_put_points(f->c, STORE_UPSERT, &p, 1, DIM, VIEW("model one"), &err));
    assert_ok(collection_put_points(f->c, STORE_UPSERT, &p, 1, DIM, VIEW("model one"), &err));
    assert_status(KITH_ERR_MODEL,
                  collection_put_points(f->c, STORE_UPSERT, &p, 1, DIM, VIEW("model two"), &err));
    assert_non_null(strstr(err.message, "model one"));
    assert_status(KITH_ERR_MODEL, collection_check_model(f->c, VIEW("model two"), DIM, &err));
    assert_status(KITH_ERR_DIMENSION,
                  collection_check_model(f->c, VIEW("model one"), DIM + 1, &err));
}

static void check_model_text(fixture *f, const char *expected)
{
    kith_error err;
    arena a;
    store_collection c;
    arena_init(&a, 0);
    assert_ok(collection_describe(f->c, &a, &c, &err));
    assert_int_equal(c.model.size, strlen(expected));
    assert_memory_equal(c.model.data, expected, c.model.size);
    arena_done(&a);
}

static void a_model_goes_by_its_fingerprint_and_keeps_the_first_name(void **state)
{
    fixture *f = *state;
    kith_error err;
    float v[DIM] = {1};
    store_point p = {.key = VIEW("a"), .vector = v};
    // Pinned before names were kept.
    assert_ok(collection_put_points(f->c, STORE_UPSERT, &p, 1, DIM, VIEW("digest"), &err));
    assert_ok(collection_put_points(f->c, STORE_UPSERT, &p, 1, DIM, VIEW("digest\nname"), &err));
    check_model_text(f, "digest\nname");
    assert_ok(collection_put_points(f->c, STORE_UPSERT, &p, 1, DIM, VIEW("digest\nother"), &err));
    assert_ok(collection_check_model(f->c, VIEW("digest"), DIM, &err));
    check_model_text(f, "digest\nname");
    assert_status(KITH_ERR_MODEL, collection_check_model(f->c, VIEW("dig\nname"), DIM, &err));
    assert_non_null(strstr(err.message, "'digest'"));
}

static void bad_queries_get_typed_errors(void **state)
{
    fixture *f = *state;
    kith_error err;
    arena a;
    arena_init(&a, 0);
    collection_hits hits;
    float v[DIM] = {1};
    collection_query q = {.vector = v, .dim = DIM, .k = 0};
    assert_status(KITH_ERR_INVALID, collection_search(f->c, &q, &a, &hits, &err));
    q.k = KITH_K_MAX + 1;
    assert_status(KITH_ERR_INVALID, collection_search(f->c, &q, &a, &hits, &err));
    q.k = 5;
    assert_ok(collection_search(f->c, &q, &a, &hits, &err)); // empty collection
    assert_int_equal(hits.count, 0);
    put_random(f, 1);
    q.where = VIEW("{\"a\":{\"$like\":1}}");
    assert_status(KITH_ERR_INVALID, collection_search(f->c, &q, &a, &hits, &err));
    assert_non_null(strstr(err.message, "$like"));
    q.where = VIEW("{\"a\":");
    assert_status(KITH_ERR_FORMAT, collection_search(f->c, &q, &a, &hits, &err));
    q.where = (view){NULL, 0};
    q.dim = DIM + 1;
    assert_status(KITH_ERR_DIMENSION, collection_search(f->c, &q, &a, &hits, &err));
    q.dim = DIM;
    v[0] = 0;
    assert_status(KITH_ERR_INVALID, collection_search(f->c, &q, &a, &hits, &err));
    v[0] = INFINITY;
    assert_status(KITH_ERR_INVALID, collection_search(f->c, &q, &a, &hits, &err));
    arena_done(&a);
}

static void a_deleted_collection_is_not_found_and_its_name_is_free(void **state)
{
    fixture *f = *state;
    kith_error err;
    collection *again = NULL;
    put_random(f, 1);
    assert_ok(database_delete_collection(f->db, VIEW("c"), &err));
    assert_status(KITH_ERR_NOT_FOUND, database_acquire_collection(f->db, VIEW("c"), &again, &err));
    assert_status(KITH_ERR_NOT_FOUND,
                  collection_check_model(f->c, VIEW("m"), 0, &err)); // the handle still held
    assert_ok(database_create_collection(f->db, VIEW("c"), KITH_SQUARED_L2, 3, &err));
    assert_status(KITH_ERR_EXISTS,
                  database_create_collection(f->db, VIEW("c"), KITH_COSINE, 0, &err));
    assert_ok(database_acquire_collection(f->db, VIEW("c"), &again, &err));
    assert_true(collection_id(again) != collection_id(f->c));
    database_release_collection(again);
}

static void a_handle_does_not_pass_for_a_new_collection_of_its_name(void **state)
{
    fixture *f = *state;
    kith_error err;
    arena a;
    store_collection c = {0};
    collection_index_state index;
    arena_init(&a, 0);
    put_random(f, 1);
    assert_ok(database_delete_collection(f->db, VIEW("c"), &err));
    assert_ok(database_create_collection(f->db, VIEW("c"), KITH_SQUARED_L2, 3, &err));
    assert_status(KITH_ERR_NOT_FOUND, collection_describe(f->c, &a, &c, &err));
    assert_string_equal(err.message, "collection 'c' was deleted");
    // Not KITH_ERR_DIMENSION: the new one's dimension is none of this handle's.
    assert_status(KITH_ERR_NOT_FOUND, collection_check_model(f->c, VIEW("m"), DIM, &err));
    assert_status(KITH_ERR_NOT_FOUND, collection_index(f->c, &a, &index, &err));
    assert_string_equal(err.message, "collection 'c' was deleted");
    arena_done(&a);
}

/* Here by a circle of links; to a user without rights by those. */
static void a_directory_that_cannot_be_looked_into_is_not_called_missing(void **state)
{
    (void)state;
    kith_error err = {0};
    char *directory = NULL, loop[PATH_MAX];
    assert_int_equal(scratch_setup((void **)&directory), 0);
    (void)snprintf(loop, sizeof loop, "%s/loop", directory);
    assert_int_equal(symlink("loop", loop), 0);
    const database_options options[] = {{.must_exist = true}, {.read_only = true}};
    for (int i = 0; i < 2; i++) {
        database *db = NULL;
        assert_status(KITH_ERR_IO, database_open(loop, &options[i], &db, &err));
        assert_non_null(strstr(err.message, "loop/kith.db"));
    }
    assert_int_equal(scratch_teardown((void **)&directory), 0);
}

static void a_missing_directory_is_not_created_when_it_must_exist(void **state)
{
    (void)state;
    kith_error err;
    database *d = NULL;
    const database_options options[] = {{.must_exist = true}, {.read_only = true}};
    for (size_t i = 0; i < 2; i++)
        assert_status(KITH_ERR_NOT_FOUND,
                      database_open("/nonexistent/kith/data", &options[i], &d, &err));
    assert_null(d);
}

#define db_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        db_test(searches_agree_with_the_model_over_random_writes_and_reopening),
        db_test(a_damaged_derived_file_is_set_aside_and_rebuilt),
        db_test(an_index_that_is_being_built_is_described_without_waiting),
        db_test(a_damaged_derived_file_that_cannot_be_set_aside_is_not_said_to_be),
        db_test(a_derived_file_of_an_older_format_is_rebuilt_and_replaced),
        db_test(a_derived_file_of_a_newer_format_is_rebuilt_and_replaced),
        db_test(derived_files_may_be_thrown_away),
        db_test(deletions_are_forgotten_once_the_derived_file_knows_them),
        db_test(a_derived_file_from_before_what_was_forgotten_is_rebuilt),
        db_test(replacing_many_points_rebuilds_the_index),
        db_test(a_bad_point_leaves_its_whole_batch_unwritten),
        db_test(a_collection_pins_its_model_and_refuses_another),
        db_test(a_model_goes_by_its_fingerprint_and_keeps_the_first_name),
        db_test(bad_queries_get_typed_errors),
        db_test(a_deleted_collection_is_not_found_and_its_name_is_free),
        db_test(a_handle_does_not_pass_for_a_new_collection_of_its_name),
        cmocka_unit_test(a_directory_that_cannot_be_looked_into_is_not_called_missing),
        db_test(a_missing_directory_is_not_created_when_it_must_exist),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
