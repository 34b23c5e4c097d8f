/* json_number.h - the shortest decimal that reads back as the same number; finite values only.
 * Private to json. */
#ifndef KITH_BASE_JSON_NUMBER_H
#define KITH_BASE_JSON_NUMBER_H

#include <stddef.h>

enum { JSON_NUMBER_BYTES = 32 };

/* Bytes written, not terminated. */
size_t json_number_of_double(double value, char out[JSON_NUMBER_BYTES]);
size_t json_number_of_float(float value, char out[JSON_NUMBER_BYTES]);

#endif
