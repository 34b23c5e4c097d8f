/* letter.h - the letters of names and words, byte by byte: cheap, and enough to see where one ends. */
#ifndef KITH_ANSWER_LETTER_H
#define KITH_ANSWER_LETTER_H

#include "base/view.h"

#include <stdbool.h>

/* An ASCII letter, or a byte of any character beyond ASCII. */
static inline bool is_letter_byte(char c)
{
    return (c >= 'a' && c <= 'z') || is_ascii_capital(c) || (unsigned char)c >= 0x80;
}

#endif
