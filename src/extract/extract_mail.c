/* extract_mail.c - one message (eml) or a mailbox of them (mbox): subject, from, to, cc and date as
 * lines, then the body. Attachments, among them attached messages, are listed for extract_file to
 * read as files of their own.
 * Of the alternatives of a body the plain text is taken, HTML only when there is none. The quoted
 * text of earlier messages stays: this may be the only copy. GMime 3 decodes what RFC 2045 to 2047
 * and 5322 allow; it limits neither the number nor the depth of a message's parts, so this file
 * does. Traps of the format: parts declare charsets that they are not in, file names come with
 * paths, and headers may hold any bytes. */
#include "extract/extract_foreign.h"

#include "base/utf8.h"
#include "extract/extract_job.h"
#include "extract/manuscript.h"

#include <gmime/gmime.h>
#include <kith/types.h>

enum {
    PARTS_MAX = 2000, // of one message
    DEPTH_MAX = 32,
    MESSAGES_MAX = 200000,
    HEADER_MAX_BYTES = 2000
};

typedef struct mail {
    extract_job *job;
    manuscript m;
    document d;
    uint32_t parts, depth;
    bool in_alternative;
    GMimePart *html; // of the open alternatives, for when none is plain; borrowed
    view id;         // of the document, for its attachments
} mail;

/* ---- notices ---- */

/* "message 3: " of a mailbox, "" of one message. */
static const char *place_of(mail *l)
{
    unsigned number = (unsigned)l->d.record;
    return number ? arena_printf(l->job->memory, "message %u: ", number) : "";
}

static kith_status add_notices(mail *l, const notice_list *from, kith_error *err)
{
    const char *place = from->count ? place_of(l) : "";
    if (!place) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a notice");
    return notices_add_all(&l->job->notices, from, place, l->job->memory, err);
}

/* ---- parts ---- */

/* The content, decoded from its transfer encoding, in the arena. */
static kith_status read_content(mail *l, GMimePart *part, view *out, kith_error *err)
{
    GMimeDataWrapper *content = g_mime_part_get_content(part);
    *out = VIEW("");
    if (!content) return KITH_OK;
    GMimeStream *memory = g_mime_stream_mem_new();
    ssize_t written = g_mime_data_wrapper_write_to_stream(content, memory);
    GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(memory));
    if (written >= 0 && bytes)
        *out = arena_copy(l->job->memory, (view){(const char *)bytes->data, bytes->len});
    g_object_unref(memory);
    return out->data ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for a part of mail");
}

/* The part's text, decoded from the charset that it declares, else from what it looks like. */
static kith_status read_text(mail *l, GMimePart *part, view *out, kith_error *err)
{
    view raw;
    const char *label = g_mime_object_get_content_type_parameter(GMIME_OBJECT(part), "charset");
    extract_job decoded = {.memory = l->job->memory, .declared_encoding = view_of(label)};
    kith_status status = read_content(l, part, &raw, err);
    if (status == KITH_OK) status = extract_job_decode(&decoded, raw, err);
    l->job->replaced += decoded.replaced;
    if (status == KITH_ERR_UNSUPPORTED) {
        *out = VIEW(""); // declared as text, but binary
        return KITH_OK;
    }
    *out = decoded.text;
    return status == KITH_OK ? add_notices(l, &decoded.notices, err) : status;
}

static kith_status add_html(mail *l, view html, kith_error *err)
{
    extract_job part = {.memory = l->job->memory, .stem = VIEW(""), .text = html};
    buffer_init(&part.documents, sizeof(document));
    buffer_init(&part.problems, 1);
    kith_status status = extract_html(&part, err);
    if (status == KITH_OK)
        status = manuscript_append(&l->m, (const document *)part.documents.data, err);
    buffer_done(&part.documents);
    buffer_done(&part.problems);
    return status;
}

static kith_status add_body(mail *l, GMimePart *part, bool is_html, kith_error *err)
{
    view text;
    kith_status status = read_text(l, part, &text, err);
    if (status != KITH_OK) return status;
    return is_html ? add_html(l, text, err) : manuscript_block(&l->m, "\n\n", text, err);
}

/* A file name without the path that some mail programs put before it. */
static view clean_name(mail *l, const char *given)
{
    buffer name;
    buffer_init(&name, HEADER_MAX_BYTES);
    view raw = view_of(given);
    for (size_t i = raw.size; i > 0; i--)
        if (raw.data[i - 1] == '/' || raw.data[i - 1] == '\\') {
            raw = view_slice(raw, i, raw.size);
            break;
        }
    (void)utf8_append_repaired(&name, raw);
    view kept = arena_copy(l->job->memory, name.failed == KITH_OK && name.size ? buffer_view(&name)
                                                                               : VIEW("unnamed"));
    buffer_done(&name);
    return kept;
}

