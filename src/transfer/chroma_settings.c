/* chroma_settings.c - see chroma_settings.h. */
#include "transfer/chroma_settings.h"

#include "base/json.h"
#include "transfer/transfer.h"

static const json_value *path_in(const json_value *value, const char *const *keys)
{
    for (; *keys; keys++)
        value = json_get(value, *keys);
    return value;
}

static bool take_space(const json_value *object, kith_metric *out)
{
    view space = {NULL, 0};
    return json_get_string(object, "space", &space) && transfer_metric_parse(space.data, out);
}

static kith_status out_of_memory(kith_error *err)
{
    return fail(err, KITH_ERR_NO_MEMORY, "out of memory for settings");
}

/* The configuration of a collection whose schema is not written out: what kith's dialect reads as a
 * schema, with the index's settings and the embedding function of the configuration. */
static kith_status write_schema(const json_value *settings, kith_metric metric, arena *a,
                                const char **out, kith_error *err)
{
    buffer text;
    buffer_init(&text, KITH_CONFIGURATION_MAX_BYTES);
    const json_value *function = json_get(settings, "embedding_function");
    json_writer w = {.out = &text};
    json_raw(&w, VIEW("{\"schema\":{\"defaults\":{},\"keys\":{\"#embedding\":{\"float_list\":"
                      "{\"vector_index\":{\"enabled\":true,\"config\":{\"space\":"));
    json_writer inner = {.out = &text};
    json_text(&inner, transfer_metric_name(metric));
    if (function && function->kind == JSON_OBJECT) {
        json_key(&inner, "embedding_function");
        json_tree(&inner, function);
    }
    buffer_append_text(&text, "}}}}}}}");
    kith_status status = buffer_status(&text, "a configuration", err);
    const char *kept = status == KITH_OK ? arena_copy(a, buffer_view(&text)).data : NULL;
    buffer_done(&text);
    if (status == KITH_OK && !kept) return out_of_memory(err);
    if (status == KITH_OK) *out = kept;
    return status;
}

kith_status chroma_settings_read(view schema, view configuration, arena *a, kith_metric *metric,
                                 const char **out, kith_error *err)
{
    static const char *const in_schema[] = {"keys",         "#embedding", "float_list",
                                            "vector_index", "config",     NULL};
    static const char *const current[] = {"hnsw", NULL}, *const spann[] = {"spann", NULL},
                             *const former[] = {"hnsw_configuration", NULL};
    const json_value *value = NULL;
    const bool has_schema = schema.size > 0;
    const view text = has_schema ? schema : configuration;
    if (text.size == 0) return KITH_OK;
    kith_status status = json_parse(text, KITH_CONFIGURATION_MAX_BYTES, a, &value, err);
    if (status != KITH_OK) return status;
    if (has_schema) {
        (void)take_space(path_in(value, in_schema), metric); // else it is the default
        const char *kept = arena_printf(a, "{\"schema\":%.*s}", VIEW_ARG(text));
        if (!kept) return out_of_memory(err);
        *out = kept;
        return KITH_OK;
    }
    if (!take_space(path_in(value, current), metric) &&
        !take_space(path_in(value, spann), metric) && !take_space(path_in(value, former), metric))
        return KITH_OK;
    return write_schema(value, *metric, a, out, err);
}
