/* extract_xml.c - XML of any vocabulary (DocBook, TEI, JATS, RSS, a configuration).
 * Without a schema four rules say what an element is:
 *   section    it has a title (<title>, <head>, or one in its <info>) and more: the title is a heading,
 *              over the text of the section
 *   paragraph  there is text among its elements, or its name is that of a paragraph: one block of text
 *   row        its elements are cells (row of entry, tr of td): a line of a table (table.h)
 *   value      it has nothing but text: a line "pool > size: 5", with the names of the elements that lead
 *              to it from the section
 * Any other holds such elements. Attributes are values too, but those that only link or format
 * (id, class, xml:lang, ...) and those of and within paragraphs that are called so.
 * Items of lists have the numbers that their list counts.
 * Notes at the foot stand where their sign is; they are written behind their block.
 * A property list of Apple's is read by xml_plist.h. A workbook of Excel 2003 is read as a spreadsheet (xml_workbook.h). Of SVG only title, description and labels are read.
 *
 * Entities are not expanded, but for those that stand for plain characters, and no DTD is loaded. XML
 * that is not well formed, or too large for a tree, is plain text, and a notice says so. */
#include "extract/extract_job.h"
#include "extract/manuscript.h"
#include "extract/markup_text.h"
#include "extract/numeral.h"
#include "extract/record_roles.h"
#include "extract/table.h"
#include "extract/xml_plist.h"
#include "extract/xml_table.h"
#include "extract/xml_text.h"
#include "extract/xml_tree.h"
#include "extract/xml_workbook.h"

#include <kith/types.h>

enum {
    TREE_MAX_BYTES = 16 << 20, // of XML: a tree takes some twenty times as much
    ELEMENT_MAX_DEPTH = 200,
    PATH_MAX_NAMES = 5 // of a value, the innermost
};

typedef struct xml_list {
    numeral_kind marker;
    uint32_t number; // of the last item
} xml_list;

typedef struct xml_walk {
    manuscript m;
    buffer block;
    buffer notes;          // elements: const xml_node *, those of the block at hand
    uint32_t footnote;     // of the document, the last one
    bool has_gap;          // a blank line goes before the next value
    bool is_item;          // the next block is the first of a list item
    xml_list list;         // the innermost one
    const xml_node *title; // of the section whose beginning this is: it is written already
    bool was_cut;          // elements stand too deep
    uint32_t level;        // of the section at hand; 0: none
    view titles[OUTLINE_LEVELS];
    const char *path[ELEMENT_MAX_DEPTH]; // names from the section on
    uint32_t depth, section_depth;       // of elements; where the section's path begins
    bool is_reopened;                    // the text goes on in a section after one within it
    kith_status status;
    kith_error *err;
} xml_walk;

static void fail_if(xml_walk *w, kith_status status)
{
    if (w->status == KITH_OK) w->status = status;
}

/* ---- text ---- */

/* The element's text on one line, borrowed from w->block; `what` names it in a failure. */
static view text_on_a_line(xml_walk *w, const xml_node *element, const char *what)
{
    buffer_reset(&w->block);
    xml_text_append(element, &w->block, &w->notes);
    xml_text_collapse(&w->block);
    fail_if(w, buffer_status(&w->block, what, w->err));
    return view_trim(buffer_view(&w->block));
}

static bool keeps_lines(const xml_node *node)
{
    static const char *const NAMES[] = {
        "programlisting", "screen",  "literallayout", "synopsis",  "pre", "code", "eg",
        "verse",          "address", "codeblock",     "preformat", NULL};
    return xml_is_one_of(node, NAMES);
}

static bool has_text_of_its_own(const xml_node *element)
{
    for (const xml_node *n = element->children; n; n = n->next)
        if (n->kind == XML_REFERENCE || (n->kind == XML_TEXT && view_trim(n->text).size > 0))
            return true;
    return false;
}

/* ---- lists ---- */

