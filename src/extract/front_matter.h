/* front_matter.h - the block of fields at the top of a Markdown file: YAML between lines "---" (or up
 * to "..."), TOML between lines "+++", or a JSON object.
 *
 * Read is what becomes metadata: strings, numbers, booleans, dates (which stay strings, in the form
 * that filters order) and lists of these; of YAML also block scalars and lists over several lines. What
 * nests deeper, and what metadata cannot hold, is counted as left out. This is no YAML parser: a line
 * that it does not understand is passed over. The block stays in the document's text. */
#ifndef KITH_EXTRACT_FRONT_MATTER_H
#define KITH_EXTRACT_FRONT_MATTER_H

#include "extract/extract_job.h"

enum {
    FRONT_MATTER_MAX_BYTES = 256 << 10,      /* a longer block is text alone */
    FRONT_MATTER_MAX_VALUE_BYTES = 8 << 10,  /* of a value; a longer one is left out */
    FRONT_MATTER_MAX_TOTAL_BYTES = 24 << 10, /* of all values; what comes behind is left out */
    FRONT_MATTER_MAX_FIELDS = 128            /* likewise */
};

/* Sets the fields of the block at the top of d->text, the title too; *body is where the text behind
 * it begins, 0 when there is no block. Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status front_matter_read(extract_job *job, document *d, size_t *body,
                                           kith_error *err);

#endif
