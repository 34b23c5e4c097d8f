/* unit.c - one walk over the classified lines (unit_line.h). It remembers what the lines so far say
 * of those to come: the heading, the version of a changelog, the term that is being explained, the
 * lead-in of a list. */
#include "answer/unit.h"

#include "answer/column.h"
#include "answer/row.h"
#include "answer/unit_form.h"
#include "answer/unit_line.h"
#include "answer/unit_said.h"
#include "base/buffer.h"
#include "base/utf8.h"
#include "text/lead.h"
#include "text/sentence.h"

#include <string.h>

enum {
    HEADINGS_MAX_BYTES = 4000,          /* of the path of headings above a passage */
    LINE_MAX_BYTES = 4 * UNIT_MAX_BYTES /* of a row, which may be filled with blanks */
};

typedef struct walk {
    const passage_text *passage;
    view text;
    const unit_line *lines;
    uint32_t line_count;
    passage_rows rows;
    view heading, version;
    bool heading_asks, heading_is_synopsis, is_after_heading;
    bool heading_is_usage; /* how a command is called, and often what that does */
    view term;             /* the one that is being explained; empty: none */
    uint32_t term_indent;
    bool term_ends_at_blank;
    bool term_waits; /* its explanation is behind the blank line below it */
    view lead;       /* the sentence with a colon that leads into what is below it; empty: none */
    bool lead_holds; /* it was used by an entry: it stays while entries follow */
    uint32_t lead_indent;
    uint32_t list, entry;      /* of the open list */
    column_line columns, rule; /* the header of the open table in columns, and the rule below it */
    view caption;              /* the comment above settings */
    buffer units;
    arena *memory;
    kith_error *err;
} walk;

typedef struct block {
    uint32_t start, end; /* bytes: from behind the bullet or term to the end */
    uint32_t quote;      /* where a quote of its first unit may begin */
    unit_kind kind;
    bool has_marks; /* lines begin with a comment's or a quotation's mark */
} block;

/* ---- blocks of text ---- */

static void append_unit(walk *w, unit u)
{
    u.heading = unit_said_cut(w->heading, UNIT_HEAD_MAX_BYTES);
    u.answers = w->heading_asks;
    u.list = w->list;
    u.entry = w->entry;
    u.is_inside = u.end > w->passage->start && u.start < w->passage->end;
    buffer_append(&w->units, (view){(const char *)&u, sizeof u});
}

static kith_status add_unit(walk *w, const block *b, uint32_t start, uint32_t end, bool first)
{
    unit u = {.start = start, .end = end, .kind = b->kind, .is_first = first};
    view body = view_slice(w->text, start, end);
    if (first && b->quote < start) u.start = b->quote;
    if (body.size > UNIT_MAX_BYTES || w->heading_is_synopsis) return KITH_OK;
    if (w->heading_is_usage && b->kind == UNIT_SENTENCE && form_last(body) != '.') return KITH_OK;
    const unit_saying saying = {.text = w->text,
                                .term = w->term,
                                .lead = w->lead,
                                .version = w->version,
                                .kind = b->kind,
                                .start = b->start,
                                .has_marks = b->has_marks};
    kith_status status = unit_say(&saying, body, w->memory, &u, w->err);
    if (status == KITH_OK) append_unit(w, u);
    return status;
}

static bool ends_with(view v, char c)
{
    return v.size > 0 && v.data[v.size - 1] == c;
}

/* "[-d] [-f] [-i]": how a command is called. */
static bool is_synopsis(view v)
{
    uint32_t brackets = 0;
    for (size_t i = 0; i + 1 < v.size; i++)
        brackets += v.data[i] == '[' && (v.data[i + 1] == '-' || v.data[i + 1] == '<');
    return brackets >= 3;
}

/* Where a part of text[start, end), which is longer than a unit may be, ends: behind a full stop
 * that a small letter follows (some texts have no capitals), else behind the last semicolon, comma
 * or blank that leaves it short enough. */
