/* extract_rtf.c - RTF: paragraphs, headings, tables, notes and comments. RTF is a stream of control
 * words in nested groups; a group inherits what is set around it and forgets its own at its end.
 * A group whose destination is not text (fonts, pictures, fields' instructions, whatever begins with
 * \* and is not known) is passed over. Numbers of lists are in the file as text. Characters are bytes
 * in the code page of their font, or \uN, behind which a reader skips what stands for older readers.
 * Source: Rich Text Format Specification 1.9.1. */
#include "base/charset.h"
#include "extract/code_page.h"
#include "extract/extract_job.h"
#include "extract/manuscript.h"
#include "extract/raised.h"
#include "extract/ruled_table.h"
#include "extract/struck.h"

#include "base/hex.h"
#include "base/utf8.h"

#include <kith/types.h>

enum {
    GROUPS_MAX = 200,
    FONTS_MAX = 1000,
    STYLES_MAX = 1000,
    CELLS_MAX = 1000,
    WORD_MAX_BYTES = 32,
    NAME_MAX_BYTES = 200
};

typedef enum rtf_place {
    RTF_TEXT,
    RTF_SKIPPED,
    RTF_FONTS,
    RTF_STYLES,
    RTF_TITLE,
    RTF_AUTHOR,
    RTF_LABEL,  /* the number of a list's entry */
    RTF_NOTE,   /* footnote or comment: text that waits for its paragraph to end */
    RTF_BOX,    /* a text box, which waits so too */
    RTF_MARGIN, /* header or footer */
    RTF_COMMENT_AUTHOR
} rtf_place;

typedef struct rtf_group {
    rtf_place place;
    bool hidden, deleted, struck, is_new; // is_new: no word of it was read yet
    bool is_optional;                     // began with \*
    int align;                            // 1 raised, -1 lowered
    uint32_t unicode_skip, font;
} rtf_group;

typedef struct rtf_reading {
    extract_job *job;
    manuscript *m;
    view bytes;
    size_t at;
    rtf_group groups[GROUPS_MAX];
    uint32_t count; // open groups
    uint32_t skip;  // characters that \u announced
    uint32_t style; // the paragraph's
    uint32_t level; // its heading level; 0: none
    uint32_t code_page;
    uint16_t font_pages[FONTS_MAX];
    uint8_t style_levels[STYLES_MAX];
    uint32_t open_font, open_style;
    uint32_t high; // a first half of a surrogate pair; 0: none
    buffer raw;    // bytes in a code page that wait
    uint32_t raw_font;
    buffer text; // the paragraph
    buffer label, name, notes, note, box, margin, author, title, creator, line;
    raised raised;
    struck struck;
    table table;
    bool in_table, in_row, row_is_header;
    ruled_table ruled;
    ruled_edge edges[CELLS_MAX]; // as the row's definition says them so far
    uint32_t cell_defs;
    uint32_t paragraphs;
    bool after_entry;
    uint32_t footnotes;
} rtf_reading;

static rtf_group *top(rtf_reading *r)
{
    return &r->groups[r->count - 1];
}

/* ---- characters ---- */

static uint32_t page_of_charset(int32_t number)
{
    static const struct {
        int32_t charset;
        uint32_t page;
    } PAGES[] = {{77, 10000}, {128, 932},  {129, 949},  {130, 1361}, {134, 936},  {136, 950},
                 {161, 1253}, {162, 1254}, {163, 1258}, {177, 1255}, {178, 1256}, {186, 1257},
                 {204, 1251}, {222, 874},  {238, 1250}, {255, 850},  {254, 437}};
    for (size_t i = 0; i < sizeof PAGES / sizeof PAGES[0]; i++)
        if (PAGES[i].charset == number) return PAGES[i].page;
    return 0; // the file's
}

/* Where text goes now; NULL: nowhere. */
static buffer *target(rtf_reading *r)
{
    const rtf_group *g = top(r);
    if (g->hidden || g->deleted) return NULL;
    switch (g->place) {
    case RTF_TEXT:
        return &r->text;
    case RTF_LABEL:
        return &r->label;
    case RTF_NOTE:
        return &r->note;
    case RTF_BOX:
        return &r->box;
    case RTF_MARGIN:
        return &r->margin;
    case RTF_FONTS:
    case RTF_STYLES:
        return &r->name;
    case RTF_TITLE:
        return &r->title;
    case RTF_AUTHOR:
        return &r->creator;
    case RTF_COMMENT_AUTHOR:
        return &r->author;
    default:
        return NULL;
    }
}

