/* collections.c - the rows of collections: creating, pinning, naming, reading; deleting: dropped.c.
 * A row holds the sequence and the counts of its collection, which sequence.c advances with each
 * change. The dimension and the model are set once: by the creation, or by the first vectors. From
 * then on every vector of the collection has this length and comes from this model, so neither ever
 * changes again. Nor does the uuid; the name may (store_collection_modify), so nothing that is kept
 * refers to a collection by it but conversations, which follow a change. */
#include "os/random.h"
#include "store/checksum.h"
#include "store/store_internal.h"

#include <inttypes.h>

static uint64_t checksum_of(const store_collection *c)
{
    uint64_t numbers[] = {
        c->id,       c->database,     (uint64_t)c->metric, c->dim,
        c->sequence, c->documents,    c->points,           (uint64_t)c->created_ms,
        c->writer,   c->writer_since, c->index_memory,     (uint64_t)c->memory};
    // Rows of before there were the last four are not touched by the upgrades.
    size_t count = sizeof numbers / sizeof numbers[0];
    if (c->memory == KITH_MEMORY_FULL) count--;
    if (c->memory == KITH_MEMORY_FULL && c->index_memory == 0) count -= c->writer ? 1 : 3;
    view texts[] = {c->name, view_or_empty(c->model), uuid_view(&c->uuid)};
    return row_checksum(ROW_COLLECTION, numbers, count, texts, sizeof texts / sizeof texts[0]);
}

static kith_status read_row(const query *q, arena *a, store_collection *out, kith_error *err)
{
    /* COLLECTION_COLUMNS */
    enum {
        ID,
        DATABASE,
        UUID,
        NAME,
        METRIC,
        DIM,
        MODEL,
        SEQUENCE,
        DOCUMENTS,
        POINTS,
        CREATED,
        CHECKSUM,
        WRITER,
        SINCE,
        LIMIT,
        MEMORY
    };
    store_collection row = {
        .id = query_u64(q, ID),
        .database = query_u64(q, DATABASE),
        .metric = (kith_metric)query_u64(q, METRIC),
        .dim = (uint32_t)query_u64(q, DIM),
        .sequence = query_u64(q, SEQUENCE),
        .documents = query_u64(q, DOCUMENTS),
        .points = query_u64(q, POINTS),
        .created_ms = query_i64(q, CREATED),
        .writer = query_u64(q, WRITER),
        .writer_since = query_u64(q, SINCE),
        .index_memory = query_u64(q, LIMIT),
        .memory = (kith_memory)query_u64(q, MEMORY),
    };
    view bytes = query_view(q, UUID);
    if (bytes.size == sizeof row.uuid) memcpy(&row.uuid, bytes.data, sizeof row.uuid);
    if (!copy_view(a, query_view(q, NAME), &row.name) ||
        !copy_view(a, query_view(q, MODEL), &row.model))
        return fail_no_room(err);
    if (checksum_of(&row) != query_u64(q, CHECKSUM))
        return fail(err, KITH_ERR_CORRUPT,
                    "kith.db: collections: row %" PRIu64 " ('%.*s') fails its checksum", row.id,
                    VIEW_ARG(row.name));
    *out = row;
    return KITH_OK;
}

/* Every collection has a row of settings, which goes with it (dropped.c): where that is there and
 * the collection is not, the search for it was led astray by a damaged page. */
static kith_status fail_unfound(connection *c, uint64_t id, kith_error *err)
{
    bool has_settings = false;
    kith_status status = settings_find(c, id, &has_settings, err);
    if (status != KITH_OK) return status;
    if (has_settings)
        return fail(err, KITH_ERR_CORRUPT,
                    "kith.db: collections: %" PRIu64 " is not found, but its settings are ('kith "
                    "check' verifies everything)",
                    id);
    return fail(err, KITH_ERR_NOT_FOUND, "collection %" PRIu64 " does not exist", id);
}

kith_status collection_read(connection *c, uint64_t id, arena *a, store_collection *out,
                            kith_error *err)
{
    kith_status status = KITH_OK;
    query q = query_begin(c, COLLECTION_BY_ID);
    query_bind_u64(&q, id);
    if (query_next(&q))
        status = read_row(&q, a, out, err);
    else if (!query_failed(&q))
        status = fail_unfound(c, id, err);
    return query_end(&q, status, err);
}

