/* xml_plist.c - the tree is walked element by element, at most XML_TREE_MAX_DEPTH deep. */
#include "extract/xml_plist.h"

#include "extract/record_roles.h"

#include <kith/types.h>

#include <string.h>

enum { PATH_MAX_NAMES = 5 /* of a value, the innermost */ };

typedef struct plist_walk {
    manuscript *m;
    buffer line;
    bool has_gap;                   // a blank line goes before the next entry
    view names[XML_TREE_MAX_DEPTH]; // that lead to the entry at hand, in the job's memory
    uint32_t depth;
    kith_status status;
    kith_error *err;
} plist_walk;

static bool is_element(const xml_node *node, const char *name)
{
    return strcmp(node->name, name) == 0;
}

static void append_text(buffer *out, const xml_node *element)
{
    for (const xml_node *n = element->children; n; n = n->next)
        if (n->kind != XML_ELEMENT) buffer_append(out, n->text);
}

static void fail_if(plist_walk *w, kith_status status)
{
    if (w->status == KITH_OK) w->status = status;
}

static void write_scalar(plist_walk *w, const xml_node *value)
{
    bool is_truth = is_element(value, "true") || is_element(value, "false");
    uint32_t first = w->depth > PATH_MAX_NAMES ? w->depth - PATH_MAX_NAMES : 0;
    buffer_reset(&w->line);
    for (uint32_t i = first; i < w->depth; i++)
        buffer_printf(&w->line, "%s%.*s", i > first ? " > " : "", VIEW_ARG(w->names[i]));
    if (w->depth) buffer_append_text(&w->line, ": ");
    size_t start = w->line.size;
    if (is_truth)
        buffer_append_text(&w->line, value->name);
    else
        append_text(&w->line, value);
    fail_if(w, buffer_status(&w->line, "an entry of a property list", w->err));
    view shown = buffer_view(&w->line);
    bool is_wanted = record_is_searched(view_trim(view_slice(shown, start, shown.size)));
    if (w->status != KITH_OK || !is_wanted) return;
    fail_if(w, manuscript_block(w->m, w->has_gap ? "\n\n" : "\n", view_trim(shown), w->err));
    w->has_gap = false;
}

static void enter(plist_walk *w, const xml_node *key)
{
    buffer_reset(&w->line);
    append_text(&w->line, key);
    fail_if(w, buffer_status(&w->line, "a key", w->err));
    view name = arena_copy(w->m->job->memory, view_trim(buffer_view(&w->line)));
    if (!name.data) fail_if(w, fail(w->err, KITH_ERR_NO_MEMORY, "out of memory for a key"));
    w->names[w->depth++] = name;
}

/* A value, or the entries of one that holds others. */
static void write_value(plist_walk *w, const xml_node *value)
{
    bool is_record = is_element(value, "dict");
    if (is_element(value, "data")) return;
    if (!is_record && !is_element(value, "array")) {
        write_scalar(w, value);
        return;
    }
    if (is_record) w->has_gap = true;
    uint32_t depth = w->depth;
    for (const xml_node *n = xml_element_from(value->children); n && w->status == KITH_OK;
         n = xml_element_from(n->next)) {
        if (is_record && is_element(n, "key")) {
            w->depth = depth;
            enter(w, n);
            continue;
        }
        write_value(w, n);
        w->depth = depth;
    }
    w->depth = depth;
    if (is_record) w->has_gap = true;
}

bool xml_plist_is(const xml_node *root)
{
    const xml_node *first = xml_element_from(root->children);
    return is_element(root, "plist") && first && !xml_element_from(first->next);
}

kith_status xml_plist_write(manuscript *m, const xml_node *root, kith_error *err)
{
    plist_walk *w = arena_new(m->job->memory, sizeof *w);
    if (!w) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a property list");
    w->m = m;
    w->err = err;
    buffer_init(&w->line, KITH_DOCUMENT_MAX_BYTES);
    write_value(w, xml_element_from(root->children));
    buffer_done(&w->line);
    return w->status;
}
