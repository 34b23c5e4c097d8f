/* unicode.c - properties of code points, from the tables of Unicode 15. */
#include "text/unicode.h"

bool unicode_is_space(uint32_t c)
{
    if (c < 0x80) return c == ' ' || (c >= 0x09 && c <= 0x0D);
    return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
           c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

bool unicode_is_ideograph(uint32_t c)
{
    if (c < 0x2E80) return false;
    return (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x4E00 && c <= 0x9FFF) || // Han
           (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x323AF) ||
           (c >= 0x2E80 && c <= 0x2FDF) || (c >= 0x3005 && c <= 0x3007) || // radicals, iteration
           (c >= 0x3041 && c <= 0x30FF && c != 0x30A0 && c != 0x30FB) ||   // kana without dots
           (c >= 0x31F0 && c <= 0x31FF) || (c >= 0xFF66 && c <= 0xFF9F);
}

bool unicode_is_gram(uint32_t c)
{
    if (c < 0x0E01 || c > 0xD7FF) return false;
    return (c >= 0xAC00) || (c <= 0x0EFF) ||                               // Hangul; Thai and Lao
           (c >= 0x1000 && c <= 0x109F) || (c >= 0x1100 && c <= 0x11FF) || // Burmese; Jamo
           (c >= 0x1780 && c <= 0x17FF) || (c >= 0x1950 && c <= 0x19DF) || // Khmer; Tai Le and Lue
           (c >= 0x1A20 && c <= 0x1AAF) || (c >= 0x3131 && c <= 0x318E) || // Tai Tham; Jamo
           (c >= 0xA960 && c <= 0xA9FF) || (c >= 0xAA60 && c <= 0xAADF);   // Jamo to Tai Viet
}

bool unicode_is_invisible(uint32_t c)
{
    if (c < 0x2000) return c == 0xAD || c == 0x61C || c == 0x180E;
    return (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) ||
           (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF;
}