static bool is_list(const xml_node *element)
{
    static const char *const NAMES[] = {"orderedlist", "itemizedlist", "variablelist", "simplelist",
                                        "list",        "ol",           "ul",           NULL};
    return xml_is_one_of(element, NAMES);
}

static view attribute_of(const xml_node *element, const char *const *names)
{
    for (uint32_t i = 0; i < element->attribute_count; i++)
        if (view_is_one_of_nocase(view_of(element->attributes[i].name), names))
            return view_trim(view_of(element->attributes[i].value));
    return VIEW("");
}

/* How the list counts (DocBook, JATS, TEI, DITA), and the number before its first one. */
static xml_list list_of(const xml_node *element)
{
    static const char *const KINDS[] = {"numeration", "list-type", "rend", "type", NULL},
                             *const STARTS[] = {"startingnumber", "start", NULL};
    static const struct {
        const char *word;
        numeral_kind marker;
    } MARKERS[] = {
        {"loweralpha", NUMERAL_LOWER_LETTER}, {"alpha-lower", NUMERAL_LOWER_LETTER},
        {"upperalpha", NUMERAL_UPPER_LETTER}, {"alpha-upper", NUMERAL_UPPER_LETTER},
        {"lowerroman", NUMERAL_LOWER_ROMAN},  {"roman-lower", NUMERAL_LOWER_ROMAN},
        {"upperroman", NUMERAL_UPPER_ROMAN},  {"roman-upper", NUMERAL_UPPER_ROMAN},
        {"arabic", NUMERAL_DECIMAL},          {"order", NUMERAL_DECIMAL},
        {"ordered", NUMERAL_DECIMAL},         {"numbered", NUMERAL_DECIMAL},
    };
    bool is_ordered = strcmp(element->name, "orderedlist") == 0 || strcmp(element->name, "ol") == 0;
    xml_list list = {is_ordered ? NUMERAL_DECIMAL : NUMERAL_BULLET, 0};
    view kind = attribute_of(element, KINDS), start = attribute_of(element, STARTS);
    for (size_t i = 0; i < sizeof MARKERS / sizeof *MARKERS; i++)
        if (view_equal_nocase(kind, view_of(MARKERS[i].word))) list.marker = MARKERS[i].marker;
    uint32_t first = 0;
    for (size_t i = 0; i < start.size && i < 9 && is_ascii_digit(start.data[i]); i++)
        first = 10 * first + (uint32_t)(start.data[i] - '0');
    if (first) list.number = first - 1;
    return list;
}

/* ---- writing ---- */

/* After a section within a section, text of the outer one stands under its title again. */
static void reopen_section(xml_walk *w)
{
    if (!w->is_reopened) return;
    w->is_reopened = false;
    fail_if(w, w->level ? manuscript_heading(&w->m, w->level, w->titles[w->level - 1], w->err)
                        : manuscript_end_headings(&w->m, w->err));
}

static void write_block(xml_walk *w, const char *gap, view text)
{
    if (view_trim(text).size == 0 || w->status != KITH_OK) return;
    reopen_section(w);
    if (w->status == KITH_OK) w->status = manuscript_block(&w->m, gap, text, w->err);
}

/* Writes the notes of the block that is written, and theirs. */
static void write_notes(xml_walk *w)
{
    for (size_t i = 0; i < w->notes.size / sizeof(xml_node *) && w->status == KITH_OK; i++) {
        const xml_node *note = ((const xml_node *const *)(const void *)w->notes.data)[i];
        view text = text_on_a_line(w, note, "a note of XML");
        if (text.size == 0) continue;
        const char *block =
            arena_printf(w->m.job->memory, "Footnote %u: %.*s", ++w->footnote, VIEW_ARG(text));
        if (!block) fail_if(w, fail(w->err, KITH_ERR_NO_MEMORY, "out of memory for XML"));
        if (block) write_block(w, "\n\n", view_of(block));
        w->has_gap = true;
    }
    fail_if(w, buffer_status(&w->notes, "the notes of a paragraph", w->err));
    buffer_reset(&w->notes);
}

