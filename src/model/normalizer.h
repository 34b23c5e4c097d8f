/* normalizer.h - BertNormalizer and BertPreTokenizer, one code point at a time. */
#ifndef KITH_MODEL_NORMALIZER_H
#define KITH_MODEL_NORMALIZER_H

#include <stdbool.h>
#include <stdint.h>

/* The flags of BertNormalizer. strip_accents is resolved: null in a file means "as lowercase". */
typedef struct normalizer {
    bool clean_text, handle_chinese_chars, strip_accents, lowercase;
} normalizer;

/* What a normalised code point does to the words around it. */
typedef enum character_role {
    ROLE_WORD,  /* continues the word */
    ROLE_ALONE, /* ends the word before it and is a word of its own: punctuation, ideographs */
    ROLE_SPACE, /* ends the word */
} character_role;

enum { NORMALIZED_MAX = 4 }; /* the longest canonical decomposition */

/* What one code point becomes; count 0 when it vanishes, and then its neighbours join. */
typedef struct normalized {
    uint32_t count;
    uint32_t code_points[NORMALIZED_MAX];
    character_role roles[NORMALIZED_MAX];
} normalized;

/* Any scalar value. Any thread. */
void normalizer_apply(const normalizer *n, uint32_t code_point, normalized *out);

#endif
