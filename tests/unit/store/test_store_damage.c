/* test_store_damage.c - what happens to a row that changed behind the store's back. */
#include "fixture.h"

#include "base/hash.h"
#include "base/rng.h"
#include "os/file.h"
#include "store/catalog.h"

static const float vector[DIM] = {1, 2, 3, 4};

/* One of everything: point 'a', document 'd' with chunk 'd_0' from source 's', a tombstone. */
static void fill(fixture *f)
{
    kith_error err = {0};
    uint64_t sequence = 0;
    uint32_t deleted = 0;
    view gone = VIEW("gone");
    store_point chunk = point_of("d_0", "chunk", vector);
    store_document d = {.key = VIEW("d"),
                        .title = VIEW("title"),
                        .metadata = VIEW("{}"),
                        .text = VIEW("the text of the document"),
                        .points = &chunk,
                        .point_count = 1};
    store_source source = {.path = VIEW("s"), .hash = VIEW("h"), .bytes = 1};
    (void)add_point(f, "a", 1);
    (void)add_point(f, "gone", 1);
    assert_ok(store_delete_points(f->store, f->collection, &gone, 1, &sequence, &deleted, &err));
    assert_ok(store_put_documents(f->store, f->collection, &source, &d, 1, &sequence, &err));
    store_point empty = point_of("empty", "", vector);
    assert_ok(store_put_points(f->store, f->collection, STORE_ADD, &empty, 1, &sequence, &err));
    assert_ok(store_check(f->store, &err));
}

static kith_status read_point(fixture *f, kith_error *err)
{
    view key = VIEW("a");
    store_point p = {0};
    kith_status status = store_get_points(f->store, f->collection, &key, 1, 0, &f->arena, &p, err);
    if (status != KITH_OK) assert_int_equal(p.row, 0);
    return status;
}

static kith_status read_row(fixture *f, kith_error *err)
{
    uint64_t row = 1;
    store_point p = {0};
    return store_get_rows(f->store, f->collection, &row, 1, STORE_WITH_VECTOR, &f->arena, &p, err);
}

static kith_status scan(fixture *f, kith_error *err)
{
    store_point *page = NULL;
    uint32_t count = 0;
    return store_scan_points(f->store, f->collection, &(store_scan){.limit = 100}, &f->arena, &page,
                             &count, err);
}

static kith_status walk(fixture *f, kith_error *err)
{
    uint64_t sequence = 0;
    change_list *list = calloc(1, sizeof *list);
    assert_non_null(list);
    kith_status status =
        read_changes(f->store, f->collection, 0, keep_change, list, &sequence, err);
    // A damaged row does not end the walk, but is named in it.
    if (status == KITH_OK && list->damaged == 1) {
        assert_int_equal(list->count, 4);
        status = fail(err, KITH_ERR_CORRUPT, "%s", list->damage);
    }
    free(list);
    return status;
}

/* From a state that may hold the deleted points. From 0 a tombstone is of no use. */
static kith_status walk_on(fixture *f, kith_error *err)
{
    uint64_t sequence = 0;
    if (walk(f, err) != KITH_OK) fail_msg("the walk from 0: %s", err->message);
    change_list *list = calloc(1, sizeof *list);
    assert_non_null(list);
    kith_status status =
        read_changes(f->store, f->collection, 1, keep_change, list, &sequence, err);
    free(list);
    return status;
}

static kith_status update(fixture *f, kith_error *err)
{
    uint64_t sequence = 0;
    store_point p = {.key = VIEW("a"), .metadata = VIEW("{\"new\":1}")};
    return store_put_points(f->store, f->collection, STORE_UPDATE, &p, 1, &sequence, err);
}

static kith_status read_document(fixture *f, kith_error *err)
{
    store_document d = {0};
    return store_get_document(f->store, f->collection, VIEW("d"), &f->arena, &d, err);
}

static kith_status list_documents(fixture *f, kith_error *err)
{
    store_document *list = NULL;
    uint32_t count = 0;
    return store_list_documents(f->store, f->collection, NULL, &f->arena, &list, &count, err);
}

static kith_status read_source(fixture *f, kith_error *err)
{
    store_source s = {0};
    return store_get_source(f->store, f->collection, VIEW("s"), &f->arena, &s, err);
}

static kith_status list_sources(fixture *f, kith_error *err)
{
    store_source *list = NULL;
    uint32_t count = 0;
    return store_list_sources(f->store, f->collection, NULL, &f->arena, &list, &count, err);
}