static kith_status fail_missing(const store_address *address, kith_error *err)
{
    char text[UUID_TEXT_BYTES + 1];
    if (!address->uuid)
        return fail(err, KITH_ERR_NOT_FOUND, "collection '%.*s' does not exist",
                    VIEW_ARG(address->name));
    uuid_format(address->uuid, text);
    return fail(err, KITH_ERR_NOT_FOUND, "collection %s does not exist", text);
}

kith_status collection_find(connection *c, const store_address *address, arena *a,
                            store_collection *out, kith_error *err)
{
    kith_status status = KITH_OK;
    query q = query_begin(c, address->uuid ? COLLECTION_BY_UUID : COLLECTION_BY_NAME);
    query_bind_u64(&q, address->database);
    if (address->uuid)
        query_bind_blob(&q, uuid_view(address->uuid));
    else
        query_bind_text(&q, address->name);
    if (query_next(&q))
        status = read_row(&q, a, out, err);
    else if (!query_failed(&q))
        status = fail_missing(address, err);
    return query_end(&q, status, err);
}

static kith_status read_listed(const query *q, const row_list *l, void *out, kith_error *err)
{
    return read_row(q, l->memory, out, err);
}

/* Reads what the query yields, and ends it. */
static kith_status read_rows(query *q, arena *a, store_collection **out, uint32_t *out_count,
                             kith_error *err)
{
    row_list l = {.memory = a, .row_bytes = sizeof **out, .read = read_listed};
    kith_status status = row_list_read(&l, q, err);
    if (status != KITH_OK) return status;
    *out = l.rows;
    *out_count = l.count;
    return KITH_OK;
}

kith_status collection_list_all(connection *c, arena *a, store_collection **out,
                                uint32_t *out_count, kith_error *err)
{
    query q = query_begin(c, COLLECTION_ALL);
    return read_rows(&q, a, out, out_count, err);
}

static kith_status read_if_sound(const query *q, const row_list *l, void *out, kith_error *err)
{
    kith_status status = read_row(q, l->memory, out, err);
    if (status != KITH_ERR_CORRUPT) return status;
    *(store_collection *)out = (store_collection){0};
    return KITH_OK;
}

kith_status collection_list_sound(connection *c, arena *a, store_collection **out,
                                  uint32_t *out_count, kith_error *err)
{
    query q = query_begin(c, COLLECTION_ALL);
    row_list l = {.memory = a, .row_bytes = sizeof **out, .read = read_if_sound};
    kith_status status = row_list_read(&l, &q, err);
    if (status != KITH_OK) return status;
    *out = l.rows;
    *out_count = l.count;
    return KITH_OK;
}

kith_status collection_list(connection *c, uint64_t database, const store_page *page, arena *a,
                            store_collection **out, uint32_t *out_count, kith_error *err)
{
    query q = query_begin(c, page ? COLLECTION_LIST : COLLECTION_OF_DATABASE);
    static const store_page whole = {0, 0};
    query_bind_u64(&q, database);
    query_bind_page(&q, page ? page : &whole);
    return read_rows(&q, a, out, out_count, err);
}

kith_status collection_replace(writing *w, const store_collection *c, kith_error *err)
{
    query q = query_begin(w->connection, COLLECTION_REPLACE);
    query_bind_u64(&q, c->dim);
    query_bind_text(&q, view_or_empty(c->model));
    query_bind_u64(&q, c->sequence);
    query_bind_u64(&q, c->documents);
    query_bind_u64(&q, c->points);
    query_bind_u64(&q, checksum_of(c));
    query_bind_u64(&q, c->writer);
    query_bind_u64(&q, c->writer_since);
    query_bind_u64(&q, c->id);
    return query_run_on_row(&q, err);
}

kith_status collection_identify(writing *w, const store_collection *c, kith_error *err)
{
    query q = query_begin(w->connection, COLLECTION_IDENTIFY);
    query_bind_blob(&q, uuid_view(&c->uuid));
    query_bind_text(&q, c->name);
    query_bind_i64(&q, c->created_ms);
    query_bind_u64(&q, checksum_of(c));
    query_bind_u64(&q, c->id);
    return query_run_on_row(&q, err);
}

kith_status collection_require_current(const store_collection *c, kith_error *err)
{
    if (!view_starts_with(c->name, VIEW(COLLECTION_REPLACED_PREFIX))) return KITH_OK;
    return fail(err, KITH_ERR_BUSY,
                "the collection was given another model a moment ago: repeat the call");
}

