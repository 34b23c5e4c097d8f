/* pdf_text.c - writes pages line by line, in the order of pdf_order.c. One block is held
 * back until what follows is known, because its last word may go on behind it; and so are notes at the
 * foot of a page or column, when the sentence before them goes on at the top of the next one. */
#include "extract/pdf_text.h"

#include "extract/pdf_hyphen.h"
#include "extract/pdf_running.h"
#include "extract/pdf_table.h"
#include "extract/table.h"
#include "extract/table_header.h"

#include "base/utf8.h"

#include <math.h>
#include <stdio.h>

enum {
    TABLE_KINDS = 64, /* columns whose kinds are compared */
    NOTE_LINES = 60   /* of the notes at one foot */
};

static const float SAME_EDGE = 3, // points between the columns of two parts of a table
    NOTE_TYPE = 0.93F;            // of a note, at most, times that of the text

typedef struct writer {
    pdf_layout *layout;
    manuscript *m;
    const pdf_guide *guide;
    uint32_t next_bookmark, next_note;
    uint32_t place; /* the last page that text was placed on, from 1; 0: none */
    map *known;
    pdf_tables tables;
    buffer kept; /* numbers of running lines that are written once */
    size_t next_kept;
    buffer block, line, running;
    uint32_t last; /* the line that ends the block */
    buffer held;   /* notes that are written behind the block */
    uint32_t feet; /* of pages and columns, that they stood at */
    table table;   /* the one that was written last, which may go on on the next page */
    bool table_is_open;
    uint32_t table_page;              /* from 0 */
    buffer table_edges;               /* elements: float[2], of its columns */
    buffer table_head;                /* its first row, as text */
    uint8_t table_kinds[TABLE_KINDS]; /* label_kind + 1 of its last row, by column; 0: no cell */
    const char *gap;                  /* before the block */
} writer;

static uint32_t kept_line(const writer *w)
{
    return 4 * w->next_kept < w->kept.size ? load_u32(w->kept.data + 4 * w->next_kept) : UINT32_MAX;
}

static kith_status flush(writer *w, kith_error *err)
{
    kith_status status = buffer_status(&w->block, "the text of the PDF", err);
    if (status == KITH_OK) status = manuscript_block(w->m, w->gap, buffer_view(&w->block), err);
    buffer_reset(&w->block);
    w->gap = "\n\n";
    return status;
}

/* The block and the notes that were held back for it. */
static kith_status flush_all(writer *w, kith_error *err)
{
    kith_status status = flush(w, err);
    if (status == KITH_OK) status = buffer_status(&w->held, "the notes of the PDF", err);
    if (status == KITH_OK) status = manuscript_block(w->m, "\n\n", buffer_view(&w->held), err);
    buffer_reset(&w->held);
    w->feet = 0;
    return status;
}

/* Joins the halves of a word that the end of the text's line cut. */
static bool mend(writer *w, buffer *text, view head)
{
    size_t bytes;
    hyphen_end end = hyphen_judge(w->known, buffer_view(text), head, &bytes);
    if (end == HYPHEN_CUT) text->size -= bytes;
    return end != HYPHEN_NONE;
}

static bool ends_sentence(view text)
{
    static const char *const ENDS[] = {".", "!", "?", ":", ";", "\xe2\x80\xa6", "\xe3\x80\x82",
                                       NULL};
    while (text.size && strchr("\"')]", text.data[text.size - 1]))
        text.size--;
    for (size_t i = 0; ENDS[i]; i++) {
        size_t size = strlen(ENDS[i]);
        if (text.size >= size && memcmp(text.data + text.size - size, ENDS[i], size) == 0)
            return true;
    }
    return text.size == 0;
}

static bool begins_small(view text)
{
    if (text.size && text.data[0] >= 'a' && text.data[0] <= 'z') return true;
    return text.size > 1 && (unsigned char)text.data[0] == 0xc3 &&
           (unsigned char)text.data[1] >= 0x9f;
}

/* The code point that a text of East Asia without blanks is written in: Han, Kana, and the marks of
 * both. Korean has blanks. */
