/* statements.c - the SQL of the store, table by table, a clause a line.
 * Parameters are written $1, $2 and appear in that order, which SQLite numbers as PostgreSQL does.
 * The code that reads a row has an enum of the columns in the order of the list here, so that the
 * two change together. What PostgreSQL would want otherwise: the section "SQLite's own", and
 * COLLATE "C" on the text columns. */
#include "store/statements.h"

/* With its tenant's name, and that row's number and checksum, so that both can be verified. */
#define DATABASE_COLUMNS                                                                           \
    "d.id, d.uuid, d.tenant, d.name, d.checksum, t.id, t.name, t.checksum "                        \
    "FROM databases d JOIN tenants t ON t.id = d.tenant"

#define COLLECTION_COLUMNS                                                                         \
    "id, database, uuid, name, metric, dim, model, sequence, documents, points, created_ms, "      \
    "checksum, writer, writer_since, index_memory, memory"

#define REEMBEDDING_COLUMNS "collection, image, base, checksum"

#define MODEL_COLUMNS "fingerprint, directory, checksum"

#define SETTINGS_COLUMNS "collection, metadata, configuration, checksum"

/* The last is the number of documents that the source should have. */
#define SOURCE_COLUMNS                                                                             \
    "collection, path, sequence, hash, bytes, modified_ns, checksum, documents, notices"

/* And, behind them, of those that it has. */
#define SOURCE_COLUMNS_COUNTED                                                                     \
    SOURCE_COLUMNS ", (SELECT count(*) FROM documents d "                                          \
                   "WHERE d.collection = sources.collection AND d.source = sources.path)"

/* The chunks that the document should have, and, last, those that it has. */
#define DOCUMENT_COLUMNS                                                                           \
    "d.collection, d.key, d.source, d.sequence, d.title, d.metadata, d.updated_ms, "               \
    "d.text_checksum, d.checksum, d.chunks, "                                                      \
    "(SELECT count(*) FROM points p WHERE p.collection = d.collection AND p.document = d.key)"

#define POINT_COLUMNS                                                                              \
    "row, collection, sequence, checksum, key, document, metadata, content, vector, promise, "     \
    "prefix, text"

#define TOMBSTONE_COLUMNS "collection, sequence, row, checksum"

#define ANSWER_COLUMNS "collection, key, sequence, created_ms, used_ms, bytes, checksum, answer"

#define FILE_COLUMNS                                                                               \
    "collection, path, state, status, reason, original, hash, bytes, modified_ns, checksum"

#define ACCESS_KEY_COLUMNS "name, hash, scope, tenant, database, collection, created_ms, checksum"

#define CONVERSATION_COLUMNS                                                                       \
    "id, database, collection, title, created_ms, updated_ms, turns, checksum"

#define TURN_COLUMNS "conversation, n, asked_ms, question, searched, checksum, answer"

/* Of an INSERT of several rows, the text before the rows. */
#define DOCUMENT_INSERT_TEXT                                                                       \
    "INSERT INTO documents (collection, key, source, sequence, title, metadata, updated_ms, "      \
    "text_checksum, checksum, chunks, text) VALUES "
#define POINT_INSERT_TEXT     "INSERT INTO points (" POINT_COLUMNS ") VALUES "
#define TOMBSTONE_INSERT_TEXT "INSERT INTO tombstones (" TOMBSTONE_COLUMNS ") VALUES "

static const struct {
    uint16_t rows, columns; /* to be appended; 0: the text is whole */
} value_rows[STATEMENT_COUNT] = {
    [DOCUMENT_INSERT] = {1, 11}, [DOCUMENT_INSERT_8] = {8, 11}, [DOCUMENT_INSERT_64] = {64, 11},
    [POINT_INSERT] = {1, 12},    [POINT_INSERT_8] = {8, 12},    [POINT_INSERT_64] = {64, 12},
    [TOMBSTONE_INSERT] = {1, 4}, [TOMBSTONE_INSERT_8] = {8, 4}, [TOMBSTONE_INSERT_64] = {64, 4},
};

