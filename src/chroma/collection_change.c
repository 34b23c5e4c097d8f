/* collection_change.c - a new name, metadata or configuration for a collection. */
#include "chroma/body.h"
#include "chroma/handlers.h"
#include "chroma/metadata_text.h"
#include "chroma/name.h"
#include "chroma/reply.h"
#include "chroma/scope.h"
#include "chroma/settings.h"

static bool parse_name(serve_call *call, kith_collection_changes *changes)
{
    char why[KITH_ERROR_MESSAGE_BYTES];
    if (!body_text(call, call->body, "new_name", &changes->name)) return false;
    if (!changes->name || name_is_allowed(changes->name, why, sizeof why)) return true;
    return refuse(call, 400, "Validation error: new_name: %s", why);
}

static bool check_metadata(serve_call *call)
{
    const json_value *metadata = NULL;
    if (!body_object(call, call->body, "new_metadata", &metadata)) return false;
    if (!metadata) return true;
    if (metadata->count == 0)
        return refuse(call, 400, "Validation error: new_metadata: Metadata cannot be empty");
    return metadata_is_allowed(call, metadata, METADATA_MERGED, "new_metadata", 0);
}

/* Applies "new_configuration" to the settings that there are. A change of `spann` numbers changes
 * nothing: kith has one kind of index. */
static bool parse_configuration(serve_call *call, settings *kept, bool *changed)
{
    const json_value *new = NULL, *hnsw = NULL, *spann = NULL;
    if (!body_object(call, call->body, "new_configuration", &new)) return false;
    if (!new) return true;
    if (!body_object(call, new, "hnsw", &hnsw) || !body_object(call, new, "spann", &spann))
        return false;
    if (hnsw && spann) return refuse(call, 400, "Multiple vector index configurations provided");
    vector_settings *own = &kept->schema.vector, *by_default = &kept->schema.default_vector;
    if (hnsw &&
        (!index_settings_parse(call, hnsw, INDEX_CHANGE, "new_configuration.hnsw", &own->index) ||
         !index_settings_parse(call, hnsw, INDEX_CHANGE, "new_configuration.hnsw",
                               &by_default->index)))
        return false;
    const json_value *function = body_get(new, "embedding_function");
    if (function) {
        if (!embedding_function_is_allowed(call, function, "new_configuration.embedding_function"))
            return false;
        own->function = function;
        by_default->function = function;
    }
    *changed = hnsw || function;
    return true;
}

static bool apply(serve_call *call, const scope *s, kith_collection_changes *changes)
{
    kith_error err = {0};
    kith_status status =
        shape_json(call->body, "new_metadata", &call->arena, &changes->metadata, &err);
    if (status == KITH_OK && !changes->name && !changes->metadata && !changes->configuration)
        return true;
    if (status == KITH_OK) status = kith_collection_modify(s->k, s->name, changes, &err);
    if (status == KITH_OK) return true;
    if (status == KITH_ERR_EXISTS)
        return refuse(call, 409, "Collection [%.300s] already exists", changes->name);
    return scope_refuse(call, s, &err);
}

static bool change(serve_call *call, const scope *s, const kith_collection_info *info)
{
    settings kept;
    bool configured = false;
    kith_error err = {0};
    kith_collection_changes changes = {.size = sizeof changes};
    if (!body_is_object(call) || !parse_name(call, &changes) || !check_metadata(call) ||
        !settings_load(call, info, &kept) || !parse_configuration(call, &kept, &configured))
        return false;
    if (changes.name && serve_collection_allowed(call, changes.name, &err) != KITH_OK)
        return refuse_error(call, &err);
    if (configured && settings_to_text(call, &kept, &changes.configuration, &err) != KITH_OK)
        return refuse_error(call, &err);
    return apply(call, s, &changes);
}

void chroma_collection_change(serve_call *call)
{
    scope s;
    kith_collection_infos *infos = NULL;
    if (!scope_collection(call, &s) || !scope_describe(call, &s, &infos)) return;
    if (change(call, &s, &infos->collections[0])) {
        serve_audit(call, "collection %s", s.id);
        reply_empty_object(call, 200);
    }
    kith_collection_infos_free(infos);
}
