/* page_marks.c - marks in the order of a collection's points: the row of every 256th.
 *
 * SQLite's index (collection, row) is a B-tree that does not count: the n-th point is found by
 * walking n entries, some 30 ns each. So the row of each PAGE_MARK_STEP-th point that a walk comes
 * by is kept, 8 bytes for 256 points, and the next walk begins at the last mark before its offset.
 *
 * When a mark is good. A list holds the marks of the state `sequence` of its collection: the row of
 * mark i is the (i + 1) * PAGE_MARK_STEP-th of the points. What may happen to the order later:
 * - A point is added: row numbers ascend and are never used twice, so it comes behind all others,
 *   and no mark changes.
 * - A point is changed: it keeps its row.
 * - A point is deleted: marks at its row and behind it are wrong from then on, those before stay.
 * The deletions since `sequence` are the tombstones with a greater sequence, of which the least row
 * is asked for; the mark that tombstones were dropped reads as row 0, and voids all marks
 * (tombstones.c). A reader whose snapshot is older than the list uses no marks, and leaves none: a
 * point that it still sees may be missing from them.
 *
 * The lock is not held while a walk reads. Marks that a walk found are added when the list is still
 * of the state that the walk was of, and ends where the walk began; else they are dropped, and
 * found again by a later walk. */
#include "store/page_marks.h"

#include "base/size.h"
#include "store/store_internal.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct mark_list {
    uint64_t collection; /* 0: not in use; collections count from 1 */
    uint64_t sequence;
    uint64_t *rows; /* [count] heap */
    size_t count, capacity;
    uint64_t used; /* when it was used last, on page_marks.uses */
} mark_list;

struct page_marks {
    pthread_mutex_t lock; /* guards what follows */
    mark_list lists[PAGE_MARKS_LISTS];
    uint64_t uses, walked;
};

page_marks *page_marks_new(void)
{
    page_marks *m = calloc(1, sizeof *m);
    if (m) (void)pthread_mutex_init(&m->lock, NULL);
    return m;
}

void page_marks_free(page_marks *m)
{
    if (!m) return;
    for (size_t i = 0; i < PAGE_MARKS_LISTS; i++)
        free(m->lists[i].rows);
    (void)pthread_mutex_destroy(&m->lock);
    free(m);
}

uint64_t page_marks_walked(page_marks *m)
{
    (void)pthread_mutex_lock(&m->lock);
    uint64_t walked = m->walked;
    (void)pthread_mutex_unlock(&m->lock);
    return walked;
}

/* The list of the collection; else the one that was used least recently, emptied for it. */
static mark_list *find_list_locked(page_marks *m, uint64_t collection)
{
    mark_list *oldest = &m->lists[0];
    for (size_t i = 0; i < PAGE_MARKS_LISTS; i++) {
        if (m->lists[i].collection == collection) return &m->lists[i];
        if (m->lists[i].used < oldest->used) oldest = &m->lists[i];
    }
    oldest->collection = collection;
    oldest->sequence = 0;
    oldest->count = 0;
    return oldest;
}

/* Where a walk begins: `passed` points are up to `row`. */
typedef struct walk {
    uint64_t row, passed;
    bool is_kept; /* marks that it finds may be added to the list */
} walk;

/* Brings the list to the snapshot's state, given the least row that was deleted since its own, and
 * gives the last mark that is not beyond `offset`. */
static walk begin_walk_locked(mark_list *list, const store_collection *collection,
                              uint64_t list_sequence, uint64_t least_row, uint64_t offset)
{
    walk w = {.is_kept = list->sequence <= collection->sequence};
    // Another thread may have brought the list to a state that the deletions were not read for.
    if (list->sequence != list_sequence && list->sequence != collection->sequence)
        w.is_kept = false;
    if (!w.is_kept) return w;
    if (list->sequence != collection->sequence) {
        while (list->count > 0 && list->rows[list->count - 1] >= least_row)
            list->count--;
        list->sequence = collection->sequence;
    }
    size_t marks = (size_t)size_min(list->count, (size_t)(offset / PAGE_MARK_STEP));
    if (marks == 0) return w;
    w.row = list->rows[marks - 1];
    w.passed = (uint64_t)marks * PAGE_MARK_STEP;
    return w;
}

