/* unicode_classes.h - the classes of characters that BERT's normaliser and pre-tokeniser tell
 * apart.
 *
 * They are the reference tokenizer's, not those of one Unicode version: its categories are of
 * Unicode 8, its decompositions of 12, its lower case of 17; a typing error in its list of
 * ideographs (U+2B820..2B91F are missing) is part of it. */
#ifndef KITH_MODEL_UNICODE_CLASSES_H
#define KITH_MODEL_UNICODE_CLASSES_H

#include <stdint.h>

typedef enum unicode_class {
    UNICODE_WORD, /* all that is none of the following */
    UNICODE_SPACE,
    UNICODE_PUNCTUATION, /* category P*, and all of ASCII that is neither letter, digit, control nor
                            space */
    UNICODE_IDEOGRAPH,   /* a word of its own where Chinese characters are spaced */
    UNICODE_MARK,        /* category Mn without a decomposition: an accent to strip */
    UNICODE_CONTROL,     /* dropped by clean_text: category Cc, Cf or Co, U+0000, U+FFFD */
    UNICODE_CONTROL_SPACE, /* dropped by clean_text although it is White_Space: U+000B, U+000C,
                              U+0085 */
} unicode_class;

/* Flags beside the class. A mapping that a newer Unicode adds has no flag, so that the library that
 * maps may be newer. */
enum {
    UNICODE_CLASS_MASK = 7,
    UNICODE_DECOMPOSES = 8, /* has a canonical decomposition */
    UNICODE_LOWERS = 16,    /* has another lower case */
};

/* Class and flags of any code point. */
uint8_t unicode_classify(uint32_t code_point);
/* Lower case where it is newer than Unicode 14; else the code point itself. */
uint32_t unicode_newer_lowercase(uint32_t code_point);

#endif