static void append(rtf_reading *r, view text)
{
    buffer *out = target(r);
    if (!out) return;
    int align = top(r)->align;
    bool is_struck = out == &r->text && top(r)->struck;
    if (is_struck && align != 0) struck_reopen(&r->struck, out);
    size_t start = out->size;
    if (out == &r->text && align > 0)
        raised_append(&r->raised, out, 0, text);
    else if (out == &r->text && align < 0)
        lowered_append(out, 0, text);
    else
        buffer_append(out, text);
    if (is_struck) struck_end_run(&r->struck, out, start);
}

/* Converts the bytes that wait. */
static kith_status flush(rtf_reading *r, kith_error *err)
{
    if (r->raw.size == 0) return KITH_OK;
    buffer converted;
    kith_status status = KITH_OK;
    size_t replaced = 0;
    uint32_t page = r->raw_font < FONTS_MAX ? r->font_pages[r->raw_font] : 0;
    const charset *c = code_page_charset(page ? page : r->code_page);
    bool is_latin = !c || (page ? page : r->code_page) == 1252;
    buffer_init(&converted, KITH_DOCUMENT_MAX_BYTES);
    if (!is_latin)
        status = charset_append_utf8(c, buffer_view(&r->raw), &converted, &replaced, err);
    if (is_latin || status == KITH_ERR_UNSUPPORTED)
        replaced += charset_append_windows_1252(buffer_view(&r->raw), &converted);
    if (status == KITH_ERR_UNSUPPORTED) status = KITH_OK;
    if (status == KITH_OK) status = buffer_status(&converted, "a text", err);
    r->job->replaced += replaced;
    if (status == KITH_OK) append(r, buffer_view(&converted));
    buffer_done(&converted);
    buffer_reset(&r->raw);
    return status;
}

static kith_status add_byte(rtf_reading *r, char byte, kith_error *err)
{
    if (r->skip) {
        r->skip--;
        return KITH_OK;
    }
    if (!target(r)) return KITH_OK;
    kith_status status = r->raw_font != top(r)->font ? flush(r, err) : KITH_OK;
    r->raw_font = top(r)->font;
    buffer_append_byte(&r->raw, byte ? byte : ' ');
    return status == KITH_OK ? buffer_status(&r->raw, "a text", err) : status;
}

static kith_status add_text(rtf_reading *r, const char *text, kith_error *err)
{
    kith_status status = flush(r, err);
    if (status == KITH_OK) append(r, view_of(text));
    return status;
}

static kith_status add_code(rtf_reading *r, int32_t number, kith_error *err)
{
    kith_status status = flush(r, err);
    uint32_t code = (uint32_t)(number < 0 ? number + 65536 : number) & 0x1FFFFF;
    r->skip = top(r)->unicode_skip;
    if (code >= 0xD800 && code < 0xDC00) {
        r->high = code;
        return status;
    }
    if (code >= 0xDC00 && code < 0xE000)
        code = r->high ? 0x10000 + ((r->high - 0xD800) << 10) + (code - 0xDC00) : 0xFFFD;
    r->high = 0;
    if (code >= 0xF020 && code <= 0xF0FF) code = code == 0xF0B7 ? 0x2022 : 0xFFFD; // Symbol
    if (code == 0 || code > 0x10FFFF || code == 0xFFFD) return status;
    char bytes[4];
    size_t size = utf8_encode(code, bytes);
    if (status == KITH_OK) append(r, (view){bytes, size});
    return status;
}

/* ---- blocks ---- */

static kith_status on_line(void *context, view line, uint32_t row, bool is_first, kith_error *err)
{
    rtf_reading *r = context;
    (void)row;
    kith_status status = KITH_OK;
    if (is_first) status = manuscript_place(r->m, PLACE_PARAGRAPH, ++r->paragraphs, VIEW(""), err);
    r->after_entry = false;
    return status == KITH_OK ? manuscript_block(r->m, is_first ? "\n\n" : "\n", line, err) : status;
}

static kith_status write_notes(rtf_reading *r, kith_error *err)
{
    kith_status status = buffer_status(&r->notes, "the notes of a paragraph", err);
    view notes = view_trim(buffer_view(&r->notes));
    if (status == KITH_OK && notes.size) status = manuscript_block(r->m, "\n\n", notes, err);
    buffer_reset(&r->notes);
    return status;
}

