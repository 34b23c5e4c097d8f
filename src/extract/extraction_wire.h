/* extraction_wire.h - an extraction as bytes, for the pipe from the process that parses to the one
 * that must not trust it: a hostile file may have taken the parser over.
 *
 * All numbers are little-endian. string: u32 bytes | UTF-8. list of x: u32 count | x ...
 *   answer      u32 magic "KXX2" | u32 status | string message                       (a failure)
 *   answer      u32 magic "KXX2" | u32 0 | u64 replaced
 *               | list of document | list of problem | list of attachment
 *               | list of notice | u32 omitted
 *   document    string id | string title | string text | u8 flags | u32 line_offset | u64 record
 *               | list of field | list of heading | list of mark
 *   field       string key | value
 *   value       u8 kind | string, or u64 holding the integer, double or boolean, or list of value
 *   heading     u64 offset | string path
 *   mark        u64 offset | u32 kind | u32 number | string name
 *   problem     u64 record | u32 status | string reason
 *   attachment  string owner | string name | u32 bytes | bytes
 *   notice      string
 *
 * What is read back keeps the invariant of extract.h whoever wrote it: every count is bounded by
 * the bytes that are left, every string is valid UTF-8, every offset is within its text, at a code
 * point and not before the last. */
#ifndef KITH_EXTRACT_EXTRACTION_WIRE_H
#define KITH_EXTRACT_EXTRACTION_WIRE_H

#include "base/buffer.h"
#include "extract/extract.h"

enum { EXTRACTION_WIRE_MAX_BYTES = 768 << 20 };

/* Appends the answer.
 * from     the extraction; NULL: a failure
 * failure  its code and message; not looked at when there is an extraction
 * out      born with EXTRACTION_WIRE_MAX_BYTES; out->failed: KITH_ERR_LIMIT or
 *          KITH_ERR_NO_MEMORY */
void extraction_write(const extraction *from, const kith_error *failure, buffer *out);
/* Reads an answer back. Strings of *out point into `bytes`, lists are in `a`; both must outlive it.
 * Any thread. On failure *out is untouched.
 * Errors: the status that was written, with its message; KITH_ERR_FORMAT ("the parser's answer is
 * damaged": the bytes are not an answer, or break the invariant), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status extraction_read(view bytes, arena *a, extraction *out, kith_error *err);

#endif
