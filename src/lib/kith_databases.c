/* kith_databases.c - tenants and databases, and handles that look into one of them. */
#include "db/validate.h"
#include "lib/handle.h"
#include "lib/options.h"

#include <stdlib.h>

kith_status list_page(const kith_list_options *options, store_page *out, kith_error *err)
{
    kith_list_options o;
    kith_status status = options_adopt(&OPTIONS_SHAPE(kith_list_options), options, &o, err);
    if (status == KITH_OK) *out = (store_page){o.offset, o.limit};
    return status;
}

/* ---- tenants ---- */

kith_status kith_tenant_create(kith *k, const char *name, kith_error *err)
{
    kith_status status = validate_namespace(view_of(name), "tenant", err);
    if (status != KITH_OK) return status;
    return store_tenant_create(database_store(k->database), view_of(name), err);
}

kith_status kith_tenant_delete(kith *k, const char *name, kith_error *err)
{
    return store_tenant_delete(database_store(k->database), view_of(name), err);
}

kith_status kith_tenant_find(kith *k, const char *name, kith_error *err)
{
    return store_tenant_find(database_store(k->database), view_of(name), err);
}

kith_status kith_tenants_list(kith *k, const kith_list_options *options, kith_tenants **out,
                              kith_error *err)
{
    arena *memory = NULL;
    kith_tenants *result = result_new(sizeof *result, &memory, err);
    if (!result) return KITH_ERR_NO_MEMORY;
    store_page page = {0, 0};
    view *stored = NULL;
    uint32_t count = 0;
    kith_status status = list_page(options, &page, err);
    if (status == KITH_OK)
        status =
            store_tenant_list(database_store(k->database), &page, memory, &stored, &count, err);
    const char **names = arena_new_array(memory, const char *, count);
    if (status == KITH_OK && !names)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u tenants", count);
    for (uint32_t i = 0; status == KITH_OK && i < count; i++)
        names[i] = stored[i].data;
    if (status == KITH_OK) *result = (kith_tenants){count, names};
    return RESULT_END(status, result, out);
}

void kith_tenants_free(kith_tenants *tenants)
{
    result_free(tenants);
}

/* ---- databases ---- */

kith_status kith_database_create(kith *k, const char *tenant, const char *name, kith_error *err)
{
    kith_status status = validate_namespace(view_of(name), "database", err);
    if (status != KITH_OK) return status;
    return store_database_create(database_store(k->database), view_of(tenant), view_of(name), err);
}

kith_status kith_database_delete(kith *k, const char *tenant, const char *name, kith_error *err)
{
    return database_delete_database(k->database, view_of(tenant), view_of(name), err);
}

static kith_status read_one(kith *k, const char *tenant, const char *name, arena *a,
                            store_database **out, kith_error *err)
{
    store_database *one = arena_new_array(a, store_database, 1);
    if (!one) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a database");
    *out = one;
    return store_database_get(database_store(k->database), view_of(tenant), view_of(name), a, one,
                              err);
}

kith_status kith_databases_list(kith *k, const char *tenant, const char *name,
                                const kith_list_options *options, kith_databases **out,
                                kith_error *err)
{
    arena *memory = NULL;
    kith_databases *result = result_new(sizeof *result, &memory, err);
    if (!result) return KITH_ERR_NO_MEMORY;
    store_page page = {0, 0};
    store_database *stored = NULL;
    uint32_t count = 1;
    kith_status status = list_page(options, &page, err);
    if (status == KITH_OK)
        status = name ? read_one(k, tenant, name, memory, &stored, err)
                      : store_database_list(database_store(k->database), view_of(tenant), &page,
                                            memory, &stored, &count, err);
    kith_database *list = arena_new_array(memory, kith_database, count);
    for (uint32_t i = 0; status == KITH_OK && list && i < count; i++)
        list[i] = (kith_database){.id = result_uuid(memory, &stored[i].uuid),
                                  .name = stored[i].name.data,
                                  .tenant = stored[i].tenant.data};
    if (status == KITH_OK && memory->exhausted)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u databases", count);
    if (status == KITH_OK) *result = (kith_databases){count, list};
    return RESULT_END(status, result, out);
}

void kith_databases_free(kith_databases *databases)
{
    result_free(databases);
}

/* ---- using one ---- */

kith_status kith_use_database(kith *k, const char *tenant, const char *name, kith **out,
                              kith_error *err)
{
    kith *used = malloc(sizeof *used);
    if (!used) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a handle");
    *used = *k;
    used->is_view = true;
    used->tenant = strdup(tenant);
    used->database_name = strdup(name);
    used->database = NULL;
    kith_status status =
        database_view(k->database, view_of(tenant), view_of(name), &used->database, err);
    if (status == KITH_OK && (!used->tenant || !used->database_name))
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for a handle");
    if (status == KITH_OK) {
        *out = used;
        return KITH_OK;
    }
    kith_status closed = kith_close(used, NULL);
    (void)closed; // closing a view cannot fail
    return status;
}

kith_status kith_use_embedder(kith *k, kith_embedder *e, kith **out, kith_error *err)
{
    kith *used = NULL;
    kith_status status = kith_use_database(k, k->tenant, k->database_name, &used, err);
    if (status != KITH_OK) return status;
    used->embedder = e;
    *out = used;
    return KITH_OK;
}
