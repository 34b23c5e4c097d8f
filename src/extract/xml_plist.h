/* xml_plist.h - Apple's property lists in XML, whose names stand in elements of their own (key) before their
 * values: lines "Sub > On: false", an entry a line. */
#ifndef KITH_EXTRACT_XML_PLIST_H
#define KITH_EXTRACT_XML_PLIST_H

#include "extract/manuscript.h"
#include "extract/xml_tree.h"

/* The tree is one: its root is plist. */
bool xml_plist_is(const xml_node *root);
/* Writes its entries. Those of an array have its name each; dictionaries are parted by blank lines; data
 * (base64) is left out. Errors: those of manuscript_block. */
KITH_CHECKED kith_status xml_plist_write(manuscript *m, const xml_node *root, kith_error *err);

#endif
