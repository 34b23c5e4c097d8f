/* call.c - what handlers read of a request. */
#include "serve/call.h"

#include "serve/openapi.h"
#include "serve/state.h"

#include <kith/catalog.h>

/* ---- databases ---- */

static kith_status check_allowed(const serve_call *call, const char *tenant, const char *database,
                                 kith_error *err)
{
    const identity *who = &call->identity;
    bool allowed = (!who->tenant || strcmp(who->tenant, tenant) == 0) &&
                   (!who->database || strcmp(who->database, database) == 0);
    if (allowed) return KITH_OK;
    return fail(err, KITH_ERR_AUTH, "the key is for another tenant or database");
}

kith_status serve_database(serve_call *call, const char *tenant, const char *database, kith **out,
                           kith_error *err)
{
    serve_request *r = call->request;
    kith_status status = check_allowed(call, tenant, database, err);
    if (status != KITH_OK) return status;
    if (strcmp(tenant, KITH_DEFAULT_TENANT) == 0 && strcmp(database, KITH_DEFAULT_DATABASE) == 0) {
        *out = r->state->options.k;
        return KITH_OK;
    }
    for (uint32_t i = 0; i < r->database_count; i++) {
        const open_database *open = &r->databases[i];
        if (strcmp(open->tenant, tenant) != 0 || strcmp(open->database, database) != 0) continue;
        *out = open->handle;
        return KITH_OK;
    }
    if (r->database_count == SERVE_DATABASES_MAX)
        return fail(err, KITH_ERR_LIMIT, "one request uses more than %d databases",
                    SERVE_DATABASES_MAX);
    open_database opened = {.tenant = arena_copy_text(&call->arena, tenant),
                            .database = arena_copy_text(&call->arena, database)};
    if (!opened.tenant || !opened.database) return fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    status = kith_use_database(r->state->options.k, tenant, database, &opened.handle, err);
    if (status != KITH_OK) return status;
    r->databases[r->database_count++] = opened;
    *out = opened.handle;
    return KITH_OK;
}

kith_status serve_collection_allowed(serve_call *call, const char *name, kith_error *err)
{
    const char *only = call->identity.collection;
    if (!only || strcmp(only, name) == 0) return KITH_OK;
    return fail(err, KITH_ERR_AUTH, "the key is for another collection");
}

/* ---- query and headers ---- */

view serve_query(serve_call *call, const char *name)
{
    const serve_request *r = call->request;
    for (uint32_t i = 0; i < r->query_count; i++)
        if (view_equal(r->query[i].name, view_of(name))) return r->query[i].value;
    return (view){NULL, 0};
}

kith_status serve_query_number(serve_call *call, const char *name, uint64_t max, uint64_t *out,
                               kith_error *err)
{
    view text = serve_query(call, name);
    if (!text.data || view_number(text, max, out)) return KITH_OK;
    return fail(err, KITH_ERR_INVALID, "%s: '%.40s' is not a number from 0 to %llu", name,
                text.data, (unsigned long long)max);
}

view serve_header(const serve_call *call, const char *name)
{
    return http_header(call->request->exchange, name);
}

view serve_body(const serve_call *call)
{
    return http_body(call->request->exchange);
}

/* ---- the server ---- */

void serve_write_metrics(const serve_call *call, buffer *out)
{
    const serve_state *s = call->request->state;
    serve_metrics_write(s->metrics, out);
    serve_metrics_connections(http_server_connections(s->server) +
                                  (s->extra ? http_server_connections(s->extra) : 0),
                              out);
}

void serve_write_description(const serve_call *call, json_writer *w)
{
    openapi_write(w, call->request->state->dialects);
}

void serve_health(const serve_call *call, health_report *out)
{
    health_check(call->request->state->health, out);
}

void serve_write_notices(const serve_call *call, json_writer *w)
{
    const identity *who = &call->identity;
    bool may_see = who->scope == SCOPE_ADMIN && !who->tenant && !who->database && !who->collection;
    recent_notices_write(may_see ? call->request->state->options.notices : NULL, w);
}

void serve_request_stop(serve_call *call)
{
    serve_state *s = call->request->state;
    CHECK(pthread_mutex_lock(&s->lock) == 0);
    s->stop_requested = true;
    CHECK(pthread_cond_broadcast(&s->changed) == 0);
    CHECK(pthread_mutex_unlock(&s->lock) == 0);
}

bool serve_is_stopping(const serve_call *call)
{
    serve_state *s = call->request->state;
    CHECK(pthread_mutex_lock(&s->lock) == 0);
    bool stopping = s->stop_requested;
    CHECK(pthread_mutex_unlock(&s->lock) == 0);
    return stopping;
}
