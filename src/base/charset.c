/* charset.c - the labels as a sorted table, iconv behind one function.
 * windows-1252 is decoded here, so that the answer of last resort needs no converter; its five
 * bytes without a character become U+FFFD, where the Encoding Standard has control characters. */
#include "base/charset.h"

#include "base/utf8.h"

#include <errno.h>
#include <iconv.h>

enum { LABEL_MAX_BYTES = 40, PIECE_BYTES = 4096, REPLACEMENT = 0xFFFD };

/* Index into CHARSETS. */
enum charset_index {
    WINDOWS_1252,
    WINDOWS_1250,
    WINDOWS_1251,
    WINDOWS_1253,
    WINDOWS_1254,
    WINDOWS_1255,
    WINDOWS_1256,
    WINDOWS_1257,
    WINDOWS_1258,
    WINDOWS_874,
    ISO_8859_2,
    ISO_8859_3,
    ISO_8859_4,
    ISO_8859_5,
    ISO_8859_6,
    ISO_8859_7,
    ISO_8859_8,
    ISO_8859_10,
    ISO_8859_13,
    ISO_8859_14,
    ISO_8859_15,
    ISO_8859_16,
    KOI8_R,
    KOI8_U,
    MACINTOSH,
    X_MAC_CYRILLIC,
    X_MAC_CE,
    IBM866,
    IBM850,
    IBM852,
    IBM855,
    IBM437,
    IBM865,
    GBK,
    GB18030,
    BIG5,
    EUC_TW,
    EUC_JP,
    ISO_2022_JP,
    SHIFT_JIS,
    EUC_KR,
    ISO_2022_KR,
    VISCII,
    UTF_7,
    UTF_8,
    UTF_16LE,
    UTF_16BE,
    UTF_32LE,
    UTF_32BE,
};

static const charset CHARSETS[] = {
    [WINDOWS_1252] = {"windows-1252", "WINDOWS-1252"},
    [WINDOWS_1250] = {"windows-1250", "WINDOWS-1250"},
    [WINDOWS_1251] = {"windows-1251", "WINDOWS-1251"},
    [WINDOWS_1253] = {"windows-1253", "WINDOWS-1253"},
    [WINDOWS_1254] = {"windows-1254", "WINDOWS-1254"},
    [WINDOWS_1255] = {"windows-1255", "WINDOWS-1255"},
    [WINDOWS_1256] = {"windows-1256", "WINDOWS-1256"},
    [WINDOWS_1257] = {"windows-1257", "WINDOWS-1257"},
    [WINDOWS_1258] = {"windows-1258", "WINDOWS-1258"},
    [WINDOWS_874] = {"windows-874", "CP874"},
    [ISO_8859_2] = {"iso-8859-2", "ISO-8859-2"},
    [ISO_8859_3] = {"iso-8859-3", "ISO-8859-3"},
    [ISO_8859_4] = {"iso-8859-4", "ISO-8859-4"},
    [ISO_8859_5] = {"iso-8859-5", "ISO-8859-5"},
    [ISO_8859_6] = {"iso-8859-6", "ISO-8859-6"},
    [ISO_8859_7] = {"iso-8859-7", "ISO-8859-7"},
    [ISO_8859_8] = {"iso-8859-8", "ISO-8859-8"},
    [ISO_8859_10] = {"iso-8859-10", "ISO-8859-10"},
    [ISO_8859_13] = {"iso-8859-13", "ISO-8859-13"},
    [ISO_8859_14] = {"iso-8859-14", "ISO-8859-14"},
    [ISO_8859_15] = {"iso-8859-15", "ISO-8859-15"},
    [ISO_8859_16] = {"iso-8859-16", "ISO-8859-16"},
    [KOI8_R] = {"koi8-r", "KOI8-R"},
    [KOI8_U] = {"koi8-u", "KOI8-U"},
    [MACINTOSH] = {"macintosh", "MACINTOSH"},
    [X_MAC_CYRILLIC] = {"x-mac-cyrillic", "MAC-CYRILLIC"},
    [X_MAC_CE] = {"x-mac-ce", "MAC-CENTRALEUROPE"},
    [IBM866] = {"ibm866", "IBM866"},
    [IBM850] = {"ibm850", "IBM850"},
    [IBM852] = {"ibm852", "IBM852"},
    [IBM855] = {"ibm855", "IBM855"},
    [IBM437] = {"ibm437", "IBM437"},
    [IBM865] = {"ibm865", "IBM865"},
    [GBK] = {"gbk", "GB18030"},
    [GB18030] = {"gb18030", "GB18030"},
    [BIG5] = {"big5", "BIG5-HKSCS"},
    [EUC_TW] = {"euc-tw", "EUC-TW"},
    [EUC_JP] = {"euc-jp", "EUC-JP-MS"},
    [ISO_2022_JP] = {"iso-2022-jp", "ISO-2022-JP"},
    [SHIFT_JIS] = {"shift_jis", "CP932"},
    [EUC_KR] = {"euc-kr", "CP949"},
    [ISO_2022_KR] = {"iso-2022-kr", "ISO-2022-KR"},
    [VISCII] = {"viscii", "VISCII"},
    [UTF_7] = {"utf-7", "UTF-7"},
    [UTF_8] = {"utf-8", "UTF-8"},
    [UTF_16LE] = {"utf-16le", "UTF-16LE"},
    [UTF_16BE] = {"utf-16be", "UTF-16BE"},
    [UTF_32LE] = {"utf-32le", "UTF-32LE"},
    [UTF_32BE] = {"utf-32be", "UTF-32BE"},
};

