/* extract_mail.c - one message (eml) or a mailbox of them (mbox): subject, from, to, cc and date as
 * lines, then the body. Attachments, among them attached messages, are listed for extract_file to
 * read as files of their own.
 * Of the alternatives of a body the plain text is taken, HTML when there is none or the plain text
 * says nothing of it. Calendars are read as text, each once. The quoted text of earlier messages
 * stays: this may be the only copy. GMime 3 decodes what RFC 2045 to 2047
 * and 5322 allow; it limits neither the number nor the depth of a message's parts, so this file
 * does. Traps of the format: parts declare charsets that they are not in, file names come with
 * paths, and headers may hold any bytes. */
#include "extract/extract_foreign.h"

#include "base/utf8.h"
#include "extract/calendar.h"
#include "extract/extract_job.h"
#include "extract/extract_saved_page.h"
#include "extract/html_look.h"
#include "extract/mail_text.h"
#include "extract/manuscript.h"
#include "extract/mbox.h"
#include "extract/tnef.h"

#include <gmime/gmime.h>
#include <kith/types.h>

enum {
    PARTS_MAX = 2000, // of one message
    DEPTH_MAX = 32,
    MESSAGES_MAX = 200000,
    HEADER_MAX_BYTES = 2000,
    ALTERNATIVES_MAX = 16,   // plain or HTML parts of one body; further ones are left out
    STUB_MAX_BYTES = 1500,   // a longer plain text is the message
    STUB_LOOK_BYTES = 20000, // of the HTML, to compare
    CALENDARS_MAX = 16
};

typedef struct mail {
    extract_job *job;
    manuscript m;
    document d;
    uint32_t parts, depth;
    bool in_alternative;
    GMimePart *plain[ALTERNATIVES_MAX],
        *html[ALTERNATIVES_MAX]; // of the open alternatives; borrowed
    uint32_t plain_count, html_count;
    view calendars[CALENDARS_MAX]; // their text
    uint32_t calendar_count;
    map *events;              // of the calendars; NULL before the first
    view id;                  // of the document, for its attachments
    outlook_message *outlook; // of a part winmail.dat; NULL: none
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
    if (status == KITH_OK) status = add_notices(l, &part.notices, err);
    buffer_done(&part.documents);
    buffer_done(&part.problems);
    return status;
}

static kith_status add_notice(mail *l, const char *what, kith_error *err)
{
    notice_list one = {0};
    kith_status status = notices_add(&one, view_of(what), l->job->memory, err);
    return status == KITH_OK ? add_notices(l, &one, err) : status;
}

static bool has_parameter(GMimePart *part, const char *name, const char *value)
{
    const char *given = g_mime_object_get_content_type_parameter(GMIME_OBJECT(part), name);
    return given && g_ascii_strcasecmp(given, value) == 0;
}

static kith_status add_plain(mail *l, GMimePart *part, view text, kith_error *err)
{
    if (mail_text_is_encrypted(text)) return add_notice(l, "its text is encrypted (PGP)", err);
    text = mail_text_unsigned(text);
    if (!has_parameter(part, "format", "flowed")) return manuscript_block(&l->m, "\n\n", text, err);
    buffer joined;
    buffer_init(&joined, KITH_DOCUMENT_MAX_BYTES);
    mail_text_append_flowed(text, has_parameter(part, "delsp", "yes"), &joined);
    kith_status status = buffer_status(&joined, "the text of a mail", err);
    if (status == KITH_OK) status = manuscript_block(&l->m, "\n\n", buffer_view(&joined), err);
    buffer_done(&joined);
    return status;
}

static kith_status add_body(mail *l, GMimePart *part, bool is_html, kith_error *err)
{
    view text;
    kith_status status = read_text(l, part, &text, err);
    if (status != KITH_OK) return status;
    return is_html ? add_html(l, text, err) : add_plain(l, part, text, err);
}

/* The text of the calendar, to be added behind the body; the same events are there twice in many
 * invitations, as an alternative and attached. */
