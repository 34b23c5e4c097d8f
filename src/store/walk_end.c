/* walk_end.c - what a reader was given is held against what the catalog counts.
 *
 * Rows have checksums, the pages of SQLite's B-trees have none. Damage in one can cut a branch off,
 * and every query that goes through it then gives fewer rows, without an error. So the catalog
 * counts: a collection its documents and points, a source its documents, a document its chunks. A
 * reader that has walked to the end compares, in the snapshot that it has read; so does whoever
 * deletes, since rows that it missed would belong to nobody. Where nothing is counted (sources,
 * notes of files) the rows are counted by another B-tree than the one that lists them.
 *
 * A page of a longer walk cannot be judged by itself: it is full though rows are missing before it.
 * It is the last page, shorter than its limit, that ends the walk, and whoever asked for all pages
 * has asked for that one. There the index that the pages were read by is counted once, which costs
 * a walk less than a tenth of what its rows have cost; no other page pays anything. A walk in one
 * page compares what it has met.
 *
 * A key that is not found ends a search, too. A B-tree's search goes left or right by the keys that it
 * meets, and a damaged key can send it the wrong way; every later comparison is then with sound
 * keys that all lie on one side of the one wanted. So it ends beside the damaged entry: it is one of
 * the two between which the missing key would lie. Three things can be wrong with it. Its key, or
 * its collection, is not that of its row. Or it stands in the place of another entry, since a
 * pointer within the page was damaged, and agrees with its row: then it is out of order with the
 * entry behind it, on the side away from the missing key. Or its collection became NULL, which no
 * comparison finds: then nothing is found on that side although the index begins further down. All
 * three are looked for after a miss, and where a page of a list by key begins: that is found by such
 * a search, and a wrong one would pass over rows that the count at the end does not miss. After a
 * miss of a source its documents are looked for instead, which another B-tree has: a source that
 * does not exist should have none. */
#include "store/store_internal.h"

#include <inttypes.h>

kith_status fail_missing_rows(kith_error *err, const char *what, view name, uint64_t expected,
                              uint64_t found)
{
    return fail(err, KITH_ERR_CORRUPT,
                "kith.db: %s '%.*s' should have %" PRIu64 " rows, %" PRIu64
                " were found ('kith check' verifies everything)",
                what, VIEW_ARG(name), expected, found);
}

kith_status rows_count(connection *c, statement_id id, uint64_t collection, uint64_t *out,
                       kith_error *err)
{
    query q = query_begin(c, id);
    query_bind_u64(&q, collection);
    uint64_t count = query_next(&q) ? query_u64(&q, 0) : 0;
    kith_status status = query_end(&q, KITH_OK, err);
    if (status == KITH_OK) *out = count;
    return status;
}

kith_status points_walk_ended(connection *c, const store_collection *collection,
                              const uint64_t *found, kith_error *err)
{
    uint64_t count = found ? *found : 0;
    kith_status status = found ? KITH_OK : rows_count(c, POINT_COUNT, collection->id, &count, err);
    if (status != KITH_OK || count == collection->points) return status;
    return fail_missing_rows(err, "points: collection", collection->name, collection->points,
                             count);
}

/* `listed`, begun, counts the rows by the B-tree that lists them; NULL: the walk met `met`. */
static kith_status compare_rows(query *listed, uint64_t met, const store_collection *collection,
                                const char *what, uint64_t expected, kith_error *err)
{
    kith_status status = KITH_OK;
    if (listed) {
        met = query_next(listed) ? query_u64(listed, 0) : 0;
        status = query_end(listed, KITH_OK, err);
    }
    if (status != KITH_OK || met == expected) return status;
    return fail_missing_rows(err, what, collection->name, expected, met);
}

kith_status documents_walk_ended(connection *c, const store_collection *collection,
                                 const uint32_t *found, kith_error *err)
{
    query q = {0};
    if (!found) q = query_begin_in(c, DOCUMENT_COUNT, collection->id, VIEW(""));
    return compare_rows(found ? NULL : &q, found ? *found : 0, collection, "documents: collection",
                        collection->documents, err);
}

const path_walk source_walk = {"sources: collection", SOURCE_COUNT, SOURCE_COUNT_LISTED};
const path_walk file_walk = {"files: collection", FILE_COUNT, FILE_COUNT_LISTED};

kith_status paths_walk_ended(connection *c, const store_collection *collection,
                             const path_walk *walk, const uint32_t *found, kith_error *err)
{
    query q = {0};
    uint64_t expected = 0;
    kith_status status = rows_count(c, walk->counted, collection->id, &expected, err);
    if (status != KITH_OK) return status;
    if (!found) q = query_begin_at(c, walk->listed, collection->id, VIEW(""));
    return compare_rows(found ? NULL : &q, found ? *found : 0, collection, walk->what, expected,
                        err);
}

/* Where a search by a key looks, and what its rows are called in messages. */
typedef struct neighborhood {
    const char *what;
    statement_id before, after, first, own;
    bool is_path;
} neighborhood;