typedef struct charset_label {
    const char *label;
    enum charset_index index;
} charset_label;

/* Sorted by view_compare, for the binary search. */
static const charset_label LABELS[] = {
    {"437", IBM437},
    {"850", IBM850},
    {"852", IBM852},
    {"855", IBM855},
    {"865", IBM865},
    {"866", IBM866},
    {"ansi", WINDOWS_1252},
    {"ansi_x3.4-1968", WINDOWS_1252},
    {"arabic", ISO_8859_6},
    {"ascii", WINDOWS_1252},
    {"asmo-708", ISO_8859_6},
    {"big5", BIG5},
    {"big5-hkscs", BIG5},
    {"chinese", GBK},
    {"cn-big5", BIG5},
    {"cp-1252", WINDOWS_1252},
    {"cp1250", WINDOWS_1250},
    {"cp1251", WINDOWS_1251},
    {"cp1252", WINDOWS_1252},
    {"cp1253", WINDOWS_1253},
    {"cp1254", WINDOWS_1254},
    {"cp1255", WINDOWS_1255},
    {"cp1256", WINDOWS_1256},
    {"cp1257", WINDOWS_1257},
    {"cp1258", WINDOWS_1258},
    {"cp437", IBM437},
    {"cp819", WINDOWS_1252},
    {"cp850", IBM850},
    {"cp852", IBM852},
    {"cp855", IBM855},
    {"cp865", IBM865},
    {"cp866", IBM866},
    {"cp874", WINDOWS_874},
    {"cp932", SHIFT_JIS},
    {"cp936", GBK},
    {"cp949", EUC_KR},
    {"cp950", BIG5},
    {"csbig5", BIG5},
    {"cseuckr", EUC_KR},
    {"cseucpkdfmtjapanese", EUC_JP},
    {"csgb2312", GBK},
    {"csibm866", IBM866},
    {"csiso2022jp", ISO_2022_JP},
    {"csiso2022kr", ISO_2022_KR},
    {"csiso58gb231280", GBK},
    {"csiso88596e", ISO_8859_6},
    {"csiso88596i", ISO_8859_6},
    {"csiso88598e", ISO_8859_8},
    {"csiso88598i", ISO_8859_8},
    {"csisolatin1", WINDOWS_1252},
    {"csisolatin2", ISO_8859_2},
    {"csisolatin3", ISO_8859_3},
    {"csisolatin4", ISO_8859_4},
    {"csisolatin5", WINDOWS_1254},
    {"csisolatin6", ISO_8859_10},
    {"csisolatin9", ISO_8859_15},
    {"csisolatinarabic", ISO_8859_6},
    {"csisolatincyrillic", ISO_8859_5},
    {"csisolatingreek", ISO_8859_7},
    {"csisolatinhebrew", ISO_8859_8},
    {"cskoi8r", KOI8_R},
    {"csksc56011987", EUC_KR},
    {"csmacintosh", MACINTOSH},
    {"cspc850multilingual", IBM850},
    {"cspc8codepage437", IBM437},
    {"cspcp852", IBM852},
    {"csshiftjis", SHIFT_JIS},
    {"csunicode", UTF_16LE},
    {"cyrillic", ISO_8859_5},
    {"dos-850", IBM850},
    {"dos-874", WINDOWS_874},
    {"ecma-114", ISO_8859_6},
    {"ecma-118", ISO_8859_7},
    {"elot_928", ISO_8859_7},
    {"euc-cn", GBK},
    {"euc-jp", EUC_JP},
    {"euc-kr", EUC_KR},
    {"euc-tw", EUC_TW},
    {"eucjp", EUC_JP},
    {"gb18030", GB18030},
    {"gb2312", GBK},
    {"gb_2312", GBK},
    {"gb_2312-80", GBK},
    {"gbk", GBK},
    {"greek", ISO_8859_7},
    {"greek8", ISO_8859_7},
    {"hebrew", ISO_8859_8},
    {"ibm437", IBM437},
    {"ibm819", WINDOWS_1252},
    {"ibm850", IBM850},
    {"ibm852", IBM852},
    {"ibm855", IBM855},
    {"ibm865", IBM865},
    {"ibm866", IBM866},
    {"iso-10646-ucs-2", UTF_16LE},
    {"iso-2022-jp", ISO_2022_JP},
    {"iso-2022-kr", ISO_2022_KR},
    {"iso-8859-1", WINDOWS_1252},
    {"iso-8859-10", ISO_8859_10},
    {"iso-8859-11", WINDOWS_874},
    {"iso-8859-13", ISO_8859_13},
    {"iso-8859-14", ISO_8859_14},
    {"iso-8859-15", ISO_8859_15},
    {"iso-8859-16", ISO_8859_16},
    {"iso-8859-2", ISO_8859_2},
    {"iso-8859-3", ISO_8859_3},
    {"iso-8859-4", ISO_8859_4},
    {"iso-8859-5", ISO_8859_5},
    {"iso-8859-6", ISO_8859_6},
    {"iso-8859-6-e", ISO_8859_6},
    {"iso-8859-6-i", ISO_8859_6},
    {"iso-8859-7", ISO_8859_7},
    {"iso-8859-8", ISO_8859_8},
    {"iso-8859-8-e", ISO_8859_8},
    {"iso-8859-8-i", ISO_8859_8},
    {"iso-8859-9", WINDOWS_1254},
    {"iso-ir-100", WINDOWS_1252},
    {"iso-ir-101", ISO_8859_2},
    {"iso-ir-109", ISO_8859_3},
    {"iso-ir-110", ISO_8859_4},
    {"iso-ir-126", ISO_8859_7},
    {"iso-ir-127", ISO_8859_6},
    {"iso-ir-138", ISO_8859_8},
    {"iso-ir-144", ISO_8859_5},
    {"iso-ir-148", WINDOWS_1254},
    {"iso-ir-149", EUC_KR},
    {"iso-ir-157", ISO_8859_10},
    {"iso-ir-58", GBK},
    {"iso8859-1", WINDOWS_1252},
    {"iso8859-10", ISO_8859_10},
    {"iso8859-11", WINDOWS_874},
    {"iso8859-13", ISO_8859_13},
    {"iso8859-14", ISO_8859_14},
    {"iso8859-15", ISO_8859_15},
    {"iso8859-16", ISO_8859_16},
    {"iso8859-2", ISO_8859_2},
    {"iso8859-3", ISO_8859_3},
    {"iso8859-4", ISO_8859_4},
    {"iso8859-5", ISO_8859_5},
    {"iso8859-6", ISO_8859_6},
    {"iso8859-7", ISO_8859_7},
    {"iso8859-8", ISO_8859_8},
    {"iso8859-9", WINDOWS_1254},
    {"iso88591", WINDOWS_1252},
    {"iso885910", ISO_8859_10},
    {"iso885911", WINDOWS_874},
    {"iso885913", ISO_8859_13},
    {"iso885914", ISO_8859_14},
    {"iso885915", ISO_8859_15},
    {"iso88592", ISO_8859_2},
    {"iso88593", ISO_8859_3},
    {"iso88594", ISO_8859_4},
    {"iso88595", ISO_8859_5},
    {"iso88596", ISO_8859_6},
    {"iso88597", ISO_8859_7},
    {"iso88598", ISO_8859_8},
    {"iso88599", WINDOWS_1254},
    {"iso_8859-1", WINDOWS_1252},
    {"iso_8859-15", ISO_8859_15},
    {"iso_8859-16", ISO_8859_16},
    {"iso_8859-1:1987", WINDOWS_1252},
    {"iso_8859-2", ISO_8859_2},
    {"iso_8859-2:1987", ISO_8859_2},
    {"iso_8859-3", ISO_8859_3},
    {"iso_8859-3:1988", ISO_8859_3},
    {"iso_8859-4", ISO_8859_4},
    {"iso_8859-4:1988", ISO_8859_4},
    {"iso_8859-5", ISO_8859_5},
    {"iso_8859-5:1988", ISO_8859_5},
    {"iso_8859-6", ISO_8859_6},
    {"iso_8859-6:1987", ISO_8859_6},
    {"iso_8859-7", ISO_8859_7},
    {"iso_8859-7:1987", ISO_8859_7},
    {"iso_8859-8", ISO_8859_8},
    {"iso_8859-8:1988", ISO_8859_8},
    {"iso_8859-9", WINDOWS_1254},
    {"iso_8859-9:1989", WINDOWS_1254},
    {"koi", KOI8_R},
    {"koi8", KOI8_R},
    {"koi8-r", KOI8_R},
    {"koi8-ru", KOI8_U},
    {"koi8-u", KOI8_U},
    {"koi8_r", KOI8_R},
    {"korean", EUC_KR},
    {"ks_c_5601-1987", EUC_KR},
    {"ks_c_5601-1989", EUC_KR},
    {"ksc5601", EUC_KR},
    {"ksc_5601", EUC_KR},
    {"l1", WINDOWS_1252},
    {"l2", ISO_8859_2},
    {"l3", ISO_8859_3},
    {"l4", ISO_8859_4},
    {"l5", WINDOWS_1254},
    {"l6", ISO_8859_10},
    {"l9", ISO_8859_15},
    {"latin-1", WINDOWS_1252},
    {"latin-2", ISO_8859_2},
    {"latin-9", ISO_8859_15},
    {"latin1", WINDOWS_1252},
    {"latin2", ISO_8859_2},
    {"latin3", ISO_8859_3},
    {"latin4", ISO_8859_4},
    {"latin5", WINDOWS_1254},
    {"latin6", ISO_8859_10},
    {"latin9", ISO_8859_15},
    {"logical", ISO_8859_8},
    {"mac", MACINTOSH},
    {"mac-centraleurope", X_MAC_CE},
    {"mac-cyrillic", X_MAC_CYRILLIC},
    {"mac-roman", MACINTOSH},
    {"macintosh", MACINTOSH},
    {"macroman", MACINTOSH},
    {"ms932", SHIFT_JIS},
    {"ms_kanji", SHIFT_JIS},
    {"shift-jis", SHIFT_JIS},
    {"shift_jis", SHIFT_JIS},
    {"sjis", SHIFT_JIS},
    {"sun_eu_greek", ISO_8859_7},
    {"tis-620", WINDOWS_874},
    {"tis620", WINDOWS_874},
    {"ucs-2", UTF_16LE},
    {"ucs-4", UTF_32LE},
    {"uhc", EUC_KR},
    {"unicode", UTF_16LE},
    {"unicode-1-1-utf-7", UTF_7},
    {"unicode-1-1-utf-8", UTF_8},
    {"unicode11utf8", UTF_8},
    {"unicode20utf8", UTF_8},
    {"unicodefeff", UTF_16LE},
    {"unicodefffe", UTF_16BE},
    {"us-ascii", WINDOWS_1252},
    {"utf-16", UTF_16LE},
    {"utf-16be", UTF_16BE},
    {"utf-16le", UTF_16LE},
    {"utf-32", UTF_32LE},
    {"utf-32be", UTF_32BE},
    {"utf-32le", UTF_32LE},
    {"utf-7", UTF_7},
    {"utf-8", UTF_8},
    {"utf8", UTF_8},
    {"viscii", VISCII},
    {"visual", ISO_8859_8},
    {"win-1250", WINDOWS_1250},
    {"win-1251", WINDOWS_1251},
    {"win-1252", WINDOWS_1252},
    {"windows-1250", WINDOWS_1250},
    {"windows-1251", WINDOWS_1251},
    {"windows-1252", WINDOWS_1252},
    {"windows-1253", WINDOWS_1253},
    {"windows-1254", WINDOWS_1254},
    {"windows-1255", WINDOWS_1255},
    {"windows-1256", WINDOWS_1256},
    {"windows-1257", WINDOWS_1257},
    {"windows-1258", WINDOWS_1258},
    {"windows-31j", SHIFT_JIS},
    {"windows-874", WINDOWS_874},
    {"windows-949", EUC_KR},
    {"x-cp1250", WINDOWS_1250},
    {"x-cp1251", WINDOWS_1251},
    {"x-cp1252", WINDOWS_1252},
    {"x-cp1253", WINDOWS_1253},
    {"x-cp1254", WINDOWS_1254},
    {"x-cp1255", WINDOWS_1255},
    {"x-cp1256", WINDOWS_1256},
    {"x-cp1257", WINDOWS_1257},
    {"x-cp1258", WINDOWS_1258},
    {"x-euc-jp", EUC_JP},
    {"x-gbk", GBK},
    {"x-mac-ce", X_MAC_CE},
    {"x-mac-cyrillic", X_MAC_CYRILLIC},
    {"x-mac-roman", MACINTOSH},
    {"x-mac-ukrainian", X_MAC_CYRILLIC},
    {"x-sjis", SHIFT_JIS},
    {"x-unicode20utf8", UTF_8},
    {"x-x-big5", BIG5},
};