/* ---- create ---- */

typedef struct ensure_job {
    const store_collection_spec *spec;
    uuid uuid; /* for a new one */
    arena *memory;
    store_collection found;
    bool created;
} ensure_job;

static kith_status insert(writing *w, const store_collection *c, kith_error *err)
{
    query q = query_begin(w->connection, COLLECTION_INSERT);
    query_bind_u64(&q, c->id);
    query_bind_u64(&q, c->database);
    query_bind_blob(&q, uuid_view(&c->uuid));
    query_bind_text(&q, c->name);
    query_bind_u64(&q, (uint64_t)c->metric);
    query_bind_u64(&q, c->dim);
    query_bind_text(&q, view_or_empty(c->model));
    query_bind_u64(&q, c->sequence);
    query_bind_u64(&q, c->documents);
    query_bind_u64(&q, c->points);
    query_bind_i64(&q, c->created_ms);
    query_bind_u64(&q, checksum_of(c));
    query_bind_u64(&q, c->writer);
    query_bind_u64(&q, c->writer_since);
    query_bind_u64(&q, c->index_memory);
    query_bind_u64(&q, (uint64_t)c->memory);
    return query_run(&q, err);
}

kith_status collection_insert(writing *w, const store_collection *c, const store_settings *settings,
                              kith_error *err)
{
    const store_address address = {.database = c->database, .name = c->name};
    store_collection other = {0};
    kith_status status = collection_find(w->connection, &address, &w->arena, &other, NULL);
    if (status == KITH_OK)
        return fail(err, KITH_ERR_EXISTS, "collection '%.*s' exists", VIEW_ARG(c->name));
    if (status != KITH_ERR_NOT_FOUND)
        return collection_find(w->connection, &address, &w->arena, &other, err);
    status = insert(w, c, err);
    return status == KITH_OK ? settings_put(w, c->id, settings, err) : status;
}

static kith_status create(writing *w, ensure_job *job, kith_error *err)
{
    const store_collection_spec *spec = job->spec;
    store_database database = {0};
    store_collection c = {
        .database = spec->database,
        .uuid = job->uuid,
        .name = spec->name,
        .metric = spec->metric,
        .dim = spec->dim,
        .model = spec->model,
        .created_ms = spec->now_ms,
        .index_memory = spec->index_memory,
        .memory = spec->memory,
    };
    kith_status status = database_read(w->connection, spec->database, &w->arena, &database, err);
    if (status == KITH_OK) status = numbers_take(w, NUMBER_COLLECTION, 1, &c.id, err);
    if (status == KITH_OK) status = insert(w, &c, err);
    if (status == KITH_OK) status = settings_put(w, c.id, &spec->settings, err);
    job->created = status == KITH_OK;
    job->found = c;
    return status;
}

static kith_status ensure_work(writing *w, void *context, kith_error *err)
{
    ensure_job *job = context;
    const store_address address = {.database = job->spec->database, .name = job->spec->name};
    job->created = false;
    kith_status status = collection_find(w->connection, &address, job->memory, &job->found, NULL);
    if (status == KITH_ERR_NOT_FOUND) return create(w, job, err);
    return status == KITH_OK
               ? KITH_OK
               : collection_find(w->connection, &address, job->memory, &job->found, err);
}

kith_status store_collection_ensure(store *s, const store_collection_spec *spec, arena *a,
                                    store_collection *out, bool *created, kith_error *err)
{
    unsigned char random[16];
    ensure_job job = {.spec = spec, .memory = a};
    kith_status status = random_bytes(random, sizeof random, err);
    if (status != KITH_OK) return status;
    job.uuid = uuid_of_random(random);
    status = writer_run(s->writer, ensure_work, &job, err);
    if (status != KITH_OK) return status;
    if (job.created && (!copy_view(a, job.found.name, &job.found.name) ||
                        !copy_view(a, job.found.model, &job.found.model)))
        return fail_no_room(err);
    *out = job.found;
    *created = job.created;
    return KITH_OK;
}

