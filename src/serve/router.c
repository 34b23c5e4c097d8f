/* router.c - see router.h.
 *
 * A table is searched from its first route to its last: a few dozen comparisons of short texts,
 * which do not show beside what any handler does. Patterns are cut into segments once.
 *
 * Of two routes that match one path, the one with a literal segment where the other first has a
 * capture wins, and a capture of one segment wins over one of the rest. Two routes of one method
 * between which this does not decide are equal, and refused when the router is made. */
#include "serve/router.h"

#include "base/hex.h"
#include "base/size.h"
#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>

typedef enum segment_kind { SEGMENT_LITERAL, SEGMENT_CAPTURE, SEGMENT_REST } segment_kind;

typedef struct segment {
    segment_kind kind;
    view text; /* of a literal, or the capture's name */
} segment;

typedef struct pattern {
    const dialect *dialect;
    const route *route;
    uint32_t count;
    segment segments[ROUTE_MAX_SEGMENTS];
} pattern;

struct router {
    const dialect *const *dialects;
    uint32_t count;
    pattern *patterns; /* [count] */
};

/* The text of `path` up to its next '/', and *rest what follows that; false: there is no more. */
static bool next_segment(view *rest, view *out)
{
    if (!rest->data) return false;
    size_t slash = view_find(*rest, VIEW("/"));
    *out = view_slice(*rest, 0, slash);
    *rest = slash < rest->size ? view_slice(*rest, slash + 1, rest->size) : (view){NULL, 0};
    return true;
}

static segment segment_of(view text)
{
    bool braces = text.size > 2 && text.data[0] == '{' && text.data[text.size - 1] == '}';
    if (!braces) return (segment){SEGMENT_LITERAL, text};
    view name = view_slice(text, 1, text.size - 1);
    if (name.size > 3 && memcmp(name.data + name.size - 3, "...", 3) == 0)
        return (segment){SEGMENT_REST, view_slice(name, 0, name.size - 3)};
    return (segment){SEGMENT_CAPTURE, name};
}

bool route_capture_name(const char *path, uint32_t index, view *name)
{
    view rest = view_of(path), text;
    while (next_segment(&rest, &text)) {
        segment s = segment_of(text);
        if (s.kind == SEGMENT_LITERAL || index-- > 0) continue;
        *name = s.text;
        return true;
    }
    return false;
}

bool route_capture(const char *path, const char *name, uint32_t *index)
{
    view text;
    for (uint32_t i = 0; route_capture_name(path, i, &text); i++) {
        if (!view_equal(text, view_of(name))) continue;
        *index = i;
        return true;
    }
    return false;
}

static kith_status compile(const dialect *d, const route *r, pattern *out, kith_error *err)
{
    *out = (pattern){.dialect = d, .route = r};
    if (r->scope == SCOPE_UNSET || !r->handle || !r->summary || !*r->summary)
        return fail(err, KITH_ERR_INVALID, "route %s %s has no scope, handler or summary",
                    r->method, r->path);
    if (r->path[0] != '/')
        return fail(err, KITH_ERR_INVALID, "route %s '%s' does not begin with '/'", r->method,
                    r->path);
    view rest = view_of(r->path + 1), text;
    uint32_t captures = 0;
    bool ended = false;
    while (next_segment(&rest, &text)) {
        segment s = segment_of(text);
        captures += s.kind != SEGMENT_LITERAL;
        if (ended || out->count == ROUTE_MAX_SEGMENTS || captures > ROUTE_MAX_CAPTURES)
            return fail(err, KITH_ERR_INVALID,
                        "route %s %s has too many segments or captures, or one after {name...}",
                        r->method, r->path);
        ended = s.kind == SEGMENT_REST;
        out->segments[out->count++] = s;
    }
    return KITH_OK;
}

/* < 0: `a` is preferred; 0: neither is, by their segments. Both match one path, or are compared to
 * learn whether they are equal. */
static int compare(const pattern *a, const pattern *b)
{
    for (uint32_t i = 0; i < a->count && i < b->count; i++)
        if (a->segments[i].kind != b->segments[i].kind)
            return a->segments[i].kind < b->segments[i].kind ? -1 : 1;
    return 0;
}

static bool are_equal(const pattern *a, const pattern *b)
{
    if (strcmp(a->route->method, b->route->method) != 0 || a->count != b->count) return false;
    if (compare(a, b) != 0) return false;
    for (uint32_t i = 0; i < a->count; i++)
        if (a->segments[i].kind == SEGMENT_LITERAL &&
            !view_equal(a->segments[i].text, b->segments[i].text))
            return false;
    return true;
}

static kith_status compile_all(router *r, kith_error *err)
{
    for (const dialect *const *d = r->dialects; *d; d++) {
        for (uint32_t i = 0; i < (*d)->route_count; i++) {
            pattern *made = &r->patterns[r->count];
            kith_status status = compile(*d, &(*d)->routes[i], made, err);
            if (status != KITH_OK) return status;
            for (uint32_t other = 0; other < r->count; other++)
                if (are_equal(&r->patterns[other], made))
                    return fail(err, KITH_ERR_INVALID, "two routes are equal: %s %s and %s",
                                made->route->method, r->patterns[other].route->path,
                                made->route->path);
            r->count++;
        }
    }
    return KITH_OK;
}

kith_status router_new(const dialect *const *dialects, router **out, kith_error *err)
{
    size_t count = 0;
    for (const dialect *const *d = dialects; *d; d++)
        count += (*d)->route_count;
    router *r = calloc(1, sizeof *r);
    if (r) *r = (router){.dialects = dialects, .patterns = heap_new_array(count, sizeof(pattern))};
    kith_status status =
        r && r->patterns ? compile_all(r, err) : fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    if (status != KITH_OK) {
        router_free(r);
        return status;
    }
    *out = r;
    return KITH_OK;
}