/* The text of an item behind its bullet or number, in the job's memory. */
static view behind_marker(xml_walk *w, view text)
{
    buffer marker;
    buffer_init(&marker, 64);
    numeral_append(&marker, w->list.marker, w->list.number);
    const char *dot = w->list.marker == NUMERAL_BULLET ? "" : ".";
    const char *item = arena_printf(w->m.job->memory, "%.*s%s %.*s", VIEW_ARG(buffer_view(&marker)),
                                    dot, VIEW_ARG(text));
    w->is_item = false;
    fail_if(w, buffer_status(&marker, "the number of an item", w->err));
    if (!item) fail_if(w, fail(w->err, KITH_ERR_NO_MEMORY, "out of memory for XML"));
    buffer_done(&marker);
    return item ? view_of(item) : VIEW("");
}

/* Appends the text of the element to the empty block. True: it is HTML, escaped or in CDATA, as feeds hold it; not in a
 * listing, which shows its tags. */
static bool append_markup(xml_walk *w, const xml_node *element)
{
    xml_text_append(element, &w->block, &w->notes);
    return !xml_element_from(element->children) && !keeps_lines(element) &&
           markup_is_html(view_trim(buffer_view(&w->block)));
}

static bool holds_markup(xml_walk *w, const xml_node *element)
{
    buffer_reset(&w->block);
    return append_markup(w, element);
}

/* The HTML in the block becomes its text; tags alone stay, as they are what is shown. */
static void take_markup(xml_walk *w)
{
    buffer plain;
    buffer_init(&plain, KITH_DOCUMENT_MAX_BYTES);
    markup_append_text(view_trim(buffer_view(&w->block)), &plain);
    fail_if(w, buffer_status(&plain, "a paragraph of XML", w->err));
    if (view_trim(buffer_view(&plain)).size > 0) {
        buffer_reset(&w->block);
        buffer_append(&w->block, buffer_view(&plain));
    }
    buffer_done(&plain);
}

static void write_paragraph(xml_walk *w, const xml_node *element)
{
    buffer_reset(&w->block);
    if (append_markup(w, element))
        take_markup(w);
    else if (!keeps_lines(element))
        xml_text_collapse(&w->block);
    fail_if(w, buffer_status(&w->block, "a paragraph of XML", w->err));
    view text = view_trim(buffer_view(&w->block));
    if (text.size && w->is_item) text = behind_marker(w, text);
    write_block(w, "\n\n", text);
    w->has_gap = true;
    write_notes(w);
}

static void append_path(const xml_walk *w, buffer *out)
{
    uint32_t first = w->section_depth;
    if (w->depth - first > PATH_MAX_NAMES) first = w->depth - PATH_MAX_NAMES;
    for (uint32_t i = first; i < w->depth; i++)
        buffer_printf(out, "%s%s", i > first ? " > " : "", w->path[i]);
}

/* "path > name: value". name NULL: the path alone */
static void write_value(xml_walk *w, const char *name, view value)
{
    if (!record_is_searched(value)) return;
    buffer line;
    buffer_init(&line, KITH_DOCUMENT_MAX_BYTES);
    append_path(w, &line);
    if (name) buffer_printf(&line, "%s%s", line.size ? " > " : "", name);
    buffer_append_text(&line, ": ");
    buffer_append(&line, value);
    fail_if(w, buffer_status(&line, "a value of XML", w->err));
    write_block(w, w->has_gap ? "\n\n" : "\n", buffer_view(&line));
    w->has_gap = false;
    buffer_done(&line);
}

/* The language of a text that stands there in others too (TMX). */
static bool tells_language(const xml_node *element, const xml_node_attribute *a)
{
    const xml_node *others[] = {xml_element_from(element->next), element->prev};
    while (others[1] && others[1]->kind != XML_ELEMENT)
        others[1] = others[1]->prev;
    for (size_t i = 0; i < 2 && strcmp(a->name, "lang") == 0; i++)
        for (uint32_t k = 0; others[i] && k < others[i]->attribute_count; k++)
            if (strcmp(others[i]->name, element->name) == 0 &&
                strcmp(others[i]->attributes[k].name, "lang") == 0 &&
                strcmp(others[i]->attributes[k].value, a->value) != 0)
                return true;
    return false;
}

