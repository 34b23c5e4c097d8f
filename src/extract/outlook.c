/* outlook.c - headers, bodies and attachments of Outlook's messages. The plain text that Outlook puts
 * beside HTML says the same, so that HTML is read only where that is missing or a stub. RTF that was
 * made from HTML holds both; what is HTML's stands in destinations that extract_rtf.c passes over. */
#include "extract/outlook.h"

#include "extract/html_look.h"
#include "extract/mail_text.h"
#include "extract/rtf_compressed.h"

#include <kith/types.h>

enum { STUB_MAX_BYTES = 1500, STUB_LOOK_BYTES = 20000 };

/* ---- people ---- */

/* "Name <address>", the name alone, or the address. Exchange's own addresses ("/o=...") say nothing. */
static kith_status append_person(view name, view smtp, view address, arena *a, view *list,
                                 kith_error *err)
{
    if (smtp.size == 0 && view_find(address, VIEW("@")) < address.size) smtp = address;
    bool has_both = name.size && smtp.size && !view_equal_nocase(name, smtp);
    if (name.size == 0 && smtp.size == 0) return KITH_OK;
    const char *gap = list->size ? ", " : "";
    view one = name.size ? name : smtp;
    const char *text = has_both
                           ? arena_printf(a, "%.*s%s%.*s <%.*s>", VIEW_ARG(*list), gap,
                                          VIEW_ARG(name), VIEW_ARG(smtp))
                           : arena_printf(a, "%.*s%s%.*s", VIEW_ARG(*list), gap, VIEW_ARG(one));
    if (!text) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a recipient");
    *list = view_of(text);
    return KITH_OK;
}

static kith_status add_person(const mapi_properties *p, const mapi_name names[3], arena *a,
                              view *list, kith_error *err)
{
    view texts[3];
    kith_status status = KITH_OK;
    for (int i = 0; i < 3 && status == KITH_OK; i++)
        status = mapi_line(p, names[i], a, &texts[i], err);
    return status == KITH_OK ? append_person(texts[0], texts[1], texts[2], a, list, err) : status;
}

kith_status outlook_add_person(const mapi_properties *p, arena *a, view *list, kith_error *err)
{
    static const mapi_name NAMES[] = {MAPI_DISPLAY_NAME, MAPI_SMTP, MAPI_ADDRESS};
    return add_person(p, NAMES, a, list, err);
}

static kith_status find_author(const outlook_message *o, arena *a, view *out, kith_error *err)
{
    static const mapi_name AUTHOR[] = {MAPI_AUTHOR_NAME, MAPI_AUTHOR_SMTP, MAPI_AUTHOR_ADDRESS};
    static const mapi_name SENDER[] = {MAPI_FROM_NAME, MAPI_FROM_SMTP, MAPI_FROM_ADDRESS};
    *out = o->from;
    kith_status status = out->size ? KITH_OK : add_person(&o->own, AUTHOR, a, out, err);
    if (status == KITH_OK && out->size == 0) status = add_person(&o->own, SENDER, a, out, err);
    return status;
}

/* ---- headers ---- */

/* "Label: value" as a line of the text, and the value as a field where it has a key. */
static kith_status add_header(manuscript *m, document *d, const char *label, const char *key,
                              view value, kith_error *err)
{
    if (value.size == 0) return KITH_OK;
    const char *line = arena_printf(m->job->memory, "%s: %.*s", label, VIEW_ARG(value));
    if (!line) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a header");
    kith_status status = key ? metadata_set_string(&d->fields, key, value, err) : KITH_OK;
    return status == KITH_OK ? manuscript_block(m, "\n", view_of(line), err) : status;
}

static bool is_class(view class, const char *prefix)
{
    return view_starts_with_nocase(class, view_of(prefix));
}

typedef struct labelled {
    mapi_name name;
    const char *label;
} labelled;

static kith_status add_lines(const outlook_message *o, const labelled *lines, size_t count,
                             manuscript *m, document *d, kith_error *err)
{
    kith_status status = KITH_OK;
    for (size_t i = 0; status == KITH_OK && i < count; i++) {
        view value;
        status = mapi_line(&o->own, lines[i].name, m->job->memory, &value, err);
        if (status == KITH_OK) status = add_header(m, d, lines[i].label, NULL, value, err);
    }
    return status;
}

/* The first of two times that there is. */
static kith_status time_of(const outlook_message *o, mapi_name first, mapi_name second, arena *a,
                           view *out, kith_error *err)
{
    kith_status status = mapi_time(&o->own, first, a, out, err);
    return status == KITH_OK && out->size == 0 ? mapi_time(&o->own, second, a, out, err) : status;
}

