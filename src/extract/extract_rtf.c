/* extract_rtf.c - RTF: paragraphs, headings, tables, notes and comments. RTF is a stream of control
 * words in nested groups; a group inherits what is set around it and forgets its own at its end.
 * A group whose destination is not text (fonts, pictures, fields' instructions, whatever begins with
 * \* and is not known) is passed over. Numbers of lists are in the file as text. Characters are bytes
 * in the code page of their font, or \uN, behind which a reader skips what stands for older readers.
 * Source: Rich Text Format Specification 1.9.1. */
#include "base/hex.h"
#include "extract/rtf_text.h"

enum { WORD_MAX_BYTES = 32 };

typedef struct rtf_reading {
    view bytes;
    size_t at;
    rtf_text text;
    uint32_t open_font, open_style; // that are defined; RTF_STYLES_MAX: none
} rtf_reading;

/* ---- groups ---- */

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

static kith_status begin_group(rtf_text *t, kith_error *err)
{
    kith_status status = rtf_text_flush(t, err);
    if (t->count == RTF_GROUPS_MAX)
        return fail(err, KITH_ERR_LIMIT, "groups are nested more than %d deep", RTF_GROUPS_MAX);
    t->groups[t->count] =
        t->count ? t->groups[t->count - 1] : (rtf_group){.place = RTF_TEXT, .unicode_skip = 1};
    t->groups[t->count].is_new = true;
    t->groups[t->count].is_optional = false;
    t->count++;
    t->skip = 0;
    return status;
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
    rtf_text *t = &r->text;
    kith_status status = rtf_text_flush(t, err);
    if (t->count == 0) return status;
    rtf_place place = rtf_text_top(t)->place;
    rtf_place outer = t->count > 1 ? t->groups[t->count - 2].place : RTF_SKIPPED;
    if (place == RTF_STYLES && r->open_style < RTF_STYLES_MAX)
        t->style_levels[r->open_style] = level_of(view_trim(buffer_view(&t->name)));
    if (place == RTF_STYLES || place == RTF_FONTS) buffer_reset(&t->name);
    if (place == RTF_STYLES) r->open_style = RTF_STYLES_MAX;
    if (place == RTF_NOTE && outer != RTF_NOTE) rtf_text_end_note(t);
    if (place == RTF_BOX && outer != RTF_BOX) rtf_text_end_box(t);
    if (place == RTF_MARGIN && outer != RTF_MARGIN) rtf_text_end_margin(t);
    t->count--;
    t->skip = 0;
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

static bool begin_destination(rtf_text *t, view word)
{
    rtf_group *g = rtf_text_top(t);
    rtf_place around = t->count > 1 ? t->groups[t->count - 2].place : RTF_TEXT;
    for (size_t i = 0; i < sizeof DESTINATIONS / sizeof DESTINATIONS[0]; i++) {
        if (!view_equal(word, view_of(DESTINATIONS[i].word))) continue;
        rtf_place place = DESTINATIONS[i].place;
        bool is_property = place == RTF_TITLE || place == RTF_AUTHOR;
        // Of what is left out nothing is read but the properties of the file.
        if (is_property ? t->count != 3 : around == RTF_SKIPPED && place != RTF_SKIPPED)
            return false;
        bool is_part = place == RTF_TEXT || (place == RTF_BOX && around != RTF_TEXT);
        g->place = is_part ? around : place;
        return true;
    }
    if (g->is_optional) g->place = RTF_SKIPPED;
    return g->is_optional;
}

static kith_status text_word(rtf_text *t, view word, bool *is_known, kith_error *err)
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
        if (view_equal(word, view_of(WORDS[i].word))) return rtf_text_add(t, WORDS[i].text, err);
    if (view_equal(word, VIEW("par")) || view_equal(word, VIEW("sect")) ||
        view_equal(word, VIEW("page")))
        return rtf_text_end_paragraph(t, err);
    if (view_equal(word, VIEW("cell"))) return rtf_text_end_cell(t, err);
    if (view_equal(word, VIEW("row"))) return rtf_text_end_row(t, err);
    *is_known = false;
    return KITH_OK;
}

static void paragraph_word(rtf_reading *r, view word, int32_t number)
{
    rtf_text *t = &r->text;
    rtf_group *g = rtf_text_top(t);
    if (view_equal(word, VIEW("pard"))) {
        if (g->place != RTF_TEXT) return; // of a note
        t->style = t->level = 0;
        t->in_row = false;
    } else if (view_equal(word, VIEW("intbl"))) {
        if (g->place == RTF_TEXT) t->in_row = true;
    } else if (view_equal(word, VIEW("s")) && g->place == RTF_STYLES) {
        r->open_style = number >= 0 ? (uint32_t)number : RTF_STYLES_MAX;
    } else if (view_equal(word, VIEW("s")) && g->place == RTF_TEXT) {
        t->style = number >= 0 ? (uint32_t)number : 0;
    } else if (view_equal(word, VIEW("outlinelevel")) && g->place == RTF_TEXT) {
        t->level = number >= 0 && number < 9 ? (uint32_t)number + 1 : 0;
    } else if (view_equal(word, VIEW("trowd"))) {
        t->cell_defs = 0;
        t->row_is_header = false;
        t->edges[0] = (ruled_edge){0};
    } else if (view_equal(word, VIEW("trhdr"))) {
        t->row_is_header = true;
    } else if (view_equal(word, VIEW("clmrg")) && t->cell_defs < RTF_CELLS_MAX) {
        t->edges[t->cell_defs].is_left = true;
    } else if (view_equal(word, VIEW("clvmrg")) && t->cell_defs < RTF_CELLS_MAX) {
        t->edges[t->cell_defs].is_below = true;
    } else if (view_equal(word, VIEW("cellx")) && t->cell_defs < RTF_CELLS_MAX) {
        t->edges[t->cell_defs].right = number;
        if (++t->cell_defs < RTF_CELLS_MAX) t->edges[t->cell_defs] = (ruled_edge){0};
    }
}