static bool is_unspaced(uint32_t c)
{
    return (c >= 0x3000 && c < 0x3130) || (c >= 0x3400 && c < 0xa000) ||
           (c >= 0xf900 && c < 0xfb00) || (c >= 0xff00 && c < 0xff61) ||
           (c >= 0x20000 && c < 0x30000);
}

/* True when `tail` and `head` are joined without a blank. */
static bool is_one_run(view tail, view head)
{
    uint32_t before = 0, after = 0;
    if (tail.size == 0 || head.size == 0) return false;
    size_t start = utf8_floor(tail, tail.size - 1);
    (void)utf8_decode(tail.data + start, tail.size - start, &before);
    (void)utf8_decode(head.data, head.size, &after);
    return is_unspaced(before) && is_unspaced(after);
}

/* What stands between line `next` and the block, of which it is the next line. */
static const char *line_gap(writer *w, uint32_t next, view head)
{
    const pdf_line *lines = pdf_lines(w->layout);
    view block = buffer_view(&w->block), leader = VIEW("\xe2\x80\xa6");
    if (mend(w, &w->block, head)) return "";
    bool is_full =
        lines[w->last].box.right > lines[next].box.right - 1.5F * pdf_height(lines[next].box);
    if (is_full && is_one_run(block, head)) return "";
    // The number that dots lead to.
    bool is_led = head.size < 7 && block.size > 3 && view_ends_with_nocase(block, leader);
    return is_led ? " " : "\n";
}

/* True when line `next`, at the top of a page or column, goes on with the sentence of the block. */
static bool goes_on(const writer *w, uint32_t next, view head)
{
    const pdf_line *lines = pdf_lines(w->layout);
    float before = pdf_height(lines[w->last].box), after = pdf_height(lines[next].box);
    if (before > 1.1F * after || after > 1.1F * before) return false;
    view block = buffer_view(&w->block);
    return (begins_small(head) || is_one_run(block, head)) && !ends_sentence(block);
}

/* True when line `next` stands right below the block in the same type, though the gaps around made it a block of its
 * own. */
static bool is_next_line(const writer *w, uint32_t next, view head)
{
    pdf_box above = pdf_lines(w->layout)[w->last].box, below = pdf_lines(w->layout)[next].box;
    float height = pdf_height(above), gap = below.top - above.bottom;
    if (fabsf(above.left - below.left) > 2 || gap < -0.2F * height || gap > 0.8F * height)
        return false;
    return pdf_height(below) < 1.1F * height && pdf_height(below) > 0.9F * height &&
           (begins_small(head) || !ends_sentence(buffer_view(&w->block))) &&
           above.right - above.left > 10 * height;
}

static kith_status begin_block(writer *w, uint32_t number, bool is_new_page, kith_error *err)
{
    const pdf_line *lines = pdf_lines(w->layout);
    view head = buffer_view(&w->line);
    const char *gap = "\n\n";
    bool is_higher = is_new_page || lines[number].box.bottom < lines[w->last].box.top;
    if (w->block.size && is_higher) {
        if (begins_small(head) && mend(w, &w->block, head))
            gap = "";
        else if (goes_on(w, number, head))
            gap = is_one_run(buffer_view(&w->block), head) ? "" : " ";
    }
    kith_status status = gap[0] == '\n' ? flush_all(w, err) : flush(w, err);
    w->gap = gap;
    return status;
}

/* ---- notes at the foot ---- */

/* True for the beginning of a note: a number or a sign, and text behind it. */
static bool begins_note(view text)
{
    static const char *const SIGNS[] = {"*", "†", "‡", "§", "¹", "²", "³", NULL};
    size_t digits = 0, sign = 0;
    while (digits < text.size && digits < 4 && is_ascii_digit(text.data[digits]))
        digits++;
    for (size_t i = 0; SIGNS[i] && sign == 0; i++)
        if (view_starts_with(text, view_of(SIGNS[i]))) sign = strlen(SIGNS[i]);
    size_t at = digits ? digits : sign;
    return at > 0 && digits < 4 && at + 1 < text.size;
}

