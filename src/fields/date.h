/* date.h - ISO 8601 dates and times in strings, as the periods of time that they name.
 *
 *   2024                        a year
 *   2024-06                     a month
 *   2024-06-01                  a day
 *   2024-06-01T08:30            a minute; "T" may be "t" or a blank
 *   2024-06-01T08:30:15         a second
 *   2024-06-01T08:30:15.25      the 100th of a second; more than six digits are cut
 *
 * A time may end with a zone: Z, +02:00, +0200 or +02. Without one it is taken to be UTC, as a date
 * is. So every two of them can be compared, whatever their precision. */
#ifndef KITH_FIELDS_DATE_H
#define KITH_FIELDS_DATE_H

#include "base/view.h"

#include <stdint.h>

/* Microseconds since 1970-01-01T00:00Z; start < end, which is the first that is no part of it. */
typedef struct date_period {
    int64_t start, end;
} date_period;

/* Reads a string that is such a date from its first byte to its last; false for any other, *out is
 * untouched then. The calendar is checked: 2023-02-29 is no date. O(1). */
bool date_parse(view text, date_period *out);

#endif
