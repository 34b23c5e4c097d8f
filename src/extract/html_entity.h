/* html_entity.h - HTML's character references ("&amp;", "&#228;"), to text. */
#ifndef KITH_EXTRACT_HTML_ENTITY_H
#define KITH_EXTRACT_HTML_ENTITY_H

#include "base/buffer.h"

enum { HTML_ENTITY_TEXT_BYTES = 8 };

typedef struct html_entity {
    size_t size;                       /* bytes of the reference, from its '&' on */
    char text[HTML_ENTITY_TEXT_BYTES]; /* what it stands for, UTF-8 */
    size_t text_size; /* 0: a number that is no character's, or a control character's */
} html_entity;

/* Reads the reference that `text` begins with, by the rules of the HTML Standard (13.2.5.72) but
 * that a name is a whole word: "&copyright" is none. Without its ';' it is one where it is a number
 * or a name that the Standard lists so, and no '=' follows: "?a=1&copy=2" is an address.
 * False: it begins with none. */
bool html_entity_read(view text, html_entity *out);

/* Appends the characters that `entity` stands for; one that is not known, or that stands for no
 * character, is appended as it is written.
 * entity  with its & and ; */
void html_entity_append(buffer *out, view entity);

#endif
