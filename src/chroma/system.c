/* system.c - routes about the server itself. Clients ask some of them again and again, so that they
 * touch nothing but the call. */
#include "chroma/handlers.h"
#include "chroma/reply.h"
#include "os/clock.h"

#include <kith/catalog.h>

void chroma_heartbeat(serve_call *call)
{
    json_writer w = serve_json(call);
    json_begin_object(&w);
    json_key(&w, "nanosecond heartbeat");
    json_integer(&w, clock_wall_ms() * 1000000);
    json_end_object(&w);
    serve_reply(call, 200);
}

/* The version of the wire format, which is what Chroma's own server answers too, at any release. */
void chroma_version(serve_call *call)
{
    json_writer w = serve_json(call);
    json_text(&w, "1.0.0");
    serve_reply(call, 200);
}

void chroma_healthcheck(serve_call *call)
{
    const bool ready = !serve_is_stopping(call);
    json_writer w = serve_json(call);
    json_begin_object(&w);
    json_member_bool(&w, "is_executor_ready", ready);
    json_member_bool(&w, "is_log_client_ready", ready);
    json_end_object(&w);
    serve_reply(call, ready ? 200 : 503);
}

void chroma_pre_flight(serve_call *call)
{
    json_writer w = serve_json(call);
    json_begin_object(&w);
    json_member_unsigned(&w, "max_batch_size", call->limits->batch);
    json_member_bool(&w, "supports_base64_encoding", true);
    json_end_object(&w);
    serve_reply(call, 200);
}

/* What a key of a tenant may see of it: the databases that there are, none when the tenant is yet to
 * be created. */
static bool write_databases(serve_call *call, const char *tenant, json_writer *w)
{
    kith_error err = {0};
    kith_databases *found = NULL;
    kith_status status = kith_databases_list(call->k, tenant, NULL, NULL, &found, &err);
    if (status != KITH_OK && status != KITH_ERR_NOT_FOUND) return refuse_error(call, &err);
    for (size_t i = 0; found && i < found->count; i++)
        json_text(w, found->databases[i].name);
    kith_databases_free(found);
    return true;
}

/* Clients take tenant and database from here when there is one of each. */
void chroma_identity(serve_call *call)
{
    const identity *who = &call->identity;
    json_writer w = serve_json(call);
    json_begin_object(&w);
    json_member_text(&w, "user_id", who->key_name);
    json_member_text(&w, "tenant", who->tenant ? who->tenant : KITH_DEFAULT_TENANT);
    json_key(&w, "databases");
    json_begin_array(&w);
    if (who->database || !who->tenant)
        json_text(&w, who->database ? who->database : KITH_DEFAULT_DATABASE);
    else if (!write_databases(call, who->tenant, &w))
        return;
    json_end_array(&w);
    json_end_object(&w);
    serve_reply(call, 200);
}

/* ---- reset ---- */

static kith_status delete_collections(kith *k, kith_error *err)
{
    kith_collection_infos *infos = NULL;
    kith_status status = kith_collection_describe(k, NULL, NULL, &infos, err);
    for (size_t i = 0; status == KITH_OK && i < infos->count; i++) {
        status = kith_collection_delete(k, infos->collections[i].name, err);
        if (status == KITH_ERR_NOT_FOUND) status = KITH_OK; // somebody else has deleted it
    }
    kith_collection_infos_free(infos);
    return status;
}

/* The default database stays; what is in it goes. */
static kith_status delete_databases(kith *k, const char *tenant, kith_error *err)
{
    kith_databases *databases = NULL;
    kith_status status = kith_databases_list(k, tenant, NULL, NULL, &databases, err);
    for (size_t i = 0; status == KITH_OK && i < databases->count; i++) {
        const char *name = databases->databases[i].name;
        const bool is_default =
            strcmp(tenant, KITH_DEFAULT_TENANT) == 0 && strcmp(name, KITH_DEFAULT_DATABASE) == 0;
        status =
            is_default ? delete_collections(k, err) : kith_database_delete(k, tenant, name, err);
        if (status == KITH_ERR_NOT_FOUND) status = KITH_OK;
    }
    kith_databases_free(databases);
    return status;
}

static kith_status delete_everything(kith *k, kith_error *err)
{
    kith_tenants *tenants = NULL;
    kith_status status = kith_tenants_list(k, NULL, &tenants, err);
    for (size_t i = 0; status == KITH_OK && i < tenants->count; i++) {
        status = delete_databases(k, tenants->names[i], err);
        if (status == KITH_OK && strcmp(tenants->names[i], KITH_DEFAULT_TENANT) != 0)
            status = kith_tenant_delete(k, tenants->names[i], err);
        if (status == KITH_ERR_NOT_FOUND) status = KITH_OK;
    }
    kith_tenants_free(tenants);
    return status;
}

void chroma_reset(serve_call *call)
{
    kith_error err = {0};
    if (!call->allow_reset) {
        reply_error(call, 403, "ChromaError", "Reset is disabled by config");
        return;
    }
    if (delete_everything(call->k, &err) != KITH_OK) {
        (void)refuse_error(call, &err);
        return;
    }
    serve_audit(call, "everything, by a reset");
    json_writer w = serve_json(call);
    json_bool(&w, true);
    serve_reply(call, 200);
}
