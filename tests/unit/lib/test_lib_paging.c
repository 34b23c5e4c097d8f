/* Reading lists page by page, by cursors and by offsets, against reading them at once: also while
 * another thread writes, and with cursors that are altered or belong elsewhere. */
#include "test.h"

#include "base/rng.h"
#include "lib/cursor.h"
#include "model_for_test.h"
#include "scratch.h"

#include <kith/kith.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

enum { POINTS = 600, BATCH = 100 };

static const float unit_vector[] = {1, 0};

static void put(kith *k, const char *name, kith_write_mode mode, uint32_t first, uint32_t count,
                const char *metadata)
{
    kith_error err = {0};
    char ids[BATCH][16];
    kith_point points[BATCH];
    assert_true(count <= BATCH);
    for (uint32_t i = 0; i < count; i++) {
        (void)snprintf(ids[i], sizeof ids[i], "p%u", first + i);
        points[i] = (kith_point){.id = ids[i],
                                 .metadata = metadata          ? metadata
                                             : (first + i) % 3 ? "{\"third\":false}"
                                                               : "{\"third\":true}",
                                 .vector = unit_vector,
                                 .dimension = 2};
    }
    assert_ok(kith_put(k, name, mode, points, count, &err));
}

static kith *open_with_points(const char *directory)
{
    kith_error err = {0};
    kith *k = NULL;
    assert_ok(kith_open(directory, NULL, &k, &err));
    assert_ok(kith_collection_create(k, "c", NULL, &err));
    for (uint32_t i = 0; i < POINTS; i += BATCH)
        put(k, "c", KITH_ADD, i, BATCH, NULL);
    return k;
}

static void close_database(kith *k)
{
    kith_error err = {0};
    assert_ok(kith_close(k, &err));
}

static kith_records *get(kith *k, const kith_selection *s)
{
    kith_error err = {0};
    kith_records *records = NULL;
    assert_ok(kith_get(k, "c", s, &records, &err));
    return records;
}

/* Every page of the selection by cursors, and by offsets, gives what it gives at once. */
static void check_pages(kith *k, const char *where, size_t limit)
{
    kith_records *all = get(k, &(kith_selection){.where = where});
    char cursor[256];
    size_t seen = 0;
    kith_selection s = {.where = where, .limit = limit};
    assert_null(all->next);
    for (bool more = true; more;) {
        kith_records *page = get(k, &s),
                     *same =
                         get(k, &(kith_selection){.where = where, .limit = limit, .offset = seen});
        assert_int_equal(page->count, same->count);
        for (size_t i = 0; i < page->count; i++) {
            assert_string_equal(page->records[i].id, all->records[seen + i].id);
            assert_string_equal(page->records[i].id, same->records[i].id);
        }
        seen += page->count;
        more = page->next != NULL;
        assert_int_equal(more, seen < all->count);
        assert_int_equal(same->next != NULL, more);
        assert_true(!more || page->count == limit);
        if (more) (void)snprintf(cursor, sizeof cursor, "%s", page->next);
        s.cursor = cursor;
        kith_records_free(page);
        kith_records_free(same);
    }
    assert_int_equal(seen, all->count);
    kith_records_free(all);
}

static void pages_of_any_size_give_what_one_reading_gives(void **state)
{
    kith *k = open_with_points(*state);
    kith_error err = {0};
    const size_t limits[] = {1, 7, 100, 199, 200, 599, 600, 601};
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        check_pages(k, NULL, limits[i]);
        check_pages(k, "{\"third\":true}", limits[i]);
    }
    // What was written anew keeps its place, what was deleted leaves it, what is new comes last.
    put(k, "c", KITH_UPSERT, 30, 50, NULL);
    put(k, "c", KITH_UPSERT, 5, 1, NULL);
    assert_ok(kith_delete(k, "c",
                          &(kith_selection){.where = "{\"third\":true}", .offset = 20, .limit = 9},
                          NULL, &err));
    put(k, "c", KITH_ADD, 5000, 9, NULL);
    check_pages(k, NULL, 41);
    check_pages(k, "{\"third\":true}", 41);
    kith_records *all = get(k, NULL);
    assert_int_equal(all->count, POINTS);
    assert_string_equal(all->records[5].id, "p5");
    assert_string_equal(all->records[POINTS - 1].id, "p5008");
    kith_records_free(all);
    close_database(k);
}

