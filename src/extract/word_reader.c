/* word_reader.c - Word says what a paragraph is in its properties, before its text; what a run is in
 * those of the run. Properties of paragraphs within text boxes are not looked at. */
#include "extract/word_reader.h"

#include "base/utf8.h"
#include "extract/office_drawing.h"

#include <kith/types.h>

kith_status word_reader_init(word_reader *w, extract_job *job, archive *parts, kith_error *err)
{
    static const char *const NAMES[] = {"p",
                                        "r",
                                        "tbl",
                                        "sdt",
                                        "del",
                                        "footnote",
                                        "endnote",
                                        "comment",
                                        "pStyle",
                                        "ilvl",
                                        "numId",
                                        "outlineLvl",
                                        "rStyle",
                                        "vanish",
                                        "vertAlign",
                                        "position",
                                        "strike",
                                        "dstrike",
                                        "sym",
                                        "fldChar",
                                        "fldSimple",
                                        "instrText",
                                        "checkBox",
                                        "checked",
                                        "default",
                                        "showingPlcHdr",
                                        "docPartGallery",
                                        "ddList",
                                        "result",
                                        "listEntry",
                                        "footnoteReference",
                                        "endnoteReference",
                                        "commentReference",
                                        "docPr",
                                        "shape",
                                        "textpath",
                                        "chart",
                                        "relIds",
                                        "OLEObject",
                                        "subDoc",
                                        "altChunk",
                                        NULL};
    *w = (word_reader){.job = job, .parts = parts, .collects = WORD_NOTE_KINDS};
    xml_names_add(&w->names, NAMES);
    office_text_init(&w->text, (office_sink){0}, job->memory);
    buffer_init(&w->line, KITH_DOCUMENT_MAX_BYTES);
    kith_status styles = word_styles_init(&w->styles, job->memory, err);
    kith_status numbering = word_numbering_init(&w->numbering, job->memory, err);
    kith_status notes = word_notes_init(&w->notes, err);
    return styles != KITH_OK ? styles : numbering != KITH_OK ? numbering : notes;
}

void word_reader_done(word_reader *w)
{
    office_text_done(&w->text);
    buffer_done(&w->line);
    word_styles_done(&w->styles);
    word_numbering_done(&w->numbering);
    word_notes_done(&w->notes);
}

void word_reader_begin_part(word_reader *w, const relationships *related)
{
    w->related = related;
    w->fields = (word_fields){0};
    w->control_count = w->prompt_depth = w->contents_depth = 0;
    w->text.muted = false;
}

void word_reader_collect(word_reader *w, word_note_kind kind, buffer *from)
{
    w->collects = kind;
    w->collected = from;
    w->note_id = VIEW("");
}

kith_status word_reader_notice(word_reader *w, const char *what, kith_error *err)
{
    const char *text =
        w->counts ? arena_printf(w->job->memory, "paragraph %u: %s", *w->paragraphs, what) : what;
    return text ? extract_job_notice(w->job, text, err)
                : fail(err, KITH_ERR_NO_MEMORY, "out of memory for a notice");
}

bool word_reader_is_page_line(const word_reader *w, view line)
{
    enum { WORDS_MAX_BYTES = 16 }; // "Page  of ", "Seite / "
    return w->had_page_number && line.size <= WORDS_MAX_BYTES;
}

/* Text does not count in instructions of fields and in prompts, nor what stands above a table of contents that is left
 * out. */
static void update_muted(word_reader *w)
{
    bool is_over_contents = w->contents_depth && w->style.is_over_contents;
    w->text.muted = w->prompt_depth || is_over_contents || word_fields_hide(&w->fields);
}

/* ---- drawings and what is embedded ---- */

static view description_of(xml_attributes attributes)
{
    view text = xml_attribute(attributes, "descr");
    return drawing_description(text.size ? text : xml_attribute(attributes, "title"));
}

static kith_status add_drawing(word_reader *w, view name, xml_attributes attributes,
                               kith_error *err)
{
    const char *unread;
    buffer_reset(&w->line);
    kith_status status =
        drawing_read(w->parts, w->related, name, attributes, &w->line, &unread, err);
    if (status != KITH_OK) return status;
    if (unread) return word_reader_notice(w, unread, err);
    return office_text_aside(&w->text, "", buffer_view(&w->line), err);
}

