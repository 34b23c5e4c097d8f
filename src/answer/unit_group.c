/* unit_group.c - groups of lines without a blank one between them that are tables in columns, lists of
 * codes, records or settings: told as a whole. */
#include "answer/unit_group.h"

#include "base/utf8.h"
#include "text/lead.h"

#include <string.h>

enum { FIRST_CELL_MAX_BYTES = 40 };

static void mark_group(unit_lines *l, uint32_t first, uint32_t end, line_kind kind)
{
    for (uint32_t i = first; i < end; i++)
        if (l->at[i].kind == LINE_TEXT) l->at[i].kind = kind;
}

/* Rows below or between rules that leave gaps, or all with tabs. */
static bool is_in_columns(const unit_lines *l, uint32_t first, uint32_t end)
{
    enum { LONG_RULE = 40, SHORT_RULE = 10 };
    uint32_t rules = 0, short_rules = 0, wide = 0, tabs = 0, rows = 0;
    for (uint32_t i = first; i < end; i++) {
        view v = form_line(l, i);
        bool rule = l->at[i].kind == LINE_NOISE;
        if (!rule && lead_is_row(v)) return false; // told by its bars
        rules += rule && (view_find(v, VIEW("= =")) < v.size ||
                          view_find(v, VIEW("- -")) < v.size || v.size > LONG_RULE);
        short_rules += rule && v.size > SHORT_RULE;
        rows += !rule;
        wide += !rule && form_gaps(v) > 0;
        tabs += !rule && memchr(v.data, '\t', v.size) != NULL;
    }
    bool all = short_rules > 0 && wide == rows && rows > 2;
    return rows > 1 && ((rules > 0 && wide * 2 > rows) || all || tabs == rows);
}

/* The column in which byte `at` of the line stands. */
static uint32_t column_of(const unit_lines *l, uint32_t i, size_t at)
{
    return l->at[i].indent + (uint32_t)utf8_count(view_slice(form_line(l, i), 0, at));
}

