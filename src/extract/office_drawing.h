/* office_drawing.h - what drawings of Office hold in parts of their own: the texts of a diagram
 * (SmartArt), one a line, in the order in which it is read (each text before those that hang below
 * it); of a chart "Chart: TITLE", and a line "SERIES: NAME VALUE, NAME VALUE, ..." for each of its
 * series, as far as the file keeps them. */
#ifndef KITH_EXTRACT_OFFICE_DRAWING_H
#define KITH_EXTRACT_OFFICE_DRAWING_H

#include "extract/office_package.h"

#include "base/buffer.h"

enum { DRAWING_MAX_POINTS = 10000 /* of a diagram or chart; more are left out */ };

/* The description of a picture (descr), without what Word and PowerPoint say at the end of those
 * that they write by themselves. Borrowed from `text`. */
view drawing_description(view text);
/* Appends what the part of a chart (c:chart) or diagram (dgm:relIds), which the element `name`
 * refers to by its attributes, holds; nothing without a reference. *unread is NULL, or says in words
 * what is not read: a part that is missing, or of a kind that is not known.
 * Errors: those of archive_read and xml_read; KITH_ERR_LIMIT (text). */
KITH_CHECKED kith_status drawing_read(archive *z, const relationships *related, view name,
                                      xml_attributes attributes, buffer *out, const char **unread,
                                      kith_error *err);

#endif
