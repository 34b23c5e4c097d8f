/* reembeddings.c - which collections are being given another model (reembed.c), and points that wait
 * for a vector once more. */
#include "base/metadata.h"
#include "base/utf8.h"
#include "store/checksum.h"
#include "store/store_internal.h"

#include <inttypes.h>

/* ---- the rows of reembeddings ---- */

static uint64_t checksum_of(const store_reembedding *r)
{
    uint64_t numbers[] = {r->collection, r->image, r->base};
    return row_checksum(ROW_REEMBEDDING, numbers, 3, NULL, 0);
}

static kith_status read_row(const query *q, store_reembedding *out, kith_error *err)
{
    enum { COLLECTION, IMAGE, BASE, CHECKSUM }; /* REEMBEDDING_COLUMNS */
    store_reembedding row = {query_u64(q, COLLECTION), query_u64(q, IMAGE), query_u64(q, BASE)};
    if (checksum_of(&row) != query_u64(q, CHECKSUM))
        return fail(err, KITH_ERR_CORRUPT,
                    "kith.db: reembeddings: row of collection %" PRIu64 " fails its checksum",
                    row.collection);
    *out = row;
    return KITH_OK;
}

kith_status reembedding_find(connection *c, uint64_t collection, store_reembedding *out,
                             bool *found, kith_error *err)
{
    kith_status status = KITH_OK;
    store_reembedding row = {0};
    query q = query_begin(c, REEMBEDDING_GET);
    query_bind_u64(&q, collection);
    const bool is_there = query_next(&q);
    if (is_there) status = read_row(&q, &row, err);
    status = query_end(&q, status, err);
    if (status != KITH_OK) return status;
    *found = is_there;
    if (is_there) *out = row;
    return KITH_OK;
}

kith_status reembedding_put(writing *w, const store_reembedding *r, kith_error *err)
{
    query q = query_begin(w->connection, REEMBEDDING_PUT);
    query_bind_u64(&q, r->collection);
    query_bind_u64(&q, r->image);
    query_bind_u64(&q, r->base);
    query_bind_u64(&q, checksum_of(r));
    return query_run(&q, err);
}

kith_status reembedding_delete(writing *w, uint64_t collection, kith_error *err)
{
    query q = query_begin(w->connection, REEMBEDDING_DELETE);
    query_bind_u64(&q, collection);
    return query_run(&q, err);
}

/* The image is known by its name, so that a collection can be deleted although the row is damaged. */
kith_status reembedding_image(writing *w, const store_collection *c, uint64_t *image,
                              kith_error *err)
{
    store_collection found = {0};
    kith_error none = {0};
    const char *name = arena_printf(&w->arena, COLLECTION_IMAGE_PREFIX "%" PRIu64, c->id);
    if (!name) return fail_no_room(err);
    // Asked for by its name, not looked for among all: another collection's row may be damaged.
    const store_address address = {.database = c->database, .name = view_of(name)};
    kith_status status = collection_find(w->connection, &address, &w->arena, &found, &none);
    *image = found.id;
    if (status == KITH_ERR_NOT_FOUND) return KITH_OK;
    if (status != KITH_OK && err) *err = none;
    return status;
}

kith_status reembeddings_check(connection *c, kith_error *err)
{
    kith_status status = KITH_OK;
    query q = query_begin(c, REEMBEDDING_ALL);
    while (status == KITH_OK && query_next(&q)) {
        store_reembedding row;
        status = read_row(&q, &row, err);
    }
    return query_end(&q, status, err);
}

kith_status store_reembedding_find(store *s, uint64_t collection, store_reembedding *out,
                                   bool *found, kith_error *err)
{
    connection *c = NULL;
    kith_status status = readers_acquire(s->readers, &c, err);
    if (status != KITH_OK) return status;
    status = reembedding_find(c, collection, out, found, err);
    readers_release(s->readers, c);
    return status;
}

/* ---- points that wait again ---- */

enum { PREFIX_MAX_BYTES = 240 }; /* of title or headings, as ingestion has it */

static view last_bytes(view text)
{
    if (text.size <= PREFIX_MAX_BYTES) return text;
    return view_slice(text, utf8_floor(text, text.size - PREFIX_MAX_BYTES), text.size);
}

static view string_of(const metadata *m, view key)
{
    const metadata_value *value = metadata_get(m, key);
    return value && value->kind == METADATA_STRING ? value->string : VIEW("");
}

kith_status point_wait_again(point_row *row, arena *a, kith_error *err)
{
    metadata fields = {.memory = a};
    if (!row->content.data)
        return fail(err, KITH_ERR_INVALID, "point '%.*s' has no text that could be embedded",
                    VIEW_ARG(row->key));
    kith_status status = KITH_OK;
    // Of a chunk that was embedded before prefixes were kept: its headings or its title, and what
    // leads into it.
    if (!row->prefix.data && row->document.data && row->metadata.data)
        status = metadata_parse(row->metadata, &fields, err);
    if (status != KITH_OK) return status;
    const view heading = string_of(&fields, VIEW("heading")),
               lead = string_of(&fields, VIEW("lead_in"));
    const view first = last_bytes(heading.size ? heading : string_of(&fields, VIEW("title")));
    if (!row->prefix.data)
        row->prefix =
            view_of(arena_printf(a, "%.*s%s%.*s%s", VIEW_ARG(first), first.size ? "\n" : "",
                                 VIEW_ARG(lead), lead.size ? "\n" : ""));
    if (!row->prefix.data) return fail_no_room(err);
    row->vector = VIEW("");
    row->text = (view){NULL, 0};
    row->promise = row->is_waiting ? row->promise : 0;
    row->is_waiting = true;
    return KITH_OK;
}
