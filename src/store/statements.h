/* statements.h - every SQL statement that the store runs, by name; the texts are in statements.c.
 * A name is the table and what happens to its rows:
 *   INSERT   a new row; a taken key fails        GET, BY_x  one row, by its key
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
    LAST_COLLECTION,
    LAST_POINT,
    LAST_CONVERSATION,
    INTEGRITY,
    POINT_COUNT,
    SOURCE_COUNT,
    FILE_COUNT,
    POINT_BEFORE,
    POINT_AFTER,
    POINT_KEY,
    DOCUMENT_BEFORE,
    DOCUMENT_AFTER,
    DOCUMENT_KEY,
    CHUNK_WITHOUT_DOCUMENT,
    DOCUMENT_WITHOUT_SOURCE,

    COLLECTION_INSERT,
    COLLECTION_REPLACE,
    COLLECTION_BY_ID,
    COLLECTION_BY_NAME,
    COLLECTION_LIST,
    COLLECTION_COUNT,
    COLLECTION_DELETE,

    DROPPED_INSERT,
    DROPPED_ALL,
    DROPPED_COUNT,
    DROPPED_DELETE,

    DERIVED_FILE_PUT,
    DERIVED_FILE_GET,
    DERIVED_FILE_DELETE,

    SOURCE_PUT,
    SOURCE_GET,
    SOURCE_LIST,
    SOURCE_BELOW,
    SOURCE_OF_HASH,
    SOURCE_ALL,
    SOURCE_DELETE,
    SOURCE_DELETE_SOME,

    DOCUMENT_INSERT,
    DOCUMENT_LOSE_CHUNK,
    DOCUMENT_CHUNKS,
    DOCUMENT_CHUNKS_OF_SOURCE,
    DOCUMENT_LOCATE,
    DOCUMENT_OF_SOURCE,
    DOCUMENT_GET,
    DOCUMENT_LIST,
    DOCUMENT_ALL,
    DOCUMENT_DELETE,
    DOCUMENT_DELETE_SOME,

    POINT_INSERT,
    POINT_REPLACE,
    POINT_LOCATE,
    POINT_OF_DOCUMENT,
    POINT_OF_SOURCE,
    POINT_BY_KEY,
    POINT_BY_ROW,
    POINT_SCAN,
    POINT_SCAN_COUNT,
    POINT_CHANGES,
    POINT_ALL,
    POINT_DELETE,
    POINT_DELETE_SOME,

    TOMBSTONE_INSERT,
    TOMBSTONE_CHANGES,
    TOMBSTONE_ALL,
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

    COUNTER_PUT,
    COUNTER_ALL,
    COUNTER_COUNT,
    COUNTER_DELETE,
    COUNTER_DELETE_ALL,

    CONVERSATION_INSERT,
    CONVERSATION_REPLACE,
    CONVERSATION_GET,
    CONVERSATION_LIST,
    CONVERSATION_COUNT,
    CONVERSATION_DELETE,

    TURN_INSERT,
    TURN_LIST,
    TURN_ALL,
    TURN_DELETE_ALL,

    STATEMENT_COUNT
} statement_id;

/* Parameters are $1, $2, ... in the order in which they are bound. */
extern const char *const statement_text[STATEMENT_COUNT];

#endif
