/* html_table.c - tables and formulas of a page, over table.h and formula.h. */
#include "extract/html_page.h"

static kith_status on_line(void *context, view line, uint32_t row, bool is_first, kith_error *err)
{
    html_page *p = context;
    (void)err;
    const page_row_anchor *anchors = (const page_row_anchor *)p->row_anchors.data;
    size_t count = p->row_anchors.size / sizeof *anchors, passed = 0;
    while (passed < count && anchors[passed].row <= row)
        p->anchor = anchors[passed++].name;
    if (passed > 0) {
        size_t left = (count - passed) * sizeof *anchors;
        memmove(p->row_anchors.data, anchors + passed, left);
        p->row_anchors.size = left;
    }
    size_t cell_start = p->cell_start;
    p->cell_start = SIZE_MAX; // a line is no part of the open cell
    page_break(p, is_first ? 2 : 1);
    page_flush(p);
    buffer_append(&p->text, line);
    p->cell_start = cell_start;
    return p->text.failed;
}

/* The spans of a cell: a number, of which 0 is "to the end". */
static uint32_t span_of(view text, bool is_zero_all)
{
    uint64_t value;
    text = view_trim(text);
    if (text.size > 5 || !view_number(text, UINT32_MAX, &value)) return 1;
    if (value == 0) return is_zero_all ? UINT32_MAX : 1;
    return (uint32_t)value;
}

static void check(html_page *p, kith_status status)
{
    if (status != KITH_OK) page_fail(p, status);
}

void page_table_begin(html_page *p)
{
    if (p->table_depth > 0) {
        page_break(p, 1);
        return;
    }
    table_done(&p->rows);
    table_init(&p->rows, (table_sink){p, on_line});
    p->table_depth = p->depth;
    p->in_head = false;
    page_break(p, 2);
}

void page_table_end(html_page *p)
{
    if (p->table_depth != p->depth) {
        page_break(p, 1);
        return;
    }
    page_cell_end(p);
    p->table_depth = 0;
    p->breaks = 0;
    check(p, table_end(&p->rows, p->err));
    p->row_anchors.size = 0;
    page_break(p, 2);
}

void page_row_begin(html_page *p)
{
    if (p->cell_depth > 0 || p->table_depth == 0) {
        page_break(p, 1);
        return;
    }
    check(p, table_row(&p->rows, p->err));
}

void page_cell_begin(html_page *p, view rowspan, view colspan, bool is_header)
{
    if (p->cell_depth > 0 || p->table_depth == 0) {
        page_break(p, p->table_depth > 0 ? 1 : 2);
        return;
    }
    p->cell = (table_cell){.rows = span_of(rowspan, true),
                           .columns = span_of(colspan, false),
                           .is_header = is_header || p->in_head};
    p->cell_depth = p->depth;
    p->cell_start = p->text.size;
    p->breaks = 0;
    p->space = false;
    p->raise = (raised){0};
    p->struck = (struck){0};
}

static void keep_row_anchor(html_page *p)
{
    if (!p->anchor.data) return;
    uint32_t rows = p->rows.row_count;
    page_row_anchor kept = {p->anchor, rows > 0 ? rows - 1 : 0};
    buffer_append(&p->row_anchors, (view){(const char *)&kept, sizeof kept});
    p->anchor.data = NULL;
    if (p->row_anchors.failed != KITH_OK)
        check(p, buffer_status(&p->row_anchors, "the list of anchors", p->err));
}

void page_cell_end(html_page *p)
{
    if (p->cell_depth == 0) return;
    size_t start = p->cell_start;
    buffer_reset(&p->cell_text); // a copy: lines of the table are appended where the text stands
    buffer_append(&p->cell_text, view_slice(buffer_view(&p->text), start, p->text.size));
    if (p->cell_text.failed != KITH_OK)
        check(p, buffer_status(&p->cell_text, "the text of a cell", p->err));
    p->cell.text = buffer_view(&p->cell_text);
    p->cell_depth = 0;
    p->cell_start = SIZE_MAX;
    p->breaks = 0;
    p->space = p->after_term = p->after_other_term = false;
    p->marker = NUMERAL_NONE;
    p->text.size = start;
    p->struck = (struck){0};
    if (p->line_start > start) p->line_start = start; // a line of the cell
    check(p, table_cell_add(&p->rows, p->cell, p->err));
    keep_row_anchor(p);
}

/* ---- MathML ---- */

typedef struct math_element {
    const char *name;
    formula_kind kind;
} math_element;

static const math_element STRUCTURES[] = {
    {"mfrac", FORMULA_FRACTION},         {"msup", FORMULA_POWER},        {"msub", FORMULA_INDEX},
    {"msubsup", FORMULA_INDEX_POWER},    {"mover", FORMULA_POWER},       {"munder", FORMULA_INDEX},
    {"munderover", FORMULA_INDEX_POWER}, {"msqrt", FORMULA_SQUARE_ROOT}, {"mroot", FORMULA_ROOT_OF},
    {"mfenced", FORMULA_FENCE},          {"mtable", FORMULA_MATRIX},     {"mtr", FORMULA_ROW},
    {"mlabeledtr", FORMULA_ROW},
};

static uint8_t structure_of(view name)
{
    for (size_t i = 0; i < sizeof STRUCTURES / sizeof STRUCTURES[0]; i++)
        if (view_equal(name, view_of(STRUCTURES[i].name))) return (uint8_t)(1 + STRUCTURES[i].kind);
    return 0;
}

void page_math_begin(html_page *p, view name)
{
    if (p->math_depth == 0) {
        if (!view_equal(name, VIEW("math"))) return; // a part without its formula
        page_flush(p);
        formula_init(&p->math, &p->text);
        p->math_depth = p->depth;
        p->math_kinds[p->depth] = 0;
        return;
    }
    if (p->math_kinds[p->depth - 1]) formula_argument(&p->math);
    p->math_kinds[p->depth] = structure_of(name);
    if (!p->math_kinds[p->depth]) return;
    formula_begin(&p->math, (formula_kind)(p->math_kinds[p->depth] - 1));
    if (view_equal(name, VIEW("mfenced")))
        formula_marks(&p->math, VIEW("("), VIEW(")"), VIEW(", "));
}

void page_math_end(html_page *p)
{
    if (p->math_depth == 0) return;
    if (p->math_depth == p->depth) {
        p->math_depth = 0;
        p->after_math = true;
        return;
    }
    if (p->math_kinds[p->depth]) formula_end(&p->math);
    if (p->math_kinds[p->depth - 1]) formula_argument_end(&p->math);
}
