/* openapi.c - see openapi.h.
 * The document has one member for each path, with one for each method in it; the tables have a row
 * for each pair, in any order. So each path is written at its first row, with all rows that share
 * it. Named shapes are defined once, under components; two different shapes must not share a
 * name. */
#include "serve/openapi.h"

#include "serve/router.h"

#include <stdio.h>

enum { NAMED_MAX = 128 };

typedef struct description {
    json_writer *w;
    const dialect *const *dialects;
    const shape *named[NAMED_MAX]; /* [named_count] */
    bool of_request[NAMED_MAX];
    uint32_t named_count;
} description;

/* ---- components ---- */

/* Notes the named shapes in `s`, itself among them. */
static void note_named(description *d, const shape *s, bool of_request)
{
    if (!s) return;
    if (s->name) {
        for (uint32_t i = 0; i < d->named_count; i++)
            if (strcmp(d->named[i]->name, s->name) == 0) return;
        CHECK(d->named_count < NAMED_MAX);
        d->of_request[d->named_count] = of_request;
        d->named[d->named_count++] = s;
    }
    note_named(d, s->element, of_request);
    for (const shape_member *m = s->members; m && m->name; m++)
        note_named(d, &m->is, of_request);
}

static void write_components(description *d)
{
    json_writer *w = d->w;
    json_key(w, "components");
    json_begin_object(w);
    json_key(w, "schemas");
    json_begin_object(w);
    for (uint32_t i = 0; i < d->named_count; i++) {
        json_key(w, d->named[i]->name);
        shape_define(w, d->named[i], d->of_request[i]);
    }
    json_end_object(w);
    json_key(w, "securitySchemes");
    json_begin_object(w);
    json_key(w, "key");
    json_begin_object(w);
    json_member_text(w, "type", "http");
    json_member_text(w, "scheme", "bearer");
    json_member_text(w, "description", "a key that kith key made; needed when the server has keys");
    json_end_object(w);
    json_end_object(w);
    json_end_object(w);
}

/* ---- one route ---- */

static void write_parameter(json_writer *w, view name, const char *in, const shape_member *m)
{
    json_begin_object(w);
    json_key(w, "name");
    json_string(w, name);
    json_member_text(w, "in", in);
    json_member_bool(w, "required", m->required);
    if (m->about) json_member_text(w, "description", m->about);
    json_key(w, "schema");
    shape_describe(w, &m->is, false);
    json_end_object(w);
}

/* What a capture of this name is. */
static const shape_member *capture_of(const dialect *of, view name)
{
    static const shape_member any = {"", true, {SHAPE_TEXT, .min = 1}, NULL};
    for (const shape_member *m = of->captures; m && m->name; m++)
        if (view_equal(view_of(m->name), name)) return m;
    return &any;
}

static void write_parameters(json_writer *w, const dialect *of, const route *r)
{
    view name;
    json_key(w, "parameters");
    json_begin_array(w);
    for (uint32_t i = 0; route_capture_name(r->path, i, &name); i++)
        write_parameter(w, name, "path", capture_of(of, name));
    const shape *query = r->shapes->query;
    for (const shape_member *m = query ? query->members : NULL; m && m->name; m++)
        write_parameter(w, view_of(m->name), "query", m);
    json_end_array(w);
}

/* "application/json": {"schema": ...}, and the other type with a text or bytes. */
static void write_content(json_writer *w, const shape *json, const char *other, bool of_request)
{
    json_key(w, "content");
    json_begin_object(w);
    if (json) {
        json_key(w, "application/json");
        json_begin_object(w);
        json_key(w, "schema");
        shape_describe(w, json, of_request);
        json_end_object(w);
    }
    if (other) {
        json_key(w, other);
        json_begin_object(w);
        json_key(w, "schema");
        json_begin_object(w);
        json_member_text(w, "type", of_request ? "object" : "string");
        json_end_object(w);
        json_end_object(w);
    }
    json_end_object(w);
}

static void write_response(json_writer *w, const char *status, const char *text, const shape *json,
                           const char *other)
{
    json_key(w, status);
    json_begin_object(w);
    json_member_text(w, "description", text);
    if (json || other) write_content(w, json, other, false);
    json_end_object(w);
}

