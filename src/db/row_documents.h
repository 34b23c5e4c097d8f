/* row_documents.h - which document each index row's point belongs to, as a small number, so that
 * hits can be chosen by document without reading their points. */
#ifndef KITH_DB_ROW_DOCUMENTS_H
#define KITH_DB_ROW_DOCUMENTS_H

#include "base/buffer.h"
#include "base/status.h"
#include "base/view.h"
#include "fields/interned.h"

#include <stdint.h>

enum { ROW_DOCUMENT_NONE = INTERNED_NONE };

/* All zero is empty. Two rows have the same number when their points are of the same document. A
 * number says nothing beyond the life of this structure. Appending is exclusive; the others may run
 * beside one another. */
typedef struct row_documents {
    interned keys;     /* a document's number is that of its key */
    uint32_t *numbers; /* [capacity], the first `rows` in use */
    uint32_t rows, capacity;
} row_documents;

void row_documents_done(row_documents *d);
size_t row_documents_bytes(const row_documents *d); /* memory held */
/* Adds a row. key: of its document, empty: of none. Errors: KITH_ERR_NO_MEMORY (also at the limit of
 * interned.h); nothing is added. */
KITH_CHECKED kith_status row_documents_append(row_documents *d, view key);
/* The number of a row's document; ROW_DOCUMENT_NONE: of none. row < rows. */
static inline uint32_t row_documents_number(const row_documents *d, uint32_t row)
{
    return d->numbers[row];
}

/* Appends to `out`; check out->failed. Little-endian:
 *   u64 keys, rows
 *   u32 bytes, the key's bytes    [keys] times, in order of their numbers from 1
 *   u32 number                    [rows] times */
void row_documents_write(const row_documents *d, buffer *out);
/* Reads what row_documents_write wrote into the empty `d`; safe on untrusted bytes.
 * Errors: KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY; `d` is then only good for row_documents_done. */
KITH_CHECKED kith_status row_documents_read(view bytes, row_documents *d, kith_error *err);

#endif
