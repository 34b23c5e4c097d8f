/* lead.c - one walk over the lines of a text; a table or a list is open, or nothing. */
#include "text/lead.h"

#include "base/utf8.h"
#include "text/boundary.h"
#include "text/unicode.h"

#include <string.h>

typedef struct line {
    uint32_t start, end; /* bytes, without the line's end */
    uint32_t indent;     /* blanks at its beginning */
} line;

typedef struct finder {
    view text;
    buffer *out;
    lead open; /* open.lead_end is 0 while nothing is open */
    bool in_fence;
    line before;         /* the line before, when it is not blank */
    uint32_t paragraph;  /* where the last lines without a blank one between them begin */
    uint32_t introduced; /* where they end, when they may lead into a list; else 0 */
} finder;

static view text_of(const finder *f, line l)
{
    return view_slice(f->text, l.start, l.end);
}

static line read_line(view text, uint32_t start)
{
    const char *end = memchr(text.data + start, '\n', text.size - start);
    line l = {.start = start, .end = end ? (uint32_t)(end - text.data) : (uint32_t)text.size};
    while (l.start + l.indent < l.end &&
           (text.data[l.start + l.indent] == ' ' || text.data[l.start + l.indent] == '\t'))
        l.indent++;
    return l;
}

static bool is_blank(line l)
{
    return l.start + l.indent == l.end;
}

/* ---- rows ---- */

view lead_text(view found)
{
    view text = view_trim(found);
    if (view_starts_with(text, VIEW("|"))) text = view_trim(view_slice(text, 1, text.size));
    if (text.size > 0 && text.data[text.size - 1] == '|') text = view_slice(text, 0, text.size - 1);
    return view_trim(text);
}

/* The next cell of a row without bars at its ends. *at is 0 at first, and past the row's end after
 * the last cell. */
static view next_cell(view row, size_t *at)
{
    size_t end = *at;
    while (end < row.size && (row.data[end] != '|' || (end > 0 && row.data[end - 1] == '\\')))
        end++;
    view cell = view_trim(view_slice(row, *at, end));
    *at = end + 1;
    return cell;
}

static uint32_t count_cells(view whole)
{
    uint32_t count = 0;
    view row = lead_text(whole);
    for (size_t at = 0; at <= row.size; count++)
        (void)next_cell(row, &at);
    return count;
}

bool lead_is_row(view text)
{
    view row = view_trim(text);
    return view_starts_with(row, VIEW("|")) ? row.size > 1 : view_find(row, VIEW(" | ")) < row.size;
}

bool lead_is_rule(view text)
{
    bool dash = false, bar = false;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        dash |= c == '-';
        bar |= c == '|';
        if (c != '-' && c != '|' && c != ':' && c != ' ' && c != '\t') return false;
    }
    return dash && bar;
}

/* "+----+----+", or "+====+====+" below the header: between the rows of a grid. */
static bool is_grid_rule(view text)
{
    view rule = view_trim(text);
    if (rule.size < 3 || rule.data[0] != '+' || rule.data[rule.size - 1] != '+') return false;
    for (size_t i = 0; i < rule.size; i++)
        if (!memchr("+-=", rule.data[i], 3)) return false;
    return true;
}

/* The row of a table without a row of dashes: no cell is empty, and none names its own value. */
static bool may_be_header(view text)
{
    view row = lead_text(text);
    if (view_has_digit(row) || view_find(row, VIEW(": ")) < row.size) return false;
    for (size_t at = 0; at <= row.size;)
        if (next_cell(row, &at).size == 0) return false;
    return true;
}

/* True when a cell names its column itself, as "Bolt: M55" below "Bolt" does: such a row needs no
 * header. */
static bool names_columns(view header, view text)
{
    view names = lead_text(header), cells = lead_text(text);
    for (size_t n = 0, c = 0; n <= names.size && c <= cells.size;) {
        view name = next_cell(names, &n), cell = next_cell(cells, &c);
        if (name.size > 0 && view_starts_with(cell, name) &&
            view_starts_with(view_slice(cell, name.size, cell.size), VIEW(": ")))
            return true;
    }
    return false;
}

/* True when the lines `first`, and the two behind it, are the beginning of such a table. */
static bool begins_plain_table(const finder *f, line first)
{
    view header = text_of(f, first);
    uint32_t cells = count_cells(header);
    if (cells < 2 || !lead_is_row(header) || !may_be_header(header)) return false;
    line at = first;
    for (int i = 0; i < 2; i++) {
        if (at.end + 1 >= f->text.size) return false;
        at = read_line(f->text, at.end + 1);
        view row = text_of(f, at);
        if (!lead_is_row(row) || count_cells(row) != cells || names_columns(header, row))
            return false;
        if (i == 0 && !view_has_digit(row)) return false;
    }
    return true;
}

/* The header, cut between cells when it is too long. */
static uint32_t end_of_header(const finder *f, line header)
{
    uint32_t end = header.end;
    if (end - header.start <= LEAD_MAX_BYTES) return end;
    end = header.start + LEAD_MAX_BYTES;
    while (end > header.start && f->text.data[end] != '|')
        end--;
    return end;
}

/* ---- lists ---- */

/* "- ", "* ", "+ ", a bullet, "12. " or "12) ". */
static bool is_entry(const finder *f, line l)
{
    view rest = view_slice(f->text, l.start + l.indent, l.end);
    if (rest.size > 1 && memchr("-*+", rest.data[0], 3) &&
        (rest.data[1] == ' ' || rest.data[1] == '\t'))
        return true;
    return view_starts_with(rest, VIEW("\xE2\x80\xA2")) ||
           boundary_number_of_line(f->text, l.start).size > 0;
}

