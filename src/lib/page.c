/* page.c - see page.h. */
#include "lib/page.h"

kith_status page_begin(collection *c, cursor_kind kind, const kith_page *page,
                       const call_limit *call, arena *a, page_request *out, kith_error *err)
{
    page_request request = {.limit = UINT32_MAX, .rows = {.limit = UINT32_MAX, .call = call}};
    if (page->limit > 0 && page->limit < UINT32_MAX) {
        request.limit = (uint32_t)page->limit;
        request.rows.limit = request.limit + 1;
    }
    kith_status status = cursor_list_of(c, kind, &request.list, err);
    if (status == KITH_OK && page->cursor)
        status = cursor_read(&request.list, page->cursor, a, &request.rows.after, err);
    if (status == KITH_OK) *out = request;
    return status;
}

kith_status page_end(const page_request *request, view last, arena *a, const char **next,
                     kith_error *err)
{
    *next = cursor_write(&request->list, last, a);
    return *next ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for a cursor");
}
