/* xml_text.c - see xml_text.h. */
#include "extract/xml_text.h"

#include "extract/escapes.h"
#include "extract/raised.h"
#include "extract/struck.h"

#include <kith/types.h>

#include <string.h>

enum { CHOICES_MAX = 16 }; /* of a <choice>, among which a reading by the editor is looked for */

/* The characters that an entity of the document stands for, or "&name;". */
static void append_entity(buffer *out, const xml_node *node)
{
    if (node->text.data)
        buffer_append(out, node->text);
    else
        buffer_printf(out, "&%s;", node->name);
}

static bool is_element_or_none(const xml_node *node)
{
    return !node || node->kind == XML_ELEMENT;
}

/* True for an element among elements alone, of which the one before it touches it: they are words or
 * lines apart. In a text with marks they are parts of words. */
static bool is_apart(const xml_node *node)
{
    bool is_behind_label = node->prev && node->prev->kind == XML_ELEMENT &&
                           strcmp(node->prev->name, "label") == 0; // "<label>1</label>Kiel"
    if (is_behind_label) return true;
    return node->kind == XML_ELEMENT && node->prev && node->prev->kind == XML_ELEMENT &&
           is_element_or_none(node->prev->prev) && is_element_or_none(node->next);
}

/* What an editor made of a text (<corr>, <reg>, <expan> of TEI) is read, and not what it was. */
static bool is_replaced(const xml_node *element)
{
    static const char *const OLD[] = {"sic", "orig", "abbr", NULL};
    static const char *const NEW[] = {"corr", "reg", "expan", NULL};
    if (!xml_is_one_of(element, OLD) || strcmp(element->parent->name, "choice") != 0) return false;
    const xml_node *n = xml_element_from(element->parent->children);
    for (int i = 0; n && i < CHOICES_MAX && !xml_is_one_of(n, NEW); i++)
        n = xml_element_from(n->next);
    return n && xml_is_one_of(n, NEW);
}

/* The end of a line, whose words are apart, unless TEI says that it is within a word. */
static bool is_line_break(const xml_node *element)
{
    static const char *const NAMES[] = {"br", "lb", "break", NULL};
    const char *breaks = xml_attribute_of(element, "break");
    return !element->children && xml_is_one_of(element, NAMES) &&
           !(breaks && strcmp(breaks, "no") == 0);
}

/* What stands for a value in a text to translate: "{count}" of XLIFF's <x id="count"/>. */
static void append_placeholder(buffer *out, const xml_node *element)
{
    static const char *const NAMES[] = {"x", "ph", NULL};
    static const char *const TEXTS[] = {"source", "target", NULL}; // of XLIFF
    enum { REACH = 4 };
    if (element->children || !xml_is_one_of(element, NAMES)) return;
    const xml_node *text = element->parent;
    for (int i = 0; i < REACH && text && !xml_is_one_of(text, TEXTS); i++)
        text = text->parent;
    if (!text || !xml_is_one_of(text, TEXTS)) return;
    const char *id = xml_attribute_of(element, "id");
    if (id) buffer_printf(out, "{%s}", id);
}

/* 1 for an element of raised text, -1 of lowered text (DocBook, JATS, FictionBook, TEI), else 0. */
static int align_of(const xml_node *element)
{
    static const char *const UP[] = {"sup", "superscript", NULL}, *const DOWN[] = {
                                                                      "sub", "subscript", NULL};
    if (xml_is_one_of(element, UP)) return 1;
    if (xml_is_one_of(element, DOWN)) return -1;
    if (strcmp(element->name, "hi") != 0) return 0;
    for (uint32_t i = 0; i < element->attribute_count; i++) {
        view value = view_of(element->attributes[i].value); // "sup", "simple:superscript"
        if (!view_starts_with(view_of(element->attributes[i].name), VIEW("rend"))) continue;
        if (view_find(value, VIEW("sup")) < value.size) return 1;
        if (view_find(value, VIEW("sub")) < value.size) return -1;
    }
    return 0;
}

/* An element whose text is shown with a line through it (JATS, FictionBook, DocBook, TEI). */
static bool is_struck(const xml_node *element)
{
    static const char *const NAMES[] = {"del", "s", "strike", "strikethrough", NULL};
    static const char *const SET[] = {"emphasis", "hi", "phrase", NULL};
    if (xml_is_one_of(element, NAMES)) return true;
    if (!xml_is_one_of(element, SET)) return false;
    for (uint32_t i = 0; i < element->attribute_count; i++) {
        view name = view_of(element->attributes[i].name); // role, rend, rendition
        view value = view_of(element->attributes[i].value);
        bool is_style = view_starts_with(name, VIEW("rend")) || view_equal(name, VIEW("role"));
        if (is_style && view_find(value, VIEW("strike")) < value.size) return true;
        if (is_style && view_find(value, VIEW("line-through")) < value.size) return true;
    }
    return false;
}

