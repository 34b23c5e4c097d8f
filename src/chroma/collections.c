/* collections.c - finding, listing, counting and deleting collections. */
#include "chroma/handlers.h"
#include "chroma/reply.h"
#include "chroma/scope.h"
#include "chroma/settings.h"

#include <stdlib.h>

/* ---- one ---- */

static bool refuse_missing(serve_call *call, const char *name)
{
    return refuse(call, 404, "Collection [%.300s] does not exist", name);
}

/* A name that kith could not have is a name that no collection has. */
static bool refuse_name(serve_call *call, const char *name, const kith_error *err)
{
    if (err->code == KITH_ERR_NOT_FOUND || err->code == KITH_ERR_INVALID)
        return refuse_missing(call, name);
    return refuse_error(call, err);
}

/* The database that the first two captures name, and the collection's name, which is the third.
 * False: refused: there is no such database, or the key may not touch the collection. */
static bool scope_collection_name(serve_call *call, scope *s, const char **name)
{
    bool exists = false;
    kith_error err = {0};
    *name = call->captures[2].data;
    if (!scope_database_if_any(call, s, &exists)) return false;
    // An id is no name here, though kith would take it for one.
    const bool is_id = view_starts_with(call->captures[2], VIEW("uuid:"));
    if (!exists || is_id) return refuse_missing(call, *name);
    return serve_collection_allowed(call, *name, &err) == KITH_OK || refuse_error(call, &err);
}

void chroma_collection_get(serve_call *call)
{
    scope s;
    kith_collection_infos *infos = NULL;
    kith_error err = {0};
    const char *name = NULL;
    if (!scope_collection_name(call, &s, &name)) return;
    if (kith_collection_describe(s.k, name, NULL, &infos, &err) != KITH_OK)
        (void)refuse_name(call, name, &err);
    else
        settings_reply_collection(call, &infos->collections[0]);
    kith_collection_infos_free(infos);
}

/* "tenant:database:collection". None of the three has a colon in it in Chroma; a tenant's or
 * database's name of kith that has one cannot be asked for like this. */
void chroma_collection_by_crn(serve_call *call)
{
    view rest = call->captures[0];
    for (int i = 0; i < 3; i++) {
        const size_t end = i < 2 ? view_find(rest, VIEW(":")) : rest.size;
        if (end == 0 || (i < 2 && end == rest.size)) {
            (void)refuse(call, 400,
                         "Collection resource name must have the form "
                         "tenant:database:collection");
            return;
        }
        call->captures[i] = arena_copy(&call->arena, view_slice(rest, 0, end));
        if (!call->captures[i].data) {
            (void)refuse(call, 500, "out of memory for the request");
            return;
        }
        rest = view_slice(rest, end + (i < 2), rest.size);
    }
    chroma_collection_get(call);
}

void chroma_collection_by_id(serve_call *call)
{
    scope s;
    uuid id;
    kith_collection_infos *infos = NULL;
    if (!uuid_parse(call->captures[2], &id)) {
        (void)refuse(
            call, 400,
            "Validation error: collection_id: Invalid collection ID format, expected UUID");
        return;
    }
    if (!scope_collection(call, &s) || !scope_describe(call, &s, &infos)) return;
    settings_reply_collection(call, &infos->collections[0]);
    kith_collection_infos_free(infos);
}

void chroma_collection_delete(serve_call *call)
{
    scope s;
    kith_error err = {0};
    const char *name = NULL;
    if (!scope_collection_name(call, &s, &name)) return;
    if (kith_collection_delete(s.k, name, &err) != KITH_OK) {
        (void)refuse_name(call, name, &err);
        return;
    }
    serve_audit(call, "collection %s", name);
    reply_empty_object(call, 200);
}

/* ---- many ---- */

static int by_id(const void *a, const void *b)
{
    const kith_collection_info *const *left = a, *const *right = b;
    return strcmp((*left)->id, (*right)->id);
}

/* Those that the key may see, in order of their ids. */
static const kith_collection_info **visible(serve_call *call, const kith_collection_infos *infos,
                                            size_t *count)
{
    const kith_collection_info **list =
        arena_new_array(&call->arena, const kith_collection_info *, infos->count);
    *count = 0;
    for (size_t i = 0; list && i < infos->count; i++)
        if (serve_collection_allowed(call, infos->collections[i].name, NULL) == KITH_OK)
            list[(*count)++] = &infos->collections[i];
    if (list && *count > 1) qsort(list, *count, sizeof(const kith_collection_info *), by_id);
    return list;
}

static void write_list(serve_call *call, const kith_collection_infos *infos, uint64_t offset,
                       uint64_t limit)
{
    size_t count = 0;
    const kith_collection_info **list = visible(call, infos, &count);
    if (!list) {
        (void)refuse(call, 500, "out of memory for the list");
        return;
    }
    json_writer w = serve_json(call);
    json_begin_array(&w);
    for (size_t i = offset; i < count && i - offset < limit; i++) {
        settings kept;
        const arena_mark mark = arena_set_mark(&call->arena);
        if (!settings_load(call, list[i], &kept)) return;
        settings_write_collection(&w, list[i], &kept);
        arena_rewind(&call->arena, mark);
    }
    json_end_array(&w);
    serve_reply(call, 200);
}

void chroma_collection_list(serve_call *call)
{
    scope s;
    uint64_t limit = UINT64_MAX, offset = 0;
    bool exists = false;
    kith_collection_infos *infos = NULL;
    const kith_collection_infos none = {0};
    kith_error err = {0};
    if (!scope_database_if_any(call, &s, &exists)) return;
    if (serve_query_number(call, "limit", UINT32_MAX, &limit, &err) != KITH_OK ||
        serve_query_number(call, "offset", UINT32_MAX, &offset, &err) != KITH_OK) {
        (void)refuse(call, 400, "Failed to deserialize query string: %s", err.message);
        return;
    }
    if (exists && kith_collection_describe(s.k, NULL, NULL, &infos, &err) != KITH_OK)
        (void)refuse_error(call, &err);
    else
        write_list(call, infos ? infos : &none, offset, limit);
    kith_collection_infos_free(infos);
}

void chroma_collections_count(serve_call *call)
{
    scope s;
    uint64_t count = 0;
    bool exists = false;
    kith_error err = {0};
    if (!scope_database_if_any(call, &s, &exists)) return;
    if (exists && kith_collection_count(s.k, &count, &err) != KITH_OK) {
        (void)refuse_error(call, &err);
        return;
    }
    json_writer w = serve_json(call);
    json_integer(&w, (int64_t)count);
    serve_reply(call, 200);
}
