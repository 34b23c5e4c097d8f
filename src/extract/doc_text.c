/* doc_text.c - one walk over the characters of the main part; notes and comments follow the paragraph
 * that their sign stands in, text boxes, headers and footers come last. */
#include "extract/doc_text.h"

#include "extract/raised.h"
#include "extract/struck.h"

#include "base/utf8.h"

#include <kith/types.h>

#include <stdio.h>

/* ---- characters ---- */

/* Fields that are open, within each other; what stands in an instruction is not shown. */
typedef struct open_fields {
    uint32_t depth, instructions;
    uint64_t has_result; // a bit for each depth
} open_fields;

static void note_field(open_fields *f, uint32_t code)
{
    enum { BITS = 64 };
    if (code == DOC_FIELD && f->depth < BITS) {
        f->has_result &= ~((uint64_t)1 << f->depth++);
        f->instructions++;
    } else if (code != DOC_FIELD && f->depth > 0) {
        uint64_t bit = (uint64_t)1 << (f->depth - 1);
        if (!(f->has_result & bit)) f->instructions--;
        f->has_result |= bit;
        if (code == DOC_FIELD_END) f->depth--;
    }
}

/* A stretch of characters that look alike, as it is written. */
typedef struct doc_line {
    buffer *out, *spare;
    size_t start; /* of the paragraph in `out` */
    size_t run;   /* of the stretch */
    doc_look look;
    raised raised;
    struck struck;
} doc_line;

static void end_stretch(doc_line *l)
{
    if (l->look.align)
        raised_end_run(&l->raised, l->look.align, l->out, l->start, l->run, l->spare);
    if (l->look.is_struck) struck_end_run(&l->struck, l->out, l->run);
}

static void set_look(doc_line *l, doc_look look)
{
    if (look.align == l->look.align && look.is_struck == l->look.is_struck) return;
    end_stretch(l);
    l->look = look;
    l->run = l->out->size;
}

/* Appends the characters [first, end) without fields' instructions and signs of what stands elsewhere.
 * Ends of paragraphs and cells are for the caller. spare is overwritten. */
static void append_text(const doc_file *f, uint32_t first, uint32_t end, open_fields *fields,
                        buffer *out, buffer *spare)
{
    doc_line line = {.out = out, .spare = spare, .start = out->size, .run = out->size};
    for (uint32_t i = first; i < end; i++) {
        uint32_t code = doc_unit(f, i);
        if (code == DOC_FIELD || code == DOC_RESULT || code == DOC_FIELD_END)
            note_field(fields, code);
        doc_look look = doc_look_at(f, i);
        if (fields->instructions || look.is_hidden) continue;
        if (code == DOC_LINE) code = '\n';
        if (code == DOC_HARD_HYPHEN) code = '-';
        if (code < ' ' && code != '\t' && code != '\n') continue;
        bool is_high = code >= 0xD800 && code < 0xDC00 && i + 1 < end;
        uint32_t low = is_high ? doc_unit(f, i + 1) : 0;
        if (low >= 0xDC00 && low < 0xE000) {
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            i++;
        } else if (code >= 0xD800 && code < 0xE000) {
            code = 0xFFFD;
        }
        set_look(&line, look);
        char bytes[4];
        buffer_append(out, (view){bytes, utf8_encode(code, bytes)});
    }
    end_stretch(&line);
}

enum { ROW_MAX_CELLS = 64 }; // as many as Word has

typedef struct doc_reading {
    const doc_file *file;
    manuscript *m;
    table table;
    buffer text;  // of the open paragraph or cell
    buffer aside; // of a note, a text box or a header
    buffer spare;
    open_fields fields;
    uint32_t next[3], numbers[2]; // of doc_notes; of footnotes and endnotes
    uint32_t paragraphs;
    bool in_table;
    ruled_table ruled;
    ruled_edge edges[ROW_MAX_CELLS]; // of the row that ends
} doc_reading;

/* ---- blocks ---- */

static kith_status on_line(void *context, view line, uint32_t row, bool is_first, kith_error *err)
{
    doc_reading *r = context;
    (void)row;
    kith_status status = KITH_OK;
    if (is_first) status = manuscript_place(r->m, PLACE_PARAGRAPH, ++r->paragraphs, VIEW(""), err);
    return status == KITH_OK ? manuscript_block(r->m, is_first ? "\n\n" : "\n", line, err) : status;
}

static kith_status write_aside(doc_reading *r, const char *label, doc_part part, uint32_t first,
                               uint32_t end, kith_error *err)
{
    open_fields fields = {0};
    uint32_t start = r->file->starts[part], all = r->file->ends[part] - start;
    if (end > all) end = all;
    buffer_reset(&r->aside);
    buffer_append_text(&r->aside, label);
    size_t begin = r->aside.size;
    for (uint32_t i = first, next; i < end; i = next + 1) {
        next = i;
        while (next < end && doc_unit(r->file, start + next) != DOC_PARAGRAPH)
            next++;
        size_t before = r->aside.size;
        if (before > begin) buffer_append_byte(&r->aside, '\n');
        size_t line = r->aside.size;
        append_text(r->file, start + i, start + next, &fields, &r->aside, &r->spare);
        buffer_trim(&r->aside, line);
        if (r->aside.size == line) r->aside.size = before;
    }
    kith_status status = buffer_status(&r->aside, "a note", err);
    view text = view_trim(view_slice(buffer_view(&r->aside), begin, r->aside.size));
    return status == KITH_OK && text.size
               ? manuscript_block(r->m, "\n\n", view_trim(buffer_view(&r->aside)), err)
               : status;
}