static uint32_t end_of_part(view text, uint32_t start, uint32_t end)
{
    enum { WORD_LEAST = 3 /* letters before a full stop: fewer may be an abbreviation */ };
    static const char *const short_forms[] = {"inc", "ltd", "corp", "etc", "fig", "vol", NULL};
    static const char opening[] = "([{\"'";
    static const char marks[] = ";, ";
    uint32_t most = start + UNIT_MAX_BYTES < end ? start + UNIT_MAX_BYTES : end, letters = 0;
    for (uint32_t i = start; i + 1 < end && i < most; i++) {
        bool ends = text.data[i] == '.' && is_ascii_space(text.data[i + 1]);
        view last = view_slice(text, i - letters, i);
        while (last.size && strchr(opening, last.data[0]))
            last = view_slice(last, 1, last.size);
        // "e.g." and "i.e." have a full stop within.
        bool is_short = last.size < WORD_LEAST || view_find(last, VIEW(".")) < last.size ||
                        view_is_one_of_nocase(last, short_forms);
        if (ends && !is_short) return i + 1;
        letters = is_ascii_space(text.data[i]) ? 0 : letters + 1;
    }
    if (end - start <= UNIT_MAX_BYTES) return end;
    for (const char *mark = marks; *mark; mark++)
        for (uint32_t i = most; i > start + UNIT_MAX_BYTES / 2; i--)
            if (text.data[i - 1] == *mark) return i;
    return (uint32_t)utf8_floor(text, most);
}

/* A sentence that is longer than a unit may be is several. */
static kith_status add_sentence(walk *w, const block *b, uint32_t start, uint32_t end, bool first)
{
    kith_status status = KITH_OK;
    if (end - start <= UNIT_MAX_BYTES) return add_unit(w, b, start, end, first);
    while (start < end && status == KITH_OK) {
        uint32_t part = end_of_part(w->text, start, end), last = part;
        while (last > start && is_ascii_space(w->text.data[last - 1]))
            last--;
        if (last > start) status = add_unit(w, b, start, last, first);
        first = false;
        for (start = part; start < end && is_ascii_space(w->text.data[start]);)
            start++;
    }
    return status;
}

/* A block as its sentences. The last one, with a colon at its end, leads into what follows. */
static kith_status add_sentences(walk *w, const block *b)
{
    view text = view_slice(w->text, b->start, b->end);
    sentence *sentences = NULL;
    uint32_t count = 0;
    kith_status status = sentence_split(text, w->memory, &sentences, &count, w->err);
    bool first = true;
    view lead_in = {"", 0};
    for (uint32_t i = 0; i < count && status == KITH_OK; i++) {
        view said = view_slice(text, sentences[i].start, sentences[i].end);
        if (ends_with(said, ':') && i + 1 == count) {
            lead_in = said;
        } else if (ends_with(form_plain(said), '?')) {
            w->heading = form_plain(said);
            w->heading_asks = true;
        } else if (!is_synopsis(said)) {
            status = add_sentence(w, b, b->start + sentences[i].start, b->start + sentences[i].end,
                                  first);
            first = false;
        }
    }
    if (lead_in.size > 0) {
        w->lead = lead_in;
        w->lead_holds = false;
    }
    return status;
}

static kith_status add_block(walk *w, const block *b)
{
    view text = view_slice(w->text, b->start, b->end);
    bool whole = b->kind != UNIT_SENTENCE && text.size <= UNIT_WHOLE_BYTES;
    if (text.size == 0) return KITH_OK;
    if (!whole || ends_with(text, ':') || ends_with(form_plain(text), '?'))
        return add_sentences(w, b);
    return is_synopsis(text) ? KITH_OK : add_unit(w, b, b->start, b->end, true);
}

/* ---- the walk ---- */

static view line_text(const walk *w, uint32_t i)
{
    return view_slice(w->text, w->lines[i].start, w->lines[i].end);
}

static void close_term(walk *w)
{
    w->term = (view){"", 0};
}

static void close_list(walk *w)
{
    w->list = UNIT_NO_LIST;
    w->lead = (view){"", 0};
    w->lead_holds = false;
}

