/* xml_tree.h - XML of any vocabulary as a tree, by expat.
 * Names come without their prefixes, and declarations of namespaces are no attributes. References to
 * entities in texts are nodes and not expanded, so that none can multiply; in attributes expat expands
 * them, and gives up where they multiply. No DTD and no file is loaded. */
#ifndef KITH_EXTRACT_XML_TREE_H
#define KITH_EXTRACT_XML_TREE_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

enum { XML_TREE_MAX_DEPTH = 256, XML_ENTITY_MAX_BYTES = 256 };

typedef enum xml_node_kind {
    XML_ELEMENT,
    XML_TEXT,
    XML_REFERENCE /* to an entity that the document declares, or has elsewhere */
} xml_node_kind;

typedef struct xml_node_attribute {
    const char *name, *value;
} xml_node_attribute;

typedef struct xml_node xml_node;
struct xml_node {
    xml_node_kind kind;
    uint32_t attribute_count;
    const char *name; /* of an element or an entity */
    view
        text; /* of a text, with CDATA sections; of a reference the characters that it stands for, of
                  which data is NULL when they are more than XML_ENTITY_MAX_BYTES or hold markup */
    const xml_node_attribute *attributes; /* in the order of the document */
    xml_node *parent, *children, *last_child, *prev, *next;
};

/* What is wrong with a document that is none. */
typedef struct xml_tree_error {
    uint64_t line;
    const char *reason; /* static */
} xml_tree_error;

/* Reads the document, in UTF-8 whatever it declares, to its end.
 * *out    its root; owned by the arena
 * *wrong  filled with KITH_ERR_FORMAT
 * Errors: KITH_ERR_FORMAT (not well-formed; nested more than XML_TREE_MAX_DEPTH deep; entities in
 * attributes that multiply), KITH_ERR_NO_MEMORY. Any thread. */
KITH_CHECKED kith_status xml_tree_read(view bytes, arena *a, const xml_node **out,
                                       xml_tree_error *wrong, kith_error *err);

/* The node, or the first of its following siblings that is an element; NULL: none, or the node is NULL. */
const xml_node *xml_element_from(const xml_node *node);
/* The value of the element's attribute; NULL: it has none of this name. */
const char *xml_attribute_of(const xml_node *element, const char *name);
/* Is the element's name one of `names`, whose end is NULL? ASCII letters of either case are the same. */
bool xml_is_one_of(const xml_node *element, const char *const *names);

#endif
