/* decimal.h - decimal numbers of files. */
#ifndef KITH_BASE_DECIMAL_H
#define KITH_BASE_DECIMAL_H

#include "base/view.h"

enum { DECIMAL_MAX_BYTES = 64 };

/* Reads all of `text` as a number of JSON's grammar ("-1.5E+3"; no blanks, no leading zeros, no
 * "+"), rounded to the nearest double, whatever the process's locale is. False, with *out
 * untouched: it is none, not finite, or longer than DECIMAL_MAX_BYTES. Any thread. */
bool decimal_read(view text, double *out);

#endif
