/* databases.c - the rows of tenants and databases; deleting a database: dropped.c.
 * A database is read together with its tenant, so that both rows are verified. */
#include "os/random.h"
#include "store/checksum.h"
#include "store/store_internal.h"

#include <inttypes.h>

typedef struct tenant_row {
    uint64_t id;
    view name;
} tenant_row;

static uint64_t checksum_of_tenant(const tenant_row *t)
{
    return row_checksum(ROW_TENANT, &t->id, 1, &t->name, 1);
}

static uint64_t checksum_of(const store_database *d, uint64_t tenant)
{
    uint64_t numbers[] = {d->id, tenant};
    view texts[] = {uuid_view(&d->uuid), d->name};
    return row_checksum(ROW_DATABASE, numbers, 2, texts, 2);
}

/* id, name and checksum of a tenant are three columns that follow each other. */
static kith_status read_tenant(const query *q, int first_column, arena *a, tenant_row *out,
                               kith_error *err)
{
    tenant_row row = {.id = query_u64(q, first_column)};
    if (!copy_view(a, query_view(q, first_column + 1), &row.name)) return fail_no_room(err);
    if (checksum_of_tenant(&row) != query_u64(q, first_column + 2))
        return fail(err, KITH_ERR_CORRUPT,
                    "kith.db: tenants: row %" PRIu64 " ('%.*s') fails its checksum", row.id,
                    VIEW_ARG(row.name));
    *out = row;
    return KITH_OK;
}

static kith_status read_row(const query *q, arena *a, store_database *out, kith_error *err)
{
    enum { ID, UUID, TENANT, NAME, CHECKSUM, TENANT_ROW }; /* DATABASE_COLUMNS */
    tenant_row tenant = {0};
    store_database row = {.id = query_u64(q, ID)};
    view bytes = query_view(q, UUID);
    if (!copy_view(a, query_view(q, NAME), &row.name)) return fail_no_room(err);
    if (bytes.size == sizeof row.uuid) memcpy(&row.uuid, bytes.data, sizeof row.uuid);
    if (checksum_of(&row, query_u64(q, TENANT)) != query_u64(q, CHECKSUM))
        return fail(err, KITH_ERR_CORRUPT,
                    "kith.db: databases: row %" PRIu64 " ('%.*s') fails its checksum", row.id,
                    VIEW_ARG(row.name));
    kith_status status = read_tenant(q, TENANT_ROW, a, &tenant, err);
    if (status != KITH_OK) return status;
    row.tenant = tenant.name;
    *out = row;
    return KITH_OK;
}

static kith_status find_tenant(connection *c, view name, arena *a, tenant_row *out, kith_error *err)
{
    kith_status status = KITH_OK;
    query q = query_begin(c, TENANT_BY_NAME);
    query_bind_text(&q, name);
    if (query_next(&q))
        status = read_tenant(&q, 0, a, out, err);
    else if (!query_failed(&q))
        status = fail(err, KITH_ERR_NOT_FOUND, "tenant '%.*s' does not exist", VIEW_ARG(name));
    return query_end(&q, status, err);
}

kith_status database_read(connection *c, uint64_t id, arena *a, store_database *out,
                          kith_error *err)
{
    kith_status status = KITH_OK;
    query q = query_begin(c, DATABASE_BY_ID);
    query_bind_u64(&q, id);
    if (query_next(&q))
        status = read_row(&q, a, out, err);
    else if (!query_failed(&q))
        status = fail(err, KITH_ERR_NOT_FOUND, "the database does not exist any longer");
    return query_end(&q, status, err);
}

/* ---- creating and deleting ---- */

static kith_status create_tenant_work(writing *w, void *context, kith_error *err)
{
    tenant_row row = {.name = *(const view *)context};
    kith_status status = numbers_take(w, NUMBER_TENANT, 1, &row.id, err);
    if (status != KITH_OK) return status;
    query q = query_begin(w->connection, TENANT_INSERT);
    query_bind_u64(&q, row.id);
    query_bind_text(&q, row.name);
    query_bind_u64(&q, checksum_of_tenant(&row));
    (void)query_next(&q);
    if (query_is_taken(&q))
        status = fail(err, KITH_ERR_EXISTS, "tenant '%.*s' exists", VIEW_ARG(row.name));
    return query_end(&q, status, err);
}