static kith_status note_object(word_reader *w, xml_attributes attributes, kith_error *err)
{
    view program = xml_attribute(attributes, "ProgID");
    bool is_formula = view_starts_with(program, VIEW("Equation"));
    const char *what =
        is_formula ? "a formula of the old equation editor is not read"
                   : arena_printf(w->job->memory, "an embedded object (%.*s) is not read",
                                  VIEW_ARG(program.size ? program : VIEW("of unknown kind")));
    return what ? word_reader_notice(w, what, err)
                : fail(err, KITH_ERR_NO_MEMORY, "out of memory for a notice");
}

/* A letter of a font of signs; the private letters U+F000 on repeat its codes. */
static void insert_symbol(word_reader *w, xml_attributes attributes)
{
    static const struct {
        const char *font;
        uint32_t code;
        const char *text;
    } SIGNS[] = {{"Wingdings", 0xFE, "☒"}, {"Wingdings", 0xFD, "☒"}, {"Wingdings", 0x78, "☒"},
                 {"Wingdings", 0xA8, "☐"}, {"Wingdings", 0x6F, "☐"}, {"Wingdings", 0xFC, "✓"},
                 {"Wingdings", 0xFB, "✗"}, {"Wingdings", 0xE0, "→"}, {"Symbol", 0xB0, "°"},
                 {"Symbol", 0xB1, "±"},    {"Symbol", 0xB4, "×"},    {"Symbol", 0xA3, "≤"},
                 {"Symbol", 0xB3, "≥"},    {"Symbol", 0xB9, "≠"},    {"Symbol", 0xBB, "≈"},
                 {"Symbol", 0xA5, "∞"},    {"Symbol", 0xAE, "→"},    {"Symbol", 0xB7, "•"},
                 {"Symbol", 0x57, "Ω"},    {"Symbol", 0x44, "Δ"},    {"Symbol", 0x53, "Σ"},
                 {"Symbol", 0x61, "α"},    {"Symbol", 0x62, "β"},    {"Symbol", 0x67, "γ"},
                 {"Symbol", 0x64, "δ"},    {"Symbol", 0x65, "ε"},    {"Symbol", 0x6C, "λ"},
                 {"Symbol", 0x6D, "µ"},    {"Symbol", 0x70, "π"},    {"Symbol", 0x72, "ρ"},
                 {"Symbol", 0x73, "σ"},    {"Symbol", 0x71, "θ"},    {"Symbol", 0x66, "φ"},
                 {"Symbol", 0x77, "ω"}};
    view font = xml_attribute(attributes, "font"), code = xml_attribute(attributes, "char");
    uint32_t number = 0;
    for (size_t i = 0; i < code.size && i < 6; i++) {
        char c = code.data[i];
        uint32_t digit = is_ascii_digit(c)                    ? (uint32_t)(c - '0')
                         : (c | 32) >= 'a' && (c | 32) <= 'f' ? (uint32_t)((c | 32) - 'a') + 10
                                                              : 16;
        if (digit == 16) return;
        number = number * 16 + digit;
    }
    if (number >= 0xF000 && number <= 0xF0FF) number -= 0xF000;
    for (size_t i = 0; i < sizeof SIGNS / sizeof SIGNS[0]; i++)
        if (view_starts_with(font, view_of(SIGNS[i].font)) && number == SIGNS[i].code) {
            office_text_insert(&w->text, view_of(SIGNS[i].text));
            return;
        }
    bool is_private = number >= 0xE000 && number <= 0xF8FF, is_surrogate = number >> 11 == 27;
    if (number < 0x100 || is_private || is_surrogate || number > 0x10FFFF) return;
    char text[4]; // other fonts have Unicode's signs
    office_text_insert(&w->text, (view){text, utf8_encode(number, text)});
}

/* What is no text of a run but stands in one, or between paragraphs. */
static kith_status on_embedded(word_reader *w, view name, xml_attributes attributes,
                               kith_error *err)
{
    if (view_equal(name, VIEW("docPr")))
        return office_text_aside(&w->text, "Picture: ", description_of(attributes), err);
    if (view_equal(name, VIEW("shape")))
        return office_text_aside(&w->text, "Picture: ", xml_attribute(attributes, "alt"), err);
    if (view_equal(name, VIEW("textpath")))
        return office_text_aside(&w->text, "", xml_attribute(attributes, "string"), err);
    if (view_equal(name, VIEW("chart")) || view_equal(name, VIEW("relIds")))
        return add_drawing(w, name, attributes, err);
    if (view_equal(name, VIEW("OLEObject"))) return note_object(w, attributes, err);
    if (view_equal(name, VIEW("subDoc")))
        return word_reader_notice(w, "a subdocument, which is a file of its own, is not read", err);
    if (view_equal(name, VIEW("altChunk")) && w->counts) {
        view part = relationship_by_id(w->related, xml_prefixed_attribute(attributes, "id"));
        return w->alternative.part(w->alternative.context, part, err);
    }
    return KITH_OK;
}

