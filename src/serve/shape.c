/* shape.c - see shape.h. */
#include "serve/shape.h"

#include "base/utf8.h"

#include <math.h>
#include <stdio.h>

/* ---- checking ---- */

typedef struct check_run {
    arena *memory;
    const char **member;
    kith_error *err;
} check_run;

static const char *kind_of(const json_value *v)
{
    static const char *const names[] = {
        [JSON_NULL] = "null",       [JSON_BOOL] = "true or false", [JSON_INTEGER] = "a number",
        [JSON_DOUBLE] = "a number", [JSON_STRING] = "a text",      [JSON_ARRAY] = "a list",
        [JSON_OBJECT] = "an object"};
    return v ? names[v->kind] : "missing";
}

/* `path` is refused: it must be `expected`, and is something else. */
static kith_status refuse(const check_run *run, const char *path, const char *expected,
                          const json_value *v)
{
    *run->member = path;
    const char *what = *path ? path : "the body";
    if (!v) return fail(run->err, KITH_ERR_INVALID, "%s is missing", what);
    return fail(run->err, KITH_ERR_INVALID, "%s must be %s, not %s", what, expected, kind_of(v));
}

static kith_status refuse_value(const check_run *run, const char *path, const char *what)
{
    *run->member = path;
    return fail(run->err, KITH_ERR_INVALID, "%s %s", *path ? path : "the body", what);
}

static kith_status out_of_memory(const check_run *run)
{
    return fail(run->err, KITH_ERR_NO_MEMORY, "out of memory for a request");
}

static kith_status check_choice(const shape *s, view text, const char *path, const check_run *run)
{
    for (size_t i = 0; s->choices[i]; i++)
        if (view_equal(text, view_of(s->choices[i]))) return KITH_OK;
    buffer list;
    buffer_init(&list, 1024);
    for (size_t i = 0; s->choices[i]; i++)
        buffer_printf(&list, "%s'%s'", i ? ", " : "", s->choices[i]);
    *run->member = path;
    kith_status status =
        fail(run->err, KITH_ERR_INVALID, "%s is '%.*s'; it may be %.*s", path,
             VIEW_ARG(view_slice(text, 0, utf8_floor(text, 60))), VIEW_ARG(buffer_view(&list)));
    buffer_done(&list);
    return status;
}

static kith_status check_text(const shape *s, const json_value *v, const char *path,
                              const check_run *run)
{
    if (v->kind != JSON_STRING) return refuse(run, path, "a text", v);
    if (memchr(v->string.data, 0, v->string.size))
        return refuse_value(run, path, "holds a NUL character");
    if (s->choices) return check_choice(s, v->string, path, run);
    if (s->max == 0 && s->min == 0) return KITH_OK;
    int64_t count = (int64_t)utf8_count(v->string);
    if (s->min > 0 && count == 0) return refuse_value(run, path, "is empty");
    if (count >= s->min && (s->max == 0 || count <= s->max)) return KITH_OK;
    *run->member = path;
    return fail(run->err, KITH_ERR_INVALID, "%s has %lld characters; allowed are %lld to %lld",
                path, (long long)count, (long long)s->min, (long long)s->max);
}

static kith_status check_number(const shape *s, const json_value *v, const char *path,
                                const check_run *run)
{
    bool whole = s->kind == SHAPE_INTEGER;
    double value = v->kind == JSON_INTEGER  ? (double)v->integer
                   : v->kind == JSON_DOUBLE ? v->number
                                            : NAN;
    static const double exact = 9007199254740992.0; // 2^53: above it a double is no one integer
    bool is_one = whole ? v->kind == JSON_INTEGER || (value == trunc(value) && fabs(value) < exact)
                        : !isnan(value);
    char expected[96];
    if (s->max > 0)
        (void)snprintf(expected, sizeof expected, "%s from %lld to %lld",
                       whole ? "an integer" : "a number", (long long)s->min, (long long)s->max);
    else
        (void)snprintf(expected, sizeof expected, "%s", whole ? "an integer" : "a number");
    if (!is_one) return refuse(run, path, expected, v);
    if (s->max == 0 || (value >= (double)s->min && value <= (double)s->max)) return KITH_OK;
    *run->member = path;
    return fail(run->err, KITH_ERR_INVALID, "%s must be %s, not %.17g", path, expected, value);
}

static kith_status check(const shape *s, const json_value *v, const char *path,
                         const check_run *run);

