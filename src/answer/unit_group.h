/* unit_group.h - kinds of lines that their group tells; part of unit_line.h's walk. */
#ifndef KITH_ANSWER_UNIT_GROUP_H
#define KITH_ANSWER_UNIT_GROUP_H

#include "answer/unit_form.h"

/* Sets has_comments and has_double: settings that are commented out ("#Port 22"), or lines of comments
 * that follow one another. */
void unit_groups_find_comments(unit_lines *l);
/* Sets the kinds of lines in tables in columns, lists of codes, records and settings; the others stay
 * LINE_TEXT. */
void unit_groups_classify(unit_lines *l);

#endif
