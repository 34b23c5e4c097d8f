/* unit_line.c - two walks over the lines: the first cuts them and looks at each by itself, the
 * second compares each with its neighbors. Groups (lines without a blank one between them) that are
 * tables in columns, records or commented settings are told as a whole. */
#include "answer/unit_line.h"

#include "base/size.h"
#include "base/utf8.h"
#include "text/boundary.h"
#include "text/lead.h"

#include <string.h>

enum {
    HEADING_MAX_BYTES = 90,
    TERM_MAX_BYTES = 120,
    TERM_MAX_WORDS = 4,
    TERM_ABOVE_MAX_WORDS = 6,
    LONG_LINE_BYTES = 60,
    TAB_COLUMNS = 8,
    FIELD_NAME_MAX_BYTES = 40,
    FIRST_CELL_MAX_BYTES = 40,
    TAG_MAX_BYTES = 12, /* of a term that its explanation stands beside */
};

typedef struct lines {
    view text;
    view headings;
    unit_line *at; /* [count] */
    uint32_t count;
    bool has_comments; /* "# " begins a comment here, not a heading */
    bool has_double;   /* "## " does, and "# " begins a setting that is commented out */
} lines;

static view line_text(const lines *l, uint32_t i)
{
    return view_slice(l->text, l->at[i].start, l->at[i].end);
}

