/* upload.h - files of a request, on disk for as long as it takes to ingest them.
 * They lie in a directory of their own, which nobody else may read (mode 0700), under their own
 * names: kith_ingest_options.named_below makes them known by these names. */
#ifndef KITH_NATIVE_UPLOAD_H
#define KITH_NATIVE_UPLOAD_H

#include "base/arena.h"
#include "base/status.h"
#include "native/multipart.h"

#include <stddef.h>

typedef struct upload {
    const char *directory; /* NULL: none was made */
    const char **paths;    /* [count] in the order of the form; in its arena */
    size_t count;
} upload;

/* Writes the form's files. `out` is to be removed whatever the result.
 * base  the directory in which the upload's own is made
 * Errors: INVALID, LIMIT: a name cannot be kept (see multipart_file_name), or two files have the
 * same; IO, FULL, NO_MEMORY. */
KITH_CHECKED kith_status upload_write(const multipart_form *form, const char *base, arena *a,
                                      upload *out, kith_error *err);
/* Removes the directory. A failure leaves files behind in `base`, and nothing else. */
void upload_remove(upload *u);

#endif