static kith_status add_when_and_where(const outlook_message *o, manuscript *m, document *d,
                                      kith_error *err)
{
    static const labelled LINES[] = {{MAPI_RECURRENCE, "Repeats"}, {MAPI_LOCATION, "Where"}};
    arena *a = m->job->memory;
    view start, end;
    kith_status status = time_of(o, MAPI_START_WHOLE, MAPI_START, a, &start, err);
    if (status == KITH_OK) status = time_of(o, MAPI_END_WHOLE, MAPI_END, a, &end, err);
    if (status == KITH_OK && start.size) {
        const char *when =
            arena_printf(a, "%.*s%s%.*s", VIEW_ARG(start), end.size ? " to " : "", VIEW_ARG(end));
        if (!when) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a date");
        status = add_header(m, d, "When", NULL, view_of(when), err);
    }
    return status == KITH_OK ? add_lines(o, LINES, sizeof LINES / sizeof *LINES, m, d, err)
                             : status;
}

/* Of an appointment: when and where. Of a contact: what a card has. Of a task: when it is due. */
static kith_status add_particulars(const outlook_message *o, view class, manuscript *m, document *d,
                                   kith_error *err)
{
    static const labelled CARD[] = {{MAPI_DISPLAY_NAME, "Name"},
                                    {MAPI_COMPANY, "Company"},
                                    {MAPI_DEPARTMENT, "Department"},
                                    {MAPI_JOB, "Job"},
                                    {MAPI_PHONE, "Phone"},
                                    {MAPI_MOBILE, "Mobile"},
                                    {MAPI_HOME_PHONE, "Home"},
                                    {MAPI_EMAIL, "Email"},
                                    {MAPI_EMAIL_2, "Email"},
                                    {MAPI_EMAIL_3, "Email"},
                                    {MAPI_WORK_ADDRESS, "Work address"},
                                    {MAPI_HOME_ADDRESS, "Home address"},
                                    {MAPI_OTHER_ADDRESS, "Address"},
                                    {MAPI_WEB_PAGE, "Web page"}};
    if (is_class(class, "IPM.Appointment") || is_class(class, "IPM.Schedule"))
        return add_when_and_where(o, m, d, err);
    if (is_class(class, "IPM.Contact"))
        return add_lines(o, CARD, sizeof CARD / sizeof *CARD, m, d, err);
    if (is_class(class, "IPM.DistList"))
        return extract_job_notice(m->job, "the members of a distribution list are not read", err);
    view due = VIEW("");
    kith_status status = is_class(class, "IPM.Task")
                             ? mapi_time(&o->own, MAPI_TASK_DUE, m->job->memory, &due, err)
                             : KITH_OK;
    // A day without a time: midnight.
    if (view_find(due, VIEW("T")) < due.size) due = view_slice(due, 0, view_find(due, VIEW("T")));
    return status == KITH_OK ? add_header(m, d, "Due", NULL, due, err) : status;
}

/* "Categories: Red, Project X", and the field as a list. */
static kith_status add_categories(const mapi_properties *p, manuscript *m, document *d,
                                  kith_error *err)
{
    arena *a = m->job->memory;
    if (p->category_count == 0) return KITH_OK;
    metadata_value *elements = arena_new_array(a, metadata_value, p->category_count);
    if (!elements) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for categories");
    metadata_value list = {METADATA_LIST, .list = {elements, 0}};
    const char *line = "";
    for (uint32_t i = 0; i < p->category_count; i++) {
        view one;
        kith_status status = mapi_category(p, i, a, &one, err);
        if (status != KITH_OK) return status;
        if (one.size == 0) continue;
        elements[list.list.count++] = (metadata_value){METADATA_STRING, .string = one};
        line = arena_printf(a, "%s%s%.*s", line, *line ? ", " : "", VIEW_ARG(one));
        if (!line) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for categories");
    }
    if (list.list.count == 0) return KITH_OK;
    kith_status status = metadata_set(&d->fields, VIEW("categories"), list, err);
    return status == KITH_OK ? add_header(m, d, "Categories", NULL, view_of(line), err) : status;
}

kith_status outlook_add_headers(const outlook_message *o, manuscript *m, document *d,
                                kith_error *err)
{
    arena *a = m->job->memory;
    view subject, from, to = o->to, cc = o->cc, sent, class;
    kith_status status = mapi_line(&o->own, MAPI_SUBJECT, a, &subject, err);
    if (status == KITH_OK) status = mapi_line(&o->own, MAPI_CLASS, a, &class, err);
    if (status == KITH_OK) status = find_author(o, a, &from, err);
    if (status == KITH_OK && to.size == 0) status = mapi_line(&o->own, MAPI_TO, a, &to, err);
    if (status == KITH_OK && cc.size == 0) status = mapi_line(&o->own, MAPI_CC, a, &cc, err);
    if (status == KITH_OK) status = mapi_time(&o->own, MAPI_SENT, a, &sent, err);
    if (status == KITH_OK && sent.size == 0)
        status = mapi_time(&o->own, MAPI_DELIVERED, a, &sent, err);
    if (status != KITH_OK) return status;
    d->title = subject;
    status = add_header(m, d, "Subject", "subject", subject, err);
    if (status == KITH_OK) status = add_header(m, d, "From", "from", from, err);
    if (status == KITH_OK) status = add_header(m, d, "To", "to", to, err);
    if (status == KITH_OK) status = add_header(m, d, "Cc", "cc", cc, err);
    if (status == KITH_OK) status = add_header(m, d, "Date", "date", sent, err);
    if (status == KITH_OK && sent.size)
        status = metadata_set_string(&d->fields, "dated", sent, err);
    if (status == KITH_OK) status = add_categories(&o->own, m, d, err);
    return status == KITH_OK ? add_particulars(o, class, m, d, err) : status;
}

