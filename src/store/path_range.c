/* path_range.c - walking the rows whose path is a given one or lies below it. */
#include "store/store_internal.h"

/* Paths below "/a" are those between "/a/" and "/a0", both excluded, since '0' is the byte after
 * '/'. A range of the index finds them without a pattern, and passes over siblings as "/a-b" and
 * "/a.md", which sort before "/a/". "/" is its own separator: below it lies all between "/" and
 * "0". */
kith_status path_range_visit(store *s, const path_range *range, row_visit visit, void *context,
                             kith_error *err)
{
    connection *c = NULL;
    store_collection collection = {0};
    arena scratch;
    arena_init(&scratch, 0);
    view prefix = view_equal(range->top, VIEW("/")) ? VIEW("") : range->top;
    const char *low = arena_printf(&scratch, "%.*s/", VIEW_ARG(prefix));
    const char *high = arena_printf(&scratch, "%.*s0", VIEW_ARG(prefix));
    kith_status status = low && high ? KITH_OK : fail_no_room(err);
    if (status == KITH_OK)
        status = reading_begin(s, range->collection, &scratch, &c, &collection, err);
    if (status != KITH_OK) goto done;
    query q = query_begin_at(c, range->statement, range->collection, range->top);
    query_bind_blob(&q, view_of(low));
    query_bind_blob(&q, view_of(high));
    while (status == KITH_OK && query_next(&q))
        status = visit(&q, context, err);
    status = query_end(&q, status, err);
    readers_release(s->readers, c);
done:
    arena_done(&scratch);
    return status;
}
