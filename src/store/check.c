/* check.c - verifies the whole catalog, in one snapshot, while others write.
 *
 * In this order: SQLite's own structure (indexes agree with tables, no page is used twice); the rows
 * of tenants, databases and collections, with a row of settings for each collection; every row's
 * checksum, that its collection exists, and that no sequence is above its collection's (sequence.c);
 * the length of each vector; that those that wait for one are in the index of them; that a document has the chunks that it counts, and a source the
 * documents; that a cached answer has exactly its collection's sequence; that a conversation has the
 * turns that it counts; that a collection has the documents and points that it counts; that the
 * document of a chunk and the source of a document exist; and that no row has a number that was not
 * given yet (numbers.c). Of a dropped collection that is not yet deleted only the checksums and
 * references are verified.
 *
 * Damage does not end the walk: it is reported, and the next row, or where a table cannot be walked
 * any further the next table, is verified all the same. So one finding may cause others: a table
 * that ends early also has too few rows for its collection's count.
 *
 * Not verified, but kept by the functions that write: that no row number is in `points` and in
 * `tombstones` at once (point_delete() moves it, and row numbers never come twice), that two
 * changes never share a sequence (change_begin()), and that a source with a hash has all that its
 * file yielded (deletion.c). */
#include "store/integrity.h"
#include "store/store_internal.h"

#include <inttypes.h>

enum { PROGRESS_EVERY_ROWS = 256 };

static const char advice_restore[] = "restore a backup with 'kith restore'";
static const char advice_point[] =
    "put the point again or delete it, or restore a backup with 'kith restore'";
static const char advice_file[] = "add the file again, or restore a backup with 'kith restore'";
static const char advice_nothing[] = "nothing is lost: it is only counted or kept for speed";

/* The collections as their rows describe them, and the rows that the tables were found to hold. */
typedef struct audit {
    connection *connection;
    const store_check_visitor *visitor;
    store_verified *verified;
    uint64_t rows_expected;              /* an estimate, for the progress */
    const store_collection *collections; /* [count] */
    uint32_t count;
    const uint64_t *dropped; /* [dropped_count] collections of which rows may be left */
    uint32_t dropped_count;
    uint32_t last_found;          /* where to look first: rows of one collection often follow */
    uint64_t *documents, *points; /* [count + 1] rows found so far */
    uint64_t *waiting;            /* [count + 1] of the points those that wait for their vector */
} audit;

static void report(const audit *a, const kith_error *err, const char *advice)
{
    const store_finding finding = {.is_damage = true, .what = err->message, .advice = advice};
    a->visitor->on_finding(a->visitor->context, &finding);
}

/* Reports damage and goes on; any other failure ends the check. */
static kith_status pass_damage(const audit *a, kith_status status, const kith_error *why,
                               const char *advice, kith_error *err)
{
    if (status == KITH_OK) return KITH_OK;
    if (status == KITH_ERR_CORRUPT) {
        report(a, why, advice);
        return KITH_OK;
    }
    if (err) *err = *why;
    return status;
}

static kith_status show_progress(const audit *a, const char *step, kith_error *err)
{
    const store_check_visitor *v = a->visitor;
    if (!v->on_progress || v->on_progress(v->context, step, a->verified->rows, a->rows_expected))
        return KITH_OK;
    return fail(err, KITH_ERR_CANCELLED, "the check was cancelled");
}

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

/* Reports a count that disagrees with what is found. Such a file is not replaced by adding it again,
 * which would leave rows behind. */
static kith_status pass_count(const audit *a, kith_status status, const kith_error *why)
{
    if (status == KITH_ERR_CORRUPT) report(a, why, advice_restore);
    return status == KITH_ERR_CORRUPT ? KITH_OK : status;
}

/* ---- the tables, row by row ---- */

static kith_status check_source(audit *a, const query *q, kith_error *err)
{
    source_row row = {0};
    uint32_t index = 0;
    kith_status status = source_read(q, &row, err);
    if (status == KITH_OK)
        status = check_place(a, "sources", row.collection, row.sequence, &index, err);
    if (status != KITH_OK || index == a->count) return status;
    return pass_count(a, source_check_documents(q, &row, err), err);
}

