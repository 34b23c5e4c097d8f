/* xml_workbook.h - Excel's workbooks of 2003 as XML ("XML Spreadsheet"), which programs write under the
 * names .xml and .xls to this day. */
#ifndef KITH_EXTRACT_XML_WORKBOOK_H
#define KITH_EXTRACT_XML_WORKBOOK_H

#include "extract/extract_job.h"
#include "extract/xml_tree.h"

#include <stdbool.h>

/* True for the root of one: a Workbook that has a Worksheet. */
bool xml_workbook_is(const xml_node *root);
/* Adds the workbook to the job as a document, laid out as sheets of other formats are.
 * Errors: KITH_ERR_LIMIT (text, places, cells), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status xml_workbook_read(extract_job *job, const xml_node *root, kith_error *err);

#endif
