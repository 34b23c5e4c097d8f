/* collection_create.c - a collection from a name, metadata, and a configuration or a schema. */
#include "chroma/body.h"
#include "chroma/handlers.h"
#include "chroma/metadata_text.h"
#include "chroma/name.h"
#include "chroma/reply.h"
#include "chroma/scope.h"
#include "chroma/settings.h"

typedef struct creation {
    const char *name;
    const json_value *metadata, *configuration, *schema; /* NULL: none */
    bool get_or_create;
} creation;

static bool parse_creation(serve_call *call, creation *out)
{
    char why[KITH_ERROR_MESSAGE_BYTES];
    *out = (creation){0};
    if (!body_is_object(call) || !body_required_text(call, call->body, "name", &out->name) ||
        !body_object(call, call->body, "metadata", &out->metadata) ||
        !body_object(call, call->body, "configuration", &out->configuration) ||
        !body_object(call, call->body, "schema", &out->schema) ||
        !body_bool(call, call->body, "get_or_create", &out->get_or_create))
        return false;
    if (!name_is_allowed(out->name, why, sizeof why))
        return refuse(call, 400, "Validation error: name: %s", why);
    if (!out->metadata) return true;
    if (out->metadata->count == 0)
        return refuse(call, 400, "Validation error: metadata: Metadata cannot be empty");
    return metadata_is_allowed(call, out->metadata, METADATA_OF_COLLECTION, "metadata", 0);
}

/* The vector index by "configuration", and by entries of the metadata when "configuration" says
 * nothing but defaults. */
static bool parse_configuration(serve_call *call, const creation *c, vector_settings *vector)
{
    const json_value *hnsw = NULL, *spann = NULL;
    const index_settings defaults = index_settings_default(KITH_SQUARED_L2);
    *vector = (vector_settings){.index = defaults};
    if (!body_object(call, c->configuration, "hnsw", &hnsw) ||
        !body_object(call, c->configuration, "spann", &spann))
        return false;
    vector->function = body_get(c->configuration, "embedding_function");
    if (vector->function &&
        !embedding_function_is_allowed(call, vector->function, "configuration.embedding_function"))
        return false;
    if (hnsw && spann) return refuse(call, 400, "Multiple vector index configurations provided");
    if (hnsw &&
        !index_settings_parse(call, hnsw, INDEX_CREATE, "configuration.hnsw", &vector->index))
        return false;
    if (spann && !index_settings_from_spann(call, spann, "configuration.spann", &vector->index))
        return false;
    index_settings by_metadata = defaults;
    if (!index_settings_from_metadata(call, c->metadata, &by_metadata)) return false;
    if (index_settings_equal(&vector->index, &defaults)) vector->index = by_metadata;
    return true;
}

/* Is it the function that a client names when it was told of none? */
static bool is_default_function(const json_value *function)
{
    view type = {0}, name = {0};
    if (!function) return true;
    (void)json_get_string(function, "type", &type);
    (void)json_get_string(function, "name", &name);
    return view_equal(type, VIEW("unknown")) ||
           (view_equal(type, VIEW("known")) && view_equal(name, VIEW("default")));
}

/* Of configuration and schema at most one may say anything but defaults. A default function in a
 * configuration beside such a schema says nothing, and is not kept. */
static bool make_settings(serve_call *call, const creation *c, settings *out)
{
    vector_settings vector;
    const index_settings defaults = index_settings_default(KITH_SQUARED_L2);
    const json_value *keys = json_get(c->schema, "keys"),
                     *by_default = json_get(c->schema, "defaults");
    const bool schema_says = (keys && keys->count > 0) || (by_default && by_default->count > 0);
    *out = (settings){.forked_from = VIEW("")};
    if (!parse_configuration(call, c, &vector)) return false;
    const bool configuration_says =
        !is_default_function(vector.function) || !index_settings_equal(&vector.index, &defaults);
    if (schema_says && !configuration_says) vector.function = NULL;
    schema_init(&out->schema, &vector);
    if (!c->schema) return true;
    if (!schema_parse(call, c->schema, &out->schema)) return false;
    if (call->strict_chroma && schema_has_sparse_index(&out->schema))
        return refuse(call, 400,
                      "Failed to reconcile schema: Invalid schema input: Sparse vector indexing is "
                      "not enabled in local");
    return !schema_says || !configuration_says ||
           refuse(call, 400,
                  "Failed to reconcile schema: Cannot set both collection config and schema "
                  "simultaneously");
}

static void create(serve_call *call, const scope *s, const creation *c, const settings *kept)
{
    bool created = false;
    kith_collection_info *info = NULL;
    kith_error err = {0};
    kith_collection_options options = {.size = sizeof options,
                                       .metric = kept->schema.vector.index.space};
    kith_status status = shape_json(call->body, "metadata", &call->arena, &options.metadata, &err);
    if (status == KITH_OK) status = settings_to_text(call, kept, &options.configuration, &err);
    if (status == KITH_OK)
        status = kith_collection_ensure(s->k, c->name, &options, &created, &info, &err);
    if (status != KITH_OK) {
        (void)refuse_error(call, &err);
    } else if (!created && !c->get_or_create) {
        (void)refuse(call, 409, "Collection [%.300s] already exists", c->name);
    } else {
        if (created) serve_audit(call, "collection %s", c->name);
        settings_reply_collection(call, info);
    }
    kith_collection_info_free(info);
}

void chroma_collection_create(serve_call *call)
{
    scope s;
    creation c;
    settings kept;
    bool exists = false;
    kith_error err = {0};
    if (!scope_database_if_any(call, &s, &exists) || !parse_creation(call, &c) ||
        !make_settings(call, &c, &kept))
        return;
    if (!exists) {
        (void)refuse(call, 400, "Database [%.300s] does not exist", s.database);
        return;
    }
    if (serve_collection_allowed(call, c.name, &err) != KITH_OK) {
        (void)refuse_error(call, &err);
        return;
    }
    create(call, &s, &c, &kept);
}