/* The end of the notes at the foot of a page or column that begin with this line, which are set in smaller type than
 * the text before them; `first` when they are none. */
static uint32_t notes_end(writer *w, uint32_t first, uint32_t page_end)
{
    const pdf_line *lines = pdf_lines(w->layout), *text = &lines[w->last];
    float most = NOTE_TYPE * pdf_height(text->box);
    uint32_t end = first;
    if (pdf_height(lines[first].box) > most || lines[first].box.top < text->box.bottom)
        return first;
    for (; end < page_end && end - first < NOTE_LINES; end++) {
        const pdf_line *line = &lines[end];
        bool is_next_column = end > first && (line->zone != lines[first].zone ||
                                              line->box.bottom < lines[end - 1].box.top);
        if (is_next_column) break;
        if (line->is_running) continue;
        if (line->is_cell || pdf_height(line->box) > most) return first;
    }
    return end - first < NOTE_LINES ? end : first;
}

/* Holds back the notes that cut the sentence of the block. Returns the line behind them; `first` when there are none. */
static uint32_t hold_notes(writer *w, uint32_t first, uint32_t page_end)
{
    if (w->block.size == 0 || ends_sentence(buffer_view(&w->block))) return first;
    const pdf_line *lines = pdf_lines(w->layout);
    uint32_t end = notes_end(w, first, page_end);
    for (uint32_t i = first; i < end; i++) {
        if (lines[i].is_running) continue;
        buffer_reset(&w->line);
        pdf_append_words(w->layout, lines[i].first, lines[i].count, &w->line);
        if (i == first && !begins_note(buffer_view(&w->line))) return first;
        if (w->held.size && !mend(w, &w->held, buffer_view(&w->line)))
            buffer_append_byte(&w->held, '\n');
        buffer_append(&w->held, buffer_view(&w->line));
    }
    w->feet += end > first;
    return end;
}

/* Writes what is kept of the running lines up to this page. */
static kith_status write_kept(writer *w, uint32_t page, kith_error *err)
{
    const pdf_page *last = &pdf_pages(w->layout)[page];
    uint32_t end = last->first + last->count;
    kith_status status = KITH_OK;
    for (; status == KITH_OK && kept_line(w) < end; w->next_kept++) {
        const pdf_line *line = &pdf_lines(w->layout)[kept_line(w)];
        buffer_reset(&w->running);
        pdf_append_words(w->layout, line->first, line->count, &w->running);
        status = buffer_status(&w->line, "a line of the PDF", err);
        if (status == KITH_OK)
            status = manuscript_block(w->m, "\n\n", buffer_view(&w->running), err);
    }
    return status;
}

/* The lines of a cell as one. Uses w->block, which is empty while a table is written. */
static view cell_text(writer *w, view text)
{
    buffer_reset(&w->block);
    for (size_t at = 0; at < text.size;) {
        const char *end = memchr(text.data + at, '\n', text.size - at);
        size_t next = end ? (size_t)(end - text.data) : text.size;
        view line = view_slice(text, at, next);
        bool is_joined =
            w->block.size && (mend(w, &w->block, line) || is_one_run(buffer_view(&w->block), line));
        if (w->block.size && !is_joined) buffer_append_byte(&w->block, ' ');
        buffer_append(&w->block, line);
        at = next + 1;
    }
    return buffer_view(&w->block);
}

static kith_status close_table(writer *w, kith_error *err)
{
    if (!w->table_is_open) return KITH_OK;
    w->table_is_open = false;
    return table_end(&w->table, err);
}

static view text_of_cell(const writer *w, const pdf_cell *cell)
{
    return view_slice(buffer_view(&w->tables.texts), cell->at, cell->at + cell->size);
}

/* Writes the texts of the first row, and the kinds of its cells. */
static void describe_row(const writer *w, const pdf_table *t, uint32_t row, buffer *texts,
                         uint8_t kinds[TABLE_KINDS])
{
    const pdf_cell *cells = (const pdf_cell *)(const void *)w->tables.cells.data + t->first;
    memset(kinds, 0, TABLE_KINDS);
    for (uint32_t i = 0; i < t->count; i++) {
        double ignored;
        if (cells[i].row != row) continue;
        view text = text_of_cell(w, &cells[i]);
        buffer_append(texts, text);
        buffer_append_byte(texts, '\t');
        if (cells[i].column < TABLE_KINDS)
            kinds[cells[i].column] = (uint8_t)(label_kind_of(text, &ignored) + 1);
    }
}

