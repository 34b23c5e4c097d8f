/* Encodings: what is detected, what it decodes to, what is lost and counted. Oracle: iconv. */
#include "test.h"

#include "base/rng.h"
#include "base/utf8.h"
#include "extract/encoding.h"

#include <iconv.h>

#define BYTES(literal) ((view){(literal), sizeof(literal) - 1})

static void expect(view bytes, const char *encoding, const char *text, size_t replaced)
{
    kith_error err = {0};
    buffer out;
    buffer_init(&out, 1 << 20);
    text_decoding found = {0};
    assert_ok(text_decode(bytes, VIEW(""), &out, &found, &err));
    assert_string_equal(found.encoding, encoding);
    assert_string_equal(buffer_text(&out), text);
    assert_int_equal(out.size, strlen(text));
    assert_int_equal(found.replaced, replaced);
    buffer_done(&out);
}

static void utf8_with_and_without_a_mark_is_utf8(void **state)
{
    (void)state;
    expect(BYTES(""), "utf-8", "", 0);
    expect(BYTES("plain"), "utf-8", "plain", 0);
    expect(BYTES("\xEF\xBB\xBFgr\xC3\xBC\xC3\x9F"), "utf-8", "gr\xC3\xBC\xC3\x9F", 0);
    expect(BYTES("\xE4\xB8\xAD\xF0\x9F\x98\x80"), "utf-8", "\xE4\xB8\xAD\xF0\x9F\x98\x80", 0);
}

static void utf8_with_control_characters_is_utf8(void **state)
{
    (void)state;
    const char *text = // an even number of bytes, which in pairs are Han and punctuation
        "Harmless words about cheese \x1b]0;owned\a and \x1b[31mred\xE2\x80\xAE wine, long "
        "enough.\n";
    expect(view_of(text), "utf-8", text, 0);
}

static void utf16_with_a_mark_is_decoded(void **state)
{
    (void)state;
    expect(BYTES("\xFF\xFEh\0i\0\x2D\x4E"), "utf-16le", "hi\xE4\xB8\xAD", 0);
    expect(BYTES("\xFE\xFF\0h\0i\x4E\x2D"), "utf-16be", "hi\xE4\xB8\xAD", 0);
    expect(BYTES("\xFF\xFE\x3D\xD8\x00\xDE"), "utf-16le", "\xF0\x9F\x98\x80", 0);
}

static void utf16_without_a_mark_is_found_by_its_nul_bytes(void **state)
{
    (void)state;
    expect(BYTES("h\0e\0l\0l\0o\0\n\0"), "utf-16le", "hello\n", 0);
    expect(BYTES("\0h\0e\0l\0l\0o\0\n"), "utf-16be", "hello\n", 0);
}

static void broken_utf16_is_replaced_and_counted(void **state)
{
    (void)state;
    char text[400] = "\xFF\xFE";
    for (size_t i = 2; i < sizeof text; i += 2)
        text[i] = 'a';
    text[100] = 0x00; // a high surrogate alone
    text[101] = (char)0xD8;
    kith_error err = {0};
    buffer out;
    buffer_init(&out, 1 << 20);
    text_decoding found = {0};
    assert_ok(text_decode((view){text, 399}, VIEW(""), &out, &found, &err));
    assert_string_equal(found.encoding, "utf-16le");
    assert_int_equal(found.replaced, 2); // and the odd byte at the end
    assert_true(utf8_is_valid(buffer_view(&out)));
    buffer_done(&out);
}

static void latin1_is_read_as_windows_1252(void **state)
{
    (void)state;
    expect(BYTES("caf\xE9"), "windows-1252", "caf\xC3\xA9", 0);
    expect(BYTES("\x93quoted\x94 \x80 5"), "windows-1252",
           "\xE2\x80\x9Cquoted\xE2\x80\x9D \xE2\x82\xAC 5", 0);
    expect(BYTES("undefined \x81"), "windows-1252", "undefined \xEF\xBF\xBD", 1);
}