/* Takes the marks that a walk from `from` found, while the list still ends there. Without memory
 * they are dropped. */
static void add_marks_locked(mark_list *list, const store_collection *collection, const walk *from,
                             const uint64_t *rows, size_t count)
{
    size_t first = (size_t)(from->passed / PAGE_MARK_STEP);
    if (!from->is_kept || list->collection != collection->id ||
        list->sequence != collection->sequence || list->count != first || count == 0)
        return;
    if (first + count > list->capacity) {
        size_t capacity = size_max(first + count, 2 * list->capacity);
        uint64_t *grown = heap_grow_array(list->rows, capacity, sizeof *grown);
        if (!grown) return;
        list->rows = grown;
        list->capacity = capacity;
    }
    memcpy(list->rows + first, rows, count * sizeof *rows);
    list->count = first + count;
}

/* Passes over `count` points behind *row, and sets *row to the last of them. */
static kith_status skip(connection *c, const store_collection *collection, uint64_t count,
                        uint64_t *row, kith_error *err)
{
    kith_status status = KITH_OK;
    query q = query_begin(c, POINT_SKIP);
    query_bind_u64(&q, collection->id);
    query_bind_u64(&q, *row);
    query_bind_u64(&q, count - 1);
    if (query_next(&q))
        *row = query_u64(&q, 0);
    else if (!query_failed(&q))
        status = fail(err, KITH_ERR_CORRUPT,
                      "kith.db: points: collection '%.*s' has fewer rows than the %llu it counts",
                      VIEW_ARG(collection->name), (unsigned long long)collection->points);
    return query_end(&q, status, err);
}

/* Walks from *w up to `offset`. rows [count] receive the marks on the way. */
static kith_status walk_to(connection *c, const store_collection *collection, uint64_t offset,
                           const call_limit *limit, walk *w, uint64_t *rows, kith_error *err)
{
    kith_status status = KITH_OK;
    while (status == KITH_OK && w->passed < offset) {
        uint64_t count = size_min(PAGE_MARK_STEP, offset - w->passed);
        status = call_limit_check(limit, err);
        if (status == KITH_OK) status = skip(c, collection, count, &w->row, err);
        w->passed += count;
        if (count == PAGE_MARK_STEP) *rows++ = w->row;
    }
    return status;
}

kith_status page_marks_find(page_marks *m, connection *c, const store_collection *collection,
                            uint64_t offset, const call_limit *step_limit, uint64_t *row,
                            kith_error *err)
{
    CHECK(offset >= 1 && offset <= collection->points);
    uint64_t least_row = UINT64_MAX;
    (void)pthread_mutex_lock(&m->lock);
    uint64_t sequence = find_list_locked(m, collection->id)->sequence;
    (void)pthread_mutex_unlock(&m->lock);
    kith_status status = KITH_OK;
    if (sequence < collection->sequence)
        status = tombstones_least_row(c, collection->id, sequence, &least_row, err);
    if (status != KITH_OK) return status;

    (void)pthread_mutex_lock(&m->lock);
    mark_list *list = find_list_locked(m, collection->id);
    list->used = ++m->uses;
    const walk start = begin_walk_locked(list, collection, sequence, least_row, offset);
    (void)pthread_mutex_unlock(&m->lock);

    walk w = start;
    size_t marks = (size_t)((offset - start.passed) / PAGE_MARK_STEP);
    uint64_t *rows = heap_new_array(marks, sizeof *rows);
    if (!rows) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an offset");
    status = walk_to(c, collection, offset, step_limit, &w, rows, err);

    (void)pthread_mutex_lock(&m->lock);
    m->walked += w.passed - start.passed;
    if (status == KITH_OK)
        add_marks_locked(find_list_locked(m, collection->id), collection, &start, rows, marks);
    (void)pthread_mutex_unlock(&m->lock);
    free(rows);
    if (status == KITH_OK) *row = w.row;
    return status;
}