/* ---- bodies ---- */

/* Reads a body as a file of its own, and appends its text. */
static kith_status add_part(manuscript *m, view text, view bytes,
                            kith_status (*read)(extract_job *, kith_error *), kith_error *err)
{
    extract_job part = {.memory = m->job->memory, .stem = VIEW(""), .text = text, .bytes = bytes};
    buffer_init(&part.documents, sizeof(document));
    buffer_init(&part.problems, 1);
    kith_status status = read(&part, err);
    if (status == KITH_OK && part.documents.size)
        status = manuscript_append(m, (const document *)(const void *)part.documents.data, err);
    if (status == KITH_OK)
        status = notices_add_all(&m->job->notices, &part.notices, "", m->job->memory, err);
    m->job->replaced += part.replaced;
    buffer_done(&part.documents);
    buffer_done(&part.problems);
    return status;
}

static kith_status add_rtf(const outlook_message *o, manuscript *m, kith_error *err)
{
    buffer rtf;
    kith_error why = {0};
    buffer_init(&rtf, KITH_DOCUMENT_MAX_BYTES);
    kith_status status = rtf_compressed_append(o->own.values[MAPI_RTF].raw, &rtf, &why);
    view bytes = status == KITH_OK ? arena_copy(m->job->memory, buffer_view(&rtf)) : VIEW("");
    buffer_done(&rtf);
    if (status == KITH_OK && !bytes.data) status = KITH_ERR_NO_MEMORY;
    if (status == KITH_OK) status = add_part(m, VIEW(""), bytes, extract_rtf, &why);
    if (status == KITH_ERR_FORMAT) return extract_job_notice(m->job, why.message, err);
    return status == KITH_OK ? status : fail(err, status, "%s", why.message);
}

static bool is_stub(view plain, view html)
{
    buffer text;
    if (plain.size > STUB_MAX_BYTES || html.size == 0) return false;
    buffer_init(&text, STUB_LOOK_BYTES);
    html_gather_text(html, 0, html.size < STUB_LOOK_BYTES ? html.size : STUB_LOOK_BYTES, &text);
    bool result = mail_text_is_stub(plain, buffer_view(&text));
    buffer_done(&text);
    return result;
}

kith_status outlook_add_body(const outlook_message *o, manuscript *m, bool *added, kith_error *err)
{
    view plain = VIEW(""), html = VIEW("");
    size_t before = m->text.size;
    kith_status status = mapi_text(&o->own, MAPI_BODY, m->job->memory, &plain, err);
    if (status == KITH_OK) status = mapi_text(&o->own, MAPI_HTML, m->job->memory, &html, err);
    if (status == KITH_OK && plain.size && !is_stub(plain, html))
        status = manuscript_block(m, "\n\n", plain, err);
    if (status == KITH_OK && m->text.size == before && html.size)
        status = add_part(m, html, VIEW(""), extract_html, err);
    if (status == KITH_OK && m->text.size == before && o->own.values[MAPI_RTF].raw.size)
        status = add_rtf(o, m, err);
    *added = m->text.size > before;
    return status;
}

/* ---- attachments ---- */

kith_status outlook_file_name(const mapi_properties *p, arena *a, view *out, kith_error *err)
{
    static const mapi_name NAMES[] = {MAPI_FILE_NAME, MAPI_SHORT_FILE_NAME, MAPI_DISPLAY_NAME};
    view name = VIEW("");
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0] && name.size == 0; i++) {
        kith_status status = mapi_line(p, NAMES[i], a, &name, err);
        if (status != KITH_OK) return status;
    }
    for (size_t i = name.size; i > 0; i--)
        if (name.data[i - 1] == '/' || name.data[i - 1] == '\\') {
            name = view_slice(name, i, name.size);
            break;
        }
    *out = name.size ? name : VIEW("unnamed");
    return KITH_OK;
}

kith_status outlook_hand_on(extract_job *job, view owner, view name, view bytes, kith_error *err)
{
    attachment a = {owner, name, bytes};
    buffer_append(&job->attachments, (view){(const char *)&a, sizeof a});
    return buffer_status(&job->attachments, "the list of attachments", err);
}

kith_status outlook_note_link(extract_job *job, view name, kith_error *err)
{
    const char *what = arena_printf(
        job->memory, "an attached file is a link, and not in the message: '%.*s'", VIEW_ARG(name));
    if (!what) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a notice");
    return extract_job_notice(job, what, err);
}