enum { LABEL_COUNT = sizeof LABELS / sizeof LABELS[0] };

/* 80..9F of Windows-1252; 0 where it has no character. */
static const uint16_t WINDOWS_1252_HALF[32] = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178,
};

const charset *charset_find(view label)
{
    char lower[LABEL_MAX_BYTES];
    label = view_trim(label);
    if (label.size == 0 || label.size > sizeof lower) return NULL;
    for (size_t i = 0; i < label.size; i++) {
        char c = label.data[i];
        lower[i] = (char)(is_ascii_capital(c) ? c + ('a' - 'A') : c);
    }
    view wanted = {lower, label.size};
    size_t low = 0, high = LABEL_COUNT;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = view_compare(wanted, view_of(LABELS[middle].label));
        if (order == 0) return &CHARSETS[LABELS[middle].index];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

static void append_code_point(buffer *out, uint32_t c)
{
    char encoded[4];
    buffer_append(out, (view){encoded, utf8_encode(c, encoded)});
}

/* NUL would end the text wherever it is handled as a C string. */
size_t charset_append_repaired(buffer *out, view text)
{
    size_t replaced = 0;
    while (text.size > 0) {
        const char *nul = memchr(text.data, 0, text.size);
        size_t until = nul ? (size_t)(nul - text.data) : text.size;
        replaced += utf8_append_repaired(out, view_slice(text, 0, until));
        if (!nul) break;
        append_code_point(out, REPLACEMENT);
        replaced++;
        text = view_slice(text, until + 1, text.size);
    }
    return replaced;
}

/* 0 for NUL and for a byte without a meaning. */
static uint32_t windows_1252_code_point(unsigned char byte)
{
    return byte >= 0x80 && byte < 0xA0 ? WINDOWS_1252_HALF[byte - 0x80] : byte;
}

/* Offset of the next byte, at or after i, that is not itself in UTF-8, or is NUL. */
static size_t next_unlike(view bytes, size_t i, bool has_nul)
{
    if (!has_nul) return utf8_skip_ascii(bytes, i);
    // Not by leaps, which from each of many NULs would go to the end of the ASCII again.
    while (i < bytes.size && (unsigned char)bytes.data[i] - 1U < 0x7F)
        i++;
    return i;
}

size_t charset_append_windows_1252(view bytes, buffer *out)
{
    size_t replaced = 0;
    bool has_nul = bytes.size > 0 && memchr(bytes.data, 0, bytes.size);
    for (size_t from = 0; from < bytes.size && out->failed == KITH_OK;) {
        size_t i = next_unlike(bytes, from, has_nul);
        buffer_append(out, view_slice(bytes, from, i)); // a run of ASCII
        from = i + 1;
        if (i == bytes.size) break;
        uint32_t c = windows_1252_code_point((unsigned char)bytes.data[i]);
        replaced += c == 0;
        append_code_point(out, c ? c : REPLACEMENT);
    }
    return replaced;
}

size_t charset_count_not_windows_1252(view bytes)
{
    size_t count = 0;
    bool has_nul = bytes.size > 0 && memchr(bytes.data, 0, bytes.size);
    for (size_t i = next_unlike(bytes, 0, has_nul); i < bytes.size;
         i = next_unlike(bytes, i + 1, has_nul))
        count += windows_1252_code_point((unsigned char)bytes.data[i]) == 0;
    return count;
}

/* Where iconv stops, one byte is replaced and it goes on behind: at a sequence without a meaning
 * (EILSEQ), and at one that the end of the text cuts (EINVAL). E2BIG: the piece is full. */
static size_t append_converted(iconv_t converter, view bytes, buffer *out)
{
    char piece[PIECE_BYTES];
    size_t replaced = 0;
    char *in = (char *)(uintptr_t)bytes.data; // iconv reads it, and wants a char *
    size_t left = bytes.size;
    bool is_flushed = false;
    while (!is_flushed && out->failed == KITH_OK) {
        char *to = piece;
        size_t room = sizeof piece;
        is_flushed = left == 0; // the last call gives what the converter held back
        size_t result = is_flushed ? iconv(converter, NULL, NULL, &to, &room)
                                   : iconv(converter, &in, &left, &to, &room);
        int why = result == (size_t)-1 ? errno : 0;
        replaced += charset_append_repaired(out, (view){piece, (size_t)(to - piece)});
        if (why == E2BIG || why == 0) continue;
        append_code_point(out, REPLACEMENT);
        replaced++;
        if (left > 0) {
            in++;
            left--;
        }
    }
    return replaced;
}

kith_status charset_append_utf8(const charset *c, view bytes, buffer *out, size_t *replaced,
                                kith_error *err)
{
    if (c == &CHARSETS[UTF_8]) {
        *replaced += charset_append_repaired(out, bytes);
        return KITH_OK;
    }
    if (c == &CHARSETS[WINDOWS_1252]) {
        *replaced += charset_append_windows_1252(bytes, out);
        return KITH_OK;
    }
    iconv_t converter = iconv_open("UTF-8", c->iconv_name);
    if (converter == (iconv_t)-1)
        return fail(err, KITH_ERR_UNSUPPORTED, "no converter for the encoding %s", c->name);
    *replaced += append_converted(converter, bytes, out);
    (void)iconv_close(converter);
    return KITH_OK;
}

void charset_upper_half(const charset *c, uint32_t out[128])
{
    memset(out, 0, 128 * sizeof *out);
    for (uint32_t i = 0; i < 128 && c == &CHARSETS[WINDOWS_1252]; i++)
        out[i] = i < 32 ? WINDOWS_1252_HALF[i] : 0x80 + i;
    if (c == &CHARSETS[WINDOWS_1252]) return;
    iconv_t converter = iconv_open("UTF-8", c->iconv_name);
    if (converter == (iconv_t)-1) return;
    for (uint32_t i = 0; i < 128; i++) {
        char byte = (char)(0x80 + i), text[8];
        char *in = &byte, *to = text;
        size_t left = 1, room = sizeof text;
        if (iconv(converter, &in, &left, &to, &room) == 0 &&
            iconv(converter, NULL, NULL, &to, &room) == 0 && to > text)
            (void)utf8_decode(text, (size_t)(to - text), &out[i]);
    }
    (void)iconv_close(converter);
}

void charset_preload(void)
{
    for (size_t i = 0; i < sizeof CHARSETS / sizeof CHARSETS[0]; i++)
        (void)iconv_open("UTF-8", CHARSETS[i].iconv_name); // kept open on purpose
}
