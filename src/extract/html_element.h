/* html_element.h - how each HTML element shapes the text of the page. */
#ifndef KITH_EXTRACT_HTML_ELEMENT_H
#define KITH_EXTRACT_HTML_ELEMENT_H

#include "base/view.h"

typedef enum element_kind {
    ELEMENT_INLINE,    /* no effect; also every element that kith does not know */
    ELEMENT_SKIPPED,   /* left out with its content */
    ELEMENT_OPAQUE,    /* left out with its content, which is not markup: script */
    ELEMENT_PARAGRAPH, /* a blank line before and after */
    ELEMENT_LINE,      /* on a line of its own */
    ELEMENT_BREAK,
    ELEMENT_LIST,
    ELEMENT_ENTRY,
    ELEMENT_TERM,       /* dt */
    ELEMENT_DEFINITION, /* dd */
    ELEMENT_TABLE,
    ELEMENT_HEAD, /* thead */
    ELEMENT_ROWS, /* tbody and tfoot: what ends a thead */
    ELEMENT_ROW,
    ELEMENT_CELL,
    ELEMENT_PREFORMATTED,
    ELEMENT_HEADING,
    ELEMENT_QUESTION, /* summary, and a button that opens an answer: a heading of its part */
    ELEMENT_TITLE,
    ELEMENT_MAIN,
    ELEMENT_RAISED,
    ELEMENT_LOWERED,
    ELEMENT_STRUCK,  /* shown with a line through it */
    ELEMENT_MATH,    /* MathML, and what stands in it */
    ELEMENT_ANCHOR,  /* what html_scrub writes for the id of an inline element */
    ELEMENT_CONTROL, /* replaced by html_scrub, which reads its attributes: input, img, button */
    ELEMENT_READING  /* rt, rp, rtc: reading aids, which html_scrub leaves out */
} element_kind;

/* Does what is of this kind stand within a line? */
static inline bool html_element_is_inline(element_kind kind)
{
    return kind == ELEMENT_INLINE || kind == ELEMENT_CONTROL || kind == ELEMENT_RAISED ||
           kind == ELEMENT_LOWERED || kind == ELEMENT_STRUCK || kind == ELEMENT_MATH;
}

/* name  in lower case, without NUL */
element_kind html_element_kind(view name);
/* NULL when each element that is known is found; else what is wrong, for tests. */
const char *html_element_check(void);

#endif
