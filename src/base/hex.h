/* hex.h - one digit of base 16. */
#ifndef KITH_BASE_HEX_H
#define KITH_BASE_HEX_H

/* 0 to 15; -1 for what is no digit. Letters of either case. Pure. */
static inline int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

#endif
