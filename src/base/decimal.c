/* decimal.c - the grammar by hand, the rounding by the C library. */
#include "base/decimal.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>

/* The end of the digits at i. */
static size_t skip_digits(view text, size_t i)
{
    while (i < text.size && is_ascii_digit(text.data[i]))
        i++;
    return i;
}

static bool is_number(view text)
{
    size_t i = text.size > 0 && text.data[0] == '-', start = i;
    i = skip_digits(text, i);
    if (i == start || (text.data[start] == '0' && i > start + 1)) return false;
    if (i < text.size && text.data[i] == '.') {
        start = i + 1;
        i = skip_digits(text, start);
        if (i == start) return false;
    }
    if (i < text.size && (text.data[i] == 'e' || text.data[i] == 'E')) {
        start = i + 1;
        if (start < text.size && (text.data[start] == '+' || text.data[start] == '-')) start++;
        i = skip_digits(text, start);
        if (i == start) return false;
    }
    return i == text.size;
}

bool decimal_read(view text, double *out)
{
    char digits[DECIMAL_MAX_BYTES + 1];
    if (text.size > DECIMAL_MAX_BYTES || !is_number(text)) return false;
    memcpy(digits, text.data, text.size);
    digits[text.size] = '\0';
    locale_t plain = newlocale(LC_ALL_MASK, "C", NULL); // no memory: it is there in every process
    double value = strtod_l(digits, NULL, plain);
    freelocale(plain);
    if (!isfinite(value)) return false;
    *out = value;
    return true;
}
