/* test_store_flips.c - one bit flipped anywhere in kith.db: what a reader is given is all there is,
 * or an error.
 * The pages of SQLite's B-trees carry no checksum, so a flip can cut a branch off an index. The
 * oracle is what was put. Half of the flips hit the first bytes of a page, where a B-tree keeps its
 * kind and its number of cells, and where damage that goes unnoticed is most likely. */
#include "fixture.h"

#include "base/rng.h"

#include <fcntl.h>

enum {
    DOCUMENTS = 24,
    CHUNKS = 13, /* of each document */
    LOOSE = 40,  /* points without a document */
    NOTES = 90,
    POINTS = DOCUMENTS * CHUNKS + LOOSE,
    FLIPS = 700,
    PAGE = 8192,
    HEADER = 12
};

#define PATHS "/a/folder/of/sources/file"

static void name_of(char out[80], const char *kind, int i)
{
    (void)snprintf(out, 80, "%.60s-%03d", kind, i);
}

static void put_document(fixture *f, int i)
{
    kith_error err = {0};
    uint64_t sequence = 0;
    char key[80], path[80], text[900], keys[CHUNKS][80];
    float vector[DIM] = {1, 2, 3, 4};
    store_point points[CHUNKS];
    name_of(key, "document", i);
    name_of(path, PATHS, i);
    memset(text, 'a' + i % 26, sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (int j = 0; j < CHUNKS; j++) {
        name_of(keys[j], key, j);
        points[j] = point_of(keys[j], text, vector);
    }
    store_document d = {.key = view_of(key),
                        .title = VIEW("title"),
                        .metadata = VIEW("{}"),
                        .text = view_of(text),
                        .points = points,
                        .point_count = CHUNKS};
    store_source source = {.path = view_of(path), .hash = view_of(key), .bytes = 1};
    assert_ok(store_put_documents(f->store, f->collection, &source, &d, 1, &sequence, &err));
}

static void fill(fixture *f)
{
    kith_error err = {0};
    for (int i = 0; i < DOCUMENTS; i++)
        put_document(f, i);
    for (int i = 0; i < LOOSE; i++) {
        char key[80];
        name_of(key, "loose", i);
        (void)add_point(f, key, 1);
    }
    for (int i = 0; i < NOTES; i++) {
        char path[80];
        name_of(path, "/a/folder/of/notes/file", i);
        store_file note = {
            .path = view_of(path), .state = STORE_FILE_FAILED, .reason = VIEW("damaged")};
        assert_ok(store_note_files(f->store, f->collection, &note, 1, &err));
    }
    assert_ok(store_check(f->store, &err));
}

/* ---- readers: each fails, or gives everything ---- */

static bool reads_points_at_once(fixture *f)
{
    store_point *page = NULL;
    uint32_t count = 0;
    const store_scan all = {.limit = UINT32_MAX, .with = STORE_WITH_CONTENT};
    kith_status status =
        store_scan_points(f->store, f->collection, &all, &f->arena, &page, &count, NULL);
    return status != KITH_OK || count == POINTS;
}

static bool reads_points_by_pages(fixture *f)
{
    uint64_t after = 0;
    uint32_t sum = 0;
    for (;;) {
        store_point *page = NULL;
        uint32_t count = 0;
        const store_scan next = {.after_row = after, .limit = 50};
        kith_status status =
            store_scan_points(f->store, f->collection, &next, &f->arena, &page, &count, NULL);
        if (status != KITH_OK) return true;
        sum += count;
        if (count < 50) return sum == POINTS;
        after = page[count - 1].row;
    }
}

static bool lists_documents(fixture *f)
{
    store_document *list = NULL;
    uint32_t count = 0;
    kith_status status =
        store_list_documents(f->store, f->collection, NULL, &f->arena, &list, &count, NULL);
    if (status != KITH_OK) return true;
    for (uint32_t i = 0; i < count; i++)
        if (list[i].chunks != CHUNKS) return false;
    return count == DOCUMENTS;
}

static bool reads_documents(fixture *f)
{
    for (int i = 0; i < DOCUMENTS; i++) {
        char key[80];
        store_document d = {0};
        name_of(key, "document", i);
        kith_status status =
            store_get_document(f->store, f->collection, view_of(key), &f->arena, &d, NULL);
        if (status == KITH_ERR_NOT_FOUND || (status == KITH_OK && d.chunks != CHUNKS)) return false;
    }
    return true;
}

static bool reads_points_by_key(fixture *f)
{
    for (int i = 0; i < LOOSE; i++) {
        char key[80];
        name_of(key, "loose", i);
        view k = view_of(key);
        store_point p = {0};
        kith_status status =
            store_get_points(f->store, f->collection, &k, 1, 0, &f->arena, &p, NULL);
        if (status == KITH_OK && p.row == 0) return false;
    }
    return true;
}

static bool reads_chunks_of_sources(fixture *f)
{
    for (int i = 0; i < DOCUMENTS; i++) {
        char path[80];
        store_point *points = NULL;
        uint32_t count = 0;
        name_of(path, PATHS, i);
        kith_status status = store_source_points(f->store, f->collection, view_of(path), 0,
                                                 &f->arena, &points, &count, NULL);
        if (status == KITH_OK && count != CHUNKS) return false;
    }
    return true;
}

static bool lists_sources(fixture *f)
{
    store_source *list = NULL;
    uint32_t count = 0;
    kith_status status =
        store_list_sources(f->store, f->collection, NULL, &f->arena, &list, &count, NULL);
    for (uint32_t i = 0; status == KITH_OK && i < count; i++)
        if (list[i].documents != 1) return false;
    return status != KITH_OK || count == DOCUMENTS;
}

static bool reads_sources(fixture *f)
{
    for (int i = 0; i < DOCUMENTS; i++) {
        char path[80];
        store_source s = {0};
        name_of(path, PATHS, i);
        kith_status status =
            store_get_source(f->store, f->collection, view_of(path), &f->arena, &s, NULL);
        if (status == KITH_ERR_NOT_FOUND || (status == KITH_OK && s.documents != 1)) return false;
    }
    return true;
}

static bool lists_files(fixture *f)
{
    store_file *list = NULL;
    uint32_t count = 0;
    kith_status status =
        store_list_files(f->store, f->collection, NULL, &f->arena, &list, &count, NULL);
    return status != KITH_OK || count == NOTES;
}

/* The lists again, in pages. */

enum { PART = 7 };

static bool reads_points_by_offset(fixture *f)
{
    uint32_t sum = 0;
    for (;;) {
        store_point *page = NULL;
        uint32_t count = 0;
        const store_scan next = {.offset = sum, .limit = 50};
        kith_status status =
            store_scan_points(f->store, f->collection, &next, &f->arena, &page, &count, NULL);
        if (status != KITH_OK) return true;
        sum += count;
        if (count < 50) return sum == POINTS;
    }
}

static bool lists_documents_by_pages(fixture *f)
{
    uint32_t sum = 0;
    for (store_part part = {.limit = PART};;) {
        store_document *list = NULL;
        uint32_t count = 0;
        kith_status status =
            store_list_documents(f->store, f->collection, &part, &f->arena, &list, &count, NULL);
        if (status != KITH_OK) return true;
        sum += count;
        if (count < PART) return sum == DOCUMENTS;
        part.after = list[count - 1].key;
    }
}

static bool lists_sources_by_pages(fixture *f)
{
    uint32_t sum = 0;
    for (store_part part = {.limit = PART};;) {
        store_source *list = NULL;
        uint32_t count = 0;
        kith_status status =
            store_list_sources(f->store, f->collection, &part, &f->arena, &list, &count, NULL);
        if (status != KITH_OK) return true;
        sum += count;
        if (count < PART) return sum == DOCUMENTS;
        part.after = list[count - 1].path;
    }
}

static bool lists_files_by_pages(fixture *f)
{
    uint32_t sum = 0;
    for (store_part part = {.limit = PART};;) {
        store_file *list = NULL;
        uint32_t count = 0;
        kith_status status =
            store_list_files(f->store, f->collection, &part, &f->arena, &list, &count, NULL);
        if (status != KITH_OK) return true;
        sum += count;
        if (count < PART) return sum == NOTES;
        part.after = list[count - 1].path;
    }
}

static kith_status count_change(void *context, const store_change *change)
{
    if (!change->deleted) ++*(uint32_t *)context;
    return KITH_OK;
}

static bool walks_changes(fixture *f)
{
    store_state state = {0};
    uint32_t count = 0;
    store_feed feed = {.collection = f->collection, .visit = count_change, .context = &count};
    kith_status status = store_changes(f->store, &feed, &state, NULL);
    return status != KITH_OK || count == POINTS;
}

static const struct {
    const char *name;
    bool (*is_whole)(fixture *f);
} readers[] = {{"points at once", reads_points_at_once},
               {"points by pages", reads_points_by_pages},
               {"points by key", reads_points_by_key},
               {"documents listed", lists_documents},
               {"documents read", reads_documents},
               {"chunks of sources", reads_chunks_of_sources},
               {"sources", lists_sources},
               {"sources read", reads_sources},
               {"files", lists_files},
               {"points by offset", reads_points_by_offset},
               {"documents by pages", lists_documents_by_pages},
               {"sources by pages", lists_sources_by_pages},
               {"files by pages", lists_files_by_pages},
               {"changes", walks_changes}};
enum { READERS = sizeof readers / sizeof readers[0] };

static void flip(int fd, off_t at, unsigned bit)
{
    unsigned char byte = 0;
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte ^= (unsigned char)(1U << bit);
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
}

/* Read only, so that nothing is written over the damage. */
static void try_readers(fixture *f, off_t at, unsigned bit)
{
    const store_options options = {.read_only = true};
    if (store_open_with(f->directory, &options, &f->store, NULL) != KITH_OK) return;
    for (size_t i = 0; i < READERS; i++) {
        if (!readers[i].is_whole(f))
            fail_msg("byte %ld, bit %u: %s: fewer than there are, and no error", (long)at, bit,
                     readers[i].name);
        arena_reset(&f->arena);
    }
    assert_int_equal(store_close(f->store, NULL), KITH_OK);
    f->store = NULL;
}

static void a_flipped_bit_never_makes_an_answer_short(void **state)
{
    fixture *f = *state;
    char path[PATH_BYTES];
    rng r = {20260111};
    fill(f);
    fixture_close(f);
    fixture_path(f, "", path);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    const off_t pages = lseek(fd, 0, SEEK_END) / PAGE;
    for (int i = 0; i < FLIPS; i++) {
        off_t page = (off_t)rng_below(&r, (uint32_t)pages);
        off_t at = page * PAGE + (off_t)rng_below(&r, i % 2 ? HEADER : PAGE);
        unsigned bit = rng_below(&r, 8);
        if (page == 0 && at < 100) at += 100; /* the file's header: not a B-tree */
        flip(fd, at, bit);
        try_readers(f, at, bit);
        flip(fd, at, bit);
    }
    assert_int_equal(close(fd), 0);
}

/* Where a key that begins with this byte has a digit. */
static int digit_of(unsigned char first)
{
    return first == 'l' ? 7 : first == 'd' ? 10 : (int)sizeof PATHS + 1;
}

/* In a B-tree's index page, where a search compares them. */
static void a_damaged_key_of_an_index_hides_no_row(void **state)
{
    enum { LEAF = 0x0a, INTERIOR = 0x02, LAST_DIGIT = 8 };
    fixture *f = *state;
    char path[PATH_BYTES];
    unsigned char page[PAGE];
    int flips = 0;
    fill(f);
    fixture_close(f);
    fixture_path(f, "", path);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    for (off_t start = PAGE; pread(fd, page, PAGE, start) == PAGE; start += PAGE) {
        if (page[0] != LEAF && page[0] != INTERIOR) continue;
        for (int at = 0; at + LAST_DIGIT < PAGE; at++) {
            bool is_key = memcmp(page + at, "loose-", 6) == 0 ||
                          (memcmp(page + at, "document-", 9) == 0 && at + 12 < PAGE) ||
                          (at + (int)sizeof PATHS + 3 <= PAGE &&
                           memcmp(page + at, PATHS "-", sizeof PATHS) == 0);
            if (!is_key) continue;
            off_t digit = start + at + digit_of(page[at]);
            for (unsigned bit = 0; bit < 7; bit += 6) {
                flip(fd, digit, bit);
                try_readers(f, digit, bit);
                flip(fd, digit, bit);
                flips++;
            }
        }
    }
    assert_true(flips > 2 * LOOSE);
    assert_int_equal(close(fd), 0);
}

static void a_document_that_loses_a_chunk_counts_one_less(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    view gone = VIEW("document-003-005");
    uint64_t sequence = 0;
    uint32_t deleted = 0;
    store_document d = {0};
    put_document(f, 3);
    assert_ok(store_delete_points(f->store, f->collection, &gone, 1, &sequence, &deleted, &err));
    assert_ok(
        store_get_document(f->store, f->collection, VIEW("document-003"), &f->arena, &d, &err));
    assert_int_equal(d.chunks, CHUNKS - 1);
    assert_ok(store_check(f->store, &err));
    put_document(f, 3);
    assert_ok(
        store_get_document(f->store, f->collection, VIEW("document-003"), &f->arena, &d, &err));
    assert_int_equal(d.chunks, CHUNKS);
}

static void a_document_is_not_deleted_without_all_of_its_chunks(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t sequence = 0;
    put_document(f, 3);
    run_sql(f, "UPDATE documents SET chunks = chunks + 1");
    assert_status(KITH_ERR_CORRUPT, store_delete_document(f->store, f->collection,
                                                          VIEW("document-003"), &sequence, &err));
    assert_non_null(strstr(err.message, "document-003"));
    assert_int_equal(ask_sql(f, "SELECT count(*) FROM points"), CHUNKS);
}

/* With a source's number of documents damaged, or an index that does not lead to all of them. */
static void a_source_is_not_deleted_without_all_of_its_documents(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t sequence = 0;
    put_document(f, 3);
    run_sql(f, "UPDATE sources SET documents = documents + 1");
    assert_status(KITH_ERR_CORRUPT, store_delete_source(f->store, f->collection, VIEW(PATHS "-003"),
                                                        &sequence, &err));
    assert_non_null(strstr(err.message, PATHS "-003' should have 2 rows, 1 were found"));
    assert_int_equal(ask_sql(f, "SELECT count(*) FROM documents"), 1);
}

static void write_whole(const fixture *f, const unsigned char *bytes, size_t size)
{
    char path[PATH_BYTES];
    fixture_path(f, "-wal", path);
    (void)unlink(path);
    fixture_path(f, "-shm", path);
    (void)unlink(path);
    fixture_path(f, "", path);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* Deletes source `i`, and replaces it in another try: no document of its former content may be
 * left when the call says that it has succeeded. */
static void try_to_remove(fixture *f, int i, const unsigned char *bytes, size_t size)
{
    for (int replaces = 0; replaces < 2; replaces++) {
        char path[80], key[80];
        uint64_t sequence = 0;
        store_document d = {0};
        name_of(path, PATHS, i);
        name_of(key, "document", i);
        store_source source = {.path = view_of(path), .hash = VIEW("other"), .bytes = 2};
        write_whole(f, bytes, size);
        if (store_open(f->directory, &f->store, NULL) != KITH_OK) continue;
        kith_status status =
            replaces
                ? store_put_documents(f->store, f->collection, &source, NULL, 0, &sequence, NULL)
                : store_delete_source(f->store, f->collection, view_of(path), &sequence, NULL);
        if (status == KITH_OK) {
            status = store_get_document(f->store, f->collection, view_of(key), &f->arena, &d, NULL);
            if (status == KITH_OK) fail_msg("'%s' is left of source '%s'", key, path);
        }
        assert_int_equal(store_close(f->store, NULL), KITH_OK);
        f->store = NULL;
        arena_reset(&f->arena);
    }
}

static void a_damaged_index_leaves_no_document_of_a_deleted_source(void **state)
{
    enum { LEAF = 0x0a, INTERIOR = 0x02 };
    fixture *f = *state;
    char path[PATH_BYTES];
    int flips = 0;
    fill(f);
    fixture_close(f);
    fixture_path(f, "", path);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    size_t size = (size_t)ftell(file);
    unsigned char *bytes = malloc(size);
    assert_non_null(bytes);
    rewind(file);
    assert_int_equal(fread(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    for (size_t start = PAGE; start < size; start += PAGE) {
        if (bytes[start] != LEAF && bytes[start] != INTERIOR) continue;
        for (size_t at = start; at + sizeof PATHS + 3 <= start + PAGE; at++) {
            if (memcmp(bytes + at, PATHS "-", sizeof PATHS) != 0) continue;
            const unsigned char *digits = bytes + at + sizeof PATHS;
            int number = (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + digits[2] - '0';
            if (number % 6) continue; /* each index lists all */
            bytes[at + sizeof PATHS + 1] ^= 1;
            try_to_remove(f, number, bytes, size);
            bytes[at + sizeof PATHS + 1] ^= 1;
            flips++;
        }
    }
    free(bytes);
    assert_true(flips >= 3 * DOCUMENTS / 6);
}

static void a_source_counts_its_documents(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t sequence = 0;
    store_source source = {.path = VIEW("s"), .hash = VIEW("h"), .bytes = 1};
    store_document d[3] = {{.key = VIEW("a")}, {.key = VIEW("b")}, {.key = VIEW("c")}};
    for (int i = 0; i < 3; i++) {
        d[i].title = d[i].text = VIEW("text");
        d[i].metadata = VIEW("{}");
    }
    assert_ok(store_put_documents(f->store, f->collection, &source, d, 3, &sequence, &err));
    assert_int_equal(ask_sql(f, "SELECT documents FROM sources"), 3);
    assert_ok(store_delete_document(f->store, f->collection, VIEW("b"), &sequence, &err));
    assert_int_equal(ask_sql(f, "SELECT documents FROM sources"), 2);
    assert_ok(store_check(f->store, &err));
    assert_ok(store_put_documents(f->store, f->collection, &source, d, 1, &sequence, &err));
    assert_int_equal(ask_sql(f, "SELECT documents FROM sources"), 1);
    assert_ok(store_delete_document(f->store, f->collection, VIEW("a"), &sequence, &err));
    assert_int_equal(ask_sql(f, "SELECT count(*) FROM sources"), 0);
    assert_ok(store_check(f->store, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(a_flipped_bit_never_makes_an_answer_short),
        with_store(a_damaged_key_of_an_index_hides_no_row),
        with_store(a_document_that_loses_a_chunk_counts_one_less),
        with_store(a_document_is_not_deleted_without_all_of_its_chunks),
        with_store(a_source_counts_its_documents),
        with_store(a_source_is_not_deleted_without_all_of_its_documents),
        with_store(a_damaged_index_leaves_no_document_of_a_deleted_source),
    };
    return cmocka_run_group_tests(tests, use_memory_disk, NULL);
}
