/* Tests of the seams between kith.db and what is derived from it, and between two calls: files that
 * were put back, swapped or cut, and threads that meet on one point or one name. */
#include "test.h"

#include "generations.h"

#include <kith/kith.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

enum { POINTS = 200, PATH_BYTES = 1024 };

static char last_notice[1024];

static void keep_notice(void *context, const char *notice)
{
    (void)context;
    (void)snprintf(last_notice, sizeof last_notice, "%s", notice);
}

static kith *open_database(const char *directory)
{
    kith_error err = {0};
    kith *k = NULL;
    const kith_options options = {.on_notice = keep_notice};
    last_notice[0] = 0;
    assert_ok(kith_open(directory, &options, &k, &err));
    return k;
}

static void close_database(kith *k)
{
    kith_error err = {0};
    assert_ok(kith_close(k, &err));
}

static void put_range(kith *k, const char *name, int first, int count)
{
    kith_error err = {0};
    for (int i = first; i < first + count; i++) {
        char id[16];
        const float v[] = {1, (float)i};
        (void)snprintf(id, sizeof id, "p%d", i);
        kith_point p = {.id = id, .vector = v, .dimension = 2};
        assert_ok(kith_put(k, name, KITH_UPSERT, &p, 1, &err));
    }
}

/* So that reading them takes several steps, in a collection that is created when it is missing. */
static void put_many(kith *k)
{
    enum { MANY = 700 };
    kith_error err = {0};
    static char ids[MANY][16];
    static const float vector[] = {1, 0};
    static kith_point points[MANY];
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(ids[i], sizeof ids[i], "m%d", i);
        points[i] =
            (kith_point){.id = ids[i], .metadata = "{\"a\":1}", .vector = vector, .dimension = 2};
    }
    kith_status created = kith_collection_create(k, "c", NULL, &err);
    assert_true(created == KITH_OK || created == KITH_ERR_EXISTS);
    assert_ok(kith_put(k, "c", KITH_UPSERT, points, MANY, &err));
}

static void delete_range(kith *k, int first, int count)
{
    kith_error err = {0};
    for (int i = first; i < first + count; i++) {
        char id[16];
        const char *ids[] = {id};
        (void)snprintf(id, sizeof id, "p%d", i);
        assert_ok(kith_delete(k, "c", &(kith_selection){.ids = ids, .id_count = 1}, NULL, &err));
    }
}

static size_t count_found(kith *k, const char *name)
{
    kith_error err = {0};
    kith_hits *hits = NULL;
    const kith_query q = {.vector = (float[]){1, 0}, .dimension = 2, .k = 1000, .exact = true};
    assert_ok(kith_search(k, name, &q, &hits, &err));
    size_t count = hits->count;
    kith_hits_free(hits);
    return count;
}

static void path_of(const char *directory, const char *name, char out[PATH_BYTES])
{
    (void)snprintf(out, PATH_BYTES, "%s/%s", directory, name);
}

static void expect_notice(const char *text)
{
    if (!strstr(last_notice, text)) fail_msg("'%s' does not say '%s'", last_notice, text);
}

/* ---- files ---- */

static void check_restored(void **state, int puts_after)
{
    char catalog[PATH_BYTES], backup[PATH_BYTES];
    path_of(*state, "kith.db", catalog);
    path_of(*state, "backup", backup);
    kith_error err = {0};
    kith *k = open_database(*state);
    assert_ok(kith_collection_create(k, "c", NULL, &err));
    put_range(k, "c", 0, POINTS);
    close_database(k);
    copy_file_to(catalog, backup);
    k = open_database(*state);
    delete_range(k, 0, POINTS / 2);
    close_database(k);
    copy_file_to(backup, catalog);
    k = open_database(*state);
    put_range(k, "c", POINTS, puts_after);
    assert_int_equal(count_found(k, "c"), POINTS + puts_after);
    expect_notice(puts_after > POINTS / 2 ? "rebuilt" : "newer than its store, rebuilt");
    close_database(k);
    k = open_database(*state);
    assert_int_equal(count_found(k, "c"), POINTS + puts_after);
    assert_string_equal(last_notice, "");
    close_database(k);
}

