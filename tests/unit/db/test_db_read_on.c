/* Tests of an index whose pages are read when they are wanted, beside a store: what one search reads, when the
 * rest is read, and what becomes of a page that does not check or is not there any more: no search shows it. */
#include "test.h"

#include "base/rng.h"
#include "collection_for_test.h"
#include "db/collection_private.h"
#include "db/database.h"
#include "db/generation.h"
#include "generations.h"
#include "index_for_test.h"

#include <fcntl.h>
#include <math.h>

enum { DIM = 64, POINTS = 4400, BATCH = 400, K = 10, PATH_BYTES = 1200 };

typedef struct fixture {
    char *directory;
    database *db;
    collection *c;
    kept_notices notices; /* since the last opening */
} fixture;

static float vectors[POINTS + BATCH][DIM];

static void open_with(fixture *f, database_options options)
{
    kith_error err;
    options.on_notice = keep_notice;
    options.context = &f->notices;
    f->notices.last[0] = '\0';
    f->notices.count = 0;
    assert_ok(database_open(f->directory, &options, &f->db, &err));
    if (options.read_only)
        assert_ok(database_acquire_collection(f->db, VIEW("c"), &f->c, &err));
    else
        assert_ok(database_ensure_collection(f->db, VIEW("c"), &f->c, &err));
}

/* Its pages are read when they are wanted. */
static void open_lazily(fixture *f)
{
    open_with(f, (database_options){.no_threads = true, .read_at_once = 1});
}

static void close_all(fixture *f)
{
    close_collection(&f->db, &f->c);
}

static void put(fixture *f, uint32_t first, uint32_t count)
{
    kith_error err;
    static char keys[BATCH][16];
    static store_point points[BATCH];
    for (uint32_t i = 0; i < count; i++) {
        (void)snprintf(keys[i], sizeof keys[i], "k%u", first + i);
        points[i] = (store_point){
            .key = view_of(keys[i]), .content = VIEW("some words"), .vector = vectors[first + i]};
    }
    assert_ok(collection_put_points(f->c, STORE_UPSERT, points, count, DIM, VIEW(""), &err));
}

static int setup(void **state)
{
    rng r = {77};
    fixture *f = fixture_new(state, sizeof *f);
    if (!f) return -1;
    for (uint32_t i = 0; i < POINTS + BATCH; i++)
        for (uint32_t d = 0; d < DIM; d++)
            vectors[i][d] = (float)rng_unit(&r) - 0.5F;
    open_with(f,
              (database_options){.no_threads = true}); // so that all is linked when a call returns
    for (uint32_t first = 0; first < POINTS; first += BATCH)
        put(f, first, BATCH);
    f->c->must_save = true;
    upkeep_start(f->c);
    assert_false(f->c->must_save);
    close_all(f);
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    return fixture_free(f);
}

static bool is_partial(const fixture *f)
{
    return f->c->current && snapshot_is_partial(f->c->current);
}

