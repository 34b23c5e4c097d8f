/* hex.h - digits of base 16. */
#ifndef KITH_BASE_HEX_H
#define KITH_BASE_HEX_H

#include <stddef.h>

/* 0 to 15; -1 for what is no digit. Letters of either case. Pure. */
static inline int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Writes 2 lower-case digits a byte, and a NUL: `out` has 2 * count + 1 bytes. */
static inline void hex_write(const unsigned char *bytes, size_t count, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < count; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * count] = '\0';
}

#endif