static kith_status hand_on(mail *l, const char *name, view bytes, kith_error *err)
{
    attachment a = {l->id, clean_name(l, name), bytes};
    if (!a.name.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an attachment");
    buffer_append(&l->job->attachments, (view){(const char *)&a, sizeof a});
    return buffer_status(&l->job->attachments, "the list of attachments", err);
}

static kith_status add_part(mail *l, GMimePart *part, kith_error *err)
{
    const char *name = g_mime_part_get_filename(part);
    GMimeContentType *type = g_mime_object_get_content_type(GMIME_OBJECT(part));
    bool is_plain = g_mime_content_type_is_type(type, "text", "plain");
    bool is_html = g_mime_content_type_is_type(type, "text", "html");
    if (name || g_mime_part_is_attachment(part)) {
        view bytes;
        if (!name) return KITH_OK; // without a name its format is unknown
        kith_status status = read_content(l, part, &bytes, err);
        return status == KITH_OK ? hand_on(l, name, bytes, err) : status;
    }
    if (is_html && l->in_alternative) {
        l->html = part;
        return KITH_OK;
    }
    return is_plain || is_html ? add_body(l, part, is_html, err) : KITH_OK;
}

static kith_status add_attached_message(mail *l, GMimeMessagePart *part, kith_error *err)
{
    GMimeMessage *message = g_mime_message_part_get_message(part);
    if (!message) return KITH_OK;
    char *text = g_mime_object_to_string(GMIME_OBJECT(message), NULL);
    view bytes = arena_copy(l->job->memory, view_of(text));
    g_free(text);
    if (!bytes.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an attachment");
    const char *subject = g_mime_message_get_subject(message);
    char *name = g_strdup_printf("%s.eml", subject && *subject ? subject : "message");
    kith_status status = hand_on(l, name, bytes, err);
    g_free(name);
    return status;
}

static kith_status add_object(mail *l, GMimeObject *object, kith_error *err);

static kith_status add_multipart(mail *l, GMimeMultipart *multipart, kith_error *err)
{
    GMimeContentType *type = g_mime_object_get_content_type(GMIME_OBJECT(multipart));
    bool is_alternative = g_mime_content_type_is_type(type, "multipart", "alternative");
    bool outer = l->in_alternative;
    size_t size = l->m.text.size;
    kith_status status = KITH_OK;
    if (is_alternative) {
        l->in_alternative = true;
        l->html = NULL;
    }
    int count = g_mime_multipart_get_count(multipart);
    for (int i = 0; i < count && status == KITH_OK; i++)
        status = add_object(l, g_mime_multipart_get_part(multipart, i), err);
    if (is_alternative) {
        l->in_alternative = outer;
        if (status == KITH_OK && l->m.text.size == size && l->html)
            status = add_body(l, l->html, true, err);
        l->html = NULL;
    }
    return status;
}

static kith_status add_object(mail *l, GMimeObject *object, kith_error *err)
{
    if (!object) return KITH_OK;
    if (++l->parts > PARTS_MAX)
        return fail(err, KITH_ERR_LIMIT, "a message has more than %d parts", PARTS_MAX);
    if (l->depth == DEPTH_MAX)
        return fail(err, KITH_ERR_LIMIT, "parts of a message are nested more than %d deep",
                    DEPTH_MAX);
    l->depth++;
    kith_status status = KITH_OK;
    if (GMIME_IS_MULTIPART_ENCRYPTED(object))
        status = fail(err, KITH_ERR_AUTH, "encrypted");
    else if (GMIME_IS_MULTIPART(object))
        status = add_multipart(l, GMIME_MULTIPART(object), err);
    else if (GMIME_IS_MESSAGE_PART(object))
        status = add_attached_message(l, GMIME_MESSAGE_PART(object), err);
    else if (GMIME_IS_PART(object))
        status = add_part(l, GMIME_PART(object), err);
    l->depth--;
    return status;
}

/* ---- headers ---- */

/* The value as UTF-8 on one line, cut to HEADER_MAX_BYTES; empty when there is none. */
static kith_status header(mail *l, const char *value, view *out, kith_error *err)
{
    buffer text;
    buffer_init(&text, 4 * HEADER_MAX_BYTES);
    view raw = view_trim(view_of(value));
    if (raw.size > HEADER_MAX_BYTES) raw = view_slice(raw, 0, HEADER_MAX_BYTES);
    (void)utf8_append_repaired(&text, raw);
    for (size_t i = 0; i < text.size; i++)
        if ((unsigned char)text.data[i] < ' ') text.data[i] = ' ';
    kith_status status = buffer_status(&text, "a header", err);
    if (status == KITH_OK) *out = arena_copy(l->job->memory, buffer_view(&text));
    if (status == KITH_OK && !out->data)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for a header");
    buffer_done(&text);
    return status;
}

/* "Label: value" as a line of the text, and the value as a field. */
static kith_status add_header(mail *l, const char *label, const char *key, const char *value,
                              kith_error *err)
{
    view text;
    kith_status status = header(l, value, &text, err);
    if (status != KITH_OK || text.size == 0) return status;
    const char *line = arena_printf(l->job->memory, "%s: %.*s", label, VIEW_ARG(text));
    if (!line) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a header");
    status = metadata_set_string(&l->d.fields, key, text, err);
    return status == KITH_OK ? manuscript_block(&l->m, "\n", view_of(line), err) : status;
}

static kith_status add_headers(mail *l, GMimeMessage *message, kith_error *err)
{
    GMimeObject *object = GMIME_OBJECT(message);
    char *from = internet_address_list_to_string(g_mime_message_get_from(message), NULL, FALSE);
    char *to = internet_address_list_to_string(g_mime_message_get_to(message), NULL, FALSE);
    char *cc = internet_address_list_to_string(g_mime_message_get_cc(message), NULL, FALSE);
    const char *subject = g_mime_message_get_subject(message);
    kith_status status = header(l, subject, &l->d.title, err);
    if (status == KITH_OK) status = add_header(l, "Subject", "subject", subject, err);
    if (status == KITH_OK) status = add_header(l, "From", "from", from, err);
    if (status == KITH_OK) status = add_header(l, "To", "to", to, err);
    if (status == KITH_OK) status = add_header(l, "Cc", "cc", cc, err);
    if (status == KITH_OK)
        status = add_header(l, "Date", "date", g_mime_object_get_header(object, "Date"), err);
    g_free(from);
    g_free(to);
    g_free(cc);
    return status;
}

/* ---- messages ---- */

static kith_status add_message(mail *l, GMimeMessage *message, kith_error *err)
{
    kith_status status = add_headers(l, message, err);
    if (status == KITH_OK) status = add_object(l, g_mime_message_get_mime_part(message), err);
    return status == KITH_OK ? manuscript_finish(&l->m, &l->d, err) : status;
}

/* number  of a mailbox's message, 1-based; 0: the file is the message */
static kith_status read_message(extract_job *job, GMimeParser *parser, uint32_t number,
                                kith_error *err)
{
    mail l = {.job = job, .id = job->stem};
    GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
    if (!message) return fail(err, KITH_ERR_FORMAT, "no message can be read");
    manuscript_init(&l.m, job);
    kith_status status = extract_job_begin(job, "mail", &l.d, err);
    if (status == KITH_OK && number > 0) {
        l.id = view_of(arena_printf(job->memory, "%.*s-%u", VIEW_ARG(job->stem), number));
        l.d.record = number;
        status = l.id.data ? manuscript_place(&l.m, PLACE_MESSAGE, number, VIEW(""), err)
                           : fail(err, KITH_ERR_NO_MEMORY, "out of memory for an id");
    }
    l.d.id = l.id;
    if (status == KITH_OK) status = add_message(&l, message, err);
    manuscript_done(&l.m);
    g_object_unref(message);
    return status;
}

static GMimeParser *open_parser(view bytes, GMimeStream **stream)
{
    g_mime_init();
    *stream = g_mime_stream_mem_new_with_buffer(bytes.data ? bytes.data : "", bytes.size);
    return g_mime_parser_new_with_stream(*stream);
}

static kith_status read_mail(extract_job *job, kith_error *err)
{
    GMimeStream *stream = NULL;
    GMimeParser *parser = open_parser(job->bytes, &stream);
    kith_status status = read_message(job, parser, 0, err);
    g_object_unref(parser);
    g_object_unref(stream);
    return status;
}

static kith_status read_mailbox(extract_job *job, kith_error *err)
{
    GMimeStream *stream = NULL;
    GMimeParser *parser = open_parser(job->bytes, &stream);
    g_mime_parser_set_format(parser, GMIME_FORMAT_MBOX);
    kith_status status = KITH_OK;
    for (uint32_t number = 1; status == KITH_OK && !g_mime_parser_eos(parser); number++) {
        kith_error reason = {0};
        if (number > MESSAGES_MAX) {
            status =
                fail(err, KITH_ERR_LIMIT, "the mailbox has more than %d messages", MESSAGES_MAX);
            break;
        }
        status = read_message(job, parser, number, &reason);
        // A bad message is reported and the next is read; other failures end the mailbox.
        if (status == KITH_ERR_AUTH || status == KITH_ERR_FORMAT)
            status = extract_job_report(job, number, status, reason.message, err);
        else if (status != KITH_OK)
            (void)fail(err, status, "%s", reason.message);
    }
    g_object_unref(parser);
    g_object_unref(stream);
    return status;
}

static kith_status read_format(extract_job *job, file_format format, kith_error *err)
{
    switch (format.kind) {
    case FILE_MAIL:
        return read_mail(job, err);
    case FILE_MAILBOX:
        return read_mailbox(job, err);
    default:
        return fail(err, KITH_ERR_INTERNAL, "kith-extract-mail does not read this format");
    }
}

kith_status extract_mail_file(view name, view bytes, arena *a, extraction *out, kith_error *err)
{
    return extract_job_run(name, bytes, read_format, a, out, err);
}
