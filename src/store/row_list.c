/* row_list.c - the rows that a query yields, read into an array that grows: what lists, pages and
 * selections have in common, whatever table they are of. */
#include "base/reserve.h"
#include "store/store_internal.h"

kith_status row_list_read(row_list *l, query *q, kith_error *err)
{
    kith_status status = KITH_OK;
    unsigned char *rows = NULL;
    uint32_t count = 0, capacity = 0;
    const size_t before = l->memory->used;
    while (status == KITH_OK && query_next(q)) {
        status = check_reading(l->call, count, l->memory->used - before, err);
        if (status != KITH_OK) break;
        unsigned char *grown = arena_reserve(l->memory, rows, &capacity, count + 1, l->row_bytes);
        if (!grown) {
            status = fail_no_room(err);
            break;
        }
        rows = grown;
        status = l->read(q, l, rows + count++ * l->row_bytes, err);
    }
    status = query_end(q, status, err);
    if (status == KITH_OK) status = call_limit_check_bytes(l->call, l->memory->used - before, err);
    if (status != KITH_OK) return status;
    l->rows = rows;
    l->count = count;
    return KITH_OK;
}
