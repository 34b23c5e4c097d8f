/* html_write.h - the markup that the scrub leaves of a page: tags with few attributes, and text in which no '<' begins
 * one. Failure is in the buffer's state. */
#ifndef KITH_EXTRACT_HTML_WRITE_H
#define KITH_EXTRACT_HTML_WRITE_H

#include "base/buffer.h"
#include "extract/html_tag.h"

/* Each '<' becomes "&lt;". */
void html_write_text(buffer *out, view text);
/* The same between blanks; nothing for a blank text. */
void html_write_apart(buffer *out, view text);
/* The start tag with the attribute `id` and those of t that `names` lists, but for those above 200 bytes; and its end
 * tag, where the tag closes itself.
 * names  ends with NULL; or NULL
 * flag   an attribute more, whose value is "1"; or NULL */
void html_write_start(buffer *out, const html_tag *t, const char *const *names, const char *flag);
void html_write_end(buffer *out, view name);
/* The id of an element whose tags are not written, as that of an <area>, which is an empty element of HTML. */
void html_write_anchor(buffer *out, view id);

#endif
