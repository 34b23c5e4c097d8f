/* encoding.c - finds an encoding by marks, counts and declarations, and decodes.
 * The counts are taken over the whole file, not over its beginning: an installer that begins with a
 * shell script is binary. Invariant: what is appended is valid UTF-8 without NUL, whatever the
 * bytes were, and every byte sequence that could not be decoded is counted. */
#include "extract/encoding.h"

#include "base/charset.h"
#include "base/size.h"
#include "base/utf8.h"
#include "extract/charset_declared.h"
#include "extract/charset_guess.h"
#include "extract/uchardet_library.h"
#include "extract/utf_wide.h"

#include <stdint.h>

static const char UTF8_NAME[] = "utf-8";
#define UTF8_MARK VIEW("\xEF\xBB\xBF")

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

typedef struct census {
    size_t nul[2];   /* NUL bytes at even and at odd offsets */
    size_t controls; /* bytes of is_stray_control, NUL among them */
    size_t good;     /* well-formed sequences of two bytes and more */
    size_t bad;      /* bytes that are no part of a well-formed sequence */
    bool escapes;    /* ESC before $ or (, with which ISO-2022 changes its character set */
} census;

/* The top bit of each of eight bytes. */
static uint64_t high_bits(uint64_t x)
{
    return x & UINT64_C(0x8080808080808080);
}

/* Of eight ASCII bytes those that count_ascii looks at, by their top bits: controls but \t to \r. */
static uint64_t controls_of(uint64_t x)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t printable = x + ones * (0x80 - 0x20), is_del = x + ones * (0x80 - 0x7F);
    uint64_t from_tab = x + ones * (0x80 - '\t'), behind_return = x + ones * (0x80 - '\r' - 1);
    return high_bits(~(printable | (from_tab & ~behind_return)) | is_del);
}

static void count_ascii(view bytes, size_t i, size_t end, census *n)
{
    for (; i < end; i++) {
        unsigned char byte = (unsigned char)bytes.data[i];
        if (byte == 0) n->nul[i & 1]++;
        if (is_stray_control(byte)) n->controls++;
        if (byte == 0x1B && i + 1 < bytes.size && bytes.data[i + 1] == '$') n->escapes = true;
    }
}

/* Bytes at the beginning, in whole words, in which there is nothing to count. */
static size_t plain_prefix(view bytes)
{
    enum { BLOCK = 64 }; // which a compiler looks at in a few vectors
    size_t i = 0;
    for (; bytes.size - i >= BLOCK; i += BLOCK) {
        uint8_t counts = 0;
        for (size_t k = 0; k < BLOCK; k++) {
            uint8_t byte = (uint8_t)bytes.data[i + k];
            uint8_t is_white = (uint8_t)(byte - '\t') <= '\r' - '\t';
            counts |= (uint8_t)((byte < ' ' || byte > '~') & !is_white);
        }
        if (counts) break;
    }
    for (; bytes.size - i >= 8; i += 8) {
        uint64_t x;
        memcpy(&x, bytes.data + i, sizeof x);
        if (high_bits(x) | controls_of(x)) break;
    }
    return i;
}

static census census_take(view bytes)
{
    census n = {0};
    for (size_t i = 0; i < bytes.size;) {
        i += plain_prefix(view_slice(bytes, i, bytes.size));
        if (i == bytes.size) break;
        if ((unsigned char)bytes.data[i] < 0x80) {
            count_ascii(bytes, i, i + 1, &n);
            i++;
        } else {
            uint32_t c;
            size_t length = utf8_decode(bytes.data + i, bytes.size - i, &c);
            *(length ? &n.good : &n.bad) += 1;
            i += size_max(length, 1);
        }
    }
    return n;
}

bool encoding_is_plain(view bytes)
{
    census n = census_take(bytes);
    return n.bad == 0 && n.controls == 0 && !n.escapes && !view_starts_with(bytes, UTF8_MARK);
}

static bool find_mark(view bytes, utf_wide *out)
{
    for (uint32_t form = 0; form < UTF_WIDE_COUNT; form++)
        if (utf_wide_mark(bytes, form)) {
            *out = form;
            return true;
        }
    return false;
}

/* UTF-16 in Latin letters has NUL bytes only at even or only at odd offsets; other scripts show in
 * their few blocks. */
static bool find_wide(view bytes, const census *n, utf_wide *out)
{
    // Fewer are strays: a NUL among letters, which in pairs read as Han. Well-formed UTF-8 without a
    // NUL is what it looks like, even where its letters in pairs read as Han, too.
    bool has_nul = n->nul[0] + n->nul[1] > 0;
    bool is_worth_asking = n->controls >= 1 + bytes.size / 100;
    if (!is_worth_asking || (n->bad == 0 && !has_nul)) return false;
    for (uint32_t form = UTF_32LE; form <= UTF_32BE; form++)
        if (n->nul[0] > 0 && n->nul[1] > 0 && utf_wide_is_likely(bytes, form)) {
            *out = form;
            return true;
        }
    for (uint32_t form = UTF_16LE; form <= UTF_16BE; form++) {
        size_t here = n->nul[form == UTF_16LE], there = n->nul[form != UTF_16LE];
        size_t units = bytes.size / 2;
        if (bytes.size % 2 != 0) break;
        bool by_nul = there <= units / 50 && here >= 1 + units / 50;
        if ((by_nul && utf_wide_is_text(bytes, form)) || utf_wide_is_likely(bytes, form)) {
            *out = form;
            return true;
        }
    }
    return false;
}

