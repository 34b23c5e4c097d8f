/* extract_cards.c - calendars (ics) and contacts (vcf) as files: a calendar's events as calendar.h
 * writes them; of each contact a block of lines "Phone: ...", the name first. Pictures, keys and
 * whatever is for programs alone are left out. Quoted-printable of vCard 2.1 is undone.
 * Source: RFC 6350. */
#include "base/charset.h"
#include "extract/calendar.h"
#include "extract/extract_job.h"
#include "extract/manuscript.h"

#include "base/hex.h"
#include "base/utf8.h"

#include <kith/types.h>

enum { BLOCK_MAX_BYTES = 1 << 20 };

static kith_status add_document(extract_job *job, const char *type, manuscript *m, kith_error *err)
{
    document d;
    kith_status status = extract_job_begin(job, type, &d, err);
    if (status != KITH_OK) return status;
    d.id = job->stem;
    d.title = job->stem;
    return manuscript_finish(m, &d, err);
}

/* Either is known by its first line, whatever the file is called. */
static bool begins_with(const extract_job *job, view line)
{
    return view_starts_with_nocase(view_trim(job->text), line);
}

kith_status extract_calendar(extract_job *job, kith_error *err)
{
    buffer text;
    manuscript m;
    if (begins_with(job, VIEW("BEGIN:VCARD"))) return extract_contacts(job, err);
    buffer_init(&text, KITH_DOCUMENT_MAX_BYTES);
    manuscript_init(&m, job);
    calendar_append(job->text, &text);
    kith_status status = buffer_status(&text, "the calendar", err);
    if (status == KITH_OK) status = manuscript_block(&m, "\n\n", buffer_view(&text), err);
    if (status == KITH_OK) status = add_document(job, "calendar", &m, err);
    manuscript_done(&m);
    buffer_done(&text);
    return status;
}

/* ---- contacts ---- */

/* Copies the line that begins at *at, unfolded, and moves *at behind it. */
static void unfold(view text, size_t *at, buffer *line)
{
    buffer_reset(line);
    for (bool more = true; more;) {
        bool is_folded = calendar_line_append(text, at, line);
        view head = view_slice(buffer_view(line), 0, view_find(buffer_view(line), VIEW(":")));
        bool is_soft = line->size && line->data[line->size - 1] == '=' && *at < text.size &&
                       view_find(head, VIEW("QUOTED-PRINTABLE")) < head.size;
        if (is_soft) line->size--;
        if (is_folded && !is_soft) ++*at;
        more = is_folded || is_soft;
    }
}

static const char *label_of(view name)
{
    static const struct {
        const char *name, *label;
    } LABELS[] = {{"ORG", "Organisation"},
                  {"TITLE", "Title"},
                  {"ROLE", "Role"},
                  {"TEL", "Phone"},
                  {"EMAIL", "Mail"},
                  {"ADR", "Address"},
                  {"URL", "Web"},
                  {"BDAY", "Birthday"},
                  {"NOTE", "Note"},
                  {"NICKNAME", "Nickname"},
                  {"CATEGORIES", "Categories"},
                  {"ANNIVERSARY", "Anniversary"}};
    size_t group = view_find(name, VIEW(".")); // "item1.EMAIL"
    if (group < name.size) name = view_slice(name, group + 1, name.size);
    for (size_t i = 0; i < sizeof LABELS / sizeof LABELS[0]; i++)
        if (view_equal_nocase(name, view_of(LABELS[i].name))) return LABELS[i].label;
    return NULL;
}

