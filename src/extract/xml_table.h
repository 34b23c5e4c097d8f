/* xml_table.h - which elements of XML are rows and tables, and what their attributes say of a cell (the
 * tables of OASIS, as DocBook and DITA have them, and those of HTML, as JATS has them). Pure. */
#ifndef KITH_EXTRACT_XML_TABLE_H
#define KITH_EXTRACT_XML_TABLE_H

#include "extract/xml_tree.h"

enum { XML_TABLE_MAX_NAMED = 256 /* columns that have names by which cells span them */ };

/* The element holds cells (row of entry, tr of td). */
bool xml_is_row(const xml_node *element);
/* Rows stand in the element, or in one within it (thead, tbody). */
bool xml_holds_rows(const xml_node *element);
/* The attribute `name` of an element that holds a table says how it looks, or counts its columns. */
bool xml_is_look_of_table(const xml_node *element, const char *name);

/* How many rows and columns a cell spans (morerows, or rowspan; namest with nameend, spanname, or colspan), for
 * table_cell: UINT32_MAX rows reach to the end of the table.
 * group  holds the colspec elements that give columns names (tgroup) */
uint32_t xml_cell_rows(const xml_node *cell);
uint32_t xml_cell_columns(const xml_node *cell, const xml_node *group);

#endif
