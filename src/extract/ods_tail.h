/* ods_tail.h - what stands behind the rows of an OpenDocument sheet, as behind those of Excel's
 * (sheet_tail.h): the prompts and choices of cells that are validated, which content.xml lists before
 * its sheets, and the headers and footers of the page that a sheet is printed on, which stand in
 * styles.xml. Source: OpenDocument 1.3 part 3, sections 9.4 and 16.10. */
#ifndef KITH_EXTRACT_ODS_TAIL_H
#define KITH_EXTRACT_ODS_TAIL_H

#include "base/arena.h"
#include "extract/odf_package.h"
#include "extract/sheet_layout.h"
#include "extract/sheet_tail.h"

enum { ODS_SHOWN_AREAS = 4 }; /* of the cells of one validation */

typedef struct ods_validation {
    view prompt, choices;
    uint32_t sheet; /* that `areas` are of; 0: none yet */
    uint32_t count; /* of areas, shown or not */
    sheet_area areas[ODS_SHOWN_AREAS];
} ods_validation;

typedef struct ods_tail {
    arena *memory;
    buffer validations;   /* elements: ods_validation */
    buffer used;          /* elements: uint32_t, the validations of the open sheet */
    map *by_name;         /* of validations */
    map *pages;           /* names of master pages, to an index in `edges` */
    buffer edges;         /* elements: view, the lines of a page */
    buffer text, line;    /* of the open element */
    view title, name;     /* of the open prompt; of the open validation or page */
    view choices, prompt; /* of the open validation */
    buffer page;          /* lines of the open page */
    uint32_t depth, text_depth, field_depth;
    bool is_edge;
    sheet_tail lines; /* of the open sheet */
} ods_tail;

/* Errors: KITH_ERR_NO_MEMORY; call ods_tail_done all the same. memory outlives the tail. */
KITH_CHECKED kith_status ods_tail_init(ods_tail *t, arena *memory, kith_error *err);
void ods_tail_done(ods_tail *t);

/* The events of the list of validations, of each element within it. Errors: KITH_ERR_LIMIT,
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status ods_tail_start(ods_tail *t, view name, xml_attributes attributes,
                                        kith_error *err);
KITH_CHECKED kith_status ods_tail_end(ods_tail *t, view name, kith_error *err);
void ods_tail_text(ods_tail *t, view text);
/* Reads the pages of the styles. Errors: KITH_ERR_FORMAT, KITH_ERR_LIMIT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status ods_tail_read_pages(ods_tail *t, const odf_package *p, kith_error *err);

/* Cells of the sheet of this number, from 1, are validated by this name. Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status ods_tail_cells(ods_tail *t, view name, uint32_t number, sheet_area cells,
                                        kith_error *err);
/* Writes the lines of the sheet, which is printed on this page. Errors: KITH_ERR_LIMIT,
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status ods_tail_write(ods_tail *t, uint32_t number, view page, manuscript *m,
                                        kith_error *err);

#endif
