/* normalizer.c - what a character becomes, in the order of the reference: clean, space the
 * ideographs, decompose and strip accents, lower the case. Only then is it looked at as punctuation
 * (U+037E decomposes to ';').
 *
 * The classes decide whether a mapping exists, libutf8proc what it is; neither a decomposition nor
 * a lower case changes once Unicode has it. Canonical reordering is left out: with accents stripped
 * it could only swap two of the few combining characters that survive (category Mc, or newer than
 * Unicode 8); the word is unknown in either order unless a vocabulary has tokens for both.
 *
 * Source: huggingface/tokenizers, normalizers/bert.rs and pre_tokenizers/bert.rs, as observed. */
#include "model/normalizer.h"

#include "base/status.h"
#include "model/unicode_classes.h"

#include <utf8proc.h>

enum { CAPITAL_I_WITH_DOT = 0x130, COMBINING_DOT_ABOVE = 0x307 };

static void append(normalized *out, uint32_t code_point, character_role role)
{
    out->code_points[out->count] = code_point;
    out->roles[out->count++] = role;
}

static void append_lowered(const normalizer *n, uint8_t class, uint32_t code_point, normalized *out)
{
    character_role role = ROLE_WORD;
    if ((class & UNICODE_CLASS_MASK) == UNICODE_PUNCTUATION) role = ROLE_ALONE;
    if (!n->lowercase || !(class & UNICODE_LOWERS)) {
        append(out, code_point, role);
    } else if (code_point == CAPITAL_I_WITH_DOT) { // the only lower case of two code points
        append(out, 'i', role);
        append(out, COMBINING_DOT_ABOVE, role);
    } else {
        uint32_t lower = unicode_newer_lowercase(code_point);
        if (lower == code_point) lower = (uint32_t)utf8proc_tolower((utf8proc_int32_t)code_point);
        append(out, lower, role);
    }
}

static void append_stripped(const normalizer *n, uint32_t code_point, normalized *out)
{
    utf8proc_int32_t parts[NORMALIZED_MAX] = {0};
    int boundary = 0;
    utf8proc_ssize_t count = utf8proc_decompose_char((utf8proc_int32_t)code_point, parts,
                                                     NORMALIZED_MAX, UTF8PROC_DECOMPOSE, &boundary);
    CHECK(count > 0 && count <= NORMALIZED_MAX);
    for (utf8proc_ssize_t i = 0; i < count; i++) {
        uint8_t class = unicode_classify((uint32_t)parts[i]);
        if ((class & UNICODE_CLASS_MASK) != UNICODE_MARK)
            append_lowered(n, class, (uint32_t)parts[i], out);
    }
}

void normalizer_apply(const normalizer *n, uint32_t code_point, normalized *out)
{
    uint8_t class = unicode_classify(code_point);
    unicode_class kind = class & UNICODE_CLASS_MASK;
    out->count = 0;
    if (n->clean_text && (kind == UNICODE_CONTROL || kind == UNICODE_CONTROL_SPACE)) return;
    if (n->strip_accents && kind == UNICODE_MARK) return;
    if (kind == UNICODE_SPACE || kind == UNICODE_CONTROL_SPACE) {
        append(out, code_point, ROLE_SPACE);
        return;
    }
    if (n->strip_accents && (class & UNICODE_DECOMPOSES))
        append_stripped(n, code_point, out);
    else
        append_lowered(n, class, code_point, out);
    if (n->handle_chinese_chars && kind == UNICODE_IDEOGRAPH) out->roles[0] = ROLE_ALONE;
}
