/* web_page.c - the request, and what the reply's content type means for a file's name and charset. A
 * server that sends a file under its own name says no more than "application/octet-stream": then
 * name and content decide, as they do for any file. */
#include "transfer/web_page.h"

#include "base/charset.h"
#include "base/utf8.h"
#include "net/http.h"

#include <kith/types.h>

enum { NAME_MAX_BYTES = 100 };

typedef struct content_kind {
    const char *type, *extension;
} content_kind;

/* The type of the reply without its parameters, in no case in particular. */
static view type_of(const http_response *r)
{
    view all = view_of(r->content_type);
    return view_trim(view_slice(all, 0, view_find(all, VIEW(";"))));
}

/* The value of the parameter `name`, without its quotes and with what they escape undone; empty: none.
 * White space around '=' is no form of RFC 9110, and is passed over all the same.
 * out  appended to */
static void append_parameter(view content_type, view name, buffer *out)
{
    bool is_quoted = false, is_value = false, is_wanted = false;
    size_t start = content_type.size;
    for (size_t i = view_find(content_type, VIEW(";")); i < content_type.size; i++) {
        char c = content_type.data[i];
        if (is_quoted) {
            if (c == '\\' && i + 1 < content_type.size)
                c = content_type.data[++i];
            else if (c == '"')
                is_quoted = false;
            if (is_quoted && is_wanted) buffer_append_byte(out, c);
        } else if (c == ';') {
            if (is_wanted) return;
            is_value = false;
            start = i + 1;
        } else if (c == '=' && !is_value) {
            is_value = true;
            is_wanted = view_equal_nocase(view_trim(view_slice(content_type, start, i)), name);
        } else if (c == '"' && is_value) {
            is_quoted = true;
        } else if (is_wanted) {
            buffer_append_byte(out, c);
        }
    }
}