static void write_attributes(xml_walk *w, const xml_node *element)
{
    static const char *const SILENT[] = {
        "id",      "class", "style", "lang",  "space",          "role",
        "base",    "type",  "xmlns", "width", "schemaLocation", "noNamespaceSchemaLocation",
        "linkend", "rend",  "rid",   NULL};
    static const char *const COUNTS[] = {"numeration", "startingnumber", "list-type", "spacing",
                                         "inheritnum", "continuation",   NULL};
    bool counts = is_list(element);
    for (uint32_t i = 0; i < element->attribute_count; i++) {
        const xml_node_attribute *a = &element->attributes[i];
        if (counts && view_is_one_of_nocase(view_of(a->name), COUNTS)) continue;
        if (counts && strcmp(a->name, "start") == 0 && is_ascii_digit(*a->value)) continue;
        bool is_of_format = !element->parent && strcmp(a->name, "version") == 0;
        bool is_silent = view_is_one_of_nocase(view_of(a->name), SILENT);
        if (is_of_format || (is_silent && !tells_language(element, a))) continue;
        if (xml_is_look_of_table(element, a->name)) continue;
        write_value(w, a->name, view_trim(view_of(a->value)));
    }
}

/* ---- what an element is ---- */

/* The element's title: its own, or that of its <info> (DocBook). */
static const xml_node *title_of(const xml_node *element)
{
    static const char *const TITLES[] = {"title", "head", NULL};
    const xml_node *first = xml_element_from(element->children);
    for (int i = 0; first && i < 3; i++, first = xml_element_from(first->next)) {
        if (xml_is_one_of(first, TITLES)) return first;
        const xml_node *inner = view_ends_with_nocase(view_of(first->name), VIEW("info"))
                                    ? xml_element_from(first->children)
                                    : NULL;
        for (; inner; inner = xml_element_from(inner->next))
            if (xml_is_one_of(inner, TITLES)) return inner;
    }
    return NULL;
}

static bool is_paragraph_name(const xml_node *element)
{
    static const char *const NAMES[] = {"para",
                                        "simpara",
                                        "p",
                                        "ab",
                                        "l",
                                        "line",
                                        "programlisting",
                                        "screen",
                                        "synopsis",
                                        "literallayout",
                                        "pre",
                                        "term",
                                        "note",
                                        "caption",
                                        "bridgehead",
                                        "subtitle",
                                        "shortdesc",
                                        "codeblock",
                                        "summary",
                                        "description",
                                        "abstract",
                                        NULL};
    return xml_is_one_of(element, NAMES);
}

/* A text with a name of its own, or without text in its elements, is a value, whatever marks it has. */
static bool is_value(const xml_node *element)
{
    static const char *const NAMED[] = {"name", "key", NULL};
    if (attribute_of(element, NAMED).size > 0) return true;
    for (const xml_node *n = element->children; n; n = n->next)
        if (n->kind == XML_ELEMENT && n->children) return false;
    return true;
}

/* A note or an abstract of paragraphs, or a description that is a record (FictionBook), is no paragraph
 * itself. */
static bool is_container(const xml_node *element)
{
    static const char *const NAMES[] = {"note",        "caption",  "summary",
                                        "description", "abstract", NULL};
    if (!xml_is_one_of(element, NAMES)) return false;
    for (const xml_node *n = xml_element_from(element->children); n; n = xml_element_from(n->next))
        if (is_paragraph_name(n) || xml_element_from(n->children)) return true;
    return false;
}

/* ---- tables ---- */