static kith_status end_table(rtf_reading *r, kith_error *err)
{
    if (!r->in_table) return KITH_OK;
    r->in_table = false;
    kith_status status = ruled_table_end(&r->ruled, err);
    return status == KITH_OK ? write_notes(r, err) : status;
}

/* The label of an entry: a number as it is, whatever sign "-". */
static view label_of(rtf_reading *r)
{
    view label = view_trim(buffer_view(&r->label));
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

static void reset_paragraph(rtf_reading *r)
{
    buffer_reset(&r->text);
    buffer_reset(&r->label);
    r->raised = (raised){0};
    r->struck = (struck){0};
}

static kith_status end_paragraph(rtf_reading *r, kith_error *err)
{
    kith_status status = flush(r, err);
    rtf_place place = top(r)->place;
    if (status == KITH_OK && place != RTF_TEXT) {
        buffer *out = target(r);
        bool has_lines = place == RTF_NOTE || place == RTF_BOX || place == RTF_MARGIN;
        if (out) buffer_append_byte(out, has_lines ? '\n' : ' ');
        return KITH_OK;
    }
    if (r->in_row) { // a cell of several paragraphs
        buffer_append_byte(&r->text, ' ');
        return status;
    }
    if (status == KITH_OK) status = end_table(r, err);
    if (status == KITH_OK) status = buffer_status(&r->text, "a paragraph", err);
    view label = label_of(r), text = view_trim(buffer_view(&r->text));
    if (label.size == 0) label = label_before_tab(&text);
    uint32_t level = r->level ? r->level : r->style < STYLES_MAX ? r->style_levels[r->style] : 0;
    if (status == KITH_OK && text.size == 0)
        status = write_notes(r, err); // of a box that stands alone
    if (status != KITH_OK || text.size == 0) goto done;
    buffer_reset(&r->line);
    if (label.size) buffer_printf(&r->line, "%.*s ", VIEW_ARG(label));
    buffer_append(&r->line, text);
    status = buffer_status(&r->line, "a paragraph", err);
    if (status == KITH_OK)
        status = manuscript_place(r->m, PLACE_PARAGRAPH, ++r->paragraphs, VIEW(""), err);
    if (status == KITH_OK && level)
        status = manuscript_heading(r->m, level > 6 ? 6 : level, buffer_view(&r->line), err);
    if (status == KITH_OK)
        status = manuscript_block(r->m, label.size && r->after_entry ? "\n" : "\n\n",
                                  buffer_view(&r->line), err);
    r->after_entry = label.size > 0;
    if (status == KITH_OK) status = write_notes(r, err);
done:
    reset_paragraph(r);
    return status;
}

static kith_status end_cell(rtf_reading *r, kith_error *err)
{
    kith_status status = flush(r, err);
    if (top(r)->place != RTF_TEXT) return status;
    view label = label_of(r), text = view_trim(buffer_view(&r->text));
    buffer_reset(&r->line);
    if (label.size) buffer_printf(&r->line, "%.*s ", VIEW_ARG(label));
    buffer_append(&r->line, text);
    if (status == KITH_OK) status = buffer_status(&r->line, "a row", err);
    if (status == KITH_OK) status = ruled_table_cell(&r->ruled, buffer_view(&r->line), err);
    reset_paragraph(r);
    return status;
}

static kith_status end_row(rtf_reading *r, kith_error *err)
{
    kith_status status = flush(r, err);
    if (top(r)->place != RTF_TEXT || r->ruled.open == 0) return status;
    for (uint32_t i = 0; i < r->cell_defs; i++)
        r->edges[i].is_header = r->row_is_header;
    if (status == KITH_OK) status = ruled_table_row_end(&r->ruled, r->edges, r->cell_defs, err);
    r->in_table = true;
    r->in_row = false;
    return status;
}

/* ---- groups ---- */

static kith_status begin_group(rtf_reading *r, kith_error *err)
{
    kith_status status = flush(r, err);
    if (r->count == GROUPS_MAX)
        return fail(err, KITH_ERR_LIMIT, "groups are nested more than %d deep", GROUPS_MAX);
    r->groups[r->count] =
        r->count ? r->groups[r->count - 1] : (rtf_group){.place = RTF_TEXT, .unicode_skip = 1};
    r->groups[r->count].is_new = true;
    r->groups[r->count].is_optional = false;
    r->count++;
    r->skip = 0;
    return status;
}

static void end_note(rtf_reading *r)
{
    view note = view_trim(buffer_view(&r->note)), author = view_trim(buffer_view(&r->author));
    if (note.size) {
        if (r->notes.size) buffer_append_text(&r->notes, "\n\n");
        if (author.size)
            buffer_printf(&r->notes, "Comment (%.*s): ", VIEW_ARG(author));
        else
            buffer_printf(&r->notes, "Footnote %u: ", ++r->footnotes);
        buffer_append(&r->notes, note);
    }
    buffer_reset(&r->note);
    buffer_reset(&r->author);
}

static void end_box(rtf_reading *r)
{
    view box = view_trim(buffer_view(&r->box));
    if (box.size && r->notes.size) buffer_append_text(&r->notes, "\n\n");
    buffer_append(&r->notes, box);
    buffer_reset(&r->box);
}

/* "heading 2" of a style's name, in the languages of Word's most frequent files. */
static uint8_t level_of(view name)
{
    static const char *const NAMES[] = {"heading ", "Überschrift ", "Titre ",   "Titolo ",
                                        "Título ",  "Kop ",         "Nagłówek "};
    while (name.size && name.data[name.size - 1] == ';')
        name = view_trim(view_slice(name, 0, name.size - 1));
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        view known = view_of(NAMES[i]);
        if (name.size == known.size + 1 &&
            view_equal_nocase(view_slice(name, 0, known.size), known)) {
            char digit = name.data[known.size];
            return digit >= '1' && digit <= '9' ? (uint8_t)(digit - '0') : 0;
        }
    }
    return 0;
}

