/* fold.c - utf8proc decomposes, accents are dropped. ASCII, by far the most, needs no table. */
#include "text/fold.h"

#include "base/utf8.h"
#include "text/unicode.h"

#include <string.h>
#include <utf8proc.h>

character_kind character_kind_of(uint32_t c)
{
    if (c < 0x80) {
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return KIND_LETTER;
        return c >= '0' && c <= '9' ? KIND_DIGIT : KIND_OTHER;
    }
    if (unicode_is_ideograph(c)) return KIND_IDEOGRAPH;
    if (unicode_is_invisible(c)) return KIND_MARK;
    switch (utf8proc_category((utf8proc_int32_t)c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
        return KIND_LETTER;
    case UTF8PROC_CATEGORY_LO:
        return unicode_is_gram(c) ? KIND_GRAM : KIND_LETTER;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
        return KIND_DIGIT;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
        return KIND_MARK;
    default:
        return KIND_OTHER;
    }
}

bool is_apostrophe(uint32_t c)
{
    return c == '\'' || c == 0x2019;
}

/* By the combining class: 10..35 are Hebrew points and Arabic harakat, 200 and more the accents
 * above and below. Not accents but letters of their script are 7, 8 and 9 (nukta, kana voicing,
 * virama) and 0 (vowel signs). */
static bool is_accent(utf8proc_int32_t c)
{
    const utf8proc_property_t *p = utf8proc_get_property(c);
    return p->category == UTF8PROC_CATEGORY_MN &&
           (p->combining_class >= 200 || (p->combining_class >= 10 && p->combining_class <= 35));
}

/* Appends the normal form of one code point; returns the new size, `size` when it does not fit. */
static size_t append_folded(char *term, size_t size, uint32_t c)
{
    utf8proc_int32_t parts[32];
    int last_class = 0;
    utf8proc_ssize_t count = utf8proc_decompose_char(
        (utf8proc_int32_t)c, parts, 32,
        UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE, &last_class);
    if (count < 0 || count > 32) return size;
    size_t at = size;
    for (utf8proc_ssize_t i = 0; i < count; i++) {
        if (is_accent(parts[i]) || character_kind_of((uint32_t)parts[i]) == KIND_OTHER) continue;
        if (at + 4 > FOLD_MAX_BYTES) return size;
        at += utf8_encode((uint32_t)parts[i], term + at);
    }
    return at;
}

size_t fold_word(view run, char term[FOLD_MAX_BYTES], bool *is_plain)
{
    size_t size = 0;
    bool plain = true;
    for (size_t i = 0; i < run.size && size + 4 <= FOLD_MAX_BYTES;) {
        uint32_t c;
        i += unicode_next(run.data + i, &c);
        if (c < 0x80) {
            char lower = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
            if (lower < 'a' && lower != '\'') plain = false;
            term[size++] = lower;
        } else if (is_apostrophe(c)) {
            term[size++] = '\'';
        } else {
            size_t from = size;
            size = append_folded(term, size, c);
            for (; from < size; from++)
                if (term[from] < 'a' || term[from] > 'z') plain = false;
        }
    }
    if (is_plain) *is_plain = plain;
    return size;
}

size_t lower_word(view run, char out[FOLD_MAX_BYTES])
{
    const utf8proc_option_t options =
        UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_STABLE | UTF8PROC_IGNORE;
    utf8proc_int32_t points[FOLD_MAX_BYTES + 1]; // is re-encoded in place
    if (run.size > FOLD_MAX_BYTES) run = view_slice(run, 0, utf8_floor(run, FOLD_MAX_BYTES));
    utf8proc_ssize_t count =
        utf8proc_decompose((const utf8proc_uint8_t *)run.data, (utf8proc_ssize_t)run.size, points,
                           FOLD_MAX_BYTES, options);
    if (count < 0 || count > FOLD_MAX_BYTES) return 0;
    utf8proc_ssize_t size = utf8proc_reencode(points, count, options);
    if (size < 0 || size > FOLD_MAX_BYTES) return 0;
    memcpy(out, points, (size_t)size);
    return (size_t)size;
}