static kith_status check_document(audit *a, const query *q, kith_error *err)
{
    document_row row = {0};
    uint32_t index = 0;
    a->verified->documents++;
    a->documents[find_collection(a, query_u64(q, 0))]++;
    kith_status status = document_read(q, true, &row, err);
    if (status == KITH_OK)
        status = check_place(a, "documents", row.collection, row.sequence, &index, err);
    if (status != KITH_OK || index == a->count) return status;
    return pass_count(a, document_check_chunks(&row, err), err);
}

static kith_status check_point(audit *a, const query *q, kith_error *err)
{
    point_row row = {0};
    uint32_t index = 0;
    kith_status status = point_read(q, &row, err);
    a->verified->points++;
    a->points[find_collection(a, row.collection)]++;
    if (status == KITH_OK)
        status = check_place(a, "points", row.collection, row.sequence, &index, err);
    if (status == KITH_OK && index < a->count && row.is_waiting) a->waiting[index]++;
    if (status == KITH_OK && index < a->count &&
        row.vector.size != (row.is_waiting ? 0 : a->collections[index].dim * sizeof(float)))
        status = fail(err, KITH_ERR_CORRUPT,
                      "kith.db: points: row %" PRIu64 " ('%.*s') has a vector of %zu bytes",
                      row.row, VIEW_ARG(row.key), row.vector.size);
    return status;
}

static kith_status check_tombstone(audit *a, const query *q, kith_error *err)
{
    tombstone_row row = {0};
    uint32_t index = 0;
    kith_status status = tombstone_read(q, &row, err);
    if (status != KITH_OK) return status;
    return check_place(a, "tombstones", row.collection, row.sequence, &index, err);
}

static kith_status check_answer(audit *a, const query *q, kith_error *err)
{
    answer_row row = {0};
    uint32_t index = 0;
    kith_status status = answer_read(q, &row, err);
    if (status == KITH_OK)
        status = check_place(a, "answers", row.collection, row.sequence, &index, err);
    if (status == KITH_OK && index < a->count && row.sequence != a->collections[index].sequence)
        status = fail(err, KITH_ERR_CORRUPT,
                      "kith.db: answers: one is left from a former state of collection '%.*s'",
                      VIEW_ARG(a->collections[index].name));
    return status;
}

static kith_status check_file(audit *a, const query *q, kith_error *err)
{
    store_file file = {0};
    uint64_t collection = 0;
    uint32_t index = 0;
    kith_status status = file_read_row(q, &collection, &file, err);
    return status == KITH_OK ? check_place(a, "files", collection, 0, &index, err) : status;
}

static const struct table {
    const char *name;
    statement_id all;
    kith_status (*check)(audit *a, const query *q, kith_error *err);
    const char *advice;
} tables[] = {
    {"sources", SOURCE_ALL, check_source, advice_file},
    {"points", POINT_ALL, check_point, advice_point},
    {"documents", DOCUMENT_ALL, check_document, advice_file},
    {"tombstones", TOMBSTONE_ALL, check_tombstone, advice_restore},
    {"answers", ANSWER_ALL, check_answer, advice_nothing},
    {"files", FILE_ALL, check_file, advice_file},
};

static kith_status check_table(audit *a, const struct table *t, kith_error *err)
{
    kith_status status = show_progress(a, t->name, err);
    kith_error why = {0};
    query q = query_begin(a->connection, t->all);
    for (uint64_t n = 1; status == KITH_OK && query_next(&q); n++) {
        status = pass_damage(a, t->check(a, &q, &why), &why, t->advice, err);
        a->verified->rows++;
        if (status == KITH_OK && n % PROGRESS_EVERY_ROWS == 0)
            status = show_progress(a, t->name, err);
    }
    kith_status ended = query_end(&q, KITH_OK, &why);
    return status == KITH_OK ? pass_damage(a, ended, &why, advice_restore, err) : status;
}

/* ---- what no row shows by itself ---- */

static kith_status check_structure(const audit *a, kith_error *err)
{
    kith_status status = show_progress(a, "structure", err);
    kith_error why = {0};
    if (status != KITH_OK) return status;
    query q = query_begin(a->connection, INTEGRITY);
    while (query_next(&q)) {
        view verdict = query_view(&q, 0);
        if (view_equal(verdict, VIEW("ok"))) continue;
        (void)fail(&why, KITH_ERR_CORRUPT, "kith.db: %.*s", VIEW_ARG(verdict));
        report(a, &why, advice_restore);
    }
    status = query_end(&q, KITH_OK, &why);
    return pass_damage(a, status, &why, advice_restore, err);
}

