/* base64_avx2.c - 32 characters at a time.
 *
 * A character's upper four bits (its row of the table of ASCII) say what to add to it, except for '/', which shares
 * its row with '+'. Whether it is of the alphabet is looked up twice: each row has a bit, each column
 * the bits of the rows in which it is none of the alphabet; a character is bad when the two have a bit in common.
 * The six bits of four characters are then joined by two multiplications, and three bytes of each four kept. */
#include "base/base64_avx2.h"

#include <immintrin.h>

enum { STEP = 32, STORED = 32 /* bytes, of which 24 are decoded ones */ };

/* The same 16 entries for both halves of a register. */
#define TABLE(...) _mm256_broadcastsi128_si256(_mm_setr_epi8(__VA_ARGS__))

static inline __m256i bad_columns(void)
{
    return TABLE(0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x13, 0x1a, 0x1b, 0x1b,
                 0x1b, 0x1a);
}

static inline __m256i rows(void)
{
    return TABLE(0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10,
                 0x10, 0x10);
}

/* What is added to the characters of a row: entry 1 is for '/', the rows before 2 have none of the alphabet. */
static inline __m256i shifts(void)
{
    return TABLE(0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0);
}

/* The first three bytes of each number, the most significant first, and these 12 and 12 next to each other. */
static inline __m256i pack(__m256i numbers)
{
    const __m256i order = TABLE(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
    const __m256i halves = _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 7, 7);
    return _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(numbers, order), halves);
}

size_t base64_decode_avx2(const char *text, size_t size, unsigned char *out)
{
    const __m256i low_bits = _mm256_set1_epi8(0x0f), slash = _mm256_set1_epi8('/');
    size_t done = 0;
    // What a step stores ends within the room for the characters that are left.
    for (; size - done >= STEP && (size - done) / 4 * 3 >= STORED; done += STEP) {
        const __m256i c = _mm256_loadu_si256((const __m256i *)(const void *)(text + done));
        const __m256i row = _mm256_and_si256(_mm256_srli_epi32(c, 4), low_bits);
        const __m256i column = _mm256_and_si256(c, low_bits);
        const __m256i is_slash = _mm256_cmpeq_epi8(c, slash);
        if (!_mm256_testz_si256(_mm256_shuffle_epi8(bad_columns(), column),
                                _mm256_shuffle_epi8(rows(), row)))
            break;
        const __m256i shift = _mm256_shuffle_epi8(shifts(), _mm256_add_epi8(is_slash, row));
        const __m256i six = _mm256_add_epi8(c, shift);
        const __m256i twelve = _mm256_maddubs_epi16(six, _mm256_set1_epi32(0x01400140));
        const __m256i numbers = _mm256_madd_epi16(twelve, _mm256_set1_epi32(0x00011000));
        _mm256_storeu_si256((__m256i *)(void *)(out + done / 4 * 3), pack(numbers));
    }
    return done;
}
