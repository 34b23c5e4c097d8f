/* page_marks.h - finds the n-th point of a collection without counting from the beginning. */
#ifndef KITH_STORE_PAGE_MARKS_H
#define KITH_STORE_PAGE_MARKS_H

#include "os/call_limit.h"
#include "store/sql.h"
#include "store/store.h"

typedef struct page_marks page_marks;

enum {
    PAGE_MARK_STEP = 256,  /* points between two marks */
    PAGE_MARKS_LISTS = 64, /* collections whose marks are kept, the most recently used ones */
};

/* NULL: out of memory. */
page_marks *page_marks_new(void);
/* No call may be running. Accepts NULL. */
void page_marks_free(page_marks *m);

/* Finds the row that `offset` points of the collection's are up to: the row of the offset-th, in
 * order of row, counted from 1.
 * c           a reader in whose snapshot `collection` was read
 * offset      1..collection->points
 * step_limit  checked after each PAGE_MARK_STEP points; may be NULL
 * Any thread. Errors: KITH_ERR_CORRUPT (the collection has fewer points than it counts),
 * KITH_ERR_CANCELLED, KITH_ERR_TIMEOUT, KITH_ERR_NO_MEMORY, and what connection_fail() makes of
 * SQLite's code. */
KITH_CHECKED kith_status page_marks_find(page_marks *m, connection *c,
                                         const store_collection *collection, uint64_t offset,
                                         const call_limit *step_limit, uint64_t *row,
                                         kith_error *err);

/* Points that were passed over one by one since page_marks_new, for tests. Any thread. */
uint64_t page_marks_walked(page_marks *m);

#endif
