/* mail_charset.c - finds the messages that hold nothing but UTF-8, without parsing them.
 * To load all converters takes longer than to read a short message. They must be loaded before the
 * message is parsed, since the process is confined by then, so the decision looks at the bytes of
 * the file alone. It may say "needed" wrongly, which only costs time, and must not say "not needed"
 * wrongly. The argument, for each place where GMime or kith decodes:
 *   parts    text_decode() uses no converter for valid UTF-8 without ESC, whatever is declared. A
 *            part is a piece of the file, cut at ASCII, or, when it is quoted-printable, a piece of
 *            the file with every "=XX" decoded. So each is valid when both forms of the whole file
 *            are. A part in another transfer encoding (base64) is "needed".
 *   headers  GMime takes valid UTF-8 as it is. Encoded words (RFC 2047) name a charset: those of
 *            UTF-8 in the Q form are covered as quoted-printable parts are, all others are
 *            "needed", and so is every encoded parameter (RFC 2231). */
#include "extract/mail_charset.h"

#include "base/buffer.h"
#include "base/hex.h"
#include "base/utf8.h"

#include <ctype.h>

static bool is_escaped_byte(view bytes, size_t i)
{
    return i + 2 < bytes.size && bytes.data[i] == '=' &&
           isxdigit((unsigned char)bytes.data[i + 1]) && isxdigit((unsigned char)bytes.data[i + 2]);
}

/* Decodes every "=XX" and joins lines at a '=' before their end. False when the buffer is full, and
 * when it depends on the decoder whether an "=XX" is one ("==C3"). */
static bool decode_quoted(view bytes, buffer *out)
{
    size_t from = 0;
    while (from < bytes.size && out->failed == KITH_OK) {
        const char *found = memchr(bytes.data + from, '=', bytes.size - from);
        size_t i = found ? (size_t)(found - bytes.data) : bytes.size;
        buffer_append(out, view_slice(bytes, from, i));
        if (!found) break;
        view rest = view_slice(bytes, i, bytes.size);
        from = i + 1;
        if (is_escaped_byte(bytes, i)) {
            buffer_append_byte(out, (char)(hex_digit(rest.data[1]) * 16 + hex_digit(rest.data[2])));
            from = i + 3;
        } else if (view_starts_with(rest, VIEW("=\n")) || view_starts_with(rest, VIEW("=\r\n"))) {
            from = i + (rest.data[1] == '\n' ? 2 : 3);
        } else if (is_escaped_byte(bytes, i + 1) || is_escaped_byte(bytes, i + 2)) {
            return false;
        } else {
            buffer_append_byte(out, '=');
        }
    }
    return out->failed == KITH_OK;
}

/* The content of a part that has this header stands in the file as it is, or quoted-printable. */
static bool is_plain_transfer(view value)
{
    static const char *const PLAIN[] = {"7bit", "8bit", "binary", "quoted-printable"};
    while (value.size > 0 && isspace((unsigned char)value.data[0]))
        value = view_slice(value, 1, value.size);
    for (size_t i = 0; i < sizeof PLAIN / sizeof PLAIN[0]; i++) {
        size_t size = strlen(PLAIN[i]);
        if (view_starts_with_nocase(value, view_of(PLAIN[i])))
            return value.size == size || isspace((unsigned char)value.data[size]);
    }
    return false;
}

/* White space may stand before the colon. */
static bool has_other_transfer(view bytes)
{
    view name = VIEW("content-transfer-encoding");
    const char *colon;
    for (size_t i = 0; i < bytes.size; i = (size_t)(colon - bytes.data) + 1) {
        colon = memchr(bytes.data + i, ':', bytes.size - i);
        if (!colon) return false;
        size_t end = (size_t)(colon - bytes.data);
        view value = view_slice(bytes, end + 1, bytes.size);
        while (end > 0 && isspace((unsigned char)bytes.data[end - 1]))
            end--;
        if (view_ends_with_nocase(view_slice(bytes, 0, end), name) && !is_plain_transfer(value))
            return true;
    }
    return false;
}

/* Anything that an encoded word could begin with, but for words of UTF-8 in the Q form. */
static bool has_other_word(view bytes)
{
    for (size_t i = 0;;) {
        view rest = view_slice(bytes, i, bytes.size);
        size_t found = view_find(rest, VIEW("=?"));
        if (found == rest.size) return false;
        if (!view_starts_with_nocase(view_slice(rest, found, rest.size), VIEW("=?utf-8?q?")))
            return true;
        i += found + 2;
    }
}

bool mail_needs_converter(view bytes)
{
    if (bytes.size == 0) return false;
    if (memchr(bytes.data, 0x1B, bytes.size) || !utf8_is_valid(bytes)) return true;
    if (view_find(bytes, VIEW("*=")) < bytes.size) return true;
    if (has_other_word(bytes) || has_other_transfer(bytes)) return true;
    buffer decoded;
    buffer_init(&decoded, bytes.size + 1);
    bool surely_not = decode_quoted(bytes, &decoded) && !memchr(decoded.data, 0x1B, decoded.size) &&
                      utf8_is_valid(buffer_view(&decoded));
    buffer_done(&decoded);
    return !surely_not;
}
