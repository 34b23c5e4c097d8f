/* eval_groups.c - see eval_groups.h. */
#include "cli/eval_groups.h"

#include "base/json.h"
#include "base/map.h"

#include <math.h>

enum { GROUPS_MAX = 100, LINE_MAX_BYTES = 1 << 20 };

static const char none[] = "(none)";

/* The text of the field in a line, in the arena; `none` when it has none. NULL: out of memory. */
static const char *value_of(view line, const char *by, arena *a)
{
    const json_value *object = NULL;
    if (json_parse(line, LINE_MAX_BYTES, a, &object, NULL) != KITH_OK) return none;
    for (uint32_t i = 0; object->kind == JSON_OBJECT && i < object->count; i++) {
        const json_value *v = object->members[i].value;
        if (!view_equal(object->members[i].key, view_of(by))) continue;
        if (v->kind == JSON_STRING) return arena_copy(a, v->string).data;
        if (v->kind == JSON_BOOL) return v->boolean ? "true" : "false";
        if (v->kind == JSON_INTEGER) return arena_printf(a, "%lld", (long long)v->integer);
        if (v->kind == JSON_DOUBLE) return arena_printf(a, "%g", v->number);
    }
    return none;
}

/* The number of the group with this name, which is made when it is new. */
static kith_status number_of(eval_groups *g, map *known, const char *name, uint32_t *out,
                             kith_error *err)
{
    uint64_t number = 0;
    if (map_get(known, view_of(name), &number)) {
        *out = (uint32_t)number;
        return KITH_OK;
    }
    if (g->count == GROUPS_MAX)
        return fail(err, KITH_ERR_LIMIT, "\"%s\" has more than %d values", g->by, GROUPS_MAX);
    g->names[g->count] = name;
    *out = g->count;
    return map_put(known, view_of(name), g->count++) == KITH_OK
               ? KITH_OK
               : fail(err, KITH_ERR_NO_MEMORY, "out of memory for groups");
}

kith_status eval_groups_read(view jsonl, const kith_eval_questions *questions, const char *by,
                             arena *a, eval_groups *out, kith_error *err)
{
    eval_groups g = {.by = by,
                     .names = arena_new_bytes_array(a, GROUPS_MAX, sizeof *g.names),
                     .of = arena_new_array(a, uint32_t, questions->count)};
    map *known = map_new();
    kith_status status = g.names && g.of && known
                             ? KITH_OK
                             : fail(err, KITH_ERR_NO_MEMORY, "out of memory for groups");
    size_t at = 0, next = 0;
    for (uint32_t line = 1; status == KITH_OK && next < questions->count; line++) {
        view text = view_next_line(jsonl, &at);
        if (line != questions->lines[next]) continue;
        const char *name = value_of(text, by, a);
        status = name ? number_of(&g, known, name, &g.of[next++], err)
                      : fail(err, KITH_ERR_NO_MEMORY, "out of memory for groups");
    }
    if (status == KITH_OK && g.count == 1 && g.names[0] == none)
        status = fail(err, KITH_ERR_INVALID, "no question has a field \"%s\"", by);
    map_free(known);
    if (status == KITH_OK) *out = g;
    return status;
}

void eval_groups_measure(const eval_groups *g, uint32_t i, const kith_evaluation *e,
                         eval_group *out)
{
    *out = (eval_group){.name = g->names[i]};
    for (size_t q = 0; q < e->count; q++)
        out->questions += g->of[q] == i;
    for (kith_eval_measure m = 0; m < KITH_EVAL_MEASURES; m++) {
        double sum = 0;
        for (size_t q = 0; q < e->count; q++)
            if (g->of[q] == i && !isnan(e->results[q].values[m])) {
                sum += e->results[q].values[m];
                out->counts[m]++;
            }
        out->means[m] = out->counts[m] ? sum / out->counts[m] : NAN;
    }
}
