/* chroma_catalog.c - see chroma_catalog.h.
 *
 * Where settings do not say the metric, "hnsw:space" of the collection's metadata does; else it is
 * l2. */
#include "transfer/chroma_catalog.h"

#include "base/json.h"
#include "base/uuid.h"
#include "transfer/chroma_metadata.h"
#include "transfer/chroma_settings.h"
#include "transfer/transfer.h"

#include <string.h>

enum { COLLECTIONS_MAX = 1 << 20, METADATA_MAX_BYTES_READ = 1 << 20 };

typedef struct catalog {
    sqlite_reader *r;
    arena *memory;
    chroma_metadata metadata;
    sqlite_rows *segments;
    chroma_collection *list;
    uint32_t count, capacity;
    kith_error *err;
} catalog;

/* A text of the current row, without NUL bytes; NULL for NULL. */
static kith_status column_text(const catalog *c, sqlite_rows *rows, int column, const char **out)
{
    view v = sqlite_rows_bytes(rows, column);
    *out = NULL;
    if (!v.data) return KITH_OK;
    if (memchr(v.data, 0, v.size)) return fail(c->err, KITH_ERR_FORMAT, "a name holds a NUL byte");
    *out = arena_copy(c->memory, v).data;
    return *out ? KITH_OK : fail(c->err, KITH_ERR_NO_MEMORY, "out of memory");
}

static kith_status read_metadata(catalog *c, chroma_collection *out)
{
    buffer json;
    const json_value *value = NULL;
    view space = {NULL, 0};
    buffer_init(&json, METADATA_MAX_BYTES_READ);
    sqlite_rows_reset(c->metadata.scalars);
    sqlite_rows_bind_text(c->metadata.scalars, 1, out->id);
    kith_status status = chroma_metadata_read(&c->metadata, &json, NULL, NULL, c->err);
    if (status == KITH_OK && json.size > 2) { // more than {}
        out->metadata = arena_copy(c->memory, buffer_view(&json)).data;
        status = json_parse(buffer_view(&json), METADATA_MAX_BYTES_READ, c->memory, &value, c->err);
    }
    if (status == KITH_OK && !out->configuration && json_get_string(value, "hnsw:space", &space))
        (void)transfer_metric_parse(space.data, &out->metric); // else it is the default
    buffer_done(&json);
    return status;
}

/* ---- collections ---- */

static kith_status read_segments(catalog *c, chroma_collection *out)
{
    enum { ID, SCOPE };
    sqlite_rows_reset(c->segments);
    sqlite_rows_bind_text(c->segments, 1, out->id);
    for (;;) {
        bool found = false;
        kith_status status = sqlite_rows_next(c->segments, &found, c->err);
        if (status != KITH_OK || !found) return status;
        view scope = sqlite_rows_bytes(c->segments, SCOPE);
        bool is_vector = view_equal(scope, VIEW("VECTOR"));
        if (!is_vector && !view_equal(scope, VIEW("METADATA"))) continue;
        status = column_text(c, c->segments, ID, is_vector ? &out->vectors : &out->records);
        uuid parsed;
        // The id of the vector segment names a folder: nothing but a uuid may lead there.
        if (status == KITH_OK && is_vector &&
            (!out->vectors || !uuid_parse(view_of(out->vectors), &parsed)))
            status =
                fail(c->err, KITH_ERR_FORMAT, "the id of a segment of '%s' is damaged", out->name);
        if (status != KITH_OK) return status;
    }
}

static kith_status grow(catalog *c)
{
    if (c->count < c->capacity) return KITH_OK;
    if (c->count == COLLECTIONS_MAX)
        return fail(c->err, KITH_ERR_LIMIT, "more than %d collections", COLLECTIONS_MAX);
    uint32_t capacity = c->capacity ? c->capacity * 2 : 16;
    chroma_collection *grown = arena_new_array(c->memory, chroma_collection, capacity);
    if (!grown) return fail(c->err, KITH_ERR_NO_MEMORY, "out of memory");
    if (c->count) memcpy(grown, c->list, c->count * sizeof *grown);
    c->list = grown;
    c->capacity = capacity;
    return KITH_OK;
}

