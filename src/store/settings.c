/* settings.c - the rows of settings: the metadata and the configuration of each collection.
 * They may be long and are seldom asked for, while the collection's own row is read by every call
 * and written by every change; so they stand apart. Every collection has exactly one row. */
#include "store/checksum.h"
#include "store/store_internal.h"

#include <inttypes.h>

static uint64_t checksum_of(uint64_t collection, const store_settings *settings)
{
    view texts[] = {settings->metadata, settings->configuration};
    return row_checksum(ROW_SETTINGS, &collection, 1, texts, 2);
}

static kith_status read_row(const query *q, uint64_t *collection, store_settings *out,
                            kith_error *err)
{
    enum { COLLECTION, METADATA, CONFIGURATION, CHECKSUM }; /* SETTINGS_COLUMNS */
    *collection = query_u64(q, COLLECTION);
    *out = (store_settings){query_view(q, METADATA), query_view(q, CONFIGURATION)};
    if (checksum_of(*collection, out) == query_u64(q, CHECKSUM)) return KITH_OK;
    return fail(err, KITH_ERR_CORRUPT,
                "kith.db: settings: row of collection %" PRIu64 " fails its checksum", *collection);
}

kith_status settings_put(writing *w, uint64_t collection, const store_settings *settings,
                         kith_error *err)
{
    query q = query_begin(w->connection, SETTINGS_PUT);
    query_bind_u64(&q, collection);
    query_bind_text(&q, settings->metadata);
    query_bind_text(&q, settings->configuration);
    query_bind_u64(&q, checksum_of(collection, settings));
    return query_run(&q, err);
}

kith_status settings_read(connection *c, uint64_t collection, arena *a, store_settings *out,
                          kith_error *err)
{
    kith_status status = KITH_OK;
    store_settings row = {{NULL, 0}, {NULL, 0}}, copy = row;
    uint64_t found = 0;
    query q = query_begin(c, SETTINGS_GET);
    query_bind_u64(&q, collection);
    if (query_next(&q)) {
        status = read_row(&q, &found, &row, err);
        bool fits = copy_view(a, row.metadata, &copy.metadata) &&
                    copy_view(a, row.configuration, &copy.configuration);
        if (status == KITH_OK && !fits) status = fail_no_room(err);
    } else if (!query_failed(&q)) {
        status = fail(err, KITH_ERR_CORRUPT, "kith.db: settings: collection %" PRIu64 " has none",
                      collection);
    }
    status = query_end(&q, status, err);
    if (status == KITH_OK) *out = copy;
    return status;
}

kith_status settings_find(connection *c, uint64_t collection, bool *found, kith_error *err)
{
    query q = query_begin(c, SETTINGS_GET);
    query_bind_u64(&q, collection);
    bool is_there = query_next(&q);
    kith_status status = query_end(&q, KITH_OK, err);
    if (status == KITH_OK) *found = is_there;
    return status;
}

kith_status settings_delete(writing *w, uint64_t collection, kith_error *err)
{
    query q = query_begin(w->connection, SETTINGS_DELETE);
    query_bind_u64(&q, collection);
    return query_run(&q, err);
}

kith_status settings_check(connection *c, uint64_t collection_count, kith_error *err)
{
    kith_status status = KITH_OK;
    uint64_t found = 0;
    query q = query_begin(c, SETTINGS_ALL);
    for (; status == KITH_OK && query_next(&q); found++) {
        store_settings row;
        uint64_t collection = 0;
        status = read_row(&q, &collection, &row, err);
    }
    if (status == KITH_OK && found != collection_count && !query_failed(&q))
        status = fail(err, KITH_ERR_CORRUPT,
                      "kith.db: settings: %" PRIu64 " rows, of %" PRIu64 " collections", found,
                      collection_count);
    return query_end(&q, status, err);
}
