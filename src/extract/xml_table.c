#include "extract/xml_table.h"

#include "base/utf8.h"

#include <string.h>

bool xml_is_row(const xml_node *element)
{
    static const char *const ROWS[] = {"row", "tr", "strow", "sthead", NULL};
    static const char *const CELLS[] = {"entry", "td", "th", "cell", "stentry", NULL};
    const xml_node *first = xml_element_from(element->children);
    return first && xml_is_one_of(element, ROWS) && xml_is_one_of(first, CELLS);
}

bool xml_holds_rows(const xml_node *element)
{
    for (const xml_node *n = xml_element_from(element->children); n;
         n = xml_element_from(n->next)) {
        if (xml_is_row(n)) return true;
        const xml_node *inner = xml_element_from(n->children);
        if (inner && xml_is_row(inner)) return true;
    }
    return false;
}

static bool holds_table(const xml_node *element)
{
    if (xml_holds_rows(element)) return true;
    for (const xml_node *n = xml_element_from(element->children); n; n = xml_element_from(n->next))
        if (xml_holds_rows(n)) return true;
    return false;
}

bool xml_is_look_of_table(const xml_node *element, const char *name)
{
    static const char *const LOOKS[] = {
        "frame",  "rowsep",      "colsep",      "align",      "valign",     "cols",
        "char",   "charoff",     "pgwide",      "orient",     "tabstyle",   "tgroupstyle",
        "rules",  "cellpadding", "cellspacing", "border",     "shortentry", "tocentry",
        "colnum", "position",    "orientation", "floatstyle", NULL};
    return view_is_one_of_nocase(view_of(name), LOOKS) && holds_table(element);
}

/* ---- spans ---- */

/* The number that the attribute is; `otherwise` where it is none of at most five digits. */
static uint32_t number_of(const xml_node *element, const char *name, uint32_t otherwise)
{
    const char *value = xml_attribute_of(element, name);
    view text = view_trim(view_of(value ? value : ""));
    uint64_t number;
    return text.size <= 5 && view_number(text, UINT32_MAX, &number) ? (uint32_t)number : otherwise;
}

uint32_t xml_cell_rows(const xml_node *cell)
{
    uint32_t rows = number_of(cell, "rowspan", 1);
    return rows == 0 ? UINT32_MAX : rows + number_of(cell, "morerows", 0);
}

/* The number of the column that a colspec gives this name; 0: none does. */
static uint32_t column_named(const xml_node *group, const char *name)
{
    uint32_t column = 0;
    int named = 0, seen = 0;
    for (const xml_node *n = xml_element_from(group->children);
         n && named < XML_TABLE_MAX_NAMED && seen < 2 * XML_TABLE_MAX_NAMED;
         n = xml_element_from(n->next), seen++) {
        if (strcmp(n->name, "colspec") != 0) continue;
        named++;
        column = number_of(n, "colnum", column + 1);
        const char *own = xml_attribute_of(n, "colname");
        if (own && strcmp(own, name) == 0) return column;
    }
    return 0;
}

/* The spanspec of the group that has the name of the cell's span, or the cell, which names the columns itself. */
static const xml_node *span_of(const xml_node *cell, const xml_node *group)
{
    const char *name = xml_attribute_of(cell, "spanname");
    int seen = 0;
    for (const xml_node *n = name ? xml_element_from(group->children) : NULL;
         n && seen < 2 * XML_TABLE_MAX_NAMED; n = xml_element_from(n->next), seen++) {
        const char *own = xml_attribute_of(n, "spanname");
        if (own && strcmp(n->name, "spanspec") == 0 && strcmp(own, name) == 0) return n;
    }
    return cell;
}

uint32_t xml_cell_columns(const xml_node *cell, const xml_node *group)
{
    const xml_node *span = span_of(cell, group);
    const char *first = xml_attribute_of(span, "namest"), *last = xml_attribute_of(span, "nameend");
    if (!first || !last) return number_of(cell, "colspan", 1);
    uint32_t from = column_named(group, first), to = column_named(group, last);
    return from > 0 && to > from ? to - from + 1 : 1;
}