static void a_cursor_outlives_its_point_and_the_process(void **state)
{
    kith *k = open_with_points(*state);
    kith_error err = {0};
    char cursor[256];
    kith_records *page = get(k, &(kith_selection){.limit = 10});
    (void)snprintf(cursor, sizeof cursor, "%s", page->next);
    kith_records_free(page);
    const char *const ids[] = {"p9", "p10"};
    assert_ok(kith_delete(k, "c", &(kith_selection){.ids = ids, .id_count = 2}, NULL, &err));
    close_database(k);
    assert_ok(kith_open(*state, NULL, &k, &err));
    page = get(k, &(kith_selection){.limit = 2, .cursor = cursor});
    assert_string_equal(page->records[0].id, "p11");
    kith_records_free(page);
    // With another limit and filter it is the same place.
    page = get(k, &(kith_selection){.limit = 3, .where = "{\"third\":true}", .cursor = cursor});
    assert_string_equal(page->records[0].id, "p12");
    kith_records_free(page);
    close_database(k);
}

static void a_page_of_many_ids_passes_over_those_that_are_missing(void **state)
{
    enum { IDS = 900 }; // several batches
    kith *k = open_with_points(*state);
    char texts[IDS][16];
    const char *ids[IDS], *there[IDS];
    size_t count = 0;
    rng r = {5};
    for (size_t i = 0; i < IDS; i++) {
        uint32_t number = rng_below(&r, 2 * POINTS);
        (void)snprintf(texts[i], sizeof texts[i], "p%u", number);
        ids[i] = texts[i];
        if (number < POINTS) there[count++] = texts[i];
    }
    const size_t parts[][2] = {{0, 0}, {0, 7}, {300, 0}, {255, 300}, {count - 1, 5}, {count, 5}};
    for (size_t n = 0; n < sizeof parts / sizeof parts[0]; n++) {
        size_t offset = parts[n][0], limit = parts[n][1], left = count - offset;
        kith_records *page = get(
            k, &(kith_selection){.ids = ids, .id_count = IDS, .offset = offset, .limit = limit});
        assert_int_equal(page->count, limit && limit < left ? limit : left);
        for (size_t i = 0; i < page->count; i++)
            assert_string_equal(page->records[i].id, there[offset + i]);
        assert_null(page->next);
        kith_records_free(page);
    }
    close_database(k);
}

/* ---- while others write ---- */

typedef struct disturbance {
    kith *k;
    atomic_bool stop;
    atomic_uint failures;
} disturbance;

/* Points p0.. stay; they are written again and again. Others, q, come and go, in between and at the
 * end. */
static void *disturb(void *context)
{
    disturbance *d = context;
    rng r = {99};
    uint32_t next = 0, oldest = 0;
    while (!atomic_load(&d->stop)) {
        char id[16];
        (void)snprintf(id, sizeof id, "p%u", rng_below(&r, POINTS));
        kith_point p = {.id = id,
                        .metadata = "{\"third\":true,\"again\":1}",
                        .vector = unit_vector,
                        .dimension = 2};
        kith_status status = kith_put(d->k, "c", KITH_UPSERT, &p, 1, NULL);
        (void)snprintf(id, sizeof id, "q%u", next++);
        if (status == KITH_OK) status = kith_put(d->k, "c", KITH_ADD, &p, 1, NULL);
        (void)snprintf(id, sizeof id, "q%u", oldest);
        const char *ids[] = {id};
        if (status == KITH_OK && next - oldest > 20) {
            status =
                kith_delete(d->k, "c", &(kith_selection){.ids = ids, .id_count = 1}, NULL, NULL);
            oldest++;
        }
        if (status != KITH_OK) atomic_fetch_add(&d->failures, 1);
    }
    return NULL;
}

static void read_all_pages(kith *k, const char *where, size_t limit, uint32_t *times)
{
    char cursor[256];
    kith_selection s = {.where = where, .limit = limit};
    for (bool more = true; more;) {
        kith_records *page = get(k, &s);
        for (size_t i = 0; i < page->count; i++) {
            const char *id = page->records[i].id;
            if (id[0] == 'p') times[strtoul(id + 1, NULL, 10)]++;
        }
        more = page->next != NULL;
        if (more) (void)snprintf(cursor, sizeof cursor, "%s", page->next);
        s.cursor = cursor;
        kith_records_free(page);
    }
}

