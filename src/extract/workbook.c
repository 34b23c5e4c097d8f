/* workbook.c - xl/workbook.xml, sharedStrings.xml and styles.xml. Traps of the format: a shared
 * string holds its phonetic reading (rPh) beside its text, and a cell's style is an index into
 * cellXfs, not into cellStyleXfs, whose elements have the same name. Source: ECMA-376 part 1, 18.2,
 * 18.4 and 18.8. */
#include "extract/workbook.h"

#include "base/map.h"
#include "extract/raised.h"
#include "extract/struck.h"
#include "extract/xml.h"

#include <stdio.h>

void workbook_init(workbook *w, archive *parts)
{
    *w = (workbook){.parts = parts};
    buffer_init(&w->sheets, WORKBOOK_MAX_SHEETS * sizeof(sheet));
    buffer_init(&w->strings, WORKBOOK_MAX_STRINGS * sizeof(view));
    buffer_init(&w->styles, WORKBOOK_MAX_STYLES * sizeof(cell_style));
}

void workbook_done(workbook *w)
{
    buffer_done(&w->sheets);
    buffer_done(&w->strings);
    buffer_done(&w->styles);
}

bool workbook_index(view digits, uint32_t *out)
{
    uint64_t value;
    if (digits.size > 10 || !view_number(digits, UINT32_MAX, &value)) return false;
    *out = (uint32_t)value;
    return true;
}

void sheet_cell_name(uint32_t column, uint32_t row, char out[SHEET_CELL_NAME_BYTES])
{
    char letters[4];
    size_t at = sizeof letters;
    for (uint32_t c = column; c > 0 && at > 0; c = (c - 1) / 26)
        letters[--at] = (char)('A' + (c - 1) % 26);
    snprintf(out, SHEET_CELL_NAME_BYTES, "%.*s%u", (int)(sizeof letters - at), letters + at, row);
}

/* ---- sheets ---- */

typedef struct sheet_listing {
    workbook *book;
    const relationships *related;
} sheet_listing;

static bool is_true(view flag)
{
    return view_equal(flag, VIEW("1")) || view_equal(flag, VIEW("true"));
}

