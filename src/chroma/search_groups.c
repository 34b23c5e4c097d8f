/* search_groups.c - reads the metadata of all results, groups and orders them. */
#include "chroma/search_groups.h"

#include "base/map.h"
#include "chroma/body.h"
#include "chroma/metadata_text.h"
#include "chroma/reply.h"

#include <math.h>
#include <stdlib.h>

/* NaN behind everything, equal scores in the order in which they were met. */
static int by_score(const void *a, const void *b)
{
    const ranked *left = a, *right = b;
    const bool left_nan = isnan(left->score), right_nan = isnan(right->score);
    if (left_nan != right_nan) return left_nan ? 1 : -1;
    if (!left_nan && left->score < right->score) return -1;
    if (!left_nan && left->score > right->score) return 1;
    return (left->order > right->order) - (left->order < right->order);
}

void ranked_sort(ranked *rows, uint32_t count)
{
    if (count > 1) qsort(rows, count, sizeof *rows, by_score);
}

typedef struct member {
    ranked row;
    uint64_t group;
    const json_value **by; /* [groups->by_count]; NULL: the point lacks it */
    const grouping *groups;
} member;

static bool refuse_memory(serve_call *call)
{
    return refuse(call, 500, "out of memory for the groups");
}

/* < 0, 0, > 0; values of different kinds in the order of the kinds. */
static int compare_values(const json_value *a, const json_value *b)
{
    if (body_is_number(a) && body_is_number(b)) {
        const double left = body_number(a), right = body_number(b);
        return (left > right) - (left < right);
    }
    if (a->kind != b->kind) return (a->kind > b->kind) - (a->kind < b->kind);
    if (a->kind == JSON_STRING) return view_compare(a->string, b->string);
    if (a->kind == JSON_BOOL) return (int)a->boolean - (int)b->boolean;
    return 0;
}

static int compare_by(const member *a, const member *b)
{
    for (uint32_t i = 0; i < a->groups->by_count; i++) {
        const json_value *left = a->by[i], *right = b->by[i];
        if (!left != !right) return left ? -1 : 1;
        const int order = left ? compare_values(left, right) : 0;
        if (order != 0) return a->groups->largest ? -order : order;
    }
    return (a->row.order > b->row.order) - (a->row.order < b->row.order);
}

static int by_group(const void *a, const void *b)
{
    const member *left = a, *right = b;
    if (left->group != right->group) return left->group < right->group ? -1 : 1;
    return compare_by(left, right);
}

/* The number of the group of these values of the keys. */
static bool find_group(serve_call *call, const grouping *groups, const json_value *metadata,
                       map *numbers, uint64_t *out)
{
    kith_error err = {0};
    buffer key;
    buffer_init(&key, call->limits->body_bytes);
    json_writer w = {.out = &key};
    for (uint32_t i = 0; i < groups->key_count; i++) {
        const json_value *value = json_get(metadata, groups->keys[i]);
        if (value)
            json_tree(&w, value);
        else
            json_null(&w);
    }
    bool fine = buffer_status(&key, "a group's key", &err) == KITH_OK || refuse_error(call, &err);
    *out = map_count(numbers);
    if (fine && !map_get(numbers, buffer_view(&key), out))
        fine = map_put(numbers, buffer_view(&key), *out) == KITH_OK || refuse_memory(call);
    buffer_done(&key);
    return fine;
}

static bool make_member(serve_call *call, const grouping *groups, const char *metadata,
                        map *numbers, member *m)
{
    const json_value *tree = metadata_parse_text(metadata, &call->arena);
    m->groups = groups;
    m->by = arena_new_array(&call->arena, const json_value *, groups->by_count);
    json_value *score = arena_new_array(&call->arena, json_value, 1);
    if (!m->by || !score) return refuse_memory(call);
    *score = (json_value){.kind = JSON_DOUBLE, .number = (double)m->row.score};
    for (uint32_t i = 0; i < groups->by_count; i++)
        m->by[i] = strcmp(groups->by[i], "#score") == 0 ? score : json_get(tree, groups->by[i]);
    return find_group(call, groups, tree, numbers, &m->group);
}

/* Results with their metadata, of those that still exist. */
static bool make_members(serve_call *call, const grouping *groups, const kith_records *records,
                         const ranked *rows, uint32_t count, member **out, uint32_t *out_count)
{
    map *numbers = map_new();
    member *members = arena_new_array(&call->arena, member, count);
    size_t at = 0;
    uint32_t made = 0;
    bool fine = (numbers && members) || refuse_memory(call);
    for (uint32_t i = 0; fine && i < count && at < records->count; i++) {
        if (strcmp(records->records[at].id, rows[i].id) != 0) continue;
        members[made].row = rows[i];
        fine =
            make_member(call, groups, records->records[at++].metadata, numbers, &members[made++]);
    }
    map_free(numbers);
    *out = members;
    *out_count = made;
    return fine;
}

static bool read_metadata(serve_call *call, const scope *s, const ranked *rows, uint32_t count,
                          kith_records **out)
{
    kith_error err = {0};
    const char **ids = arena_new_array(&call->arena, const char *, count);
    if (!ids) return refuse_memory(call);
    for (uint32_t i = 0; i < count; i++)
        ids[i] = rows[i].id;
    const kith_selection selection = {.size = sizeof selection,
                                      .ids = ids,
                                      .id_count = count,
                                      .call = &call->call,
                                      .without_content = true};
    return kith_get(s->k, s->name, &selection, out, &err) == KITH_OK || scope_refuse(call, s, &err);
}

bool search_groups_keep(serve_call *call, const scope *s, const grouping *groups, ranked *rows,
                        uint32_t *count)
{
    kith_records *records = NULL;
    member *members = NULL;
    uint32_t made = 0, kept = 0, in_group = 0;
    if (*count == 0) return true;
    if (!read_metadata(call, s, rows, *count, &records)) return false;
    const bool fine = make_members(call, groups, records, rows, *count, &members, &made);
    if (fine && made > 1) qsort(members, made, sizeof *members, by_group);
    for (uint32_t i = 0; fine && i < made; i++) {
        in_group = i > 0 && members[i].group == members[i - 1].group ? in_group + 1 : 0;
        if (in_group < groups->k) rows[kept++] = members[i].row;
    }
    kith_records_free(records);
    if (!fine) return false;
    *count = kept;
    ranked_sort(rows, kept);
    return true;
}
