/* code_page.h - text in one of Windows' numbered code pages, as Office and Outlook name them. */
#ifndef KITH_EXTRACT_CODE_PAGE_H
#define KITH_EXTRACT_CODE_PAGE_H

#include "base/buffer.h"
#include "base/charset.h"
#include "base/view.h"

/* The charset with this number; NULL: not known. Static storage. */
const charset *code_page_charset(uint32_t number);
/* Appends `bytes` as UTF-8; a code page that is not known, or has no converter here, is taken for
 * windows-1252. Returns how many bytes were without a meaning. Failure is in the buffer's state. */
size_t code_page_append(uint32_t number, view bytes, buffer *out);

#endif
