/* markup_text.h - a string of a record that is HTML ("<p>Keep it dry.</p>"), as exports of shops, wikis
 * and feeds hold them, to text. It is read in process, and needs no parser: tags are taken out, those
 * of blocks become line ends, character references what they stand for. Pure. */
#ifndef KITH_EXTRACT_MARKUP_TEXT_H
#define KITH_EXTRACT_MARKUP_TEXT_H

#include "base/buffer.h"
#include "base/view.h"

#include <stdbool.h>

/* The string is surely HTML: it begins with the tag of a block or ends with an end tag, and every '<'
 * in it that a letter or '/' follows begins a tag of HTML. Markdown with code in it ('`') is not, nor
 * is what only mentions tags. */
bool markup_is_html(view text);
/* Appends its text: paragraphs apart by a blank line, entries of lists with "- ", cells apart by
 * " | ". Failure is in the buffer's state. */
void markup_append_text(view html, buffer *out);

#endif