/* The column of the second cell, behind a short first one and at least two blanks; 0: none. */
static uint32_t second_column(const unit_lines *l, uint32_t i)
{
    view v = form_line(l, i);
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
static bool is_aligned(const unit_lines *l, uint32_t first, uint32_t end)
{
    uint32_t column = second_column(l, first), rows = 0;
    for (uint32_t i = first; i < end && column > 0; i++) {
        view v = form_line(l, i);
        bool goes_on = i > first && l->at[i].indent == column;
        uint32_t number = 0;
        bool is_entry = form_entry_size(l->text, l->at[i].start, l->at[i].end, &number) > 0;
        if (l->at[i].kind != LINE_TEXT || form_option_size(v) > 0 || lead_is_row(v) || is_entry)
            return false;
        if (!goes_on && (second_column(l, i) != column || l->at[i].indent != l->at[first].indent))
            return false;
        rows += !goes_on;
    }
    return column > 0 && rows >= 2;
}

static void mark_aligned(unit_lines *l, uint32_t first, uint32_t end)
{
    uint32_t column = second_column(l, first);
    for (uint32_t i = first; i < end; i++)
        l->at[i].kind = l->at[i].indent == column ? LINE_REST : LINE_COLUMNS;
}

/* "E01: No water", "E03 to E07: ...": the name is a code. */
static bool is_coded_field(view v)
{
    view name = view_slice(v, 0, view_find(v, VIEW(": ")));
    for (size_t i = 0; i < name.size && form_is_field(v); i++)
        if (is_ascii_digit(name.data[i])) return name.data[0] != '-';
    return false;
}

/* Lines of which each explains a code are no record: each is said by itself. */
static bool is_code_list(const unit_lines *l, uint32_t first, uint32_t end)
{
    for (uint32_t i = first; i < end; i++)
        if (l->at[i].kind != LINE_TEXT || !is_coded_field(form_line(l, i))) return false;
    return end - first >= 2;
}

static void mark_code_list(unit_lines *l, uint32_t first, uint32_t end)
{
    for (uint32_t i = first; i < end; i++) {
        unit_line *line = &l->at[i];
        line->kind = LINE_DEFINED;
        line->term = line->start;
        line->term_end = line->start + (uint32_t)view_find(form_line(l, i), VIEW(": "));
        line->text = line->term_end + 2;
    }
}

static bool is_record(const unit_lines *l, uint32_t first, uint32_t end)
{
    if (end - first < 3) return false;
    for (uint32_t i = first; i < end; i++)
        if (!form_is_field(form_line(l, i)) || l->at[i].indent != l->at[first].indent) return false;
    return true;
}

/* "deny = 3", "DHOME=/home": a name, an equals sign and one value. */
static bool is_assignment(view v)
{
    size_t name = 0, at;
    while (name < v.size && (form_is_letter(v.data[name]) || is_ascii_digit(v.data[name]) ||
                             memchr("_.-", v.data[name], 3)))
        name++;
    for (at = name; at < v.size && v.data[at] == ' ';)
        at++;
    if (name < 2 || at >= v.size || v.data[at] != '=') return false;
    return form_words(view_slice(v, at + 1, v.size)) <= 1;
}

static bool is_setting(const unit_lines *l, view v)
{
    size_t marks = 0;
    while (marks < v.size && v.data[marks] == '#')
        marks++;
    if (l->has_comments && marks == 1 && v.size > 1 && !is_ascii_space(v.data[1])) return true;
    if (l->has_comments && marks == 1 && is_assignment(view_trim(view_slice(v, 1, v.size))))
        return true;
    if (l->has_double && marks == 1 && v.size > 2) return true;
    return l->has_comments && marks == 0;
}

/* Ends a comment of C and its relatives in line i, and is line i + 1 the code that it is about? */
static bool is_above_code(const unit_lines *l, uint32_t i)
{
    view v = form_line(l, i);
    bool ends = view_starts_with(v, VIEW("//")) ||
                (v.size > 2 && view_equal(view_slice(v, v.size - 2, v.size), VIEW("*/")));
    return ends && !form_is_blank_at(l, i + 1) && l->at[i + 1].kind == LINE_TEXT &&
           form_mark_size(l, form_line(l, i + 1)) == 0;
}

void unit_groups_classify(unit_lines *l)
{
    for (uint32_t i = 0; i < l->count;) {
        uint32_t end = i + 1;
        while (l->at[i].kind != LINE_BLANK && !form_is_blank_at(l, end))
            end++;
        if (l->at[i].kind != LINE_BLANK && is_in_columns(l, i, end))
            mark_group(l, i, end, LINE_COLUMNS);
        else if (l->at[i].kind != LINE_BLANK && is_code_list(l, i, end))
            mark_code_list(l, i, end);
        else if (l->at[i].kind != LINE_BLANK && is_record(l, i, end))
            mark_group(l, i, end, LINE_FIELD);
        else if (l->at[i].kind != LINE_BLANK && is_aligned(l, i, end))
            mark_aligned(l, i, end);
        for (uint32_t k = i; k < end && l->has_comments; k++)
            if (l->at[k].kind == LINE_TEXT && is_setting(l, form_line(l, k)))
                l->at[k].kind = LINE_SETTING;
        for (uint32_t k = i; k + 1 < end; k++)
            if (l->at[k].kind == LINE_TEXT && is_above_code(l, k)) l->at[k + 1].kind = LINE_SETTING;
        i = end;
    }
}

/* Settings that are commented out ("#Port 22"), or lines of comments that follow one another. */
void unit_groups_find_comments(unit_lines *l)
{
    uint32_t settings = 0, comments = 0, other = 0, doubles = 0;
    for (uint32_t i = 0; i < l->count; i++) {
        view v = form_line(l, i);
        if (v.size < 2) continue;
        bool hash = v.data[0] == '#';
        settings += hash && form_is_letter(v.data[1]);
        bool goes_on = i > 0 && l->at[i - 1].end > l->at[i - 1].start &&
                       l->text.data[l->at[i - 1].start] == '#';
        comments += hash && goes_on && !form_is_letter(v.data[1]);
        other += !hash;
        doubles += view_starts_with(v, VIEW("## "));
    }
    l->has_comments = settings + comments >= 2 && (settings + comments) * 2 > other;
    l->has_double = l->has_comments && doubles >= 2;
    // "#" alone parts the comments of two settings as an empty line does.
    for (uint32_t i = 0; i < l->count && l->has_comments; i++)
        if (view_equal(form_line(l, i), VIEW("#"))) l->at[i].kind = LINE_BLANK;
}