static kith_status end_group(rtf_reading *r, kith_error *err)
{
    kith_status status = flush(r, err);
    if (r->count == 0) return status;
    rtf_place place = top(r)->place;
    rtf_place outer = r->count > 1 ? r->groups[r->count - 2].place : RTF_SKIPPED;
    if (place == RTF_STYLES && r->open_style < STYLES_MAX)
        r->style_levels[r->open_style] = level_of(view_trim(buffer_view(&r->name)));
    if (place == RTF_STYLES || place == RTF_FONTS) buffer_reset(&r->name);
    if (place == RTF_STYLES) r->open_style = STYLES_MAX;
    if (place == RTF_NOTE && outer != RTF_NOTE) end_note(r);
    if (place == RTF_BOX && outer != RTF_BOX) end_box(r);
    if (place == RTF_MARGIN && outer != RTF_MARGIN) buffer_append_byte(&r->margin, '\n');
    r->count--;
    r->skip = 0;
    return status;
}

/* ---- control words ---- */

typedef struct rtf_destination {
    const char *word;
    rtf_place place;
} rtf_destination;

static const rtf_destination DESTINATIONS[] = {
    {"fonttbl", RTF_FONTS},
    {"stylesheet", RTF_STYLES},
    {"colortbl", RTF_SKIPPED},
    {"info", RTF_SKIPPED},
    {"pict", RTF_SKIPPED},
    {"fldinst", RTF_SKIPPED},
    {"objdata", RTF_SKIPPED},
    {"objclass", RTF_SKIPPED},
    {"listtext", RTF_LABEL},
    {"pntext", RTF_LABEL},
    {"footnote", RTF_NOTE},
    {"annotation", RTF_NOTE},
    {"atnauthor", RTF_COMMENT_AUTHOR},
    {"header", RTF_MARGIN},
    {"headerl", RTF_MARGIN},
    {"headerr", RTF_MARGIN},
    {"headerf", RTF_MARGIN},
    {"footer", RTF_MARGIN},
    {"footerl", RTF_MARGIN},
    {"footerr", RTF_MARGIN},
    {"footerf", RTF_MARGIN},
    {"nonshppict", RTF_SKIPPED},
    {"sp", RTF_SKIPPED},
    {"xe", RTF_SKIPPED},
    {"tc", RTF_SKIPPED},
    {"rxe", RTF_SKIPPED},
    {"filetbl", RTF_SKIPPED},
    {"revtbl", RTF_SKIPPED},
    {"nesttableprops", RTF_SKIPPED},
    {"nonesttables", RTF_SKIPPED},
    {"title", RTF_TITLE},
    {"author", RTF_AUTHOR},
    {"falt", RTF_SKIPPED},
    {"panose", RTF_SKIPPED},
    {"bkmkstart", RTF_SKIPPED},
    {"bkmkend", RTF_SKIPPED},
    {"shptxt", RTF_BOX},
    {"shpinst", RTF_TEXT},
    {"shp", RTF_TEXT},
    {"shprslt", RTF_SKIPPED},
    {"result", RTF_TEXT},
};

