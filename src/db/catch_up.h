/* catch_up.h - from one state of an index to a newer one, by the store's change feed.
 * What a sequence means, and when the result may be believed: refresh.c. */
#ifndef KITH_DB_CATCH_UP_H
#define KITH_DB_CATCH_UP_H

#include "db/collection_private.h"

#include <stdatomic.h>

typedef struct catch_up {
    const collection *c;
    const atomic_bool *cancelled;    /* NULL: it is not cancelled; looked at between slices */
    uint64_t applied;                /* out: changes */
    uint64_t damaged;                /* out: of them, rows that cannot be read */
    char first_damage[NOTICE_BYTES]; /* out: the message for the first of those */
} catch_up;

/* Appends what changed since `base`, the newest snapshot of its rows, and makes the snapshot that
 * is good for the store's newest sequence; *out is held once, not published, and `base` itself when
 * nothing has changed. The counts of `u` are added to. On failure the rows are as they were.
 * Only the applier of the base's rows may call it; for rows that nobody else has yet, any thread.
 * Errors: KITH_ERR_NOT_FOUND (tombstones since the base were dropped, or there is no such
 * collection), KITH_ERR_CORRUPT (see store_changes; or the index would not stand for as many points
 * as the collection has), KITH_ERR_CANCELLED, KITH_ERR_LIMIT, KITH_ERR_BUSY, KITH_ERR_IO,
 * KITH_ERR_FULL, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status catch_up_from(catch_up *u, snapshot *base, snapshot **out,
                                       kith_error *err);
/* Makes the snapshot that is good for the put's sequence, which the store has committed after the
 * base's sequence, and of which first_row is not 0; *out is held once, not published. On failure
 * the rows are as they were. Only the applier of the base's rows may call it.
 * Errors: KITH_ERR_CORRUPT (the index would not stand for as many points as the collection has),
 * KITH_ERR_LIMIT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status catch_up_put(catch_up *u, snapshot *base, const committed_put *put,
                                      snapshot **out, kith_error *err);
/* catch_up_from() an empty index: all rows are new, and nobody else has them. Any thread.
 * Errors: KITH_ERR_NOT_FOUND (no such collection, or another process dropped tombstones while it
 * was read), KITH_ERR_CORRUPT, KITH_ERR_CANCELLED, KITH_ERR_LIMIT, KITH_ERR_BUSY, KITH_ERR_IO,
 * KITH_ERR_FULL, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status catch_up_from_nothing(catch_up *u, snapshot **out, kith_error *err);
/* Takes rows that were found damaged, damaged[count] with row and message, out of the index; *out
 * is good for the base's sequence. On failure the rows are as they were. Only the applier of the
 * base's rows may call it. Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status catch_up_hide(catch_up *u, snapshot *base, const store_change *damaged,
                                       uint32_t count, snapshot **out, kith_error *err);
/* Adds the damaged rows to what the notice tells already; nothing when there are none.
 * notice  a string, cut when it gets too long */
void catch_up_write_notice(const catch_up *u, char notice[NOTICE_BYTES]);

#endif
