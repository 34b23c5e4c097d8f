/* office_drawing.h - what drawings of Office hold in parts of their own: the texts of a diagram
 * (SmartArt), and title, names and values of a chart. */
#ifndef KITH_EXTRACT_OFFICE_DRAWING_H
#define KITH_EXTRACT_OFFICE_DRAWING_H

#include "extract/office_package.h"

#include "base/buffer.h"

enum { DRAWING_MAX_POINTS = 10000 /* of a diagram or chart; more are left out */ };

/* Appends the texts of the diagram, one a line, in the order in which it is read: each text before
 * those that hang below it. `part` is its data (kind "diagramData"); missing, it appends nothing.
 * Errors: those of archive_read and xml_read; KITH_ERR_LIMIT (text). */
KITH_CHECKED kith_status drawing_read_diagram(archive *z, view part, buffer *out, kith_error *err);
/* Appends "Chart: TITLE", and a line "SERIES: NAME VALUE, NAME VALUE, ..." for each of its series,
 * as far as the file keeps them. Errors: as above. */
KITH_CHECKED kith_status drawing_read_chart(archive *z, view part, buffer *out, kith_error *err);

#endif
