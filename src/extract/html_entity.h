/* html_entity.h - HTML's character references ("&amp;", "&#228;") in Markdown, to text. */
#ifndef KITH_EXTRACT_HTML_ENTITY_H
#define KITH_EXTRACT_HTML_ENTITY_H

#include "base/buffer.h"

/* Appends the character that `entity` stands for, in UTF-8; one that is not known, or that stands
 * for no character, is appended as it is written.
 * entity  with its & and ; */
void html_entity_append(buffer *out, view entity);

#endif
