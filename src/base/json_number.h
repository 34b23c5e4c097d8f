/* json_number.h - the shortest decimal that reads back as the same number. Private to src/base. */
#ifndef KITH_BASE_JSON_NUMBER_H
#define KITH_BASE_JSON_NUMBER_H

#include <stddef.h>

enum { JSON_NUMBER_BYTES = 32 };

/* Of a finite value; returns the bytes written, without a terminator. The float form is the
 * shortest that reads back as the same float: 0.1, not 0.10000000149. */
size_t json_number_of_double(double value, char out[JSON_NUMBER_BYTES]);
size_t json_number_of_float(float value, char out[JSON_NUMBER_BYTES]);

#endif
