/* row_documents.h - which document each index row's point belongs to, as a small number, so that
 * hits can be chosen by document without reading their points.
 *
 * Threads: as the other parts of a derived index. The applier, one thread at a time, appends;
 * nothing that it has published is moved or changed afterwards, so any number of threads may read
 * the rows of their snapshots, and write them to a file, beside it. The table that leads from a key
 * to its number is the applier's own. */
#ifndef KITH_DB_ROW_DOCUMENTS_H
#define KITH_DB_ROW_DOCUMENTS_H

#include "base/buffer.h"
#include "base/status.h"
#include "base/view.h"
#include "vector/region.h"

#include <stdint.h>

enum { ROW_DOCUMENT_NONE = 0 };

/* Two rows have the same number when their points are of the same document. A number says nothing
 * beyond the life of this structure. Keys are never taken out. */
typedef struct row_documents {
    region numbers; /* uint32_t [rows] */
    region keys;    /* of document n: element n - 1, a place in `text` */
    region text;    /* in words of 8 bytes, each key in one piece */
    uint32_t text_words;
    uint32_t count;      /* documents; the applier's: a snapshot has its own */
    uint32_t *slots;     /* [slot_count] hash table: a key's number or ROW_DOCUMENT_NONE */
    uint32_t slot_count; /* 0, or a power of two above count * 2 */
} row_documents;

void row_documents_init(row_documents *d);
void row_documents_done(row_documents *d);
/* Memory that is in use, with `rows` rows; the applier's. */
size_t row_documents_bytes(const row_documents *d, uint32_t rows);
/* Gives row `row`, which is behind all published ones, its document. The applier's.
 * key  of the document, at most KITH_KEY_MAX_BYTES; empty: none
 * Errors: KITH_ERR_NO_MEMORY (also when 2^31 documents, or 16 GiB of their keys, are there),
 * KITH_ERR_LIMIT (a longer key); no published row has changed. */
KITH_CHECKED kith_status row_documents_put(row_documents *d, uint32_t row, view key,
                                           kith_error *err);
/* The number of a published row's document; ROW_DOCUMENT_NONE: of none. */
static inline uint32_t row_documents_number(const row_documents *d, uint32_t row)
{
    return *(const uint32_t *)region_at(&d->numbers, row);
}

/* The key of a document whose number a published row has; good until row_documents_done. */
view row_documents_key(const row_documents *d, uint32_t number);

/* Appends the first `count` documents and the numbers of the first `rows` rows, published ones, to
 * `out`; check out->failed. Little-endian:
 *   u64 documents, rows
 *   u32 bytes, the key's bytes    [documents] times, in order of their numbers from 1
 *   u32 number                    [rows] times */
void row_documents_write(const row_documents *d, uint32_t count, uint32_t rows, buffer *out);
/* Reads what row_documents_write wrote into the empty `d`; safe on untrusted bytes.
 * rows  as many as there must be
 * Errors: KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY; `d` is then only good for row_documents_done. */
KITH_CHECKED kith_status row_documents_read(view bytes, uint32_t rows, row_documents *d,
                                            kith_error *err);

/* Is each key found under its number, and has each of the first `rows` rows a number that there is?
 * For tests; not beside the applier. Errors: KITH_ERR_CORRUPT names what is broken. */
KITH_CHECKED kith_status row_documents_check(const row_documents *d, uint32_t rows,
                                             kith_error *err);

#endif
