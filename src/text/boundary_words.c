/* boundary_words.c - binary search in the two lists. */
#include "text/boundary_words.h"

#include "base/utf8.h"
#include "text/boundary_table.h"
#include "text/unicode.h"

#include <string.h>
#include <utf8proc.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* What list[count] says of the text; 0 when it is not there. */
static uint8_t find_word(const listed_word *list, size_t count, view text)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = view_compare(text, view_of(list[middle].text));
        if (order == 0) return list[middle].what;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return 0;
}

abbreviation_kind boundary_abbreviation(view token)
{
    return (abbreviation_kind)find_word(ABBREVIATIONS, COUNT(ABBREVIATIONS), token);
}

unsigned boundary_neighbor(view lower_word)
{
    return find_word(NEIGHBORS, COUNT(NEIGHBORS), lower_word);
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

static const char *broken_list(const listed_word *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strlen(list[i].text) + 4 > BOUNDARY_WORD_MAX_BYTES) return list[i].text;
        if (i > 0 && strcmp(list[i - 1].text, list[i].text) >= 0) return list[i].text;
    }
    return NULL;
}

const char *boundary_words_check(void)
{
    const char *broken = broken_list(ABBREVIATIONS, COUNT(ABBREVIATIONS));
    return broken ? broken : broken_list(NEIGHBORS, COUNT(NEIGHBORS));
}
