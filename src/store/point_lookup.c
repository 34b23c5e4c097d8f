/* point_lookup.c - for conditions on what no index has: the rows of ids, and the texts of rows.
 *
 * Both take any number and read in groups, each in a snapshot of its own, so that a filter over a
 * whole collection holds no snapshot for long (readers.c) and can be ended between two rows. So what
 * one call reads is not of one state; its caller tests each point by itself. Texts are not copied:
 * the visit looks at them where the engine has them, and a collection of large texts takes no more
 * memory than one of them. */
#include "base/size.h"
#include "store/store_internal.h"

enum { GROUP_ROWS = 256 };

typedef struct lookup {
    uint64_t collection;
    uint32_t count;
    const call_limit *limit; /* NULL: none */
    kith_status (*look)(connection *c, const struct lookup *l, uint32_t i, kith_error *err);
    const view *keys;           /* of find_row: [count] */
    uint64_t *found;            /* of find_row: [count] */
    const store_row_list *list; /* of visit_row */
} lookup;

/* Looks 0 to count - 1 up, a group in one snapshot. */
static kith_status look_all(store *s, const lookup *l, kith_error *err)
{
    kith_status status = KITH_OK;
    arena memory;
    arena_init(&memory, 0);
    for (uint32_t first = 0; status == KITH_OK && first < l->count; first += GROUP_ROWS) {
        connection *c = NULL;
        store_collection description = {0};
        uint32_t end = first + (uint32_t)size_min(GROUP_ROWS, l->count - first);
        status = reading_begin(s, l->collection, &memory, &c, &description, err);
        if (status != KITH_OK) break;
        for (uint32_t i = first; status == KITH_OK && i < end; i++) {
            status = check_reading(l->limit, i, 0, err);
            if (status == KITH_OK) status = l->look(c, l, i, err);
        }
        readers_release(s->readers, c);
        arena_reset(&memory);
    }
    arena_done(&memory);
    return status;
}

static kith_status find_row(connection *c, const lookup *l, uint32_t i, kith_error *err)
{
    uint64_t *row = &l->found[i];
    query q = query_begin_in(c, POINT_ROW_OF_KEY, l->collection, l->keys[i]);
    *row = query_next(&q) ? query_u64(&q, 0) : 0;
    kith_status status = query_end(&q, KITH_OK, err);
    if (status != KITH_OK || *row != 0) return status;
    return point_verify_miss(c, l->collection, l->keys[i], err);
}

kith_status store_find_rows(store *s, uint64_t collection, const store_key_list *list,
                            uint64_t *rows, kith_error *err)
{
    const lookup l = {.collection = collection,
                      .count = list->count,
                      .limit = list->limit,
                      .look = find_row,
                      .keys = list->keys,
                      .found = rows};
    return look_all(s, &l, err);
}

static kith_status visit_row(connection *c, const lookup *l, uint32_t i, kith_error *err)
{
    const store_row_list *list = l->list;
    kith_error damage = {0}; // the message of a damaged row
    point_row row = {0};
    query q = query_begin(c, POINT_BY_ROW);
    query_bind_u64(&q, list->rows[i]);
    kith_status status = query_next(&q) ? point_read(&q, &row, &damage) : KITH_OK;
    if (status == KITH_OK && row.row && row.collection == l->collection) {
        const store_point point = {
            .row = row.row, .key = row.key, .content = row.content, .metadata = row.metadata};
        list->visit(list->context, i, &point);
    } else if (status != KITH_OK && list->pass_damaged) {
        status = KITH_OK;
    } else if (status != KITH_OK && err) {
        *err = damage;
    }
    return query_end(&q, status, err);
}

kith_status store_visit_rows(store *s, uint64_t collection, const store_row_list *list,
                             kith_error *err)
{
    const lookup l = {.collection = collection,
                      .count = list->count,
                      .limit = list->limit,
                      .look = visit_row,
                      .list = list};
    return look_all(s, &l, err);
}
