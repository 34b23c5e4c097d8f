/* former_catalog.h - the catalogs of former versions, as SQL.
 *
 * The rows of version 6 were written by kith as it was then, checksums included; each older version
 * is what is left without the tables that it did not have. So these files do not change with the
 * schema of today, and an upgrade starts from what former users really have.
 *
 * Collection 1, "c", has point "a" and document "d" of two chunks, from a file whose path is no
 * UTF-8, and a deleted point; collection 2, "notes", has document "e" from no file. Collection 3
 * was deleted, its rows are gone but for the mark. Rows of points were given up to 5. */
#ifndef KITH_TEST_STORE_FORMER_CATALOG_H
#define KITH_TEST_STORE_FORMER_CATALOG_H

#include "fixture.h"

enum { FORMER_NEWEST = 6 };

static const char former_catalog[] =
    "CREATE TABLE catalog (version INTEGER NOT NULL, id BLOB NOT NULL DEFAULT x'');"
    "CREATE TABLE collections ( id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL "
    "UNIQUE, metric INTEGER NOT NULL, dim BIGINT NOT NULL, model TEXT NOT NULL, sequence "
    "BIGINT NOT NULL, documents BIGINT NOT NULL, points BIGINT NOT NULL, created_ms BIGINT "
    "NOT NULL, checksum BIGINT NOT NULL);"
    "CREATE TABLE sources ( collection BIGINT NOT NULL, path TEXT NOT NULL, sequence BIGINT"
    " NOT NULL, hash TEXT NOT NULL, bytes BIGINT NOT NULL, modified_ns BIGINT NOT NULL, "
    "checksum BIGINT NOT NULL, PRIMARY KEY (collection, path));"
    "CREATE TABLE documents ( collection BIGINT NOT NULL, key TEXT NOT NULL, source TEXT, "
    "sequence BIGINT NOT NULL, title TEXT NOT NULL, metadata TEXT, updated_ms BIGINT NOT "
    "NULL, text_checksum BIGINT NOT NULL, checksum BIGINT NOT NULL, text TEXT NOT NULL, "
    "PRIMARY KEY (collection, key));"
    "CREATE INDEX documents_by_source ON documents (collection, source) WHERE source IS NOT"
    " NULL;"
    "CREATE TABLE points ( row INTEGER PRIMARY KEY AUTOINCREMENT, collection BIGINT NOT "
    "NULL, sequence BIGINT NOT NULL, checksum BIGINT NOT NULL, key TEXT NOT NULL, document "
    "TEXT, metadata TEXT, content TEXT, vector BLOB NOT NULL, UNIQUE (collection, key));"
    "CREATE INDEX points_by_row ON points (collection, row);"
    "CREATE INDEX points_by_sequence ON points (collection, sequence);"
    "CREATE INDEX points_by_document ON points (collection, document) WHERE document IS NOT"
    " NULL;"
    "CREATE TABLE tombstones ( collection BIGINT NOT NULL, sequence BIGINT NOT NULL, row "
    "BIGINT NOT NULL, checksum BIGINT NOT NULL, PRIMARY KEY (collection, sequence, row)) "
    "WITHOUT ROWID;"
    "CREATE TABLE answers ( collection BIGINT NOT NULL, key TEXT NOT NULL, sequence BIGINT "
    "NOT NULL, created_ms BIGINT NOT NULL, used_ms BIGINT NOT NULL, bytes BIGINT NOT NULL, "
    "checksum BIGINT NOT NULL, answer TEXT NOT NULL, PRIMARY KEY (collection, key));"
    "CREATE INDEX answers_by_use ON answers (used_ms, bytes);"
    "CREATE INDEX answers_by_age ON answers (created_ms);"
    "CREATE TABLE counters ( name TEXT NOT NULL PRIMARY KEY, value BIGINT NOT NULL, "
    "checksum BIGINT NOT NULL);"
    "CREATE TABLE conversations ( id INTEGER PRIMARY KEY AUTOINCREMENT, collection TEXT NOT"
    " NULL, title TEXT NOT NULL, created_ms BIGINT NOT NULL, updated_ms BIGINT NOT NULL, "
    "turns BIGINT NOT NULL, checksum BIGINT NOT NULL);"
    "CREATE TABLE turns ( conversation BIGINT NOT NULL, n BIGINT NOT NULL, asked_ms BIGINT "
    "NOT NULL, question TEXT NOT NULL, searched TEXT, checksum BIGINT NOT NULL, answer TEXT"
    " NOT NULL, PRIMARY KEY (conversation, n));"
    "CREATE TABLE files ( collection BIGINT NOT NULL, path TEXT NOT NULL, state BIGINT NOT "
    "NULL, status BIGINT NOT NULL, reason TEXT NOT NULL, original TEXT NOT NULL, hash TEXT "
    "NOT NULL, bytes BIGINT NOT NULL, modified_ns BIGINT NOT NULL, checksum BIGINT NOT "
    "NULL, PRIMARY KEY (collection, path));"
    "CREATE INDEX sources_by_hash ON sources (collection, hash, path);"
    "CREATE INDEX files_by_hash ON files (collection, hash, path) WHERE hash <> '';"
    "CREATE TABLE derived_files ( collection BIGINT NOT NULL PRIMARY KEY, newest BLOB NOT "
    "NULL, former BLOB NOT NULL, checksum BIGINT NOT NULL);"
    "CREATE TABLE dropped ( collection BIGINT NOT NULL PRIMARY KEY, checksum BIGINT NOT "
    "NULL);"
    "INSERT INTO catalog VALUES (6, x'8A5BA14EABC101A6F27B9B9768B43B40');"
    "INSERT INTO collections VALUES (1, 'c', 1, 4, CAST(x'7072696E740A6E616D65' AS TEXT), "
    "4, 1, 3, 1000, -7687480453080828279);"
    "INSERT INTO collections VALUES (2, 'notes', 0, 4, '', 1, 1, 1, 2000, "
    "3789904996566491026);"
    "INSERT INTO sources VALUES (1, CAST(x'2F686F6D652FFF2F612E6D64' AS TEXT), 4, 'h1', 24,"
    " 7, 1468470224288994223);"
    "INSERT INTO documents VALUES (1, 'd', CAST(x'2F686F6D652FFF2F612E6D64' AS TEXT), 4, "
    "'Title', '{\"k\":1}', 5, 225265375394188497, -2189021356216701553, 'first chunk second "
    "chunk');"
    "INSERT INTO documents VALUES (2, 'e', NULL, 1, '', NULL, 0, -7102958478276834560, "
    "-2227984617486065318, 'alone');"
    "INSERT INTO points VALUES (1, 1, 1, -2228944344418272313, 'a', NULL, '{\"a\":1}', 'some "
    "content', x'0000803F00000000000000000000803F');"
    "INSERT INTO points VALUES (3, 1, 4, -5977390789448688858, 'd#0', 'd', NULL, 'first "
    "chunk', x'0000803F000000400000404000008040');"
    "INSERT INTO points VALUES (4, 1, 4, 1849950432799529586, 'd#1', 'd', NULL, 'second "
    "chunk', x'0000803F000000400000404000008040');"
    "INSERT INTO points VALUES (5, 2, 1, 4898876633523146474, 'e#0', 'e', NULL, 'alone', "
    "x'0000803F000000400000404000008040');"
    "INSERT INTO tombstones VALUES (1, 3, 2, -2219248442783762803);"
    "INSERT INTO answers VALUES (1, 'q', 4, 10, 10, 136, 6025815762484796229, 'because');"
    "INSERT INTO counters VALUES ('questions', 7, 4654281413349696023);"
    "INSERT INTO conversations VALUES (1, 'c', 'why?', 9000, 9001, 1, 5371132946250223344);"
    "INSERT INTO turns VALUES (1, 1, 9001, 'why?', NULL, 1767993900585979353, '{}');"
    "INSERT INTO files VALUES (1, CAST(x'2F686F6D652FFF2F622E6D64' AS TEXT), 2, 0, '', "
    "CAST(x'2F686F6D652FFF2F612E6D64' AS TEXT), 'h1', 0, 0, -1757019048540513306);"
    "INSERT INTO files VALUES (1, '/x.bin', 0, 8, 'binary', '', '', 0, 0, "
    "-8506309654457084372);"
    "INSERT INTO derived_files VALUES (2, x'AA7BB074F48032CBC28DEF47671706A1', "
    "x'00000000000000000000000000000000', -6592052156816421782);"
    "INSERT INTO dropped VALUES (3, 1674792542370079485);"
    "DELETE FROM sqlite_sequence;"
    "INSERT INTO sqlite_sequence VALUES ('collections', 3);"
    "INSERT INTO sqlite_sequence VALUES ('points', 5);"
    "INSERT INTO sqlite_sequence VALUES ('conversations', 1);";