static void a_catalog_restored_alone_is_searched_as_it_is(void **state)
{
    check_restored(state, 0);
}

/* The file is read at the first put, so that it is still seen to be newer. */
static void a_catalog_restored_alone_that_goes_on_is_searched_as_it_is(void **state)
{
    check_restored(state, 30);
}

static void a_catalog_removed_alone_leaves_nothing_to_be_found(void **state)
{
    char catalog[PATH_BYTES];
    path_of(*state, "kith.db", catalog);
    kith_error err = {0};
    kith *k = open_database(*state);
    assert_ok(kith_collection_create(k, "c", NULL, &err));
    put_range(k, "c", 0, POINTS);
    close_database(k);
    assert_int_equal(remove(catalog), 0);
    k = open_database(*state);
    assert_ok(kith_collection_create(k, "c", NULL, &err));
    put_range(k, "c", 0, 5);
    assert_int_equal(count_found(k, "c"), 5);
    expect_notice("of another store, rebuilt");
    close_database(k);
}

static void derived_files_that_were_swapped_are_rebuilt(void **state)
{
    char one[PATH_BYTES], two[PATH_BYTES], aside[PATH_BYTES];
    path_of(*state, "derived/1", one);
    path_of(*state, "derived/2", two);
    path_of(*state, "aside", aside);
    kith_error err = {0};
    kith *k = open_database(*state);
    assert_ok(kith_collection_create(k, "c", NULL, &err));
    assert_ok(kith_collection_create(k, "d", NULL, &err));
    put_range(k, "c", 0, 100);
    put_range(k, "d", 50, 120);
    close_database(k);
    assert_int_equal(rename(one, aside), 0);
    assert_int_equal(rename(two, one), 0);
    assert_int_equal(rename(aside, two), 0);
    k = open_database(*state);
    assert_int_equal(count_found(k, "c"), 100);
    expect_notice("'c': index file is of another collection, rebuilt");
    assert_int_equal(count_found(k, "d"), 120);
    expect_notice("'d': index file is of another collection, rebuilt");
    close_database(k);
}

static void a_derived_file_from_before_is_rebuilt_and_a_missing_one_too(void **state)
{
    char index[GENERATION_PATH_BYTES], aside[PATH_BYTES];
    path_of(*state, "aside", aside);
    kith_error err = {0};
    kith *k = open_database(*state);
    assert_ok(kith_collection_create(k, "c", NULL, &err));
    put_range(k, "c", 0, 100);
    close_database(k);
    assert_true(find_generation(*state, 1, index));
    copy_generation(index, aside);
    k = open_database(*state);
    delete_range(k, 0, 80);
    close_database(k);
    k = open_database(*state);
    put_range(k, "c", 100, 70);
    close_database(k);
    assert_true(find_generation(*state, 1, index));
    remove_tree(index);
    copy_generation(aside, index);
    k = open_database(*state);
    assert_int_equal(count_found(k, "c"), 90);
    expect_notice("not the last that was written, rebuilt");
    close_database(k);
    assert_true(find_generation(*state, 1, index));
    remove_tree(index);
    k = open_database(*state);
    assert_int_equal(count_found(k, "c"), 90);
    expect_notice("index file is missing, rebuilt");
    kith_collection_list *list = NULL;
    assert_ok(kith_collections(k, "c", &list, &err));
    assert_string_equal(list->collections[0].index_state, "rebuilt");
    assert_string_equal(list->collections[0].index_reason, "");
    kith_collection_list_free(list);
    close_database(k);
}

