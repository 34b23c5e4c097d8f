/* html_control.h - elements that the scrub replaces by what their attributes say, or decides on by what stands in them:
 * pictures, drawings, frames, fields and buttons of forms, abbreviations, links. */
#ifndef KITH_EXTRACT_HTML_CONTROL_H
#define KITH_EXTRACT_HTML_CONTROL_H

#include "extract/html_scrub.h"
#include "extract/html_tag.h"

enum {
    HTML_ABBREVIATIONS_MAX = 64 /* whose long forms are known to be written; those of later ones are
                                   written again */
};

/* The page that is read, and what is left of it. */
typedef struct scrub_page {
    view html;
    buffer *out;
    scrub_findings *found;
    uint32_t looks; /* ahead, so far (html_may_look) */
} scrub_page;

/* What is open or was met. Its members are for html_control.c but for the first two; zero: nothing yet. */
typedef struct html_controls {
    scrub_page *page;    /* borrowed */
    bool after_question; /* nothing but tags since the end of a button that was written */
    bool in_question;    /* an open <button> that was written */
    bool is_svg_open;    /* an svg without an end was met */
    bool in_note;        /* an open link that is the sign of a note */
    bool in_reference;   /* an open link within the page */
    view tabs;           /* the name of the radio buttons that choose tabs */
    view long_form;      /* of the open <abbr> */
    view long_forms[HTML_ABBREVIATIONS_MAX];
    uint32_t long_form_count;
} html_controls;

/* Writes what stays of a start tag whose kind is ELEMENT_CONTROL; returns the offset behind what is done: t->end, or
 * that behind the element.
 * marks  of the tag's class (html_class_marks) */
size_t html_control_write(html_controls *c, const html_tag *t, uint32_t marks);
/* Writes what the end tag of such an element closes. */
void html_control_end(html_controls *c, const html_tag *t);
/* Writes the label of an icon, and the state of a box, whose meaning stands in the attribute alone. False, and *end
 * untouched, when the start tag is none; otherwise *end is the offset behind what is done. */
bool html_control_write_label(html_controls *c, const html_tag *t, size_t *end);
/* A raised text that is, or stands in, a link within the page is the sign of a note, and no exponent. */
bool html_control_is_sign_of_note(const html_controls *c, const html_tag *t);

#endif
