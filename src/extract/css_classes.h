/* css_classes.h - which classes of a style sheet raise, lower or strike through what they are of. Books that calibre and
 * LibreOffice write, and pages of Google Docs, say it so and not by <sup> or <s>.
 *
 * Read are rules for a class alone (".super", "span.t7", lists of these); others, which depend on where an element
 * stands, are passed over. Of rules that say it of one element the more exact one counts ("span.t7" before ".t7"), then
 * the later one, and before all what the element's own style says. Rules for paper alone (@media print) count for
 * nothing: a page is read as it is on a screen. */
#ifndef KITH_EXTRACT_CSS_CLASSES_H
#define KITH_EXTRACT_CSS_CLASSES_H

#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

enum { CSS_CLASSES_MAX = 64 /* that are known; later ones are passed over */ };

enum { CSS_RAISED = 1, CSS_LOWERED = 2, CSS_STRUCK = 4 };

typedef struct css_class {
    view name;
    uint32_t looks;   /* CSS_RAISED and so on */
    uint32_t decides; /* the bits that the rule says or denies */
    bool has_element; /* "span.name" */
} css_class;

typedef struct css_classes {
    uint32_t count;
    css_class list[CSS_CLASSES_MAX];
} css_classes;

/* Adds the classes of a sheet, whose text outlives *c. Linear. */
void css_classes_read(css_classes *c, view sheet);
/* The looks of an element with this attribute `class`. */
uint32_t css_classes_look(const css_classes *c, view classes);
/* The looks that a list of declarations gives, such as the attribute `style`. */
uint32_t css_look(view declarations);
/* The bits that the declarations say or deny: "text-decoration: none" denies CSS_STRUCK. */
uint32_t css_decides(view declarations);
/* True when a list of media ("screen, print"; empty: all) has one that is no paper, voice or the like. */
bool css_is_screen(view media);

#endif
