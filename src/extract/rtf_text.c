/* rtf_text.c - see rtf_text.h. */
#include "extract/rtf_text.h"

#include "base/charset.h"
#include "base/utf8.h"
#include "extract/code_page.h"

#include <kith/types.h>

/* ---- characters ---- */

/* Where text goes now; NULL: nowhere. */
static buffer *target(rtf_text *t)
{
    const rtf_group *g = rtf_text_top(t);
    if (g->hidden || g->deleted) return NULL;
    switch (g->place) {
    case RTF_TEXT:
        return &t->text;
    case RTF_LABEL:
        return &t->label;
    case RTF_NOTE:
        return &t->note;
    case RTF_BOX:
        return &t->box;
    case RTF_MARGIN:
        return &t->margin;
    case RTF_FONTS:
    case RTF_STYLES:
        return &t->name;
    case RTF_TITLE:
        return &t->title;
    case RTF_AUTHOR:
        return &t->creator;
    case RTF_COMMENT_AUTHOR:
        return &t->author;
    default:
        return NULL;
    }
}

static void append(rtf_text *t, view text)
{
    buffer *out = target(t);
    if (!out) return;
    int align = rtf_text_top(t)->align;
    bool is_struck = out == &t->text && rtf_text_top(t)->struck;
    if (is_struck && align != 0) struck_reopen(&t->struck, out);
    size_t start = out->size;
    if (out == &t->text && align > 0)
        raised_append(&t->raised, out, 0, text);
    else if (out == &t->text && align < 0)
        lowered_append(out, 0, text);
    else
        buffer_append(out, text);
    if (is_struck) struck_end_run(&t->struck, out, start);
}

/* Converts the bytes that wait. */
kith_status rtf_text_flush(rtf_text *t, kith_error *err)
{
    if (t->raw.size == 0) return KITH_OK;
    buffer converted;
    kith_status status = KITH_OK;
    size_t replaced = 0;
    uint32_t page = t->raw_font < RTF_FONTS_MAX ? t->font_pages[t->raw_font] : 0;
    const charset *c = code_page_charset(page ? page : t->code_page);
    bool is_latin = !c || (page ? page : t->code_page) == 1252;
    buffer_init(&converted, KITH_DOCUMENT_MAX_BYTES);
    if (!is_latin)
        status = charset_append_utf8(c, buffer_view(&t->raw), &converted, &replaced, err);
    if (is_latin || status == KITH_ERR_UNSUPPORTED)
        replaced += charset_append_windows_1252(buffer_view(&t->raw), &converted);
    if (status == KITH_ERR_UNSUPPORTED) status = KITH_OK;
    if (status == KITH_OK) status = buffer_status(&converted, "a text", err);
    t->job->replaced += replaced;
    if (status == KITH_OK) append(t, buffer_view(&converted));
    buffer_done(&converted);
    buffer_reset(&t->raw);
    return status;
}

kith_status rtf_text_byte(rtf_text *t, char byte, kith_error *err)
{
    if (t->skip) {
        t->skip--;
        return KITH_OK;
    }
    if (!target(t)) return KITH_OK;
    kith_status status = t->raw_font != rtf_text_top(t)->font ? rtf_text_flush(t, err) : KITH_OK;
    t->raw_font = rtf_text_top(t)->font;
    buffer_append_byte(&t->raw, byte ? byte : ' ');
    return status == KITH_OK ? buffer_status(&t->raw, "a text", err) : status;
}

kith_status rtf_text_add(rtf_text *t, const char *text, kith_error *err)
{
    kith_status status = rtf_text_flush(t, err);
    if (status == KITH_OK) append(t, view_of(text));
    return status;
}

kith_status rtf_text_code(rtf_text *t, int32_t number, kith_error *err)
{
    kith_status status = rtf_text_flush(t, err);
    uint32_t code = (uint32_t)(number < 0 ? number + 65536 : number) & 0x1FFFFF;
    t->skip = rtf_text_top(t)->unicode_skip;
    if (code >= 0xD800 && code < 0xDC00) {
        t->high = code;
        return status;
    }
    if (code >= 0xDC00 && code < 0xE000)
        code = t->high ? 0x10000 + ((t->high - 0xD800) << 10) + (code - 0xDC00) : 0xFFFD;
    t->high = 0;
    if (code >= 0xF020 && code <= 0xF0FF) code = code == 0xF0B7 ? 0x2022 : 0xFFFD; // Symbol
    if (code == 0 || code > 0x10FFFF || code == 0xFFFD) return status;
    char bytes[4];
    size_t size = utf8_encode(code, bytes);
    if (status == KITH_OK) append(t, (view){bytes, size});
    return status;
}

