/* unicode_classes.h - the classes of characters that BERT's normaliser and pre-tokeniser
 * distinguish.
 *
 * They are those of the reference tokenizer, not of one version of Unicode: its categories are
 * those of Unicode 8, its decompositions of Unicode 12, its lower case of Unicode 17. A typing
 * error in its list of ideographs, which lacks U+2B820..2B91F, is kept: models were trained with
 * it. */
#ifndef KITH_MODEL_UNICODE_CLASSES_H
#define KITH_MODEL_UNICODE_CLASSES_H

#include <stdint.h>

typedef enum unicode_class {
    UNICODE_WORD,  /* everything that is in no other class */
    UNICODE_SPACE, /* White_Space, except UNICODE_CONTROL_SPACE */
    /* category P*, and every ASCII character that is neither letter, digit, control nor space */
    UNICODE_PUNCTUATION,
    UNICODE_IDEOGRAPH,     /* a word of its own with handle_chinese_chars */
    UNICODE_MARK,          /* category Mn without a decomposition: dropped by strip_accents */
    UNICODE_CONTROL,       /* dropped by clean_text: category Cc, Cf or Co, U+0000, U+FFFD */
    UNICODE_CONTROL_SPACE, /* White_Space, but dropped by clean_text: U+000B, U+000C, U+0085 */
} unicode_class;

/* Flags beside the class. A character that got its mapping in a version of Unicode newer than the
 * reference's has no flag: libutf8proc, which does the mapping, may be newer. */
enum {
    UNICODE_CLASS_MASK = 7,
    UNICODE_DECOMPOSES = 8, /* has a canonical decomposition */
    UNICODE_LOWERS = 16,    /* its lower case is another character */
};

/* The class and the flags of any code point; UNICODE_WORD above U+10FFFF. Any thread. */
uint8_t unicode_classify(uint32_t code_point);
/* The lower case of a code point that has had one only since a version of Unicode after 14, which
 * an older libutf8proc does not know; of any other, the code point itself. Any thread. */
uint32_t unicode_newer_lowercase(uint32_t code_point);

#endif