static kith_status check_list(const shape *s, const json_value *v, const char *path,
                              const check_run *run)
{
    if (v->kind != JSON_ARRAY) return refuse(run, path, "a list", v);
    if (s->max > 0 && (v->count < s->min || v->count > s->max)) {
        *run->member = path;
        return fail(run->err, KITH_ERR_INVALID, "%s has %u elements; allowed are %lld to %lld",
                    *path ? path : "the body", v->count, (long long)s->min, (long long)s->max);
    }
    for (uint32_t i = 0; i < v->count; i++) {
        const json_value *e = v->elements[i];
        arena_mark before = arena_set_mark(run->memory);
        const char *name = arena_printf(run->memory, "%s[%u]", path, i);
        if (!name) return out_of_memory(run);
        kith_status status = check(s->element, e, name, run);
        if (status != KITH_OK) return status;
        arena_rewind(run->memory, before);
    }
    return KITH_OK;
}

static kith_status check_text_or_list(const shape *s, const json_value *v, const char *path,
                                      const check_run *run)
{
    const shape text = {SHAPE_TEXT, .min = s->min > 0};
    if (v->kind == JSON_STRING) return check_text(&text, v, path, run);
    if (v->kind != JSON_ARRAY) return refuse(run, path, "a text or a list", v);
    return check_list(s, v, path, run);
}

static const shape_member *find_member(const shape *s, view key)
{
    for (const shape_member *m = s->members; m->name; m++)
        if (view_equal(key, view_of(m->name))) return m;
    return NULL;
}

static kith_status check_record(const shape *s, const json_value *v, const char *path,
                                const check_run *run)
{
    if (v->kind != JSON_OBJECT) return refuse(run, path, "an object", v);
    const char *dot = *path ? "." : "";
    for (uint32_t i = 0; i < v->count && !s->is_open; i++) {
        view key = v->members[i].key;
        if (find_member(s, key)) continue;
        const char *name = arena_printf(run->memory, "%s%s%.*s", path, dot,
                                        VIEW_ARG(view_slice(key, 0, utf8_floor(key, 60))));
        return name ? refuse_value(run, name, "is not known here") : out_of_memory(run);
    }
    for (const shape_member *m = s->members; m->name; m++) {
        const json_value *value = json_get(v, m->name);
        if (!m->required && (!value || value->kind == JSON_NULL)) continue;
        const char *name = arena_printf(run->memory, "%s%s%s", path, dot, m->name);
        if (!name) return out_of_memory(run);
        if (!value) return refuse(run, name, NULL, NULL);
        kith_status status = check(&m->is, value, name, run);
        if (status != KITH_OK) return status;
    }
    return KITH_OK;
}

static kith_status check(const shape *s, const json_value *v, const char *path,
                         const check_run *run)
{
    if (s->nullable && v->kind == JSON_NULL) return KITH_OK;
    switch (s->kind) {
    case SHAPE_ANY:
        return KITH_OK;
    case SHAPE_TEXT:
        return check_text(s, v, path, run);
    case SHAPE_INTEGER:
    case SHAPE_NUMBER:
        return check_number(s, v, path, run);
    case SHAPE_BOOL:
        return v->kind == JSON_BOOL ? KITH_OK : refuse(run, path, "true or false", v);
    case SHAPE_OBJECT:
        return v->kind == JSON_OBJECT ? KITH_OK : refuse(run, path, "an object", v);
    case SHAPE_RECORD:
        return check_record(s, v, path, run);
    case SHAPE_LIST:
        return check_list(s, v, path, run);
    case SHAPE_TEXT_OR_LIST:
        return check_text_or_list(s, v, path, run);
    case SHAPE_AS:
        return check(s->element, v, path, run);
    }
    return KITH_OK;
}

kith_status shape_check(const shape *s, const json_value *v, const char *name, arena *a,
                        const char **member, kith_error *err)
{
    const check_run run = {a, member, err};
    return v ? check(s, v, name, &run) : refuse(&run, name, NULL, NULL);
}

/* ---- describing ---- */

static void describe_type(json_writer *w, const char *type, bool or_null)
{
    json_key(w, "type");
    if (!or_null) {
        json_text(w, type);
        return;
    }
    json_begin_array(w);
    json_text(w, type);
    json_text(w, "null");
    json_end_array(w);
}

static void describe_range(json_writer *w, const shape *s, const char *min, const char *max)
{
    if (s->min != 0 || s->max > 0) {
        json_key(w, min);
        json_integer(w, s->min);
    }
    if (s->max > 0) {
        json_key(w, max);
        json_integer(w, s->max);
    }
}

static void describe(json_writer *w, const shape *s, bool or_null, bool of_request);

static void describe_record(json_writer *w, const shape *s, bool of_request)
{
    json_key(w, "properties");
    json_begin_object(w);
    bool has_required = false;
    for (const shape_member *m = s->members; m->name; m++) {
        has_required |= m->required;
        json_key(w, m->name);
        json_begin_object(w);
        if (m->about) json_member_text(w, "description", m->about);
        describe(w, &m->is, of_request && !m->required, of_request);
        json_end_object(w);
    }
    json_end_object(w);
    if (has_required) {
        json_key(w, "required");
        json_begin_array(w);
        for (const shape_member *m = s->members; m->name; m++)
            if (m->required) json_text(w, m->name);
        json_end_array(w);
    }
    if (!s->is_open) json_member_bool(w, "additionalProperties", false);
}