/* ---- paragraphs ---- */

/* pandoc writes the style behind the numbering, which counts all the same. */
static void take_style(word_reader *w, view id)
{
    w->style = word_style_of(&w->styles, id);
    if (w->contents_depth) update_muted(w);
    if (w->says_numbering) return;
    w->use = w->style.numbering == WORD_NO_NUMBERING ? 0 : w->style.numbering;
    if (w->says_list_level) return;
    w->list_level = w->style.list_level == WORD_NO_NUMBERING
                        ? word_numbering_level(&w->numbering, w->use, id)
                        : w->style.list_level;
}

static void begin_paragraph(word_reader *w)
{
    w->says_list_level = w->says_numbering = w->is_deleted = w->had_page_number = false;
    take_style(w, VIEW("")); // until it says that it has another
}

/* Numbering 0 removes the numbering that the style gives (17.9.18). */
static void note_paragraph(word_reader *w, view name, xml_attributes attributes)
{
    view value = xml_attribute(attributes, "val");
    if (view_equal(name, VIEW("pStyle"))) {
        take_style(w, value);
    } else if (view_equal(name, VIEW("outlineLvl"))) {
        w->style.level = word_outline_level(value);
    } else if (view_equal(name, VIEW("ilvl"))) {
        w->list_level = word_number(value, 0);
        w->says_list_level = true;
    } else if (view_equal(name, VIEW("numId"))) {
        w->use = word_number(value, 0);
        w->says_numbering = true;
        if (!w->says_list_level) w->list_level = 0;
    }
    if (w->style.level == 0) return;
    word_fields_end_directories(&w->fields);
    update_muted(w);
}

/* The outermost paragraph is about to end: what it is. One without text counts too, as Word shows
 * its number, unless its end was deleted or its text is hidden. */
static void describe_paragraph(word_reader *w)
{
    office_frame *frame = office_text_paragraph(&w->text);
    bool has_text = w->text.text.size > frame->start;
    bool is_list = w->use && w->style.level == 0;
    frame->block.level = w->style.level;
    frame->block.is_title = w->style.is_title;
    frame->block.is_entry = is_list;
    bool is_shown = has_text || (!w->is_deleted && w->style.hidden != WORD_ON);
    if (w->use && w->counts && is_shown)
        word_numbering_count(&w->numbering, w->use, w->list_level, &w->text.label);
}

/* Notes stand behind the paragraph, or behind the table, that refers to them. */
static kith_status write_notes(word_reader *w, kith_error *err)
{
    kith_status status = KITH_OK;
    if (w->text.frame_count || office_text_in_table(&w->text)) return KITH_OK;
    while (status == KITH_OK && (buffer_reset(&w->line), word_notes_take(&w->notes, &w->line))) {
        status = buffer_status(&w->line, "a note", err);
        office_block block = {.kind = OFFICE_ASIDE, .text = view_trim(buffer_view(&w->line))};
        if (status == KITH_OK) status = w->text.sink.block(w->text.sink.context, &block, err);
    }
    return status;
}

/* ---- runs ---- */

static office_align align_of(word_align align)
{
    return align == WORD_RAISED    ? OFFICE_RAISED
           : align == WORD_LOWERED ? OFFICE_LOWERED
                                   : OFFICE_BASELINE;
}

static void begin_run(word_reader *w)
{
    bool is_outermost = w->text.frame_count == 1;
    w->text.is_hidden = is_outermost && w->style.hidden == WORD_ON;
    w->text.is_struck = is_outermost && w->style.struck == WORD_ON;
    w->text.align = is_outermost ? align_of(w->style.align) : OFFICE_BASELINE;
}

static void take_run_style(word_reader *w, view id)
{
    if (id.size == 0) return;
    word_style style = word_style_of(&w->styles, id);
    if (style.hidden != WORD_UNSET) w->text.is_hidden = style.hidden == WORD_ON;
    if (style.struck != WORD_UNSET) w->text.is_struck = style.struck == WORD_ON;
    if (style.align != WORD_ALIGN_UNSET) w->text.align = align_of(style.align);
}

/* Text that stands higher or lower than the one that it touches, by half points, is raised or lowered; a whole line
 * that does is only placed. */