static double cosine_distance(const float *a, const float *b)
{
    double dot = 0, aa = 0, bb = 0;
    for (uint32_t i = 0; i < DIM; i++) {
        dot += (double)a[i] * (double)b[i];
        aa += (double)a[i] * (double)a[i];
        bb += (double)b[i] * (double)b[i];
    }
    return 1 - dot / sqrt(aa * bb);
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* How many of the K nearest of `points` points the search finds; a hit that has not its distance fails. */
static uint32_t search(fixture *f, uint32_t query, uint32_t points, bool exact)
{
    static double all[POINTS + BATCH];
    kith_error err;
    arena a;
    collection_hits hits;
    uint32_t found = 0;
    arena_init(&a, 0);
    const collection_query q = {.vector = vectors[query], .dim = DIM, .k = K, .exact = exact};
    assert_ok(collection_search(f->c, &q, &a, &hits, &err));
    assert_int_equal(hits.count, K);
    for (uint32_t i = 0; i < points; i++)
        all[i] = cosine_distance(vectors[query], vectors[i]);
    for (uint32_t i = 0; i < K; i++) {
        const uint32_t key = (uint32_t)strtoul(hits.points[i].key.data + 1, NULL, 10);
        assert_true(key < points);
        assert_true(fabs((double)hits.ranks[i].distance - all[key]) < 1e-5);
    }
    double nearest[K];
    for (uint32_t i = 0; i < K; i++)
        nearest[i] = (double)hits.ranks[i].distance;
    qsort(all, points, sizeof *all, compare_doubles);
    for (uint32_t i = 0; i < K; i++)
        found += nearest[i] < all[K - 1] + 1e-5;
    arena_done(&a);
    return found;
}

static void expect_notice(const fixture *f, const char *text)
{
    if (!strstr(f->notices.last, text)) fail_msg("'%s' does not say '%s'", f->notices.last, text);
}

static void part_path(const fixture *f, const char *part, char path[PATH_BYTES])
{
    char newest[GENERATION_PATH_BYTES];
    assert_true(find_generation(f->directory, 1, newest));
    (void)snprintf(path, PATH_BYTES, "%s/%s", newest, part);
}

/* A byte of each page but the first and the last eight, which opening may have read. */
static void spoil(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    const long pages = (long)st.st_size / (GENERATION_PAGE_BYTES + 8);
    assert_true(pages > 20);
    for (long page = 3; page < pages - 8; page++)
        flip_byte(path, page * GENERATION_PAGE_BYTES + 100);
}

static const char *const parts[] = {"vectors.0", "graph.0", "codes.0"};
enum { PARTS = 3 };

static void one_search_reads_what_it_needs_and_the_second_has_the_rest_read(void **state)
{
    fixture *f = *state;
    open_lazily(f);
    assert_true(search(f, 7, POINTS, false) >= K - 2);
    assert_true(is_partial(f));
    assert_true(search(f, 8, POINTS, false) >= K - 2);
    assert_false(is_partial(f)); // without threads the upkeep is done in the call
    assert_int_equal(search(f, 9, POINTS, true), K);
    assert_index_is_sound(f->c);
    assert_int_equal(f->notices.count, 0);
    close_all(f);
}

static void an_index_that_is_asked_once_is_closed_as_it_was_found(void **state)
{
    fixture *f = *state;
    char before[PATH_BYTES], after[PATH_BYTES];
    part_path(f, "", before);
    open_lazily(f);
    assert_true(search(f, 7, POINTS, false) >= K - 2);
    close_all(f);
    open_lazily(f);
    put(f, POINTS, 10); // too few to be saved
    assert_false(is_partial(f));
    assert_int_equal(search(f, POINTS + 3, POINTS + 10, true), K);
    close_all(f);
    open_lazily(f); // which catches up with them
    assert_true(search(f, POINTS + 3, POINTS + 10, false) >= K - 3);
    assert_true(is_partial(f));
    close_all(f);
    part_path(f, "", after);
    assert_string_equal(before, after);
}

static void a_partial_index_that_has_changed_is_read_and_saved(void **state)
{
    fixture *f = *state;
    char before[PATH_BYTES], after[PATH_BYTES];
    part_path(f, "", before);
    open_lazily(f);
    put(f, POINTS, BATCH);
    assert_false(is_partial(f));
    assert_int_equal(search(f, POINTS + 3, POINTS + BATCH, true), K);
    assert_index_is_sound(f->c);
    close_all(f);
    part_path(f, "", after);
    assert_string_not_equal(before, after);
    open_lazily(f);
    assert_int_equal(search(f, POINTS + 3, POINTS + BATCH, true), K);
    assert_int_equal(f->notices.count, 0);
    close_all(f);
}

/* Whatever is done first: the point is found, the generation is set aside, and a sound one is saved. */
static void check_replaced(fixture *f, const char *part, uint32_t points)
{
    char text[64];
    assert_int_equal(search(f, 11, points, true), K);
    (void)snprintf(text, sizeof text, "damaged index (part %s", part);
    expect_notice(f, text);
    expect_notice(f, "set aside as derived/1/");
    expect_notice(f, ".damaged, rebuilt");
    assert_int_equal(f->notices.count, 1);
    assert_string_equal(f->c->rebuilt ? "rebuilt" : "", "rebuilt");
    assert_index_is_sound(f->c);
    for (uint32_t i = 0; i < 20; i++)
        assert_true(search(f, i * 13, points, false) >= K - 3);
    close_all(f);
    open_lazily(f);
    assert_int_equal(search(f, 11, points, true), K);
    assert_int_equal(f->notices.count, 0);
    close_all(f);
}

static void what_a_search_meets_damaged_is_replaced_and_told(void **state)
{
    fixture *f = *state;
    for (int threads = 0; threads < 2; threads++)
        for (size_t i = threads ? PARTS - 1 : 0; i < PARTS; i++) {
            kith_error err;
            char path[PATH_BYTES];
            open_with(f, (database_options){.no_threads = !threads, .read_at_once = 1});
            assert_ok(collection_load(f->c, &err));
            assert_true(is_partial(f));
            part_path(f, parts[i], path);
            spoil(path);
            (void)search(f, 11, POINTS, false);
            upkeep_wait(f->c);
            check_replaced(f, parts[i], POINTS);
        }
}

static void what_was_cut_off_behind_an_open_index_is_replaced(void **state)
{
    fixture *f = *state;
    for (size_t i = 0; i < PARTS; i++) {
        kith_error err;
        char path[PATH_BYTES];
        open_lazily(f);
        assert_ok(collection_load(f->c, &err));
        part_path(f, parts[i], path);
        assert_int_equal(truncate(path, 3 * GENERATION_PAGE_BYTES), 0);
        assert_int_equal(search(f, 11, POINTS, false), K); // rows that are not linked are scanned
        expect_notice(f, ".damaged, rebuilt");
        assert_index_is_sound(f->c);
        close_all(f);
        open_lazily(f);
        assert_int_equal(search(f, 11, POINTS, true), K);
        assert_int_equal(f->notices.count, 0);
        close_all(f);
    }
}

/* Files that another process has replaced stay readable: they are open. */
static void what_was_removed_behind_an_open_index_is_read_all_the_same(void **state)
{
    kith_error err;
    fixture *f = *state;
    char path[PATH_BYTES];
    open_lazily(f);
    assert_ok(collection_load(f->c, &err));
    part_path(f, "", path);
    remove_tree(path);
    assert_int_equal(search(f, 11, POINTS, true), K);
    assert_true(search(f, 12, POINTS, false) >= K - 2);
    assert_false(is_partial(f));
    assert_index_is_sound(f->c);
    assert_int_equal(f->notices.count, 0);
    close_all(f);
}

/* No search: the upkeep reads on for what was put, and finds it. The next write has the index replaced. */
static void what_is_met_damaged_while_it_is_read_on_is_replaced_by_the_next_call(void **state)
{
    fixture *f = *state;
    for (size_t i = 0; i < PARTS; i++) {
        kith_error err;
        char path[PATH_BYTES];
        open_lazily(f);
        assert_ok(collection_load(f->c, &err));
        part_path(f, parts[i], path);
        spoil(path);
        put(f, POINTS, 100);
        put(f, POINTS + 100, 50);
        check_replaced(f, parts[i], POINTS + 150);
    }
}

/* It cannot set the generation aside, and must not load it again. */
static void who_only_reads_replaces_it_in_memory_and_remembers(void **state)
{
    kith_error err;
    fixture *f = *state;
    char path[PATH_BYTES], still[PATH_BYTES];
    snapshot *loaded = NULL;
    derived_loading l = {0};
    part_path(f, "codes.0", path);
    open_with(f, (database_options){.read_only = true, .no_threads = true, .read_at_once = 1});
    assert_ok(collection_load(f->c, &err));
    spoil(path);
    assert_int_equal(search(f, 11, POINTS, true), K);
    assert_true(search(f, 12, POINTS, false) >= K - 3);
    expect_notice(f, "is damaged (part codes.0");
    expect_notice(f, "rebuilt");
    assert_int_equal(f->notices.count, 1);
    assert_ok(derived_file_load(f->c, &loaded, &l, &err));
    assert_false(l.is_loaded);
    assert_int_equal(loaded->rows, 0);
    snapshot_release(loaded);
    close_all(f);
    part_path(f, "codes.0", still);
    assert_string_equal(path, still);
    assert_int_equal(count_generations(f->directory, 1), 1);
    // One that may write finds it when it gets there.
    open_lazily(f);
    (void)search(f, 11, POINTS, false);
    (void)search(f, 12, POINTS, false);
    check_replaced(f, "codes.0", POINTS);
}

/* What replaces the damaged index cannot be had: the search says why, and ends. */
static void a_search_that_meets_damage_in_a_deleted_collection_ends(void **state)
{
    kith_error err;
    fixture *f = *state;
    char path[PATH_BYTES];
    database *other = NULL;
    arena a;
    collection_hits hits;
    open_lazily(f);
    assert_ok(collection_load(f->c, &err));
    part_path(f, "codes.0", path);
    spoil(path);
    assert_ok(database_open(f->directory, &(database_options){.no_threads = true}, &other, &err));
    assert_ok(database_delete_collection(other, VIEW("c"), &err));
    assert_ok(database_close(other, &err));
    arena_init(&a, 0);
    const collection_query q = {.vector = vectors[11], .dim = DIM, .k = K};
    assert_status(KITH_ERR_NOT_FOUND, collection_search(f->c, &q, &a, &hits, &err));
    arena_done(&a);
    close_all(f);
}

static void a_small_index_is_verified_when_it_is_opened(void **state)
{
    kith_error err;
    fixture *f = *state;
    char path[PATH_BYTES];
    part_path(f, "codes.0", path);
    flip_byte(path, 40 * GENERATION_PAGE_BYTES);
    // What takes no more than is read at once is verified when it is opened.
    open_with(f, (database_options){.no_threads = true});
    assert_ok(collection_load(f->c, &err));
    expect_notice(f, "damaged index (part codes.0: page 40 fails its checksum) set aside");
    assert_false(is_partial(f));
    close_all(f);
}

#define read_on_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        read_on_test(one_search_reads_what_it_needs_and_the_second_has_the_rest_read),
        read_on_test(an_index_that_is_asked_once_is_closed_as_it_was_found),
        read_on_test(a_partial_index_that_has_changed_is_read_and_saved),
        read_on_test(what_a_search_meets_damaged_is_replaced_and_told),
        read_on_test(what_was_cut_off_behind_an_open_index_is_replaced),
        read_on_test(what_was_removed_behind_an_open_index_is_read_all_the_same),
        read_on_test(what_is_met_damaged_while_it_is_read_on_is_replaced_by_the_next_call),
        read_on_test(who_only_reads_replaces_it_in_memory_and_remembers),
        read_on_test(a_search_that_meets_damage_in_a_deleted_collection_ends),
        read_on_test(a_small_index_is_verified_when_it_is_opened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