kith_status store_collection_create(store *s, view name, kith_metric metric, uint32_t dim,
                                    view model, int64_t now_ms, uint64_t *id, kith_error *err)
{
    const store_collection_spec spec = {.database = STORE_DEFAULT_DATABASE,
                                        .name = name,
                                        .metric = metric,
                                        .dim = dim,
                                        .model = model,
                                        .now_ms = now_ms};
    store_collection c = {0};
    bool created = false;
    arena scratch;
    arena_init(&scratch, 0);
    kith_status status = store_collection_ensure(s, &spec, &scratch, &c, &created, err);
    if (status == KITH_OK && !created)
        status = fail(err, KITH_ERR_EXISTS, "collection '%.*s' exists", VIEW_ARG(name));
    if (status == KITH_OK) *id = c.id;
    arena_done(&scratch);
    return status;
}

kith_status store_collection_list_all(store *s, arena *a, store_collection **out,
                                      uint32_t *out_count, kith_error *err)
{
    connection *c = NULL;
    kith_status status = readers_acquire(s->readers, &c, err);
    if (status != KITH_OK) return status;
    status = collection_list_all(c, a, out, out_count, err);
    readers_release(s->readers, c);
    return status;
}

/* ---- modify ---- */

typedef struct modify_job {
    uint64_t collection;
    const store_modification *to;
} modify_job;

/* `name` differs from its own, so that whoever has it is another collection. */
static kith_status rename_to(writing *w, store_collection *c, view name, kith_error *err)
{
    kith_status status = conversations_rename(w, c, name, err);
    if (status != KITH_OK) return status;
    c->name = name;
    query q = query_begin(w->connection, COLLECTION_RENAME);
    query_bind_text(&q, c->name);
    query_bind_u64(&q, checksum_of(c));
    query_bind_u64(&q, c->id);
    (void)query_next(&q);
    if (query_is_taken(&q))
        status = fail(err, KITH_ERR_EXISTS, "collection '%.*s' exists", VIEW_ARG(name));
    return query_end(&q, status, err);
}

kith_status collection_set_memory(writing *w, store_collection *c, uint64_t index_memory,
                                  kith_memory memory, kith_error *err)
{
    if (c->index_memory == index_memory && c->memory == memory) return KITH_OK;
    c->index_memory = index_memory;
    c->memory = memory;
    query q = query_begin(w->connection, COLLECTION_LIMIT_MEMORY);
    query_bind_u64(&q, c->index_memory);
    query_bind_u64(&q, (uint64_t)c->memory);
    query_bind_u64(&q, checksum_of(c));
    query_bind_u64(&q, c->id);
    return query_run_on_row(&q, err);
}

static view changed(view from, view to)
{
    if (!to.data) return from;
    return to.size ? to : (view){NULL, 0};
}

static kith_status modify_work(writing *w, void *context, kith_error *err)
{
    const modify_job *job = context;
    store_collection c = {0};
    store_settings settings = {{NULL, 0}, {NULL, 0}};
    kith_status status = collection_read(w->connection, job->collection, &w->arena, &c, err);
    if (status == KITH_OK) status = collection_require_current(&c, err);
    if (status == KITH_OK && job->to->name.data && !view_equal(job->to->name, c.name))
        status = rename_to(w, &c, job->to->name, err);
    if (status == KITH_OK)
        status = collection_set_memory(
            w, &c, job->to->index_memory ? *job->to->index_memory : c.index_memory,
            job->to->memory ? *job->to->memory : c.memory, err);
    if (status != KITH_OK || (!job->to->metadata.data && !job->to->configuration.data))
        return status;
    status = settings_read(w->connection, c.id, &w->arena, &settings, err);
    settings.metadata = changed(settings.metadata, job->to->metadata);
    settings.configuration = changed(settings.configuration, job->to->configuration);
    return status == KITH_OK ? settings_put(w, c.id, &settings, err) : status;
}

kith_status store_collection_modify(store *s, uint64_t collection, const store_modification *to,
                                    kith_error *err)
{
    modify_job job = {collection, to};
    return writer_run(s->writer, modify_work, &job, err);
}

/* ---- pin ---- */

typedef struct pin_job {
    uint64_t collection;
    const store_pin *pin;
} pin_job;

kith_status collection_require_name(const store_collection *c, view name, kith_error *err)
{
    if (!name.data || view_equal(name, c->name)) return KITH_OK;
    return fail(err, KITH_ERR_NOT_FOUND, "collection '%.*s' does not exist", VIEW_ARG(name));
}