static void every_windows_1252_byte_is_what_iconv_says(void **state)
{
    (void)state;
    iconv_t converter = iconv_open("UTF-8", "WINDOWS-1252");
    assert_true(converter != (iconv_t)-1);
    for (int byte = 0x80; byte < 0x100; byte++) {
        char in[] = {(char)byte, 0}, expected[8] = {0};
        char *from = in, *to = expected;
        size_t in_size = 1, out_size = sizeof expected;
        bool defined = iconv(converter, &from, &in_size, &to, &out_size) != (size_t)-1;
        expect((view){in, 1}, "windows-1252", defined ? expected : "\xEF\xBF\xBD", !defined);
        iconv(converter, NULL, NULL, NULL, NULL);
    }
    iconv_close(converter);
}

static void a_few_invalid_bytes_in_much_utf8_are_replaced_and_counted(void **state)
{
    (void)state;
    expect(BYTES("\xC3\xA4\xC3\xB6\xC3\xBC\xC3\x9F \xFF \xC3\xA9"), "utf-8",
           "\xC3\xA4\xC3\xB6\xC3\xBC\xC3\x9F \xEF\xBF\xBD \xC3\xA9", 1);
}

static void a_stray_nul_in_text_is_replaced_and_counted(void **state)
{
    (void)state;
    char text[200];
    memset(text, 'a', sizeof text);
    text[77] = 0;
    kith_error err = {0};
    buffer out;
    buffer_init(&out, 1 << 20);
    text_decoding found = {0};
    assert_ok(text_decode((view){text, sizeof text}, VIEW(""), &out, &found, &err));
    assert_string_equal(found.encoding, "utf-8");
    assert_int_equal(found.replaced, 1);
    assert_null(memchr(out.data, 0, out.size));
    buffer_done(&out);
}

/* Each NUL is found where the last one ended, and not by a walk to the end: the test is over in a moment,
 * or hangs. */
static void many_nul_bytes_are_walked_over_once(void **state)
{
    (void)state;
    enum { COUNT = 4 << 20 };
    static const char START[] = "<meta charset=iso-8859-1><p>";
    char *bytes = calloc(COUNT, 1);
    assert_non_null(bytes);
    memcpy(bytes, START, strlen(START));
    bytes[COUNT - 1] = '\xE9';
    assert_true(encoding_needs_converter((view){bytes, COUNT}));
    free(bytes);
}

static void random_bytes_and_programs_are_binary(void **state)
{
    (void)state;
    rng r = {7};
    char bytes[4096];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)rng_next(&r);
    kith_error err = {0};
    buffer out;
    buffer_init(&out, 1 << 20);
    text_decoding found = {0};
    assert_status(KITH_ERR_UNSUPPORTED,
                  text_decode((view){bytes, sizeof bytes}, VIEW(""), &out, &found, &err));
    assert_string_equal(err.message, "binary file");
    memcpy(bytes, "\xFF\xFE", 2); // a mark does not make it text
    assert_status(KITH_ERR_UNSUPPORTED,
                  text_decode((view){bytes, sizeof bytes}, VIEW(""), &out, &found, &err));
    FILE *program = fopen("/proc/self/exe", "rb");
    size_t size = fread(bytes, 1, sizeof bytes, program);
    fclose(program);
    assert_status(KITH_ERR_UNSUPPORTED,
                  text_decode((view){bytes, size}, VIEW(""), &out, &found, &err));
    buffer_done(&out);
}

static void text_that_does_not_fit_the_buffer_is_an_error(void **state)
{
    (void)state;
    kith_error err = {0};
    buffer out;
    buffer_init(&out, 4);
    text_decoding found = {0};
    assert_status(KITH_ERR_LIMIT,
                  text_decode(BYTES("\xE9\xE9\xE9"), VIEW(""), &out, &found, &err)); // six bytes
    assert_int_equal(out.size, 0);
    buffer_done(&out);
}

