/* extraction_check.h - the promises of extract.h as code, for tests, fuzzers, debug builds and the
 * reader of what an untrusted parser wrote. */
#ifndef KITH_EXTRACT_EXTRACTION_CHECK_H
#define KITH_EXTRACT_EXTRACTION_CHECK_H

#include "extract/extract.h"

/* What keeps consumers within the text: every offset of a heading or place is at most text.size, at
 * the start of a code point, and not before the one ahead of it. O(headings + marks).
 * d->text is valid UTF-8. */
bool document_offsets_hold(const document *d);

/* NULL when the extraction keeps every promise, else a message, in static storage, that names the
 * first one broken. Beyond the offsets above: every string is valid UTF-8; text and the strings of
 * metadata hold neither \r nor NUL; headings and places have text behind them, no two places are at
 * one offset; a place has the number and the name of its kind; a problem has a failure's status and
 * a reason; the notices are as notices.h says. O(bytes). */
const char *extraction_check(const extraction *x);

#endif