/* The value on one line: escapes undone, the parts of a structured one apart by commas. */
static void append_value(buffer *out, view value, bool is_quoted)
{
    bool had_part = false, waits = false;
    for (size_t i = 0; i < value.size; i++) {
        char c = value.data[i];
        int high = is_quoted && c == '=' && i + 2 < value.size ? hex_digit(value.data[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(value.data[i + 2]) : -1;
        if (low >= 0) {
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '\\' && i + 1 < value.size) {
            c = value.data[++i];
            if (c == 'n' || c == 'N') c = ' ';
        } else if (c == ';') {
            waits = had_part;
            continue;
        }
        if (waits) buffer_append_text(out, ", ");
        waits = false;
        had_part = true;
        buffer_append_byte(out, c == '\n' || c == '\r' || c == '\0' ? ' ' : c);
    }
}

/* The same of a quoted value, whose bytes may be in any charset: the declared one where it can be
 * converted here, else windows-1252. */
static void append_quoted(buffer *out, view head, view value)
{
    buffer bytes;
    size_t replaced = 0, at = view_find(head, VIEW("CHARSET=")), start = out->size;
    view label = at < head.size ? view_slice(head, at + 8, head.size) : VIEW("");
    const charset *from = charset_find(view_slice(label, 0, view_find(label, VIEW(";"))));
    buffer_init(&bytes, BLOCK_MAX_BYTES);
    append_value(&bytes, value, true);
    view text = buffer_view(&bytes);
    if (bytes.failed != KITH_OK) out->failed = bytes.failed;
    if (utf8_is_valid(text)) {
        buffer_append(out, text);
    } else if (!from || charset_append_utf8(from, text, out, &replaced, NULL) != KITH_OK) {
        out->size = start;
        (void)charset_append_windows_1252(text, out);
    }
    buffer_done(&bytes);
}

/* True for a day without marks, "19800503". */
static bool is_day(view value)
{
    return value.size == 8 && view_is_digits(value);
}

/* A day of a year that nobody told, as month and day: "--0405" and "--04-05" of vCard 4; Apple writes a
 * year of its own and says which one it is. Empty for any other day. */
static view day_without_year(view head, view day)
{
    view omits = VIEW("X-APPLE-OMIT-YEAR=");
    size_t at = view_find(head, omits) + omits.size;
    if (view_starts_with(day, VIEW("--"))) return view_slice(day, 2, day.size);
    if (at + 4 > head.size || day.size < 5) return VIEW("");
    if (!view_starts_with(day, view_slice(head, at, at + 4))) return VIEW("");
    return view_slice(day, day.data[4] == '-' ? 5 : 4, day.size);
}

typedef struct contact {
    buffer name, lines, line;
} contact;

static void read_property(contact *c)
{
    view line = buffer_view(&c->line);
    size_t colon = view_find(line, VIEW(":"));
    if (colon == line.size) return;
    view head = view_slice(line, 0, colon), value = view_slice(line, colon + 1, line.size);
    view name = view_slice(head, 0, view_find(head, VIEW(";")));
    bool is_quoted = view_find(head, VIEW("QUOTED-PRINTABLE")) < head.size;
    const char *label = label_of(name);
    bool is_name = view_equal_nocase(name, VIEW("FN")) ||
                   (view_equal_nocase(name, VIEW("N")) && c->name.size == 0);
    if (is_name) {
        buffer_reset(&c->name);
        if (is_quoted)
            append_quoted(&c->name, head, value);
        else
            append_value(&c->name, value, false);
    } else if (label && view_trim(value).size) {
        if (view_starts_with(value, VIEW("mailto:")) || view_starts_with(value, VIEW("tel:")))
            value = view_slice(value, view_find(value, VIEW(":")) + 1, value.size);
        buffer_printf(&c->lines, "\n%s: ", label);
        view day = view_trim(value);
        bool is_date = view_ends_with_nocase(name, VIEW("DAY")) ||
                       view_ends_with_nocase(name, VIEW("ANNIVERSARY"));
        view yearless = is_date ? day_without_year(head, day) : VIEW("");
        if (yearless.size == 4)
            buffer_printf(&c->lines, "%.2s-%.2s", yearless.data, yearless.data + 2);
        else if (yearless.size)
            append_value(&c->lines, yearless, false);
        else if (is_date && is_day(day))
            buffer_printf(&c->lines, "%.4s-%.2s-%.2s", day.data, day.data + 4, day.data + 6);
        else if (is_quoted)
            append_quoted(&c->lines, head, value);
        else
            append_value(&c->lines, value, false);
    }
}

static kith_status end_contact(contact *c, manuscript *m, kith_error *err)
{
    kith_status status = buffer_status(&c->name, "a contact", err);
    if (status == KITH_OK) status = buffer_status(&c->lines, "a contact", err);
    view name = view_trim(buffer_view(&c->name));
    buffer_reset(&c->line);
    buffer_append(&c->line, name);
    buffer_append(&c->line, buffer_view(&c->lines));
    if (status == KITH_OK) status = buffer_status(&c->line, "a contact", err);
    if (status == KITH_OK && name.size) status = manuscript_heading(m, 1, name, err);
    if (status == KITH_OK) status = manuscript_block(m, "\n\n", buffer_view(&c->line), err);
    buffer_reset(&c->name);
    buffer_reset(&c->lines);
    return status;
}

kith_status extract_contacts(extract_job *job, kith_error *err)
{
    contact c;
    manuscript m;
    kith_status status = KITH_OK;
    if (begins_with(job, VIEW("BEGIN:VCALENDAR"))) return extract_calendar(job, err);
    buffer_init(&c.name, BLOCK_MAX_BYTES);
    buffer_init(&c.lines, BLOCK_MAX_BYTES);
    buffer_init(&c.line, KITH_DOCUMENT_MAX_BYTES);
    manuscript_init(&m, job);
    for (size_t at = 0; status == KITH_OK && at < job->text.size;) {
        unfold(job->text, &at, &c.line);
        status = buffer_status(&c.line, "a contact", err);
        view line = view_trim(buffer_view(&c.line));
        if (view_equal_nocase(line, VIEW("END:VCARD")))
            status = status == KITH_OK ? end_contact(&c, &m, err) : status;
        else
            read_property(&c);
    }
    if (status == KITH_OK) status = end_contact(&c, &m, err); // of a file that is cut off
    if (status == KITH_OK) status = add_document(job, "contacts", &m, err);
    manuscript_done(&m);
    buffer_done(&c.name);
    buffer_done(&c.lines);
    buffer_done(&c.line);
    return status;
}