static kith_status read_collection(fixture *f, kith_error *err)
{
    store_collection c = {0};
    return store_collection_get(f->store, VIEW("c"), &f->arena, &c, err);
}

static kith_status write_collection(fixture *f, kith_error *err)
{
    uint64_t sequence = 0;
    store_point p = point_of("z", NULL, vector);
    return store_put_points(f->store, f->collection, STORE_ADD, &p, 1, &sequence, err);
}

static kith_status check(fixture *f, kith_error *err)
{
    return store_check(f->store, err);
}

typedef struct damage {
    const char *sql;
    const char *named; /* in the message */
    kith_status (*read[6])(fixture *f, kith_error *err);
} damage;

static const damage damages[] = {
    /* One bit of each field. */
    {"UPDATE points SET content = 'somd content' WHERE key = 'a'",
     "points: row 1 ('a')",
     {read_point, read_row, scan, walk, update, check}},
    {"UPDATE points SET metadata = '{\"a\":3}' WHERE key = 'a'",
     "points: row 1 ('a')",
     {read_point, read_row, scan, walk, update, check}},
    {"UPDATE points SET vector = x'010000000000000000000000000080bf' WHERE key = 'a'",
     "points: row 1 ('a')",
     {read_point, read_row, scan, walk, update, check}},
    {"UPDATE points SET sequence = sequence + 1 WHERE key = 'a'",
     "points: row 1 ('a')",
     {read_point, read_row, scan, walk, update, check}},
    {"UPDATE points SET checksum = checksum + 1 WHERE key = 'a'",
     "points: row 1 ('a')",
     {read_point, read_row, scan, walk, update, check}},
    {"UPDATE points SET document = 'd' WHERE key = 'a'",
     "points: row 1 ('a')",
     {read_point, read_row, scan, walk, check}},
    {"UPDATE points SET content = NULL WHERE key = 'a'",
     "points: row 1 ('a')",
     {read_point, read_row, scan, walk, check}},
    {"UPDATE points SET key = 'b' WHERE key = 'a'",
     "points: row 1 ('b')",
     {read_row, scan, walk, check}},
    {"UPDATE points SET content = NULL WHERE key = 'empty'",
     "points: row 4 ('empty')",
     {scan, walk, check}},
    {"UPDATE points SET metadata = content, content = metadata WHERE key = 'a'",
     "points: row 1 ('a')",
     {read_point, walk, check}},
    /* A row in another's place; a text moved over to the next field. */
    {"UPDATE points SET row = 77 WHERE key = 'a'",
     "points: row 77 ('a')",
     {read_point, scan, walk, check}},
    {"UPDATE points SET metadata = NULL, content = metadata || content WHERE key = 'a'",
     "points: row 1 ('a')",
     {read_point, walk, check}},
    /* A row that is missing altogether. */
    {"DELETE FROM points WHERE key = 'a'", "'c'", {walk, check}},

    {"UPDATE tombstones SET row = row + 1", "tombstones: row 3", {walk_on, check}},
    {"UPDATE tombstones SET checksum = 0", "tombstones: row 2", {walk_on, check}},
    {"UPDATE tombstones SET collection = 9", "tombstones", {check}},

    {"UPDATE documents SET text = 'The text of the document'",
     "documents: row 'd'",
     {read_document, check}},
    {"UPDATE documents SET title = 'titel'",
     "documents: row 'd'",
     {read_document, list_documents, check}},
    {"UPDATE documents SET text_checksum = text_checksum + 1",
     "documents: row 'd'",
     {read_document, list_documents, check}},
    {"UPDATE documents SET source = NULL", "documents: row 'd'", {read_document, list_documents}},
    {"UPDATE documents SET source = NULL",
     "documents: source 's' should have 1 rows, 0 were found",
     {read_source, list_sources, check}},
    {"DELETE FROM documents", "'c'", {list_documents}},
    {"DELETE FROM documents",
     "documents: source 's' should have 1 rows, 0 were found",
     {read_source, list_sources, check}},

    {"UPDATE sources SET hash = 'i'", "sources: row 's'", {read_source, list_sources, check}},
    {"UPDATE sources SET bytes = 2", "sources: row 's'", {read_source, list_sources, check}},
    {"UPDATE sources SET notices = 'n'", "sources: row 's'", {read_source, list_sources, check}},
    {"UPDATE sources SET documents = 2",
     "documents: source 's' should have 2 rows, 1 were found",
     {read_source, list_sources, check}},
    {"DELETE FROM sources", "the source of 'd'", {check}},
    {"DELETE FROM sources",
     "documents: source 's' should have 0 rows, 1 were found",
     {read_source}},

    {"UPDATE collections SET points = points + 1",
     "collections: row 1 ('c')",
     {read_collection, write_collection, read_point, walk, check}},
    {"UPDATE collections SET model = 'other'",
     "collections: row 1 ('c')",
     {read_collection, write_collection, read_point, walk, check}},
    {"UPDATE collections SET dim = 5", "collections: row 1 ('c')", {read_collection, walk, check}},
};

