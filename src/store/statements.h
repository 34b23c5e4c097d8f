/* statements.h - every SQL statement that the store runs, by name; the texts are in statements.c.
 * They are in one dialect: PostgreSQL's own parser takes them all but those under "SQLite's own"
 * (tests/accept/test_sql.py), and so they keep to what both have: numbered parameters, several rows
 * of VALUES, ON CONFLICT, RETURNING.
 * A name is the table and what happens to its rows:
 *   INSERT   a new row; a taken key fails        GET, BY_x  one row, by its key
 *   INSERT_n  n new rows, or none of them
 *   PUT      inserted, or replaced by its key    LIST       all of a collection, in order of key
 *   REPLACE  an existing row                     ALL        of all collections, for store_check()
 *   LOCATE   one row without its checksum, so    OF_x       those that belong to x
 *            without verifying it                BELOW      those of a path and below it
 *   DELETE   one row                             COUNT      their number
 *   BEFORE, AFTER  the next row in order of key
 *   DELETE_ALL  of a collection
 *   DELETE_SOME  of a collection, at most as many as the second parameter says */
#ifndef KITH_STORE_STATEMENTS_H
#define KITH_STORE_STATEMENTS_H

#include "base/buffer.h"

#include <stdint.h>

typedef enum statement_id {
    /* transactions; a job of the writer is a savepoint */
    BEGIN_WRITING,
    BEGIN_READING,
    COMMIT,
    ROLLBACK,
    JOB_BEGIN,
    JOB_RELEASE,
    JOB_ROLL_BACK,

    /* the file as a whole */
    SCHEMA_OBJECT_COUNT,
    CATALOG_TABLE_COUNT,
    CATALOG_VERSION,
    CATALOG_SET_VERSION,
    CATALOG_ID,
    CATALOG_LOG,
    CATALOG_MARK_LOG,
    INTEGRITY,
    POINT_COUNT,
    SOURCE_COUNT,
    FILE_COUNT,
    DOCUMENT_COUNT,
    SOURCE_COUNT_LISTED,
    FILE_COUNT_LISTED,
    POINT_BEFORE,
    POINT_AFTER,
    POINT_FIRST,
    POINT_KEY,
    DOCUMENT_BEFORE,
    DOCUMENT_AFTER,
    DOCUMENT_FIRST,
    DOCUMENT_KEY,
    SOURCE_BEFORE,
    SOURCE_AFTER,
    SOURCE_FIRST,
    SOURCE_PATH,
    FILE_BEFORE,
    FILE_AFTER,
    FILE_FIRST,
    FILE_PATH,
    CHUNK_WITHOUT_DOCUMENT,
    DOCUMENT_WITHOUT_SOURCE,

    NUMBER_TAKE,
    NUMBER_BEHIND,

    TENANT_INSERT,
    TENANT_BY_NAME,
    TENANT_LIST,
    TENANT_DELETE,

    DATABASE_INSERT,
    DATABASE_BY_ID,
    DATABASE_BY_NAME,
    DATABASE_LIST,
    DATABASE_ALL,
    DATABASE_COUNT,
    DATABASE_DELETE,

    COLLECTION_INSERT,
    COLLECTION_REPLACE,
    COLLECTION_LIMIT_MEMORY,
    COLLECTION_RENAME,
    COLLECTION_IDENTIFY,
    COLLECTION_BY_ID,
    COLLECTION_BY_NAME,
    COLLECTION_BY_UUID,
    COLLECTION_LIST,
    COLLECTION_OF_DATABASE, /* those without a name of their own, too */
    COLLECTION_ALL,
    COLLECTION_COUNT,
    COLLECTION_DELETE,

    SETTINGS_PUT,
    SETTINGS_GET,
    SETTINGS_ALL,
    SETTINGS_DELETE,

    DROPPED_INSERT,
    DROPPED_GET,
    DROPPED_ALL,
    DROPPED_COUNT,
    DROPPED_DELETE,

    /* what a collection has that another one, of which it is to be the image, has not: reembed.c */
    REEMBEDDING_PUT,
    REEMBEDDING_GET,
    REEMBEDDING_ALL,
    REEMBEDDING_DELETE,
    POINT_COUNT_CHANGED,
    POINT_ROWS_GONE,
    DOCUMENT_CHANGED,
    DOCUMENT_DELETE_GONE,
    DOCUMENT_CHUNKS_ALIKE,
    SOURCE_CHANGED,
    SOURCE_DELETE_GONE,
    SOURCE_DOCUMENTS_ALIKE,
    FILE_DELETE_ALL,

    MODEL_PUT,
    MODEL_GET,
    MODEL_ALL,

    DERIVED_FILE_PUT,
    DERIVED_FILE_GET,
    DERIVED_FILE_DELETE,

    SOURCE_PUT,
    SOURCE_LOSE_DOCUMENT,
    SOURCE_GET,
    SOURCE_LIST,
    SOURCE_BELOW,
    SOURCE_OF_HASH,
    SOURCE_ALL,
    SOURCE_DELETE,
    SOURCE_DELETE_SOME,

    DOCUMENT_INSERT,
    DOCUMENT_INSERT_8,
    DOCUMENT_INSERT_64,
    DOCUMENT_LOSE_CHUNK,
    DOCUMENT_CHUNKS,
    DOCUMENT_CHUNKS_OF_SOURCE,
    DOCUMENT_LOCATE,
    DOCUMENT_GET,
    DOCUMENT_LIST,
    DOCUMENT_LIST_WHOLE, /* with the texts */
    DOCUMENT_ALL,
    DOCUMENT_DELETE,
    DOCUMENT_DELETE_OF_SOURCE,
    DOCUMENT_DELETE_SOME,

    POINT_INSERT,
    POINT_INSERT_8,
    POINT_INSERT_64,
    POINT_REPLACE,
    POINT_LOCATE,
    POINT_OF_DOCUMENT,
    POINT_OF_SOURCE,
    POINT_ROWS_OF_DOCUMENT,
    POINT_ROWS_OF_SOURCE,
    POINT_BY_KEY,
    POINT_BY_ROW,
    POINT_ROW_OF_KEY,
    POINT_SCAN,
    POINT_SKIP,
    POINT_CHANGES,
    POINT_ALL,
    POINT_OF_TEXT,
    POINT_WAITING,
    POINT_WAITING_COUNT,
    POINT_DELETE,
    POINT_DELETE_OF_DOCUMENT,
    POINT_DELETE_OF_SOURCE,
    POINT_DELETE_SOME,

    TOMBSTONE_INSERT,
    TOMBSTONE_INSERT_8,
    TOMBSTONE_INSERT_64,
    TOMBSTONE_CHANGES,
    TOMBSTONE_LEAST_ROW,
    TOMBSTONE_ALL,
    TOMBSTONE_OLD,
    TOMBSTONE_DELETE_OLD,
    TOMBSTONE_DELETE_SOME,

    ANSWER_INSERT,
    ANSWER_GET,
    ANSWER_ALL,
    ANSWER_USE,
    ANSWER_LEAST_RECENTLY_USED,
    ANSWER_TOTAL,
    ANSWER_DELETE,
    ANSWER_DELETE_OLD,
    ANSWER_DELETE_ALL,

    FILE_PUT,
    FILE_GET,
    FILE_LIST,
    FILE_BELOW,
    FILE_OF_HASH,
    FILE_ORPHANS,
    FILE_ALL,
    FILE_DELETE,
    FILE_DELETE_SOME,

    PENDING_VECTOR_PUT,
    PENDING_VECTOR_GET,
    PENDING_VECTOR_DELETE_OLD,
    PENDING_VECTOR_DELETE_OF_OWNER,
    PENDING_VECTOR_DELETE_SOME,

    COUNTER_PUT,
    COUNTER_ALL,
    COUNTER_COUNT,
    COUNTER_DELETE_ALL,
    COUNTER_DELETE_RANGE,

    ACCESS_KEY_INSERT,
    ACCESS_KEY_FIND,
    ACCESS_KEY_ALL,
    ACCESS_KEY_COUNT,
    ACCESS_KEY_DELETE,

    CONVERSATION_INSERT,
    CONVERSATION_REPLACE,
    CONVERSATION_GET,
    CONVERSATION_LIST,
    CONVERSATION_COUNT,
    CONVERSATION_OF_COLLECTION,
    CONVERSATION_OF_DATABASE,
    CONVERSATION_RENAME,
    CONVERSATION_DELETE,

    TURN_INSERT,
    TURN_LIST,
    TURN_ALL,
    TURN_DELETE_ALL,

    STATEMENT_COUNT
} statement_id;

/* Writes the statement. Parameters are $1, $2, ... in the order in which they are bound. */
void statement_write(statement_id id, buffer *out);

/* Rows come from the caller in any number, and a statement has a fixed number of parameters. So an
 * INSERT of many rows is three statements that follow each other: of 1, 8 and 64 rows. */
enum { STATEMENT_ROWS_MAX = 64 };
/* The statement for the next of `left` rows, at least one, and how many of them it takes.
 * one  the statement for one row */
static inline statement_id statement_for_rows(statement_id one, uint32_t left, uint32_t *rows)
{
    *rows = left >= 64 ? 64 : left >= 8 ? 8 : 1;
    return (statement_id)(one + (left >= 64 ? 2 : left >= 8 ? 1 : 0));
}

#endif