static bool begin_destination(rtf_reading *r, view word)
{
    rtf_group *g = top(r);
    rtf_place around = r->count > 1 ? r->groups[r->count - 2].place : RTF_TEXT;
    for (size_t i = 0; i < sizeof DESTINATIONS / sizeof DESTINATIONS[0]; i++) {
        if (!view_equal(word, view_of(DESTINATIONS[i].word))) continue;
        rtf_place place = DESTINATIONS[i].place;
        bool is_property = place == RTF_TITLE || place == RTF_AUTHOR;
        // Of what is left out nothing is read but the properties of the file.
        if (is_property ? r->count != 3 : around == RTF_SKIPPED && place != RTF_SKIPPED)
            return false;
        bool is_part = place == RTF_TEXT || (place == RTF_BOX && around != RTF_TEXT);
        g->place = is_part ? around : place;
        return true;
    }
    if (g->is_optional) g->place = RTF_SKIPPED;
    return g->is_optional;
}

static kith_status text_word(rtf_reading *r, view word, bool *is_known, kith_error *err)
{
    static const struct {
        const char *word, *text;
    } WORDS[] = {
        {"tab", "\t"},       {"line", "\n"},    {"emdash", "—"},  {"endash", "–"},
        {"bullet", "•"},     {"lquote", "‘"},   {"rquote", "’"},  {"ldblquote", "“"},
        {"rdblquote", "”"},  {"emspace", " "},  {"enspace", " "}, {"qmspace", " "},
        {"nestcell", " | "}, {"nestrow", "; "},
    };
    *is_known = true;
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++)
        if (view_equal(word, view_of(WORDS[i].word))) return add_text(r, WORDS[i].text, err);
    if (view_equal(word, VIEW("par")) || view_equal(word, VIEW("sect")) ||
        view_equal(word, VIEW("page")))
        return end_paragraph(r, err);
    if (view_equal(word, VIEW("cell"))) return end_cell(r, err);
    if (view_equal(word, VIEW("row"))) return end_row(r, err);
    *is_known = false;
    return KITH_OK;
}

static void paragraph_word(rtf_reading *r, view word, int32_t number)
{
    rtf_group *g = top(r);
    if (view_equal(word, VIEW("pard"))) {
        if (g->place != RTF_TEXT) return; // of a note
        r->style = r->level = 0;
        r->in_row = false;
    } else if (view_equal(word, VIEW("intbl"))) {
        if (g->place == RTF_TEXT) r->in_row = true;
    } else if (view_equal(word, VIEW("s")) && g->place == RTF_STYLES) {
        r->open_style = number >= 0 ? (uint32_t)number : STYLES_MAX;
    } else if (view_equal(word, VIEW("s")) && g->place == RTF_TEXT) {
        r->style = number >= 0 ? (uint32_t)number : 0;
    } else if (view_equal(word, VIEW("outlinelevel")) && g->place == RTF_TEXT) {
        r->level = number >= 0 && number < 9 ? (uint32_t)number + 1 : 0;
    } else if (view_equal(word, VIEW("trowd"))) {
        r->cell_defs = 0;
        r->row_is_header = false;
        r->edges[0] = (ruled_edge){0};
    } else if (view_equal(word, VIEW("trhdr"))) {
        r->row_is_header = true;
    } else if (view_equal(word, VIEW("clmrg")) && r->cell_defs < CELLS_MAX) {
        r->edges[r->cell_defs].is_left = true;
    } else if (view_equal(word, VIEW("clvmrg")) && r->cell_defs < CELLS_MAX) {
        r->edges[r->cell_defs].is_below = true;
    } else if (view_equal(word, VIEW("cellx")) && r->cell_defs < CELLS_MAX) {
        r->edges[r->cell_defs].right = number;
        if (++r->cell_defs < CELLS_MAX) r->edges[r->cell_defs] = (ruled_edge){0};
    }
}

