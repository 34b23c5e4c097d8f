/* page.c - see page.h. */
#include "lib/page.h"

#include "lib/options.h"

static kith_status read_cursor(page_request *r, const char *cursor, kith_error *err)
{
    kith_status status = cursor_list_of(r->collection, r->kind, &r->list, err);
    if (status == KITH_OK && cursor)
        status = cursor_read(&r->list, cursor, r->memory, &r->rows.after, err);
    return status;
}

kith_status page_open(page_request *r, kith *k, const char *name, const kith_page *page,
                      kith_error *err)
{
    kith_page wanted;
    kith_status status = options_adopt(&OPTIONS_SHAPE(kith_page), page, &wanted, err);
    if (status == KITH_OK) status = options_begin_call(wanted.call, &r->room, &r->rows.call, err);
    if (status == KITH_OK)
        status = database_acquire_collection(k->database, view_of(name), &r->collection, err);
    if (status != KITH_OK) return status;
    r->limit = r->rows.limit = UINT32_MAX;
    if (wanted.limit > 0 && wanted.limit < UINT32_MAX) {
        r->limit = (uint32_t)wanted.limit;
        r->rows.limit = r->limit + 1;
    }
    return read_cursor(r, wanted.cursor, err);
}

kith_status page_end(const page_request *r, view last, const char **next, kith_error *err)
{
    *next = cursor_write(&r->list, last, r->memory);
    return *next ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for a cursor");
}

kith_status page_close(page_request *r, kith_status status, kith_error *err)
{
    status = collection_explain_missing(r->collection, status, err);
    database_release_collection(r->collection);
    return status;
}
