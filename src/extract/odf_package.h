/* odf_package.h - the parts of an OpenDocument file: an archive with content.xml, styles.xml and
 * meta.xml, or one flat XML file that is all of them. */
#ifndef KITH_EXTRACT_ODF_PACKAGE_H
#define KITH_EXTRACT_ODF_PACKAGE_H

#include "extract/archive.h"
#include "extract/extract_job.h"
#include "extract/odf_styles.h"

typedef struct odf_package {
    view content,
        styles; /* styles: empty when there are none; of a flat file the same as content */
    archive parts;
    bool is_archive; /* and not one flat file */
} odf_package;

/* Opens the file, and sets title and author of *d from its metadata.
 * Errors: KITH_ERR_AUTH (encrypted), KITH_ERR_FORMAT (not an archive, damaged, not well-formed, no
 * content), KITH_ERR_LIMIT, KITH_ERR_UNSUPPORTED (a ZIP method), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status odf_package_open(extract_job *job, odf_package *out, document *d,
                                          kith_error *err);
/* Reads the styles of styles.xml; those of content.xml are read with it. Errors: KITH_ERR_FORMAT,
 * KITH_ERR_LIMIT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status odf_package_styles(const odf_package *p, odf_styles *s, kith_error *err);

#endif
