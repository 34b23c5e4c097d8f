/* biff.c - texts that go over the ends of records are what makes this more than a loop: within the
 * characters of a text the next record begins with a byte of flags, everywhere else it does not. */
#include "extract/biff.h"

#include "base/size.h"
#include "base/utf8.h"

#include <string.h>

enum { HEADER_BYTES = 4, FLAG_WIDE = 1, FLAG_PHONETIC = 4, FLAG_RICH = 8, RUN_BYTES = 4 };

uint32_t biff_u8(const biff *b, size_t offset)
{
    return offset < b->body.size ? (unsigned char)b->body.data[offset] : 0;
}

uint32_t biff_u16(const biff *b, size_t offset)
{
    return biff_u8(b, offset) | biff_u8(b, offset + 1) << 8;
}

uint32_t biff_u32(const biff *b, size_t offset)
{
    return biff_u16(b, offset) | biff_u16(b, offset + 2) << 16;
}

static double double_of(uint64_t bits)
{
    double number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

double biff_double(const biff *b, size_t offset)
{
    return double_of(biff_u32(b, offset) | (uint64_t)biff_u32(b, offset + 4) << 32);
}

double biff_rk(uint32_t rk)
{
    bool is_integer = rk & 2, is_hundredths = rk & 1;
    uint32_t integer = rk >> 2 | (rk & 0x80000000U ? 0xC0000000U : 0); // with its sign
    double number =
        is_integer ? (double)(int32_t)integer : double_of((uint64_t)(rk & 0xFFFFFFFCU) << 32);
    return is_hundredths ? number / 100 : number;
}

/* The size of the record at b->at, when all of its header is there. */
static bool read_header(const biff *b, uint32_t *id, size_t *size)
{
    biff header = {.body = view_slice(b->stream, size_min(b->at, b->stream.size), b->stream.size)};
    if (header.body.size < HEADER_BYTES) return false;
    *id = biff_u16(&header, 0);
    *size = size_min(biff_u16(&header, 2), header.body.size - HEADER_BYTES);
    return true;
}

bool biff_next(biff *b)
{
    size_t size;
    if (!read_header(b, &b->id, &size)) return false;
    size_t start = b->at + HEADER_BYTES;
    b->body = view_slice(b->stream, start, start + size);
    b->at = start + size;
    return true;
}

bool biff_is_next(const biff *b, biff_id id)
{
    uint32_t next;
    size_t size;
    return read_header(b, &next, &size) && next == (uint32_t)id;
}

/* Moves to the record that goes on, when nothing is left of this one. */
static bool refill(biff *b)
{
    while (b->body.size == 0)
        if (!biff_is_next(b, BIFF_CONTINUE) || !biff_next(b)) return false;
    return true;
}

void biff_skip(biff *b, size_t bytes)
{
    while (bytes > 0 && refill(b)) {
        size_t take = size_min(bytes, b->body.size);
        b->body = view_slice(b->body, take, b->body.size);
        bytes -= take;
    }
}

/* Half of a surrogate pair that waits for the other. */
static void append_unit(uint32_t unit, uint32_t *high, buffer *out)
{
    char bytes[4];
    bool is_low = unit >= 0xDC00 && unit < 0xE000;
    if (*high && !is_low) buffer_append(out, VIEW("\xEF\xBF\xBD"));
    uint32_t code = is_low && *high ? 0x10000 + ((*high - 0xD800) << 10) + (unit - 0xDC00) : unit;
    *high = unit >= 0xD800 && unit < 0xDC00 ? unit : 0;
    if (*high) return;
    if (code == 0 || (code >= 0xD800 && code < 0xE000)) code = 0xFFFD;
    buffer_append(out, (view){bytes, utf8_encode(code, bytes)});
}

/* Characters, which may go on in further records, each of which tells their width. */
static void take_characters(biff *b, uint32_t count, bool is_wide, buffer *out)
{
    uint32_t high = 0;
    while (count > 0 && out->failed == KITH_OK) {
        size_t width = is_wide ? 2 : 1;
        if (b->body.size < width) {
            b->body = VIEW("");
            if (!refill(b)) break;
            is_wide = biff_u8(b, 0) & FLAG_WIDE;
            biff_skip(b, 1);
            continue;
        }
        size_t take = size_min(count, b->body.size / width);
        for (size_t i = 0; i < take; i++)
            append_unit(is_wide ? biff_u16(b, 2 * i) : biff_u8(b, i), &high, out);
        b->body = view_slice(b->body, take * width, b->body.size);
        count -= (uint32_t)take;
    }
    if (high) buffer_append(out, VIEW("\xEF\xBF\xBD"));
}

/* Of Excel 95: bytes in the file's code page. */
static void take_bytes(biff *b, uint32_t count, buffer *out)
{
    size_t replaced = 0;
    view text = view_slice(b->body, 0, size_min(count, b->body.size));
    b->body = view_slice(b->body, text.size, b->body.size);
    if (!b->bytes || charset_append_utf8(b->bytes, text, out, &replaced, NULL) != KITH_OK)
        (void)charset_append_windows_1252(text, out);
}

static void take_runs(biff *b, size_t count, buffer *out)
{
    for (size_t i = 0; i < count && refill(b); i++) {
        biff_run run = {biff_u16(b, 0), biff_u16(b, 2)};
        biff_skip(b, RUN_BYTES);
        if (out) buffer_append(out, (view){(const char *)&run, sizeof run});
    }
}

void biff_text(biff *b, uint32_t length_bytes, buffer *out, buffer *runs)
{
    if (!refill(b)) return;
    uint32_t count = length_bytes == 1 ? biff_u8(b, 0) : biff_u16(b, 0), flags = 0;
    size_t run_count = 0, phonetic = 0;
    biff_skip(b, length_bytes);
    if (!b->is_wide) {
        take_bytes(b, count, out);
        return;
    }
    if (!refill(b)) return;
    flags = biff_u8(b, 0);
    biff_skip(b, 1);
    if (flags & FLAG_RICH) {
        run_count = biff_u16(b, 0);
        biff_skip(b, 2);
    }
    if (flags & FLAG_PHONETIC) {
        phonetic = biff_u32(b, 0);
        biff_skip(b, 4);
    }
    take_characters(b, count, flags & FLAG_WIDE, out);
    take_runs(b, run_count, runs);
    biff_skip(b, phonetic);
}

void biff_characters_behind(biff *b, uint32_t count, buffer *out)
{
    b->body = VIEW("");
    if (b->is_wide) {
        take_characters(b, count, false, out);
        return;
    }
    while (count > 0 && refill(b)) {
        size_t had = b->body.size;
        take_bytes(b, count, out);
        count -= (uint32_t)size_min(had - b->body.size, count);
    }
}