static kith_status take_heading(walk *w, const unit_line *line)
{
    view v = unit_said_head(view_slice(w->text, line->start, line->end));
    static const char *const synopses[] = {"synopsis", "table of contents", "contents", "ÜBERSICHT",
                                           "sinopsis", "sintassi",          "sinopse",  NULL};
    static const char *const usage[] = {"usage", NULL};
    close_term(w);
    close_list(w);
    w->heading = v;
    w->heading_asks = line->kind == LINE_ASKED;
    w->heading_is_synopsis = view_is_one_of_nocase(v, synopses);
    w->heading_is_usage = view_is_one_of_nocase(v, usage);
    w->is_after_heading = true;
    if (line->has_version) w->version = v;
    w->columns = w->rule = (column_line){{"", 0}, 0};
    w->caption = (view){"", 0};
    if (!line->is_sentence) return KITH_OK;
    block b = {.start = line->start, .end = line->end, .quote = line->start, .kind = UNIT_SENTENCE};
    return add_unit(w, &b, b.start, b.end, true);
}

/* The line behind the block's last: TEXT lines go on with it. */
static uint32_t end_of_block(const walk *w, uint32_t i)
{
    line_kind kind = w->lines[i].kind;
    uint32_t end = i + 1;
    for (; end < w->line_count; end++) {
        const unit_line *line = &w->lines[end];
        bool goes_on = line->kind == LINE_TEXT ||
                       (line->kind == LINE_DEFINED && kind == LINE_TEXT &&
                        line->term == line->start && w->lines[end - 1].kind == LINE_TEXT &&
                        w->text.data[line->start] != '-' && w->text.data[line->start] != ':');
        if (kind == LINE_CODE || kind == LINE_FIELD) goes_on = line->kind == kind;
        if (kind == LINE_COLUMNS) goes_on = line->kind == LINE_REST;
        if (kind == LINE_SETTING) goes_on = false;
        if (!goes_on) break;
    }
    return end;
}

/* Whether the open term or list still holds for a line. */
static void close_what_ended(walk *w, uint32_t i)
{
    const unit_line *line = &w->lines[i];
    bool after_blank = i > 0 && w->lines[i - 1].kind == LINE_BLANK;
    if (w->term.size > 0 && after_blank && !w->term_waits &&
        (w->term_ends_at_blank || line->indent <= w->term_indent))
        close_term(w);
    if (line->kind == LINE_ENTRY) return;
    if (w->lead.size > 0 && w->lead_holds && after_blank && line->kind == LINE_TEXT &&
        line->indent <= w->lead_indent)
        close_list(w);
}

static kith_status take_text(walk *w, uint32_t i, uint32_t end)
{
    const unit_line *line = &w->lines[i];
    block b = {.start = line->text,
               .end = w->lines[end - 1].end,
               .quote = line->text,
               .kind = w->term.size > 0 ? UNIT_DEFINITION : UNIT_SENTENCE,
               .has_marks = line->text > line->start && line->kind == LINE_TEXT};
    view lead_in = w->lead;
    bool held = w->lead_holds, announced = lead_in.size > 0 && !held && line->kind != LINE_ENTRY;
    if (line->kind == LINE_ENTRY) {
        b.kind = UNIT_ENTRY;
        if (w->list == UNIT_NO_LIST) {
            w->list = line->start;
            w->entry = 0;
            w->lead_indent = line->indent;
        } else {
            w->entry++;
        }
        w->lead_holds = true;
    } else if (announced && b.kind == UNIT_SENTENCE) {
        b.kind = UNIT_CODE; // what a sentence with a colon announces: said with it
    }
    // A short comment is quoted with its setting alone.
    bool is_comment = b.has_marks && end < w->line_count && w->lines[end].kind == LINE_SETTING;
    if (is_comment && w->lines[end].end - line->start <= UNIT_WHOLE_BYTES) return KITH_OK;
    uint32_t above = i;
    while (w->term_waits && above > 0 && w->lines[above - 1].kind == LINE_BLANK)
        above--;
    bool adjoins = w->term.size > 0 && above > 0 && w->lines[above - 1].kind == LINE_TERM;
    if (adjoins) b.quote = (uint32_t)(w->term.data - w->text.data);
    kith_status status = add_block(w, &b);
    if (announced && w->lead.data == lead_in.data) close_list(w);
    w->term_waits = false;
    return status;
}