static void check_counts(const audit *a)
{
    kith_error why = {0};
    for (uint32_t i = 0; i < a->count; i++) {
        const store_collection *c = &a->collections[i];
        if (c->documents == a->documents[i] && c->points == a->points[i]) continue;
        (void)fail(&why, KITH_ERR_CORRUPT,
                   "kith.db: collections: '%.*s' counts %" PRIu64 " documents and %" PRIu64
                   " points, found are %" PRIu64 " and %" PRIu64,
                   VIEW_ARG(c->name), c->documents, c->points, a->documents[i], a->points[i]);
        report(a, &why, advice_restore);
    }
}

/* A waiting point that its index lacks would wait for ever. */
static kith_status check_waiting(const audit *a, kith_error *err)
{
    kith_error why = {0};
    kith_status status = KITH_OK;
    for (uint32_t i = 0; status == KITH_OK && i < a->count; i++) {
        uint64_t listed = 0;
        kith_status read = waiting_count(a->connection, a->collections[i].id, &listed, &why);
        if (read == KITH_OK && listed != a->waiting[i])
            read = fail(&why, KITH_ERR_CORRUPT,
                        "kith.db: points: %" PRIu64 " of '%.*s' wait for their vector, their "
                        "index has %" PRIu64,
                        a->waiting[i], VIEW_ARG(a->collections[i].name), listed);
        status = pass_damage(a, read, &why, advice_restore, err);
    }
    return status;
}

static kith_status check_reference(const audit *a, statement_id strays, const char *what,
                                   kith_error *err)
{
    kith_error why = {0};
    query q = query_begin(a->connection, strays);
    while (query_next(&q)) {
        view key = query_view(&q, 0);
        (void)fail(&why, KITH_ERR_CORRUPT, "kith.db: %s of '%.*s' does not exist", what,
                   VIEW_ARG(key));
        report(a, &why, advice_restore);
    }
    kith_status status = query_end(&q, KITH_OK, &why);
    return pass_damage(a, status, &why, advice_restore, err);
}

/* Databases, and the settings of collections. */
static kith_status check_catalog(const audit *a, kith_error *err)
{
    kith_error why = {0};
    arena memory;
    arena_init(&memory, 0);
    kith_status status =
        pass_damage(a, databases_check(a->connection, &memory, &why), &why, advice_restore, err);
    if (status == KITH_OK)
        status = pass_damage(a, settings_check(a->connection, a->count, &why), &why, advice_restore,
                             err);
    if (status == KITH_OK)
        status = pass_damage(a, reembeddings_check(a->connection, &why), &why, advice_restore, err);
    if (status == KITH_OK)
        status = pass_damage(a, model_places_check(a->connection, &why), &why,
                             "name the model with --model-dir", err);
    arena_done(&memory);
    return status;
}

/* Counters, conversations and keys belong to no collection. */
static kith_status check_others(const audit *a, kith_error *err)
{
    store_counter *counters = NULL;
    uint32_t count = 0;
    kith_error why = {0};
    arena memory;
    arena_init(&memory, 0);
    view damaged = {NULL, 0};
    kith_status status = counters_list(a->connection, &memory, &counters, &count, &damaged, &why);
    if (status == KITH_OK && damaged.data)
        status = fail(&why, KITH_ERR_CORRUPT, "kith.db: counters: row '%.*s' fails its checksum",
                      VIEW_ARG(damaged));
    status = pass_damage(a, status, &why, advice_nothing, err);
    if (status == KITH_OK) {
        status = conversations_check(a->connection, &memory, &why);
        status =
            pass_damage(a, status, &why,
                        "delete the conversation, or restore a backup with 'kith restore'", err);
    }
    if (status == KITH_OK) {
        store_access_key *keys = NULL;
        status = access_keys_list(a->connection, &memory, &keys, &count, &why);
        status = pass_damage(a, status, &why, "delete the key and make another", err);
    }
    arena_done(&memory);
    return status;
}

