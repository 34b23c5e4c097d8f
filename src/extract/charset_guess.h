/* charset_guess.h - the encoding of text that is not UTF-8 and does not say what it is in. */
#ifndef KITH_EXTRACT_CHARSET_GUESS_H
#define KITH_EXTRACT_CHARSET_GUESS_H

#include "base/charset.h"

typedef struct charset_guess {
    const charset *taken;
    bool is_sure; /* false: a person should be told which one was taken */
} charset_guess;

/* bytes  with at least one byte of 0x80 and more, or an escape of ISO-2022; 64 KiB of it are looked
 *        at
 * Any thread. */
charset_guess charset_guess_of(view bytes);

#endif