static bool are_columns_alike(const writer *w, const pdf_table *t)
{
    typedef const float edge[2];
    edge *before = (edge *)(const void *)w->table_edges.data;
    edge *here = (edge *)(const void *)w->tables.edges.data + t->edge;
    if (w->table_edges.size / sizeof(edge) != t->columns) return false;
    for (uint32_t i = 0; i < t->columns; i++) {
        float left = here[i][0] - before[i][0], right = here[i][1] - before[i][1];
        if (fabsf(left) > SAME_EDGE && fabsf(right) > SAME_EDGE &&
            fabsf(left + right) > 2 * SAME_EDGE)
            return false;
    }
    return true;
}

/* True when the table, the first thing of its page, goes on with the one that the page before ends
 * with: its columns stand where those do, and its first row is no header, neither the same once more
 * nor texts where the last row has numbers. */
static bool continues_table(writer *w, const pdf_table *t, uint32_t page)
{
    uint8_t kinds[TABLE_KINDS];
    const pdf_cell *cells = (const pdf_cell *)(const void *)w->tables.cells.data + t->first;
    if (!w->table_is_open || w->table_page + 1 != page || w->place != page || t->count == 0 ||
        !are_columns_alike(w, t))
        return false;
    buffer_reset(&w->running);
    describe_row(w, t, cells[0].row, &w->running, kinds);
    if (view_equal(buffer_view(&w->running), buffer_view(&w->table_head))) return false;
    for (uint32_t i = 0; i < TABLE_KINDS; i++)
        if (kinds[i] && w->table_kinds[i] && kinds[i] != w->table_kinds[i]) return false;
    return true;
}

static void remember_table(writer *w, const pdf_table *t, uint32_t page, bool is_new)
{
    typedef const float edge[2];
    uint8_t ignored[TABLE_KINDS];
    const pdf_cell *cells = (const pdf_cell *)(const void *)w->tables.cells.data + t->first;
    edge *edges = (edge *)(const void *)w->tables.edges.data + t->edge;
    w->table_is_open = t->count > 0 && table_is_named(&w->table);
    w->table_page = page;
    if (!w->table_is_open) return;
    if (is_new) buffer_reset(&w->table_head);
    if (is_new) describe_row(w, t, cells[0].row, &w->table_head, ignored);
    buffer_reset(&w->running);
    describe_row(w, t, cells[t->count - 1].row, &w->running, w->table_kinds);
    buffer_reset(&w->table_edges);
    buffer_append(&w->table_edges, (view){(const char *)edges, t->columns * sizeof *edges});
}

static kith_status write_table(writer *w, const pdf_table *found, uint32_t page, bool is_new,
                               kith_error *err)
{
    table *t = &w->table;
    const pdf_cell *cells = (const pdf_cell *)(const void *)w->tables.cells.data + found->first;
    kith_status status = is_new ? close_table(w, err) : KITH_OK;
    for (uint32_t i = 0, column = 0; i < found->count && status == KITH_OK; i++) {
        if (i == 0 || cells[i].row != cells[i - 1].row) {
            status = table_row(t, err);
            column = 0;
        }
        for (; status == KITH_OK && column < cells[i].column; column++)
            status = table_cell_add(t, (table_cell){.text = VIEW("")}, err);
        table_cell cell = {.text = cell_text(w, text_of_cell(w, &cells[i])),
                           .columns = cells[i].columns,
                           .is_header = cells[i].row < found->header};
        if (status == KITH_OK) status = table_cell_add(t, cell, err);
        column = cells[i].column + cells[i].columns;
    }
    if (status == KITH_OK) status = table_pause(t, err);
    if (status == KITH_OK) remember_table(w, found, page, is_new);
    if (status == KITH_OK && !w->table_is_open) status = table_end(t, err);
    buffer_reset(&w->block);
    return status;
}