kith_status store_tenant_create(store *s, view name, kith_error *err)
{
    return writer_run(s->writer, create_tenant_work, &name, err);
}

static kith_status delete_tenant_work(writing *w, void *context, kith_error *err)
{
    const view *name = context;
    tenant_row tenant = {0};
    kith_status status = find_tenant(w->connection, *name, &w->arena, &tenant, err);
    if (status != KITH_OK) return status;
    query databases = query_begin(w->connection, DATABASE_LIST);
    query_bind_u64(&databases, tenant.id);
    query_bind_page(&databases, &(store_page){.limit = 1});
    if (query_next(&databases))
        status = fail(err, KITH_ERR_EXISTS, "tenant '%.*s' still has databases", VIEW_ARG(*name));
    status = query_end(&databases, status, err);
    if (status != KITH_OK) return status;
    query q = query_begin(w->connection, TENANT_DELETE);
    query_bind_u64(&q, tenant.id);
    return query_run_on_row(&q, err);
}

kith_status store_tenant_delete(store *s, view name, kith_error *err)
{
    if (view_equal(name, VIEW(STORE_DEFAULT_TENANT)))
        return fail(err, KITH_ERR_INVALID, "the default tenant cannot be deleted");
    return writer_run(s->writer, delete_tenant_work, &name, err);
}

static kith_status create_work(writing *w, void *context, kith_error *err)
{
    store_database *d = context;
    tenant_row tenant = {0};
    kith_status status = find_tenant(w->connection, d->tenant, &w->arena, &tenant, err);
    if (status == KITH_OK) status = numbers_take(w, NUMBER_DATABASE, 1, &d->id, err);
    if (status != KITH_OK) return status;
    query q = query_begin(w->connection, DATABASE_INSERT);
    query_bind_u64(&q, d->id);
    query_bind_blob(&q, uuid_view(&d->uuid));
    query_bind_u64(&q, tenant.id);
    query_bind_text(&q, d->name);
    query_bind_u64(&q, checksum_of(d, tenant.id));
    (void)query_next(&q);
    if (query_is_taken(&q))
        status = fail(err, KITH_ERR_EXISTS, "tenant '%.*s' has a database '%.*s'",
                      VIEW_ARG(d->tenant), VIEW_ARG(d->name));
    return query_end(&q, status, err);
}

kith_status store_database_create(store *s, view tenant, view name, kith_error *err)
{
    unsigned char random[16];
    kith_status status = random_bytes(random, sizeof random, err);
    if (status != KITH_OK) return status;
    store_database d = {.uuid = uuid_of_random(random), .tenant = tenant, .name = name};
    return writer_run(s->writer, create_work, &d, err);
}

kith_status database_delete_row(writing *w, uint64_t id, kith_error *err)
{
    query q = query_begin(w->connection, DATABASE_DELETE);
    query_bind_u64(&q, id);
    return query_run_on_row(&q, err);
}

/* ---- reading ---- */

static kith_status read_listed_tenant(const query *q, const row_list *l, void *out, kith_error *err)
{
    tenant_row row = {0};
    kith_status status = read_tenant(q, 0, l->memory, &row, err);
    if (status == KITH_OK) *(view *)out = row.name;
    return status;
}

static kith_status list_tenants(connection *c, const store_page *page, arena *a, view **out,
                                uint32_t *out_count, kith_error *err)
{
    row_list l = {.memory = a, .row_bytes = sizeof **out, .read = read_listed_tenant};
    query q = query_begin(c, TENANT_LIST);
    query_bind_page(&q, page);
    kith_status status = row_list_read(&l, &q, err);
    if (status != KITH_OK) return status;
    *out = l.rows;
    *out_count = l.count;
    return KITH_OK;
}

kith_status store_tenant_list(store *s, const store_page *page, arena *a, view **out,
                              uint32_t *out_count, kith_error *err)
{
    connection *c = NULL;
    kith_status status = readers_acquire(s->readers, &c, err);
    if (status != KITH_OK) return status;
    status = list_tenants(c, page, a, out, out_count, err);
    readers_release(s->readers, c);
    return status;
}