static void describe_text(json_writer *w, const shape *s, bool or_null)
{
    describe_type(w, "string", or_null);
    describe_range(w, s, "minLength", "maxLength");
    if (s->pattern) json_member_text(w, "pattern", s->pattern);
    if (!s->choices) return;
    json_key(w, "enum");
    json_begin_array(w);
    for (size_t i = 0; s->choices[i]; i++)
        json_text(w, s->choices[i]);
    if (or_null) json_null(w);
    json_end_array(w);
}

static void describe_text_or_list(json_writer *w, const shape *s)
{
    const shape text = {SHAPE_TEXT, .min = s->min > 0};
    const shape list = {SHAPE_LIST, .min = s->min, .max = s->max, .element = s->element};
    json_key(w, "anyOf");
    json_begin_array(w);
    shape_describe(w, &text, true);
    shape_describe(w, &list, true);
    json_end_array(w);
}

/* A named shape that may also be null. */
static void describe_reference(json_writer *w, const shape *s, bool or_null)
{
    if (or_null) {
        json_key(w, "anyOf");
        json_begin_array(w);
        json_begin_object(w);
    }
    json_key(w, "$ref");
    buffer path;
    buffer_init(&path, 200);
    buffer_printf(&path, "#/components/schemas/%s", s->name);
    json_string(w, buffer_view(&path));
    buffer_done(&path);
    if (or_null) {
        json_end_object(w);
        json_begin_object(w);
        json_member_text(w, "type", "null");
        json_end_object(w);
        json_end_array(w);
    }
}

/* Within an object that was begun: all of it but for a name. */
static void describe_here(json_writer *w, const shape *s, bool or_null, bool of_request)
{
    switch (s->kind) {
    case SHAPE_ANY:
        break;
    case SHAPE_TEXT:
        describe_text(w, s, or_null);
        break;
    case SHAPE_INTEGER:
    case SHAPE_NUMBER:
        describe_type(w, s->kind == SHAPE_INTEGER ? "integer" : "number", or_null);
        describe_range(w, s, "minimum", "maximum");
        break;
    case SHAPE_BOOL:
        describe_type(w, "boolean", or_null);
        break;
    case SHAPE_OBJECT:
        describe_type(w, "object", or_null);
        break;
    case SHAPE_RECORD:
        describe_type(w, "object", or_null);
        describe_record(w, s, of_request);
        break;
    case SHAPE_LIST:
        describe_type(w, "array", or_null);
        describe_range(w, s, "minItems", "maxItems");
        json_key(w, "items");
        shape_describe(w, s->element, of_request);
        break;
    case SHAPE_TEXT_OR_LIST:
        describe_text_or_list(w, s);
        break;
    case SHAPE_AS:
        describe(w, s->element, or_null, of_request);
        break;
    }
}

static void describe(json_writer *w, const shape *s, bool or_null, bool of_request)
{
    or_null |= s->nullable;
    if (s->name)
        describe_reference(w, s, or_null);
    else
        describe_here(w, s, or_null, of_request);
}

void shape_describe(json_writer *w, const shape *s, bool of_request)
{
    json_begin_object(w);
    describe(w, s, false, of_request);
    json_end_object(w);
}

void shape_define(json_writer *w, const shape *s, bool of_request)
{
    json_begin_object(w);
    describe_here(w, s, s->nullable, of_request);
    json_end_object(w);
}

/* ---- reading ---- */

int64_t shape_integer(const json_value *object, const char *name, int64_t otherwise)
{
    int64_t value = otherwise;
    double number = 0;
    if (!json_get_integer(object, name, &value) && json_get_number(object, name, &number))
        value = (int64_t)number; // a whole number within the shape's range
    return value;
}

double shape_number(const json_value *object, const char *name, double otherwise)
{
    double value = otherwise;
    (void)json_get_number(object, name, &value);
    return value;
}

bool shape_bool(const json_value *object, const char *name, bool otherwise)
{
    bool value = otherwise;
    (void)json_get_bool(object, name, &value);
    return value;
}

const char *shape_text(const json_value *object, const char *name, const char *otherwise)
{
    view value;
    return json_get_string(object, name, &value) ? value.data : otherwise;
}

kith_status shape_json(const json_value *object, const char *name, arena *a, const char **out,
                       kith_error *err)
{
    const json_value *value = json_get(object, name);
    *out = NULL;
    if (!value || value->kind == JSON_NULL) return KITH_OK;
    buffer text;
    buffer_init(&text, (size_t)1 << 30);
    json_writer w = {.out = &text};
    json_tree(&w, value);
    if (text.failed == KITH_OK) *out = arena_copy(a, buffer_view(&text)).data;
    buffer_done(&text);
    return *out ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for '%s'", name);
}
