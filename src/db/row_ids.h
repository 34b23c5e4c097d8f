/* row_ids.h - the id of each index row's point, so that a hit can be named without reading its point
 * from the store, which takes longer than finding it.
 *
 * An id takes 2 bytes and its own, rounded up to 4, and 4 more for where it is.
 *
 * Threads: as row_documents.h. The applier, one thread at a time, appends; nothing that it has
 * published is moved or changed afterwards. */
#ifndef KITH_DB_ROW_IDS_H
#define KITH_DB_ROW_IDS_H

#include "base/buffer.h"
#include "base/status.h"
#include "base/view.h"
#include "vector/region.h"

#include <stdatomic.h>
#include <stdint.h>

typedef struct row_ids {
    /* The ids of rows 0..saved_rows come later, from a file (row_ids_supply); NULL until then. */
    _Atomic(struct row_ids *) saved;
    uint32_t saved_rows;
    region
        places;  /* uint32_t, of the rows from saved_rows on: the first word of each id in `text` */
    region text; /* in words of 4 bytes: u16 bytes of the id, then these; each id in one piece */
    uint32_t text_words; /* the applier's */
} row_ids;

void row_ids_init(row_ids *d);
void row_ids_done(row_ids *d);
/* Memory that is in use, with `rows` rows; the applier's. */
size_t row_ids_bytes(const row_ids *d, uint32_t rows);
/* Gives row `row`, which is behind all published ones, its id. What is said again replaces it, and the
 * memory of the former is lost. The applier's.
 * id  at most KITH_KEY_MAX_BYTES; empty: it is not known, and whoever asks reads the store
 * Errors: KITH_ERR_NO_MEMORY (also when 8 GiB of ids are there), KITH_ERR_LIMIT (a longer id); no
 * published row has changed. */
KITH_CHECKED kith_status row_ids_put(row_ids *d, uint32_t row, view id, kith_error *err);
/* The ids of the rows 0..rows are supplied later, and empty until then; `d` is empty. */
void row_ids_expect(row_ids *d, uint32_t rows);
/* Supplies them: `saved`, on the heap, has as many, and is taken over. Once, beside the applier and readers. */
void row_ids_supply(row_ids *d, row_ids *saved);
/* Of a published row; good until row_ids_done. Empty: it is not known, or not yet. */
view row_ids_at(const row_ids *d, uint32_t row);

/* Asks for where a published row's id is, and, when that is there, for the id itself: what row_ids_at() would wait for,
 * one after the other. */
void row_ids_prefetch_place(const row_ids *d, uint32_t row);
void row_ids_prefetch(const row_ids *d, uint32_t row);

/* Appends the ids of the first `rows` rows, published ones, to `out`; check out->failed.
 * Little-endian:
 *   u64 rows
 *   u16 bytes, the id's bytes   [rows] times */
void row_ids_write(const row_ids *d, uint32_t rows, buffer *out);
/* Reads what row_ids_write wrote into the empty `d`; safe on untrusted bytes.
 * rows  as many as there must be
 * Errors: KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY; `d` is then only good for row_ids_done. */
KITH_CHECKED kith_status row_ids_read(view bytes, uint32_t rows, row_ids *d, kith_error *err);

#endif
