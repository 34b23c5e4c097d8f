/* cursor.h - the text that names where a list goes on.
 *
 * A cursor holds the place of the last record that was given: of a list of points the row number,
 * of one of documents the id, of one of files the path. Those are the keys that the lists are in
 * order of, each is unique, and none changes while its record exists. So the page that follows is
 * "all with a greater key", whatever was written or deleted in between, and no record that exists
 * all the time can be given twice or be missed; a place whose own record was deleted is as good as
 * any other.
 *
 *     k1 KIND - COLLECTION - PLACE - CHECKSUM
 *
 * KIND is p (points), d (documents) or f (files); COLLECTION the collection's number, CHECKSUM the
 * XXH3-64 of all before it, seeded with the store's id, 16 hex digits each; PLACE the place's bytes
 * in hex. The number is never used again in its store, and the seed tells stores apart: what was
 * altered or belongs elsewhere is refused. It is no signature: whoever can read kith.db can make
 * cursors, and gains nothing by it. */
#ifndef KITH_LIB_CURSOR_H
#define KITH_LIB_CURSOR_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"
#include "db/collection.h"

#include <stdint.h>

/* The longest place: a path. */
enum { CURSOR_PLACE_MAX_BYTES = 4096 };

typedef enum cursor_kind {
    CURSOR_POINTS = 'p',
    CURSOR_DOCUMENTS = 'd',
    CURSOR_FILES = 'f'
} cursor_kind;

/* Which list a cursor belongs to. */
typedef struct cursor_list {
    cursor_kind kind;
    uint64_t collection;
    uint64_t seed; /* of the store */
} cursor_list;

/* The collection's list of this kind. Errors: KITH_ERR_NOT_FOUND (it was deleted), KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT, KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status cursor_list_of(collection *c, cursor_kind kind, cursor_list *out,
                                        kith_error *err);

/* place  1..CURSOR_PLACE_MAX_BYTES
 * NULL when the arena is exhausted. */
const char *cursor_write(const cursor_list *list, view place, arena *a);
/* The place, in `a`. Errors: KITH_ERR_INVALID (malformed, altered, or of another list),
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status cursor_read(const cursor_list *list, const char *text, arena *a,
                                     view *place, kith_error *err);

/* The same for a place that is a number. */
const char *cursor_write_number(const cursor_list *list, uint64_t number, arena *a);
KITH_CHECKED kith_status cursor_read_number(const cursor_list *list, const char *text, arena *a,
                                            uint64_t *number, kith_error *err);

#endif
