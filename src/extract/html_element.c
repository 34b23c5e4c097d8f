/* html_element.c - a sorted table of the elements that are not inline. */
#include "extract/html_element.h"

typedef struct element {
    const char *name;
    element_kind kind;
} element;

/* Sorted by view_compare, for the binary search. */
static const element ELEMENTS[] = {
    {"address", ELEMENT_PARAGRAPH},
    {"article", ELEMENT_PARAGRAPH},
    {"aside", ELEMENT_PARAGRAPH},
    {"audio", ELEMENT_SKIPPED},
    {"blockquote", ELEMENT_PARAGRAPH},
    {"body", ELEMENT_PARAGRAPH},
    {"br", ELEMENT_BREAK},
    {"button", ELEMENT_SKIPPED},
    {"canvas", ELEMENT_SKIPPED},
    {"caption", ELEMENT_LINE},
    {"center", ELEMENT_PARAGRAPH},
    {"datalist", ELEMENT_SKIPPED},
    {"dd", ELEMENT_LINE},
    {"details", ELEMENT_PARAGRAPH},
    {"div", ELEMENT_PARAGRAPH},
    {"dl", ELEMENT_PARAGRAPH},
    {"dt", ELEMENT_LINE},
    {"fieldset", ELEMENT_PARAGRAPH},
    {"figcaption", ELEMENT_PARAGRAPH},
    {"figure", ELEMENT_PARAGRAPH},
    {"footer", ELEMENT_PARAGRAPH},
    {"form", ELEMENT_PARAGRAPH},
    {"h1", ELEMENT_HEADING},
    {"h2", ELEMENT_HEADING},
    {"h3", ELEMENT_HEADING},
    {"h4", ELEMENT_HEADING},
    {"h5", ELEMENT_HEADING},
    {"h6", ELEMENT_HEADING},
    {"header", ELEMENT_PARAGRAPH},
    {"hr", ELEMENT_PARAGRAPH},
    {"iframe", ELEMENT_OPAQUE},
    {"legend", ELEMENT_LINE},
    {"li", ELEMENT_ENTRY},
    {"main", ELEMENT_MAIN},
    {"menu", ELEMENT_LIST},
    {"nav", ELEMENT_SKIPPED},
    {"noembed", ELEMENT_OPAQUE},
    {"noframes", ELEMENT_OPAQUE},
    {"noscript", ELEMENT_SKIPPED},
    {"object", ELEMENT_SKIPPED},
    {"ol", ELEMENT_LIST},
    {"option", ELEMENT_LINE},
    {"p", ELEMENT_PARAGRAPH},
    {"pre", ELEMENT_PREFORMATTED},
    {"script", ELEMENT_OPAQUE},
    {"section", ELEMENT_PARAGRAPH},
    {"select", ELEMENT_SKIPPED},
    {"style", ELEMENT_OPAQUE},
    {"summary", ELEMENT_LINE},
    {"svg", ELEMENT_SKIPPED},
    {"table", ELEMENT_PARAGRAPH},
    {"td", ELEMENT_CELL},
    {"template", ELEMENT_SKIPPED},
    {"textarea", ELEMENT_OPAQUE},
    {"th", ELEMENT_CELL},
    {"title", ELEMENT_TITLE},
    {"tr", ELEMENT_ROW},
    {"ul", ELEMENT_LIST},
    {"video", ELEMENT_SKIPPED},
    {"xmp", ELEMENT_OPAQUE},
};

element_kind html_element_kind(view name)
{
    size_t low = 0, high = sizeof ELEMENTS / sizeof *ELEMENTS;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = view_compare(name, view_of(ELEMENTS[middle].name));
        if (order == 0) return ELEMENTS[middle].kind;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return ELEMENT_INLINE;
}