static void note_position(word_reader *w, view value)
{
    enum { LEAST = 4 };
    office_frame *frame = office_text_paragraph(&w->text);
    const buffer *line = &w->text.text;
    bool is_below = value.size && value.data[0] == '-';
    uint32_t by = word_number(is_below ? view_slice(value, 1, value.size) : value, 0);
    bool touches =
        frame && line->size > frame->start && !is_ascii_space(line->data[line->size - 1]);
    if (by >= LEAST && touches && w->text.align == OFFICE_BASELINE)
        w->text.align = is_below ? OFFICE_LOWERED : OFFICE_RAISED;
}

static void note_run(word_reader *w, view name, xml_attributes attributes)
{
    view value = xml_attribute(attributes, "val");
    if (view_equal(name, VIEW("rStyle")))
        take_run_style(w, value);
    else if (view_equal(name, VIEW("vanish")))
        w->text.is_hidden = word_is_on(attributes);
    else if (view_equal(name, VIEW("strike")))
        w->text.is_struck = word_is_on(attributes);
    else if (view_equal(name, VIEW("dstrike")))
        w->text.is_struck |= word_is_on(attributes);
    else if (view_equal(name, VIEW("vertAlign")))
        w->text.align = align_of(word_align_of(value));
    else if (view_equal(name, VIEW("position")))
        note_position(w, value);
    else if (view_equal(name, VIEW("sym")))
        insert_symbol(w, attributes);
}

/* ---- fields, content controls ---- */

static void note_field(word_reader *w, view name, xml_attributes attributes)
{
    if (view_equal(name, VIEW("fldChar"))) {
        word_fields_mark(&w->fields, xml_attribute(attributes, "fldCharType"));
    } else if (view_equal(name, VIEW("fldSimple"))) {
        word_fields_mark(&w->fields, VIEW("begin"));
        word_fields_instruction(&w->fields, xml_attribute(attributes, "instr"));
        word_fields_mark(&w->fields, VIEW("separate"));
    } else if (view_equal(name, VIEW("instrText"))) {
        w->in_instruction = true;
    } else if (view_equal(name, VIEW("checkBox"))) {
        w->is_checked = false;
    } else if (view_equal(name, VIEW("checked")) || view_equal(name, VIEW("default"))) {
        w->is_checked = word_is_on(attributes);
        w->chosen = word_number(xml_attribute(attributes, "val"), 0);
    } else if (view_equal(name, VIEW("ddList"))) {
        w->chosen = w->entries = 0;
        buffer_reset(&w->line);
    } else if (view_equal(name, VIEW("result"))) {
        w->chosen = word_number(xml_attribute(attributes, "val"), 0);
    } else if (view_equal(name, VIEW("listEntry"))) {
        if (w->entries++ == w->chosen) buffer_append(&w->line, xml_attribute(attributes, "val"));
    } else if (view_equal(name, VIEW("sdt"))) {
        if (w->control_count < WORD_MAX_CONTROLS) w->controls[w->control_count] = w->text.depth;
        w->control_count++;
    } else if (view_equal(name, VIEW("showingPlcHdr"))) {
        if (!w->prompt_depth && w->control_count && w->control_count <= WORD_MAX_CONTROLS &&
            word_is_on(attributes))
            w->prompt_depth = w->controls[w->control_count - 1];
    } else if (view_equal(name, VIEW("docPartGallery"))) {
        bool is_contents = view_equal(xml_attribute(attributes, "val"), VIEW("Table of Contents"));
        if (is_contents && w->control_count && w->control_count <= WORD_MAX_CONTROLS)
            w->contents_depth = w->controls[w->control_count - 1];
    } else {
        return;
    }
    w->had_page_number = w->had_page_number || word_fields_hide(&w->fields);
    update_muted(w);
}

static void end_field(word_reader *w, view name)
{
    if (view_equal(name, VIEW("fldSimple"))) {
        word_fields_mark(&w->fields, VIEW("end"));
    } else if (view_equal(name, VIEW("instrText"))) {
        w->in_instruction = false;
    } else if (view_equal(name, VIEW("checkBox"))) {
        w->text.muted = w->prompt_depth != 0; // it stands in the instruction of its field
        office_text_insert(&w->text, w->is_checked ? VIEW("☒") : VIEW("☐"));
    } else if (view_equal(name, VIEW("ddList"))) {
        w->text.muted = w->prompt_depth != 0;
        office_text_insert(&w->text, buffer_view(&w->line));
    } else if (view_equal(name, VIEW("sdt")) && w->control_count) {
        if (w->prompt_depth == w->text.depth) w->prompt_depth = 0;
        if (w->contents_depth == w->text.depth) {
            w->contents_depth = 0;
            update_muted(w);
        }
        w->control_count--;
    } else if (view_equal(name, VIEW("p")) && w->text.frame_count == 1) {
        word_fields_end_paragraph(&w->fields);
    } else {
        return;
    }
    update_muted(w);
}