static const neighborhood of_points = {"points",    POINT_BEFORE, POINT_AFTER,
                                       POINT_FIRST, POINT_KEY,    false};
static const neighborhood of_documents = {"documents",    DOCUMENT_BEFORE, DOCUMENT_AFTER,
                                          DOCUMENT_FIRST, DOCUMENT_KEY,    false};
static const neighborhood of_sources = {"sources",    SOURCE_BEFORE, SOURCE_AFTER,
                                        SOURCE_FIRST, SOURCE_PATH,   true};
static const neighborhood of_files = {"files",    FILE_BEFORE, FILE_AFTER,
                                      FILE_FIRST, FILE_PATH,   true};

/* An entry of an index: its key has a collection and a text. */
typedef struct index_entry {
    uint64_t collection;
    view key;
} index_entry;

static int entry_compare(const index_entry *a, const index_entry *b)
{
    if (a->collection != b->collection) return a->collection < b->collection ? -1 : 1;
    return view_compare(a->key, b->key);
}

/* Reads the entry that `q` is at, and compares it with its row. */
static kith_status read_entry(connection *c, const neighborhood *n, const query *q, arena *a,
                              index_entry *out, kith_error *err)
{
    enum { ROW, COLLECTION, KEY };
    *out = (index_entry){query_u64(q, COLLECTION), arena_copy(a, query_view(q, KEY))};
    query row = query_begin(c, n->own);
    query_bind_u64(&row, query_u64(q, ROW));
    bool is_same = query_next(&row) && query_u64(&row, 0) == out->collection &&
                   view_equal(query_view(&row, 1), out->key);
    kith_status status = query_end(&row, KITH_OK, err);
    if (status != KITH_OK || is_same) return status;
    return fail(err, KITH_ERR_CORRUPT,
                "kith.db: %s: an index has the key '%.*s', which its row has not ('kith check' "
                "verifies everything)",
                n->what, VIEW_ARG(out->key));
}

static kith_status fail_order(const neighborhood *n, const index_entry *e, kith_error *err)
{
    return fail(err, KITH_ERR_CORRUPT,
                "kith.db: %s: the key '%.*s' is out of order in an index ('kith check' verifies "
                "everything)",
                n->what, VIEW_ARG(e->key));
}

/* Verifies up to two entries on one side of `missing`. */
static kith_status verify_side(connection *c, const neighborhood *n, bool is_after,
                               const index_entry *missing, arena *a, uint32_t *found,
                               kith_error *err)
{
    statement_id side = is_after ? n->after : n->before;
    query q = n->is_path ? query_begin_at(c, side, missing->collection, missing->key)
                         : query_begin_in(c, side, missing->collection, missing->key);
    kith_status status = KITH_OK;
    index_entry nearer = *missing, e;
    for (*found = 0; status == KITH_OK && query_next(&q); ++*found) {
        status = read_entry(c, n, &q, a, &e, err);
        if (status != KITH_OK) break;
        int order = entry_compare(&e, &nearer);
        if (is_after ? order <= 0 : order >= 0) status = fail_order(n, &e, err);
        nearer = e;
    }
    return query_end(&q, status, err);
}

/* Where nothing lies before `missing`, nothing does in the whole index. */
static kith_status verify_first(connection *c, const neighborhood *n, const index_entry *missing,
                                arena *a, kith_error *err)
{
    query q = query_begin(c, n->first);
    kith_status status = KITH_OK;
    index_entry e;
    if (query_next(&q)) {
        status = read_entry(c, n, &q, a, &e, err);
        if (status == KITH_OK && entry_compare(&e, missing) < 0) status = fail_order(n, &e, err);
    }
    return query_end(&q, status, err);
}

static kith_status verify_search(connection *c, const neighborhood *n, uint64_t collection,
                                 view key, kith_error *err)
{
    arena memory;
    arena_init(&memory, 0);
    const index_entry missing = {collection, key};
    uint32_t before = 0, after = 0;
    kith_status status = verify_side(c, n, false, &missing, &memory, &before, err);
    if (status == KITH_OK) status = verify_side(c, n, true, &missing, &memory, &after, err);
    if (status == KITH_OK && before == 0) status = verify_first(c, n, &missing, &memory, err);
    arena_done(&memory);
    return status;
}

kith_status point_verify_miss(connection *c, uint64_t collection, view key, kith_error *err)
{
    return verify_search(c, &of_points, collection, key, err);
}

kith_status document_verify_miss(connection *c, uint64_t collection, view key, kith_error *err)
{
    return verify_search(c, &of_documents, collection, key, err);
}

kith_status source_verify_begin(connection *c, uint64_t collection, view after, kith_error *err)
{
    return after.size ? verify_search(c, &of_sources, collection, after, err) : KITH_OK;
}

kith_status file_verify_begin(connection *c, uint64_t collection, view after, kith_error *err)
{
    return after.size ? verify_search(c, &of_files, collection, after, err) : KITH_OK;
}

kith_status document_verify_begin(connection *c, uint64_t collection, view after, kith_error *err)
{
    return after.size ? verify_search(c, &of_documents, collection, after, err) : KITH_OK;
}