static void each_damage_is_reported_with_table_and_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        void *own = NULL;
        assert_int_equal(setup(&own), 0);
        fixture *f = own;
        fill(f);
        run_sql(f, damages[i].sql);
        for (size_t j = 0; j < 6 && damages[i].read[j]; j++) {
            kith_error err = {0};
            kith_status status = damages[i].read[j](f, &err);
            if (status != KITH_ERR_CORRUPT || !strstr(err.message, damages[i].named))
                fail_msg("%s (reader %zu): %s: %s", damages[i].sql, j, kith_status_name(status),
                         err.message);
        }
        assert_int_equal(teardown(&own), 0);
    }
}

static void a_damaged_row_leaves_the_others_readable(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    fill(f);
    run_sql(f, "UPDATE points SET content = 'x' WHERE key = 'a'");
    assert_status(KITH_ERR_CORRUPT, read_point(f, &err));
    assert_view(get_point(f, "d_0").content, "chunk");
    assert_ok(read_document(f, &err));
}

static void a_damaged_row_can_be_deleted_and_put_again(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t sequence = 0;
    uint32_t deleted = 0;
    view key = VIEW("a");
    fill(f);
    run_sql(f, "UPDATE points SET content = 'x' WHERE key = 'a'");
    assert_ok(store_delete_points(f->store, f->collection, &key, 1, &sequence, &deleted, &err));
    assert_int_equal(deleted, 1);
    (void)add_point(f, "a", 1);
    assert_ok(store_check(f->store, &err));
}

static void a_damaged_row_can_be_upserted(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t sequence = 0;
    store_point p = point_of("a", "good again", vector);
    fill(f);
    run_sql(f, "UPDATE points SET content = 'x' WHERE key = 'a'");
    assert_ok(store_put_points(f->store, f->collection, STORE_UPSERT, &p, 1, &sequence, &err));
    assert_ok(store_check(f->store, &err));
}

/* Another program deletes the row and leaves the entry in the index. */
static void an_index_that_names_a_missing_row_is_corrupt(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    char sql[512];
    uint64_t sequence = 0;
    fill(f);
    int64_t root =
        ask_sql(f, "SELECT rootpage FROM sqlite_master WHERE name = 'points_by_document'");
    run_sql(f, "PRAGMA writable_schema = ON;"
               "DELETE FROM sqlite_master WHERE name = 'points_by_document'");
    run_sql(f, "DELETE FROM points WHERE key = 'd_0'");
    (void)snprintf(sql, sizeof sql,
                   "PRAGMA writable_schema = ON; INSERT INTO sqlite_master VALUES ('index', "
                   "'points_by_document', 'points', %lld, 'CREATE INDEX points_by_document ON "
                   "points (collection, document) WHERE document IS NOT NULL')",
                   (long long)root);
    run_sql(f, sql);
    assert_status(KITH_ERR_CORRUPT,
                  store_delete_document(f->store, f->collection, VIEW("d"), &sequence, &err));
    assert_status(KITH_ERR_CORRUPT, store_check(f->store, &err));
}

/* ---- single bits of the file itself ---- */

typedef struct digest {
    uint64_t sum;
    uint32_t count, damaged;
} digest;

static kith_status add_to_digest(void *context, const store_change *change)
{
    digest *d = context;
    d->sum = hash64((view){(const char *)&change->row, sizeof change->row}, d->sum);
    if (change->vector)
        d->sum = hash64((view){(const char *)change->vector, sizeof vector}, d->sum);
    d->sum = hash64(change->deleted ? VIEW("deleted") : change->metadata, d->sum);
    d->count++;
    d->damaged += change->damage != NULL;
    return KITH_OK;
}

/* The digest of the whole change feed, by a store opened for the purpose. */
static kith_status digest_changes(fixture *f, digest *out, kith_error *err)
{
    uint64_t sequence = 0;
    *out = (digest){0};
    kith_status status = store_open(f->directory, &f->store, err);
    if (status != KITH_OK) return status;
    return read_changes(f->store, f->collection, 0, add_to_digest, out, &sequence, err);
}

