/* xls_tail.h - what stands behind the rows of a sheet of before 2007, as behind those of xlsx: headers and footers of
 * its pages, and what a person is told who fills in cells. Source: [MS-XLS] 2.4.84, 2.4.124 and 2.4.136. */
#ifndef KITH_EXTRACT_XLS_TAIL_H
#define KITH_EXTRACT_XLS_TAIL_H

#include "extract/biff.h"
#include "extract/sheet_tail.h"

/* The record is one of these. */
bool xls_tail_is(uint32_t id);
/* Adds the line of the record at hand. Errors: KITH_ERR_LIMIT, KITH_ERR_NO_MEMORY.
 * line, spare  overwritten */
KITH_CHECKED kith_status xls_tail_append(biff *b, buffer *line, buffer *spare, sheet_tail *out,
                                         kith_error *err);

#endif
