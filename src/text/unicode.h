/* unicode.h - code points: the few properties that utf8proc does not answer as kith needs them, and
 * decoding of text that is known to be valid. Pure. */
#ifndef KITH_TEXT_UNICODE_H
#define KITH_TEXT_UNICODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UNICODE_REPLACEMENT = 0xFFFD };

/* The property White_Space of Unicode. */
bool unicode_is_space(uint32_t code_point);
/* Written without spaces between words: Han, Hiragana, Katakana. */
bool unicode_is_ideograph(uint32_t code_point);
/* Letters of scripts in which a word is not what stands between spaces: Thai, Lao, Khmer, Burmese
 * and their neighbors, written without them, and Korean, whose nouns carry particles. */
bool unicode_is_gram(uint32_t code_point);
/* Not seen, and no boundary of a word: soft hyphen, zero-width space and joiners, marks of
 * direction, the byte order mark. */
bool unicode_is_invisible(uint32_t code_point);

/* Decodes the code point at text[0] and returns its length, 1..4. The text must be VALID UTF-8:
 * nothing is checked, and a sequence that is cut short is read past its end. It takes half the time
 * of utf8_decode, which has to distrust its input. */
static inline size_t unicode_next(const char *text, uint32_t *code_point)
{
    const unsigned char *u = (const unsigned char *)text;
    if (u[0] < 0x80) {
        *code_point = u[0];
        return 1;
    }
    if (u[0] < 0xE0) {
        *code_point = (uint32_t)(u[0] & 0x1F) << 6 | (u[1] & 0x3F);
        return 2;
    }
    if (u[0] < 0xF0) {
        *code_point = (uint32_t)(u[0] & 0x0F) << 12 | (uint32_t)(u[1] & 0x3F) << 6 | (u[2] & 0x3F);
        return 3;
    }
    *code_point = (uint32_t)(u[0] & 0x07) << 18 | (uint32_t)(u[1] & 0x3F) << 12 |
                  (uint32_t)(u[2] & 0x3F) << 6 | (u[3] & 0x3F);
    return 4;
}

/* Decodes the code point that ends at text[offset] (offset > 0, a boundary of VALID UTF-8); returns
 * its length. */
static inline size_t unicode_previous(const char *text, size_t offset, uint32_t *code_point)
{
    size_t start = offset - 1;
    while (start > 0 && ((unsigned char)text[start] & 0xC0) == 0x80)
        start--;
    unicode_next(text + start, code_point);
    return offset - start;
}

#endif