static kith_status read_collection(catalog *c, sqlite_rows *rows)
{
    enum { ID, NAME, DIMENSION, TENANT, DATABASE, CONFIGURATION, SCHEMA };
    chroma_collection o = {.metric = KITH_SQUARED_L2};
    const int64_t dimension = sqlite_rows_number(rows, DIMENSION);
    kith_status status = grow(c);
    if (status == KITH_OK) status = column_text(c, rows, ID, &o.id);
    if (status == KITH_OK) status = column_text(c, rows, NAME, &o.name);
    if (status == KITH_OK) status = column_text(c, rows, TENANT, &o.tenant);
    if (status == KITH_OK) status = column_text(c, rows, DATABASE, &o.database);
    if (status != KITH_OK) return status;
    if (!o.id || !o.name || !o.tenant || !o.database)
        return fail(c->err, KITH_ERR_FORMAT, "a collection without a name");
    if (dimension < 0 || dimension > KITH_DIMENSION_MAX)
        return fail(c->err, KITH_ERR_FORMAT, "collection '%s' has %lld dimensions, the limit is %d",
                    o.name, (long long)dimension, KITH_DIMENSION_MAX);
    o.dimension = (uint32_t)dimension;
    status = chroma_settings_read(sqlite_rows_bytes(rows, SCHEMA),
                                  sqlite_rows_bytes(rows, CONFIGURATION), c->memory, &o.metric,
                                  &o.configuration, c->err);
    if (status != KITH_OK) return fail_context(c->err, status, "settings of '%s'", o.name);
    if (status == KITH_OK) status = read_metadata(c, &o);
    if (status == KITH_OK) status = read_segments(c, &o);
    if (status == KITH_OK) c->list[c->count++] = o;
    return status;
}

static kith_status prepare(catalog *c, sqlite_rows **rows)
{
    bool has_databases = false, has_configuration = false, has_schema = false;
    kith_status status =
        sqlite_reader_has(c->r, "collections", "database_id", &has_databases, c->err);
    if (status == KITH_OK)
        status =
            sqlite_reader_has(c->r, "collections", "config_json_str", &has_configuration, c->err);
    if (status == KITH_OK)
        status = sqlite_reader_has(c->r, "collections", "schema_str", &has_schema, c->err);
    if (status == KITH_OK) status = chroma_metadata_of_collections(c->r, &c->metadata, c->err);
    if (status == KITH_OK)
        status = sqlite_rows_open(c->r, "SELECT id, scope FROM segments WHERE collection = ?1",
                                  &c->segments, c->err);
    if (status != KITH_OK) return status;
    const char *sql = arena_printf(
        c->memory,
        "SELECT c.id, c.name, c.dimension, %s, %s, %s FROM collections c %s ORDER BY 4, 5, 2",
        has_databases ? "d.tenant_id, d.name" : "'default_tenant', 'default_database'",
        has_configuration ? "c.config_json_str" : "NULL", has_schema ? "c.schema_str" : "NULL",
        has_databases ? "JOIN databases d ON d.id = c.database_id" : "");
    if (!sql) return fail(c->err, KITH_ERR_NO_MEMORY, "out of memory");
    return sqlite_rows_open(c->r, sql, rows, c->err);
}

kith_status chroma_catalog_read(sqlite_reader *r, arena *a, chroma_collection **out,
                                uint32_t *count, kith_error *err)
{
    catalog c = {.r = r, .memory = a, .err = err};
    sqlite_rows *rows = NULL;
    kith_status status = prepare(&c, &rows);
    for (bool found = true; status == KITH_OK && found;) {
        status = sqlite_rows_next(rows, &found, err);
        if (status == KITH_OK && found) status = read_collection(&c, rows);
    }
    sqlite_rows_close(rows);
    sqlite_rows_close(c.segments);
    chroma_metadata_close(&c.metadata);
    if (status != KITH_OK) return status;
    *out = c.list;
    *count = c.count;
    return KITH_OK;
}

kith_status chroma_noted_sequence(sqlite_reader *r, const char *segment, uint64_t *out, bool *noted,
                                  kith_error *err)
{
    sqlite_rows *rows = NULL;
    bool found = false;
    kith_status status =
        sqlite_rows_open(r, "SELECT seq_id FROM max_seq_id WHERE segment_id = ?1", &rows, err);
    if (status != KITH_OK) return status;
    sqlite_rows_bind_text(rows, 1, segment);
    status = sqlite_rows_next(rows, &found, err);
    *noted = status == KITH_OK && found && sqlite_rows_sequence(rows, 0, out);
    if (!*noted) *out = 0;
    sqlite_rows_close(rows);
    return status;
}