static char last_of(view v)
{
    return v.size ? v.data[v.size - 1] : '\0';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* ---- one line by itself ---- */

static uint32_t count_words(view v)
{
    uint32_t count = 0;
    for (size_t i = 0; i < v.size; i++)
        count += !is_ascii_space(v.data[i]) && (i == 0 || is_ascii_space(v.data[i - 1]));
    return count;
}

/* How many times two or more blanks stand between words. */
static uint32_t count_gaps(view v)
{
    uint32_t count = 0;
    for (size_t i = 1; i + 1 < v.size; i++) {
        bool begins = is_ascii_space(v.data[i]) && !is_ascii_space(v.data[i - 1]);
        if (begins && (v.data[i] == '\t' || is_ascii_space(v.data[i + 1]))) count++;
        count += view_starts_with(view_slice(v, i, v.size), VIEW("\xE2\x94\x82"));
    }
    return count;
}

/* Dashes, equals signs and the like: below a title, between the rows of a table. */
static bool is_rule(view v)
{
    size_t marks = 0;
    for (size_t i = 0; i < v.size; i++) {
        view rest = view_slice(v, i, v.size);
        // U+2500 to U+257F draw the lines of a table; U+2502 alone stands between cells.
        bool is_drawn =
            view_starts_with(rest, VIEW("\xE2\x94")) || view_starts_with(rest, VIEW("\xE2\x95"));
        if (is_drawn && rest.size > 2 && !view_starts_with(rest, VIEW("\xE2\x94\x82"))) {
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
static size_t option_size(view v)
{
    size_t dashes = view_starts_with(v, VIEW("--")) ? 2 : view_starts_with(v, VIEW("-")) ? 1 : 0;
    if (dashes == 0 || v.size <= dashes) return 0;
    char first = v.data[dashes];
    if (!is_letter(first) && !is_ascii_digit(first) && first != '?' && first != '#') return 0;
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
    return i < v.size && (is_letter(v.data[i]) || (unsigned char)v.data[i] >= 0x80);
}

/* A version is announced: "2.34.1 (2026-05-13)", "version 1.31 - 2019", "What's new in 1.9". In a
 * row, and behind the name of a field ("Price: 20.5"), a number is a value. */
static bool announces_version(view v)
{
    view name = view_slice(v, 0, view_find(v, VIEW(": ")));
    bool is_value = name.size < v.size && !unit_names_version(name) &&
                    !view_ends_with_nocase(name, VIEW("version")) &&
                    !view_ends_with_nocase(name, VIEW("release"));
    return unit_names_version(v) && !is_section_number(v) && !lead_is_row(v) && !is_value &&
           last_of(v) != '.' && last_of(v) != '?';
}

/* The bytes of a bullet or number and the blanks behind it; 0: it is no entry. */
static uint32_t entry_size(view text, uint32_t start, uint32_t end, uint32_t *number)
{
    view v = view_slice(text, start, end);
    *number = 0;
    size_t size = 0;
    if (v.size > 1 && memchr("-*+o", v.data[0], 4) && is_ascii_space(v.data[1])) size = 1;
    // "o" is a bullet in man pages, where blanks follow; else it is a word.
    if (size && v.data[0] == 'o' && (v.size < 3 || !is_ascii_space(v.data[2]))) size = 0;
    if (view_starts_with(v, VIEW("\xE2\x80\xA2")) || view_starts_with(v, VIEW("\xE2\x80\xA3")) ||
        view_starts_with(v, VIEW("\xE2\x97\x8F")))
        size = 3;
    if (size == 0) {
        view digits = boundary_number_of_line(text, start);
        if (digits.size > 0 && digits.size < v.size) size = digits.size + 1;
        bool is_lettered = v.size > 2 && is_letter(v.data[0]) &&
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

/* "A1.", "Q:", "Question:": of an FAQ in plain text. */
static bool begins_question(view v)
{
    return view_starts_with(v, VIEW("Q:")) || view_starts_with(v, VIEW("Q. ")) ||
           view_starts_with(v, VIEW("Question:"));
}

/* Where a comment's or a quotation's mark ends in the line: "# ", "## ", "// ", "> ", or C's. */
static uint32_t mark_size(const lines *l, view v)
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

static bool is_markdown_heading(const lines *l, view v)
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
    return wide && open + 2 < v.size && is_ascii_digit(v.data[open + 1]) && last_of(v) == ')';
}

static bool is_lone_bullet(view v)
{
    return view_equal(v, VIEW("\xE2\x80\xA2")) || view_equal(v, VIEW("*")) ||
           view_equal(v, VIEW("-")) || view_equal(v, VIEW("\xE2\x97\x8F"));
}

/* ".. _label:", ".. image::", "{#anchor}", "---" and other lines that say nothing to a reader. */
static bool is_noise(view v)
{
    if (is_rule(v) || is_page_header(v) || is_lone_bullet(v)) return true;
    if (view_starts_with(v, VIEW("```")) || view_starts_with(v, VIEW("~~~"))) return true;
    if (view_starts_with(v, VIEW("<!--"))) return true;
    return view_starts_with(v, VIEW(".. _")) || view_starts_with(v, VIEW(".. currentmodule")) ||
           view_starts_with(v, VIEW(".. contents"));
}

/* The name behind "::" of a directive that documents a thing: ".. py:data:: DEBUG". */
static bool read_directive(view v, unit_line *line)
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
static bool is_field(view v)
{
    size_t colon = view_find(v, VIEW(": "));
    if (colon == 0 || colon >= v.size || colon > FIELD_NAME_MAX_BYTES) return false;
    return count_words(view_slice(v, 0, colon)) <= 3;
}

/* ---- a line among others ---- */

static bool is_blank_at(const lines *l, uint32_t i)
{
    return i >= l->count || l->at[i].kind == LINE_BLANK;
}

static bool is_rule_at(const lines *l, uint32_t i)
{
    return i < l->count && l->at[i].kind == LINE_NOISE && is_rule(line_text(l, i));
}

/* One of the headings of the path "A > B > C". */
static bool is_in_path(view headings, view v)
{
    for (size_t at = 0; at < headings.size && v.size > 0;) {
        view rest = view_slice(headings, at, headings.size);
        size_t end = view_find(rest, VIEW(" > "));
        if (view_equal(view_trim(view_slice(rest, 0, end)), v)) return true;
        at += size_min(end, rest.size) + 3;
    }
    return false;
}

static bool has_capitals_only(view v)
{
    size_t letters = 0;
    for (size_t i = 0; i < v.size; i++) {
        if (v.data[i] >= 'a' && v.data[i] <= 'z') return false;
        letters += is_letter(v.data[i]);
    }
    return letters >= 3;
}

/* The line's text behind "2.1. "; *parts is how many numbers that has. */
static view skip_number(view v, uint32_t *parts)
{
    size_t i = 0;
    *parts = 0;
    while (i < v.size && is_ascii_digit(v.data[i])) {
        ++*parts;
        while (i < v.size && is_ascii_digit(v.data[i]))
            i++;
        if (i < v.size && v.data[i] == '.') i++;
    }
    if (i == 0 || i >= v.size || !is_ascii_space(v.data[i])) *parts = 0;
    return *parts ? view_trim(view_slice(v, i, v.size)) : v;
}

/* Whether the nearest line that is not blank, before i or behind it, begins with a number. */
static bool has_numbered_neighbor(const lines *l, uint32_t i)
{
    uint32_t parts = 0;
    for (uint32_t k = i; k > 0; k--)
        if (l->at[k - 1].start < l->at[k - 1].end) {
            (void)skip_number(line_text(l, k - 1), &parts);
            break;
        }
    for (uint32_t k = i + 1; k < l->count && parts == 0; k++)
        if (l->at[k].start < l->at[k].end) {
            (void)skip_number(line_text(l, k), &parts);
            break;
        }
    return parts > 0;
}

/* The nearest line above i, or behind it, that is not blank; l->count: there is none. */
static uint32_t line_above(const lines *l, uint32_t i)
{
    while (i > 0 && is_blank_at(l, i - 1))
        i--;
    return i > 0 ? i - 1 : l->count;
}

static uint32_t line_behind(const lines *l, uint32_t i)
{
    for (i++; i < l->count && is_blank_at(l, i);)
        i++;
    return i;
}

/* Long enough for a sentence, and not in the capitals of a title ("The Making of the Bridge"). */
static bool may_be_sentence(view v)
{
    enum { AT_LEAST_WORDS = 5 };
    uint32_t words = count_words(v), capitals = 0;
    for (size_t i = 1; i < v.size; i++)
        capitals += is_ascii_space(v.data[i - 1]) && is_ascii_capital(v.data[i]);
    return words >= AT_LEAST_WORDS && 2 * capitals <= words - 1;
}

/* "The bridge" is a heading above the text, and "The bridge over the Aller opens in October" stands
 * right below it: slides and leaflets have sentences without a full stop. */
static bool is_said_below_heading(const lines *l, uint32_t i, view v)
{
    uint32_t above = line_above(l, i);
    return above < l->count && may_be_sentence(v) &&
           (is_markdown_heading(l, line_text(l, above)) ||
            is_in_path(l->headings, line_text(l, above)));
}

/* A line between blank ones that ends like a title and not like a sentence. */
static bool is_bare_title(const lines *l, uint32_t i)
{
    uint32_t parts = 0;
    view v = skip_number(line_text(l, i), &parts);
    if (parts == 1 && has_numbered_neighbor(l, i)) return false;
    if (parts == 0 && is_said_below_heading(l, i, v)) return false;
    bool alone = (i == 0 || is_blank_at(l, i - 1)) && is_blank_at(l, i + 1) && i + 1 < l->count;
    bool bullet = v.size > 1 && memchr("-*+", v.data[0], 3) && is_ascii_space(v.data[1]);
    if (!alone || bullet || v.size == 0 || v.size > HEADING_MAX_BYTES || l->at[i].indent > 0)
        return false;
    if (memchr(".!;,:)\"'`}>]=", last_of(v), 13) && !announces_version(v)) return false;
    return view_find(v, VIEW(". ")) >= v.size && view_find(v, VIEW(": ")) >= v.size &&
           view_find(v, VIEW(" | ")) >= v.size && v.data[0] != '$' && option_size(v) == 0;
}

/* A bare title may as well be a sentence without a full stop where it stands below another title, or
 * has nothing below it but the next one. */
static bool is_bare_sentence(const lines *l, uint32_t i)
{
    uint32_t above = line_above(l, i), behind = line_behind(l, i);
    return is_bare_title(l, i) && may_be_sentence(line_text(l, i)) &&
           ((above < l->count && l->at[above].kind == LINE_HEADING) ||
            (behind < l->count && is_bare_title(l, behind)));
}

static bool is_heading(const lines *l, uint32_t i)
{
    view v = line_text(l, i);
    if (is_markdown_heading(l, v) || is_in_path(l->headings, v)) return true;
    bool is_titled = is_rule_at(l, i + 1) && count_gaps(v) == 0 && v.size <= HEADING_MAX_BYTES &&
                     (i == 0 || is_blank_at(l, i - 1) || is_rule_at(l, i - 1)) && v.size > 0;
    if (is_titled && l->at[i + 1].indent == l->at[i].indent) return true;
    bool is_man = l->at[i].indent == 0 && has_capitals_only(v) && v.size <= HEADING_MAX_BYTES &&
                  (i == 0 || is_blank_at(l, i - 1));
    if (is_man && count_words(v) <= 5) return true;
    if (l->at[i].indent == 0 && (i == 0 || is_blank_at(l, i - 1)) && v.size <= HEADING_MAX_BYTES &&
        is_blank_at(l, i + 1) && announces_version(v) && v.data[0] != '*' && v.data[0] != '-' &&
        count_words(v) <= 8)
        return true;
    // "[ Person ] Thu, 01 Jan 2026" and "== Section ==" are titles, too.
    if (view_starts_with(v, VIEW("== "))) return true;
    return is_bare_title(l, i);
}

/* One word as programs have them: "journal_mode", "requireForce", "timeout". */
static bool is_name(view v)
{
    if (count_words(v) != 1) return false;
    if (v.data[0] >= 'a' && v.data[0] <= 'z') return true;
    for (size_t i = 1; i < v.size; i++)
        if (memchr("_.-0123456789", v.data[i], 13)) return true;
    return false;
}

/* "wait()", "s.run(blocking)" */
static bool is_call(view term)
{
    size_t open = view_find(term, VIEW("("));
    return open > 0 && open < term.size && !is_ascii_space(term.data[open - 1]) &&
           view_find(term, VIEW(")")) < term.size;
}

/* The end of a term at the beginning of the line and, in *text, of what stands between it and the
 * explanation in the same line: "-d: Normally", "wait(): Blocks", "--help   show this". */
static size_t inline_term(view v, bool begins, size_t *text)
{
    size_t option = option_size(v), colon = view_find(v, VIEW(": "));
    if (view_starts_with(v, VIEW(":")) && colon < v.size && colon > 1) { // ":Author: A. Name"
        *text = colon + 2;
        return colon;
    }
    static const char *const notes[] = {
        "note",     "warning", "caution", "tip",    "example", "important", "hint", "default",
        "see also", "usage",   "a",       "answer", "hinweis", "remarque",  "nota", NULL};
    if (colon > 0 && colon < v.size && colon <= TERM_MAX_BYTES) {
        view term = view_slice(v, 0, colon);
        bool is_code = option > 0 || is_call(term);
        bool is_term = is_code || (begins && is_name(term) && colon <= HEADING_MAX_BYTES / 2);
        *text = colon + 2;
        if (is_term && view_find(term, VIEW(". ")) >= term.size &&
            !view_is_one_of_nocase(term, notes))
            return colon;
    }
    if (option == 0) return 0;
    for (size_t i = option; i + 2 < v.size && i < TERM_MAX_BYTES; i++)
        if (is_ascii_space(v.data[i]) && is_ascii_space(v.data[i + 1])) {
            *text = i;
            while (*text < v.size && is_ascii_space(v.data[*text]))
                ++*text;
            return i;
        }
    return 0;
}

/* A line that the more indented one below it explains, or an option alone in its line. */
static bool is_term(const lines *l, uint32_t i)
{
    view v = line_text(l, i);
    const unit_line *line = &l->at[i], *next = i + 1 < l->count ? &l->at[i + 1] : NULL;
    const unit_line *previous = i > 0 ? &l->at[i - 1] : NULL;
    if (v.size > TERM_MAX_BYTES || !next) return false;
    bool begins = !previous || previous->kind == LINE_BLANK || previous->kind == LINE_TERM ||
                  previous->kind == LINE_HEADING || previous->kind == LINE_NOISE;
    if (!begins || memchr(".;,", last_of(v), 3)) return false;
    bool is_short = count_words(v) <= TERM_MAX_WORDS || option_size(v) > 0;
    if (next->kind != LINE_BLANK && next->indent > line->indent + 1 && is_short) return true;
    bool is_above = next->kind != LINE_BLANK && next->indent == line->indent &&
                    view_find(v, VIEW(". ")) >= v.size && count_words(v) <= TERM_ABOVE_MAX_WORDS;
    if (option_size(v) > 0) return is_above;
    // "weekly [weekday]" above its explanation: lines that a paragraph wraps are longer.
    view below = line_text(l, i + 1);
    return is_above && previous && previous->kind == LINE_BLANK && below.size >= LONG_LINE_BYTES &&
           v.size < LONG_LINE_BYTES && is_ascii_capital(below.data[0]) &&
           !memchr("!?:", last_of(v), 3);
}

static size_t count_blanks(view v)
{
    size_t count = 0;
    while (count < v.size && is_ascii_space(v.data[count]))
        count++;
    return count;
}

/* The bytes of "0" in "0      Success", of "HOME" in "HOME   Where files are": one short word, then
 * a text in a column of its own, in which the next line goes on, if there is one. 0: none. */
static size_t tag_size(const lines *l, uint32_t i)
{
    view v = line_text(l, i);
    size_t size = 0, gap;
    while (size < v.size && !is_ascii_space(v.data[size]))
        size++;
    gap = count_blanks(view_slice(v, size, v.size));
    if (size == 0 || size > TAG_MAX_BYTES || gap < 2 || size + gap == v.size ||
        memchr(".,;!?", v.data[size - 1], 5))
        return 0;
    uint32_t column =
        l->at[i].indent + (uint32_t)utf8_count(view_slice(v, 0, size)) + (uint32_t)gap;
    return is_blank_at(l, i + 1) || l->at[i + 1].indent == column ? size : 0;
}

static void classify(lines *l, uint32_t i)
{
    unit_line *line = &l->at[i];
    view v = line_text(l, i);
    uint32_t number = 0, marker;
    size_t text = 0;
    bool begins = i == 0 || is_blank_at(l, i - 1);
    if (line->kind != LINE_TEXT || read_directive(v, line)) return;
    if (is_heading(l, i) || begins_question(v)) {
        bool asks = last_of(v) == '?' || begins_question(v);
        line->kind = asks ? LINE_ASKED : LINE_HEADING;
        line->has_version = !asks && announces_version(v);
        line->is_sentence = !asks && !line->has_version && is_bare_sentence(l, i);
        return;
    }
    if (begins && last_of(v) == '?' && is_blank_at(l, i + 1)) {
        line->kind = LINE_ASKED;
        return;
    }
    line->text = line->start + mark_size(l, v);
    if (lead_is_row(v)) {
        line->kind = LINE_ROW;
        return;
    }
    marker = entry_size(l->text, line->start, line->end, &number);
    if (marker > 0) {
        line->kind = LINE_ENTRY;
        line->text = line->start + marker;
        return;
    }
    bool is_first = begins || l->at[i - 1].kind == LINE_HEADING;
    size_t tag = is_first ? tag_size(l, i) : 0;
    if (tag > 0) {
        line->kind = LINE_DEFINED;
        line->term = line->start;
        line->term_end = line->start + (uint32_t)tag;
        line->text = line->term_end + (uint32_t)count_blanks(view_slice(v, tag, v.size));
        return;
    }
    size_t term = inline_term(v, begins || (i > 0 && l->at[i - 1].kind == LINE_TERM), &text);
    if (term > 0) {
        line->kind = LINE_DEFINED;
        line->term = line->start;
        line->term_end = line->start + (uint32_t)term;
        line->text = line->start + (uint32_t)text;
    } else if (view_starts_with(v, VIEW(":")) && last_of(v) == ':' && v.size > 2) {
        line->kind = LINE_HEADING; // ":Summary Statistics:"
    } else if (is_term(l, i)) {
        line->kind = LINE_TERM;
        line->term = line->start;
        line->term_end = line->end;
    } else if (v.data[0] == '$' && v.size > 2 && v.data[1] == ' ') {
        line->kind = LINE_CODE;
    }
}

/* ---- groups ---- */

static void mark_group(lines *l, uint32_t first, uint32_t end, line_kind kind)
{
    for (uint32_t i = first; i < end; i++)
        if (l->at[i].kind == LINE_TEXT) l->at[i].kind = kind;
}

/* Rows below or between rules that leave gaps, or all with tabs. */
static bool is_in_columns(const lines *l, uint32_t first, uint32_t end)
{
    enum { LONG_RULE = 40, SHORT_RULE = 10 };
    uint32_t rules = 0, short_rules = 0, wide = 0, tabs = 0, rows = 0;
    for (uint32_t i = first; i < end; i++) {
        view v = line_text(l, i);
        bool rule = l->at[i].kind == LINE_NOISE;
        if (!rule && lead_is_row(v)) return false; // told by its bars
        rules += rule && (view_find(v, VIEW("= =")) < v.size ||
                          view_find(v, VIEW("- -")) < v.size || v.size > LONG_RULE);
        short_rules += rule && v.size > SHORT_RULE;
        rows += !rule;
        wide += !rule && count_gaps(v) > 0;
        tabs += !rule && memchr(v.data, '\t', v.size) != NULL;
    }
    bool all = short_rules > 0 && wide == rows && rows > 2;
    return rows > 1 && ((rules > 0 && wide * 2 > rows) || all || tabs == rows);
}

/* The column in which byte `at` of the line stands. */
static uint32_t column_of(const lines *l, uint32_t i, size_t at)
{
    return l->at[i].indent + (uint32_t)utf8_count(view_slice(line_text(l, i), 0, at));
}

/* The column of the second cell, behind a short first one and at least two blanks; 0: none. */
static uint32_t second_column(const lines *l, uint32_t i)
{
    view v = line_text(l, i);
    for (size_t at = 1; at + 2 < v.size && at <= FIRST_CELL_MAX_BYTES; at++) {
        if (!is_ascii_space(v.data[at]) || !is_ascii_space(v.data[at + 1])) continue;
        if (memchr(".,;:!?", v.data[at - 1], 6)) return 0; // a sentence's end, or a term
        while (at < v.size && is_ascii_space(v.data[at]))
            at++;
        return column_of(l, i, at);
    }
    return 0;
}

/* Rows without a rule: every second cell begins in one column, as does what goes on in the next
 * line. At least two rows, for a gap may be a coincidence. */
static bool is_aligned(const lines *l, uint32_t first, uint32_t end)
{
    uint32_t column = second_column(l, first), rows = 0;
    for (uint32_t i = first; i < end && column > 0; i++) {
        view v = line_text(l, i);
        bool goes_on = i > first && l->at[i].indent == column;
        uint32_t number = 0;
        bool is_entry = entry_size(l->text, l->at[i].start, l->at[i].end, &number) > 0;
        if (l->at[i].kind != LINE_TEXT || option_size(v) > 0 || lead_is_row(v) || is_entry)
            return false;
        if (!goes_on && (second_column(l, i) != column || l->at[i].indent != l->at[first].indent))
            return false;
        rows += !goes_on;
    }
    return column > 0 && rows >= 2;
}

static void mark_aligned(lines *l, uint32_t first, uint32_t end)
{
    uint32_t column = second_column(l, first);
    for (uint32_t i = first; i < end; i++)
        l->at[i].kind = l->at[i].indent == column ? LINE_REST : LINE_COLUMNS;
}

static bool is_record(const lines *l, uint32_t first, uint32_t end)
{
    if (end - first < 3) return false;
    for (uint32_t i = first; i < end; i++)
        if (!is_field(line_text(l, i)) || l->at[i].indent != l->at[first].indent) return false;
    return true;
}

static bool is_setting(const lines *l, view v)
{
    size_t marks = 0;
    while (marks < v.size && v.data[marks] == '#')
        marks++;
    if (l->has_comments && marks == 1 && v.size > 1 && !is_ascii_space(v.data[1])) return true;
    if (l->has_double && marks == 1 && v.size > 2) return true;
    return l->has_comments && marks == 0;
}

/* Ends a comment of C and its relatives in line i, and is line i + 1 the code that it is about? */
static bool is_above_code(const lines *l, uint32_t i)
{
    view v = line_text(l, i);
    bool ends = view_starts_with(v, VIEW("//")) ||
                (v.size > 2 && view_equal(view_slice(v, v.size - 2, v.size), VIEW("*/")));
    return ends && !is_blank_at(l, i + 1) && l->at[i + 1].kind == LINE_TEXT &&
           mark_size(l, line_text(l, i + 1)) == 0;
}

static void classify_groups(lines *l)
{
    for (uint32_t i = 0; i < l->count;) {
        uint32_t end = i + 1;
        while (l->at[i].kind != LINE_BLANK && !is_blank_at(l, end))
            end++;
        if (l->at[i].kind != LINE_BLANK && is_in_columns(l, i, end))
            mark_group(l, i, end, LINE_COLUMNS);
        else if (l->at[i].kind != LINE_BLANK && is_record(l, i, end))
            mark_group(l, i, end, LINE_FIELD);
        else if (l->at[i].kind != LINE_BLANK && is_aligned(l, i, end))
            mark_aligned(l, i, end);
        for (uint32_t k = i; k < end && l->has_comments; k++)
            if (l->at[k].kind == LINE_TEXT && is_setting(l, line_text(l, k)))
                l->at[k].kind = LINE_SETTING;
        for (uint32_t k = i; k + 1 < end; k++)
            if (l->at[k].kind == LINE_TEXT && is_above_code(l, k)) l->at[k + 1].kind = LINE_SETTING;
        i = end;
    }
}

/* Settings that are commented out ("#Port 22"), or lines of comments that follow one another. */
static void find_comments(lines *l)
{
    uint32_t settings = 0, comments = 0, other = 0, doubles = 0;
    for (uint32_t i = 0; i < l->count; i++) {
        view v = line_text(l, i);
        if (v.size < 2) continue;
        bool hash = v.data[0] == '#';
        settings += hash && is_letter(v.data[1]);
        bool goes_on = i > 0 && l->at[i - 1].end > l->at[i - 1].start &&
                       l->text.data[l->at[i - 1].start] == '#';
        comments += hash && goes_on && !is_letter(v.data[1]);
        other += !hash;
        doubles += view_starts_with(v, VIEW("## "));
    }
    l->has_comments = settings + comments >= 2 && (settings + comments) * 2 > other;
    l->has_double = l->has_comments && doubles >= 2;
}

static bool cut_lines(lines *l, arena *a)
{
    uint32_t room = 1;
    for (size_t i = 0; i < l->text.size; i++)
        room += l->text.data[i] == '\n';
    l->at = arena_new_array(a, unit_line, room);
    if (!l->at) return false;
    for (size_t at = 0; at < l->text.size;) {
        const char *newline = memchr(l->text.data + at, '\n', l->text.size - at);
        size_t end = newline ? (size_t)(newline - l->text.data) : l->text.size, start = at;
        uint32_t indent = 0;
        for (; start < end && is_ascii_space(l->text.data[start]); start++)
            indent += l->text.data[start] == '\t' ? TAB_COLUMNS : 1;
        at = end + 1;
        while (end > start && is_ascii_space(l->text.data[end - 1]))
            end--;
        l->at[l->count++] = (unit_line){.start = (uint32_t)start,
                                        .end = (uint32_t)end,
                                        .indent = indent,
                                        .text = (uint32_t)start,
                                        .kind = start == end ? LINE_BLANK : LINE_TEXT};
    }
    return true;
}

/* "---", "title: npm-ci", "---" at the beginning of a file. */
static void mark_front_matter(lines *l)
{
    if (l->count == 0 || !view_equal(line_text(l, 0), VIEW("---"))) return;
    for (uint32_t i = 1; i < l->count; i++)
        if (view_equal(line_text(l, i), VIEW("---"))) {
            for (uint32_t k = 0; k <= i; k++)
                if (l->at[k].kind != LINE_BLANK) l->at[k].kind = LINE_NOISE;
            return;
        }
}

static void mark_code(lines *l)
{
    bool inside = false;
    for (uint32_t i = 0; i < l->count; i++) {
        view v = line_text(l, i);
        bool fence = view_starts_with(v, VIEW("```")) || view_starts_with(v, VIEW("~~~"));
        if (inside && !fence && l->at[i].kind == LINE_TEXT) l->at[i].kind = LINE_CODE;
        if (fence) inside = !inside;
    }
}

kith_status unit_lines_find(view text, view headings, arena *a, unit_line **out, uint32_t *count,
                            kith_error *err)
{
    lines l = {.text = text, .headings = headings};
    if (!cut_lines(&l, a)) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a passage");
    find_comments(&l);
    mark_front_matter(&l);
    mark_code(&l);
    for (uint32_t i = 0; i < l.count; i++)
        if (l.at[i].kind == LINE_TEXT && is_noise(line_text(&l, i))) l.at[i].kind = LINE_NOISE;
    classify_groups(&l);
    for (uint32_t i = 0; i < l.count; i++)
        classify(&l, i);
    *out = l.at;
    *count = l.count;
    return KITH_OK;
}