static void an_empty_catalog_beside_what_it_held_is_refused(void **state)
{
    char catalog[PATH_BYTES], log[PATH_BYTES];
    path_of(*state, "kith.db", catalog);
    path_of(*state, "kith.db-wal", log);
    kith_error err = {0};
    kith *k = open_database(*state);
    assert_ok(kith_collection_create(k, "c", NULL, &err));
    put_range(k, "c", 0, 100);
    close_database(k);
    for (off_t bytes = 1; bytes >= 0; bytes--) {
        assert_int_equal(truncate(catalog, bytes), 0);
        assert_status(KITH_ERR_CORRUPT, kith_open(*state, NULL, &k, &err));
        assert_non_null(strstr(err.message, "derived/1/1/manifest' is there"));
    }
    assert_int_equal(remove(catalog), 0);
    copy_file_to("/proc/self/exe", log);
    assert_status(KITH_ERR_CORRUPT, kith_open(*state, NULL, &k, &err));
    assert_non_null(strstr(err.message, "kith.db-wal' is there"));
    assert_int_equal(remove(log), 0);
    close_database(open_database(*state)); // started over
}

/* ---- threads ---- */

typedef struct race {
    kith *k;
    pthread_barrier_t barrier;
    int rounds;
} race;

static void put_with_state(kith *k, const char *metadata)
{
    kith_error err = {0};
    kith_point p = {.id = "x", .metadata = metadata, .vector = (float[]){1, 0}, .dimension = 2};
    assert_ok(kith_put(k, "c", KITH_UPSERT, &p, 1, &err));
}

static void *delete_old(void *context)
{
    race *r = context;
    kith_error err = {0};
    const kith_selection old = {.where = "{\"s\":\"old\"}", .allow_unknown_fields = true};
    for (int i = 0; i < r->rounds; i++) {
        (void)pthread_barrier_wait(&r->barrier);
        assert_ok(kith_delete(r->k, "c", &old, NULL, &err));
        (void)pthread_barrier_wait(&r->barrier);
    }
    return NULL;
}

static void run_race(race *r, void *(*other)(void *), void (*ours)(race *))
{
    pthread_t thread;
    (void)pthread_barrier_init(&r->barrier, NULL, 2);
    assert_int_equal(pthread_create(&thread, NULL, other, r), 0);
    for (int i = 0; i < r->rounds; i++)
        ours(r);
    assert_int_equal(pthread_join(thread, NULL), 0);
    (void)pthread_barrier_destroy(&r->barrier);
}

static void put_old_then_new(race *r)
{
    kith_error err = {0};
    kith_records *records = NULL;
    put_with_state(r->k, "{\"s\":\"old\"}");
    (void)pthread_barrier_wait(&r->barrier);
    put_with_state(r->k, "{\"s\":\"new\"}");
    (void)pthread_barrier_wait(&r->barrier);
    assert_ok(kith_get(r->k, "c", NULL, &records, &err));
    assert_int_equal(records->count, 1);
    assert_string_equal(records->records[0].metadata, "{\"s\":\"new\"}");
    kith_records_free(records);
}

static void a_deletion_by_filter_spares_what_no_longer_matches(void **state)
{
    kith_error err = {0};
    race r = {.k = open_database(*state), .rounds = 375};
    assert_ok(kith_collection_create(r.k, "c", NULL, &err));
    run_race(&r, delete_old, put_old_then_new);
    close_database(r.k);
}

static void *drop_each(void *context)
{
    race *r = context;
    kith_error err = {0};
    for (int i = 0; i < r->rounds; i++) {
        (void)pthread_barrier_wait(&r->barrier);
        assert_ok(kith_collection_delete(r->k, "c", &err));
        (void)pthread_barrier_wait(&r->barrier);
    }
    return NULL;
}

static void create_anew(race *r)
{
    kith_error err = {0};
    (void)pthread_barrier_wait(&r->barrier);
    while (kith_collection_create(r->k, "c", NULL, &err) != KITH_OK)
        assert_int_equal(err.code, KITH_ERR_EXISTS);
    put_with_state(r->k, NULL);
    (void)pthread_barrier_wait(&r->barrier);
    assert_int_equal(count_found(r->k, "c"), 1);
}