/* Whether the line above is another form of the term in line i: "-n" above "--dry-run". One that is
 * indented less is a heading of options. */
static bool continues_term(const walk *w, uint32_t i)
{
    return i > 0 && w->lines[i - 1].kind == LINE_TERM && w->term.size > 0 &&
           w->lines[i - 1].indent == w->lines[i].indent;
}

/* A chunk begins with the line, whose indentation was cut off: everything below seems to be indented
 * more. */
static bool begins_chunk(const walk *w, uint32_t i)
{
    enum { JOINT_BYTES = 2 /* of chunks that do not overlap */ };
    uint32_t start = w->lines[i].start, end = w->passage->end;
    return i == 0 || start == w->passage->start || (start > end && start <= end + JOINT_BYTES);
}

static kith_status take_definition(walk *w, uint32_t i, uint32_t end)
{
    const unit_line *line = &w->lines[i];
    uint32_t start = line->term;
    if (continues_term(w, i)) start = (uint32_t)(w->term.data - w->text.data);
    w->term = view_slice(w->text, start, line->term_end);
    w->term_indent = line->indent;
    w->term_ends_at_blank = true;
    block b = {
        .start = line->text, .end = w->lines[end - 1].end, .quote = start, .kind = UNIT_DEFINITION};
    close_list(w);
    return add_block(w, &b);
}

static void take_term(walk *w, uint32_t i)
{
    const unit_line *line = &w->lines[i];
    uint32_t start = line->term;
    close_list(w);
    if (continues_term(w, i)) start = (uint32_t)(w->term.data - w->text.data);
    w->term = view_slice(w->text, start, line->term_end);
    w->term_indent = line->indent;
    w->term_waits = line->is_apart;
    w->term_ends_at_blank =
        begins_chunk(w, i) || (i + 1 < w->line_count && w->lines[i + 1].kind != LINE_BLANK &&
                               w->lines[i + 1].indent <= line->indent);
}

static kith_status take_row(walk *w, const unit_line *line)
{
    unit u = {.start = line->start, .end = line->end, .kind = UNIT_ROW, .is_first = true};
    if (passage_rows_is_header(&w->rows, u.start, u.end) || w->heading_is_synopsis) return KITH_OK;
    if (u.end - u.start > LINE_MAX_BYTES) return KITH_OK;
    kith_status status = passage_rows_say(&w->rows, u.start, u.end, w->memory, &u.said, w->err);
    if (status == KITH_OK && u.said.size <= UNIT_MAX_BYTES) append_unit(w, u);
    return status;
}

static column_line line_at(const walk *w, uint32_t i)
{
    return (column_line){line_text(w, i), w->lines[i].indent};
}

/* The first line of a group names its columns when a rule stands below it; or when it has three
 * cells and no digit, and the two lines below it, with as many cells, have some. */
static bool is_column_header(const walk *w, uint32_t i)
{
    enum { CELLS_LEAST = 3 };
    view v = line_text(w, i);
    if (i > 0 && w->lines[i - 1].kind == LINE_COLUMNS) return false;
    if (i + 1 < w->line_count && w->lines[i + 1].kind == LINE_NOISE)
        return i + 2 < w->line_count && w->lines[i + 2].kind == LINE_COLUMNS &&
               w->columns.text.size == 0;
    uint32_t cells = column_count(v);
    if (cells < CELLS_LEAST || view_has_digit(v)) return false;
    for (uint32_t k = i + 1; k <= i + 2; k++)
        if (k >= w->line_count || w->lines[k].kind != LINE_COLUMNS ||
            column_count(line_text(w, k)) != cells || !view_has_digit(line_text(w, k)))
            return false;
    return true;
}

