/* multipart.c - see multipart.h.
 *
 *   preamble CRLF --boundary CRLF head CRLF CRLF content CRLF --boundary ... CRLF --boundary--
 *
 * A delimiter is CRLF, "--" and the boundary; the first one may stand at the beginning, without
 * CRLF. Behind it come "--" (the end), or optional blanks and CRLF. A content may hold anything
 * that is no delimiter, CRLF and "--" among it. */
#include "native/multipart.h"

#include "base/hex.h"
#include "base/utf8.h"

typedef struct form_reader {
    view body;
    size_t at; /* next byte to read */
    view delimiter;
    arena *memory;
    kith_error *err;
} form_reader;

static view rest_of(const form_reader *r)
{
    return view_slice(r->body, r->at, r->body.size);
}

static kith_status malformed(const form_reader *r, const char *what)
{
    return fail(r->err, KITH_ERR_FORMAT, "multipart body, byte %zu: %s", r->at, what);
}

/* ---- parameters of a header: "; name=value; other=\"quoted\"" ---- */

static bool is_token_end(char c)
{
    return c == ';' || c == ' ' || c == '\t' || c == '=' || c == '"';
}

static bool is_escape(view text, size_t i)
{
    return text.data[i] == '\\' && i + 1 < text.size &&
           (text.data[i + 1] == '"' || text.data[i + 1] == '\\');
}

/* Reads a value at text[*at], quoted or not. In a quoted one '\"' and '\\' are '"' and '\'; other
 * backslashes stand for themselves, as in the paths that some browsers send. */
static bool read_value(view text, size_t *at, arena *a, view *out)
{
    bool is_quoted = *at < text.size && text.data[*at] == '"';
    size_t start = *at + is_quoted, end = start, used = 0;
    while (end < text.size && !(is_quoted ? text.data[end] == '"' : is_token_end(text.data[end])))
        end += is_quoted && is_escape(text, end) ? 2 : 1;
    if (is_quoted && end >= text.size) return false; // no closing quote
    char *value = arena_new(a, end - start + 1);
    if (!value) return false;
    for (size_t i = start; i < end; i++) {
        i += is_quoted && is_escape(text, i);
        value[used++] = text.data[i];
    }
    *at = end + is_quoted;
    *out = (view){value, used};
    return true;
}

/* The parameter `name` of a header's value, NUL-terminated, in `a`; data NULL: it has none.
 * False: the value is malformed, or memory ran out. */
static bool find_parameter(view header, const char *name, arena *a, view *out)
{
    *out = (view){NULL, 0};
    size_t i = view_find(header, VIEW(";"));
    while (i < header.size) {
        while (i < header.size &&
               (header.data[i] == ';' || header.data[i] == ' ' || header.data[i] == '\t'))
            i++;
        size_t start = i;
        while (i < header.size && !is_token_end(header.data[i]))
            i++;
        view key = view_slice(header, start, i), value;
        if (key.size == 0) return i == header.size;
        if (i == header.size || header.data[i] != '=') return false;
        i++;
        if (!read_value(header, &i, a, &value)) return false;
        if (view_equal_nocase(key, view_of(name))) {
            *out = value;
            return true;
        }
        while (i < header.size && (header.data[i] == ' ' || header.data[i] == '\t'))
            i++;
        if (i < header.size && header.data[i] != ';') return false;
    }
    return true;
}

/* ---- file names of RFC 5987: UTF-8''r%C3%A9sum%C3%A9.pdf ---- */

/* Only UTF-8 is decoded. */
static bool decode_extended(view text, arena *a, view *out)
{
    view charset = VIEW("utf-8'");
    if (text.size < charset.size || !view_equal_nocase(view_slice(text, 0, charset.size), charset))
        return false;
    size_t i = charset.size, used = 0;
    while (i < text.size && text.data[i] != '\'') // the language
        i++;
    if (i == text.size) return false;
    char *value = arena_new(a, text.size + 1);
    if (!value) return false;
    for (i++; i < text.size; i++) {
        char c = text.data[i];
        if (c == '%') {
            int high = i + 2 < text.size ? hex_digit(text.data[i + 1]) : -1;
            int low = high >= 0 ? hex_digit(text.data[i + 2]) : -1;
            if (low < 0) return false;
            c = (char)(high * 16 + low);
            i += 2;
        }
        value[used++] = c;
    }
    *out = (view){value, used};
    return true;
}

/* ---- parts ---- */

bool multipart_is(view content_type)
{
    view name = view_trim(view_slice(content_type, 0, view_find(content_type, VIEW(";"))));
    return view_equal_nocase(name, VIEW("multipart/form-data"));
}

/* Reads Content-Disposition; all other headers are passed over. */
static kith_status read_header(form_reader *r, view line, multipart_part *part)
{
    size_t colon = view_find(line, VIEW(":"));
    view extended = {NULL, 0}, kind;
    if (colon == line.size) return malformed(r, "a header of a part has no colon");
    if (!view_equal_nocase(view_trim(view_slice(line, 0, colon)), VIEW("Content-Disposition")))
        return KITH_OK;
    view value = view_trim(view_slice(line, colon + 1, line.size));
    kind = view_trim(view_slice(value, 0, view_find(value, VIEW(";"))));
    if (!view_equal_nocase(kind, VIEW("form-data"))) return malformed(r, "a part is not form-data");
    if (!find_parameter(value, "name", r->memory, &part->name) ||
        !find_parameter(value, "filename", r->memory, &part->filename) ||
        !find_parameter(value, "filename*", r->memory, &extended))
        return malformed(r, "Content-Disposition is malformed");
    if (extended.data && !decode_extended(extended, r->memory, &part->filename))
        return malformed(r, "filename* is malformed, or not in UTF-8");
    return KITH_OK;
}

