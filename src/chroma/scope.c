/* scope.c - from a path's segments to a database's handle and a collection. */
#include "chroma/scope.h"

#include "chroma/reply.h"

#include <stdio.h>

enum { DATABASE_NAME_MIN_BYTES = 3 };

bool scope_database_if_any(serve_call *call, scope *out, bool *exists)
{
    kith_error err = {0};
    *out = (scope){.tenant = call->captures[0].data, .database = call->captures[1].data};
    if (call->captures[1].size < DATABASE_NAME_MIN_BYTES)
        return refuse(call, 400, "database name must be at least %d characters",
                      DATABASE_NAME_MIN_BYTES);
    kith_status status = serve_database(call, out->tenant, out->database, &out->k, &err);
    *exists = status == KITH_OK;
    if (status == KITH_OK || status == KITH_ERR_NOT_FOUND) return true;
    return refuse_error(call, &err);
}

bool scope_database(serve_call *call, scope *out)
{
    bool exists = false;
    if (!scope_database_if_any(call, out, &exists)) return false;
    if (exists) return true;
    return refuse(call, 404, "Database [%s] not found. Are you sure it exists?", out->database);
}

/* A key that is for one collection is for its name, so the name has to be looked up. */
static bool may_touch(serve_call *call, const scope *s)
{
    kith_collection_infos *infos = NULL;
    kith_error err = {0};
    if (!call->identity.collection) return true;
    if (!scope_describe(call, s, &infos)) return false;
    kith_status status = serve_collection_allowed(call, infos->collections[0].name, &err);
    kith_collection_infos_free(infos);
    return status == KITH_OK || refuse_error(call, &err);
}

bool scope_collection(serve_call *call, scope *out)
{
    uuid id;
    if (!uuid_parse(call->captures[2], &id))
        return refuse(call, 400, "Collection ID is not a valid UUIDv4");
    if (!scope_database(call, out)) return false;
    uuid_format(&id, out->id);
    (void)snprintf(out->name, sizeof out->name, "uuid:%s", out->id);
    return may_touch(call, out);
}

bool scope_refuse(serve_call *call, const scope *s, const kith_error *err)
{
    if (err->code == KITH_ERR_NOT_FOUND)
        return refuse(call, 404, "Collection [%s] does not exist.", s->id);
    return refuse_error(call, err);
}

bool scope_describe(serve_call *call, const scope *s, kith_collection_infos **out)
{
    kith_error err = {0};
    kith_status status = kith_collection_describe(s->k, s->name, NULL, out, &err);
    return status == KITH_OK || scope_refuse(call, s, &err);
}

bool scope_exists(serve_call *call, const scope *s)
{
    kith_collection_infos *infos = NULL;
    const bool exists = scope_describe(call, s, &infos);
    kith_collection_infos_free(infos);
    return exists;
}

bool scope_refuse_search(serve_call *call, const scope *s, uint32_t dimension,
                         const kith_error *err)
{
    kith_collection_infos *infos = NULL;
    if (err->code != KITH_ERR_DIMENSION) return scope_refuse(call, s, err);
    if (!scope_describe(call, s, &infos)) return false;
    (void)refuse(call, 400, "Collection expecting embedding with dimension of %u, got %u",
                 infos->collections[0].dimension, dimension);
    kith_collection_infos_free(infos);
    return false;
}
