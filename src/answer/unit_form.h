/* unit_form.h - the lines of a passage while they are classified, and what one line is by its form.
 * Inside of unit_line.h. Pure. */
#ifndef KITH_ANSWER_UNIT_FORM_H
#define KITH_ANSWER_UNIT_FORM_H

#include "answer/unit_line.h"

typedef struct unit_lines {
    view text;
    view headings; /* above the text, "A > B" */
    unit_line *at; /* [count] */
    uint32_t count;
    bool has_comments; /* "# " begins a comment here, not a heading */
    bool has_double;   /* "## " does, and "# " begins a setting that is commented out */
} unit_lines;

view form_line(const unit_lines *l, uint32_t i);
/* Also behind the last line. */
bool form_is_blank_at(const unit_lines *l, uint32_t i);
/* The last byte; 0 of nothing. */
char form_last(view v);
/* The text between marks of emphasis: "Is it free?" of "**Is it free?**". */
view form_plain(view v);
bool form_is_letter(char c);

uint32_t form_words(view v);
/* How many times two or more blanks stand between words. */
uint32_t form_gaps(view v);
/* Dashes, equals signs and the like: below a title, between the rows of a table. */
bool form_is_rule(view v);
/* The size of "-x", "--long", "-x, --long=ARG" and the like at the beginning; 0: there is none. */
size_t form_option_size(view v);
/* A version is announced: "2.34.1 (2026-05-13)", "version 1.31 - 2019", "What's new in 1.9". */
bool form_announces_version(view v);
/* The bytes of a bullet or number and the blanks behind it; 0: it is no entry.
 * number  receives those of the number alone; 0 of a bullet */
uint32_t form_entry_size(view text, uint32_t start, uint32_t end, uint32_t *number);
/* "Q: Is it free?", "Question:" of an FAQ, with nothing behind it. */
bool form_begins_question(view v);
/* Where a comment's or a quotation's mark ends in the line: "# ", "## ", "// ", "> ", or C's. */
uint32_t form_mark_size(const unit_lines *l, view v);
bool form_is_markdown_heading(const unit_lines *l, view v);
/* Lines that say nothing to a reader: ".. _label:", "<!--", rules, page headers. */
bool form_is_noise(view v);
/* Reads a directive that documents a thing, ".. py:data:: DEBUG": its kind and term. False: none. */
bool form_read_directive(view v, unit_line *line);
/* "release: 2021-08-14" */
bool form_is_field(view v);

#endif
