/* base64.h - decoding long texts of base64, as embeddings travel.
 *
 * A kernel decodes what it can in steps and leaves the rest, and everything that is wrong, to base64_decode
 * (base/base64.h), which knows the rules: so it needs none of its own.
 * Source: Mula and Lemire 2018, "Faster Base64 Encoding and Decoding Using AVX2 Instructions". */
#ifndef KITH_SIMD_BASE64_H
#define KITH_SIMD_BASE64_H

#include <stddef.h>

/* Decodes characters of the alphabet from the start of text[size], none of them padding, and returns how many: a
 * multiple of 4. It stops before the step that has any other character.
 * out  room for 3 bytes of each 4 of text[size]; nothing behind that is touched */
size_t simd_base64_scalar(const char *text, size_t size, unsigned char *out); /* 0 */
size_t simd_base64_avx2(const char *text, size_t size, unsigned char *out);

#endif