/* The table that begins with this line; NULL when none does. */
static const pdf_table *table_at(const writer *w, uint32_t line)
{
    const pdf_table *tables = (const pdf_table *)(const void *)w->tables.tables.data;
    for (size_t i = 0; i < w->tables.tables.size / sizeof *tables; i++)
        if (tables[i].line == line) return &tables[i];
    return NULL;
}

static const pdf_bookmark *next_bookmark(const writer *w)
{
    const pdf_bookmark *list = (const pdf_bookmark *)(const void *)w->guide->bookmarks.data;
    size_t count = w->guide->bookmarks.size / sizeof *list;
    return w->next_bookmark < count ? &list[w->next_bookmark] : NULL;
}

/* True when a heading begins at this line, or did before it at one that is not written. */
static bool begins_section(const writer *w, uint32_t line)
{
    const pdf_bookmark *b = next_bookmark(w);
    return b && b->line <= line;
}

/* Ends the block, and sets the headings that the text from this line on stands under. */
static kith_status write_headings(writer *w, uint32_t line, kith_error *err)
{
    kith_status status = begins_section(w, line) ? flush_all(w, err) : KITH_OK;
    for (; status == KITH_OK && begins_section(w, line); w->next_bookmark++) {
        const pdf_bookmark *b = next_bookmark(w);
        status = manuscript_heading(w->m, b->level, b->title, err);
    }
    return status;
}

/* The text that follows is on this page, from 0. A label that is the number anyway is no name. */
static kith_status place_page(writer *w, uint32_t page, kith_error *err)
{
    char number[16];
    view label = pdf_pages(w->layout)[page].label;
    (void)snprintf(number, sizeof number, "%u", page + 1);
    if (view_equal(label, view_of(number))) label = VIEW("");
    w->place = page + 1;
    kith_status status = manuscript_place(w->m, PLACE_PAGE, page + 1, label, err);
    if (status == KITH_OK && pdf_pages(w->layout)[page].is_read_by_ocr)
        manuscript_place_is_by_ocr(w->m);
    return status;
}

/* Writes the comments on the pages before `page`, between two paragraphs. Where a sentence went on
 * over the end of their page they come too late for its place, and say it themselves. */
static kith_status write_notes(writer *w, uint32_t page, kith_error *err)
{
    const pdf_note *notes = (const pdf_note *)(const void *)w->guide->notes.data;
    size_t count = w->guide->notes.size / sizeof *notes;
    kith_status status = KITH_OK;
    for (; w->next_note < count && notes[w->next_note].page < page && status == KITH_OK;
         w->next_note++) {
        const pdf_note *note = &notes[w->next_note];
        bool is_late = note->page + 1 < w->place;
        status = close_table(w, err);
        if (status != KITH_OK) break;
        buffer_reset(&w->running);
        buffer_append(&w->running, note->intro);
        if (is_late) buffer_printf(&w->running, ", page %u", note->page + 1);
        buffer_append_text(&w->running, ": ");
        buffer_append(&w->running, note->text);
        status = buffer_status(&w->running, "a comment of the PDF", err);
        if (status == KITH_OK && note->page + 1 > w->place) status = place_page(w, note->page, err);
        if (status == KITH_OK)
            status = manuscript_block(w->m, "\n\n", buffer_view(&w->running), err);
    }
    return status;
}

