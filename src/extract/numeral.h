/* numeral.h - numbers as lists and outlines count: 1, i, IV, c, 三. */
#ifndef KITH_EXTRACT_NUMERAL_H
#define KITH_EXTRACT_NUMERAL_H

#include "base/buffer.h"

#include <stdint.h>

typedef enum numeral_kind {
    NUMERAL_DECIMAL,
    NUMERAL_DECIMAL_ZERO, /* 01, 02, ..., 10 */
    NUMERAL_ORDINAL,      /* 1st, 2nd */
    NUMERAL_UPPER_ROMAN,
    NUMERAL_LOWER_ROMAN,
    NUMERAL_UPPER_LETTER, /* A, ..., Z, AA, BB */
    NUMERAL_LOWER_LETTER,
    NUMERAL_UPPER_RUSSIAN,
    NUMERAL_LOWER_RUSSIAN,
    NUMERAL_CHINESE, /* 一, 二, ..., 十, 十一; up to 99, then decimal */
    NUMERAL_BULLET,  /* no number: "-" */
    NUMERAL_NONE
} numeral_kind;

/* Appends the number; 0, and numbers that the kind cannot write (roman above 3,999, letters above
 * 780), as decimal. */
void numeral_append(buffer *out, numeral_kind kind, uint32_t number);

#endif