static bool ends_with_colon(view text)
{
    view trimmed = view_trim(text);
    return trimmed.size > 0 && (trimmed.data[trimmed.size - 1] == ':' ||
                                view_ends_with_nocase(trimmed, VIEW("\xEF\xBC\x9A")));
}

/* The last sentence of text[start, end), at most LEAD_MAX_BYTES of it. */
static uint32_t last_sentence(view text, uint32_t start, uint32_t end)
{
    uint32_t least = end - start > LEAD_MAX_BYTES ? end - LEAD_MAX_BYTES : start, at = end;
    while (at > least) {
        at--;
        bool is_space = text.data[at] == ' ' || text.data[at] == '\n';
        if (is_space && at > start && boundary_ends_sentence(text, at)) return at + 1;
    }
    return least == start ? start : (uint32_t)utf8_floor(text, least);
}

/* ---- the walk ---- */

static void close_lead(finder *f)
{
    if (f->open.end > f->open.start)
        buffer_append(f->out, (view){(const char *)&f->open, sizeof f->open});
    f->open = (lead){0};
}

static void open_table(finder *f, line header, uint32_t rows)
{
    uint32_t end = end_of_header(f, header);
    close_lead(f);
    if (lead_text(view_slice(f->text, header.start, end)).size == 0) return;
    f->open = (lead){rows, rows, header.start, end, LEAD_TABLE};
}

static bool continues(const finder *f, line l)
{
    if (f->open.lead_end == 0) return false;
    if (f->open.kind == LEAD_TABLE)
        return lead_is_row(text_of(f, l)) || is_grid_rule(text_of(f, l));
    bool wraps = f->before.end > f->before.start && f->text.data[l.start] != '#';
    return is_entry(f, l) || l.indent > 1 || wraps;
}

static void take_line(finder *f, line l)
{
    if (continues(f, l)) {
        f->open.end = l.end;
        return;
    }
    close_lead(f);
    bool follows = f->before.end > f->before.start;
    view header = follows ? text_of(f, f->before) : VIEW("");
    if (follows && lead_is_rule(text_of(f, l)) &&
        count_cells(header) == count_cells(text_of(f, l))) {
        open_table(f, f->before, l.end);
    } else if (lead_is_row(header) && is_grid_rule(text_of(f, l)) &&
               memchr(f->text.data + l.start, '=', l.end - l.start)) {
        open_table(f, f->before, l.end);
    } else if (is_entry(f, l) && f->introduced > 0) {
        uint32_t start = last_sentence(f->text, f->paragraph, f->introduced);
        f->open = (lead){l.start, l.end, start, f->introduced, LEAD_LIST};
    } else if (memchr(f->text.data + l.start, '|', l.end - l.start) && begins_plain_table(f, l)) {
        open_table(f, l, l.end);
    }
}

/* Notes what the line means for the lists behind it. */
static void remember(finder *f, line l)
{
    bool is_text = f->open.lead_end == 0 && f->text.data[l.start + l.indent] != '#';
    if (f->before.end <= f->before.start) f->paragraph = l.start;
    f->before = l;
    f->introduced = is_text && ends_with_colon(text_of(f, l)) ? l.end : 0;
}

void lead_find(view text, buffer *out)
{
    finder f = {.text = text, .out = out};
    for (uint32_t at = 0; at < text.size;) {
        line l = read_line(text, at);
        view rest = view_slice(text, l.start + l.indent, l.end);
        at = l.end + 1;
        if (view_starts_with(rest, VIEW("```")) || view_starts_with(rest, VIEW("~~~"))) {
            f.in_fence = !f.in_fence;
            if (f.open.kind == LEAD_TABLE) close_lead(&f);
            f.before = (line){0};
        } else if (is_blank(l)) {
            if (f.open.kind == LEAD_TABLE) close_lead(&f);
            f.before = (line){0};
        } else if (!f.in_fence) {
            take_line(&f, l);
            remember(&f, l);
        }
    }
    close_lead(&f);
}

const lead *lead_behind(const lead *leads, uint32_t count, uint32_t offset)
{
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (leads[middle].end <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count ? &leads[low] : NULL;
}

const lead *lead_at(const lead *leads, uint32_t count, uint32_t offset)
{
    const lead *l = lead_behind(leads, count, offset);
    return l && l->start <= offset ? l : NULL;
}

kith_status lead_name_cells(view header, view row, arena *a, view *out, kith_error *err)
{
    view names = lead_text(header), cells = lead_text(row), whole = view_trim(row);
    *out = row;
    // "M55 | 65 |": the bar at the end is of an empty cell when there is none at the beginning.
    bool is_open = whole.size > 0 && *whole.data != '|' && whole.data[whole.size - 1] == '|';
    uint32_t count = count_cells(row);
    if (count != count_cells(header) && !(is_open && count + 1 == count_cells(header)))
        return KITH_OK;
    buffer text;
    buffer_init(&text, names.size + 8 * (row.size + 1) + 64);
    for (size_t n = 0, c = 0; c <= cells.size;) {
        view name = next_cell(names, &n), cell = next_cell(cells, &c);
        if (cell.size == 0) continue;
        buffer_printf(&text, "%s%.*s%s%.*s", text.size ? " | " : "", VIEW_ARG(name),
                      name.size ? ": " : "", VIEW_ARG(cell));
    }
    kith_status status = buffer_status(&text, "a row of a table", err);
    view named = status == KITH_OK ? arena_copy(a, buffer_view(&text)) : (view){NULL, 0};
    buffer_done(&text);
    if (status == KITH_OK && !named.data)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for a row of a table");
    if (status == KITH_OK && named.size) *out = named;
    return status;
}