/* Declared encodings that such bytes cannot be in: they were looked for before. */
static bool is_unicode(const charset *c)
{
    return view_starts_with(view_of(c->name), VIEW("utf-")) &&
           !view_equal(view_of(c->name), VIEW("utf-7"));
}

/* How many bytes may be without a meaning for a declared encoding to be believed: a twentieth of
 * those above ASCII. */
static size_t misfits_max(const census *n)
{
    return 1 + (n->good + n->bad) / 20;
}

/* Decodes from a charset, when there is a converter and the bytes fit. */
static bool decode_declared(const charset *c, view bytes, const census *n, buffer *out,
                            text_decoding *how)
{
    size_t size = out->size, replaced = 0;
    if (charset_append_utf8(c, bytes, out, &replaced, NULL) != KITH_OK) return false;
    if (replaced > misfits_max(n)) {
        if (out->failed == KITH_OK) out->size = size;
        return false;
    }
    *how = (text_decoding){.encoding = c->name, .replaced = replaced};
    return true;
}

static void decode_narrow(view bytes, view declared, const census *n, buffer *out,
                          text_decoding *how)
{
    if (n->bad == 0 && !n->escapes) {
        bool has_nul = n->nul[0] + n->nul[1] > 0;
        if (!has_nul) buffer_append(out, bytes);
        size_t replaced = has_nul ? charset_append_repaired(out, bytes) : 0;
        *how = (text_decoding){UTF8_NAME, replaced, false, false};
        return;
    }
    if (declared.size == 0) declared = charset_declared(bytes);
    const charset *said = charset_find(declared);
    if (said && !is_unicode(said) && decode_declared(said, bytes, n, out, how)) return;
    bool belies = declared.size > 0 && n->bad > 0 && !(said && is_unicode(said) && n->good > 0);
    // An accented letter of Latin-1 is nearly always ill-formed UTF-8, so the two hardly mix.
    if (n->good / 4 >= n->bad && (n->good > 0 || !n->escapes)) {
        *how = (text_decoding){UTF8_NAME, charset_append_repaired(out, bytes), false, false};
        return;
    }
    charset_guess guess = charset_guess_of(bytes);
    size_t replaced = 0;
    if (charset_append_utf8(guess.taken, bytes, out, &replaced, NULL) != KITH_OK) {
        guess = (charset_guess){charset_find(VIEW("windows-1252")), false};
        replaced = charset_append_windows_1252(bytes, out); // needs no converter
    }
    *how = (text_decoding){guess.taken->name, replaced, !guess.is_sure, belies};
}

/* Windows-1252 that is declared and that the bytes fit is decoded without a converter. */
bool encoding_needs_converter(view bytes)
{
    if (bytes.size == 0 || (!memchr(bytes.data, 0x1B, bytes.size) && utf8_is_valid(bytes)))
        return false;
    if (charset_find(charset_declared(bytes)) != charset_find(VIEW("windows-1252"))) return true;
    size_t misfits = charset_count_not_windows_1252(bytes);
    if (misfits <= misfits_max(&(census){0})) return false;
    census n = census_take(bytes);
    return misfits > misfits_max(&n);
}

kith_status text_decode(view bytes, view declared, buffer *out, text_decoding *how, kith_error *err)
{
    size_t size_before = out->size;
    text_decoding found = {.encoding = UTF8_NAME};
    utf_wide form = UTF_16LE;
    bool is_wide = find_mark(bytes, &form), has_mark = is_wide;
    census n = census_take(bytes);
    if (!has_mark) is_wide = find_wide(bytes, &n, &form);
    if (has_mark ? !utf_wide_is_text(bytes, form) : !is_wide && abound(n.controls, bytes.size))
        return fail(err, KITH_ERR_UNSUPPORTED, "binary file");
    if (is_wide) {
        found.encoding = utf_wide_name(form);
        found.replaced = utf_wide_append(out, bytes, form);
    } else if (view_starts_with(bytes, UTF8_MARK)) {
        found.replaced = charset_append_repaired(out, view_slice(bytes, 3, bytes.size));
    } else {
        decode_narrow(bytes, declared, &n, out, &found);
    }
    kith_status status = buffer_status(out, "the decoded text", err);
    if (status != KITH_OK) {
        out->size = size_before;
        return status;
    }
    *how = found;
    return KITH_OK;
}

void encoding_preload(void)
{
    charset_preload();
    uchardet_preload();
}