void router_free(router *r)
{
    if (!r) return;
    free(r->patterns);
    free(r);
}

uint32_t router_count(const router *r)
{
    return r->count;
}

const route *router_route(const router *r, uint32_t number)
{
    return r->patterns[number].route;
}

/* ---- decoding ---- */

bool percent_decode(view text, bool plus_is_space, arena *a, view *out)
{
    char *decoded = arena_new(a, text.size + 1);
    if (!decoded) return false;
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (c == '+' && plus_is_space) c = ' ';
        if (c == '%') {
            if (text.size - i < 3) return false;
            int high = hex_digit(text.data[i + 1]), low = hex_digit(text.data[i + 2]);
            if (high < 0 || low < 0) return false;
            c = (char)(high * 16 + low);
            i += 2;
        }
        if (c == '\0') return false;
        decoded[size++] = c;
    }
    if (!utf8_is_valid((view){decoded, size})) return false;
    *out = (view){decoded, size};
    return true;
}

/* ---- finding ---- */

typedef struct split_path {
    uint32_t count; /* ROUTE_MAX_SEGMENTS: or more, of which the last one has all the rest */
    view segments[ROUTE_MAX_SEGMENTS]; /* decoded */
    view rests[ROUTE_MAX_SEGMENTS];    /* from each on to the end, still encoded */
} split_path;

/* `path` begins with '/'. */
static bool split(view path, arena *a, split_path *out)
{
    view rest = view_slice(path, 1, path.size), text = {NULL, 0};
    out->count = 0;
    while (out->count < ROUTE_MAX_SEGMENTS) {
        view from = rest;
        if (!next_segment(&rest, &text)) return true;
        if (!percent_decode(text, false, a, &out->segments[out->count])) return false;
        out->rests[out->count++] = from;
    }
    return true;
}

/* Does the pattern's path match, whatever the method? */
static bool matches(const pattern *p, const split_path *path)
{
    for (uint32_t i = 0; i < p->count; i++) {
        if (i >= path->count) return false;
        const segment *s = &p->segments[i];
        if (s->kind == SEGMENT_REST) return path->rests[i].size > 0;
        if (s->kind == SEGMENT_CAPTURE && path->segments[i].size == 0) return false;
        if (s->kind == SEGMENT_LITERAL && !view_equal(s->text, path->segments[i])) return false;
    }
    return p->count == path->count && path->count < ROUTE_MAX_SEGMENTS;
}

static kith_status capture(const pattern *p, const split_path *path, arena *a, router_match *out,
                           kith_error *err)
{
    for (uint32_t i = 0, captures = 0; i < p->count; i++) {
        if (p->segments[i].kind == SEGMENT_LITERAL) continue;
        view *to = &out->captures[captures++];
        *to = path->segments[i];
        if (p->segments[i].kind == SEGMENT_REST && !percent_decode(path->rests[i], false, a, to))
            return fail(err, KITH_ERR_INVALID, "the path holds a malformed escape");
    }
    return KITH_OK;
}

/* `prefix` ends where a segment ends. */
static bool has_prefix(view path, view prefix)
{
    return view_starts_with(path, prefix) &&
           (path.size == prefix.size || path.data[prefix.size] == '/');
}

/* In whose form to refuse: the longest prefix; else the first dialect. */
static const dialect *dialect_of(const router *r, view path)
{
    const dialect *best = r->dialects[0];
    size_t longest = 0;
    for (const dialect *const *d = r->dialects; *d; d++) {
        view prefix = view_of((*d)->prefix);
        if (prefix.size <= longest || !has_prefix(path, prefix)) continue;
        longest = prefix.size;
        best = *d;
    }
    return best;
}

static void allow_method(router_match *m, const char *method)
{
    size_t used = strlen(m->allow);
    size_t length = strlen(method);
    for (const char *at = m->allow; (at = strstr(at, method)); at += length)
        if ((at == m->allow || at[-1] == ' ') && (at[length] == ',' || !at[length])) return;
    int n = snprintf(m->allow + used, sizeof m->allow - used, "%s%s", used ? ", " : "", method);
    CHECK(n > 0 && (size_t)n < sizeof m->allow - used);
    if (strcmp(method, "GET") == 0) allow_method(m, "HEAD");
}

kith_status router_find(const router *r, view method, view path, arena *a, router_match *out,
                        kith_error *err)
{
    *out = (router_match){.dialect = dialect_of(r, path)};
    if (view_equal(method, VIEW("HEAD"))) method = VIEW("GET");
    split_path parts;
    if (path.size == 0 || path.data[0] != '/' || !split(path, a, &parts))
        return a->exhausted ? fail(err, KITH_ERR_NO_MEMORY, "out of memory")
                            : fail(err, KITH_ERR_INVALID, "the path holds a malformed escape");
    const pattern *best = NULL;
    for (uint32_t i = 0; i < r->count; i++) {
        const pattern *p = &r->patterns[i];
        if (!matches(p, &parts)) continue;
        allow_method(out, p->route->method);
        if (!view_equal(view_of(p->route->method), method)) continue;
        if (best && compare(best, p) <= 0) continue;
        best = p;
        out->number = i;
    }
    if (!best) return KITH_OK;
    out->allow[0] = '\0';
    out->route = best->route;
    out->dialect = best->dialect;
    return capture(best, &parts, a, out, err);
}
