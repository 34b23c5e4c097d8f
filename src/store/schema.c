/* schema.c - creates the catalog, brings an older one up to date, and refuses a newer one.
 *
 * Columns that several tables have:
 *   checksum  XXH3-64 over the row's other fields (checksum.h); every table but `catalog` and
 *             `numbers` has it
 *   sequence  the change of its collection that wrote the row (sequence.c)
 *   collection, document, source, conversation   of the row that it belongs to; `document` and
 *             `source` hold a key, not a number, so that a row can be read, verified and exported
 *             by itself
 *
 * Numbers of points, collections and others count up in `numbers` and never come twice, which
 * tombstones and derived indexes rely on (numbers.c). Before there was `numbers`, AUTOINCREMENT did
 * the same; `conversations` has it still, where it does no harm.
 *
 * collections.documents and .points are counts of rows, so that a complete walk can tell that it is
 * complete. Vectors are little-endian float32, dim of them. A tombstone stands for a deleted point,
 * that of row 0 for all that were dropped up to its sequence (tombstones.c).
 *
 * Version 1 is what `tables` makes; each later version is a step from the one before. A new file
 * takes all steps too, so that it cannot differ from an old file that was brought up to date. */
#include "store/schema.h"

#include "store/schema_functions.h"
#include "store/sqlite_log.h"

/* The page size is CATALOG_PAGE_BYTES. */
static const char new_file_settings[] = "PRAGMA page_size = 8192;"
                                        "PRAGMA encoding = 'UTF-8';";

static const char tables[] =
    "CREATE TABLE catalog (version INTEGER NOT NULL);"

    "CREATE TABLE collections ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " name TEXT NOT NULL UNIQUE,"
    " metric INTEGER NOT NULL,"
    " dim BIGINT NOT NULL,"
    " model TEXT NOT NULL,"
    " sequence BIGINT NOT NULL,"
    " documents BIGINT NOT NULL,"
    " points BIGINT NOT NULL,"
    " created_ms BIGINT NOT NULL,"
    " checksum BIGINT NOT NULL);"

    "CREATE TABLE sources ("
    " collection BIGINT NOT NULL,"
    " path TEXT NOT NULL,"
    " sequence BIGINT NOT NULL,"
    " hash TEXT NOT NULL,"
    " bytes BIGINT NOT NULL,"
    " modified_ns BIGINT NOT NULL,"
    " checksum BIGINT NOT NULL,"
    " PRIMARY KEY (collection, path));"

    /* The text comes last: it may take many pages, and SQLite reads the other columns without them.
     */
    "CREATE TABLE documents ("
    " collection BIGINT NOT NULL,"
    " key TEXT NOT NULL,"
    " source TEXT,"
    " sequence BIGINT NOT NULL,"
    " title TEXT NOT NULL,"
    " metadata TEXT,"
    " updated_ms BIGINT NOT NULL,"
    " text_checksum BIGINT NOT NULL,"
    " checksum BIGINT NOT NULL,"
    " text TEXT NOT NULL,"
    " PRIMARY KEY (collection, key));"
    "CREATE INDEX documents_by_source ON documents (collection, source) WHERE source IS NOT NULL;"

    "CREATE TABLE points ("
    " row INTEGER PRIMARY KEY AUTOINCREMENT,"
    " collection BIGINT NOT NULL,"
    " sequence BIGINT NOT NULL,"
    " checksum BIGINT NOT NULL,"
    " key TEXT NOT NULL,"
    " document TEXT,"
    " metadata TEXT,"
    " content TEXT,"
    " vector BLOB NOT NULL,"
    " UNIQUE (collection, key));"
    "CREATE INDEX points_by_row ON points (collection, row);"
    "CREATE INDEX points_by_sequence ON points (collection, sequence);"
    "CREATE INDEX points_by_document ON points (collection, document) WHERE document IS NOT NULL;"

    "CREATE TABLE tombstones ("
    " collection BIGINT NOT NULL,"
    " sequence BIGINT NOT NULL,"
    " row BIGINT NOT NULL,"
    " checksum BIGINT NOT NULL,"
    " PRIMARY KEY (collection, sequence, row)) WITHOUT ROWID;"

    "INSERT INTO catalog (version) VALUES (1);";

