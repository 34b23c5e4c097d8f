/* test_store_check.c - damage that no checksum shows: rows that are intact, but contradict others.
 * Each row is made from outside, with a checksum of its own over what it says. */
#include "fixture.h"

#include "store/checksum.h"

#include <inttypes.h>

static void assert_found(const fixture *f, const char *named)
{
    kith_error err = {0};
    assert_status(KITH_ERR_CORRUPT, store_check(f->store, &err));
    if (!strstr(err.message, named)) fail_msg("'%s' does not say '%s'", err.message, named);
}

static void insert_tombstone(const fixture *f, uint64_t collection, uint64_t sequence, uint64_t row)
{
    char sql[256];
    uint64_t numbers[] = {collection, sequence, row};
    uint64_t sum = row_checksum(ROW_TOMBSTONE, numbers, 3, NULL, 0);
    (void)snprintf(sql, sizeof sql,
                   "INSERT INTO tombstones VALUES (%" PRIu64 ", %" PRIu64 ", %" PRIu64 ", %" PRId64
                   ")",
                   collection, sequence, row, (int64_t)sum);
    run_sql(f, sql);
}

/* A point of the fixture's collection and of change 1. `document` may be NULL. */
static void insert_point(const fixture *f, uint64_t row, const char *document, size_t floats)
{
    char sql[512];
    const char *hex = "0000803F0000004000004040000080400000A040"; /* 1 to 5 */
    uint64_t numbers[] = {row, f->collection, 1};
    float values[] = {1, 2, 3, 4, 5};
    view texts[] = {VIEW("made"),
                    document ? view_of(document) : (view){NULL, 0},
                    {NULL, 0},
                    {NULL, 0},
                    {(const char *)values, floats * sizeof(float)}};
    uint64_t sum = row_checksum(ROW_POINT, numbers, 3, texts, 5);
    (void)snprintf(sql, sizeof sql,
                   "INSERT INTO points (row, collection, sequence, checksum, key, document, vector)"
                   " VALUES (%" PRIu64 ", %" PRIu64 ", 1, %" PRId64 ", 'made', %s%s%s, x'%.*s')",
                   row, f->collection, (int64_t)sum, document ? "'" : "",
                   document ? document : "NULL", document ? "'" : "", (int)floats * 8, hex);
    run_sql(f, sql);
}

static void a_row_that_is_newer_than_its_collection_is_found(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    (void)add_point(f, "a", 1);
    insert_tombstone(f, f->collection, 1, 77);
    assert_ok(store_check(f->store, &err));
    insert_tombstone(f, f->collection, 2, 78);
    assert_found(f, "tombstones: a row is newer than its collection 'c'");
}

static void a_row_of_no_collection_is_found(void **state)
{
    fixture *f = *state;
    insert_tombstone(f, 9, 0, 77);
    assert_found(f, "tombstones: a row belongs to collection 9, which does not exist");
}

static void a_row_too_many_is_found_by_the_count(void **state)
{
    fixture *f = *state;
    (void)add_point(f, "a", 1);
    insert_point(f, 50, NULL, DIM);
    assert_found(f, "'c' counts 0 documents and 1 points, found are 0 and 2");
}

static void a_vector_of_another_length_is_found(void **state)
{
    fixture *f = *state;
    (void)add_point(f, "a", 1);
    run_sql(f, "DELETE FROM points");
    insert_point(f, 50, NULL, DIM + 1);
    assert_found(f, "points: row 50 ('made') has a vector of 20 bytes");
}

static void a_chunk_without_its_document_is_found(void **state)
{
    fixture *f = *state;
    (void)add_point(f, "a", 1);
    run_sql(f, "DELETE FROM points");
    insert_point(f, 50, "nowhere", DIM);
    assert_found(f, "points: the document of 'made' does not exist");
}

/* Its rows go from below upwards: chunks, then documents, then sources. */
static void what_is_left_of_a_dropped_collection_is_no_damage(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t sequence = 0;
    float vector[DIM] = {1, 2, 3, 4};
    store_point chunk = point_of("d#1", "text", vector);
    store_source source = {.path = VIEW("s"), .hash = VIEW("h"), .bytes = 1};
    store_document d = {.key = VIEW("d"),
                        .title = VIEW("t"),
                        .metadata = VIEW("{}"),
                        .text = VIEW("text"),
                        .points = &chunk,
                        .point_count = 1};
    assert_ok(store_put_documents(f->store, f->collection, &source, &d, 1, &sequence, &err));
    assert_ok(store_collection_drop(f->store, f->collection, &err));
    run_sql(f, "DELETE FROM points");
    assert_ok(store_check(f->store, &err));
    run_sql(f, "DELETE FROM documents");
    assert_ok(store_check(f->store, &err));
}

static void an_answer_of_an_earlier_state_is_found(void **state)
{
    char sql[256];
    fixture *f = *state;
    (void)add_point(f, "a", 1);
    (void)add_point(f, "b", 1);
    uint64_t numbers[] = {f->collection, 1, 10, 0, 0};
    view texts[] = {VIEW("k"), VIEW("text")};
    uint64_t sum = row_checksum(ROW_ANSWER, numbers, 5, texts, 2);
    (void)snprintf(sql, sizeof sql,
                   "INSERT INTO answers (collection, key, sequence, created_ms, used_ms, bytes,"
                   " checksum, answer) VALUES (%" PRIu64 ", 'k', 1, 0, 0, 10, %" PRId64 ", 'text')",
                   f->collection, (int64_t)sum);
    run_sql(f, sql);
    assert_found(f, "answers: one is left from a former state of collection 'c'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(a_row_that_is_newer_than_its_collection_is_found),
        with_store(a_row_of_no_collection_is_found),
        with_store(a_row_too_many_is_found_by_the_count),
        with_store(a_vector_of_another_length_is_found),
        with_store(a_chunk_without_its_document_is_found),
        with_store(what_is_left_of_a_dropped_collection_is_no_damage),
        with_store(an_answer_of_an_earlier_state_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
