/* page.h - a page of a list that is in order of a text: a document's id, a file's path. */
#ifndef KITH_LIB_PAGE_H
#define KITH_LIB_PAGE_H

#include "db/collection.h"
#include "lib/cursor.h"
#include "lib/handle.h"

#include <kith/kith.h>

typedef struct page_request {
    cursor_kind kind;       /* in: of the list */
    arena *memory;          /* in: holds the page */
    collection *collection; /* held; NULL: it was not found */
    cursor_list list;
    uint32_t limit;  /* of the page */
    store_part rows; /* what to read: one more than the page, to know whether another follows */
    call_limit room; /* that of rows.call */
} page_request;

/* Begins a call that lists a collection: reads what is asked for, with its cursor, and acquires the
 * collection. page_close must follow, whatever the status. The request is not moved meanwhile.
 * page  NULL: all
 * Errors: KITH_ERR_INVALID (the cursor, or the size of a structure), KITH_ERR_UNSUPPORTED (the
 * size), KITH_ERR_CANCELLED, KITH_ERR_NOT_FOUND (no such collection), KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT, KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status page_open(page_request *r, kith *k, const char *name,
                                   const kith_page *page, kith_error *err);
/* The cursor behind the page's last row, in the page's memory. Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status page_end(const page_request *r, view last, const char **next,
                                  kith_error *err);
/* Gives the collection back. The value is `status`; when that is KITH_ERR_NOT_FOUND, *err says
 * whether the collection was deleted meanwhile. */
kith_status page_close(page_request *r, kith_status status, kith_error *err);

#endif