static void add_row(xml_walk *w, table *t, const xml_node *group, const xml_node *row,
                    bool is_header)
{
    fail_if(w, table_row(t, w->err));
    for (const xml_node *n = xml_element_from(row->children); n && w->status == KITH_OK;
         n = xml_element_from(n->next)) {
        table_cell cell = {.text = text_on_a_line(w, n, "a cell of XML"),
                           .rows = xml_cell_rows(n),
                           .columns = xml_cell_columns(n, group),
                           .is_header =
                               is_header || view_equal_nocase(view_of(n->name), VIEW("th"))};
        fail_if(w, table_cell_add(t, cell, w->err));
    }
}

static void write_table(xml_walk *w, const xml_node *element)
{
    static const char *const HEADS[] = {"thead", "sthead", NULL};
    table t;
    table_init(&t, table_to_manuscript(&w->m));
    reopen_section(w);
    for (const xml_node *n = xml_element_from(element->children); n && w->status == KITH_OK;
         n = xml_element_from(n->next)) {
        if (xml_is_row(n)) {
            add_row(w, &t, element, n, xml_is_one_of(n, HEADS));
            continue;
        }
        for (const xml_node *r = xml_element_from(n->children); r && w->status == KITH_OK;
             r = xml_element_from(r->next))
            if (xml_is_row(r)) add_row(w, &t, element, r, xml_is_one_of(n, HEADS));
    }
    kith_status status = table_end(&t, w->err);
    fail_if(w, status);
    table_done(&t);
    w->has_gap = true;
    write_notes(w);
}

/* ---- drawings ---- */

/* SVG: title, description and labels are its text; all else is lines and colours. */
static void walk_drawing(xml_walk *w, const xml_node *element)
{
    static const char *const TEXTS[] = {"text", "title", "desc", "flowRoot", NULL};
    static const char *const SILENT[] = {"style", "script", "metadata", NULL};
    if (w->depth == ELEMENT_MAX_DEPTH) {
        w->was_cut = true;
        return;
    }
    w->depth++;
    for (const xml_node *n = xml_element_from(element->children); n && w->status == KITH_OK;
         n = xml_element_from(n->next)) {
        if (xml_is_one_of(n, TEXTS))
            write_paragraph(w, n);
        else if (!xml_is_one_of(n, SILENT))
            walk_drawing(w, n);
    }
    w->depth--;
}

/* ---- the walk ---- */

static void walk_element(xml_walk *w, const xml_node *element);

static void walk_children(xml_walk *w, const xml_node *element)
{
    xml_list outer = w->list;
    if (is_list(element)) w->list = list_of(element);
    for (const xml_node *n = xml_element_from(element->children); n && w->status == KITH_OK;
         n = xml_element_from(n->next))
        if (n != w->title) walk_element(w, n);
    if (is_list(element)) w->list = outer;
}

static void walk_section(xml_walk *w, const xml_node *element, const xml_node *title)
{
    uint32_t level = w->level, section_depth = w->section_depth;
    view text = arena_copy(w->m.job->memory, text_on_a_line(w, title, "a title"));
    if (!text.data) fail_if(w, fail(w->err, KITH_ERR_NO_MEMORY, "out of memory for a title"));
    if (w->status != KITH_OK) return;
    if (w->level < OUTLINE_LEVELS) w->level++;
    w->titles[w->level - 1] = text;
    w->is_reopened = false;
    w->section_depth = w->depth;
    w->is_item = false;
    fail_if(w, manuscript_heading(&w->m, w->level, text, w->err));
    write_block(w, "\n\n", text);
    w->has_gap = true;
    write_notes(w);
    write_attributes(w, element);
    w->title = title;
    walk_children(w, element);
    w->level = level;
    w->section_depth = section_depth;
    w->is_reopened = true;
    w->has_gap = true;
}

