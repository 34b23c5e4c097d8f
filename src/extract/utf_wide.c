/* utf_wide.c - one reader of units for the four forms. */
#include "extract/utf_wide.h"

#include "base/utf8.h"
#include "text/unicode.h"

#include <stdint.h>
#include <utf8proc.h>

enum { SAMPLE_BYTES = 64 * 1024, BLOCK_BITS = 8, BLOCKS = 0x110000 >> BLOCK_BITS };

const char *utf_wide_name(utf_wide form)
{
    static const char *const NAMES[] = {"utf-16le", "utf-16be", "utf-32le", "utf-32be"};
    return NAMES[form];
}

static bool is_big_endian(utf_wide form)
{
    return form == UTF_16BE || form == UTF_32BE;
}

static size_t unit_bytes(utf_wide form)
{
    return form == UTF_16LE || form == UTF_16BE ? 2 : 4;
}

static uint32_t load_unit(const char *p, utf_wide form)
{
    const unsigned char *u = (const unsigned char *)p;
    uint32_t value = 0;
    for (size_t i = 0, n = unit_bytes(form); i < n; i++)
        value |= (uint32_t)u[i] << 8 * (is_big_endian(form) ? n - 1 - i : i);
    return value;
}

size_t utf_wide_mark(view bytes, utf_wide form)
{
    if (bytes.size < unit_bytes(form) || load_unit(bytes.data, form) != 0xFEFF) return 0;
    return form == UTF_16LE && utf_wide_mark(bytes, UTF_32LE) ? 0 : unit_bytes(form);
}

/* Decodes one code point at bytes[i]; returns the bytes read, at least 1. */
static size_t next(view bytes, size_t i, utf_wide form, uint32_t *code_point)
{
    size_t size = unit_bytes(form);
    *code_point = UNICODE_REPLACEMENT;
    if (bytes.size - i < size) return bytes.size - i;
    uint32_t unit = load_unit(bytes.data + i, form);
    bool is_surrogate = unit >= 0xD800 && unit <= 0xDFFF;
    if (!is_surrogate) {
        if (unit <= 0x10FFFF) *code_point = unit;
        return size;
    }
    if (size == 4 || unit > 0xDBFF || bytes.size - i < 4) return size;
    uint32_t low = load_unit(bytes.data + i + 2, form);
    if (low < 0xDC00 || low > 0xDFFF) return size;
    *code_point = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    return 4;
}

/* Control characters that text does not hold, and code points that nobody uses in it. */
static bool is_odd(uint32_t c)
{
    if (c == UNICODE_REPLACEMENT || c < 0x09 || (c >= 0x0E && c < 0x20 && c != 0x1B)) return true;
    if (c < 0x7F) return false;
    utf8proc_category_t kind = utf8proc_category((utf8proc_int32_t)c);
    return kind == UTF8PROC_CATEGORY_CC || kind == UTF8PROC_CATEGORY_CN ||
           kind == UTF8PROC_CATEGORY_CS || kind == UTF8PROC_CATEGORY_CO;
}

bool utf_wide_is_text(view bytes, utf_wide form)
{
    size_t odd = 0;
    for (size_t i = 0; i < bytes.size;) {
        uint32_t c;
        i += next(bytes, i, form, &c);
        odd += is_odd(c);
    }
    return odd <= bytes.size / unit_bytes(form) / 50;
}

/* Han has 82 blocks of 256 and Hangul 44: each counts as one here. */
static uint32_t block_of(uint32_t c)
{
    if (c >= 0x3400 && c <= 0x9FFF) return 0x4E00 >> BLOCK_BITS;
    if (c >= 0xAC00 && c <= 0xD7FF) return 0xAC00 >> BLOCK_BITS;
    return c >> BLOCK_BITS;
}

bool utf_wide_is_likely(view bytes, utf_wide form)
{
    uint32_t counts[BLOCKS] = {0};
    if (bytes.size == 0 || bytes.size % unit_bytes(form) != 0 || !utf_wide_is_text(bytes, form))
        return false;
    view sample = view_slice(bytes, 0, bytes.size < SAMPLE_BYTES ? bytes.size : SAMPLE_BYTES);
    size_t units = 0, first = 0, second = 0, third = 0;
    for (size_t i = 0; i < sample.size; units++) {
        uint32_t c;
        i += next(sample, i, form, &c);
        counts[block_of(c)]++;
    }
    for (size_t i = 0; i < BLOCKS; i++) {
        size_t n = counts[i];
        if (n > first) {
            third = second;
            second = first;
            first = n;
        } else if (n > second) {
            third = second;
            second = n;
        } else if (n > third) {
            third = n;
        }
    }
    return (first + second + third) * 10 >= units * 9;
}

size_t utf_wide_append(buffer *out, view bytes, utf_wide form)
{
    size_t replaced = 0;
    for (size_t i = utf_wide_mark(bytes, form); i < bytes.size && out->failed == KITH_OK;) {
        uint32_t c;
        char encoded[4];
        size_t size = unit_bytes(form), read = next(bytes, i, form, &c);
        // A broken unit reads as U+FFFD; so does a U+FFFD that the file has, which is no loss.
        bool is_own = read == size && load_unit(bytes.data + i, form) == UNICODE_REPLACEMENT;
        if (c == 0) c = UNICODE_REPLACEMENT;
        if (c == UNICODE_REPLACEMENT && !is_own) replaced++;
        buffer_append(out, (view){encoded, utf8_encode(c, encoded)});
        i += read;
    }
    return replaced;
}