static void character_word(rtf_reading *r, view word, bool has_number, int32_t number)
{
    rtf_text *t = &r->text;
    rtf_group *g = rtf_text_top(t);
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
        g->font = number >= 0 && number < RTF_FONTS_MAX ? (uint32_t)number : 0;
        if (g->place == RTF_FONTS) r->open_font = g->font;
    } else if (view_equal(word, VIEW("fcharset")) && g->place == RTF_FONTS) {
        t->font_pages[r->open_font] = (uint16_t)page_of_charset(number);
    } else if (view_equal(word, VIEW("ansicpg"))) {
        t->code_page = number > 0 && number < 65536 ? (uint32_t)number : 1252;
    } else if (view_equal(word, VIEW("mac"))) {
        t->code_page = 10000;
    } else if (view_equal(word, VIEW("pc"))) {
        t->code_page = 437;
    }
}

static kith_status on_word(rtf_reading *r, view word, bool has_number, int32_t number,
                           kith_error *err)
{
    bool is_known = false;
    kith_status status = rtf_text_flush(&r->text, err);
    if (status != KITH_OK) return status;
    if (view_equal(word, VIEW("bin"))) {
        size_t left = r->bytes.size - r->at;
        r->at += number > 0 && (size_t)number < left ? (size_t)number : number > 0 ? left : 0;
        return KITH_OK;
    }
    if (view_equal(word, VIEW("u"))) return rtf_text_code(&r->text, number, err);
    if (r->text.skip) { // a control word counts as a character
        r->text.skip--;
        return KITH_OK;
    }
    bool is_first = rtf_text_top(&r->text)->is_new;
    rtf_text_top(&r->text)->is_new = false;
    if (is_first && begin_destination(&r->text, word)) return KITH_OK;
    status = text_word(&r->text, word, &is_known, err);
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
        return rtf_text_byte(&r->text, (char)(high * 16 + low), err);
    }
    case '*':
        rtf_text_top(&r->text)->is_optional = true;
        return KITH_OK;
    case '~':
        return rtf_text_add(&r->text, "\xC2\xA0", err);
    case '_':
        return rtf_text_add(&r->text, "-", err);
    case '\n':
    case '\r':
        return rtf_text_end_paragraph(&r->text, err);
    case '\\':
    case '{':
    case '}':
        return rtf_text_byte(&r->text, c, err);
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
    r->text.in_row = false;
    r->text.groups[0].place = RTF_TEXT;
    return rtf_text_end_paragraph(&r->text, err);
}

static kith_status read_all(rtf_reading *r, kith_error *err)
{
    kith_status status = KITH_OK;
    while (status == KITH_OK && r->at < r->bytes.size) {
        char c = r->bytes.data[r->at++];
        if (c == '{') {
            status = begin_group(&r->text, err);
        } else if (r->text.count == 0) {
            if (r->at > 1) break; // behind the last group
        } else if (c == '}') {
            if (r->text.count == 1) status = end_last(r, err);
            if (status == KITH_OK) status = end_group(r, err);
        } else if (c == '\\') {
            status = read_control(r, err);
        } else if (c != '\r' && c != '\n') {
            rtf_text_top(&r->text)->is_new = false;
            status = rtf_text_byte(&r->text, c, err);
        }
    }
    if (status == KITH_OK && r->text.count) {
        r->text.count = 1; // cut off: what there is
        status = end_last(r, err);
        if (status == KITH_OK)
            status =
                extract_job_notice(r->text.job, "the file is cut off: its last group is open", err);
    }
    return status;
}

/* ---- the file ---- */

static kith_status finish(rtf_text *t, document *d, kith_error *err)
{
    kith_status status = rtf_text_end(t, err);
    view title = arena_copy(t->job->memory, view_trim(buffer_view(&t->title)));
    view author = arena_copy(t->job->memory, view_trim(buffer_view(&t->creator)));
    if (!title.data || !author.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    if (status == KITH_OK) status = extract_job_clean(t->job, title, &title, err);
    if (status == KITH_OK) status = extract_job_clean(t->job, author, &author, err);
    if (title.size) d->title = title;
    if (status == KITH_OK && author.size)
        status = metadata_set_string(&d->fields, "author", author, err);
    d->id = t->job->stem;
    return status == KITH_OK ? manuscript_finish(t->m, d, err) : status;
}

kith_status extract_rtf(extract_job *job, kith_error *err)
{
    document d;
    manuscript m;
    rtf_reading *r = arena_new_array(job->memory, rtf_reading, 1);
    if (!r) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for RTF");
    *r = (rtf_reading){.bytes = job->bytes, .open_style = RTF_STYLES_MAX};
    manuscript_init(&m, job);
    rtf_text_init(&r->text, job, &m);
    kith_status status = extract_job_begin(job, "rtf", &d, err);
    if (status == KITH_OK && !view_starts_with(job->bytes, VIEW("{\\rtf")))
        status = fail(err, KITH_ERR_FORMAT, "no RTF: it does not begin with {\\rtf");
    if (status == KITH_OK) status = read_all(r, err);
    if (status == KITH_OK) status = finish(&r->text, &d, err);
    rtf_text_done(&r->text);
    manuscript_done(&m);
    return status;
}