/* Reads the head at r->at and leaves r->at at the content. */
static kith_status read_head(form_reader *r, multipart_part *part)
{
    size_t start = r->at;
    for (;;) {
        view rest = rest_of(r);
        size_t end = view_find(rest, VIEW("\r\n"));
        if (r->at + end - start > MULTIPART_MAX_HEAD_BYTES)
            return fail(r->err, KITH_ERR_LIMIT,
                        "multipart body, byte %zu: the headers of a part have more than %d bytes",
                        start, MULTIPART_MAX_HEAD_BYTES);
        if (end == rest.size) return malformed(r, "the body ends within a part's headers");
        view line = view_slice(rest, 0, end);
        kith_status status = line.size ? read_header(r, line, part) : KITH_OK;
        if (status != KITH_OK) return status;
        r->at += end + 2;
        if (line.size == 0) return KITH_OK;
    }
}

/* Reads what is behind a delimiter. *is_end: it was the last one. */
static kith_status read_delimiter_end(form_reader *r, bool *is_end)
{
    view rest = rest_of(r);
    *is_end = view_starts_with(rest, VIEW("--"));
    if (*is_end) return KITH_OK;
    size_t i = 0;
    while (i < rest.size && (rest.data[i] == ' ' || rest.data[i] == '\t'))
        i++;
    if (!view_starts_with(view_slice(rest, i, rest.size), VIEW("\r\n")))
        return malformed(r, "a boundary is not followed by the end of its line");
    r->at += i + 2;
    return KITH_OK;
}

/* The part at r->at, and the delimiter behind it. */
static kith_status read_part(form_reader *r, multipart_part *part, bool *is_end)
{
    size_t start = r->at;
    kith_status status = read_head(r, part);
    if (status != KITH_OK) return status;
    if (!part->name.data)
        return fail(r->err, KITH_ERR_FORMAT, "multipart body, byte %zu: the part has no name",
                    start);
    view rest = rest_of(r);
    size_t end = view_find(rest, r->delimiter);
    if (end == rest.size) return malformed(r, "the body ends before the last boundary");
    part->content = view_slice(rest, 0, end);
    r->at += end + r->delimiter.size;
    return read_delimiter_end(r, is_end);
}

/* Sets r->delimiter and goes behind the first one. */
static kith_status begin(form_reader *r, view content_type)
{
    view boundary;
    if (!find_parameter(content_type, "boundary", r->memory, &boundary) || boundary.size == 0)
        return fail(r->err, KITH_ERR_FORMAT, "Content-Type has no boundary");
    if (boundary.size > MULTIPART_MAX_BOUNDARY_BYTES)
        return fail(r->err, KITH_ERR_LIMIT, "the boundary has %zu bytes; allowed are %d",
                    boundary.size, MULTIPART_MAX_BOUNDARY_BYTES);
    const char *text = arena_printf(r->memory, "\r\n--%.*s", VIEW_ARG(boundary));
    if (!text) return fail(r->err, KITH_ERR_NO_MEMORY, "out of memory for a form");
    r->delimiter = view_of(text);
    if (r->delimiter.size != boundary.size + 4) return malformed(r, "the boundary holds a NUL");
    view first = view_slice(r->delimiter, 2, r->delimiter.size);
    if (view_starts_with(r->body, first)) {
        r->at = first.size;
        return KITH_OK;
    }
    size_t found = view_find(r->body, r->delimiter);
    if (found == r->body.size) return malformed(r, "the boundary does not occur");
    r->at = found + r->delimiter.size;
    return KITH_OK;
}

kith_status multipart_parse(view content_type, view body, arena *a, multipart_form *out,
                            kith_error *err)
{
    form_reader r = {.body = body, .memory = a, .err = err};
    bool is_end = false;
    uint32_t count = 0;
    kith_status status = begin(&r, content_type);
    if (status == KITH_OK) status = read_delimiter_end(&r, &is_end);
    if (status != KITH_OK) return status;
    multipart_part *parts = arena_new_array(a, multipart_part, MULTIPART_MAX_PARTS);
    if (!parts) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a form");
    while (!is_end) {
        if (count == MULTIPART_MAX_PARTS)
            return fail(err, KITH_ERR_LIMIT, "the form has more than %d parts",
                        MULTIPART_MAX_PARTS);
        status = read_part(&r, &parts[count++], &is_end);
        if (status != KITH_OK) return status;
    }
    *out = (multipart_form){parts, count};
    return KITH_OK;
}

kith_status multipart_file_name(view filename, arena *a, const char **out, kith_error *err)
{
    enum { NAME_MAX_BYTES = 255 };
    size_t start = filename.size;
    while (start > 0 && filename.data[start - 1] != '/' && filename.data[start - 1] != '\\')
        start--;
    view name = view_slice(filename, start, filename.size);
    bool is_fit = name.size > 0 && !view_equal(name, VIEW(".")) && !view_equal(name, VIEW(".."));
    for (size_t i = 0; i < name.size; i++)
        is_fit &= (unsigned char)name.data[i] >= 0x20 && name.data[i] != 0x7F;
    if (!is_fit || !utf8_is_valid(name))
        return fail(err, KITH_ERR_INVALID,
                    "a file's name is empty, holds control characters or is not UTF-8");
    if (name.size > NAME_MAX_BYTES)
        return fail(err, KITH_ERR_LIMIT, "a file's name has %zu bytes; allowed are %d", name.size,
                    NAME_MAX_BYTES);
    *out = arena_copy(a, name).data;
    return *out ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for a file's name");
}
