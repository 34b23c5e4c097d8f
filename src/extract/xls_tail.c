#include "extract/xls_tail.h"

#include "extract/sheet_edges.h"
#include "extract/workbook.h"

enum { HEADER = 0x14, FOOTER = 0x15, VALIDATION = 0x1BE, AREAS_MAX = 4 };

bool xls_tail_is(uint32_t id)
{
    return id == HEADER || id == FOOTER || id == VALIDATION;
}

/* Takes a text on one line; an empty one is stored as one NUL. */
static void append_text(biff *b, uint32_t length_bytes, buffer *out)
{
    size_t start = out->size;
    uint32_t first = biff_u8(b, 2) & 1 ? biff_u16(b, 3) : biff_u8(b, 3);
    bool is_none = b->is_wide && biff_u16(b, 0) == 1 && first == 0;
    biff_text(b, length_bytes, out, NULL);
    if (is_none) out->size = start;
    for (size_t i = start; i < out->size; i++)
        if ((unsigned char)out->data[i] < ' ') out->data[i] = ' ';
    buffer_trim(out, start);
}

/* "A2:B9 D4" */
static void append_areas(const biff *b, buffer *out)
{
    char from[SHEET_CELL_NAME_BYTES], to[SHEET_CELL_NAME_BYTES];
    uint32_t count = biff_u16(b, 0);
    for (uint32_t i = 0; i < count && i < AREAS_MAX && 2 + 8 * (size_t)i + 8 <= b->body.size; i++) {
        size_t at = 2 + 8 * (size_t)i;
        sheet_cell_name(biff_u16(b, at + 4) + 1, biff_u16(b, at) + 1, from);
        sheet_cell_name(biff_u16(b, at + 6) + 1, biff_u16(b, at + 2) + 1, to);
        buffer_printf(out, " %s", from);
        if (strcmp(from, to) != 0) buffer_printf(out, ":%s", to);
    }
}

static void append_prompt(biff *b, buffer *line, buffer *spare)
{
    size_t title;
    biff_skip(b, 4);
    buffer_reset(spare);
    append_text(b, 2, spare);
    title = spare->size;
    if (title) buffer_append_text(spare, ": ");
    size_t text = spare->size;
    append_text(b, 2, spare); // the title of the error
    spare->size = text;
    append_text(b, 2, spare);
    size_t end = spare->size;
    append_text(b, 2, spare); // the error
    if (end == text || spare->failed != KITH_OK) return;
    for (int i = 0; i < 2; i++) // formulas
        biff_skip(b, 4 + (size_t)biff_u16(b, 0));
    bool has_areas = biff_u16(b, 0) > 0;
    buffer_append_text(line, has_areas ? "Prompt at" : "Prompt");
    append_areas(b, line);
    buffer_append_text(line, ": ");
    buffer_append(line, view_slice(buffer_view(spare), 0, end));
}

kith_status xls_tail_append(biff *b, buffer *line, buffer *spare, sheet_tail *out, kith_error *err)
{
    buffer_reset(line);
    if (b->body.size == 0) return KITH_OK;
    if (b->id == VALIDATION) {
        append_prompt(b, line, spare);
    } else {
        buffer_reset(spare);
        append_text(b, b->is_wide ? 2 : 1, spare);
        sheet_edge_append(buffer_view(spare), line);
    }
    kith_status status = buffer_status(spare, "what stands behind the rows", err);
    if (status == KITH_OK) status = buffer_status(line, "what stands behind the rows", err);
    return status == KITH_OK ? sheet_tail_add(out, buffer_view(line), err) : status;
}