static bool is_struck_within(const xml_node *node, const xml_node *element)
{
    enum { REACH = 4 };
    for (int i = 0; i < REACH && node && node != element; i++, node = node->parent)
        if (is_struck(node)) return true;
    return false;
}

/* How text that stands in `node` is set, by the nearest elements around it within `element`. */
static int align_within(const xml_node *node, const xml_node *element)
{
    enum { REACH = 3 };
    int align = 0;
    for (int i = 0; i < REACH && node != element && align == 0; i++, node = node->parent)
        align = align_of(node);
    return align;
}

/* Appends a text right behind others of the same element: raised or lowered it does not touch them. */
static void append_run(buffer *out, size_t start, raised *last, view text, int align)
{
    bool touches = out->size > start && !is_ascii_space(out->data[out->size - 1]);
    if (align > 0 && touches)
        raised_append(last, out, start, view_trim(text));
    else if (align < 0 && touches)
        lowered_append(out, start, view_trim(text));
    else
        buffer_append(out, text);
}

static void append_text_of(buffer *out, size_t start, raised *last, struck *line,
                           const xml_node *node, const xml_node *element)
{
    size_t run = out->size;
    append_run(out, start, last, node->text, align_within(node->parent, element));
    if (is_struck_within(node->parent, element)) struck_end_run(line, out, run);
}

/* True for a note at the foot of the page, which stands at its sign (DocBook, TEI). */
static bool is_footnote(const xml_node *element)
{
    static const char *const PLACES[] = {"foot", "bottom", "end", NULL};
    if (strcmp(element->name, "footnote") == 0) return true;
    if (strcmp(element->name, "note") != 0) return false;
    const char *place = xml_attribute_of(element, "place");
    return place && view_is_one_of_nocase(view_of(place), PLACES);
}

static void append_content(const xml_node *element, buffer *out, buffer *notes)
{
    const xml_node *node = element->children;
    raised last = {0};
    struck line = {0};
    size_t start = out->size;
    while (node) {
        if (is_apart(node)) buffer_append_byte(out, ' ');
        if (node->kind == XML_TEXT)
            append_text_of(out, start, &last, &line, node, element);
        else if (node->kind == XML_REFERENCE)
            append_entity(out, node);
        bool is_note = node->kind == XML_ELEMENT && is_footnote(node);
        if (node->kind == XML_ELEMENT) append_placeholder(out, node);
        if (node->kind == XML_ELEMENT && is_line_break(node)) buffer_append_byte(out, ' ');
        bool is_left_out = is_note || (node->kind == XML_ELEMENT && is_replaced(node));
        if (is_note) buffer_append(notes, (view){(const char *)&node, sizeof(xml_node *)});
        if (node->kind == XML_ELEMENT && node->children && !is_left_out) {
            node = node->children;
            continue;
        }
        while (node != element && !node->next)
            node = node->parent;
        if (node == element) return;
        node = node->next;
    }
}

/* A text of Android's resources: <string name="..">, and the items of arrays and plurals. */
static bool is_of_android(const xml_node *element)
{
    static const char *const LISTS[] = {"string-array", "plurals", NULL};
    const xml_node *outer = element->parent;
    bool is_item = strcmp(element->name, "item") == 0 && outer && xml_is_one_of(outer, LISTS);
    if (is_item) outer = outer->parent;
    bool is_string = strcmp(element->name, "string") == 0 && xml_attribute_of(element, "name");
    return (is_item || is_string) && outer && !outer->parent &&
           strcmp(outer->name, "resources") == 0;
}

static void undo_escapes(buffer *out, size_t start)
{
    buffer plain;
    buffer_init(&plain, KITH_DOCUMENT_MAX_BYTES);
    escapes_append(&plain, view_slice(buffer_view(out), start, out->size), '"');
    out->size = start;
    buffer_append(out, buffer_view(&plain));
    if (plain.failed != KITH_OK) out->failed = plain.failed;
    buffer_done(&plain);
}

void xml_text_append(const xml_node *element, buffer *out, buffer *notes)
{
    size_t start = out->size;
    append_content(element, out, notes);
    if (is_of_android(element)) undo_escapes(out, start);
}

void xml_text_collapse(buffer *text)
{
    size_t size = 0;
    for (size_t i = 0; i < text->size; i++) {
        char c = text->data[i];
        bool is_space = is_ascii_space(c);
        if (is_space && (size == 0 || text->data[size - 1] == ' ')) continue;
        text->data[size++] = is_space ? ' ' : c;
    }
    text->size = size;
}
