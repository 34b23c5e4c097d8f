/* schema_parse.c - reading a schema, with Chroma's rules for which index may be enabled where. */
#include "chroma/schema_parse.h"

#include "chroma/body.h"
#include "chroma/reply.h"

/* Embedding functions are for clients: kept as they are, once their type is one of the three. */
bool embedding_function_is_allowed(serve_call *call, const json_value *function, const char *where)
{
    view type = {0};
    if (function->kind != JSON_OBJECT)
        return refuse_shape(call, "%s: invalid type: %s, expected a map", where,
                            body_kind_name(function));
    if (!json_get_string(function, "type", &type))
        return refuse_shape(call, "%s: missing field `type`", where);
    if (view_equal(type, VIEW("legacy")) || view_equal(type, VIEW("known")) ||
        view_equal(type, VIEW("unknown")))
        return true;
    return refuse_shape(call,
                        "%s.type: unknown variant `%.64s`, expected one of `legacy`, `known`, "
                        "`unknown`",
                        where, type.data);
}

/* The config of a vector index. */
static bool parse_vector(serve_call *call, const json_value *config, bool is_own,
                         vector_settings *vector)
{
    static const char where[] = "schema.vector_index.config";
    const json_value *hnsw = NULL, *spann = NULL;
    const json_value *function = body_get(config, "embedding_function");
    const char *source = NULL;
    if (!body_object(call, config, "hnsw", &hnsw) || !body_object(call, config, "spann", &spann))
        return false;
    if (hnsw && spann)
        return refuse(call, 400,
                      "Validation error: schema: Both spann and hnsw config cannot be present at "
                      "the same time.");
    if (!index_settings_from_spann(call, config, where, &vector->index)) return false;
    if (hnsw && !index_settings_parse(call, hnsw, INDEX_LENIENT, where, &vector->index))
        return false;
    if (function) {
        if (!embedding_function_is_allowed(call, function, where)) return false;
        vector->function = function;
    }
    if (!body_text(call, config, "source_key", &source)) return false;
    if (is_own && source && strcmp(source, "#document") != 0)
        return refuse(call, 400,
                      "Validation error: schema: Vector index can only source from #document");
    return true;
}

/* An index that is enabled where it may not be. */
static bool is_allowed(serve_call *call, view key, index_kind index)
{
    static const char prefix[] = "Validation error: schema";
    const bool by_default = key.size == 0;
    switch (index) {
    case INDEX_VECTOR:
        if (by_default)
            return refuse(call, 400,
                          "%s: Vector index cannot be enabled by default. It can only be enabled "
                          "on #embedding field.",
                          prefix);
        return refuse(call, 400, "%s: Vector index can only be enabled on #embedding field: %.200s",
                      prefix, key.data);
    case INDEX_FULL_TEXT:
        if (by_default)
            return refuse(call, 400,
                          "%s: Full text search / regular expression index cannot be enabled by "
                          "default. It can only be enabled on #document field.",
                          prefix);
        if (view_equal(key, VIEW("#document"))) return true;
        return refuse(call, 400,
                      "%s: Full text search / regular expression index can only be enabled on "
                      "#document field: %.200s",
                      prefix, key.data);
    case INDEX_STRING:
        if (!view_equal(key, VIEW("#document"))) return true;
        return refuse(call, 400,
                      "%s: String inverted index can not be enabled on #document key: #document",
                      prefix);
    case INDEX_SPARSE:
        if (by_default || view_equal(key, VIEW("#document")))
            return refuse(
                call, 400,
                "%s: Sparse vector index can only be enabled on a key of metadata: %.200s", prefix,
                by_default ? "defaults" : key.data);
        return true;
    case INDEX_INT:
    case INDEX_FLOAT:
    case INDEX_BOOL:
    case INDEX_KINDS:
        break;
    }
    return true;
}

/* The config of an index of sparse vectors: who makes them, which only clients use, and whether a
 * query's values are weighed. */
static bool is_sparse_config(serve_call *call, const json_value *config)
{
    static const char where[] = "schema.sparse_vector_index.config";
    const json_value *function = body_get(config, "embedding_function");
    const char *source = NULL;
    bool bm25 = false;
    if (function && !embedding_function_is_allowed(call, function, where)) return false;
    return body_text(call, config, "source_key", &source) && body_bool(call, config, "bm25", &bm25);
}

