/* encoding.c - guesses an encoding by counting, and decodes.
 * The counts are taken over the whole file, not over its beginning: an installer that begins with a
 * shell script is binary. Invariant: what is appended is valid UTF-8 without NUL, whatever the
 * bytes were, and every byte sequence that could not be decoded is counted. */
#include "extract/encoding.h"

#include "base/size.h"
#include "base/utf8.h"
#include "text/unicode.h"

#include <stdbool.h>
#include <stdint.h>

static const unsigned char MARK_UTF8[] = {0xEF, 0xBB, 0xBF};
static const unsigned char MARK_UTF16LE[] = {0xFF, 0xFE};
static const unsigned char MARK_UTF16BE[] = {0xFE, 0xFF};
/* UTF-32LE's byte order mark begins with UTF-16LE's and must not be taken for it. */
static const unsigned char MARK_UTF32LE[] = {0xFF, 0xFE, 0, 0};

/* 80..9F of Windows-1252; 0 where it has no character. */
static const uint16_t WINDOWS_1252[32] = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178,
};

const char *text_encoding_name(text_encoding encoding)
{
    static const char *const names[] = {
        [ENCODING_UTF8] = "utf-8",       [ENCODING_UTF16LE] = "utf-16le",
        [ENCODING_UTF16BE] = "utf-16be", [ENCODING_LATIN1] = "windows-1252",
        [ENCODING_BINARY] = "binary",
    };
    return names[encoding];
}

static bool starts_with(view bytes, const unsigned char *mark, size_t size)
{
    return view_starts_with(bytes, (view){(const char *)mark, size});
}

/* Length of the byte order mark of `encoding` at the start of `bytes`: 0 (none), 2 or 3. */
static size_t mark_size(view bytes, text_encoding encoding)
{
    switch (encoding) {
    case ENCODING_UTF8:
        return starts_with(bytes, MARK_UTF8, 3) ? 3 : 0;
    case ENCODING_UTF16LE:
        return starts_with(bytes, MARK_UTF16LE, 2) ? 2 : 0;
    case ENCODING_UTF16BE:
        return starts_with(bytes, MARK_UTF16BE, 2) ? 2 : 0;
    case ENCODING_LATIN1:
    case ENCODING_BINARY:
        break;
    }
    return 0;
}

/* Control bytes that text does not hold. Escape occurs in coloured logs, form feed in old
 * documents. */
static bool is_stray_control(uint32_t c)
{
    return c < 0x09 || (c >= 0x0E && c < 0x20 && c != 0x1B) || c == 0x7F;
}

/* More than a fiftieth: of random bytes 10 % are control bytes, of text none. */
static bool abound(size_t controls, size_t units)
{
    return controls > units / 50;
}

static uint32_t load_unit(const char *p, bool big_endian)
{
    const unsigned char *u = (const unsigned char *)p;
    return big_endian ? (uint32_t)u[0] << 8 | u[1] : (uint32_t)u[1] << 8 | u[0];
}

/* Decodes one code point of UTF-16 at bytes[i]; returns the bytes read, at least 1. */
static size_t utf16_next(view bytes, size_t i, bool big_endian, uint32_t *code_point)
{
    *code_point = UNICODE_REPLACEMENT;
    if (bytes.size - i < 2) return 1;
    uint32_t unit = load_unit(bytes.data + i, big_endian);
    if (unit < 0xD800 || unit > 0xDFFF) {
        *code_point = unit;
        return 2;
    }
    if (unit > 0xDBFF || bytes.size - i < 4) return 2;
    uint32_t low = load_unit(bytes.data + i + 2, big_endian);
    if (low < 0xDC00 || low > 0xDFFF) return 2;
    *code_point = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    return 4;
}

/* Broken surrogate pairs and control characters are rare. */
static bool utf16_is_text(view bytes, bool big_endian)
{
    size_t odd = 0;
    for (size_t i = 0; i < bytes.size;) {
        uint32_t c;
        i += utf16_next(bytes, i, big_endian, &c);
        if (c == UNICODE_REPLACEMENT || is_stray_control(c)) odd++;
    }
    return !abound(odd, bytes.size / 2);
}

/* UTF-16 without a byte order mark has NUL bytes only at even or only at odd offsets. */
static bool looks_utf16(view bytes, size_t nul_here, size_t nul_there, bool big_endian)
{
    size_t units = bytes.size / 2;
    if (bytes.size % 2 != 0 || nul_there > units / 50 || nul_here < 1 + units / 50) return false;
    return utf16_is_text(bytes, big_endian);
}

typedef struct census {
    size_t nul[2];   /* NUL bytes at even and at odd offsets */
    size_t controls; /* bytes of is_control, NUL among them */
    size_t good;     /* well-formed sequences of two bytes and more */
    size_t bad;      /* bytes that are no part of a well-formed sequence */
} census;

