/* environment.c - see environment.h. No message contains the value of a key. */
#include "cli/environment.h"

#include "base/buffer.h"
#include "os/file.h"

#include <stdlib.h>
#include <sys/prctl.h>

enum { DOTENV_MAX_BYTES = 64 * 1024 };

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

/* The XDG specification: a path that is not absolute is to be ignored. */
static const char *absolute_variable(const char *name)
{
    const char *value = variable(name);
    return value && *value == '/' ? value : NULL;
}

/* A core file holds all memory, and copies of the key are in many places of it: the environment,
 * request headers, libcurl's buffers. So a process that has a key leaves no core file (and no other
 * process of the user may read its memory). AddressSanitizer's search for leaks is such a reader. */
void environment_protect_key(const environment *e)
{
#ifndef __SANITIZE_ADDRESS__
    if (e->api_key) (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#else
    (void)e;
#endif
}

void environment_read(environment *out)
{
    const char *temporary = absolute_variable("TMPDIR");
    *out = (environment){
        .home = absolute_variable("HOME"),
        .data_home = absolute_variable("XDG_DATA_HOME"),
        .cache_home = absolute_variable("XDG_CACHE_HOME"),
        .dir = variable("KITH_DIR"),
        .model = variable("KITH_MODEL"),
        .kernels = variable("KITH_KERNELS"),
        .precision = variable("KITH_PRECISION"),
        .rerank = variable("KITH_RERANK"),
        .output = variable("KITH_OUTPUT"),
        .temporary = temporary ? temporary : "/tmp",
        .no_color = variable("NO_COLOR") != NULL,
        .api_key = variable("OPENAI_API_KEY"),
        .base_url = variable("OPENAI_BASE_URL"),
        .llm = variable("KITH_LLM_MODEL"),
        .notify_socket = variable("NOTIFY_SOCKET"),
    };
    environment_protect_key(out);
}

/* ---- the .env file ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool is_name_byte(char c, bool first)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
           (!first && c >= '0' && c <= '9');
}

static view skip_blanks(view v)
{
    size_t i = 0;
    while (i < v.size && is_blank(v.data[i]))
        i++;
    return view_slice(v, i, v.size);
}

static bool is_end_or_comment(view rest, bool after_blank)
{
    return rest.size == 0 || (after_blank && rest.data[0] == '#');
}

/* Takes a quoted value off `rest`; false when the quote does not close or an escape is unknown. */
static bool take_quoted(view *rest, buffer *value)
{
    char quote = rest->data[0];
    size_t i = 1;
    for (; i < rest->size && rest->data[i] != quote; i++) {
        char c = rest->data[i];
        if (c == '\\' && quote == '"') {
            if (++i == rest->size) return false;
            c = rest->data[i];
            if (c == 'n')
                c = '\n';
            else if (c == 't')
                c = '\t';
            else if (c != '"' && c != '\\' && c != '$')
                return false;
        }
        buffer_append_byte(value, c);
    }
    if (i == rest->size) return false;
    *rest = view_slice(*rest, i + 1, rest->size);
    return true;
}

static void take_plain(view *rest, buffer *value)
{
    size_t end = 0, kept = 0;
    while (end < rest->size &&
           !(rest->data[end] == '#' && end > 0 && is_blank(rest->data[end - 1]))) {
        if (!is_blank(rest->data[end])) kept = end + 1;
        end++;
    }
    buffer_append(value, view_slice(*rest, 0, kept));
    *rest = (view){NULL, 0};
}

/* Parses one line. Returns what is wrong with it, or NULL; *name stays empty for a blank line or a
 * comment. */
static const char *parse_line(view line, view *name, buffer *value)
{
    line = skip_blanks(line);
    if (is_end_or_comment(line, true)) return NULL;
    if (view_starts_with(line, VIEW("export "))) line = skip_blanks(view_slice(line, 7, line.size));
    size_t n = 0;
    while (n < line.size && is_name_byte(line.data[n], n == 0))
        n++;
    if (n == 0 || n == line.size || line.data[n] != '=') return "not NAME=VALUE";
    *name = view_slice(line, 0, n);
    view rest = view_slice(line, n + 1, line.size);
    view value_start = skip_blanks(rest);
    bool after_blank = value_start.size < rest.size;
    if (is_end_or_comment(value_start, after_blank)) return NULL;
    if (value_start.data[0] != '"' && value_start.data[0] != '\'') {
        take_plain(&value_start, value);
        return NULL;
    }
    if (!take_quoted(&value_start, value))
        return "a quote that does not close, or an unknown escape";
    view after = skip_blanks(value_start);
    return is_end_or_comment(after, after.size < value_start.size) ? NULL
                                                                   : "text after the closing quote";
}

kith_status dotenv_parse(view text, arena *a, dotenv_visit visit, void *context, kith_error *err)
{
    kith_status status = KITH_OK;
    buffer value;
    buffer_init(&value, DOTENV_MAX_BYTES);
    if (view_starts_with(text, VIEW("\xef\xbb\xbf"))) text = view_slice(text, 3, text.size);
    for (unsigned number = 1; text.size > 0; number++) {
        size_t end = view_find(text, VIEW("\n"));
        view line = view_slice(text, 0, end), name = {NULL, 0};
        text = view_slice(text, end < text.size ? end + 1 : end, text.size);
        buffer_reset(&value);
        const char *wrong =
            memchr(line.data, 0, line.size) ? "a NUL byte" : parse_line(line, &name, &value);
        if (wrong) {
            status = fail(err, KITH_ERR_FORMAT, "line %u: %s", number, wrong);
            goto done;
        }
        status = buffer_status(&value, "value", err);
        if (status != KITH_OK) goto done;
        if (name.size == 0) continue;
        view copy = arena_copy(a, buffer_view(&value));
        if (!copy.data) {
            status = fail(err, KITH_ERR_NO_MEMORY, "out of memory");
            goto done;
        }
        visit(context, name, copy.data);
    }
done:
    buffer_done(&value);
    return status;
}

typedef struct file_values {
    const char *api_key, *base_url, *llm;
} file_values;

static void keep_value(void *context, view name, const char *value)
{
    file_values *values = context;
    if (!*value) return;
    if (view_equal(name, VIEW("OPENAI_API_KEY"))) values->api_key = value;
    if (view_equal(name, VIEW("OPENAI_BASE_URL"))) values->base_url = value;
    if (view_equal(name, VIEW("KITH_LLM_MODEL"))) values->llm = value;
}

static kith_status read_values(const char *path, arena *a, file_values *out, kith_error *err)
{
    file_values values = {0};
    buffer text;
    buffer_init(&text, DOTENV_MAX_BYTES + 1);
    kith_status status = file_read(&file_ops_posix, path, DOTENV_MAX_BYTES, &text, err);
    if (status != KITH_OK) goto done;
    status = dotenv_parse(buffer_view(&text), a, keep_value, &values, err);
    if (status != KITH_OK) {
        status = fail_context(err, status, "%s", path);
        goto done;
    }
    *out = values;
done:
    buffer_done(&text);
    return status;
}

kith_status environment_load_found(environment *e, const char *path, arena *a, const char **ignored,
                                   kith_error *err)
{
    file_info info;
    file_values values = {0};
    *ignored = NULL;
    kith_status status = file_stat(path, &info, err);
    bool absent =
        status == KITH_ERR_NOT_FOUND || (status == KITH_OK && info.kind == FILE_DIRECTORY);
    if (!absent && status == KITH_OK) status = read_values(path, a, &values, err);
    if (!absent && status != KITH_OK) return status;
    if (!e->base_url && values.base_url) {
        bool key_too = !e->api_key && values.api_key;
        *ignored = key_too ? "OPENAI_BASE_URL and OPENAI_API_KEY" : "OPENAI_BASE_URL";
        values.api_key = NULL;
    }
    if (!e->api_key) e->api_key = values.api_key;
    if (!e->llm) e->llm = values.llm;
    e->file_read = true;
    environment_protect_key(e);
    return KITH_OK;
}

kith_status environment_load_named(environment *e, const char *path, arena *a, kith_error *err)
{
    file_values values = {0};
    kith_status status = read_values(path, a, &values, err);
    if (status != KITH_OK) return status;
    if (values.base_url && !values.api_key && e->api_key)
        return fail(err, KITH_ERR_INVALID,
                    "OPENAI_API_KEY comes from the environment but OPENAI_BASE_URL from %s: kith "
                    "does not send the key there; set both in one place",
                    path);
    if (values.base_url) e->base_url = values.base_url;
    if (values.api_key) e->api_key = values.api_key;
    if (values.llm) e->llm = values.llm;
    e->file_read = true;
    environment_protect_key(e);
    return KITH_OK;
}

/* ---- directories ---- */

static kith_status join_home(const char *base, const char *home, const char *below_home,
                             const char *name, arena *a, const char **out, kith_error *err)
{
    const char *path = NULL;
    if (base)
        path = arena_printf(a, "%s/%s", base, name);
    else
        path = arena_printf(a, "%s/%s/%s", home, below_home, name);
    if (!path) return fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    *out = path;
    return KITH_OK;
}

kith_status environment_data_directory(const environment *e, const char *option, arena *a,
                                       const char **out, kith_error *err)
{
    const char *named = option ? option : e->dir;
    if (named) {
        *out = named;
        return KITH_OK;
    }
    if (!e->data_home && !e->home)
        return fail(err, KITH_ERR_INVALID,
                    "no data directory: give --dir, or set KITH_DIR or HOME");
    return join_home(e->data_home, e->home, ".local/share", "kith", a, out, err);
}

kith_status environment_model_directory(const environment *e, const char *option, arena *a,
                                        const char **out, kith_error *err)
{
    const char *named = option ? option : e->model;
    if (named) {
        *out = named;
        return KITH_OK;
    }
    if (!e->cache_home && !e->home)
        return fail(err, KITH_ERR_INVALID, "no model: give --model-dir, or set KITH_MODEL or HOME");
    return join_home(e->cache_home, e->home, ".cache", "kith/models/all-MiniLM-L6-v2", a, out, err);
}

kith_status environment_cached_model(const environment *e, const char *name, arena *a,
                                     const char **out, kith_error *err)
{
    if (!e->cache_home && !e->home)
        return fail(err, KITH_ERR_INVALID, "no place for models: set HOME or XDG_CACHE_HOME");
    const char *below = arena_printf(a, "kith/models/%s", name);
    if (!below) return fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    return join_home(e->cache_home, e->home, ".cache", below, a, out, err);
}

const char *environment_packed_directory(const environment *e, arena *a)
{
    const char *out = NULL;
    if (!e->cache_home && !e->home) return NULL;
    return join_home(e->cache_home, e->home, ".cache", "kith/packed", a, &out, NULL) == KITH_OK
               ? out
               : NULL;
}