kith_status store_tenant_find(store *s, view name, kith_error *err)
{
    connection *c = NULL;
    tenant_row row = {0};
    arena scratch;
    kith_status status = readers_acquire(s->readers, &c, err);
    if (status != KITH_OK) return status;
    arena_init(&scratch, 0);
    status = find_tenant(c, name, &scratch, &row, err);
    arena_done(&scratch);
    readers_release(s->readers, c);
    return status;
}

static kith_status get(connection *c, view tenant, view name, arena *a, store_database *out,
                       kith_error *err)
{
    kith_status status = KITH_OK;
    query q = query_begin(c, DATABASE_BY_NAME);
    query_bind_text(&q, tenant);
    query_bind_text(&q, name);
    if (query_next(&q))
        status = read_row(&q, a, out, err);
    else if (!query_failed(&q))
        status = fail(err, KITH_ERR_NOT_FOUND, "tenant '%.*s' has no database '%.*s'",
                      VIEW_ARG(tenant), VIEW_ARG(name));
    return query_end(&q, status, err);
}

kith_status store_database_get(store *s, view tenant, view name, arena *a, store_database *out,
                               kith_error *err)
{
    connection *c = NULL;
    kith_status status = readers_acquire(s->readers, &c, err);
    if (status != KITH_OK) return status;
    status = get(c, tenant, name, a, out, err);
    readers_release(s->readers, c);
    return status;
}

static kith_status read_listed(const query *q, const row_list *l, void *out, kith_error *err)
{
    return read_row(q, l->memory, out, err);
}

/* Reads what the query yields, and ends it. */
static kith_status read_rows(query *q, arena *a, store_database **out, uint32_t *out_count,
                             kith_error *err)
{
    row_list l = {.memory = a, .row_bytes = sizeof **out, .read = read_listed};
    kith_status status = row_list_read(&l, q, err);
    if (status != KITH_OK) return status;
    *out = l.rows;
    *out_count = l.count;
    return KITH_OK;
}

static kith_status list(connection *c, view tenant, const store_page *page, arena *a,
                        store_database **out, uint32_t *out_count, kith_error *err)
{
    tenant_row row = {0};
    kith_status status = find_tenant(c, tenant, a, &row, err);
    if (status != KITH_OK) return status;
    query q = query_begin(c, DATABASE_LIST);
    query_bind_u64(&q, row.id);
    query_bind_page(&q, page);
    return read_rows(&q, a, out, out_count, err);
}

kith_status store_database_list(store *s, view tenant, const store_page *page, arena *a,
                                store_database **out, uint32_t *out_count, kith_error *err)
{
    connection *c = NULL;
    kith_status status = readers_acquire(s->readers, &c, err);
    if (status != KITH_OK) return status;
    status = list(c, tenant, page, a, out, out_count, err);
    readers_release(s->readers, c);
    return status;
}

/* ---- verifying ---- */

static kith_status check_databases(connection *c, arena *a, uint64_t *count, kith_error *err)
{
    store_database *all = NULL;
    uint32_t found = 0;
    query q = query_begin(c, DATABASE_ALL);
    kith_status status = read_rows(&q, a, &all, &found, err);
    if (status == KITH_OK && (found == 0 || all[0].id != STORE_DEFAULT_DATABASE))
        status = fail(err, KITH_ERR_CORRUPT, "kith.db: databases: the default one is missing");
    if (status == KITH_OK) *count = found;
    return status;
}

kith_status databases_check(connection *c, arena *a, kith_error *err)
{
    static const store_page whole = {0, 0};
    view *tenants = NULL;
    uint32_t tenant_count = 0;
    uint64_t in_tenants = 0, in_all = 0;
    kith_status status = list_tenants(c, &whole, a, &tenants, &tenant_count, err);
    if (status == KITH_OK) status = check_databases(c, a, &in_tenants, err);
    if (status == KITH_OK) status = connection_number(c, DATABASE_COUNT, &in_all, err);
    if (status == KITH_OK && in_tenants != in_all)
        status = fail(err, KITH_ERR_CORRUPT, "kith.db: databases: the tenant of one is missing");
    return status;
}