static kith_status append_said_row(walk *w, unit u, buffer *said)
{
    kith_status status = buffer_status(said, "a row", w->err);
    if (status != KITH_OK) return status;
    u.said = arena_copy(w->memory, buffer_view(said));
    if (!u.said.data) return fail(w->err, KITH_ERR_NO_MEMORY, "out of memory for a passage");
    if (u.said.size > 0 && u.said.size <= UNIT_MAX_BYTES) append_unit(w, u);
    return KITH_OK;
}

/* A row in columns, with what of its last cell stands in the lines below it. */
static kith_status take_columns(walk *w, uint32_t i, uint32_t end)
{
    const unit_line *line = &w->lines[i];
    uint32_t above = i;
    while (above > 0 && w->lines[above - 1].kind == LINE_NOISE)
        above--;
    bool begins = above == 0 || w->lines[above - 1].kind != LINE_COLUMNS;
    if (begins && (above == 0 || w->lines[above - 1].kind != LINE_REST))
        w->columns = w->rule = (column_line){{"", 0}, 0};
    if (is_column_header(w, i)) {
        w->columns = line_at(w, i);
        if (w->lines[i + 1].kind == LINE_NOISE) w->rule = line_at(w, i + 1);
        return KITH_OK;
    }
    unit u = {
        .start = line->start, .end = w->lines[end - 1].end, .kind = UNIT_ROW, .is_first = true};
    if (u.end - u.start > LINE_MAX_BYTES || w->heading_is_synopsis) return KITH_OK;
    buffer said;
    buffer_init(&said, 1 << 20);
    column_line row = line_at(w, i);
    bool is_named = w->columns.text.size <= LINE_MAX_BYTES && w->rule.text.size <= LINE_MAX_BYTES;
    const column_line none = {{"", 0}, 0};
    column_say(is_named ? &w->columns : &none, is_named ? &w->rule : &none, &row, &said);
    for (uint32_t k = i + 1; k < end; k++) {
        buffer_append_byte(&said, ' ');
        unit_said_append(&said, line_text(w, k), false);
    }
    u.head = unit_said_cut(w->columns.text, UNIT_HEAD_MAX_BYTES);
    kith_status status = append_said_row(w, u, &said);
    buffer_done(&said);
    return status;
}

/* The name of the field in line i. */
static view field_name(const walk *w, uint32_t i)
{
    view v = line_text(w, i);
    return view_slice(v, 0, view_find(v, VIEW(":")));
}

/* Whether the record in lines [i, end) has a neighbor that begins with the same field: a row of a
 * table of which each row is a record. */
static bool is_one_of_many(const walk *w, uint32_t i, uint32_t end)
{
    uint32_t before = i;
    view name = field_name(w, i);
    if (end + 1 < w->line_count && w->lines[end + 1].kind == LINE_FIELD)
        return view_equal(field_name(w, end + 1), name);
    while (before > 0 && w->lines[before - 1].kind == LINE_BLANK)
        before--;
    while (before > 0 && w->lines[before - 1].kind == LINE_FIELD)
        before--;
    return before < i && w->lines[before].kind == LINE_FIELD &&
           view_equal(field_name(w, before), name);
}

/* A record, "name: value" a line, is one row. Of a long one each field is, said with the first. */
static kith_status take_record(walk *w, uint32_t i, uint32_t end)
{
    bool whole = w->lines[end - 1].end - w->lines[i].start + 2 * (end - i) <= UNIT_MAX_BYTES;
    bool with_first = whole || is_one_of_many(w, i, end);
    view first = line_text(w, i);
    kith_status status = KITH_OK;
    buffer said;
    buffer_init(&said, 1 << 20);
    for (uint32_t k = i; k < end && status == KITH_OK; k++) {
        unit u = {.start = w->lines[whole ? i : k].start,
                  .end = w->lines[k].end,
                  .kind = UNIT_ROW,
                  .is_first = true,
                  .head = unit_said_cut(first, UNIT_HEAD_MAX_BYTES)};
        if (line_text(w, k).size > UNIT_MAX_BYTES) continue;
        if (!whole) buffer_reset(&said);
        if (!whole && k > i && with_first && first.size <= UNIT_HEAD_SAID_BYTES)
            unit_said_append(&said, first, false);
        if (said.size > 0) buffer_append_text(&said, " | ");
        unit_said_append(&said, line_text(w, k), false);
        if (!whole || k + 1 == end) status = append_said_row(w, u, &said);
    }
    buffer_done(&said);
    return status;
}