static kith_status on_workbook(void *context, view name, xml_attributes attributes, kith_error *err)
{
    sheet_listing *l = context;
    // Extensions at the end of the part have elements of the same names, without these attributes.
    if (view_equal(name, VIEW("workbookPr")) && is_true(xml_attribute(attributes, "date1904")))
        l->book->epoch_1904 = true;
    if (view_equal(name, VIEW("calcPr")) && is_true(xml_attribute(attributes, "fullCalcOnLoad")))
        l->book->is_stale = true;
    if (!view_equal(name, VIEW("sheet"))) return KITH_OK;
    sheet found = {
        .name = arena_copy(l->book->parts->memory, xml_attribute(attributes, "name")),
        .part = relationship_by_id(l->related, xml_prefixed_attribute(attributes, "id")),
        .hidden = view_ends_with_nocase(xml_attribute(attributes, "state"), VIEW("hidden")),
    };
    if (!found.name.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for sheets");
    buffer_append(&l->book->sheets, (view){(const char *)&found, sizeof found});
    return buffer_status(&l->book->sheets, "the list of sheets", err);
}

/* ---- shared strings ---- */

typedef struct string_reading {
    workbook *book;
    buffer text, spare;
    bool in_text, in_phonetic;
    int align; // of the open run
    bool is_struck;
    struck struck;
    size_t run; // where its text begins
    raised raised;
} string_reading;

int workbook_align(view value)
{
    return view_equal(value, VIEW("superscript")) ? 1
           : view_equal(value, VIEW("subscript")) ? -1
                                                  : 0;
}

bool workbook_is_on(xml_attributes attributes)
{
    view value = xml_attribute(attributes, "val");
    return value.size == 0 || is_true(value);
}

void workbook_strike(buffer *shown, bool is_struck)
{
    struck whole = {0};
    if (!is_struck || view_find(buffer_view(shown), VIEW("~~")) < shown->size) return;
    struck_end_run(&whole, shown, 0);
}

static kith_status on_string(void *context, view name, xml_attributes attributes, kith_error *err)
{
    (void)err;
    string_reading *r = context;
    if (view_equal(name, VIEW("si"))) {
        buffer_reset(&r->text);
        r->raised = (raised){0};
        r->struck = (struck){0};
        r->is_struck = false;
        r->align = 0;
        r->run = 0; // of a text that a hostile file has around this string
    } else if (view_equal(name, VIEW("rPh"))) { // phonetic reading, beside the text
        r->in_phonetic = true;
    } else if (view_equal(name, VIEW("t"))) {
        r->in_text = !r->in_phonetic;
        r->run = r->text.size;
    } else if (view_equal(name, VIEW("r"))) {
        r->align = 0;
        r->is_struck = false;
    } else if (view_equal(name, VIEW("strike"))) {
        r->is_struck = workbook_is_on(attributes);
    } else if (view_equal(name, VIEW("vertAlign"))) {
        r->align = workbook_align(xml_attribute(attributes, "val"));
    }
    return KITH_OK;
}

static kith_status on_string_text(void *context, view text, kith_error *err)
{
    string_reading *r = context;
    if (!r->in_text) return KITH_OK;
    buffer_append(&r->text, text);
    return buffer_status(&r->text, "a shared string", err);
}

static kith_status on_string_end(void *context, view name, kith_error *err)
{
    string_reading *r = context;
    if (view_equal(name, VIEW("t"))) {
        if (r->in_text && r->align)
            raised_end_run(&r->raised, r->align, &r->text, 0, r->run, &r->spare);
        if (r->in_text && r->is_struck) struck_end_run(&r->struck, &r->text, r->run);
        r->in_text = false;
    }
    if (view_equal(name, VIEW("rPh"))) r->in_phonetic = false;
    if (!view_equal(name, VIEW("si"))) return KITH_OK;
    kith_status status = buffer_status(&r->text, "a shared string", err);
    if (status != KITH_OK) return status;
    view kept = arena_copy(r->book->parts->memory, buffer_view(&r->text));
    if (!kept.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for shared strings");
    buffer_append(&r->book->strings, (view){(const char *)&kept, sizeof kept});
    return buffer_status(&r->book->strings, "the list of shared strings", err);
}

/* ---- number formats ---- */

typedef struct style_reading {
    workbook *book;
    map *codes;    // id as written to its place in `custom`
    buffer custom; // elements: sheet_format
    buffer struck; // a byte for each font: 1 for a line through it
    bool in_cell_formats, in_fonts;
} style_reading;

/* Fonts are counted as they come. */
static kith_status note_font(style_reading *r, view name, xml_attributes attributes,
                             kith_error *err)
{
    bool is_beyond = r->struck.size == WORKBOOK_MAX_STYLES; // of fonts
    if (view_equal(name, VIEW("font")) && !is_beyond) buffer_append_byte(&r->struck, 0);
    if (view_equal(name, VIEW("strike")) && r->struck.size && !is_beyond &&
        workbook_is_on(attributes))
        r->struck.data[r->struck.size - 1] = 1;
    return buffer_status(&r->struck, "the list of fonts", err);
}

static kith_status on_style(void *context, view name, xml_attributes attributes, kith_error *err)
{
    style_reading *r = context;
    view id = xml_attribute(attributes, "numFmtId");
    bool is_format = view_equal(name, VIEW("numFmt"));
    if (is_format && r->custom.size / sizeof(sheet_format) == WORKBOOK_MAX_STYLES) {
        r->book->has_more_styles = true;
        return KITH_OK;
    }
    if (is_format) {
        view code = arena_copy(r->book->parts->memory, xml_attribute(attributes, "formatCode"));
        if (!code.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for styles");
        sheet_format format = sheet_format_of(code);
        kith_status status = map_put(r->codes, id, r->custom.size / sizeof format);
        if (status != KITH_OK) return fail(err, status, "out of memory for styles");
        buffer_append(&r->custom, (view){(const char *)&format, sizeof format});
        return buffer_status(&r->custom, "the list of number formats", err);
    }
    if (view_equal(name, VIEW("fonts"))) r->in_fonts = true;
    if (r->in_fonts) return note_font(r, name, attributes, err);
    if (view_equal(name, VIEW("cellXfs"))) r->in_cell_formats = true;
    if (!r->in_cell_formats || !view_equal(name, VIEW("xf"))) return KITH_OK;
    if (r->book->styles.size / sizeof(cell_style) == WORKBOOK_MAX_STYLES) {
        r->book->has_more_styles = true;
        return KITH_OK;
    }
    uint64_t custom = 0;
    uint32_t number = 0;
    uint32_t font = 0, fill = 0;
    cell_style style = {0};
    if (map_get(r->codes, id, &custom))
        style.format = ((const sheet_format *)r->custom.data)[custom];
    else if (workbook_index(id, &number))
        style.format = sheet_format_builtin(number);
    bool has_look = workbook_index(xml_attribute(attributes, "fontId"), &font) &&
                    workbook_index(xml_attribute(attributes, "fillId"), &fill);
    style.is_struck = font < r->struck.size && r->struck.data[font];
    if (has_look) style.look = font * 65537 + fill + 1;
    buffer_append(&r->book->styles, (view){(const char *)&style, sizeof style});
    return buffer_status(&r->book->styles, "the list of styles", err);
}

static kith_status on_style_end(void *context, view name, kith_error *err)
{
    (void)err;
    style_reading *r = context;
    if (view_equal(name, VIEW("cellXfs"))) r->in_cell_formats = false;
    if (view_equal(name, VIEW("fonts"))) r->in_fonts = false;
    return KITH_OK;
}

/* ---- all three ---- */

kith_status workbook_read(workbook *w, view main_part, kith_error *err)
{
    relationships related = {0};
    sheet_listing listing = {w, &related};
    string_reading strings = {.book = w};
    style_reading styles = {.book = w, .codes = map_new()};
    buffer_init(&strings.text, ARCHIVE_MAX_ENTRY_BYTES);
    buffer_init(&strings.spare, ARCHIVE_MAX_ENTRY_BYTES);
    buffer_init(&styles.struck, WORKBOOK_MAX_STYLES);
    buffer_init(&styles.custom, WORKBOOK_MAX_STYLES * sizeof(sheet_format));
    xml_events of_book = {.context = &listing, .start = on_workbook};
    xml_events of_strings = {&strings, on_string, on_string_end, on_string_text};
    xml_events of_styles = {.context = &styles, .start = on_style, .end = on_style_end};
    kith_status status =
        styles.codes ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for styles");
    if (status == KITH_OK) status = package_relationships(w->parts, main_part, &related, err);
    if (status == KITH_OK) status = package_read_part(w->parts, main_part, &of_book, err);
    if (status == KITH_OK)
        status = package_read_part(w->parts, relationship_by_kind(&related, "sharedStrings"),
                                   &of_strings, err);
    if (status == KITH_OK)
        status =
            package_read_part(w->parts, relationship_by_kind(&related, "styles"), &of_styles, err);
    buffer_done(&strings.text);
    buffer_done(&strings.spare);
    buffer_done(&styles.custom);
    buffer_done(&styles.struck);
    map_free(styles.codes);
    return status;
}
