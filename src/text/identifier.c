/* identifier.c - cuts at ASCII capitals and digits only: programs use no others to join words. */
#include "text/identifier.h"

#include "text/fold.h"
#include "text/unicode.h"

typedef enum letter_case { CASE_LOWER, CASE_UPPER, CASE_DIGIT, CASE_SIGN } letter_case;

static letter_case case_of(char c)
{
    if (c >= 'A' && c <= 'Z') return CASE_UPPER;
    if (c >= '0' && c <= '9') return CASE_DIGIT;
    return c == '\'' || c == '.' || c == ',' ? CASE_SIGN : CASE_LOWER;
}

static bool cuts_before(view run, size_t i)
{
    letter_case before = case_of(run.data[i - 1]), here = case_of(run.data[i]);
    if (here == CASE_UPPER && before == CASE_UPPER)
        return i + 1 < run.size && case_of(run.data[i + 1]) == CASE_LOWER;
    return here != before && !(before == CASE_UPPER && here == CASE_LOWER);
}

static size_t part_end(view run, size_t start)
{
    size_t end = start + 1;
    while (end < run.size && !cuts_before(run, end))
        end++;
    return end;
}

static bool has_sign(view run)
{
    for (size_t i = 0; i < run.size; i++)
        if (case_of(run.data[i]) == CASE_SIGN) return true;
    return false;
}

bool identifier_next_part(view run, size_t *at, view *part)
{
    if (*at == 0 && has_sign(run)) return false;
    while (*at < run.size) {
        size_t start = *at, end = part_end(run, start);
        *at = end;
        if (start == 0 && end == run.size) return false;
        if (end - start < 2) continue;
        *part = view_slice(run, start, end);
        return true;
    }
    return false;
}

static bool is_hyphen(uint32_t c)
{
    return c == '-' || c == 0x2010 || c == 0x2011;
}

size_t identifier_skip_joint(view text, size_t at)
{
    uint32_t c = 0;
    size_t end = at;
    while (end < text.size && text.data[end] == '_')
        end++;
    if (end == at && end < text.size) {
        size_t length = unicode_next(text.data + end, &c);
        if (is_hyphen(c)) end += length;
    }
    if (end == at || end == text.size) return at;
    unicode_next(text.data + end, &c);
    character_kind kind = character_kind_of(c);
    return kind == KIND_LETTER || kind == KIND_DIGIT ? end : at;
}

size_t identifier_without_joints(view compound, char *out)
{
    size_t size = 0;
    for (size_t i = 0; i < compound.size;) {
        uint32_t c;
        size_t length = unicode_next(compound.data + i, &c);
        if (c != '_' && !is_hyphen(c)) {
            memcpy(out + size, compound.data + i, length);
            size += length;
        }
        i += length;
    }
    return size;
}

bool identifier_is_number(view run)
{
    for (size_t i = 0; i < run.size; i++)
        if (case_of(run.data[i]) != CASE_DIGIT && case_of(run.data[i]) != CASE_SIGN) return false;
    return true;
}
