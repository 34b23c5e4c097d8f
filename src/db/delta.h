/* delta.h - what a refresh adds to an index before anybody sees it.
 *
 * A delta begins at a snapshot, takes changes of the store one by one, and ends as the next
 * snapshot, or without a trace. Rows are appended behind those that the snapshot has; words and
 * fields of the new rows go into a segment of the delta's own; live bits are a copy. Only
 * delta_end touches what others see, and from where it does it cannot fail: so an index is never
 * half applied.
 *
 * A row that comes with the vector of one that the same change of the store removes takes that over, as it is
 * (docs/decisions/094).
 *
 * Threads: the applier's, for whatever the delta's rows belong to. Searches go on meanwhile, on the
 * snapshot that it began at and on earlier ones. */
#ifndef KITH_DB_DELTA_H
#define KITH_DB_DELTA_H

#include "base/status.h"
#include "db/row_map.h"
#include "db/snapshot.h"
#include "store/store.h"

#include <stdint.h>

typedef struct delta_rows {
    uint32_t *rows; /* [count] */
    uint32_t count, capacity;
} delta_rows;

typedef struct delta {
    snapshot *base;      /* held */
    segment *added;      /* of the rows from base->rows on; NULL: none */
    row_map rows;        /* the store's row -> its newest row, of the rows that are added */
    uint32_t row_count;  /* of the index, with those */
    uint64_t *live;      /* bits of row_count rows; room for live_capacity words */
    uint32_t live_count; /* bits that are set */
    uint32_t live_capacity;
    bool has_waiting;     /* a row was added that waits for its vector */
    bool words_apart;     /* rows are added without words: segment_take_words must follow */
    text_gathering texts; /* of the rows that are added */
    delta_rows removed;   /* rows that were live, of the base or added */
    /* Of the change of the store that is being applied: its number, the first row that it added, and those of the rows
     * that were there before it and that it removed whose vectors no row has taken over. */
    uint64_t change;
    uint32_t change_rows;
    delta_rows orphans;
    uint64_t *damaged; /* [damaged_count], ascending */
    uint32_t damaged_count, damaged_capacity;
} delta;

/* `base` is the newest snapshot of its rows; it is held until the end of the delta.
 * Errors: KITH_ERR_NO_MEMORY; nothing must be ended then. */
KITH_CHECKED kith_status delta_begin(delta *d, snapshot *base, kith_error *err);
/* Applies one change: the point's row, if it has a live one, dies, and unless the change is a
 * deletion or the row is damaged the point gets a new row.
 * Errors: KITH_ERR_NO_MEMORY, KITH_ERR_LIMIT (too many rows, or the words of one term take too much
 * room), KITH_ERR_INVALID or KITH_ERR_FORMAT (metadata that is no flat JSON object). The delta is
 * then good for delta_abandon only. */
KITH_CHECKED kith_status delta_apply(delta *d, const store_change *change, kith_error *err);
/* The points that the index would stand for: those that can be found, and those that are
 * damaged. */
uint64_t delta_points(const delta *d);
/* Ends the delta with the snapshot that is good for `sequence`, held once, for the caller to
 * publish: from now on the rows belong to it, and the base is no longer their newest.
 * Errors: KITH_ERR_NO_MEMORY; the delta is then abandoned. */
KITH_CHECKED kith_status delta_end(delta *d, uint64_t sequence, snapshot **out, kith_error *err);
/* Takes back whatever was added, and ends the delta. */
void delta_abandon(delta *d);

#endif
