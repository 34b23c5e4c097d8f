/* odf_formula.h - the formulas of OpenDocument, which are files of their own in the archive (MathML). */
#ifndef KITH_EXTRACT_ODF_FORMULA_H
#define KITH_EXTRACT_ODF_FORMULA_H

#include "extract/archive.h"

/* The formula of an embedded object on one line, as those of HTML ("A=1/2 bh"); empty when the object
 * is none, or cannot be read: it is one of those that are told then.
 * href  of the object: "./Object 1"
 * out   lives in `a`
 * Errors: KITH_ERR_NO_MEMORY, KITH_ERR_LIMIT. */
KITH_CHECKED kith_status odf_formula_read(archive *z, view href, arena *a, view *out,
                                          kith_error *err);

#endif
