/* number.h - the ways to write one number, as the term that they are all found by: 1,234,567 and
 * 1.234.567 and 7 654 321 and 1'234, telephone numbers, ISBN, IBAN, MAC addresses. Pure.
 *
 * A number is one word: neither "3" nor "14" finds 3.14. */
#ifndef KITH_TEXT_NUMBER_H
#define KITH_TEXT_NUMBER_H

#include "base/view.h"

#include <stdbool.h>
#include <stddef.h>

enum { NUMBER_MAX_BYTES = 40 /* of a form; longer numbers have none */ };

/* The forms of a run of ASCII digits with points, commas or apostrophes between them. */
typedef struct number_forms {
    char main[NUMBER_MAX_BYTES], other[NUMBER_MAX_BYTES];
    size_t main_size;   /* 0: the run stays as it is written */
    size_t other_size;  /* 0: there is no second form */
    bool is_comma_read; /* as a point in `main`, where it may part two numbers ("3,4-dihydroxy") */
} number_forms;

/*   1,234,567  1.234.567  1'234      main 1234567: the separators can only be of thousands
 *   1,234.50   1.234,50              main 1234.50
 *   1,5        3.14                  main 1.5: a comma and a point are one; the comma is read
 *   1,234      1.234                 main 1.234, other 1234: it may be either
 *   555.123.4567                     as it is, other 5551234567: seven digits or more
 * All zero for a run that is anything else. */
number_forms number_read(view run);

/* When a number, an identifier of digits or a telephone number that is written in groups begins at
 * `start`, where a word begins: writes it without what is between the groups to `out`, and returns
 * where its last group ends. Else `start`.
 *   7 654 321                        thousands, between which are spaces of any kind
 *   +49 30 1234567  (030) 123-4567   telephone, after + or ( or with a 0 in front; 555 123 4567
 *   978 3 16 148410 0                ISBN of 13 digits
 *   DE89 3704 0044 0532 0130 00      IBAN
 *   00:1B:44:11:3A:B7                MAC address, with - also
 * Looks at no more than NUMBER_SPAN_BYTES. */
enum { NUMBER_SPAN_BYTES = 64 };
size_t number_in_groups(view text, size_t start, char out[NUMBER_MAX_BYTES], size_t *size);
/* True when a telephone number of seven digits or more follows the + at `plus`. */
bool number_is_telephone(view text, size_t plus);

#endif