/* Without the collections' rows nothing can be said of others; then *readable is false. */
static kith_status begin_audit(audit *a, arena *memory, bool *readable, kith_error *err)
{
    store_collection *collections = NULL;
    uint64_t *dropped = NULL;
    kith_error why = {0};
    connection *c = a->connection;
    kith_status status = collection_list_all(c, memory, &collections, &a->count, &why);
    if (status == KITH_OK) status = dropped_list(c, memory, &dropped, &a->dropped_count, &why);
    *readable = status == KITH_OK;
    if (status != KITH_OK) return pass_damage(a, status, &why, advice_restore, err);
    a->collections = collections;
    a->dropped = dropped;
    a->verified->collections = a->count;
    a->verified->rows = a->rows_expected = a->count;
    for (uint32_t i = 0; i < a->count; i++)
        a->rows_expected += collections[i].documents + collections[i].points;
    a->documents = arena_new_array(memory, uint64_t, (size_t)a->count + 1);
    a->points = arena_new_array(memory, uint64_t, (size_t)a->count + 1);
    a->waiting = arena_new_array(memory, uint64_t, (size_t)a->count + 1);
    return a->documents && a->points && a->waiting ? KITH_OK : fail_no_room(err);
}

static kith_status check_all(audit *a, arena *memory, kith_error *err)
{
    bool readable = false;
    kith_status status = check_structure(a, err);
    if (status == KITH_OK) status = begin_audit(a, memory, &readable, err);
    if (status != KITH_OK || !readable) return status;
    for (size_t i = 0; status == KITH_OK && i < sizeof tables / sizeof tables[0]; i++)
        status = check_table(a, &tables[i], err);
    if (status == KITH_OK) status = check_catalog(a, err);
    if (status == KITH_OK) status = check_others(a, err);
    if (status != KITH_OK) return status;
    check_counts(a);
    status = check_waiting(a, err);
    if (status == KITH_OK)
        status = check_reference(a, CHUNK_WITHOUT_DOCUMENT, "points: the document", err);
    if (status == KITH_OK)
        status = check_reference(a, DOCUMENT_WITHOUT_SOURCE, "documents: the source", err);
    kith_error why = {0};
    return status == KITH_OK
               ? pass_damage(a, numbers_check(a->connection, &why), &why, advice_restore, err)
               : status;
}

/* `c` is inside a read transaction. */
static kith_status verify(connection *c, const store_check_visitor *visitor, store_verified *out,
                          kith_error *err)
{
    store_verified verified = {0};
    audit a = {.connection = c, .visitor = visitor, .verified = &verified};
    arena memory;
    arena_init(&memory, 0);
    kith_status status = check_all(&a, &memory, err);
    arena_done(&memory);
    if (status == KITH_OK) *out = verified;
    return status;
}

kith_status store_verify(store *s, const store_check_visitor *visitor, store_verified *out,
                         kith_error *err)
{
    connection *c = NULL;
    kith_status status = readers_acquire(s->readers, &c, err);
    if (status != KITH_OK) return status;
    status = verify(c, visitor, out, err);
    readers_release(s->readers, c);
    return status;
}

kith_status store_verify_copy(const char *path, const store_check_visitor *visitor,
                              store_verified *out, kith_error *err)
{
    connection *c = NULL;
    kith_status status = connection_open(path, CONNECTION_BASE_READER, &c, err);
    if (status == KITH_OK) status = connection_execute(c, BEGIN_READING, err);
    if (status == KITH_OK) status = verify(c, visitor, out, err);
    if (status == KITH_OK) status = connection_execute(c, COMMIT, err);
    connection_close(c, false);
    return status;
}

static void keep_first(void *context, const store_finding *finding)
{
    kith_error *first = context;
    if (first->code == KITH_OK) (void)fail(first, KITH_ERR_CORRUPT, "%s", finding->what);
}

kith_status store_check(store *s, kith_error *err)
{
    kith_error first = {0};
    store_verified verified = {0};
    const store_check_visitor visitor = {.on_finding = keep_first, .context = &first};
    kith_status status = store_verify(s, &visitor, &verified, err);
    if (status != KITH_OK || first.code == KITH_OK) return status;
    if (err) *err = first;
    return KITH_ERR_CORRUPT;
}