/* ---- notes ---- */

static kith_status cite_note(word_reader *w, view name, xml_attributes attributes, kith_error *err)
{
    view id = xml_attribute(attributes, "id");
    if (w->collects != WORD_NOTE_KINDS || w->text.muted) return KITH_OK;
    if (view_equal(name, VIEW("footnoteReference")))
        return word_notes_cite(&w->notes, WORD_FOOTNOTE, id, err);
    if (view_equal(name, VIEW("endnoteReference")))
        return word_notes_cite(&w->notes, WORD_ENDNOTE, id, err);
    if (view_equal(name, VIEW("commentReference")))
        return word_notes_cite(&w->notes, WORD_COMMENT, id, err);
    return KITH_OK;
}

static bool is_note(view name)
{
    return view_equal(name, VIEW("footnote")) || view_equal(name, VIEW("endnote")) ||
           view_equal(name, VIEW("comment"));
}

static kith_status begin_note(word_reader *w, xml_attributes attributes, kith_error *err)
{
    w->note_id = arena_copy(w->job->memory, xml_attribute(attributes, "id"));
    w->note_author = arena_copy(w->job->memory, xml_attribute(attributes, "author"));
    buffer_reset(w->collected);
    return w->note_id.data && w->note_author.data
               ? KITH_OK
               : fail(err, KITH_ERR_NO_MEMORY, "out of memory for notes");
}

static kith_status end_note(word_reader *w, kith_error *err)
{
    view text = arena_copy(w->job->memory, view_trim(buffer_view(w->collected)));
    if (!text.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for notes");
    if (text.size == 0) return KITH_OK;
    return word_notes_put(&w->notes, w->collects, w->note_id, (word_note){text, w->note_author},
                          err);
}

/* ---- events ---- */

static kith_status on_start(void *context, view name, xml_attributes attributes, kith_error *err)
{
    word_reader *w = context;
    bool skipped = false;
    kith_status status = office_text_start(&w->text, name, attributes, &skipped, err);
    bool is_outermost = w->text.frame_count == 1;
    if (status != KITH_OK || !xml_names_may_have(&w->names, name)) return status;
    if (skipped) {
        if (view_equal(name, VIEW("del")) && w->text.properties_depth && is_outermost)
            w->is_deleted = true;
        return KITH_OK;
    }
    if (w->collects != WORD_NOTE_KINDS && is_note(name)) return begin_note(w, attributes, err);
    if (view_equal(name, VIEW("p"))) {
        if (is_outermost) begin_paragraph(w);
    } else if (w->text.properties_depth) {
        if (is_outermost) note_paragraph(w, name, attributes);
    } else if (view_equal(name, VIEW("r"))) {
        begin_run(w);
    } else {
        note_run(w, name, attributes);
        note_field(w, name, attributes);
        status = cite_note(w, name, attributes, err);
        if (status == KITH_OK) status = on_embedded(w, name, attributes, err);
    }
    return status;
}

static kith_status on_end(void *context, view name, kith_error *err)
{
    word_reader *w = context;
    bool is_skipped = w->text.skip_depth > 0;
    if (!xml_names_may_have(&w->names, name)) return office_text_end(&w->text, name, err);
    if (!is_skipped && view_equal(name, VIEW("p")) && w->text.frame_count == 1)
        describe_paragraph(w);
    if (!is_skipped) end_field(w, name);
    kith_status status = office_text_end(&w->text, name, err);
    if (status != KITH_OK || is_skipped) return status;
    if (w->collects != WORD_NOTE_KINDS) return is_note(name) ? end_note(w, err) : KITH_OK;
    bool ends_block = view_equal(name, VIEW("p")) || view_equal(name, VIEW("tbl"));
    return ends_block ? write_notes(w, err) : KITH_OK;
}

static kith_status on_text(void *context, view text, kith_error *err)
{
    word_reader *w = context;
    if (w->in_instruction && !w->text.skip_depth) word_fields_instruction(&w->fields, text);
    return office_text_append(&w->text, text, err);
}

xml_events word_reader_events(word_reader *w)
{
    return (xml_events){w, on_start, on_end, on_text};
}