/* steps[i] makes version i + 2 of version i + 1. A step that was released is never changed. */
static const char *const steps[] = {
    /* An answer is valid for the one state of its collection that `sequence` names; the next change
     * of the collection deletes it. */
    "CREATE TABLE answers ("
    " collection BIGINT NOT NULL,"
    " key TEXT NOT NULL,"
    " sequence BIGINT NOT NULL,"
    " created_ms BIGINT NOT NULL,"
    " used_ms BIGINT NOT NULL,"
    " bytes BIGINT NOT NULL,"
    " checksum BIGINT NOT NULL,"
    " answer TEXT NOT NULL,"
    " PRIMARY KEY (collection, key));"
    "CREATE INDEX answers_by_use ON answers (used_ms, bytes);"
    "CREATE INDEX answers_by_age ON answers (created_ms);"

    "CREATE TABLE counters ("
    " name TEXT NOT NULL PRIMARY KEY,"
    " value BIGINT NOT NULL,"
    " checksum BIGINT NOT NULL);",

    /* `collection` is a name here: a conversation outlives its collection. */
    "CREATE TABLE conversations ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " collection TEXT NOT NULL,"
    " title TEXT NOT NULL,"
    " created_ms BIGINT NOT NULL,"
    " updated_ms BIGINT NOT NULL,"
    " turns BIGINT NOT NULL,"
    " checksum BIGINT NOT NULL);"

    "CREATE TABLE turns ("
    " conversation BIGINT NOT NULL,"
    " n BIGINT NOT NULL,"
    " asked_ms BIGINT NOT NULL,"
    " question TEXT NOT NULL,"
    " searched TEXT,"
    " checksum BIGINT NOT NULL,"
    " answer TEXT NOT NULL,"
    " PRIMARY KEY (conversation, n));",

    /* Files that yielded no document, and why. One with a hash is a duplicate: a source with the
     * same hash has the same content. */
    "CREATE TABLE files ("
    " collection BIGINT NOT NULL,"
    " path TEXT NOT NULL,"
    " state BIGINT NOT NULL,"
    " status BIGINT NOT NULL,"
    " reason TEXT NOT NULL,"
    " original TEXT NOT NULL,"
    " hash TEXT NOT NULL,"
    " bytes BIGINT NOT NULL,"
    " modified_ns BIGINT NOT NULL,"
    " checksum BIGINT NOT NULL,"
    " PRIMARY KEY (collection, path));"
    "CREATE INDEX files_by_hash ON files (collection, hash) WHERE hash <> '';"
    "CREATE INDEX sources_by_hash ON sources (collection, hash);",

    /* The path is added since files of one content are listed in its order. Without it SQLite took
     * the primary key, which has that order, and walked through all files of the collection. */
    "DROP INDEX sources_by_hash;"
    "CREATE INDEX sources_by_hash ON sources (collection, hash, path);"
    "DROP INDEX files_by_hash;"
    "CREATE INDEX files_by_hash ON files (collection, hash, path) WHERE hash <> '';",

    /* catalog.id names this store among all others. derived_files: the files that may lie under the
     * name of a collection's derived file (derived_files.c). dropped: collections of which rows are
     * left to be deleted (dropped.c). */
    "ALTER TABLE catalog ADD COLUMN id BLOB NOT NULL DEFAULT x'';"
    "UPDATE catalog SET id = randomblob(16);"
    "CREATE TABLE derived_files ("
    " collection BIGINT NOT NULL PRIMARY KEY,"
    " newest BLOB NOT NULL,"
    " former BLOB NOT NULL,"
    " checksum BIGINT NOT NULL);"
    "CREATE TABLE dropped ("
    " collection BIGINT NOT NULL PRIMARY KEY,"
    " checksum BIGINT NOT NULL);",

    /* Names of collections are unique within a database, of databases within a tenant. All that
     * was there before is in the default database, which has number 1 and, as with Chroma, a uuid
     * of zeros. settings: what the user says of a collection, one row each; apart from the
     * collection's own row, which every change reads and writes. numbers: the highest number of
     * each kind that was ever given (numbers.c), which SQLite's own counters knew before.
     * row_checksum(TABLE, NUMBER, ..., TEXT, ...) and random_uuid(): schema_functions.c. A checksum
     * that was wrong before stays wrong, so that no damage is covered up. */
    "CREATE TABLE numbers ("
    " name TEXT NOT NULL PRIMARY KEY,"
    " last BIGINT NOT NULL);"
    "INSERT INTO numbers (name, last) VALUES ('tenants', 1), ('databases', 1), ('collections', 0),"
    " ('points', 0), ('conversations', 0);"
    "UPDATE numbers SET last = (SELECT seq FROM sqlite_sequence s WHERE s.name = numbers.name)"
    " WHERE name IN (SELECT name FROM sqlite_sequence);"

    "CREATE TABLE tenants ("
    " id INTEGER PRIMARY KEY,"
    " name TEXT NOT NULL UNIQUE,"
    " checksum BIGINT NOT NULL);"
    "INSERT INTO tenants (id, name, checksum)"
    " VALUES (1, 'default_tenant', row_checksum(13, 1, 'default_tenant'));"

    "CREATE TABLE databases ("
    " id INTEGER PRIMARY KEY,"
    " uuid BLOB NOT NULL UNIQUE,"
    " tenant BIGINT NOT NULL,"
    " name TEXT NOT NULL,"
    " checksum BIGINT NOT NULL,"
    " UNIQUE (tenant, name));"
    "INSERT INTO databases (id, uuid, tenant, name, checksum)"
    " VALUES (1, zeroblob(16), 1, 'default_database',"
    " row_checksum(14, 1, 1, zeroblob(16), 'default_database'));"

    "CREATE TABLE collections_of_databases ("
    " id INTEGER PRIMARY KEY,"
    " database BIGINT NOT NULL,"
    " uuid BLOB NOT NULL UNIQUE,"
    " name TEXT NOT NULL,"
    " metric INTEGER NOT NULL,"
    " dim BIGINT NOT NULL,"
    " model TEXT NOT NULL,"
    " sequence BIGINT NOT NULL,"
    " documents BIGINT NOT NULL,"
    " points BIGINT NOT NULL,"
    " created_ms BIGINT NOT NULL,"
    " checksum BIGINT NOT NULL,"
    " UNIQUE (database, name));"
    "INSERT INTO collections_of_databases"
    " SELECT id, 1, random_uuid(), name, metric, dim, model, sequence, documents, points,"
    " created_ms, checksum FROM collections;"
    "UPDATE collections_of_databases SET checksum ="
    " row_checksum(1, id, database, metric, dim, sequence, documents, points, created_ms, name,"
    " model, uuid)"
    " WHERE checksum ="
    " row_checksum(1, id, metric, dim, sequence, documents, points, created_ms, name, model);"
    "DROP TABLE collections;"
    "ALTER TABLE collections_of_databases RENAME TO collections;"

    /* As before, but that SQLite writes no counter of its own with each row. */
    "CREATE TABLE points_by_numbers ("
    " row INTEGER PRIMARY KEY,"
    " collection BIGINT NOT NULL,"
    " sequence BIGINT NOT NULL,"
    " checksum BIGINT NOT NULL,"
    " key TEXT NOT NULL,"
    " document TEXT,"
    " metadata TEXT,"
    " content TEXT,"
    " vector BLOB NOT NULL,"
    " UNIQUE (collection, key));"
    "INSERT INTO points_by_numbers"
    " SELECT row, collection, sequence, checksum, key, document, metadata, content, vector"
    " FROM points ORDER BY row;"
    "DROP TABLE points;"
    "ALTER TABLE points_by_numbers RENAME TO points;"
    "CREATE INDEX points_by_row ON points (collection, row);"
    "CREATE INDEX points_by_sequence ON points (collection, sequence);"
    "CREATE INDEX points_by_document ON points (collection, document) WHERE document IS NOT NULL;"

    "CREATE TABLE settings ("
    " collection BIGINT NOT NULL PRIMARY KEY,"
    " metadata TEXT,"
    " configuration TEXT,"
    " checksum BIGINT NOT NULL);"
    "INSERT INTO settings (collection, checksum)"
    " SELECT id, row_checksum(15, id, NULL, NULL) FROM collections;"

    "ALTER TABLE conversations ADD COLUMN database BIGINT NOT NULL DEFAULT 1;"
    "UPDATE conversations SET checksum ="
    " row_checksum(8, id, database, created_ms, updated_ms, turns, collection, title)"
    " WHERE checksum = row_checksum(8, id, created_ms, updated_ms, turns, collection, title);",

    /* Paths are bytes: those of files whose names are no UTF-8 too, which are no text to an engine
     * that looks. A checksum is over the bytes, so that it stays.
     * documents.chunks, so that a reader can see whether it was given all chunks of a document. The
     * row's checksum does not cover it: a damaged number disagrees with what is found. */
    "CREATE TABLE sources_of_bytes ("
    " collection BIGINT NOT NULL,"
    " path BLOB NOT NULL,"
    " sequence BIGINT NOT NULL,"
    " hash TEXT NOT NULL,"
    " bytes BIGINT NOT NULL,"
    " modified_ns BIGINT NOT NULL,"
    " checksum BIGINT NOT NULL,"
    " PRIMARY KEY (collection, path));"
    "INSERT INTO sources_of_bytes"
    " SELECT collection, CAST(path AS BLOB), sequence, hash, bytes, modified_ns, checksum"
    " FROM sources;"
    "DROP TABLE sources;"
    "ALTER TABLE sources_of_bytes RENAME TO sources;"
    "CREATE INDEX sources_by_hash ON sources (collection, hash, path);"

    "CREATE TABLE documents_of_bytes ("
    " collection BIGINT NOT NULL,"
    " key TEXT NOT NULL,"
    " source BLOB,"
    " sequence BIGINT NOT NULL,"
    " title TEXT NOT NULL,"
    " metadata TEXT,"
    " updated_ms BIGINT NOT NULL,"
    " chunks BIGINT NOT NULL,"
    " text_checksum BIGINT NOT NULL,"
    " checksum BIGINT NOT NULL,"
    " text TEXT NOT NULL,"
    " PRIMARY KEY (collection, key));"
    "INSERT INTO documents_of_bytes"
    " SELECT collection, key, CAST(source AS BLOB), sequence, title, metadata, updated_ms,"
    " (SELECT count(*) FROM points p WHERE p.collection = d.collection AND p.document = d.key),"
    " text_checksum, checksum, text FROM documents d;"
    "DROP TABLE documents;"
    "ALTER TABLE documents_of_bytes RENAME TO documents;"
    "CREATE INDEX documents_by_source ON documents (collection, source) WHERE source IS NOT NULL;"

    "CREATE TABLE files_of_bytes ("
    " collection BIGINT NOT NULL,"
    " path BLOB NOT NULL,"
    " state BIGINT NOT NULL,"
    " status BIGINT NOT NULL,"
    " reason TEXT NOT NULL,"
    " original BLOB NOT NULL,"
    " hash TEXT NOT NULL,"
    " bytes BIGINT NOT NULL,"
    " modified_ns BIGINT NOT NULL,"
    " checksum BIGINT NOT NULL,"
    " PRIMARY KEY (collection, path));"
    "INSERT INTO files_of_bytes"
    " SELECT collection, CAST(path AS BLOB), state, status, reason, CAST(original AS BLOB), hash,"
    " bytes, modified_ns, checksum FROM files;"
    "DROP TABLE files;"
    "ALTER TABLE files_of_bytes RENAME TO files;"
    "CREATE INDEX files_by_hash ON files (collection, hash, path) WHERE hash <> '';",

    /* Whose the newest changes are (sequence.c). 0: not known, as before this version; the checksum
     * of such a row is what it was. */
    "ALTER TABLE collections ADD COLUMN writer BIGINT NOT NULL DEFAULT 0;"
    "ALTER TABLE collections ADD COLUMN writer_since BIGINT NOT NULL DEFAULT 0;",

    /* `key` is a hash of a text and a model, `owner` of a file's path (pending_vectors.c). */
    "CREATE TABLE pending_vectors ("
    " collection BIGINT NOT NULL,"
    " key BLOB NOT NULL,"
    " owner BIGINT NOT NULL,"
    " put_ms BIGINT NOT NULL,"
    " checksum BIGINT NOT NULL,"
    " vector BLOB NOT NULL,"
    " PRIMARY KEY (collection, key));"
    "CREATE INDEX pending_vectors_by_owner ON pending_vectors (collection, owner);",

    /* Two random marks of the log: sqlite_log_verify.c. */
    "ALTER TABLE catalog ADD COLUMN log BLOB NOT NULL DEFAULT x'';"
    "ALTER TABLE catalog ADD COLUMN former_log BLOB NOT NULL DEFAULT x'';"
    "UPDATE catalog SET log = randomblob(16), former_log = randomblob(16);",

    /* sources.documents, for the reason that documents.chunks was added for, and as that outside of
     * the row's checksum. Counted from the table: an index that is damaged would give a number that
     * agrees with the damage. */
    "ALTER TABLE sources ADD COLUMN documents BIGINT NOT NULL DEFAULT 0;"
    "UPDATE sources SET documents = d.found"
    " FROM (SELECT collection, source, count(*) AS found FROM documents NOT INDEXED"
    " WHERE source IS NOT NULL GROUP BY collection, source) AS d"
    " WHERE d.collection = sources.collection AND d.source = sources.path;",

    /* Which keys a server takes (access_keys.c); `hash` is the SHA-256 of a key. */
    "CREATE TABLE access_keys ("
    " name TEXT NOT NULL PRIMARY KEY,"
    " hash BLOB NOT NULL UNIQUE,"
    " scope BIGINT NOT NULL,"
    " tenant TEXT,"
    " database TEXT,"
    " collection TEXT,"
    " created_ms BIGINT NOT NULL,"
    " checksum BIGINT NOT NULL);",

    /* What a file's reader passed over or guessed, a notice a line. The checksum of a row without
     * any is what it was. */
    "ALTER TABLE sources ADD COLUMN notices TEXT NOT NULL DEFAULT '';",

    /* A chunk that waits for its vector has a promise and a prefix; `text` names what a vector was
     * made of (waiting.c). The checksum of a row without any of them is what it was. */
    "ALTER TABLE points ADD COLUMN promise BIGINT;"
    "ALTER TABLE points ADD COLUMN prefix TEXT;"
    "ALTER TABLE points ADD COLUMN text BLOB;"
    "CREATE INDEX points_waiting ON points (collection, promise) WHERE promise IS NOT NULL;"
    "CREATE INDEX points_by_text ON points (text) WHERE text IS NOT NULL;",

    /* Collections that are given another model, each with the number of the one that takes its place
     * when it is whole, and up to which change that one has them (reembed.c). Where the models are
     * whose vectors collections have (model_places.c). Since this version a chunk keeps its prefix
     * when it has its vector, so that it can be embedded once more. */
    "CREATE TABLE reembeddings ("
    " collection BIGINT NOT NULL PRIMARY KEY,"
    " image BIGINT NOT NULL UNIQUE,"
    " base BIGINT NOT NULL,"
    " checksum BIGINT NOT NULL);"
    "CREATE TABLE models ("
    " fingerprint TEXT NOT NULL PRIMARY KEY,"
    " directory BLOB NOT NULL,"
    " checksum BIGINT NOT NULL);",

    /* Bytes that a collection's vectors may take in memory; 0: any number. The checksum of a row with 0 is what it
     * was. */
    "ALTER TABLE collections ADD COLUMN index_memory BIGINT NOT NULL DEFAULT 0;",

    /* What of a collection's vectors is in memory: kith_memory. The checksum of a row with 0 is what it was. */
    "ALTER TABLE collections ADD COLUMN memory BIGINT NOT NULL DEFAULT 0;",
};