/* Writes the notes and comments whose signs stand before `position`. */
static kith_status write_notes(doc_reading *r, uint32_t position, kith_error *err)
{
    static const doc_part PARTS[] = {DOC_FOOTNOTES, DOC_ENDNOTES, DOC_COMMENTS};
    static const char *const NAMES[] = {"Footnote", "Endnote", "Comment"};
    const doc_notes *lists[] = {&r->file->footnotes, &r->file->endnotes, &r->file->comments};
    kith_status status = KITH_OK;
    for (size_t k = 0; k < 3; k++) {
        const doc_notes *n = lists[k];
        for (; r->next[k] < n->count && n->refs[r->next[k]] < position && status == KITH_OK;
             r->next[k]++) {
            char label[32];
            if (k < 2)
                (void)snprintf(label, sizeof label, "%s %u: ", NAMES[k], ++r->numbers[k]);
            else
                (void)snprintf(label, sizeof label, "%s: ", NAMES[k]);
            status = write_aside(r, label, PARTS[k], n->texts[r->next[k]], n->texts[r->next[k] + 1],
                                 err);
        }
    }
    return status;
}

static kith_status end_table(doc_reading *r, kith_error *err)
{
    if (!r->in_table) return KITH_OK;
    r->in_table = false;
    return ruled_table_end(&r->ruled, err);
}

static kith_status end_paragraph(doc_reading *r, uint32_t mark, kith_error *err)
{
    view text = view_trim(buffer_view(&r->text));
    uint32_t level = doc_paragraph_at(r->file, mark).level;
    kith_status status = end_table(r, err);
    if (status == KITH_OK && text.size) {
        status = manuscript_place(r->m, PLACE_PARAGRAPH, ++r->paragraphs, VIEW(""), err);
        if (status == KITH_OK && level)
            status = manuscript_heading(r->m, level > 6 ? 6 : level, text, err);
        if (status == KITH_OK) status = manuscript_block(r->m, "\n\n", text, err);
    }
    buffer_reset(&r->text);
    return status == KITH_OK ? write_notes(r, mark + 1, err) : status;
}

static kith_status end_cell(doc_reading *r, uint32_t mark, kith_error *err)
{
    kith_status status = KITH_OK;
    doc_paragraph paragraph = doc_paragraph_at(r->file, mark);
    if (paragraph.ends_row) {
        uint32_t count = doc_row_edges(paragraph.row, r->edges, ROW_MAX_CELLS);
        buffer_reset(&r->text);
        return ruled_table_row_end(&r->ruled, r->edges, count, err);
    }
    r->in_table = true;
    status = ruled_table_cell(&r->ruled, view_trim(buffer_view(&r->text)), err);
    buffer_reset(&r->text);
    return status;
}

static kith_status read_main(doc_reading *r, kith_error *err)
{
    uint32_t start = r->file->starts[DOC_MAIN], end = r->file->ends[DOC_MAIN];
    kith_status status = KITH_OK;
    for (uint32_t i = start, next; i < end && status == KITH_OK; i = next + 1) {
        uint32_t code = 0;
        for (next = i; next < end; next++) {
            code = doc_unit(r->file, next);
            if (code == DOC_PARAGRAPH || code == DOC_CELL || code == DOC_PAGE) break;
        }
        append_text(r->file, i, next, &r->fields, &r->text, &r->spare);
        status = buffer_status(&r->text, "a paragraph", err);
        if (status != KITH_OK) return status;
        if (code == DOC_CELL && next < end)
            status = end_cell(r, next, err);
        else if (code == DOC_PARAGRAPH && doc_paragraph_at(r->file, next).in_table)
            buffer_append_byte(&r->text, ' ');
        else
            status = end_paragraph(r, next, err);
    }
    if (status == KITH_OK) status = end_table(r, err);
    return status == KITH_OK ? write_notes(r, UINT32_MAX, err) : status;
}

kith_status doc_write_text(const doc_file *f, manuscript *m, kith_error *err)
{
    doc_reading r = {.file = f, .m = m};
    buffer_init(&r.text, 3 * (size_t)KITH_DOCUMENT_MAX_BYTES);
    buffer_init(&r.aside, 3 * (size_t)KITH_DOCUMENT_MAX_BYTES);
    buffer_init(&r.spare, 3 * (size_t)KITH_DOCUMENT_MAX_BYTES);
    table_init(&r.table, (table_sink){&r, on_line});
    ruled_table_init(&r.ruled, &r.table);
    kith_status status = read_main(&r, err);
    if (status == KITH_OK) status = manuscript_end_headings(m, err);
    if (status == KITH_OK) status = manuscript_place(m, PLACE_NONE, 0, VIEW(""), err);
    if (status == KITH_OK) status = write_aside(&r, "", DOC_BOXES, 0, UINT32_MAX, err);
    if (status == KITH_OK)
        status = write_aside(&r, "Header and footer: ", DOC_MARGINS, 0, UINT32_MAX, err);
    ruled_table_done(&r.ruled);
    table_done(&r.table);
    buffer_done(&r.text);
    buffer_done(&r.aside);
    buffer_done(&r.spare);
    return status;
}
