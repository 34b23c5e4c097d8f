/* narrowing.c - see narrowing.h. Each option becomes one object, and all stand in an $and. */
#include "cli/narrowing.h"

#include "base/json.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

/* The path without ".", ".." and empty names; `path` begins with '/'. */
static char *without_dots(arena *a, const char *path)
{
    char *out = arena_new_array(a, char, strlen(path) + 2);
    size_t size = 0;
    if (!out) return NULL;
    for (view rest = view_of(path); rest.size > 0;) {
        size_t end = view_find(rest, VIEW("/"));
        view name = view_slice(rest, 0, end);
        rest = view_slice(rest, end < rest.size ? end + 1 : end, rest.size);
        if (name.size == 0 || view_equal(name, VIEW("."))) continue;
        if (view_equal(name, VIEW(".."))) {
            while (size > 0 && out[--size] != '/')
                ;
            continue;
        }
        out[size++] = '/';
        memcpy(out + size, name.data, name.size);
        size += name.size;
    }
    if (size == 0) out[size++] = '/';
    out[size] = '\0';
    return out;
}

const char *narrowing_source(invocation *run, const char *path)
{
    char here[PATH_MAX], real[PATH_MAX];
    if (realpath(path, real)) return arena_copy_text(run->memory, real);
    if (path[0] != '/') {
        if (!getcwd(here, sizeof here)) return NULL;
        path = arena_printf(run->memory, "%s/%s", here, path);
    }
    char *clean = path ? without_dots(run->memory, path) : NULL;
    // Of a file that is gone the folder may be left, and be reached by a link.
    char *slash = clean ? strrchr(clean, '/') : NULL;
    if (!slash || slash == clean) return clean;
    *slash = '\0';
    bool has_folder = realpath(clean, real) != NULL;
    *slash = '/';
    return has_folder ? arena_printf(run->memory, "%s%s", real[1] ? real : "", slash) : clean;
}

static void write_condition(json_writer *w, const char *field, const char *operator, view value)
{
    json_begin_object(w);
    json_key(w, field);
    json_begin_object(w);
    json_key(w, operator);
    json_string(w, value);
    json_end_object(w);
    json_end_object(w);
}

/* The file itself, or with `below` what lies below the folder. */
static bool write_path(invocation *run, json_writer *w, const char *folder, bool below_too)
{
    const char *source = narrowing_source(run, folder);
    const char *below = source ? arena_printf(run->memory, "%s/", source[1] ? source : "") : NULL;
    if (!below) return false;
    json_begin_object(w);
    json_key(w, "$or");
    json_begin_array(w);
    write_condition(w, "source", "$eq", view_of(source));
    // A file that was uploaded, or came as standard input, is known by its name alone.
    write_condition(w, "source", "$eq", view_of(folder));
    if (below_too) write_condition(w, "source", "$prefix", view_of(below));
    json_end_array(w);
    json_end_object(w);
    return true;
}

/* "markdown", the format's name, or "md", ".md", a name's ending in either case. */
static void write_type(json_writer *w, const char *type)
{
    buffer glob;
    buffer_init(&glob, 4096);
    const char *ending = *type == '.' ? type + 1 : type;
    buffer_append_text(&glob, "*.");
    for (const char *p = ending; *p; p++) {
        if (isalpha((unsigned char)*p))
            buffer_printf(&glob, "[%c%c]", tolower((unsigned char)*p), toupper((unsigned char)*p));
        else
            buffer_append_byte(&glob, *p);
    }
    json_begin_object(w);
    json_key(w, "$or");
    json_begin_array(w);
    write_condition(w, "type", "$eq", view_of(ending));
    write_condition(w, "source", "$glob", buffer_view(&glob));
    json_end_array(w);
    json_end_object(w);
    buffer_done(&glob);
}

/* Moves the text into the run's memory. */
static kith_status take(invocation *run, buffer *text, bool is_complete, const char **out,
                        kith_error *err)
{
    kith_status status = buffer_status(text, "the filter", err);
    if (status == KITH_OK && !is_complete)
        status = fail(err, KITH_ERR_IO, "the working directory is gone");
    view copy = arena_copy(run->memory, buffer_view(text));
    buffer_done(text);
    if (status == KITH_OK && !copy.data) status = fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    if (status == KITH_OK) *out = copy.data;
    return status;
}

bool narrowing_is_asked(const settings *s)
{
    return s->in || s->type || s->since || s->until;
}

/* A day begins with a year in digits; whether there is such a day the library says. */
static kith_status check_date(const char *option, const char *text, kith_error *err)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 4) return KITH_OK;
    return fail(
        err, KITH_ERR_INVALID,
        "--%s takes a day, a month or a year, such as 2024-06-01, 2024-06 or 2024, not '%s'",
        option, text);
}

kith_status narrowing_filter(invocation *run, const char **out, bool *allow_unknown,
                             kith_error *err)
{
    const settings *s = run->settings;
    const json_value *parsed = NULL;
    const bool is_narrowed = narrowing_is_asked(s);
    *out = s->where;
    *allow_unknown = is_narrowed && !s->where;
    if (!is_narrowed) return KITH_OK;
    kith_status status = s->since ? check_date("since", s->since, err) : KITH_OK;
    if (status == KITH_OK && s->until) status = check_date("until", s->until, err);
    if (status != KITH_OK) return status;
    if (s->where &&
        (json_parse(view_of(s->where), SIZE_MAX, run->memory, &parsed, err) != KITH_OK ||
         parsed->kind != JSON_OBJECT))
        return fail(err, KITH_ERR_INVALID, "--where is no JSON object");
    buffer text;
    buffer_init(&text, 8 << 20);
    json_writer w = {.out = &text};
    bool is_complete = true;
    json_begin_object(&w);
    json_key(&w, "$and");
    json_begin_array(&w);
    if (s->where) json_raw(&w, view_of(s->where));
    if (s->in) is_complete = write_path(run, &w, s->in, true);
    if (s->type) write_type(&w, s->type);
    if (s->since) write_condition(&w, "dated", "$gte", view_of(s->since));
    if (s->until) write_condition(&w, "dated", "$lte", view_of(s->until));
    json_end_array(&w);
    json_end_object(&w);
    return take(run, &text, is_complete, out, err);
}

kith_status narrowing_path_filter(invocation *run, const char *path, bool below, const char **out,
                                  kith_error *err)
{
    buffer text;
    buffer_init(&text, 1 << 20);
    json_writer w = {.out = &text};
    bool is_complete = write_path(run, &w, path, below);
    return take(run, &text, is_complete, out, err);
}
