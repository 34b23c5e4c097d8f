/* http_guard.c - one walk over the headers; RFC 9110 and 9112 name the rules. */
#include "net/http_guard.h"

#include "base/view.h"

#include <strings.h>

typedef struct guard {
    uint32_t lengths, encodings, hosts;
    view length, encoding;
    bool expects_continue;
    buffer *headers;
    const char *problem;
} guard;

/* tchar of RFC 9110, 5.6.2 */
static bool is_token(view text)
{
    for (size_t i = 0; i < text.size; i++) {
        const char c = text.data[i];
        bool is_letter = (c >= 'a' && c <= 'z') || is_ascii_capital(c);
        if (!is_letter && !is_ascii_digit(c) && (c == '\0' || !strchr("!#$%&'*+-.^_`|~", c)))
            return false;
    }
    return text.size > 0;
}

static bool has_control(view text)
{
    for (size_t i = 0; i < text.size; i++) {
        const unsigned char c = (unsigned char)text.data[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f) return true;
    }
    return false;
}

/* A name or an address, and perhaps a port: no byte that would end it elsewhere. Empty is allowed
 * by RFC 9110, 7.2, for targets without an authority, which do not come here. */
static bool is_host(view text)
{
    for (size_t i = 0; i < text.size; i++) {
        const unsigned char c = (unsigned char)text.data[i];
        if (c <= 0x20 || c >= 0x7f || strchr("/\\@,?#\"<>", c)) return false;
    }
    return text.size > 0;
}

static enum MHD_Result check_header(void *context, enum MHD_ValueKind kind, const char *name,
                                    size_t name_size, const char *value, size_t value_size)
{
    (void)kind;
    guard *g = context;
    const view key = {name, name_size}, text = {value, value ? value_size : 0};
    buffer_append(g->headers, key);
    buffer_append_byte(g->headers, '\0');
    buffer_append(g->headers, text);
    buffer_append_byte(g->headers, '\0');
    if (!is_token(key)) {
        g->problem = "the name of a header is malformed";
    } else if (has_control(text)) {
        g->problem = "the value of a header has a control character";
    } else if (view_equal_nocase(key, VIEW("content-length"))) {
        g->lengths++;
        g->length = text;
    } else if (view_equal_nocase(key, VIEW("transfer-encoding"))) {
        g->encodings++;
        g->encoding = text;
    } else if (view_equal_nocase(key, VIEW("host"))) {
        g->hosts++;
        if (!is_host(text)) g->problem = "the Host header is malformed";
    } else if (view_equal_nocase(key, VIEW("expect"))) {
        g->expects_continue = view_equal_nocase(text, VIEW("100-continue"));
    }
    return g->problem ? MHD_NO : MHD_YES;
}

/* At most 18 digits, so that no value wraps. */
static bool parse_length(view text, uint64_t *out)
{
    return text.size <= 18 && view_number(text, UINT64_MAX, out);
}

static const char *check_target(const http_head *head)
{
    if (view_equal(head->path, VIEW("*")) && strcmp(head->method, "OPTIONS") == 0) return NULL;
    if (!view_starts_with(head->path, VIEW("/")))
        return "the target of a request begins with '/'; proxies are not served";
    const view parts[] = {head->path, head->query};
    for (size_t part = 0; part < 2; part++)
        for (size_t i = 0; i < parts[part].size; i++)
            if ((unsigned char)parts[part].data[i] <= 0x20 || parts[part].data[i] == 0x7f)
                return "the target has a space or a control character";
    return NULL;
}

static const char *check_framing(const guard *g, bool is_1_0, http_framing *out)
{
    *out = (http_framing){.expects_continue = g->expects_continue && !is_1_0};
    if (g->lengths > 1) return "several Content-Length headers";
    if (g->encodings > 1) return "several Transfer-Encoding headers";
    if (g->lengths == 1 && g->encodings == 1)
        return "both Content-Length and Transfer-Encoding are given";
    if (g->encodings == 1) {
        if (is_1_0) return "HTTP/1.0 has no Transfer-Encoding";
        if (!view_equal_nocase(g->encoding, VIEW("chunked")))
            return "the only Transfer-Encoding that is served is 'chunked'";
        out->has_body = out->is_chunked = true;
    }
    if (g->lengths == 1) {
        if (!parse_length(g->length, &out->content_length))
            return "Content-Length is no number of at most 18 digits";
        out->has_body = out->content_length > 0;
    }
    return NULL;
}

const char *http_guard(const mhd_library *mhd, struct MHD_Connection *c, const http_head *head,
                       buffer *headers, http_framing *out)
{
    guard g = {.headers = headers};
    bool is_1_0 = strcmp(head->version, "HTTP/1.0") == 0;
    if (!is_token(view_of(head->method))) return "the method is malformed";
    const char *problem = check_target(head);
    if (problem) return problem;
    (void)mhd->get_connection_values_n(c, MHD_HEADER_KIND, check_header, &g);
    if (g.problem) return g.problem;
    if (g.hosts > 1) return "several Host headers";
    if (g.hosts == 0 && !is_1_0) return "the Host header is missing";
    return check_framing(&g, is_1_0, out);
}
