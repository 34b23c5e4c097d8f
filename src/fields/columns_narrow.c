/* columns_narrow.c - a filter with conditions on texts and ids, over some of all rows.
 *
 * Columns answer for all rows in microseconds; a text costs a read of its row. So a filter is not
 * evaluated to a bitmap of all rows that match, but narrows a bitmap of those that may still: of an
 * $and each child narrows what the one before left, of an $or each child looks only at the rows that
 * none before has taken. The children that columns decide come first, then conditions on ids, then
 * those on texts, those with regular expressions last. The order changes nothing but the cost: a
 * condition gives the same answer for a row whichever other rows there are.
 *
 * The recursion is as deep as the filter, FILTER_MAX_LEVELS at most, with three bitmaps a level. */
#include "fields/columns_private.h"
#include "fields/filter_private.h"

typedef struct narrowing {
    const column_segments *segments;
    const columns_reader *reader;
    kith_error *err;
} narrowing;

enum { RANKS = 4 };

/* The place of a child among its siblings, by what it reads. */
static uint32_t rank_of(const filter *f)
{
    if (f->reads & FILTER_READS_PATTERN) return 3;
    if (f->reads & FILTER_READS_TEXT) return 2;
    return f->reads & FILTER_READS_ID ? 1 : 0;
}

static bool is_empty(const bitset *rows)
{
    return bitset_next(rows, 0) == rows->count;
}

static kith_status fail_no_bitmap(const narrowing *n, const bitset *rows)
{
    return fail(n->err, KITH_ERR_NO_MEMORY, "out of memory for a filter over %u rows", rows->count);
}

static kith_status narrow(const narrowing *n, const filter *f, bitset *rows);

static kith_status narrow_by_columns(const narrowing *n, const filter *f, bitset *rows)
{
    bitset *matching = bitset_new(rows->count);
    if (!matching) return fail_no_bitmap(n, rows);
    kith_status status = columns_match(n->segments, f, matching, n->err);
    if (status == KITH_OK) bitset_and(rows, matching);
    bitset_free(matching);
    return status;
}

static kith_status narrow_by_ids(const narrowing *n, const filter *f, bitset *rows)
{
    bitset *found = bitset_new(rows->count);
    if (!found) return fail_no_bitmap(n, rows);
    kith_status status =
        n->reader->find_ids(n->reader->context, f->values, f->count, found, n->err);
    if (f->negated) bitset_not(found);
    if (status == KITH_OK) bitset_and(rows, found);
    bitset_free(found);
    return status;
}

static kith_status narrow_by_all(const narrowing *n, const filter *f, bitset *rows)
{
    kith_status status = KITH_OK;
    for (uint32_t rank = 0; rank < RANKS; rank++)
        for (uint32_t i = 0; status == KITH_OK && i < f->count; i++)
            if (rank_of(f->children[i]) == rank && !is_empty(rows))
                status = narrow(n, f->children[i], rows);
    return status;
}

/* `taken` gathers what the children match; `left` has the rows that no child has taken yet. */
static kith_status take_any(const narrowing *n, const filter *f, bitset *left, bitset *taken)
{
    kith_status status = KITH_OK;
    bitset *part = bitset_new(left->count);
    if (!part) return fail_no_bitmap(n, left);
    for (uint32_t rank = 0; rank < RANKS; rank++)
        for (uint32_t i = 0; status == KITH_OK && i < f->count; i++) {
            if (rank_of(f->children[i]) != rank || is_empty(left)) continue;
            bitset_fill(part, false);
            bitset_or(part, left);
            status = narrow(n, f->children[i], part);
            bitset_or(taken, part);
            bitset_not(part);
            bitset_and(left, part);
        }
    bitset_free(part);
    return status;
}

static kith_status narrow_by_any(const narrowing *n, const filter *f, bitset *rows)
{
    bitset *taken = bitset_new(rows->count);
    if (!taken) return fail_no_bitmap(n, rows);
    kith_status status = take_any(n, f, rows, taken);
    bitset_fill(rows, false);
    bitset_or(rows, taken);
    bitset_free(taken);
    return status;
}

static kith_status narrow(const narrowing *n, const filter *f, bitset *rows)
{
    if (f->reads == 0) return narrow_by_columns(n, f, rows);
    if (f->kind == FILTER_ALL) return narrow_by_all(n, f, rows);
    if (f->kind == FILTER_ANY) return narrow_by_any(n, f, rows);
    if (f->kind == FILTER_ID) return narrow_by_ids(n, f, rows);
    return n->reader->test_texts(n->reader->context, f, rows, n->err);
}

kith_status columns_narrow(const column_segments *list, const filter *f,
                           const columns_reader *reader, bitset *rows, kith_error *err)
{
    const narrowing n = {list, reader, err};
    return narrow(&n, f, rows);
}
