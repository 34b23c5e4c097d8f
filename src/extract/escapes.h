/* escapes.h - strings with a backslash before some characters, as Java's properties and the resources
 * of Android have them: \u00fc, \n, \:, \'. Pure. */
#ifndef KITH_EXTRACT_ESCAPES_H
#define KITH_EXTRACT_ESCAPES_H

#include "base/buffer.h"
#include "base/view.h"

/* Appends the text without its escapes: \uXXXX is its character (two halves of a surrogate pair are one,
 * a half alone is U+FFFD), \n, \r, \t and \f are a blank, any other character stands for itself. \u
 * without four digits, and a backslash at the end, stay. Failure is in the buffer's state.
 * text       valid UTF-8
 * left_out   a character that is left out where no backslash stands before it; '\0': none */
void escapes_append(buffer *out, view text, char left_out);

#endif