static void character_word(rtf_reading *r, view word, bool has_number, int32_t number)
{
    rtf_group *g = top(r);
    bool is_on = !has_number || number != 0;
    if (view_equal(word, VIEW("plain"))) {
        g->hidden = g->deleted = g->struck = false;
        g->align = 0;
    } else if (view_equal(word, VIEW("v"))) {
        g->hidden = is_on;
    } else if (view_equal(word, VIEW("deleted"))) {
        g->deleted = is_on;
    } else if (view_equal(word, VIEW("strike")) || view_equal(word, VIEW("striked"))) {
        g->struck = is_on;
    } else if (view_equal(word, VIEW("super"))) {
        g->align = is_on;
    } else if (view_equal(word, VIEW("sub"))) {
        g->align = is_on ? -1 : 0;
    } else if (view_equal(word, VIEW("up")) || view_equal(word, VIEW("dn"))) {
        g->align = !is_on ? 0 : word.data[0] == 'u' ? 1 : -1;
    } else if (view_equal(word, VIEW("nosupersub"))) {
        g->align = 0;
    } else if (view_equal(word, VIEW("uc"))) {
        g->unicode_skip = number >= 0 && number < 16 ? (uint32_t)number : 1;
    } else if (view_equal(word, VIEW("f"))) {
        g->font = number >= 0 && number < FONTS_MAX ? (uint32_t)number : 0;
        if (g->place == RTF_FONTS) r->open_font = g->font;
    } else if (view_equal(word, VIEW("fcharset")) && g->place == RTF_FONTS) {
        r->font_pages[r->open_font] = (uint16_t)page_of_charset(number);
    } else if (view_equal(word, VIEW("ansicpg"))) {
        r->code_page = number > 0 && number < 65536 ? (uint32_t)number : 1252;
    } else if (view_equal(word, VIEW("mac"))) {
        r->code_page = 10000;
    } else if (view_equal(word, VIEW("pc"))) {
        r->code_page = 437;
    }
}

static kith_status on_word(rtf_reading *r, view word, bool has_number, int32_t number,
                           kith_error *err)
{
    bool is_known = false;
    kith_status status = flush(r, err);
    if (status != KITH_OK) return status;
    if (view_equal(word, VIEW("bin"))) {
        size_t left = r->bytes.size - r->at;
        r->at += number > 0 && (size_t)number < left ? (size_t)number : number > 0 ? left : 0;
        return KITH_OK;
    }
    if (view_equal(word, VIEW("u"))) return add_code(r, number, err);
    if (r->skip) { // a control word counts as a character
        r->skip--;
        return KITH_OK;
    }
    bool is_first = top(r)->is_new;
    top(r)->is_new = false;
    if (is_first && begin_destination(r, word)) return KITH_OK;
    status = text_word(r, word, &is_known, err);
    if (status != KITH_OK || is_known) return status;
    paragraph_word(r, word, number);
    character_word(r, word, has_number, number);
    return KITH_OK;
}

/* What follows a backslash that is no letter. */
static kith_status on_symbol(rtf_reading *r, char c, kith_error *err)
{
    switch (c) {
    case '\'': {
        int high = r->at + 1 < r->bytes.size ? hex_digit(r->bytes.data[r->at]) : -1;
        int low = r->at + 1 < r->bytes.size ? hex_digit(r->bytes.data[r->at + 1]) : -1;
        if (high < 0 || low < 0) return KITH_OK;
        r->at += 2;
        return add_byte(r, (char)(high * 16 + low), err);
    }
    case '*':
        top(r)->is_optional = true;
        return KITH_OK;
    case '~':
        return add_text(r, "\xC2\xA0", err);
    case '_':
        return add_text(r, "-", err);
    case '\n':
    case '\r':
        return end_paragraph(r, err);
    case '\\':
    case '{':
    case '}':
        return add_byte(r, c, err);
    default:
        return KITH_OK; // a soft hyphen, a mark of an index
    }
}

static kith_status read_control(rtf_reading *r, kith_error *err)
{
    size_t start = r->at, end = r->bytes.size;
    if (start == end) return KITH_OK;
    while (r->at < end &&
           ((r->bytes.data[r->at] | 32) >= 'a' && (r->bytes.data[r->at] | 32) <= 'z'))
        r->at++;
    view word = view_slice(r->bytes, start, r->at);
    if (word.size == 0) return on_symbol(r, r->bytes.data[r->at++], err);
    bool is_negative = r->at < end && r->bytes.data[r->at] == '-', has_number = false;
    int32_t number = 0;
    if (is_negative) r->at++;
    for (; r->at < end && is_ascii_digit(r->bytes.data[r->at]); r->at++) {
        has_number = true;
        if (number < 100000000) number = number * 10 + (r->bytes.data[r->at] - '0');
    }
    if (r->at < end && r->bytes.data[r->at] == ' ') r->at++;
    if (word.size > WORD_MAX_BYTES) return KITH_OK;
    return on_word(r, word, has_number, is_negative ? -number : number, err);
}