/* ---- blocks ---- */

static kith_status on_line(void *context, view line, uint32_t row, bool is_first, kith_error *err)
{
    rtf_text *t = context;
    (void)row;
    kith_status status = KITH_OK;
    if (is_first) status = manuscript_place(t->m, PLACE_PARAGRAPH, ++t->paragraphs, VIEW(""), err);
    t->after_entry = false;
    return status == KITH_OK ? manuscript_block(t->m, is_first ? "\n\n" : "\n", line, err) : status;
}

enum { TEXTS = 12 };

/* All texts that are gathered. */
static void texts_of(rtf_text *t, buffer *out[TEXTS])
{
    buffer *const all[TEXTS] = {&t->raw, &t->text,   &t->label,  &t->name,  &t->notes,   &t->note,
                                &t->box, &t->margin, &t->author, &t->title, &t->creator, &t->line};
    memcpy(out, all, sizeof all);
}

void rtf_text_init(rtf_text *t, extract_job *job, manuscript *m)
{
    buffer *texts[TEXTS];
    *t = (rtf_text){.job = job, .m = m, .code_page = 1252};
    texts_of(t, texts);
    for (size_t i = 0; i < TEXTS; i++)
        buffer_init(texts[i], KITH_DOCUMENT_MAX_BYTES);
    table_init(&t->table, (table_sink){t, on_line});
    ruled_table_init(&t->ruled, &t->table);
}

void rtf_text_done(rtf_text *t)
{
    buffer *texts[TEXTS];
    texts_of(t, texts);
    for (size_t i = 0; i < TEXTS; i++)
        buffer_done(texts[i]);
    ruled_table_done(&t->ruled);
    table_done(&t->table);
}

static kith_status write_notes(rtf_text *t, kith_error *err)
{
    kith_status status = buffer_status(&t->notes, "the notes of a paragraph", err);
    view notes = view_trim(buffer_view(&t->notes));
    if (status == KITH_OK && notes.size) status = manuscript_block(t->m, "\n\n", notes, err);
    buffer_reset(&t->notes);
    return status;
}

static kith_status end_table(rtf_text *t, kith_error *err)
{
    if (!t->in_table) return KITH_OK;
    t->in_table = false;
    kith_status status = ruled_table_end(&t->ruled, err);
    return status == KITH_OK ? write_notes(t, err) : status;
}

/* The label of an entry: a number as it is, whatever sign "-". */
static view label_of(rtf_text *t)
{
    view label = view_trim(buffer_view(&t->label));
    for (size_t i = 0; i < label.size; i++)
        if (is_ascii_digit(label.data[i]) || (label.data[i] | 32) >= 'a') {
            bool is_plain = (unsigned char)label.data[i] < 0x80 && (label.data[i] | 32) <= 'z';
            return is_plain ? label : VIEW("-");
        }
    return label.size ? VIEW("-") : label;
}

/* "1.<tab>" or "•<tab>" at the beginning of the text, as programs that count themselves write it: takes
 * it off and returns it as a label; empty when there is none. */
static view label_before_tab(view *text)
{
    enum { LABEL_MAX_BYTES = 8 };
    size_t tab = view_find(*text, VIEW("\t"));
    view label = view_trim(view_slice(*text, 0, tab));
    if (tab == text->size || label.size == 0 || label.size > LABEL_MAX_BYTES) return VIEW("");
    char first = label.data[0], last = label.data[label.size - 1];
    bool is_counted = last == '.' || last == ')';
    bool is_sign =
        (unsigned char)first >= 0x80 || ((first == '-' || first == '*') && label.size == 1);
    if ((!is_counted && !is_sign) || view_find(label, VIEW(" ")) < label.size) return VIEW("");
    *text = view_trim(view_slice(*text, tab, text->size));
    return is_counted ? label : VIEW("-");
}

static void reset_paragraph(rtf_text *t)
{
    buffer_reset(&t->text);
    buffer_reset(&t->label);
    t->raised = (raised){0};
    t->struck = (struck){0};
}

