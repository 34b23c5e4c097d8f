/* web_page.c - the request, and what the reply's content type means for a file's name and charset. A
 * server that sends a file under its own name says no more than "application/octet-stream": then
 * name and content decide, as they do for any file. */
#include "transfer/web_page.h"

#include "base/utf8.h"
#include "net/http.h"

#include <errno.h>
#include <iconv.h>
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

/* The value of the parameter charset; empty: none. */
static view charset_of(const http_response *r)
{
    static const char KEY[] = "charset=";
    view all = view_of(r->content_type);
    for (size_t at = view_find(all, VIEW(";")); at < all.size;) {
        view rest = view_slice(all, at + 1, all.size);
        view one = view_trim(view_slice(rest, 0, view_find(rest, VIEW(";"))));
        at += 1 + view_find(rest, VIEW(";"));
        if (!view_starts_with_nocase(one, view_of(KEY))) continue;
        one = view_slice(one, sizeof KEY - 1, one.size);
        bool is_quoted = one.size > 1 && one.data[0] == '"' && one.data[one.size - 1] == '"';
        return is_quoted ? view_slice(one, 1, one.size - 1) : one;
    }
    return VIEW("");
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

/* What iconv calls a charset; some labels mean another one on the web than by their standard.
 * Source: https://encoding.spec.whatwg.org/#names-and-labels */
static const char *iconv_name(view label)
{
    static const content_kind NAMES[] = {
        {"iso-8859-1", "WINDOWS-1252"},
        {"iso8859-1", "WINDOWS-1252"},
        {"latin1", "WINDOWS-1252"},
        {"us-ascii", "WINDOWS-1252"},
        {"ascii", "WINDOWS-1252"},
        {"gb2312", "GB18030"},
        {"gbk", "GB18030"},
        {"shift_jis", "CP932"},
        {"shift-jis", "CP932"},
        {"sjis", "CP932"},
        {"x-sjis", "CP932"},
        {"euc-kr", "CP949"},
        {"iso-8859-9", "WINDOWS-1254"},
        {"tis-620", "WINDOWS-874"},
    };
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++)
        if (view_equal_nocase(label, view_of(NAMES[i].type))) return NAMES[i].extension;
    return NULL;
}

/* Appends `bytes` as UTF-8; what has no meaning in the charset becomes U+FFFD. */
static void convert(iconv_t from, view bytes, buffer *out)
{
    enum { PIECE_BYTES = 1 << 16 };
    char *in = (char *)(uintptr_t)bytes.data;
    size_t left = bytes.size;
    while (left > 0 && buffer_reserve(out, PIECE_BYTES)) {
        char *to = out->data + out->size;
        size_t room = PIECE_BYTES;
        size_t result = iconv(from, &in, &left, &to, &room);
        out->size += PIECE_BYTES - room;
        if (result != (size_t)-1 || errno == E2BIG) continue;
        buffer_append(out, VIEW("\xEF\xBF\xBD"));
        in++;
        left--;
    }
}

/* Text in the charset that the server tells becomes UTF-8. What is UTF-8 already, or has a mark that
 * says what it is, stays; so does text in a charset that is not known here, of which the reader finds
 * out what it is, as of any file. */
static kith_status to_utf8(view label, web_page *p, arena *a, kith_error *err)
{
    view bytes = buffer_view(&p->bytes);
    const char *name = iconv_name(label) ? iconv_name(label) : arena_copy(a, label).data;
    bool has_mark =
        view_starts_with(bytes, VIEW("\xFF\xFE")) || view_starts_with(bytes, VIEW("\xFE\xFF"));
    if (!name) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a charset");
    if (has_mark || utf8_is_valid(bytes)) return KITH_OK;
    iconv_t from = iconv_open("UTF-8", name);
    if (from == (iconv_t)-1) return KITH_OK;
    buffer before = p->bytes;
    buffer_init(&p->bytes, 3 * (size_t)KITH_DOCUMENT_MAX_BYTES);
    convert(from, bytes, &p->bytes);
    (void)iconv_close(from);
    buffer_done(&before);
    return buffer_status(&p->bytes, "the page", err);
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
    view label = charset_of(r);
    return status == KITH_OK && is_text(type) && label.size ? to_utf8(label, p, a, err) : status;
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
