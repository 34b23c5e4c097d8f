/* unit_form.c - what a line's own bytes say of it. */
#include "answer/unit_form.h"

#include "text/boundary.h"
#include "text/lead.h"

#include <string.h>

enum { FIELD_NAME_MAX_BYTES = 40 };

view form_line(const unit_lines *l, uint32_t i)
{
    return view_slice(l->text, l->at[i].start, l->at[i].end);
}

char form_last(view v)
{
    return v.size ? v.data[v.size - 1] : '\0';
}

view form_plain(view v)
{
    while (v.size > 0 && (v.data[0] == '*' || v.data[0] == '_'))
        v = view_slice(v, 1, v.size);
    while (form_last(v) == '*' || form_last(v) == '_')
        v.size--;
    return v;
}

bool form_is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool form_is_blank_at(const unit_lines *l, uint32_t i)
{
    return i >= l->count || l->at[i].kind == LINE_BLANK;
}

uint32_t form_words(view v)
{
    uint32_t count = 0;
    for (size_t i = 0; i < v.size; i++)
        count += !is_ascii_space(v.data[i]) && (i == 0 || is_ascii_space(v.data[i - 1]));
    return count;
}

/* How many times two or more blanks stand between words. */
uint32_t form_gaps(view v)
{
    uint32_t count = 0;
    for (size_t i = 1; i + 1 < v.size; i++) {
        bool begins = is_ascii_space(v.data[i]) && !is_ascii_space(v.data[i - 1]);
        if (begins && (v.data[i] == '\t' || is_ascii_space(v.data[i + 1]))) count++;
        count += view_starts_with(view_slice(v, i, v.size), VIEW("│"));
    }
    return count;
}

/* Dashes, equals signs and the like: below a title, between the rows of a table. */
bool form_is_rule(view v)
{
    size_t marks = 0;
    for (size_t i = 0; i < v.size; i++) {
        view rest = view_slice(v, i, v.size);
        // U+2500 to U+257F draw the lines of a table; U+2502 alone stands between cells.
        bool is_drawn =
            view_starts_with(rest, VIEW("\xE2\x94")) || view_starts_with(rest, VIEW("\xE2\x95"));
        if (is_drawn && rest.size > 2 && !view_starts_with(rest, VIEW("│"))) {
            i += 2;
            marks++;
            continue;
        }
        if (!memchr("-=~^*_+|#\"`: ", v.data[i], 13)) return false;
        marks += v.data[i] != ' ';
    }
    return marks >= 3;
}

/* The size of "-x", "--long", "-x, --long=ARG" and the like at the beginning; 0: there is none. */
size_t form_option_size(view v)
{
    size_t dashes = view_starts_with(v, VIEW("--")) ? 2 : view_starts_with(v, VIEW("-")) ? 1 : 0;
    if (dashes == 0 || v.size <= dashes) return 0;
    char first = v.data[dashes];
    if (!form_is_letter(first) && !is_ascii_digit(first) && first != '?' && first != '#') return 0;
    size_t end = dashes;
    while (end < v.size && !is_ascii_space(v.data[end]) && v.data[end] != ':')
        end++;
    return end;
}

bool unit_names_version(view v)
{
    for (size_t i = 0; i + 2 < v.size; i++) {
        bool begins = is_ascii_digit(v.data[i]) &&
                      (i == 0 || is_ascii_space(v.data[i - 1]) || v.data[i - 1] == '(' ||
                       v.data[i - 1] == 'v' || v.data[i - 1] == '[' || v.data[i - 1] == '-');
        size_t end = i;
        while (begins && end < v.size && is_ascii_digit(v.data[end]))
            end++;
        if (begins && end - i <= 4 && end + 1 < v.size && v.data[end] == '.' &&
            is_ascii_digit(v.data[end + 1]))
            return true;
    }
    return false;
}

/* "1.2. Name", "1.2: Name": a section's number, no version. */
static bool is_section_number(view v)
{
    size_t i = 0;
    while (i < v.size && (is_ascii_digit(v.data[i]) || v.data[i] == '.' || v.data[i] == ':'))
        i++;
    if (i == 0) return false;
    if (i == v.size) { // "1.6" is a section's, "2.34.1" a version
        size_t dots = 0;
        for (size_t k = 0; k < v.size; k++)
            dots += v.data[k] == '.' && k + 1 < v.size;
        return dots < 2;
    }
    while (i < v.size && is_ascii_space(v.data[i]))
        i++;
    return i < v.size && (form_is_letter(v.data[i]) || (unsigned char)v.data[i] >= 0x80);
}

/* A version is announced: "2.34.1 (2026-05-13)", "version 1.31 - 2019", "What's new in 1.9". In a
 * row, and behind the name of a field ("Price: 20.5"), a number is a value. */
bool form_announces_version(view v)
{
    view name = view_slice(v, 0, view_find(v, VIEW(": ")));
    bool is_value = name.size < v.size && !unit_names_version(name) &&
                    !view_ends_with_nocase(name, VIEW("version")) &&
                    !view_ends_with_nocase(name, VIEW("release"));
    return unit_names_version(v) && !is_section_number(v) && !lead_is_row(v) && !is_value &&
           form_last(v) != '.' && form_last(v) != '?';
}

