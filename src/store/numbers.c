/* numbers.c - the numbers of points, collections, databases, tenants and conversations.
 *
 * The database gives them, as a sequence of PostgreSQL would: a row of `numbers` holds the highest
 * number of its kind that was ever given. A job takes as many as it may need, in one statement,
 * before it writes the rows that bear them; a row's checksum covers its number, so that the number
 * must be known first.
 *
 * Invariant: no number is ever in two committed rows, at one time or one after the other. Taking is
 * part of the transaction that writes the rows, so a number that was taken is committed with them
 * or not at all; there is one writer at a time, in whatever process, and the next one reads what
 * the last has committed. Numbers that a job takes and does not use are lost, which does no harm:
 * there are 2^63. Whoever deletes a row leaves `numbers` alone.
 *
 * Row numbers of points are taken ROWS_AT_ONCE at least, and what a job leaves of them is for the
 * next one (writing.next_row), so that single points do not write the row of `numbers`, and its
 * page, each time. Invariant: of two points the one that was committed later has the higher number,
 * which marks of pages and cursors rely on (page_marks.c). So what is left may be used only while
 * nobody else can have taken numbers behind it: the writer drops it when another connection has
 * committed since its own last commit. And only when the transaction that took it was committed, or
 * is this one: the writer drops it whenever it undoes anything. */
#include "store/store_internal.h"

enum { ROWS_AT_ONCE = 64 };

static view name_of(number_kind kind)
{
    switch (kind) {
    case NUMBER_POINT:
        return VIEW("points");
    case NUMBER_COLLECTION:
        return VIEW("collections");
    case NUMBER_DATABASE:
        return VIEW("databases");
    case NUMBER_TENANT:
        return VIEW("tenants");
    case NUMBER_CONVERSATION:
        return VIEW("conversations");
    }
    CHECK(false);
    return VIEW("");
}

kith_status numbers_take(writing *w, number_kind kind, uint32_t count, uint64_t *first,
                         kith_error *err)
{
    kith_status status = KITH_OK;
    uint64_t last = 0;
    view name = name_of(kind);
    query q = query_begin(w->connection, NUMBER_TAKE);
    query_bind_u64(&q, count);
    query_bind_text(&q, name);
    bool found = query_next(&q);
    if (found) {
        last = query_u64(&q, 0);
        (void)query_next(&q); /* to its end, which is when SQLite has updated the row */
    }
    bool is_sound = found && last >= count && last <= INT64_MAX;
    if (!is_sound && !query_failed(&q))
        status = fail(err, KITH_ERR_CORRUPT, "kith.db: numbers: there is no valid one of '%.*s'",
                      VIEW_ARG(name));
    status = query_end(&q, status, err);
    if (status == KITH_OK) *first = last - count + 1;
    return status;
}

kith_status numbers_take_rows(writing *w, uint32_t count, kith_error *err)
{
    if (count <= w->rows_left) return KITH_OK;
    const uint32_t taken = count > ROWS_AT_ONCE ? count : ROWS_AT_ONCE;
    w->rows_left = 0;
    kith_status status = numbers_take(w, NUMBER_POINT, taken, &w->next_row, err);
    if (status == KITH_OK) w->rows_left = taken;
    return status;
}

kith_status numbers_check(connection *c, kith_error *err)
{
    kith_status status = KITH_OK;
    query q = query_begin(c, NUMBER_BEHIND);
    if (query_next(&q)) {
        view name = query_view(&q, 0);
        status = fail(err, KITH_ERR_CORRUPT,
                      "kith.db: numbers: that of '%.*s' is lower than one that was given",
                      VIEW_ARG(name));
    }
    return query_end(&q, status, err);
}
