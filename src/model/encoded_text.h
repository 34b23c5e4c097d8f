/* encoded_text.h - a text's tokens, each with a vector. */
#ifndef KITH_MODEL_ENCODED_TEXT_H
#define KITH_MODEL_ENCODED_TEXT_H

#include <stdint.h>

/* Of a network the state that each token has among the others of its text, of a model of word vectors
 * the token's own. */
typedef struct encoded_text {
    uint32_t *ids;  /* [count]; without special tokens */
    float *states;  /* [count][dim], each of unit length */
    uint32_t count; /* at most max_tokens less the special ones */
} encoded_text;

#endif