enum { SCHEMA_VERSION = 1 + sizeof steps / sizeof steps[0] };

/* Runs the steps from `version` to SCHEMA_VERSION, inside the caller's transaction. */
static kith_status take_steps(connection *c, uint64_t version, kith_error *err)
{
    CHECK(version >= 1 && version <= SCHEMA_VERSION);
    kith_status status = KITH_OK;
    if (version < SCHEMA_VERSION) status = schema_functions_add(c, err);
    for (uint64_t v = version; status == KITH_OK && v < SCHEMA_VERSION; v++)
        status = connection_script(c, steps[v - 1], err);
    if (status != KITH_OK) return status;
    query q = query_begin(c, CATALOG_SET_VERSION);
    query_bind_u64(&q, SCHEMA_VERSION);
    return query_run_on_row(&q, err);
}

static kith_status create(connection *c, kith_error *err)
{
    kith_status status = connection_script(c, new_file_settings, err);
    if (status == KITH_OK) status = connection_use_log(c, err);
    if (status == KITH_OK) status = connection_execute(c, BEGIN_WRITING, err);
    if (status == KITH_OK) status = connection_script(c, tables, err);
    if (status == KITH_OK) status = take_steps(c, 1, err);
    if (status == KITH_OK) status = connection_execute(c, COMMIT, err);
    return status; /* an open transaction ends with the connection, which the caller closes */
}

