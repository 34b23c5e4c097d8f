/* boundary_words.c - binary search in the two lists. */
#include "text/boundary_words.h"

#include "base/utf8.h"
#include "text/boundary_table.h"
#include "text/unicode.h"

#include <string.h>
#include <utf8proc.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

abbreviation_kind boundary_abbreviation(view token)
{
    size_t low = 0, high = COUNT(ABBREVIATIONS);
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = view_compare(token, view_of(ABBREVIATIONS[middle].text));
        if (order == 0) return (abbreviation_kind)ABBREVIATIONS[middle].kind;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return ABBREVIATION_NONE;
}

unsigned boundary_neighbor(view lower_word)
{
    size_t low = 0, high = COUNT(NEIGHBORS);
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = view_compare(lower_word, view_of(NEIGHBORS[middle].text));
        if (order == 0) return NEIGHBORS[middle].kinds;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return 0;
}

size_t boundary_lower(view word, char out[BOUNDARY_WORD_MAX_BYTES])
{
    size_t size = 0;
    for (size_t i = 0; i < word.size;) {
        uint32_t c;
        i += unicode_next(word.data + i, &c);
        if (size + 4 > BOUNDARY_WORD_MAX_BYTES) return 0;
        if (c < 0x80)
            out[size++] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
        else
            size += utf8_encode((uint32_t)utf8proc_tolower((utf8proc_int32_t)c), out + size);
    }
    return size;
}

const char *boundary_words_check(void)
{
    for (size_t i = 0; i < COUNT(ABBREVIATIONS); i++) {
        const char *text = ABBREVIATIONS[i].text;
        if (strlen(text) + 4 > BOUNDARY_WORD_MAX_BYTES) return text;
        if (i > 0 && strcmp(ABBREVIATIONS[i - 1].text, text) >= 0) return text;
    }
    for (size_t i = 0; i < COUNT(NEIGHBORS); i++) {
        const char *text = NEIGHBORS[i].text;
        if (strlen(text) + 4 > BOUNDARY_WORD_MAX_BYTES) return text;
        if (i > 0 && strcmp(NEIGHBORS[i - 1].text, text) >= 0) return text;
    }
    return NULL;
}