static void what_exists_throughout_is_given_exactly_once_while_others_write(void **state)
{
    kith *k = open_with_points(*state);
    for (uint32_t i = 0; i < POINTS; i += BATCH)
        put(k, "c", KITH_UPSERT, i, BATCH, "{\"third\":true}");
    disturbance d = {.k = k};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, disturb, &d), 0);
    for (int round = 0; round < 6; round++) {
        uint32_t times[POINTS] = {0};
        read_all_pages(k, round % 2 ? "{\"third\":true}" : NULL, 37, times);
        for (uint32_t i = 0; i < POINTS; i++)
            if (times[i] != 1) fail_msg("round %d: p%u came %u times", round, i, times[i]);
    }
    atomic_store(&d.stop, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(d.failures, 0);
    close_database(k);
}

/* ---- what is no cursor of the list ---- */

static void check_refused(kith *k, const char *name, kith_selection s, const char *why)
{
    kith_error err = {0};
    kith_records *records = NULL;
    assert_status(KITH_ERR_INVALID, kith_get(k, name, &s, &records, &err));
    if (!strstr(err.message, why)) fail_msg("'%s' does not say '%s'", err.message, why);
    assert_null(records);
}

static void altered_and_foreign_cursors_are_refused(void **state)
{
    kith *k = open_with_points(*state), *other = NULL;
    kith_error err = {0};
    char cursor[256], altered[300], elsewhere[600];
    const char *const ids[] = {"p1"};
    kith_records *page = get(k, &(kith_selection){.limit = 10});
    (void)snprintf(cursor, sizeof cursor, "%s", page->next);
    kith_records_free(page);
    for (size_t i = 0; i < strlen(cursor); i++) {
        (void)snprintf(altered, sizeof altered, "%s", cursor);
        altered[i] = altered[i] == '0' ? '1' : '0';
        check_refused(k, "c", (kith_selection){.cursor = altered}, "the cursor");
        (void)snprintf(altered, sizeof altered, "%.*s", (int)i, cursor);
        check_refused(k, "c", (kith_selection){.cursor = altered}, "the cursor");
    }
    (void)snprintf(altered, sizeof altered, "%s0", cursor);
    check_refused(k, "c", (kith_selection){.cursor = altered}, "the cursor");
    char *huge = calloc(1, 1 << 20);
    memset(huge, 'a', (1 << 20) - 1);
    check_refused(k, "c", (kith_selection){.cursor = huge}, "the cursor");
    free(huge);
    check_refused(k, "c", (kith_selection){.cursor = cursor, .ids = ids, .id_count = 1}, "ids");
    check_refused(k, "c", (kith_selection){.cursor = cursor, .offset = 1}, "offset");
    assert_ok(kith_collection_create(k, "d", NULL, &err));
    check_refused(k, "d", (kith_selection){.cursor = cursor}, "another collection");
    kith_documents *documents = NULL;
    assert_status(KITH_ERR_INVALID,
                  kith_documents_list(k, "c", &(kith_page){.cursor = cursor}, &documents, &err));
    assert_non_null(strstr(err.message, "another list"));
    // The same number in another directory is another collection.
    (void)snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere", (const char *)*state);
    other = open_with_points(elsewhere);
    check_refused(other, "c", (kith_selection){.cursor = cursor}, "the cursor");
    close_database(other);
    close_database(k);
}

static void a_cursor_gives_back_any_place_up_to_the_longest(void **state)
{
    (void)state;
    kith_error err = {0};
    static char bytes[CURSOR_PLACE_MAX_BYTES];
    const size_t sizes[] = {1, 2, 1023, 1024, CURSOR_PLACE_MAX_BYTES - 1, CURSOR_PLACE_MAX_BYTES};
    const cursor_list list = {.kind = CURSOR_FILES, .collection = UINT64_MAX, .seed = 77};
    rng r = {1};
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)rng_below(&r, 256);
    for (size_t n = 0; n < sizeof sizes / sizeof sizes[0]; n++) {
        arena a;
        view place = {NULL, 0};
        arena_init(&a, 0);
        const char *text = cursor_write(&list, (view){bytes, sizes[n]}, &a);
        for (const char *c = text; *c; c++)
            assert_true(*c > 0x20 && *c < 0x7F);
        assert_ok(cursor_read(&list, text, &a, &place, &err));
        assert_int_equal(place.size, sizes[n]);
        assert_memory_equal(place.data, bytes, sizes[n]);
        arena_done(&a);
    }
}

