/* search_request.c - reading one search. */
#include "chroma/search_request.h"

#include "chroma/body.h"
#include "chroma/reply.h"

#include <stdlib.h>

static bool is_field(const char *key)
{
    return key[0] != 0 && key[0] != '#' && key[0] != '$';
}

static bool parse_groups(serve_call *call, const json_value *json, grouping *out)
{
    const json_value *aggregate = NULL;
    if (!body_texts(call, json, "keys", false, &out->keys, &out->key_count) ||
        !body_object(call, json, "aggregate", &aggregate))
        return false;
    if (!out->keys && !aggregate) return true;
    if (!out->keys || !aggregate)
        return refuse(call, 400, "group_by: keys and aggregate must be given together");
    if (out->key_count == 0) return refuse(call, 400, "group_by: keys must not be empty");
    for (uint32_t i = 0; i < out->key_count; i++)
        if (!is_field(out->keys[i]))
            return refuse(call, 400, "group_by: '%.100s' is no metadata field", out->keys[i]);
    const json_value *smallest = body_get(aggregate, "$min_k");
    const json_value *by = smallest ? smallest : body_get(aggregate, "$max_k");
    if (aggregate->count != 1 || !by)
        return refuse_shape(call, "group_by.aggregate: expected `$min_k` or `$max_k`");
    out->largest = !smallest;
    if (!body_texts(call, by, "keys", false, &out->by, &out->by_count) ||
        !body_unsigned(call, by, "k", &out->k))
        return false;
    if (out->by_count == 0)
        return refuse(call, 400, "group_by: the aggregate's keys must not be empty");
    if (out->k == 0) return refuse(call, 400, "group_by: k must be at least 1");
    for (uint32_t i = 0; i < out->by_count; i++)
        if (!is_field(out->by[i]) && strcmp(out->by[i], "#score") != 0)
            return refuse(call, 400, "group_by: '%.100s' is neither a metadata field nor #score",
                          out->by[i]);
    return true;
}

static int by_bytes(const void *a, const void *b)
{
    const char *const *left = a, *const *right = b;
    return strcmp(*left, *right);
}

static bool note_part(serve_call *call, const char *key, search_request *out)
{
    static const struct {
        const char *key;
        unsigned part;
    } parts[] = {{"#document", SELECT_DOCUMENT},
                 {"#embedding", SELECT_EMBEDDING},
                 {"#metadata", SELECT_METADATA},
                 {"#score", SELECT_SCORE},
                 {"#id", 0}};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (strcmp(key, parts[i].key) != 0) continue;
        out->parts |= parts[i].part;
        return true;
    }
    if (!is_field(key)) return refuse(call, 400, "select: unknown key '%.100s'", key);
    out->parts |= SELECT_FIELDS;
    return true;
}

/* The order of the keys means nothing, so they are sorted; each counts once. */
static bool parse_select(serve_call *call, const json_value *json, search_request *out)
{
    const char *const *keys = NULL;
    uint32_t count = 0, kept = 0;
    if (!body_texts(call, json, "keys", false, &keys, &count)) return false;
    const char **sorted = arena_new_array(&call->arena, const char *, count);
    if (!sorted) return refuse(call, 500, "out of memory for the request");
    for (uint32_t i = 0; i < count; i++) {
        if (!note_part(call, keys[i], out)) return false;
        sorted[i] = keys[i];
    }
    if (count > 1) qsort(sorted, count, sizeof *sorted, by_bytes);
    for (uint32_t i = 0; i < count; i++)
        if (kept == 0 || strcmp(sorted[i], sorted[kept - 1]) != 0) sorted[kept++] = sorted[i];
    out->fields = sorted;
    out->field_count = kept;
    return true;
}

bool search_request_parse(serve_call *call, const json_value *json, const schema *s,
                          search_request *out)
{
    const json_value *filter = NULL, *rank = NULL, *groups = NULL, *limit = NULL, *select = NULL;
    *out = (search_request){.limit = UINT32_MAX};
    if (json->kind != JSON_OBJECT)
        return refuse_shape(call, "searches: invalid type: %s, expected a map",
                            body_kind_name(json));
    if (!body_object(call, json, "filter", &filter) || !body_object(call, json, "rank", &rank) ||
        !body_object(call, json, "group_by", &groups) ||
        !body_object(call, json, "limit", &limit) || !body_object(call, json, "select", &select))
        return false;
    const filter_parts parts = {.where = filter && filter->count > 0 ? filter : NULL};
    if (!filter_write(call, &parts, s, &out->filter)) return false;
    if (rank && rank->count > 0) {
        if (!rank_parse(call, rank, s, &out->rank)) return false;
        out->has_rank = true;
    }
    if (groups && !parse_groups(call, groups, &out->groups)) return false;
    if (out->groups.key_count > 0 && !out->has_rank)
        return refuse(call, 400, "group_by needs a rank expression");
    if (limit && (!body_unsigned(call, limit, "limit", &out->limit) ||
                  !body_unsigned(call, limit, "offset", &out->offset)))
        return false;
    return !select || parse_select(call, select, out);
}
