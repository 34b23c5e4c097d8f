/* tenants.c - tenants and their databases.
 * Whether the key may touch them has been decided before, by the path, or for a new tenant by the
 * key alone (serve/call.h, identity); only a list has to leave out what it may not see. */
#include "chroma/body.h"
#include "chroma/handlers.h"
#include "chroma/name.h"
#include "chroma/reply.h"
#include "chroma/scope.h"

enum { TENANT_MIN_BYTES = 3 };

static bool refuse_name(serve_call *call, const char *what, const char *name, const kith_error *err)
{
    if (err->code == KITH_ERR_EXISTS)
        return refuse(call, 409, "%s [%.300s] already exists", what, name);
    return refuse_error(call, err);
}

void chroma_tenant_create(serve_call *call)
{
    const char *name = NULL;
    kith_error err = {0};
    if (!body_is_object(call) || !body_required_text(call, call->body, "name", &name)) return;
    if (strlen(name) < TENANT_MIN_BYTES) {
        (void)refuse(call, 400,
                     "Validation error: name: Validation error: length [{\"min\": Number(%d), "
                     "\"value\": String(\"%s\")}]",
                     TENANT_MIN_BYTES, name);
        return;
    }
    if (kith_tenant_create(call->k, name, &err) != KITH_OK) {
        (void)refuse_name(call, "Tenant", name, &err);
        return;
    }
    serve_audit(call, "tenant %s", name);
    reply_empty_object(call, 200);
}

static bool find_tenant(serve_call *call, const char *name)
{
    kith_error err = {0};
    kith_status status = kith_tenant_find(call->k, name, &err);
    if (status == KITH_OK) return true;
    if (status == KITH_ERR_NOT_FOUND) return refuse(call, 404, "Tenant [%.300s] not found", name);
    return refuse_error(call, &err);
}

void chroma_tenant_get(serve_call *call)
{
    const char *name = call->captures[0].data;
    if (!find_tenant(call, name)) return;
    json_writer w = serve_json(call);
    json_begin_object(&w);
    json_member_text(&w, "name", name);
    json_key(&w, "resource_name");
    json_null(&w);
    json_end_object(&w);
    serve_reply(call, 200);
}

/* Only Chroma's cloud has resource names; its local server takes one and does nothing. */
void chroma_tenant_change(serve_call *call)
{
    const char *resource = NULL;
    if (!body_is_object(call) ||
        !body_required_text(call, call->body, "resource_name", &resource) ||
        !find_tenant(call, call->captures[0].data))
        return;
    reply_empty_object(call, 200);
}

void chroma_database_create(serve_call *call)
{
    const char *tenant = call->captures[0].data, *name = NULL;
    char why[KITH_ERROR_MESSAGE_BYTES];
    kith_error err = {0};
    if (!body_is_object(call) || !body_required_text(call, call->body, "name", &name)) return;
    if (!name_is_allowed(name, why, sizeof why)) {
        (void)refuse(call, 400, "%s", why);
        return;
    }
    if (!find_tenant(call, tenant)) return;
    if (kith_database_create(call->k, tenant, name, &err) != KITH_OK) {
        (void)refuse_name(call, "Database", name, &err);
        return;
    }
    serve_audit(call, "database %s of tenant %s", name, tenant);
    reply_empty_object(call, 200);
}

static void write_database(json_writer *w, const kith_database *database)
{
    json_begin_object(w);
    json_member_text(w, "id", database->id);
    json_member_text(w, "name", database->name);
    json_member_text(w, "tenant", database->tenant);
    json_end_object(w);
}

/* A key for one database sees that one: the page is taken of what may be seen. */
void chroma_database_list(serve_call *call)
{
    const char *tenant = call->captures[0].data, *only = call->identity.database;
    kith_list_options page = {.size = sizeof page};
    kith_databases *databases = NULL;
    kith_error err = {0};
    const bool limited = serve_query(call, "limit").data != NULL;
    if (serve_query_number(call, "limit", UINT32_MAX, &page.limit, &err) != KITH_OK ||
        serve_query_number(call, "offset", UINT32_MAX, &page.offset, &err) != KITH_OK) {
        (void)refuse(call, 400, "Failed to deserialize query string: %s", err.message);
        return;
    }
    kith_status status = kith_databases_list(call->k, tenant, only, &page, &databases, &err);
    if (status != KITH_OK && status != KITH_ERR_NOT_FOUND) {
        (void)refuse_error(call, &err);
        return;
    }
    const bool none = (limited && page.limit == 0) || (only && page.offset > 0);
    json_writer w = serve_json(call);
    json_begin_array(&w);
    for (size_t i = 0; databases && !none && i < databases->count; i++)
        write_database(&w, &databases->databases[i]);
    json_end_array(&w);
    serve_reply(call, 200);
    kith_databases_free(databases);
}

void chroma_database_get(serve_call *call)
{
    scope s;
    kith_databases *databases = NULL;
    kith_error err = {0};
    if (!scope_database(call, &s)) return;
    kith_status status = kith_databases_list(call->k, s.tenant, s.database, NULL, &databases, &err);
    if (status != KITH_OK) {
        (void)refuse_error(call, &err);
        return;
    }
    json_writer w = serve_json(call);
    write_database(&w, &databases->databases[0]);
    serve_reply(call, 200);
    kith_databases_free(databases);
}

void chroma_database_delete(serve_call *call)
{
    const char *tenant = call->captures[0].data, *name = call->captures[1].data;
    kith_error err = {0};
    kith_status status = kith_database_delete(call->k, tenant, name, &err);
    if (status == KITH_ERR_NOT_FOUND) {
        (void)refuse(call, 404, "Database [%.300s] not found", name);
        return;
    }
    if (status != KITH_OK) {
        (void)refuse_error(call, &err);
        return;
    }
    serve_audit(call, "database %s of tenant %s", name, tenant);
    reply_empty_object(call, 200);
}
