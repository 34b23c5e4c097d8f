/* sheet_parts.h - what belongs to a sheet of Excel's beside its cells: merged cells, tables,
 * filters, notes and comments on cells, and the texts of drawings (text boxes, charts, diagrams,
 * descriptions of pictures). */
#ifndef KITH_EXTRACT_SHEET_PARTS_H
#define KITH_EXTRACT_SHEET_PARTS_H

#include "extract/sheet_layout.h"
#include "extract/workbook.h"

enum { SHEET_MAX_AREAS = 200000, SHEET_MAX_ANNEXES = 200000 };

typedef struct sheet_parts {
    buffer merged, tables; /* elements: sheet_area */
    buffer annexes;        /* elements: sheet_annex; their texts are in the archive's arena */
    sheet_surroundings all;
} sheet_parts;

void sheet_parts_init(sheet_parts *p);
void sheet_parts_done(sheet_parts *p);
/* Reads what belongs to the sheet in part `sheet->part`, whose bytes are `xml`, and sets p->all.
 * job  gets the notices of what is there and is not read
 * Errors: those of package_relationships and xml_read, KITH_ERR_LIMIT (too many of the above). */
KITH_CHECKED kith_status sheet_parts_read(sheet_parts *p, const workbook *book, const sheet *of,
                                          view xml, extract_job *job, kith_error *err);
/* "BC12" gives column 55 and row 12; false when it is no cell of a sheet. */
bool sheet_reference(view text, uint32_t *column, uint32_t *row);
/* "A1:C9", or one cell; false when it is none. */
bool sheet_area_of(view text, sheet_area *out);

#endif
