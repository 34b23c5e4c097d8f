/* html_roles.h - tables that are such by the roles of their elements alone: <div role="table"> with
 * role="row" and role="cell" in it, as grids of web programs write them. The scrub writes their parts as
 * the tags of a table. An element that is a part of a table by its name keeps it, whatever its role. */
#ifndef KITH_EXTRACT_HTML_ROLES_H
#define KITH_EXTRACT_HTML_ROLES_H

#include "base/buffer.h"
#include "extract/html_tag.h"

enum { HTML_ROLES_MAX = 16 /* parts within each other; further ones are none */ };

typedef struct html_role_part {
    char name[TAG_NAME_MAX_BYTES + 1]; /* of the element */
    const char *tag;                   /* that stands for it */
    uint32_t
        nested; /* elements of its name that are open within it, and in no part of that name there */
} html_role_part;

/* The parts that are open, the outermost first; zero: none. */
typedef struct html_roles {
    html_role_part parts[HTML_ROLES_MAX];
    uint32_t count;
} html_roles;

/* The tag that stands for the element of this start tag, a static text; NULL when it is no part of a
 * table by its role, or not where that part may stand (a cell in a row, a row in a table). */
const char *html_roles_part(const html_roles *r, const html_tag *t);
/* Opens the part, and appends `tag`, which html_roles_part has given, with the columns and rows that
 * it spans. Failure is in the buffer's state. */
void html_roles_begin(html_roles *r, const html_tag *t, const char *tag, buffer *out);
/* Counts an element that is begun within the parts, to know which end tags are theirs. */
void html_roles_note(html_roles *r, view name);
/* Closes a part, and those within it, and appends their end tags, when this is its element's. */
bool html_roles_end(html_roles *r, view name, buffer *out);

#endif
