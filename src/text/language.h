/* language.h - which language a text is in, as far as stems and stop words need to know. */
#ifndef KITH_TEXT_LANGUAGE_H
#define KITH_TEXT_LANGUAGE_H

#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

/* Stored in derived files: see their format before changing the order. */
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

/* The language whose function words the beginning of the text holds most of, or that its script
 * tells; English when nothing speaks clearly for another. Text is valid UTF-8. */
language language_of(view text);
/* One of the language's commonest function words; `term` is folded, not stemmed. */
bool language_has_stop_word(language l, view term);
/* As libstemmer calls it. */
const char *language_stemmer(language l);

#endif
