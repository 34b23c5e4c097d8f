/* xml_tree.c - expat's events as nodes in an arena. Pieces of a text are gathered until something
 * else comes. A reference that expat does not expand comes to the handler of what has no other
 * handler, as it is written; comments and instructions come there too. */
#include "extract/xml_tree.h"

#include "base/buffer.h"
#include "base/map.h"
#include "base/size.h"
#include "base/utf8.h"

#include <expat.h>
#include <kith/types.h>

enum { PIECE_BYTES = 1 << 20 }; // expat takes an int

typedef struct tree_reading {
    XML_Parser parser;
    arena *memory;
    xml_node *root, *open; // the innermost open element
    uint32_t depth;
    buffer text;         // of the text at hand
    map *entities;       // the name of one that may stand for its text: its index in entity_texts
    buffer entity_texts; // elements: view, in the arena
    const char *reason;  // why it is no document to kith; NULL: expat says
    bool is_exhausted;
} tree_reading;

static const char *local_name(const char *name)
{
    const char *colon = strchr(name, ':');
    return colon ? colon + 1 : name;
}

/* expat may call back once more after it was stopped. */
static bool has_stopped(const tree_reading *r)
{
    return r->is_exhausted || r->reason;
}

static void stop_exhausted(tree_reading *r)
{
    r->is_exhausted = true;
    XML_StopParser(r->parser, XML_FALSE);
}

static xml_node *append_node(tree_reading *r, xml_node_kind kind)
{
    xml_node *node = arena_new_array(r->memory, xml_node, 1);
    if (!node) {
        stop_exhausted(r);
        return NULL;
    }
    node->kind = kind;
    node->parent = r->open;
    node->prev = r->open ? r->open->last_child : NULL;
    if (node->prev) node->prev->next = node;
    if (r->open && !r->open->children) r->open->children = node;
    if (r->open) r->open->last_child = node;
    return node;
}

/* The text that was gathered becomes a node. */
static void end_text(tree_reading *r)
{
    if (r->text.size == 0 || has_stopped(r)) return;
    xml_node *node = append_node(r, XML_TEXT);
    if (!node) return;
    node->text = arena_copy(r->memory, buffer_view(&r->text));
    if (!node->text.data) stop_exhausted(r);
    buffer_reset(&r->text);
}

static void add_attributes(tree_reading *r, xml_node *node, const XML_Char **pairs)
{
    uint32_t count = 0;
    while (pairs[2 * (size_t)count])
        count++;
    if (count == 0) return;
    xml_node_attribute *all = arena_new_array(r->memory, xml_node_attribute, count);
    for (; all && *pairs; pairs += 2) {
        if (strcmp(pairs[0], "xmlns") == 0 || strncmp(pairs[0], "xmlns:", 6) == 0) continue;
        xml_node_attribute *one = &all[node->attribute_count++];
        one->name = arena_copy_text(r->memory, local_name(pairs[0]));
        one->value = arena_copy_text(r->memory, pairs[1]);
    }
    node->attributes = all;
    if (r->memory->exhausted) stop_exhausted(r);
}

static void XMLCALL on_start(void *context, const XML_Char *name, const XML_Char **attributes)
{
    tree_reading *r = context;
    end_text(r);
    if (has_stopped(r)) return;
    if (r->depth == XML_TREE_MAX_DEPTH) {
        r->reason = "elements are nested more than 256 deep";
        XML_StopParser(r->parser, XML_FALSE);
        return;
    }
    xml_node *node = append_node(r, XML_ELEMENT);
    if (!node) return;
    node->name = arena_copy_text(r->memory, local_name(name));
    if (!node->name) stop_exhausted(r);
    add_attributes(r, node, attributes);
    if (!r->root) r->root = node;
    r->open = node;
    r->depth++;
}

static void XMLCALL on_end(void *context, const XML_Char *name)
{
    (void)name;
    tree_reading *r = context;
    end_text(r);
    if (has_stopped(r)) return;
    r->open = r->open->parent;
    r->depth--;
}

static void XMLCALL on_text(void *context, const XML_Char *text, int size)
{
    tree_reading *r = context;
    buffer_append(&r->text, (view){text, (size_t)size});
    if (r->text.failed != KITH_OK && !has_stopped(r)) stop_exhausted(r);
}