/* A list, an item, a record, or what else holds elements alone. */
static void walk_container(xml_walk *w, const xml_node *element)
{
    static const char *const ITEMS[] = {"listitem", "list-item", "item", "li", NULL};
    bool is_record = xml_element_from(element->children) || element->attribute_count >= 2;
    if (xml_is_one_of(element, ITEMS)) {
        w->is_item = true;
        w->list.number++;
    }
    if (is_record) w->has_gap = true;
    write_attributes(w, element);
    walk_children(w, element);
    if (is_record) w->has_gap = true;
}

static void walk_element(xml_walk *w, const xml_node *element)
{
    const xml_node *title = title_of(element);
    const xml_node *first = xml_element_from(element->children);
    bool has_text = has_text_of_its_own(element);
    if (w->depth == ELEMENT_MAX_DEPTH) {
        w->was_cut = true;
        return;
    }
    w->path[w->depth++] = element->name;
    bool is_block = is_paragraph_name(element) && (has_text || !is_container(element));
    bool is_mixed = has_text && first && !is_value(element);
    if (is_block || is_mixed || (has_text && holds_markup(w, element))) {
        if (!is_block)
            write_attributes(w, element); // price="9.90" of a dish with marks in its name
        write_paragraph(w, element);
    } else if (has_text) {
        write_attributes(w, element);
        write_value(w, NULL, text_on_a_line(w, element, "a value of XML"));
        write_notes(w);
    } else if (title && title != w->title &&
               (title->parent != element || xml_element_from(first->next))) {
        walk_section(w, element, title);
    } else if (xml_holds_rows(element)) {
        write_table(w, element);
    } else {
        walk_container(w, element);
    }
    w->depth--;
}

/* ---- the file ---- */

/* What is no tree is text. */
static kith_status read_as_text(extract_job *job, const xml_tree_error *why, kith_error *err)
{
    const char *where =
        arena_printf(job->memory, "line %llu: %s", (unsigned long long)why->line, why->reason);
    if (!where) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a notice");
    return extract_job_add_as_text(job, "xml", where, err);
}

static kith_status write_document(extract_job *job, const xml_node *root, kith_error *err)
{
    document d;
    xml_walk *w = arena_new(job->memory, sizeof *w);
    if (!w) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for XML");
    w->err = err;
    manuscript_init(&w->m, job);
    buffer_init(&w->block, KITH_DOCUMENT_MAX_BYTES);
    w->list.marker = NUMERAL_BULLET;
    buffer_init(&w->notes, KITH_DOCUMENT_MAX_BYTES);
    w->status = extract_job_begin(job, "xml", &d, err);
    if (w->status == KITH_OK) {
        const xml_node *title = title_of(root);
        bool is_text = has_text_of_its_own(root);
        if (view_equal_nocase(view_of(root->name), VIEW("svg"))) {
            walk_drawing(w, root);
        } else if (xml_plist_is(root)) {
            w->status = xml_plist_write(&w->m, root, err);
        } else if (title || is_text || xml_holds_rows(root)) {
            walk_element(w, root);
        } else { // its name says what the file is, not what a value is
            write_attributes(w, root);
            walk_children(w, root);
        }
    }
    if (w->status == KITH_OK && w->was_cut)
        w->status = extract_job_notice(job, "elements more than 200 deep are not read", err);
    if (w->status == KITH_OK) {
        d.id = job->stem;
        w->status = manuscript_finish(&w->m, &d, err);
    }
    manuscript_done(&w->m);
    buffer_done(&w->block);
    buffer_done(&w->notes);
    return w->status;
}

kith_status extract_xml(extract_job *job, kith_error *err)
{
    const xml_node *root = NULL;
    xml_tree_error wrong = {1, "it is too large"};
    if (job->text.size > TREE_MAX_BYTES) return read_as_text(job, &wrong, err);
    view text = view_trim(job->text); // a declaration must stand first
    kith_status status = xml_tree_read(text, job->memory, &root, &wrong, err);
    if (status == KITH_ERR_FORMAT) return read_as_text(job, &wrong, err);
    if (status != KITH_OK) return status;
    return xml_workbook_is(root) ? xml_workbook_read(job, root, err)
                                 : write_document(job, root, err);
}
