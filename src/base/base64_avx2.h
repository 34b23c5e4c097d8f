/* base64_avx2.h - decoding long texts of base64, as embeddings travel, 32 characters at a time.
 *
 * It decodes what it can in steps and leaves the rest, and everything that is wrong, to base64_decode, which knows the
 * rules: so it needs none of its own. For x86-64 with AVX2; the result is the same as without.
 * Source: Mula and Lemire 2018, "Faster Base64 Encoding and Decoding Using AVX2 Instructions". */
#ifndef KITH_BASE_BASE64_AVX2_H
#define KITH_BASE_BASE64_AVX2_H

#include <stddef.h>

/* Decodes characters of the alphabet from the start of text[size], none of them padding, and returns how many: a
 * multiple of 4. It stops before the step that has any other character.
 * out  room for 3 bytes of each 4 of text[size]; nothing behind that is touched */
size_t base64_decode_avx2(const char *text, size_t size, unsigned char *out);

#endif