/* page  the line's, from 0; *is_begun: text of it was written before */
static kith_status write_line(writer *w, uint32_t number, uint32_t page, bool *is_begun,
                              kith_error *err)
{
    const pdf_line *lines = pdf_lines(w->layout);
    const pdf_line *line = &lines[number];
    buffer_reset(&w->line);
    pdf_append_words(w->layout, line->first, line->count, &w->line);
    kith_status status = buffer_status(&w->line, "a line of the PDF", err);
    if (status == KITH_OK) status = close_table(w, err);
    if (status == KITH_OK) status = write_headings(w, number, err);
    if (status != KITH_OK) return status;
    bool is_same =
        w->block.size && *is_begun && lines[w->last].zone == line->zone &&
        (lines[w->last].block == line->block || is_next_line(w, number, buffer_view(&w->line)));
    if (!is_same) status = begin_block(w, number, !*is_begun, err);
    bool is_apart = !is_same && w->gap[0] == '\n';
    if (status == KITH_OK && is_apart) status = write_notes(w, page, err);
    if (status == KITH_OK && !*is_begun) status = place_page(w, page, err);
    if (status == KITH_OK && is_apart) status = write_kept(w, page, err);
    *is_begun = true;
    if (is_same) buffer_append_text(&w->block, line_gap(w, number, buffer_view(&w->line)));
    buffer_append(&w->block, buffer_view(&w->line));
    w->last = number;
    // Notes do not wait for the end of a paragraph of many pages.
    if (status == KITH_OK && w->feet > 1 && ends_sentence(buffer_view(&w->block)))
        status = flush_all(w, err);
    return status;
}

static kith_status write_page(writer *w, uint32_t number, kith_error *err)
{
    const pdf_page *page = &pdf_pages(w->layout)[number];
    kith_status status = pdf_find_tables(w->layout, page, &w->tables, err);
    bool is_begun = false;
    for (uint32_t i = page->first; i < page->first + page->count && status == KITH_OK; i++) {
        const pdf_line *line = &pdf_lines(w->layout)[i];
        if (line->is_running) continue;
        if (!line->is_cell) {
            uint32_t behind = is_begun ? hold_notes(w, i, page->first + page->count) : i;
            if (behind == i)
                status = write_line(w, i, number, &is_begun, err);
            else
                i = behind - 1;
            continue;
        }
        const pdf_table *found = table_at(w, i);
        if (!found) continue;
        bool is_new =
            is_begun || w->block.size || begins_section(w, i) || !continues_table(w, found, number);
        status = flush_all(w, err);
        if (status == KITH_OK) status = write_headings(w, i, err);
        if (status == KITH_OK) status = write_notes(w, number, err);
        if (status == KITH_OK && !is_begun) status = place_page(w, number, err);
        is_begun = true;
        if (status == KITH_OK) status = write_kept(w, number, err);
        is_new |= !w->table_is_open; // a comment may have ended it
        if (status == KITH_OK) status = write_table(w, found, number, is_new, err);
    }
    return status;
}

kith_status pdf_write_text(pdf_layout *l, const pdf_guide *guide, manuscript *m, kith_error *err)
{
    writer w = {.layout = l, .guide = guide, .m = m, .known = map_new(), .gap = "\n\n"};
    pdf_tables_init(&w.tables);
    buffer_init(&w.kept, UINT32_MAX);
    buffer_init(&w.block, UINT32_MAX);
    buffer_init(&w.line, UINT32_MAX);
    buffer_init(&w.held, UINT32_MAX);
    buffer_init(&w.running, UINT32_MAX);
    buffer_init(&w.table_edges, UINT32_MAX);
    buffer_init(&w.table_head, UINT32_MAX);
    table_init(&w.table, table_to_manuscript(m));
    kith_status status = w.known ? hyphen_learn(l, w.known, err)
                                 : fail(err, KITH_ERR_NO_MEMORY, "out of memory for words");
    if (status == KITH_OK) status = pdf_find_running(l, &w.kept, err);
    for (uint32_t i = 0; i < pdf_page_count(l) && status == KITH_OK; i++)
        status = write_page(&w, i, err);
    if (status == KITH_OK) status = flush_all(&w, err);
    if (status == KITH_OK) status = write_notes(&w, UINT32_MAX, err);
    if (status == KITH_OK) status = close_table(&w, err);
    if (status == KITH_OK && pdf_page_count(l)) status = write_kept(&w, pdf_page_count(l) - 1, err);
    pdf_tables_done(&w.tables);
    buffer_done(&w.kept);
    buffer_done(&w.block);
    buffer_done(&w.line);
    buffer_done(&w.held);
    buffer_done(&w.running);
    buffer_done(&w.table_edges);
    buffer_done(&w.table_head);
    table_done(&w.table);
    map_free(w.known);
    return status;
}
