/* word.h - the words of a text, for lexical matching: runs of Unicode letters and digits, without
 * case and accents, stemmed (Snowball). */
#ifndef KITH_TEXT_WORD_H
#define KITH_TEXT_WORD_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"
#include "text/known_words.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct word {
    uint32_t start, end; /* bytes of the surface form */
    uint32_t position;   /* among the words of the text, from 0 */
    uint32_t known;      /* its place among the known words; 0: none */
    view term;           /* normalised and stemmed */
    bool is_stop;        /* one of the commonest function words */
    bool is_extra;       /* a second term at its position: "user" of getUserName */
    bool is_spelling;    /* an extra word that is another way to write the number at its position */
    bool is_joined;      /* to the word at the position before: by - or _, or as pairs of a run */
} word;

/* The words of valid UTF-8 text, in order; *out is [*out_count] in `a`, terms included.
 *
 * "don't", "3.14" and "v1.2.3" are one word each; of "l'eau", "d'Orsay" and "dell'acqua" only what
 * follows the article is, in whatever language. A Han, Hiragana or Katakana character is a word by
 * itself. In Korean, Thai, Lao, Khmer and Burmese each two neighboring characters (with the marks
 * on them) are a word; one that stands alone is one too. What is invisible parts no word.
 *
 * Each word has the next position, but extra words, which share the position of a word before them
 * in the list. They make the ways to write one name or number find one another:
 *   getUserName, HTTPServer   one word, and its parts as extra words at its position
 *   user_name, fine-tuning    two words, and the whole without joints as an extra word at the first
 *   1,234                     one word, "1.234", and 1234 and "1,234" as extra words: its spellings,
 *                             of which the one that is meant need not be the one that is written (number.h)
 *   7 654 321                 three words, and 7654321 as an extra word at the first
 * A Korean noun of one character with its particle is a word, and the noun an extra word.
 * No term is empty: a run of which folding leaves nothing is no word. A term has at most
 * FOLD_MAX_BYTES; of a longer run it is the beginning's.
 *
 * Linear; any thread. Errors, with the outputs untouched: KITH_ERR_LIMIT above 4 GiB,
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status word_split_in(view text, language l, arena *a, word **out,
                                       uint32_t *out_count, kith_error *err);
/* The same, with what is known of words. */
typedef struct word_splitting {
    language language;
    known_words *known; /* terms are looked up there, and added; NULL: nowhere */
} word_splitting;
KITH_CHECKED kith_status word_split_with(view text, const word_splitting *how, arena *a, word **out,
                                         uint32_t *out_count, kith_error *err);
/* As English. */
KITH_CHECKED kith_status word_split(view text, arena *a, word **out, uint32_t *out_count,
                                    kith_error *err);

#endif
