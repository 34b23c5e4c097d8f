/* extract_saved_page.c - a web page that a browser or Word saved as one file (MHTML, RFC 2557): a
 * message of which one part is the page and the others are its pictures, styles and frames. Read is
 * the page: the part that the message calls its root, else the first of HTML. */
#include "extract/extract_saved_page.h"

#include "base/utf8.h"

#include <gmime/gmime.h>

enum { PARTS_MAX = 2000, ADDRESS_MAX_BYTES = 2000 };

static bool is_page(GMimeObject *part)
{
    GMimeContentType *type = part ? g_mime_object_get_content_type(part) : NULL;
    return part && GMIME_IS_PART(part) &&
           (g_mime_content_type_is_type(type, "text", "html") ||
            g_mime_content_type_is_type(type, "application", "xhtml+xml"));
}

/* The page that the message calls its root by the id of a part (RFC 2387, "start"); NULL when it calls
 * none, or there is no such page. */
static GMimePart *find_root(GMimeMessage *message)
{
    GMimeObject *body = g_mime_message_get_mime_part(message);
    if (!body || !GMIME_IS_MULTIPART(body)) return NULL;
    const char *start = g_mime_object_get_content_type_parameter(body, "start");
    char *id = start ? g_mime_utils_decode_message_id(start) : NULL;
    GMimeObject *part =
        id ? g_mime_multipart_get_subpart_from_content_id(GMIME_MULTIPART(body), id) : NULL;
    g_free(id);
    return is_page(part) ? GMIME_PART(part) : NULL;
}

/* The root, else the first page; NULL when there is none. Borrowed from the message. */
static GMimePart *find_page(GMimeMessage *message)
{
    GMimePart *found = find_root(message);
    GMimePartIter *parts = g_mime_part_iter_new(GMIME_OBJECT(message));
    for (int i = 0; i < PARTS_MAX && !found && g_mime_part_iter_is_valid(parts); i++) {
        GMimeObject *part = g_mime_part_iter_get_current(parts);
        if (is_page(part)) found = GMIME_PART(part);
        if (!g_mime_part_iter_next(parts)) break;
    }
    g_mime_part_iter_free(parts);
    return found;
}

/* The address that the page was saved from, in the metadata as `url`. */
static kith_status add_address(extract_job *job, document *d, GMimeObject *part, kith_error *err)
{
    view address = view_trim(view_of(g_mime_object_get_header(part, "Content-Location")));
    bool is_web = view_starts_with_nocase(address, VIEW("http://")) ||
                  view_starts_with_nocase(address, VIEW("https://"));
    if (!is_web || address.size > ADDRESS_MAX_BYTES || !utf8_is_valid(address)) return KITH_OK;
    view kept = VIEW("");
    kith_status status = extract_job_clean(job, address, &kept, err);
    kept = status == KITH_OK ? arena_copy(job->memory, kept) : kept;
    if (status == KITH_OK && !kept.data)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for an address");
    return status == KITH_OK ? metadata_set_string(&d->fields, "url", kept, err) : status;
}

static kith_status read_page(extract_job *job, GMimePart *part, kith_error *err)
{
    const char *charset = g_mime_object_get_content_type_parameter(GMIME_OBJECT(part), "charset");
    GMimeDataWrapper *content = g_mime_part_get_content(part);
    GMimeStream *memory = g_mime_stream_mem_new();
    if (content) (void)g_mime_data_wrapper_write_to_stream(content, memory);
    GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(memory));
    view page = arena_copy(job->memory, (view){(const char *)bytes->data, bytes->len});
    kith_status status = KITH_OK;
    g_object_unref(memory);
    if (!page.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a page");
    job->declared_encoding = view_of(charset);
    status = extract_job_decode(job, page, err);
    if (status == KITH_OK) status = extract_html(job, err);
    size_t count = job->documents.size / sizeof(document);
    if (status != KITH_OK || count == 0) return status;
    return add_address(job, (document *)job->documents.data + count - 1, GMIME_OBJECT(part), err);
}

kith_status extract_saved_page(extract_job *job, kith_error *err)
{
    g_mime_init();
    GMimeStream *stream =
        g_mime_stream_mem_new_with_buffer(job->bytes.data ? job->bytes.data : "", job->bytes.size);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
    GMimePart *page = message ? find_page(message) : NULL;
    kith_status status =
        page ? read_page(job, page, err) : fail(err, KITH_ERR_FORMAT, "no page can be found in it");
    if (message) g_object_unref(message);
    g_object_unref(parser);
    g_object_unref(stream);
    return status;
}