static census census_take(view bytes)
{
    census n = {0};
    for (size_t i = 0; i < bytes.size;) {
        unsigned char byte = (unsigned char)bytes.data[i];
        if (byte < 0x80) {
            if (byte == 0) n.nul[i & 1]++;
            if (is_stray_control(byte)) n.controls++;
            i++;
            continue;
        }
        uint32_t c;
        size_t length = utf8_decode(bytes.data + i, bytes.size - i, &c);
        if (length == 0)
            n.bad++;
        else
            n.good++;
        i += size_max(length, 1);
    }
    return n;
}

text_encoding text_encoding_detect(view bytes)
{
    if (starts_with(bytes, MARK_UTF32LE, sizeof MARK_UTF32LE)) return ENCODING_BINARY;
    if (mark_size(bytes, ENCODING_UTF16LE))
        return utf16_is_text(bytes, false) ? ENCODING_UTF16LE : ENCODING_BINARY;
    if (mark_size(bytes, ENCODING_UTF16BE))
        return utf16_is_text(bytes, true) ? ENCODING_UTF16BE : ENCODING_BINARY;
    census n = census_take(bytes);
    if (n.nul[0] + n.nul[1] > 0) {
        if (looks_utf16(bytes, n.nul[1], n.nul[0], false)) return ENCODING_UTF16LE;
        if (looks_utf16(bytes, n.nul[0], n.nul[1], true)) return ENCODING_UTF16BE;
    }
    if (abound(n.controls, bytes.size)) return ENCODING_BINARY;
    if (mark_size(bytes, ENCODING_UTF8) || n.bad == 0) return ENCODING_UTF8;
    // An accented letter of Latin-1 is nearly always ill-formed UTF-8, so the two hardly mix.
    return n.good / 4 >= n.bad ? ENCODING_UTF8 : ENCODING_LATIN1;
}

static void append_code_point(buffer *out, uint32_t c)
{
    char encoded[4];
    buffer_append(out, (view){encoded, utf8_encode(c, encoded)});
}

/* NUL would end the text wherever it is handled as a C string. */
static size_t append_utf8(buffer *out, view text)
{
    size_t replaced = 0;
    while (text.size > 0) {
        const char *nul = memchr(text.data, 0, text.size);
        size_t until = nul ? (size_t)(nul - text.data) : text.size;
        replaced += utf8_append_repaired(out, view_slice(text, 0, until));
        if (!nul) break;
        append_code_point(out, UNICODE_REPLACEMENT);
        replaced++;
        text = view_slice(text, until + 1, text.size);
    }
    return replaced;
}

static size_t append_utf16(buffer *out, view bytes, bool big_endian)
{
    size_t replaced = 0;
    for (size_t i = 0; i < bytes.size && out->failed == KITH_OK;) {
        uint32_t c;
        size_t read = utf16_next(bytes, i, big_endian, &c);
        // A broken pair reads as U+FFFD; so does a U+FFFD that the file has, which is no loss.
        bool is_own = read == 2 && load_unit(bytes.data + i, big_endian) == UNICODE_REPLACEMENT;
        if (c == 0) c = UNICODE_REPLACEMENT;
        if (c == UNICODE_REPLACEMENT && !is_own) replaced++;
        append_code_point(out, c);
        i += read;
    }
    return replaced;
}

static size_t append_windows_1252(buffer *out, view bytes)
{
    size_t replaced = 0;
    for (size_t i = 0; i < bytes.size && out->failed == KITH_OK; i++) {
        uint32_t c = (unsigned char)bytes.data[i];
        if (c >= 0x80 && c < 0xA0) c = WINDOWS_1252[c - 0x80];
        if (c == 0) {
            c = UNICODE_REPLACEMENT;
            replaced++;
        }
        append_code_point(out, c);
    }
    return replaced;
}

kith_status text_decode(view bytes, buffer *out, text_encoding *encoding, size_t *replaced,
                        kith_error *err)
{
    text_encoding found = text_encoding_detect(bytes);
    size_t losses = 0;
    size_t size_before = out->size;
    view body = view_slice(bytes, mark_size(bytes, found), bytes.size);
    switch (found) {
    case ENCODING_UTF8:
        losses = append_utf8(out, body);
        break;
    case ENCODING_UTF16LE:
    case ENCODING_UTF16BE:
        losses = append_utf16(out, body, found == ENCODING_UTF16BE);
        break;
    case ENCODING_LATIN1:
        losses = append_windows_1252(out, body);
        break;
    case ENCODING_BINARY:
        return fail(err, KITH_ERR_UNSUPPORTED, "binary file");
    }
    kith_status status = buffer_status(out, "the decoded text", err);
    if (status != KITH_OK) {
        out->size = size_before;
        return status;
    }
    *encoding = found;
    *replaced = losses;
    return KITH_OK;
}