/* ---- documents and files ---- */

static void write_file(const char *directory, const char *name, const char *text)
{
    char path[700];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void check_files(kith *k, size_t limit)
{
    kith_error err = {0};
    kith_files *all = NULL;
    char cursor[10000];
    size_t seen = 0;
    kith_page page = {.limit = limit};
    assert_ok(kith_files_list(k, "c", NULL, &all, &err));
    for (bool more = true; more;) {
        kith_files *part = NULL;
        assert_ok(kith_files_list(k, "c", &page, &part, &err));
        for (size_t i = 0; i < part->count; i++) {
            assert_string_equal(part->files[i].path, all->files[seen + i].path);
            assert_int_equal(part->files[i].state, all->files[seen + i].state);
        }
        seen += part->count;
        more = part->next != NULL;
        assert_int_equal(more, seen < all->count);
        if (more) (void)snprintf(cursor, sizeof cursor, "%s", part->next);
        page.cursor = cursor;
        kith_files_free(part);
    }
    assert_int_equal(seen, all->count);
    kith_files_free(all);
}

static void check_documents(kith *k, size_t limit)
{
    kith_error err = {0};
    kith_documents *all = NULL;
    char cursor[10000];
    size_t seen = 0;
    kith_page page = {.limit = limit};
    assert_ok(kith_documents_list(k, "c", NULL, &all, &err));
    for (bool more = true; more;) {
        kith_documents *part = NULL;
        assert_ok(kith_documents_list(k, "c", &page, &part, &err));
        for (size_t i = 0; i < part->count; i++) {
            assert_string_equal(part->documents[i].id, all->documents[seen + i].id);
            assert_int_equal(part->documents[i].chunks, all->documents[seen + i].chunks);
        }
        seen += part->count;
        more = part->next != NULL;
        assert_int_equal(more, seen < all->count);
        if (more) (void)snprintf(cursor, sizeof cursor, "%s", part->next);
        page.cursor = cursor;
        kith_documents_free(part);
    }
    assert_int_equal(seen, all->count);
    kith_documents_free(all);
}

static void documents_and_files_come_in_pages_too(void **state)
{
    kith_error err = {0};
    kith_embedder *e = open_model();
    kith *k = NULL;
    char folder[600];
    (void)snprintf(folder, sizeof folder, "%s/data", (const char *)*state);
    assert_ok(kith_open(folder, &(kith_options){.embedder = e}, &k, &err));
    (void)snprintf(folder, sizeof folder, "%s/folder", (const char *)*state);
    assert_int_equal(mkdir(folder, 0700), 0);
    // Indexed, duplicate, skipped and failed ones, mixed in the order of paths.
    for (int i = 0; i < 12; i++) {
        char name[32], text[128];
        (void)snprintf(name, sizeof name, "f%02d.%s", i, i % 4 == 3 ? "xyz" : "txt");
        (void)snprintf(text, sizeof text,
                       i % 4 == 2 ? "short" : "File number %d has some words in it.", i % 5);
        write_file(folder, name, text);
    }
    const char *paths[] = {folder};
    assert_ok(kith_ingest_paths(k, "c", paths, 1, NULL, NULL, &err));
    kith_files *all = NULL;
    assert_ok(kith_files_list(k, "c", NULL, &all, &err));
    assert_int_equal(all->count, 12);
    kith_files_free(all);
    for (size_t limit = 1; limit <= 13; limit++) {
        check_files(k, limit);
        check_documents(k, limit);
    }
    close_database(k);
    kith_embedder_free(e);
}

#define with_scratch(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scratch(pages_of_any_size_give_what_one_reading_gives),
        with_scratch(a_cursor_outlives_its_point_and_the_process),
        with_scratch(a_page_of_many_ids_passes_over_those_that_are_missing),
        with_scratch(what_exists_throughout_is_given_exactly_once_while_others_write),
        with_scratch(altered_and_foreign_cursors_are_refused),
        cmocka_unit_test(a_cursor_gives_back_any_place_up_to_the_longest),
        with_scratch(documents_and_files_come_in_pages_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
