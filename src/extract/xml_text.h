/* xml_text.h - the text of an element with all that stands in it, as DocBook, JATS, TEI and FictionBook mark it: raised,
 * lowered and struck text, entities, and notes at the foot, which stand at their sign. */
#ifndef KITH_EXTRACT_XML_TEXT_H
#define KITH_EXTRACT_XML_TEXT_H

#include "base/buffer.h"
#include "extract/xml_tree.h"

/* Appends all text in the element to `out`, in order, but for notes, which are noted in `notes` (elements:
 * const xml_node *). Failure is in the states of the two. Iterative: elements may stand deep. */
void xml_text_append(const xml_node *element, buffer *out, buffer *notes);
/* Runs of white space become blanks, in place. */
void xml_text_collapse(buffer *text);

#endif
