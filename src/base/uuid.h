/* uuid.h - universally unique identifiers (RFC 9562): 16 bytes, and the text that people see. */
#ifndef KITH_BASE_UUID_H
#define KITH_BASE_UUID_H

#include "base/view.h"

#include <stdbool.h>

typedef struct uuid {
    unsigned char bytes[16]; /* in the order of the text */
} uuid;

enum { UUID_TEXT_BYTES = 36 }; /* "550e8400-e29b-41d4-a716-446655440000" */

/* The version 4 uuid that 16 random bytes make: 122 of their bits stay. */
uuid uuid_of_random(const unsigned char random[16]);
/* Lower-case digits and a NUL. */
void uuid_format(const uuid *id, char out[UUID_TEXT_BYTES + 1]);
/* Reads the text form, of any version, its digits in either case. False, with *out untouched, for
 * any other text. */
bool uuid_parse(view text, uuid *out);
/* Its 16 bytes, borrowed. */
view uuid_view(const uuid *id);

#endif