static void write_security(json_writer *w, route_scope scope)
{
    json_key(w, "security");
    json_begin_array(w);
    json_begin_object(w);
    json_end_object(w);
    if (scope != SCOPE_PUBLIC) {
        json_begin_object(w);
        json_key(w, "key");
        json_begin_array(w);
        json_end_array(w);
        json_end_object(w);
    }
    json_end_array(w);
}

static void write_operation(description *d, const dialect *of, const route *r)
{
    json_writer *w = d->w;
    const route_shapes *shapes = r->shapes;
    char status[8];
    (void)snprintf(status, sizeof status, "%d", shapes->status ? shapes->status : 200);
    char method[16] = "";
    for (size_t i = 0; r->method[i] && i + 1 < sizeof method; i++)
        method[i] = (char)(r->method[i] | 0x20);
    json_key(w, method);
    json_begin_object(w);
    json_member_text(w, "summary", r->summary);
    json_key(w, "tags");
    json_begin_array(w);
    json_text(w, of->name);
    json_end_array(w);
    write_security(w, r->scope);
    write_parameters(w, of, r);
    if (shapes->request || shapes->other_request) {
        json_key(w, "requestBody");
        json_begin_object(w);
        json_member_bool(w, "required", r->body != BODY_JSON_OR_NONE);
        write_content(w, shapes->request, shapes->other_request, true);
        json_end_object(w);
    }
    json_key(w, "responses");
    json_begin_object(w);
    write_response(w, status, r->summary, shapes->response, shapes->other_response);
    if (of->error) write_response(w, "default", "a failure", of->error, NULL);
    json_end_object(w);
    json_end_object(w);
    note_named(d, shapes->request, true);
    note_named(d, shapes->response, false);
    note_named(d, of->error, false);
}

/* ---- all routes ---- */

/* Walks the routes of all dialects; the index of the next is *cursor. NULL at the end. */
static const route *next_route(const description *d, uint32_t *cursor, const dialect **of)
{
    uint32_t i = (*cursor)++;
    for (const dialect *const *at = d->dialects; *at; at++) {
        if (i < (*at)->route_count) {
            *of = *at;
            return &(*at)->routes[i];
        }
        i -= (*at)->route_count;
    }
    return NULL;
}

static bool path_came_before(const description *d, const route *r, uint32_t end)
{
    const dialect *of = NULL;
    for (uint32_t cursor = 0; cursor < end;) {
        const route *other = next_route(d, &cursor, &of);
        if (other->shapes && strcmp(other->path, r->path) == 0) return true;
    }
    return false;
}

/* "{name...}" is written as "{name}". */
static void write_path_key(json_writer *w, const char *path)
{
    buffer key;
    buffer_init(&key, 1024);
    view rest = view_of(path);
    size_t dots = view_find(rest, VIEW("..."));
    buffer_append(&key, view_slice(rest, 0, dots));
    if (dots < rest.size) buffer_append(&key, view_slice(rest, dots + 3, rest.size));
    json_key_view(w, buffer_view(&key));
    buffer_done(&key);
}

static void write_path(description *d, const route *first)
{
    const dialect *of = NULL;
    const route *r = NULL;
    write_path_key(d->w, first->path);
    json_begin_object(d->w);
    for (uint32_t cursor = 0; (r = next_route(d, &cursor, &of)) != NULL;)
        if (r->shapes && strcmp(r->path, first->path) == 0) write_operation(d, of, r);
    json_end_object(d->w);
}

void openapi_write(json_writer *w, const dialect *const *dialects)
{
    description d = {.w = w, .dialects = dialects};
    const dialect *of = NULL;
    const route *r = NULL;
    json_begin_object(w);
    json_member_text(w, "openapi", "3.1.0");
    json_key(w, "info");
    json_begin_object(w);
    json_member_text(w, "title", "kith");
    json_member_text(w, "version", kith_version());
    json_end_object(w);
    json_key(w, "paths");
    json_begin_object(w);
    for (uint32_t cursor = 0; (r = next_route(&d, &cursor, &of)) != NULL;)
        if (r->shapes && !path_came_before(&d, r, cursor - 1)) write_path(&d, r);
    json_end_object(w);
    write_components(&d);
    json_end_object(w);
}
