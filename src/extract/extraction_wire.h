/* extraction_wire.h - an extraction as bytes, for the way from the process that parses to the one
 * that trusts nothing of it.
 * Little-endian: u32 magic | u32 status | then for a failure its message, else
 * u64 replaced | list of documents | list of problems | list of attachments. A list is u32 count
 * and its elements, a string u32 bytes and UTF-8; offsets are u64. Read back, every count is held
 * to what the bytes can hold, every string is UTF-8, every offset within its text, at a code point
 * and in order. */
#ifndef KITH_EXTRACT_EXTRACTION_WIRE_H
#define KITH_EXTRACT_EXTRACTION_WIRE_H

#include "base/buffer.h"
#include "extract/extract.h"

enum { EXTRACTION_WIRE_MAX_BYTES = 768 << 20 };

/* `failure` has its code and message when there is no extraction (from is NULL). */
void extraction_write(const extraction *from, const kith_error *failure, buffer *out);
/* Strings of *out are `bytes`, lists are in `a`. Returns the failure that was written, with its
 * message; KITH_ERR_FORMAT when the bytes are not what extraction_write writes; KITH_ERR_NO_MEMORY.
 */
KITH_CHECKED kith_status extraction_read(view bytes, arena *a, extraction *out, kith_error *err);

#endif
