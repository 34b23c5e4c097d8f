/* page.h - a page of a list that is in order of a text: a document's id, a file's path. */
#ifndef KITH_LIB_PAGE_H
#define KITH_LIB_PAGE_H

#include "base/arena.h"
#include "db/collection.h"
#include "lib/cursor.h"

#include <kith/kith.h>

typedef struct page_request {
    cursor_list list;
    uint32_t limit;  /* of the page */
    store_part rows; /* what to read: one more than the page, to know whether another follows */
} page_request;

/* Reads the cursor of a page, which was adopted (options.h). Texts live in `a`.
 * Errors: KITH_ERR_INVALID (the cursor), KITH_ERR_NOT_FOUND (the collection was deleted),
 * KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status page_begin(collection *c, cursor_kind kind, const kith_page *page,
                                    const call_limit *call, arena *a, page_request *out,
                                    kith_error *err);
/* The cursor behind the page's last row, in `a`. Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status page_end(const page_request *request, view last, arena *a,
                                  const char **next, kith_error *err);

#endif