static kith_status pin_work(writing *w, void *context, kith_error *err)
{
    const pin_job *job = context;
    const store_pin *pin = job->pin;
    store_collection c = {0};
    kith_status status = collection_read(w->connection, job->collection, &w->arena, &c, err);
    if (status == KITH_OK) status = collection_require_name(&c, pin->name, err);
    if (status == KITH_OK) status = collection_require_current(&c, err);
    if (status != KITH_OK) return status;
    if (pin->dim && c.dim && c.dim != pin->dim)
        return fail(err, KITH_ERR_DIMENSION, "collection '%.*s' has %u dimensions, not %u",
                    VIEW_ARG(c.name), c.dim, pin->dim);
    view pinned = store_model_fingerprint(c.model), wanted = store_model_fingerprint(pin->model);
    if (wanted.size && pinned.size && store_model_compare(c.model, pin->model) != STORE_MODEL_SAME)
        return fail(err, KITH_ERR_MODEL, "collection '%.*s' is pinned to model '%.*s', not '%.*s'",
                    VIEW_ARG(c.name), VIEW_ARG(pinned), VIEW_ARG(wanted));
    /* Collections of earlier versions were pinned by the fingerprint alone: add the name once. */
    bool is_named = store_model_name(c.model).size || !store_model_name(pin->model).size;
    bool is_pinned = (!pin->dim || c.dim) && (!wanted.size || (pinned.size && is_named));
    if (is_pinned) return KITH_OK;
    if (pin->dim) c.dim = pin->dim;
    if (wanted.size && !(pinned.size && is_named)) c.model = pin->model;
    return collection_replace(w, &c, err);
}

kith_status store_collection_pin(store *s, uint64_t collection, const store_pin *pin,
                                 kith_error *err)
{
    pin_job job = {collection, pin};
    return writer_run_within(s->writer, pin_work, &job, pin->limit, err);
}

/* ---- read ---- */

kith_status store_collection_find(store *s, const store_address *address, arena *a,
                                  store_collection *out, kith_error *err)
{
    connection *c = NULL;
    kith_status status = readers_acquire(s->readers, &c, err);
    if (status != KITH_OK) return status;
    status = collection_find(c, address, a, out, err);
    readers_release(s->readers, c);
    return status;
}

kith_status store_collection_get(store *s, view name, arena *a, store_collection *out,
                                 kith_error *err)
{
    const store_address address = {.database = STORE_DEFAULT_DATABASE, .name = name};
    return store_collection_find(s, &address, a, out, err);
}

kith_status store_collection_read(store *s, uint64_t collection, arena *a, store_collection *out,
                                  kith_error *err)
{
    connection *c = NULL;
    kith_status status = readers_acquire(s->readers, &c, err);
    if (status != KITH_OK) return status;
    status = collection_read(c, collection, a, out, err);
    readers_release(s->readers, c);
    return status;
}

kith_status store_collection_settings(store *s, uint64_t collection, arena *a, store_settings *out,
                                      kith_error *err)
{
    connection *c = NULL;
    store_collection row = {0};
    kith_status status = readers_acquire(s->readers, &c, err);
    if (status != KITH_OK) return status;
    status = collection_read(c, collection, a, &row, err);
    if (status == KITH_OK) status = settings_read(c, collection, a, out, err);
    readers_release(s->readers, c);
    return status;
}

kith_status store_collection_count(store *s, uint64_t database, uint64_t *out, kith_error *err)
{
    connection *c = NULL;
    uint64_t count = 0;
    kith_status status = readers_acquire(s->readers, &c, err);
    if (status != KITH_OK) return status;
    query q = query_begin(c, COLLECTION_COUNT);
    query_bind_u64(&q, database);
    if (query_next(&q)) count = query_u64(&q, 0);
    status = query_end(&q, KITH_OK, err);
    readers_release(s->readers, c);
    if (status == KITH_OK) *out = count;
    return status;
}

kith_status store_collection_list(store *s, uint64_t database, const store_page *page, arena *a,
                                  store_collections *out, kith_error *err)
{
    connection *c = NULL;
    store_collections list = {0};
    kith_status status = readers_acquire(s->readers, &c, err);
    if (status != KITH_OK) return status;
    status = collection_list(c, database, page, a, &list.collections, &list.count, err);
    if (status == KITH_OK) {
        list.settings = arena_new_array(a, store_settings, list.count);
        if (!list.settings) status = fail_no_room(err);
    }
    for (uint32_t i = 0; status == KITH_OK && i < list.count; i++)
        status = settings_read(c, list.collections[i].id, a, &list.settings[i], err);
    readers_release(s->readers, c);
    if (status == KITH_OK) *out = list;
    return status;
}
