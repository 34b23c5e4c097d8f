/* check.c - verifies the whole catalog, in one snapshot, while others write.
 *
 * In this order, since each step relies on the one before: SQLite's own structure (indexes agree
 * with tables, no page is used twice); the rows of tenants, databases and collections, with a row
 * of settings for each collection; every row's checksum, that its collection exists, and that no
 * sequence is above its collection's (sequence.c); the length of each vector; that a cached answer
 * has exactly its collection's sequence; that a conversation has the turns that it counts; that a
 * collection has the documents and points that it counts; that the document of a chunk and the
 * source of a document exist; and that no row has a number that was not given yet (numbers.c). Of a
 * dropped collection that is not yet deleted only the checksums and references are verified.
 *
 * Not verified, but kept by the functions that write: that no row number is in `points` and in
 * `tombstones` at once (point_delete() moves it, and row numbers never come twice), that two
 * changes never share a sequence (change_begin()), and that a source with a hash has all that its
 * file yielded (deletion.c). */
#include "store/store_internal.h"

#include <inttypes.h>

/* The collections as their rows describe them, and the rows that the tables were found to hold. */
typedef struct audit {
    connection *connection;
    const store_collection *collections; /* [count] */
    uint32_t count;
    const uint64_t *dropped; /* [dropped_count] collections of which rows may be left */
    uint32_t dropped_count;
    uint32_t last_found;          /* where to look first: rows of one collection often follow */
    uint64_t *documents, *points; /* [count + 1] rows found so far */
} audit;

/* Index of the collection with this number; audit.count when there is none. */
static uint32_t find_collection(audit *a, uint64_t id)
{
    if (a->last_found < a->count && a->collections[a->last_found].id == id) return a->last_found;
    for (uint32_t i = 0; i < a->count; i++)
        if (a->collections[i].id == id) return a->last_found = i;
    return a->count;
}

static bool is_dropped(const audit *a, uint64_t id)
{
    for (uint32_t i = 0; i < a->dropped_count; i++)
        if (a->dropped[i] == id) return true;
    return false;
}

/* The row's collection exists and has committed the change that the row carries; or it was dropped,
 * and *index is a->count. *index is set even when it fails. */
static kith_status check_place(audit *a, const char *table, uint64_t collection, uint64_t sequence,
                               uint32_t *index, kith_error *err)
{
    *index = find_collection(a, collection);
    if (*index == a->count && is_dropped(a, collection)) return KITH_OK;
    if (*index == a->count)
        return fail(err, KITH_ERR_CORRUPT,
                    "kith.db: %s: a row belongs to collection %" PRIu64 ", which does not exist",
                    table, collection);
    if (sequence > a->collections[*index].sequence)
        return fail(err, KITH_ERR_CORRUPT, "kith.db: %s: a row is newer than its collection '%.*s'",
                    table, VIEW_ARG(a->collections[*index].name));
    return KITH_OK;
}

static kith_status check_structure(connection *c, kith_error *err)
{
    kith_status status = KITH_OK;
    query q = query_begin(c, INTEGRITY);
    if (query_next(&q)) {
        view verdict = query_view(&q, 0);
        if (!view_equal(verdict, VIEW("ok")))
            status = fail(err, KITH_ERR_CORRUPT, "kith.db: %.*s", VIEW_ARG(verdict));
    }
    return query_end(&q, status, err);
}

static kith_status check_sources(audit *a, kith_error *err)
{
    kith_status status = KITH_OK;
    query q = query_begin(a->connection, SOURCE_ALL);
    while (status == KITH_OK && query_next(&q)) {
        source_row row = {0};
        uint32_t index = 0;
        status = source_read(&q, &row, err);
        if (status == KITH_OK)
            status = check_place(a, "sources", row.collection, row.sequence, &index, err);
    }
    return query_end(&q, status, err);
}

static kith_status check_documents(audit *a, kith_error *err)
{
    kith_status status = KITH_OK;
    query q = query_begin(a->connection, DOCUMENT_ALL);
    while (status == KITH_OK && query_next(&q)) {
        document_row row = {0};
        uint32_t index = 0;
        status = document_read(&q, true, &row, err);
        if (status == KITH_OK)
            status = check_place(a, "documents", row.collection, row.sequence, &index, err);
        if (status == KITH_OK) a->documents[index]++;
    }
    return query_end(&q, status, err);
}

static kith_status check_points(audit *a, kith_error *err)
{
    kith_status status = KITH_OK;
    query q = query_begin(a->connection, POINT_ALL);
    while (status == KITH_OK && query_next(&q)) {
        point_row row = {0};
        uint32_t index = 0;
        status = point_read(&q, &row, err);
        if (status == KITH_OK)
            status = check_place(a, "points", row.collection, row.sequence, &index, err);
        if (status != KITH_OK) break;
        a->points[index]++;
        if (index < a->count && row.vector.size != a->collections[index].dim * sizeof(float))
            status = fail(err, KITH_ERR_CORRUPT,
                          "kith.db: points: row %" PRIu64 " ('%.*s') has a vector of %zu bytes",
                          row.row, VIEW_ARG(row.key), row.vector.size);
    }
    return query_end(&q, status, err);
}

