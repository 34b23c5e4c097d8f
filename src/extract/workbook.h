/* workbook.h - the parts of a spreadsheet that all sheets refer to: the list of sheets, the shared
 * strings and the number formats. */
#ifndef KITH_EXTRACT_WORKBOOK_H
#define KITH_EXTRACT_WORKBOOK_H

#include "extract/office_package.h"
#include "extract/sheet_value.h"

enum { WORKBOOK_MAX_SHEETS = 10000, WORKBOOK_MAX_STRINGS = 10000000, WORKBOOK_MAX_STYLES = 100000 };

/* Told of a workbook with more. */
#define WORKBOOK_STYLES_NOTICE                                                                     \
    "the workbook has more styles than are read: numbers and dates of later ones are shown as "    \
    "they "                                                                                        \
    "are stored"

typedef struct sheet {
    view name, part;
    bool hidden;
} sheet;

/* How the cells of one style show their values. */
typedef struct cell_style {
    sheet_format format;
    uint32_t look;  /* differs where font or fill differ */
    bool is_struck; /* a line goes through what it shows */
} cell_style;

/* What views point to is in the archive's arena; the buffers are the workbook's own. */
typedef struct workbook {
    archive *parts;
    buffer sheets;        /* elements: sheet, in the order of the tabs */
    buffer strings;       /* elements: view, by shared string index */
    buffer styles;        /* elements: cell_style, by style index */
    bool epoch_1904;      /* days are counted from 1904 instead of 1900 */
    bool has_more_styles; /* than WORKBOOK_MAX_STYLES, which are not read: cells of theirs are
                             shown as those without a style */
    bool is_stale; /* the values of formulas are to be computed anew when the file is opened */
} workbook;

void workbook_init(workbook *w, archive *parts);
void workbook_done(workbook *w);
/* Reads the workbook's part and those that it refers to; missing ones are empty.
 * Errors: KITH_ERR_FORMAT (not well-formed, damaged), KITH_ERR_LIMIT (sheets, strings, styles, or
 * archive_read's limits), KITH_ERR_AUTH (encrypted), KITH_ERR_UNSUPPORTED (a ZIP method),
 * KITH_ERR_NO_MEMORY; call workbook_done all the same. */
KITH_CHECKED kith_status workbook_read(workbook *w, view main_part, kith_error *err);
/* How the runs of a text are set whose rPr has this vertAlign: 1 raised, -1 lowered, 0 on the line. */
int workbook_align(view value);
/* A switch in the properties of a font or run (strike): on unless its val says otherwise. */
bool workbook_is_on(xml_attributes attributes);
/* Puts the marks of struck text (struck.h) around the text of a cell whose style is struck through, unless some of
 * its runs have them. */
void workbook_strike(buffer *shown, bool is_struck);
/* Parses a string of decimal digits into *out. False when it is none or too large; *out is then
 * untouched. */
bool workbook_index(view digits, uint32_t *out);

enum { SHEET_CELL_NAME_BYTES = 16 };
/* Writes "BC12" for column 55 and row 12. */
void sheet_cell_name(uint32_t column, uint32_t row, char out[SHEET_CELL_NAME_BYTES]);

#endif