static void flip_byte(const char *path, long offset, int mask)
{
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    assert_int_equal(fseek(file, offset, SEEK_SET), 0);
    int byte = fgetc(file);
    assert_int_equal(fseek(file, offset, SEEK_SET), 0);
    assert_int_equal(fputc(byte ^ mask, file), byte ^ mask);
    assert_int_equal(fclose(file), 0);
}

static void fill_pages(fixture *f)
{
    fill(f);
    for (int i = 0; i < 300; i++) {
        char key[64];
        (void)snprintf(key, sizeof key, "a key of some length, number %d", i);
        (void)add_point(f, key, (float)i);
    }
}

/* The feed is right, or it fails, or it says which rows are damaged; and damage that the feed does not touch is found by the check. */
static void a_flipped_bit_never_gives_an_index_a_wrong_answer(void **state)
{
    enum { FLIPS = 600 };
    kith_error err = {0};
    fixture *f = *state;
    char path[PATH_BYTES];
    file_info info = {0};
    rng random = {20240229};
    digest truth, found;
    uint32_t refused = 0, checked = 0;
    fill_pages(f);
    fixture_close(f);
    fixture_path(f, "", path);
    assert_ok(file_stat(path, &info, &err));
    assert_ok(digest_changes(f, &truth, &err));
    assert_int_equal(truth.count, 304);
    fixture_close(f);
    for (int i = 0; i < FLIPS; i++) {
        long offset = (long)rng_below(&random, (uint32_t)info.bytes);
        int mask = 1 << rng_below(&random, 8);
        flip_byte(path, offset, mask);
        kith_status status = digest_changes(f, &found, &err);
        bool is_right = found.sum == truth.sum && found.count == truth.count;
        if (status == KITH_OK && found.damaged == 0 && !is_right)
            fail_msg("bit %#x at %ld: a wrong answer", (unsigned)mask, offset);
        refused += status != KITH_OK || found.damaged > 0;
        if (status == KITH_OK && found.damaged == 0 && store_check(f->store, &err) != KITH_OK)
            checked++;
        status = store_close(f->store, &err);
        f->store = NULL;
        (void)status; /* of a damaged file */
        flip_byte(path, offset, mask);
    }
    print_message("%d flips: %u refused by the walk, %u more found by the check\n", FLIPS, refused,
                  checked);
    assert_true(refused > 0 && checked > 0);
    fixture_open(f);
    assert_ok(store_check(f->store, &err));
}

static void a_damaged_collection_does_not_keep_others_from_being_deleted(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t other = 0;
    store_collection gone = {0};
    const store_address address = {.database = STORE_DEFAULT_DATABASE, .name = VIEW("other")};
    assert_ok(store_collection_create(f->store, VIEW("other"), KITH_COSINE, DIM, VIEW(""), 1,
                                      &other, &err));
    run_sql(f, "UPDATE collections SET dim = dim + 1 WHERE name = 'c'");
    assert_status(KITH_ERR_CORRUPT,
                  store_collection_read(f->store, f->collection, &f->arena, &gone, &err));
    assert_ok(store_collection_find(f->store, &address, &f->arena, &gone, &err));
    assert_ok(store_collection_drop(f->store, other, &err));
    assert_status(KITH_ERR_NOT_FOUND,
                  store_collection_find(f->store, &address, &f->arena, &gone, &err));
}

/* What was re-embedded is deleted when its image has long taken its place. */
static void a_damaged_collection_does_not_keep_replaced_ones(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t other = 0;
    store_collection gone = {0};
    assert_ok(store_collection_create(f->store, VIEW(".replaced-7"), KITH_COSINE, DIM, VIEW(""), 1,
                                      &other, &err));
    run_sql(f, "UPDATE collections SET dim = dim + 1 WHERE name = 'c'");
    fixture_close(f);
    fixture_open(f);
    assert_status(KITH_ERR_NOT_FOUND,
                  store_collection_read(f->store, other, &f->arena, &gone, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_damage_is_reported_with_table_and_row),
        with_store(a_damaged_row_leaves_the_others_readable),
        with_store(a_damaged_row_can_be_deleted_and_put_again),
        with_store(a_damaged_row_can_be_upserted),
        with_store(a_damaged_collection_does_not_keep_others_from_being_deleted),
        with_store(a_damaged_collection_does_not_keep_replaced_ones),
        with_store(an_index_that_names_a_missing_row_is_corrupt),
        with_store(a_flipped_bit_never_gives_an_index_a_wrong_answer),
    };
    return cmocka_run_group_tests(tests, use_memory_disk, NULL);
}