/* In one transaction: a file whose upgrade fails keeps its old version. */
static kith_status upgrade(connection *c, uint64_t version, kith_error *err)
{
    kith_status status = connection_execute(c, BEGIN_WRITING, err);
    if (status == KITH_OK) status = take_steps(c, version, err);
    if (status == KITH_OK) status = connection_execute(c, COMMIT, err);
    if (status != KITH_OK)
        return fail_context(err, status, "bringing kith.db from version %llu to %d",
                            (unsigned long long)version, SCHEMA_VERSION);
    return KITH_OK;
}

static kith_status read_version(connection *c, uint64_t *out, kith_error *err)
{
    uint64_t ours = 0, version = 0;
    kith_status status = connection_number(c, CATALOG_TABLE_COUNT, &ours, err);
    if (status != KITH_OK) return status;
    if (!ours) return fail(err, KITH_ERR_CORRUPT, "kith.db is not a catalog of kith");
    status = connection_number(c, CATALOG_VERSION, &version, err);
    if (status != KITH_OK) return status;
    if (version > SCHEMA_VERSION)
        return fail(err, KITH_ERR_UNSUPPORTED,
                    "kith.db has version %llu, written by a newer kith; this one reads up to %d",
                    (unsigned long long)version, SCHEMA_VERSION);
    if (version < 1) return fail(err, KITH_ERR_CORRUPT, "kith.db has no valid version");
    *out = version;
    return KITH_OK;
}

