/* settings.c - a collection's settings: stored form, and what clients are told. */
#include "chroma/settings.h"

#include "chroma/body.h"
#include "chroma/reply.h"

bool settings_load(serve_call *call, const kith_collection_info *info, settings *out)
{
    const vector_settings vector = {.index = index_settings_default(info->metric)};
    const json_value *stored = NULL;
    kith_error err = {0};
    *out = (settings){.forked_from = VIEW("")};
    schema_init(&out->schema, &vector);
    if (!info->configuration) return true;
    if (json_parse(view_of(info->configuration), KITH_CONFIGURATION_MAX_BYTES, &call->arena,
                   &stored, &err) != KITH_OK)
        return refuse_error(call, &err);
    const json_value *given = json_get(stored, "schema");
    (void)json_get_string(stored, "forked_from", &out->forked_from);
    if (!given || given->kind != JSON_OBJECT) return true;
    if (!schema_parse(call, given, &out->schema)) return false;
    // The metric is kith's to say, whatever stands in the configuration.
    out->schema.vector.index.space = info->metric;
    return true;
}

kith_status settings_to_text(serve_call *call, const settings *s, const char **out, kith_error *err)
{
    buffer text;
    buffer_init(&text, KITH_CONFIGURATION_MAX_BYTES);
    json_writer w = {.out = &text};
    json_begin_object(&w);
    json_key(&w, "schema");
    schema_write(&w, &s->schema);
    if (s->forked_from.size) {
        json_key(&w, "forked_from");
        json_string(&w, s->forked_from);
    }
    json_end_object(&w);
    kith_status status =
        buffer_status(&text, "the collection's configuration with its schema", err);
    if (status == KITH_OK) {
        const view copy = arena_copy(&call->arena, buffer_view(&text));
        *out = copy.data;
        if (!copy.data) status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for the request");
    }
    buffer_done(&text);
    return status;
}

bool settings_has_default_function(const settings *s)
{
    view name = {0};
    const json_value *function = s->schema.vector.function;
    return function && json_get_string(function, "name", &name) &&
           view_equal(name, VIEW("default"));
}

void settings_write_collection(json_writer *w, const kith_collection_info *info, const settings *s)
{
    json_begin_object(w);
    json_member_text(w, "id", info->id);
    json_member_text(w, "name", info->name);
    json_key(w, "configuration_json");
    json_begin_object(w);
    json_key(w, "hnsw");
    index_settings_write_configuration(w, &s->schema.vector.index);
    json_key(w, "spann");
    json_null(w);
    json_key(w, "embedding_function");
    if (s->schema.vector.function)
        json_tree(w, s->schema.vector.function);
    else
        json_null(w);
    json_end_object(w);
    json_key(w, "schema");
    schema_write(w, &s->schema);
    json_key(w, "metadata");
    if (info->metadata && strcmp(info->metadata, "{}") != 0)
        json_raw(w, view_of(info->metadata));
    else
        json_null(w);
    json_key(w, "dimension");
    if (info->dimension)
        json_integer(w, info->dimension);
    else
        json_null(w);
    json_member_text(w, "tenant", info->tenant);
    json_member_text(w, "database", info->database);
    json_member_unsigned(w, "log_position", 0);
    json_member_unsigned(w, "version", info->changes);
    json_end_object(w);
}

void settings_reply_collection(serve_call *call, const kith_collection_info *info)
{
    settings kept;
    if (!settings_load(call, info, &kept)) return;
    json_writer w = serve_json(call);
    settings_write_collection(&w, info, &kept);
    serve_reply(call, 200);
}