/* [i] takes version i + 2 back to version i + 1. */
static const char *const former_step_back[FORMER_NEWEST - 1] = {
    "DROP TABLE answers; DROP TABLE counters;",
    "DROP TABLE conversations; DROP TABLE turns;",
    "DROP TABLE files; DROP INDEX sources_by_hash;",
    "DROP INDEX sources_by_hash;"
    "CREATE INDEX sources_by_hash ON sources (collection, hash);"
    "DROP INDEX files_by_hash;"
    "CREATE INDEX files_by_hash ON files (collection, hash) WHERE hash <> '';",
    "ALTER TABLE catalog DROP COLUMN id; DROP TABLE derived_files; DROP TABLE dropped;",
};

/* Writes a catalog of the version, 1 to FORMER_NEWEST, in place of the closed store's. */
static inline void write_former_catalog(const fixture *f, int version)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    char text[64];
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        char path[PATH_BYTES];
        fixture_path(f, suffixes[i], path);
        (void)unlink(path);
    }
    run_sql(f, "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL");
    run_sql(f, former_catalog);
    for (int v = FORMER_NEWEST; v > version; v--)
        run_sql(f, former_step_back[v - 2]);
    (void)snprintf(text, sizeof text, "UPDATE catalog SET version = %d", version);
    run_sql(f, text);
}

#endif