static void any_bytes_decode_to_valid_utf8_without_nul(void **state)
{
    (void)state;
    rng r = {11};
    for (int i = 0; i < 3000; i++) {
        char bytes[64];
        size_t size = rng_below(&r, sizeof bytes);
        uint32_t spread = 1 + rng_below(&r, 256);
        for (size_t k = 0; k < size; k++)
            bytes[k] = (char)(rng_below(&r, 4) ? 'a' + rng_below(&r, 26) : rng_below(&r, spread));
        kith_error err = {0};
        buffer out;
        buffer_init(&out, 1 << 20);
        text_decoding found = {0};
        if (text_decode((view){bytes, size}, VIEW(""), &out, &found, &err) == KITH_OK) {
            assert_true(utf8_is_valid(buffer_view(&out)));
            assert_true(out.size == 0 || !memchr(out.data, 0, out.size));
        }
        buffer_done(&out);
    }
}

/* Encodes UTF-8 by iconv, the other way round than the code under test. */
static view encode(const char *text, const char *charset, char out[2048])
{
    iconv_t converter = iconv_open(charset, "UTF-8");
    assert_true(converter != (iconv_t)-1);
    char *from = (char *)(uintptr_t)text, *to = out;
    size_t left = strlen(text), room = 2048;
    if (iconv(converter, &from, &left, &to, &room) != 0) fail_msg("%s has no '%s'", charset, from);
    iconv_close(converter);
    return (view){out, (size_t)(to - out)};
}

#define POLISH                                                                                     \
    "Umowa najmu zosta\u0142a podpisana w pi\u0105tek. Czynsz p\u0142atny do dziesi\u0105tego "    \
    "ka\u017cdego miesi\u0105ca."
#define FRENCH                                                                                     \
    "L\u2019\u00e9tage est ferm\u00e9 apr\u00e8s la r\u00e9union ; pri\u00e8re de pr\u00e9venir "  \
    "le g\u00e9rant \u00e0 l\u2019accueil."
#define GERMAN                                                                                     \
    "Die Schl\u00fcssel f\u00fcr die gro\u00dfe T\u00fcr h\u00e4ngen im B\u00fcro; bitte "         \
    "zur\u00fcckbringen."
#define RUSSIAN                                                                                    \
    "\u0421\u0440\u043e\u043a \u0434\u0435\u0439\u0441\u0442\u0432\u0438\u044f "                   \
    "\u0434\u043e\u0433\u043e\u0432\u043e\u0440\u0430 "                                            \
    "\u0438\u0441\u0442\u0435\u043a\u0430\u0435\u0442 \u0432 \u043c\u0430\u0440\u0442\u0435."
#define GREEK                                                                                      \
    "\u0397 \u03c3\u03cd\u03bc\u03b2\u03b1\u03c3\u03b7 \u03bb\u03ae\u03b3\u03b5\u03b9 "            \
    "\u03c4\u03bf\u03bd \u039c\u03ac\u03c1\u03c4\u03b9\u03bf \u03c4\u03bf\u03c5 "                  \
    "\u03b5\u03c0\u03cc\u03bc\u03b5\u03bd\u03bf\u03c5 \u03ad\u03c4\u03bf\u03c5\u03c2."
#define CHINESE                                                                                    \
    "\u6d88\u9632\u51fa\u53e3\u5728\u4e8c\u697c\u3002\u8bf7\u4e0d\u8981\u5835\u585e\u901a\u9053"   \
    "\u3002"
#define TAIWAN                                                                                     \
    "\u6d88\u9632\u51fa\u53e3\u5728\u4e8c\u6a13\u3002\u8acb\u4e0d\u8981\u963b\u585e\u901a\u9053"   \
    "\u3002"
#define JAPANESE                                                                                   \
    "\u975e\u5e38\u53e3\u306f\u4e8c\u968e\u306b\u3042\u308a\u307e\u3059\u3002\u901a\u8def\u3092"   \
    "\u3075\u3055\u304c\u306a\u3044\u3067\u304f\u3060\u3055\u3044\u3002"
