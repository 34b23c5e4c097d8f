/* record_roles.c - the member names that published data sets use, and what of the rest is text. */
#include "extract/record_roles.h"

record_role record_role_of(view key)
{
    static const struct {
        view key;
        record_role role;
    } roles[] = {
        {{"content", 7}, RECORD_CONTENT},
        {{"text", 4}, RECORD_CONTENT},
        {{"body", 4}, RECORD_CONTENT},
        {{"title", 5}, RECORD_TITLE},
        {{"id", 2}, RECORD_ID},
        {{"_id", 3}, RECORD_ID},
        {{"metadata", 8}, RECORD_METADATA},
    };
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (key.size == roles[i].key.size && view_equal_nocase(key, roles[i].key))
            return roles[i].role;
    return RECORD_FIELD;
}

enum {
    DIGEST_MIN_BYTES = 32,   // MD5 in hexadecimal
    ENCODED_MIN_BYTES = 256, // without a blank: base64, a data URL
    ENCODED_LINE_BYTES = 60  // of the lines that it is cut into, but for the last
};

/* White space and control characters alone. */
static bool is_blank(view value)
{
    for (size_t i = 0; i < value.size; i++)
        if ((unsigned char)value.data[i] > 0x20) return false;
    return true;
}

static bool is_digest(view value)
{
    if (value.size < DIGEST_MIN_BYTES) return false;
    for (size_t i = 0; i < value.size; i++) {
        char c = value.data[i];
        if (!is_ascii_digit(c) && !(c >= 'a' && c <= 'f') && !(c >= 'A' && c <= 'F') && c != '-')
            return false;
    }
    return true;
}

/* Texts of scripts without blanks are not ASCII. Encoded bytes may be cut into lines. */
static bool is_encoded(view value)
{
    size_t line = 0; // bytes of it so far
    if (value.size < ENCODED_MIN_BYTES) return false;
    for (size_t i = 0; i < value.size; i++) {
        unsigned char c = (unsigned char)value.data[i];
        bool is_blank_now = c <= 0x20;
        if (c >= 0x80 || (is_blank_now && line > 0 && line < ENCODED_LINE_BYTES)) return false;
        line = is_blank_now ? 0 : line + 1;
    }
    return true;
}

bool record_is_searched(view value)
{
    view trimmed = view_trim(value);
    return !is_blank(trimmed) && !is_digest(trimmed) && !is_encoded(trimmed);
}

kith_status record_join(view content, view lines, arena *a, view *out, kith_error *err)
{
    lines = view_trim(lines);
    if (lines.size == 0) {
        *out = content;
        return KITH_OK;
    }
    const view parts[] = {content, VIEW("\n\n"), lines};
    view joined = arena_join(a, parts, sizeof parts / sizeof *parts);
    if (!joined.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a record");
    *out = joined;
    return KITH_OK;
}
