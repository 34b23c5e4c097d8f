/* unit_line.c - two walks over the lines: the first cuts them and looks at each by itself
 * (unit_form.h) and in its group (unit_group.h), the second compares each with its neighbors. */
#include "answer/unit_line.h"

#include "answer/unit_form.h"
#include "answer/unit_group.h"
#include "base/size.h"
#include "base/utf8.h"
#include "text/lead.h"

#include <string.h>

enum {
    HEADING_MAX_BYTES = 90,
    TERM_MAX_BYTES = 120,
    TERM_MAX_WORDS = 4,
    TERM_ABOVE_MAX_WORDS = 6,
    LONG_LINE_BYTES = 60,
    TAB_COLUMNS = 8,
    TAG_MAX_BYTES = 12, /* of a term that its explanation stands beside */
};

/* ---- a line among others ---- */

static bool is_rule_at(const unit_lines *l, uint32_t i)
{
    return i < l->count && l->at[i].kind == LINE_NOISE && form_is_rule(form_line(l, i));
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
        letters += form_is_letter(v.data[i]);
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
static bool has_numbered_neighbor(const unit_lines *l, uint32_t i)
{
    uint32_t parts = 0;
    for (uint32_t k = i; k > 0; k--)
        if (l->at[k - 1].start < l->at[k - 1].end) {
            (void)skip_number(form_line(l, k - 1), &parts);
            break;
        }
    for (uint32_t k = i + 1; k < l->count && parts == 0; k++)
        if (l->at[k].start < l->at[k].end) {
            (void)skip_number(form_line(l, k), &parts);
            break;
        }
    return parts > 0;
}

/* The nearest line above i, or behind it, that is not blank; l->count: there is none. */
static uint32_t line_above(const unit_lines *l, uint32_t i)
{
    while (i > 0 && form_is_blank_at(l, i - 1))
        i--;
    return i > 0 ? i - 1 : l->count;
}

static uint32_t line_behind(const unit_lines *l, uint32_t i)
{
    for (i++; i < l->count && form_is_blank_at(l, i);)
        i++;
    return i;
}

/* Long enough for a sentence, and not in the capitals of a title ("The Making of the Bridge"). */
static bool may_be_sentence(view v)
{
    enum { AT_LEAST_WORDS = 5 };
    uint32_t words = form_words(v), capitals = 0;
    for (size_t i = 1; i < v.size; i++)
        capitals += is_ascii_space(v.data[i - 1]) && is_ascii_capital(v.data[i]);
    return words >= AT_LEAST_WORDS && 2 * capitals <= words - 1;
}

/* "The bridge" is a heading above the text, and "The bridge over the Aller opens in October" stands
 * right below it: slides and leaflets have sentences without a full stop. */
static bool is_said_below_heading(const unit_lines *l, uint32_t i, view v)
{
    uint32_t above = line_above(l, i);
    return above < l->count && may_be_sentence(v) &&
           (form_is_markdown_heading(l, form_line(l, above)) ||
            is_in_path(l->headings, form_line(l, above)));
}

/* A line between blank ones that ends like a title and not like a sentence. */
static bool is_bare_title(const unit_lines *l, uint32_t i)
{
    uint32_t parts = 0;
    view v = skip_number(form_line(l, i), &parts);
    if (parts == 1 && has_numbered_neighbor(l, i)) return false;
    if (parts == 0 && is_said_below_heading(l, i, v)) return false;
    bool alone =
        (i == 0 || form_is_blank_at(l, i - 1)) && form_is_blank_at(l, i + 1) && i + 1 < l->count;
    bool bullet = v.size > 1 && memchr("-*+", v.data[0], 3) && is_ascii_space(v.data[1]);
    if (!alone || bullet || v.size == 0 || v.size > HEADING_MAX_BYTES || l->at[i].indent > 0)
        return false;
    if (memchr(".!;,:)\"'`}>]=", form_last(v), 13) && !form_announces_version(v)) return false;
    return view_find(v, VIEW(". ")) >= v.size && view_find(v, VIEW(": ")) >= v.size &&
           view_find(v, VIEW(" | ")) >= v.size && v.data[0] != '$' && form_option_size(v) == 0;
}

/* A bare title may as well be a sentence without a full stop where it stands below another title, or
 * has nothing below it but the next one. */
static bool is_bare_sentence(const unit_lines *l, uint32_t i)
{
    uint32_t above = line_above(l, i), behind = line_behind(l, i);
    return is_bare_title(l, i) && may_be_sentence(form_line(l, i)) &&
           ((above < l->count && l->at[above].kind == LINE_HEADING) ||
            (behind < l->count && is_bare_title(l, behind)));
}

/* Whether a line has nothing but options, each with an argument at most: "-C NUM, --context=NUM". */
static bool has_options_only(view v)
{
    bool after_option = false;
    for (size_t i = 0; i < v.size;) {
        size_t end = i;
        while (end < v.size && !is_ascii_space(v.data[end]))
            end++;
        bool is_option = v.data[i] == '-' && end - i > 1;
        if (!is_option && !after_option) return false;
        after_option = is_option;
        for (i = end; i < v.size && is_ascii_space(v.data[i]);)
            i++;
    }
    return v.size > 0;
}

/* "General Output Control" right above the first of its options, as manual pages have a part of a section: the
 * option's text is in a line of its own. */
static bool is_above_options(const unit_lines *l, uint32_t i)
{
    enum { TITLE_WORDS = 5 };
    view v = form_line(l, i);
    bool begins = i == 0 || form_is_blank_at(l, i - 1);
    if (!begins || i + 2 >= l->count || v.size > HEADING_MAX_BYTES || form_words(v) > TITLE_WORDS ||
        !is_ascii_capital(v.data[0]) || memchr(".:;,!?", form_last(v), 6))
        return false;
    return l->at[i + 1].indent == l->at[i].indent && has_options_only(form_line(l, i + 1)) &&
           !form_is_blank_at(l, i + 2);
}

static bool is_heading(const unit_lines *l, uint32_t i)
{
    view v = form_line(l, i);
    uint32_t above = line_above(l, i);
    if (above < l->count && l->at[above].is_apart) return false; // explains a term
    if (form_is_markdown_heading(l, v) || is_in_path(l->headings, v)) return true;
    bool is_titled = is_rule_at(l, i + 1) && form_gaps(v) == 0 && v.size <= HEADING_MAX_BYTES &&
                     (i == 0 || form_is_blank_at(l, i - 1) || is_rule_at(l, i - 1)) && v.size > 0;
    if (is_titled && l->at[i + 1].indent == l->at[i].indent) return true;
    bool is_man = l->at[i].indent == 0 && has_capitals_only(v) && v.size <= HEADING_MAX_BYTES &&
                  (i == 0 || form_is_blank_at(l, i - 1));
    if (is_man && form_words(v) <= 5) return true;
    if (l->at[i].indent == 0 && (i == 0 || form_is_blank_at(l, i - 1)) &&
        v.size <= HEADING_MAX_BYTES && form_is_blank_at(l, i + 1) && form_announces_version(v) &&
        v.data[0] != '*' && v.data[0] != '-' && form_words(v) <= 8)
        return true;
    if (is_above_options(l, i)) return true;
    // "[ Person ] Thu, 01 Jan 2026" and "== Section ==" are titles, too.
    if (view_starts_with(v, VIEW("== "))) return true;
    return is_bare_title(l, i);
}

/* One word as programs have them: "journal_mode", "requireForce", "timeout". */
static bool is_name(view v)
{
    if (form_words(v) != 1) return false;
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
    size_t option = form_option_size(v), colon = view_find(v, VIEW(": "));
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

/* ": Print it.", which explains the term in the line above it, as Markdown writes it. */
static bool is_explanation(view v)
{
    return v.size > 2 && v.data[0] == ':' && is_ascii_space(v.data[1]);
}

/* A term that a blank line parts from its explanation: nothing but options, or "q [exit-code]" above
 * lines that are indented more. */
static bool is_term_apart(const unit_lines *l, uint32_t i)
{
    enum { TERM_APART_WORDS = 2, INDENT_LEAST = 2 };
    view v = form_line(l, i);
    uint32_t behind = line_behind(l, i);
    bool alone = (i == 0 || form_is_blank_at(l, i - 1)) && form_is_blank_at(l, i + 1);
    if (!alone || behind >= l->count || l->at[behind].kind != LINE_TEXT || v.size > TERM_MAX_BYTES)
        return false;
    view below = form_line(l, behind);
    if (has_options_only(v)) return below.data[0] != '-' && !has_capitals_only(below);
    return v.data[0] >= 'a' && v.data[0] <= 'z' && form_words(v) <= TERM_APART_WORDS &&
           !memchr(".:;,!?", form_last(v), 6) && l->at[i].indent > 0 &&
           l->at[behind].indent >= l->at[i].indent + INDENT_LEAST;
}

/* A line that the more indented one below it explains, or an option alone in its line. */
static bool is_term(const unit_lines *l, uint32_t i)
{
    view v = form_line(l, i);
    const unit_line *line = &l->at[i], *next = i + 1 < l->count ? &l->at[i + 1] : NULL;
    const unit_line *previous = i > 0 ? &l->at[i - 1] : NULL;
    if (v.size > TERM_MAX_BYTES || !next) return false;
    if (is_explanation(form_line(l, i + 1))) return true;
    bool begins = !previous || previous->kind == LINE_BLANK || previous->kind == LINE_TERM ||
                  previous->kind == LINE_HEADING || previous->kind == LINE_NOISE;
    if (!begins || memchr(".;,", form_last(v), 3)) return false;
    bool is_short = form_words(v) <= TERM_MAX_WORDS || form_option_size(v) > 0;
    if (next->kind != LINE_BLANK && next->indent > line->indent + 1 && is_short) return true;
    bool is_above = next->kind != LINE_BLANK && next->indent == line->indent &&
                    (has_options_only(v) || view_find(v, VIEW(". ")) >= v.size) &&
                    form_words(v) <= TERM_ABOVE_MAX_WORDS;
    if (form_option_size(v) > 0) return is_above;
    // "weekly [weekday]" above its explanation: lines that a paragraph wraps are longer.
    view below = form_line(l, i + 1);
    return is_above && previous && previous->kind == LINE_BLANK && below.size >= LONG_LINE_BYTES &&
           v.size < LONG_LINE_BYTES && is_ascii_capital(below.data[0]) &&
           !memchr("!?:", form_last(v), 3);
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
static size_t tag_size(const unit_lines *l, uint32_t i)
{
    view v = form_line(l, i);
    size_t size = 0, gap;
    while (size < v.size && !is_ascii_space(v.data[size]))
        size++;
    gap = count_blanks(view_slice(v, size, v.size));
    if (size == 0 || size > TAG_MAX_BYTES || gap < 2 || size + gap == v.size ||
        memchr(".,;!?", v.data[size - 1], 5))
        return 0;
    uint32_t column =
        l->at[i].indent + (uint32_t)utf8_count(view_slice(v, 0, size)) + (uint32_t)gap;
    return form_is_blank_at(l, i + 1) || l->at[i + 1].indent == column ? size : 0;
}

static void classify(unit_lines *l, uint32_t i)
{
    unit_line *line = &l->at[i];
    view v = form_line(l, i);
    uint32_t number = 0, marker;
    size_t text = 0;
    bool begins = i == 0 || form_is_blank_at(l, i - 1);
    if (line->kind != LINE_TEXT || form_read_directive(v, line)) return;
    if (is_heading(l, i) || form_begins_question(v)) {
        bool asks = form_last(form_plain(v)) == '?' || form_begins_question(v);
        line->kind = asks ? LINE_ASKED : LINE_HEADING;
        line->has_version = !asks && form_announces_version(v);
        line->is_sentence = !asks && !line->has_version && !form_is_markdown_heading(l, v) &&
                            is_bare_sentence(l, i);
        return;
    }
    // "It is not ordered. Could you ask her?" is a paragraph.
    bool is_one = view_find(v, VIEW(". ")) >= v.size;
    if (begins && is_one && form_last(form_plain(v)) == '?' && form_is_blank_at(l, i + 1)) {
        line->kind = LINE_ASKED;
        return;
    }
    line->text = line->start + form_mark_size(l, v);
    if (is_explanation(v) && i > 0 && l->at[i - 1].kind == LINE_TERM) {
        line->text = line->start + 1;
        while (is_ascii_space(l->text.data[line->text]))
            line->text++;
        return;
    }
    if (lead_is_row(v)) {
        line->kind = LINE_ROW;
        return;
    }
    marker = form_entry_size(l->text, line->start, line->end, &number);
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
    } else if (view_starts_with(v, VIEW(":")) && form_last(v) == ':' && v.size > 2) {
        line->kind = LINE_HEADING; // ":Summary Statistics:"
    } else if (is_term(l, i) || is_term_apart(l, i)) {
        line->kind = LINE_TERM;
        line->term = line->start;
        line->term_end = line->end;
        line->is_apart = is_term_apart(l, i);
    } else if (v.data[0] == '$' && v.size > 2 && v.data[1] == ' ') {
        line->kind = LINE_CODE;
    }
}

static bool cut_lines(unit_lines *l, arena *a)
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
static void mark_front_matter(unit_lines *l)
{
    if (l->count == 0 || !view_equal(form_line(l, 0), VIEW("---"))) return;
    for (uint32_t i = 1; i < l->count; i++)
        if (view_equal(form_line(l, i), VIEW("---"))) {
            for (uint32_t k = 0; k <= i; k++)
                if (l->at[k].kind != LINE_BLANK) l->at[k].kind = LINE_NOISE;
            return;
        }
}

static void mark_code(unit_lines *l)
{
    bool inside = false;
    for (uint32_t i = 0; i < l->count; i++) {
        view v = form_line(l, i);
        bool fence = view_starts_with(v, VIEW("```")) || view_starts_with(v, VIEW("~~~"));
        if (inside && !fence && l->at[i].kind == LINE_TEXT) l->at[i].kind = LINE_CODE;
        if (fence) inside = !inside;
    }
}

kith_status unit_lines_find(view text, view headings, arena *a, unit_line **out, uint32_t *count,
                            kith_error *err)
{
    unit_lines l = {.text = text, .headings = headings};
    if (!cut_lines(&l, a)) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a passage");
    unit_groups_find_comments(&l);
    mark_front_matter(&l);
    mark_code(&l);
    for (uint32_t i = 0; i < l.count; i++)
        if (l.at[i].kind == LINE_TEXT && form_is_noise(form_line(&l, i))) l.at[i].kind = LINE_NOISE;
    unit_groups_classify(&l);
    for (uint32_t i = 0; i < l.count; i++)
        classify(&l, i);
    *out = l.at;
    *count = l.count;
    return KITH_OK;
}
