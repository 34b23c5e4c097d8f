/* index_settings.c - the numbers of a vector index: reading each of their forms, and writing. */
#include "chroma/index_settings.h"

#include "chroma/body.h"
#include "chroma/reply.h"

#include <stddef.h>
#include <unistd.h>

enum { MANY_THREADS = 1024 };

/* Name in a configuration and in old metadata; where the number is. */
static const struct number {
    const char *name, *in_metadata;
    size_t offset;
    bool may_change;
} numbers[] = {
    {"ef_construction", "hnsw:construction_ef", offsetof(index_settings, ef_construction), false},
    {"ef_search", "hnsw:search_ef", offsetof(index_settings, ef_search), true},
    {"max_neighbors", "hnsw:M", offsetof(index_settings, max_neighbors), true},
    {"num_threads", "hnsw:num_threads", offsetof(index_settings, num_threads), true},
    {"batch_size", "hnsw:batch_size", offsetof(index_settings, batch_size), true},
    {"sync_threshold", "hnsw:sync_threshold", offsetof(index_settings, sync_threshold), true},
};
enum { NUMBERS = sizeof numbers / sizeof numbers[0] };

static uint64_t *number_at(index_settings *settings, const struct number *n)
{
    return (uint64_t *)((char *)settings + n->offset);
}

static uint64_t processors(void)
{
    const long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online < 1 || online > MANY_THREADS ? 1 : (uint64_t)online;
}

index_settings index_settings_default(kith_metric space)
{
    return (index_settings){.space = space,
                            .ef_construction = 100,
                            .ef_search = 100,
                            .max_neighbors = 16,
                            .num_threads = processors(),
                            .batch_size = 100,
                            .sync_threshold = 1000,
                            .resize_factor = 1.2};
}

bool index_settings_equal(const index_settings *a, const index_settings *b)
{
    index_settings left = *a, right = *b;
    for (int i = 0; i < NUMBERS; i++)
        if (*number_at(&left, &numbers[i]) != *number_at(&right, &numbers[i])) return false;
    return a->space == b->space && !(a->resize_factor < b->resize_factor) &&
           !(a->resize_factor > b->resize_factor);
}

static const char *const spaces[] = {
    [KITH_COSINE] = "cosine", [KITH_SQUARED_L2] = "l2", [KITH_INNER_PRODUCT] = "ip"};

const char *space_name(kith_metric space)
{
    return spaces[space];
}

static bool space_parse(view text, kith_metric *out)
{
    for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++) {
        if (!view_equal(text, view_of(spaces[i]))) continue;
        *out = (kith_metric)i;
        return true;
    }
    return false;
}

static bool parse_space(serve_call *call, const json_value *value, const char *where,
                        kith_metric *out)
{
    if (value->kind != JSON_STRING)
        return refuse_shape(call, "%s.space: invalid type: %s, expected a string", where,
                            body_kind_name(value));
    if (space_parse(value->string, out)) return true;
    return refuse_shape(call,
                        "%s.space: unknown variant `%.64s`, expected one of `l2`, `cosine`, `ip`",
                        where, value->string.data);
}

/* One member; *known says whether it is one. */
static bool parse_member(serve_call *call, const json_member *m, index_members members,
                         const char *where, index_settings *settings, bool *known)
{
    *known = true;
    const bool may_all = members != INDEX_CHANGE;
    if (may_all && view_equal(m->key, VIEW("space")))
        return m->value->kind == JSON_NULL || parse_space(call, m->value, where, &settings->space);
    if (view_equal(m->key, VIEW("resize_factor"))) {
        if (m->value->kind == JSON_NULL) return true;
        if (!body_is_number(m->value))
            return refuse_shape(call, "%s.resize_factor: invalid type: %s, expected f64", where,
                                body_kind_name(m->value));
        settings->resize_factor = body_number(m->value);
        return true;
    }
    for (int i = 0; i < NUMBERS; i++) {
        if (!view_equal(m->key, view_of(numbers[i].name))) continue;
        if (!may_all && !numbers[i].may_change) continue;
        if (m->value->kind == JSON_NULL) return true;
        if (m->value->kind != JSON_INTEGER || m->value->integer < 0)
            return refuse_shape(call, "%s.%s: invalid value, expected usize", where,
                                numbers[i].name);
        *number_at(settings, &numbers[i]) = (uint64_t)m->value->integer;
        return true;
    }
    *known = false;
    return true;
}

bool index_settings_parse(serve_call *call, const json_value *object, index_members members,
                          const char *where, index_settings *settings)
{
    for (uint32_t i = 0; i < object->count; i++) {
        bool known = false;
        if (!parse_member(call, &object->members[i], members, where, settings, &known))
            return false;
        if (!known && members != INDEX_LENIENT)
            return refuse_shape(call, "%s.%.64s: unknown field `%.64s`", where,
                                object->members[i].key.data, object->members[i].key.data);
    }
    return true;
}

static bool parse_metadata_entry(const json_member *m, index_settings *settings)
{
    if (view_equal(m->key, VIEW("hnsw:space")))
        return m->value->kind == JSON_STRING && space_parse(m->value->string, &settings->space);
    if (view_equal(m->key, VIEW("hnsw:resize_factor"))) {
        if (!body_is_number(m->value)) return false;
        settings->resize_factor = body_number(m->value);
        return true;
    }
    for (int i = 0; i < NUMBERS; i++) {
        if (!view_equal(m->key, view_of(numbers[i].in_metadata))) continue;
        if (m->value->kind != JSON_INTEGER || m->value->integer < 0) return false;
        *number_at(settings, &numbers[i]) = (uint64_t)m->value->integer;
        return true;
    }
    return false;
}

bool index_settings_from_metadata(serve_call *call, const json_value *metadata,
                                  index_settings *settings)
{
    index_settings parsed = *settings;
    for (uint32_t i = 0; metadata && i < metadata->count; i++) {
        if (!view_starts_with(metadata->members[i].key, VIEW("hnsw:"))) continue;
        if (!parse_metadata_entry(&metadata->members[i], &parsed))
            return refuse(call, 400, "Failed to parse hnsw parameters from segment metadata");
    }
    *settings = parsed;
    return true;
}

bool index_settings_from_spann(serve_call *call, const json_value *spann, const char *where,
                               index_settings *settings)
{
    const json_value *space = body_get(spann, "space");
    return !space || parse_space(call, space, where, &settings->space);
}

void index_settings_write_configuration(json_writer *w, const index_settings *settings)
{
    json_begin_object(w);
    json_member_text(w, "space", space_name(settings->space));
    json_member_unsigned(w, "ef_construction", settings->ef_construction);
    json_member_unsigned(w, "ef_search", settings->ef_search);
    json_member_unsigned(w, "max_neighbors", settings->max_neighbors);
    json_member_double(w, "resize_factor", settings->resize_factor);
    json_member_unsigned(w, "sync_threshold", settings->sync_threshold);
    json_end_object(w);
}

void index_settings_write_schema(json_writer *w, const index_settings *settings)
{
    json_begin_object(w);
    json_member_unsigned(w, "ef_construction", settings->ef_construction);
    json_member_unsigned(w, "max_neighbors", settings->max_neighbors);
    json_member_unsigned(w, "ef_search", settings->ef_search);
    json_member_unsigned(w, "num_threads", settings->num_threads);
    json_member_unsigned(w, "batch_size", settings->batch_size);
    json_member_unsigned(w, "sync_threshold", settings->sync_threshold);
    json_member_double(w, "resize_factor", settings->resize_factor);
    json_end_object(w);
}