#define KOREAN                                                                                     \
    "\ube44\uc0c1\uad6c\ub294 \uc774\uce35\uc5d0 \uc788\uc2b5\ub2c8\ub2e4. \ud1b5\ub85c\ub97c "    \
    "\ub9c9\uc9c0 \ub9c8\uc2ed\uc2dc\uc624."

static void text_that_declares_nothing_is_guessed(void **state)
{
    (void)state;
    static const struct {
        const char *text, *charset;
    } CASES[] = {
        {POLISH, "WINDOWS-1250"}, {POLISH, "ISO-8859-2"}, {FRENCH, "WINDOWS-1252"},
        {FRENCH, "MACINTOSH"},    {GERMAN, "IBM850"},     {GERMAN, "MACINTOSH"},
        {GERMAN, "ISO-8859-15"},  {RUSSIAN, "KOI8-R"},    {RUSSIAN, "WINDOWS-1251"},
        {RUSSIAN, "IBM866"},      {GREEK, "ISO-8859-7"},  {GREEK, "WINDOWS-1253"},
        {CHINESE, "GBK"},         {CHINESE, "GB18030"},   {TAIWAN, "BIG5"},
        {JAPANESE, "CP932"},      {JAPANESE, "EUC-JP"},   {JAPANESE, "ISO-2022-JP"},
        {KOREAN, "CP949"},        {RUSSIAN, "UTF-16LE"},  {CHINESE "\n", "UTF-16BE"},
        {KOREAN, "UTF-16LE"},     {GERMAN, "UTF-32LE"},   {CHINESE, "UTF-32BE"},
        {GERMAN, "UTF-16"},       {GERMAN, "UTF-32"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        char bytes[2048];
        kith_error err = {0};
        buffer out;
        buffer_init(&out, 1 << 20);
        text_decoding found = {0};
        assert_ok(text_decode(encode(CASES[i].text, CASES[i].charset, bytes), VIEW(""), &out,
                              &found, &err));
        if (!view_equal(buffer_view(&out), view_of(CASES[i].text)))
            fail_msg("%s taken for %s: %s", CASES[i].charset, found.encoding, buffer_text(&out));
        assert_int_equal(found.replaced, 0);
        buffer_done(&out);
    }
}

static void short_latin_text_stays_windows_1252(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {
        "caf\u00e9",   "Gr\u00f6\u00dfe 5", "\u201cquoted\u201d",    "20 \u20ac",
        "ma\u00f1ana", "S\u00e3o Paulo",    "\u2018flatpages\u2019", "25 \u00b0C",
        "\u00a7 12",   "na\u00efve",        "\u00e0 la carte",       "H\u00f4tel",
    };
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        char bytes[2048];
        expect(encode(TEXTS[i], "WINDOWS-1252", bytes), "windows-1252", TEXTS[i], 0);
    }
}

static void declared(const char *before, const char *text, const char *charset, const char *outside,
                     const char *name)
{
    char whole[2048], bytes[2048];
    kith_error err = {0};
    buffer out;
    buffer_init(&out, 1 << 20);
    text_decoding found = {0};
    (void)snprintf(whole, sizeof whole, "%s%s", before, text);
    assert_ok(text_decode(encode(whole, charset, bytes), view_of(outside), &out, &found, &err));
    assert_string_equal(buffer_text(&out), whole);
    assert_string_equal(found.encoding, name);
    assert_false(found.is_guess || found.belies);
    buffer_done(&out);
}

