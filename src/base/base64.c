/* base64.c - bytes as text, four characters for three bytes. Embeddings travel like this, so that
 * decoding looks at four characters at a time: one table look-up each, and one test for all. */
#include "base/base64.h"

#include "base/base64_avx2.h"

#include <stdint.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* The six bits of a character. BAD has a bit that no value has, so that the bitwise or of four
 * entries has it when one of them is bad. */
enum { BAD = 0x80 };
#define ROW_BAD BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD
static const uint8_t bits_of[256] = {
    ROW_BAD, ROW_BAD, ROW_BAD, ROW_BAD, ROW_BAD,                            // 0x00
    BAD,     BAD,     BAD,     62,      BAD,     BAD,     BAD,     63,      // '+' and '/'
    52,      53,      54,      55,      56,      57,      58,      59,      // '0'
    60,      61,      BAD,     BAD,     BAD,     BAD,     BAD,     BAD,     // '8'
    BAD,     0,       1,       2,       3,       4,       5,       6,       // 'A'
    7,       8,       9,       10,      11,      12,      13,      14,      //
    15,      16,      17,      18,      19,      20,      21,      22,      //
    23,      24,      25,      BAD,     BAD,     BAD,     BAD,     BAD,     //
    BAD,     26,      27,      28,      29,      30,      31,      32,      // 'a'
    33,      34,      35,      36,      37,      38,      39,      40,      //
    41,      42,      43,      44,      45,      46,      47,      48,      //
    49,      50,      51,      BAD,     BAD,     BAD,     BAD,     BAD,     //
    ROW_BAD, ROW_BAD, ROW_BAD, ROW_BAD, ROW_BAD, ROW_BAD, ROW_BAD, ROW_BAD, // 0x80
    ROW_BAD, ROW_BAD, ROW_BAD, ROW_BAD, ROW_BAD, ROW_BAD, ROW_BAD, ROW_BAD, // 0xc0
};

/* Three bytes of four characters; false when one of them is not of the alphabet. */
static inline bool decode_four(const unsigned char *from, unsigned char *to)
{
    const uint32_t a = bits_of[from[0]], b = bits_of[from[1]];
    const uint32_t c = bits_of[from[2]], d = bits_of[from[3]];
    const uint32_t bits = a << 18 | b << 12 | c << 6 | d;
    to[0] = (unsigned char)(bits >> 16);
    to[1] = (unsigned char)(bits >> 8);
    to[2] = (unsigned char)bits;
    return !((a | b | c | d) & BAD);
}

/* Characters that are decoded already. */
static size_t decode_steps(view text, unsigned char *out)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) return base64_decode_avx2(text.data, text.size, out);
#else
    (void)text, (void)out;
#endif
    return 0;
}

bool base64_decode(view text, unsigned char *out, size_t *out_bytes)
{
    if (text.size % 4 != 0) return false;
    size_t padding = 0;
    if (text.size > 0 && text.data[text.size - 1] == '=')
        padding = text.data[text.size - 2] == '=' ? 2 : 1;
    const size_t whole = padding ? text.size / 4 - 1 : text.size / 4;
    const unsigned char *from = (const unsigned char *)text.data;
    bool good = true;
    for (size_t i = decode_steps(text, out) / 4; i < whole; i++)
        good &= decode_four(from + 4 * i, out + 3 * i);
    if (!good) return false;
    *out_bytes = 3 * whole;
    if (padding == 0) return true;
    unsigned char last[4] = {from[4 * whole], from[4 * whole + 1],
                             padding == 2 ? (unsigned char)'A' : from[4 * whole + 2], 'A'};
    unsigned char decoded[3];
    if (!decode_four(last, decoded)) return false;
    if (padding == 2 ? decoded[1] != 0 : decoded[2] != 0) return false;
    for (size_t i = 0; i < 3 - padding; i++)
        out[(*out_bytes)++] = decoded[i];
    return true;
}

void base64_append(buffer *out, view bytes)
{
    const unsigned char *from = (const unsigned char *)bytes.data;
    if (bytes.size > SIZE_MAX / 4 || !buffer_reserve(out, (bytes.size + 2) / 3 * 4)) {
        // Reserving has put the buffer into the failed state; a size beyond all memory fails too.
        if (bytes.size > SIZE_MAX / 4) out->failed = KITH_ERR_LIMIT;
        return;
    }
    char *to = out->data + out->size;
    for (size_t i = 0; i < bytes.size; i += 3) {
        const size_t left = bytes.size - i;
        const uint32_t bits = (uint32_t)from[i] << 16 |
                              (left > 1 ? (uint32_t)from[i + 1] << 8 : 0) |
                              (left > 2 ? (uint32_t)from[i + 2] : 0);
        *to++ = alphabet[bits >> 18];
        *to++ = alphabet[bits >> 12 & 63];
        *to++ = left > 1 ? alphabet[bits >> 6 & 63] : '=';
        *to++ = left > 2 ? alphabet[bits & 63] : '=';
    }
    out->size = (size_t)(to - out->data);
}
