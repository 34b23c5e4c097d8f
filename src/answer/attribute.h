/* attribute.h - attributes of things that question and text call by different words: "How heavy" and
 * "Weight", "How many watts" and "Power (W)", "cuesta" and "Precio EUR". The words are data
 * (attribute_table.h): what asks for an attribute, what says it, and the symbols of its units. Pure. */
#ifndef KITH_ANSWER_ATTRIBUTE_H
#define KITH_ANSWER_ATTRIBUTE_H

#include "base/view.h"
#include "text/language.h"
#include "text/word.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct attribute attribute;

/* The attribute that a question in language l asks for by this word, in any case; NULL: none. */
const attribute *attribute_asked(view word, language l);

/* The words by which a text in language l says it, folded, parted by blanks; "": none are known. */
const char *attribute_words(const attribute *a, language l);

/* The attribute that a question in language l wants to know, if a text that has it says so by words
 * or units that are known here: "heavy" of "how heavy", "colour" of "what colour", "speed" of "what is
 * the top speed of", "sold" of "when was it sold". What is old, far or large is told in too many ways.
 * words  [count] of the question, split in l
 * at     receives the word that asks for it; untouched when there is none
 * NULL: none. */
const attribute *attribute_wanted(view question, language l, const word *words, uint32_t count,
                                  uint32_t *at);

/* What a question seems to want to know, of which a text may tell in other words: the height of "how high
 * is the tower", where no other word asks for costs or shares, the material of "what is it made of".
 * NULL: nothing. */
const attribute *attribute_measured(view question, language l, const word *words, uint32_t count);

/* Whether it is something that happens or is done, not a property: "sold", "died". */
bool attribute_is_event(const attribute *a);

/* Whether a text that has it says so by words or units that are known here. */
bool attribute_is_exact(const attribute *a);

/* Whether a text says it: by a word, in English or in language l; by a unit's symbol behind a number
 * ("4.2 kg", "€ 12"), alone in brackets ("Power (W)") or at the end of a name ("Price EUR"); and of a
 * length by a number with its unit, unless the words around it tell of another: "182 cm long" says no
 * height.
 * words  [count] of the text, split in language l */
bool attribute_is_said(const attribute *a, language l, view text, const word *words,
                       uint32_t count);

/* Whether word w of the text says it by itself, as in attribute_is_said. */
bool attribute_has_word(const attribute *a, language l, view text, const word *w);

#endif