static void what_is_declared_wins_over_a_guess(void **state)
{
    (void)state;
    // Two letters, of which no detector can tell the encoding.
    declared("<meta charset=koi8-r>", "\u0434\u0430", "KOI8-R", "", "koi8-r");
    declared("<html><META http-equiv=Content-Type content='text/html; charset=gb2312'>", "\u51fa",
             "GBK", "", "gbk");
    declared("<?xml version='1.0' encoding='ISO-8859-2'?>", "\u0142", "ISO-8859-2", "",
             "iso-8859-2");
    declared("# -*- coding: iso-8859-7 -*-\n", "\u03b1", "ISO-8859-7", "", "iso-8859-7");
    declared("", "\u20ac It\u2019s", "WINDOWS-1252", "ISO-8859-1", "windows-1252");
    declared("", "\ubdc1", "CP949", "ks_c_5601-1987", "euc-kr");
    declared("", "\u2460", "CP932", "Shift_JIS", "shift_jis");
    declared("<meta charset=koi8-r>", "\u00e9", "WINDOWS-1252", "windows-1252", "windows-1252");
}

static void well_formed_utf8_is_not_declared_away(void **state)
{
    (void)state;
    declared("<meta charset=iso-8859-1>", "Gr\u00f6\u00dfe", "UTF-8", "latin1", "utf-8");
}

static void a_false_declaration_is_told(void **state)
{
    (void)state;
    kith_error err = {0};
    buffer out;
    buffer_init(&out, 1 << 20);
    text_decoding found = {0};
    assert_ok(text_decode(BYTES("Caf\xE9 ouvert"), VIEW("x-unknown"), &out, &found, &err));
    assert_true(found.belies);
    assert_string_equal(found.encoding, "windows-1252");
    assert_ok(text_decode(BYTES("Caf\xE9 ouvert"), VIEW("utf-8"), &out, &found, &err));
    assert_true(found.belies);
    buffer_done(&out);
}

static void only_what_is_neither_utf8_nor_declared_windows_1252_needs_converters(void **state)
{
    (void)state;
    assert_false(encoding_needs_converter(BYTES("")));
    assert_false(encoding_needs_converter(BYTES("gr\xC3\xBC\xC3\x9F")));
    assert_true(encoding_needs_converter(BYTES("Caf\xE9")));
    assert_true(encoding_needs_converter(BYTES("\x1B$B%F\x1B(B")));
    assert_false(encoding_needs_converter(BYTES("<meta charset=iso-8859-1><p>Caf\xE9")));
    assert_true(encoding_needs_converter(BYTES("<meta charset=iso-8859-2><p>Caf\xE9")));
    // More than windows-1252 may lack: it is guessed in spite of what is declared.
    assert_true(encoding_needs_converter(BYTES("<meta charset=iso-8859-1><p>\x81\x8D\x8F")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_with_and_without_a_mark_is_utf8),
        cmocka_unit_test(text_that_declares_nothing_is_guessed),
        cmocka_unit_test(short_latin_text_stays_windows_1252),
        cmocka_unit_test(what_is_declared_wins_over_a_guess),
        cmocka_unit_test(well_formed_utf8_is_not_declared_away),
        cmocka_unit_test(a_false_declaration_is_told),
        cmocka_unit_test(utf8_with_control_characters_is_utf8),
        cmocka_unit_test(utf16_with_a_mark_is_decoded),
        cmocka_unit_test(utf16_without_a_mark_is_found_by_its_nul_bytes),
        cmocka_unit_test(broken_utf16_is_replaced_and_counted),
        cmocka_unit_test(latin1_is_read_as_windows_1252),
        cmocka_unit_test(every_windows_1252_byte_is_what_iconv_says),
        cmocka_unit_test(a_few_invalid_bytes_in_much_utf8_are_replaced_and_counted),
        cmocka_unit_test(a_stray_nul_in_text_is_replaced_and_counted),
        cmocka_unit_test(many_nul_bytes_are_walked_over_once),
        cmocka_unit_test(random_bytes_and_programs_are_binary),
        cmocka_unit_test(text_that_does_not_fit_the_buffer_is_an_error),
        cmocka_unit_test(any_bytes_decode_to_valid_utf8_without_nul),
        cmocka_unit_test(only_what_is_neither_utf8_nor_declared_windows_1252_needs_converters),
    };
    return cmocka_run_group_tests_name("encoding", tests, NULL, NULL);
}
