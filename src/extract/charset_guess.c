/* charset_guess.c - libuchardet for the scripts, alphabets for Latin letters.
 *
 * uchardet 0.0.7 knows the scripts: of 120 bytes of Chinese, Japanese, Korean, Russian, Greek,
 * Hebrew, Arabic or Thai 98 to 100 of 100 are right. Among the encodings of Latin letters it is
 * not: of 40 bytes of Italian in windows-1252 it names 68 of 100 rightly, and Mac Roman and IBM850
 * hardly ever. So a text is Latin when its other letters stand among ASCII letters, which hardly
 * occurs in other scripts, and is then judged by alphabets (latin_guess.c); uchardet's word only
 * tips the scales there. docs/decisions/039 has the measurement. */
#include "extract/charset_guess.h"

#include "extract/latin_guess.h"
#include "extract/uchardet_library.h"

enum {
    SAMPLE_BYTES = 64 * 1024,
    SCRIPT_SURE_BYTES = 24 /* bytes of another script from which uchardet is trusted */
};

/* The first part of the text that has bytes above ASCII. */
static view sample_of(view bytes)
{
    size_t start = 0;
    while (start < bytes.size && (unsigned char)bytes.data[start] < 0x80 && bytes.data[start] != 27)
        start++;
    start = start > SAMPLE_BYTES / 64 ? start - SAMPLE_BYTES / 64 : 0;
    size_t end = bytes.size - start > SAMPLE_BYTES ? start + SAMPLE_BYTES : bytes.size;
    return view_slice(bytes, start, end);
}

/* KOI8-U is KOI8-R with four Ukrainian letters in the place of box drawings, which in text stand
 * beside other letters. */
static bool has_ukrainian_letters(view text)
{
    static const char LETTERS[] = "\xA4\xA6\xA7\xAD\xB4\xB6\xB7\xBD";
    for (size_t i = 1; i < text.size; i++)
        if (text.data[i] && strchr(LETTERS, text.data[i]) &&
            (unsigned char)text.data[i - 1] >= 0xC0)
            return true;
    return false;
}

/* Decoding it gives hardly any bytes without a meaning. */
static bool fits(const charset *c, view text)
{
    buffer decoded;
    size_t replaced = 0;
    buffer_init(&decoded, 4 * SAMPLE_BYTES);
    kith_status status = charset_append_utf8(c, text, &decoded, &replaced, NULL);
    // The sample may end within a sequence.
    bool fits = status == KITH_OK && decoded.failed == KITH_OK && replaced <= 1 + text.size / 200;
    buffer_done(&decoded);
    return fits;
}

static bool is_latin_name(const charset *c)
{
    static const char *const NAMES[] = {"windows-1250", "windows-1252", "windows-1254",
                                        "windows-1257", "windows-1258", "iso-8859-2",
                                        "iso-8859-3",   "iso-8859-4",   "iso-8859-10",
                                        "iso-8859-13",  "iso-8859-14",  "iso-8859-15",
                                        "iso-8859-16",  "ibm850",       "ibm852",
                                        "ibm865",       "macintosh",    "x-mac-ce",
                                        "viscii",       "utf-8",        NULL};
    return view_is_one_of_nocase(view_of(c->name), NAMES);
}

charset_guess charset_guess_of(view bytes)
{
    char said[64];
    view text = sample_of(bytes);
    uchardet_guess(text, said);
    const charset *c = charset_find(view_of(said));
    bool is_script = c && !is_latin_name(c);
    if (is_script &&
        (!latin_is_likely(text) || view_starts_with(view_of(said), VIEW("ISO-2022"))) &&
        fits(c, text)) {
        size_t high = 0;
        for (size_t i = 0; i < text.size; i++)
            high += (unsigned char)text.data[i] >= 0x80 || text.data[i] == 27;
        if (view_equal(view_of(c->name), VIEW("koi8-r")) && has_ukrainian_letters(text))
            c = charset_find(VIEW("koi8-u"));
        return (charset_guess){c, high >= SCRIPT_SURE_BYTES || text.data[0] == 27};
    }
    charset_guess guess = {NULL, false};
    guess.taken = latin_guess(text, c, &guess.is_sure);
    return guess;
}
