/* language.h - the language of a text, as far as stemming and stop words need to know it. Pure. */
#ifndef KITH_TEXT_LANGUAGE_H
#define KITH_TEXT_LANGUAGE_H

#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

/* The numbers are stored in derived files (docs/formats.md): append, never reorder. */
typedef enum language {
    LANGUAGE_ENGLISH,
    LANGUAGE_GERMAN,
    LANGUAGE_FRENCH,
    LANGUAGE_SPANISH,
    LANGUAGE_ITALIAN,
    LANGUAGE_PORTUGUESE,
    LANGUAGE_DUTCH,
    LANGUAGE_SWEDISH,
    LANGUAGE_NORWEGIAN,
    LANGUAGE_DANISH,
    LANGUAGE_FINNISH,
    LANGUAGE_RUSSIAN,
    LANGUAGE_GREEK,
    LANGUAGE_ARABIC,
    LANGUAGE_COUNT
} language;

/* The language of valid UTF-8 text, from its beginning: by its script, where one language here uses
 * that, else the one with the most different function words; English unless another is clearly
 * ahead, and for a text with few words. */
language language_of(view text);
/* The same, by what is known of words; NULL: nothing. */
struct known_words;
language language_of_with(view text, const struct known_words *known);
/* The number of `term`, folded but not stemmed, among the commonest function words of all languages
 * here; 0: it is none. */
uint32_t language_stop_word(view term);
/* Is the word with this number (0: none) one of the language's? */
bool language_has_stop_word(language l, uint32_t stop_word);
/* The language's name for libstemmer. */
const char *language_stemmer(language l);

#endif
