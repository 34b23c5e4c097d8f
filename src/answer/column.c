/* column.c - cells by their columns, counted in code points from the line's beginning. */
#include "answer/column.h"

#include "base/utf8.h"

#include <string.h>

#define BAR "\xE2\x94\x82" /* of a drawn table */

enum { CELLS_MAX = 32, SLACK = 2 /* columns that a cell may be off its name */ };

typedef struct cell {
    view text;
    uint32_t first, end; /* columns */
} cell;

/* The bytes between two cells that begin at `at`: a tab, a bar, or two blanks and more; 0: none. */
static size_t gap_at(view v, size_t at)
{
    size_t end = at;
    bool divides = false;
    while (end < v.size) {
        bool is_bar = view_starts_with(view_slice(v, end, v.size), VIEW(BAR));
        if (!is_bar && !is_ascii_space(v.data[end])) break;
        divides |= is_bar || v.data[end] == '\t';
        end += is_bar ? sizeof BAR - 1 : 1;
    }
    return divides || end - at >= 2 ? end - at : 0;
}

static uint32_t cut_cells(const column_line *line, cell *cells)
{
    view v = line->text;
    uint32_t count = 0;
    size_t start = gap_at(v, 0);
    while (start < v.size && count < CELLS_MAX) {
        size_t end = start, gap = 0;
        while (end < v.size && (gap = gap_at(v, end)) == 0)
            end++;
        uint32_t first = line->indent + (uint32_t)utf8_count(view_slice(v, 0, start));
        view text = view_slice(v, start, end);
        cells[count++] = (cell){text, first, first + (uint32_t)utf8_count(text)};
        start = end + gap;
    }
    return count;
}

uint32_t column_count(view line)
{
    cell cells[CELLS_MAX];
    return cut_cells(&(column_line){view_trim(line), 0}, cells);
}

/* The bytes of the line that stand in the columns [first, end). */
static view slice_columns(const column_line *line, uint32_t first, uint32_t end)
{
    size_t from = line->text.size, to = line->text.size;
    uint32_t column = line->indent;
    for (size_t i = 0; i < line->text.size; i++) {
        if (((unsigned char)line->text.data[i] & 0xC0) == 0x80) continue;
        if (column >= first && from == line->text.size) from = i;
        if (column >= end && to == line->text.size) to = i;
        column++;
    }
    return from < to ? view_trim(view_slice(line->text, from, to)) : (view){"", 0};
}

/* As cut_cells, by the rule's runs; false: something stands across two columns. */
static bool cut_by_rule(const column_line *rule, const column_line *line, cell *cells,
                        uint32_t *count)
{
    cell runs[CELLS_MAX];
    uint32_t n = 0, column = rule->indent;
    view v = rule->text;
    for (size_t i = 0; i < v.size && n < CELLS_MAX; column++) {
        bool begins = v.data[i] != ' ' && (i == 0 || v.data[i - 1] == ' ');
        if (begins) runs[n++] = (cell){.first = column};
        i++;
        while (i < v.size && ((unsigned char)v.data[i] & 0xC0) == 0x80)
            i++;
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t end = i + 1 < n ? runs[i + 1].first : UINT32_MAX;
        cells[i] = (cell){slice_columns(line, runs[i].first, end), runs[i].first, end};
        if (i == 0) continue;
        view both = slice_columns(line, runs[i].first - 1, runs[i].first + 1);
        if (both.size >= 2) return false;
    }
    *count = n;
    return n > 1;
}

/* The name that the cell stands below; with tabs that of its number. */
static view name_of(const cell *c, uint32_t number, const cell *names, uint32_t count,
                    bool by_number)
{
    uint32_t best = UINT32_MAX, most = 0;
    if (by_number) return number < count ? names[number].text : (view){"", 0};
    for (uint32_t i = 0; i < count; i++) {
        uint32_t first = c->first > names[i].first ? c->first : names[i].first;
        uint32_t end = c->end < names[i].end ? c->end : names[i].end;
        uint32_t shared = end + SLACK > first ? end + SLACK - first : 0;
        if (shared > most) best = i;
        most = shared > most ? shared : most;
    }
    return best < count ? names[best].text : (view){"", 0};
}

static void append_folded(buffer *out, view v)
{
    for (size_t i = 0; i < v.size; i++) {
        bool is_space = is_ascii_space(v.data[i]);
        if (!is_space || (i > 0 && !is_ascii_space(v.data[i - 1])))
            buffer_append_byte(out, is_space ? ' ' : v.data[i]);
    }
}

static view without_colon(view v)
{
    return v.size > 1 && v.data[v.size - 1] == ':' ? view_slice(v, 0, v.size - 1) : v;
}

void column_say(const column_line *header, const column_line *rule, const column_line *row,
                buffer *out)
{
    cell names[CELLS_MAX], cells[CELLS_MAX];
    uint32_t name_count = 0, count = 0;
    bool ruled = rule->text.size > 0 && cut_by_rule(rule, row, cells, &count) &&
                 cut_by_rule(rule, header, names, &name_count);
    if (!ruled) {
        count = cut_cells(row, cells);
        name_count = cut_cells(header, names);
    }
    bool tabs = !ruled && memchr(row->text.data, '\t', row->text.size) != NULL;
    for (uint32_t i = 0, said = 0; i < count; i++) {
        view name = without_colon(name_of(&cells[i], i, names, name_count, ruled || tabs));
        if (cells[i].text.size == 0) continue;
        if (said++ > 0) buffer_append_text(out, name_count > 0 ? " | " : "  ");
        append_folded(out, name);
        if (name.size > 0) buffer_append_text(out, ": ");
        append_folded(out, name_count > 0 ? without_colon(cells[i].text) : cells[i].text);
    }
}