/* The bytes of a bullet or number and the blanks behind it; 0: it is no entry. */
uint32_t form_entry_size(view text, uint32_t start, uint32_t end, uint32_t *number)
{
    view v = view_slice(text, start, end);
    *number = 0;
    size_t size = 0;
    if (v.size > 1 && memchr("-*+o", v.data[0], 4) && is_ascii_space(v.data[1])) size = 1;
    // "o" is a bullet in man pages, where blanks follow; else it is a word.
    if (size && v.data[0] == 'o' && (v.size < 3 || !is_ascii_space(v.data[2]))) size = 0;
    if (view_starts_with(v, VIEW("•")) || view_starts_with(v, VIEW("‣")) ||
        view_starts_with(v, VIEW("●")))
        size = 3;
    if (size == 0) {
        view digits = boundary_number_of_line(text, start);
        if (digits.size > 0 && digits.size < v.size) size = digits.size + 1;
        bool is_lettered = v.size > 2 && form_is_letter(v.data[0]) &&
                           (v.data[1] == ')' || v.data[1] == '.') && is_ascii_space(v.data[2]);
        if (is_lettered && v.data[1] == ')') size = 2;
        if (view_starts_with(v, VIEW("(")) && v.size > 3 && v.data[2] == ')' &&
            is_ascii_space(v.data[3]))
            size = 3;
        *number = (uint32_t)size;
    }
    if (size == 0) return 0;
    while (size < v.size && is_ascii_space(v.data[size]))
        size++;
    return (uint32_t)size;
}

/* The answer may stand in the same line: "Q: Is it free? Yes." is no question alone. */
bool form_begins_question(view v)
{
    v = form_plain(v);
    bool begins = view_starts_with(v, VIEW("Q:")) || view_starts_with(v, VIEW("Q. ")) ||
                  view_starts_with(v, VIEW("Question:"));
    return begins && (form_last(v) == '?' || view_find(v, VIEW("?")) == v.size);
}

/* Where a comment's or a quotation's mark ends in the line: "# ", "## ", "// ", "> ", or C's. */
uint32_t form_mark_size(const unit_lines *l, view v)
{
    size_t i = 0;
    if (view_starts_with(v, VIEW("> "))) return 2;
    if (view_starts_with(v, VIEW("//")) || view_starts_with(v, VIEW("/*"))) i = 2;
    if (l->has_comments && i == 0)
        while (i < v.size && v.data[i] == '#')
            i++;
    if (i == 0) return 0;
    while (i < v.size && is_ascii_space(v.data[i]))
        i++;
    return (uint32_t)i;
}

bool form_is_markdown_heading(const unit_lines *l, view v)
{
    size_t marks = 0;
    while (marks < v.size && v.data[marks] == '#')
        marks++;
    return !l->has_comments && marks > 0 && marks <= 6 && marks < v.size && v.data[marks] == ' ';
}

/* "SSH-KEYGEN(1)    General Commands Manual    SSH-KEYGEN(1)", and the foot of such a page. */
static bool is_page_header(view v)
{
    size_t open = view_find(v, VIEW("("));
    bool wide = view_find(v, VIEW("     ")) < v.size;
    return wide && open + 2 < v.size && is_ascii_digit(v.data[open + 1]) && form_last(v) == ')';
}

static bool is_lone_bullet(view v)
{
    return view_equal(v, VIEW("•")) || view_equal(v, VIEW("*")) || view_equal(v, VIEW("-")) ||
           view_equal(v, VIEW("●"));
}

/* ".. _label:", ".. image::", "{#anchor}", "---" and other lines that say nothing to a reader. */
bool form_is_noise(view v)
{
    if (form_is_rule(v) || is_page_header(v) || is_lone_bullet(v)) return true;
    if (view_starts_with(v, VIEW("```")) || view_starts_with(v, VIEW("~~~"))) return true;
    if (view_starts_with(v, VIEW("<!--"))) return true;
    return view_starts_with(v, VIEW(".. _")) || view_starts_with(v, VIEW(".. currentmodule")) ||
           view_starts_with(v, VIEW(".. contents"));
}

/* The name behind "::" of a directive that documents a thing: ".. py:data:: DEBUG". */
bool form_read_directive(view v, unit_line *line)
{
    if (!view_starts_with(v, VIEW(".. "))) return false;
    size_t colons = view_find(v, VIEW(":: "));
    if (colons >= v.size) return false;
    view name = view_trim(view_slice(v, colons + 3, v.size));
    view what = view_slice(v, 3, colons);
    static const char *const notes[] = {"note",         "warning",        "tip",       "seealso",
                                        "versionadded", "caution",        "image",     "code-block",
                                        "figure",       "versionchanged", "toctree",   "include",
                                        "deprecated",   "module",         "important", NULL};
    if (name.size == 0) return false;
    line->kind = view_is_one_of_nocase(what, notes) ? LINE_NOISE : LINE_TERM;
    line->term = (uint32_t)(line->start + (size_t)(name.data - v.data));
    line->term_end = line->end;
    return true;
}

/* "release: 2021-08-14" */
bool form_is_field(view v)
{
    size_t colon = view_find(v, VIEW(": "));
    if (colon == 0 || colon >= v.size || colon > FIELD_NAME_MAX_BYTES) return false;
    return form_words(view_slice(v, 0, colon)) <= 3;
}
