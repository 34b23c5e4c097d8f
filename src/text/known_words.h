/* known_words.h - words whose terms were found before, kept from text to text.
 *
 * Most words of a text were in the texts before it. What word_split makes of one is a function of
 * its language and its bytes alone, and takes far longer to compute (fold, look for a stop word,
 * stem) than to look up. So whoever splits many texts keeps such a table. It is of a fixed size and
 * forgets what collides: an answer is right or absent, never old.
 *
 * A word has room for a note of the table's user, good until known_words_forget_notes: the word
 * index notes there which list is the word's in the segment that it builds (words/bm25_segment.c).
 *
 * One thread at a time. */
#ifndef KITH_TEXT_KNOWN_WORDS_H
#define KITH_TEXT_KNOWN_WORDS_H

#include "base/view.h"
#include "text/language.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    KNOWN_WORDS_SLOTS = 16384, /* of 64 bytes: the table stays in a processor's second cache */
    KNOWN_WORD_MAX_BYTES = 23  /* longer words, and words with longer terms, are not kept */
};

typedef struct known_words known_words;

/* What is known of a word. */
typedef struct known_word {
    view term;          /* borrowed until the next known_words_put; empty: it is no word */
    uint32_t stop_word; /* language_stop_word() of the word folded */
    uint32_t place;     /* greater than 0; for the note */
} known_word;

/* NULL: out of memory. */
known_words *known_words_new(void);
/* Accepts NULL. */
void known_words_free(known_words *k);

/* False: it is not known. */
bool known_words_find(const known_words *k, language l, view word, known_word *out);
/* Keeps a word that is not known, in place of others, and returns its place; 0 when it is too long
 * to be kept. */
uint32_t known_words_put(known_words *k, language l, view word, const known_word *what);
/* The language of what was put last: a text's is likely that of the text before. */
language known_words_language(const known_words *k);

/* No word has a note after it. */
void known_words_forget_notes(known_words *k);
/* The note of the word at `place` (0: of none). Another word may have taken the place since: so its
 * language and its term say for which one. False: there is none. */
bool known_words_note(const known_words *k, uint32_t place, language l, view term, uint32_t *out);
/* Notes it, if the word is still there. */
void known_words_set_note(known_words *k, uint32_t place, language l, view term, uint32_t note);

#endif