static kith_status end_last(rtf_reading *r, kith_error *err)
{
    r->in_row = false;
    r->groups[0].place = RTF_TEXT;
    return end_paragraph(r, err);
}

static kith_status read_all(rtf_reading *r, kith_error *err)
{
    kith_status status = KITH_OK;
    while (status == KITH_OK && r->at < r->bytes.size) {
        char c = r->bytes.data[r->at++];
        if (c == '{') {
            status = begin_group(r, err);
        } else if (r->count == 0) {
            if (r->at > 1) break; // behind the last group
        } else if (c == '}') {
            if (r->count == 1) status = end_last(r, err);
            if (status == KITH_OK) status = end_group(r, err);
        } else if (c == '\\') {
            status = read_control(r, err);
        } else if (c != '\r' && c != '\n') {
            top(r)->is_new = false;
            status = add_byte(r, c, err);
        }
    }
    if (status == KITH_OK && r->count) {
        r->count = 1; // cut off: what there is
        status = end_last(r, err);
        if (status == KITH_OK)
            status = extract_job_notice(r->job, "the file is cut off: its last group is open", err);
    }
    return status;
}

/* ---- the file ---- */

static kith_status finish(rtf_reading *r, document *d, kith_error *err)
{
    r->count = 0;
    r->in_row = false;
    kith_status status = end_table(r, err);
    if (status == KITH_OK) status = manuscript_end_headings(r->m, err);
    if (status == KITH_OK) status = manuscript_place(r->m, PLACE_NONE, 0, VIEW(""), err);
    view margin = view_trim(buffer_view(&r->margin));
    if (status == KITH_OK && margin.size) {
        buffer_reset(&r->line);
        buffer_append_text(&r->line, "Header and footer: ");
        buffer_append(&r->line, margin);
        status = manuscript_block(r->m, "\n\n", buffer_view(&r->line), err);
    }
    view title = arena_copy(r->job->memory, view_trim(buffer_view(&r->title)));
    view author = arena_copy(r->job->memory, view_trim(buffer_view(&r->creator)));
    if (!title.data || !author.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    if (status == KITH_OK) status = extract_job_clean(r->job, title, &title, err);
    if (status == KITH_OK) status = extract_job_clean(r->job, author, &author, err);
    if (title.size) d->title = title;
    if (status == KITH_OK && author.size)
        status = metadata_set_string(&d->fields, "author", author, err);
    d->id = r->job->stem;
    return status == KITH_OK ? manuscript_finish(r->m, d, err) : status;
}

kith_status extract_rtf(extract_job *job, kith_error *err)
{
    document d;
    manuscript m;
    rtf_reading *r = arena_new_array(job->memory, rtf_reading, 1);
    if (!r) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for RTF");
    *r = (rtf_reading){
        .job = job, .m = &m, .bytes = job->bytes, .code_page = 1252, .open_style = STYLES_MAX};
    buffer *texts[] = {&r->raw, &r->text,   &r->label,  &r->name,  &r->notes,   &r->note,
                       &r->box, &r->margin, &r->author, &r->title, &r->creator, &r->line};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        buffer_init(texts[i], KITH_DOCUMENT_MAX_BYTES);
    manuscript_init(&m, job);
    table_init(&r->table, (table_sink){r, on_line});
    ruled_table_init(&r->ruled, &r->table);
    kith_status status = extract_job_begin(job, "rtf", &d, err);
    if (status == KITH_OK && !view_starts_with(job->bytes, VIEW("{\\rtf")))
        status = fail(err, KITH_ERR_FORMAT, "no RTF: it does not begin with {\\rtf");
    if (status == KITH_OK) status = read_all(r, err);
    if (status == KITH_OK) status = finish(r, &d, err);
    ruled_table_done(&r->ruled);
    table_done(&r->table);
    manuscript_done(&m);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        buffer_done(texts[i]);
    return status;
}