kith_status schema_prepare(connection *c, kith_error *err)
{
    uint64_t table_count = 0, version = 0;
    kith_status status = connection_number(c, SCHEMA_OBJECT_COUNT, &table_count, err);
    if (status != KITH_OK) return status;
    if (table_count == 0) return create(c, err); /* new, or its creation was cut short */
    status = read_version(c, &version, err);
    if (status == KITH_OK) status = connection_use_log(c, err);
    if (status == KITH_OK && version < SCHEMA_VERSION) status = upgrade(c, version, err);
    return status;
}

kith_status schema_is_current(connection *c, bool *out, kith_error *err)
{
    uint64_t table_count = 0, version = 0;
    bool is_wal = false;
    kith_status status = connection_number(c, SCHEMA_OBJECT_COUNT, &table_count, err);
    if (status == KITH_OK && table_count != 0) {
        status = read_version(c, &version, err);
        if (status == KITH_OK) status = connection_has_log(c, &is_wal, err);
    }
    if (status == KITH_OK) *out = version == SCHEMA_VERSION && is_wal;
    return status;
}

kith_status schema_check_readable(connection *c, kith_error *err)
{
    uint64_t table_count = 0, version = 0;
    kith_status status = connection_number(c, SCHEMA_OBJECT_COUNT, &table_count, err);
    if (status != KITH_OK) return status;
    if (table_count == 0) return fail(err, KITH_ERR_NOT_FOUND, "kith.db is empty");
    status = read_version(c, &version, err);
    if (status == KITH_OK && version < SCHEMA_VERSION)
        status = fail(err, KITH_ERR_UNSUPPORTED,
                      "kith.db has version %llu, written by an older kith, and must be opened for "
                      "writing once to be brought to version %d",
                      (unsigned long long)version, SCHEMA_VERSION);
    return status;
}