static kith_status keep_calendar(mail *l, GMimePart *part, kith_error *err)
{
    view source;
    buffer text;
    kith_status status = read_text(l, part, &source, err);
    if (status != KITH_OK) return status;
    if (!l->events) l->events = map_new();
    if (!l->events) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a calendar");
    buffer_init(&text, KITH_DOCUMENT_MAX_BYTES);
    calendar_append_new(source, l->events, &text);
    status = buffer_status(&text, "the text of a calendar", err);
    bool is_known = text.size == 0;
    for (uint32_t i = 0; i < l->calendar_count; i++)
        is_known = is_known || view_equal(l->calendars[i], buffer_view(&text));
    if (status == KITH_OK && !is_known && l->calendar_count < CALENDARS_MAX) {
        view kept = arena_copy(l->job->memory, buffer_view(&text));
        if (kept.data)
            l->calendars[l->calendar_count++] = kept;
        else
            status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for a calendar");
    }
    buffer_done(&text);
    return status;
}

static kith_status add_calendars(mail *l, kith_error *err)
{
    kith_status status = KITH_OK;
    for (uint32_t i = 0; i < l->calendar_count && status == KITH_OK; i++)
        status = manuscript_block(&l->m, "\n\n", l->calendars[i], err);
    return status;
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

/* Signatures and keys say nothing to a reader. */
static bool is_signature(GMimeContentType *type)
{
    static const char *const SUBTYPES[] = {"pgp-signature", "pgp-keys", "pkcs7-signature",
                                           "x-pkcs7-signature"};
    for (size_t i = 0; i < sizeof SUBTYPES / sizeof SUBTYPES[0]; i++)
        if (g_mime_content_type_is_type(type, "application", SUBTYPES[i])) return true;
    return false;
}

/* The same text once more for some programs: as AMP, or shortened for a watch. */
static bool is_other_form(GMimeContentType *type)
{
    return g_mime_content_type_is_type(type, "text", "x-amp-html") ||
           g_mime_content_type_is_type(type, "text", "watch-html");
}

/* Text that is to be shown; within alternatives it waits until all are known. */
static kith_status take_text(mail *l, GMimePart *part, bool is_html, kith_error *err)
{
    if (!l->in_alternative) return add_body(l, part, is_html, err);
    if (is_html && l->html_count < ALTERNATIVES_MAX) l->html[l->html_count++] = part;
    if (!is_html && l->plain_count < ALTERNATIVES_MAX) l->plain[l->plain_count++] = part;
    return KITH_OK;
}

/* Outlook's form of the message: its files are the mail's; its text waits until it is known whether
 * the mail has one of its own. */
static kith_status take_tnef(mail *l, view bytes, kith_error *err)
{
    tnef_file f;
    kith_error why = {0};
    kith_status status = tnef_read(bytes, &f, &why);
    if (status == KITH_OK) status = tnef_hand_on(&f, l->job, l->id, &why);
    if (status == KITH_OK && !l->outlook) {
        l->outlook = arena_new_array(l->job->memory, outlook_message, 1);
        if (l->outlook)
            *l->outlook = f.message; // whose texts are in the arena, as `bytes` is
        else
            status = fail(&why, KITH_ERR_NO_MEMORY, "out of memory for a message");
    }
    tnef_done(&f);
    if (status == KITH_ERR_FORMAT) return add_notice(l, "winmail.dat (TNEF) is damaged", err);
    return status == KITH_OK ? status : fail(err, status, "%s", why.message);
}

static kith_status take_file(mail *l, GMimePart *part, const char *name, kith_error *err)
{
    view bytes;
    kith_status status = read_content(l, part, &bytes, err);
    if (status == KITH_OK && g_ascii_strcasecmp(name, "winmail.dat") == 0)
        return take_tnef(l, bytes, err);
    return status == KITH_OK ? hand_on(l, name, bytes, err) : status;
}

/* S/MIME puts a whole message into one part. */
static kith_status tell_envelope(mail *l, GMimePart *part, kith_error *err)
{
    const char *kind = g_mime_object_get_content_type_parameter(GMIME_OBJECT(part), "smime-type");
    if (kind && g_ascii_strcasecmp(kind, "signed-data") == 0)
        return add_notice(l, "its text is within a signature (S/MIME), which is not read", err);
    return fail(err, KITH_ERR_AUTH, "encrypted");
}

static kith_status add_part(mail *l, GMimePart *part, kith_error *err)
{
    const char *name = g_mime_part_get_filename(part);
    GMimeContentType *type = g_mime_object_get_content_type(GMIME_OBJECT(part));
    bool is_html = g_mime_content_type_is_type(type, "text", "html");
    bool is_file = name || g_mime_part_is_attachment(part);
    if (is_signature(type)) return KITH_OK;
    if (g_mime_content_type_is_type(type, "application", "pkcs7-mime") ||
        g_mime_content_type_is_type(type, "application", "x-pkcs7-mime"))
        return tell_envelope(l, part, err);
    if (g_mime_content_type_is_type(type, "application", "ms-tnef")) name = "winmail.dat";
    if (g_mime_content_type_is_type(type, "text", "calendar") ||
        g_mime_content_type_is_type(type, "application", "ics") ||
        (name && view_ends_with_nocase(view_of(name), VIEW(".ics"))))
        return keep_calendar(l, part, err);
    if (name) return take_file(l, part, name, err);
    if (is_other_form(type)) return KITH_OK;
    if (!is_file && (g_mime_content_type_is_type(type, "text", "*") ||
                     g_mime_content_type_is_type(type, "message", "delivery-status")))
        return take_text(l, part, is_html, err);
    if (g_mime_content_type_is_type(type, "image", "*")) return KITH_OK;
    return add_notice(l, "a part without a name is not read", err);
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

static kith_status add_all(mail *l, GMimePart *const *parts, uint32_t count, bool is_html,
                           kith_error *err)
{
    kith_status status = KITH_OK;
    for (uint32_t i = 0; i < count && status == KITH_OK; i++)
        status = add_body(l, parts[i], is_html, err);
    return status;
}

/* The plain text says that the message needs a program for HTML, or as little. */
static kith_status is_stub(mail *l, bool *out, kith_error *err)
{
    view plain, html;
    *out = false;
    if (l->plain_count != 1 || l->html_count == 0) return KITH_OK;
    notice_list told = l->job->notices; // these are read again
    size_t replaced = l->job->replaced;
    kith_status status = read_text(l, l->plain[0], &plain, err);
    if (status == KITH_OK && plain.size <= STUB_MAX_BYTES) {
        buffer text;
        buffer_init(&text, STUB_LOOK_BYTES);
        status = read_text(l, l->html[0], &html, err);
        size_t end = html.size < STUB_LOOK_BYTES ? html.size : STUB_LOOK_BYTES;
        if (status == KITH_OK) {
            html_gather_text(html, 0, end, &text);
            *out = mail_text_is_stub(plain, buffer_view(&text));
        }
        buffer_done(&text);
    }
    l->job->notices = told;
    l->job->replaced = replaced;
    return status;
}

static kith_status add_alternatives(mail *l, kith_error *err)
{
    bool stub = false;
    size_t size = l->m.text.size;
    kith_status status = is_stub(l, &stub, err);
    if (status == KITH_OK && !stub) status = add_all(l, l->plain, l->plain_count, false, err);
    if (status == KITH_OK && l->m.text.size == size)
        status = add_all(l, l->html, l->html_count, true, err);
    l->plain_count = l->html_count = 0;
    return status;
}

static kith_status add_multipart(mail *l, GMimeMultipart *multipart, kith_error *err)
{
    GMimeContentType *type = g_mime_object_get_content_type(GMIME_OBJECT(multipart));
    bool is_outermost =
        g_mime_content_type_is_type(type, "multipart", "alternative") && !l->in_alternative;
    kith_status status = KITH_OK;
    if (is_outermost) l->in_alternative = true;
    int count = g_mime_multipart_get_count(multipart);
    for (int i = 0; i < count && status == KITH_OK; i++)
        status = add_object(l, g_mime_multipart_get_part(multipart, i), err);
    if (!is_outermost) return status;
    l->in_alternative = false;
    return status == KITH_OK ? add_alternatives(l, err) : status;
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

/* The moment of the header Date, as a filter compares it; nothing when there is none. */
static kith_status add_dated(mail *l, GDateTime *when, kith_error *err)
{
    GDateTime *utc = when ? g_date_time_to_utc(when) : NULL;
    gchar *text = utc ? g_date_time_format(utc, "%Y-%m-%dT%H:%M:%SZ") : NULL;
    view copy = text ? arena_copy(l->job->memory, view_of(text)) : (view){NULL, 0};
    kith_status status = KITH_OK;
    if (text && !copy.data)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for a date");
    else if (text)
        status = metadata_set_string(&l->d.fields, "dated", copy, err);
    g_free(text);
    if (utc) g_date_time_unref(utc);
    return status;
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
    if (status == KITH_OK) status = add_dated(l, g_mime_message_get_date(message), err);
    g_free(from);
    g_free(to);
    g_free(cc);
    return status;
}

/* ---- messages ---- */

static kith_status add_message(mail *l, GMimeMessage *message, kith_error *err)
{
    kith_status status = add_headers(l, message, err);
    size_t headers = l->m.text.size;
    bool added = false;
    if (status == KITH_OK) status = add_object(l, g_mime_message_get_mime_part(message), err);
    if (status == KITH_OK && l->outlook && l->m.text.size == headers)
        status = outlook_add_body(l->outlook, &l->m, &added, err);
    if (status == KITH_OK) status = add_calendars(l, err);
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
    map_free(l.events);
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

/* Message `number` of a mailbox, with the quoting of its lines undone. */
static kith_status read_one_of_many(extract_job *job, view message, uint32_t number,
                                    kith_error *err)
{
    buffer plain;
    buffer_init(&plain, KITH_DOCUMENT_MAX_BYTES);
    if (mbox_is_quoted(message)) {
        mbox_append_unquoted(message, &plain);
        message = buffer_view(&plain);
    }
    GMimeStream *stream = NULL;
    GMimeParser *parser = open_parser(message, &stream);
    kith_status status = buffer_status(&plain, "a message", err);
    if (status == KITH_OK) status = read_message(job, parser, number, err);
    g_object_unref(parser);
    g_object_unref(stream);
    buffer_done(&plain);
    return status;
}

static kith_status read_mailbox(extract_job *job, kith_error *err)
{
    kith_status status = KITH_OK;
    view message;
    size_t at = 0;
    for (uint32_t number = 1; status == KITH_OK && mbox_next(job->bytes, &at, &message); number++) {
        kith_error reason = {0};
        if (number > MESSAGES_MAX) {
            status =
                fail(err, KITH_ERR_LIMIT, "the mailbox has more than %d messages", MESSAGES_MAX);
            break;
        }
        status = read_one_of_many(job, message, number, &reason);
        // A bad message is reported and the next is read; other failures end the mailbox.
        if (status == KITH_ERR_AUTH || status == KITH_ERR_FORMAT)
            status = extract_job_report(job, number, status, reason.message, err);
        else if (status != KITH_OK)
            (void)fail(err, status, "%s", reason.message);
    }
    return status;
}

static kith_status read_format(extract_job *job, file_format format, kith_error *err)
{
    switch (format.kind) {
    case FILE_MAIL:
        return read_mail(job, err);
    case FILE_MAILBOX:
        return read_mailbox(job, err);
    case FILE_SAVED_PAGE:
        return extract_saved_page(job, err);
    default:
        return fail(err, KITH_ERR_INTERNAL, "kith-extract-mail does not read this format");
    }
}

kith_status extract_mail_file(const extract_input *input, arena *a, extraction *out,
                              kith_error *err)
{
    return extract_job_run(input, read_format, a, out, err);
}
