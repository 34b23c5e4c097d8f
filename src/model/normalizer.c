/* normalizer.c - what a character becomes, in the reference's order of steps:
 *
 *   1. clean_text: drop control characters, and make every white space a space
 *   2. handle_chinese_chars: put spaces around ideographs
 *   3. strip_accents: decompose canonically (NFD), then drop the marks (category Mn)
 *   4. lowercase
 *   5. split at white space, and around punctuation
 *
 * Step 5 looks at what steps 1 to 4 made of the character: U+037E, the Greek question mark, is
 * punctuation because it decomposes to ';'.
 *
 * What equals the reference: for every scalar value c, and four settings of the flags that use each
 * of them both ways, the words of "a" c "b" are those of tokenizers 0.23.3, by the digests in
 * tests/unit/model/normalizer_digests.h. The reference's
 * tables come from different versions of Unicode, so they are not computed here: unicode_classes.h
 * says whether a character has a mapping, and libutf8proc, which may be newer, only what it is.
 * That is safe because Unicode never changes a decomposition or a lower case that it once assigned.
 *
 * What does not: the canonical reordering of NFD, which looks at neighbours. With accents stripped
 * it could only swap two of the few combining characters that remain (category Mc, or newer than
 * Unicode 8). A word with such a pair is unknown in either order, unless a vocabulary has tokens
 * for it.
 *
 * Source: huggingface/tokenizers, normalizers/bert.rs and pre_tokenizers/bert.rs, as observed. */
#include "model/normalizer.h"

#include "base/status.h"
#include "model/unicode_classes.h"

#include <utf8proc.h>

enum { CAPITAL_I_WITH_DOT = 0x130, COMBINING_DOT_ABOVE = 0x307 };

static void append(normalized *out, uint32_t code_point, character_role role)
{
    DCHECK(out->count < NORMALIZED_MAX);
    out->code_points[out->count] = code_point;
    out->roles[out->count++] = role;
}

/* Appends a code point in lower case, if that is wanted and it has one. */
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

/* Appends the decomposition of a code point, without its marks. */
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
