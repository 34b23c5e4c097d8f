/* utf8.c - decoding by the table of well-formed sequences (Unicode 15, table 3-7). */
#include "base/utf8.h"

#include <string.h>

/* The second byte's range depends on the first; all later bytes are 80..BF. */
static size_t sequence_size(unsigned char first, unsigned char *low, unsigned char *high)
{
    *low = 0x80;
    *high = 0xBF;
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return 2;
    if (first >= 0xE0 && first <= 0xEF) {
        if (first == 0xE0) *low = 0xA0;
        if (first == 0xED) *high = 0x9F;
        return 3;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        if (first == 0xF0) *low = 0x90;
        if (first == 0xF4) *high = 0x8F;
        return 4;
    }
    return 0;
}

/* The length of the longest well-formed beginning of a code point at text[0]; *whole when it is all
 * of one. 0 when text[0] can begin none. */
static size_t well_formed_prefix(const unsigned char *text, size_t size, bool *whole)
{
    unsigned char low, high;
    size_t expected = sequence_size(text[0], &low, &high);
    *whole = false;
    if (expected == 0) return 0;
    for (size_t i = 1; i < expected; i++) {
        if (i >= size || text[i] < low || text[i] > high) return i;
        low = 0x80;
        high = 0xBF;
    }
    *whole = true;
    return expected;
}

size_t utf8_decode(const char *text, size_t size, uint32_t *code_point)
{
    const unsigned char *u = (const unsigned char *)text;
    if (u[0] < 0x80) {
        *code_point = u[0];
        return 1;
    }
    bool whole;
    size_t length = well_formed_prefix(u, size, &whole);
    if (!whole) return 0;
    uint32_t value = u[0] & (0xFFu >> (length + 1));
    for (size_t i = 1; i < length; i++)
        value = value << 6 | (u[i] & 0x3Fu);
    *code_point = value;
    return length;
}

size_t utf8_encode(uint32_t c, char out[4])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

size_t utf8_skip_ascii(view v, size_t i)
{
    for (; i + 8 <= v.size; i += 8) {
        uint64_t word;
        memcpy(&word, v.data + i, sizeof word);
        if (word & UINT64_C(0x8080808080808080)) break;
    }
    while (i < v.size && (unsigned char)v.data[i] < 0x80)
        i++;
    return i;
}

size_t utf8_find_invalid(view v)
{
    size_t i = 0;
    for (;;) {
        i = utf8_skip_ascii(v, i);
        if (i == v.size) return i;
        bool whole;
        size_t length = well_formed_prefix((const unsigned char *)v.data + i, v.size - i, &whole);
        if (!whole) return i;
        i += length;
    }
}

bool utf8_is_valid(view v)
{
    return utf8_find_invalid(v) == v.size;
}

size_t utf8_count(view v)
{
    size_t count = 0;
    for (size_t i = 0; i < v.size; i++)
        count += ((unsigned char)v.data[i] & 0xC0) != 0x80;
    return count;
}

size_t utf8_append_repaired(buffer *out, view v)
{
    size_t replaced = 0;
    while (v.size) {
        size_t valid = utf8_find_invalid(v);
        buffer_append(out, view_slice(v, 0, valid));
        if (valid == v.size) break;
        v = view_slice(v, valid, v.size);
        bool whole;
        size_t bad = well_formed_prefix((const unsigned char *)v.data, v.size, &whole);
        buffer_append(out, VIEW("\xEF\xBF\xBD"));
        replaced++;
        v = view_slice(v, bad ? bad : 1, v.size);
    }
    return replaced;
}

size_t utf8_floor(view v, size_t offset)
{
    if (offset >= v.size) return v.size;
    while (offset > 0 && ((unsigned char)v.data[offset] & 0xC0) == 0x80)
        offset--;
    return offset;
}
