/* unpack.h - one file packed by gzip, bzip2, xz or zstd. zlib is linked; the libraries of the others
 * are loaded for such a file alone, as uchardet is, so that no other file's process pays for their
 * start. */
#ifndef KITH_EXTRACT_UNPACK_H
#define KITH_EXTRACT_UNPACK_H

#include "base/buffer.h"
#include "base/status.h"
#include "base/view.h"

/* Appends what the members (frames, streams) of `bytes` unpack to, one after the other; what follows
 * the last and is none is passed over. The method is that of the first bytes.
 * out  its maximum bounds the result
 * Any thread. Errors: KITH_ERR_FORMAT (none of the four, damaged, cut short), KITH_ERR_UNSUPPORTED
 * (its library is not there; the message names the package), KITH_ERR_LIMIT (more than out's
 * maximum), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status unpack(view bytes, buffer *out, kith_error *err);
/* Loads what unpack() of these bytes needs, for a process that is about to be confined. */
void unpack_preload(view bytes);

#endif