/* {"enabled": bool, "config": {...}} of one index of a key. */
static bool parse_index(serve_call *call, const json_value *json, index_kind index, schema_key *key)
{
    bool enabled = false;
    const json_value *config = NULL;
    if (json->kind != JSON_OBJECT)
        return refuse_shape(call, "schema.%s: invalid type: %s, expected a map",
                            schema_index_name(index), body_kind_name(json));
    if (!body_get(json, "enabled"))
        return refuse_shape(call, "schema.%s: missing field `enabled`", schema_index_name(index));
    if (!body_bool(call, json, "enabled", &enabled) || !body_object(call, json, "config", &config))
        return false;
    if (enabled && !is_allowed(call, key->name, index)) return false;
    key->state[index] = enabled ? INDEX_ENABLED : INDEX_DISABLED;
    key->config[index] = config && config->count > 0 ? config : NULL;
    return index != INDEX_SPARSE || !key->config[index] || is_sparse_config(call, config);
}

/* The kinds of values of one key. `vector` takes the settings of a vector index; NULL: they are kept
 * as they were given. */
static bool parse_kinds(serve_call *call, const json_value *json, schema_key *key,
                        vector_settings *vector)
{
    if (json->kind != JSON_OBJECT)
        return refuse_shape(call, "schema.keys.%.200s: invalid type: %s, expected a map",
                            key->name.data ? key->name.data : "", body_kind_name(json));
    for (int index = 0; index < INDEX_KINDS; index++) {
        const value_kind kind = schema_kind_of_index((index_kind)index);
        const json_value *of_kind = NULL;
        if (!body_object(call, json, schema_kind_name(kind), &of_kind)) return false;
        if (!of_kind) continue;
        key->has[kind] = true;
        const json_value *own = body_get(of_kind, schema_index_name((index_kind)index));
        if (own && !parse_index(call, own, (index_kind)index, key)) return false;
        if (own && index == INDEX_VECTOR && vector && key->config[index]) {
            if (!parse_vector(call, key->config[index], false, vector)) return false;
            key->config[index] = NULL;
        }
    }
    return true;
}

/* "#embedding": a vector index, which is enabled. */
static bool parse_embedding(serve_call *call, const json_value *json, schema *s)
{
    const json_value *list = NULL, *index = NULL, *config = NULL;
    if (json->kind != JSON_OBJECT)
        return refuse_shape(call, "schema.keys.#embedding: invalid type: %s, expected a map",
                            body_kind_name(json));
    if (!body_object(call, json, "float_list", &list)) return false;
    if (list && !body_object(call, list, "vector_index", &index)) return false;
    if (index && !body_object(call, index, "config", &config)) return false;
    return !config || parse_vector(call, config, true, &s->vector);
}

static bool parse_key(serve_call *call, const json_member *member, schema *s)
{
    if (view_equal(member->key, VIEW("#embedding"))) return parse_embedding(call, member->value, s);
    if (view_equal(member->key, s->document.name))
        return parse_kinds(call, member->value, &s->document, NULL);
    if (view_starts_with(member->key, VIEW("#")))
        return refuse(call, 400,
                      "Validation error: schema: key cannot begin with '#'. Keys starting with '#' "
                      "are reserved for system use: %.200s",
                      member->key.data);
    schema_key *key = schema_append(s, &call->arena, member->key);
    if (!key) return refuse(call, 500, "out of memory for the schema");
    return parse_kinds(call, member->value, key, NULL);
}

bool schema_parse(serve_call *call, const json_value *json, schema *s)
{
    const json_value *defaults = NULL, *keys = NULL;
    if (!body_object(call, json, "defaults", &defaults) || !body_object(call, json, "keys", &keys))
        return false;
    if (!defaults || !keys)
        return refuse_shape(call, "schema: missing field `%s`", defaults ? "keys" : "defaults");
    if (!parse_kinds(call, defaults, &s->defaults, &s->default_vector)) return false;
    for (uint32_t i = 0; i < keys->count; i++)
        if (!parse_key(call, &keys->members[i], s)) return false;
    return true;
}
