/* ods_range.c - see ods_range.h. */
#include "extract/ods_range.h"

/* "$A$1" at *at, which is set behind it. */
static bool parse_cell(view text, size_t *at, uint32_t *column, uint32_t *row)
{
    uint32_t letters = 0, digits = 0;
    size_t i = *at;
    if (i < text.size && text.data[i] == '$') i++;
    for (; i < text.size && text.data[i] >= 'A' && text.data[i] <= 'Z' && letters < 20000; i++)
        letters = letters * 26 + (uint32_t)(text.data[i] - 'A') + 1;
    if (i < text.size && text.data[i] == '$') i++;
    for (; i < text.size && is_ascii_digit(text.data[i]) && digits < 10000000; i++)
        digits = digits * 10 + (uint32_t)(text.data[i] - '0');
    *at = i;
    *column = letters;
    *row = digits;
    return letters > 0 && letters <= SHEET_MAX_COLUMNS && digits > 0;
}

static size_t after_sheet(view text, size_t at, view *sheet)
{
    bool quoted = false;
    size_t start = at;
    for (; at < text.size && (quoted || text.data[at] != '.'); at++)
        if (text.data[at] == '\'') quoted = !quoted;
    view name = view_slice(text, start, at);
    if (name.size && name.data[0] == '$') name = view_slice(name, 1, name.size);
    if (name.size > 1 && name.data[0] == '\'') name = view_slice(name, 1, name.size - 1);
    *sheet = name;
    return at < text.size ? at + 1 : at;
}

bool ods_range_parse(view address, view *sheet, sheet_area *out)
{
    view ignored;
    sheet_area area;
    size_t at = after_sheet(address, 0, sheet);
    if (!parse_cell(address, &at, &area.first_column, &area.first_row) || at == address.size ||
        address.data[at] != ':')
        return false;
    at = after_sheet(address, at + 1, &ignored);
    if (!parse_cell(address, &at, &area.last_column, &area.last_row) ||
        area.last_row <= area.first_row || area.last_column < area.first_column)
        return false;
    *out = area;
    return true;
}