static const char *const texts[STATEMENT_COUNT] = {
    /* ---- SQLite's own ---- */

    /* IMMEDIATE takes the write lock at once: a job never finds out halfway that it may not
     * write. */
    [BEGIN_WRITING] = "BEGIN IMMEDIATE",
    /* Deferred: the first query takes the snapshot. */
    [BEGIN_READING] = "BEGIN",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [JOB_BEGIN] = "SAVEPOINT job",
    [JOB_RELEASE] = "RELEASE job",
    [JOB_ROLL_BACK] = "ROLLBACK TO job",

    [SCHEMA_OBJECT_COUNT] = "SELECT count(*) FROM sqlite_master",
    [CATALOG_TABLE_COUNT] = "SELECT count(*) FROM sqlite_master "
                            "WHERE type = 'table' AND name = 'catalog'",
    [CATALOG_VERSION] = "SELECT version FROM catalog",
    [CATALOG_SET_VERSION] = "UPDATE catalog SET version = $1",
    [CATALOG_ID] = "SELECT id FROM catalog",
    [CATALOG_LOG] = "SELECT log, former_log FROM catalog",
    /* What stands to the right of = is the row as it was. */
    [CATALOG_MARK_LOG] = "UPDATE catalog SET former_log = log, log = $1",

    [INTEGRITY] = "PRAGMA integrity_check",

    /* Each counts over another B-tree than the one that lists the rows, but for points, where the
     * number to compare with is the collection's. */
    [POINT_COUNT] = "SELECT count(*) FROM points INDEXED BY points_by_row WHERE collection = $1",
    [SOURCE_COUNT] = "SELECT count(*) FROM sources INDEXED BY sources_by_hash "
                     "WHERE collection = $1",
    [FILE_COUNT] = "SELECT count(*) FROM files NOT INDEXED WHERE collection = $1",
    /* Each counts over the B-tree that lists the rows, which the second parameter, "", chooses. */
    [DOCUMENT_COUNT] = "SELECT count(*) FROM documents WHERE collection = $1 AND key > $2",
    [SOURCE_COUNT_LISTED] = "SELECT count(*) FROM sources WHERE collection = $1 AND path > $2",
    [FILE_COUNT_LISTED] = "SELECT count(*) FROM files WHERE collection = $1 AND path > $2",

    /* Entries of an index by key beside a place in it, and at its ends; and the row's own key. */
    [POINT_BEFORE] = "SELECT row, collection, key FROM points WHERE (collection, key) < ($1, $2) "
                     "ORDER BY collection DESC, key DESC LIMIT 2",
    [POINT_AFTER] = "SELECT row, collection, key FROM points WHERE (collection, key) > ($1, $2) "
                    "ORDER BY collection, key LIMIT 2",
    [POINT_FIRST] = "SELECT row, collection, key FROM points ORDER BY collection, key LIMIT 1",
    [POINT_KEY] = "SELECT collection, key FROM points WHERE row = $1",
    [DOCUMENT_BEFORE] =
        "SELECT rowid, collection, key FROM documents WHERE (collection, key) < ($1, $2) "
        "ORDER BY collection DESC, key DESC LIMIT 2",
    [DOCUMENT_AFTER] =
        "SELECT rowid, collection, key FROM documents WHERE (collection, key) > ($1, $2) "
        "ORDER BY collection, key LIMIT 2",
    [DOCUMENT_FIRST] =
        "SELECT rowid, collection, key FROM documents ORDER BY collection, key LIMIT 1",
    [DOCUMENT_KEY] = "SELECT collection, key FROM documents WHERE rowid = $1",
    [SOURCE_BEFORE] =
        "SELECT rowid, collection, path FROM sources WHERE (collection, path) < ($1, $2) "
        "ORDER BY collection DESC, path DESC LIMIT 2",
    [SOURCE_AFTER] =
        "SELECT rowid, collection, path FROM sources WHERE (collection, path) > ($1, $2) "
        "ORDER BY collection, path LIMIT 2",
    [SOURCE_FIRST] =
        "SELECT rowid, collection, path FROM sources ORDER BY collection, path LIMIT 1",
    [SOURCE_PATH] = "SELECT collection, path FROM sources WHERE rowid = $1",
    [FILE_BEFORE] = "SELECT rowid, collection, path FROM files WHERE (collection, path) < ($1, $2) "
                    "ORDER BY collection DESC, path DESC LIMIT 2",
    [FILE_AFTER] = "SELECT rowid, collection, path FROM files WHERE (collection, path) > ($1, $2) "
                   "ORDER BY collection, path LIMIT 2",
    [FILE_FIRST] = "SELECT rowid, collection, path FROM files ORDER BY collection, path LIMIT 1",
    [FILE_PATH] = "SELECT collection, path FROM files WHERE rowid = $1",

    /* ---- references that no statement may leave dangling ---- */

    [CHUNK_WITHOUT_DOCUMENT] = "SELECT p.key FROM points p "
                               "WHERE p.document IS NOT NULL AND NOT EXISTS "
                               "(SELECT 1 FROM documents d "
                               "WHERE d.collection = p.collection AND d.key = p.document)",
    [DOCUMENT_WITHOUT_SOURCE] = "SELECT d.key FROM documents d "
                                "WHERE d.source IS NOT NULL AND NOT EXISTS "
                                "(SELECT 1 FROM sources s "
                                "WHERE s.collection = d.collection AND s.path = d.source)",

    [NUMBER_TAKE] = "UPDATE numbers SET last = last + $1 WHERE name = $2 RETURNING last",
    /* Kinds of which a row has a higher number than was ever given. */
    [NUMBER_BEHIND] =
        "SELECT n.name FROM numbers n "
        "WHERE (n.name = 'points' AND n.last < (SELECT max(row) FROM points)) "
        "OR (n.name = 'collections' AND n.last < (SELECT max(id) FROM collections)) "
        "OR (n.name = 'databases' AND n.last < (SELECT max(id) FROM databases)) "
        "OR (n.name = 'tenants' AND n.last < (SELECT max(id) FROM tenants)) "
        "OR (n.name = 'conversations' AND n.last < (SELECT max(id) FROM conversations)) "
        "LIMIT 1",

    /* ---- tenants and databases ---- */

    [TENANT_INSERT] = "INSERT INTO tenants (id, name, checksum) VALUES ($1, $2, $3)",
    [TENANT_BY_NAME] = "SELECT id, name, checksum FROM tenants WHERE name = $1",
    [TENANT_LIST] = "SELECT id, name, checksum FROM tenants ORDER BY name LIMIT $1 OFFSET $2",
    [TENANT_DELETE] = "DELETE FROM tenants WHERE id = $1",

    [DATABASE_INSERT] = "INSERT INTO databases (id, uuid, tenant, name, checksum) "
                        "VALUES ($1, $2, $3, $4, $5)",
    [DATABASE_BY_ID] = "SELECT " DATABASE_COLUMNS " WHERE d.id = $1",
    [DATABASE_BY_NAME] = "SELECT " DATABASE_COLUMNS " WHERE t.name = $1 AND d.name = $2",
    [DATABASE_LIST] = "SELECT " DATABASE_COLUMNS " WHERE d.tenant = $1 "
                      "ORDER BY d.name LIMIT $2 OFFSET $3",
    [DATABASE_ALL] = "SELECT " DATABASE_COLUMNS " ORDER BY d.id",
    [DATABASE_COUNT] = "SELECT count(*) FROM databases",
    [DATABASE_DELETE] = "DELETE FROM databases WHERE id = $1",

    /* ---- collections ---- */

    [COLLECTION_INSERT] = "INSERT INTO collections (" COLLECTION_COLUMNS ") "
                          "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, "
                          "$13, $14, $15, $16)",
    [COLLECTION_REPLACE] = "UPDATE collections "
                           "SET dim = $1, model = $2, sequence = $3, documents = $4, points = $5, "
                           "checksum = $6, writer = $7, writer_since = $8 "
                           "WHERE id = $9",
    [COLLECTION_LIMIT_MEMORY] = "UPDATE collections SET index_memory = $1, memory = $2, "
                                "checksum = $3 WHERE id = $4",
    [COLLECTION_RENAME] = "UPDATE collections SET name = $1, checksum = $2 WHERE id = $3",
    [COLLECTION_IDENTIFY] = "UPDATE collections "
                            "SET uuid = $1, name = $2, created_ms = $3, checksum = $4 "
                            "WHERE id = $5",
    [COLLECTION_BY_ID] = "SELECT " COLLECTION_COLUMNS " FROM collections WHERE id = $1",
    [COLLECTION_BY_NAME] = "SELECT " COLLECTION_COLUMNS " FROM collections "
                           "WHERE database = $1 AND name = $2",
    [COLLECTION_BY_UUID] = "SELECT " COLLECTION_COLUMNS " FROM collections "
                           "WHERE database = $1 AND uuid = $2",
    [COLLECTION_LIST] = "SELECT " COLLECTION_COLUMNS " FROM collections "
                        "WHERE database = $1 AND substr(name, 1, 1) <> '.' "
                        "ORDER BY name LIMIT $2 OFFSET $3",
    [COLLECTION_OF_DATABASE] = "SELECT " COLLECTION_COLUMNS " FROM collections "
                               "WHERE database = $1 ORDER BY name LIMIT $2 OFFSET $3",
    [COLLECTION_ALL] = "SELECT " COLLECTION_COLUMNS " FROM collections ORDER BY id",
    [COLLECTION_COUNT] = "SELECT count(*) FROM collections "
                         "WHERE database = $1 AND substr(name, 1, 1) <> '.'",
    [COLLECTION_DELETE] = "DELETE FROM collections WHERE id = $1",

    [SETTINGS_PUT] = "INSERT INTO settings (" SETTINGS_COLUMNS ") VALUES ($1, $2, $3, $4) "
                     "ON CONFLICT (collection) DO UPDATE SET metadata = excluded.metadata, "
                     "configuration = excluded.configuration, checksum = excluded.checksum",
    [SETTINGS_GET] = "SELECT " SETTINGS_COLUMNS " FROM settings WHERE collection = $1",
    [SETTINGS_ALL] = "SELECT " SETTINGS_COLUMNS " FROM settings ORDER BY collection",
    [SETTINGS_DELETE] = "DELETE FROM settings WHERE collection = $1",

    /* ---- dropped collections ---- */

    [DROPPED_INSERT] = "INSERT INTO dropped (collection, checksum) VALUES ($1, $2)",
    [DROPPED_GET] = "SELECT collection FROM dropped WHERE collection = $1",
    [DROPPED_ALL] = "SELECT collection, checksum FROM dropped",
    [DROPPED_COUNT] = "SELECT count(*) FROM dropped",
    [DROPPED_DELETE] = "DELETE FROM dropped WHERE collection = $1",

    /* ---- collections that get other vectors, and their images ---- */

    [REEMBEDDING_PUT] = "INSERT INTO reembeddings (" REEMBEDDING_COLUMNS ") "
                        "VALUES ($1, $2, $3, $4) "
                        "ON CONFLICT (collection) DO UPDATE SET image = excluded.image, "
                        "base = excluded.base, checksum = excluded.checksum",
    [REEMBEDDING_GET] = "SELECT " REEMBEDDING_COLUMNS " FROM reembeddings WHERE collection = $1",
    [REEMBEDDING_ALL] = "SELECT " REEMBEDDING_COLUMNS " FROM reembeddings ORDER BY collection",
    [REEMBEDDING_DELETE] = "DELETE FROM reembeddings WHERE collection = $1 OR image = $1",
    [POINT_COUNT_CHANGED] = "SELECT count(*) FROM points WHERE collection = $1 AND sequence > $2",
    [POINT_ROWS_GONE] = "SELECT i.row FROM points i WHERE i.collection = $1 AND NOT EXISTS "
                        "(SELECT 1 FROM points o WHERE o.collection = $2 AND o.key = i.key) "
                        "AND i.row > $3 ORDER BY i.row",
    [DOCUMENT_CHANGED] = "SELECT " DOCUMENT_COLUMNS ", d.text FROM documents d "
                         "WHERE d.collection = $1 AND d.sequence > $2",
    [DOCUMENT_DELETE_GONE] = "DELETE FROM documents WHERE collection = $1 AND NOT EXISTS "
                             "(SELECT 1 FROM documents o "
                             "WHERE o.collection = $2 AND o.key = documents.key)",
    /* The number of chunks changes without a new sequence (documents.c). */
    [DOCUMENT_CHUNKS_ALIKE] = "UPDATE documents SET chunks = "
                              "(SELECT o.chunks FROM documents o "
                              "WHERE o.collection = $1 AND o.key = documents.key) "
                              "WHERE collection = $2 AND chunks <> "
                              "(SELECT o.chunks FROM documents o "
                              "WHERE o.collection = $1 AND o.key = documents.key)",
    [SOURCE_CHANGED] = "SELECT " SOURCE_COLUMNS " FROM sources "
                       "WHERE collection = $1 AND sequence > $2",
    [SOURCE_DELETE_GONE] = "DELETE FROM sources WHERE collection = $1 AND NOT EXISTS "
                           "(SELECT 1 FROM sources o "
                           "WHERE o.collection = $2 AND o.path = sources.path)",
    [SOURCE_DOCUMENTS_ALIKE] = "UPDATE sources SET documents = "
                               "(SELECT o.documents FROM sources o "
                               "WHERE o.collection = $1 AND o.path = sources.path) "
                               "WHERE collection = $2 AND documents <> "
                               "(SELECT o.documents FROM sources o "
                               "WHERE o.collection = $1 AND o.path = sources.path)",
    [FILE_DELETE_ALL] = "DELETE FROM files WHERE collection = $1",

    /* ---- where models are ---- */

    [MODEL_PUT] = "INSERT INTO models (" MODEL_COLUMNS ") VALUES ($1, $2, $3) "
                  "ON CONFLICT (fingerprint) DO UPDATE SET directory = excluded.directory, "
                  "checksum = excluded.checksum",
    [MODEL_GET] = "SELECT " MODEL_COLUMNS " FROM models WHERE fingerprint = $1",
    [MODEL_ALL] = "SELECT " MODEL_COLUMNS " FROM models ORDER BY fingerprint",

    /* ---- derived files ---- */

    [DERIVED_FILE_PUT] = "INSERT INTO derived_files (collection, newest, former, checksum) "
                         "VALUES ($1, $2, $3, $4) "
                         "ON CONFLICT (collection) DO UPDATE SET newest = excluded.newest, "
                         "former = excluded.former, checksum = excluded.checksum",
    [DERIVED_FILE_GET] = "SELECT newest, former, checksum FROM derived_files WHERE collection = $1",
    [DERIVED_FILE_DELETE] = "DELETE FROM derived_files WHERE collection = $1",

    /* ---- sources ---- */

    [SOURCE_PUT] = "INSERT INTO sources (" SOURCE_COLUMNS ") "
                   "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) "
                   "ON CONFLICT (collection, path) DO UPDATE SET "
                   "sequence = excluded.sequence, hash = excluded.hash, bytes = excluded.bytes, "
                   "modified_ns = excluded.modified_ns, checksum = excluded.checksum, "
                   "documents = excluded.documents, notices = excluded.notices",
    [SOURCE_LOSE_DOCUMENT] = "UPDATE sources SET documents = documents - 1 "
                             "WHERE collection = $1 AND path = $2",
    [SOURCE_GET] = "SELECT " SOURCE_COLUMNS_COUNTED " FROM sources "
                   "WHERE collection = $1 AND path = $2",
    [SOURCE_LIST] = "SELECT " SOURCE_COLUMNS_COUNTED " FROM sources "
                    "WHERE collection = $1 AND path > $2 "
                    "ORDER BY path LIMIT $3",
    [SOURCE_BELOW] = "SELECT " SOURCE_COLUMNS " FROM sources "
                     "WHERE collection = $1 AND path = $2 "
                     "UNION ALL "
                     "SELECT " SOURCE_COLUMNS " FROM sources "
                     "WHERE collection = $1 AND path > $3 AND path < $4",
    [SOURCE_OF_HASH] = "SELECT " SOURCE_COLUMNS " FROM sources "
                       "WHERE collection = $1 AND hash = $2 "
                       "ORDER BY path",
    [SOURCE_ALL] = "SELECT " SOURCE_COLUMNS_COUNTED " FROM sources",
    [SOURCE_DELETE] = "DELETE FROM sources WHERE collection = $1 AND path = $2",
    [SOURCE_DELETE_SOME] = "DELETE FROM sources WHERE collection = $1 AND path IN "
                           "(SELECT path FROM sources WHERE collection = $1 LIMIT $2)",

    /* ---- documents ---- */

    [DOCUMENT_INSERT] = DOCUMENT_INSERT_TEXT,
    [DOCUMENT_INSERT_8] = DOCUMENT_INSERT_TEXT,
    [DOCUMENT_INSERT_64] = DOCUMENT_INSERT_TEXT,
    [DOCUMENT_LOSE_CHUNK] = "UPDATE documents SET chunks = chunks - 1 "
                            "WHERE collection = $1 AND key = $2",
    [DOCUMENT_CHUNKS] = "SELECT chunks FROM documents WHERE collection = $1 AND key = $2",
    /* The chunks, and the documents that were found and that there should be. */
    [DOCUMENT_CHUNKS_OF_SOURCE] =
        "SELECT coalesce(sum(chunks), 0), count(*), "
        "coalesce((SELECT documents FROM sources WHERE collection = $1 AND path = $2), 0) "
        "FROM documents WHERE collection = $1 AND source = $2",
    [DOCUMENT_LOCATE] = "SELECT sequence, source FROM documents WHERE collection = $1 AND key = $2",
    [DOCUMENT_GET] = "SELECT " DOCUMENT_COLUMNS ", d.text FROM documents d "
                     "WHERE d.collection = $1 AND d.key = $2",
    [DOCUMENT_LIST] = "SELECT " DOCUMENT_COLUMNS " FROM documents d "
                      "WHERE d.collection = $1 AND d.key > $2 "
                      "ORDER BY d.key LIMIT $3",
    [DOCUMENT_LIST_WHOLE] = "SELECT " DOCUMENT_COLUMNS ", d.text FROM documents d "
                            "WHERE d.collection = $1 AND d.key > $2 "
                            "ORDER BY d.key LIMIT $3",
    [DOCUMENT_ALL] = "SELECT " DOCUMENT_COLUMNS ", d.text FROM documents d",
    [DOCUMENT_DELETE] = "DELETE FROM documents WHERE collection = $1 AND key = $2",
    [DOCUMENT_DELETE_OF_SOURCE] = "DELETE FROM documents WHERE collection = $1 AND source = $2",
    [DOCUMENT_DELETE_SOME] = "DELETE FROM documents WHERE collection = $1 AND key IN "
                             "(SELECT key FROM documents WHERE collection = $1 LIMIT $2)",

    /* ---- points ---- */

    [POINT_INSERT] = POINT_INSERT_TEXT,
    [POINT_INSERT_8] = POINT_INSERT_TEXT,
    [POINT_INSERT_64] = POINT_INSERT_TEXT,
    [POINT_REPLACE] = "UPDATE points "
                      "SET sequence = $1, checksum = $2, metadata = $3, content = $4, "
                      "vector = $5, promise = $6, prefix = $7, text = $8 "
                      "WHERE row = $9",
    [POINT_LOCATE] = "SELECT row, sequence, document FROM points "
                     "WHERE collection = $1 AND key = $2",
    [POINT_OF_DOCUMENT] = "SELECT " POINT_COLUMNS " FROM points "
                          "WHERE collection = $1 AND document = $2 ORDER BY row",
    /* CROSS JOIN has SQLite begin with the documents. By itself it walks all points of the
     * collection, which are in the wanted order already. */
    [POINT_OF_SOURCE] = "SELECT p.row, p.collection, p.sequence, p.checksum, p.key, p.document, "
                        "p.metadata, p.content, p.vector, p.promise, p.prefix, p.text "
                        "FROM documents d CROSS JOIN points p "
                        "WHERE d.collection = $1 AND d.source = $2 "
                        "AND p.collection = d.collection AND p.document = d.key "
                        "ORDER BY p.row",
    [POINT_ROWS_OF_DOCUMENT] = "SELECT row FROM points WHERE collection = $1 AND document = $2 "
                               "ORDER BY row",
    [POINT_ROWS_OF_SOURCE] = "SELECT p.row FROM documents d CROSS JOIN points p "
                             "WHERE d.collection = $1 AND d.source = $2 "
                             "AND p.collection = d.collection AND p.document = d.key "
                             "ORDER BY p.row",
    [POINT_BY_KEY] = "SELECT " POINT_COLUMNS " FROM points WHERE collection = $1 AND key = $2",
    [POINT_BY_ROW] = "SELECT " POINT_COLUMNS " FROM points WHERE row = $1",
    [POINT_ROW_OF_KEY] = "SELECT row FROM points WHERE collection = $1 AND key = $2",
    [POINT_SCAN] = "SELECT " POINT_COLUMNS " FROM points "
                   "WHERE collection = $1 AND row > $2 "
                   "ORDER BY row LIMIT $3",
    [POINT_SKIP] = "SELECT row FROM points "
                   "WHERE collection = $1 AND row > $2 "
                   "ORDER BY row LIMIT 1 OFFSET $3",
    [POINT_CHANGES] = "SELECT " POINT_COLUMNS " FROM points "
                      "WHERE collection = $1 AND (sequence, row) > ($2, $3) "
                      "ORDER BY sequence, row",
    [POINT_ALL] = "SELECT " POINT_COLUMNS " FROM points ORDER BY row",
    /* One of those that were made of the text: all are equal. */
    [POINT_OF_TEXT] = "SELECT " POINT_COLUMNS " FROM points WHERE text = $1 LIMIT 1",
    /* The row is a part of the index, as of every one. */
    [POINT_WAITING] = "SELECT " POINT_COLUMNS " FROM points "
                      "WHERE promise IS NOT NULL AND collection = $1 "
                      "AND (promise, row) > ($2, $3) ORDER BY promise, row LIMIT $4",
    [POINT_WAITING_COUNT] = "SELECT count(*) FROM points "
                            "WHERE promise IS NOT NULL AND collection = $1",
    [POINT_DELETE] = "DELETE FROM points WHERE row = $1",
    [POINT_DELETE_OF_DOCUMENT] = "DELETE FROM points WHERE collection = $1 AND document = $2",
    [POINT_DELETE_OF_SOURCE] = "DELETE FROM points WHERE collection = $1 AND document IN "
                               "(SELECT key FROM documents WHERE collection = $1 AND source = $2)",
    [POINT_DELETE_SOME] = "DELETE FROM points WHERE row IN "
                          "(SELECT row FROM points WHERE collection = $1 LIMIT $2)",

    /* ---- tombstones ---- */

    [TOMBSTONE_INSERT] = TOMBSTONE_INSERT_TEXT,
    [TOMBSTONE_INSERT_8] = TOMBSTONE_INSERT_TEXT,
    [TOMBSTONE_INSERT_64] = TOMBSTONE_INSERT_TEXT,
    [TOMBSTONE_CHANGES] = "SELECT " TOMBSTONE_COLUMNS " FROM tombstones "
                          "WHERE collection = $1 AND (sequence, row) > ($2, $3) "
                          "ORDER BY sequence, row",
    [TOMBSTONE_LEAST_ROW] = "SELECT count(*), min(row) FROM tombstones "
                            "WHERE collection = $1 AND sequence > $2",
    [TOMBSTONE_OLD] = "SELECT " TOMBSTONE_COLUMNS " FROM tombstones "
                      "WHERE collection = $1 AND sequence <= $2 "
                      "ORDER BY sequence DESC, row DESC",
    [TOMBSTONE_ALL] = "SELECT " TOMBSTONE_COLUMNS " FROM tombstones",
    [TOMBSTONE_DELETE_OLD] = "DELETE FROM tombstones WHERE collection = $1 AND sequence <= $2",
    [TOMBSTONE_DELETE_SOME] =
        "DELETE FROM tombstones WHERE collection = $1 AND (sequence, row) IN "
        "(SELECT sequence, row FROM tombstones WHERE collection = $1 LIMIT $2)",

    /* ---- cached answers ---- */

    [ANSWER_INSERT] = "INSERT INTO answers (" ANSWER_COLUMNS ") "
                      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    [ANSWER_GET] = "SELECT " ANSWER_COLUMNS " FROM answers WHERE collection = $1 AND key = $2",
    [ANSWER_ALL] = "SELECT " ANSWER_COLUMNS " FROM answers",
    [ANSWER_USE] = "UPDATE answers "
                   "SET used_ms = $1, checksum = $2 "
                   "WHERE collection = $3 AND key = $4",
    [ANSWER_LEAST_RECENTLY_USED] = "SELECT collection, key, bytes FROM answers "
                                   "ORDER BY used_ms, collection, key LIMIT 1",
    [ANSWER_TOTAL] = "SELECT count(*), coalesce(sum(bytes), 0) FROM answers",
    [ANSWER_DELETE] = "DELETE FROM answers WHERE collection = $1 AND key = $2",
    [ANSWER_DELETE_OLD] = "DELETE FROM answers WHERE created_ms < $1",
    [ANSWER_DELETE_ALL] = "DELETE FROM answers WHERE collection = $1",

    /* ---- notes about unindexed files ---- */

    [FILE_PUT] = "INSERT INTO files (" FILE_COLUMNS ") "
                 "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) "
                 "ON CONFLICT (collection, path) DO UPDATE SET "
                 "state = excluded.state, status = excluded.status, reason = excluded.reason, "
                 "original = excluded.original, hash = excluded.hash, bytes = excluded.bytes, "
                 "modified_ns = excluded.modified_ns, checksum = excluded.checksum",
    [FILE_GET] = "SELECT " FILE_COLUMNS " FROM files WHERE collection = $1 AND path = $2",
    [FILE_LIST] = "SELECT " FILE_COLUMNS " FROM files "
                  "WHERE collection = $1 AND path > $2 "
                  "ORDER BY path LIMIT $3",
    [FILE_BELOW] = "SELECT " FILE_COLUMNS " FROM files "
                   "WHERE collection = $1 AND path = $2 "
                   "UNION ALL "
                   "SELECT " FILE_COLUMNS " FROM files "
                   "WHERE collection = $1 AND path > $3 AND path < $4",
    /* hash <> '' lets SQLite use the partial index files_by_hash. */
    [FILE_OF_HASH] = "SELECT " FILE_COLUMNS " FROM files "
                     "WHERE collection = $1 AND hash = $2 AND hash <> '' "
                     "ORDER BY path",
    [FILE_ORPHANS] = "SELECT " FILE_COLUMNS " FROM files f "
                     "WHERE collection = $1 AND hash <> '' AND NOT EXISTS "
                     "(SELECT 1 FROM sources s "
                     "WHERE s.collection = f.collection AND s.path = f.original "
                     "AND s.hash = f.hash) "
                     "ORDER BY path",
    [FILE_ALL] = "SELECT " FILE_COLUMNS " FROM files",
    [FILE_DELETE] = "DELETE FROM files WHERE collection = $1 AND path = $2",
    [FILE_DELETE_SOME] = "DELETE FROM files WHERE collection = $1 AND path IN "
                         "(SELECT path FROM files WHERE collection = $1 LIMIT $2)",

    /* ---- pending vectors ---- */

    [PENDING_VECTOR_PUT] = "INSERT INTO pending_vectors "
                           "(collection, key, owner, put_ms, checksum, vector) "
                           "VALUES ($1, $2, $3, $4, $5, $6) "
                           "ON CONFLICT (collection, key) DO UPDATE SET "
                           "owner = excluded.owner, put_ms = excluded.put_ms, "
                           "checksum = excluded.checksum, vector = excluded.vector",
    [PENDING_VECTOR_GET] = "SELECT owner, put_ms, checksum, vector FROM pending_vectors "
                           "WHERE collection = $1 AND key = $2",
    [PENDING_VECTOR_DELETE_OLD] = "DELETE FROM pending_vectors "
                                  "WHERE collection = $1 AND put_ms < $2",
    [PENDING_VECTOR_DELETE_OF_OWNER] = "DELETE FROM pending_vectors "
                                       "WHERE collection = $1 AND owner = $2",
    [PENDING_VECTOR_DELETE_SOME] = "DELETE FROM pending_vectors WHERE collection = $1 AND key IN "
                                   "(SELECT key FROM pending_vectors "
                                   "WHERE collection = $1 LIMIT $2)",

    /* ---- counters ---- */

    [COUNTER_PUT] = "INSERT INTO counters (name, value, checksum) VALUES ($1, $2, $3) "
                    "ON CONFLICT (name) DO UPDATE SET value = excluded.value, "
                    "checksum = excluded.checksum",
    [COUNTER_ALL] = "SELECT name, value, checksum FROM counters ORDER BY name",
    [COUNTER_COUNT] = "SELECT count(*) FROM counters",
    [COUNTER_DELETE_ALL] = "DELETE FROM counters",
    [COUNTER_DELETE_RANGE] = "DELETE FROM counters WHERE name >= $1 AND name < $2",

    /* ---- access keys ---- */

    [ACCESS_KEY_INSERT] = "INSERT INTO access_keys (" ACCESS_KEY_COLUMNS ") "
                          "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    [ACCESS_KEY_FIND] = "SELECT 1 FROM access_keys WHERE name = $1",
    [ACCESS_KEY_ALL] = "SELECT " ACCESS_KEY_COLUMNS " FROM access_keys ORDER BY name",
    [ACCESS_KEY_COUNT] = "SELECT count(*) FROM access_keys",
    [ACCESS_KEY_DELETE] = "DELETE FROM access_keys WHERE name = $1",

    /* ---- conversations and their turns ---- */

    [CONVERSATION_INSERT] = "INSERT INTO conversations (" CONVERSATION_COLUMNS ") "
                            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    [CONVERSATION_REPLACE] = "UPDATE conversations "
                             "SET title = $1, updated_ms = $2, turns = $3, checksum = $4 "
                             "WHERE id = $5",
    [CONVERSATION_GET] = "SELECT " CONVERSATION_COLUMNS " FROM conversations WHERE id = $1",
    [CONVERSATION_LIST] = "SELECT " CONVERSATION_COLUMNS " FROM conversations "
                          "ORDER BY updated_ms DESC, id DESC",
    [CONVERSATION_COUNT] = "SELECT count(*) FROM conversations",
    [CONVERSATION_OF_COLLECTION] = "SELECT " CONVERSATION_COLUMNS " FROM conversations "
                                   "WHERE database = $1 AND collection = $2",
    [CONVERSATION_OF_DATABASE] = "SELECT id FROM conversations WHERE database = $1 LIMIT 1",
    [CONVERSATION_RENAME] = "UPDATE conversations SET collection = $1, checksum = $2 "
                            "WHERE id = $3",
    [CONVERSATION_DELETE] = "DELETE FROM conversations WHERE id = $1",

    [TURN_INSERT] = "INSERT INTO turns (" TURN_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7)",
    [TURN_LIST] = "SELECT " TURN_COLUMNS " FROM turns "
                  "WHERE conversation = $1 AND n > $2 "
                  "ORDER BY n",
    [TURN_ALL] = "SELECT " TURN_COLUMNS " FROM turns ORDER BY conversation, n",
    [TURN_DELETE_ALL] = "DELETE FROM turns WHERE conversation = $1",
};

void statement_write(statement_id id, buffer *out)
{
    uint32_t parameter = 0;
    buffer_append_text(out, texts[id]);
    for (uint32_t row = 0; row < value_rows[id].rows; row++) {
        buffer_append_text(out, row == 0 ? "(" : ", (");
        for (uint32_t column = 0; column < value_rows[id].columns; column++)
            buffer_printf(out, column == 0 ? "$%u" : ", $%u", ++parameter);
        buffer_append_byte(out, ')');
    }
}
