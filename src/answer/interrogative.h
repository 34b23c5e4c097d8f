/* interrogative.h - the words by which questions ask in several languages, and a question's language
 * by them: a question has too few words for language_of. Pure. */
#ifndef KITH_ANSWER_INTERROGATIVE_H
#define KITH_ANSWER_INTERROGATIVE_H

#include "base/view.h"
#include "text/language.h"
#include "text/word.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum interrogative {
    INTERROGATIVE_NONE,
    INTERROGATIVE_WHEN,  /* "wann", "cuándo" */
    INTERROGATIVE_COUNT, /* "combien", "quanto" */
    INTERROGATIVE_NAME,  /* "qui", "dónde": a person or a place */
    INTERROGATIVE_HOW,   /* "wie", "comment", "hoe" */
    INTERROGATIVE_OTHER  /* "welche", "pourquoi", "cuál" */
} interrogative;

/* What the language asks for by this word, in any case and with or without its accents. Of English
 * words, of which question.c knows more, INTERROGATIVE_OTHER or NONE. */
interrogative interrogative_of(view word, language l);

/* Whether "how" and this word ask for an amount: "lange" of "wie lange", "groot" of "hoe groot". */
bool interrogative_measures(view word, language l);

/* Whether words[i] of the text is a noun by its capital (German), or by the article or preposition
 * before it; of English nothing is told so. */
bool interrogative_noun(view text, const word *words, uint32_t i, language l);

/* The language of a question: by its script or its mark (Spanish), or of which it has the most function words, words that
 * ask counting twice; English when it has fewer than two, and of as many English first.
 * words  [count] of the text, split as English */
language interrogative_language(view text, const word *words, uint32_t count);

#endif
