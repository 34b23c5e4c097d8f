/* rtf_compressed.h - the RTF of Outlook's messages, which is packed in a way of its own (LZFu). */
#ifndef KITH_EXTRACT_RTF_COMPRESSED_H
#define KITH_EXTRACT_RTF_COMPRESSED_H

#include "base/buffer.h"
#include "base/status.h"
#include "base/view.h"

/* Appends what it unpacks to, at most the size that it tells. A text that breaks off gives what is
 * there. Source: [MS-OXRTFCP].
 * Errors: KITH_ERR_FORMAT (no such text), KITH_ERR_LIMIT (more than out's maximum),
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status rtf_compressed_append(view packed, buffer *out, kith_error *err);

#endif