/* Settings: with the comment above them when both are short, else a line each. */
static kith_status take_setting(walk *w, uint32_t i)
{
    const unit_line *line = &w->lines[i];
    block b = {.start = line->start, .end = line->end, .quote = line->start, .kind = UNIT_SETTING};
    uint32_t first = i;
    while (first > 0 && w->lines[first - 1].kind == LINE_TEXT)
        first--;
    if (first < i && w->lines[i].end - w->lines[first].start <= UNIT_WHOLE_BYTES) {
        b.start = b.quote = w->lines[first].start;
        b.has_marks = true;
    }
    return add_block(w, &b);
}

static kith_status take_line(walk *w, uint32_t i, uint32_t *next)
{
    const unit_line *line = &w->lines[i];
    *next = i + 1;
    close_what_ended(w, i);
    if (line->kind != LINE_BLANK && line->kind != LINE_TEXT) w->term_waits = false;
    switch (line->kind) {
    case LINE_BLANK:
    case LINE_NOISE:
        return KITH_OK;
    case LINE_HEADING:
    case LINE_ASKED:
        return take_heading(w, line);
    case LINE_TERM:
        take_term(w, i);
        return KITH_OK;
    case LINE_ROW:
        return take_row(w, line);
    case LINE_COLUMNS:
        *next = end_of_block(w, i);
        return take_columns(w, i, *next);
    case LINE_FIELD:
        *next = end_of_block(w, i);
        return take_record(w, i, *next);
    case LINE_SETTING:
        return take_setting(w, i);
    case LINE_DEFINED:
        *next = end_of_block(w, i);
        return take_definition(w, i, *next);
    case LINE_TEXT:
    case LINE_ENTRY:
    case LINE_REST:
    case LINE_CODE:
        *next = end_of_block(w, i);
        return take_text(w, i, *next);
    }
    return KITH_OK;
}

kith_status units_find(const passage_text *passage, view headings, view lead_in, arena *a,
                       unit **out, uint32_t *count, kith_error *err)
{
    walk w = {
        .passage = passage, .text = passage->text, .list = UNIT_NO_LIST, .memory = a, .err = err};
    unit_line *lines = NULL;
    headings = unit_said_cut(headings, HEADINGS_MAX_BYTES);
    lead_in = unit_said_cut(lead_in, LEAD_MAX_BYTES);
    kith_status status = unit_lines_find(w.text, headings, a, &lines, &w.line_count, err);
    if (status == KITH_OK) status = passage_rows_find(w.text, lead_in, a, &w.rows, err);
    if (status != KITH_OK) return status;
    w.lines = lines;
    // The passage came with the header of the rows that it begins with, not of those far before it.
    if (passage->start > 0 && w.rows.led_end < passage->start) w.rows.led_end = 0;
    buffer_init(&w.units, (w.text.size + 1) * sizeof(unit));
    for (uint32_t i = 0; i < w.line_count && status == KITH_OK;)
        status = take_line(&w, i, &i);
    if (status == KITH_OK) status = buffer_status(&w.units, "the units of a passage", err);
    view kept = {NULL, 0};
    if (status == KITH_OK) kept = arena_copy(a, buffer_view(&w.units));
    if (status == KITH_OK && !kept.data)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for a passage");
    if (status == KITH_OK) {
        *out = (unit *)(void *)kept.data;
        *count = (uint32_t)(w.units.size / sizeof(unit));
    }
    buffer_done(&w.units);
    return status;
}
