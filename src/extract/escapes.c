/* escapes.c - see escapes.h. */
#include "extract/escapes.h"

#include "base/hex.h"
#include "base/utf8.h"

#include <stdint.h>

enum { REPLACEMENT = 0xFFFD, NO_UNIT = UINT16_MAX + 1, ESCAPE_BYTES = 6 };

/* The UTF-16 unit of the "\uXXXX" at `at`; NO_UNIT when there is none. */
static uint32_t unit_at(view text, size_t at)
{
    uint32_t unit = 0;
    if (text.size - at < ESCAPE_BYTES || text.data[at] != '\\' || text.data[at + 1] != 'u')
        return NO_UNIT;
    for (size_t i = at + 2; i < at + ESCAPE_BYTES; i++) {
        int digit = hex_digit(text.data[i]);
        if (digit < 0) return NO_UNIT;
        unit = unit * 16 + (uint32_t)digit;
    }
    return unit;
}

static void append_code_point(buffer *out, uint32_t code_point)
{
    char bytes[4];
    if (code_point < ' ') code_point = ' ';
    buffer_append(out, (view){bytes, utf8_encode(code_point, bytes)});
}

/* Appends the character of the "\uXXXX" at `at`, of the value `unit`, and tells its bytes. */
static size_t append_unit(buffer *out, view text, size_t at, uint32_t unit)
{
    bool is_high = unit >= 0xD800 && unit < 0xDC00, is_low = unit >= 0xDC00 && unit < 0xE000;
    uint32_t low = is_high ? unit_at(text, at + ESCAPE_BYTES) : NO_UNIT;
    if (is_high && low >= 0xDC00 && low < 0xE000) {
        append_code_point(out, 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
        return (size_t)2 * ESCAPE_BYTES;
    }
    append_code_point(out, is_high || is_low ? REPLACEMENT : unit);
    return ESCAPE_BYTES;
}

void escapes_append(buffer *out, view text, char left_out)
{
    for (size_t i = 0; i < text.size;) {
        char c = text.data[i];
        if (c != '\\' || i + 1 == text.size) {
            if (!left_out || c != left_out) buffer_append_byte(out, c);
            i++;
            continue;
        }
        uint32_t unit = unit_at(text, i);
        char next = text.data[i + 1];
        if (unit != NO_UNIT) {
            i += append_unit(out, text, i, unit);
        } else if (next == 'u') {
            buffer_append_byte(out, c);
            i++;
        } else {
            bool is_blank = next == 'n' || next == 'r' || next == 't' || next == 'f';
            buffer_append_byte(out, is_blank ? ' ' : next);
            i += 2;
        }
    }
}