kith_status rtf_text_end_paragraph(rtf_text *t, kith_error *err)
{
    kith_status status = rtf_text_flush(t, err);
    rtf_place place = rtf_text_top(t)->place;
    if (status == KITH_OK && place != RTF_TEXT) {
        buffer *out = target(t);
        bool has_lines = place == RTF_NOTE || place == RTF_BOX || place == RTF_MARGIN;
        if (out) buffer_append_byte(out, has_lines ? '\n' : ' ');
        return KITH_OK;
    }
    if (t->in_row) { // a cell of several paragraphs
        buffer_append_byte(&t->text, ' ');
        return status;
    }
    if (status == KITH_OK) status = end_table(t, err);
    if (status == KITH_OK) status = buffer_status(&t->text, "a paragraph", err);
    view label = label_of(t), text = view_trim(buffer_view(&t->text));
    if (label.size == 0) label = label_before_tab(&text);
    uint32_t level = t->level                    ? t->level
                     : t->style < RTF_STYLES_MAX ? t->style_levels[t->style]
                                                 : 0;
    if (status == KITH_OK && text.size == 0)
        status = write_notes(t, err); // of a box that stands alone
    if (status != KITH_OK || text.size == 0) goto done;
    buffer_reset(&t->line);
    if (label.size) buffer_printf(&t->line, "%.*s ", VIEW_ARG(label));
    buffer_append(&t->line, text);
    status = buffer_status(&t->line, "a paragraph", err);
    if (status == KITH_OK)
        status = manuscript_place(t->m, PLACE_PARAGRAPH, ++t->paragraphs, VIEW(""), err);
    if (status == KITH_OK && level)
        status = manuscript_heading(t->m, level > 6 ? 6 : level, buffer_view(&t->line), err);
    if (status == KITH_OK)
        status = manuscript_block(t->m, label.size && t->after_entry ? "\n" : "\n\n",
                                  buffer_view(&t->line), err);
    t->after_entry = label.size > 0;
    if (status == KITH_OK) status = write_notes(t, err);
done:
    reset_paragraph(t);
    return status;
}

kith_status rtf_text_end_cell(rtf_text *t, kith_error *err)
{
    kith_status status = rtf_text_flush(t, err);
    if (rtf_text_top(t)->place != RTF_TEXT) return status;
    view label = label_of(t), text = view_trim(buffer_view(&t->text));
    buffer_reset(&t->line);
    if (label.size) buffer_printf(&t->line, "%.*s ", VIEW_ARG(label));
    buffer_append(&t->line, text);
    if (status == KITH_OK) status = buffer_status(&t->line, "a row", err);
    if (status == KITH_OK) status = ruled_table_cell(&t->ruled, buffer_view(&t->line), err);
    reset_paragraph(t);
    return status;
}

kith_status rtf_text_end_row(rtf_text *t, kith_error *err)
{
    kith_status status = rtf_text_flush(t, err);
    if (rtf_text_top(t)->place != RTF_TEXT || t->ruled.open == 0) return status;
    for (uint32_t i = 0; i < t->cell_defs; i++)
        t->edges[i].is_header = t->row_is_header;
    if (status == KITH_OK) status = ruled_table_row_end(&t->ruled, t->edges, t->cell_defs, err);
    t->in_table = true;
    t->in_row = false;
    return status;
}

void rtf_text_end_note(rtf_text *t)
{
    view note = view_trim(buffer_view(&t->note)), author = view_trim(buffer_view(&t->author));
    if (note.size) {
        if (t->notes.size) buffer_append_text(&t->notes, "\n\n");
        if (author.size)
            buffer_printf(&t->notes, "Comment (%.*s): ", VIEW_ARG(author));
        else
            buffer_printf(&t->notes, "Footnote %u: ", ++t->footnotes);
        buffer_append(&t->notes, note);
    }
    buffer_reset(&t->note);
    buffer_reset(&t->author);
}

void rtf_text_end_box(rtf_text *t)
{
    view box = view_trim(buffer_view(&t->box));
    if (box.size && t->notes.size) buffer_append_text(&t->notes, "\n\n");
    buffer_append(&t->notes, box);
    buffer_reset(&t->box);
}

void rtf_text_end_margin(rtf_text *t)
{
    buffer_append_byte(&t->margin, '\n');
}

kith_status rtf_text_end(rtf_text *t, kith_error *err)
{
    t->in_row = false;
    kith_status status = end_table(t, err);
    if (status == KITH_OK) status = manuscript_end_headings(t->m, err);
    if (status == KITH_OK) status = manuscript_place(t->m, PLACE_NONE, 0, VIEW(""), err);
    view margin = view_trim(buffer_view(&t->margin));
    if (status != KITH_OK || margin.size == 0) return status;
    buffer_reset(&t->line);
    buffer_append_text(&t->line, "Header and footer: ");
    buffer_append(&t->line, margin);
    return manuscript_block(t->m, "\n\n", buffer_view(&t->line), err);
}
