/* normalizer.h - the reference's BertNormalizer and BertPreTokenizer, one code point at a time: no
 * code point's result depends on its neighbours. */
#ifndef KITH_MODEL_NORMALIZER_H
#define KITH_MODEL_NORMALIZER_H

#include <stdbool.h>
#include <stdint.h>

/* The flags of BertNormalizer. Immutable while in use; any thread. */
typedef struct normalizer {
    bool clean_text;           /* drop control characters */
    bool handle_chinese_chars; /* make every ideograph a word of its own */
    bool strip_accents;        /* decompose, and drop the accents; null in a file: as lowercase */
    bool lowercase;
} normalizer;

/* How a normalised code point divides the text into words. */
typedef enum character_role {
    ROLE_WORD,  /* continues the word */
    ROLE_ALONE, /* ends the word before it and is a word of its own: punctuation, ideographs */
    ROLE_SPACE, /* ends the word */
} character_role;

/* Code points in the longest canonical decomposition. */
enum { NORMALIZED_MAX = 4 };

/* What one code point becomes. count 0: nothing, and its neighbours then stand side by side, in one
 * word where both continue words. */
typedef struct normalized {
    uint32_t count;
    uint32_t code_points[NORMALIZED_MAX]; /* [count] */
    character_role roles[NORMALIZED_MAX]; /* [count] */
} normalized;

/* Normalises any scalar value, U+0000 and those without a character included. Any thread. */
void normalizer_apply(const normalizer *n, uint32_t code_point, normalized *out);

#endif