static void a_put_after_a_creation_never_meets_the_collection_before(void **state)
{
    kith_error err = {0};
    race r = {.k = open_database(*state), .rounds = 400};
    assert_ok(kith_collection_create(r.k, "c", NULL, &err));
    run_race(&r, drop_each, create_anew);
    close_database(r.k);
}

/* Deletes the collection at the check number `left` of a reading call, by another handle. */
typedef struct deletion {
    kith *other;
    int left;
    bool is_done;
} deletion;

static int delete_meanwhile(void *context)
{
    deletion *d = context;
    kith_error err = {0};
    if (d->left-- != 0) return 0;
    assert_ok(kith_collection_delete(d->other, "c", &err));
    d->is_done = true;
    return 0;
}

static kith_status read_by(kith *k, int way, const kith_call *call, kith_error *err)
{
    kith_hits *hits = NULL;
    kith_records *records = NULL;
    kith_documents *documents = NULL;
    kith_files *files = NULL;
    kith_status status = KITH_OK;
    const kith_query query = {.vector = (float[]){1, 0}, .dimension = 2, .k = 600, .call = call};
    const kith_selection some = {.where = "{\"a\":1}", .allow_unknown_fields = true, .call = call};
    const kith_selection texts = {.where = "{\"#document\":{\"$contains\":\"x\"}}", .call = call};
    const kith_page page = {.call = call};
    uint64_t count = 0;
    if (way == 0) status = kith_search(k, "c", &query, &hits, err);
    if (way == 1) status = kith_get(k, "c", &some, &records, err);
    if (way == 2) status = kith_get(k, "c", &(kith_selection){.call = call}, &records, err);
    if (way == 3) status = kith_documents_list(k, "c", &page, &documents, err);
    if (way == 4) status = kith_files_list(k, "c", &page, &files, err);
    if (way == 5) status = kith_count(k, "c", &texts, &count, err);
    kith_hits_free(hits);
    kith_records_free(records);
    kith_documents_free(documents);
    kith_files_free(files);
    return status;
}

/* At every check that each way of reading makes. */
static void a_collection_that_is_deleted_meanwhile_is_named(void **state)
{
    enum { WAYS = 6 };
    int named = 0;
    kith *k = open_database(*state);
    deletion d = {.other = open_database(*state), .is_done = true};
    for (int way = 0; way < WAYS; way++) {
        d.is_done = true;
        for (int n = 0; d.is_done; n++) {
            kith_error err = {0};
            const kith_call call = {.is_cancelled = delete_meanwhile, .context = &d};
            put_many(k);
            d.left = n;
            d.is_done = false;
            kith_status status = read_by(k, way, &call, &err);
            if (status != KITH_OK) {
                assert_status(KITH_ERR_NOT_FOUND, status);
                if (!strstr(err.message, "'c'")) fail_msg("way %d: %s", way, err.message);
                named++;
            }
        }
    }
    assert_true(named > WAYS);
    close_database(d.other);
    close_database(k);
}

#define with_directory(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_directory(a_catalog_restored_alone_is_searched_as_it_is),
        with_directory(a_catalog_restored_alone_that_goes_on_is_searched_as_it_is),
        with_directory(a_catalog_removed_alone_leaves_nothing_to_be_found),
        with_directory(derived_files_that_were_swapped_are_rebuilt),
        with_directory(a_derived_file_from_before_is_rebuilt_and_a_missing_one_too),
        with_directory(an_empty_catalog_beside_what_it_held_is_refused),
        with_directory(a_deletion_by_filter_spares_what_no_longer_matches),
        with_directory(a_put_after_a_creation_never_meets_the_collection_before),
        with_directory(a_collection_that_is_deleted_meanwhile_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