static void XMLCALL on_entity(void *context, const XML_Char *name, int is_parameter,
                              const XML_Char *value, int size, const XML_Char *base,
                              const XML_Char *system, const XML_Char *public,
                              const XML_Char *notation)
{
    (void)base, (void)system, (void)public, (void)notation;
    tree_reading *r = context;
    view text = {value, (size_t)size};
    if (is_parameter || !value || text.size > XML_ENTITY_MAX_BYTES || has_stopped(r)) return;
    if (memchr(value, '&', text.size) || memchr(value, '<', text.size)) return;
    view kept = arena_copy(r->memory, text);
    uint64_t index = r->entity_texts.size / sizeof kept;
    buffer_append(&r->entity_texts, (view){(const char *)&kept, sizeof kept});
    if (!kept.data || r->entity_texts.failed != KITH_OK ||
        map_put(r->entities, view_of(name), index) != KITH_OK)
        stop_exhausted(r);
}

/* A reference as it is written; or something else, which is passed over. */
static void XMLCALL on_other(void *context, const XML_Char *text, int size)
{
    tree_reading *r = context;
    bool is_reference = size > 2 && text[0] == '&' && text[size - 1] == ';';
    if (!is_reference || !r->open || has_stopped(r)) return;
    end_text(r);
    xml_node *node = has_stopped(r) ? NULL : append_node(r, XML_REFERENCE);
    if (!node) return;
    view name = arena_copy(r->memory, (view){text + 1, (size_t)size - 2});
    if (!name.data) return stop_exhausted(r);
    uint64_t index = 0;
    node->name = name.data;
    if (map_get(r->entities, name, &index))
        node->text = ((const view *)r->entity_texts.data)[index];
}

static void feed(tree_reading *r, view bytes)
{
    for (size_t at = 0; !has_stopped(r);) {
        size_t size = size_min(bytes.size - at, PIECE_BYTES);
        bool is_last = at + size == bytes.size;
        enum XML_Status result = XML_Parse(r->parser, bytes.data + at, (int)size, is_last);
        if (result != XML_STATUS_OK && !has_stopped(r)) {
            enum XML_Error why = XML_GetErrorCode(r->parser);
            if (why == XML_ERROR_NO_MEMORY) r->is_exhausted = true;
            r->reason = XML_ErrorString(why);
        }
        at += size;
        if (is_last) break;
    }
}

kith_status xml_tree_read(view bytes, arena *a, const xml_node **out, xml_tree_error *wrong,
                          kith_error *err)
{
    tree_reading r = {.parser = XML_ParserCreate("UTF-8"), .memory = a, .entities = map_new()};
    kith_status status = KITH_OK;
    buffer_init(&r.text, KITH_DOCUMENT_MAX_BYTES);
    buffer_init(&r.entity_texts, KITH_DOCUMENT_MAX_BYTES);
    if (!r.parser || !r.entities) {
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for XML");
        goto done;
    }
    XML_SetUserData(r.parser, &r);
    XML_SetElementHandler(r.parser, on_start, on_end);
    XML_SetCharacterDataHandler(r.parser, on_text);
    XML_SetEntityDeclHandler(r.parser, on_entity);
    XML_SetDefaultHandler(r.parser, on_other);
    feed(&r, bytes);
    if (r.is_exhausted) {
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for XML");
    } else if (r.reason) {
        *wrong = (xml_tree_error){XML_GetCurrentLineNumber(r.parser), r.reason};
        status = fail(err, KITH_ERR_FORMAT, "line %llu: %s", (unsigned long long)wrong->line,
                      wrong->reason);
    } else {
        *out = r.root;
    }
done:
    XML_ParserFree(r.parser); // accepts NULL
    map_free(r.entities);
    buffer_done(&r.entity_texts);
    buffer_done(&r.text);
    return status;
}

const xml_node *xml_element_from(const xml_node *node)
{
    while (node && node->kind != XML_ELEMENT)
        node = node->next;
    return node;
}

const char *xml_attribute_of(const xml_node *element, const char *name)
{
    for (uint32_t i = 0; i < element->attribute_count; i++)
        if (strcmp(element->attributes[i].name, name) == 0) return element->attributes[i].value;
    return NULL;
}

bool xml_is_one_of(const xml_node *element, const char *const *names)
{
    return view_is_one_of_nocase(view_of(element->name), names);
}
