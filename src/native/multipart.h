/* multipart.h - reads a body of multipart/form-data (RFC 7578), as browsers, curl and HTTP
 * libraries send it.
 * The body is in memory, and the parts are views into it: nothing is copied but names. */
#ifndef KITH_NATIVE_MULTIPART_H
#define KITH_NATIVE_MULTIPART_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    MULTIPART_MAX_PARTS = 1000,
    MULTIPART_MAX_HEAD_BYTES = 16 << 10, /* of one part's headers */
    MULTIPART_MAX_BOUNDARY_BYTES = 70    /* RFC 2046 */
};

typedef struct multipart_part {
    view name;     /* of the form's field; NUL-terminated */
    view filename; /* as it was sent, NUL-terminated; data NULL: the part is no file */
    view content;  /* into the body */
} multipart_part;

typedef struct multipart_form {
    const multipart_part *parts; /* [count] in the order of the body */
    uint32_t count;
} multipart_form;

/* Is it "multipart/form-data", with parameters or without? */
bool multipart_is(view content_type);

/* Parses a body.
 * content_type  of the request, with the boundary
 * out           in `a`, its contents in `body`; untouched on failure
 * Any thread.
 * Errors: KITH_ERR_FORMAT: no boundary, a boundary or a part's header is malformed, a part has no
 * name, or the body ends before the last boundary (the message says where, in bytes);
 * KITH_ERR_LIMIT: one of the limits above; KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status multipart_parse(view content_type, view body, arena *a,
                                         multipart_form *out, kith_error *err);

/* The name under which a file of this name can be kept: its last component, whichever of '/' and
 * '\' separate them, since a browser may send a path. In `a`.
 * Errors: KITH_ERR_INVALID: nothing is left, or it is "." or "..", holds control characters or is
 * not UTF-8; KITH_ERR_LIMIT: more than 255 bytes; KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status multipart_file_name(view filename, arena *a, const char **out,
                                             kith_error *err);

#endif