static kith_status check_tombstones(audit *a, kith_error *err)
{
    kith_status status = KITH_OK;
    query q = query_begin(a->connection, TOMBSTONE_ALL);
    while (status == KITH_OK && query_next(&q)) {
        tombstone_row row = {0};
        uint32_t index = 0;
        status = tombstone_read(&q, &row, err);
        if (status == KITH_OK)
            status = check_place(a, "tombstones", row.collection, row.sequence, &index, err);
    }
    return query_end(&q, status, err);
}

static kith_status check_answers(audit *a, kith_error *err)
{
    kith_status status = KITH_OK;
    query q = query_begin(a->connection, ANSWER_ALL);
    while (status == KITH_OK && query_next(&q)) {
        answer_row row = {0};
        uint32_t index = 0;
        status = answer_read(&q, &row, err);
        if (status == KITH_OK)
            status = check_place(a, "answers", row.collection, row.sequence, &index, err);
        if (status == KITH_OK && index < a->count && row.sequence != a->collections[index].sequence)
            status = fail(err, KITH_ERR_CORRUPT,
                          "kith.db: answers: one is left from a former state of collection '%.*s'",
                          VIEW_ARG(a->collections[index].name));
    }
    return query_end(&q, status, err);
}

static kith_status check_files(audit *a, kith_error *err)
{
    kith_status status = KITH_OK;
    query q = query_begin(a->connection, FILE_ALL);
    while (status == KITH_OK && query_next(&q)) {
        store_file file = {0};
        uint64_t collection = 0;
        uint32_t index = 0;
        status = file_read_row(&q, &collection, &file, err);
        if (status == KITH_OK) status = check_place(a, "files", collection, 0, &index, err);
    }
    return query_end(&q, status, err);
}

static kith_status check_counts(const audit *a, kith_error *err)
{
    for (uint32_t i = 0; i < a->count; i++) {
        const store_collection *c = &a->collections[i];
        if (c->documents != a->documents[i] || c->points != a->points[i])
            return fail(err, KITH_ERR_CORRUPT,
                        "kith.db: collections: '%.*s' counts %" PRIu64 " documents and %" PRIu64
                        " points, found are %" PRIu64 " and %" PRIu64,
                        VIEW_ARG(c->name), c->documents, c->points, a->documents[i], a->points[i]);
    }
    return KITH_OK;
}

static kith_status check_reference(connection *c, statement_id strays, const char *what,
                                   kith_error *err)
{
    kith_status status = KITH_OK;
    query q = query_begin(c, strays);
    if (query_next(&q)) {
        view key = query_view(&q, 0);
        status = fail(err, KITH_ERR_CORRUPT, "kith.db: %s of '%.*s' does not exist", what,
                      VIEW_ARG(key));
    }
    return query_end(&q, status, err);
}

static kith_status check_all(connection *c, arena *a, kith_error *err)
{
    audit found = {.connection = c};
    store_collection *collections = NULL;
    uint64_t *dropped = NULL;
    kith_status status = check_structure(c, err);
    if (status == KITH_OK) status = collection_list_all(c, a, &collections, &found.count, err);
    if (status == KITH_OK) status = dropped_list(c, a, &dropped, &found.dropped_count, err);
    if (status != KITH_OK) return status;
    status = databases_check(c, a, err);
    if (status == KITH_OK) status = settings_check(c, found.count, err);
    if (status != KITH_OK) return status;
    found.collections = collections;
    found.dropped = dropped;
    found.documents = arena_new_array(a, uint64_t, (size_t)found.count + 1);
    found.points = arena_new_array(a, uint64_t, (size_t)found.count + 1);
    if (!found.documents || !found.points) return fail_no_room(err);
    status = check_sources(&found, err);
    if (status == KITH_OK) status = check_documents(&found, err);
    if (status == KITH_OK) status = check_points(&found, err);
    if (status == KITH_OK) status = check_tombstones(&found, err);
    if (status == KITH_OK) status = check_answers(&found, err);
    if (status == KITH_OK) status = check_files(&found, err);
    store_counter *counters = NULL;
    uint32_t counter_count = 0;
    if (status == KITH_OK) status = counters_list(c, a, &counters, &counter_count, err);
    if (status == KITH_OK) status = conversations_check(c, a, err);
    if (status == KITH_OK) status = check_counts(&found, err);
    if (status == KITH_OK)
        status = check_reference(c, CHUNK_WITHOUT_DOCUMENT, "points: the document", err);
    if (status == KITH_OK)
        status = check_reference(c, DOCUMENT_WITHOUT_SOURCE, "documents: the source", err);
    return status == KITH_OK ? numbers_check(c, err) : status;
}

kith_status store_check(store *s, kith_error *err)
{
    connection *c = NULL;
    arena a;
    arena_init(&a, 0);
    kith_status status = readers_acquire(s->readers, &c, err);
    if (status == KITH_OK) {
        status = check_all(c, &a, err);
        readers_release(s->readers, c);
    }
    arena_done(&a);
    return status;
}