/* The ending of a file of this type; "" for one that says nothing; NULL for what is not read. */
static const char *extension_of(view type)
{
    static const content_kind KINDS[] = {
        {"text/html", ".html"},
        {"application/xhtml+xml", ".html"},
        {"text/plain", ""},
        {"text/markdown", ".md"},
        {"text/csv", ".csv"},
        {"text/calendar", ".ics"},
        {"text/vcard", ".vcf"},
        {"text/vtt", ".vtt"},
        {"text/rtf", ".rtf"},
        {"application/rtf", ".rtf"},
        {"application/pdf", ".pdf"},
        {"application/json", ".json"},
        {"application/ld+json", ".json"},
        {"application/xml", ".xml"},
        {"text/xml", ".xml"},
        {"application/rss+xml", ".xml"},
        {"application/atom+xml", ".xml"},
        {"application/epub+zip", ".epub"},
        {"application/msword", ".doc"},
        {"application/vnd.ms-excel", ".xls"},
        {"application/vnd.ms-powerpoint", ".ppt"},
        {"application/vnd.ms-outlook", ".msg"},
        {"message/rfc822", ".eml"},
        {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx"},
        {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx"},
        {"application/vnd.openxmlformats-officedocument.presentationml.presentation", ".pptx"},
        {"application/vnd.oasis.opendocument.text", ".odt"},
        {"application/vnd.oasis.opendocument.spreadsheet", ".ods"},
        {"application/vnd.oasis.opendocument.presentation", ".odp"},
    };
    for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++)
        if (view_equal_nocase(type, view_of(KINDS[i].type))) return KINDS[i].extension;
    bool is_media = view_starts_with_nocase(type, VIEW("image/")) ||
                    view_starts_with_nocase(type, VIEW("audio/")) ||
                    view_starts_with_nocase(type, VIEW("video/")) ||
                    view_starts_with_nocase(type, VIEW("font/"));
    return is_media ? NULL : "";
}

/* The host, or the last part of the path when there is one. */
static view last_part(view url)
{
    size_t start = view_find(url, VIEW("//"));
    view rest = view_slice(url, start + 2, url.size);
    rest = view_slice(rest, 0, view_find(rest, VIEW("?")));
    while (rest.size > 1 && rest.data[rest.size - 1] == '/')
        rest = view_slice(rest, 0, rest.size - 1);
    for (size_t i = rest.size; i > 0; i--)
        if (rest.data[i - 1] == '/') return view_slice(rest, i, rest.size);
    return rest;
}

/* Another ending of the same kind of file: "page.htm", "feed.rss". */
static bool has_other_ending(view name, const char *extension)
{
    static const char *const ENDINGS[][2] = {{".html", ".htm"}, {".html", ".xhtml"},
                                             {".xml", ".rss"},  {".xml", ".atom"},
                                             {".xml", ".svg"},  {".md", ".markdown"}};
    for (size_t i = 0; i < sizeof ENDINGS / sizeof ENDINGS[0]; i++)
        if (strcmp(ENDINGS[i][0], extension) == 0 &&
            view_ends_with_nocase(name, view_of(ENDINGS[i][1])))
            return true;
    return false;
}

/* Letters that every file system takes; no name that is hidden. */
static kith_status make_name(view url, const char *extension, arena *a, view *out, kith_error *err)
{
    view part = last_part(url);
    part = view_slice(part, 0, part.size < NAME_MAX_BYTES ? part.size : NAME_MAX_BYTES);
    char *name = arena_printf(a, "%.*s", VIEW_ARG(part));
    if (!name) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a name");
    for (size_t i = 0; name[i]; i++) {
        char c = name[i];
        bool is_plain = is_ascii_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '-' ||
                        c == '_' || (c == '.' && i > 0);
        if (!is_plain) name[i] = '_';
    }
    bool fits = !*extension || view_ends_with_nocase(view_of(name), view_of(extension)) ||
                has_other_ending(view_of(name), extension);
    *out = view_of(fits ? name : arena_printf(a, "%s%s", name, extension));
    return out->data ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for a name");
}

/* Text in the charset that the server tells becomes UTF-8. What is UTF-8 already, or has a mark that
 * says what it is, stays; so does text in a charset that is not known here, of which the reader finds
 * out what it is, as of any file. */
static kith_status to_utf8(const http_response *r, web_page *p, kith_error *err)
{
    buffer label;
    size_t replaced = 0;
    view bytes = buffer_view(&p->bytes);
    if (view_starts_with(bytes, VIEW("\xFF\xFE")) || view_starts_with(bytes, VIEW("\xFE\xFF")) ||
        utf8_is_valid(bytes))
        return KITH_OK;
    buffer_init(&label, sizeof r->content_type);
    append_parameter(view_of(r->content_type), VIEW("charset"), &label);
    const charset *from = charset_find(buffer_view(&label));
    kith_status status = buffer_status(&label, "a charset", err);
    buffer_done(&label);
    if (status != KITH_OK || !from) return status;
    buffer converted;
    buffer_init(&converted, 3 * (size_t)KITH_DOCUMENT_MAX_BYTES);
    kith_error ignored; // no converter for it here: as a charset that is not known
    if (charset_append_utf8(from, bytes, &converted, &replaced, &ignored) == KITH_OK)
        status = buffer_status(&converted, "the page", err);
    if (status != KITH_OK || converted.size == 0) {
        buffer_done(&converted);
        return status;
    }
    buffer_done(&p->bytes);
    p->bytes = converted; // p owns it now
    return KITH_OK;
}

/* True for types whose charset says how their bytes are to be read. */
static bool is_text(view type)
{
    return view_starts_with_nocase(type, VIEW("text/")) ||
           view_ends_with_nocase(type, VIEW("+xml")) || view_ends_with_nocase(type, VIEW("/xml"));
}

static kith_status take(const http_response *r, web_page *p, arena *a, kith_error *err)
{
    view type = type_of(r);
    const char *extension = extension_of(type);
    if (r->status / 100 != 2)
        return fail(err, KITH_ERR_REMOTE, "the server replied with %d", r->status);
    if (!extension)
        return fail(err, KITH_ERR_UNSUPPORTED, "the page is '%.*s', which kith does not read",
                    VIEW_ARG(type));
    kith_status status = make_name(p->url, extension, a, &p->name, err);
    buffer_append(&p->bytes, buffer_view(&r->body));
    if (status == KITH_OK) status = buffer_status(&p->bytes, "the page", err);
    return status == KITH_OK && is_text(type) ? to_utf8(r, p, err) : status;
}

kith_status web_page_get(const char *url, const call_limit *limit, arena *a, web_page *out,
                         kith_error *err)
{
    view all = view_of(url);
    http_response reply;
    *out = (web_page){0};
    buffer_init(&out->bytes, 3 * (size_t)KITH_DOCUMENT_MAX_BYTES);
    if (!view_starts_with_nocase(all, VIEW("http://")) &&
        !view_starts_with_nocase(all, VIEW("https://")))
        return fail(err, KITH_ERR_INVALID,
                    "'%.200s' is no address of a page: it begins with "
                    "neither http:// nor https://",
                    url);
    out->url = arena_copy(a, view_slice(all, 0, view_find(all, VIEW("#"))));
    if (!out->url.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a URL");
    const http_request request = {
        .method = "GET",
        .url = out->url.data,
        .max_response_bytes = KITH_DOCUMENT_MAX_BYTES,
        .limit = limit,
    };
    http_response_init(&reply, KITH_DOCUMENT_MAX_BYTES);
    kith_status status = http_send(&request, &reply, err);
    if (status == KITH_OK) status = take(&reply, out, a, err);
    http_response_done(&reply);
    return status;
}

void web_page_done(web_page *p)
{
    buffer_done(&p->bytes);
}
