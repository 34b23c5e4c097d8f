/* html_element.h - what kith makes of each HTML element. */
#ifndef KITH_EXTRACT_HTML_ELEMENT_H
#define KITH_EXTRACT_HTML_ELEMENT_H

#include "base/view.h"

typedef enum element_kind {
    ELEMENT_INLINE,    /* and all that kith does not know: the text goes on */
    ELEMENT_SKIPPED,   /* left out with its content */
    ELEMENT_OPAQUE,    /* the same, and its content is not markup */
    ELEMENT_PARAGRAPH, /* a blank line before and after */
    ELEMENT_LINE,      /* a line of its own */
    ELEMENT_BREAK,
    ELEMENT_LIST,
    ELEMENT_ENTRY,
    ELEMENT_ROW,
    ELEMENT_CELL,
    ELEMENT_PREFORMATTED,
    ELEMENT_HEADING,
    ELEMENT_TITLE,
    ELEMENT_MAIN
} element_kind;

/* name  in lower case */
element_kind html_element_kind(view name);

#endif
