/* checksum.h - the checksum of a row: XXH3-64 over its numbers, then over its texts.
 * The sum of each part is the seed of the next, so that bytes cannot move from one field to its
 * neighbour unnoticed. NULL inverts the sum, an empty text hashes nothing: the two differ. The
 * first seed is the table's, so that a row cannot pass for one of another table.
 * The numbers are part of the format: never reorder or reuse a value of row_table. */
#ifndef KITH_STORE_CHECKSUM_H
#define KITH_STORE_CHECKSUM_H

#include "base/hash.h"
#include "base/view.h"

#include <stddef.h>
#include <stdint.h>

typedef enum row_table {
    ROW_COLLECTION = 1,
    ROW_SOURCE,
    ROW_DOCUMENT,
    ROW_POINT,
    ROW_TOMBSTONE,
    ROW_ANSWER,
    ROW_COUNTER,
    ROW_CONVERSATION,
    ROW_TURN,
    ROW_FILE,
    ROW_DERIVED_FILE,
    ROW_DROPPED,
    ROW_TENANT,
    ROW_DATABASE,
    ROW_SETTINGS,
    ROW_PENDING_VECTOR,
    ROW_ACCESS_KEY,
    ROW_REEMBEDDING,
    ROW_MODEL
} row_table;

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "checksums and vectors are taken from memory as they are");

/* numbers, texts  in an order that the table's file fixes; texts[i].data == NULL: NULL */
static inline uint64_t row_checksum(row_table table, const uint64_t *numbers, size_t number_count,
                                    const view *texts, size_t text_count)
{
    view head = {(const char *)numbers, number_count * sizeof *numbers};
    uint64_t sum = hash64(head, (uint64_t)table);
    for (size_t i = 0; i < text_count; i++)
        sum = texts[i].data ? hash64(texts[i], sum) : ~sum;
    return sum;
}

#endif
